//! Where a day stands in the removal of app passwords, in words.

use bbsweep_scanner_core::bitbucket::{Phase, Timeline};
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::words::count;

/// Where the day of the report stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Calendar {
    /// The dates.
    #[serde(flatten)]
    pub timeline: Timeline,
    /// The day.
    #[schemars(with = "String", extend("format" = "date"))]
    pub today: Date,
    /// `open`, `deprecated`, `brownouts` or `removed`.
    #[schemars(extend("enum" = ["open", "deprecated", "brownouts", "removed"]))]
    pub phase: String,
    /// The phase in words.
    pub message: String,
}

impl Calendar {
    /// Tells where `today` stands in `timeline`.
    pub fn new(timeline: Timeline, today: Date) -> Self {
        let Timeline { creation_ended, brownouts_start, removed } = timeline;
        let (phase, message) = match timeline.phase(today) {
            Phase::Open { days_to_creation_end } => (
                "open",
                format!(
                    "App passwords can be created until {creation_ended} ({}); they fail at times \
                     from {brownouts_start} and for good from {removed}.",
                    ahead(days_to_creation_end)
                ),
            ),
            Phase::Deprecated { days_to_brownouts, days_to_removal } => (
                "deprecated",
                format!(
                    "App passwords are deprecated: none can be created since {creation_ended}; they \
                     fail at times from {brownouts_start} ({}) and for good from {removed} ({}).",
                    ahead(days_to_brownouts),
                    ahead(days_to_removal)
                ),
            ),
            Phase::Brownouts { days_to_removal } => (
                "brownouts",
                format!(
                    "App passwords are in brownouts since {brownouts_start}: they fail in windows \
                     from 00:00, 06:00, 12:00 and 18:00 UTC that grow longer, and for good from \
                     {removed} ({}).",
                    ahead(days_to_removal)
                ),
            ),
            Phase::Removed { days_dead: 0 } => (
                "removed",
                format!(
                    "App passwords were removed today, {removed}: what still uses one is broken now."
                ),
            ),
            Phase::Removed { days_dead } => (
                "removed",
                format!(
                    "App passwords were removed on {removed}, {} ago: what still uses one is broken \
                     now.",
                    days(days_dead)
                ),
            ),
        };
        Self { timeline, today, phase: phase.to_owned(), message }
    }
}

fn days(days: i32) -> String {
    count(u64::from(days.unsigned_abs()), "day", "days")
}

fn ahead(number: i32) -> String {
    if number == 1 { "tomorrow".to_owned() } else { format!("in {}", days(number)) }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn each_phase_in_words() {
        let lines: Vec<String> = [
            date(2025, 9, 8),
            date(2025, 9, 9),
            date(2026, 6, 8),
            date(2026, 6, 9),
            date(2026, 7, 27),
            date(2026, 7, 28),
            date(2026, 7, 29),
            date(2026, 11, 24),
        ]
        .into_iter()
        .map(|today| Calendar::new(Timeline::default(), today))
        .map(|calendar| format!("{} {}: {}", calendar.today, calendar.phase, calendar.message))
        .collect();
        insta::assert_snapshot!(lines.join("\n"));
    }
}
