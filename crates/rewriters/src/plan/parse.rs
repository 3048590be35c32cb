//! Formats that have a parser at hand are parsed before and after.

use bbsweep_scanner_core::FileKind;
use bbsweep_scanner_core::consumer::Slot;
use bbsweep_scanner_core::detect::structured;
use bbsweep_scanner_core::document::Document;
use bbsweep_scanner_core::structure::{Node, Value as Held};
use gix_config::File;
use gix_config::file::{Metadata, init};
use serde_json::Value;

use crate::context::yaml;

/// Refuses edits after which the file no longer parses, or parses into something of another shape.
/// A file that did not parse before, or whose format has no parser here, passes.
pub(super) fn same_shape(kind: FileKind, old: &[u8], new: &[u8]) -> Result<(), String> {
    let same = match kind {
        FileKind::GitConfig | FileKind::Gitmodules => match keys(old) {
            Some(old) => keys(new).is_some_and(|new| is_subsequence(&new, &old)),
            None => true,
        },
        FileKind::Json => match serde_json::from_slice::<Value>(old) {
            Ok(old) => serde_json::from_slice(new).is_ok_and(|new| same_json(&old, &new)),
            Err(_) => true,
        },
        kind if kind.is_yaml() => match yaml::shape(old) {
            Some(old) => yaml::shape(new).is_some_and(|new| new == old),
            None => true,
        },
        _ => true,
    };
    if same { Ok(()) } else { Err(DIFFERS.to_owned()) }
}

/// Refuses edits after which the file no longer parses.
pub(super) fn still_parses(kind: FileKind, old: &[u8], new: &[u8]) -> Result<(), String> {
    let parses = |text: &[u8]| match kind {
        FileKind::Json => serde_json::from_slice::<Value>(text).is_ok(),
        kind if kind.is_yaml() => yaml::shape(text).is_some(),
        _ => true,
    };
    if parses(new) || !parses(old) { Ok(()) } else { Err(DIFFERS.to_owned()) }
}

/// As [`same_shape`], for edits of slots: they may quote what had no quotes, and add the keys that
/// their rows name.
pub(super) fn same_tree(
    doc: &Document<'_>,
    slots: &[&Slot],
    new: &Document<'_>,
) -> Result<(), String> {
    let formats = slots.iter().filter_map(|row| structured::format_of(doc, row));
    let Some(format) = formats.min() else { return Ok(()) };
    let Ok(old) = structured::read(doc, format) else {
        return same_shape(doc.kind, &doc.text, &new.text);
    };
    let adds: Vec<&str> = slots.iter().flat_map(|row| row.adds).map(|(name, _)| *name).collect();
    let same = structured::read(new, format).is_ok_and(|new| {
        let (old, new) = (&old.tree.documents, &new.tree.documents);
        old.len() == new.len() && old.iter().zip(new).all(|(old, new)| same_node(old, new, &adds))
    });
    if same { Ok(()) } else { Err(DIFFERS.to_owned()) }
}

fn same_node(old: &Node, new: &Node, adds: &[&str]) -> bool {
    match (&old.value, &new.value) {
        (Held::Scalar(_), Held::Scalar(_)) => true,
        (Held::List(old), Held::List(new)) => {
            old.len() == new.len()
                && old.iter().zip(new).all(|(old, new)| same_node(old, new, adds))
        }
        (Held::Map(old), Held::Map(new)) => {
            let mut new = new.iter().peekable();
            for entry in old {
                while new.next_if(|new| new.key != entry.key && adds.contains(&&*new.key)).is_some()
                {
                }
                if !new.next().is_some_and(|new| same_node(&entry.node, &new.node, adds)) {
                    return false;
                }
            }
            new.all(|new| adds.contains(&&*new.key))
        }
        _ => false,
    }
}

const DIFFERS: &str = "the edited file would parse into something else";

/// Section and name of every value, in order.
fn keys(text: &[u8]) -> Option<Vec<(Vec<u8>, String)>> {
    let options = init::Options::default();
    let file = File::from_bytes_no_includes(text, Metadata::api(), options).ok()?;
    let keys = file.sections().flat_map(|section| {
        let name = section.header().name().to_ascii_lowercase();
        section
            .value_names()
            .map(|key| (name.clone(), key.to_ascii_lowercase()))
            .collect::<Vec<_>>()
    });
    Some(keys.collect())
}

/// A line may be deleted, none may be added or moved.
fn is_subsequence<T: PartialEq>(few: &[T], many: &[T]) -> bool {
    let mut many = many.iter();
    few.iter().all(|wanted| many.any(|item| item == wanted))
}

/// Texts and names of keys may differ, nothing else.
fn same_json(old: &Value, new: &Value) -> bool {
    match (old, new) {
        (Value::String(_), Value::String(_)) => true,
        (Value::Array(old), Value::Array(new)) => {
            old.len() == new.len() && old.iter().zip(new).all(|(old, new)| same_json(old, new))
        }
        (Value::Object(old), Value::Object(new)) => {
            old.len() == new.len()
                && old.iter().all(|(key, value)| {
                    new.get(key).map_or_else(
                        || {
                            new.iter()
                                .any(|(name, new)| !old.contains_key(name) && same_json(value, new))
                        },
                        |new| same_json(value, new),
                    )
                })
        }
        (old, new) => old == new,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(kind: FileKind, old: &str, new: &str) -> bool {
        same_shape(kind, old.as_bytes(), new.as_bytes()).is_ok()
    }

    #[test]
    fn git_config() {
        let old = "[remote \"a\"]\n\turl = x\n\tfetch = y\n";
        let kind = FileKind::GitConfig;
        assert!(same(kind, old, "[remote \"a\"]\n\turl = z\n\tfetch = y\n"));
        assert!(same(kind, old, "[remote \"a\"]\n\tfetch = y\n"));
        assert!(!same(kind, old, "[remote \"a\"]\n\turl = z\n\tother = y\n"));
        assert!(!same(kind, old, "[remote \"a\n\turl = z\n"));
        assert!(same(kind, "[broken", "[broken too"));
    }

    #[test]
    fn yaml() {
        let old = "a: &x b\nc: [d, 'e']\n";
        assert!(same(FileKind::Yaml, old, "f: &x g\nc: [h, 'i']\n"));
        assert!(!same(FileKind::Compose, old, "a: &x {b}\nc: [d, 'e']\n"));
        assert!(!same(FileKind::GitlabCi, old, "a: &x b\nc: [d, e]\n"));
        assert!(!same(FileKind::Yaml, old, "a: &x b: c\nc: [d, 'e']\n"));
        assert!(!same(FileKind::Yaml, old, "a: &x b\nc: [d, 'e', f]\n"));
        assert!(same(FileKind::Yaml, "a: [", "a: [["));
    }

    #[test]
    fn json() {
        let old = r#"{"a": "x", "b": [1, "y"]}"#;
        assert!(same(FileKind::Json, old, r#"{"c": "z", "b": [1, "z"]}"#));
        assert!(!same(FileKind::Json, old, r#"{"a": "x", "b": [2, "y"]}"#));
        assert!(!same(FileKind::Json, old, r#"{"a": "x", "b": [1, "y"], "c": 1}"#));
        assert!(!same(FileKind::Json, old, r#"{"a": "x" "b": [1, "y"]}"#));
    }
}
