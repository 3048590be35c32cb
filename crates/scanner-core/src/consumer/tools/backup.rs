//! Programs that copy all repositories of an account.

use super::{API_TOKENS, OTHER_APPLICATIONS};
use crate::bitbucket::Scope;
use crate::consumer::{Condition, Consumer, Evidence, Format, Shape, Slot, UsernameForm};
use crate::finding::Use;
use crate::rule::{Rule, RuleInfo};

const LIST_AND_CLONE: &[Scope] = &[Scope::ReadUser, Scope::ReadWorkspace, Scope::ReadRepository];

/// gitbackup reads `BITBUCKET_USERNAME` and `BITBUCKET_PASSWORD`, which other tools read too.
pub(crate) const GITBACKUP: Consumer = Consumer {
    rule: Rule::Gitbackup,
    name: "gitbackup",
    form: UsernameForm::Email,
    evidence: Evidence::Confirmed,
    usage: Use::Rest,
    scopes: LIST_AND_CLONE,
    least_version: Some("1.1"),
    steps: &[
        "set BITBUCKET_WORKSPACES to the slugs of the workspaces, which newer releases of gitbackup \
         need",
    ],
    page: RuleInfo {
        id: "gitbackup",
        summary: "A gitbackup command that gets an app password by BITBUCKET_PASSWORD",
        why: "gitbackup lists repositories over the REST API with BITBUCKET_USERNAME and \
              BITBUCKET_PASSWORD, which held an app password; the API answers HTTP 401 since \
              2026-07-28. From version 1.1 on it takes an API token, in BITBUCKET_TOKEN or \
              BITBUCKET_PASSWORD, and the email of the Atlassian account, in BITBUCKET_EMAIL or \
              BITBUCKET_USERNAME.",
        rewrite: "The values of both variables in front of the command become the variables of the email \
                  and the token in the syntax of the file: review.",
        before: "BITBUCKET_USERNAME=ci-bot BITBUCKET_PASSWORD=ATBBexampleexampleexampleexample1F2C gitbackup -service bitbucket",
        after: "BITBUCKET_USERNAME=\"${ATLASSIAN_ACCOUNT_EMAIL}\" BITBUCKET_PASSWORD=\"${BITBUCKET_API_TOKEN}\" gitbackup -service bitbucket",
        limits: "Only what stands in front of the command is told to be gitbackup's; the same variables \
                 elsewhere are reported under env-variable where their file names Bitbucket Cloud. With \
                 -use-https-clone the password went into the remotes of the copies: their git configs \
                 are to be swept, too.",
        sources: &[
            "https://github.com/amitsaha/gitbackup/issues/197",
            "https://github.com/amitsaha/gitbackup/releases/tag/v1.1",
            "https://github.com/amitsaha/gitbackup",
            API_TOKENS,
        ],
    },
    ..Consumer::BASE
};

/// SCM Backup asks the REST API with one name and git with another.
pub(crate) const SCM_BACKUP: Consumer = Consumer {
    rule: Rule::ScmBackup,
    name: "SCM Backup",
    form: UsernameForm::Both,
    evidence: Evidence::Confirmed,
    usage: Use::Both,
    scopes: Scope::GIT_FETCH,
    slots: &[Slot {
        rule: Rule::ScmBackup,
        files: &["settings.yml", "settings.yaml", "*scm-backup*.yml"],
        formats: &[Format::Yaml],
        path: "sources/[]",
        when: &[
            Condition::Is("hoster", &["bitbucket"]),
            Condition::Has("password"),
            Condition::Lacks("apiAuthName"),
        ],
        shape: Shape::Fields { username: &["authName"], secret: &["password"] },
        usage: Use::Both,
        form: UsernameForm::Static,
        adds: &[("apiAuthName", UsernameForm::Email)],
        store: true,
        ..Slot::BASE
    }],
    steps: &[
        "take a release of SCM Backup that knows apiAuthName (pull request 85, merged after 1.9): older \
         ones know one name alone",
    ],
    page: RuleInfo {
        id: "scm-backup",
        summary: "An app password in a Bitbucket source of SCM Backup's settings.yml",
        why: "SCM Backup lists repositories over the REST API and clones them, both with authName and \
              password of the source. With an app password both fail since 2026-07-28. An API token goes \
              to the API under the email of the Atlassian account, for which apiAuthName was added, and \
              to git under x-bitbucket-api-token-auth.",
        rewrite: "authName becomes x-bitbucket-api-token-auth, apiAuthName is added with the email, the \
                  password becomes the token that you hand over or a placeholder: review.",
        before: "sources:\n  - title: team\n    hoster: bitbucket\n    type: org\n    name: team\n    authName: ci-bot\n    password: ATBBexampleexampleexampleexample1F2C",
        after: "sources:\n  - title: team\n    hoster: bitbucket\n    type: org\n    name: team\n    authName: x-bitbucket-api-token-auth\n    apiAuthName: REPLACE_WITH_ATLASSIAN_ACCOUNT_EMAIL\n    password: REPLACE_WITH_BITBUCKET_API_TOKEN",
        limits: "For a source of the type user SCM Backup warns that authName differs from name, and goes \
                 on. A source that has apiAuthName already is taken to be right. The copy of the settings \
                 that SCM Backup makes in each backup holds the old password.",
        sources: &[
            "https://github.com/christianspecht/scm-backup/pull/85",
            "https://github.com/christianspecht/scm-backup/issues/84",
            "https://github.com/christianspecht/scm-backup-docs/blob/master/source/bitbucket-backup-users.rst",
            API_TOKENS,
        ],
    },
    ..Consumer::BASE
};

