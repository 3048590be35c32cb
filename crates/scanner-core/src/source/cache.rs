//! What earlier scans found clean, so that it need not be read again.
//!
//! Only what holds no use, no secret and no problem is remembered. The rest is read each time: the
//! report needs its bytes, and no secret may be kept. What is remembered of a file is a hash of its path
//! and its stamp; of a repository the ids of its objects, and which commits hold which uses.
//!
//! All is read at the start and written at the end, in one transaction. Whatever is wrong with the
//! store, its values or the clock, leads to a scan without it.

mod codec;
mod stamp;
mod store;
#[cfg(test)]
#[cfg(unix)]
mod tests;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use sha2::{Digest as _, Sha256};

pub(crate) use self::stamp::Stamp;
use self::store::{Entry, Saved};
use crate::engine::{ScanError, ScanOptions};
use crate::source::history::store::Known;

/// Of the layout of the store.
const FORMAT: u32 = 1;
/// A file that changed less than this before the scan may change again without another stamp.
/// Nanoseconds.
const RACY: i128 = 2_000_000_000;
/// What no scan came upon for so long is forgotten. Days.
const FORGET: u32 = 90;
/// How old the day of an entry may be before it is written anew. Days.
const REFRESH: u32 = 7;

/// Hash of a path.
pub(crate) type Key = [u8; 16];

/// What is known of one repository.
#[derive(Debug, Default)]
pub(crate) struct KnownRepository {
    pub(crate) objects: Known,
    /// Bytes of its blobs, commits and tags.
    pub(crate) bytes: u64,
    /// Whether a tree names a file that counts for its name alone.
    pub(crate) names: bool,
    /// What was found, and for which refs and options: a digest and a record.
    pub(crate) found: Option<([u8; 32], Vec<u8>)>,
}

/// What earlier scans know, and what this one adds.
pub(crate) struct Cache {
    dir: PathBuf,
    /// Everything must have been found under these.
    digest: [u8; 32],
    known: HashMap<Key, Entry>,
    /// When the scan began. Nanoseconds since 1970.
    started: i128,
    today: u32,
    added: Mutex<HashMap<Key, Entry>>,
    repositories: Mutex<HashMap<Key, KnownRepository>>,
    /// Repositories as they are now.
    changed: Mutex<HashMap<Key, KnownRepository>>,
    hits: AtomicU64,
    /// Why nothing is known, if that needs to be told.
    note: Mutex<Option<String>>,
}

impl Cache {
    /// Opens the cache in a folder, which is made.
    ///
    /// # Errors
    /// The folder cannot be made or is none. A store that cannot be read is no error.
    pub(crate) fn open(dir: &Path, options: &ScanOptions) -> Result<Self, ScanError> {
        let fail = |error: std::io::Error| ScanError::Cache {
            path: dir.to_path_buf(),
            reason: error.to_string(),
        };
        store::make_dir(dir).map_err(fail)?;
        let digest = digest(options);
        let started = nanoseconds(options.now.unwrap_or_else(SystemTime::now));
        let (saved, note) = match store::load(dir, &digest) {
            Ok(Some(saved)) if saved.written > started => {
                (Saved::default(), Some("it was written later than now".to_owned()))
            }
            Ok(saved) => (saved.unwrap_or_default(), None),
            Err(why) => (Saved::default(), Some(why)),
        };
        let note = note.map(|why| format!("the cache in {} is not used: {why}", dir.display()));
        Ok(Self {
            dir: dir.to_path_buf(),
            digest,
            known: saved.files,
            started,
            today: u32::try_from(started / 86_400_000_000_000).unwrap_or(0),
            added: Mutex::default(),
            repositories: Mutex::new(saved.repositories),
            changed: Mutex::default(),
            hits: AtomicU64::new(0),
            note: Mutex::new(note),
        })
    }

