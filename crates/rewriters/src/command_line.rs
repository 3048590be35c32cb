//! Rewrites calls of command line tools.

mod argument;
mod cloud_tool;
mod header;

use std::ops::Range;

use bbsweep_scanner_core::bitbucket::GIT_API_TOKEN_USERNAME;
use bbsweep_scanner_core::consumer::Evidence;
use bbsweep_scanner_core::detect::value::{self, Value};
use bbsweep_scanner_core::document::Document;
use bbsweep_scanner_core::{Confidence, FileKind, Place, Role, Rule, State, Use};

use crate::context::{self, Caution, Expansion, Syntax};
use crate::edit::Applicability;
use crate::env_variable::username::UsernameFate;
use crate::names;
use crate::rewrite::{Proposal, Subject, TextEdit};
use crate::url_userinfo::variable_in_secret;
use crate::variable;

/// See the rules' rows in the table of consumers.
pub(crate) fn rewrite(subject: &Subject<'_>) -> Proposal {
    let finding = subject.finding;
    let rename = rename_edit(subject);
    if finding.state == State::DeadSecret {
        return Proposal::manual("nothing uses it in a comment: delete the text");
    }
    if finding.state == State::Reference && finding.place != Place::Active && rename.is_none() {
        return Proposal::manual("nothing reads it here");
    }
    // There an expansion would print the new token.
    if finding.place == Place::Prose && subject.doc.kind != FileKind::Prose {
        return match (rename, &finding.variable) {
            (Some(rename), Some(variable)) => {
                let why = subject.renames.why_renamed(variable).unwrap_or_default();
                let mut proposal = Proposal::new(Applicability::Review, vec![rename], why);
                proposal.renamed = Some(variable.clone());
                proposal
            }
            _ => {
                by_hand(subject, "a program prints the text: take the secret out of it".to_owned())
            }
        };
    }
    if let Some(told) = cloud_tool::unsupported(subject) {
        return told;
    }
    let in_header = finding.part(Role::Option).is_some();
    let made = if in_header {
        header::edits(subject, rename.as_ref())
    } else if finding.part(Role::Base64).is_some() {
        Err("the value is base64, in which nothing is expanded".to_owned())
    } else if finding.via == Rule::GitCommand && finding.part(Role::Secret).is_none() {
        username_only(subject)
    } else if finding.part(Role::Username).is_none() {
        Err("the variable holds user and password together, so its value has to change".to_owned())
    } else {
        argument::edits(subject, rename.as_ref())
    };
    match made {
        Ok(mut made) => {
            cloud_tool::finish(subject, &mut made);
            if finding.via == Rule::Composer
                && let Some(version) = finding.via.consumer().and_then(|row| row.least_version)
            {
                let caution = format!("Composer takes API tokens from version {version} on");
                made.caution.get_or_insert(caution);
            }
            proposal(subject, made, rename.is_some())
        }
        Err(reason) => by_hand(subject, reason),
    }
}

/// A username that git is told, without a secret.
fn username_only(subject: &Subject<'_>) -> Result<Made, String> {
    let user = subject.part_range(Role::Username).ok_or("its username could not be found again")?;
    let mut made = argument::static_name(subject, user, None);
    if subject.finding.state == State::Reference {
        made.caution = Some("the credential that goes with it has to be an API token".to_owned());
    }
    Ok(made)
}

/// Edits, and what is known of them.
pub(crate) struct Made {
    edits: Vec<TextEdit>,
    /// What somebody should look at.
    caution: Option<String>,
    /// What has to be done besides.
    steps: Vec<String>,
    /// Whether the token's variable is read that was not before.
    new_token: bool,
}

