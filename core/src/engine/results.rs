//! What an engine says of a frame.

use crate::emotion::Emotion;
use crate::face::Face;
use crate::face::quality::{Quality, QualityIssue};
use crate::features::Features;
use crate::recognition::gallery::Identity;

/// One face of a frame.
#[derive(Debug, Clone, PartialEq)]
pub struct FaceResult {
    /// Where it is.
    pub face: Face,
    /// How good a picture of it this is.
    pub quality: Quality,
    /// Why it is not a good one; empty where it is.
    pub issues: Vec<QualityIssue>,
    /// Whose it is.
    pub identity: Identity,
    /// What it shows; `None` where the pack has no generic head and the user none either.
    pub emotion: Option<Emotion>,
    /// The vectors, for clips, enrollment and adaptation.
    pub features: Features,
}

/// The faces of one frame, best detection score first; none is a result, not an error.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FrameResult {
    /// The faces.
    pub faces: Vec<FaceResult>,
}
