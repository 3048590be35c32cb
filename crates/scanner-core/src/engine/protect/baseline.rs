//! Uses that stood somewhere before.

use crate::Secret;
use crate::engine::Raw;
use crate::rule::Rule;

/// What tells a use from others, wherever its line stands.
#[derive(PartialEq, Eq)]
struct Key {
    rule: Rule,
    secret: Option<Secret>,
    identity: String,
}

impl Key {
    fn of(raw: &Raw) -> Self {
        let finding = &raw.finding;
        Self { rule: finding.rule, secret: finding.secret.clone(), identity: raw.identity.clone() }
    }
}

/// Uses that stood somewhere before. Each makes up for one that stands now: a copy is new.
pub(super) struct Baseline(Vec<Key>);

impl Baseline {
    pub(super) fn new(raws: &[Raw]) -> Self {
        Self(raws.iter().map(Key::of).collect())
    }

    pub(super) fn extend(&mut self, more: Self) {
        self.0.extend(more.0);
    }

    /// Whether a use like `raw` stood there; it does not count again.
    pub(super) fn take(&mut self, raw: &Raw) -> bool {
        let key = Key::of(raw);
        let at = self.0.iter().position(|known| *known == key);
        at.map(|at| self.0.swap_remove(at)).is_some()
    }
}
