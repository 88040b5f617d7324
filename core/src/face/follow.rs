//! Following one face from frame to frame without a network.
//!
//! A face that the detector has found is kept as a small gray patch. In the next frame it is
//! looked for around the place where its motion should have brought it: first at half the
//! resolution by normalized cross-correlation over all shifts, then by the inverse compositional
//! algorithm (Baker and Matthews, "Lucas-Kanade 20 Years On", IJCV 2004) for a similarity
//! transform. Both compare patches of mean 0 and length 1, so light may change. The transform
//! carries the box and the five landmarks along; what is not rigid, such as a mouth that opens,
//! waits for the next detection.

use mien_nn::math::dot;
use mien_nn::simd::{LANES, vectorized};

use super::align::crop_map;
use super::{Face, Rect};
use crate::frame::Frame;
use crate::models::Crop;
use crate::preprocess::{Map, sample_luminance_coarsely};

/// Side of a patch in pixels; a face fills it as it fills ArcFace's template.
const SIDE: usize = 32;
/// Side of the region in which it is looked for, in the patch's pixels.
const REGION: usize = 2 * SIDE;
/// Pixels of the patch beyond this distance from its center are background as a rule.
const RADIUS: f32 = 15.0;
/// At most so many samples a side are averaged for a pixel: a face may fill a large frame.
const SUBSAMPLES: usize = 3;
/// Steps of the alignment; most end after four.
const STEPS: usize = 12;
/// A step that moves the patch's rim by less than this many of its pixels is the last.
const MIN_STEP: f32 = 0.02;

/// A face as it looked when it was detected.
#[derive(Clone)]
pub(crate) struct Follower {
    face: Face,
    /// Patch pixels to upright frame pixels, where the face is now.
    map: Map,
    /// The same where it was detected.
    start: Map,
    /// The patch's pixels within [`RADIUS`], mean 0 and length 1.
    patch: Vec<f32>,
    /// How each of these changes with the four parameters of the similarity.
    slopes: Vec<[f32; 4]>,
    /// The inverse of the slopes' 4 x 4 matrix of products.
    inverse: [[f32; 4]; 4],
    /// The patch at half the resolution, mean 0 and length 1.
    coarse: Vec<f32>,
}

/// Where a followed face is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Followed {
    /// The face of the last detection, moved; the score is that detection's.
    pub face: Face,
    /// The correlation of the patch with what is there now, -1 to 1.
    pub correlation: f32,
}

impl Follower {
    /// Remembers how `face` looks in `frame`; `None` where there is nothing to follow: landmarks
    /// in one point, or no contrast.
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

    /// Looks for the face in `frame` around where it was last, moved by `shift` frame pixels and
    /// grown by the factor `growth`. `None` where it is not to be found near there.
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

    /// The map where the motion should have brought the face.
    fn expected(&self, [dx, dy]: [f32; 2], growth: f32) -> Map {
        let middle = SIDE as f32 / 2.0;
        let about_center = Map([growth, 0.0, middle * (1.0 - growth), 0.0, growth, middle * (1.0 - growth)]);
        about_center.then(&self.map).then(&Map([1.0, 0.0, dx, 0.0, 1.0, dy]))
    }

    /// The shift in patch pixels at which the coarse patch and the region correlate best.
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

    /// The similarity from patch to region pixels that lays the patch best onto the region,
    /// from `shift` on, and the correlation there.
    ///
    /// As complex numbers the similarity takes `u`, from the patch's center, to `z u + t`, from
    /// the region's center. A step finds the small similarity that would move the *patch* onto
    /// what lies there, and is undone: `z' = z / (1 + dz)`, `t' = t - z' dt`.
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
            // Half a patch away, or of another size by half: the face is not there.
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

    /// The detected face carried to where the patch is now.
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

/// The center of a pixel of the patch as seen from the patch's center.
fn from_center(x: usize, y: usize) -> [f32; 2] {
    [x, y].map(|v| v as f32 + 0.5 - SIDE as f32 / 2.0)
}

/// The correlation of a window, `side` values from each `wide` ones on, with a patch of mean 0 and
/// length 1; below all others where the window has no contrast, as [`standardize`] says.
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

/// Brings `values` to mean 0 and length 1, and gives the length before; `None` where they
/// hardly differ (a standard deviation below one gray level).
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

/// A square picture of `side` pixels at half the resolution.
fn halved(pixels: &[f32], side: usize) -> Vec<f32> {
    let half = side / 2;
    let mean = |x: usize, y: usize| {
        let at = 2 * y * side + 2 * x;
        (pixels[at] + pixels[at + 1] + pixels[at + side] + pixels[at + side + 1]) / 4.0
    };
    (0..half * half).map(|index| mean(index % half, index / half)).collect()
}

/// The value at (`x`, `y`), pixel centers at halves, the rim repeated beyond it.
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

/// Sums over pixels of the products of each two slopes.
fn products(slopes: &[[f32; 4]]) -> [[f32; 4]; 4] {
    let mut sums = [[0.0; 4]; 4];
    for slope in slopes {
        for (row, a) in sums.iter_mut().zip(slope) {
            row.iter_mut().zip(slope).for_each(|(sum, b)| *sum += a * b);
        }
    }
    sums
}

/// The inverse by Gauss and Jordan with the greatest pivots; `None` for a singular matrix.
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

    /// A smooth made-up texture at (`x`, `y`) in patch pixels from the face's center.
    fn texture(x: f32, y: f32) -> f32 {
        let waves = 60.0 * (0.35 * x + 0.9).sin() * (0.28 * y).cos() + 50.0 * (0.21 * y - 0.13 * x).sin();
        // Weaker away from the center: no face repeats itself.
        128.0 + waves * (-(x * x + y * y) / 300.0).exp()
    }

    /// A frame with the texture laid by `map` (patch to frame), and light `gain * value + offset`.
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

    /// The face whose patch map is `map`.
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
                // A pixel of the patch is two of the frame.
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
