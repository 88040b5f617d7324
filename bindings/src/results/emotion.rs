//! Probabilities of emotions.

use super::Label;
use super::speech::Modality;

/// A label and its probability.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct LabelProbability {
    /// The label.
    pub label: Label,
    /// Its probability, 0 to 1.
    pub probability: f32,
}

/// Valence and arousal, the axes of the circumplex of affect (Russell 1980), projected from the probabilities of the
/// labels and never measured in the face: the expected position of the labels in the table of Russell and Mehrabian
/// (1977), neutral at the origin.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct Affect {
    /// From unpleasant, -1, to pleasant, 1.
    pub valence: f32,
    /// From calm, -1, to aroused, 1.
    pub arousal: f32,
}

impl From<mien_core::Affect> for Affect {
    fn from(mien_core::Affect { valence, arousal }: mien_core::Affect) -> Self {
        Self { valence, arousal }
    }
}

/// Returns the valence and arousal that labels with these probabilities project to; `None` if labels without a
/// position have more than a tenth of the probability.
#[uniffi::export]
pub fn affect_of(probabilities: Vec<LabelProbability>) -> Option<Affect> {
    let pairs = probabilities.iter().map(|pair| (pair.label.as_str(), f64::from(pair.probability)));
    mien_core::Affect::projected(pairs).map(Affect::from)
}

/// Probabilities of the emotions.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct Emotion {
    /// The most probable label.
    pub label: Label,
    /// Each label with its probability, in the order of the head; the probabilities sum to 1.
    pub probabilities: Vec<LabelProbability>,
    /// Valence and arousal, projected from the probabilities; `None` if more than a tenth of the probability is on
    /// labels without a position.
    pub affect: Option<Affect>,
    /// Whether the user's own head answered instead of the generic one; of face and voice, one of them.
    pub adapted: bool,
    /// What it was read from.
    pub modalities: Vec<Modality>,
}

impl From<mien_core::Emotion> for Emotion {
    fn from(emotion: mien_core::Emotion) -> Self {
        let pairs = emotion.probabilities.into_iter();
        let probabilities = pairs.map(|(label, probability)| LabelProbability { label, probability }).collect();
        Self {
            label: emotion.label,
            probabilities,
            affect: emotion.affect.map(Affect::from),
            adapted: emotion.adapted,
            modalities: emotion.modalities.into_iter().map(Modality::from).collect(),
        }
    }
}
