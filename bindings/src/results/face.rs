//! Detected faces.

use mien_core::face::Face as CoreFace;

/// A rectangle in pixels of the upright frame.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct Rect {
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
pub struct Point {
    /// Distance from the left edge.
    pub x: f32,
    /// Distance from the upper edge.
    pub y: f32,
}

/// A detected face in pixels of the upright frame; left and right are those of the picture.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct Face {
    /// The box of the detector.
    pub bounds: Rect,
    /// The left eye.
    pub left_eye: Point,
    /// The right eye.
    pub right_eye: Point,
    /// The tip of the nose.
    pub nose: Point,
    /// The left corner of the mouth.
    pub left_mouth: Point,
    /// The right corner of the mouth.
    pub right_mouth: Point,
    /// The detection score, 0 to 1.
    pub score: f32,
}

impl From<&CoreFace> for Face {
    fn from(face: &CoreFace) -> Self {
        let [left_eye, right_eye, nose, left_mouth, right_mouth] = face.landmarks.map(|[x, y]| Point { x, y });
        let bounds = face.bounds;
        let bounds = Rect { x: bounds.x, y: bounds.y, width: bounds.width, height: bounds.height };
        Self { bounds, left_eye, right_eye, nose, left_mouth, right_mouth, score: face.score }
    }
}
