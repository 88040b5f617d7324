//! Probabilities of emotions.

/// A label and its probability.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct LabelProbability {
    /// The label.
    pub label: String,
    /// Its probability, 0 to 1.
    pub probability: f32,
}

/// Probabilities of the emotions.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct Emotion {
    /// The most probable label.
    pub label: String,
    /// Each label with its probability, in the order of the head; the probabilities sum to 1.
    pub probabilities: Vec<LabelProbability>,
    /// Whether the user's own head answered instead of the generic one.
    pub adapted: bool,
}

impl From<mien_core::Emotion> for Emotion {
    fn from(emotion: mien_core::Emotion) -> Self {
        let pairs = emotion.probabilities.into_iter();
        let probabilities = pairs.map(|(label, probability)| LabelProbability { label, probability }).collect();
        Self { label: emotion.label, probabilities, adapted: emotion.adapted }
    }
}
