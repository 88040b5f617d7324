//! Conversion from the planes of a frame to a network's input: crop, rotation, resizing, color
//! conversion and normalization in one pass, without an RGB picture in between.
//!
//! Output pixel (i, j) has its center at (i + 0.5, j + 0.5); a [`Map`] takes it to upright frame
//! coordinates, and the picture is sampled there bilinearly, with black outside. If one output
//! pixel covers `s` > 1.5 source pixels, `k x k` samples with `k = round(s)` (at most 8) are
//! averaged, so that shrinking does not alias. Chroma is sampled bilinearly with centered (JPEG)
//! siting; YUV is BT.601, averaged before it is converted once.
//!
//! Maps that keep rows and columns separate (a detector's letterbox, in any camera orientation) are
//! sampled with precomputed weights ([`straight`]), all others with the four neighbors of each
//! sample ([`turned`]).

mod picture;
mod straight;
mod turned;

use mien_nn::Range;
use mien_nn::simd::vectorized;
use picture::Picture;

use crate::frame::Frame;

/// An affine map from output coordinates to upright frame coordinates:
/// `x' = a x + b y + c`, `y' = d x + e y + f`, stored as `[a, b, c, d, e, f]`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Map(pub [f32; 6]);

impl Map {
    /// Returns the map that applies `self` first and `next` second.
    #[must_use]
    pub fn then(&self, next: &Map) -> Map {
        let [a, b, c, d, e, f] = self.0;
        let [p, q, r, s, t, u] = next.0;
        Map([p * a + q * d, p * b + q * e, p * c + q * f + r, s * a + t * d, s * b + t * e, s * c + t * f + u])
    }

    /// Returns the inverse, or `None` if the map is singular or not finite.
    pub fn inverse(&self) -> Option<Map> {
        let [a, b, c, d, e, f] = self.0;
        let det = a * e - b * d;
        if !det.is_finite() || det.abs() < 1e-12 {
            return None;
        }
        let (ia, ib, id, ie) = (e / det, -b / det, -d / det, a / det);
        Some(Map([ia, ib, -(ia * c + ib * f), id, ie, -(id * c + ie * f)]))
    }

    /// Maps the point `(x, y)`.
    pub fn apply(&self, [x, y]: [f32; 2]) -> [f32; 2] {
        let [a, b, c, d, e, f] = self.0;
        [a * x + b * y + c, d * x + e * y + f]
    }

    /// Returns the source pixels per output pixel: the square root of the area ratio.
    pub fn scale(&self) -> f32 {
        let [a, b, _, d, e, _] = self.0;
        (a * e - b * d).abs().sqrt()
    }
}

/// The channel order of a network's input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChannelOrder {
    /// Red, green, blue.
    Rgb,
    /// Blue, green, red.
    Bgr,
}

impl ChannelOrder {
    /// Returns red, green and blue in this order.
    #[inline(always)]
    fn of<T>(self, [red, green, blue]: [T; 3]) -> [T; 3] {
        match self {
            Self::Rgb => [red, green, blue],
            Self::Bgr => [blue, green, red],
        }
    }
}

/// `(value - mean) * scale` for each channel, with values 0..=255, in the network's channel order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Normalization {
    /// The order of the channels.
    pub order: ChannelOrder,
    /// Subtracted from the values.
    pub mean: [f32; 3],
    /// The factor of the difference.
    pub scale: [f32; 3],
}

impl Normalization {
    /// RGB without normalization, 0..=255.
    pub const RGB: Self = Self { order: ChannelOrder::Rgb, mean: [0.0; 3], scale: [1.0; 3] };
}

