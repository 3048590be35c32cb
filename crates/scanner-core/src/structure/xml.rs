//! XML. No DTD: nothing is fetched and no entity grows.

use std::ops::Range;

use roxmltree::{Attribute, Document, Error, Node as Element, NodeType, ParsingOptions};

use super::access::TEXT;
use super::{Entry, Fault, MAX_DEPTH, Node, Scalar, Style, Value};

/// A file of more nodes is data.
const MAX_NODES: u32 = 1 << 20;

const CDATA: (&str, &str) = ("<![CDATA[", "]]>");

pub(super) fn parse(text: &str) -> Result<Node, Fault> {
    let options = ParsingOptions { nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).map_err(|error| {
        let reason = match error {
            Error::DtdDetected => "XML with a DTD is not read",
            Error::NodesLimitReached => "too much for XML that people write",
            _ => "not valid XML",
        };
        // Errors at the end have no place.
        let end = 1 + text.lines().count().saturating_sub(1);
        let line = match error {
            Error::UnexpectedEndOfStream | Error::UnclosedRootNode => end,
            _ => usize::try_from(error.pos().row).unwrap_or(end),
        };
        Fault { line, reason }
    })?;
    let root = Reader { text }.entry(document.root_element(), 0)?;
    Ok(Node { range: root.node.range.clone(), value: Value::Map(vec![root]) })
}

struct Reader<'a> {
    text: &'a str,
}

impl<'a> Reader<'a> {
    fn entry(&self, element: Element<'_, 'a>, depth: usize) -> Result<Entry, Fault> {
        let range = element.range();
        if depth > MAX_DEPTH {
            return Err(Fault::too_deep(self.text.as_bytes(), range.start));
        }
        let key_range = self.name(range.start + 1);
        let mut entries: Vec<Entry> =
            element.attributes().map(|attribute| self.attribute(&attribute)).collect();
        let mut words = String::new();
        for child in element.children() {
            match child.node_type() {
                NodeType::Element => entries.push(self.entry(child, depth + 1)?),
                NodeType::Text => words.push_str(child.text().unwrap_or_default()),
                _ => {}
            }
        }
        let words = words.trim();
        let value = if entries.is_empty() {
            Value::Scalar(self.words(element, words))
        } else {
            if !words.is_empty() {
                let scalar = self.words(element, words);
                let node = Node { range: scalar.content.clone(), value: Value::Scalar(scalar) };
                entries.push(Entry { key: TEXT.to_owned(), key_range: key_range.clone(), node });
            }
            Value::Map(entries)
        };
        Ok(Entry {
            key: element.tag_name().name().to_owned(),
            key_range,
            node: Node { range, value },
        })
    }

    fn attribute(&self, attribute: &Attribute<'_, 'a>) -> Entry {
        let content = attribute.range_value();
        let range = content.start - 1..content.end + 1;
        let style =
            if self.text[range.clone()].starts_with('\'') { Style::Single } else { Style::Double };
        let text = attribute.value().to_owned();
        Entry {
            key: format!("@{}", attribute.name()),
            key_range: self.name(attribute.range_qname().start),
            node: Node { range, value: Value::Scalar(Scalar { text, content, style }) },
        }
    }

    /// The name that begins at `start`, without its prefix.
    fn name(&self, start: usize) -> Range<usize> {
        let rest = &self.text[start..];
        let end = rest
            .find(|c: char| c.is_ascii_whitespace() || matches!(c, '>' | '/' | '='))
            .unwrap_or(rest.len());
        let prefix = rest[..end].find(':').map_or(0, |colon| colon + 1);
        start + prefix..start + end
    }

    /// The text of an element.
    fn words(&self, element: Element<'_, '_>, words: &str) -> Scalar {
        let inner = self.inner(element.range());
        let scalar =
            |content: Range<usize>, style| Scalar { text: words.to_owned(), content, style };
        let content = self.trim(inner);
        let raw = &self.text[content.clone()];
        if !raw.contains('<') {
            return scalar(content, Style::Plain);
        }
        let cdata = raw.strip_prefix(CDATA.0).and_then(|raw| raw.strip_suffix(CDATA.1));
        if cdata.is_some_and(|raw| !raw.contains(CDATA.1)) {
            let inside = content.start + CDATA.0.len()..content.end - CDATA.1.len();
            return scalar(self.trim(inside), Style::Block);
        }
        // Beside comments or elements: the one piece of text that is not blank.
        let mut pieces = element
            .children()
            .filter(Element::is_text)
            .map(|child| self.trim(child.range()))
            .filter(|piece| !piece.is_empty());
        match (pieces.next(), pieces.next()) {
            (Some(piece), None) if !self.text[piece.clone()].contains('<') => {
                scalar(piece, Style::Plain)
            }
            _ => scalar(content, Style::Block),
        }
    }

    /// What stands between the tags of an element.
    fn inner(&self, range: Range<usize>) -> Range<usize> {
        let bytes = &self.text.as_bytes()[..range.end];
        let mut quote = None;
        let mut at = range.start;
        while at < range.end {
            match (bytes[at], quote) {
                (b'>', None) => break,
                (byte, Some(open)) if byte == open => quote = None,
                (byte @ (b'"' | b'\''), None) => quote = Some(byte),
                _ => {}
            }
            at += 1;
        }
        let start = (at + 1).min(range.end);
        if bytes.get(at.wrapping_sub(1)) == Some(&b'/') && start == range.end {
            return at - 1..at - 1;
        }
        let end = memchr::memrchr(b'<', &bytes[start..]).map_or(start, |close| start + close);
        start..end
    }

    fn trim(&self, range: Range<usize>) -> Range<usize> {
        let raw = &self.text[range.clone()];
        let start = range.start + (raw.len() - raw.trim_start().len());
        start..(start + raw.trim().len()).max(start)
    }
}
