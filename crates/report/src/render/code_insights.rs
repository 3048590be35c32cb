//! `code-insights`: a report with annotations for a commit on Bitbucket Cloud.
//!
//! Source: <https://developer.atlassian.com/cloud/bitbucket/rest/api-group-reports/>

use std::io::{self, Write};

use bbsweep_scanner_core::{Severity, State};
use serde_json::{Value, json};

use super::RenderOptions;
use super::layout::{edits, incomplete, shown, verdict};
use crate::model::{Applicability, Finding, Report};
use crate::words::{cut, sentence};

/// Bitbucket takes no more for one report.
pub const MOST_ANNOTATIONS: usize = 1000;
/// Characters of a summary, and of details.
const SUMMARY: usize = 450;
const DETAILS: usize = 2000;

/// What is put for a commit.
#[derive(Clone, Debug, PartialEq)]
pub struct Insights {
    /// The body of the report.
    pub report: Value,
    /// Its annotations, worst first: at most [`MOST_ANNOTATIONS`].
    pub annotations: Vec<Value>,
}

impl Insights {
    /// The insights of a report. Paths are relative to what was scanned: it has to be the repository's
    /// top level.
    pub fn new(report: &Report, options: RenderOptions) -> Self {
        let mut findings: Vec<&Finding> = shown(report, options.notes).collect();
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        let failed = findings.iter().any(|finding| finding.severity > Severity::Note);
        let incomplete = incomplete(report);
        let (head, rest) = verdict(report, options);
        let mut details = sentence(&format!("{head}{rest}"));
        if let Some(why) = &incomplete {
            details = format!("{details} Incomplete: {why}.");
        }
        if findings.len() > MOST_ANNOTATIONS {
            details = format!("{details} The first {MOST_ANNOTATIONS} are annotated.");
        }
        details = format!("{details} {}", report.summary.calendar.message);
        let number =
            |title: &str, value: u64| json!({"title": title, "type": "NUMBER", "value": value});
        let of = |state| report.summary.findings.get(&state).copied().unwrap_or(0);
        let data = json!([
            number("App passwords", of(State::AppPassword)),
            number("References", of(State::Reference)),
            number("Half-migrated", of(State::HalfMigrated)),
            number("Dead secrets", of(State::DeadSecret)),
            number("Safe edits", edits(report, Applicability::Safe)),
            number("Edits for review", edits(report, Applicability::Review)),
            number("Manual", edits(report, Applicability::Manual)),
            {"title": "Complete", "type": "BOOLEAN", "value": incomplete.is_none()},
        ]);
        let result = if failed || incomplete.is_some() { "FAILED" } else { "PASSED" };
        Self {
            report: json!({
                "title": "Bitbucket app passwords",
                "details": cut(&details, DETAILS),
                "report_type": "SECURITY",
                "reporter": "bbsweep",
                "result": result,
                "data": data,
            }),
            annotations: findings
                .iter()
                .take(MOST_ANNOTATIONS)
                .enumerate()
                .map(|(at, finding)| annotation(at, finding))
                .collect(),
        }
    }
}

fn annotation(at: usize, finding: &Finding) -> Value {
    let severity = match finding.severity {
        Severity::Error => "HIGH",
        Severity::Warning => "MEDIUM",
        Severity::Note => "LOW",
    };
    json!({
        // One finding in several lines has one fingerprint.
        "external_id": format!("bbsweep-{}-{at}", finding.id),
        "annotation_type": "VULNERABILITY",
        "path": finding.path,
        "line": finding.line,
        "summary": cut(&finding.message, SUMMARY),
        "details": cut(&finding.help, DETAILS),
        "severity": severity,
        "result": "FAILED",
    })
}

pub(super) fn render(
    report: &Report,
    options: RenderOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let Insights { report, annotations } = Insights::new(report, options);
    serde_json::to_writer_pretty(
        &mut *out,
        &json!({"report": report, "annotations": annotations}),
    )?;
    writeln!(out)
}
