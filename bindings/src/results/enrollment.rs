//! Results of enrollments.

use mien_core::engine::enrollment as core;

use super::quality::QualityIssue;

/// The answer to one frame.
#[derive(Debug, Clone, PartialEq, uniffi::Enum)]
pub enum EnrollmentStep {
    /// The frame counts.
    Accepted {
        /// Frames that count so far.
        count: u32,
        /// Frames after which the user is known well.
        target_frames: u32,
    },
    /// The frame does not count.
    Rejected {
        /// Why.
        rejection: Rejection,
        /// The same in words.
        message: String,
    },
}

/// Why a frame does not count.
#[derive(Debug, Clone, PartialEq, uniffi::Enum)]
pub enum Rejection {
    /// No face is seen.
    NoFace,
    /// So many faces are seen: it must be one.
    SeveralFaces {
        /// How many.
        count: u32,
    },
    /// The face is not good enough.
    Quality {
        /// What is wrong with it.
        issues: Vec<QualityIssue>,
    },
    /// It shows nothing that was not taken already.
    TooSimilar,
    /// It is recognized as another user.
    LooksLikeAnotherUser {
        /// Their name.
        name: String,
        /// How alike, -1 to 1.
        similarity: f32,
    },
    /// It is not the person whom the first frames showed, or whom more pictures are added to.
    LooksLikeSomebodyElse {
        /// How alike, -1 to 1.
        similarity: f32,
    },
    /// So many frames were taken as are kept.
    Enough,
}

impl From<core::Rejection> for Rejection {
    fn from(rejection: core::Rejection) -> Self {
        use core::Rejection as Core;
        match rejection {
            Core::NoFace => Self::NoFace,
            Core::SeveralFaces(count) => Self::SeveralFaces { count: count as u32 },
            Core::Quality(issues) => Self::Quality { issues: issues.into_iter().map(QualityIssue::from).collect() },
            Core::TooSimilar => Self::TooSimilar,
            Core::LooksLikeAnotherUser { name, similarity } => Self::LooksLikeAnotherUser { name, similarity },
            Core::LooksLikeSomebodyElse { similarity } => Self::LooksLikeSomebodyElse { similarity },
            Core::Enough => Self::Enough,
        }
    }
}
