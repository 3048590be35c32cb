//! Git Town.

use super::API_TOKENS;
use crate::bitbucket::Scope;
use crate::consumer::{
    Condition, Consumer, Evidence, Format, Shape, Slot, UsernameForm, Variable, VariableRole,
};
use crate::finding::Use;
use crate::rule::{Rule, RuleInfo};

/// Git Town keeps its credentials in git's configuration.
pub(crate) const GIT_TOWN: Consumer = Consumer {
    rule: Rule::GitTown,
    name: "Git Town",
    form: UsernameForm::Email,
    evidence: Evidence::Confirmed,
    usage: Use::Rest,
    scopes: &[
        Scope::ReadUser,
        Scope::ReadRepository,
        Scope::ReadPullrequest,
        Scope::WritePullrequest,
    ],
    least_version: Some("24.0.0"),
    slots: &[Slot {
        rule: Rule::GitTown,
        files: &[
            ".gitconfig",
            ".gitconfig*",
            "*.gitconfig",
            "gitconfig",
            "**/.git/config",
            "**/git/config",
            "**/.git/config.worktree",
        ],
        formats: &[Format::Ini],
        path: "git-town",
        when: &[
            Condition::Has("bitbucket-app-password"),
            // Data Center takes an HTTP access token there.
            Condition::Any(&[
                Condition::Lacks("hosting-platform"),
                Condition::Is("hosting-platform", &["bitbucket"]),
            ]),
            Condition::Any(&[
                Condition::Lacks("forge-type"),
                Condition::Is("forge-type", &["bitbucket"]),
            ]),
        ],
        shape: Shape::Fields {
            username: &["bitbucket-username"],
            secret: &["bitbucket-app-password"],
        },
        usage: Use::Rest,
        form: UsernameForm::Email,
        keys: &[("bitbucket-app-password", "bitbucket-api-token")],
        store: true,
        ..Slot::BASE
    }],
    variables: &[
        Variable {
            name: "GIT_TOWN_BITBUCKET_APP_PASSWORD",
            role: VariableRole::Secret,
            becomes: Some("GIT_TOWN_BITBUCKET_API_TOKEN"),
            adds: None,
            shared: false,
        },
        Variable {
            name: "GIT_TOWN_BITBUCKET_USERNAME",
            role: VariableRole::Username(UsernameForm::Email),
            becomes: None,
            adds: None,
            shared: false,
        },
    ],
    page: RuleInfo {
        id: "git-town",
        summary: "An app password that Git Town keeps in git's configuration",
        why: "Git Town asks the REST API about pull requests with git-town.bitbucket-username and \
              git-town.bitbucket-app-password. Since 2026-07-28 the API refuses app passwords. Git Town \
              24 takes an API token under git-town.bitbucket-api-token, and the email of the Atlassian \
              account as the username.",
        rewrite: "The key gets its new name, the username becomes the email, the password the token that \
                  you hand over or a placeholder: review. The variable \
                  GIT_TOWN_BITBUCKET_APP_PASSWORD becomes GIT_TOWN_BITBUCKET_API_TOKEN: review.",
        before: "[git-town]\n\tbitbucket-username = ci-bot\n\tbitbucket-app-password = ATBBexampleexampleexampleexample1F2C",
        after: "[git-town]\n\tbitbucket-username = REPLACE_WITH_ATLASSIAN_ACCOUNT_EMAIL\n\tbitbucket-api-token = REPLACE_WITH_BITBUCKET_API_TOKEN",
        limits: "The same keys are used for Bitbucket Data Center; where the configuration says that the \
                 platform is another one they are none. git-town.toml holds no credentials. Whether the \
                 Git Town in use knows the new key is not checked: 24.0.0 renames the old one itself, \
                 but the value has to be changed all the same.",
        sources: &[
            "https://www.git-town.com/preferences/bitbucket-api-token.html",
            "https://www.git-town.com/preferences/bitbucket-username.html",
            "https://git-town.com/preferences/bitbucket-app-password",
            "https://github.com/git-town/git-town/pull/6259",
            API_TOKENS,
        ],
    },
    ..Consumer::BASE
};
