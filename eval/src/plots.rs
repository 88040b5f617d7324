//! The plots of an evaluation's report: users, curve and confusion.

use mien_core::Result;
use ndarray::Array2;
use plotters::coord::Shift;
use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint, Ranged};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::drawing::{COLORS, FONT, Plot, cannot_draw};
use crate::protocol::{Confusion, CurvePoint, UserScore};
use crate::text::counted;

const GENERIC: RGBColor = COLORS[0];
const ADAPTED: RGBColor = COLORS[2];
const HARMED: RGBColor = COLORS[3];

/// Height of the heading and the key over a plot.
const HEADER: u32 = 74;
const MIN_WIDTH: u32 = 680;
/// Width of a letter of the font in shares of its size, rounded up.
const LETTER: f64 = 0.56;
/// Maximum number of letters shown of a name.
const MAX_LETTERS: usize = 16;

/// The two lines over a plot.
pub struct Heading {
    /// Says what is shown.
    pub title: String,
    /// Says what was measured.
    pub subtitle: String,
}

/// Accuracy of each user before and after adaptation, sorted by the accuracy before.
pub struct UsersPlot<'a> {
    heading: Heading,
    users: Vec<&'a UserScore>,
}

impl<'a> UsersPlot<'a> {
    /// Creates the plot of `users`.
    pub fn new(heading: Heading, users: &'a [UserScore]) -> Self {
        let mut users: Vec<_> = users.iter().collect();
        users.sort_by(|a, b| a.generic.total_cmp(&b.generic).then(a.adapted.total_cmp(&b.adapted)));
        Self { heading, users }
    }

    /// Pixels from one user to the next.
    fn step(&self) -> u32 {
        (600 / self.users.len().max(1) as u32).clamp(13, 60)
    }

    /// Height of the names, which are written upwards.
    fn names_height(&self) -> u32 {
        let longest = self.users.iter().map(|user| shortened(&user.subject).chars().count()).max().unwrap_or(0);
        (longest as f64 * 12.0 * LETTER) as u32 + 16
    }
}

impl Plot for UsersPlot<'_> {
    fn size(&self) -> (u32, u32) {
        ((self.step() * self.users.len() as u32 + 100).max(MIN_WIDTH), 418 + self.names_height())
    }

    fn draw<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>) -> Result<()>
    where
        B::ErrorType: 'static,
    {
        let harmed = ("harmed", Marker::Line, HARMED);
        let key = [("generic head", Marker::Ring, GENERIC), ("adapted head", Marker::Dot, ADAPTED), harmed];
        head(area, &self.heading, &key)?;
        let places = self.users.len() as f64;
        let mut chart = ChartBuilder::on(area)
            .margin_top(HEADER)
            .margin_right(15)
            .x_label_area_size(self.names_height())
            .y_label_area_size(62)
            .build_cartesian_2d(-0.5..places - 0.5, Shares { low: -0.02, high: 1.03 })
            .map_err(cannot_draw)?;
        mesh(&mut chart)?;
        for (place, user) in self.users.iter().enumerate() {
            let (before, after) = ((place as f64, user.generic), (place as f64, user.adapted));
            let color = if user.adapted < user.generic { HARMED } else { ADAPTED };
            let line = PathElement::new([before, after], color.mix(0.6).stroke_width(2));
            chart.plotting_area().draw(&line).map_err(cannot_draw)?;
            chart.plotting_area().draw(&Circle::new(before, 5, WHITE.filled())).map_err(cannot_draw)?;
            chart.plotting_area().draw(&Circle::new(before, 5, GENERIC.stroke_width(1))).map_err(cannot_draw)?;
            chart.plotting_area().draw(&Circle::new(after, 3, color.filled())).map_err(cannot_draw)?;
            let (x, y) = chart.plotting_area().map_coordinate(&(place as f64, -0.02));
            let style = (FONT, 12).into_font().transform(FontTransform::Rotate270).color(&BLACK);
            let style = style.pos(Pos::new(HPos::Right, VPos::Center));
            area.draw(&Text::new(shortened(&user.subject), (x, y + 6), style)).map_err(cannot_draw)?;
        }
        Ok(())
    }
}

