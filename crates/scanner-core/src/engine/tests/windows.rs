use proptest::prelude::*;

use super::*;
use crate::Encoding;
use crate::finding::Location;
use crate::prefilter::Named;
use crate::source::read::Reader;

/// Scans `bytes` in windows, as a file of the size that `size` says.
fn scan(bytes: &[u8], size: Option<u64>, window: usize) -> (Outcome, Option<SkipReason>) {
    let location = || -> Location { bare_location("ci/build.sh") };
    let mut input = bytes;
    let seen = Reader::new(window, Settings::none()).scan(
        &mut input,
        size,
        Named::Plain,
        &location,
        &Cancel::new(),
    );
    let scrubber = Scrubber::new(&seen.inspection.secrets);
    let findings = finish(seen.inspection.raws, &scrubber, None);
    let findings = findings.into_iter().map(|(finding, _)| finding).collect();
    let outcome = Outcome { findings, ..Outcome::default() };
    (outcome, seen.problem.map(|(reason, _)| reason))
}

fn whole(bytes: &[u8]) -> Vec<Finding> {
    scan_bytes(Path::new("ci/build.sh"), bytes).0
}

#[test]
fn a_secret_across_a_border_is_found_once() {
    let window = 4096;
    // A use at every place around the first borders.
    let first = 65536 + window;
    let around = |at: usize| (at - 60..at + 60).step_by(5);
    for end in around(first).chain(around(first - 32768)).chain(around(first - 49152)) {
        let mut text = "x".repeat(end - url(1).len() - 1);
        text.extend([" ", &url(1), " \n", &"y \n".repeat(20_000)]);
        let (outcome, problem) = scan(text.as_bytes(), Some(text.len() as u64), window);
        assert_eq!(problem, None);
        assert_eq!(outcome.findings, whole(text.as_bytes()), "{end}");
        assert_eq!(outcome.findings.len(), 1);
    }
}

#[test]
fn a_file_that_shrinks_is_scanned_as_far_as_it_goes() {
    for (len, window) in [(1_000, 4 << 20), (500_000, 4096)] {
        let mut text = format!("{}\n", url(1));
        text += &"z\n".repeat(len / 2);
        let size = text.len() as u64;
        let (outcome, problem) = scan(text.as_bytes(), Some(size + 1), window);
        assert_eq!(problem, Some(SkipReason::Changed));
        assert_eq!(seen(&outcome), [("ci/build.sh".into(), 1, 1)]);
        assert_eq!(scan(text.as_bytes(), Some(size), window).1, None);
        assert_eq!(scan(text.as_bytes(), None, window).1, None);
    }
}

#[test]
fn an_error_while_reading_loses_nothing() {
    struct Failing<'a>(&'a [u8]);
    impl std::io::Read for Failing<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            if self.0.is_empty() {
                return Err(std::io::Error::other("broken disk"));
            }
            self.0.read(buffer)
        }
    }
    for window in [1024, 4 << 20] {
        let text = format!("{}\n{}", url(1), "z\n".repeat(100_000));
        let mut input = Failing(text.as_bytes());
        let location = || -> Location { bare_location("x.sh") };
        let cancel = Cancel::new();
        let seen = Reader::new(window, Settings::none()).scan(
            &mut input,
            Some(1 << 20),
            Named::Plain,
            &location,
            &cancel,
        );
        assert_eq!(seen.problem, Some((SkipReason::IoError, "broken disk".into())));
        assert_eq!(seen.inspection.raws.len(), 1);
        assert_eq!(seen.bytes, text.len() as u64);
    }
}

#[test]
fn a_large_file_is_stopped_between_windows() {
    let tree = Tree::new();
    let text = "z\n".repeat(100_000);
    let cancel = Cancel::new();
    cancel.cancel();
    let location = || -> Location { bare_location("x") };
    let seen = Reader::new(1024, Settings::none()).scan(
        &mut text.as_bytes(),
        Some(text.len() as u64),
        Named::Plain,
        &location,
        &cancel,
    );
    assert_eq!(seen.problem.unwrap().0, SkipReason::Cancelled);
    drop(tree);
}

#[test]
fn one_buffer_serves_files_of_all_sizes() {
    let mut reader = Reader::new(4096, Settings::none());
    let location = || -> Location { bare_location("x.sh") };
    let mut large = "z\n".repeat(100_000);
    large += &url(1);
    for text in ["", &url(2), &large, &url(3), "z", &large] {
        let seen = reader.scan(
            &mut text.as_bytes(),
            Some(text.len() as u64),
            Named::Plain,
            &location,
            &Cancel::new(),
        );
        assert_eq!(seen.inspection.raws.len(), usize::from(text.contains("ATBB")));
        assert_eq!(seen.bytes, text.len() as u64);
        assert_eq!(seen.problem, None);
    }
}

/// A text of lines of all lengths, some with a use.
fn text() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        6 => (1_usize..2_000).prop_map(|len| "lorem é ipsum \u{1F980} ".repeat(len / 18 + 1)),
        1 => (60_000_usize..90_000).prop_map(|len| "no-border".repeat(len / 9)),
        3 => (0_u32..5, "[ #]{1,40}").prop_map(|(n, pad)| format!("{pad}{} ", url(n))),
    ];
    let end = prop_oneof![Just("\n"), Just("\r\n"), Just(" ")];
    proptest::collection::vec((line, end), 60..160)
        .prop_map(|lines| lines.into_iter().map(|(line, end)| line + end).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_window_gives_what_the_whole_gives(
        text in text(),
        window in 5_000_usize..200_000,
        encoding in 0..4,
        sized in any::<bool>(),
    ) {
        let mut bytes: Vec<u8> = Vec::new();
        match encoding {
            0 => bytes.extend(text.as_bytes()),
            1 => bytes.extend([b"\xEF\xBB\xBF", text.as_bytes()].concat()),
            2 => bytes.extend([0xFF, 0xFE].into_iter().chain(Encoding::Utf16Le.encode(&text))),
            _ => bytes.extend([0xFE, 0xFF].into_iter().chain(Encoding::Utf16Be.encode(&text))),
        }
        let size = sized.then_some(bytes.len() as u64);
        let (outcome, problem) = scan(&bytes, size, window);
        prop_assert_eq!(problem, None);
        let expected = whole(&bytes);
        prop_assert_eq!(expected.len(), text.matches("ATBB").count());
        for (a, b) in outcome.findings.iter().zip(&expected) {
            // A window may end in a long line: then the excerpt shows less of what is around.
            let same = Finding { excerpt: b.excerpt.clone(), ..a.clone() };
            prop_assert_eq!(&same, b);
            let caret = |f: &Finding| f.excerpt.text[f.excerpt.start..f.excerpt.end].to_owned();
            prop_assert_eq!(caret(a), caret(b));
        }
        prop_assert_eq!(outcome.findings.len(), expected.len());
    }
}
