//! Plots as SVG and PNG.

use image::RgbImage;
use plotters::coord::Shift;
use plotters::prelude::*;

use crate::draw::style::{drawing, load_font, save};
use crate::outputs::Destination;
use crate::process::failure::Outcome;

/// A plot that is drawn as an SVG document and as a picture.
pub trait Plot {
    /// Returns width and height in pixels.
    fn size(&self) -> (u32, u32);

    /// Draws on `area`, which is white and has the size of the plot.
    ///
    /// # Errors If the drawing library fails.
    fn draw<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>) -> Outcome
    where
        B::ErrorType: 'static;

    /// Returns the plot as an SVG document.
    fn svg(&self) -> Outcome<String> {
        let mut text = String::new();
        render(self, SVGBackend::with_string(&mut text, self.size()))?;
        Ok(text)
    }

    /// Returns the plot as a picture.
    fn png(&self) -> Outcome<RgbImage> {
        let (width, height) = self.size();
        let mut image = RgbImage::new(width, height);
        render(self, BitMapBackend::with_buffer(image.as_mut(), (width, height)))?;
        Ok(image)
    }

    /// Writes the plot as SVG and PNG.
    fn save(&self, [svg, png]: [&Destination; 2]) -> Outcome {
        svg.write(self.svg()?.as_bytes())?;
        save(png, &self.png()?)
    }
}

/// Returns the names of the files of a plot.
pub fn files(name: &str) -> [String; 2] {
    [format!("{name}.svg"), format!("{name}.png")]
}

fn render<B: DrawingBackend>(plot: &(impl Plot + ?Sized), backend: B) -> Outcome
where
    B::ErrorType: 'static,
{
    load_font();
    let area = backend.into_drawing_area();
    area.fill(&WHITE).map_err(drawing)?;
    plot.draw(&area)?;
    area.present().map_err(drawing)
}
