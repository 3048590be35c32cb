//! The end of the screen: what was seen, what was not, and what to do now.

use std::io;

use anstyle::Style;

use super::page::{Page, width};
use super::{BAD, CALM, CAREFUL, DIM, GOOD, STRONG};
use crate::model::Report;
use crate::render::RenderOptions;
use crate::render::layout::{
    Shared, audited, by_applicability, by_state, commands, has_work, incomplete, left_out,
    same_options, scanned, suppressed, verdict,
};
use crate::render::plan::{besides, token_plan};
use crate::words::{sentence, thousands};

/// Unread inputs that are named one by one.
const NAMED: usize = 20;

/// What `--quiet` leaves: one line.
pub(super) fn line(report: &Report, options: RenderOptions, page: &mut Page<'_>) -> io::Result<()> {
    let (head, rest) = verdict(report, options);
    page.styled(verdict_style(report), head)?;
    page.text(&rest)?;
    if has_work(report) {
        page.text(&format!("; {}", by_applicability(report)))?;
    }
    if let Some(why) = incomplete(report) {
        page.text("; ")?;
        page.styled(CAREFUL, &format!("INCOMPLETE: {why}"))?;
    }
    page.end()
}

fn verdict_style(report: &Report) -> Style {
    if report.summary.complete { GOOD } else { CAREFUL }
}

pub(super) fn render(
    report: &Report,
    options: RenderOptions,
    shared: &Shared<'_>,
    page: &mut Page<'_>,
) -> io::Result<()> {
    unread(report, options, page)?;
    page.heading("Summary", "")?;
    page.end()?;
    let (head, rest) = verdict(report, options);
    page.styled(verdict_style(report), head)?;
    let style = if head.is_empty() { STRONG } else { Style::new() };
    page.wrap(style, (width(head), 0), &sentence(&rest))?;
    page.end()?;
    facts(report, options, page)?;
    page.end()?;
    let calendar = &report.summary.calendar;
    let style = match calendar.phase.as_str() {
        "removed" => BAD,
        "brownouts" => CAREFUL,
        _ => CALM,
    };
    page.wrap(style, (0, 0), &calendar.message)?;
    plan(report, shared, page)?;
    next(report, page)
}

/// Loud: what the scan did not see.
pub(super) fn unread(
    report: &Report,
    options: RenderOptions,
    page: &mut Page<'_>,
) -> io::Result<()> {
    let Some(why) = incomplete(report) else { return Ok(()) };
    page.heading("Not read", "")?;
    page.end()?;
    page.styled(BAD, "INCOMPLETE: ")?;
    page.wrap(CAREFUL, (12, 12), &format!("{why}; what is in there is not in this report."))?;
    let unread: Vec<_> = report.unread().collect();
    let named = if options.verbose { unread.len() } else { NAMED };
    for skipped in unread.iter().take(named) {
        page.text("  ")?;
        page.text(&report.shown_path(skipped.root, &skipped.path))?;
        page.text("  ")?;
        page.styled(CAREFUL, &skipped.reason)?;
        page.end()?;
        if !skipped.detail.is_empty() {
            page.text("      ")?;
            page.wrap(DIM, (6, 6), &skipped.detail)?;
        }
    }
    if unread.len() > named {
        let more = thousands((unread.len() - named) as u64);
        page.text(&format!("  and {more} more: --verbose or --format json names them"))?;
        page.end()?;
    }
    page.end()
}

/// The counts, one row each.
fn facts(report: &Report, options: RenderOptions, page: &mut Page<'_>) -> io::Result<()> {
    if !report.findings.is_empty() {
        fact("found", &by_state(report), page)?;
    }
    if has_work(report) && report.findings.iter().any(|finding| finding.rewrite.is_some()) {
        fact("rewrites", &by_applicability(report), page)?;
    }
    fact("scanned", &scanned(report), page)?;
    if let Some(audited) = audited(report) {
        fact("audit", &audited, page)?;
    }
    if let Some(config) = &report.header.config {
        fact("config", config, page)?;
    }
    let suppressed = suppressed(report);
    if !suppressed.is_empty() {
        fact("withheld", &suppressed.join(", "), page)?;
        for row in report.summary.suppressed.iter().filter(|_| options.suppressed) {
            let path = report.shown_path(row.root, &row.path);
            page.text(&format!("            {path}:{}  ", row.line))?;
            page.styled(DIM, &format!("{}  {}", row.rule, row.id))?;
            page.end()?;
        }
    }
    let left_out = left_out(report);
    if !left_out.is_empty() {
        fact("left out", &left_out.join(", "), page)?;
        let by_choice = report.skipped.iter().filter(|skipped| !skipped.breaks_completeness);
        for skipped in by_choice.filter(|_| options.verbose) {
            let path = report.shown_path(skipped.root, &skipped.path);
            page.text(&format!("            {path}  "))?;
            page.styled(DIM, &skipped.reason)?;
            page.end()?;
        }
    }
    Ok(())
}

fn fact(name: &str, text: &str, page: &mut Page<'_>) -> io::Result<()> {
    page.styled(DIM, &format!("  {name:<9} "))?;
    page.wrap(Style::new(), (12, 12), text)
}

/// The credentials, what takes their place, and what to do for all of them.
fn plan(report: &Report, shared: &Shared<'_>, page: &mut Page<'_>) -> io::Result<()> {
    let (rows, besides) = (token_plan(report), besides(report, shared));
    if rows.is_empty() && besides.is_empty() {
        return Ok(());
    }
    title("Token plan", page)?;
    let digits = rows.len().to_string().len();
    for (number, row) in (1..).zip(&rows) {
        let head = format!("  {number:>digits$}. ");
        page.text(&head)?;
        let column = width(&head);
        page.wrap(STRONG, (column, column), &format!("{}: {}", row.title, row.extent))?;
        for (name, text) in &row.facts {
            page.text(&" ".repeat(column))?;
            page.styled(DIM, &format!("{name:<8} "))?;
            page.wrap(Style::new(), (column + 9, column + 9), text)?;
        }
    }
    for step in besides {
        page.styled(DIM, "  - ")?;
        page.step(4, &step)?;
    }
    Ok(())
}

/// Commands to copy.
fn next(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    let rows = commands(report);
    if rows.is_empty() {
        return Ok(());
    }
    title("Next", page)?;
    let longest = rows.iter().map(|(command, _)| width(command)).max().unwrap_or(0);
    for (command, what) in &rows {
        page.text("  ")?;
        page.styled(STRONG, command)?;
        if rows.iter().all(|(_, what)| 4 + longest + width(what) <= page.width) {
            page.text(&" ".repeat(2 + longest - width(command)))?;
        } else {
            page.end()?;
            page.text("      ")?;
        }
        page.styled(DIM, what)?;
        page.end()?;
    }
    if let Some(options) = same_options(report) {
        page.text("  ")?;
        page.wrap(DIM, (2, 2), &format!("with the options of this scan: {options}"))?;
    }
    Ok(())
}

fn title(title: &str, page: &mut Page<'_>) -> io::Result<()> {
    page.end()?;
    page.styled(STRONG, title)?;
    page.end()
}
