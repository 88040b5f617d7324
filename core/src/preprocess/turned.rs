//! Sampling by arbitrary maps, row by row of the output.
//!
//! The samples of a row are computed together: first their positions, then their neighbors' bytes,
//! then the interpolated values. Everything except fetching bytes is arithmetic on whole rows.
//! Samples without all neighbors inside the picture are computed one by one.

use std::ops::Range;

use mien_nn::math::nearest;
use mien_nn::simd::{LANES, vectorized};

use super::Map;
use super::picture::{Channels, Colors, Picture, coverage, neighbors};
use crate::frame::{Depth, Plane};

/// A value for each sample of a row, padded to whole lanes; the padding is computed as well.
type Row<T> = Vec<[T; LANES]>;

/// Samples a picture row by row.
pub(super) struct Sampler<'a> {
    map: Map,
    width: usize,
    subsamples: usize,
    channels: Vec<Channels<'a, 1>>,
    /// The location of each channel's bytes.
    places: Vec<Place>,
    colors: Colors,
    bounds: (usize, usize),
    /// The ranges on both axes within which all neighbors lie in the picture.
    inner: [Range<f32>; 2],
    sums: [Row<f32>; 3],
    /// The positions of the samples in the buffer.
    x: Row<f32>,
    y: Row<f32>,
    corners: Corners,
    bytes: Windows,
}

/// The upper left neighbors of a row's samples in a plane, and the weights of the others.
struct Corners {
    left: Row<u32>,
    above: Row<u32>,
    share_x: Row<f32>,
    share_y: Row<f32>,
}

/// Four bytes from each sample's neighbors on, for the rows above and below.
struct Windows {
    left: [Row<u32>; 2],
    right: [Row<u32>; 2],
}

/// The channel whose windows hold a channel's bytes, and the first bit.
#[derive(Clone, Copy)]
struct Place {
    channel: usize,
    bit: u32,
}

impl Place {
    /// Chooses the channel with the largest offset: channels that share windows are fetched once.
    fn of(channel: &Channels<'_, 1>, all: &[Channels<'_, 1>]) -> Self {
        let beyond = all.iter().map(|other| bytes_into(channel, other)).enumerate();
        let farthest = beyond.filter_map(|(index, bytes)| Some((bytes?, index))).max();
        let (bytes, channel) = farthest.expect("a channel lies in its own windows");
        Self { channel, bit: 8 * bytes as u32 }
    }
}

/// Returns the byte offset of the channel in the windows of `other`; `None` if they do not hold its
/// bytes.
fn bytes_into(channel: &Channels<'_, 1>, other: &Channels<'_, 1>) -> Option<usize> {
    let (plane, around) = (&channel.plane, &other.plane);
    let alike = (plane.row_stride, plane.pixel_stride, channel.share, channel.size)
        == (around.row_stride, around.pixel_stride, other.share, other.size);
    let bytes = plane.data.as_ptr().addr().checked_sub(around.data.as_ptr().addr())?;
    let right = if right_of(plane, channel.depth).is_some() { plane.pixel_stride } else { 0 };
    let ends = bytes + plane.data.len() == around.data.len();
    (alike && ends && bytes + right + channel.depth.bytes() <= size_of::<u32>()).then_some(bytes)
}

impl<'a> Sampler<'a> {
    /// Prepares an output of the given width; each pixel is the mean of `subsamples` x
    /// `subsamples`.
    pub fn new(map: Map, (width, _): (usize, usize), subsamples: usize, picture: Picture<'a>) -> Self {
        let Picture { planes, colors, bounds } = picture;
        let channels = planes.singly();
        let inner = [0, 1].map(|axis| {
            let of = |channel: &Channels<'_, 1>| [channel.size.0, channel.size.1][axis] as f32;
            let min = channels.iter().map(|channel| 0.5 / channel.share).fold(0.0, f32::max);
            // Half a pixel less than the exact limit, so that rounding cannot exceed the last
            // pixel.
            let max = channels.iter().map(|channel| (of(channel) - 1.0) / channel.share).fold(f32::MAX, f32::min);
            min..max
        });
        let (whole, parts) = (|| row(width, 0), || row(width, 0.0));
        let places = channels.iter().map(|channel| Place::of(channel, &channels)).collect();
        Self {
            map,
            width,
            subsamples,
            channels,
            places,
            colors,
            bounds,
            inner,
            sums: [(); 3].map(|()| parts()),
            x: parts(),
            y: parts(),
            corners: Corners { left: whole(), above: whole(), share_x: parts(), share_y: parts() },
            bytes: Windows { left: [whole(), whole()], right: [whole(), whole()] },
        }
    }

