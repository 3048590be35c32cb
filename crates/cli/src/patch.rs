//! `patch`: edits as unified diffs, and a document to review them by.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use bbsweep_report::{Format, Report, render};
use bbsweep_rewriters::patch::{LeftOut, Written, write, write_split};
use bbsweep_rewriters::{Applicability, Fix, Group, Plan, PlanOptions, plan as plan_of};
use serde::Serialize;

use crate::args::{PatchCommand, PatchFormat, SplitBy};
use crate::branch;
use crate::changes::{BAD, GOOD, STRONG, ToDo, count, shown_path};
use crate::choices::Choices;
use crate::exit::Status;
use crate::output::{self, Screen, shell_word};
use crate::plan;
use crate::review;
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
    /// The same, side by side, in a browser.
    page: Option<String>,
    /// Every edit of the patches, for `apply --plan`.
    plan: Option<String>,
    /// Files whose edits cannot be in the plan.
    not_planned: Vec<LeftOutRow>,
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
    /// The owners or rules whose edits it holds, if the patches are split by them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    split_by: Vec<String>,
}

pub(crate) fn run(command: &PatchCommand, screen: Screen) -> anyhow::Result<Status> {
    refuse_stdin(&command.paths.paths)?;
    let dir = std::path::absolute(&command.output)
        .with_context(|| format!("cannot use the folder {}", command.output.display()))?;
    ensure_empty(&dir)?;
    ensure!(
        command.split_by == SplitBy::Repo || command.format != PatchFormat::FormatPatch,
        "format-patch makes one mail for each repository; --commit-per-rule makes one for each rule"
    );
    let choices = Choices::new(&command.paths.paths, &command.sweep, &command.verdict)?;
    let mut sweep = Sweep::run(choices, screen)?;
    let options = sweep.plan_options(PlanOptions::default());
    let plan = plan_of(&sweep.outcome.findings, &options);
    if !sweep.cancelled {
        sweep.ask_owners(!command.no_blame);
    }
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
    if command.format == PatchFormat::FormatPatch {
        return mail(command, &sweep, &plan, &report, &dir, screen);
    }
    let mut written = Vec::new();
    if sweep.has_findings() {
        written = match labels(command.split_by, &sweep, &plan) {
            None => write(&plan, &dir, least),
            Some(labels) => write_split(&plan, &dir, least, &labels),
        }
        .context("cannot write the patches")?;
    }
    let left_out: Vec<_> = written.iter().flat_map(|patch| &patch.left_out).collect();
    for left_out in &left_out {
        for &fix in plan.files.get(left_out.file).map_or(&[][..], |file| &file.fixes) {
            made[fix] = false;
        }
    }
    let mut summary = Summary {
        patches: written.iter().filter(|patch| patch.files > 0).map(row).collect(),
        left_out: left_out.iter().map(|row| left_out_row(&report, &plan, row)).collect(),
        review: None,
        page: None,
        plan: None,
        not_planned: Vec::new(),
        to_do: ToDo::new(&report, &plan, &made),
    };
    if sweep.has_findings() {
        summary.review = Some(review(&dir, &report, screen)?);
        let commands = summary.patches.iter().map(|patch| patch.command.clone()).collect();
        summary.page = Some(review::write(&dir, &sweep, &plan, &options, &report, commands)?);
        let (path, not_planned) = plan::write(&dir, &sweep, &plan, least)?;
        summary.plan = Some(output::clean(&path.to_string_lossy()));
        summary.not_planned =
            not_planned.iter().map(|row| left_out_row(&report, &plan, row)).collect();
    }
    output::document(None, |out| match command.format {
        PatchFormat::Json => output::json(&summary, out),
        PatchFormat::Terminal | PatchFormat::FormatPatch => summary.write(&dir, screen, out),
    })?;
    Ok(status)
}

fn left_out_row(report: &Report, plan: &Plan, row: &LeftOut) -> LeftOutRow {
    LeftOutRow { path: shown_path(report, plan, row.file), reason: row.reason.clone() }
}

