//! The history of one repository.

use std::cell::RefCell;
use std::collections::BTreeMap;

use gix_hash::ObjectId;
use gix_object::Kind;
use sha2::{Digest as _, Sha256};

use super::groups::{Commits, Group, Seen, group};
use super::look::{Looked, Sight, look};
use super::place::{Place, skipped};
use super::record;
use super::{Gathered, HistoryUse};
use crate::engine::HistoryStats;
use crate::finding::{Commit, History, HistorySource, SkipReason};
use crate::prefilter::{Anchors, Named};
use crate::source::cache::KnownRepository;
use crate::source::files::{Bases, Scan};
use crate::source::git_config::base_of;
use crate::source::git_dir::path_of;
use crate::source::history::commit::named;
use crate::source::history::refs::{Format, Starts, starts};
use crate::source::history::store::{Known, Sift, Store};
use crate::source::history::walk::{Graph, Pair, Resolved, Walk, walk};
use crate::source::history::{HistoryOptions, Trouble};
use crate::source::repository::Found;

/// What the message of a commit is called while git lets a user write it, and that of a tag.
const COMMIT_MESSAGE: &[u8] = b"COMMIT_EDITMSG";
const TAG_MESSAGE: &[u8] = b"TAG_EDITMSG";

/// Scans the history of one repository.
pub(super) fn scan(
    scan: &Scan<'_>,
    bases: &Bases<'_>,
    found: &Found,
    place: &Place,
    options: &HistoryOptions,
    threads: usize,
) -> Gathered {
    let one = One { scan, bases, found, place, options, threads };
    let mut gathered = Gathered::default();
    if let Err(trouble) = one.scan(&mut gathered) {
        one.tell(trouble, &mut gathered);
    }
    gathered
}

struct One<'o> {
    scan: &'o Scan<'o>,
    bases: &'o Bases<'o>,
    found: &'o Found,
    place: &'o Place,
    options: &'o HistoryOptions,
    threads: usize,
}

