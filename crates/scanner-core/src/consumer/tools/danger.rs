//! Danger, in Ruby and JavaScript.

use crate::bitbucket::Scope;
use crate::consumer::{Consumer, Evidence, UsernameForm, Variable, VariableRole};
use crate::finding::Use;
use crate::rule::{Rule, RuleInfo};

/// It comments on pull requests.
pub(crate) const DANGER: Consumer = Consumer {
    rule: Rule::Danger,
    name: "Danger",
    form: UsernameForm::Unsupported,
    evidence: Evidence::Confirmed,
    usage: Use::Rest,
    scopes: &[Scope::ReadRepository, Scope::ReadPullrequest, Scope::WritePullrequest],
    instead: Some(
        "a repository access token with the scope pullrequest:write in \
         DANGER_BITBUCKETCLOUD_REPO_ACCESSTOKEN; take DANGER_BITBUCKETCLOUD_USERNAME and \
         DANGER_BITBUCKETCLOUD_PASSWORD away, which win over it in JavaScript",
    ),
    variables: &[
        Variable {
            name: "DANGER_BITBUCKETCLOUD_USERNAME",
            role: VariableRole::Username(UsernameForm::Unsupported),
            becomes: None,
            adds: None,
            shared: false,
        },
        Variable {
            name: "DANGER_BITBUCKETCLOUD_PASSWORD",
            role: VariableRole::Secret,
            becomes: None,
            adds: None,
            shared: false,
        },
    ],
    page: RuleInfo {
        id: "danger",
        summary: "An app password that Danger gets by DANGER_BITBUCKETCLOUD_PASSWORD",
        why: "Danger comments on pull requests of Bitbucket Cloud with username and password from its \
              variables, which the REST API refuses with HTTP 401 since 2026-07-28. Its makers have no \
              answer on API tokens; what their users report to work is a repository access token in \
              DANGER_BITBUCKETCLOUD_REPO_ACCESSTOKEN.",
        rewrite: "Nothing is edited: the access token is made for one repository and goes into another \
                  variable. Both are told: manual.",
        before: "DANGER_BITBUCKETCLOUD_USERNAME=ci-bot\nDANGER_BITBUCKETCLOUD_PASSWORD=ATBBexampleexampleexampleexample1F2C",
        after: "DANGER_BITBUCKETCLOUD_REPO_ACCESSTOKEN=REPLACE_WITH_A_REPOSITORY_ACCESS_TOKEN",
        limits: "DANGER_BITBUCKETCLOUD_OAUTH_KEY and _SECRET (an OAuth consumer) go on working and are \
                 no findings, nor is DANGER_BITBUCKETSERVER_PASSWORD, of Data Center.",
        sources: &[
            "https://github.com/danger/danger/issues/1527",
            "https://github.com/danger/danger-js/issues/1505",
            "https://github.com/danger/danger/blob/master/lib/danger/request_sources/bitbucket_cloud.rb",
            "https://danger.systems/js/usage/bitbucket_cloud.html",
        ],
    },
    ..Consumer::BASE
};
