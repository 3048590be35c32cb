//! `prometheus`: gauges for the textfile collector of `node_exporter`.
//!
//! Source: <https://prometheus.io/docs/instrumenting/exposition_formats/>

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::model::Report;
use crate::schema::wire_name;

pub(super) fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let summary = &report.summary;
    let mut found = BTreeMap::<[String; 4], u64>::new();
    for finding in &report.findings {
        let applicability = finding.rewrite.as_ref().map(|row| wire_name(&row.applicability));
        let key = [
            finding.rule.clone(),
            wire_name(&finding.state),
            wire_name(&finding.severity),
            applicability.unwrap_or_else(|| "manual".to_owned()),
        ];
        *found.entry(key).or_default() += 1;
    }
    head(
        "bbsweep_findings",
        "Uses of Bitbucket app passwords, by rule, state, severity and rewrite.",
        out,
    )?;
    for ([rule, state, severity, applicability], number) in &found {
        writeln!(
            out,
            "bbsweep_findings{{rule=\"{}\",state=\"{}\",severity=\"{}\",applicability=\"{}\"}} {number}",
            label(rule),
            label(state),
            label(severity),
            label(applicability)
        )?;
    }
    head("bbsweep_findings_by_severity", "Findings by severity; zero too.", out)?;
    for (severity, number) in &summary.severities {
        writeln!(
            out,
            "bbsweep_findings_by_severity{{severity=\"{}\"}} {number}",
            wire_name(severity)
        )?;
    }
    head("bbsweep_skipped_inputs", "Inputs that were not read, by reason.", out)?;
    for (reason, number) in &summary.skipped {
        writeln!(out, "bbsweep_skipped_inputs{{reason=\"{}\"}} {number}", label(reason))?;
    }
    let credentials = summary.token_plan.len() as u64;
    let seconds = report.header.started.as_second();
    let milliseconds = summary.elapsed_ms;
    let duration = format!("{}.{:03}", milliseconds / 1000, milliseconds % 1000);
    for (name, help, value) in [
        ("bbsweep_credentials", "Credentials of the token plan.", credentials.to_string()),
        (
            "bbsweep_suppressed_findings",
            "Findings that are not reported.",
            summary.suppressed.len().to_string(),
        ),
        (
            "bbsweep_scan_complete",
            "Whether every input was read.",
            u8::from(summary.complete).to_string(),
        ),
        ("bbsweep_scan_files", "Files read.", summary.files.to_string()),
        ("bbsweep_scan_bytes", "Bytes read.", summary.bytes.to_string()),
        ("bbsweep_scan_repositories", "Repositories seen.", summary.repositories.to_string()),
        ("bbsweep_scan_duration_seconds", "How long the scan took.", duration),
        ("bbsweep_scan_start_timestamp_seconds", "When the scan began.", seconds.to_string()),
    ] {
        head(name, help, out)?;
        writeln!(out, "{name} {value}")?;
    }
    if let Some(audit) = &summary.audit {
        head("bbsweep_audit_findings", "Findings seen from the audit before.", out)?;
        for (kind, number) in [
            ("new", audit.new),
            ("known", audit.known),
            ("fixed", audit.fixed),
            ("overdue", audit.overdue),
        ] {
            writeln!(out, "bbsweep_audit_findings{{kind=\"{kind}\"}} {number}")?;
        }
    }
    head("bbsweep_info", "Version of bbsweep.", out)?;
    writeln!(out, "bbsweep_info{{version=\"{}\"}} 1", label(&report.header.version))
}

fn head(name: &str, help: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "# HELP {name} {help}\n# TYPE {name} gauge")
}

fn label(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
