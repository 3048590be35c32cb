//! The history of the repositories: from objects to findings.

mod groups;
mod look;
mod merge;
mod place;
mod record;
mod repository;

use std::collections::BTreeMap;
use std::path::Path;

use rayon::prelude::*;

pub(super) use self::look::message;
pub(crate) use self::merge::{HistoryUse, merge};
use self::place::Place;
use super::HistoryStats;
use crate::Secret;
use crate::finding::{SkipReason, Skipped};
use crate::source::files::{Bases, Scan};
use crate::source::git_config::base_of;
use crate::source::history::HistoryOptions;
use crate::source::repository::{Found, Repositories};

/// Packs of more bytes than this are worth all threads; below, repositories are scanned side by side.
const LARGE: u64 = 32 << 20;

/// What the histories gave.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    pub(crate) uses: Vec<HistoryUse>,
    pub(crate) secrets: Vec<Secret>,
    pub(crate) skipped: Vec<Skipped>,
    pub(crate) stats: HistoryStats,
}

impl Gathered {
    fn merge(&mut self, other: Self) {
        self.uses.extend(other.uses);
        self.secrets.extend(other.secrets);
        self.skipped.extend(other.skipped);
        self.stats.repositories += other.stats.repositories;
        self.stats.commits += other.stats.commits;
        self.stats.objects += other.stats.objects;
        self.stats.bytes += other.stats.bytes;
    }
}

/// Reads the history of each repository once, however many work trees it has.
pub(crate) fn scan(
    scan: &Scan<'_>,
    repositories: &Repositories,
    bases: &Bases<'_>,
    options: &HistoryOptions,
) -> Gathered {
    // The main one stands for its linked worktrees, where the scan came upon it.
    let mut all: BTreeMap<&Path, &Found> = BTreeMap::new();
    let rank = |found: &Found| {
        let git = &found.git;
        (git.git_dir != found.common_dir, git.root, git.shown.clone(), git.git_dir.clone())
    };
    for found in repositories.iter().filter(|found| found.git.scan) {
        let known = all.entry(&found.common_dir).or_insert(found);
        if rank(found) < rank(known) {
            *known = found;
        }
    }
    let one = |found: &Found, threads: usize| -> Gathered {
        let git_dir = &found.git.git_dir;
        let shown = base_of(bases, git_dir, found.git.root).location(git_dir);
        let place = Place::new(found, shown);
        if scan.is_stopped() {
            let why = (SkipReason::Cancelled, "the scan was stopped before its history".into());
            return Gathered { skipped: vec![place.trouble(why)], ..Gathered::default() };
        }
        repository::scan(scan, bases, found, &place, options, threads)
    };
    let (large, small): (Vec<&Found>, Vec<&Found>) =
        all.into_values().partition(|found| packed(&found.common_dir) > LARGE);
    let mut gathered = Gathered::default();
    let parts: Vec<_> = small.par_iter().map(|found| one(found, 1)).collect();
    for part in parts {
        gathered.merge(part);
    }
    for found in large {
        gathered.merge(one(found, scan.threads));
    }
    gathered
}

/// Bytes in the repository's own packs.
fn packed(common_dir: &Path) -> u64 {
    let Ok(entries) = common_dir.join("objects/pack").read_dir() else { return 0 };
    entries.flatten().filter_map(|entry| entry.metadata().ok()).map(|file| file.len()).sum()
}
