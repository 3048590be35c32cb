//! Names and values in fields of their own: `name: KEY` with `value: …` beside it.

use std::ops::Range;
use std::sync::LazyLock;

use regex::bytes::Regex;

use crate::document::FileKind;

use super::assignment::Key;
use super::constant::{Assigned, Escapes, of_code, quoted, yaml};
use super::text::{
    Quote, before_space, is_word, line_end, line_start, skip_blanks, skip_line_end, skip_space,
};

/// How far from the name the value is looked for.
const NEAR: usize = 512;

/// What holds both fields together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// An item of a list of YAML.
    Yaml,
    /// `{ … }`: JSON, HCL, programs.
    Braces,
    /// `< … >`: attributes of XML.
    Tag,
}

/// The value beside a name: Kubernetes, ECS, `CloudFormation`, Bitbucket's own API, .NET.
pub(super) fn assigned<'a>(text: &'a [u8], key: &Key, layout: Layout) -> Option<Assigned<'a>> {
    if key.quote.is_some() && !key.closed {
        return None;
    }
    let field = field_before(text, key.start())?;
    let stem = value_field(&text[field.clone()])?;
    let scope = match layout {
        Layout::Yaml if !in_flow(text, field.start) => item(text, field.start),
        Layout::Yaml | Layout::Braces => between(text, field.start, b'{', b'}'),
        Layout::Tag => between(text, field.start, b'<', b'>'),
    };
    value_in(text, scope, stem, layout)
}

/// The default of Terraform's `variable "NAME" { … }`.
pub(super) fn terraform_default<'a>(text: &'a [u8], key: &Key) -> Option<Assigned<'a>> {
    static DEFAULT: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?-u)(?:^|[\s{])default\s*=\s*").ok());
    let keyword = text[..before_space(text, key.start())].ends_with(b"variable");
    let open = skip_space(text, key.end());
    if !keyword || !key.closed || text.get(open) != Some(&b'{') {
        return None;
    }
    let block = between(text, open + 1, b'{', b'}');
    let found = DEFAULT.as_ref()?.find(text.get(block.clone())?)?;
    Some(of_code(text, block.start + found.end()))
}

/// The field of which the value begins at `start`: `name: `, `"key": `, `name = `.
fn field_before(text: &[u8], start: usize) -> Option<Range<usize>> {
    let at = before_space(text, start);
    if !matches!(text[..at].last(), Some(b':' | b'=')) {
        return None;
    }
    let mut end = before_space(text, at - 1);
    end -= Quote::before(text, end).map_or(0, Quote::len);
    let length = text[..end].iter().rev().take(32).take_while(|b| is_word(**b)).count();
    (length > 0).then(|| end - length..end)
}

/// The field that holds the value where the name stands in `field`.
fn value_field(field: &[u8]) -> Option<&'static str> {
    const FIELDS: &[(&str, &str)] = &[
        ("name", "value"),
        ("key", "value"),
        ("variable", "value"),
        ("parameterkey", "parametervalue"),
        ("parameter_key", "parameter_value"),
    ];
    FIELDS
        .iter()
        .find(|(name, _)| field.eq_ignore_ascii_case(name.as_bytes()))
        .map(|(_, value)| *value)
}

fn in_flow(text: &[u8], at: usize) -> bool {
    let line = &text[line_start(text, at)..at];
    matches!(
        line.trim_ascii_end().strip_suffix(b"\"").unwrap_or(line).trim_ascii_end().last(),
        Some(b'{' | b',')
    )
}

/// What stands between the marks around `at`, within reach and without what is nested.
fn between(text: &[u8], at: usize, open: u8, close: u8) -> Range<usize> {
    let floor = at.saturating_sub(NEAR);
    let ceiling = (at + NEAR).min(text.len());
    let mark = |b: &u8| *b == open || *b == close;
    let start = text[floor..at].iter().rposition(mark).map_or(floor, |found| floor + found + 1);
    let mut depth = 0_usize;
    for (offset, byte) in text[at..ceiling].iter().enumerate() {
        if *byte == open {
            depth += 1;
        } else if *byte == close {
            if depth == 0 {
                return start..at + offset;
            }
            depth -= 1;
        }
    }
    start..ceiling
}