impl One<'_> {
    fn tell(&self, trouble: Trouble, gathered: &mut Gathered) {
        let base = base_of(self.bases, &trouble.path, self.found.git.root);
        gathered.skipped.push(skipped(&base.location(&trouble.path), trouble.problem));
    }

    /// # Errors
    /// The history cannot be read at all.
    fn scan(&self, gathered: &mut Gathered) -> Result<(), Trouble> {
        let scan = self.scan;
        let common_dir = self.found.common_dir.as_path();
        let format = Format::read(common_dir)?;
        let mut store = Store::open(&common_dir.join("objects"), format.hash)?;
        let should_stop = || scan.cancel.is_cancelled();
        let cache = scan.cache.as_ref();
        let KnownRepository { objects: known, bytes, names, found } =
            cache.map(|cache| cache.repository(common_dir)).unwrap_or_default();
        let sifted = store.sift(&Sift {
            threads: self.threads,
            anchors: &Anchors::new(&scan.options.settings),
            known: &known,
            remember: cache.is_some(),
            should_stop: &should_stop,
            progress: &|bytes| scan.observer.objects(bytes),
        });
        // Refs after objects: what a ref names now was written before it.
        let starts = starts(common_dir, self.options);
        gathered.stats = HistoryStats {
            repositories: 1,
            commits: 0,
            objects: sifted.objects,
            bytes: sifted.bytes + bytes,
        };
        for trouble in sifted.troubles.iter().chain(&starts.troubles) {
            self.tell(trouble.clone(), gathered);
        }
        let request = self.request(&sifted.kept, &starts, &format);
        if let Some((_, record)) = found.filter(|(digest, _)| *digest == request)
            && sifted.read == 0
            && gathered.skipped.is_empty()
            && self.recall(&record, &store, gathered)
        {
            return Ok(());
        }
        let names = names || sifted.names;
        let by_name = |folder: &[u8], name: &[u8]| {
            Named::may_be_always(name)
                && Named::of_path(&path_of(&[folder, name].concat())) == Named::Always
        };
        let graph = walk(&Walk {
            store: &store,
            format: &format,
            starts: &starts,
            commits: &sifted.commits,
            kept: &sifted.kept,
            by_name: names.then_some(&by_name),
            since: self.options.since,
            unreachable: self.options.unreachable,
            should_stop: &should_stop,
        });
        gathered.stats.commits = graph.len();
        self.tell_of(&graph, gathered);
        self.uses(&store, &graph, gathered);
        if scan.is_stopped() {
            let detail = "the scan was stopped: not all of the history was read".to_owned();
            gathered.skipped.push(self.place.trouble((SkipReason::Cancelled, detail)));
        } else if let Some(cache) = cache {
            // What could not be read has to be told again, so it is looked at again.
            let record = gathered.skipped.is_empty().then(|| record::write(gathered)).flatten();
            let known = KnownRepository {
                objects: Known { clean: sifted.clean, kept: sifted.kept },
                bytes: gathered.stats.bytes,
                names,
                found: record.map(|record| (request, record)),
            };
            cache.remember_repository(common_dir, known);
        }
        Ok(())
    }

    /// What was asked for, and of what: as long as it is the same, so is the answer.
    fn request(&self, kept: &[(ObjectId, Kind)], starts: &Starts, format: &Format) -> [u8; 32] {
        let options = &self.scan.options;
        let mut shallow: Vec<_> = format.shallow.iter().collect();
        shallow.sort();
        let mut hash = Sha256::new();
        for part in [
            format!("{kept:?}"),
            format!("{:?} {:?}", starts.all, starts.tips),
            format!("{shallow:?} {}", format.partial),
            format!("{:?} {:?} {:?}", self.options, options.exclude, options.max_filesize),
            // The detectors look at names of folders.
            format!("{:?}", self.place.location(b"x").path),
        ] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        hash.finalize().into()
    }

    /// Takes over what an earlier scan found; of the objects only those with a use are read. Whether all
    /// of it was found again.
    fn recall(&self, record: &[u8], store: &Store, gathered: &mut Gathered) -> bool {
        let Some(record) = record::read(record) else { return false };
        let looked = look(self.scan, self.place, store, &record.sights());
        if !looked.problems.is_empty() || !looked.troubles.is_empty() {
            return false;
        }
        let (common_dir, git_dir) = (&self.found.common_dir, &self.found.git.git_dir);
        let Some(uses) = record.uses(looked.hits, common_dir, git_dir) else { return false };
        gathered.stats.commits = record.commits;
        gathered.secrets = looked.secrets;
        gathered.uses = uses;
        true
    }

    /// What the walk could not read.
    fn tell_of(&self, graph: &Graph, gathered: &mut Gathered) {
        let mut tell = |problem| gathered.skipped.push(self.place.trouble(problem));
        for problem in &graph.troubles {
            tell(problem.clone());
        }
        if graph.not_fetched > 0 {
            let detail = format!(
                "{} objects are at the server of this partial clone and were not read; \
                 `git backfill`, or a full clone, brings them",
                graph.not_fetched
            );
            tell((SkipReason::NotFetched, detail));
        }
        if graph.cut > 0 {
            let detail = format!(
                "a shallow clone: what came before {} commits was not read; \
                 `git fetch --unshallow` brings it",
                graph.cut
            );
            tell((SkipReason::Shallow, detail));
        }
    }

    /// Runs the detectors and makes one use of many versions.
    fn uses(&self, store: &Store, graph: &Graph, gathered: &mut Gathered) {
        let mut pairs = graph.pairs();
        pairs.retain(|pair| {
            let (base, path) = self.place.full(&pair.path);
            !self.scan.is_excluded_below(base, &path)
        });
        let at_tips = graph.at_tips(&pairs);
        let mut sights: Vec<Sight> = pairs
            .iter()
            .zip((0..).map(Seen::Pair))
            .zip(at_tips)
            .map(|((pair, seen), references)| Sight {
                object: pair.blob,
                source: HistorySource::Blob,
                path: pair.path.clone(),
                seen,
                references,
            })
            .collect();
        sights.extend(others(graph));
        let Looked { mut hits, secrets, problems, troubles } =
            look(self.scan, self.place, store, &sights);
        gathered.secrets = secrets;
        for ((path, reason), (mut detail, more)) in problems {
            if more > 0 {
                detail = format!("{detail} and {more} more versions of it");
            }
            gathered.skipped.push(self.place.skipped(&path, (reason, detail)));
        }
        gathered.skipped.extend(troubles.into_iter().map(|problem| self.place.trouble(problem)));

        // Only of the pairs that hold a use is it asked which commits hold them.
        let mut few: Vec<Pair> = Vec::new();
        let mut number_of: BTreeMap<u32, u32> = BTreeMap::new();
        for hit in &mut hits {
            if let Seen::Pair(pair) = &mut hit.seen {
                let number = *number_of.entry(*pair).or_insert_with(|| {
                    few.push(pairs[*pair as usize].clone());
                    u32::try_from(few.len() - 1).unwrap_or(u32::MAX)
                });
                *pair = number;
            }
        }
        let resolved = graph.resolve(&few);
        let line = Line { graph, resolved: &resolved };
        let names = Names { store, graph, known: RefCell::default() };
        for group in group(hits, &line) {
            gathered.uses.push(self.make(group, &line, &names));
        }
    }

    fn make(&self, group: Group, line: &Line<'_>, names: &Names<'_>) -> HistoryUse {
        let Group { hit, span, pairs, paths, ignored } = group;
        let mut raw = hit.raw;
        let graph = line.graph;
        let holds = |commit: u32| {
            let held = line.resolved.of(commit);
            pairs.iter().any(|pair| held.binary_search(pair).is_ok())
        };
        let tips: Vec<String> = graph
            .tips
            .iter()
            .filter(|(commit, _)| holds(*commit))
            .map(|(_, name)| name.clone())
            .collect();
        let first = span.map(|(first, _)| first);
        let lossy = |path: &[u8]| String::from_utf8_lossy(path).into_owned();
        let commit = first.map_or_else(
            || hit.object.clone(),
            |first| graph.commits[first as usize].id.to_string(),
        );
        raw.ignored |= ignored;
        raw.finding.location.commit = Some(commit);
        raw.finding.history = Some(Box::new(History {
            source: hit.source,
            object: hit.object,
            path: match hit.source {
                HistorySource::Blob if span.is_some() => lossy(&hit.path),
                _ => String::new(),
            },
            first: first.and_then(|first| names.of(first)),
            last: span.and_then(|(_, last)| names.of(last)),
            via: first.filter(|_| tips.is_empty()).and_then(|first| graph.via(first)),
            tips,
            paths: paths.iter().filter(|path| **path != hit.path).map(|path| lossy(path)).collect(),
        }));
        HistoryUse {
            raw,
            common_dir: self.found.common_dir.clone(),
            git_dir: self.found.git.git_dir.clone(),
            path: hit.path,
            paths,
        }
    }
}

