//! Whether a tree differs from another only where edits were made.

use std::ops::Range;

use bbsweep_scanner_core::document::Document;
use bbsweep_scanner_core::structure::{Entry, Node, Value};

use crate::edit::Edit;

/// How a file may differ from what it was.
pub(super) struct Trees<'a> {
    /// The file as it was.
    pub(super) doc: &'a Document<'a>,
    pub(super) edits: &'a [&'a Edit],
    /// Keys that may be added.
    pub(super) adds: &'a [&'a str],
}

impl Trees<'_> {
    /// Texts of scalars and names of keys may differ within the edits, nothing else.
    pub(super) fn same(&self, old: &Node, new: &Node) -> bool {
        match (&old.value, &new.value) {
            (Value::Scalar(before), Value::Scalar(after)) => {
                before.text == after.text && before.style == after.style
                    || self.is_edited(&old.range)
            }
            (Value::List(before), Value::List(after)) => {
                before.len() == after.len()
                    && before.iter().zip(after).all(|(old, new)| self.same(old, new))
            }
            (Value::Map(before), Value::Map(after)) => self.same_entries(before, after),
            _ => false,
        }
    }

    fn same_entries(&self, old: &[Entry], new: &[Entry]) -> bool {
        let is_added = |new: &&Entry| self.adds.contains(&new.key.as_str());
        let mut new = new.iter().peekable();
        old.iter().all(|entry| {
            while new.next_if(|new| new.key != entry.key && is_added(new)).is_some() {}
            new.next().is_some_and(|new| {
                (entry.key == new.key || self.is_edited(&entry.key_range))
                    && self.same(&entry.node, &new.node)
            })
        }) && new.all(|new| is_added(&new))
    }

    /// Whether an edit touches what stands there.
    fn is_edited(&self, range: &Range<usize>) -> bool {
        let span = self.doc.span(range.clone());
        self.edits.iter().any(|edit| edit.span.start <= span.end && span.start <= edit.span.end)
    }
}
