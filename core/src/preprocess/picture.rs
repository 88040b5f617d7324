//! The planes of a frame's pixels, and their colors.

use crate::frame::{Frame, Pixels, Plane, YuvRange};

/// A plane of pixels with `N` channels.
#[derive(Clone, Copy)]
pub(super) struct Channels<'a, const N: usize> {
    pub plane: Plane<'a>,
    pub size: (usize, usize),
    /// The ratio of its pixels to the frame's on each axis: 1, or 0.5 for chroma.
    pub share: f32,
    /// The order of the channels within a pixel.
    pub offsets: [usize; N],
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
    Gray(YuvRange),
    Yuv(YuvRange),
}

impl<'a> Picture<'a> {
    pub fn of(frame: &Frame<'a>) -> Self {
        let size = frame.buffer_size();
        let apart = |plane, size, share| Channels { plane, size, share, offsets: [0] };
        let (planes, colors) = match frame.pixels {
            Pixels::Packed { plane, offsets } => {
                (Planes::Packed(Channels { plane, size, share: 1.0, offsets }), Colors::Rgb)
            }
            Pixels::Gray { plane, range } => (Planes::Apart(vec![apart(plane, size, 1.0)]), Colors::Gray(range)),
            Pixels::Yuv { y, u, v, range } => {
                let half = (size.0.div_ceil(2), size.1.div_ceil(2));
                let planes = vec![apart(y, size, 1.0), apart(u, half, 0.5), apart(v, half, 0.5)];
                (Planes::Apart(planes), Colors::Yuv(range))
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
            Self::Packed(Channels { plane, size, share, offsets }) => offsets
                .iter()
                .map(|&offset| {
                    let plane = Plane { data: &plane.data[offset..], ..plane };
                    Channels { plane, size, share, offsets: [0] }
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
            Self::Gray(range) | Self::Yuv(range) => match range {
                YuvRange::Full => [0.0, 128.0, 128.0],
                YuvRange::Video => [16.0, 128.0, 128.0],
            },
        }
    }

    /// Converts channels, relative to [`black`](Self::black), to red, green and blue, 0..=255.
    ///
    /// YUV is ITU-R BT.601: full range as in JFIF, video range with Y scaled by 255/219 and chroma
    /// by 255/224.
    #[inline(always)]
    pub fn to_rgb(self, [first, second, third]: [&mut [f32]; 3]) {
        let channels = first.iter_mut().zip(second).zip(third);
        match self {
            Self::Rgb => {}
            Self::Gray(range) => {
                for ((first, second), third) in channels {
                    *first = full_range(*first, range).clamp(0.0, 255.0);
                    (*second, *third) = (*first, *first);
                }
            }
            Self::Yuv(range) => {
                let chroma = match range {
                    YuvRange::Full => 1.0,
                    YuvRange::Video => 255.0 / 224.0,
                };
                for ((first, second), third) in channels {
                    let (y, u, v) = (full_range(*first, range), *second * chroma, *third * chroma);
                    let rgb = [y + 1.402 * v, y - 0.344_136 * u - 0.714_136 * v, y + 1.772 * u];
                    [*first, *second, *third] = rgb.map(|value| value.clamp(0.0, 255.0));
                }
            }
        }
    }
}

/// Scales luma relative to black to 0..=255; values beyond the input range exceed these limits.
#[inline(always)]
fn full_range(luma: f32, range: YuvRange) -> f32 {
    match range {
        YuvRange::Full => luma,
        YuvRange::Video => luma * (255.0 / 219.0),
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
