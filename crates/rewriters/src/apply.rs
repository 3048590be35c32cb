//! Writes edited files, each in one step.

mod stage;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::edit::Applicability;
use crate::plan::file::chosen;
use crate::plan::{FilePlan, Plan};
use stage::{Staged, stage};

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

/// Applies `plan`: file by file, old or new and nothing between. Names every file that has a fix of
/// at least `options.least`, in the order of [`Plan::files`].
///
/// The files of one repository are all made ready before the first is written. If one of them is
/// refused, so are those that rename the same variable: it is renamed everywhere or nowhere.
pub fn apply(plan: &Plan, options: &ApplyOptions) -> Vec<Applied> {
    // A folder that is not there holds no file to write.
    let within: Vec<_> = options.within.iter().filter_map(|dir| dir.canonicalize().ok()).collect();
    let mut scopes = BTreeMap::<usize, Vec<(usize, &FilePlan)>>::new();
    for (index, file) in plan.files.iter().enumerate() {
        if chosen(plan, file, options.least).next().is_some() {
            scopes.entry(file.scope).or_default().push((index, file));
        }
    }
    let mut applied = Vec::new();
    for files in scopes.values() {
        let mut staged: Vec<_> =
            files.iter().map(|(_, file)| stage(plan, file, options, &within)).collect();
        refuse_half_renames(plan, options.least, files, &mut staged);
        for ((index, file), staged) in files.iter().zip(staged) {
            let fixes = match &staged {
                Ok(staged) if !staged.was_done() => chosen(plan, file, options.least).count(),
                _ => 0,
            };
            let (refused, notes) = match staged.and_then(Staged::commit) {
                Ok(notes) => (None, notes),
                Err(reason) => (Some(reason), Vec::new()),
            };
            let fixes = if refused.is_some() { 0 } else { fixes };
            applied.push(Applied { file: *index, path: file.path.clone(), fixes, refused, notes });
        }
    }
    applied.sort_by_key(|applied| applied.file);
    applied
}

/// Refuses the files that rename a variable which a refused file renames too.
fn refuse_half_renames(
    plan: &Plan,
    least: Applicability,
    files: &[(usize, &FilePlan)],
    staged: &mut [Result<Staged, String>],
) {
    let renamed = |file| -> BTreeSet<&str> {
        chosen(plan, file, least).filter_map(|fix| fix.renamed.as_deref()).collect()
    };
    loop {
        let mut changed = false;
        let kept: Vec<(&str, &str)> = files
            .iter()
            .zip(staged.iter())
            .filter(|(_, staged)| staged.is_err())
            .flat_map(|((_, file), _)| {
                renamed(file).into_iter().map(|variable| (variable, file.path.as_str()))
            })
            .collect();
        for ((_, file), staged) in files.iter().zip(staged.iter_mut()) {
            let names = renamed(file);
            let hit = kept.iter().find(|(variable, _)| names.contains(variable));
            if let (Ok(_), Some((variable, other))) = (&*staged, hit) {
                *staged = Err(format!(
                    "it renames {variable} as {other} would, which cannot be written: a variable \
                     is renamed everywhere or nowhere"
                ));
                changed = true;
            }
        }
        if !changed {
            return;
        }
    }
}

#[cfg(test)]
mod tests;
