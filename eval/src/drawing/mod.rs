//! Drawings: shapes and shaped text, the colors of emotions, and the file formats.

pub mod axis;
mod color;
mod palette;
mod raster;
mod scene;
mod svg;
mod text;

use std::fmt::Display;
use std::io::Cursor;

use image::{ImageFormat, RgbImage};
use mien_core::{Error, ErrorKind, Result};

pub use color::Color;
pub use palette::{Look, Looks};
pub use scene::{Anchor, Area, Dashes, Scene, Stroke, Text};
pub use text::{isolated, shortened, width as text_width};

/// Returns the error for a failure of drawing.
pub fn cannot_draw(error: impl Display) -> Error {
    Error::new(ErrorKind::Internal, format!("cannot draw: {error}"))
}

/// A plot that is rendered as a document and as a picture.
pub trait Plot {
    /// Returns the width and height in pixels.
    fn size(&self) -> (u32, u32);

    /// Returns the drawing, which stands on white.
    fn scene(&self) -> Scene;

    /// Renders the plot as an SVG document.
    fn svg(&self) -> String {
        svg::document(&self.scene(), self.size())
    }

    /// Renders the plot as a PNG file.
    ///
    /// # Errors
    /// `Internal` if the plot has no pixels or cannot be encoded.
    fn png(&self) -> Result<Vec<u8>> {
        let (width, height) = self.size();
        let mut image = RgbImage::from_pixel(width, height, image::Rgb([255; 3]));
        paint(&mut image, &self.scene())?;
        png(&image)
    }
}

/// Draws `scene` on `image`.
///
/// # Errors
/// `Internal` if the image has no pixels.
pub fn paint(image: &mut RgbImage, scene: &Scene) -> Result<()> {
    raster::paint(image, scene)
}

/// Encodes `image` as PNG.
///
/// # Errors
/// `Internal` if the image cannot be encoded.
pub fn png(image: &RgbImage) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    image.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).map_err(cannot_draw)?;
    Ok(bytes)
}
