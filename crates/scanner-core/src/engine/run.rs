//! A scan from its roots to its outcome.

use std::collections::{BTreeMap, HashSet};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use rayon::prelude::*;

use super::finish::{finish, scrub_skipped};
use super::{Cancel, Observer, Outcome, Raw, ScanError, ScanOptions, Stats, history};
use crate::finding::{Finding, SkipReason, Skipped, Suppressed, Suppression};
use crate::mask::Scrubber;
use crate::prefilter::Anchors;
use crate::source::cache::Cache;
use crate::source::collect::{Collected, Link};
use crate::source::files::{Bases, Scan, Worker};
use crate::source::git_config::{self, Configs, Context, Places, base_of};
use crate::source::git_dir::{self, FoundGit};
use crate::source::open::{device, kind_name};
use crate::source::repository::{Repositories, above};
use crate::source::root::{Base, Target, why_unresolved};
use crate::source::shard::Shard;

/// More threads than this bring nothing and cost memory.
const MAX_THREADS: usize = 256;
/// What is taken where the user does not say: reading is bound by the system long before.
const MAX_DEFAULT_THREADS: usize = 16;

/// Runs a scan in a pool of its own.
pub(super) fn run(
    options: &ScanOptions,
    cancel: &Cancel,
    observer: &dyn Observer,
    places: &Places,
    stdin: &mut (dyn Read + Send),
) -> Result<Outcome, ScanError> {
    let threads = threads(options);
    let mut scan = Scan::new(options, cancel, observer, threads)?;
    let pool = pool(threads)?;
    let started = Instant::now();
    let mut outcome = pool.install(|| Run::new(&scan, places).run(stdin));
    if let Some(cache) = scan.cache.take() {
        outcome.cache_note = cache.close();
    }
    outcome.stats.elapsed = started.elapsed();
    Ok(outcome)
}

/// How many threads the user wants, or the machine has.
pub(super) fn threads(options: &ScanOptions) -> usize {
    match options.threads {
        0 => std::thread::available_parallelism()
            .map_or(1, std::num::NonZero::get)
            .min(MAX_DEFAULT_THREADS),
        threads => threads.min(MAX_THREADS),
    }
}

pub(super) fn pool(threads: usize) -> Result<rayon::ThreadPool, ScanError> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|error| ScanError::Threads { threads, reason: error.to_string() })
}

/// The state of a scan between its steps.
struct Run<'s> {
    scan: &'s Scan<'s>,
    places: &'s Places,
    /// Folders walked and files read on their own.
    bases: Vec<Base>,
    /// The paths of `bases`, and of links' targets: no walk enters or reads them again.
    own: HashSet<PathBuf>,
    repositories: Repositories,
    total: Collected,
}

impl<'s> Run<'s> {
    fn new(scan: &'s Scan<'s>, places: &'s Places) -> Self {
        Self {
            scan,
            places,
            bases: Vec::new(),
            own: HashSet::new(),
            repositories: Repositories::default(),
            total: Collected::default(),
        }
    }

    fn only_history(&self) -> bool {
        self.scan.options.history.as_ref().is_some_and(|history| history.only)
    }

    /// Reads what git holds of the past, if it is asked for.
    fn read_history(&self) -> Option<history::Gathered> {
        let options = self.scan.options.history.as_ref()?;
        let bases = Bases::new(&self.bases);
        let gathered = history::scan(self.scan, &self.repositories, &bases, options);
        for _ in &gathered.skipped {
            self.scan.observer.skipped();
        }
        Some(gathered)
    }

    fn run(mut self, stdin: &mut dyn Read) -> Outcome {
        let (folders, files) = self.roots(stdin);
        self.read_files(files);
        self.walk(folders);
        let configs = if self.only_history() { Configs::default() } else { self.read_configs() };
        let history = self.read_history();
        self.tell_cancelled();
        self.outcome(configs, history)
    }

