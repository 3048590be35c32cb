//! Secrets of Kubernetes that no tool of its own reads, Tekton, Pipelines as Code.

use super::{API_TOKENS, IN_SECRET, MANIFESTS, USERNAME_PASSWORD};
use crate::bitbucket::Scope;
use crate::consumer::{Condition, Consumer, Evidence, Format, Shape, Slot, UsernameForm};
use crate::finding::Use;
use crate::rule::{Rule, RuleInfo};

/// Tekton gives a Secret to the hosts that its annotations name.
const OF_TEKTON: Condition = Condition::All(&[
    IN_SECRET,
    Condition::Any(&[
        Condition::Cloud("../metadata/annotations/tekton.dev/git-0"),
        Condition::Cloud("../metadata/annotations/tekton.dev/git-1"),
        Condition::Cloud("../metadata/annotations/tekton.dev/git-2"),
        Condition::Cloud("../metadata/annotations/tekton.dev/git-3"),
    ]),
]);

/// Its name says Bitbucket, and which one says itself or, where it is for Basic, the file: others hold
/// the passwords of Bitbucket's own database.
const NAMED: Condition = Condition::All(&[
    IN_SECRET,
    Condition::Contains("../metadata/name", "bitbucket"),
    Condition::Any(&[
        Condition::Cloud(".."),
        Condition::All(&[
            Condition::Is("../type", &["kubernetes.io/basic-auth"]),
            Condition::CloudInFile,
        ]),
    ]),
]);

const GIT: Slot = Slot {
    rule: Rule::KubernetesSecret,
    files: MANIFESTS,
    formats: &[Format::Yaml, Format::Json],
    shape: USERNAME_PASSWORD,
    usage: Use::Git,
    form: UsernameForm::Static,
    store: true,
    ..Slot::BASE
};

/// A Secret whose value is an app password by its own format, under a key that somebody chose: what
/// reads it is not known.
macro_rules! by_format {
    ($username:literal, $secret:literal) => {
        Slot {
            path: "**/data",
            when: &[IN_SECRET, Condition::AppPassword($secret)],
            shape: Shape::Fields { username: &[$username], secret: &[$secret] },
            base64: true,
            usage: Use::Unknown,
            form: UsernameForm::ByUse,
            ..GIT
        }
    };
}

/// Whoever mounts it decides what it is used for; `kubernetes.io/basic-auth` is mostly git's.
pub(crate) const KUBERNETES_SECRET: Consumer = Consumer {
    rule: Rule::KubernetesSecret,
    name: "Kubernetes Secret",
    form: UsernameForm::Static,
    evidence: Evidence::Inferred,
    usage: Use::Git,
    scopes: Scope::GIT_FETCH,
    steps: &["what mounts the Secret decides on the username: git takes \
              x-bitbucket-api-token-auth, the REST API the Atlassian account email"],
    slots: &[
        Slot { path: "**/stringData", when: &[OF_TEKTON], ..GIT },
        Slot { path: "**/data", when: &[OF_TEKTON], base64: true, ..GIT },
        Slot { path: "**/stringData", when: &[NAMED], ..GIT },
        Slot { path: "**/data", when: &[NAMED], base64: true, ..GIT },
        by_format!("username", "password"),
        by_format!("username", "token"),
        by_format!("username", "app-password"),
        by_format!("username", "appPassword"),
        by_format!("BITBUCKET_USERNAME", "BITBUCKET_APP_PASSWORD"),
        by_format!("BITBUCKET_USERNAME", "BITBUCKET_PASSWORD"),
        by_format!("BITBUCKET_USERNAME", "BITBUCKET_TOKEN"),
        by_format!("bitbucket-username", "bitbucket-app-password"),
        by_format!("bitbucketUsername", "bitbucketAppPassword"),
    ],
    page: RuleInfo {
        id: "kubernetes-secret",
        summary: "An app password in a Secret of Kubernetes, also in base64",
        why: "A Secret of the type kubernetes.io/basic-auth, or any with a username and a password, \
              goes to whatever mounts it: Tekton and build controllers hand it to git. With an app \
              password git answers HTTP 410 since 2026-07-28. git takes an API token under \
              x-bitbucket-api-token-auth.",
        rewrite: "Where the Secret is git's, the username becomes the static one and the password a \
                  placeholder or the token that you hand over, in data encoded again: review. Where \
                  nothing says what reads it, it is told.",
        before: r#"{"kind": "Secret", "type": "kubernetes.io/basic-auth", "metadata": {"annotations": {"tekton.dev/git-0": "https://bitbucket.org"}}, "stringData": {"username": "ci-bot", "password": "ATBBexampleexampleexampleexample1F2C"}}"#,
        after: r#"{"kind": "Secret", "type": "kubernetes.io/basic-auth", "metadata": {"annotations": {"tekton.dev/git-0": "https://bitbucket.org"}}, "stringData": {"username": "x-bitbucket-api-token-auth", "password": "REPLACE_WITH_BITBUCKET_API_TOKEN"}}"#,
        limits: "A Secret counts where Tekton's annotation names Bitbucket Cloud, or its name says \
                 bitbucket and it names a host of Bitbucket Cloud (for kubernetes.io/basic-auth: the \
                 same file does), or where base64 under one of the usual keys is an app password by \
                 its format. Keys of stringData such as \
                 BITBUCKET_APP_PASSWORD are told as variables. Sealed and encrypted Secrets are not \
                 seen.",
        sources: &[
            "https://kubernetes.io/docs/concepts/configuration/secret/",
            "https://tekton.dev/docs/pipelines/auth/",
            API_TOKENS,
        ],
    },
    ..Consumer::BASE
};

