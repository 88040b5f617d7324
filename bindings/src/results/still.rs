//! Results of still pictures.

use mien_core::engine as core;
use mien_core::face::{Face as CoreFace, principal};

use super::emotion::Emotion;
use super::face::{FaceBounds, FaceLandmarks};
use super::identity::Identity;
use super::quality::{Quality, QualityIssue};
use super::stream::Unsure;

/// One face of a still picture.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct FaceResult {
    /// The box of the detector.
    pub bounds: FaceBounds,
    /// The eyes, the nose and the mouth.
    pub landmarks: FaceLandmarks,
    /// The detection score, 0 to 1.
    pub score: f32,
    /// Whether this is the principal face of the picture: large and near the middle.
    pub principal: bool,
    /// The quality of its picture.
    pub quality: Quality,
    /// Why the picture is not good enough; empty if it is.
    pub issues: Vec<QualityIssue>,
    /// Its identity.
    pub identity: Identity,
    /// Its emotion; `None` if neither the model pack nor the user has a head.
    pub emotion: Option<Emotion>,
    /// Why the emotion is unreliable; empty if it is reliable or there is none.
    pub unsure: Vec<Unsure>,
}

/// The faces of a still picture. No face is a result, not an error.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct FrameResult {
    /// Width of the upright picture, pixels.
    pub width: u32,
    /// Height of the upright picture, pixels.
    pub height: u32,
    /// The faces, best detection score first.
    pub faces: Vec<FaceResult>,
    /// The clockwise turn in degrees that makes the faces upright: 0, 90, 180 or 270. Other than 0 if the picture lies
    /// on its side or upside down; positions are those in the picture as it lies.
    #[uniffi(default = 0)]
    pub turn_degrees: u32,
}

impl FrameResult {
    /// Converts `result`.
    pub(crate) fn new(result: core::FrameResult) -> Self {
        let found: Vec<CoreFace> = result.faces.iter().map(|face| face.face).collect();
        let nearest = principal(&found, (result.width, result.height)).copied();
        let (width, height) = (result.width as u32, result.height as u32);
        let turn_degrees = result.turn.degrees();
        let faces = result.faces.into_iter().map(|face| FaceResult {
            bounds: (&face.face).into(),
            landmarks: (&face.face).into(),
            score: face.face.score,
            principal: Some(face.face) == nearest,
            quality: (&face.quality).into(),
            issues: face.issues.into_iter().map(QualityIssue::from).collect(),
            identity: face.identity.into(),
            emotion: face.emotion.map(Emotion::from),
            unsure: face.unsure.into_iter().map(Unsure::from).collect(),
        });
        Self { width, height, faces: faces.collect(), turn_degrees }
    }
}
