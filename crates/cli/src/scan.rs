//! `scan`, and the sweep that `patch` and `apply` begin with.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use bbsweep_report::{BuildOptions, Report, ReportEdit, ReportSetting, Rewrite};
use bbsweep_rewriters::plan::places::{PlacedEdit, places};
use bbsweep_rewriters::{Applicability, Plan, PlanOptions, TokenIn, plan};
use bbsweep_scanner_core::credential::key_id;
use bbsweep_scanner_core::{Cancel, Outcome, Ownership, Ownerships, Severity, ownership, scan};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::args::{DocumentArgs, DocumentFormat, ScanCommand};
use crate::audit::Gentle;
use crate::choices::Choices;
use crate::exit::Status;
use crate::output::{self, Screen};
use crate::progress::Progress;
use crate::report;
use crate::send;

/// Fewer bits would let a guess at the key be tested against one known secret.
const LEAST_KEY_BYTES: usize = 16;

/// Unread inputs named one by one on standard error; the rest is counted.
const NAMED_SKIPS: usize = 20;

pub(crate) fn run(command: &ScanCommand, screen: Screen) -> anyhow::Result<Status> {
    let choices = Choices::new(&command.paths.paths, &command.sweep, &command.verdict)?
        .with_history(command.history.options())
        .with_shard(command.shard);
    let (notes, show_suppressed) = (choices.notes, choices.show_suppressed);
    let mut sweep = Sweep::run(choices, screen)?;
    if command.owners {
        sweep.ask_owners(true);
    }
    let plan = sweep.plan(PlanOptions::default());
    let report = sweep.report(&plan, command.verdict.today);
    // On the screen the report itself names what could not be read.
    if command.document.format != DocumentFormat::Terminal || command.document.output.is_some() {
        warn_of_unread(&report);
    }
    let status = Status::of_report(&report, command.verdict.exit_zero);
    let document = DocumentArgs {
        notes: notes || command.document.notes,
        show_suppressed: show_suppressed || command.document.show_suppressed,
        ..command.document.clone()
    };
    let reports = [report];
    report::write(&reports, &document, screen)?;
    send::all(&reports, &command.send, status)?;
    Ok(status)
}

/// One scan and what its report says of it.
pub(crate) struct Sweep {
    pub(crate) outcome: Outcome,
    /// Whether the user stopped it.
    pub(crate) cancelled: bool,
    /// What was scanned, as the user named it, masked.
    pub(crate) roots: Vec<String>,
    pub(crate) choices: Choices,
    /// Who answers for the findings, once that was asked.
    ownership: Option<Ownerships>,
    started: Timestamp,
}

impl Sweep {
    /// What becomes of the findings. Of `options` only the new credentials count.
    pub(crate) fn plan(&self, options: PlanOptions) -> Plan {
        plan(&self.outcome.findings, &self.plan_options(options))
    }

    /// All that the plan is made by. Of `options` only the new credentials count.
    pub(crate) fn plan_options(&self, options: PlanOptions) -> PlanOptions {
        PlanOptions {
            sharded: self.choices.scan.shard.is_some(),
            unread: self.outcome.skipped.clone(),
            suppressed: self.outcome.suppressed.clone(),
            token: options.token,
            email: options.email,
            ..self.choices.plan.clone()
        }
    }

    pub(crate) fn run(choices: Choices, screen: Screen) -> anyhow::Result<Self> {
        let cancel = Cancel::new();
        let gentle = choices.max_load.map(|most| Gentle::new(most, &cancel));
        let progress = Progress::new(screen.quiet).gentle(gentle);
        progress.stop_on_signal(&cancel)?;
        let started = Timestamp::now();
        let timer = choices.time_limit.map(|limit| stop_after(limit, &cancel));
        let outcome = scan(&choices.scan, &cancel, &progress);
        drop(timer);
        progress.finish();
        let outcome = outcome?;
        let mut named = Ownerships::default();
        choices.name_owners(&mut named, &outcome.findings);
        if let Some(note) = &outcome.cache_note {
            output::message(output::clean(note));
        }
        Ok(Self {
            outcome,
            cancelled: cancel.is_cancelled(),
            roots: choices
                .scan
                .roots
                .iter()
                .map(|path| output::clean(&path.to_string_lossy()))
                .collect(),
            ownership: (!choices.owners.is_empty()).then_some(named),
            choices,
            started,
        })
    }

    /// Asks who answers for the findings. `blame` says whether the history is asked for authors too.
    pub(crate) fn ask_owners(&mut self, blame: bool) {
        let mut owned = ownership(&self.outcome.findings, blame);
        self.choices.name_owners(&mut owned, &self.outcome.findings);
        for trouble in owned.troubles.iter().take(NAMED_SKIPS) {
            output::message(format_args!("owners: {}", output::clean(trouble)));
        }
        if let Some(more @ 1..) = owned.troubles.len().checked_sub(NAMED_SKIPS) {
            output::message(format_args!("owners: {more} more; the report names them"));
        }
        self.ownership = Some(owned);
    }

    /// Whom CODEOWNERS names for the finding, or else who wrote its line last; empty where nobody is
    /// known, or was asked for.
    pub(crate) fn owners(&self, finding: usize) -> Vec<String> {
        let row = self.ownership.as_ref().and_then(|owned| owned.rows.get(finding));
        let Some(Ownership { owners, last_change }) = row else { return Vec::new() };
        match last_change {
            Some(commit) if owners.is_empty() => vec![output::clean(&commit.author)],
            _ => owners.iter().map(|owner| output::clean(owner)).collect(),
        }
    }

