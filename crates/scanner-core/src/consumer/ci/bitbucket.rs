//! Bitbucket Pipelines, but for pipes.

use super::{API_TOKENS, RUNS_LINES};
use crate::consumer::Consumer;
use crate::rule::{Rule, RuleInfo};

/// The files that Bitbucket Pipelines reads, and parts of them that are kept apart.
pub(super) const FILES: &[&str] = &["*bitbucket-pipelines*.yml", "*bitbucket-pipelines*.yaml"];

pub(crate) const BITBUCKET_PIPELINES: Consumer = Consumer {
    rule: Rule::BitbucketPipelines,
    name: "Bitbucket Pipelines",
    steps: &[
        "set the variable under Repository settings > Pipelines > Repository variables, Secured, or as \
         a deployment or workspace variable where the old one is",
    ],
    files: FILES,
    page: RuleInfo {
        id: "bitbucket-pipelines",
        summary: "An app password in a git URL of bitbucket-pipelines.yml",
        why: "A pipeline's own clone needs no credential, so that what stands in a script is a second \
              repository: a library, a deployment manifest, a submodule. With an app password git \
              answers HTTP 410 there since 2026-07-28, and the step fails though the clone before it \
              went well.",
        rewrite: "The user info becomes x-bitbucket-api-token-auth:${BITBUCKET_API_TOKEN}: safe, and \
                  review where the variable of the app password gets another name or may hold \
                  something else. In single quotes the shell expands nothing: the password goes and \
                  the static username stays, review.",
        before: "- git clone https://ci-bot:ATBBexampleexampleexampleexample1F2C@bitbucket.org/team/lib.git",
        after: "- git clone https://x-bitbucket-api-token-auth:${BITBUCKET_API_TOKEN}@bitbucket.org/team/lib.git",
        limits: "Calls of the REST API are reported as curl and so on, variables as env-variable, pipes \
                 as bitbucket-pipe. Variables that only the settings of the repository, the \
                 deployment or the workspace define are not seen; the report lists what has to be \
                 created there. A Repository Access Token (username x-token-auth) does as well.",
        sources: &[
            API_TOKENS,
            "https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets",
            "https://support.atlassian.com/bitbucket-cloud/docs/repository-access-tokens/",
        ],
    },
    ..RUNS_LINES
};
