//! Apache DevLake.

use crate::bitbucket::Scope;
use crate::consumer::{Condition, Consumer, Evidence, Format, Shape, Slot, UsernameForm};
use crate::finding::Use;
use crate::rule::{Rule, RuleInfo};

/// Its connections are made by hand or over its API.
pub(crate) const DEVLAKE: Consumer = Consumer {
    rule: Rule::Devlake,
    name: "Apache DevLake",
    form: UsernameForm::Email,
    evidence: Evidence::Confirmed,
    usage: Use::Both,
    scopes: &[
        Scope::ReadRepository,
        Scope::ReadPullrequest,
        Scope::ReadIssue,
        Scope::ReadPipeline,
        Scope::ReadWorkspace,
        Scope::ReadUser,
    ],
    steps: &[
        "Give the connection the Atlassian account email as username, the API token as password and \
         usesApiToken true, or edit it in DevLake's own pages",
    ],
    slots: &[Slot {
        rule: Rule::Devlake,
        files: &["*.json", "*.yaml", "*.yml"],
        formats: &[Format::Json, Format::Yaml],
        path: "**",
        when: &[
            Condition::Cloud("endpoint"),
            Condition::Any(&[
                Condition::Has("rateLimitPerHour"),
                Condition::Has("usesApiToken"),
                Condition::Has("enableGraphql"),
            ]),
        ],
        shape: Shape::Fields { username: &["username"], secret: &["password"] },
        usage: Use::Rest,
        form: UsernameForm::Email,
        by_hand: Some("usesApiToken has to become true beside the new pair"),
        ..Slot::BASE
    }],
    page: RuleInfo {
        id: "devlake",
        summary: "An app password in a Bitbucket connection of Apache DevLake",
        why: "DevLake collects from Bitbucket Cloud through a connection with username and password, \
              which is made in its pages or by a request to its API, with a JSON document that is often \
              kept in a repository. An app password fails there with HTTP 401 since 2026-07-28. Newer \
              versions take the email of the Atlassian account and an API token, marked as such.",
        rewrite: "Nothing is edited: beside the pair usesApiToken has to become true, and DevLake keeps \
                  the connection in its own database. It is told what to set: manual.",
        before: r#"{"name": "bb", "endpoint": "https://api.bitbucket.org/2.0/", "rateLimitPerHour": 1000, "username": "ci-bot", "password": "ATBBexampleexampleexampleexample1F2C"}"#,
        after: r#"{"name": "bb", "endpoint": "https://api.bitbucket.org/2.0/", "rateLimitPerHour": 1000, "username": "ci@example.com", "password": "REPLACE_WITH_BITBUCKET_API_TOKEN", "usesApiToken": true}"#,
        limits: "What DevLake keeps in its database is not seen. A connection to a Bitbucket Server is \
                 none.",
        sources: &[
            "https://github.com/apache/devlake/pull/8604",
            "https://devlake.apache.org/docs/Configuration/BitBucket/",
        ],
    },
    ..Consumer::BASE
};
