//! A second assignment beside one, in the same syntax.

use std::ops::Range;

use bbsweep_scanner_core::FileKind;
use bbsweep_scanner_core::document::Document;

use super::super::value::only_sets_variables;

/// Where an assignment can be put, and how it is written there.
pub(super) struct Place {
    at: usize,
    /// Where the value of the assignment that is there begins.
    value_at: usize,
    shape: Shape,
}

enum Shape {
    /// What comes before the name, between it and the value, and behind the value.
    Line { lead: String, separator: String, tail: String },
    /// `export NAME="value"` of a script, which may expand a variable.
    Shell { lead: String, tail: String },
    /// `- name: NAME` and `value: …` below it, this far in.
    Item { indent: String, quote: String, end: String },
    /// `-e NAME=value` on a command line.
    Option { flag: String, shell: bool },
}

impl Place {
    pub(super) fn is_shell(&self) -> bool {
        matches!(self.shape, Shape::Shell { .. } | Shape::Option { shell: true, .. })
    }

    /// A place of the file where variables are expanded as they will be in the new value.
    pub(super) fn value_at(&self) -> usize {
        self.value_at
    }

    /// Where to insert, and what.
    pub(super) fn write(&self, name: &str, value: &str) -> (usize, String) {
        let text = match &self.shape {
            Shape::Line { lead, separator, tail } => {
                format!("{lead}{name}{separator}{value}{tail}")
            }
            Shape::Shell { lead, tail } => format!("{lead}{name}=\"{value}\"{tail}"),
            Shape::Item { indent, quote, end } => {
                format!("{indent}- name: {quote}{name}{quote}{end}{indent}  value: {value}{end}")
            }
            Shape::Option { flag, shell: true } => format!("{flag}{name}=\"{value}\" "),
            Shape::Option { flag, shell: false } => format!("{flag}{name}={value} "),
        };
        (self.at, text)
    }
}

/// Where an assignment beside the one of `name` goes: in front of it. `None` where the name is not
/// assigned there, or not in a way that can be written twice.
pub(super) fn place(doc: &Document<'_>, name: &Range<usize>) -> Option<Place> {
    let text: &[u8] = &doc.text;
    let start = memchr::memrchr(b'\n', text.get(..name.start)?).map_or(0, |at| at + 1);
    let end = memchr::memchr(b'\n', text.get(name.end..)?).map_or(text.len(), |at| name.end + at);
    let lead = str::from_utf8(text.get(start..name.start)?).ok()?;
    let rest = str::from_utf8(text.get(name.end..end)?).ok()?;
    let eol = match (end < text.len(), rest.ends_with('\r')) {
        // The last line has no end to go by.
        (false, _) | (true, false) => "\n",
        (true, true) => "\r\n",
    };
    let rest = rest.trim_end_matches('\r');
    if let Some(flag) = ["-e ", "--env "].iter().find(|flag| lead.ends_with(*flag)) {
        let shell = doc.kind == FileKind::Shell;
        let assigned = rest.starts_with('=');
        return assigned.then(|| Place {
            at: name.start - flag.len(),
            value_at: name.end + 1,
            shape: Shape::Option { flag: (*flag).to_owned(), shell },
        });
    }
    if rest.trim_end().ends_with('\\') {
        return None;
    }
    if doc.kind.is_yaml()
        && let Some(place) = item(lead, rest, start, name.start, eol)
    {
        return Some(place);
    }
    let (lead, quote) = simple_lead(doc.kind, lead)?;
    let script = doc.kind == FileKind::Shell && !only_sets_variables(doc.path);
    if script && quote.is_none() {
        let one = is_one_assignment(rest);
        let shape = Shape::Shell { lead: lead.to_owned(), tail: eol.to_owned() };
        return one.then_some(Place { at: start, value_at: name.end + 1, shape });
    }
    let (separator, tail) = around_value(doc.kind, rest, quote)?;
    // A mapping that is an item of a list would become two items.
    if lead.trim_start().starts_with('-') && separator.contains(':') {
        return None;
    }
    let value_at = name.end + separator.len();
    let tail = format!("{tail}{eol}");
    let separator = separator.to_owned();
    let lead = lead.to_owned();
    Some(Place { at: start, value_at, shape: Shape::Line { lead, separator, tail } })
}

