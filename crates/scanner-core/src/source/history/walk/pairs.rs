//! Which versions of files there are, and which commits hold them.

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use gix_hash::ObjectId;

use super::Graph;
use super::nodes::{Child, Nodes};

/// One version of a file: a blob and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Pair {
    pub(crate) blob: ObjectId,
    /// In the repository, with `/`.
    pub(crate) path: Vec<u8>,
}

/// Which commits hold which pairs.
#[derive(Debug, Default)]
pub(crate) struct Resolved {
    /// By pair: the first and the last commit that holds it.
    pub(crate) spans: Vec<Option<(u32, u32)>>,
    /// By commit: index into `sets`.
    set_of: Vec<u32>,
    /// Sorted indices of pairs.
    sets: Vec<Rc<[u32]>>,
}

impl Resolved {
    /// The pairs that a commit holds, sorted.
    pub(crate) fn of(&self, commit: u32) -> &[u32] {
        self.set_of.get(commit as usize).map_or(&[], |set| &self.sets[*set as usize])
    }
}

impl Graph {
    /// Every version that a commit of the range holds and none before the range, sorted by blob.
    pub(crate) fn pairs(&self) -> Vec<Pair> {
        let mut found = BTreeSet::new();
        for commit in self.commits.iter().filter(|commit| commit.in_range) {
            // What the first parent holds was seen there, or is not of the range.
            let before = commit.parents.first().and_then(|at| self.commits[*at as usize].root);
            added(&self.nodes, before, commit.root, &mut Vec::new(), &mut found);
        }
        let mut pairs: Vec<Pair> = found.into_iter().collect();
        if !self.boundary.is_empty() {
            let mut sets = Sets::new(&self.nodes, &pairs);
            let old: BTreeSet<u32> =
                self.boundary.iter().flat_map(|root| sets.of(Some(*root)).to_vec()).collect();
            let mut index = 0;
            pairs.retain(|_| {
                index += 1;
                !old.contains(&(index - 1))
            });
        }
        pairs
    }

    /// Which of `pairs` some tip holds.
    pub(crate) fn at_tips(&self, pairs: &[Pair]) -> Vec<bool> {
        let mut held = vec![false; pairs.len()];
        let mut sets = Sets::new(&self.nodes, pairs);
        for (commit, _) in &self.tips {
            for pair in sets.of(self.commits[*commit as usize].root).iter() {
                held[*pair as usize] = true;
            }
        }
        held
    }

    /// Finds the commits that hold `pairs`: few, as a set of them is kept for each tree.
    pub(crate) fn resolve(&self, pairs: &[Pair]) -> Resolved {
        let mut sets = Sets::new(&self.nodes, pairs);
        let mut resolved = Resolved { spans: vec![None; pairs.len()], ..Resolved::default() };
        let mut known: HashMap<Rc<[u32]>, u32> = HashMap::new();
        // By set: the first and the last commit.
        let mut spans: Vec<Option<(u32, u32)>> = Vec::new();
        for (index, commit) in self.commits.iter().enumerate() {
            let set = sets.of(commit.root);
            let next = u32::try_from(resolved.sets.len()).unwrap_or(u32::MAX);
            let number = *known.entry(Rc::clone(&set)).or_insert_with(|| {
                resolved.sets.push(set);
                spans.push(None);
                next
            });
            resolved.set_of.push(number);
            if commit.in_range {
                let at = u32::try_from(index).unwrap_or(u32::MAX);
                let span = spans[number as usize].get_or_insert((at, at));
                span.1 = at;
            }
        }
        for (set, span) in resolved.sets.iter().zip(spans) {
            let Some((first, last)) = span else { continue };
            for pair in set.iter() {
                let all = resolved.spans[*pair as usize].get_or_insert((first, last));
                *all = (all.0.min(first), all.1.max(last));
            }
        }
        resolved
    }
}

/// Adds what `after` holds and `before` does not.
fn added(
    nodes: &Nodes,
    before: Option<u32>,
    after: Option<u32>,
    path: &mut Vec<u8>,
    found: &mut BTreeSet<Pair>,
) {
    let Some(node) = after else { return };
    if before == after {
        return;
    }
    let old: &[_] = before.map_or(&[], |node| nodes.get(node));
    for (name, child) in nodes.get(node) {
        let stood = |want: fn(&Child) -> bool| {
            let from = old.partition_point(|(known, _)| known < name);
            let same = old[from..].iter().take_while(|(known, _)| known == name);
            same.map(|(_, child)| *child).find(want)
        };
        let length = path.len();
        path.extend_from_slice(name);
        match child {
            Child::Blob(blob) => {
                if stood(|child| matches!(child, Child::Blob(_))) != Some(*child) {
                    found.insert(Pair { blob: *blob, path: path.clone() });
                }
            }
            Child::Tree(below) => {
                let stood = match stood(|child| matches!(child, Child::Tree(_))) {
                    Some(Child::Tree(node)) => Some(node),
                    _ => None,
                };
                path.push(b'/');
                added(nodes, stood, Some(*below), path, found);
            }
        }
        path.truncate(length);
    }
}

/// Tells which of a few pairs a tree holds.
struct Sets<'s> {
    nodes: &'s Nodes,
    /// The paths of the pairs, as a tree of names.
    names: Vec<Name>,
    /// By node and name.
    known: HashMap<(u32, u32), Rc<[u32]>>,
    none: Rc<[u32]>,
}

#[derive(Default)]
struct Name {
    below: HashMap<Box<[u8]>, u32>,
    /// The pairs whose path ends here.
    pairs: Vec<(ObjectId, u32)>,
}

impl<'s> Sets<'s> {
    fn new(nodes: &'s Nodes, pairs: &[Pair]) -> Self {
        let mut names = vec![Name::default()];
        for (index, pair) in pairs.iter().enumerate() {
            let mut at = 0;
            for part in pair.path.split(|byte| *byte == b'/') {
                let next = u32::try_from(names.len()).unwrap_or(u32::MAX);
                let known = names[at].below.get(part).copied();
                at = known.unwrap_or_else(|| {
                    names[at].below.insert(part.into(), next);
                    names.push(Name::default());
                    next
                }) as usize;
            }
            names[at].pairs.push((pair.blob, u32::try_from(index).unwrap_or(u32::MAX)));
        }
        Self { nodes, names, known: HashMap::new(), none: Rc::from([]) }
    }

    /// The pairs that a root holds, sorted.
    fn of(&mut self, root: Option<u32>) -> Rc<[u32]> {
        match root {
            Some(root) => self.below(root, 0),
            None => Rc::clone(&self.none),
        }
    }

    fn below(&mut self, node: u32, name: u32) -> Rc<[u32]> {
        if let Some(known) = self.known.get(&(node, name)) {
            return Rc::clone(known);
        }
        let nodes = self.nodes;
        let mut all = Vec::new();
        for (part, child) in nodes.get(node) {
            let Some(next) = self.names[name as usize].below.get(part).copied() else { continue };
            match child {
                Child::Blob(blob) => {
                    let pairs = &self.names[next as usize].pairs;
                    all.extend(pairs.iter().filter(|(id, _)| id == blob).map(|(_, pair)| *pair));
                }
                Child::Tree(node) => all.extend(self.below(*node, next).iter()),
            }
        }
        all.sort_unstable();
        let set = if all.is_empty() { Rc::clone(&self.none) } else { Rc::from(all) };
        self.known.insert((node, name), Rc::clone(&set));
        set
    }
}
