//! `csv`: one finding a row, for spreadsheets and databases.

use std::io::{self, Write};

use bbsweep_scanner_core::Severity;

use crate::model::{Finding, Report};
use crate::schema::wire_name;

const COLUMNS: [&str; 26] = [
    "host",
    "started",
    "rule",
    "state",
    "form_error",
    "use",
    "confidence",
    "severity",
    "path",
    "line",
    "column",
    "repository",
    "commit",
    "git_config_key",
    "variable",
    "username",
    "secret_masked",
    "credential_fingerprint",
    "applicability",
    "replacement",
    "scopes",
    "owners",
    "last_author",
    "last_change",
    "message",
    "id",
];

pub(super) fn render(reports: &[Report], notes: bool, out: &mut dyn Write) -> io::Result<()> {
    let mut csv = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
    csv.write_record(COLUMNS)?;
    for report in reports {
        for finding in report.findings.iter().filter(|row| notes || row.severity > Severity::Note) {
            csv.write_record(row(report, finding).iter().map(|cell| harmless(cell)))?;
        }
    }
    csv.flush()
}

fn row(report: &Report, finding: &Finding) -> [String; COLUMNS.len()] {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let rewrite = finding.rewrite.as_ref();
    let change = finding.last_change.as_ref();
    [
        report.header.host.clone(),
        report.header.started.to_string(),
        finding.rule.clone(),
        wire_name(&finding.state),
        text(&finding.form_error),
        wire_name(&finding.usage),
        wire_name(&finding.confidence),
        wire_name(&finding.severity),
        report.shown_path(finding.root, &finding.path),
        finding.line.to_string(),
        finding.column.to_string(),
        text(&finding.repository),
        text(&finding.commit),
        text(&finding.git_config_key),
        text(&finding.variable),
        text(&finding.username),
        text(&finding.secret_masked),
        text(&finding.credential_fingerprint),
        rewrite.map(|row| wire_name(&row.applicability)).unwrap_or_default(),
        rewrite.and_then(|row| row.replacement.clone()).unwrap_or_default(),
        finding.scopes.join(" "),
        finding.owners.join(" "),
        change.map(|change| change.author.clone()).unwrap_or_default(),
        change.map(|change| change.date.to_string()).unwrap_or_default(),
        finding.message.clone(),
        finding.id.clone(),
    ]
}

/// A spreadsheet takes a cell that begins so for a formula; a quote before it makes it text.
///
/// Source: <https://owasp.org/www-community/attacks/CSV_Injection>
fn harmless(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn no_cell_is_a_formula() {
        assert_eq!(harmless("=cmd()"), "'=cmd()");
        assert_eq!(harmless("@acme/web"), "'@acme/web");
        assert_eq!(harmless("a=b"), "a=b");
    }
}