/// Writes the edits of what each repository has checked out as mails.
fn mail(
    command: &PatchCommand,
    sweep: &Sweep,
    plan: &Plan,
    report: &Report,
    dir: &Path,
    screen: Screen,
) -> anyhow::Result<Status> {
    let least = if command.safe_only { Applicability::Safe } else { Applicability::Review };
    let (planned, refused) = branch::repositories(sweep, plan, least);
    let mut made = branch::Made::new();
    let mut patches = Vec::new();
    let names = branch::names(&planned);
    for (one, name) in planned.iter().zip(names) {
        let mails = one
            .head
            .mails(&one.plan, least, command.commit_per_rule)
            .map_err(anyhow::Error::msg)
            .with_context(|| format!("cannot make a mail of {}", one.head.top().display()))?;
        if mails.is_empty() {
            continue;
        }
        let paths = mails.write(dir, &name).context("cannot write the patches")?;
        one.note(&mails.fixes, &mut made);
        let run_in = shell_word(one.head.top());
        let all: Vec<_> = paths.iter().map(|path| shell_word(path)).collect();
        patches.push(PatchRow {
            path: output::clean(
                &paths.iter().map(|path| path.to_string_lossy()).collect::<Vec<_>>().join(" "),
            ),
            files: mails.files,
            fixes: mails.fixes.len(),
            command: output::clean(&format!("git -C {run_in} am {}", all.join(" "))),
            run_in: output::clean(&one.head.top().to_string_lossy()),
            split_by: Vec::new(),
        });
    }
    let findings = &sweep.outcome.findings;
    let is_made: Vec<bool> =
        findings.iter().map(|finding| branch::is_made(finding, &made)).collect();
    let mut left_out: Vec<LeftOutRow> = refused
        .into_iter()
        .map(|one| LeftOutRow {
            path: output::clean(&one.repository),
            reason: output::clean(&one.reason),
        })
        .collect();
    left_out.extend(branch::uncommitted(sweep, plan, least, &is_made).into_iter().map(|path| {
        LeftOutRow {
            path,
            reason:
                "HEAD does not hold what was found: `--format terminal` makes a patch of the file"
                    .into(),
        }
    }));
    for (index, file) in plan.files.iter().enumerate() {
        if !matches!(file.group, Group::WorkTree(_)) {
            left_out.push(LeftOutRow {
                path: shown_path(report, plan, index),
                reason: "no commit holds it, so no mail can: `bbsweep apply` edits it".into(),
            });
        }
    }
    let mut summary = Summary {
        patches,
        left_out,
        review: None,
        page: None,
        plan: None,
        not_planned: Vec::new(),
        to_do: ToDo::new(report, plan, &is_made),
    };
    if sweep.has_findings() {
        summary.review = Some(review(dir, report, screen)?);
        let commands = summary.patches.iter().map(|patch| patch.command.clone()).collect();
        let options = sweep.plan_options(PlanOptions::default());
        summary.page = Some(review::write(dir, sweep, plan, &options, report, commands)?);
    }
    output::document(None, |out| summary.write(dir, screen, out))?;
    Ok(Status::of_report(report, command.verdict.exit_zero))
}

/// Writes the document to review the edits by.
fn review(dir: &Path, report: &Report, screen: Screen) -> anyhow::Result<String> {
    let review = dir.join(REVIEW);
    make_private(dir)?;
    let options = screen.render_options(Some(&review), true, true);
    output::file(&review, |out| render(report, Format::Markdown, options, out))
        .with_context(|| format!("cannot write {}", review.display()))?;
    Ok(output::clean(&review.to_string_lossy()))
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
        split_by: written.labels.clone(),
    }
}

/// Whose edits a patch holds.
fn of(labels: &[String]) -> String {
    if labels.is_empty() { String::new() } else { format!(" ({})", labels.join(", ")) }
}

/// What each fix is labelled, where the patches are split.
fn labels(split_by: SplitBy, sweep: &Sweep, plan: &Plan) -> Option<Vec<String>> {
    let label = |index: usize| match split_by {
        SplitBy::Rule => plan.rules[index].id().to_owned(),
        _ => match sweep.owners(index) {
            owners if owners.is_empty() => "no owner".to_owned(),
            owners => owners.join(" "),
        },
    };
    (split_by != SplitBy::Repo).then(|| (0..plan.fixes.len()).map(label).collect())
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
                "{GOOD}wrote{GOOD:#} {}  {}, {}{}",
                patch.path,
                count(patch.files, "file"),
                count(patch.fixes, "change"),
                of(&patch.split_by)
            )?;
            writeln!(out, "      {}", patch.command)?;
        }
        for LeftOutRow { path, reason } in &self.left_out {
            writeln!(out, "{BAD}left out{BAD:#} {path}: {reason}")?;
        }
        if let Some(review) = &self.review {
            writeln!(out, "{GOOD}wrote{GOOD:#} {review}")?;
        }
        if let Some(page) = &self.page {
            writeln!(out, "{GOOD}wrote{GOOD:#} {page}  side by side, in a browser")?;
        }
        if let Some(plan) = &self.plan {
            writeln!(
                out,
                "{GOOD}wrote{GOOD:#} {plan}  every edit, no secret: bbsweep apply --plan"
            )?;
        }
        for LeftOutRow { path, reason } in &self.not_planned {
            writeln!(out, "{BAD}not in the plan{BAD:#} {path}: {reason}")?;
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
