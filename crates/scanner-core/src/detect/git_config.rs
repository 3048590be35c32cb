//! Reads a git config with the positions of its keys and values.

use std::ops::Range;

use bstr::ByteSlice;
use gix_config::parse::{EventRef, Events};

use crate::document::Document;
use crate::finding::SkipReason;

use super::Sink;

/// A file with more faults is no git config.
const MAX_FAULTS: usize = 32;

/// Text without its quotes and escapes, and where each byte of it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) bytes: Vec<u8>,
    /// Offset of each byte in the document.
    at: Vec<usize>,
    /// Where the whole stands, without quotes around it.
    pub(super) range: Range<usize>,
}

impl Text {
    /// A range of the document as it stands.
    pub(super) fn verbatim(text: &[u8], range: Range<usize>) -> Self {
        Self { bytes: text[range.clone()].to_vec(), at: range.clone().collect(), range }
    }

    /// Where a range of `bytes` stands in the document; escapes and continued lines inside of it
    /// included.
    pub(super) fn span(&self, range: Range<usize>) -> Range<usize> {
        let start = self.at.get(range.start).copied().unwrap_or(self.range.end);
        let end = match range.end.checked_sub(1) {
            Some(last) if range.end > range.start => {
                self.at.get(last).map_or(self.range.end, |at| at + 1)
            }
            _ => start,
        };
        start..end
    }

    fn push(&mut self, byte: u8, at: usize) {
        self.bytes.push(byte);
        self.at.push(at);
    }

    /// Adds a piece of a value that begins at `start`, in which quotes toggle and `\` escapes.
    fn push_value(&mut self, raw: &[u8], start: usize) {
        let mut i = 0;
        while i < raw.len() {
            match raw[i] {
                b'"' => {}
                b'\\' => {
                    i += 1;
                    let Some(&escaped) = raw.get(i) else { break };
                    let byte = match escaped {
                        b'n' => b'\n',
                        b't' => b'\t',
                        b'b' => 0x08,
                        other => other,
                    };
                    self.push(byte, start + i);
                }
                byte => self.push(byte, start + i),
            }
            i += 1;
        }
    }

    /// Sets the range to what the bytes cover.
    fn close(&mut self, empty_at: usize) {
        self.range = match (self.at.first(), self.at.last()) {
            (Some(&first), Some(&last)) => first..last + 1,
            _ => empty_at..empty_at,
        };
    }
}

/// `[name "subsection"]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Section {
    /// In lower case; empty before the first header.
    pub(super) name: String,
    pub(super) subsection: Option<Text>,
}

impl Section {
    /// `remote.origin.url` for the name `url` in this section.
    pub(super) fn key(&self, name: &str) -> String {
        match &self.subsection {
            Some(subsection) => {
                format!("{}.{}.{name}", self.name, String::from_utf8_lossy(&subsection.bytes))
            }
            None => format!("{}.{name}", self.name),
        }
    }

    /// [`Self::key`] without the user info of a URL in it.
    pub(super) fn plain_key(&self, name: &str) -> String {
        let Some(subsection) = &self.subsection else { return self.key(name) };
        let plain = without_userinfo(&subsection.bytes);
        format!("{}.{}.{name}", self.name, String::from_utf8_lossy(&plain))
    }
}

/// `name = value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Index of its section.
    pub(super) section: usize,
    /// In lower case.
    pub(super) name: String,
    /// Where the name stands.
    pub(super) name_range: Range<usize>,
    /// Empty for `name` alone.
    pub(super) value: Text,
}

/// A parsed config.
#[derive(Clone, Debug, Default)]
pub(super) struct GitConfig {
    pub(super) sections: Vec<Section>,
    pub(super) entries: Vec<Entry>,
    /// Where comments stand, without their marks.
    pub(super) comments: Vec<Range<usize>>,
    /// Lines (from 1) that are no git config.
    pub(super) faults: Vec<usize>,
}

impl GitConfig {
    /// The entries of the section at `index`.
    pub(super) fn entries_of(&self, index: usize) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.section == index)
    }

    /// Tells that git can't read the file. A window of a larger file begins and ends anywhere.
    pub(super) fn tell_faults(&self, doc: &Document<'_>, sink: &mut Sink) {
        if !doc.whole {
            return;
        }
        if let Some(line) = self.faults.first() {
            sink.problems.push((
                SkipReason::CorruptGit,
                format!("line {line} is no git config syntax; the file was scanned as text"),
            ));
        }
    }
}