/// Messages, and objects that no commit leads to.
fn others(graph: &Graph) -> impl Iterator<Item = Sight> + '_ {
    let message = |object: ObjectId, is_tag: bool, seen: Seen| Sight {
        object,
        source: if is_tag { HistorySource::TagMessage } else { HistorySource::CommitMessage },
        path: if is_tag { TAG_MESSAGE } else { COMMIT_MESSAGE }.to_vec(),
        seen,
        references: false,
    };
    let messages = graph.messages.iter().map(move |one| {
        message(one.object, one.is_tag, one.commit.map_or(Seen::Nowhere, Seen::Message))
    });
    let lost = graph.lost.iter().map(move |(id, kind)| match kind {
        Kind::Commit => message(*id, false, Seen::Nowhere),
        Kind::Tag => message(*id, true, Seen::Nowhere),
        Kind::Blob | Kind::Tree => Sight {
            object: *id,
            source: HistorySource::Blob,
            path: id.to_string().into_bytes(),
            seen: Seen::Nowhere,
            references: false,
        },
    });
    messages.chain(lost)
}

/// What the groups ask of the commits.
struct Line<'l> {
    graph: &'l Graph,
    resolved: &'l Resolved,
}

impl Commits for Line<'_> {
    fn pairs(&self, commit: u32) -> &[u32] {
        self.resolved.of(commit)
    }

    fn parents(&self, commit: u32) -> &[u32] {
        &self.graph.commits[commit as usize].parents
    }

    fn span(&self, pair: u32) -> Option<(u32, u32)> {
        self.resolved.spans.get(pair as usize).copied().flatten()
    }
}

/// Reads who wrote a commit; of the few that are named.
struct Names<'n> {
    store: &'n Store,
    graph: &'n Graph,
    known: RefCell<BTreeMap<u32, Option<Commit>>>,
}

impl Names<'_> {
    fn of(&self, commit: u32) -> Option<Commit> {
        let mut known = self.known.borrow_mut();
        let read = || {
            let reached = self.graph.commits.get(commit as usize)?;
            if !reached.is_commit {
                return None;
            }
            let mut buffer = Vec::new();
            match self.store.handle().find(&reached.id, &mut buffer) {
                Ok(Some(Kind::Commit)) => Some(named(reached.id, &buffer)),
                _ => None,
            }
        };
        known.entry(commit).or_insert_with(read).clone()
    }
}
