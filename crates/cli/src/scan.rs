//! `scan`, and the sweep that `patch` and `apply` begin with.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use bbsweep_report::{BuildOptions, Report, ReportSetting, Rewrite};
use bbsweep_rewriters::{Applicability, Names, Plan, PlanOptions, plan};
use bbsweep_scanner_core::bitbucket::Timeline;
use bbsweep_scanner_core::{Cancel, Outcome, ScanOptions, Severity, scan};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::args::{DocumentFormat, NameArgs, ScanCommand, SourceArgs};
use crate::exit::Status;
use crate::output::{self, Screen};
use crate::progress::Progress;
use crate::report;

/// Fewer bits would let a guess at the key be tested against one known secret.
const LEAST_KEY_BYTES: usize = 16;

/// Unread inputs named one by one on standard error; the rest is counted.
const NAMED_SKIPS: usize = 20;

pub(crate) fn run(command: &ScanCommand, screen: Screen) -> anyhow::Result<Status> {
    let sweep = Sweep::run(&command.paths.paths, &command.source, screen)?;
    let plan = sweep.plan(plan_options(&command.names));
    let report = sweep.report(&plan, command.verdict.today);
    // On the screen the report itself names what could not be read.
    if command.document.format != DocumentFormat::Terminal || command.document.output.is_some() {
        warn_of_unread(&report);
    }
    let status = Status::of_report(&report, command.verdict.exit_zero);
    report::write(&[report], &command.document, screen)?;
    Ok(status)
}

/// Options of a plan that knows no new credentials.
pub(crate) fn plan_options(names: &NameArgs) -> PlanOptions {
    PlanOptions {
        names: Names { token: names.token_variable.clone(), email: names.email_variable.clone() },
        keep_variable_names: names.keep_variable_names,
        ..PlanOptions::default()
    }
}

/// One scan and what its report says of it.
pub(crate) struct Sweep {
    pub(crate) outcome: Outcome,
    /// Whether the user stopped it.
    pub(crate) cancelled: bool,
    roots: Vec<String>,
    options: BTreeMap<String, String>,
    started: Timestamp,
}

impl Sweep {
    /// What becomes of the findings.
    pub(crate) fn plan(&self, options: PlanOptions) -> Plan {
        let options = PlanOptions { unread: self.outcome.skipped.clone(), ..options };
        plan(&self.outcome.findings, &options)
    }

    pub(crate) fn run(
        paths: &[PathBuf],
        source: &SourceArgs,
        screen: Screen,
    ) -> anyhow::Result<Self> {
        let options = scan_options(paths, source)?;
        let cancel = Cancel::new();
        let progress = Progress::new(screen.quiet);
        progress.stop_on_signal(&cancel)?;
        let started = Timestamp::now();
        let outcome = scan(&options, &cancel, &progress);
        progress.finish();
        Ok(Self {
            outcome: outcome?,
            cancelled: cancel.is_cancelled(),
            roots: paths.iter().map(|path| output::clean(&path.to_string_lossy())).collect(),
            options: describe(&options),
            started,
        })
    }

    /// The report of the sweep, with what `plan` makes of each finding.
    pub(crate) fn report(&self, plan: &Plan, today: Option<Date>) -> Report {
        let rewrites = plan.fixes.iter().map(|fix| Rewrite {
            applicability: match fix.applicability {
                Applicability::Safe => bbsweep_report::Applicability::Safe,
                Applicability::Review => bbsweep_report::Applicability::Review,
                Applicability::Manual => bbsweep_report::Applicability::Manual,
            },
            replacement: fix.replacement.clone(),
            reason: fix.reason.clone(),
            steps: fix.steps.clone(),
        });
        let settings = plan.settings.iter().cloned().map(|setting| ReportSetting {
            repository: setting.repository,
            name: setting.name,
            holds: setting.holds,
            replaces: setting.replaces,
            read_by: setting.read_by,
        });
        let options = BuildOptions {
            host: gethostname::gethostname().to_string_lossy().into_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started: self.started,
            roots: self.roots.clone(),
            options: self.options.clone(),
            today: today.unwrap_or_else(|| TimeZone::UTC.to_datetime(self.started).date()),
            timeline: Timeline::default(),
        };
        Report::build(&self.outcome, rewrites.collect(), settings.collect(), options)
    }

    /// Whether there is anything that is not a mere note.
    pub(crate) fn has_findings(&self) -> bool {
        self.outcome.findings.iter().any(|finding| finding.severity > Severity::Note)
    }
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

fn scan_options(paths: &[PathBuf], source: &SourceArgs) -> anyhow::Result<ScanOptions> {
    for path in paths {
        refuse_special(path)?;
    }
    let fleet_key = source.fleet_key_file.as_deref().map(read_key).transpose()?;
    Ok(ScanOptions {
        roots: paths.to_vec(),
        threads: source.threads,
        respect_gitignore: source.respect_gitignore,
        exclude: source.exclude.clone(),
        max_filesize: source.max_filesize,
        one_file_system: source.one_file_system,
        follow: source.follow,
        git_config: source.git_config || holds_home(paths),
        fleet_key,
        ..ScanOptions::default()
    })
}

/// A FIFO or device in a folder is left out and counted. One that the user names would make a scan
/// that read nothing look clean.
fn refuse_special(path: &Path) -> anyhow::Result<()> {
    let special = path.metadata().is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir());
    ensure!(
        !special || path == Path::new("-"),
        "{} is neither file nor folder; pipe it into `bbsweep scan -`",
        path.display()
    );
    Ok(())
}

fn read_key(path: &Path) -> anyhow::Result<Vec<u8>> {
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
fn holds_home(paths: &[PathBuf]) -> bool {
    let Some(home) = home() else { return false };
    paths.iter().filter_map(|path| path.canonicalize().ok()).any(|path| home.starts_with(path))
}

/// The home directory, links resolved.
pub(crate) fn home() -> Option<PathBuf> {
    std::env::home_dir().and_then(|home| home.canonicalize().ok())
}

/// The options that decide what is scanned, by flag.
fn describe(options: &ScanOptions) -> BTreeMap<String, String> {
    let mut rows = BTreeMap::from([
        ("respect-gitignore", options.respect_gitignore.to_string()),
        ("one-file-system", options.one_file_system.to_string()),
        ("follow", options.follow.to_string()),
        ("git-config", options.git_config.to_string()),
    ]);
    if !options.exclude.is_empty() {
        rows.insert("exclude", output::clean(&options.exclude.join(" ")));
    }
    if let Some(bytes) = options.max_filesize {
        rows.insert("max-filesize", bytes.to_string());
    }
    rows.into_iter().map(|(flag, value)| (flag.to_owned(), value)).collect()
}
