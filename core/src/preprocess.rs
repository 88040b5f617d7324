//! From the planes of a frame straight into a network's input: crop, rotation, resizing,
//! colour conversion and normalisation in one pass, with no RGB picture in between.
//!
//! Output pixel (i, j) has its centre at (i + 0.5, j + 0.5); a [`Map`] takes it to upright
//! frame coordinates, where the picture is sampled bilinearly with black outside. Where one
//! output pixel covers `s` > 1.5 source pixels, `k x k` samples with `k = round(s)` (at most 8)
//! are averaged, so that shrinking does not alias. Chroma is sampled bilinearly with centred
//! (JPEG) siting; YUV is BT.601, averaged as it is and converted once.
//!
//! Maps that keep rows and columns apart (a detector's letterbox, in any of a camera's
//! orientations) are sampled row by row, with weights worked out once ([`straight`]).

mod straight;

use crate::frame::{Frame, Pixels, Plane, YuvRange};
use crate::nn::Range;

/// An affine map from output coordinates to upright frame coordinates:
/// `x' = a x + b y + c`, `y' = d x + e y + f`, stored as `[a, b, c, d, e, f]`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Map(pub [f32; 6]);

impl Map {
    /// The map that applies `self` first and `next` after it.
    #[must_use]
    pub fn then(&self, next: &Map) -> Map {
        let [a, b, c, d, e, f] = self.0;
        let [p, q, r, s, t, u] = next.0;
        Map([p * a + q * d, p * b + q * e, p * c + q * f + r, s * a + t * d, s * b + t * e, s * c + t * f + u])
    }

    /// The inverse, or `None` where the map is singular or not finite.
    pub fn inverse(&self) -> Option<Map> {
        let [a, b, c, d, e, f] = self.0;
        let det = a * e - b * d;
        if !det.is_finite() || det.abs() < 1e-12 {
            return None;
        }
        let (ia, ib, id, ie) = (e / det, -b / det, -d / det, a / det);
        Some(Map([ia, ib, -(ia * c + ib * f), id, ie, -(id * c + ie * f)]))
    }

    /// The point `(x, y)` mapped.
    pub fn apply(&self, [x, y]: [f32; 2]) -> [f32; 2] {
        let [a, b, c, d, e, f] = self.0;
        [a * x + b * y + c, d * x + e * y + f]
    }

    /// Source pixels per output pixel: the square root of the area ratio.
    pub fn scale(&self) -> f32 {
        let [a, b, _, d, e, _] = self.0;
        (a * e - b * d).abs().sqrt()
    }
}

/// The order in which a network takes its three channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChannelOrder {
    /// Red, green, blue.
    Rgb,
    /// Blue, green, red.
    Bgr,
}

/// `(value - mean) * scale` for each channel, values 0..=255, in the network's channel order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Normalisation {
    /// The order of the channels.
    pub order: ChannelOrder,
    /// What is subtracted.
    pub mean: [f32; 3],
    /// What the difference is multiplied by.
    pub scale: [f32; 3],
}

impl Normalisation {
    /// RGB as it is, 0..=255.
    pub const RGB: Self = Self { order: ChannelOrder::Rgb, mean: [0.0; 3], scale: [1.0; 3] };
}

/// Samples `frame` into `out`: NCHW with N = 1, three planes of `width * height` values.
///
/// # Panics
/// Where `out` does not hold `3 * width * height` values.
pub fn sample_into(
    frame: &Frame<'_>,
    map: &Map,
    (width, height): (usize, usize),
    normalisation: &Normalisation,
    out: &mut [f32],
) {
    let area = width * height;
    assert_eq!(out.len(), 3 * area, "the output has another size than the network's input");
    let (first, rest) = out.split_at_mut(area);
    let (second, third) = rest.split_at_mut(area);
    let Normalisation { order, mean, scale } = *normalisation;
    sample(frame, map, (width, height), MOST_SUBSAMPLES, |index, [r, g, b]| {
        let [p, q, s] = match order {
            ChannelOrder::Rgb => [r, g, b],
            ChannelOrder::Bgr => [b, g, r],
        };
        first[index] = (p - mean[0]) * scale[0];
        second[index] = (q - mean[1]) * scale[1];
        third[index] = (s - mean[2]) * scale[2];
    });
}

