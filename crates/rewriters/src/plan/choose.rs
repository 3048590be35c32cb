//! A part of a plan.

use std::collections::{BTreeMap, BTreeSet};

use bbsweep_scanner_core::Finding;

use crate::edit::Fix;
use crate::env_variable::Renames;
use crate::plan::check::Checker;
use crate::plan::propose::{Draft, document};
use crate::plan::{FilePlan, Plan, PlanOptions, file};

impl Plan {
    /// The fixes with edits in the order of the files, those together that are made together or not at
    /// all: they rename the same variable.
    pub fn units(&self) -> Vec<Vec<usize>> {
        let mut units: Vec<Vec<usize>> = Vec::new();
        let mut of_rename = BTreeMap::<(usize, &str), usize>::new();
        for file in &self.files {
            for index in &file.fixes {
                let Some(fix) = self.fixes.get(*index).filter(|fix| !fix.edits.is_empty()) else {
                    continue;
                };
                let known = fix.renamed.as_deref().map(|name| {
                    *of_rename.entry((file.scope, name)).or_insert_with(|| {
                        units.push(Vec::new());
                        units.len() - 1
                    })
                });
                match known {
                    Some(unit) => units[unit].push(*index),
                    None => units.push(vec![*index]),
                }
            }
        }
        units
    }

    /// The plan with the edits of `chosen` alone. Indices stay what they are; the other fixes turn
    /// manual.
    #[must_use]
    pub fn only(&self, chosen: &BTreeSet<usize>) -> Self {
        let mut plan = self.clone();
        for (index, fix) in plan.fixes.iter_mut().enumerate() {
            if !chosen.contains(&index) && !fix.edits.is_empty() {
                *fix = Fix::manual("not chosen", std::mem::take(&mut fix.steps));
            }
        }
        for file in &mut plan.files {
            file.fixes.retain(|index| chosen.contains(index));
        }
        plan
    }

    /// Whether the edits of `file`, which may be a part of those that were planned, can be made without
    /// the others: the result scans clean of what they are for, parses, and would not be edited again.
    /// `findings` and `options` are those that the plan was made of.
    ///
    /// # Errors
    /// Says why not; no secret in it.
    pub fn check(
        &self,
        file: &FilePlan,
        findings: &[Finding],
        options: &PlanOptions,
    ) -> Result<(), String> {
        let bytes = options.read(&file.absolute)?;
        if file::digest(&bytes) != file.digest {
            return Err("the file changed since it was scanned: scan again".to_owned());
        }
        let drafts: Vec<_> = file
            .fixes
            .iter()
            .filter_map(|index| {
                Some(Draft::new(*index, findings.get(*index)?, self.fixes.get(*index)?.clone()))
            })
            .filter(Draft::is_edited)
            .collect();
        let of_file = drafts.iter().map(|draft| draft.finding);
        let doc = document(&file.path, of_file, &bytes, &options.settings);
        let renames = Renames::default();
        let checker = Checker::new(&doc, &bytes, options, &renames);
        checker.check(&drafts.iter().collect::<Vec<_>>())
    }
}
