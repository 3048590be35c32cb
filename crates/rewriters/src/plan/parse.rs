//! Formats that have a parser at hand are parsed before and after.

mod tree;

use bbsweep_scanner_core::FileKind;
use bbsweep_scanner_core::consumer::{Format, Slot};
use bbsweep_scanner_core::detect::structured;
use bbsweep_scanner_core::document::Document;
use gix_config::File;
use gix_config::file::{Metadata, init};
use serde::de::IgnoredAny;

use crate::context::yaml;
use crate::edit::Edit;

/// A file before and after edits.
pub(super) struct Change<'a> {
    pub(super) old: &'a Document<'a>,
    pub(super) new: &'a Document<'a>,
    /// The edits that lead from one to the other.
    pub(super) edits: &'a [&'a Edit],
}

/// Refuses edits after which the file no longer parses, or parses into something that differs
/// elsewhere than in the edits. A file that did not parse before, or whose format has no parser here,
/// passes.
pub(super) fn same_shape(change: &Change<'_>) -> Result<(), String> {
    let (old, new) = (&*change.old.text, &*change.new.text);
    let same = match change.old.kind {
        FileKind::GitConfig | FileKind::Gitmodules => match keys(old) {
            Some(old) => keys(new).is_some_and(|new| is_subsequence(&new, &old)),
            None => true,
        },
        FileKind::Lock => change.same_lock(),
        kind if kind.is_yaml() => same_yaml(old, new),
        kind => Format::of(kind).is_none_or(|format| change.same_tree(format, &[])),
    };
    if same { Ok(()) } else { Err(DIFFERS.to_owned()) }
}

/// Refuses edits after which the file no longer parses.
pub(super) fn still_parses(old: &Document<'_>, new: &Document<'_>) -> Result<(), String> {
    let parses = |doc: &Document<'_>| match doc.kind {
        kind if kind.is_yaml() => yaml::shape(&doc.text).is_some(),
        kind => Format::of(kind).is_none_or(|format| structured::read(doc, format).is_ok()),
    };
    if parses(new) || !parses(old) { Ok(()) } else { Err(DIFFERS.to_owned()) }
}

/// As [`same_shape`], for edits of slots: they may quote what had no quotes, and add the keys that
/// their rows name.
pub(super) fn same_slots(change: &Change<'_>, slots: &[&Slot]) -> Result<(), String> {
    let formats = slots.iter().filter_map(|row| structured::format_of(change.old, row));
    let Some(format) = formats.min() else { return Ok(()) };
    if structured::read(change.old, format).is_err() {
        return same_shape(change);
    }
    let adds: Vec<&str> = slots.iter().flat_map(|row| row.adds).map(|(name, _)| *name).collect();
    if change.same_tree(format, &adds) { Ok(()) } else { Err(DIFFERS.to_owned()) }
}

impl Change<'_> {
    /// Whether both are the same tree but for the edits and the keys in `adds`.
    fn same_tree(&self, format: Format, adds: &[&str]) -> bool {
        let Ok(old) = structured::read(self.old, format) else { return true };
        let Ok(new) = structured::read(self.new, format) else { return false };
        // What reads strict JSON need not read comments.
        let is_strict = |text| serde_json::from_slice::<IgnoredAny>(text).is_ok();
        if format == Format::Json && is_strict(&self.old.text) && !is_strict(&self.new.text) {
            return false;
        }
        let trees = tree::Trees { doc: self.old, edits: self.edits, adds };
        let (old, new) = (&old.tree.documents, &new.tree.documents);
        old.len() == new.len() && old.iter().zip(new).all(|(old, new)| trees.same(old, new))
    }

    /// Lock files are JSON, TOML or YAML, or a format of their own.
    fn same_lock(&self) -> bool {
        let parses = |format| structured::read(self.old, format).is_ok();
        if self.old.text.trim_ascii_start().starts_with(b"{") {
            self.same_tree(Format::Json, &[])
        } else if parses(Format::Toml) {
            self.same_tree(Format::Toml, &[])
        } else {
            same_yaml(&self.old.text, &self.new.text)
        }
    }
}

