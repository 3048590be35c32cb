//! The table of rules: one row for each location kind.

use serde::{Deserialize, Serialize};

use crate::detect::{
    git_config_header, git_config_url, git_config_username, git_credentials, gitmodules_url, netrc,
    url_userinfo,
};

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

    /// What `rules` and `explain` print of it.
    pub const fn info(self) -> &'static RuleInfo {
        match self {
            Self::GitCredentials => &git_credentials::INFO,
            Self::Netrc => &netrc::INFO,
            Self::GitConfigHeader => &git_config_header::INFO,
            Self::GitConfigUrl => &git_config_url::INFO,
            Self::GitConfigUsername => &git_config_username::INFO,
            Self::GitmodulesUrl => &gitmodules_url::INFO,
            Self::UrlUserinfo => &url_userinfo::INFO,
            Self::EnvVariable => &ENV_VARIABLE,
            Self::AppPasswordLiteral => &APP_PASSWORD_LITERAL,
        }
    }

    /// The rule with this id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|rule| rule.id() == id)
    }
}

const ENV_VARIABLE: RuleInfo = RuleInfo {
    id: "env-variable",
    summary: "A variable by whose name an app password goes: BITBUCKET_APP_PASSWORD and its like",
    why: "CI systems and scripts hold app passwords in variables and hand them on by name. What is in \
          BITBUCKET_APP_PASSWORD fails since 2026-07-28, wherever the name is used; and the username \
          that goes with it is not the one that an API token needs.",
    rewrite: "Within one repository all uses of one name become BITBUCKET_API_TOKEN together, or none \
              does: review. A name that a tool prescribes stays. A literal value becomes the format's \
              reference to the variable, or a placeholder where it has none: review. The report lists \
              the variables to create.",
    before: "BITBUCKET_APP_PASSWORD=ATBBexampleexampleexampleexample1F2C",
    after: "BITBUCKET_API_TOKEN=REPLACE_WITH_BITBUCKET_API_TOKEN",
    limits: "Names that say nothing of Bitbucket (APP_PASSWORD) count only next to other signs of \
             Bitbucket Cloud, and not where another host is named. What a CI system stores can't be \
             seen.",
    sources: &[
        "https://support.atlassian.com/bitbucket-cloud/docs/using-api-tokens",
        "https://support.atlassian.com/bitbucket-cloud/docs/api-token-permissions",
        "https://github.com/semantic-release/semantic-release/issues/2423",
    ],
};

const APP_PASSWORD_LITERAL: RuleInfo = RuleInfo {
    id: "app-password-literal",
    summary: "An app password by its form alone: ATBB and 32 letters and digits",
    why: "An app password outside of any place that bbsweep knows is still a secret that was written \
          down, and what reads it fails since 2026-07-28.",
    rewrite: "None: what reads the value, and so what username and syntax it needs, can't be told. \
              Manual.",
    before: "deploy(\"ci-bot\", \"ATBBexampleexampleexampleexample1F2C\")",
    after: "deploy(\"ci-bot\", \"ATBBexampleexampleexampleexample1F2C\")",
    limits: "App passwords made before about 2022 have no prefix and are not seen here. Checksums are \
             not required, so that a made-up value of the right form is reported.",
    sources: &[
        "https://community.atlassian.com/forums/Bitbucket-questions/Can-we-confirm-BitBucket-s-token-prefixes/qaq-p/3093481",
    ],
};

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_rule_has_its_page() {
        let ids: BTreeSet<_> = Rule::ALL.iter().map(|rule| rule.id()).collect();
        assert_eq!(ids.len(), Rule::ALL.len());
        assert!(Rule::ALL.is_sorted(), "the order is the priority");
        for rule in Rule::ALL {
            let info = rule.info();
            assert_eq!(info.id, rule.id());
            assert_eq!(Rule::from_id(info.id), Some(*rule));
            assert_eq!(serde_json::to_value(rule).unwrap(), info.id);
            assert!(info.summary.len() <= 100 && !info.summary.ends_with('.'), "{}", info.id);
            for text in [info.why, info.rewrite, info.limits] {
                assert!(text.ends_with('.') && !text.contains("  "), "{}: {text}", info.id);
            }
            assert!(!info.before.is_empty() && !info.sources.is_empty(), "{}", info.id);
            assert!(info.sources.iter().all(|url| url.starts_with("https://")), "{}", info.id);
        }
    }
}
