//! Colors of video: brings any to BT.601 in the range of standard displays, which the engine expects.
//!
//! Code points: ITU-T H.273.

use mien_core::frame::YuvRange;

use super::matroska::ColorCodes;

/// Weights of red and blue in luma.
pub type Weights = [f64; 2];

pub const BT601: Weights = [0.299, 0.114];
pub const BT709: Weights = [0.2126, 0.0722];
pub const FCC: Weights = [0.30, 0.11];
pub const SMPTE240: Weights = [0.212, 0.087];
const BT2020: Weights = [0.2627, 0.0593];

/// Curves from light to signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transfer {
    /// Standard dynamic range, whose curves are similar enough.
    Standard,
    /// SMPTE ST 2084, perceptual quantizer.
    Pq,
    /// ARIB STD-B67, hybrid log-gamma.
    Hlg,
}

/// Interpretation of the samples of a video.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Colors {
    pub weights: Weights,
    pub transfer: Transfer,
    /// Whether the primaries are those of BT.2020 instead of BT.709.
    pub wide: bool,
    pub range: YuvRange,
}

impl Colors {
    /// Interprets `codes` for a video of `width` x `height` pixels. An unspecified matrix is that of high definition if
    /// the size is, as in players.
    pub fn new(codes: &ColorCodes, width: usize, height: usize) -> Self {
        let transfer = match codes.transfer {
            16 => Transfer::Pq,
            18 => Transfer::Hlg,
            _ => Transfer::Standard,
        };
        let wide = codes.primaries == 9 || (codes.primaries != 1 && transfer != Transfer::Standard);
        let weights = match codes.matrix {
            1 => BT709,
            4 => FCC,
            5 | 6 => BT601,
            7 => SMPTE240,
            9 | 10 => BT2020,
            _ if wide => BT2020,
            _ if is_high_definition(width, height) => BT709,
            _ => BT601,
        };
        let range = if codes.full_range { YuvRange::Full } else { YuvRange::Video };
        Self { weights, transfer, wide, range }
    }

    /// Interprets a YUV4MPEG2 stream, which does not state its matrix. Samples of full range are those of JPEG, and of
    /// cameras that send it.
    pub fn of_stream(range: YuvRange, width: usize, height: usize) -> Self {
        let high = range == YuvRange::Video && is_high_definition(width, height);
        let weights = if high { BT709 } else { BT601 };
        Self { weights, transfer: Transfer::Standard, wide: false, range }
    }
}

/// Whether players take a video of this size for one of high definition.
fn is_high_definition(width: usize, height: usize) -> bool {
    width.max(height) >= 1280 || width.min(height) > 576
}

/// A frame of 8 bits or 10 bits and 4:2:0: planes Y, U and V, one after the other.
pub struct Frame {
    pub width: usize,
    pub height: usize,
    pub data: Vec<u8>,
    /// Bits per sample: 8, or 10 in two bytes, little endian.
    pub depth: u32,
}

/// Bits after the point of the coefficients.
const POINT: u32 = 14;

/// The linear map from YUV of another matrix to YUV of BT.601. Gray stays gray, so a change depends on U and V alone.
pub struct Recolor {
    /// Change of Y by U and V, then new U and V, in units of 2^-14.
    y: [i32; 2],
    u: [i32; 2],
    v: [i32; 2],
}

impl Recolor {
    /// Creates the map from `colors`.
    pub fn new(colors: &Colors) -> Self {
        let (luma, chroma) = scales(colors.range);
        let fixed = |value: f64| (value * f64::from(1 << POINT)).round() as i32;
        let image = |u: f64, v: f64| from_rgb(to_rgb([0.0, u / chroma, v / chroma], colors.weights), BT601);
        let (of_u, of_v) = (image(1.0, 0.0), image(0.0, 1.0));
        Self {
            y: [fixed(luma * of_u[0]), fixed(luma * of_v[0])],
            u: [fixed(chroma * of_u[1]), fixed(chroma * of_v[1])],
            v: [fixed(chroma * of_u[2]), fixed(chroma * of_v[2])],
        }
    }

