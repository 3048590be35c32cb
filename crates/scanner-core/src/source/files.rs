//! Files and folders.
//!
//! `ignore`'s parallel walker, the files read in its visitor, against walkdir with rayon's
//! `par_bridge`, each with the same work for a file, on 68,610 files (1.1 GB, cached, two cores that
//! others used too), mean of eight runs: 1.98 s (σ 0.13) against 2.14 s (σ 0.07). So `ignore` walks
//! the roots; walkdir walks the small trees in git directories, where order is worth more.

use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::fs::{self, FileType};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use ignore::{WalkBuilder, WalkState};

use super::cache::{Cache, Stamp};
use super::collect::{Collected, Link};
use super::git_dir::{
    FoundGit, configured_work_dir, is_dot_git, is_git_dir, is_internal, is_sample, modules,
    read_dot_git_file,
};
use super::ignored::Ignored;
use super::open::{Problem, device, kind_name, open_regular, problem};
use super::pseudo;
use super::read::{Reader, Seen};
use super::repository::Found;
use super::root::{Base, Root, why_unresolved};
use super::shard::Tops;
use crate::engine::{Cancel, Observer, ScanError, ScanOptions, slashed};
use crate::finding::{Location, SkipReason};
use crate::prefilter::Named;

/// What all threads of a scan share.
pub(crate) struct Scan<'s> {
    pub(crate) options: &'s ScanOptions,
    pub(crate) cancel: &'s Cancel,
    pub(crate) observer: &'s dyn Observer,
    pub(crate) threads: usize,
    pub(crate) cache: Option<Cache>,
    pub(crate) roots: Vec<Root>,
    excludes: Gitignore,
    ignored: Option<Ignored>,
    pub(crate) pseudo: HashSet<PathBuf>,
    /// Whether something was left out because the scan was asked to stop.
    stopped: AtomicBool,
    total: Mutex<Collected>,
}

impl<'s> Scan<'s> {
    pub(crate) fn new(
        options: &'s ScanOptions,
        cancel: &'s Cancel,
        observer: &'s dyn Observer,
        threads: usize,
    ) -> Result<Self, ScanError> {
        Ok(Self {
            options,
            cancel,
            observer,
            threads,
            cache: options.cache.as_deref().map(|dir| Cache::open(dir, options)).transpose()?,
            roots: super::root::resolve(&options.roots),
            excludes: excludes(&options.exclude)?,
            ignored: options.respect_gitignore.then(Ignored::new),
            pseudo: pseudo::mount_points(),
            stopped: AtomicBool::new(false),
            total: Mutex::default(),
        })
    }

