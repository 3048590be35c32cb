//! Why a file could not be read by structure.

use std::fmt;

/// Why and where. Holds no text of the file, which may be a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The line, counted from 1.
    pub line: usize,
    /// For people: `not valid JSON`.
    pub reason: &'static str,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (line {})", self.reason, self.line)
    }
}

impl std::error::Error for Fault {}

impl Fault {
    /// At a byte offset.
    pub(super) fn at(text: &[u8], offset: usize, reason: &'static str) -> Self {
        // The end of a file that ends in a line break is on its last line.
        let last = text.strip_suffix(b"\n").unwrap_or(text).len();
        let before = &text[..offset.min(last)];
        Self { line: 1 + memchr::memchr_iter(b'\n', before).count(), reason }
    }

    /// Nodes in nodes beyond the bound.
    pub(super) fn too_deep(text: &[u8], offset: usize) -> Self {
        Self::at(text, offset, "nested too deeply")
    }
}

pub(super) fn utf8(text: &[u8]) -> Result<&str, Fault> {
    std::str::from_utf8(text)
        .map_err(|error| Fault::at(text, error.valid_up_to(), "not valid UTF-8"))
}
