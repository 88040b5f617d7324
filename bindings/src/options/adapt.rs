//! Options of adaptations.

use mien_core::engine::Footage;
use mien_core::head::HeadKind as CoreHeadKind;
use mien_core::train::adapt::{AdaptOptions as CoreAdaptOptions, PseudoLabels as CorePseudoLabels};
use mien_core::train::fit::FitOptions as CoreFitOptions;

/// The kind of a clip classifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum HeadKind {
    /// Logistic regression over the mean of a clip.
    Logistic,
    /// Attention with one weight per frame.
    SingleAttention,
    /// Frame attention, then attention to the relation of each frame to the clip's summary.
    RelationAttention,
    /// Self-attention between the frames.
    SelfAttention,
}

/// Options of a fit.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct FitOptions {
    /// Number of passes over the clips, 1 to 100,000.
    pub epochs: u32,
    /// Number of clips per step; 0: all.
    pub batch: u32,
    /// Initial learning rate of Adam, above 0.
    pub rate: f32,
    /// Pull toward the starting weights (L2-SP), 0 and up.
    pub pull: f32,
    /// Whether each class weighs the same, whatever its number of clips.
    pub balanced: bool,
    /// Share of the target that is spread over all classes that occur, 0 to 0.9.
    pub smoothing: f32,
    /// Seed that decides which clips share a batch.
    pub seed: u64,
}

/// Options for learning unlabeled clips: the head that learned the labeled clips labels the others, and those
/// with a confident label are learned too.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct PseudoLabels {
    /// Minimum probability of a clip's label, 0.5 to 1. Default 0.9.
    pub confidence: f32,
    /// Weight of such a clip relative to a labeled clip of its class, above 0 to 1. Default 0.5.
    pub weight: f32,
}

/// Options of an adaptation.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct AdaptOptions {
    /// The kind of the user's head; an engine with a generic head uses the kind of that head. Default
    /// logistic.
    pub head: HeadKind,
    /// Options of the fit. Default `None`: those that suit the head.
    pub fit: Option<FitOptions>,
    /// Share of each recorded class's loss given to rehearsal samples of the generic data, 0 to 0.9. Default
    /// 0.3.
    pub rehearsal: f32,
    /// Whether the user's offset is subtracted from the frames. Default true.
    pub centered: bool,
    /// Number of inner splits, 2 to 64. Default 10.
    pub folds: u32,
    /// Whether labels are examined and a head that does not beat the current one is refused. Default true.
    pub gate: bool,
    /// Options for learning unlabeled clips. Default `None`: they are not learned.
    pub pseudo_labels: Option<PseudoLabels>,
    /// Whether a user without embeddings of the identity network in use is adapted although nobody can tell whose
    /// face the clips show. Refused for users with embeddings. Default false.
    pub unchecked_faces: bool,
    /// Whether the speech of clips that show several faces, or a mouth that is still, is learned as the user's, although
    /// nobody can tell whose voice it is. Default false.
    pub unchecked_voices: bool,
}

/// Returns the default options of an adaptation.
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
        unchecked_faces: options.unchecked_faces,
        unchecked_voices: Footage::default().unchecked_voices,
    }
}

/// Returns the default options of a fit for this kind of head.
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

/// Returns the default options for learning unlabeled clips.
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
            unchecked_faces: options.unchecked_faces,
            temperature: Self::default().temperature,
        }
    }
}
