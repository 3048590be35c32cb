//! Rewrites calls in programs: the username, and where the secret comes from.

mod idiom;

use std::ops::Range;
use std::sync::LazyLock;

use bbsweep_scanner_core::bitbucket::GIT_API_TOKEN_USERNAME;
use bbsweep_scanner_core::{Confidence, FormError, Role, Rule, Severity, State, Use};
use regex::bytes::Regex;

use crate::edit::Applicability;
use crate::env_variable::username::UsernameFate;
use crate::names;
use crate::rewrite::{Need, Proposal, Subject, TextEdit};
use crate::variable;

/// See the rules' rows in the table of consumers.
pub(crate) fn rewrite(subject: &Subject<'_>) -> Proposal {
    let finding = subject.finding;
    let rename = rename_edit(subject);
    if finding.severity == Severity::Note && rename.is_none() {
        return Proposal::manual("it may hold an API token already");
    }
    if finding.form_error == Some(FormError::BearerForRest) {
        return by_hand(subject, "Bearer has to become Basic, with the email in front".to_owned());
    }
    let mut made = Made::default();
    if let Some(edit) = rename.clone() {
        made.edits.push(edit);
    }
    if let Err(reason) = made.secret(subject) {
        return by_hand(subject, reason);
    }
    if !made.whole {
        for user in usernames(subject) {
            made.username(subject, &user);
        }
    }
    if made.edits.is_empty() {
        let reason = made.told.first().cloned();
        return by_hand(
            subject,
            reason.unwrap_or_else(|| "the username that goes with it has to change".to_owned()),
        );
    }
    made.proposal(subject, rename.is_some())
}

/// Edits, and what is known of them.
#[derive(Default)]
struct Made {
    edits: Vec<TextEdit>,
    /// What stays to be done by hand.
    told: Vec<String>,
    /// The token's variable is read that was not before.
    new_token: bool,
    /// The email's variable is read that was not before.
    new_email: bool,
    /// The variables that the email's takes the place of.
    replaces: Option<String>,
    /// One string held both and is gone.
    whole: bool,
}

/// A username, as it stands in the call.
enum Username {
    /// A string of its own: with its quotes, and the quote.
    String(Range<usize>, char),
    /// The first part of a string that ends in a colon: with its quotes, and the quote.
    Prefix(Range<usize>, char),
    /// A part of a string that takes in expressions.
    Within(Range<usize>),
    /// The name under which it is looked up in the environment.
    Lookup(Range<usize>),
    /// A whole look-up.
    Expression(Range<usize>),
    /// A variable, a parameter, a field.
    Name(Range<usize>),
}

fn usernames(subject: &Subject<'_>) -> Vec<Username> {
    let parts = subject.finding.parts.iter().filter(|part| part.role == Role::Username);
    parts.filter_map(|part| username(subject, subject.range(part.span)?)).collect()
}

fn username(subject: &Subject<'_>, range: Range<usize>) -> Option<Username> {
    static LOOKUP: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r#"(?i-u)(?:\w*(?:env|environ|environment|variable|server)\w*(?:\.\w+)?\s*[\[(]\s*['"]|\benv!?\.)$"#).ok()
    });
    let text: &[u8] = &subject.doc.text;
    let own = text.get(range.clone())?;
    if own.iter().any(|b| matches!(b, b'(' | b'[')) || own.starts_with(b"process.env.") {
        return Some(Username::Expression(range));
    }
    let before = &text[range.start.saturating_sub(80)..range.start];
    if LOOKUP.as_ref().is_some_and(|lookup| lookup.is_match(before)) {
        return Some(Username::Lookup(range));
    }
    let quote = before.last().copied().filter(|b| matches!(b, b'"' | b'\'' | b'`'));
    let after = &text[range.end..];
    if let Some(quote) = quote {
        // A prefix changes what the string is.
        let prefix = before.len() >= 2
            && (before[before.len() - 2].is_ascii_alphanumeric()
                || matches!(before[before.len() - 2], b'$' | b'@' | b'"' | b'\''));
        if after.first() == Some(&quote) && !prefix {
            return Some(Username::String(range.start - 1..range.end + 1, char::from(quote)));
        }
        if after.starts_with(&[b':', quote]) && !prefix {
            return Some(Username::Prefix(range.start - 1..range.end + 2, char::from(quote)));
        }
    }
    if quote.is_some() || after.starts_with(b":") {
        return Some(Username::Within(range));
    }
    Some(Username::Name(range))
}

