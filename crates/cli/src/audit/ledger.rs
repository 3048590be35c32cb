//! What earlier runs found: since when each finding is known.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use anyhow::Context as _;
use bbsweep_report::AuditRun;
use jiff::{Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};

use crate::output;

const SCHEMA: u32 = 1;
/// More than a year of days.
const RUNS: usize = 400;

/// Findings by their fingerprint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ledger {
    schema: u32,
    /// When the last run began.
    pub(crate) last_run: Option<Timestamp>,
    /// Findings of the last runs that nothing says to be gone.
    pub(crate) open: BTreeMap<String, Open>,
    /// What the runs left, the last [`RUNS`] of them, oldest first.
    #[serde(default)]
    pub(crate) runs: Vec<AuditRun>,
}

/// A finding that is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Open {
    pub(crate) rule: String,
    pub(crate) path: String,
    pub(crate) first_seen: Timestamp,
    pub(crate) last_seen: Timestamp,
}

/// What a run is, seen from the one before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Delta {
    /// Fingerprints that the ledger did not know.
    pub(crate) new: Vec<String>,
    /// What is there no more; empty after a partial run, which cannot tell.
    pub(crate) fixed: Vec<(String, Open)>,
    /// Known for longer than is allowed.
    pub(crate) overdue: Vec<String>,
}

impl Ledger {
    pub(crate) fn empty() -> Self {
        Self { schema: SCHEMA, last_run: None, open: BTreeMap::new(), runs: Vec::new() }
    }

    /// Reads the ledger. One that cannot be read is put aside and named: a new one is begun, and nothing
    /// is overwritten.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let cannot = || format!("cannot read {}", path.display());
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::empty()),
            Err(error) => return Err(error).with_context(cannot),
        };
        match serde_json::from_str::<Self>(&text) {
            Ok(ledger) if ledger.schema == SCHEMA => Ok(ledger),
            Ok(ledger) => anyhow::bail!(
                "{} has the schema {}, and this bbsweep reads {SCHEMA}: use the version that wrote it",
                path.display(),
                ledger.schema
            ),
            Err(error) => {
                let aside = path.with_extension("json.damaged");
                fs::rename(path, &aside).with_context(cannot)?;
                output::message(format_args!(
                    "{} is damaged (line {}) and was put aside as {}: every finding counts as new",
                    path.display(),
                    error.line(),
                    aside.display()
                ));
                Ok(Self::empty())
            }
        }
    }

    pub(crate) fn write(&self, path: &Path) -> anyhow::Result<()> {
        output::file(path, |out| output::json(self, out))
            .with_context(|| format!("cannot write {}", path.display()))
    }

    /// Takes the findings of a run over: fingerprint, rule and path of each. `due` is the number of days
    /// after which one is overdue.
    pub(crate) fn take(
        &mut self,
        found: &[(&str, &str, String)],
        now: Timestamp,
        complete: bool,
        due: Option<u32>,
    ) -> Delta {
        let mut delta = Delta::default();
        let mut open = BTreeMap::new();
        for (id, rule, path) in found {
            let row = Open {
                rule: (*rule).to_owned(),
                path: path.clone(),
                first_seen: now,
                last_seen: now,
            };
            match self.open.get(*id) {
                Some(known) => {
                    open.insert((*id).to_owned(), Open { first_seen: known.first_seen, ..row });
                }
                None if open.insert((*id).to_owned(), row).is_none() => {
                    delta.new.push((*id).to_owned());
                }
                None => {}
            }
        }
        for (id, row) in std::mem::take(&mut self.open) {
            if !complete {
                open.entry(id).or_insert(row);
            } else if !open.contains_key(&id) {
                delta.fixed.push((id, row));
            }
        }
        if let Some(days) = due {
            let hours = i64::from(days) * 24;
            delta.overdue = open
                .iter()
                .filter(|(_, row)| row.last_seen == now)
                .filter(|(_, row)| {
                    row.first_seen.checked_add(hours.hours()).is_ok_and(|until| until <= now)
                })
                .map(|(id, _)| id.clone())
                .collect();
        }
        self.open = open;
        self.last_run = Some(now);
        self.runs.push(AuditRun { started: now, left: self.open.len() as u64, complete });
        self.runs.drain(..self.runs.len().saturating_sub(RUNS));
        delta
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + day * 86_400).unwrap()
    }

    fn take(ledger: &mut Ledger, ids: &[&str], day: i64, complete: bool) -> Delta {
        let found: Vec<_> = ids.iter().map(|id| (*id, "netrc", "p".to_owned())).collect();
        ledger.take(&found, at(day), complete, Some(3))
    }

    #[test]
    fn runs_are_compared() {
        let mut ledger = Ledger::empty();
        assert_eq!(take(&mut ledger, &["a", "b", "a"], 0, true).new, ["a", "b"]);
        let second = take(&mut ledger, &["a", "c"], 1, false);
        // A partial run says nothing of what it did not see.
        assert_eq!((second.new, second.fixed), (vec!["c".to_owned()], vec![]));
        let third = take(&mut ledger, &["a"], 3, true);
        let fixed: Vec<_> = third.fixed.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(fixed, ["b", "c"]);
        assert_eq!(third.overdue, ["a"]);
        assert_eq!(ledger.open["a"].first_seen, at(0));
        let left: Vec<_> = ledger.runs.iter().map(|run| (run.left, run.complete)).collect();
        assert_eq!(left, [(2, true), (3, false), (1, true)]);
        // Back again.
        assert_eq!(take(&mut ledger, &["b"], 4, true).new, ["b"]);
    }

    #[test]
    fn a_damaged_ledger_is_put_aside() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ledger.json");
        assert_eq!(Ledger::read(&path).unwrap(), Ledger::empty());
        let mut ledger = Ledger::empty();
        take(&mut ledger, &["a"], 0, true);
        ledger.write(&path).unwrap();
        assert_eq!(Ledger::read(&path).unwrap(), ledger);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, &text[..text.len() / 2]).unwrap();
        assert_eq!(Ledger::read(&path).unwrap(), Ledger::empty());
        assert_eq!(
            fs::read_to_string(path.with_extension("json.damaged")).unwrap().len(),
            text.len() / 2
        );
        fs::write(&path, text.replace("\"schema\": 1", "\"schema\": 9")).unwrap();
        assert!(Ledger::read(&path).unwrap_err().to_string().contains("schema 9"));
    }
}
