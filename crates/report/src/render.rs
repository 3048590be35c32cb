//! One renderer for each format.

mod json;
mod jsonl;

use std::io::{self, Write};

use crate::model::Report;

/// A document format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people, on a screen.
    Terminal,
    /// One object.
    Json,
    /// One record a line.
    Jsonl,
    /// Markdown.
    Markdown,
}

/// How to render.
#[derive(Clone, Copy, Debug)]
pub struct RenderOptions {
    /// ANSI styles in the terminal format.
    pub color: bool,
    /// Width of the screen in columns.
    pub width: usize,
    /// Show notes too.
    pub notes: bool,
    /// Show what was skipped and each step in full.
    pub verbose: bool,
    /// Only the summary.
    pub quiet: bool,
}

/// Writes `report` as a document of `format`.
pub fn render(
    report: &Report,
    format: Format,
    options: RenderOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let _ = options;
    match format {
        Format::Jsonl => jsonl::render(report, out),
        Format::Json | Format::Terminal | Format::Markdown => json::render(report, out),
    }
}
