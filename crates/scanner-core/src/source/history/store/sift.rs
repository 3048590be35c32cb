//! Every object once, and which of them hold an anchor.
//!
//! Measured on 3,682,391 objects in five packs of 1.4 GB, of four real repositories, cached,
//! two cores, each way handing every blob, commit and tag to the prefilter (`cargo run --release -p
//! bbsweep-benches --example objects`):
//!
//! | way | seconds |
//! |---|---|
//! | git2, by id, one thread | 138.6 |
//! | git2, by id, a repository for each of two threads | 60.8 |
//! | gix, by id, two threads | 33.5 |
//! | gix, in the order of the pack, two threads | 21.7 |
//! | gix, along the delta trees, two threads | 9.8 |
//! | `git cat-file --batch-all-objects --batch --unordered` to `/dev/null` | 35.4 |

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, PoisonError};

use gix_hash::ObjectId;
use gix_object::Kind;
use gix_pack::Bundle;
use gix_pack::index::traverse::{Algorithm, Options, SafetyCheck};
use rayon::prelude::*;

use super::{Handle, Store, Trouble, unreadable};
use crate::finding::SkipReason;
use crate::prefilter::Anchors;
use crate::source::history::commit::CommitData;
use crate::source::open::Problem;

/// Looks for new packs are given up after so many: another process repacks without end.
const ROUNDS: usize = 5;
/// Where no more than one object in so many is new, each is read by itself.
const FEW: usize = 16;
/// Objects read one by one that one thread takes at a time, neighbours in the pack.
const CHUNK: usize = 512;

/// What an earlier run knows.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// Objects without an anchor, trees included; sorted.
    pub(crate) clean: Vec<ObjectId>,
    /// Objects with one; sorted.
    pub(crate) kept: Vec<(ObjectId, Kind)>,
}

impl Known {
    fn holds(&self, id: &ObjectId) -> bool {
        self.clean.binary_search(id).is_ok() || self.kept(id).is_some()
    }

    fn kept(&self, id: &ObjectId) -> Option<Kind> {
        let at = self.kept.binary_search_by(|(known, _)| known.cmp(id)).ok()?;
        Some(self.kept[at].1)
    }

    fn is_empty(&self) -> bool {
        self.clean.is_empty() && self.kept.is_empty()
    }
}

/// How to go through the objects.
pub(crate) struct Sift<'s> {
    pub(crate) threads: usize,
    pub(crate) anchors: &'s Anchors,
    /// What need not be read again.
    pub(crate) known: &'s Known,
    /// Whether the ids of objects without an anchor are asked for.
    pub(crate) remember: bool,
    pub(crate) should_stop: &'s (dyn Fn() -> bool + Sync),
    /// Is told of bytes unpacked.
    pub(crate) progress: &'s (dyn Fn(u64) + Sync),
}

/// What there is. All lists are sorted and hold each id once.
#[derive(Debug, Default)]
pub(crate) struct Sifted {
    /// Blobs, commits and tags with an anchor.
    pub(crate) kept: Vec<(ObjectId, Kind)>,
    /// The other objects, if they were asked for.
    pub(crate) clean: Vec<ObjectId>,
    /// The commits that were read, by id.
    pub(crate) commits: Vec<CommitData>,
    /// Whether a tree names a file that counts for its name alone.
    pub(crate) names: bool,
    /// How many objects there are.
    pub(crate) objects: u64,
    /// Bytes unpacked: of blobs, commits and tags that were not known.
    pub(crate) bytes: u64,
    /// Objects that were read.
    pub(crate) read: u64,
    pub(crate) troubles: Vec<Trouble>,
    /// Whether it was stopped before the end.
    pub(crate) stopped: bool,
}

impl Sifted {
    fn add(&mut self, part: Part) {
        self.kept.extend(part.kept);
        self.clean.extend(part.clean);
        self.commits.extend(part.commits);
        self.names |= part.names;
        self.objects += part.objects;
        self.bytes += part.bytes;
        self.read += part.read;
    }
}

