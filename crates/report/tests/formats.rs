//! Every format of a report with one of everything in it.

#![allow(clippy::expect_used, reason = "a test may fail")]

mod common;

use bbsweep_report::{Format, RenderOptions};
use bbsweep_scanner_core::SkipReason;

use common::{PLAIN, app_password, clean, rendered, report, skipped, whole};

#[test]
fn terminal() {
    insta::assert_snapshot!(rendered(&report(), Format::Terminal, PLAIN));
}

#[test]
fn terminal_of_a_whole_scan_with_notes_and_all_steps() {
    let options = RenderOptions { notes: true, verbose: true, ..PLAIN };
    insta::assert_snapshot!(rendered(&whole(), Format::Terminal, options));
}

#[test]
fn terminal_narrow() {
    let options = RenderOptions { width: 60, ..PLAIN };
    insta::assert_snapshot!(rendered(&whole(), Format::Terminal, options));
}

#[test]
fn terminal_in_colour() {
    let options = RenderOptions { color: true, ..PLAIN };
    let text = rendered(&report(), Format::Terminal, options);
    assert_eq!(
        anstyle_free(&text),
        rendered(&report(), Format::Terminal, PLAIN),
        "colour changes nothing but the colour"
    );
    insta::assert_snapshot!(text.replace('\u{1b}', "␛"));
}

/// `text` without the sequences that set a style.
fn anstyle_free(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str(part.split_once('m').expect("a style ends").1);
    }
    out
}

#[test]
fn terminal_clean_and_quiet() {
    let quiet = RenderOptions { quiet: true, ..PLAIN };
    let mut notes_only = whole();
    notes_only.findings.retain(|f| f.severity == bbsweep_scanner_core::Severity::Note);
    let texts = [
        rendered(&clean(true), Format::Terminal, PLAIN),
        rendered(&clean(false), Format::Terminal, PLAIN),
        rendered(&clean(true), Format::Terminal, quiet),
        rendered(&clean(false), Format::Terminal, quiet),
        rendered(&notes_only, Format::Terminal, quiet),
        rendered(&whole(), Format::Terminal, quiet),
        rendered(&report(), Format::Terminal, quiet),
    ];
    insta::assert_snapshot!(texts.join("=====\n"));
}

#[test]
fn unread_inputs_are_named_up_to_a_limit_and_the_rest_counted() {
    let (mut outcome, rewrites) = common::outcome();
    outcome.skipped = (0..23)
        .map(|n| skipped(&format!("locked/{n:02}"), SkipReason::PermissionDenied, ""))
        .collect();
    let report = bbsweep_report::Report::build(
        &outcome,
        rewrites,
        Vec::new(),
        common::options(common::TODAY),
    );
    let short = rendered(&report, Format::Terminal, PLAIN);
    assert!(short.contains("/home/ci/locked/19  permission-denied\n  and 3 more"), "{short}");
    assert!(!short.contains("locked/20"));
    let long = rendered(&report, Format::Terminal, RenderOptions { verbose: true, ..PLAIN });
    assert!(long.contains("locked/22") && !long.contains("and 3 more"));
    let markdown = rendered(&report, Format::Markdown, PLAIN);
    assert!(markdown.contains("locked/22"));
}

#[test]
fn json() {
    insta::assert_snapshot!(rendered(&report(), Format::Json, PLAIN));
}

