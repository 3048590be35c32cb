//! Editors: their settings, and the requests that are written in them.

use super::{API_TOKENS, OTHER_APPLICATIONS};
use crate::bitbucket::Scope;
use crate::consumer::{Condition, Consumer, Evidence, Format, Shape, Slot, UsernameForm};
use crate::finding::Use;
use crate::rule::{Rule, RuleInfo};

/// Names of variables of an environment that say what they hold.
const NAMED: Shape = Shape::Fields {
    username: &[
        "bitbucket_username",
        "bitbucketUsername",
        "bitbucket-username",
        "BITBUCKET_USERNAME",
        "bitbucket_user",
        "bitbucketUser",
        "bitbucket-user",
        "BITBUCKET_USER",
        "bb_username",
        "bb_user",
        "bbUser",
        "username",
        "user",
    ],
    secret: &[
        "bitbucket_app_password",
        "bitbucketAppPassword",
        "bitbucket-app-password",
        "BITBUCKET_APP_PASSWORD",
        "bitbucket_password",
        "bitbucketPassword",
        "bitbucket-password",
        "BITBUCKET_PASSWORD",
        "bb_app_password",
        "bbAppPassword",
        "app_password",
        "appPassword",
        "app-password",
    ],
};

/// Names that any service's environment may have.
const PLAIN: Shape = Shape::Fields { username: &["username", "user"], secret: &["password"] };

/// An environment of requests: its variables stand for what the requests need.
const ENVIRONMENT: Slot = Slot {
    rule: Rule::HttpClient,
    formats: &[Format::Json],
    path: "*",
    usage: Use::Rest,
    form: UsernameForm::Email,
    ..Slot::BASE
};

const PUBLIC: &[&str] = &["http-client.env.json", "rest-client.env.json"];
const PRIVATE: &[&str] = &["http-client.private.env.json", "rest-client.private.env.json"];

/// Beside a URL of Bitbucket in the same environment.
const BESIDE_URL: &[Condition] = &[Condition::Cloud("*")];

/// Requests in `.http` and `.rest` files, as the editors of JetBrains and Visual Studio Code send
/// them.
pub(crate) const HTTP_CLIENT: Consumer = Consumer {
    rule: Rule::HttpClient,
    name: "the HTTP client",
    form: UsernameForm::Email,
    evidence: Evidence::Confirmed,
    usage: Use::Rest,
    slots: &[
        Slot { files: PRIVATE, shape: NAMED, store: true, ..ENVIRONMENT },
        Slot { files: PUBLIC, shape: NAMED, ..ENVIRONMENT },
        Slot { files: PRIVATE, shape: PLAIN, when: BESIDE_URL, store: true, ..ENVIRONMENT },
        Slot { files: PUBLIC, shape: PLAIN, when: BESIDE_URL, ..ENVIRONMENT },
    ],
    files: &["*.http", "*.rest"],
    page: RuleInfo {
        id: "http-client",
        summary: "An app password in a request of an .http file or in http-client.env.json",
        why: "The HTTP client of JetBrains' editors and the REST Client of Visual Studio Code send \
              Authorization: Basic with what stands behind it: user and password, the two with a colon, \
              or base64. With an app password api.bitbucket.org answers HTTP 401 since 2026-07-28. An \
              API token goes there under the email of the Atlassian account, and not as Bearer.",
        rewrite: "User and password become {{ATLASSIAN_ACCOUNT_EMAIL}} and {{BITBUCKET_API_TOKEN}}, in \
                  the place of base64 as well: review, as both have to be defined in the private \
                  environment. In http-client.private.env.json the values become the email and the token \
                  that you hand over, or placeholders: review.",
        before: "GET https://api.bitbucket.org/2.0/user\nAuthorization: Basic ci-bot ATBBexampleexampleexampleexample1F2C",
        after: "GET https://api.bitbucket.org/2.0/user\nAuthorization: Basic {{ATLASSIAN_ACCOUNT_EMAIL}} {{BITBUCKET_API_TOKEN}}",
        limits: "The URL has to name its host, itself, by a Host header or by a variable that the same \
                 file defines with @name. A variable that holds user and password together is a \
                 note, unless its name speaks of an app password. In an environment a plain username and password count \
                 beside a URL of Bitbucket Cloud only.",
        sources: &[
            "https://jetbrains.com/help/idea/exploring-http-syntax.html",
            "https://github.com/Huachao/vscode-restclient",
            API_TOKENS,
        ],
    },
    ..Consumer::BASE
};

