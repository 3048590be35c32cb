//! The commits that a push brings in.

use std::collections::{BinaryHeap, HashMap, HashSet};

use gix_hash::ObjectId;
use gix_object::Kind;

use super::HookRepository;
use crate::source::history::commit::CommitData;
use crate::source::history::store::Handle;
use crate::source::open::Problem;

/// Commits looked at after the last new one: clocks of committers differ.
const SLOP: usize = 64;

/// A commit and how it was reached.
struct Node {
    tree: ObjectId,
    parents: Vec<ObjectId>,
    time: i64,
    /// A ref that is there already leads to it.
    old: bool,
}

/// Walks from new commits and from old refs at once, the latest commit first, until all that is left is
/// old.
pub(super) struct Walk<'w> {
    repository: &'w HookRepository,
    handle: &'w Handle,
    nodes: HashMap<ObjectId, Node>,
    queue: BinaryHeap<(i64, ObjectId)>,
    queued: HashSet<ObjectId>,
    /// Those in the queue that are not old.
    new: usize,
    buffer: Vec<u8>,
    pub(super) problems: Vec<Problem>,
}

impl<'w> Walk<'w> {
    pub(super) fn new(repository: &'w HookRepository, handle: &'w Handle) -> Self {
        Self {
            repository,
            handle,
            nodes: HashMap::new(),
            queue: BinaryHeap::new(),
            queued: HashSet::new(),
            new: 0,
            buffer: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// Adds a commit to begin with, or one that was reached.
    pub(super) fn reach(&mut self, id: ObjectId, old: bool) {
        if let Some(node) = self.nodes.get_mut(&id) {
            if node.old || !old {
                return;
            }
            node.old = true;
            if self.queued.contains(&id) {
                self.new -= 1;
            } else {
                // Its parents have to learn it.
                self.queue.push((node.time, id));
                self.queued.insert(id);
            }
            return;
        }
        let Some(commit) = self.read(id, old) else { return };
        let parents =
            if self.repository.format.shallow.contains(&id) { Vec::new() } else { commit.parents };
        self.nodes.insert(id, Node { tree: commit.tree, parents, time: commit.time, old });
        self.queue.push((commit.time, id));
        self.queued.insert(id);
        self.new += usize::from(!old);
    }

    fn read(&mut self, id: ObjectId, old: bool) -> Option<CommitData> {
        use crate::finding::SkipReason::CorruptGit;
        let problem = match self.handle.find(&id, &mut self.buffer) {
            Ok(Some(Kind::Commit)) => match CommitData::parse(id, &self.buffer) {
                Some(commit) => return Some(commit),
                None => (CorruptGit, format!("commit {id} cannot be parsed")),
            },
            Ok(Some(_)) => (CorruptGit, format!("object {id} is no commit")),
            Ok(None) => self.repository.missing(&id),
            Err(problem) => problem,
        };
        // What is old and broken hides nothing new: at worst more is looked at.
        if !old && !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
        None
    }

    fn run(&mut self) {
        let mut slop = SLOP;
        while let Some((_, id)) = self.queue.pop() {
            self.queued.remove(&id);
            let Some(node) = self.nodes.get(&id) else { continue };
            let old = node.old;
            self.new -= usize::from(!old);
            for parent in node.parents.clone() {
                self.reach(parent, old);
            }
            if self.new == 0 {
                slop -= 1;
                if slop == 0 {
                    break;
                }
            } else {
                slop = SLOP;
            }
        }
    }

    /// The new commits below `tips`, parents first.
    pub(super) fn commits(mut self, tips: &[ObjectId]) -> (Vec<NewCommit>, Vec<Problem>) {
        self.run();
        let mut order = Vec::new();
        let mut seen = HashSet::new();
        // No recursion: histories are long. `true` marks a commit whose parents came before.
        let mut steps: Vec<_> = tips.iter().rev().map(|id| (*id, false)).collect();
        while let Some((id, done)) = steps.pop() {
            let Some(node) = self.nodes.get(&id).filter(|node| !node.old) else { continue };
            if done {
                let olds = node.parents.iter().filter_map(|parent| self.nodes.get(parent));
                let olds = olds.map(|parent| parent.tree).collect();
                order.push(NewCommit { id, tree: node.tree, olds });
            } else if seen.insert(id) {
                steps.push((id, true));
                steps.extend(node.parents.iter().rev().map(|parent| (*parent, false)));
            }
        }
        (order, self.problems)
    }
}

/// A commit that no ref led to until now.
#[derive(Clone, Debug)]
pub(crate) struct NewCommit {
    pub(crate) id: ObjectId,
    pub(crate) tree: ObjectId,
    /// The trees of its parents.
    pub(crate) olds: Vec<ObjectId>,
}
