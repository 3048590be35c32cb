use std::borrow::Cow;
use std::collections::BTreeMap;

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, percent_encode};

use super::{MASK, label, mask_formats};
use crate::Secret;

/// What RFC 3986 lets stand in user information is left as it is.
const USERINFO: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'/')
    .add(b':')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'@')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// As JavaScript's `encodeURIComponent`.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// Shorter secrets would mask half of every text.
const MIN_LEN: usize = 8;

/// Masks every secret that a scan came upon, in any string: a path can hold one too.
#[derive(Debug, Default)]
pub struct Scrubber {
    matcher: Option<AhoCorasick>,
    labels: Vec<String>,
}

impl Scrubber {
    /// Knows the given secrets of at least eight bytes: raw, percent-encoded and as part of a base64
    /// text.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        let mut patterns: BTreeMap<Vec<u8>, String> = BTreeMap::new();
        for secret in secrets {
            let raw = secret.expose();
            if raw.len() < MIN_LEN {
                continue;
            }
            let label = label(secret);
            for set in [USERINFO, COMPONENT, NON_ALPHANUMERIC] {
                let encoded = percent_encode(raw, set).to_string();
                patterns.entry(encoded.to_ascii_lowercase().into_bytes()).or_insert(MASK.into());
                patterns.entry(encoded.into_bytes()).or_insert_with(|| label.clone());
            }
            for form in base64_forms(raw) {
                patterns.entry(form).or_insert_with(|| MASK.into());
            }
            patterns.insert(raw.to_vec(), label);
        }
        let (patterns, labels): (Vec<_>, Vec<_>) = patterns.into_iter().unzip();
        let matcher = (!patterns.is_empty())
            .then(|| {
                AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&patterns).ok()
            })
            .flatten();
        Self { matcher, labels }
    }

    /// Masks the known secrets and all that looks like one.
    pub fn scrub<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match self.known(text, &mut []) {
            Cow::Borrowed(text) => mask_formats(text),
            Cow::Owned(text) => Cow::Owned(mask_formats(&text).into_owned()),
        }
    }

    /// Masks the known secrets alone. `marks` are offsets in `text`, moved along.
    pub(crate) fn known<'a>(&self, text: &'a str, marks: &mut [usize]) -> Cow<'a, str> {
        let Some(matcher) = &self.matcher else { return Cow::Borrowed(text) };
        if !matcher.is_match(text) {
            return Cow::Borrowed(text);
        }
        let mut out = String::with_capacity(text.len());
        let mut moved = marks.to_vec();
        let mut at = 0;
        for found in matcher.find_iter(text) {
            // A secret may be any bytes, so that a match may begin or end inside a character.
            let start = floor_char_boundary(text, found.start()).max(at);
            let end = ceil_char_boundary(text, found.end());
            out.push_str(&text[at..start]);
            for (mark, new) in marks.iter().zip(&mut moved) {
                if (at..=start).contains(mark) {
                    *new = out.len() - (start - *mark);
                }
            }
            out.push_str(&self.labels[found.pattern().as_usize()]);
            for (mark, new) in marks.iter().zip(&mut moved) {
                if *mark > start && *mark <= end {
                    *new = out.len();
                }
            }
            at = end;
        }
        for (mark, new) in marks.iter().zip(&mut moved) {
            if *mark > at {
                *new = out.len() + (*mark - at);
            }
        }
        out.push_str(&text[at..]);
        marks.copy_from_slice(&moved);
        Cow::Owned(out)
    }

    /// Masks the known secrets in bytes of any encoding.
    pub(crate) fn known_bytes<'a>(&self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        match &self.matcher {
            Some(matcher) if matcher.is_match(bytes) => {
                Cow::Owned(matcher.replace_all_bytes(bytes, &self.labels))
            }
            _ => Cow::Borrowed(bytes),
        }
    }
}

/// What of `raw` shows in the base64 of any text that contains it, at each of the three places where
/// it may begin in a group. The characters at both ends, which its neighbours share, are left out.
fn base64_forms(raw: &[u8]) -> Vec<Vec<u8>> {
    let mut forms = Vec::new();
    for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
        for lead in 0..3_usize {
            let mut padded = vec![0; lead];
            padded.extend_from_slice(raw);
            let text = engine.encode(&padded);
            let whole = padded.len() / 3 * 4;
            let first = if lead == 0 { 0 } else { 4 };
            if let Some(form) = text.get(first..whole).filter(|form| form.len() >= MIN_LEN) {
                forms.push(form.as_bytes().to_vec());
            }
        }
    }
    forms
}

fn floor_char_boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn ceil_char_boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn masks_in_every_form() {
        let raw = "p@ss/w0rd+x!y";
        let scrubber = Scrubber::new([&Secret::new(raw)]);
        for text in [
            format!("/srv/{raw}/x"),
            "a p%40ss%2Fw0rd+x!y b".into(),
            "a p%40ss%2fw0rd%2bx!y b".into(),
            "a p%40ss%2Fw0rd%2Bx%21y b".into(),
        ] {
            let masked = scrubber.scrub(&text);
            assert!(masked.contains('…') && !masked.contains("w0rd"), "{masked}");
        }
        for user in ["", "j", "jo", "joe"] {
            let encoded = STANDARD.encode(format!("{user}:{raw}"));
            let masked = scrubber.scrub(&encoded).into_owned();
            let shared = encoded.len()
                - encoded.bytes().zip(masked.bytes()).take_while(|(a, b)| a == b).count();
            assert!(masked.contains('…') && shared >= 8, "{encoded} {masked}");
        }
        assert_eq!(
            scrubber.known_bytes(b"\xFFp@ss/w0rd+x!y"),
            "\u{2026}".as_bytes().iter().fold(vec![0xFF], |mut v, b| {
                v.push(*b);
                v
            })
        );
    }

    #[test]
    fn short_secrets_are_left_to_the_ranges() {
        assert_eq!(Scrubber::new([&Secret::new("org")]).scrub("bitbucket.org"), "bitbucket.org");
    }

    proptest! {
        #[test]
        fn no_secret_is_left_and_marks_stay_in_order(
            secret in "[a-z@/é]{8,12}",
            before in "[a-z é]{0,9}",
            between in "[a-z é]{0,9}",
        ) {
            let text = format!("{before}{secret}{between}{secret}");
            let scrubber = Scrubber::new([&Secret::new(secret.as_bytes())]);
            let mut marks = [0, before.len(), before.len() + secret.len(), text.len()];
            let masked = scrubber.known(&text, &mut marks);
            prop_assert!(!masked.contains(&secret));
            prop_assert!(marks.is_sorted());
            prop_assert!(marks.iter().all(|mark| masked.is_char_boundary(*mark)));
            prop_assert_eq!(marks[3], masked.len());
        }
    }
}
