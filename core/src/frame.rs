//! Camera frames and pictures as borrowed planes.
//!
//! A [`Frame`] borrows the caller's buffers for one call. Its *buffer* coordinates refer to the
//! planes; its *upright* coordinates include [`Rotation`], flip and mirroring, and all results
//! (boxes, landmarks) use them. Coordinates are continuous: the pixel in column `i` covers
//! `i..i+1`, with its center at `i+0.5`.
//!
//! Two properties turn left into right. [`Frame::flipped`] is about the buffer: it holds a mirror
//! image, which is undone. [`Frame::mirrored`] is about the results: positions fit a mirrored
//! preview, while recognition sees the same pixels as without it.

use crate::error::{Result, fail};

/// The maximum width or height of a frame, in pixels.
pub const MAX_SIDE: usize = 16_384;

/// The maximum number of pixels of a picture file: 2^26, which is 8192 x 8192. Decoders check it
/// before they allocate memory, because a small file may claim a large picture.
pub const MAX_PICTURE_PIXELS: usize = 1 << 26;

/// The maximum number of bytes of a decoded picture file, in the file's own pixel format (up to 16
/// bytes per pixel): 256 MiB.
pub const MAX_PICTURE_BYTES: u64 = 256 << 20;

/// One plane of a frame.
#[derive(Clone, Copy)]
pub struct Plane<'a> {
    /// The bytes, from the first sample of the first row on.
    pub data: &'a [u8],
    /// Bytes from one row to the next.
    pub row_stride: usize,
    /// Bytes from one sample (or packed pixel) to the next in a row.
    pub pixel_stride: usize,
}

impl<'a> Plane<'a> {
    /// Creates a plane over `data` with the given strides in bytes.
    pub fn new(data: &'a [u8], row_stride: usize, pixel_stride: usize) -> Self {
        Self { data, row_stride, pixel_stride }
    }
}

/// Names of pixel formats, for messages and tools. Each format has its own constructor of
/// [`Frame`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PixelFormat {
    /// Three bytes per pixel: red, green, blue.
    Rgb8,
    /// Four bytes per pixel: red, green, blue, alpha (ignored).
    Rgba8,
    /// Four bytes per pixel: blue, green, red, alpha (ignored).
    Bgra8,
    /// One luminance byte per pixel, full range.
    Gray8,
    /// A luma plane and a half-size plane of interleaved U and V (iOS, many encoders).
    Nv12,
    /// A luma plane and a half-size plane of interleaved V and U (old Android cameras).
    Nv21,
    /// Three planes with arbitrary strides: I420, or Android's `YUV_420_888`.
    Yuv420,
    /// Like NV12 with two bytes per sample, little-endian, of which the upper 10 bits count (iOS's
    /// `x420` and `xf20`, Android's `YCBCR_P010`).
    P010,
}

/// The range of YUV samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum YuvRange {
    /// Y 0..=255, as in JPEG and from Android's cameras.
    #[default]
    Full,
    /// Y 16..=235, U and V 16..=240, as in video files and iOS's `420v`.
    Video,
}

/// The width of YUV samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// One byte.
    Eight,
    /// Two bytes, little-endian, whose upper 10 bits count: a 256th of the number is the value on the
    /// scale of a byte.
    Ten,
}

impl Depth {
    /// Returns the bytes of a sample.
    pub(crate) fn bytes(self) -> usize {
        match self {
            Self::Eight => 1,
            Self::Ten => 2,
        }
    }
}

/// The clockwise rotation that makes the buffer upright, as in Android's `rotationDegrees`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Rotation {
    /// The buffer is upright.
    #[default]
    None,
    /// A quarter turn clockwise.
    Clockwise90,
    /// A half turn.
    Half,
    /// Three quarter turns clockwise.
    Clockwise270,
}

impl Rotation {
    /// Returns the rotation by `degrees`: 0, 90, 180 or 270.
    ///
    /// # Errors
    /// `InvalidFrame` for any other number.
    pub fn from_degrees(degrees: i32) -> Result<Self> {
        Ok(match degrees {
            0 => Self::None,
            90 => Self::Clockwise90,
            180 => Self::Half,
            270 => Self::Clockwise270,
            _ => fail!(InvalidFrame, "rotation is {degrees} degrees; it must be 0, 90, 180 or 270"),
        })
    }

