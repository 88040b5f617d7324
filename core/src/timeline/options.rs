//! Options of timelines: offset of days and retention.

use serde::{Deserialize, Serialize};

use super::place::{DAY, MAX_OFFSET_MINUTES};
use crate::error::{Result, fail};
use crate::options;
use crate::options::Ranges;

options! {
    /// Options of a user's timelines.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
    pub struct TimelineOptions {
        /// Minutes by which local time is ahead of UTC: 60 in Berlin in winter, -300 in New York. It can change only while no data
        /// by wall time is stored; times of media are not shifted.
        pub offset_minutes: i32 = 0, in -MAX_OFFSET_MINUTES..=MAX_OFFSET_MINUTES;
        /// How long data is kept.
        pub retention: Retention = Retention::default();
    }
}

options! {
    /// Retention in days per level of detail; `None` keeps data forever. Coarser tallies must be kept at least as long as
    /// finer ones. Events and minutes are pruned by whole hours, hours by whole days: a stretch is pruned when all of it has
    /// been expired for a day, and later after days on which the clock was not seen.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
    pub struct Retention {
        /// Days that events are kept.
        pub events: Option<u32> = Some(30);
        /// Days that tallies of minutes are kept.
        pub minutes: Option<u32> = Some(366);
        /// Days that tallies of hours are kept.
        pub hours: Option<u32> = Some(1827);
        /// Days that tallies of days are kept.
        pub days: Option<u32> = None;
        /// Days that a medium is kept after its last recorded event.
        pub media: Option<u32> = Some(366);
    }
}

impl Retention {
    /// Keeps everything forever.
    pub const FOR_EVER: Self = Self { events: None, minutes: None, hours: None, days: None, media: None };

    /// Returns the retention of events, minutes, hours and days, with names.
    fn tiers(&self) -> [(&'static str, Option<u32>); 4] {
        [("events", self.events), ("minutes", self.minutes), ("hours", self.hours), ("days", self.days)]
    }
}

impl TimelineOptions {
    /// Checks the ranges.
    ///
    /// # Errors
    /// `InvalidOption` naming the option that is out of range.
    pub fn check(&self) -> Result<()> {
        self.check_ranges()?;
        let days = |kept: Option<u32>| kept.unwrap_or(u32::MAX);
        for two in self.retention.tiers().windows(2) {
            let [(fine, kept), (coarse, longer)] = [two[0], two[1]];
            if days(kept) > days(longer) {
                fail!(InvalidOption, "{fine} cannot be kept longer than {coarse}");
            }
        }
        Ok(())
    }
}

/// Returns the time before which data kept for `kept` days has expired at `now`; 0 if nothing
/// expires.
pub(super) fn horizon(now: u64, kept: Option<u32>) -> u64 {
    kept.map_or(0, |days| now.saturating_sub(u64::from(days) * DAY))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fine_detail_cannot_be_kept_longer_than_coarse() {
        assert!(TimelineOptions::default().check().is_ok());
        assert!(TimelineOptions { retention: Retention::FOR_EVER, ..TimelineOptions::default() }.check().is_ok());
        let retention = Retention { minutes: Some(10), ..Retention::default() };
        let error = TimelineOptions { retention, ..TimelineOptions::default() }.check().unwrap_err();
        assert_eq!(error.to_string(), "events cannot be kept longer than minutes");
        for offset_minutes in [-841, 841, i32::MIN, i32::MIN + 1, i32::MAX] {
            assert!(TimelineOptions { offset_minutes, ..TimelineOptions::default() }.check().is_err());
        }
    }
}
