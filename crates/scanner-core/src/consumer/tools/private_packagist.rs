//! Private Packagist.

use crate::bitbucket::Scope;
use crate::consumer::{Condition, Consumer, Evidence, Format, Shape, Slot, UsernameForm};
use crate::finding::Use;
use crate::rule::{Rule, RuleInfo};

/// Its credentials are made in its pages or over its API.
pub(crate) const PRIVATE_PACKAGIST: Consumer = Consumer {
    rule: Rule::PrivatePackagist,
    name: "Private Packagist",
    form: UsernameForm::Email,
    evidence: Evidence::Unknown,
    usage: Use::Both,
    scopes: Scope::GIT_FETCH,
    steps: &[
        "Make a credential of Private Packagist's type for Bitbucket API tokens, give it to the \
         packages and delete the old one",
    ],
    slots: &[Slot {
        rule: Rule::PrivatePackagist,
        files: &["*.json", "*.yaml", "*.yml"],
        formats: &[Format::Json, Format::Yaml],
        path: "**",
        when: &[Condition::Is("type", &["bitbucket-app-pw"])],
        shape: Shape::Fields { username: &["username"], secret: &["credential"] },
        usage: Use::Both,
        form: UsernameForm::Email,
        ..Slot::BASE
    }],
    page: RuleInfo {
        id: "private-packagist",
        summary: "An app password that goes to Private Packagist as a credential",
        why: "Private Packagist reads repositories on bitbucket.org with a credential of the type \
              bitbucket-app-pw, which is made in its pages or by a request to its API; the document \
              for that is often kept in a repository. With an app password no package updates since \
              2026-07-28. Its makers name API tokens as the way to go.",
        rewrite: "Nothing is edited: it takes a credential of another type, whose name in the API no \
                  source tells. It is told what to make: manual.",
        before: r#"{"description": "Bitbucket", "type": "bitbucket-app-pw", "domain": "bitbucket.org", "username": "ci-bot", "credential": "ATBBexampleexampleexampleexample1F2C"}"#,
        after: r#"{"description": "Bitbucket", "type": "http-basic", "domain": "bitbucket.org", "username": "ci@example.com", "credential": "REPLACE_WITH_BITBUCKET_API_TOKEN"}"#,
        limits: "What Private Packagist keeps is not seen, nor calls of its client library in PHP.",
        sources: &[
            "https://github.com/packagist/private-packagist-docs/pull/137",
            "https://github.com/packagist/private-packagist-api-client/blob/main/src/Api/Credentials.php",
        ],
    },
    ..Consumer::BASE
};
