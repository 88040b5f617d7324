//! Log-mel bands and cepstra.

use std::f64::consts::PI;

use super::frame::{CEPSTRA, EMBEDDING_BANDS, MEL_BANDS};
use super::spectrum::{BINS, frequency_hz};

/// Lower end of the first band in Hz.
const LOWEST_HZ: f64 = 20.0;

/// Upper end of the last band in Hz.
const HIGHEST_HZ: f64 = 8000.0;

/// Frequency in Hz up to which Slaney's mel scale is linear.
const SLANEY_LINEAR_HZ: f64 = 1000.0;

/// Power that is added to a band: about that of the quantization noise of 16 bits.
const BAND_FLOOR: f32 = 1e-8;

/// Returns the mel of a frequency in Hz: 2595 log10(1 + f / 700), O'Shaughnessy 1987, as HTK has it.
fn mel(frequency_hz: f64) -> f64 {
    2595.0 * libm::log10(1.0 + frequency_hz / 700.0)
}

/// Returns the frequency in Hz of a mel.
fn hertz(mel: f64) -> f64 {
    700.0 * (libm::pow(10.0, mel / 2595.0) - 1.0)
}

/// A triangle over some bins, 1 at its peak.
struct Band {
    first: usize,
    weights: Vec<f32>,
}

impl Band {
    /// Returns the power in the band.
    fn power(&self, power: &[f32; BINS]) -> f32 {
        self.weights.iter().zip(&power[self.first..]).map(|(weight, power)| weight * power).sum()
    }
}

/// Mel bands and the cosine transform of their logarithms.
pub struct Mel {
    bands: Vec<Band>,
    /// CEPSTRA x MEL_BANDS, row by row.
    cosines: Vec<f32>,
}

impl Mel {
    /// Computes the tables.
    pub fn new() -> Self {
        let (low, high) = (mel(LOWEST_HZ), mel(HIGHEST_HZ));
        let edge = |index: usize| hertz(low + (high - low) * index as f64 / (MEL_BANDS + 1) as f64);
        let bands = (0..MEL_BANDS).map(|band| triangle(edge(band), edge(band + 1), edge(band + 2))).collect();
        Self { bands, cosines: cosines().into_iter().map(|cosine| cosine as f32).collect() }
    }

    /// Writes ln(power + 1e-8) of each band into `log_mel`.
    pub fn log_bands(&self, power: &[f32; BINS], log_mel: &mut [f32]) {
        for (value, band) in log_mel.iter_mut().zip(&self.bands) {
            *value = libm::logf(band.power(power) + BAND_FLOOR);
        }
    }

    /// Writes the first coefficients of the orthonormal DCT-II of `log_mel` into `cepstrum`.
    pub fn cepstra(&self, log_mel: &[f32], cepstrum: &mut [f32]) {
        for (value, row) in cepstrum.iter_mut().zip(self.cosines.chunks_exact(MEL_BANDS)) {
            *value = row.iter().zip(log_mel).map(|(cosine, value)| cosine * value).sum();
        }
    }
}

/// Returns the first rows of the orthonormal DCT-II, CEPSTRA x MEL_BANDS, row by row.
pub fn cosines() -> Vec<f64> {
    let count = MEL_BANDS as f64;
    let cosine = |row: usize, column: usize| {
        let norm = libm::sqrt(if row == 0 { 1.0 } else { 2.0 } / count);
        norm * libm::cos(PI * row as f64 * (column as f64 + 0.5) / count)
    };
    (0..CEPSTRA * MEL_BANDS).map(|at| cosine(at / MEL_BANDS, at % MEL_BANDS)).collect()
}

/// The mel bands of a learned embedding.
pub struct EmbeddingBands {
    bands: Vec<Band>,
}

impl EmbeddingBands {
    /// Ends of the bands in Hz.
    const ENDS_HZ: [f64; 2] = [60.0, 3800.0];

    /// Full scale squared, in samples of 16 bits.
    const FULL_SCALE: f64 = 32_768.0 * 32_768.0;

