//! What a rewrite is made of.

use std::fmt;

use bbsweep_scanner_core::Span;
use serde::{Deserialize, Serialize};

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
}
