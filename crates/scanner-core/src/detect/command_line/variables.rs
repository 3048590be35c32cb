//! What the same file assigns to a variable.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::{Deref, Range};

use memchr::memmem;

use crate::document::Document;

use super::lexer::{Word, words};
use super::reading::{Reading, Shell};

/// A document, and what is known of its variables: each name is looked for once.
pub(super) struct Source<'d, 'a> {
    doc: &'d Document<'a>,
    known: RefCell<HashMap<Vec<u8>, Vec<usize>>>,
}

impl<'d, 'a> Source<'d, 'a> {
    pub(super) fn new(doc: &'d Document<'a>) -> Self {
        Self { doc, known: RefCell::default() }
    }
}

impl<'a> Deref for Source<'_, 'a> {
    type Target = Document<'a>;

    fn deref(&self) -> &Document<'a> {
        self.doc
    }
}

/// More assignments than these are not looked at.
const MOST: usize = 64;

/// The name of a variable that begins `bytes`, and how many bytes its expansion takes: `$NAME`,
/// `${NAME…}`, `$(NAME)`, `$$NAME`, `%NAME%`, `$env:NAME`, `${{ env.NAME }}`, `{{ name }}`, `#{name}`.
pub(super) fn expansion(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let word = |from: usize| {
        let length = bytes[from..].iter().take_while(|b| is_word(**b)).count();
        (length > 0).then(|| (&bytes[from..from + length], from + length))
    };
    for (open, close) in [
        (&b"${{"[..], &b"}}"[..]),
        (b"{{", b"}}"),
        (b"$${", b"}"),
        (b"${", b"}"),
        (b"$$(", b")"),
        (b"$(", b")"),
        (b"#{", b"}"),
    ] {
        if bytes.starts_with(open) {
            let length = closed(bytes, open, close)?;
            let inner = bytes[open.len()..length - close.len()].trim_ascii();
            let inner = inner.strip_prefix(b"env:").unwrap_or(inner);
            let end = inner.iter().position(|b| !is_word(*b) && *b != b'.').unwrap_or(inner.len());
            let name = inner[..end].rsplit(|b| *b == b'.').next().unwrap_or_default();
            return Some((name, length));
        }
    }
    match bytes {
        [b'$', b'$', ..] => word(2),
        [b'$', rest @ ..] if rest.len() > 4 && rest[..4].eq_ignore_ascii_case(b"env:") => word(5),
        [b'$', ..] => word(1),
        [b'%', ..] => {
            let (name, end) = word(1)?;
            (bytes.get(end) == Some(&b'%')).then_some((name, end + 1))
        }
        [b'`', rest @ ..] => {
            let end = memchr::memchr(b'`', rest)?;
            Some((b"", end + 2))
        }
        [b'<', rest @ ..] => {
            let end = memchr::memchr(b'>', rest)?;
            Some((b"", end + 2))
        }
        _ => None,
    }
}

/// The length of an expansion with its brackets, those inside of it counted.
fn closed(bytes: &[u8], open: &[u8], close: &[u8]) -> Option<usize> {
    if close.len() > 1 {
        return Some(memmem::find(bytes, close)? + close.len());
    }
    let bracket = open[open.len() - 1];
    let mut depth = 0_usize;
    for (at, byte) in bytes.iter().enumerate() {
        if *byte == bracket {
            depth += 1;
        } else if *byte == close[0] {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return Some(at + 1);
            }
        }
    }
    None
}

pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The expansions in `bytes`, in order.
pub(super) fn expansions(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        match expansion(&bytes[at..]) {
            Some((_, length)) => {
                found.push(at..at + length);
                at += length;
            }
            None => at += 1,
        }
    }
    found
}

/// Where `name` is assigned something in the file: the offset at which the value begins.
pub(super) fn assignments(doc: &Source<'_, '_>, name: &[u8]) -> Vec<usize> {
    /// A file with more names than these is no script.
    const MOST_NAMES: usize = 512;
    if name.is_empty() {
        return Vec::new();
    }
    if let Some(known) = doc.known.borrow().get(name) {
        return known.clone();
    }
    if doc.known.borrow().len() >= MOST_NAMES {
        return Vec::new();
    }
    let found = look_for(doc, name);
    doc.known.borrow_mut().insert(name.to_vec(), found.clone());
    found
}

