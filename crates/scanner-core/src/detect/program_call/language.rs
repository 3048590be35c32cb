//! The languages, and how calls with credentials look in each: types of the table.

use std::sync::LazyLock;

use regex::bytes::{Regex, RegexBuilder};

use super::token::Syntax;
use super::{gradle, settings, tables};
use crate::document::{Document, FileKind};
use crate::rule::Rule;

/// A language.
#[derive(Debug)]
pub(super) struct Language {
    pub(super) rule: Rule,
    pub(super) syntax: Syntax,
    /// `=>` stands between a key and its value.
    pub(super) arrow_is_pair: bool,
    /// `Name{…}` is a value.
    pub(super) literals: bool,
    /// Calls that take a username and a secret. The first that fits counts.
    pub(super) calls: &'static [Call],
    /// Keys and arguments whose value is a username and a secret: `auth=(u, p)`.
    pub(super) keys: &'static [Key],
    /// Words beside which a string of username, colon and secret is a credential.
    pub(super) encoders: &'static [&'static str],
}

/// A call that takes a username and a secret.
#[derive(Debug)]
pub(super) struct Call {
    /// The function or class.
    pub(super) name: &'static str,
    /// What stands before it, if that matters: the last name before the dot, compared without case.
    pub(super) on: &'static [&'static str],
    /// A positional argument that has to hold these words.
    pub(super) when: Option<(usize, &'static str)>,
    pub(super) user: Argument,
    pub(super) secret: Argument,
    pub(super) client: Client,
}

/// Where an argument stands.
#[derive(Debug)]
pub(super) struct Argument {
    /// Its position, where it may come without a name.
    pub(super) at: Option<usize>,
    /// Its names, as arguments, keys or fields; compared without case.
    pub(super) names: &'static [&'static str],
}

/// A key whose value is a username and a secret.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) client: Client,
}

/// What the credential goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Client {
    /// Some server over HTTP: the URL tells which.
    Http,
    /// Bitbucket Cloud's REST API, where the text holds one of these words (an import).
    Cloud(&'static [&'static str]),
    /// Some git server: the URL tells which.
    Git,
    /// Bitbucket Cloud's REST API by way of this consumer: what stands beside the pair says so.
    Named(Rule),
}

/// Keys of a username, in objects.
pub(super) const USER_KEYS: &[&str] =
    &["username", "user", "login", "userName", "user_name", "usr"];
/// Keys of a secret, in objects.
pub(super) const SECRET_KEYS: &[&str] =
    &["password", "pass", "passwd", "pwd", "appPassword", "app_password", "secret", "token"];

impl Language {
    /// The language of a file, by its name or its first line.
    pub(super) fn of(doc: &Document<'_>) -> Option<&'static Self> {
        if !matches!(doc.kind, FileKind::CodeHash | FileKind::CodeSlash) {
            return None;
        }
        let name = doc.path.rsplit('/').next().unwrap_or(doc.path).to_ascii_lowercase();
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        by_extension(extension).or_else(|| by_first_line(&doc.text)).or_else(|| {
            let ruby = ["rakefile", "fastfile", "dangerfile", "capfile", "vagrantfile", "gemfile"];
            ruby.contains(&&*name).then_some(&tables::RUBY)
        })
    }

    /// Whether a word of the table stands in the text: else there is nothing to see.
    pub(super) fn may_call(&self, text: &[u8]) -> bool {
        static WORDS: LazyLock<Vec<(Rule, Regex)>> = LazyLock::new(|| {
            tables::ALL
                .iter()
                .filter_map(|language| Some((language.rule, language.words()?)))
                .collect()
        });
        WORDS
            .iter()
            .find(|(rule, _)| *rule == self.rule)
            .is_none_or(|(_, words)| words.is_match(text))
    }

    fn words(&self) -> Option<Regex> {
        let calls = self.calls.iter().map(|call| call.name);
        let keys = self.keys.iter().map(|key| key.name);
        let beside = match self.rule {
            Rule::Javascript => settings::KEYS,
            Rule::Java => gradle::KEYS,
            _ => &[],
        };
        let all = calls.chain(keys).chain(self.encoders.iter().copied()).chain(["Basic", "Bearer"]);
        let all = all.chain(beside.iter().copied());
        let pattern = all.map(regex::escape).collect::<Vec<_>>().join("|");
        RegexBuilder::new(&format!("(?-u:{pattern})")).build().ok()
    }
}

fn by_extension(extension: &str) -> Option<&'static Language> {
    Some(match extension {
        "py" | "pyw" | "pyi" | "pyx" => &tables::PYTHON,
        "js" | "jsx" | "mjs" | "cjs" | "ts" | "tsx" | "mts" | "cts" | "vue" | "svelte"
        | "astro" => &tables::JAVASCRIPT,
        "go" => &tables::GO,
        "java" | "kt" | "kts" | "scala" | "sc" | "groovy" | "gvy" | "gradle" => &tables::JAVA,
        "rb" | "rake" | "ru" | "gemspec" => &tables::RUBY,
        "php" | "phtml" | "php3" | "php4" | "php5" => &tables::PHP,
        "cs" | "csx" => &tables::CSHARP,
        _ => return None,
    })
}

fn by_first_line(text: &[u8]) -> Option<&'static Language> {
    let line = text.split(|b| *b == b'\n').next().unwrap_or_default();
    let line = &line[..line.len().min(200)];
    let says = |word: &str| memchr::memmem::find(line, word.as_bytes()).is_some();
    if line.starts_with(b"<?php") {
        return Some(&tables::PHP);
    }
    if !line.starts_with(b"#!") {
        return None;
    }
    [
        ("python", &tables::PYTHON),
        ("ruby", &tables::RUBY),
        ("php", &tables::PHP),
        ("node", &tables::JAVASCRIPT),
        ("deno", &tables::JAVASCRIPT),
        ("bun", &tables::JAVASCRIPT),
        ("groovy", &tables::JAVA),
    ]
    .into_iter()
    .find_map(|(word, language)| says(word).then_some(language))
}
