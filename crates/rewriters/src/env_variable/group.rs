//! Which variables of a repository get a new name: all uses of one, or none.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use bbsweep_scanner_core::consumer::{UsernameForm, variables};
use bbsweep_scanner_core::detect::env_variable::known_secret_name;
use bbsweep_scanner_core::document::Document;
use bbsweep_scanner_core::{FileKind, Finding, Place, Role, Rule, Span};
use regex::bytes::Regex;

use super::tool;
use super::username::UsernameFate;
use crate::names;
use crate::plan::PlanOptions;
use crate::rewrite::{Subject, range_in, rewrite};
use crate::slot::Parsed;

/// What the planner has to know of one use of a variable to decide on its name, without keeping the
/// file in memory.
#[derive(Clone, Debug)]
pub(crate) struct Mention {
    variable: String,
    /// What it may become.
    new_name: String,
    /// As reports show it.
    path: String,
    line: u64,
    /// Why this use cannot be renamed.
    blocked: Option<String>,
    /// The file knows the new name already.
    has_new_name: bool,
    /// The file tells the old name and the new one apart.
    apart: bool,
    /// A program reads it there, and not only people.
    active: bool,
    /// A program's own word: no look-up and no text.
    identifier: bool,
    /// Another variable of the file that an earlier rewrite gave a placeholder and left its name: it is
    /// found no more, and still cannot have the same new name.
    beside: Option<String>,
}

/// Looks at the findings of one file, of whatever rule, for variables that can be renamed. `doc` is
/// `None` where the file cannot be read or changed since the scan: a variable used there keeps its
/// name.
pub(crate) fn mentions<'a>(
    findings: impl Iterator<Item = &'a Finding>,
    doc: Option<&Document<'_>>,
    options: &PlanOptions,
) -> Vec<Mention> {
    // Asked once for each: a file may hold thousands of findings.
    let mut known = BTreeMap::<String, bool>::new();
    let done = doc.map(|doc| with_placeholder(doc, options)).unwrap_or_default();
    let parsed = Parsed::default();
    let mention = |finding: &Finding| {
        let variable = finding.variable.as_deref()?;
        let new_name = new_name(variable, finding.rule, options)?;
        let of_a_program = doc.is_some_and(|doc| tool::is_of_a_program(finding, doc.kind));
        if variables::becomes(variable).is_some() && of_a_program {
            return None;
        }
        if doc.is_some_and(|doc| goes_away(finding, doc, options, &parsed)) {
            return None;
        }
        let has_new_name = *known
            .entry(new_name.clone())
            .or_insert_with(|| doc.is_some_and(|doc| has_word(&doc.text, new_name.as_bytes())));
        let active = finding.place == Place::Active;
        let apart = has_new_name && doc.is_some_and(|doc| tells_apart(doc, variable, &new_name));
        Some(Mention {
            variable: variable.to_owned(),
            path: finding.location.path.clone(),
            line: finding.location.line,
            blocked: match doc {
                // A text that tells of both stays as it is.
                _ if apart && !active => None,
                Some(doc) => blocked(finding, variable, &new_name, doc, options, &parsed),
                None => Some("the file cannot be read".into()),
            },
            apart,
            beside: done
                .iter()
                .find(|(name, becomes)| name != variable && *becomes == new_name)
                .map(|(name, _)| name.clone()),
            new_name,
            has_new_name,
            active,
            identifier: doc.is_some_and(|doc| is_identifier(finding, doc)),
        })
    };
    findings.filter_map(mention).collect()
}

/// Variables whose value is the placeholder of an earlier rewrite, with what each would become.
fn with_placeholder(doc: &Document<'_>, options: &PlanOptions) -> Vec<(String, String)> {
    static NAME: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r#"(?-u)([A-Za-z_]\w*)["']?\s*(?::=|=|:)\s*["']?$"#).ok());
    let placeholder = names::placeholder(&options.names.token);
    let text: &[u8] = &doc.text;
    let mut found = Vec::new();
    for at in words(text, placeholder.as_bytes()) {
        let line = memchr::memrchr(b'\n', &text[..at]).map_or(0, |end| end + 1);
        let before = &text[line.max(at.saturating_sub(256))..at];
        let name = NAME.as_ref().and_then(|name| name.captures(before)?.get(1));
        if let Some(name) = name.and_then(|name| str::from_utf8(name.as_bytes()).ok())
            && let Some(new) = new_name(name, Rule::EnvVariable, options)
        {
            found.push((name.to_owned(), new));
        }
    }
    found
}

