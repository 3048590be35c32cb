//! What was seen in many versions of files becomes one use with a first and a last commit.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::Rule;
use crate::engine::Raw;
use crate::finding::HistorySource;

/// A use that a detector saw in one version of a file, or in one message.
#[derive(Debug)]
pub(super) struct Hit {
    pub(super) raw: Raw,
    pub(super) source: HistorySource,
    /// Hex.
    pub(super) object: String,
    /// In the repository; of a message what its file would be called.
    pub(super) path: Vec<u8>,
    pub(super) seen: Seen,
}

/// Where in the history a hit was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Seen {
    /// In each commit that holds this pair of blob and path.
    Pair(u32),
    /// In the message of this commit, or of a tag on it.
    Message(u32),
    /// In an object that no commit leads to.
    Nowhere,
}

/// What is known of the commits, oldest first.
pub(super) trait Commits {
    /// The pairs that the commit's tree holds, sorted.
    fn pairs(&self, commit: u32) -> &[u32];
    fn parents(&self, commit: u32) -> &[u32];
    /// The first and the last commit that holds the pair.
    fn span(&self, pair: u32) -> Option<(u32, u32)>;
}

/// One use with all of its versions.
#[derive(Debug)]
pub(super) struct Group {
    /// The hit of the first commit.
    pub(super) hit: Hit,
    /// The first and the last commit that holds it.
    pub(super) span: Option<(u32, u32)>,
    pub(super) pairs: BTreeSet<u32>,
    /// All its paths, its first hit's too.
    pub(super) paths: BTreeSet<Vec<u8>>,
    /// Whether a comment beside one of its versions asks not to report it.
    pub(super) ignored: bool,
}

/// What two hits have in common that are one use: all but the path.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Kind {
    source: HistorySource,
    rule: Rule,
    identity: String,
    /// The secret, or what stands in its place.
    what: Vec<u8>,
}

impl Kind {
    fn of(hit: &Hit) -> Self {
        let finding = &hit.raw.finding;
        Self {
            source: hit.source,
            rule: finding.rule,
            identity: hit.raw.identity.clone(),
            what: what(&hit.raw),
        }
    }
}

/// The secret of a finding, or what it has in the place of one.
pub(super) fn what(raw: &Raw) -> Vec<u8> {
    let finding = &raw.finding;
    match (&finding.secret, &finding.variable) {
        (Some(secret), _) => secret.expose().to_vec(),
        (None, Some(variable)) => variable.clone().into_bytes(),
        (None, None) => Vec::new(),
    }
}

/// Joins the hits of one path, then those that a commit moved from one path to another. Sorted by
/// the first commit.
pub(super) fn group(hits: Vec<Hit>, commits: &dyn Commits) -> Vec<Group> {
    let mut of_path: BTreeMap<(Kind, Vec<u8>), Group> = BTreeMap::new();
    for hit in hits {
        let span = match hit.seen {
            Seen::Pair(pair) => commits.span(pair),
            Seen::Message(commit) => Some((commit, commit)),
            Seen::Nowhere => None,
        };
        let path = hit.path.clone();
        let mut one = Group {
            span,
            pairs: match hit.seen {
                Seen::Pair(pair) => BTreeSet::from([pair]),
                Seen::Message(_) | Seen::Nowhere => BTreeSet::new(),
            },
            paths: BTreeSet::from([path.clone()]),
            ignored: hit.raw.ignored,
            hit,
        };
        match of_path.entry((Kind::of(&one.hit), path)) {
            std::collections::btree_map::Entry::Vacant(entry) => {
                entry.insert(one);
            }
            std::collections::btree_map::Entry::Occupied(mut entry) => {
                let known = entry.get_mut();
                if order(&one) < order(known) {
                    std::mem::swap(known, &mut one);
                }
                known.take(one);
            }
        }
    }
    let (kinds, groups): (Vec<_>, Vec<_>) =
        of_path.into_iter().map(|((kind, _), group)| (kind, group)).unzip();
    let mut groups = join_moved(&kinds, groups, commits);
    groups.sort_by(|a, b| order(a).cmp(&order(b)));
    groups
}

