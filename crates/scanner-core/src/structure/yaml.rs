//! YAML, of any number of documents. An alias is a copy of what its anchor names, where that stands.

use std::collections::HashMap;
use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle, Span, Tag};

use super::{Entry, Fault, MAX_DEPTH, Node, Scalar, Style, Value};

/// How much the copies that aliases make may weigh, in bytes.
const MAX_COPIES: usize = 16 << 20;

/// What YAML takes for white space.
const SPACE: [char; 4] = [' ', '\t', '\r', '\n'];

pub(super) fn parse(text: &str) -> Result<Vec<Node>, Fault> {
    let mut reader = Reader {
        text,
        offsets: Offsets::new(text),
        documents: Vec::new(),
        open: Vec::new(),
        anchors: HashMap::new(),
        weight: 0,
    };
    for step in Parser::new_from_str(text) {
        let (event, span) = step.map_err(|error| {
            let at = reader.offsets.byte(error.marker().index());
            Fault::at(text.as_bytes(), at, "not valid YAML")
        })?;
        reader.event(event, span)?;
    }
    Ok(reader.documents)
}

struct Reader<'a> {
    text: &'a str,
    offsets: Offsets,
    documents: Vec<Node>,
    open: Vec<Collection>,
    /// What anchors name, by their number.
    anchors: HashMap<usize, Node>,
    /// What copies weigh.
    weight: usize,
}

/// A collection that is open.
struct Collection {
    start: usize,
    anchor: usize,
    flow: bool,
    /// The key whose value comes next, and where it ends, quotes included.
    key: Option<(String, Range<usize>, usize)>,
    value: Value,
}

impl Reader<'_> {
    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Fault> {
        let range = self.offsets.range(span);
        match event {
            Event::Scalar(value, style, anchor, tag) => {
                let node = self.scalar(&value, style, tag.as_deref(), range)?;
                self.complete(node, anchor)?;
            }
            Event::Alias(anchor) => {
                let node = match self.anchors.get(&anchor) {
                    Some(node) => {
                        self.weight += weight(node, MAX_DEPTH - self.open.len())
                            .ok_or_else(|| self.too_deep(range.start))?;
                        node.clone()
                    }
                    // In what it names itself.
                    None => self.raw(range.clone(), Style::Expression),
                };
                self.check(range.start)?;
                self.complete(node, 0)?;
            }
            Event::SequenceStart(anchor, _) => {
                self.start(range, anchor, Value::List(Vec::new()))?;
            }
            Event::MappingStart(anchor, _) => self.start(range, anchor, Value::Map(Vec::new()))?,
            Event::SequenceEnd | Event::MappingEnd => self.end(&range)?,
            Event::DocumentEnd => self.anchors.clear(),
            _ => {}
        }
        Ok(())
    }

    fn start(&mut self, range: Range<usize>, anchor: usize, value: Value) -> Result<(), Fault> {
        if self.open.len() >= MAX_DEPTH {
            return Err(self.too_deep(range.start));
        }
        let range = self.past_properties(range);
        let bracket = if matches!(value, Value::Map(_)) { '{' } else { '[' };
        let flow = self.text[range.clone()].starts_with(bracket);
        self.open.push(Collection { start: range.start, anchor, flow, key: None, value });
        Ok(())
    }

    fn end(&mut self, range: &Range<usize>) -> Result<(), Fault> {
        let Some(collection) = self.open.pop() else { return Ok(()) };
        let Collection { start, anchor, flow, value, .. } = collection;
        let last = match &value {
            Value::Map(entries) => {
                entries.last().map(|entry| entry.node.range.end.max(entry.key_range.end))
            }
            Value::List(items) => items.last().map(|item| item.range.end),
            Value::Scalar(_) => None,
        };
        // A block ends where its last part does, not behind the comments that follow; an alias's
        // copy may stand anywhere.
        let end = if flow { range.end } else { last.unwrap_or(start) };
        let end = if end < start { range.start.max(start) } else { end };
        self.complete(Node { range: start..end, value }, anchor)
    }

    /// Puts a node to where it belongs.
    fn complete(&mut self, node: Node, anchor: usize) -> Result<(), Fault> {
        if anchor > 0 {
            self.weight += weight(&node, MAX_DEPTH).unwrap_or(usize::MAX / 2);
            self.check(node.range.start)?;
            self.anchors.insert(anchor, node.clone());
        }
        let Some(collection) = self.open.last_mut() else {
            self.documents.push(node);
            return Ok(());
        };
        match (&mut collection.value, collection.key.take()) {
            (Value::List(items), _) => items.push(node),
            (Value::Map(entries), Some((key, key_range, _))) => {
                entries.push(Entry { key, key_range, node });
            }
            (Value::Map(_), None) => {
                let end = node.range.end;
                collection.key = Some(match node.value {
                    Value::Scalar(scalar) => (scalar.text, scalar.content, end),
                    _ => (self.text[node.range.clone()].to_owned(), node.range, end),
                });
            }
            (Value::Scalar(_), _) => {}
        }
        Ok(())
    }

    fn scalar(
        &self,
        value: &str,
        style: ScalarStyle,
        tag: Option<&Tag>,
        range: Range<usize>,
    ) -> Result<Node, Fault> {
        let source = self.past_properties(range.clone());
        if tag.is_some_and(|tag| !tag.is_yaml_core_schema()) {
            return Ok(
                self.raw(range.start..self.trimmed(source).end.max(range.start), Style::Expression)
            );
        }
        let raw = &self.text[source.clone()];
        let (outer, content, style) = match style {
            ScalarStyle::Plain if value.is_empty() => {
                let place = self.empty(source.start);
                (place.clone(), place, Style::Plain)
            }
            ScalarStyle::Plain => {
                let source = self.trimmed(source);
                (source.clone(), source, Style::Plain)
            }
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => {
                let single = style == ScalarStyle::SingleQuoted;
                let close = closing(raw.as_bytes(), if single { b'\'' } else { b'"' })
                    .ok_or_else(|| self.lost(source.start))?;
                let style = if single { Style::Single } else { Style::Double };
                let end = source.start + close;
                (source.start..end + 1, source.start + 1..end, style)
            }
            ScalarStyle::Literal | ScalarStyle::Folded => {
                let content = self.block(source.clone());
                (source.start.min(content.start)..content.end, content, Style::Block)
            }
        };
        let scalar = Scalar { text: value.to_owned(), content, style };
        Ok(Node { range: outer, value: Value::Scalar(scalar) })
    }

    /// A scalar that is not a text.
    fn raw(&self, range: Range<usize>, style: Style) -> Node {
        let text = self.text[range.clone()].to_owned();
        Node { range: range.clone(), value: Value::Scalar(Scalar { text, content: range, style }) }
    }

    /// Where a value that is not written would stand: behind the colon of its key.
    fn empty(&self, marker: usize) -> Range<usize> {
        let key = self.open.last().and_then(|collection| collection.key.as_ref());
        let colon = key.and_then(|(_, _, end)| {
            let rest = &self.text[*end..];
            let blank = rest.len() - rest.trim_start().len();
            rest[blank..].starts_with(':').then_some(end + blank + 1)
        });
        let place = colon.unwrap_or(marker).min(self.text.len());
        place..place
    }

    /// Without the anchor and the tag that the parser counts to a node.
    fn past_properties(&self, mut range: Range<usize>) -> Range<usize> {
        while self.text[range.clone()].starts_with(['&', '!']) {
            let rest = &self.text[range.clone()];
            let word = rest.find(|c: char| SPACE.contains(&c)).unwrap_or(rest.len());
            let space = rest[word..].len() - rest[word..].trim_start_matches(SPACE).len();
            range.start += word + space;
        }
        range
    }

    fn trimmed(&self, range: Range<usize>) -> Range<usize> {
        range.start..range.start + self.text[range.clone()].trim_end_matches(SPACE).len()
    }

    /// The lines of a block without their first indentation and last break.
    fn block(&self, range: Range<usize>) -> Range<usize> {
        let raw = &self.text[range.clone()];
        let head = if raw.starts_with(['|', '>']) {
            raw.find('\n').map_or(raw.len(), |line| line + 1)
        } else {
            0
        };
        let body = &raw[head..];
        let blank = body.len() - body.trim_start_matches(SPACE).len();
        let start = range.start + head + blank;
        start..(start + body.trim_matches(SPACE).len())
    }

    fn check(&self, at: usize) -> Result<(), Fault> {
        if self.weight > MAX_COPIES + self.text.len() {
            return Err(Fault::at(self.text.as_bytes(), at, "aliases copy too much"));
        }
        Ok(())
    }

    fn too_deep(&self, at: usize) -> Fault {
        Fault::too_deep(self.text.as_bytes(), at)
    }

    fn lost(&self, at: usize) -> Fault {
        Fault::at(self.text.as_bytes(), at, "a scalar without its end")
    }
}

