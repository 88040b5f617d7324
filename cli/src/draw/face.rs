//! What is drawn of a face.

use mien_eval::drawing::{Area, isolated};

use crate::report::FaceReport;
use crate::text::{answer, hedged};

/// A face as it is drawn.
#[derive(Clone)]
pub struct DrawnFace {
    /// Box in pixels of the picture.
    pub bounds: Area,
    /// Landmarks in pixels of the picture.
    pub landmarks: [(f32, f32); 5],
    /// Name of the user; `None` for an unknown person.
    pub user: Option<String>,
    /// The emotion and its percent in words.
    pub feeling: String,
    /// The probability of each class; empty without a head.
    pub shares: Vec<(String, f32)>,
    /// Whether the user's own head answered.
    pub adapted: bool,
}

impl DrawnFace {
    /// Creates what is drawn of `face`, with coordinates times `scale` and moved by `offset`.
    pub fn new(face: &FaceReport, scale: f32, (right, down): (f32, f32)) -> Self {
        let [x, y, width, height] = face.bounds.map(|value| value * scale);
        let emotion = face.emotion.as_ref();
        Self {
            bounds: Area::new(x + right, y + down, width, height),
            landmarks: face.landmarks.map(|[x, y]| (x * scale + right, y * scale + down)),
            user: face.user.clone(),
            feeling: emotion.map_or_else(
                || "no emotion".to_owned(),
                |emotion| hedged(answer(&emotion.label, emotion.confidence(), false), &face.unsure),
            ),
            shares: emotion.map_or_else(Vec::new, |emotion| emotion.probabilities.clone()),
            adapted: emotion.is_some_and(|emotion| emotion.adapted),
        }
    }

    /// The person's name, for a text in Latin letters.
    pub fn name(&self) -> String {
        self.user.as_deref().map_or_else(|| "unknown".to_owned(), isolated)
    }
}
