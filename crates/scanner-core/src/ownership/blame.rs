//! `git blame`, of what stands in the work tree.

use std::collections::HashSet;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use bstr::ByteSlice;
use gix_blame::{BlameRanges, Options, Start};
use gix_diff::blob::pipeline::{Mode, WorktreeRoots};
use gix_diff::blob::{Pipeline, Platform, pipeline, platform};
use gix_error::Result as GixResult;
use gix_hash::{ObjectId, oid};
use gix_object::{CommitRef, Data, Kind, TreeRefIter};
use gix_worktree::Stack;
use gix_worktree::attributes::Search;
use gix_worktree::attributes::search::MetadataCollection;
use gix_worktree::glob::pattern::Case;
use gix_worktree::stack::State;
use gix_worktree::stack::state::Attributes;
use gix_worktree::stack::state::attributes::Source;

use crate::finding::{Commit, Repository};
use crate::source::history::commit::named;
use crate::source::history::refs::{Format, head};
use crate::source::history::store::{Handle, Store};
use crate::source::open::Problem;

/// A repository that can be asked who wrote a line.
pub(super) struct Blame {
    store: Store,
    hash: gix_hash::Kind,
    shallow: HashSet<ObjectId>,
    head: ObjectId,
    info: PathBuf,
    mailmap: gix_mailmap::Snapshot,
}

impl Blame {
    /// Opens what `HEAD` leads to. `None` where nothing is committed yet.
    pub(super) fn open(repository: &Repository, top: &Path) -> Result<Option<Self>, String> {
        let common_dir = &repository.common_dir;
        let Some(head) = head(&repository.git_dir, common_dir)? else { return Ok(None) };
        let format = Format::read(common_dir).map_err(|trouble| trouble.problem.1)?;
        let objects = common_dir.join("objects");
        let store = Store::open(&objects, format.hash).map_err(|trouble| trouble.problem.1)?;
        let mailmap = std::fs::read(top.join(".mailmap")).unwrap_or_default();
        Ok(Some(Self {
            store,
            hash: format.hash,
            shallow: format.shallow,
            head,
            info: objects.join("info"),
            mailmap: gix_mailmap::Snapshot::from_bytes(&mailmap),
        }))
    }

    /// For each range of lines of the file at `path`, which holds `contents` now, the last commit that
    /// wrote one of them. `None` where no commit did yet.
    pub(super) fn lines(
        &self,
        path: &str,
        contents: &[u8],
        ranges: &[RangeInclusive<u32>],
    ) -> Result<Vec<Option<Commit>>, String> {
        let objects = Objects { handle: self.store.handle(), shallow: &self.shallow };
        let nobody = || vec![None; ranges.len()];
        let Some(committed) = self.committed(&objects, path)? else { return Ok(nobody()) };
        // git stores it with other line ends than it checks it out with.
        let converted = committed.find(b"\r\n").is_none() && contents.find(b"\r\n").is_some();
        let contents = if converted { contents.replace("\r\n", "\n") } else { contents.to_vec() };
        let said = |error: gix_error::Error| format!("git blame fails: {error}");
        let wanted = BlameRanges::from_one_based_inclusive_ranges(ranges.to_vec()).map_err(said)?;
        let options = Options {
            ranges: wanted,
            rewrites: Some(gix_diff::Rewrites::default()),
            ..Options::default()
        };
        let graph = gix_commitgraph::Graph::from_info_dir(&self.info, self.hash).ok();
        let start = Start::Contents { first_suspect: self.head, contents: contents.into() };
        let mut platform = platform(self.hash);
        let outcome = gix_blame::file(&objects, start, graph, &mut platform, path.into(), options)
            .map_err(said)?;
        let mut commits = nobody();
        for entry in &outcome.entries {
            if entry.commit_id.is_null() {
                continue;
            }
            let commit = self.commit(&objects, entry.commit_id)?;
            let first = entry.start_in_blamed_file + 1;
            let last = entry.start_in_blamed_file + entry.len.get();
            for (range, known) in ranges.iter().zip(&mut commits) {
                let touches = *range.start() <= last && first <= *range.end();
                let later = |known: &Commit| (known.time, &known.id) < (commit.time, &commit.id);
                if touches && known.as_ref().is_none_or(later) {
                    *known = Some(commit.clone());
                }
            }
        }
        Ok(commits)
    }

