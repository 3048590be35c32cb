//! git on the command line: headers, usernames and helpers that `-c` and `git config` set, what is
//! piped into `git credential`, and entries of a netrc file that a script writes.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem;
use regex::bytes::Regex;

use crate::bitbucket::{GIT_API_TOKEN_USERNAME, Host, Scope, classify_host};
use crate::credential::CredentialKind;
use crate::document::FileKind;
use crate::finding::{Confidence, FormError, Place, Role, Severity, State, Use};
use crate::rule::Rule;

use super::credential::{Field, Form, Held, header_of};
use super::lexer::{Word, words};
use super::reading::Reading;
use super::target::Target;
use super::variables::expansion;
use super::{Calls, Told, mask};
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

    /// What `git credential approve` and the stores read: `username=…` and `password=…` beside
    /// `host=bitbucket.org`.
    pub(super) fn credential_lines(&mut self, sink: &mut Sink) {
        static HOST: LazyLock<Option<Regex>> = LazyLock::new(|| {
            Regex::new(r"(?i-u)(?:\b|\\n)host=(?:www\.|api\.)?bitbucket\.org\b").ok()
        });
        const NEAR: usize = 400;
        let text: &[u8] = &self.doc.text;
        // Programs that speak git's protocol are full of samples.
        if matches!(self.doc.kind, FileKind::CodeHash | FileKind::CodeSlash) {
            return;
        }
        let Some(host) = HOST.as_ref() else { return };
        let hits: Vec<Range<usize>> = host.find_iter(text).map(|hit| hit.range()).collect();
        for hit in hits {
            let from = hit.start.saturating_sub(NEAR);
            let until = (hit.end + NEAR).min(text.len());
            let around = &text[from..until];
            if memmem::find(around, b"git credential").is_none()
                && memmem::find(around, b"git-credential").is_none()
                || place_of(self.doc, hit.start) == Place::Prose
                    && memmem::find(&text[hit.clone()], b"\n").is_some()
            {
                continue;
            }
            let told = Told {
                rule: Rule::GitCommand,
                label: None,
                what: "what git credential reads",
                usage: Use::Git,
                oauth: false,
                scopes: Scope::GIT_FETCH.to_vec(),
                identity: "git credential".to_owned(),
                command: None,
            };
            // An entry ends at an empty line.
            let start =
                from + memmem::rfind(&text[from..hit.start], b"\n\n").map_or(0, |at| at + 2);
            let end =
                hit.end + memmem::find(&text[hit.end..until], b"\n\n").unwrap_or(until - hit.end);
            self.lines(start..end, start..end, told, sink);
        }
    }

    /// `username=` and `password=` in `within`.
    fn lines(
        &mut self,
        within: Range<usize>,
        whole: Range<usize>,
        mut told: Told,
        sink: &mut Sink,
    ) {
        let user = self.value_after(&within, b"username=");
        let secret = self.value_after(&within, b"password=");
        let (Some(user), Some(secret)) = (user, secret) else { return };
        let range = if told.command.is_some() {
            whole
        } else {
            user.range.start.min(secret.range.start)..user.range.end.max(secret.range.end)
        };
        let mut held = Held::new(Form::Apart, range, user.range.start);
        held.user = Some(user);
        held.secret = Some(secret);
        mask(self.doc, &held, sink);
        told.command = None;
        self.report(told, held);
    }

    /// `machine bitbucket.org login … password …` in a script that writes a netrc file.
    pub(super) fn netrc_lines(&mut self, sink: &mut Sink) {
        use FileKind as K;
        static MACHINE: LazyLock<Option<Regex>> = LazyLock::new(|| {
            Regex::new(r"(?-u)(?:\b|\\n)machine(?:\s|\\n|\\t)+((?:api\.|www\.)?bitbucket\.org)\b")
                .ok()
        });
        const NEAR: usize = 320;
        if matches!(self.doc.kind, K::CodeHash | K::CodeSlash | K::Other | K::Xml) {
            return;
        }
        let text: &[u8] = &self.doc.text;
        let Some(machine) = MACHINE.as_ref() else { return };
        let hits: Vec<(Range<usize>, Range<usize>)> = machine
            .captures_iter(text)
            .filter_map(|found| Some((found.get(0)?.range(), found.get(1)?.range())))
            .collect();
        for (hit, host) in hits {
            let until = (hit.end + NEAR).min(text.len());
            let next = memmem::find(&text[hit.end..until], b"machine ");
            let within = hit.end..hit.end + next.unwrap_or(until - hit.end);
            let api = classify_host(&text[host.clone()]) == Some(Host::Api);
            let user = self.value_after(&within, b"login");
            let secret = self.value_after(&within, b"password");
            let (Some(user), Some(secret)) = (user, secret) else { continue };
            // `password` of an entry before may stand in front, and prose uses the same words.
            if secret.range.start < user.range.start
                || !only_joins(text, host.end..user.range.start, b"login")
                || !only_joins(text, user.range.end..secret.range.start, b"password")
            {
                continue;
            }
            let mut held =
                Held::new(Form::Apart, hit.start..secret.range.end.max(hit.end), hit.start);
            let usage = if api { Use::Rest } else { Use::Git };
            held.user = Some(user);
            held.secret = Some(secret);
            mask(self.doc, &held, sink);
            let told = Told {
                rule: Rule::GitCommand,
                label: Some(Rule::Netrc),
                what: "a netrc entry that a script writes",
                usage,
                oauth: false,
                scopes: if api { Vec::new() } else { Scope::GIT_FETCH.to_vec() },
                identity: format!("netrc {}", String::from_utf8_lossy(&text[host])),
                command: None,
            };
            self.report(told, held);
        }
    }

    /// The value behind `key` in `within`; what fills it where it is `%s` of a `printf`.
    fn value_after(&self, within: &Range<usize>, key: &[u8]) -> Option<Field> {
        let text: &[u8] = &self.doc.text;
        let limit = within.end.min(text.len());
        let mut from = within.start;
        loop {
            let at = from + memmem::find(text.get(from..limit)?, key)?;
            from = at + key.len();
            let alone = at.checked_sub(1).is_none_or(|i| {
                !text[i].is_ascii_alphanumeric() && text[i] != b'_'
                    || text[i] == b'n' && i > 0 && text[i - 1] == b'\\'
            });
            if !alone {
                continue;
            }
            let mut start = from;
            if key.last() != Some(&b'=') {
                start = skip_separators(text, start, limit);
                if start == from {
                    continue;
                }
            }
            let range = start..value_end(text, start, limit);
            if range.is_empty() {
                continue;
            }
            if &text[range.clone()] == b"%s" {
                return self.printf_argument(&range);
            }
            return Some(Field { bytes: text[range.clone()].to_vec(), range });
        }
    }

    /// The argument that fills the `%s` at `hole` of a quoted format.
    fn printf_argument(&self, hole: &Range<usize>) -> Option<Field> {
        let text: &[u8] = &self.doc.text;
        let floor = hole.start.saturating_sub(300);
        let program = floor + memmem::rfind(&text[floor..hole.start], b"printf")?;
        let words = words(text, program, &Reading::of(self.doc, program));
        let format = words.iter().position(|word| word.raw.contains(&hole.start))?;
        let before = memmem::find_iter(&text[words[format].raw.start..hole.start], b"%s").count();
        let word = words.get(format + 1 + before)?;
        Some(Field::of(word, 0..word.bytes.len()))
    }
}