/// Pipelines as Code sends user and token to the REST API.
pub(crate) const PIPELINES_AS_CODE: Consumer = Consumer {
    rule: Rule::PipelinesAsCode,
    name: "Pipelines as Code",
    form: UsernameForm::Email,
    evidence: Evidence::Confirmed,
    usage: Use::Rest,
    scopes: &[
        Scope::ReadWorkspace,
        Scope::ReadPullrequest,
        Scope::ReadRepository,
        Scope::WriteRepository,
        Scope::WriteWebhook,
    ],
    slots: &[Slot {
        rule: Rule::PipelinesAsCode,
        files: MANIFESTS,
        formats: &[Format::Yaml, Format::Json],
        path: "**/spec/git_provider",
        when: &[
            Condition::Is("../../kind", &["Repository"]),
            Condition::Contains("../../apiVersion", "pipelinesascode.tekton.dev"),
            Condition::Cloud("../url"),
        ],
        shape: Shape::Fields { username: &["user"], secret: &["secret/name"] },
        usage: Use::Rest,
        form: UsernameForm::Email,
        names_secret: true,
        ..Slot::BASE
    }],
    page: RuleInfo {
        id: "pipelines-as-code",
        summary: "The user and Secret of a Bitbucket Cloud repository of Pipelines as Code",
        why: "A Repository of Pipelines as Code names a user and the Secret with its app password; with \
              both it asks the REST API, which answers HTTP 401 since 2026-07-28: no pipeline starts any \
              more. With an API token the user is the Atlassian account email.",
        rewrite: "The user becomes the email, yours where you give it, else a placeholder; the Secret \
                  that is named has to get the token: review.",
        before: r#"{"apiVersion": "pipelinesascode.tekton.dev/v1alpha1", "kind": "Repository", "spec": {"url": "https://bitbucket.org/team/app", "git_provider": {"user": "ci-bot", "secret": {"name": "bitbucket-app-password"}}}}"#,
        after: r#"{"apiVersion": "pipelinesascode.tekton.dev/v1alpha1", "kind": "Repository", "spec": {"url": "https://bitbucket.org/team/app", "git_provider": {"user": "REPLACE_WITH_ATLASSIAN_ACCOUNT_EMAIL", "secret": {"name": "bitbucket-app-password"}}}}"#,
        limits: "Whether the Secret already holds a token cannot be seen: a user that is no email is told. \
                 With an access token of the repository the user is only logged.",
        sources: &[
            "https://github.com/tektoncd/pipelines-as-code/blob/main/docs/content/docs/providers/bitbucket-cloud.md",
            "https://github.com/tektoncd/pipelines-as-code/pull/2501",
            "https://github.com/tektoncd/pipelines-as-code/issues/2818",
        ],
    },
    ..Consumer::BASE
};
