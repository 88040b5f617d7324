//! Results of adaptations.

use super::Label;
use mien_core::train::adapt as core;
use mien_core::train::adapt::{AdaptReport as CoreReport, Mode};

/// How a user's head was learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum LearningMode {
    /// From labeled clips of several emotions.
    Labeled,
    /// From clips of one emotion, or unlabeled ones: the generic head, with the user's offset subtracted from the
    /// frames.
    Baseline,
}

/// A label and its number of clips.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct LabelCount {
    /// The label.
    pub label: Label,
    /// Number of clips.
    pub count: u32,
}

/// Why an adaptation was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Refusal {
    /// The clips show somebody else or several people; too few of the user are left.
    SomebodyElse,
    /// The labels contradict each other and the generic head: they are exchanged or random.
    LabelsContradict,
    /// Some labels are doubtful; the clips named need a confirmation.
    LabelsDoubtful,
    /// The new head is not better than the current one.
    NotBetter,
    /// There are too few clips to tell whether the new head is better.
    TooFewClips,
}

impl From<core::Refusal> for Refusal {
    fn from(refusal: core::Refusal) -> Self {
        match refusal {
            core::Refusal::SomebodyElse => Self::SomebodyElse,
            core::Refusal::LabelsContradict => Self::LabelsContradict,
            core::Refusal::LabelsDoubtful => Self::LabelsDoubtful,
            core::Refusal::NotBetter => Self::NotBetter,
            core::Refusal::TooFewClips => Self::TooFewClips,
        }
    }
}

/// A clip that was not learned.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct LeftOut {
    /// Its index among the clips when they were learned; clips removed since then move the later ones up.
    pub index: u32,
    /// Its name.
    pub name: String,
    /// Its emotion; `None` for an unlabeled clip.
    pub label: Option<Label>,
    /// Why it was not learned.
    pub reason: LeftOutReason,
}

/// Why a clip was not learned.
#[derive(Debug, Clone, PartialEq, uniffi::Enum)]
pub enum LeftOutReason {
    /// It shows somebody else than the user.
    SomebodyElse {
        /// The similarity to the user, -1 to 1.
        similarity: f32,
    },
    /// Its frames show several people.
    SeveralPeople,
    /// It looks like another emotion, and its label was not confirmed.
    LooksLike {
        /// The emotion that it looks like.
        label: Label,
        /// The probability of that emotion, 0 to 1.
        probability: f32,
    },
}

impl From<core::WhyLeftOut> for LeftOutReason {
    fn from(why: core::WhyLeftOut) -> Self {
        match why {
            core::WhyLeftOut::SomebodyElse { similarity } => Self::SomebodyElse { similarity },
            core::WhyLeftOut::SeveralPeople => Self::SeveralPeople,
            core::WhyLeftOut::LooksLike { looks_like, probability } => {
                Self::LooksLike { label: looks_like, probability }
            }
        }
    }
}

/// What an adaptation did to the heads of a user.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct Adapted {
    /// The head for faces.
    pub face: AdaptReport,
    /// The head for speech; `None` if no clip has speech to learn, or if the clips were refused because of the faces.
    pub speech: Option<AdaptReport>,
}

/// The report on one head of an adaptation.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct AdaptReport {
    /// How the head was learned.
    pub mode: LearningMode,
    /// Whether the new head answers from now on.
    pub accepted: bool,
    /// Why the new head was refused; `None` if it is accepted.
    pub refusal: Option<Refusal>,
    /// Why it was accepted or refused.
    pub reason: String,
    /// Whether the labels were compared with what the clips look like to the generic head. False if nobody can tell:
    /// it sees no difference between the clips, or it reads this face no better than chance; and if the gate is off.
    pub labels_examined: bool,
    /// Number of learned clips of each label that occurs, in the order of the head.
    pub clips: Vec<LabelCount>,
    /// Labels of the head without a clip.
    pub labels_without_clips: Vec<Label>,
    /// Whether those labels were rehearsed with samples of the generic data; otherwise their weights stay.
    pub rehearsed: bool,
    /// Number of unlabeled clips that the user's offset was estimated from.
    pub unlabeled: u32,
    /// Number of unlabeled clips that were learned because the head was confident.
    pub pseudo_labeled: u32,
    /// The chosen number of epochs; 0 if subtracting the offset alone was best.
    pub epochs: u32,
    /// The clips that were not learned.
    pub left_out: Vec<LeftOut>,
    /// Estimated accuracy of the previous head on new pictures of the user, 0 to 1; `None` if it cannot be
    /// estimated.
    pub accuracy_before: Option<f32>,
    /// Estimated accuracy of the new head on the same pictures, 0 to 1; `None` if it cannot be estimated.
    pub accuracy_after: Option<f32>,
    /// The gain in accuracy to expect from people with so many clips, 0 to 1, if there are too few clips to
    /// estimate it for this user; `None` for a baseline, and unless the head is accepted and its labels were examined.
    pub expected_gain: Option<f32>,
    /// Mean loss of the previous head, at the temperature that suits it best; `None` without labeled clips of
    /// the user.
    pub loss_before: Option<f32>,
    /// Estimated mean loss of the new head; `None` if none could be held out.
    pub loss_estimated: Option<f32>,
}

impl AdaptReport {
    /// Creates the report of an adaptation to clips with the unique names `clips`.
    pub(crate) fn new(report: CoreReport, clips: &[String]) -> Self {
        let left_out = |core::LeftOut { clip, label, why }: core::LeftOut| {
            let index = clips.iter().position(|name| *name == clip)? as u32;
            Some(LeftOut { index, name: clip, label, reason: why.into() })
        };
        let count = |(label, count)| LabelCount { label, count: count as u32 };
        Self {
            mode: match report.mode {
                Mode::Labeled => LearningMode::Labeled,
                Mode::Baseline => LearningMode::Baseline,
            },
            accepted: report.accepted,
            refusal: report.refusal.map(Refusal::from),
            reason: report.reason,
            labels_examined: report.labels_examined,
            clips: report.clips.into_iter().map(count).collect(),
            labels_without_clips: report.labels_without_clips,
            rehearsed: report.rehearsed,
            unlabeled: report.unlabeled as u32,
            pseudo_labeled: report.pseudo_labeled as u32,
            epochs: report.epochs as u32,
            left_out: report.left_out.into_iter().filter_map(left_out).collect(),
            accuracy_before: report.accuracy_before,
            accuracy_after: report.accuracy_after,
            expected_gain: report.expected_gain,
            loss_before: report.loss_before,
            loss_estimated: report.loss_estimated,
        }
    }
}
