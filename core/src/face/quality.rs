//! Checks whether a face is usable, and why not.

use super::Face;
use super::align::crop_map;
use crate::error::Result;
use crate::frame::Frame;
use crate::models::Crop;
use crate::options;
use crate::options::Ranges;
use crate::preprocess::sample_luminance;

/// Side of the aligned luminance patch for sharpness and exposure, in pixels.
const PATCH: usize = 64;

/// Measurements of a face that need no network.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Quality {
    /// Distance between the eyes in frame pixels.
    pub eye_distance: f32,
    /// Rotation to the side in degrees, about -90 to 90; positive toward the picture's right.
    pub yaw: f32,
    /// Rotation up or down in degrees, about -90 to 90; positive upwards.
    pub pitch: f32,
    /// Rotation in the picture plane in degrees, -180 to 180; positive clockwise in the picture.
    pub roll: f32,
    /// Variance of the Laplacian of the aligned 64 x 64 patch, divided by the patch's variance, 0
    /// and up: the fraction of the contrast that is fine detail.
    pub sharpness: f32,
    /// Mean luminance of the patch, 0 to 255.
    pub brightness: f32,
    /// Standard deviation of the patch's luminance, 0 to 127.
    pub contrast: f32,
    /// Fraction of the patch's pixels below 8 or above 247, 0 to 1.
    pub clipped: f32,
}

/// The reason why a face is not usable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum QualityIssue {
    /// The distance between the eyes is too small.
    TooSmall,
    /// The face is turned to the side, up or down, or tilted too far.
    Turned,
    /// Too little fine detail.
    Blurred,
    /// Too dark.
    Dark,
    /// Too bright, or too many clipped pixels.
    Overexposed,
    /// Too little difference between light and dark.
    LowContrast,
}

impl QualityIssue {
    /// The issue's name in snake case, for scripts and counts.
    pub fn name(self) -> &'static str {
        match self {
            Self::TooSmall => "too_small",
            Self::Turned => "turned",
            Self::Blurred => "blurred",
            Self::Dark => "dark",
            Self::Overexposed => "overexposed",
            Self::LowContrast => "low_contrast",
        }
    }
}

impl std::fmt::Display for QualityIssue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::TooSmall => "the face is too small",
            Self::Turned => "the face is turned too far",
            Self::Blurred => "the face is blurred",
            Self::Dark => "the face is too dark",
            Self::Overexposed => "the face is overexposed",
            Self::LowContrast => "the face has too little contrast",
        })
    }
}

options! {
    /// Limits that a usable face must keep.
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct QualityLimits {
        /// Minimum distance between the eyes, pixels.
        pub eye_distance: f32 = 18.0, in 0.0..;
        /// Maximum turn to either side, degrees.
        pub yaw: f32 = 40.0, in 0.0..;
        /// Maximum nod up or down, degrees.
        pub pitch: f32 = 35.0, in 0.0..;
        /// Maximum tilt to either side, degrees.
        pub roll: f32 = 45.0, in 0.0..;
        /// Minimum sharpness: the share of fine detail in the contrast.
        pub sharpness: f32 = 0.02, in 0.0..;
        /// Minimum mean luminance, of 0 to 255.
        pub darkest: f32 = 35.0, in 0.0..;
        /// Maximum mean luminance, of 0 to 255.
        pub brightest: f32 = 230.0, in 0.0..;
        /// Minimum standard deviation of the luminance, of 0 to 127.
        pub contrast: f32 = 10.0, in 0.0..;
        /// Maximum share of pixels that are nearly black or white.
        pub clipped: f32 = 0.5, in 0.0..;
    }
}

impl Quality {
    /// Returns the measurements of the mirrored picture: yaw and roll have the other sign.
    pub(crate) fn mirrored(self) -> Self {
        Self { yaw: -self.yaw, roll: -self.roll, ..self }
    }
}

impl QualityLimits {
    /// Checks that every limit is a finite number and not negative.
    ///
    /// # Errors
    /// `InvalidOption`, naming the limit that is not.
    pub fn check(&self) -> Result<()> {
        self.check_ranges()
    }

