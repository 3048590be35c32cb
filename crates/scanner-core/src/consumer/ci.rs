//! CI systems.
//!
//! Most of their files hold lines that a shell runs: those are seen by the rules for URLs, command
//! lines and variables, and URLs are reported under the CI system's rule. The slots are for what a
//! CI system or one of its plugins reads by key.

pub(crate) mod azure;
pub(crate) mod bitbucket;
pub(crate) mod codebuild;
pub(crate) mod drone;
pub(crate) mod github;
pub(crate) mod gitlab;
pub(crate) mod hosted;
pub(crate) mod jenkins;
pub(crate) mod pipes;
pub(crate) mod teamcity;

use super::{Consumer, Evidence};
use crate::finding::Use;

/// What a CI system that only runs lines has: git's username in URLs is confirmed by
/// [`API_TOKENS`], and the scopes follow from what the line does.
const RUNS_LINES: Consumer =
    Consumer { evidence: Evidence::Confirmed, usage: Use::Git, ..Consumer::BASE };

/// What git and the REST API take as a username.
const API_TOKENS: &str = "https://support.atlassian.com/bitbucket-cloud/docs/using-api-tokens";
