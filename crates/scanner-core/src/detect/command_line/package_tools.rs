//! Package managers that are told a username and a secret by a command, or by JSON in a variable.

use std::sync::LazyLock;

use memchr::memmem;
use regex::bytes::{Captures, Regex};

use crate::detect::Sink;
use crate::document::FileKind;
use crate::finding::Use;
use crate::rule::Rule;

use super::Calls;
use super::credential::held;
use super::lexer::{Word, words};
use super::options::{Argument, Credential, argument};
use super::reading::Reading;
use super::report::{Told, mask};

/// What a command says: the word that names the host or repository, and the credential.
type Found = (Word, Credential);

/// A command of a package manager.
struct PackageTool {
    rule: Rule,
    name: &'static str,
    /// See [`Told::what`].
    what: &'static str,
    usage: Use,
    read: fn(&[Word], &[u8]) -> Option<Found>,
}

const TOOLS: &[PackageTool] = &[
    PackageTool {
        rule: Rule::Composer,
        name: "composer",
        what: "a composer command",
        usage: Use::Both,
        read: |words, _| {
            begins_with(words, &["config"], &["global"])?;
            let (key, rest) = behind(words, "http-basic.")?;
            is_cloud(&key.bytes["http-basic.".len()..]).then_some(())?;
            apart(key, rest)
        },
    },
    PackageTool {
        rule: Rule::Poetry,
        name: "poetry",
        what: "a poetry command",
        usage: Use::Git,
        read: |words, text| {
            begins_with(words, &["config"], &[])?;
            let (key, rest) = behind(words, "http-basic.")?;
            let name = &key.bytes["http-basic.".len()..];
            is_repository_of_bitbucket(name, text).then_some(())?;
            apart(key, rest)
        },
    },
    PackageTool {
        rule: Rule::Bundler,
        name: "bundle",
        what: "a bundle command",
        usage: Use::Git,
        read: |words, _| {
            begins_with(words, &["config"], &[])?;
            let at = words.iter().position(|word| {
                is_cloud(&word.bytes) || word.bytes.eq_ignore_ascii_case(b"BUNDLE_BITBUCKET__ORG")
            })?;
            let pair = plain(words.get(at + 1)?)?;
            Some((words[at].clone(), Credential::Pair(argument(pair, pair.clone()))))
        },
    },
    PackageTool {
        rule: Rule::Maven,
        name: "mvn",
        what: "a mvn command",
        usage: Use::Git,
        read: maven,
    },
    PackageTool {
        rule: Rule::Maven,
        name: "mvnw",
        what: "a mvn command",
        usage: Use::Git,
        read: maven,
    },
];

/// Whether a command stands there that names no host.
pub(super) fn names_no_host(text: &[u8]) -> bool {
    memmem::find(text, b"http-basic.").is_some()
}

impl Calls<'_, '_, '_> {
    /// The commands of [`TOOLS`].
    pub(super) fn package_tools(&mut self, sink: &mut Sink) {
        static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| {
            Regex::new(
                r"(?-u)\b(composer|poetry|bundle|mvnw|mvn)(?:\.phar|\.cmd|\.bat)?(?:[ \t]|\\\r?\n)",
            )
            .ok()
        });
        let text: &[u8] = &self.doc.text;
        let Some(name) = NAME.as_ref() else { return };
        for captures in name.captures_iter(text) {
            let Some(found) = captures.get(1) else { continue };
            let start = found.start();
            if start > 0 && matches!(text[start - 1], b'-' | b'.' | b'_' | b'$') {
                continue;
            }
            let words = words(text, start, &Reading::of(self.doc, start));
            let Some((first, rest)) = words.split_first() else { continue };
            let tools = TOOLS.iter().filter(|tool| tool.name.as_bytes() == found.as_bytes());
            for tool in tools {
                let Some((key, credential)) = (tool.read)(rest, text) else { continue };
                let Some(held) = held(self.doc, &credential, start) else { continue };
                mask(self.doc, &held, sink);
                let key = String::from_utf8_lossy(&key.bytes);
                let told = tool.told(&key, Some(start..first.raw.end));
                self.report(told, held);
            }
        }
    }

    /// JSON for `COMPOSER_AUTH`, in whatever string it stands.
    pub(super) fn composer_auth(&mut self, sink: &mut Sink) {
        static PAIR: LazyLock<Option<Regex>> = LazyLock::new(|| {
            let field = |name: &str| {
                format!(r#"\\*"{name}\\*"\s*:\s*\\*"(?:'"|"'|')?([^"'\\\r\n]+)(?:"'|'"|')?\\*""#)
            };
            let (user, secret) = (field("username"), field("password"));
            Regex::new(&format!(
                r#"(?-u)\\*"((?:api\.)?bitbucket\.org)\\*"\s*:\s*\{{\s*(?:{user}\s*,\s*{secret}|{secret}\s*,\s*{user})\s*\}}"#
            ))
            .ok()
        });
        let text: &[u8] = &self.doc.text;
        // There it is read by its structure.
        if self.doc.kind == FileKind::Json || memmem::find(text, b"http-basic").is_none() {
            return;
        }
        let (Some(pair), Some(tool)) = (PAIR.as_ref(), TOOLS.first()) else { return };
        for captures in pair.captures_iter(text) {
            let before = &text[captures.get(0).map_or(0, |all| all.start()).saturating_sub(512)..];
            let Some(host) = captures.get(1) else { continue };
            if memmem::find(before, b"http-basic").is_none() {
                continue;
            }
            let group = |one: usize, other: usize| of_either(text, &captures, one, other);
            let (Some(user), Some(secret)) = (group(2, 5), group(3, 4)) else { continue };
            let begins = user.range.start.min(secret.range.start);
            let credential = Credential::Apart { user: Some(user), secret };
            let Some(held) = held(self.doc, &credential, begins) else { continue };
            mask(self.doc, &held, sink);
            let host = String::from_utf8_lossy(host.as_bytes());
            let told = Told { what: "JSON for Composer", ..tool.told(&host, None) };
            self.report(told, held);
        }
    }
}

