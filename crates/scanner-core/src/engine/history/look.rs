//! The detectors on what the history holds.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use gix_hash::ObjectId;
use rayon::prelude::*;

use super::groups::{Hit, Seen};
use super::place::Place;
use crate::Secret;
use crate::finding::{HistorySource, SkipReason};
use crate::prefilter::Named;
use crate::source::files::Scan;
use crate::source::git_dir::path_of;
use crate::source::history::store::{Handle, Store};
use crate::source::open::Problem;
use crate::source::read::Reader;

/// One object and where it was seen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Sight {
    pub(super) object: ObjectId,
    pub(super) source: HistorySource,
    /// In the repository; see [`Hit::path`].
    pub(super) path: Vec<u8>,
    pub(super) seen: Seen,
    /// Whether a use without a secret counts: where a branch still has it.
    pub(super) references: bool,
}

/// What the detectors saw.
#[derive(Debug, Default)]
pub(super) struct Looked {
    /// In the order of the sights.
    pub(super) hits: Vec<Hit>,
    pub(super) secrets: Vec<Secret>,
    /// What was not read whole, by path and reason: the first version, and how many more.
    pub(super) problems: BTreeMap<(Vec<u8>, SkipReason), (String, u64)>,
    /// Objects that could not be unpacked any more.
    pub(super) troubles: Vec<Problem>,
}

impl Looked {
    /// Of a file's many versions the first is told: the others have most problems too.
    fn problem(&mut self, sight: &Sight, reason: SkipReason, detail: &str) {
        let detail = format!("{detail} (in the history, object {})", sight.object);
        self.add((sight.path.clone(), reason), (detail, 0));
    }

    fn add(&mut self, key: (Vec<u8>, SkipReason), (detail, more): (String, u64)) {
        match self.problems.entry(key) {
            Entry::Vacant(entry) => {
                entry.insert((detail, more));
            }
            Entry::Occupied(mut entry) => entry.get_mut().1 += more + 1,
        }
    }
}

/// Runs the detectors on `sights`, in parallel. Those of one object have to follow each other: it is
/// unpacked once for them.
pub(super) fn look(scan: &Scan<'_>, place: &Place, store: &Store, sights: &[Sight]) -> Looked {
    let objects: Vec<&[Sight]> = sights.chunk_by(|a, b| a.object == b.object).collect();
    let parts: Vec<Looked> = objects
        .par_iter()
        .map_init(
            || Eye {
                scan,
                place,
                handle: store.handle(),
                reader: Reader::new(scan.options.window, &scan.options.settings),
                buffer: Vec::new(),
            },
            |eye, sights| eye.object(sights),
        )
        .collect();
    let mut all = Looked::default();
    for part in parts {
        all.hits.extend(part.hits);
        all.secrets.extend(part.secrets);
        all.troubles.extend(part.troubles);
        for (key, problem) in part.problems {
            all.add(key, problem);
        }
    }
    all
}

/// What one thread needs.
struct Eye<'e> {
    scan: &'e Scan<'e>,
    place: &'e Place,
    handle: Handle,
    reader: Reader<'e>,
    buffer: Vec<u8>,
}

impl Eye<'_> {
    fn object(&mut self, sights: &[Sight]) -> Looked {
        let mut looked = Looked::default();
        let Some(first) = sights.first() else { return looked };
        let mut buffer = std::mem::take(&mut self.buffer);
        let found = self.handle.find(&first.object, &mut buffer);
        let problem = match found {
            Ok(Some(_)) => None,
            Ok(None) => Some("it was there and is not any more".to_owned()),
            Err((_, detail)) => Some(detail),
        };
        if let Some(why) = problem {
            let detail = format!("object {}: {why}", first.object);
            looked.troubles.push((SkipReason::CorruptGit, detail));
        } else {
            for sight in sights {
                let text = match sight.source {
                    HistorySource::Blob => &buffer[..],
                    HistorySource::CommitMessage | HistorySource::TagMessage => message(&buffer),
                };
                self.text(sight, text, &mut looked);
            }
        }
        self.buffer = buffer;
        looked
    }

    fn text(&mut self, sight: &Sight, text: &[u8], looked: &mut Looked) {
        let size = text.len() as u64;
        if self.scan.options.max_filesize.is_some_and(|limit| size > limit) {
            looked.problem(sight, SkipReason::TooLarge, &format!("{size} bytes"));
            return;
        }
        let named = Named::of_path(&path_of(&sight.path));
        let location = || self.place.location(&sight.path);
        let mut input = text;
        let seen = self.reader.scan(&mut input, Some(size), named, &location, self.scan.cancel);
        for (reason, detail) in seen.problem.into_iter().chain(seen.inspection.problems) {
            looked.problem(sight, reason, &detail);
        }
        looked.secrets.extend(seen.inspection.secrets);
        for mut raw in seen.inspection.raws {
            if raw.finding.secret.is_none() && !sight.references {
                continue;
            }
            raw.finding.location.absolute = None;
            looked.hits.push(Hit {
                raw,
                source: sight.source,
                object: sight.object.to_string(),
                path: sight.path.clone(),
                seen: sight.seen,
            });
        }
    }
}

/// The message of a commit or tag: what follows its header.
pub(in crate::engine) fn message(object: &[u8]) -> &[u8] {
    memchr::memmem::find(object, b"\n\n").map_or(&[], |at| &object[at + 2..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_begins_after_the_header() {
        assert_eq!(message(b"tree x\nauthor y\n\nsubject\n\nbody\n"), b"subject\n\nbody\n");
        assert_eq!(message(b"tree x\nauthor y\n"), b"");
    }
}
