//! Keys: their new names, and new ones beside them.

use std::ops::Range;

use bbsweep_scanner_core::Role;
use bbsweep_scanner_core::bitbucket::GIT_API_TOKEN_USERNAME;
use bbsweep_scanner_core::consumer::{Format, Shape, UsernameForm};
use bbsweep_scanner_core::structure::walk::Trail;
use bbsweep_scanner_core::structure::{Entry, Node, Tree, Value};

use super::value::{Kind, New};
use super::{Made, Place, encoded};
use crate::rewrite::TextEdit;

/// The way to a key.
pub(super) struct Way<'t> {
    pub(super) trail: Trail<'t>,
    pub(super) entry: &'t Entry,
}

impl<'t> Way<'t> {
    fn to(tree: &'t Tree, key: &Range<usize>) -> Option<Self> {
        let trail = tree.documents.iter().find_map(|top| Trail::to_key(top, key))?;
        let entry = trail.entry()?;
        Some(Self { trail, entry })
    }

    /// The object that holds the key.
    fn object(&self) -> Option<&'t Node> {
        self.trail.nodes().rev().nth(1)
    }

    /// Whether the object has such a key too.
    fn has(&self, key: &str) -> bool {
        self.object().is_some_and(|object| object.entries().iter().any(|entry| entry.key == key))
    }
}

/// The name of a key of a row: the last of several, an attribute without its mark.
fn bare(key: &str) -> &str {
    let last = key.rsplit('/').next().unwrap_or(key);
    last.strip_prefix('@').unwrap_or(last)
}

impl Place<'_> {
    /// The way to the key of the secret.
    pub(super) fn way(&self) -> Result<Way<'_>, String> {
        let key = self.subject.part_range(Role::Name).ok_or("its key could not be found again")?;
        self.way_to(&key)
    }

    fn way_to(&self, key: &Range<usize>) -> Result<Way<'_>, String> {
        Way::to(self.tree()?, key).ok_or_else(|| "its key could not be found again".to_owned())
    }

    /// Renames keys.
    pub(super) fn keys(&self, made: &mut Made) -> Result<(), String> {
        for role in [Role::UsernameName, Role::Name] {
            let Some(range) = self.subject.part_range(role) else { continue };
            let text = self.text(&range);
            let renamed = self.row.keys.iter().find(|(before, _)| bare(before) == text);
            let Some((_, after)) = renamed.filter(|(before, after)| before != after) else {
                continue;
            };
            made.beyond = true;
            made.edits.push(self.renamed_key(&range, bare(after)));
            if matches!(self.row.shape, Shape::Items { .. }) {
                continue;
            }
            let way = self.way_to(&range)?;
            if way.has(after) {
                return Err(format!("{after} stands beside it already"));
            }
            if self.format()? == Format::Xml
                && let Some(closing) = self.closing_name(way.entry, text)
            {
                made.edits.push(self.subject.edit(closing, bare(after)));
            }
        }
        Ok(())
    }

    /// The edit that gives a key its new name; in HCL, where people line up what comes behind, with
    /// the blanks that keep it there.
    fn renamed_key(&self, key: &Range<usize>, name: &str) -> TextEdit {
        let rest = self.subject.doc.text.get(key.end..).unwrap_or_default();
        let blanks = rest.iter().take_while(|byte| **byte == b' ').count();
        if blanks < 2 || self.format() != Ok(Format::Hcl) {
            return self.subject.edit(key.clone(), name);
        }
        let column = key.len() + blanks;
        let padded = format!("{name}{}", " ".repeat(column.saturating_sub(name.len()).max(1)));
        self.subject.edit(key.start..key.end + blanks, padded)
    }

    /// The name in the end tag of an element.
    fn closing_name(&self, entry: &Entry, name: &str) -> Option<Range<usize>> {
        let element = self.subject.doc.text.get(entry.node.range.clone())?;
        let tag = element.strip_suffix(b">")?.trim_ascii_end();
        let before = tag.strip_suffix(name.as_bytes())?;
        if !matches!(before.last(), Some(b'/' | b':')) {
            return None;
        }
        let start = entry.node.range.start + before.len();
        Some(start..start + name.len())
    }

    /// Adds keys that the consumer needs besides.
    pub(super) fn adds(&self, made: &mut Made) -> Result<(), String> {
        if self.row.adds.is_empty() {
            return Ok(());
        }
        if matches!(self.row.shape, Shape::Items { .. }) {
            return Err(format!("{} has to be added to the list", self.row.adds[0].0));
        }
        let way = self.beside()?;
        for (name, form) in self.row.adds {
            if way.has(name) {
                continue;
            }
            let mut new = match self.form(*form)? {
                UsernameForm::Email => self.email(made),
                _ => New::literal(GIT_API_TOKEN_USERNAME),
            };
            if self.row.base64 {
                new = New::literal(encoded::plain(&new.text));
            }
            let edit = self.insertion(&way, bare(name), name.starts_with('@'), &new)?;
            made.edits.push(edit);
            made.beyond = true;
        }
        join(&mut made.edits);
        Ok(())
    }

    /// The way to the key that others come beside: the secret's, or the username's where the secret
    /// stands deeper.
    fn beside(&self) -> Result<Way<'_>, String> {
        let way = self.way()?;
        let user = self.subject.part_range(Role::UsernameName);
        let user = user.and_then(|key| self.way_to(&key).ok());
        let depth = |way: &Way<'_>| way.trail.nodes().count();
        Ok(user.filter(|user| depth(user) < depth(&way)).unwrap_or(way))
    }

    /// A new key in front of this one, written as it is.
    fn insertion(
        &self,
        way: &Way<'_>,
        name: &str,
        attribute: bool,
        new: &New,
    ) -> Result<TextEdit, String> {
        let format = self.format()?;
        let text: &[u8] = &self.subject.doc.text;
        let refused = || format!("{name} has to be added beside it");
        let key = way.entry.key_range.clone();
        let start = match format {
            Format::Xml if !attribute => {
                memchr::memrchr(b'<', &text[..key.start]).ok_or_else(refused)?
            }
            _ => outer(text, &key).start,
        };
        let line = memchr::memrchr(b'\n', &text[..start]).map_or(0, |at| at + 1);
        let lead = self.text(&(line..start));
        let eol = eol(text, line);
        let blank = lead.bytes().all(|byte| matches!(byte, b' ' | b'\t'));
        if format == Format::Xml {
            let new = self.new_scalar(format, false, new)?;
            let added = match (attribute, blank) {
                (true, true) => format!("{name}=\"{new}\"{eol}{lead}"),
                (true, false) => format!("{name}=\"{new}\" "),
                (false, true) => format!("<{name}>{new}</{name}>{eol}{lead}"),
                (false, false) => format!("<{name}>{new}</{name}>"),
            };
            return Ok(self.subject.edit(start..start, added));
        }
        let flow = match format {
            Format::Json => true,
            Format::Yaml => way.trail.nodes().any(|node| is_open(text, node)),
            Format::Toml => {
                way.object().is_some_and(|table| text.get(table.range.start) == Some(&b'{'))
            }
            Format::Hcl => {
                !blank
                    && (follows(text, way.entry.node.range.end) || lead.trim_end().ends_with(','))
            }
            _ => false,
        };
        if new.kind == Kind::Name {
            return Err(refused());
        }
        let value = self.new_scalar(format, flow, new)?;
        let quotes = outer(text, &key);
        let quote = self.text(&(quotes.start..key.start));
        let key_width = quotes.end - quotes.start;
        let separator =
            self.separator(format, quotes.end..way.entry.node.range.start, key_width, name);
        let pair = format!("{quote}{name}{quote}{separator}{value}");
        let added = match (flow, blank) {
            (true, true) => format!("{pair},{eol}{lead}"),
            (true, false) => format!("{pair}, "),
            (false, true) => format!("{pair}{eol}{lead}"),
            (false, false) => {
                let item = lead.trim_start().bytes().all(|byte| matches!(byte, b'-' | b' '));
                let export = lead.trim() == "export";
                match format {
                    Format::Yaml if item => {
                        format!("{pair}{eol}{}", lead.replace('-', " "))
                    }
                    Format::Properties if export => format!("{pair}{eol}{lead}"),
                    _ => return Err(refused()),
                }
            }
        };
        Ok(self.subject.edit(start..start, added))
    }

    /// What stands between the secret's key and its value; for another key of that column.
    fn separator(
        &self,
        format: Format,
        between: Range<usize>,
        key_width: usize,
        name: &str,
    ) -> String {
        let own = if between.start <= between.end { self.text(&between) } else { "" };
        if own.is_empty() || !own.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b':' | b'=')) {
            return match format {
                Format::Json | Format::Yaml => ": ",
                Format::Properties => "=",
                _ => " = ",
            }
            .to_owned();
        }
        let blanks = own.len() - own.trim_start_matches(' ').len();
        if blanks < 2 {
            return own.to_owned();
        }
        let column = key_width + blanks;
        format!("{}{}", " ".repeat(column.saturating_sub(name.len()).max(1)), &own[blanks..])
    }
}