    /// The file as `HEAD` holds it. `None` if it does not.
    fn committed(&self, objects: &Objects<'_>, path: &str) -> Result<Option<Vec<u8>>, String> {
        let mut buffer = Vec::new();
        let commit = objects.get(&self.head, &mut buffer)?;
        let tree = CommitRef::from_bytes(commit, self.hash)
            .map_err(|error| format!("the commit {} is damaged: {error}", self.head))?
            .tree();
        let mut id = tree;
        let mut parts = path.split('/').peekable();
        while let Some(part) = parts.next() {
            let tree = objects.get(&id, &mut buffer)?;
            let mut entries = TreeRefIter::from_bytes(tree, self.hash).filter_map(Result::ok);
            let Some(entry) = entries.find(|entry| entry.filename == part.as_bytes()) else {
                return Ok(None);
            };
            let fits =
                if parts.peek().is_some() { entry.mode.is_tree() } else { entry.mode.is_blob() };
            if !fits {
                return Ok(None);
            }
            id = entry.oid.to_owned();
        }
        objects.get(&id, &mut buffer)?;
        Ok(Some(buffer))
    }

    fn commit(&self, objects: &Objects<'_>, id: ObjectId) -> Result<Commit, String> {
        let mut buffer = Vec::new();
        let data = objects.get(&id, &mut buffer)?;
        let mut commit = named(id, data);
        let parsed = CommitRef::from_bytes(data, self.hash).ok();
        let author = parsed.as_ref().and_then(|commit| commit.author().ok());
        if let Some(author) = author.and_then(|author| self.mailmap.try_resolve(author)) {
            commit.author = format!("{} <{}>", author.name, author.email);
        }
        Ok(commit)
    }
}

/// Diffs what git stores, by no attribute and no driver: none of a repository's programs is run.
fn platform(hash: gix_hash::Kind) -> Platform {
    let filter = gix_filter::Pipeline::new(
        gix_diff::command::Context::default(),
        hash,
        gix_filter::pipeline::Options::default(),
    );
    let pipeline =
        Pipeline::new(WorktreeRoots::default(), filter, Vec::new(), pipeline::Options::default());
    let attributes =
        Attributes::new(Search::default(), None, Source::IdMapping, MetadataCollection::default());
    let stack = Stack::new(
        PathBuf::new(),
        State::AttributesStack(attributes),
        Case::Sensitive,
        Vec::new(),
        Vec::new(),
    );
    Platform::new(platform::Options::default(), pipeline, Mode::ToGit, stack)
}

/// The objects, with the history of a shallow clone ending where it ends.
struct Objects<'a> {
    handle: Handle,
    shallow: &'a HashSet<ObjectId>,
}

impl Objects<'_> {
    fn get<'b>(&self, id: &oid, buffer: &'b mut Vec<u8>) -> Result<&'b [u8], String> {
        match self.handle.find(id, buffer) {
            Ok(Some(_)) => Ok(buffer),
            Ok(None) => Err(format!("the object {id} is missing")),
            Err((_, why)) => Err(why),
        }
    }
}

impl gix_object::Find for Objects<'_> {
    fn try_find<'b>(&self, id: &oid, buffer: &'b mut Vec<u8>) -> GixResult<Option<Data<'b>>> {
        let found = self.handle.find(id, buffer).map_err(failed)?;
        let Some(kind) = found else { return Ok(None) };
        if kind == Kind::Commit && self.shallow.contains(id) {
            without_parents(buffer);
        }
        Ok(Some(Data { kind, object_hash: id.kind(), data: buffer }))
    }
}

impl gix_object::FindHeader for Objects<'_> {
    fn try_header(&self, id: &oid) -> GixResult<Option<gix_object::Header>> {
        let mut buffer = Vec::new();
        let found = self.handle.find(id, &mut buffer).map_err(failed)?;
        Ok(found.map(|kind| gix_object::Header { kind, size: buffer.len() as u64 }))
    }
}

fn failed((_, why): Problem) -> gix_error::Error {
    gix_error::message!("{why}").into()
}

/// What git does with the commits at which a shallow clone ends.
fn without_parents(commit: &mut Vec<u8>) {
    let headers = commit.find(b"\n\n").unwrap_or(commit.len());
    let (head, rest) = commit.split_at(headers);
    let mut kept: Vec<u8> = Vec::with_capacity(commit.len());
    for line in head.split_inclusive(|byte| *byte == b'\n') {
        if !line.starts_with(b"parent ") {
            kept.extend_from_slice(line);
        }
    }
    kept.extend_from_slice(rest);
    *commit = kept;
}
