//! Rewrites variables: their names, together in a whole repository, and literal values.

mod group;
mod tool;
pub(crate) mod username;
mod value;

use std::ops::Range;
use std::sync::LazyLock;

use bbsweep_scanner_core::bitbucket::GIT_API_TOKEN_USERNAME;
use bbsweep_scanner_core::detect::env_variable::tool_defined;
use bbsweep_scanner_core::{CredentialKind, FileKind, Place, Role, State, Use};
use regex::bytes::Regex;

pub(crate) use group::{Renames, decide, mentions};

use crate::edit::Applicability;
use crate::names::{self, USERNAME};
use crate::rewrite::{Proposal, Subject, TextEdit};
use crate::variable;

/// See the rule's row in the table of rules.
pub(crate) fn rewrite(subject: &Subject<'_>) -> Proposal {
    if subject.finding.part(Role::UsernameName).is_some() && subject.finding.variable.is_none() {
        return username::rewrite_place(subject);
    }
    if let Some(row) = tool::row(subject) {
        return tool::rewrite(subject, row);
    }
    match subject.finding.state {
        State::AppPassword => literal(subject),
        State::Reference => reference(subject),
        State::HalfMigrated | State::DeadSecret => {
            Proposal::manual("nothing uses it where it stands")
        }
    }
}

