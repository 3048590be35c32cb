//! all-repos.

use super::API_TOKENS;
use crate::bitbucket::Scope;
use crate::consumer::{Condition, Consumer, Evidence, Format, Shape, Slot, UsernameForm};
use crate::finding::Use;
use crate::rule::{Rule, RuleInfo};

const SLOT: Slot = Slot {
    rule: Rule::AllRepos,
    files: &["all-repos*.json", "all_repos*.json"],
    formats: &[Format::Json],
    shape: Shape::Fields { username: &["username"], secret: &["app_password"] },
    usage: Use::Rest,
    ..Slot::BASE
};

/// It lists repositories with Basic credentials and clones them by SSH.
pub(crate) const ALL_REPOS: Consumer = Consumer {
    rule: Rule::AllRepos,
    name: "all-repos",
    form: UsernameForm::Email,
    evidence: Evidence::Inferred,
    usage: Use::Rest,
    scopes: &[Scope::ReadRepository],
    instead: Some("a push module that pushes to Bitbucket Cloud without this pair, by SSH"),
    slots: &[
        Slot {
            path: "source_settings",
            when: &[Condition::Is("../source", &["all_repos.source.bitbucket"])],
            form: UsernameForm::Email,
            ..SLOT
        },
        // Made for Data Center, and set up for Bitbucket Cloud all the same: issue 395.
        Slot {
            path: "push_settings",
            when: &[Condition::Cloud("base_url")],
            form: UsernameForm::Unsupported,
            ..SLOT
        },
        Slot {
            path: "source_settings",
            when: &[Condition::Cloud("base_url")],
            form: UsernameForm::Unsupported,
            ..SLOT
        },
    ],
    page: RuleInfo {
        id: "all-repos",
        summary: "An app password in the settings of all-repos",
        why: "all-repos keeps username and app_password of Bitbucket Cloud in all-repos.json and sends \
              them with Basic to the REST API, which answers HTTP 401 since 2026-07-28; it clones by \
              SSH. It has no setting of its own for API tokens, but what it sends is what the REST API \
              takes with one: the Atlassian account email and the token in the same two fields.",
        rewrite: "In the settings of the source all_repos.source.bitbucket the username becomes the \
                  email and app_password a placeholder for the token: review. Settings of a module for \
                  Data Center that name bitbucket.org are told: no such module speaks Bitbucket \
                  Cloud's API.",
        before: r#"{"source": "all_repos.source.bitbucket", "source_settings": {"username": "ci-bot", "app_password": "ATBBexampleexampleexampleexample1F2C"}}"#,
        after: r#"{"source": "all_repos.source.bitbucket", "source_settings": {"username": "REPLACE_WITH_ATLASSIAN_ACCOUNT_EMAIL", "app_password": "REPLACE_WITH_BITBUCKET_API_TOKEN"}}"#,
        limits: "Files of another name, which all-repos takes by -C, are not seen. \
                 all_repos.source.bitbucket_server with a server of your own is no finding.",
        sources: &[
            "https://github.com/asottile/all-repos/blob/main/all_repos/source/bitbucket.py",
            "https://github.com/asottile/all-repos/issues/395",
            API_TOKENS,
        ],
    },
    ..Consumer::BASE
};
