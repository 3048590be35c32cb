//! Snyk.

use super::API_TOKENS;
use crate::bitbucket::Scope;
use crate::consumer::{Condition, Consumer, Evidence, Format, Shape, Slot, UsernameForm};
use crate::finding::Use;
use crate::rule::{Rule, RuleInfo};

/// The names alone are used by others too.
const SLOT: Slot = Slot {
    rule: Rule::Snyk,
    path: "**",
    when: &[Condition::Has("SNYK_TOKEN")],
    shape: Shape::Fields {
        username: &["BITBUCKET_CLOUD_USERNAME"],
        secret: &["BITBUCKET_CLOUD_PASSWORD"],
    },
    usage: Use::Rest,
    form: UsernameForm::Email,
    ..Slot::BASE
};

/// Its importer lists workspaces and repositories.
pub(crate) const SNYK: Consumer = Consumer {
    rule: Rule::Snyk,
    name: "Snyk",
    form: UsernameForm::Email,
    evidence: Evidence::Inferred,
    usage: Use::Rest,
    scopes: &[Scope::ReadRepository, Scope::ReadWorkspace],
    steps: &[
        "In Snyk's own settings of the Bitbucket Cloud integration, too, set the Atlassian account \
              email and the API token",
    ],
    slots: &[
        Slot {
            files: &[".github/workflows/*.yml", ".github/workflows/*.yaml"],
            formats: &[Format::Yaml],
            expands: Some("${{ secrets.NAME }}"),
            ..SLOT
        },
        Slot {
            files: &["*compose*.yml", "*compose*.yaml"],
            formats: &[Format::Yaml],
            expands: Some("${NAME}"),
            ..SLOT
        },
        Slot { files: &[".env", ".env.*", "*.env"], formats: &[Format::Properties], ..SLOT },
    ],
    page: RuleInfo {
        id: "snyk",
        summary: "An app password for snyk-api-import: BITBUCKET_CLOUD_PASSWORD beside SNYK_TOKEN",
        why: "snyk-api-import lists the workspaces and repositories of Bitbucket Cloud with \
              BITBUCKET_CLOUD_USERNAME and BITBUCKET_CLOUD_PASSWORD, sent with Basic; since 2026-07-28 \
              an app password there gets HTTP 401. Snyk's integration for Bitbucket Cloud takes the \
              email of the Atlassian account and an API token, and so does what the importer sends. Its \
              variable BITBUCKET_CLOUD_API_TOKEN sends Bearer, which Bitbucket refuses for an API token.",
        rewrite: "The username becomes the email and a password in clear the token, in the syntax of \
                  the file or as a placeholder: review.",
        before: "SNYK_TOKEN=REPLACE_WITH_SNYK_TOKEN\nBITBUCKET_CLOUD_USERNAME=ci-bot\nBITBUCKET_CLOUD_PASSWORD=ATBBexampleexampleexampleexample1F2C",
        after: "SNYK_TOKEN=REPLACE_WITH_SNYK_TOKEN\nBITBUCKET_CLOUD_USERNAME=REPLACE_WITH_ATLASSIAN_ACCOUNT_EMAIL\nBITBUCKET_CLOUD_PASSWORD=REPLACE_WITH_BITBUCKET_API_TOKEN",
        limits: "Snyk Broker's BITBUCKET_USERNAME and BITBUCKET_PASSWORD are for Bitbucket Server: there \
                 is no Broker for Bitbucket Cloud, and they are no findings. What stands in Snyk's \
                 settings is not seen. In scripts the variables are not seen as Snyk's.",
        sources: &[
            "https://docs.snyk.io/developer-tools/integrations/scm-integrations/organization-level-integrations/bitbucket-cloud",
            "https://github.com/snyk/snyk-api-import/blob/master/docs/mirror-bitbucket-cloud.md",
            "https://github.com/snyk/snyk-api-import/blob/master/src/lib/source-handlers/bitbucket-cloud/list-repos.ts",
            "https://github.com/snyk/broker/blob/master/client-templates/bitbucket-server/.env.sample",
            API_TOKENS,
        ],
    },
    ..Consumer::BASE
};
