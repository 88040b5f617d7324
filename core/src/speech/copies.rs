//! Changed copies of a recording that heads learn from beside it, so that they expect other voices and rooms.

use mien_nn::math::SplitMix64;

use super::RATE_HZ;
use super::audio::AudioFormat;
use super::frame::SpeechFrame;
use super::loudness::Loudness;
use super::noise::{Noise, uniform};
use super::stream::Speech;
use crate::error::Result;

/// Number of copies of a recording.
pub const COPIES: usize = 3;

/// Rates in Hz at which samples of 16 kHz are played: 10 % slower and lower, 10 % faster and higher.
const SPEEDS_HZ: [u32; 2] = [RATE_HZ / 10 * 9, RATE_HZ / 10 * 11];

/// Range of the signal-to-noise ratio in dB of the noisy copy.
const NOISE_DB: [f64; 2] = [5.0, 35.0];

/// Returns the frames of copies of a recording of one channel at 16 kHz, whose own frames are `frames`: played slower,
/// played faster, and in noise. `seed` decides the noise, its color and its level, 5 to 35 dB below the speech.
///
/// # Errors
/// `Internal` if an invariant does not hold.
pub fn copies_of(samples: &[f32], frames: &[SpeechFrame], seed: u64) -> Result<[Vec<SpeechFrame>; COPIES]> {
    let mut random = SplitMix64::new(seed);
    let ratio_db = NOISE_DB[0] + uniform(&mut random) * (NOISE_DB[1] - NOISE_DB[0]);
    let noise: Vec<f32> = Noise::new(random).take(samples.len()).collect();
    let noisy = match Loudness::of(frames) {
        Some(loudness) => mixed(samples, &noise, loudness.power(frames), ratio_db),
        None => samples.to_vec(),
    };
    let [slow, fast] = SPEEDS_HZ.map(|rate_hz| AudioFormat::new(rate_hz, 1));
    Ok([
        Speech::of_samples(samples, slow?)?.frames,
        Speech::of_samples(samples, fast?)?.frames,
        Speech::of_samples(&noisy, AudioFormat::NATIVE)?.frames,
    ])
}

/// Returns `samples` plus `noise`, which has a power of 1, so that speech of the mean `power`, as of [`Loudness::power`], is
/// `ratio_db` above the noise. What leaves full scale is clipped.
pub fn mixed(samples: &[f32], noise: &[f32], power: f64, ratio_db: f64) -> Vec<f32> {
    let level = libm::sqrt(power / libm::pow(10.0, ratio_db / 10.0)) as f32;
    samples.iter().zip(noise).map(|(sample, noise)| (sample + level * noise).clamp(-1.0, 1.0)).collect()
}
