//! One renderer for each format.

mod code_insights;
mod csv;
mod github;
mod gitlab;
mod html;
mod json;
mod jsonl;
mod junit;
mod layout;
mod markdown;
mod page;
mod plan;
mod prometheus;
mod review;
mod sarif;
mod terminal;
mod webhook;

use std::io::{self, Write};

pub(crate) use html::chart::line;
pub(crate) use layout::clean as clean_text;
pub(crate) use page::head as page_head;

pub use code_insights::{Insights, MOST_ANNOTATIONS};
pub use layout::command;
pub use plan::{PlannedRow, general as general_steps, token_plan};
pub use review::{Review, ReviewHunk, ReviewPiece, review};
pub use webhook::{Webhook, webhook};

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
    /// One page.
    Html,
    /// SARIF 2.1.0.
    Sarif,
    /// One finding a row.
    Csv,
    /// A test case for each finding.
    Junit,
    /// Workflow commands of GitHub Actions.
    Github,
    /// GitLab's report of secret detection.
    Gitlab,
    /// A report with annotations for Bitbucket Cloud.
    CodeInsights,
    /// Gauges for `node_exporter`.
    Prometheus,
}

impl Format {
    /// Whether several reports are one document; of the others one report fits in one.
    pub fn takes_several(self) -> bool {
        !matches!(self, Self::Html | Self::Gitlab | Self::CodeInsights | Self::Prometheus)
    }
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
    render_all(std::slice::from_ref(report), format, options, out)
}

/// Writes `reports` as one document. A format that holds one report gets one after the other; see
/// [`Format::takes_several`].
pub fn render_all(
    reports: &[Report],
    format: Format,
    options: RenderOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        Format::Sarif => return sarif::render(reports, options.notes, out),
        Format::Csv => return csv::render(reports, options.notes, out),
        Format::Junit => return junit::render(reports, options, out),
        Format::Github => return github::render(reports, options.notes, out),
        _ => {}
    }
    for (index, report) in reports.iter().enumerate() {
        if index > 0 && matches!(format, Format::Terminal | Format::Markdown) {
            writeln!(out)?;
        }
        match format {
            Format::Terminal => terminal::render(report, options, out)?,
            Format::Json => json::render(report, out)?,
            Format::Jsonl => jsonl::render(report, out)?,
            Format::Markdown => markdown::render(report, options, out)?,
            Format::Html => html::render(report, options, out)?,
            Format::Gitlab => gitlab::render(report, options.notes, out)?,
            Format::CodeInsights => code_insights::render(report, options, out)?,
            Format::Prometheus => prometheus::render(report, out)?,
            Format::Sarif | Format::Csv | Format::Junit | Format::Github => {}
        }
    }
    Ok(())
}
