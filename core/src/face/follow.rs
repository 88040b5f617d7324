//! Follows one face from frame to frame without a network.
//!
//! A detected face is kept as a small gray patch. The next frame is searched around the position
//! that the face's motion predicts: first at half the resolution by normalized cross-correlation
//! over all shifts, then by the inverse compositional algorithm (Baker and Matthews, "Lucas-Kanade
//! 20 Years On", IJCV 2004) for a similarity transform. Both compare patches of mean 0 and length
//! 1, so the light may change. The transform moves the box and the five landmarks; non-rigid
//! motion, such as an opening mouth, is only picked up by the next detection.

use mien_nn::math::dot;
use mien_nn::simd::{LANES, vectorized};

use super::align::crop_map;
use super::{Face, Rect};
use crate::frame::Frame;
use crate::models::Crop;
use crate::preprocess::{Map, sample_luminance_coarsely};

/// Side of a patch in pixels; the face fills it as in ArcFace's template.
const SIDE: usize = 32;
/// Side of the search region, in patch pixels.
const REGION: usize = 2 * SIDE;
/// Patch pixels beyond this distance from the center are usually background.
const RADIUS: f32 = 15.0;
/// The maximum number of samples per side that are averaged for a pixel: a face may fill a large
/// frame.
const SUBSAMPLES: usize = 3;
/// The maximum number of alignment steps; most alignments end after four.
const STEPS: usize = 12;
/// Alignment ends with the first step that moves the patch's rim by less than this many patch
/// pixels.
const MIN_STEP: f32 = 0.02;

/// A detected face and its appearance.
#[derive(Clone)]
pub(crate) struct Follower {
    face: Face,
    /// The map from patch pixels to upright frame pixels, at the face's current position.
    map: Map,
    /// The map at the position of the detection.
    start: Map,
    /// The patch's pixels within [`RADIUS`], mean 0 and length 1.
    patch: Vec<f32>,
    /// The derivatives of each patch pixel by the four parameters of the similarity.
    slopes: Vec<[f32; 4]>,
    /// The inverse of the slopes' 4 x 4 Gram matrix.
    inverse: [[f32; 4]; 4],
    /// The patch at half the resolution, mean 0 and length 1.
    coarse: Vec<f32>,
}

/// The result of following a face.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Followed {
    /// The face of the last detection, moved; keeps that detection's score.
    pub face: Face,
    /// The correlation of the patch with its current position in the frame, -1 to 1.
    pub correlation: f32,
}

impl Follower {
    /// Stores the appearance of `face` in `frame`; `None` if it cannot be followed because the
    /// landmarks coincide or there is no contrast.
    pub fn new(frame: &Frame<'_>, face: Face) -> Option<Self> {
        let crop = Crop::FivePoint { zoom: 1.0, shift_y: 0.0 };
        let map = crop_map(&crop, &face, frame.upright_size(), (SIDE, SIDE)).ok()?;
        let pixels = sample_luminance_coarsely(frame, &map, (SIDE, SIDE), SUBSAMPLES);
        let places: Vec<(usize, usize)> = places().collect();
        let mut patch: Vec<f32> = places.iter().map(|&(x, y)| pixels[y * SIDE + x]).collect();
        let length = standardize(&mut patch)?;
        let slopes: Vec<[f32; 4]> = places
            .iter()
            .map(|&(x, y)| {
                let at = y * SIDE + x;
                let gx = (pixels[at + 1] - pixels[at - 1]) / (2.0 * length);
                let gy = (pixels[at + SIDE] - pixels[at - SIDE]) / (2.0 * length);
                let [ux, uy] = from_center(x, y);
                [gx * ux + gy * uy, gy * ux - gx * uy, gx, gy]
            })
            .collect();
        let mut coarse = halved(&pixels, SIDE);
        standardize(&mut coarse)?;
        let inverse = inverse(products(&slopes))?;
        Some(Self { face, map, start: map, patch, slopes, inverse, coarse })
    }

