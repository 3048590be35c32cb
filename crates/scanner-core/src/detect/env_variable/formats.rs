//! How configuration formats assign: dotenv, YAML, JSON, properties and INI, XML.

use super::assignment::{Key, lead};
use super::constant::{Assigned, Comments, Escapes, json, quoted, rest_of_line, yaml};
use super::pair;
use super::text::{self, is_word, line_end, skip_blanks, skip_space};

pub(super) fn dotenv<'a>(text: &'a [u8], key: &Key) -> Option<Assigned<'a>> {
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

/// `key: value`, in block or flow style.
pub(super) fn in_yaml<'a>(text: &'a [u8], key: &Key) -> Option<Assigned<'a>> {
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
pub(super) fn in_json<'a>(text: &'a [u8], key: &Key) -> Option<Assigned<'a>> {
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
pub(super) fn in_lines<'a>(
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

/// `<NAME>value</NAME>`, `NAME="value"`, `<env name="NAME" value="value"/>`.
pub(super) fn in_xml<'a>(text: &'a [u8], key: &Key) -> Option<Assigned<'a>> {
    if text[..key.start()].ends_with(b"<") && text.get(key.end()) == Some(&b'>') {
        let start = key.end() + 1;
        let limit = (start + text::REACH).min(text.len());
        let length = text[start..limit].iter().position(|b| *b == b'<')?;
        return Some(Assigned::plain(text, text::trim(text, start..start + length)));
    }
    if key.quote.is_none() {
        let at = skip_space(text, key.end());
        let value = skip_space(text, at + 1);
        return (text.get(at) == Some(&b'=')).then(|| quoted(text, value, Escapes::None)).flatten();
    }
    pair::assigned(text, key, pair::Layout::Tag)
}
