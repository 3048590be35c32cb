//! `Invoke-RestMethod` and `Invoke-WebRequest`: a Basic header or a credential, followed through the
//! variables that bring it.

mod syntax;

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem;
use regex::bytes::Regex;

use crate::document::FileKind;
use crate::finding::Role;
use crate::rule::Rule;

use self::syntax::{apart, closed, expression, method, statement, string_end, trim, word};
use super::Calls;
use super::credential::{Field, Form, Held, colon, decode};
use super::lexer::Word;
use super::report::{Told, mask};
use super::target::Target;
use super::variables::{assignments, expansion};
use crate::detect::Sink;

/// Variables are followed this far.
const DEEPEST: usize = 4;

impl Calls<'_, '_, '_> {
    /// Calls of PowerShell's own commands.
    pub(super) fn powershell(&mut self, sink: &mut Sink) {
        static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| {
            Regex::new(r"(?i-u)\b(?:Invoke-(?:RestMethod|WebRequest)|irm|iwr)[ \t`]").ok()
        });
        if matches!(self.doc.kind, FileKind::CodeHash | FileKind::CodeSlash) {
            return;
        }
        let text: &[u8] = &self.doc.text;
        let Some(name) = NAME.as_ref() else { return };
        let calls: Vec<Range<usize>> = name.find_iter(text).map(|hit| hit.range()).collect();
        for call in calls {
            let command = statement(text, call.start);
            let mut texts = vec![command.clone()];
            // `@parameters`: what stands in the table is as good as in the command.
            texts.extend(self.splatted(&command));
            let Some(target) = texts.iter().find_map(|range| self.target(range)) else { continue };
            let method =
                texts.iter().find_map(|range| method(&text[range.clone()])).unwrap_or("GET");
            let command_name = call.start..call.end - 1;
            for range in &texts {
                for held in self.credentials(range) {
                    mask(self.doc, &held, sink);
                    let told = Told {
                        rule: Rule::PowershellWeb,
                        label: None,
                        what: "a web request of PowerShell",
                        usage: target.usage,
                        oauth: target.is_oauth(),
                        scopes: target.scopes(method),
                        identity: format!("powershell {}", target.identity()),
                        command: Some(command_name.clone()),
                    };
                    self.report(told, held);
                }
            }
        }
    }

    fn splatted(&self, command: &Range<usize>) -> Vec<Range<usize>> {
        let text = &self.doc.text[command.clone()];
        let mut found = Vec::new();
        for at in memchr::memchr_iter(b'@', text) {
            let name = word(&text[at + 1..]);
            if !name.is_empty() {
                found.extend(self.values(name));
            }
        }
        found
    }

    /// Where the values of the variable stand, nearest last.
    fn values(&self, name: &[u8]) -> Vec<Range<usize>> {
        let text: &[u8] = &self.doc.text;
        assignments(self.doc, name)
            .into_iter()
            .filter(|at| {
                let before = text[..*at].trim_ascii_end().strip_suffix(b"=").unwrap_or_default();
                let before = before.strip_suffix(b"+").unwrap_or(before).trim_ascii_end();
                let before = before.strip_suffix(name).unwrap_or_default();
                before.ends_with(b"$") || before.ends_with(b":")
            })
            .map(|at| statement(text, at))
            .collect()
    }

    fn target(&self, range: &Range<usize>) -> Option<Target> {
        static URI: LazyLock<Option<Regex>> = LazyLock::new(|| {
            Regex::new(concat!(
                r#"(?i-u)(?:-Uri[ \t:]+|\bUri\b["']?[ \t]*=[ \t]*|\A\S+[ \t]+)"#,
                r#"(?:["'(]{0,2})((?:https?://|\$\{?(?:env:)?\w+\}?|\$\(\$\w+\))[^\s"';]*)"#
            ))
            .ok()
        });
        let text = &self.doc.text[range.clone()];
        let found = URI
            .as_ref()?
            .captures_iter(text)
            .find_map(|captures| Target::of(self.doc, captures.get(1)?.as_bytes()));
        found.or_else(|| {
            let at = memmem::find(text, b"https://")?;
            let end = text[at..].iter().position(|b| b"\"' \t\r\n)".contains(b));
            Target::of(self.doc, &text[at..end.map_or(text.len(), |end| at + end)])
        })
    }

    /// The credentials that a command, or a table of its parameters, brings.
    fn credentials(&self, range: &Range<usize>) -> Vec<Held> {
        static PARAMETER: LazyLock<Option<Regex>> = LazyLock::new(|| {
            Regex::new(r#"(?i-u)(?:-|\b)(Headers?|Credential)["']?(?:[ \t]+|:|[ \t]*=[ \t]*)(\$\w+|@\{|\(|\[)"#).ok()
        });
        let text: &[u8] = &self.doc.text;
        let Some(parameter) = PARAMETER.as_ref() else { return Vec::new() };
        let mut found = Vec::new();
        for captures in parameter.captures_iter(&text[range.clone()]) {
            let (Some(name), Some(value)) = (captures.get(1), captures.get(2)) else { continue };
            let start = range.start + value.start();
            let values = match value.as_bytes().strip_prefix(b"$") {
                Some(variable) => {
                    let mut values = self.values(variable);
                    values.extend(self.members(variable));
                    values
                }
                None => std::iter::once(start..closed(text, start).min(range.end)).collect(),
            };
            for value in values {
                found.extend(if name.as_bytes().eq_ignore_ascii_case(b"credential") {
                    self.credential(&value, 0)
                } else {
                    self.header(&value)
                });
            }
        }
        found
    }

    /// `$headers.Add("Authorization", …)`, `$headers["Authorization"] = …`.
    fn members(&self, variable: &[u8]) -> Vec<Range<usize>> {
        let text: &[u8] = &self.doc.text;
        memmem::find_iter(text, variable)
            .filter(|at| *at > 0 && text[at - 1] == b'$')
            .filter(|at| matches!(text.get(at + variable.len()), Some(b'.' | b'[')))
            .take(32)
            .map(|at| statement(text, at - 1))
            .collect()
    }

    /// The Basic credential of an `Authorization` header in `range`.
    fn header(&self, range: &Range<usize>) -> Option<Held> {
        let text: &[u8] = &self.doc.text;
        let lower = text[range.clone()].to_ascii_lowercase();
        let at = range.start + memmem::find(&lower, b"authorization")? + b"authorization".len();
        let end = text[at..range.end]
            .iter()
            .position(|b| matches!(b, b'\n' | b';'))
            .map_or(range.end, |end| at + end);
        self.value(&(at..end), 0)
    }

    /// What an expression for the header brings: base64 by a function, in clear, or by a variable.
    fn value(&self, range: &Range<usize>, depth: usize) -> Option<Held> {
        static BASE64: LazyLock<Option<Regex>> = LazyLock::new(|| {
            Regex::new(r#"(?i-u)\bbasic[ \t]+([A-Za-z0-9+/]{8,}={0,2})["']"#).ok()
        });
        let text: &[u8] = &self.doc.text;
        let here = text.get(range.clone())?;
        if depth > DEEPEST {
            return None;
        }
        if let Some(at) = memmem::find(&here.to_ascii_lowercase(), b"getbytes(") {
            let open = range.start + at + b"getbytes".len();
            let argument = open + 1..closed(text, open).saturating_sub(1).max(open + 1);
            return self.pair(&argument, depth);
        }
        if let Some(hit) = BASE64.as_ref().and_then(|base64| base64.captures(here)?.get(1))
            && let Some(decoded) = decode(hit.as_bytes())
        {
            let place = range.start + hit.start()..range.start + hit.end();
            let mut held = Held::new(Form::Basic, place.clone(), place.start);
            let at = decoded.iter().position(|b| *b == b':')?;
            let field = |bytes: &[u8]| Field { bytes: bytes.to_vec(), range: place.clone() };
            held.user = Some(field(&decoded[..at]));
            held.secret = Some(field(&decoded[at + 1..]));
            held.parts.push((Role::Base64, place));
            return Some(held);
        }
        let lower = here.to_ascii_lowercase();
        if depth == 0
            && memmem::find(&lower, b"basic").is_none()
            && memmem::find(&lower, b"$").is_none()
        {
            return None;
        }
        self.variables(range).into_iter().find_map(|name| {
            self.values(&name).iter().rev().find_map(|value| self.value(value, depth + 1))
        })
    }

    /// The variables that an expression names, `$env:…` not among them.
    fn variables(&self, range: &Range<usize>) -> Vec<Vec<u8>> {
        let text = &self.doc.text[range.clone()];
        memchr::memchr_iter(b'$', text)
            .filter_map(|at| {
                let rest = &text[at + 1..];
                let rest = rest.strip_prefix(b"{").unwrap_or(rest);
                let name = word(rest);
                (!name.is_empty() && !rest[name.len()..].starts_with(b":")).then(|| name.to_vec())
            })
            .collect()
    }

    /// `user:secret` as an argument: a string, a format, a sum, a variable with one of these.
    fn pair(&self, range: &Range<usize>, depth: usize) -> Option<Held> {
        let text: &[u8] = &self.doc.text;
        let range = trim(text, range);
        let here = text.get(range.clone())?;
        if depth > DEEPEST || here.is_empty() {
            return None;
        }
        if here[0] == b'(' && closed(text, range.start) == range.end {
            return self.pair(&(range.start + 1..range.end - 1), depth + 1);
        }
        let mut held = Held::new(Form::Pair, range.clone(), range.start);
        if matches!(here[0], b'"' | b'\'') {
            let string = string_end(text, range.start)?;
            let inner = range.start + 1..string - 1;
            let rest = trim(text, &(string..range.end));
            let format = &text[inner.clone()];
            if format == b"{0}:{1}" {
                let lower = text[rest.clone()].to_ascii_lowercase();
                let after = rest.start + memmem::find(&lower, b"-f")? + 2;
                return apart(text, range.clone(), &(after..range.end));
            }
            if rest.is_empty() {
                let word = Word::plain(text, inner);
                // A backtick only keeps the colon apart.
                let at = colon(&word.bytes)?;
                let user = word.bytes[..at].strip_suffix(b"`").map_or(at, <[u8]>::len);
                held.user = Some(Field::of(&word, 0..user));
                held.secret = Some(Field::of(&word, at + 1..word.bytes.len()));
                held.parts.push((Role::Word, range.start..string));
                return Some(held);
            }
        }
        let lower = here.to_ascii_lowercase();
        if lower.starts_with(b"[string]::format(") || lower.starts_with(b"'{0}:{1}'") {
            let comma = range.start + memchr::memchr(b',', here)? + 1;
            return apart(text, range.clone(), &(comma..range.end - 1));
        }
        // `$user + ":" + $secret`
        for mark in [&b"\":\""[..], b"':'"] {
            if let Some(at) = memmem::find(here, mark) {
                let plus = |part: Range<usize>| {
                    let part = trim(text, &part);
                    let from = part.start + usize::from(text[part.clone()].first() == Some(&b'+'));
                    let until = part.end - usize::from(text[part.clone()].last() == Some(&b'+'));
                    trim(text, &(from..until.max(from)))
                };
                held.form = Form::Apart;
                held.user = Some(expression(text, &plus(range.start..range.start + at)));
                held.secret =
                    Some(expression(text, &plus(range.start + at + mark.len()..range.end)));
                return Some(held);
            }
        }
        let (name, length) = expansion(here)?;
        (length == here.len())
            .then(|| self.values(name))?
            .iter()
            .rev()
            .find_map(|value| self.pair(value, depth + 1))
    }

    /// `New-Object PSCredential($user, $secure)`, with the secret that the secure string is made of.
    fn credential(&self, range: &Range<usize>, depth: usize) -> Option<Held> {
        let text: &[u8] = &self.doc.text;
        let here = text.get(range.clone())?;
        if depth > DEEPEST {
            return None;
        }
        let lower = here.to_ascii_lowercase();
        let Some(at) = memmem::find(&lower, b"pscredential") else {
            return self.variables(range).into_iter().find_map(|name| {
                self.values(&name).iter().rev().find_map(|value| self.credential(value, depth + 1))
            });
        };
        let rest = &here[at..];
        let open = memmem::find(&lower[at..], b"-argumentlist")
            .map(|at| at + b"-argumentlist".len())
            .or_else(|| memchr::memchr(b'(', rest))?;
        let arguments = trim(text, &(range.start + at + open..range.end));
        let arguments = if text.get(arguments.start) == Some(&b'(') {
            arguments.start + 1
                ..closed(text, arguments.start).saturating_sub(1).max(arguments.start + 1)
        } else {
            arguments
        };
        let mut held = apart(text, range.clone(), &arguments)?;
        let secret = held.secret.take()?;
        held.secret = Some(self.plain_text(&secret, 0).unwrap_or(secret));
        Some(held)
    }

    /// What `ConvertTo-SecureString` makes a secret of.
    fn plain_text(&self, secret: &Field, depth: usize) -> Option<Field> {
        let text: &[u8] = &self.doc.text;
        let convert = |range: &Range<usize>| -> Option<Field> {
            let here = &text[range.clone()];
            let lower = here.to_ascii_lowercase();
            let at = memmem::find(&lower, b"convertto-securestring")?;
            // `$secret | ConvertTo-SecureString …`
            if let Some(pipe) = memchr::memrchr(b'|', &here[..at]) {
                return Some(expression(text, &trim(text, &(range.start..range.start + pipe))));
            }
            let mut from = range.start + at + b"convertto-securestring".len();
            let rest = &lower[from - range.start..];
            if rest.trim_ascii_start().starts_with(b"-string") {
                from += memmem::find(rest, b"-string")? + b"-string".len();
            }
            let from = trim(text, &(from..range.end)).start;
            let end = if matches!(text.get(from), Some(b'"' | b'\'')) {
                string_end(text, from)?
            } else {
                from + text[from..range.end]
                    .iter()
                    .position(|b| matches!(b, b' ' | b'\t' | b')' | b'\r' | b'\n'))
                    .unwrap_or(range.end - from)
            };
            Some(expression(text, &(from..end)))
        };
        if let Some(found) = convert(&secret.range) {
            return Some(found);
        }
        let (name, length) = expansion(&secret.bytes)?;
        if depth > 1 || length != secret.bytes.len() {
            return None;
        }
        self.values(name).iter().rev().find_map(convert)
    }
}