/// What a copy of a node takes; `None` if it is deeper than `depth`.
fn weight(node: &Node, depth: usize) -> Option<usize> {
    let within = match &node.value {
        Value::Scalar(scalar) => scalar.text.len(),
        Value::Map(entries) => entries.iter().try_fold(0, |sum, entry| {
            let node = weight(&entry.node, depth.checked_sub(1)?)?;
            Some(sum + entry.key.len() + node)
        })?,
        Value::List(items) => items
            .iter()
            .try_fold(0, |sum, item| Some(sum + weight(item, depth.checked_sub(1)?)?))?,
    };
    Some(within + size_of::<Entry>())
}

/// Where the quote that opens a scalar is closed.
fn closing(raw: &[u8], quote: u8) -> Option<usize> {
    if raw.first() != Some(&quote) {
        return None;
    }
    let mut at = 1;
    loop {
        match *raw.get(at)? {
            b'\\' if quote == b'"' => at += 2,
            byte if byte == quote => {
                if quote == b'"' || raw.get(at + 1) != Some(&quote) {
                    return Some(at);
                }
                at += 2;
            }
            _ => at += 1,
        }
    }
}

/// The way from the parser's positions, in characters, to bytes.
struct Offsets {
    /// The offset of each character; `None` where both are the same.
    starts: Option<Vec<usize>>,
    end: usize,
}

impl Offsets {
    fn new(text: &str) -> Self {
        let starts = (!text.is_ascii()).then(|| text.char_indices().map(|(at, _)| at).collect());
        Self { starts, end: text.len() }
    }

    fn range(&self, span: Span) -> Range<usize> {
        let start = self.byte(span.start.index());
        start..self.byte(span.end.index()).max(start)
    }

    fn byte(&self, index: usize) -> usize {
        match &self.starts {
            Some(starts) => starts.get(index).copied().unwrap_or(self.end),
            None => index.min(self.end),
        }
    }
}
