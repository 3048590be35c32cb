//! The token plan: for each credential what takes its place, with which scopes, and where it goes.
//!
//! A credential is one literal secret wherever it stands, or what one variable of a repository holds.
//! A variable with one literal value in its repository is that credential: one credential, N places.

mod credentials;

use std::collections::{BTreeMap, BTreeSet};

use bbsweep_scanner_core::bitbucket::Scope;
use bbsweep_scanner_core::{CredentialKind, Rule, State, Use};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{Applicability, Finding, Report, ReportSetting, TokenIn};

/// What becomes of a credential.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum TokenAction {
    /// An app password, or what a variable holds: an API token takes its place.
    Create,
    /// An API token in a form that fails: it stays. Its scopes cannot be seen in it.
    Keep,
    /// Nothing uses it: delete it.
    Delete,
}

/// One credential and what takes its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlannedToken {
    /// What becomes of it.
    pub action: TokenAction,
    /// As the fingerprint of its findings; `null` where no literal was seen.
    pub credential_fingerprint: Option<String>,
    /// The literal, masked.
    pub secret_masked: Option<String>,
    /// Variables that hold it today, sorted.
    pub held_by: Vec<HeldBy>,
    /// Places that use or set it.
    pub places: u64,
    /// Files that these stand in.
    pub files: u64,
    /// What it is used for, and the username that goes with the token there. Places where nothing
    /// tells are left out.
    pub uses: Vec<PlannedUse>,
    /// The least scopes of all uses together, in the order of the token dialogue. No scope implies
    /// another.
    pub scopes: Vec<String>,
    /// Uses whose scopes cannot be told, such as a request to a path that is put together elsewhere.
    pub without_scopes: u64,
    /// Rules that the places are reported under, sorted.
    pub consumers: Vec<PlannedConsumer>,
    /// Variables to create or to give another value, sorted.
    pub variables: Vec<PlannedVariable>,
    /// Where else the token goes, sorted.
    pub stores: Vec<PlannedStore>,
    /// Ids of the findings, in the report's order.
    pub findings: Vec<String>,
}

/// A variable and the repository or tree that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct HeldBy {
    /// The repository, or the scanned folder of files in none, as the user can open it.
    pub repository: String,
    /// The variable, or the key of a secret store.
    pub variable: String,
}

/// A use of a token and its username.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlannedUse {
    /// What it is used for.
    #[serde(rename = "use")]
    pub usage: Use,
    /// As the username form of a finding.
    pub username_form: Option<String>,
    /// In how many places.
    pub places: u64,
}

/// What uses a credential.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct PlannedConsumer {
    /// Id of the rule.
    pub rule: String,
    /// The tool's name; `null` for a rule that goes by the place alone.
    pub name: Option<String>,
    /// The first release that takes API tokens, where a source says so.
    pub least_version: Option<String>,
    /// What to use where the tool takes no API token.
    pub instead: Option<String>,
}

/// A variable that has to hold the token or the email.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct PlannedVariable {
    /// The repository or tree that needs it, as in [`HeldBy`].
    pub repository: String,
    /// Its name.
    pub name: String,
    /// What it holds.
    pub holds: String,
    /// Variables that it replaces; none where it keeps its name and gets another value.
    pub replaces: Vec<String>,
    /// Files that read it.
    pub read_by: Vec<String>,
    /// What to do so that they have it; empty where it is set already.
    pub set: Vec<String>,
    /// Other rows of the plan, counted from 1, that need the same variable: it has one value, so one
    /// token has to serve them all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shared_with: Vec<u64>,
}

/// A place besides variables that the token goes to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct PlannedStore {
    /// What kind of place it is.
    pub token_in: TokenIn,
    /// The file that holds the token, or that git is configured in, as the user can open it.
    pub path: String,
}

impl Report {
    /// Makes the plan anew from findings and settings.
    pub(crate) fn plan_tokens(&mut self) {
        let mut rows: Vec<PlannedToken> =
            credentials::of(&self.findings).iter().map(|group| self.planned(group)).collect();
        // Stable: within an action in the order of the findings.
        rows.sort_by_key(|row| row.action);
        share(&mut rows);
        self.summary.token_plan = rows;
    }

