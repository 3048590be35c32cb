//! What a rewrite is made of.

use std::fmt;

use bbsweep_scanner_core::Span;
use serde::{Deserialize, Serialize};

use crate::names;

/// How far a fix can be trusted. Ordered: a threshold is one comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Applicability {
    /// Told, not made.
    Manual,
    /// Right in all likelihood; changes where the secret comes from.
    Review,
    /// Same behaviour once the named variable or credential helper holds the token.
    Safe,
}

/// Replaces the bytes of one span of the original file.
#[derive(Clone, PartialEq, Eq)]
pub struct Edit {
    /// Where, in the file as it was read.
    pub span: Span,
    /// What comes there, in the file's encoding. May hold the user's new token.
    pub replacement: Vec<u8>,
}

impl fmt::Debug for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Edit({}..{} -> {} bytes)",
            self.span.start,
            self.span.end,
            self.replacement.len()
        )
    }
}

/// `bytes` with all `edits` made, in whatever order they come; `None` if one of them lies outside of
/// `bytes` or two of them touch the same byte.
pub fn apply_edits<'a>(bytes: &[u8], edits: impl IntoIterator<Item = &'a Edit>) -> Option<Vec<u8>> {
    let mut edits: Vec<_> = edits.into_iter().collect();
    edits.sort_by_key(|edit| edit.span);
    let mut out = Vec::with_capacity(bytes.len());
    let mut done = 0;
    for edit in edits {
        let range = edit.span.range();
        out.extend_from_slice(bytes.get(done..range.start)?);
        out.extend_from_slice(&edit.replacement);
        bytes.get(range.clone())?;
        done = range.end;
    }
    out.extend_from_slice(bytes.get(done..)?);
    Some(out)
}

/// Whether two edits cannot both be made: they share a byte, or both insert at the same place.
pub(crate) fn conflict(a: Span, b: Span) -> bool {
    a.overlaps(b) || (a.start == b.start && (a.is_empty() || b.is_empty()))
}

/// What becomes of one finding.
#[derive(Clone, Debug)]
pub struct Fix {
    /// How far it can be trusted.
    pub applicability: Applicability,
    /// Sorted, not overlapping; empty for `Manual`.
    pub edits: Vec<Edit>,
    /// The use after the edits, secrets masked. `None` for `Manual`.
    pub replacement: Option<String>,
    /// Why this applicability, in one sentence.
    pub reason: String,
    /// What the user has to do besides, in order; each one line, no secret in it.
    pub steps: Vec<String>,
    /// The old name of the variable that the edits rename: in every file of the repository or tree,
    /// or in none.
    pub renamed: Option<String>,
    /// Whether the edits put the user's new token into the file.
    pub puts_token: bool,
    /// The variables that the edits read and that have to exist, sorted.
    pub reads: Vec<String>,
    /// Which of the steps tell to set these.
    pub(crate) provisions: Vec<String>,
    /// Where the new token goes, if not into a variable.
    pub token_in: Option<TokenIn>,
}

/// Where a token is kept that no variable holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TokenIn {
    /// In the place of a placeholder in the file.
    Placeholder,
    /// In the file: the edits put it there.
    File,
    /// In git's credential helper.
    CredentialHelper,
}

impl Fix {
    /// Nothing is edited, for this reason.
    pub(crate) fn manual(reason: impl Into<String>, steps: Vec<String>) -> Self {
        Self {
            applicability: Applicability::Manual,
            edits: Vec::new(),
            replacement: None,
            reason: reason.into(),
            steps,
            renamed: None,
            puts_token: false,
            reads: Vec::new(),
            provisions: Vec::new(),
            token_in: None,
        }
    }

    /// The steps that hold for this place alone. The others are told once for each credential:
    /// create the token, set the variable, delete the app password.
    pub fn own_steps(&self) -> impl Iterator<Item = &str> {
        let own =
            |step: &&String| !names::is_of_credential(step) && !self.provisions.contains(step);
        self.steps.iter().filter(own).map(String::as_str)
    }
}

/// Something to create that no file shows: a variable of the CI, an entry of the credential helper.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Setting {
    /// The repository or tree that needs it, as reports name it.
    pub repository: String,
    /// Name of the variable to create.
    pub name: String,
    /// What it holds.
    pub holds: String,
    /// The variables that it replaces, sorted.
    pub replaces: Vec<String>,
    /// The files that read it, sorted.
    pub read_by: Vec<String>,
    /// What to do so that they have it, sorted: "add NAME as a secured variable: …".
    pub set: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(start: u64, end: u64, text: &str) -> Edit {
        Edit { span: Span::new(start, end), replacement: text.into() }
    }

    #[test]
    fn edits_are_made_where_they_stand() {
        let edits = [edit(4, 4, "+"), edit(1, 3, "xyz"), edit(6, 6, "!")];
        assert_eq!(apply_edits(b"abcdef", &edits).unwrap(), b"axyzd+ef!");
        assert_eq!(apply_edits(b"abcdef", &[]).unwrap(), b"abcdef");
    }

    #[test]
    fn edits_outside_or_over_each_other_are_refused() {
        assert_eq!(apply_edits(b"abc", &[edit(2, 4, "")]), None);
        assert_eq!(apply_edits(b"abc", &[edit(9, 9, "")]), None);
        assert_eq!(apply_edits(b"abc", &[edit(0, 2, ""), edit(1, 3, "")]), None);
        assert!(conflict(Span::new(0, 2), Span::new(1, 3)));
        assert!(conflict(Span::new(1, 1), Span::new(1, 3)));
        assert!(!conflict(Span::new(0, 1), Span::new(1, 3)));
        assert!(!conflict(Span::new(3, 3), Span::new(1, 3)));
    }
}
