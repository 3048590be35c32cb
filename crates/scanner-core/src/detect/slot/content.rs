//! Reads one field of a credential slot: what stands there, decoded.

use std::sync::LazyLock;

use regex::bytes::Regex;

use crate::bitbucket::{TokenFormat, classify_token};
use crate::detect::url::decode;
use crate::detect::value::{self, Value};
use crate::document::FileKind;

/// What one field of a slot holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    Empty,
    Placeholder,
    /// The variable's name, see [`identifier`]; empty where it has none (`%s`).
    Reference(String),
    /// Decoded.
    Literal(Vec<u8>),
}

impl Content {
    /// Whether the field holds bytes that no output may show. `as_secret`: it is a secret's field.
    pub(crate) fn must_be_masked(&self, as_secret: bool) -> bool {
        match self {
            Self::Literal(bytes) => as_secret || is_token(bytes),
            _ => false,
        }
    }

    pub(super) fn token(&self) -> Option<TokenFormat> {
        match self {
            Self::Literal(bytes) => Some(classify_token(bytes)),
            _ => None,
        }
    }
}

/// Whether the bytes are a token of a known format, whole or torn.
pub(super) fn is_token(bytes: &[u8]) -> bool {
    bytes.len() >= 16
        && [&b"ATBB"[..], b"ATATT3", b"ATCTT3", b"BBDC-"].iter().any(|p| bytes.starts_with(p))
}

/// Reads one field of a slot.
pub(crate) fn content(raw: &[u8], percent: bool, kind: FileKind) -> Content {
    let unescaped = match raw {
        // `\${NAME}` in a string that another shell expands.
        [b'\\', b'$', ..] => &raw[1..],
        // A shell's variable between two strings.
        [b'"' | b'\'', inner @ .., b'"' | b'\''] if inner.starts_with(b"$") => inner,
        _ => raw,
    };
    if let Some(name) = hole(unescaped) {
        return Content::Reference(name);
    }
    if let Some(literal) = default_token(unescaped) {
        return Content::Literal(literal.to_vec());
    }
    // As written first: `%BB_PASS%` is a variable and not the byte 0xBB.
    match read(unescaped, kind) {
        // What GitHub's habit puts where no password is due.
        Content::Literal(literal) if literal == b"x-oauth-basic" => Content::Empty,
        Content::Literal(_) if percent => {
            let decoded = decode(raw);
            match read(&decoded, kind) {
                Content::Literal(_) => Content::Literal(decoded),
                other => other,
            }
        }
        other => other,
    }
}

fn read(raw: &[u8], kind: FileKind) -> Content {
    match value::classify(raw, kind) {
        Value::Empty => Content::Empty,
        Value::Placeholder => Content::Placeholder,
        Value::Reference { name } => {
            let name = identifier(name);
            let positional = raw.starts_with(b"{") && name.bytes().all(|b| b.is_ascii_digit());
            Content::Reference(if positional { String::new() } else { name })
        }
        Value::Literal => Content::Literal(raw.to_vec()),
    }
}

/// The token that a shell takes where the variable is not set: `${NAME:-ATBB…}`.
fn default_token(raw: &[u8]) -> Option<&[u8]> {
    let inner = raw.strip_prefix(b"${")?.strip_suffix(b"}")?;
    let at = inner.iter().position(|b| b"-=".contains(b))?;
    let default = &inner[at + 1..];
    let token = matches!(classify_token(default), TokenFormat::AppPassword | TokenFormat::ApiToken);
    token.then_some(default)
}

/// References that only occur inside of a string or a template: Swift's `\(name)`, autoconf's `@NAME@`.
fn hole(raw: &[u8]) -> Option<String> {
    static HOLE: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?-u)^(?:\\\(([^()]+)\)|@([A-Za-z_]\w*)@)$").ok());
    let captures = HOLE.as_ref()?.captures(raw)?;
    captures.iter().skip(1).flatten().next().map(|name| identifier(name.as_bytes()))
}

/// The name of a reference: an identifier with its members and nothing of a default value, or the
/// words of a command (told by a space in it), which are not shown: they may hold anything.
fn identifier(name: &[u8]) -> String {
    let word = |b: &&u8| b.is_ascii_alphanumeric() || b"_.-".contains(b);
    let command = name.contains(&b' ');
    let kept = name.iter().map(|b| if command && !word(&b) { &b' ' } else { b });
    let kept: String =
        kept.take_while(|b| command || word(b)).take(80).map(|&b| char::from(b)).collect();
    if is_token(kept.as_bytes()) { String::new() } else { kept }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::testing::APP;

    #[test]
    fn fields() {
        let reference = |name: &str| Content::Reference(name.into());
        let literal = |text: &str| Content::Literal(text.into());
        for (raw, kind, expected) in [
            ("", FileKind::Shell, Content::Empty),
            ("%3Capp_password%3E", FileKind::Shell, Content::Placeholder),
            ("p%40ss%zz", FileKind::Shell, literal("p@ss%zz")),
            ("a&amp;b", FileKind::Xml, literal("a&b")),
            // A variable, though `%BB` would be a byte.
            ("%BB_PASS%", FileKind::Batch, reference("BB_PASS")),
            ("\\${NAME}", FileKind::Shell, reference("NAME")),
            ("\"$NAME\"", FileKind::Shell, reference("NAME")),
            ("\\(name)", FileKind::CodeSlash, reference("name")),
            ("@NAME@", FileKind::Other, reference("NAME")),
            ("%s", FileKind::CodeHash, reference("")),
            ("{0}", FileKind::CodeHash, reference("")),
            ("{name}", FileKind::CodeHash, reference("name")),
            ("$(cat ~/.p\u{7}w)", FileKind::Shell, reference("cat   .p w")),
            ("x-oauth-basic", FileKind::Shell, Content::Empty),
            (&format!("${{P:-{APP}}}"), FileKind::Shell, literal(APP)),
            ("${P:-other}", FileKind::Shell, reference("P")),
        ] {
            assert_eq!(content(raw.as_bytes(), true, kind), expected, "{raw}");
        }
        assert_eq!(content(b"p%40ss", false, FileKind::Netrc), literal("p%40ss"));
    }

    #[test]
    fn a_name_is_never_a_token() {
        assert_eq!(identifier(APP.as_bytes()), "");
        assert_eq!(identifier(b"NAME:-hunter2"), "NAME");
    }
}
