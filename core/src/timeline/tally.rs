//! What the events of a stretch of time come to.

use serde::{Deserialize, Serialize};

use super::event::{FULL, Record};
use super::place::{DAY, HOUR, MINUTE};
use crate::error::{Result, fail};

/// The length of buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BucketWidth {
    /// Counted from the events when asked for.
    Second,
    /// Kept as events come in.
    Minute,
    /// Kept as events come in; begins at the hour of the timeline's distance to UTC.
    Hour,
    /// Kept as events come in; begins at midnight of the timeline's distance to UTC.
    Day,
}

impl BucketWidth {
    /// All widths, shortest first.
    pub const ALL: [Self; 4] = [Self::Second, Self::Minute, Self::Hour, Self::Day];

    /// The length in milliseconds.
    pub const fn ms(self) -> u64 {
        match self {
            Self::Second => 1000,
            Self::Minute => MINUTE,
            Self::Hour => HOUR,
            Self::Day => DAY,
        }
    }

    /// The width's name.
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
    /// When it begins, in the time of the events; 0 where that is before 1970.
    pub start_ms: u64,
    /// What was seen in it.
    pub tally: Tally,
}

/// Sums over events, in whole numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// The number of events.
    pub events: u64,
    /// Events that the user's own head answered.
    pub adapted: u64,
    /// The sum of the events' durations in milliseconds.
    pub observed_ms: u64,
    /// For each of the timeline's classes; those behind the last are 0.
    pub classes: Vec<ClassTally>,
}

/// Sums over events for one class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ClassTally {
    /// Events whose label is this class.
    pub events: u64,
    /// The sum of the class's probabilities in 255ths.
    pub sum: u64,
}

impl Tally {
    /// The sums of the class with this index.
    pub fn class(&self, index: usize) -> ClassTally {
        self.classes.get(index).copied().unwrap_or_default()
    }

    /// The mean probability of the class with this index, 0 to 1; 0 without events.
    pub fn share(&self, index: usize) -> f64 {
        self.class(index).sum as f64 / (f64::from(FULL) * self.events.max(1) as f64)
    }

    /// Counts all of `other` in.
    pub fn merge(&mut self, other: &Self) {
        self.events += other.events;
        self.adapted += other.adapted;
        self.observed_ms += other.observed_ms;
        if self.classes.len() < other.classes.len() {
            self.classes.resize(other.classes.len(), ClassTally::default());
        }
        for (class, other) in self.classes.iter_mut().zip(&other.classes) {
            class.events += other.events;
            class.sum += other.sum;
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

    /// Takes back an event that was counted.
    ///
    /// # Errors
    /// `ProfileCorrupt` where it never was.
    pub(super) fn subtract(&mut self, record: &Record) -> Result<()> {
        let mut counted = Self::default();
        counted.add(record);
        let within = |own: &ClassTally, other: &ClassTally| own.events >= other.events && own.sum >= other.sum;
        if self.events == 0
            || self.adapted < counted.adapted
            || self.observed_ms < counted.observed_ms
            || self.classes.len() < counted.classes.len()
            || !self.classes.iter().zip(&counted.classes).all(|(own, other)| within(own, other))
        {
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

    /// Whether the sums fit each other, and are far from overflow.
    pub(super) fn is_sound(&self) -> bool {
        const MOST: u64 = 1 << 40;
        let sums = |of: fn(&ClassTally) -> u64| self.classes.iter().map(of).try_fold(0u64, u64::checked_add);
        (1..=MOST).contains(&self.events)
            && self.adapted <= self.events
            && self.observed_ms <= self.events * HOUR
            && sums(|class| class.events) == Some(self.events)
            && sums(|class| class.sum) == Some(self.events * u64::from(FULL))
    }
}