/// The edit that gives the variable its new name. `Ok(None)`: it keeps its name here.
fn name_edit(subject: &Subject<'_>) -> Result<Option<TextEdit>, &'static str> {
    let Some(variable) = subject.finding.variable.as_deref() else { return Ok(None) };
    let Some(new_name) = subject.renames.new_name(variable) else { return Ok(None) };
    let range = name_range(subject, variable).ok_or("its name could not be found again")?;
    if let Some(reason) = tool_defined(subject.doc, range.start, variable) {
        return Err(reason);
    }
    if subject.doc.kind == FileKind::PipRequirements && !is_upper(new_name) {
        return Err("pip only expands variables in capital letters");
    }
    if subject.finding.place != Place::Active && group::tells_apart(subject.doc, variable, new_name)
    {
        return Err("the text tells the old name and the new one apart");
    }
    Ok(Some(subject.edit(range, new_name)))
}

/// The edit of a value that is the variable's own name, as in `NAME=NAME`: a use of the name too.
fn value_edit(subject: &Subject<'_>, variable: &str) -> Option<TextEdit> {
    let range = subject.part_range(Role::Value)?;
    let new_name = subject.renames.new_name(variable)?;
    (subject.doc.text.get(range.clone())? == variable.as_bytes())
        .then(|| subject.edit(range, new_name))
}

fn is_upper(name: &str) -> bool {
    !name.bytes().any(|byte| byte.is_ascii_lowercase())
}

/// Where the name stands.
fn name_range(subject: &Subject<'_>, variable: &str) -> Option<Range<usize>> {
    let range = subject.part_range(Role::Name).or_else(|| subject.range(subject.finding.span))?;
    (subject.doc.text.get(range.clone())? == variable.as_bytes()).then_some(range)
}

/// A use of a variable by its name.
fn reference(subject: &Subject<'_>) -> Proposal {
    let finding = subject.finding;
    let variable = finding.variable.as_deref().unwrap_or("the variable");
    match name_edit(subject) {
        Ok(Some(edit)) => {
            let mut reason = subject.renames.why_renamed(variable).unwrap_or_default().to_owned();
            if follows_username(subject, variable) {
                reason += "; the username in front of it does not go with an API token";
            }
            let mut edits = vec![edit];
            edits.extend(value_edit(subject, variable));
            let several = edits.len() > 1;
            let shown = several.then(|| shown(subject, &edits)).flatten();
            let mut proposal = Proposal::new(Applicability::Review, edits, reason);
            if several {
                proposal.shown = shown;
            }
            proposal.renamed = Some(variable.to_owned());
            if finding.place == Place::Active {
                let token = &subject.options.names.token;
                if finding.kind != CredentialKind::ApiToken {
                    proposal = proposal.steps([names::create_token(&finding.scopes)]);
                }
                // Where the variable is set, nothing reads it.
                if finding.part(Role::Value).is_none() {
                    proposal = proposal
                        .steps([variable::provide(subject.doc, token), USERNAME.to_owned()]);
                    proposal.needs.push(variable::token(&subject.options.names, Some(variable)));
                }
            }
            proposal
        }
        Ok(None) => kept(subject, variable, why_kept(subject, variable)),
        Err(reason) => kept(subject, variable, reason.to_owned()),
    }
}

/// Why a variable keeps its name.
fn why_kept(subject: &Subject<'_>, variable: &str) -> String {
    if let Some(reason) = subject.renames.why_kept(variable) {
        return reason.to_owned();
    }
    let at = name_range(subject, variable).map_or(0, |range| range.start);
    match tool_defined(subject.doc, at, variable) {
        Some(reason) => reason.to_owned(),
        None => format!("{variable} may hold something else than an app password"),
    }
}

/// The name stays, so what the variable holds has to change.
fn kept(subject: &Subject<'_>, variable: &str, reason: String) -> Proposal {
    let finding = subject.finding;
    let pair = value::is_pair(variable);
    let step = match (pair, finding.usage) {
        (true, Use::Git) => format!("set {variable} to {GIT_API_TOKEN_USERNAME}:TOKEN"),
        (true, Use::Rest) => format!("set {variable} to EMAIL:TOKEN, the Atlassian account email"),
        (true, _) => format!(
            "set {variable} to {GIT_API_TOKEN_USERNAME}:TOKEN for git, to EMAIL:TOKEN for the REST API"
        ),
        (false, _) => format!("{}; {USERNAME}", names::put_into(variable)),
    };
    Proposal::manual(reason).steps([names::create_token(&finding.scopes), step])
}

/// A variable with a literal value.
fn literal(subject: &Subject<'_>) -> Proposal {
    let finding = subject.finding;
    let variable = finding.variable.as_deref().unwrap_or("the variable");
    let told = |reason: &str| {
        Proposal::manual(reason).steps([
            names::create_token(&finding.scopes),
            value::by_hand(subject, variable),
            names::REVOKE.to_owned(),
        ])
    };
    let name = match name_edit(subject) {
        Ok(name) => name,
        Err(reason) => return told(reason),
    };
    let new_value = match value::of(subject, variable) {
        Ok(new_value) => new_value,
        Err(reason) => return told(reason),
    };
    let mut reason = match &new_value.from {
        value::From::Placeholder => "the secret gives way to a placeholder".to_owned(),
        value::From::Variables(_) => "the secret comes from outside of the file".to_owned(),
    };
    let why = match &name {
        Some(_) => subject.renames.why_renamed(variable),
        None => subject.renames.why_kept(variable),
    };
    if let Some(why) = why {
        reason = format!("{reason}; {why}");
    }
    let mut edits = vec![new_value.edit];
    let renamed = name.is_some();
    edits.extend(name);
    let shown = shown(subject, &edits);
    let mut proposal = Proposal::new(Applicability::Review, edits, reason);
    proposal.shown = shown;
    proposal.renamed = renamed.then(|| variable.to_owned());
    let mut steps = vec![names::create_token(&finding.scopes)];
    match new_value.from {
        value::From::Placeholder => steps.push(value::fill_in(subject)),
        value::From::Variables(needs) => {
            steps.extend(needs.iter().map(|need| variable::provide(subject.doc, &need.name)));
            proposal.needs.extend(needs);
        }
    }
    if finding.username.is_some() && !value::is_pair(variable) {
        steps.push(USERNAME.to_owned());
    }
    proposal.steps(steps).steps([names::REVOKE])
}

/// Whether the variable stands behind a username and a colon, as in `curl -u user:$NAME`.
fn follows_username(subject: &Subject<'_>, variable: &str) -> bool {
    static COLON: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let open = r"\$\{\{\s*(?:secrets\.)?|\{\{\s*|\$\{env:|\$env:|\$\{|\$\(|\$|%";
        Regex::new(&format!(r"(?-u)[\w}})%.@-]:(?:{open})$")).ok()
    });
    let Some(range) = name_range(subject, variable) else { return false };
    let before = &subject.doc.text[range.start.saturating_sub(32)..range.start];
    COLON.as_ref().is_some_and(|colon| colon.is_match(before))
}

/// The assignment after the edits. Its quotes may lie outside of the finding.
fn shown(subject: &Subject<'_>, edits: &[TextEdit]) -> Option<String> {
    let text = &subject.doc.text;
    let finding = subject.range(subject.finding.span)?;
    let mut edits: Vec<(Range<usize>, &str)> = edits
        .iter()
        .map(|edit| Some((subject.range(edit.span)?, edit.text.as_str())))
        .collect::<Option<_>>()?;
    edits.sort_by_key(|(range, _)| range.start);
    let (first, last) = (edits.first()?, edits.last()?);
    let mut at = finding.start.min(first.0.start);
    let mut end = finding.end.max(last.0.end);
    let opening = last.0.start.checked_sub(1).and_then(|before| text.get(before));
    if opening.is_some_and(|quote| b"\"'".contains(quote) && text.get(end) == Some(quote)) {
        end += 1;
    }
    let mut shown = String::new();
    for (range, new) in &edits {
        shown += &String::from_utf8_lossy(text.get(at..range.start)?);
        shown += new;
        at = range.end;
    }
    shown += &String::from_utf8_lossy(text.get(at..end)?);
    Some(shown)
}
