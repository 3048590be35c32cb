//! Whether a name is assigned something where it stands, and what: one grammar for each kind of file.

use std::ops::Range;

use crate::document::{Document, FileKind};

use super::constant::{self, Assigned, Comments};
use super::formats::{dotenv, in_json, in_lines, in_xml, in_yaml};
use super::pair;
use super::scripts::{
    calls_a_setter, docker_env, in_batch, in_code, in_make, in_powershell, in_shell,
    in_string_of_code,
};
use super::text::{Quote, before_blanks, is_word, line, line_start};

/// A name and the quotes around it.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) name: Range<usize>,
    /// The quote right before the name.
    pub(super) quote: Option<Quote>,
    /// Whether the same quote follows the name.
    pub(super) closed: bool,
}

impl Key {
    pub(super) fn of(text: &[u8], name: Range<usize>) -> Self {
        let quote = Quote::before(text, name.start);
        let closed = quote.is_some_and(|quote| quote.stands_at(text, name.end));
        Self { name, quote, closed }
    }

    /// First byte, the quote included.
    pub(super) fn start(&self) -> usize {
        self.name.start - self.quote.map_or(0, Quote::len)
    }

    /// One past the last byte, a closing quote included.
    pub(super) fn end(&self) -> usize {
        self.name.end + self.quote.filter(|_| self.closed).map_or(0, Quote::len)
    }
}

/// What is assigned to the name that stands at `name`; `None` if it is only mentioned there.
pub(super) fn assigned<'a>(doc: &'a Document<'_>, name: &Range<usize>) -> Option<Assigned<'a>> {
    use FileKind as K;
    let text: &[u8] = &doc.text;
    let key = Key::of(text, name.clone());
    let key = &key;
    match doc.kind {
        K::Dotenv => dotenv(text, key),
        K::Shell => in_shell(text, key).or_else(|| in_json(text, key)),
        K::Compose
        | K::BitbucketPipelines
        | K::GithubActions
        | K::GitlabCi
        | K::AzurePipelines
        | K::CircleCi
        | K::Travis
        | K::Drone
        | K::Buildkite
        | K::CodeBuild
        | K::Yaml => in_yaml(text, key)
            .or_else(|| in_shell(text, key))
            .or_else(|| in_powershell(text, key))
            .or_else(|| pair::assigned(text, key, pair::Layout::Yaml)),
        K::Json => in_json(text, key)
            .or_else(|| in_shell(text, key))
            .or_else(|| pair::assigned(text, key, pair::Layout::Braces)),
        K::Toml => in_code(text, key).or_else(|| in_shell(text, key)),
        K::Properties => in_lines(text, key, b"=:", true, Comments::None),
        K::Ini | K::GitConfig | K::Gitmodules | K::Npmrc | K::PipRequirements => {
            in_lines(text, key, b"=:", false, Comments::HashOrSemicolon)
                .or_else(|| in_shell(text, key))
        }
        K::PowerShell => in_powershell(text, key).or_else(|| in_shell(text, key)),
        K::Batch => in_batch(text, key),
        K::Make => in_make(text, key),
        K::Dockerfile => in_shell(text, key).or_else(|| docker_env(text, key)),
        K::Hcl => in_code(text, key)
            .or_else(|| in_shell(text, key))
            .or_else(|| pair::assigned(text, key, pair::Layout::Braces))
            .or_else(|| pair::terraform_default(text, key)),
        K::Xml => in_xml(text, key).or_else(|| in_shell(text, key)),
        K::Jenkinsfile | K::CodeSlash | K::CodeHash => in_string_of_code(text, key)
            .or_else(|| in_code(text, key))
            .or_else(|| pair::assigned(text, key, pair::Layout::Braces)),
        K::Prose | K::HttpRequests | K::Other => in_shell(text, key)
            .or_else(|| in_json(text, key))
            .or_else(|| in_lines(text, key, b"=:", false, Comments::Hash)),
        K::GitCredentials | K::Netrc | K::EncryptedNetrc | K::Lock => None,
    }
}

/// What stands on the line before the key.
pub(super) fn lead<'a>(text: &'a [u8], key: &Key) -> &'a [u8] {
    &text[line_start(text, key.start())..key.start()]
}

/// The name to which the constant at `value` is assigned as a whole.
pub(super) fn owner(doc: &Document<'_>, value: &Range<usize>) -> Option<Range<usize>> {
    let text: &[u8] = &doc.text;
    let floor = line(text, value.start).start;
    let mut at = value.start - Quote::before(text, value.start).map_or(0, Quote::len);
    at = before_blanks(text, at);
    // `>` closes the tag of an element and `=>` assigns.
    let separators = text[floor..at]
        .iter()
        .rev()
        .take(3)
        .take_while(|b| matches!(b, b'=' | b':' | b'>' | b'?' | b','))
        .count();
    let spaced = at;
    at = before_blanks(text, at - separators);
    if separators == 0 && !(doc.kind == FileKind::Properties && at < spaced) {
        return None;
    }
    if text[..at].ends_with(b"]") {
        at -= 1;
    }
    at -= Quote::before(text, at).map_or(0, Quote::len);
    let length = text[floor.min(at)..at]
        .iter()
        .rev()
        .take(super::names::LONGEST + 1)
        .take_while(|b| is_word(**b) || **b == b'-')
        .count();
    let name = at - length..at;
    let dashes = text[name.clone()].iter().take_while(|b| **b == b'-').count();
    let name = name.start + dashes..name.end;
    if name.is_empty() || name.len() > super::names::LONGEST || text[name.start].is_ascii_digit() {
        return None;
    }
    // Of the arguments of a call that does not set something the first is not the name of the second.
    let argument = text[at..value.start].contains(&b',');
    if argument && !calls_a_setter(text, &Key::of(text, name.clone())) {
        return None;
    }
    let found = assigned(doc, &name)?;
    (found.constant && constant::same(text, &found, value)).then_some(name)
}
