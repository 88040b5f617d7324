//! The plots of an evaluation's report: users, curve and confusion.

use ndarray::Array2;

use crate::drawing::axis::{GRID, SOFT, ShareAxis};
use crate::drawing::{Anchor, Area, Color, Plot, Scene, Stroke, Text, shortened, text_width};
use crate::protocol::{Confusion, CurvePoint, UserScore};
use crate::text::counted;

/// Colors of the heads; none is an emotion's. Shapes tell them apart too.
const GENERIC: Color = SOFT;
const ADAPTED: Color = Color::new(0, 92, 158);
const HARMED: Color = Color::new(196, 78, 0);
/// The pattern of the line to a user who was harmed.
const HARMED_DASHES: &[f32] = &[2.0, 1.2];

/// Height of the heading and the key over a plot.
const HEADER: f32 = 86.0;
const MIN_WIDTH: u32 = 700;
const TITLE: f32 = 19.0;
const TEXT: f32 = 14.0;
/// Width of the labels of the vertical axis.
const LEFT: f32 = 66.0;
const RIGHT: f32 = 16.0;
/// Max width of a name.
const MAX_NAME: f32 = 150.0;

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

    /// Pixels from one user to the next; a name needs as many.
    fn step(&self) -> f32 {
        (600.0 / self.users.len().max(1) as f32).clamp(19.0, 60.0)
    }

    /// Height of the names, which are written upwards.
    fn names_height(&self) -> f32 {
        widest(self.users.iter().map(|user| user.subject.as_str())) + 18.0
    }
}

impl Plot for UsersPlot<'_> {
    fn size(&self) -> (u32, u32) {
        let width = self.step() * self.users.len() as f32 + LEFT + RIGHT;
        ((width.ceil() as u32).max(MIN_WIDTH), (430.0 + self.names_height()).ceil() as u32)
    }

    fn scene(&self) -> Scene {
        let (width, height) = self.size();
        let mut scene = Scene::default();
        let key = [
            ("generic head", Marker::Ring, GENERIC),
            ("adapted head", Marker::Dot, ADAPTED),
            ("harmed", Marker::Line, HARMED),
        ];
        head(&mut scene, &self.heading, &key, width);
        let plot = Area::between([LEFT, width as f32 - RIGHT], [HEADER, height as f32 - self.names_height()]);
        let axis = ShareAxis { plot, low: -0.02, high: 1.03 };
        axis.draw(&mut scene, TEXT);
        let step = plot.width / self.users.len().max(1) as f32;
        for (place, user) in self.users.iter().enumerate() {
            let x = plot.x + step * (place as f32 + 0.5);
            let (before, after) = ((x, axis.y(user.generic)), (x, axis.y(user.adapted)));
            let harmed = user.adapted < user.generic;
            let (color, dashes) = if harmed { (HARMED, HARMED_DASHES) } else { (ADAPTED, &[][..]) };
            scene.line([before, after], Stroke { color, width: 2.5, dashes });
            ring(&mut scene, before);
            scene.dot(after, 3.5, color);
            let name = Text::new(&user.subject, (x, plot.bottom() + 8.0), TEXT).within(MAX_NAME);
            scene.text(name.anchor(Anchor::Right).upwards());
        }
        scene
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

impl CurvePlot<'_> {
    /// Draws the values of both heads at `x`, the higher one over its point, the lower one under its own.
    fn values(&self, scene: &mut Scene, axis: &ShareAxis, x: f32, point: &CurvePoint) {
        ring(scene, (x, axis.y(point.generic)));
        scene.dot((x, axis.y(point.adapted)), 4.5, ADAPTED);
        let adapted_over = if point.adapted >= point.generic { -1.0 } else { 1.0 };
        for (value, color, shift) in [(point.generic, GENERIC, -adapted_over), (point.adapted, ADAPTED, adapted_over)] {
            let at = (x, axis.y(value) + 18.0 * shift);
            scene.text(Text::new(format!("{:.1} %", 100.0 * value), at, TEXT).color(color).anchor(Anchor::Middle));
        }
    }
}

