//! What the command line and the config say together. Flags win; lists are added up.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use bbsweep_rewriters::{Names, PlanOptions};
use bbsweep_scanner_core::bitbucket::Timeline;
use bbsweep_scanner_core::settings::{Additions, Allow, PathGlob};
use bbsweep_scanner_core::{
    Finding, HistoryOptions, Ownerships, Rule, ScanOptions, Settings, Shard, name_owners,
};
use jiff::Timestamp;

use crate::args::{SettingsArgs, SweepArgs, VerdictArgs};
use crate::baseline::{Baseline, today};
use crate::config::{self, Config, Dates};
use crate::output;
use crate::scan::{holds_home, read_key, refuse_special};

/// What a sweep does.
pub(crate) struct Choices {
    pub(crate) scan: ScanOptions,
    /// Knows no new credentials.
    pub(crate) plan: PlanOptions,
    pub(crate) email: Option<String>,
    pub(crate) timeline: Timeline,
    pub(crate) notes: bool,
    pub(crate) show_suppressed: bool,
    /// What the report calls this host, if not by its name.
    pub(crate) host: Option<String>,
    /// Stop the scan after this time.
    pub(crate) time_limit: Option<Duration>,
    /// Wait while the load of the host is higher.
    pub(crate) max_load: Option<f64>,
    /// Who answers where CODEOWNERS names nobody.
    pub(crate) owners: Vec<(PathGlob, Vec<String>)>,
    /// The folder of the config.
    base: Option<PathBuf>,
    /// Findings whose acceptance has expired, by fingerprint.
    pub(crate) expired: Vec<String>,
    /// The config that was read.
    pub(crate) config: Option<String>,
    /// The options that decide what is found, by flag.
    pub(crate) described: BTreeMap<String, String>,
    /// Those of them that the config gave.
    pub(crate) of_config: Vec<String>,
}

impl Choices {
    pub(crate) fn new(
        paths: &[PathBuf],
        args: &SweepArgs,
        verdict: &VerdictArgs,
    ) -> anyhow::Result<Self> {
        Self::with(paths, args, verdict, true)
    }

    /// As [`Self::new`], and what the baseline accepts is found too.
    pub(crate) fn without_baseline(
        paths: &[PathBuf],
        args: &SweepArgs,
        verdict: &VerdictArgs,
    ) -> anyhow::Result<Self> {
        Self::with(paths, args, verdict, false)
    }

    fn with(
        paths: &[PathBuf],
        args: &SweepArgs,
        verdict: &VerdictArgs,
        with_baseline: bool,
    ) -> anyhow::Result<Self> {
        for path in paths {
            refuse_special(path)?;
        }
        let SweepArgs { source, settings, names } = args;
        let found = match (&settings.config, settings.no_config) {
            (_, true) => None,
            (Some(path), _) => Some(path.clone()),
            (None, _) => config::find(paths),
        };
        let config = found.as_deref().map(config::read).transpose()?.unwrap_or_default();
        let folder = found.as_deref().and_then(Path::parent);
        let key_file = match (&source.fleet_key_file, &config.fleet.key_file, folder) {
            (Some(flag), ..) => Some(flag.clone()),
            (None, Some(file), Some(folder)) => Some(folder.join(file)),
            (None, file, _) => file.clone(),
        };
        let fleet_key = key_file.as_deref().map(read_key).transpose()?;
        let excluded = config.exclude.iter().map(|glob| glob.0.clone());
        let default = ScanOptions::default();
        let mut added = additions(settings, &config, folder)?;
        let baseline_file = match (&settings.baseline, &config.baseline, folder) {
            (Some(flag), ..) => Some(flag.clone()),
            (None, Some(file), Some(folder)) => Some(folder.join(file)),
            (None, file, _) => file.clone(),
        };
        let mut expired = Vec::new();
        if let Some(file) = baseline_file.filter(|_| with_baseline) {
            let (baseline, today) = (Baseline::read(&file)?, today(verdict.today));
            added.allow.extend(baseline.allow(today));
            let of_past = baseline.accepted.iter().filter(|row| row.is_expired(today));
            expired = of_past.map(|row| row.id.clone()).collect();
        }
        let (described, of_config) = describe(args, &config, paths);
        let ready = Arc::new(Settings::new(added)?);
        let scan = ScanOptions {
            roots: paths.to_vec(),
            threads: source.threads.or(config.threads).unwrap_or_default(),
            respect_gitignore: source.respect_gitignore
                || config.respect_gitignore.unwrap_or_default(),
            exclude: excluded.chain(source.exclude.iter().cloned()).collect(),
            max_filesize: source.max_filesize.or(config.max_filesize.map(|size| size.0)),
            one_file_system: source
                .one_file_system
                .or(config.one_file_system)
                .unwrap_or(default.one_file_system),
            follow: source.follow || config.follow.unwrap_or_default(),
            git_config: source.git_config
                || config.git_config.unwrap_or_default()
                || holds_home(paths),
            cache: source.cache.clone(),
            fleet_key,
            settings: Arc::clone(&ready),
            ..default
        };
        let of_config_name = |name: Option<&config::EnvName>| name.map(|name| name.0.clone());
        let usual = Names::default();
        let plan = PlanOptions {
            names: Names {
                token: names
                    .token_variable
                    .clone()
                    .or(of_config_name(config.names.token.as_ref()))
                    .unwrap_or(usual.token),
                email: names
                    .email_variable
                    .clone()
                    .or(of_config_name(config.names.email.as_ref()))
                    .unwrap_or(usual.email),
            },
            keep_variable_names: names.keep_variable_names
                || config.keep_variable_names.unwrap_or_default(),
            settings: ready,
            ..PlanOptions::default()
        };
        Ok(Self {
            scan,
            plan,
            email: config.account.email.map(|email| email.0.0),
            timeline: timeline(Timeline::default(), verdict, &config.timeline)?,
            notes: config.notes.unwrap_or_default(),
            show_suppressed: config.show_suppressed.unwrap_or_default(),
            host: source.host_name.as_deref().map(output::clean),
            time_limit: None,
            max_load: None,
            owners: config.owners.0,
            base: base_of(folder),
            expired,
            config: found.map(|path| output::clean(&path.to_string_lossy())),
            described,
            of_config,
        })
    }
}

