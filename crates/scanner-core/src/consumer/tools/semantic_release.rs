//! semantic-release.

use super::API_TOKENS;
use crate::bitbucket::Scope;
use crate::consumer::{Consumer, Evidence, UsernameForm, Variable, VariableRole};
use crate::finding::Use;
use crate::rule::{Rule, RuleInfo};

const fn pair(name: &'static str) -> Variable {
    Variable {
        name,
        role: VariableRole::Pair(UsernameForm::Static),
        becomes: None,
        adds: None,
        shared: false,
    }
}

/// It puts the pair into the URL that it pushes tags to.
pub(crate) const SEMANTIC_RELEASE: Consumer = Consumer {
    rule: Rule::SemanticRelease,
    name: "semantic-release",
    form: UsernameForm::Static,
    evidence: Evidence::Inferred,
    usage: Use::Git,
    scopes: Scope::GIT_PUSH,
    variables: &[pair("BB_TOKEN_BASIC_AUTH"), pair("BITBUCKET_TOKEN_BASIC_AUTH")],
    page: RuleInfo {
        id: "semantic-release",
        summary: "An app password that semantic-release gets by BB_TOKEN_BASIC_AUTH",
        why: "semantic-release puts the value of BB_TOKEN_BASIC_AUTH or BITBUCKET_TOKEN_BASIC_AUTH, a \
              username, a colon and an app password, into the URL that it pushes to. git answers \
              HTTP 410 since 2026-07-28, so that no release is tagged. With an API token the username in \
              front of the colon has to be x-bitbucket-api-token-auth.",
        rewrite: "The value becomes x-bitbucket-api-token-auth, a colon and the token: the variable in \
                  the syntax of the file or a placeholder: review. The value in the settings of a CI \
                  system is told.",
        before: "export BB_TOKEN_BASIC_AUTH=ci-bot:ATBBexampleexampleexampleexample1F2C",
        after: "export BB_TOKEN_BASIC_AUTH=x-bitbucket-api-token-auth:${BITBUCKET_API_TOKEN}",
        limits: "BB_TOKEN and BITBUCKET_TOKEN hold access tokens, in front of which semantic-release \
                 writes x-token-auth: they are no findings, and an API token fails in them.",
        sources: &[
            "https://semantic-release.gitbook.io/semantic-release/usage/ci-configuration",
            "https://github.com/semantic-release/semantic-release/blob/master/lib/get-git-auth-url.js",
            "https://github.com/semantic-release/semantic-release/issues/2423",
            API_TOKENS,
        ],
    },
    ..Consumer::BASE
};
