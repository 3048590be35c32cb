//! Unified diffs that `git apply` takes.

mod diff;
mod name;
mod split;

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::edit::Applicability;
use crate::plan::file::{chosen, rebuild};
use crate::plan::{FilePlan, Group, Plan};

/// Every patch begins with it: only such a file is overwritten.
const MARK: &str = "# Written by bbsweep.";

/// A patch that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The file. It is not there if `files` is 0.
    pub path: PathBuf,
    /// Files that it changes.
    pub files: usize,
    /// Fixes in it.
    pub fixes: usize,
    /// The folder in which `git apply` has to run, for people: the top level of the work tree; for
    /// a git config the git directory itself, because git takes no patch for a path through `.git`.
    pub run_in: PathBuf,
    /// Files that should be in it and are not.
    pub left_out: Vec<LeftOut>,
    /// The labels of its fixes, if the patches are split by labels.
    pub labels: Vec<String>,
}

/// A file that is not in the patch of its group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Index into [`Plan::files`].
    pub file: usize,
    /// As reports show it.
    pub path: String,
    /// Why; no secret in it.
    pub reason: String,
}

/// A patch, not written yet. Holds the old secrets.
#[derive(Clone, Default)]
pub struct Rendered {
    /// The text. Empty if no file is in it.
    pub bytes: Vec<u8>,
    /// Files that it changes.
    pub files: usize,
    /// Fixes in it.
    pub fixes: usize,
    /// As [`Written::left_out`].
    pub left_out: Vec<LeftOut>,
}

impl fmt::Debug for Rendered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rendered({} files, {} bytes)", self.files, self.bytes.len())
    }
}

/// Why a patch could not be written.
#[derive(Debug, thiserror::Error)]
#[error("{operation} {path}", path = path.display())]
pub struct PatchError {
    /// What was tried.
    pub operation: &'static str,
    /// On what.
    pub path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

/// Writes one patch for each group of `plan` into `dir`, with the fixes of at least `least`. Removed
/// lines hold the old secrets: the files are 0600, `dir` is made 0700. An existing `dir` keeps its
/// mode, but is refused if others may write to it; a file in it is only overwritten if an earlier run
/// wrote it.
///
/// A file that changed since the scan, or that git converts between work tree and patch, is left out
/// and named.
pub fn write(plan: &Plan, dir: &Path, least: Applicability) -> Result<Vec<Written>, PatchError> {
    write_parts(plan, dir, least, None)
}

/// As [`write()`], one patch for each group and label. `labels` has one for each fix: its rule, or its
/// owner. Each patch applies whether the others are applied or not: edits that are too near to each
/// other for that, and those that rename the same variable, go into one patch with both labels.
pub fn write_split(
    plan: &Plan,
    dir: &Path,
    least: Applicability,
    labels: &[String],
) -> Result<Vec<Written>, PatchError> {
    write_parts(plan, dir, least, Some(labels))
}

fn write_parts(
    plan: &Plan,
    dir: &Path,
    least: Applicability,
    labels: Option<&[String]>,
) -> Result<Vec<Written>, PatchError> {
    let groups = groups(plan, least);
    if groups.is_empty() {
        return Ok(Vec::new());
    }
    make_dir(dir)?;
    let mut parts = Vec::new();
    for ((group, files), name) in groups.iter().zip(name::names(groups.keys().copied())) {
        match labels {
            None => parts.push((name, Vec::new(), group, render_files(plan, group, files, least))),
            Some(labels) => {
                for part in split::split(plan, files, least, labels) {
                    let rendered = render(&plan.only(&part.fixes), group, least);
                    parts.push((name::labelled(&name, &part.labels), part.labels, group, rendered));
                }
            }
        }
    }
    let names = name::number(parts.iter().map(|(name, ..)| name.clone()).collect());
    let mut written = Vec::new();
    for ((_, labels, group, rendered), name) in parts.into_iter().zip(names) {
        let path = dir.join(&name);
        if rendered.files > 0 {
            write_file(dir, &path, &rendered.bytes)?;
        }
        written.push(Written {
            path,
            files: rendered.files,
            fixes: rendered.fixes,
            run_in: group.dir().to_path_buf(),
            left_out: rendered.left_out,
            labels,
        });
    }
    Ok(written)
}

/// The patch of one group with the fixes of at least `least`.
pub fn render(plan: &Plan, group: &Group, least: Applicability) -> Rendered {
    let files = groups(plan, least).remove(group).unwrap_or_default();
    render_files(plan, group, &files, least)
}

fn render_files(
    plan: &Plan,
    group: &Group,
    files: &[(usize, &FilePlan)],
    least: Applicability,
) -> Rendered {
    let mut rendered = Rendered::default();
    let mut diffs = Vec::new();
    let conversion = diff::Conversion::of(group);
    for &(index, file) in files {
        let diff = conversion.refuse(&file.relative).and_then(|()| {
            let rebuilt = rebuild(plan, file, least)?;
            diff::unified(&file.relative, &rebuilt.old, &rebuilt.new)
        });
        match diff {
            Ok(diff) => {
                diffs.extend_from_slice(&diff);
                rendered.files += 1;
                rendered.fixes += chosen(plan, file, least).count();
            }
            Err(reason) => {
                rendered.left_out.push(LeftOut { file: index, path: file.path.clone(), reason });
            }
        }
    }
    if rendered.files > 0 {
        rendered.bytes = preamble(group, &rendered).into_bytes();
        rendered.bytes.extend_from_slice(&diffs);
    }
    rendered
}

/// Files with at least one fix of at least `least`, by group, with their indices.
fn groups(plan: &Plan, least: Applicability) -> BTreeMap<&Group, Vec<(usize, &FilePlan)>> {
    let mut groups = BTreeMap::<_, Vec<_>>::new();
    for (index, file) in plan.files.iter().enumerate() {
        if chosen(plan, file, least).next().is_some() {
            groups.entry(&file.group).or_default().push((index, file));
        }
    }
    groups
}

/// `git apply` passes over lines before the first diff.
fn preamble(group: &Group, rendered: &Rendered) -> String {
    let count = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    let mut text = format!(
        "{MARK} Its removed lines hold the old secrets: keep it private, delete it when done.\n\
         # {} in {}. Apply it in this folder, with git apply:\n# {}\n",
        count(rendered.fixes, "edit"),
        count(rendered.files, "file"),
        group.dir().display().to_string().escape_default(),
    );
    for LeftOut { path, reason, .. } in &rendered.left_out {
        let _ = writeln!(text, "# left out: {}: {reason}", path.escape_default());
    }
    text
}

pub(crate) fn make_dir(dir: &Path) -> Result<(), PatchError> {
    let fail = |operation| move |source| PatchError { operation, path: dir.to_path_buf(), source };
    match fs::metadata(dir) {
        Ok(meta) if !meta.is_dir() => {
            Err(fail("use as a folder")(io::Error::from(io::ErrorKind::NotADirectory)))
        }
        Ok(meta) if others_write(&meta) => Err(fail("use")(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "other users may write to this folder, and patches hold secrets: take another one, or \
             chmod go-w",
        ))),
        Ok(_) => Ok(()),
        Err(err) if err.kind() == io::ErrorKind::NotFound => {
            if let Some(parent) = dir.parent() {
                fs::create_dir_all(parent).map_err(fail("create the folder above"))?;
            }
            let mut builder = fs::DirBuilder::new();
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder.create(dir).map_err(fail("create"))
        }
        Err(err) => Err(fail("open")(err)),
    }
}

