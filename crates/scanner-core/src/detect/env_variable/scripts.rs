//! How scripts and programs assign: shells, Make, Dockerfiles, source code.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memchr3;
use regex::bytes::Regex;

use crate::document::Document;

use super::assignment::{Key, lead};
use super::constant::{Assigned, Comments, Escapes, of_code, quoted, rest_of_line, shell_word};
use super::text::{
    self, Quote, before_blanks, before_space, is_flag, is_word, line_end, line_start, skip_blanks,
    skip_space, word_before,
};

/// How far before a name the quote around it is looked for.
const NEAR: usize = 512;

/// `NAME=value` as a command's word, its prefix or its argument: `export`, `env`, `-e`, `--env=`.
/// Also flags: `--app-password=value`, `--app-password value`.
pub(super) fn in_shell<'a>(text: &'a [u8], key: &Key) -> Option<Assigned<'a>> {
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
        None | Some(0 | b';' | b'&' | b'|' | b'(' | b'=' | b',' | b'[' | b'#' | b'>' | b'?') => {
            true
        }
        // In a string of another language the line may begin with `\n`.
        Some(b'n' | b't' | b'r') if start >= 2 && text[start - 2] == b'\\' => true,
        Some(b'e' | b'D') if is_flag(text, start - 1) => true,
        Some(_) => flag,
    };
    if !(begins || key.quote.is_some()) {
        return None;
    }
    Some(shell_word(text, key.name.end + 1, key.quote.or_else(|| open_quote(text, start))))
}

/// `gh secret set NAME --body value`, `put-parameter --name NAME --value value`, `Set-Item env:NAME
/// -Value value`: a command that is told the value by a flag behind the name.
pub(super) fn told_by_flag<'a>(doc: &'a Document<'_>, name: &Range<usize>) -> Option<Assigned<'a>> {
    static FLAG: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r#"(?i-u)^["']?[^\n;&|]{0,120}?\s(?:-b|--body|--?value|--secret-string|--secret-value)(?:\s+|=)"#).ok()
    });
    let text: &[u8] = &doc.text;
    let rest = &text[name.end..line_end(text, name.end)];
    let flag = FLAG.as_ref()?.find(rest)?;
    let start = name.end + flag.end();
    Some(shell_word(
        text,
        start,
        open_quote(text, name.start).filter(|_| Quote::before(text, name.start).is_none()),
    ))
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

/// `$env:NAME = 'value'`, `$NAME = "value"`, `@{ NAME = 'value' }`, `SetEnvironmentVariable('NAME', 'value')`.
pub(super) fn in_powershell<'a>(text: &'a [u8], key: &Key) -> Option<Assigned<'a>> {
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
pub(super) fn in_batch<'a>(text: &'a [u8], key: &Key) -> Option<Assigned<'a>> {
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
    Assigned::plain(text, text::trim(text, at.min(end)..end))
}

/// `NAME = value`, `:=`, `?=`, `::=`; recipes are shell.
pub(super) fn in_make<'a>(text: &'a [u8], key: &Key) -> Option<Assigned<'a>> {
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
pub(super) fn docker_env<'a>(text: &'a [u8], key: &Key) -> Option<Assigned<'a>> {
    let at = skip_blanks(text, key.end());
    let env = lead(text, key).trim_ascii().eq_ignore_ascii_case(b"env");
    (env && at > key.end() && text.get(at) != Some(&b'='))
        .then(|| rest_of_line(text, at, Comments::None))
}

/// `"NAME=value"` as a string of a program: an element of an environment, a line of a command; also
/// a line of shell in a string of several lines.
pub(super) fn in_string_of_code<'a>(text: &'a [u8], key: &Key) -> Option<Assigned<'a>> {
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
pub(super) fn in_code<'a>(text: &'a [u8], key: &Key) -> Option<Assigned<'a>> {
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
