//! `github`: workflow commands, which GitHub Actions shows beside the lines.
//!
//! Source: <https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions>

use std::io::{self, Write};

use bbsweep_scanner_core::Severity;

use super::layout::{incomplete, shown};
use crate::model::Report;
use crate::words::sentence;

pub(super) fn render(reports: &[Report], notes: bool, out: &mut dyn Write) -> io::Result<()> {
    for report in reports {
        for finding in shown(report, notes) {
            let command = match finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Note => "notice",
            };
            let message = format!("{}\n{}", sentence(&finding.message), finding.help);
            writeln!(
                out,
                "::{command} file={},line={},col={},title={}::{}",
                property(report.shown_path(finding.root, &finding.path).trim_start_matches("./")),
                finding.line,
                finding.column,
                property(&format!("bbsweep {}", finding.rule)),
                data(&message)
            )?;
        }
        if let Some(why) = incomplete(report) {
            let text = format!("\"clean\" can't be claimed: {why}");
            writeln!(out, "::error title=bbsweep::{}", data(&text))?;
        }
    }
    Ok(())
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
