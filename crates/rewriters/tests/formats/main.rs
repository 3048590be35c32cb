//! Generated files in each format that is rewritten: what is edited scans clean, would not be edited
//! again, differs nowhere else, still parses, and git applies the patch forth and back.
//!
//! `cargo test` looks at a few hundred files of each format, `.ci/nightly` at 10,000.

#![cfg(unix)]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

#[path = "../common/mod.rs"]
mod common;

mod check;
mod file;
mod readers;
mod table;

use std::cell::Cell;
use std::time::Instant;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use check::Checked;
use table::Format;

/// Files of one case: they are scanned, patched and applied together.
const FILES: usize = 20;
/// Cases of one format, unless `PROPTEST_CASES` says more.
const CASES: u32 = 4;

/// Looks at trees of files of one format: what to print, and whether all is right.
fn run(format: &'static Format) -> (String, Result<(), String>) {
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    // The default is the library's own; whoever sets the variable means it.
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { config.cases } else { CASES };
    let mut runner = TestRunner::new(ProptestConfig { cases, ..config });
    let total = Cell::new(Checked::default());
    let begun = Instant::now();
    let files = prop::collection::vec(file::file(format), FILES);
    let ran = runner.run(&files, |files| {
        total.set(total.get() + check::tree(format, &files));
        Ok(())
    });
    let Checked { files, edited, edits, parsed } = total.get();
    let name = format.name;
    let seconds = begun.elapsed().as_secs();
    let line = format!(
        "{name:<22} {files:>6} files, {edited:>6} edited, {edits:>6} edits, {parsed:>6} read by others, \
         {seconds:>4} s"
    );
    let mut result = ran.map_err(|failed| format!("{name}: {failed}"));
    // A check of files in which nothing is edited checks nothing.
    if result.is_ok() && edited * 3 <= files {
        result = Err(format!("{name}: only {edited} of {files} files were edited"));
    }
    if result.is_ok() && format.reader.is_some() && parsed * 20 <= files {
        result = Err(format!("{name}: only {parsed} of {files} files were read"));
    }
    (line, result)
}

macro_rules! formats {
    ($($test:ident)*) => {
        $(#[test]
        fn $test() {
            let name = stringify!($test).replace('_', "-");
            let (line, result) = run(table::ALL.iter().find(|format| format.name == name).unwrap());
            eprintln!("{line}");
            result.unwrap();
        })*

        #[test]
        fn every_format_has_its_test() {
            let tests = [$(stringify!($test)),*].map(|name| name.replace('_', "-"));
            let names: Vec<&str> = table::ALL.iter().map(|format| format.name).collect();
            assert_eq!(names, tests);
        }
    };
}

formats! {
    git_config gitmodules netrc git_credentials
    shell dockerfile dotenv properties ini npmrc pip_requirements
    yaml bitbucket_pipelines gitlab_ci github_actions compose kubernetes_secret
    json json_comments composer_auth toml xml hcl
    jenkinsfile powershell batch makefile python javascript http_requests markdown
}
