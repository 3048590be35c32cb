//! `review.html`, and what of a plan is shown in it.

use std::path::Path;

use anyhow::Context as _;
use bbsweep_report::Report;
use bbsweep_report::render::{Review, ReviewHunk, ReviewPiece, review};
use bbsweep_rewriters::review::{Hunk, Line, Reviewer};
use bbsweep_rewriters::{Plan, PlanOptions};

use crate::output;
use crate::scan::Sweep;

/// The page's name in the folder of the patches.
pub(crate) const PAGE: &str = "review.html";

/// Writes the page into `dir`. `commands` are those that make the edits.
pub(crate) fn write(
    dir: &Path,
    sweep: &Sweep,
    plan: &Plan,
    options: &PlanOptions,
    report: &Report,
    commands: Vec<String>,
) -> anyhow::Result<String> {
    let reviewer = Reviewer::new(&sweep.outcome.findings, options);
    let mut hunks = vec![Vec::new(); plan.fixes.len()];
    for file in &plan.files {
        // The patch names what cannot be read any more.
        for (index, edits) in reviewer.file(plan, file).unwrap_or_default() {
            hunks[index] = edits.iter().map(hunk).collect();
        }
    }
    let path = dir.join(PAGE);
    output::file(&path, |out| review(report, &Review { hunks, commands }, out))
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(output::clean(&path.to_string_lossy()))
}

fn hunk(hunk: &Hunk) -> ReviewHunk {
    let side = |lines: &[Line]| -> Vec<Vec<ReviewPiece>> {
        let piece = |piece: &bbsweep_rewriters::review::Piece| ReviewPiece {
            text: piece.text.clone(),
            changed: piece.changed,
        };
        lines.iter().map(|line| line.iter().map(piece).collect()).collect()
    };
    ReviewHunk { line: hunk.line, old: side(&hunk.old), new: side(&hunk.new) }
}
