//! Results of footage.

/// The answer to one frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum FootageStep {
    /// It belongs to the clip now.
    Taken {
        /// Frames of the clip so far.
        frames: u32,
    },
    /// No face is seen; the clip goes on without this frame.
    NoFace,
}

/// A clip of footage.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct ClipSummary {
    /// The emotion; none for a clip without a label.
    pub label: Option<String>,
    /// Its frames.
    pub frames: u32,
}
