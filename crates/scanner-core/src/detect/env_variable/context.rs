//! What the rest of a file says: Bitbucket Cloud or Data Center, and who the user is.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem;
use regex::bytes::Regex;

use crate::bitbucket::{TokenFormat, classify_token};
use crate::detect::value::{self, Value};
use crate::document::{Document, FileKind};

use super::assignment::assigned;
use super::text::is_word;

/// What a whole file says of the variables in it. Gathered once a file, in time linear in its length.
#[derive(Debug, Default)]
pub(super) struct Context {
    /// Something in the file is about Bitbucket Cloud.
    pub(super) cloud: bool,
    /// Something in the file is about a Bitbucket server of one's own.
    pub(super) data_center: bool,
    /// Variables that hold a username: their names, and what they hold where it is a literal.
    users: Vec<(String, Option<String>)>,
}

/// More usernames than these are a list of accounts.
const MOST_USERS: usize = 32;

impl Context {
    pub(super) fn of(doc: &Document<'_>) -> Self {
        let (cloud, data_center) = servers(doc);
        Self {
            cloud: cloud || doc.kind == FileKind::BitbucketPipelines,
            data_center,
            users: users(doc),
        }
    }

    /// Whether a name that says little is about Bitbucket Cloud here.
    pub(super) fn is_cloud(&self) -> bool {
        self.cloud && !self.data_center
    }

    /// Whether the file is about a server of one's own, and not about Bitbucket Cloud.
    pub(super) fn is_data_center(&self) -> bool {
        self.data_center && !self.cloud
    }

    /// Whether the file has a variable for the username to go with the secret's.
    pub(super) fn has_user(&self) -> bool {
        !self.users.is_empty()
    }

    /// The username that goes with the variable `secret`: of the same prefix if there are several.
    pub(super) fn user(&self, secret: &str) -> Option<&str> {
        let literals =
            || self.users.iter().filter_map(|(name, value)| Some((name, value.as_deref()?)));
        let shared = |name: &str| {
            let pairs = name.bytes().zip(secret.bytes());
            pairs.take_while(|(a, b)| a.eq_ignore_ascii_case(b)).count()
        };
        literals().max_by_key(|(name, _)| shared(name)).map(|(_, value)| value)
    }
}

fn servers(doc: &Document<'_>) -> (bool, bool) {
    // Hosts, settings that name one, and paths and tokens that only Data Center has.
    const SIGNS: &str = concat!(
        r"(?i-u)",
        r"(?:bitbucket|stash|bb)[_-]?(?:server[_-]?)?(?:base[_-]?|api[_-]?)?(?:url|uri|host|hostname|server|domain|endpoint)",
        r#"\\?["']?[ \t]*(?::=|=>|=|:)[ \t]*\\?["']?(?:[a-z+]{2,9}://)?(?:[^\s/@"']{1,128}@)?([a-z0-9][a-z0-9.-]*)"#,
        r#"|[a-z+]{2,9}:(?:\\?/){2}(?:[^\s/@"'\\]{1,256}@)?([a-z0-9.-]*(?:bitbucket|stash)[a-z0-9.-]*)"#,
        r"|(?:^|[^a-z0-9.-])((?:api\.|www\.)?bitbucket\.org)(?:[^a-z0-9.-]|$)",
        r"|(bitbucket[_-]?cloud)",
        r"|(/rest/api/(?:1\.0|latest)\b|bitbucket[_-]?(?:server|data[_-]?center|dc)\b|BBDC-)",
    );
    static SIGN: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(SIGNS).ok());
    let Some(sign) = SIGN.as_ref() else { return (false, false) };
    let (mut cloud, mut data_center) = (doc.settings.names_host(&doc.text), false);
    for captures in sign.captures_iter(&doc.text) {
        let set = captures.get(1).is_some();
        if let Some(host) = captures.get(1).or_else(|| captures.get(2)).or_else(|| captures.get(3))
        {
            match host.as_bytes() {
                host if is_of_cloud(host, doc) => cloud = true,
                // `BITBUCKET_URL=true`, `bitbucket_host: string`, a word of an expression.
                host if set
                    && !host.contains(&b'.')
                    && !host.eq_ignore_ascii_case(b"localhost") => {}
                host if !host.contains(&b'.') && !set => {}
                _ => data_center = true,
            }
        }
        cloud |= captures.get(4).is_some();
        data_center |= captures.get(5).is_some();
        if cloud && data_center {
            break;
        }
    }
    (cloud, data_center)
}

/// Whether the value of a setting that names a host or a kind of host says Bitbucket Cloud.
pub(super) fn says_cloud(doc: &Document<'_>, value: &[u8]) -> bool {
    let value = value.trim_ascii().to_ascii_lowercase();
    let host = value.split(|b| *b == b'/').find(|part| part.contains(&b'.'));
    matches!(&value[..], b"bitbucket" | b"bitbucket-cloud" | b"bitbucket_cloud" | b"bitbucketcloud")
        || host.is_some_and(|host| is_of_cloud(host, doc))
}

