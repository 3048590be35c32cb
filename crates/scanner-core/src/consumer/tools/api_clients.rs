//! Postman and Insomnia.

use super::API_TOKENS;
use crate::consumer::{Condition, Consumer, Evidence, Format, Shape, Slot, UsernameForm};
use crate::finding::Use;
use crate::rule::{Rule, RuleInfo};

const FIELDS: Shape = Shape::Fields { username: &["username"], secret: &["password"] };

const COLLECTIONS: &[&str] =
    &["*postman_collection*", "*.postman_collection", "*postman*.json", "**/postman/**/*.json"];

/// What collections have in common: they call the REST API.
const POSTMAN_AUTH: Slot = Slot {
    rule: Rule::Postman,
    files: COLLECTIONS,
    formats: &[Format::Json],
    usage: Use::Rest,
    form: UsernameForm::Email,
    expands: Some("{{NAME}}"),
    ..Slot::BASE
};

/// The request's own URL, or a variable for it in a collection that says what it is for.
const REQUEST: &[Condition] = &[
    Condition::Is("../type", &["basic"]),
    Condition::Any(&[
        Condition::Cloud("../../url"),
        Condition::All(&[
            Condition::Any(&[
                Condition::Contains("../../url", "{{"),
                Condition::Contains("../../url/raw", "{{"),
            ]),
            Condition::Contains("/info/name", "bitbucket"),
            Condition::CloudInFile,
        ]),
    ]),
];

/// A whole collection or a folder of it: what its requests call counts.
const COLLECTION: &[Condition] = &[
    Condition::Is("../type", &["basic"]),
    Condition::Lacks("../../url"),
    Condition::Any(&[
        Condition::Contains("/info/name", "bitbucket"),
        Condition::Contains("../../name", "bitbucket"),
    ]),
    Condition::CloudInFile,
];

const ITEMS: Shape =
    Shape::Items { name: "key", value: "value", username: &["username"], secret: &["password"] };

/// Names of variables that say what they hold.
const VARIABLES: Shape = Shape::Items {
    name: "key",
    value: "value",
    username: &[
        "bitbucket_username",
        "bitbucketUsername",
        "BITBUCKET_USERNAME",
        "bitbucket_user",
        "bitbucketUser",
        "BITBUCKET_USER",
        "bb_username",
        "bb_user",
        "username",
        "user",
    ],
    secret: &[
        "bitbucket_app_password",
        "bitbucketAppPassword",
        "BITBUCKET_APP_PASSWORD",
        "bitbucket_password",
        "bitbucketPassword",
        "BITBUCKET_PASSWORD",
        "bb_app_password",
        "app_password",
        "appPassword",
        "APP_PASSWORD",
    ],
};

/// Postman sends Basic credentials as the collection says.
pub(crate) const POSTMAN: Consumer = Consumer {
    rule: Rule::Postman,
    name: "Postman",
    form: UsernameForm::Email,
    evidence: Evidence::Confirmed,
    usage: Use::Rest,
    slots: &[
        Slot { path: "**/request/auth/basic", when: REQUEST, shape: ITEMS, ..POSTMAN_AUTH },
        Slot { path: "**/request/auth/basic", when: REQUEST, shape: FIELDS, ..POSTMAN_AUTH },
        Slot { path: "**/auth/basic", when: COLLECTION, shape: ITEMS, ..POSTMAN_AUTH },
        Slot { path: "**/auth/basic", when: COLLECTION, shape: FIELDS, ..POSTMAN_AUTH },
        Slot {
            path: "variable",
            when: &[Condition::CloudInFile],
            shape: VARIABLES,
            expands: None,
            ..POSTMAN_AUTH
        },
        Slot {
            files: &["*postman_environment*", "*postman_globals*", "*.postman_environment"],
            path: "values",
            when: &[Condition::Any(&[
                Condition::CloudInFile,
                Condition::Contains("/name", "bitbucket"),
            ])],
            shape: VARIABLES,
            expands: None,
            store: true,
            ..POSTMAN_AUTH
        },
    ],
    steps: &[
        "define the variables of the email and of the token in Postman, the token's as a secret of an \
         environment or in the vault: a collection is exported with all that stands in it",
    ],
    files: COLLECTIONS,
    page: RuleInfo {
        id: "postman",
        summary: "An app password in a Postman collection or environment for the Bitbucket Cloud API",
        why: "Collections keep the username and password of Basic auth in clear, for one request, a \
              folder or all of them, and are exported and committed with them. With an app password \
              api.bitbucket.org answers HTTP 401 since 2026-07-28. An API token takes the password's \
              place, the email of the Atlassian account the username's.",
        rewrite: "In a collection both become variables of Postman, {{ATLASSIAN_ACCOUNT_EMAIL}} and \
                  {{BITBUCKET_API_TOKEN}}: review, as they have to be defined in an environment or in \
                  the vault. In an environment the values become the email and the token that you hand \
                  over, or placeholders: review.",
        before: r#"{"auth": {"type": "basic", "basic": [{"key": "username", "value": "ci-bot"}, {"key": "password", "value": "ATBBexampleexampleexampleexample1F2C"}]}, "url": "https://api.bitbucket.org/2.0/user"}"#,
        after: r#"{"auth": {"type": "basic", "basic": [{"key": "username", "value": "{{ATLASSIAN_ACCOUNT_EMAIL}}"}, {"key": "password", "value": "{{BITBUCKET_API_TOKEN}}"}]}, "url": "https://api.bitbucket.org/2.0/user"}"#,
        limits: "A request counts where its URL names bitbucket.org or api.bitbucket.org, or is made of \
                 variables in a collection that is called Bitbucket; auth of a folder or a whole \
                 collection where that is called Bitbucket. A ready-made Authorization header is not \
                 decoded. What the Postman app keeps in its own database or in the cloud is not seen.",
        sources: &[
            "https://learning.postman.com/docs/use/postman-vault/use-vault-secrets",
            "https://learning.postman.com/docs/use/send-requests/variables/variables",
            API_TOKENS,
        ],
    },
    ..Consumer::BASE
};

