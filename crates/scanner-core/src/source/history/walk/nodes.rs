//! What trees hold of candidates.
//!
//! Each tree is read once, however many commits hold it. Of what it holds only the way to candidates is
//! kept, and equal ways are one node: a commit that touches no candidate has the node of its parent.

use std::collections::hash_map::Entry as Slot;
use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use gix_hash::ObjectId;
// Ids are hashes already.
use gix_hashtable::{HashMap as IdMap, HashSet};
use gix_object::tree::EntryKind;
use gix_object::{Kind, TreeRefIter};
use rayon::prelude::*;

use super::{Graph, Walk};
use crate::finding::SkipReason;
use crate::source::history::store::Handle;
use crate::source::open::Problem;

/// Git itself checks out no deeper tree than four times this.
const DEPTH: usize = 512;
/// Memory is cut into so many parts, so that threads seldom wait for each other.
const PARTS: usize = 64;
/// Missing objects that are named; the rest is counted.
const NAMED: usize = 20;
/// Commits that a thread takes at a time: neighbours share most of their trees.
const CHUNK: usize = 64;

/// What stands under one name of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Child {
    Blob(ObjectId),
    /// Another node.
    Tree(u32),
}

/// Names and what stands there, sorted by name.
pub(super) type Node = Vec<(Box<[u8]>, Child)>;

/// A tree's node once it was read.
type Known = Option<Option<u32>>;

/// All nodes.
#[derive(Debug, Default)]
pub(super) struct Nodes(Vec<Arc<Node>>);

impl Nodes {
    pub(super) fn get(&self, node: u32) -> &Node {
        &self.0[node as usize]
    }

    /// The candidates that some tree holds.
    pub(super) fn blobs(&self) -> HashSet<ObjectId> {
        let entries = self.0.iter().flat_map(|node| node.iter());
        let of = |(_, child): &(Box<[u8]>, Child)| match child {
            Child::Blob(id) => Some(*id),
            Child::Tree(_) => None,
        };
        entries.filter_map(of).collect()
    }

    /// Reads trees and all below them; gives the node of each.
    pub(super) fn read(
        walk: &Walk<'_>,
        trees: &[Option<ObjectId>],
        graph: &mut Graph,
    ) -> (Self, Vec<Option<u32>>) {
        let wanted: HashSet<ObjectId> =
            walk.kept.iter().filter(|(_, kind)| *kind == Kind::Blob).map(|(id, _)| *id).collect();
        let memory = Memory {
            walk,
            wanted,
            known: (0..PARTS).map(|_| RwLock::default()).collect(),
            nodes: Mutex::default(),
            bad: Mutex::default(),
            missing: Mutex::default(),
            stopped: AtomicBool::new(false),
        };
        // Once each: most commits in a row have trees of their own, but not all.
        let mut distinct = Vec::new();
        let mut seen = HashSet::default();
        distinct.extend(trees.iter().flatten().filter(|tree| seen.insert(**tree)).copied());
        distinct.par_chunks(CHUNK).for_each_init(
            || Reader {
                handle: walk.store.handle(),
                present: HashSet::default(),
                path: Vec::new(),
            },
            |reader, trees| {
                for tree in trees {
                    memory.tree(reader, *tree);
                }
            },
        );
        let roots = trees.iter().map(|tree| memory.recall(tree.as_ref()?)?).collect();
        let bad = memory.bad.into_inner().unwrap_or_else(PoisonError::into_inner);
        graph.troubles.extend(bad);
        let missing = memory.missing.into_inner().unwrap_or_else(PoisonError::into_inner);
        if walk.format.partial {
            graph.not_fetched = missing.len() as u64;
        } else if !missing.is_empty() {
            let named: Vec<_> = missing.iter().take(NAMED).map(ToString::to_string).collect();
            let more = missing.len().saturating_sub(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let detail =
                format!("objects that trees name do not exist: {}{more}", named.join(", "));
            graph.troubles.push((SkipReason::CorruptGit, detail));
        }
        let pool = memory.nodes.into_inner().unwrap_or_else(PoisonError::into_inner);
        (Self(pool.all), roots)
    }
}

/// What all threads share.
struct Memory<'m> {
    walk: &'m Walk<'m>,
    wanted: HashSet<ObjectId>,
    known: Vec<RwLock<IdMap<ObjectId, Option<u32>>>>,
    nodes: Mutex<Pool>,
    bad: Mutex<BTreeSet<Problem>>,
    /// What trees name and nobody has.
    missing: Mutex<BTreeSet<ObjectId>>,
    stopped: AtomicBool,
}

