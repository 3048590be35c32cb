//! Atlantis.

use super::API_TOKENS;
use crate::bitbucket::Scope;
use crate::consumer::{
    Condition, Consumer, Evidence, Format, Shape, Slot, UsernameForm, Variable, VariableRole,
};
use crate::finding::Use;
use crate::rule::{Rule, RuleInfo};

const HELM: &[&str] =
    &["*values*.yaml", "*values*.yml", "*atlantis*.yaml", "*atlantis*.yml", "**/atlantis/*.yaml"];

/// It answers pull requests over REST and clones with git, each with a user of its own.
pub(crate) const ATLANTIS: Consumer = Consumer {
    rule: Rule::Atlantis,
    name: "Atlantis",
    form: UsernameForm::Both,
    evidence: Evidence::Confirmed,
    usage: Use::Both,
    scopes: &[
        Scope::ReadRepository,
        Scope::WriteRepository,
        Scope::ReadPullrequest,
        Scope::WritePullrequest,
    ],
    least_version: Some("0.36.0"),
    steps: &[
        "Check that Atlantis is at 0.36.0 or newer: older ones have no API user",
        "Where it gets the pair by flags, add --bitbucket-api-user with the Atlassian account email",
    ],
    slots: &[
        // Values of the Helm chart, for the chart itself or below its name as a dependency.
        Slot {
            files: HELM,
            path: "**/bitbucket",
            when: &[Condition::Lacks("baseURL"), Condition::Lacks("base_url")],
            shape: Shape::Fields { username: &["user"], secret: &["token"] },
            adds: &[("apiUser", UsernameForm::Email)],
            ..SLOT
        },
        // The server's own config file, whose keys are the flags.
        Slot {
            files: &["*.yaml", "*.yml"],
            path: "**",
            when: &[Condition::Lacks("bitbucket-base-url")],
            shape: Shape::Fields { username: &["bitbucket-user"], secret: &["bitbucket-token"] },
            adds: &[("bitbucket-api-user", UsernameForm::Email)],
            ..SLOT
        },
    ],
    variables: &[
        Variable {
            name: "ATLANTIS_BITBUCKET_USER",
            role: VariableRole::Username(UsernameForm::Both),
            becomes: None,
            adds: Some(("ATLANTIS_BITBUCKET_API_USER", UsernameForm::Email)),
            shared: false,
        },
        Variable {
            name: "ATLANTIS_BITBUCKET_TOKEN",
            role: VariableRole::Secret,
            becomes: None,
            adds: None,
            shared: false,
        },
    ],
    page: RuleInfo {
        id: "atlantis",
        summary: "An app password that Atlantis gets by its variables, config file or Helm values",
        why: "Atlantis has one Bitbucket token and uses it twice: with git, to clone, and with the REST \
              API, to comment on pull requests and set statuses. An API token needs another user for \
              each. From version 0.36.0 on the user stays git's, and the API user, a setting \
              of its own, takes the email of the Atlassian account; without it every comment fails with \
              HTTP 401.",
        rewrite: "In Helm values (bitbucket.user, bitbucket.token) and in the server's config file the \
                  user stays, apiUser or bitbucket-api-user with the email comes beside it, and a token \
                  in clear gives way to a placeholder: review. Flags on a command line are told: manual. ATLANTIS_BITBUCKET_TOKEN keeps its name; \
                  beside ATLANTIS_BITBUCKET_USER comes ATLANTIS_BITBUCKET_API_USER.",
        before: "bitbucket:\n  user: ci-bot\n  token: ATBBexampleexampleexampleexample1F2C",
        after: "bitbucket:\n  user: ci-bot\n  apiUser: REPLACE_WITH_ATLASSIAN_ACCOUNT_EMAIL\n  token: REPLACE_WITH_BITBUCKET_API_TOKEN",
        limits: "With a base URL Atlantis asks a Data Center server, and nothing is a finding. The \
                 version in use is not checked, nor whether the Helm chart knows apiUser. What a \
                 Kubernetes Secret holds is seen only where the file shows it.",
        sources: &[
            "https://github.com/runatlantis/atlantis/pull/5940",
            "https://www.runatlantis.io/docs/server-configuration",
            "https://github.com/runatlantis/helm-charts/blob/main/charts/atlantis/values.yaml",
            "https://github.com/runatlantis/atlantis/issues/5696",
            API_TOKENS,
        ],
    },
    ..Consumer::BASE
};

const SLOT: Slot = Slot {
    rule: Rule::Atlantis,
    formats: &[Format::Yaml],
    usage: Use::Both,
    form: UsernameForm::Both,
    ..Slot::BASE
};
