//! Tallies: the sums over the events of a stretch of time.

use serde::{Deserialize, Serialize};

use super::event::{FULL, Record};
use super::place::{DAY, HOUR, MINUTE};
use crate::affect::Affect;
use crate::error::{Result, fail};

/// The width of buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BucketWidth {
    /// Computed from the events on request.
    Second,
    /// Stored, updated with each event.
    Minute,
    /// Stored, updated with each event; hours follow the timeline's UTC offset.
    Hour,
    /// Stored, updated with each event; begins at midnight of the timeline's UTC offset.
    Day,
}

impl BucketWidth {
    /// All widths, shortest first.
    pub const ALL: [Self; 4] = [Self::Second, Self::Minute, Self::Hour, Self::Day];

    /// Returns the width in milliseconds.
    pub const fn ms(self) -> u64 {
        match self {
            Self::Second => 1000,
            Self::Minute => MINUTE,
            Self::Hour => HOUR,
            Self::Day => DAY,
        }
    }

    /// Returns the width's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }
}

/// The events of one stretch of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// Its start, in the time of the events; 0 if it is before 1970.
    pub start_ms: u64,
    /// The sums over its events.
    pub tally: Tally,
}

/// Sums over events, as integers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// The number of events.
    pub events: u64,
    /// The number of events answered by the user's own head.
    pub adapted: u64,
    /// The sum of the events' durations in milliseconds.
    pub observed_ms: u64,
    /// One per class of the timeline; classes after the last are 0.
    pub classes: Vec<ClassTally>,
}

/// Sums over events for one class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ClassTally {
    /// The number of events with this label.
    pub events: u64,
    /// The sum of the class's probabilities, in 255ths.
    pub sum: u64,
}

impl Tally {
    /// Returns the sums of the class with this index.
    pub fn class(&self, index: usize) -> ClassTally {
        self.classes.get(index).copied().unwrap_or_default()
    }

    /// Returns the mean probability of the class with this index, 0 to 1; 0 without events.
    pub fn share(&self, index: usize) -> f64 {
        self.class(index).sum as f64 / (f64::from(FULL) * self.events.max(1) as f64)
    }

    /// Returns the mean valence and arousal over the events, projected from the sums of the probabilities of `labels`,
    /// the classes of the timeline; `None` without events, and as in [`Affect::projected`].
    pub fn affect(&self, labels: &[String]) -> Option<Affect> {
        let sum = |index| self.class(index).sum as f64;
        Affect::projected(labels.iter().enumerate().map(|(index, label)| (label.as_str(), sum(index))))
    }

    /// Adds `other`; sums saturate at the 64-bit maximum.
    pub fn merge(&mut self, other: &Self) {
        self.events = self.events.saturating_add(other.events);
        self.adapted = self.adapted.saturating_add(other.adapted);
        self.observed_ms = self.observed_ms.saturating_add(other.observed_ms);
        if self.classes.len() < other.classes.len() {
            self.classes.resize(other.classes.len(), ClassTally::default());
        }
        for (class, other) in self.classes.iter_mut().zip(&other.classes) {
            class.events = class.events.saturating_add(other.events);
            class.sum = class.sum.saturating_add(other.sum);
        }
    }

    pub(super) fn add(&mut self, record: &Record) {
        self.events += 1;
        self.adapted += u64::from(record.adapted);
        self.observed_ms += u64::from(record.duration_ms);
        let known = self.classes.len();
        let new = record.levels[known..].iter().rposition(|&level| level > 0).map_or(known, |last| known + last + 1);
        self.classes.resize(new.max(usize::from(record.label) + 1), ClassTally::default());
        self.classes[usize::from(record.label)].events += 1;
        for (class, level) in self.classes.iter_mut().zip(record.levels) {
            class.sum += u64::from(level);
        }
    }

    /// Subtracts an event that was counted.
    ///
    /// # Errors
    /// `ProfileCorrupt` if it cannot have been counted.
    pub(super) fn subtract(&mut self, record: &Record) -> Result<()> {
        let mut counted = Self::default();
        counted.add(record);
        if !self.covers(&counted) {
            fail!(ProfileCorrupt, "the timeline's tallies do not fit its events");
        }
        self.events -= 1;
        self.adapted -= counted.adapted;
        self.observed_ms -= counted.observed_ms;
        for (class, counted) in self.classes.iter_mut().zip(&counted.classes) {
            class.events -= counted.events;
            class.sum -= counted.sum;
        }
        let known = self.classes.iter().rposition(|class| *class != ClassTally::default());
        self.classes.truncate(known.map_or(0, |last| last + 1));
        Ok(())
    }

    /// Whether this tally's sums can include all of `other`.
    pub(super) fn covers(&self, other: &Self) -> bool {
        let within = |own: &ClassTally, other: &ClassTally| own.events >= other.events && own.sum >= other.sum;
        self.events >= other.events
            && self.adapted >= other.adapted
            && self.observed_ms >= other.observed_ms
            && self.classes.len() >= other.classes.len()
            && self.classes.iter().zip(&other.classes).all(|(own, other)| within(own, other))
    }

    /// Whether the sums of a bucket of `length_ms` are consistent with each other and its length. A
    /// millisecond has one event; more only if a clock went back over pruned times.
    pub(super) fn is_sound(&self, length_ms: u64) -> bool {
        const MAX_OF_A_MILLISECOND: u64 = 8;
        let sums = |of: fn(&ClassTally) -> u64| self.classes.iter().map(of).try_fold(0u64, u64::checked_add);
        (1..=MAX_OF_A_MILLISECOND * length_ms).contains(&self.events)
            && self.adapted <= self.events
            && self.observed_ms <= self.events * HOUR
            && sums(|class| class.events) == Some(self.events)
            && sums(|class| class.sum) == Some(self.events * u64::from(FULL))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_saturate_at_the_maximum() {
        let max = ClassTally { events: u64::MAX, sum: u64::MAX };
        let hostile = Tally { events: u64::MAX, adapted: u64::MAX, observed_ms: u64::MAX, classes: vec![max] };
        let mut total = hostile.clone();
        total.merge(&hostile);
        assert_eq!(total, hostile);
        assert!(!hostile.is_sound(DAY));
        assert!(total.share(0) <= 1.0 + 1e-9);
    }

    #[test]
    fn a_bucket_holds_no_more_than_its_length() {
        let of = |events: u64, observed_ms| Tally {
            events,
            adapted: events,
            observed_ms,
            classes: vec![ClassTally { events, sum: events * 255 }],
        };
        assert!(of(MINUTE, MINUTE * HOUR).is_sound(MINUTE));
        assert!(!of(MINUTE, MINUTE * HOUR + 1).is_sound(MINUTE));
        assert!(!of(8 * MINUTE + 1, 0).is_sound(MINUTE) && of(8 * MINUTE + 1, 0).is_sound(HOUR));
        assert!(!of(0, 0).is_sound(MINUTE));
    }
}
