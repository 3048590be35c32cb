//! What holds whatever a file, a path or a saved report says.

#![allow(clippy::expect_used, reason = "a test may fail")]

mod common;

use bbsweep_report::{Format, HeldBy, RenderOptions, Report, read};
use proptest::prelude::*;
use unicode_width::UnicodeWidthStr as _;

use common::{PLAIN, rendered, report};

/// Any text: words, controls, markup, wide and reordering characters.
const ANY: &str = "(\\PC|[\\x00-\\x1f\\x7f\\u{80}-\\u{9f}\\u{200b}-\\u{202e}\\u{2066}-\\u{2069}|`*<\\[\\]日é]){0,40}";

fn odd(texts: &[String], start: usize, end: usize) -> Report {
    let mut report = report();
    let text = |n: usize| texts[n % texts.len()].clone();
    for (n, finding) in report.findings.iter_mut().enumerate() {
        finding.rule = text(n);
        finding.path = text(n + 1);
        finding.message = text(n + 2);
        finding.excerpt = text(n + 3);
        finding.excerpt_start = start;
        finding.excerpt_end = end;
        finding.username = Some(text(n + 4));
        finding.commit = Some(text(n + 5));
        finding.scopes = vec![text(n + 6)];
        finding.repository = finding.repository.is_some().then(|| text(n));
        if let Some(rewrite) = &mut finding.rewrite {
            rewrite.replacement = Some(text(n + 1));
            rewrite.reason = text(n + 2);
            rewrite.steps = vec![text(n + 3), format!("{}: git {}", text(n + 4), text(n + 5))];
        }
    }
    for skipped in &mut report.skipped {
        skipped.path = text(1);
        skipped.reason = text(2);
        skipped.detail = text(3);
    }
    report.header.roots[0] = text(4);
    report.header.options.insert(text(5), text(6));
    report.summary.settings[0].holds = text(0);
    report.summary.settings[0].read_by = vec![text(1)];
    for (n, row) in report.summary.token_plan.iter_mut().enumerate() {
        row.secret_masked = Some(text(n));
        row.scopes = vec![text(n + 1), text(n + 2)];
        row.held_by = vec![HeldBy { repository: text(n + 3), variable: text(n + 4) }];
        for variable in &mut row.variables {
            variable.name = text(n + 5);
            variable.repository = text(n);
            variable.set = vec![text(n + 1)];
        }
        for store in &mut row.stores {
            store.path = text(n + 2);
        }
        for consumer in &mut row.consumers {
            consumer.name = Some(text(n + 3));
            consumer.instead = Some(text(n + 4));
        }
    }
    report.summary.truncated = Some(text(2));
    report.summary.calendar.message = text(3);
    report
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_control_character_reaches_a_reader(
        texts in prop::collection::vec(ANY, 7),
        (start, end) in (0..50_usize, 0..50_usize),
        width in 0..130_usize,
        (notes, verbose, quiet) in any::<(bool, bool, bool)>(),
    ) {
        let report = odd(&texts, start, end);
        for format in [Format::Terminal, Format::Markdown] {
            let options = RenderOptions { color: false, width, notes, suppressed: notes, verbose, quiet, brief: quiet };
            let text = rendered(&report, format, options);
            let reorders = |c| {
                matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            };
            let bad = |c: &char| *c != '\n' && (c.is_control() || reorders(*c));
            prop_assert_eq!(text.chars().find(bad), None, "{}", text);
        }
    }

    #[test]
    fn lines_with_carets_fit_and_stand_under_the_use(
        texts in prop::collection::vec(ANY, 7),
        (start, end) in (0..50_usize, 0..50_usize),
        width in 40..120_usize,
    ) {
        let report = odd(&texts, start, end);
        let text = rendered(&report, Format::Terminal, RenderOptions { width, ..PLAIN });
        let lines: Vec<&str> = text.lines().collect();
        for pair in lines.windows(2) {
            let Some((gutter, carets)) = pair[1].split_once("| ") else { continue };
            let carets = carets.trim_start();
            if !gutter.trim().is_empty() || !carets.starts_with('^') {
                continue;
            }
            prop_assert!(pair[0].width() <= width, "{}", pair[0]);
            prop_assert!(pair[1].trim_end().width() <= width.max(60), "{}", pair[1]);
        }
    }

    /// An empty use at the end of a long line: its caret needs a column of its own.
    #[test]
    fn carets_of_empty_uses_fit(width in 40..120_usize, length in 30..50_usize) {
        let mut texts = vec![String::new(); 7];
        texts[0] = "日a".repeat(length);
        let end = texts[0].len();
        let report = odd(&texts, end, end);
        let text = rendered(&report, Format::Terminal, RenderOptions { width, ..PLAIN });
        for line in text.lines().filter(|line| line.trim_end().ends_with("| ^") || line.contains(" ^")) {
            prop_assert!(line.trim_end().width() <= width.max(60), "{}", line);
        }
    }

    #[test]
    fn what_is_saved_is_read_the_same(texts in prop::collection::vec("\\PC{0,30}", 7)) {
        // Masked once, as every report is that was built.
        let first = read(&serde_json::to_vec(&odd(&texts, 1, 2)).expect("it is JSON"));
        let first = first.expect("it is a report");
        for format in [Format::Json, Format::Jsonl] {
            let text = rendered(&first, format, PLAIN);
            prop_assert_eq!(read(text.as_bytes()), Ok(first.clone()));
        }
    }
}
