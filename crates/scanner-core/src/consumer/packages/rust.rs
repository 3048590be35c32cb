//! Cargo.

use super::{API_TOKENS, by_git_url};
use crate::consumer::Consumer;
use crate::rule::{Rule, RuleInfo};

/// Cargo asks git's credential helpers, or runs git itself.
pub(crate) const CARGO: Consumer = Consumer {
    lock_command: Some("cargo update --workspace"),
    ..by_git_url(
        Rule::Cargo,
        "Cargo",
        &["Cargo.toml", "Cargo.lock", ".cargo/config.toml", ".cargo/config"],
        &[
            "let Cargo run git, which knows every credential helper and .netrc: git-fetch-with-cli = true \
         under [net] in .cargo/config.toml, or CARGO_NET_GIT_FETCH_WITH_CLI=true",
        ],
        RuleInfo {
            id: "cargo",
            summary: "An app password in a git URL of Cargo.toml, Cargo.lock or Cargo's configuration",
            why: "Cargo takes the URL of a git dependency as it stands and writes it into Cargo.lock, user \
              and password and all. With an app password git answers HTTP 410 since 2026-07-28; with an \
              API token it takes x-bitbucket-api-token-auth as the username.",
            rewrite: "Nothing is expanded in these files: the password goes, the static username stays and \
                  git's credential helper answers: review, with cargo update --workspace to be run for \
                  the lock file.",
            before: r#"lib = { git = "https://ci-bot:ATBBexampleexampleexampleexample1F2C@bitbucket.org/team/lib.git", tag = "v1.2.0" }"#,
            after: r#"lib = { git = "https://x-bitbucket-api-token-auth@bitbucket.org/team/lib.git", tag = "v1.2.0" }"#,
            limits: "Cargo tells sources apart by their URL: all members of a workspace have to change it at \
                 once. credentials.toml is for registries, which Bitbucket has none of.",
            sources: &[
                "https://doc.rust-lang.org/cargo/appendix/git-authentication.html",
                "https://doc.rust-lang.org/cargo/reference/config.html",
                API_TOKENS,
            ],
        },
    )
};
