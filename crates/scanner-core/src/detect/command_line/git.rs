//! git on the command line: headers, usernames and helpers that `-c` and `git config` set.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem;
use regex::bytes::Regex;

use crate::bitbucket::{GIT_API_TOKEN_USERNAME, Host, Scope};
use crate::credential::CredentialKind;
use crate::finding::{Confidence, FormError, Place, Role, Severity, State, Use};
use crate::rule::Rule;

use super::Calls;
use super::credential::{Field, Form, Held, header_of};
use super::lexer::{Word, words};
use super::reading::Reading;
use super::report::{Told, mask};
use super::target::Target;
use crate::detect::Sink;
use crate::detect::place::place_of;
use crate::detect::slot::{Content, Verdict, content};

/// A key and a value that git is told.
struct Setting<'w> {
    /// In lower case but for what stands between the first and the last dot.
    key: Vec<u8>,
    value: Word,
    /// From the option or the key to the end of the value.
    range: Range<usize>,
    words: &'w [Word],
}

impl Calls<'_, '_, '_> {
    /// `git -c key=value …`, `git config key value`.
    pub(super) fn git(&mut self, sink: &mut Sink) {
        static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| {
            Regex::new(r"(?-u)\bgit[ \t]+(?:-c[ \t=\x22']|config[ \t]|-\w+[ \t]|clone[ \t])").ok()
        });
        let text: &[u8] = &self.doc.text;
        let Some(name) = NAME.as_ref() else { return };
        if memmem::find(text, b"git ").is_none() {
            return;
        }
        let starts: Vec<usize> = name.find_iter(text).map(|hit| hit.start()).collect();
        for start in starts {
            if start > 0 && matches!(text[start - 1], b'-' | b'.' | b'_') {
                continue;
            }
            let words = words(text, start, &Reading::of(self.doc, start));
            for setting in settings(&words) {
                self.setting(&setting, start, sink);
            }
        }
    }

    fn setting(&mut self, setting: &Setting<'_>, start: usize, sink: &mut Sink) {
        let key = setting.key.to_ascii_lowercase();
        let url = setting.words.iter().find_map(|word| Target::of(self.doc, &word.bytes));
        let (section, rest) = split_once(&key, b'.');
        let (subsection, name) = match rest.iter().rposition(|b| *b == b'.') {
            Some(dot) => (&rest[..dot], &rest[dot + 1..]),
            None => (&b""[..], rest),
        };
        // A key for one host says more than where the command goes.
        let target = if subsection.is_empty() { url } else { Target::of(self.doc, subsection) };
        let Some(target) = target else { return };
        let usage = if target.host() == Host::Api { Use::Rest } else { Use::Git };
        let told = |what| Told {
            rule: Rule::GitCommand,
            label: None,
            what,
            usage,
            oauth: false,
            scopes: scopes(setting.words),
            identity: format!("git {}", String::from_utf8_lossy(&key)),
            command: Some(start..start + 3),
        };
        match (section, name) {
            (b"http", b"extraheader") => {
                let held = header_of(self.doc, &setting.value, setting.range.clone(), start);
                let Some(mut held) = held else { return };
                mask(self.doc, &held, sink);
                // git has no other option for it: the header stays one.
                held.parts.retain(|(role, _)| *role != Role::Option);
                held.parts.push((Role::Value, setting.value.raw.clone()));
                self.report(told("a header for git"), held);
            }
            (b"credential", b"username") => self.username(setting, told("a git command")),
            (b"credential", b"helper") => {
                self.helper(setting, told("a credential helper of git"), sink);
            }
            _ => {}
        }
    }

    /// `credential.username`: a name without a secret.
    fn username(&mut self, setting: &Setting<'_>, told: Told) {
        let value = &setting.value;
        let place = place_of(self.doc, setting.range.start);
        let (state, form_error, confidence) = match content(&value.bytes, false, self.doc.kind) {
            Content::Literal(name) if name == GIT_API_TOKEN_USERNAME.as_bytes() => return,
            Content::Literal(name) if name == b"x-token-auth" || name == b"git" => return,
            Content::Literal(name) if name.contains(&b'@') => {
                (State::HalfMigrated, Some(FormError::EmailForGit), Confidence::Certain)
            }
            Content::Literal(_) => (State::Reference, None, Confidence::Certain),
            Content::Reference(_) => (State::Reference, None, Confidence::Likely),
            Content::Empty | Content::Placeholder => return,
        };
        let mut held = Held::new(
            Form::Pair,
            setting.range.clone(),
            told.command.clone().map_or(0, |c| c.start),
        );
        held.user = Some(Field::of(value, 0..value.bytes.len()));
        let verdict = Verdict {
            state,
            form_error,
            confidence,
            severity: match (place, state) {
                (Place::Active, State::HalfMigrated) => Severity::Error,
                (Place::Active, _) => Severity::Warning,
                _ => Severity::Note,
            },
            kind: CredentialKind::Reference,
            secret: None,
            secret_is_username: false,
            username: Some(String::from_utf8_lossy(&value.bytes).into_owned()),
            variable: None,
            message: "git is told a username of its own for Bitbucket; with API tokens it takes \
                      x-bitbucket-api-token-auth"
                .to_owned(),
        };
        self.add(told, held, place, verdict);
    }

    /// `!f() { echo username=…; echo "password=…"; }; f`
    fn helper(&mut self, setting: &Setting<'_>, told: Told, sink: &mut Sink) {
        let raw = setting.value.raw.clone();
        if !setting.value.bytes.starts_with(b"!") {
            return;
        }
        self.lines(raw, setting.range.clone(), told, sink);
    }
}

