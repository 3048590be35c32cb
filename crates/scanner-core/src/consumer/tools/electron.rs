//! Programs that upload what they built to the downloads of a repository.

use super::{API_TOKENS, OTHER_APPLICATIONS};
use crate::bitbucket::Scope;
use crate::consumer::{Condition, Consumer, Evidence, Format, Shape, Slot, UsernameForm};
use crate::finding::Use;
use crate::rule::{Rule, RuleInfo};

/// What both places of electron-builder's configuration have in common.
const BUILDER: Slot = Slot {
    rule: Rule::ElectronBuilder,
    when: &[Condition::Is("provider", &["bitbucket"]), Condition::Has("username")],
    shape: Shape::Fields { username: &["username"], secret: &["token"] },
    usage: Use::Rest,
    form: UsernameForm::Email,
    expands: Some("${env.NAME}"),
    ..Slot::BASE
};

/// Without a username the owner's name went with the token; now it would be an access token.
const WITHOUT_USERNAME: Slot = Slot {
    when: &[
        Condition::Is("provider", &["bitbucket"]),
        Condition::Lacks("username"),
        Condition::Has("token"),
    ],
    adds: &[("username", UsernameForm::Email)],
    ..BUILDER
};

const BUILDER_FILES: &[&str] = &[
    "electron-builder.yml",
    "electron-builder.yaml",
    "electron-builder.json",
    "electron-builder.json5",
    "electron-builder.toml",
    "electron-builder.*.yml",
    "electron-builder.*.json",
];

const MANIFEST: &[&str] = &["package.json"];

/// The publisher of electron-builder.
pub(crate) const ELECTRON_BUILDER: Consumer = Consumer {
    rule: Rule::ElectronBuilder,
    name: "electron-builder",
    form: UsernameForm::Email,
    evidence: Evidence::Confirmed,
    usage: Use::Rest,
    scopes: &[Scope::WriteRepository],
    slots: &[
        Slot { files: BUILDER_FILES, path: "publish", ..BUILDER },
        Slot { files: BUILDER_FILES, path: "publish/[]", ..BUILDER },
        Slot { files: MANIFEST, formats: &[Format::Json], path: "build/publish", ..BUILDER },
        Slot { files: MANIFEST, formats: &[Format::Json], path: "build/publish/[]", ..BUILDER },
        Slot { files: BUILDER_FILES, path: "publish", ..WITHOUT_USERNAME },
        Slot { files: BUILDER_FILES, path: "publish/[]", ..WITHOUT_USERNAME },
        Slot {
            files: MANIFEST,
            formats: &[Format::Json],
            path: "build/publish",
            ..WITHOUT_USERNAME
        },
        Slot {
            files: MANIFEST,
            formats: &[Format::Json],
            path: "build/publish/[]",
            ..WITHOUT_USERNAME
        },
    ],
    steps: &[
        "or leave username and token out of the file: electron-builder reads BITBUCKET_USERNAME (the \
         email) and BITBUCKET_TOKEN (the token)",
    ],
    files: BUILDER_FILES,
    page: RuleInfo {
        id: "electron-builder",
        summary: "An app password in electron-builder's publish settings for Bitbucket Cloud",
        why: "electron-builder uploads to the downloads of a repository with Basic auth of username (or \
              BITBUCKET_USERNAME) and token (or BITBUCKET_TOKEN), which was an app password. Since \
              2026-07-28 every upload answers HTTP 401. With an API token the username has to be the \
              email of the Atlassian account; a token without a username is sent as an access token.",
        rewrite: "username becomes ${env.ATLASSIAN_ACCOUNT_EMAIL} and token ${env.BITBUCKET_API_TOKEN}, \
                  which electron-builder expands; a missing username is added: review.",
        before: "publish:\n  provider: bitbucket\n  owner: team\n  slug: app\n  username: ci-bot\n  token: ATBBexampleexampleexampleexample1F2C",
        after: "publish:\n  provider: bitbucket\n  owner: team\n  slug: app\n  username: ${env.ATLASSIAN_ACCOUNT_EMAIL}\n  token: ${env.BITBUCKET_API_TOKEN}",
        limits: "A configuration in JavaScript is seen as far as a call in it is. What was built with the \
                 old token in its app-update.yml keeps asking with it: publish a new version before the \
                 old ones stop to update themselves. BITBUCKET_TOKEN in the environment says nothing of \
                 an app password and is not reported by its name.",
        sources: &[
            "https://github.com/electron-userland/electron-builder/pull/10023",
            "https://github.com/electron-userland/electron-builder/issues/8204",
            "https://app.unpkg.com/app-builder-lib@21.0.7/files/out/util/macroExpander.js",
            API_TOKENS,
        ],
    },
    ..Consumer::BASE
};

/// The publisher of Electron Forge: Basic auth, from the configuration or the environment.
pub(crate) const ELECTRON_FORGE: Consumer = Consumer {
    rule: Rule::ElectronForge,
    name: "Electron Forge",
    form: UsernameForm::Email,
    evidence: Evidence::Inferred,
    usage: Use::Rest,
    scopes: &[Scope::WriteRepository],
    slots: &[Slot {
        rule: Rule::ElectronForge,
        files: &["package.json", "forge.config.json"],
        formats: &[Format::Json],
        path: "**/publishers/[]/config/auth",
        when: &[Condition::Contains("../../name", "publisher-bitbucket")],
        shape: Shape::Fields { username: &["username"], secret: &["appPassword"] },
        usage: Use::Rest,
        form: UsernameForm::Email,
        ..Slot::BASE
    }],
    steps: &[
        "or leave auth out of the file: the publisher reads BITBUCKET_USERNAME (the email) and \
         BITBUCKET_APP_PASSWORD (the token)",
    ],
    files: &["forge.config.json"],
    page: RuleInfo {
        id: "electron-forge",
        summary: "An app password of Electron Forge's Bitbucket publisher",
        why: "@electron-forge/publisher-bitbucket uploads to the downloads of a repository with Basic \
              auth of auth.username and auth.appPassword, or of BITBUCKET_USERNAME and \
              BITBUCKET_APP_PASSWORD. Since 2026-07-28 every upload answers HTTP 401. The REST API takes \
              an API token under the email of the Atlassian account.",
        rewrite: "The keys stay, as the publisher knows no others. In package.json, which expands \
                  nothing, the values become placeholders: review; better take auth out and set the two \
                  variables.",
        before: r#"{"name": "@electron-forge/publisher-bitbucket", "config": {"auth": {"username": "ci-bot", "appPassword": "ATBBexampleexampleexampleexample1F2C"}}}"#,
        after: r#"{"name": "@electron-forge/publisher-bitbucket", "config": {"auth": {"username": "REPLACE_WITH_ATLASSIAN_ACCOUNT_EMAIL", "appPassword": "REPLACE_WITH_BITBUCKET_API_TOKEN"}}}"#,
        limits: "forge.config.js and forge.config.ts are programs: an app password in them is reported \
                 under javascript or env-variable. publisher-bitbucket is for Bitbucket Cloud only, so \
                 that no host is asked for.",
        sources: &[
            "https://github.com/electron/forge/pull/571",
            "https://electronforge.io/config/publishers/bitbucket",
            OTHER_APPLICATIONS,
            API_TOKENS,
        ],
    },
    ..Consumer::BASE
};