/// What exports have in common.
const INSOMNIA_AUTH: Slot = Slot {
    rule: Rule::Insomnia,
    files: &[
        "*insomnia*.json",
        "*insomnia*.yaml",
        "*insomnia*.yml",
        "**/.insomnia/**/*.yml",
        "**/insomnia/**/*.yaml",
        "**/insomnia/**/*.json",
    ],
    formats: &[Format::Json, Format::Yaml],
    shape: FIELDS,
    usage: Use::Rest,
    form: UsernameForm::Email,
    expands: Some("{{ _.NAME }}"),
    ..Slot::BASE
};

const IS_BASIC: Condition = Condition::Is("type", &["basic"]);

/// Insomnia sends Basic credentials as the request says.
pub(crate) const INSOMNIA: Consumer = Consumer {
    rule: Rule::Insomnia,
    name: "Insomnia",
    form: UsernameForm::Email,
    evidence: Evidence::Confirmed,
    usage: Use::Rest,
    slots: &[
        // Version 4: a flat list.
        Slot {
            path: "resources/[]/authentication",
            when: &[IS_BASIC, Condition::Cloud("../url")],
            ..INSOMNIA_AUTH
        },
        Slot {
            path: "resources/[]/authentication",
            when: &[
                IS_BASIC,
                Condition::Contains("../url", "{{"),
                Condition::Any(&[
                    Condition::Contains("/resources/[]/name", "bitbucket"),
                    Condition::Contains("/resources/[]/data/*", "api.bitbucket.org"),
                ]),
                Condition::CloudInFile,
            ],
            ..INSOMNIA_AUTH
        },
        // Version 5: folders with children.
        Slot {
            path: "collection/**/authentication",
            when: &[IS_BASIC, Condition::Cloud("../url")],
            ..INSOMNIA_AUTH
        },
        Slot {
            path: "collection/**/authentication",
            when: &[
                IS_BASIC,
                Condition::Any(&[
                    Condition::Contains("../url", "{{"),
                    Condition::Has("../children"),
                ]),
                Condition::Any(&[
                    Condition::Contains("/name", "bitbucket"),
                    Condition::Contains("../name", "bitbucket"),
                ]),
                Condition::CloudInFile,
            ],
            ..INSOMNIA_AUTH
        },
        // A request in a file of its own.
        Slot {
            path: "authentication",
            when: &[IS_BASIC, Condition::Cloud("../url")],
            ..INSOMNIA_AUTH
        },
    ],
    steps: &[
        "define the variables of the email and of the token in a private environment of Insomnia or in \
         its vault: an export holds all that stands in the requests",
    ],
    files: &["*insomnia*.json", "*insomnia*.yaml", "*insomnia*.yml", "**/.insomnia/**/*.yml"],
    page: RuleInfo {
        id: "insomnia",
        summary: "An app password in an Insomnia export or a synchronised collection for Bitbucket Cloud",
        why: "Insomnia writes the username and password of Basic auth in clear into its exports and into \
              the YAML that Git Sync commits. With an app password api.bitbucket.org answers HTTP 401 \
              since 2026-07-28. An API token takes the password's place, the email of the Atlassian \
              account the username's.",
        rewrite: "Both become variables of the environment, {{ _.ATLASSIAN_ACCOUNT_EMAIL }} and \
                  {{ _.BITBUCKET_API_TOKEN }}: review, as they have to be defined in a private \
                  environment or in the vault.",
        before: r#"{"url": "https://api.bitbucket.org/2.0/user", "authentication": {"type": "basic", "username": "ci-bot", "password": "ATBBexampleexampleexampleexample1F2C"}}"#,
        after: r#"{"url": "https://api.bitbucket.org/2.0/user", "authentication": {"type": "basic", "username": "{{ _.ATLASSIAN_ACCOUNT_EMAIL }}", "password": "{{ _.BITBUCKET_API_TOKEN }}"}}"#,
        limits: "A file is Insomnia's where its name or folder says so. A request counts where its URL \
                 names bitbucket.org or api.bitbucket.org, or is made of variables in a collection that \
                 is called Bitbucket. A ready-made Authorization header is not decoded. What the app \
                 keeps in its own database is not seen.",
        sources: &[
            "https://developer.konghq.com/insomnia/environments.md",
            "https://developer.konghq.com/insomnia/template-tags",
            "https://app.unpkg.com/insomnia-importers@3.6.0/files/src/importers/fixtures/openapi3/endpoint-security-output.json",
            API_TOKENS,
        ],
    },
    ..Consumer::BASE
};
