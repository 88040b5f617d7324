//! Speech that was heard.

use super::Micros;
use mien_core::speech::SpeechDoubt as CoreDoubt;
use mien_core::stream as core;

/// A kind of signal that emotions are read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Modality {
    /// The face in pictures.
    Face,
    /// The voice in sound.
    Speech,
}

impl From<mien_core::Modality> for Modality {
    fn from(modality: mien_core::Modality) -> Self {
        match modality {
            mien_core::Modality::Face => Self::Face,
            mien_core::Modality::Speech => Self::Speech,
        }
    }
}

impl From<Modality> for mien_core::Modality {
    fn from(modality: Modality) -> Self {
        match modality {
            Modality::Face => Self::Face,
            Modality::Speech => Self::Speech,
        }
    }
}

/// Why the speech that is heard has no part in an answer, or is not learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum SpeechRefusal {
    /// The sound is not good enough, or the speech too short so far; the doubts say why.
    Doubtful,
    /// No face was seen during the speech.
    NoFace,
    /// Several faces were seen, and none of their mouths moved clearly more than the others; in a clip: several faces
    /// were seen.
    SeveralFaces,
    /// The mouth of the only face did not move: the voice is that of somebody who was not seen, or of a loudspeaker.
    MouthStill,
}

impl From<core::SpeechRefusal> for SpeechRefusal {
    fn from(refusal: core::SpeechRefusal) -> Self {
        match refusal {
            core::SpeechRefusal::Doubtful => Self::Doubtful,
            core::SpeechRefusal::NoFace => Self::NoFace,
            core::SpeechRefusal::SeveralFaces => Self::SeveralFaces,
            core::SpeechRefusal::MouthStill => Self::MouthStill,
        }
    }
}

/// Why the quality of speech is doubtful.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
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

impl From<CoreDoubt> for SpeechDoubt {
    fn from(doubt: CoreDoubt) -> Self {
        match doubt {
            CoreDoubt::Clipped => Self::Clipped,
            CoreDoubt::Damaged => Self::Damaged,
            CoreDoubt::Noisy => Self::Noisy,
            CoreDoubt::Short => Self::Short,
            CoreDoubt::NarrowBand => Self::NarrowBand,
            CoreDoubt::NoVoice => Self::NoVoice,
        }
    }
}

/// The last speech that a session heard.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct HeardSpeech {
    /// When it began, on the clock of the sound.
    pub start_us: Micros,
    /// When it ended, or up to when it was analyzed.
    pub end_us: Micros,
    /// Whether it goes on.
    pub ongoing: bool,
    /// The track of the face whose voice it is taken for; `None`: see `refusal`.
    pub speaker: Option<u64>,
    /// Why it has no part in an answer; `None` if there is a speaker.
    pub refusal: Option<SpeechRefusal>,
    /// Why its quality is doubtful; empty if it is good.
    pub doubts: Vec<SpeechDoubt>,
}

impl From<core::HeardSpeech> for HeardSpeech {
    fn from(heard: core::HeardSpeech) -> Self {
        let core::HeardSpeech { start_us, end_us, ongoing, speaker, doubts } = heard;
        let (speaker, refusal) = match speaker {
            Ok(track) => (Some(track.0), None),
            Err(refusal) => (None, Some(refusal.into())),
        };
        Self { start_us, end_us, ongoing, speaker, refusal, doubts: doubts.into_iter().map(Into::into).collect() }
    }
}

/// The speech of a recorded clip.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct ClipSpeech {
    /// Why it is not learned, unless `AdaptOptions::unchecked_voices` says whose it is; `None` if it is learned.
    pub refusal: Option<SpeechRefusal>,
    /// Why its quality is doubtful; empty if it is good.
    pub doubts: Vec<SpeechDoubt>,
}

impl From<&core::TakenSpeech> for ClipSpeech {
    fn from(taken: &core::TakenSpeech) -> Self {
        let refusal = taken.refusal.map(Into::into);
        Self { refusal, doubts: taken.doubts.iter().map(|doubt| (*doubt).into()).collect() }
    }
}
