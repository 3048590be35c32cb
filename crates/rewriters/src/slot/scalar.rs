//! Writes into scalars, in the style that they have or, where that cannot hold the text, in quotes.

use std::ops::Range;

use bbsweep_scanner_core::consumer::Format;
use bbsweep_scanner_core::structure::Style;

use super::value::Kind;
use super::{Piece, Place};
use crate::context::yaml;
use crate::rewrite::TextEdit;

const NOT_WRITABLE: &str =
    "what comes there holds characters that the file's format cannot hold in that place";

impl Place<'_> {
    /// How the scalar with this content is written.
    pub(super) fn style(&self, format: Format, content: &Range<usize>) -> Style {
        let text: &[u8] = &self.subject.doc.text;
        let (before, after) = (&text[..content.start], &text[content.end..]);
        for (quote, style) in [(b'"', Style::Double), (b'\'', Style::Single)] {
            if before.last() != Some(&quote) || after.first() != Some(&quote) {
                continue;
            }
            let opened = before[..before.len() - 1].trim_ascii_end();
            return match format {
                // In the text of an element they are characters like others.
                Format::Xml if opened.last() != Some(&b'=') => Style::Plain,
                Format::Toml if before.ends_with(&[quote; 3]) => Style::Block,
                _ => style,
            };
        }
        let opened = before.trim_ascii_end();
        match format {
            Format::Xml if opened.ends_with(b"<![CDATA[") => Style::Block,
            Format::Toml if opened.ends_with(b"\"\"\"") || opened.ends_with(b"'''") => Style::Block,
            Format::Yaml if self.yaml_style(content) == Some(yaml::Style::Block) => Style::Block,
            Format::Hcl if begins_line(before) => Style::Block,
            Format::Hcl => Style::Expression,
            _ => Style::Plain,
        }
    }

    fn yaml_style(&self, content: &Range<usize>) -> Option<yaml::Style> {
        Some(yaml::scalar_at(&self.subject.doc.text, content.start)?.style)
    }

    /// The edits that put the pieces into the scalar with this content.
    pub(super) fn scalar(
        &self,
        content: &Range<usize>,
        pieces: &[Piece],
    ) -> Result<Vec<TextEdit>, String> {
        let edit = |range: &Range<usize>, text: String| self.subject.edit(range.clone(), text);
        if pieces.iter().all(|piece| piece.new.kind == Kind::Name) {
            return Ok(pieces.iter().map(|p| edit(&p.range, p.new.text.clone())).collect());
        }
        let format = self.format()?;
        let style = self.style(format, content);
        if pieces.iter().any(|piece| piece.new.kind == Kind::Expression) {
            let [Piece { range, new, .. }] = pieces else {
                return Err("an expression can only be all of the value".to_owned());
            };
            let outer = match style {
                _ if range != content => {
                    return Err("an expression can only be all of the value".to_owned());
                }
                Style::Double | Style::Single => content.start - 1..content.end + 1,
                Style::Block => return Err(NOT_WRITABLE.to_owned()),
                Style::Plain | Style::Expression => content.clone(),
            };
            return Ok(vec![edit(&outer, new.text.clone())]);
        }
        if pieces
            .iter()
            .any(|p| p.new.kind == Kind::Literal && self.would_expand(format, &p.new.text))
        {
            return Err("what comes there would be read as a variable".to_owned());
        }
        let whole = self.joined(content, pieces);
        let quoted = match style {
            Style::Expression => true,
            Style::Plain => {
                let flow = format == Format::Yaml
                    && self.yaml_style(content) != Some(yaml::Style::Plain { flow: false });
                !is_plain(format, flow, &whole)
            }
            _ => false,
        };
        if quoted {
            return match escaped(format, Style::Double, &whole) {
                Some(text) if takes_quotes(format) && self.all_new(content, pieces) => {
                    Ok(vec![edit(content, format!("\"{text}\""))])
                }
                _ => Err(NOT_WRITABLE.to_owned()),
            };
        }
        pieces
            .iter()
            .map(|piece| match (piece.new.kind, escaped(format, style, &piece.new.text)) {
                (Kind::Name, _) => Ok(edit(&piece.range, piece.new.text.clone())),
                (_, Some(text)) => Ok(edit(&piece.range, text)),
                (_, None) => Err(NOT_WRITABLE.to_owned()),
            })
            .collect()
    }

    /// A value of its own, quotes and all, for a new key.
    pub(super) fn new_scalar(
        &self,
        format: Format,
        flow: bool,
        new: &super::value::New,
    ) -> Result<String, String> {
        if new.kind == Kind::Expression {
            return Ok(new.text.clone());
        }
        if new.kind == Kind::Literal && self.would_expand(format, &new.text) {
            return Err("what comes there would be read as a variable".to_owned());
        }
        let plain = match format {
            Format::Json | Format::Toml | Format::Hcl => false,
            _ => is_plain(format, flow, &new.text),
        };
        let text = if plain {
            escaped(format, Style::Plain, &new.text)
        } else if takes_quotes(format) {
            escaped(format, Style::Double, &new.text).map(|text| format!("\"{text}\""))
        } else {
            None
        };
        text.ok_or_else(|| NOT_WRITABLE.to_owned())
    }

    /// Whether the file may read a variable in what is meant as it is.
    fn would_expand(&self, format: Format, text: &str) -> bool {
        text.contains('$')
            && (self.row.expands.is_some()
                || matches!(format, Format::Ini | Format::Properties | Format::Hcl))
            || format == Format::Hcl && text.contains("%{")
            || format == Format::Ini && text.contains('%')
    }

    /// The content afterwards, not escaped.
    fn joined(&self, content: &Range<usize>, pieces: &[Piece]) -> String {
        let mut text = String::new();
        let mut at = content.start;
        for piece in pieces {
            text += self.text(&(at..piece.range.start.max(at)));
            text += &piece.new.text;
            at = piece.range.end;
        }
        text + self.text(&(at..content.end.max(at)))
    }

    /// Whether nothing is kept of the content but what says the same in quotes.
    fn all_new(&self, content: &Range<usize>, pieces: &[Piece]) -> bool {
        let mut at = content.start;
        let mut kept = String::new();
        for piece in pieces {
            kept += self.text(&(at..piece.range.start.max(at)));
            at = piece.range.end;
        }
        kept += self.text(&(at..content.end.max(at)));
        !kept.contains(['\\', '"', '\'', '\n', '\r'])
    }
}

