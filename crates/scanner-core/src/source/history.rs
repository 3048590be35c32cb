//! Git history: every object once, then who brought what in where.
//!
//! [`store`] unpacks every object and keeps those that hold an anchor; [`refs`] says where history is
//! entered; [`walk`] finds the commits and paths of what was kept.

pub(crate) mod commit;
pub(crate) mod refs;
pub(crate) mod store;
pub(crate) mod walk;

use std::path::PathBuf;

use super::open::Problem;

/// Which part of the history to scan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryOptions {
    /// Leave out the work tree, files and configs.
    pub only: bool,
    /// Only what commits of this time or later brought in. Seconds since 1970.
    pub since: Option<i64>,
    /// Only these branches: names (`main`, `origin/main`, `refs/tags/v1`) or globs of them. Empty takes
    /// all refs, reflogs and HEADs.
    pub branches: Vec<String>,
    /// What no ref and no reflog leads to, too.
    pub unreachable: bool,
}

/// A file of the repository, or one that stands for it, that could not be read whole.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Trouble {
    /// A pack, a loose object, a ref, or the git directory.
    pub(crate) path: PathBuf,
    /// Why; the detail names the object where it is one of many in the file.
    pub(crate) problem: Problem,
}