    /// Computes red, green and blue of the row `row`.
    pub fn row(&mut self, row: usize) -> [&[f32]; 3] {
        let step = 1.0 / self.subsamples as f32;
        self.sums.iter_mut().for_each(|sums| sums.as_flattened_mut().fill(0.0));
        for sub_y in 0..self.subsamples {
            let y = row as f32 + (sub_y as f32 + 0.5) * step;
            for sub_x in 0..self.subsamples {
                self.place((sub_x as f32 + 0.5) * step, y);
                let inner = self.inner();
                self.add_outer(0..inner.start * LANES);
                self.add_outer(inner.end * LANES..self.width);
                self.add_inner(inner);
            }
        }
        let Self { sums, colors, width, .. } = self;
        let [mut first, mut second, mut third] = sums.each_mut().map(|sums| &mut sums.as_flattened_mut()[..*width]);
        vectorized(
            #[inline(always)]
            || {
                for sums in [&mut first, &mut second, &mut third] {
                    sums.iter_mut().for_each(|sum| *sum *= step * step);
                }
                colors.to_rgb([first, second, third]);
            },
        );
        self.sums.each_ref().map(|sums| &sums.as_flattened()[..self.width])
    }

    /// Computes the positions of the samples at the output's (column + `x`, `y`).
    fn place(&mut self, x: f32, y: f32) {
        let [a, b, c, d, e, f] = self.map.0;
        let (across, down) = (self.x.as_flattened_mut(), self.y.as_flattened_mut());
        vectorized(
            #[inline(always)]
            || {
                for (column, (across, down)) in (0i32..).zip(across.iter_mut().zip(down)) {
                    let x = column as f32 + x;
                    *across = a * x + b * y + c;
                    *down = d * x + e * y + f;
                }
            },
        );
    }

    /// Returns the samples with all neighbors inside the picture, in units of [`LANES`]. On a line
    /// they are consecutive.
    fn inner(&self) -> Range<usize> {
        let [across, down] = &self.inner;
        let inside = |(x, y): (&f32, &f32)| across.contains(x) && down.contains(y);
        let mut points = self.x.as_flattened().iter().zip(self.y.as_flattened());
        let first = points.clone().position(inside).map(|first| first.div_ceil(LANES));
        let last = points.rposition(inside).map(|last| (last + 1) / LANES);
        match (first, last) {
            (Some(first), Some(end)) if first < end => first..end,
            _ => 0..0,
        }
    }

    fn add_inner(&mut self, range: Range<usize>) {
        let Self { channels, places, x, y, corners, bytes, sums, colors, .. } = self;
        let (mut found, mut fetched) = (None, None);
        for ((place, black), sums) in places.iter().zip(colors.black()).zip(sums) {
            let Channels { plane, share, depth, .. } = &channels[place.channel];
            // Red, green and blue share positions, and so do both chroma channels.
            if found != Some(share) {
                corners.find(&x[range.clone()], &y[range.clone()], *share);
                found = Some(share);
            }
            if fetched != Some(place.channel) {
                bytes.fetch(plane, *depth, corners, range.len());
                fetched = Some(place.channel);
            }
            let bits = (place.bit, right_of(plane, *depth));
            bytes.add(corners, *depth, bits, black, &mut sums[range.clone()]);
        }
    }

    fn add_outer(&mut self, range: Range<usize>) {
        let Self { channels, x, y, sums, colors, bounds, .. } = self;
        for at in range {
            let (x, y) = (x.as_flattened()[at], y.as_flattened()[at]);
            let cover = coverage(x, bounds.0) * coverage(y, bounds.1);
            if cover > 0.0 {
                for ((channel, black), sums) in channels.iter().zip(colors.black()).zip(sums.iter_mut()) {
                    sums.as_flattened_mut()[at] += cover * (bilinear(channel, x, y) - black);
                }
            }
        }
    }
}

fn row<T: Copy>(width: usize, value: T) -> Row<T> {
    vec![[value; LANES]; width.div_ceil(LANES)]
}

