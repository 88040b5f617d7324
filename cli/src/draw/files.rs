//! Writing pictures and plots.

use image::RgbImage;
use mien_eval::drawing::{Plot, png};

use crate::outputs::Destination;
use crate::process::failure::Outcome;

/// Writes `image` as PNG.
pub fn save(file: &Destination, image: &RgbImage) -> Outcome {
    file.write(&png(image)?)
}

/// Writes `plot` as SVG and as PNG.
pub fn save_plot(plot: &impl Plot, [svg, png]: [&Destination; 2]) -> Outcome {
    svg.write(plot.svg().as_bytes())?;
    png.write(&plot.png()?)
}
