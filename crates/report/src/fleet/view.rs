//! What a fleet's store says, counted.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use rusqlite::params;
use serde::Serialize;

use super::burn_down::{Week, burn_down, slope, zero};
use super::store::{Store, StoreError};

/// Rows of one list: a fleet may have millions of credentials, and a view is held in memory.
const MOST: usize = 10_000;

/// Rows of a blocker's places.
const SAMPLES: usize = 3;

/// A host that should report, by the inventory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// As its reports name it.
    pub name: String,
    /// Who answers for it where no code owner does.
    pub team: Option<String>,
}

/// How to look at a fleet.
#[derive(Clone, Debug)]
pub struct FleetOptions {
    /// When it is looked at.
    pub now: Timestamp,
    /// The hosts that should report; `None` where nobody says.
    pub inventory: Option<Vec<Host>>,
    /// Hours after which a host's last run is stale.
    pub stale_hours: i64,
}

/// A fleet at one moment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FleetView {
    /// When it was looked at, in UTC.
    pub generated: Timestamp,
    /// Whether every host of the inventory has a complete run that is not stale.
    pub complete: bool,
    /// Errors left.
    pub errors: u64,
    /// Warnings left.
    pub warnings: u64,
    /// Different credentials, as far as a fleet key tells.
    pub distinct_credentials: u64,
    /// What is wrong with the fleet's reports.
    pub notes: Vec<String>,
    /// What no edit takes away, by rule and reason, most places first; at most 10,000 rows, as in the other
    /// lists by repository and credential.
    pub blockers: Vec<Blocker>,
    /// Rows that are not listed.
    pub beyond: Beyond,
    /// What is left by team.
    pub teams: Vec<Share>,
    /// What is left by repository.
    pub repositories: Vec<Share>,
    /// What is left by rule.
    pub rules: Vec<Share>,
    /// What is left by credential: the tokens to create, those that most places need first.
    pub credentials: Vec<CredentialRow>,
    /// What each host says.
    pub hosts: Vec<HostRow>,
    /// What was left at the end of each week, the last one until now.
    pub burn_down: Vec<Week>,
    /// How many findings a week go, lately; negative where they grow.
    pub per_week: Option<f64>,
    /// The day on which nothing is left, if it goes on so.
    pub zero: Option<Date>,
}

/// How many rows are not in a list; the store has them all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Beyond {
    /// Of the blockers.
    pub blockers: u64,
    /// Of the repositories.
    pub repositories: u64,
    /// Of the credentials.
    pub credentials: u64,
}

/// A part of what is left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Share {
    /// Whose or where.
    pub name: String,
    /// Errors.
    pub errors: u64,
    /// Warnings.
    pub warnings: u64,
    /// Those of both that no edit takes away.
    pub manual: u64,
    /// Hosts that have some.
    pub hosts: u64,
}

/// One credential on however many hosts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CredentialRow {
    /// Its fingerprint under the fleet key.
    pub credential: String,
    /// The secret, masked.
    pub secret_masked: Option<String>,
    /// Where it stands.
    pub places: u64,
    /// On how many hosts.
    pub hosts: u64,
    /// In how many repositories.
    pub repositories: u64,
    /// Places that no edit takes away.
    pub manual: u64,
    /// What it is used for, such as `git`.
    pub uses: Vec<String>,
    /// The scopes that the token in its place needs.
    pub scopes: Vec<String>,
}

/// Findings that wait for somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Blocker {
    /// The rule.
    pub rule: String,
    /// Why no edit is made.
    pub reason: String,
    /// How many.
    pub places: u64,
    /// On how many hosts.
    pub hosts: u64,
    /// A few of them, as `host:path:line`.
    pub samples: Vec<String>,
}

/// How a host's last run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum HostState {
    /// The inventory has it, and no run was merged.
    Missing,
    /// No run of it is complete.
    Partial,
    /// Its last run is too old.
    Stale,
    /// Complete and new.
    Current,
}

