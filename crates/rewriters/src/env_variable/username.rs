//! Variables that hold a username: an email where all that reads them is the REST API, split where
//! git reads them too.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use bbsweep_scanner_core::detect::env_variable::known_username;
use bbsweep_scanner_core::detect::value::{self, Value};
use bbsweep_scanner_core::document::Document;
use bbsweep_scanner_core::{FileKind, Finding, Place, Role, Severity, Use};

use super::Renames;
use super::group::has_word;
use super::value::only_sets_variables;
use crate::context::{self, Expansion};
use crate::edit::Applicability;
use crate::names;
use crate::plan::PlanOptions;
use crate::rewrite::{Proposal, Subject, TextEdit, range_in, rewrite};
use crate::slot::Parsed;

/// What one place does with a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Does {
    /// Puts it into the username's field of a use, whose edit takes another name; with the variable
    /// of the secret beside it.
    Uses(Use, Option<String>),
    /// Gives it a value. `true`: the file knows the email's variable already.
    Defines(bool),
    /// Reads it, as far as anybody knows.
    Reads,
    /// Tells of it.
    Tells,
}

/// One place where a username's variable stands.
#[derive(Clone, Debug)]
pub(crate) struct UsernameMention {
    name: String,
    path: String,
    line: u64,
    does: Does,
}

/// What becomes of a username's variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum UsernameFate {
    /// It becomes the email's variable.
    Email(String),
    /// It stays, for this reason.
    Stays(String),
}

/// The places of `findings`, all of one file, where a username's variable stands.
pub(crate) fn mentions<'a>(
    findings: impl Iterator<Item = &'a Finding>,
    doc: &Document<'_>,
    options: &PlanOptions,
) -> Vec<UsernameMention> {
    let parsed = Parsed::default();
    let has_email = has_word(&doc.text, options.names.email.as_bytes());
    let text = |finding: &Finding, role| {
        let range = range_in(doc, finding.part(role)?)?;
        let text = str::from_utf8(doc.text.get(range.clone())?).ok()?;
        Some((range, text.to_owned()))
    };
    let mention = |finding: &Finding| {
        // In a structured file it is the consumer's key.
        // And beside a tool's secret it is the tool's.
        let defined =
            Some(finding).filter(|finding| finding.slot.is_none() && finding.variable.is_none());
        let defined = defined.and_then(|finding| text(finding, Role::UsernameName));
        let (name, does) = if let Some((_, name)) = defined {
            let does = match finding.place {
                Place::Active if finding.part(Role::Value).is_some() => Does::Defines(has_email),
                Place::Active => Does::Reads,
                Place::Comment | Place::Prose => Does::Tells,
            };
            (name, does)
        } else {
            let (range, username) = text(finding, Role::Username)?;
            let name = match value::classify(username.as_bytes(), doc.kind) {
                Value::Reference { name } => str::from_utf8(name).ok()?.to_owned(),
                // In a program the name alone stands in its look-up.
                _ if known_username(&username) => username,
                _ => return None,
            };
            let does = match finding.severity {
                Severity::Note => Does::Tells,
                _ if gives_way(finding, doc, &range, options, &parsed) => {
                    Does::Uses(finding.usage, finding.variable.clone())
                }
                _ => Does::Reads,
            };
            (name, does)
        };
        known_username(&name).then(|| UsernameMention {
            name,
            path: finding.location.path.clone(),
            line: finding.location.line,
            does,
        })
    };
    findings.filter_map(mention).collect()
}

/// Whether the rewriter of the use puts another username there.
fn gives_way(
    finding: &Finding,
    doc: &Document<'_>,
    username: &Range<usize>,
    options: &PlanOptions,
    parsed: &Parsed,
) -> bool {
    let renames = Renames::default();
    let subject = Subject { finding, doc, bytes: &doc.text, options, renames: &renames, parsed };
    rewrite(&subject).edits.iter().any(|edit| {
        range_in(doc, edit.span)
            .is_some_and(|edit| edit.start <= username.start && username.end <= edit.end)
            || range_in(doc, edit.span)
                .is_some_and(|edit| username.start <= edit.start && edit.end <= username.end)
    })
}

/// Decides on the usernames of one repository or tree. `unseen`: what a scan did not see of it.
pub(crate) fn decide(
    mentions: &[UsernameMention],
    renames: &Renames,
    options: &PlanOptions,
    unseen: Option<&str>,
) -> BTreeMap<String, UsernameFate> {
    let mut by_name = BTreeMap::<&str, Vec<&UsernameMention>>::new();
    for mention in mentions {
        by_name.entry(&mention.name).or_default().push(mention);
    }
    let mut fates: BTreeMap<String, UsernameFate> = by_name
        .iter()
        .filter_map(|(name, places)| {
            let fate = match stays(name, places, renames, options, unseen)? {
                Some(why) => UsernameFate::Stays(why),
                None => UsernameFate::Email(becomes(name, places, options)),
            };
            Some(((*name).to_owned(), fate))
        })
        .collect();
    // Two of them in one file cannot both become the same.
    let mut of_file = BTreeMap::<&str, BTreeSet<&str>>::new();
    for mention in mentions.iter().filter(|m| matches!(m.does, Does::Defines(_))) {
        if matches!(fates.get(&mention.name), Some(UsernameFate::Email(_))) {
            of_file.entry(&mention.path).or_default().insert(&mention.name);
        }
    }
    for (path, names) in of_file.iter().filter(|(_, names)| names.len() > 1) {
        for name in names {
            let why =
                format!("{path} sets more than one name that would become {}", options.names.email);
            fates.insert((*name).to_owned(), UsernameFate::Stays(why));
        }
    }
    fates
}

