//! `protect`: what hooks of git call.

use std::io::{self, Read as _, Write};
use std::path::Path;

use anyhow::Context as _;
use bbsweep_report::render;
use bbsweep_rewriters::Plan;
use bbsweep_scanner_core::{Cancel, Finding, HookEnvironment, HookRepository, Severity};
use jiff::Timestamp;

use crate::args::{DocumentFormat, NameArgs, ProtectCommand, SourceArgs, SweepArgs};
use crate::choices::Choices;
use crate::exit::Status;
use crate::output::{self, Screen};
use crate::scan::{Sweep, warn_of_unread};

/// Git puts `remote: ` before each line of a server's hook.
const REMOTE_WIDTH: usize = 72;

pub(crate) fn run(command: &ProtectCommand, screen: Screen) -> anyhow::Result<Status> {
    let started = Timestamp::now();
    let environment = HookEnvironment::of_process().context("the current folder is gone")?;
    let repository = HookRepository::open(environment)?;
    let top = repository.work_dir().unwrap_or_else(|| repository.common_dir()).to_path_buf();
    let choices = Choices::new(&[top], &sweep_args(command), &command.verdict)?;
    let cancel = Cancel::new();
    let outcome = if command.staged {
        repository.scan_staged(&choices.scan, &cancel)?
    } else {
        let mut lines = Vec::new();
        io::stdin().lock().read_to_end(&mut lines).context("cannot read standard input")?;
        repository.scan_pushed(&lines, &choices.scan, &cancel)?
    };
    let blocked = outcome.findings.iter().filter(|finding| finding.blocks()).count();
    let status = Status::of(blocked > 0, outcome.complete, command.verdict.exit_zero);
    let document = &command.document;
    let notes = document.notes || choices.notes;
    let suppressed = document.show_suppressed || choices.show_suppressed;
    let for_people = document.format == DocumentFormat::Terminal && document.output.is_none();
    let shown = |finding: &Finding| notes || finding.severity > Severity::Note;
    let silent = outcome.complete
        && !outcome.findings.iter().any(shown)
        && (!suppressed || outcome.suppressed.is_empty());
    if for_people && silent && !screen.verbose {
        return Ok(status);
    }
    let sweep = Sweep::of_hook(outcome, choices, started);
    let report = sweep.report(&Plan::default(), command.verdict.today);
    if !for_people {
        warn_of_unread(&report);
    }
    let output = document.output.as_deref();
    let mut options = screen.render_options(output, notes, suppressed);
    if command.pre_receive {
        options.width = options.width.min(REMOTE_WIDTH);
    }
    // The summary lists what was suppressed.
    options.brief = !screen.verbose && !suppressed;
    output::document(output, |out| {
        render(&report, document.format.into(), options, out)?;
        if for_people { advise(command, &sweep, blocked, out) } else { Ok(()) }
    })?;
    Ok(status)
}

/// What to do now, in lines that are short enough for a server's hook.
fn advise(
    command: &ProtectCommand,
    sweep: &Sweep,
    blocked: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let what = if command.staged { "commit" } else { "push" };
    let number = match blocked {
        1 => "1 new app password".to_owned(),
        number => format!("{number} new app passwords"),
    };
    let first = sweep.outcome.findings.iter().find(|finding| finding.blocks());
    let Some(first) = first else {
        if sweep.outcome.complete {
            writeln!(out, "This {what} may pass: no new app password is in it.")?;
        } else {
            writeln!(out, "This {what} is stopped: it could not be read whole.")?;
        }
        return Ok(());
    };
    if command.verdict.exit_zero {
        return writeln!(out, "This {what} brings in {number}.");
    }
    writeln!(out, "This {what} is stopped: it brings in {number}.")?;
    let path = output::shell_word(Path::new(&first.location.path));
    if command.staged {
        writeln!(out, "  fix it     bbsweep apply {path} --dry-run")?;
        writeln!(out, "             or take the secret out, then `git add` the file again")?;
    } else {
        writeln!(out, "  fix it     take the secret out of the commits themselves")?;
        writeln!(out, "             (git commit --amend, git rebase -i), then push again;")?;
        writeln!(out, "             a commit on top leaves it in the history")?;
    }
    writeln!(out, "  revoke it  at bitbucket.org/account/settings/app-passwords/")?;
    writeln!(out, "  allow it   with the comment `bbsweep:ignore` on its line,")?;
    let place = if command.staged { "" } else { " of the server" };
    writeln!(out, "             or with this in [[allow]] of bbsweep.toml{place}:")?;
    writeln!(out, "             id = \"{}\"", first.id)?;
    if command.staged {
        writeln!(out, "  skip it    git commit --no-verify")?;
    }
    Ok(())
}

/// What a scan takes, with all that has no meaning here left at its default.
fn sweep_args(command: &ProtectCommand) -> SweepArgs {
    let source = &command.source;
    SweepArgs {
        source: SourceArgs {
            host_name: None,
            respect_gitignore: false,
            exclude: source.exclude.clone(),
            max_filesize: source.max_filesize,
            one_file_system: None,
            follow: false,
            git_config: false,
            threads: source.threads,
            cache: None,
            fleet_key_file: source.fleet_key_file.clone(),
        },
        settings: command.settings.clone(),
        names: NameArgs { token_variable: None, email_variable: None, keep_variable_names: false },
    }
}
