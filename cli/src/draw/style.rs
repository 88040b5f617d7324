//! The font, the colors and the file format of all drawings.

use std::io::Cursor;
use std::sync::Once;

use image::{ImageFormat, RgbImage};
use plotters::prelude::*;

use crate::outputs::Destination;
use crate::process::failure::{Failure, Outcome};

/// The font of all text.
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

/// Registers the built-in font; required before drawing.
pub fn load_font() {
    static LOADED: Once = Once::new();
    LOADED.call_once(|| {
        for style in [FontStyle::Normal, FontStyle::Bold] {
            // The font is part of the program and valid.
            let _ = plotters::style::register_font(FONT, style, epaint_default_fonts::UBUNTU_LIGHT);
        }
    });
}

/// Returns an error of the drawing library as a failure.
pub fn drawing(error: impl std::fmt::Display) -> Failure {
    Failure::new(format!("cannot draw: {error}"))
}

/// Writes `image` as PNG.
pub fn save(file: &Destination, image: &RgbImage) -> Outcome {
    let mut bytes = Vec::new();
    image.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).map_err(drawing)?;
    file.write(&bytes)
}
