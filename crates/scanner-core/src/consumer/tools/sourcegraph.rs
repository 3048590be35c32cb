//! Sourcegraph.

use super::API_TOKENS;
use crate::bitbucket::Scope;
use crate::consumer::{Condition, Consumer, Evidence, Format, Shape, Slot, UsernameForm};
use crate::finding::Use;
use crate::rule::{Rule, RuleInfo};

const SLOT: Slot = Slot {
    rule: Rule::Sourcegraph,
    files: &["*.json", "*.jsonc"],
    formats: &[Format::Json],
    shape: Shape::Fields { username: &["username"], secret: &["appPassword"] },
    usage: Use::Both,
    form: UsernameForm::Email,
    keys: &[("appPassword", "apiToken")],
    ..Slot::BASE
};

/// A code host connection lists repositories over REST and clones them.
pub(crate) const SOURCEGRAPH: Consumer = Consumer {
    rule: Rule::Sourcegraph,
    name: "Sourcegraph",
    form: UsernameForm::Email,
    evidence: Evidence::Inferred,
    usage: Use::Both,
    scopes: &[Scope::ReadRepository, Scope::ReadProject, Scope::ReadWorkspace],
    steps: &[
        "Check that this release of Sourcegraph knows apiToken, and that cloning works with the \
              email as username; a workspace access token in accessToken is the other way",
    ],
    slots: &[
        // What EXTSVC_CONFIG_FILE names.
        Slot { path: "BITBUCKETCLOUD/[]", ..SLOT },
        // One connection, as its editor has it.
        Slot { path: "", when: &[Condition::Cloud("url")], ..SLOT },
    ],
    page: RuleInfo {
        id: "sourcegraph",
        summary: "An app password in a Bitbucket Cloud connection of Sourcegraph",
        why: "A code host connection of Sourcegraph has username and appPassword for Bitbucket Cloud, \
              in the file that EXTSVC_CONFIG_FILE names or in the editor of the site's admins. Both the \
              REST API and git refuse them since 2026-07-28. Sourcegraph has a field apiToken in its \
              place, and one for workspace access tokens, accessToken.",
        rewrite: "appPassword becomes apiToken with a placeholder, and the username the email of the \
                  Atlassian account, which the REST API takes: review.",
        before: r#"{"url": "https://bitbucket.org", "username": "ci-bot", "appPassword": "ATBBexampleexampleexampleexample1F2C", "teams": ["acme"]}"#,
        after: r#"{"url": "https://bitbucket.org", "username": "REPLACE_WITH_ATLASSIAN_ACCOUNT_EMAIL", "apiToken": "REPLACE_WITH_BITBUCKET_API_TOKEN", "teams": ["acme"]}"#,
        limits: "That the username has to be the email follows from what the REST API takes; \
                 Sourcegraph's pages do not say. Connections that its database holds are not seen. \
                 BITBUCKETSERVER connections and accessToken are no findings.",
        sources: &[
            "https://sourcegraph.com/docs/admin/code-hosts/bitbucket-cloud",
            "https://sourcegraph.com/docs/self-hosted/advanced-config-file",
            "https://github.com/sourcegraph/sourcegraph-public-snapshot/issues/58321",
            API_TOKENS,
        ],
    },
    ..Consumer::BASE
};
