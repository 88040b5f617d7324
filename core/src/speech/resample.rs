//! Sound of any rate at 16 kHz.

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Async, FixedAsync, Resampler as _, SincInterpolationParameters, SincInterpolationType, WindowFunction};

use super::RATE_HZ;
use crate::error::{Error, ErrorKind, Result};

/// Length of the windowed sinc in input samples: from 48 kHz it passes 7 kHz and stops 8.6 kHz.
const SINC_LENGTH: usize = 256;

/// Number of blocks per second in which samples are converted.
const BLOCKS_PER_SECOND: u32 = 100;

/// A converter of one channel at a fixed rate to [`RATE_HZ`], without delay: output sample k is the input at
/// k / 16000 s. The output depends on the samples only, not on the chunks in which they come.
pub struct Resampler {
    filter: Option<Filter>,
    rate_hz: u32,
    /// Number of samples in and out.
    taken: u64,
    given: u64,
}

/// Rubato's converter with its buffers.
struct Filter {
    converter: Async<f32>,
    /// Input samples of the next block.
    block: Vec<f32>,
    filled: usize,
    out: Vec<f32>,
    /// Number of output samples to leave out.
    delay: usize,
}

impl Resampler {
    /// Creates a converter from `rate_hz`.
    ///
    /// # Errors
    /// `Internal` if rubato refuses a rate in range.
    pub fn new(rate_hz: u32) -> Result<Self> {
        let filter = if rate_hz == RATE_HZ { None } else { Some(Filter::new(rate_hz)?) };
        Ok(Self { filter, rate_hz, taken: 0, given: 0 })
    }

    /// Returns the rate of the input in Hz.
    pub fn rate_hz(&self) -> u32 {
        self.rate_hz
    }

    /// Forgets all samples.
    fn reset(&mut self) {
        (self.taken, self.given) = (0, 0);
        if let Some(filter) = &mut self.filter {
            filter.reset();
        }
    }

    /// Returns the index of the output sample at the time of the next input sample.
    pub fn position(&self) -> u64 {
        (u128::from(self.taken) * u128::from(RATE_HZ) / u128::from(self.rate_hz)) as u64
    }

    /// Takes the next sample and passes what is converted to `sink`.
    ///
    /// # Errors
    /// `Internal` if rubato fails.
    pub fn push(&mut self, sample: f32, mut sink: impl FnMut(f32)) -> Result<()> {
        self.taken += 1;
        let given = &mut self.given;
        let mut counted = |sample| {
            *given += 1;
            sink(sample);
        };
        match &mut self.filter {
            None => counted(sample),
            Some(filter) => filter.push(sample, &mut counted)?,
        }
        Ok(())
    }

    /// Passes the samples that the filter still holds to `sink`, as if silence followed, and forgets all samples.
    ///
    /// # Errors
    /// `Internal` if rubato fails.
    pub fn finish(&mut self, mut sink: impl FnMut(f32)) -> Result<()> {
        let (mut left, taken) = (self.position().saturating_sub(self.given), self.taken);
        if let Some(filter) = self.filter.as_mut().filter(|_| taken > 0) {
            while left > 0 {
                filter.push(0.0, &mut |sample| {
                    if left > 0 {
                        left -= 1;
                        sink(sample);
                    }
                })?;
            }
        }
        self.reset();
        Ok(())
    }
}

/// Returns the number of output samples before the one that is nearest to the first input sample. Output k lies at
/// (k + 1) / ratio - length / 2 input samples, so the rest is at most half an output sample.
fn delay(ratio: f64) -> usize {
    (libm::round(SINC_LENGTH as f64 / 2.0 * ratio) as usize).saturating_sub(1)
}

impl Filter {
    fn new(rate_hz: u32) -> Result<Self> {
        let parameters = SincInterpolationParameters::new(SINC_LENGTH, WindowFunction::BlackmanHarris)
            .oversampling_factor(128)
            .interpolation(SincInterpolationType::Quadratic);
        let ratio = f64::from(RATE_HZ) / f64::from(rate_hz);
        let length = (rate_hz / BLOCKS_PER_SECOND) as usize;
        let converter = Async::new_sinc(ratio, 1.0, &parameters, length, 1, FixedAsync::Input)
            .map_err(|error| Error::with_source(ErrorKind::Internal, "no resampler can be made", error))?;
        let out = vec![0.0; converter.output_frames_max()];
        Ok(Self { converter, block: vec![0.0; length], filled: 0, out, delay: delay(ratio) })
    }