impl Corners {
    /// Finds the corners of the points (`x`, `y`) on a plane with `share` pixels per frame pixel.
    fn find(&mut self, x: &[[f32; LANES]], y: &[[f32; LANES]], share: f32) {
        let Self { left, above, share_x, share_y } = self;
        vectorized(
            #[inline(always)]
            || {
                lower_neighbors(x.as_flattened(), share, left.as_flattened_mut(), share_x.as_flattened_mut());
                lower_neighbors(y.as_flattened(), share, above.as_flattened_mut(), share_y.as_flattened_mut());
            },
        );
    }
}

/// Computes the first of the two neighbors of each of the `points` on an axis, and the weight of
/// the second.
#[inline(always)]
fn lower_neighbors(points: &[f32], share: f32, corners: &mut [u32], shares: &mut [f32]) {
    for ((point, corner), second) in points.iter().zip(corners).zip(shares) {
        let at = point * share;
        // The floor of at - 0.5, or one less if that is an integer.
        let low = nearest(at - 1.0);
        (*corner, *second) = (low as u32, at - 0.5 - low as f32);
    }
}

impl Windows {
    /// Fetches the bytes at the first `count` corners, in units of [`LANES`].
    fn fetch(&mut self, plane: &Plane<'_>, depth: Depth, corners: &Corners, count: usize) {
        fetch(&mut self.left, plane, corners, count, 0);
        if right_of(plane, depth).is_none() {
            fetch(&mut self.right, plane, corners, count, plane.pixel_stride);
        }
    }

    /// Adds the interpolated samples minus `black` to `sums`. Their bytes start at `bit`; see
    /// [`right_of`] for `shift`.
    fn add(
        &self,
        corners: &Corners,
        depth: Depth,
        (bit, shift): (u32, Option<u32>),
        black: f32,
        sums: &mut [[f32; LANES]],
    ) {
        let right = if shift.is_some() { &self.left } else { &self.right };
        let shares = [corners.share_x.as_flattened(), corners.share_y.as_flattened()];
        let [left, right] = [&self.left, right].map(|rows| rows.each_ref().map(|row| row.as_flattened()));
        let bits = [bit, bit + shift.unwrap_or(0)];
        let sums = sums.as_flattened_mut();
        vectorized(
            #[inline(always)]
            || match depth {
                Depth::Eight => mix(sums, shares, left, right, bits, black, byte),
                Depth::Ten => mix(sums, shares, left, right, bits, black, pair),
            },
        );
    }
}

/// Returns the bits from a window's left neighbor to its right one; `None` if the right one needs a
/// window of its own.
fn right_of(plane: &Plane<'_>, depth: Depth) -> Option<u32> {
    (plane.pixel_stride + depth.bytes() <= size_of::<u32>()).then_some(8 * plane.pixel_stride as u32)
}

/// Adds the sample minus `black` to each sum. It interpolates what `value` reads from `left` and
/// `right` (starting at `bits`), each above and below, with the weights of the right and the lower
/// neighbors.
#[inline(always)]
fn mix(
    sums: &mut [f32],
    [share_x, share_y]: [&[f32]; 2],
    left: [&[u32]; 2],
    right: [&[u32]; 2],
    bits: [u32; 2],
    black: f32,
    value: impl Fn(u32, u32) -> f32,
) {
    let count = sums.len();
    let (share_x, share_y) = (&share_x[..count], &share_y[..count]);
    let [above_left, below_left] = [&left[0][..count], &left[1][..count]];
    let [above_right, below_right] = [&right[0][..count], &right[1][..count]];
    for at in 0..count {
        let (x, y) = (share_x[at], share_y[at]);
        let above = value(above_left[at], bits[0]) * (1.0 - x) + value(above_right[at], bits[1]) * x;
        let below = value(below_left[at], bits[0]) * (1.0 - x) + value(below_right[at], bits[1]) * x;
        sums[at] += above * (1.0 - y) + below * y - black;
    }
}

#[inline(always)]
fn byte(window: u32, bit: u32) -> f32 {
    (window >> bit & 0xff) as i32 as f32
}

/// Returns the sample of two bytes on the scale of one.
#[inline(always)]
fn pair(window: u32, bit: u32) -> f32 {
    (window >> bit & 0xffff) as i32 as f32 / 256.0
}

