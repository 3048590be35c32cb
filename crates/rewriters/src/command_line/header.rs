//! Headers: what they hold becomes an option.

use bbsweep_scanner_core::detect::command_line::double_quote;
use bbsweep_scanner_core::{CredentialKind, Role, Rule, State};

use super::{Made, caution, expansion, username};
use crate::context::{Expansion, Syntax};
use crate::rewrite::{Subject, TextEdit};

/// The edit that makes an option of a Basic or Bearer header.
pub(super) fn edits(subject: &Subject<'_>, rename: Option<&TextEdit>) -> Result<Made, String> {
    let finding = subject.finding;
    let names = &subject.options.names;
    let lost = || "its header could not be found again".to_owned();
    let option = subject.part_range(Role::Option).ok_or_else(lost)?;
    let (syntax, note) = match expansion(subject, option.start, &names.token) {
        Expansion::Expands(syntax, caution) => (syntax, caution),
        Expansion::Literal(reason) | Expansion::Unavailable(reason) => {
            return Err(reason.to_owned());
        }
    };
    if finding.via == Rule::Httpie && is_bearer_option(subject) {
        return Err("the option that says bearer has to go as well".to_owned());
    }
    if matches!(syntax, Syntax::Batch) {
        return Err("the options of this shell are quoted by hand".to_owned());
    }
    let secret = subject.part_range(Role::Secret);
    // A variable that held the password alone stays the source; one that held base64 cannot.
    let alone = finding.kind == CredentialKind::Reference
        && (finding.part(Role::Username).is_some() || is_bearer(subject));
    let kept = secret
        .as_ref()
        .filter(|_| alone && finding.state == State::Reference)
        .and_then(|range| subject.text(subject.doc.span(range.clone())))
        .and_then(|text| str::from_utf8(text).ok())
        .filter(|text| !text.contains(['"', '\'', ' ']) || text.starts_with("${{"));
    let new_token = kept.is_none();
    if new_token && rename.is_some() {
        return Err("the variable cannot be told from what stands around it".to_owned());
    }
    let token = match (kept, rename) {
        (Some(kept), Some(rename)) => {
            let variable = finding.variable.as_deref().unwrap_or_default();
            kept.replacen(variable, &rename.text, 1)
        }
        (Some(kept), None) => kept.to_owned(),
        (None, _) => syntax.write(&names.token),
    };
    let user = username(subject, syntax);
    let begins = subject.part_range(Role::Command).map_or(option.start, |command| command.start);
    let quote = double_quote(subject.doc, begins.min(option.start));
    let text = match finding.via {
        Rule::Wget => format!(
            "--user={quote}{user}{quote} --password={quote}{token}{quote} --auth-no-challenge"
        ),
        Rule::Httpie => format!("-a {quote}{user}:{token}{quote}"),
        _ => format!("-u {quote}{user}:{token}{quote}"),
    };
    let (caution, steps) = caution(subject, note);
    let caution =
        caution.or_else(|| Some("the header gives way to the tool's own option".to_owned()));
    Ok(Made { edits: vec![subject.edit(option, text)], caution, steps, new_token })
}

/// Whether the token is an argument, told to be a bearer token by another option.
fn is_bearer_option(subject: &Subject<'_>) -> bool {
    let option = subject.part_text(Role::Option).unwrap_or_default().to_ascii_lowercase();
    memchr::memmem::find(&option, b"authorization").is_none()
}

/// Whether the secret is all that the header holds.
fn is_bearer(subject: &Subject<'_>) -> bool {
    let option = subject.part_text(Role::Option).unwrap_or_default().to_ascii_lowercase();
    memchr::memmem::find(&option, b"bearer").is_some()
        || memchr::memmem::find(&option, b"authorization").is_none()
}
