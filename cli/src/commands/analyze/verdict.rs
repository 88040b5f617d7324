//! The answer for a whole input.

use mien_core::embedding::normalize;
use mien_core::engine::FaceResult;
use mien_core::head::Clip;
use mien_core::recognition::gallery::Identity;
use mien_core::{ClipQuality, Emotion, Engine, Unsure};

use crate::media::Kind;
use crate::process::failure::Outcome;
use crate::session::unsure;

/// Max number of frames that a head reads, which is half a minute of most videos. More are thinned out evenly, so that memory
/// does not grow with the length of a video.
const MAX_FRAMES: usize = 1024;

/// The answer for an input; empty if it shows no face.
#[derive(Default)]
pub struct Answer {
    pub identity: Option<Identity>,
    pub emotion: Option<Emotion>,
    pub unsure: Vec<Unsure>,
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

    /// Returns the identity by the mean embedding, the emotion by mean pooling, and why the emotion is unreliable for an
    /// input of this `kind`.
    pub fn answer(mut self, engine: &Engine, kind: Kind) -> Outcome<Answer> {
        if self.frames.is_empty() {
            return Ok(Answer::default());
        }
        normalize(&mut self.identity);
        let identity = engine.identify(&self.identity);
        let emotion = engine.emotion(&Clip::from_frames(&self.frames)?, &identity)?;
        let reasons = |emotion| unsure(emotion, kind, &identity, &self.quality);
        let unsure = emotion.as_ref().map(reasons).unwrap_or_default();
        Ok(Answer { identity: Some(identity), emotion, unsure })
    }
}
