//! What the history says beside what the work tree says.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use super::groups::what;
use crate::Rule;
use crate::engine::Raw;
use crate::finding::State;
use crate::source::git_dir::bytes_of;

/// A use in the history of one repository.
#[derive(Debug)]
pub(crate) struct HistoryUse {
    /// With its history and its first commit.
    pub(crate) raw: Raw,
    /// Directory of the repository's objects and refs.
    pub(crate) common_dir: PathBuf,
    /// The git directory that it is shown for.
    pub(crate) git_dir: PathBuf,
    /// Its path in the repository, as the detectors saw it.
    pub(crate) path: Vec<u8>,
    /// All paths that it had in the repository.
    pub(crate) paths: BTreeSet<Vec<u8>>,
}

/// What two uses have in common that are one.
type Key<'k> = (&'k Path, Vec<u8>, Rule, &'k str, Vec<u8>);

/// Tells the findings of work trees since when they are there, and adds what is only in the history.
/// The repositories of `raws` are known.
pub(crate) fn merge(raws: &mut Vec<Raw>, uses: Vec<HistoryUse>) {
    let mut known: HashMap<Key<'_>, Vec<usize>> = HashMap::new();
    for (index, raw) in raws.iter().enumerate() {
        let location = &raw.finding.location;
        let Some(repository) = location.repository.as_deref() else { continue };
        let top = repository.work_dir.as_deref();
        let inside = top
            .zip(location.absolute.as_deref())
            .and_then(|(top, path)| path.strip_prefix(top).ok());
        if let Some(path) = inside {
            let key = (
                repository.common_dir.as_path(),
                bytes_of(path),
                raw.finding.rule,
                raw.identity.as_str(),
                what(raw),
            );
            known.entry(key).or_default().push(index);
        }
    }
    let mut since = Vec::new();
    let mut more = Vec::new();
    for one in uses {
        let mut met = false;
        for path in &one.paths {
            let raw = &one.raw;
            let key = (
                one.common_dir.as_path(),
                path.clone(),
                raw.finding.rule,
                raw.identity.as_str(),
                what(raw),
            );
            for index in known.get(&key).into_iter().flatten() {
                met = true;
                // Since when a name is used tells nobody anything.
                if raw.finding.secret.is_some() {
                    since.push((*index, path.clone(), raw.finding.history.clone()));
                }
            }
        }
        if !met && let Some(raw) = alone(one.raw) {
            more.push(raw);
        }
    }
    for (index, path, history) in since {
        let Some(mut history) = history else { continue };
        let path = String::from_utf8_lossy(&path).into_owned();
        history.paths.push(std::mem::replace(&mut history.path, path));
        history.paths.retain(|other| *other != history.path);
        history.paths.sort();
        raws[index].finding.history = Some(history);
    }
    raws.extend(more);
}

/// What is reported of a use that no work tree has: one that a branch still has, and each secret.
fn alone(mut raw: Raw) -> Option<Raw> {
    let finding = &mut raw.finding;
    let live = finding.history.as_ref().is_some_and(|history| !history.tips.is_empty());
    if !live {
        finding.secret.as_ref()?;
        finding.state = State::DeadSecret;
        finding.form_error = None;
        finding.scopes.clear();
    }
    Some(raw)
}
