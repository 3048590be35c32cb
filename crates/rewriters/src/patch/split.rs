//! Which edits of a group go into one patch.

use std::collections::{BTreeMap, BTreeSet};

use crate::edit::{Applicability, Edit};
use crate::plan::file::{chosen, read};
use crate::plan::{FilePlan, Plan};

/// Lines of context on each side of a change in a patch.
const CONTEXT: u64 = 3;

/// Fixes of a group that make one patch.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// What its fixes are labelled, sorted; several where one cannot be made without the other.
    pub(super) labels: Vec<String>,
    pub(super) fixes: BTreeSet<usize>,
}

/// Splits the fixes of at least `least` in `files` by their labels, so that each patch applies whatever
/// others are applied: edits whose contexts touch stay together, those of a file that gets more or
/// fewer lines, and those that rename the same variable.
pub(super) fn split(
    plan: &Plan,
    files: &[(usize, &FilePlan)],
    least: Applicability,
    labels: &[String],
) -> Vec<Part> {
    let mut sets = Sets::default();
    let mut of_rename = BTreeMap::<(usize, &str), usize>::new();
    for (_, file) in files {
        let is_chosen = |index: &&usize| {
            let fix = plan.fixes.get(**index);
            fix.is_some_and(|fix| fix.applicability >= least && !fix.edits.is_empty())
        };
        let fixes: Vec<usize> = file.fixes.iter().filter(is_chosen).copied().collect();
        for index in &fixes {
            sets.add(*index);
            if let Some(name) = &plan.fixes[*index].renamed {
                let first = *of_rename.entry((file.scope, name)).or_insert(*index);
                sets.join(first, *index);
            }
        }
        let lines = read(&file.absolute).ok().and_then(|bytes| {
            let keeps = chosen(plan, file, least).flat_map(|fix| &fix.edits);
            keeps.into_iter().all(|edit| keeps_lines(edit, &bytes)).then_some(bytes)
        });
        let Some(bytes) = lines else {
            for pair in fixes.windows(2) {
                sets.join(pair[0], pair[1]);
            }
            continue;
        };
        let mut spans: Vec<(u64, u64, usize)> = fixes
            .iter()
            .flat_map(|index| plan.fixes[*index].edits.iter().map(move |edit| (edit, *index)))
            .map(|(edit, index)| {
                (line(&bytes, edit.span.start), line(&bytes, edit.span.end), index)
            })
            .collect();
        spans.sort_unstable();
        let mut last: Option<(u64, usize)> = None;
        for (start, end, index) in spans {
            if let Some((before, other)) = last
                && start <= before + 2 * CONTEXT
            {
                sets.join(other, index);
            }
            let before = last.map_or(0, |(before, _)| before);
            last = Some((end.max(before), index));
        }
    }
    let mut parts = BTreeMap::<Vec<String>, BTreeSet<usize>>::new();
    for set in sets.all() {
        let label = |index: &usize| labels.get(*index).cloned().unwrap_or_default();
        let labels: BTreeSet<String> = set.iter().map(label).collect();
        parts.entry(labels.into_iter().collect()).or_default().extend(set);
    }
    parts.into_iter().map(|(labels, fixes)| Part { labels, fixes }).collect()
}

/// Whether there are as many lines after the edit as before.
fn keeps_lines(edit: &Edit, bytes: &[u8]) -> bool {
    let ends = |bytes: &[u8]| memchr::memchr_iter(b'\n', bytes).count();
    bytes.get(edit.span.range()).is_some_and(|old| ends(old) == ends(&edit.replacement))
}

/// Number of the line, as git counts them.
fn line(bytes: &[u8], at: u64) -> u64 {
    let at = usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
    memchr::memchr_iter(b'\n', &bytes[..at]).count() as u64
}

/// Sets of fixes that grow together.
#[derive(Default)]
struct Sets(BTreeMap<usize, usize>);

impl Sets {
    fn add(&mut self, index: usize) {
        self.0.entry(index).or_insert(index);
    }

    fn root(&self, mut index: usize) -> usize {
        while let Some(parent) = self.0.get(&index).filter(|parent| **parent != index) {
            index = *parent;
        }
        index
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.0.insert(a.max(b), a.min(b));
    }

    fn all(&self) -> Vec<BTreeSet<usize>> {
        let mut all = BTreeMap::<usize, BTreeSet<usize>>::new();
        for index in self.0.keys() {
            all.entry(self.root(*index)).or_default().insert(*index);
        }
        all.into_values().collect()
    }
}
