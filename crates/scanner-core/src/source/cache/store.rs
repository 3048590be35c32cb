//! The file that holds the cache.

use std::collections::HashMap;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io;
use std::path::Path;

use redb::{Database, DatabaseError, ReadableTable as _, TableDefinition, TableError};

use super::codec;
use super::{Key, KnownRepository, Stamp};
use crate::engine::quietly;

/// Its name.
const FILE: &str = "bbsweep-cache.redb";

const META: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("meta");
const FILES: TableDefinition<'_, Key, &[u8]> = TableDefinition::new("files");
/// With the number of a piece: what is known of a repository may be large, and the library rounds the
/// size of a value up to a power of two.
const REPOSITORIES: TableDefinition<'_, (Key, u32), &[u8]> = TableDefinition::new("repositories");

/// Bytes of a piece, its overhead apart.
const PIECE: usize = 60 << 10;

/// What is known of one file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) stamp: Stamp,
    /// Bytes read.
    pub(super) bytes: u64,
    /// Whether it held an anchor.
    pub(super) candidate: bool,
    /// The day when a scan came upon it last. Days since 1970.
    pub(super) day: u32,
}

/// All that is known.
#[derive(Debug, Default)]
pub(super) struct Saved {
    pub(super) files: HashMap<Key, Entry>,
    pub(super) repositories: HashMap<Key, KnownRepository>,
    /// When the scan that wrote last began. Nanoseconds since 1970.
    pub(super) written: i128,
}

/// What a scan changes.
pub(super) struct Changes {
    pub(super) added: HashMap<Key, Entry>,
    pub(super) forgotten: Vec<Key>,
    pub(super) repositories: HashMap<Key, KnownRepository>,
    /// Whether nothing of what there is counts any more.
    pub(super) anew: bool,
}

/// Makes the folder, for its owner alone.
pub(super) fn make_dir(dir: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

/// Reads all; `None` where there is nothing, or what there is was found under another digest.
///
/// # Errors
/// Says why it cannot be read.
pub(super) fn load(dir: &Path, digest: &[u8; 32]) -> Result<Option<Saved>, String> {
    let path = dir.join(FILE);
    match path.symlink_metadata() {
        Ok(metadata) if metadata.is_file() => {}
        Ok(_) => return Err("it is no regular file".to_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
    }
    // Damage makes the library panic in places.
    let mut read = Err("it is damaged".to_owned());
    quietly(|| read = read_all(&path, digest));
    read
}

fn read_all(path: &Path, digest: &[u8; 32]) -> Result<Option<Saved>, String> {
    let db = Database::open(path).map_err(|error| said(&error))?;
    let damaged = |error: &dyn std::fmt::Display| format!("it is damaged: {error}");
    let read = db.begin_read().map_err(|error| damaged(&error))?;
    let meta = match read.open_table(META) {
        Ok(meta) => meta,
        Err(TableError::TableDoesNotExist(_)) => return Ok(None),
        Err(error) => return Err(damaged(&error)),
    };
    let value = |name: &str| -> Result<Option<Vec<u8>>, String> {
        let found = meta.get(name).map_err(|error| damaged(&error))?;
        let Some(found) = found else { return Ok(None) };
        let value = codec::opened(name.as_bytes(), found.value());
        value.map(|value| Some(value.to_vec())).ok_or_else(|| damaged(&"a wrong sum"))
    };
    if value("digest")?.as_deref() != Some(digest) {
        return Ok(None);
    }
    let written =
        value("written")?.and_then(|value| Some(i128::from_le_bytes(value.try_into().ok()?)));
    let mut saved =
        Saved { written: written.ok_or_else(|| damaged(&"no time"))?, ..Saved::default() };
    let files = read.open_table(FILES).map_err(|error| damaged(&error))?;
    for row in files.iter().map_err(|error| damaged(&error))? {
        let (key, value) = row.map_err(|error| damaged(&error))?;
        let key = key.value();
        let entry =
            codec::read_entry(&key, value.value()).ok_or_else(|| damaged(&"a wrong sum"))?;
        saved.files.insert(key, entry);
    }
    let repositories = read.open_table(REPOSITORIES).map_err(|error| damaged(&error))?;
    let mut values: HashMap<Key, Vec<u8>> = HashMap::new();
    for row in repositories.iter().map_err(|error| damaged(&error))? {
        let (key, value) = row.map_err(|error| damaged(&error))?;
        // In order; the sum over the whole notices if one is missing.
        values.entry(key.value().0).or_default().extend_from_slice(value.value());
    }
    for (key, value) in values {
        let known = codec::read_repository(&key, &value).ok_or_else(|| damaged(&"a wrong sum"))?;
        saved.repositories.insert(key, known);
    }
    Ok(Some(saved))
}

fn said(error: &DatabaseError) -> String {
    match error {
        DatabaseError::DatabaseAlreadyOpen => "another process uses it".to_owned(),
        error => format!("it cannot be opened: {error}"),
    }
}

/// Writes the changes; begins anew where what is there cannot be used.
///
/// # Errors
/// Says why it could not be written.
pub(super) fn save(
    dir: &Path,
    digest: &[u8; 32],
    written: i128,
    changes: &Changes,
) -> Result<(), String> {
    let path = dir.join(FILE);
    let mut result = Err("the library failed".to_owned());
    let fresh = changes.anew || !matches!(load(dir, digest), Ok(Some(_)));
    // Not while another process uses it.
    let mut busy = false;
    quietly(|| {
        busy = matches!(Database::open(&path), Err(DatabaseError::DatabaseAlreadyOpen));
    });
    if busy {
        return Err("another process uses it".to_owned());
    }
    quietly(|| result = write(&path, digest, written, changes, fresh));
    if result.is_err() && !fresh {
        quietly(|| result = write(&path, digest, written, changes, true));
    }
    result
}

fn write(
    path: &Path,
    digest: &[u8; 32],
    written: i128,
    changes: &Changes,
    fresh: bool,
) -> Result<(), String> {
    if fresh {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.to_string()),
            _ => {}
        }
    }
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path).map_err(|error| error.to_string())?;
    let db = Database::builder().create_file(file).map_err(|error| said(&error))?;
    let failed = |error: &dyn std::fmt::Display| error.to_string();
    let write = db.begin_write().map_err(|error| failed(&error))?;
    {
        let mut meta = write.open_table(META).map_err(|error| failed(&error))?;
        for (name, value) in
            [("digest", digest.to_vec()), ("written", written.to_le_bytes().to_vec())]
        {
            let value = codec::sealed(name.as_bytes(), value);
            meta.insert(name, &value[..]).map_err(|error| failed(&error))?;
        }
        let mut files = write.open_table(FILES).map_err(|error| failed(&error))?;
        for (key, entry) in &changes.added {
            let value = codec::entry(key, entry);
            files.insert(key, &value[..]).map_err(|error| failed(&error))?;
        }
        for key in changes.forgotten.iter().filter(|_| !fresh) {
            files.remove(key).map_err(|error| failed(&error))?;
        }
        let mut repositories = write.open_table(REPOSITORIES).map_err(|error| failed(&error))?;
        for (key, known) in &changes.repositories {
            repositories
                .retain_in((*key, 0)..=(*key, u32::MAX), |_, _| false)
                .map_err(|error| failed(&error))?;
            let value = codec::repository(key, known);
            for (number, piece) in (0..).zip(value.chunks(PIECE)) {
                repositories.insert((*key, number), piece).map_err(|error| failed(&error))?;
            }
        }
    }
    write.commit().map_err(|error| failed(&error))
}
