//! JSON, with comments, trailing commas and what else JSON5 allows; one value, or one on each line.

use jsonc_parser::ast::{Object, ObjectPropName, StringLit, Value as Json};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::{Entry, Fault, MAX_DEPTH, Node, Scalar, Style, Value};

const REASON: &str = "not valid JSON";

pub(super) fn parse(text: &str) -> Result<Vec<Node>, Fault> {
    match value(text, 0, text) {
        Err(fault) => lines(text).ok_or(fault),
        Ok(node) => Ok(node.into_iter().collect()),
    }
}

/// Lines of JSON: an object or list on each.
fn lines(text: &str) -> Option<Vec<Node>> {
    let mut nodes = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if !line.trim().is_empty() {
            if !line.trim_start().starts_with(['{', '[']) {
                return None;
            }
            nodes.push(value(line, start, text).ok()??);
        }
        start += line.len();
    }
    (nodes.len() > 1).then_some(nodes)
}

/// The value of a part of a file that begins at `base`.
fn value(part: &str, base: usize, text: &str) -> Result<Option<Node>, Fault> {
    let options = ParseOptions { allow_missing_commas: false, ..ParseOptions::default() };
    let parsed = parse_to_ast(part, &CollectOptions::default(), &options)
        .map_err(|error| Fault::at(text.as_bytes(), base + error.range().start, REASON))?;
    let reader = Reader { text, base };
    parsed.value.map(|value| reader.node(&value, 0)).transpose()
}

struct Reader<'a> {
    text: &'a str,
    base: usize,
}

impl Reader<'_> {
    fn node(&self, value: &Json<'_>, depth: usize) -> Result<Node, Fault> {
        let range = self.range(value);
        if depth > MAX_DEPTH {
            return Err(Fault::too_deep(self.text.as_bytes(), range.start));
        }
        let value = match value {
            Json::Object(object) => Value::Map(self.entries(object, depth)?),
            Json::Array(array) => Value::List(
                array
                    .elements
                    .iter()
                    .map(|item| self.node(item, depth + 1))
                    .collect::<Result<_, _>>()?,
            ),
            Json::StringLit(string) => Value::Scalar(self.string(string)),
            Json::NumberLit(_) | Json::BooleanLit(_) | Json::NullKeyword(_) => {
                Value::Scalar(Scalar {
                    text: self.text[range.clone()].to_owned(),
                    content: range.clone(),
                    style: Style::Plain,
                })
            }
        };
        Ok(Node { range, value })
    }

    fn entries(&self, object: &Object<'_>, depth: usize) -> Result<Vec<Entry>, Fault> {
        let entries = object.properties.iter().map(|property| {
            let (key, key_range) = match &property.name {
                ObjectPropName::String(name) => {
                    let name = self.string(name);
                    (name.text, name.content)
                }
                ObjectPropName::Word(word) => (word.value.to_owned(), self.range(word)),
            };
            Ok(Entry { key, key_range, node: self.node(&property.value, depth + 1)? })
        });
        entries.collect()
    }

    fn string(&self, string: &StringLit<'_>) -> Scalar {
        let range = self.range(string);
        Scalar {
            text: string.value.clone().into_owned(),
            content: range.start + 1..range.end - 1,
            style: if self.text.as_bytes()[range.start] == b'\'' {
                Style::Single
            } else {
                Style::Double
            },
        }
    }

    fn range(&self, value: &impl Ranged) -> std::ops::Range<usize> {
        self.base + value.start()..self.base + value.end()
    }
}
