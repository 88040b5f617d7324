//! Frames from the 16 kHz samples of one unbroken run.

use std::f64::consts::PI;

use super::frame::{FrameDoubts, SpeechFrame, VALUES, position};
use super::marks::MarkedHops;
use super::mel::{EmbeddingBands, Mel};
use super::pitch::{PitchFinder, SPAN};
use super::shape::{Shape, decibels, describe_harmonics, zero_crossings};
use super::spectrum::Spectrum;
use super::{HOP, RATE_HZ, WINDOW};
use crate::error::Result;

/// Number of samples of the pitch's span before the frame; the rest is after it, so both have the same middle.
const BEFORE: usize = (SPAN - WINDOW) / 2;

/// Corner in Hz of the high-pass filter that takes the offset off.
const CORNER_HZ: f64 = 20.0;

/// Number of hops that the samples of a frame touch.
const HOPS: usize = WINDOW.div_ceil(HOP);

/// A high-pass filter of first order: y = x - x' + r y', with y = 0 at first.
#[derive(Debug, Default)]
struct HighPass {
    last: Option<(f64, f64)>,
}

impl HighPass {
    fn apply(&mut self, sample: f32) -> f64 {
        let pole = 1.0 - 2.0 * PI * CORNER_HZ / f64::from(RATE_HZ);
        let sample = f64::from(sample);
        let (before, out) = self.last.unwrap_or((sample, 0.0));
        let out = sample - before + pole * out;
        self.last = Some((sample, out));
        out
    }
}

/// Computes frames as their samples come in; memory is allocated at the start only.
pub struct Framer {
    high_pass: HighPass,
    spectrum: Spectrum,
    mel: Mel,
    bands: EmbeddingBands,
    pitch: PitchFinder,
    shape: Shape,
    /// The span of the next frame, of which `filled` samples are there.
    samples: [f64; SPAN],
    filled: usize,
    /// Number of samples that came, and of frames that are complete.
    count: u64,
    frames: u64,
    marks: MarkedHops,
}

impl Framer {
    /// Creates a framer at the start of a run.
    pub fn new() -> Self {
        Self {
            high_pass: HighPass::default(),
            spectrum: Spectrum::new(),
            mel: Mel::new(),
            bands: EmbeddingBands::new(),
            pitch: PitchFinder::new(),
            shape: Shape::new(),
            samples: [0.0; SPAN],
            filled: BEFORE,
            count: 0,
            frames: 0,
            marks: MarkedHops::new(),
        }
    }

    /// Returns the number of samples that came.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Notes what is doubtful about the sample `index` of the run, which comes soon.
    pub fn mark(&mut self, index: u64, doubts: FrameDoubts) {
        if !doubts.is_empty() {
            self.marks.mark(index, doubts);
        }
    }

    /// Takes the next sample; returns a frame if one is complete. Its time is the index of its middle sample.
    ///
    /// # Errors
    /// `Internal` if a transform fails.
    pub fn push(&mut self, sample: f32) -> Result<Option<SpeechFrame>> {
        let sample = self.high_pass.apply(sample);
        self.count += 1;
        self.append(sample)
    }

    /// Ends the run: returns the frame whose samples are complete but for those that only the pitch looks at, which
    /// are taken as silence. Call it until it returns `None`, which starts a new run.
    ///
    /// # Errors
    /// `Internal` if a transform fails.
    pub fn finish(&mut self) -> Result<Option<SpeechFrame>> {
        if self.frames * HOP as u64 + WINDOW as u64 <= self.count {
            loop {
                if let Some(frame) = self.append(0.0)? {
                    return Ok(Some(frame));
                }
            }
        }
        self.high_pass = HighPass::default();
        self.shape.reset();
        self.samples.fill(0.0);
        (self.filled, self.count, self.frames) = (BEFORE, 0, 0);
        self.marks.clear();
        Ok(None)
    }

    fn append(&mut self, sample: f64) -> Result<Option<SpeechFrame>> {
        self.samples[self.filled] = sample;
        self.filled += 1;
        if self.filled < SPAN {
            return Ok(None);
        }
        let frame = self.frame()?;
        self.samples.copy_within(HOP.., 0);
        self.filled = SPAN - HOP;
        self.frames += 1;
        Ok(Some(frame))
    }

    fn frame(&mut self) -> Result<SpeechFrame> {
        let mut values = [0.0; VALUES];
        let mut window = [0.0; WINDOW];
        window.copy_from_slice(&self.samples[BEFORE..BEFORE + WINDOW]);
        let pitch = self.pitch.find(&self.samples)?;
        let power = self.spectrum.transform(&window)?;
        self.mel.log_bands(power, &mut values[position::LOG_MEL]);
        let bands_db = self.bands.decibels(power);
        let (log_mel, rest) = values.split_at_mut(position::CEPSTRUM.start);
        self.mel.cepstra(log_mel, &mut rest[..position::CEPSTRUM.len()]);
        self.shape.describe(power, &mut values);
        describe_harmonics(power, pitch.hertz, &mut values);
        values[position::PITCH] = libm::logf(pitch.hertz);
        values[position::VOICING] = pitch.voicing;
        values[position::ENERGY] = decibels(self.spectrum.energy());
        values[position::ZERO_CROSSINGS] = zero_crossings(&window);
        let time_us = self.frames * HOP as u64 + WINDOW as u64 / 2;
        let doubts = self.marks.take(self.frames, HOPS);
        Ok(SpeechFrame { time_us, values, bands_db, doubts })
    }
}
