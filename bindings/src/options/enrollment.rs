//! Options of enrollments.

use mien_core::engine::enrollment::EnrollmentOptions as CoreEnrollmentOptions;

/// Options of an enrollment.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct EnrollmentOptions {
    /// Number of accepted frames at which the enrollment is complete, `min_frames` to `max_frames`. Default
    /// 5.
    pub target_frames: u32,
    /// Minimum number of accepted frames, 1 and up; with fewer no user is enrolled. Default 1.
    pub min_frames: u32,
    /// Maximum number of accepted frames, up to 20. Default 10.
    pub max_frames: u32,
    /// Minimum difference to each accepted frame, 0 to 2: 1 minus the cosine of the embeddings. Default 0.01.
    pub min_difference: f32,
    /// Whether the person was asked and says that all frames show one person. Then frames that look like
    /// somebody else are accepted too, except those that resemble another enrolled user. Default false.
    #[uniffi(default = false)]
    pub same_person: bool,
}

/// Returns the default options of an enrollment.
#[uniffi::export]
pub fn default_enrollment_options() -> EnrollmentOptions {
    let options = CoreEnrollmentOptions::default();
    EnrollmentOptions {
        target_frames: options.target_frames as u32,
        min_frames: options.min_frames as u32,
        max_frames: options.max_frames as u32,
        min_difference: options.min_difference,
        same_person: options.same_person,
    }
}

impl From<EnrollmentOptions> for CoreEnrollmentOptions {
    fn from(options: EnrollmentOptions) -> Self {
        Self {
            target_frames: options.target_frames as usize,
            min_frames: options.min_frames as usize,
            max_frames: options.max_frames as usize,
            min_difference: options.min_difference,
            same_person: options.same_person,
        }
    }
}
