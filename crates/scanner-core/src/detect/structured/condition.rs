//! What must hold around a slot for it to be Bitbucket's.

use std::ops::Range;
use std::sync::LazyLock;

use regex::bytes::Regex;

use super::objects::{decoded, said};
use super::template::Parsed;
use crate::bitbucket::{TokenFormat, classify_token};
use crate::consumer::{Condition, Slot};
use crate::document::Document;
use crate::structure::walk::Trail;

/// Whether a condition holds for the object that `trail` leads to.
pub(super) fn holds(
    doc: &Document<'_>,
    parsed: &Parsed,
    slot: &Slot,
    trail: &Trail<'_>,
    condition: &Condition,
) -> bool {
    let at = |path: &str| trail.find(path, &|key| is_host(doc, key));
    // Texts there; where the slot is base64 also what they decode to.
    let any = |path: &str, test: &dyn Fn(&[u8]) -> bool| {
        at(path).iter().flat_map(|found| found.node().scalars()).any(|scalar| {
            let text = said(doc, parsed, scalar);
            test(&text) || slot.base64 && decoded(&text).is_some_and(|text| test(&text))
        })
    };
    match *condition {
        Condition::Is(path, values) => any(path, &|text| {
            values.iter().any(|value| text.trim_ascii().eq_ignore_ascii_case(value.as_bytes()))
        }),
        Condition::Cloud(path) => any(path, &|text| names_cloud(doc, text)),
        Condition::Contains(path, part) => any(path, &|text| {
            let part = part.as_bytes();
            text.windows(part.len()).any(|window| window.eq_ignore_ascii_case(part))
        }),
        Condition::Has(path) => !at(path).is_empty(),
        Condition::Lacks(path) => at(path).is_empty(),
        Condition::CloudInFile => names_cloud(doc, &doc.text),
        Condition::InFile(part) => memchr::memmem::find(&doc.text, part.as_bytes()).is_some(),
        Condition::AppPassword(path) => {
            any(path, &|text| classify_token(text.trim_ascii_end()) == TokenFormat::AppPassword)
        }
        Condition::Any(conditions) => {
            conditions.iter().any(|condition| holds(doc, parsed, slot, trail, condition))
        }
        Condition::All(conditions) => {
            conditions.iter().all(|condition| holds(doc, parsed, slot, trail, condition))
        }
    }
}

/// Where the words stand that a condition compares with: `BITBUCKET_CLOUD_APP_PASSWORD` as the type of
/// a connection is the name of no variable.
pub(super) fn words(conditions: &[Condition], trail: &Trail<'_>, found: &mut Vec<Range<usize>>) {
    for condition in conditions {
        match *condition {
            Condition::Is(path, _) => {
                let at = trail.find(path, &|_| false);
                let scalars = at.iter().flat_map(|found| found.node().scalars());
                found.extend(scalars.map(|scalar| scalar.content.clone()));
            }
            Condition::Any(conditions) | Condition::All(conditions) => {
                words(conditions, trail, found);
            }
            _ => {}
        }
    }
}

/// Whether a text names a host of Bitbucket Cloud, or one that the user says leads there.
pub(in crate::detect) fn names_cloud(doc: &Document<'_>, text: &[u8]) -> bool {
    const HOST: &str = r"(?i-u)(?:^|[^a-z0-9.-]|(?:^|[^a-z0-9.-])(?:api\.|www\.|altssh\.))bitbucket\.org(?:\.?$|\.?[^a-z0-9.-]|\.[^a-z0-9])";
    static CLOUD: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(HOST).ok());
    CLOUD.as_ref().is_some_and(|cloud| cloud.is_match(text)) || doc.settings.names_host(text)
}

/// Whether a key is a host of Bitbucket Cloud or a URL of one.
pub(super) fn is_host(doc: &Document<'_>, key: &str) -> bool {
    let rest = key.split_once("://").map_or(key, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let host = authority.rsplit('@').next().unwrap_or(authority);
    let host = host.split(':').next().unwrap_or(host);
    doc.host(host.as_bytes()).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_urls() {
        let doc = Document::new("x", b"");
        for key in [
            "bitbucket.org",
            "https://bitbucket.org",
            "https://api.bitbucket.org/2.0",
            "git:https://joe@bitbucket.org:443/x",
        ] {
            assert!(is_host(&doc, key), "{key}");
        }
        for key in ["bitbucket.org.evil.com", "github.com", "https://github.com/bitbucket.org", ""]
        {
            assert!(!is_host(&doc, key), "{key}");
        }
    }

    #[test]
    fn texts_that_name_the_cloud() {
        let doc = Document::new("x", b"");
        for text in [
            "bitbucket.org",
            "https://bitbucket.org/a",
            "git@bitbucket.org:a/b",
            "see api.BitBucket.org.",
            "ssh://git@altssh.bitbucket.org:443/a",
        ] {
            assert!(names_cloud(&doc, text.as_bytes()), "{text}");
        }
        for text in [
            "",
            "bitbucket.org.evil.com",
            "my-bitbucket.org",
            "bitbucket.orgs",
            "x.notbitbucket.org",
            "bitbucket",
        ] {
            assert!(!names_cloud(&doc, text.as_bytes()), "{text}");
        }
    }
}
