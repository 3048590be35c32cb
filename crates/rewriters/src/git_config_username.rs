//! Rewrites `credential.*.username`.

use bbsweep_scanner_core::bitbucket::GIT_API_TOKEN_USERNAME;
use bbsweep_scanner_core::{Role, State};

use crate::edit::Applicability;
use crate::git_config_url::replace;
use crate::names;
use crate::rewrite::{Proposal, Subject};

/// The static username: safe in the place of an email, which git does not take; to review in the
/// place of a Bitbucket username, which a helper may hold a working token for.
pub(crate) fn rewrite(subject: &Subject<'_>) -> Proposal {
    let value = subject.part_range(Role::Username).or_else(|| subject.part_range(Role::Value));
    let Some(value) = value else {
        return Proposal::manual("its value could not be told from the rest");
    };
    let (applicability, reason) = if subject.finding.state == State::HalfMigrated {
        (Applicability::Safe, "git takes no email as the username of an API token")
    } else {
        (Applicability::Review, "git takes any API token under the static username")
    };
    let edits = vec![replace(subject, value, GIT_API_TOKEN_USERNAME)];
    Proposal::new(applicability, edits, reason)
        .steps([names::REJECT, "run git fetch and paste an API token with scopes as the password"])
}

#[cfg(test)]
mod tests {
    use bbsweep_scanner_core::Rule;

    use super::*;
    use crate::testing::{Found, plain};

    #[test]
    fn the_username_is_replaced() {
        let text = "[credential \"https://bitbucket.org\"]\n\tusername = \"bob@x.org\"\n";
        let found = || {
            Found::new(Rule::GitConfigUsername, ".gitconfig", text)
                .part(Role::Username, "bob@x.org")
        };
        let done = found().state(State::HalfMigrated).rewrite(&plain());
        assert_eq!(
            done.text,
            "[credential \"https://bitbucket.org\"]\n\tusername = \"x-bitbucket-api-token-auth\"\n"
        );
        assert_eq!(done.proposal.applicability, Applicability::Safe);
        let done = found().state(State::Reference).rewrite(&plain());
        assert_eq!(done.proposal.applicability, Applicability::Review);
    }
}
