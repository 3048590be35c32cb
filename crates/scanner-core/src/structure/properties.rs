//! Java properties and dotenv: lines of a key and a value. What Java takes literally and dotenv does
//! not, or the reverse, is read in the way that finds more.

use std::ops::Range;

use super::{Entry, Node, Scalar, Style, Value};

pub(super) fn parse(text: &[u8]) -> Node {
    let mut reader = Reader { text, at: 0 };
    let mut entries = Vec::new();
    while reader.at < text.len() {
        entries.extend(reader.line());
    }
    Node { range: 0..text.len(), value: Value::Map(entries) }
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    /// Reads one logical line.
    fn line(&mut self) -> Option<Entry> {
        self.skip(|byte| byte.is_ascii_whitespace());
        if matches!(self.byte(), None | Some(b'#' | b'!')) {
            self.skip_line();
            return None;
        }
        if let Some(rest) = self.text[self.at..].strip_prefix(b"export")
            && rest.first().is_some_and(|byte| matches!(byte, b' ' | b'\t'))
        {
            self.at += "export".len();
            self.skip(is_blank);
        }
        let key = self.key();
        self.skip(is_blank);
        if matches!(self.byte(), Some(b'=' | b':')) {
            self.at += 1;
            self.skip(is_blank);
        }
        let scalar = self.quoted().unwrap_or_else(|| self.plain());
        let range = match scalar.style {
            Style::Plain => scalar.content.clone(),
            _ => scalar.content.start - 1..scalar.content.end + 1,
        };
        Some(Entry {
            key: decode(&self.text[key.clone()]),
            key_range: key,
            node: Node { range, value: Value::Scalar(scalar) },
        })
    }

    fn key(&mut self) -> Range<usize> {
        let start = self.at;
        while let Some(byte) = self.byte() {
            match byte {
                b'=' | b':' => break,
                _ if byte.is_ascii_whitespace() => break,
                b'\\' if !matches!(self.text.get(self.at + 1), None | Some(b'\n' | b'\r')) => {
                    self.at += 2;
                }
                _ => self.at += 1,
            }
        }
        start..self.at
    }

    /// A value in quotes that nothing but a comment follows on its last line.
    fn quoted(&mut self) -> Option<Scalar> {
        let quote = self.byte().filter(|byte| matches!(byte, b'"' | b'\''))?;
        let start = self.at + 1;
        let mut at = start;
        while *self.text.get(at)? != quote {
            at += if quote == b'"' && self.text[at] == b'\\' { 2 } else { 1 };
        }
        let rest = &self.text[at + 1..];
        let line = &rest[..memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len())];
        let word = line.trim_ascii_start();
        if !(word.is_empty() || word[0] == b'#' && word.len() < line.len()) {
            return None;
        }
        self.at = at + 1 + line.len();
        let content = start..at;
        let raw = &self.text[content.clone()];
        Some(if quote == b'"' {
            Scalar { text: decode(raw), content, style: Style::Double }
        } else {
            let text = String::from_utf8_lossy(raw).into_owned();
            Scalar { text, content, style: Style::Single }
        })
    }

    /// A value to the end of its line or of those that continue it, without a comment.
    fn plain(&mut self) -> Scalar {
        let start = self.at;
        self.skip_line();
        let raw = &self.text[start..self.at];
        let comment = (1..raw.len())
            .find(|at| raw[*at] == b'#' && is_blank(raw[*at - 1]))
            .or((raw.first() == Some(&b'#')).then_some(0));
        let content = start..start + raw[..comment.unwrap_or(raw.len())].trim_ascii_end().len();
        Scalar { text: decode(&self.text[content.clone()]), content, style: Style::Plain }
    }

    /// To the end of the logical line: a `\` in front of a break continues it.
    fn skip_line(&mut self) {
        let comment = matches!(self.byte(), Some(b'#' | b'!'));
        while let Some(byte) = self.byte() {
            match byte {
                b'\n' | b'\r' => break,
                b'\\' if !comment => {
                    let crlf = self.text[self.at..].starts_with(b"\\\r\n");
                    self.at = (self.at + if crlf { 3 } else { 2 }).min(self.text.len());
                }
                _ => self.at += 1,
            }
        }
    }

    fn byte(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn skip(&mut self, what: impl Fn(u8) -> bool) {
        while self.byte().is_some_and(&what) {
            self.at += 1;
        }
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\x0C')
}

/// Java's escapes, of which dotenv's are a part.
fn decode(raw: &[u8]) -> String {
    let raw = String::from_utf8_lossy(raw);
    if !raw.contains('\\') {
        return raw.into_owned();
    }
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw.as_ref();
    while let Some((before, after)) = rest.split_once('\\') {
        text.push_str(before);
        let Some(c) = after.chars().next() else {
            text.push('\\');
            return text;
        };
        rest = &after[c.len_utf8()..];
        match c {
            'n' => text.push('\n'),
            't' => text.push('\t'),
            'r' => text.push('\r'),
            'f' => text.push('\x0C'),
            'u' => {
                let code = rest.get(..4).and_then(|code| u32::from_str_radix(code, 16).ok());
                match code.and_then(char::from_u32) {
                    Some(letter) => {
                        text.push(letter);
                        rest = &rest[4..];
                    }
                    None => text.push('u'),
                }
            }
            '\n' => rest = rest.trim_start_matches([' ', '\t']),
            '\r' => {
                rest = rest.strip_prefix('\n').unwrap_or(rest).trim_start_matches([' ', '\t']);
            }
            other => text.push(other),
        }
    }
    text.push_str(rest);
    text
}
