//! One renderer for each format.

mod json;
mod jsonl;
mod layout;
mod markdown;
mod plan;
mod review;
mod terminal;

use std::io::{self, Write};

pub use layout::command;
pub use plan::{PlannedRow, general as general_steps, token_plan};
pub use review::{Review, ReviewHunk, ReviewPiece, review};

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

/// How to render. `json` and `jsonl` hold everything and take none of these.
#[derive(Clone, Copy, Debug)]
pub struct RenderOptions {
    /// ANSI styles in the terminal format.
    pub color: bool,
    /// Width of the screen in columns.
    pub width: usize,
    /// Show notes too.
    pub notes: bool,
    /// List what was suppressed.
    pub suppressed: bool,
    /// Show what was left out and each step in full.
    pub verbose: bool,
    /// Only the summary.
    pub quiet: bool,
    /// No summary in the terminal format, but what could not be read: for hooks, which say the rest.
    pub brief: bool,
}

/// Writes `report` as a document of `format`.
pub fn render(
    report: &Report,
    format: Format,
    options: RenderOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        Format::Terminal => terminal::render(report, options, out),
        Format::Json => json::render(report, out),
        Format::Jsonl => jsonl::render(report, out),
        Format::Markdown => markdown::render(report, options, out),
    }
}
