//! The planes of a frame's pixels, and their colors.

use crate::frame::{Depth, Frame, Pixels, Plane, YuvRange};

/// A plane of pixels with `N` channels.
#[derive(Clone, Copy)]
pub(super) struct Channels<'a, const N: usize> {
    pub plane: Plane<'a>,
    pub size: (usize, usize),
    /// The ratio of its pixels to the frame's on each axis: 1, or 0.5 for chroma.
    pub share: f32,
    /// The order of the channels within a pixel.
    pub offsets: [usize; N],
    pub depth: Depth,
}

/// The pixels of a frame, by planes.
pub(super) struct Picture<'a> {
    pub planes: Planes<'a>,
    pub colors: Colors,
    /// The size of the buffer in pixels; everything beyond is black.
    pub bounds: (usize, usize),
}

/// The planes of a picture.
pub(super) enum Planes<'a> {
    /// Interleaved red, green and blue.
    Packed(Channels<'a, 3>),
    /// Luma, followed by chroma (blue, red) if there is any.
    Apart(Vec<Channels<'a, 1>>),
}

/// The meaning of the channels.
#[derive(Clone, Copy)]
pub(super) enum Colors {
    Rgb,
    Gray(YuvRange, Depth),
    Yuv(YuvRange, Depth),
}

impl<'a> Picture<'a> {
    pub fn of(frame: &Frame<'a>) -> Self {
        let size = frame.buffer_size();
        let apart = |plane, size, share, depth| Channels { plane, size, share, offsets: [0], depth };
        let (planes, colors) = match frame.pixels {
            Pixels::Packed { plane, offsets } => {
                let channels = Channels { plane, size, share: 1.0, offsets, depth: Depth::Eight };
                (Planes::Packed(channels), Colors::Rgb)
            }
            Pixels::Gray { plane, range, depth } => {
                (Planes::Apart(vec![apart(plane, size, 1.0, depth)]), Colors::Gray(range, depth))
            }
            Pixels::Yuv { y, u, v, range, depth } => {
                let half = (size.0.div_ceil(2), size.1.div_ceil(2));
                let planes = [(y, size, 1.0), (u, half, 0.5), (v, half, 0.5)];
                let planes = planes.map(|(plane, size, share)| apart(plane, size, share, depth));
                (Planes::Apart(planes.into()), Colors::Yuv(range, depth))
            }
        };
        Self { planes, colors, bounds: size }
    }
}

impl<'a> Planes<'a> {
    /// Returns each channel as a plane of its own.
    pub fn singly(self) -> Vec<Channels<'a, 1>> {
        match self {
            Self::Apart(planes) => planes,
            Self::Packed(Channels { plane, size, share, offsets, depth }) => offsets
                .iter()
                .map(|&offset| {
                    let plane = Plane { data: &plane.data[offset..], ..plane };
                    Channels { plane, size, share, offsets: [0], depth }
                })
                .collect(),
        }
    }
}

impl Colors {
    /// Returns the channels of black.
    pub fn black(self) -> [f32; 3] {
        match self {
            Self::Rgb => [0.0; 3],
            Self::Gray(range, _) | Self::Yuv(range, _) => match range {
                YuvRange::Full => [0.0, 128.0, 128.0],
                YuvRange::Video => [16.0, 128.0, 128.0],
            },
        }
    }

    /// Converts channels, relative to [`black`](Self::black), to red, green and blue, 0..=255.
    ///
    /// YUV is ITU-R BT.601: full range as in JFIF, video range with Y scaled by 255/219 and chroma
    /// by 255/224. Samples of 10 bits are quarters here; their full range ends at 1023/4 and not at
    /// 255, while their video range is that of eight bits.
    #[inline(always)]
    pub fn to_rgb(self, [first, second, third]: [&mut [f32]; 3]) {
        let channels = first.iter_mut().zip(second).zip(third);
        match self {
            Self::Rgb => {}
            Self::Gray(range, depth) => {
                let [luma, _] = gains(range, depth);
                for ((first, second), third) in channels {
                    *first = (*first * luma).clamp(0.0, 255.0);
                    (*second, *third) = (*first, *first);
                }
            }
            Self::Yuv(range, depth) => {
                let [luma, chroma] = gains(range, depth);
                for ((first, second), third) in channels {
                    let (y, u, v) = (*first * luma, *second * chroma, *third * chroma);
                    let rgb = [y + 1.402 * v, y - 0.344_136 * u - 0.714_136 * v, y + 1.772 * u];
                    [*first, *second, *third] = rgb.map(|value| value.clamp(0.0, 255.0));
                }
            }
        }
    }
}

/// Returns the factors that scale luma and chroma, relative to black, to 0..=255 and -128..=127;
/// values beyond the input range exceed these limits.
fn gains(range: YuvRange, depth: Depth) -> [f32; 2] {
    match (range, depth) {
        (YuvRange::Full, Depth::Eight) => [1.0; 2],
        (YuvRange::Full, Depth::Ten) => [4.0 * 255.0 / 1023.0; 2],
        (YuvRange::Video, _) => [255.0 / 219.0, 255.0 / 224.0],
    }
}

/// Returns the two neighbors of a sample on an axis of `n` pixels, clamped to it, and the weight of
/// the second; pixel `i` has its center at `i + 0.5`. `v` is at least -0.5.
#[inline(always)]
pub(super) fn neighbors(v: f32, n: usize) -> ([usize; 2], f32) {
    // The floor of v - 0.5 by truncation: a call of `floor` would cost more than all the rest.
    let low = (v + 0.5) as i32 - 1;
    let last = n as i32 - 1;
    ([low.clamp(0, last) as usize, (low + 1).clamp(0, last) as usize], v - 0.5 - low as f32)
}

/// Returns the part of a bilinear sample at `v` that lies on `0..n`: 1 inside, falling to 0 over
/// the pixel beyond the border. Coordinates that are not finite count as outside.
#[inline]
pub(super) fn coverage(v: f32, n: usize) -> f32 {
    let inside = (v + 0.5).min(n as f32 + 0.5 - v);
    if inside.is_nan() { 0.0 } else { inside.clamp(0.0, 1.0) }
}
