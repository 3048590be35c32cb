//! What the tests of several modules share.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use bbsweep_scanner_core::Span;

use crate::edit::{Applicability, Edit, Fix};
use crate::plan::{FilePlan, Group, Plan, file};

/// The real git, with no config of the machine.
pub(crate) fn git<S: AsRef<OsStr>>(dir: &Path, args: impl IntoIterator<Item = S>) -> Output {
    Command::new("git")
        .args(args)
        .current_dir(dir)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_AUTHOR_NAME", "t")
        .env("GIT_AUTHOR_EMAIL", "t@example.com")
        .env("GIT_COMMITTER_NAME", "t")
        .env("GIT_COMMITTER_EMAIL", "t@example.com")
        .env("LC_ALL", "C")
        .env_remove("GIT_DIR")
        .output()
        .unwrap()
}

/// As [`git`], and it has to succeed.
pub(crate) fn git_ok<S: AsRef<OsStr>>(dir: &Path, args: impl IntoIterator<Item = S>) -> Vec<u8> {
    let output = git(dir, args);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// Writes a file and the folders above it.
pub(crate) fn put(path: impl AsRef<Path>, bytes: impl AsRef<[u8]>) {
    fs::create_dir_all(path.as_ref().parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// A fix that turns the first `old` in `bytes` into `new`.
pub(crate) fn replacing(bytes: &[u8], old: &[u8], new: &[u8]) -> Fix {
    let at = bytes.windows(old.len()).position(|window| window == old).unwrap() as u64;
    Fix {
        applicability: Applicability::Safe,
        edits: vec![Edit { span: Span::new(at, at + old.len() as u64), replacement: new.to_vec() }],
        ..Fix::manual("", Vec::new())
    }
}

/// A plan made by hand, for files that are on disk.
#[derive(Default)]
pub(crate) struct Plans(pub(crate) Plan);

impl Plans {
    /// Adds one file with its fixes.
    pub(crate) fn file(&mut self, group: &Group, relative: impl Into<PathBuf>, fixes: Vec<Fix>) {
        let relative = relative.into();
        let absolute = group.dir().join(&relative);
        let first = self.0.fixes.len();
        self.0.fixes.extend(fixes);
        self.0.files.push(FilePlan {
            digest: file::digest(&fs::read(&absolute).unwrap()),
            path: relative.to_string_lossy().into_owned(),
            absolute,
            group: group.clone(),
            relative,
            fixes: (first..self.0.fixes.len()).collect(),
            scope: 0,
        });
    }
}
