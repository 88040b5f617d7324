//! Detected faces.

use mien_core::face::{Face as CoreFace, Rect as CoreRect};

/// The box around a face, in pixels of the upright frame.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct FaceBounds {
    /// The left edge.
    pub x: f32,
    /// The upper edge.
    pub y: f32,
    /// The width.
    pub width: f32,
    /// The height.
    pub height: f32,
}

/// A point in pixels of the upright frame.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct FacePoint {
    /// Distance from the left edge.
    pub x: f32,
    /// Distance from the upper edge.
    pub y: f32,
}

/// The landmarks of a face; left and right are those of the picture.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct FaceLandmarks {
    /// The left eye.
    pub left_eye: FacePoint,
    /// The right eye.
    pub right_eye: FacePoint,
    /// The tip of the nose.
    pub nose: FacePoint,
    /// The left corner of the mouth.
    pub left_mouth: FacePoint,
    /// The right corner of the mouth.
    pub right_mouth: FacePoint,
}

impl From<&CoreFace> for FaceBounds {
    fn from(face: &CoreFace) -> Self {
        let CoreRect { x, y, width, height } = face.bounds;
        Self { x, y, width, height }
    }
}

impl From<&CoreFace> for FaceLandmarks {
    fn from(face: &CoreFace) -> Self {
        let [left_eye, right_eye, nose, left_mouth, right_mouth] = face.landmarks.map(|[x, y]| FacePoint { x, y });
        Self { left_eye, right_eye, nose, left_mouth, right_mouth }
    }
}
