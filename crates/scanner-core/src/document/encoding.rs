use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// How a file's bytes encode its text, told by the byte-order mark alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// UTF-8, Latin-1 or anything else in which ASCII is ASCII: scanned as bytes.
    Bytes,
    /// UTF-8 with a byte-order mark.
    Utf8Bom,
    /// UTF-16, little endian, with a byte-order mark.
    Utf16Le,
    /// UTF-16, big endian, with a byte-order mark.
    Utf16Be,
}

impl Encoding {
    /// Tells the encoding of a file that begins with `bytes`.
    pub fn sniff(bytes: &[u8]) -> Self {
        match bytes {
            [0xEF, 0xBB, 0xBF, ..] => Self::Utf8Bom,
            // FF FE 00 00 would be UTF-32; nobody writes it, and it decodes to NULs that match nothing.
            [0xFF, 0xFE, ..] => Self::Utf16Le,
            [0xFE, 0xFF, ..] => Self::Utf16Be,
            _ => Self::Bytes,
        }
    }

    /// Whether the text had to be decoded.
    pub const fn is_utf16(self) -> bool {
        matches!(self, Self::Utf16Le | Self::Utf16Be)
    }

    /// Length of the byte-order mark in bytes.
    pub const fn bom_len(self) -> usize {
        match self {
            Self::Bytes => 0,
            Self::Utf8Bom => 3,
            Self::Utf16Le | Self::Utf16Be => 2,
        }
    }

    /// Decodes what follows the byte-order mark. An unpaired surrogate becomes U+FFFD, which is as
    /// many original bytes long as it should be (see [`Self::original_offset`]); a last odd byte is
    /// dropped.
    pub fn decode(self, bytes: &[u8]) -> Cow<'_, [u8]> {
        let unit = match self {
            Self::Bytes | Self::Utf8Bom => return Cow::Borrowed(bytes),
            Self::Utf16Le => u16::from_le_bytes,
            Self::Utf16Be => u16::from_be_bytes,
        };
        let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        let mut text = String::with_capacity(bytes.len() / 2 + bytes.len() / 16);
        text.extend(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)));
        Cow::Owned(text.into_bytes())
    }

    /// Encodes text for insertion into a file of this encoding. No byte-order mark is added.
    pub fn encode(self, text: &str) -> Vec<u8> {
        match self {
            Self::Bytes | Self::Utf8Bom => text.as_bytes().to_vec(),
            Self::Utf16Le => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Self::Utf16Be => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        }
    }

    /// How many original bytes, after the byte-order mark, the first `offset` bytes of the decoded
    /// `text` stand for.
    pub fn original_offset(self, text: &[u8], offset: usize) -> u64 {
        match self {
            Self::Bytes | Self::Utf8Bom => offset as u64,
            // One unit for each character, two for those beyond the BMP (four bytes of UTF-8).
            Self::Utf16Le | Self::Utf16Be => {
                2 * text[..offset.min(text.len())]
                    .iter()
                    .map(|byte| match byte {
                        0x80..=0xBF => 0,
                        0xF0.. => 2,
                        _ => 1,
                    })
                    .sum::<u64>()
            }
        }
    }

    /// How many bytes of the decoded `text` the first `offset` original bytes after the byte-order
    /// mark stand for: the way back from [`Self::original_offset`]. `None` if `offset` lies beyond
    /// the text or inside of a character's encoding.
    pub fn text_offset(self, text: &[u8], offset: u64) -> Option<usize> {
        match self {
            Self::Bytes | Self::Utf8Bom => {
                usize::try_from(offset).ok().filter(|at| *at <= text.len())
            }
            Self::Utf16Le | Self::Utf16Be => {
                let mut original = 0;
                for (at, byte) in text.iter().enumerate() {
                    if matches!(byte, 0x80..=0xBF) {
                        continue;
                    }
                    if original >= offset {
                        return (original == offset).then_some(at);
                    }
                    original += if *byte >= 0xF0 { 4 } else { 2 };
                }
                (original == offset).then_some(text.len())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf16_offsets_lead_back() {
        let text = "a=é\u{1F980}\r\nb=ATBB";
        for encoding in [Encoding::Utf16Le, Encoding::Utf16Be] {
            let raw = encoding.encode(text);
            let decoded = encoding.decode(&raw);
            assert_eq!(decoded.as_ref(), text.as_bytes());
            let at = text.find("ATBB").unwrap();
            let original = usize::try_from(encoding.original_offset(&decoded, at)).unwrap();
            assert_eq!(raw[original..], encoding.encode("ATBB"));
            for (at, _) in text.char_indices().chain([(text.len(), ' ')]) {
                let original = encoding.original_offset(&decoded, at);
                assert_eq!(encoding.text_offset(&decoded, original), Some(at));
            }
            assert_eq!(encoding.text_offset(&decoded, 7), None, "inside of a character");
            assert_eq!(encoding.text_offset(&decoded, raw.len() as u64 + 2), None);
        }
    }
}
