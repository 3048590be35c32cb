//! Variables that a tool reads under names of its own: what it takes now is in the consumer table.

mod insert;
#[cfg(test)]
mod tests;

use std::ops::Range;
use std::sync::LazyLock;

use bbsweep_scanner_core::bitbucket::GIT_API_TOKEN_USERNAME;
use bbsweep_scanner_core::consumer::variables::{self, Row};
use bbsweep_scanner_core::consumer::{Evidence, UsernameForm, VariableRole};
use bbsweep_scanner_core::{CredentialKind, FileKind, Finding, Place, Role, State};
use regex::bytes::Regex;

use super::{literal, name_edit, reference, value};
use crate::context::{self, Expansion};
use crate::edit::Applicability;
use crate::names;
use crate::rewrite::{Need, Proposal, Subject, TextEdit};
use crate::variable;

/// The tool's row, where the finding is reported under its rule.
pub(super) fn row(subject: &Subject<'_>) -> Option<Row> {
    variables::row(subject.finding.rule, subject.finding.variable.as_deref()?)
}

/// See the tool's row in the consumer table.
pub(super) fn rewrite(subject: &Subject<'_>, row: Row) -> Proposal {
    let finding = subject.finding;
    if finding.state == State::DeadSecret {
        return Proposal::manual("nothing uses it where it stands");
    }
    if is_of_a_program(finding, subject.doc.kind) {
        return Proposal::manual("programs know the names that the tool defines");
    }
    if let Some(reason) = refused(row) {
        return Proposal::manual(reason).steps(by_hand(subject, row)).steps(steps(subject, row));
    }
    let proposal = if matches!(row.variable.role, VariableRole::Pair(_)) {
        match finding.state {
            State::AppPassword => literal(subject),
            _ => pair_username(subject, row).unwrap_or_else(|| reference(subject)),
        }
    } else {
        secret(subject, row)
    };
    let mut proposal =
        proposal.steps(steps(subject, row).into_iter().filter(|step| *step != names::REVOKE));
    let has_revoke = proposal.steps.iter().position(|step| step == names::REVOKE);
    if finding.state == State::AppPassword {
        has_revoke.map(|at| proposal.steps.remove(at));
        proposal.steps.push(names::REVOKE.to_owned());
    }
    if row.consumer.evidence == Evidence::Inferred && !proposal.edits.is_empty() {
        let doubt = format!("; no source says that {} takes it so", row.consumer.name);
        proposal.reason.push_str(&doubt);
    }
    proposal
}

/// Whether a program only knows the name: the tool itself, or one that is made for it.
pub(super) fn is_of_a_program(finding: &Finding, kind: FileKind) -> bool {
    finding.state == State::Reference && matches!(kind, FileKind::CodeHash | FileKind::CodeSlash)
}

/// The username in front of the colon, where behind it stands a variable or an API token.
fn pair_username(subject: &Subject<'_>, row: Row) -> Option<Proposal> {
    static VALUE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r#"(?-u)^["']?\s*(?::=|=|:)\s*["']?([A-Za-z0-9][\w.@%+-]*):[^\s"'/:]"#).ok()
    });
    let finding = subject.finding;
    if row.form() != UsernameForm::Static || finding.place != Place::Active {
        return None;
    }
    let name = subject.part_range(Role::Name)?;
    let user = VALUE.as_ref()?.captures(subject.doc.text.get(name.end..)?)?.get(1)?;
    if user.as_bytes() == GIT_API_TOKEN_USERNAME.as_bytes() {
        return None;
    }
    let edit = subject.edit(name.end + user.start()..name.end + user.end(), GIT_API_TOKEN_USERNAME);
    let holds_token = finding.kind == CredentialKind::ApiToken;
    let safe = holds_token && row.consumer.evidence == Evidence::Confirmed;
    let applicability = if safe { Applicability::Safe } else { Applicability::Review };
    let reason = format!("git takes {GIT_API_TOKEN_USERNAME} in front of an API token");
    let token = (!holds_token).then(|| names::create_token(&finding.scopes));
    Some(Proposal::new(applicability, vec![edit], reason).steps(token))
}

