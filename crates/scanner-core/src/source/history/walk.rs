//! From tips to roots: which commits hold which candidates where.

mod nodes;
mod pairs;

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap, HashSet};

use gix_hash::ObjectId;
use gix_object::{Kind, TagRefIter};

use self::nodes::Nodes;
pub(crate) use self::pairs::{Pair, Resolved};
use super::commit::CommitData;
use super::refs::{self, Format, Start, Starts};
use super::store::{Handle, Store};
use crate::finding::SkipReason;
use crate::source::open::Problem;

/// Judges a path: the folder, with a `/` at its end, and the name.
pub(crate) type ByName<'w> = &'w (dyn Fn(&[u8], &[u8]) -> bool + Sync);

/// What to look for, and where from.
pub(crate) struct Walk<'w> {
    pub(crate) store: &'w Store,
    pub(crate) format: &'w Format,
    pub(crate) starts: &'w Starts,
    /// Commits that are known already, by id.
    pub(crate) commits: &'w [CommitData],
    /// Objects that hold an anchor, sorted.
    pub(crate) kept: &'w [(ObjectId, Kind)],
    /// Whether a blob is looked for by its path alone; `None` where no tree has such a name.
    pub(crate) by_name: Option<ByName<'w>>,
    /// Only commits of this time or later. Seconds since 1970.
    pub(crate) since: Option<i64>,
    /// Whether to begin at every commit of `commits`, too.
    pub(crate) unreachable: bool,
    pub(crate) should_stop: &'w (dyn Fn() -> bool + Sync),
}

/// One commit that was reached.
#[derive(Debug)]
pub(crate) struct Reached {
    pub(crate) id: ObjectId,
    /// Those that were reached too, in the commit's order.
    pub(crate) parents: Vec<u32>,
    /// What its tree holds of candidates: a node, or nothing.
    root: Option<u32>,
    /// Index of the start that led to it first.
    start: u32,
    /// Not older than asked for.
    in_range: bool,
    /// A commit, and not a tree or blob that a ref leads to.
    pub(crate) is_commit: bool,
}

/// A message that holds an anchor.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Message {
    pub(crate) object: ObjectId,
    pub(crate) is_tag: bool,
    /// The commit, or the one that the tag is on.
    pub(crate) commit: Option<u32>,
}

/// The reached part of the history.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    /// Parents before children, then by time.
    pub(crate) commits: Vec<Reached>,
    pub(crate) messages: Vec<Message>,
    /// What is in use: commits and the names of what leads to them.
    pub(crate) tips: Vec<(u32, String)>,
    /// The names of the starts.
    starts: Vec<(refs::Kind, String)>,
    nodes: Nodes,
    /// Roots of commits just before the range.
    boundary: Vec<u32>,
    /// Candidates that nothing led to.
    pub(crate) lost: Vec<(ObjectId, Kind)>,
    /// Of the repository as a whole.
    pub(crate) troubles: Vec<Problem>,
    /// Blobs and trees that a partial clone left at its server.
    pub(crate) not_fetched: u64,
    /// Commits whose parents a shallow clone left there.
    pub(crate) cut: u64,
}

impl Graph {
    /// How many commits the range has.
    pub(crate) fn len(&self) -> u64 {
        self.commits.iter().filter(|commit| commit.in_range && commit.is_commit).count() as u64
    }

    /// What leads to a commit that is on no branch, in words.
    pub(crate) fn via(&self, commit: u32) -> Option<String> {
        let reached = self.commits.get(commit as usize)?;
        let (kind, name) = self.starts.get(reached.start as usize)?;
        match kind {
            refs::Kind::Branch | refs::Kind::Head | refs::Kind::Remote => None,
            refs::Kind::Tag => Some(format!("the tag {name}")),
            refs::Kind::Stash => Some("the stash".to_owned()),
            refs::Kind::Note | refs::Kind::Other | refs::Kind::Reflog => Some(name.clone()),
            refs::Kind::Unreachable => Some("no ref and no reflog".to_owned()),
        }
    }
}

