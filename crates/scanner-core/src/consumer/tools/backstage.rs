//! Backstage.

use super::API_TOKENS;
use crate::bitbucket::Scope;
use crate::consumer::{Condition, Consumer, Evidence, Format, Shape, Slot, UsernameForm};
use crate::finding::Use;
use crate::rule::{Rule, RuleInfo};

const SLOT: Slot = Slot {
    rule: Rule::Backstage,
    files: &["app-config*.yaml", "app-config*.yml", "*values*.yaml", "*values*.yml"],
    formats: &[Format::Yaml],
    shape: Shape::Fields { username: &["username"], secret: &["appPassword"] },
    usage: Use::Both,
    expands: Some("${NAME}"),
    ..Slot::BASE
};

/// It reads files over REST, and its scaffolder pushes with git.
pub(crate) const BACKSTAGE: Consumer = Consumer {
    rule: Rule::Backstage,
    name: "Backstage",
    form: UsernameForm::Email,
    evidence: Evidence::Confirmed,
    usage: Use::Both,
    scopes: &[Scope::ReadRepository, Scope::ReadProject, Scope::ReadWorkspace],
    steps: &[
        "Check that Backstage has API tokens for Bitbucket Cloud: pull request 31801 of 2025-11-18, \
         for the scaffolder's git actions 32356",
    ],
    slots: &[
        Slot {
            path: "**/integrations/bitbucketCloud/[]",
            form: UsernameForm::Email,
            keys: &[("appPassword", "token")],
            ..SLOT
        },
        // The token beside a username, with what fails: an API token under a Bitbucket username.
        Slot {
            path: "**/integrations/bitbucketCloud/[]",
            when: &[Condition::Has("username"), Condition::Lacks("appPassword")],
            shape: Shape::Fields { username: &["username"], secret: &["token"] },
            form: UsernameForm::Email,
            ..SLOT
        },
        // Deprecated; no source says that it takes email and API token.
        Slot {
            path: "**/integrations/bitbucket/[]",
            when: &[Condition::Cloud("host")],
            form: UsernameForm::Email,
            evidence: Some(Evidence::Unknown),
            ..SLOT
        },
        Slot {
            path: "**/connections/[]/auth/[]",
            when: &[
                Condition::Is("method", &["appPassword"]),
                Condition::Is("../../type", &["bitbucket-cloud"]),
            ],
            form: UsernameForm::Email,
            by_hand: Some("the method has to become token, too"),
            ..SLOT
        },
    ],
    page: RuleInfo {
        id: "backstage",
        summary: "An app password in Backstage's app-config: integrations.bitbucketCloud",
        why: "Backstage reads catalog files from Bitbucket Cloud over the REST API with username and \
              appPassword of its app-config; since 2026-07-28 that ends in HTTP 401, and entities of the \
              catalog vanish. An API token stands under token, with the email of the Atlassian account \
              as username. A token without a username is sent as Bearer, which only access tokens may.",
        rewrite: "Under integrations.bitbucketCloud appPassword becomes token, a secret in clear \
                  ${BITBUCKET_API_TOKEN} and the username ${ATLASSIAN_ACCOUNT_EMAIL}: review. The \
                  deprecated integrations.bitbucket and the appPassword method of a connection are told: \
                  manual.",
        before: "integrations:\n  bitbucketCloud:\n    - username: ci-bot\n      appPassword: ATBBexampleexampleexampleexample1F2C",
        after: "integrations:\n  bitbucketCloud:\n    - username: ${ATLASSIAN_ACCOUNT_EMAIL}\n      token: ${BITBUCKET_API_TOKEN}",
        limits: "clientId and clientSecret (an OAuth consumer), a token alone and bitbucketServer are no \
                 findings. Values that Backstage includes with $env, $file or $include are seen by the \
                 names of their variables alone. The release in use is not checked.",
        sources: &[
            "https://backstage.io/docs/integrations/bitbucketCloud/locations/",
            "https://backstage.io/docs/reference/integration.bitbucketcloudintegrationconfig",
            "https://backstage.io/docs/conf/writing/",
            "https://github.com/backstage/backstage/pull/31801",
            "https://github.com/backstage/backstage/pull/32356",
            API_TOKENS,
        ],
    },
    ..Consumer::BASE
};
