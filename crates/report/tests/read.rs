//! Saved reports, whole, cut off, from elsewhere.

mod common;

use bbsweep_report::{Format, ReadError, read};
use bbsweep_scanner_core::State;

use common::{PLAIN, clean, rendered, report, whole};

#[test]
fn what_was_written_is_read() {
    for report in [report(), whole(), clean(true), clean(false)] {
        for format in [Format::Json, Format::Jsonl] {
            let text = rendered(&report, format, PLAIN);
            assert_eq!(read(text.as_bytes()).as_ref(), Ok(&report), "{format:?}");
            let from_windows = format!("\u{FEFF}{}", text.replace('\n', "\r\n"));
            assert_eq!(read(from_windows.as_bytes()).as_ref(), Ok(&report), "{format:?}");
        }
        // One that a tool put on one line.
        let compact = serde_json::to_vec(&report).expect("it is JSON");
        assert_eq!(read(&compact).as_ref(), Ok(&report));
    }
}

#[test]
fn jsonl_cut_anywhere_is_read_as_far_as_it_goes() {
    let report = report();
    let text = rendered(&report, Format::Jsonl, PLAIN);
    let header = text.find('\n').expect("a line");
    // At every line's borders, and here and there between.
    let at_border = |end: usize| text.as_bytes()[end - 1..=end + 1].contains(&b'\n');
    for end in (1..text.len() - 1).filter(|end| end % 17 == 0 || at_border(*end)) {
        let cut = &text.as_bytes()[..end];
        if end < header {
            assert!(matches!(read(cut), Err(ReadError::Malformed { line: 1, .. })), "{end}");
            continue;
        }
        let read = read(cut).unwrap_or_else(|error| panic!("{end}: {error}"));
        assert!(!read.summary.complete, "{end}");
        assert!(report.findings.starts_with(&read.findings), "{end}");
        assert_eq!(read.summary.findings.values().sum::<u64>(), read.findings.len() as u64);
        assert_eq!(read.summary.findings.len(), 4);
        let truncated = read.summary.truncated.clone().expect("it says so");
        let cut = String::from_utf8_lossy(cut);
        let last = cut.lines().count();
        assert!(truncated.contains(&format!("line {last}")), "{end}: {truncated}");
        // A record is whole with or without its line end.
        let whole = cut.split_inclusive('\n').filter(|line| line.ends_with("}\n")).count();
        let seen = 1 + read.findings.len() + read.skipped.len();
        assert!(seen == whole || seen == whole + 1, "{end}");
    }
    let whole = read(&text.as_bytes()[..text.len() - 1]).expect("only the last line end is gone");
    assert_eq!(whole, report);
}

#[test]
fn a_cut_report_says_so_wherever_it_is_shown() {
    let text = rendered(&whole(), Format::Jsonl, PLAIN);
    let cut = text.rfind("{\"type\":\"summary\"").expect("a summary");
    let cut = read(&text.as_bytes()[..cut]).expect("it is read");
    assert_eq!(cut.summary.findings[&State::AppPassword], 4);
    for format in [Format::Terminal, Format::Markdown] {
        let shown = rendered(&cut, format, PLAIN);
        assert!(
            shown.contains("the saved report ends after line 10, without a summary"),
            "{shown}"
        );
        assert!(!shown.contains("0 files"), "{shown}");
    }
    // And when it is saved again.
    let again = rendered(&cut, Format::Jsonl, PLAIN);
    assert_eq!(read(again.as_bytes()).as_ref(), Ok(&cut));
}

#[test]
fn json_cut_off_is_refused_with_its_line() {
    let text = rendered(&clean(true), Format::Json, PLAIN);
    let cut = text.find("\"elapsed_ms\"").expect("a field");
    let line = text[..cut].lines().count();
    assert_eq!(
        read(&text.as_bytes()[..cut]),
        Err(ReadError::Malformed { line, reason: "EOF while parsing an object".into() })
    );
}

