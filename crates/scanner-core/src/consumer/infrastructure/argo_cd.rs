//! Argo CD.

use super::{API_TOKENS, BY_REST, IN_SECRET, MANIFESTS, USERNAME_PASSWORD};
use crate::bitbucket::Scope;
use crate::consumer::{Condition, Consumer, Evidence, Format, Shape, Slot, UsernameForm};
use crate::finding::Use;
use crate::rule::{Rule, RuleInfo};

/// A Secret that Argo CD reads as a repository or as credentials for several.
const REPOSITORY: Condition = Condition::Is(
    "../metadata/labels/argocd.argoproj.io/secret-type",
    &["repository", "repo-creds", "repository-write", "repo-write-creds"],
);

/// A git repository.
const GIT: Slot = Slot {
    rule: Rule::ArgoCd,
    files: MANIFESTS,
    formats: &[Format::Yaml, Format::Json],
    shape: USERNAME_PASSWORD,
    usage: Use::Git,
    form: UsernameForm::Static,
    store: true,
    ..Slot::BASE
};

/// A repository of Helm charts that are files in a Bitbucket repository.
const CHARTS: Slot = Slot { usage: Use::Rest, form: UsernameForm::Email, ..GIT };

/// A generator of an `ApplicationSet`: it asks the REST API.
const GENERATOR: Slot = Slot { store: false, names_secret: true, ..CHARTS };

/// Argo CD runs git with what its Secrets hold; the generators of an `ApplicationSet` ask the REST
/// API.
pub(crate) const ARGO_CD: Consumer = Consumer {
    rule: Rule::ArgoCd,
    name: "Argo CD",
    form: UsernameForm::Static,
    evidence: Evidence::Inferred,
    usage: Use::Git,
    scopes: Scope::GIT_FETCH,
    slots: &[
        Slot { path: "**/stringData", when: &[IN_SECRET, REPOSITORY, BY_REST], ..CHARTS },
        Slot {
            path: "**/stringData",
            when: &[IN_SECRET, REPOSITORY, Condition::Cloud("url")],
            ..GIT
        },
        Slot { path: "**/data", when: &[IN_SECRET, REPOSITORY, BY_REST], base64: true, ..CHARTS },
        Slot {
            path: "**/data",
            when: &[IN_SECRET, REPOSITORY, Condition::Cloud("url")],
            base64: true,
            ..GIT
        },
        // External Secrets writes such a Secret from a template.
        Slot {
            path: "spec/target/template/data",
            when: &[REPOSITORY, Condition::Cloud("url")],
            store: false,
            ..GIT
        },
        // The values of its Helm chart.
        Slot { path: "**/configs/credentialTemplates/*", when: &[BY_REST], ..CHARTS },
        Slot { path: "**/configs/repositories/*", when: &[BY_REST], ..CHARTS },
        Slot { path: "**/configs/credentialTemplates/*", when: &[Condition::Cloud("url")], ..GIT },
        Slot { path: "**/configs/repositories/*", when: &[Condition::Cloud("url")], ..GIT },
        Slot {
            path: "**/pullRequest/bitbucket/basicAuth",
            shape: Shape::Fields { username: &["username"], secret: &["passwordRef/secretName"] },
            scopes: &[Scope::ReadRepository, Scope::ReadPullrequest],
            ..GENERATOR
        },
        Slot {
            path: "**/scmProvider/bitbucket",
            shape: Shape::Fields { username: &["user"], secret: &["appPasswordRef/secretName"] },
            ..GENERATOR
        },
    ],
    page: RuleInfo {
        id: "argo-cd",
        summary: "An app password in a repository Secret, generator or Helm values of Argo CD",
        why: "Argo CD hands the user and password of a repository Secret to git, and those of an \
              ApplicationSet's generators to the REST API. With an app password git answers HTTP 410 \
              and the REST API 401 since 2026-07-28: applications stop syncing. An API token needs \
              another username in each: x-bitbucket-api-token-auth for git, the Atlassian account email \
              for a generator and for charts that api.bitbucket.org serves.",
        rewrite: "In a Secret, in stringData as in base64, the username becomes the one that its use \
                  takes and the password a placeholder or the token that you hand over: review. A \
                  generator gets the email, and the Secret that it names has to get the token: review. \
                  argocd repo add and repocreds add get the static name and the variable in the \
                  syntax of the shell or CI system: review.",
        before: r#"{"kind": "Secret", "metadata": {"labels": {"argocd.argoproj.io/secret-type": "repo-creds"}}, "stringData": {"url": "https://bitbucket.org/team", "username": "ci-bot", "password": "ATBBexampleexampleexampleexample1F2C"}}"#,
        after: r#"{"kind": "Secret", "metadata": {"labels": {"argocd.argoproj.io/secret-type": "repo-creds"}}, "stringData": {"url": "https://bitbucket.org/team", "username": "x-bitbucket-api-token-auth", "password": "REPLACE_WITH_BITBUCKET_API_TOKEN"}}"#,
        limits: "One Secret cannot serve a repository and a generator: they take different usernames. \
                 An access token (x-token-auth for git, bearerToken for the pull request generator) is \
                 right as it is. Sealed and encrypted Secrets are not seen, nor the Secret that a \
                 generator names, unless it has the label of a repository.",
        sources: &[
            "https://argo-cd.readthedocs.io/en/stable/operator-manual/argocd-repo-creds-yaml/",
            "https://argo-cd.readthedocs.io/en/release-3.1/operator-manual/argocd-repositories-yaml/",
            "https://github.com/argoproj/argo-cd/blob/master/docs/operator-manual/applicationset/Generators-SCM-Provider.md",
            "https://github.com/argoproj/argo-cd/issues/11273",
            "https://github.com/argoproj/argo-cd/pull/25588",
            API_TOKENS,
        ],
    },
    ..Consumer::BASE
};