    /// What all threads that have ended saw.
    pub(crate) fn take(&self) -> Collected {
        std::mem::take(&mut *self.total.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether to leave out what comes now.
    pub(crate) fn is_stopped(&self) -> bool {
        let stopped = self.cancel.is_cancelled();
        if stopped {
            self.stopped.store(true, Ordering::Relaxed);
        }
        stopped
    }

    /// Whether something was left out for that.
    pub(crate) fn was_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    /// Whether `--exclude` names the path, relative as it is shown.
    pub(crate) fn is_excluded(&self, base: &Base, path: &Path, is_dir: bool) -> bool {
        !self.excludes.is_empty() && self.excludes.matched(base.shown(path), is_dir).is_ignore()
    }

    /// Whether `--exclude` names the path or a folder that it is in.
    pub(crate) fn is_excluded_below(&self, base: &Base, path: &Path) -> bool {
        let shown = base.shown(path);
        !self.excludes.is_empty()
            && shown.is_relative()
            && self.excludes.matched_path_or_any_parents(shown, false).is_ignore()
    }

    /// Whether `path` is on a file system of the kernel's.
    pub(crate) fn is_pseudo(&self, path: &Path) -> bool {
        pseudo::holds(&self.pseudo, path)
    }

    /// Walks the folder of `base`, but not those of `others` in it: each file is read for
    /// the innermost.
    pub(crate) fn walk(&self, base: &Base, others: &HashSet<PathBuf>) {
        let device = match base.real.symlink_metadata() {
            Ok(metadata) => device(&metadata),
            Err(error) => {
                Worker::new(self).skip(&base.location(&base.real), problem(&error));
                return;
            }
        };
        // Nearly always the base is alone, and no path has to be looked up.
        let others = others.iter().any(|other| *other != base.real).then_some(others);
        let walk = Walk { base, device, others, ignored: self.ignored.as_ref() };
        WalkBuilder::new(&base.real)
            .standard_filters(false)
            .follow_links(false)
            .threads(self.threads)
            .build_parallel()
            .run(|| {
                let mut worker = Worker::new(self);
                Box::new(move |entry| {
                    if self.is_stopped() {
                        return WalkState::Quit;
                    }
                    match entry {
                        Ok(entry) if entry.depth() == 0 => WalkState::Continue,
                        Ok(entry) => {
                            let Some(kind) = entry.file_type() else { return WalkState::Continue };
                            if worker.visit(&walk, entry.path(), kind) {
                                WalkState::Continue
                            } else {
                                WalkState::Skip
                            }
                        }
                        Err(error) => {
                            worker.walk_error(base, &error);
                            WalkState::Continue
                        }
                    }
                })
            });
    }
}

pub(crate) fn excludes(globs: &[String]) -> Result<Gitignore, ScanError> {
    let mut builder = GitignoreBuilder::new("");
    // An unclosed `[` is an error to tell, not a character to match.
    builder.allow_unclosed_class(false);
    let bad = |pattern: &str, error: &ignore::Error| ScanError::BadGlob {
        pattern: pattern.to_owned(),
        reason: match error {
            ignore::Error::Glob { err, .. } => err.clone(),
            other => other.to_string(),
        },
    };
    for glob in globs {
        builder.add_line(None, glob).map_err(|error| bad(glob, &error))?;
    }
    builder.build().map_err(|error| bad(&globs.join(" "), &error))
}

/// One walk: what it is below, and where it does not go.
#[derive(Clone, Copy)]
pub(crate) struct Walk<'w> {
    pub(crate) base: &'w Base,
    /// File system of the base.
    pub(crate) device: u64,
    /// Folders and files that are read on their own.
    pub(crate) others: Option<&'w HashSet<PathBuf>>,
    /// What `.gitignore` leaves out; git does not ask it in its own directory.
    pub(crate) ignored: Option<&'w Ignored>,
}

/// What one thread of a scan holds. Hands over what it saw when it is dropped.
pub(crate) struct Worker<'s> {
    scan: &'s Scan<'s>,
    reader: Reader<'s>,
    got: Collected,
    tops: Tops,
}

impl Drop for Worker<'_> {
    fn drop(&mut self) {
        let got = std::mem::take(&mut self.got);
        self.scan.total.lock().unwrap_or_else(PoisonError::into_inner).merge(got);
    }
}

impl<'s> Worker<'s> {
    pub(crate) fn new(scan: &'s Scan<'s>) -> Self {
        Self {
            scan,
            reader: Reader::new(scan.options.window, &scan.options.settings),
            got: Collected::default(),
            tops: Tops::default(),
        }
    }

