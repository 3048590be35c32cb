//! `review.html`: each edit side by side, on one page that needs nothing else.
//!
//! Without a script it is a plain page.

mod card;

use std::collections::BTreeSet;
use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bbsweep_scanner_core::Severity;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

use self::card::Card;
use super::layout::{by_applicability, clean, incomplete, place};
use super::page::{head, plan};
use crate::model::{APPLICABILITIES, Report};
use crate::words;

const STYLE: &str = concat!(include_str!("base.css"), include_str!("review/page.css"));
const SCRIPT: &str = include_str!("review/page.js");

/// A part of a line, masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewPiece {
    /// The text.
    pub text: String,
    /// Whether the edit takes it away or puts it there.
    pub changed: bool,
}

/// Lines that follow each other, before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewHunk {
    /// Number of the first line, from 1.
    pub line: u64,
    /// The lines as they are.
    pub old: Vec<Vec<ReviewPiece>>,
    /// What they become.
    pub new: Vec<Vec<ReviewPiece>>,
}

/// What a page is made of besides the report.
#[derive(Clone, Debug, Default)]
pub struct Review {
    /// For each finding what its edit changes; none where nothing is edited.
    pub hunks: Vec<Vec<ReviewHunk>>,
    /// The commands that make the edits.
    pub commands: Vec<String>,
}

/// Writes the page.
pub fn review(report: &Report, review: &Review, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(page(report, review).into_string().as_bytes())?;
    writeln!(out)
}

fn page(report: &Report, review: &Review) -> Markup {
    let cards: Vec<Card<'_>> = report
        .findings
        .iter()
        .zip(review.hunks.iter().map(Some).chain(std::iter::repeat(None)))
        .map(|(finding, hunks)| Card::new(report, finding, hunks.map_or(&[], Vec::as_slice)))
        .filter(|card| card.finding.severity > Severity::Note || !card.hunks.is_empty())
        .collect();
    let title = format!("Review of {}", words::count(cards.len() as u64, "finding", "findings"));
    html! {
        (DOCTYPE)
        html lang="en" {
            (head(&title, STYLE, SCRIPT))
            body data-review=(name(&cards)) {
                header {
                    h1 { (title) }
                    p { (clean(&report.summary.calendar.message)) }
                    p.meta {
                        "bbsweep " (report.header.version) " on " (clean(&report.header.host)) ", "
                        (report.summary.calendar.today) ", of "
                        @for (at, root) in report.header.roots.iter().enumerate() {
                            @if at > 0 { ", " }
                            code { (clean(root)) }
                        }
                        ". " (by_applicability(report)) ". Every secret is masked."
                    }
                    @if let Some(why) = incomplete(report) {
                        p.warning role="note" {
                            strong { "Incomplete: " } (clean(&why))
                            ". What is in there is not on this page, and \"clean\" can't be claimed."
                        }
                    }
                    (plan(report))
                    (commands(review))
                }
                (filters(&cards))
                main #findings {
                    @for (number, card) in (1..).zip(&cards) { (card.render(number)) }
                    p #nothing hidden { "No finding matches these filters." }
                }
                (help())
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
}

/// A name for what was reviewed: marks on another page of the same findings stay.
fn name(cards: &[Card<'_>]) -> String {
    let mut hash = Sha256::new();
    for card in cards {
        hash.update(&card.finding.id);
        hash.update(card.finding.line.to_string());
        hash.update([0]);
    }
    STANDARD.encode(&hash.finalize()[..12])
}

fn commands(review: &Review) -> Markup {
    html! {
        @if !review.commands.is_empty() {
            details #apply {
                summary { h2 { "Apply" } }
                ul { @for command in &review.commands { li { code.command { (clean(command)) } } } }
            }
        }
    }
}

fn filters(cards: &[Card<'_>]) -> Markup {
    let all = |of: &dyn Fn(&Card<'_>) -> Vec<String>| -> Vec<String> {
        cards.iter().flat_map(of).collect::<BTreeSet<_>>().into_iter().collect()
    };
    let rules = all(&|card| vec![card.finding.rule.clone()]);
    let owners = all(&|card| card.owners());
    let repositories = all(&|card| vec![card.repository()]);
    let applicabilities = APPLICABILITIES.map(|row| words::applicability(row).to_owned());
    let choice = |id: &str, label: &str, values: &[String]| {
        html! {
            label for=(id) { (label)
                select id=(id) {
                    option value="" { "all" }
                    @for value in values { option value=(value) { (value) } }
                }
            }
        }
    };
    html! {
        form #filters hidden aria-label="Filters" {
            (choice("rule", "Rule", &rules))
            (choice("owner", "Owner", &owners))
            (choice("repository", "Repository", &repositories))
            (choice("applicability", "Edit", &applicabilities))
            label for="text" { "Text" input #text type="search" autocomplete="off"; }
            label.check for="open" { input #open type="checkbox"; "not reviewed" }
            button type="button" #keys { "Keys" }
            output #count aria-live="polite" {}
        }
    }
}

fn help() -> Markup {
    let keys = [
        ("j", "next finding"),
        ("k", "previous finding"),
        ("r", "mark as reviewed, or take the mark back"),
        ("/", "search"),
        ("Escape", "clear the filters"),
        ("?", "these keys"),
    ];
    html! {
        dialog #help aria-labelledby="help-title" {
            h2 #help-title { "Keys" }
            dl { @for (key, what) in keys { dt { kbd { (key) } } dd { (what) } } }
            p { "Marks stay in this browser alone." }
            form method="dialog" { button { "Close" } }
        }
    }
}

/// Where a finding stands, for the head of its card.
fn place_of(report: &Report, finding: &crate::model::Finding) -> String {
    clean(&place(report, finding))
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
