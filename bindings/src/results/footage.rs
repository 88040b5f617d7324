//! Results of footage.

use super::Label;
use super::speech::ClipSpeech;

/// The outcome of adding a frame to a clip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum ClipStep {
    /// The frame belongs to the clip.
    Taken {
        /// Number of frames of the clip so far.
        frames: u32,
    },
    /// No face is visible; the clip continues without this frame.
    NoFace,
}

/// A recorded clip.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct ClipSummary {
    /// What reports call the clip.
    pub name: String,
    /// The emotion; `None` for an unlabeled clip.
    pub label: Option<Label>,
    /// Number of frames.
    pub frames: u32,
    /// Whether the person was asked and means the label.
    pub confirmed: bool,
    /// The speech of the clip; `None` if it has no sound.
    pub speech: Option<ClipSpeech>,
}