/// Samples `frame` into the bytes of a network that computes in them: NHWC with N = 1, pixels of
/// three values, each the byte in `range` for what [`sample_into`] gives. Where that lies half-way
/// between two bytes but for a last bit of f32, it may be the other one.
///
/// # Panics
/// Where `out` does not hold `3 * width * height` values.
pub fn sample_bytes_into(
    frame: &Frame<'_>,
    map: &Map,
    size: (usize, usize),
    normalisation: &Normalisation,
    range: Range,
    out: &mut [u8],
) {
    assert_eq!(out.len(), 3 * size.0 * size.1, "the output has another size than the network's input");
    let Normalisation { order, mean, scale } = *normalisation;
    let steps = scale.map(|scale| scale / range.scale);
    sample(frame, map, size, MOST_SUBSAMPLES, |index, [r, g, b]| {
        let values = match order {
            ChannelOrder::Rgb => [r, g, b],
            ChannelOrder::Bgr => [b, g, r],
        };
        for (channel, byte) in out[3 * index..][..3].iter_mut().enumerate() {
            *byte = range.of_steps((values[channel] - mean[channel]) * steps[channel]);
        }
    });
}

/// Samples the luminance of `frame` (BT.601 weights, 0..=255), row by row. That of YUV is the
/// luma plane as it is; chroma is not looked at.
pub fn sample_luminance(frame: &Frame<'_>, map: &Map, size: (usize, usize)) -> Vec<f32> {
    sample_luminance_coarsely(frame, map, size, MOST_SUBSAMPLES)
}

/// As [`sample_luminance`] with at most `most x most` samples averaged for each value: quicker,
/// where some aliasing does no harm.
pub(crate) fn sample_luminance_coarsely(
    frame: &Frame<'_>,
    map: &Map,
    (width, height): (usize, usize),
    most: usize,
) -> Vec<f32> {
    let mut out = vec![0.0; width * height];
    sample(&frame.luminance(), map, (width, height), most, |index, [r, g, b]| {
        out[index] = 0.299 * r + 0.587 * g + 0.114 * b;
    });
    out
}

/// Calls `write(index, rgb)` for each output pixel; values are 0..=255.
fn sample(frame: &Frame<'_>, map: &Map, size: (usize, usize), most: usize, write: impl FnMut(usize, [f32; 3])) {
    let map = map.then(&Map(frame.upright_to_buffer()));
    let bounds = frame.buffer_size();
    let picture = Picture::of(frame);
    if straight::keeps_axes_apart(&map) {
        straight::sample(&map, size, subsamples(map.scale(), most), bounds, &picture, write);
        return;
    }
    match picture {
        Picture::Packed(plane) => walk(&map, size, bounds, most, &plane, |rgb| rgb, write),
        Picture::Gray { plane, range } => {
            let to_rgb = |[luma, ..]: [f32; 3]| grey_to_rgb(luma, range);
            walk(&map, size, bounds, most, &Gray { plane, range }, to_rgb, write);
        }
        Picture::Yuv { planes, range } => {
            walk(&map, size, bounds, most, &Yuv { planes, range }, |yuv| yuv_to_rgb(yuv, range), write);
        }
    }
}

/// A plane with its size, its pixels' share of the frame's (1, or 0.5 for chroma), and the order
/// of the channels that begin each pixel.
#[derive(Clone, Copy)]
struct Channels<'a, const N: usize> {
    plane: Plane<'a>,
    size: (usize, usize),
    share: f32,
    offsets: [usize; N],
}

