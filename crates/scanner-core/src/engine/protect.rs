//! What a hook finds in what git is about to take in.
//!
//! A use is new where none like it (same rule, same secret, same place in its format) stood in the file
//! before, and the same commit takes none like it away elsewhere. So a line or a file can move, and what
//! is checked in already blocks nobody; a copy is new.

mod baseline;

use std::sync::Arc;
use std::time::Instant;

use gix_hash::ObjectId;
use gix_object::Kind;
use ignore::gitignore::Gitignore;
use rayon::prelude::*;

use self::baseline::Baseline;
use super::finish::scrub_skipped;
use super::history::message;
use super::run::{count, pool, settle, threads};
use super::{Cancel, Outcome, Raw, ScanOptions, Stats};
use crate::Secret;
use crate::finding::{Finding, Location, Repository, Severity, SkipReason, Skipped, State};
use crate::mask::Scrubber;
use crate::prefilter::Named;
use crate::source::collect::Collected;
use crate::source::files::excludes;
use crate::source::git_dir::path_of;
use crate::source::history::store::Handle;
use crate::source::hook::changes::{Change, Changes, Compare, Gone};
use crate::source::hook::pushed::Pushed;
use crate::source::hook::{HookError, HookRepository};
use crate::source::open::Problem;
use crate::source::read::Reader;
use crate::source::root::Base;

/// As git calls the file in which it lets a message be written.
const COMMIT_MESSAGE: &[u8] = b"COMMIT_EDITMSG";
const TAG_MESSAGE: &[u8] = b"TAG_EDITMSG";
/// Commits compared at a time: of so many the paths are held.
const BATCH: usize = 64;
/// Fewer files are not worth another thread.
const FILES_OF_A_THREAD: usize = 16;

impl HookRepository {
    /// Scans what the next commit changes, as it is staged. What `HEAD`, or a commit that is being
    /// merged, has already is a note.
    ///
    /// # Errors
    /// What is staged cannot be told. What cannot be read of it is skipped and named.
    pub fn scan_staged(
        &self,
        options: &ScanOptions,
        cancel: &Cancel,
    ) -> Result<Outcome, HookError> {
        let started = Instant::now();
        let guard = Guard::new(self, options, cancel)?;
        let changes = self.staged(&self.store.handle())?;
        let few = 1 + changes.files.len() / FILES_OF_A_THREAD;
        let outcome = pool(threads(options).min(few))?.install(|| {
            let mut total = Collected::default();
            let set = guard.set(None, changes, &mut total);
            guard.scan(&[set], &mut total);
            guard.outcome(total)
        });
        Ok(timed(outcome, started))
    }

    /// Scans what a push brings in: each new version of a file in each new commit, messages of commits
    /// and tags. `lines` are those that git writes to a `pre-receive` hook. What a parent of the commit
    /// has already is left out.
    ///
    /// # Errors
    /// A line is none that git writes. What cannot be read is skipped and named.
    pub fn scan_pushed(
        &self,
        lines: &[u8],
        options: &ScanOptions,
        cancel: &Cancel,
    ) -> Result<Outcome, HookError> {
        let started = Instant::now();
        let guard = Guard::new(self, options, cancel)?;
        let updates = self.updates(lines)?;
        let pushed = self.pushed(&updates, &self.store.handle());
        let outcome = pool(threads(options))?.install(|| guard.push(pushed));
        Ok(timed(outcome, started))
    }
}

impl Finding {
    /// Whether a hook turns down what brings it in: a literal app password, in use or in a comment.
    pub fn blocks(&self) -> bool {
        self.severity == Severity::Error
            && self.secret.is_some()
            && matches!(self.state, State::AppPassword | State::DeadSecret)
    }
}

fn timed(mut outcome: Outcome, started: Instant) -> Outcome {
    outcome.stats.elapsed = started.elapsed();
    outcome
}

/// What is scanned together: of one commit, of the index, or what a ref leads to directly.
struct Set {
    commit: Option<String>,
    jobs: Vec<Job>,
    gone: Vec<Gone>,
}

