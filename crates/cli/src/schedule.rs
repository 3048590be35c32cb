//! `audit install` and `audit uninstall`: has the system's scheduler run the audit.

mod cron;
mod launchd;
mod systemd;
mod windows;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail, ensure};

use crate::args::{InstallArgs, Scheduler};
use crate::changes::{DIM, GOOD, STRONG};
use crate::config;
use crate::exit::Status;
use crate::output::{self, shell_word};

/// What is to be run.
pub(crate) struct Job {
    /// The program's file.
    program: PathBuf,
    config: PathBuf,
    /// The file with a webhook's URL.
    notify: Option<PathBuf>,
    /// Folders besides the state that the audit writes files to.
    writes: Vec<PathBuf>,
    /// Whether it is the system's, or the user's own.
    system: bool,
    when: When,
}

impl Job {
    /// Arguments of the program, for a scheduler that writes a file's name so.
    fn arguments(&self, quoted: impl Fn(&str) -> String) -> Vec<String> {
        let word = str::to_owned;
        let mut words =
            vec![word("audit"), word("--config"), quoted(&self.config.display().to_string())];
        words.push(word("--quiet"));
        if let Some(file) = &self.notify {
            words.extend([word("--notify"), quoted(&format!("@{}", file.display()))]);
            words.extend([word("--notify-on"), word("trouble")]);
        }
        words
    }
}

/// How often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum When {
    Hourly,
    Daily,
    Weekly,
}

/// A file of a scheduler.
struct Unit {
    path: PathBuf,
    text: String,
}

/// What a scheduler wants.
struct Plan {
    units: Vec<Unit>,
    /// Commands once the units are there, each a program with arguments.
    enable: Vec<Vec<String>>,
    /// Commands before they are deleted.
    disable: Vec<Vec<String>>,
    /// What is given to `crontab -`, which keeps its own file: the lines between the marks.
    crontab: Option<String>,
}

pub(crate) fn install(args: &InstallArgs) -> anyhow::Result<Status> {
    let (job, plan) = plan(args, true)?;
    if args.dry_run {
        return show(&plan, &plan.enable).map(|()| Status::NothingToDo);
    }
    ensure!(
        job.config.is_file() || args.root.is_some(),
        "{} is no file: the audit would find nothing to do",
        job.config.display()
    );
    for unit in &plan.units {
        let path = under(args.root.as_deref(), &unit.path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)
                .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        }
        write(&path, &unit.text).with_context(|| format!("cannot write {}", path.display()))?;
        say("wrote", &path.display().to_string())?;
    }
    if let Some(lines) = &plan.crontab {
        let new = cron::with_block(&crontab()?, Some(lines));
        set_crontab(&new)?;
        say("wrote", "the crontab of this user")?;
    }
    if args.root.is_some() {
        return Ok(Status::NothingToDo);
    }
    run_all(&plan.enable)?;
    Ok(Status::NothingToDo)
}

pub(crate) fn uninstall(args: &InstallArgs) -> anyhow::Result<Status> {
    let (_, plan) = plan(args, false)?;
    if args.dry_run {
        let mut out = anstream::stdout().lock();
        for unit in &plan.units {
            writeln!(out, "{STRONG}rm{STRONG:#} {}", unit.path.display())?;
        }
        if plan.crontab.is_some() {
            writeln!(out, "the lines of bbsweep in the crontab of this user")?;
        }
        return Ok(Status::NothingToDo);
    }
    let there = |unit: &&Unit| under(args.root.as_deref(), &unit.path).exists();
    let found: Vec<&Unit> = plan.units.iter().filter(there).collect();
    if let Some(lines) = &plan.crontab {
        let old = crontab()?;
        let new = cron::with_block(&old, None);
        ensure!(new != old, "the crontab of this user has no lines of bbsweep");
        set_crontab(&new)?;
        say("removed", &format!("{} lines of the crontab of this user", lines.lines().count()))?;
        return Ok(Status::NothingToDo);
    }
    ensure!(!found.is_empty(), "nothing of it is installed");
    if args.root.is_none() {
        run_all(&plan.disable)?;
    }
    for unit in found {
        let path = under(args.root.as_deref(), &unit.path);
        fs::remove_file(&path).with_context(|| format!("cannot delete {}", path.display()))?;
        say("removed", &path.display().to_string())?;
    }
    Ok(Status::NothingToDo)
}