    fn planned(&self, group: &[usize]) -> PlannedToken {
        let findings: Vec<&Finding> = group.iter().map(|index| &self.findings[*index]).collect();
        let literal = findings.iter().find(|finding| finding.credential_fingerprint.is_some());
        let alive = || findings.iter().filter(|finding| finding.state != State::DeadSecret);
        let action = action(&findings);
        let scopes: BTreeSet<&str> =
            alive().flat_map(|finding| &finding.scopes).map(String::as_str).collect();
        let unclear = |finding: &&&Finding| {
            matches!(finding.usage, Use::Rest | Use::Both) && finding.scopes.is_empty()
        };
        PlannedToken {
            action,
            credential_fingerprint: literal
                .and_then(|finding| finding.credential_fingerprint.clone()),
            secret_masked: literal.and_then(|finding| finding.secret_masked.clone()),
            held_by: findings
                .iter()
                .filter_map(|finding| Some((finding, finding.variable.clone()?)))
                .map(|(finding, variable)| HeldBy { repository: self.home(finding), variable })
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect(),
            places: findings.len() as u64,
            files: findings
                .iter()
                .map(|finding| (finding.root, &finding.path))
                .collect::<BTreeSet<_>>()
                .len() as u64,
            uses: uses(alive().copied()),
            scopes: in_order(scopes),
            without_scopes: alive().filter(unclear).count() as u64,
            consumers: findings
                .iter()
                .map(|finding| consumer(&finding.rule))
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect(),
            variables: if action == TokenAction::Create {
                self.variables(&findings)
            } else {
                Vec::new()
            },
            stores: findings
                .iter()
                .filter_map(|finding| {
                    let token_in = finding.rewrite.as_ref()?.token_in?;
                    let path = self.shown_path(finding.root, &finding.path);
                    Some(PlannedStore { token_in, path })
                })
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect(),
            findings: findings.iter().map(|finding| finding.id.clone()).collect(),
        }
    }

    /// The repository of a finding, or the folder that was scanned, as the user can open it.
    fn home(&self, finding: &Finding) -> String {
        self.shown_path(finding.root, finding.repository.as_deref().unwrap_or("."))
    }

    fn variables(&self, findings: &[&Finding]) -> Vec<PlannedVariable> {
        let mut rows = BTreeSet::new();
        // A variable that keeps its name: it is set somewhere, to another value from now on.
        let mut kept: BTreeMap<(String, &str), BTreeSet<&str>> = BTreeMap::new();
        for finding in findings {
            let repository = self.home(finding);
            let needed: Vec<_> =
                self.summary.settings.iter().filter(|setting| needs(finding, setting)).collect();
            rows.extend(needed.iter().map(|setting| PlannedVariable::of(setting, &repository)));
            let Some(variable) = &finding.variable else { continue };
            let covered = needed
                .iter()
                .any(|setting| setting.name == *variable || setting.replaces.contains(variable));
            if finding.state == State::Reference && !covered && keeps(finding, variable) {
                kept.entry((repository, variable)).or_default().insert(finding.path.as_str());
            }
        }
        rows.extend(kept.into_iter().map(|((repository, name), paths)| PlannedVariable {
            repository,
            name: name.to_owned(),
            holds: "the API token in the place of the app password".to_owned(),
            replaces: Vec::new(),
            read_by: paths.into_iter().map(ToOwned::to_owned).collect(),
            set: Vec::new(),
            shared_with: Vec::new(),
        }));
        rows.into_iter().collect()
    }
}

impl PlannedVariable {
    fn of(setting: &ReportSetting, repository: &str) -> Self {
        let ReportSetting { repository: _, name, holds, replaces, read_by, set } = setting.clone();
        let repository = repository.to_owned();
        Self { repository, name, holds, replaces, read_by, set, shared_with: Vec::new() }
    }
}