    /// Reads a file, notes a git directory or a link, counts what is left out. Whether to go into
    /// the folder.
    pub(crate) fn visit(&mut self, walk: &Walk<'_>, path: &Path, kind: FileType) -> bool {
        let scan = self.scan;
        let is_dir = kind.is_dir();
        if walk.others.is_some_and(|others| others.contains(path)) {
            return false;
        }
        if scan.is_excluded(walk.base, path, is_dir) {
            self.leave_out(SkipReason::Excluded);
            return false;
        }
        let is_dot_git = path.file_name() == Some(OsStr::new(".git"));
        if !is_dot_git && walk.ignored.is_some_and(|list| list.matches(path, is_dir)) {
            self.leave_out(SkipReason::GitIgnored);
            return false;
        }
        if !self.is_in_shard(walk.base, path, is_dir) {
            self.leave_out(SkipReason::OtherShard);
            return false;
        }
        if is_dir {
            return self.visit_folder(walk, path, is_dot_git);
        }
        if is_dot_git {
            self.dot_git_file(walk.base, path);
        }
        if kind.is_file() {
            self.file(walk.base, path);
        } else if kind.is_symlink() {
            if is_dot_git {
                // Read as git, whatever it leads to.
            } else if scan.options.follow {
                self.got.links.push(Link {
                    root: walk.base.root,
                    shown: walk.base.shown(path).into_owned(),
                    path: path.to_path_buf(),
                });
            } else {
                self.leave_out(SkipReason::SymbolicLink);
            }
        } else {
            self.skip_path(walk.base, path, (SkipReason::SpecialFile, kind_name(kind).into()));
        }
        false
    }

    /// Whether a path belongs to the part that is asked for. What is in a repository goes with it; a
    /// folder of none is entered.
    fn is_in_shard(&mut self, base: &Base, path: &Path, is_dir: bool) -> bool {
        let Some(shard) = self.scan.options.shard else { return true };
        let key = |path: &Path| slashed(path.strip_prefix(&base.real).unwrap_or(path));
        let dir = if is_dir { Some(path) } else { path.parent() };
        if self.tops.is_top(&base.real) {
            return true;
        }
        match dir.and_then(|dir| self.tops.outermost(&base.real, dir)) {
            Some(top) => top != path || shard.holds(&key(&top)),
            None => is_dir || shard.holds(&key(path)),
        }
    }

    /// Whether a folder or file that the user named belongs to the part that is asked for. Counts it
    /// where it does not.
    pub(crate) fn takes_root(&mut self, base: &Base) -> bool {
        let Some(shard) = self.scan.options.shard else { return true };
        let whole = base.real.is_file() || self.tops.is_top(&base.real);
        let taken = !whole || shard.holds(&slashed(&base.shown));
        if !taken {
            self.leave_out(SkipReason::OtherShard);
        }
        taken
    }

    fn visit_folder(&mut self, walk: &Walk<'_>, path: &Path, is_dot_git_name: bool) -> bool {
        let scan = self.scan;
        if scan.pseudo.contains(path) {
            let detail = "a file system of the kernel".into();
            self.skip_path(walk.base, path, (SkipReason::OtherFileSystem, detail));
            return false;
        }
        if scan.options.one_file_system {
            match path.symlink_metadata() {
                Ok(metadata) if device(&metadata) != walk.device => {
                    let detail = "another file system is mounted here".into();
                    self.skip_path(walk.base, path, (SkipReason::OtherFileSystem, detail));
                    return false;
                }
                Ok(_) => {}
                Err(error) => {
                    self.skip_path(walk.base, path, problem(&error));
                    return false;
                }
            }
        }
        if is_dot_git_name && is_dot_git(path) {
            let work_dir = path.parent().map(Path::to_path_buf);
            self.found_git(walk.base, work_dir, path.to_path_buf());
            return false;
        }
        if is_git_dir(path) {
            self.found_git(walk.base, None, path.to_path_buf());
            return false;
        }
        true
    }

    /// A `.git` that is no folder: the pointer of a linked worktree or submodule, or a link.
    fn dot_git_file(&mut self, base: &Base, path: &Path) {
        let git_dir = match path.canonicalize() {
            Ok(real) if real.is_dir() => Ok(real),
            Ok(real) => read_dot_git_file(&real),
            Err(error) => Err(why_unresolved(path, &error)),
        };
        match git_dir {
            Ok(git_dir) => self.found_git(base, path.parent().map(Path::to_path_buf), git_dir),
            Err(problem) => self.skip_path(base, path, problem),
        }
    }