/// Why nothing is edited, whatever the file.
fn refused(row: Row) -> Option<String> {
    let name = row.consumer.name;
    if row.form() == UsernameForm::Unsupported {
        Some(format!("{name} takes no API token"))
    } else if row.consumer.evidence == Evidence::Unknown {
        Some(format!("it is not known how {name} takes an API token"))
    } else {
        None
    }
}

/// What somebody does where no edit is made.
fn by_hand(subject: &Subject<'_>, row: Row) -> Vec<String> {
    let mut steps: Vec<String> = row.consumer.instead.map(ToOwned::to_owned).into_iter().collect();
    if row.form() != UsernameForm::Unsupported {
        steps.push(names::create_token(&subject.finding.scopes));
        steps.push(set_both(subject, row));
    }
    steps
}

/// Where token and username go.
fn set_both(subject: &Subject<'_>, row: Row) -> String {
    let token = row.variable.becomes.unwrap_or(row.variable.name);
    let user = row.username().map(|user| user.variable.becomes.unwrap_or(user.variable.name));
    let email = match &subject.options.email {
        Some(email) => email.as_str(),
        None => "the Atlassian account email",
    };
    let beside = match (row.form(), user, row.adds()) {
        (_, _, Some((added, UsernameForm::Email))) => format!(", {email} into {added}"),
        (UsernameForm::Email, Some(user), _) => format!(", {email} into {user}"),
        (UsernameForm::Static, Some(user), _) => {
            format!(", {GIT_API_TOKEN_USERNAME} into {user}")
        }
        _ => String::new(),
    };
    format!("put the API token into {token} wherever it is set{beside}")
}

/// What the tool asks for besides.
fn steps(subject: &Subject<'_>, row: Row) -> Vec<String> {
    let consumer = row.consumer;
    let mut steps: Vec<String> = consumer.steps.iter().map(|step| (*step).to_owned()).collect();
    steps.extend(
        consumer
            .least_version
            .map(|least| format!("API tokens need {} {least} or newer", consumer.name)),
    );
    if subject.finding.state == State::AppPassword {
        steps.push(names::REVOKE.to_owned());
    }
    steps
}

/// What is made of one place.
#[derive(Default)]
struct Made {
    edits: Vec<TextEdit>,
    steps: Vec<String>,
    needs: Vec<Need>,
    /// The email is not known and comes from elsewhere.
    placeholder: bool,
    /// More than the username's value changes.
    beyond: bool,
    /// The new name of the secret's variable.
    renamed: bool,
}

/// A variable of the secret alone, with that of the username beside it.
fn secret(subject: &Subject<'_>, row: Row) -> Proposal {
    let finding = subject.finding;
    match make(subject, row) {
        Ok(made) if made.edits.is_empty() => {
            let reason = format!("what {} holds is set elsewhere", row.variable.name);
            Proposal::manual(reason).steps(by_hand(subject, row))
        }
        Ok(made) => {
            let safe = finding.state == State::HalfMigrated
                && row.consumer.evidence == Evidence::Confirmed
                && !made.beyond
                && !made.placeholder;
            let applicability = if safe { Applicability::Safe } else { Applicability::Review };
            let mut proposal =
                Proposal::new(applicability, made.edits, reason(subject, row, made.renamed));
            proposal.renamed = made.renamed.then(|| row.variable.name.to_owned());
            if finding.kind != CredentialKind::ApiToken && finding.place == Place::Active {
                proposal = proposal.steps([names::create_token(&finding.scopes)]);
            }
            proposal.needs = made.needs;
            proposal.steps(made.steps)
        }
        Err(reason) => Proposal::manual(reason).steps(by_hand(subject, row)),
    }
}

