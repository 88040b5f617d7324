//! A learned embedding of speech: a network that turns mel bands over time into a vector each 80 ms.
//!
//! The network is Google's speech_embedding (Lin, Kilgour, Roblek, Sharifi: "Training keyword spotters with limited and
//! synthesized speech data", ICASSP 2020), as openWakeWord runs it: its input is the logarithm of the power in 32 mel
//! bands in dB of 16-bit samples, at most 80 dB below the loudest, divided by 10, plus 2.

use std::fmt;

use mien_nn::{Network, run_checked};

use super::descriptor::MAX_CLIP_FRAMES;
use super::frame::{EMBEDDING_BANDS, SpeechFrame};
use super::loudness::Loudness;
use super::series::mean;
use super::{HOP, RATE_HZ};
use crate::error::{Result, fail};
use crate::models::{ModelPack, SpeechEntry};

/// Windows of the network that one run computes: neighbors share most of their frames.
const WINDOWS: usize = 16;

/// Frames before the first and after the last loud one that the network sees too.
const MARGIN: usize = 40;

/// Range in dB below the loudest band that the network tells apart.
const RANGE_DB: f32 = 80.0;

/// Mean energy of the loud frames in dB of full scale to which the bands are brought.
const LEVEL_DB: f64 = -30.0;

/// The network with its shape.
pub struct Embedding {
    network: Box<dyn Network>,
    entry: SpeechEntry,
}

impl fmt::Debug for Embedding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Embedding").field("entry", &self.entry).finish_non_exhaustive()
    }
}

impl Embedding {
    /// Loads the network of `pack`; `None` if it has none.
    ///
    /// # Errors
    /// `ModelLoad` if the file does not fit its entry.
    pub fn of_pack(pack: &ModelPack) -> Result<Option<Self>> {
        let Some(entry) = pack.manifest().speech.clone() else { return Ok(None) };
        if entry.input.bands != EMBEDDING_BANDS {
            let (file, bands) = (&entry.file, entry.input.bands);
            fail!(ModelLoad, "{file} reads {bands} bands; speech has {EMBEDDING_BANDS}");
        }
        Ok(Some(Self { network: pack.speech_network(WINDOWS)?, entry }))
    }

    /// Returns the number of values of a row.
    pub fn values(&self) -> usize {
        self.entry.output.values
    }

    /// Returns the SHA-256 of the network's file.
    pub fn sha256(&self) -> &str {
        &self.entry.sha256
    }

    /// Returns the multiply-adds of the network per second of sound.
    pub fn multiply_adds_per_second(&self) -> u64 {
        let run: u64 = self.network.steps().iter().map(|step| step.multiply_adds).sum();
        let frames = WINDOWS * self.entry.input.step * HOP;
        run * u64::from(RATE_HZ) / frames as u64
    }

    /// Returns a row of [`Embedding::values`] for each window of the speech in `frames`, which are 10 ms apart, and of the
    /// quiet around it: 0.8 s long each, 80 ms apart. At least one.
    ///
    /// # Errors
    /// `Internal` if the network fails or its values are not finite.
    pub fn rows(&self, frames: &[SpeechFrame]) -> Result<Vec<Vec<f32>>> {
        let (window, step) = (self.entry.input.frames, self.entry.input.step);
        let mut bands = bands_of(frames);
        let least = bands.iter().copied().fold(f32::INFINITY, f32::min);
        let missing = window.saturating_sub(bands.len() / EMBEDDING_BANDS);
        // A short sound stands in the middle of silence.
        let silence = |frames: usize| std::iter::repeat_n(least, frames * EMBEDDING_BANDS);
        bands.splice(0..0, silence(missing / 2));
        bands.extend(silence(missing - missing / 2));
        let count = (bands.len() / EMBEDDING_BANDS - window) / step + 1;
        let mut rows = Vec::with_capacity(count);
        while rows.len() < count {
            let mut input: Vec<f32> = bands[rows.len() * step * EMBEDDING_BANDS..].to_vec();
            input.resize((window + (WINDOWS - 1) * step) * EMBEDDING_BANDS, least);
            let output = &run_checked(&*self.network, "speech", &input)?[0];
            let row = |at: usize| output.iter().skip(at).step_by(WINDOWS).copied().collect();
            rows.extend((0..WINDOWS.min(count - rows.len())).map(row));
        }
        Ok(rows)
    }

    /// Returns the means of the rows.
    ///
    /// # Errors
    /// As in [`Embedding::rows`].
    pub fn means(&self, frames: &[SpeechFrame]) -> Result<Vec<f32>> {
        let rows = self.rows(frames)?;
        let series = |value: usize| rows.iter().map(|row| f64::from(row[value])).collect::<Vec<_>>();
        Ok((0..self.values()).map(|value| mean(&series(value)) as f32).collect())
    }
}

/// Returns the bands of the speech in `frames` and of the quiet around it, frame by frame, as the network takes them.
fn bands_of(frames: &[SpeechFrame]) -> Vec<f32> {
    let Some(loudness) = Loudness::of(frames) else { return vec![0.0; EMBEDDING_BANDS] };
    let loud = loudness.range();
    let from = loud.start.saturating_sub(MARGIN);
    let around = &frames[from..(loud.end + MARGIN).min(frames.len()).min(from + MAX_CLIP_FRAMES)];
    let energies = frames.iter().zip(&loudness.is_loud).filter(|(_, loud)| **loud);
    let level_db = mean(&energies.map(|(frame, _)| f64::from(frame.energy_db())).collect::<Vec<_>>());
    let gain = (LEVEL_DB - level_db) as f32;
    let mut bands: Vec<f32> = around.iter().flat_map(|frame| frame.bands_db).map(|band| band + gain).collect();
    let peak = bands.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    bands.iter_mut().for_each(|band| *band = band.max(peak - RANGE_DB) / 10.0 + 2.0);
    bands
}
