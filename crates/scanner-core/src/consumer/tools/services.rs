//! Services and databases that ask Bitbucket's REST API.

use super::{API_TOKENS, OTHER_APPLICATIONS};
use crate::bitbucket::Scope;
use crate::consumer::{
    Condition, Consumer, Evidence, Format, Shape, Slot, UsernameForm, Variable, VariableRole,
};
use crate::finding::Use;
use crate::rule::{Rule, RuleInfo};

/// The plugin hands username and password to go-bitbucket's Basic auth.
pub(crate) const STEAMPIPE: Consumer = Consumer {
    rule: Rule::Steampipe,
    name: "Steampipe",
    form: UsernameForm::Email,
    evidence: Evidence::Inferred,
    usage: Use::Rest,
    scopes: &[
        Scope::ReadUser,
        Scope::ReadWorkspace,
        Scope::ReadRepository,
        Scope::ReadPullrequest,
        Scope::ReadIssue,
        Scope::ReadSnippet,
        Scope::ReadWebhook,
    ],
    slots: &[Slot {
        rule: Rule::Steampipe,
        files: &["*.spc"],
        formats: &[Format::Hcl],
        path: "connection/*",
        when: &[
            Condition::Contains("plugin", "bitbucket"),
            Condition::Any(&[Condition::Lacks("base_url"), Condition::Cloud("base_url")]),
        ],
        shape: Shape::Fields { username: &["username"], secret: &["password"] },
        usage: Use::Rest,
        form: UsernameForm::Email,
        store: true,
        ..Slot::BASE
    }],
    files: &["*.spc"],
    page: RuleInfo {
        id: "steampipe",
        summary: "An app password in a Steampipe connection of the Bitbucket plugin",
        why: "The plugin asks api.bitbucket.org with Basic auth, as username and password of the \
              connection or of BITBUCKET_USERNAME and BITBUCKET_PASSWORD say. With an app password every \
              query fails since 2026-07-28. The API takes an API token under the email of the Atlassian \
              account.",
        rewrite: "username becomes the email, password the token: what you hand over, or placeholders: \
                  review. Leave both out to have them read from BITBUCKET_USERNAME (the email) and \
                  BITBUCKET_PASSWORD (the token).",
        before: "connection \"bitbucket\" {\n  plugin   = \"bitbucket\"\n  username = \"ci-bot\"\n  password = \"ATBBexampleexampleexampleexample1F2C\"\n}",
        after: "connection \"bitbucket\" {\n  plugin   = \"bitbucket\"\n  username = \"REPLACE_WITH_ATLASSIAN_ACCOUNT_EMAIL\"\n  password = \"REPLACE_WITH_BITBUCKET_API_TOKEN\"\n}",
        limits: "A connection with a base_url of another host is a server of your own and none. That the \
                 email works there follows from Basic auth and from the library's users; the plugin's \
                 own pages still speak of app passwords.",
        sources: &[
            "https://github.com/turbot/steampipe-plugin-bitbucket",
            "https://hub.steampipe.io/plugins/turbot/bitbucket",
            "https://github.com/ktrysmt/go-bitbucket/issues/308",
            API_TOKENS,
        ],
    },
    ..Consumer::BASE
};

