//! What an apply is about to do, on disk before it does it: after a kill the next run knows each file.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::stage::create;

/// The version of the format; another one is not touched.
const SCHEMA: u32 = 1;
const EXTENSION: &str = "journal";
const LOCK: &str = "lock";
/// A journal that is not whole yet: nothing was done by it.
const UNFINISHED: &str = "tmp";

/// One transaction: the files of one repository, or of one root outside of any.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Journal {
    schema: u32,
    /// Of all its temporary files' names.
    pub(super) run: String,
    /// All files are new: what was kept aside is to be deleted, or to be kept as a backup.
    pub(super) done: bool,
    /// Old contents are kept in the folder of the journal until the user wipes them.
    pub(super) backup: bool,
    pub(super) entries: Vec<Entry>,
}

/// One file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Entry {
    /// What is replaced; no symbolic link.
    #[serde(with = "path")]
    pub(super) target: PathBuf,
    /// The new file until it takes its place, in the same folder.
    #[serde(with = "path")]
    pub(super) new: PathBuf,
    /// The old file from then on.
    #[serde(with = "path")]
    pub(super) old: PathBuf,
    /// SHA-256 of the old file.
    pub(super) before: [u8; 32],
    /// SHA-256 of the new file.
    pub(super) after: [u8; 32],
}

impl Journal {
    pub(super) fn new(run: String, backup: bool, entries: Vec<Entry>) -> Self {
        Self { schema: SCHEMA, run, done: false, backup, entries }
    }

    /// Whether nothing is left to do but what the user decides on.
    pub(super) fn is_settled(&self) -> bool {
        self.done && self.backup
    }
}

/// A journal on disk, locked while this process is at work on it.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) journal: Journal,
    path: PathBuf,
    _lock: File,
}

impl Stored {
    /// Writes `journal` into `dir`, which is made if it is missing: 0700.
    pub(super) fn create(dir: &Path, journal: Journal) -> io::Result<Self> {
        make_dir(dir)?;
        let path = dir.join(format!("{}.{EXTENSION}", journal.run));
        let lock = lock(&path.with_extension(LOCK))?;
        let stored = Self { journal, path, _lock: lock };
        stored.save()?;
        Ok(stored)
    }

    /// Puts its present state on disk, in one step.
    pub(super) fn save(&self) -> io::Result<()> {
        let dir = self.path.parent().unwrap_or(Path::new("."));
        let temp = self.path.with_extension(UNFINISHED);
        let mut file = create(&temp)?;
        file.write_all(&serde_json::to_vec(&self.journal)?)?;
        file.sync_all()?;
        fs::rename(&temp, &self.path)?;
        sync_dir(dir);
        Ok(())
    }

    /// Forgets it.
    pub(super) fn remove(self) -> io::Result<()> {
        fs::remove_file(&self.path)?;
        // Of a kill while it was saved anew.
        let _ = fs::remove_file(self.path.with_extension(UNFINISHED));
        let _ = fs::remove_file(self.path.with_extension(LOCK));
        Ok(())
    }
}

/// A journal that cannot be read, or that another process is at work on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// The journal.
    pub path: PathBuf,
    /// Why; no secret in it.
    pub reason: String,
}

/// The journals in `dir`, sorted by name: those that can be read, and the names of the others.
pub(super) fn all(dir: &Path) -> io::Result<(Vec<Stored>, Vec<Unread>)> {
    let (mut stored, mut unread) = (Vec::new(), Vec::new());
    let entries = match fs::read_dir(dir) {
        Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok((stored, unread)),
        entries => entries?,
    };
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == EXTENSION));
    paths.sort();
    for path in paths {
        let read = || -> Result<Stored, String> {
            let lock = lock(&path.with_extension(LOCK))
                .map_err(|err| format!("another apply is at work on it: {err}"))?;
            let bytes = fs::read(&path).map_err(|err| format!("it cannot be read: {err}"))?;
            let journal: Journal =
                serde_json::from_slice(&bytes).map_err(|_| "it is damaged".to_owned())?;
            if journal.schema != SCHEMA {
                return Err(format!("its schema is {}, not {SCHEMA}", journal.schema));
            }
            Ok(Stored { journal, path: path.clone(), _lock: lock })
        };
        match read() {
            Ok(one) => stored.push(one),
            Err(reason) => unread.push(Unread { path: path.clone(), reason }),
        }
    }
    Ok((stored, unread))
}

/// Deletes what a kill before its journal was whole left in `dir`.
pub(super) fn tidy(dir: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(dir) {
        Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let path = entry?.path();
        let is_left = path.extension().is_some_and(|end| end == LOCK)
            && !path.with_extension(EXTENSION).exists();
        // One that cannot be locked belongs to a process at work.
        if is_left && let Ok(_held) = lock(&path) {
            let _ = fs::remove_file(path.with_extension(UNFINISHED));
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

fn make_dir(dir: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

/// The lock goes with the process, however it ends.
fn lock(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive)?;
    Ok(file)
}

/// That a rename in `dir` outlives a power cut; not every file system can tell.
pub(super) fn sync_dir(dir: &Path) {
    let _ = File::open(dir).and_then(|dir| dir.sync_all());
}

/// A path as text, or, where it is not UTF-8, as its bytes.
mod path {
    use std::path::{Path, PathBuf};

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::plan::file::path_from;

    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    enum Either {
        Text(String),
        Bytes(Vec<u8>),
    }

    pub(super) fn serialize<S: Serializer>(path: &Path, to: S) -> Result<S::Ok, S::Error> {
        match path.to_str() {
            Some(text) => Either::Text(text.to_owned()),
            None => Either::Bytes(path.as_os_str().as_encoded_bytes().to_vec()),
        }
        .serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<PathBuf, D::Error> {
        match Either::deserialize(from)? {
            Either::Text(text) => Ok(text.into()),
            Either::Bytes(bytes) => {
                path_from(bytes).ok_or_else(|| serde::de::Error::custom("a path of another system"))
            }
        }
    }
}