    /// Searches `frame` for the face, at its last position moved by `shift` frame pixels and scaled
    /// by `growth`. `None` if the face is not found there.
    pub fn follow(&mut self, frame: &Frame<'_>, shift: [f32; 2], growth: f32) -> Option<Followed> {
        let expected = self.expected(shift, growth);
        let margin = (REGION - SIDE) as f32 / 2.0;
        let region_map = Map([1.0, 0.0, -margin, 0.0, 1.0, -margin]).then(&expected);
        let region = sample_luminance_coarsely(frame, &region_map, (REGION, REGION), SUBSAMPLES);
        let shift = self.coarse_shift(&region);
        let (similarity, correlation) = self.align(&region, shift)?;
        self.map = similarity.then(&region_map);
        Some(Followed { face: self.moved()?, correlation })
    }

    /// Returns the map at the predicted position.
    fn expected(&self, [dx, dy]: [f32; 2], growth: f32) -> Map {
        let middle = SIDE as f32 / 2.0;
        let about_center = Map([growth, 0.0, middle * (1.0 - growth), 0.0, growth, middle * (1.0 - growth)]);
        about_center.then(&self.map).then(&Map([1.0, 0.0, dx, 0.0, 1.0, dy]))
    }

    /// Returns the shift in patch pixels with the best correlation of the coarse patch and the
    /// region.
    fn coarse_shift(&self, region: &[f32]) -> [f32; 2] {
        let (side, wide) = (SIDE / 2, REGION / 2);
        let mut region = halved(region, REGION);
        let mean = region.iter().sum::<f32>() / region.len() as f32;
        region.iter_mut().for_each(|value| *value -= mean);
        let mut best = (f32::NEG_INFINITY, [0.0; 2]);
        vectorized(
            #[inline(always)]
            || {
                for y in 0..=wide - side {
                    for x in 0..=wide - side {
                        let correlation = correlation(&region[y * wide + x..], wide, &self.coarse, side);
                        if correlation > best.0 {
                            let middle = (wide - side) as f32 / 2.0;
                            best = (correlation, [2.0 * (x as f32 - middle), 2.0 * (y as f32 - middle)]);
                        }
                    }
                }
            },
        );
        best.1
    }

    /// Returns the similarity from patch to region pixels that best aligns the patch with the
    /// region, starting at `shift`, and its correlation.
    ///
    /// In complex numbers, the similarity maps `u`, relative to the patch's center, to `z u + t`,
    /// relative to the region's center. A step finds the small similarity that would align the
    /// *patch* with the current sample, and applies its inverse: `z' = z / (1 + dz)`,
    /// `t' = t - z' dt`.
    fn align(&self, region: &[f32], shift: [f32; 2]) -> Option<(Map, f32)> {
        let ([mut a, mut b], [mut tx, mut ty]) = ([1.0f32, 0.0f32], shift);
        let mut found = vec![0.0; self.patch.len()];
        let middle = REGION as f32 / 2.0;
        let sample = |found: &mut Vec<f32>, [a, b, tx, ty]: [f32; 4]| {
            for (value, (x, y)) in found.iter_mut().zip(places()) {
                let [ux, uy] = from_center(x, y);
                *value = bilinear(region, REGION, middle + a * ux - b * uy + tx, middle + b * ux + a * uy + ty);
            }
            standardize(found)
        };
        for _ in 0..STEPS {
            sample(&mut found, [a, b, tx, ty])?;
            let mut gradient = [0.0; 4];
            for ((now, then), slopes) in found.iter().zip(&self.patch).zip(&self.slopes) {
                for (sum, slope) in gradient.iter_mut().zip(slopes) {
                    *sum += (now - then) * slope;
                }
            }
            let [da, db, dx, dy] =
                self.inverse.map(|row| row.iter().zip(gradient).map(|(value, gradient)| value * gradient).sum::<f32>());
            let divisor = (1.0 + da).powi(2) + db * db;
            (a, b) = ((a * (1.0 + da) + b * db) / divisor, (b * (1.0 + da) - a * db) / divisor);
            (tx, ty) = (tx - (a * dx - b * dy), ty - (b * dx + a * dy));
            let reach = (SIDE / 2) as f32;
            // The face is lost if it is half a patch away, or half or twice the size.
            if !(tx.abs() <= reach && ty.abs() <= reach && (0.5..2.0).contains(&a.hypot(b))) {
                return None;
            }
            if RADIUS * da.hypot(db) + dx.hypot(dy) < MIN_STEP {
                break;
            }
        }
        sample(&mut found, [a, b, tx, ty])?;
        let half = SIDE as f32 / 2.0;
        let map = Map([a, -b, middle + tx - (a - b) * half, b, a, middle + ty - (a + b) * half]);
        Some((map, dot(&found, &self.patch)))
    }

