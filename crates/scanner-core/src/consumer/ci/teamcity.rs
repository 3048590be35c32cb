//! TeamCity: settings as Kotlin and as XML.

use super::{API_TOKENS, RUNS_LINES};
use crate::bitbucket::Scope;
use crate::consumer::{Condition, Consumer, Evidence, Format, Shape, Slot, UsernameForm};
use crate::finding::Use;
use crate::rule::{Rule, RuleInfo};

/// What the settings in Kotlin hold, seen by [`crate::detect::teamcity`]. Kotlin writes strings as JSON
/// does, but for `$`, which neither username has.
const KOTLIN: Slot = Slot {
    rule: Rule::Teamcity,
    formats: &[Format::Json],
    shape: Shape::Fields { username: &["userName", "username"], secret: &["password"] },
    evidence: Some(Evidence::Inferred),
    ..Slot::BASE
};

/// `authMethod = password { … }` of a VCS root.
const VCS_ROOT_BASE: Slot = Slot {
    usage: Use::Git,
    form: UsernameForm::Static,
    scopes: Scope::GIT_FETCH,
    names_secret: true,
    ..KOTLIN
};

/// A VCS root: one row for a secret that is kept elsewhere, one for a secret in clear.
pub(crate) static VCS_ROOT: [Slot; 2] =
    [VCS_ROOT_BASE, Slot { names_secret: false, ..VCS_ROOT_BASE }];

/// A build feature for `bitbucketCloud`: pull requests, commit status.
const FEATURE_BASE: Slot = Slot {
    usage: Use::Rest,
    form: UsernameForm::Email,
    scopes: &[Scope::ReadPullrequest, Scope::ReadRepository, Scope::WriteRepository],
    names_secret: true,
    ..KOTLIN
};

/// A build feature: the same two.
pub(crate) static FEATURE: [Slot; 2] = [FEATURE_BASE, Slot { names_secret: false, ..FEATURE_BASE }];

pub(crate) const TEAMCITY: Consumer = Consumer {
    rule: Rule::Teamcity,
    name: "TeamCity",
    steps: &[
        "put the token into the VCS root (or, for Kotlin settings, Versioned Settings > Tokens > Generate \
         token for a secure value, and write credentialsJSON:… of it)",
    ],
    slots: &[
        // credentialsJSON:… is the name of a secure value, zxx… a scrambled one.
        Slot {
            rule: Rule::Teamcity,
            files: &["*.xml"],
            formats: &[Format::Xml],
            path: "**/vcs-root",
            when: &[
                Condition::Is("@type", &["jetbrains.git"]),
                Condition::Cloud("param/@value"),
                Condition::Contains("param/@name", "secure:password"),
            ],
            shape: Shape::Items {
                name: "@name",
                value: "@value",
                username: &["username"],
                secret: &["secure:password"],
            },
            usage: Use::Git,
            form: UsernameForm::Static,
            scopes: Scope::GIT_FETCH,
            names_secret: true,
            evidence: Some(Evidence::Inferred),
            ..Slot::BASE
        },
    ],
    files: &[".teamcity/**/*.kts", ".teamcity/**/*.kt", ".teamcity/**/*.xml", "vcsRoots/*.xml"],
    page: RuleInfo {
        id: "teamcity",
        summary: "A VCS root of TeamCity for Bitbucket Cloud with a username and a password, or a git URL",
        why: "A VCS root with password authentication hands its username and secret to git. With an app \
              password git answers HTTP 410 since 2026-07-28. An API token goes there under \
              x-bitbucket-api-token-auth. The pull request and commit status features call the REST API, \
              which takes the email of the Atlassian account: with \"use VCS root credentials\" one of both \
              fails, so that they need a pair of their own or an access token.",
        rewrite: "In a VCS root, in Kotlin and in XML, the username becomes x-bitbucket-api-token-auth and \
                  the secure value stays, to be given the token; in a feature for Bitbucket Cloud the \
                  username becomes your email or a placeholder: review. A URL in Kotlin or XML loses its password and \
                  keeps the static username, since neither reads a variable there: review.",
        before: "<vcs-root type=\"jetbrains.git\"><param name=\"authMethod\" value=\"PASSWORD\" /><param name=\"secure:password\" value=\"credentialsJSON:0ff181ee-cc10-48ac-b5f4-ce50ca2013b4\" /><param name=\"url\" value=\"https://bitbucket.org/team/repo.git\" /><param name=\"username\" value=\"ci-bot\" /></vcs-root>",
        after: "<vcs-root type=\"jetbrains.git\"><param name=\"authMethod\" value=\"PASSWORD\" /><param name=\"secure:password\" value=\"credentialsJSON:0ff181ee-cc10-48ac-b5f4-ce50ca2013b4\" /><param name=\"url\" value=\"https://bitbucket.org/team/repo.git\" /><param name=\"username\" value=\"x-bitbucket-api-token-auth\" /></vcs-root>",
        limits: "Whether a secure value holds an app password cannot be seen; a username that is neither the \
                 static one nor an email says so. Roots that authenticate with a key or by a connection \
                 (token) are no findings.",
        sources: &[
            "https://www.jetbrains.com/help/teamcity/git.html",
            "https://www.jetbrains.com/help/teamcity/storing-project-settings-in-version-control.html",
            "https://github.com/JetBrains/teamcity-documentation/blob/main/topics/pull-requests.md",
            API_TOKENS,
        ],
    },
    ..RUNS_LINES
};
