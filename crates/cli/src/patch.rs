//! `patch`: edits as unified diffs, and a document to review them by.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use bbsweep_report::{Format, render};
use bbsweep_rewriters::patch::{LeftOut, Written, write};
use bbsweep_rewriters::{Applicability, Fix, PlanOptions};
use serde::Serialize;

use crate::args::{PatchCommand, TextFormat};
use crate::changes::{BAD, GOOD, STRONG, ToDo, count, shown_path};
use crate::choices::Choices;
use crate::exit::Status;
use crate::output::{self, Screen, shell_word};
use crate::scan::{Sweep, warn_of_unread};

/// The review document's name.
const REVIEW: &str = "review.md";

/// What was written.
#[derive(Debug, Serialize)]
struct Summary {
    patches: Vec<PatchRow>,
    /// Files that no patch could be made for.
    left_out: Vec<LeftOutRow>,
    review: Option<String>,
    #[serde(flatten)]
    to_do: ToDo,
}

#[derive(Debug, Serialize)]
struct LeftOutRow {
    path: String,
    reason: String,
}

#[derive(Debug, Serialize)]
struct PatchRow {
    path: String,
    run_in: String,
    files: usize,
    fixes: usize,
    command: String,
}

pub(crate) fn run(command: &PatchCommand, screen: Screen) -> anyhow::Result<Status> {
    refuse_stdin(&command.paths.paths)?;
    let dir = std::path::absolute(&command.output)
        .with_context(|| format!("cannot use the folder {}", command.output.display()))?;
    ensure_empty(&dir)?;
    let choices = Choices::new(&command.paths.paths, &command.sweep, &command.verdict)?;
    let sweep = Sweep::run(choices, screen)?;
    let plan = sweep.plan(PlanOptions::default());
    let report = sweep.report(&plan, command.verdict.today);
    warn_of_unread(&report);
    let status = Status::of_report(&report, command.verdict.exit_zero);
    if sweep.cancelled {
        output::message("stopped: no patch was written, because it would not be whole");
        return Ok(status);
    }
    let least = if command.safe_only { Applicability::Safe } else { Applicability::Review };
    let chosen = |fix: &Fix| fix.applicability >= least && !fix.edits.is_empty();
    let mut made: Vec<bool> = plan.fixes.iter().map(chosen).collect();
    let mut written = Vec::new();
    if sweep.has_findings() {
        written = write(&plan, &dir, least).context("cannot write the patches")?;
    }
    let left_out: Vec<_> = written.iter().flat_map(|patch| &patch.left_out).collect();
    for left_out in &left_out {
        for &fix in plan.files.get(left_out.file).map_or(&[][..], |file| &file.fixes) {
            made[fix] = false;
        }
    }
    let mut summary = Summary {
        patches: written.iter().filter(|patch| patch.files > 0).map(row).collect(),
        left_out: left_out
            .iter()
            .map(|LeftOut { file, reason, .. }| LeftOutRow {
                path: shown_path(&report, &plan, *file),
                reason: reason.clone(),
            })
            .collect(),
        review: None,
        to_do: ToDo::new(&report, &plan, &made),
    };
    if sweep.has_findings() {
        let review = dir.join(REVIEW);
        make_private(&dir)?;
        let options = screen.render_options(Some(&review), true, true);
        output::file(&review, |out| render(&report, Format::Markdown, options, out))
            .with_context(|| format!("cannot write {}", review.display()))?;
        summary.review = Some(output::clean(&review.to_string_lossy()));
    }
    output::document(None, |out| match command.format {
        TextFormat::Json => output::json(&summary, out),
        TextFormat::Terminal => summary.write(&dir, screen, out),
    })?;
    Ok(status)
}

/// What comes in on standard input has no file to rewrite.
pub(crate) fn refuse_stdin(paths: &[PathBuf]) -> anyhow::Result<()> {
    ensure!(
        !paths.iter().any(|path| path == Path::new("-")),
        "standard input cannot be rewritten; `bbsweep scan -` reports what is in it"
    );
    Ok(())
}

fn row(written: &Written) -> PatchRow {
    let run_in = shell_word(&written.run_in);
    PatchRow {
        path: output::clean(&written.path.to_string_lossy()),
        files: written.files,
        fixes: written.fixes,
        command: output::clean(&format!("git -C {run_in} apply {}", shell_word(&written.path))),
        run_in: output::clean(&written.run_in.to_string_lossy()),
    }
}

/// Patches of an earlier run would be mistaken for this one's, and hold old secrets.
fn ensure_empty(dir: &Path) -> anyhow::Result<()> {
    let name = dir.display();
    match dir.read_dir() {
        Ok(mut entries) => {
            ensure!(
                entries.next().is_none(),
                "the folder {name} is not empty; name another with -o, or delete it"
            );
            Ok(())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => bail!("cannot use the folder {name}: {error}"),
    }
}

/// Makes the folder where no patch did.
fn make_private(dir: &Path) -> anyhow::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).with_context(|| format!("cannot make the folder {}", dir.display()))
}

impl Summary {
    fn write(&self, dir: &Path, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
        if self.review.is_none() {
            return writeln!(out, "Nothing to do: no patch is needed.");
        }
        for patch in &self.patches {
            writeln!(
                out,
                "{GOOD}wrote{GOOD:#} {}  {}, {}",
                patch.path,
                count(patch.files, "file"),
                count(patch.fixes, "change")
            )?;
            writeln!(out, "      {}", patch.command)?;
        }
        for LeftOutRow { path, reason } in &self.left_out {
            writeln!(out, "{BAD}left out{BAD:#} {path}: {reason}")?;
        }
        if let Some(review) = &self.review {
            writeln!(out, "{GOOD}wrote{GOOD:#} {review}")?;
        }
        if self.patches.is_empty() {
            writeln!(out, "\nNo finding can be rewritten by a patch; the review says what to do.")?;
        } else {
            let text = "The patch files hold the OLD SECRETS in clear, in the lines that they remove \
                        (folder mode 0700, files 0600). Delete the folder when they are applied:";
            writeln!(out, "\n{STRONG}{}{STRONG:#}", output::fill(text, ""))?;
            writeln!(out, "      rm -r {}", shell_word(dir))?;
        }
        if !screen.quiet {
            self.to_do.write(screen.verbose, out)?;
        }
        let fixes = self.patches.iter().map(|patch| patch.fixes).sum();
        writeln!(
            out,
            "\n{} with {}; {} without an edit.",
            count(self.patches.len(), "patch").replace("patchs", "patches"),
            count(fixes, "change"),
            count(self.to_do.left.len(), "finding")
        )
    }
}
