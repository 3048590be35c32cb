//! AWS `CodeBuild`: the credentials that it is given, by whatever tool.

use super::terraform;
use crate::bitbucket::Scope;
use crate::consumer::{Condition, Consumer, Evidence, Format, Shape, Slot, UsernameForm};
use crate::finding::Use;
use crate::rule::{Rule, RuleInfo};

/// `CodeBuild` keeps one pair for Bitbucket and knows by itself which name git takes.
pub(crate) const CODEBUILD_CREDENTIALS: Consumer = Consumer {
    rule: Rule::CodebuildCredentials,
    name: "AWS CodeBuild source credentials",
    form: UsernameForm::Email,
    evidence: Evidence::Confirmed,
    usage: Use::Both,
    scopes: &[Scope::ReadRepository, Scope::ReadPullrequest, Scope::ReadUser],
    steps: &["a project with a webhook needs read:webhook:bitbucket, write:webhook:bitbucket and \
              delete:webhook:bitbucket besides"],
    slots: &[
        Slot {
            rule: Rule::CodebuildCredentials,
            files: terraform::FILES,
            formats: &[Format::Hcl, Format::Json],
            path: "resource/aws_codebuild_source_credential/*",
            when: &[
                Condition::Is("server_type", &["BITBUCKET"]),
                Condition::Is("auth_type", &["BASIC_AUTH"]),
            ],
            shape: Shape::Fields { username: &["user_name"], secret: &["token"] },
            usage: Use::Both,
            form: UsernameForm::Email,
            expands: Some("var.NAME"),
            // Variables have to be declared.
            evidence: Some(Evidence::Inferred),
            ..Slot::BASE
        },
        Slot {
            rule: Rule::CodebuildCredentials,
            files: &["*.yaml", "*.yml", "*.json", "*.template"],
            formats: &[Format::Yaml, Format::Json],
            path: "Resources/*/Properties",
            when: &[
                Condition::Is("../Type", &["AWS::CodeBuild::SourceCredential"]),
                Condition::Is("ServerType", &["BITBUCKET"]),
                Condition::Is("AuthType", &["BASIC_AUTH"]),
            ],
            shape: Shape::Fields { username: &["Username"], secret: &["Token"] },
            usage: Use::Both,
            form: UsernameForm::Email,
            ..Slot::BASE
        },
        // Pulumi's programs in YAML.
        Slot {
            rule: Rule::CodebuildCredentials,
            files: &["Pulumi.yaml", "Pulumi.yml"],
            formats: &[Format::Yaml],
            path: "resources/*/properties",
            when: &[
                Condition::Is(
                    "../type",
                    &[
                        "aws:codebuild:SourceCredential",
                        "aws:codebuild/sourceCredential:SourceCredential",
                    ],
                ),
                Condition::Is("serverType", &["BITBUCKET"]),
                Condition::Is("authType", &["BASIC_AUTH"]),
            ],
            shape: Shape::Fields { username: &["userName"], secret: &["token"] },
            usage: Use::Both,
            form: UsernameForm::Email,
            ..Slot::BASE
        },
        // What import-source-credentials takes as --cli-input-json.
        Slot {
            rule: Rule::CodebuildCredentials,
            files: &["*.json", "*.yaml", "*.yml"],
            formats: &[Format::Yaml, Format::Json],
            path: "",
            when: &[
                Condition::Is("serverType", &["BITBUCKET"]),
                Condition::Is("authType", &["BASIC_AUTH"]),
            ],
            shape: Shape::Fields { username: &["username"], secret: &["token"] },
            usage: Use::Both,
            form: UsernameForm::Email,
            ..Slot::BASE
        },
    ],
    page: RuleInfo {
        id: "codebuild-credentials",
        summary: "An app password in the source credentials of AWS CodeBuild",
        why: "CodeBuild has one pair for Bitbucket and uses it for git and for the REST API. With an app \
              password both fail since 2026-07-28: no build starts. It takes an API token under the \
              Atlassian account email, and by itself the name that git needs.",
        rewrite: "In Terraform user_name and token become variables of the configuration: review, as they \
                  have to be declared. In CloudFormation and in the input of the AWS command line the \
                  username becomes your email and the token what you hand over, or placeholders: review. \
                  import-source-credentials on a command line gets both variables in the syntax of the \
                  shell or CI system: safe. \
                  What reads the token from elsewhere is told.",
        before: r#"{"Resources": {"Bitbucket": {"Type": "AWS::CodeBuild::SourceCredential", "Properties": {"ServerType": "BITBUCKET", "AuthType": "BASIC_AUTH", "Username": "ci-bot", "Token": "ATBBexampleexampleexampleexample1F2C"}}}}"#,
        after: r#"{"Resources": {"Bitbucket": {"Type": "AWS::CodeBuild::SourceCredential", "Properties": {"ServerType": "BITBUCKET", "AuthType": "BASIC_AUTH", "Username": "REPLACE_WITH_ATLASSIAN_ACCOUNT_EMAIL", "Token": "REPLACE_WITH_BITBUCKET_API_TOKEN"}}}}"#,
        limits: "Credentials of the type PERSONAL_ACCESS_TOKEN hold an access token and are right as they \
                 are. Programs of the CDK and of Pulumi are not read by structure. What Secrets Manager \
                 holds is not seen.",
        sources: &[
            "https://docs.aws.amazon.com/codebuild/latest/userguide/access-tokens-bitbucket.md",
            "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-codebuild-sourcecredential.md",
            "https://docs.aws.amazon.com/cli/latest/reference/codebuild/import-source-credentials.md",
            "https://github.com/hashicorp/terraform-provider-aws/blob/main/website/docs/r/codebuild_source_credential.html.markdown",
        ],
    },
    ..Consumer::BASE
};
