//! Results of the engine for a frame.

use crate::emotion::Emotion;
use crate::face::Face;
use crate::face::quality::{Quality, QualityIssue};
use crate::features::Features;
use crate::recognition::gallery::Identity;

/// One face of a frame.
#[derive(Debug, Clone, PartialEq)]
pub struct FaceResult {
    /// Its position.
    pub face: Face,
    /// The quality of its picture.
    pub quality: Quality,
    /// Why the picture is not good; empty if it is.
    pub issues: Vec<QualityIssue>,
    /// Its identity.
    pub identity: Identity,
    /// Its emotion; `None` if neither the pack nor the user has a head.
    pub emotion: Option<Emotion>,
    /// The feature vectors, for clips, enrollment and adaptation.
    pub features: Features,
}

/// The faces of one frame, best detection score first. No faces is a result, not an error.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FrameResult {
    /// The faces.
    pub faces: Vec<FaceResult>,
}