/// What a frame's pixels are, by planes.
enum Picture<'a> {
    Packed(Channels<'a, 3>),
    Gray { plane: Channels<'a, 1>, range: YuvRange },
    Yuv { planes: [Channels<'a, 1>; 3], range: YuvRange },
}

impl<'a> Picture<'a> {
    fn of(frame: &Frame<'a>) -> Self {
        let size = frame.buffer_size();
        match frame.pixels {
            Pixels::Packed { plane, offsets } => Self::Packed(Channels { plane, size, share: 1.0, offsets }),
            Pixels::Gray { plane, range } => {
                Self::Gray { plane: Channels { plane, size, share: 1.0, offsets: [0] }, range }
            }
            Pixels::Yuv { y, u, v, range } => {
                let half = (size.0.div_ceil(2), size.1.div_ceil(2));
                let planes = [(y, size, 1.0), (u, half, 0.5), (v, half, 0.5)];
                let planes = planes.map(|(plane, size, share)| Channels { plane, size, share, offsets: [0] });
                Self::Yuv { planes, range }
            }
        }
    }
}

/// A picture that can be sampled bilinearly inside its bounds.
trait Source {
    /// Three values at (`x`, `y`), zero for black: RGB, 0..=255, or luma and chroma.
    fn at(&self, x: f32, y: f32) -> [f32; 3];
}

/// The two neighbours of a sample on an axis of `n` pixels, clamped to it, and the share of the
/// second; pixel `i` has its centre at `i + 0.5`. `v` is -0.5 or more.
#[inline(always)]
fn neighbours(v: f32, n: usize) -> ([usize; 2], f32) {
    // The floor of v - 0.5 by truncation: a call of `floor` would cost more than all else here.
    let low = (v + 0.5) as i32 - 1;
    let last = n as i32 - 1;
    ([low.clamp(0, last) as usize, (low + 1).clamp(0, last) as usize], v - 0.5 - low as f32)
}

impl<const N: usize> Channels<'_, N> {
    /// The channels at the frame's (`x`, `y`), 0..=255.
    #[inline(always)]
    fn bilinear(&self, x: f32, y: f32) -> [f32; N] {
        let ([left, right], share_x) = neighbours(x * self.share, self.size.0);
        let ([above, below], share_y) = neighbours(y * self.share, self.size.1);
        let Plane { data, row_stride, pixel_stride, .. } = self.plane;
        let (above, below) = (&data[above * row_stride..], &data[below * row_stride..]);
        let (left, right) = (left * pixel_stride, right * pixel_stride);
        let taps = [&above[left..][..N], &above[right..][..N], &below[left..][..N], &below[right..][..N]];
        let mut mixed = [0.0; N];
        for i in 0..N {
            let [a, b, c, d] = taps.map(|tap| f32::from(tap[i]));
            let top = a * (1.0 - share_x) + b * share_x;
            let bottom = c * (1.0 - share_x) + d * share_x;
            mixed[i] = top * (1.0 - share_y) + bottom * share_y;
        }
        self.offsets.map(|offset| mixed[offset])
    }
}

impl Source for Channels<'_, 3> {
    #[inline(always)]
    fn at(&self, x: f32, y: f32) -> [f32; 3] {
        self.bilinear(x, y)
    }
}

struct Gray<'a> {
    plane: Channels<'a, 1>,
    range: YuvRange,
}

impl Source for Gray<'_> {
    #[inline(always)]
    fn at(&self, x: f32, y: f32) -> [f32; 3] {
        [self.plane.bilinear(x, y)[0] - black(self.range)[0], 0.0, 0.0]
    }
}

struct Yuv<'a> {
    planes: [Channels<'a, 1>; 3],
    range: YuvRange,
}

impl Source for Yuv<'_> {
    #[inline(always)]
    fn at(&self, x: f32, y: f32) -> [f32; 3] {
        let [luma, blue, red] = &self.planes;
        let black = black(self.range);
        [luma.bilinear(x, y)[0] - black[0], blue.bilinear(x, y)[0] - black[1], red.bilinear(x, y)[0] - black[2]]
    }
}

/// The luma and chroma of black.
fn black(range: YuvRange) -> [f32; 3] {
    match range {
        YuvRange::Full => [0.0, 128.0, 128.0],
        YuvRange::Video => [16.0, 128.0, 128.0],
    }
}

/// ITU-R BT.601: full range as in JFIF, video range with Y scaled by 255/219 and chroma by
/// 255/224. Luma and chroma are less those of [`black`]. Clamped to 0..=255.
#[inline]
fn yuv_to_rgb([y, u, v]: [f32; 3], range: YuvRange) -> [f32; 3] {
    let y = full_range(y, range);
    let (u, v) = match range {
        YuvRange::Full => (u, v),
        YuvRange::Video => (u * (255.0 / 224.0), v * (255.0 / 224.0)),
    };
    [y + 1.402 * v, y - 0.344_136 * u - 0.714_136 * v, y + 1.772 * u].map(|value| value.clamp(0.0, 255.0))
}

/// Luma less that of black as 0..=255; beyond these limits where a sample is beyond the range's.
#[inline]
fn full_range(luma: f32, range: YuvRange) -> f32 {
    match range {
        YuvRange::Full => luma,
        YuvRange::Video => luma * (255.0 / 219.0),
    }
}

/// As [`yuv_to_rgb`] without chroma.
#[inline]
fn grey_to_rgb(luma: f32, range: YuvRange) -> [f32; 3] {
    [full_range(luma, range).clamp(0.0, 255.0); 3]
}

/// Up to this many sub-samples a side are averaged when shrinking.
const MOST_SUBSAMPLES: usize = 8;

/// Sub-samples a side where one output pixel covers `scale` source pixels, `most` at most.
fn subsamples(scale: f32, most: usize) -> usize {
    if scale > 1.5 { (scale.round() as usize).min(most) } else { 1 }
}

