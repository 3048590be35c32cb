//! The files of one scope: written, or put back.

use std::fmt::Write as _;
use std::time::SystemTime;

use super::journal::{Entry, Journal, Stored};
use super::recover::{clean_up, swap, take_back};
use super::stage::{Prepared, make_like};
use super::{ApplyOptions, Bonds};
use crate::plan::file::{digest, hex, read};

/// Whether a file was changed, and what the user should know.
type Done = Result<(bool, Vec<String>), String>;

/// Writes `prepared`, the files of the scope `number`. What is bound to a file that fails is put back.
pub(super) fn run(
    prepared: Vec<Result<Prepared, String>>,
    bonds: &Bonds<'_>,
    options: &ApplyOptions,
    number: usize,
) -> Vec<Done> {
    let run = run_id(number);
    let mut entries: Vec<Option<Entry>> = Vec::new();
    for (at, one) in prepared.iter().enumerate() {
        let changes = one.as_ref().ok().filter(|one| one.bytes.is_some());
        entries.push(changes.and_then(|one| entry(one, &run, at, options)));
    }
    let all: Vec<Entry> = entries.iter().flatten().cloned().collect();
    if all.is_empty() {
        return prepared.into_iter().map(|one| one.map(|one| (false, one.notes))).collect();
    }
    let stored = options
        .journal
        .as_ref()
        .map(|dir| Stored::create(dir, Journal::new(run, options.backup, all)))
        .transpose();
    let stored = match stored {
        Ok(stored) => stored,
        Err(err) => {
            let reason = format!("the journal cannot be written: {err}");
            return prepared.into_iter().map(|one| one.and(Err(reason.clone()))).collect();
        }
    };

    // Each is made ready before the first takes its place: a full disk shows here.
    let mut done: Vec<Done> = Vec::new();
    for (one, entry) in prepared.into_iter().zip(&entries) {
        done.push(one.and_then(|mut one| {
            let (Some(entry), Some(bytes)) = (entry, &one.bytes) else {
                return Ok((false, one.notes));
            };
            make_like(&entry.new, &entry.target, bytes, one.mode, &mut one.notes)
                .map_err(|err| format!("no new file can be written into its folder: {err}"))?;
            Ok((true, one.notes))
        }));
    }
    bonds.refuse(&mut done);
    let mut swapped = vec![false; done.len()];
    for at in 0..done.len() {
        let Some(entry) = entries[at].as_ref().filter(|_| done[at].is_ok()) else { continue };
        match replace(entry) {
            Ok(()) => swapped[at] = true,
            Err(reason) => {
                done[at] = Err(reason);
                bonds.refuse(&mut done);
                put_back(&entries, &mut done, &mut swapped);
            }
        }
    }
    let failed = finish(stored, &entries, &swapped, options.backup);
    if let Some(failed) = failed {
        for (row, swapped) in done.iter_mut().zip(&swapped) {
            if let (Ok((_, notes)), true) = (row, *swapped) {
                notes.push(failed.clone());
            }
        }
    }
    done
}

fn entry(one: &Prepared, run: &str, at: usize, options: &ApplyOptions) -> Option<Entry> {
    let dir = one.target.parent()?;
    let old = match &options.journal {
        Some(journal) if options.backup => journal.join(format!("{run}-{at}.old")),
        _ => dir.join(format!(".bbsweep-{run}-{at}.old")),
    };
    Some(Entry {
        target: one.target.clone(),
        new: dir.join(format!(".bbsweep-{run}-{at}.new")),
        old,
        before: one.before,
        after: one.after,
    })
}

/// Puts the new file in the place of the old one, if that is still the old one.
fn replace(entry: &Entry) -> Result<(), String> {
    // Others were made ready since it was read.
    if digest(&read(&entry.target)?) != entry.before {
        return Err("the file changed while it was rewritten: scan again".to_owned());
    }
    swap(entry)
}

/// Makes the refused files what they were.
fn put_back(entries: &[Option<Entry>], done: &mut [Done], swapped: &mut [bool]) {
    for ((entry, row), swapped) in entries.iter().zip(done).zip(swapped) {
        if let (Some(entry), Err(reason), true) = (entry, &mut *row, *swapped) {
            match take_back(entry) {
                Ok(()) => *swapped = false,
                Err(why) => {
                    let _ = write!(reason, "; it is changed all the same: {why}");
                }
            }
        }
    }
}

/// Deletes what is no longer needed. Says what could not be done.
fn finish(
    mut stored: Option<Stored>,
    entries: &[Option<Entry>],
    swapped: &[bool],
    backup: bool,
) -> Option<String> {
    // From here on it is not taken back any more: old contents begin to go.
    if let Some(stored) = stored.as_mut().filter(|_| swapped.contains(&true)) {
        stored.journal.done = true;
        if let Err(err) = stored.save() {
            return Some(format!(
                "the journal cannot be closed: {err}: `bbsweep apply --undo` takes it back"
            ));
        }
    }
    let keeps = backup && stored.is_some();
    let mut kept = Vec::new();
    for (entry, swapped) in entries.iter().zip(swapped) {
        let Some(entry) = entry else { continue };
        if *swapped && keeps {
            kept.push(entry.clone());
        } else if let Err(err) = clean_up(entry) {
            return Some(format!(
                "what was kept beside it could not be deleted: {err}: `bbsweep apply --resume` does it"
            ));
        }
    }
    let mut stored = stored?;
    let result = if kept.is_empty() {
        stored.remove()
    } else {
        stored.journal.entries = kept;
        stored.save()
    };
    result.err().map(|err| format!("the journal could not be closed: {err}"))
}

/// Another one for each transaction.
fn run_id(number: usize) -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let seed = format!("{}-{}-{number}", std::process::id(), now.as_nanos());
    hex(&digest(seed.as_bytes())[..6])
}
