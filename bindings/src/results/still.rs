//! Results of still pictures.

use mien_core::engine as core;
use mien_core::face::{Face as CoreFace, principal};

use super::emotion::Emotion;
use super::face::Face;
use super::identity::Identity;
use super::quality::{Quality, QualityIssue};

/// One face of a still picture.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct FaceResult {
    /// Where it is.
    pub face: Face,
    /// Whether this is the face that the picture is about: large and near the middle.
    pub principal: bool,
    /// How good a picture of it this is.
    pub quality: Quality,
    /// Why it is not a good one; empty where it is.
    pub issues: Vec<QualityIssue>,
    /// Whose it is.
    pub identity: Identity,
    /// What it shows; none where the pack has no generic head and the user none either.
    pub emotion: Option<Emotion>,
}

/// The faces of a still picture, best detection score first; none is a result, not an error.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct FrameResult {
    /// Columns of the upright picture, in whose pixels faces are given.
    pub width: u32,
    /// Its rows.
    pub height: u32,
    /// The faces.
    pub faces: Vec<FaceResult>,
}

impl FrameResult {
    /// The record of `result`, of a picture of this upright size.
    pub(crate) fn new(result: core::FrameResult, size: (usize, usize)) -> Self {
        let found: Vec<CoreFace> = result.faces.iter().map(|face| face.face).collect();
        let nearest = principal(&found, size).copied();
        let faces = result.faces.into_iter().map(|face| FaceResult {
            face: (&face.face).into(),
            principal: Some(face.face) == nearest,
            quality: (&face.quality).into(),
            issues: face.issues.into_iter().map(QualityIssue::from).collect(),
            identity: face.identity.into(),
            emotion: face.emotion.map(Emotion::from),
        });
        Self { width: size.0 as u32, height: size.1 as u32, faces: faces.collect() }
    }
}
