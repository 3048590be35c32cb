//! Which fix goes into which commit.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use git2::build::TreeUpdateBuilder;
use git2::{FileMode, Oid, Repository};

use super::said;
use crate::Applicability;
use crate::edit::{Fix, apply_edits};
use crate::plan::Plan;

/// Files named in a message; the rest is counted.
const NAMED: usize = 20;

/// One commit.
#[derive(Clone, Debug, Default)]
pub(super) struct Step {
    /// Ids of the rules, sorted by the first that counts.
    rules: BTreeSet<&'static str>,
    /// Indices into [`Plan::files`] of what it changes.
    pub(super) files: BTreeSet<usize>,
    /// Indices into [`Plan::fixes`], those of the commits before it not included.
    pub(super) fixes: Vec<usize>,
    /// With those of the commits before it.
    all: BTreeSet<usize>,
    /// What reports call its files.
    paths: BTreeSet<String>,
}

/// Sorts the fixes of at least `least` into commits: all into one, or one for each rule. What renames
/// a variable together stays together.
pub(super) fn series(plan: &Plan, least: Applicability, per_rule: bool) -> Vec<Step> {
    let is_chosen = |fix: &Fix| fix.applicability >= least && !fix.edits.is_empty();
    let mut order: Vec<usize> =
        (0..plan.fixes.len()).filter(|at| is_chosen(&plan.fixes[*at])).collect();
    order.sort_by_key(|at| (plan.rules.get(*at).copied(), *at));
    let mut number_of: BTreeMap<String, usize> = BTreeMap::new();
    let mut steps: Vec<Step> = Vec::new();
    let mut of_rename: BTreeMap<&str, usize> = BTreeMap::new();
    for at in order {
        let fix = &plan.fixes[at];
        let rule = plan.rules.get(at).map_or("", |rule| rule.id());
        let key = if per_rule { rule.to_owned() } else { String::new() };
        let known = fix.renamed.as_deref().and_then(|name| of_rename.get(name).copied());
        let number = known.unwrap_or_else(|| {
            *number_of.entry(key).or_insert_with(|| {
                steps.push(Step::default());
                steps.len() - 1
            })
        });
        if let Some(name) = &fix.renamed {
            of_rename.insert(name, number);
        }
        steps[number].rules.insert(rule);
        steps[number].fixes.push(at);
    }
    let mut all = BTreeSet::new();
    for step in &mut steps {
        all.extend(step.fixes.iter().copied());
        step.all.clone_from(&all);
        for (index, file) in plan.files.iter().enumerate() {
            if file.fixes.iter().any(|fix| step.fixes.contains(fix)) {
                step.files.insert(index);
                step.paths.insert(file.path.clone());
            }
        }
    }
    steps.retain(|step| !step.files.is_empty());
    steps
}

impl Step {
    /// A message that says what was done; no secret in it.
    pub(super) fn message(&self) -> String {
        let rules: Vec<_> = self.rules.iter().copied().collect();
        let subject = match rules[..] {
            [one] => format!("Use a Bitbucket API token in {one}"),
            _ => "Use API tokens in the place of Bitbucket app passwords".to_owned(),
        };
        format!(
            "{subject}\n\n\
             Bitbucket Cloud removed app passwords on 2026-07-28. git takes an API\n\
             token with the username x-bitbucket-api-token-auth, the REST API one\n\
             with the email of the Atlassian account.\n\n{}",
            self.list()
        )
    }

    /// The rules and the files, a line each.
    pub(super) fn list(&self) -> String {
        let mut text =
            format!("Rules: {}\n\n", self.rules.iter().copied().collect::<Vec<_>>().join(", "));
        for path in self.paths.iter().take(NAMED) {
            let _ = writeln!(text, "- {}", path.escape_debug());
        }
        if let Some(more @ 1..) = self.paths.len().checked_sub(NAMED) {
            let _ = writeln!(text, "- and {more} more");
        }
        text
    }
}

/// Writes the tree of `parent` with the step's edits; the edits of the steps before it are in
/// `parent`'s files too, so each file is made anew from what `HEAD` holds.
pub(super) fn write_tree(
    repository: &Repository,
    top: &Path,
    parent: Oid,
    plan: &Plan,
    step: &Step,
    files: &BTreeMap<PathBuf, (Oid, i32)>,
) -> Result<Oid, String> {
    let wrong = |error: git2::Error| said(&error);
    let tree = repository.find_commit(parent).and_then(|commit| commit.tree()).map_err(wrong)?;
    let mut builder = TreeUpdateBuilder::new();
    for index in &step.files {
        let file = &plan.files[*index];
        let (blob, mode) = files
            .get(&file.absolute)
            .ok_or_else(|| format!("{} is not in the commit", file.path))?;
        let old = repository.find_blob(*blob).map_err(wrong)?;
        let edits = file.fixes.iter().filter(|fix| step.all.contains(fix));
        let edits = edits.flat_map(|fix| &plan.fixes[*fix].edits);
        let new = apply_edits(old.content(), edits)
            .ok_or_else(|| format!("the edits of {} contradict each other", file.path))?;
        let relative = file.absolute.strip_prefix(top).map_err(|_| "it lies outside".to_owned())?;
        let mode = if *mode == 0o100_755 { FileMode::BlobExecutable } else { FileMode::Blob };
        builder.upsert(relative, repository.blob(&new).map_err(wrong)?, mode);
    }
    builder.create_updated(repository, &tree).map_err(wrong)
}
