//! Values: from where one begins to where its language ends it.

use std::borrow::Cow;
use std::ops::Range;

use memchr::memchr_iter;

use super::text::{Quote, is_word, line_end, skip_blanks, skip_line_end, trim};

/// A constant longer than this is no password.
const LONGEST: usize = 1 << 10;

/// What is assigned to a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Assigned<'a> {
    /// The value without its quotes.
    pub(super) range: Range<usize>,
    /// The value as its reader sees it: escapes resolved.
    pub(super) content: Cow<'a, [u8]>,
    /// Whether it is a constant, and not an expression of a program.
    pub(super) constant: bool,
}

impl<'a> Assigned<'a> {
    pub(super) fn plain(text: &'a [u8], range: Range<usize>) -> Self {
        Self { content: Cow::Borrowed(&text[range.clone()]), range, constant: true }
    }

    pub(super) fn expression(text: &'a [u8], range: Range<usize>) -> Self {
        Self { constant: false, ..Self::plain(text, range) }
    }
}

/// How a quoted value escapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Escapes {
    /// None: the shell's `'…'`, TOML's literal strings.
    None,
    /// `\` and what JSON allows after it.
    Backslash,
    /// The mark twice: YAML's and PowerShell's `'…'`.
    Doubled,
}

/// The quoted value that begins at `at`; it ends on the same line.
pub(super) fn quoted(text: &[u8], at: usize, escapes: Escapes) -> Option<Assigned<'_>> {
    let quote = Quote::at(text, at)?;
    let start = at + quote.len();
    let limit = line_end(text, start).min(start + LONGEST);
    let mut end = start;
    loop {
        if end >= limit {
            return None;
        }
        if quote.stands_at(text, end) {
            let after = end + quote.len();
            if escapes == Escapes::Doubled && quote.stands_at(text, after) {
                end = after + quote.len();
                continue;
            }
            break;
        }
        end += match text[end] {
            b'\\' if escapes == Escapes::Backslash && quote.escapes == 0 => 2,
            // One level down what is escaped has more backslashes than the marks.
            b'\\' if quote.escapes > 0 => {
                let run = text[end..limit].iter().take_while(|b| **b == b'\\').count();
                run + usize::from(run > quote.escapes)
            }
            _ => 1,
        };
    }
    let raw = &text[start..end];
    let content = match escapes {
        Escapes::Backslash if raw.contains(&b'\\') => Cow::Owned(unescape(raw)),
        Escapes::Doubled => undouble(raw, quote.mark),
        _ => Cow::Borrowed(raw),
    };
    Some(Assigned { range: start..end, content, constant: true })
}

fn undouble(raw: &[u8], mark: u8) -> Cow<'_, [u8]> {
    if !raw.windows(2).any(|pair| pair == [mark, mark]) {
        return Cow::Borrowed(raw);
    }
    let mut out = Vec::with_capacity(raw.len());
    let mut bytes = raw.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        out.push(byte);
        if byte == mark && bytes.peek() == Some(&mark) {
            bytes.next();
        }
    }
    Cow::Owned(out)
}

/// Resolves `\/`, `\u0041` and the like; what it does not know it keeps.
fn unescape(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut at = 0;
    while at < raw.len() {
        if raw[at] != b'\\' {
            out.push(raw[at]);
            at += 1;
            continue;
        }
        let slashes = raw[at..].iter().take_while(|b| **b == b'\\').count();
        at += slashes;
        match raw.get(at) {
            Some(b'u') => {
                let code = raw
                    .get(at + 1..at + 5)
                    .and_then(|hex| std::str::from_utf8(hex).ok())
                    .and_then(|hex| u32::from_str_radix(hex, 16).ok())
                    .and_then(char::from_u32);
                if let Some(character) = code {
                    out.extend(character.encode_utf8(&mut [0; 4]).as_bytes());
                    at += 5;
                } else {
                    out.push(b'\\');
                }
            }
            Some(b'n' | b'r' | b't') => {
                out.push(b' ');
                at += 1;
            }
            Some(b'/' | b'"' | b'\'' | b'`' | b'$') => {}
            _ => out.push(b'\\'),
        }
    }
    out
}

