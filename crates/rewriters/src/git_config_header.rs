//! Rewrites `http.*.extraHeader`.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bbsweep_scanner_core::bitbucket::GIT_API_TOKEN_USERNAME;
use bbsweep_scanner_core::{FormError, Role, State};
use bstr::ByteSlice;
use gix_config::parse::{EventRef, Events};

use crate::edit::Applicability;
use crate::git_config_url::replace;
use crate::names;
use crate::rewrite::{Proposal, Subject};

/// With a token to put there, the header is encoded anew; without one its line goes, so that git asks
/// a credential helper. An API token in the wrong form is encoded anew as well.
pub(crate) fn rewrite(subject: &Subject<'_>) -> Proposal {
    let finding = subject.finding;
    let scopes = &finding.scopes;
    match finding.state {
        State::HalfMigrated => {
            let token =
                finding.secret.as_ref().and_then(|secret| str::from_utf8(secret.expose()).ok());
            let Some(token) = token else {
                return Proposal::manual("the token in it could not be read");
            };
            let edit = if finding.form_error == Some(FormError::BearerForRest) {
                bearer(subject).map(|range| (range, format!("Basic {}", basic(token))))
            } else {
                subject.part_range(Role::Base64).map(|range| (range, basic(token)))
            };
            let Some((range, text)) = edit else {
                return Proposal::manual("the header's value could not be told from the rest");
            };
            Proposal::new(
                Applicability::Safe,
                vec![replace(subject, range, &text)],
                "the token stays, encoded with the static username that git takes",
            )
        }
        State::AppPassword => {
            let Some(base64) = subject.part_range(Role::Base64) else {
                return Proposal::manual("the header's value could not be told from the rest");
            };
            if let Some(token) = subject.options.token_text() {
                return Proposal::new(
                    Applicability::Safe,
                    vec![replace(subject, base64, &basic(token))],
                    "the header holds the new token under the username that goes with it",
                )
                .steps([names::REVOKE]);
            }
            let Some(line) = entry(&subject.doc.text, &base64) else {
                return Proposal::manual("where the entry begins and ends could not be told");
            };
            Proposal::new(
                Applicability::Review,
                vec![subject.edit(line, "")],
                "without the header git asks a credential helper for the token",
            )
            .shown("(the entry is deleted)")
            .steps(names::credential_helper(scopes))
            .steps([names::REVOKE])
        }
        State::Reference | State::DeadSecret => Proposal::manual("it holds no secret"),
    }
}

fn basic(token: &str) -> String {
    STANDARD.encode(format!("{GIT_API_TOKEN_USERNAME}:{token}"))
}

/// The scheme `Bearer` and the token after it.
fn bearer(subject: &Subject<'_>) -> Option<Range<usize>> {
    let token = subject.part_range(Role::Secret)?;
    let before = subject.doc.text[..token.start].trim_ascii_end();
    let start = before.len().checked_sub("bearer".len())?;
    before[start..].eq_ignore_ascii_case(b"bearer").then_some(start..token.end)
}

/// The entry of a git config that holds the bytes `at`: its lines, with the last line end. An entry
/// on the line of its section's header leaves the header.
fn entry(text: &[u8], at: &Range<usize>) -> Option<Range<usize>> {
    let (mut offset, mut start, mut continued) = (0, None, false);
    let mut found = None;
    for event in Events::from_bytes(text, None).ok()?.iter() {
        let mut written = Vec::new();
        event.write_to(&mut written).ok()?;
        let mut len = written.len();
        match event {
            EventRef::SectionValueName(_) => start = Some(offset),
            EventRef::ValueNotDone(_) => continued = true,
            EventRef::ValueDone(_) => continued = false,
            EventRef::SectionHeader { .. } => {
                start = None;
                // Its subsection is written with other escapes than it was read with.
                len = header_len(text.get(offset..)?)?;
            }
            EventRef::Newline(_) if !continued => {
                if let Some(start) = start.take()
                    && (start..offset).contains(&at.start)
                {
                    found = Some(start..offset);
                }
            }
            _ => {}
        }
        offset += len;
    }
    let open = start.filter(|start| *start <= at.start).map(|start| start..text.len());
    let entry = found.or(open).filter(|_| offset == text.len())?;

    let before = text[..entry.start].trim_end_with(|c| c == ' ' || c == '\t');
    if before.is_empty() || before.ends_with(b"\n") {
        let line_end = text[entry.end..].find_byte(b'\n').map_or(text.len(), |n| entry.end + n + 1);
        Some(before.len()..line_end)
    } else {
        Some(before.len()..entry.end)
    }
}

