//! Texts of files in Markdown: nothing in them is markup.

use crate::model::Finding;
use crate::render::layout::{clean, command};

/// `text` as running text, in a paragraph, a list item or a cell of a table.
pub(super) fn text(text: &str) -> String {
    let text = one_line(text);
    let mut out = String::with_capacity(text.len() + 8);
    let mut before = None;
    let mut chars = text.chars().peekable();
    // What begins a heading, a list or a quotation at the beginning of a line.
    let number = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let list = number.len() < text.len()
        && [". ", ") "].iter().any(|dot| number.starts_with(dot) || number == dot.trim_end());
    let mut at = 0;
    while let Some(c) = chars.next() {
        let after = chars.peek().copied();
        let inside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let markup = match c {
            '\\' | '`' | '*' | '[' | ']' | '|' | '~' | '$' => true,
            // Within a word it is no emphasis, and names of variables stay legible.
            '_' => !(inside(before) && inside(after)),
            '#' | '+' | '-' | '=' => before.is_none(),
            '.' | ')' => list && at == text.len() - number.len(),
            _ => false,
        };
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            c => {
                if markup {
                    out.push('\\');
                }
                out.push(c);
            }
        }
        at += c.len_utf8();
        before = Some(c);
    }
    out
}

/// `text` as code in a cell of a table, where a `|` would end the cell even in code.
pub(super) fn cell(text: &str) -> String {
    code(text).replace('|', "\\|")
}

/// `text` as code in running text.
pub(super) fn code(text: &str) -> String {
    let text = one_line(text);
    if text.is_empty() {
        return String::new();
    }
    let fence = "`".repeat(longest_run(&text) + 1);
    // One space at each end is taken away by the reader, but not from text of spaces alone.
    let edge = |c: Option<char>| matches!(c, Some('`' | ' '));
    let pad = if (edge(text.chars().next()) || edge(text.chars().next_back()))
        && !text.trim_matches(' ').is_empty()
    {
        " "
    } else {
        ""
    };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// A step, its command as code.
pub(super) fn step(step: &str) -> String {
    match command(step) {
        Some((purpose, command)) => format!("{}: {}", text(purpose), code(command)),
        None => text(step),
    }
}

/// The use before and after as a `diff` block, below the line that it stands in.
pub(super) fn diff(finding: &Finding, after: Option<&str>) -> String {
    let (start, end) = finding.excerpt_use();
    let line = clean(finding.excerpt.trim());
    let used = clean(&finding.excerpt[start..end]);
    let mut rows = Vec::new();
    if let Some(after) = after {
        if line != used {
            rows.push(format!("  {line}"));
        }
        rows.push(format!("- {used}"));
        rows.extend(after.lines().map(|line| format!("+ {}", clean(line))));
    } else {
        rows.push(line);
    }
    let name = if after.is_some() { "diff" } else { "text" };
    let fence = "`".repeat(rows.iter().map(|row| longest_run(row)).max().unwrap_or(0).max(2) + 1);
    format!("{fence}{name}\n{}\n{fence}", rows.join("\n"))
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// Without line ends, which would end the paragraph, and without control characters.
fn one_line(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    clean(&lines.join(" "))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Options, Parser, Tag};

    use super::*;

    /// What a reader shows of `markdown` as text, as code, and everything else that it holds.
    fn read(markdown: &str) -> (String, String, Vec<String>) {
        let (mut texts, mut codes, mut others) = (String::new(), String::new(), Vec::new());
        let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_MATH;
        for event in Parser::new_ext(markdown, options) {
            match event {
                Event::Text(text) => texts.push_str(&text),
                Event::Code(code) => codes.push_str(&code),
                Event::Start(
                    Tag::Paragraph
                    | Tag::Table(_)
                    | Tag::TableHead
                    | Tag::TableRow
                    | Tag::TableCell,
                )
                | Event::End(_) => {}
                other => others.push(format!("{other:?}")),
            }
        }
        (texts, codes, others)
    }

    #[test]
    fn names_stay_legible() {
        assert_eq!(text("BITBUCKET_API_TOKEN in a.b-c"), "BITBUCKET_API_TOKEN in a.b-c");
        assert_eq!(text("a | b <c> & _d_"), r"a \| b &lt;c&gt; &amp; \_d\_");
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(cell("a|b"), r"`a\|b`");
    }

    /// Characters that mean something in Markdown, and a few that do not.
    const CHARS: &str = r"[-a0 `*_\[\](){}<>|~$#+=.!&;:/\\\n\x1b\u{202E}é]{0,24}";

    fn shown(text: &str) -> String {
        one_line(text).trim().to_owned()
    }

    proptest! {
        #[test]
        fn text_is_only_text(input in CHARS) {
            let (texts, codes, others) = read(&text(&input));
            prop_assert_eq!(texts.trim(), shown(&input));
            prop_assert_eq!((codes, others), (String::new(), Vec::new()));
        }

        #[test]
        fn code_is_only_code(input in CHARS) {
            let (texts, codes, others) = read(&format!("x {}", code(&input)));
            prop_assert_eq!(codes.trim(), shown(&input));
            prop_assert_eq!((texts.trim(), others), ("x", Vec::new()));
        }

        #[test]
        fn a_cell_keeps_to_its_own(input in CHARS.prop_filter("\\|", |s| !s.contains("\\|"))) {
            let (texts, codes, others) =
                read(&format!("|a|b|\n|-|-|\n| {} | {} |", text(&input), cell(&input)));
            prop_assert_eq!(codes.trim(), shown(&input));
            prop_assert_eq!(texts, format!("ab{}", shown(&input)));
            prop_assert_eq!(others, Vec::<String>::new());
        }
    }
}
