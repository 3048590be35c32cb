//! Rewrites credentials in structured files, by the rows of the consumer table.

mod encoded;
mod entry;
mod pin;
mod proposal;
mod scalar;
#[cfg(test)]
mod tests;
mod value;

use std::cell::OnceCell;
use std::ops::Range;

use bbsweep_scanner_core::bitbucket::{GIT_ACCESS_TOKEN_USERNAME, GIT_API_TOKEN_USERNAME};
use bbsweep_scanner_core::consumer::{Consumer, Evidence, Format, Shape, Slot, UsernameForm};
use bbsweep_scanner_core::detect::structured::{self, format_of};
use bbsweep_scanner_core::document::Document;
use bbsweep_scanner_core::structure::Tree;
use bbsweep_scanner_core::{Role, State, Use};

use crate::rewrite::{Proposal, Subject, TextEdit};
use crate::url_userinfo::variable_in_secret;
use value::{Kind, New};

/// A file read by its structure, once for all of its findings.
#[derive(Debug, Default)]
pub(crate) struct Parsed(OnceCell<Option<structured::Parsed>>);

impl Parsed {
    fn tree(&self, doc: &Document<'_>, format: Format) -> Option<&Tree> {
        let parsed = self.0.get_or_init(|| structured::read(doc, format).ok()).as_ref()?;
        Some(&parsed.tree).filter(|tree| tree.format == format)
    }
}

/// See the consumer's row.
pub(crate) fn rewrite(subject: &Subject<'_>) -> Proposal {
    let Some(row) = subject.finding.slot else {
        return Proposal::manual("no row of the consumer table tells what stands there");
    };
    let place = Place { subject, row, consumer: row.rule.consumer() };
    if subject.finding.state == State::DeadSecret {
        return Proposal::manual("nothing uses it where it stands: delete the text");
    }
    match place.edits() {
        Ok(made) => place.proposal(made),
        Err(reason) => place.by_hand(reason),
    }
}

/// A finding and what its row says.
struct Place<'a> {
    subject: &'a Subject<'a>,
    row: &'static Slot,
    consumer: Option<&'static Consumer>,
}

/// What comes into a scalar: which one, which part of it, what.
struct Piece {
    content: Range<usize>,
    range: Range<usize>,
    new: New,
}