/// Accuracy by the number of clips learned per class. A line joins two points only if both were
/// measured on the same clips: higher numbers are reached in some of the sessions only.
pub struct CurvePlot<'a> {
    /// The lines over the plot.
    pub heading: Heading,
    /// The points, by clips per class.
    pub points: &'a [CurvePoint],
    /// The word for users, in the plural.
    pub people: &'a str,
}

impl Plot for CurvePlot<'_> {
    fn size(&self) -> (u32, u32) {
        (MIN_WIDTH, 458)
    }

    fn draw<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>) -> Result<()>
    where
        B::ErrorType: 'static,
    {
        let key = [("generic head", Marker::Ring, GENERIC), ("adapted head", Marker::Dot, ADAPTED)];
        head(area, &self.heading, &key)?;
        let min = self.points.iter().map(|point| point.generic.min(point.adapted)).fold(1.0, f64::min);
        let low = ((min * 10.0).floor() - 1.0).max(0.0) / 10.0;
        let mut chart = ChartBuilder::on(area)
            .margin_top(HEADER)
            .margin_right(15)
            .x_label_area_size(64)
            .y_label_area_size(62)
            .build_cartesian_2d(-0.5..self.points.len() as f64 - 0.5, Shares { low, high: 1.03 })
            .map_err(cannot_draw)?;
        mesh(&mut chart)?;
        for (color, of) in [(GENERIC, (|p| p.generic) as fn(&CurvePoint) -> f64), (ADAPTED, |p| p.adapted)] {
            for (place, two) in self.points.windows(2).enumerate().filter(|(_, two)| two[0].clips == two[1].clips) {
                let ends = [(place as f64, of(&two[0])), (place as f64 + 1.0, of(&two[1]))];
                let line = PathElement::new(ends, color.stroke_width(2));
                chart.plotting_area().draw(&line).map_err(cannot_draw)?;
            }
        }
        for (place, point) in self.points.iter().enumerate() {
            let x = place as f64;
            let plot = chart.plotting_area();
            plot.draw(&Circle::new((x, point.generic), 5, WHITE.filled())).map_err(cannot_draw)?;
            plot.draw(&Circle::new((x, point.generic), 5, GENERIC.stroke_width(2))).map_err(cannot_draw)?;
            plot.draw(&Circle::new((x, point.adapted), 4, ADAPTED.filled())).map_err(cannot_draw)?;
            // The higher value stands over its point, the lower under it.
            let adapted_over = if point.adapted >= point.generic { -18 } else { 18 };
            for (value, color, shift) in
                [(point.generic, GENERIC, -adapted_over), (point.adapted, ADAPTED, adapted_over)]
            {
                let (x, y) = plot.map_coordinate(&(x, value));
                centered(area, &format!("{:.1} %", 100.0 * value), (x, y + shift), 14, &color)?;
            }
            let (x, y) = plot.map_coordinate(&(x, low));
            centered(area, &point.clips_per_class.to_string(), (x, y + 14), 15, &BLACK)?;
            centered(area, &counted(point.users, self.people), (x, y + 31), 12, &GENERIC)?;
        }
        let middle = (self.size().0 as i32 + 62 - 15) / 2;
        centered(area, "most clips of a class learned", (middle, self.size().1 as i32 - 14), 14, &BLACK)
    }
}

/// The confusion matrices of both heads, side by side.
pub struct ConfusionPlot<'a> {
    /// The lines over the plot.
    pub heading: Heading,
    /// The matrices.
    pub confusion: &'a Confusion,
}

