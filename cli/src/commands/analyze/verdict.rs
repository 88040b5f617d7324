//! The answer for a whole input.

use mien_core::embedding::normalize;
use mien_core::engine::FaceResult;
use mien_core::face::quality::QualityIssue;
use mien_core::head::Clip;
use mien_core::recognition::gallery::Identity;
use mien_core::{Emotion, Engine, Unsure};

use crate::process::failure::Outcome;

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
    seen: usize,
    /// Sum of the embeddings of all frames.
    identity: Vec<f32>,
    /// Quality issues with the number of frames that have them.
    issues: Vec<(QualityIssue, usize)>,
}

impl Verdict {
    /// Takes the principal face of the next frame that has one.
    pub fn take(&mut self, face: &FaceResult) {
        self.identity.resize(face.features.identity.len(), 0.0);
        for (sum, value) in self.identity.iter_mut().zip(&face.features.identity) {
            *sum += value;
        }
        for issue in &face.issues {
            match self.issues.iter_mut().find(|(other, _)| other == issue) {
                Some((_, count)) => *count += 1,
                None => self.issues.push((*issue, 1)),
            }
        }
        if self.seen.is_multiple_of(self.spacing.max(1)) {
            self.frames.push(face.features.head_input());
            if self.frames.len() > MAX_FRAMES {
                self.frames = std::mem::take(&mut self.frames).into_iter().step_by(2).collect();
                self.spacing = 2 * self.spacing.max(1);
            }
        }
        self.seen += 1;
    }

    /// Returns the identity by the mean embedding, the emotion by mean pooling, and why the emotion is unreliable: by
    /// its probability, or by the quality issues of at least half of the frames.
    pub fn answer(mut self, engine: &Engine) -> Outcome<Answer> {
        if self.frames.is_empty() {
            return Ok(Answer::default());
        }
        let frequent = self.issues.iter().filter(|(_, count)| 2 * count >= self.seen);
        let issues: Vec<_> = frequent.map(|(issue, _)| *issue).collect();
        normalize(&mut self.identity);
        let identity = engine.identify(&self.identity);
        let emotion = engine.emotion(&Clip::from_frames(&self.frames)?, &identity)?;
        let unsure = emotion.as_ref().map(|emotion| emotion.unsure(&issues)).unwrap_or_default();
        Ok(Answer { identity: Some(identity), emotion, unsure })
    }
}
