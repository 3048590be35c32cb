//! Small steps over bytes, all of them bounded.

use std::ops::Range;

use memchr::{memchr, memrchr};

/// No line is looked at further than this from the name: 4 MiB of JSON may be one line.
pub(super) const REACH: usize = 2 << 10;

/// A quotation mark and how many backslashes escape it: none in a file of its own, one in JSON inside
/// of a string, three one level further in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Quote {
    pub(super) mark: u8,
    pub(super) escapes: usize,
}

impl Quote {
    /// The quote that ends right before `at`.
    pub(super) fn before(text: &[u8], at: usize) -> Option<Self> {
        let mark = *text.get(at.checked_sub(1)?)?;
        if !is_quote(mark) {
            return None;
        }
        let escapes = text[..at - 1].iter().rev().take(8).take_while(|b| **b == b'\\').count();
        // An even number escapes itself and ends a string before.
        Some(Self { mark, escapes: if escapes % 2 == 1 { escapes } else { 0 } })
    }

    /// The quote that begins at `at`.
    pub(super) fn at(text: &[u8], at: usize) -> Option<Self> {
        let escapes = text.get(at..)?.iter().take(8).take_while(|b| **b == b'\\').count();
        let mark = *text.get(at + escapes)?;
        (is_quote(mark) && (escapes == 0 || escapes % 2 == 1)).then_some(Self { mark, escapes })
    }

    pub(super) fn len(self) -> usize {
        self.escapes + 1
    }

    /// Whether this very quote stands at `at`.
    pub(super) fn stands_at(self, text: &[u8], at: usize) -> bool {
        Self::at(text, at) == Some(self)
    }
}

/// Whether an odd number of backslashes stands before `at`.
pub(super) fn is_escaped(text: &[u8], at: usize) -> bool {
    text[..at].iter().rev().take(16).take_while(|b| **b == b'\\').count() % 2 == 1
}

/// Whether the letter at `at` is a flag that its argument follows at once: `-e`, `-D`.
pub(super) fn is_flag(text: &[u8], at: usize) -> bool {
    let before = |back: usize| at.checked_sub(back).map(|at| text[at]);
    before(1) == Some(b'-')
        && before(2).is_none_or(|b| b.is_ascii_whitespace() || is_quote(b))
        && text.get(at + 1).is_some_and(u8::is_ascii_uppercase)
}

pub(super) const fn is_quote(b: u8) -> bool {
    matches!(b, b'"' | b'\'' | b'`')
}

pub(super) const fn is_word(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_'
}

/// The line around `at`, without its end, not further than [`REACH`] to either side.
pub(super) fn line(text: &[u8], at: usize) -> Range<usize> {
    line_start(text, at)..line_end(text, at)
}

pub(super) fn line_start(text: &[u8], at: usize) -> usize {
    let at = at.min(text.len());
    let floor = at.saturating_sub(REACH);
    memrchr(b'\n', &text[floor..at]).map_or(floor, |newline| floor + newline + 1)
}

pub(super) fn line_end(text: &[u8], at: usize) -> usize {
    let at = at.min(text.len());
    let ceiling = (at + REACH).min(text.len());
    let end = memchr(b'\n', &text[at..ceiling]).map_or(ceiling, |newline| at + newline);
    if end > at && text[end - 1] == b'\r' { end - 1 } else { end }
}

/// Skips the end of a line, if it is at `at`.
pub(super) fn skip_line_end(text: &[u8], at: usize) -> Option<usize> {
    match text.get(at..)? {
        [b'\r', b'\n', ..] => Some(at + 2),
        [b'\n', ..] => Some(at + 1),
        _ => None,
    }
}

/// Skips spaces and tabs, not more than 256.
pub(super) fn skip_blanks(text: &[u8], at: usize) -> usize {
    let rest = &text[at.min(text.len())..];
    at + rest.iter().take(256).take_while(|b| matches!(b, b' ' | b'\t')).count()
}

/// Skips white space and line ends, not more than 256.
pub(super) fn skip_space(text: &[u8], at: usize) -> usize {
    let rest = &text[at.min(text.len())..];
    at + rest.iter().take(256).take_while(|b| b.is_ascii_whitespace()).count()
}

/// Where the text before `at` ends when spaces and tabs are cut off.
pub(super) fn before_blanks(text: &[u8], at: usize) -> usize {
    at - text[..at].iter().rev().take(256).take_while(|b| matches!(b, b' ' | b'\t')).count()
}

/// Where the text before `at` ends when white space is cut off.
pub(super) fn before_space(text: &[u8], at: usize) -> usize {
    at - text[..at].iter().rev().take(256).take_while(|b| b.is_ascii_whitespace()).count()
}

/// The word that ends at `at`, of letters, digits and what `more` says.
pub(super) fn word_before<'a>(text: &'a [u8], at: usize, more: &[u8]) -> &'a [u8] {
    let length =
        text[..at].iter().rev().take(128).take_while(|b| is_word(**b) || more.contains(b)).count();
    &text[at - length..at]
}

/// Trims spaces and tabs off both ends.
pub(super) fn trim(text: &[u8], range: Range<usize>) -> Range<usize> {
    let bytes = &text[range.clone()];
    let start = range.start + (bytes.len() - bytes.trim_ascii_start().len());
    let end = range.start + bytes.trim_ascii_end().len();
    start.min(end)..end
}

/// Whether the bytes around are no text: a compiled program, a database.
pub(super) fn is_binary_around(text: &[u8], range: &Range<usize>) -> bool {
    let around = &text[range.start.saturating_sub(64)..(range.end + 64).min(text.len())];
    memchr(0, around).is_some()
}
