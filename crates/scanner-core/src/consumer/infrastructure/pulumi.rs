//! Pulumi: programs in YAML, and the configuration of stacks.

use super::{API_TOKENS, USERNAME_PASSWORD};
use crate::consumer::{Condition, Consumer, Evidence, Format, Shape, Slot, UsernameForm};
use crate::finding::Use;
use crate::rule::{Rule, RuleInfo};

const STACK: Slot = Slot {
    rule: Rule::Pulumi,
    files: &["Pulumi.yaml", "Pulumi.yml", "Pulumi.*.yaml", "Pulumi.*.yml"],
    formats: &[Format::Yaml],
    path: "config",
    usage: Use::Rest,
    form: UsernameForm::Email,
    ..Slot::BASE
};

/// The provider for Bitbucket is Terraform's.
pub(crate) const PULUMI: Consumer = Consumer {
    rule: Rule::Pulumi,
    name: "Pulumi",
    form: UsernameForm::Email,
    evidence: Evidence::Confirmed,
    usage: Use::Rest,
    steps: &[
        "set both anew: pulumi config set bitbucket:username with the email, and pulumi config \
              set --secret bitbucket:password with the token",
    ],
    slots: &[
        Slot {
            shape: Shape::Fields {
                username: &["bitbucket:username"],
                secret: &["bitbucket:password/secure"],
            },
            names_secret: true,
            ..STACK
        },
        Slot {
            shape: Shape::Fields {
                username: &["bitbucket:username"],
                secret: &["bitbucket:password"],
            },
            ..STACK
        },
        Slot {
            path: "resources/*/properties",
            when: &[Condition::Is("../type", &["pulumi:providers:bitbucket"])],
            shape: USERNAME_PASSWORD,
            ..STACK
        },
    ],
    files: &["Pulumi.yaml", "Pulumi.yml", "Pulumi.*.yaml", "Pulumi.*.yml"],
    page: RuleInfo {
        id: "pulumi",
        summary: "An app password in a stack's configuration or a provider of Pulumi",
        why: "Pulumi's provider for Bitbucket sends bitbucket:username and bitbucket:password to the REST \
              API. With an app password that answers HTTP 401 since 2026-07-28. With an API token the \
              username is the Atlassian account email, says the provider's page.",
        rewrite: "The username becomes the email, yours where you give it, a password in clear the token \
                  that you hand over, or placeholders: review. Beside an encrypted password only the \
                  username changes, and the token has to be set by pulumi config set --secret: review.",
        before: r#"{"config": {"bitbucket:username": "ci-bot", "bitbucket:password": "ATBBexampleexampleexampleexample1F2C"}}"#,
        after: r#"{"config": {"bitbucket:username": "REPLACE_WITH_ATLASSIAN_ACCOUNT_EMAIL", "bitbucket:password": "REPLACE_WITH_BITBUCKET_API_TOKEN"}}"#,
        limits: "Programs in other languages than YAML are not read by structure. Whether an encrypted \
                 password already is a token cannot be seen: a username that is no email is told.",
        sources: &[
            "https://www.pulumi.com/registry/packages/bitbucket",
            "https://pypi.org/project/pulumi-bitbucket",
            API_TOKENS,
        ],
    },
    ..Consumer::BASE
};
