//! The baseline: findings that somebody accepted, each with a reason, an owner and a day on which it is
//! a finding again.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use bbsweep_report::{Finding, Report};
use bbsweep_rewriters::PlanOptions;
use bbsweep_scanner_core::Severity;
use bbsweep_scanner_core::settings::Allow;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::args::{AcceptArgs, BaselineArgs, BaselineCommand, BaselineFile, TextFormat};
use crate::changes::{GOOD, count};
use crate::choices::Choices;
use crate::exit::Status;
use crate::output::{self, Screen};
use crate::scan::{Sweep, warn_of_unread};

/// The version that is written, and the newest that is read.
const SCHEMA: u32 = 1;
/// A larger file is no baseline.
const MOST_BYTES: u64 = 64 << 20;

/// Accepted findings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Baseline {
    schema: u32,
    /// Sorted by path, line when accepted, and id.
    pub(crate) accepted: Vec<Accepted>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Accepted {
    /// Fingerprint of the finding: it stays the same when lines move.
    pub(crate) id: String,
    /// For people: the rule, and where it stood when it was accepted.
    pub(crate) rule: String,
    pub(crate) path: String,
    /// Why it may stay.
    pub(crate) reason: String,
    /// Who answers for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) owner: Option<String>,
    /// When it was accepted.
    pub(crate) since: Date,
    /// From this day on it is a finding again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) expires: Option<Date>,
}

impl Accepted {
    pub(crate) fn is_expired(&self, today: Date) -> bool {
        self.expires.is_some_and(|day| day <= today)
    }

    /// As an entry of the allow list: counted, named, not rewritten.
    fn allow(&self) -> Allow {
        let owner = self.owner.as_ref().map(|owner| format!(" by {owner}")).unwrap_or_default();
        let until = self.expires.map(|day| format!(" until {day}")).unwrap_or_default();
        Allow {
            id: Some(self.id.clone()),
            path: None,
            rule: None,
            pattern: None,
            reason: output::clean(&format!("accepted{owner}{until}: {}", self.reason)),
        }
    }
}

impl Baseline {
    fn empty() -> Self {
        Self { schema: SCHEMA, accepted: Vec::new() }
    }

    /// Reads a baseline. What is wrong with it is told; no text of it is in the message.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let name = output::clean(&path.display().to_string());
        let cannot = || format!("cannot read the baseline {name}");
        let size = fs::metadata(path).with_context(cannot)?.len();
        ensure!(size <= MOST_BYTES, "{name} is larger than any baseline");
        let text = fs::read_to_string(path).with_context(cannot)?;
        if let Some(line) = text.lines().position(|line| {
            ["<<<<<<< ", ">>>>>>> ", "||||||| "].iter().any(|mark| line.starts_with(mark))
        }) {
            bail!("the baseline {name} has merge conflict markers, from line {}", line + 1);
        }
        let baseline: Self = serde_json::from_str(&text).map_err(|error| {
            let what = match error.classify() {
                serde_json::error::Category::Eof => "is cut off",
                serde_json::error::Category::Syntax => "is not JSON",
                _ => "is not what `bbsweep baseline` writes",
            };
            let (line, column) = (error.line(), error.column());
            anyhow::anyhow!("the baseline {name} {what}, at line {line} column {column}")
        })?;
        ensure!(
            baseline.schema == SCHEMA,
            "the baseline {name} has the schema {}, and this bbsweep reads {SCHEMA}",
            baseline.schema
        );
        Ok(baseline)
    }

    /// What counts on `today`, as entries of the allow list.
    pub(crate) fn allow(&self, today: Date) -> Vec<Allow> {
        self.accepted.iter().filter(|row| !row.is_expired(today)).map(Accepted::allow).collect()
    }

    fn write(&mut self, path: &Path) -> anyhow::Result<()> {
        self.accepted.sort_by(|a, b| (&a.path, &a.id).cmp(&(&b.path, &b.id)));
        output::file(path, |out| output::json(self, out))
            .with_context(|| format!("cannot write the baseline {}", path.display()))
    }
}

/// Today where nothing else is said.
pub(crate) fn today(given: Option<Date>) -> Date {
    given.unwrap_or_else(|| TimeZone::UTC.to_datetime(Timestamp::now()).date())
}

/// What was done.
#[derive(Debug, Serialize)]
struct Summary {
    baseline: String,
    added: usize,
    kept: usize,
    removed: usize,
    /// Acceptances that count no more: their findings are findings.
    expired: usize,
}

pub(crate) fn run(command: &BaselineCommand, screen: Screen) -> anyhow::Result<Status> {
    match &command.what {
        BaselineArgs::Create { file, accept } => {
            let path = file.path();
            ensure!(
                path.symlink_metadata().is_err(),
                "{} is there already; `bbsweep baseline update` adds to it",
                path.display()
            );
            change(file, screen, Baseline::empty(), &mut |baseline, report, _| {
                Ok((accept_all(baseline, report, accept, file)?, 0))
            })
        }
        BaselineArgs::Update { file, accept } => {
            let baseline = Baseline::read(file.path())?;
            change(file, screen, baseline, &mut |baseline, report, _| {
                Ok((accept_all(baseline, report, accept, file)?, 0))
            })
        }
        BaselineArgs::Prune { file, expired } => {
            let baseline = Baseline::read(file.path())?;
            change(file, screen, baseline, &mut |baseline, report, today| {
                ensure!(
                    report.summary.complete,
                    "the scan was not whole, so what it did not find may still be there: nothing was \
                     removed"
                );
                let found: std::collections::BTreeSet<&str> =
                    report.findings.iter().map(|finding| finding.id.as_str()).collect();
                let before = baseline.accepted.len();
                baseline.accepted.retain(|row| {
                    found.contains(row.id.as_str()) && !(*expired && row.is_expired(today))
                });
                Ok((0, before - baseline.accepted.len()))
            })
        }
    }
}

