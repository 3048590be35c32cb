//! One file: the new one is made ready beside the old one, then takes its place.

use std::fs::{self, File, FileTimes, Metadata};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use bbsweep_scanner_core::FileKind;
use tempfile::TempPath;

use crate::apply::ApplyOptions;
use crate::plan::file::{chosen, digest, is_done, read, rebuild};
use crate::plan::{FilePlan, Plan};

/// A file that is ready to be written.
pub(super) struct Staged {
    /// The new file; `None` in a dry run.
    temp: Option<TempPath>,
    /// Where it goes, no symbolic link.
    target: PathBuf,
    /// Of the file that it replaces; `None` if the file is what it has to be already.
    digest: Option<[u8; 32]>,
    notes: Vec<String>,
}

/// Makes the new `file` ready, in the folder of the old one; or says why it is refused.
pub(super) fn stage(
    plan: &Plan,
    file: &FilePlan,
    options: &ApplyOptions,
    within: &[PathBuf],
) -> Result<Staged, String> {
    // A link is followed, and what it leads to is written, if it may be.
    let target =
        file.absolute.canonicalize().map_err(|err| format!("it cannot be found: {err}"))?;
    if !within.iter().any(|dir| target.starts_with(dir)) {
        return Err(format!("{} is outside of the folders given", target.display()));
    }
    if is_done(file) {
        let notes = vec!["it is as the plan has it already".to_owned()];
        return Ok(Staged { temp: None, target, digest: None, notes });
    }
    let rebuilt = rebuild(plan, file, options.least)?;
    let meta = fs::metadata(&target).map_err(|err| format!("it cannot be read: {err}"))?;
    let dir = target.parent().ok_or("it is no file in a folder")?;

    let mut notes = links(&meta);
    let mut mode = mode(&meta);
    if meta.permissions().readonly() {
        notes.push("it was read-only and still is".to_owned());
    }
    if chosen(plan, file, options.least).any(|fix| fix.puts_token) {
        match FileKind::of(&file.path, &rebuilt.new) {
            FileKind::Netrc | FileKind::GitCredentials => mode = mode.map(|mode| mode & !0o077),
            _ if mode.is_some_and(|mode| mode & 0o044 != 0) => {
                notes.push("it holds the token now, and other users can read it".to_owned());
            }
            _ => {}
        }
    }
    let mut temp = None;
    if options.dry_run {
        writable(dir)
            .map_err(|err| format!("no new file can be written into its folder: {err}"))?;
    } else {
        let path = write(dir, &target, &rebuilt.new, &meta, mode, &mut notes)
            .map_err(|err| format!("no new file can be written into its folder: {err}"))?;
        temp = Some(path);
    }
    Ok(Staged { temp, target, digest: Some(file.digest), notes })
}

impl Staged {
    /// Whether there was nothing to do.
    pub(super) fn was_done(&self) -> bool {
        self.digest.is_none()
    }

    /// Puts the new file in the place of the old one.
    pub(super) fn commit(self) -> Result<Vec<String>, String> {
        let Some(temp) = self.temp else { return Ok(self.notes) };
        // Others were made ready since it was read.
        if Some(digest(&read(&self.target)?)) != self.digest {
            return Err("the file changed while it was rewritten: scan again".to_owned());
        }
        temp.persist(&self.target)
            .map_err(|err| format!("the new file cannot take its place: {}", err.error))?;
        // The rename is done; that it outlives a power cut is all that could still fail.
        if let Some(dir) = self.target.parent() {
            let _ = File::open(dir).and_then(|dir| dir.sync_all());
        }
        Ok(self.notes)
    }
}

/// Whether a file can be created in `dir`, asked without creating one.
#[cfg(unix)]
fn writable(dir: &Path) -> io::Result<()> {
    use rustix::fs::Access;
    Ok(rustix::fs::access(dir, Access::WRITE_OK | Access::EXEC_OK)?)
}

