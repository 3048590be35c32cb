//! The configs of git: those of repositories with all that they include, and the user's and the
//! system's.

mod check;
mod include;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use self::include::included;
use super::collect::Collected;
use super::files::{Bases, Scan};
use super::git_dir::worktree_configs;
use super::open::{Problem, open_regular, problem};
use super::repository::{Found, Repositories};
use super::root::Base;
use crate::document::{Document, Encoding, FileKind};
use crate::engine::{Inspection, Origin, inspect};
use crate::finding::SkipReason;
use crate::prefilter::Anchors;

pub(crate) use self::check::{cross_check, essence};
pub(crate) use self::include::Places;

/// A config includes another, that includes another: git itself stops at ten.
const MAX_DEPTH: usize = 32;
/// No config of git is larger: what is, is read as text.
const MAX_BYTES: u64 = 16 << 20;

/// A config to read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Task {
    /// As it is named: relative includes start from its folder.
    path: PathBuf,
    /// Index of the root for which it is read.
    root: usize,
    /// How many includes led to it.
    depth: usize,
}

/// What all configs gave.
#[derive(Debug, Default)]
pub(crate) struct Configs {
    pub(crate) got: Collected,
    /// The files read, links resolved: what the walk saw in them does not count.
    pub(crate) read: HashSet<PathBuf>,
}

/// What reading a config takes.
pub(crate) struct Context<'c> {
    pub(crate) scan: &'c Scan<'c>,
    pub(crate) repositories: &'c Repositories,
    pub(crate) bases: &'c Bases<'c>,
    pub(crate) places: &'c Places,
}

/// Reads the configs of the repositories, and of the user and the system if `global`. Each round
/// reads what the one before includes.
pub(crate) fn scan(context: &Context<'_>, global: bool) -> Configs {
    let anchors = Anchors::new(&context.scan.options.settings);
    let mut tasks: Vec<_> = context
        .repositories
        .iter()
        .filter(|found| found.git.scan)
        .flat_map(|found| {
            configs_of(found).into_iter().map(|path| Task { path, root: found.git.root, depth: 0 })
        })
        .collect();
    if global {
        let user = context.places.configs.iter();
        tasks.extend(user.map(|path| Task { path: path.clone(), root: 0, depth: 0 }));
    }
    let mut configs = Configs::default();
    let mut named = HashSet::new();
    while !tasks.is_empty() {
        tasks.sort();
        // Of several names of one file the first counts.
        let unread: Vec<_> = tasks
            .into_iter()
            .filter_map(|task| {
                let real = task.path.canonicalize();
                match real {
                    Ok(real) => named.insert(real.clone()).then_some((task, Ok(real))),
                    // As for git, a config that is not there is no error.
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
                    Err(error) => Some((task, Err(error))),
                }
            })
            .collect();
        let read: Vec<_> = unread
            .into_par_iter()
            .map(|(task, real)| {
                let mut got = Collected::default();
                let next = match &real {
                    Ok(real) => read(context, &anchors, &task, real, &mut got),
                    Err(error) => {
                        let base = base_of(context.bases, &task.path, task.root);
                        got.skip_path(&base, &task.path, problem(error));
                        None
                    }
                };
                (real.ok().zip(next), got)
            })
            .collect();
        tasks = Vec::new();
        for (read, got) in read {
            configs.got.merge(got);
            if let Some((real, next)) = read {
                configs.read.insert(real);
                tasks.extend(next);
            }
        }
    }
    configs
}

/// The config files of a repository, present or not.
fn configs_of(found: &Found) -> Vec<PathBuf> {
    let mut paths =
        vec![found.common_dir.join("config"), found.git.git_dir.join("config.worktree")];
    paths.extend(worktree_configs(&found.common_dir));
    paths.dedup();
    paths
}

/// The base that shows `path`: one that holds it, else as an absolute path.
pub(crate) fn base_of(bases: &Bases<'_>, path: &Path, root: usize) -> Base {
    bases.of(path).cloned().unwrap_or_else(|| Base {
        // Everything is below the empty path: shown as it is.
        root,
        real: PathBuf::new(),
        shown: PathBuf::new(),
        is_root: true,
    })
}

/// Reads one config; gives those that it includes, or `None` if it was not read.
fn read(
    context: &Context<'_>,
    anchors: &Anchors,
    task: &Task,
    real: &Path,
    got: &mut Collected,
) -> Option<Vec<Task>> {
    let &Context { scan, repositories, bases, places } = context;
    let base = base_of(bases, real, task.root);
    let location = base.location(real);
    if scan.is_excluded_below(&base, real) {
        // Where a walk went it was counted already.
        if repositories.in_git_dir(real) {
            got.count(SkipReason::Excluded);
        }
        return None;
    }
    if scan.is_stopped() {
        got.skip(&location, (SkipReason::Cancelled, "the scan was stopped before it".into()));
        return None;
    }
    let bytes = match load(scan, real) {
        Ok(bytes) => bytes,
        Err(problem) => {
            got.skip(&location, problem);
            return None;
        }
    };
    let encoding = Encoding::sniff(&bytes);
    let text = encoding.decode(&bytes[encoding.bom_len()..]);
    let (includes, fault) = included(&text, &task.path, places);
    let anchored = anchors.in_git_config(&text);
    let mut seen = Inspection::default();
    if anchored {
        let doc = Document {
            path: &location.path,
            kind: FileKind::GitConfig,
            encoding,
            base: encoding.bom_len() as u64,
            text,
            whole: true,
            settings: &scan.options.settings,
        };
        seen = inspect(&doc, Origin::whole(&doc), &location);
    }
    if let Some(fault) = fault {
        // Told once, in the parser's words.
        seen.problems.retain(|(reason, _)| *reason != SkipReason::CorruptGit);
        seen.problems.push((SkipReason::CorruptGit, fault));
    }
    let walked = bases.of(real).is_some() && !repositories.in_git_dir(real);
    if !walked {
        got.files += 1;
        got.bytes += bytes.len() as u64;
        got.candidates += u64::from(anchored);
        scan.observer.file(bytes.len() as u64, seen.raws.len());
    }
    got.take(&location, seen);

    let mut next = Vec::new();
    for include in includes {
        match include {
            Ok(path) if task.depth < MAX_DEPTH => {
                next.push(Task { path, root: task.root, depth: task.depth + 1 });
            }
            Ok(_) => got.skip(
                &location,
                (SkipReason::CorruptGit, format!("includes nest more than {MAX_DEPTH} deep")),
            ),
            Err(problem) => got.skip(&location, problem),
        }
    }
    Some(next)
}

fn load(scan: &Scan<'_>, path: &Path) -> Result<Vec<u8>, Problem> {
    use std::io::Read as _;
    if scan.is_pseudo(path) {
        return Err((SkipReason::OtherFileSystem, "a file system of the kernel".into()));
    }
    let (file, metadata) = open_regular(path)?;
    if metadata.len() > MAX_BYTES {
        let detail = format!("{} bytes: larger than any git config", metadata.len());
        return Err((SkipReason::CorruptGit, detail));
    }
    let mut bytes = Vec::new();
    file.take(MAX_BYTES).read_to_end(&mut bytes).map_err(|error| problem(&error))?;
    Ok(bytes)
}
