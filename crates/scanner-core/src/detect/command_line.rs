//! Command lines that call Bitbucket Cloud with credentials: curl, wget, `HTTPie`, git,
//! `PowerShell`, and programs that hand a username and a password on.
//!
//! The name of the program is looked for in any text; from there the command is read as its shell
//! reads it (`lexer`), in whatever string of another format it stands (`reading`).

mod cloud_tools;
mod credential;
#[cfg(test)]
mod examples;
mod git;
mod lexer;
mod lines;
mod options;
mod package_tools;
mod powershell;
mod programs;
mod reading;
mod report;
mod target;
mod variables;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem;
use regex::bytes::Regex;

use crate::document::{Document, FileKind};
use crate::finding::SkipReason;
use crate::rule::Rule;

pub use self::cloud_tools::{CloudTool, cloud_tool};
use self::credential::held;
#[cfg(test)]
pub(crate) use self::examples::EXAMPLES;
use self::lexer::{Word, words};
use self::reading::{Outer, Reading};
use self::report::{Told, mask};
use self::target::Target;
use self::variables::Source;
use super::{Candidate, Sink};

/// A program that makes requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tool {
    Curl,
    Wget,
    Httpie,
}

impl Tool {
    fn rule(self) -> Rule {
        match self {
            Self::Curl => Rule::Curl,
            Self::Wget => Rule::Wget,
            Self::Httpie => Rule::Httpie,
        }
    }

    fn what(self) -> &'static str {
        match self {
            Self::Curl => "a curl call",
            Self::Wget => "a wget call",
            Self::Httpie => "an HTTPie call",
        }
    }
}

/// Sees calls of command line tools.
pub(crate) fn detect(doc: &Document<'_>, sink: &mut Sink) {
    use FileKind as K;
    if matches!(
        doc.kind,
        K::GitCredentials | K::Netrc | K::EncryptedNetrc | K::GitConfig | K::Gitmodules | K::Lock
    ) || !names_cloud(&doc.text)
        && !programs::names_no_host(&doc.text)
        && !package_tools::names_no_host(&doc.text)
        && !cloud_tools::are_named(&doc.text)
    {
        return;
    }
    let source = Source::new(doc);
    let mut calls = Calls { doc: &source, found: Vec::new(), claims: HashMap::new() };
    // Commands that name each other over and over would be read over and over.
    let most = (1 << 20) + 8 * doc.text.len();
    let mut read = 0;
    for (tool, start, end) in programs(&doc.text) {
        read += calls.look_at(tool, start, end, sink);
        if read > most {
            let told = "so many commands in one that only a part of them was read".to_owned();
            sink.problems.push((SkipReason::Unparsed, told));
            break;
        }
    }
    calls.powershell(sink);
    calls.programs(sink);
    calls.package_tools(sink);
    calls.composer_auth(sink);
    calls.cloud_tools(sink);
    calls.git(sink);
    calls.netrc_lines(sink);
    calls.credential_lines(sink);
    sink.candidates.append(&mut calls.found);
}

/// How a double quote is written in the command at `offset`: as it is, or escaped for the string of
/// another format that the command stands in.
pub fn double_quote(doc: &Document<'_>, offset: usize) -> &'static str {
    match Reading::of(doc, offset.min(doc.text.len())).outer {
        Outer::Escaped(b'"') => "\\\"",
        Outer::Xml => "&quot;",
        _ => "\"",
    }
}

/// Username and secret out of the base64 of a Basic header.
pub(crate) fn basic_credentials(base64: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let mut user = credential::decode(base64)?;
    let colon = user.iter().position(|b| *b == b':')?;
    let secret = user.split_off(colon + 1);
    user.pop();
    Some((user, secret))
}

/// Whether a host of Bitbucket Cloud stands anywhere.
fn names_cloud(text: &[u8]) -> bool {
    static HOST: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?i-u)bitbucket\.org").ok());
    memmem::find(text, b"bitbucket.org").is_some()
        || HOST.as_ref().is_some_and(|host| host.is_match(text))
}