impl ConfusionPlot<'_> {
    /// Side of a cell, wide enough for a label.
    fn cell(&self) -> i32 {
        (self.label_width() + 8).clamp(48, 110)
    }

    fn label_width(&self) -> i32 {
        let longest = self.confusion.labels.iter().map(|label| shortened(label).chars().count()).max().unwrap_or(0);
        (longest as f64 * 13.0 * LETTER).ceil() as i32
    }

    /// Left edge of the first matrix's cells.
    fn left(&self) -> i32 {
        self.label_width() + 42
    }

    fn side(&self) -> i32 {
        self.cell() * self.confusion.labels.len() as i32
    }

    fn matrix<B: DrawingBackend>(
        &self,
        area: &DrawingArea<B, Shift>,
        name: &str,
        counts: &Array2<usize>,
        (left, top): (i32, i32),
    ) -> Result<()>
    where
        B::ErrorType: 'static,
    {
        let (cell, labels) = (self.cell(), &self.confusion.labels);
        let middle = |place: usize| cell * place as i32 + cell / 2;
        centered(area, name, (left + self.side() / 2, top - 40), 16, &BLACK)?;
        for (row, counts) in counts.rows().into_iter().enumerate() {
            let all = counts.sum();
            for (column, &count) in counts.iter().enumerate() {
                let share = count as f64 / all.max(1) as f64;
                let corner = (left + cell * column as i32, top + cell * row as i32);
                let color = if row == column { ADAPTED } else { HARMED };
                let square = [corner, (corner.0 + cell - 1, corner.1 + cell - 1)];
                area.draw(&Rectangle::new(square, WHITE.filled())).map_err(cannot_draw)?;
                area.draw(&Rectangle::new(square, color.mix(share).filled())).map_err(cannot_draw)?;
                area.draw(&Rectangle::new(square, RGBColor(215, 215, 215).stroke_width(1))).map_err(cannot_draw)?;
                if count > 0 {
                    let ink = if share > 0.6 { &WHITE } else { &BLACK };
                    centered(area, &count.to_string(), (corner.0 + cell / 2, corner.1 + cell / 2), 15, ink)?;
                }
            }
        }
        for (place, label) in labels.iter().enumerate() {
            let label = shortened(label);
            centered(area, &label, (left + middle(place), top - 14), 13, &BLACK)?;
            let style = (FONT, 13).into_font().color(&BLACK).pos(Pos::new(HPos::Right, VPos::Center));
            area.draw(&Text::new(label, (left - 8, top + middle(place)), style)).map_err(cannot_draw)?;
        }
        Ok(())
    }
}

impl Plot for ConfusionPlot<'_> {
    fn size(&self) -> (u32, u32) {
        let width = 2 * (self.left() + self.side()) + 20;
        ((width as u32).max(MIN_WIDTH), HEADER + 38 + self.side() as u32 + 16)
    }

    fn draw<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>) -> Result<()>
    where
        B::ErrorType: 'static,
    {
        head(area, &self.heading, &[])?;
        let top = HEADER as i32 + 38;
        let lefts = [self.left(), 2 * self.left() + self.side()];
        self.matrix(area, "generic head", &self.confusion.generic, (lefts[0], top))?;
        self.matrix(area, "adapted heads", &self.confusion.adapted, (lefts[1], top))?;
        let style = (FONT, 13).into_font().transform(FontTransform::Rotate270).color(&GENERIC);
        let style = style.pos(Pos::new(HPos::Center, VPos::Center));
        area.draw(&Text::new("truth", (16, top + self.side() / 2), style)).map_err(cannot_draw)
    }
}

/// The symbol of a line of the key.
#[derive(Clone, Copy)]
enum Marker {
    Ring,
    Dot,
    Line,
}

