//! Options of adaptations.

use mien_core::head::HeadKind as CoreHeadKind;
use mien_core::train::adapt::{AdaptOptions as CoreAdaptOptions, PseudoLabels as CorePseudoLabels};
use mien_core::train::fit::FitOptions as CoreFitOptions;

use super::records::{FitOptions, PseudoLabels};

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

options! {
    /// Options of an adaptation.
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct AdaptOptions {
        /// The kind of the user's head; an engine with a generic head uses the kind of that head.
        pub head: HeadKind = HeadKind::Logistic;
        /// Options of the fit. `None`: those that suit the head.
        pub fit: Option<FitOptions> = None;
        /// Share of each recorded class's loss given to rehearsal samples of the generic data.
        pub rehearsal: f32 = CoreAdaptOptions::default().rehearsal;
        /// Whether the user's offset is subtracted from the frames.
        pub centered: bool = CoreAdaptOptions::default().centered;
        /// Number of inner splits, each of which holds out one part of the clips; at most one per clip.
        pub folds: u32 = CoreAdaptOptions::default().folds as u32;
        /// Whether labels are examined and a head that does not beat the current one is refused.
        pub gate: bool = CoreAdaptOptions::default().gate;
        /// Options for learning unlabeled clips; `None`: they count for the user's offset only.
        pub pseudo_labels: Option<PseudoLabels> = None;
        /// Whether a user without embeddings of the identity network in use is adapted although nobody can tell whose
        /// face the clips show. Refused for users with embeddings.
        pub unchecked_faces: bool = CoreAdaptOptions::default().unchecked_faces;
        /// Whether the speech of clips that show several faces, or a mouth that is still, is learned as the user's,
        /// although nobody can tell whose voice it is.
        pub unchecked_voices: bool = false;
    }
}

/// Returns the default options of a fit for this kind of head.
#[uniffi::export]
pub fn default_fit_options(head: HeadKind) -> FitOptions {
    CoreFitOptions::for_kind(head.into()).into()
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

impl From<AdaptOptions> for CoreAdaptOptions {
    fn from(options: AdaptOptions) -> Self {
        Self {
            fit: options.fit.map(CoreFitOptions::from),
            rehearsal: options.rehearsal,
            centered: options.centered,
            folds: options.folds as usize,
            gate: options.gate,
            pseudo_labels: options.pseudo_labels.map(CorePseudoLabels::from),
            unchecked_faces: options.unchecked_faces,
            temperature: Self::default().temperature,
        }
    }
}
