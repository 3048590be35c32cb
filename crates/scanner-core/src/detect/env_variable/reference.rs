//! Forms in which a name is looked up.

use std::ops::Range;
use std::sync::LazyLock;

use regex::bytes::Regex;

use crate::document::Document;

use super::assignment::Key;
use super::constant::Assigned;
use super::text::{is_word, line_end, skip_blanks};

/// How far before a name its form is looked for.
const REACH: usize = 96;

/// Whether the name at `name` is looked up there, in whatever language: `$NAME`, `%NAME%`,
/// `secrets.NAME`, `os.environ["NAME"]`.
pub(super) fn is_lookup(doc: &Document<'_>, name: &Range<usize>) -> bool {
    let text: &[u8] = &doc.text;
    let before = &text[name.start.saturating_sub(REACH)..name.start];
    let after = text.get(name.end).copied();
    let delayed = |mark: u8| before.last() == Some(&mark) && after == Some(mark);
    delayed(b'%') || delayed(b'!') || looks_up(before)
}

/// Whether the name is a variable of a program or a field of one of its objects, which look like
/// look-ups: `$appPassword` in PHP, `credentials.appPassword`.
pub(super) fn is_member(text: &[u8], name: &Range<usize>) -> bool {
    let before = &text[..name.start];
    let object = [&b"credentials."[..], b"credentials?.", b"credentials!."];
    before.ends_with(b"$") || object.iter().any(|object| before.ends_with(object))
}

fn looks_up(before: &[u8]) -> bool {
    // A sigil, an expression of a template, a member of what holds variables, a call or an index of
    // something that is called after them.
    const FORMS: &str = concat!(
        r"(?i-u)(?:",
        r"\$(?:env:)?",
        r"|\$\{+[!#]?(?:env[:.])?",
        r"|\$\(",
        r"|\{\{-?\s*(?:[\w.$-]+\.)?",
        r"|<%=\s*",
        r"|\b(?:secrets|vars|variables|env|environ|environment|process\.env|var|credentials|inputs|params)\??\.",
        r#"|\w*(?:env|environ|environment|secrets?|vars?|credentials?|settings|config)\w*(?:\??\.?\w+!?)?\s*[\[(]\s*(?:['"]env['"]\s*,\s*)?r?\\?['"`]"#,
        r")$",
    );
    static LOOKUP: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(FORMS).ok());
    LOOKUP.as_ref().is_some_and(|lookup| lookup.is_match(before))
}

/// The default in `${NAME:-default}`: a value that stands in the reference itself.
pub(super) fn default<'a>(doc: &'a Document<'_>, name: &Range<usize>) -> Option<Assigned<'a>> {
    let text: &[u8] = &doc.text;
    if !text[..name.start].ends_with(b"${") {
        return None;
    }
    let rest = &text[name.end..line_end(text, name.end)];
    let colon = usize::from(rest.first() == Some(&b':'));
    if !matches!(rest.get(colon), Some(b'-' | b'=')) {
        return None;
    }
    let start = name.end + colon + 1;
    let length =
        text[start..line_end(text, start)].iter().position(|b| matches!(b, b'}' | b'$'))?;
    (text[start + length] == b'}').then(|| Assigned::plain(text, start..start + length))
}

/// Whether the name is all that a string or a scalar holds: the id of a credential, a key.
pub(super) fn is_whole(doc: &Document<'_>, name: &Range<usize>) -> bool {
    let text: &[u8] = &doc.text;
    let key = Key::of(text, name.clone());
    if key.quote.is_some() {
        return key.closed;
    }
    let after = skip_blanks(text, name.end);
    let ends = after >= line_end(text, after)
        || matches!(text[after], b',' | b'}' | b']' | b'#' | b':' | b'=');
    let start = text[..name.start].trim_ascii_end();
    let begins = start.is_empty()
        || start.len() < name.start
            && matches!(start.last(), Some(b':' | b'-' | b'=' | b'{' | b'[' | b','))
        || text[start.len()..name.start].contains(&b'\n')
        || start.ends_with(b"--") && start.len() == name.start;
    ends && begins || text[..name.start].ends_with(b"--")
}

/// Whether a value names an API token: then what it is assigned to was moved already.
pub(super) fn says_api_token(value: &[u8]) -> bool {
    static TOKEN: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?i-u)api_?-?token").ok());
    TOKEN.as_ref().is_some_and(|token| token.is_match(value))
}

/// Whether the word goes on behind the name with a call: a function of that name.
pub(super) fn is_called(text: &[u8], name: &Range<usize>) -> bool {
    text.get(name.end) == Some(&b'(')
        && name.start.checked_sub(1).is_none_or(|at| !is_word(text[at]))
}
