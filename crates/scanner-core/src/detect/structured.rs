//! Credentials in structured files, by the rows of the consumer table: the key path says what a value
//! is.

mod condition;
mod objects;
mod template;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

pub(super) use condition::names_cloud;
pub use objects::{Field, Object, objects};
pub use template::{Parsed, format_of, read};

use crate::bitbucket::{GIT_API_TOKEN_USERNAME, TokenFormat, classify_token};
#[cfg(test)]
use crate::consumer::Condition;
use crate::consumer::{Shape, Slot, UsernameForm, files};
use crate::credential::CredentialKind;
use crate::document::{Document, FileKind};
use crate::finding::{Confidence, FormError, Place, Role, SkipReason, State, Use};

use super::slot::{self, Content, Verdict, content, judge, name_confidence};
use super::{Candidate, Sink};
use objects::{decoded, said};

/// Sees what the slots of the consumer table describe.
pub(crate) fn detect(doc: &Document<'_>, sink: &mut Sink) {
    let slots = files::slots(doc.path);
    // What a package manager writes is none that people configure.
    if slots.is_empty() || doc.kind == FileKind::Lock {
        return;
    }
    let mut files = BTreeMap::new();
    let mut seen = HashSet::new();
    for slot in slots {
        if !may_hold(&doc.text, slot) {
            continue;
        }
        let Some(format) = format_of(doc, slot) else { continue };
        let parsed = files.entry(format).or_insert_with(|| {
            if !doc.whole {
                let told = "too large to be read by its structure: read as text".to_owned();
                sink.problems.push((SkipReason::Unparsed, told));
                return None;
            }
            read(doc, format)
                .map_err(|fault| {
                    // Of its own files git says it itself.
                    if doc.kind != FileKind::GitConfig {
                        let told = format!("read as text, not by its structure: {fault}");
                        sink.problems.push((SkipReason::Unparsed, told));
                    }
                })
                .ok()
        });
        let Some(parsed) = parsed else { continue };
        for object in objects(doc, parsed, slot) {
            // The first row that describes a place keeps it.
            if seen.insert(object.secret.content().start) {
                sink.keys.extend(keys(slot, &object));
                report(doc, parsed, slot, &object, sink);
            }
        }
    }
}

/// Whether the text has all the words without which no object of it fits: parsing costs more.
fn may_hold(text: &[u8], slot: &Slot) -> bool {
    let has = |path: &str| {
        path.split('/')
            .map(|segment| segment.trim_start_matches('@'))
            .filter(|segment| !matches!(*segment, "" | "*" | "[]" | "**" | ".." | "{bitbucket}"))
            .all(|word| memchr::memmem::find(text, word.as_bytes()).is_some())
    };
    let secret = match slot.shape {
        Shape::Fields { secret, .. } | Shape::Items { secret, .. } => secret,
        Shape::Pair | Shape::Secret => &[],
    };
    has(slot.path) && (secret.is_empty() || secret.iter().copied().any(has))
}

/// What stands in an object, right or not, that looks like a variable's name and is none.
fn keys(slot: &Slot, object: &Object<'_>) -> Vec<Range<usize>> {
    let mut keys = vec![object.secret.name_at()];
    keys.extend(object.username.as_ref().map(Field::name_at));
    if slot.names_secret {
        keys.push(object.secret.content());
    }
    condition::words(slot.when, &object.trail, &mut keys);
    keys
}

/// What stands in the fields of an object, as the judge reads it.
struct Said {
    username: Option<Vec<u8>>,
    secret: Vec<u8>,
    /// Where both stand in the text; `None` within base64.
    ranges: Option<(Option<Range<usize>>, Range<usize>)>,
}

