//! Whether a name is assigned something where it stands, and what: one grammar for each kind of file.

use std::ops::Range;

use memchr::memchr3;

use crate::document::{Document, FileKind};

use super::constant::{
    self, Assigned, Comments, Escapes, json, of_code, quoted, rest_of_line, shell_word, yaml,
};
use super::pair;
use super::text::{
    Quote, before_blanks, before_space, is_word, line, line_end, line_start, skip_blanks,
    skip_space, word_before,
};

/// How far before a name the quote around it is looked for.
const NEAR: usize = 512;

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
            .or_else(|| pair::assigned(text, key, pair::Layout::Braces)),
        K::Xml => in_xml(text, key).or_else(|| in_shell(text, key)),
        K::Jenkinsfile | K::CodeSlash | K::CodeHash => in_string_of_code(text, key)
            .or_else(|| in_code(text, key))
            .or_else(|| pair::assigned(text, key, pair::Layout::Braces)),
        K::Prose | K::Other => in_shell(text, key)
            .or_else(|| in_json(text, key))
            .or_else(|| in_lines(text, key, b"=:", false, Comments::Hash)),
        K::GitCredentials | K::Netrc | K::EncryptedNetrc | K::Lock => None,
    }
}

/// What stands on the line before the key.
fn lead<'a>(text: &'a [u8], key: &Key) -> &'a [u8] {
    &text[line_start(text, key.start())..key.start()]
}

fn dotenv<'a>(text: &'a [u8], key: &Key) -> Option<Assigned<'a>> {
    let before = lead(text, key).trim_ascii();
    let before = before.strip_prefix(b"#").unwrap_or(before).trim_ascii();
    if !before.is_empty() && before != b"export" && before != b"set" {
        return None;
    }
    let at = skip_blanks(text, key.end());
    match text.get(at) {
        Some(b'=') => Some(rest_of_line(text, at + 1, Comments::Hash)),
        Some(b':') if text.get(at + 1).is_none_or(u8::is_ascii_whitespace) => {
            Some(rest_of_line(text, at + 1, Comments::Hash))
        }
        _ => None,
    }
}

/// `NAME=value` as a command's word, its prefix or its argument: `export`, `env`, `-e`, `--env=`.
/// Also flags: `--app-password=value`, `--app-password value`.
fn in_shell<'a>(text: &'a [u8], key: &Key) -> Option<Assigned<'a>> {
    let start = key.start();
    let flag = key.quote.is_none() && text[..start].ends_with(b"--");
    if flag && text.get(key.name.end) == Some(&b' ') {
        let at = skip_blanks(text, key.name.end);
        let given =
            at < line_end(text, at) && !matches!(text[at], b'-' | b'\\' | b'<' | b'>' | b'|');
        return given.then(|| shell_word(text, at, None));
    }
    if key.closed
        || text.get(key.name.end) != Some(&b'=')
        || text.get(key.name.end + 1) == Some(&b'=')
    {
        return None;
    }
    let before = start.checked_sub(1).map(|at| text[at]);
    let begins = match before {
        Some(b) if b.is_ascii_whitespace() => true,
        None | Some(b';' | b'&' | b'|' | b'(' | b'=' | b',' | b'[' | b'#' | b'>' | b'?') => true,
        // In a string of another language the line may begin with `\n`.
        Some(b'n' | b't' | b'r') => start >= 2 && text[start - 2] == b'\\',
        Some(_) => flag,
    };
    if !(begins || key.quote.is_some()) {
        return None;
    }
    Some(shell_word(text, key.name.end + 1, key.quote.or_else(|| open_quote(text, start))))
}

/// The quote of a string that is open at `at`, by what stands before it on the line.
fn open_quote(text: &[u8], at: usize) -> Option<Quote> {
    let start = line_start(text, at).max(at.saturating_sub(NEAR));
    let mut open: Option<Quote> = None;
    let mut here = start;
    while let Some(length) = memchr3(b'"', b'\'', b'\\', &text[here..at]) {
        here += length;
        let Some(found) = Quote::at(text, here) else {
            here += text[here..at].iter().take_while(|b| **b == b'\\').count();
            continue;
        };
        // An apostrophe.
        let in_word = found.mark == b'\'' && here > start && is_word(text[here - 1]);
        open = match open {
            Some(quote) if quote == found => None,
            None if !in_word => Some(found),
            other => other,
        };
        here = (here + found.len()).min(at);
    }
    open
}

/// `key: value`, in block or flow style.
fn in_yaml<'a>(text: &'a [u8], key: &Key) -> Option<Assigned<'a>> {
    if key.quote.is_some() && !key.closed {
        return None;
    }
    let at = skip_blanks(text, key.end());
    if text.get(at) != Some(&b':') || text.get(at + 1).is_some_and(|b| !b.is_ascii_whitespace()) {
        return None;
    }
    let before = lead(text, key);
    let mut trimmed = before.trim_ascii();
    while let Some(rest) = trimmed.strip_prefix(b"-").or_else(|| trimmed.strip_prefix(b"#")) {
        trimmed = rest.trim_ascii();
    }
    let flow = matches!(trimmed.last(), Some(b'{' | b','));
    if !(trimmed.is_empty() || flow || trimmed == b"?") {
        return None;
    }
    yaml(text, at + 1, flow)
}