/// The length of the section header that `text` begins with.
fn header_len(text: &[u8]) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    for (n, byte) in text.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b']' if !quoted => return Some(n + 1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use bbsweep_scanner_core::{Rule, Secret};

    use super::*;
    use crate::testing::{API_TOKEN, APP_PASSWORD, Found, plain, with_token};

    const HEADER: &str = "[http \"https://bitbucket.org/\"]";

    fn old() -> String {
        STANDARD.encode(format!("bob:{APP_PASSWORD}"))
    }

    fn new() -> String {
        STANDARD.encode(format!("x-bitbucket-api-token-auth:{API_TOKEN}"))
    }

    #[test]
    fn the_header_gets_the_token() {
        let (old, new) = (old(), new());
        let text = format!("{HEADER}\n\textraheader = AUTHORIZATION: basic {old}\n");
        let done = Found::new(Rule::GitConfigHeader, ".git/config", &text)
            .part(Role::Base64, &old)
            .rewrite(&with_token());
        assert_eq!(done.text, text.replace(&old, &new));
        assert_eq!(done.proposal.applicability, Applicability::Safe);
    }

    #[test]
    fn without_a_token_the_entry_goes() {
        let old = old();
        let keys = "\tproxy = x\n";
        let after = "[user]\n\tname = b\n";
        for (entry, left) in [
            (format!("\textraheader = Authorization: Basic {old}\n"), String::new()),
            (format!("\textraheader = \"Authorization: Basic {old}\" ; why\r\n"), String::new()),
            (
                format!("[a \"b\\c]\"]\n\tx\n{HEADER}extraheader= Basic {old}#\n"),
                format!("[a \"b\\c]\"]\n\tx\n{HEADER}\n"),
            ),
            (
                format!("# kept \\\n\textraheader = Authorization: Basic {old}\n"),
                "# kept \\\n".to_owned(),
            ),
            (format!("\n\n\textraheader = Authorization: Basic {old}\n\n"), "\n\n\n".to_owned()),
            (format!("  extraHeader = \\\n  Authorization: \\\r\n Basic {old}\n"), String::new()),
            (
                format!("{HEADER} extraheader = Authorization: Basic {old}\r\n"),
                format!("{HEADER}\r\n"),
            ),
            (
                format!(
                    "[http \"https://bitbucket.org/\\\"]\"] extraheader=Authorization: Basic {old}\n"
                ),
                "[http \"https://bitbucket.org/\\\"]\"]\n".to_owned(),
            ),
        ] {
            for (before, after) in [(keys, after), ("", ""), (keys, "")] {
                let text = format!("{HEADER}\n{before}{entry}{after}");
                let done = Found::new(Rule::GitConfigHeader, ".git/config", &text)
                    .part(Role::Base64, &old)
                    .rewrite(&plain());
                assert_eq!(done.text, format!("{HEADER}\n{before}{left}{after}"), "{entry}");
                assert_eq!(done.proposal.applicability, Applicability::Review);
            }
        }
        // The last line may have no end.
        let text = format!("{HEADER}\n\textraheader = Authorization: Basic {old}");
        let done = Found::new(Rule::GitConfigHeader, ".git/config", &text)
            .part(Role::Base64, &old)
            .rewrite(&plain());
        assert_eq!(done.text, format!("{HEADER}\n"));
    }

    #[test]
    fn a_token_in_the_wrong_form_is_encoded_anew() {
        let wrong = STANDARD.encode(format!("bob@x.org:{API_TOKEN}"));
        let text = format!("{HEADER}\n\textraheader = Authorization: Basic {wrong}\n");
        let found = Found::new(Rule::GitConfigHeader, ".git/config", &text)
            .state(State::HalfMigrated)
            .secret(Secret::new(API_TOKEN))
            .part(Role::Base64, &wrong);
        let done = found.rewrite(&plain());
        assert_eq!(done.text, text.replace(&wrong, &new()));
        assert_eq!(done.proposal.applicability, Applicability::Safe);

        let text = format!("{HEADER}\n\textraheader = Authorization: bearer  {API_TOKEN}\n");
        let done = Found::new(Rule::GitConfigHeader, ".git/config", &text)
            .state(State::HalfMigrated)
            .form_error(FormError::BearerForRest)
            .secret(Secret::new(API_TOKEN))
            .part(Role::Secret, API_TOKEN)
            .rewrite(&plain());
        assert_eq!(
            done.text,
            format!("{HEADER}\n\textraheader = Authorization: Basic {}\n", new())
        );
    }
}
