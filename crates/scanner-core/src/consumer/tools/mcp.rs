//! MCP servers for Bitbucket, in the configurations of their clients.

use super::API_TOKENS;
use crate::bitbucket::Scope;
use crate::consumer::{
    Condition, Consumer, Evidence, Format, Shape, Slot, UsernameForm, Variable, VariableRole,
};
use crate::finding::Use;
use crate::rule::{Rule, RuleInfo};

const SLOT: Slot = Slot {
    rule: Rule::Mcp,
    formats: &[Format::Json, Format::Toml, Format::Yaml],
    path: "**/env",
    usage: Use::Rest,
    form: UsernameForm::Email,
    ..Slot::BASE
};

const BY_APP_PASSWORD: Shape =
    Shape::Fields { username: &["BITBUCKET_USERNAME"], secret: &["BITBUCKET_APP_PASSWORD"] };
const BY_PASSWORD: Shape =
    Shape::Fields { username: &["BITBUCKET_USERNAME"], secret: &["BITBUCKET_PASSWORD"] };

/// Servers for Data Center have its URL beside the credential.
const OF_CLOUD: Condition = Condition::All(&[
    Condition::Any(&[Condition::Cloud("BITBUCKET_URL"), Condition::Lacks("BITBUCKET_URL")]),
    Condition::Any(&[
        Condition::Cloud("BITBUCKET_BASE_URL"),
        Condition::Lacks("BITBUCKET_BASE_URL"),
    ]),
    Condition::Lacks("BITBUCKET_SERVER_URL"),
]);

const IS_BOBMAERTZ: Condition = Condition::Contains("../args/[]", "@bobmaertz/bitbucket-mcp");
const IS_MATAN_YEMINI: Condition = Condition::Any(&[
    Condition::Is("../args/[]", &["bitbucket-mcp", "bitbucket-mcp@latest"]),
    Condition::Contains("../args/[]", "bitbucket-mcp@"),
    Condition::Is("../command", &["bitbucket-mcp"]),
]);
const IS_ICY_R: Condition = Condition::Contains("../args/[]", "@icy-r/bitbucket-mcp");
const IS_NEXUS: Condition = Condition::Contains("../args/[]", "@nexus2520/bitbucket-mcp-server");

/// The names are its own: `@aashari/mcp-server-atlassian-bitbucket`.
const AASHARI: Slot = Slot {
    shape: Shape::Fields {
        username: &["ATLASSIAN_BITBUCKET_USERNAME"],
        secret: &["ATLASSIAN_BITBUCKET_APP_PASSWORD"],
    },
    keys: &[
        ("ATLASSIAN_BITBUCKET_USERNAME", "ATLASSIAN_USER_EMAIL"),
        ("ATLASSIAN_BITBUCKET_APP_PASSWORD", "ATLASSIAN_API_TOKEN"),
    ],
    evidence: Some(Evidence::Confirmed),
    ..SLOT
};

const BOBMAERTZ: Slot = Slot {
    shape: BY_APP_PASSWORD,
    when: &[IS_BOBMAERTZ],
    keys: &[
        ("BITBUCKET_USERNAME", "BITBUCKET_EMAIL"),
        ("BITBUCKET_APP_PASSWORD", "BITBUCKET_API_TOKEN"),
    ],
    evidence: Some(Evidence::Confirmed),
    ..SLOT
};

/// Its README: the email in the username's variable, the token in the password's.
const MATAN_YEMINI: Slot = Slot {
    shape: BY_PASSWORD,
    when: &[IS_MATAN_YEMINI, OF_CLOUD],
    evidence: Some(Evidence::Confirmed),
    ..SLOT
};

/// Sends what these variables hold with Basic.
const NEXUS: Slot = Slot {
    shape: BY_APP_PASSWORD,
    when: &[IS_NEXUS, OF_CLOUD],
    evidence: Some(Evidence::Inferred),
    ..SLOT
};

/// What it reads by default are other names.
const ICY_R: Slot = Slot {
    shape: Shape::Fields {
        username: &["BITBUCKET_USERNAME"],
        secret: &["BITBUCKET_PASSWORD", "BITBUCKET_APP_PASSWORD"],
    },
    when: &[IS_ICY_R, OF_CLOUD],
    by_hand: Some(
        "BITBUCKET_AUTH_METHOD has to become api_token, with BITBUCKET_USER_EMAIL and \
         BITBUCKET_API_TOKEN beside it",
    ),
    ..SLOT
};

/// Each names its variables as it likes.
const OTHER: Slot =
    Slot { shape: BY_APP_PASSWORD, when: &[OF_CLOUD], evidence: Some(Evidence::Unknown), ..SLOT };

/// `.mcp.json` of Claude Code and the settings of Gemini's CLI read `${NAME}`.
const fn in_braces(slot: &Slot) -> Slot {
    Slot { files: &[".mcp.json", ".gemini/settings.json"], expands: Some("${NAME}"), ..*slot }
}