/// Walks from the starts to the beginning of the history.
pub(crate) fn walk(walk: &Walk<'_>) -> Graph {
    let mut graph = Graph::default();
    let mut entered = Entered::new(walk);
    for start in &walk.starts.all {
        entered.start(start, &mut graph);
    }
    if walk.unreachable {
        for commit in walk.commits {
            let start = Start { kind: refs::Kind::Unreachable, name: String::new(), id: commit.id };
            entered.start(&start, &mut graph);
        }
    }
    let tips = entered.tips(&mut graph);
    entered.finish(tips, graph)
}

/// A commit on the way, by its id.
struct Met {
    data: CommitData,
    start: u32,
    is_commit: bool,
    /// Looked at only to tell whether something is in use.
    judge: bool,
}

/// What was entered so far.
struct Entered<'w> {
    walk: &'w Walk<'w>,
    handle: Handle,
    buffer: Vec<u8>,
    met: HashMap<ObjectId, Met>,
    tags: BTreeSet<(ObjectId, Option<ObjectId>)>,
    missing: BTreeSet<ObjectId>,
    /// Blobs that refs lead to.
    blobs: Vec<ObjectId>,
}

impl<'w> Entered<'w> {
    fn new(walk: &'w Walk<'w>) -> Self {
        Self {
            walk,
            handle: walk.store.handle(),
            buffer: Vec::new(),
            met: HashMap::new(),
            tags: BTreeSet::new(),
            missing: BTreeSet::new(),
            blobs: Vec::new(),
        }
    }

    /// Enters the history at one object.
    fn start(&mut self, start: &Start, graph: &mut Graph) {
        let Some(id) = self.peel(start, graph) else { return };
        if self.met.contains_key(&id) {
            return;
        }
        let number = u32::try_from(graph.starts.len()).unwrap_or(u32::MAX);
        graph.starts.push((start.kind, start.name.clone()));
        self.line(id, number, graph);
    }

    /// Follows tags to what they are on. A tree or blob is entered at once.
    fn peel(&mut self, start: &Start, graph: &mut Graph) -> Option<ObjectId> {
        let mut id = start.id;
        let mut tags = Vec::new();
        let kind = loop {
            if self.met.contains_key(&id) || self.known(&id).is_some() {
                break Kind::Commit;
            }
            let kind = self.read(&id, start, graph)?;
            if kind != Kind::Tag {
                break kind;
            }
            let target = TagRefIter::from_bytes(&self.buffer, id.kind()).target_id();
            tags.push(id);
            match target {
                // A tag that leads to itself cannot be made: its id would have to be known before.
                Ok(target) => id = target,
                Err(error) => {
                    let detail = format!("the tag {id} cannot be read: {error}");
                    graph.troubles.push((SkipReason::CorruptGit, detail));
                    return None;
                }
            }
        };
        let on = (kind == Kind::Commit).then_some(id);
        self.tags.extend(tags.into_iter().map(|tag| (tag, on)));
        match kind {
            Kind::Commit => return Some(id),
            Kind::Blob => self.blobs.push(id),
            Kind::Tree | Kind::Tag => {
                let number = u32::try_from(graph.starts.len()).unwrap_or(u32::MAX);
                graph.starts.push((start.kind, start.name.clone()));
                let data = CommitData { id, tree: id, parents: Vec::new(), time: i64::MIN };
                self.met.entry(id).or_insert(Met {
                    data,
                    start: number,
                    is_commit: false,
                    judge: false,
                });
            }
        }
        None
    }

