//! App passwords that only their format gives away.

use crate::names;
use crate::rewrite::{Proposal, Subject};

/// What uses it is not known, so neither is what should stand there instead.
pub(crate) fn rewrite(subject: &Subject<'_>) -> Proposal {
    Proposal::manual("what uses it cannot be told from this place").steps([
        names::create_token(&subject.finding.scopes),
        format!(
            "put the token where {} can read it from the variable {} or a secret store; git takes it \
             under the username x-bitbucket-api-token-auth, the REST API under the Atlassian account \
             email",
            subject.finding.location.path, subject.options.names.token
        ),
        names::REVOKE.to_owned(),
    ])
}

#[cfg(test)]
mod tests {
    use bbsweep_scanner_core::{Role, Rule};

    use crate::edit::Applicability;
    use crate::testing::{APP_PASSWORD, Found, plain};

    #[test]
    fn it_is_told_and_not_made() {
        let text = format!("login('bob', '{APP_PASSWORD}')");
        let done = Found::new(Rule::AppPasswordLiteral, "a.py", &text)
            .part(Role::Secret, APP_PASSWORD)
            .rewrite(&plain());
        assert_eq!(done.proposal.applicability, Applicability::Manual);
        assert!(done.proposal.steps[1].contains("where a.py can read it"));
    }
}
