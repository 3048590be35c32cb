//! Rewrites credential URLs in any text.

use std::ops::Range;
use std::sync::LazyLock;

use bbsweep_scanner_core::bitbucket::GIT_API_TOKEN_USERNAME;
use bbsweep_scanner_core::{Confidence, FileKind, Place, Role, State, Use};
use regex::bytes::Regex;

use crate::context::{self, Caution, Expansion, Syntax};
use crate::edit::Applicability;
use crate::names;
use crate::rewrite::{Proposal, Subject, TextEdit};
use crate::variable;

/// See the rule's row in the table of rules.
pub(crate) fn rewrite(subject: &Subject<'_>) -> Proposal {
    let finding = subject.finding;
    if matches!(subject.doc.kind, FileKind::GitConfig | FileKind::Gitmodules) {
        // What git can parse has rules of its own. In such a repository not even `git apply` works.
        return Proposal::manual("git cannot parse this file: mend it first, then scan again");
    }
    match finding.state {
        State::DeadSecret => Proposal::manual("nothing uses it in a comment: delete the text"),
        State::Reference if !has_username(subject) => without_username(subject),
        _ if finding.usage == Use::Rest => rest(subject),
        State::AppPassword => literal(subject),
        State::HalfMigrated => username_only(subject),
        State::Reference => reference(subject),
    }
}

/// Whether user and password stand apart, be the user empty.
fn has_username(subject: &Subject<'_>) -> bool {
    let finding = subject.finding;
    let (Some(userinfo), Some(secret)) =
        (subject.part_range(Role::Userinfo), finding.part(Role::Secret))
    else {
        return false;
    };
    subject.range(secret).is_some_and(|secret| secret != userinfo)
}

/// A username alone, or one variable for user and password together.
fn without_username(subject: &Subject<'_>) -> Proposal {
    let finding = subject.finding;
    let Some(variable) = &finding.variable else {
        return Proposal::manual("git asks for the password when it needs one");
    };
    let user = match finding.usage {
        Use::Rest => "the Atlassian account email (its @ written as %40)",
        _ => GIT_API_TOKEN_USERNAME,
    };
    Proposal::manual("the variable holds user and password together, so its value has to change")
        .steps([
            names::create_token(&finding.scopes),
            format!("set {variable} to {user}, a colon and the token"),
        ])
}

/// A literal app password for git.
fn literal(subject: &Subject<'_>) -> Proposal {
    let finding = subject.finding;
    let Some(userinfo) = subject.part_range(Role::Userinfo) else {
        return Proposal::manual("its user and password could not be told apart");
    };
    if let Err(reason) = replaceable(subject, &userinfo) {
        return Proposal::manual(reason);
    }
    let token = &subject.options.names.token;
    match context::at(subject.doc, userinfo.start, token) {
        Expansion::Expands(syntax, caution) => {
            let text = format!("{GIT_API_TOKEN_USERNAME}:{}", syntax.write(token));
            let (applicability, reason) = match (finding.confidence, caution) {
                (Confidence::Possible, _) => {
                    (Applicability::Review, "it may not be an app password".to_owned())
                }
                (_, Some(caution)) => (Applicability::Review, caution.reason().to_owned()),
                (_, None) => (Applicability::Safe, format!("same behaviour once {token} is set")),
            };
            let mut proposal =
                Proposal::new(applicability, vec![subject.edit(userinfo, text)], reason)
                    .steps([names::create_token(&finding.scopes)])
                    .steps(provided(subject, caution, token))
                    .steps([names::REVOKE]);
            proposal.needs.push(variable::token(&subject.options.names, None));
            proposal
        }
        Expansion::Unavailable(reason) => Proposal::manual(reason)
            .steps([names::create_token(&finding.scopes), names::REVOKE.to_owned()]),
        Expansion::Literal(reason) => {
            let reason = if finding.place == Place::Prose {
                "a text for people needs no password".to_owned()
            } else {
                format!("{reason}; a credential helper has to answer instead")
            };
            let edit = subject.edit(userinfo, GIT_API_TOKEN_USERNAME);
            let mut proposal = Proposal::new(Applicability::Review, vec![edit], reason);
            proposal = proposal.steps(lock_step(subject));
            let steps = if subject.doc.kind == FileKind::Jenkinsfile {
                vec![
                    names::create_token(&finding.scopes),
                    format!(
                        "give the step its credentials: credentialsId: '…', of a username with \
                         password ({GIT_API_TOKEN_USERNAME} and the token)"
                    ),
                ]
            } else {
                names::credential_helper(&finding.scopes)
            };
            proposal.steps(steps).steps([names::REVOKE])
        }
    }
}

