//! `html`: the report as one page that needs nothing else; without a script only the sorting is missing.

pub(crate) mod chart;

use std::collections::BTreeMap;
use std::io::{self, Write};

use bbsweep_scanner_core::Severity;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use self::chart::{bars, line};
use super::RenderOptions;
use super::layout::{
    applicability, audited, by_applicability, clean, history, incomplete, known, left_out,
    ownership, place, scanned, shown, suppressed, verdict, what,
};
use super::page::{head, plan, step};
use crate::model::{Finding, Report, STATES};
use crate::words::{self, sentence};

const STYLE: &str = concat!(include_str!("base.css"), include_str!("html/page.css"));
const SCRIPT: &str = include_str!("html/page.js");
/// Bars of a chart; what is left is one more.
const BARS: usize = 12;

pub(super) fn render(
    report: &Report,
    options: RenderOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    out.write_all(page(report, options).into_string().as_bytes())?;
    writeln!(out)
}

fn page(report: &Report, options: RenderOptions) -> Markup {
    let findings: Vec<&Finding> = shown(report, options.notes).collect();
    let title = format!("Bitbucket app passwords on {}", clean(&report.header.host));
    let (first, rest) = verdict(report, options);
    html! {
        (DOCTYPE)
        html lang="en" {
            (head(&title, STYLE, SCRIPT))
            body {
                header {
                    h1 { (title) }
                    p.verdict { strong { (first) } (clean(&sentence(&rest))) }
                    p { (clean(&report.summary.calendar.message)) }
                    @if let Some(why) = incomplete(report) {
                        p.warning role="note" {
                            strong { "Incomplete: " } (clean(&why))
                            ". What is in there is not in this report, and \"clean\" can't be claimed."
                        }
                    }
                    (facts(report))
                }
                main {
                    (burn_down(report))
                    @if !findings.is_empty() {
                        section.charts aria-label="Charts" { (charts(report, &findings)) }
                        (plan(report))
                        section {
                            h2 { "Findings" }
                            (table(report, &findings))
                        }
                        section {
                            h2 { "Details" }
                            @for (number, finding) in (1..).zip(&findings) { (details(report, finding, number)) }
                        }
                    }
                    (hidden(report, options))
                    (unread(report))
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
}

fn facts(report: &Report) -> Markup {
    let header = &report.header;
    let left_out = left_out(report);
    let suppressed = suppressed(report);
    html! {
        dl {
            dt { "scanned" }
            dd {
                @for (at, root) in header.roots.iter().enumerate() {
                    @if at > 0 { ", " }
                    code { (clean(root)) }
                }
                "; " (clean(&scanned(report)))
            }
            dt { "begun" }
            dd { (header.started.strftime("%Y-%m-%d %H:%M")) " UTC, by bbsweep " (clean(&header.version)) }
            dt { "rewrites" } dd { (by_applicability(report)) }
            @if let Some(audited) = audited(report) { dt { "audit" } dd { (audited) } }
            @if let Some(config) = &header.config { dt { "config" } dd { code { (clean(config)) } } }
            @if !suppressed.is_empty() { dt { "suppressed" } dd { (clean(&suppressed.join(", "))) } }
            @if !left_out.is_empty() { dt { "left out" } dd { (clean(&left_out.join(", "))) } }
        }
    }
}

fn charts(report: &Report, findings: &[&Finding]) -> Markup {
    let states: Vec<(String, u64)> = STATES
        .iter()
        .map(|state| {
            let number = findings.iter().filter(|finding| finding.state == *state).count();
            (words::state(*state).to_owned(), number as u64)
        })
        .collect();
    let count = |of: &dyn Fn(&Finding) -> Vec<String>| {
        let mut counts = BTreeMap::<String, u64>::new();
        for finding in findings {
            for name in of(finding) {
                *counts.entry(name).or_default() += 1;
            }
        }
        let mut rows: Vec<(String, u64)> = counts.into_iter().collect();
        rows.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        if rows.len() > BARS {
            let rest = rows.split_off(BARS);
            let sum = rest.iter().map(|(_, number)| number).sum();
            rows.push((format!("{} more", rest.len()), sum));
        }
        rows
    };
    let rules = count(&|finding| vec![finding.rule.clone()]);
    let repositories = count(&|finding| {
        let name = finding.repository.as_deref().map(|name| report.shown_path(finding.root, name));
        vec![name.unwrap_or_else(|| "no repository".to_owned())]
    });
    let owners = count(&|finding| finding.owners.clone());
    html! {
        (bars("By state", &states))
        (bars("By rule", &rules))
        (bars("By repository", &repositories))
        @if !owners.is_empty() { (bars("By owner", &owners)) }
    }
}

/// How the audits until this one went.
fn burn_down(report: &Report) -> Markup {
    let rows: Vec<(String, u64)> = report
        .summary
        .audit_runs
        .iter()
        .map(|run| {
            let partial = if run.complete { "" } else { " (partial)" };
            (format!("{}{partial}", run.started.strftime("%Y-%m-%d")), run.left)
        })
        .collect();
    line("Burn-down", &rows)
}

/// The rows that a reader sorts.
fn table(report: &Report, findings: &[&Finding]) -> Markup {
    let has_owners = findings.iter().any(|finding| !finding.owners.is_empty());
    html! {
        div.wide tabindex="0" role="region" aria-label="Findings" {
            table #findings {
                thead { tr {
                    @for name in ["#", "Severity", "Rule", "Place", "What", "Edit"] {
                        th scope="col" { (name) }
                    }
                    @if has_owners { th scope="col" { "Owners" } }
                } }
                tbody {
                    @for (number, finding) in (1..).zip(findings) {
                        tr {
                            td data-sort=(number) { a href={ "#finding-" (number) } { (number) } }
                            td data-sort=(order(finding.severity)) { (words::severity(finding.severity)) }
                            td { (clean(&finding.rule)) }
                            td { code { (clean(&place(report, finding))) } }
                            td { (what(finding)) }
                            td { (finding.rewrite.as_ref().map_or("manual", |row| applicability(finding, row))) }
                            @if has_owners { td { (clean(&finding.owners.join(" "))) } }
                        }
                    }
                }
            }
        }
    }
}

/// Errors first.
const fn order(severity: Severity) -> u8 {
    match severity {
        Severity::Error => 0,
        Severity::Warning => 1,
        Severity::Note => 2,
    }
}

fn details(report: &Report, finding: &Finding, number: usize) -> Markup {
    let (start, end) = finding.excerpt_use();
    let text = &finding.excerpt;
    let replacement = finding.rewrite.as_ref().and_then(|rewrite| rewrite.replacement.as_deref());
    let mut rows: Vec<(&str, String)> = Vec::new();
    if let Some(rewrite) = &finding.rewrite {
        rows.push((applicability(finding, rewrite), sentence(&rewrite.reason)));
    }
    let facts = [
        ("secret", &finding.secret_masked),
        ("username", &finding.username),
        ("variable", &finding.variable),
        ("git config key", &finding.git_config_key),
    ];
    rows.extend(facts.into_iter().filter_map(|(name, value)| Some((name, value.clone()?))));
    rows.extend(history(finding));
    rows.extend(ownership(finding));
    rows.extend(known(finding));
    if !finding.scopes.is_empty() {
        rows.push(("scopes", finding.scopes.join(" ")));
    }
    let steps: Vec<&str> = match &finding.rewrite {
        Some(rewrite) => rewrite.steps.iter().map(String::as_str).collect(),
        None => finding.help.lines().collect(),
    };
    html! {
        article.finding id={ "finding-" (number) } {
            h3 { span.number { (number) } " " code { (clean(&place(report, finding))) } " " span.badge { (finding.rule) } }
            p { strong { (words::severity(finding.severity)) } ": " (clean(&sentence(&finding.message))) }
            @if !text.is_empty() {
                pre { code { (clean(&text[..start])) mark { (clean(&text[start..end])) } (clean(&text[end..])) } }
            }
            @if let Some(replacement) = replacement {
                pre.after { code { @for line in replacement.lines() { ins { (clean(line)) } "\n" } } }
            }
            dl { @for (name, said) in &rows { dt { (name) } dd { (clean(said)) } } }
            @if !steps.is_empty() { ul { @for one in steps { li { (step(one)) } } } }
        }
    }
}

fn hidden(report: &Report, options: RenderOptions) -> Markup {
    let rows = &report.summary.suppressed;
    html! {
        @if options.suppressed && !rows.is_empty() {
            section {
                h2 { "Suppressed" }
                ul {
                    @for row in rows {
                        li {
                            code { (clean(&report.shown_path(row.root, &row.path))) ":" (row.line) } " "
                            (clean(&row.rule))
                            @if let Some(reason) = &row.reason { ": " (clean(reason)) }
                        }
                    }
                }
            }
        }
    }
}

fn unread(report: &Report) -> Markup {
    let sections = [("Not read", true), ("Left out by choice", false)];
    html! {
        @for (title, breaking) in sections {
            @if report.skipped.iter().any(|row| row.breaks_completeness == breaking) {
                section {
                    h2 { (title) }
                    ul {
                        @for row in report.skipped.iter().filter(|row| row.breaks_completeness == breaking) {
                            li { code { (clean(&report.shown_path(row.root, &row.path))) } ": " (clean(&row.reason)) ", " (clean(&row.detail)) }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn style_and_script_end_no_element_early() {
        for text in [STYLE, SCRIPT] {
            assert!(!text.contains("</"), "{text}");
        }
    }
}
