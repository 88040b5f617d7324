//! Pictures and picture files.

use std::io::Cursor;
use std::path::Path;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, RgbImage};
use mien_core::Frame;
use mien_core::frame::{MAX_PICTURE_BYTES, MAX_PICTURE_PIXELS, MAX_SIDE, Plane, YuvRange};

use super::jpeg::Jpeg;
use super::kinds::{Content, content, unreadable};
use super::palette_tiff::Palette;
use crate::process::failure::{Failure, Naming, Outcome};

/// Max size of a picture file in bytes: more than the largest uncompressed picture.
pub const MAX_FILE_BYTES: u64 = 2 * MAX_PICTURE_BYTES;

/// A picture that owns its pixels.
pub enum Picture {
    /// Packed RGB.
    Rgb(RgbImage),
    /// Frame of a video: Y, U and V planes, one after the other.
    Yuv420 {
        /// Width in pixels.
        width: usize,
        /// Height in pixels.
        height: usize,
        /// The three planes, without padding.
        data: Vec<u8>,
        /// Value range of Y, U and V.
        range: YuvRange,
    },
}

impl Picture {
    /// Returns the pixels as a frame.
    pub fn frame(&self) -> mien_core::Result<Frame<'_>> {
        match self {
            Self::Rgb(image) => {
                let (width, height) = (image.width() as usize, image.height() as usize);
                Frame::rgb8(image.as_raw(), width, height, 3 * width)
            }
            Self::Yuv420 { width, height, data, range } => {
                let (width, height) = (*width, *height);
                let (chroma_width, chroma_height) = (width.div_ceil(2), height.div_ceil(2));
                let (y, chroma) = data.split_at(width * height);
                let (u, v) = chroma.split_at(chroma_width * chroma_height);
                let plane = |data, stride| Plane::new(data, stride, 1);
                let (u, v) = (plane(u, chroma_width), plane(v, chroma_width));
                Frame::yuv420(plane(y, width), u, v, width, height, *range)
            }
        }
    }

    /// Returns width and height in pixels.
    pub fn size(&self) -> (usize, usize) {
        match self {
            Self::Rgb(image) => (image.width() as usize, image.height() as usize),
            Self::Yuv420 { width, height, .. } => (*width, *height),
        }
    }

    /// Returns the pixels as RGB, for drawing.
    pub fn to_rgb(&self) -> RgbImage {
        match self {
            Self::Rgb(image) => image.clone(),
            Self::Yuv420 { width, height, .. } => self.sampled(*width, *height),
        }
    }

    /// Returns the whole picture, resampled to `width` x `height`.
    pub fn sampled(&self, width: usize, height: usize) -> RgbImage {
        use mien_core::preprocess::{Map, Normalization, sample_into};
        let mut out = RgbImage::new(width as u32, height as u32);
        // The size was checked when the picture was created, so its frame cannot fail.
        let Ok(frame) = self.frame() else { return out };
        let (from_width, from_height) = frame.upright_size();
        let scale = |from: usize, to: usize| from as f32 / to as f32;
        let map = Map([scale(from_width, width), 0.0, 0.0, 0.0, scale(from_height, height), 0.0]);
        let mut planes = vec![0.0f32; 3 * width * height];
        sample_into(&frame, &map, (width, height), &Normalization::RGB, &mut planes);
        for (index, pixel) in out.pixels_mut().enumerate() {
            pixel.0 = [0, 1, 2].map(|channel| planes[channel * width * height + index].round() as u8);
        }
        out
    }
}

/// Decodes the `bytes` of a picture file without ffmpeg; `path` is its name in errors.
pub fn decode_picture(path: &Path, bytes: Vec<u8>) -> Outcome<Picture> {
    let format = match content(&bytes) {
        Content::Picture(format) => format,
        Content::Unreadable(kind) => return Err(unreadable(path, format_args!("{kind} are not read"))),
        Content::DecodedPicture(_) | Content::Video | Content::Sound | Content::Other => {
            return Err(Failure::new(format!("{}: not a picture (JPEG, PNG, TIFF, BMP or WebP)", path.display())));
        }
    };
    if format == ImageFormat::Jpeg {
        return decode_jpeg(path, bytes);
    }
    let palette = if format == ImageFormat::Tiff { Palette::take_from(&bytes) } else { None };
    let (palette, bytes) = palette.map_or((None, bytes), |(palette, gray)| (Some(palette), gray));
    let (mut image, orientation) = pixels(path, &bytes, format)?;
    if let Some(palette) = palette {
        image = palette.apply(&image.into_luma8()).into();
    }
    image.apply_orientation(orientation);
    Ok(Picture::Rgb(image.into_rgb8()))
}

fn decode_jpeg(path: &Path, bytes: Vec<u8>) -> Outcome<Picture> {
    let truncated = |rest: &str| Failure::new(format!("{}: the JPEG file is truncated{rest}", path.display()));
    let jpeg = Jpeg::of(bytes).ok_or_else(|| truncated(""))?;
    let (image, orientation) = pixels(path, jpeg.bytes(), ImageFormat::Jpeg)?;
    let image = image.into_rgb8();
    let decode = |bytes: &[u8]| Some(pixels(path, bytes, ImageFormat::Jpeg).ok()?.0.into_rgb8());
    if let Some(rows) = jpeg.missing_after(&image, decode) {
        return Err(truncated(&format!(": it has {rows} of {} rows", image.height())));
    }
    let mut image = DynamicImage::from(image);
    image.apply_orientation(orientation);
    Ok(Picture::Rgb(image.into_rgb8()))
}

/// Decodes a picture file, and returns the pixels with the orientation that is not yet applied.
fn pixels(path: &Path, bytes: &[u8], format: ImageFormat) -> Outcome<(DynamicImage, Orientation)> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_PICTURE_BYTES);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().naming(path)?;
    let (width, height) = decoder.dimensions();
    if let Err(limit) = check_size(width as usize, height as usize, decoder.total_bytes()) {
        return Err(Failure::new(format!("{}: the picture is {width}x{height} pixels; {limit}", path.display())));
    }
    let orientation = decoder.orientation().naming(path)?;
    Ok((DynamicImage::from_decoder(decoder).naming(path)?, orientation))
}

/// Checks the size in a picture's header before memory is allocated; the error names the exceeded limit.
pub fn check_size(width: usize, height: usize, bytes: u64) -> Result<(), String> {
    if width == 0 || height == 0 || width.max(height) > MAX_SIDE {
        return Err(format!("sides must be 1 to {MAX_SIDE} pixels"));
    }
    if width * height > MAX_PICTURE_PIXELS {
        return Err(format!("at most {MAX_PICTURE_PIXELS} pixels are allowed"));
    }
    if bytes > MAX_PICTURE_BYTES {
        return Err(format!("it needs {bytes} bytes; at most {MAX_PICTURE_BYTES} are allowed"));
    }
    Ok(())
}