/// What one thread saw.
#[derive(Debug, Default)]
struct Part {
    kept: Vec<(ObjectId, Kind)>,
    clean: Vec<ObjectId>,
    commits: Vec<CommitData>,
    names: bool,
    objects: u64,
    bytes: u64,
    read: u64,
}

impl Store {
    /// Unpacks every object, each once, and keeps the ids of those that hold an anchor.
    ///
    /// A pack is gone through along its delta trees, so that each base is unpacked once for all that
    /// build on it. Where that fails, the pack is damaged: then each object is read by itself, and
    /// only those are lost that cannot be.
    pub(crate) fn sift(&mut self, sift: &Sift<'_>) -> Sifted {
        let mut sifted = Sifted::default();
        let mut next = 0;
        for round in 0..ROUNDS {
            for at in next..self.packs.len() {
                self.pack(at, sift, &mut sifted);
            }
            next = self.packs.len();
            if round == 0 {
                self.loose(sift, &mut sifted);
            }
            // What another process packed meanwhile.
            if sifted.stopped || self.open_packs() == 0 {
                break;
            }
        }
        sifted.troubles.append(&mut self.troubles);
        let handle = self.handle();
        sifted.troubles.retain(|trouble| !is_gone(trouble, &handle));
        sifted.kept.par_sort_unstable();
        sifted.kept.dedup();
        sifted.clean.par_sort_unstable();
        sifted.clean.dedup();
        sifted.commits.par_sort_unstable_by(|a, b| a.id.cmp(&b.id));
        sifted.troubles.sort();
        sifted.troubles.dedup();
        sifted
    }

    fn pack(&self, at: usize, sift: &Sift<'_>, sifted: &mut Sifted) {
        let pack = &*self.packs[at];
        if (sift.should_stop)() {
            sifted.stopped = true;
        }
        if sifted.stopped {
            return;
        }
        let new = if sift.known.is_empty() { None } else { Some(self.new_in(at, sift, sifted)) };
        let few =
            new.as_ref().is_some_and(|new| new.len() * FEW <= pack.index.num_objects() as usize);
        let sieve = Sieve::new(sift, move |id: &ObjectId| self.pack_of(id, at).is_some());
        if !few {
            match sieve.traverse(pack) {
                Ok(part) => {
                    sifted.add(part);
                    return;
                }
                Err(()) if (sift.should_stop)() => {
                    sifted.stopped = true;
                    return;
                }
                Err(()) => {}
            }
        }
        let ids = new.unwrap_or_else(|| {
            let all = 0..pack.index.num_objects();
            all.map(|index| pack.index.oid_at_index(index).to_owned()).collect()
        });
        self.one_by_one(pack, ids, &sieve, sifted);
    }

    /// The ids of a pack that nothing is known of. The others are taken over as they are known.
    fn new_in(&self, at: usize, sift: &Sift<'_>, sifted: &mut Sifted) -> Vec<ObjectId> {
        let index = &self.packs[at].index;
        let mut new = Vec::new();
        for entry in 0..index.num_objects() {
            let id = index.oid_at_index(entry).to_owned();
            if !sift.known.holds(&id) {
                new.push(id);
            } else if self.pack_of(&id, at).is_none() {
                sifted.objects += 1;
                match sift.known.kept(&id) {
                    Some(kind) => sifted.kept.push((id, kind)),
                    None if sift.remember => sifted.clean.push(id),
                    None => {}
                }
            }
        }
        new
    }

    /// Reads objects of a damaged pack, or a few of a large one.
    fn one_by_one(
        &self,
        pack: &Bundle,
        mut ids: Vec<ObjectId>,
        sieve: &Sieve<'_>,
        sifted: &mut Sifted,
    ) {
        // Neighbours share their bases.
        ids.sort_by_cached_key(|id| {
            pack.index.lookup(id).map(|index| pack.index.pack_offset_at_index(index))
        });
        let (part, bad) = self.each(&ids, sieve);
        sifted.add(part);
        sifted.stopped |= (sieve.sift.should_stop)();
        for (why, ids) in bad {
            sifted.troubles.push(unreadable(pack.pack.path(), &ids, &why));
        }
    }

