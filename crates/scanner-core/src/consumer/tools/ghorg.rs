//! ghorg.

use super::API_TOKENS;
use crate::bitbucket::Scope;
use crate::consumer::{
    Condition, Consumer, Evidence, Format, Shape, Slot, UsernameForm, Variable, VariableRole,
};
use crate::finding::Use;
use crate::rule::{Rule, RuleInfo};

/// It asks REST with the email and clones with the static name.
pub(crate) const GHORG: Consumer = Consumer {
    rule: Rule::Ghorg,
    name: "ghorg",
    form: UsernameForm::Email,
    evidence: Evidence::Confirmed,
    usage: Use::Both,
    scopes: &[Scope::ReadRepository, Scope::ReadWorkspace],
    steps: &["Check that ghorg is newer than 1.11.7: older ones have no API tokens"],
    slots: &[Slot {
        rule: Rule::Ghorg,
        files: &["conf.yaml", "conf.yml", "*ghorg*.yaml", "*ghorg*.yml"],
        formats: &[Format::Yaml],
        path: "**",
        when: &[
            Condition::Has("GHORG_BITBUCKET_APP_PASSWORD"),
            // With a base URL it asks a server of one's own. The sample file has the key without a
            // value.
            Condition::Any(&[
                Condition::Lacks("GHORG_SCM_BASE_URL"),
                Condition::Is("GHORG_SCM_BASE_URL", &["", "null", "~"]),
            ]),
        ],
        shape: Shape::Fields {
            username: &["GHORG_BITBUCKET_USERNAME"],
            secret: &["GHORG_BITBUCKET_APP_PASSWORD"],
        },
        usage: Use::Both,
        form: UsernameForm::Email,
        keys: &[
            ("GHORG_BITBUCKET_APP_PASSWORD", "GHORG_BITBUCKET_API_TOKEN"),
            ("GHORG_BITBUCKET_USERNAME", "GHORG_BITBUCKET_API_EMAIL"),
        ],
        store: true,
        ..Slot::BASE
    }],
    variables: &[
        Variable {
            name: "GHORG_BITBUCKET_USERNAME",
            role: VariableRole::Username(UsernameForm::Email),
            becomes: Some("GHORG_BITBUCKET_API_EMAIL"),
            adds: None,
            shared: false,
        },
        Variable {
            name: "GHORG_BITBUCKET_APP_PASSWORD",
            role: VariableRole::Secret,
            becomes: Some("GHORG_BITBUCKET_API_TOKEN"),
            adds: None,
            shared: false,
        },
    ],
    page: RuleInfo {
        id: "ghorg",
        summary: "An app password in ghorg's conf.yaml or variables",
        why: "ghorg lists the repositories of a workspace over REST and clones them, both with \
              GHORG_BITBUCKET_USERNAME and GHORG_BITBUCKET_APP_PASSWORD, which fail since 2026-07-28. \
              Releases after 1.11.7 take an API token under a name of its own, with the email of the \
              Atlassian account, and put x-bitbucket-api-token-auth in front of it by themselves where \
              they clone.",
        rewrite: "GHORG_BITBUCKET_APP_PASSWORD becomes GHORG_BITBUCKET_API_TOKEN and \
                  GHORG_BITBUCKET_USERNAME becomes GHORG_BITBUCKET_API_EMAIL with the email; on a \
                  command line --bitbucket-username becomes --bitbucket-api-email; in conf.yaml the \
                  token is what you hand over or a placeholder: review.",
        before: "GHORG_SCM_TYPE: bitbucket\nGHORG_BITBUCKET_USERNAME: ci-bot\nGHORG_BITBUCKET_APP_PASSWORD: ATBBexampleexampleexampleexample1F2C",
        after: "GHORG_SCM_TYPE: bitbucket\nGHORG_BITBUCKET_API_EMAIL: REPLACE_WITH_ATLASSIAN_ACCOUNT_EMAIL\nGHORG_BITBUCKET_API_TOKEN: REPLACE_WITH_BITBUCKET_API_TOKEN",
        limits: "GHORG_BITBUCKET_OAUTH_TOKEN is no finding, nor is a configuration with \
                 GHORG_SCM_BASE_URL, which is of Bitbucket Server.",
        sources: &[
            "https://github.com/gabrie30/ghorg/pull/604",
            "https://github.com/gabrie30/ghorg/blob/master/sample-conf.yaml",
            "https://github.com/gabrie30/ghorg/blob/master/examples/bitbucket.md",
            API_TOKENS,
        ],
    },
    ..Consumer::BASE
};
