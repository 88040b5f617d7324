//! Results of adaptations.

use mien_core::train::adapt::{AdaptReport as CoreReport, Mode};

/// How a user's head was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum LearningMode {
    /// Learned from labeled clips of several classes.
    Labeled,
    /// The generic head with the user's offset taken from the frames, from neutral clips alone.
    NeutralBaseline,
}

/// A label with a number of clips.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct LabelCount {
    /// The label.
    pub label: String,
    /// How many.
    pub count: u32,
}

/// What an adaptation did.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct AdaptReport {
    /// How the head was made.
    pub mode: LearningMode,
    /// Whether the new head answers from now on.
    pub accepted: bool,
    /// Why, or why not.
    pub reason: String,
    /// Clips learned from, for each label that occurred, in the head's order.
    pub clips: Vec<LabelCount>,
    /// Labels of the head of which no clip was given.
    pub labels_without_clips: Vec<String>,
    /// Whether these were rehearsed by draws from the generic data; else they keep their weights.
    pub rehearsed: bool,
    /// Unlabeled clips that the head was sure enough of to learn them.
    pub pseudo_labeled: u32,
    /// Epochs that were chosen; 0 where taking the offset alone was best.
    pub epochs: u32,
    /// Accuracy of the head that answered before on the given clips, 0 to 1.
    pub accuracy_before: f32,
    /// Accuracy of the new head on the same clips, which it has learned, 0 to 1.
    pub accuracy_learned: f32,
    /// Accuracy of heads that learned the other clips, on the ones held out; none where nothing
    /// could be held out.
    pub accuracy_held_out: Option<f32>,
    /// Mean loss of the head that answered before, at the temperature that suits it best.
    pub loss_before: f32,
    /// Mean loss of the new head, as estimated.
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
            accuracy_learned: report.accuracy_learned,
            accuracy_held_out: report.accuracy_held_out,
            loss_before: report.loss_before,
            loss_estimated: report.loss_estimated,
        }
    }
}