/// Makes one edit of those that begin at one place: what is added there comes first.
fn join(edits: &mut Vec<TextEdit>) {
    edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let mut joined: Vec<TextEdit> = Vec::new();
    for edit in edits.drain(..) {
        match joined.last_mut() {
            Some(last) if last.span.is_empty() && last.span.start == edit.span.start => {
                last.span = edit.span;
                last.text.push_str(&edit.text);
            }
            _ => joined.push(edit),
        }
    }
    *edits = joined;
}

/// The key with its quotes.
fn outer(text: &[u8], key: &Range<usize>) -> Range<usize> {
    let before = key.start.checked_sub(1).and_then(|at| text.get(at));
    match before {
        Some(quote @ (b'"' | b'\'')) if text.get(key.end) == Some(quote) => {
            key.start - 1..key.end + 1
        }
        _ => key.clone(),
    }
}

/// The line end that the file has there.
fn eol(text: &[u8], line: usize) -> &'static str {
    let end = memchr::memchr(b'\n', &text[line..]).map(|at| line + at).or(line.checked_sub(1));
    match end.and_then(|end| end.checked_sub(1)).and_then(|at| text.get(at)) {
        Some(b'\r') => "\r\n",
        _ => "\n",
    }
}

/// Whether a collection begins with its bracket.
fn is_open(text: &[u8], node: &Node) -> bool {
    !matches!(node.value, Value::Scalar(_))
        && matches!(text.get(node.range.start), Some(b'{' | b'['))
}

/// Whether a comma comes next.
fn follows(text: &[u8], at: usize) -> bool {
    text.get(at..).is_some_and(|rest| rest.trim_ascii_start().first() == Some(&b','))
}
