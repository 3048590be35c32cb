//! pip, uv, Poetry and Pipenv.

use super::{API_TOKENS, by_git_url};
use crate::consumer::{Consumer, Evidence, Format, Shape, Slot, UsernameForm};
use crate::finding::Use;
use crate::rule::{Rule, RuleInfo};

/// pip runs git with the URL, and expands `${NAME}` in requirements files.
pub(crate) const PIP: Consumer = Consumer {
    evidence: Evidence::Confirmed,
    ..by_git_url(
        Rule::Pip,
        "pip",
        &[
            "requirements*.txt",
            "*requirements.txt",
            "requirements/*.txt",
            "requirements*.in",
            "*requirements.in",
            "requirements/*.in",
            "constraints*.txt",
            "*constraints.txt",
            "pip.conf",
            "pip.ini",
            "setup.cfg",
            "setup.py",
            "pyproject.toml",
            "environment.yml",
            "environment.yaml",
            "tox.ini",
        ],
        &[],
        RuleInfo {
            id: "pip",
            summary: "An app password in the URL of a Python requirement",
            why: "pip hands git+https://user:password@bitbucket.org/… to git as it stands. With an app \
                  password in it git answers HTTP 410 since 2026-07-28; with an API token it takes \
                  x-bitbucket-api-token-auth as the username.",
            rewrite: "In requirements and constraints files, where pip expands ${NAME} of capital \
                      letters, the user info becomes x-bitbucket-api-token-auth:${BITBUCKET_API_TOKEN}: \
                      safe. In setup.py, setup.cfg, pyproject.toml and pip.conf, where nothing is \
                      expanded, the password goes and a credential helper answers: review.",
            before: "lib @ git+https://ci-bot:ATBBexampleexampleexampleexample1F2C@bitbucket.org/team/lib.git@v1.2.0",
            after: "lib @ git+https://x-bitbucket-api-token-auth:${BITBUCKET_API_TOKEN}@bitbucket.org/team/lib.git@v1.2.0",
            limits: "Tools that read requirements files without pip may not expand variables. What pip \
                     freeze wrote into a file holds no password.",
            sources: &[
                "https://pip.pypa.io/en/stable/reference/requirements-file-format/",
                "https://pip.pypa.io/en/stable/topics/vcs-support/",
                "https://docs.conda.io/projects/conda/en/latest/user-guide/tasks/manage-environments.html",
                API_TOKENS,
            ],
        },
    )
};

/// uv asks git, with the credentials of the URL.
pub(crate) const UV: Consumer = Consumer {
    evidence: Evidence::Confirmed,
    lock_command: Some("uv lock"),
    marked_files: &[("pyproject.toml", "[tool.uv")],
    ..by_git_url(
        Rule::Uv,
        "uv",
        &["uv.lock", "uv.toml"],
        &[],
        RuleInfo {
            id: "uv",
            summary: "An app password in the URL of a dependency that uv installs",
            why: "uv takes the user and password of a git URL in pyproject.toml and hands them to git. \
                  With an app password git answers HTTP 410 since 2026-07-28. Without a password in \
                  the URL uv asks git's credential helper.",
            rewrite: "pyproject.toml, uv.toml and uv.lock expand nothing: the password goes, the static \
                      username stays and a credential helper answers: review. uv.lock is to be written \
                      again by uv lock.",
            before: r#"lib = { git = "https://ci-bot:ATBBexampleexampleexampleexample1F2C@bitbucket.org/team/lib.git" }"#,
            after: r#"lib = { git = "https://x-bitbucket-api-token-auth@bitbucket.org/team/lib.git" }"#,
            limits: "A pyproject.toml is uv's where it has a table [tool.uv]. uv add writes no \
                     credentials into it or into the lock file, so most passwords there were written \
                     by hand. What uv auth stored is for packages' indexes and not for git.",
            sources: &[
                "https://docs.astral.sh/uv/concepts/authentication/git",
                "https://docs.astral.sh/uv/concepts/authentication/cli",
                API_TOKENS,
            ],
        },
    )
};

