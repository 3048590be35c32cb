//! Keeps secrets out of what people see.
//!
//! Three nets, one behind the other: the ranges that detectors name as secret, the known forms of
//! secrets ([`mask_formats`]), and every secret that the scan came upon anywhere ([`Scrubber`]).

mod excerpt;
mod formats;
mod scrubber;

pub(crate) use excerpt::{Draft, Masks};
pub use formats::mask_formats;
pub use scrubber::Scrubber;

/// Stands for what is hidden.
pub const MASK: &str = "…";

/// The label that stands for a secret in an excerpt: as [`crate::Secret::masked`], without the
/// length.
fn label(secret: &crate::Secret) -> String {
    let mut masked = secret.masked();
    if let Some(at) = masked.rfind(" (") {
        masked.truncate(at);
    }
    masked
}

/// The label for bytes that some secret fills, of which nothing is known: the prefix and the tail of
/// a known format, of any other nothing.
fn label_of(bytes: &[u8]) -> String {
    use crate::bitbucket::TokenFormat;
    let secret = crate::Secret::new(bytes);
    match secret.format() {
        TokenFormat::LegacyAppPassword | TokenFormat::Unknown => MASK.to_owned(),
        _ => label(&secret),
    }
}

/// Control characters, and those that reorder or hide text: none is shown as it is, so that no text
/// from a file can drive a terminal or deceive its reader.
pub fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{200B}'..='\u{200F}'
                | '\u{2028}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}'
                | '\u{FEFF}'
                | '\u{FFF9}'..='\u{FFFB}'
        )
}
