//! Whole scans of trees that the tests make.

mod cache;
mod files;
mod git;
mod leaks;
mod settings;
mod windows;

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::*;

/// A folder to scan, removed at the end.
struct Tree {
    dir: TempDir,
    places: Places,
    options: ScanOptions,
}

impl Tree {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let options = ScanOptions { roots: vec![dir.path().into()], ..ScanOptions::default() };
        Self { dir, places: Places::default(), options }
    }

    fn at(&self, path: &str) -> PathBuf {
        self.dir.path().canonicalize().unwrap().join(path)
    }

    /// Writes a file and the folders that it needs.
    fn file(&self, path: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.at(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    fn scan(&self) -> Outcome {
        self.scan_with(&Cancel::new())
    }

    fn scan_with(&self, cancel: &Cancel) -> Outcome {
        let mut stdin = std::io::Cursor::new(url(99));
        run::run(&self.options, cancel, &(), &self.places, &mut stdin).unwrap()
    }
}

/// An app password; the clear part differs by `n`.
fn secret(n: u32) -> String {
    format!("ATBBexampleNotARealSecret{n:03}0A1B2C3D")
}

/// A use of it.
fn url(n: u32) -> String {
    format!("https://joe:{}@bitbucket.org/team/repo{n}.git", secret(n))
}

/// Path and line of each finding, and the number of the secret.
fn seen(outcome: &Outcome) -> Vec<(String, u64, u32)> {
    outcome
        .findings
        .iter()
        .map(|finding| {
            let secret = String::from_utf8(finding.secret.as_ref().unwrap().expose().to_vec());
            let number = secret.unwrap()[25..28].parse().unwrap();
            (finding.location.path.clone(), finding.location.line, number)
        })
        .collect()
}

fn paths(outcome: &Outcome) -> Vec<String> {
    seen(outcome).into_iter().map(|(path, ..)| path).collect()
}

fn skipped(outcome: &Outcome) -> Vec<(String, SkipReason)> {
    outcome.skipped.iter().map(|skipped| (skipped.path.clone(), skipped.reason)).collect()
}

fn named(entries: &[(&str, SkipReason)]) -> Vec<(String, SkipReason)> {
    entries.iter().map(|(path, reason)| ((*path).to_owned(), *reason)).collect()
}

fn without_time(mut outcome: Outcome) -> String {
    outcome.stats.elapsed = Duration::ZERO;
    format!("{outcome:#?}")
}