impl Made {
    /// A secret in clear gives way to a look-up.
    fn secret(&mut self, subject: &Subject<'_>) -> Result<(), String> {
        let finding = subject.finding;
        if finding.state != State::AppPassword {
            return Ok(());
        }
        let names = &subject.options.names;
        let text: &[u8] = &subject.doc.text;
        let secret =
            subject.part_range(Role::Secret).ok_or("its secret could not be found again")?;
        let whole = subject.part_range(Role::Value).unwrap_or_else(|| secret.clone());
        let quote = whole
            .start
            .checked_sub(1)
            .map(|at| text[at])
            .filter(|quote| matches!(quote, b'"' | b'\'') && text.get(whole.end) == Some(quote))
            .ok_or("the string holds more than the secret")?;
        let before = whole.start.checked_sub(2).map(|at| text[at]);
        if before
            .is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'$' | b'@') || b == quote)
        {
            return Err("the string is of a kind of its own".to_owned());
        }
        let outer = whole.start - 1..whole.end + 1;
        let quote = char::from(quote);
        let token = idiom::lookup(subject, &outer, &names.token, quote)?;
        let new = if whole == secret {
            token
        } else {
            self.whole = true;
            let plus = if finding.via == Rule::Php { "." } else { "+" };
            let user = if finding.usage == Use::Git {
                format!("{quote}{GIT_API_TOKEN_USERNAME}:{quote}")
            } else {
                self.new_email = true;
                let email = idiom::lookup(subject, &outer, &names.email, quote)?;
                format!("{email} {plus} {quote}:{quote}")
            };
            let sum = format!("{user} {plus} {token}");
            // What is called on the string is called on all of it.
            let called = text[outer.end..].trim_ascii_start().first();
            let bound = called.is_some_and(|b| matches!(b, b'.' | b'-' | b'['));
            if bound { format!("({sum})") } else { sum }
        };
        self.new_token = true;
        self.edits.push(subject.edit(outer, new));
        Ok(())
    }

    fn username(&mut self, subject: &Subject<'_>, user: &Username) {
        let git = subject.finding.usage == Use::Git;
        if subject.finding.usage == Use::Both {
            self.told.push(format!(
                "the same username goes to the REST API, which takes the email, and to git, which \
                 takes {GIT_API_TOKEN_USERNAME}"
            ));
            return;
        }
        let email = &subject.options.names.email;
        let text: &[u8] = &subject.doc.text;
        let told = |range: &Range<usize>| {
            let name = String::from_utf8_lossy(&text[range.clone()]).into_owned();
            let must = if git { GIT_API_TOKEN_USERNAME } else { "the Atlassian account email" };
            format!("{name} must hold {must}")
        };
        let by_lookup =
            |range: &Range<usize>, quote: char| idiom::lookup(subject, range, email, quote);
        let made = match user {
            Username::String(range, quote) if git => {
                Ok((range.clone(), format!("{quote}{GIT_API_TOKEN_USERNAME}{quote}")))
            }
            Username::String(range, _) if is_right(&text[range.clone()]) => return,
            Username::String(range, quote) => {
                by_lookup(range, *quote).map(|new| (range.clone(), new))
            }
            Username::Prefix(range, quote) if git => {
                Ok((range.clone(), format!("{quote}{GIT_API_TOKEN_USERNAME}:{quote}")))
            }
            Username::Prefix(range, quote) => by_lookup(range, *quote).map(|new| {
                let plus = if subject.finding.via == Rule::Php { "." } else { "+" };
                (range.clone(), format!("{new} {plus} {quote}:{quote}"))
            }),
            Username::Within(range) if git => {
                Ok((range.clone(), GIT_API_TOKEN_USERNAME.to_owned()))
            }
            Username::Within(range) => match subject.finding.via {
                Rule::Javascript => {
                    by_lookup(range, '\'').map(|new| (range.clone(), format!("${{{new}}}")))
                }
                Rule::Ruby => {
                    by_lookup(range, '\'').map(|new| (range.clone(), format!("#{{{new}}}")))
                }
                _ => Err(format!(
                    "the username in the string must give way to the email, for example from {email}"
                )),
            },
            Username::Lookup(range) if git => Err(told(range)),
            Username::Lookup(range) => {
                let name = &text[range.clone()];
                if name == email.as_bytes() {
                    return;
                }
                self.replaces = String::from_utf8(name.to_vec()).ok();
                Ok((range.clone(), email.clone()))
            }
            Username::Expression(range) if git => {
                let quote = if subject.finding.via == Rule::Javascript { '\'' } else { '"' };
                Ok((range.clone(), format!("{quote}{GIT_API_TOKEN_USERNAME}{quote}")))
            }
            Username::Expression(range) | Username::Name(range) => Err(told(range)),
        };
        match made {
            Ok((range, new)) => {
                self.new_email |= !git;
                self.edits.push(subject.edit(range, new));
            }
            Err(reason) => {
                if !self.told.contains(&reason) {
                    self.told.push(reason);
                }
            }
        }
    }

    fn proposal(self, subject: &Subject<'_>, renamed: bool) -> Proposal {
        let finding = subject.finding;
        let names = &subject.options.names;
        let variable = finding.variable.as_deref();
        let git = finding.usage == Use::Git;
        let username_alone = git && !self.new_token && !renamed && self.told.is_empty();
        let applicability = if username_alone && finding.confidence != Confidence::Possible {
            Applicability::Safe
        } else {
            Applicability::Review
        };
        let mut reason = match (variable, finding.state) {
            (Some(variable), _) if renamed => {
                subject.renames.why_renamed(variable).unwrap_or_default().to_owned()
            }
            (_, State::HalfMigrated) if git => {
                "the token stays, git takes it under the static username".to_owned()
            }
            (_, State::HalfMigrated) => {
                format!("the token stays, REST takes it once {} is set", names.email)
            }
            (Some(variable), State::Reference) => {
                let kept = subject.renames.why_kept(variable).map(|why| format!("; {why}"));
                format!("{variable} has to hold the API token{}", kept.unwrap_or_default())
            }
            _ => "the secret comes from the environment".to_owned(),
        };
        for told in &self.told {
            reason = format!("{reason}; {told}");
        }
        let mut proposal = Proposal::new(applicability, self.edits, reason);
        proposal.renamed = variable.filter(|_| renamed).map(ToOwned::to_owned);
        if finding.state != State::HalfMigrated {
            proposal = proposal.steps([names::create_token(&finding.scopes)]);
        }
        if self.new_token || renamed {
            proposal = proposal.steps([variable::provide(subject.doc, &names.token)]);
            proposal.needs.push(variable::token(names, variable.filter(|_| renamed)));
        } else if let (Some(variable), State::Reference) = (variable, finding.state) {
            proposal = proposal.steps([names::put_into(variable)]);
        }
        if self.new_email {
            proposal = proposal.steps([variable::provide(subject.doc, &names.email)]);
            let replaces = self.replaces.filter(|name| {
                !matches!(subject.renames.username(name), Some(UsernameFate::Stays(_)))
            });
            proposal.needs.push(Need { replaces, ..variable::email(names) });
        }
        proposal
            .steps(self.told)
            .steps((finding.state == State::AppPassword).then_some(names::REVOKE))
    }
}