/// bucketcloner has options for both.
pub(crate) const BUCKETCLONER: Consumer = Consumer {
    rule: Rule::Bucketcloner,
    name: "bucketcloner",
    form: UsernameForm::Email,
    evidence: Evidence::Confirmed,
    usage: Use::Rest,
    scopes: LIST_AND_CLONE,
    least_version: Some("0.3.0"),
    page: RuleInfo {
        id: "bucketcloner",
        summary: "A bucketcloner command with a username and an app password",
        why: "bucketcloner lists the repositories of a workspace over the REST API and clones them. With \
              an app password (-u and -p) that fails since 2026-07-28. From version 0.3.0 on it takes \
              the email of the Atlassian account by -e and an API token by -t, and no others.",
        rewrite: "-u becomes -e with the variable of the email, -p becomes -t with the variable of the \
                  token, in the syntax of the file: review.",
        before: "bucketcloner -u ci-bot -p ATBBexampleexampleexampleexample1F2C clone # bitbucket.org",
        after: "bucketcloner -e \"${ATLASSIAN_ACCOUNT_EMAIL}\" -t \"${BITBUCKET_API_TOKEN}\" clone # bitbucket.org",
        limits: "A file that names Bitbucket nowhere and holds no app password is not looked at, so that \
                 bucketcloner -u with variables alone is seen only beside such a word.",
        sources: &[
            "https://github.com/phillies/bucketcloner/pull/6",
            "https://github.com/phillies/bucketcloner/blob/main/CHANGELOG.md",
            API_TOKENS,
        ],
    },
    ..Consumer::BASE
};

/// The extension of `gh` that exports repositories for GitHub's importer.
pub(crate) const GH_BBC_EXPORTER: Consumer = Consumer {
    rule: Rule::GhBbcExporter,
    name: "gh-bbc-exporter",
    form: UsernameForm::Email,
    evidence: Evidence::Confirmed,
    usage: Use::Both,
    scopes: &[
        Scope::ReadAccount,
        Scope::ReadPullrequest,
        Scope::ReadRepository,
        Scope::ReadWorkspace,
    ],
    page: RuleInfo {
        id: "gh-bbc-exporter",
        summary: "A gh bbc-exporter command with a username and an app password",
        why: "gh bbc-exporter reads repositories and pull requests of Bitbucket Cloud with --user and \
              --app-password, which fail since 2026-07-28. It takes an API token by --api-token and the \
              email of the Atlassian account by --email.",
        rewrite: "--user becomes --email with the variable of the email, --app-password becomes \
                  --api-token with the variable of the token, in the syntax of the file: review.",
        before: "gh bbc-exporter export -w team -r repo -u ci-bot -p ATBBexampleexampleexampleexample1F2C",
        after: "gh bbc-exporter export -w team -r repo --email \"${ATLASSIAN_ACCOUNT_EMAIL}\" --api-token \"${BITBUCKET_API_TOKEN}\"",
        limits: "BITBUCKET_USERNAME and BITBUCKET_APP_PASSWORD in the environment are reported under \
                 env-variable; the program reads BITBUCKET_EMAIL and BITBUCKET_API_TOKEN instead.",
        sources: &[
            "https://github.com/katiem0/gh-bbc-exporter",
            "https://github.com/katiem0/gh-bbc-exporter/issues/32",
            OTHER_APPLICATIONS,
        ],
    },
    ..Consumer::BASE
};
