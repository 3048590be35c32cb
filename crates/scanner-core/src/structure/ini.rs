//! INI: sections, then keys; `.npmrc`, `pip.conf`, `setup.cfg`, `hgrc`, AWS's and the like. There is no
//! one INI: what one program reads so and another otherwise is read in the way that finds more.

use std::borrow::Cow;
use std::ops::Range;

use ini_core::{Item, Parser};

use super::{Entry, Fault, Node, Scalar, Style, Value};

pub(super) fn parse(text: &[u8]) -> Result<Node, Fault> {
    // Encodings of one byte a letter are read too: offsets stay, texts come from the bytes.
    let letters = match std::str::from_utf8(text) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => text.iter().map(|b| if b.is_ascii() { char::from(*b) } else { '?' }).collect(),
    };
    let mut reader = Reader {
        text,
        letters: &letters,
        top: Vec::new(),
        section: None,
        indent: 0,
        continues: false,
    };
    for item in Parser::new(&letters) {
        reader.item(item)?;
    }
    reader.close();
    Ok(Node { range: 0..text.len(), value: Value::Map(reader.top) })
}

struct Reader<'a> {
    text: &'a [u8],
    letters: &'a str,
    top: Vec<Entry>,
    /// The section that is open.
    section: Option<Entry>,
    /// How far the last key is indented.
    indent: usize,
    /// Whether a line may continue the last value.
    continues: bool,
}

