//! The variables of the consumer table, by their names.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use super::{Consumer, UsernameForm, Variable, VariableRole, consumers};
use crate::rule::Rule;

/// A variable and whose it is.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Who reads it.
    pub consumer: &'static Consumer,
    /// Under which name.
    pub variable: &'static Variable,
}

static ROWS: LazyLock<BTreeMap<&'static str, Vec<Row>>> = LazyLock::new(|| by_name(consumers()));

fn by_name(consumers: impl Iterator<Item = &'static Consumer>) -> BTreeMap<&'static str, Vec<Row>> {
    let mut rows = BTreeMap::<_, Vec<_>>::new();
    for consumer in consumers {
        for variable in consumer.variables {
            rows.entry(variable.name).or_default().push(Row { consumer, variable });
        }
    }
    rows
}

/// The rows of a name, in the order of the table.
pub fn rows(name: &str) -> &'static [Row] {
    ROWS.get(name).map_or(&[], Vec::as_slice)
}

/// The row of a name that is reported under this rule.
pub fn row(rule: Rule, name: &str) -> Option<Row> {
    rows(name).iter().copied().find(|row| row.consumer.rule == rule)
}

/// The name that takes the place of this one wherever it stands: one that only its tool reads.
pub fn becomes(name: &str) -> Option<&'static str> {
    match rows(name) {
        [row] if !row.variable.shared => row.variable.becomes,
        _ => None,
    }
}

/// Every name of a secret or of a pair.
pub(crate) fn secrets() -> impl Iterator<Item = &'static str> {
    let holds_secret = |row: &Row| !matches!(row.variable.role, VariableRole::Username(_));
    ROWS.iter().filter(move |(_, rows)| rows.iter().any(holds_secret)).map(|(name, _)| *name)
}

/// Whether tools look for variables whose names begin as this one does.
pub(crate) fn has_prefix_of_a_tool(name: &[u8]) -> bool {
    static PREFIXES: LazyLock<BTreeSet<&'static [u8]>> =
        LazyLock::new(|| ROWS.keys().filter_map(|name| prefix(name.as_bytes())).collect());
    prefix(name).is_some_and(|prefix| PREFIXES.contains(prefix))
}

/// What a tool's variables begin with: `RENOVATE_`. `None` where it is no tool's name.
pub(crate) fn prefix(name: &[u8]) -> Option<&[u8]> {
    let prefix = &name[..=name.iter().position(|b| *b == b'_')?];
    let ours = [&b"BITBUCKET_"[..], b"BB_", b"GIT_", b"ATLASSIAN_"];
    (!ours.contains(&prefix)).then_some(prefix)
}

impl Row {
    /// The variable of the username that goes with this one's secret: the one of the most similar
    /// name.
    pub fn username(self) -> Option<Self> {
        let consumer = self.consumer;
        let shared = |variable: &Variable| {
            let pairs = variable.name.bytes().zip(self.variable.name.bytes());
            pairs.take_while(|(a, b)| a == b).count()
        };
        let of_username = |variable: &&Variable| matches!(variable.role, VariableRole::Username(_));
        // Of several that are alike the first.
        let mut best: Option<&'static Variable> = None;
        for variable in consumer.variables.iter().filter(of_username) {
            if best.is_none_or(|best| shared(variable) > shared(best)) {
                best = Some(variable);
            }
        }
        best.map(|variable| Self { consumer, variable })
    }

    /// What the username has to be.
    pub fn form(self) -> UsernameForm {
        match (self.variable.role, self.username().map(|row| row.variable.role)) {
            (VariableRole::Pair(form) | VariableRole::Username(form), _)
            | (VariableRole::Secret, Some(VariableRole::Username(form))) => form,
            _ => self.consumer.form,
        }
    }

    /// What is to be set besides.
    pub fn adds(self) -> Option<(&'static str, UsernameForm)> {
        self.variable.adds.or_else(|| self.username()?.variable.adds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prefilter::Anchors;

    #[test]
    fn what_needs_no_sign_lets_its_file_through() {
        let anchors = Anchors::default();
        for (name, rows) in ROWS.iter() {
            let own = rows.iter().any(|row| {
                !row.variable.shared && !matches!(row.variable.role, VariableRole::Username(_))
            });
            assert!(!own || anchors.in_text(name.as_bytes()), "{name}");
        }
    }

    #[test]
    fn rows_hang_together() {
        for (name, rows) in ROWS.iter() {
            for found in rows {
                assert_ne!(found.variable.becomes, Some(*name), "{name}");
                assert!(row(found.consumer.rule, name).is_some());
                assert!(!name.is_empty() && name.is_ascii());
                let known = [found.variable.becomes, found.adds().map(|(added, _)| added)];
                // What a rewrite writes is not to be rewritten again.
                for new in known.into_iter().flatten() {
                    assert!(
                        super::rows(new).iter().all(|other| other.variable.becomes.is_none()),
                        "{name}: {new}"
                    );
                }
            }
        }
        let bundler = row(Rule::Bundler, "BUNDLE_BITBUCKET__ORG").unwrap();
        assert_eq!(bundler.form(), UsernameForm::Static);
        assert!(row(Rule::Composer, "BUNDLE_BITBUCKET__ORG").is_none());
        assert!(bundler.username().is_none() && bundler.adds().is_none());
        assert!(secrets().any(|name| name == "BUNDLE_BITBUCKET__ORG"));
        assert!(has_prefix_of_a_tool(b"BUNDLE_X") && !has_prefix_of_a_tool(b"BITBUCKET_X"));
    }

    #[test]
    fn usernames_go_with_the_secret_of_the_most_similar_name() {
        const fn variable(name: &'static str, role: VariableRole) -> Variable {
            Variable { name, role, becomes: None, adds: None, shared: false }
        }
        static TOOL: Consumer = Consumer {
            variables: &[
                variable("X_USER", VariableRole::Username(UsernameForm::Static)),
                variable("Y_USER", VariableRole::Username(UsernameForm::Email)),
                variable("Y_PASSWORD", VariableRole::Secret),
            ],
            ..Consumer::BASE
        };
        let rows = by_name(std::iter::once(&TOOL));
        let secret = rows["Y_PASSWORD"][0];
        assert_eq!(secret.username().unwrap().variable.name, "Y_USER");
        assert_eq!(secret.form(), UsernameForm::Email);
    }
}