    fn found_git(&mut self, base: &Base, work_dir: Option<PathBuf>, git_dir: PathBuf) {
        let top = work_dir.as_deref().unwrap_or(&git_dir);
        let shown = if base.is_root && top == base.real {
            PathBuf::from(".")
        } else {
            base.shown(top).into_owned()
        };
        self.got.gits.push(FoundGit { root: base.root, shown, work_dir, git_dir, scan: true });
    }

    /// Reads one file. Cancelled ones are not counted here: the walk ends.
    pub(crate) fn file(&mut self, base: &Base, path: &Path) {
        if self.scan.options.history.as_ref().is_some_and(|history| history.only) {
            return;
        }
        if self.is_known(base, path) {
            return;
        }
        let (mut file, metadata) = match open_regular(path) {
            Ok(opened) => opened,
            Err(problem) => return self.skip_path(base, path, problem),
        };
        if let Some(limit) = self.scan.options.max_filesize.filter(|limit| metadata.len() > *limit)
        {
            let detail = format!("{} bytes, more than {limit}", metadata.len());
            return self.skip_path(base, path, (SkipReason::TooLarge, detail));
        }
        let named = Named::of_path(path);
        let location = || base.location(path);
        let seen =
            self.reader.scan(&mut file, Some(metadata.len()), named, &location, self.scan.cancel);
        if let Some(cache) = &self.scan.cache {
            let stamp = Stamp::of(&metadata);
            // Unchanged while it was read.
            let same = file.metadata().is_ok_and(|now| Stamp::of(&now) == stamp);
            if same && seen.is_clean() {
                cache.remember(path, &base.shown(path), stamp, seen.bytes, seen.candidate);
            }
        }
        self.account(seen, &location);
    }

    /// Whether the file is known to be clean; then it counts as read.
    fn is_known(&mut self, base: &Base, path: &Path) -> bool {
        let Some(cache) = &self.scan.cache else { return false };
        let Ok(metadata) = path.symlink_metadata() else { return false };
        let too_large = self.scan.options.max_filesize.is_some_and(|limit| metadata.len() > limit);
        if !metadata.is_file() || too_large {
            return false;
        }
        let Some((bytes, candidate)) = cache.clean(path, &base.shown(path), &Stamp::of(&metadata))
        else {
            return false;
        };
        self.got.files += 1;
        self.got.bytes += bytes;
        self.got.candidates += u64::from(candidate);
        self.scan.observer.file(bytes, 0);
        true
    }

    /// Reads a stream to its end.
    pub(crate) fn stream(&mut self, input: &mut dyn std::io::Read, location: &Location) {
        let named = Named::Plain;
        let seen = self.reader.scan(input, None, named, &|| location.clone(), self.scan.cancel);
        self.account(seen, &|| location.clone());
    }

    fn account(&mut self, seen: Seen, location: &dyn Fn() -> Location) {
        self.got.bytes += seen.bytes;
        self.got.candidates += u64::from(seen.candidate);
        self.scan.observer.file(seen.bytes, seen.inspection.raws.len());
        match seen.problem {
            None => self.got.files += 1,
            Some(problem) => self.skip(&location(), problem),
        }
        if seen.candidate {
            let location = location();
            for _ in &seen.inspection.problems {
                self.scan.observer.skipped();
            }
            self.got.take(&location, seen.inspection);
        }
    }

    fn leave_out(&mut self, reason: SkipReason) {
        self.scan.observer.skipped();
        self.got.count(reason);
    }

    pub(crate) fn skip(&mut self, location: &Location, problem: Problem) {
        self.scan.observer.skipped();
        self.got.skip(location, problem);
    }

    pub(crate) fn skip_path(&mut self, base: &Base, path: &Path, problem: Problem) {
        self.skip(&base.location(path), problem);
    }

    fn walk_error(&mut self, base: &Base, error: &ignore::Error) {
        let (path, problem) = explain(error);
        self.skip_path(base, path.unwrap_or(&base.real), problem);
    }

