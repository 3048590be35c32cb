//! From what was seen to candidates.

use std::ops::Range;
use std::sync::LazyLock;

use regex::bytes::Regex;

use crate::bitbucket::Scope;
use crate::credential::{CredentialKind, Secret};
use crate::detect::place::is_test;
use crate::detect::{Candidate, Sink};
use crate::document::FileKind;
use crate::finding::{Confidence, Place, Role, Severity, State, Use};
use crate::rule::Rule;

use super::Scan;
use super::assignment::assigned;
use super::constant::Assigned;
use super::message::is_in_sentence;
use super::names::{NameKind, Named, Style};
use super::{lossy, reference, text};

impl Scan<'_, '_> {
    pub(super) fn report_secret(
        &mut self,
        name: &Range<usize>,
        value: &Assigned<'_>,
        confidence: Confidence,
        place: Place,
        sink: &mut Sink,
    ) {
        let variable = lossy(&self.doc.text[name.clone()]);
        let dead = place == Place::Comment;
        let what = match confidence {
            Confidence::Certain => "a Bitbucket app password in clear",
            Confidence::Likely => "a value in clear, by the variable's name an app password",
            Confidence::Possible => "a value in clear that may be an app password",
        };
        let message = if dead {
            format!(
                "{variable} holds {what} in a comment; nothing uses it here, but it was written down"
            )
        } else {
            format!("{variable} holds {what}")
        };
        let content = value.content.trim_ascii();
        self.values.insert(value.range.start);
        sink.candidates.push(Candidate {
            state: if dead { State::DeadSecret } else { State::AppPassword },
            confidence,
            severity: if dead && confidence == Confidence::Possible {
                Severity::Note
            } else {
                Severity::Error
            },
            kind: if content.starts_with(b"ATBB") {
                CredentialKind::AppPassword
            } else {
                CredentialKind::LegacyAppPassword
            },
            range: span(name, &value.range),
            parts: in_order(vec![
                (Role::Name, name.clone()),
                (Role::Value, value.range.clone()),
                (Role::Secret, text::trim(&self.doc.text, value.range.clone())),
            ]),
            secret: Some(Secret::new(content)),
            username: self.context().user(&variable).map(ToOwned::to_owned),
            identity: format!("{variable}="),
            message,
            ..blank(variable, place)
        });
    }

    pub(super) fn report_token(
        &mut self,
        name: &Range<usize>,
        value: &Assigned<'_>,
        place: Place,
        sink: &mut Sink,
    ) {
        let variable = lossy(&self.doc.text[name.clone()]);
        self.values.insert(value.range.start);
        sink.candidates.push(Candidate {
            severity: if place == Place::Active { Severity::Warning } else { Severity::Note },
            range: span(name, &value.range),
            parts: in_order(vec![(Role::Name, name.clone()), (Role::Value, value.range.clone())]),
            identity: format!("{variable}="),
            message: format!(
                "{variable} already holds an API token: check the username that goes with it; git \
                 takes x-bitbucket-api-token-auth, the REST API the Atlassian account email"
            ),
            ..blank(variable, place)
        });
    }

    /// The assignment of nothing, or of what stands for a value.
    pub(super) fn report_blank(
        &self,
        named: &Named,
        value: &Assigned<'_>,
        place: Place,
        sink: &mut Sink,
    ) {
        let Some(mention) = self.mention(named, place) else { return };
        let name = &named.range;
        let variable = lossy(&self.doc.text[name.clone()]);
        // A sample is copied before it is filled in; a sentence describes.
        let settings = matches!(
            self.doc.kind,
            FileKind::Dotenv | FileKind::Yaml | FileKind::Properties | FileKind::Ini
        );
        let sample = settings && is_sample(self.doc.path);
        let sentence = value.content.contains(&b' ') && !value.content.starts_with(b"<");
        // Tests put in what they like; `TYPE_BB_APP_PW = "bb-app-pw"` names a thing.
        let made_up = self.is_code()
            && (is_test(self.doc.path) || says_the_same(variable.as_bytes(), &value.content));
        let quiet = sample || sentence || made_up;
        let severity = if quiet { Severity::Note } else { mention.severity };
        sink.candidates.push(Candidate {
            severity,
            range: span(name, &value.range),
            parts: in_order(vec![(Role::Name, name.clone()), (Role::Value, value.range.clone())]),
            identity: format!("{variable}="),
            message: format!("{variable} is where an app password is to be put"),
            ..mention
        });
    }

    /// A use of the variable without a secret.
    pub(super) fn report_mention(&self, named: &Named, place: Place, sink: &mut Sink) {
        sink.candidates.extend(self.mention(named, place));
    }

