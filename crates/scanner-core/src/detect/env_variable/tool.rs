//! Variables that a tool reads under a name of its own, by the consumer table.

use std::ops::Range;

use memchr::memmem;

use crate::bitbucket::{GIT_ACCESS_TOKEN_USERNAME, GIT_API_TOKEN_USERNAME};
use crate::consumer::UsernameForm;
use crate::consumer::files;
use crate::consumer::variables::{self, Row};
use crate::credential::{CredentialKind, Secret};
use crate::detect::value::{self, Value};
use crate::detect::{Candidate, Sink};
use crate::finding::{Confidence, FormError, Place, Role, Severity, State, Use};

use super::Scan;
use super::assignment::assigned;
use super::constant::Assigned;
use super::names::{LONGEST, NameKind, Named};
use super::report::{blank, in_order, span};
use super::text::{self, is_word};
use super::{context, lossy};

/// More places of a username's variable are not looked at.
const MOST: usize = 64;

/// Whose a name is where it stands.
pub(super) enum Whose {
    /// No tool's, or it cannot be told which one's.
    Unknown,
    /// This tool's.
    Tool(Row),
    /// Some other host's.
    Other,
}

/// What the username beside a secret says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Beside {
    /// An API token works with it.
    Right,
    /// An app password worked with it, an API token does not.
    Old,
    /// Nothing is seen of it.
    Unseen,
}

/// The variable of the username nearest to a secret's.
struct Partner {
    name: Range<usize>,
    value: Option<Range<usize>>,
    /// What it holds, where that is a literal; never a secret.
    literal: Option<String>,
    beside: Beside,
}

impl Scan<'_, '_> {
    /// Whose the name is here.
    pub(super) fn whose(&self, named: &Named) -> Whose {
        let Ok(name) = str::from_utf8(&self.doc.text[named.range.clone()]) else {
            return Whose::Unknown;
        };
        let rows = variables::rows(name);
        if rows.is_empty() {
            return Whose::Unknown;
        }
        let only_by_table = named.class.kind == NameKind::Tool;
        if let Some(own) = rows.iter().find(|row| !row.variable.shared) {
            // A pair goes to the host that its name says.
            let pair = matches!(named.class.kind, NameKind::Pair(_));
            let elsewhere = !pair && self.context().is_data_center();
            return if elsewhere { Whose::Other } else { Whose::Tool(*own) };
        }
        if only_by_table {
            let ours = match self.platform(name) {
                Some(ours) => ours,
                None => self.context().is_cloud() || self.has_strong && !self.context().data_center,
            };
            return rows.first().filter(|_| ours).map_or(Whose::Other, |row| Whose::Tool(*row));
        }
        // Several tools read it, and whoever else likes to: the file has to say which one.
        let owner = files::owner(self.doc.path, &self.doc.text);
        let mut named = rows.iter().filter(|row| {
            Some(row.consumer.rule) == owner
                || has_word_of(&self.doc.text, row.consumer.name)
                || has_word_of(&self.doc.text, row.consumer.rule.id())
        });
        match (named.next(), named.next()) {
            (Some(row), None) => Whose::Tool(*row),
            _ => Whose::Unknown,
        }
    }

    /// Whether the tool's own setting of the host, beside the name, says Bitbucket Cloud; `None` where
    /// there is none: `RENOVATE_PLATFORM=bitbucket`.
    fn platform(&self, name: &str) -> Option<bool> {
        const SETTINGS: &[&str] =
            &["PLATFORM", "ENDPOINT", "PROVIDER", "SCM", "SCM_PROVIDER", "HOST", "URL", "BASE_URL"];
        let prefix = str::from_utf8(variables::prefix(name.as_bytes())?).ok()?;
        let text: &[u8] = &self.doc.text;
        let mut said = None;
        for setting in SETTINGS {
            let setting = format!("{prefix}{setting}");
            for range in words(text, &setting) {
                let Some(value) = assigned(self.doc, &range).filter(|value| value.constant) else {
                    continue;
                };
                match value::classify(&value.content, self.doc.kind) {
                    Value::Reference { .. } | Value::Empty => {}
                    _ if context::says_cloud(self.doc, &value.content) => return Some(true),
                    _ => said = Some(false),
                }
            }
        }
        said
    }

