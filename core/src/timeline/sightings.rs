//! How far the device's clock is trusted, which may be wrong.
//!
//! The core has no clock of its own: it knows only the times that callers pass in, and records the
//! first one of each day. A step from one day to the next that is longer than [`BELIEVED_STEP_MS`]
//! is either an absence or a wrong setting, which cannot be told apart at once: it counts only
//! after the clock was seen on [`DOUBTED_DAYS`] further days. When the clock goes back, sightings
//! later than its new time are removed.

use serde::{Deserialize, Serialize};

use super::place::DAY;

/// Longest clock step that counts at once: 2 days, so that recording once a day, early or late, is
/// never doubted.
pub const BELIEVED_STEP_MS: u64 = 2 * DAY;

/// Number of days on which the clock must be seen after a longer step before the step counts: 14.
pub const DOUBTED_DAYS: usize = 14;

/// Times that the clock showed, the first of each day (UTC), oldest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Sightings(Vec<u64>);

impl Sightings {
    /// Creates sightings with this time only.
    pub fn once(at_ms: u64) -> Self {
        Self(vec![at_ms])
    }

    /// Whether the clock was never seen.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the times rise, with at most one per day, and there are not too many.
    pub fn is_sound(&self) -> bool {
        self.0.len() <= DOUBTED_DAYS + 1 && self.0.is_sorted_by(|a, b| a / DAY < b / DAY)
    }

    /// Records that the clock shows `now_ms`; returns whether the sightings changed.
    pub fn note(&mut self, now_ms: u64) -> bool {
        let before = self.0.len();
        self.0.retain(|&seen| seen <= now_ms);
        let is_new = self.0.last().is_none_or(|last| last / DAY < now_ms / DAY);
        let changed = is_new || self.0.len() < before;
        if is_new {
            self.0.push(now_ms);
            self.0.drain(..self.0.len().saturating_sub(DOUBTED_DAYS + 1));
        }
        changed
    }

    /// Returns the trusted time when the clock shows `now_ms`, which must have been noted: `now_ms`
    /// minus all steps that are still doubted.
    pub fn believed_ms(&self, now_ms: u64) -> u64 {
        let steps = self.0.windows(2).map(|two| two[1] - two[0]);
        let doubted: u64 = steps.filter(|&step| step > BELIEVED_STEP_MS).sum();
        now_ms.saturating_sub(doubted)
    }

    /// Whether the clock was seen on more than [`DOUBTED_DAYS`] days without going back or being
    /// doubted.
    pub fn is_settled(&self) -> bool {
        self.0.len() > DOUBTED_DAYS && self.believed_ms(u64::MAX) == u64::MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: u64 = 20_605 * DAY + DAY / 2;

    fn after(steps: &[u64]) -> (Sightings, u64) {
        let mut sightings = Sightings::default();
        let mut now = NOON;
        sightings.note(now);
        for step in steps {
            now += step;
            sightings.note(now);
        }
        assert!(sightings.is_sound());
        (sightings, now)
    }

    #[test]
    fn a_day_without_doubt_is_believed() {
        for steps in [vec![], vec![DAY; 40], vec![3 * DAY / 2, DAY / 2 + 1, DAY / 2, BELIEVED_STEP_MS, 7]] {
            let (sightings, now) = after(&steps);
            assert_eq!(sightings.believed_ms(now), now, "{steps:?}");
        }
    }

    #[test]
    fn a_long_step_counts_after_fourteen_days_and_time_goes_on_meanwhile() {
        for step in [BELIEVED_STEP_MS + 1, 31 * DAY, 730 * DAY, 36_600 * DAY] {
            let (mut sightings, mut now) = after(&[DAY, step]);
            for day in 0..DOUBTED_DAYS as u64 {
                assert_eq!(sightings.believed_ms(now), NOON + DAY + day * DAY, "{step} on day {day}");
                now += DAY;
                sightings.note(now);
            }
            assert_eq!(sightings.believed_ms(now), now, "{step}");
            assert!(sightings.is_settled());
        }
    }

    #[test]
    fn a_clock_that_goes_back_leaves_nothing_of_its_step() {
        let (mut sightings, now) = after(&[DAY, 400 * DAY, DAY, 90 * DAY]);
        assert!(!sightings.is_settled());
        assert!(sightings.note(NOON + 2 * DAY) && now > NOON + 400 * DAY);
        assert_eq!(sightings.believed_ms(NOON + 2 * DAY), NOON + 2 * DAY);
        assert!(!sightings.note(NOON + 2 * DAY + 1), "the same day says nothing new");
        assert!(sightings.note(0) && sightings.believed_ms(0) == 0);
    }
}
