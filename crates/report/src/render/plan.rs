//! The token plan in words, for the documents that people read.

use std::collections::BTreeSet;

use bbsweep_scanner_core::Use;
use bbsweep_scanner_core::bitbucket::GIT_API_TOKEN_USERNAME;
use jiff::ToSpan as _;

use super::layout::{Shared, edits};
use crate::model::{Applicability, Report, TokenIn};
use crate::token_plan::{PlannedToken, PlannedUse, PlannedVariable, TokenAction};
use crate::words::{self, count, list};

/// One row of the plan in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedRow {
    /// The credential: "app password ATBB…2C3D (36)".
    pub title: String,
    /// "one credential, 4 places in 3 files".
    pub extent: String,
    /// What there is to know and to do: a word, and a sentence without its full stop.
    pub facts: Vec<(&'static str, String)>,
}

/// The rows of the plan.
pub fn token_plan(report: &Report) -> Vec<PlannedRow> {
    report.summary.token_plan.iter().map(row).collect()
}

/// What holds for all rows, and steps that several places share.
pub(super) fn besides(report: &Report, shared: &Shared<'_>) -> Vec<String> {
    let mut steps = general(report);
    steps.extend(shared.in_order.iter().map(ToString::to_string));
    steps
}

/// What every token and every old app password asks for.
pub fn general(report: &Report) -> Vec<String> {
    let plan = &report.summary.token_plan;
    let mut steps = Vec::new();
    if plan.iter().any(|row| row.action == TokenAction::Create) {
        steps.push(format!("create tokens with scopes, for the app Bitbucket, at {CREATE_AT}"));
    }
    if plan.iter().any(|row| row.action == TokenAction::Keep) {
        steps.push(format!("see which scopes a token has where it was created: {CREATE_AT}"));
    }
    let today = report.summary.calendar.today;
    let edited = edits(report, Applicability::Safe) + edits(report, Applicability::Review) > 0;
    if edited || plan.iter().any(|row| row.action != TokenAction::Delete) {
        let last = today.checked_add(1.year()).unwrap_or(today);
        steps.push(format!(
            "note the day on which each token expires: its creator chooses it, a year ahead at most, \
             so a token of today ends on {last} or before"
        ));
    }
    if plan.iter().any(is_to_delete) {
        steps.push(format!("delete app passwords at {DELETE_AT} and treat them as leaked"));
    }
    steps
}

const CREATE_AT: &str = "https://id.atlassian.com/manage-profile/security/api-tokens";
const DELETE_AT: &str = "https://bitbucket.org/account/settings/app-passwords/";

/// Whether a literal app password is known.
fn is_to_delete(row: &PlannedToken) -> bool {
    row.action != TokenAction::Keep && row.secret_masked.is_some()
}

fn row(token: &PlannedToken) -> PlannedRow {
    let mut facts = Vec::new();
    match token.action {
        TokenAction::Create => {
            facts.push(("create", format!("an API token with {}", scopes(token))));
        }
        TokenAction::Keep => facts
            .push(("keep", format!("it, no new one is due; check that it has {}", scopes(token)))),
        TokenAction::Delete => {}
    }
    if token.action != TokenAction::Delete {
        let usernames = usernames(token);
        if !usernames.is_empty() {
            facts.push(("username", usernames));
        }
        let consumers = consumers(token);
        if !consumers.is_empty() {
            facts.push(("needs", consumers));
        }
    }
    facts.extend(token.variables.iter().map(|variable| ("set", set(variable))));
    facts.extend(stores(token).map(|store| ("put", store)));
    match token.action {
        TokenAction::Create if is_to_delete(token) => {
            facts.push(("delete", "the app password".to_owned()));
        }
        TokenAction::Delete => facts.push(("delete", "it: nothing uses it".to_owned())),
        TokenAction::Create | TokenAction::Keep => {}
    }
    PlannedRow { title: title(token), extent: extent(token), facts }
}

/// What the credential is called.
pub(super) fn title(token: &PlannedToken) -> String {
    let kind = match token.action {
        TokenAction::Keep => "API token",
        TokenAction::Create | TokenAction::Delete => "app password",
    };
    let names: BTreeSet<&str> = token.held_by.iter().map(|row| row.variable.as_str()).collect();
    let names: Vec<String> = names.into_iter().map(ToOwned::to_owned).collect();
    let homes: BTreeSet<&str> = token.held_by.iter().map(|row| row.repository.as_str()).collect();
    let homes = match (homes.len(), homes.first()) {
        (1, Some(home)) => format!(" of {}", here(home)),
        (number, _) => format!(" of {number} repositories"),
    };
    match (&token.secret_masked, names.as_slice()) {
        (Some(masked), []) => format!("{kind} {masked}"),
        (Some(masked), names) => format!("{kind} {masked} in {}{homes}", list(names)),
        (None, []) => format!("{kind} that no file shows"),
        (None, names) => format!("{kind} in {}{homes}", list(names)),
    }
}