    /// Sorts out the roots: folders to walk and files to read. What is known of the others at once
    /// is told.
    fn roots(&mut self, stdin: &mut dyn Read) -> (Vec<Base>, Vec<Base>) {
        let scan = self.scan;
        let (mut folders, mut files) = (Vec::new(), Vec::new());
        let mut worker = Worker::new(scan);
        for (index, root) in scan.roots.iter().enumerate() {
            let given = |real: &Path, is_root: bool| Base {
                root: index,
                real: real.to_path_buf(),
                shown: root.given.clone(),
                is_root,
            };
            match &root.target {
                Target::Folder(real) | Target::File(real) if scan.is_pseudo(real) => {
                    let detail = "a file system of the kernel".into();
                    worker.skip_path(
                        &given(real, false),
                        real,
                        (SkipReason::OtherFileSystem, detail),
                    );
                }
                Target::Folder(real) => folders.push(given(real, true)),
                Target::File(real) => files.push(given(real, false)),
                Target::Stdin => {
                    let mut location = given(Path::new("-"), false).location(Path::new("-"));
                    location.absolute = None;
                    worker.stream(stdin, &location);
                }
                Target::Repeated => {}
                Target::Unreadable(problem) => {
                    let path = Path::new("");
                    worker.skip_path(&given(path, false), path, problem.clone());
                }
            }
        }
        folders.retain(|base| worker.takes_root(base));
        files.retain(|base| worker.takes_root(base));
        drop(worker);
        for base in folders.iter().chain(&files) {
            self.own.insert(base.real.clone());
            self.bases.push(base.clone());
        }
        let only_root = self.scan.roots.len() == 1;
        let held = folders.iter().map(|base| above(base, false, only_root));
        let held = held.chain(files.iter().map(|base| above(base, true, only_root)));
        self.total.gits.extend(held.flatten());
        (folders, files)
    }

    /// Reads files that were named on their own.
    fn read_files(&mut self, files: Vec<Base>) {
        let scan = self.scan;
        files.into_par_iter().for_each_init(
            || Worker::new(scan),
            |worker, base| {
                if scan.is_stopped() {
                    let detail = "the scan was stopped before it".into();
                    worker.skip_path(&base, &base.real, (SkipReason::Cancelled, detail));
                } else {
                    worker.file(&base, &base.real);
                }
            },
        );
    }

    /// Walks folders, then what links lead to, then what git directories hold, until nothing is
    /// left.
    fn walk(&mut self, mut folders: Vec<Base>) {
        let scan = self.scan;
        loop {
            for base in &folders {
                self.walk_folder(base);
            }
            self.gather();
            let links = std::mem::take(&mut self.total.links);
            folders = self.follow(links);
            let new = self.repositories.add(std::mem::take(&mut self.total.gits));
            for _ in &new {
                scan.observer.repository();
            }
            let bases = Bases::new(&self.bases);
            new.par_iter().for_each_init(
                || Worker::new(scan),
                |worker, git_dir| {
                    if let Some(found) = self.repositories.get(git_dir).filter(|f| f.git.scan) {
                        let base = base_of(&bases, git_dir, found.git.root);
                        worker.git_dir(&base, found, &self.own);
                    }
                },
            );
            if folders.is_empty() && new.is_empty() {
                self.gather();
                return;
            }
        }
    }

    fn walk_folder(&mut self, base: &Base) {
        if self.scan.is_stopped() {
            return;
        }
        // A git directory is read as git, also where it is named itself.
        let is_dot_git = base.real.file_name().is_some_and(|name| name == ".git");
        if git_dir::is_git_dir(&base.real) || is_dot_git && git_dir::is_dot_git(&base.real) {
            let work_dir = base.real.parent().filter(|_| is_dot_git).map(Path::to_path_buf);
            self.total.gits.push(FoundGit {
                root: base.root,
                shown: if base.is_root && work_dir.is_none() {
                    ".".into()
                } else {
                    work_dir.clone().unwrap_or_else(|| base.shown.clone())
                },
                work_dir,
                git_dir: base.real.clone(),
                scan: true,
            });
        } else {
            self.scan.walk(base, &self.own);
        }
    }