impl Choices {
    /// Names the owners that the config has.
    pub(crate) fn name_owners(&self, owned: &mut Ownerships, findings: &[Finding]) {
        if !self.owners.is_empty() {
            name_owners(owned, findings, &self.owners, self.base.as_deref());
        }
    }

    /// Asks for one part of it all.
    pub(crate) fn with_shard(mut self, shard: Option<Shard>) -> Self {
        if let Some(shard) = shard {
            self.described.insert("shard".into(), shard.to_string());
        }
        self.scan.shard = shard;
        self
    }

    /// Asks for the history too.
    pub(crate) fn with_history(mut self, history: Option<HistoryOptions>) -> Self {
        if let Some(options) = &history {
            let HistoryOptions { only, since, branches, unreachable } = options;
            let name = if *only { "history-only" } else { "history" };
            self.described.insert(name.into(), "true".into());
            if let Some(since) = since {
                let since = Timestamp::from_second(*since).unwrap_or_default();
                self.described.insert("since".into(), since.to_string());
            }
            if !branches.is_empty() {
                self.described.insert("branch".into(), output::clean(&branches.join(" ")));
            }
            if *unreachable {
                self.described.insert("unreachable".into(), "true".into());
            }
        }
        self.scan.history = history;
        self
    }
}

/// The dates: those of flags, else of the config, else `usual`.
pub(crate) fn timeline(
    usual: Timeline,
    verdict: &VerdictArgs,
    dates: &Dates,
) -> anyhow::Result<Timeline> {
    let day =
        |flag: Option<jiff::civil::Date>, day: Option<config::Day>| flag.or(day.map(|day| day.0));
    let timeline = Timeline {
        creation_ended: day(verdict.creation_ended, dates.creation_ended)
            .unwrap_or(usual.creation_ended),
        brownouts_start: day(verdict.brownouts_start, dates.brownouts_start)
            .unwrap_or(usual.brownouts_start),
        removed: day(verdict.removed, dates.removed).unwrap_or(usual.removed),
    };
    ensure!(
        timeline.creation_ended <= timeline.brownouts_start
            && timeline.brownouts_start <= timeline.removed,
        "the dates are not in order: creation ended {}, brownouts {}, removed {}",
        timeline.creation_ended,
        timeline.brownouts_start,
        timeline.removed
    );
    Ok(timeline)
}