/// Weblate opens pull requests over the REST API.
pub(crate) const WEBLATE: Consumer = Consumer {
    rule: Rule::Weblate,
    name: "Weblate",
    form: UsernameForm::Email,
    evidence: Evidence::Confirmed,
    usage: Use::Rest,
    variables: &[
        Variable {
            name: "WEBLATE_BITBUCKETCLOUD_USERNAME",
            role: VariableRole::Username(UsernameForm::Email),
            becomes: None,
            adds: None,
            shared: false,
        },
        Variable {
            name: "WEBLATE_BITBUCKETCLOUD_TOKEN",
            role: VariableRole::Secret,
            becomes: None,
            adds: None,
            shared: false,
        },
    ],
    page: RuleInfo {
        id: "weblate",
        summary: "An app password with which Weblate opens pull requests on Bitbucket Cloud",
        why: "Weblate's container takes the account for Bitbucket Cloud from \
              WEBLATE_BITBUCKETCLOUD_USERNAME and WEBLATE_BITBUCKETCLOUD_TOKEN, which held an app \
              password. Since 2026-07-28 translations are pushed and no pull request is opened: the REST \
              API answers HTTP 401. It takes an API token there, and the email of the Atlassian account \
              as the username.",
        rewrite: "The names stay. The token's value becomes the variable in the syntax of the file or a \
                  placeholder, the username the email: review.",
        before: "WEBLATE_BITBUCKETCLOUD_USERNAME=ci-bot\nWEBLATE_BITBUCKETCLOUD_TOKEN=ATBBexampleexampleexampleexample1F2C",
        after: "WEBLATE_BITBUCKETCLOUD_USERNAME=REPLACE_WITH_ATLASSIAN_ACCOUNT_EMAIL\nWEBLATE_BITBUCKETCLOUD_TOKEN=REPLACE_WITH_BITBUCKET_API_TOKEN",
        limits: "BITBUCKETCLOUD_CREDENTIALS in settings.py is a dictionary of Python: an app password in \
                 it is seen by its form alone. Repositories that Weblate clones have URLs and keys of \
                 their own.",
        sources: &[
            "https://github.com/WeblateOrg/weblate/issues/17525",
            "https://github.com/WeblateOrg/weblate/pull/17545",
            "https://github.com/WeblateOrg/weblate/pull/16291",
            API_TOKENS,
        ],
    },
    ..Consumer::BASE
};

const HARNESS_FILES: &[&str] = &[
    "**/.harness/**/*.yaml",
    "**/.harness/**/*.yml",
    "**/harness/**/*.yaml",
    "**/harness/**/*.yml",
    "*connector*.yaml",
    "*connector*.yml",
];

const HARNESS_CLOUD: &[Condition] =
    &[Condition::Is("/connector/type", &["Bitbucket"]), Condition::Cloud("/connector/spec/url")];

/// A connector of Harness clones with one pair and asks the REST API with another.
pub(crate) const HARNESS: Consumer = Consumer {
    rule: Rule::Harness,
    name: "Harness",
    form: UsernameForm::ByUse,
    evidence: Evidence::Inferred,
    usage: Use::Both,
    slots: &[
        Slot {
            rule: Rule::Harness,
            files: HARNESS_FILES,
            formats: &[Format::Yaml],
            path: "connector/spec/authentication/spec/spec",
            when: HARNESS_CLOUD,
            shape: Shape::Fields { username: &["username"], secret: &["passwordRef"] },
            usage: Use::Git,
            form: UsernameForm::Static,
            names_secret: true,
            ..Slot::BASE
        },
        Slot {
            rule: Rule::Harness,
            files: HARNESS_FILES,
            formats: &[Format::Yaml],
            path: "connector/spec/apiAccess/spec",
            when: HARNESS_CLOUD,
            shape: Shape::Fields { username: &["username"], secret: &["tokenRef"] },
            usage: Use::Rest,
            form: UsernameForm::Email,
            names_secret: true,
            ..Slot::BASE
        },
    ],
    page: RuleInfo {
        id: "harness",
        summary: "A Harness connector for Bitbucket Cloud that signs in with an app password",
        why: "A connector names a username and a secret of Harness twice: authentication is for git, \
              apiAccess for the REST API. With an app password in the secret both fail since 2026-07-28, \
              and with an API token they need two usernames: x-bitbucket-api-token-auth and the email of \
              the Atlassian account.",
        rewrite: "The usernames change, the names of the secrets stay: review. Put the token into the \
                  secret that they name.",
        before: "connector:\n  type: Bitbucket\n  spec:\n    url: https://bitbucket.org/team/repo\n    authentication:\n      type: Http\n      spec:\n        type: UsernamePassword\n        spec:\n          username: ci-bot\n          passwordRef: account.bitbucket_app_password",
        after: "connector:\n  type: Bitbucket\n  spec:\n    url: https://bitbucket.org/team/repo\n    authentication:\n      type: Http\n      spec:\n        type: UsernamePassword\n        spec:\n          username: x-bitbucket-api-token-auth\n          passwordRef: account.bitbucket_app_password",
        limits: "Connectors are seen in YAML below a folder of Harness or in files that are called \
                 connector; those that were made in the interface or by Terraform are not. What the \
                 secret holds is not known here: a reference to an access token in it is reported too.",
        sources: &[
            "https://developer.harness.io/docs/platform/connectors/code-repositories/ref-source-repo-provider/bitbucket-connector-settings-reference",
            OTHER_APPLICATIONS,
            API_TOKENS,
        ],
    },
    ..Consumer::BASE
};
