//! One finding, in the manner of a compiler's message.

use std::io;

use anstyle::{AnsiColor, Style};
use bbsweep_scanner_core::Severity;

use super::page::{Page, width};
use super::view::View;
use super::{BAD, CALM, CAREFUL, DIM, GOOD, STRONG};
use crate::model::{Applicability, Finding, Report, Rewrite};
use crate::render::layout::{Shared, applicability, history, known, ownership, place, what};
use crate::words::{self, sentence};

/// Writes one finding. `gutter` is the width of the widest line number of the report; the steps in
/// `shared` are told elsewhere.
pub(super) fn render(
    report: &Report,
    finding: &Finding,
    gutter: usize,
    shared: &Shared<'_>,
    page: &mut Page<'_>,
) -> io::Result<()> {
    let style = severity_style(finding.severity);
    let title = format!("{}[{}]", words::severity(finding.severity), finding.rule);
    page.styled(style, &title)?;
    page.styled(STRONG, ": ")?;
    page.wrap(STRONG, (width(&title) + 2, 4), &finding.message)?;

    let margin = " ".repeat(gutter + 1);
    page.text(&" ".repeat(gutter))?;
    page.styled(DIM, "--> ")?;
    page.text(&place(report, finding))?;
    page.end()?;
    source(finding, gutter, style, page)?;

    for (name, text) in history(finding).into_iter().chain(ownership(finding)).chain(known(finding))
    {
        row(&margin, name, Style::new(), &text, page)?;
    }
    if let Some(rewrite) = &finding.rewrite {
        outcome(finding, rewrite, &margin, page)?;
    }
    if let Some(username) = &finding.username
        && !finding.excerpt.contains(username.as_str())
        && !finding.excerpt.contains(&username.replace('@', "%40"))
    {
        row(&margin, "username", Style::new(), username, page)?;
    }
    if !finding.scopes.is_empty() {
        row(&margin, "scopes", Style::new(), &finding.scopes.join(" "), page)?;
    }
    for step in shared.own(finding) {
        label(&margin, "then", Style::new(), page)?;
        page.step(width(&margin) + 8, step)?;
    }
    if finding.rewrite.is_none() {
        for line in finding.help.lines() {
            row(&margin, "help", Style::new(), line, page)?;
        }
    }
    Ok(())
}

/// What becomes of it, and why.
fn outcome(
    finding: &Finding,
    rewrite: &Rewrite,
    margin: &str,
    page: &mut Page<'_>,
) -> io::Result<()> {
    let green = AnsiColor::Green.on_default();
    if let Some(replacement) = &rewrite.replacement {
        // Not wrapped: what stands here is compared character by character.
        let mut lines = replacement.lines();
        label(margin, "becomes", Style::new(), page)?;
        page.styled(green, lines.next().unwrap_or("(nothing)"))?;
        page.end()?;
        for line in lines {
            page.text(&format!("{margin}           "))?;
            page.styled(green, line)?;
            page.end()?;
        }
    }
    let style = match (rewrite.applicability, finding.severity) {
        (Applicability::Safe, _) => GOOD,
        (Applicability::Review, _) => CAREFUL,
        (Applicability::Manual, Severity::Note) => CALM,
        (Applicability::Manual, _) => BAD,
    };
    row(margin, applicability(finding, rewrite), style, &sentence(&rewrite.reason), page)
}

/// `= name: text`
fn row(margin: &str, name: &str, style: Style, text: &str, page: &mut Page<'_>) -> io::Result<()> {
    label(margin, name, style, page)?;
    let column = width(margin) + width(name) + 4;
    page.wrap(Style::new(), (column, column), text)
}

fn label(margin: &str, name: &str, style: Style, page: &mut Page<'_>) -> io::Result<()> {
    page.text(margin)?;
    page.styled(DIM, "= ")?;
    page.styled(style, name)?;
    page.text(": ")
}

/// The masked line with carets under the use.
fn source(finding: &Finding, gutter: usize, style: Style, page: &mut Page<'_>) -> io::Result<()> {
    let margin = " ".repeat(gutter + 1);
    let what = what(finding);
    if finding.excerpt.is_empty() {
        return row(&margin, "found", style, &what, page);
    }
    let room = page.width.saturating_sub(gutter + 3);
    let view = View::new(finding, room);
    page.styled(DIM, &format!("{margin}|"))?;
    page.end()?;
    page.styled(DIM, &format!("{:>gutter$} | ", finding.line))?;
    page.text(&view.text)?;
    page.end()?;

    let bar = format!("{margin}| ");
    page.styled(DIM, &bar)?;
    page.text(&" ".repeat(view.column))?;
    page.styled(style, &"^".repeat(view.carets))?;
    if view.column + view.carets + 1 + width(&what) <= room {
        page.styled(style, &format!(" {what}"))?;
    } else {
        page.end()?;
        page.styled(DIM, &bar)?;
        page.text(&" ".repeat(view.column.min(room.saturating_sub(width(&what)))))?;
        page.styled(style, &what)?;
    }
    page.end()?;
    page.styled(DIM, &format!("{margin}|"))?;
    page.end()
}

const fn severity_style(severity: Severity) -> Style {
    match severity {
        Severity::Error => BAD,
        Severity::Warning => CAREFUL,
        Severity::Note => CALM,
    }
}