fn additions(
    args: &SettingsArgs,
    config: &Config,
    folder: Option<&Path>,
) -> anyhow::Result<Additions> {
    let disabled = args.disable.iter().map(|id| Rule::from_id(id).context("no such rule"));
    let of_config = config.rules.disable.iter().map(|rule| Ok(rule.0));
    let allowed = args.allow.iter().map(|id| Allow {
        id: Some(id.clone()),
        path: None,
        rule: None,
        pattern: None,
        reason: "--allow".into(),
    });
    let hosts = |of_config: &[config::Text<_>], of_flags: &[_]| -> Vec<_> {
        of_config.iter().map(|host| &host.0).chain(of_flags).cloned().collect()
    };
    let names = |of_config: &[config::Text<_>], of_flags: &[_]| -> Vec<_> {
        of_config.iter().map(|name| &name.0).chain(of_flags).cloned().collect()
    };
    Ok(Additions {
        git_hosts: hosts(&config.hosts.git, &args.git_host),
        rest_hosts: hosts(&config.hosts.rest, &args.rest_host),
        secrets: names(&config.variables.secrets, &args.secret_variable),
        usernames: names(&config.variables.usernames, &args.username_variable),
        disabled: of_config.chain(disabled).collect::<anyhow::Result<_>>()?,
        allow: config.allow.iter().map(|entry| entry.0.clone()).chain(allowed).collect(),
        base: base_of(folder),
    })
}

/// The folder of the config, links resolved.
fn base_of(folder: Option<&Path>) -> Option<PathBuf> {
    let folder = folder?;
    let folder = if folder == Path::new("") { Path::new(".") } else { folder };
    folder.canonicalize().ok()
}

/// The options that decide what is found, by flag, and which of them only the config gave.
fn describe(
    args: &SweepArgs,
    config: &Config,
    paths: &[PathBuf],
) -> (BTreeMap<String, String>, Vec<String>) {
    let SweepArgs { source, settings, .. } = args;
    let mut rows = BTreeMap::new();
    let mut of_config = Vec::new();
    let home = holds_home(paths);
    for (flag, given, set) in [
        ("respect-gitignore", source.respect_gitignore, config.respect_gitignore),
        ("follow", source.follow, config.follow),
        ("git-config", source.git_config || home, config.git_config),
    ] {
        rows.insert(flag.to_owned(), (given || set.unwrap_or_default()).to_string());
        if !given && set == Some(true) {
            of_config.push(flag.to_owned());
        }
    }
    let one = source.one_file_system.or(config.one_file_system).unwrap_or(true);
    rows.insert("one-file-system".into(), one.to_string());
    if source.one_file_system.is_none() && config.one_file_system.is_some() {
        of_config.push("one-file-system".into());
    }
    if let Some(bytes) = source.max_filesize.or(config.max_filesize.map(|size| size.0)) {
        rows.insert("max-filesize".into(), bytes.to_string());
        if source.max_filesize.is_none() {
            of_config.push("max-filesize".into());
        }
    }
    let texts = |items: &[String]| items.to_vec();
    for (flag, given, set) in [
        (
            "exclude",
            texts(&source.exclude),
            config.exclude.iter().map(|glob| glob.0.clone()).collect::<Vec<_>>(),
        ),
        (
            "disable",
            texts(&settings.disable),
            config.rules.disable.iter().map(|rule| rule.0.id().to_owned()).collect(),
        ),
        ("allow", texts(&settings.allow), Vec::new()),
        ("git-host", shown(&settings.git_host), of_texts(&config.hosts.git)),
        ("rest-host", shown(&settings.rest_host), of_texts(&config.hosts.rest)),
        ("secret-variable", shown(&settings.secret_variable), of_texts(&config.variables.secrets)),
        (
            "username-variable",
            shown(&settings.username_variable),
            of_texts(&config.variables.usernames),
        ),
    ] {
        if given.is_empty() && !set.is_empty() {
            of_config.push(flag.to_owned());
        }
        let all: Vec<_> = if given.is_empty() { set } else { given };
        if !all.is_empty() {
            rows.insert(flag.to_owned(), output::clean(&all.join(" ")));
        }
    }
    match (&settings.baseline, &config.baseline) {
        (Some(file), _) => {
            rows.insert("baseline".into(), output::clean(&file.to_string_lossy()));
        }
        (None, Some(file)) => {
            rows.insert("baseline".into(), output::clean(&file.to_string_lossy()));
            of_config.push("baseline".into());
        }
        (None, None) => {}
    }
    if settings.no_config {
        rows.insert("no-config".into(), "true".into());
    }
    if let Some(path) = &settings.config {
        rows.insert("config".into(), output::clean(&path.to_string_lossy()));
    }
    (rows, of_config)
}

fn shown<T: ToString>(items: &[T]) -> Vec<String> {
    items.iter().map(ToString::to_string).collect()
}

fn of_texts<T: ToString>(items: &[config::Text<T>]) -> Vec<String> {
    items.iter().map(|item| item.0.to_string()).collect()
}