/// A word of a shell command from `at` on. `outer`: the quote of a string that the command stands in.
pub(super) fn shell_word(text: &[u8], at: usize, outer: Option<Quote>) -> Assigned<'_> {
    let limit = line_end(text, at).min(at + LONGEST);
    let ends = |at: usize| {
        at >= limit
            || text[at] == 0
            || text[at].is_ascii_whitespace()
            || matches!(text[at], b';' | b'&' | b'|' | b'<' | b'>' | b')')
            || outer.is_some_and(|quote| quote.stands_at(text, at))
            || outer.is_some()
                && text[at] == b'\\'
                && matches!(text.get(at + 1), Some(b'n' | b'r' | b't'))
    };
    // `$'…'` and `$"…"` are strings, too.
    let dollar = usize::from(
        text.get(at) == Some(&b'$') && Quote::at(text, at + 1).is_some_and(|q| q.mark != b'`'),
    );
    if let Some(quote) =
        Quote::at(text, at + dollar).filter(|q| q.mark != b'`' && Some(*q) != outer)
    {
        let escapes =
            if quote.mark == b'\'' && dollar == 0 { Escapes::None } else { Escapes::Backslash };
        if let Some(value) = quoted(text, at + dollar, escapes) {
            let after = value.range.end + quote.len();
            if ends(after)
                || matches!(text.get(after), Some(b',' | b']' | b'}'))
                || Quote::at(text, after).is_some()
            {
                return value;
            }
        }
    }
    let mut end = at;
    let mut quote: Option<Quote> = None;
    while end < limit {
        if let Some(open) = quote {
            if open.stands_at(text, end) {
                end += open.len();
                quote = None;
                continue;
            }
        } else if let Some(after) = nested(text, end, limit) {
            end = after;
            continue;
        } else if ends(end) {
            break;
        } else if let Some(found) = Quote::at(text, end) {
            // After some text a quote most often ends a string around: `"… VAR=value"`.
            if end > at && closes_a_string_around(text, at, found) {
                break;
            }
            quote = Some(found);
            end += found.len();
            continue;
        }
        end += 1;
    }
    Assigned::plain(text, at..end.min(limit))
}

/// Whether an odd number of these quotes stands before `at` on its line.
fn closes_a_string_around(text: &[u8], at: usize, quote: Quote) -> bool {
    let before = &text[super::text::line_start(text, at)..at];
    memchr_iter(quote.mark, before).count() % 2 == 1
}

/// The end of an expansion that begins at `at`: its marks may hold what would end a word.
pub(super) fn nested(text: &[u8], at: usize, limit: usize) -> Option<usize> {
    const MARKS: &[(&[u8], u8, u8)] = &[
        (b"${", b'{', b'}'),
        (b"$(", b'(', b')'),
        (b"{{", b'{', b'}'),
        (b"$[", b'[', b']'),
        (b"#{", b'{', b'}'),
    ];
    let rest = &text[at..limit];
    let (_, open, close) = MARKS.iter().find(|(mark, _, _)| rest.starts_with(mark))?;
    let mut depth = 0_usize;
    for (offset, byte) in rest.iter().enumerate() {
        if byte == open {
            depth += 1;
        } else if byte == close {
            depth -= 1;
            if depth == 0 {
                return Some(at + offset + 1);
            }
        }
    }
    None
}

/// Whether `#` (or `;`) after white space ends a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comments {
    Hash,
    HashOrSemicolon,
    None,
}

/// The rest of a line as a value: its comment cut off, its quotes taken away.
pub(super) fn rest_of_line(text: &[u8], at: usize, comments: Comments) -> Assigned<'_> {
    let at = skip_blanks(text, at);
    let limit = line_end(text, at);
    if let Some(quote) = Quote::at(text, at).filter(|quote| quote.escapes == 0) {
        let escapes = if quote.mark == b'"' { Escapes::Backslash } else { Escapes::None };
        if let Some(value) = quoted(text, at, escapes) {
            let after = skip_blanks(text, value.range.end + 1);
            if after >= limit || matches!(text[after], b'#' | b';' | b',') {
                return value;
            }
        }
    }
    let mut end = at;
    while end < limit {
        let comment = match text[end] {
            // In a dump of memory or a database.
            0 => break,
            b'#' => comments != Comments::None,
            b';' => comments == Comments::HashOrSemicolon,
            _ => false,
        };
        if comment && (end == at || text[end - 1].is_ascii_whitespace()) {
            break;
        }
        end = nested(text, end, limit).unwrap_or(end + 1);
    }
    Assigned::plain(text, trim(text, at..end))
}

