//! What the cache keeps of a history: where uses stand, and since when. No secret, and no text around
//! one: the objects that hold a use are read again.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use gix_hash::ObjectId;
use serde::{Deserialize, Serialize};

use super::groups::{Hit, Seen};
use super::look::Sight;
use super::{Gathered, HistoryUse};
use crate::Rule;
use crate::finding::{History, Span};

/// All of one repository.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) commits: u64,
    uses: Vec<Use>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Use {
    /// In the repository, as the detectors saw it.
    path: Vec<u8>,
    rule: String,
    span: Span,
    commit: String,
    history: History,
    paths: BTreeSet<Vec<u8>>,
    ignored: bool,
}

/// Writes down what was found. `None` where that would show a secret: one in a path or a name.
pub(super) fn write(gathered: &Gathered) -> Option<Vec<u8>> {
    let uses = gathered.uses.iter().map(|one| {
        let finding = &one.raw.finding;
        let history = finding.history.as_deref()?.clone();
        Some(Use {
            path: one.path.clone(),
            rule: finding.rule.id().to_owned(),
            span: finding.span,
            commit: finding.location.commit.clone()?,
            history,
            paths: one.paths.clone(),
            ignored: one.raw.ignored,
        })
    });
    let record =
        Record { commits: gathered.stats.commits, uses: uses.collect::<Option<Vec<_>>>()? };
    // Paths are lists of numbers there: they are looked at as they are.
    let texts = record.uses.iter().flat_map(|one| one.paths.iter().map(Vec::as_slice));
    let bytes = serde_json::to_vec(&record).ok()?;
    let shows = |text: &[u8]| {
        let mut secrets = gathered.secrets.iter().map(crate::Secret::expose);
        secrets.any(|secret| !secret.is_empty() && memchr::memmem::find(text, secret).is_some())
    };
    let told = texts.chain([&bytes[..]]).any(shows);
    (!told).then_some(bytes)
}

/// Reads it back.
pub(super) fn read(bytes: &[u8]) -> Option<Record> {
    serde_json::from_slice(bytes).ok()
}

impl Record {
    /// The objects that hold the uses.
    pub(super) fn sights(&self) -> Vec<Sight> {
        let mut sights: Vec<Sight> = self
            .uses
            .iter()
            .filter_map(|one| {
                Some(Sight {
                    object: ObjectId::from_hex(one.history.object.as_bytes()).ok()?,
                    source: one.history.source,
                    path: one.path.clone(),
                    seen: Seen::Nowhere,
                    references: true,
                })
            })
            .collect();
        sights.sort();
        sights.dedup();
        sights
    }

    /// Each use with what the detectors see of it now; `None` if one is not there.
    pub(super) fn uses(
        &self,
        hits: Vec<Hit>,
        common_dir: &Path,
        git_dir: &Path,
    ) -> Option<Vec<HistoryUse>> {
        type Key = (String, Vec<u8>, Rule, Span);
        let mut known: HashMap<Key, Vec<Hit>> = HashMap::new();
        for hit in hits {
            let finding = &hit.raw.finding;
            let key = (hit.object.clone(), hit.path.clone(), finding.rule, finding.span);
            known.entry(key).or_default().push(hit);
        }
        let of = |one: &Use| {
            let rule = Rule::from_id(&one.rule)?;
            let key = (one.history.object.clone(), one.path.clone(), rule, one.span);
            // One place has one use of a rule.
            let mut raw = known.get(&key).filter(|hits| hits.len() == 1)?[0].raw.clone();
            raw.ignored |= one.ignored;
            raw.finding.location.commit = Some(one.commit.clone());
            raw.finding.history = Some(Box::new(one.history.clone()));
            Some(HistoryUse {
                raw,
                common_dir: common_dir.to_path_buf(),
                git_dir: git_dir.to_path_buf(),
                path: one.path.clone(),
                paths: one.paths.clone(),
            })
        };
        self.uses.iter().map(of).collect()
    }
}