    fn reset(&mut self) {
        self.converter.reset();
        (self.filled, self.delay) = (0, delay(self.converter.resample_ratio()));
    }

    fn push(&mut self, sample: f32, sink: &mut impl FnMut(f32)) -> Result<()> {
        self.block[self.filled] = sample;
        self.filled += 1;
        if self.filled < self.block.len() {
            return Ok(());
        }
        self.filled = 0;
        let failed = |error: String| Error::new(ErrorKind::Internal, format!("sound cannot be resampled: {error}"));
        let length = self.block.len();
        let block = InterleavedSlice::new(&self.block, 1, length).map_err(|error| failed(error.to_string()))?;
        let room = self.out.len();
        let mut out = InterleavedSlice::new_mut(&mut self.out, 1, room).map_err(|error| failed(error.to_string()))?;
        let (_, made) =
            self.converter.process_into_buffer(&block, &mut out, None).map_err(|error| failed(error.to_string()))?;
        let skipped = self.delay.min(made);
        self.delay -= skipped;
        self.out[skipped..made].iter().copied().for_each(sink);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::*;

    fn tone(rate_hz: u32, frequency_hz: f64, seconds: f64) -> Vec<f32> {
        let count = (seconds * f64::from(rate_hz)) as usize;
        (0..count).map(|at| (0.5 * (TAU * frequency_hz * at as f64 / f64::from(rate_hz)).sin()) as f32).collect()
    }

    fn resampled(rate_hz: u32, samples: &[f32]) -> Vec<f32> {
        let (mut resampler, mut out) = (Resampler::new(rate_hz).unwrap(), Vec::new());
        for &sample in samples {
            resampler.push(sample, |sample| out.push(sample)).unwrap();
        }
        resampler.finish(|sample| out.push(sample)).unwrap();
        out
    }

    /// Largest difference to the tone at 16 kHz, apart from 20 ms at the ends, where the tone begins and ends.
    fn distance(rate_hz: u32, frequency_hz: f64) -> f32 {
        let (out, expected) = (resampled(rate_hz, &tone(rate_hz, frequency_hz, 0.5)), tone(RATE_HZ, frequency_hz, 0.5));
        // Half a second may be no whole number of samples.
        assert!(out.len().abs_diff(expected.len()) <= 1, "{rate_hz} Hz");
        let inner = 320..out.len() - 320;
        out[inner.clone()].iter().zip(&expected[inner]).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    }

    #[test]
    fn tones_of_any_rate_are_the_same_tones_at_the_same_time() {
        for rate_hz in [8000, 11_025, 17_123, 22_050, 44_100, 48_000] {
            // Half an output sample, 0.03 ms, is what the delay may be off.
            let step = 0.5 * (TAU * 440.0 / f64::from(RATE_HZ)) as f32;
            assert!(distance(rate_hz, 440.0) < 0.51 * step, "{rate_hz} Hz: {}", distance(rate_hz, 440.0));
        }
        assert_eq!(distance(16_000, 440.0), 0.0);
    }

    #[test]
    fn what_16_khz_cannot_hold_is_gone() {
        for frequency_hz in [8600.0, 12_000.0, 20_000.0] {
            let out = resampled(48_000, &tone(48_000, frequency_hz, 0.5));
            let peak = out[320..out.len() - 320].iter().fold(0.0, |peak: f32, sample| peak.max(sample.abs()));
            assert!(peak < 0.5e-3, "{frequency_hz} Hz: {peak}");
        }
        let out = resampled(48_000, &tone(48_000, 7000.0, 0.5));
        let peak = out[320..out.len() - 320].iter().fold(0.0, |peak: f32, sample| peak.max(sample.abs()));
        assert!((0.49..0.51).contains(&peak), "7 kHz stays: {peak}");
    }

    #[test]
    fn a_finished_resampler_starts_anew() {
        let samples = tone(44_100, 300.0, 0.1);
        let (mut resampler, mut first, mut second) = (Resampler::new(44_100).unwrap(), Vec::new(), Vec::new());
        for out in [&mut first, &mut second] {
            for &sample in &samples {
                resampler.push(sample, |sample| out.push(sample)).unwrap();
            }
            resampler.finish(|sample| out.push(sample)).unwrap();
        }
        assert_eq!((first.len(), &first), (1600, &second));
    }
}