    /// Reads objects by id, in parallel. With it those that cannot be read, by reason.
    fn each(&self, ids: &[ObjectId], sieve: &Sieve<'_>) -> (Part, Vec<(Problem, Vec<ObjectId>)>) {
        let results: Vec<(Part, Vec<(ObjectId, Problem)>)> = ids
            .par_chunks(CHUNK)
            .map_init(
                || (self.handle(), sieve.sift.anchors.clone(), Vec::new()),
                |(handle, anchors, buffer), ids| {
                    let mut part = Part::default();
                    let mut bad = Vec::new();
                    for id in ids {
                        if (sieve.sift.should_stop)() {
                            break;
                        }
                        match handle.find(id, buffer) {
                            Ok(Some(kind)) => sieve.object(anchors, *id, kind, buffer, &mut part),
                            Ok(None) => {
                                bad.push((*id, (SkipReason::Changed, "it vanished".to_owned())));
                            }
                            Err(problem) => bad.push((*id, problem)),
                        }
                    }
                    (part, bad)
                },
            )
            .collect();
        let mut all = Part::default();
        let mut bad: Vec<(Problem, Vec<ObjectId>)> = Vec::new();
        for (part, failed) in results {
            all.take(part);
            for (id, problem) in failed {
                match bad.iter_mut().find(|(known, _)| *known == problem) {
                    Some((_, ids)) => ids.push(id),
                    None => bad.push((problem, vec![id])),
                }
            }
        }
        (all, bad)
    }

    /// Reads the loose objects that no pack holds.
    fn loose(&mut self, sift: &Sift<'_>, sifted: &mut Sifted) {
        for at in 0..self.loose.len() {
            let dir = self.loose[at].path().to_path_buf();
            let mut ids = Vec::new();
            for id in self.loose[at].iter() {
                match id {
                    Ok(id) => ids.push(id),
                    Err(error) => {
                        let detail = format!("loose objects cannot be listed: {error}");
                        let problem = (SkipReason::IoError, detail);
                        sifted.troubles.push(Trouble { path: dir.clone(), problem });
                    }
                }
            }
            ids.sort_unstable();
            ids.dedup();
            ids.retain(|id| {
                self.pack_of(id, self.packs.len()).is_none()
                    && !self.loose[..at].iter().any(|before| before.contains(id))
            });
            let sieve = Sieve::new(sift, |_| false);
            let (known, new): (Vec<_>, Vec<_>) =
                ids.into_iter().partition(|id| sift.known.holds(id));
            for id in known {
                sifted.objects += 1;
                match sift.known.kept(&id) {
                    Some(kind) => sifted.kept.push((id, kind)),
                    None if sift.remember => sifted.clean.push(id),
                    None => {}
                }
            }
            let (part, bad) = self.each(&new, &sieve);
            sifted.add(part);
            sifted.stopped |= (sift.should_stop)();
            for (why, ids) in bad {
                for id in ids {
                    let path = self.loose[at].object_path(&id);
                    sifted.troubles.push(unreadable(&path, &[id], &why));
                }
            }
        }
    }
}

/// Whether a loose object that vanished is in a pack by now.
fn is_gone(trouble: &Trouble, handle: &Handle) -> bool {
    trouble.problem.0 == SkipReason::Changed
        && id_of(&trouble.path).is_some_and(|id| handle.holds(&id))
}

/// The id that the path of a loose object spells.
fn id_of(path: &Path) -> Option<ObjectId> {
    let name = path.file_name()?.to_str()?;
    let folder = path.parent()?.file_name()?.to_str()?;
    ObjectId::from_hex(format!("{folder}{name}").as_bytes()).ok()
}