/// Whether a file that knows both names means two things by them: a program, a line with both, a file
/// that sets the new one.
pub(in crate::env_variable) fn tells_apart(doc: &Document<'_>, old: &str, new: &str) -> bool {
    if matches!(doc.kind, FileKind::CodeSlash | FileKind::CodeHash) {
        return true;
    }
    let text = &*doc.text;
    words(text, new.as_bytes()).any(|at| {
        let start = memchr::memrchr(b'\n', &text[..at]).map_or(0, |end| end + 1);
        let end = memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |end| at + end);
        let after = text[at + new.len()..end].trim_ascii_start();
        let after = after.strip_prefix(b"\"").unwrap_or(after).trim_ascii_start();
        let read = at.checked_sub(1).is_some_and(|before| b"${".contains(&text[before]));
        let set = after.starts_with(b":") || after.starts_with(b"=") && !after.starts_with(b"==");
        set && !read || has_word(&text[start..end], old.as_bytes())
    })
}

/// Whether a variable's name stands in a program as its own word: `const TYPE_BB_APP_PW = …`.
fn is_identifier(finding: &Finding, doc: &Document<'_>) -> bool {
    if finding.via != Rule::EnvVariable
        || !matches!(doc.kind, FileKind::CodeSlash | FileKind::CodeHash)
    {
        return false;
    }
    let name = finding.part(Role::Name).unwrap_or(finding.span);
    let Some(range) = range_in(doc, name) else { return false };
    let before = doc.text[..range.start].trim_ascii_end();
    let looked_up = before.len() == range.start
        && before.last().is_some_and(|byte| b"\"'`$%{.:/".contains(byte));
    !looked_up
}

/// What a variable may become: the name under which its tool takes the token, or the user's for it.
/// `None` where it stays.
fn new_name(variable: &str, rule: Rule, options: &PlanOptions) -> Option<String> {
    if let Some(new) = variables::becomes(variable) {
        return Some(new.to_owned());
    }
    // Several tools read it, and the file says which one.
    let of_tool = rule.consumer().and_then(|consumer| {
        consumer.variables.iter().find(|of_tool| of_tool.name == variable)?.becomes
    });
    if let Some(new) = of_tool {
        return Some(new.to_owned());
    }
    known_secret_name(variable, &options.settings)
        .is_some_and(|class| class.renamable)
        .then(|| options.names.token.clone())
}

/// Whether the rewriter of its rule takes the variable out of the text. A second run does not see it
/// any more, so it must not count in the first.
fn goes_away(
    finding: &Finding,
    doc: &Document<'_>,
    options: &PlanOptions,
    parsed: &Parsed,
) -> bool {
    let Some(secret) = finding.part(Role::Secret) else { return false };
    if keeps_or_renames(finding) {
        return false;
    }
    let renames = &Renames::default();
    let subject = Subject { finding, doc, bytes: &doc.text, options, renames, parsed };
    let covers = |edit: Span| edit.start <= secret.start && secret.end <= edit.end;
    rewrite(&subject).edits.iter().any(|edit| covers(edit.span))
}

/// Whether the finding's rule leaves a variable where it stands, under its old name or a new one.
fn keeps_or_renames(finding: &Finding) -> bool {
    // A call of a program with options for both is a command line, whatever its rule.
    let called = finding.part(Role::Command).is_some();
    finding.slot.is_some() || called || renames(finding.via)
}

/// Asks the rule's rewriter what it would do if the variable were renamed.
fn blocked(
    finding: &Finding,
    variable: &str,
    new_name: &str,
    doc: &Document<'_>,
    options: &PlanOptions,
    parsed: &Parsed,
) -> Option<String> {
    if !keeps_or_renames(finding) {
        return Some(format!("{} renames no variable", finding.via.id()));
    }
    let renames = Renames::of(variable, new_name);
    let subject = Subject { finding, doc, bytes: &doc.text, options, renames: &renames, parsed };
    if let Some(reason) = goes_to_unsupported(&subject) {
        return Some(reason);
    }
    let proposal = rewrite(&subject);
    proposal.renamed.is_none().then_some(proposal.reason)
}