    /// A commit that was read before.
    fn known(&self, id: &ObjectId) -> Option<&'w CommitData> {
        let all = self.walk.commits;
        all.binary_search_by(|commit| commit.id.cmp(id)).ok().map(|at| &all[at])
    }

    /// Reads what a start leads to.
    fn read(&mut self, id: &ObjectId, start: &Start, graph: &mut Graph) -> Option<Kind> {
        match self.handle.find(id, &mut self.buffer) {
            Ok(Some(kind)) => Some(kind),
            Ok(None) => {
                // Reflogs and FETCH_HEAD outlive what they name.
                let is_ref = start.kind != refs::Kind::Reflog
                    && (start.kind != refs::Kind::Other || start.name.starts_with("refs/"));
                if is_ref && self.missing.insert(*id) {
                    let detail = format!("{} leads to {id}, which does not exist", start.name);
                    graph.troubles.push((SkipReason::CorruptGit, detail));
                }
                None
            }
            Err((reason, detail)) => {
                if self.missing.insert(*id) {
                    graph.troubles.push((reason, format!("cannot unpack {id}: {detail}")));
                }
                None
            }
        }
    }

    /// Takes in a commit and all that come before it.
    fn line(&mut self, id: ObjectId, start: u32, graph: &mut Graph) {
        let mut open = vec![(id, None)];
        while let Some((id, child)) = open.pop() {
            if self.met.contains_key(&id) || (self.walk.should_stop)() {
                continue;
            }
            let Some(mut data) = self.commit(&id, child, graph) else { continue };
            if self.walk.format.shallow.contains(&id) && !data.parents.is_empty() {
                graph.cut += 1;
                // Those that are there by chance are entered by other ways or not at all.
                data.parents.retain(|parent| self.handle.holds(parent));
            }
            open.extend(data.parents.iter().rev().map(|parent| (*parent, Some(id))));
            self.met.insert(id, Met { data, start, is_commit: true, judge: false });
        }
    }

    fn commit(
        &mut self,
        id: &ObjectId,
        child: Option<ObjectId>,
        graph: &mut Graph,
    ) -> Option<CommitData> {
        if let Some(known) = self.known(id) {
            return Some(known.clone());
        }
        let why = match self.handle.find(id, &mut self.buffer) {
            Ok(Some(Kind::Commit)) => match CommitData::parse(*id, &self.buffer) {
                Some(commit) => return Some(commit),
                None => "it cannot be parsed".to_owned(),
            },
            Ok(Some(kind)) => format!("it is a {kind}"),
            Ok(None) => "it does not exist".to_owned(),
            Err((_, detail)) => detail,
        };
        if self.missing.insert(*id) {
            let of = child.map_or_else(String::new, |child| format!(", the parent of {child}"));
            let detail = format!("cannot read the commit {id}{of}: {why}");
            graph.troubles.push((SkipReason::CorruptGit, detail));
        }
        None
    }

    /// The tips that tell what is in use. One that was not entered is looked at alone.
    fn tips(&mut self, graph: &mut Graph) -> Vec<(ObjectId, String)> {
        let mut tips = Vec::new();
        for tip in &self.walk.starts.tips {
            let id = tip.id;
            if !self.met.contains_key(&id) {
                let Some(mut data) = self.commit(&id, None, &mut Graph::default()) else {
                    continue;
                };
                data.parents.clear();
                let start = u32::try_from(graph.starts.len()).unwrap_or(u32::MAX);
                graph.starts.push((tip.kind, tip.name.clone()));
                self.met.insert(id, Met { data, start, is_commit: true, judge: true });
            }
            tips.push((id, tip.name.clone()));
        }
        tips
    }

    /// Orders the commits and reads their trees.
    fn finish(self, tips: Vec<(ObjectId, String)>, mut graph: Graph) -> Graph {
        let Self { walk, met, tags, blobs, .. } = self;
        let order = order(&met);
        let at: HashMap<ObjectId, u32> = order
            .iter()
            .enumerate()
            .map(|(index, id)| (*id, u32::try_from(index).unwrap_or(u32::MAX)))
            .collect();
        let in_range = |met: &Met| {
            !met.judge && walk.since.is_none_or(|since| met.data.time >= since || !met.is_commit)
        };
        // Trees are read of the range, of what comes just before it, and of tips.
        let mut needed = vec![false; order.len()];
        let mut before = BTreeSet::new();
        for (index, id) in order.iter().enumerate() {
            let met = &met[id];
            if in_range(met) {
                needed[index] = true;
                for parent in &met.data.parents {
                    if let Some(parent) = at.get(parent) {
                        needed[*parent as usize] = true;
                        before.insert(*parent);
                    }
                }
            }
        }
        for (id, _) in &tips {
            if let Some(index) = at.get(id) {
                needed[*index as usize] = true;
            }
        }
        let trees: Vec<Option<ObjectId>> = order
            .iter()
            .zip(&needed)
            .map(|(id, needed)| needed.then(|| met[id].data.tree))
            .collect();
        let (nodes, roots) = Nodes::read(walk, &trees, &mut graph);
        graph.nodes = nodes;
        for (index, id) in order.iter().enumerate() {
            let met = &met[id];
            let parents = met.data.parents.iter().filter_map(|parent| at.get(parent).copied());
            graph.commits.push(Reached {
                id: *id,
                parents: parents.collect(),
                root: roots[index],
                start: met.start,
                in_range: in_range(met),
                is_commit: met.is_commit,
            });
        }
        let commits = &graph.commits;
        graph.boundary = before
            .into_iter()
            .filter(|index| !commits[*index as usize].in_range)
            .filter_map(|index| commits[index as usize].root)
            .collect();
        graph.tips =
            tips.into_iter().filter_map(|(id, name)| Some((*at.get(&id)?, name))).collect();
        graph.tips.sort();
        graph.tips.dedup();
        messages(walk, &at, &tags, &mut graph);
        lost(walk, &at, &tags, &blobs, &mut graph);
        graph.troubles.sort();
        graph.troubles.dedup();
        graph
    }
}