    /// Reads what in a git directory is not git's own, and notes the git directories of submodules
    /// in it.
    pub(crate) fn git_dir(&mut self, base: &Base, found: &Found, others: &HashSet<PathBuf>) {
        let dir = &found.git.git_dir;
        let entries = match (dir.symlink_metadata(), fs::read_dir(dir)) {
            (Ok(metadata), Ok(entries)) => {
                let device = device(&metadata);
                let walk = Walk { base, device, others: Some(others), ignored: None };
                let mut paths = Vec::new();
                for entry in entries {
                    match entry {
                        Ok(entry) if is_internal(&entry.file_name()) => {}
                        Ok(entry) => paths.push(entry.path()),
                        Err(error) => self.skip_path(base, dir, problem(&error)),
                    }
                }
                paths.sort();
                for path in &paths {
                    self.walk_git(&walk, path);
                }
                modules(dir)
            }
            (Err(error), _) | (_, Err(error)) => {
                self.skip_path(base, dir, problem(&error));
                return;
            }
        };
        for entry in entries {
            match entry {
                Ok(git_dir) => {
                    let work_dir = configured_work_dir(&git_dir);
                    let top = work_dir.as_deref().unwrap_or(&git_dir);
                    self.got.gits.push(FoundGit {
                        root: base.root,
                        shown: base.shown(top).into_owned(),
                        work_dir,
                        git_dir,
                        scan: found.git.scan,
                    });
                }
                Err(error) => {
                    let path = error.path().unwrap_or(dir).to_path_buf();
                    self.skip_path(base, &path, walkdir_problem(error));
                }
            }
        }
    }

    /// Walks an entry of a git directory.
    fn walk_git(&mut self, walk: &Walk<'_>, top: &Path) {
        let mut entries =
            walkdir::WalkDir::new(top).follow_root_links(false).sort_by_file_name().into_iter();
        while let Some(entry) = entries.next() {
            if self.scan.is_stopped() {
                return;
            }
            match entry {
                // Git's own, in every repository.
                Ok(entry) if is_sample(entry.path()) => {}
                Ok(entry) => {
                    let kind = entry.file_type();
                    if !self.visit(walk, entry.path(), kind) && kind.is_dir() {
                        entries.skip_current_dir();
                    }
                }
                Err(error) => {
                    let path = error.path().unwrap_or(top).to_path_buf();
                    let problem = walkdir_problem(error);
                    self.skip_path(walk.base, &path, problem);
                }
            }
        }
    }
}

/// The path and the reason in an error of the walker, without its way of saying them.
fn explain(error: &ignore::Error) -> (Option<&Path>, Problem) {
    match error {
        ignore::Error::WithPath { path, err } => {
            let (inner, problem) = explain(err);
            (Some(inner.unwrap_or(path)), problem)
        }
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            explain(err)
        }
        ignore::Error::Io(error) => (None, problem(error)),
        ignore::Error::Loop { child, .. } => {
            (Some(child), (SkipReason::LinkLoop, "leads back to a folder above it".into()))
        }
        // No other can come of a walk that reads no ignore files.
        other => (None, (SkipReason::IoError, other.to_string())),
    }
}

fn walkdir_problem(error: walkdir::Error) -> Problem {
    match error.into_io_error() {
        Some(error) => problem(&error),
        None => (SkipReason::LinkLoop, "leads back to a folder above it".into()),
    }
}

/// Looks up the base that a path is below: the innermost.
pub(crate) struct Bases<'b>(HashMap<&'b Path, &'b Base>);

impl<'b> Bases<'b> {
    pub(crate) fn new(bases: &'b [Base]) -> Self {
        Self(bases.iter().map(|base| (base.real.as_path(), base)).collect())
    }

    pub(crate) fn of(&self, path: &Path) -> Option<&'b Base> {
        path.ancestors().find_map(|above| self.0.get(above).copied())
    }
}