/// Parses `text`. A line that git would refuse costs itself alone.
pub(super) fn parse(text: &[u8]) -> GitConfig {
    let mut config = GitConfig { sections: vec![Section::default()], ..GitConfig::default() };
    let mut start = 0;
    while start < text.len() {
        let rest = &text[start..];
        let before = (config.sections.len(), config.entries.len(), config.comments.len());
        let bad = match Events::from_bytes(rest, None) {
            Ok(events) => match config.take(events.iter(), text, start) {
                Ok(()) => break,
                Err(at) => at,
            },
            Err(error) => text.len() - error.remaining_data().len().min(rest.len()),
        };
        config.faults.push(1 + text[..bad].find_iter(b"\n").count());
        if config.faults.len() >= MAX_FAULTS {
            break;
        }
        let bad_line = text[start..bad].rfind_byte(b'\n').map_or(start, |i| start + i + 1);
        config.sections.truncate(before.0);
        config.entries.truncate(before.1);
        config.comments.truncate(before.2);
        if let Ok(events) = Events::from_bytes(&text[start..bad_line], None) {
            // The same events once more, up to where they lead.
            let _ = config.take(events.iter(), &text[..bad_line], start);
        }
        if text[bad_line..].trim_start().starts_with(b"[") {
            config.sections.push(Section::default());
        }
        start = text[bad..].find_byte(b'\n').map_or(text.len(), |i| bad + i + 1);
    }
    config
}

impl GitConfig {
    /// Takes the events of `text[start..]`, whose lengths sum up to positions. `Err` with the
    /// position where an event is not what stands in the text.
    fn take<'e>(
        &mut self,
        events: impl Iterator<Item = EventRef<'e>>,
        text: &[u8],
        start: usize,
    ) -> Result<(), usize> {
        let mut at = start;
        let mut section = self.sections.len() - 1;
        let mut value = Text::default();
        for event in events {
            let length = match event {
                EventRef::SectionHeader { name, subsection_name, .. } => {
                    let (length, subsection) =
                        header(&text[at..], at, subsection_name.is_some()).ok_or(at)?;
                    self.sections
                        .push(Section { name: name.to_str_lossy().to_lowercase(), subsection });
                    section = self.sections.len() - 1;
                    length
                }
                EventRef::SectionValueName(name) => {
                    let name_range = at..at + name.len();
                    value = Text::default();
                    self.entries.push(Entry {
                        section,
                        name: name.to_str_lossy().to_lowercase(),
                        name_range,
                        value: Text::default(),
                    });
                    expect(text, at, name)?
                }
                EventRef::ValueNotDone(piece) => {
                    value.push_value(piece, at);
                    expect(text, at, piece)? + expect(text, at + piece.len(), b"\\")?
                }
                EventRef::Value(piece) | EventRef::ValueDone(piece) => {
                    value.push_value(piece, at);
                    value.close(at);
                    if let Some(entry) = self.entries.last_mut() {
                        entry.value = std::mem::take(&mut value);
                    }
                    expect(text, at, piece)?
                }
                EventRef::Comment { tag, text: comment } => {
                    self.comments.push(at + 1..at + 1 + comment.len());
                    expect(text, at, &[tag])? + expect(text, at + 1, comment)?
                }
                EventRef::Newline(bytes) | EventRef::Whitespace(bytes) => expect(text, at, bytes)?,
                EventRef::KeyValueSeparator => expect(text, at, b"=")?,
            };
            at += length;
        }
        Ok(())
    }
}

/// The length of `piece`, which must stand at `at`.
fn expect(text: &[u8], at: usize, piece: &[u8]) -> Result<usize, usize> {
    if text[at.min(text.len())..].starts_with(piece) { Ok(piece.len()) } else { Err(at) }
}

/// Length of the section header that `rest` begins with, and its subsection as written in quotes or
/// after a dot.
fn header(rest: &[u8], start: usize, has_subsection: bool) -> Option<(usize, Option<Text>)> {
    let close = rest.find_byteset(b"]\"")?;
    if rest.first() != Some(&b'[') {
        return None;
    }
    let mut subsection = Text::default();
    if rest[close] == b']' {
        let dot = rest[..close].find_byte(b'.');
        if let Some(dot) = dot {
            for (i, &byte) in rest[..close].iter().enumerate().skip(dot + 1) {
                subsection.push(byte, start + i);
            }
            subsection.close(start + dot + 1);
        }
        return Some((close + 1, dot.filter(|_| has_subsection).map(|_| subsection)));
    }
    let mut i = close + 1;
    loop {
        match rest.get(i)? {
            b'"' => break,
            b'\\' => {
                i += 1;
                subsection.push(*rest.get(i)?, start + i);
            }
            &byte => subsection.push(byte, start + i),
        }
        i += 1;
    }
    subsection.close(start + close + 1);
    (rest.get(i + 1) == Some(&b']')).then_some((i + 2, Some(subsection)))
}

