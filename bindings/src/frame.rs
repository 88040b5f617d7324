//! Frames: how a caller's bytes become the core's planes.

use mien_core::Frame;
use mien_core::frame::{self as core, Plane, Rotation};

use crate::error::{Result, fail};

/// The layout of a frame's pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum PixelFormat {
    /// Three bytes a pixel: red, green, blue.
    Rgb8,
    /// Four bytes a pixel: red, green, blue, alpha (ignored).
    Rgba8,
    /// Four bytes a pixel: blue, green, red, alpha (ignored).
    Bgra8,
    /// One luminance byte a pixel, full range.
    Gray8,
    /// A luma plane and a half-size plane of interleaved U and V.
    Nv12,
    /// A luma plane and a half-size plane of interleaved V and U.
    Nv21,
    /// Luma, U and V planes: I420, or Android's `YUV_420_888`.
    Yuv420,
    /// Like NV12 with two bytes a sample, little-endian, whose upper 10 bits count; or, with three planes, Android's
    /// `YCBCR_P010`.
    P010,
}

impl PixelFormat {
    /// All formats; the index of each is its number on the frame path of Android.
    pub const ALL: [Self; 8] =
        [Self::Rgb8, Self::Rgba8, Self::Bgra8, Self::Gray8, Self::Nv12, Self::Nv21, Self::Yuv420, Self::P010];

    fn pixel_bytes(self) -> usize {
        match self {
            Self::Rgb8 => 3,
            Self::Rgba8 | Self::Bgra8 => 4,
            Self::Gray8 | Self::Nv12 | Self::Nv21 | Self::Yuv420 => 1,
            Self::P010 => 2,
        }
    }
}

/// The range of YUV samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum YuvRange {
    /// Y 0 to 255: JPEG, Android's cameras and iOS's `420f`.
    Full,
    /// Y 16 to 235, U and V 16 to 240: video files and iOS's `420v`.
    Video,
}

impl From<YuvRange> for core::YuvRange {
    fn from(range: YuvRange) -> Self {
        match range {
            YuvRange::Full => Self::Full,
            YuvRange::Video => Self::Video,
        }
    }
}

/// The layout of a frame in memory. A plane needs `(rows - 1) * row stride + (columns - 1) * pixel stride +
/// sample` bytes, so that its last row may end at its last sample.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct FrameLayout {
    /// The layout of the pixels.
    pub format: PixelFormat,
    /// Columns of the buffer, 1 to 16384.
    pub width: u32,
    /// Rows of the buffer, 1 to 16384.
    pub height: u32,
    /// Bytes from one row of the first plane to the next; 0 if there is no padding.
    pub row_stride: u32,
    /// Bytes from one row of chroma to the next; 0 if there is no padding.
    pub chroma_row_stride: u32,
    /// For `Yuv420`: bytes from one chroma sample to the next; 0 counts as 1.
    pub chroma_pixel_stride: u32,
    /// The range of YUV samples.
    pub range: YuvRange,
    /// The clockwise rotation that makes the buffer upright: 0, 90, 180 or 270 degrees.
    pub rotation_degrees: i32,
    /// Whether the buffer, after the rotation, is the mirror image of the scene (a mirrored EXIF orientation); it is
    /// flipped back before recognition.
    pub flip: bool,
    /// Whether positions in results are mirrored left to right (the preview of a front camera); recognition sees the
    /// same pixels as without it.
    pub mirror: bool,
}

impl FrameLayout {
    /// Returns the frame of these planes; planes that the format does not have are ignored.
    pub(crate) fn frame<'a>(&self, first: &'a [u8], second: &'a [u8], third: &'a [u8]) -> Result<Frame<'a>> {
        let width = self.width as usize;
        let stride = |given: u32, tight: usize| if given == 0 { tight } else { given as usize };
        let pixel = stride(self.chroma_pixel_stride, 1);
        let chroma_tight = match self.format {
            PixelFormat::Yuv420 => width.div_ceil(2).saturating_mul(pixel),
            PixelFormat::P010 => 4 * width.div_ceil(2),
            _ => 2 * width.div_ceil(2),
        };
        let chroma = stride(self.chroma_row_stride, chroma_tight);
        let bytes = self.format.pixel_bytes();
        Planes {
            format: self.format,
            width,
            height: self.height as usize,
            planes: [
                Plane::new(first, stride(self.row_stride, width * bytes), bytes),
                Plane::new(second, chroma, pixel),
                Plane::new(third, chroma, pixel),
            ],
            range: self.range,
            rotation_degrees: self.rotation_degrees,
            flip: self.flip,
            mirror: self.mirror,
        }
        .frame()
    }
}

