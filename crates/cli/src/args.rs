//! The command line.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};
use jiff::Timestamp;
use jiff::civil::Date;

use bbsweep_scanner_core::settings::{HostName, VariableName};
use bbsweep_scanner_core::{HistoryOptions, Rule, Shard};

macro_rules! after {
    ($examples:expr) => {
        concat!("Examples:\n", $examples)
    };
}

mod audit;
mod baseline;
mod fleet;
mod send;
pub(crate) mod value;

pub(crate) use audit::{AuditCommand, AuditTask, FailOn, InstallArgs, Scheduler};
pub(crate) use baseline::{AcceptArgs, BaselineArgs, BaselineCommand, BaselineFile};
pub(crate) use fleet::{FleetCommand, FleetDocument, FleetTask, FleetViewArgs};
pub(crate) use send::{HookForm, HookUrl, NotifyOn, PostTo, SendArgs};
pub(crate) use value::Email;

const EXIT_SHORT: &str = "Exit status: 0 nothing to do, 1 findings, 2 error, 3 no findings but some \
inputs could not be read";

const EXIT_LONG: &str = "\
Exit status, the same for every format:
  0  nothing to do: no error and no warning was found, and every input was read
  1  findings: at least one error or warning (notes do not count)
  2  the command line is wrong, or something failed for good
  3  no findings, but some inputs could not be read, so \"clean\" cannot be claimed";

const HEAD_SCAN: &str = "What to scan";
const HEAD_HISTORY: &str = "Git history";
const HEAD_SETTINGS: &str = "Settings";
const HEAD_REWRITE: &str = "Rewrites";
const HEAD_UNDO: &str = "Undo";
const HEAD_BRANCH: &str = "Branch";
const HEAD_AUDIT: &str = "Audit";
const HEAD_OUTPUT: &str = "Output";

const TOP: &str = after!(
    "  bbsweep scan ~                        everything below the home directory
  bbsweep patch ~ -o ~/bbsweep-patches  one patch for each repository, to review
  bbsweep apply ~ --dry-run             what would change, without changing it
  bbsweep explain url-userinfo          why a rule reports what it reports"
);

const SCAN: &str = after!(
    "  bbsweep scan                                  the current folder
  bbsweep scan ~ --format json -o ~/scan.json   the home directory, saved for `report`
  bbsweep scan /srv/git --exclude '*.iso' -q    only the summary
  bbsweep scan . --history                      and all that git still holds
  git show HEAD:ci/build.sh | bbsweep scan -    standard input"
);

const PATCH: &str = after!(
    "  bbsweep patch ~ -o ~/bbsweep-patches       safe and review edits
  bbsweep patch . -o ../patches --safe-only  only what changes no behaviour
  bbsweep patch . --format format-patch      mails for git am
  bbsweep patch ~/src --split-by owner       one patch for each owner
  git -C REPOSITORY apply ~/bbsweep-patches/NAME.patch"
);

const APPLY: &str = after!(
    "  bbsweep apply ~ --dry-run                            say what would be done
  bbsweep apply ~                                      safe edits
  bbsweep apply . --unsafe                             review edits too
  bbsweep apply . --interactive                        ask for each edit
  bbsweep apply . --branch api-tokens                  commits on a branch, files untouched
  bbsweep apply ~ --backup && bbsweep apply ~ --undo   and back; --finish wipes the old files
  bbsweep apply . --plan ../patches/plan.json          what was reviewed, and nothing else
  bbsweep apply ~ --token-env TOKEN --email a@b.com    fill .netrc and .git-credentials
  pass show bitbucket | bbsweep apply ~ --token-stdin  the same, from a password manager"
);

const REPORT: &str = after!(
    "  bbsweep report scan.json                  on the screen, as `scan` showed it
  bbsweep report scan.jsonl --format md     as Markdown
  bbsweep report host-a.json host-b.json    one after the other"
);

const PROTECT: &str = after!(
    "  exec bbsweep protect --staged                         .git/hooks/pre-commit
  exec bbsweep protect --pre-receive                    hooks/pre-receive of a bare repository
  bbsweep protect --pre-receive || test $? -eq 3        the same, if unread objects may pass
  git commit --no-verify                                commit without asking the hook"
);

const AUDIT: &str = after!(
    "  bbsweep audit --config /etc/bbsweep/bbsweep.toml -q       as a scheduled job
  bbsweep audit /srv/git --fail-on new --format html -o /srv/www/audit.html
  bbsweep audit --homes --nice 10 --time-limit 2h           all home directories, as root"
);

