//! The emotions of one answer.

use mien_nn::math::argmax;

use crate::face::quality::QualityIssue;
use crate::head::Prediction;

/// The minimum probability of a label; below it the answer is unsure. The default of streams, and the rule of still
/// pictures.
pub const MIN_CONFIDENCE: f32 = 0.5;

/// Why an answer is unreliable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unsure {
    /// No label is probable enough.
    LowConfidence,
    /// The track has too few analyses so far.
    ShortWindow,
    /// The identity is not settled, so the generic head answered.
    IdentityOpen,
    /// The picture of the face is not good enough.
    #[serde(untagged)]
    Quality(QualityIssue),
}

impl Unsure {
    /// Returns the reason in snake case, for scripts and tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::LowConfidence => "low_confidence",
            Self::ShortWindow => "short_window",
            Self::IdentityOpen => "identity_open",
            Self::Quality(issue) => issue.name(),
        }
    }
}

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

    /// Returns why the answer for a still picture, or for a whole clip without `issues`, is unreliable; empty if it
    /// is reliable. The rule is that of streams: a probability below [`MIN_CONFIDENCE`], or a quality issue.
    pub fn unsure(&self, issues: &[QualityIssue]) -> Vec<Unsure> {
        let low = (self.confidence() < MIN_CONFIDENCE).then_some(Unsure::LowConfidence);
        low.into_iter().chain(issues.iter().copied().map(Unsure::Quality)).collect()
    }
}