    /// What a hook scanned.
    pub(crate) fn of_hook(outcome: Outcome, choices: Choices, started: Timestamp) -> Self {
        let roots = vec![".".into()];
        Self { outcome, cancelled: false, roots, choices, ownership: None, started }
    }

    /// The report of the sweep, with what `plan` makes of each finding.
    pub(crate) fn report(&self, plan: &Plan, today: Option<Date>) -> Report {
        let options = self.plan_options(PlanOptions::default());
        let edits = places(plan, &self.outcome.findings, &options);
        let rewrites = plan.fixes.iter().zip(edits).map(|(fix, edits)| Rewrite {
            applicability: match fix.applicability {
                Applicability::Safe => bbsweep_report::Applicability::Safe,
                Applicability::Review => bbsweep_report::Applicability::Review,
                Applicability::Manual => bbsweep_report::Applicability::Manual,
            },
            replacement: fix.replacement.clone(),
            reason: fix.reason.clone(),
            steps: fix.own_steps().map(ToOwned::to_owned).collect(),
            variables: fix.reads.clone(),
            token_in: fix.token_in.map(|place| match place {
                TokenIn::Placeholder => bbsweep_report::TokenIn::Placeholder,
                TokenIn::File => bbsweep_report::TokenIn::File,
                TokenIn::CredentialHelper => bbsweep_report::TokenIn::CredentialHelper,
            }),
            edits: edits.into_iter().map(report_edit).collect(),
        });
        let settings = plan.settings.iter().cloned().map(|setting| ReportSetting {
            repository: setting.repository,
            name: setting.name,
            holds: setting.holds,
            replaces: setting.replaces,
            read_by: setting.read_by,
            set: setting.set,
        });
        let options = BuildOptions {
            host: self
                .choices
                .host
                .clone()
                .unwrap_or_else(|| gethostname::gethostname().to_string_lossy().into_owned()),
            fleet_key_id: self.choices.scan.fleet_key.as_deref().map(key_id),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started: self.started,
            roots: self.roots.clone(),
            options: self.choices.described.clone(),
            config: self.choices.config.clone(),
            config_options: self.choices.of_config.clone(),
            today: today.unwrap_or_else(|| TimeZone::UTC.to_datetime(self.started).date()),
            timeline: self.choices.timeline,
            ownership: self.ownership.clone(),
        };
        Report::build(&self.outcome, rewrites.collect(), settings.collect(), options)
    }

    /// Whether there is anything that is not a mere note.
    pub(crate) fn has_findings(&self) -> bool {
        self.outcome.findings.iter().any(|finding| finding.severity > Severity::Note)
    }
}

fn report_edit(edit: PlacedEdit) -> ReportEdit {
    ReportEdit {
        byte_start: edit.byte_start,
        byte_end: edit.byte_end,
        start_line: edit.start.0,
        start_column: edit.start.1,
        end_line: edit.end.0,
        end_column: edit.end.1,
        replacement: edit.replacement,
    }
}

/// Stops the scan after `limit`, unless the sender is dropped before.
fn stop_after(limit: Duration, cancel: &Cancel) -> Sender<()> {
    let (sender, receiver) = mpsc::channel();
    let cancel = cancel.clone();
    std::thread::spawn(move || {
        if receiver.recv_timeout(limit) == Err(RecvTimeoutError::Timeout) {
            cancel.cancel();
            output::message(format_args!(
                "stopping: the time limit of {} seconds is over; what was found so far follows",
                limit.as_secs_f64()
            ));
        }
    });
    sender
}

/// The name on the wire.
pub(crate) const fn name(applicability: Applicability) -> &'static str {
    match applicability {
        Applicability::Safe => "safe",
        Applicability::Review => "review",
        Applicability::Manual => "manual",
    }
}

/// Names on standard error what could not be read, for runs whose output goes to a program.
pub(crate) fn warn_of_unread(report: &Report) {
    let unread: Vec<_> = report.unread().collect();
    for skipped in unread.iter().take(NAMED_SKIPS) {
        let path = report.shown_path(skipped.root, &skipped.path);
        output::message(format_args!("not read: {path}: {}: {}", skipped.reason, skipped.detail));
    }
    if let Some(more) = unread.len().checked_sub(NAMED_SKIPS + 1) {
        output::message(format_args!("not read: {} more; the report names them", more + 1));
    }
}

/// A FIFO or device in a folder is left out and counted. One that the user names would make a scan
/// that read nothing look clean.
pub(crate) fn refuse_special(path: &Path) -> anyhow::Result<()> {
    let special = path.metadata().is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir());
    ensure!(
        !special || path == Path::new("-"),
        "{} is neither file nor folder; pipe it into `bbsweep scan -`",
        path.display()
    );
    Ok(())
}

pub(crate) fn read_key(path: &Path) -> anyhow::Result<Vec<u8>> {
    let name = path.display();
    let key = fs::read(path).with_context(|| format!("cannot read the fleet key {name}"))?;
    // A newline that an editor put there must not make another key of it.
    let key = key.strip_suffix(b"\n").unwrap_or(&key).to_vec();
    ensure!(
        key.len() >= LEAST_KEY_BYTES,
        "the fleet key {name} has {} bytes; it needs {LEAST_KEY_BYTES} or more",
        key.len()
    );
    Ok(key)
}

/// Whether one of the paths is the home directory or a folder above it.
pub(crate) fn holds_home(paths: &[PathBuf]) -> bool {
    let Some(home) = home() else { return false };
    paths.iter().filter_map(|path| path.canonicalize().ok()).any(|path| home.starts_with(path))
}

/// The home directory, links resolved.
pub(crate) fn home() -> Option<PathBuf> {
    std::env::home_dir().and_then(|home| home.canonicalize().ok())
}