/// Fetches the windows `beyond` bytes from the corners.
fn fetch(windows: &mut [Row<u32>; 2], plane: &Plane<'_>, corners: &Corners, count: usize, beyond: usize) {
    let &Plane { data, row_stride, pixel_stride, .. } = plane;
    let [above, below] = windows.each_mut().map(|windows| windows[..count].as_flattened_mut());
    let places = corners.left.as_flattened().iter().zip(corners.above.as_flattened());
    for ((above, below), (&left, &row)) in above.iter_mut().zip(below).zip(places) {
        let start = row as usize * row_stride + left as usize * pixel_stride + beyond;
        (*above, *below) = (window(data, start), window(data, start + row_stride));
    }
}

/// Returns the four bytes from `start` on, the first one lowest; zeros beyond the end.
#[inline(always)]
fn window(data: &[u8], start: usize) -> u32 {
    match data.get(start..).and_then(<[u8]>::first_chunk) {
        Some(bytes) => u32::from_le_bytes(*bytes),
        None => last_window(data, start),
    }
}

#[cold]
fn last_window(data: &[u8], start: usize) -> u32 {
    let bytes = data.get(start..).unwrap_or_default();
    bytes.iter().rev().fold(0, |window, &byte| window << 8 | u32::from(byte))
}

/// Returns the sample at the frame's (`x`, `y`), 0..=255, with neighbors clamped to the picture.
fn bilinear(channel: &Channels<'_, 1>, x: f32, y: f32) -> f32 {
    let ([left, right], share_x) = neighbors(x * channel.share, channel.size.0);
    let ([above, below], share_y) = neighbors(y * channel.share, channel.size.1);
    let Plane { data, row_stride, pixel_stride, .. } = channel.plane;
    let value = |row: usize, column: usize| {
        let at = row * row_stride + column * pixel_stride;
        match channel.depth {
            Depth::Eight => f32::from(data[at]),
            Depth::Ten => f32::from(u16::from_le_bytes([data[at], data[at + 1]])) / 256.0,
        }
    };
    let above = value(above, left) * (1.0 - share_x) + value(above, right) * share_x;
    let below = value(below, left) * (1.0 - share_x) + value(below, right) * share_x;
    above * (1.0 - share_y) + below * share_y
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{Frame, YuvRange};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn rows_at_once_equal_samples_one_by_one(
            size in (1usize..40, 1usize..30), padding in 0usize..5, format in 0usize..6,
            angle in -3.2f32..3.2, zoom in 0.2f32..3.0, shift in (-4.0f32..30.0, -4.0f32..25.0),
            subsamples in 1usize..4,
        ) {
            let (width, height) = size;
            let stride = 4 * (width + 1) + padding;
            let bytes: Vec<u8> = (0..3 * stride * height).map(|i| (i * 7919 % 251) as u8).collect();
            let plane = |min: usize| &bytes[..(height - 1) * stride + min];
            let (half, rows) = (width.div_ceil(2), height.div_ceil(2));
            let chroma = &bytes[7..][..(rows - 1) * stride + 2 * half];
            let wide_chroma = &bytes[7..][..(rows - 1) * stride + 4 * half];
            let frame = match format {
                0 => Frame::gray8(plane(width), width, height, stride),
                1 => Frame::rgb8(plane(3 * width), width, height, stride),
                2 => Frame::rgba8(plane(4 * width), width, height, stride),
                3 => Frame::p010(plane(2 * width), wide_chroma, width, height, [stride, stride], YuvRange::Full),
                4 => {
                    // As from Android: U ends before the last V.
                    let u = Plane::new(&wide_chroma[..wide_chroma.len() - 2], stride, 4);
                    let v = Plane::new(&wide_chroma[2..], stride, 4);
                    let y = Plane::new(plane(2 * width), stride, 2);
                    Frame::yuv420_p010(y, u, v, width, height, YuvRange::Video)
                }
                _ => Frame::nv21(plane(width), chroma, width, height, [stride, stride], YuvRange::Video),
            }.unwrap();
            let (sin, cos) = angle.sin_cos();
            let map = Map([zoom * cos, -zoom * sin, shift.0, zoom * sin, zoom * cos, shift.1]);
            let mut quick = Sampler::new(map, (23, 5), subsamples, Picture::of(&frame));
            let mut plain = Sampler::new(map, (23, 5), subsamples, Picture::of(&frame));
            // No sample lies within these ranges.
            plain.inner = [0.0..0.0, 0.0..0.0];
            for row in 0..5 {
                prop_assert_eq!(quick.row(row), plain.row(row));
            }
        }
    }
}
