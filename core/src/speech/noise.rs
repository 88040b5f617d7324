//! Noise, and speech in it: the copies that a user's head learns beside the clips, so that it expects other rooms.

use mien_nn::math::SplitMix64;

use super::audio::{AudioChunk, AudioFormat};
use super::frame::SpeechFrame;
use super::frames::Framer;
use super::loudness::Loudness;
use super::stream::{SpeechOutput, SpeechStream};
use crate::error::{Error, Result};

/// Maximum of the pole of the filter that colors noise: from white to -6 dB per octave above 130 Hz.
const MAX_POLE: f64 = 0.95;

/// Number of levels of noise.
pub const LEVELS: usize = 3;

/// The power of the noise of each level, in dB of full scale: 15 dB apart, so that one of them is 12.5 to 27.5 dB below
/// speech of -52.5 to -7.5 dB.
const POWERS_DB: [f64; LEVELS] = [-35.0, -50.0, -65.0];

/// The square roots of these powers.
const AMPLITUDES: [f32; LEVELS] = [0.017_782_794, 0.003_162_277_7, 0.000_562_341_3];

/// Distance in dB of the noise to the mean of speech that is aimed at.
const BELOW_DB: f64 = 20.0;

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

/// Makes frames of the sound of a [`SpeechStream`](super::SpeechStream) in noise, as it comes: no sound is kept. How loud
/// the speech will be is not known then, so there are [`LEVELS`] of noise, of which [`InNoise::level`] chooses one at the end.
/// The color of the noise is drawn anew for each sound; the same sound yields the same frames.
#[derive(Default)]
pub struct InNoise {
    /// `None` until the first sample.
    framers: Option<Box<[Framer; LEVELS]>>,
    /// `None` until the first frame.
    noise: Option<Noise>,
    /// The first error, after which no more sound is taken.
    failed: Option<Error>,
}

impl InNoise {
    /// Takes the next output of the stream, and passes the frames that are complete to `sink`, each with its level. Their times
    /// are those of their samples, counted from 0.
    pub fn take(&mut self, output: &SpeechOutput<'_>, sink: impl FnMut(usize, &SpeechFrame)) {
        match output {
            SpeechOutput::Sample(sample) if self.failed.is_none() => self.failed = self.add(*sample, sink).err(),
            SpeechOutput::Frame(frame) => {
                let seed = u64::from(frame.energy_db().to_bits());
                self.noise.get_or_insert_with(|| Noise::new(SplitMix64::new(seed)));
            }
            SpeechOutput::Sample(_) | SpeechOutput::Event(_) => {}
        }
    }

    fn add(&mut self, sample: f32, mut sink: impl FnMut(usize, &SpeechFrame)) -> Result<()> {
        let noise = self.noise.as_mut().and_then(Iterator::next).unwrap_or(0.0);
        let framers = self.framers.get_or_insert_with(|| Box::new([(); LEVELS].map(|()| Framer::new())));
        for (level, framer) in framers.iter_mut().enumerate() {
            if let Some(frame) = framer.push((sample + AMPLITUDES[level] * noise).clamp(-1.0, 1.0))? {
                sink(level, &frame);
            }
        }
        Ok(())
    }

    /// Ends the sound, and passes the last frames to `sink`. The next output begins another sound.
    ///
    /// # Errors
    /// `Internal` if a transform failed since the begin.
    pub fn finish(&mut self, mut sink: impl FnMut(usize, &SpeechFrame)) -> Result<()> {
        let Self { framers, failed, .. } = std::mem::take(self);
        if let Some(error) = failed {
            return Err(error);
        }
        for (level, mut framer) in framers.into_iter().flat_map(|framers| *framers).enumerate() {
            while let Some(frame) = framer.finish()? {
                sink(level, &frame);
            }
        }
        Ok(())
    }

    /// Returns the level whose noise is the nearest to 20 dB below the speech in `frames`, those without noise.
    pub fn level(frames: &[SpeechFrame]) -> usize {
        let power = Loudness::of(frames).map_or(0.0, |loudness| loudness.power(frames));
        let wanted_db = 10.0 * libm::log10(power.max(f64::from(super::FLOOR))) - BELOW_DB;
        let distance = |level: &usize| (POWERS_DB[*level] - wanted_db).abs();
        (0..LEVELS).min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap_or(0)
    }
}

/// Returns the frames in noise of a recording of one channel at 16 kHz, whose own frames are `frames`, as of [`InNoise`].
///
/// # Errors
/// `Internal` if an invariant does not hold.
pub fn frames_in_noise(samples: &[f32], frames: &[SpeechFrame]) -> Result<Vec<SpeechFrame>> {
    let (mut stream, mut in_noise, mut noisy) = (SpeechStream::new(), InNoise::default(), Vec::new());
    let level = InNoise::level(frames);
    let mut add = |of: usize, frame: &SpeechFrame| noisy.extend((of == level).then_some(*frame));
    let mut take = |output: SpeechOutput<'_>| in_noise.take(&output, &mut add);
    stream.push(&AudioChunk::f32(samples, AudioFormat::NATIVE, 0)?, &mut take)?;
    stream.finish(&mut take)?;
    in_noise.finish(add)?;
    Ok(noisy)
}
