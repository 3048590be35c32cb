//! Rewrites variables: their names, together in a whole repository, and literal values.

use std::collections::BTreeMap;

use bbsweep_scanner_core::Finding;
use bbsweep_scanner_core::document::Document;

use crate::plan::PlanOptions;
use crate::rewrite::{Proposal, Subject};

/// What the planner has to know of one use of a variable to decide on its name, without keeping the
/// file in memory.
#[derive(Clone, Debug)]
pub(crate) struct Mention {
    /// The variable's name.
    pub(crate) variable: String,
}

/// Looks at one finding, of whatever rule, for a variable. `doc` is `None` where the file cannot be
/// read or changed since the scan: a variable used there keeps its name.
pub(crate) fn mention(finding: &Finding, doc: Option<&Document<'_>>) -> Option<Mention> {
    let _ = doc;
    finding.variable.clone().map(|variable| Mention { variable })
}

/// Which variables of one repository (or tree outside of repositories) get which name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Renames {
    renamed: BTreeMap<String, String>,
}

impl Renames {
    /// The new name of `variable`; `None` if it keeps its own.
    pub(crate) fn new_name(&self, variable: &str) -> Option<&str> {
        self.renamed.get(variable).map(String::as_str)
    }
}

/// Decides on the names in one repository or tree. `kept` names variables that an earlier round
/// tried to rename and could not, with the reason.
pub(crate) fn decide(
    mentions: &[Mention],
    options: &PlanOptions,
    kept: &BTreeMap<String, String>,
) -> Renames {
    let _ = (mentions, options, kept);
    Renames::default()
}

/// See the rule's row in the table of rules.
pub(crate) fn rewrite(subject: &Subject<'_>) -> Proposal {
    Proposal::manual(format!("no rewrite for {} yet", subject.finding.rule.id()))
}
