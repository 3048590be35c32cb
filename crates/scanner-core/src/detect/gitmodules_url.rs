//! Credential URLs in `.gitmodules`.

use crate::document::{Document, FileKind};
use crate::rule::{Rule, RuleInfo};

use super::{Sink, git_config_url};

pub(crate) const INFO: RuleInfo = RuleInfo {
    id: "gitmodules-url",
    summary: "A credential URL in .gitmodules",
    why: "A submodule's URL is committed and read by everybody who clones: an app password in it is \
          public to all of them, and `git submodule update` fails with HTTP 410 since 2026-07-28.",
    rewrite: "git expands no variables here. The user info becomes x-bitbucket-api-token-auth, \
              without a secret, so that git asks each user's credential helper: safe. Clones keep the \
              old URL in .git/config until `git submodule sync`.",
    before: "[submodule \"lib\"]\n\tpath = lib\n\turl = https://ci-bot:ATBBexampleexampleexampleexample1F2C@bitbucket.org/team/lib.git",
    after: "[submodule \"lib\"]\n\tpath = lib\n\turl = https://x-bitbucket-api-token-auth@bitbucket.org/team/lib.git",
    limits: "The secret stays in the history of the repository: revoke it. A username without a \
             secret is a note.",
    sources: &[
        "https://support.atlassian.com/bitbucket-cloud/docs/using-api-tokens",
        "https://git-scm.com/docs/gitmodules",
    ],
};

/// Sees credential URLs in `.gitmodules`.
pub(crate) fn detect(doc: &Document<'_>, sink: &mut Sink) {
    if doc.kind == FileKind::Gitmodules {
        git_config_url::detect_for(Rule::GitmodulesUrl, doc, sink);
    }
}

#[cfg(test)]
pub(crate) const EXAMPLES: super::testing::Examples = super::testing::Examples {
    rule: Rule::GitmodulesUrl,
    matching: &[
        (".gitmodules", "[submodule \"a\"]\n\turl = https://joe:§app§@bitbucket.org/t/a.git\n"),
        ("x/.gitmodules", "[submodule \"a\"]\n\turl = https://joe@bitbucket.org/t/a.git\n"),
    ],
    other: &[
        (".gitmodules", "[submodule \"a\"]\n\turl = ../a.git\n"),
        (".gitmodules", "[submodule \"a\"]\n\turl = git@bitbucket.org:t/a.git\n"),
        (".git/config", "[submodule \"a\"]\n\turl = https://joe:§app§@bitbucket.org/t/a.git\n"),
    ],
};
