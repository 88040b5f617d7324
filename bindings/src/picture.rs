//! Pictures as files.

use crate::error::{CoreError, FailureKind, Result};
use crate::frame::{FrameLayout, PixelFormat, YuvRange};

/// A decoded picture.
pub(crate) struct Picture {
    pixels: Vec<u8>,
    width: u32,
    height: u32,
}

impl Picture {
    /// The pixels as a frame.
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
            mirror: false,
        };
        layout.frame(&self.pixels, &[], &[])
    }

    /// The picture in a JPEG, PNG, TIFF, BMP or WebP file, upright by its EXIF orientation.
    #[cfg(feature = "pictures")]
    pub fn decode(file: &[u8]) -> Result<Self> {
        use image::{DynamicImage, ImageDecoder, ImageReader};
        use mien_core::frame::MAX_SIDE;

        let cannot = |error: image::ImageError| {
            CoreError::new(FailureKind::InvalidFrame, format!("the picture cannot be read: {error}"))
        };
        let reader = || ImageReader::new(std::io::Cursor::new(file)).with_guessed_format();
        let open = || reader().map_err(|error| cannot(image::ImageError::IoError(error)));
        let (width, height) = open()?.into_dimensions().map_err(cannot)?;
        if width == 0 || height == 0 || width.max(height) as usize > MAX_SIDE {
            crate::error::fail!(InvalidFrame, "the picture is {width}x{height}; sides must be 1 to {MAX_SIDE} pixels");
        }
        let mut decoder = open()?.into_decoder().map_err(cannot)?;
        let orientation = decoder.orientation().map_err(cannot)?;
        let mut picture = DynamicImage::from_decoder(decoder).map_err(cannot)?;
        picture.apply_orientation(orientation);
        let picture = picture.into_rgb8();
        let (width, height) = picture.dimensions();
        Ok(Self { pixels: picture.into_raw(), width, height })
    }

    /// An error: this build decodes nothing.
    #[cfg(not(feature = "pictures"))]
    pub fn decode(_file: &[u8]) -> Result<Self> {
        Err(CoreError::new(FailureKind::InvalidOption, "this build decodes no picture files; hand in their pixels"))
    }
}
