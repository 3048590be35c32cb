//! `apply --branch`, and the commits that `patch --format format-patch` mails.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use bbsweep_rewriters::branch::{BranchOptions, Committed, Head, check_author};
use bbsweep_rewriters::{Applicability, Group, Plan, PlanOptions, plan};
use bbsweep_scanner_core::finding::Repository;
use bbsweep_scanner_core::{Finding, Outcome, Skipped, scan_contents};
use serde::Serialize;

use crate::args::{ApplyCommand, TextFormat};
use crate::changes::{BAD, GOOD, STRONG, ToDo, count};
use crate::choices::Choices;
use crate::exit::Status;
use crate::output::{self, Screen, shell_word};
use crate::scan::{Sweep, warn_of_unread};

/// One repository and the edits of what it has checked out.
pub(crate) struct Planned {
    pub(crate) head: Head,
    outcome: Outcome,
    pub(crate) plan: Plan,
}

/// A repository for which nothing can be committed.
pub(crate) struct Refused {
    pub(crate) repository: String,
    pub(crate) reason: String,
}

/// Findings that edits in commits take away: by git directory and id.
pub(crate) type Made = BTreeSet<(PathBuf, String)>;

/// The repositories whose work trees have a fix of at least `least`, as their commits have it.
pub(crate) fn repositories(
    sweep: &Sweep,
    plan: &Plan,
    least: Applicability,
) -> (Vec<Planned>, Vec<Refused>) {
    let mut wanted: BTreeMap<&PathBuf, &Arc<Repository>> = BTreeMap::new();
    for file in &plan.files {
        let is_chosen = |at: &usize| {
            let fix = &plan.fixes[*at];
            fix.applicability >= least && !fix.edits.is_empty()
        };
        if let Group::WorkTree(repository) = &file.group
            && file.fixes.iter().any(is_chosen)
        {
            wanted.insert(&repository.git_dir, repository);
        }
    }
    let within: Vec<PathBuf> =
        sweep.choices.scan.roots.iter().filter_map(|path| path.canonicalize().ok()).collect();
    let (mut planned, mut refused) = (Vec::new(), Vec::new());
    for repository in wanted.into_values() {
        match Head::of(repository) {
            Ok(head) => match Planned::new(head, sweep, &within) {
                Ok(one) => planned.push(one),
                Err(error) => refused.push(Refused {
                    repository: repository.name.clone(),
                    reason: format!("{error:#}"),
                }),
            },
            Err(reason) => refused.push(Refused { repository: repository.name.clone(), reason }),
        }
    }
    (planned, refused)
}

impl Planned {
    fn new(head: Head, sweep: &Sweep, within: &[PathBuf]) -> anyhow::Result<Self> {
        let contents = head.contents(within).map_err(anyhow::Error::msg)?;
        let top = head.top().to_path_buf();
        let outcome = scan_contents(&sweep.choices.scan, head.repository(), &top, &contents)?;
        let name = &head.repository().name;
        // As the planner looks for them: below the repository's name.
        let unread = outcome.skipped.iter().map(|skipped| Skipped {
            path: if name == "." {
                skipped.path.clone()
            } else {
                format!("{name}/{}", skipped.path)
            },
            ..skipped.clone()
        });
        let whole = within.iter().any(|folder| top.starts_with(folder));
        let options = PlanOptions {
            unread: unread.collect(),
            suppressed: outcome.suppressed.clone(),
            // A variable is renamed in the whole repository or not at all.
            keep_variable_names: sweep.choices.plan.keep_variable_names || !whole,
            contents: Some(Arc::new(
                contents.into_iter().map(|content| (content.absolute, content.bytes)).collect(),
            )),
            ..sweep.choices.plan.clone()
        };
        let plan = plan(&outcome.findings, &options);
        Ok(Self { head, outcome, plan })
    }

    fn name(&self) -> &str {
        &self.head.repository().name
    }

    /// Notes what these fixes take away.
    pub(crate) fn note(&self, fixes: &[usize], made: &mut Made) {
        let git_dir = &self.head.repository().git_dir;
        let ids = fixes.iter().filter_map(|at| self.outcome.findings.get(*at));
        made.extend(ids.map(|finding| (git_dir.clone(), finding.id.clone())));
    }
}

