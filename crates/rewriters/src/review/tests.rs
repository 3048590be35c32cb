use std::path::Path;

use bbsweep_scanner_core::{ScanOptions, scan};

use super::*;
use crate::plan::plan;
use crate::testing::{API_TOKEN, APP_PASSWORD, put, with_token};

/// What reviewers see of the file `name` with this text, by fix: `-` and `+` lines, changes in
/// brackets.
fn shown(name: &str, bytes: impl AsRef<[u8]>, options: &PlanOptions) -> Vec<String> {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path().join(name), bytes);
    let (plan, findings) = planned(dir.path(), options);
    let reviewer = Reviewer::new(&findings, options);
    let [file] = &plan.files[..] else { panic!("{} files", plan.files.len()) };
    let mut out = Vec::new();
    for (_, hunks) in reviewer.file(&plan, file).unwrap() {
        for Hunk { line, old, new } in hunks {
            let side = |sign: &str, lines: &[Line]| -> String {
                let piece = |piece: &Piece| {
                    if piece.changed { format!("[{}]", piece.text) } else { piece.text.clone() }
                };
                let line =
                    |line: &Line| format!("\n{sign}{}", line.iter().map(piece).collect::<String>());
                lines.iter().map(line).collect()
            };
            out.push(format!("{line}{}{}", side("-", &old), side("+", &new)));
        }
    }
    out
}

fn planned(dir: &Path, options: &PlanOptions) -> (Plan, Vec<Finding>) {
    let scanned = ScanOptions { roots: vec![dir.to_path_buf()], ..ScanOptions::default() };
    let outcome = scan(&scanned, &bbsweep_scanner_core::Cancel::new(), &()).unwrap();
    (plan(&outcome.findings, options), outcome.findings)
}

#[test]
fn what_changes_is_marked_and_masked() {
    let text =
        format!("#!/bin/sh\n# a\ngit clone https://bob:{APP_PASSWORD}@bitbucket.org/t/r.git x\n");
    let expected = "3\n-git clone https://[bob:ATBB…2C3D]@bitbucket.org/t/r.git x\n\
                    +git clone https://[x-bitbucket-api-token-auth:${BITBUCKET_API_TOKEN}]@bitbucket.org/t/r.git x";
    let options = PlanOptions::default();
    assert_eq!(shown("a.sh", &text, &options), [expected]);
    // Whatever its encoding and line ends.
    let crlf = text.replace('\n', "\r\n");
    assert_eq!(shown("a.sh", &crlf, &options), [expected]);
    let utf16: Vec<u8> =
        std::iter::once(0xFEFF).chain(crlf.encode_utf16()).flat_map(u16::to_be_bytes).collect();
    assert_eq!(shown("a.sh", utf16, &options), [expected]);
    // Without a last line end.
    assert_eq!(shown("a.sh", text.trim_end(), &options), [expected]);
}

#[test]
fn lines_that_come_and_go_are_lines() {
    // A short secret, which no net but the detectors' own masks.
    let text = "machine bitbucket.org\n  login bob\n  password hunter2\n";
    let shown = shown(".netrc", text, &with_token());
    let all = shown.join("\n");
    assert!(!all.contains("hunter2") && !all.contains(API_TOKEN), "{all}");
    assert_eq!(
        shown,
        [
            "2\n-  login [bob]\n-  password […]\n+  login [x-bitbucket-api-token-auth]\n+  password [ATATT3…3C4D]"
        ]
    );
}

#[test]
fn of_long_lines_the_change_is_shown() {
    let filler = "word ".repeat(4000);
    let text =
        format!("{filler}git clone https://bob:{APP_PASSWORD}@bitbucket.org/t/r.git {filler}");
    let shown = shown("a.sh", &text, &PlanOptions::default());
    assert_eq!(shown.len(), 1);
    assert!(shown[0].len() < 600, "{}", shown[0]);
    assert!(shown[0].contains("[bob:ATBB…2C3D]"), "{}", shown[0]);
}

#[test]
fn a_file_that_changed_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a.sh");
    put(&file, format!("git clone https://bob:{APP_PASSWORD}@bitbucket.org/t/r.git\n"));
    let options = PlanOptions::default();
    let (plan, findings) = planned(dir.path(), &options);
    put(&file, "x");
    let told = Reviewer::new(&findings, &options).file(&plan, &plan.files[0]).unwrap_err();
    assert!(told.contains("changed since"), "{told}");
}