/// Parents before children; among what is free, the oldest first.
fn order(met: &HashMap<ObjectId, Met>) -> Vec<ObjectId> {
    let mut children: HashMap<ObjectId, Vec<ObjectId>> = HashMap::new();
    let mut waiting: HashMap<ObjectId, usize> = HashMap::new();
    let mut free = BinaryHeap::new();
    for (id, one) in met {
        let parents: HashSet<_> =
            one.data.parents.iter().filter(|parent| met.contains_key(*parent)).collect();
        if parents.is_empty() {
            free.push(Reverse((one.data.time, *id)));
        }
        waiting.insert(*id, parents.len());
        for parent in parents {
            children.entry(*parent).or_default().push(*id);
        }
    }
    let mut order = Vec::with_capacity(met.len());
    while let Some(Reverse((_, id))) = free.pop() {
        order.push(id);
        for child in children.remove(&id).unwrap_or_default() {
            if let Some(left) = waiting.get_mut(&child) {
                *left -= 1;
                if *left == 0 {
                    free.push(Reverse((met[&child].data.time, child)));
                }
            }
        }
    }
    order
}

fn messages(
    walk: &Walk<'_>,
    at: &HashMap<ObjectId, u32>,
    tags: &BTreeSet<(ObjectId, Option<ObjectId>)>,
    graph: &mut Graph,
) {
    let in_range = |index: u32| graph.commits[index as usize].in_range;
    let mut messages: Vec<Message> = walk
        .kept
        .iter()
        .filter(|(_, kind)| *kind == Kind::Commit)
        .filter_map(|(id, _)| Some((*id, *at.get(id)?)))
        .filter(|(_, index)| in_range(*index))
        .map(|(object, index)| Message { object, is_tag: false, commit: Some(index) })
        .collect();
    for (tag, on) in tags {
        let commit = on.and_then(|on| at.get(&on).copied());
        let is_kept = walk.kept.binary_search_by(|(id, _)| id.cmp(tag)).is_ok();
        if is_kept && commit.is_none_or(in_range) {
            messages.push(Message { object: *tag, is_tag: true, commit });
        }
    }
    messages.sort();
    messages.dedup();
    graph.messages = messages;
}

/// What holds an anchor and was not come upon.
fn lost(
    walk: &Walk<'_>,
    at: &HashMap<ObjectId, u32>,
    tags: &BTreeSet<(ObjectId, Option<ObjectId>)>,
    blobs: &[ObjectId],
    graph: &mut Graph,
) {
    let tags: HashSet<ObjectId> = tags.iter().map(|(tag, _)| *tag).collect();
    let reached = graph.nodes.blobs();
    let is_lost = |id: &ObjectId, kind: Kind| match kind {
        Kind::Blob => !reached.contains(id),
        Kind::Commit => !at.contains_key(id),
        Kind::Tag => !tags.contains(id),
        Kind::Tree => false,
    };
    // A blob that a ref leads to has no path, but is there for everybody to see.
    let named: HashSet<&ObjectId> = blobs.iter().collect();
    let all = walk.kept.iter().filter(|(id, kind)| {
        is_lost(id, *kind) && (walk.unreachable || *kind == Kind::Blob && named.contains(id))
    });
    graph.lost = all.copied().collect();
}
