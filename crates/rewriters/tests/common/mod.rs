//! A tree on disk that is scanned, planned, patched and applied.

// Each test program uses a part of it.
#![allow(dead_code)]

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use bbsweep_rewriters::apply::{ApplyOptions, apply};
use bbsweep_rewriters::{Applicability, Plan, PlanOptions, patch, plan};
use bbsweep_scanner_core::finding::Repository;
use bbsweep_scanner_core::{Finding, Severity, scan_bytes};
use tempfile::TempDir;

/// Built from parts, so that no scanner takes this file for one that holds a secret.
pub(crate) fn app_password(n: usize) -> String {
    format!("{}exampleNotARealSecret{:03}{:08X}", "ATBB", n % 1000, 0x0A1B_2C3D + n)
}

pub(crate) fn legacy_password(n: usize) -> String {
    format!("exampleLegacyPw{n:05}")
}

pub(crate) fn api_token(n: usize) -> String {
    format!("{}xFfGF0{}={:08X}", "ATATT3", "exampleNotARealToken".repeat(9), 0x1A2B_0000 + n)
}

/// The real git, with no config of the machine.
pub(crate) fn git<S: AsRef<OsStr>>(dir: &Path, args: impl IntoIterator<Item = S>) -> Output {
    Command::new("git")
        .args(args)
        .current_dir(dir)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("LC_ALL", "C")
        .env_remove("GIT_DIR")
        .output()
        .unwrap()
}

pub(crate) fn git_ok<S: AsRef<OsStr>>(dir: &Path, args: impl IntoIterator<Item = S>) {
    let output = git(dir, args);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

pub(crate) struct Tree(TempDir);

impl Tree {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn root(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root().join(relative)
    }

    pub(crate) fn put(&self, relative: &str, bytes: &[u8]) {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// Every file, by relative path; of git directories only the config.
    fn files(&self) -> Vec<(String, Vec<u8>)> {
        let mut files = Vec::new();
        let mut dirs = vec![self.root().to_path_buf()];
        while let Some(dir) = dirs.pop() {
            for entry in fs::read_dir(dir).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    dirs.push(path);
                } else {
                    let relative = path.strip_prefix(self.root()).unwrap().to_str().unwrap();
                    if !relative.contains(".git/") || relative.ends_with(".git/config") {
                        files.push((relative.to_owned(), fs::read(&path).unwrap()));
                    }
                }
            }
        }
        files.sort();
        files
    }

    /// What a scan of the tree finds.
    pub(crate) fn scan(&self) -> Vec<Finding> {
        let git_dir = self.path(".git");
        let repository = git_dir.is_dir().then(|| {
            Arc::new(Repository {
                name: ".".into(),
                work_dir: Some(self.root().to_path_buf()),
                git_dir: git_dir.clone(),
                common_dir: git_dir.clone(),
            })
        });
        let mut findings = Vec::new();
        for (relative, bytes) in self.files() {
            for mut finding in scan_bytes(Path::new(&relative), &bytes).0 {
                finding.location.absolute = Some(self.path(&relative));
                finding.location.repository.clone_from(&repository);
                findings.push(finding);
            }
        }
        findings
    }

    /// Plans the tree, has git check the patches of both thresholds and apply one forth and back,
    /// applies the plan, and makes sure that nothing is left to do but what was told as such.
    pub(crate) fn check(&self, options: &PlanOptions) -> Plan {
        let before = self.files();
        let findings = self.scan();
        let planned = plan(&findings, options);
        Self::nothing_is_told(&findings, &planned, options);
        assert_eq!(planned.fixes.len(), findings.len());
        for (finding, fix) in findings.iter().zip(&planned.fixes) {
            // What a rewriter proposes passes the planner's check.
            for failed in
                ["the edited file", "contradict", "changed since", "could not", "only together"]
            {
                assert!(!fix.reason.contains(failed), "{}: {finding:?}", fix.reason);
            }
        }

        let out = tempfile::tempdir().unwrap();
        for least in [Applicability::Safe, Applicability::Review] {
            for written in
                patch::write(&planned, &out.path().join(format!("{least:?}")), least).unwrap()
            {
                assert_eq!(written.left_out, []);
                let apply = |args: &[&str]| {
                    let args = ["apply"].iter().chain(args).map(OsStr::new);
                    git_ok(&written.run_in, args.chain([written.path.as_os_str()]));
                };
                apply(&["--check"]);
                if least == Applicability::Review {
                    apply(&[]);
                    assert!(self.files() != before, "the patch changes something");
                    apply(&["-R"]);
                }
            }
        }
        assert_eq!(self.files(), before, "patches lead back");

        // The safe edits alone are right, and leave the others to be made.
        self.apply(&planned, Applicability::Safe);
        let after_safe = self.files();
        let rest = plan(&self.scan(), options);
        assert_eq!(rest.count(Applicability::Safe), 0, "a second apply has nothing to do");
        for (path, bytes) in &before {
            fs::write(self.path(path), bytes).unwrap();
        }

        self.apply(&planned, Applicability::Review);
        let findings_left = self.scan();
        let rest = plan(&findings_left, options);
        for (finding, fix) in findings_left.iter().zip(&rest.fixes) {
            assert!(fix.edits.is_empty(), "{}: a second plan edits {finding:?}", finding.message);
        }
        let asking = |findings: &[Finding]| {
            findings.iter().filter(|finding| finding.severity > Severity::Note).count()
        };
        let told = findings
            .iter()
            .zip(&planned.fixes)
            .filter(|(finding, fix)| fix.edits.is_empty() && finding.severity > Severity::Note)
            .count();
        assert_eq!(asking(&findings_left), told, "{findings_left:#?}");
        if planned.count(Applicability::Review) == 0 {
            assert_eq!(self.files(), after_safe);
        }
        planned
    }

    pub(crate) fn apply(&self, planned: &Plan, least: Applicability) {
        let options = ApplyOptions {
            least,
            dry_run: false,
            within: vec![self.root().to_path_buf()],
            journal: None,
            backup: false,
        };
        for applied in apply(planned, &options) {
            assert_eq!(applied.refused, None);
            let known = |note: &String| note.contains("other users can read it");
            assert!(applied.notes.iter().all(known), "{:?}", applied.notes);
        }
    }

    /// No text for people holds a secret.
    fn nothing_is_told(findings: &[Finding], planned: &Plan, options: &PlanOptions) {
        let mut told = format!("{planned:?}");
        for fix in &planned.fixes {
            told.push_str(fix.replacement.as_deref().unwrap_or_default());
        }
        let secrets = findings.iter().filter_map(|finding| finding.secret.as_ref());
        for secret in secrets.chain(&options.token) {
            let secret = String::from_utf8_lossy(secret.expose());
            assert!(secret.len() < 12 || !told.contains(&*secret), "{told}");
        }
    }
}