/// Why the variable cannot hold an API token here: it is handed to a tool that takes none.
fn goes_to_unsupported(subject: &Subject<'_>) -> Option<String> {
    static ASSIGNED: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r#"(?-u)(?:^|\W)([A-Za-z_]\w*)["']?\s*(?::=|=|:)\s*["']?(?:\$\{\{\s*(?:secrets\.)?|\$\{|\$\(|\$env:|\$|%)?$"#,
        )
        .ok()
    });
    let text: &[u8] = &subject.doc.text;
    let name = subject.part_range(Role::Name)?;
    let line = memchr::memrchr(b'\n', &text[..name.start]).map_or(0, |at| at + 1);
    let before = &text[line.max(name.start.saturating_sub(256))..name.start];
    let taker = ASSIGNED.as_ref()?.captures(before)?.get(1)?;
    let taker = str::from_utf8(taker.as_bytes()).ok()?;
    let row = variables::rows(taker).iter();
    let row = row.copied().find(|row| row.form() == UsernameForm::Unsupported)?;
    Some(format!("{taker} is set to it, and {} takes no API token", row.consumer.name))
}

/// Whether the rewriter of this rule renames variables.
fn renames(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::UrlUserinfo
            | Rule::EnvVariable
            | Rule::Curl
            | Rule::Wget
            | Rule::Httpie
            | Rule::GitCommand
            | Rule::PowershellWeb
            | Rule::Python
            | Rule::Javascript
            | Rule::Go
            | Rule::Java
            | Rule::Ruby
            | Rule::Php
            | Rule::Csharp
            | Rule::Composer
    )
}

pub(in crate::env_variable) fn has_word(text: &[u8], word: &[u8]) -> bool {
    words(text, word).next().is_some()
}

/// Where a word stands.
fn words<'t>(text: &'t [u8], word: &'t [u8]) -> impl Iterator<Item = usize> + 't {
    let in_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    memchr::memmem::find_iter(text, word).filter(move |at| {
        let before = at.checked_sub(1).and_then(|before| text.get(before));
        !before.is_some_and(in_word) && !text.get(at + word.len()).is_some_and(in_word)
    })
}

/// Which variables of one repository (or tree outside of repositories) get which name, and why.
#[derive(Clone, Debug, Default)]
pub(crate) struct Renames {
    decisions: BTreeMap<String, Decision>,
    usernames: BTreeMap<String, UsernameFate>,
}

#[derive(Clone, Debug)]
struct Decision {
    new_name: Option<String>,
    why: String,
}

impl Renames {
    /// Only `variable` is renamed.
    pub(crate) fn of(variable: &str, new_name: &str) -> Self {
        let decision = Decision { new_name: Some(new_name.to_owned()), why: String::new() };
        Self {
            decisions: BTreeMap::from([(variable.to_owned(), decision)]),
            usernames: BTreeMap::new(),
        }
    }

    /// The new name of `variable`; `None` if it keeps its own.
    pub(crate) fn new_name(&self, variable: &str) -> Option<&str> {
        self.decisions.get(variable)?.new_name.as_deref()
    }

    /// With what becomes of usernames.
    #[must_use]
    pub(crate) fn with_usernames(mut self, usernames: BTreeMap<String, UsernameFate>) -> Self {
        self.usernames = usernames;
        self
    }

    /// What becomes of a variable that holds a username.
    pub(crate) fn username(&self, name: &str) -> Option<&UsernameFate> {
        self.usernames.get(name)
    }

    /// What a renamed variable's reason says: in how many places, and what has to be created.
    pub(crate) fn why_renamed(&self, variable: &str) -> Option<&str> {
        self.decisions.get(variable).filter(|d| d.new_name.is_some()).map(|d| d.why.as_str())
    }

    /// Why a variable that could be renamed is not.
    pub(crate) fn why_kept(&self, variable: &str) -> Option<&str> {
        self.decisions.get(variable).filter(|d| d.new_name.is_none()).map(|d| d.why.as_str())
    }
}

