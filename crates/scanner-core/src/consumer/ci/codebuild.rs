//! AWS `CodeBuild`: buildspecs. The credential of a project is `infrastructure::aws`.

use super::{API_TOKENS, RUNS_LINES};
use crate::consumer::Consumer;
use crate::rule::{Rule, RuleInfo};

pub(crate) const CODEBUILD: Consumer = Consumer {
    rule: Rule::Codebuild,
    name: "AWS CodeBuild",
    steps: &[
        "let the buildspec read the variable from env: secrets-manager or parameter-store, or set it in \
         the project's environment",
    ],
    files: &[
        "buildspec*.yml",
        "buildspec*.yaml",
        "*buildspec.yml",
        "*buildspec.yaml",
        "buildspec/*.yml",
        "buildspecs/*.yml",
    ],
    page: RuleInfo {
        id: "codebuild",
        summary: "An app password in a git URL of a buildspec of AWS CodeBuild",
        why: "CodeBuild fetches a project's source with a credential of its own; further repositories are \
              cloned or pushed to by URL in the buildspec's commands. With an app password git answers \
              HTTP 410 there since 2026-07-28.",
        rewrite: "The user info becomes x-bitbucket-api-token-auth:${BITBUCKET_API_TOKEN}: safe, and review \
                  where the variable of the app password gets another name or may hold something else.",
        before: "phases:\n  install:\n    commands:\n      - git clone https://ci-bot:ATBBexampleexampleexampleexample1F2C@bitbucket.org/team/lib.git",
        after: "phases:\n  install:\n    commands:\n      - git clone https://x-bitbucket-api-token-auth:${BITBUCKET_API_TOKEN}@bitbucket.org/team/lib.git",
        limits: "The credential that CodeBuild itself uses is reported as codebuild-credentials. What a \
                 parameter store or the Secrets Manager holds is not seen. Calls of the REST API are \
                 reported as curl and so on, variables as env-variable.",
        sources: &[
            API_TOKENS,
            "https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html",
        ],
    },
    ..RUNS_LINES
};
