//! Events in the public form and in the stored form.

use std::sync::Arc;

use mien_nn::math::argmax;

use super::place::{HOUR, LATEST_MS, Shift};
use crate::affect::Affect;
use crate::emotion::{Emotion, pairs};
use crate::error::{Result, fail};

/// Maximum number of classes of a timeline, over all heads that answered in it.
pub const MAX_CLASSES: usize = 32;

/// Maximum duration of an event: an hour.
pub const LONGEST_DURATION_MS: u32 = HOUR as u32;

/// The begin of the labels of speech without an answer; the reason follows.
pub const UNUSED: &str = "unused: ";

/// The sum of a record's levels.
pub(super) const FULL: u32 = 255;

/// An emotion of a user at a point in time.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Milliseconds since 1970, or since the start of the medium; maximum [`LATEST_MS`].
    pub at_ms: u64,
    /// How long it was seen, milliseconds; maximum [`LONGEST_DURATION_MS`], 0 if unknown. The whole
    /// duration counts for the bucket in which the event begins.
    pub duration_ms: u32,
    /// The classes; events of one head share them. Spellings of one emotion are the same class.
    pub labels: Arc<[String]>,
    /// The index of the class in the answer, which need not be the most probable one.
    pub label: usize,
    /// The probability of each class; they sum to 1. They are stored in steps of 1/255, each within
    /// 1/255 of the recorded value; classes that the head lacks have 0.
    pub probabilities: Vec<f32>,
    /// Whether the user's own head answered.
    pub adapted: bool,
}

impl Event {
    /// Creates the event of `emotion`. If the emotion's label is not among its classes, the most
    /// probable class is used.
    pub fn of(emotion: &Emotion, at_ms: u64, duration_ms: u32) -> Self {
        let labels: Arc<[String]> = emotion.probabilities.iter().map(|(label, _)| label.clone()).collect();
        let probabilities: Vec<f32> = emotion.probabilities.iter().map(|(_, probability)| *probability).collect();
        let label = labels.iter().position(|label| *label == emotion.label);
        let label = label.unwrap_or_else(|| argmax(&probabilities));
        Self { at_ms, duration_ms, labels, label, probabilities, adapted: emotion.adapted }
    }

    /// Returns the name of the class in the answer; empty if [`Event::label`] is out of range.
    pub fn name(&self) -> &str {
        self.labels.get(self.label).map_or("", String::as_str)
    }

    /// Returns valence and arousal, projected from the probabilities; `None` as in [`Affect::projected`].
    pub fn affect(&self) -> Option<Affect> {
        Affect::projected(pairs(&self.labels, &self.probabilities))
    }

    /// Checks the caller's values, except for the names of the classes.
    pub(super) fn check(&self) -> Result<()> {
        let Self { at_ms, duration_ms, labels, label, probabilities, .. } = self;
        if *at_ms > LATEST_MS {
            fail!(InvalidOption, "the event's time {at_ms} ms is past the year 9999");
        }
        if *duration_ms > LONGEST_DURATION_MS {
            fail!(InvalidOption, "the event's duration {duration_ms} ms is more than an hour");
        }
        if probabilities.len() != labels.len() || *label >= labels.len() {
            let (given, classes) = (probabilities.len(), labels.len());
            fail!(InvalidOption, "the event has {given} probabilities and the label {label} of {classes} classes");
        }
        let sum: f32 = probabilities.iter().sum();
        if probabilities.iter().any(|probability| !(0.0..=1.01).contains(probability)) || (sum - 1.0).abs() > 0.01 {
            fail!(InvalidOption, "the event's probabilities do not sum to 1");
        }
        Ok(())
    }
}

/// An event in stored form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Record {
    /// Local time.
    pub at: u64,
    pub duration_ms: u32,
    pub label: u8,
    pub adapted: bool,
    /// The probability of each of the timeline's classes in 255ths; they sum to [`FULL`].
    pub levels: [u8; MAX_CLASSES],
}

impl Record {
    /// Converts a checked `event`; `columns` are the timeline's columns of its classes.
    pub fn of(event: &Event, columns: &[u8], shift: Shift) -> Self {
        Self {
            at: shift.local(event.at_ms),
            duration_ms: event.duration_ms,
            label: columns[event.label],
            adapted: event.adapted,
            levels: levels(&event.probabilities, columns),
        }
    }

    /// Converts to an event of a timeline with these classes.
    pub fn event(&self, labels: &Arc<[String]>, shift: Shift) -> Event {
        Event {
            at_ms: shift.time(self.at),
            duration_ms: self.duration_ms,
            labels: labels.clone(),
            label: usize::from(self.label),
            probabilities: self.levels[..labels.len()].iter().map(|&level| f32::from(level) / FULL as f32).collect(),
            adapted: self.adapted,
        }
    }
}

/// Converts probabilities to 255ths that sum to 255: each is rounded down, then those with the
/// largest remainders are rounded up, the first of equals first.
fn levels(probabilities: &[f32], columns: &[u8]) -> [u8; MAX_CLASSES] {
    let sum: f32 = probabilities.iter().sum();
    let mut lost = [0f32; MAX_CLASSES];
    let mut levels = [0; MAX_CLASSES];
    let mut missing = FULL;
    for (&probability, &column) in probabilities.iter().zip(columns) {
        let exact = (probability / sum * FULL as f32).min(FULL as f32);
        let level = (exact as u32).min(missing);
        levels[usize::from(column)] += level as u8;
        lost[usize::from(column)] += exact - level as f32;
        missing -= level;
    }
    for _ in 0..missing {
        let max = argmax(&lost);
        levels[max] += 1;
        lost[max] -= 1.0;
    }
    levels
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn levels_sum_to_255_and_are_within_a_step(values in prop::collection::vec(0.0f32..1.0, 2..=MAX_CLASSES)) {
            let sum: f32 = values.iter().sum::<f32>().max(1e-3);
            let mut probabilities: Vec<f32> = values.iter().map(|value| value / sum).collect();
            probabilities[0] += (1.0 - probabilities.iter().sum::<f32>()).max(0.0);
            let columns: Vec<u8> = (0..values.len() as u8).collect();
            let levels = levels(&probabilities, &columns);
            prop_assert_eq!(levels.iter().map(|&level| u32::from(level)).sum::<u32>(), FULL);
            for (probability, level) in probabilities.iter().zip(levels) {
                prop_assert!((probability - f32::from(level) / 255.0).abs() <= 1.0 / 255.0 + 1e-4);
            }
        }
    }

    #[test]
    fn classes_stand_in_the_columns_of_the_timeline() {
        let levels = levels(&[0.2, 0.8], &[3, 1]);
        assert_eq!(levels[..5], [0, 204, 0, 51, 0]);
    }
}