    /// Returns the limits that `quality` violates; empty if the face is usable.
    pub fn issues(&self, quality: &Quality) -> Vec<QualityIssue> {
        let turned = quality.yaw.abs() > self.yaw || quality.pitch.abs() > self.pitch || quality.roll.abs() > self.roll;
        let bright = quality.brightness > self.brightest;
        let dark = quality.brightness < self.darkest;
        [
            (QualityIssue::TooSmall, quality.eye_distance < self.eye_distance),
            (QualityIssue::Turned, turned),
            (QualityIssue::Blurred, quality.sharpness < self.sharpness),
            (QualityIssue::Dark, dark),
            (QualityIssue::Overexposed, bright || (!dark && quality.clipped > self.clipped)),
            (QualityIssue::LowContrast, quality.contrast < self.contrast),
        ]
        .into_iter()
        .filter_map(|(issue, holds)| holds.then_some(issue))
        .collect()
    }
}

/// Measures `face` in `frame`. In a [mirrored](Frame::mirrored) frame yaw and roll are those of the
/// mirrored picture.
///
/// # Errors
/// `Internal` if the landmarks coincide.
pub fn measure(frame: &Frame<'_>, face: &Face) -> Result<Quality> {
    if frame.is_mirrored() {
        let (frame, face) = face.unmirrored(frame);
        return Ok(measure(&frame, &face)?.mirrored());
    }
    let crop = Crop::FivePoint { zoom: 1.0, shift_y: 0.0 };
    let map = crop_map(&crop, face, frame.upright_size(), (PATCH, PATCH))?;
    let patch = sample_luminance(frame, &map, (PATCH, PATCH));
    let (brightness, variance) = mean_and_variance(&patch);
    let clipped = patch.iter().filter(|&&value| !(8.0..=247.0).contains(&value)).count();
    let (yaw, pitch) = pose(face);
    Ok(Quality {
        eye_distance: face.eye_distance(),
        yaw,
        pitch,
        roll: face.roll().to_degrees(),
        sharpness: laplacian_variance(&patch, PATCH) / variance.max(1.0),
        brightness,
        contrast: variance.sqrt(),
        clipped: clipped as f32 / patch.len() as f32,
    })
}

/// Depth of the nose tip in front of the plane of eyes and mouth, in eye distances: an average
/// face.
const NOSE_DEPTH: f32 = 0.5;
/// Position of a frontal face's nose tip between eyes (0) and mouth (1), from ArcFace's points.
const NOSE_HEIGHT: f32 = 0.496;
/// Distance from eyes to mouth in eye distances, from the same points.
const FACE_HEIGHT: f32 = 1.155;

/// Estimates yaw and pitch in degrees from five landmarks, by a flat face with a nose of
/// [`NOSE_DEPTH`]: rotation by `a` moves the tip by `depth * tan(a)` eye distances relative to the
/// middle of eyes and mouth. A coarse estimate (about 10 degrees), sufficient for a limit.
fn pose(face: &Face) -> (f32, f32) {
    let (sin, cos) = (-face.roll()).sin_cos();
    let [left_eye, right_eye, nose, left_mouth, right_mouth] =
        face.landmarks.map(|[x, y]| [x * cos - y * sin, x * sin + y * cos]);
    let middle = |a: [f32; 2], b: [f32; 2]| [(a[0] + b[0]) / 2.0, (a[1] + b[1]) / 2.0];
    let (eyes, mouth) = (middle(left_eye, right_eye), middle(left_mouth, right_mouth));
    // In profile the eye distance shrinks; the face's height keeps the scale from vanishing.
    let height = (mouth[1] - eyes[1]).abs().max(1e-3);
    let width = face.eye_distance().max(0.3 * height / FACE_HEIGHT);
    let along = (nose[1] - eyes[1]) / height;
    let axis = eyes[0] + (mouth[0] - eyes[0]) * along.clamp(0.0, 1.0);
    let yaw = ((nose[0] - axis) / width / NOSE_DEPTH).atan();
    let pitch = ((NOSE_HEIGHT - along) * FACE_HEIGHT / NOSE_DEPTH).atan();
    (yaw.to_degrees(), pitch.to_degrees())
}

fn mean_and_variance(values: &[f32]) -> (f32, f32) {
    let n = values.len().max(1) as f32;
    let mean = values.iter().sum::<f32>() / n;
    (mean, values.iter().map(|value| (value - mean).powi(2)).sum::<f32>() / n)
}