/// A name for the files of each repository: that of its folder, numbered where two are the same.
pub(crate) fn names(planned: &[Planned]) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let name = |one: &Planned| {
        let folder = one.head.top().file_name().map(|name| name.to_string_lossy().into_owned());
        let plain = |c: char| if c.is_alphanumeric() || "._-".contains(c) { c } else { '_' };
        let stem: String = folder.as_deref().unwrap_or("root").chars().map(plain).collect();
        let (mut free, mut number) = (stem.clone(), 1);
        while !taken.insert(free.to_lowercase()) {
            number += 1;
            free = format!("{stem}-{number}");
        }
        free
    };
    planned.iter().map(name).collect()
}

/// Whether commits take a finding of the work tree away.
pub(crate) fn is_made(finding: &Finding, made: &Made) -> bool {
    finding
        .location
        .repository
        .as_ref()
        .is_some_and(|repository| made.contains(&(repository.git_dir.clone(), finding.id.clone())))
}

/// What was done.
#[derive(Debug, Serialize)]
struct Summary {
    dry_run: bool,
    branch: String,
    repositories: Vec<Row>,
    /// Files whose findings are not in what `HEAD` holds: new, or changed and not committed.
    uncommitted: Vec<String>,
    #[serde(flatten)]
    to_do: ToDo,
}

#[derive(Debug, Serialize)]
struct Row {
    repository: String,
    folder: String,
    commits: Vec<CommitRow>,
}

#[derive(Debug, Serialize)]
struct CommitRow {
    id: Option<String>,
    subject: String,
    files: usize,
    fixes: usize,
}

impl From<&Committed> for CommitRow {
    fn from(commit: &Committed) -> Self {
        Self {
            id: commit.id.clone(),
            subject: output::clean(&commit.subject),
            files: commit.files,
            fixes: commit.fixes.len(),
        }
    }
}

/// Commits the edits of each repository on a branch called `name`.
pub(crate) fn apply(
    command: &ApplyCommand,
    name: &str,
    choices: Choices,
    screen: Screen,
) -> anyhow::Result<Status> {
    if let Some(author) = &command.author {
        check_author(author).map_err(anyhow::Error::msg).context("--author")?;
    }
    let sweep = Sweep::run(choices, screen)?;
    let plan = sweep.plan(PlanOptions::default());
    let report = sweep.report(&plan, command.verdict.today);
    warn_of_unread(&report);
    if sweep.cancelled {
        output::message("stopped: nothing was committed");
        return Ok(Status::of_report(&report, command.verdict.exit_zero));
    }
    let least = if command.allow_unsafe { Applicability::Review } else { Applicability::Safe };
    let options = BranchOptions {
        name: name.to_owned(),
        messages: command.message.clone(),
        author: command.author.clone(),
        per_rule: command.commit_per_rule,
        sign: command.no_gpg_sign.then_some(false),
    };
    let (planned, mut refused) = repositories(&sweep, &plan, least);
    refuse(&planned, &options, &mut refused);
    if !refused.is_empty() {
        for Refused { repository, reason } in &refused {
            output::message(format_args!(
                "refused: {}: {}",
                output::clean(repository),
                output::clean(reason)
            ));
        }
        bail!("nothing was committed, because {} cannot be", count_repositories(refused.len()));
    }
    let mut made = Made::new();
    let mut rows = Vec::new();
    for one in &planned {
        let commits = one
            .head
            .commit(&one.plan, least, &options, command.dry_run)
            .map_err(anyhow::Error::msg)
            .with_context(|| format!("cannot commit in {}", output::clean(one.name())))?;
        for commit in &commits {
            one.note(&commit.fixes, &mut made);
        }
        if !commits.is_empty() {
            rows.push(Row {
                repository: output::clean(one.name()),
                folder: output::clean(&shell_word(one.head.top())),
                commits: commits.iter().map(CommitRow::from).collect(),
            });
        }
    }
    let findings = &sweep.outcome.findings;
    let is_made: Vec<bool> = findings.iter().map(|finding| is_made(finding, &made)).collect();
    let summary = Summary {
        dry_run: command.dry_run,
        branch: output::clean(name),
        repositories: rows,
        uncommitted: uncommitted(&sweep, &plan, least, &is_made),
        to_do: ToDo::new(&report, &plan, &is_made),
    };
    output::document(command.text.output.as_deref(), |out| match command.text.format {
        TextFormat::Json => output::json(&summary, out),
        TextFormat::Terminal => summary.write(screen, out),
    })?;
    let left = if command.dry_run { sweep.has_findings() } else { !summary.to_do.left.is_empty() };
    Ok(Status::of(left, sweep.outcome.complete, command.verdict.exit_zero))
}

