//! Go modules.

use super::{API_TOKENS, by_git_url};
use crate::consumer::{Consumer, Evidence};
use crate::rule::{Rule, RuleInfo};

/// Scripts and images that let Go fetch private modules.
const MARKED: &[(&str, &str)] = &[
    ("Dockerfile*", "GOPRIVATE"),
    ("*.Dockerfile", "GOPRIVATE"),
    ("Containerfile*", "GOPRIVATE"),
    ("*.sh", "GOPRIVATE"),
    ("*.bash", "GOPRIVATE"),
    ("Makefile", "GOPRIVATE"),
    ("*.mk", "GOPRIVATE"),
    (".envrc", "GOPRIVATE"),
    ("Dockerfile*", "GOAUTH"),
    ("*.sh", "GOAUTH"),
    ("Makefile", "GOAUTH"),
    ("Dockerfile*", "go mod download"),
    ("*.Dockerfile", "go mod download"),
];

/// The go command lets git fetch private modules; git asks `.netrc` or is told by `insteadOf`.
pub(crate) const GO_MODULES: Consumer = Consumer {
    evidence: Evidence::Confirmed,
    marked_files: MARKED,
    ..by_git_url(
        Rule::GoModules,
        "Go modules",
        &["go.mod", "go.sum", "go.work", "go.work.sum", "go.env"],
        &[],
        RuleInfo {
            id: "go-modules",
            summary: "An app password with which scripts let Go fetch private modules from Bitbucket",
            why: "For modules under GOPRIVATE=bitbucket.org/… the go command runs git, which takes the \
                  password from .netrc or from a URL set by git config url.….insteadOf. Scripts and \
                  Dockerfiles write both. With an app password git answers HTTP 410 since 2026-07-28; \
                  in .netrc bitbucket.org takes x-bitbucket-api-token-auth and api.bitbucket.org the \
                  Atlassian account email.",
            rewrite: "A text for .netrc that a script writes gets the login that its machine takes, and \
                      the variable of the token as password: safe where a shell expands it, review in \
                      an image build or with the email. URLs of insteadOf lines get the static username \
                      and the variable. Where nothing is expanded it is told, not made.",
            before: "RUN go env -w GOPRIVATE=bitbucket.org/team && echo \"machine bitbucket.org login ci-bot password ATBBexampleexampleexampleexample1F2C\" > ~/.netrc",
            after: "RUN go env -w GOPRIVATE=bitbucket.org/team && echo \"machine bitbucket.org login x-bitbucket-api-token-auth password ${BITBUCKET_API_TOKEN}\" > ~/.netrc",
            limits: "A script, Makefile or Dockerfile is Go's where it names GOPRIVATE, GOAUTH or, in an \
                     image build, go mod download; elsewhere the same text is reported under netrc, \
                     git-command or url-userinfo. An entry that printf fills in \
                     (machine %s login %s) is not seen. GOAUTH=netrc and GOAUTH=git hold no password \
                     themselves.",
            sources: &[
                "https://go.dev/ref/mod",
                "https://pkg.go.dev/cmd/go",
                "https://go.dev/doc/faq",
                API_TOKENS,
            ],
        },
    )
};