/// Returns the variance of the 4-neighbor Laplacian over the inside of a `side x side` patch.
fn laplacian_variance(patch: &[f32], side: usize) -> f32 {
    let mut response = Vec::with_capacity((side - 2) * (side - 2));
    for y in 1..side - 1 {
        for x in 1..side - 1 {
            let i = y * side + x;
            response.push(patch[i - 1] + patch[i + 1] + patch[i - side] + patch[i + side] - 4.0 * patch[i]);
        }
    }
    mean_and_variance(&response).1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::Rect;
    use crate::face::align::ARCFACE;

    fn face(landmarks: [[f32; 2]; 5]) -> Face {
        Face { bounds: Rect { x: 0.0, y: 0.0, width: 112.0, height: 112.0 }, landmarks, score: 1.0 }
    }

    /// The template as a three-dimensional head, rotated by yaw and pitch, projected to the front.
    fn turned(yaw: f32, pitch: f32) -> Face {
        let (sy, cy) = yaw.to_radians().sin_cos();
        let (sp, cp) = pitch.to_radians().sin_cos();
        let depth = NOSE_DEPTH * 35.24;
        face(std::array::from_fn(|i| {
            let [x, y] = ARCFACE[i];
            let (x, y, z) = (x - 56.0, y - 72.0, if i == 2 { depth } else { 0.0 });
            let (x, z) = (x * cy + z * sy, z * cy - x * sy);
            let y = y * cp - z * sp;
            [x + 56.0, y + 72.0]
        }))
    }

    #[test]
    fn pose_follows_a_turned_head() {
        for yaw in [-40.0f32, -20.0, 0.0, 20.0, 40.0] {
            let (got, _) = pose(&turned(yaw, 0.0));
            assert!((got - yaw).abs() < 6.0, "yaw {yaw}: {got}");
        }
        for pitch in [-30.0f32, -15.0, 0.0, 15.0, 30.0] {
            let (_, got) = pose(&turned(0.0, pitch));
            assert!((got - pitch).abs() < 8.0, "pitch {pitch}: {got}");
        }
    }

    #[test]
    fn each_shortfall_has_its_reason() {
        let good = Quality {
            eye_distance: 60.0,
            yaw: 0.0,
            pitch: 0.0,
            roll: 0.0,
            sharpness: 1.0,
            brightness: 120.0,
            contrast: 40.0,
            clipped: 0.0,
        };
        let limits = QualityLimits::default();
        assert!(limits.issues(&good).is_empty());
        for (quality, issue) in [
            (Quality { eye_distance: 5.0, ..good }, QualityIssue::TooSmall),
            (Quality { yaw: -60.0, ..good }, QualityIssue::Turned),
            (Quality { pitch: 60.0, ..good }, QualityIssue::Turned),
            (Quality { roll: 90.0, ..good }, QualityIssue::Turned),
            (Quality { sharpness: 0.0, ..good }, QualityIssue::Blurred),
            (Quality { brightness: 10.0, ..good }, QualityIssue::Dark),
            (Quality { brightness: 250.0, ..good }, QualityIssue::Overexposed),
            (Quality { clipped: 0.9, ..good }, QualityIssue::Overexposed),
            (Quality { contrast: 1.0, ..good }, QualityIssue::LowContrast),
        ] {
            assert_eq!(limits.issues(&quality), [issue]);
        }
    }

    #[test]
    fn sharpness_falls_with_blur() {
        let noise: Vec<f32> = (0u32..64 * 64).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as f32).collect();
        // A 5 x 5 box filter, wrapping around.
        let blurred: Vec<f32> = (0..noise.len())
            .map(|i| (0..25).map(|k| noise[(i + k / 5 * 64 + k % 5) % noise.len()]).sum::<f32>() / 25.0)
            .collect();
        let measure = |patch: &[f32]| laplacian_variance(patch, 64) / mean_and_variance(patch).1;
        assert!(measure(&noise) > 4.0 * measure(&blurred));
    }

    #[test]
    fn limits_that_are_no_numbers_are_refused() {
        assert!(QualityLimits { yaw: f32::NAN, ..QualityLimits::default() }.check().is_err());
        assert!(QualityLimits { sharpness: -1.0, ..QualityLimits::default() }.check().is_err());
    }
}
