//! `apply --resume`, `--undo` and `--finish`: what an earlier apply left is brought to an end.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use bbsweep_rewriters::Applicability;
use bbsweep_rewriters::apply::{ApplyOptions, Now, Recovered, Recovery, is_interrupted, recover};
use serde::Serialize;

use crate::args::{ApplyCommand, TextFormat};
use crate::changes::{BAD, GOOD, count};
use crate::exit::Status;
use crate::output::{self, Screen};

/// What was done.
#[derive(Debug, Serialize)]
struct Summary {
    files: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    path: String,
    /// `old`, `new` or `other`.
    now: &'static str,
    refused: Option<String>,
}

/// Which of the flags is given.
pub(crate) fn asked(command: &ApplyCommand) -> Option<Recovery> {
    [
        (command.resume, Recovery::Resume),
        (command.undo, Recovery::Undo),
        (command.finish, Recovery::Finish),
    ]
    .into_iter()
    .find_map(|(asked, how)| asked.then_some(how))
}

/// The options of an apply. Nothing is written without a journal.
pub(crate) fn options(
    command: &ApplyCommand,
    least: Applicability,
    within: Vec<PathBuf>,
) -> anyhow::Result<ApplyOptions> {
    let journal = if command.dry_run { None } else { Some(folder(command)?) };
    let backup = command.backup;
    Ok(ApplyOptions { least, dry_run: command.dry_run, within, journal, backup })
}

/// That old secrets are kept, and where, if they are.
pub(crate) fn told_of_backup(options: &ApplyOptions, is_edited: bool) -> Option<String> {
    let journal = options.journal.as_ref().filter(|_| options.backup && is_edited)?;
    Some(format!(
        "The old files, with the OLD SECRETS, are kept in {} (0600): apply --undo puts them back, apply \
         --finish wipes them.",
        output::clean(&journal.to_string_lossy())
    ))
}

/// Where journals are.
fn folder(command: &ApplyCommand) -> anyhow::Result<PathBuf> {
    if let Some(folder) = &command.journal {
        return std::path::absolute(folder).context("--journal");
    }
    let state = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from);
    let state = state.filter(|folder| folder.is_absolute());
    let state = state.or_else(|| Some(std::env::home_dir()?.join(".local").join("state")));
    let state = state.context("there is no home directory: name a folder with --journal")?;
    Ok(state.join("bbsweep").join("apply"))
}

/// A new apply would hide what a killed one left.
pub(crate) fn refuse_interrupted(command: &ApplyCommand) -> anyhow::Result<()> {
    if command.dry_run || command.branch.is_some() {
        return Ok(());
    }
    let folder = folder(command)?;
    let interrupted = is_interrupted(&folder, &command.paths.paths)
        .with_context(|| format!("cannot read the journals in {}", folder.display()))?;
    ensure!(
        !interrupted,
        "an earlier apply was killed here: `bbsweep apply PATH --resume` goes on with it, `--undo` \
         takes it back"
    );
    Ok(())
}

/// Brings what an earlier apply left below the paths to an end.
pub(crate) fn run(command: &ApplyCommand, how: Recovery, screen: Screen) -> anyhow::Result<Status> {
    let folder = folder(command)?;
    let (recovered, unread) = recover(&folder, &command.paths.paths, how)
        .with_context(|| format!("cannot bring it to an end by {}", folder.display()))?;
    for journal in &unread {
        output::message(format_args!("not read: {}: {}", journal.path.display(), journal.reason));
    }
    let summary = Summary { files: recovered.into_iter().map(Row::from).collect() };
    output::document(command.text.output.as_deref(), |out| match command.text.format {
        TextFormat::Json => output::json(&summary, out),
        TextFormat::Terminal => summary.write(how, screen, out),
    })?;
    let refused = summary.files.iter().any(|row| row.refused.is_some());
    Ok(Status::of(refused, unread.is_empty(), command.verdict.exit_zero))
}

impl From<Recovered> for Row {
    fn from(recovered: Recovered) -> Self {
        Self {
            path: output::clean(&recovered.path.to_string_lossy()),
            now: match recovered.now {
                Now::Old => "old",
                Now::New => "new",
                Now::Other => "other",
            },
            refused: recovered.refused,
        }
    }
}

impl Summary {
    fn write(&self, how: Recovery, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
        if self.files.is_empty() {
            let what = match how {
                Recovery::Resume => "no apply was killed here",
                Recovery::Undo => "no apply was killed here, and none kept backups",
                Recovery::Finish => "no apply kept backups here",
            };
            return writeln!(out, "Nothing to do: {what}.");
        }
        for row in &self.files {
            match &row.refused {
                Some(reason) => writeln!(out, "{BAD}refused{BAD:#} {}: {reason}", row.path)?,
                None if screen.quiet => {}
                None => writeln!(out, "{GOOD}{}{GOOD:#} {}", row.now, row.path)?,
            }
        }
        let of =
            |now| self.files.iter().filter(|row| row.refused.is_none() && row.now == now).count();
        writeln!(
            out,
            "\n{} as before, {} as rewritten, {} refused.",
            count(of("old"), "file"),
            of("new"),
            self.files.iter().filter(|row| row.refused.is_some()).count()
        )
    }
}
