//! Tools and services that talk to Bitbucket.

pub(crate) mod api_clients;
pub(crate) mod backup;
pub(crate) mod cli;
pub(crate) mod desktop;
pub(crate) mod editors;
pub(crate) mod electron;
pub(crate) mod git_town;
pub(crate) mod review;
pub(crate) mod services;

/// What git and the REST API take as a username.
const API_TOKENS: &str = "https://support.atlassian.com/bitbucket-cloud/docs/using-api-tokens";
/// What tools that took an app password get instead.
const OTHER_APPLICATIONS: &str = "https://support.atlassian.com/bitbucket-cloud/docs/add-an-api-token-to-sourcetree-or-another-application/";
