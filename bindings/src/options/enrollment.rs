//! Options of enrollments.

use mien_core::engine::enrollment::EnrollmentOptions as CoreEnrollmentOptions;

/// How an enrollment goes.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct EnrollmentOptions {
    /// Frames after which the user is known well.
    pub target_frames: u32,
    /// Frames without which there is no user, 1 and up.
    pub min_frames: u32,
    /// Frames after which no more are taken, at most 20.
    pub max_frames: u32,
    /// How much a frame must differ from each one taken: 1 less the cosine of the embeddings.
    pub min_difference: f32,
}

/// The options of an enrollment unless an application says otherwise.
#[uniffi::export]
pub fn default_enrollment_options() -> EnrollmentOptions {
    let options = CoreEnrollmentOptions::default();
    EnrollmentOptions {
        target_frames: options.target_frames as u32,
        min_frames: options.min_frames as u32,
        max_frames: options.max_frames as u32,
        min_difference: options.min_difference,
    }
}

impl From<EnrollmentOptions> for CoreEnrollmentOptions {
    fn from(options: EnrollmentOptions) -> Self {
        Self {
            target_frames: options.target_frames as usize,
            min_frames: options.min_frames as usize,
            max_frames: options.max_frames as usize,
            min_difference: options.min_difference,
        }
    }
}