/// Whether the variable has its name after the rewrite too.
fn keeps(finding: &Finding, variable: &str) -> bool {
    let made = finding.rewrite.as_ref().and_then(|rewrite| rewrite.replacement.as_deref());
    made.is_none_or(|text| text.contains(variable))
}

/// Whether the rewrite of `finding` needs the setting.
fn needs(finding: &Finding, setting: &ReportSetting) -> bool {
    let Some(rewrite) = &finding.rewrite else { return false };
    let here = finding.repository.as_ref().is_none_or(|home| *home == setting.repository)
        && setting.read_by.contains(&finding.path);
    let named = if rewrite.variables.is_empty() {
        // Written by a version that does not say it.
        let replaced = finding.variable.as_ref().is_some_and(|old| setting.replaces.contains(old));
        let shown = rewrite.replacement.as_deref().unwrap_or_default();
        replaced && rewrite.applicability > Applicability::Manual || shown.contains(&setting.name)
    } else {
        rewrite.variables.contains(&setting.name)
    };
    here && named
}

fn action(findings: &[&Finding]) -> TokenAction {
    let any = |state: State| findings.iter().any(|finding| finding.state == state);
    if any(State::AppPassword) {
        TokenAction::Create
    } else if any(State::HalfMigrated) {
        TokenAction::Keep
    } else if findings.iter().all(|finding| finding.state == State::DeadSecret) {
        TokenAction::Delete
    } else if findings.iter().any(|finding| finding.kind == CredentialKind::ApiToken) {
        TokenAction::Keep
    } else {
        TokenAction::Create
    }
}

/// The uses that are known, git first.
fn uses<'f>(findings: impl Iterator<Item = &'f Finding>) -> Vec<PlannedUse> {
    let mut uses: BTreeMap<(Use, Option<&str>), u64> = BTreeMap::new();
    for finding in findings {
        let form = finding.username_form.as_deref();
        if finding.usage != Use::Unknown || form.is_some() {
            *uses.entry((finding.usage, form)).or_default() += 1;
        }
    }
    uses.into_iter()
        .map(|((usage, form), places)| PlannedUse {
            usage,
            username_form: form.map(ToOwned::to_owned),
            places,
        })
        .collect()
}

/// In the order of the token dialogue; what a later version knows comes last.
fn in_order(scopes: BTreeSet<&str>) -> Vec<String> {
    let place = |name: &str| Scope::ALL.iter().position(|scope| scope.name() == name);
    let mut scopes: Vec<&str> = scopes.into_iter().collect();
    scopes.sort_by_key(|name| place(name).unwrap_or(usize::MAX));
    scopes.into_iter().map(ToOwned::to_owned).collect()
}

fn consumer(rule: &str) -> PlannedConsumer {
    let row = Rule::from_id(rule).and_then(Rule::consumer);
    PlannedConsumer {
        rule: rule.to_owned(),
        name: row.map(|row| row.name.to_owned()),
        least_version: row.and_then(|row| row.least_version).map(ToOwned::to_owned),
        instead: row.and_then(|row| row.instead).map(ToOwned::to_owned),
    }
}

/// Tells rows of each other that need one variable. The email is the same for all of an account.
fn share(rows: &mut [PlannedToken]) {
    let mut needed_by: BTreeMap<(String, String), Vec<u64>> = BTreeMap::new();
    for (number, row) in (1..).zip(&*rows) {
        for variable in row.variables.iter().filter(|variable| variable.holds_token()) {
            let key = (variable.repository.clone(), variable.name.clone());
            needed_by.entry(key).or_default().push(number);
        }
    }
    for (number, row) in (1..).zip(rows) {
        for variable in row.variables.iter_mut().filter(|variable| variable.holds_token()) {
            let key = (variable.repository.clone(), variable.name.clone());
            let all = needed_by.get(&key).map(Vec::as_slice).unwrap_or_default();
            variable.shared_with = all.iter().copied().filter(|other| *other != number).collect();
        }
    }
}

impl PlannedVariable {
    /// Whether it holds the token, and not the email of the account that owns it.
    pub(crate) fn holds_token(&self) -> bool {
        self.holds.contains("API token") && !self.holds.starts_with("the email")
    }
}
