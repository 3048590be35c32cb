//! What a tree has that none of the trees before it has.

use std::collections::HashMap;

use gix_hash::ObjectId;
use gix_object::tree::EntryKind;
use gix_object::{Kind, TreeRefIter};

use super::HookRepository;
use crate::finding::SkipReason;
use crate::source::history::store::Handle;
use crate::source::open::Problem;

/// Files that one commit can change. Few trees that hold each other many times make more than any disk
/// holds: who pushes those must not fill the memory of the server.
const MOST: usize = 1_000_000;

/// A file that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// In the repository, with `/`.
    pub(crate) path: Vec<u8>,
    pub(crate) id: ObjectId,
    /// What stood at this path before, in each of the trees that had it.
    pub(crate) olds: Vec<ObjectId>,
}

/// What differs.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub(crate) files: Vec<Change>,
    /// Files, and folders with all in them, that stand at their path no more.
    pub(crate) gone: Vec<Gone>,
    /// New symbolic links.
    pub(crate) links: u64,
    /// Folders that could not be read, by path.
    pub(crate) problems: Vec<(Vec<u8>, Problem)>,
}

/// What stands at its path no more.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Gone {
    path: Vec<u8>,
    id: ObjectId,
    is_tree: bool,
}

/// An entry of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) id: ObjectId,
    pub(super) kind: EntryKind,
}

impl Entry {
    pub(super) fn is_file(self) -> bool {
        matches!(self.kind, EntryKind::Blob | EntryKind::BlobExecutable)
    }

    pub(super) fn is_tree(self) -> bool {
        self.kind == EntryKind::Tree
    }
}

/// One folder, by name.
pub(super) type Folder = HashMap<Vec<u8>, Entry>;

/// Compares trees.
pub(crate) struct Compare<'c> {
    repository: &'c HookRepository,
    handle: &'c Handle,
    buffer: Vec<u8>,
    pub(crate) changes: Changes,
}

/// A folder that differs from all before it: its path with a `/` at the end, and what they are.
struct Step {
    path: Vec<u8>,
    new: ObjectId,
    olds: Vec<ObjectId>,
}

impl<'c> Compare<'c> {
    pub(crate) fn new(repository: &'c HookRepository, handle: &'c Handle) -> Self {
        Self { repository, handle, buffer: Vec::new(), changes: Changes::default() }
    }

    /// Adds what is in `new`, which stands at `path`, and in none of `olds`.
    pub(crate) fn trees(&mut self, path: Vec<u8>, new: ObjectId, olds: Vec<ObjectId>) {
        // No recursion: who pushes decides how deep folders go.
        let mut steps = vec![Step { path, new, olds }];
        while let Some(Step { path, new, olds }) = steps.pop() {
            if olds.contains(&new) {
                continue;
            }
            if self.changes.files.len() + self.changes.gone.len() > MOST {
                let detail = format!("more than {MOST} files differ: not all were looked at");
                self.changes.problems.push((path, (SkipReason::CorruptGit, detail)));
                break;
            }
            let entries = match self.read(new) {
                Ok(entries) => entries,
                Err(problem) => {
                    self.changes.problems.push((path, problem));
                    continue;
                }
            };
            let mut folders = self.folders(&olds);
            for (name, entry) in entries {
                let path = [&path[..], &name].concat();
                let before: Vec<_> =
                    folders.iter_mut().filter_map(|folder| folder.remove(&name)).collect();
                if let Some(olds) = self.entry(&path, entry, &before) {
                    steps.push(Step { path: [&path[..], b"/"].concat(), new: entry.id, olds });
                }
            }
            self.leave(&path, folders);
        }
    }

    /// Adds one entry; gives the folders before it, if it is one to go into.
    pub(super) fn entry(
        &mut self,
        path: &[u8],
        entry: Entry,
        before: &[Entry],
    ) -> Option<Vec<ObjectId>> {
        let same = |old: &Entry| old.id == entry.id && old.is_tree() == entry.is_tree();
        if before.iter().any(same) {
            return None;
        }
        if entry.is_tree() {
            self.gone(path, before.iter().filter(|old| old.is_file()));
            return Some(before.iter().filter(|old| old.is_tree()).map(|old| old.id).collect());
        }
        self.gone(path, before.iter().filter(|old| old.is_tree()));
        if entry.is_file() {
            let olds = before.iter().filter(|old| old.is_file()).map(|old| old.id).collect();
            self.changes.files.push(Change { path: path.to_vec(), id: entry.id, olds });
        } else {
            self.gone(path, before.iter().filter(|old| old.is_file()));
            // What a submodule holds is protected in its own repository.
            self.changes.links += u64::from(entry.kind == EntryKind::Link);
        }
        None
    }

    /// Adds what is left of the folders before at `path`, after all that is still there was taken out.
    pub(super) fn leave(&mut self, path: &[u8], folders: Vec<Folder>) {
        for folder in folders {
            // In the order of the names, which a map does not keep.
            let mut left: Vec<_> = folder.into_iter().collect();
            left.sort_by(|a, b| a.0.cmp(&b.0));
            for (name, entry) in &left {
                self.gone(&[path, name].concat(), std::iter::once(entry));
            }
        }
    }

    /// Adds what does not stand at `path` any more.
    pub(super) fn gone<'e>(&mut self, path: &[u8], entries: impl Iterator<Item = &'e Entry>) {
        let entries = entries.filter(|entry| entry.is_file() || entry.is_tree());
        self.changes.gone.extend(entries.map(|entry| Gone {
            path: path.to_vec(),
            id: entry.id,
            is_tree: entry.is_tree(),
        }));
    }

    /// Folders before. What cannot be read knows nothing: more then counts as new.
    pub(super) fn folders(&mut self, ids: &[ObjectId]) -> Vec<Folder> {
        ids.iter().map(|id| self.read(*id).map(Folder::from_iter).unwrap_or_default()).collect()
    }

    fn read(&mut self, id: ObjectId) -> Result<Vec<(Vec<u8>, Entry)>, Problem> {
        use SkipReason::CorruptGit;
        match self.handle.find(&id, &mut self.buffer)? {
            Some(Kind::Tree) => {}
            Some(_) => return Err((CorruptGit, format!("object {id} is no folder"))),
            None => return Err(self.repository.missing(&id)),
        }
        TreeRefIter::from_bytes(&self.buffer, id.kind())
            .map(|entry| match entry {
                Ok(entry) => Ok((
                    entry.filename.to_vec(),
                    Entry { id: entry.oid.to_owned(), kind: entry.mode.kind() },
                )),
                Err(error) => Err((CorruptGit, format!("object {id}: {error}"))),
            })
            .collect()
    }

    /// Every file in what is gone, with the path that it had.
    pub(crate) fn files_of(&mut self, gone: &[Gone]) -> Vec<(Vec<u8>, ObjectId)> {
        let mut steps: Vec<_> = gone.iter().rev().cloned().collect();
        let mut files = Vec::new();
        while let Some(Gone { path, id, is_tree }) = steps.pop() {
            if files.len() > MOST {
                // What was not looked at makes up for nothing.
                break;
            }
            if !is_tree {
                files.push((path, id));
                continue;
            }
            for (name, entry) in self.read(id).unwrap_or_default() {
                if entry.is_file() || entry.is_tree() {
                    let path = [&path[..], b"/", &name].concat();
                    steps.push(Gone { path, id: entry.id, is_tree: entry.is_tree() });
                }
            }
        }
        files
    }
}
