//! The shape of a power spectrum: where its power lies, how flat it is, how it changes, and what its harmonics say
//! about the voice.

use super::frame::position;
use super::spectrum::{BINS, FFT_LENGTH, frequency_hz};
use super::{FLOOR, RATE_HZ};

/// Share of the power below the rolloff.
const ROLLOFF: f32 = 0.85;

/// Bands in Hz whose peaks are near the first three formants.
const FORMANTS_HZ: [(usize, usize); 3] = [(200, 1000), (1000, 2300), (2300, 3700)];

/// Returns a power in dB.
pub fn decibels(power: f32) -> f32 {
    10.0 * libm::log10f(power + FLOOR)
}

/// Describes spectra; it remembers the last one.
pub struct Shape {
    frequencies: [f32; BINS],
    /// The magnitudes of the last spectrum with length 1; `None` at the start.
    last: Option<[f32; BINS]>,
}

impl Shape {
    /// Creates a description without a last spectrum.
    pub fn new() -> Self {
        Self { frequencies: std::array::from_fn(|bin| frequency_hz(bin) as f32), last: None }
    }

    /// Forgets the last spectrum.
    pub fn reset(&mut self) {
        self.last = None;
    }

    /// Writes centroid, spread, rolloff, flatness and flux of `power` into `values`. Each bin counts with at least
    /// the floor, so silence has the shape of faint white noise.
    pub fn describe(&mut self, power: &[f32; BINS], values: &mut [f32]) {
        let floored = power.map(|power| power + FLOOR);
        let sum: f32 = floored.iter().sum();
        let mean = |value: &dyn Fn(f32) -> f32| {
            let weighted = floored.iter().zip(&self.frequencies).map(|(power, frequency)| power * value(*frequency));
            weighted.sum::<f32>() / sum
        };
        let centroid = mean(&|frequency| frequency);
        let spread = libm::sqrtf(mean(&|frequency| (frequency - centroid) * (frequency - centroid)));
        values[position::CENTROID] = centroid;
        values[position::SPREAD] = spread;
        values[position::ROLLOFF] = self.rolloff(&floored, sum);
        let logarithms: f32 = floored.iter().map(|power| libm::logf(*power)).sum();
        values[position::FLATNESS] = logarithms / BINS as f32 - libm::logf(sum / BINS as f32);
        values[position::FLUX] = self.flux(&floored, sum);
    }

    /// Returns the frequency of the first bin at which the power reaches its share of `sum`.
    fn rolloff(&self, power: &[f32; BINS], sum: f32) -> f32 {
        let mut below = 0.0;
        for (power, frequency) in power.iter().zip(&self.frequencies) {
            below += power;
            if below >= ROLLOFF * sum {
                return *frequency;
            }
        }
        self.frequencies[BINS - 1]
    }

    /// Returns the distance of the magnitudes with length 1 to the last ones; 0 at the start.
    fn flux(&mut self, power: &[f32; BINS], sum: f32) -> f32 {
        let magnitudes = power.map(|power| libm::sqrtf(power / sum));
        let flux = self.last.map_or(0.0, |last| {
            let squares = magnitudes.iter().zip(&last).map(|(now, last)| (now - last) * (now - last));
            libm::sqrtf(squares.sum())
        });
        self.last = Some(magnitudes);
        flux
    }
}

/// Writes the levels of the first harmonic of `pitch_hz` relative to the second, the third and the peaks near the
/// formants into `values`; they tell a breathy voice from a pressed one.
pub fn describe_harmonics(power: &[f32; BINS], pitch_hz: f32, values: &mut [f32]) {
    let peak = |from: usize, to: usize| decibels(power[from..=to.min(BINS - 1)].iter().copied().fold(0.0, f32::max));
    let bin = |frequency_hz: usize| frequency_hz * FFT_LENGTH / RATE_HZ as usize;
    let harmonic = |number: f32| {
        let center = libm::roundf(number * pitch_hz * FFT_LENGTH as f32 / RATE_HZ as f32) as usize;
        peak(center.max(1) - 1, center + 1)
    };
    let first = harmonic(1.0);
    values[position::H1_H2] = first - harmonic(2.0);
    values[position::H1_H3] = first - harmonic(3.0);
    let places = [position::H1_A1, position::H1_A2, position::H1_A3];
    for (place, (from, to)) in places.into_iter().zip(FORMANTS_HZ) {
        values[place] = first - peak(bin(from), bin(to));
    }
}

/// Returns the changes of sign per sample.
pub fn zero_crossings(samples: &[f64]) -> f32 {
    let changes = samples.windows(2).filter(|pair| pair[0].is_sign_negative() != pair[1].is_sign_negative());
    changes.count() as f32 / samples.len() as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speech::frame::VALUES;

    fn described(spectra: &[[f32; BINS]]) -> [f32; VALUES] {
        let (mut shape, mut values) = (Shape::new(), [0.0; VALUES]);
        for power in spectra {
            shape.describe(power, &mut values);
        }
        values
    }

    #[test]
    fn a_tone_has_all_its_power_at_one_place() {
        let mut tone = [0.0; BINS];
        tone[32] = 1.0;
        let values = described(&[tone]);
        assert!((values[position::CENTROID] - 1000.0).abs() < 0.1);
        assert_eq!(values[position::ROLLOFF], 1000.0);
        assert!(values[position::SPREAD] < 10.0 && values[position::FLATNESS] < -10.0);
        let mut other = [0.0; BINS];
        other[64] = 1.0;
        assert!((described(&[tone, other])[position::FLUX] - 2f32.sqrt()).abs() < 1e-3);
        assert_eq!(described(&[tone, tone])[position::FLUX], 0.0);
    }

    #[test]
    fn silence_has_the_shape_of_white_noise() {
        let (silent, white) = (described(&[[0.0; BINS]; 2]), described(&[[0.1; BINS]; 2]));
        for (silent, white) in silent.iter().zip(&white) {
            assert!((silent - white).abs() <= 1e-3 * white.abs().max(1.0));
        }
        assert!((silent[position::CENTROID] - 4000.0).abs() < 1.0);
        assert!(silent[position::FLATNESS].abs() < 1e-3);
    }

    #[test]
    fn harmonics_are_compared_at_their_places() {
        let mut power = [0.0; BINS];
        (power[4], power[8], power[12], power[20], power[50], power[90]) = (1.0, 0.1, 0.01, 0.001, 1e-4, 1e-5);
        let mut values = [0.0; VALUES];
        describe_harmonics(&power, 125.0, &mut values);
        let expected = [10.0, 20.0, 10.0, 40.0, 50.0];
        for (value, expected) in values[position::H1_H2..=position::H1_A3].iter().zip(expected) {
            assert!((value - expected).abs() < 1e-3, "{value} and {expected}");
        }
        // At the upper end of the pitch nothing is out of the spectrum.
        describe_harmonics(&power, 500.0, &mut values);
    }

    #[test]
    fn changes_of_sign_are_counted() {
        assert_eq!(zero_crossings(&[1.0, -1.0, 1.0, 1.0]), 0.5);
        assert_eq!(zero_crossings(&[0.0; 8]), 0.0);
    }
}