/// Samples `frame` into `out`: NCHW with N = 1, three planes of `width * height` values.
///
/// # Panics
/// If `out` does not hold `3 * width * height` values.
pub fn sample_into(
    frame: &Frame<'_>,
    map: &Map,
    (width, height): (usize, usize),
    normalization: &Normalization,
    out: &mut [f32],
) {
    let area = width * height;
    assert_eq!(out.len(), 3 * area, "the output has another size than the network's input");
    let Normalization { order, mean, scale } = *normalization;
    sample(frame, map, (width, height), MAX_SUBSAMPLES, |places, rgb| {
        vectorized(
            #[inline(always)]
            || {
                for (channel, values) in order.of(rgb).into_iter().enumerate() {
                    let (mean, scale) = (mean[channel], scale[channel]);
                    let out = places.within(&mut out[channel * area..][..area]);
                    out.zip(values).for_each(|(out, value)| *out = (value - mean) * scale);
                }
            },
        );
    });
}

/// Samples `frame` into the input of a network that computes in bytes: NHWC with N = 1, three bytes
/// per pixel. Each byte is nearest in `range` to the value from [`sample_into`]; a value half-way
/// between two bytes may be rounded to either, because of f32 rounding.
///
/// # Panics
/// If `out` does not hold `3 * width * height` values.
pub fn sample_bytes_into(
    frame: &Frame<'_>,
    map: &Map,
    size: (usize, usize),
    normalization: &Normalization,
    range: Range,
    out: &mut [u8],
) {
    assert_eq!(out.len(), 3 * size.0 * size.1, "the output has another size than the network's input");
    let Normalization { order, mean, scale } = *normalization;
    let steps = scale.map(|scale| scale / range.scale);
    let (pixels, _) = out.as_chunks_mut::<3>();
    let mut bytes = [(); 3].map(|()| vec![0; size.0.max(size.1)]);
    sample(frame, map, size, MAX_SUBSAMPLES, |places, rgb| {
        vectorized(
            #[inline(always)]
            || {
                for (channel, values) in order.of(rgb).into_iter().enumerate() {
                    let (mean, steps) = (mean[channel], steps[channel]);
                    quantize(values, (mean, steps), range, &mut bytes[channel]);
                }
                let [first, second, third] = &bytes;
                for (pixel, ((first, second), third)) in places.within(pixels).zip(first.iter().zip(second).zip(third))
                {
                    *pixel = [*first, *second, *third];
                }
            },
        );
    });
}

#[inline(always)]
fn quantize(values: &[f32], (mean, steps): (f32, f32), range: Range, bytes: &mut [u8]) {
    for (byte, value) in bytes.iter_mut().zip(values) {
        *byte = range.of_steps((value - mean) * steps);
    }
}

/// Samples the luminance of `frame` (BT.601 weights, 0..=255), row by row. For YUV this is the luma
/// plane; chroma is not read.
pub fn sample_luminance(frame: &Frame<'_>, map: &Map, size: (usize, usize)) -> Vec<f32> {
    sample_luminance_coarsely(frame, map, size, MAX_SUBSAMPLES)
}

/// Samples like [`sample_luminance`], averaging at most `max x max` samples per value: faster, if
/// some aliasing does no harm.
pub(crate) fn sample_luminance_coarsely(
    frame: &Frame<'_>,
    map: &Map,
    (width, height): (usize, usize),
    max: usize,
) -> Vec<f32> {
    let mut out = vec![0.0; width * height];
    sample(&frame.luminance(), map, (width, height), max, |places, [r, g, b]| {
        vectorized(
            #[inline(always)]
            || {
                let values = r.iter().zip(g).zip(b);
                for (out, ((r, g), b)) in places.within(&mut out).zip(values) {
                    *out = 0.299 * r + 0.587 * g + 0.114 * b;
                }
            },
        );
    });
    out
}

/// The output pixels of a line of samples.
#[derive(Clone, Copy)]
struct Places {
    first: usize,
    step: usize,
}

impl Places {
    /// Iterates over these pixels of an output, the line's first one first.
    #[inline(always)]
    fn within<T>(self, out: &mut [T]) -> impl Iterator<Item = &mut T> {
        out[self.first..].iter_mut().step_by(self.step)
    }
}

