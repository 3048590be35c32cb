//! Names that stand where they bring nothing: a key left empty, a word for a kind of credential.

use std::ops::Range;

use crate::document::{Document, FileKind};

use super::text;

/// The word of Private Packagist's API for credentials with an app password, behind `type`.
///
/// Source: <https://github.com/packagist/private-packagist-api-client/blob/main/src/Api/Credentials.php>
const PACKAGIST: &[u8] = b"bitbucket-app-pw";

/// Whether the name is the value of a key `type`: it says of what kind a credential is.
pub(super) fn is_kind(text: &[u8], name: &Range<usize>) -> bool {
    if &text[name.clone()] != PACKAGIST {
        return false;
    }
    let before = &text[name.start.saturating_sub(32)..name.start];
    let marks = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'=' | b'>' | b':');
    let end = before.iter().rposition(|b| !marks(b)).map_or(0, |at| at + 1);
    before[..end].to_ascii_lowercase().ends_with(b"type")
}

/// Whether the name is a key of YAML with nothing behind or below it, as sample files have it.
pub(super) fn is_empty_key(doc: &Document<'_>, name: &Range<usize>) -> bool {
    use FileKind as K;
    if !matches!(doc.kind, K::Yaml | K::Compose) {
        return false;
    }
    let text: &[u8] = &doc.text;
    let line = text::line(text, name.start);
    let blank = |part: &[u8]| {
        let part = part.trim_ascii();
        part.is_empty() || part.starts_with(b"#")
    };
    let Some(rest) = text[name.end..line.end].trim_ascii_start().strip_prefix(b":") else {
        return false;
    };
    if !blank(rest) || !text[line.start..name.start].iter().all(|b| matches!(b, b' ' | b'-')) {
        return false;
    }
    let depth = name.start - line.start;
    let below = text[line.end..].split(|b| *b == b'\n').map(|line| {
        let indent = line.iter().take_while(|b| **b == b' ').count();
        (indent, line)
    });
    let next = below.take(64).find(|(_, line)| !blank(line));
    next.is_none_or(|(indent, line)| indent <= depth && !line[indent..].starts_with(b"- "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn empty(path: &str, text: &str) -> bool {
        let at = text.find("NAME").unwrap();
        is_empty_key(&Document::new(path, text.as_bytes()), &(at..at + 4))
    }

    #[test]
    fn keys_with_nothing_behind() {
        for text in ["NAME:", "a: b\nNAME: # none\n\n# more\nc: d", "x:\n  NAME:\n  y: z"] {
            assert!(empty("conf.yaml", text), "{text}");
        }
        for text in ["NAME: x", "NAME:\n  required: true", "NAME:\n- x", "$NAME:", "- $NAME"] {
            assert!(!empty("conf.yaml", text), "{text}");
        }
        // Of a workflow's secrets the name alone is declared.
        assert!(!empty(".github/workflows/a.yml", "NAME:"));
    }

    #[test]
    fn words_for_a_kind() {
        for (text, kind) in [
            ("\"type\": \"bitbucket-app-pw\"", true),
            ("type: bitbucket-app-pw", true),
            ("'type' => 'bitbucket-app-pw'", true),
            ("key: bitbucket-app-pw", false),
            ("bitbucket-app-pw", false),
        ] {
            let at = text.find("bitbucket").unwrap();
            assert_eq!(is_kind(text.as_bytes(), &(at..at + PACKAGIST.len())), kind, "{text}");
        }
    }
}