/// Edits, and what is known of them.
#[derive(Default)]
struct Made {
    edits: Vec<TextEdit>,
    /// What comes into the scalars, until it is written.
    pieces: Vec<Piece>,
    /// The secret's variable gets its new name.
    renamed: bool,
    /// The token's variable is read that was not before.
    new_token: bool,
    /// The user's new token stands in the file.
    put_token: bool,
    /// The email's variable is read that was not before.
    new_email: bool,
    /// The variable that the email's takes the place of.
    replaces: Option<String>,
    /// Placeholders as they stand in the file, and what they stand for.
    placeholders: Vec<(String, &'static str)>,
    /// More than the username changes: keys, versions.
    beyond: bool,
    /// What stays to be done by hand.
    told: Vec<String>,
    /// What the reason says besides.
    notes: Vec<String>,
}

const LOST: &str = "its user and password could not be told apart";

impl Place<'_> {
    /// The consumer's name in a sentence.
    fn name(&self) -> &'static str {
        match self.consumer {
            Some(consumer) if !consumer.name.is_empty() => consumer.name,
            _ => "what reads the file",
        }
    }

    fn evidence(&self) -> Evidence {
        let of_consumer = || self.consumer.map_or(Evidence::Inferred, |consumer| consumer.evidence);
        self.row.evidence.unwrap_or_else(of_consumer)
    }

    fn is_supported(&self) -> bool {
        self.row.form != UsernameForm::Unsupported
            && self.consumer.is_none_or(|consumer| consumer.form != UsernameForm::Unsupported)
    }

    fn unsupported(&self) -> String {
        match self.consumer.map(|consumer| consumer.form) {
            Some(UsernameForm::Unsupported) | None => {
                format!("{} does not take API tokens", self.name())
            }
            // Elsewhere it does.
            Some(_) => "an API token does not work in this place".to_owned(),
        }
    }

    /// What this username becomes; [`UsernameForm::Static`] or [`UsernameForm::Email`].
    fn form(&self, form: UsernameForm) -> Result<UsernameForm, String> {
        match (form, self.subject.finding.usage) {
            // git's name; the email has a field of its own.
            (UsernameForm::Static | UsernameForm::Both, _) | (UsernameForm::ByUse, Use::Git) => {
                Ok(UsernameForm::Static)
            }
            (UsernameForm::Email, _) | (UsernameForm::ByUse, Use::Rest) => Ok(UsernameForm::Email),
            (UsernameForm::ByUse, Use::Both | Use::Unknown) => {
                Err("it cannot be told whether git or the REST API gets the username".to_owned())
            }
            (UsernameForm::Unsupported, _) => Err(self.unsupported()),
        }
    }

    fn format(&self) -> Result<Format, String> {
        format_of(self.subject.doc, self.row).ok_or_else(|| "its format is not known".to_owned())
    }

    fn tree(&self) -> Result<&Tree, String> {
        self.subject
            .parsed
            .tree(self.subject.doc, self.format()?)
            .ok_or_else(|| "the file could not be read by its structure".to_owned())
    }

    fn text(&self, range: &Range<usize>) -> &str {
        let text = self.subject.doc.text.get(range.clone());
        text.and_then(|text| str::from_utf8(text).ok()).unwrap_or_default()
    }

    fn edits(&self) -> Result<Made, String> {
        if !self.is_supported() {
            return Err(self.unsupported());
        }
        if let Some(reason) = self.row.by_hand {
            return Err(reason.to_owned());
        }
        if self.evidence() == Evidence::Unknown {
            return Err(format!("no source says what {} takes instead", self.name()));
        }
        let mut made = Made::default();
        self.pin(&mut made)?;
        self.keys(&mut made)?;
        if self.row.base64 {
            self.encoded(&mut made)?;
        } else {
            self.apart()?;
            self.username(&mut made)?;
            self.secret(&mut made)?;
            self.write(&mut made)?;
        }
        self.adds(&mut made)?;
        if made.edits.is_empty() {
            return Err(match (made.told.first(), &self.subject.finding.variable) {
                (Some(told), _) => told.clone(),
                (None, Some(variable)) => {
                    let kept = self.subject.renames.why_kept(variable);
                    kept.map_or_else(
                        || format!("{variable} may hold something else than an app password"),
                        ToOwned::to_owned,
                    )
                }
                (None, None) => "what is kept there has to change".to_owned(),
            });
        }
        Ok(made)
    }

    /// Refuses what does not hold a secret, or both in one.
    fn apart(&self) -> Result<(), String> {
        let finding = self.subject.finding;
        let part = |role| self.subject.part_range(role);
        let (Some(value), Some(secret)) = (part(Role::Value), part(Role::Secret)) else {
            return Err(LOST.to_owned());
        };
        let user = part(Role::Username);
        if secret.is_empty() {
            return Err("no secret stands beside the username".to_owned());
        }
        if secret.start < value.start || value.end < secret.end {
            return Err("the secret stands in the field of the username".to_owned());
        }
        if user.as_ref().is_some_and(|user| user.start < secret.end && secret.start < user.end) {
            return Err(LOST.to_owned());
        }
        if self.row.shape == Shape::Pair && user.is_none() {
            return Err(match finding.state {
                State::Reference => {
                    "the variable holds user and password together, so its value has to change"
                }
                _ => LOST,
            }
            .to_owned());
        }
        Ok(())
    }

    fn username(&self, made: &mut Made) -> Result<(), String> {
        let Some(range) = self.subject.part_range(Role::Username) else {
            if matches!(self.row.shape, Shape::Fields { username: [_, ..], .. }) {
                made.told.push(format!("the username beside it has to be {}", self.right_name()?));
            }
            return Ok(());
        };
        let content = match self.row.shape {
            Shape::Pair => self.subject.part_range(Role::Value).ok_or(LOST)?,
            _ => range.clone(),
        };
        let text = self.text(&range);
        let new = match self.form(self.row.form)? {
            // Whatever name git takes there: the email has a field of its own.
            _ if self.row.form == UsernameForm::Both
                && !text.contains('@')
                && text != GIT_ACCESS_TOKEN_USERNAME =>
            {
                None
            }
            UsernameForm::Email => self.email_over(&range, &content, made)?,
            _ if text == GIT_API_TOKEN_USERNAME => None,
            _ => Some((range, New::literal(GIT_API_TOKEN_USERNAME))),
        };
        if let Some((range, new)) = new {
            made.pieces.push(Piece { content, range, new });
        }
        Ok(())
    }

    /// What the username has to be, for people.
    fn right_name(&self) -> Result<&'static str, String> {
        Ok(match self.form(self.row.form)? {
            UsernameForm::Email => "the Atlassian account email",
            _ => GIT_API_TOKEN_USERNAME,
        })
    }

    fn secret(&self, made: &mut Made) -> Result<(), String> {
        let finding = self.subject.finding;
        let range = self.subject.part_range(Role::Secret).ok_or(LOST)?;
        let content = self.subject.part_range(Role::Value).unwrap_or_else(|| range.clone());
        match finding.state {
            State::AppPassword => {
                let new = self.token(made);
                made.pieces.push(Piece { content, range, new });
            }
            State::Reference => {
                if let Some(variable) = finding.variable.as_deref()
                    && let Some(new_name) = self.subject.renames.new_name(variable)
                    && let Some(text) = self.subject.doc.text.get(range.clone())
                    && let Some(range) = variable_in_secret(text, range.start, variable)
                {
                    made.renamed = true;
                    let new = New { text: new_name.to_owned(), kind: Kind::Name };
                    made.pieces.push(Piece { content, range, new });
                }
            }
            State::HalfMigrated | State::DeadSecret => {}
        }
        Ok(())
    }

    /// Makes edits of the pieces, scalar by scalar.
    fn write(&self, made: &mut Made) -> Result<(), String> {
        let mut pieces = std::mem::take(&mut made.pieces);
        pieces.sort_by_key(|piece| (piece.content.start, piece.range.start));
        while let Some(first) = pieces.first() {
            let content = first.content.clone();
            let others = pieces.iter().position(|piece| piece.content != content);
            let rest = pieces.split_off(others.unwrap_or(pieces.len()));
            made.edits.extend(self.scalar(&content, &pieces)?);
            pieces = rest;
        }
        Ok(())
    }
}
