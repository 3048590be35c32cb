//! TeamCity: settings as Kotlin and as XML.

use super::{API_TOKENS, RUNS_LINES};
use crate::bitbucket::Scope;
use crate::consumer::{Condition, Consumer, Evidence, Format, Shape, Slot, UsernameForm};
use crate::finding::Use;
use crate::rule::{Rule, RuleInfo};

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
        rewrite: "In the XML of a VCS root the username becomes x-bitbucket-api-token-auth and the secure \
                  value stays, to be given the token: review. The user info of a URL in a build step becomes \
                  the static username and the variable of the token: safe, and review where a variable gets \
                  another name.",
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
