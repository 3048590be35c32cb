//! Which findings are about one credential.

use std::collections::{BTreeMap, BTreeSet};

use bbsweep_scanner_core::Severity;

use crate::model::Finding;

/// Where a variable is known: a repository, or what lies below a root and in none.
type Home<'f> = (Option<&'f str>, usize);

/// Indices of the findings of each credential, in the order in which one first appears. Notes are
/// about none.
pub(super) fn of(findings: &[Finding]) -> Vec<Vec<usize>> {
    let told = || findings.iter().enumerate().filter(|(_, one)| one.severity > Severity::Note);
    let mut values: BTreeMap<(Home<'_>, &str), BTreeSet<&str>> = BTreeMap::new();
    for (_, finding) in told() {
        if let (Some(variable), Some(value)) = (&finding.variable, &finding.credential_fingerprint)
        {
            values.entry((home(finding), variable)).or_default().insert(value);
        }
    }
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut known: BTreeMap<Key<'_>, usize> = BTreeMap::new();
    for (index, finding) in told() {
        let key = match (&finding.credential_fingerprint, &finding.variable) {
            (Some(literal), _) => Key::Literal(literal),
            (None, Some(variable)) => {
                let of_variable = values.get(&(home(finding), variable.as_str()));
                match of_variable.filter(|values| values.len() == 1).and_then(BTreeSet::first) {
                    // The file beside it says what the variable holds.
                    Some(literal) => Key::Literal(literal),
                    None => Key::Variable(home(finding), variable),
                }
            }
            (None, None) => Key::Unseen(home(finding)),
        };
        let at = *known.entry(key).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        groups[at].push(index);
    }
    groups
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Key<'f> {
    Literal(&'f str),
    Variable(Home<'f>, &'f str),
    /// What a helper, a prompt or a template gives.
    Unseen(Home<'f>),
}

/// Names of repositories are relative to their root.
fn home(finding: &Finding) -> Home<'_> {
    (finding.repository.as_deref(), finding.root)
}
