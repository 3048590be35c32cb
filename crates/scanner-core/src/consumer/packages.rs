//! Package managers and what they write.

pub(crate) mod apple;
pub(crate) mod go;
pub(crate) mod jvm;
pub(crate) mod node;
pub(crate) mod php;
pub(crate) mod python;
pub(crate) mod ruby;
pub(crate) mod rust;

use super::{Consumer, Evidence, UsernameForm};
use crate::bitbucket::Scope;
use crate::finding::Use;
use crate::rule::{Rule, RuleInfo};

/// A package manager that hands the URL of a dependency to git: the static name, and the scope that
/// a clone needs.
const fn by_git_url(
    rule: Rule,
    name: &'static str,
    files: &'static [&'static str],
    steps: &'static [&'static str],
    page: RuleInfo,
) -> Consumer {
    Consumer {
        rule,
        name,
        form: UsernameForm::Static,
        evidence: Evidence::Inferred,
        usage: Use::Git,
        scopes: Scope::GIT_FETCH,
        least_version: None,
        instead: None,
        steps,
        slots: &[],
        variables: &[],
        files,
        marked_files: &[],
        lock_command: None,
        page,
    }
}

/// What git takes as a username: [`crate::bitbucket::GIT_API_TOKEN_USERNAME`]'s source.
const API_TOKENS: &str = "https://support.atlassian.com/bitbucket-cloud/docs/using-api-tokens";
