//! The kinds of signals that emotions are read from.

use serde::{Deserialize, Serialize};

/// A kind of signal. Each has features of its own, and heads that read them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Modality {
    /// The face in pictures.
    Face,
    /// The voice in sound.
    Speech,
}

impl Modality {
    /// All modalities, in the order of their values.
    pub const ALL: [Self; 2] = [Self::Face, Self::Speech];

    /// Returns the name: `face` or `speech`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Face => "face",
            Self::Speech => "speech",
        }
    }
}
