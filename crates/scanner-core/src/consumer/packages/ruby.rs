//! Bundler.

use super::API_TOKENS;
use crate::bitbucket::Scope;
use crate::consumer::{
    Consumer, Evidence, Format, Shape, Slot, UsernameForm, Variable, VariableRole,
};
use crate::finding::Use;
use crate::rule::{Rule, RuleInfo};

/// Bundler puts the configured pair into the URL that it hands to git.
pub(crate) const BUNDLER: Consumer = Consumer {
    rule: Rule::Bundler,
    name: "Bundler",
    form: UsernameForm::Static,
    evidence: Evidence::Inferred,
    usage: Use::Git,
    scopes: Scope::GIT_FETCH,
    least_version: None,
    instead: None,
    steps: &[],
    slots: &[Slot {
        rule: Rule::Bundler,
        files: &[".bundle/config"],
        formats: &[Format::Yaml],
        path: "BUNDLE_BITBUCKET__ORG",
        shape: Shape::Pair,
        usage: Use::Git,
        form: UsernameForm::Static,
        store: true,
        ..Slot::BASE
    }],
    variables: &[Variable {
        name: "BUNDLE_BITBUCKET__ORG",
        role: VariableRole::Pair(UsernameForm::Static),
        becomes: None,
        adds: None,
        shared: false,
    }],
    files: &[
        "Gemfile",
        "Gemfile.*",
        "*.gemfile",
        "gems.rb",
        "gems.locked",
        "*.gemspec",
        ".bundle/config",
    ],
    marked_files: &[],
    lock_command: Some("bundle lock"),
    page: RuleInfo {
        id: "bundler",
        summary: "An app password that Bundler gets by its config, BUNDLE_BITBUCKET__ORG or a Gemfile",
        why: "Bundler keeps user and password of bitbucket.org in one value, user:password, in \
              .bundle/config or in the variable BUNDLE_BITBUCKET__ORG, and puts it into the URL of \
              every gem's repository there. git answers HTTP 410 since 2026-07-28. An API token takes \
              the place of the password, with x-bitbucket-api-token-auth in front of the colon.",
        rewrite: "The value becomes x-bitbucket-api-token-auth, a colon and the token: what you hand \
                  over, the variable in the syntax of the file, or a placeholder: review. The value of \
                  the variable in the settings of a CI system is told. URLs in a Gemfile or Gemfile.lock \
                  lose the password and keep the static username: review.",
        before: "bundle config set --global bitbucket.org ci-bot:ATBBexampleexampleexampleexample1F2C",
        after: "bundle config set --global bitbucket.org \"x-bitbucket-api-token-auth:${BITBUCKET_API_TOKEN}\"",
        limits: "Bundler leaves a URL with a username alone: where BUNDLE_BITBUCKET__ORG is to answer, \
                 take the username out of the Gemfile's URL as well. The same variable in front of a \
                 URL for raw files or the REST API needs the email there, which one value cannot \
                 hold.",
        sources: &[
            "https://bundler.io/man/bundle-config.1.html",
            "https://github.com/bundler/bundler/commit/7cad928d08c75a7eeed0a4a97199a4f64b5e0ed7",
            API_TOKENS,
        ],
    },
};