    /// All four rotations, by angle.
    pub const ALL: [Self; 4] = [Self::None, Self::Clockwise90, Self::Half, Self::Clockwise270];

    /// Returns the clockwise angle in degrees: 0, 90, 180 or 270.
    pub fn degrees(self) -> u32 {
        90 * self.quarters()
    }

    /// Returns the rotation by this angle and then by that of `next`.
    #[must_use]
    pub fn then(self, next: Self) -> Self {
        Self::ALL[(self.quarters() + next.quarters()) as usize % 4]
    }

    /// Returns the rotation back.
    #[must_use]
    pub fn inverse(self) -> Self {
        Self::ALL[(4 - self.quarters()) as usize % 4]
    }

    fn quarters(self) -> u32 {
        match self {
            Self::None => 0,
            Self::Clockwise90 => 1,
            Self::Half => 2,
            Self::Clockwise270 => 3,
        }
    }
}

/// The samples of a frame; chroma planes start at their first sample.
#[derive(Clone, Copy)]
pub(crate) enum Pixels<'a> {
    /// Packed color: offsets of red, green and blue within a pixel.
    Packed { plane: Plane<'a>, offsets: [usize; 3] },
    /// Luminance alone.
    Gray { plane: Plane<'a>, range: YuvRange, depth: Depth },
    /// Luma and half-size chroma.
    Yuv { y: Plane<'a>, u: Plane<'a>, v: Plane<'a>, range: YuvRange, depth: Depth },
}

/// A picture, borrowed for one call.
#[derive(Clone, Copy)]
pub struct Frame<'a> {
    pub(crate) pixels: Pixels<'a>,
    width: usize,
    height: usize,
    rotation: Rotation,
    flip: bool,
    mirror: bool,
}

impl std::fmt::Debug for Frame<'_> {
    /// Sizes only: pixels are personal data.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { width, height, rotation, flip, mirror, .. } = self;
        write!(f, "Frame({width}x{height}, {rotation:?}, flip {flip}, mirror {mirror})")
    }
}

impl<'a> Frame<'a> {
    /// An RGB frame, three bytes per pixel, `row_stride` bytes per row.
    ///
    /// # Errors
    /// `InvalidFrame` if a size is 0 or above [`MAX_SIDE`], a stride is shorter than a row, or
    /// `data` is shorter than the [length rule](plane_length) requires.
    pub fn rgb8(data: &'a [u8], width: usize, height: usize, row_stride: usize) -> Result<Self> {
        Self::packed(data, width, height, row_stride, 3, [0, 1, 2])
    }

    /// An RGBA frame, four bytes per pixel; alpha is ignored. Errors as in [`Frame::rgb8`].
    pub fn rgba8(data: &'a [u8], width: usize, height: usize, row_stride: usize) -> Result<Self> {
        Self::packed(data, width, height, row_stride, 4, [0, 1, 2])
    }

    /// A BGRA frame, four bytes per pixel; alpha is ignored. Errors as in [`Frame::rgb8`].
    pub fn bgra8(data: &'a [u8], width: usize, height: usize, row_stride: usize) -> Result<Self> {
        Self::packed(data, width, height, row_stride, 4, [2, 1, 0])
    }

    /// A luminance frame, one byte per pixel, full range. Errors as in [`Frame::rgb8`].
    pub fn gray8(data: &'a [u8], width: usize, height: usize, row_stride: usize) -> Result<Self> {
        let plane = Plane::new(data, row_stride, 1);
        check_plane("gray", &plane, width, height, 1)?;
        Ok(Self::of(Pixels::Gray { plane, range: YuvRange::Full, depth: Depth::Eight }, width, height))
    }

    /// An NV12 frame: a luma plane and a half-size plane of U, V pairs.
    ///
    /// `row_strides` are the strides of luma and chroma. Colors are BT.601, samples in `range`.
    /// Errors as in [`Frame::rgb8`], for each plane.
    pub fn nv12(
        luma: &'a [u8],
        chroma: &'a [u8],
        width: usize,
        height: usize,
        row_strides: [usize; 2],
        range: YuvRange,
    ) -> Result<Self> {
        Self::semi_planar([luma, chroma], (width, height), row_strides, range, Depth::Eight, false)
    }

