//! Rewrites Sourcetree's accounts: not at all.

use crate::names;
use crate::rewrite::{Proposal, Subject};

/// The token has to go into the system's store, which Sourcetree alone fills.
///
/// Source: <https://community.atlassian.com/forums/Bitbucket-questions/SourceTree-using-OATH/qaq-p/3225918>
pub(crate) fn rewrite(subject: &Subject<'_>) -> Proposal {
    Proposal::manual("the token has to go into the system's store, which Sourcetree fills").steps([
        names::create_token(&subject.finding.scopes),
        "in Sourcetree 3.4.24 (Windows) or 4.2.14 (macOS) edit the account: the Atlassian account \
         email as the username, API token as the authentication, the token as the password"
            .to_owned(),
    ])
}