fn look_for(doc: &Document<'_>, name: &[u8]) -> Vec<usize> {
    let text: &[u8] = &doc.text;
    let mut found = Vec::new();
    for at in memmem::find_iter(text, name) {
        let before = at.checked_sub(1).map(|i| text[i]);
        let end = at + name.len();
        if before.is_some_and(|b| is_word(b) || b == b'-')
            || text.get(end).is_some_and(|b| is_word(*b))
        {
            continue;
        }
        // A quoted key, `$name =` of PowerShell.
        let quoted = usize::from(
            text.get(end).is_some_and(|b| matches!(b, b'"' | b'\''))
                && text.get(end).copied() == before,
        );
        let line = &text[end + quoted..];
        let line = &line[..memchr::memchr(b'\n', line).unwrap_or(line.len()).min(256)];
        let blank = line.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        let rest = &line[blank..];
        let mark =
            [&b"::="[..], b":=", b"?=", b"="].into_iter().find(|mark| rest.starts_with(mark));
        let length = match mark {
            // A comparison, a parameter of a URL.
            Some(mark) if rest[mark.len()..].starts_with(b"=") => continue,
            Some(_) if matches!(before, Some(b'?' | b'&')) => continue,
            Some(mark) => mark.len(),
            None if rest.starts_with(b":") && (quoted > 0 || doc.kind.is_yaml()) => 1,
            // `ENV NAME value`
            None if blank > 0 && text[..at].trim_ascii_end().ends_with(b"ENV") => 0,
            None => continue,
        };
        let value = end + quoted + blank + length;
        let skip = text[value..].iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        // `NAME= command` gives nothing to the name in a shell, but spaces are the way elsewhere.
        found.push(value + skip);
        if found.len() >= MOST {
            break;
        }
    }
    found
}

/// What the file assigns to `name`, each as a word of a shell.
pub(super) fn values(doc: &Source<'_, '_>, name: &[u8]) -> Vec<Word> {
    assignments(doc, name)
        .into_iter()
        .filter_map(|at| {
            let reading = Reading { folded: None, ..Reading::of(doc, at) };
            if reading.shell == Shell::Power {
                let line =
                    memchr::memchr(b'\n', &doc.text[at..]).map_or(doc.text.len(), |end| at + end);
                return Some(Word::plain(&doc.text, at..line))
                    .filter(|_| doc.text.get(at) == Some(&b'('))
                    .or_else(|| words(&doc.text, at, &reading).into_iter().next());
            }
            words(&doc.text, at, &reading).into_iter().next()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_expansions() {
        for (text, name, length) in [
            ("$A/b", "A", 2),
            ("${A:-${B}}/b", "A", 10),
            ("$(A)/b", "A", 4),
            ("$$A", "A", 3),
            ("$${A}x", "A", 5),
            ("%A%/b", "A", 3),
            ("$env:A/", "A", 6),
            ("${env:A}/", "A", 8),
            ("${{ env.A }}/", "A", 12),
            ("{{ a }}/", "a", 7),
            ("<your user>:", "", 11),
        ] {
            let found = expansion(text.as_bytes());
            assert_eq!(found, Some((name.as_bytes(), length)), "{text}");
        }
        assert_eq!(expansion(b"a"), None);
        assert_eq!(expansion(b"${A"), None);
    }

    #[test]
    fn values_of_names() {
        for (path, text, expected) in [
            ("a.sh", "export A=\"b c\"\nXA=d\n", "b c"),
            ("a.sh", "A=$(echo b)\n", "$(echo b)"),
            ("Makefile", "A := b\n", "b"),
            ("a.yml", "env:\n  A: b\n", "b"),
            ("a.yml", "env:\n  A: 'b c'\n", "b c"),
            ("Dockerfile", "ENV A b\n", "b"),
            ("a.ps1", "$A = \"b c\"\n", "b c"),
        ] {
            let doc = Document::new(path, text.as_bytes());
            let found = values(&Source::new(&doc), b"A");
            assert_eq!(found.len(), 1, "{text}");
            assert_eq!(found[0].bytes, expected.as_bytes(), "{text}");
        }
    }
}