/// One text to scan.
struct Job {
    change: Change,
    /// Whether it is the message of the object, not the object.
    message: bool,
}

/// What one job gave.
#[derive(Default)]
struct Done {
    /// What is like nothing that stood at the path before.
    new: Vec<Raw>,
    known: Vec<Raw>,
    /// What stood there and does not any more, if that was looked at.
    left: Option<Baseline>,
    got: Collected,
}

/// A scan for a hook.
struct Guard<'g> {
    repository: &'g HookRepository,
    options: &'g ScanOptions,
    cancel: &'g Cancel,
    excludes: Gitignore,
    base: Base,
    owner: Arc<Repository>,
}

impl<'g> Guard<'g> {
    fn new(
        repository: &'g HookRepository,
        options: &'g ScanOptions,
        cancel: &'g Cancel,
    ) -> Result<Self, HookError> {
        let real = repository.work_dir.clone().unwrap_or_else(|| repository.git_dir.clone());
        Ok(Self {
            repository,
            options,
            cancel,
            excludes: excludes(&options.exclude)?,
            base: Base { root: 0, real, shown: ".".into(), is_root: true },
            owner: Arc::new(Repository {
                name: ".".into(),
                work_dir: repository.work_dir.clone(),
                git_dir: repository.git_dir.clone(),
                common_dir: repository.common_dir.clone(),
            }),
        })
    }

    fn location(&self, commit: Option<&str>, path: &[u8]) -> Location {
        let mut location = self.base.location(&self.base.real.join(path_of(path)));
        location.repository = Some(Arc::clone(&self.owner));
        if let Some(commit) = commit {
            location.absolute = None;
            location.commit = Some(commit.to_owned());
        }
        location
    }

    /// Makes jobs of changes.
    fn set(&self, commit: Option<String>, changes: Changes, total: &mut Collected) -> Set {
        let Changes { files, mut gone, links, problems } = changes;
        // Each side of a merge had it.
        gone.sort();
        gone.dedup();
        for (path, problem) in problems {
            total.skip(&self.location(commit.as_deref(), &path), problem);
        }
        for _ in 0..links {
            total.count(SkipReason::SymbolicLink);
        }
        let mut jobs = Vec::with_capacity(files.len());
        for change in files {
            let path = path_of(&change.path);
            if !self.excludes.is_empty()
                && path.is_relative()
                && self.excludes.matched_path_or_any_parents(path, false).is_ignore()
            {
                total.count(SkipReason::Excluded);
            } else {
                jobs.push(Job { change, message: false });
            }
        }
        Set { commit, jobs, gone }
    }

    fn push(&self, pushed: Pushed) -> Outcome {
        let mut total = Collected::default();
        let Pushed { commits, tags, blobs, trees, problems } = pushed;
        for problem in problems {
            total.skip(&self.location(None, b"."), problem);
        }
        for batch in commits.chunks(BATCH) {
            let changes: Vec<_> = batch
                .par_iter()
                .map_init(
                    || self.repository.store.handle(),
                    |handle, commit| {
                        let mut compare = Compare::new(self.repository, handle);
                        compare.trees(Vec::new(), commit.tree, commit.olds.clone());
                        compare.changes
                    },
                )
                .collect();
            let mut sets = Vec::with_capacity(batch.len());
            for (commit, changes) in batch.iter().zip(changes) {
                let mut set = self.set(Some(commit.id.to_string()), changes, &mut total);
                set.jobs.push(Job::message(commit.id, COMMIT_MESSAGE));
                sets.push(set);
            }
            self.scan(&sets, &mut total);
        }
        // What refs lead to without a commit.
        let handle = self.repository.store.handle();
        let mut compare = Compare::new(self.repository, &handle);
        for id in trees {
            compare.trees(Vec::new(), id, Vec::new());
        }
        for id in blobs {
            let path = id.to_string().into_bytes();
            compare.changes.files.push(Change { path, id, olds: Vec::new() });
        }
        let mut sets = Vec::new();
        for id in tags {
            let jobs = vec![Job::message(id, TAG_MESSAGE)];
            sets.push(Set { commit: Some(id.to_string()), jobs, gone: Vec::new() });
        }
        for change in std::mem::take(&mut compare.changes.files) {
            let changes = Changes { files: vec![change.clone()], ..Changes::default() };
            sets.push(self.set(Some(change.id.to_string()), changes, &mut total));
        }
        sets.push(self.set(None, compare.changes, &mut total));
        self.scan(&sets, &mut total);
        self.outcome(total)
    }