/// `install` needs to know what the config writes; to uninstall takes no config.
fn plan(args: &InstallArgs, reads_config: bool) -> anyhow::Result<(Job, Plan)> {
    let system = !args.user;
    let config = match &args.config {
        Some(path) => std::path::absolute(path)?,
        None if system => PathBuf::from("/etc/bbsweep/bbsweep.toml"),
        None => home()?.join(".config/bbsweep/bbsweep.toml"),
    };
    let mut writes = Vec::new();
    if reads_config && config.is_file() {
        let folder = config.parent().unwrap_or(Path::new("/")).to_path_buf();
        let audit = config::read(&config)?.audit;
        writes = audit
            .output
            .iter()
            .filter_map(|file| folder.join(&file.path).parent().map(Path::to_path_buf))
            .chain(audit.state_dir.map(|dir| folder.join(dir)))
            .collect();
        writes.sort();
        writes.dedup();
    }
    let program = match &args.program {
        Some(program) => program.clone(),
        None => std::env::current_exe().context("cannot tell where bbsweep is")?,
    };
    let notify = args.notify.as_deref().map(std::path::absolute).transpose()?;
    for path in [&program, &config].into_iter().chain(&writes).chain(&notify) {
        let plain = |c: char| !c.is_control() && !"\"'\\%$&<>`".contains(c);
        ensure!(
            path.to_str().is_some_and(|text| text.chars().all(plain)),
            "{} has characters that schedulers read as their own",
            path.display()
        );
    }
    let job = Job { program, config, notify, writes, system, when: args.when };
    let plan = match args.scheduler() {
        Scheduler::Systemd => systemd::plan(&job)?,
        Scheduler::Cron => cron::plan(&job),
        Scheduler::Launchd => launchd::plan(&job)?,
        Scheduler::WindowsTask => windows::plan(&job)?,
    };
    Ok((job, plan))
}

fn home() -> anyhow::Result<PathBuf> {
    std::env::home_dir().context("no home directory")
}

/// `path` below another root, for packages and tests.
fn under(root: Option<&Path>, path: &Path) -> PathBuf {
    match root {
        None => path.to_path_buf(),
        Some(root) => root.join(path.strip_prefix("/").unwrap_or(path)),
    }
}

/// In one step, readable by all: a unit holds no secret.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        file.as_file().set_permissions(fs::Permissions::from_mode(0o644))?;
    }
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

fn say(done: &str, what: &str) -> io::Result<()> {
    writeln!(anstream::stdout().lock(), "{GOOD}{done}{GOOD:#} {}", output::clean(what))
}

fn show(plan: &Plan, commands: &[Vec<String>]) -> anyhow::Result<()> {
    let mut out = anstream::stdout().lock();
    for unit in &plan.units {
        writeln!(out, "{DIM}# {}{DIM:#}\n{}", unit.path.display(), unit.text)?;
    }
    if let Some(lines) = &plan.crontab {
        writeln!(out, "{DIM}# the crontab of this user{DIM:#}\n{lines}")?;
    }
    for command in commands {
        writeln!(out, "{STRONG}{}{STRONG:#}", line(command))?;
    }
    Ok(())
}

fn line(command: &[String]) -> String {
    command.iter().map(|word| shell_word(Path::new(word))).collect::<Vec<_>>().join(" ")
}

/// Runs the scheduler's commands. One that is not there is told, with what to run.
fn run_all(commands: &[Vec<String>]) -> anyhow::Result<()> {
    for command in commands {
        let [program, args @ ..] = &command[..] else { continue };
        match Command::new(program).args(args).stdin(Stdio::null()).status() {
            Ok(status) if status.success() => say("ran", &line(command))?,
            Ok(status) => bail!("{} ended with {status}", line(command)),
            Err(error) => bail!("run {} where it is: {error}", line(command)),
        }
    }
    Ok(())
}

/// The user's crontab; empty if there is none.
fn crontab() -> anyhow::Result<String> {
    let output = Command::new("crontab").arg("-l").output().context("cannot run crontab")?;
    if output.status.success() {
        return String::from_utf8(output.stdout).context("the crontab is not UTF-8");
    }
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(said.contains("no crontab"), "crontab -l: {}", output::clean(said.trim()));
    Ok(String::new())
}

fn set_crontab(text: &str) -> anyhow::Result<()> {
    let mut child = Command::new("crontab")
        .arg("-")
        .stdin(Stdio::piped())
        .spawn()
        .context("cannot run crontab")?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(text.as_bytes())?;
    }
    let status = child.wait()?;
    ensure!(status.success(), "crontab ended with {status}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_put_below_another_root() {
        assert_eq!(under(Some(Path::new("/x")), Path::new("/etc/a")), Path::new("/x/etc/a"));
        assert_eq!(under(None, Path::new("/etc/a")), Path::new("/etc/a"));
    }
}