/// Decides on the names in one repository or tree. `kept` names variables that an earlier round
/// tried to rename and could not, with the reason.
pub(crate) fn decide(
    mentions: &[Mention],
    options: &PlanOptions,
    kept: &BTreeMap<String, String>,
) -> Renames {
    let mut by_variable = BTreeMap::<&str, Vec<&Mention>>::new();
    for mention in mentions {
        by_variable.entry(&mention.variable).or_default().push(mention);
    }
    let mut reasons: BTreeMap<&str, Option<String>> = by_variable
        .iter()
        .map(|(variable, uses)| (*variable, keeps(variable, uses, options, kept)))
        .collect();
    for (variable, other, path) in shared_files(&by_variable, &reasons) {
        reasons.insert(
            variable,
            Some(format!(
                "{path} uses {variable} and {other}, which cannot both become {}",
                by_variable[variable][0].new_name
            )),
        );
    }
    let new_name_in: BTreeSet<(&str, &str)> = mentions
        .iter()
        .filter(|m| m.has_new_name)
        .map(|m| (m.new_name.as_str(), m.path.as_str()))
        .collect();
    let decisions = by_variable
        .iter()
        .map(|(variable, uses)| {
            let decision = if let Some(why) = &reasons[variable] {
                Decision { new_name: None, why: why.clone() }
            } else {
                let new = uses[0].new_name.as_str();
                Decision {
                    new_name: Some(new.to_owned()),
                    why: renamed_because(variable, uses, new, &new_name_in),
                }
            };
            ((*variable).to_owned(), decision)
        })
        .collect();
    Renames { decisions, usernames: BTreeMap::new() }
}

/// Why all uses of `variable` keep its name.
fn keeps(
    variable: &str,
    uses: &[&Mention],
    options: &PlanOptions,
    kept: &BTreeMap<String, String>,
) -> Option<String> {
    if variable == options.names.token {
        return Some(format!("{variable} is the new name"));
    }
    // What a tool reads is not the user's to keep.
    if options.keep_variable_names && variables::becomes(variable).is_none() {
        return Some(format!("{variable} keeps its name, as asked"));
    }
    if let Some(reason) = kept.get(variable) {
        return Some(format!("{variable} keeps its name everywhere because of {reason}"));
    }
    // Whoever reads both tells them apart.
    if let Some(beside) = uses.iter().find(|use_| use_.active && use_.apart) {
        return Some(format!(
            "{} has {} beside {variable}: one of them has to go, and only its author knows where",
            beside.path, beside.new_name
        ));
    }
    let named_only = uses.iter().all(|use_| use_.identifier || !use_.active);
    if named_only && uses.iter().any(|use_| use_.identifier) {
        return Some(format!("only programs and texts name {variable}, nothing is seen to set it"));
    }
    if let Some(other) = uses.iter().find(|use_| use_.new_name != uses[0].new_name) {
        return Some(format!(
            "{variable} would have to become {} in {} and {} in {}",
            uses[0].new_name, uses[0].path, other.new_name, other.path
        ));
    }
    let blocking = uses.iter().find_map(|use_| Some((use_, use_.blocked.as_deref()?)));
    blocking.map(|(use_, reason)| {
        format!(
            "{variable} keeps its name everywhere because of {}:{}: {reason}",
            use_.path, use_.line
        )
    })
}

/// Variables of which two stand in one file: each with the other one and the file.
fn shared_files<'a>(
    by_variable: &BTreeMap<&'a str, Vec<&'a Mention>>,
    reasons: &BTreeMap<&str, Option<String>>,
) -> Vec<(&'a str, &'a str, &'a str)> {
    let mut of_file = BTreeMap::<&str, BTreeSet<&str>>::new();
    for (variable, uses) in by_variable.iter().filter(|(variable, _)| reasons[*variable].is_none())
    {
        for use_ in uses {
            let variables = of_file.entry(&use_.path).or_default();
            variables.insert(variable);
            variables.extend(use_.beside.as_deref());
        }
    }
    let mut found = Vec::new();
    for (path, variables) in &of_file {
        for variable in variables.iter().filter(|name| by_variable.contains_key(**name)) {
            let same = |other: &&&str| {
                *other != variable
                    && by_variable
                        .get(**other)
                        .is_none_or(|uses| uses[0].new_name == by_variable[variable][0].new_name)
            };
            if let Some(other) = variables.iter().find(same) {
                found.push((*variable, *other, *path));
            }
        }
    }
    found
}

fn renamed_because(
    variable: &str,
    uses: &[&Mention],
    token: &str,
    new_name_in: &BTreeSet<(&str, &str)>,
) -> String {
    let files = uses.iter().map(|use_| use_.path.as_str()).collect::<BTreeSet<_>>().len();
    let plural = |count: usize, word: &str| match count {
        1 => format!("1 {word}"),
        _ => format!("{count} {word}s"),
    };
    let mut why = format!(
        "{variable} is renamed in {} of {} together: create {token} wherever {variable} was set",
        plural(uses.len(), "place"),
        plural(files, "file"),
    );
    if let Some((_, path)) = new_name_in.iter().find(|(name, _)| *name == token) {
        why = format!("{why}; {path} knows {token} already");
    }
    why
}