/// The programs that the text names where a command may begin: where each name begins and ends.
fn programs(text: &[u8]) -> Vec<(Tool, usize, usize)> {
    static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r#"(?-u)(?:(curl)|(wget))(?:\.exe)?["']?[\s\\`^,]|(https?|xhs?)[ ][^\s]"#).ok()
    });
    let Some(name) = NAME.as_ref() else { return Vec::new() };
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(captures) = name.captures_at(text, at) {
        let Some((tool, hit)) = [(Tool::Curl, 1), (Tool::Wget, 2), (Tool::Httpie, 3)]
            .into_iter()
            .find_map(|(tool, group)| Some((tool, captures.get(group)?)))
        else {
            break;
        };
        at = hit.end();
        let before = hit.start().checked_sub(1).map(|i| text[i]);
        let joined = |b: u8| {
            b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'$' | b'{' | b'<')
        };
        if before.is_some_and(joined)
            || tool == Tool::Httpie && !begins_command(&text[..hit.start()])
        {
            continue;
        }
        let exe = if text[hit.end()..].starts_with(b".exe") { 4 } else { 0 };
        found.push((tool, hit.start(), hit.end() + exe));
    }
    found
}

/// Whether a command may begin behind `before`: `http` is a word of many other texts.
fn begins_command(before: &[u8]) -> bool {
    let line = &before[memchr::memrchr(b'\n', before).map_or(0, |i| i + 1)..];
    let line = line.trim_ascii_end();
    let words = [&b"sudo"[..], b"then", b"do", b"RUN", b"-", b":", b"$", b"time", b"exec"];
    line.is_empty()
        || matches!(line.last(), Some(b'(' | b'|' | b'&' | b';' | b'`' | b'@' | b'"' | b'\''))
        || words.iter().any(|word| line.ends_with(word))
}

struct Calls<'s, 'd, 'a> {
    doc: &'s Source<'d, 'a>,
    found: Vec<Candidate>,
    /// Where each of them has its secret, and its index.
    claims: HashMap<Range<usize>, usize>,
}

impl Calls<'_, '_, '_> {
    /// How many bytes its words take.
    fn look_at(&mut self, tool: Tool, start: usize, end: usize, sink: &mut Sink) -> usize {
        let text: &[u8] = &self.doc.text;
        let arguments = if matches!(text.get(end), Some(b'"' | b'\'')) {
            listed(text, end)
        } else {
            words(text, end, &Reading::of(self.doc, start))
        };
        for request in options::read(tool, &arguments) {
            if request.credentials.is_empty() {
                continue;
            }
            let target = request.urls.iter().find_map(|word| Target::of(self.doc, &word.bytes));
            for credential in &request.credentials {
                let Some(held) = held(self.doc, credential, start) else { continue };
                mask(self.doc, &held, sink);
                if let Some(target) = &target {
                    let usage = target.usage;
                    let place = Told {
                        rule: tool.rule(),
                        label: None,
                        what: tool.what(),
                        usage,
                        oauth: target.is_oauth(),
                        scopes: target.scopes(request.method()),
                        identity: format!("{} {}", tool.rule().id(), target.identity()),
                        command: Some(start..end),
                    };
                    self.report(place, held);
                }
            }
        }
        arguments.last().map_or(0, |word| word.raw.end.saturating_sub(start))
    }
}

/// The words of a list of strings, behind the quote that closes the first: `"curl", "-u", "a:b"`.
fn listed(text: &[u8], end: usize) -> Vec<Word> {
    let limit = text.len().min(end + (8 << 10));
    let mut words = Vec::new();
    let mut at = end + 1;
    while words.len() < 128 {
        at += text[at.min(limit)..limit]
            .iter()
            .take_while(|b| b.is_ascii_whitespace() || **b == b',')
            .count();
        let Some(&first) = text[..limit].get(at) else { break };
        if matches!(first, b']' | b')' | b'}') {
            break;
        }
        let prefix = usize::from(
            first.is_ascii_alphabetic() && matches!(text.get(at + 1), Some(b'"' | b'\'')),
        );
        let start = at + prefix;
        if let Some(quote @ (b'"' | b'\'')) = text[..limit].get(start).copied() {
            let mut close = start + 1;
            while close < limit && text[close] != quote {
                close += if text[close] == b'\\' { 2 } else { 1 };
            }
            if close >= limit {
                break;
            }
            words.push(Word::plain(text, start + 1..close));
            at = close + 1;
        } else {
            let length =
                text[at..limit].iter().take_while(|b| !matches!(b, b',' | b']' | b'\n')).count();
            if length == 0 {
                break;
            }
            words.push(Word::plain(text, at..at + length));
            at += length;
        }
    }
    words
}
