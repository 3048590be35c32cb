//! HCL: a block's type and labels are keys in each other.

use std::ops::Range;

use hcl_edit::Span;
use hcl_edit::expr::{Expression, Object, ObjectKey};
use hcl_edit::structure::{Block, BlockLabel, Body, Structure};

use super::{Entry, Fault, MAX_DEPTH, Node, Scalar, Style, Value};

pub(super) fn parse(text: &str) -> Result<Node, Fault> {
    let body = hcl_edit::parser::parse_body(text)
        .map_err(|error| Fault { line: error.location().line(), reason: "not valid HCL" })?;
    let entries = Reader { text }.body(&body, 0)?;
    Ok(Node { range: 0..text.len(), value: Value::Map(entries) })
}

struct Reader<'a> {
    text: &'a str,
}

impl Reader<'_> {
    fn body(&self, body: &Body, depth: usize) -> Result<Vec<Entry>, Fault> {
        body.iter()
            .map(|structure| match structure {
                Structure::Attribute(attribute) => Ok(Entry {
                    key: attribute.key.as_str().to_owned(),
                    key_range: self.place(&attribute.key),
                    node: self.expression(&attribute.value, depth + 1)?,
                }),
                Structure::Block(block) => self.block(block, depth + 1),
            })
            .collect()
    }

    fn block(&self, block: &Block, depth: usize) -> Result<Entry, Fault> {
        let range = self.place(block);
        // Labels come without bound.
        if depth + block.labels.len() > MAX_DEPTH {
            return Err(Fault::too_deep(self.text.as_bytes(), range.start));
        }
        let end = range.end;
        let entries = self.body(&block.body, depth + block.labels.len())?;
        let names = std::iter::once((block.ident.as_str().to_owned(), self.place(&block.ident)))
            .chain(block.labels.iter().map(|label| {
                let place = match label {
                    BlockLabel::Ident(name) => self.place(name),
                    BlockLabel::String(name) => inside(&self.place(name)),
                };
                (label.as_str().to_owned(), place)
            }));
        let mut value = Value::Map(entries);
        let mut names: Vec<_> = names.collect();
        let (key, key_range) = names.remove(0);
        for (key, key_range) in names.into_iter().rev() {
            let start = key_range.start;
            let node = Node { range: start..end, value };
            value = Value::Map(vec![Entry { key, key_range, node }]);
        }
        Ok(Entry { key, key_range, node: Node { range, value } })
    }

    fn expression(&self, expression: &Expression, depth: usize) -> Result<Node, Fault> {
        let range = self.place(expression);
        if depth > MAX_DEPTH {
            return Err(Fault::too_deep(self.text.as_bytes(), range.start));
        }
        let raw = |content: Range<usize>, style| {
            let text = self.text[content.clone()].to_owned();
            Value::Scalar(Scalar { text, content, style })
        };
        let value = match expression {
            Expression::Null(_) | Expression::Bool(_) | Expression::Number(_) => {
                raw(range.clone(), Style::Plain)
            }
            Expression::String(string) => Value::Scalar(Scalar {
                text: string.value().clone(),
                content: inside(&range),
                style: Style::Double,
            }),
            Expression::StringTemplate(_) => raw(inside(&range), Style::Double),
            Expression::HeredocTemplate(_) => raw(self.heredoc(&range), Style::Block),
            Expression::Array(array) => Value::List(
                array
                    .iter()
                    .map(|item| self.expression(item, depth + 1))
                    .collect::<Result<_, _>>()?,
            ),
            Expression::Object(object) => Value::Map(self.object(object, depth)?),
            _ => raw(range.clone(), Style::Expression),
        };
        Ok(Node { range, value })
    }

    fn object(&self, object: &Object, depth: usize) -> Result<Vec<Entry>, Fault> {
        let entries = object.iter().map(|(key, value)| {
            let (key, key_range) = match key {
                ObjectKey::Ident(name) => (name.as_str().to_owned(), self.place(name)),
                ObjectKey::Expression(Expression::String(name)) => {
                    (name.value().clone(), inside(&self.place(name)))
                }
                ObjectKey::Expression(computed) => {
                    let place = self.place(computed);
                    (self.text[place.clone()].to_owned(), place)
                }
            };
            Ok(Entry { key, key_range, node: self.expression(value.expr(), depth + 1)? })
        });
        entries.collect()
    }

    /// The lines between `<<EOF` and `EOF`.
    fn heredoc(&self, range: &Range<usize>) -> Range<usize> {
        let raw = &self.text[range.clone()];
        let start = raw.find('\n').map_or(raw.len(), |line| line + 1);
        let end = raw.trim_end().rfind('\n').map_or(start, |line| line.max(start));
        let end = end - usize::from(end > start && raw[..end].ends_with('\r'));
        let indent = raw[start..end].len() - raw[start..end].trim_start_matches([' ', '\t']).len();
        range.start + start + indent..range.start + end
    }

    fn place(&self, part: &impl Span) -> Range<usize> {
        let span = part.span().unwrap_or_default();
        // Decoration that the parser counts to the span.
        let raw = &self.text[span.clone()];
        let start = span.start + (raw.len() - raw.trim_start().len());
        start..(start + raw.trim().len()).max(start)
    }
}

/// Without the quotes.
fn inside(range: &Range<usize>) -> Range<usize> {
    range.start + 1..(range.end - 1).max(range.start + 1)
}