#[test]
fn a_newer_schema_is_refused_by_name() {
    for format in [Format::Json, Format::Jsonl] {
        let text = rendered(&report(), format, PLAIN)
            .replacen("\"schema\":1", "\"schema\":7", 1)
            .replacen("\"schema\": 1", "\"schema\": 7", 1);
        let error = read(text.as_bytes()).expect_err("it is newer");
        assert_eq!(error, ReadError::Newer { found: 7, known: 1 });
        assert!(error.to_string().contains("schema 7 is newer than 1"), "{error}");
    }
    // Whatever else is in it.
    assert_eq!(
        read(br#"{"header":{"schema":2},"rows":[]}"#),
        Err(ReadError::Newer { found: 2, known: 1 })
    );
}

#[test]
fn what_a_later_version_adds_is_passed_over_or_kept() {
    let text = rendered(&report(), Format::Jsonl, PLAIN)
        .replace("\"rule\":\"netrc\"", "\"owner\":{\"a\":[1]},\"rule\":\"composer-auth\"")
        .replace("\"form_error\":\"email-for-git\"", "\"form_error\":\"of-tomorrow\"")
        .replace("\"reason\":\"encrypted\"", "\"reason\":\"on-tape\"");
    let read = read(text.as_bytes()).expect("it is read");
    assert!(read.findings.iter().any(|finding| finding.rule == "composer-auth"));
    assert!(rendered(&read, Format::Terminal, PLAIN).contains("on-tape"));
}

#[test]
fn what_is_no_report_is_refused_with_its_line() {
    let text = rendered(&report(), Format::Jsonl, PLAIN);
    let lines: Vec<_> = text.lines().collect();
    let fault = |text: &str| match read(text.as_bytes()) {
        Err(ReadError::Malformed { line, reason }) => (line, reason),
        other => panic!("{other:?}"),
    };
    assert_eq!(fault("").0, 1);
    assert_eq!(fault(" \n").0, 1);
    assert_eq!(fault("not json").0, 1);
    assert_eq!(fault("[1]").0, 1);
    assert_eq!(fault("{}").1, "missing field `header`");
    assert_eq!(fault("{\n\"header\": 3}").0, 2);
    // A line in the middle that is broken is no end.
    assert_eq!(fault(&text.replacen(lines[2], &lines[2][..40], 1)).0, 3);
    assert_eq!(fault(&text.replacen(lines[2], "\u{0}", 1)).0, 3);
    assert_eq!(fault(&format!("{text}{text}")), (16, "a record after the summary".into()));
    assert_eq!(fault(&format!("{}\n{0}\n", lines[0])).0, 2);
    assert_eq!(fault(lines[1]).0, 1, "no header");
    assert_eq!(fault(&format!("{}\n{{\"type\":\"odd\"}}\n", lines[0])).0, 2);
    // A last line that is whole but wrong was not cut off.
    assert_eq!(fault(&format!("{}\n{{\"type\":\"finding\"}}", lines[0])).0, 2);
}

#[test]
fn an_error_does_not_quote_the_file() {
    let secret = format!("ATBB{}", "x7Kq".repeat(8));
    for text in [
        format!("{{\"header\":\"{secret}\"}}"),
        format!("{{\"header\":{{\"schema\":\"{secret}\"}}}}"),
        rendered(&report(), Format::Json, PLAIN).replace("2026-11-24T02:15:00Z", &secret),
        rendered(&report(), Format::Json, PLAIN)
            .replace("\"half-migrated\",", &format!("\"{secret}\",")),
        format!("{{\"type\":\"{secret}\",\"schema\":1}}"),
    ] {
        let error = read(text.as_bytes()).expect_err("it is no report");
        assert!(!error.to_string().contains("x7Kq"), "{error}");
        assert!(!format!("{error:?}").contains("x7Kq"), "{error:?}");
    }
}

#[test]
fn a_saved_report_with_a_secret_is_masked_and_odd_marks_are_borne() {
    let secret = format!("ATBB{}", "x7Kq".repeat(8));
    let mut tampered = report();
    tampered.findings[0].message = format!("\u{1b}]0;{secret}\u{7}");
    tampered.findings[0].excerpt = format!("é{secret}é");
    tampered.findings[0].excerpt_start = 1;
    tampered.findings[0].excerpt_end = 9_999;
    tampered.findings[1].excerpt_start = 9_999;
    tampered.findings[1].excerpt_end = 0;
    tampered.findings[2].root = 99;
    let text = serde_json::to_string(&tampered).expect("it is JSON");
    let read = read(text.as_bytes()).expect("it is read");
    for format in [Format::Terminal, Format::Json, Format::Jsonl, Format::Markdown] {
        let shown = rendered(&read, format, PLAIN);
        assert!(!shown.contains("x7Kq7"), "{shown}");
        assert!(!shown.contains(&secret), "{shown}");
        assert!(!shown.contains('\u{1b}') && !shown.contains('\u{7}'), "{shown}");
    }
}
