//! Rewrites lines of git's credential store.

use bbsweep_scanner_core::bitbucket::{GIT_API_TOKEN_USERNAME, Host};
use bbsweep_scanner_core::{Role, State};

use crate::edit::Applicability;
use crate::names;
use crate::rewrite::{Proposal, Subject};

/// The line gets the username that the host takes, and the user's token or a placeholder for it. Of
/// an API token under a wrong username only the username changes.
pub(crate) fn rewrite(subject: &Subject<'_>) -> Proposal {
    let finding = subject.finding;
    let host = subject.host();
    let path = &finding.location.path;
    let mut applicability = Applicability::Safe;
    let mut steps = Vec::new();

    let user = match (host, &subject.options.email) {
        (Some(Host::Git), _) => GIT_API_TOKEN_USERNAME.to_owned(),
        (Some(Host::Api), Some(email)) => names::in_userinfo(email),
        (Some(Host::Api), None) => {
            let user = names::placeholder(&subject.options.names.email);
            let email = "the Atlassian account email, its @ written as %40,";
            steps.push(names::fill_in(&user, path, email));
            applicability = Applicability::Review;
            user
        }
        (None, _) => return Proposal::manual("its host is not one of Bitbucket Cloud"),
    };
    match finding.state {
        State::HalfMigrated => {
            let Some(span) = subject.part_range(Role::Username) else {
                return Proposal::manual("it has no username to change");
            };
            let edits = vec![subject.edit(span, user)];
            Proposal::new(applicability, edits, "the token stays, its username is put right")
                .steps(steps)
        }
        State::AppPassword => {
            let Some(span) = subject.part_range(Role::Userinfo) else {
                return Proposal::manual("its user and password could not be told apart");
            };
            let secret = if let Some(token) = subject.options.token_text() {
                names::in_userinfo(token)
            } else {
                let secret = names::placeholder(&subject.options.names.token);
                let token = "the new token, its = written as %3D,";
                steps.insert(0, names::create_token(&finding.scopes));
                steps.push(names::fill_in(&secret, path, token));
                steps.push(
                    "do so before git runs next: it drops a line that fails to log in".to_owned(),
                );
                applicability = Applicability::Review;
                secret
            };
            let reason = if subject.options.token.is_some() {
                "the line holds the new token under the username that goes with it"
            } else {
                "the line works once the new token is put in"
            };
            let edits = vec![subject.edit(span, format!("{user}:{secret}"))];
            Proposal::new(applicability, edits, reason).steps(steps).steps([names::REVOKE])
        }
        State::Reference if finding.part(Role::Secret).is_some() => {
            Proposal::manual("what fills the variable in, and when, cannot be told from the line")
                .steps([names::create_token(&finding.scopes)])
        }
        State::Reference | State::DeadSecret => {
            Proposal::manual("git asks for the password when it needs one")
        }
    }
}

#[cfg(test)]
mod tests {
    use bbsweep_scanner_core::{FormError, Rule};

    use super::*;
    use crate::testing::{API_TOKEN, APP_PASSWORD, Found, plain, with_token};

    fn line(text: &str, state: State) -> Found<'_> {
        let userinfo = &text["https://".len()..text.rfind('@').unwrap()];
        let (user, secret) = userinfo.split_once(':').unwrap();
        let host = &text[text.rfind('@').unwrap() + 1..];
        Found::new(Rule::GitCredentials, ".git-credentials", text)
            .state(state)
            .part(Role::Userinfo, userinfo)
            .part(Role::Username, user)
            .part(Role::Secret, secret)
            .part(Role::Host, host)
    }

    #[test]
    fn without_a_token_a_placeholder_stands_in() {
        let text = format!("https://bob:{APP_PASSWORD}@bitbucket.org");
        let done = line(&text, State::AppPassword).rewrite(&plain());
        assert_eq!(
            done.text,
            "https://x-bitbucket-api-token-auth:REPLACE_WITH_BITBUCKET_API_TOKEN@bitbucket.org"
        );
        assert_eq!(done.proposal.applicability, Applicability::Review);
        assert!(done.proposal.steps.iter().any(|step| step.contains("in .git-credentials")));

        let text = format!("https://bob:{APP_PASSWORD}@api.bitbucket.org");
        let done = line(&text, State::AppPassword).rewrite(&plain());
        assert_eq!(
            done.text,
            "https://REPLACE_WITH_ATLASSIAN_ACCOUNT_EMAIL:REPLACE_WITH_BITBUCKET_API_TOKEN@api.bitbucket.org"
        );
    }

    #[test]
    fn the_token_is_percent_encoded() {
        let text = format!("https://bob:{APP_PASSWORD}@bitbucket.org");
        let done = line(&text, State::AppPassword).rewrite(&with_token());
        let token = API_TOKEN.replace('=', "%3D");
        assert_eq!(done.text, format!("https://x-bitbucket-api-token-auth:{token}@bitbucket.org"));
        assert_eq!(done.proposal.applicability, Applicability::Safe);

        let text = format!("https://bob:{APP_PASSWORD}@api.bitbucket.org");
        let done = line(&text, State::AppPassword).rewrite(&with_token());
        assert_eq!(done.text, format!("https://dev%40example.com:{token}@api.bitbucket.org"));
        assert_eq!(done.proposal.applicability, Applicability::Safe);
    }

    #[test]
    fn a_token_under_a_wrong_username_stays() {
        let text = format!("https://bob%40x.org:{API_TOKEN}@bitbucket.org");
        let done = line(&text, State::HalfMigrated)
            .form_error(FormError::EmailForGit)
            .rewrite(&with_token());
        assert_eq!(
            done.text,
            format!("https://x-bitbucket-api-token-auth:{API_TOKEN}@bitbucket.org")
        );
        assert_eq!(done.proposal.applicability, Applicability::Safe);
    }
}