    /// Returns the detected face, moved to the patch's current position.
    fn moved(&self) -> Option<Face> {
        let motion = self.start.inverse()?.then(&self.map);
        let Rect { width, height, .. } = self.face.bounds;
        let [cx, cy] = motion.apply(self.face.bounds.center());
        let (width, height) = (width * motion.scale(), height * motion.scale());
        let bounds = Rect { x: cx - width / 2.0, y: cy - height / 2.0, width, height };
        Some(Face { bounds, landmarks: self.face.landmarks.map(|point| motion.apply(point)), score: self.face.score })
    }
}

/// The pixels within [`RADIUS`] of the patch's center, row by row.
fn places() -> impl Iterator<Item = (usize, usize)> {
    let inside = |&(x, y): &(usize, usize)| {
        let [ux, uy] = from_center(x, y);
        ux * ux + uy * uy < RADIUS * RADIUS
    };
    (0..SIDE).flat_map(|y| (0..SIDE).map(move |x| (x, y))).filter(inside)
}

/// Returns the center of a patch pixel relative to the patch's center.
fn from_center(x: usize, y: usize) -> [f32; 2] {
    [x, y].map(|v| v as f32 + 0.5 - SIDE as f32 / 2.0)
}

/// Returns the correlation of a window (`side` values of each `wide` ones) with a patch of mean 0
/// and length 1; negative infinity if the window has no contrast in the sense of [`standardize`].
#[inline(always)]
fn correlation(window: &[f32], wide: usize, patch: &[f32], side: usize) -> f32 {
    let (mut sums, mut squares, mut products) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
    for (row, patch) in patch.chunks_exact(side).enumerate() {
        let window = &window[row * wide..][..side];
        for (values, patch) in window.as_chunks::<LANES>().0.iter().zip(patch.as_chunks::<LANES>().0) {
            for lane in 0..LANES {
                sums[lane] += values[lane];
                squares[lane] += values[lane] * values[lane];
                products[lane] += values[lane] * patch[lane];
            }
        }
    }
    let count = patch.len() as f32;
    let [sum, squares, product] = [sums, squares, products].map(|lanes| lanes.iter().sum::<f32>());
    let spread = squares - sum * sum / count;
    if spread < count { f32::NEG_INFINITY } else { product / spread.sqrt() }
}

/// Scales `values` to mean 0 and length 1, and returns the previous length; `None` if the standard
/// deviation is below one gray level.
fn standardize(values: &mut [f32]) -> Option<f32> {
    let count = values.len() as f32;
    let mean = values.iter().sum::<f32>() / count;
    values.iter_mut().for_each(|value| *value -= mean);
    let length = dot(values, values).sqrt();
    if length < count.sqrt() {
        return None;
    }
    values.iter_mut().for_each(|value| *value /= length);
    Some(length)
}

/// Returns a square picture of `side` pixels at half the resolution.
fn halved(pixels: &[f32], side: usize) -> Vec<f32> {
    let half = side / 2;
    let mean = |x: usize, y: usize| {
        let at = 2 * y * side + 2 * x;
        (pixels[at] + pixels[at + 1] + pixels[at + side] + pixels[at + side + 1]) / 4.0
    };
    (0..half * half).map(|index| mean(index % half, index / half)).collect()
}