    /// What becomes of the candidates from `first` on, which were seen at a tool's name.
    pub(super) fn settle(&self, row: Row, named: &Named, first: usize, sink: &mut Sink) {
        let Some(seen) = sink.candidates.get(first..).filter(|seen| !seen.is_empty()) else {
            return;
        };
        let stays = row.variable.becomes.is_none() && named.class.kind != NameKind::Strong;
        let pair = matches!(named.class.kind, NameKind::Pair(_));
        let partner = if pair { None } else { self.partner(row, &named.range) };
        let beside = self.beside(row, partner.as_ref());
        let by_table = named.class.kind == NameKind::Tool;
        let mut kept = Vec::with_capacity(seen.len());
        for mut candidate in sink.candidates.split_off(first) {
            let reference = candidate.state == State::Reference;
            if reference && stays && !pair {
                match beside {
                    // Nothing says what it holds, and an API token is right there.
                    Beside::Right => continue,
                    Beside::Unseen if by_table => candidate.severity = Severity::Note,
                    _ => {}
                }
            }
            // The tool's own program, or one that is made for it: the name is its to know.
            if reference && self.is_code() {
                candidate.severity = Severity::Note;
            }
            candidate.label = Some(row.consumer.rule);
            if candidate.usage == Use::Unknown {
                candidate.usage = match row.form() {
                    UsernameForm::Static => Use::Git,
                    UsernameForm::Email => Use::Rest,
                    _ => row.consumer.usage,
                };
            }
            // A tool that does several things may have a variable for one of them alone.
            if candidate.usage == row.consumer.usage && (candidate.scopes.is_empty() || pair) {
                candidate.scopes = row.consumer.scopes.to_vec();
            }
            if candidate.place == Place::Active && candidate.form_error.is_none() {
                candidate.message = format!("{}; {}", candidate.message, wants(row));
            }
            let defined = candidate.parts.iter().any(|(role, _)| *role == Role::Value)
                || assigned(self.doc, &named.range).is_some();
            let taken = |partner: &&Partner| {
                let name = (Role::UsernameName, partner.name.clone());
                sink.candidates.iter().any(|other| other.parts.contains(&name))
            };
            if let Some(partner) = partner.as_ref().filter(|partner| defined && !taken(partner)) {
                add(&mut candidate, partner);
            }
            kept.push(candidate);
        }
        sink.candidates.extend(kept);
    }

    /// The nearest place where the variable of the username is set, else where it stands.
    fn partner(&self, row: Row, secret: &Range<usize>) -> Option<Partner> {
        let user = row.username()?;
        let doc = self.doc;
        let (value, name) = words(&doc.text, user.variable.name)
            .take(MOST)
            .map(|name| {
                let value = assigned(doc, &name)
                    .filter(|value| value.constant && value.range.start >= name.end);
                (value, name)
            })
            .min_by_key(|(value, name)| (value.is_none(), name.start.abs_diff(secret.start)))?;
        let Some(value) = value else {
            return Some(Partner { name, value: None, literal: None, beside: Beside::Unseen });
        };
        let kind = value::classify(&value.content, doc.kind);
        let plain = kind == Value::Literal && context::is_username(&value.content);
        Some(Partner {
            name,
            beside: fits(row.form(), kind, &value.content),
            literal: plain.then(|| lossy(&value.content)),
            value: Some(value.range),
        })
    }

    fn beside(&self, row: Row, partner: Option<&Partner>) -> Beside {
        if row.form() == UsernameForm::Unsupported {
            return Beside::Old;
        }
        if let Some((added, _)) = row.adds() {
            return if words(&self.doc.text, added).next().is_some() {
                Beside::Right
            } else if partner.is_some() {
                Beside::Old
            } else {
                Beside::Unseen
            };
        }
        partner.map_or(Beside::Unseen, |partner| partner.beside)
    }

    /// An API token beside a username that does not go with it.
    pub(super) fn half_migrated(
        &mut self,
        row: Row,
        name: &Range<usize>,
        value: &Assigned<'_>,
        place: Place,
    ) -> Option<Candidate> {
        let partner = self.partner(row, name)?;
        let user = partner.literal.as_deref()?;
        if place != Place::Active || partner.beside != Beside::Old {
            return None;
        }
        let (error, severity) = match row.form() {
            UsernameForm::Email => (FormError::UsernameForRest, Severity::Error),
            UsernameForm::Static if user == GIT_ACCESS_TOKEN_USERNAME => {
                (FormError::AccessTokenUsername, Severity::Error)
            }
            UsernameForm::Static if user.contains('@') => (FormError::EmailForGit, Severity::Error),
            // Documented, and seen to fail.
            UsernameForm::Static => (FormError::UsernameForGit, Severity::Warning),
            _ => return None,
        };
        let variable = lossy(&self.doc.text[name.clone()]);
        self.values.insert(value.range.start);
        let mut candidate = Candidate {
            state: State::HalfMigrated,
            form_error: Some(error),
            severity,
            kind: CredentialKind::ApiToken,
            range: span(name, &value.range),
            parts: vec![
                (Role::Name, name.clone()),
                (Role::Value, value.range.clone()),
                (Role::Secret, text::trim(&self.doc.text, value.range.clone())),
            ],
            secret: Some(Secret::new(value.content.trim_ascii())),
            identity: format!("{variable}="),
            message: format!(
                "{variable} holds an API token under a username that does not go with it; {}",
                wants(row)
            ),
            confidence: Confidence::Certain,
            ..blank(variable, place)
        };
        add(&mut candidate, &partner);
        Some(candidate)
    }
}

