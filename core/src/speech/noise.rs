//! Noise, and speech in it: the copies that a user's head learns beside the clips, so that it expects other rooms.

use mien_nn::math::SplitMix64;

use super::audio::{AudioChunk, AudioFormat};
use super::frame::SpeechFrame;
use super::frames::Framer;
use super::stream::{SpeechOutput, SpeechStream};
use crate::error::Result;

/// Maximum of the pole of the filter that colors noise: from white to -6 dB per octave above 130 Hz.
const MAX_POLE: f64 = 0.95;

/// Range of the distance in dB of the noise to the loudest [`SMOOTHED`] frames so far. The mean of speech is about 4 dB
/// below these.
const BELOW_PEAK_DB: [f64; 2] = [14.0, 34.0];

/// Frames over which powers are averaged: 50 ms.
const SMOOTHED: usize = 5;

/// Normal noise of a power of 1 through a filter of first order.
pub(super) struct Noise {
    random: SplitMix64,
    /// 0 is white.
    pole: f64,
    last: f64,
}

impl Noise {
    /// Creates noise of a random color.
    pub fn new(mut random: SplitMix64) -> Self {
        let pole = MAX_POLE * uniform(&mut random);
        Self { random, pole, last: 0.0 }
    }
}

impl Iterator for Noise {
    type Item = f32;

    fn next(&mut self) -> Option<f32> {
        let gain = libm::sqrt(1.0 - self.pole * self.pole);
        self.last = self.pole * self.last + gain * f64::from(self.random.normal());
        Some(self.last as f32)
    }
}

/// Returns a number from 0 to 1.
pub(super) fn uniform(random: &mut SplitMix64) -> f64 {
    random.below(10_001) as f64 / 10_000.0
}

/// Returns the frames of a recording of one channel at 16 kHz in noise, as of [`InNoise`].
///
/// # Errors
/// `Internal` if an invariant does not hold.
pub fn frames_in_noise(samples: &[f32]) -> Result<Vec<SpeechFrame>> {
    let (mut stream, mut in_noise, mut frames) = (SpeechStream::new(), InNoise::default(), Vec::new());
    let mut outcome = Ok(());
    let mut take = |output: SpeechOutput<'_>| {
        let taken = in_noise.take(&output, |frame| frames.push(*frame));
        outcome = std::mem::replace(&mut outcome, Ok(())).and(taken);
    };
    stream.push(&AudioChunk::f32(samples, AudioFormat::NATIVE, 0)?, &mut take)?;
    stream.finish(&mut take)?;
    outcome?;
    in_noise.finish(|frame| frames.push(*frame))?;
    Ok(frames)
}

/// Makes frames of the sound of a [`SpeechStream`](super::SpeechStream) in noise, as it comes: no sound is kept. The noise
/// is 14 to 34 dB below the loudest 50 ms so far; its level and its color are drawn anew for each sound, and the same
/// sound yields the same frames.
#[derive(Default)]
pub struct InNoise {
    /// `None` until the first sample.
    framer: Option<Box<Framer>>,
    /// `None` until the first frame.
    noise: Option<(Noise, f64)>,
    /// The powers of the last frames, the square of full scale being 1.
    powers: [f64; SMOOTHED],
    frames: usize,
    /// The amplitude of the noise.
    level: f32,
}

impl InNoise {
    /// Takes the next output of the stream, and passes a frame in noise to `sink` if one is complete. Its times are those of
    /// its samples, counted from 0.
    ///
    /// # Errors
    /// `Internal` if a transform fails.
    pub fn take(&mut self, output: &SpeechOutput<'_>, mut sink: impl FnMut(&SpeechFrame)) -> Result<()> {
        match output {
            SpeechOutput::Sample(sample) => {
                let noise = self.noise.as_mut().and_then(|(noise, _)| noise.next()).unwrap_or(0.0);
                let noisy = (sample + self.level * noise).clamp(-1.0, 1.0);
                let framer = self.framer.get_or_insert_with(|| Box::new(Framer::new()));
                if let Some(frame) = framer.push(noisy)? {
                    sink(&frame);
                }
            }
            SpeechOutput::Frame(frame) => self.hear(frame),
            SpeechOutput::Event(_) => {}
        }
        Ok(())
    }

    /// Ends the sound, and passes the last frames to `sink`.
    ///
    /// # Errors
    /// `Internal` if a transform fails.
    pub fn finish(&mut self, mut sink: impl FnMut(&SpeechFrame)) -> Result<()> {
        let Some(mut framer) = self.framer.take() else { return Ok(()) };
        while let Some(frame) = framer.finish()? {
            sink(&frame);
        }
        *self = Self::default();
        Ok(())
    }

    /// Raises the noise with the sound.
    fn hear(&mut self, frame: &SpeechFrame) {
        let energy_db = frame.energy_db();
        let (_, below_db) = self.noise.get_or_insert_with(|| {
            let mut random = SplitMix64::new(u64::from(energy_db.to_bits()));
            let below_db = BELOW_PEAK_DB[0] + uniform(&mut random) * (BELOW_PEAK_DB[1] - BELOW_PEAK_DB[0]);
            (Noise::new(random), below_db)
        });
        self.powers[self.frames % SMOOTHED] = libm::pow(10.0, f64::from(energy_db) / 10.0);
        self.frames += 1;
        let power = self.powers.iter().sum::<f64>() / SMOOTHED as f64;
        self.level = self.level.max(libm::sqrt(power * libm::pow(10.0, -*below_db / 10.0)) as f32);
    }
}
