//! The answer for a whole input.

use mien_core::embedding::normalize;
use mien_core::engine::FaceResult;
use mien_core::head::Clip;
use mien_core::recognition::gallery::{Identity, UnknownReason};
use mien_core::{ClipQuality, Emotion, Engine, Unsure};

use super::voice::{Voice, joined};
use crate::media::Kind;
use crate::process::failure::Outcome;
use crate::report::SpeechReport;
use crate::session::unsure;

/// Max number of frames that a head reads, which is half a minute of most videos. More are thinned out evenly, so that memory
/// does not grow with the length of a video.
const MAX_FRAMES: usize = 1024;

/// The answer for an input; empty if it shows no face, and no voice speaks that a head reads.
#[derive(Default)]
pub struct Answer {
    pub identity: Option<Identity>,
    pub emotion: Option<Emotion>,
    pub unsure: Vec<Unsure>,
    pub speech: Option<SpeechReport>,
}

/// Feature vectors of the principal face over an input.
#[derive(Default)]
pub struct Verdict {
    /// Evenly spaced frames; whenever there are too many, every second one is dropped.
    frames: Vec<Vec<f32>>,
    spacing: usize,
    /// Sum of the embeddings of all frames.
    identity: Vec<f32>,
    quality: ClipQuality,
}

impl Verdict {
    /// Takes the principal face of the next frame that has one.
    pub fn take(&mut self, face: &FaceResult) {
        self.identity.resize(face.features.identity.len(), 0.0);
        for (sum, value) in self.identity.iter_mut().zip(&face.features.identity) {
            *sum += value;
        }
        if self.quality.frames().is_multiple_of(self.spacing.max(1)) {
            self.frames.push(face.features.head_input());
            if self.frames.len() > MAX_FRAMES {
                self.frames = std::mem::take(&mut self.frames).into_iter().step_by(2).collect();
                self.spacing = 2 * self.spacing.max(1);
            }
        }
        self.quality.add(&face.issues);
    }

    /// Returns the identity by the mean embedding, the emotion by mean pooling and by the voice, and why the emotion is
    /// unreliable for an input of this `kind`. Without a face the voice is that of `speaker`.
    pub fn answer(
        mut self,
        engine: &Engine,
        kind: Kind,
        voice: Option<Voice>,
        speaker: Option<&str>,
    ) -> Outcome<Answer> {
        if self.frames.is_empty() {
            return voice.map_or_else(|| Ok(Answer::default()), |voice| alone(engine, voice, speaker));
        }
        normalize(&mut self.identity);
        let identity = engine.identify(&self.identity);
        let (emotion, speech) = joined(engine, Some(&Clip::from_frames(&self.frames)?), &identity, voice)?;
        let reasons = |emotion| unsure(emotion, kind, &identity, &self.quality);
        let unsure = emotion.as_ref().map(reasons).unwrap_or_default();
        Ok(Answer { identity: Some(identity), emotion, unsure, speech })
    }
}

/// Returns the answer of the voice alone.
fn alone(engine: &Engine, voice: Voice, speaker: Option<&str>) -> Outcome<Answer> {
    let identity = match speaker {
        Some(name) => Identity::User { name: name.to_owned(), similarity: 1.0 },
        None => Identity::Unknown { nearest: None, reason: UnknownReason::BelowThreshold },
    };
    let (emotion, speech) = joined(engine, None, &identity, Some(voice))?;
    let unsure = emotion.as_ref().map(|emotion| emotion.unsure(&identity, &[])).unwrap_or_default();
    Ok(Answer { identity: Some(identity), emotion, unsure, speech })
}
