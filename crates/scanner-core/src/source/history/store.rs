//! The objects of a repository: packs, loose objects, alternates.
//!
//! Opened by their directory, so that no owner is asked for: a scan as root reads every user's
//! repositories. Multi-pack indexes and commit graphs only repeat what the packs and their indexes
//! say, and are not needed.

mod handle;
mod sift;
#[cfg(test)]
#[cfg(unix)]
mod tests;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gix_hash::{ObjectId, oid};
use gix_odb::loose;
use gix_pack::Bundle;

pub(crate) use self::handle::Handle;
pub(crate) use self::sift::{Known, Sift};
use super::Trouble;
use crate::finding::SkipReason;
use crate::source::open::{open_regular, problem};

/// Alternates of alternates: git follows five of them.
const DEPTH: usize = 5;
/// Objects of more bytes are not unpacked: they would have to be held whole.
const LIMIT: usize = 2 << 30;
/// Objects of one file that are named; the rest is counted.
const NAMED: usize = 20;

/// The objects of one repository.
pub(crate) struct Store {
    hash: gix_hash::Kind,
    /// Its own objects directory, then the alternates.
    dirs: Vec<PathBuf>,
    packs: Vec<Arc<Bundle>>,
    loose: Vec<Arc<loose::Store>>,
    /// Paths of the packs that were opened or told to be broken.
    listed: BTreeSet<PathBuf>,
    /// What was wrong on opening.
    pub(crate) troubles: Vec<Trouble>,
}

impl Store {
    /// Opens what there is. What cannot be opened is a trouble.
    ///
    /// # Errors
    /// The directory of the objects cannot be read.
    pub(crate) fn open(objects: &Path, hash: gix_hash::Kind) -> Result<Self, Trouble> {
        Self::open_all(&[objects.to_path_buf()], hash)
    }

    /// As [`Self::open`], for objects that stand in several places: a push's, still in quarantine.
    pub(crate) fn open_all(objects: &[PathBuf], hash: gix_hash::Kind) -> Result<Self, Trouble> {
        for dir in objects {
            if let Err(error) = dir.read_dir() {
                return Err(Trouble { path: dir.clone(), problem: problem(&error) });
            }
        }
        let mut store = Self {
            hash,
            dirs: Vec::new(),
            packs: Vec::new(),
            loose: Vec::new(),
            listed: BTreeSet::new(),
            troubles: Vec::new(),
        };
        for dir in objects {
            store.add_dir(dir, 0);
        }
        for dir in &store.dirs {
            store.loose.push(Arc::new(loose::Store::at(dir, hash)));
        }
        store.open_packs();
        Ok(store)
    }

    /// Adds a directory and its alternates.
    fn add_dir(&mut self, dir: &Path, depth: usize) {
        if self.dirs.iter().any(|known| known == dir) {
            return;
        }
        self.dirs.push(dir.to_path_buf());
        let file = dir.join("info/alternates");
        let text = match open_regular(&file) {
            Ok((mut file, _)) => {
                let mut text = Vec::new();
                std::io::Read::read_to_end(&mut file, &mut text)
                    .map(|_| text)
                    .map_err(|error| problem(&error))
            }
            Err((SkipReason::NotFound, _)) => return,
            Err(problem) => Err(problem),
        };
        let paths = text.and_then(|text| {
            gix_odb::alternate::parse(&text)
                .map_err(|error| (SkipReason::CorruptGit, error.to_string()))
        });
        match paths {
            Ok(paths) if depth == DEPTH && !paths.is_empty() => {
                let detail = "an alternate of an alternate, too deep for git".to_owned();
                self.troubles
                    .push(Trouble { path: file, problem: (SkipReason::CorruptGit, detail) });
            }
            Ok(paths) => {
                for path in paths {
                    match dir.join(&path).canonicalize() {
                        Ok(real) if real.is_dir() => self.add_dir(&real, depth + 1),
                        Ok(_) => self.missing_alternate(&file, &path, "not a folder"),
                        Err(error) => self.missing_alternate(&file, &path, &problem(&error).1),
                    }
                }
            }
            Err(problem) => self.troubles.push(Trouble { path: file, problem }),
        }
    }