#[test]
fn jsonl() {
    let text = rendered(&report(), Format::Jsonl, PLAIN);
    let types: Vec<_> = text
        .lines()
        .map(|line| line.strip_prefix(r#"{"type":""#).expect("the type stands first"))
        .map(|line| line.split_once('"').expect("it ends").0)
        .collect();
    assert_eq!(types.first(), Some(&"header"));
    assert_eq!(types.last(), Some(&"summary"));
    assert_eq!(types.iter().filter(|name| **name == "finding").count(), 9);
    assert_eq!(types.iter().filter(|name| **name == "skipped").count(), 4);
    insta::assert_snapshot!(text);
}

#[test]
fn markdown() {
    insta::assert_snapshot!(rendered(
        &report(),
        Format::Markdown,
        RenderOptions { notes: true, ..PLAIN }
    ));
}

#[test]
fn markdown_clean() {
    let texts =
        [clean(true), clean(false)].map(|report| rendered(&report, Format::Markdown, PLAIN));
    insta::assert_snapshot!(texts.join("=====\n"));
}

#[test]
fn two_scans_of_one_tree_differ_in_time_only() {
    let (mut outcome, rewrites) = common::outcome();
    let mut options = common::options(common::TODAY);
    let first =
        bbsweep_report::Report::build(&outcome, rewrites.clone(), Vec::new(), options.clone());
    outcome.stats.elapsed *= 2;
    options.started += jiff::Span::new().hours(1);
    let second = bbsweep_report::Report::build(&outcome, rewrites, Vec::new(), options);
    for format in [Format::Json, Format::Jsonl] {
        let differ = |text: String| {
            text.replace("02:15:00", "03:15:00")
                .replace("\"elapsed_ms\":2345", "\"elapsed_ms\":4690")
                .replace("\"elapsed_ms\": 2345", "\"elapsed_ms\": 4690")
        };
        assert_eq!(differ(rendered(&first, format, PLAIN)), rendered(&second, format, PLAIN),);
    }
}

/// The scanner masks; should it fail to, the report still does.
#[test]
fn a_secret_that_slipped_through_the_scanner_is_masked() {
    let secret = app_password();
    let raw = String::from_utf8(secret.expose().to_vec()).expect("text");
    let short = "S3cr3t!pw";
    let (mut outcome, mut rewrites) = common::outcome();
    let leak = format!("é {raw} and {short} é");
    for finding in &mut outcome.findings {
        finding.excerpt.text = format!("{leak}{}", finding.excerpt.text);
        finding.location.path.push_str(&leak);
        finding.location.path_bytes = Some(leak.clone().into_bytes());
        finding.location.git_config_key = Some(leak.clone());
        finding.message = leak.clone();
        finding.username = Some(leak.clone());
        finding.variable = Some(leak.clone());
    }
    outcome.findings[0].secret = Some(bbsweep_scanner_core::Secret::new(short));
    for rewrite in &mut rewrites {
        rewrite.reason = leak.clone();
        rewrite.replacement = Some(leak.clone());
        rewrite.steps.push(leak.clone());
    }
    for skipped in &mut outcome.skipped {
        skipped.path = leak.clone();
        skipped.path_bytes = Some(leak.clone().into_bytes());
        skipped.detail = leak.clone();
    }
    let mut settings = common::settings();
    settings[0].holds = leak.clone();
    settings[0].read_by.push(leak.clone());
    let mut options = common::options(common::TODAY);
    options.roots.push(leak.clone());
    options.options.insert("exclude".into(), leak.clone());
    let report = bbsweep_report::Report::build(&outcome, rewrites, settings, options);
    for format in [Format::Terminal, Format::Json, Format::Jsonl, Format::Markdown] {
        let options = RenderOptions { notes: true, verbose: true, color: true, ..PLAIN };
        let text = rendered(&report, format, options);
        assert!(!text.contains(&raw[4..30]) && !text.contains(short), "{format:?}: {text}");
        // Nor in base64.
        assert!(!text.contains(&"path_bytes".to_owned()), "{format:?}");
    }
    assert!(!format!("{report:?}").contains(&raw[4..30]));
}

/// The whole report, with owners, edits and a fleet key, in the formats that programs read.
fn owned() -> bbsweep_report::Report {
    let mut report = whole();
    report.findings[0].owners = vec!["@acme/web".into(), "=cmd@x.org".into()];
    report.findings[0].credential_fingerprint = Some("hmac:00112233".into());
    if let Some(rewrite) = &mut report.findings[0].rewrite {
        rewrite.edits = vec![bbsweep_report::ReportEdit {
            byte_start: 10,
            byte_end: 20,
            start_line: 3,
            start_column: 5,
            end_line: 3,
            end_column: 15,
            replacement: "x-bitbucket-api-token-auth".into(),
        }];
    }
    report
}

#[test]
fn formats_for_programs() {
    for (name, format) in [
        ("sarif", Format::Sarif),
        ("csv", Format::Csv),
        ("junit", Format::Junit),
        ("github", Format::Github),
        ("gitlab", Format::Gitlab),
        ("code_insights", Format::CodeInsights),
        ("prometheus", Format::Prometheus),
        ("html", Format::Html),
    ] {
        insta::assert_snapshot!(name, rendered(&owned(), format, PLAIN));
        // What could not be read is told in each.
        let partial = rendered(&clean(false), format, PLAIN);
        let told = match format {
            Format::Csv => true,
            Format::Prometheus => partial.contains("bbsweep_scan_complete 0"),
            Format::Sarif => partial.contains("\"executionSuccessful\": false"),
            Format::Gitlab => partial.contains("\"status\": \"failure\""),
            Format::CodeInsights => partial.contains("\"result\": \"FAILED\""),
            _ => partial.contains("can't be claimed") || partial.contains("can&apos;t be claimed"),
        };
        assert!(told, "{name}: {partial}");
    }
}

#[test]
fn sarif_is_what_its_schema_says() {
    for report in [owned(), clean(true), clean(false), report()] {
        let text = rendered(&report, Format::Sarif, RenderOptions { notes: true, ..PLAIN });
        let log: serde_sarif::sarif::Sarif = serde_json::from_str(&text).expect("SARIF");
        let results = log.runs[0].results.as_ref().map_or(0, Vec::len);
        assert_eq!(results, report.findings.len() + report.summary.suppressed.len());
    }
}

#[test]
fn a_table_has_a_row_for_each_finding() {
    let options = RenderOptions { notes: true, ..PLAIN };
    let text = rendered(&owned(), Format::Csv, options);
    let mut table = csv::Reader::from_reader(text.as_bytes());
    let rows: Vec<csv::StringRecord> =
        table.records().collect::<Result<_, _>>().expect("rows of one length");
    assert_eq!(rows.len(), owned().findings.len());
    let owners = table.headers().expect("a head").iter().position(|name| name == "owners");
    assert_eq!(&rows[0][owners.expect("owners")], "'@acme/web =cmd@x.org");
}

#[test]
fn several_reports_are_one_document() {
    let reports = [whole(), clean(true)];
    for format in [Format::Sarif, Format::Csv, Format::Junit] {
        let mut out = Vec::new();
        bbsweep_report::render_all(&reports, format, PLAIN, &mut out).expect("memory takes it");
        let text = String::from_utf8(out).expect("UTF-8");
        let heads = ["\"$schema\"", "host,started", "<?xml"].map(|head| text.matches(head).count());
        assert_eq!(heads.iter().sum::<usize>(), 1, "{text}");
    }
}