    /// Scans all jobs, in parallel, then sees what only moved.
    fn scan(&self, sets: &[Set], total: &mut Collected) {
        let jobs: Vec<_> =
            sets.iter().flat_map(|set| set.jobs.iter().map(move |job| (set, job))).collect();
        let done: Vec<_> = jobs
            .par_iter()
            .map_init(|| Eye::new(self), |eye, (set, job)| eye.job(set.commit.as_deref(), job))
            .collect();
        let mut done = done.into_iter();
        for set in sets {
            let mut of_set: Vec<_> = done.by_ref().take(set.jobs.len()).collect();
            if of_set.iter().any(|done| !done.new.is_empty()) {
                let mut eye = Eye::new(self);
                let mut moved = eye.gone(&set.gone, total);
                for (job, done) in set.jobs.iter().zip(&mut of_set) {
                    moved.extend(done.left.take().unwrap_or_else(|| eye.before(job, total)));
                }
                for done in &mut of_set {
                    for raw in std::mem::take(&mut done.new) {
                        let to = if moved.take(&raw) { &mut done.known } else { &mut done.new };
                        to.push(raw);
                    }
                }
            }
            for Done { new, known, left: _, got } in of_set {
                total.merge(got);
                total.raws.extend(new);
                // In a push what is known is that of an earlier commit, told there or long known.
                if set.commit.is_none() {
                    total.raws.extend(known.into_iter().map(as_note));
                }
            }
        }
    }

    fn outcome(&self, total: Collected) -> Outcome {
        let mut skipped = total.skipped;
        // Says why something is missing, and nothing where all was found.
        let broken = |skipped: &Skipped| skipped.reason == SkipReason::CorruptGit;
        if skipped.iter().any(broken) {
            for trouble in &self.repository.store.troubles {
                let (reason, detail) = trouble.problem.clone();
                let path = self.base.location(&trouble.path);
                let (path, path_bytes) = (path.path, path.path_bytes);
                skipped.push(Skipped { root: 0, path, path_bytes, reason, detail });
            }
        }
        let scrubber = Scrubber::new(&total.secrets);
        let (findings, suppressed) = settle(total.raws, &scrubber, self.options);
        scrub_skipped(&mut skipped, &scrubber);
        skipped.sort();
        skipped.dedup();
        let stats = Stats {
            files: total.files,
            bytes: total.bytes,
            candidates: total.candidates,
            repositories: 1,
            skipped: count(total.counts, &skipped),
            ..Stats::default()
        };
        Outcome {
            complete: !stats.skipped.keys().any(|reason| reason.breaks_completeness()),
            findings,
            suppressed,
            skipped,
            repositories: vec![Arc::clone(&self.owner)],
            stats,
            ..Outcome::default()
        }
    }
}

impl Job {
    fn message(id: ObjectId, path: &[u8]) -> Self {
        let change = Change { path: path.to_vec(), id, olds: Vec::new() };
        Self { change, message: true }
    }
}

fn as_note(mut raw: Raw) -> Raw {
    if raw.finding.severity > Severity::Note {
        raw.finding.severity = Severity::Note;
        raw.finding.message.push_str(" (not new: the last commit has it too)");
    }
    raw
}

/// What one thread needs.
struct Eye<'e> {
    guard: &'e Guard<'e>,
    handle: Handle,
    reader: Reader<'e>,
    buffer: Vec<u8>,
}

