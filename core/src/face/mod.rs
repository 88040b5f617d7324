//! Face detection, alignment, tracking and quality checks.

pub mod align;
pub mod detect;
mod follow;
pub mod quality;
pub mod track;

use crate::frame::{Frame, Rotation};

/// An axis-aligned rectangle in upright frame pixels.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
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

impl Rect {
    /// The center.
    pub fn center(&self) -> [f32; 2] {
        [self.x + self.width / 2.0, self.y + self.height / 2.0]
    }

    /// The area in square pixels.
    pub fn area(&self) -> f32 {
        self.width.max(0.0) * self.height.max(0.0)
    }

    /// Intersection over union with `other`, 0 to 1.
    pub fn overlap(&self, other: &Rect) -> f32 {
        let width = (self.x + self.width).min(other.x + other.width) - self.x.max(other.x);
        let height = (self.y + self.height).min(other.y + other.height) - self.y.max(other.y);
        let shared = width.max(0.0) * height.max(0.0);
        let union = self.area() + other.area() - shared;
        if union > 0.0 { shared / union } else { 0.0 }
    }
}

/// A detected face, in upright frame pixels.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Face {
    /// The detector's box.
    pub bounds: Rect,
    /// In the order left eye, right eye, nose tip, left and right mouth corner, as seen in the
    /// picture.
    pub landmarks: [[f32; 2]; 5],
    /// The detector's score, 0 to 1.
    pub score: f32,
}

impl Face {
    /// Returns the distance between the eyes' centers in pixels.
    pub fn eye_distance(&self) -> f32 {
        let [dx, dy] = self.eye_line();
        dx.hypot(dy)
    }

    /// Returns the angle of the eye line to the horizontal, in radians, clockwise in the picture.
    pub fn roll(&self) -> f32 {
        let [dx, dy] = self.eye_line();
        dy.atan2(dx)
    }

    /// Converts the face, in a frame that was [turned](crate::Frame::turned) by `turn`, to upright pixels
    /// of the frame before the turn, whose width and height are `size`. The order of the landmarks
    /// stays: it is that of the turned frame.
    #[must_use]
    pub(crate) fn turned_back(&self, turn: Rotation, size: (usize, usize)) -> Self {
        if turn == Rotation::None {
            return *self;
        }
        let (width, height) = (size.0 as f32, size.1 as f32);
        let back = |[x, y]: [f32; 2]| match turn {
            Rotation::None => [x, y],
            Rotation::Clockwise90 => [y, height - x],
            Rotation::Half => [width - x, height - y],
            Rotation::Clockwise270 => [width - y, x],
        };
        let Rect { x, y, width: across, height: down } = self.bounds;
        let ([x0, y0], [x1, y1]) = (back([x, y]), back([x + across, y + down]));
        let bounds = Rect { x: x0.min(x1), y: y0.min(y1), width: (x1 - x0).abs(), height: (y1 - y0).abs() };
        Self { bounds, landmarks: self.landmarks.map(back), score: self.score }
    }

    /// Returns the face as it is seen in the picture of `width` pixels mirrored left to right: eyes
    /// and mouth corners change places, so that left stays left as seen in the picture.
    #[must_use]
    pub fn mirrored(&self, width: usize) -> Self {
        let width = width as f32;
        let [left_eye, right_eye, nose, left_mouth, right_mouth] = self.landmarks.map(|[x, y]| [width - x, y]);
        Self {
            bounds: Rect { x: width - self.bounds.x - self.bounds.width, ..self.bounds },
            landmarks: [right_eye, left_eye, nose, right_mouth, left_mouth],
            score: self.score,
        }
    }

    /// Returns `frame` without its mirroring, and the face, in upright pixels of `frame`, there: the
    /// pixels that recognition sees, and the face's place in them.
    pub(crate) fn unmirrored<'a>(&self, frame: &Frame<'a>) -> (Frame<'a>, Self) {
        let face = if frame.is_mirrored() { self.mirrored(frame.upright_size().0) } else { *self };
        (frame.mirrored(false), face)
    }

    fn eye_line(&self) -> [f32; 2] {
        let [left, right, ..] = self.landmarks;
        [right[0] - left[0], right[1] - left[1]]
    }
}

/// Returns the main face of a picture, large and near the middle: the maximum of
/// `area - distance^2 / 2`, with the distance of the box's center from the frame's. `None` if there
/// is no face.
pub fn principal(faces: &[Face], frame: (usize, usize)) -> Option<&Face> {
    let middle = [frame.0 as f32 / 2.0, frame.1 as f32 / 2.0];
    let weight = |face: &Face| {
        let [x, y] = face.bounds.center();
        face.bounds.area() - 0.5 * ((x - middle[0]).powi(2) + (y - middle[1]).powi(2))
    };
    faces.iter().max_by(|a, b| weight(a).total_cmp(&weight(b)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face(x: f32, y: f32, size: f32) -> Face {
        Face { bounds: Rect { x, y, width: size, height: size }, landmarks: [[0.0; 2]; 5], score: 1.0 }
    }

    #[test]
    fn the_principal_face_is_large_and_central() {
        let faces = [face(0.0, 0.0, 40.0), face(80.0, 80.0, 40.0), face(90.0, 90.0, 10.0)];
        assert_eq!(principal(&faces, (200, 200)), Some(&faces[1]));
        assert_eq!(principal(&[], (200, 200)), None);
    }

    #[test]
    fn a_turned_face_is_turned_back() {
        // One pixel right of and two below the upper left corner of a 10 x 20 frame.
        let (size, corner) = ((10, 20), face(1.0, 2.0, 3.0).bounds);
        // The box's upper left corner in the turned frame is another corner before the turn.
        for (turn, seen, corner_seen) in [
            (Rotation::None, [1.0, 2.0], [1.0, 2.0]),
            (Rotation::Clockwise90, [15.0, 1.0], [1.0, 5.0]),
            (Rotation::Half, [6.0, 15.0], [4.0, 5.0]),
            (Rotation::Clockwise270, [2.0, 6.0], [4.0, 2.0]),
        ] {
            let turned = Face { landmarks: [[seen[0], seen[1]]; 5], ..face(seen[0], seen[1], 3.0) };
            let back = turned.turned_back(turn, size);
            assert_eq!(back.bounds, corner, "{turn:?}");
            assert_eq!(back.landmarks[0], corner_seen, "{turn:?}");
        }
    }

    #[test]
    fn a_mirrored_face_keeps_left_and_right_of_the_picture() {
        let landmarks = [[2.0, 1.0], [6.0, 2.0], [4.0, 4.0], [3.0, 6.0], [5.0, 7.0]];
        let face = Face { landmarks, ..face(1.0, 0.0, 8.0) };
        let mirrored = face.mirrored(20);
        assert_eq!(mirrored.landmarks, [[14.0, 2.0], [18.0, 1.0], [16.0, 4.0], [15.0, 7.0], [17.0, 6.0]]);
        assert_eq!(mirrored.bounds, Rect { x: 11.0, ..face.bounds });
        assert_eq!(mirrored.roll(), -face.roll());
        assert_eq!(mirrored.mirrored(20), face);
    }

    #[test]
    fn overlap_is_intersection_over_union() {
        let a = Rect { x: 0.0, y: 0.0, width: 2.0, height: 2.0 };
        let b = Rect { x: 1.0, y: 0.0, width: 2.0, height: 2.0 };
        assert!((a.overlap(&b) - 1.0 / 3.0).abs() < 1e-6);
        assert_eq!(a.overlap(&Rect { x: 5.0, ..b }), 0.0);
    }
}
