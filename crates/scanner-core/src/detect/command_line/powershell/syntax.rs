//! Where expressions of `PowerShell` begin and end.

use std::ops::Range;
use std::sync::LazyLock;

use regex::bytes::Regex;

use crate::detect::command_line::credential::{Field, Form, Held};
use crate::detect::command_line::variables::is_word;

/// Two expressions with a comma between them.
pub(super) fn apart(text: &[u8], range: Range<usize>, arguments: &Range<usize>) -> Option<Held> {
    let mut depth = 0_usize;
    let mut at = arguments.start;
    while at < arguments.end {
        match text[at] {
            b'"' | b'\'' => {
                at = string_end(text, at)?;
                continue;
            }
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => break,
            _ => {}
        }
        at += 1;
    }
    if at >= arguments.end {
        return None;
    }
    let mut held = Held::new(Form::Apart, range, arguments.start);
    held.user = Some(expression(text, &trim(text, &(arguments.start..at))));
    let rest = trim(text, &(at + 1..arguments.end));
    held.secret = Some(expression(text, &rest));
    held.range.end = held.range.end.max(rest.end);
    Some(held)
}

/// A variable, or what a string holds: without its quotes.
pub(super) fn expression(text: &[u8], range: &Range<usize>) -> Field {
    let quoted = matches!(text.get(range.start), Some(b'"' | b'\''))
        && string_end(text, range.start) == Some(range.end);
    let inner = if quoted { range.start + 1..range.end - 1 } else { range.clone() };
    Field { bytes: text[inner.clone()].to_vec(), range: inner }
}

/// One past the quote that closes the string at `at`.
pub(super) fn string_end(text: &[u8], at: usize) -> Option<usize> {
    let quote = text[at];
    let mut end = at + 1;
    loop {
        match text.get(end)? {
            b'`' if quote == b'"' => end += 2,
            byte if *byte == quote && text.get(end + 1) == Some(&quote) => end += 2,
            byte if *byte == quote => return Some(end + 1),
            b'\n' => return None,
            _ => end += 1,
        }
    }
}

/// One past the bracket that closes the one at `at` (or at `@{`).
pub(super) fn closed(text: &[u8], at: usize) -> usize {
    let mut depth = 0_usize;
    let mut here = at;
    let limit = text.len().min(at + (8 << 10));
    while here < limit {
        match text[here] {
            b'"' | b'\'' => {
                here = string_end(text, here).unwrap_or(here + 1);
                continue;
            }
            b'(' | b'{' | b'[' => depth += 1,
            b')' | b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return here + 1;
                }
            }
            _ => {}
        }
        here += 1;
    }
    limit
}

/// The statement that begins at `at`: to the end of the line, of those that a backtick continues and
/// those in an open bracket.
pub(super) fn statement(text: &[u8], at: usize) -> Range<usize> {
    let mut depth = 0_usize;
    let mut here = at;
    let limit = text.len().min(at + (8 << 10));
    while here < limit {
        match text[here] {
            b'"' | b'\'' => {
                here = string_end(text, here).unwrap_or(here + 1);
                continue;
            }
            b'`' => {
                let blank = text[here + 1..limit]
                    .iter()
                    .take_while(|b| matches!(b, b' ' | b'\t' | b'\r'))
                    .count();
                here += 1 + blank;
            }
            b'(' | b'{' | b'[' => depth += 1,
            b')' | b'}' | b']' | b'\n' | b';' if depth == 0 => break,
            b')' | b'}' | b']' => depth -= 1,
            _ => {}
        }
        here += 1;
    }
    at..here.min(limit)
}

/// Without white space at its ends.
pub(super) fn trim(text: &[u8], range: &Range<usize>) -> Range<usize> {
    let range = range.start..range.end.max(range.start).min(text.len());
    let slice = &text[range.clone()];
    let start = range.start + (slice.len() - slice.trim_ascii_start().len());
    let end = range.end - (slice.len() - slice.trim_ascii_end().len());
    start..end.max(start)
}

/// The name that begins the text.
pub(super) fn word(bytes: &[u8]) -> &[u8] {
    let length = bytes.iter().take_while(|b| is_word(**b)).count();
    &bytes[..length]
}

/// The method of the request that a command makes.
pub(super) fn method(text: &[u8]) -> Option<&'static str> {
    static METHOD: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r#"(?i-u)\bMethod\b["']?[ \t:=]+["']?(get|post|put|patch|delete|head)\b"#).ok()
    });
    let found = METHOD.as_ref()?.captures(text)?.get(1)?.as_bytes().to_ascii_uppercase();
    ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]
        .into_iter()
        .find(|method| method.as_bytes() == found)
}