/// `- name: NAME`, the first line of an item of a list.
fn item(lead: &str, rest: &str, start: usize, name: usize, eol: &str) -> Option<Place> {
    let indent = &lead[..lead.len() - lead.trim_start().len()];
    let key = lead[indent.len()..].strip_prefix("- ")?.trim_start();
    let quote = key.strip_prefix("name:")?.trim_start();
    let one_quote = matches!(quote, "" | "\"" | "'");
    (one_quote && rest.trim_end() == quote).then(|| Place {
        at: start,
        value_at: name,
        shape: Shape::Item {
            indent: indent.to_owned(),
            quote: quote.to_owned(),
            end: eol.to_owned(),
        },
    })
}

/// What may stand in front of a name that is assigned on a line of its own; with the quote that it
/// ends in.
fn simple_lead(kind: FileKind, lead: &str) -> Option<(&str, Option<char>)> {
    let quote = lead.chars().last().filter(|c| matches!(c, '"' | '\''));
    let bare = quote.map_or(lead, |_| &lead[..lead.len() - 1]);
    let word = bare.trim();
    let known = match kind {
        FileKind::Dockerfile => word.eq_ignore_ascii_case("ENV"),
        FileKind::Ini => word.is_empty() || word == "Environment=",
        FileKind::PowerShell => word.eq_ignore_ascii_case("$env:"),
        FileKind::Batch => word.eq_ignore_ascii_case("set"),
        _ if kind.is_yaml() => matches!(word, "" | "-"),
        _ => matches!(word, "" | "export" | "export -x" | "set"),
    };
    known.then_some((lead, quote))
}

/// What stands between name and value, and behind the value.
fn around_value(kind: FileKind, rest: &str, quote: Option<char>) -> Option<(&str, String)> {
    let trimmed = rest.trim_end();
    let mut separator = 0;
    let bytes = rest.as_bytes();
    // The quote that closes the name, of a key of JSON or YAML.
    let closed = quote.is_some_and(|quote| rest.starts_with(quote));
    separator += usize::from(closed);
    let blanks = |from: usize| {
        bytes[from.min(bytes.len())..].iter().take_while(|b| matches!(b, b' ' | b'\t')).count()
    };
    separator += blanks(separator);
    let mark = *bytes.get(separator)?;
    if !matches!(mark, b'=' | b':') {
        return None;
    }
    separator += 1;
    separator += blanks(separator);
    let opening = rest[separator..].chars().next().filter(|c| matches!(c, '"' | '\''));
    if opening.is_none() && trimmed.len() <= separator {
        // Nothing is assigned, or what stands on the lines below.
        if kind.is_yaml() && mark == b':' && quote.is_none_or(|_| closed) {
            return Some((": ", String::new()));
        }
        return None;
    }
    separator += usize::from(opening.is_some());
    let mut tail = String::new();
    let comma = trimmed.ends_with(',') || kind == FileKind::Json;
    // A list item `- "NAME=value"`; a value in quotes.
    let ending = opening.or(quote.filter(|_| !closed));
    if let Some(ending) = ending {
        let value = trimmed.strip_suffix(',').unwrap_or(trimmed);
        if value.len() <= separator || !value.ends_with(ending) {
            return None;
        }
        tail.push(ending);
    } else if kind == FileKind::Json || trimmed[separator..].contains([' ', '#']) && mark == b'=' {
        return None;
    }
    if comma && kind == FileKind::Json {
        tail.push(',');
    }
    Some((&rest[..separator], tail))
}

/// `=value` and nothing behind it.
fn is_one_assignment(rest: &str) -> bool {
    let Some(value) = rest.strip_prefix('=') else { return false };
    let value = value.trim_end();
    match value.chars().next() {
        Some(quote @ ('"' | '\'')) => {
            value.len() > 1
                && value.ends_with(quote)
                && value[1..value.len() - 1].find(quote).is_none()
        }
        _ => !value.contains(|c: char| c.is_ascii_whitespace() || ";&|`".contains(c)),
    }
}