/// How a new variable is written at a place of the file.
pub(crate) fn expansion(subject: &Subject<'_>, offset: usize, name: &str) -> Expansion {
    let doc = subject.doc;
    match doc.kind {
        FileKind::Prose => Expansion::Expands(Syntax::Braces, None),
        FileKind::Json if doc.path.rsplit('/').next() == Some("package.json") => {
            Expansion::Expands(Syntax::Braces, Some(Caution::NpmScript))
        }
        // Some CI system's, or what carries a script to where it runs.
        FileKind::Yaml => {
            let doc = Document { kind: FileKind::GitlabCi, ..doc.clone() };
            match context::at(&doc, offset, name) {
                Expansion::Expands(syntax, caution) => {
                    Expansion::Expands(syntax, caution.or(Some(Caution::Elsewhere)))
                }
                other => other,
            }
        }
        _ => context::at(doc, offset, name),
    }
}

/// What comes into the place of the username, for a place with this syntax.
pub(crate) fn username(subject: &Subject<'_>, syntax: Syntax) -> String {
    if subject.finding.usage == Use::Git {
        return GIT_API_TOKEN_USERNAME.to_owned();
    }
    syntax.write(&subject.options.names.email)
}

/// The variable in the username's place, and whether it is one that the environment hands over.
pub(crate) fn username_variable<'a>(subject: &Subject<'a>) -> Option<&'a str> {
    let text = subject.part_text(Role::Username)?;
    let Value::Reference { name } = value::classify(text, subject.doc.kind) else { return None };
    str::from_utf8(name).ok().filter(|name| !name.is_empty())
}

/// The edit that renames the secret's variable, if its group is renamed.
fn rename_edit(subject: &Subject<'_>) -> Option<TextEdit> {
    let variable = subject.finding.variable.as_deref()?;
    let new_name = subject.renames.new_name(variable)?;
    let secret = subject.part_range(Role::Secret)?;
    let text = subject.doc.text.get(secret.clone())?;
    Some(subject.edit(variable_in_secret(text, secret.start, variable)?, new_name))
}

fn proposal(subject: &Subject<'_>, made: Made, renamed: bool) -> Proposal {
    let finding = subject.finding;
    let names = &subject.options.names;
    let variable = finding.variable.as_deref();
    let rest = finding.usage != Use::Git;
    let (mut applicability, mut reason) = match (finding.state, variable) {
        (_, Some(variable)) if renamed => (
            Applicability::Review,
            subject.renames.why_renamed(variable).unwrap_or_default().to_owned(),
        ),
        _ if finding.confidence == Confidence::Possible => (
            Applicability::Review,
            match variable {
                Some(variable) if !made.new_token => {
                    format!("{variable} may hold something else than an app password")
                }
                _ => "it may not be an app password".to_owned(),
            },
        ),
        (State::HalfMigrated, _) if !made.new_token => (
            Applicability::Safe,
            if rest {
                format!("the token stays, REST takes it once {} is set", names.email)
            } else {
                "the token stays, git takes it under the static username".to_owned()
            },
        ),
        (_, Some(variable)) if !made.new_token => (
            Applicability::Safe,
            if rest {
                format!(
                    "same behaviour once {variable} holds the API token and {} is set",
                    names.email
                )
            } else {
                format!("same behaviour once {variable} holds the API token")
            },
        ),
        _ if made.new_token && rest => (
            Applicability::Safe,
            format!("same behaviour once {} and {} are set", names.email, names.token),
        ),
        _ if made.new_token => {
            (Applicability::Safe, format!("same behaviour once {} is set", names.token))
        }
        _ => (Applicability::Safe, format!("same behaviour once {} is set", names.email)),
    };
    if let Some(caution) = made.caution {
        applicability = applicability.min(Applicability::Review);
        reason = if renamed { format!("{reason}; {caution}") } else { caution };
    }
    if let (false, Some(variable)) = (renamed, variable)
        && let Some(kept) = subject.renames.why_kept(variable)
    {
        reason = format!("{reason}; {kept}");
    }
    let consumer = finding.via.consumer();
    if let Some(consumer) = consumer
        && consumer.evidence != Evidence::Confirmed
    {
        applicability = applicability.min(Applicability::Review);
        reason = format!("{reason}; no source says that {} takes it so", consumer.name);
    }
    let mut proposal = Proposal::new(applicability, made.edits, reason);
    proposal.renamed = variable.filter(|_| renamed).map(ToOwned::to_owned);
    if finding.place != Place::Active && finding.state == State::Reference {
        return proposal;
    }
    if finding.state != State::HalfMigrated || made.new_token {
        proposal = proposal.steps([names::create_token(&finding.scopes)]);
    }
    if made.new_token || renamed {
        proposal = proposal.steps([variable::provide(subject.doc, &names.token)]);
        let replaces = variable.filter(|_| renamed);
        proposal.needs.push(variable::token(names, replaces));
    } else if let (Some(variable), State::Reference) = (variable, finding.state) {
        proposal = proposal.steps([names::put_into(variable)]);
    }
    if rest {
        proposal = proposal.steps([variable::provide(subject.doc, &names.email)]);
        let replaces = username_variable(subject)
            .filter(|name| !matches!(subject.renames.username(name), Some(UsernameFate::Stays(_))))
            .map(ToOwned::to_owned);
        proposal.needs.push(crate::rewrite::Need { replaces, ..variable::email(names) });
    }
    let besides = consumer.map(|consumer| consumer.steps).unwrap_or_default();
    proposal
        .steps(made.steps)
        .steps(besides.iter().copied())
        .steps((finding.state == State::AppPassword).then_some(names::REVOKE))
}

