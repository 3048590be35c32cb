//! The plan as a document: `patch` writes it, `apply --plan` makes its edits.

use std::fs;
use std::io::{self, Read as _, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use bbsweep_rewriters::apply::apply as apply_plan;
use bbsweep_rewriters::patch::LeftOut;
use bbsweep_rewriters::{Applicability, Plan, PlanDocument};
use serde::Serialize;

use crate::apply::{FileRow, write_rows};
use crate::args::{ApplyCommand, TextFormat};
use crate::changes::{STRONG, count};
use crate::exit::Status;
use crate::output::{self, Screen};
use crate::recover;
use crate::scan::Sweep;

/// The document's name in the folder of the patches.
pub(crate) const PLAN: &str = "plan.json";

/// Writes the fixes of at least `least` into `dir`. Names the files that cannot be in a plan.
pub(crate) fn write(
    dir: &Path,
    sweep: &Sweep,
    plan: &Plan,
    least: Applicability,
) -> anyhow::Result<(PathBuf, Vec<LeftOut>)> {
    let (document, left_out) = PlanDocument::new(
        plan,
        &sweep.outcome.findings,
        sweep.roots.clone(),
        least,
        env!("CARGO_PKG_VERSION"),
    );
    let path = dir.join(PLAN);
    output::file(&path, |out| output::json(&document, out))
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok((path, left_out))
}

/// What was done.
#[derive(Debug, Serialize)]
struct Summary {
    dry_run: bool,
    /// Where old secrets are kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    backup: Option<String>,
    files: Vec<FileRow>,
}

/// Makes the edits of the plan in `file`, each file's as the plan says or none.
pub(crate) fn apply(command: &ApplyCommand, file: &Path, screen: Screen) -> anyhow::Result<Status> {
    let shown = output::clean(&file.to_string_lossy());
    let bytes = read(file).with_context(|| format!("cannot read the plan {shown}"))?;
    let refused = || format!("the plan {shown} is refused, and nothing was changed");
    let document = PlanDocument::read(&bytes).map_err(anyhow::Error::msg).with_context(refused)?;
    let roots = &command.paths.paths;
    let plan = document.plan(roots).map_err(anyhow::Error::msg).with_context(refused)?;
    let options = recover::options(command, Applicability::Review, roots.clone())?;
    let row = |applied: bbsweep_rewriters::apply::Applied| FileRow {
        path: output::clean(&plan.files[applied.file].absolute.to_string_lossy()),
        fixes: applied.fixes,
        refused: applied.refused,
        notes: applied.notes,
    };
    let files: Vec<_> = apply_plan(&plan, &options).into_iter().map(row).collect();
    let is_edited = files.iter().any(|file| file.fixes > 0);
    let backup = recover::told_of_backup(&options, is_edited);
    let summary = Summary { dry_run: command.dry_run, backup, files };
    output::document(command.text.output.as_deref(), |out| match command.text.format {
        TextFormat::Json => output::json(&summary, out),
        TextFormat::Terminal => summary.write(screen, out),
    })?;
    let left = summary
        .files
        .iter()
        .any(|file| file.refused.is_some() || command.dry_run && file.fixes > 0);
    Ok(Status::of(left, true, command.verdict.exit_zero))
}

fn read(file: &Path) -> io::Result<Vec<u8>> {
    if file == Path::new("-") {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    fs::read(file)
}

impl Summary {
    fn write(&self, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
        if self.files.is_empty() {
            return writeln!(out, "Nothing to do: the plan has no edit.");
        }
        let (done, verb) =
            if self.dry_run { ("would edit", "to edit") } else { ("edited", "edited") };
        write_rows(&self.files, done, screen, out)?;
        if let Some(backup) = &self.backup {
            writeln!(out, "{STRONG}{}{STRONG:#}", output::fill(backup, ""))?;
        }
        let edited = || self.files.iter().filter(|file| file.fixes > 0);
        let refused = self.files.iter().filter(|file| file.refused.is_some()).count();
        writeln!(
            out,
            "\n{} {verb} ({}), {} as the plan has it already, {} refused.",
            count(edited().count(), "file"),
            count(edited().map(|file| file.fixes).sum(), "change"),
            self.files.len() - edited().count() - refused,
            refused
        )
    }
}
