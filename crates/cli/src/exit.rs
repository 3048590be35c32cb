//! Exit statuses.

use std::process::ExitCode;

use bbsweep_report::Report;
use bbsweep_scanner_core::Severity;

/// What a run comes to. The same for every format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// No error, no warning, every input read.
    NothingToDo,
    /// At least one error or warning.
    Findings,
    /// Wrong usage, or something failed for good.
    Error,
    /// No findings, but "clean" cannot be claimed.
    Incomplete,
}

impl Status {
    /// The status of a scan. `exit_zero` hides findings, never unread inputs.
    pub(crate) fn of(findings: bool, complete: bool, exit_zero: bool) -> Self {
        match (findings && !exit_zero, complete) {
            (true, _) => Self::Findings,
            (false, true) => Self::NothingToDo,
            (false, false) => Self::Incomplete,
        }
    }

    /// The status of a report, fresh or saved.
    pub(crate) fn of_report(report: &Report, exit_zero: bool) -> Self {
        let findings = report.findings.iter().any(|finding| finding.severity > Severity::Note);
        Self::of(findings, report.summary.complete, exit_zero)
    }

    /// The status of several runs together: the one that asks for more.
    pub(crate) fn and(self, other: Self) -> Self {
        let weight = |status| match status {
            Self::NothingToDo => 0,
            Self::Incomplete => 1,
            Self::Findings => 2,
            Self::Error => 3,
        };
        if weight(other) > weight(self) { other } else { self }
    }

    pub(crate) fn code(self) -> u8 {
        match self {
            Self::NothingToDo => 0,
            Self::Findings => 1,
            Self::Error => 2,
            Self::Incomplete => 3,
        }
    }
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(status.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_zero_hides_findings_only() {
        assert_eq!(Status::of(true, true, false).code(), 1);
        assert_eq!(Status::of(true, false, false).code(), 1);
        assert_eq!(Status::of(false, true, false).code(), 0);
        assert_eq!(Status::of(false, false, false).code(), 3);
        assert_eq!(Status::of(true, true, true).code(), 0);
        assert_eq!(Status::of(true, false, true).code(), 3);
    }

    #[test]
    fn the_more_urgent_status_wins() {
        use Status::{Error, Findings, Incomplete, NothingToDo};
        assert_eq!(NothingToDo.and(Incomplete), Incomplete);
        assert_eq!(Findings.and(Incomplete), Findings);
        assert_eq!(Incomplete.and(Findings), Findings);
        assert_eq!(Findings.and(Error), Error);
    }
}
