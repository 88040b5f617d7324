//! Results of adaptations.

use mien_core::train::adapt::{AdaptReport as CoreReport, Mode};

/// How a user's head was learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum LearningMode {
    /// From labeled clips of several emotions.
    Labeled,
    /// From neutral clips only: the generic head, with the user's offset subtracted from the frames.
    NeutralBaseline,
}

/// A label and its number of clips.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct LabelCount {
    /// The label.
    pub label: String,
    /// Number of clips.
    pub count: u32,
}

/// The report of an adaptation.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct AdaptReport {
    /// How the head was learned.
    pub mode: LearningMode,
    /// Whether the new head answers from now on.
    pub accepted: bool,
    /// Why it was accepted or refused.
    pub reason: String,
    /// Number of learned clips of each label that occurs, in the order of the head.
    pub clips: Vec<LabelCount>,
    /// Labels of the head without a clip.
    pub labels_without_clips: Vec<String>,
    /// Whether those labels were rehearsed with samples of the generic data; otherwise their weights stay.
    pub rehearsed: bool,
    /// Number of unlabeled clips that were learned because the head was confident.
    pub pseudo_labeled: u32,
    /// The chosen number of epochs; 0 if subtracting the offset alone was best.
    pub epochs: u32,
    /// Estimated accuracy of the previous head on new pictures of the user, 0 to 1; `None` if it cannot be
    /// estimated.
    pub accuracy_before: Option<f32>,
    /// Estimated accuracy of the new head on the same pictures, 0 to 1; `None` if it cannot be estimated.
    pub accuracy_after: Option<f32>,
    /// Mean loss of the previous head, at the temperature that suits it best.
    pub loss_before: f32,
    /// Estimated mean loss of the new head; `None` if none could be held out.
    pub loss_estimated: Option<f32>,
}

impl From<CoreReport> for AdaptReport {
    fn from(report: CoreReport) -> Self {
        let count = |(label, count)| LabelCount { label, count: count as u32 };
        Self {
            mode: match report.mode {
                Mode::Labeled => LearningMode::Labeled,
                Mode::NeutralBaseline => LearningMode::NeutralBaseline,
            },
            accepted: report.accepted,
            reason: report.reason,
            clips: report.clips.into_iter().map(count).collect(),
            labels_without_clips: report.labels_without_clips,
            rehearsed: report.rehearsed,
            pseudo_labeled: report.pseudo_labeled as u32,
            epochs: report.epochs as u32,
            accuracy_before: report.accuracy_before,
            accuracy_after: report.accuracy_after,
            loss_before: report.loss_before,
            loss_estimated: report.loss_estimated,
        }
    }
}