/// Why the variable keeps its name; `Some(None)` if it does not, `None` if nothing is known to use it
/// as a username.
#[allow(clippy::option_option)]
fn stays(
    name: &str,
    places: &[&UsernameMention],
    renames: &Renames,
    options: &PlanOptions,
    unseen: Option<&str>,
) -> Option<Option<String>> {
    let email = &options.names.email;
    let used = |usage| {
        places.iter().find(
            |place| matches!(&place.does, Does::Uses(other, _) if (*other == Use::Git) == usage),
        )
    };
    let (git, rest) = (used(true), used(false));
    let at = |place: &UsernameMention| format!("{}:{}", place.path, place.line);
    let why = match (git, rest) {
        (None, None) => return None,
        (Some(git), Some(rest)) => Some(format!(
            "git reads {name} ({}) and so does the REST API ({}): it stays for nobody but what else \
             reads it, git takes x-bitbucket-api-token-auth and REST {email}",
            at(git),
            at(rest)
        )),
        (Some(_), None) => Some(format!(
            "git takes x-bitbucket-api-token-auth instead of {name}, which nothing else is seen to read"
        )),
        (None, Some(_)) => None,
    };
    if why.is_some() {
        return Some(why);
    }
    let reader = places.iter().find(|place| place.does == Does::Reads);
    let secret = places.iter().find_map(|place| match &place.does {
        Does::Uses(_, Some(secret)) if renames.new_name(secret).is_none() => Some(secret),
        _ => None,
    });
    let knows = places.iter().find(|place| place.does == Does::Defines(true));
    Some(if options.keep_variable_names {
        Some(format!("{name} keeps its name, as asked"))
    } else if let Some(unseen) = unseen {
        Some(format!("{name} keeps its name everywhere because of {unseen}"))
    } else if let Some(reader) = reader {
        Some(format!("{name} keeps its name, {} reads it", at(reader)))
    } else if let Some(secret) = secret {
        Some(format!("{name} keeps its name, as {secret} does, which goes with it"))
    } else {
        knows.map(|place| format!("{} knows {email} already", place.path))
    })
}

fn becomes(name: &str, places: &[&UsernameMention], options: &PlanOptions) -> String {
    let set = places.iter().filter(|place| matches!(place.does, Does::Defines(_))).count();
    format!(
        "all that is seen to read {name} is the REST API, which takes the email: it becomes {} in the \
         {set} {} that set it and in all that read it",
        options.names.email,
        if set == 1 { "place" } else { "places" },
    )
}

/// A place where such a variable is set, or told of.
pub(super) fn rewrite_place(subject: &Subject<'_>) -> Proposal {
    let nothing = || Proposal::manual("nothing to do");
    let Some(name_range) = subject.part_range(Role::UsernameName) else { return nothing() };
    let Some(name) =
        subject.part_text(Role::UsernameName).and_then(|name| str::from_utf8(name).ok())
    else {
        return nothing();
    };
    let why = match subject.renames.username(name) {
        Some(UsernameFate::Email(why)) => why,
        Some(UsernameFate::Stays(why)) if subject.finding.part(Role::Value).is_some() => {
            return Proposal::manual(why.as_str());
        }
        _ => return nothing(),
    };
    let names = &subject.options.names;
    let mut edits = vec![subject.edit(name_range.clone(), names.email.as_str())];
    let Some(value) = subject.part_range(Role::Value) else {
        return Proposal::new(Applicability::Review, edits, why.as_str());
    };
    // What is empty in a sample is to be filled in.
    // Nor does a name that is only handed on have a value here.
    let assigned = value.start > name_range.end;
    if assigned && (!value.is_empty() || subject.options.email.is_some()) {
        match new_value(subject, name, &value) {
            Ok(edit) => edits.push(edit),
            Err(reason) => return Proposal::manual(reason),
        }
    }
    let step = match &subject.options.email {
        Some(_) => None,
        None if !assigned => None,
        None => Some(format!(
            "let {} hold the email of the Atlassian account that owns the API token",
            names.email
        )),
    };
    Proposal::new(Applicability::Review, edits, why.as_str()).steps(step)
}

/// The email, or where it comes from, in the place of the username.
fn new_value(subject: &Subject<'_>, name: &str, value: &Range<usize>) -> Result<TextEdit, String> {
    use FileKind as K;
    let doc = subject.doc;
    let email = &subject.options.names.email;
    let text = doc.text.get(value.clone()).unwrap_or_default();
    if let Value::Reference { name: other } = value::classify(text, doc.kind) {
        if other != name.as_bytes() {
            return Err(format!("{name} takes its value from elsewhere: let that be the email"));
        }
        let at = memchr::memmem::find(text, name.as_bytes()).unwrap_or_default();
        let inner = value.start + at..value.start + at + name.len();
        return Ok(subject.edit(inner, email.as_str()));
    }
    if let Some(known) = &subject.options.email {
        return Ok(subject.edit(value.clone(), known.as_str()));
    }
    match doc.kind {
        K::Shell if !only_sets_variables(doc.path) => {
            let word = context::shell_word(doc, value)
                .ok_or("the shell would not expand a variable there")?;
            let text = format!("${{{email}:?}}");
            let text = if word.bare { format!("\"{text}\"") } else { text };
            Ok(subject.edit(word.range, text))
        }
        K::GithubActions | K::Compose => match context::at(doc, value.start, email) {
            Expansion::Expands(syntax, _) => Ok(subject.edit(value.clone(), syntax.write(email))),
            _ => Ok(subject.edit(value.clone(), names::placeholder(email))),
        },
        _ => Ok(subject.edit(value.clone(), names::placeholder(email))),
    }
}