fn reason(subject: &Subject<'_>, row: Row, renamed: bool) -> String {
    let name = row.variable.name;
    let why = subject.renames.why_renamed(name).filter(|why| renamed && !why.is_empty());
    let what = match subject.finding.state {
        State::HalfMigrated => "the token stays, its username is put right",
        State::AppPassword => "the secret gives way",
        _ => "the username goes with an API token",
    };
    match why {
        Some(why) if subject.finding.state == State::Reference => why.to_owned(),
        Some(why) => format!("{what}; {why}"),
        None if subject.finding.state == State::Reference => {
            format!("{what}; {name} has to hold one")
        }
        None => what.to_owned(),
    }
}

fn make(subject: &Subject<'_>, row: Row) -> Result<Made, String> {
    let finding = subject.finding;
    let mut made = Made::default();
    if let Some(edit) = name_edit(subject)? {
        made.edits.push(edit);
        made.beyond = true;
        made.renamed = true;
    } else if let (Some(new), true) = (row.variable.becomes, finding.place == Place::Active) {
        // A place that is edited without it would be half done.
        let why = subject.renames.why_kept(row.variable.name).map(ToOwned::to_owned);
        return Err(
            why.unwrap_or_else(|| format!("{} takes the token in {new}", row.consumer.name))
        );
    }
    if finding.place != Place::Active {
        return Ok(made);
    }
    let own_name = row.variable.becomes.unwrap_or(row.variable.name);
    if finding.state == State::AppPassword {
        let new_value = value::of(subject, row.variable.name).map_err(|reason| {
            made.steps.push(value::by_hand(subject, row.variable.name));
            reason.to_owned()
        })?;
        made.edits.push(new_value.edit);
        made.beyond = true;
        match new_value.from {
            value::From::Placeholder => made.steps.push(value::fill_in(subject)),
            value::From::Variables(needs) => {
                for need in &needs {
                    made.steps.push(variable::provide(subject.doc, &need.name));
                }
                made.needs.extend(needs);
            }
        }
    } else if made.renamed && finding.part(Role::Value).is_none() {
        made.steps.push(variable::provide(subject.doc, own_name));
        let token = variable::token(&subject.options.names, Some(row.variable.name));
        made.needs.push(Need { name: own_name.to_owned(), ..token });
    }
    username(subject, row, &mut made)?;
    adds(subject, row, &mut made);
    Ok(made)
}

/// The variable of the username beside it.
fn username(subject: &Subject<'_>, row: Row, made: &mut Made) -> Result<(), String> {
    let (Some(user), Some(name)) = (row.username(), subject.part_range(Role::UsernameName)) else {
        return Ok(());
    };
    if let Some(new) = user.variable.becomes {
        made.edits.push(subject.edit(name, new));
        made.beyond = true;
        made.steps.push(format!("{} becomes {new} wherever it is set", user.variable.name));
    }
    let Some(value) = subject.part_range(Role::Username) else { return Ok(()) };
    match row.form() {
        UsernameForm::Static => {
            let text = subject.doc.text.get(value.clone()).unwrap_or_default();
            if text != GIT_API_TOKEN_USERNAME.as_bytes() {
                made.edits.push(subject.edit(value, GIT_API_TOKEN_USERNAME));
            }
        }
        UsernameForm::Email => {
            let text = subject.part_text(Role::Username).unwrap_or_default();
            if !says_email(text) {
                let edit = email_edit(subject, value, made)?;
                made.edits.push(edit);
            }
        }
        _ => {}
    }
    Ok(())
}

fn says_email(text: &[u8]) -> bool {
    text.contains(&b'@') || text.to_ascii_lowercase().windows(5).any(|word| word == b"email")
}

/// How the email is written at a place: what comes there, and from where.
enum Email {
    /// As it is.
    Plain(String),
    /// From a variable, in the syntax of the place.
    Variable(String),
    /// To be filled in.
    Placeholder(String),
}