    /// Power that is the least.
    const LEAST: f32 = 1e-10;

    /// Computes the tables: triangles of one area, equally spaced in the mel scale of Slaney's Auditory Toolbox (1998).
    pub fn new() -> Self {
        let [low, high] = Self::ENDS_HZ.map(slaney_mel);
        let edge = |index: usize| slaney_hertz(low + (high - low) * index as f64 / (EMBEDDING_BANDS + 1) as f64);
        let band = |band: usize| {
            let [low, peak, high] = [edge(band), edge(band + 1), edge(band + 2)];
            let mut triangle = triangle(low, peak, high);
            let factor = (2.0 / (high - low) * Self::FULL_SCALE) as f32;
            triangle.weights.iter_mut().for_each(|weight| *weight *= factor);
            triangle
        };
        Self { bands: (0..EMBEDDING_BANDS).map(band).collect() }
    }

    /// Returns the power of each band in dB.
    pub fn decibels(&self, power: &[f32; BINS]) -> [f32; EMBEDDING_BANDS] {
        std::array::from_fn(|band| 10.0 * libm::log10f(self.bands[band].power(power).max(Self::LEAST)))
    }
}

/// Returns Slaney's mel of a frequency in Hz: 3 f / 200 below 1000 Hz, logarithmic above.
fn slaney_mel(frequency_hz: f64) -> f64 {
    if frequency_hz < SLANEY_LINEAR_HZ {
        return 3.0 * frequency_hz / 200.0;
    }
    15.0 + libm::log(frequency_hz / SLANEY_LINEAR_HZ) * 27.0 / libm::log(6.4)
}

/// Returns the frequency in Hz of Slaney's mel.
fn slaney_hertz(mel: f64) -> f64 {
    if mel < 15.0 {
        return 200.0 * mel / 3.0;
    }
    SLANEY_LINEAR_HZ * libm::exp((mel - 15.0) * libm::log(6.4) / 27.0)
}

/// Returns the triangle from `low` over its `peak` to `high`, in Hz.
fn triangle(low: f64, peak: f64, high: f64) -> Band {
    let weight = |bin: usize| {
        let at = frequency_hz(bin);
        ((at - low) / (peak - low)).min((high - at) / (high - peak)).max(0.0)
    };
    let first = (0..BINS).find(|bin| weight(*bin) > 0.0).unwrap_or(0);
    let weights = (first..BINS).map(weight).take_while(|weight| *weight > 0.0).map(|weight| weight as f32).collect();
    Band { first, weights }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_band_holds_a_bin_and_every_bin_counts_once() {
        let mel = Mel::new();
        let mut weights = [0.0; BINS];
        for band in &mel.bands {
            assert!(!band.weights.is_empty() && band.first + band.weights.len() <= BINS);
            for (sum, weight) in weights[band.first..].iter_mut().zip(&band.weights) {
                *sum += weight;
            }
        }
        // Neighbors sum to 1 between the peaks of the first and the last band.
        assert!(weights[2..240].iter().all(|weight| (weight - 1.0).abs() < 1e-6));
    }

    #[test]
    fn silence_is_the_floor() {
        let (mel, mut bands) = (Mel::new(), [0.0; MEL_BANDS]);
        mel.log_bands(&[0.0; BINS], &mut bands);
        assert!(bands.iter().all(|band| (band - BAND_FLOOR.ln()).abs() < 1e-5));
    }

    #[test]
    fn the_cosine_transform_is_orthonormal() {
        let mel = Mel::new();
        let rows: Vec<&[f32]> = mel.cosines.chunks_exact(MEL_BANDS).collect();
        for (i, a) in rows.iter().enumerate() {
            for (j, b) in rows.iter().enumerate() {
                let product: f32 = a.iter().zip(*b).map(|(a, b)| a * b).sum();
                assert!((product - f32::from(u8::from(i == j))).abs() < 1e-5, "{i} and {j}");
            }
        }
    }
}
