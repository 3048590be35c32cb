//! npm, Yarn and pnpm.

use super::{API_TOKENS, by_git_url};
use crate::consumer::Consumer;
use crate::rule::{Rule, RuleInfo};

/// npm runs git with the URL.
pub(crate) const NPM: Consumer = Consumer {
    lock_command: Some("npm install --package-lock-only"),
    ..by_git_url(
        Rule::Npm,
        "npm",
        &[
            "package.json",
            "package-lock.json",
            "npm-shrinkwrap.json",
            ".npmrc",
            ".package-lock.json",
        ],
        &[],
        RuleInfo {
            id: "npm",
            summary: "An app password in a git URL of package.json, package-lock.json or .npmrc",
            why: "npm hands git+https://user:password@bitbucket.org/… to git as it stands, and writes it \
              into the lock file. With an app password git answers HTTP 410 since 2026-07-28; with an \
              API token it takes x-bitbucket-api-token-auth as the username.",
            rewrite: "package.json and the lock files expand nothing: the password goes, the static \
                  username stays and git's credential helper answers: review, with npm install \
                  --package-lock-only to be run. In .npmrc, where ${NAME} is expanded, the user info \
                  becomes x-bitbucket-api-token-auth:${BITBUCKET_API_TOKEN}: review.",
            before: r#""lib": "git+https://ci-bot:ATBBexampleexampleexampleexample1F2C@bitbucket.org/team/lib.git#v1.2.0""#,
            after: r#""lib": "git+https://x-bitbucket-api-token-auth@bitbucket.org/team/lib.git#v1.2.0""#,
            limits: "The short form bitbucket:team/lib holds no credential and goes by SSH or a helper. \
                 Bitbucket has no npm registry, so _auth and _authToken are another's.",
            sources: &[
                "https://docs.npmjs.com/cli/configuring-npm/package-json",
                "https://docs.npmjs.com/cli/configuring-npm/npmrc",
                API_TOKENS,
            ],
        },
    )
};

/// Yarn runs git with the URL.
pub(crate) const YARN: Consumer = Consumer {
    lock_command: Some("yarn install"),
    ..by_git_url(
        Rule::Yarn,
        "Yarn",
        &["yarn.lock", ".yarnrc", ".yarnrc.yml"],
        &[],
        RuleInfo {
            id: "yarn",
            summary: "An app password in a git URL of yarn.lock or of Yarn's configuration",
            why: "yarn.lock repeats the URL of a git dependency, user and password and all, as key and as \
              resolved address. With an app password git answers HTTP 410 since 2026-07-28; with an API \
              token it takes x-bitbucket-api-token-auth as the username.",
            rewrite: "The password goes from every URL of the lock file and the static username stays, so \
                  that it still fits package.json: review, with yarn install to be run.",
            before: r#"  resolved "git+https://ci-bot:ATBBexampleexampleexampleexample1F2C@bitbucket.org/team/lib.git#0a1b2c3d""#,
            after: r#"  resolved "git+https://x-bitbucket-api-token-auth@bitbucket.org/team/lib.git#0a1b2c3d""#,
            limits: "The URL in package.json has to change with it: both are found, under npm and here. \
                 Checksums of Yarn's cache may change with the URL.",
            sources: &[
                "https://yarnpkg.com/protocol/git",
                "https://classic.yarnpkg.com/en/docs/yarn-lock",
                "https://yarnpkg.com/configuration/yarnrc",
                API_TOKENS,
            ],
        },
    )
};

/// pnpm runs git with the URL.
pub(crate) const PNPM: Consumer = Consumer {
    lock_command: Some("pnpm install --lockfile-only"),
    ..by_git_url(
        Rule::Pnpm,
        "pnpm",
        &["pnpm-lock.yaml", "pnpm-workspace.yaml", ".pnpmfile.cjs"],
        &[],
        RuleInfo {
            id: "pnpm",
            summary: "An app password in a git URL of pnpm-lock.yaml or pnpm-workspace.yaml",
            why: "pnpm-lock.yaml repeats the URL of a git dependency, user and password and all. With an app \
              password git answers HTTP 410 since 2026-07-28; with an API token it takes \
              x-bitbucket-api-token-auth as the username.",
            rewrite: "The password goes from every URL and the static username stays, so that the lock file \
                  still fits package.json: review, with pnpm install --lockfile-only to be run.",
            before: "    resolution: {commit: 0a1b2c3d, repo: https://ci-bot:ATBBexampleexampleexampleexample1F2C@bitbucket.org/team/lib.git, type: git}",
            after: "    resolution: {commit: 0a1b2c3d, repo: https://x-bitbucket-api-token-auth@bitbucket.org/team/lib.git, type: git}",
            limits: "The URL in package.json has to change with it: both are found, under npm and here.",
            sources: &[
                "https://pnpm.io/package-sources",
                "https://pnpm.io/cli/install",
                API_TOKENS,
            ],
        },
    )
};
