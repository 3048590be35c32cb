//! Reading a file again, and what can go wrong with it.

use std::fmt::Write as _;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::edit::{Applicability, Fix, apply_edits};
use crate::plan::{FilePlan, Plan};

/// A larger file is not rewritten: it is held in memory several times over.
pub(crate) const LARGEST: u64 = 64 << 20;

/// Reads a regular file of at most [`LARGEST`] bytes, or says why not.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, String> {
    // A device or FIFO must not even be opened.
    let meta = fs::metadata(path).map_err(|err| format!("the file cannot be read: {err}"))?;
    if !meta.is_file() {
        return Err("it is no longer a regular file".to_owned());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(meta.len().min(LARGEST)).unwrap_or(0));
    fs::File::open(path)
        .and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes))
        .map_err(|err| format!("the file cannot be read: {err}"))?;
    if bytes.len() as u64 > LARGEST {
        return Err(format!("files over {} MiB are not rewritten", LARGEST >> 20));
    }
    Ok(bytes)
}

pub(crate) fn digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// The path that is written as `bytes`; `None` where the system has none such.
#[cfg(unix)]
#[allow(clippy::unnecessary_wraps)] // not every system takes any bytes
pub(crate) fn path_from(bytes: Vec<u8>) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStringExt as _;
    Some(std::ffi::OsString::from_vec(bytes).into())
}

#[cfg(not(unix))]
pub(crate) fn path_from(bytes: Vec<u8>) -> Option<PathBuf> {
    String::from_utf8(bytes).ok().map(Into::into)
}

/// A file before and after the fixes of some threshold.
pub(crate) struct Rebuilt {
    pub(crate) old: Vec<u8>,
    pub(crate) new: Vec<u8>,
}

/// The fixes of `file` that have at least this applicability and edits.
pub(crate) fn chosen<'a>(
    plan: &'a Plan,
    file: &'a FilePlan,
    least: Applicability,
) -> impl Iterator<Item = &'a Fix> {
    file.fixes
        .iter()
        .filter_map(|index| plan.fixes.get(*index))
        .filter(move |fix| fix.applicability >= least && !fix.edits.is_empty())
}

/// Whether `file` is what its plan promises already, by its digest.
pub(crate) fn is_done(file: &FilePlan) -> bool {
    file.digest_after
        .is_some_and(|after| read(&file.absolute).is_ok_and(|bytes| digest(&bytes) == after))
}

/// Reads `file` again and makes the fixes of at least `least`. Refuses a file that is not the one
/// that was planned for.
pub(crate) fn rebuild(
    plan: &Plan,
    file: &FilePlan,
    least: Applicability,
) -> Result<Rebuilt, String> {
    let old = read(&file.absolute)?;
    if digest(&old) != file.digest {
        return Err("the file changed since it was scanned: scan again".to_owned());
    }
    let new = apply_edits(&old, chosen(plan, file, least).flat_map(|fix| &fix.edits))
        .ok_or_else(|| "its edits contradict each other".to_owned())?;
    if file.digest_after.is_some_and(|after| digest(&new) != after) {
        return Err("the edits of the plan do not lead to the file that it promises".to_owned());
    }
    Ok(Rebuilt { old, new })
}
