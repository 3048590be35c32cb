//! Programs that write comments and reports into pull requests.

use super::{API_TOKENS, OTHER_APPLICATIONS};
use crate::bitbucket::Scope;
use crate::consumer::{Consumer, Evidence, UsernameForm, Variable, VariableRole};
use crate::finding::Use;
use crate::rule::{Rule, RuleInfo};

/// The command line of Violation Comments.
pub(crate) const VIOLATION_COMMENTS: Consumer = Consumer {
    rule: Rule::ViolationComments,
    name: "Violation Comments to Bitbucket Cloud",
    form: UsernameForm::Email,
    evidence: Evidence::Inferred,
    usage: Use::Rest,
    scopes: &[Scope::ReadPullrequest, Scope::WritePullrequest],
    page: RuleInfo {
        id: "violation-comments",
        summary: "An app password of violation-comments-to-bitbucket-cloud-command-line",
        why: "The program comments on pull requests over the REST API with -u and -p, which took a \
              username and an app password; the API answers HTTP 401 since 2026-07-28. Basic auth takes \
              an API token under the email of the Atlassian account. Newer releases take an access token \
              of the repository or project by -t as well.",
        rewrite: "The value of -u becomes the variable of the email, that of -p the variable of the \
                  token, in the syntax of the file: review, as the program's pages name -t only.",
        before: "npx violation-comments-to-bitbucket-cloud-command-line -u ci-bot -p ATBBexampleexampleexampleexample1F2C -ws team -rs repo",
        after: "npx violation-comments-to-bitbucket-cloud-command-line -u \"${ATLASSIAN_ACCOUNT_EMAIL}\" -p \"${BITBUCKET_API_TOKEN}\" -ws team -rs repo",
        limits: "-t cannot be used beside -u and -p. Its library in a build file of Gradle or Maven is \
                 configured there and not seen by this rule.",
        sources: &[
            "https://github.com/tomasbjerre/violation-comments-to-bitbucket-cloud-command-line",
            "https://github.com/tomasbjerre/violation-comments-to-bitbucket-cloud-command-line/pull/9",
            OTHER_APPLICATIONS,
            API_TOKENS,
        ],
    },
    ..Consumer::BASE
};

/// Kosli's command line takes app passwords or access tokens.
pub(crate) const KOSLI: Consumer = Consumer {
    rule: Rule::Kosli,
    name: "Kosli",
    form: UsernameForm::Unsupported,
    evidence: Evidence::Unknown,
    usage: Use::Rest,
    scopes: &[Scope::ReadRepository, Scope::ReadPullrequest],
    instead: Some(
        "an access token of the repository, project or workspace: --bitbucket-access-token or \
         KOSLI_BITBUCKET_ACCESS_TOKEN",
    ),
    variables: &[
        Variable {
            name: "KOSLI_BITBUCKET_PASSWORD",
            role: VariableRole::Secret,
            becomes: None,
            adds: None,
            shared: false,
        },
        Variable {
            name: "KOSLI_BITBUCKET_USERNAME",
            role: VariableRole::Username(UsernameForm::Unsupported),
            becomes: None,
            adds: None,
            shared: false,
        },
    ],
    page: RuleInfo {
        id: "kosli",
        summary: "An app password with which Kosli's command line asks about pull requests",
        why: "kosli attest pullrequest bitbucket and its like ask the REST API with --bitbucket-username \
              and --bitbucket-password (KOSLI_BITBUCKET_USERNAME, KOSLI_BITBUCKET_PASSWORD), which take \
              an app password and fail since 2026-07-28. Kosli names access tokens as the way to go; that \
              API tokens work there no source says.",
        rewrite: "None: manual. Create an access token of the repository, project or workspace that may \
                  read repositories and pull requests, and hand it over by --bitbucket-access-token or \
                  KOSLI_BITBUCKET_ACCESS_TOKEN.",
        before: "kosli attest pullrequest bitbucket --bitbucket-username ci-bot --bitbucket-password ATBBexampleexampleexampleexample1F2C",
        after: "kosli attest pullrequest bitbucket --bitbucket-access-token \"${BITBUCKET_ACCESS_TOKEN}\"",
        limits: "A configuration file of Kosli is seen where it holds the same names.",
        sources: &[
            "https://docs.kosli.com/client_reference/kosli_attest_pullrequest_bitbucket/",
            "https://docs.kosli.com/client_reference/kosli_assert_pullrequest_bitbucket/",
        ],
    },
    ..Consumer::BASE
};
