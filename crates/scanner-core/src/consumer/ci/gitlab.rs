//! GitLab CI, and GitLab's importer for repositories at Bitbucket Cloud.

use super::{API_TOKENS, RUNS_LINES};
use crate::bitbucket::Scope;
use crate::consumer::{Condition, Consumer, Evidence, Format, Shape, Slot, UsernameForm};
use crate::finding::Use;
use crate::rule::{Rule, RuleInfo};

const OLD_USERNAME: &str = "bitbucket_username";
const OLD_SECRET: &str = "bitbucket_app_password";

pub(crate) const GITLAB_CI: Consumer = Consumer {
    rule: Rule::GitlabCi,
    name: "GitLab CI",
    steps: &[
        "create the variable under Settings > CI/CD > Variables of the project or group, masked and, \
         where the job runs on protected branches only, protected",
    ],
    slots: &[
        // What is posted to /import/bitbucket.
        Slot {
            rule: Rule::GitlabCi,
            files: &["*.json"],
            formats: &[Format::Json],
            path: "",
            when: &[
                Condition::Has(OLD_SECRET),
                Condition::Has("repo_path"),
                Condition::Has("target_namespace"),
            ],
            shape: Shape::Fields { username: &[OLD_USERNAME], secret: &[OLD_SECRET] },
            usage: Use::Both,
            form: UsernameForm::Email,
            scopes: &[
                Scope::ReadRepository,
                Scope::ReadPullrequest,
                Scope::ReadIssue,
                Scope::ReadWiki,
            ],
            keys: &[(OLD_USERNAME, "bitbucket_email"), (OLD_SECRET, "bitbucket_api_token")],
            ..Slot::BASE
        },
    ],
    files: &[
        ".gitlab-ci.yml",
        ".gitlab-ci.yaml",
        "*.gitlab-ci.yml",
        "*.gitlab-ci.yaml",
        ".gitlab/**/*.yml",
        ".gitlab-ci/**/*.yml",
    ],
    evidence: Evidence::Confirmed,
    page: RuleInfo {
        id: "gitlab-ci",
        summary: "An app password in a git URL of .gitlab-ci.yml, or in a request to GitLab's importer",
        why: "Jobs that clone from or mirror to Bitbucket use a URL with a variable in it. With an app \
              password git answers HTTP 410 since 2026-07-28. GitLab's importer API took \
              bitbucket_username and bitbucket_app_password; API tokens have fields of their own, \
              bitbucket_email and bitbucket_api_token, and the old ones are being removed.",
        rewrite: "The user info of a URL becomes x-bitbucket-api-token-auth:${BITBUCKET_API_TOKEN}: safe, \
                  and review where a variable gets another name. In a JSON body for the importer both \
                  fields get their new names, the username becomes the email and a literal secret a \
                  placeholder, since JSON expands nothing: review.",
        before: "build:\n  script:\n    - git clone https://ci-bot:ATBBexampleexampleexampleexample1F2C@bitbucket.org/team/lib.git",
        after: "build:\n  script:\n    - git clone https://x-bitbucket-api-token-auth:${BITBUCKET_API_TOKEN}@bitbucket.org/team/lib.git",
        limits: "A body for the importer that stands on a command line (curl --data '{…}') is reported as \
                 env-variable and told, not made. Pull mirroring and the importer's page keep their \
                 credentials in GitLab, not in files. Bitbucket Server's importer is no finding.",
        sources: &[
            API_TOKENS,
            "https://docs.gitlab.com/ci/variables/",
            "https://docs.gitlab.com/api/import/#import-repository-from-bitbucket-cloud",
            "https://gitlab.com/gitlab-org/gitlab/-/merge_requests/218681",
            "https://gitlab.com/gitlab-org/gitlab/-/work_items/588961",
        ],
    },
    ..RUNS_LINES
};
