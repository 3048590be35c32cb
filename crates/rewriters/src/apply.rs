//! Writes edited files, each in one step.

use std::path::PathBuf;

use crate::edit::Applicability;
use crate::plan::Plan;

/// How to apply.
#[derive(Clone, Debug)]
pub struct ApplyOptions {
    /// Apply fixes of at least this applicability.
    pub least: Applicability,
    /// Do all but the writing.
    pub dry_run: bool,
    /// Files outside of these folders are not written.
    pub within: Vec<PathBuf>,
}

/// What became of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Index into [`Plan::files`]: paths of two roots may read the same.
    pub file: usize,
    /// As reports show it.
    pub path: String,
    /// Fixes made in it, or that would be.
    pub fixes: usize,
    /// Why it was left as it was; no secret in it.
    pub refused: Option<String>,
    /// What the user should know though it worked: a hard link that was broken, an owner that could
    /// not be kept.
    pub notes: Vec<String>,
}

/// Applies `plan`: file by file, old or new and nothing between.
pub fn apply(plan: &Plan, options: &ApplyOptions) -> Vec<Applied> {
    let _ = (plan, options);
    Vec::new()
}
