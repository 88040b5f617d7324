//! The part of a recording that is described, and which of its frames count.

use super::series::{mean, percentile};
use super::{MAX_CLIP_FRAMES, MIN_CLIP_FRAMES};
use crate::speech::frame::SpeechFrame;

/// Frames over which the energy is smoothed.
const SMOOTHED: usize = 5;

/// Quiet frames that are kept before the first and after the last loud one: consonants.
const MARGIN: usize = 10;

/// Distance in dB to the peak, and share of the distance of the peak to the floor, above which a frame is loud.
const BELOW_PEAK_DB: f64 = 30.0;
const ABOVE_FLOOR: f64 = 0.25;

/// Percentiles of the energy that are the peak and the floor.
const PEAK: f64 = 98.0;
const FLOOR: f64 = 10.0;

/// Number of voiced frames below which statistics of the voice are those of all loud frames.
const MIN_VOICED: usize = 6;

/// Speech without the quiet around it.
pub struct Clip<'a> {
    frames: &'a [SpeechFrame],
    is_active: Vec<bool>,
    is_voiced: Vec<bool>,
}

impl<'a> Clip<'a> {
    /// Returns the speech in `frames`; `None` if there is none.
    pub fn of(frames: &'a [SpeechFrame]) -> Option<Self> {
        if frames.len() < MIN_CLIP_FRAMES {
            return None;
        }
        let is_loud = loud(frames);
        let first = is_loud.iter().position(|loud| *loud)?;
        let last = is_loud.iter().rposition(|loud| *loud)?;
        let from = first.saturating_sub(MARGIN);
        let to = (last + MARGIN + 1).min(frames.len()).min(from + MAX_CLIP_FRAMES);
        let (frames, is_active) = (&frames[from..to], is_loud[from..to].to_vec());
        let voiced = frames.iter().zip(&is_active).map(|(frame, active)| *active && frame.is_voiced());
        let clip = Self { frames, is_voiced: voiced.collect(), is_active };
        let count = |of: &[bool]| of.iter().filter(|counts| **counts).count();
        (count(&clip.is_active) >= MIN_CLIP_FRAMES && count(&clip.is_voiced) > 0).then_some(clip)
    }

    /// Returns the number of frames.
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    /// Returns the value at `place` of all frames.
    pub fn values(&self, place: usize) -> Vec<f64> {
        self.frames.iter().map(|frame| f64::from(frame.values[place])).collect()
    }

    /// Returns those of `values`, one per frame, at which the frame is loud.
    pub fn active(&self, values: &[f64]) -> Vec<f64> {
        chosen(values, &self.is_active)
    }

    /// Returns those of `values`, one per frame, at which the frame is loud and voiced; if these are too few, all at
    /// which it is loud.
    pub fn voiced(&self, values: &[f64]) -> Vec<f64> {
        let voiced = chosen(values, &self.is_voiced);
        if voiced.len() < MIN_VOICED { self.active(values) } else { voiced }
    }

    /// Returns the lengths of the runs of voiced frames.
    pub fn voiced_runs(&self) -> Vec<usize> {
        self.is_voiced.split(|voiced| !voiced).map(<[bool]>::len).filter(|length| *length > 0).collect()
    }
}

/// Returns for each frame whether its smoothed energy is near the peak and above the floor.
fn loud(frames: &[SpeechFrame]) -> Vec<bool> {
    let energy: Vec<f64> = frames.iter().map(|frame| f64::from(frame.energy_db())).collect();
    let smooth = |at: usize| {
        let around = (0..SMOOTHED).map(|step| (at + step).saturating_sub(SMOOTHED / 2).min(energy.len() - 1));
        mean(&around.map(|place| energy[place]).collect::<Vec<_>>())
    };
    let smoothed: Vec<f64> = (0..energy.len()).map(smooth).collect();
    let (peak, floor) = (percentile(&smoothed, PEAK), percentile(&smoothed, FLOOR));
    let least = (peak - BELOW_PEAK_DB).max(floor + ABOVE_FLOOR * (peak - floor));
    smoothed.iter().map(|energy| *energy >= least).collect()
}

fn chosen(values: &[f64], which: &[bool]) -> Vec<f64> {
    values.iter().zip(which).filter(|(_, chosen)| **chosen).map(|(value, _)| *value).collect()
}
