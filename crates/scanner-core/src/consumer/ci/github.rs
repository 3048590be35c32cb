//! GitHub Actions, and what reads its workflows: Gitea, Forgejo.

use super::{API_TOKENS, RUNS_LINES};
use crate::bitbucket::Scope;
use crate::consumer::{Condition, Consumer, Evidence, Format, Pin, Shape, Slot, UsernameForm};
use crate::finding::Use;
use crate::rule::{Rule, RuleInfo};

const FILES: &[&str] = &[
    ".github/workflows/*.yml",
    ".github/workflows/*.yaml",
    ".gitea/workflows/*.yml",
    ".gitea/workflows/*.yaml",
    ".forgejo/workflows/*.yml",
    ".forgejo/workflows/*.yaml",
    "action.yml",
    "action.yaml",
];

/// An action that pushes to what one of its inputs names.
const PUSHES: Slot = Slot {
    rule: Rule::GithubActions,
    files: FILES,
    formats: &[Format::Yaml],
    path: "**/steps/[]/with",
    usage: Use::Git,
    form: UsernameForm::Static,
    scopes: Scope::GIT_PUSH,
    expands: Some("${{ secrets.NAME }}"),
    evidence: Some(Evidence::Inferred),
    ..Slot::BASE
};

pub(crate) const GITHUB_ACTIONS: Consumer = Consumer {
    rule: Rule::GithubActions,
    name: "GitHub Actions",
    instead: Some(
        "git push in a run step, with x-bitbucket-api-token-auth and the token as a secret, or an \
         action that takes the email and the API token apart",
    ),
    steps: &[
        "create the secret under Settings > Secrets and variables > Actions of the repository or \
         organization, or of the environment where the old one is",
    ],
    slots: &[
        // Hands REMOTE to git and the pair to its credential helper.
        Slot {
            when: &[Condition::Contains("../uses", "/mirror-action@"), Condition::Cloud("REMOTE")],
            shape: Shape::Fields { username: &["GIT_USERNAME"], secret: &["GIT_PASSWORD"] },
            ..PUSHES
        },
        // Puts both into the remote's URL.
        Slot {
            when: &[
                Condition::Contains("../uses", "/git-repo-sync@"),
                Condition::Cloud("target-url"),
            ],
            shape: Shape::Fields { username: &["target-username"], secret: &["target-token"] },
            ..PUSHES
        },
        // The same for each of its targets; before 1.0.1 the secret's input had another name.
        Slot {
            when: &[
                Condition::Contains("../uses", "somaz94/git-mirror-action@"),
                Condition::Cloud("targets"),
                Condition::Has("bitbucket_password"),
            ],
            shape: Shape::Fields {
                username: &["bitbucket_username"],
                secret: &["bitbucket_password"],
            },
            keys: &[("bitbucket_password", "bitbucket_api_token")],
            pin: Some(Pin {
                path: "../uses",
                versions: &[("somaz94/git-mirror-action", Some("1.0.1"))],
            }),
            ..PUSHES
        },
        Slot {
            when: &[
                Condition::Contains("../uses", "somaz94/git-mirror-action@"),
                Condition::Cloud("targets"),
            ],
            shape: Shape::Fields {
                username: &["bitbucket_username"],
                secret: &["bitbucket_api_token"],
            },
            ..PUSHES
        },
        // Calls the REST API and git with one pair: no username is right for both.
        Slot {
            when: &[
                Condition::Contains("../uses", "/mirror-to-bitbucket-github-action@"),
                Condition::Has("password"),
            ],
            shape: Shape::Fields { username: &["username"], secret: &["password"] },
            usage: Use::Both,
            form: UsernameForm::Unsupported,
            scopes: &[
                Scope::ReadUser,
                Scope::ReadRepository,
                Scope::WriteRepository,
                Scope::AdminRepository,
            ],
            ..PUSHES
        },
    ],
    files: FILES,
    page: RuleInfo {
        id: "github-actions",
        summary: "An app password in a git URL of a workflow, or in the inputs of an action",
        why: "Workflows that mirror to Bitbucket or fetch a private library from it push or clone with \
              a URL, or hand a username and a secret to an action that does. With an app password git \
              answers HTTP 410 since 2026-07-28. An API token goes to git under \
              x-bitbucket-api-token-auth. An action that uses one pair for git and for the REST API, \
              as mirror-to-bitbucket-github-action does, cannot work with an API token: REST wants the \
              email, git rejects it.",
        rewrite: "The user info of a URL becomes x-bitbucket-api-token-auth:${{ secrets.BITBUCKET_API_TOKEN \
                  }}: safe, and review where a secret gets another name. The inputs of mirror-action, \
                  git-repo-sync and git-mirror-action get the static username and that secret: review. \
                  For mirror-to-bitbucket-github-action: manual, with what to use instead.",
        before: "- run: git push --mirror https://ci-bot:ATBBexampleexampleexampleexample1F2C@bitbucket.org/team/repo.git",
        after: "- run: git push --mirror https://x-bitbucket-api-token-auth:${{ secrets.BITBUCKET_API_TOKEN }}@bitbucket.org/team/repo.git",
        limits: "Inputs of actions that are not named here are seen by their names only \
                 (bitbucket-app-password), as env-variable. The fork of \
                 mirror-to-bitbucket-github-action that takes email and api-token is no finding.",
        sources: &[
            API_TOKENS,
            "https://docs.github.com/actions/security-guides/using-secrets-in-github-actions",
            "https://github.com/yesolutions/mirror-action/blob/master/entrypoint.sh",
            "https://github.com/wangchucheng/git-repo-sync/blob/main/entrypoint.sh",
            "https://github.com/somaz94/git-mirror-action/blob/main/action.yml",
            "https://github.com/heussd/mirror-to-bitbucket-github-action/blob/main/fillbucket.sh",
            "https://github.com/AndrewScott-Ingram/mirror-to-bitbucket-github-action/blob/main/action.yml",
        ],
    },
    ..RUNS_LINES
};