/// Fills in the secrets: `§app§`, `§old§`, `§api§`, and the static username `§S§`.
pub(crate) fn fill(text: &str) -> String {
    text.replace("§app§", &app_password(1))
        .replace("§old§", &legacy_password(1))
        .replace("§api§", &api_token(1))
        .replace("§S§", "x-bitbucket-api-token-auth")
}

/// What becomes of a tree of files.
pub(crate) fn rewritten(files: &[(&str, &str)], options: &PlanOptions) -> (Vec<String>, Plan) {
    let tree = Tree::new();
    for (path, text) in files {
        tree.put(path, fill(text).as_bytes());
    }
    let findings = tree.scan();
    let planned = plan(&findings, options);
    tree.apply(&planned, Applicability::Review);
    let texts = files
        .iter()
        .map(|(path, _)| String::from_utf8(std::fs::read(tree.path(path)).unwrap()).unwrap())
        .collect();
    let again = plan(&tree.scan(), options);
    assert!(
        again.fixes.iter().all(|fix| fix.edits.is_empty()),
        "a second plan edits: {:#?}",
        again.fixes
    );
    (texts, planned)
}

/// Applicabilities of the fixes, in a letter each.
pub(crate) fn letters(planned: &Plan) -> String {
    let letter = |applicability| match applicability {
        Applicability::Safe => 'S',
        Applicability::Review => 'R',
        Applicability::Manual => 'M',
    };
    planned.fixes.iter().map(|fix| letter(fix.applicability)).collect()
}

#[track_caller]
pub(crate) fn check_file(path: &str, before: &str, after: &str, expected: &str) -> Plan {
    let (texts, planned) = rewritten(&[(path, before)], &PlanOptions::default());
    assert_eq!(texts[0], fill(after), "{path}: {:#?}", planned.fixes);
    assert_eq!(letters(&planned), expected, "{path}: {before}\n{:#?}", planned.fixes);
    planned
}
