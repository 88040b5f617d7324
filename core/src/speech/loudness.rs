//! Which frames of a clip are loud.

use std::ops::Range;

use super::frame::SpeechFrame;
use super::series::{mean, percentile};

/// Frames over which the energy is smoothed.
const SMOOTHED: usize = 5;

/// Distance in dB to the peak, and share of the distance of the peak to the floor, above which a frame is loud.
const BELOW_PEAK_DB: f64 = 30.0;
const ABOVE_FLOOR: f64 = 0.25;

/// Distance in dB to the peak within which every frame is loud: a tone of constant energy has no quiet around it.
const NEAR_PEAK_DB: f64 = 6.0;

/// Percentiles of the energy that are the peak and the floor.
const PEAK: f64 = 98.0;
const FLOOR: f64 = 10.0;

/// The energy of a clip over time.
pub struct Loudness {
    /// Energy in dB of full scale, averaged over some frames.
    pub smoothed_db: Vec<f64>,
    /// The energy of the loudest frames.
    pub peak_db: f64,
    /// For each frame, whether it is near the peak and above the floor.
    pub is_loud: Vec<bool>,
}

impl Loudness {
    /// Measures `frames`; `None` without any.
    pub fn of(frames: &[SpeechFrame]) -> Option<Self> {
        let last = frames.len().checked_sub(1)?;
        let smooth = |at: usize| {
            let around = (0..SMOOTHED).map(|step| (at + step).saturating_sub(SMOOTHED / 2).min(last));
            mean(&around.map(|place| f64::from(frames[place].energy_db())).collect::<Vec<_>>())
        };
        let smoothed_db: Vec<f64> = (0..frames.len()).map(smooth).collect();
        let (peak_db, floor_db) = (percentile(&smoothed_db, PEAK), percentile(&smoothed_db, FLOOR));
        let least = (peak_db - BELOW_PEAK_DB).max(floor_db + ABOVE_FLOOR * (peak_db - floor_db));
        let least = least.min(peak_db - NEAR_PEAK_DB);
        let is_loud = smoothed_db.iter().map(|energy| *energy >= least).collect();
        Some(Self { smoothed_db, peak_db, is_loud })
    }

    /// Returns the places of the frames from the first to the last loud one.
    pub fn range(&self) -> Range<usize> {
        let first = self.is_loud.iter().position(|loud| *loud).unwrap_or(0);
        let last = self.is_loud.iter().rposition(|loud| *loud);
        first..last.map_or(first, |last| last + 1)
    }

    /// Returns the mean power of the loud `frames`, those that were measured, the square of full scale being 1: what noise
    /// is compared with.
    pub fn power(&self, frames: &[SpeechFrame]) -> f64 {
        let loud = frames.iter().zip(&self.is_loud).filter(|(_, loud)| **loud);
        mean(&loud.map(|(frame, _)| libm::pow(10.0, f64::from(frame.energy_db()) / 10.0)).collect::<Vec<_>>())
    }
}