    /// What is known of a file that is as it was: bytes, and whether it held an anchor. `shown` is its
    /// path as the detectors get to see it: the names of folders tell them what a file is.
    pub(crate) fn clean(&self, path: &Path, shown: &Path, stamp: &Stamp) -> Option<(u64, bool)> {
        let key = key(path, shown);
        let entry = self.known.get(&key).filter(|entry| entry.stamp == *stamp)?;
        if stamp.newest() > self.started {
            return None;
        }
        self.hits.fetch_add(1, Ordering::Relaxed);
        if entry.day + REFRESH < self.today {
            self.add(key, Entry { day: self.today, ..*entry });
        }
        Some((entry.bytes, entry.candidate))
    }

    /// Remembers that a file is clean.
    pub(crate) fn remember(
        &self,
        path: &Path,
        shown: &Path,
        stamp: Stamp,
        bytes: u64,
        candidate: bool,
    ) {
        if stamp.newest().saturating_add(RACY) < self.started {
            self.add(key(path, shown), Entry { stamp, bytes, candidate, day: self.today });
        }
    }

    fn add(&self, key: Key, entry: Entry) {
        self.added.lock().unwrap_or_else(PoisonError::into_inner).insert(key, entry);
    }

    /// Takes out what is known of a repository.
    pub(crate) fn repository(&self, common_dir: &Path) -> KnownRepository {
        let mut all = self.repositories.lock().unwrap_or_else(PoisonError::into_inner);
        all.remove(&key(common_dir, Path::new(""))).unwrap_or_default()
    }

    /// Remembers a repository as it is now.
    pub(crate) fn remember_repository(&self, common_dir: &Path, known: KnownRepository) {
        let mut all = self.changed.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(key(common_dir, Path::new("")), known);
    }

    /// Files that were not read because they are as they were.
    pub(crate) fn hits(&self) -> u64 {
        self.hits.load(Ordering::Relaxed)
    }

    /// Writes what was learned. Gives what the user should know.
    pub(crate) fn close(self) -> Option<String> {
        let note = self.note.into_inner().unwrap_or_else(PoisonError::into_inner);
        let added = self.added.into_inner().unwrap_or_else(PoisonError::into_inner);
        let changed = self.changed.into_inner().unwrap_or_else(PoisonError::into_inner);
        let forgotten: Vec<Key> = self
            .known
            .iter()
            .filter(|(key, entry)| entry.day + FORGET < self.today && !added.contains_key(*key))
            .map(|(key, _)| *key)
            .collect();
        if added.is_empty() && changed.is_empty() && forgotten.is_empty() && note.is_none() {
            return None;
        }
        let written = store::save(
            &self.dir,
            &self.digest,
            self.started,
            &store::Changes { added, forgotten, repositories: changed, anew: note.is_some() },
        );
        match written {
            Ok(()) => note,
            Err(why) => Some(note.unwrap_or_else(|| {
                format!("the cache in {} was not written: {why}", self.dir.display())
            })),
        }
    }
}

/// What the path is known by: the store shows no names.
fn key(path: &Path, shown: &Path) -> Key {
    let mut hash = Sha256::new();
    for path in [path, shown] {
        let bytes = path.as_os_str().as_encoded_bytes();
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    }
    let mut key = Key::default();
    key.copy_from_slice(&hash.finalize()[..16]);
    key
}

/// Everything that decides what is found in a file.
fn digest(options: &ScanOptions) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(FORMAT.to_le_bytes());
    hash.update(env!("BBSWEEP_RULE_SET"));
    hash.update(options.window.to_le_bytes());
    hash.update(options.settings.fingerprint());
    hash.finalize().into()
}

/// Nanoseconds since 1970; negative before.
fn nanoseconds(time: SystemTime) -> i128 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => i128::try_from(since.as_nanos()).unwrap_or(i128::MAX),
        Err(before) => -i128::try_from(before.duration().as_nanos()).unwrap_or(i128::MAX),
    }
}
