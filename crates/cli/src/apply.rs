//! `apply`: edits made in place.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Context as _;
use bbsweep_report::Report;
use bbsweep_rewriters::apply::{Applied, apply};
use bbsweep_rewriters::{Applicability, Plan, PlanOptions, plan as plan_of};
use serde::Serialize;

use crate::args::{ApplyCommand, TextFormat};
use crate::branch;
use crate::changes::{BAD, GOOD, STRONG, ToDo, count, shown_path};
use crate::choices::Choices;
use crate::credential_helper::{self, SetUp};
use crate::exit::Status;
use crate::interactive;
use crate::output::{self, Screen};
use crate::patch::refuse_stdin;
use crate::plan;
use crate::recover;
use crate::scan::{Sweep, home, warn_of_unread};
use crate::token;

/// What was done.
#[derive(Debug, Serialize)]
struct Summary {
    dry_run: bool,
    /// Where old secrets are kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    backup: Option<String>,
    /// How git gets at the token.
    #[serde(skip_serializing_if = "Option::is_none")]
    credential_helper: Option<SetUp>,
    files: Vec<FileRow>,
    #[serde(flatten)]
    to_do: ToDo,
}

/// What became of one file.
#[derive(Debug, Serialize)]
pub(crate) struct FileRow {
    pub(crate) path: String,
    pub(crate) fixes: usize,
    pub(crate) refused: Option<String>,
    pub(crate) notes: Vec<String>,
}

pub(crate) fn run(command: &ApplyCommand, screen: Screen) -> anyhow::Result<Status> {
    refuse_stdin(&command.paths.paths)?;
    if let Some(how) = recover::asked(command) {
        return recover::run(command, how, screen);
    }
    recover::refuse_interrupted(command)?;
    if let Some(file) = &command.plan {
        return plan::apply(command, file, screen);
    }
    let choices = Choices::new(&command.paths.paths, &command.sweep, &command.verdict)?;
    if let Some(name) = &command.branch {
        return branch::apply(command, name, choices, screen);
    }
    if let Some(helper) = &command.credential_helper {
        credential_helper::check(helper)?;
    }
    let options = PlanOptions {
        token: token::read(command)?,
        email: command.email.as_ref().map(|email| email.0.clone()).or(choices.email.clone()),
        ..PlanOptions::default()
    };
    let token = options.token.clone();
    let sweep = Sweep::run(choices, screen)?;
    let options = sweep.plan_options(options);
    let plan = plan_of(&sweep.outcome.findings, &options);
    let report = sweep.report(&plan, command.verdict.today);
    warn_of_unread(&report);
    if sweep.cancelled {
        output::message("stopped: nothing was changed");
        return Ok(Status::of_report(&report, command.verdict.exit_zero));
    }
    let all = command.allow_unsafe || command.interactive;
    let least = if all { Applicability::Review } else { Applicability::Safe };
    let apply_options = recover::options(command, least, within(command, &sweep))?;
    let chosen = if command.interactive {
        interactive::choose(&plan, &sweep, &options, &report, screen.verbose)?
    } else {
        plan.clone()
    };
    let applied = apply(&chosen, &apply_options);
    let made = made(&chosen, &applied, least);
    let credential_helper = command
        .credential_helper
        .as_deref()
        .map(|helper| SetUp::make(helper, token.as_ref(), command.dry_run))
        .transpose()
        .context("the edits are made, and git is not set up for them")?;
    let is_edited = applied.iter().any(|applied| applied.fixes > 0);
    let summary = Summary {
        dry_run: command.dry_run,
        backup: recover::told_of_backup(&apply_options, is_edited),
        credential_helper,
        to_do: ToDo::new(&report, &plan, &made),
        files: applied.into_iter().map(|applied| file_row(&report, &plan, applied)).collect(),
    };
    output::document(command.text.output.as_deref(), |out| match command.text.format {
        TextFormat::Json => output::json(&summary, out),
        TextFormat::Terminal => summary.write(screen, out),
    })?;
    let left = if command.dry_run { sweep.has_findings() } else { !summary.to_do.left.is_empty() };
    Ok(Status::of(left, sweep.outcome.complete, command.verdict.exit_zero))
}