fn walk<S: Source>(
    map: &Map,
    (width, height): (usize, usize),
    bounds: (usize, usize),
    most: usize,
    source: &S,
    to_rgb: impl Fn([f32; 3]) -> [f32; 3],
    mut write: impl FnMut(usize, [f32; 3]),
) {
    let k = subsamples(map.scale(), most);
    let step = 1.0 / k as f32;
    let [a, b, c, d, e, f] = map.0;
    let (right, bottom) = (bounds.0 as f32 - 0.5, bounds.1 as f32 - 0.5);
    let mut index = 0;
    for row in 0..height {
        for column in 0..width {
            let mut sum = [0.0f32; 3];
            for sub_y in 0..k {
                let y = row as f32 + (sub_y as f32 + 0.5) * step;
                for sub_x in 0..k {
                    let x = column as f32 + (sub_x as f32 + 0.5) * step;
                    let (sx, sy) = (a * x + b * y + c, d * x + e * y + f);
                    let inside = (0.5..=right).contains(&sx) && (0.5..=bottom).contains(&sy);
                    let cover = if inside { 1.0 } else { coverage(sx, bounds.0) * coverage(sy, bounds.1) };
                    if cover > 0.0 {
                        for (sum, value) in sum.iter_mut().zip(source.at(sx, sy)) {
                            *sum += cover * value;
                        }
                    }
                }
            }
            write(index, to_rgb(sum.map(|value| value * step * step)));
            index += 1;
        }
    }
}

/// The share of a bilinear sample at `v` that lies on `0..n`: 1 inside, falling to 0 over the
/// pixel beyond the border. Not-finite coordinates count as outside.
#[inline]
fn coverage(v: f32, n: usize) -> f32 {
    let inside = (v + 0.5).min(n as f32 + 0.5 - v);
    if inside.is_nan() { 0.0 } else { inside.clamp(0.0, 1.0) }
}

/// The map that fits a whole upright frame of `frame` pixels into `target` with its aspect
/// kept, at the top left, black where nothing is; and the frame pixels per target pixel.
pub fn letterbox(frame: (usize, usize), target: (usize, usize)) -> (Map, f32) {
    let scale = (frame.0 as f32 / target.0 as f32).max(frame.1 as f32 / target.1 as f32);
    (Map([scale, 0.0, 0.0, 0.0, scale, 0.0]), scale)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Rotation;
    use proptest::prelude::*;

    /// The plain definition: each output pixel is the sum of its in-frame neighbours.
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
            sample_into(&frame, &map, (5, 4), &Normalisation::RGB, &mut out);
            for (got, want) in out.iter().zip(naive(&pixels, (w, h), &map, (5, 4))) {
                // Weights are products of f32 differences of coordinates up to ~20.
                prop_assert!((got - want).abs() < 0.01, "{got} {want}");
            }
        }

        #[test]
        fn any_map_is_survived(values in prop::array::uniform6(prop::num::f32::ANY)) {
            let data = [7u8; 12];
            let frame = Frame::gray8(&data, 4, 3, 4).unwrap().rotated(Rotation::Clockwise90);
            let mut out = [0.0; 3 * 4];
            sample_into(&frame, &Map(values), (2, 2), &Normalisation::RGB, &mut out);
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
    fn bytes_stand_for_the_normalised_values_in_the_order_of_pixels() {
        let pixels: Vec<u8> = (0..3 * 40 * 30).map(|i| (i * 7919 % 256) as u8).collect();
        let frame = Frame::rgb8(&pixels, 40, 30, 120).unwrap();
        let normalisation =
            Normalisation { order: ChannelOrder::Bgr, mean: [103.9, 116.8, 123.7], scale: [1.0, 0.9, 1.1] };
        let (map, size) = (Map([0.8, 0.3, -2.0, -0.3, 0.7, 9.0]), (33, 27));
        let range = Range { scale: 1.2, zero: 113 };
        let (mut values, mut bytes) = (vec![0.0; 3 * 33 * 27], vec![0; 3 * 33 * 27]);
        sample_into(&frame, &map, size, &normalisation, &mut values);
        sample_bytes_into(&frame, &map, size, &normalisation, range, &mut bytes);
        let area = 33 * 27;
        let pairs = (0..3 * area).map(|at| (bytes[at], range.byte(values[at % 3 * area + at / 3])));
        let differing = pairs.clone().filter(|(a, b)| a != b).count();
        assert!(pairs.into_iter().all(|(a, b)| a.abs_diff(b) <= 1) && differing < 3, "{differing}");
        assert!(bytes.contains(&0) && bytes.iter().any(|&byte| byte > 200));
    }

    #[test]
    fn shrinking_averages_instead_of_aliasing() {
        // A one-pixel checkerboard must become grey, whatever the phase.
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
