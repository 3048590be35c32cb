//! `sarif`: SARIF 2.1.0, for code scanning and editors.
//!
//! Source: <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use bbsweep_scanner_core::mask::MASK;
use bbsweep_scanner_core::{Rule, Severity};
use jiff::ToSpan as _;
use serde_json::{Map, Value, json};

use super::layout::incomplete;
use crate::model::{Finding, Report, ReportSuppressed, Skipped, SuppressedBy};
use crate::words::sentence;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
const HOME: &str = "https://bitbucket.org/bbsweep/bbsweep";

/// Each report is a run. Notes are told only if `notes` says so.
pub(super) fn render(reports: &[Report], notes: bool, out: &mut dyn Write) -> io::Result<()> {
    let runs: Vec<Value> = reports.iter().map(|report| run(report, notes)).collect();
    let log = json!({"$schema": SCHEMA, "version": "2.1.0", "runs": runs});
    serde_json::to_writer_pretty(&mut *out, &log)?;
    writeln!(out)
}

fn run(report: &Report, notes: bool) -> Value {
    let shown: Vec<&Finding> =
        report.findings.iter().filter(|row| notes || row.severity > Severity::Note).collect();
    let suppressed = &report.summary.suppressed;
    let mut rules: Vec<&str> = shown.iter().map(|row| row.rule.as_str()).collect();
    rules.extend(suppressed.iter().map(|row| row.rule.as_str()));
    rules.sort_unstable();
    rules.dedup();
    let index: BTreeMap<&str, usize> = rules.iter().enumerate().map(|(at, id)| (*id, at)).collect();
    let mut results: Vec<Value> =
        shown.iter().map(|finding| result(report, finding, index[finding.rule.as_str()])).collect();
    results.extend(suppressed.iter().map(|row| hidden(report, row, index[row.rule.as_str()])));
    let notifications: Vec<Value> = report.unread().map(|row| notification(report, row)).collect();
    let header = &report.header;
    let elapsed = i64::try_from(report.summary.elapsed_ms).unwrap_or(0).milliseconds();
    let ended = header.started.checked_add(elapsed).unwrap_or(header.started);
    json!({
        "tool": {"driver": {
            "name": "bbsweep",
            "version": header.version,
            "semanticVersion": header.version,
            "informationUri": HOME,
            "rules": rules.iter().map(|id| descriptor(id)).collect::<Vec<_>>(),
        }},
        "invocations": [{
            "executionSuccessful": incomplete(report).is_none(),
            "startTimeUtc": header.started.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            "endTimeUtc": ended.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            "machine": header.host,
            "toolExecutionNotifications": notifications,
        }],
        "columnKind": "unicodeCodePoints",
        "results": results,
        "properties": {"phase": report.summary.calendar.phase},
    })
}

/// A rule with its help. One of a later version is named only.
fn descriptor(id: &str) -> Value {
    let Some(rule) = Rule::from_id(id) else { return json!({"id": id}) };
    let info = rule.info();
    let mut text = format!("{}\n\nRewrite: {}", info.why, info.rewrite);
    let mut markdown = format!("{}\n\n**Rewrite:** {}", info.why, info.rewrite);
    if !info.limits.is_empty() {
        text = format!("{text}\n\nLimits: {}", info.limits);
        markdown = format!("{markdown}\n\n**Limits:** {}", info.limits);
    }
    let mut row = json!({
        "id": id,
        "name": pascal(id),
        "shortDescription": {"text": sentence(info.summary)},
        "fullDescription": {"text": info.why},
        "help": {"text": text, "markdown": markdown},
        "defaultConfiguration": {"level": "error"},
        "properties": {
            "tags": ["security", "secret", "bitbucket"],
            "precision": "high",
            "security-severity": "8.0",
        },
    });
    if let Some(source) = info.sources.first() {
        row["helpUri"] = json!(source);
    }
    row
}