impl Plot for CurvePlot<'_> {
    fn size(&self) -> (u32, u32) {
        ((80 * self.points.len() as u32 + (LEFT + RIGHT) as u32).max(MIN_WIDTH), 470)
    }

    fn scene(&self) -> Scene {
        let (width, height) = self.size();
        let mut scene = Scene::default();
        let key = [("generic head", Marker::Ring, GENERIC), ("adapted head", Marker::Dot, ADAPTED)];
        head(&mut scene, &self.heading, &key, width);
        let min = self.points.iter().map(|point| point.generic.min(point.adapted)).fold(1.0, f64::min);
        let low = ((min * 10.0).floor() - 1.0).max(-1.0) / 10.0;
        let plot = Area::between([LEFT, width as f32 - RIGHT], [HEADER + 14.0, height as f32 - 78.0]);
        let axis = ShareAxis { plot, low, high: 1.03 };
        axis.draw(&mut scene, TEXT);
        let step = plot.width / self.points.len().max(1) as f32;
        let x = |place: usize| plot.x + step * (place as f32 + 0.5);
        for (color, of) in [(GENERIC, (|p| p.generic) as fn(&CurvePoint) -> f64), (ADAPTED, |p| p.adapted)] {
            for (place, two) in self.points.windows(2).enumerate().filter(|(_, two)| two[0].clips == two[1].clips) {
                let ends = [(x(place), axis.y(of(&two[0]))), (x(place + 1), axis.y(of(&two[1])))];
                scene.line(ends, Stroke::solid(color, 2.5));
            }
        }
        for (place, point) in self.points.iter().enumerate() {
            self.values(&mut scene, &axis, x(place), point);
            let clips = Text::new(point.clips_per_class.to_string(), (x(place), plot.bottom() + 16.0), TEXT + 1.0);
            scene.text(clips.anchor(Anchor::Middle));
            let users = Text::new(counted(point.users, self.people), (x(place), plot.bottom() + 36.0), TEXT - 1.0);
            scene.text(users.within(step - 6.0).color(SOFT).anchor(Anchor::Middle));
        }
        let middle = ((plot.x + plot.right()) / 2.0, height as f32 - 16.0);
        scene.text(Text::new("most clips of a class learned", middle, TEXT).anchor(Anchor::Middle));
        scene
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
    fn label_width(&self) -> f32 {
        widest(self.confusion.labels.iter().map(String::as_str))
    }

    /// Side of a cell, wide enough for a label.
    fn cell(&self) -> f32 {
        (self.label_width() + 10.0).clamp(62.0, 110.0)
    }

    /// Left edge of the first matrix's cells.
    fn left(&self) -> f32 {
        self.label_width() + 46.0
    }

    fn side(&self) -> f32 {
        self.cell() * self.confusion.labels.len() as f32
    }

    fn matrix(&self, scene: &mut Scene, name: &str, counts: &Array2<usize>, (left, top): (f32, f32)) {
        let (cell, labels) = (self.cell(), &self.confusion.labels);
        let middle = |place: usize| cell * (place as f32 + 0.5);
        let title = Text::new(name, (left + self.side() / 2.0, top - 42.0), TEXT + 2.0);
        scene.text(title.anchor(Anchor::Middle));
        for (row, counts) in counts.rows().into_iter().enumerate() {
            let all = counts.sum();
            for (column, &count) in counts.iter().enumerate() {
                let share = count as f32 / all.max(1) as f32;
                let square = Area::new(left + cell * column as f32, top + cell * row as f32, cell - 1.0, cell - 1.0);
                let color = if row == column { ADAPTED } else { HARMED };
                scene.block(square, color.faded(share));
                scene.frame(square, Stroke::solid(GRID, 1.0));
                if count > 0 {
                    let ink = if share > 0.5 { Color::WHITE } else { Color::BLACK };
                    let at = (left + middle(column), top + middle(row));
                    let text = Text::new(count.to_string(), at, TEXT + 1.0).within(cell - 6.0);
                    scene.text(text.color(ink).anchor(Anchor::Middle));
                }
            }
        }
        for (place, label) in labels.iter().enumerate() {
            let column = Text::new(label, (left + middle(place), top - 14.0), TEXT).within(cell - 6.0);
            scene.text(column.anchor(Anchor::Middle));
            let row = Text::new(label, (left - 8.0, top + middle(place)), TEXT).within(MAX_NAME);
            scene.text(row.anchor(Anchor::Right));
        }
    }
}

impl Plot for ConfusionPlot<'_> {
    fn size(&self) -> (u32, u32) {
        let width = 2.0 * (self.left() + self.side()) + 20.0;
        ((width.ceil() as u32).max(MIN_WIDTH), (HEADER + 40.0 + self.side() + 16.0).ceil() as u32)
    }

    fn scene(&self) -> Scene {
        let mut scene = Scene::default();
        head(&mut scene, &self.heading, &[], self.size().0);
        let top = HEADER + 40.0;
        let lefts = [self.left(), 2.0 * self.left() + self.side()];
        self.matrix(&mut scene, "generic head", &self.confusion.generic, (lefts[0], top));
        self.matrix(&mut scene, "adapted heads", &self.confusion.adapted, (lefts[1], top));
        let truth = Text::new("truth", (18.0, top + self.side() / 2.0), TEXT);
        scene.text(truth.color(SOFT).anchor(Anchor::Middle).upwards());
        scene
    }
}

/// The symbol of a line of the key.
#[derive(Clone, Copy)]
enum Marker {
    Ring,
    Dot,
    Line,
}