/// Returns the interpolated value at (`x`, `y`), with pixel centers at halves and the rim repeated
/// beyond it.
fn bilinear(pixels: &[f32], side: usize, x: f32, y: f32) -> f32 {
    let last = (side - 1) as f32;
    let (x, y) = ((x - 0.5).clamp(0.0, last), (y - 0.5).clamp(0.0, last));
    let (left, top) = ((x as usize).min(side - 2), (y as usize).min(side - 2));
    let (wx, wy) = (x - left as f32, y - top as f32);
    let at = top * side + left;
    let above = pixels[at] * (1.0 - wx) + pixels[at + 1] * wx;
    let below = pixels[at + side] * (1.0 - wx) + pixels[at + side + 1] * wx;
    above * (1.0 - wy) + below * wy
}

/// Sums the products of each two slopes over all pixels.
fn products(slopes: &[[f32; 4]]) -> [[f32; 4]; 4] {
    let mut sums = [[0.0; 4]; 4];
    for slope in slopes {
        for (row, a) in sums.iter_mut().zip(slope) {
            row.iter_mut().zip(slope).for_each(|(sum, b)| *sum += a * b);
        }
    }
    sums
}

/// Inverts by Gauss-Jordan elimination with partial pivoting; `None` for a singular matrix.
fn inverse(mut matrix: [[f32; 4]; 4]) -> Option<[[f32; 4]; 4]> {
    let mut inverse: [[f32; 4]; 4] = std::array::from_fn(|i| std::array::from_fn(|j| f32::from(u8::from(i == j))));
    for column in 0..4 {
        let pivot = (column..4).max_by(|&i, &j| matrix[i][column].abs().total_cmp(&matrix[j][column].abs()))?;
        matrix.swap(column, pivot);
        inverse.swap(column, pivot);
        let divisor = matrix[column][column];
        if !divisor.is_finite() || divisor.abs() < 1e-9 {
            return None;
        }
        for value in matrix[column].iter_mut().chain(inverse[column].iter_mut()) {
            *value /= divisor;
        }
        for row in (0..4).filter(|&row| row != column) {
            let factor = matrix[row][column];
            for k in 0..4 {
                matrix[row][k] -= factor * matrix[column][k];
                inverse[row][k] -= factor * inverse[column][k];
            }
        }
    }
    Some(inverse)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::align::ARCFACE;
    use proptest::prelude::*;

    const WIDTH: usize = 320;
    const HEIGHT: usize = 240;

    /// A smooth artificial texture at (`x`, `y`), in patch pixels from the face's center.
    fn texture(x: f32, y: f32) -> f32 {
        let waves = 60.0 * (0.35 * x + 0.9).sin() * (0.28 * y).cos() + 50.0 * (0.21 * y - 0.13 * x).sin();
        // Weaker away from the center, so that the face does not repeat itself.
        128.0 + waves * (-(x * x + y * y) / 300.0).exp()
    }

    /// A frame with the texture placed by `map` (patch to frame), with light
    /// `gain * value + offset`.
    fn picture(map: &Map, gain: f32, offset: f32) -> Vec<u8> {
        let back = map.inverse().unwrap();
        let half = SIDE as f32 / 2.0;
        (0..WIDTH * HEIGHT)
            .map(|index| {
                let [x, y] = back.apply([(index % WIDTH) as f32 + 0.5, (index / WIDTH) as f32 + 0.5]);
                (gain * texture(x - half, y - half) + offset).clamp(0.0, 255.0) as u8
            })
            .collect()
    }

    /// The face with the patch map `map`.
    fn face(map: &Map) -> Face {
        let unit = SIDE as f32 / 112.0;
        let landmarks = ARCFACE.map(|[x, y]| map.apply([(x + 0.5) * unit, (y + 0.5) * unit]));
        let size = SIDE as f32 * map.scale();
        let [cx, cy] = map.apply([SIDE as f32 / 2.0; 2]);
        Face {
            bounds: Rect { x: cx - size / 2.0, y: cy - size / 2.0, width: size, height: size },
            landmarks,
            score: 0.9,
        }
    }

    fn frame(pixels: &[u8]) -> Frame<'_> {
        Frame::gray8(pixels, WIDTH, HEIGHT, WIDTH).unwrap()
    }

    fn placed(x: f32, y: f32, scale: f32, angle: f32) -> Map {
        let half = SIDE as f32 / 2.0;
        let (a, b) = (scale * angle.cos(), scale * angle.sin());
        Map([a, -b, x - (a - b) * half, b, a, y - (a + b) * half])
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn a_moved_turned_grown_and_lit_face_is_found_again(
            dx in -20.0f32..20.0, dy in -20.0f32..20.0, growth in 0.88f32..1.14, turn in -0.15f32..0.15,
            gain in 0.6f32..1.3, offset in -20.0f32..20.0,
        ) {
            let before = placed(160.0, 120.0, 2.0, 0.1);
            let after = placed(160.0 + dx, 120.0 + dy, 2.0 * growth, 0.1 + turn);
            let (first, second) = (picture(&before, 1.0, 0.0), picture(&after, gain, offset));
            let mut follower = Follower::new(&frame(&first), face(&before)).unwrap();
            let found = follower.follow(&frame(&second), [0.0; 2], 1.0).unwrap();
            let truth = face(&after);
            prop_assert!(found.correlation > 0.95, "{}", found.correlation);
            for (got, want) in found.face.landmarks.iter().zip(truth.landmarks) {
                // One patch pixel is two frame pixels.
                let distance = (got[0] - want[0]).hypot(got[1] - want[1]);
                prop_assert!(distance < 0.6, "{distance}: {:?} {truth:?}", found.face);
            }
            prop_assert!((found.face.bounds.width / truth.bounds.width - 1.0).abs() < 0.02);
        }
    }

    #[test]
    fn the_expected_motion_brings_a_far_face_into_reach() {
        let (before, after) = (placed(90.0, 120.0, 1.5, 0.0), placed(190.0, 120.0, 1.5, 0.0));
        let (first, second) = (picture(&before, 1.0, 0.0), picture(&after, 1.0, 0.0));
        let mut follower = Follower::new(&frame(&first), face(&before)).unwrap();
        let found = follower.follow(&frame(&second), [98.0, 0.0], 1.0).unwrap();
        assert!((found.face.bounds.center()[0] - 190.0).abs() < 0.5, "{found:?}");
    }

    #[test]
    fn another_picture_in_its_place_is_unlike() {
        let map = placed(160.0, 120.0, 2.0, 0.0);
        let first = picture(&map, 1.0, 0.0);
        let mut follower = Follower::new(&frame(&first), face(&map)).unwrap();
        let other: Vec<u8> = (0..WIDTH * HEIGHT).map(|i| ((i % WIDTH * 7) ^ (i / WIDTH * 5)) as u8).collect();
        let found = follower.follow(&frame(&other), [0.0; 2], 1.0);
        assert!(found.is_none_or(|found| found.correlation < 0.6), "{found:?}: the tracker doubts it below 0.75");
    }

    #[test]
    fn an_empty_picture_has_nothing_to_follow() {
        let map = placed(160.0, 120.0, 2.0, 0.0);
        let (flat, first) = (vec![90; WIDTH * HEIGHT], picture(&map, 1.0, 0.0));
        assert!(Follower::new(&frame(&flat), face(&map)).is_none());
        let mut follower = Follower::new(&frame(&first), face(&map)).unwrap();
        assert!(follower.follow(&frame(&flat), [0.0; 2], 1.0).is_none());
    }

    #[test]
    fn an_inverse_times_its_matrix_is_one() {
        let matrix = [[4.0, 1.0, 0.5, 0.0], [1.0, 3.0, 0.0, 0.2], [0.5, 0.0, 2.0, 0.1], [0.0, 0.2, 0.1, 5.0]];
        let inverse = inverse(matrix).unwrap();
        for (i, row) in matrix.iter().enumerate() {
            for j in 0..4 {
                let sum: f32 = row.iter().zip(&inverse).map(|(a, column)| a * column[j]).sum();
                assert!((sum - f32::from(u8::from(i == j))).abs() < 1e-5);
            }
        }
        assert!(super::inverse([[1.0; 4]; 4]).is_none());
    }
}