impl Part {
    fn take(&mut self, other: Self) {
        self.kept.extend(other.kept);
        self.clean.extend(other.clean);
        self.commits.extend(other.commits);
        self.names |= other.names;
        self.objects += other.objects;
        self.bytes += other.bytes;
        self.read += other.read;
    }
}

/// Judges objects.
struct Sieve<'s> {
    sift: &'s Sift<'s>,
    /// Whether an object was read in another pack.
    repeated: Box<dyn Fn(&ObjectId) -> bool + Sync + 's>,
}

impl<'s> Sieve<'s> {
    fn new(sift: &'s Sift<'s>, repeated: impl Fn(&ObjectId) -> bool + Sync + 's) -> Self {
        Self { sift, repeated: Box::new(repeated) }
    }

    /// Goes through a whole pack. The reason of a failure is told when its objects are read one by one.
    fn traverse(&self, pack: &Bundle) -> Result<Part, ()> {
        let total = Mutex::new(Part::default());
        let stop = AtomicBool::new(false);
        let thread = Thread {
            sieve: self,
            total: &total,
            anchors: self.sift.anchors.clone(),
            part: Part::default(),
        };
        let options = Options {
            traversal: Algorithm::DeltaTreeLookup,
            thread_limit: Some(self.sift.threads),
            // What zlib and the deltas say of their own is enough: hashing would take longer than all
            // the rest.
            check: SafetyCheck::SkipFileAndObjectChecksumVerification,
            alloc_limit_bytes: Some(super::LIMIT),
            make_pack_lookup_cache: || gix_pack::cache::Never,
        };
        if pack.index.num_objects() == 0 {
            return Ok(Part::default());
        }
        let result = {
            let mut thread = thread;
            pack.index.traverse(
                &pack.pack,
                &mut gix_utils::progress::Discard,
                &stop,
                move |kind, data, entry, _| {
                    if (thread.sieve.sift.should_stop)() {
                        return Err(gix_error::message("stopped").into());
                    }
                    thread.object(entry.oid, kind, data);
                    Ok(())
                },
                options,
            )
        };
        match result {
            Ok(_) => Ok(total.into_inner().unwrap_or_else(PoisonError::into_inner)),
            Err(_) => Err(()),
        }
    }

    fn object(&self, anchors: &Anchors, id: ObjectId, kind: Kind, data: &[u8], part: &mut Part) {
        part.read += 1;
        if (self.repeated)(&id) {
            return;
        }
        part.objects += 1;
        if kind == Kind::Commit
            && let Some(commit) = CommitData::parse(id, data)
        {
            part.commits.push(commit);
        }
        if kind == Kind::Tree {
            part.names |= Anchors::in_tree(data);
        } else {
            part.bytes += data.len() as u64;
            (self.sift.progress)(data.len() as u64);
            let known = self.sift.known.kept(&id).is_some();
            if known || !self.sift.known.holds(&id) && anchors.in_object(data) {
                part.kept.push((id, kind));
                return;
            }
        }
        if self.sift.remember {
            part.clean.push(id);
        }
    }
}

/// One thread of the library's.
struct Thread<'t, 's> {
    sieve: &'t Sieve<'s>,
    total: &'t Mutex<Part>,
    anchors: Anchors,
    part: Part,
}

impl Thread<'_, '_> {
    fn object(&mut self, id: ObjectId, kind: Kind, data: &[u8]) {
        self.sieve.object(&self.anchors, id, kind, data, &mut self.part);
    }
}

impl Clone for Thread<'_, '_> {
    fn clone(&self) -> Self {
        Self {
            sieve: self.sieve,
            total: self.total,
            anchors: self.anchors.clone(),
            part: Part::default(),
        }
    }
}

impl Drop for Thread<'_, '_> {
    fn drop(&mut self) {
        let part = std::mem::take(&mut self.part);
        self.total.lock().unwrap_or_else(PoisonError::into_inner).take(part);
    }
}
