//! Probabilities of emotions.

/// A class with its probability.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct LabelProbability {
    /// The emotion's name.
    pub label: String,
    /// 0 to 1.
    pub probability: f32,
}

/// Probabilities of emotions.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct Emotion {
    /// The most probable label.
    pub label: String,
    /// Each label with its probability, in the head's order; they sum to 1.
    pub probabilities: Vec<LabelProbability>,
    /// Whether the user's own head answered, or the generic one.
    pub adapted: bool,
}

impl From<mien_core::Emotion> for Emotion {
    fn from(emotion: mien_core::Emotion) -> Self {
        let pairs = emotion.probabilities.into_iter();
        let probabilities = pairs.map(|(label, probability)| LabelProbability { label, probability }).collect();
        Self { label: emotion.label, probabilities, adapted: emotion.adapted }
    }
}
