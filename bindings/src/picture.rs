//! Picture files.

use crate::error::{CoreError, ErrorCode, Result};
use crate::frame::{FrameLayout, PixelFormat, YuvRange};

/// A decoded picture.
pub(crate) struct Picture {
    pixels: Vec<u8>,
    width: u32,
    height: u32,
}

impl Picture {
    /// Returns the pixels as a frame.
    pub fn frame(&self) -> Result<mien_core::Frame<'_>> {
        let layout = FrameLayout {
            format: PixelFormat::Rgb8,
            width: self.width,
            height: self.height,
            row_stride: 0,
            chroma_row_stride: 0,
            chroma_pixel_stride: 0,
            range: YuvRange::Full,
            rotation_degrees: 0,
            flip: false,
            mirror: false,
        };
        layout.frame(&self.pixels, &[], &[])
    }

    /// Decodes a JPEG, PNG, TIFF, BMP or WebP file, upright by its EXIF orientation.
    #[cfg(feature = "pictures")]
    pub fn decode(file: &[u8]) -> Result<Self> {
        use image::{DynamicImage, ImageDecoder, ImageReader, Limits};
        use mien_core::frame::{MAX_PICTURE_BYTES, MAX_PICTURE_PIXELS, MAX_SIDE};

        use crate::error::fail;

        let cannot = |error: image::ImageError| {
            CoreError::new(ErrorCode::InvalidFrame, format!("the picture cannot be read: {error}"))
        };
        let reader = ImageReader::new(std::io::Cursor::new(file)).with_guessed_format();
        let mut reader = reader.map_err(|error| cannot(image::ImageError::IoError(error)))?;
        let mut limits = Limits::no_limits();
        limits.max_alloc = Some(MAX_PICTURE_BYTES);
        reader.limits(limits);
        let mut decoder = reader.into_decoder().map_err(cannot)?;
        let ((width, height), bytes) = (decoder.dimensions(), decoder.total_bytes());
        if width == 0 || height == 0 || width.max(height) as usize > MAX_SIDE {
            fail!(InvalidFrame, "the picture is {width}x{height}; sides must be 1 to {MAX_SIDE} pixels");
        }
        if width as usize * height as usize > MAX_PICTURE_PIXELS || bytes > MAX_PICTURE_BYTES {
            fail!(
                InvalidFrame,
                "the picture is {width}x{height} and takes {bytes} bytes; the maximum is \
                 {MAX_PICTURE_PIXELS} pixels and {MAX_PICTURE_BYTES} bytes"
            );
        }
        let orientation = decoder.orientation().map_err(cannot)?;
        let mut picture = DynamicImage::from_decoder(decoder).map_err(cannot)?;
        picture.apply_orientation(orientation);
        let picture = picture.into_rgb8();
        let (width, height) = picture.dimensions();
        Ok(Self { pixels: picture.into_raw(), width, height })
    }

    /// Returns an error: this build decodes no files.
    #[cfg(not(feature = "pictures"))]
    pub fn decode(_file: &[u8]) -> Result<Self> {
        Err(CoreError::new(ErrorCode::InvalidOption, "this build decodes no picture files; pass their pixels"))
    }
}

/// The pixels of a picture file: three bytes each, red, green and blue, without padding.
#[derive(uniffi::Record)]
pub struct DecodedPicture {
    /// Its rows from above.
    pub pixels: Vec<u8>,
    /// Columns, pixels.
    pub width: u32,
    /// Rows, pixels.
    pub height: u32,
}

/// Decodes a JPEG, PNG, TIFF, BMP or WebP file, upright by its EXIF orientation.
///
/// Errors: `InvalidFrame` if the picture cannot be read, `InvalidOption` if this build decodes no files.
#[uniffi::export]
pub fn decode_picture(file: &[u8]) -> Result<DecodedPicture> {
    let Picture { pixels, width, height } = Picture::decode(file)?;
    Ok(DecodedPicture { pixels, width, height })
}

#[cfg(all(test, feature = "pictures", target_os = "linux"))]
mod tests {
    use mien_tests::bombs;

    use super::*;

    /// The peak memory of the process, KiB.
    fn peak() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    #[test]
    fn a_small_file_of_a_large_picture_is_refused_before_it_takes_memory() {
        let bombs = bombs::pictures();
        assert!(bombs.iter().all(|(name, file)| file.len() < 3 << 20 && !name.is_empty()));
        let before = peak();
        for (name, file) in &bombs {
            let error = Picture::decode(file).err().unwrap_or_else(|| panic!("{name} was decoded"));
            assert_eq!(error.kind(), ErrorCode::InvalidFrame, "{name}: {error:?}");
            let taken = peak() - before;
            assert!(taken < 64 << 10, "{name} took {taken} KiB");
        }
        for (name, file) in bombs::harmless() {
            assert!(Picture::decode(&file).is_ok(), "{name}");
        }
    }
}