fn is_of_cloud(host: &[u8], doc: &Document<'_>) -> bool {
    let host = host.to_ascii_lowercase();
    let host = host.strip_suffix(b".").unwrap_or(&host);
    doc.host(host).is_some()
        || [&b".bitbucket.org"[..], b".bitbucket.io"].iter().any(|domain| host.ends_with(domain))
}

fn users(doc: &Document<'_>) -> Vec<(String, Option<String>)> {
    const NAMES: &str = r"(?i-u)(?:bitbucket|bb)[a-z0-9_-]{0,40}?(?:user(?:_?-?name)?|login)";
    static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(NAMES).ok());
    let text: &[u8] = &doc.text;
    let Some(name) = NAME.as_ref() else { return Vec::new() };
    let mut found: Vec<(String, Option<String>)> = Vec::new();
    let own = doc.settings.username().into_iter().flat_map(|own| own.find_iter(text));
    for hit in name.find_iter(text).chain(own).take(1024) {
        let Some(range) = whole_word(text, hit.range()) else { continue };
        let name = String::from_utf8_lossy(&text[range.clone()]).into_owned();
        let value = assigned(doc, &range).filter(|value| value.constant).and_then(|value| {
            let literal = value::classify(&value.content, doc.kind) == Value::Literal;
            (literal && is_username(&value.content))
                .then(|| String::from_utf8_lossy(&value.content).into_owned())
        });
        if let Some(known) = found.iter_mut().find(|(known, _)| *known == name) {
            if known.1.is_none() {
                known.1 = value;
            }
        } else {
            found.push((name, value));
        }
        if found.len() >= MOST_USERS {
            break;
        }
    }
    found
}

/// The word around a hit, if nothing follows the hit in it.
fn whole_word(text: &[u8], hit: Range<usize>) -> Option<Range<usize>> {
    if text.get(hit.end).is_some_and(|b| is_word(*b) || *b == b'-') {
        return None;
    }
    let before = text[..hit.start].iter().rev().take(64).take_while(|b| is_word(**b)).count();
    (before < 64).then(|| hit.start - before..hit.end)
}

/// Whether a report may show the value as a username: short, and no token.
pub(super) fn is_username(value: &[u8]) -> bool {
    value.len() <= 100
        && !value.iter().any(u8::is_ascii_whitespace)
        && matches!(classify_token(value), TokenFormat::Unknown | TokenFormat::LegacyAppPassword)
        && ![&b"ATBB"[..], b"ATATT", b"ATCTT", b"BBDC-"]
            .iter()
            .any(|token| memmem::find(value, token).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(text: &str) -> Context {
        Context::of(&Document::new(".env", text.as_bytes()))
    }

    #[test]
    fn cloud() {
        for text in [
            "URL=https://bitbucket.org/acme",
            "URL=https://api.bitbucket.org/2.0",
            "URL=\"https://user:x@bitbucket.org/acme\"",
            "bitbucket.org",
            "BITBUCKET_HOST=bitbucket.org",
            "BITBUCKET_URL: 'https://BitBucket.ORG'",
            "bitbucketCloud:",
            "https:\\/\\/bitbucket.org\\/x",
            "ssh://git@altssh.bitbucket.org:443/x",
        ] {
            assert!(context(text).is_cloud(), "{text}");
        }
    }

    #[test]
    fn not_cloud() {
        for text in [
            "",
            "bitbucket",
            "URL=https://bitbucket.acme.example/scm/x",
            "URL=https://bitbucket.org.evil.com/x",
            "BITBUCKET_HOST=git.acme.example",
            "BITBUCKET_URL=https://git.acme.example\nX=https://bitbucket.org",
            "bitbucketServer:\n  x: https://bitbucket.org",
            "notbitbucket.org",
            "curl https://git.acme.example/rest/api/1.0/projects # bitbucket.org",
        ] {
            assert!(!context(text).is_cloud(), "{text}");
        }
        assert!(!context("BITBUCKET_URL=$URL\nBITBUCKET_HOST=true").data_center);
    }

    #[test]
    fn the_user_of_the_same_prefix_is_taken() {
        let two = context("BB_USER=one-bot\nBITBUCKET_USERNAME=two-bot\nBITBUCKET_USERNAME_FILE=x");
        assert_eq!(two.user("BITBUCKET_PASSWORD"), Some("two-bot"));
        assert_eq!(two.user("BB_APP_PASSWORD"), Some("one-bot"));
        let reference = context("BITBUCKET_USERNAME=$USER");
        assert!(reference.has_user());
        assert_eq!(reference.user("BITBUCKET_PASSWORD"), None);
        assert!(!context("BITBUCKET_API_TOKEN=x").has_user());
    }
}