fn read_fields(doc: &Document<'_>, parsed: &Parsed, slot: &Slot, object: &Object<'_>) -> Said {
    let reference = |text: &[u8]| !matches!(content(text, false, doc.kind), Content::Literal(_));
    // A template in a place for base64 is encoded later.
    let plain = |field: &Field<'_>| {
        let text = said(doc, parsed, field.scalar).into_owned();
        if !slot.base64 || reference(&text) {
            return (text, false);
        }
        match decoded(&text) {
            // What `echo secret | base64` brings with it.
            Some(text) => (text.trim_ascii_end().to_vec(), true),
            None => (Vec::new(), true),
        }
    };
    let (secret, encoded) = plain(&object.secret);
    if slot.shape == Shape::Pair {
        let text = doc.text.get(object.secret.content()).unwrap_or_default();
        let whole = object.secret.content();
        let colon =
            (!reference(&secret) || secret.contains(&b':')).then(|| colon_of(&secret)).flatten();
        let Some(colon) = colon else {
            // One variable for both.
            let ranges = (!encoded).then(|| (Some(whole.clone()), whole.end..whole.end));
            return Said { username: Some(secret), secret: Vec::new(), ranges };
        };
        let ranges = colon_of(text).filter(|_| !encoded).map(|at| {
            let at = whole.start + at;
            (Some(whole.start..at), at + 1..whole.end)
        });
        let (username, secret) = (secret[..colon].to_vec(), secret[colon + 1..].to_vec());
        return Said { username: Some(username), secret, ranges };
    }
    let username = object.username.as_ref().map(&plain).map(|(text, _)| text);
    let ranges =
        (!encoded).then(|| (object.username.as_ref().map(Field::content), object.secret.content()));
    Said { username, secret, ranges }
}