impl Email {
    fn text(&self) -> &str {
        match self {
            Self::Plain(text) | Self::Variable(text) | Self::Placeholder(text) => text,
        }
    }

    /// What this asks of the user.
    fn note(&self, subject: &Subject<'_>, made: &mut Made) {
        let names = &subject.options.names;
        match self {
            Self::Plain(_) => {}
            Self::Variable(_) => {
                made.placeholder = true;
                made.steps.push(variable::provide(subject.doc, &names.email));
                made.needs.push(variable::email(names));
            }
            Self::Placeholder(text) => {
                made.placeholder = true;
                let with = "the email of the Atlassian account that owns the API token";
                let path = &subject.finding.location.path;
                let step = names::fill_in(text, path, with);
                if !made.steps.contains(&step) {
                    made.steps.push(step);
                }
            }
        }
    }
}

/// The email for a value that begins at `at`, in a format where the value is all that is edited.
fn email_at(subject: &Subject<'_>, at: usize) -> Email {
    let options = subject.options;
    let email = &options.names.email;
    if let Some(known) = &options.email {
        return Email::Plain(known.clone());
    }
    match subject.doc.kind {
        FileKind::GithubActions | FileKind::Compose | FileKind::AzurePipelines => {
            match context::at(subject.doc, at, email) {
                Expansion::Expands(syntax, _) => Email::Variable(syntax.write(email)),
                _ => Email::Placeholder(names::placeholder(email)),
            }
        }
        _ => Email::Placeholder(names::placeholder(email)),
    }
}

/// The email in the place of a username.
fn email_edit(
    subject: &Subject<'_>,
    value: Range<usize>,
    made: &mut Made,
) -> Result<TextEdit, String> {
    let options = subject.options;
    let is_script = matches!(
        subject.doc.kind,
        FileKind::Shell
            | FileKind::BitbucketPipelines
            | FileKind::GitlabCi
            | FileKind::CircleCi
            | FileKind::Travis
            | FileKind::Drone
            | FileKind::Buildkite
            | FileKind::CodeBuild
    ) && !value::only_sets_variables(subject.doc.path);
    if options.email.is_none() && is_script {
        let name = &options.names.email;
        let word = context::shell_word(subject.doc, &value)
            .ok_or("the shell would not expand a variable there")?;
        let shell = subject.doc.kind == FileKind::Shell;
        let text = if shell {
            format!("${{{name}:?}}")
        } else {
            context::shell_syntax(subject.doc.kind, word.flow).write(name)
        };
        let text = if word.bare && shell { format!("\"{text}\"") } else { text };
        Email::Variable(String::new()).note(subject, made);
        return Ok(subject.edit(word.range, text));
    }
    let email = email_at(subject, value.start);
    email.note(subject, made);
    Ok(subject.edit(value, email.text()))
}

/// What has to be set besides.
fn adds(subject: &Subject<'_>, row: Row, made: &mut Made) {
    let Some((added, form)) = row.adds() else { return };
    let text: &[u8] = &subject.doc.text;
    let name = subject.part_range(Role::Name).unwrap_or_default();
    if super::group::has_word(text, added.as_bytes()) {
        return;
    }
    let Some(place) = insert::place(subject.doc, &name) else {
        // Where it is only read or handed on, what sets it has to set both.
        made.steps.push(set_both(subject, row));
        return;
    };
    let value = match form {
        UsernameForm::Static => Email::Plain(GIT_API_TOKEN_USERNAME.to_owned()),
        _ if place.is_shell() && subject.options.email.is_none() => {
            Email::Variable(format!("${{{}:?}}", subject.options.names.email))
        }
        _ => email_at(subject, place.value_at()),
    };
    value.note(subject, made);
    let (at, line) = place.write(added, value.text());
    made.edits.push(subject.edit(at..at, line));
    made.beyond = true;
}