fn split_once(bytes: &[u8], mark: u8) -> (&[u8], &[u8]) {
    match memchr::memchr(mark, bytes) {
        Some(at) => (&bytes[..at], &bytes[at + 1..]),
        None => (bytes, b""),
    }
}

/// What the words of a git command set.
fn settings(words: &[Word]) -> Vec<Setting<'_>> {
    let mut found = Vec::new();
    let mut at = 1;
    while let Some(word) = words.get(at) {
        at += 1;
        let bytes = &word.bytes[..];
        if bytes == b"-c" || bytes == b"--config" {
            if let Some(next) = words.get(at) {
                found.extend(assignment(next, word.raw.start, words));
            }
            at += 1;
        } else if let Some(start) = [&b"--config="[..], b"-c"].iter().find_map(|option| {
            (bytes.starts_with(option) && bytes.contains(&b'=')).then_some(option.len())
        }) {
            found.extend(assignment(&word.tail(start), word.raw.start, words));
        } else if bytes == b"-C" {
            at += 1;
        } else if bytes == b"config" && found.is_empty() {
            let mut rest = words[at..].iter().filter(|word| {
                !word.bytes.starts_with(b"-") && !matches!(&word.bytes[..], b"set" | b"add")
            });
            if let (Some(key), Some(value)) = (rest.next(), rest.next()) {
                found.push(Setting {
                    key: key.bytes.clone(),
                    value: value.clone(),
                    range: key.raw.start..value.raw.end,
                    words: &[],
                });
            }
            break;
        } else if !bytes.starts_with(b"-") && bytes != b"clone" && bytes != b"submodule" {
            break;
        }
    }
    found
}

fn assignment<'w>(word: &Word, start: usize, words: &'w [Word]) -> Option<Setting<'w>> {
    // A URL in the key may hold `=`, its name does not.
    let equals = memchr::memchr(b'=', &word.bytes)?;
    let value = word.tail(equals + 1);
    Some(Setting { key: word.bytes[..equals].to_vec(), range: start..value.raw.end, value, words })
}

fn scopes(words: &[Word]) -> Vec<Scope> {
    if words.iter().any(|word| word.bytes == b"push") {
        Scope::GIT_PUSH.to_vec()
    } else {
        Scope::GIT_FETCH.to_vec()
    }
}
