//! Rewrites credential URLs in git configs.

use std::ops::Range;

use bbsweep_scanner_core::bitbucket::{GIT_API_TOKEN_USERNAME, Host};
use bbsweep_scanner_core::{Confidence, Role, State};

use crate::edit::Applicability;
use crate::names;
use crate::rewrite::{Proposal, Subject, TextEdit};

/// A git config expands nothing: the URL keeps the static username, and git asks a credential helper
/// for the token. An API token under a wrong username stays where it is.
pub(crate) fn rewrite(subject: &Subject<'_>) -> Proposal {
    let finding = subject.finding;
    if subject.host() != Some(Host::Git) {
        return Proposal::manual(
            "git talks to bitbucket.org only; what uses this URL takes the Atlassian account email, \
             which a git config cannot hold apart from the token",
        )
        .steps([names::create_token(&finding.scopes)]);
    }
    match finding.state {
        State::HalfMigrated => {
            let Some(user) = subject.part_range(Role::Username) else {
                return Proposal::manual("it has no username to change");
            };
            let edits = vec![replace(subject, user, GIT_API_TOKEN_USERNAME)];
            Proposal::new(
                Applicability::Safe,
                edits,
                "the token stays, git takes it under the static username",
            )
            .steps([names::REJECT])
        }
        State::AppPassword => without_secret(subject).steps([names::REVOKE]),
        State::Reference if finding.part(Role::Secret).is_some() => without_secret(subject),
        State::Reference | State::DeadSecret => {
            Proposal::manual("git asks for the password when it needs one")
        }
    }
}

/// Replaces a part of a value by text that needs no quotes. Quotes may begin and end anywhere in a
/// value: one that the part leaves open, or ends, is kept.
pub(crate) fn replace(subject: &Subject<'_>, range: Range<usize>, text: &str) -> TextEdit {
    let (mut escaped, mut open) = (false, false);
    for byte in subject.doc.text.get(range.clone()).unwrap_or_default() {
        open ^= *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
    }
    let quote = if open { "\"" } else { "" };
    subject.edit(range, format!("{text}{quote}"))
}

/// The static username alone.
fn without_secret(subject: &Subject<'_>) -> Proposal {
    let finding = subject.finding;
    let Some(userinfo) = subject.part_range(Role::Userinfo) else {
        return Proposal::manual("its user and password could not be told apart");
    };
    let (applicability, reason) = match finding.confidence {
        Confidence::Certain | Confidence::Likely => (
            Applicability::Safe,
            "same repository; git asks a credential helper for the token, under the static username",
        ),
        Confidence::Possible => (
            Applicability::Review,
            "it may not be an app password; git asks a credential helper afterwards",
        ),
    };
    Proposal::new(applicability, vec![replace(subject, userinfo, GIT_API_TOKEN_USERNAME)], reason)
        .steps(names::credential_helper(&finding.scopes))
}

#[cfg(test)]
mod tests {
    use bbsweep_scanner_core::Rule;

    use super::*;
    use crate::testing::{API_TOKEN, APP_PASSWORD, Found, plain};

    fn url<'a>(text: &'a str, userinfo: &'a str, host: &'a str) -> Found<'a> {
        let found = Found::new(Rule::GitConfigUrl, ".git/config", text)
            .part(Role::Userinfo, userinfo)
            .part(Role::Host, host);
        let (user, secret) = userinfo.split_once(':').unwrap();
        found.part(Role::Username, user).part(Role::Secret, secret)
    }

    #[test]
    fn the_secret_goes_and_the_static_username_stays() {
        let userinfo = format!("bob:{APP_PASSWORD}");
        let text =
            format!("[remote \"o\"]\r\n\turl = \"https://{userinfo}@bitbucket.org/w/r\" ; c\r\n");
        let done = url(&text, &userinfo, "bitbucket.org").rewrite(&plain());
        assert_eq!(
            done.text,
            "[remote \"o\"]\r\n\turl = \"https://x-bitbucket-api-token-auth@bitbucket.org/w/r\" ; c\r\n"
        );
        assert_eq!(done.proposal.applicability, Applicability::Safe);
        assert!(done.proposal.steps.iter().any(|step| step.contains("git credential reject")));

        let done = url(&text, &userinfo, "bitbucket.org")
            .confidence(Confidence::Possible)
            .rewrite(&plain());
        assert_eq!(done.proposal.applicability, Applicability::Review);
    }

    #[test]
    fn a_token_under_a_wrong_username_stays() {
        let userinfo = format!("bob:{API_TOKEN}");
        let text = format!("[lfs]\n url = https://{userinfo}@bitbucket.org/w/r");
        let done =
            url(&text, &userinfo, "bitbucket.org").state(State::HalfMigrated).rewrite(&plain());
        assert_eq!(
            done.text,
            format!(
                "[lfs]\n url = https://x-bitbucket-api-token-auth:{API_TOKEN}@bitbucket.org/w/r"
            )
        );
        assert_eq!(done.proposal.applicability, Applicability::Safe);
    }

    #[test]
    fn quotes_within_the_value_stay_in_pairs() {
        for (userinfo, end) in [("bob:AT\"BB", "\""), ("\"bob:\"ATBB", ""), ("b\\\"ob:ATBB", "")] {
            let text = format!("[remote \"o\"]\n url = https://{userinfo}@bitbucket.org{end}\n");
            let done = url(&text, userinfo, "bitbucket.org").rewrite(&plain());
            let quote = end;
            assert_eq!(
                done.text,
                format!(
                    "[remote \"o\"]\n url = \
                     https://x-bitbucket-api-token-auth{quote}@bitbucket.org{end}\n"
                )
            );
        }
    }

    #[test]
    fn a_rest_url_is_left_to_people() {
        let userinfo = format!("bob:{APP_PASSWORD}");
        let text = format!("[x]\n y = https://{userinfo}@api.bitbucket.org/2.0/user");
        let done = url(&text, &userinfo, "api.bitbucket.org").rewrite(&plain());
        assert_eq!(done.text, text);
    }
}