/// What one host says of one scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HostRow {
    /// Its name.
    pub host: String,
    /// What was scanned.
    pub scope: String,
    /// How the run is that counts.
    pub state: HostState,
    /// When that began.
    pub started: Option<Timestamp>,
    /// Its errors.
    pub errors: u64,
    /// Its warnings.
    pub warnings: u64,
    /// Inputs that it could not read.
    pub unread: u64,
}

impl FleetView {
    /// What an exit status tells of a store: whether something is left, and [`Self::complete`].
    ///
    /// # Errors
    /// It cannot be read.
    pub fn outcome(store: &Store, options: &FleetOptions) -> Result<(bool, bool), StoreError> {
        let hosts = hosts(store, options)?;
        let left = hosts.iter().any(|row| row.errors + row.warnings > 0);
        Ok((left, hosts.iter().all(|row| row.state == HostState::Current)))
    }

    /// Looks at a store.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn of(store: &Store, options: &FleetOptions) -> Result<Self, StoreError> {
        let hosts = hosts(store, options)?;
        let mut notes = notes(store)?;
        if let Some(inventory) = &options.inventory {
            let known: BTreeSet<&str> = inventory.iter().map(|host| host.name.as_str()).collect();
            let others: BTreeSet<&str> = hosts
                .iter()
                .map(|row| row.host.as_str())
                .filter(|name| !known.contains(name))
                .collect();
            if !others.is_empty() {
                let others: Vec<_> = others.into_iter().collect();
                notes.push(format!("not in the inventory: {}", others.join(", ")));
            }
        }
        let rules = shares(store, "finding.rule")?;
        let repository = "coalesce(finding.repository, '(no repository)')";
        let beyond = Beyond {
            blockers: beyond(store, "rule, reason", "AND applicability = 'manual'")?,
            repositories: beyond(store, repository, "")?,
            credentials: beyond(store, "credential", "AND credential IS NOT NULL")?,
        };
        let burn_down = burn_down(store, options.now)?;
        let per_week = slope(&burn_down);
        Ok(Self {
            generated: options.now,
            complete: hosts.iter().all(|row| row.state == HostState::Current),
            errors: rules.iter().map(|row| row.errors).sum(),
            warnings: rules.iter().map(|row| row.warnings).sum(),
            distinct_credentials: store.db.query_row(
                "SELECT count(DISTINCT credential) FROM finding",
                [],
                |row| number(row, 0),
            )?,
            notes,
            blockers: blockers(store)?,
            beyond,
            teams: teams(store, options)?,
            repositories: shares(store, repository)?,
            rules,
            credentials: credentials(store)?,
            zero: zero(&burn_down, per_week),
            hosts,
            burn_down,
            per_week,
        })
    }
}