    fn gather(&mut self) {
        let got = self.scan.take();
        self.total.merge(got);
    }

    /// Looks where links lead: files are read, folders to walk are given. What a walk came upon or
    /// will come upon without the link is not read twice.
    fn follow(&mut self, mut links: Vec<Link>) -> Vec<Base> {
        let scan = self.scan;
        links.sort();
        let mut worker = Worker::new(scan);
        let mut folders = Vec::new();
        for Link { root, shown, path } in links {
            let at = |real: PathBuf| Base { root, real, shown: shown.clone(), is_root: false };
            let told = at(path.clone());
            let (real, metadata) =
                match path.canonicalize().and_then(|real| Ok((real.metadata()?, real))) {
                    Ok((metadata, real)) => (real, metadata),
                    Err(error) => {
                        worker.skip_path(&told, &path, why_unresolved(&path, &error));
                        continue;
                    }
                };
            if metadata.is_dir() && path.starts_with(&real) {
                let detail = format!("leads back to {}", real.display());
                worker.skip_path(&told, &path, (SkipReason::LinkLoop, detail));
            } else if self.is_covered(&real) {
                // Read where it stands.
            } else if scan.is_pseudo(&real)
                || scan.options.one_file_system && device(&metadata) != self.device_of(root)
            {
                let detail = format!("leads to another file system, to {}", real.display());
                worker.skip_path(&told, &path, (SkipReason::OtherFileSystem, detail));
            } else if metadata.is_dir() {
                self.own.insert(real.clone());
                self.bases.push(at(real.clone()));
                folders.push(at(real));
            } else if metadata.is_file() {
                self.own.insert(real.clone());
                self.bases.push(at(real.clone()));
                worker.file(&at(real.clone()), &real);
            } else {
                let detail = kind_name(metadata.file_type()).into();
                worker.skip_path(&told, &path, (SkipReason::SpecialFile, detail));
            }
        }
        folders
    }

    fn is_covered(&self, real: &Path) -> bool {
        real.ancestors().any(|above| self.own.contains(above))
    }

    fn device_of(&self, root: usize) -> u64 {
        let base = self.bases.iter().find(|base| base.root == root);
        base.and_then(|base| base.real.metadata().ok()).map_or(0, |metadata| device(&metadata))
    }

    /// Reads the configs of git, and asks libgit2 whether they say what was read.
    fn read_configs(&mut self) -> Configs {
        let scan = self.scan;
        let bases = Bases::new(&self.bases);
        let shard = scan.options.shard;
        let global = scan.options.git_config
            || self.places.home.as_ref().and_then(|home| home.canonicalize().ok()).is_some_and(
                |home| {
                    scan.roots.iter().any(|root| match &root.target {
                        Target::Folder(real) => home.starts_with(real),
                        _ => false,
                    })
                },
            );
        let global = global && shard.is_none_or(Shard::is_first);
        let repositories = &self.repositories;
        let context = Context { scan, repositories, bases: &bases, places: self.places };
        let mut configs = git_config::scan(&context, global);

        let known: HashSet<_> = configs.got.raws.iter().map(git_config::essence).collect();
        let anchors = Anchors::new(&scan.options.settings);
        let found: Vec<_> = repositories.iter().filter(|found| found.git.scan).collect();
        let problems: Vec<_> = found
            .par_iter()
            .filter(|_| !scan.is_stopped())
            .map(|found| {
                let config = found.common_dir.join("config");
                let location = base_of(&bases, &config, found.git.root).location(&config);
                (
                    location,
                    git_config::cross_check(
                        found,
                        &known,
                        &anchors,
                        &scan.options.settings,
                        global,
                    ),
                )
            })
            .collect();
        for (location, problems) in problems {
            for problem in problems {
                configs.got.skip(&location, problem);
            }
        }
        for _ in &configs.got.skipped {
            scan.observer.skipped();
        }
        configs
    }