#[cfg(unix)]
fn others_write(meta: &fs::Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&meta.permissions()) & 0o022 != 0
}

#[cfg(not(unix))]
fn others_write(_: &fs::Metadata) -> bool {
    false
}

/// Writes a file that only its owner can read, in one step.
pub(crate) fn write_file(dir: &Path, path: &Path, bytes: &[u8]) -> Result<(), PatchError> {
    let fail = |operation| move |source| PatchError { operation, path: path.to_path_buf(), source };
    match fs::symlink_metadata(path) {
        Ok(meta) if !meta.is_file() || !is_ours(path).map_err(fail("read"))? => {
            return Err(fail("overwrite")(io::Error::new(
                io::ErrorKind::AlreadyExists,
                "it is there already, and bbsweep did not write it",
            )));
        }
        Err(err) if err.kind() != io::ErrorKind::NotFound => return Err(fail("open")(err)),
        _ => {}
    }
    // Created exclusively and 0600.
    let mut temp = tempfile::Builder::new()
        .prefix(".bbsweep-")
        .tempfile_in(dir)
        .map_err(fail("create a temporary file for"))?;
    temp.write_all(bytes).and_then(|()| temp.as_file().sync_all()).map_err(fail("write"))?;
    temp.persist(path).map_err(|err| fail("write")(err.error))?;
    Ok(())
}

fn is_ours(path: &Path) -> io::Result<bool> {
    use std::io::Read as _;
    let mut start = Vec::new();
    fs::File::open(path)?.take(MARK.len() as u64).read_to_end(&mut start)?;
    Ok(start == MARK.as_bytes())
}

#[cfg(test)]
mod tests;