/// What is told where no edit is made.
fn by_hand(subject: &Subject<'_>, reason: String) -> Proposal {
    let finding = subject.finding;
    let (email, token) = (&subject.options.names.email, &subject.options.names.token);
    let user = match finding.usage {
        Use::Git => GIT_API_TOKEN_USERNAME.to_owned(),
        _ => "the Atlassian account email".to_owned(),
    };
    let step = match (&finding.variable, finding.part(Role::Username), finding.via) {
        (Some(variable), None, _)
            if finding.part(Role::Option).is_none() && finding.part(Role::Value).is_none() =>
        {
            format!("set {variable} to {user}, a colon and the token")
        }
        (_, _, Rule::Wget) => format!(
            "hand over {user} and the token: --user=\"${email}\" --password=\"${token}\" \
             --auth-no-challenge"
        ),
        (_, _, Rule::GitCommand) if finding.part(Role::Value).is_some() => format!(
            "send the base64 of {user}:TOKEN on one line: Authorization: Basic $(printf %s \
             \"{user}:${token}\" | base64 | tr -d '\\n')"
        ),
        (_, _, Rule::Httpie) => format!("hand over {user} and the token: -a \"${email}:${token}\""),
        (_, _, rule) if !matches!(rule, Rule::Curl | Rule::PowershellWeb | Rule::GitCommand) => {
            format!("hand over {user} and the token")
        }
        _ if finding.usage == Use::Git => format!("hand over {user}:TOKEN"),
        _ => format!("hand over {user} and the token: -u \"${email}:${token}\""),
    };
    Proposal::manual(reason)
        .steps([names::create_token(&finding.scopes), step])
        .steps((finding.state == State::AppPassword).then_some(names::REVOKE))
}

/// Why somebody should look at an expansion, and what to do about it.
fn caution(subject: &Subject<'_>, caution: Option<Caution>) -> (Option<String>, Vec<String>) {
    if subject.doc.kind == FileKind::Prose {
        return (Some("a text for people needs no password".to_owned()), Vec::new());
    }
    let names = &subject.options.names;
    let steps = caution.map_or_else(Vec::new, |caution| {
        [&names.token, &names.email].into_iter().filter_map(|name| caution.step(name)).collect()
    });
    (caution.map(|caution| caution.reason().to_owned()), steps)
}

/// What was an odd quote of the file's own around `range`, if both sides have the same.
fn with_quotes(text: &[u8], range: &Range<usize>) -> Range<usize> {
    for quote in [&b"\\\""[..], b"&quot;", b"\"", b"'"] {
        if text[..range.start].ends_with(quote) && text[range.end..].starts_with(quote) {
            return range.start - quote.len()..range.end + quote.len();
        }
    }
    range.clone()
}
