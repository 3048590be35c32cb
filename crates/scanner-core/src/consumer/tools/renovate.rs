//! Renovate.

use super::API_TOKENS;
use crate::bitbucket::Scope;
use crate::consumer::{
    Condition, Consumer, Evidence, Format, Shape, Slot, UsernameForm, Variable, VariableRole,
};
use crate::finding::Use;
use crate::rule::{Rule, RuleInfo};

const FILES: &[&str] = &[
    "renovate*.json",
    "renovate*.json5",
    ".renovaterc",
    ".renovaterc.json",
    ".renovaterc.json5",
    "config.json",
    "config.json5",
    "default.json",
];

const SLOT: Slot = Slot {
    rule: Rule::Renovate,
    files: FILES,
    formats: &[Format::Json],
    shape: Shape::Fields { username: &["username"], secret: &["password"] },
    form: UsernameForm::Email,
    ..Slot::BASE
};

/// A rule for the REST API alone.
const FOR_REST: Condition = Condition::Any(&[
    Condition::Contains("matchHost", "api.bitbucket.org"),
    Condition::All(&[
        Condition::Cloud("matchHost"),
        Condition::Is("hostType", &["bitbucket", "bitbucket-tags"]),
    ]),
]);

/// It opens pull requests over REST and pushes branches with git.
pub(crate) const RENOVATE: Consumer = Consumer {
    rule: Rule::Renovate,
    name: "Renovate",
    form: UsernameForm::Email,
    evidence: Evidence::Confirmed,
    usage: Use::Both,
    scopes: &[
        Scope::ReadRepository,
        Scope::WriteRepository,
        Scope::ReadPullrequest,
        Scope::WritePullrequest,
        Scope::ReadUser,
        Scope::ReadIssue,
        Scope::WriteIssue,
        Scope::ReadWorkspace,
    ],
    steps: &[
        "For a host rule on bitbucket.org: git takes x-bitbucket-api-token-auth as username, the REST \
         API (matchHost api.bitbucket.org) the email; write one rule for each",
    ],
    slots: &[
        // The bot's own configuration.
        Slot {
            path: "",
            when: &[Condition::Is("platform", &["bitbucket"])],
            usage: Use::Both,
            ..SLOT
        },
        Slot {
            path: "hostRules/[]",
            when: &[FOR_REST],
            usage: Use::Rest,
            expands: Some("{{ secrets.NAME }}"),
            ..SLOT
        },
        // git's or the REST API's: one rule serves both.
        Slot {
            path: "hostRules/[]",
            when: &[
                Condition::Any(&[
                    Condition::Cloud("matchHost"),
                    Condition::Cloud("hostName"),
                    Condition::Cloud("domainName"),
                    Condition::Cloud("baseUrl"),
                ]),
                Condition::Lacks("token"),
            ],
            usage: Use::Both,
            by_hand: Some("one rule serves git and the REST API, which take two usernames"),
            ..SLOT
        },
    ],
    variables: &[
        Variable {
            name: "RENOVATE_USERNAME",
            role: VariableRole::Username(UsernameForm::Email),
            becomes: None,
            adds: None,
            shared: true,
        },
        Variable {
            name: "RENOVATE_PASSWORD",
            role: VariableRole::Secret,
            becomes: None,
            adds: None,
            shared: true,
        },
    ],
    files: &[
        "renovate*.json",
        "renovate*.json5",
        ".renovaterc",
        ".renovaterc.json",
        ".renovaterc.json5",
    ],
    page: RuleInfo {
        id: "renovate",
        summary: "An app password in Renovate's config.js, JSON configuration, host rules or variables",
        why: "Renovate on Bitbucket Cloud takes a username and a password; with an app password every \
              run ends with HTTP 401 since 2026-07-28. An API token takes the password's place, and the \
              username becomes the email of the Atlassian account; Renovate itself gives git the right \
              name. The option token is for access tokens: it is sent as Bearer, which Bitbucket \
              refuses for an API token.",
        rewrite: "The username becomes the email and a password in clear the token: process.env in a \
                  config.js, {{ secrets.BITBUCKET_API_TOKEN }} in host rules for api.bitbucket.org, a \
                  placeholder in the bot's own JSON file: review. A host rule for bitbucket.org may \
                  serve git and REST, which need two usernames: manual.",
        before: "module.exports = {\n  platform: 'bitbucket',\n  username: 'ci-bot',\n  password: 'ATBBexampleexampleexampleexample1F2C',\n};",
        after: "module.exports = {\n  platform: 'bitbucket',\n  username: process.env.ATLASSIAN_ACCOUNT_EMAIL,\n  password: process.env.BITBUCKET_API_TOKEN,\n};",
        limits: "encrypted host rules cannot be read. platform bitbucket-server is of Data Center and no \
                 finding, and other platforms are none. RENOVATE_PASSWORD counts in files that name \
                 Bitbucket Cloud or the platform bitbucket.",
        sources: &[
            "https://docs.renovatebot.com/modules/platform/bitbucket",
            "https://docs.renovatebot.com/configuration-options/#hostrules",
            "https://docs.renovatebot.com/self-hosted-configuration/#secrets",
            "https://github.com/renovatebot/renovate/discussions/36499",
            API_TOKENS,
        ],
    },
    ..Consumer::BASE
};
