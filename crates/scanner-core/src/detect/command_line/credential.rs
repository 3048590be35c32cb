//! The credentials that an option brings, down to username and secret.

use std::ops::Range;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::bitbucket::{TokenFormat, classify_token};
use crate::finding::Role;

use super::lexer::{Word, words};
use super::options::{Argument, Credential};
use super::reading::Reading;
use super::variables::{Source, expansion, expansions, values};

/// A part of a credential: what it says, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) bytes: Vec<u8>,
    pub(super) range: Range<usize>,
}

impl Field {
    pub(super) fn of(word: &Word, part: Range<usize>) -> Self {
        Self { bytes: word.bytes[part.clone()].to_vec(), range: word.range(part) }
    }
}

/// How the credential is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `user:secret`, or one variable for both.
    Pair,
    /// Each for itself.
    Apart,
    /// A Basic header: its value is base64 or a variable that holds it.
    Basic,
    /// A Bearer header or option.
    Bearer,
}

/// One credential of a call.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) form: Form,
    /// The whole use.
    pub(super) range: Range<usize>,
    /// Where what holds it begins: tells how it is quoted.
    pub(super) begins: usize,
    pub(super) user: Option<Field>,
    pub(super) secret: Option<Field>,
    /// Parts beside user and secret.
    pub(super) parts: Vec<(Role, Range<usize>)>,
}

impl Held {
    pub(super) fn new(form: Form, range: Range<usize>, begins: usize) -> Self {
        Self { form, range, begins, user: None, secret: None, parts: Vec::new() }
    }
}

/// What an option brings. `begins`: where its command does.
pub(super) fn held(doc: &Source<'_, '_>, credential: &Credential, begins: usize) -> Option<Held> {
    match credential {
        Credential::Pair(argument) => {
            if let Some(value) =
                in_variable(doc, &argument.word, |value| colon(&value.bytes).is_some())
            {
                return pair(&value, value.raw.clone(), value.raw.start);
            }
            pair(&argument.word, argument.range.clone(), begins)
        }
        Credential::Apart { user, secret } => Some(apart(user.as_ref(), secret, begins)),
        Credential::Header(argument) => {
            header_of(doc, &argument.word, argument.range.clone(), begins)
        }
        Credential::Bearer(argument) => {
            Some(bearer(&argument.word, argument.range.clone(), begins))
        }
    }
}

/// What an `Authorization` header brings, itself or by a variable that holds all of it.
pub(super) fn header_of(
    doc: &Source<'_, '_>,
    word: &Word,
    range: Range<usize>,
    begins: usize,
) -> Option<Held> {
    let is_header = |value: &Word| scheme(&value.bytes).is_some();
    match in_variable(doc, word, is_header) {
        Some(value) => {
            let mut held = header(doc, &value, value.raw.clone(), value.raw.start)?;
            // The option stands elsewhere.
            held.parts.retain(|(role, _)| *role != Role::Option);
            Some(held)
        }
        None => header(doc, word, range, begins),
    }
}

/// What the file assigns to the variable that `word` is, if some value is as wanted.
fn in_variable(doc: &Source<'_, '_>, word: &Word, wanted: impl Fn(&Word) -> bool) -> Option<Word> {
    let (name, length) = expansion(&word.bytes)?;
    if length != word.bytes.len() || word.bytes.starts_with(b"<") {
        return None;
    }
    values(doc, name).into_iter().find(wanted)
}

/// The colon between username and secret: outside of expansions.
pub(super) fn colon(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b':' {
            return Some(at);
        }
        at += expansion(&bytes[at..]).map_or(1, |(_, length)| length);
    }
    None
}

fn pair(word: &Word, range: Range<usize>, begins: usize) -> Option<Held> {
    if word.bytes.is_empty() {
        return None;
    }
    let mut held = Held::new(Form::Pair, range, begins);
    held.parts.push((Role::Word, word.raw.clone()));
    match colon(&word.bytes) {
        Some(colon) => {
            held.user = Some(Field::of(word, 0..colon));
            held.secret = Some(Field::of(word, colon + 1..word.bytes.len()));
        }
        None => held.user = Some(Field::of(word, 0..word.bytes.len())),
    }
    Some(held)
}

fn apart(user: Option<&Argument>, secret: &Argument, begins: usize) -> Held {
    let ranges = || user.into_iter().chain([secret]).map(|argument| &argument.range);
    let start = ranges().map(|range| range.start).min().unwrap_or_default();
    let end = ranges().map(|range| range.end).max().unwrap_or_default();
    let mut held = Held::new(Form::Apart, start..end, begins);
    let whole = |argument: &Argument| Field::of(&argument.word, 0..argument.word.bytes.len());
    held.user = user.map(whole);
    held.secret = Some(whole(secret));
    held
}

fn bearer(word: &Word, range: Range<usize>, begins: usize) -> Held {
    let mut held = Held::new(Form::Bearer, range.clone(), begins);
    held.secret = Some(Field::of(word, 0..word.bytes.len()));
    held.parts.push((Role::Option, range));
    held
}