    /// An NV21 frame: like [`Frame::nv12`], with V before U.
    pub fn nv21(
        luma: &'a [u8],
        chroma: &'a [u8],
        width: usize,
        height: usize,
        row_strides: [usize; 2],
        range: YuvRange,
    ) -> Result<Self> {
        Self::semi_planar([luma, chroma], (width, height), row_strides, range, Depth::Eight, true)
    }

    /// A frame of three planes with arbitrary strides: I420 (chroma pixel stride 1) or Android's
    /// `YUV_420_888` (chroma pixel stride 1 or 2, planes that may overlap).
    ///
    /// Chroma planes hold `(width + 1) / 2` by `(height + 1) / 2` samples. Colors are BT.601,
    /// samples in `range`. Errors as in [`Frame::rgb8`], for each plane.
    pub fn yuv420(
        y: Plane<'a>,
        u: Plane<'a>,
        v: Plane<'a>,
        width: usize,
        height: usize,
        range: YuvRange,
    ) -> Result<Self> {
        Self::planar([y, u, v], width, height, range, Depth::Eight)
    }

    /// A P010 frame: like [`Frame::nv12`] with two bytes per sample, little-endian, whose upper 10 bits
    /// are the value. Samples keep their 10 bits until the network's input is computed.
    ///
    /// Colors are BT.601 as in the other formats: a picture in BT.2020 with a transfer function of HDR
    /// (HLG, PQ) is read as it is, without tone mapping. Errors as in [`Frame::rgb8`], for each plane.
    pub fn p010(
        luma: &'a [u8],
        chroma: &'a [u8],
        width: usize,
        height: usize,
        row_strides: [usize; 2],
        range: YuvRange,
    ) -> Result<Self> {
        Self::semi_planar([luma, chroma], (width, height), row_strides, range, Depth::Ten, false)
    }

    /// A frame of three planes like [`Frame::yuv420`] with samples like those of [`Frame::p010`], as
    /// Android hands over `YCBCR_P010`. Pixel strides are even.
    ///
    /// # Errors
    /// As in [`Frame::rgb8`], for each plane, and `InvalidFrame` for an odd pixel stride.
    pub fn yuv420_p010(
        y: Plane<'a>,
        u: Plane<'a>,
        v: Plane<'a>,
        width: usize,
        height: usize,
        range: YuvRange,
    ) -> Result<Self> {
        Self::planar([y, u, v], width, height, range, Depth::Ten)
    }

    /// Sets the clockwise rotation that makes the frame upright.
    #[must_use]
    pub fn rotated(self, rotation: Rotation) -> Self {
        Self { rotation, ..self }
    }

    /// Turns the upright frame clockwise by `turn`, in addition to its rotation, flip and mirroring.
    #[must_use]
    pub fn turned(self, turn: Rotation) -> Self {
        // What exchanges left and right comes after the rotation and reverses its direction.
        let turn = if self.is_reflected() { turn.inverse() } else { turn };
        Self { rotation: self.rotation.then(turn), ..self }
    }

    /// Sets whether the buffer, after its rotation, is the mirror image of the scene: EXIF
    /// orientations 2, 4, 5 and 7, or a camera connection that mirrors its buffers. Recognition sees
    /// the pixels flipped back, and positions are those of the picture flipped back.
    #[must_use]
    pub fn flipped(self, flip: bool) -> Self {
        Self { flip, ..self }
    }

    /// Sets whether positions in results are mirrored left to right after rotation and flip, to fit
    /// the preview of a front camera. Recognition sees the same pixels as without it, so features,
    /// identity and emotion stay the same to the bit.
    #[must_use]
    pub fn mirrored(self, mirror: bool) -> Self {
        Self { mirror, ..self }
    }

    /// Whether positions in results are mirrored; see [`Frame::mirrored`].
    pub fn is_mirrored(&self) -> bool {
        self.mirror
    }

