//! Pitch and voicing by YIN.
//!
//! A. de Cheveigne, H. Kawahara, "YIN, a fundamental frequency estimator for speech and music", J. Acoust. Soc. Am.
//! 111 (4), 2002. The steps are those of the paper: difference function (2), its cumulative mean normalization (3),
//! absolute threshold (4), parabolic interpolation (5). Instead of the best local estimate (6) the window is centered
//! on the frame.

use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

use super::RATE_HZ;
use super::spectrum::transformed;
use crate::error::Result;

/// Range of pitch in Hz.
pub const LOWEST_HZ: f32 = 60.0;
/// Upper end of the range.
pub const HIGHEST_HZ: f32 = 600.0;

/// Number of samples that are compared: 30 ms, nearly two periods of the lowest pitch.
const COMPARED: usize = 480;

/// Shortest and longest lag in samples.
const MIN_LAG: usize = RATE_HZ as usize / HIGHEST_HZ as usize;
const MAX_LAG: usize = RATE_HZ as usize / LOWEST_HZ as usize + 1;

/// Number of samples that are looked at: those compared, the longest lag, and one for the interpolation.
pub const SPAN: usize = COMPARED + MAX_LAG + 1;

/// Length of the transforms: at least the span, so that no lag wraps around.
const FFT_LENGTH: usize = 768;
const _: () = assert!(FFT_LENGTH >= SPAN);

/// Aperiodic share of the power below which the shortest lag is taken.
const THRESHOLD: f32 = 0.2;

/// Mean square below which sound is silence without a pitch: -100 dB.
const SILENCE: f64 = super::FLOOR as f64;

/// An estimate of pitch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pitch {
    /// The best candidate, also of sound that is not periodic.
    pub hertz: f32,
    /// 1 less the aperiodic share of the power, 0 to 1.
    pub voicing: f32,
}

/// Estimates pitch.
pub struct PitchFinder {
    forward: Arc<dyn RealToComplex<f64>>,
    backward: Arc<dyn ComplexToReal<f64>>,
    padded: Vec<f64>,
    window: Vec<Complex<f64>>,
    span: Vec<Complex<f64>>,
    scratch: Vec<Complex<f64>>,
    /// The normalized difference of each lag.
    difference: [f32; MAX_LAG + 2],
}

impl PitchFinder {
    /// Plans the transforms.
    pub fn new() -> Self {
        let mut planner = RealFftPlanner::new();
        let (forward, backward) = (planner.plan_fft_forward(FFT_LENGTH), planner.plan_fft_inverse(FFT_LENGTH));
        let scratch = forward.get_scratch_len().max(backward.get_scratch_len());
        Self {
            padded: forward.make_input_vec(),
            window: forward.make_output_vec(),
            span: forward.make_output_vec(),
            scratch: vec![Complex::default(); scratch],
            forward,
            backward,
            difference: [1.0; MAX_LAG + 2],
        }
    }

    /// Estimates the pitch of `samples`, whose first [`COMPARED`] are compared with later ones.
    ///
    /// # Errors
    /// `Internal` if realfft refuses its own buffers.
    pub fn find(&mut self, samples: &[f64; SPAN]) -> Result<Pitch> {
        if !self.compare(samples)? {
            return Ok(Pitch { hertz: libm::sqrtf(LOWEST_HZ * HIGHEST_HZ), voicing: 0.0 });
        }
        let lag = self.best_lag();
        let [before, at, after] = [lag - 1, lag, lag + 1].map(|lag| self.difference[lag]);
        let curve = before - 2.0 * at + after;
        let shift = if curve > 1e-9 { (0.5 * (before - after) / curve).clamp(-1.0, 1.0) } else { 0.0 };
        let hertz = (RATE_HZ as f32 / (lag as f32 + shift)).clamp(LOWEST_HZ, HIGHEST_HZ);
        Ok(Pitch { hertz, voicing: 1.0 - at.clamp(0.0, 1.0) })
    }