/// Where files may be written: below what the user named. A git config that was read from elsewhere
/// counts as named if `--git-config` asked for it and it is the user's own.
fn within(command: &ApplyCommand, sweep: &Sweep) -> Vec<PathBuf> {
    let mut within: Vec<PathBuf> =
        command.paths.paths.iter().filter_map(|path| path.canonicalize().ok()).collect();
    if let (true, Some(home)) = (sweep.choices.scan.git_config, home()) {
        let own = sweep
            .outcome
            .findings
            .iter()
            .filter(|finding| finding.location.git_config_key.is_some())
            .filter_map(|finding| finding.location.absolute.as_deref()?.canonicalize().ok())
            .filter(|path| path.starts_with(&home));
        within.extend(own);
        within.dedup();
    }
    within
}

/// For each fix, whether it is made (or would be).
fn made(plan: &Plan, applied: &[Applied], least: Applicability) -> Vec<bool> {
    let mut made = vec![false; plan.fixes.len()];
    for applied in applied.iter().filter(|applied| applied.refused.is_none()) {
        for &index in plan.files.get(applied.file).map_or(&[][..], |file| &file.fixes) {
            let fix = &plan.fixes[index];
            made[index] = fix.applicability >= least && !fix.edits.is_empty();
        }
    }
    made
}

fn file_row(report: &Report, plan: &Plan, applied: Applied) -> FileRow {
    FileRow {
        path: shown_path(report, plan, applied.file),
        fixes: applied.fixes,
        refused: applied.refused,
        notes: applied.notes,
    }
}

impl Summary {
    fn write(&self, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
        let (done, verb) =
            if self.dry_run { ("would edit", "to edit") } else { ("edited", "edited") };
        write_rows(&self.files, done, screen, out)?;
        if let Some(backup) = &self.backup {
            writeln!(out, "{STRONG}{}{STRONG:#}", output::fill(backup, ""))?;
        }
        if let Some(set_up) = &self.credential_helper {
            writeln!(out, "{}", set_up.text(self.dry_run))?;
        }
        let edited: Vec<&FileRow> =
            self.files.iter().filter(|file| file.refused.is_none()).collect();
        if self.files.is_empty() && self.to_do.left.is_empty() {
            return writeln!(out, "Nothing to do.");
        }
        if !screen.quiet {
            self.to_do.write(screen.verbose, out)?;
            writeln!(out)?;
        }
        let refused = self.files.len() - edited.len();
        write!(
            out,
            "{} {verb} ({})",
            count(edited.len(), "file"),
            count(edited.iter().map(|file| file.fixes).sum(), "change")
        )?;
        if refused > 0 {
            write!(out, ", {} refused", count(refused, "file"))?;
        }
        write!(out, "; {} left", count(self.to_do.left.len(), "finding"))?;
        match self.to_do.left_for_review() {
            0 => writeln!(out, "."),
            more => writeln!(out, " ({more} for review: --unsafe edits those too)."),
        }
    }
}

/// One line for each file, and its notes below.
pub(crate) fn write_rows(
    files: &[FileRow],
    done: &str,
    screen: Screen,
    out: &mut dyn Write,
) -> io::Result<()> {
    for file in files {
        match &file.refused {
            Some(reason) => writeln!(out, "{BAD}refused{BAD:#} {}: {reason}", file.path)?,
            None if screen.quiet => {}
            None => writeln!(
                out,
                "{GOOD}{done}{GOOD:#} {}  {}",
                file.path,
                count(file.fixes, "change")
            )?,
        }
        for note in &file.notes {
            writeln!(out, "      {note}")?;
        }
    }
    Ok(())
}
