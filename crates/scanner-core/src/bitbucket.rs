//! The domain's facts in one place: hosts, usernames, token formats, scopes and the timeline.

mod host;
mod scope;
mod timeline;
mod token;

pub use host::{Host, classify_host};
pub use scope::{OldPermission, Scope};
pub use timeline::{Phase, Timeline};
pub use token::{TokenFormat, classify_token};

/// The username that Bitbucket Cloud accepts for git over HTTPS with any API token.
///
/// Source: <https://support.atlassian.com/bitbucket-cloud/docs/using-api-tokens>
pub const GIT_API_TOKEN_USERNAME: &str = "x-bitbucket-api-token-auth";

/// The username for git over HTTPS with a repository, project or workspace *access* token or an
/// OAuth access token. An API token under it fails.
///
/// Source: <https://developer.atlassian.com/cloud/bitbucket/rest/intro/>,
/// <https://github.com/runatlantis/atlantis/issues/5696>
pub const GIT_ACCESS_TOKEN_USERNAME: &str = "x-token-auth";