/// Whether nothing stands between two fields of an entry but what a script needs to write both, and
/// the key of the second. What fills a format stands behind all of it.
fn only_joins(text: &[u8], between: Range<usize>, key: &[u8]) -> bool {
    const WORDS: &[&[u8]] =
        &[b"echo", b"printf", b"e", b"n", b"s", b"t", b"tee", b"a", b"sudo", b"RUN", b"account"];
    let between = &text[between.start..between.end.max(between.start)];
    between
        .split(|b| b.is_ascii_whitespace() || b"\\\"'`;&|<>-%,$()".contains(b))
        .all(|word| {
            word.is_empty()
                || word == key
                || WORDS.contains(&word)
                || [&b"netrc"[..], b"HOME", b"FILE"].iter().any(|part| memmem::find(word, part).is_some())
                // `\nlogin` and `\tlogin`
                || word.split_first().is_some_and(|(first, rest)| b"nt".contains(first) && (rest == key || WORDS.contains(&rest)))
                || memmem::find(between, b"%s").is_some()
        })
}

/// Blanks, line breaks, and `\n` in a string.
fn skip_separators(text: &[u8], mut at: usize, limit: usize) -> usize {
    while at < limit {
        match text[at..limit] {
            [b' ' | b'\t' | b'\n' | b'\r', ..] => at += 1,
            [b'\\', b'n' | b't', ..] => at += 2,
            _ => break,
        }
    }
    at
}

fn value_end(text: &[u8], mut at: usize, limit: usize) -> usize {
    while at < limit {
        if let Some((_, length)) = expansion(&text[at..limit]) {
            at += length;
            continue;
        }
        match text[at..limit] {
            [b'\\', b'n' | b't' | b'"', ..] => break,
            [byte, ..] if byte.is_ascii_whitespace() || b"\"'`;|&()<>,".contains(&byte) => break,
            _ => at += 1,
        }
    }
    at
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
