//! Writes edited files: each in one step, those of a repository together.

mod journal;
mod recover;
mod stage;
mod transaction;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::edit::Applicability;
use crate::plan::file::chosen;
use crate::plan::{FilePlan, Plan};
use stage::prepare;

pub use journal::Unread;
pub use recover::{Now, Recovered, Recovery, is_interrupted, recover};

/// How to apply.
#[derive(Clone, Debug)]
pub struct ApplyOptions {
    /// Apply fixes of at least this applicability.
    pub least: Applicability,
    /// Do all but the writing.
    pub dry_run: bool,
    /// Files outside of these folders are not written.
    pub within: Vec<PathBuf>,
    /// The folder of the journals; made 0700 if it is missing. Without one, a kill in the middle of a
    /// repository leaves it half done.
    pub journal: Option<PathBuf>,
    /// Keep the old contents, which hold the old secrets, in the folder of the journals (0600) until
    /// [`recover()`] puts them back or wipes them.
    pub backup: bool,
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

/// Applies `plan`: each file is old or new at any instant, and nothing between. Names every file that
/// has a fix of at least `options.least`, in the order of [`Plan::files`].
///
/// All files of a repository are written or none; outside of repositories those that rename the same
/// variable. With a journal, what a kill leaves in the middle is brought to an end by [`recover()`].
pub fn apply(plan: &Plan, options: &ApplyOptions) -> Vec<Applied> {
    let within = recover::canonical(&options.within);
    let mut scopes = BTreeMap::<usize, Vec<usize>>::new();
    for (index, file) in plan.files.iter().enumerate() {
        if chosen(plan, file, options.least).next().is_some() {
            scopes.entry(file.scope).or_default().push(index);
        }
    }
    let mut applied = Vec::new();
    for (number, files) in &scopes {
        let mut prepared: Vec<_> = files
            .iter()
            .map(|index| prepare(plan, &plan.files[*index], options, &within))
            .collect();
        let bonds = Bonds::new(plan, options.least, files);
        bonds.refuse(&mut prepared);
        let done = if options.dry_run {
            prepared
                .into_iter()
                .map(|one| one.map(|one| (one.bytes.is_some(), one.notes)))
                .collect()
        } else {
            transaction::run(prepared, &bonds, options, *number)
        };
        for (index, done) in files.iter().zip(done) {
            let file = &plan.files[*index];
            let (fixes, refused, notes) = match done {
                Ok((true, notes)) => (chosen(plan, file, options.least).count(), None, notes),
                Ok((false, notes)) => (0, None, notes),
                Err(reason) => (0, Some(reason), Vec::new()),
            };
            applied.push(Applied { file: *index, path: file.path.clone(), fixes, refused, notes });
        }
    }
    applied.sort_by_key(|applied| applied.file);
    applied
}

/// Which files of one scope are written together or not at all.
struct Bonds<'a> {
    files: Vec<&'a FilePlan>,
    renamed: Vec<BTreeSet<&'a str>>,
}

impl<'a> Bonds<'a> {
    fn new(plan: &'a Plan, least: Applicability, files: &[usize]) -> Self {
        let files: Vec<_> = files.iter().map(|index| &plan.files[*index]).collect();
        let renamed = |file: &&'a FilePlan| {
            chosen(plan, file, least).filter_map(|fix| fix.renamed.as_deref()).collect()
        };
        Self { renamed: files.iter().map(renamed).collect(), files }
    }

    /// Refuses what is bound to a file that is refused.
    fn refuse<T>(&self, rows: &mut [Result<T, String>]) {
        loop {
            let mut changed = false;
            for at in 0..rows.len() {
                if rows[at].is_err() {
                    continue;
                }
                let refused = (0..rows.len()).filter(|other| rows[*other].is_err());
                if let Some(reason) = refused.into_iter().find_map(|other| self.bond(at, other)) {
                    rows[at] = Err(reason);
                    changed = true;
                }
            }
            if !changed {
                return;
            }
        }
    }

    /// Why the file at `at` is not written if the one at `other` is not.
    fn bond(&self, at: usize, other: usize) -> Option<String> {
        let path = &self.files[other].path;
        if let Some(variable) = self.renamed[at].intersection(&self.renamed[other]).next() {
            return Some(format!(
                "it renames {variable} as {path} would, which cannot be written: a variable is \
                 renamed everywhere or nowhere"
            ));
        }
        self.files[at]
            .in_repository
            .then(|| format!("{path} cannot be written: all files of a repository are, or none"))
    }
}

#[cfg(test)]
mod tests;