    /// Converts planes in place. A luma sample takes the chroma of its block of 2 x 2.
    pub fn apply(&self, data: &mut [u8], width: usize, height: usize) {
        let (columns, rows) = (width.div_ceil(2), height.div_ceil(2));
        let (luma, chroma) = data.split_at_mut(width * height);
        let (u, v) = chroma.split_at_mut(columns * rows);
        let mut change = vec![0i16; columns];
        let mix = |[a, b]: [i32; 2], u: i32, v: i32| (a * u + b * v + (1 << (POINT - 1))) >> POINT;
        for ((lines, u), v) in luma.chunks_mut(2 * width).zip(u.chunks_mut(columns)).zip(v.chunks_mut(columns)) {
            for ((change, u), v) in change.iter_mut().zip(u).zip(v) {
                let (old_u, old_v) = (i32::from(*u) - 128, i32::from(*v) - 128);
                *change = mix(self.y, old_u, old_v) as i16;
                *u = (mix(self.u, old_u, old_v) + 128).clamp(0, 255) as u8;
                *v = (mix(self.v, old_u, old_v) + 128).clamp(0, 255) as u8;
            }
            for line in lines.chunks_mut(width) {
                for (pair, change) in line.chunks_mut(2).zip(&change) {
                    for sample in pair {
                        *sample = (i16::from(*sample) + change).clamp(0, 255) as u8;
                    }
                }
            }
        }
    }
}

/// Returns the number of steps of luma from black to white, and of chroma from one end to the other, in 8 bits.
pub fn scales(range: YuvRange) -> (f64, f64) {
    match range {
        YuvRange::Full => (255.0, 255.0),
        YuvRange::Video => (219.0, 224.0),
    }
}

/// Returns red, green and blue of Y (0 to 1), U and V (-0.5 to 0.5).
fn to_rgb([y, u, v]: [f64; 3], [red, blue]: Weights) -> [f64; 3] {
    let (r, b) = (y + 2.0 * (1.0 - red) * v, y + 2.0 * (1.0 - blue) * u);
    [r, (y - red * r - blue * b) / (1.0 - red - blue), b]
}

/// Returns Y, U and V of red, green and blue.
pub fn from_rgb([r, g, b]: [f64; 3], [red, blue]: Weights) -> [f64; 3] {
    let y = red * r + (1.0 - red - blue) * g + blue * b;
    [y, (b - y) / (2.0 * (1.0 - blue)), (r - y) / (2.0 * (1.0 - red))]
}

/// Returns Y, U and V of BT.601 in the range of video, 8 bits, of red, green and blue from 0 to 1.
pub fn to_bt601([r, g, b]: [f32; 3]) -> [f32; 3] {
    let y = 0.299 * r + 0.587 * g + 0.114 * b;
    [16.0 + 219.0 * y, 128.0 + 224.0 / 1.772 * (b - y), 128.0 + 224.0 / 1.402 * (r - y)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(matrix: u64, transfer: u64, primaries: u64) -> ColorCodes {
        ColorCodes { matrix, transfer, primaries, full_range: false }
    }

    #[test]
    fn an_unspecified_matrix_is_chosen_by_size() {
        let weights = |codes: &ColorCodes, width, height| Colors::new(codes, width, height).weights;
        for (width, height, expected) in [
            (640, 480, BT601),
            (720, 576, BT601),
            (576, 720, BT601),
            (1280, 720, BT709),
            (720, 1280, BT709),
            (800, 600, BT709),
        ] {
            assert_eq!(weights(&codes(2, 2, 2), width, height), expected, "{width}x{height}");
        }
        assert_eq!(weights(&codes(6, 2, 2), 1920, 1080), BT601);
        assert_eq!(weights(&codes(1, 2, 2), 320, 240), BT709);
        assert_eq!(weights(&codes(7, 2, 2), 320, 240), SMPTE240);
        assert_eq!(weights(&codes(4, 2, 2), 320, 240), FCC);
        assert_eq!(weights(&codes(2, 16, 2), 320, 240), BT2020);
        assert_eq!(Colors::of_stream(YuvRange::Full, 1920, 1080).weights, BT601);
        assert_eq!(Colors::of_stream(YuvRange::Video, 1920, 1080).weights, BT709);
    }
}
