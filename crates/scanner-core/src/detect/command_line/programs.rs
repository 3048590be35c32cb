//! Programs that take a username and a password in options of their own, and hand them to git or to
//! the REST API: one row for each.

use std::sync::LazyLock;

use memchr::memmem;
use regex::bytes::Regex;

use crate::bitbucket::Host;
use crate::detect::Sink;
use crate::finding::Use;
use crate::rule::Rule;

use super::Calls;
use super::credential::held;
use super::lexer::{Word, words};
use super::options::{Argument, Credential, argument};
use super::reading::Reading;
use super::report::{Told, mask};
use super::target::Target;

/// A command with options for a username and a secret.
struct Program {
    rule: Rule,
    /// The words that it begins with.
    words: &'static [&'static str],
    /// See [`crate::detect::slot::Slot::what`].
    what: &'static str,
    user: &'static [&'static str],
    secret: &'static [&'static str],
    /// Options and what has to stand in them for it to be Bitbucket Cloud's; empty: one of the words
    /// is a URL of it.
    with: &'static [(&'static str, &'static str)],
}

const USERNAME: &[&str] = &["--username"];
const PASSWORD: &[&str] = &["--password"];

const PROGRAMS: &[Program] = &[
    Program {
        rule: Rule::ArgoCd,
        words: &["argocd", "repo", "add"],
        what: "an argocd call",
        user: USERNAME,
        secret: PASSWORD,
        with: &[],
    },
    Program {
        rule: Rule::ArgoCd,
        words: &["argocd", "repocreds", "add"],
        what: "an argocd call",
        user: USERNAME,
        secret: PASSWORD,
        with: &[],
    },
    Program {
        rule: Rule::Flux,
        words: &["flux", "create", "secret", "git"],
        what: "a flux call",
        user: &["--username", "-u"],
        secret: &["--password", "-p"],
        with: &[],
    },
    Program {
        rule: Rule::Flux,
        words: &["flux", "create", "source", "git"],
        what: "a flux call",
        user: &["--username", "-u"],
        secret: &["--password", "-p"],
        with: &[],
    },
    Program {
        rule: Rule::Flux,
        words: &["flux", "bootstrap", "git"],
        what: "a flux call",
        user: &["--username", "-u"],
        secret: &["--password", "-p"],
        with: &[],
    },
    Program {
        rule: Rule::Helm,
        words: &["helm"],
        what: "a helm call",
        user: USERNAME,
        secret: PASSWORD,
        with: &[],
    },
    Program {
        rule: Rule::CodebuildCredentials,
        words: &["aws", "codebuild", "import-source-credentials"],
        what: "an aws codebuild call",
        user: USERNAME,
        secret: &["--token"],
        with: &[("--server-type", "BITBUCKET"), ("--auth-type", "BASIC_AUTH")],
    },
];

/// Whether a command stands there that names no host.
pub(super) fn names_no_host(text: &[u8]) -> bool {
    memmem::find(text, b"import-source-credentials").is_some()
}

impl Calls<'_, '_, '_> {
    /// The calls of [`PROGRAMS`].
    pub(super) fn programs(&mut self, sink: &mut Sink) {
        static NAME: LazyLock<Option<Regex>> =
            LazyLock::new(|| Regex::new(r"(?-u)\b(?:argocd|flux|helm|aws)[ \t\\]").ok());
        let text: &[u8] = &self.doc.text;
        let Some(name) = NAME.as_ref() else { return };
        for start in name.find_iter(text).map(|hit| hit.start()) {
            if start > 0 && matches!(text[start - 1], b'-' | b'.' | b'_' | b'$') {
                continue;
            }
            let words = words(text, start, &Reading::of(self.doc, start));
            for program in PROGRAMS.iter().filter(|program| program.begins(&words)) {
                self.program(program, &words, start, sink);
            }
        }
    }

    fn program(&mut self, program: &Program, words: &[Word], start: usize, sink: &mut Sink) {
        let mut call = Call::default();
        call.read(program, &words[program.words.len()..]);
        let Some(secret) = call.secret else { return };
        let Some(held) = held(self.doc, &Credential::Apart { user: call.user, secret }, start)
        else {
            return;
        };
        mask(self.doc, &held, sink);
        let target = call.others.iter().find_map(|word| Target::of(self.doc, &word.bytes));
        let (usage, identity) = match &target {
            _ if !program.with.is_empty() => {
                if call.with.len() != program.with.len() {
                    return;
                }
                (Use::Rest, String::new())
            }
            Some(target) if target.host() == Host::Api => (Use::Rest, target.identity()),
            Some(target) => (Use::Git, target.identity()),
            None => return,
        };
        let scopes = program.rule.consumer().map(|row| row.scopes.to_vec()).unwrap_or_default();
        let told = Told {
            rule: program.rule,
            label: None,
            what: program.what,
            usage,
            oauth: false,
            scopes,
            identity: format!("{} {identity}", program.words.join(" ")),
            command: Some(start..start + program.words[0].len()),
        };
        self.report(told, held);
    }
}

impl Program {
    fn begins(&self, words: &[Word]) -> bool {
        words.len() > self.words.len()
            && self.words.iter().zip(words).all(|(known, word)| word.bytes == known.as_bytes())
    }
}

/// What the words of a call say.
#[derive(Default)]
struct Call {
    user: Option<Argument>,
    secret: Option<Argument>,
    /// Those of [`Program::with`] that hold.
    with: Vec<&'static str>,
    /// What may be a URL.
    others: Vec<Word>,
}

impl Call {
    fn read(&mut self, program: &Program, words: &[Word]) {
        let mut at = 0;
        while let Some(word) = words.get(at) {
            at += 1;
            let text = String::from_utf8_lossy(&word.bytes);
            let (name, tail) = match text.split_once('=') {
                Some((name, _)) if name.starts_with('-') => (name, Some(word.tail(name.len() + 1))),
                _ => (&*text, None),
            };
            let with = program.with.iter().find(|(option, _)| *option == name);
            let is_user = program.user.contains(&name);
            let is_secret = program.secret.contains(&name);
            if with.is_none() && !is_user && !is_secret {
                self.others.push(tail.unwrap_or_else(|| word.clone()));
                continue;
            }
            let Some(value) = tail.or_else(|| words.get(at).cloned()) else { break };
            // The value was a word of its own.
            at += usize::from(!text.contains('=') || !text.starts_with('-'));
            if let Some((option, wanted)) = with {
                if value.bytes.eq_ignore_ascii_case(wanted.as_bytes()) {
                    self.with.push(option);
                }
            } else if is_user {
                self.user = Some(argument(word, value));
            } else {
                self.secret = Some(argument(word, value));
            }
        }
    }
}
