//! What is drawn of a face.

use mien_eval::drawing::{Area, isolated};

use crate::report::FaceReport;
use crate::text::{answer, hedged};

/// How a picture is drawn: scaled, then turned, then moved.
#[derive(Clone, Copy)]
pub struct View {
    /// Factor of lengths.
    pub scale: f32,
    /// Clockwise turn in degrees: 0, 90, 180 or 270.
    pub turn: u32,
    /// Width and height after scaling, before turning.
    pub size: (f32, f32),
    /// Distance to the right and down after turning.
    pub offset: (f32, f32),
}

impl View {
    /// The view of a picture as it is.
    pub const SAME: Self = Self { scale: 1.0, turn: 0, size: (0.0, 0.0), offset: (0.0, 0.0) };

    /// Returns the place of a point of the picture.
    fn at(&self, at: [f32; 2]) -> (f32, f32) {
        let [x, y] = at.map(|value| value * self.scale);
        let (width, height) = self.size;
        let (x, y) = match self.turn {
            90 => (height - y, x),
            180 => (width - x, height - y),
            270 => (y, width - x),
            _ => (x, y),
        };
        (x + self.offset.0, y + self.offset.1)
    }
}

/// A face as it is drawn.
#[derive(Clone)]
pub struct DrawnFace {
    /// Box in pixels of the picture.
    pub bounds: Area,
    /// Landmarks in pixels of the picture.
    pub landmarks: [(f32, f32); 5],
    /// Name of the user; `None` for an unknown person.
    pub user: Option<String>,
    /// The emotion and its percent in words.
    pub feeling: String,
    /// The probability of each class; empty without a head.
    pub shares: Vec<(String, f32)>,
    /// Whether the user's own head answered.
    pub adapted: bool,
}

impl DrawnFace {
    /// Creates what is drawn of `face` in a picture that is drawn as `view`.
    pub fn new(face: &FaceReport, view: &View) -> Self {
        let [x, y, width, height] = face.bounds;
        let corners = [view.at([x, y]), view.at([x + width, y + height])];
        let span = |one: f32, two: f32| [one.min(two), one.max(two)];
        let emotion = face.emotion.as_ref();
        Self {
            bounds: Area::between(span(corners[0].0, corners[1].0), span(corners[0].1, corners[1].1)),
            landmarks: face.landmarks.map(|at| view.at(at)),
            user: face.user.clone(),
            feeling: emotion.map_or_else(
                || "no emotion".to_owned(),
                |emotion| hedged(answer(&emotion.label, emotion.confidence(), false), &face.unsure),
            ),
            shares: emotion.map_or_else(Vec::new, |emotion| emotion.probabilities.clone()),
            adapted: emotion.is_some_and(|emotion| emotion.adapted),
        }
    }

    /// The person's name, for a text in Latin letters.
    pub fn name(&self) -> String {
        self.user.as_deref().map_or_else(|| "unknown".to_owned(), isolated)
    }
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage};

    use crate::draw::annotate::fitted;

    #[test]
    fn points_turn_with_their_picture() {
        // A white square in a dark picture, and the point in its middle.
        let mut image = RgbImage::new(1200, 600);
        (300..340).for_each(|x| (100..140).for_each(|y| image.put_pixel(x, y, Rgb([255; 3]))));
        for turn in [0, 90, 180, 270] {
            let (drawn, view) = fitted(image.clone(), turn, (600, 600));
            let (x, y) = view.at([320.0, 120.0]);
            assert_eq!(drawn.get_pixel(x as u32, y as u32).0, [255; 3], "{turn}");
            assert_eq!(drawn.width() > drawn.height(), turn % 180 == 0);
        }
    }
}
