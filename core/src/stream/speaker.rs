//! Decides which face spoke, and describes its speech as a vector.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use super::hearing::{Hearing, SpeechClip};
use super::mouth::Mouth;
use crate::error::Result;
use crate::face::track::{TrackId, Tracked};
use crate::frame::Frame;
use crate::speech::{ClipQuality, SpeechDoubt, SpeechFeatures, SpeechFrame};

/// Median movement of a mouth below which nobody speaks with it: that of a still picture with the noise of a camera is
/// 0.000, that of a woman who speaks at 6 frames per second 0.02 (`tests/tests/voices.rs`).
pub(super) const STILL: f32 = 0.004;

/// Time without sound after which speech that goes on is over, microseconds.
const SILENT_US: u64 = 1_000_000;

/// How many times more than all others a mouth must move to be the one that speaks.
const LEAD: f32 = 2.0;

/// Why the speech that is heard has no part in an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SpeechRefusal {
    /// The sound is not good enough, or the speech too short so far; see [`HeardSpeech::doubts`].
    Doubtful,
    /// No face was seen during the speech.
    NoFace,
    /// Several faces were seen, and none of their mouths moved clearly more than the others.
    SeveralFaces,
    /// The mouth of the only face did not move: the voice is that of somebody who was not seen, or of a loudspeaker.
    MouthStill,
}

impl SpeechRefusal {
    /// All of them.
    pub(super) const ALL: [Self; 4] = [Self::Doubtful, Self::NoFace, Self::SeveralFaces, Self::MouthStill];

    /// Returns the name in a recorded clip.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Doubtful => "doubtful",
            Self::NoFace => "no_face",
            Self::SeveralFaces => "several_faces",
            Self::MouthStill => "mouth_still",
        }
    }
}

/// The last speech that a session heard.
#[derive(Debug, Clone, PartialEq)]
pub struct HeardSpeech {
    /// When it began, microseconds of the sound's timestamps.
    pub start_us: u64,
    /// When it ended, or up to when it was analyzed.
    pub end_us: u64,
    /// Whether it goes on.
    pub ongoing: bool,
    /// The face whose voice it is taken for, or why it has no part in an answer.
    pub speaker: std::result::Result<TrackId, SpeechRefusal>,
    /// Why its quality is doubtful; empty if it is good.
    pub doubts: Vec<SpeechDoubt>,
}

/// The speech of a session and the mouths that may have spoken it.
pub(super) struct Speakers {
    features: SpeechFeatures,
    hearing: Hearing,
    mouths: BTreeMap<TrackId, Mouth>,
    last: Option<(HeardSpeech, Option<Zeroizing<Vec<f32>>>)>,
}

impl Speakers {
    pub fn new(features: SpeechFeatures, hearing: Hearing) -> Self {
        Self { features, hearing, mouths: BTreeMap::new(), last: None }
    }

    /// Looks at the mouths of the frame's faces and listens to what was said until then. Speech that ended more than
    /// `hold_us` ago is over. Does nothing until sound comes.
    ///
    /// # Errors
    /// As in [`SpeechFeatures::describe`].
    pub fn attend(&mut self, frame: &Frame<'_>, faces: &[Tracked], now_us: u64, hold_us: u64) -> Result<()> {
        if !self.hearing.is_on() {
            return Ok(());
        }
        for tracked in faces {
            if tracked.broken.is_some() {
                // It may be somebody else from here on.
                self.mouths.remove(&tracked.id);
                if self.last.as_ref().is_some_and(|(heard, _)| heard.speaker == Ok(tracked.id)) {
                    self.last = None;
                }
            }
            self.mouths.entry(tracked.id).or_default().see(frame, &tracked.face, now_us);
        }
        if let Some(clip) = self.hearing.take(now_us) {
            self.last = Some(self.hear(&clip)?);
        }
        // Sound that stops coming ends speech as well.
        let is_over = |heard: &HeardSpeech| {
            let hold_us = if heard.ongoing { hold_us.max(SILENT_US) } else { hold_us };
            now_us.saturating_sub(heard.end_us) > hold_us
        };
        if self.last.as_ref().is_some_and(|(heard, _)| is_over(heard)) {
            self.last = None;
        }
        Ok(())
    }

    /// Forgets a track that has ended.
    pub fn end(&mut self, track: TrackId) {
        self.mouths.remove(&track);
    }

    /// Returns the last speech, if it is not over.
    pub fn heard(&self) -> Option<&HeardSpeech> {
        self.last.as_ref().map(|(heard, _)| heard)
    }

    /// Returns the vector of the last speech if it is that of `track`.
    pub fn said_by(&self, track: TrackId) -> Option<&[f32]> {
        let (heard, vector) = self.last.as_ref()?;
        if heard.speaker == Ok(track) { vector.as_ref().map(|vector| vector.as_slice()) } else { None }
    }

    fn hear(&self, clip: &SpeechClip) -> Result<(HeardSpeech, Option<Zeroizing<Vec<f32>>>)> {
        let Judged { vector, doubts } = Judged::of(&self.features, &clip.frames)?;
        let speaker = if doubts.is_empty() { self.speaker(clip) } else { Err(SpeechRefusal::Doubtful) };
        let SpeechClip { start_us, end_us, ongoing, .. } = *clip;
        Ok((HeardSpeech { start_us, end_us, ongoing, speaker, doubts }, vector))
    }

    /// Returns the track whose mouth spoke.
    fn speaker(&self, clip: &SpeechClip) -> std::result::Result<TrackId, SpeechRefusal> {
        let movement = |(track, mouth): (&TrackId, &Mouth)| Some((*track, mouth.movement(clip.from_us, clip.end_us)?));
        let mut moved: Vec<(TrackId, f32)> = self.mouths.iter().filter_map(movement).collect();
        moved.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        match moved.as_slice() {
            [] => Err(SpeechRefusal::NoFace),
            [(_, movement)] if *movement < STILL => Err(SpeechRefusal::MouthStill),
            [(track, _)] => Ok(*track),
            [(track, most), (_, second), ..] if *most >= STILL && *most >= LEAD * second => Ok(*track),
            _ => Err(SpeechRefusal::SeveralFaces),
        }
    }
}

/// What is made of a clip of speech.
pub(super) struct Judged {
    /// Its vector.
    pub vector: Option<Zeroizing<Vec<f32>>>,
    /// Why its quality is doubtful; without a vector there is a doubt.
    pub doubts: Vec<SpeechDoubt>,
}

impl Judged {
    /// # Errors
    /// As in [`SpeechFeatures::describe`].
    pub fn of(features: &SpeechFeatures, frames: &[SpeechFrame]) -> Result<Self> {
        let mut doubts: Vec<SpeechDoubt> = ClipQuality::of(frames).doubts().collect();
        let vector = features.describe(frames)?.map(Zeroizing::new);
        if vector.is_none() && doubts.is_empty() {
            doubts.push(SpeechDoubt::NoVoice);
        }
        Ok(Self { vector, doubts })
    }
}
