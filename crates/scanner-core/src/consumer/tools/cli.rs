//! Command line clients of Bitbucket Cloud, and the files in which they keep their credentials.

use super::{API_TOKENS, OTHER_APPLICATIONS};
use crate::consumer::{
    Condition, Consumer, Evidence, Format, Shape, Slot, UsernameForm, Variable, VariableRole,
};
use crate::finding::Use;
use crate::rule::{Rule, RuleInfo};

const GILDAS: &str = "https://github.com/gildas/bitbucket-cli/pull/63";
const PILATOS: &str = "https://github.com/0pilatos0/bitbucket-cli/pull/29";
const CRAFTAMAP: &str = "https://github.com/craftamap/bb";
const SYSTEMSOVERLOAD: &str = "https://pypi.org/project/bitbucket-cloud-cli/";
const BB_CLI: &str = "https://github.com/bb-cli/bb-cli/pull/34";
const ZHEMAO: &str = "https://bitbucket.org/zhemao/bitbucket-cli/pull-requests/27/feat-enable-parsing-environment-variables";

/// What the files of all of them have in common: they are there for credentials, and for the REST
/// API of Bitbucket Cloud alone unless they say otherwise.
const STORE: Slot = Slot {
    rule: Rule::BitbucketCli,
    usage: Use::Rest,
    form: UsernameForm::Email,
    store: true,
    ..Slot::BASE
};

/// Several programs, most of them called `bb`.
pub(crate) const BITBUCKET_CLI: Consumer = Consumer {
    rule: Rule::BitbucketCli,
    name: "the Bitbucket client",
    form: UsernameForm::Email,
    evidence: Evidence::Inferred,
    usage: Use::Rest,
    slots: &[
        // gildas/bitbucket-cli, with --no-vault.
        Slot {
            files: &[
                "**/bitbucket/config-cli.json",
                "**/bitbucket/config-cli.yml",
                "**/bitbucket/config-cli.yaml",
            ],
            path: "profiles/[]",
            when: &[
                Condition::Has("password"),
                Condition::Any(&[Condition::Lacks("apiRoot"), Condition::Cloud("apiRoot")]),
            ],
            shape: Shape::Fields { username: &["user"], secret: &["password"] },
            evidence: Some(Evidence::Confirmed),
            ..STORE
        },
        Slot {
            files: &[".bitbucket-cli"],
            formats: &[Format::Json],
            path: "profiles/[]",
            when: &[
                Condition::Has("password"),
                Condition::Any(&[Condition::Lacks("apiRoot"), Condition::Cloud("apiRoot")]),
            ],
            shape: Shape::Fields { username: &["user"], secret: &["password"] },
            evidence: Some(Evidence::Confirmed),
            ..STORE
        },
        // @pilatos/bitbucket-cli.
        Slot {
            files: &["**/bb/config.json"],
            formats: &[Format::Json],
            path: "",
            when: &[Condition::Has("appPassword")],
            shape: Shape::Fields { username: &["username"], secret: &["appPassword"] },
            keys: &[("appPassword", "apiToken")],
            evidence: Some(Evidence::Confirmed),
            ..STORE
        },
        // systemsoverload/bb.
        Slot {
            files: &["**/bb/config.toml"],
            formats: &[Format::Toml],
            path: "auth",
            when: &[Condition::Has("app_password")],
            shape: Shape::Fields { username: &["username"], secret: &["app_password"] },
            ..STORE
        },
        // craftamap/bb.
        Slot {
            files: &["**/bb/configuration.toml"],
            formats: &[Format::Toml],
            path: "auth",
            when: &[Condition::Has("password")],
            shape: Shape::Fields { username: &["username"], secret: &["password"] },
            ..STORE
        },
        Slot {
            files: &["**/bb/configuration.toml"],
            formats: &[Format::Toml],
            path: "",
            when: &[Condition::Has("password")],
            shape: Shape::Fields { username: &["username"], secret: &["password"] },
            ..STORE
        },
        // bb-cli/bb-cli.
        Slot {
            files: &[".bitbucket-rest-cli-config.json"],
            formats: &[Format::Json],
            path: "auth",
            when: &[Condition::Has("appPassword")],
            shape: Shape::Fields { username: &["username"], secret: &["appPassword"] },
            ..STORE
        },
        // zhemao/bitbucket-cli.
        Slot {
            files: &[".bitbucket"],
            formats: &[Format::Ini],
            path: "auth",
            when: &[Condition::Has("password")],
            shape: Shape::Fields { username: &["username"], secret: &["password"] },
            ..STORE
        },
        // bitbucket-ext.
        Slot {
            files: &["bitbucket-ext.json"],
            formats: &[Format::Json],
            path: "",
            when: &[Condition::Has("workspace")],
            shape: Shape::Fields { username: &["user"], secret: &["password"] },
            ..STORE
        },
    ],
    variables: &[
        Variable {
            name: "BB_APP_PASSWORD",
            role: VariableRole::Secret,
            becomes: Some("BB_API_TOKEN"),
            adds: None,
            shared: true,
        },
        Variable {
            name: "BB_USERNAME",
            role: VariableRole::Username(UsernameForm::Email),
            becomes: None,
            adds: None,
            shared: true,
        },
    ],
    files: &[
        "**/bitbucket/config-cli.*",
        ".bitbucket-cli",
        "**/bb/config.json",
        "**/bb/config.toml",
        "**/bb/configuration.toml",
        ".bitbucket-rest-cli-config.json",
        "bitbucket-ext.json",
    ],
    page: RuleInfo {
        id: "bitbucket-cli",
        summary: "An app password that a command line client of Bitbucket Cloud keeps in its file",
        why: "Clients such as bb keep a username and an app password in a file in the home folder and \
              send both to the REST API, which answers HTTP 401 since 2026-07-28. An API token takes the \
              app password's place, and the email of the Atlassian account the username's, whatever the \
              field is called.",
        rewrite: "The username becomes the email, the secret the token: what you hand over, or \
                  placeholders: review. Of @pilatos/bitbucket-cli the key becomes apiToken.",
        before: "[auth]\nusername = \"ci-bot\"\napp_password = \"ATBBexampleexampleexampleexample1F2C\"",
        after: "[auth]\nusername = \"REPLACE_WITH_ATLASSIAN_ACCOUNT_EMAIL\"\napp_password = \"REPLACE_WITH_BITBUCKET_API_TOKEN\"",
        limits: "Known are bb/config.toml (bitbucket-cloud-cli), bb/configuration.toml (craftamap/bb), \
                 bb/config.json (@pilatos/bitbucket-cli), bitbucket/config-cli.json and .bitbucket-cli \
                 (gildas/bitbucket-cli), .bitbucket-rest-cli-config.json (bb-cli), .bitbucket \
                 (bitbucket-cli) and bitbucket-ext.json. What a client keeps in a keyring is not seen: \
                 log in anew with the email and the token. A client that clones over HTTPS with the same \
                 username needs another one for git.",
        sources: &[
            GILDAS,
            PILATOS,
            CRAFTAMAP,
            SYSTEMSOVERLOAD,
            BB_CLI,
            ZHEMAO,
            "https://socket.dev/npm/package/bitbucket-ext/overview/0.1.0",
            OTHER_APPLICATIONS,
            API_TOKENS,
        ],
    },
    ..Consumer::BASE
};
