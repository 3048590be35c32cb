//! What has to hold of a tree of files.

use std::ffi::OsStr;
use std::fs;
use std::ops::Add;
use std::path::Path;

use bbsweep_rewriters::edit::apply_edits;
use bbsweep_rewriters::{Applicability, FilePlan, Plan, PlanOptions, patch, plan};
use bbsweep_scanner_core::{Finding, scan_bytes};

use crate::common::{Tree, git_ok};
use crate::file::File;
use crate::readers;
use crate::table::Format;

/// How much was looked at.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Checked {
    pub(crate) files: usize,
    pub(crate) edited: usize,
    pub(crate) edits: usize,
    /// Files that another program's reader took before and after.
    pub(crate) parsed: usize,
}

impl Add for Checked {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            files: self.files + other.files,
            edited: self.edited + other.edited,
            edits: self.edits + other.edits,
            parsed: self.parsed + other.parsed,
        }
    }
}

/// Each file is a root of its own, so that no variable ties one to another; one repository holds them,
/// so that one patch does.
fn scan(tree: &Tree, files: &[(String, Vec<u8>)]) -> Vec<Finding> {
    let mut all = Vec::new();
    for (root, (path, bytes)) in files.iter().enumerate() {
        let inner = path.split_once('/').unwrap().1;
        for mut finding in scan_bytes(Path::new(inner), bytes).0 {
            finding.location.root = root;
            finding.location.absolute = Some(tree.path(path));
            all.push(finding);
        }
    }
    all
}

pub(crate) fn tree(format: &Format, files: &[File]) -> Checked {
    let tree = Tree::new();
    git_ok(tree.root(), ["init", "-q"]);
    let before: Vec<(String, Vec<u8>)> = files
        .iter()
        .enumerate()
        .map(|(at, file)| (format!("{at}/{}", file.path), file.bytes.clone()))
        .collect();
    for (path, bytes) in &before {
        tree.put(path, bytes);
    }
    let findings = scan(&tree, &before);
    let planned = plan(&findings, &PlanOptions::default());
    assert_eq!(planned.fixes.len(), findings.len());
    let mut checked = Checked { files: files.len(), ..Checked::default() };
    for least in [Applicability::Safe, Applicability::Review] {
        for (path, bytes) in &before {
            tree.put(path, bytes);
        }
        let after = edited(&planned, least, &tree, &before);
        patched(&planned, least, &tree, &before, &after);
        clean(&findings, &planned, least, &tree, &after);
        let mut parsed = 0;
        for ((path, old), (_, new)) in before.iter().zip(&after).filter(|(old, new)| old.1 != new.1)
        {
            if let Some(reader) = format.reader {
                parsed += usize::from(readers::same(reader, old, new, path));
            }
        }
        if least == Applicability::Review {
            let changed = before.iter().zip(&after).filter(|(old, new)| old.1 != new.1);
            checked.edited = changed.count();
            checked.edits = planned.fixes.iter().map(|fix| fix.edits.len()).sum();
            checked.parsed = parsed;
        }
    }
    checked
}

/// The files with the edits of at least `least`, put together from what stands between them.
fn edited(
    planned: &Plan,
    least: Applicability,
    tree: &Tree,
    before: &[(String, Vec<u8>)],
) -> Vec<(String, Vec<u8>)> {
    let file_of = |path: &str| -> Option<&FilePlan> {
        planned.files.iter().find(|file| file.absolute == tree.path(path))
    };
    before
        .iter()
        .map(|(path, old)| {
            let fixes = file_of(path).map_or(&[][..], |file| &file.fixes);
            let mut edits: Vec<_> = fixes
                .iter()
                .map(|index| &planned.fixes[*index])
                .filter(|fix| fix.applicability >= least)
                .flat_map(|fix| &fix.edits)
                .collect();
            edits.sort_by_key(|edit| edit.span);
            let (mut new, mut done) = (Vec::new(), 0);
            for edit in &edits {
                let range = edit.span.range();
                new.extend_from_slice(&old[done..range.start]);
                new.extend_from_slice(&edit.replacement);
                done = range.end;
            }
            new.extend_from_slice(&old[done..]);
            assert_eq!(apply_edits(old, edits).as_deref(), Some(&new[..]), "{path}");
            (path.clone(), new)
        })
        .collect()
}

fn on_disk(tree: &Tree, files: &[(String, Vec<u8>)]) -> Vec<(String, Vec<u8>)> {
    files.iter().map(|(path, _)| (path.clone(), fs::read(tree.path(path)).unwrap())).collect()
}

/// git takes the patch, makes the same files of it, and goes back to the first bytes.
fn patched(
    planned: &Plan,
    least: Applicability,
    tree: &Tree,
    before: &[(String, Vec<u8>)],
    after: &[(String, Vec<u8>)],
) {
    let out = tempfile::tempdir().unwrap();
    let written = patch::write(planned, &out.path().join("p"), least).unwrap();
    if written.is_empty() {
        assert_eq!(before, after);
        return;
    }
    let [written] = &written[..] else { panic!("{} patches", written.len()) };
    assert_eq!(written.left_out, []);
    let apply = |args: &[&str]| {
        let args = ["apply"].iter().chain(args).map(OsStr::new);
        git_ok(&written.run_in, args.chain([written.path.as_os_str()]));
    };
    apply(&["--check"]);
    apply(&[]);
    assert_eq!(on_disk(tree, before), after, "git makes what the edits make");
    apply(&["-R"]);
    assert_eq!(on_disk(tree, before), before, "the patch leads back");
    apply(&[]);
}

/// A scan of the edited files, which are on disk, finds nothing that an edit was for, and a plan has
/// nothing to edit.
fn clean(
    findings: &[Finding],
    planned: &Plan,
    least: Applicability,
    tree: &Tree,
    after: &[(String, Vec<u8>)],
) {
    let left = scan(tree, after);
    let again = plan(&left, &PlanOptions::default());
    for (finding, fix) in left.iter().zip(&again.fixes) {
        assert!(
            fix.edits.is_empty() || fix.applicability < least,
            "{}:{}: {} would be edited again",
            finding.location.path,
            finding.location.line,
            finding.message
        );
    }
    // Secrets that edits took away are in no file.
    for (finding, fix) in findings.iter().zip(&planned.fixes) {
        let gone = fix.applicability >= least && !fix.edits.is_empty();
        let still = |other: &Finding| {
            other.location.root == finding.location.root
                && other.rule == finding.rule
                && other.severity >= finding.severity
                && other.secret.is_some()
                && other.secret == finding.secret
                && other.state == finding.state
        };
        let as_often = |all: &[Finding]| all.iter().filter(|other| still(other)).count();
        if gone && finding.secret.is_some() {
            assert!(as_often(&left) < as_often(findings), "{} is still there", finding.message);
        }
    }
}
