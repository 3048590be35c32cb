use jiff::civil::{Date, date};
use serde::{Deserialize, Serialize};

/// The dates of the app-password removal.
///
/// Sources: creation ended and the announced cutoff,
/// <https://community.atlassian.com/forums/Bitbucket-articles/Deprecation-notice-Bitbucket-Cloud-shifts-to-API-tokens-from-app/ba-p/3040975>;
/// brownouts and the removal,
/// <https://community.atlassian.com/forums/Bitbucket-articles/Deprecation-notice-Bitbucket-Cloud-app-password-brownout/ba-p/3237429>.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Timeline {
    /// From this day no app password could be created.
    #[cfg_attr(feature = "schema", schemars(with = "String", extend("format" = "date")))]
    pub creation_ended: Date,
    /// The cutoff as first announced; in the end the first day of brownouts.
    #[cfg_attr(feature = "schema", schemars(with = "String", extend("format" = "date")))]
    pub brownouts_start: Date,
    /// From this day no app password works.
    #[cfg_attr(feature = "schema", schemars(with = "String", extend("format" = "date")))]
    pub removed: Date,
}

impl Default for Timeline {
    fn default() -> Self {
        Self {
            creation_ended: date(2025, 9, 9),
            brownouts_start: date(2026, 6, 9),
            removed: date(2026, 7, 28),
        }
    }
}

/// Where a day stands in the [`Timeline`]. Day counts are whole days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// App passwords could still be created.
    Open {
        /// Days until creation ends.
        days_to_creation_end: i32,
    },
    /// Existing ones work, none can be created.
    Deprecated {
        /// Days until the brownouts start.
        days_to_brownouts: i32,
        /// Days until the removal.
        days_to_removal: i32,
    },
    /// They fail in windows at 00:00, 06:00, 12:00 and 18:00 UTC that grow longer.
    Brownouts {
        /// Days until the removal.
        days_to_removal: i32,
    },
    /// None works.
    Removed {
        /// Days since the removal; 0 on the day itself.
        days_dead: i32,
    },
}

impl Timeline {
    /// The phase that `today` falls in.
    pub fn phase(&self, today: Date) -> Phase {
        let days = |to: Date| to.since(today).map_or(0, |span| span.get_days());
        if today >= self.removed {
            Phase::Removed { days_dead: -days(self.removed) }
        } else if today >= self.brownouts_start {
            Phase::Brownouts { days_to_removal: days(self.removed) }
        } else if today >= self.creation_ended {
            Phase::Deprecated {
                days_to_brownouts: days(self.brownouts_start),
                days_to_removal: days(self.removed),
            }
        } else {
            Phase::Open { days_to_creation_end: days(self.creation_ended) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_change_on_the_day() {
        let t = Timeline::default();
        assert_eq!(t.phase(date(2025, 9, 8)), Phase::Open { days_to_creation_end: 1 });
        assert_eq!(
            t.phase(date(2025, 9, 9)),
            Phase::Deprecated { days_to_brownouts: 273, days_to_removal: 322 }
        );
        assert_eq!(t.phase(date(2026, 6, 9)), Phase::Brownouts { days_to_removal: 49 });
        assert_eq!(t.phase(date(2026, 7, 28)), Phase::Removed { days_dead: 0 });
        assert_eq!(t.phase(date(2026, 11, 24)), Phase::Removed { days_dead: 119 });
    }
}