/// Whether only blanks stand between this and the start of the line: the text of a heredoc.
fn begins_line(before: &[u8]) -> bool {
    let blanks = before.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    before[..before.len() - blanks].last() == Some(&b'\n')
}

const fn takes_quotes(format: Format) -> bool {
    matches!(format, Format::Json | Format::Yaml | Format::Toml | Format::Hcl)
}

/// Whether the text can stand without quotes.
fn is_plain(format: Format, flow: bool, text: &str) -> bool {
    if text.is_empty() || text.trim() != text || text.contains(char::is_control) {
        return false;
    }
    match format {
        Format::Json | Format::Toml | Format::Hcl => false,
        Format::Xml => true,
        Format::Yaml => {
            let first = text.starts_with([
                '-', '?', ':', ',', '[', ']', '{', '}', '#', '&', '*', '!', '|', '>', '\'', '"',
                '%', '@', '`', '=', '<', '~',
            ]);
            let inner = text.contains(": ") || text.contains(" #") || text.ends_with(':');
            let flow = flow && text.contains([',', '[', ']', '{', '}']);
            // What is made of digits, or of one word, may be no text.
            let text_only = text.len() > 5 && text.contains(|c: char| c.is_ascii_alphabetic());
            let number = text.starts_with(|c: char| c.is_ascii_digit() || c == '+' || c == '.');
            !first && !inner && !flow && text_only && !number
        }
        Format::Ini => {
            !text.contains(['#', ';', '\\', '`']) && !text.starts_with(['"', '\'', '[', '='])
        }
        Format::Properties => {
            !text.contains(['#', '\\', '"', '\'', '`']) && !text.contains(char::is_whitespace)
        }
    }
}

/// The text as a scalar of this style holds it.
fn escaped(format: Format, style: Style, text: &str) -> Option<String> {
    if text.contains(char::is_control) {
        return None;
    }
    let backslashes = |quote: char| {
        text.chars().fold(String::new(), |mut out, c| {
            if c == quote || c == '\\' {
                out.push('\\');
            }
            out.push(c);
            out
        })
    };
    let only_without = |marks: &[char]| (!text.contains(marks)).then(|| text.to_owned());
    match (format, style) {
        (Format::Xml, Style::Block) => (!text.contains("]]>")).then(|| text.to_owned()),
        (Format::Xml, _) => Some(
            text.replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;")
                .replace('"', "&quot;")
                .replace('\'', "&apos;"),
        ),
        (Format::Json | Format::Yaml | Format::Toml | Format::Hcl, Style::Double) => {
            Some(backslashes('"'))
        }
        (Format::Json, Style::Single) => Some(backslashes('\'')),
        (Format::Yaml, Style::Single) => Some(text.replace('\'', "''")),
        (Format::Toml, Style::Block) => only_without(&['"', '\'', '\\']),
        (_, Style::Single) => only_without(&['\'', '\\']),
        (_, Style::Double) => only_without(&['"', '\\']),
        (Format::Yaml | Format::Hcl, Style::Block) | (_, Style::Plain) => Some(text.to_owned()),
        (_, Style::Block | Style::Expression) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_needs_quotes() {
        for (format, flow, text, plain) in [
            (Format::Yaml, false, "x-bitbucket-api-token-auth", true),
            (Format::Yaml, false, "${BITBUCKET_API_TOKEN}", true),
            (Format::Yaml, true, "${BITBUCKET_API_TOKEN}", false),
            (Format::Yaml, true, "$BITBUCKET_API_TOKEN", true),
            (Format::Yaml, false, "${{ secrets.TOKEN }}", true),
            (Format::Yaml, false, "{{ token }}", false),
            (Format::Yaml, false, "a: b", false),
            (Format::Yaml, false, "dev@example.com:$TOKEN", true),
            (Format::Yaml, false, "@example", false),
            (Format::Yaml, false, "12345678", false),
            (Format::Yaml, false, "true", false),
            (Format::Json, false, "a", false),
            (Format::Ini, false, "${TOKEN}", true),
            (Format::Ini, false, "a;b", false),
            (Format::Properties, false, "a b", false),
            (Format::Properties, false, "ATATT3x=1", true),
        ] {
            assert_eq!(is_plain(format, flow, text), plain, "{format:?} {text}");
        }
    }

    #[test]
    fn escapes() {
        for (format, style, text, expected) in [
            (Format::Json, Style::Double, r#"a"\b"#, Some(r#"a\"\\b"#)),
            (Format::Yaml, Style::Single, "it's", Some("it''s")),
            (Format::Toml, Style::Single, "it's", None),
            (Format::Xml, Style::Plain, "a&<b", Some("a&amp;&lt;b")),
            (Format::Xml, Style::Block, "a&<b", Some("a&<b")),
            (Format::Xml, Style::Block, "a]]>b", None),
            (Format::Ini, Style::Double, "a\"b", None),
            (Format::Yaml, Style::Plain, "a\nb", None),
        ] {
            assert_eq!(escaped(format, style, text).as_deref(), expected, "{format:?} {text}");
        }
    }
}
