//! Pipes of Atlassian in `bitbucket-pipelines.yml`.

use super::{API_TOKENS, bitbucket};
use crate::bitbucket::Scope;
use crate::consumer::{Condition, Consumer, Evidence, Format, Pin, Shape, Slot, UsernameForm};
use crate::finding::Use;
use crate::rule::{Rule, RuleInfo};

/// The library that the pipes are written with. Its 6.2.0 of June 2025 is the first release whose
/// `resolve_auth` knows the new pair and calls the old one deprecated; 6.1.1 knows the old pair and
/// `BITBUCKET_ACCESS_TOKEN`. No pipe of an earlier date can know the new names.
const TOOLKIT: &str = "https://pypi.org/project/bitbucket-pipes-toolkit/6.2.0/";

const OLD_USERNAME: &str = "BITBUCKET_USERNAME";
const OLD_SECRET: &str = "BITBUCKET_APP_PASSWORD";

/// A pipe that takes the pair, as `pipe:` names it, in front of the version.
const fn pipe(
    when: &'static [Condition],
    scopes: &'static [Scope],
    versions: &'static [(&'static str, Option<&'static str>)],
) -> Slot {
    Slot {
        rule: Rule::BitbucketPipe,
        files: bitbucket::FILES,
        formats: &[Format::Yaml],
        path: "**/variables",
        when,
        shape: Shape::Fields { username: &[OLD_USERNAME], secret: &[OLD_SECRET] },
        usage: Use::Rest,
        form: UsernameForm::Email,
        scopes,
        keys: &[(OLD_USERNAME, "ATLASSIAN_ACCOUNT_EMAIL"), (OLD_SECRET, "ATLASSIAN_API_TOKEN")],
        expands: Some("$NAME"),
        pin: Some(Pin { path: "../pipe", versions }),
        ..Slot::BASE
    }
}

/// The new names are a fact ([`TOOLKIT`], and the pipe's published variables); the version from which
/// a pipe knows them is one only where it stands here.
pub(crate) const BITBUCKET_PIPE: Consumer = Consumer {
    rule: Rule::BitbucketPipe,
    name: "the pipe",
    form: UsernameForm::Email,
    evidence: Evidence::Confirmed,
    usage: Use::Rest,
    instead: Some("a Repository Access Token in BITBUCKET_ACCESS_TOKEN, alone"),
    steps: &[
        "or give the pipe a Repository Access Token in BITBUCKET_ACCESS_TOKEN, which takes the \
              place of username and password",
    ],
    slots: &[
        // 5.10.1 is the first version that is known to have the new names; 5.2.0 had the old ones.
        pipe(
            &[Condition::Contains("../pipe", "/trigger-pipeline"), Condition::Has(OLD_SECRET)],
            &[Scope::WritePipeline],
            &[
                ("atlassian/trigger-pipeline", Some("5.10.1")),
                ("docker://bitbucketpipelines/trigger-pipeline", Some("5.10.1")),
            ],
        ),
        pipe(
            &[Condition::Contains("../pipe", "/bitbucket-upload-file"), Condition::Has(OLD_SECRET)],
            &[Scope::WriteRepository],
            &[
                ("atlassian/bitbucket-upload-file", None),
                ("docker://bitbucketpipelines/bitbucket-upload-file", None),
            ],
        ),
        pipe(
            &[Condition::Contains("../pipe", "/bitbucket-clear-cache"), Condition::Has(OLD_SECRET)],
            &[Scope::WritePipeline],
            &[
                ("atlassian/bitbucket-clear-cache", None),
                ("docker://bitbucketpipelines/bitbucket-clear-cache", None),
            ],
        ),
        pipe(
            &[
                Condition::Contains("../pipe", "/bitbucket-build-statistics"),
                Condition::Has(OLD_SECRET),
            ],
            &[Scope::ReadPipeline],
            &[
                ("atlassian/bitbucket-build-statistics", None),
                ("docker://bitbucketpipelines/bitbucket-build-statistics", None),
            ],
        ),
        // Any other of theirs.
        pipe(
            &[
                Condition::Any(&[
                    Condition::Contains("../pipe", "atlassian/"),
                    Condition::Contains("../pipe", "docker://bitbucketpipelines/"),
                ]),
                Condition::Has(OLD_SECRET),
            ],
            &[],
            &[],
        ),
    ],
    page: RuleInfo {
        id: "bitbucket-pipe",
        summary: "A pipe of Atlassian that gets BITBUCKET_USERNAME and BITBUCKET_APP_PASSWORD",
        why: "Pipes such as atlassian/bitbucket-upload-file, trigger-pipeline, bitbucket-clear-cache and \
              bitbucket-build-statistics call the REST API with a username and an app password, which \
              answers HTTP 401 since 2026-07-28. Newer versions take the email of the Atlassian account \
              in ATLASSIAN_ACCOUNT_EMAIL and an API token in ATLASSIAN_API_TOKEN; older ones ignore \
              these names and end with Authentication missing.",
        rewrite: "Both variables get their new names and, in the same edit, the pipe the least version \
                  that is known to have them: review, since a newer version may change more. So far that \
                  is trigger-pipeline 5.10.1 (5.2.0 had the old names only). For the other pipes no \
                  source says which version is the first: manual, with what to look up. A version that \
                  is new enough stays.",
        before: "- pipe: atlassian/trigger-pipeline:5.2.0\n  variables:\n    BITBUCKET_USERNAME: $BITBUCKET_USERNAME\n    BITBUCKET_APP_PASSWORD: $BITBUCKET_APP_PASSWORD\n    REPOSITORY: deploy",
        after: "- pipe: atlassian/trigger-pipeline:5.10.1\n  variables:\n    ATLASSIAN_ACCOUNT_EMAIL: $ATLASSIAN_ACCOUNT_EMAIL\n    ATLASSIAN_API_TOKEN: $BITBUCKET_API_TOKEN\n    REPOSITORY: deploy",
        limits: "Pipes of other makers name their variables themselves: their pair is reported as \
                 env-variable. Every pipe that takes the pair takes a Repository, Project or Workspace \
                 Access Token in BITBUCKET_ACCESS_TOKEN instead, from bitbucket-upload-file 0.7.1 and \
                 bitbucket-build-statistics 1.5.3 on at the latest: then the username goes, and the \
                 token needs the old permissions (repository:write, pipeline:write). A version that is \
                 a variable or a commit is not compared.",
        sources: &[
            TOOLKIT,
            "https://bitbucket.org/atlassian/trigger-pipeline/src/master/CHANGELOG.md",
            "https://bitbucket.org/atlassian/bitbucket-upload-file/src/master/CHANGELOG.md",
            "https://github.com/github/gh-actions-importer/blob/main/docs/bitbucket/pipes/trigger_pipeline.md",
            "https://github.com/github/gh-actions-importer/blob/main/docs/bitbucket/pipes/bitbucket_upload_file.md",
            "https://github.com/LinkedInLearning/advanced-bitbucket-pipelines-3925184",
            API_TOKENS,
        ],
    },
    ..Consumer::BASE
};
