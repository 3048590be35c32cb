//! Composer.

use super::API_TOKENS;
use crate::bitbucket::Scope;
use crate::consumer::{Condition, Consumer, Evidence, Format, Shape, Slot, UsernameForm};
use crate::finding::Use;
use crate::rule::{Rule, RuleInfo};

const FIELDS: Shape = Shape::Fields { username: &["username"], secret: &["password"] };

/// Composer asks the REST API about a package and git for its source, both with one pair.
pub(crate) const COMPOSER: Consumer = Consumer {
    rule: Rule::Composer,
    name: "Composer",
    form: UsernameForm::Email,
    evidence: Evidence::Confirmed,
    usage: Use::Both,
    scopes: Scope::GIT_FETCH,
    least_version: Some("2.8.12"),
    instead: None,
    steps: &[],
    slots: &[
        Slot {
            rule: Rule::Composer,
            files: &["auth.json", "auth.json.*", "auth.*.json", "*-auth.json"],
            formats: &[Format::Json],
            path: "http-basic/{bitbucket}",
            when: &[Condition::Has("password")],
            shape: FIELDS,
            usage: Use::Both,
            form: UsernameForm::Email,
            store: true,
            ..Slot::BASE
        },
        Slot {
            rule: Rule::Composer,
            files: &["composer.json", "config.json"],
            formats: &[Format::Json],
            path: "config/http-basic/{bitbucket}",
            when: &[Condition::Has("password")],
            shape: FIELDS,
            usage: Use::Both,
            form: UsernameForm::Email,
            store: true,
            ..Slot::BASE
        },
    ],
    variables: &[],
    files: &["composer.json", "composer.lock", "composer-*.json"],
    marked_files: &[],
    lock_command: Some("composer update --lock"),
    page: RuleInfo {
        id: "composer",
        summary: "An app password in Composer's auth.json, COMPOSER_AUTH, config command or a repository URL",
        why: "Composer has one pair for bitbucket.org and uses it twice: for the REST API, which tells \
              it of packages, and for git. With an app password both fail since 2026-07-28. From \
              version 2.8.12 on it takes the Atlassian account email and an API token, and puts \
              x-bitbucket-api-token-auth in front of the token by itself where it calls git. An older \
              Composer needs an access token of the repository or workspace.",
        rewrite: "The username becomes the email, the password the token: in auth.json and config.json \
                  what you hand over or placeholders, in COMPOSER_AUTH and in composer config lines \
                  the variables in the syntax of the file: review. Where a script quotes the JSON in single \
                  quotes, in which nothing is expanded, it is told, not made. URLs in composer.json \
                  and composer.lock lose the password and keep the static username: review.",
        before: "composer config --global http-basic.bitbucket.org ci-bot ATBBexampleexampleexampleexample1F2C",
        after: "composer config --global http-basic.bitbucket.org \"${ATLASSIAN_ACCOUNT_EMAIL}\" \"${BITBUCKET_API_TOKEN}\"",
        limits: "bitbucket-oauth (an OAuth consumer) and bearer entries go on working and are no \
                 findings. A COMPOSER_AUTH that comes from the settings of a CI system or from a \
                 file of secrets is not seen. Whether the Composer in use is new enough is not \
                 checked.",
        sources: &[
            "https://github.com/composer/composer/pull/12515",
            "https://github.com/composer/composer/blob/main/CHANGELOG.md",
            "https://getcomposer.org/doc/articles/authentication-for-private-packages.md",
            "https://getcomposer.org/doc/03-cli.md",
            API_TOKENS,
        ],
    },
};
