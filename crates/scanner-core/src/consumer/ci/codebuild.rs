//! AWS CodeBuild.

use super::API_TOKENS;
use crate::bitbucket::Scope;
use crate::consumer::{Condition, Consumer, Evidence, Format, Shape, Slot, UsernameForm};
use crate::finding::Use;
use crate::rule::{Rule, RuleInfo};

/// CodeBuild itself sends the static username to git and the email to the REST API.
const CREDENTIAL: Slot = Slot {
    rule: Rule::Codebuild,
    usage: Use::Both,
    form: UsernameForm::Email,
    scopes: &[
        Scope::ReadRepository,
        Scope::ReadPullrequest,
        Scope::ReadWebhook,
        Scope::WriteWebhook,
        Scope::ReadUser,
    ],
    ..Slot::BASE
};

pub(crate) const CODEBUILD: Consumer = Consumer {
    rule: Rule::Codebuild,
    name: "AWS CodeBuild",
    form: UsernameForm::ByUse,
    evidence: Evidence::Confirmed,
    usage: Use::Git,
    steps: &[
        "let the buildspec read the variable from env: secrets-manager or parameter-store, or set it in \
         the project's environment",
    ],
    slots: &[
        Slot {
            files: &["*.yml", "*.yaml", "*.json", "*.template"],
            formats: &[Format::Yaml, Format::Json],
            path: "Resources/*/Properties",
            when: &[
                Condition::Is("../Type", &["AWS::CodeBuild::SourceCredential"]),
                Condition::Is("ServerType", &["BITBUCKET"]),
                Condition::Is("AuthType", &["BASIC_AUTH"]),
            ],
            shape: Shape::Fields { username: &["Username"], secret: &["Token"] },
            ..CREDENTIAL
        },
        Slot {
            files: &["*.tf"],
            formats: &[Format::Hcl],
            path: "resource/aws_codebuild_source_credential/*",
            when: &[
                Condition::Is("server_type", &["BITBUCKET"]),
                Condition::Is("auth_type", &["BASIC_AUTH"]),
            ],
            shape: Shape::Fields { username: &["user_name"], secret: &["token"] },
            ..CREDENTIAL
        },
        // What aws codebuild import-source-credentials takes by --cli-input-json and --cli-input-yaml.
        Slot {
            files: &["*.json", "*.yml", "*.yaml"],
            formats: &[Format::Json, Format::Yaml],
            path: "",
            when: &[
                Condition::Is("serverType", &["BITBUCKET"]),
                Condition::Is("authType", &["BASIC_AUTH"]),
            ],
            shape: Shape::Fields { username: &["username"], secret: &["token"] },
            ..CREDENTIAL
        },
        // Pulumi.
        Slot {
            files: &["*.yml", "*.yaml"],
            formats: &[Format::Yaml],
            path: "resources/*/properties",
            when: &[
                Condition::Contains("../type", "aws:codebuild"),
                Condition::Is("serverType", &["BITBUCKET"]),
                Condition::Is("authType", &["BASIC_AUTH"]),
            ],
            shape: Shape::Fields { username: &["userName"], secret: &["token"] },
            ..CREDENTIAL
        },
    ],
    files: &[
        "buildspec*.yml",
        "buildspec*.yaml",
        "*buildspec.yml",
        "*buildspec.yaml",
        "buildspec/*.yml",
        "buildspecs/*.yml",
    ],
    page: RuleInfo {
        id: "codebuild",
        summary: "An app password in a buildspec's git URL or in CodeBuild's source credential",
        why: "CodeBuild clones a project's source with a source credential of its own, BASIC_AUTH for \
              Bitbucket: a username and an app password. With that git answers HTTP 410 and webhooks \
              cannot be set up since 2026-07-28. It takes an API token under the email of the Atlassian \
              account and sends to git what git wants. In a buildspec further repositories are cloned \
              by URL, under x-bitbucket-api-token-auth.",
        rewrite: "In CloudFormation, Terraform, Pulumi and the input of import-source-credentials the \
                  username becomes the email and a literal secret a placeholder: review. The user info \
                  of a URL in a buildspec becomes x-bitbucket-api-token-auth:${BITBUCKET_API_TOKEN}: \
                  safe, and review where a variable gets another name.",
        before: "{\"serverType\": \"BITBUCKET\", \"authType\": \"BASIC_AUTH\", \"username\": \"ci-bot\", \"token\": \"ATBBexampleexampleexampleexample1F2C\"}",
        after: "{\"serverType\": \"BITBUCKET\", \"authType\": \"BASIC_AUTH\", \"username\": \"ci-bot@example.com\", \"token\": \"REPLACE_WITH_BITBUCKET_API_TOKEN\"}",
        limits: "Options of import-source-credentials on a command line are not read; an app password \
                 among them is reported by its format, as app-password-literal. There is one source \
                 credential for each server type, account and region: importing a new one overwrites the \
                 old. OAUTH, PERSONAL_ACCESS_TOKEN, CODECONNECTIONS and SECRETS_MANAGER are no findings.",
        sources: &[
            "https://docs.aws.amazon.com/codebuild/latest/userguide/access-tokens-bitbucket.html",
            "https://docs.aws.amazon.com/cli/latest/reference/codebuild/import-source-credentials.html",
            "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-codebuild-sourcecredential.html",
            "https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/codebuild_source_credential",
            API_TOKENS,
        ],
    },
    ..Consumer::BASE
};
