//! The plot of a clip: the probability of each emotion over time.

use mien_core::Result;
use mien_core::engine::FaceResult;
use mien_eval::drawing::{COLORS, FONT, Plot, cannot_draw};
use plotters::coord::Shift;
use plotters::prelude::*;

const SIZE: (u32, u32) = (1000, 420);

/// Plot of the probabilities of the principal face over time.
#[derive(Default)]
pub struct ClipPlot {
    title: String,
    labels: Vec<String>,
    /// For each frame its time in seconds and, if it has a face, the probabilities.
    points: Vec<(f64, Option<Vec<f32>>)>,
}

impl ClipPlot {
    /// Adds a frame and its principal face.
    pub fn add(&mut self, main: Option<&FaceResult>, time_s: f64) {
        let emotion = main.and_then(|face| face.emotion.as_ref());
        if let (Some(emotion), true) = (emotion, self.labels.is_empty()) {
            self.labels = emotion.probabilities.iter().map(|(label, _)| label.clone()).collect();
        }
        let values = emotion.map(|emotion| emotion.probabilities.iter().map(|(_, p)| *p).collect());
        self.points.push((time_s, values));
    }

    /// Sets the title: the clip's name and the user.
    #[must_use]
    pub fn titled(self, name: &str, user: Option<&str>) -> Self {
        let who = user.unwrap_or("unknown person");
        Self { title: format!("{name}: {who}, emotion per frame (not smoothed)"), ..self }
    }
}

impl Plot for ClipPlot {
    fn size(&self) -> (u32, u32) {
        SIZE
    }

    fn draw<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>) -> Result<()>
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
            .map_err(cannot_draw)?;
        chart
            .configure_mesh()
            .x_desc("time, s")
            .y_desc("probability")
            .label_style((FONT, 14))
            .light_line_style(WHITE)
            .draw()
            .map_err(cannot_draw)?;
        for (index, label) in self.labels.iter().enumerate() {
            let color = COLORS[index % COLORS.len()];
            for stretch in self.points.split(|(_, values)| values.is_none()) {
                let line =
                    stretch.iter().filter_map(|(time, values)| Some((*time, f64::from(*values.as_ref()?.get(index)?))));
                chart.draw_series(LineSeries::new(line, color.stroke_width(2))).map_err(cannot_draw)?;
            }
            let y = 50 + 22 * index as i32;
            legend.draw(&Rectangle::new([(0, y), (14, y + 12)], color.filled())).map_err(cannot_draw)?;
            legend.draw(&Text::new(label.clone(), (20, y - 2), (FONT, 16).into_font())).map_err(cannot_draw)?;
        }
        Ok(())
    }
}
