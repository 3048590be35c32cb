//! From what a call sends to candidates.

use std::ops::Range;

use memchr::memmem;

use crate::bitbucket::{Scope, TokenFormat, classify_token};
use crate::credential::{CredentialKind, Secret};
use crate::detect::env_variable::is_generated;
use crate::detect::place::place_of;
use crate::detect::slot::{Content, Slot, Verdict, content, form_error, judge, name_confidence};
use crate::detect::{Candidate, Sink};
use crate::document::Document;
use crate::finding::{Confidence, FormError, Place, Role, Severity, State, Use};
use crate::rule::Rule;

use super::Calls;
use super::credential::{Field, Form, Held, is_literal};
use super::reading::is_told;
use super::variables::values;

/// What is known of the place that a credential goes to.
pub(super) struct Told {
    pub(super) rule: Rule,
    pub(super) label: Option<Rule>,
    /// See [`Slot::what`].
    pub(super) what: &'static str,
    pub(super) usage: Use,
    /// There an OAuth consumer shows its key and secret.
    pub(super) oauth: bool,
    pub(super) scopes: Vec<Scope>,
    pub(super) identity: String,
    /// The word that names the program; `None` where the credential stands in a text that is not
    /// split into words.
    pub(super) command: Option<Range<usize>>,
}

impl Calls<'_, '_, '_> {
    pub(super) fn report(&mut self, told: Told, held: Held) {
        let doc = self.doc;
        let mut place = place_of(doc, held.range.start);
        let printed = |command: &Range<usize>| is_told(doc, command.start);
        if place == Place::Active && told.command.as_ref().is_some_and(printed) {
            place = Place::Prose;
        }
        let slot = Slot {
            username: None,
            secret: None,
            percent: false,
            // What takes the email for both takes it as the REST API does.
            usage: if told.usage == Use::Both { Use::Rest } else { told.usage },
            kind: doc.kind,
            place,
            what: told.what,
        };
        let Some(verdict) = verdict(&slot, &held) else { return };
        if told.oauth && verdict.kind != CredentialKind::AppPassword {
            return;
        }
        self.add(told, held, place, verdict);
    }

    pub(super) fn add(&mut self, told: Told, held: Held, place: Place, verdict: Verdict) {
        let dead = verdict.state == State::DeadSecret;
        let scopes = if dead { Vec::new() } else { told.scopes };
        let mut parts = held.parts;
        if let Some(command) = told.command {
            let here = held.begins == command.start;
            parts.push((Role::Command, if here { command } else { held.begins..held.begins }));
        }
        if !parts.iter().any(|(role, _)| *role == Role::Base64) {
            let (user, secret) = (held.user.as_ref(), held.secret.as_ref());
            if verdict.secret_is_username {
                parts.extend(user.map(|field| (Role::Secret, field.range.clone())));
            } else {
                parts.extend(user.map(|field| (Role::Username, field.range.clone())));
                parts.extend(secret.map(|field| (Role::Secret, field.range.clone())));
            }
        }
        let claim = |parts: &[(Role, Range<usize>)]| {
            parts
                .iter()
                .find(|(role, _)| matches!(role, Role::Secret | Role::Base64))
                .map(|(_, range)| range.clone())
        };
        // One assignment serves several calls.
        let claim = claim(&parts);
        let known = claim.as_ref().and_then(|claim| self.claims.get(claim).copied());
        if let Some(known) = known.and_then(|index| self.found.get_mut(index)) {
            known.scopes.extend(scopes);
            known.scopes.sort_unstable();
            known.scopes.dedup();
            return;
        }
        if let Some(variable) = &verdict.variable {
            self.literal_in(variable, told.usage);
        }
        self.claims.extend(claim.map(|claim| (claim, self.found.len())));
        self.found.push(Candidate {
            rule: told.rule,
            state: verdict.state,
            form_error: verdict.form_error,
            usage: told.usage,
            confidence: verdict.confidence,
            severity: verdict.severity,
            place,
            kind: verdict.kind,
            range: held.range,
            parts,
            secret: verdict.secret,
            username: verdict.username,
            variable: verdict.variable,
            git_config_key: None,
            scopes,
            label: told.label,
            slot: None,
            identity: told.identity,
            message: verdict.message,
        });
    }
}

