//! One edit on the screen: a word diff, secrets masked.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use bbsweep_report::Report;
use bbsweep_rewriters::review::{Hunk, Line};
use bbsweep_rewriters::{Applicability, Plan};

use crate::changes::{BAD, DIM, GOOD, STRONG, shown_path};
use crate::output;
use crate::scan::name;

const REMOVED: Style = AnsiColor::Red.on_default().strikethrough();
const ADDED: Style = AnsiColor::Green.on_default().bold();

/// Shows the fixes of `unit`, which are made together, with what they change in each file.
pub(super) fn unit(
    out: &mut dyn Write,
    (number, of): (usize, usize),
    plan: &Plan,
    report: &Report,
    unit: &[usize],
    hunks: &[(usize, Result<Vec<Hunk>, String>)],
    verbose: bool,
) -> io::Result<()> {
    let first = unit[0];
    let fix = &plan.fixes[first];
    // As far as the least of them can be trusted.
    let least = unit.iter().map(|index| plan.fixes[*index].applicability).min();
    let applicability = least.unwrap_or(Applicability::Review);
    let style = if applicability == Applicability::Safe { GOOD } else { BAD };
    writeln!(out)?;
    writeln!(
        out,
        "{DIM}({number}/{of}){DIM:#} {STRONG}{}{STRONG:#} {style}{}{style:#}",
        plan.rules.get(first).map_or("", |rule| rule.id()),
        name(applicability)
    )?;
    if let Some(finding) = report.findings.get(first) {
        writeln!(out, "{}", output::fill(&finding.message, "  "))?;
    }
    if let (Some(variable), true) = (&fix.renamed, unit.len() > 1) {
        writeln!(out, "  {variable} is renamed in {} places: all or none", unit.len())?;
    }
    writeln!(out, "{}", output::fill(&format!("why: {}", fix.reason), "  "))?;
    // They are told at the end for all edits that are made.
    for step in fix.own_steps().filter(|_| verbose) {
        writeln!(out, "{}", output::fill(&format!("then: {step}"), "  "))?;
    }
    for (file, hunks) in hunks {
        let path = shown_path(report, plan, *file);
        match hunks {
            Ok(hunks) => {
                for hunk in hunks {
                    writeln!(out, "{DIM}{path}:{}{DIM:#}", hunk.line)?;
                    diff(out, hunk)?;
                }
            }
            Err(why) => writeln!(out, "{BAD}{path}: {why}{BAD:#}")?,
        }
    }
    Ok(())
}

/// Line beside line where there are as many: what goes and what comes in one line. Marked in text too,
/// as by `git diff --word-diff`, for those who see no colours.
fn diff(out: &mut dyn Write, hunk: &Hunk) -> io::Result<()> {
    if hunk.old.len() == hunk.new.len() {
        for (old, new) in hunk.old.iter().zip(&hunk.new) {
            words(out, old, new)?;
        }
        return Ok(());
    }
    for line in &hunk.old {
        write!(out, "{REMOVED}-{REMOVED:#} ")?;
        words(out, line, &kept(line))?;
    }
    for line in &hunk.new {
        write!(out, "{ADDED}+{ADDED:#} ")?;
        words(out, &kept(line), line)?;
    }
    Ok(())
}

fn kept(line: &Line) -> Line {
    line.iter().filter(|piece| !piece.changed).cloned().collect()
}

/// Both sides have the same unchanged pieces in the same order.
fn words(out: &mut dyn Write, old: &Line, new: &Line) -> io::Result<()> {
    let mut new = new.iter().peekable();
    let added = |out: &mut dyn Write, text: &str| write!(out, "{ADDED}{{+{text}+}}{ADDED:#}");
    for piece in old {
        if piece.changed {
            write!(out, "{REMOVED}[-{}-]{REMOVED:#}", piece.text)?;
            continue;
        }
        while let Some(other) = new.next_if(|other| other.changed) {
            added(out, &other.text)?;
        }
        write!(out, "{}", piece.text)?;
        new.next();
    }
    for other in new.filter(|other| other.changed) {
        added(out, &other.text)?;
    }
    writeln!(out)
}
