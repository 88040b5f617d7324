//! Who a face is.

use mien_core::recognition::gallery as core;

/// Why a face is not identified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum UnknownReason {
    /// No user is enrolled with the identity network in use.
    NobodyEnrolled,
    /// No user is similar enough.
    BelowThreshold,
    /// Two users are almost equally similar, so it can be either.
    TooNearToASecondUser,
}

/// The identity of a face.
#[derive(Debug, Clone, PartialEq, uniffi::Enum)]
pub enum Identity {
    /// An enrolled user.
    User {
        /// The name of the user.
        name: String,
        /// The similarity, -1 to 1.
        similarity: f32,
    },
    /// No enrolled user.
    Unknown {
        /// The similarity to the most similar user; `None` if nobody is enrolled.
        nearest: Option<f32>,
        /// Why the face is not identified.
        reason: UnknownReason,
    },
}

impl From<core::Identity> for Identity {
    fn from(identity: core::Identity) -> Self {
        use core::UnknownReason as Core;
        match identity {
            core::Identity::User { name, similarity } => Self::User { name, similarity },
            core::Identity::Unknown { nearest, reason } => Self::Unknown {
                nearest,
                reason: match reason {
                    Core::NobodyEnrolled => UnknownReason::NobodyEnrolled,
                    Core::BelowThreshold => UnknownReason::BelowThreshold,
                    Core::TooNearToASecondUser => UnknownReason::TooNearToASecondUser,
                },
            },
        }
    }
}
