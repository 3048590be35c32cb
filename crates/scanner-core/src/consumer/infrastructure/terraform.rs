//! Terraform and `OpenTofu`: providers, resources, module sources.

use super::{API_TOKENS, USERNAME_PASSWORD};
use crate::bitbucket::Scope;
use crate::consumer::{
    Condition, Consumer, Evidence, Format, Slot, UsernameForm, Variable, VariableRole,
};
use crate::finding::Use;
use crate::rule::{Rule, RuleInfo};

pub(super) const FILES: &[&str] = &["*.tf", "*.tofu", "*.tf.json"];

const PROVIDER: Slot = Slot {
    rule: Rule::Terraform,
    files: FILES,
    formats: &[Format::Hcl, Format::Json],
    path: "provider/bitbucket",
    // With one it is the provider for Bitbucket Data Center.
    when: &[Condition::Lacks("server")],
    shape: USERNAME_PASSWORD,
    usage: Use::Rest,
    form: UsernameForm::Email,
    expands: Some("var.NAME"),
    ..Slot::BASE
};

/// What another provider hands to git.
const GIT: Slot = Slot {
    usage: Use::Git,
    form: UsernameForm::Static,
    evidence: Some(Evidence::Inferred),
    ..PROVIDER
};

/// The providers for Bitbucket ask the REST API with Basic; module sources are git's.
pub(crate) const TERRAFORM: Consumer = Consumer {
    rule: Rule::Terraform,
    name: "Terraform",
    form: UsernameForm::ByUse,
    evidence: Evidence::Confirmed,
    usage: Use::Git,
    scopes: Scope::GIT_FETCH,
    steps: &[
        "a provider that reads BITBUCKET_USERNAME and BITBUCKET_PASSWORD needs the email in the \
              one and the token in the other; variables that the configuration reads have to be \
              declared in it",
    ],
    slots: &[
        PROVIDER,
        Slot { path: "resource/argocd_repository/*", when: &[Condition::Cloud("repo")], ..GIT },
        Slot {
            path: "resource/argocd_repository_credentials/*",
            when: &[Condition::Cloud("url")],
            ..GIT
        },
        Slot { path: "provider/flux/git/http", when: &[Condition::Cloud("../url")], ..GIT },
    ],
    variables: &[
        Variable {
            name: "BITBUCKET_USERNAME",
            role: VariableRole::Username(UsernameForm::Email),
            becomes: None,
            adds: None,
            shared: true,
        },
        Variable {
            name: "BITBUCKET_PASSWORD",
            role: VariableRole::Secret,
            becomes: None,
            adds: None,
            shared: true,
        },
    ],
    files: &[
        "*.tf",
        "*.tofu",
        "*.tf.json",
        "*.tfvars",
        "*.tfvars.json",
        "terragrunt.hcl",
        "*.tfstate",
    ],
    page: RuleInfo {
        id: "terraform",
        summary: "An app password in a provider block or a module source of Terraform",
        why: "The providers for Bitbucket (DrFaust92/bitbucket, zahiar/bitbucket and their \
              predecessors) send username and password to the REST API, which answers an app password \
              with HTTP 401 since 2026-07-28; the source of a module goes to git, which answers HTTP \
              410. With an API token the provider's username is the Atlassian account email, git's \
              x-bitbucket-api-token-auth.",
        rewrite: "In a provider block, and where other providers are told of a repository, username and \
                  password become variables of the configuration: review, as they have to be declared. \
                  A module's source, in which nothing is expanded, loses the password and keeps the \
                  static username: review.",
        before: r#"provider "bitbucket" {
  username = "ci-bot"
  password = "ATBBexampleexampleexampleexample1F2C"
}"#,
        after: r#"provider "bitbucket" {
  username = var.ATLASSIAN_ACCOUNT_EMAIL
  password = var.BITBUCKET_API_TOKEN
}"#,
        limits: "The provider DrFaust92/bitbucket is no longer developed. That it takes the email and a \
                 token says its own page; for its forks and predecessors it follows from how they ask. \
                 oauth_token and OAuth clients are right as they are. The state file keeps what was \
                 applied: it is rewritten by the next apply.",
        sources: &[
            "https://github.com/DrFaust92/terraform-provider-bitbucket/blob/master/bitbucket/provider.go",
            "https://github.com/DrFaust92/terraform-provider-bitbucket/issues/242",
            "https://www.pulumi.com/registry/packages/bitbucket",
            "https://developer.hashicorp.com/terraform/language/modules/sources",
            "https://developer.hashicorp.com/terraform/language/values/variables",
            API_TOKENS,
        ],
    },
    ..Consumer::BASE
};

/// Azure DevOps keeps what it is told here, and asks Bitbucket with it.
pub(crate) const TERRAFORM_AZUREDEVOPS: Consumer = Consumer {
    rule: Rule::TerraformAzuredevops,
    name: "Terraform provider for Azure DevOps",
    form: UsernameForm::Email,
    // The docs say so; but which release the configuration locks stands in another file.
    evidence: Evidence::Inferred,
    usage: Use::Both,
    scopes: Scope::GIT_FETCH,
    least_version: Some("1.16.0"),
    steps: &[
        "email and api_token need version 1.16.0 or later of the provider microsoft/azuredevops: \
              raise it in required_providers and run terraform init -upgrade",
    ],
    slots: &[Slot {
        rule: Rule::TerraformAzuredevops,
        path: "resource/azuredevops_serviceendpoint_bitbucket/*",
        usage: Use::Both,
        keys: &[("username", "email"), ("password", "api_token")],
        ..PROVIDER
    }],
    page: RuleInfo {
        id: "terraform-azuredevops",
        summary: "An app password in azuredevops_serviceendpoint_bitbucket of Terraform",
        why: "The resource gives Azure DevOps a service connection to Bitbucket Cloud. With username and \
              password, which hold an app password, nothing can be cloned since 2026-07-28. From version \
              1.16.0 on the provider takes the Atlassian account email and an API token under keys of \
              their own.",
        rewrite: "username becomes email and password api_token, both with variables of the configuration \
                  as values: review, as the variables have to be declared and the provider has to be new \
                  enough.",
        before: r#"resource "azuredevops_serviceendpoint_bitbucket" "team" {
  username = "ci-bot"
  password = "ATBBexampleexampleexampleexample1F2C"
}"#,
        after: r#"resource "azuredevops_serviceendpoint_bitbucket" "team" {
  email = var.ATLASSIAN_ACCOUNT_EMAIL
  api_token = var.BITBUCKET_API_TOKEN
}"#,
        limits: "Whether the provider in use is new enough is not checked: the lock file says.",
        sources: &[
            "https://github.com/microsoft/terraform-provider-azuredevops/blob/main/website/docs/r/serviceendpoint_bitbucket.html.markdown",
            "https://github.com/microsoft/terraform-provider-azuredevops/pull/1578",
            "https://github.com/microsoft/terraform-provider-azuredevops/blob/main/CHANGELOG.md",
        ],
    },
    ..Consumer::BASE
};