impl PackageTool {
    fn told(&self, key: &str, command: Option<std::ops::Range<usize>>) -> Told {
        Told {
            rule: self.rule,
            label: None,
            what: self.what,
            usage: self.usage,
            oauth: false,
            scopes: self.rule.consumer().map(|row| row.scopes.to_vec()).unwrap_or_default(),
            identity: format!("{} {key}", self.name),
            command,
        }
    }
}

fn of_either(text: &[u8], captures: &Captures<'_>, one: usize, other: usize) -> Option<Argument> {
    let range = captures.get(one).or_else(|| captures.get(other))?.range();
    let word = Word::plain(text, range);
    Some(argument(&word, word.clone()))
}

/// Whether the first words that are no options are these, perhaps behind one of `before`.
fn begins_with(words: &[Word], wanted: &[&str], before: &[&str]) -> Option<()> {
    let is_one = |word: &Word, names: &[&str]| names.iter().any(|n| word.bytes == n.as_bytes());
    let mut words = words
        .iter()
        .filter(|word| !word.bytes.starts_with(b"-"))
        .skip_while(|word| is_one(word, before));
    words.next().filter(|word| is_one(word, wanted)).map(|_| ())
}

/// The word that begins so and those behind it.
fn behind<'w>(words: &'w [Word], prefix: &str) -> Option<(&'w Word, &'w [Word])> {
    let at = words.iter().position(|word| word.bytes.starts_with(prefix.as_bytes()))?;
    Some((&words[at], &words[at + 1..]))
}

/// Whether a key is a host of Bitbucket Cloud.
fn is_cloud(key: &[u8]) -> bool {
    [&b"bitbucket.org"[..], b"api.bitbucket.org"].iter().any(|host| key.eq_ignore_ascii_case(host))
}

/// A word that is no option.
fn plain(word: &Word) -> Option<&Word> {
    (!word.bytes.starts_with(b"--")).then_some(word)
}

/// Username and secret, one behind the other.
fn apart(key: &Word, rest: &[Word]) -> Option<Found> {
    let (user, secret) = (plain(rest.first()?)?, plain(rest.get(1)?)?);
    let user = Some(argument(user, user.clone()));
    let secret = argument(secret, secret.clone());
    Some((key.clone(), Credential::Apart { user, secret }))
}

/// Whether Poetry's repository of this name is one of Bitbucket: by its name, or by the URL that
/// the same file gives it.
fn is_repository_of_bitbucket(name: &[u8], text: &[u8]) -> bool {
    let wanted = [b"repositories.", name].concat();
    name.to_ascii_lowercase().windows(9).any(|part| part == b"bitbucket")
        || memmem::find_iter(text, &wanted).any(|at| {
            let line = &text[at + wanted.len()..];
            let line = &line[..memchr::memchr(b'\n', line).unwrap_or(line.len())];
            line.first().is_some_and(u8::is_ascii_whitespace)
                && memmem::find(line, b"//bitbucket.org/").is_some()
        })
}

/// Username and secret for the release plugin, which hands them to git.
fn maven(words: &[Word], _: &[u8]) -> Option<Found> {
    let goal = words
        .iter()
        .find(|word| word.bytes.starts_with(b"release:") || word.bytes.starts_with(b"scm:"))?;
    let property = |name: &str| {
        let word = words.iter().find(|word| word.bytes.starts_with(name.as_bytes()))?;
        Some(argument(word, word.tail(name.len())))
    };
    let secret = property("-Dpassword=")?;
    Some((goal.clone(), Credential::Apart { user: property("-Dusername="), secret }))
}