/// What a package manager generates has to be generated again.
fn lock_step(subject: &Subject<'_>) -> Option<String> {
    let command = subject.finding.rule.consumer().and_then(|consumer| consumer.lock_command);
    (subject.doc.kind == FileKind::Lock).then(|| match command {
        Some(command) => format!(
            "change the manifest that this lock file is made from as well, then write the lock file \
             again: {command}"
        ),
        None => "change the manifest that this lock file is made from as well, and let the package \
                 manager write the lock file again"
            .to_owned(),
    })
}

/// How the variable `name` gets to where it is read.
fn provided(subject: &Subject<'_>, caution: Option<Caution>, name: &str) -> Option<String> {
    caution
        .and_then(|caution| caution.step(name))
        .or_else(|| Some(variable::provide(subject.doc, name)))
}

/// An API token for git under a username that git does not take.
fn username_only(subject: &Subject<'_>) -> Proposal {
    match username_edit(subject, GIT_API_TOKEN_USERNAME) {
        Ok(edit) => {
            let lock = lock_step(subject);
            let applicability =
                if lock.is_some() { Applicability::Review } else { Applicability::Safe };
            let reason = "the token stays, git takes it under the static username";
            Proposal::new(applicability, vec![edit], reason).steps(lock).steps([names::REJECT])
        }
        Err(reason) => Proposal::manual(reason),
    }
}

/// A variable that brings the password to git.
fn reference(subject: &Subject<'_>) -> Proposal {
    let finding = subject.finding;
    let rename = rename_edit(subject);
    if rename.is_none() && finding.place != Place::Active {
        return Proposal::manual("nothing reads it here");
    }
    let user = match username_edit(subject, GIT_API_TOKEN_USERNAME) {
        Ok(edit) => edit,
        Err(reason) => return Proposal::manual(reason),
    };
    if let Some(rename) = rename {
        return renamed(subject, vec![user, rename]);
    }
    let variable = finding.variable.as_deref().unwrap_or("the variable");
    let (applicability, mut reason) = match finding.confidence {
        Confidence::Possible => (
            Applicability::Review,
            format!("{variable} may hold something else than an app password"),
        ),
        _ if subject.doc.kind == FileKind::CodeSlash && username_is_computed(subject) => {
            // Go does not even compile then.
            (Applicability::Review, "what gave the username may be left without a use".to_owned())
        }
        _ => (Applicability::Safe, format!("same behaviour once {variable} holds the API token")),
    };
    if let Some(kept) = subject.renames.why_kept(variable) {
        reason = format!("{reason}; {kept}");
    }
    Proposal::new(applicability, vec![user], reason)
        .steps([names::create_token(&finding.scopes), names::put_into(variable)])
}

/// Whether the username is an expression of the program and not a part of the string.
fn username_is_computed(subject: &Subject<'_>) -> bool {
    let text = subject.part_range(Role::Username).and_then(|range| subject.doc.text.get(range));
    text.is_some_and(|text| text.iter().any(|byte| b"\"'`{(".contains(byte)))
}

/// The proposal for edits of which one renames the finding's variable.
fn renamed(subject: &Subject<'_>, edits: Vec<TextEdit>) -> Proposal {
    let finding = subject.finding;
    let variable = finding.variable.clone().unwrap_or_default();
    let reason = subject.renames.why_renamed(&variable).unwrap_or_default();
    let mut proposal = Proposal::new(Applicability::Review, edits, reason);
    if finding.place == Place::Active {
        let names = &subject.options.names;
        proposal = proposal
            .steps([names::create_token(&finding.scopes)])
            .steps([variable::provide(subject.doc, &names.token)]);
        proposal.needs.push(variable::token(names, Some(&variable)));
    }
    proposal.renamed = Some(variable);
    proposal
}