/// The lines of the list item (or mapping) in block style around `at`.
fn item(text: &[u8], at: usize) -> Range<usize> {
    let first = line_start(text, at);
    let column = content_column(text, first);
    let mut start = first;
    while start > 0 && at - start < NEAR && !begins_item(text, start) {
        let previous = line_start(text, start - 1);
        if previous == start || content_column(text, previous) < column {
            break;
        }
        start = previous;
    }
    let mut end = line_end(text, at);
    while end - at < NEAR {
        let Some(next) = skip_line_end(text, end) else { break };
        let blank = skip_blanks(text, next) == line_end(text, next);
        if !blank
            && (content_column(text, next) < column
                || content_column(text, next) == column && begins_item(text, next))
        {
            break;
        }
        end = line_end(text, next);
    }
    start..end
}

/// The column of the first byte of a line that is neither blank nor a dash of a list.
fn content_column(text: &[u8], start: usize) -> usize {
    let mut at = skip_blanks(text, start);
    while text.get(at) == Some(&b'-') && text.get(at + 1).is_some_and(|b| matches!(b, b' ' | b'\t'))
    {
        at = skip_blanks(text, at + 1);
    }
    at - start
}

fn begins_item(text: &[u8], start: usize) -> bool {
    let at = skip_blanks(text, start);
    text.get(at) == Some(&b'-') && text.get(at + 1).is_none_or(u8::is_ascii_whitespace)
}

fn value_in<'a>(
    text: &'a [u8],
    scope: Range<usize>,
    field: &str,
    layout: Layout,
) -> Option<Assigned<'a>> {
    static FIELD: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r#"(?i-u)(?:^|[^\w-])((?:parameter_?)?value)\\?["']?\s*(=|:)"#).ok()
    });
    let near = text.get(scope.clone())?;
    let captures = FIELD.as_ref()?.captures_iter(near).find(|captures| {
        captures.get(1).is_some_and(|m| m.as_bytes().eq_ignore_ascii_case(field.as_bytes()))
    })?;
    let at = scope.start + captures.get(2)?.end();
    match layout {
        Layout::Yaml => yaml(text, at, in_flow(text, scope.start + captures.get(1)?.start())),
        Layout::Braces => Some(of_code(text, skip_space(text, at))),
        Layout::Tag => quoted(text, skip_space(text, at), Escapes::None),
    }
}

/// The name that stands beside a field `value`, where that is the field at `value`.
pub(super) fn name_beside(
    text: &[u8],
    value: &Range<usize>,
    kind: FileKind,
) -> Option<Range<usize>> {
    static FIELD: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r#"(?i-u)(?:^|[^\w-])(?:name|key|variable)\\?["']?\s*[=:]\s*\\?["']?([A-Za-z_]\w{0,127})\b"#).ok()
    });
    if !text[value.clone()].eq_ignore_ascii_case(b"value") {
        return None;
    }
    let scope = match kind {
        FileKind::Xml => between(text, value.start, b'<', b'>'),
        _ if value_is_in_braces(text, value.start, kind) => between(text, value.start, b'{', b'}'),
        _ => item(text, value.start),
    };
    let name = FIELD.as_ref()?.captures(text.get(scope.clone())?)?.get(1)?;
    Some(scope.start + name.start()..scope.start + name.end())
}

fn value_is_in_braces(text: &[u8], at: usize, kind: FileKind) -> bool {
    use FileKind as K;
    matches!(kind, K::Json | K::Hcl | K::CodeHash | K::CodeSlash | K::Jenkinsfile)
        || in_flow(text, at)
}
