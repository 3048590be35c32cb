//! What the detectors' tests share.

use std::ops::Range;

use crate::document::Document;
use crate::finding::Role;
use crate::rule::Rule;

use super::{Candidate, Sink};

/// An app password of today's form; clearly fake.
pub(crate) const APP: &str = "ATBBexampleNotARealSecret0010A1B2C3D";
/// An app password of the old form.
pub(crate) const OLD: &str = "exampleLegacyPw00001";

/// An API token.
pub(crate) fn api() -> String {
    format!("ATATT3xFfGF0{}=0A1B2C3D", "exampleNotARealToken".repeat(9).split_at(171).0)
}

/// An access token.
pub(crate) fn access() -> String {
    format!("ATCTT3xFfGN0{}=0A1B2C3D", "exampleNotARealToken".repeat(9).split_at(171).0)
}

/// Puts secrets where `§app§`, `§old§`, `§api§` and `§access§` stand.
pub(crate) fn fill(text: &str) -> String {
    text.replace("§app§", APP)
        .replace("§old§", OLD)
        .replace("§api§", &api())
        .replace("§access§", &access())
}

/// Texts that a rule must and must not see, each with the path that it stands at.
pub(crate) struct Examples {
    pub(crate) rule: Rule,
    pub(crate) matching: &'static [(&'static str, &'static str)],
    pub(crate) other: &'static [(&'static str, &'static str)],
}

impl Examples {
    pub(crate) fn check(&self, detect: fn(&Document<'_>, &mut Sink)) {
        for (path, text) in self.matching {
            let found = run(detect, path, text).candidates;
            assert!(found.iter().any(|c| c.rule == self.rule), "missed in {path}: {text}");
        }
        for (path, text) in self.other {
            let found = run(detect, path, text).candidates;
            assert!(
                found.iter().all(|c| c.rule != self.rule),
                "false in {path}: {text}: {found:?}"
            );
        }
    }
}

/// Runs one detector on a text with secrets filled in.
pub(crate) fn run(detect: fn(&Document<'_>, &mut Sink), path: &str, text: &str) -> Sink {
    let text = fill(text);
    let doc = Document::new(path, text.as_bytes());
    let mut sink = Sink::default();
    detect(&doc, &mut sink);
    for candidate in &sink.candidates {
        let inside = |range: &Range<usize>| range.start <= range.end && range.end <= doc.text.len();
        assert!(inside(&candidate.range), "{candidate:?}");
        assert!(candidate.parts.iter().all(|(_, range)| inside(range)), "{candidate:?}");
        if let Some(secret) = &candidate.secret {
            let shown = format!(
                "{}{}{:?}{:?}",
                candidate.message, candidate.identity, candidate.username, candidate.variable
            );
            let secret = String::from_utf8_lossy(secret.expose()).into_owned();
            assert!(!shown.contains(&secret), "{shown}");
        }
    }
    sink
}

/// What a candidate is, in one line: state, form error, use, confidence, severity.
pub(crate) fn line(candidate: &Candidate) -> String {
    let error = candidate.form_error.map_or_else(String::new, |error| format!(" {error:?}"));
    format!(
        "{:?}{error} {:?} {:?} {:?}",
        candidate.state, candidate.usage, candidate.confidence, candidate.severity
    )
}

/// The text of a candidate's part.
pub(crate) fn part(candidate: &Candidate, role: Role, text: &str) -> Option<String> {
    let (_, range) = candidate.parts.iter().find(|(r, _)| *r == role)?;
    fill(text).get(range.clone()).map(ToOwned::to_owned)
}