/// An email in clear, with its quotes, is a username that REST takes.
fn is_right(text: &[u8]) -> bool {
    text.contains(&b'@')
}

/// The edit that renames the secret's variable, if its group is renamed.
fn rename_edit(subject: &Subject<'_>) -> Option<TextEdit> {
    let variable = subject.finding.variable.as_deref()?;
    let new_name = subject.renames.new_name(variable)?;
    let name = subject.part_range(Role::Name)?;
    // The sigil of PHP stays.
    let text = subject.doc.text.get(name.clone())?;
    let sigils = text.iter().take_while(|b| matches!(b, b'$' | b'@')).count();
    let name = name.start + sigils..name.end;
    (subject.doc.text.get(name.clone())? == variable.as_bytes())
        .then(|| subject.edit(name, new_name))
}

/// What is told where no edit is made.
fn by_hand(subject: &Subject<'_>, reason: String) -> Proposal {
    let finding = subject.finding;
    let names = &subject.options.names;
    let step = match (finding.usage, finding.variable.as_deref()) {
        (Use::Git, Some(variable)) => {
            format!(
                "hand over {GIT_API_TOKEN_USERNAME} as the username, and the API token in {variable}"
            )
        }
        (Use::Git, None) => format!(
            "hand over {GIT_API_TOKEN_USERNAME} as the username, and the API token from {}",
            names.token
        ),
        (_, Some(variable)) => format!(
            "hand over the Atlassian account email as the username, and the API token in {variable}"
        ),
        (_, None) => format!(
            "hand over the Atlassian account email as the username, for example from {}, and the API \
             token from {}",
            names.email, names.token
        ),
    };
    let migrated = finding.state == State::HalfMigrated;
    Proposal::manual(reason)
        .steps((!migrated).then(|| names::create_token(&finding.scopes)))
        .steps([step])
        .steps((finding.state == State::AppPassword).then_some(names::REVOKE))
}
