//! The token plan: a table of the credentials, then each with its facts and places.

use std::io::{self, Write};

use super::escape::{cell, code, step, text};
use crate::model::{Finding, Report};
use crate::render::layout::{Shared, place};
use crate::render::plan::{action, besides, extent, title, token_plan, used_for};
use crate::token_plan::PlannedToken;

pub(super) fn render(report: &Report, shared: &Shared<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (rows, besides) = (&report.summary.token_plan, besides(report, shared));
    if rows.is_empty() && besides.is_empty() {
        return Ok(());
    }
    writeln!(out, "## Token plan\n")?;
    if !rows.is_empty() {
        writeln!(out, "| | Credential | Found in | Used for | Token | Scopes | Variables |")?;
        writeln!(out, "|--:|---|---|---|---|---|---|")?;
        for (number, row) in (1..).zip(rows) {
            line(number, row, out)?;
        }
        writeln!(out)?;
    }
    for one in &besides {
        writeln!(out, "- {}", step(one))?;
    }
    if !besides.is_empty() {
        writeln!(out)?;
    }
    for (number, (row, words)) in (1..).zip(rows.iter().zip(token_plan(report))) {
        writeln!(out, "### Credential {number}: {}\n", text(&words.title))?;
        for (name, fact) in &words.facts {
            writeln!(out, "- {name}: {}", text(fact))?;
        }
        let places: Vec<_> =
            places(report, row).map(|finding| code(&place(report, finding))).collect();
        writeln!(out, "- found in {}: {}\n", text(&words.extent), places.join(", "))?;
    }
    Ok(())
}

fn line(number: usize, row: &PlannedToken, out: &mut dyn Write) -> io::Result<()> {
    let codes = |texts: &mut dyn Iterator<Item = &String>| {
        texts.map(|text| cell(text)).collect::<Vec<_>>().join(" ")
    };
    writeln!(
        out,
        "| {number} | {} | {} | {} | {} | {} | {} |",
        text(&title(row)),
        text(&extent(row)),
        text(&used_for(row)),
        action(row),
        codes(&mut row.scopes.iter()),
        codes(&mut row.variables.iter().map(|variable| &variable.name))
    )
}

/// The findings of a row.
fn places<'a>(report: &'a Report, row: &'a PlannedToken) -> impl Iterator<Item = &'a Finding> {
    let mut ids = row.findings.iter().peekable();
    // Both are in the report's order.
    report.findings.iter().filter(move |finding| ids.next_if(|id| **id == finding.id).is_some())
}