/// The first commit decides, then what makes the order the same in every run.
fn order(group: &Group) -> impl Ord + '_ {
    let hit = &group.hit;
    (
        group.span.map_or(u32::MAX, |(first, _)| first),
        &hit.path,
        &hit.object,
        hit.raw.finding.span,
        hit.raw.finding.rule,
        &hit.raw.identity,
    )
}

impl Group {
    fn take(&mut self, other: Self) {
        self.span = match (self.span, other.span) {
            (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
            (a, b) => a.or(b),
        };
        self.pairs.extend(other.pairs);
        self.paths.extend(other.paths);
        self.ignored |= other.ignored;
    }
}

/// Joins groups of one kind where the commit that brings in the one takes away the other.
fn join_moved(kinds: &[Kind], groups: Vec<Group>, commits: &dyn Commits) -> Vec<Group> {
    let mut group_of: HashMap<u32, Vec<usize>> = HashMap::new();
    for (index, group) in groups.iter().enumerate() {
        for pair in &group.pairs {
            group_of.entry(*pair).or_default().push(index);
        }
    }
    let mut leader: Vec<usize> = (0..groups.len()).collect();
    for (index, group) in groups.iter().enumerate() {
        let Some((first, _)) = group.span.filter(|_| !group.pairs.is_empty()) else { continue };
        let holds = |commit: u32| -> HashSet<usize> {
            let of_pair = |pair| group_of.get(pair).into_iter().flatten().copied();
            commits
                .pairs(commit)
                .iter()
                .flat_map(of_pair)
                .filter(|other| kinds[*other] == kinds[index])
                .collect()
        };
        let after = holds(first);
        for parent in commits.parents(first) {
            for other in holds(*parent).difference(&after) {
                let (a, b) = (find(&mut leader, index), find(&mut leader, *other));
                // The smaller leads, so that the result depends on no order of a hash map.
                leader[a.max(b)] = a.min(b);
            }
        }
    }
    let mut joined: BTreeMap<usize, Group> = BTreeMap::new();
    for (index, mut group) in groups.into_iter().enumerate() {
        let top = find(&mut leader, index);
        match joined.get_mut(&top) {
            None => {
                joined.insert(top, group);
            }
            Some(known) => {
                if order(&group) < order(known) {
                    std::mem::swap(known, &mut group);
                }
                known.take(group);
            }
        }
    }
    joined.into_values().collect()
}

fn find(leader: &mut [usize], mut index: usize) -> usize {
    while leader[index] != index {
        leader[index] = leader[leader[index]];
        index = leader[index];
    }
    index
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Document;
    use crate::engine::{Origin, bare_location, inspect};

    /// A line of commits, or what `parents` says; each holds the given pairs.
    struct Line {
        held: Vec<Vec<u32>>,
        parents: Vec<Vec<u32>>,
    }

    impl Line {
        fn new(held: &[&[u32]]) -> Self {
            let parents = (0..u32::try_from(held.len()).unwrap())
                .map(|commit| commit.checked_sub(1).into_iter().collect())
                .collect();
            Self { held: held.iter().map(|pairs| pairs.to_vec()).collect(), parents }
        }
    }

    impl Commits for Line {
        fn pairs(&self, commit: u32) -> &[u32] {
            &self.held[commit as usize]
        }

        fn parents(&self, commit: u32) -> &[u32] {
            &self.parents[commit as usize]
        }

        fn span(&self, pair: u32) -> Option<(u32, u32)> {
            let holds = |commit: &u32| self.held[*commit as usize].contains(&pair);
            let all = 0..u32::try_from(self.held.len()).unwrap();
            Some((all.clone().find(holds)?, all.rev().find(holds)?))
        }
    }

    fn hit(path: &str, number: u32, seen: Seen) -> Hit {
        let secret = format!("ATBB{}{number:08X}", "kQz4".repeat(6));
        let text = format!("git clone https://joe:{secret}@bitbucket.org/a/b.git\n");
        let doc = Document::new(path, text.as_bytes());
        let mut raws = inspect(&doc, Origin::whole(&doc), &bare_location(path)).raws;
        assert_eq!(raws.len(), 1);
        let object = match seen {
            Seen::Pair(pair) => format!("{pair:040x}"),
            Seen::Message(_) | Seen::Nowhere => "f".repeat(40),
        };
        let source = match seen {
            Seen::Message(_) => HistorySource::CommitMessage,
            Seen::Pair(_) | Seen::Nowhere => HistorySource::Blob,
        };
        Hit { raw: raws.remove(0), source, object, path: path.into(), seen }
    }

    type Row = (String, String, Option<(u32, u32)>);

    /// The path of the first commit, all paths, the first and the last commit.
    fn rows(hits: Vec<Hit>, commits: &Line) -> Vec<Row> {
        group(hits, commits)
            .into_iter()
            .map(|group| {
                let text = |path: &[u8]| String::from_utf8(path.to_vec()).unwrap();
                let all: Vec<_> = group.paths.iter().map(|path| text(path)).collect();
                (text(&group.hit.path), all.join(" "), group.span)
            })
            .collect()
    }

    fn row(path: &str, all: &str, span: (u32, u32)) -> Row {
        (path.into(), all.into(), Some(span))
    }

    #[test]
    fn versions_of_a_file_are_one() {
        let commits = Line::new(&[&[], &[0], &[1], &[1], &[], &[0]]);
        let hits = [1, 0].map(|pair| hit("a", 1, Seen::Pair(pair)));
        assert_eq!(rows(hits.into(), &commits), [row("a", "a", (1, 5))]);
    }

    #[test]
    fn a_move_keeps_a_use_and_a_copy_makes_another() {
        // Moved from z to a, changed, moved to m.
        let commits = Line::new(&[&[0], &[1], &[2], &[3]]);
        let of = |path, pair| hit(path, 1, Seen::Pair(pair));
        let hits = vec![of("m", 3), of("a", 1), of("a", 2), of("z", 0)];
        assert_eq!(rows(hits, &commits), [row("z", "a m z", (0, 3))]);

        let commits = Line::new(&[&[0], &[0, 1], &[1]]);
        let hits = vec![of("b", 1), of("a", 0)];
        assert_eq!(rows(hits, &commits), [row("a", "a", (0, 1)), row("b", "b", (1, 2))]);

        // Another secret takes its place: rotated, not moved.
        let commits = Line::new(&[&[0], &[1]]);
        let hits = vec![hit("b", 2, Seen::Pair(1)), of("a", 0)];
        assert_eq!(rows(hits, &commits), [row("a", "a", (0, 0)), row("b", "b", (1, 1))]);
    }

    #[test]
    fn a_move_in_a_merge_is_one() {
        // 0 has it; 1 and 2 come of it; 3 merges them and moves it.
        let mut commits = Line::new(&[&[0], &[0], &[], &[1]]);
        commits.parents = vec![vec![], vec![0], vec![0], vec![2, 1]];
        let hits = vec![hit("new", 1, Seen::Pair(1)), hit("old", 1, Seen::Pair(0))];
        assert_eq!(rows(hits, &commits), [row("old", "new old", (0, 3))]);
    }

    #[test]
    fn messages_and_objects_of_no_commit_are_apart() {
        let commits = Line::new(&[&[0], &[]]);
        let hits = vec![
            hit("x", 1, Seen::Nowhere),
            hit("COMMIT_EDITMSG", 1, Seen::Message(1)),
            hit("COMMIT_EDITMSG", 1, Seen::Message(0)),
            hit("a", 1, Seen::Pair(0)),
        ];
        let rows = rows(hits, &commits);
        assert_eq!(rows[0], row("COMMIT_EDITMSG", "COMMIT_EDITMSG", (0, 1)));
        assert_eq!(rows[1], row("a", "a", (0, 0)));
        assert_eq!(rows[2], ("x".into(), "x".into(), None));
    }
}