    /// Returns the columns and rows of the buffer.
    pub fn buffer_size(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    /// Returns the width and height after rotation, the coordinate space of every result.
    pub fn upright_size(&self) -> (usize, usize) {
        match self.rotation {
            Rotation::None | Rotation::Half => (self.width, self.height),
            Rotation::Clockwise90 | Rotation::Clockwise270 => (self.height, self.width),
        }
    }

    /// Returns a view for luminance: YUV without its chroma, packed color unchanged.
    pub(crate) fn luminance(&self) -> Self {
        match self.pixels {
            Pixels::Yuv { y, range, depth, .. } => Self { pixels: Pixels::Gray { plane: y, range, depth }, ..*self },
            Pixels::Packed { .. } | Pixels::Gray { .. } => *self,
        }
    }

    /// Returns `[a, b, c, d, e, f]` with buffer = (a x + b y + c, d x + e y + f) for upright (x,
    /// y).
    pub(crate) fn upright_to_buffer(&self) -> [f32; 6] {
        let (w, h) = (self.width as f32, self.height as f32);
        let [a, b, c, d, e, f] = match self.rotation {
            Rotation::None => [1.0, 0.0, 0.0, 0.0, 1.0, 0.0],
            Rotation::Clockwise90 => [0.0, 1.0, 0.0, -1.0, 0.0, h],
            Rotation::Half => [-1.0, 0.0, w, 0.0, -1.0, h],
            Rotation::Clockwise270 => [0.0, -1.0, w, 1.0, 0.0, 0.0],
        };
        if self.is_reflected() {
            let upright_width = self.upright_size().0 as f32;
            [-a, b, c + a * upright_width, -d, e, f + d * upright_width]
        } else {
            [a, b, c, d, e, f]
        }
    }

    /// Whether upright coordinates exchange left and right of the rotated buffer.
    fn is_reflected(&self) -> bool {
        self.flip != self.mirror
    }

    fn of(pixels: Pixels<'a>, width: usize, height: usize) -> Self {
        Self { pixels, width, height, rotation: Rotation::None, flip: false, mirror: false }
    }

    fn packed(
        data: &'a [u8],
        width: usize,
        height: usize,
        row_stride: usize,
        pixel_stride: usize,
        offsets: [usize; 3],
    ) -> Result<Self> {
        let plane = Plane::new(data, row_stride, pixel_stride);
        check_plane("color", &plane, width, height, pixel_stride)?;
        Ok(Self::of(Pixels::Packed { plane, offsets }, width, height))
    }

    fn semi_planar(
        [luma, chroma]: [&'a [u8]; 2],
        (width, height): (usize, usize),
        [luma_stride, chroma_stride]: [usize; 2],
        range: YuvRange,
        depth: Depth,
        v_first: bool,
    ) -> Result<Self> {
        let bytes = depth.bytes();
        let y = Plane::new(luma, luma_stride, bytes);
        check_plane("Y", &y, width, height, bytes)?;
        let first = Plane::new(chroma, chroma_stride, 2 * bytes);
        check_plane("UV", &first, width.div_ceil(2), height.div_ceil(2), 2 * bytes)?;
        let second = Plane::new(&chroma[bytes..], chroma_stride, 2 * bytes);
        let (u, v) = if v_first { (second, first) } else { (first, second) };
        Ok(Self::of(Pixels::Yuv { y, u, v, range, depth }, width, height))
    }

    fn planar([y, u, v]: [Plane<'a>; 3], width: usize, height: usize, range: YuvRange, depth: Depth) -> Result<Self> {
        let bytes = depth.bytes();
        let (chroma_width, chroma_height) = (width.div_ceil(2), height.div_ceil(2));
        for (name, plane, columns, rows) in
            [("Y", &y, width, height), ("U", &u, chroma_width, chroma_height), ("V", &v, chroma_width, chroma_height)]
        {
            check_plane(name, plane, columns, rows, bytes)?;
            if plane.pixel_stride % bytes != 0 {
                fail!(
                    InvalidFrame,
                    "the {name} plane's pixel stride is {}; samples of {bytes} bytes need an even one",
                    plane.pixel_stride
                );
            }
        }
        Ok(Self::of(Pixels::Yuv { y, u, v, range, depth }, width, height))
    }
}

/// An owned copy of a frame, for use after the call. The next copy reuses its memory.
#[derive(Default)]
pub(crate) struct FrameBuffer {
    bytes: Vec<u8>,
    layout: Option<Layout>,
}

/// The layout of the copied bytes: planes follow each other without padding.
#[derive(Clone, Copy)]
struct Layout {
    samples: Samples,
    width: usize,
    height: usize,
    rotation: Rotation,
    flip: bool,
    mirror: bool,
}

#[derive(Clone, Copy)]
enum Samples {
    Packed { offsets: [usize; 3] },
    Gray { range: YuvRange, depth: Depth },
    Yuv { range: YuvRange, depth: Depth },
}

impl FrameBuffer {
    /// Copies the used samples of `frame`.
    pub(crate) fn copy(&mut self, frame: &Frame<'_>) {
        self.bytes.clear();
        let (width, height) = (frame.width, frame.height);
        let samples = match frame.pixels {
            Pixels::Packed { plane, offsets } => {
                copy_samples(&plane, &offsets, (width, height), &mut self.bytes);
                Samples::Packed { offsets: [0, 1, 2] }
            }
            Pixels::Gray { plane, range, depth } => {
                copy_samples(&plane, &[0, 1][..depth.bytes()], (width, height), &mut self.bytes);
                Samples::Gray { range, depth }
            }
            Pixels::Yuv { y, u, v, range, depth } => {
                let sample = &[0, 1][..depth.bytes()];
                copy_samples(&y, sample, (width, height), &mut self.bytes);
                for plane in [u, v] {
                    copy_samples(&plane, sample, (width.div_ceil(2), height.div_ceil(2)), &mut self.bytes);
                }
                Samples::Yuv { range, depth }
            }
        };
        let &Frame { rotation, flip, mirror, .. } = frame;
        self.layout = Some(Layout { samples, width, height, rotation, flip, mirror });
    }

    /// Returns the copied frame; `None` if nothing was copied yet.
    pub(crate) fn frame(&self) -> Option<Frame<'_>> {
        let Layout { samples, width, height, rotation, flip, mirror } = self.layout?;
        let pixels = match samples {
            Samples::Packed { offsets } => Pixels::Packed { plane: Plane::new(&self.bytes, 3 * width, 3), offsets },
            Samples::Gray { range, depth } => {
                let bytes = depth.bytes();
                Pixels::Gray { plane: Plane::new(&self.bytes, width * bytes, bytes), range, depth }
            }
            Samples::Yuv { range, depth } => {
                let bytes = depth.bytes();
                let (chroma_width, chroma_height) = (width.div_ceil(2), height.div_ceil(2));
                let (y, chroma) = self.bytes.split_at(width * height * bytes);
                let (u, v) = chroma.split_at(chroma_width * chroma_height * bytes);
                let plane = |data, width| Plane::new(data, width * bytes, bytes);
                Pixels::Yuv { y: plane(y, width), u: plane(u, chroma_width), v: plane(v, chroma_width), range, depth }
            }
        };
        Some(Frame { pixels, width, height, rotation, flip, mirror })
    }
}

/// Appends the bytes at `offsets` within each pixel of a plane, row by row.
fn copy_samples(plane: &Plane<'_>, offsets: &[usize], (columns, rows): (usize, usize), bytes: &mut Vec<u8>) {
    let tight = plane.pixel_stride == offsets.len() && offsets.is_sorted();
    for row in 0..rows {
        let row = &plane.data[row * plane.row_stride..];
        if tight {
            bytes.extend_from_slice(&row[..columns * plane.pixel_stride]);
            continue;
        }
        for column in 0..columns {
            let at = column * plane.pixel_stride;
            bytes.extend(offsets.iter().map(|offset| row[at + offset]));
        }
    }
}

/// Returns the number of bytes that a plane of `columns` x `rows` samples needs (the length rule).
///
/// `(rows - 1) * row_stride + (columns - 1) * pixel_stride + sample_bytes`: the last row may end at
/// its last sample, as in the chroma planes of Android's cameras. `None` if the arithmetic would
/// overflow or a size is zero.
pub fn plane_length(
    columns: usize,
    rows: usize,
    row_stride: usize,
    pixel_stride: usize,
    sample_bytes: usize,
) -> Option<usize> {
    let last_row = rows.checked_sub(1)?.checked_mul(row_stride)?;
    let last_sample = columns.checked_sub(1)?.checked_mul(pixel_stride)?;
    last_row.checked_add(last_sample)?.checked_add(sample_bytes)
}

fn check_plane(name: &str, plane: &Plane<'_>, columns: usize, rows: usize, sample: usize) -> Result<()> {
    if columns == 0 || rows == 0 || columns > MAX_SIDE || rows > MAX_SIDE {
        fail!(InvalidFrame, "the {name} plane is {columns}x{rows}; sides must be 1 to {MAX_SIDE}");
    }
    if plane.pixel_stride < sample {
        fail!(InvalidFrame, "the {name} plane's pixel stride is {}; a sample has {sample} bytes", plane.pixel_stride);
    }
    let row = plane_length(columns, 1, 0, plane.pixel_stride, sample);
    match row {
        Some(row) if rows == 1 || plane.row_stride >= row => {}
        _ => fail!(
            InvalidFrame,
            "the {name} plane's row stride is {}; {columns} samples of stride {} need {}",
            plane.row_stride,
            plane.pixel_stride,
            row.map_or("more than memory has".to_owned(), |row| row.to_string()),
        ),
    }
    match plane_length(columns, rows, plane.row_stride, plane.pixel_stride, sample) {
        Some(need) if plane.data.len() >= need => Ok(()),
        Some(need) => fail!(
            InvalidFrame,
            "the {name} plane has {} bytes; {columns}x{rows} with row stride {} and pixel stride {} needs {need}",
            plane.data.len(),
            plane.row_stride,
            plane.pixel_stride,
        ),
        None => fail!(InvalidFrame, "the {name} plane's strides overflow"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;
    use proptest::prelude::*;

    #[test]
    fn android_chroma_plane_one_byte_short_is_accepted() {
        let (w, h) = (6, 4);
        let y = vec![0u8; 24];
        let uv = [0u8; 12];
        // U starts at byte 0, V at byte 1 of the shared buffer; the slice of U ends one byte early.
        let u = Plane::new(&uv[..11], 6, 2);
        let v = Plane::new(&uv[1..], 6, 2);
        assert!(Frame::yuv420(Plane::new(&y, 6, 1), u, v, w, h, YuvRange::Full).is_ok());
        let short = Plane::new(&uv[..10], 6, 2);
        let error = Frame::yuv420(Plane::new(&y, 6, 1), short, v, w, h, YuvRange::Full).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidFrame);
        assert_eq!(error.to_string(), "the U plane has 10 bytes; 3x2 with row stride 6 and pixel stride 2 needs 11");
    }

    #[test]
    fn sizes_and_rotations_out_of_range_are_refused() {
        for (w, h) in [(0, 4), (4, 0), (MAX_SIDE + 1, 1), (usize::MAX, usize::MAX)] {
            assert_eq!(Frame::gray8(&[0; 64], w, h, w).unwrap_err().kind(), ErrorKind::InvalidFrame);
        }
        for degrees in [-90, 1, 45, 360] {
            assert_eq!(Rotation::from_degrees(degrees).unwrap_err().kind(), ErrorKind::InvalidFrame);
        }
        assert!(Frame::rgb8(&[0; 3], 1, 1, 0).is_ok(), "one row needs no stride");
    }

    #[test]
    fn frames_of_ten_bits_need_two_bytes_per_sample() {
        let (w, h) = (6, 4);
        let (y, uv) = ([0u8; 48], [0u8; 24]);
        assert!(Frame::p010(&y, &uv, w, h, [12, 12], YuvRange::Video).is_ok());
        let refused = |y: &[u8], uv: &[u8]| {
            let error = Frame::p010(y, uv, w, h, [12, 12], YuvRange::Video).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidFrame);
            error.to_string()
        };
        assert_eq!(
            refused(&y[..47], &uv),
            "the Y plane has 47 bytes; 6x4 with row stride 12 and pixel stride 2 needs 48"
        );
        assert_eq!(
            refused(&y, &uv[..23]),
            "the UV plane has 23 bytes; 3x2 with row stride 12 and pixel stride 4 needs 24"
        );
        // Android's planes: U ends two bytes early, because V is interleaved with it.
        let planes = |y_step, u_end: usize| {
            let u = Plane::new(&uv[..u_end], 12, 4);
            Frame::yuv420_p010(Plane::new(&y, 12, y_step), u, Plane::new(&uv[2..], 12, 4), w, h, YuvRange::Video)
        };
        assert!(planes(2, 22).is_ok());
        assert!(planes(2, 21).is_err() && planes(1, 22).is_err());
        let odd = Plane::new(&uv, 12, 3);
        let error = Frame::yuv420_p010(Plane::new(&y, 12, 2), odd, odd, w, h, YuvRange::Video).unwrap_err();
        assert_eq!(error.to_string(), "the U plane's pixel stride is 3; samples of 2 bytes need an even one");
    }

    #[test]
    fn a_copied_frame_is_the_frame() {
        let data: Vec<u8> = (0..400u32).map(|i| (i * 37 % 251) as u8).collect();
        let (w, h) = (5, 7);
        let frames = [
            Frame::bgra8(&data, w, h, 24).unwrap().rotated(Rotation::Clockwise90),
            Frame::gray8(&data, w, h, 9).unwrap().mirrored(true),
            Frame::rgb8(&data, w, h, 18).unwrap().rotated(Rotation::Clockwise270).flipped(true),
            Frame::nv21(&data, &data[100..], w, h, [8, 6], YuvRange::Video).unwrap(),
            Frame::yuv420(
                Plane::new(&data, 8, 1),
                Plane::new(&data[50..], 4, 1),
                Plane::new(&data[90..], 9, 2),
                w,
                h,
                YuvRange::Full,
            )
            .unwrap()
            .rotated(Rotation::Half),
            Frame::p010(&data, &data[100..], w, h, [13, 12], YuvRange::Full).unwrap().flipped(true),
            Frame::yuv420_p010(
                Plane::new(&data, 22, 4),
                Plane::new(&data[50..], 14, 4),
                Plane::new(&data[90..], 6, 2),
                w,
                h,
                YuvRange::Video,
            )
            .unwrap()
            .luminance(),
        ];
        let seen = |frame: &Frame<'_>| {
            use crate::preprocess::{Map, Normalization, sample_into};
            let (width, height) = frame.upright_size();
            let mut values = vec![0.0; 3 * width * height];
            let map = Map([1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
            sample_into(frame, &map, (width, height), &Normalization::RGB, &mut values);
            values
        };
        let mut buffer = FrameBuffer::default();
        assert!(buffer.frame().is_none());
        for frame in frames {
            buffer.copy(&frame);
            assert_eq!(seen(&buffer.frame().unwrap()), seen(&frame), "{frame:?}");
        }
    }

    proptest! {
        #[test]
        fn exactly_the_needed_length_is_accepted(
            w in 1usize..40, h in 1usize..40, pad in 0usize..9, pixel in 3usize..6,
        ) {
            let stride = (w - 1) * pixel + 3 + pad;
            let need = plane_length(w, h, stride, pixel, 3).unwrap();
            // The last byte of any sample, found by enumeration.
            let touched = (0..h).flat_map(|r| (0..w).map(move |c| r * stride + c * pixel + 3)).max().unwrap();
            prop_assert_eq!(need, touched);
            let data = vec![0u8; need];
            let plane = Plane::new(&data, stride, pixel);
            prop_assert!(check_plane("p", &plane, w, h, 3).is_ok());
            let short = Plane::new(&data[..need - 1], stride, pixel);
            prop_assert!(check_plane("p", &short, w, h, 3).is_err());
            if h > 1 && stride > 0 {
                let narrow = Plane::new(&data, (w - 1) * pixel + 2, pixel);
                prop_assert!(check_plane("p", &narrow, w, h, 3).is_err());
            }
        }

        #[test]
        fn no_stride_overflows(
            w in 1usize..usize::MAX, h in 1usize..usize::MAX,
            row in 0usize..usize::MAX, pixel in 0usize..usize::MAX,
        ) {
            // Must return, not panic, whatever the numbers.
            let _ = check_plane("p", &Plane::new(&[0; 16], row, pixel), w, h, 1);
        }

        #[test]
        fn upright_corners_map_onto_buffer_corners(
            w in 1usize..50, h in 1usize..50, r in 0usize..4, flip: bool, mirror: bool,
        ) {
            let data = vec![0u8; w * h];
            let frame = Frame::gray8(&data, w, h, w).unwrap().rotated(Rotation::ALL[r]);
            let frame = frame.flipped(flip).mirrored(mirror);
            let (uw, uh) = frame.upright_size();
            let m = frame.upright_to_buffer();
            let mut seen = Vec::new();
            for (x, y) in [(0, 0), (uw, 0), (0, uh), (uw, uh)] {
                let (x, y) = (x as f32, y as f32);
                seen.push(((m[0] * x + m[1] * y + m[2]) as i64, (m[3] * x + m[4] * y + m[5]) as i64));
            }
            seen.sort_unstable();
            let (w, h) = (w as i64, h as i64);
            let mut corners = vec![(0, 0), (0, h), (w, 0), (w, h)];
            corners.sort_unstable();
            prop_assert_eq!(seen, corners);
        }
    }
}