/// A URL for the REST API, which takes the email, its `@` encoded.
fn rest(subject: &Subject<'_>) -> Proposal {
    let finding = subject.finding;
    let email = &subject.options.names.email;
    let Some(userinfo) = subject.part_range(Role::Userinfo) else { return rest_by_hand(subject) };
    let rename = rename_edit(subject);
    if !context::is_bash(subject.doc, userinfo.start)
        || (finding.place != Place::Active && rename.is_none())
    {
        return rest_by_hand(subject);
    }
    let user = format!("${{{email}/@/%40}}");
    let proposal = if finding.state == State::AppPassword {
        rest_literal(subject, userinfo, &user)
    } else {
        match (username_edit(subject, &user), rename) {
            (Err(reason), _) => return Proposal::manual(reason),
            (Ok(user), Some(rename)) => renamed(subject, vec![user, rename]),
            (Ok(user), None) => {
                let kept = finding.variable.as_deref().and_then(|v| subject.renames.why_kept(v));
                let kept = kept.map_or_else(String::new, |kept| format!("; {kept}"));
                let reason = format!("right once {email} is set{kept}");
                Proposal::new(Applicability::Review, vec![user], reason)
            }
        }
    };
    if proposal.edits.is_empty() {
        return proposal;
    }
    let mut proposal = proposal.steps([variable::provide(subject.doc, email)]);
    proposal.needs.push(variable::email(&subject.options.names));
    proposal.steps((finding.state == State::AppPassword).then_some(names::REVOKE))
}

fn rest_literal(subject: &Subject<'_>, userinfo: Range<usize>, user: &str) -> Proposal {
    let names = &subject.options.names;
    if let Err(reason) = replaceable(subject, &userinfo) {
        return Proposal::manual(reason);
    }
    let text = format!("{user}:{}", Syntax::Braces.write(&names.token));
    let reason = format!("right once {} and {} are set", names.email, names.token);
    let mut proposal =
        Proposal::new(Applicability::Review, vec![subject.edit(userinfo, text)], reason)
            .steps([names::create_token(&subject.finding.scopes)])
            .steps([variable::provide(subject.doc, &names.token)]);
    proposal.needs.push(variable::token(names, None));
    proposal
}

fn rest_by_hand(subject: &Subject<'_>) -> Proposal {
    let finding = subject.finding;
    let (token, email) = (&subject.options.names.token, &subject.options.names.email);
    Proposal::manual(
        "the REST API takes the Atlassian account email, whose @ has to be encoded in a URL, and \
         nothing here can do that",
    )
    .steps([
        names::create_token(&finding.scopes),
        format!(
            "take the credentials out of the URL (curl -u \"${email}:${token}\"), or write the email \
             with %40"
        ),
    ])
    .steps((finding.state == State::AppPassword).then_some(names::REVOKE))
}

/// Puts `text` into the place of the username; before the colon where none stands.
fn username_edit(subject: &Subject<'_>, text: &str) -> Result<TextEdit, &'static str> {
    if let Some(username) = subject.part_range(Role::Username).filter(|range| !range.is_empty()) {
        replaceable(subject, &username)?;
        return Ok(subject.edit(username, text));
    }
    match subject.part_range(Role::Userinfo) {
        Some(userinfo) if subject.doc.text.get(userinfo.start) == Some(&b':') => {
            Ok(subject.edit(userinfo.start..userinfo.start, text))
        }
        _ => Err("it has no username to change"),
    }
}

/// Where the finding's variable stands in the secret. `None` if it does not stand there as a whole
/// word.
pub(crate) fn variable_in_secret(
    secret: &[u8],
    start: usize,
    variable: &str,
) -> Option<Range<usize>> {
    let word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let at = memchr::memmem::find_iter(secret, variable).find(|at| {
        let before = at.checked_sub(1).and_then(|before| secret.get(before));
        let after = secret.get(at + variable.len());
        !before.is_some_and(word) && !after.is_some_and(word)
    })?;
    Some(start + at..start + at + variable.len())
}

/// The edit that renames the finding's variable, if its group is renamed.
fn rename_edit(subject: &Subject<'_>) -> Option<TextEdit> {
    let variable = subject.finding.variable.as_deref()?;
    let new_name = subject.renames.new_name(variable)?;
    let secret = subject.part_range(Role::Secret)?;
    let text = subject.doc.text.get(secret.clone())?;
    Some(subject.edit(variable_in_secret(text, secret.start, variable)?, new_name))
}

/// Whether the text at `range` can give way to other text without leaving a quote open or a hole of
/// a format string unfilled.
fn replaceable(subject: &Subject<'_>, range: &Range<usize>) -> Result<(), &'static str> {
    static HOLE: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?-u)%(?:\d+\$)?[svq@]|\{\}").ok());
    let text = subject.doc.text.get(range.clone()).unwrap_or_default();
    let odd = |quote: u8| memchr::memchr_iter(quote, text).count() % 2 == 1;
    if odd(b'"') || odd(b'\'') || odd(b'`') {
        return Err("a quote begins or ends inside of it");
    }
    if subject.doc.kind != FileKind::Batch && HOLE.as_ref().is_none_or(|hole| hole.is_match(text)) {
        return Err("what fills the format string would no longer fit");
    }
    Ok(())
}
