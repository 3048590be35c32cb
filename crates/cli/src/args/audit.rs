//! `audit`, and what has it run.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand, ValueEnum};

use super::{
    DocumentArgs, HEAD_AUDIT, HEAD_HISTORY, HEAD_OUTPUT, HEAD_SCAN, SendArgs, SweepArgs,
    VerdictArgs,
};

const INSTALL: &str = after!(
    "  bbsweep audit install --dry-run                        what would be written and run
  bbsweep audit install --config /etc/bbsweep/bbsweep.toml --when daily
  bbsweep audit install --cron --user
  bbsweep audit uninstall --cron --user"
);

/// When an audit exits with 1.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum FailOn {
    /// A finding that the run before did not have
    #[default]
    New,
    /// Any finding
    Any,
    /// A finding that is known for longer than --due-days, or whose acceptance has expired
    Overdue,
    /// None
    Never,
}

/// What an audit is besides itself.
#[derive(Debug, Subcommand)]
pub(crate) enum AuditTask {
    /// Have the system's scheduler run the audit
    ///
    /// Writes the scheduler's files and enables them. Without a flag that names one it is systemd on
    /// Linux, launchd on macOS and a task on Windows.
    #[command(after_help = INSTALL)]
    Install(InstallArgs),
    /// Remove what `install` wrote
    #[command(after_help = INSTALL)]
    Uninstall(InstallArgs),
}

/// A scheduler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheduler {
    Systemd,
    Cron,
    Launchd,
    WindowsTask,
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("scheduler").args(["systemd", "cron", "launchd", "windows_task"])))]
pub(crate) struct InstallArgs {
    /// A service and a timer of systemd
    #[arg(long)]
    systemd: bool,
    /// A file in /etc/cron.d, or with --user lines in the own crontab
    #[arg(long)]
    cron: bool,
    /// A daemon or agent of launchd
    #[arg(long)]
    launchd: bool,
    /// A task of Windows
    #[arg(long)]
    windows_task: bool,
    /// For this user alone, not for the system
    #[arg(long)]
    pub(crate) user: bool,
    /// How often
    #[arg(long, value_name = "WHEN", default_value = "daily")]
    pub(crate) when: crate::schedule::When,
    /// The config of the audit [default: `/etc/bbsweep/bbsweep.toml`, or the user's]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Have the audit tell the webhook whose URL FILE holds what is new or wrong
    ///
    /// The service of systemd may then reach the network.
    #[arg(long, value_name = "FILE")]
    pub(crate) notify: Option<PathBuf>,
    /// Where bbsweep is when the scheduler runs it [default: this one]
    #[arg(long, value_name = "FILE")]
    pub(crate) program: Option<PathBuf>,
    /// Write the files below DIR and enable nothing: for packages and images
    #[arg(long, value_name = "DIR")]
    pub(crate) root: Option<PathBuf>,
    /// Print what would be written and run, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

impl InstallArgs {
    /// The one that is asked for, or the system's.
    pub(crate) fn scheduler(&self) -> Scheduler {
        match (self.systemd, self.cron, self.launchd, self.windows_task) {
            (true, ..) => Scheduler::Systemd,
            (_, true, ..) => Scheduler::Cron,
            (_, _, true, _) => Scheduler::Launchd,
            (.., true) => Scheduler::WindowsTask,
            _ if cfg!(target_os = "macos") => Scheduler::Launchd,
            _ if cfg!(windows) => Scheduler::WindowsTask,
            _ => Scheduler::Systemd,
        }
    }
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct AuditCommand {
    #[command(subcommand)]
    pub(crate) task: Option<AuditTask>,
    /// Files and folders to scan, in the place of those of the config
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// The home directories of all users, too
    #[arg(long, help_heading = HEAD_SCAN)]
    pub(crate) homes: bool,
    /// The history of each repository, too
    #[arg(long, help_heading = HEAD_HISTORY)]
    pub(crate) history: bool,
    /// Folder of runs, ledger and cache [default: `$STATE_DIRECTORY` or `~/.local/state/bbsweep/audit`]
    #[arg(long, value_name = "DIR", help_heading = HEAD_AUDIT)]
    pub(crate) state_dir: Option<PathBuf>,
    /// When to exit with 1 [default: new]
    #[arg(long, value_name = "WHEN", help_heading = HEAD_AUDIT)]
    pub(crate) fail_on: Option<FailOn>,
    /// Days after which a finding is overdue
    #[arg(long, value_name = "DAYS", help_heading = HEAD_AUDIT)]
    pub(crate) due_days: Option<u32>,
    /// Runs to keep [default: 30]
    #[arg(long, value_name = "N", help_heading = HEAD_AUDIT)]
    pub(crate) keep: Option<usize>,
    /// Stop after this time: 45m, 2h 30m. The run is then partial, and the next one goes on
    #[arg(long, value_name = "TIME", value_parser = crate::audit::duration, help_heading = HEAD_AUDIT)]
    pub(crate) time_limit: Option<std::time::Duration>,
    /// Wait while the load of the host, over one minute, is higher
    #[arg(long, value_name = "LOAD", help_heading = HEAD_AUDIT)]
    pub(crate) max_load: Option<f64>,
    /// Take the priority down by this much (0 to 19), and that of the disk to idle
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(0..20), help_heading = HEAD_AUDIT)]
    pub(crate) nice: Option<u8>,
    #[command(flatten)]
    pub(crate) sweep: SweepArgs,
    /// Say who answers for each finding: its code owners, and the last author of its lines
    #[arg(long, help_heading = HEAD_OUTPUT)]
    pub(crate) owners: bool,
    #[command(flatten)]
    pub(crate) document: DocumentArgs,
    #[command(flatten)]
    pub(crate) verdict: VerdictArgs,
    #[command(flatten)]
    pub(crate) send: SendArgs,
}
