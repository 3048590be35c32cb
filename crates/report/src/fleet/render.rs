//! A fleet's view for people and programs.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{self, Write};

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::view::{FleetView, HostState, Share};
use crate::render::{line, page_head};
use crate::words::{count, thousands};

/// How a fleet is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FleetFormat {
    /// Text, and Markdown at once.
    Markdown,
    /// One page.
    Html,
    /// One object.
    Json,
}

/// Rows of a table for people; the rest is counted.
const ROWS: usize = 40;

/// Writes a fleet's view.
///
/// # Errors
/// `out` takes no more.
pub fn render_fleet(view: &FleetView, format: FleetFormat, out: &mut dyn Write) -> io::Result<()> {
    match format {
        FleetFormat::Json => {
            serde_json::to_writer_pretty(&mut *out, view)?;
            writeln!(out)
        }
        FleetFormat::Markdown => out.write_all(markdown(view).as_bytes()),
        FleetFormat::Html => writeln!(out, "{}", page(view).into_string()),
    }
}

/// One table: heads, and rows of as many cells.
struct Table {
    title: &'static str,
    head: Vec<&'static str>,
    rows: Vec<Vec<String>>,
    /// Rows that the view has not.
    beyond: u64,
}

impl Table {
    /// How many rows there are besides the first `shown`.
    fn more(&self, shown: usize) -> Option<u64> {
        let more = self.rows.len().saturating_sub(shown) as u64 + self.beyond;
        (more > 0).then_some(more)
    }
}

/// The tables in the order in which they are read: what waits for somebody first.
fn tables(view: &FleetView) -> Vec<Table> {
    let share = |title, what, rows: &[Share], beyond| Table {
        beyond,
        title,
        head: vec![what, "Errors", "Warnings", "Manual", "Hosts"],
        rows: rows
            .iter()
            .map(|row| {
                let mut cells = vec![row.name.clone()];
                cells.extend([row.errors, row.warnings, row.manual, row.hosts].map(thousands));
                cells
            })
            .collect(),
    };
    let mut tables = vec![Table {
        beyond: view.beyond.blockers,
        title: "Blockers",
        head: vec!["Rule", "Why no edit is made", "Places", "Hosts", "Such as"],
        rows: view
            .blockers
            .iter()
            .map(|row| {
                vec![
                    row.rule.clone(),
                    row.reason.clone(),
                    thousands(row.places),
                    thousands(row.hosts),
                    row.samples.join(", "),
                ]
            })
            .collect(),
    }];
    tables.push(share("By team", "Team", &view.teams, 0));
    tables.push(Table {
        beyond: view.beyond.credentials,
        title: "Token plan",
        head: vec![
            "Credential",
            "Places",
            "Hosts",
            "Repositories",
            "Manual",
            "For",
            "Scopes of the new token",
        ],
        rows: view
            .credentials
            .iter()
            .map(|row| {
                let short = row.credential.get(..17).unwrap_or(&row.credential);
                vec![
                    format!("{} {short}", row.secret_masked.as_deref().unwrap_or(""))
                        .trim()
                        .to_owned(),
                    thousands(row.places),
                    thousands(row.hosts),
                    thousands(row.repositories),
                    thousands(row.manual),
                    row.uses.join(", "),
                    row.scopes.join(" "),
                ]
            })
            .collect(),
    });
    tables.push(share("By repository", "Repository", &view.repositories, view.beyond.repositories));
    tables.push(share("By rule", "Rule", &view.rules, 0));
    tables.push(Table {
        beyond: 0,
        title: "Hosts",
        head: vec!["Host", "State", "Scanned", "Last run", "Errors", "Warnings", "Unread"],
        rows: view
            .hosts
            .iter()
            .map(|row| {
                let started = row.started.map(|at| at.strftime("%Y-%m-%d %H:%M").to_string());
                vec![
                    row.host.clone(),
                    state(row.state).to_owned(),
                    row.scope.replace('\n', " "),
                    started.unwrap_or_default(),
                    thousands(row.errors),
                    thousands(row.warnings),
                    thousands(row.unread),
                ]
            })
            .collect(),
    });
    tables.push(Table {
        beyond: 0,
        title: "Burn-down",
        head: vec!["Until", "Left", "Hosts"],
        rows: view
            .burn_down
            .iter()
            .rev()
            .map(|week| vec![week.until.to_string(), thousands(week.left), thousands(week.hosts)])
            .collect(),
    });
    tables.retain(|table| !table.rows.is_empty());
    tables
}

const fn state(state: HostState) -> &'static str {
    match state {
        HostState::Missing => "MISSING",
        HostState::Partial => "PARTIAL",
        HostState::Stale => "STALE",
        HostState::Current => "current",
    }
}

