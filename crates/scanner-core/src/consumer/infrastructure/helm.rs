//! Helm.

use super::{API_TOKENS, BY_REST, FILES_BY_REST, USERNAME_PASSWORD};
use crate::bitbucket::Scope;
use crate::consumer::{Condition, Consumer, Evidence, Format, Shape, Slot, UsernameForm};
use crate::finding::Use;
use crate::rule::{Rule, RuleInfo};

const REPOSITORY: Slot = Slot {
    rule: Rule::Helm,
    files: &["repositories.yaml", "helmfile.yaml", "helmfile.d/*.yaml", "*helmfile*.yaml"],
    formats: &[Format::Yaml],
    path: "repositories/[]",
    when: &[BY_REST],
    shape: USERNAME_PASSWORD,
    usage: Use::Rest,
    form: UsernameForm::Email,
    ..Slot::BASE
};

/// Helm reads a chart repository's files by HTTPS.
pub(crate) const HELM: Consumer = Consumer {
    rule: Rule::Helm,
    name: "Helm",
    form: UsernameForm::Email,
    evidence: Evidence::Inferred,
    usage: Use::Rest,
    scopes: Scope::GIT_FETCH,
    slots: &[
        Slot { files: &["repositories.yaml"], store: true, ..REPOSITORY },
        REPOSITORY,
        // What a chart hands to a program of its own: which use, its templates know.
        Slot {
            files: &["values*.yaml", "values*.yml", "*values.yaml", "*values.yml"],
            path: "**/bitbucket",
            when: &[
                Condition::CloudInFile,
                Condition::Any(&[Condition::Has("appPassword"), Condition::Has("app_password")]),
            ],
            shape: Shape::Fields {
                username: &["username", "user"],
                secret: &["appPassword", "app_password"],
            },
            usage: Use::Unknown,
            form: UsernameForm::ByUse,
            evidence: Some(Evidence::Unknown),
            ..REPOSITORY
        },
    ],
    files: &[
        "Chart.yaml",
        "Chart.lock",
        "requirements.yaml",
        "requirements.lock",
        "helmfile.yaml",
        "helmfile.d/*.yaml",
        "repositories.yaml",
        "values.yaml",
        "values-*.yaml",
        "values.*.yaml",
    ],
    page: RuleInfo {
        id: "helm",
        summary: "An app password in a chart repository's URL, Helm's repositories.yaml or values",
        why: "A chart repository that is kept in a Bitbucket repository is read from api.bitbucket.org \
              (…/src/…) with the user and password of helm repo add, which Helm keeps in \
              repositories.yaml. With an app password that answers HTTP 401 since 2026-07-28. With an \
              API token the username is the Atlassian account email.",
        rewrite: "In repositories.yaml and in a helmfile the username becomes the email and the password \
                  the token that you hand over, or placeholders, on a command line of helm the variables \
                  in the syntax of the shell or CI system: review. A URL of the REST API is told: it has \
                  no place for an email that only you know. A pair in values is told: its chart decides on the username.",
        before: r"{repositories: [{name: team, url: 'https://api.bitbucket.org/2.0/repositories/team/charts/src/main/', username: ci-bot, password: ATBBexampleexampleexampleexample1F2C}]}",
        after: r"{repositories: [{name: team, url: 'https://api.bitbucket.org/2.0/repositories/team/charts/src/main/', username: REPLACE_WITH_ATLASSIAN_ACCOUNT_EMAIL, password: REPLACE_WITH_BITBUCKET_API_TOKEN}]}",
        limits: "Helm has to be told --pass-credentials where the index points to charts on another \
                 host. A helmfile with templates in it may be no YAML before they are filled in; then \
                 only its text is searched. Values count under a key bitbucket with an app password.",
        sources: &[
            "https://helm.sh/docs/helm/helm_repo_add/",
            "https://helmfile.readthedocs.io/en/latest/",
            FILES_BY_REST,
            API_TOKENS,
        ],
    },
    ..Consumer::BASE
};