#[cfg(not(unix))]
fn writable(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Writes a new file into `dir` that is as like the old one as it can be.
fn write(
    dir: &Path,
    old: &Path,
    bytes: &[u8],
    meta: &Metadata,
    mode: Option<u32>,
    notes: &mut Vec<String>,
) -> io::Result<TempPath> {
    let mut temp = tempfile::Builder::new().prefix(".bbsweep-").tempfile_in(dir)?;
    temp.write_all(bytes)?;
    let file = temp.as_file();
    // A change of owner clears special bits of the mode, so the mode comes second.
    let group_kept = keep_owner(file, meta, notes);
    keep_attributes(file, old, notes);
    keep_mode(file, meta, mode, group_kept)?;
    let times = [meta.accessed(), meta.modified()];
    if let [Ok(accessed), Ok(modified)] = times {
        let times = FileTimes::new().set_accessed(accessed).set_modified(modified);
        if file.set_times(times).is_err() {
            notes.push("its time of change could not be kept".to_owned());
        }
    }
    file.sync_all()?;
    Ok(temp.into_temp_path())
}

#[cfg(unix)]
fn links(meta: &Metadata) -> Vec<String> {
    match std::os::unix::fs::MetadataExt::nlink(meta) {
        0 | 1 => Vec::new(),
        n => vec![format!("it had {n} names (hard links): the others still hold the old content")],
    }
}

#[cfg(not(unix))]
fn links(_: &Metadata) -> Vec<String> {
    Vec::new()
}

#[cfg(unix)]
#[allow(clippy::unnecessary_wraps)] // other systems have no mode
fn mode(meta: &Metadata) -> Option<u32> {
    Some(std::os::unix::fs::MetadataExt::mode(meta) & 0o7777)
}

#[cfg(not(unix))]
fn mode(_: &Metadata) -> Option<u32> {
    None
}

/// Gives the file the owner and group that the old one had. Tells whether the group is right.
#[cfg(unix)]
fn keep_owner(file: &File, meta: &Metadata, notes: &mut Vec<String>) -> bool {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let Ok(now) = file.metadata() else { return false };
    let group = now.gid() == meta.gid() || fchown(file, None, Some(meta.gid())).is_ok();
    let owner = now.uid() == meta.uid() || fchown(file, Some(meta.uid()), None).is_ok();
    if !owner {
        notes.push(format!("its owner (user {}) could not be kept", meta.uid()));
    }
    if !group {
        notes.push(format!("its group ({}) could not be kept", meta.gid()));
    }
    group
}

#[cfg(not(unix))]
fn keep_owner(_: &File, _: &Metadata, _: &mut Vec<String>) -> bool {
    true
}

/// Gives the file the extended attributes of the old one: access control lists, security labels. A
/// file system without them has none to keep.
#[cfg(unix)]
fn keep_attributes(file: &File, old: &Path, notes: &mut Vec<String>) {
    use xattr::FileExt as _;
    for name in xattr::list_deref(old).into_iter().flatten() {
        let Ok(Some(value)) = xattr::get_deref(old, &name) else { continue };
        let kept = matches!(file.get_xattr(&name), Ok(Some(now)) if now == value);
        if !kept && file.set_xattr(&name, &value).is_err() {
            notes.push(format!("its attribute {} could not be kept", name.display()));
        }
    }
}

#[cfg(not(unix))]
fn keep_attributes(_: &File, _: &Path, _: &mut Vec<String>) {}

/// Gives the file the old mode. Another group than before gets no more than all others get.
#[cfg(unix)]
fn keep_mode(file: &File, _: &Metadata, mode: Option<u32>, group_kept: bool) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let Some(mode) = mode else { return Ok(()) };
    let mode = if group_kept { mode } else { mode & 0o707 | (mode & 0o007) << 3 };
    file.set_permissions(fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn keep_mode(file: &File, meta: &Metadata, _: Option<u32>, _: bool) -> io::Result<()> {
    file.set_permissions(meta.permissions())
}
