//! After a kill, or by the user's wish: goes on with a transaction, takes it back, or wipes its backups.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::journal::{self, Entry, Stored, Unread, sync_dir};
use super::stage::{create, make_like};
use crate::plan::file::{digest, read};

/// What to do with the transactions that an earlier apply left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// Make the files new that are not yet. Where not all of them had been made ready, take it back.
    Resume,
    /// Make all files what they were: after a kill, or of a finished apply that kept backups.
    Undo,
    /// Keep the new files and wipe the backups. In the middle only where somebody else changed a file,
    /// so that no other way leads on: the files stay as they are.
    Finish,
}

/// What became of one file of an earlier apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// The file.
    pub path: PathBuf,
    /// What it holds now.
    pub now: Now,
    /// Why nothing was done with it; no secret in it.
    pub refused: Option<String>,
}

/// Which of its two contents a file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Now {
    /// What it held before the apply.
    Old,
    /// What the apply made of it.
    New,
    /// Neither: somebody else wrote it, or deleted it.
    Other,
}

/// Whether a kill left a transaction with a file below one of `within` in the middle.
pub fn is_interrupted(dir: &Path, within: &[PathBuf]) -> io::Result<bool> {
    let (stored, _) = journal::all(dir)?;
    let within = canonical(within);
    Ok(stored.iter().any(|one| !one.journal.is_settled() && concerns(one, &within)))
}

/// Brings every transaction in `dir` that has a file below one of `within` to an end. Journals that
/// cannot be read, or that another process is at work on, come back with the reason.
pub fn recover(
    dir: &Path,
    within: &[PathBuf],
    how: Recovery,
) -> io::Result<(Vec<Recovered>, Vec<Unread>)> {
    let (stored, unread) = journal::all(dir)?;
    let within = canonical(within);
    let mut all = Vec::new();
    for one in stored.into_iter().filter(|one| concerns(one, &within)) {
        let entries = &one.journal.entries;
        let (done, settled) = (one.journal.done, one.journal.is_settled());
        let forward = match how {
            // Old contents began to go.
            _ if done && !settled => true,
            Recovery::Resume if settled => continue,
            Recovery::Resume => entries.iter().all(can_go_on),
            Recovery::Undo => false,
            // In the middle the others lead to a known state, unless somebody else made it unknown.
            Recovery::Finish if !done && entries.iter().all(|entry| now(entry) != Now::Other) => {
                continue;
            }
            Recovery::Finish => true,
        };
        let stays = done || how == Recovery::Finish;
        let rows: Vec<_> = entries
            .iter()
            .map(|entry| {
                let failed = match (forward, stays) {
                    // What failed was put back before it was done.
                    (true, true) => Ok(()),
                    (true, false) => go_on(entry),
                    (false, _) => take_back(entry),
                };
                Recovered { path: entry.target.clone(), now: now(entry), refused: failed.err() }
            })
            .collect();
        let ended = rows.iter().all(|row| row.refused.is_none());
        all.extend(rows);
        // What could not be put right keeps its journal, and its old content.
        if ended {
            for entry in entries {
                clean_up(entry)?;
            }
            one.remove()?;
        }
    }
    journal::tidy(dir)?;
    Ok((all, unread))
}

/// The folders without links; one that is not there holds no file.
pub(super) fn canonical(within: &[PathBuf]) -> Vec<PathBuf> {
    within.iter().filter_map(|path| path.canonicalize().ok()).collect()
}

fn concerns(stored: &Stored, within: &[PathBuf]) -> bool {
    let below = |entry: &Entry| within.iter().any(|dir| entry.target.starts_with(dir));
    stored.journal.entries.iter().any(below)
}

fn holds(path: &Path, wanted: &[u8; 32]) -> bool {
    read(path).is_ok_and(|bytes| digest(&bytes) == *wanted)
}

fn now(entry: &Entry) -> Now {
    match read(&entry.target).map(|bytes| digest(&bytes)) {
        Ok(digest) if digest == entry.before => Now::Old,
        Ok(digest) if digest == entry.after => Now::New,
        _ => Now::Other,
    }
}

fn can_go_on(entry: &Entry) -> bool {
    now(entry) == Now::New || now(entry) == Now::Old && holds(&entry.new, &entry.after)
}

const OTHER: &str = "it is neither the old file nor the new one: somebody else changed it, and --finish \
                     leaves it so";

/// Puts the new file in its place, if it is not there.
fn go_on(entry: &Entry) -> Result<(), String> {
    match now(entry) {
        Now::New => Ok(()),
        Now::Other => Err(OTHER.to_owned()),
        Now::Old => swap(entry),
    }
}

/// Keeps the old file and puts the new one in its place.
pub(super) fn swap(entry: &Entry) -> Result<(), String> {
    keep_old(entry).map_err(|err| format!("the old content cannot be kept aside: {err}"))?;
    fs::rename(&entry.new, &entry.target)
        .map_err(|err| format!("the new file cannot take its place: {err}"))?;
    // The rename is done; that it outlives a power cut is all that could still fail.
    if let Some(dir) = entry.target.parent() {
        sync_dir(dir);
    }
    Ok(())
}

/// Puts the old file back, if the new one is in its place.
pub(super) fn take_back(entry: &Entry) -> Result<(), String> {
    match now(entry) {
        Now::Old => Ok(()),
        Now::Other => Err(OTHER.to_owned()),
        Now::New => {
            let failed = |err: io::Error| format!("the old file cannot be put back: {err}");
            let dir = entry.target.parent().ok_or("it is no file in a folder")?;
            // A link is the old file itself, a copy has no mode and owner of its own.
            if entry.old.parent() == Some(dir) && holds(&entry.old, &entry.before) {
                fs::rename(&entry.old, &entry.target).map_err(failed)?;
            } else {
                let copy = [&entry.old, &copy_of(entry)]
                    .into_iter()
                    .find(|copy| holds(copy, &entry.before))
                    .ok_or("its old content was not kept: apply with --backup keeps it")?
                    .clone();
                let bytes = read(&copy)?;
                make_like(&entry.new, &entry.target, &bytes, None, &mut Vec::new())
                    .map_err(failed)?;
                fs::rename(&entry.new, &entry.target).map_err(failed)?;
            }
            sync_dir(dir);
            Ok(())
        }
    }
}

/// Keeps the old file aside: as a second name of it, or, where the file system has none and for a
/// backup, as a private copy.
fn keep_old(entry: &Entry) -> io::Result<()> {
    let beside = entry.old.parent() == entry.target.parent();
    let copy = if beside {
        match fs::hard_link(&entry.target, &entry.old) {
            Ok(()) => return Ok(()),
            // A kill came between this step and the next.
            Err(_) if holds(&entry.old, &entry.before) => return Ok(()),
            Err(_) => copy_of(entry),
        }
    } else {
        entry.old.clone()
    };
    let bytes = read(&entry.target).map_err(io::Error::other)?;
    let mut file = create(&copy)?;
    file.write_all(&bytes)?;
    file.sync_all()
}

/// Where the old content is kept if the file can have no second name.
fn copy_of(entry: &Entry) -> PathBuf {
    entry.old.with_extension("copy")
}

/// Deletes what the transaction kept beside.
pub(super) fn clean_up(entry: &Entry) -> io::Result<()> {
    for path in [&entry.new, &entry.old, &copy_of(entry)] {
        match fs::remove_file(path) {
            Err(err) if err.kind() != io::ErrorKind::NotFound => return Err(err),
            _ => {}
        }
    }
    Ok(())
}
