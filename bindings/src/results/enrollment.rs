//! Results of enrollments.

use mien_core::engine::enrollment as core;

use super::quality::QualityIssue;

/// The outcome of adding a frame to an enrollment.
#[derive(Debug, Clone, PartialEq, uniffi::Enum)]
pub enum EnrollmentStep {
    /// The frame is accepted.
    Accepted {
        /// Number of accepted frames so far.
        count: u32,
        /// Number of accepted frames at which the enrollment is complete.
        target_frames: u32,
    },
    /// The frame is rejected.
    Rejected {
        /// Why it is rejected.
        reason: Rejection,
        /// The reason in words.
        message: String,
    },
}

/// The frames of an enrollment that show one person.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PersonFrames {
    /// Numbers of the added frames, from 0.
    pub frames: Vec<u32>,
}

/// Why a frame of an enrollment is rejected.
#[derive(Debug, Clone, PartialEq, uniffi::Enum)]
pub enum Rejection {
    /// No face is visible.
    NoFace,
    /// Several faces are visible; only one may be.
    SeveralFaces {
        /// Number of faces.
        count: u32,
    },
    /// The face is not good enough.
    Quality {
        /// Why it is not good enough.
        issues: Vec<QualityIssue>,
    },
    /// The frame is too similar to one accepted before.
    TooSimilar,
    /// The face is recognized as another user.
    LooksLikeAnotherUser {
        /// The name of that user.
        name: String,
        /// The similarity, -1 to 1.
        similarity: f32,
    },
    /// The face is not the person of most frames, or not the user to whom frames are added.
    LooksLikeSomebodyElse {
        /// The similarity, -1 to 1.
        similarity: f32,
    },
    /// The maximum number of frames was reached.
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
