//! TOML.

use std::ops::Range;

use toml_edit::{Array, Document, Item, Key, TableLike, Value as Toml};

use super::{Entry, Fault, MAX_DEPTH, Node, Scalar, Style, Value};

pub(super) fn parse(text: &str) -> Result<Node, Fault> {
    let document = Document::parse(text).map_err(|error| {
        let at = error.span().map_or(text.len(), |span| span.start);
        Fault::at(text.as_bytes(), at, "not valid TOML")
    })?;
    let entries = Reader { text }.entries(document.as_table(), 0)?;
    Ok(Node { range: 0..text.len(), value: Value::Map(entries) })
}

struct Reader<'a> {
    text: &'a str,
}

impl Reader<'_> {
    fn entries(&self, table: &dyn TableLike, depth: usize) -> Result<Vec<Entry>, Fault> {
        let mut entries = Vec::with_capacity(table.len());
        for (name, item) in table.iter() {
            let (key_range, span) = table
                .key(name)
                .and_then(|key| self.key(key))
                .ok_or_else(|| Fault::at(self.text.as_bytes(), 0, "a key without a place"))?;
            let Some(node) = self.item(item, &span, depth + 1)? else { continue };
            entries.push(Entry { key: name.to_owned(), key_range, node });
        }
        // The parser moves what belongs to one table together.
        entries.sort_by_key(|entry| entry.key_range.start);
        Ok(entries)
    }

    /// Where a key stands, without and with its quotes.
    fn key(&self, key: &Key) -> Option<(Range<usize>, Range<usize>)> {
        let span = key.span()?;
        let quoted = self.text[span.clone()].starts_with(['"', '\'']);
        let name = if quoted { span.start + 1..span.end - 1 } else { span.clone() };
        Some((name, span))
    }

    fn item(&self, item: &Item, key: &Range<usize>, depth: usize) -> Result<Option<Node>, Fault> {
        if depth > MAX_DEPTH {
            return Err(Fault::too_deep(self.text.as_bytes(), key.start));
        }
        Ok(Some(match item {
            Item::None => return Ok(None),
            Item::Value(value) => self.value(value, key, depth)?,
            Item::Table(table) => {
                let span = table.span().unwrap_or_else(|| key.clone());
                table_node(span, self.entries(table, depth)?)
            }
            Item::ArrayOfTables(tables) => {
                let mut items = Vec::with_capacity(tables.len());
                for table in tables {
                    let span = table.span().unwrap_or_else(|| key.clone());
                    items.push(table_node(span, self.entries(table, depth + 1)?));
                }
                let start = items.first().map_or(key.start, |item| item.range.start);
                let end = items.last().map_or(key.end, |item| item.range.end);
                Node { range: start..end, value: Value::List(items) }
            }
        }))
    }

    fn value(&self, value: &Toml, key: &Range<usize>, depth: usize) -> Result<Node, Fault> {
        if depth > MAX_DEPTH {
            return Err(Fault::too_deep(self.text.as_bytes(), key.start));
        }
        let range = value.span().unwrap_or_else(|| key.clone());
        let value = match value {
            Toml::Array(array) => Value::List(self.items(array, key, depth)?),
            Toml::InlineTable(table) => {
                let entries = self.entries(table, depth)?;
                // A dotted key: no braces.
                if !self.text[range.clone()].starts_with('{') {
                    return Ok(table_node(key.clone(), entries));
                }
                Value::Map(entries)
            }
            Toml::String(string) => Value::Scalar(self.string(string.value(), range.clone())),
            _ => Value::Scalar(Scalar {
                text: self.text[range.clone()].to_owned(),
                content: range.clone(),
                style: Style::Plain,
            }),
        };
        Ok(Node { range, value })
    }

    fn items(&self, array: &Array, key: &Range<usize>, depth: usize) -> Result<Vec<Node>, Fault> {
        array.iter().map(|item| self.value(item, key, depth + 1)).collect()
    }

    fn string(&self, value: &str, range: Range<usize>) -> Scalar {
        let raw = &self.text[range.clone()];
        let (quotes, style) = if raw.starts_with("\"\"\"") || raw.starts_with("'''") {
            // A line break right behind the quotes does not count.
            let line = raw[3..].strip_prefix("\r\n").or_else(|| raw[3..].strip_prefix('\n'));
            let start = line.map_or(3, |line| raw.len() - line.len());
            ((start, 3), Style::Block)
        } else if raw.starts_with('\'') {
            ((1, 1), Style::Single)
        } else {
            ((1, 1), Style::Double)
        };
        let content = range.start + quotes.0..(range.end - quotes.1).max(range.start + quotes.0);
        Scalar { text: value.to_owned(), content, style }
    }
}

/// A table from its header, or from the key that opens it, to its last entry.
fn table_node(span: Range<usize>, entries: Vec<Entry>) -> Node {
    let start = entries.iter().map(|entry| entry.key_range.start).fold(span.start, usize::min);
    let end = entries.iter().map(|entry| entry.node.range.end).fold(span.end, usize::max);
    Node { range: start..end, value: Value::Map(entries) }
}