/// Editors read `${env:NAME}`.
const fn in_editors(slot: &Slot) -> Slot {
    Slot {
        files: &["mcp.json", "mcp_config.json", ".vscode/settings.json"],
        expands: Some("${env:NAME}"),
        ..*slot
    }
}

/// What reads no variables.
const fn as_it_stands(slot: &Slot) -> Slot {
    Slot {
        files: &[
            "claude_desktop_config.json",
            "cline_mcp_settings.json",
            "mcp_settings.json",
            ".claude.json",
            ".codex/config.toml",
            "mcp-servers.json",
            "mcp_servers.json",
            "mcpServers.json",
            "librechat.yaml",
        ],
        ..*slot
    }
}

pub(crate) const MCP: Consumer = Consumer {
    rule: Rule::Mcp,
    name: "MCP servers",
    form: UsernameForm::Email,
    evidence: Evidence::Confirmed,
    usage: Use::Rest,
    scopes: &[Scope::ReadRepository, Scope::ReadPullrequest, Scope::ReadWorkspace],
    steps: &[
        "Restart the client; where the server's version is pinned, check that it knows API tokens",
    ],
    slots: &[
        // What is known goes before what is not: the first that fits an object counts.
        in_braces(&AASHARI),
        in_editors(&AASHARI),
        as_it_stands(&AASHARI),
        Slot { files: &[".mcp/configs.json"], path: "*/environments", store: true, ..AASHARI },
        in_braces(&BOBMAERTZ),
        in_editors(&BOBMAERTZ),
        as_it_stands(&BOBMAERTZ),
        in_braces(&MATAN_YEMINI),
        in_editors(&MATAN_YEMINI),
        as_it_stands(&MATAN_YEMINI),
        in_braces(&NEXUS),
        in_editors(&NEXUS),
        as_it_stands(&NEXUS),
        in_braces(&ICY_R),
        in_editors(&ICY_R),
        as_it_stands(&ICY_R),
        in_braces(&OTHER),
        in_editors(&OTHER),
        as_it_stands(&OTHER),
    ],
    variables: &[
        Variable {
            name: "ATLASSIAN_BITBUCKET_USERNAME",
            role: VariableRole::Username(UsernameForm::Email),
            becomes: Some("ATLASSIAN_USER_EMAIL"),
            adds: None,
            shared: false,
        },
        Variable {
            name: "ATLASSIAN_BITBUCKET_APP_PASSWORD",
            role: VariableRole::Secret,
            becomes: Some("ATLASSIAN_API_TOKEN"),
            adds: None,
            shared: false,
        },
    ],
    page: RuleInfo {
        id: "mcp",
        summary: "An app password that an MCP client's configuration hands to a server for Bitbucket",
        why: "MCP servers for Bitbucket get their credential by variables in the configuration of the \
              client, often in clear, in .mcp.json, in an editor's mcp.json or in \
              claude_desktop_config.json. They call the REST API, which refuses app passwords with \
              HTTP 401 since 2026-07-28 and takes an API token with the email of the Atlassian account. \
              Each server has its own names for the two.",
        rewrite: "For the servers whose makers say how, names and username change as they say: \
                  @aashari/mcp-server-atlassian-bitbucket takes ATLASSIAN_USER_EMAIL and \
                  ATLASSIAN_API_TOKEN, @bobmaertz/bitbucket-mcp BITBUCKET_EMAIL and \
                  BITBUCKET_API_TOKEN, bitbucket-mcp the email and the token under the old names. A \
                  secret in clear becomes the client's reference to a variable, or a placeholder where \
                  the client reads none: review. Other servers are told: manual.",
        before: r#"{"mcpServers": {"bitbucket": {"command": "npx", "args": ["-y", "@aashari/mcp-server-atlassian-bitbucket"], "env": {"ATLASSIAN_BITBUCKET_USERNAME": "ci-bot", "ATLASSIAN_BITBUCKET_APP_PASSWORD": "ATBBexampleexampleexampleexample1F2C"}}}}"#,
        after: r#"{"mcpServers": {"bitbucket": {"command": "npx", "args": ["-y", "@aashari/mcp-server-atlassian-bitbucket"], "env": {"ATLASSIAN_USER_EMAIL": "${ATLASSIAN_ACCOUNT_EMAIL}", "ATLASSIAN_API_TOKEN": "${BITBUCKET_API_TOKEN}"}}}}"#,
        limits: "Servers for Data Center, which name its URL, are no findings. A credential in the \
                 arguments of a server (docker run -e) is seen by the name of its variable alone.",
        sources: &[
            "https://github.com/aashari/mcp-server-atlassian-bitbucket",
            "https://github.com/bobmaertz/bitbucket-mcp",
            "https://github.com/MatanYemini/bitbucket-mcp",
            "https://github.com/icy-r/bitbucket-mcp",
            "https://github.com/pdogra1299/bitbucket-mcp-server",
            "https://code.claude.com/docs/en/mcp",
            "https://userjot.com/docs/mcp-cursor",
            "https://github.com/ravitemer/mcp-hub/releases/tag/v4.2.0",
            API_TOKENS,
        ],
    },
    ..Consumer::BASE
};