    fn missing_alternate(&mut self, file: &Path, path: &Path, why: &str) {
        let detail = format!("the alternate {} cannot be read: {why}", path.display());
        let problem = (SkipReason::CorruptGit, detail);
        self.troubles.push(Trouble { path: file.into(), problem });
    }

    /// Opens the packs that were not there before; gives how many.
    fn open_packs(&mut self) -> usize {
        let before = self.packs.len();
        for dir in &self.dirs {
            let dir = dir.join("pack");
            let entries = match dir.read_dir() {
                Ok(entries) => entries,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => {
                    if self.listed.insert(dir.clone()) {
                        self.troubles.push(Trouble { path: dir, problem: problem(&error) });
                    }
                    continue;
                }
            };
            let mut names = BTreeSet::new();
            for entry in entries.flatten() {
                let path = entry.path();
                let is_ours = entry.file_name().as_encoded_bytes().starts_with(b"pack-");
                if is_ours && path.extension().is_some_and(|end| end == "idx" || end == "pack") {
                    names.insert(path.with_extension("pack"));
                }
            }
            for path in names {
                if self.listed.contains(&path) {
                    continue;
                }
                match open_pack(&path, self.hash) {
                    Ok(mut bundle) => {
                        // Tells the packs apart in the caches.
                        bundle.pack.id = u32::try_from(self.packs.len()).unwrap_or(u32::MAX);
                        self.packs.push(Arc::new(bundle));
                        self.listed.insert(path);
                    }
                    // Another process repacked; what it held is in a pack that the next look shows.
                    Err(_) if !path.exists() && !path.with_extension("idx").exists() => {}
                    Err(problem) => {
                        self.listed.insert(path.clone());
                        self.troubles.push(Trouble { path, problem });
                    }
                }
            }
        }
        self.packs.len() - before
    }

    /// A way to read single objects, for one thread.
    pub(crate) fn handle(&self) -> Handle {
        Handle::new(self.packs.clone(), self.loose.clone(), self.hash)
    }

    /// The pack that holds the object, of the first `upto`.
    fn pack_of(&self, id: &oid, upto: usize) -> Option<usize> {
        self.packs[..upto].iter().position(|pack| pack.index.lookup(id).is_some())
    }
}

fn open_pack(path: &Path, hash: gix_hash::Kind) -> Result<Bundle, (SkipReason, String)> {
    // For its reason: the library's own tells less.
    for (file, what) in [(path.with_extension("idx"), "index"), (path.into(), "pack")] {
        if let Err((reason, detail)) = open_regular(&file) {
            let reason =
                if reason == SkipReason::NotFound { SkipReason::CorruptGit } else { reason };
            return Err((reason, format!("its {what} cannot be read: {detail}")));
        }
    }
    let mut bundle = Bundle::at(path, hash).map_err(|error| corrupt(&error))?;
    bundle.pack = bundle.pack.with_alloc_limit_bytes(Some(LIMIT));
    if bundle.pack.num_objects() != bundle.index.num_objects() {
        let detail = "the pack and its index do not belong together".to_owned();
        return Err((SkipReason::CorruptGit, detail));
    }
    Ok(bundle)
}

/// What the library says of damaged data, all of it.
fn corrupt(error: &gix_error::Error) -> (SkipReason, String) {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let more = cause.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        source = cause.source();
    }
    (SkipReason::CorruptGit, text)
}

/// One trouble for the objects of a file that cannot be unpacked.
fn unreadable(path: &Path, ids: &[ObjectId], why: &(SkipReason, String)) -> Trouble {
    let named: Vec<_> = ids.iter().take(NAMED).map(ToString::to_string).collect();
    let more = ids.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let detail = format!("cannot unpack {}{more}: {}", named.join(", "), why.1);
    Trouble { path: path.into(), problem: (why.0, detail) }
}