impl Calls<'_, '_, '_> {
    /// What the file assigns to the variable of a secret, where it has the form of an old app
    /// password: a variable's own name may say nothing.
    fn literal_in(&mut self, variable: &str, usage: Use) {
        let doc = self.doc;
        for value in values(doc, variable.as_bytes()) {
            let place = place_of(doc, value.raw.start);
            if !is_generated(&value.bytes) || place != Place::Active {
                continue;
            }
            let before = value.raw.start.saturating_sub(variable.len() + 16);
            let Some(at) = memmem::rfind(&doc.text[before..value.raw.start], variable.as_bytes())
            else {
                continue;
            };
            let name = before + at..before + at + variable.len();
            let range = value.range(0..value.bytes.len());
            self.found.push(Candidate {
                rule: Rule::EnvVariable,
                state: State::AppPassword,
                form_error: None,
                usage,
                confidence: Confidence::Likely,
                severity: Severity::Error,
                place,
                kind: CredentialKind::LegacyAppPassword,
                range: name.start..range.end,
                parts: vec![
                    (Role::Name, name),
                    (Role::Value, range.clone()),
                    (Role::Secret, range),
                ],
                secret: Some(Secret::new(value.bytes)),
                username: None,
                variable: Some(variable.to_owned()),
                git_config_key: None,
                scopes: Vec::new(),
                label: None,
                slot: None,
                identity: format!("{variable}="),
                message: format!(
                    "{variable} holds a value in clear, which goes to Bitbucket as a password"
                ),
            });
        }
    }
}

/// What is wrong with a credential of a call.
fn verdict(slot: &Slot<'_>, held: &Held) -> Option<Verdict> {
    let bytes = |field: &Option<Field>| field.as_ref().map(|field| field.bytes.clone());
    let (user, secret) = (bytes(&held.user), bytes(&held.secret));
    let names = |words: &[&str]| {
        [&user, &secret].into_iter().flatten().any(|bytes| {
            let text = String::from_utf8_lossy(bytes).to_ascii_lowercase();
            !is_literal(bytes) && words.iter().any(|word| text.contains(word))
        })
    };
    if names(&["client_id", "clientid", "client_secret", "clientsecret", "oauth", "consumer"]) {
        return None;
    }
    if held.form == Form::Bearer {
        return of_bearer(slot, secret.as_deref()?);
    }
    if let (Use::Rest, Some(b"x-bitbucket-api-token-auth"), Some(secret)) =
        (slot.usage, user.as_deref(), secret.as_deref())
        && let Content::Reference(name) = content(secret, false, slot.kind)
    {
        let username = Some("x-bitbucket-api-token-auth".to_owned());
        let told = form_error(slot, b"", FormError::UsernameForRest, username);
        return Some(Verdict {
            kind: CredentialKind::Reference,
            confidence: Confidence::Likely,
            secret: None,
            variable: (!name.is_empty() && !name.contains(' ')).then_some(name),
            ..told
        })
        .filter(|_| slot.place == Place::Active);
    }
    judge(&Slot { username: user.as_deref(), secret: secret.as_deref(), ..*slot })
}

/// Bearer goes with access tokens, which are fine.
fn of_bearer(slot: &Slot<'_>, token: &[u8]) -> Option<Verdict> {
    match content(token, false, slot.kind) {
        Content::Literal(literal) => match classify_token(&literal) {
            TokenFormat::AppPassword => judge(&Slot { secret: Some(token), ..*slot }),
            TokenFormat::ApiToken => {
                Some(form_error(slot, &literal, FormError::BearerForRest, None))
            }
            _ => None,
        },
        Content::Reference(name) if name_confidence(&name) == Confidence::Certain => {
            judge(&Slot { secret: Some(token), ..*slot })
        }
        Content::Reference(name) if says_api_token(&name) => Some(Verdict {
            severity: Severity::Note,
            confidence: Confidence::Possible,
            message: format!(
                "{name} goes as Bearer in {}: right for an access token; an API token goes with Basic, \
                 under the Atlassian account email",
                slot.what
            ),
            ..judge(&Slot { secret: Some(token), ..*slot })?
        }),
        _ => None,
    }
}

fn says_api_token(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace(['_', '-'], "");
    name.contains("apitoken")
}

/// What a call sends is not shown, wherever it sends it.
pub(super) fn mask(doc: &Document<'_>, held: &Held, sink: &mut Sink) {
    if let Some((_, range)) = held.parts.iter().find(|(role, _)| *role == Role::Base64) {
        sink.secrets.push(range.clone());
        return;
    }
    for (field, as_secret) in [(&held.secret, true), (&held.user, false)] {
        if let Some(field) = field
            && content(&field.bytes, false, doc.kind).must_be_masked(as_secret)
        {
            sink.secrets.push(field.range.clone());
        }
    }
}
