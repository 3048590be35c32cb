//! Sourcebot.

use super::API_TOKENS;
use crate::bitbucket::Scope;
use crate::consumer::{Condition, Consumer, Evidence, Format, Shape, Slot, UsernameForm};
use crate::finding::Use;
use crate::rule::{Rule, RuleInfo};

const SLOT: Slot = Slot {
    rule: Rule::Sourcebot,
    files: &["config.json", "config.*.json", "*sourcebot*.json", "**/*sourcebot*/*.json"],
    formats: &[Format::Json],
    path: "**/connections/*",
    usage: Use::Both,
    form: UsernameForm::Email,
    adds: &[("gitUser", UsernameForm::Static)],
    ..Slot::BASE
};

const IS_BITBUCKET: Condition = Condition::Is("type", &["bitbucket"]);
const OF_CLOUD: Condition = Condition::Any(&[
    Condition::Is("deploymentType", &["cloud"]),
    Condition::All(&[
        Condition::Lacks("deploymentType"),
        Condition::Any(&[Condition::Cloud("url"), Condition::Lacks("url")]),
    ]),
]);

/// It lists repositories over REST and clones them, each with a user of its own.
pub(crate) const SOURCEBOT: Consumer = Consumer {
    rule: Rule::Sourcebot,
    name: "Sourcebot",
    form: UsernameForm::Both,
    evidence: Evidence::Confirmed,
    usage: Use::Both,
    scopes: &[Scope::ReadRepository, Scope::ReadWorkspace],
    steps: &["Check that Sourcebot knows gitUser: pull request 918"],
    slots: &[
        // A token in clear, as older versions took it.
        Slot {
            when: &[IS_BITBUCKET, OF_CLOUD, Condition::Has("user")],
            shape: Shape::Fields { username: &["user"], secret: &["token"] },
            ..SLOT
        },
        Slot {
            when: &[IS_BITBUCKET, OF_CLOUD, Condition::Has("user")],
            shape: Shape::Fields {
                username: &["user"],
                secret: &["token/env", "token/secret", "token/googleCloudSecret"],
            },
            names_secret: true,
            ..SLOT
        },
    ],
    page: RuleInfo {
        id: "sourcebot",
        summary: "An app password in a Bitbucket connection of Sourcebot",
        why: "Sourcebot lists repositories of Bitbucket Cloud over the REST API and clones them, both \
              with user and token of its config.json. With an app password both fail since 2026-07-28. \
              An API token needs the email of the Atlassian account as user and a name that git takes \
              as gitUser.",
        rewrite: "The user becomes the email, gitUser with x-bitbucket-api-token-auth comes beside it, \
                  and a token in clear gives way to a placeholder: review. Where the token comes by the \
                  name of a variable or secret, that stays: put the API token there.",
        before: r#"{"connections": {"bitbucket": {"type": "bitbucket", "deploymentType": "cloud", "user": "ci-bot", "token": "ATBBexampleexampleexampleexample1F2C", "workspaces": ["acme"]}}}"#,
        after: r#"{"connections": {"bitbucket": {"type": "bitbucket", "deploymentType": "cloud", "user": "REPLACE_WITH_ATLASSIAN_ACCOUNT_EMAIL", "gitUser": "x-bitbucket-api-token-auth", "token": "REPLACE_WITH_BITBUCKET_API_TOKEN", "workspaces": ["acme"]}}}"#,
        limits: "A token without a user is an access token and no finding, and deploymentType server is \
                 of Data Center. What the named variable holds is not seen.",
        sources: &[
            "https://github.com/sourcebot-dev/sourcebot/pull/918",
            "https://github.com/sourcebot-dev/sourcebot/blob/main/schemas/v3/bitbucket.json",
            "https://docs.sourcebot.dev/docs/connections/bitbucket-cloud",
            API_TOKENS,
        ],
    },
    ..Consumer::BASE
};
