//! `audit`: the unattended scan. Compares with the run before, keeps runs, exits by policy.

mod gentle;
mod homes;
mod ledger;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use bbsweep_report::{AuditSummary, FindingAudit, Format, Report, render};
use bbsweep_rewriters::PlanOptions;
use bbsweep_scanner_core::{HistoryOptions, Severity};
use jiff::Timestamp;

use crate::args::{AuditCommand, AuditTask, DocumentArgs, DocumentFormat, FailOn};
use crate::choices::Choices;
use crate::config;
use crate::exit::Status;
use crate::output::{self, Screen};
use crate::report;
use crate::scan::{Sweep, warn_of_unread};
use crate::schedule;
use crate::send;
pub(crate) use gentle::Gentle;
use ledger::{Delta, Ledger};

/// Reports of earlier runs that are kept.
const KEEP: usize = 30;
const LEDGER: &str = "ledger.json";
const LOCK: &str = "lock";
const RUNS: &str = "runs";

pub(crate) fn run(command: &AuditCommand, screen: Screen) -> anyhow::Result<Status> {
    match &command.task {
        Some(AuditTask::Install(args)) => return schedule::install(args),
        Some(AuditTask::Uninstall(args)) => return schedule::uninstall(args),
        None => {}
    }
    let found = match (&command.sweep.settings.config, command.sweep.settings.no_config) {
        (_, true) => None,
        (Some(path), _) => Some(path.clone()),
        (None, _) => config::find(&[PathBuf::from(".")]),
    };
    let config = found.as_deref().map(config::read).transpose()?.unwrap_or_default();
    let folder = match found.as_deref().and_then(Path::parent) {
        Some(folder) if folder != Path::new("") => folder.to_path_buf(),
        _ => PathBuf::from("."),
    };
    let audit = &config.audit;
    let roots = roots(command, audit, &folder)?;
    let state = state_dir(command, audit, &folder)?;
    make_private(&state.join(RUNS))?;
    let _lock = lock(&state.join(LOCK))?;
    gentle::step_back(command.nice.or(audit.nice));

    let mut sweep_args = command.sweep.clone();
    sweep_args.settings.config = found;
    sweep_args.source.cache.get_or_insert_with(|| state.join("cache"));
    let mut choices = Choices::new(&roots, &sweep_args, &command.verdict)?;
    choices.time_limit = command.time_limit.or(audit.time_limit.as_ref().map(|limit| limit.0));
    choices.max_load = command.max_load.or(audit.max_load);
    let history = command.history || audit.history.unwrap_or_default();
    let choices = choices.with_history(history.then(HistoryOptions::default));
    let (notes, show_suppressed) = (choices.notes, choices.show_suppressed);
    let expired: BTreeSet<String> = choices.expired.iter().cloned().collect();
    let mut sweep = Sweep::run(choices, screen)?;
    if (command.owners || audit.owners.unwrap_or_default()) && !sweep.cancelled {
        sweep.ask_owners(true);
    }
    let plan = sweep.plan(PlanOptions::default());
    let mut report = sweep.report(&plan, command.verdict.today);
    warn_of_unread(&report);

    let ledger_file = state.join(LEDGER);
    let mut ledger = Ledger::read(&ledger_file)?;
    let before = ledger.last_run;
    let now = report.header.started;
    if before.is_some_and(|before| before > now) {
        output::message(format_args!(
            "the run before this one is of the future ({}): the clock went back",
            before.unwrap_or_default()
        ));
    }
    let delta = take(&mut ledger, &report, command.due_days.or(audit.due_days));
    note(&mut report, &ledger, &delta, &expired, before);

    let options = screen.render_options(None, notes, show_suppressed);
    let name = now.strftime("%Y%m%dT%H%M%S.%3fZ").to_string();
    let kept = state.join(RUNS).join(format!("{name}.jsonl"));
    output::file(&kept, |out| render(&report, Format::Jsonl, options, out))
        .with_context(|| format!("cannot write {}", kept.display()))?;
    for wanted in &audit.output {
        let path = folder.join(&wanted.path);
        let options = screen.render_options(Some(&path), notes, show_suppressed);
        output::file(&path, |out| render(&report, wanted.format.into(), options, out))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    // Last: until then this run is not the one to compare with.
    ledger.write(&ledger_file)?;
    drop_old(&state.join(RUNS), command.keep.or(audit.keep).unwrap_or(KEEP))?;

    let document = DocumentArgs {
        notes: notes || command.document.notes,
        show_suppressed: show_suppressed || command.document.show_suppressed,
        ..command.document.clone()
    };
    let fail_on = command.fail_on.or(audit.fail_on).unwrap_or_default();
    let status = verdict(&report, fail_on, command.verdict.exit_zero);
    if document.format == DocumentFormat::Terminal {
        output::message(format_args!("the run is kept in {}", kept.display()));
    }
    let reports = [report];
    report::write(&reports, &document, screen)?;
    send::all(&reports, &command.send, status)?;
    Ok(status)
}

/// The folders to scan: those of the command line, else those of the config.
fn roots(
    command: &AuditCommand,
    audit: &config::Audit,
    folder: &Path,
) -> anyhow::Result<Vec<PathBuf>> {
    let mut roots = command.paths.clone();
    if roots.is_empty() {
        roots = homes::expand(&audit.roots, folder)?;
    }
    if command.homes || command.paths.is_empty() && audit.homes.unwrap_or_default() {
        roots.extend(homes::of_all_users()?);
    }
    ensure!(
        !roots.is_empty(),
        "nothing to audit: name folders, or set roots or homes in [audit] of bbsweep.toml"
    );
    Ok(homes::outermost(&roots))
}

/// Where runs, ledger and cache are kept.
fn state_dir(
    command: &AuditCommand,
    audit: &config::Audit,
    folder: &Path,
) -> anyhow::Result<PathBuf> {
    if let Some(dir) = &command.state_dir {
        return Ok(dir.clone());
    }
    if let Some(dir) = &audit.state_dir {
        return Ok(folder.join(dir));
    }
    // systemd's StateDirectory.
    let of_system = std::env::var_os("STATE_DIRECTORY").filter(|dir| !dir.is_empty());
    if let Some(dir) = of_system {
        return Ok(dir.into());
    }
    let base =
        std::env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|dir| dir.is_absolute());
    let base = base.or_else(|| Some(std::env::home_dir()?.join(".local/state")));
    Ok(base.context("no home directory: name a folder with --state-dir")?.join("bbsweep/audit"))
}

