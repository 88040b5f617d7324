//! Sounds made worse in a known way, to see what heads say of them.

use std::f64::consts::PI;
use std::fmt;
use std::str::FromStr;

use mien_core::speech::Loudness;
use mien_core::speech::copies::mixed;
use mien_core::speech::{AudioFormat, HOP, MAX_RATE_HZ, MIN_RATE_HZ, RATE_HZ, SpeechFrame, WINDOW};
use mien_nn::math::SplitMix64;

/// Number of voices in babble.
const VOICES: usize = 6;

/// Samples to each side that a converted sample depends on.
const REACH: isize = 64;

/// How a sound is made worse.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Degradation {
    /// White noise, the speech being so many dB above it.
    Noise(f64),
    /// Other people's voices at once, the speech being so many dB above them.
    Babble(f64),
    /// A piece of so many seconds, at a random place between the first and the last loud sound.
    Cut(f64),
    /// Another gain, in dB.
    Gain(f64),
    /// Clipping, the peak being so many dB above full scale.
    Clip(f64),
    /// A sample rate in Hz below 16000.
    Rate(f64),
}

impl FromStr for Degradation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let help = || "expected noise:DB, babble:DB, cut:SECONDS, gain:DB, clip:DB or rate:HZ".to_owned();
        let (kind, value) = text.split_once(':').ok_or_else(help)?;
        let value: f64 = value.parse().map_err(|_| help())?;
        let range = match kind {
            "noise" | "babble" | "gain" => -100.0..=100.0,
            "cut" => 0.05..=60.0,
            "clip" => 0.0..=60.0,
            "rate" => f64::from(MIN_RATE_HZ)..=f64::from(RATE_HZ.min(MAX_RATE_HZ)),
            _ => return Err(help()),
        };
        if !range.contains(&value) {
            return Err(format!("{kind} is {value}; it must be {} to {}", range.start(), range.end()));
        }
        Ok(match kind {
            "noise" => Self::Noise(value),
            "babble" => Self::Babble(value),
            "cut" => Self::Cut(value),
            "gain" => Self::Gain(value),
            "clip" => Self::Clip(value),
            _ => Self::Rate(value),
        })
    }
}

impl fmt::Display for Degradation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, value) = match self {
            Self::Noise(value) => ("noise", value),
            Self::Babble(value) => ("babble", value),
            Self::Cut(value) => ("cut", value),
            Self::Gain(value) => ("gain", value),
            Self::Clip(value) => ("clip", value),
            Self::Rate(value) => ("rate", value),
        };
        write!(formatter, "{kind}:{value}")
    }
}

/// A recording of one channel at 16 kHz.
#[derive(Debug, Clone)]
pub struct Voice {
    /// The samples, -1 to 1.
    pub samples: Vec<f32>,
    /// The samples from the first to the last loud frame.
    loud: std::ops::Range<usize>,
    /// Mean power of the loud frames.
    power: f64,
    /// Who speaks.
    pub person: String,
}

impl Voice {
    /// Creates the recording of a person from its samples and their frames.
    pub fn new(samples: Vec<f32>, frames: &[SpeechFrame], person: String) -> Self {
        let loudness = Loudness::of(frames);
        let loud = loudness.as_ref().map_or(0..0, Loudness::range);
        let loud = (loud.start * HOP).min(samples.len())..(loud.end * HOP + WINDOW - HOP).min(samples.len());
        let power = loudness.map_or(0.0, |loudness| loudness.power(frames));
        Self { samples, loud, power, person }
    }

    /// Returns the loud part with a power of 1.
    fn loud(&self) -> impl Iterator<Item = f32> + Clone {
        let scale = 1.0 / self.power.max(1e-10).sqrt() as f32;
        self.samples[self.loud.clone()].iter().map(move |sample| sample * scale)
    }
}

impl Degradation {
    /// Returns the voice `index` of `all` made worse, with the format of the result, in 16 bits. `seed` decides noise,
    /// voices and places.
    pub fn apply(&self, all: &[Voice], index: usize, seed: u64) -> (Vec<f32>, AudioFormat) {
        let mut random = SplitMix64::new(seed ^ ((index as u64) << 20));
        let voice = &all[index];
        let samples = &voice.samples;
        let (changed, format) = match *self {
            Self::Noise(ratio_db) => {
                let noise: Vec<f32> = samples.iter().map(|_| random.normal()).collect();
                (mixed(samples, &noise, voice.power, ratio_db), AudioFormat::NATIVE)
            }
            Self::Babble(ratio_db) => {
                (mixed(samples, &babble(all, voice, &mut random), voice.power, ratio_db), AudioFormat::NATIVE)
            }
            Self::Cut(seconds) => {
                let length = (seconds * f64::from(RATE_HZ)) as usize;
                let from = voice.loud.start + random.below(voice.loud.len().saturating_sub(length).max(1));
                (samples[from..(from + length).min(samples.len())].to_vec(), AudioFormat::NATIVE)
            }
            Self::Gain(gain_db) => (scaled(samples, amplitude(gain_db)), AudioFormat::NATIVE),
            Self::Clip(above_db) => {
                let peak = samples.iter().fold(1e-6f32, |peak, sample| peak.max(sample.abs()));
                (scaled(samples, amplitude(above_db) / peak), AudioFormat::NATIVE)
            }
            Self::Rate(rate_hz) => converted(samples, rate_hz),
        };
        (changed.into_iter().map(|sample| (sample * 32_767.0).round() / 32_768.0).collect(), format)
    }
}