fn ring(scene: &mut Scene, at: (f32, f32)) {
    scene.dot(at, 5.0, Color::WHITE);
    scene.ring(at, 5.0, Stroke::solid(GENERIC, 1.8));
}

/// Draws the heading, and the key below it.
fn head(scene: &mut Scene, heading: &Heading, key: &[(&str, Marker, Color)], width: u32) {
    let room = width as f32 - 28.0;
    scene.text(Text::new(&heading.title, (14.0, 18.0), TITLE).within(room));
    scene.text(Text::new(&heading.subtitle, (14.0, 42.0), TEXT).within(room).color(SOFT));
    let mut left = 22.0;
    for &(name, marker, color) in key {
        let at = (left, 66.0);
        match marker {
            Marker::Ring => ring(scene, at),
            Marker::Dot => scene.dot(at, 4.5, color),
            Marker::Line => {
                let look = Stroke { color, width: 2.5, dashes: HARMED_DASHES };
                scene.line([(at.0, at.1 - 8.0), (at.0, at.1 + 8.0)], look);
            }
        }
        scene.text(Text::new(name, (left + 13.0, at.1), TEXT));
        left += 42.0 + text_width(name, TEXT);
    }
}

/// Returns the width of the widest of `names` once they are shortened.
fn widest<'a>(names: impl Iterator<Item = &'a str>) -> f32 {
    names.map(|name| text_width(&shortened(name, TEXT, MAX_NAME), TEXT)).fold(0.0, f32::max).ceil()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 4] = ["1", "Иван Иванович Иванов-Петров", "أحمد محمد", "a subject with a long name"];

    fn heading() -> Heading {
        let subtitle = "RAVDESS, statement 1 for learning and 2 for testing, 8 emotions, 24 actors, 1440 clips tested";
        Heading { title: "Accuracy of 24 users".to_owned(), subtitle: subtitle.repeat(2) }
    }

    fn user(subject: &str, generic: f64, adapted: f64) -> UserScore {
        UserScore { subject: subject.to_owned(), clips: 10, generic, adapted }
    }

    /// Checks that a plot is legible, and returns its texts.
    fn texts(plot: &impl Plot) -> Vec<String> {
        let scene = plot.scene();
        assert_eq!(scene.illegible(plot.size()), Vec::<String>::new());
        assert!(plot.png().is_ok());
        scene.texts().map(|text| text.text.clone()).collect()
    }

    #[test]
    fn users_are_sorted_and_the_plot_grows_with_them() {
        let users = [user("c", 0.9, 0.8), user("a", 0.2, 1.0), user("b", 0.2, 0.7)];
        let plot = UsersPlot::new(heading(), &users);
        let order: Vec<_> = plot.users.iter().map(|user| user.subject.as_str()).collect();
        assert_eq!((order, plot.size().0), (vec!["b", "a", "c"], MIN_WIDTH));
        for count in [1, 24, 100] {
            let share = |number: usize| number as f64 / count as f64;
            let many: Vec<_> =
                (0..count).map(|number| user(NAMES[number % 4], share(number), 1.0 - share(number))).collect();
            let plot = UsersPlot::new(heading(), &many);
            let named = texts(&plot).into_iter().filter(|text| text == "1").count();
            assert_eq!(named, count.div_ceil(4), "every user has a name");
        }
    }

    #[test]
    fn curves_are_legible_wherever_they_run() {
        let point = |place: usize, (generic, adapted): (f64, f64)| CurvePoint {
            clips_per_class: 1 << place,
            users: 24,
            clips: 1440 - place / 3,
            generic,
            adapted,
            harmed_users: 0,
        };
        let shares = [(0.5, 0.5), (0.5, 0.52), (0.61, 0.6), (1.0, 1.0), (0.0, 0.0), (0.0, 1.0), (0.9, 0.1)];
        for count in 1..=shares.len() {
            let points: Vec<_> = shares[..count].iter().enumerate().map(|(at, &shares)| point(at, shares)).collect();
            let texts = texts(&CurvePlot { heading: heading(), points: &points, people: "actors" });
            assert!(texts.iter().filter(|text| *text == "24 actors").count() == count, "{texts:?}");
        }
    }

    #[test]
    fn matrices_are_legible_for_all_labels() {
        for labels in [&["happy", "sad"][..], &["neutral", "calm", "happy", "sad", "anger", "fear", "disgust"], &NAMES]
        {
            let counts = Array2::from_shape_fn((labels.len(), labels.len()), |(row, column)| 40_000 * (row + column));
            let labels: Vec<_> = labels.iter().map(|label| (*label).to_owned()).collect();
            let confusion = Confusion { labels: labels.clone(), generic: counts.clone(), adapted: counts };
            let texts = texts(&ConfusionPlot { heading: heading(), confusion: &confusion });
            assert!(texts.iter().filter(|text| *text == &labels[0]).count() == 4, "{texts:?}");
        }
    }
}