/// The colon between a username and a secret: not one within `${NAME:-x}` or `{{ … }}`.
fn colon_of(text: &[u8]) -> Option<usize> {
    let mut depth = 0usize;
    text.iter().position(|byte| {
        match byte {
            b'{' | b'(' => depth += 1,
            b'}' | b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        *byte == b':' && depth == 0
    })
}

fn report(
    doc: &Document<'_>,
    parsed: &Parsed,
    row: &'static Slot,
    object: &Object<'_>,
    sink: &mut Sink,
) {
    let said = read_fields(doc, parsed, row, object);
    let literal = matches!(content(&said.secret, false, doc.kind), Content::Literal(_));
    if literal && !row.names_secret || is_scrambled(&said.secret) {
        sink.secrets.push(object.secret.content());
    }
    let Some(verdict) = verdict(doc, row, object, &said) else { return };
    let mut parts = Vec::new();
    let (name, value) = (object.secret.name_at(), object.secret.content());
    if !name.is_empty() {
        parts.push((Role::Name, name.clone()));
    }
    parts.push((Role::Value, value.clone()));
    if let Some(field) = &object.username
        && !field.name_at().is_empty()
    {
        parts.push((Role::UsernameName, field.name_at()));
    }
    match &said.ranges {
        None => {
            parts.push((Role::Base64, value));
            parts.extend(object.username.as_ref().map(|field| (Role::Username, field.content())));
        }
        Some((Some(username), _)) if verdict.secret_is_username => {
            parts.push((Role::Secret, username.clone()));
        }
        Some((username, secret)) => {
            parts.push((Role::Secret, secret.clone()));
            parts.extend(username.clone().map(|range| (Role::Username, range)));
        }
    }
    let end = object.secret.range.1;
    let start = object
        .username
        .as_ref()
        .map(|field| field.name_range.0)
        .filter(|start| {
            *start < name.start && memchr::memchr(b'\n', &doc.text[*start..name.start]).is_none()
        })
        .unwrap_or(if name.is_empty() { object.secret.range.0 } else { name.start });
    let consumer = row.rule.consumer();
    sink.candidates.push(Candidate {
        rule: row.rule,
        state: verdict.state,
        form_error: verdict.form_error,
        usage: row.usage,
        confidence: verdict.confidence,
        severity: verdict.severity,
        place: Place::Active,
        kind: verdict.kind,
        range: start..end.max(start),
        parts,
        secret: verdict.secret,
        username: verdict.username,
        variable: verdict.variable,
        git_config_key: None,
        scopes: match row.scopes {
            [] => consumer.map(|consumer| consumer.scopes.to_vec()).unwrap_or_default(),
            scopes => scopes.to_vec(),
        },
        label: None,
        slot: Some(row),
        identity: identity(object),
        message: verdict.message,
    });
}

/// The keys on the way: they stay when lines move. A key that may hold a secret is left out.
fn identity(object: &Object<'_>) -> String {
    let mut keys: Vec<&str> = object.trail.keys().collect();
    keys.push(object.secret.name);
    keys.retain(|key| !key.contains('@'));
    keys.join("/")
}

fn verdict(
    doc: &Document<'_>,
    row: &'static Slot,
    object: &Object<'_>,
    said: &Said,
) -> Option<Verdict> {
    let consumer = row.rule.consumer()?;
    let what = format!("the configuration of {}", consumer.name);
    let usage = match (row.form, row.usage) {
        (UsernameForm::Static | UsernameForm::Both, _) | (_, Use::Git) => Use::Git,
        _ => Use::Rest,
    };
    let place = slot::Slot {
        username: said.username.as_deref(),
        secret: Some(&said.secret),
        percent: false,
        usage,
        kind: doc.kind,
        place: Place::Active,
        what: &what,
    };
    if row.usage == Use::Rest
        && let Some(verdict) = gits_name_for_rest(&place, row.names_secret)
    {
        return Some(verdict);
    }
    if row.names_secret {
        return named_elsewhere(&place, &said.secret);
    }
    if row.form != UsernameForm::Both {
        return judge(&place);
    }
    // Both names side by side: right once the second one is there.
    let has = |(name, _): &(&str, UsernameForm)| !object.trail.find(name, &|_| false).is_empty();
    let whole = !row.adds.is_empty() && row.adds.iter().all(has);
    match content(&said.secret, false, doc.kind) {
        Content::Reference(_) if whole => None,
        Content::Literal(secret) if classify_token(&secret) == TokenFormat::ApiToken => {
            let username = judge(&place).and_then(|verdict| verdict.username);
            let rest = slot::Slot { usage: Use::Rest, ..place };
            (!whole).then(|| slot::form_error(&rest, &secret, FormError::UsernameForRest, username))
        }
        // Whatever the name for git is, the other one is missing.
        Content::Reference(_) => {
            let username = judge(&place).and_then(|verdict| verdict.username);
            judge(&slot::Slot { username: None, ..place })
                .map(|verdict| Verdict { username, ..verdict })
        }
        _ => judge(&place),
    }
}

/// Whoever writes git's name has an API token; REST does not know the name.
fn gits_name_for_rest(place: &slot::Slot<'_>, names_secret: bool) -> Option<Verdict> {
    let username = place.username.filter(|name| *name == GIT_API_TOKEN_USERNAME.as_bytes())?;
    let variable = match content(place.secret?, false, place.kind) {
        Content::Empty => return None,
        _ if names_secret => None,
        Content::Reference(name) => (!name.is_empty() && !name.contains(' ')).then_some(name),
        _ => return None,
    };
    let username = Some(String::from_utf8_lossy(username).into_owned());
    let told = slot::form_error(place, b"", FormError::UsernameForRest, username);
    (place.usage == Use::Rest).then(|| Verdict {
        kind: CredentialKind::Reference,
        confidence: Confidence::Likely,
        secret: None,
        variable,
        ..told
    })
}

/// What TeamCity (`zxx…`, its key is known) and Jenkins (`{AQA…}`) keep a secret as. Whoever has the
/// program's key reads it.
pub fn is_scrambled(secret: &[u8]) -> bool {
    secret.starts_with(b"zxx") || secret.starts_with(b"{AQA")
}

/// The field says where the secret is kept: whatever stands there is a reference.
pub(super) fn named_elsewhere(place: &slot::Slot<'_>, secret: &[u8]) -> Option<Verdict> {
    let name = String::from_utf8_lossy(secret).into_owned();
    if name.trim().is_empty() {
        return None;
    }
    // A literal there would be a name: judged as a variable of that name.
    let word: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    let verdict =
        judge(&slot::Slot { secret: Some(format!("${{X_{word}}}").as_bytes()), ..*place })?;
    if verdict.state != State::Reference {
        return Some(verdict);
    }
    let right = match place.usage {
        Use::Rest => "the Atlassian account email",
        _ => crate::bitbucket::GIT_API_TOKEN_USERNAME,
    };
    let what = place.what;
    Some(Verdict {
        variable: None,
        confidence: name_confidence(&name),
        message: format!(
            "A secret that is kept elsewhere goes into {what}; an app password in it fails, an API \
             token needs the username {right}"
        ),
        ..verdict
    })
}

/// Conditions are data; this keeps a row from asking for what no file can show.
#[cfg(test)]
pub(crate) fn is_sound(condition: &Condition) -> bool {
    match condition {
        Condition::Is(_, values) => !values.is_empty(),
        Condition::Contains(_, part) => !part.is_empty(),
        Condition::Any(conditions) | Condition::All(conditions) => {
            !conditions.is_empty() && conditions.iter().all(is_sound)
        }
        _ => true,
    }
}
