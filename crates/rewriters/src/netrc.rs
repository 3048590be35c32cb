//! Rewrites `machine` entries of `.netrc`.

use bbsweep_scanner_core::bitbucket::{GIT_API_TOKEN_USERNAME, Host};
use bbsweep_scanner_core::{Role, State};

use crate::edit::Applicability;
use crate::names;
use crate::rewrite::{Proposal, Subject};

/// The entry gets the login that the machine takes, and the user's token or a placeholder for it. Of
/// an API token under a wrong login only the login changes.
pub(crate) fn rewrite(subject: &Subject<'_>) -> Proposal {
    let finding = subject.finding;
    let path = &finding.location.path;
    let host = match subject.part_text(Role::Host).map(|host| subject.doc.host(host)) {
        Some(Some(host)) => host,
        Some(None) => return Proposal::manual("its machine is not one of Bitbucket Cloud"),
        None => {
            return Proposal::manual(
                "it is the entry for every machine that has none: no login is right for all",
            )
            .steps([
                names::create_token(&finding.scopes),
                format!(
                    "add an entry above it in {path}: machine bitbucket.org login \
                     {GIT_API_TOKEN_USERNAME} password followed by the token"
                ),
                names::REVOKE.to_owned(),
            ]);
        }
    };
    let mut applicability = Applicability::Safe;
    let mut steps = Vec::new();
    let login = match (host, &subject.options.email) {
        (Host::Git, _) => GIT_API_TOKEN_USERNAME.to_owned(),
        (Host::Api, Some(email)) => email.clone(),
        (Host::Api, None) => {
            let login = names::placeholder(&subject.options.names.email);
            steps.push(names::fill_in(&login, path, "the Atlassian account email"));
            applicability = Applicability::Review;
            login
        }
    };
    let mut edits = Vec::new();
    if let Some(login_at) = subject.part_range(Role::Username) {
        edits.push(subject.edit(login_at, login));
    } else if let Some(machine) = subject.part_range(Role::Host) {
        edits.push(subject.edit(machine.end..machine.end, format!(" login {login}")));
    }
    match finding.state {
        State::HalfMigrated => {
            Proposal::new(applicability, edits, "the token stays, its login is put right")
                .steps(steps)
        }
        State::AppPassword => {
            let Some(password_at) = subject.part_range(Role::Secret) else {
                return Proposal::manual("its password could not be told from the rest");
            };
            let reason = match subject.options.token_text() {
                // Readers of the format do not agree on quotes and escapes, so none are written.
                Some(token) if !token.bytes().all(is_plain) => {
                    return Proposal::manual(
                        "the new token holds characters that need quotes, which \
                                             not every reader of this format knows",
                    );
                }
                Some(token) => {
                    edits.push(subject.edit(password_at, token));
                    "the entry holds the new token under the login that goes with it"
                }
                None => {
                    let password = names::placeholder(&subject.options.names.token);
                    steps.insert(0, names::create_token(&finding.scopes));
                    steps.push(names::fill_in(&password, path, "the new token"));
                    edits.push(subject.edit(password_at, password));
                    applicability = Applicability::Review;
                    "the entry works once the new token is put in"
                }
            };
            Proposal::new(applicability, edits, reason).steps(steps).steps([names::REVOKE])
        }
        State::Reference if finding.part(Role::Secret).is_some() => Proposal::new(
            Applicability::Review,
            edits,
            "the login goes with an API token; the variable has to hold one when it is filled in",
        )
        .steps([names::create_token(&finding.scopes)])
        .steps(steps),
        State::Reference | State::DeadSecret => Proposal::manual("it holds no password"),
    }
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_=+/.~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use bbsweep_scanner_core::Rule;

    use super::*;
    use crate::testing::{API_TOKEN, APP_PASSWORD, Found, plain, with_token};

    fn entry<'a>(text: &'a str, user: &'a str, host: &'a str, secret: &'a str) -> Found<'a> {
        let found = Found::new(Rule::Netrc, ".netrc", text).part(Role::Host, host);
        let found = if user.is_empty() { found } else { found.part(Role::Username, user) };
        found.part(Role::Secret, secret)
    }

    #[test]
    fn login_and_password_are_put_right() {
        let text = format!("machine bitbucket.org\r\n\tlogin bob\r\n\tpassword {APP_PASSWORD}\r\n");
        let found = || entry(&text, "bob", "bitbucket.org", APP_PASSWORD);
        let done = found().rewrite(&plain());
        assert_eq!(
            done.text,
            "machine bitbucket.org\r\n\tlogin x-bitbucket-api-token-auth\r\n\t\
             password REPLACE_WITH_BITBUCKET_API_TOKEN\r\n"
        );
        assert_eq!(done.proposal.applicability, Applicability::Review);
        let done = found().rewrite(&with_token());
        assert!(done.text.ends_with(&format!("password {API_TOKEN}\r\n")));
        assert_eq!(done.proposal.applicability, Applicability::Safe);
    }

    #[test]
    fn the_api_takes_the_email() {
        let text = format!("machine api.bitbucket.org login bob password {APP_PASSWORD}");
        let found = || entry(&text, "bob", "api.bitbucket.org", APP_PASSWORD);
        let done = found().rewrite(&with_token());
        assert_eq!(
            done.text,
            format!("machine api.bitbucket.org login dev@example.com password {API_TOKEN}")
        );
        assert_eq!(done.proposal.applicability, Applicability::Safe);
        let done = found().state(State::HalfMigrated).rewrite(&plain());
        assert_eq!(
            done.text,
            format!(
                "machine api.bitbucket.org login REPLACE_WITH_ATLASSIAN_ACCOUNT_EMAIL password \
                 {APP_PASSWORD}"
            )
        );
        assert_eq!(done.proposal.applicability, Applicability::Review);
    }

    #[test]
    fn a_variable_stays() {
        let text = "machine bitbucket.org login bob password ${BB_PW}";
        let done = entry(text, "bob", "bitbucket.org", "${BB_PW}")
            .state(State::Reference)
            .rewrite(&with_token());
        assert_eq!(
            done.text,
            "machine bitbucket.org login x-bitbucket-api-token-auth password ${BB_PW}"
        );
        assert_eq!(done.proposal.applicability, Applicability::Review);
    }

    #[test]
    fn a_missing_login_is_added() {
        let text = format!("machine bitbucket.org password {APP_PASSWORD}");
        let done = entry(&text, "", "bitbucket.org", APP_PASSWORD).rewrite(&with_token());
        assert_eq!(
            done.text,
            format!("machine bitbucket.org login x-bitbucket-api-token-auth password {API_TOKEN}")
        );
    }

    #[test]
    fn the_default_entry_is_left_alone() {
        let text = format!("default login bob password {APP_PASSWORD}");
        let found = Found::new(Rule::Netrc, ".netrc", &text).part(Role::Secret, APP_PASSWORD);
        let done = found.rewrite(&with_token());
        assert_eq!(done.text, text);
        assert_eq!(done.proposal.applicability, Applicability::Manual);
    }
}