/// Settings of extensions stand in one flat object.
const SETTINGS: Slot = Slot {
    rule: Rule::Vscode,
    formats: &[Format::Json],
    usage: Use::Rest,
    form: UsernameForm::Email,
    ..Slot::BASE
};

const OLLAMA: Shape = Shape::Fields {
    username: &["ollama-code-review.bitbucket.username"],
    secret: &["ollama-code-review.bitbucket.appPassword"],
};

const HAS_OLLAMA: &[Condition] = &[Condition::Has("ollama-code-review.bitbucket.appPassword")];

const SETTINGS_FILES: &[&str] = &["**/.vscode/settings.json", "**/User/settings.json"];
const WORKSPACES: &[&str] = &["*.code-workspace"];

/// Extensions that keep credentials in the settings.
pub(crate) const VSCODE: Consumer = Consumer {
    rule: Rule::Vscode,
    name: "Visual Studio Code",
    form: UsernameForm::Email,
    evidence: Evidence::Inferred,
    usage: Use::Rest,
    slots: &[
        Slot { files: SETTINGS_FILES, path: "", when: HAS_OLLAMA, shape: OLLAMA, ..SETTINGS },
        Slot { files: WORKSPACES, path: "settings", when: HAS_OLLAMA, shape: OLLAMA, ..SETTINGS },
        Slot {
            files: SETTINGS_FILES,
            path: "rest-client.environmentVariables/*",
            shape: NAMED,
            evidence: Some(Evidence::Confirmed),
            ..SETTINGS
        },
        Slot {
            files: WORKSPACES,
            path: "settings/rest-client.environmentVariables/*",
            shape: NAMED,
            evidence: Some(Evidence::Confirmed),
            ..SETTINGS
        },
        Slot {
            files: SETTINGS_FILES,
            path: "rest-client.environmentVariables/*",
            when: BESIDE_URL,
            shape: PLAIN,
            evidence: Some(Evidence::Confirmed),
            ..SETTINGS
        },
        Slot {
            files: WORKSPACES,
            path: "settings/rest-client.environmentVariables/*",
            when: BESIDE_URL,
            shape: PLAIN,
            evidence: Some(Evidence::Confirmed),
            ..SETTINGS
        },
    ],
    scopes: &[Scope::ReadPullrequest, Scope::WritePullrequest],
    files: &["**/.vscode/*.json", "*.code-workspace", "**/User/settings.json"],
    page: RuleInfo {
        id: "vscode",
        summary: "An app password in Visual Studio Code's settings or in a workspace file",
        why: "Some extensions keep a username and an app password for Bitbucket Cloud in the settings: \
              Ollama Code Review, and the environments of the REST Client. Settings of a workspace are \
              committed with it. The REST API answers HTTP 401 since 2026-07-28; it takes an API token \
              under the email of the Atlassian account.",
        rewrite: "The settings expand nothing: the username becomes the email that you hand over, the \
                  app password a placeholder: review. Better keep the token in the settings of the user \
                  than in a file that is committed.",
        before: r#"{"ollama-code-review.bitbucket.username": "ci-bot", "ollama-code-review.bitbucket.appPassword": "ATBBexampleexampleexampleexample1F2C"}"#,
        after: r#"{"ollama-code-review.bitbucket.username": "REPLACE_WITH_ATLASSIAN_ACCOUNT_EMAIL", "ollama-code-review.bitbucket.appPassword": "REPLACE_WITH_BITBUCKET_API_TOKEN"}"#,
        limits: "Atlassian's own extension keeps its credentials in the system's keyring: sign in there \
                 anew. Variables for the terminal are reported under env-variable, URLs with a password \
                 in any setting under this rule.",
        sources: &[
            "https://github.com/glorynguyen/ollama-code-review",
            "https://github.com/Huachao/vscode-restclient",
            OTHER_APPLICATIONS,
            API_TOKENS,
        ],
    },
    ..Consumer::BASE
};