/// What one thread has.
struct Reader {
    handle: Handle,
    /// Blobs that are there: versions of a tree name mostly the same.
    present: HashSet<ObjectId>,
    /// Where the tree stands that is read.
    path: Vec<u8>,
}

#[derive(Default)]
struct Pool {
    all: Vec<Arc<Node>>,
    of: HashMap<Arc<Node>, u32>,
}

impl Memory<'_> {
    fn part(&self, id: &ObjectId) -> &RwLock<IdMap<ObjectId, Option<u32>>> {
        &self.known[id.first_byte() as usize % PARTS]
    }

    /// What is known of a tree: its node, or that it has none.
    fn recall(&self, id: &ObjectId) -> Known {
        let part = self.part(id).read().unwrap_or_else(PoisonError::into_inner);
        part.get(id).copied()
    }

    /// The node of a tree; `None` where it leads to no candidate.
    fn tree(&self, reader: &mut Reader, id: ObjectId) -> Option<u32> {
        if let Some(known) = self.recall(&id) {
            return known;
        }
        if (self.walk.should_stop)() {
            self.stopped.store(true, Ordering::Relaxed);
            return None;
        }
        let node = self.read_tree(reader, id);
        let part = self.part(&id);
        part.write().unwrap_or_else(PoisonError::into_inner).insert(id, node);
        node
    }

    fn read_tree(&self, reader: &mut Reader, id: ObjectId) -> Option<u32> {
        if memchr::memchr_iter(b'/', &reader.path).count() > DEPTH {
            self.trouble(SkipReason::CorruptGit, format!("the tree {id} lies too deep"));
            return None;
        }
        let mut buffer = Vec::new();
        match reader.handle.find(&id, &mut buffer) {
            Ok(Some(Kind::Tree)) => {}
            // A ref that leads to a blob is entered as a root; its blob has no path.
            Ok(Some(kind)) => {
                self.trouble(SkipReason::CorruptGit, format!("{id} is a {kind}, not a tree"));
                return None;
            }
            Ok(None) => {
                self.missing(id);
                return None;
            }
            Err((reason, detail)) => {
                self.trouble(reason, format!("cannot unpack the tree {id}: {detail}"));
                return None;
            }
        }
        let mut node = Node::new();
        for entry in TreeRefIter::from_bytes(&buffer, id.kind()) {
            let Ok(entry) = entry else {
                self.trouble(SkipReason::CorruptGit, format!("the tree {id} cannot be parsed"));
                break;
            };
            let child = entry.oid.to_owned();
            match entry.mode.kind() {
                EntryKind::Tree => {
                    let length = reader.path.len();
                    reader.path.extend_from_slice(entry.filename);
                    reader.path.push(b'/');
                    let below = self.tree(reader, child);
                    reader.path.truncate(length);
                    if let Some(below) = below {
                        node.push((entry.filename.to_vec().into(), Child::Tree(below)));
                    }
                }
                EntryKind::Blob | EntryKind::BlobExecutable => {
                    if !reader.present.contains(&child) {
                        if !reader.handle.holds(&child) {
                            self.missing(child);
                            continue;
                        }
                        reader.present.insert(child);
                    }
                    if self.wanted.contains(&child)
                        || self
                            .walk
                            .by_name
                            .is_some_and(|wanted| wanted(&reader.path, entry.filename))
                    {
                        node.push((entry.filename.to_vec().into(), Child::Blob(child)));
                    }
                }
                // A link's text is a path, and a submodule is a repository of its own.
                EntryKind::Link | EntryKind::Commit => {}
            }
        }
        if node.is_empty() {
            return None;
        }
        // Git sorts folders as if their names ended with a slash.
        node.sort();
        node.dedup();
        let mut pool = self.nodes.lock().unwrap_or_else(PoisonError::into_inner);
        let next = u32::try_from(pool.all.len()).unwrap_or(u32::MAX);
        let node = Arc::new(node);
        let number = match pool.of.entry(Arc::clone(&node)) {
            Slot::Occupied(known) => *known.get(),
            Slot::Vacant(slot) => {
                slot.insert(next);
                pool.all.push(node);
                next
            }
        };
        Some(number)
    }

    fn trouble(&self, reason: SkipReason, detail: String) {
        self.bad.lock().unwrap_or_else(PoisonError::into_inner).insert((reason, detail));
    }

    fn missing(&self, id: ObjectId) {
        self.missing.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
    }
}
