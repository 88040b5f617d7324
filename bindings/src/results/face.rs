//! Detected faces.

use mien_core::face::Face as CoreFace;

/// A rectangle in upright frame pixels.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct Rect {
    /// Left edge.
    pub x: f32,
    /// Upper edge.
    pub y: f32,
    /// Width.
    pub width: f32,
    /// Height.
    pub height: f32,
}

/// A point in upright frame pixels.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct Point {
    /// From the left.
    pub x: f32,
    /// From above.
    pub y: f32,
}

/// A detected face, in upright frame pixels; left and right are those of the picture.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct Face {
    /// The detector's box.
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
    /// The detector's score, 0 to 1.
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
