//! Whether a clip of speech may be decided on.
//!
//! Heads are surest where sound is least like what they learned, so their own probabilities do not tell. The limits
//! here were measured on degraded recordings: `docs/reference/speech.md` has the table and its command.

use super::frame::{SpeechFrame, position};
use super::loudness::Loudness;
use super::series::percentile;

/// Length in seconds of loud sound below which a clip is called short.
const MIN_LOUD_S: f32 = 1.1;

/// Length in seconds of voiced loud sound below which a clip has no voice.
const MIN_VOICED_S: f32 = 0.1;

/// Distance in dB of the loud frames to the quiet ones below which a clip is called noisy.
const NOISY_DB: f32 = 22.0;

/// Percentile of the energy that is the quiet of a clip.
const QUIET: f64 = 10.0;

/// Share of clipped loud frames from which a clip is called clipped.
const CLIPPED: f32 = 0.25;

/// Share of frames with missing samples, or with samples that are no numbers, from which a clip is called damaged.
const DAMAGED: f32 = 0.05;

/// First mel band above 5 kHz, and the level in dB of these bands below the strongest one at which they are empty.
const HIGH_BANDS: usize = 53;
const EMPTY_DB: f32 = -45.0;

/// Percentile of the frames that has the strongest sound of a band.
const STRONGEST: f64 = 98.0;

/// Length in seconds of a frame's step.
const STEP_S: f32 = super::HOP as f32 / super::RATE_HZ as f32;

/// Why a clip, or a segment with the quiet around it, is of doubtful quality.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SpeechDoubt {
    /// 25 % of the loud sound or more is clipped.
    Clipped,
    /// 5 % of the sound or more is missing, NaN or infinite.
    Damaged,
    /// Speech is less than 22 dB above the noise.
    Noisy,
    /// Less than 1.1 s of the sound is loud.
    Short,
    /// High frequencies are missing, because the sample rate is or was below 16 kHz.
    NarrowBand,
    /// Less than 0.1 s of the loud sound is voiced.
    NoVoice,
}

impl SpeechDoubt {
    /// All of them.
    pub(crate) const ALL: [Self; 6] =
        [Self::Clipped, Self::Damaged, Self::Noisy, Self::Short, Self::NarrowBand, Self::NoVoice];

    /// Returns the doubt in words, such as "noisy".
    pub fn name(self) -> &'static str {
        match self {
            Self::Clipped => "clipped",
            Self::Damaged => "damaged",
            Self::Noisy => "noisy",
            Self::Short => "short",
            Self::NarrowBand => "narrow band",
            Self::NoVoice => "no voice",
        }
    }
}

/// What a clip's quality depends on.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ClipQuality {
    /// Length in seconds of the loud frames.
    pub loud_s: f32,
    /// Length in seconds of the loud frames that are voiced.
    pub voiced_s: f32,
    /// Mean power of the loud frames above the quiet of the clip, its percentile 10, in dB: about the
    /// signal-to-noise ratio.
    pub above_quiet_db: f32,
    /// Share of the loud frames that are clipped, 0 to 1.
    pub clipped: f32,
    /// Share of the frames, from the first to the last loud one, with samples that are missing or no numbers, 0 to 1.
    pub damaged: f32,
    /// Level in dB of the strongest sound above 5 kHz relative to the strongest of all, in loud frames.
    pub high_bands_db: f32,
}

impl ClipQuality {
    /// Measures `frames`, which are 10 ms apart: those that [`describe`](super::descriptor::describe) gets, with the
    /// quiet before and after the speech, from which the noise is known. Without frames all is 0.
    pub fn of(frames: &[SpeechFrame]) -> Self {
        let Some(loudness) = Loudness::of(frames) else {
            return Self::default();
        };
        let inside = &frames[loudness.range()];
        let loud: Vec<&SpeechFrame> =
            frames.iter().zip(&loudness.is_loud).filter(|(_, loud)| **loud).map(|(frame, _)| frame).collect();
        let count = |is: &dyn Fn(&SpeechFrame) -> bool| loud.iter().filter(|frame| is(frame)).count() as f32;
        let damaged = inside.iter().filter(|frame| frame.doubts.damaged || frame.doubts.filled).count() as f32;
        let strongest = |from: usize| {
            let bands =
                |frame: &&SpeechFrame| frame.values[position::LOG_MEL][from..].iter().copied().fold(f32::MIN, f32::max);
            percentile(&loud.iter().map(bands).map(f64::from).collect::<Vec<_>>(), STRONGEST)
        };
        let quiet_db = percentile(&loudness.smoothed_db, QUIET);
        Self {
            loud_s: loud.len() as f32 * STEP_S,
            voiced_s: count(&SpeechFrame::is_voiced) * STEP_S,
            above_quiet_db: (10.0 * libm::log10(loudness.power(frames)) - quiet_db) as f32,
            clipped: count(&|frame| frame.doubts.clipped) / loud.len() as f32,
            damaged: damaged / inside.len() as f32,
            high_bands_db: ((strongest(HIGH_BANDS) - strongest(0)) * 10.0 / std::f64::consts::LN_10) as f32,
        }
    }

    /// Returns why the clip must not be decided on, the weightiest first; nothing if it may be.
    pub fn doubts(&self) -> impl Iterator<Item = SpeechDoubt> {
        [
            (SpeechDoubt::NoVoice, self.voiced_s < MIN_VOICED_S),
            (SpeechDoubt::Short, self.loud_s < MIN_LOUD_S),
            (SpeechDoubt::Damaged, self.damaged >= DAMAGED),
            (SpeechDoubt::Clipped, self.clipped >= CLIPPED),
            (SpeechDoubt::NarrowBand, self.high_bands_db < EMPTY_DB),
            (SpeechDoubt::Noisy, self.above_quiet_db < NOISY_DB),
        ]
        .into_iter()
        .filter_map(|(doubt, holds)| holds.then_some(doubt))
    }
}
