//! Azure Pipelines: its files, and its service connection to Bitbucket Cloud.

use super::{API_TOKENS, RUNS_LINES};
use crate::bitbucket::Scope;
use crate::consumer::{Condition, Consumer, Evidence, Format, Shape, Slot, UsernameForm};
use crate::finding::Use;
use crate::rule::{Rule, RuleInfo};

pub(crate) const AZURE_PIPELINES: Consumer = Consumer {
    rule: Rule::AzurePipelines,
    name: "Azure Pipelines",
    instead: Some(
        "a service connection of the scheme Token, whose parameters are email and apitoken (in the \
         page of the service connection: Email and API Token)",
    ),
    steps: &[
        "set the variable in Pipelines > Library (a variable group) or among the pipeline's variables, \
         secret; a script gets a secret variable by $(NAME) or by env: only",
    ],
    slots: &[
        // The connection itself sends the email to the REST API and the static username to git. Its
        // scheme would have to change with the names.
        Slot {
            rule: Rule::AzurePipelines,
            files: &["*.json"],
            formats: &[Format::Json],
            path: "**/authorization/parameters",
            when: &[
                Condition::Is("../../type", &["bitbucket"]),
                Condition::Is("../scheme", &["UsernamePassword"]),
                Condition::Has("password"),
            ],
            shape: Shape::Fields { username: &["username"], secret: &["password"] },
            usage: Use::Both,
            form: UsernameForm::Unsupported,
            scopes: &[Scope::ReadRepository, Scope::ReadWebhook, Scope::WriteWebhook],
            ..Slot::BASE
        },
    ],
    files: &[
        "azure-pipelines*.yml",
        "azure-pipelines*.yaml",
        "*.azure-pipelines.yml",
        ".azure-pipelines/**/*.yml",
        ".azure-pipelines/**/*.yaml",
        ".azuredevops/**/*.yml",
        ".azure/pipelines/**/*.yml",
        "azure-pipelines/**/*.yml",
    ],
    evidence: Evidence::Confirmed,
    page: RuleInfo {
        id: "azure-pipelines",
        summary: "An app password in an Azure pipeline's git URL or in a service connection to Bitbucket",
        why: "A pipeline whose code is at Bitbucket Cloud uses a service connection; further repositories \
              are cloned by URL. With an app password git answers HTTP 410 and the REST API 401 since \
              2026-07-28. A connection by username and password is deprecated; with email and API token \
              it sends the email to the REST API and x-bitbucket-api-token-auth to git.",
        rewrite: "The user info of a URL becomes x-bitbucket-api-token-auth:$(BITBUCKET_API_TOKEN): safe, \
                  and review where a variable gets another name. A connection as JSON is \
                  told, not made, since its scheme changes with the names: manual.",
        before: "- script: git clone https://ci-bot:ATBBexampleexampleexampleexample1F2C@bitbucket.org/team/lib.git",
        after: "- script: git clone https://x-bitbucket-api-token-auth:$(BITBUCKET_API_TOKEN)@bitbucket.org/team/lib.git",
        limits: "A pipeline names its service connection only; what that holds is not seen. A connection \
                 in Terraform is reported as terraform-azuredevops.",
        sources: &[
            API_TOKENS,
            "https://learn.microsoft.com/azure/devops/pipelines/process/set-secret-variables",
            "https://github.com/microsoft/terraform-provider-azuredevops/pull/1578",
            "https://github.com/microsoft/azure-pipelines-extensions/pull/1502",
        ],
    },
    ..RUNS_LINES
};
