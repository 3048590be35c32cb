//! Structured files that something fills in before they are read: Helm, Jinja, mustache.

use std::borrow::Cow;

use memchr::memmem;

use crate::consumer::{Format, Slot};
use crate::document::{Document, FileKind};
use crate::structure::{Fault, Tree, parse};

/// A parsed file.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// Its tree.
    pub tree: Tree,
    /// Whether expressions of a template had to give way to filler of the same length: the texts in
    /// the tree are then not what stands in the file, the ranges are.
    pub filled: bool,
}

/// The format in which `slot` may stand in this file; `None`: in none.
pub fn format_of(doc: &Document<'_>, slot: &Slot) -> Option<Format> {
    let by_kind = Format::of(doc.kind).or_else(|| {
        // Lock files are of many formats.
        let extension = doc.path.rsplit_once('.').map(|(_, extension)| extension);
        (doc.kind == FileKind::Lock && extension == Some("json")).then_some(Format::Json)
    });
    match (by_kind, slot.formats) {
        // What a package manager writes otherwise is no place for credentials by key.
        (None, _) if doc.kind == FileKind::Lock => None,
        (known, []) => known,
        (Some(known), formats) => formats.contains(&known).then_some(known),
        (None, formats) => formats.first().copied(),
    }
}

/// Parses a file.
pub fn read(doc: &Document<'_>, format: Format) -> Result<Parsed, Fault> {
    match parse(&doc.text, format) {
        Ok(tree) => Ok(Parsed { tree, filled: false }),
        Err(fault) => match fill(&doc.text) {
            Cow::Owned(text) => match parse(&text, format) {
                Ok(tree) => Ok(Parsed { tree, filled: true }),
                Err(_) => Err(fault),
            },
            Cow::Borrowed(_) => Err(fault),
        },
    }
}

/// The text with filler for every `{{ … }}` and `{% … %}`: blanks for lines that hold nothing else.
fn fill(text: &[u8]) -> Cow<'_, [u8]> {
    let mut filled: Option<Vec<u8>> = None;
    let mut at = 0;
    while let Some(start) = memchr::memchr(b'{', &text[at..]).map(|found| at + found) {
        let close: &[u8] = match text.get(start + 1) {
            Some(b'{') => b"}}",
            Some(b'%') => b"%}",
            Some(b'#') => b"#}",
            _ => {
                at = start + 1;
                continue;
            }
        };
        let Some(end) = memmem::find(&text[start + 2..], close).map(|end| start + 4 + end) else {
            break;
        };
        let out = filled.get_or_insert_with(|| text.to_vec());
        let line = memchr::memrchr(b'\n', &text[..start]).map_or(0, |at| at + 1);
        let rest = memchr::memchr(b'\n', &text[end..]).map_or(text.len(), |at| end + at);
        let alone = out[line..start].iter().chain(&text[end..rest]).all(u8::is_ascii_whitespace);
        for byte in &mut out[start..end] {
            if !matches!(*byte, b'\n' | b'\r') {
                *byte = if alone { b' ' } else { b'x' };
            }
        }
        at = end;
    }
    filled.map_or(Cow::Borrowed(text), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_give_way_to_filler() {
        for (text, expected) in [
            ("a: {{ .Values.x }}\n", "a: xxxxxxxxxxxxxxx\n"),
            ("{{- if x }}\na: 1\n{{- end }}\n", "           \na: 1\n          \n"),
            ("  {% if x %} \nb: {{y}}-{{z}}", "             \nb: xxxxx-xxxxx"),
            ("a: {b: c}", "a: {b: c}"),
            ("a: {{ open", "a: {{ open"),
        ] {
            assert_eq!(String::from_utf8_lossy(&fill(text.as_bytes())), expected);
        }
    }
}