/// `"key": value`, also inside of a string, where the quotes are escaped.
fn in_json<'a>(text: &'a [u8], key: &Key) -> Option<Assigned<'a>> {
    if !key.closed {
        return None;
    }
    let at = skip_space(text, key.end());
    if text.get(at) != Some(&b':') {
        return None;
    }
    json(text, skip_space(text, at + 1))
}

/// `key = value` on a line of its own; `blank`: white space alone separates, too.
fn in_lines<'a>(
    text: &'a [u8],
    key: &Key,
    separators: &[u8],
    blank: bool,
    comments: Comments,
) -> Option<Assigned<'a>> {
    if key.quote.is_some() && !key.closed {
        return None;
    }
    let before = lead(text, key).trim_ascii();
    let path = |b: &u8| is_word(*b) || matches!(b, b'.' | b'-' | b'/');
    let before = before.trim_ascii_start();
    let before = before.strip_prefix(b"#").or_else(|| before.strip_prefix(b";")).unwrap_or(before);
    let before = before.trim_ascii();
    // The rest of a dotted key, `export`.
    let plain = before.is_empty()
        || before == b"export"
        || (before.iter().all(path) && matches!(before.last(), Some(b'.' | b'/')));
    if !plain {
        return None;
    }
    let at = skip_blanks(text, key.end());
    match text.get(at) {
        Some(b)
            if separators.contains(b)
                && text.get(at + 1) != Some(&b'=')
                && text.get(at + 1) != Some(&b':') =>
        {
            Some(rest_of_line(text, at + 1, comments))
        }
        Some(_) if blank && at > key.end() && at < line_end(text, at) => {
            Some(rest_of_line(text, at, comments))
        }
        _ => None,
    }
}

/// `$env:NAME = 'value'`, `$NAME = "value"`, `@{ NAME = 'value' }`, `SetEnvironmentVariable('NAME', 'value')`.
fn in_powershell<'a>(text: &'a [u8], key: &Key) -> Option<Assigned<'a>> {
    let mut at = key.end();
    if text.get(at) == Some(&b'}') {
        at += 1;
    }
    at = skip_blanks(text, at);
    let value = match text.get(at) {
        Some(b'=') if text.get(at + 1) != Some(&b'=') => skip_blanks(text, at + 1),
        Some(b',') if key.closed && calls_a_setter(text, key) => skip_blanks(text, at + 1),
        _ => return None,
    };
    let sigil = text[..key.start()]
        .iter()
        .rev()
        .take(24)
        .take_while(|b| is_word(**b) || matches!(b, b':' | b'{'))
        .count();
    let variable = text[..key.start() - sigil].ends_with(b"$");
    let alone = lead(text, key).trim_ascii();
    if !(variable || key.closed || alone.is_empty() || matches!(alone.last(), Some(b'{' | b';'))) {
        return None;
    }
    let escapes = if text.get(value) == Some(&b'\'') { Escapes::Doubled } else { Escapes::None };
    quoted(text, value, escapes).or_else(|| {
        let end = line_end(text, value);
        Some(Assigned::expression(text, value.min(end)..end))
    })
}

/// `set NAME=value`, `set "NAME=value"`, `setx NAME value`.
fn in_batch<'a>(text: &'a [u8], key: &Key) -> Option<Assigned<'a>> {
    let command_end = before_blanks(text, key.start());
    let command = word_before(text, command_end, b"@");
    let is = |word: &[u8]| {
        command.eq_ignore_ascii_case(word)
            || command.strip_prefix(b"@").is_some_and(|c| c.eq_ignore_ascii_case(word))
    };
    if is(b"setx") && (key.closed || key.quote.is_none()) {
        let at = skip_blanks(text, key.end());
        return (at > key.end()).then(|| batch_value(text, at, false));
    }
    if !is(b"set") || key.closed {
        return None;
    }
    let at = if key.quote.is_some() { key.name.end } else { skip_blanks(text, key.name.end) };
    (text.get(at) == Some(&b'=')).then(|| batch_value(text, at + 1, key.quote.is_some()))
}

fn batch_value(text: &[u8], at: usize, in_quotes: bool) -> Assigned<'_> {
    let limit = line_end(text, at);
    if !in_quotes && let Some(value) = quoted(text, at, Escapes::None) {
        return value;
    }
    let end = text[at.min(limit)..limit]
        .iter()
        .position(|b| {
            if in_quotes { *b == b'"' } else { matches!(b, b'&' | b'|' | b'>' | b'<' | b')') }
        })
        .map_or(limit, |length| at + length);
    Assigned::plain(text, super::text::trim(text, at.min(end)..end))
}

