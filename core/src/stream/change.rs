//! Change between two frames as a whole, measured on 32 x 32 gray thumbnails.

use mien_nn::math::dot;

use crate::frame::Frame;
use crate::preprocess::{Map, sample_luminance};

const SIDE: usize = 32;

/// Minimum mean change in gray levels for a scene cut.
const CUT_CHANGE: f32 = 14.0;
/// Maximum correlation with the previous frame for a scene cut. The same scene under different
/// light correlates more.
const CUT_CORRELATION: f32 = 0.7;

/// A frame scaled to 32 x 32 gray values.
#[derive(Clone)]
pub(super) struct Thumbnail(Vec<f32>);

impl Thumbnail {
    pub fn of(frame: &Frame<'_>) -> Self {
        // A switch of the mirroring of results changes nothing in the scene.
        let frame = &frame.mirrored(false);
        let (width, height) = frame.upright_size();
        let scale = |side: usize| side as f32 / SIDE as f32;
        Self(sample_luminance(frame, &Map([scale(width), 0.0, 0.0, 0.0, scale(height), 0.0]), (SIDE, SIDE)))
    }

    /// Whether the scene was cut between `earlier` and this frame.
    pub fn is_cut_from(&self, earlier: &Self) -> bool {
        let change = self.0.iter().zip(&earlier.0).map(|(a, b)| (a - b).abs()).sum::<f32>() / self.0.len() as f32;
        change > CUT_CHANGE && correlation(&self.0, &earlier.0) < CUT_CORRELATION
    }

    /// Returns the largest change of any of the 1,024 values, in gray levels.
    pub fn greatest_change(&self, earlier: &Self) -> f32 {
        self.0.iter().zip(&earlier.0).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    }
}

/// Pearson correlation; 0 if either input is constant.
fn correlation(a: &[f32], b: &[f32]) -> f32 {
    let centered = |values: &[f32]| {
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        values.iter().map(|value| value - mean).collect::<Vec<f32>>()
    };
    let (a, b) = (centered(a), centered(b));
    let length = (dot(&a, &a) * dot(&b, &b)).sqrt();
    if length > 0.0 { dot(&a, &b) / length } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thumbnail(value: impl Fn(usize, usize) -> f32) -> Thumbnail {
        let pixels: Vec<u8> = (0..64 * 48).map(|i| value(i % 64, i / 64).clamp(0.0, 255.0) as u8).collect();
        Thumbnail::of(&Frame::gray8(&pixels, 64, 48, 64).unwrap())
    }

    #[test]
    fn a_cut_is_told_from_light_and_motion() {
        let scene = |x: usize, y: usize| 120.0 + 70.0 * (0.2 * x as f32).sin() * (0.13 * y as f32).cos();
        let first = thumbnail(scene);
        assert!(!thumbnail(|x, y| scene(x + 1, y)).is_cut_from(&first), "a camera that moves");
        assert!(!thumbnail(|x, y| 0.6 * scene(x, y)).is_cut_from(&first), "a light that goes out");
        assert!(thumbnail(|x, y| scene(y + 17, x)).is_cut_from(&first), "another scene");
        assert!(!thumbnail(|_, _| 120.0).is_cut_from(&thumbnail(|_, _| 125.0)), "two empty scenes");
    }

    #[test]
    fn a_small_change_in_one_place_is_seen() {
        let first = thumbnail(|_, _| 100.0);
        assert_eq!(thumbnail(|_, _| 100.0).greatest_change(&first), 0.0);
        let change = thumbnail(|x, y| if x < 4 && y < 3 { 130.0 } else { 100.0 }).greatest_change(&first);
        assert!((25.0..=30.0).contains(&change), "{change}: neighbors are mixed in at the rim");
    }
}
