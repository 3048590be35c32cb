//! Deployment and infrastructure: Argo CD, Flux, Terraform, Ansible and the like.

pub(crate) mod ansible;
pub(crate) mod argo_cd;
pub(crate) mod aws;
pub(crate) mod flux;
pub(crate) mod hashicorp;
pub(crate) mod helm;
pub(crate) mod kubernetes;
pub(crate) mod oracle;
pub(crate) mod pulumi;
pub(crate) mod puppet;
pub(crate) mod salt;
pub(crate) mod terraform;

use super::{Condition, Shape};

/// What git and the REST API take beside an API token.
const API_TOKENS: &str = "https://support.atlassian.com/bitbucket-cloud/docs/using-api-tokens";

/// Where a Bitbucket repository serves the files of a chart repository.
const FILES_BY_REST: &str =
    "https://developer.atlassian.com/cloud/bitbucket/rest/api-group-source/";

/// Manifests of Kubernetes, and what embeds them.
const MANIFESTS: &[&str] = &["*.yaml", "*.yml", "*.json"];

const USERNAME_PASSWORD: Shape = Shape::Fields { username: &["username"], secret: &["password"] };

/// The object that holds `data` or `stringData` is a Secret.
const IN_SECRET: Condition = Condition::Is("../kind", &["Secret"]);

/// What the REST API serves as files, and not git.
const BY_REST: Condition = Condition::Contains("url", "api.bitbucket.org");