    /// Computes the normalized difference of all lags; returns whether there is sound.
    fn compare(&mut self, samples: &[f64; SPAN]) -> Result<bool> {
        self.correlate(samples)?;
        let first: f64 = samples[..COMPARED].iter().map(|sample| sample * sample).sum();
        let (mut shifted, mut sum) = (first, 0.0);
        self.difference[0] = 1.0;
        for lag in 1..=MAX_LAG + 1 {
            let (enters, leaves) = (samples[lag + COMPARED - 1], samples[lag - 1]);
            shifted += enters * enters - leaves * leaves;
            let correlation = self.padded[lag] / FFT_LENGTH as f64;
            let difference = (first + shifted - 2.0 * correlation).max(0.0);
            sum += difference;
            self.difference[lag] = if sum > 0.0 { (difference * lag as f64 / sum) as f32 } else { 1.0 };
        }
        Ok(first > SILENCE * COMPARED as f64)
    }

    /// Writes the correlation of the window with the span, times FFT_LENGTH, for each lag into `padded`.
    fn correlate(&mut self, samples: &[f64; SPAN]) -> Result<()> {
        let Self { forward, backward, padded, window, span, scratch, .. } = self;
        for (length, bins) in [(COMPARED, &mut *window), (SPAN, &mut *span)] {
            padded[..length].copy_from_slice(&samples[..length]);
            padded[length..].fill(0.0);
            let scratch = &mut scratch[..forward.get_scratch_len()];
            transformed(forward.process_with_scratch(padded, bins, scratch))?;
        }
        for (span, window) in span.iter_mut().zip(&*window) {
            *span *= window.conj();
        }
        // Rounding leaves these ends other than real, which the inverse refuses.
        for end in [0, FFT_LENGTH / 2] {
            span[end].im = 0.0;
        }
        let scratch = &mut scratch[..backward.get_scratch_len()];
        transformed(backward.process_with_scratch(span, padded, scratch))
    }

    /// Returns the bottom of the first dip below the threshold, else the deepest one.
    fn best_lag(&self) -> usize {
        let at = |lag: usize| self.difference[lag];
        let Some(mut lag) = (MIN_LAG..=MAX_LAG).find(|lag| at(*lag) < THRESHOLD) else {
            return (MIN_LAG..=MAX_LAG).min_by(|a, b| at(*a).total_cmp(&at(*b))).unwrap_or(MIN_LAG);
        };
        while lag < MAX_LAG && at(lag + 1) < at(lag) {
            lag += 1;
        }
        lag
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::*;
    use crate::SplitMix64;

    fn found(sample: impl FnMut(usize) -> f64) -> Pitch {
        PitchFinder::new().find(&std::array::from_fn(sample)).unwrap()
    }

    /// A tone with 8 harmonics that fall by `slope` each, as a voice has.
    fn harmonic(hertz: f64, slope: f64) -> impl Fn(usize) -> f64 {
        move |at| {
            let phase = TAU * hertz * at as f64 / f64::from(RATE_HZ);
            (1..=8).map(|k| slope.powi(k) * (f64::from(k) * phase + f64::from(k)).sin()).sum::<f64>() * 0.3
        }
    }

    #[test]
    fn harmonic_tones_of_all_pitches_are_found_within_one_percent() {
        for hertz in (70..=450).map(f64::from) {
            for slope in [0.3, 0.6, 0.9] {
                let pitch = found(harmonic(hertz, slope));
                let error = (f64::from(pitch.hertz) / hertz - 1.0).abs();
                assert!(error < 0.01 && pitch.voicing > 0.9, "{hertz} Hz, {slope}: {pitch:?}");
            }
        }
    }

    #[test]
    fn the_difference_is_that_of_the_paper() {
        let mut random = SplitMix64::new(3);
        let samples: [f64; SPAN] =
            std::array::from_fn(|at| harmonic(133.0, 0.7)(at) + 0.1 * f64::from(random.normal()));
        let mut finder = PitchFinder::new();
        finder.compare(&samples).unwrap();
        let mut sum = 0.0;
        for lag in 1..=MAX_LAG + 1 {
            let difference: f64 = (0..COMPARED).map(|at| samples[at] - samples[at + lag]).map(|d| d * d).sum();
            sum += difference;
            let expected = difference * lag as f64 / sum;
            assert!((f64::from(finder.difference[lag]) - expected).abs() < 1e-6, "lag {lag}");
        }
    }

    #[test]
    fn noise_has_little_voicing_and_silence_has_none() {
        let mut random = SplitMix64::new(4);
        for _ in 0..50 {
            let pitch = found(|_| 0.1 * f64::from(random.normal()));
            assert!(pitch.voicing < 0.5, "{pitch:?}");
        }
        assert_eq!(found(|_| 0.0).voicing, 0.0);
        assert_eq!(found(|_| 1e-6).voicing, 0.0);
    }
}
