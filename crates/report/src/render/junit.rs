//! `junit`: a test case for each finding, for CI systems that show tests.

use std::io::{self, Write};

use quick_junit::{NonSuccessKind, Report as Junit, TestCase, TestCaseStatus, TestSuite};

use super::RenderOptions;
use super::layout::{groups, incomplete, place, verdict};
use crate::model::Report;
use crate::words::{self, sentence};

pub(super) fn render(
    reports: &[Report],
    options: RenderOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut junit = Junit::new("bbsweep");
    for report in reports {
        add(report, options, &mut junit);
    }
    let text = junit.to_string().map_err(io::Error::other)?;
    out.write_all(text.as_bytes())
}

fn add(report: &Report, options: RenderOptions, junit: &mut Junit) {
    let mut found = false;
    for group in groups(report, options.notes) {
        let name = group.title.unwrap_or_else(ToOwned::to_owned);
        let mut suite = TestSuite::new(name);
        for finding in group.findings {
            found = true;
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message(sentence(&finding.message));
            status.set_type(words::severity(finding.severity));
            status.set_description(format!("{}\n\n{}", finding.excerpt, finding.help));
            let mut case =
                TestCase::new(format!("{} {}", finding.rule, place(report, finding)), status);
            case.set_classname(finding.rule.clone());
            case.extra.insert("file".into(), report.shown_path(finding.root, &finding.path).into());
            case.extra.insert("line".into(), finding.line.to_string().into());
            suite.add_test_case(case);
        }
        junit.add_test_suite(suite);
    }
    let mut suite = TestSuite::new(format!("bbsweep on {}", report.header.host));
    if let Some(why) = incomplete(report) {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_message(format!("\"clean\" can't be claimed: {why}"));
        suite.add_test_case(TestCase::new("every input was read", status));
    } else if !found {
        let (head, rest) = verdict(report, options);
        suite.add_test_case(TestCase::new(format!("{head}{rest}"), TestCaseStatus::success()));
    }
    if !suite.test_cases.is_empty() {
        junit.add_test_suite(suite);
    }
}