fn same_yaml(old: &[u8], new: &[u8]) -> bool {
    yaml::shape(old).is_none_or(|old| yaml::shape(new).is_some_and(|new| new == old))
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

#[cfg(test)]
mod tests {
    use super::*;

    use bbsweep_scanner_core::Span;

    /// Checks the one edit that leads from `old` to `new`.
    fn same(path: &str, old: &str, new: &str) -> bool {
        let (a, b) = (old.as_bytes(), new.as_bytes());
        let start = a.iter().zip(b).take_while(|(a, b)| a == b).count();
        let end = a[start..].iter().rev().zip(b[start..].iter().rev());
        let end = end.take_while(|(a, b)| a == b).count();
        let span = Span::new(start as u64, (a.len() - end) as u64);
        let edit = Edit { span, replacement: b[start..b.len() - end].to_vec() };
        let (old, new) = (Document::new(path, a), Document::new(path, b));
        same_shape(&Change { old: &old, new: &new, edits: &[&edit] }).is_ok()
    }

    #[test]
    fn git_config() {
        let old = "[remote \"a\"]\n\turl = x\n\tfetch = y\n";
        let kind = ".gitconfig";
        assert!(same(kind, old, "[remote \"a\"]\n\turl = z\n\tfetch = y\n"));
        assert!(same(kind, old, "[remote \"a\"]\n\tfetch = y\n"));
        assert!(!same(kind, old, "[remote \"a\"]\n\turl = z\n\tother = y\n"));
        assert!(!same(kind, old, "[remote \"a\n\turl = z\n"));
        assert!(same(kind, "[broken", "[broken too"));
    }

    #[test]
    fn yaml() {
        let old = "a: &x b\nc: [d, 'e']\n";
        assert!(same("a.yml", old, "f: &x g\nc: [h, 'i']\n"));
        assert!(!same("compose.yml", old, "a: &x {b}\nc: [d, 'e']\n"));
        assert!(!same(".gitlab-ci.yml", old, "a: &x b\nc: [d, e]\n"));
        assert!(!same("a.yml", old, "a: &x b: c\nc: [d, 'e']\n"));
        assert!(!same("a.yml", old, "a: &x b\nc: [d, 'e', f]\n"));
        assert!(same("a.yml", "a: [", "a: [["));
    }

    #[test]
    fn json() {
        let old = r#"{"a": "x", "b": [1, "y"]}"#;
        assert!(same("a.json", old, r#"{"c": "z", "b": [1, "y"]}"#));
        assert!(!same("a.json", old, r#"{"a": "x", "b": [1, "y"], "c": 1}"#));
        assert!(!same("a.json", old, r#"{"a": "x" "b": [1, "y"]}"#));
        assert!(!same("a.json", old, r#"{"a": "x", /* c */ "b": [1, "y"]}"#));
        assert!(!same("a.json", old, r#"{"a": "x", "b": [1, "y", 2]}"#));
        let old = "{\"a\": \"x\", // b\n\"c\": [1,]}";
        assert!(same("package-lock.json", old, "{\"a\": \"y\", // b\n\"c\": [1,]}"));
        assert!(!same(".vscode/settings.json", old, "{\"a\": \"y\", \"b\": 1, // b\n\"c\": [1,]}"));
    }

    #[test]
    fn other_formats() {
        for (path, old, good, bad) in [
            (
                "a.toml",
                "[a]\nb = \"x\"\nc = 1\n",
                "[a]\nb = \"y\"\nc = 1\n",
                "[a]\nb = \"y\nc = 1\n",
            ),
            (
                "a.toml",
                "b = \"x\"\nc = \"1\"\n",
                "d = \"y\"\nc = \"1\"\n",
                "b = \"\"\"x\"\nc = \"\"\"\"\n",
            ),
            ("Cargo.lock", "[[p]]\ns = \"x\"\n", "[[p]]\ns = \"y\"\n", "[[p]]\n[[p]]\ns = \"x\"\n"),
            ("Podfile.lock", "A:\n  - b: x\n", "A:\n  - b: y\n", "A:\n  - b: x: y\n"),
            ("pom.xml", "<a><b>x</b></a>", "<a><b>y&amp;</b></a>", "<a><b>y&</b></a>"),
            ("pom.xml", "<a><b>x</b></a>", "<a><b>$y</b></a>", "<a><b><x/></b></a>"),
            ("a.ini", "[a]\nb=x\n", "[a]\nb=y\n", "[a]\nc=d\nb=x\n"),
            (".npmrc", "b=x\nc=d\n", "b=${Y}\nc=d\n", "b=[c\n[c=d\n"),
            (".env", "A=x\nB=\n", "C=z\nB=\n", "A='x\nB='\n"),
            ("a.properties", "a=b\nc=d\n", "a=e\nc=d\n", "a=b\\\nc=d\n"),
            ("a.tf", "a = \"b\"\nc {}\n", "a = var.d\nc {}\n", "a = \"b\"\nc { d = 1 }\n"),
        ] {
            assert!(same(path, old, old), "{path}: {old}");
            assert!(same(path, old, good), "{path}: {good}");
            assert!(!same(path, old, bad), "{path}: {bad}");
        }
        assert!(same("a.toml", "[a", "[[b"));
    }
}