/// What is done to a baseline with the report of a scan that does not know it: how many were added, and
/// removed.
type Change<'a> = dyn FnMut(&mut Baseline, &Report, Date) -> anyhow::Result<(usize, usize)> + 'a;

fn change(
    file: &BaselineFile,
    screen: Screen,
    mut baseline: Baseline,
    change: &mut Change<'_>,
) -> anyhow::Result<Status> {
    let today = today(file.verdict.today);
    let choices = Choices::without_baseline(&file.paths.paths, &file.sweep, &file.verdict)?;
    let sweep = Sweep::run(choices, screen)?;
    let plan = sweep.plan(PlanOptions::default());
    let report = sweep.report(&plan, file.verdict.today);
    warn_of_unread(&report);
    ensure!(!sweep.cancelled, "stopped: the baseline stays as it was");
    let before = baseline.accepted.len();
    let (added, removed) = change(&mut baseline, &report, today)?;
    let path = file.path();
    baseline.write(path)?;
    let summary = Summary {
        baseline: output::clean(&path.display().to_string()),
        added,
        kept: before - removed,
        removed,
        expired: baseline.accepted.iter().filter(|row| row.is_expired(today)).count(),
    };
    output::document(file.text.output.as_deref(), |out| match file.text.format {
        TextFormat::Json => output::json(&summary, out),
        TextFormat::Terminal => summary.write(out),
    })?;
    Ok(Status::of(false, report.summary.complete, file.verdict.exit_zero))
}

/// Accepts what is not accepted yet, or was only until now.
fn accept_all(
    baseline: &mut Baseline,
    report: &Report,
    accept: &AcceptArgs,
    file: &BaselineFile,
) -> anyhow::Result<usize> {
    let today = today(file.verdict.today);
    let expires = accept.expires.as_ref().map(|until| until.day(today)).transpose()?;
    if let Some(day) = expires {
        ensure!(day > today, "an acceptance until {day} counts on no day");
    }
    let mut known: BTreeMap<String, usize> =
        baseline.accepted.iter().enumerate().map(|(at, row)| (row.id.clone(), at)).collect();
    let mut added = 0;
    for finding in report.findings.iter().filter(|finding| finding.severity > Severity::Note) {
        let row = accepted(report, finding, accept, today, expires);
        match known.get(&finding.id).copied() {
            Some(at) if baseline.accepted[at].is_expired(today) => baseline.accepted[at] = row,
            Some(_) => continue,
            None => {
                known.insert(finding.id.clone(), baseline.accepted.len());
                baseline.accepted.push(row);
            }
        }
        added += 1;
    }
    Ok(added)
}

fn accepted(
    report: &Report,
    finding: &Finding,
    accept: &AcceptArgs,
    today: Date,
    expires: Option<Date>,
) -> Accepted {
    // Of everybody's clone: from the repository's top, not from here.
    let inside = finding.repository.as_deref().and_then(|repository| {
        if repository == "." {
            return Some(finding.path.as_str());
        }
        finding.path.strip_prefix(repository)?.strip_prefix('/')
    });
    let path = match inside {
        Some(path) => path.to_owned(),
        None => report.shown_path(finding.root, &finding.path),
    };
    Accepted {
        id: finding.id.clone(),
        rule: finding.rule.clone(),
        path,
        reason: output::clean(&accept.reason),
        owner: accept.owner.as_deref().map(output::clean),
        since: today,
        expires,
    }
}

impl Summary {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(
            out,
            "{GOOD}wrote{GOOD:#} {}  {} added, {} removed, {} kept",
            self.baseline,
            count(self.added, "finding"),
            self.removed,
            self.kept
        )?;
        if self.expired > 0 {
            writeln!(
                out,
                "      {} expired: their findings count again; `baseline update` accepts them anew",
                count(self.expired, "acceptance")
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_baselines_are_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("b.json");
        let good = "{\"schema\": 1, \"accepted\": []}";
        for (text, what) in [
            (good.replace('1', "2"), "has the schema 2"),
            (good[..15].to_owned(), "is cut off"),
            ("schema = 1".to_owned(), "is not JSON"),
            ("{\"schema\": 1}".to_owned(), "is not what"),
            (format!("<<<<<<< HEAD\n{good}\n"), "merge conflict markers, from line 1"),
        ] {
            fs::write(&path, &text).unwrap();
            let told = Baseline::read(&path).unwrap_err().to_string();
            assert!(told.contains(what), "{told}");
        }
        fs::write(&path, good).unwrap();
        assert_eq!(Baseline::read(&path).unwrap(), Baseline::empty());
    }
}