impl Reader<'_> {
    fn item(&mut self, item: Item<'_>) -> Result<(), Fault> {
        match item {
            Item::Section(name) => {
                let range = self.place(name);
                self.header(range.start - 1..range.end + 1)
            }
            Item::Error(line) => self.header(self.place(line)),
            Item::Property(key, value) => {
                let start = self.place(key).start;
                let end = value.map_or(self.place(key).end, |value| self.place(value).end);
                self.line(start..end)
            }
            Item::Comment(_) | Item::Blank | Item::SectionEnd => Ok(()),
        }
    }

    /// A line that is not blank and does not begin with `[` or `;`.
    fn line(&mut self, line: Range<usize>) -> Result<(), Fault> {
        let text = &self.letters[line.clone()];
        let indent = text.len() - text.trim_start().len();
        match text.trim_start().bytes().next() {
            None | Some(b'#' | b';') => return Ok(()),
            Some(b'[') if !(self.continues && indent > self.indent) => {
                return self.header(line.start + indent..line.end);
            }
            _ => {}
        }
        if self.continues && indent > self.indent {
            self.continued(line.start + indent..line.end);
            return Ok(());
        }
        let separator = separator(text).unwrap_or(text.len());
        let key = self.trim(line.start..line.start + separator);
        let value = (line.start + separator + 1).min(line.end)..line.end;
        let scalar = self.value(value);
        let range = match scalar.style {
            Style::Plain => scalar.content.clone(),
            _ => scalar.content.start - 1..scalar.content.end + 1,
        };
        let entry = Entry {
            key: self.decode(&key),
            key_range: key,
            node: Node { range, value: Value::Scalar(scalar) },
        };
        self.indent = indent;
        // What is in quotes is complete.
        self.continues = matches!(&entry.node.value, Value::Scalar(s) if s.style == Style::Plain);
        self.entries().push(entry);
        Ok(())
    }

    /// A section's line: `[name]`, perhaps with a comment behind it.
    fn header(&mut self, line: Range<usize>) -> Result<(), Fault> {
        let close = self.letters[line.clone()].rfind(']').filter(|close| {
            let rest = self.letters[line.start + close + 1..line.end].trim_start();
            rest.is_empty() || rest.starts_with(['#', ';'])
        });
        let close = close.or_else(|| self.letters[line.clone()].find(']'));
        let Some(close) = close else {
            return Err(Fault::at(self.text, line.start, "a section without its closing bracket"));
        };
        self.close();
        let key = self.trim(line.start + 1..line.start + close);
        self.section = Some(Entry {
            key: self.decode(&key),
            key_range: key,
            node: Node { range: line, value: Value::Map(Vec::new()) },
        });
        Ok(())
    }

    /// The section that is open is complete.
    fn close(&mut self) {
        self.continues = false;
        if let Some(mut section) = self.section.take() {
            if let Some(last) = section.node.entries().last() {
                section.node.range.end = section.node.range.end.max(last.node.range.end);
            }
            self.top.push(section);
        }
    }

    fn entries(&mut self) -> &mut Vec<Entry> {
        match self.section.as_mut().map(|section| &mut section.node.value) {
            Some(Value::Map(entries)) => entries,
            _ => &mut self.top,
        }
    }

    /// A line that is indented deeper than the key belongs to its value.
    fn continued(&mut self, line: Range<usize>) {
        let more = self.value(line);
        let Some(last) = self.entries().last_mut() else { return };
        if let Value::Scalar(scalar) = &mut last.node.value {
            if scalar.content.is_empty() {
                scalar.content = more.content.clone();
            } else {
                scalar.text.push('\n');
                scalar.content.end = more.content.end;
                scalar.style = Style::Block;
            }
            scalar.text.push_str(&more.text);
            last.node.range = scalar.content.clone();
        }
    }

    /// What stands behind the separator, without comment and quotes.
    fn value(&self, range: Range<usize>) -> Scalar {
        let range = self.trim(range);
        let raw = self.letters[range.clone()].as_bytes();
        let quote = raw.first().copied().filter(|byte| matches!(byte, b'"' | b'\''));
        if let Some(quote) = quote {
            let close = memchr::memchr_iter(quote, &raw[1..])
                .find(|close| raw[*close] != b'\\')
                .map(|close| close + 1);
            if let Some(close) = close
                && comment_or_end(&raw[close + 1..])
            {
                let content = range.start + 1..range.start + close;
                let style = if quote == b'"' { Style::Double } else { Style::Single };
                return Scalar { text: self.decode(&content), content, style };
            }
        }
        let comment = (1..raw.len())
            .find(|at| matches!(raw[*at], b'#' | b';') && raw[*at - 1].is_ascii_whitespace());
        let content = self.trim(range.start..comment.map_or(range.end, |at| range.start + at));
        Scalar { text: self.decode(&content), content, style: Style::Plain }
    }

    fn decode(&self, range: &Range<usize>) -> String {
        String::from_utf8_lossy(&self.text[range.clone()]).into_owned()
    }

    fn trim(&self, range: Range<usize>) -> Range<usize> {
        let raw = &self.letters[range.clone()];
        let start = range.start + (raw.len() - raw.trim_start().len());
        start..(start + raw.trim().len()).max(start)
    }

    /// Where a part that the parser cut out of the text stands in it.
    fn place(&self, part: &str) -> Range<usize> {
        let start = part.as_ptr().addr() - self.letters.as_ptr().addr();
        start..start + part.len()
    }
}

/// Nothing, or space and a comment.
fn comment_or_end(rest: &[u8]) -> bool {
    let word = rest.trim_ascii_start();
    word.is_empty() || (word.len() < rest.len() && matches!(word[0], b'#' | b';'))
}

/// Where the key ends: at `=`, or at a `:` that is none of a URL or of an `.npmrc` key
/// (`//host/:_authToken=…`).
fn separator(line: &str) -> Option<usize> {
    let equals = line.find('=');
    let head = &line[..equals.unwrap_or(line.len())];
    let colon = head.find(':').filter(|colon| {
        let rest = &head[colon + 1..];
        let spaced = rest.starts_with(|c: char| c.is_ascii_whitespace()) || rest.is_empty();
        let key = head[..*colon].trim();
        let plain = key.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-. ".contains(&b));
        plain && !key.is_empty() && (spaced || equals.is_none() && !rest.starts_with("//"))
    });
    // Only the colon of `key : a=b` comes first; `a:b=c` is an .npmrc's or a subsection's key.
    colon.or(equals)
}
