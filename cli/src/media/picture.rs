//! Pictures and picture files.

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;

use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, RgbImage};
use mien_core::Frame;
use mien_core::frame::{MAX_PICTURE_BYTES, MAX_PICTURE_PIXELS, MAX_SIDE, Plane, YuvRange};

use super::palette_tiff::Palette;
use super::reading;
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

/// Reads the picture file `path` and rotates it by its EXIF orientation.
pub fn read_picture(path: &Path) -> Outcome<Picture> {
    decode_picture(path, reading::read(path, MAX_FILE_BYTES, "a picture").map_err(Failure::of_input)?)
}

/// Decodes the `bytes` of a picture file; `path` is its name in errors.
pub fn decode_picture(path: &Path, bytes: Vec<u8>) -> Outcome<Picture> {
    let Some(format) = guess(&bytes) else {
        return Err(Failure::new(format!("{}: not a picture (JPEG, PNG, TIFF, BMP or WebP)", path.display())));
    };
    if format == ImageFormat::Jpeg && !ends_as_jpeg(&bytes) {
        return Err(Failure::new(format!("{}: the JPEG file is truncated", path.display())));
    }
    let palette = if format == ImageFormat::Tiff { Palette::take_from(&bytes) } else { None };
    let (palette, bytes) = palette.map_or((None, bytes), |(palette, gray)| (Some(palette), gray));
    let mut reader = ImageReader::with_format(Cursor::new(&bytes), format);
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_PICTURE_BYTES);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().naming(path)?;
    let (width, height) = decoder.dimensions();
    if let Err(limit) = check_size(width as usize, height as usize, decoder.total_bytes()) {
        return Err(Failure::new(format!("{}: the picture is {width}x{height} pixels; {limit}", path.display())));
    }
    let orientation = decoder.orientation().naming(path)?;
    let mut image = DynamicImage::from_decoder(decoder).naming(path)?;
    if let Some(palette) = palette {
        image = palette.apply(&image.into_luma8()).into();
    }
    image.apply_orientation(orientation);
    Ok(Picture::Rgb(image.into_rgb8()))
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

/// Returns the picture format of a file by its first bytes; `None` if it is not a picture.
pub fn picture_format(path: &Path) -> Outcome<Option<ImageFormat>> {
    let mut start = Vec::new();
    File::open(path).naming(path)?.take(32).read_to_end(&mut start).naming(path)?;
    Ok(guess(&start))
}

pub fn guess(bytes: &[u8]) -> Option<ImageFormat> {
    image::guess_format(bytes).ok().filter(ImageFormat::reading_enabled)
}

/// Whether the picture data of a JPEG file ends with an end marker. Thumbnails in the header have their own end
/// markers, so segments are skipped up to the picture data.
fn ends_as_jpeg(bytes: &[u8]) -> bool {
    let mut at = 2;
    while let Some(&[0xff, marker, high, low]) = bytes.get(at..at + 4) {
        if marker == 0xda {
            return bytes[at..].windows(2).rev().any(|pair| pair == [0xff, 0xd9]);
        }
        let fill_byte = marker == 0xff;
        at += if fill_byte { 1 } else { 2 + usize::from(u16::from_be_bytes([high, low])) };
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jpeg_cut_behind_its_thumbnail_is_truncated() {
        let segment = [0xff, 0xe1, 0, 6, 0xff, 0xd9, 1, 2];
        let whole = [&[0xff, 0xd8], &segment[..], &[0xff, 0xda, 0, 2, 9, 9, 9, 0xff, 0xd9]].concat();
        assert!(ends_as_jpeg(&whole));
        for cut in 0..whole.len() {
            assert!(!ends_as_jpeg(&whole[..cut]), "{cut}");
        }
    }
}
