use serde::{Deserialize, Serialize};

/// A scope of an Atlassian API token for Bitbucket. No scope implies another: write does not include
/// read, pull request does not include repository.
///
/// Source: <https://support.atlassian.com/bitbucket-cloud/docs/api-token-permissions>
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Scope {
    /// Clone, fetch, list, read source.
    #[serde(rename = "read:repository:bitbucket")]
    ReadRepository,
    /// Push, upload downloads, commit statuses.
    #[serde(rename = "write:repository:bitbucket")]
    WriteRepository,
}

impl Scope {
    /// The scope's name as the token dialogue and the documentation write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ReadRepository => "read:repository:bitbucket",
            Self::WriteRepository => "write:repository:bitbucket",
        }
    }
}
