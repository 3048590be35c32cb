//! The table of rules: one row for each location kind.

use serde::{Deserialize, Serialize};

/// A location kind: one detector module, one rewriter module, one row here.
///
/// The order is the priority: where two rules see one secret, the earlier keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// A line of git's credential store.
    GitCredentials,
    /// A `machine` entry of `.netrc`.
    Netrc,
    /// An `http.*.extraHeader` with Basic credentials.
    GitConfigHeader,
    /// A credential URL as key or value in a git config.
    GitConfigUrl,
    /// `credential.*.username`.
    GitConfigUsername,
    /// A credential URL in `.gitmodules`.
    GitmodulesUrl,
    /// A credential URL anywhere else.
    UrlUserinfo,
    /// A variable that carries an app password.
    EnvVariable,
    /// An app password by its format alone.
    AppPasswordLiteral,
}

/// What `rules` and `explain` print of a rule.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct RuleInfo {
    /// Kebab-case, stable once released.
    pub id: &'static str,
    /// One line.
    pub summary: &'static str,
    /// Why it matters and what goes wrong, a paragraph.
    pub why: &'static str,
    /// What the rewriter does with it, and with which applicability.
    pub rewrite: &'static str,
    /// A use, with a clearly fake secret.
    pub before: &'static str,
    /// The same after the rewrite.
    pub after: &'static str,
    /// What the rule does not see or cannot decide.
    pub limits: &'static str,
    /// Where the facts come from.
    pub sources: &'static [&'static str],
}

impl Rule {
    /// All rules, in order of priority.
    pub const ALL: &'static [Self] = &[
        Self::GitCredentials,
        Self::Netrc,
        Self::GitConfigHeader,
        Self::GitConfigUrl,
        Self::GitConfigUsername,
        Self::GitmodulesUrl,
        Self::UrlUserinfo,
        Self::EnvVariable,
        Self::AppPasswordLiteral,
    ];

    /// The kebab-case id.
    pub const fn id(self) -> &'static str {
        match self {
            Self::GitCredentials => "git-credentials",
            Self::Netrc => "netrc",
            Self::GitConfigHeader => "git-config-header",
            Self::GitConfigUrl => "git-config-url",
            Self::GitConfigUsername => "git-config-username",
            Self::GitmodulesUrl => "gitmodules-url",
            Self::UrlUserinfo => "url-userinfo",
            Self::EnvVariable => "env-variable",
            Self::AppPasswordLiteral => "app-password-literal",
        }
    }

    /// The rule with this id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|rule| rule.id() == id)
    }
}