/// Puts the username's variable beside the secret's.
fn add(candidate: &mut Candidate, partner: &Partner) {
    if candidate.parts.iter().any(|(role, _)| *role == Role::UsernameName) {
        return;
    }
    candidate.parts.push((Role::UsernameName, partner.name.clone()));
    candidate.parts.extend(partner.value.clone().map(|value| (Role::Username, value)));
    candidate.parts = in_order(std::mem::take(&mut candidate.parts));
    candidate.username.clone_from(&partner.literal);
}

/// Whether an API token works under this username.
fn fits(form: UsernameForm, kind: Value<'_>, content: &[u8]) -> Beside {
    let says_email = |text: &[u8]| {
        text.contains(&b'@') || memmem::find(&text.to_ascii_lowercase(), b"email").is_some()
    };
    match (form, kind) {
        (UsernameForm::Email, _) if says_email(content) => Beside::Right,
        (UsernameForm::Static, _) if content.trim_ascii() == GIT_API_TOKEN_USERNAME.as_bytes() => {
            Beside::Right
        }
        (UsernameForm::Email | UsernameForm::Static, Value::Literal | Value::Reference { .. }) => {
            Beside::Old
        }
        _ => Beside::Unseen,
    }
}

/// What the tool takes instead, in one clause.
fn wants(row: Row) -> String {
    let name = row.consumer.name;
    let secret = row.variable.becomes.unwrap_or(row.variable.name);
    let user = row.username().map(|user| user.variable.becomes.unwrap_or(user.variable.name));
    let under = user.map_or_else(String::new, |user| format!(" in {user}"));
    let beside = match (row.form(), row.adds()) {
        (UsernameForm::Unsupported, _) => {
            return format!("{name} takes no API token");
        }
        (_, Some((added, UsernameForm::Email))) => {
            format!(" beside the Atlassian account email in {added}")
        }
        (UsernameForm::Email, _) => format!(" beside the Atlassian account email{under}"),
        (UsernameForm::Static, _) => format!(" beside {GIT_API_TOKEN_USERNAME}{under}"),
        _ => String::new(),
    };
    format!("{name} takes an API token in {secret}{beside}")
}

/// The places where a name stands as a whole word.
fn words<'t>(text: &'t [u8], name: &str) -> impl Iterator<Item = Range<usize>> + use<'t> {
    let length = name.len();
    let found: Vec<usize> = memmem::find_iter(text, name.as_bytes()).take(1024).collect();
    found.into_iter().map(move |start| start..start + length).filter(|range| {
        let before = range.start.checked_sub(1).map(|at| text[at]);
        // `\nNAME` in a string.
        let escape = before.is_some_and(|b| matches!(b, b'n' | b't' | b'r'))
            && text::is_escaped(text, range.start - 1);
        (escape || !before.is_some_and(is_word))
            && !text.get(range.end).copied().is_some_and(is_word)
    })
}

/// Whether the text names this tool, whatever the case.
fn has_word_of(text: &[u8], name: &str) -> bool {
    let length = name.len();
    let Some(first) = name.bytes().next().filter(|_| length <= LONGEST) else { return false };
    let word = |b: Option<&u8>| b.is_some_and(|b| is_word(*b));
    memchr::memchr2_iter(first.to_ascii_lowercase(), first.to_ascii_uppercase(), text).any(|at| {
        text.get(at..at + length).is_some_and(|found| {
            found.eq_ignore_ascii_case(name.as_bytes())
                && !word(at.checked_sub(1).and_then(|at| text.get(at)))
                && !word(text.get(at + length))
        })
    })
}

#[cfg(test)]
mod tests;
