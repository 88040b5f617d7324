//! The emotions of one answer.

use mien_nn::math::argmax;

use crate::affect::Affect;
use crate::face::quality::QualityIssue;
use crate::head::Prediction;
use crate::modality::Modality;
use crate::recognition::gallery::{Identity, UnknownReason};

/// The minimum probability of a label; below it the answer is unsure. The default of streams, and the rule of still
/// pictures.
pub const MIN_CONFIDENCE: f32 = 0.5;

/// The minimum number of analyses; with fewer the answer is unsure. The default of streams, and the rule of clips.
pub const MIN_WINDOW: usize = 3;

/// Why an answer is unreliable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unsure {
    /// No label is probable enough.
    LowConfidence,
    /// The track has too few analyses so far, or the clip too few frames that show the face.
    ShortWindow,
    /// The identity is not settled, or that of a picture or clip is between two users, so the generic head answered.
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
    /// Valence and arousal, projected from the probabilities and never measured; `None` if more than a tenth of the
    /// probability is on labels without a position: see [`Affect`].
    pub affect: Option<Affect>,
    /// Whether the user's own head answered instead of the generic one; of face and voice, one of them.
    pub adapted: bool,
    /// What it was read from; in JSON, absent if that is the face alone.
    #[serde(skip_serializing_if = "is_face_alone")]
    pub modalities: Vec<Modality>,
    /// The attention weight of each frame of the clip, for heads with attention.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attention: Option<Vec<f32>>,
}

fn is_face_alone(modalities: &[Modality]) -> bool {
    modalities == [Modality::Face]
}

/// Serializes pairs as an object, in order.
fn as_map<S: serde::Serializer>(pairs: &[(String, f32)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().map(|(label, probability)| (label, probability)))
}

impl Emotion {
    pub(crate) fn new(
        labels: &[String],
        Prediction { probabilities, attention }: Prediction,
        adapted: bool,
        modalities: Vec<Modality>,
    ) -> Self {
        let label = labels[argmax(&probabilities)].clone();
        let affect = Affect::projected(pairs(labels, &probabilities));
        let probabilities = labels.iter().cloned().zip(probabilities).collect();
        Self { label, probabilities, affect, adapted, modalities, attention }
    }

    /// The probability of [`Emotion::label`].
    pub fn confidence(&self) -> f32 {
        self.probabilities.iter().map(|(_, p)| *p).fold(0.0, f32::max)
    }

    /// Returns why the answer for a still picture of `identity` with these `issues` is unreliable; empty if it is
    /// reliable. The rule is that of streams: a probability below [`MIN_CONFIDENCE`], an identity between two users, or
    /// a quality issue. A picture of somebody who is not enrolled is reliable.
    pub fn unsure(&self, identity: &Identity, issues: &[QualityIssue]) -> Vec<Unsure> {
        self.reasons(identity, false, issues)
    }

    /// As [`Emotion::unsure`], for a whole clip: also unreliable with fewer than [`MIN_WINDOW`] frames that show the
    /// face. A quality issue counts if at least half of the frames have it.
    pub fn unsure_of_clip(&self, identity: &Identity, quality: &ClipQuality) -> Vec<Unsure> {
        self.reasons(identity, quality.frames < MIN_WINDOW, &quality.frequent())
    }

    fn reasons(&self, identity: &Identity, short: bool, issues: &[QualityIssue]) -> Vec<Unsure> {
        let open = matches!(identity, Identity::Unknown { reason: UnknownReason::TooNearToASecondUser, .. });
        let reasons = [
            (Unsure::LowConfidence, self.confidence() < MIN_CONFIDENCE),
            (Unsure::ShortWindow, short),
            (Unsure::IdentityOpen, open),
        ];
        let held = reasons.into_iter().filter_map(|(reason, holds)| holds.then_some(reason));
        held.chain(issues.iter().copied().map(Unsure::Quality)).collect()
    }
}

