//! The answer for a whole input.

use mien_core::embedding::normalize;
use mien_core::engine::FaceResult;
use mien_core::head::Clip;
use mien_core::recognition::gallery::Identity;
use mien_core::{Emotion, Engine};

use crate::process::failure::Outcome;

/// Max number of frames that a head reads: half a minute of most videos. More are thinned out evenly, so that memory
/// does not grow with the length of a video.
const MAX_FRAMES: usize = 1024;

/// Feature vectors of the principal face over an input.
#[derive(Default)]
pub struct Verdict {
    /// Evenly spaced frames; whenever there are twice too many, every second one is dropped.
    frames: Vec<Vec<f32>>,
    spacing: usize,
    seen: usize,
    /// Sum of the embeddings of all frames.
    identity: Vec<f32>,
}

impl Verdict {
    /// Takes the principal face of the next frame that has one.
    pub fn take(&mut self, face: &FaceResult) {
        self.identity.resize(face.features.identity.len(), 0.0);
        for (sum, value) in self.identity.iter_mut().zip(&face.features.identity) {
            *sum += value;
        }
        if self.seen.is_multiple_of(self.spacing.max(1)) {
            self.frames.push(face.features.head_input());
            if self.frames.len() >= 2 * MAX_FRAMES {
                self.frames = std::mem::take(&mut self.frames).into_iter().step_by(2).collect();
                self.spacing = 2 * self.spacing.max(1);
            }
        }
        self.seen += 1;
    }

    /// Returns the identity by the mean embedding, and the emotion by mean pooling.
    pub fn answer(mut self, engine: &Engine) -> Outcome<(Option<Identity>, Option<Emotion>)> {
        if self.frames.is_empty() {
            return Ok((None, None));
        }
        normalize(&mut self.identity);
        let identity = engine.identify(&self.identity);
        let emotion = engine.emotion(&Clip::from_frames(&self.frames)?, &identity)?;
        Ok((Some(identity), emotion))
    }
}
