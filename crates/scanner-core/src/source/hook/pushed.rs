//! What a push brings in: commits, tags, and objects that refs lead to directly.

use std::collections::BTreeSet;

use gix_hash::ObjectId;
use gix_object::{Kind, TagRefIter};

use super::walk::{NewCommit, Walk};
use super::{HookError, HookRepository};
use crate::source::history::HistoryOptions;
use crate::source::history::refs::{Kind as RefKind, Start, starts};
use crate::source::history::store::Handle;
use crate::source::open::Problem;

/// Tags of tags that are followed.
const DEPTH: usize = 64;

/// Everything that is new.
#[derive(Debug, Default)]
pub(crate) struct Pushed {
    /// Parents first.
    pub(crate) commits: Vec<NewCommit>,
    /// Annotated tags.
    pub(crate) tags: Vec<ObjectId>,
    /// Blobs that a ref, or a tag, leads to directly.
    pub(crate) blobs: Vec<ObjectId>,
    /// Trees likewise.
    pub(crate) trees: Vec<ObjectId>,
    pub(crate) problems: Vec<Problem>,
}

impl HookRepository {
    /// Reads what git tells a `pre-receive` hook: where refs are to lead. Deleted refs bring nothing.
    pub(crate) fn updates(&self, lines: &[u8]) -> Result<Vec<ObjectId>, HookError> {
        let mut news = Vec::new();
        let text = lines.strip_suffix(b"\n").unwrap_or(lines);
        if text.is_empty() {
            return Ok(news);
        }
        for (number, line) in (1..).zip(text.split(|byte| *byte == b'\n')) {
            let bad = |why| HookError::BadLine { number, why };
            let mut parts = line.splitn(3, |byte| *byte == b' ');
            let (Some(old), Some(new), Some(name)) = (parts.next(), parts.next(), parts.next())
            else {
                return Err(bad("three words are needed"));
            };
            let id = |hex| {
                let id =
                    ObjectId::from_hex(hex).map_err(|_| bad("an object id is no hex number"))?;
                if id.kind() == self.format.hash {
                    Ok(id)
                } else {
                    Err(bad("an object id has the wrong length for this repository"))
                }
            };
            id(old)?;
            let new = id(new)?;
            if !name.starts_with(b"refs/") || name.iter().any(u8::is_ascii_control) {
                return Err(bad("the ref does not begin with refs/"));
            }
            if !new.is_null() {
                news.push(new);
            }
        }
        Ok(news)
    }

    /// What `news` lead to and no ref does until now.
    pub(crate) fn pushed(&self, news: &[ObjectId], handle: &Handle) -> Pushed {
        let mut pushed = Pushed::default();
        if news.is_empty() {
            return pushed;
        }
        // All refs, but no reflogs: what only a reflog knows may be pushed again as new.
        let all = HistoryOptions { branches: vec!["*".into()], ..HistoryOptions::default() };
        let starts = starts(&self.common_dir, &all).all;
        // ORIG_HEAD and the like are no refs.
        let is_ref =
            |start: &&Start| start.kind != RefKind::Other || start.name.starts_with("refs/");
        let known: BTreeSet<ObjectId> =
            starts.iter().filter(is_ref).map(|start| start.id).collect();
        let mut walk = Walk::new(self, handle);
        let mut ignored = Pushed::default();
        for id in &known {
            if let Some(commit) = self.peel(*id, handle, &BTreeSet::new(), &mut ignored) {
                walk.reach(commit, true);
            }
        }
        let mut tips = Vec::new();
        for id in news {
            if let Some(commit) = self.peel(*id, handle, &known, &mut pushed) {
                walk.reach(commit, false);
                tips.push(commit);
            }
        }
        let (commits, problems) = walk.commits(&tips);
        pushed.commits = commits;
        pushed.problems.extend(problems);
        pushed
    }

    /// The commit that a ref leads to, and into `pushed` what is on the way or in its place. What is
    /// `known` is passed by.
    fn peel(
        &self,
        id: ObjectId,
        handle: &Handle,
        known: &BTreeSet<ObjectId>,
        pushed: &mut Pushed,
    ) -> Option<ObjectId> {
        use crate::finding::SkipReason::CorruptGit;
        let mut id = id;
        let mut buffer = Vec::new();
        for _ in 0..DEPTH {
            if known.contains(&id) {
                return None;
            }
            let problem = match handle.find(&id, &mut buffer) {
                Ok(Some(Kind::Commit)) => return Some(id),
                Ok(Some(Kind::Blob)) => {
                    add(&mut pushed.blobs, id);
                    return None;
                }
                Ok(Some(Kind::Tree)) => {
                    add(&mut pushed.trees, id);
                    return None;
                }
                Ok(Some(Kind::Tag)) => {
                    add(&mut pushed.tags, id);
                    match TagRefIter::from_bytes(&buffer, id.kind()).target_id() {
                        Ok(target) => {
                            id = target;
                            continue;
                        }
                        Err(error) => (CorruptGit, format!("tag {id}: {error}")),
                    }
                }
                Ok(None) => self.missing(&id),
                Err(problem) => problem,
            };
            pushed.problems.push(problem);
            return None;
        }
        pushed.problems.push((CorruptGit, format!("too many tags of tags end at {id}")));
        None
    }
}

fn add(all: &mut Vec<ObjectId>, id: ObjectId) {
    if !all.contains(&id) {
        all.push(id);
    }
}
