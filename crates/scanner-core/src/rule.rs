//! The table of rules: one row for each location kind.

use serde::{Deserialize, Serialize};

use crate::detect::{
    app_password_literal, env_variable, git_config_header, git_config_url, git_config_username,
    git_credentials, gitmodules_url, netrc, url_userinfo,
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
            Self::EnvVariable => &env_variable::INFO,
            Self::AppPasswordLiteral => &app_password_literal::INFO,
        }
    }

    /// The rule with this id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|rule| rule.id() == id)
    }
}

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
