//! Rewrites files of Git Credential Manager's plain-text store: not at all.

use bbsweep_scanner_core::State;
use bbsweep_scanner_core::bitbucket::GIT_API_TOKEN_USERNAME;

use crate::names;
use crate::rewrite::{Proposal, Subject};

/// The account stands in the file's name as well, so that git has to store it anew.
pub(crate) fn rewrite(subject: &Subject<'_>) -> Proposal {
    let finding = subject.finding;
    let app_password = finding.state == State::AppPassword;
    Proposal::manual("the account stands in the file's name as well: git has to store it anew")
        .steps(app_password.then(|| names::create_token(&finding.scopes)))
        .steps([
            names::REJECT.to_owned(),
            format!(
                "sign in anew: run git fetch in a clone whose remote is \
                 https://{GIT_API_TOKEN_USERNAME}@bitbucket.org/…, and paste the token as the password"
            ),
        ])
        .steps(app_password.then_some(names::REVOKE))
}
