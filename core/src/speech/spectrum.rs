//! The power spectrum of a frame.

use std::f64::consts::TAU;
use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

use super::{RATE_HZ, WINDOW};
use crate::error::{Error, ErrorKind, Result};

/// Length of the Fourier transform; the window is padded with zeros.
pub const FFT_LENGTH: usize = 512;

/// Number of bins, from 0 Hz to 8 kHz.
pub const BINS: usize = FFT_LENGTH / 2 + 1;

/// Returns the frequency of `bin` in Hz.
pub fn frequency_hz(bin: usize) -> f64 {
    (bin * RATE_HZ as usize) as f64 / FFT_LENGTH as f64
}

/// Makes power spectra, in double precision: beside a loud tone, rounding would otherwise hide what is near the floor.
pub struct Spectrum {
    transform: Arc<dyn RealToComplex<f64>>,
    window: [f64; WINDOW],
    /// Sum of the squares of the window.
    scale: f64,
    padded: Vec<f64>,
    bins: Vec<Complex<f64>>,
    scratch: Vec<Complex<f64>>,
    power: [f32; BINS],
    energy: f64,
}

impl Spectrum {
    /// Plans the transform.
    pub fn new() -> Self {
        let transform = RealFftPlanner::new().plan_fft_forward(FFT_LENGTH);
        // Periodic: the window that begins WINDOW samples later continues it.
        let window: [f64; WINDOW] = std::array::from_fn(|at| 0.5 - 0.5 * libm::cos(TAU * at as f64 / WINDOW as f64));
        let scale = window.iter().map(|weight| weight * weight).sum();
        let (padded, bins, scratch) =
            (transform.make_input_vec(), transform.make_output_vec(), transform.make_scratch_vec());
        Self { transform, window, scale, padded, bins, scratch, power: [0.0; BINS], energy: 0.0 }
    }

    /// Transforms a frame and returns the power of each bin, |X|^2: 10000 for a tone of full
    /// scale in the middle of a bin.
    ///
    /// # Errors
    /// `Internal` if realfft refuses its own buffers.
    pub fn transform(&mut self, frame: &[f64; WINDOW]) -> Result<&[f32; BINS]> {
        self.padded.fill(0.0);
        self.energy = 0.0;
        for ((padded, sample), weight) in self.padded.iter_mut().zip(frame).zip(&self.window) {
            *padded = sample * weight;
            self.energy += *padded * *padded;
        }
        transformed(self.transform.process_with_scratch(&mut self.padded, &mut self.bins, &mut self.scratch))?;
        for (power, bin) in self.power.iter_mut().zip(&self.bins) {
            *power = bin.norm_sqr() as f32;
        }
        Ok(&self.power)
    }

    /// Returns the mean square of the last frame, weighted by the squared window.
    pub fn energy(&self) -> f32 {
        (self.energy / self.scale) as f32
    }
}

/// Turns an error of realfft, which would be one of this crate, into ours.
pub fn transformed(outcome: std::result::Result<(), realfft::FftError>) -> Result<()> {
    outcome.map_err(|error| Error::new(ErrorKind::Internal, format!("a Fourier transform failed: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spectrum_is_that_of_the_defining_sum() {
        let mut random = crate::SplitMix64::new(1);
        let frame: [f64; WINDOW] = std::array::from_fn(|_| f64::from(random.normal()));
        let mut spectrum = Spectrum::new();
        let power = *spectrum.transform(&frame).unwrap();
        for bin in [0, 1, 2, 17, 100, 255, 256] {
            let (mut re, mut im) = (0.0f64, 0.0f64);
            for (at, sample) in frame.iter().enumerate() {
                let weight = 0.5 - 0.5 * (TAU * at as f64 / WINDOW as f64).cos();
                let angle = TAU * (at * bin) as f64 / FFT_LENGTH as f64;
                re += sample * weight * angle.cos();
                im -= sample * weight * angle.sin();
            }
            let expected = re * re + im * im;
            assert!((f64::from(power[bin]) - expected).abs() < 1e-6 * (1.0 + expected), "bin {bin}");
        }
    }

    #[test]
    fn energy_is_the_mean_of_the_power() {
        let mut random = crate::SplitMix64::new(2);
        let frame: [f64; WINDOW] = std::array::from_fn(|_| f64::from(random.normal()));
        let mut spectrum = Spectrum::new();
        let power = *spectrum.transform(&frame).unwrap();
        // Parseval: inner bins count twice.
        let sum = power[0] + power[BINS - 1] + 2.0 * power[1..BINS - 1].iter().sum::<f32>();
        assert!((spectrum.energy() - sum / FFT_LENGTH as f32 / 150.0).abs() < 1e-4 * spectrum.energy());
    }
}