/// The planes of a frame and their layout.
pub(crate) struct Planes<'a> {
    pub format: PixelFormat,
    pub width: usize,
    pub height: usize,
    pub planes: [Plane<'a>; 3],
    pub range: YuvRange,
    pub rotation_degrees: i32,
    pub flip: bool,
    pub mirror: bool,
}

impl<'a> Planes<'a> {
    pub fn frame(&self) -> Result<Frame<'a>> {
        let Self { format, width, height, planes: [first, second, third], .. } = *self;
        let bytes = format.pixel_bytes();
        if format != PixelFormat::Yuv420 && first.pixel_stride != bytes {
            fail!(InvalidFrame, "the pixel stride is {}; {format:?} has {bytes} bytes per pixel", first.pixel_stride);
        }
        let range = self.range.into();
        let strides = [first.row_stride, second.row_stride];
        let frame = match format {
            PixelFormat::Rgb8 => Frame::rgb8(first.data, width, height, first.row_stride),
            PixelFormat::Rgba8 => Frame::rgba8(first.data, width, height, first.row_stride),
            PixelFormat::Bgra8 => Frame::bgra8(first.data, width, height, first.row_stride),
            PixelFormat::Gray8 => Frame::gray8(first.data, width, height, first.row_stride),
            PixelFormat::Nv12 => Frame::nv12(first.data, second.data, width, height, strides, range),
            PixelFormat::Nv21 => Frame::nv21(first.data, second.data, width, height, strides, range),
            PixelFormat::Yuv420 => Frame::yuv420(first, second, third, width, height, range),
            PixelFormat::P010 if third.data.is_empty() => {
                Frame::p010(first.data, second.data, width, height, strides, range)
            }
            PixelFormat::P010 => Frame::yuv420_p010(first, second, third, width, height, range),
        }?;
        let rotation = Rotation::from_degrees(self.rotation_degrees)?;
        Ok(frame.rotated(rotation).flipped(self.flip).mirrored(self.mirror))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(format: PixelFormat, width: u32, height: u32) -> FrameLayout {
        FrameLayout {
            format,
            width,
            height,
            row_stride: 0,
            chroma_row_stride: 0,
            chroma_pixel_stride: 0,
            range: YuvRange::Full,
            rotation_degrees: 0,
            flip: false,
            mirror: false,
        }
    }

    #[test]
    fn strides_of_zero_mean_rows_without_padding_for_odd_sizes_too() {
        // Bytes of the three planes of 5 x 3 pixels.
        for (format, lengths) in [
            (PixelFormat::Rgb8, [45, 0, 0]),
            (PixelFormat::Rgba8, [60, 0, 0]),
            (PixelFormat::Bgra8, [60, 0, 0]),
            (PixelFormat::Gray8, [15, 0, 0]),
            (PixelFormat::Nv12, [15, 12, 0]),
            (PixelFormat::Nv21, [15, 12, 0]),
            (PixelFormat::Yuv420, [15, 6, 6]),
            (PixelFormat::P010, [30, 24, 0]),
        ] {
            let planes = lengths.map(|length| vec![0u8; length]);
            let layout = layout(format, 5, 3);
            let frame = layout.frame(&planes[0], &planes[1], &planes[2]).unwrap();
            assert_eq!(frame.upright_size(), (5, 3));
            for short in 0..3 {
                let cut = |index: usize| &planes[index][..lengths[index].saturating_sub(usize::from(index == short))];
                let answer = layout.frame(cut(0), cut(1), cut(2));
                assert_eq!(answer.is_err(), lengths[short] > 0, "{format:?} with a short plane {short}");
            }
        }
    }

    #[test]
    fn impossible_numbers_are_errors() {
        let max = u32::MAX;
        for wrong in [
            FrameLayout { width: 0, ..layout(PixelFormat::Gray8, 5, 3) },
            FrameLayout { width: max, height: max, ..layout(PixelFormat::Yuv420, 5, 3) },
            FrameLayout {
                row_stride: max,
                chroma_row_stride: max,
                chroma_pixel_stride: max,
                ..layout(PixelFormat::Yuv420, 5, 3)
            },
            FrameLayout { rotation_degrees: 45, ..layout(PixelFormat::Gray8, 5, 3) },
        ] {
            assert_eq!(wrong.frame(&[0; 64], &[0; 64], &[0; 64]).unwrap_err().code(), 2, "{wrong:?}");
        }
    }
}