/// A folder within a sentence.
fn here(folder: &str) -> &str {
    if folder == "." { "this folder" } else { folder }
}

/// "one credential, 4 places in 3 files".
pub(super) fn extent(token: &PlannedToken) -> String {
    let places = count(token.places, "place", "places");
    match (token.places, token.files) {
        (1, _) => places,
        (_, files) => format!("{places} in {}", count(files, "file", "files")),
    }
}

/// What becomes of the token, in one word.
pub(super) const fn action(token: &PlannedToken) -> &'static str {
    match token.action {
        TokenAction::Create => "create",
        TokenAction::Keep => "keep",
        TokenAction::Delete => "none",
    }
}

/// The least scopes.
fn scopes(token: &PlannedToken) -> String {
    let places = count(token.without_scopes, "place", "places");
    match (token.without_scopes, token.scopes.is_empty()) {
        (0, true) => "the scopes that its use needs; no place tells which".to_owned(),
        (0, false) => token.scopes.join(" "),
        (_, true) => format!("what the REST API needs at {places}, which cannot be told from here"),
        (_, false) => format!(
            "{}, and what the REST API needs at {places}, which cannot be told from here",
            token.scopes.join(" ")
        ),
    }
}

/// The usernames that go with the token, each with the use that takes it.
pub(super) fn usernames(token: &PlannedToken) -> String {
    let git = || format!("{GIT_API_TOKEN_USERNAME} for git");
    let rest = || "the Atlassian account email for REST".to_owned();
    let mut rows: Vec<String> = Vec::new();
    for PlannedUse { usage, username_form, places: _ } in &token.uses {
        let usage = words::usage(*usage).map(|usage| format!(" for {usage}")).unwrap_or_default();
        let words = match username_form.as_deref() {
            Some("static") => vec![format!("{GIT_API_TOKEN_USERNAME}{usage}")],
            Some("email") => vec![format!("the Atlassian account email{usage}")],
            Some("unsupported") => vec![format!("none{usage}: API tokens do not work there")],
            _ => vec![git(), rest()],
        };
        for words in words {
            if !rows.contains(&words) {
                rows.push(words);
            }
        }
    }
    rows.join("; ")
}

/// Tools that need a certain version or something else.
pub(super) fn consumers(token: &PlannedToken) -> String {
    let named = token.consumers.iter().filter_map(|consumer| {
        let name = consumer.name.as_ref()?;
        match (&consumer.least_version, &consumer.instead) {
            (Some(version), _) => Some(format!("{name} {version} or later")),
            (None, Some(instead)) => Some(format!("for {name}: {instead}")),
            (None, None) => None,
        }
    });
    named.collect::<Vec<_>>().join("; ")
}

/// A variable to set.
pub(super) fn set(variable: &PlannedVariable) -> String {
    let PlannedVariable { repository, name, replaces, read_by, set, shared_with, holds } = variable;
    let mut text = format!("{name} in {}", here(repository));
    if !variable.holds_token() {
        text = format!("{text} to {holds}");
    } else if replaces.is_empty() && set.is_empty() {
        text = format!("{text} to the API token, wherever it is set");
    } else if !replaces.is_empty() {
        text = format!("{text} in the place of {}", list(replaces));
    }
    if !read_by.is_empty() {
        text = format!("{text}, read by {}", read_by.join(", "));
    }
    if !set.is_empty() {
        text = format!("{text}: {}", set.join("; "));
    }
    match shared_with.as_slice() {
        [] => text,
        others => {
            let others: Vec<_> = others.iter().map(|number| format!("row {number}")).collect();
            format!("{text}; also for {}: one token with the scopes of both", list(&others))
        }
    }
}

/// Where else the token goes.
pub(super) fn stores(token: &PlannedToken) -> impl Iterator<Item = String> {
    let of = |kind: TokenIn| {
        let stores = token.stores.iter().filter(move |store| store.token_in == kind);
        stores.map(|store| store.path.clone()).collect::<Vec<_>>()
    };
    let placeholders = of(TokenIn::Placeholder);
    let files = of(TokenIn::File);
    let helper = of(TokenIn::CredentialHelper);
    [
        (!placeholders.is_empty()).then(|| {
            format!("the token in the place of the placeholder in {}", list(&placeholders))
        }),
        (!files.is_empty())
            .then(|| format!("nothing: the edits put the token into {}", list(&files))),
        (!helper.is_empty())
            .then(|| format!("the token into git's credential helper, for {}", list(&helper))),
    ]
    .into_iter()
    .flatten()
}

/// What a credential is used for: "git and REST".
pub(super) fn used_for(token: &PlannedToken) -> String {
    let any =
        |wanted: Use| token.uses.iter().any(|row| row.usage == wanted || row.usage == Use::Both);
    match (any(Use::Git), any(Use::Rest)) {
        (true, true) => "git and REST",
        (true, false) => "git",
        (false, true) => "REST",
        (false, false) => "",
    }
    .to_owned()
}
