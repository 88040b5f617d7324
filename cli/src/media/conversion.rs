//! Conversion of frames to the colors that the engine expects.

use mien_core::frame::YuvRange;

use super::color::{BT601, Colors, Frame, Recolor, Transfer};
use super::hdr::ToneMap;
use super::planes::Samples;

/// Converts frames to BT.601.
pub enum Conversion {
    /// The matrix is the expected one.
    None,
    Matrix(Recolor),
    /// High dynamic range or other primaries.
    ToneMap(Box<ToneMap>),
}

impl Conversion {
    /// Creates the conversion from `colors`.
    pub fn new(colors: &Colors) -> Self {
        if colors.transfer != Transfer::Standard || colors.wide {
            Self::ToneMap(Box::new(ToneMap::new(colors)))
        } else if colors.weights == BT601 {
            Self::None
        } else {
            Self::Matrix(Recolor::new(colors))
        }
    }

    /// Returns the planes of `frame` in 8 bits and BT.601, and their range; `range` is that of the frame.
    pub fn apply(&self, frame: Frame, range: YuvRange) -> (Vec<u8>, YuvRange) {
        let Frame { width, height, .. } = frame;
        if let Self::ToneMap(map) = self {
            return (map.apply(&frame), YuvRange::Video);
        }
        let mut data = in_8_bits(frame, range == YuvRange::Full);
        if let Self::Matrix(recolor) = self {
            recolor.apply(&mut data, width, height);
        }
        (data, range)
    }
}

fn in_8_bits(frame: Frame, full_range: bool) -> Vec<u8> {
    let Frame { data, depth, .. } = frame;
    if depth == 8 {
        return data;
    }
    // The planes have one range each, so they are rounded as one row of samples.
    Samples::of_depth(&data, data.len() / 2, 1, depth, full_range).data
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::color::{BT709, FCC, SMPTE240, from_rgb, scales};
    use crate::media::matroska::ColorCodes;

    #[test]
    fn colors_of_every_matrix_become_those_of_bt601() {
        let color = [0.8, 0.5, 0.3];
        for range in [YuvRange::Video, YuvRange::Full] {
            let (luma, chroma) = scales(range);
            let black = if range == YuvRange::Video { 16.0 } else { 0.0 };
            let coded = |weights| {
                let [y, u, v] = from_rgb(color, weights);
                [black + luma * y, 128.0 + chroma * u, 128.0 + chroma * v].map(|value| value.round() as u8)
            };
            let expected = coded(BT601);
            for weights in [BT601, BT709, FCC, SMPTE240] {
                let colors = Colors { weights, transfer: Transfer::Standard, wide: false, range };
                // 5 x 3 pixels have 3 x 2 chroma samples.
                let [y, u, v] = coded(weights);
                let data = [[y; 15].as_slice(), &[u; 6], &[v; 6]].concat();
                let (data, out) = Conversion::new(&colors).apply(Frame { width: 5, height: 3, data, depth: 8 }, range);
                assert_eq!(out, range);
                for (index, value) in data.iter().enumerate() {
                    let expected = expected[if index < 15 {
                        0
                    } else if index < 21 {
                        1
                    } else {
                        2
                    }];
                    assert!(value.abs_diff(expected) <= 1, "{weights:?} {range:?} {index}: {value} for {expected}");
                }
            }
        }
    }

    #[test]
    fn ten_bits_become_eight() {
        let colors = Colors::new(&ColorCodes { matrix: 6, transfer: 2, primaries: 2, full_range: false }, 2, 2);
        let data: Vec<u8> = [64u16, 940, 500, 504, 512, 960].into_iter().flat_map(u16::to_le_bytes).collect();
        let (data, _) = Conversion::new(&colors).apply(Frame { width: 2, height: 2, data, depth: 10 }, YuvRange::Video);
        assert_eq!(data, [16, 235, 125, 126, 128, 240]);
    }
}