/// All are looked at before the first is written to.
fn refuse(planned: &[Planned], options: &BranchOptions, refused: &mut Vec<Refused>) {
    let mut seen: BTreeMap<&Path, &str> = BTreeMap::new();
    for one in planned {
        let common_dir = one.head.repository().common_dir.as_path();
        let mut refuse = |reason: String| {
            refused.push(Refused { repository: one.name().to_owned(), reason });
        };
        if let Err(reason) = one.head.check(options) {
            refuse(reason);
        } else if let Some(other) = seen.get(common_dir) {
            refuse(format!(
                "it shares its branches with {other}, whose HEAD may be another: name one of the two"
            ));
        }
        seen.entry(common_dir).or_insert(one.name());
    }
}

fn count_repositories(number: usize) -> String {
    if number == 1 { "one repository".to_owned() } else { format!("{number} repositories") }
}

/// The files with edits that no commit made.
pub(crate) fn uncommitted(
    sweep: &Sweep,
    plan: &Plan,
    least: Applicability,
    is_made: &[bool],
) -> Vec<String> {
    let mut paths = BTreeSet::new();
    for file in plan.files.iter().filter(|file| matches!(file.group, Group::WorkTree(_))) {
        let left = file.fixes.iter().any(|at| {
            let fix = &plan.fixes[*at];
            fix.applicability >= least && !fix.edits.is_empty() && !is_made[*at]
        });
        if left {
            let first = file.fixes.first().and_then(|at| sweep.outcome.findings.get(*at));
            paths.extend(first.map(|finding| output::clean(&finding.location.path)));
        }
    }
    paths.into_iter().collect()
}

impl Summary {
    fn write(&self, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
        let verb = if self.dry_run { "would commit" } else { "committed" };
        if self.repositories.is_empty() && self.uncommitted.is_empty() && self.to_do.left.is_empty()
        {
            return writeln!(out, "Nothing to do.");
        }
        for row in self.repositories.iter().filter(|_| !screen.quiet) {
            for commit in &row.commits {
                let id = commit.id.as_deref().map_or("", |id| id.get(..12).unwrap_or(id));
                writeln!(
                    out,
                    "{GOOD}{verb}{GOOD:#} {} on {}: {id}{}{} ({}, {})",
                    row.repository,
                    self.branch,
                    if id.is_empty() { "" } else { " " },
                    commit.subject,
                    count(commit.files, "file"),
                    count(commit.fixes, "change")
                )?;
            }
            if !self.dry_run {
                let branch = shell_word(Path::new(&self.branch));
                writeln!(out, "      git -C {} diff HEAD {branch}", row.folder)?;
                writeln!(out, "      git -C {} push -u origin {branch}", row.folder)?;
            }
        }
        for path in &self.uncommitted {
            writeln!(
                out,
                "{BAD}not committed{BAD:#} {path}: HEAD does not hold what was found; `bbsweep apply` \
                 without --branch edits the file"
            )?;
        }
        if !screen.quiet {
            self.to_do.write(screen.verbose, out)?;
            writeln!(out)?;
        }
        let commits: usize = self.repositories.iter().map(|row| row.commits.len()).sum();
        let changes: usize =
            self.repositories.iter().flat_map(|row| &row.commits).map(|commit| commit.fixes).sum();
        writeln!(
            out,
            "{STRONG}{} {} with {}; {} left.{STRONG:#} The old secrets stay in the history: revoke them.",
            count(commits, "commit"),
            if self.dry_run { "to make" } else { "made" },
            count(changes, "change"),
            count(self.to_do.left.len(), "finding")
        )
    }
}
