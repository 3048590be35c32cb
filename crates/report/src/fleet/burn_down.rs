//! How a fleet's findings go down, week by week.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde::Serialize;

use super::store::{Store, StoreError};
use super::view::number;

/// Weeks that a projection looks back on.
const LOOK_BACK: usize = 8;

/// A week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Week {
    /// Its last day, a Sunday; today for the last one.
    pub until: Date,
    /// Errors and warnings left then.
    pub left: u64,
    /// Hosts that had reported until then.
    pub hosts: u64,
}

/// A run, for the burn-down.
struct RunRow {
    host: String,
    scope: String,
    started: i64,
    complete: bool,
    left: u64,
}

/// What was left at the end of each week, by the runs that were known then. A host that had not reported
/// yet counts with what its first run found: it had that before, and is no growth.
pub(super) fn burn_down(store: &Store, now: Timestamp) -> Result<Vec<Week>, StoreError> {
    let mut query = store.db.prepare(
        "SELECT host, scope, started, complete, errors + warnings FROM run ORDER BY started, id",
    )?;
    let rows = query.query_map([], |row| {
        Ok(RunRow {
            host: row.get(0)?,
            scope: row.get(1)?,
            started: row.get(2)?,
            complete: row.get(3)?,
            left: number(row, 4)?,
        })
    })?;
    let rows: Vec<RunRow> = rows.collect::<Result<_, _>>()?;
    let day = |at: i64| {
        TimeZone::UTC.to_datetime(Timestamp::from_millisecond(at).unwrap_or_default()).date()
    };
    let Some(first) = rows.first() else { return Ok(Vec::new()) };
    let today = TimeZone::UTC.to_datetime(now).date();
    let mut until = day(first.started);
    // The Sunday of its week.
    let to_sunday = 7 - i64::from(until.weekday().to_monday_one_offset());
    until = until.checked_add(to_sunday.days()).unwrap_or(until);
    let mut known = BTreeMap::<(String, String), (bool, u64)>::new();
    for row in &rows {
        let key = (row.host.clone(), row.scope.clone());
        known.entry(key).or_insert((false, row.left));
    }
    let mut reported = BTreeSet::<String>::new();
    let mut weeks = Vec::new();
    let mut rows = rows.into_iter().peekable();
    loop {
        let last = until >= today;
        let end = if last { today } else { until };
        while let Some(row) = rows.next_if(|row| last || day(row.started) <= end) {
            reported.insert(row.host.clone());
            let at = known.entry((row.host, row.scope)).or_insert((false, 0));
            // A partial run does not take the place of a complete one.
            if row.complete || !at.0 {
                *at = (row.complete, row.left);
            }
        }
        weeks.push(Week {
            until: end,
            left: known.values().map(|(_, left)| left).sum(),
            hosts: reported.len() as u64,
        });
        if last {
            return Ok(weeks);
        }
        until = until.checked_add(7.days()).unwrap_or(today);
    }
}

/// How many a week go, by least squares over the last weeks.
#[allow(clippy::cast_precision_loss, reason = "counts of findings")]
pub(super) fn slope(weeks: &[Week]) -> Option<f64> {
    let weeks = &weeks[weeks.len().saturating_sub(LOOK_BACK)..];
    let first = weeks.first()?.until;
    let points: Vec<(f64, f64)> = weeks
        .iter()
        .filter_map(|week| {
            let days = first.until(week.until).ok()?.get_days();
            Some((f64::from(days) / 7.0, week.left as f64))
        })
        .collect();
    let n = points.len() as f64;
    let (sum_x, sum_y) = points.iter().fold((0.0, 0.0), |(x, y), point| (x + point.0, y + point.1));
    let (mean_x, mean_y) = (sum_x / n, sum_y / n);
    let spread: f64 = points.iter().map(|(x, _)| (x - mean_x).powi(2)).sum();
    let both: f64 = points.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
    (points.len() > 1 && spread > 0.0).then(|| -both / spread)
}

/// The day on which nothing is left, if it goes on so.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "days")]
pub(super) fn zero(weeks: &[Week], per_week: Option<f64>) -> Option<Date> {
    let last = weeks.last()?;
    if last.left == 0 {
        return Some(last.until);
    }
    let per_week = per_week.filter(|rate| *rate > 0.01)?;
    let days = (last.left as f64 / per_week * 7.0).ceil();
    // Farther off nobody plans.
    (days < 36_500.0).then(|| last.until.checked_add((days as i64).days()).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weeks(left: &[u64]) -> Vec<Week> {
        let first: Date = "2026-01-04".parse().unwrap();
        let week = |(at, left): (usize, &u64)| {
            let days = i64::try_from(at).unwrap() * 7;
            Week { until: first.checked_add(days.days()).unwrap(), left: *left, hosts: 1 }
        };
        left.iter().enumerate().map(week).collect()
    }

    #[test]
    fn a_line_is_drawn_to_zero() {
        let down = weeks(&[40, 30, 20, 10]);
        let rate = slope(&down);
        assert!((rate.unwrap() - 10.0).abs() < 1e-9);
        assert_eq!(zero(&down, rate), Some("2026-02-01".parse().unwrap()));
        let up = weeks(&[1, 2]);
        assert_eq!((slope(&up), zero(&up, slope(&up))), (Some(-1.0), None));
        let none = weeks(&[5, 0]);
        assert_eq!(zero(&none, slope(&none)), Some(none[1].until));
        assert_eq!(slope(&weeks(&[7])), None);
        assert_eq!(slope(&[]), None);
        // What was long ago says nothing of now.
        let late = weeks(&[900, 100, 100, 100, 100, 100, 100, 100, 100, 100]);
        assert!(slope(&late).unwrap().abs() < 1e-9);
    }
}
