//! The screen. Everything that is written goes through here, so that no control character of a file
//! reaches a terminal.

use std::io::{self, Write};

use anstyle::Style;
use textwrap::WordSplitter;
use unicode_width::UnicodeWidthStr as _;

use super::{DIM, STRONG};
use crate::render::RenderOptions;
use crate::render::layout::{clean, command};

pub(super) struct Page<'a> {
    out: &'a mut dyn Write,
    color: bool,
    /// Columns that lines may fill.
    pub(super) width: usize,
}

impl<'a> Page<'a> {
    pub(super) fn new(out: &'a mut dyn Write, options: RenderOptions) -> Self {
        // Longer lines are hard to read, shorter ones cannot hold a place.
        Self { out, color: options.color, width: options.width.clamp(40, 120) }
    }

    pub(super) fn text(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(clean(text).as_bytes())
    }

    pub(super) fn styled(&mut self, style: Style, text: &str) -> io::Result<()> {
        if self.color && !text.is_empty() {
            write!(self.out, "{style}{}{style:#}", clean(text))
        } else {
            self.text(text)
        }
    }

    /// Ends the line.
    pub(super) fn end(&mut self) -> io::Result<()> {
        self.out.write_all(b"\n")
    }

    /// A line that says what follows, drawn over the whole width.
    pub(super) fn heading(&mut self, title: &str, remark: &str) -> io::Result<()> {
        self.styled(DIM, "── ")?;
        self.styled(STRONG, title)?;
        let mut used = 3 + width(title);
        if !remark.is_empty() {
            self.styled(DIM, &format!(" · {remark}"))?;
            used += 3 + width(remark);
        }
        let rest = self.width.saturating_sub(used + 1);
        if rest > 0 {
            self.styled(DIM, &format!(" {}", "─".repeat(rest)))?;
        }
        self.end()
    }

    /// Writes `text` after the `column` columns that stand on the line already, and goes on below at
    /// `indent`. Words are never broken: they may be commands or paths to copy.
    pub(super) fn wrap(
        &mut self,
        style: Style,
        (column, indent): (usize, usize),
        text: &str,
    ) -> io::Result<()> {
        let (first, margin) = (" ".repeat(column), " ".repeat(indent));
        let options = textwrap::Options::new(self.width)
            .initial_indent(&first)
            .subsequent_indent(&margin)
            .break_words(false)
            .word_splitter(WordSplitter::NoHyphenation);
        for (index, line) in textwrap::wrap(&clean(text), options).iter().enumerate() {
            let indent = if index == 0 { &first } else { &margin };
            if index > 0 {
                self.text(indent)?;
            }
            self.styled(style, line.strip_prefix(indent.as_str()).unwrap_or(line))?;
            self.end()?;
        }
        Ok(())
    }

    /// Writes a step after the `column` columns that stand on the line already. A command in it gets
    /// a line of its own, unbroken, to be copied.
    pub(super) fn step(&mut self, column: usize, step: &str) -> io::Result<()> {
        let Some((purpose, command)) = command(step) else {
            return self.wrap(Style::new(), (column, column), step);
        };
        self.wrap(Style::new(), (column, column), &format!("{purpose}:"))?;
        self.text(&" ".repeat(column + 2))?;
        self.styled(STRONG, command)?;
        self.end()
    }
}

/// Columns that `text` takes once it is cleaned.
pub(super) fn width(text: &str) -> usize {
    clean(text).width()
}
