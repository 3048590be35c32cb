//! The objects of a structured file that a slot of the consumer table describes.

use std::borrow::Cow;
use std::ops::Range;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

use super::condition::holds;
use super::template::Parsed;
use crate::consumer::{Shape, Slot};
use crate::document::Document;
use crate::structure::walk::Trail;
use crate::structure::{Scalar, Style};

/// One field of an object: a name and the scalar that belongs to it.
#[derive(Clone, Copy, Debug)]
pub struct Field<'t> {
    /// What names it, decoded.
    pub name: &'t str,
    /// Where the name stands, without quotes; empty for an item of a list.
    pub name_range: (usize, usize),
    /// Its scalar.
    pub scalar: &'t Scalar,
    /// Where the scalar stands, quotes included.
    pub range: (usize, usize),
}

impl<'t> Field<'t> {
    fn of(trail: &Trail<'t>) -> Option<Self> {
        let node = trail.node();
        let scalar = node.scalar()?;
        let range = (node.range.start, node.range.end);
        Some(match trail.entry() {
            Some(entry) => Self {
                name: &entry.key,
                name_range: (entry.key_range.start, entry.key_range.end),
                scalar,
                range,
            },
            None => Self { name: "", name_range: (range.0, range.0), scalar, range },
        })
    }

    /// Where its content stands, without quotes.
    pub fn content(&self) -> Range<usize> {
        self.scalar.content.clone()
    }

    /// Where its name stands.
    pub fn name_at(&self) -> Range<usize> {
        self.name_range.0..self.name_range.1
    }
}

/// An object that holds a credential.
#[derive(Clone, Debug)]
pub struct Object<'t> {
    /// The object, or the one that holds the scalar.
    pub trail: Trail<'t>,
    /// The field of the username, where the slot has one and it is there.
    pub username: Option<Field<'t>>,
    /// The field of the secret; of both for [`Shape::Pair`].
    pub secret: Field<'t>,
}

/// Every object of the file that `slot` describes and whose conditions hold.
pub fn objects<'t>(doc: &Document<'_>, parsed: &'t Parsed, slot: &Slot) -> Vec<Object<'t>> {
    let is_bitbucket = |key: &str| super::condition::is_host(doc, key);
    let mut found = Vec::new();
    for top in &parsed.tree.documents {
        for trail in Trail::top(top).find(slot.path, &is_bitbucket) {
            let Some(object) = object(trail, slot, &is_bitbucket) else { continue };
            if slot.when.iter().all(|when| holds(doc, parsed, slot, &object.trail, when)) {
                found.push(object);
            }
        }
    }
    found
}

fn object<'t>(
    trail: Trail<'t>,
    slot: &Slot,
    is_bitbucket: &dyn Fn(&str) -> bool,
) -> Option<Object<'t>> {
    let first = |paths: &[&str]| {
        paths
            .iter()
            .flat_map(|path| trail.find(path, is_bitbucket))
            .find_map(|found| Field::of(&found))
    };
    match slot.shape {
        Shape::Fields { username, secret } => {
            let secret = first(secret)?;
            let username = first(username);
            Some(Object { trail, username, secret })
        }
        Shape::Items { name, value, username, secret } => {
            let item = |names: &[&str]| {
                // In XML items are elements of one name beside others.
                let items = trail.find("[]", is_bitbucket).into_iter();
                items.chain(trail.find("*", is_bitbucket)).find_map(|item| {
                    let of = |key: &str| item.find(key, is_bitbucket).into_iter().next();
                    let named = Field::of(&of(name)?)?;
                    let value = Field::of(&of(value)?)?;
                    names.iter().any(|known| named.scalar.text == **known).then(|| Field {
                        name: &named.scalar.text,
                        name_range: (named.scalar.content.start, named.scalar.content.end),
                        ..value
                    })
                })
            };
            let secret = item(secret)?;
            let username = item(username);
            Some(Object { trail, username, secret })
        }
        Shape::Pair | Shape::Secret => {
            let secret = Field::of(&trail)?;
            let trail = trail.up().unwrap_or(trail);
            Some(Object { trail, username: None, secret })
        }
    }
}

/// Padding may be missing, and people break lines.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What a base64 text holds; `None` if it is none.
pub(super) fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    let text: Vec<u8> = text.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
    (!text.is_empty()).then(|| LENIENT.decode(text).ok())?
}

/// What a field says, as the judge of slots reads it: an expression as a reference, base64 as it
/// stands.
pub(super) fn said<'t>(doc: &Document<'_>, parsed: &Parsed, scalar: &'t Scalar) -> Cow<'t, [u8]> {
    let raw = || doc.text.get(scalar.content.clone()).unwrap_or_default();
    if parsed.filled {
        return Cow::Owned(raw().to_vec());
    }
    if scalar.style == Style::Expression {
        return Cow::Owned([b"${", untagged(raw()), b"}"].concat());
    }
    if let Some(tag) = tag_before(&doc.text, scalar.content.start) {
        // `!Ref Name`, `!vault |`: what computes it; `!!str` is a type.
        if !tag.starts_with(b"!!") {
            return Cow::Owned([b"${", scalar.text.as_bytes(), b"}"].concat());
        }
    }
    Cow::Borrowed(scalar.text.as_bytes())
}

/// What a YAML tag is about: `Name` in `!Ref "Name"`.
fn untagged(raw: &[u8]) -> &[u8] {
    let end = raw.iter().position(u8::is_ascii_whitespace).unwrap_or(raw.len());
    let (tag, rest) = raw.split_at(end);
    let rest = rest.trim_ascii();
    if tag.first() != Some(&b'!') || rest.is_empty() {
        return raw;
    }
    match rest {
        [open @ (b'"' | b'\''), inner @ .., close] if open == close => inner,
        rest => rest,
    }
}

/// The YAML tag in front of a scalar, if one stands there.
fn tag_before(text: &[u8], start: usize) -> Option<&[u8]> {
    let before = &text[start.saturating_sub(64)..start];
    let line = memchr::memrchr(b'\n', before).map_or(before, |at| &before[at + 1..]);
    let line = line.strip_suffix(b"\"").or_else(|| line.strip_suffix(b"'")).unwrap_or(line);
    let word = line.trim_ascii_end();
    if word.len() == line.len() {
        return None;
    }
    let word = word.rsplit(u8::is_ascii_whitespace).next()?;
    (word.len() > 1 && word[0] == b'!').then_some(word)
}
