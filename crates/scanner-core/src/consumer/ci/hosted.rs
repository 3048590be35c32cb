//! CI systems that only run lines: `CircleCI`, Travis CI, Buildkite.

use super::{API_TOKENS, RUNS_LINES};
use crate::consumer::Consumer;
use crate::rule::{Rule, RuleInfo};

pub(crate) const CIRCLECI: Consumer = Consumer {
    rule: Rule::Circleci,
    name: "CircleCI",
    steps: &[
        "set the variable under Project Settings > Environment Variables, or in the context (Organization \
         Settings > Contexts) where the old one is",
    ],
    files: &[".circleci/**/*.yml", ".circleci/**/*.yaml"],
    page: RuleInfo {
        id: "circleci",
        summary: "An app password in a git URL of CircleCI's config",
        why: "CircleCI checks a Bitbucket project out with an SSH key, so that what stands in a run step is \
              another repository or a push back. With an app password git answers HTTP 410 there since \
              2026-07-28.",
        rewrite: "The user info becomes x-bitbucket-api-token-auth:${BITBUCKET_API_TOKEN}: safe, and review \
                  where the variable of the app password gets another name or may hold something else.",
        before: "- run: git clone https://ci-bot:ATBBexampleexampleexampleexample1F2C@bitbucket.org/team/lib.git",
        after: "- run: git clone https://x-bitbucket-api-token-auth:${BITBUCKET_API_TOKEN}@bitbucket.org/team/lib.git",
        limits: "Calls of the REST API are reported as curl and so on, variables as env-variable. What a \
                 context or the project's settings hold is not seen; the report lists what has to be \
                 created there.",
        sources: &[
            API_TOKENS,
            "https://circleci.com/docs/env-vars/",
            "https://circleci.com/docs/contexts/",
        ],
    },
    ..RUNS_LINES
};

pub(crate) const TRAVIS: Consumer = Consumer {
    rule: Rule::Travis,
    name: "Travis CI",
    steps: &[
        "set the variable in the repository's Settings > Environment Variables, or encrypt it into the file \
         with travis encrypt NAME=… --add env.global",
    ],
    files: &[".travis.yml", ".travis.yaml"],
    page: RuleInfo {
        id: "travis",
        summary: "An app password in a git URL of .travis.yml",
        why: "Jobs that fetch a private dependency from Bitbucket, or push to it after a build, use a URL with \
              a user and a secret. With an app password git answers HTTP 410 there since 2026-07-28.",
        rewrite: "The user info becomes x-bitbucket-api-token-auth:${BITBUCKET_API_TOKEN}: safe, and review \
                  where the variable of the app password gets another name or may hold something else.",
        before: "install: git clone https://ci-bot:ATBBexampleexampleexampleexample1F2C@bitbucket.org/team/lib.git",
        after: "install: git clone https://x-bitbucket-api-token-auth:${BITBUCKET_API_TOKEN}@bitbucket.org/team/lib.git",
        limits: "Encrypted values (secure:) cannot be read: what they hold is not seen, and an encrypted app \
                 password has to be encrypted anew. Calls of the REST API are reported as curl and so on, \
                 variables as env-variable.",
        sources: &[API_TOKENS, "https://docs.travis-ci.com/user/environment-variables/"],
    },
    ..RUNS_LINES
};

pub(crate) const BUILDKITE: Consumer = Consumer {
    rule: Rule::Buildkite,
    name: "Buildkite",
    steps: &[
        "put the token where the old secret is: a secret of the cluster (Agents > Secrets), or the agent's \
         environment hook, which reads it from a secret store",
    ],
    files: &[".buildkite/**", "buildkite.yml", "buildkite.yaml", "pipeline.buildkite.yml"],
    page: RuleInfo {
        id: "buildkite",
        summary: "An app password in a git URL of a Buildkite pipeline or hook",
        why: "Agents check out with what git on their host is set up with: an SSH key, or a URL and a \
              credential that a hook brings. With an app password git answers HTTP 410 there since \
              2026-07-28.",
        rewrite: "The user info becomes x-bitbucket-api-token-auth:${BITBUCKET_API_TOKEN}: safe, and review \
                  where the variable of the app password gets another name or may hold something else. In \
                  a pipeline file it is written $$BITBUCKET_API_TOKEN, for the agent to read: Buildkite \
                  itself replaces $NAME while it uploads the file.",
        before: "steps:\n  - command: git clone https://ci-bot:ATBBexampleexampleexampleexample1F2C@bitbucket.org/team/lib.git",
        after: "steps:\n  - command: git clone https://x-bitbucket-api-token-auth:$$BITBUCKET_API_TOKEN@bitbucket.org/team/lib.git",
        limits: "A pipeline that is kept in Buildkite, and hooks of agents outside of the repository, are not \
                 seen. Calls of the REST API are reported as curl and so on, variables as env-variable.",
        sources: &[
            API_TOKENS,
            "https://buildkite.com/docs/pipelines/security/secrets/managing",
            "https://buildkite.com/docs/pipelines/configure/environment-variables",
        ],
    },
    ..RUNS_LINES
};