/// What a text holds.
#[derive(Default)]
struct Looked {
    raws: Vec<Raw>,
    secrets: Vec<Secret>,
    problems: Vec<Problem>,
    bytes: u64,
    candidate: bool,
}

impl<'e> Eye<'e> {
    fn new(guard: &'e Guard<'e>) -> Self {
        let options = guard.options;
        Self {
            guard,
            handle: guard.repository.store.handle(),
            reader: Reader::new(options.window, &options.settings),
            buffer: Vec::new(),
        }
    }

    fn job(&mut self, commit: Option<&str>, job: &Job) -> Done {
        let mut done = Done::default();
        let Change { path, id, olds } = &job.change;
        let looked = match self.look(commit, path, *id, job.message) {
            Ok(looked) => looked,
            Err(problem) => {
                done.got.skip(&self.guard.location(commit, path), problem);
                return done;
            }
        };
        done.got.files = 1;
        done.got.bytes = looked.bytes;
        done.got.candidates = u64::from(looked.candidate);
        done.got.secrets = looked.secrets;
        for problem in looked.problems {
            done.got.skip(&self.guard.location(commit, path), problem);
        }
        if looked.raws.is_empty() {
            return done;
        }
        let mut before = Vec::new();
        for old in olds {
            // What cannot be read knows nothing: more then counts as new.
            if let Ok(looked) = self.look(commit, path, *old, false) {
                done.got.secrets.extend(looked.secrets);
                before.push(Baseline::new(&looked.raws));
            }
        }
        for raw in looked.raws {
            let mut known = false;
            for baseline in &mut before {
                known |= baseline.take(&raw);
            }
            let to = if known { &mut done.known } else { &mut done.new };
            to.push(raw);
        }
        // Of a merge one side is enough: the other has mostly the same.
        done.left = before.into_iter().next();
        done
    }

    /// What stood in a file of which the new version holds nothing.
    fn before(&mut self, job: &Job, total: &mut Collected) -> Baseline {
        let Change { path, olds, .. } = &job.change;
        let old = olds.first().map(|old| (path.clone(), *old));
        self.all(old.into_iter().collect(), total)
    }

    /// What stood in files that are gone.
    fn gone(&mut self, gone: &[Gone], total: &mut Collected) -> Baseline {
        let files = Compare::new(self.guard.repository, &self.handle).files_of(gone);
        self.all(files, total)
    }

    fn all(&mut self, files: Vec<(Vec<u8>, ObjectId)>, total: &mut Collected) -> Baseline {
        let mut raws = Vec::new();
        for (path, id) in files {
            if let Ok(looked) = self.look(None, &path, id, false) {
                total.secrets.extend(looked.secrets);
                raws.extend(looked.raws);
            }
        }
        Baseline::new(&raws)
    }

    fn look(
        &mut self,
        commit: Option<&str>,
        path: &[u8],
        id: ObjectId,
        is_message: bool,
    ) -> Result<Looked, Problem> {
        let Self { guard, handle, reader, buffer } = self;
        match handle.find(&id, buffer)? {
            Some(Kind::Blob) => {}
            Some(Kind::Commit | Kind::Tag) if is_message => {}
            Some(_) => return Err((SkipReason::CorruptGit, format!("object {id} is no file"))),
            None => return Err(guard.repository.missing(&id)),
        }
        let mut text = if is_message { message(buffer) } else { &buffer[..] };
        let size = text.len() as u64;
        if guard.options.max_filesize.is_some_and(|limit| size > limit) {
            return Err((SkipReason::TooLarge, format!("{size} bytes")));
        }
        let named = Named::of_path(&path_of(path));
        let location = || guard.location(commit, path);
        let seen = reader.scan(&mut text, Some(size), named, &location, guard.cancel);
        let mut problems = seen.inspection.problems;
        problems.extend(seen.problem);
        Ok(Looked {
            raws: seen.inspection.raws,
            secrets: seen.inspection.secrets,
            problems,
            bytes: seen.bytes,
            candidate: seen.candidate,
        })
    }
}
