//! The font, the colors and the file formats of all drawings.

use std::fmt::Display;
use std::io::Cursor;
use std::sync::Once;

use image::{ImageFormat, RgbImage};
use mien_core::{Error, ErrorKind, Result};
use plotters::coord::Shift;
use plotters::prelude::*;

/// The font family of all text.
pub const FONT: &str = "sans-serif";

/// Colors of faces, and of the classes of a plot.
pub const COLORS: [RGBColor; 8] = [
    RGBColor(120, 120, 120),
    RGBColor(240, 180, 0),
    RGBColor(40, 110, 200),
    RGBColor(210, 50, 40),
    RGBColor(130, 70, 180),
    RGBColor(60, 150, 60),
    RGBColor(230, 120, 40),
    RGBColor(20, 160, 170),
];

/// Registers the built-in font; call it before text is drawn.
pub fn load_font() {
    static LOADED: Once = Once::new();
    LOADED.call_once(|| {
        for style in [FontStyle::Normal, FontStyle::Bold] {
            // The font is part of the program and known to be valid.
            let _ = plotters::style::register_font(FONT, style, epaint_default_fonts::UBUNTU_LIGHT);
        }
    });
}

/// Returns the error for a failure of the drawing library.
pub fn cannot_draw(error: impl Display) -> Error {
    Error::new(ErrorKind::Internal, format!("cannot draw: {error}"))
}

/// A plot that is rendered as a document and as a picture.
pub trait Plot {
    /// Returns the width and height in pixels.
    fn size(&self) -> (u32, u32);

    /// Draws on `area`, which is white and has the plot's size.
    ///
    /// # Errors
    /// `Internal` with the message of the drawing library.
    fn draw<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>) -> Result<()>
    where
        B::ErrorType: 'static;

    /// Renders the plot as an SVG document.
    ///
    /// # Errors
    /// As in [`Plot::draw`].
    fn svg(&self) -> Result<String> {
        let mut text = String::new();
        render(self, SVGBackend::with_string(&mut text, self.size()))?;
        Ok(text)
    }

    /// Renders the plot as a PNG file.
    ///
    /// # Errors
    /// As in [`Plot::draw`].
    fn png(&self) -> Result<Vec<u8>> {
        let (width, height) = self.size();
        let mut image = RgbImage::new(width, height);
        render(self, BitMapBackend::with_buffer(image.as_mut(), (width, height)))?;
        png(&image)
    }
}

fn render<B: DrawingBackend>(plot: &(impl Plot + ?Sized), backend: B) -> Result<()>
where
    B::ErrorType: 'static,
{
    load_font();
    let area = backend.into_drawing_area();
    area.fill(&WHITE).map_err(cannot_draw)?;
    plot.draw(&area)?;
    area.present().map_err(cannot_draw)
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
