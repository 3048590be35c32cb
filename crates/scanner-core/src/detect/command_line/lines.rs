//! Usernames and secrets in lines that a script writes: for `git credential`, into a netrc file.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem;
use regex::bytes::Regex;

use crate::bitbucket::{Host, Scope, classify_host};
use crate::detect::Sink;
use crate::detect::place::place_of;
use crate::document::FileKind;
use crate::finding::{Place, Use};
use crate::rule::Rule;

use super::Calls;
use super::credential::{Field, Form, Held};
use super::lexer::words;
use super::reading::Reading;
use super::report::{Told, mask};
use super::variables::expansion;

impl Calls<'_, '_, '_> {
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
    pub(super) fn lines(
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