/// The quality issues of a clip, collected from its frames.
#[derive(Debug, Clone, Default)]
pub struct ClipQuality {
    frames: usize,
    /// Issues with the number of frames that have them, in the order of their first frame.
    counts: Vec<(QualityIssue, usize)>,
}

impl ClipQuality {
    /// Adds the next frame that shows the face, with its issues.
    pub fn add(&mut self, issues: &[QualityIssue]) {
        self.frames += 1;
        for issue in issues {
            match self.counts.iter_mut().find(|(other, _)| other == issue) {
                Some((_, count)) => *count += 1,
                None => self.counts.push((*issue, 1)),
            }
        }
    }

    /// The number of frames.
    pub fn frames(&self) -> usize {
        self.frames
    }

    /// Returns the issues that at least half of the frames have.
    pub fn frequent(&self) -> Vec<QualityIssue> {
        let frequent = self.counts.iter().filter(|(_, count)| 2 * count >= self.frames);
        frequent.map(|(issue, _)| *issue).collect()
    }
}

/// Pairs labels with their probabilities, for [`Affect::projected`].
pub(crate) fn pairs<'a>(labels: &'a [String], probabilities: &'a [f32]) -> impl Iterator<Item = (&'a str, f64)> {
    labels.iter().map(String::as_str).zip(probabilities.iter().map(|&probability| f64::from(probability)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNKNOWN: Identity = Identity::Unknown { nearest: Some(0.1), reason: UnknownReason::BelowThreshold };

    fn emotion(probabilities: &[(&str, f32)]) -> Emotion {
        let (labels, probabilities): (Vec<_>, Vec<_>) =
            probabilities.iter().map(|(label, probability)| ((*label).to_owned(), *probability)).unzip();
        Emotion::new(&labels, Prediction { probabilities, attention: None }, false, vec![Modality::Face])
    }

    #[test]
    fn valence_and_arousal_follow_the_probabilities() {
        let certain = emotion(&[("neutral", 0.0), ("Happiness", 1.0)]);
        assert_eq!(certain.affect, Some(Affect { valence: 0.81, arousal: 0.51 }));
        assert_eq!(emotion(&[("happy", 0.8), ("bored", 0.2)]).affect, None);
    }

    #[test]
    fn a_picture_between_two_users_is_unsure_and_one_of_a_stranger_is_not() {
        let sure = emotion(&[("happy", 0.9), ("sad", 0.1)]);
        let between = Identity::Unknown { nearest: Some(0.6), reason: UnknownReason::TooNearToASecondUser };
        assert_eq!(sure.unsure(&UNKNOWN, &[]), []);
        assert_eq!(sure.unsure(&between, &[]), [Unsure::IdentityOpen]);
        let low = emotion(&[("happy", 0.4), ("sad", 0.3), ("anger", 0.3)]);
        let reasons = [Unsure::LowConfidence, Unsure::IdentityOpen, Unsure::Quality(QualityIssue::Dark)];
        assert_eq!(low.unsure(&between, &[QualityIssue::Dark]), reasons);
    }

    #[test]
    fn a_clip_is_unsure_if_it_is_short_or_half_of_its_frames_are_bad() {
        let sure = emotion(&[("happy", 0.9), ("sad", 0.1)]);
        let mut quality = ClipQuality::default();
        quality.add(&[QualityIssue::Dark]);
        quality.add(&[]);
        let reasons = [Unsure::ShortWindow, Unsure::Quality(QualityIssue::Dark)];
        assert_eq!(sure.unsure_of_clip(&UNKNOWN, &quality), reasons);
        assert_eq!(sure.unsure(&UNKNOWN, &[]), [], "a picture is no clip");
        quality.add(&[QualityIssue::Blurred]);
        assert_eq!(sure.unsure_of_clip(&UNKNOWN, &quality), [], "one of three frames each");
    }
}
