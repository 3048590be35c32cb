//! Rewrites what the detector of the same name finds.

use crate::rewrite::{Proposal, Subject};

/// See the rule's row in the table of rules.
pub(crate) fn rewrite(subject: &Subject<'_>) -> Proposal {
    Proposal::manual(format!("no rewrite for {} yet", subject.finding.rule.id()))
}