/// A value of YAML in a mapping; `flow`: inside of `{…}` or `[…]`.
pub(super) fn yaml(text: &[u8], at: usize, flow: bool) -> Option<Assigned<'_>> {
    let mut at = skip_blanks(text, at);
    let limit = line_end(text, at);
    // An anchor says nothing, a tag such as `!vault` says that the value comes from elsewhere.
    while matches!(text.get(at), Some(b'&' | b'!')) && at < limit {
        let word = text[at..limit].iter().take_while(|b| !b.is_ascii_whitespace()).count();
        let tag = &text[at..at + word];
        if tag.starts_with(b"!") && !tag.starts_with(b"!!str") {
            return Some(Assigned::expression(text, at..limit));
        }
        at = skip_blanks(text, at + word);
    }
    match text.get(at) {
        Some(b'"') => quoted(text, at, Escapes::Backslash),
        Some(b'\'') => quoted(text, at, Escapes::Doubled),
        Some(b'\\') if Quote::at(text, at).is_some() => quoted(text, at, Escapes::Backslash),
        Some(b'|' | b'>') if !flow => block_scalar(text, at),
        Some(b'[' | b'*') => Some(Assigned::expression(text, at..limit)),
        Some(b'{') if text.get(at + 1) != Some(&b'{') => {
            Some(Assigned::expression(text, at..limit))
        }
        _ => {
            let mut end = at;
            while end < limit {
                let byte = text[end];
                if byte == b'#' && (end == at || text[end - 1].is_ascii_whitespace())
                    || flow && matches!(byte, b',' | b'}' | b']')
                {
                    break;
                }
                end = nested(text, end, limit).unwrap_or(end + 1);
            }
            Some(Assigned::plain(text, trim(text, at..end)))
        }
    }
}

/// A block scalar of one line.
fn block_scalar(text: &[u8], at: usize) -> Option<Assigned<'_>> {
    let header_end = line_end(text, at);
    if !text[at + 1..header_end].iter().all(|b| matches!(b, b'-' | b'+' | b' ' | b'1'..=b'9')) {
        return None;
    }
    let start = skip_line_end(text, header_end)?;
    let content = skip_blanks(text, start);
    let end = line_end(text, content);
    let next = skip_line_end(text, end);
    let indent = content - start;
    if indent == 0 || content == end {
        return None;
    }
    // A second line at the same depth: the value is both.
    if let Some(next) = next
        && skip_blanks(text, next) - next >= indent
        && line_end(text, next) > next + indent
    {
        return Some(Assigned::expression(text, content..end));
    }
    Some(Assigned::plain(text, trim(text, content..end)))
}

/// A string constant of a program, or the beginning of an expression.
pub(super) fn of_code(text: &[u8], at: usize) -> Assigned<'_> {
    let prefix = text[at.min(text.len())..]
        .iter()
        .take(2)
        .take_while(|b| {
            matches!(b, b'r' | b'R' | b'b' | b'B' | b'f' | b'F' | b'u' | b'U' | b'@' | b'$')
        })
        .count();
    let string = at + prefix;
    let triple = text.get(string..string + 3).is_some_and(|marks| {
        matches!(marks[0], b'"' | b'\'') && marks[1] == marks[0] && marks[2] == marks[0]
    });
    let start = if triple { string + 2 } else { string };
    if let Some(value) = quoted(text, start, Escapes::Backslash) {
        let formatted = text[at..string].iter().any(|b| matches!(b, b'f' | b'F' | b'$'));
        return Assigned { constant: !(formatted && value.content.contains(&b'{')), ..value };
    }
    let limit = line_end(text, at).min(at + 200);
    let end = text[at.min(limit)..limit]
        .iter()
        .position(|b| matches!(b, b';' | b','))
        .map_or(limit, |length| at + length);
    Assigned::expression(text, trim(text, at.min(end)..end))
}

/// A scalar of JSON.
pub(super) fn json(text: &[u8], at: usize) -> Option<Assigned<'_>> {
    let at = skip_blanks(text, at);
    match text.get(at) {
        Some(b'"' | b'\'' | b'\\') => quoted(text, at, Escapes::Backslash),
        Some(b) if is_word(*b) || *b == b'-' => {
            let length = text[at..]
                .iter()
                .take(64)
                .take_while(|b| is_word(**b) || matches!(b, b'-' | b'.'))
                .count();
            Some(Assigned::plain(text, at..at + length))
        }
        _ => None,
    }
}

/// Whether the value is what stands at `range`, but for white space around it.
pub(super) fn same(text: &[u8], value: &Assigned<'_>, range: &Range<usize>) -> bool {
    trim(text, value.range.clone()) == *range
}
