//! What the threads of a scan gather.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::git_dir::FoundGit;
use super::open::Problem;
use super::root::Base;
use crate::Secret;
use crate::engine::{Inspection, Raw};
use crate::finding::{Location, SkipReason, Skipped};

/// What one thread, or all of them, saw.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    pub(crate) raws: Vec<Raw>,
    pub(crate) secrets: Vec<Secret>,
    pub(crate) skipped: Vec<Skipped>,
    /// Those that are not named.
    pub(crate) counts: BTreeMap<SkipReason, u64>,
    pub(crate) files: u64,
    pub(crate) bytes: u64,
    pub(crate) candidates: u64,
    /// Git directories come upon.
    pub(crate) gits: Vec<FoundGit>,
    /// Symbolic links to follow.
    pub(crate) links: Vec<Link>,
}

/// A symbolic link to follow.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Link {
    /// Index of the root that it is below.
    pub(crate) root: usize,
    /// How it is shown.
    pub(crate) shown: PathBuf,
    /// Where it is.
    pub(crate) path: PathBuf,
}

impl Collected {
    /// Takes over what another thread saw.
    pub(crate) fn merge(&mut self, other: Self) {
        self.raws.extend(other.raws);
        self.secrets.extend(other.secrets);
        self.skipped.extend(other.skipped);
        for (reason, count) in other.counts {
            *self.counts.entry(reason).or_default() += count;
        }
        self.files += other.files;
        self.bytes += other.bytes;
        self.candidates += other.candidates;
        self.gits.extend(other.gits);
        self.links.extend(other.links);
    }

    /// Counts an entry that is left out by choice and so common that it is not named.
    pub(crate) fn count(&mut self, reason: SkipReason) {
        *self.counts.entry(reason).or_default() += 1;
    }

    /// Names an input that was not read, or not to its end.
    pub(crate) fn skip(&mut self, location: &Location, (reason, detail): Problem) {
        self.skipped.push(Skipped {
            root: location.root,
            path: location.path.clone(),
            path_bytes: location.path_bytes.clone(),
            reason,
            detail,
        });
    }

    /// As [`Self::skip`], for a path below `base`.
    pub(crate) fn skip_path(&mut self, base: &Base, path: &Path, problem: Problem) {
        self.skip(&base.location(path), problem);
    }

    /// Takes over what the detectors saw in one input.
    pub(crate) fn take(&mut self, location: &Location, inspection: Inspection) {
        self.raws.extend(inspection.raws);
        self.secrets.extend(inspection.secrets);
        for problem in inspection.problems {
            self.skip(location, problem);
        }
    }
}