/// Where the credential of an `Authorization` header begins, and whether it is Basic.
fn scheme(bytes: &[u8]) -> Option<(usize, bool)> {
    const NAME: &[u8] = b"authorization";
    if !bytes.get(..NAME.len())?.eq_ignore_ascii_case(NAME) {
        return None;
    }
    let blanks =
        |at: usize| bytes[at.min(bytes.len())..].iter().take_while(|b| **b == b' ').count();
    let mut at = NAME.len() + blanks(NAME.len());
    if bytes.get(at) != Some(&b':') {
        return None;
    }
    at += 1;
    at += blanks(at);
    let length = bytes[at..].iter().take_while(|b| b.is_ascii_alphabetic()).count();
    let scheme = &bytes[at..at + length];
    let start = at + length + blanks(at + length);
    let basic = scheme.eq_ignore_ascii_case(b"basic");
    (start < bytes.len() && (basic || scheme.eq_ignore_ascii_case(b"bearer")))
        .then_some((start, basic))
}

fn header(doc: &Source<'_, '_>, word: &Word, range: Range<usize>, begins: usize) -> Option<Held> {
    let (start, basic) = scheme(&word.bytes)?;
    let value = word.tail(start);
    if !basic {
        return Some(Held {
            range: range.clone(),
            parts: vec![(Role::Option, range.clone())],
            ..bearer(&value, range, begins)
        });
    }
    if let Some(found) = encoded(doc, &value) {
        let parts = [found.parts, vec![(Role::Option, range.clone())]].concat();
        return Some(Held { range, parts, ..found });
    }
    if let Some(assigned) = in_variable(doc, &value, |value| {
        encoded(doc, value).is_some() || decode(&value.bytes).is_some()
    }) {
        // The encoding stands at the assignment, and stays.
        let assigned_range = assigned.raw.clone();
        return encoded(doc, &assigned)
            .or_else(|| basic_literal(&assigned, assigned_range, assigned.raw.start));
    }
    if let Some(found) = basic_literal(&value, range.clone(), begins) {
        return Some(Held { parts: [found.parts, vec![(Role::Option, range)]].concat(), ..found });
    }
    let mut held = Held::new(Form::Basic, range.clone(), begins);
    let (_, length) = expansion(&value.bytes)?;
    if length != value.bytes.len() {
        return None;
    }
    held.secret = Some(Field::of(&value, 0..length));
    held.parts.push((Role::Option, range));
    Some(held)
}

fn basic_literal(value: &Word, range: Range<usize>, begins: usize) -> Option<Held> {
    let decoded = decode(&value.bytes)?;
    let place = value.range(0..value.bytes.len());
    let mut held = Held::new(Form::Basic, range, begins);
    let colon = decoded.iter().position(|b| *b == b':').unwrap_or(0);
    let field = |bytes: &[u8]| Field { bytes: bytes.to_vec(), range: place.clone() };
    held.user = Some(field(&decoded[..colon]));
    held.secret = Some(field(&decoded[(colon + 1).min(decoded.len())..]));
    held.parts.push((Role::Base64, place));
    Some(held)
}

/// `user:secret` out of base64, with or without its padding.
pub(super) fn decode(base64: &[u8]) -> Option<Vec<u8>> {
    const ENGINE: GeneralPurpose = GeneralPurpose::new(
        &STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true),
    );
    if base64.len() < 8 {
        return None;
    }
    let decoded = ENGINE.decode(base64).ok()?;
    let readable = decoded.iter().all(|b| b.is_ascii_graphic() || *b == b' ');
    let colon = decoded.iter().position(|b| *b == b':')?;
    (readable && colon > 0 && colon + 1 < decoded.len()).then_some(decoded)
}

/// The pair in `$(echo -n user:secret | base64)`.
fn encoded(doc: &Source<'_, '_>, value: &Word) -> Option<Held> {
    let bytes = &value.bytes;
    let (open, close) = match bytes[..] {
        [b'$', b'(', .., b')'] => (2, 1),
        [b'`', .., b'`'] => (1, 1),
        _ => return None,
    };
    let inner = bytes.get(open..bytes.len().checked_sub(close)?)?;
    memchr::memmem::find(inner, b"base64")?;
    let start = value.range(open..open + 1).start;
    let reading = Reading::of(doc, start);
    let words = words(&doc.text, start, &Reading { in_backticks: open == 1, ..reading });
    let end = value.range(bytes.len() - 1..bytes.len()).end;
    let whole = value.range(0..1).start..end;
    let program = words.first()?.bytes.clone();
    let mut arguments = words[1..].iter().filter(|word| word.raw.end <= end);
    let found = match &program[..] {
        b"echo" => pair(
            arguments.find(|word| !matches!(word.bytes[..], [b'-', b'n' | b'e' | b'E', ..]))?,
            whole,
            start,
        ),
        b"printf" => printf(&arguments.cloned().collect::<Vec<_>>(), whole, start),
        _ => None,
    }?;
    (found.secret.is_some()).then_some(found)
}

fn printf(arguments: &[Word], whole: Range<usize>, begins: usize) -> Option<Held> {
    let (format, rest) = arguments.split_first()?;
    match (&format.bytes[..], rest) {
        (b"%s:%s", [user, secret]) => {
            let mut held = Held::new(Form::Apart, whole, begins);
            held.user = Some(Field::of(user, 0..user.bytes.len()));
            held.secret = Some(Field::of(secret, 0..secret.bytes.len()));
            Some(held)
        }
        (b"%s", [word]) => pair(word, whole, begins),
        (format_bytes, []) if !format_bytes.contains(&b'%') => pair(format, whole, begins),
        _ => None,
    }
}

/// Whether nothing in `bytes` comes from a variable, so that it may be a secret.
pub(super) fn is_literal(bytes: &[u8]) -> bool {
    expansions(bytes).is_empty()
        && !matches!(classify_token(bytes), TokenFormat::Unknown if bytes.len() < 4)
}