const FLEET: &str = after!(
    "  bbsweep fleet key -o fleet.key
  bbsweep scan ~ --fleet-key-file fleet.key --format jsonl -o host-a.jsonl
  bbsweep fleet merge reports/*.jsonl -o fleet.sqlite --inventory hosts.txt
  bbsweep fleet report fleet.sqlite --inventory hosts.txt --format html -o fleet.html"
);

const BASELINE: &str = after!(
    "  bbsweep baseline create . --reason 'moves in Q1' --expires 90d --owner @acme/platform
  bbsweep baseline update . --reason 'vendored'             accept what is new, too
  bbsweep baseline prune .                                  forget what is gone
  bbsweep scan . --baseline bbsweep-baseline.json"
);

const RULES: &str = after!(
    "  bbsweep rules                 a table
  bbsweep rules --format json   with all that `explain` says"
);

const EXPLAIN: &str = after!(
    "  bbsweep explain netrc
  bbsweep explain env-variable --format json"
);

const COMPLETIONS: &str = after!(
    "  bbsweep completions bash > ~/.local/share/bash-completion/completions/bbsweep
  bbsweep completions zsh > ~/.zfunc/_bbsweep
  bbsweep completions fish > ~/.config/fish/completions/bbsweep.fish"
);

const MAN: &str = after!(
    "  bbsweep man | man -l -        read the manual page of the tool
  bbsweep man scan | man -l -   and of one command"
);

fn long(examples: &str) -> String {
    format!("{examples}\n\n{EXIT_LONG}")
}

fn short(examples: &str) -> String {
    format!("{examples}\n\n{EXIT_SHORT}")
}

/// Finds every use of a Bitbucket Cloud app password and writes the patches that replace it
///
/// Bitbucket Cloud removed app passwords on 2026-07-28. bbsweep finds them in files, git configs and
/// credential stores, tells which uses an API token can take over, and rewrites those. Files are only
/// changed by `apply`; nothing is sent over the network but what --notify and --post ask for; every
/// secret is masked in every output but the patch files.
#[derive(Debug, Parser)]
#[command(
    name = "bbsweep",
    version,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    after_help = short(TOP),
    after_long_help = long(TOP)
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) screen: ScreenArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Report every use of an app password
    ///
    /// Reads files (hidden and git-ignored ones too) and the git config of every repository, and
    /// reports each use with what it would become. Changes nothing.
    #[command(after_help = short(SCAN), after_long_help = long(SCAN))]
    Scan(ScanCommand),
    /// Write patches that replace app passwords, and a review document
    ///
    /// Writes one patch for each repository or tree, which `git apply` takes; `review.html` and
    /// `review.md`, which show every finding and edit with its secrets masked; and `plan.json`, which has
    /// every edit without a secret and which `apply --plan` makes here or in another clone. Changes
    /// nothing else.
    ///
    /// A patch holds the lines that it removes and so the OLD SECRETS IN CLEAR. The folder is made
    /// with mode 0700, its files with 0600. Delete it when the patches are applied.
    #[command(after_help = short(PATCH), after_long_help = long(PATCH))]
    Patch(PatchCommand),
    /// Rewrite the files in place
    ///
    /// Makes the safe edits, and with --unsafe the review edits too. Each file is replaced in one
    /// step and keeps its mode and owner. A file that changed since it was scanned, or whose rewrite
    /// does not scan clean, is left as it is and named. All files of a repository are written or none;
    /// what a kill left half done, --resume or --undo bring to an end.
    ///
    /// The exit status tells what is left after the edits. With --dry-run nothing is changed, so
    /// everything is left.
    #[command(after_help = short(APPLY), after_long_help = long(APPLY))]
    Apply(ApplyCommand),
    /// Scan unattended, and say what is new since the run before
    ///
    /// Scans what the table `audit` of bbsweep.toml names, or the PATHs. Compares with the baseline and with the
    /// run before, writes the files that the config names, keeps the last runs, and exits by policy. Two
    /// audits with the same state never overlap; one that is cut off says so, and the next one goes on:
    /// what was clean is not read again.
    #[command(after_help = short(AUDIT), after_long_help = long(AUDIT))]
    Audit(AuditCommand),
    /// Merge many hosts' reports into one view
    ///
    /// `merge` reads any number of reports into one store and keeps the last complete run of each host;
    /// `report` says what is left by team, host, repository, rule and credential, and when nothing will
    /// be; `key` makes the key under which a credential is the same on every host.
    #[command(after_help = short(FLEET), after_long_help = long(FLEET))]
    Fleet(FleetCommand),
    /// Accept findings, each with a reason, an owner and a day on which it counts again
    ///
    /// Accepted findings are counted and named, and neither set the exit status nor are rewritten.
    #[command(after_help = short(BASELINE), after_long_help = long(BASELINE))]
    Baseline(BaselineCommand),
    /// Keep new app passwords out of commits and pushes
    ///
    /// For hooks of git. With --staged it scans what the next commit changes, as it is staged; with
    /// --pre-receive every object that a push brings in, quarantine included.
    ///
    /// Exit status 1, which stops git, means a literal app password that was not there before, in use
    /// or in a comment. Other findings are shown and stop nothing. What the file had before, or a file
    /// that the same commit removes, may move. Exit status 3, which stops git too, means that
    /// something could not be read.
    #[command(after_help = short(PROTECT), after_long_help = long(PROTECT))]
    Protect(ProtectCommand),
    /// Render saved scans again
    ///
    /// Reads what `scan --format json` or `--format jsonl` wrote and renders it in any format. The
    /// exit status is that of the saved scan. Several scans are rendered one after the other.
    #[command(after_help = short(REPORT), after_long_help = long(REPORT))]
    Report(ReportCommand),
    /// List the rules
    ///
    /// Each rule is one kind of place where an app password lives.
    #[command(after_help = RULES)]
    Rules(RulesCommand),
    /// Explain one rule
    ///
    /// Says what the rule sees, what goes wrong there, what it is rewritten to, its limits, and where
    /// the facts come from.
    #[command(after_help = EXPLAIN)]
    Explain(ExplainCommand),
    /// Print a completion script
    ///
    /// Prints a script that completes bbsweep's commands and flags in your shell.
    #[command(after_help = COMPLETIONS)]
    Completions(CompletionsCommand),
    /// Print a manual page
    ///
    /// Prints the manual page of the tool, or of one command, in roff.
    #[command(after_help = MAN)]
    Man(ManCommand),
}

/// How to talk to the user; every command has these.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct ScreenArgs {
    /// When to colour the output
    ///
    /// `auto` colours a terminal, unless `NO_COLOR` is set; `CLICOLOR_FORCE` colours always.
    #[arg(long, value_name = "WHEN", default_value = "auto", global = true, help_heading = HEAD_OUTPUT)]
    pub(crate) color: Color,
    /// Show only the summary and problems, and no progress
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = HEAD_OUTPUT)]
    pub(crate) quiet: bool,
    /// Show each step in full, and every input that was left out
    #[arg(short, long, global = true, help_heading = HEAD_OUTPUT)]
    pub(crate) verbose: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

/// A document with findings.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum DocumentFormat {
    /// For people, on a screen
    Terminal,
    /// One JSON object; `report` reads it
    Json,
    /// One JSON record a line: header, findings, skipped inputs, summary; `report` reads it
    Jsonl,
    /// Markdown
    Md,
    /// One page that needs nothing else
    Html,
    /// SARIF 2.1.0, for code scanning and editors
    Sarif,
    /// One finding a row
    Csv,
    /// A test case for each finding, as XML of `JUnit`
    Junit,
    /// Annotations of GitHub Actions
    Github,
    /// GitLab's secret detection report
    Gitlab,
    /// A report with annotations for Bitbucket Cloud
    CodeInsights,
    /// Gauges for the textfile collector of Prometheus
    Prometheus,
}

impl From<DocumentFormat> for bbsweep_report::Format {
    fn from(format: DocumentFormat) -> Self {
        match format {
            DocumentFormat::Terminal => Self::Terminal,
            DocumentFormat::Json => Self::Json,
            DocumentFormat::Jsonl => Self::Jsonl,
            DocumentFormat::Md => Self::Markdown,
            DocumentFormat::Html => Self::Html,
            DocumentFormat::Sarif => Self::Sarif,
            DocumentFormat::Csv => Self::Csv,
            DocumentFormat::Junit => Self::Junit,
            DocumentFormat::Github => Self::Github,
            DocumentFormat::Gitlab => Self::Gitlab,
            DocumentFormat::CodeInsights => Self::CodeInsights,
            DocumentFormat::Prometheus => Self::Prometheus,
        }
    }
}

/// Everything else that is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TextFormat {
    /// For people, on a screen
    Terminal,
    /// One JSON value
    Json,
}

/// What `patch` prints and writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PatchFormat {
    /// For people, on a screen; patches for `git apply`
    Terminal,
    /// One JSON value; patches for `git apply`
    Json,
    /// For people, on a screen; patches as mails for `git am`, of what HEAD holds
    FormatPatch,
}

/// What one patch holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SplitBy {
    /// All of a repository or tree
    Repo,
    /// What one owner answers for
    Owner,
    /// What one rule reports
    Rule,
}

#[derive(Debug, Args)]
pub(crate) struct PathArgs {
    /// Files and folders to scan; `-` is standard input
    #[arg(value_name = "PATH", default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct FolderArgs {
    /// Files and folders to scan and rewrite
    #[arg(value_name = "PATH", default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,
}

/// What is scanned.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = HEAD_SCAN)]
pub(crate) struct SourceArgs {
    /// Leave out what .gitignore and the like name
    ///
    /// By default git-ignored files are scanned: .env and .netrc are where secrets live.
    #[arg(long)]
    pub(crate) respect_gitignore: bool,
    /// Leave out paths that match (may be repeated)
    ///
    /// Written as in .gitignore, relative to each PATH. What is left out is counted in the report.
    #[arg(long, value_name = "GLOB")]
    pub(crate) exclude: Vec<String>,
    /// Leave out larger files: 500K, 10M, 1G or bytes
    #[arg(long, value_name = "SIZE", value_parser = value::size)]
    pub(crate) max_filesize: Option<u64>,
    /// Stay on the file system of each PATH
    ///
    /// The default is true.
    #[arg(
        long,
        value_name = "BOOL",
        default_missing_value = "true",
        num_args = 0..=1,
        require_equals = true
    )]
    pub(crate) one_file_system: Option<bool>,
    /// Follow symbolic links
    #[arg(long)]
    pub(crate) follow: bool,
    /// Read the system, global and XDG git config too
    ///
    /// Done by itself where a PATH holds the home directory.
    #[arg(long)]
    pub(crate) git_config: bool,
    /// Remember in DIR what is clean, and do not read it again while it stays as it is
    ///
    /// A file is read again when its size, times or inode change, when bbsweep's rules change, or when
    /// the clock went back. Files with findings are read each time: DIR holds no secret.
    #[arg(long, value_name = "DIR")]
    pub(crate) cache: Option<PathBuf>,
    /// Worker threads; 0 takes one for each core
    #[arg(short = 'j', long, value_name = "N")]
    pub(crate) threads: Option<usize>,
    /// What the report calls this host [default: its name]
    #[arg(long, value_name = "NAME")]
    pub(crate) host_name: Option<String>,
    /// Key for credential fingerprints that can be compared between hosts
    ///
    /// A file of at least 16 random bytes, such as `bbsweep fleet key -o fleet.key` writes. The
    /// same secret then has the same fingerprint on every host, and no guess can be tested without
    /// the key.
    #[arg(long, value_name = "FILE")]
    pub(crate) fleet_key_file: Option<PathBuf>,
}

/// Which part of the git history is scanned.
#[derive(Debug, Args)]
#[command(next_help_heading = HEAD_HISTORY)]
#[command(group(ArgGroup::new("whether-history").args(["history", "history_only"])))]
pub(crate) struct HistoryArgs {
    /// Scan the history of each repository too
    ///
    /// All refs, reflogs and HEADs are entered: branches, remotes, tags, notes, the stash. Each version
    /// of a file and each message of a commit or tag is read once.
    #[arg(long)]
    pub(crate) history: bool,
    /// Scan the history of each repository, and no files and configs
    #[arg(long)]
    pub(crate) history_only: bool,
    /// Only what commits since DATE brought in: 2026-01-31 or 2026-01-31T12:00:00Z
    #[arg(long, value_name = "DATE", value_parser = value::instant, requires = "whether-history")]
    pub(crate) since: Option<Timestamp>,
    /// Only the history of this branch or ref, by name or glob (may be repeated)
    ///
    /// `main`, `origin/main`, `release/*`, `refs/tags/v1`.
    #[arg(long, value_name = "NAME", requires = "whether-history")]
    pub(crate) branch: Vec<String>,
    /// What no ref and no reflog leads to, too: amended, dropped, not yet collected
    #[arg(long, requires = "whether-history", conflicts_with_all = ["since", "branch"])]
    pub(crate) unreachable: bool,
}

impl HistoryArgs {
    /// What the scan is asked for.
    pub(crate) fn options(&self) -> Option<HistoryOptions> {
        (self.history || self.history_only).then(|| HistoryOptions {
            only: self.history_only,
            since: self.since.map(Timestamp::as_second),
            branches: self.branch.clone(),
            unreachable: self.unreachable,
        })
    }
}

/// What bbsweep knows besides, and what is not to be reported.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = HEAD_SETTINGS)]
pub(crate) struct SettingsArgs {
    /// Read this config instead of the nearest bbsweep.toml
    ///
    /// By default the nearest bbsweep.toml in the folder of the first PATH or above it is read, else
    /// the user's, `~/.config/bbsweep/bbsweep.toml`. Flags win over the config; lists are added to its
    /// lists.
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    pub(crate) config: Option<PathBuf>,
    /// Read no config
    #[arg(long)]
    pub(crate) no_config: bool,
    /// Only count the findings of this rule (may be repeated)
    #[arg(
        long,
        value_name = "RULE",
        hide_possible_values = true,
        value_parser = PossibleValuesParser::new(Rule::ALL.iter().map(|rule| rule.id()))
    )]
    pub(crate) disable: Vec<String>,
    /// Only count the findings that this baseline accepts, as `bbsweep baseline` writes it
    ///
    /// An acceptance that has expired counts no more.
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// Only count the finding with this fingerprint, the `id` of `--format json` (may be repeated)
    #[arg(long, value_name = "ID", value_parser = value::fingerprint)]
    pub(crate) allow: Vec<String>,
    /// Host in the place of bitbucket.org: a proxy or mirror (may be repeated)
    #[arg(long, value_name = "HOST")]
    pub(crate) git_host: Vec<HostName>,
    /// Host in the place of api.bitbucket.org (may be repeated)
    #[arg(long, value_name = "HOST")]
    pub(crate) rest_host: Vec<HostName>,
    /// Variable that holds an app password, whatever its name says (may be repeated)
    #[arg(long, value_name = "NAME")]
    pub(crate) secret_variable: Vec<VariableName>,
    /// Variable that holds the username that goes with one (may be repeated)
    #[arg(long, value_name = "NAME")]
    pub(crate) username_variable: Vec<VariableName>,
}

/// What new credentials are called.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = HEAD_REWRITE)]
pub(crate) struct NameArgs {
    // Not in doc comments: help shows their backticks.
    #[arg(long, value_name = "NAME", value_parser = value::variable,
        help = "Variable that holds the API token [default: BITBUCKET_API_TOKEN]")]
    pub(crate) token_variable: Option<String>,
    #[arg(long, value_name = "NAME", value_parser = value::variable,
        help = "Variable that holds the Atlassian account email, which the REST API takes as username \
                [default: ATLASSIAN_ACCOUNT_EMAIL]")]
    pub(crate) email_variable: Option<String>,
    /// Leave the names of variables as they are
    ///
    /// By default a variable such as `BITBUCKET_APP_PASSWORD` is renamed together with every reference
    /// in its repository, or not at all.
    #[arg(long)]
    pub(crate) keep_variable_names: bool,
}

/// What a sweep takes.
#[derive(Clone, Debug, Args)]
pub(crate) struct SweepArgs {
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
    #[command(flatten)]
    pub(crate) names: NameArgs,
}

/// How a report is judged and dated.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = HEAD_OUTPUT)]
pub(crate) struct VerdictArgs {
    /// Day of the report, as 2026-07-28 [default: today]
    #[arg(long, value_name = "DATE")]
    pub(crate) today: Option<Date>,
    /// Day from which no app password could be created [default: 2025-09-09]
    #[arg(long, value_name = "DATE", hide_short_help = true)]
    pub(crate) creation_ended: Option<Date>,
    /// First day of brownouts [default: 2026-06-09]
    #[arg(long, value_name = "DATE", hide_short_help = true)]
    pub(crate) brownouts_start: Option<Date>,
    /// Day from which no app password works [default: 2026-07-28]
    #[arg(long, value_name = "DATE", hide_short_help = true)]
    pub(crate) removed: Option<Date>,
    /// Exit with 0 instead of 1 where there are findings
    ///
    /// Hides findings only: errors are still 2 and unread inputs still 3.
    #[arg(long)]
    pub(crate) exit_zero: bool,
}

/// Where a document goes.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = HEAD_OUTPUT)]
pub(crate) struct DocumentArgs {
    /// Format of the report
    #[arg(long, value_name = "FORMAT", default_value = "terminal")]
    pub(crate) format: DocumentFormat,
    /// Write to FILE (mode 0600, replaced in one step) instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Show notes too: mentions and username-only URLs, where nothing is to do
    #[arg(long)]
    pub(crate) notes: bool,
    /// List what was suppressed: by a disabled rule, the allow list or a bbsweep:ignore comment
    #[arg(long)]
    pub(crate) show_suppressed: bool,
}

/// Where anything else goes.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = HEAD_OUTPUT)]
pub(crate) struct TextArgs {
    /// Format of the output
    #[arg(long, value_name = "FORMAT", default_value = "terminal")]
    pub(crate) format: TextFormat,
    /// Write to FILE (mode 0600, replaced in one step) instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ScanCommand {
    #[command(flatten)]
    pub(crate) paths: PathArgs,
    /// Only the Kth of N parts: 2/5
    ///
    /// A repository is in one part with all that is in it, other files by their path. The parts are the
    /// same on every host that has the same paths below PATH, so that several can share a scan.
    #[arg(long, value_name = "K/N", help_heading = HEAD_SCAN)]
    pub(crate) shard: Option<Shard>,
    #[command(flatten)]
    pub(crate) history: HistoryArgs,
    #[command(flatten)]
    pub(crate) sweep: SweepArgs,
    /// Say who answers for each finding: its code owners, and the last author of its lines
    ///
    /// Owners are those of the repository's CODEOWNERS, in the form of GitHub, GitLab or Bitbucket. The
    /// author is that of git blame, which takes its time in a long history.
    #[arg(long, help_heading = HEAD_OUTPUT)]
    pub(crate) owners: bool,
    #[command(flatten)]
    pub(crate) document: DocumentArgs,
    #[command(flatten)]
    pub(crate) verdict: VerdictArgs,
    #[command(flatten)]
    pub(crate) send: SendArgs,
}

#[derive(Debug, Args)]
pub(crate) struct PatchCommand {
    #[command(flatten)]
    pub(crate) paths: FolderArgs,
    /// Only safe edits: same behaviour once the credential helper or variable holds the new token
    #[arg(long, help_heading = HEAD_REWRITE)]
    pub(crate) safe_only: bool,
    #[command(flatten)]
    pub(crate) sweep: SweepArgs,
    /// Folder for the patches; made if missing, refused if not empty
    #[arg(short, long, value_name = "DIR", default_value = "bbsweep-patches", help_heading = HEAD_OUTPUT)]
    pub(crate) output: PathBuf,
    /// Format of what is printed, or of the patches
    #[arg(long, value_name = "FORMAT", default_value = "terminal", help_heading = HEAD_OUTPUT)]
    pub(crate) format: PatchFormat,
    /// One patch for each repository or tree, for each owner in it, or for each rule
    ///
    /// Owners are those of CODEOWNERS, or the last author of the line where it names none. Each patch
    /// applies whether the others are applied or not: edits that stand too near to each other for that,
    /// or rename the same variable, go into one patch that has both names.
    #[arg(long, value_name = "WHAT", default_value = "repo", help_heading = HEAD_REWRITE)]
    pub(crate) split_by: SplitBy,
    /// Do not ask the history who wrote a line last, which takes its time in a long one
    #[arg(long, help_heading = HEAD_REWRITE)]
    pub(crate) no_blame: bool,
    /// With format-patch: one mail for each rule
    #[arg(long, help_heading = HEAD_REWRITE)]
    pub(crate) commit_per_rule: bool,
    #[command(flatten)]
    pub(crate) verdict: VerdictArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ApplyCommand {
    #[command(flatten)]
    pub(crate) paths: FolderArgs,
    /// Say what would be done and change nothing
    #[arg(long, help_heading = HEAD_REWRITE)]
    pub(crate) dry_run: bool,
    /// Make the edits of this plan, which `patch` wrote here or elsewhere, and no others
    ///
    /// Nothing is scanned. The plan's files are looked for below PATH, one PATH for each folder that
    /// the plan was made for. A file whose digest is another than the plan says is refused and named;
    /// a plan that leads out of PATH is refused whole. `-` reads it from standard input.
    #[arg(long, value_name = "FILE", help_heading = HEAD_REWRITE, conflicts_with_all = [
        "allow_unsafe", "interactive", "token_env", "token_stdin", "email", "branch", "respect_gitignore", "exclude",
        "max_filesize", "one_file_system", "follow", "git_config", "cache", "threads",
        "fleet_key_file", "config", "no_config", "disable", "baseline", "allow", "git_host", "rest_host",
        "secret_variable", "username_variable", "token_variable", "email_variable",
        "keep_variable_names", "today", "creation_ended", "brownouts_start", "removed",
    ])]
    pub(crate) plan: Option<PathBuf>,
    /// Make review edits too: right in all likelihood, but they change where the secret comes from
    #[arg(long = "unsafe", help_heading = HEAD_REWRITE)]
    pub(crate) allow_unsafe: bool,
    /// Ask for each edit, safe or for review, as `git add --patch` does
    ///
    /// Shows what changes, secrets masked, and takes y, n, a, d, q, e or ? from standard input. Edits
    /// that rename the same variable are asked for together.
    #[arg(short, long, help_heading = HEAD_REWRITE, conflicts_with_all = ["allow_unsafe", "branch", "token_stdin", "resume", "undo", "finish"])]
    pub(crate) interactive: bool,
    /// Read the new API token from this environment variable, for .netrc and .git-credentials
    #[arg(long, value_name = "NAME", help_heading = HEAD_REWRITE, conflicts_with = "token_stdin")]
    pub(crate) token_env: Option<String>,
    /// Read the new API token from standard input, for .netrc and .git-credentials
    #[arg(long, help_heading = HEAD_REWRITE)]
    pub(crate) token_stdin: bool,
    /// Set git up to take the token from this credential helper: store, cache, osxkeychain, manager,
    /// libsecret or another one's name
    ///
    /// Writes helper and username for bitbucket.org into the global git config. A token that is
    /// handed over is given to the helper, so that git pull works right after.
    #[arg(long, value_name = "NAME", help_heading = HEAD_REWRITE, value_parser = value::helper,
        conflicts_with_all = ["plan", "branch", "resume", "undo", "finish"])]
    pub(crate) credential_helper: Option<String>,
    /// Atlassian account email, for .netrc entries of api.bitbucket.org
    #[arg(long, value_name = "ADDRESS", help_heading = HEAD_REWRITE)]
    pub(crate) email: Option<Email>,
    /// Keep the old files until --undo puts them back or --finish wipes them
    ///
    /// They HOLD THE OLD SECRETS: private copies (0600) in the folder of the journal.
    #[arg(long, help_heading = HEAD_UNDO, conflicts_with_all = ["dry_run", "branch"])]
    pub(crate) backup: bool,
    /// Go on with an apply that was killed, or take it back where it had changed nothing yet
    #[arg(long, help_heading = HEAD_UNDO, conflicts_with_all = ["undo", "finish", "plan", "branch", "backup", "dry_run"])]
    pub(crate) resume: bool,
    /// Make files what they were: after a kill, or after an apply with --backup
    #[arg(long, help_heading = HEAD_UNDO, conflicts_with_all = ["finish", "plan", "branch", "backup", "dry_run"])]
    pub(crate) undo: bool,
    /// Wipe the old files that --backup kept
    #[arg(long, help_heading = HEAD_UNDO, conflicts_with_all = ["plan", "branch", "backup", "dry_run"])]
    pub(crate) finish: bool,
    /// Folder of the journal, by which a killed apply is brought to an end
    /// [default: `~/.local/state/bbsweep/apply`]
    ///
    /// All files of a repository are written or none. The journal says which, without a secret.
    #[arg(long, value_name = "DIR", help_heading = HEAD_UNDO)]
    pub(crate) journal: Option<PathBuf>,
    /// Commit the edits on a new branch of this name, and change no file
    ///
    /// What HEAD holds is edited: the work tree, the index and HEAD stay as they are, and what is not
    /// committed yet is left. A branch that exists is refused. Signed if git's config says so.
    #[arg(long, value_name = "NAME", help_heading = HEAD_BRANCH, conflicts_with_all = ["token_env", "token_stdin"])]
    pub(crate) branch: Option<String>,
    /// Message of the commit; more than one make paragraphs
    #[arg(short, long, value_name = "TEXT", help_heading = HEAD_BRANCH, requires = "branch")]
    pub(crate) message: Vec<String>,
    /// Author of the commit, as `Name <email>` [default: as git's config says]
    #[arg(long, value_name = "AUTHOR", help_heading = HEAD_BRANCH, requires = "branch")]
    pub(crate) author: Option<String>,
    /// One commit for each rule
    #[arg(long, help_heading = HEAD_BRANCH, requires = "branch")]
    pub(crate) commit_per_rule: bool,
    /// Do not sign, whatever git's config says
    #[arg(long, help_heading = HEAD_BRANCH, requires = "branch")]
    pub(crate) no_gpg_sign: bool,
    #[command(flatten)]
    pub(crate) sweep: SweepArgs,
    #[command(flatten)]
    pub(crate) text: TextArgs,
    #[command(flatten)]
    pub(crate) verdict: VerdictArgs,
}

#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("hook").required(true).args(["staged", "pre_receive"])))]
pub(crate) struct ProtectCommand {
    /// Scan what is staged, against HEAD: for a pre-commit hook
    #[arg(long)]
    pub(crate) staged: bool,
    /// Scan what is pushed: for a pre-receive hook, which reads OLD NEW REF lines from git
    ///
    /// Only commits that no ref leads to yet are scanned, each new version of a file once, and their
    /// messages and those of tags. What a commit adds and a later one removes stays in the history, so
    /// it stops the push too. A bbsweep.toml in what is pushed is not asked: that of the server counts,
    /// in the repository's own folder or above it, or the user's.
    #[arg(long)]
    pub(crate) pre_receive: bool,
    #[command(flatten)]
    pub(crate) source: HookSourceArgs,
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
    #[command(flatten)]
    pub(crate) document: DocumentArgs,
    #[command(flatten)]
    pub(crate) verdict: VerdictArgs,
}

/// What a hook leaves out.
#[derive(Debug, Args)]
#[command(next_help_heading = HEAD_SCAN)]
pub(crate) struct HookSourceArgs {
    /// Leave out paths that match (may be repeated)
    ///
    /// Written as in .gitignore, relative to the top of the repository.
    #[arg(long, value_name = "GLOB")]
    pub(crate) exclude: Vec<String>,
    /// Leave out larger files: 500K, 10M, 1G or bytes
    #[arg(long, value_name = "SIZE", value_parser = value::size)]
    pub(crate) max_filesize: Option<u64>,
    /// Worker threads; 0 takes one for each core
    #[arg(short = 'j', long, value_name = "N")]
    pub(crate) threads: Option<usize>,
    /// Key for credential fingerprints that can be compared between hosts
    #[arg(long, value_name = "FILE")]
    pub(crate) fleet_key_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ReportCommand {
    /// Saved scans, JSON or JSONL; `-` is standard input
    #[arg(value_name = "SAVED", required = true)]
    pub(crate) saved: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) document: DocumentArgs,
    #[command(flatten)]
    pub(crate) verdict: VerdictArgs,
    #[command(flatten)]
    pub(crate) send: SendArgs,
}

#[derive(Debug, Args)]
pub(crate) struct RulesCommand {
    #[command(flatten)]
    pub(crate) text: TextArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainCommand {
    /// Id of the rule; `bbsweep rules` lists them
    #[arg(value_name = "RULE", hide_possible_values = true, value_parser = PossibleValuesParser::new(Rule::ALL.iter().map(|rule| rule.id())))]
    pub(crate) rule: String,
    #[command(flatten)]
    pub(crate) text: TextArgs,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsCommand {
    /// Which shell
    #[arg(value_name = "SHELL")]
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub(crate) struct ManCommand {
    /// Which command [default: the tool itself]
    #[arg(value_name = "COMMAND")]
    pub(crate) command: Option<String>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_shows_examples_in_both_helps() {
        for mut command in Cli::command().get_subcommands().cloned() {
            for help in [command.render_help(), command.render_long_help()] {
                assert!(help.to_string().contains("Examples:\n"), "{}", command.get_name());
            }
        }
    }

    #[test]
    fn every_flag_says_what_it_does() {
        for command in Cli::command().get_subcommands() {
            for arg in command.get_arguments() {
                assert!(arg.get_help().is_some(), "{} {}", command.get_name(), arg.get_id());
            }
        }
    }
}
