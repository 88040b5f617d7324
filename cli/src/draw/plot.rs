//! Plots as SVG and PNG, and the timeline of a clip: the probability of each emotion over time.

use image::RgbImage;
use plotters::coord::Shift;
use plotters::prelude::*;

use crate::commands::analyze::InputReport;
use crate::draw::annotate::{self, COLORS, FONT, drawing, load_font};
use crate::outputs::Destination;
use crate::process::failure::Outcome;

/// What is drawn the same way as a document and as a picture.
pub trait Plot {
    /// Width and height in pixels.
    fn size(&self) -> (u32, u32);

    /// Draws on `area`, which is white and of that size.
    ///
    /// # Errors
    /// What the drawing library says.
    fn draw<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>) -> Outcome
    where
        B::ErrorType: 'static;

    /// The plot as an SVG document.
    fn svg(&self) -> Outcome<String> {
        let mut text = String::new();
        render(self, SVGBackend::with_string(&mut text, self.size()))?;
        Ok(text)
    }

    /// The plot as a picture.
    fn png(&self) -> Outcome<RgbImage> {
        let (width, height) = self.size();
        let mut image = RgbImage::new(width, height);
        render(self, BitMapBackend::with_buffer(image.as_mut(), (width, height)))?;
        Ok(image)
    }

    /// Writes the plot as SVG and as PNG.
    fn save(&self, [svg, png]: [&Destination; 2]) -> Outcome {
        svg.write(self.svg()?.as_bytes())?;
        annotate::save(png, &self.png()?)
    }
}

/// The files that a plot is saved in.
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

const SIZE: (u32, u32) = (1000, 420);

/// The probabilities of the principal face over time.
pub struct Timeline {
    title: String,
    labels: Vec<String>,
    /// For each frame its time and, where there is a face, the probabilities.
    points: Vec<(f64, Option<Vec<f32>>)>,
}

impl Timeline {
    /// The timeline of `report`.
    pub fn of(report: &InputReport, name: &str) -> Self {
        let mut labels: Vec<String> = Vec::new();
        let mut points = Vec::new();
        for frame in &report.results {
            let emotion = frame.faces.iter().find(|face| face.principal).and_then(|face| face.emotion.as_ref());
            if let (Some(emotion), true) = (emotion, labels.is_empty()) {
                labels = emotion.probabilities.iter().map(|(label, _)| label.clone()).collect();
            }
            let values = emotion.map(|emotion| emotion.probabilities.iter().map(|(_, p)| *p).collect());
            points.push((frame.time_s, values));
        }
        let who = report.user.as_deref().unwrap_or("unknown person");
        Self { title: format!("{name}: {who}, emotion per frame (not smoothed)"), labels, points }
    }
}

impl Plot for Timeline {
    fn size(&self) -> (u32, u32) {
        SIZE
    }

    fn draw<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>) -> Outcome
    where
        B::ErrorType: 'static,
    {
        let end = self.points.last().map_or(1.0, |(time, _)| *time).max(1e-3);
        let (plot, legend) = area.split_horizontally(SIZE.0 - 120);
        let mut chart = ChartBuilder::on(&plot)
            .caption(&self.title, (FONT, 20))
            .margin(10)
            .x_label_area_size(40)
            .y_label_area_size(50)
            .build_cartesian_2d(0.0..end, 0.0f64..1.0)
            .map_err(drawing)?;
        chart
            .configure_mesh()
            .x_desc("time, s")
            .y_desc("probability")
            .label_style((FONT, 14))
            .light_line_style(WHITE)
            .draw()
            .map_err(drawing)?;
        for (index, label) in self.labels.iter().enumerate() {
            let color = COLORS[index % COLORS.len()];
            for stretch in self.points.split(|(_, values)| values.is_none()) {
                let line =
                    stretch.iter().filter_map(|(time, values)| Some((*time, f64::from(*values.as_ref()?.get(index)?))));
                chart.draw_series(LineSeries::new(line, color.stroke_width(2))).map_err(drawing)?;
            }
            let y = 50 + 22 * index as i32;
            legend.draw(&Rectangle::new([(0, y), (14, y + 12)], color.filled())).map_err(drawing)?;
            legend.draw(&Text::new(label.clone(), (20, y - 2), (FONT, 16).into_font())).map_err(drawing)?;
        }
        Ok(())
    }
}
