//! The part of a recording that is described, and which of its frames count.

use std::f64::consts::LN_10;

use super::{MAX_CLIP_FRAMES, MIN_CLIP_FRAMES};
use crate::speech::frame::{CEPSTRA, MEL_BANDS, SpeechFrame, VALUES, position};
use crate::speech::loudness::Loudness;
use crate::speech::mel::cosines;
use crate::speech::series::{mean, percentile};

/// Quiet frames that are kept before the first and after the last loud one: consonants.
const MARGIN: usize = 10;

/// Distance in dB below the loudest sound at which a faint noise is added: rooms and microphones have one, studios
/// do not.
const RANGE_DB: f64 = 65.0;

/// Percentile of the loud frames whose strongest mel band is the loudest sound.
const PEAK: f64 = 98.0;

/// Number of voiced frames below which statistics of the voice are those of all loud frames.
const MIN_VOICED: usize = 6;

/// Speech without the quiet around it.
pub struct Clip {
    /// The values of each frame, levels being relative.
    frames: Vec<[f64; VALUES]>,
    is_active: Vec<bool>,
    is_voiced: Vec<bool>,
}

impl Clip {
    /// Returns the speech in `frames`; `None` if there is none.
    pub fn of(frames: &[SpeechFrame]) -> Option<Self> {
        if frames.len() < MIN_CLIP_FRAMES {
            return None;
        }
        let loudness = Loudness::of(frames)?;
        let loud = loudness.range();
        let from = loud.start.saturating_sub(MARGIN);
        let to = (loud.end + MARGIN).min(frames.len()).min(from + MAX_CLIP_FRAMES);
        let (frames, is_active) = (&frames[from..to], loudness.is_loud[from..to].to_vec());
        let voiced = frames.iter().zip(&is_active).map(|(frame, active)| *active && frame.is_voiced());
        let is_voiced = voiced.collect();
        let frames = frames.iter().map(|frame| frame.values.map(f64::from)).collect();
        let mut clip = Self { frames, is_voiced, is_active };
        let count = |of: &[bool]| of.iter().filter(|counts| **counts).count();
        if count(&clip.is_active) < MIN_CLIP_FRAMES || count(&clip.is_voiced) == 0 {
            return None;
        }
        clip.limit(loudness.peak_db);
        Some(clip)
    }

    /// Adds a faint noise to the levels, and makes them relative to the mean energy of the loud frames.
    fn limit(&mut self, peak_db: f64) {
        let decibel = LN_10 / 10.0;
        let noise = libm::pow(10.0, -RANGE_DB / 10.0);
        let add = |value: f64, peak: f64| peak + libm::log(libm::exp(value - peak) + noise);
        for frame in &mut self.frames {
            let energy = &mut frame[position::ENERGY];
            *energy = add(*energy * decibel, peak_db * decibel) / decibel;
        }
        let level_db = mean(&self.active(&self.values(position::ENERGY)));
        let strongest = |frame: &[f64; VALUES]| frame[position::LOG_MEL].iter().copied().fold(f64::MIN, f64::max);
        let peak = percentile(&self.active(&self.frames.iter().map(strongest).collect::<Vec<_>>()), PEAK);
        let cosines = cosines();
        for frame in &mut self.frames {
            frame[position::ENERGY] -= level_db;
            let (mel, rest) = frame.split_at_mut(MEL_BANDS);
            mel.iter_mut().for_each(|band| *band = add(*band, peak) - level_db * decibel);
            for (value, row) in rest[..CEPSTRA].iter_mut().zip(cosines.chunks_exact(MEL_BANDS)) {
                *value = row.iter().zip(&*mel).map(|(cosine, band)| cosine * band).sum();
            }
        }
    }

    /// Returns the number of frames.
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    /// Returns the value at `place` of all frames.
    pub fn values(&self, place: usize) -> Vec<f64> {
        self.frames.iter().map(|frame| frame[place]).collect()
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

fn chosen(values: &[f64], which: &[bool]) -> Vec<f64> {
    values.iter().zip(which).filter(|(_, chosen)| **chosen).map(|(value, _)| *value).collect()
}
