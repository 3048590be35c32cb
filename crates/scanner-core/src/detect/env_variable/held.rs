//! What a name holds where it stands, and whether that counts.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem;
use regex::bytes::Regex;

use crate::bitbucket::{TokenFormat, classify_token};
use crate::detect::value::{self, Value};
use crate::document::FileKind;
use crate::finding::{Confidence, Place};

use super::Scan;
use super::constant::Assigned;
use super::names::{NameKind, Named};
use super::position::names_a_store;
use super::scripts::told_by_flag;
use super::{reference, text};

/// User information of a URL that git takes with an API token.
const STATIC_USER: &str = "//x-bitbucket-api-token-auth";

/// What a name holds.
pub(super) enum Held<'d> {
    /// A literal that is, or may be, an app password.
    Secret { value: Assigned<'d>, confidence: Confidence },
    /// An API token.
    ApiToken(Assigned<'d>),
    /// A token of another kind, or a reference to an API token: nothing is wrong here.
    Fine,
    /// A literal, but hardly an app password.
    Unlikely(Assigned<'d>),
    /// Nothing, or a placeholder.
    Blank(Assigned<'d>),
    /// What another variable or an expression of a program gives.
    Elsewhere(Assigned<'d>),
    /// The name is not assigned anything where it stands.
    Mentioned,
}

impl<'d> Scan<'d, '_> {
    /// The literal in `${NAME:-literal}` or `set NAME --value literal`.
    pub(super) fn literal_beside(&self, name: &Range<usize>) -> Option<Assigned<'d>> {
        let literal =
            |value: &Assigned<'_>| value::classify(&value.content, self.doc.kind) == Value::Literal;
        reference::default(self.doc, name)
            .filter(literal)
            .or_else(|| told_by_flag(self.doc, name).filter(literal))
    }

    /// What the name holds, by the value's form.
    pub(super) fn held(
        &self,
        named: &Named,
        value: Option<Assigned<'d>>,
        place: Place,
    ) -> Held<'d> {
        let Some(value) = value else { return Held::Mentioned };
        if names_a_store(self.doc, named.range.start) {
            return Held::Mentioned;
        }
        if !value.constant {
            let moved = reference::says_api_token(&value.content);
            return if moved { Held::Fine } else { Held::Elsewhere(value) };
        }
        // A URL in its right form: a helper has the token, or quotes of another kind.
        if memmem::find(&value.content, STATIC_USER.as_bytes()).is_some() {
            return Held::Fine;
        }
        match value::classify(&value.content, self.doc.kind) {
            Value::Reference { name } if reference::says_api_token(name) => Held::Fine,
            Value::Reference { .. } => Held::Elsewhere(value),
            Value::Placeholder if reference::says_api_token(&value.content) => Held::Fine,
            Value::Empty | Value::Placeholder => Held::Blank(value),
            Value::Literal => self.literal(named, value, place),
        }
    }

    fn literal(&self, named: &Named, value: Assigned<'d>, place: Place) -> Held<'d> {
        let content = value.content.trim_ascii();
        let strong = named.class.kind == NameKind::Strong;
        let confidence = match classify_token(content) {
            TokenFormat::AppPassword => Confidence::Certain,
            TokenFormat::ApiToken => return Held::ApiToken(value),
            TokenFormat::AccessToken | TokenFormat::DataCenter => return Held::Fine,
            // Torn, or too long by what a lost separator would cut off.
            TokenFormat::Unknown if content.starts_with(b"ATBB") => Confidence::Likely,
            TokenFormat::LegacyAppPassword if is_generated(content) => {
                if place == Place::Prose && !strong {
                    return Held::Unlikely(value);
                }
                Confidence::Likely
            }
            // Programs and documents hold sample values, and binaries anything.
            _ if self.is_code() || place == Place::Prose => return Held::Unlikely(value),
            _ if text::is_binary_around(&self.doc.text, &named.range) => {
                return Held::Unlikely(value);
            }
            _ if !may_be_a_password(content) => return Held::Blank(value),
            TokenFormat::LegacyAppPassword => Confidence::Likely,
            TokenFormat::Unknown if strong => Confidence::Likely,
            TokenFormat::Unknown => Confidence::Possible,
        };
        Held::Secret { value, confidence }
    }

    /// Whether a literal under this name is reported, and how sure that is.
    pub(super) fn counts(
        &self,
        named: &Named,
        value: &Assigned<'_>,
        confidence: Confidence,
    ) -> Option<Confidence> {
        if confidence == Confidence::Certain || named.class.kind == NameKind::Strong {
            return Some(confidence);
        }
        if named.class.kind == NameKind::Tool {
            // A token of another kind may stand there, and of API tokens not all have a form.
            let content = value.content.trim_ascii();
            return (content.starts_with(b"ATBB") || is_generated(content)).then_some(confidence);
        }
        let context = self.context();
        let own_name = !is_generic(&self.doc.text[named.range.clone()]);
        if self.is_cloud(named) {
            return Some(if own_name && context.has_user() {
                Confidence::Likely
            } else {
                confidence
            });
        }
        // Without any context the form of the value has to say it, and nothing may deny it.
        let legacy = classify_token(value.content.trim_ascii()) == TokenFormat::LegacyAppPassword;
        (own_name && legacy && !context.data_center).then_some(confidence)
    }

    /// Whether a name that says little is about Bitbucket Cloud where it stands.
    pub(super) fn is_cloud(&self, named: &Named) -> bool {
        let name = &self.doc.text[named.range.clone()];
        if is_generic(name) && self.is_about_mail(&named.range) {
            return false;
        }
        if is_generic(name) {
            self.context().is_cloud() || self.is_under_bitbucket(&named.range)
        } else {
            self.context().is_cloud() || self.has_strong && !self.context().data_center
        }
    }

    /// App passwords are also what mail and clouds of other kinds call theirs.
    fn is_about_mail(&self, name: &Range<usize>) -> bool {
        const OTHERS: &str = r"(?i-u)gmail|googlemail|smtp|imap|icloud|appleid|yahoo|outlook|office365|nextcloud|wordpress|mailer|mastodon|bluesky|bsky|proton";
        static OTHER: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(OTHERS).ok());
        let text: &[u8] = &self.doc.text;
        let around = &text[name.start.saturating_sub(300)..(name.end + 200).min(text.len())];
        OTHER.as_ref().is_some_and(|other| other.is_match(around))
    }

    /// `bitbucket.appPassword`: the key above it says it.
    fn is_under_bitbucket(&self, name: &Range<usize>) -> bool {
        let before = &self.doc.text[name.start.saturating_sub(24)..name.start];
        let before = before.to_ascii_lowercase();
        [&b"bitbucket."[..], b"bitbucket_cloud.", b"bitbucket__", b"bitbucket/"]
            .iter()
            .any(|path| before.ends_with(path))
    }

    pub(super) fn is_code(&self) -> bool {
        matches!(self.doc.kind, FileKind::CodeHash | FileKind::CodeSlash)
    }
}

/// `APP_PASSWORD` and its forms say nothing of Bitbucket.
fn is_generic(name: &[u8]) -> bool {
    super::names::starts_ignoring_case(name, b"app")
}

/// Of the form of app passwords of the old kind, and generated: no word of twenty letters.
pub(in crate::detect) fn is_generated(value: &[u8]) -> bool {
    let has = |test: fn(&u8) -> bool| value.iter().any(test);
    classify_token(value) == TokenFormat::LegacyAppPassword
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_alphabetic)
}

/// Sentences, addresses, paths, numbers, calls and the names of other things stand where a password
/// is expected, too. App passwords are generated, and their form is known.
fn may_be_a_password(value: &[u8]) -> bool {
    let mark = |b: &u8| !b.is_ascii_graphic() || b"{}()[]<>|\"'`\\".contains(b);
    let starts = |marks: &[&[u8]]| marks.iter().any(|mark| value.starts_with(mark));
    let separator = |b: &u8| matches!(b, b'_' | b'-' | b'/' | b'.' | b':');
    let words = |letter: fn(&u8) -> bool| {
        value.iter().any(separator) && value.iter().all(|b| letter(b) || separator(b))
    };
    (6..=128).contains(&value.len())
        && !value.iter().any(mark)
        && !starts(&[b"/", b"./", b"~/", b"../", b"#", b"@", b"-"])
        && memmem::find(value, b"://").is_none()
        && !value.iter().all(|b| b.is_ascii_digit() || *b == b'.')
        && !words(u8::is_ascii_uppercase)
        && !words(u8::is_ascii_lowercase)
}
