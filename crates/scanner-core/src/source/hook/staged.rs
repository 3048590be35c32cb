//! What the index has that the commits before the next one have not.
//!
//! Where the index knows the trees of its folders, as after `git commit` prepared it, folders that did
//! not change are not looked at. The work tree never is.

use std::ops::Range;

use gix_hash::ObjectId;
use gix_index::entry::{Flags, Mode};
use gix_index::extension::Tree;
use gix_index::{File, State, decode};
use gix_object::tree::EntryKind;

use super::changes::{Changes, Compare, Entry};
use super::{HookError, HookRepository, unreadable};
use crate::source::history::commit::CommitData;
use crate::source::history::store::Handle;
use crate::source::open::problem;

/// A folder of the index: its path with a `/` at the end, its entries, what it was before, and what
/// git knows of it.
struct Step<'i> {
    path: Vec<u8>,
    entries: Range<usize>,
    olds: Vec<ObjectId>,
    cache: Option<&'i Tree>,
}

impl HookRepository {
    /// What the next commit brings in.
    pub(crate) fn staged(&self, handle: &Handle) -> Result<Changes, HookError> {
        let mut olds = Vec::new();
        let mut buffer = Vec::new();
        for id in self.parents()? {
            let found = handle.find(&id, &mut buffer).map_err(|(_, why)| why);
            let commit = match found {
                Ok(Some(_)) => CommitData::parse(id, &buffer)
                    .ok_or_else(|| format!("object {id} is no commit")),
                Ok(None) => Err(self.missing(&id).1),
                Err(why) => Err(why),
            };
            let commit = commit.map_err(|why| unreadable(&self.git_dir.join("HEAD"), why))?;
            olds.push(commit.tree);
        }
        let path = match &self.environment.index_file {
            Some(path) => self.environment.cwd.join(path),
            None => self.git_dir.join("index"),
        };
        match path.metadata() {
            Ok(_) => {}
            // Nothing was ever added.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Changes::default());
            }
            Err(error) => return Err(unreadable(&path, problem(&error).1)),
        }
        // Git does not check the sum either: it would cost more than all the rest.
        let index = File::at(&path, self.format.hash, true, decode::Options::default())
            .map_err(|error| unreadable(&path, error.to_string()))?;
        let mut compare = Compare::new(self, handle);
        walk(&index, olds, &mut compare);
        // In the same order whatever the index knows of its folders.
        let mut changes = compare.changes;
        changes.files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(changes)
    }
}

fn walk(index: &State, olds: Vec<ObjectId>, compare: &mut Compare<'_>) {
    let all = index.entries();
    let mut steps =
        vec![Step { path: Vec::new(), entries: 0..all.len(), olds, cache: index.tree() }];
    while let Some(Step { path, entries, olds, cache }) = steps.pop() {
        if let Some(cache) = cache.filter(|cache| cache.num_entries.is_some())
            && olds.contains(&cache.id)
        {
            continue;
        }
        let mut folders = compare.folders(&olds);
        let mut at = entries.start;
        while at < entries.end {
            let entry = &all[at];
            let full: &[u8] = entry.path(index);
            let rest = full.get(path.len()..).unwrap_or_default();
            let slash = rest.iter().position(|byte| *byte == b'/');
            let name = &rest[..slash.unwrap_or(rest.len())];
            let before: Vec<Entry> =
                folders.iter_mut().filter_map(|folder| folder.remove(name)).collect();
            let Some(slash) = slash else {
                let stages = file(index, at..entries.end, &before, compare);
                at += stages;
                continue;
            };
            let inner = full[..=path.len() + slash].to_vec();
            let count =
                all[at..entries.end].partition_point(|entry| entry.path(index).starts_with(&inner));
            let first = at;
            at += count.max(1);
            let olds = before.iter().filter(|old| old.is_tree()).map(|old| old.id).collect();
            let no_folder: Vec<_> = before.iter().filter(|old| !old.is_tree()).copied().collect();
            compare.gone(&full[..path.len() + slash], no_folder.iter());
            if entry.mode.is_sparse() {
                compare.trees(inner, entry.id, olds);
                continue;
            }
            let cache = cache.and_then(|cache| {
                cache.children.iter().find(|child| child.name.as_slice() == name)
            });
            steps.push(Step { path: inner, entries: first..at, olds, cache });
        }
        compare.leave(&path, folders);
    }
}

/// One file, in one stage or in those of a conflict; gives how many.
fn file(
    index: &State,
    entries: Range<usize>,
    before: &[Entry],
    compare: &mut Compare<'_>,
) -> usize {
    let all = &index.entries()[entries];
    let path = all[0].path(index);
    let stages = all.iter().take_while(|entry| entry.path(index) == path).count();
    // What both sides of a conflict had, the first stage, is not new.
    for entry in all[..stages].iter().filter(|entry| entry.stage_raw() != 1) {
        let kind = match entry.mode {
            Mode::FILE_EXECUTABLE => EntryKind::BlobExecutable,
            Mode::SYMLINK => EntryKind::Link,
            Mode::COMMIT => EntryKind::Commit,
            _ => EntryKind::Blob,
        };
        // `git add --intent-to-add`: not in the next commit.
        if !entry.flags.contains(Flags::INTENT_TO_ADD) {
            compare.entry(path, Entry { id: entry.id, kind }, before);
        }
    }
    stages
}
