//! Maven and Gradle.

use super::{API_TOKENS, by_git_url};
use crate::bitbucket::Scope;
use crate::consumer::{Condition, Consumer, Evidence, Format, Shape, Slot, UsernameForm};
use crate::finding::Use;
use crate::rule::{Rule, RuleInfo};

/// Where accounts describe Maven repositories that are kept in a Bitbucket repository.
const FILES_BY_REST: &str =
    "https://developer.atlassian.com/cloud/bitbucket/rest/api-group-source/";

const SERVER: Shape = Shape::Fields { username: &["username"], secret: &["password"] };

const REPOSITORY_URL: &str = "/settings/profiles/profile/repositories/repository/url";

/// The server of a repository of files.
const OF_FILES: Slot = Slot {
    rule: Rule::Maven,
    files: &["settings.xml", "*settings.xml", "settings*.xml"],
    formats: &[Format::Xml],
    path: "settings/servers/server",
    shape: SERVER,
    usage: Use::Rest,
    form: UsernameForm::Email,
    expands: Some("${env.NAME}"),
    store: true,
    ..Slot::BASE
};

/// A server of Maven's settings belongs to the release plugin (git) or to a repository of files that
/// the REST API serves.
pub(crate) const MAVEN: Consumer = Consumer {
    slots: &[
        Slot {
            when: &[
                Condition::Has("password"),
                Condition::Is("id", &["api.bitbucket.org"]),
                Condition::Contains(REPOSITORY_URL, "api.bitbucket.org"),
            ],
            ..OF_FILES
        },
        Slot {
            when: &[Condition::Has("password"), Condition::Cloud("id")],
            usage: Use::Git,
            form: UsernameForm::Static,
            ..OF_FILES
        },
        Slot {
            when: &[
                Condition::Has("password"),
                Condition::Contains("id", "bitbucket"),
                Condition::Contains(REPOSITORY_URL, "api.bitbucket.org"),
            ],
            ..OF_FILES
        },
    ],
    ..by_git_url(
        Rule::Maven,
        "Maven",
        &["pom.xml", "*.pom", "settings.xml", "*settings.xml", ".mvn/*"],
        &[],
        RuleInfo {
            id: "maven",
            summary: "An app password in Maven's settings.xml, in a scm URL of pom.xml or in -Dpassword",
            why: "The release plugin pushes with the server of settings.xml whose id is the host, or with \
                  -Dusername and -Dpassword; repositories kept in Bitbucket are read from \
                  api.bitbucket.org with the server of their id. With an app password git answers HTTP \
                  410 and the REST API 401 since 2026-07-28. git takes x-bitbucket-api-token-auth, the \
                  REST API the Atlassian account email.",
            rewrite: "A server's username becomes the one that its use takes, its password \
                      ${env.BITBUCKET_API_TOKEN}, which Maven expands in settings.xml, or the token \
                      that you hand over: review. A scm URL loses its password and keeps the static \
                      username: review. On a command line for a release both are set with the shell's \
                      variables: review.",
            before: "mvn -B release:prepare release:perform -Dusername=ci-bot -Dpassword=ATBBexampleexampleexampleexample1F2C # scm:git:https://bitbucket.org/team/lib.git",
            after: "mvn -B release:prepare release:perform -Dusername=\"x-bitbucket-api-token-auth\" -Dpassword=\"${BITBUCKET_API_TOKEN}\" # scm:git:https://bitbucket.org/team/lib.git",
            limits: "A server is Bitbucket Cloud's where its id is its host, or names Bitbucket and a \
                     repository of the same file is served by api.bitbucket.org. Other ids, which only \
                     a pom.xml ties to a host, are not seen unless the password has the form of an app \
                     password. Passwords that Maven encrypted ({…}) are left alone.",
            sources: &[
                "https://maven.apache.org/settings.html",
                "https://maven.apache.org/maven-release/maven-release-plugin/prepare-mojo.html",
                FILES_BY_REST,
                API_TOKENS,
            ],
        },
    )
};

/// Gradle sends the credentials of a repository with every request for a file.
pub(crate) const GRADLE: Consumer = Consumer {
    rule: Rule::Gradle,
    name: "Gradle",
    form: UsernameForm::Email,
    evidence: Evidence::Inferred,
    usage: Use::Rest,
    scopes: Scope::GIT_FETCH,
    least_version: None,
    instead: None,
    steps: &[],
    slots: &[],
    variables: &[],
    files: &["*.gradle", "*.gradle.kts", "gradle.properties", "gradle/*.toml"],
    marked_files: &[],
    lock_command: None,
    page: RuleInfo {
        id: "gradle",
        summary: "An app password in the credentials of a Gradle repository at Bitbucket",
        why: "A Maven repository that is kept in a Bitbucket repository is read by HTTPS from \
              api.bitbucket.org (…/src/…) or as a download, with user and password from a credentials \
              block. With an app password that answers HTTP 401 since 2026-07-28. With an API token the \
              username is the Atlassian account email.",
        rewrite: "username and password become System.getenv(\"ATLASSIAN_ACCOUNT_EMAIL\") and \
                  System.getenv(\"BITBUCKET_API_TOKEN\"): review. What reads them from a property or \
                  variable is told, with what has to stand in it. A git URL (sourceControl) loses its \
                  password: review.",
        before: "maven { url \"https://api.bitbucket.org/2.0/repositories/team/maven/src/releases\"; credentials { username \"ci-bot\"; password \"ATBBexampleexampleexampleexample1F2C\" } }",
        after: "maven { url \"https://api.bitbucket.org/2.0/repositories/team/maven/src/releases\"; credentials { username System.getenv(\"ATLASSIAN_ACCOUNT_EMAIL\"); password System.getenv(\"BITBUCKET_API_TOKEN\") } }",
        limits: "url and credentials have to stand in one maven or ivy block. Credentials by name \
                 (credentials(PasswordCredentials)) come from gradle.properties, where only names that \
                 say app password are known.",
        sources: &[
            "https://docs.gradle.org/current/userguide/supported_repository_protocols.html",
            FILES_BY_REST,
            API_TOKENS,
        ],
    },
};
