//! The quality of a face.

use mien_core::face::quality as core;

/// Measurements of a face that need no network.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct Quality {
    /// Distance between the eyes, frame pixels.
    pub eye_distance: f32,
    /// Turn to the side, degrees; positive toward the right of the picture.
    pub yaw: f32,
    /// Nod, degrees; positive upward.
    pub pitch: f32,
    /// Tilt, degrees; positive clockwise in the picture.
    pub roll: f32,
    /// Share of fine detail in the contrast, 0 and up.
    pub sharpness: f32,
    /// Mean luminance, 0 to 255.
    pub brightness: f32,
    /// Standard deviation of the luminance, 0 to 127.
    pub contrast: f32,
    /// Share of pixels that are nearly black or white, 0 to 1.
    pub clipped: f32,
}

/// Why a face is not good enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum QualityIssue {
    /// Too few pixels between the eyes.
    TooSmall,
    /// The face is turned to the side, up or down, or is tilted too far.
    Turned,
    /// Too little fine detail.
    Blurred,
    /// Too dark.
    Dark,
    /// Too bright, or too many clipped pixels.
    Overexposed,
    /// Too little contrast.
    LowContrast,
}

impl From<&core::Quality> for Quality {
    fn from(quality: &core::Quality) -> Self {
        Self {
            eye_distance: quality.eye_distance,
            yaw: quality.yaw,
            pitch: quality.pitch,
            roll: quality.roll,
            sharpness: quality.sharpness,
            brightness: quality.brightness,
            contrast: quality.contrast,
            clipped: quality.clipped,
        }
    }
}

impl From<core::QualityIssue> for QualityIssue {
    fn from(issue: core::QualityIssue) -> Self {
        use core::QualityIssue as Core;
        match issue {
            Core::TooSmall => Self::TooSmall,
            Core::Turned => Self::Turned,
            Core::Blurred => Self::Blurred,
            Core::Dark => Self::Dark,
            Core::Overexposed => Self::Overexposed,
            Core::LowContrast => Self::LowContrast,
        }
    }
}
