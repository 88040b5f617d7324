//! Options of adaptations.

use mien_core::head::HeadKind as CoreHeadKind;
use mien_core::train::adapt::{AdaptOptions as CoreAdaptOptions, PseudoLabels as CorePseudoLabels};
use mien_core::train::fit::FitOptions as CoreFitOptions;

/// The kinds of heads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum HeadKind {
    /// Logistic regression over the mean of a clip.
    Logistic,
    /// One attention weight a frame.
    SingleAttention,
    /// Frame attention, then relation to the clip's first summary.
    RelationAttention,
    /// Frames attend to frames.
    SelfAttention,
}

/// How a fit is done.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct FitOptions {
    /// Passes over the clips, 1 to 100,000.
    pub epochs: u32,
    /// Clips a step; 0 for all.
    pub batch: u32,
    /// Adam's first rate, above 0.
    pub rate: f32,
    /// Pull toward the starting weights, 0 and up.
    pub pull: f32,
    /// Whether each class weighs the same, whatever its number of clips.
    pub balanced: bool,
    /// Share of the target that is spread over all classes that occur, 0 to 0.9.
    pub smoothing: f32,
    /// Decides which clips share a batch.
    pub seed: u64,
}

/// How unlabeled clips are learned: the head that learned the labeled clips names them, and the
/// ones that it is sure of are learned besides.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct PseudoLabels {
    /// Least probability of a clip's answer, 0.5 to 1.
    pub confidence: f32,
    /// What such a clip weighs beside a labeled one of its class, above 0 to 1.
    pub weight: f32,
}

/// Options of an adaptation.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct AdaptOptions {
    /// The kind of the user's head; that of the generic head where the engine was given one.
    pub head: HeadKind,
    /// How a fit is done; none: what suits the head.
    pub fit: Option<FitOptions>,
    /// The part of a recorded class's weight that draws from the generic data take, 0 to 0.9.
    pub rehearsal: f32,
    /// Whether the user's offset is taken from the frames.
    pub centered: bool,
    /// Inner splits, 2 to 64.
    pub folds: u32,
    /// Whether a head that does not beat the one that answers now is refused.
    pub gate: bool,
    /// Whether and how unlabeled clips are learned; none: they are not.
    pub pseudo_labels: Option<PseudoLabels>,
}

/// The options of an adaptation unless an application says otherwise.
#[uniffi::export]
pub fn default_adapt_options() -> AdaptOptions {
    let options = CoreAdaptOptions::default();
    AdaptOptions {
        head: HeadKind::Logistic,
        fit: None,
        rehearsal: options.rehearsal,
        centered: options.centered,
        folds: options.folds as u32,
        gate: options.gate,
        pseudo_labels: None,
    }
}

/// How a head of this kind is fitted unless an application says otherwise: the starting point
/// for options of one's own.
#[uniffi::export]
pub fn default_fit_options(head: HeadKind) -> FitOptions {
    let options = CoreFitOptions::for_kind(head.into());
    FitOptions {
        epochs: options.epochs as u32,
        batch: options.batch as u32,
        rate: options.rate,
        pull: options.pull,
        balanced: options.balanced,
        smoothing: options.smoothing,
        seed: options.seed,
    }
}

/// How unlabeled clips are learned unless an application says otherwise.
#[uniffi::export]
pub fn default_pseudo_labels() -> PseudoLabels {
    let CorePseudoLabels { confidence, weight } = CorePseudoLabels::default();
    PseudoLabels { confidence, weight }
}

impl From<HeadKind> for CoreHeadKind {
    fn from(kind: HeadKind) -> Self {
        match kind {
            HeadKind::Logistic => Self::Logistic,
            HeadKind::SingleAttention => Self::SingleAttention,
            HeadKind::RelationAttention => Self::RelationAttention,
            HeadKind::SelfAttention => Self::SelfAttention,
        }
    }
}

impl From<FitOptions> for CoreFitOptions {
    fn from(options: FitOptions) -> Self {
        Self {
            epochs: options.epochs as usize,
            batch: options.batch as usize,
            rate: options.rate,
            pull: options.pull,
            balanced: options.balanced,
            smoothing: options.smoothing,
            seed: options.seed,
        }
    }
}

impl From<AdaptOptions> for CoreAdaptOptions {
    fn from(options: AdaptOptions) -> Self {
        let pseudo_labels = |PseudoLabels { confidence, weight }| CorePseudoLabels { confidence, weight };
        Self {
            fit: options.fit.map(CoreFitOptions::from),
            rehearsal: options.rehearsal,
            centered: options.centered,
            folds: options.folds as usize,
            gate: options.gate,
            pseudo_labels: options.pseudo_labels.map(pseudo_labels),
        }
    }
}