/// Poetry's own git client takes the credentials of the URL or those configured for it.
pub(crate) const POETRY: Consumer = Consumer {
    evidence: Evidence::Confirmed,
    lock_command: Some("poetry lock"),
    marked_files: &[("pyproject.toml", "[tool.poetry")],
    slots: &[Slot {
        rule: Rule::Poetry,
        files: &["auth.toml"],
        formats: &[Format::Toml],
        path: "http-basic/{bitbucket}",
        shape: Shape::Fields { username: &["username"], secret: &["password"] },
        usage: Use::Git,
        form: UsernameForm::Static,
        store: true,
        ..Slot::BASE
    }],
    ..by_git_url(
        Rule::Poetry,
        "Poetry",
        &["poetry.lock", "poetry.toml", "pypoetry/auth.toml", "pypoetry/config.toml"],
        &["let Poetry know the token: poetry config repositories.git-NAME with the repository's \
             URL, then poetry config http-basic.git-NAME x-bitbucket-api-token-auth and the token; or \
             poetry config system-git-client true, so that git's credential helper answers"],
        RuleInfo {
            id: "poetry",
            summary: "An app password in a git dependency of Poetry or in its http-basic configuration",
            why: "Poetry clones git dependencies with a client of its own, which takes user and password \
                  from the URL or from poetry config http-basic. With an app password Bitbucket answers \
                  HTTP 410 since 2026-07-28; git takes an API token under x-bitbucket-api-token-auth.",
            rewrite: "pyproject.toml and poetry.lock expand nothing: the password goes and the static \
                      username stays: review, with poetry lock to be run. In poetry config lines the \
                      username becomes the static one and the password the variable: safe where a \
                      shell expands it and the line says that the repository is Bitbucket's.",
            before: "poetry config http-basic.git-bitbucket ci-bot ATBBexampleexampleexampleexample1F2C # https://bitbucket.org/team/lib.git",
            after: "poetry config http-basic.git-bitbucket \"x-bitbucket-api-token-auth\" \"${BITBUCKET_API_TOKEN}\" # https://bitbucket.org/team/lib.git",
            limits: "A pyproject.toml is Poetry's where it has a table [tool.poetry]. The name of a \
                     configured repository has to contain bitbucket, or its URL to stand in the same \
                     file; POETRY_HTTP_BASIC_NAME_PASSWORD is known under names with BITBUCKET in \
                     them. A keyring is not read.",
            sources: &[
                "https://python-poetry.org/docs/dependency-specification/",
                "https://python-poetry.org/docs/repositories/",
                "https://python-poetry.org/docs/configuration/",
                API_TOKENS,
            ],
        },
    )
};

/// Pipenv hands the URL to git.
pub(crate) const PIPENV: Consumer = Consumer {
    evidence: Evidence::Confirmed,
    lock_command: Some("pipenv lock"),
    ..by_git_url(
        Rule::Pipenv,
        "Pipenv",
        &["Pipfile", "Pipfile.lock"],
        &[],
        RuleInfo {
            id: "pipenv",
            summary: "An app password in the git URL of a Pipfile or Pipfile.lock",
            why: "Pipenv hands the URL of a git dependency to git, user and password and all. With an app \
                  password git answers HTTP 410 since 2026-07-28; with an API token it takes \
                  x-bitbucket-api-token-auth as the username.",
            rewrite: "The password goes from the URL of a Pipfile and of Pipfile.lock, the static username \
                      stays and a credential helper answers: review, with pipenv lock to be run. A \
                      URL that reads a variable gets the static username: review.",
            before: r#"lib = {git = "https://ci-bot:ATBBexampleexampleexampleexample1F2C@bitbucket.org/team/lib.git", ref = "v1.2.0"}"#,
            after: r#"lib = {git = "https://x-bitbucket-api-token-auth@bitbucket.org/team/lib.git", ref = "v1.2.0"}"#,
            limits: "Pipenv expands ${NAME} in a Pipfile, in git URLs as newer releases do it: which \
                     release began is not known here, so that no variable is put there.",
            sources: &["https://pipenv.pypa.io/en/latest/credentials.html", API_TOKENS],
        },
    )
};