/// The sentences at the top.
fn verdict(view: &FleetView) -> Vec<String> {
    let all: BTreeSet<&str> = view.hosts.iter().map(|row| row.host.as_str()).collect();
    let with: BTreeSet<&str> = view
        .hosts
        .iter()
        .filter(|row| row.errors + row.warnings > 0)
        .map(|row| row.host.as_str())
        .collect();
    let mut lines = vec![format!(
        "{} and {} are left, on {} of {}; {} known apart.",
        count(view.errors, "error", "errors"),
        count(view.warnings, "warning", "warnings"),
        thousands(with.len() as u64),
        count(all.len() as u64, "host", "hosts"),
        count(view.distinct_credentials, "credential is", "credentials are")
    )];
    let number = |wanted| {
        let rows = view.hosts.iter().filter(|row| row.state == wanted).count() as u64;
        thousands(rows)
    };
    if !view.complete {
        lines.push(format!(
            "INCOMPLETE: missing {}, with partial runs alone {}, stale {}; \"clean\" can't be claimed.",
            number(HostState::Missing),
            number(HostState::Partial),
            number(HostState::Stale)
        ));
    }
    if let Some(rate) = view.per_week {
        let going = if rate > 0.01 {
            format!("{rate:.1} findings a week go")
        } else if rate < -0.01 {
            format!("{:.1} findings a week come", -rate)
        } else {
            "Nothing has changed lately".to_owned()
        };
        match view.zero {
            Some(day) => lines.push(format!("{going}: nothing is left on {day}, if that goes on.")),
            None => lines.push(format!("{going}: no day without any is in sight.")),
        }
    }
    lines.extend(view.notes.iter().map(|note| format!("Note: {note}.")));
    lines
}

/// Aligned, so that it reads as text too.
fn markdown(view: &FleetView) -> String {
    let mut out = format!(
        "# Bitbucket app passwords in the fleet, {}\n\n",
        view.generated.strftime("%Y-%m-%d")
    );
    for line in verdict(view) {
        let _ = writeln!(out, "- {}", cell(&line));
    }
    for table in tables(view) {
        let _ = writeln!(out, "\n## {}\n", table.title);
        let shown = &table.rows[..table.rows.len().min(ROWS)];
        let cells: Vec<Vec<String>> =
            shown.iter().map(|row| row.iter().map(|text| cell(text)).collect()).collect();
        let widths: Vec<usize> = (0..table.head.len())
            .map(|at| {
                let of_rows = cells.iter().map(|row| row[at].chars().count());
                of_rows.chain([table.head[at].len()]).max().unwrap_or(0)
            })
            .collect();
        let line = |cells: &mut dyn Iterator<Item = String>| {
            let cells = cells.zip(&widths).map(|(text, width)| format!("{text:<width$}"));
            format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
        };
        out += &line(&mut table.head.iter().map(ToString::to_string));
        out += &line(&mut widths.iter().map(|width| "-".repeat(*width)));
        for row in cells {
            out += &line(&mut row.into_iter());
        }
        if let Some(more) = table.more(ROWS) {
            let _ = writeln!(out, "\nand {} more.", thousands(more));
        }
    }
    out
}

/// A text in a cell: nothing in it is markup, and nothing drives a terminal.
fn cell(text: &str) -> String {
    crate::render::clean_text(text).replace('|', "\\|")
}

const SCRIPT: &str = include_str!("../render/html/page.js");
const STYLE: &str = concat!(
    include_str!("../render/base.css"),
    include_str!("../render/html/page.css"),
    include_str!("fleet.css")
);

fn page(view: &FleetView) -> Markup {
    let title = "Bitbucket app passwords in the fleet";
    let weeks: Vec<(String, u64)> =
        view.burn_down.iter().map(|week| (format!("until {}", week.until), week.left)).collect();
    html! {
        (DOCTYPE)
        html lang="en" {
            (page_head(title, STYLE, SCRIPT))
            body {
                header {
                    h1 { (title) }
                    p.meta { (view.generated.strftime("%Y-%m-%d %H:%M")) " UTC" }
                    @for line in verdict(view) { p { (crate::render::clean_text(&line)) } }
                }
                main {
                    (line("Burn-down", &weeks))
                    @for table in tables(view) {
                        section {
                            h2 { (table.title) }
                            div.wide tabindex="0" role="region" aria-label=(table.title) {
                                table.rows {
                                    thead { tr { @for name in &table.head { th scope="col" { (name) } } } }
                                    tbody {
                                        @for row in table.rows.iter().take(ROWS * 25) {
                                            tr { @for text in row { td { (crate::render::clean_text(text)) } } }
                                        }
                                    }
                                }
                            }
                            @if let Some(more) = table.more(ROWS * 25) { p { "and " (thousands(more)) " more." } }
                        }
                    }
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
}