/// `NAME = value`, `:=`, `?=`, `::=`; recipes are shell.
fn in_make<'a>(text: &'a [u8], key: &Key) -> Option<Assigned<'a>> {
    if text.get(line_start(text, key.start())) == Some(&b'\t') {
        return in_shell(text, key);
    }
    let at = skip_blanks(text, key.end());
    let operator = text[at.min(text.len())..]
        .iter()
        .take(3)
        .take_while(|b| matches!(b, b':' | b'?' | b'+'))
        .count();
    if key.quote.is_some() || text.get(at + operator) != Some(&b'=') {
        return in_shell(text, key);
    }
    Some(rest_of_line(text, at + operator + 1, Comments::Hash))
}

/// `ENV NAME value`, the old form.
fn docker_env<'a>(text: &'a [u8], key: &Key) -> Option<Assigned<'a>> {
    let at = skip_blanks(text, key.end());
    let env = lead(text, key).trim_ascii().eq_ignore_ascii_case(b"env");
    (env && at > key.end() && text.get(at) != Some(&b'='))
        .then(|| rest_of_line(text, at, Comments::None))
}

/// `<NAME>value</NAME>`, `NAME="value"`, `<env name="NAME" value="value"/>`.
fn in_xml<'a>(text: &'a [u8], key: &Key) -> Option<Assigned<'a>> {
    if text[..key.start()].ends_with(b"<") && text.get(key.end()) == Some(&b'>') {
        let start = key.end() + 1;
        let limit = (start + super::text::REACH).min(text.len());
        let length = text[start..limit].iter().position(|b| *b == b'<')?;
        return Some(Assigned::plain(text, super::text::trim(text, start..start + length)));
    }
    if key.quote.is_none() {
        let at = skip_space(text, key.end());
        let value = skip_space(text, at + 1);
        return (text.get(at) == Some(&b'=')).then(|| quoted(text, value, Escapes::None)).flatten();
    }
    pair::assigned(text, key, pair::Layout::Tag)
}

/// `"NAME=value"` as a string of a program: an element of an environment, a line of a command; also
/// a line of shell in a string of several lines.
fn in_string_of_code<'a>(text: &'a [u8], key: &Key) -> Option<Assigned<'a>> {
    let quoted = match key.quote {
        Some(_) => !key.closed,
        None => open_quote(text, key.start()).is_some(),
    };
    let command = word_before(text, before_blanks(text, key.start()), b"-");
    let exported = matches!(command, b"export" | b"env" | b"declare" | b"readonly" | b"-e");
    if quoted || exported { in_shell(text, key) } else { None }
}

/// `NAME = "value"`, `NAME: "value"`, `"NAME" => 'value'`, `environ["NAME"] = "value"`,
/// `const NAME: &str = "value"`, `setenv("NAME", "value")`.
fn in_code<'a>(text: &'a [u8], key: &Key) -> Option<Assigned<'a>> {
    if key.quote.is_some() && !key.closed {
        return None;
    }
    let mut at = skip_blanks(text, key.end());
    if key.closed && text.get(at) == Some(&b']') {
        at = skip_blanks(text, at + 1);
    }
    let rest = &text[at.min(text.len())..];
    let operators: &[&[u8]] = &[b":=", b"=>", b"||=", b"??=", b"?=", b"=", b":"];
    if key.closed && rest.first() == Some(&b',') {
        let value = of_code(text, skip_space(text, at + 1));
        return (value.constant && calls_something(text, key)).then_some(value);
    }
    let operator = operators.iter().find(|operator| rest.starts_with(operator))?;
    let after = at + operator.len();
    // `==`, `===`, `=~`, `::`.
    if matches!(**operator, [b'=' | b':']) && matches!(text.get(after), Some(b'=' | b'~' | b':')) {
        return None;
    }
    let value = of_code(text, skip_space(text, after));
    if value.constant || **operator != *b":" {
        return Some(value);
    }
    // `NAME: Type = value`.
    let typed = &text[value.range.clone()];
    let equals = typed
        .iter()
        .take(64)
        .position(|b| *b == b'=')
        .filter(|at| typed.get(at + 1) != Some(&b'=') && typed.get(at + 1) != Some(&b'>'));
    Some(match equals {
        Some(equals) => of_code(text, skip_space(text, value.range.start + equals + 1)),
        None => value,
    })
}

/// Whether the key is the first argument of a call.
fn calls_something(text: &[u8], key: &Key) -> bool {
    text[..before_space(text, key.start())].ends_with(b"(")
}

/// Whether the key is the first argument of a call that sets something.
pub(super) fn calls_a_setter(text: &[u8], key: &Key) -> bool {
    let at = before_space(text, key.start());
    if !text[..at].ends_with(b"(") {
        return false;
    }
    let name = word_before(text, at - 1, b"!").to_ascii_lowercase();
    ["env", "set", "put", "prop", "define"]
        .iter()
        .any(|word| memchr::memmem::find(&name, word.as_bytes()).is_some())
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