pub(super) fn number(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<u64> {
    Ok(u64::try_from(row.get::<_, i64>(at)?).unwrap_or(0))
}

/// What counts: notes do not.
const LEFT: &str =
    "finding JOIN run ON run.id = finding.run WHERE run.counts AND severity <> 'note'";

/// How many groups there are beyond those that are listed.
fn beyond(store: &Store, by: &str, only: &str) -> Result<u64, StoreError> {
    let groups = store.db.query_row(
        &format!("SELECT count(*) FROM (SELECT 1 FROM {LEFT} {only} GROUP BY {by})"),
        [],
        |row| number(row, 0),
    )?;
    Ok(groups.saturating_sub(MOST as u64))
}

fn shares(store: &Store, by: &str) -> Result<Vec<Share>, StoreError> {
    let mut query = store.db.prepare(&format!(
        "SELECT {by} AS name, sum(severity = 'error'), sum(severity = 'warning'), \
         sum(applicability = 'manual'), count(DISTINCT run.host) FROM {LEFT} \
         GROUP BY name ORDER BY 2 DESC, 3 DESC, name LIMIT {MOST}"
    ))?;
    let rows = query.query_map([], |row| {
        Ok(Share {
            name: row.get(0)?,
            errors: number(row, 1)?,
            warnings: number(row, 2)?,
            manual: number(row, 3)?,
            hosts: number(row, 4)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// By code owners, or else by the host's team. A finding of several owners counts for each.
fn teams(store: &Store, options: &FleetOptions) -> Result<Vec<Share>, StoreError> {
    let team_of: BTreeMap<&str, &str> = options
        .inventory
        .iter()
        .flatten()
        .filter_map(|host| Some((host.name.as_str(), host.team.as_deref()?)))
        .collect();
    let mut query = store.db.prepare(&format!(
        "SELECT owners, run.host, sum(severity = 'error'), sum(severity = 'warning'), \
         sum(applicability = 'manual') FROM {LEFT} GROUP BY owners, run.host"
    ))?;
    let mut rows = query.query([])?;
    let mut all = BTreeMap::<String, (Share, BTreeSet<String>)>::new();
    while let Some(row) = rows.next()? {
        let (owners, host): (String, String) = (row.get(0)?, row.get(1)?);
        let names: Vec<&str> = if owners.is_empty() {
            vec![team_of.get(host.as_str()).copied().unwrap_or("(no owner)")]
        } else {
            owners.split('\n').collect()
        };
        for name in names {
            let (share, hosts) = all.entry(name.to_owned()).or_insert_with(|| {
                let share =
                    Share { name: name.into(), errors: 0, warnings: 0, manual: 0, hosts: 0 };
                (share, BTreeSet::new())
            });
            share.errors += number(row, 2)?;
            share.warnings += number(row, 3)?;
            share.manual += number(row, 4)?;
            hosts.insert(host.clone());
        }
    }
    let mut shares: Vec<Share> = all
        .into_values()
        .map(|(share, hosts)| Share { hosts: hosts.len() as u64, ..share })
        .collect();
    shares.sort_by(|a, b| (b.errors, b.warnings, &a.name).cmp(&(a.errors, a.warnings, &b.name)));
    Ok(shares)
}

fn credentials(store: &Store) -> Result<Vec<CredentialRow>, StoreError> {
    let mut query = store.db.prepare(&format!(
        "SELECT credential, max(secret_masked), count(*), count(DISTINCT run.host), \
         count(DISTINCT run.host || char(10) || repository), sum(applicability = 'manual'), \
         group_concat(DISTINCT usage), group_concat(DISTINCT scopes) FROM {LEFT} \
         AND credential IS NOT NULL GROUP BY credential ORDER BY 3 DESC, credential LIMIT {MOST}"
    ))?;
    let sorted = |text: Option<String>, by: &[char]| -> Vec<String> {
        let text = text.unwrap_or_default();
        let names: BTreeSet<&str> = text.split(by).filter(|name| !name.is_empty()).collect();
        names.into_iter().map(ToOwned::to_owned).collect()
    };
    let rows = query.query_map([], |row| {
        Ok(CredentialRow {
            credential: row.get(0)?,
            secret_masked: row.get(1)?,
            places: number(row, 2)?,
            hosts: number(row, 3)?,
            repositories: number(row, 4)?,
            manual: number(row, 5)?,
            uses: sorted(row.get(6)?, &[',']),
            scopes: sorted(row.get(7)?, &[',', '\n']),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn blockers(store: &Store) -> Result<Vec<Blocker>, StoreError> {
    let mut query = store.db.prepare(&format!(
        "SELECT rule, reason, count(*), count(DISTINCT run.host) FROM {LEFT} \
         AND applicability = 'manual' GROUP BY rule, reason ORDER BY 3 DESC, rule, reason LIMIT {MOST}"
    ))?;
    let rows = query.query_map([], |row| {
        Ok(Blocker {
            rule: row.get(0)?,
            reason: row.get(1)?,
            places: number(row, 2)?,
            hosts: number(row, 3)?,
            samples: Vec::new(),
        })
    })?;
    let mut blockers: Vec<Blocker> = rows.collect::<Result<_, _>>()?;
    let mut samples = store.db.prepare(&format!(
        "SELECT run.host || ':' || path || ':' || line FROM {LEFT} AND applicability = 'manual' \
         AND rule = ? AND reason = ? LIMIT {SAMPLES}"
    ))?;
    // Those that are read by people.
    for blocker in blockers.iter_mut().take(50) {
        let rows = samples.query_map(params![blocker.rule, blocker.reason], |row| row.get(0))?;
        blocker.samples = rows.collect::<Result<_, _>>()?;
        blocker.samples.sort();
    }
    Ok(blockers)
}

fn hosts(store: &Store, options: &FleetOptions) -> Result<Vec<HostRow>, StoreError> {
    let oldest = options.now.checked_sub(options.stale_hours.hours()).unwrap_or(Timestamp::MIN);
    let mut query = store.db.prepare(
        "SELECT host, scope, started, complete, errors, warnings, unread FROM run WHERE counts \
         ORDER BY host, scope",
    )?;
    let mut hosts = Vec::new();
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let started = Timestamp::from_millisecond(row.get(2)?).unwrap_or_default();
        let state = match (row.get::<_, bool>(3)?, started < oldest) {
            (false, _) => HostState::Partial,
            (true, true) => HostState::Stale,
            (true, false) => HostState::Current,
        };
        hosts.push(HostRow {
            host: row.get(0)?,
            scope: row.get(1)?,
            state,
            started: Some(started),
            errors: number(row, 4)?,
            warnings: number(row, 5)?,
            unread: number(row, 6)?,
        });
    }
    let known: BTreeSet<String> = hosts.iter().map(|row| row.host.clone()).collect();
    let missing = options.inventory.iter().flatten().filter(|host| !known.contains(&host.name));
    hosts.extend(missing.map(|host| HostRow {
        host: host.name.clone(),
        scope: String::new(),
        state: HostState::Missing,
        started: None,
        errors: 0,
        warnings: 0,
        unread: 0,
    }));
    hosts.sort_by(|a, b| (a.state, &a.host, &a.scope).cmp(&(b.state, &b.host, &b.scope)));
    Ok(hosts)
}

/// What a reader has to know before the figures are believed.
fn notes(store: &Store) -> Result<Vec<String>, StoreError> {
    let mut notes = Vec::new();
    let mut all = |query: &str, note: &dyn Fn(&[String]) -> String| -> Result<(), StoreError> {
        let mut query = store.db.prepare(query)?;
        let rows: Vec<String> = query.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        if !rows.is_empty() {
            notes.push(note(&rows));
        }
        Ok(())
    };
    // Runs of one host cannot be at work at the same time.
    all(
        "SELECT DISTINCT a.host FROM run AS a JOIN run AS b ON a.host = b.host AND a.scope = b.scope \
         AND a.id <> b.id AND a.started <= b.started AND b.started < a.ended ORDER BY 1",
        &|hosts| {
            format!("two hosts seem to have one name, for their runs overlap: {}", hosts.join(", "))
        },
    )?;
    all(
        "SELECT host FROM run WHERE counts GROUP BY host HAVING count(DISTINCT scope) > 1 ORDER BY 1",
        &|hosts| {
            format!(
                "reports of different folders bear one name, and each counts: {}",
                hosts.join(", ")
            )
        },
    )?;
    all(
        "SELECT host FROM run WHERE counts AND key_id IS NOT (SELECT key_id FROM run WHERE counts AND \
         key_id IS NOT NULL GROUP BY key_id ORDER BY count(*) DESC, key_id LIMIT 1) \
         AND (SELECT count(*) FROM run WHERE counts AND key_id IS NOT NULL) > 0 \
         GROUP BY host ORDER BY 1",
        &|hosts| {
            format!(
                "not under the fleet key that most have, so that their credentials are not known again: {}",
                hosts.join(", ")
            )
        },
    )?;
    all(
        "SELECT host FROM run AS late WHERE NOT late.complete AND NOT late.counts AND late.started > \
         (SELECT started FROM run WHERE host = late.host AND scope = late.scope AND counts) \
         GROUP BY host ORDER BY 1",
        &|hosts| {
            format!(
                "a later run is partial, so that the last complete one counts: {}",
                hosts.join(", ")
            )
        },
    )?;
    Ok(notes)
}
