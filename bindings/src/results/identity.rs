//! Who a face is.

use mien_core::recognition::gallery as core;

/// Why a face is nobody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum UnknownReason {
    /// No user is enrolled whose embeddings fit those of the network.
    NobodyEnrolled,
    /// Nobody is similar enough.
    BelowThreshold,
    /// Two users are similar, and nearly alike so: it may be either.
    TooNearToASecondUser,
}

/// Whose face it is.
#[derive(Debug, Clone, PartialEq, uniffi::Enum)]
pub enum Identity {
    /// An enrolled user.
    User {
        /// The user's name.
        name: String,
        /// How alike, -1 to 1.
        similarity: f32,
    },
    /// Nobody enrolled.
    Unknown {
        /// The similarity to the most similar user, where there is one.
        nearest: Option<f32>,
        /// Why it is nobody.
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