/// Calls `write` for each line of the output with its red, green and blue, 0..=255.
fn sample(frame: &Frame<'_>, map: &Map, size: (usize, usize), max: usize, mut write: impl FnMut(Places, [&[f32]; 3])) {
    let map = map.then(&Map(frame.upright_to_buffer()));
    let subsamples = subsamples(map.scale(), max);
    let picture = Picture::of(frame);
    if straight::keeps_axes_apart(&map) {
        let mut sampler = straight::Sampler::new(&map, size, subsamples, picture);
        for line in 0..sampler.lines() {
            let places = sampler.places(line);
            write(places, sampler.line(line));
        }
    } else {
        let mut sampler = turned::Sampler::new(map, size, subsamples, picture);
        for row in 0..size.1 {
            write(Places { first: row * size.0, step: 1 }, sampler.row(row));
        }
    }
}

/// The maximum number of sub-samples per side that are averaged when shrinking.
const MAX_SUBSAMPLES: usize = 8;

/// Returns the sub-samples per side, at most `max`, if one output pixel covers `scale` source
/// pixels.
fn subsamples(scale: f32, max: usize) -> usize {
    if scale > 1.5 { (scale.round() as usize).min(max) } else { 1 }
}

/// Returns the map that fits a whole upright frame of `frame` pixels into `target`, with its aspect
/// kept, at the top left and black elsewhere; and the frame pixels per target pixel.
pub fn letterbox(frame: (usize, usize), target: (usize, usize)) -> (Map, f32) {
    let scale = (frame.0 as f32 / target.0 as f32).max(frame.1 as f32 / target.1 as f32);
    (Map([scale, 0.0, 0.0, 0.0, scale, 0.0]), scale)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{Rotation, YuvRange};
    use proptest::prelude::*;

    /// The plain definition: each output pixel is the weighted sum of its neighbors in the frame.
    fn naive(pixels: &[[u8; 3]], (w, h): (usize, usize), map: &Map, (ow, oh): (usize, usize)) -> Vec<f32> {
        let mut out = vec![0.0; 3 * ow * oh];
        for j in 0..oh {
            for i in 0..ow {
                let [x, y] = map.apply([i as f32 + 0.5, j as f32 + 0.5]);
                for (py, row) in pixels.chunks(w).enumerate() {
                    for (px, rgb) in row.iter().enumerate() {
                        let weight =
                            (1.0 - (x - 0.5 - px as f32).abs()).max(0.0) * (1.0 - (y - 0.5 - py as f32).abs()).max(0.0);
                        for c in 0..3 {
                            out[c * ow * oh + j * ow + i] += weight * f32::from(rgb[c]);
                        }
                    }
                }
            }
        }
        assert_eq!(pixels.len(), w * h);
        out
    }

    proptest! {
        #[test]
        fn equals_the_naive_sum(
            w in 1usize..9, h in 1usize..9,
            angle in -3.2f32..3.2, zoom in 0.2f32..1.4, tx in -4.0f32..9.0, ty in -4.0f32..9.0,
            seed in any::<u64>(),
        ) {
            let mut state = seed | 1;
            let pixels: Vec<[u8; 3]> = (0..w * h).map(|_| [0; 3].map(|_: u8| {
                state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                (state >> 33) as u8
            })).collect();
            let bytes: Vec<u8> = pixels.iter().flatten().copied().collect();
            let frame = Frame::rgb8(&bytes, w, h, 3 * w).unwrap();
            let (s, c) = angle.sin_cos();
            let map = Map([zoom * c, -zoom * s, tx, zoom * s, zoom * c, ty]);
            let mut out = vec![0.0; 3 * 5 * 4];
            sample_into(&frame, &map, (5, 4), &Normalization::RGB, &mut out);
            for (got, want) in out.iter().zip(naive(&pixels, (w, h), &map, (5, 4))) {
                // Weights are products of f32 differences of coordinates up to about 20.
                prop_assert!((got - want).abs() < 0.01, "{got} {want}");
            }
        }

        #[test]
        fn any_map_is_survived(values in prop::array::uniform6(prop::num::f32::ANY)) {
            let data = [7u8; 12];
            let frame = Frame::gray8(&data, 4, 3, 4).unwrap().rotated(Rotation::Clockwise90);
            let mut out = [0.0; 3 * 4];
            sample_into(&frame, &Map(values), (2, 2), &Normalization::RGB, &mut out);
        }

        #[test]
        fn inverse_undoes(values in prop::array::uniform6(-3.0f32..3.0)) {
            let map = Map(values);
            prop_assume!((values[0] * values[4] - values[1] * values[3]).abs() > 0.1);
            let back = map.then(&map.inverse().unwrap());
            for (got, want) in back.0.iter().zip([1.0, 0.0, 0.0, 0.0, 1.0, 0.0]) {
                prop_assert!((got - want).abs() < 1e-3);
            }
        }
    }

    #[test]
    fn bytes_stand_for_the_normalized_values_in_the_order_of_pixels() {
        let pixels: Vec<u8> = (0..3 * 40 * 30).map(|i| (i * 7919 % 256) as u8).collect();
        let frame = Frame::rgb8(&pixels, 40, 30, 120).unwrap();
        let normalization =
            Normalization { order: ChannelOrder::Bgr, mean: [103.9, 116.8, 123.7], scale: [1.0, 0.9, 1.1] };
        let (map, size) = (Map([0.8, 0.3, -2.0, -0.3, 0.7, 9.0]), (33, 27));
        let range = Range { scale: 1.2, zero: 113 };
        let (mut values, mut bytes) = (vec![0.0; 3 * 33 * 27], vec![0; 3 * 33 * 27]);
        sample_into(&frame, &map, size, &normalization, &mut values);
        sample_bytes_into(&frame, &map, size, &normalization, range, &mut bytes);
        let area = 33 * 27;
        let pairs = (0..3 * area).map(|at| (bytes[at], range.byte(values[at % 3 * area + at / 3])));
        let differing = pairs.clone().filter(|(a, b)| a != b).count();
        assert!(pairs.into_iter().all(|(a, b)| a.abs_diff(b) <= 1) && differing < 3, "{differing}");
        assert!(bytes.contains(&0) && bytes.iter().any(|&byte| byte > 200));
    }

    /// Samples of two bytes for numbers of 10 bits.
    fn p010_of(samples: &[u16]) -> Vec<u8> {
        samples.iter().flat_map(|sample| (sample << 6).to_le_bytes()).collect()
    }

    /// Maps that keep rows and columns separate, with and without shrinking, and one that does not.
    const MAPS: [Map; 4] = [
        Map([1.0, 0.0, 0.0, 0.0, 1.0, 0.0]),
        Map([0.0, 2.3, 1.0, -2.1, 0.0, 30.0]),
        Map([0.8, 0.3, -2.0, -0.3, 0.7, 9.0]),
        Map([2.1, -0.9, 3.0, 0.9, 2.1, -8.0]),
    ];

    #[test]
    fn ten_bits_with_the_values_of_eight_give_the_same_picture() {
        let (width, height) = (37, 29);
        let bytes: Vec<u8> = (0..2 * width * height).map(|i| (i * 7919 % 256) as u8).collect();
        let (luma, chroma) = (&bytes[..width * height], &bytes[100..100 + 38 * 15]);
        let wide = |bytes: &[u8]| p010_of(&bytes.iter().map(|&byte| u16::from(byte) << 2).collect::<Vec<_>>());
        let (wide_luma, wide_chroma) = (wide(luma), wide(chroma));
        for range in [YuvRange::Video, YuvRange::Full] {
            let eight = Frame::nv12(luma, chroma, width, height, [width, 38], range).unwrap();
            let ten = Frame::p010(&wide_luma, &wide_chroma, width, height, [2 * width, 76], range).unwrap();
            for (map, rotation) in MAPS.iter().zip(Rotation::ALL) {
                let seen = |frame: Frame<'_>| {
                    let mut out = vec![0.0; 3 * 31 * 23];
                    sample_into(&frame.rotated(rotation), map, (31, 23), &Normalization::RGB, &mut out);
                    out.extend(sample_luminance(&frame.rotated(rotation), map, (31, 23)));
                    out
                };
                let (eight, ten) = (seen(eight), seen(ten));
                assert!(eight.iter().any(|value| *value > 200.0) && eight.iter().any(|value| *value < 50.0));
                for (eight, ten) in eight.iter().zip(&ten) {
                    // The full range of 10 bits ends at 1023/4, so that a byte's 255 is less than white.
                    let allowed = if range == YuvRange::Video { 1e-3 } else { 1.8 };
                    assert!((eight - ten).abs() < allowed, "{eight} {ten} {range:?}");
                }
            }
        }
    }

    #[test]
    fn the_lower_two_of_ten_bits_count() {
        // Luma that rises by a quarter of a byte per pixel, on gray.
        let (width, height) = (40, 4);
        let luma: Vec<u16> = (0..width * height).map(|i| 200 + (i % width) as u16).collect();
        let (luma, chroma) = (p010_of(&luma), p010_of(&[512; 40 * 2]));
        let frame = Frame::p010(&luma, &chroma, width, height, [80, 80], YuvRange::Video).unwrap();
        // Kept rows and columns; then a map that is sampled point by point.
        for map in [MAPS[0], Map([1.0, 1e-6, 0.0, -1e-6, 1.0, 1.0])] {
            let mut out = vec![0.0; 3 * 40];
            sample_into(&frame, &map, (40, 1), &Normalization::RGB, &mut out);
            for (at, value) in out.iter().enumerate() {
                let expected = ((200 + at % 40) as f32 / 4.0 - 16.0) * 255.0 / 219.0;
                assert!((value - expected).abs() < 1e-3, "{value} {expected} at {at}");
            }
        }
        // White and black of both ranges.
        for (range, white, black) in [(YuvRange::Video, 940, 64), (YuvRange::Full, 1023, 0)] {
            for (sample, expected) in [(white, 255.0), (black, 0.0)] {
                let (luma, chroma) = (p010_of(&[sample; 4]), p010_of(&[512; 2]));
                let frame = Frame::p010(&luma, &chroma, 2, 2, [4, 4], range).unwrap();
                let mut out = [0.0; 12];
                sample_into(&frame, &MAPS[0], (2, 2), &Normalization::RGB, &mut out);
                assert!(out.iter().all(|value| (value - expected).abs() < 1e-3), "{out:?} {range:?}");
            }
        }
    }

    #[test]
    fn shrinking_averages_instead_of_aliasing() {
        // A one-pixel checkerboard must become gray, whatever the phase.
        let data: Vec<u8> = (0..64 * 64).map(|i| if (i % 64 + i / 64) % 2 == 0 { 255 } else { 0 }).collect();
        let frame = Frame::gray8(&data, 64, 64, 64).unwrap();
        for scale in [2.0, 4.0, 8.0] {
            let size = (64.0 / scale) as usize;
            let map = Map([scale, 0.0, 0.0, 0.0, scale, 0.0]);
            for value in sample_luminance(&frame, &map, (size, size)) {
                assert!((value - 127.5).abs() < 1.0, "{value} at scale {scale}");
            }
        }
    }

    #[test]
    fn letterbox_keeps_the_aspect() {
        let (map, scale) = letterbox((640, 360), (320, 320));
        assert_eq!(scale, 2.0);
        assert_eq!(map.apply([320.0, 180.0]), [640.0, 360.0]);
    }
}