/// A URL's bytes without what stands between `://` and the last `@` of its authority.
pub(super) fn without_userinfo(url: &[u8]) -> Vec<u8> {
    let Some(scheme) = url.find(b"://").map(|i| i + 3) else { return url.to_vec() };
    let end = url[scheme..].find_byteset(b"/?#").map_or(url.len(), |i| scheme + i);
    match url[scheme..end].rfind_byte(b'@') {
        Some(at) => [&url[..scheme], &url[scheme + at + 1..]].concat(),
        None => url.to_vec(),
    }
}

/// The host of a URL that a section is about: no scheme, user info, port, path.
pub(crate) fn host_of(url: &[u8]) -> Vec<u8> {
    let plain = without_userinfo(url);
    let host = plain.find(b"://").map_or(&plain[..], |i| &plain[i + 3..]);
    let end = host.find_byteset(b"/?#:").unwrap_or(host.len());
    host[..end].to_vec()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn show(text: &str) -> Vec<String> {
        let config = parse(text.as_bytes());
        config
            .entries
            .iter()
            .map(|entry| {
                let key = config.sections[entry.section].key(&entry.name);
                let raw = &text[entry.value.range.clone()];
                assert_eq!(entry.name, text[entry.name_range.clone()].to_lowercase());
                format!("{key}={}|{raw}", String::from_utf8_lossy(&entry.value.bytes))
            })
            .collect()
    }

    #[test]
    fn keys_values_and_positions() {
        let text = concat!(
            "# c [a]\n",
            "[remote \"or\\\"ig\\\\in\"] ; c\r\n",
            "\tUrl = \"https://x#y\" # c\r\n",
            "  pushurl=a\\\\b \\\n    c\n",
            "[Branch.Main]\n\tbare\n\tempty =\n",
            "[core]x=1\n",
        );
        assert_eq!(
            show(text),
            [
                r#"remote.or"ig\in.url=https://x#y|https://x#y"#,
                "remote.or\"ig\\in.pushurl=a\\b     c|a\\\\b \\\n    c",
                "branch.Main.bare=|",
                "branch.Main.empty=|",
                "core.x=1|1",
            ]
        );
        assert!(parse(text.as_bytes()).faults.is_empty());
    }

    #[test]
    fn a_bad_line_costs_itself_alone() {
        let text = "[a]\nx = 1\n<<<<<<< HEAD\ny = 2\n[b\nz = 3\n[c]\nw = \"4\\q\"\nv = 5\n";
        assert_eq!(show(text), ["a.x=1|1", "a.y=2|2", ".z=3|3", "c.v=5|5"]);
        assert_eq!(parse(text.as_bytes()).faults, [3, 5, 8]);
    }

    #[test]
    fn a_span_leads_back_over_escapes() {
        let text = b"[a]\nx = \"p\\\\q\\\n r\"";
        let config = parse(text);
        let value = &config.entries[0].value;
        assert_eq!(value.bytes, b"p\\q r");
        assert_eq!(&text[value.span(1..4)], b"\\q\\\n ");
        assert_eq!(value.span(5..5), value.range.end..value.range.end);
    }

    #[test]
    fn urls_of_sections() {
        assert_eq!(without_userinfo(b"https://u:p@h/x@y"), b"https://h/x@y");
        assert_eq!(host_of(b"https://u:p@Bitbucket.org:443/x"), b"Bitbucket.org");
        assert_eq!(host_of(b"origin"), b"origin");
    }

    proptest! {
        #[test]
        fn any_text(text in "([\\[\\]\"\\\\=;#.\r\n\t ab-]|\\[a \"|x = ){0,60}") {
            for entry in parse(text.as_bytes()).entries {
                prop_assert!(entry.value.range.end <= text.len());
                let end = entry.value.bytes.len();
                prop_assert!(entry.value.span(0..end).end <= text.len());
            }
        }

        #[test]
        fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            parse(&bytes);
        }
    }
}