/// Returns the factor of a gain in dB.
fn amplitude(gain_db: f64) -> f32 {
    10f64.powf(gain_db / 20.0) as f32
}

fn scaled(samples: &[f32], factor: f32) -> Vec<f32> {
    samples.iter().map(|sample| (sample * factor).clamp(-1.0, 1.0)).collect()
}

/// Returns voices of other people at once, of a power of 1 together, as long as `voice`.
fn babble(all: &[Voice], voice: &Voice, random: &mut SplitMix64) -> Vec<f32> {
    let mut others: Vec<&Voice> =
        all.iter().filter(|other| other.person != voice.person && !other.loud.is_empty()).collect();
    random.shuffle(&mut others);
    others.truncate(VOICES);
    let mut sum = vec![0.0; voice.samples.len()];
    let level = 1.0 / (others.len().max(1) as f32).sqrt();
    for other in others {
        let from = random.below(other.loud.len());
        sum.iter_mut().zip(other.loud().cycle().skip(from)).for_each(|(sum, sample)| *sum += level * sample);
    }
    sum
}

/// Returns the samples at a lower rate, by a windowed sinc whose band ends at 95 % of the half rate.
fn converted(samples: &[f32], rate_hz: f64) -> (Vec<f32>, AudioFormat) {
    let step = f64::from(RATE_HZ) / rate_hz;
    let band = 0.95 / step;
    let at = |place: f64| {
        let middle = place.round() as isize;
        let weighted = (middle - REACH..=middle + REACH).map(|near| {
            let distance = near as f64 - place;
            let phase = PI * band * distance;
            let sinc = if phase.abs() < 1e-9 { 1.0 } else { phase.sin() / phase };
            let window = 0.5 + 0.5 * (PI * distance / (REACH as f64 + 1.0)).cos();
            let sample = usize::try_from(near).ok().and_then(|near| samples.get(near)).copied().unwrap_or_default();
            band * sinc * window * f64::from(sample)
        });
        weighted.sum::<f64>() as f32
    };
    let count = (samples.len() as f64 / step) as usize;
    let format = AudioFormat::new(rate_hz as u32, 1).expect("the range of rates was checked");
    ((0..count).map(|index| at(index as f64 * step)).collect(), format)
}

#[cfg(test)]
mod tests {
    use mien_core::speech::Speech;

    use super::*;

    /// A second of quiet, a second of a tone, a second of quiet.
    fn voice(hertz: f64, person: &str) -> Voice {
        let tone = |at: usize| 0.2 * (2.0 * PI * hertz * at as f64 / 16_000.0).sin() as f32;
        let samples: Vec<f32> =
            (0..48_000).map(|at| if (16_000..32_000).contains(&at) { tone(at) } else { 0.0 }).collect();
        let frames = Speech::of_samples(&samples, AudioFormat::NATIVE).unwrap().frames;
        Voice::new(samples, &frames, person.to_owned())
    }

    fn power(samples: &[f32]) -> f64 {
        samples.iter().map(|sample| f64::from(sample * sample)).sum::<f64>() / samples.len() as f64
    }

    #[test]
    fn the_words_of_a_degradation_are_read_and_written() {
        for text in ["noise:20", "babble:10", "cut:0.5", "gain:-20", "clip:12", "rate:8000"] {
            assert_eq!(text.parse::<Degradation>().unwrap().to_string(), text);
        }
        for (text, message) in [("noise", "expected"), ("hiss:3", "expected"), ("cut:x", "expected")] {
            assert!(text.parse::<Degradation>().unwrap_err().contains(message), "{text}");
        }
        assert_eq!("rate:44100".parse::<Degradation>().unwrap_err(), "rate is 44100; it must be 8000 to 16000");
    }

    #[test]
    fn noise_and_voices_have_the_ratio_that_is_asked_for() {
        let all = [voice(200.0, "a"), voice(300.0, "b"), voice(250.0, "b")];
        for degradation in [Degradation::Noise(20.0), Degradation::Babble(20.0)] {
            let (worse, _) = degradation.apply(&all, 0, 1);
            let noise: Vec<f32> = worse.iter().zip(&all[0].samples).map(|(a, b)| a - b).collect();
            let ratio_db = 10.0 * (all[0].power / power(&noise)).log10();
            assert!((ratio_db - 20.0).abs() < 0.7, "{degradation}: {ratio_db}");
            assert_eq!(worse, degradation.apply(&all, 0, 1).0);
            assert_ne!(worse, degradation.apply(&all, 0, 2).0);
        }
    }

    #[test]
    fn pieces_gains_and_rates_are_as_long_and_loud_as_they_say() {
        let all = [voice(200.0, "a")];
        let changed = |text: &str| text.parse::<Degradation>().unwrap().apply(&all, 0, 3);
        assert_eq!(changed("cut:0.5").0.len(), 8000);
        assert!((power(&changed("cut:0.5").0) - 0.02).abs() < 0.005);
        assert!((power(&changed("gain:-20").0) / power(&all[0].samples) - 0.01).abs() < 1e-3);
        let clipped = changed("clip:12").0;
        assert!(clipped.iter().filter(|sample| sample.abs() > 0.999).count() > 8000);
        let (low, format) = changed("rate:8000");
        assert_eq!((low.len(), format.rate_hz()), (24_000, 8000));
        assert!((power(&low) / power(&all[0].samples) - 1.0).abs() < 0.01);
    }
}
