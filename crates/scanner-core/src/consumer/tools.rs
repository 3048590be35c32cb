//! Tools and services that talk to Bitbucket.

pub(crate) mod all_repos;
pub(crate) mod api_clients;
pub(crate) mod atlantis;
pub(crate) mod backstage;
pub(crate) mod backup;
pub(crate) mod cli;
pub(crate) mod danger;
pub(crate) mod dependabot;
pub(crate) mod desktop;
pub(crate) mod devlake;
pub(crate) mod editors;
pub(crate) mod electron;
pub(crate) mod ghorg;
pub(crate) mod git_town;
pub(crate) mod mcp;
pub(crate) mod private_packagist;
pub(crate) mod renovate;
pub(crate) mod review;
pub(crate) mod semantic_release;
pub(crate) mod services;
pub(crate) mod snyk;
pub(crate) mod sonarqube;
pub(crate) mod sourcebot;
pub(crate) mod sourcegraph;

/// What git and the REST API take as a username.
const API_TOKENS: &str = "https://support.atlassian.com/bitbucket-cloud/docs/using-api-tokens";
/// What tools that took an app password get instead.
const OTHER_APPLICATIONS: &str = "https://support.atlassian.com/bitbucket-cloud/docs/add-an-api-token-to-sourcetree-or-another-application/";
