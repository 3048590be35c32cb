//! The pipeline: sources, prefilter, detectors, findings.

mod contents;
mod convert;
mod finish;
mod history;
mod inspect;
mod marker;
mod masked;
mod protect;
mod run;
#[cfg(test)]
#[cfg(unix)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

pub use self::contents::{Content, scan_contents};
pub(crate) use self::convert::{Origin, Raw};
use self::finish::{finish, scrub_skipped};
pub(crate) use self::finish::{path_in_repository, slashed};
pub(crate) use self::inspect::{Inspection, inspect, quietly};
pub use self::masked::Masked;
use crate::document::Document;
use crate::finding::{Finding, Location, Repository, SkipReason, Skipped, Suppressed};
use crate::mask::Scrubber;
use crate::settings::Settings;
use crate::source::git_config::Places;
use crate::source::history::HistoryOptions;
use crate::source::shard::Shard;

/// What to scan and how.
#[derive(Clone, Debug)]
pub struct ScanOptions {
    /// Files and folders; `-` is standard input.
    pub roots: Vec<PathBuf>,
    /// Worker threads; 0 takes what the machine has.
    pub threads: usize,
    /// Leave out what `.gitignore` and the like name.
    pub respect_gitignore: bool,
    /// Globs of paths to leave out, as in `.gitignore`, relative to a root.
    pub exclude: Vec<String>,
    /// Leave out larger files. Bytes.
    pub max_filesize: Option<u64>,
    /// Stay on the file system of each root.
    pub one_file_system: bool,
    /// Follow symbolic links.
    pub follow: bool,
    /// Read the system, global and XDG git config too.
    pub git_config: bool,
    /// Read the history of the repositories too, and which part of it.
    pub history: Option<HistoryOptions>,
    /// Folder in which to remember what is clean, so that it need not be read again.
    pub cache: Option<PathBuf>,
    /// Key for credential fingerprints that can be compared between hosts.
    pub fleet_key: Option<Vec<u8>>,
    /// Only this part of it all.
    pub shard: Option<Shard>,
    /// What the user adds to what the detectors know, and what is not to be reported.
    pub settings: Arc<Settings>,
    /// Bytes read at a time from a file larger than this. Tests make it small.
    pub window: usize,
    /// When the scan begins; `None` asks the clock. Tests set it.
    pub now: Option<SystemTime>,
}

impl Default for ScanOptions {
    fn default() -> Self {
        Self {
            roots: vec![PathBuf::from(".")],
            threads: 0,
            respect_gitignore: false,
            exclude: Vec::new(),
            max_filesize: None,
            one_file_system: true,
            follow: false,
            git_config: false,
            history: None,
            cache: None,
            fleet_key: None,
            shard: None,
            settings: Arc::default(),
            window: 4 << 20,
            now: None,
        }
    }
}

/// A handle that stops a running scan; what was seen until then is returned.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// A handle that was not used yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks the scan to stop soon.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked to stop.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Is told of a scan's progress, from any thread.
pub trait Observer: Sync {
    /// A file was scanned: bytes read, findings in it.
    fn file(&self, bytes: u64, findings: usize) {
        let _ = (bytes, findings);
    }
    /// A repository was found.
    fn repository(&self) {}
    /// Objects of git were read: bytes unpacked.
    fn objects(&self, bytes: u64) {
        let _ = bytes;
    }
    /// An input was skipped.
    fn skipped(&self) {}
}

impl Observer for () {}

/// Counters of a scan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Files read to their end.
    pub files: u64,
    /// Bytes read.
    pub bytes: u64,
    /// Files that held an anchor and so were looked at by the detectors.
    pub candidates: u64,
    /// Repositories seen, linked worktrees and submodules included.
    pub repositories: u64,
    /// Of the files, those that were not read again because they are as they were; `None` without a
    /// cache.
    pub unchanged: Option<u64>,
    /// What was read of the history of repositories.
    pub history: Option<HistoryStats>,
    /// Inputs left out, by reason; those named in [`Outcome::skipped`] included.
    pub skipped: BTreeMap<SkipReason, u64>,
    /// Wall time.
    pub elapsed: Duration,
}

/// Counters of the scan of history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HistoryStats {
    /// Object stores read; linked worktrees share one.
    pub repositories: u64,
    /// Commits that a ref, a reflog or a HEAD leads to.
    pub commits: u64,
    /// Blobs, commits and tags, each once.
    pub objects: u64,
    /// Their bytes, unpacked.
    pub bytes: u64,
}

/// What a scan found. Sorted: the same tree gives the same outcome at any thread count, but for
/// [`Stats::elapsed`].
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// By root, path, position and rule.
    pub findings: Vec<Finding>,
    /// What the user does not want to hear of, in the same order.
    pub suppressed: Vec<Suppressed>,
    /// By root, path and reason. Links and ignored entries are only counted.
    pub skipped: Vec<Skipped>,
    /// Repositories seen, by path.
    pub repositories: Vec<Arc<Repository>>,
    /// Counters.
    pub stats: Stats,
    /// Why the cache was of no use, or could not be written.
    pub cache_note: Option<String>,
    /// Whether every input was read to its end, choices apart.
    pub complete: bool,
}

/// Why a scan could not start.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// A glob cannot be parsed.
    #[error("the pattern {pattern:?} of --exclude is not a glob: {reason}")]
    BadGlob {
        /// As given.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The folder of the cache cannot be used.
    #[error("cannot use {path} for the cache: {reason}", path = path.display())]
    Cache {
        /// As given.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The worker threads cannot be started.
    #[error("cannot start {threads} worker threads: {reason}")]
    Threads {
        /// As asked for.
        threads: usize,
        /// The system's word.
        reason: String,
    },
}

/// Scans everything that `options` names. An input that cannot be read is a [`Skipped`], never an
/// error: also a root that does not exist.
pub fn scan(
    options: &ScanOptions,
    cancel: &Cancel,
    observer: &dyn Observer,
) -> Result<Outcome, ScanError> {
    run::run(options, cancel, observer, &Places::of_user(), &mut std::io::stdin())
}

/// Scans one file's bytes as if it stood at `path`, alone. For tests and for the check that a
/// rewritten file scans clean. `absolute` and `repository` of the findings are `None`. No anchor is
/// asked for and nothing is suppressed.
pub fn scan_bytes(path: &Path, bytes: &[u8]) -> (Vec<Finding>, Vec<Skipped>) {
    scan_document(&Document::new(&slashed(path), bytes))
}

/// As [`scan_bytes`], for a document whose kind its name does not tell: a git config that another one
/// includes.
pub fn scan_document(doc: &Document<'_>) -> (Vec<Finding>, Vec<Skipped>) {
    let path = doc.path.to_owned();
    let location = bare_location(&path);
    let seen = inspect(doc, Origin::whole(doc), &location);
    let scrubber = Scrubber::new(&seen.secrets);
    let mut skipped: Vec<_> = seen
        .problems
        .into_iter()
        .map(|(reason, detail)| Skipped {
            root: 0,
            path: path.clone(),
            path_bytes: None,
            reason,
            detail,
        })
        .collect();
    scrub_skipped(&mut skipped, &scrubber);
    skipped.sort();
    let findings = finish(seen.raws, &scrubber, None);
    (findings.into_iter().map(|(finding, _)| finding).collect(), skipped)
}

/// The location of a file of which only the path is known.
pub(crate) fn bare_location(path: &str) -> Location {
    Location {
        root: 0,
        path: path.to_owned(),
        path_bytes: None,
        absolute: None,
        repository: None,
        commit: None,
        git_config_key: None,
        line: 1,
        column: 1,
    }
}
