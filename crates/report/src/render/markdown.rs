//! `md`: a document to review the rewrites by.

mod escape;
mod plan;

use std::io::{self, Write};

use self::escape::{cell, code, diff, step, text};
use super::RenderOptions;
use super::layout::{
    Shared, applicability, audited, by_applicability, by_severity, commands, groups, has_work,
    history, incomplete, known, left_out, ownership, place, same_options, scanned, shared_steps,
    suppressed, verdict, what,
};
use crate::model::{Finding, Report, SEVERITIES, STATES, SuppressedBy};
use crate::words::{self, sentence, thousands};

pub(super) fn render(
    report: &Report,
    options: RenderOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let header = &report.header;
    writeln!(out, "# Bitbucket app passwords on {}\n", text(&header.host))?;
    writeln!(out, "{}\n", text(&report.summary.calendar.message))?;
    if let Some(why) = incomplete(report) {
        writeln!(
            out,
            "> **Incomplete:** {}. What is in there is not in this report, and \"clean\" can't be \
             claimed.\n",
            text(&why)
        )?;
    }
    summary(report, options, out)?;
    if options.quiet {
        return Ok(());
    }
    let shared = shared_steps(report, options.notes);
    let nothing = Shared::default();
    let elsewhere = if options.verbose { &nothing } else { &shared };
    plan::render(report, &shared, out)?;
    next(report, out)?;
    let mut number = 0;
    for group in groups(report, options.notes) {
        let remark = group.remark.map(|remark| format!(" ({remark})")).unwrap_or_default();
        let title = group.title.map_or_else(text, |folder| code(&folder));
        writeln!(out, "## {title}{remark}\n")?;
        writeln!(out, "{}.\n", by_severity(group.findings.iter().copied()))?;
        for finding in group.findings {
            number += 1;
            entry(report, finding, number, elsewhere, out)?;
        }
    }
    withheld(report, options, out)?;
    skipped(report, out)
}

/// What was found and is not reported.
fn withheld(report: &Report, options: RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    let rows = &report.summary.suppressed;
    if rows.is_empty() || !options.suppressed {
        return Ok(());
    }
    writeln!(out, "## Suppressed\n\n| Place | Rule | Reason | Fingerprint |\n|---|---|---|---|")?;
    for row in rows {
        let reason = match (row.by, &row.reason) {
            (_, Some(reason)) => text(reason),
            (SuppressedBy::Inline, None) => "bbsweep:ignore".to_owned(),
            (_, None) => "rule disabled".to_owned(),
        };
        writeln!(
            out,
            "| {} | {} | {reason} | {} |",
            cell(&format!("{}:{}", report.shown_path(row.root, &row.path), row.line)),
            cell(&row.rule),
            cell(&row.id)
        )?;
    }
    writeln!(out)
}

fn summary(report: &Report, options: RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    let header = &report.header;
    let (head, rest) = verdict(report, options);
    writeln!(out, "## Summary\n")?;
    if head.is_empty() {
        writeln!(out, "**{}**\n", text(&sentence(&rest)))?;
    } else {
        writeln!(out, "**{head}**{}\n", text(&sentence(&rest)))?;
    }
    if has_work(report) {
        writeln!(out, "| | Errors | Warnings | Notes |\n|---|--:|--:|--:|")?;
        for state in STATES {
            write!(out, "| {} |", words::state(state))?;
            for severity in SEVERITIES {
                let number = report
                    .findings
                    .iter()
                    .filter(|finding| finding.state == state && finding.severity == severity)
                    .count();
                write!(out, " {} |", thousands(number as u64))?;
            }
            writeln!(out)?;
        }
        writeln!(out, "\n- Rewrites: {}.", by_applicability(report))?;
    }
    let roots: Vec<_> = header
        .roots
        .iter()
        .map(|root| if root == "-" { "standard input".to_owned() } else { code(root) })
        .collect();
    writeln!(
        out,
        "- Scanned: {}; {}, begun {} (UTC) by {} {}.",
        roots.join(", "),
        text(&scanned(report)),
        header.started.strftime("%Y-%m-%d %H:%M"),
        text(&header.tool),
        text(&header.version)
    )?;
    if let Some(audited) = audited(report) {
        writeln!(out, "- Audit: {}.", text(&audited))?;
    }
    if let Some(config) = &header.config {
        writeln!(out, "- Config: {}.", code(config))?;
    }
    let suppressed = suppressed(report);
    if !suppressed.is_empty() {
        writeln!(out, "- Suppressed: {}.", text(&suppressed.join(", ")))?;
    }
    let left_out = left_out(report);
    if !left_out.is_empty() {
        writeln!(out, "- Left out by choice: {}.", text(&left_out.join(", ")))?;
    }
    let timeline = report.summary.calendar.timeline;
    writeln!(
        out,
        "- Dates: creation ended {}, brownouts from {}, removed {}; this report is of {}.\n",
        timeline.creation_ended,
        timeline.brownouts_start,
        timeline.removed,
        report.summary.calendar.today
    )
}

