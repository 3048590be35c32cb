//! What `patch` and `apply` say: findings that are left, variables to create, steps to take.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use bbsweep_report::render::{PlannedRow, command, general_steps, token_plan};
use bbsweep_report::{Finding, PlannedToken, Report, ReportSetting};
use bbsweep_rewriters::{Applicability, Plan};
use bbsweep_scanner_core::Severity;
use serde::Serialize;

use crate::output;
use crate::scan::name;

pub(crate) const STRONG: Style = Style::new().bold();
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const BAD: Style = AnsiColor::Red.on_default();
pub(crate) const DIM: Style = Style::new().dimmed();

/// A finding that no edit takes away.
#[derive(Debug, Serialize)]
pub(crate) struct Left {
    path: String,
    line: u64,
    rule: String,
    severity: Severity,
    applicability: &'static str,
    reason: String,
    steps: Vec<String>,
}

/// What edits cannot do.
#[derive(Debug, Serialize)]
pub(crate) struct ToDo {
    /// Findings that stay, notes apart.
    pub(crate) left: Vec<Left>,
    /// What to do besides the token plan for the edits that are made, each step once.
    pub(crate) steps: Vec<String>,
    /// Variables to create.
    pub(crate) create: Vec<ReportSetting>,
    /// The credentials and what takes their place.
    token_plan: Vec<PlannedToken>,
    /// The same in words.
    #[serde(skip)]
    rows: Vec<PlannedRow>,
}

impl ToDo {
    /// `made[i]` says whether the fix of finding `i` is made.
    pub(crate) fn new(report: &Report, plan: &Plan, made: &[bool]) -> Self {
        let mut to_do = Self {
            left: Vec::new(),
            steps: Vec::new(),
            create: report.summary.settings.clone(),
            token_plan: report.summary.token_plan.clone(),
            rows: token_plan(report),
        };
        if made.contains(&true) {
            to_do.steps = general_steps(report);
        }
        for ((finding, fix), made) in report.findings.iter().zip(&plan.fixes).zip(made) {
            if *made {
                for step in fix.own_steps() {
                    if !to_do.steps.iter().any(|known| known == step) {
                        to_do.steps.push(step.to_owned());
                    }
                }
            } else if finding.severity > Severity::Note {
                to_do.left.push(Left::new(report, finding, fix.applicability));
            }
        }
        to_do
    }

    /// How many of those left could be edited.
    pub(crate) fn left_for_review(&self) -> usize {
        self.left.iter().filter(|left| left.applicability == name(Applicability::Review)).count()
    }

    pub(crate) fn write(&self, verbose: bool, out: &mut dyn Write) -> io::Result<()> {
        if !self.left.is_empty() {
            writeln!(out, "\n{STRONG}Left{STRONG:#}")?;
        }
        for left in &self.left {
            writeln!(
                out,
                "  {}:{}  {DIM}{}, {}{DIM:#}",
                left.path, left.line, left.rule, left.applicability
            )?;
            writeln!(out, "{}", output::fill(&left.reason, "      "))?;
            if verbose {
                list(&left.steps, "      ", out)?;
            }
        }
        if !self.rows.is_empty() {
            writeln!(out, "\n{STRONG}Token plan{STRONG:#}")?;
        }
        for (number, row) in (1..).zip(&self.rows) {
            writeln!(out, "  {STRONG}{number}. {}: {}{STRONG:#}", row.title, row.extent)?;
            for (name, fact) in &row.facts {
                let text = output::fill(&format!("{name:<8} {fact}"), "              ");
                writeln!(out, "     {}", text.trim_start())?;
            }
        }
        if !self.steps.is_empty() {
            writeln!(out, "\n{STRONG}Next steps{STRONG:#}")?;
            list(&self.steps, "  ", out)?;
        }
        Ok(())
    }
}

/// Steps, a command in one on a line of its own to be copied.
fn list(steps: &[String], indent: &str, out: &mut dyn Write) -> io::Result<()> {
    let below = format!("{indent}  ");
    for step in steps {
        let (text, command) = match command(step) {
            Some((purpose, command)) => (format!("{purpose}:"), Some(command)),
            None => (step.clone(), None),
        };
        writeln!(out, "{indent}- {}", output::fill(&text, &below).trim_start())?;
        if let Some(command) = command {
            writeln!(out, "{below}  {STRONG}{command}{STRONG:#}")?;
        }
    }
    Ok(())
}

impl Left {
    fn new(report: &Report, finding: &Finding, applicability: Applicability) -> Self {
        let (reason, steps) = finding
            .rewrite
            .as_ref()
            .map(|rewrite| (rewrite.reason.clone(), rewrite.steps.clone()))
            .unwrap_or_default();
        Self {
            path: report.shown_path(finding.root, &finding.path),
            line: finding.line,
            rule: finding.rule.clone(),
            severity: finding.severity,
            applicability: name(applicability),
            reason,
            steps,
        }
    }
}

/// The path of [`Plan::files`]`[file]` as the user can open it, masked.
pub(crate) fn shown_path(report: &Report, plan: &Plan, file: usize) -> String {
    let first = plan.files.get(file).and_then(|file| file.fixes.first());
    first
        .and_then(|&index| report.findings.get(index))
        .map(|finding| report.shown_path(finding.root, &finding.path))
        .unwrap_or_default()
}

/// "1 file", "2 files".
pub(crate) fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}