/// Draws the heading, and the key below it.
fn head<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    heading: &Heading,
    key: &[(&str, Marker, RGBColor)],
) -> Result<()>
where
    B::ErrorType: 'static,
{
    let text = |text: &str, at: (i32, i32), size: i32, color: &RGBColor| {
        area.draw(&Text::new(text.to_owned(), at, (FONT, size).into_font().color(color))).map_err(cannot_draw)
    };
    text(&heading.title, (14, 8), 18, &BLACK)?;
    text(&heading.subtitle, (14, 31), 13, &GENERIC)?;
    let mut left = 22;
    for &(name, marker, color) in key {
        let at = (left, 60);
        match marker {
            Marker::Ring => area.draw(&Circle::new(at, 5, color.stroke_width(1))),
            Marker::Dot => area.draw(&Circle::new(at, 4, color.filled())),
            Marker::Line => area.draw(&PathElement::new([(at.0, at.1 - 6), (at.0, at.1 + 6)], color.stroke_width(2))),
        }
        .map_err(cannot_draw)?;
        text(name, (left + 12, 54), 13, &BLACK)?;
        left += 36 + (name.chars().count() as f64 * 13.0 * LETTER).ceil() as i32;
    }
    Ok(())
}

fn mesh<B: DrawingBackend>(
    chart: &mut ChartContext<'_, B, Cartesian2d<plotters::coord::types::RangedCoordf64, Shares>>,
) -> Result<()>
where
    B::ErrorType: 'static,
{
    chart
        .configure_mesh()
        .disable_x_mesh()
        .x_labels(0)
        .y_label_formatter(&|share| format!("{:.0} %", 100.0 * share))
        .label_style((FONT, 14))
        .bold_line_style(RGBColor(225, 225, 225))
        .light_line_style(TRANSPARENT)
        .draw()
        .map_err(cannot_draw)
}

fn centered<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    text: &str,
    at: (i32, i32),
    size: i32,
    color: &RGBColor,
) -> Result<()>
where
    B::ErrorType: 'static,
{
    let style = (FONT, size).into_font().color(color).pos(Pos::new(HPos::Center, VPos::Center));
    area.draw(&Text::new(text.to_owned(), at, style)).map_err(cannot_draw)
}

/// Returns the name, cut off if it is long.
fn shortened(name: &str) -> String {
    if name.chars().count() <= MAX_LETTERS {
        return name.to_owned();
    }
    name.chars().take(MAX_LETTERS - 1).chain(['.']).collect()
}

/// An axis of shares with a line at every tenth from 0 to 1.
struct Shares {
    low: f64,
    high: f64,
}

impl Ranged for Shares {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (from, to): (i32, i32)) -> i32 {
        from + (f64::from(to - from) * (value - self.low) / (self.high - self.low)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        (0..=10).map(|tenth| f64::from(tenth) / 10.0).filter(|share| (self.low..=self.high).contains(share)).collect()
    }

    fn range(&self) -> std::ops::Range<f64> {
        self.low..self.high
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_sorted_and_the_plot_grows_with_them() {
        let user = |subject: &str, generic: f64, adapted: f64| UserScore {
            subject: subject.to_owned(),
            clips: 10,
            generic,
            adapted,
        };
        let heading = || Heading { title: String::new(), subtitle: String::new() };
        let users = [user("c", 0.9, 0.8), user("a", 0.2, 1.0), user("b", 0.2, 0.7)];
        let plot = UsersPlot::new(heading(), &users);
        let order: Vec<_> = plot.users.iter().map(|user| user.subject.as_str()).collect();
        assert_eq!((order, plot.size().0), (vec!["b", "a", "c"], MIN_WIDTH));
        let many: Vec<_> = (0..100).map(|number| user(&format!("person {number}"), 0.5, 0.9)).collect();
        assert!(UsersPlot::new(heading(), &many).size().0 >= 1300, "a name needs 13 pixels");
    }

    #[test]
    fn the_axis_of_shares_has_lines_within_its_range() {
        let axis = Shares { low: 0.75, high: 1.03 };
        assert_eq!(axis.key_points(5), [0.8, 0.9, 1.0]);
        assert_eq!((axis.map(&0.75, (300, 20)), axis.map(&1.03, (300, 20))), (300, 20));
    }

    #[test]
    fn long_names_are_cut_off() {
        assert_eq!(shortened("surprise"), "surprise");
        assert_eq!(shortened("a name of many letters"), "a name of many .");
    }
}