    /// What a stopped scan did not come to can't be counted file by file: each folder that was not
    /// walked to its end is one.
    fn tell_cancelled(&mut self) {
        if !self.scan.was_stopped() {
            return;
        }
        let mut worker = Worker::new(self.scan);
        for base in self.bases.iter().filter(|base| base.is_root) {
            let detail = "the scan was stopped: not all below was read".into();
            worker.skip_path(base, &base.real, (SkipReason::Cancelled, detail));
        }
        drop(worker);
        self.gather();
    }

    fn outcome(self, configs: Configs, history: Option<history::Gathered>) -> Outcome {
        let mut total = self.total;
        // What the walk saw in a config without knowing it for one gives way.
        let is_config = |raw: &super::Raw| {
            raw.finding.location.absolute.as_ref().is_some_and(|path| configs.read.contains(path))
        };
        total.raws.retain(|raw| !is_config(raw));
        let shown: HashSet<_> = {
            let bases = Bases::new(&self.bases);
            configs
                .read
                .iter()
                .filter_map(|path| Some(bases.of(path)?.location(path)))
                .map(|location| (location.root, location.path))
                .collect()
        };
        total.skipped.retain(|skipped| !shown.contains(&(skipped.root, skipped.path.clone())));
        total.merge(configs.got);
        let read = history.as_ref().map(|history| history.stats);
        let history = history.unwrap_or_default();
        total.secrets.extend(history.secrets);
        total.skipped.extend(history.skipped);

        let scrubber = Scrubber::new(&total.secrets);
        let (repositories, owners) = self.repositories.finish(&self.scan.roots, &scrubber);
        for raw in &mut total.raws {
            let location = &mut raw.finding.location;
            location.repository =
                location.absolute.as_deref().and_then(|path| owners.of(path)).map(Arc::clone);
        }
        let mut uses = history.uses;
        for one in &mut uses {
            one.raw.finding.location.repository = owners.of(&one.git_dir).map(Arc::clone);
        }
        history::merge(&mut total.raws, uses);
        let options = self.scan.options;
        let (findings, suppressed) = settle(total.raws, &scrubber, options);
        let mut skipped = total.skipped;
        scrub_skipped(&mut skipped, &scrubber);
        skipped.par_sort();
        skipped.dedup();
        let stats = Stats {
            files: total.files,
            bytes: total.bytes,
            candidates: total.candidates,
            repositories: self.repositories.len() as u64,
            history: read,
            unchanged: self.scan.cache.as_ref().map(Cache::hits),
            skipped: count(total.counts, &skipped),
            ..Stats::default()
        };
        Outcome {
            cache_note: None,
            complete: !stats.skipped.keys().any(|reason| reason.breaks_completeness()),
            findings,
            suppressed,
            skipped,
            repositories,
            stats,
        }
    }
}

/// Makes the findings, and sets those apart that the user does not want to hear of.
pub(super) fn settle(
    raws: Vec<Raw>,
    scrubber: &Scrubber,
    options: &ScanOptions,
) -> (Vec<Finding>, Vec<Suppressed>) {
    let (mut findings, mut suppressed) = (Vec::new(), Vec::new());
    for (finding, ignored) in finish(raws, scrubber, options.fleet_key.as_deref()) {
        let by =
            if ignored { Some(Suppression::Inline) } else { options.settings.suppresses(&finding) };
        match by {
            Some(by) => suppressed.push(Suppressed { finding, by }),
            None => findings.push(finding),
        }
    }
    (findings, suppressed)
}

/// Adds those that are named to those that are only counted.
pub(super) fn count(
    unnamed: BTreeMap<SkipReason, u64>,
    named: &[Skipped],
) -> BTreeMap<SkipReason, u64> {
    let mut counts = unnamed;
    for skipped in named {
        *counts.entry(skipped.reason).or_default() += 1;
    }
    counts
}
