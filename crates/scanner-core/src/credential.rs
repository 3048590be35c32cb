//! Kinds of credentials, the type that holds a secret, and its fingerprints.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::bitbucket::{TokenFormat, classify_token};

/// What kind of credential a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum CredentialKind {
    /// An app password in the `ATBB…` form.
    AppPassword,
    /// An app password without a prefix, or whatever else stands in a credential slot as a literal.
    LegacyAppPassword,
    /// An Atlassian API token.
    ApiToken,
    /// A repository, project or workspace access token.
    AccessToken,
    /// A variable, key of a secret store or template through which a secret is used.
    Reference,
}

/// The bytes of a secret. `Debug`, `Display` and `Serialize` give the masked form only; the memory
/// is wiped on drop.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes the secret as it is used: percent-decoded and unescaped.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(Zeroizing::new(bytes.into()))
    }

    /// The secret in clear. Every caller is a place to audit: only an edited file or an applicable
    /// patch may receive it.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The form by which the secret's kind is told.
    pub fn format(&self) -> TokenFormat {
        classify_token(&self.0)
    }

    /// The form that every output shows: prefix of a known format, last four characters of one that
    /// is long enough, and the length in bytes: `ATBB…1F2C (36)`.
    pub fn masked(&self) -> String {
        let len = self.0.len();
        let prefix = match self.format() {
            TokenFormat::AppPassword => "ATBB",
            TokenFormat::ApiToken => "ATATT3",
            TokenFormat::AccessToken => "ATCTT3",
            TokenFormat::DataCenter => "BBDC-",
            TokenFormat::LegacyAppPassword | TokenFormat::Unknown => "",
        };
        // Four of twenty characters leave 95 bits unsaid; of a short secret nothing is shown.
        let tail = match self.0.get(len.saturating_sub(4)..) {
            Some(tail) if len >= 18 && tail.iter().all(u8::is_ascii_alphanumeric) => {
                String::from_utf8_lossy(tail).into_owned()
            }
            _ => String::new(),
        };
        format!("{prefix}…{tail} ({len})")
    }

    /// HMAC-SHA-256 of the secret under `key`, the first 128 bits in hex: the same on every host
    /// that has the key, and no guess can be tested without it.
    pub fn fingerprint(&self, key: &[u8]) -> String {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
            unreachable!("HMAC takes a key of any length")
        };
        mac.update(&self.0);
        hex(&mac.finalize().into_bytes()[..16])
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({})", self.masked())
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl Serialize for Secret {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.masked())
    }
}

/// Tells fleet keys apart: the same for the same key, and nothing of the key is in it.
pub fn key_id(key: &[u8]) -> String {
    let mut id = Secret::new("the id of a fleet key").fingerprint(key);
    id.truncate(16);
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_prints_reveals() {
        let raw = format!("ATBB{}9F3A", "kQz4".repeat(7));
        let secret = Secret::new(raw.as_bytes());
        for shown in [
            format!("{secret}"),
            format!("{secret:?}"),
            format!("{:?}", Some(&secret)),
            serde_json::to_string(&secret).unwrap(),
        ] {
            assert!(!shown.contains(&raw[4..32]), "{shown}");
            assert!(shown.contains("ATBB…9F3A (36)"), "{shown}");
        }
        assert_eq!(Secret::new("hunter2").masked(), "… (7)");
    }

    #[test]
    fn fingerprint_depends_on_key_and_secret() {
        let a = Secret::new("one");
        assert_eq!(a.fingerprint(b"k"), Secret::new("one").fingerprint(b"k"));
        assert_ne!(a.fingerprint(b"k"), a.fingerprint(b"l"));
        assert_ne!(a.fingerprint(b"k"), Secret::new("two").fingerprint(b"k"));
        assert_eq!(a.fingerprint(b"k").len(), 32);
    }
}
