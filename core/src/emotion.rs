//! The emotions of one answer.

use mien_nn::math::argmax;

use crate::head::Prediction;

/// Probabilities of the emotions.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Emotion {
    /// The most probable label.
    pub label: String,
    /// Each label and its probability, in the head's order; the probabilities sum to 1.
    #[serde(serialize_with = "as_map")]
    pub probabilities: Vec<(String, f32)>,
    /// Whether the user's own head answered instead of the generic one.
    pub adapted: bool,
    /// The attention weight of each frame of the clip, for heads with attention.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attention: Option<Vec<f32>>,
}

/// Serializes pairs as an object, in order.
fn as_map<S: serde::Serializer>(pairs: &[(String, f32)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().map(|(label, probability)| (label, probability)))
}

impl Emotion {
    pub(crate) fn new(labels: &[String], Prediction { probabilities, attention }: Prediction, adapted: bool) -> Self {
        let label = labels[argmax(&probabilities)].clone();
        Self { label, probabilities: labels.iter().cloned().zip(probabilities).collect(), adapted, attention }
    }

    /// The probability of [`Emotion::label`].
    pub fn confidence(&self) -> f32 {
        self.probabilities.iter().map(|(_, p)| *p).fold(0.0, f32::max)
    }
}
