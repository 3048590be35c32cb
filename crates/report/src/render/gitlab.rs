//! `gitlab`: GitLab's report of secret detection, an artifact of the kind `secret_detection`.
//!
//! Source: <https://gitlab.com/gitlab-org/security-products/security-report-schemas>

use std::io::{self, Write};

use bbsweep_scanner_core::{Confidence, Rule, Severity};
use jiff::ToSpan as _;
use serde_json::{Value, json};

use super::layout::{incomplete, shown};
use crate::model::{Finding, Report};
use crate::words::{cut, sentence};

/// The version of the schema that is written.
const VERSION: &str = "15.1.4";
/// What GitLab's own analyzer names for what is in no commit.
const NO_COMMIT: &str = "0000000";

/// The schema's limits, in characters.
const NAME: usize = 255;
const SOLUTION: usize = 7000;

pub(super) fn render(report: &Report, notes: bool, out: &mut dyn Write) -> io::Result<()> {
    let tool = json!({
        "id": "bbsweep",
        "name": "bbsweep",
        "url": "https://bitbucket.org/bbsweep/bbsweep",
        "vendor": {"name": "bbsweep"},
        "version": report.header.version,
    });
    let elapsed = i64::try_from(report.summary.elapsed_ms).unwrap_or(0).milliseconds();
    let ended = report.header.started.checked_add(elapsed).unwrap_or(report.header.started);
    let status = if incomplete(report).is_none() { "success" } else { "failure" };
    let messages: Vec<Value> = report
        .unread()
        .map(|row| {
            let path = report.shown_path(row.root, &row.path);
            json!({"level": "warn", "value": format!("not read: {path}: {}: {}", row.reason, row.detail)})
        })
        .collect();
    let document = json!({
        "version": VERSION,
        "scan": {
            "analyzer": tool,
            "scanner": tool,
            "type": "secret_detection",
            "start_time": report.header.started.strftime("%Y-%m-%dT%H:%M:%S").to_string(),
            "end_time": ended.strftime("%Y-%m-%dT%H:%M:%S").to_string(),
            "status": status,
            "messages": messages,
        },
        "vulnerabilities": shown(report, notes).map(|row| vulnerability(report, row)).collect::<Vec<_>>(),
    });
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

fn vulnerability(report: &Report, finding: &Finding) -> Value {
    let severity = match finding.severity {
        Severity::Error => "Critical",
        Severity::Warning => "Medium",
        Severity::Note => "Info",
    };
    let confidence = match finding.confidence {
        Confidence::Certain => "Confirmed",
        Confidence::Likely => "High",
        Confidence::Possible => "Low",
    };
    let mut identifier = json!({"type": "bbsweep_rule", "name": format!("bbsweep {}", finding.rule), "value": finding.rule});
    if let Some(source) = Rule::from_id(&finding.rule).and_then(|rule| rule.info().sources.first())
    {
        identifier["url"] = json!(source);
    }
    let path = report.shown_path(finding.root, &finding.path);
    // What is particular to the place is in the description.
    let name =
        Rule::from_id(&finding.rule).map_or(finding.rule.as_str(), |rule| rule.info().summary);
    json!({
        // One finding in several lines has one fingerprint.
        "id": format!("{}:{}", finding.id, finding.line),
        "category": "secret_detection",
        "name": cut(name, NAME),
        "description": sentence(&finding.message),
        "severity": severity,
        "confidence": confidence,
        "solution": cut(&finding.help, SOLUTION),
        "location": {
            "file": path.trim_start_matches("./"),
            "start_line": finding.line,
            "end_line": finding.line,
            "commit": {"sha": finding.commit.as_deref().unwrap_or(NO_COMMIT)},
        },
        "identifiers": [identifier],
    })
}