/// `UrlUserinfo`
fn pascal(id: &str) -> String {
    id.split('-')
        .map(|part| {
            let (first, rest) = part.split_at(part.len().min(1));
            first.to_ascii_uppercase() + rest
        })
        .collect()
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

fn result(report: &Report, finding: &Finding, rule: usize) -> Value {
    let mut fingerprints = Map::new();
    fingerprints.insert("bbsweepFinding/v1".to_owned(), json!(finding.id));
    // That of one run tells nothing in the next.
    if let Some(credential) = &finding.credential_fingerprint
        && credential.starts_with("hmac:")
    {
        fingerprints.insert("bbsweepCredential/v1".to_owned(), json!(credential));
    }
    let mut properties = json!({
        "state": finding.state,
        "use": finding.usage,
        "confidence": finding.confidence,
        "scopes": finding.scopes,
    });
    if !finding.owners.is_empty() {
        properties["owners"] = json!(finding.owners);
    }
    let mut row = json!({
        "ruleId": finding.rule,
        "ruleIndex": rule,
        "level": level(finding.severity),
        "message": {"text": format!("{} {}", sentence(&finding.message), finding.help.replace('\n', " "))},
        "locations": [{"physicalLocation": {
            "artifactLocation": artifact(report, finding.root, &finding.path),
            "region": region(finding),
        }}],
        "partialFingerprints": fingerprints,
    });
    if let Some(commit) = &finding.commit {
        properties["commit"] = json!(commit);
    }
    if let Some(rewrite) = &finding.rewrite {
        properties["applicability"] = json!(rewrite.applicability);
        if !rewrite.edits.is_empty() {
            let replacements: Vec<Value> = rewrite
                .edits
                .iter()
                .map(|edit| {
                    json!({
                        "deletedRegion": {
                            "startLine": edit.start_line,
                            "startColumn": edit.start_column,
                            "endLine": edit.end_line,
                            "endColumn": edit.end_column,
                        },
                        "insertedContent": {"text": edit.replacement},
                    })
                })
                .collect();
            row["fixes"] = json!([{
                "description": {"text": sentence(&rewrite.reason)},
                "artifactChanges": [{
                    "artifactLocation": artifact(report, finding.root, &finding.path),
                    "replacements": replacements,
                }],
            }]);
        }
    }
    row["properties"] = properties;
    row
}

/// What was found and is not reported: SARIF has a word for it.
fn hidden(report: &Report, row: &ReportSuppressed, rule: usize) -> Value {
    let kind = if row.by == SuppressedBy::Inline { "inSource" } else { "external" };
    let mut suppression = json!({"kind": kind, "status": "accepted"});
    if let Some(reason) = &row.reason {
        suppression["justification"] = json!(reason);
    }
    json!({
        "ruleId": row.rule,
        "ruleIndex": rule,
        "level": level(row.severity),
        "message": {"text": sentence(&row.message)},
        "locations": [{"physicalLocation": {
            "artifactLocation": artifact(report, row.root, &row.path),
            "region": {"startLine": row.line},
        }}],
        "partialFingerprints": {"bbsweepFinding/v1": row.id},
        "suppressions": [suppression],
    })
}

fn notification(report: &Report, row: &Skipped) -> Value {
    json!({
        "level": "error",
        "message": {"text": format!("not read: {}: {}", row.reason, row.detail)},
        "descriptor": {"id": row.reason},
        "locations": [{"physicalLocation": {
            "artifactLocation": artifact(report, row.root, &row.path),
        }}],
    })
}

fn artifact(report: &Report, root: usize, path: &str) -> Value {
    if path == "-" {
        return json!({"uri": "stdin"});
    }
    json!({"uri": uri(&report.shown_path(root, path))})
}

/// A path as the reference of a URI: what is no path character is percent-encoded.
pub(super) fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    if path.starts_with('/') {
        out.push_str("file://");
    }
    for byte in path.trim_start_matches("./").bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/!$&'()*+,;=@".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// The line, with its column where the excerpt tells it in characters.
fn region(finding: &Finding) -> Value {
    let mut region = json!({"startLine": finding.line});
    let (start, _) = finding.excerpt_use();
    let before = &finding.excerpt[..start];
    if !before.starts_with(MASK) && start as u64 + 1 == finding.column && before.is_ascii() {
        region["startColumn"] = json!(finding.column);
    }
    region
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_references() {
        assert_eq!(uri("./a b/ü.sh"), "a%20b/%C3%BC.sh");
        assert_eq!(uri("/home/x#y"), "file:///home/x%23y");
        assert_eq!(pascal("git-config-url"), "GitConfigUrl");
    }
}
