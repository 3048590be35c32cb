//! One file: the new one is made in memory, then beside the old one, as like it as it can be.

use std::fs::{self, File, FileTimes, Metadata, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use bbsweep_scanner_core::FileKind;

use crate::apply::ApplyOptions;
use crate::plan::file::{chosen, digest, is_done, rebuild};
use crate::plan::{FilePlan, Plan};

/// A file that can be written, in memory.
pub(super) struct Prepared {
    /// Where it goes, no symbolic link.
    pub(super) target: PathBuf,
    /// SHA-256 of the file that it replaces.
    pub(super) before: [u8; 32],
    /// SHA-256 of `bytes`.
    pub(super) after: [u8; 32],
    /// What it is to hold; `None` if it does already.
    pub(super) bytes: Option<Vec<u8>>,
    /// Its mode, where systems have one.
    pub(super) mode: Option<u32>,
    pub(super) notes: Vec<String>,
}

/// Makes the new `file`, or says why it is refused. Writes nothing.
pub(super) fn prepare(
    plan: &Plan,
    file: &FilePlan,
    options: &ApplyOptions,
    within: &[PathBuf],
) -> Result<Prepared, String> {
    // A link is followed, and what it leads to is written, if it may be.
    let target =
        file.absolute.canonicalize().map_err(|err| format!("it cannot be found: {err}"))?;
    if !within.iter().any(|dir| target.starts_with(dir)) {
        return Err(format!("{} is outside of the folders given", target.display()));
    }
    if is_done(file) {
        let notes = vec!["it is as the plan has it already".to_owned()];
        let (before, after) = (file.digest, file.digest);
        return Ok(Prepared { target, before, after, bytes: None, mode: None, notes });
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
    writable(dir).map_err(|err| format!("no new file can be written into its folder: {err}"))?;
    Ok(Prepared {
        target,
        before: file.digest,
        after: digest(&rebuilt.new),
        bytes: Some(rebuilt.new),
        mode,
        notes,
    })
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

/// Writes a new file `path` that is as like the file `old` as it can be, with this mode, or that of
/// `old`. What is at `path` is an earlier attempt.
pub(super) fn make_like(
    path: &Path,
    old: &Path,
    bytes: &[u8],
    mode: Option<u32>,
    notes: &mut Vec<String>,
) -> io::Result<()> {
    let meta = fs::metadata(old)?;
    let mut file = create(path)?;
    file.write_all(bytes)?;
    // A change of owner clears special bits of the mode, so the mode comes second.
    let group_kept = keep_owner(&file, &meta, notes);
    keep_attributes(&file, old, notes);
    keep_mode(&file, &meta, mode.or(self::mode(&meta)), group_kept)?;
    let times = [meta.accessed(), meta.modified()];
    if let [Ok(accessed), Ok(modified)] = times {
        let times = FileTimes::new().set_accessed(accessed).set_modified(modified);
        if file.set_times(times).is_err() {
            notes.push("its time of change could not be kept".to_owned());
        }
    }
    file.sync_all()
}

/// A new file that only its owner can read, in the place of an earlier attempt.
pub(super) fn create(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(err) if err.kind() != io::ErrorKind::NotFound => return Err(err),
        _ => {}
    }
    let mut options = OpenOptions::new();
    // Readable: extended attributes are compared.
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
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
