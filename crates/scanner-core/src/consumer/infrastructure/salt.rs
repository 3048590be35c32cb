//! Salt.

use super::API_TOKENS;
use crate::bitbucket::Scope;
use crate::consumer::{Condition, Consumer, Evidence, Format, Shape, Slot, UsernameForm};
use crate::finding::Use;
use crate::rule::{Rule, RuleInfo};

/// The configuration of a master or minion.
const MASTER: Slot = Slot {
    rule: Rule::Salt,
    files: &[
        "etc/salt/master",
        "etc/salt/minion",
        "salt/master",
        "salt/minion",
        "master.d/*.conf",
        "minion.d/*.conf",
        "*.sls",
        "salt/**/*.yaml",
        "salt/**/*.yml",
    ],
    formats: &[Format::Yaml],
    path: "",
    when: &[Condition::CloudInFile],
    usage: Use::Git,
    form: UsernameForm::Static,
    store: true,
    evidence: Some(Evidence::Inferred),
    ..Slot::BASE
};

const STATE: Slot = Slot {
    files: &["*.sls"],
    when: &[Condition::Cloud("[]/name")],
    shape: Shape::Fields { username: &["[]/https_user"], secret: &["[]/https_pass"] },
    store: false,
    ..MASTER
};

/// gitfs, `git_pillar` and the git states run git, or a library that asks as git does.
pub(crate) const SALT: Consumer = Consumer {
    rule: Rule::Salt,
    name: "Salt",
    form: UsernameForm::Static,
    evidence: Evidence::Confirmed,
    usage: Use::Git,
    scopes: Scope::GIT_FETCH,
    slots: &[
        Slot {
            when: &[Condition::Any(&[
                Condition::Cloud("gitfs_remotes/**"),
                Condition::Has("gitfs_remotes/[]/{bitbucket}"),
            ])],
            shape: Shape::Fields { username: &["gitfs_user"], secret: &["gitfs_password"] },
            ..MASTER
        },
        Slot {
            when: &[Condition::Any(&[
                Condition::Cloud("ext_pillar/[]/git/**"),
                Condition::Has("ext_pillar/[]/git/[]/{bitbucket}"),
            ])],
            shape: Shape::Fields {
                username: &["git_pillar_user"],
                secret: &["git_pillar_password"],
            },
            ..MASTER
        },
        // The options of one remote.
        Slot {
            path: "gitfs_remotes/[]/{bitbucket}",
            shape: Shape::Fields { username: &["[]/user"], secret: &["[]/password"] },
            ..MASTER
        },
        Slot {
            path: "ext_pillar/[]/git/[]/{bitbucket}",
            shape: Shape::Fields { username: &["[]/user"], secret: &["[]/password"] },
            ..MASTER
        },
        Slot { path: "*/git.latest", ..STATE },
        Slot { path: "*/git.cloned", ..STATE },
        Slot { path: "*/git.detached", ..STATE },
    ],
    files: &[
        "*.sls",
        "etc/salt/**",
        "salt/master",
        "salt/minion",
        "master.d/*.conf",
        "minion.d/*.conf",
        "Saltfile",
    ],
    page: RuleInfo {
        id: "salt",
        summary: "An app password in Salt's gitfs, git_pillar, git states or pillar",
        why: "A master fetches its states and pillar from the remotes of gitfs and git_pillar with the \
              user and password of its configuration, a state clones with https_user and https_pass or \
              with what the URL holds. With an app password git answers HTTP 410 since 2026-07-28; with \
              an API token it takes x-bitbucket-api-token-auth as the username.",
        rewrite: "The username becomes the static one, the password a placeholder or the token that you \
                  hand over: review. A URL loses its password and keeps the static username: review.",
        before: r#"{"app": {"git.latest": [{"name": "https://bitbucket.org/team/app.git"}, {"https_user": "ci-bot"}, {"https_pass": "ATBBexampleexampleexampleexample1F2C"}]}}"#,
        after: r#"{"app": {"git.latest": [{"name": "https://bitbucket.org/team/app.git"}, {"https_user": "x-bitbucket-api-token-auth"}, {"https_pass": "REPLACE_WITH_BITBUCKET_API_TOKEN"}]}}"#,
        limits: "A state file in which Jinja stands outside of quotes is no YAML before it is rendered: \
                 of such a file only URLs and variables are told.",
        sources: &[
            "https://docs.saltproject.io/en/latest/topics/tutorials/gitfs.html",
            "https://docs.saltproject.io/en/latest/ref/configuration/master.html",
            "https://docs.saltproject.io/en/latest/ref/states/all/salt.states.git.html",
            API_TOKENS,
        ],
    },
    ..Consumer::BASE
};
