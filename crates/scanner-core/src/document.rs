//! A file's bytes, decoded, with the way back to the original positions.

mod encoding;
mod kind;

use std::borrow::Cow;

pub use encoding::Encoding;
pub use kind::FileKind;

use crate::bitbucket::Host;
use crate::finding::Span;
use crate::settings::Settings;

/// What the detectors look at: one file, or one window of a large one.
#[derive(Clone, Debug)]
pub struct Document<'a> {
    /// Path as reports show it, with `/`: its name decides the kind.
    pub path: &'a str,
    /// What the name (or a first line that names an interpreter) says the file is.
    pub kind: FileKind,
    /// How the original bytes are encoded.
    pub encoding: Encoding,
    /// The text in an ASCII-compatible form: the bytes themselves, or UTF-8 decoded from UTF-16.
    /// A byte-order mark is not part of it.
    pub text: Cow<'a, [u8]>,
    /// Offset in the original file of the first byte of `text`.
    pub base: u64,
    /// Whether `text` is the whole file. In a window of a larger one, context ends at its borders.
    pub whole: bool,
    /// What the user adds to what the detectors know.
    pub settings: &'a Settings,
}

impl<'a> Document<'a> {
    /// Decodes a whole file by its byte-order mark and tells its kind by `path`. No settings.
    pub fn new(path: &'a str, bytes: &'a [u8]) -> Self {
        let encoding = Encoding::sniff(bytes);
        let text = encoding.decode(&bytes[encoding.bom_len()..]);
        Self {
            path,
            kind: FileKind::of(path, &text),
            encoding,
            base: encoding.bom_len() as u64,
            text,
            whole: true,
            settings: Settings::none(),
        }
    }

    /// Which host of Bitbucket Cloud a host is, or leads to as the settings say.
    pub fn host(&self, host: &[u8]) -> Option<Host> {
        self.settings.host(host)
    }

    /// The span in the original file of a range of [`Self::text`].
    pub fn span(&self, range: std::ops::Range<usize>) -> Span {
        let at = |offset: usize| self.base + self.encoding.original_offset(&self.text, offset);
        Span::new(at(range.start), at(range.end))
    }
}
