//! What comes in the place of a username or a secret.

use std::ops::Range;

use bbsweep_scanner_core::consumer::Format;
use bbsweep_scanner_core::detect::value::{self, Value};
use bbsweep_scanner_core::structure::Style;

use super::{Made, Place};
use crate::env_variable::username::UsernameFate;
use crate::names;

/// A new text for a scalar or a part of one.
#[derive(Clone)]
pub(super) struct New {
    /// May be the user's new token.
    pub(super) text: String,
    pub(super) kind: Kind,
}

/// How it has to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// As it is.
    Literal,
    /// With a variable in it.
    Template,
    /// Not as a text but as an expression, without quotes.
    Expression,
    /// The name of a variable, in whatever stands around it.
    Name,
}

impl New {
    pub(super) fn literal(text: impl Into<String>) -> Self {
        Self { text: text.into(), kind: Kind::Literal }
    }
}

impl Place<'_> {
    /// How the file reads a variable there; `None`: it does not.
    fn variable(&self, name: &str) -> Option<New> {
        let template = self.row.expands.filter(|_| !self.row.base64)?;
        let text = template.replace("NAME", name);
        // `process.env.NAME`, `var.NAME`, `env("NAME")`.
        let expression =
            !template.contains(['$', '{', '%', ':']) && template.contains(['.', '(', '[']);
        // In HCL's JSON form an expression stands in a string.
        let in_string =
            self.format() == Ok(Format::Json) && self.row.formats.contains(&Format::Hcl);
        Some(match (expression, in_string) {
            (true, true) => New { text: format!("${{{text}}}"), kind: Kind::Template },
            (true, false) => New { text, kind: Kind::Expression },
            (false, _) => New { text, kind: Kind::Template },
        })
    }

    /// Whether a variable that is read there has to be declared: one that stands there is.
    pub(super) fn declared(&self) -> bool {
        self.row.expands.is_some_and(|template| template.starts_with("var."))
    }

    /// Where the token comes from.
    pub(super) fn token(&self, made: &mut Made) -> New {
        let names = &self.subject.options.names;
        if let Some(token) = self.subject.options.token_text().filter(|_| self.row.store) {
            made.put_token = true;
            return New::literal(token);
        }
        if let Some(new) = self.variable(&names.token) {
            made.new_token = true;
            return new;
        }
        let placeholder = names::placeholder(&names.token);
        made.placeholders.push((placeholder.clone(), "the new token"));
        New::literal(placeholder)
    }

    /// The email, or where it comes from.
    pub(super) fn email(&self, made: &mut Made) -> New {
        let names = &self.subject.options.names;
        if let Some(email) = &self.subject.options.email {
            return New::literal(email.as_str());
        }
        if let Some(new) = self.variable(&names.email) {
            made.new_email = true;
            return new;
        }
        let placeholder = names::placeholder(&names.email);
        made.placeholders.push((placeholder.clone(), "the Atlassian account email"));
        New::literal(placeholder)
    }

    /// The email in the place of the username at `range`, and which part of it gives way. `None`: an
    /// email stands there, or only the file's author knows where it comes from.
    pub(super) fn email_over(
        &self,
        range: &Range<usize>,
        content: &Range<usize>,
        made: &mut Made,
    ) -> Result<Option<(Range<usize>, New)>, String> {
        let doc = self.subject.doc;
        let text = self.text(range);
        let says_email = text.to_ascii_lowercase().contains("email");
        let name = match value::classify(text.as_bytes(), doc.kind) {
            Value::Reference { name } => str::from_utf8(name).unwrap_or_default(),
            Value::Placeholder if says_email => return Ok(None),
            _ if self.style(self.format()?, content) == Style::Expression => text,
            _ if text.contains('@') => return Ok(None),
            _ => return Ok(Some((range.clone(), self.email(made)))),
        };
        if says_email {
            return Ok(None);
        }
        let email = &self.subject.options.names.email;
        let in_place = |made: &mut Made| {
            let at = range.start + text.find(name)?;
            made.new_email = true;
            made.replaces = Some(name.to_owned());
            let new = New { text: email.clone(), kind: Kind::Name };
            Some((at..at + name.len(), new))
        };
        if !name.is_empty()
            && matches!(self.subject.renames.username(name), Some(UsernameFate::Email(_)))
        {
            return Ok(in_place(made));
        }
        if self.declared() && self.style(self.format()?, content) == Style::Expression {
            made.told.push(format!("{text} has to hold the Atlassian account email"));
            return Ok(None);
        }
        if self.subject.options.email.is_some() || self.variable(email).is_some() {
            return Ok(Some((range.clone(), self.email(made))));
        }
        // What stands there tells how the file reads the environment.
        let from_environment = !name.is_empty()
            && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
        let tail = text.find(name).map(|at| &text[at + name.len()..]);
        if from_environment && text.starts_with('$') && matches!(tail, Some("" | "}" | ")")) {
            return Ok(in_place(made));
        }
        made.told.push(format!("{text} has to hold the Atlassian account email"));
        Ok(None)
    }
}
