//! Flux.

use super::{API_TOKENS, IN_SECRET, MANIFESTS, USERNAME_PASSWORD};
use crate::bitbucket::Scope;
use crate::consumer::{Condition, Consumer, Evidence, Format, Shape, Slot, UsernameForm};
use crate::finding::Use;
use crate::rule::{Rule, RuleInfo};

/// Where Flux keeps its own Secrets. They name no host: the source beside them has to.
const OF_FLUX: Condition = Condition::All(&[
    IN_SECRET,
    Condition::CloudInFile,
    Condition::Is("../metadata/namespace", &["flux-system"]),
]);

/// A Secret for git, by the names that Flux's documentation gives it.
const FOR_GIT: Condition = Condition::Any(&[
    Condition::Contains("../metadata/name", "bitbucket"),
    Condition::Is(
        "../metadata/name",
        &[
            "flux-system",
            "https-credentials",
            "basic-auth",
            "basic-access-auth",
            "git-auth",
            "git-basic-auth",
            "git-credentials",
            "git-creds",
            "git-secret",
        ],
    ),
]);

const GIT: Slot = Slot {
    rule: Rule::Flux,
    files: MANIFESTS,
    formats: &[Format::Yaml, Format::Json],
    shape: USERNAME_PASSWORD,
    usage: Use::Git,
    form: UsernameForm::Static,
    store: true,
    ..Slot::BASE
};

/// The notification controller splits the token at its colon and sets the commit's status.
const STATUS: Slot = Slot {
    shape: Shape::Pair,
    usage: Use::Rest,
    form: UsernameForm::Email,
    scopes: &[Scope::ReadRepository, Scope::WriteRepository],
    ..GIT
};

/// A source of Helm charts: the REST API serves them.
const CHARTS: Slot = Slot { usage: Use::Rest, form: UsernameForm::Email, ..GIT };

/// The file has a `HelmRepository` at Bitbucket, and nothing tells whose Secret it is.
const FOR_CHARTS: Condition =
    Condition::All(&[Condition::InFile("HelmRepository"), Condition::InFile("api.bitbucket.org")]);

/// The source controller clones; the notification controller asks the REST API.
pub(crate) const FLUX: Consumer = Consumer {
    rule: Rule::Flux,
    name: "Flux",
    form: UsernameForm::ByUse,
    evidence: Evidence::Inferred,
    usage: Use::Git,
    scopes: Scope::GIT_FETCH,
    slots: &[
        Slot { path: "**/stringData", when: &[OF_FLUX, FOR_GIT, FOR_CHARTS], ..CHARTS },
        Slot { path: "**/data", when: &[OF_FLUX, FOR_GIT, FOR_CHARTS], base64: true, ..CHARTS },
        Slot { path: "**/stringData", when: &[OF_FLUX, FOR_GIT], ..GIT },
        Slot { path: "**/data", when: &[OF_FLUX, FOR_GIT], base64: true, ..GIT },
        Slot { path: "**/stringData/token", when: &[OF_FLUX], ..STATUS },
        Slot { path: "**/data/token", when: &[OF_FLUX], base64: true, ..STATUS },
    ],
    page: RuleInfo {
        id: "flux",
        summary: "An app password in a Secret of Flux's sources or of its commit statuses",
        why: "Flux clones with the username and password of the Secret that a GitRepository names, and \
              sets the status of commits with the user:password that a Provider of type bitbucket \
              names. With an app password git answers HTTP 410 and the REST API 401 since 2026-07-28: \
              the cluster stops following its repository. git takes an API token under \
              x-bitbucket-api-token-auth, the REST API under the Atlassian account email.",
        rewrite: "In a Secret for git, in stringData as in base64, the username becomes the static one \
                  and the password a placeholder or the token that you hand over: review. A token of a \
                  Provider becomes email:token in the same way: review. flux create secret git, flux \
                  create source git and flux bootstrap git get the static name and the variable in the \
                  syntax of the shell or CI system: review.",
        before: r#"{"kind": "Secret", "metadata": {"name": "bitbucket-auth", "namespace": "flux-system", "annotations": {"note": "for https://bitbucket.org/team"}}, "stringData": {"username": "ci-bot", "password": "ATBBexampleexampleexampleexample1F2C"}}"#,
        after: r#"{"kind": "Secret", "metadata": {"name": "bitbucket-auth", "namespace": "flux-system", "annotations": {"note": "for https://bitbucket.org/team"}}, "stringData": {"username": "x-bitbucket-api-token-auth", "password": "REPLACE_WITH_BITBUCKET_API_TOKEN"}}"#,
        limits: "A Secret of Flux names no host. It counts where it lies in the namespace flux-system, \
                 the same file names a repository of Bitbucket Cloud, and its own name is one that \
                 Flux's documentation uses for git or says bitbucket. Another file's GitRepository \
                 does not tell. Where the file has a HelmRepository at api.bitbucket.org, its Secrets \
                 are taken for that. Sealed and encrypted Secrets are not seen.",
        sources: &[
            "https://fluxcd.io/flux/components/source/gitrepositories",
            "https://fluxcd.io/docs/cmd/flux_create_secret_git",
            "https://github.com/fluxcd/notification-controller/blob/main/docs/spec/v1beta3/providers.md",
            "https://github.com/fluxcd/notification-controller/blob/main/internal/notifier/bitbucket.go",
            "https://github.com/fluxcd/notification-controller/pull/1206",
            API_TOKENS,
        ],
    },
    ..Consumer::BASE
};
