//! Results of the engine for a frame.

use crate::emotion::{Emotion, Unsure};
use crate::face::Face;
use crate::face::quality::{Quality, QualityIssue};
use crate::features::Features;
use crate::frame::Rotation;
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
    /// Why the emotion is unreliable; empty if it is reliable or there is none. See [`Emotion::unsure`].
    pub unsure: Vec<Unsure>,
    /// The feature vectors, for clips, enrollment and adaptation.
    pub features: Features,
}

/// The faces of one frame, best detection score first. No faces is a result, not an error.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FrameResult {
    /// Width of the upright frame, pixels.
    pub width: usize,
    /// Height of the upright frame, pixels.
    pub height: usize,
    /// The faces.
    pub faces: Vec<FaceResult>,
    /// The clockwise turn that makes the faces upright, in addition to the frame's own rotation. Positions are those
    /// in the frame as given; [`Quality::roll`] is measured after the turn.
    pub turn: Rotation,
}