fn next(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let commands = commands(report);
    if commands.is_empty() {
        return Ok(());
    }
    writeln!(out, "## Next\n")?;
    for (command, what) in commands {
        writeln!(out, "- {} {}", code(&command), text(&what))?;
    }
    if let Some(options) = same_options(report) {
        writeln!(out, "- with the options of this scan: {}", code(&options))?;
    }
    writeln!(out)
}

/// One finding: what it is, the use before and after, and what to do.
fn entry(
    report: &Report,
    finding: &Finding,
    number: usize,
    shared: &Shared<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out, "### {number}. {}\n", code(&place(report, finding)))?;
    writeln!(
        out,
        "**{}** {}: {}\n",
        words::severity(finding.severity),
        code(&finding.rule),
        text(&sentence(&finding.message))
    )?;
    let after = finding.rewrite.as_ref().and_then(|rewrite| rewrite.replacement.as_deref());
    writeln!(out, "{}\n", diff(finding, after))?;
    if let Some(rewrite) = &finding.rewrite {
        let name = applicability(finding, rewrite);
        writeln!(out, "- **{name}**: {}", text(&sentence(&rewrite.reason)))?;
    }
    let mut facts = vec![text(&what(finding))];
    let codes = [
        ("secret", &finding.secret_masked),
        ("username", &finding.username),
        ("variable", &finding.variable),
        ("git config key", &finding.git_config_key),
    ];
    facts.extend(
        codes.iter().filter_map(|(name, value)| Some(format!("{name} {}", code(value.as_ref()?)))),
    );
    let rows = history(finding).into_iter().chain(ownership(finding)).chain(known(finding));
    facts.extend(rows.map(|(name, said)| format!("{name} {}", code(&said))));
    writeln!(out, "- {}", facts.join("; "))?;
    if !finding.scopes.is_empty() {
        let scopes: Vec<_> = finding.scopes.iter().map(|scope| code(scope)).collect();
        writeln!(out, "- scopes of the new token: {}", scopes.join(", "))?;
    }
    for one in shared.own(finding) {
        writeln!(out, "- then: {}", step(one))?;
    }
    if finding.rewrite.is_none() {
        writeln!(out, "- {}", text(&finding.help))?;
    }
    writeln!(out)
}

fn skipped(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let sections = [("Not read", true), ("Left out by choice", false)];
    for (title, breaking) in sections {
        let rows: Vec<_> =
            report.skipped.iter().filter(|row| row.breaks_completeness == breaking).collect();
        if rows.is_empty() {
            continue;
        }
        writeln!(out, "## {title}\n\n| Path | Reason | Detail |\n|---|---|---|")?;
        for row in rows {
            writeln!(
                out,
                "| {} | {} | {} |",
                cell(&report.shown_path(row.root, &row.path)),
                text(&row.reason),
                text(&row.detail)
            )?;
        }
        writeln!(out)?;
    }
    Ok(())
}