fn make_private(dir: &Path) -> anyhow::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).with_context(|| format!("cannot make the folder {}", dir.display()))
}

/// Two runs never overlap. The lock goes with the process, however it ends.
fn lock(path: &Path) -> anyhow::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path).with_context(|| format!("cannot open {}", path.display()))?;
    #[cfg(unix)]
    if let Err(error) =
        rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive)
    {
        if error == rustix::io::Errno::WOULDBLOCK {
            bail!("another audit is at work here (it holds {}): nothing was done", path.display());
        }
        return Err(error).with_context(|| format!("cannot lock {}", path.display()));
    }
    Ok(file)
}

/// Has the ledger take the findings over; notes do not count.
fn take(ledger: &mut Ledger, report: &Report, due: Option<u32>) -> Delta {
    let found: Vec<(&str, &str, String)> = report
        .findings
        .iter()
        .filter(|finding| finding.severity > Severity::Note)
        .map(|finding| {
            let path = report.shown_path(finding.root, &finding.path);
            (finding.id.as_str(), finding.rule.as_str(), path)
        })
        .collect();
    ledger.take(&found, report.header.started, report.summary.complete, due)
}

/// Puts what the comparison tells into the report.
fn note(
    report: &mut Report,
    ledger: &Ledger,
    delta: &Delta,
    expired: &BTreeSet<String>,
    before: Option<Timestamp>,
) {
    let is = |ids: &[String], id: &str| ids.iter().any(|known| known == id);
    let (mut new, mut known, mut overdue) = (0, 0, 0);
    for finding in report.findings.iter_mut().filter(|row| row.severity > Severity::Note) {
        let Some(open) = ledger.open.get(&finding.id) else { continue };
        let is_new = is(&delta.new, &finding.id);
        let acceptance_expired = expired.contains(&finding.id);
        let is_overdue = acceptance_expired || is(&delta.overdue, &finding.id);
        *(if is_new { &mut new } else { &mut known }) += 1;
        overdue += u64::from(is_overdue);
        finding.audit = Some(FindingAudit {
            is_new,
            first_seen: open.first_seen,
            overdue: is_overdue,
            acceptance_expired,
        });
    }
    report.summary.audit_runs.clone_from(&ledger.runs);
    let fixed: BTreeMap<&str, &ledger::Open> =
        delta.fixed.iter().map(|(id, row)| (id.as_str(), row)).collect();
    report.summary.audit =
        Some(AuditSummary { previous: before, new, known, fixed: fixed.len() as u64, overdue });
}

/// The exit status by policy. What could not be read is told by it whatever the policy.
fn verdict(report: &Report, fail_on: FailOn, exit_zero: bool) -> Status {
    let counts = report.summary.audit.as_ref();
    let failed = match fail_on {
        FailOn::Never => false,
        FailOn::Any => report.findings.iter().any(|finding| finding.severity > Severity::Note),
        FailOn::New => counts.is_some_and(|audit| audit.new > 0),
        FailOn::Overdue => counts.is_some_and(|audit| audit.overdue > 0),
    };
    Status::of(failed, report.summary.complete, exit_zero)
}

/// Deletes all but the last `keep` runs.
fn drop_old(dir: &Path, keep: usize) -> anyhow::Result<()> {
    let cannot = || format!("cannot tidy {}", dir.display());
    let mut runs: Vec<PathBuf> = dir
        .read_dir()
        .with_context(cannot)?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|end| end == "jsonl"))
        .collect();
    // Their names are their times.
    runs.sort();
    let old = runs.len().saturating_sub(keep.max(1));
    for path in &runs[..old] {
        fs::remove_file(path).with_context(cannot)?;
    }
    Ok(())
}

/// A time limit: "90m", "2h 30m".
pub(crate) fn duration(text: &str) -> Result<Duration, &'static str> {
    const WRONG: &str = "expected a time such as 45m or 2h 30m";
    let parsed: jiff::SignedDuration = text.parse().map_err(|_| WRONG)?;
    let duration = Duration::try_from(parsed).map_err(|_| WRONG)?;
    if duration.is_zero() { Err(WRONG) } else { Ok(duration) }
}