    fn mention(&self, named: &Named, place: Place) -> Option<Candidate> {
        let text: &[u8] = &self.doc.text;
        let name = &named.range;
        let strong = matches!(named.class.kind, NameKind::Strong | NameKind::Tool);
        if text::is_binary_around(text, name) {
            return None;
        }
        if !strong && (place == Place::Prose || !self.is_cloud(named)) {
            return None;
        }
        let looked_up = reference::is_lookup(self.doc, name);
        // Slugs and titles are made of the same words.
        if named.style == Style::Kebab && !looked_up && !reference::is_whole(self.doc, name) {
            return None;
        }
        let variable = lossy(&text[name.clone()]);
        let identifier = self.is_code()
            && named.style != Style::Upper
            && (!looked_up || named.style == Style::Camel && reference::is_member(text, name))
            && !self.is_read_from_environment(name);
        let message = is_in_sentence(self.doc, name);
        let quiet = place != Place::Active
            || identifier
            || message
            || reference::is_called(text, name)
            || self.context().is_data_center();
        Some(Candidate {
            confidence: if named.class.kind == NameKind::Strong && !identifier {
                Confidence::Certain
            } else {
                Confidence::Likely
            },
            severity: if quiet { Severity::Note } else { Severity::Warning },
            range: name.clone(),
            parts: vec![(Role::Name, name.clone())],
            identity: variable.clone(),
            message: if identifier {
                format!("{variable} is what a program calls an app password")
            } else if message {
                format!("{variable} is named in a text that a program prints")
            } else {
                format!("{variable} brings an app password")
            },
            ..blank(variable, place)
        })
    }

    /// Whether an identifier is assigned what the environment holds.
    fn is_read_from_environment(&self, name: &Range<usize>) -> bool {
        const SOURCES: &str = r"(?i-u)\benv|environ|getenv|secret|credential|process\.env";
        static SOURCE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(SOURCES).ok());
        assigned(self.doc, name).is_some_and(|value| {
            !value.constant && SOURCE.as_ref().is_some_and(|source| source.is_match(&value.content))
        })
    }

    pub(super) fn report_pair_mention(
        &self,
        variable: String,
        usage: Use,
        name: &Range<usize>,
        place: Place,
        sink: &mut Sink,
    ) {
        if place == Place::Prose || text::is_binary_around(&self.doc.text, name) {
            return;
        }
        sink.candidates.push(Candidate {
            usage,
            confidence: Confidence::Likely,
            severity: if place == Place::Active { Severity::Warning } else { Severity::Note },
            range: name.clone(),
            parts: vec![(Role::Name, name.clone())],
            scopes: pair_scopes(&variable),
            identity: variable.clone(),
            message: format!("{variable} brings a username and an app password"),
            ..blank(variable, place)
        });
    }
}

/// What is common to all candidates of this rule.
pub(super) fn blank(variable: String, place: Place) -> Candidate {
    Candidate {
        rule: Rule::EnvVariable,
        state: State::Reference,
        form_error: None,
        usage: Use::Unknown,
        confidence: Confidence::Certain,
        severity: Severity::Warning,
        place,
        kind: CredentialKind::Reference,
        range: 0..0,
        parts: Vec::new(),
        secret: None,
        username: None,
        variable: Some(variable),
        git_config_key: None,
        scopes: Vec::new(),
        label: None,
        slot: None,
        identity: String::new(),
        message: String::new(),
    }
}

/// What the tools that read a pair do with it: Atlassian's example uploads a download,
/// semantic-release pushes.
pub(super) fn pair_scopes(variable: &str) -> Vec<Scope> {
    match variable.to_ascii_uppercase().as_str() {
        "BB_AUTH_STRING" => vec![Scope::WriteRepository],
        "BB_TOKEN_BASIC_AUTH" | "BITBUCKET_TOKEN_BASIC_AUTH" => {
            vec![Scope::ReadRepository, Scope::WriteRepository]
        }
        _ => Vec::new(),
    }
}

pub(super) fn span(name: &Range<usize>, value: &Range<usize>) -> Range<usize> {
    name.start.min(value.start)..name.end.max(value.end)
}

pub(super) fn in_order(mut parts: Vec<(Role, Range<usize>)>) -> Vec<(Role, Range<usize>)> {
    parts.sort_by_key(|(role, range)| (range.start, *role));
    parts
}

/// Whether a value is made of the words of the name that it is assigned to.
fn says_the_same(name: &[u8], value: &[u8]) -> bool {
    let squeezed = |text: &[u8]| -> Vec<u8> {
        let letters = text.iter().filter(|b| b.is_ascii_alphanumeric());
        letters.map(u8::to_ascii_lowercase).collect()
    };
    let (name, value) = (squeezed(name), squeezed(value));
    value.len() > 6 && memchr::memmem::find(&name, &value).is_some()
}

/// `.env.example` and the like: what it assigns is for people.
fn is_sample(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    ["example", "sample", "template", "tmpl", "tpl", "dist", "default"]
        .iter()
        .any(|word| name.split(['.', '-', '_']).any(|part| part == *word))
}
