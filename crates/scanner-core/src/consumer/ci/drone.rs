//! Drone and Woodpecker, which share plugins and most of their syntax.

use super::{API_TOKENS, RUNS_LINES};
use crate::bitbucket::Scope;
use crate::consumer::{Condition, Consumer, Evidence, Format, Shape, Slot, UsernameForm};
use crate::finding::Use;
use crate::rule::{Rule, RuleInfo};

const DRONE_FILES: &[&str] = &[".drone.yml", ".drone.yaml", ".drone/**/*.yml", "*.drone.yml"];
const WOODPECKER_FILES: &[&str] =
    &[".woodpecker.yml", ".woodpecker.yaml", ".woodpecker/**/*.yml", ".woodpecker/**/*.yaml"];

/// Writes the pair into a netrc file for git.
const fn git_push(rule: Rule, files: &'static [&'static str], from_secret: bool) -> Slot {
    Slot {
        rule,
        files,
        formats: &[Format::Yaml],
        path: "**/settings",
        when: if from_secret {
            &[
                Condition::Contains("../image", "drone-git-push"),
                Condition::Cloud("remote"),
                Condition::Has("password/from_secret"),
                Condition::Lacks("username/from_secret"),
            ]
        } else {
            &[
                Condition::Contains("../image", "drone-git-push"),
                Condition::Cloud("remote"),
                Condition::Lacks("password/from_secret"),
                Condition::Lacks("username/from_secret"),
            ]
        },
        shape: Shape::Fields {
            username: &["username"],
            secret: if from_secret { &["password/from_secret"] } else { &["password"] },
        },
        usage: Use::Git,
        form: UsernameForm::Static,
        scopes: Scope::GIT_PUSH,
        names_secret: from_secret,
        evidence: Some(Evidence::Inferred),
        ..Slot::BASE
    }
}

/// Hands `user:secret` to curl for uploads and build statuses.
const fn artifacts(rule: Rule, files: &'static [&'static str]) -> Slot {
    Slot {
        rule,
        files,
        formats: &[Format::Yaml],
        path: "**/settings/auth_string",
        when: &[Condition::Contains("../image", "bitbucket-artifacts")],
        shape: Shape::Pair,
        usage: Use::Rest,
        form: UsernameForm::Email,
        scopes: &[Scope::WriteRepository],
        evidence: Some(Evidence::Inferred),
        ..Slot::BASE
    }
}

const SOURCES: &[&str] = &[
    API_TOKENS,
    "https://docs.drone.io/secret/",
    "https://woodpecker-ci.org/docs/usage/secrets",
    "https://github.com/appleboy/drone-git-push/blob/master/main.go",
    "https://github.com/AlbinoDrought/drone-bitbucket-artifacts/blob/master/deploy.sh",
];

pub(crate) const DRONE: Consumer = Consumer {
    rule: Rule::Drone,
    name: "Drone",
    steps: &[
        "set the secret in the repository's or organization's Settings > Secrets, or with drone secret \
         add, and hand it to the step by environment: NAME: from_secret",
    ],
    slots: &[
        git_push(Rule::Drone, DRONE_FILES, true),
        git_push(Rule::Drone, DRONE_FILES, false),
        artifacts(Rule::Drone, DRONE_FILES),
    ],
    files: &[
        ".drone.yml",
        ".drone.yaml",
        ".drone/**",
        "*.drone.yml",
        ".drone.star",
        ".drone.jsonnet",
    ],
    page: RuleInfo {
        id: "drone",
        summary: "An app password in a git URL of .drone.yml, or in a plugin's settings",
        why: "Drone signs in to Bitbucket by OAuth and clones with what that gives; a second repository is \
              cloned by URL, and plugins that push or upload take a username and a secret. With an app \
              password git answers HTTP 410 and the REST API 401 since 2026-07-28.",
        rewrite: "The user info of a URL in commands becomes \
                  x-bitbucket-api-token-auth:$BITBUCKET_API_TOKEN, a variable that the step has to get from \
                  a secret: safe, and review where a variable gets another name. drone-git-push gets the static username and keeps its secret: \
                  review. The auth_string of drone-bitbucket-artifacts goes to the REST API: its username \
                  becomes the email and a literal secret a placeholder, review.",
        before: "steps:\n  - name: push\n    image: appleboy/drone-git-push\n    settings:\n      remote: https://bitbucket.org/team/repo.git\n      username: ci-bot\n      password: ATBBexampleexampleexampleexample1F2C",
        after: "steps:\n  - name: push\n    image: appleboy/drone-git-push\n    settings:\n      remote: https://bitbucket.org/team/repo.git\n      username: x-bitbucket-api-token-auth\n      password: REPLACE_WITH_BITBUCKET_API_TOKEN",
        limits: "A username from a secret stays as it is and is no finding. The server's own settings \
                 (DRONE_BITBUCKET_CLIENT_ID) are an OAuth consumer. Other plugins are seen by the names \
                 of their variables only.",
        sources: SOURCES,
    },
    ..RUNS_LINES
};

pub(crate) const WOODPECKER: Consumer = Consumer {
    rule: Rule::Woodpecker,
    name: "Woodpecker",
    steps: &[
        "set the secret in the repository's or organization's Settings > Secrets, or with woodpecker-cli \
         secret add, and hand it to the step by environment: NAME: from_secret",
    ],
    slots: &[
        git_push(Rule::Woodpecker, WOODPECKER_FILES, true),
        git_push(Rule::Woodpecker, WOODPECKER_FILES, false),
        artifacts(Rule::Woodpecker, WOODPECKER_FILES),
    ],
    files: WOODPECKER_FILES,
    page: RuleInfo {
        id: "woodpecker",
        summary: "An app password in a git URL of .woodpecker.yml, or in a plugin's settings",
        why: "Woodpecker signs in to Bitbucket by OAuth and clones with what that gives; a second \
              repository is cloned by URL, and plugins that push or upload take a username and a secret. \
              With an app password git answers HTTP 410 and the REST API 401 since 2026-07-28.",
        rewrite: "As for Drone: URLs in commands get the static username and the variable of the token, \
                  safe; drone-git-push gets the static username, review; a literal secret in a plugin's \
                  settings becomes a placeholder: review.",
        before: "steps:\n  push:\n    image: appleboy/drone-git-push\n    settings:\n      remote: https://bitbucket.org/team/repo.git\n      username: ci-bot\n      password: ATBBexampleexampleexampleexample1F2C",
        after: "steps:\n  push:\n    image: appleboy/drone-git-push\n    settings:\n      remote: https://bitbucket.org/team/repo.git\n      username: x-bitbucket-api-token-auth\n      password: REPLACE_WITH_BITBUCKET_API_TOKEN",
        limits: "A username from a secret stays as it is and is no finding. The server's own settings \
                 (WOODPECKER_BITBUCKET_CLIENT) are an OAuth consumer. Other plugins are seen by the names \
                 of their variables only.",
        sources: SOURCES,
    },
    ..RUNS_LINES
};
