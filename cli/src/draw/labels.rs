//! Labels at boxes: where each goes, so that none covers another or leaves the picture.

use mien_eval::drawing::{Area, Color, Scene, Stroke, Text, text_width};

/// Distance between a label and its box, and between two labels, in shares of the font size.
const GAP: f32 = 0.2;
/// Height of a line in shares of the font size.
const LINE: f32 = 1.25;
/// Space around a label's text in shares of the font size.
const PADDING: f32 = 0.3;
const BACK: Color = Color::new(20, 20, 20).faded(0.82);

/// A way to write a label, from the most telling to the shortest.
#[derive(Clone, Debug)]
pub struct Form {
    /// The lines.
    pub lines: Vec<String>,
    /// Font size in pixels.
    pub size: f32,
}

impl Form {
    /// Creates a form of lines.
    pub fn new(lines: impl IntoIterator<Item = String>, size: f32) -> Self {
        Self { lines: lines.into_iter().collect(), size }
    }

    /// Width and height of the label with the space around its text.
    fn extent(&self) -> (f32, f32) {
        let widest = self.lines.iter().map(|line| text_width(line, self.size)).fold(0.0, f32::max);
        let space = 2.0 * PADDING * self.size;
        ((widest + space).ceil(), (self.lines.len() as f32 * LINE * self.size + space / 2.0).ceil())
    }
}

/// A label at its place.
#[derive(Clone, Debug)]
pub struct Label {
    form: Form,
    /// The area that the label covers.
    pub area: Area,
    /// The box that it belongs to.
    bounds: Area,
}

impl Label {
    /// Draws the label, and a line to its box if it does not touch it.
    pub fn draw(&self, scene: &mut Scene) {
        let Form { lines, size } = &self.form;
        if !self.area.grown(2.0 * GAP * size).meets(&self.bounds) {
            let ends = [center(&self.area), center(&self.bounds)];
            scene.line(ends, Stroke::solid(BACK, 0.26 * size));
            scene.line(ends, Stroke::solid(Color::WHITE, 0.1 * size));
        }
        scene.rounded(self.area, 0.25 * size, BACK);
        let top = self.area.y + (self.area.height - lines.len() as f32 * LINE * size) / 2.0;
        for (row, line) in lines.iter().enumerate() {
            let at = (self.area.x + PADDING * size, top + (row as f32 + 0.5) * LINE * size);
            scene.text(Text::new(line, at, *size).color(Color::WHITE));
        }
    }
}

/// Draws a label of the whole picture in its left upper corner.
pub fn alone(scene: &mut Scene, text: &str, size: f32) {
    let form = Form::new([text.to_owned()], size);
    let (width, height) = form.extent();
    let area = Area::new(0.5 * size, 0.5 * size, width, height);
    Label { form, area, bounds: area }.draw(scene);
}

/// Places labels on a picture.
pub struct Labels {
    picture: Area,
    /// The boxes, which labels of others should not cover.
    boxes: Vec<Area>,
    /// The labels so far.
    taken: Vec<Area>,
}

impl Labels {
    /// Creates labels within `picture` for `boxes`.
    pub fn new(picture: Area, boxes: Vec<Area>) -> Self {
        Self { picture, boxes, taken: Vec::new() }
    }

    /// Places a label at the box of index `index`: the first of `forms` with a free place that covers no other face,
    /// else the last form at the nearest free place. `None` if the whole picture is taken.
    pub fn place(&mut self, index: usize, forms: &[Form]) -> Option<Label> {
        let bounds = self.boxes[index];
        let label = forms.iter().find_map(|form| {
            let places = beside(&bounds, form, &self.picture);
            let place = places.into_iter().find(|place| self.is_free(place, form) && !self.hides_others(place, index));
            place.map(|area| Label { form: form.clone(), area, bounds })
        });
        let label = label.or_else(|| {
            let form = forms.last()?;
            Some(Label { area: self.nearest(&bounds, form)?, form: form.clone(), bounds })
        })?;
        self.taken.push(label.area.grown(GAP * label.form.size));
        Some(label)
    }

    fn is_free(&self, area: &Area, form: &Form) -> bool {
        self.picture.holds(area) && !self.taken.iter().any(|taken| taken.grown(GAP * form.size).meets(area))
    }

    fn hides_others(&self, area: &Area, index: usize) -> bool {
        let others = self.boxes.iter().enumerate().filter(|(other, _)| *other != index);
        // A box is larger than the face in it.
        others.map(|(_, other)| other.shared(area)).sum::<f32>() > 0.12 * area.width * area.height
    }

    /// Returns the free place nearest to the middle of `bounds`, which may lie on a face.
    fn nearest(&self, bounds: &Area, form: &Form) -> Option<Area> {
        let (width, height) = form.extent();
        let step = (0.5 * form.size).max(2.0);
        let count = |length: f32, own: f32| (((length - own) / step).floor().max(-1.0) + 1.0) as usize;
        let (columns, rows) = (count(self.picture.width, width), count(self.picture.height, height));
        let places = (0..columns * rows).map(|place| {
            let (column, row) = (place % columns, place / columns);
            Area::new(self.picture.x + column as f32 * step, self.picture.y + row as f32 * step, width, height)
        });
        let far = |area: &Area| {
            let (one, two) = (center(area), center(bounds));
            (one.0 - two.0).hypot(one.1 - two.1)
        };
        places.filter(|place| self.is_free(place, form)).min_by(|a, b| far(a).total_cmp(&far(b)))
    }
}

/// Returns the places of a label at a box in the order of preference, moved into the picture along the box's side.
fn beside(bounds: &Area, form: &Form, picture: &Area) -> Vec<Area> {
    let (width, height) = form.extent();
    let gap = GAP * form.size;
    let inside = |at: f32, from: f32, to: f32| at.min(to).max(from);
    let column = |x: f32| inside(x, picture.x, picture.right() - width);
    let row = |y: f32| inside(y, picture.y, picture.bottom() - height);
    let (above, below) = (bounds.y - gap - height, bounds.bottom() + gap);
    let lefts = [bounds.x, bounds.x + (bounds.width - width) / 2.0, bounds.right() - width].map(column);
    let tops = [bounds.y, bounds.y + (bounds.height - height) / 2.0, bounds.bottom() - height].map(row);
    let mut places: Vec<_> = lefts.map(|x| Area::new(x, above, width, height)).into();
    places.extend(lefts.map(|x| Area::new(x, below, width, height)));
    places.extend(tops.map(|y| Area::new(bounds.right() + gap, y, width, height)));
    places.extend(tops.map(|y| Area::new(bounds.x - gap - width, y, width, height)));
    // Within the box, over the chin and then over the forehead; the label is narrower than the box.
    if width <= bounds.width && height <= bounds.height / 3.0 {
        places.push(Area::new(bounds.x, row(bounds.bottom() - height), width, height));
        places.push(Area::new(bounds.x, row(bounds.y), width, height));
    }
    places
}

fn center(area: &Area) -> (f32, f32) {
    (area.x + area.width / 2.0, area.y + area.height / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forms(number: usize) -> Vec<Form> {
        let name = format!("{number} A person with a name: happy 93 %");
        vec![
            Form::new([name], 16.0),
            Form::new([format!("{number} A person"), "happy 93 %".to_owned()], 16.0),
            Form::new([number.to_string()], 16.0),
        ]
    }

    /// Places a label at each box and checks that they lie apart and within the picture.
    fn placed(picture: Area, boxes: &[Area]) -> Vec<Label> {
        let mut labels = Labels::new(picture, boxes.to_vec());
        let placed: Vec<_> = (0..boxes.len()).filter_map(|index| labels.place(index, &forms(index + 1))).collect();
        for (index, label) in placed.iter().enumerate() {
            assert!(picture.holds(&label.area), "{label:?}");
            assert!(!placed[..index].iter().any(|other| other.area.meets(&label.area)), "{label:?}");
        }
        placed
    }

    #[test]
    fn labels_lie_apart_and_within_the_picture() {
        let picture = Area::new(0.0, 0.0, 800.0, 600.0);
        let grid = |columns: usize, count: usize, step: f32, side: f32| -> Vec<Area> {
            let at = |index: usize| ((index % columns) as f32 * step, (index / columns) as f32 * step);
            (0..count).map(|index| Area::new(at(index).0, at(index).1, side, side)).collect()
        };
        // Alone, in a corner, of the picture's size, larger than it, and many that touch or lie upon each other.
        let whole = Area::new(-50.0, -40.0, 900.0, 700.0);
        let lone = placed(picture, &[Area::new(300.0, 200.0, 100.0, 120.0)]);
        assert_eq!(lone[0].form.lines.len(), 1);
        assert_eq!(placed(picture, &[Area::new(760.0, 580.0, 60.0, 60.0), whole]).len(), 2);
        assert_eq!(placed(picture, &grid(8, 48, 100.0, 90.0)).len(), 48);
        assert_eq!(placed(picture, &grid(20, 200, 40.0, 40.0)).len(), 200);
        assert_eq!(placed(picture, &[Area::new(300.0, 200.0, 100.0, 120.0); 40]).len(), 40);
    }

    #[test]
    fn a_label_covers_no_other_face() {
        let picture = Area::new(0.0, 0.0, 800.0, 600.0);
        let boxes = [Area::new(100.0, 200.0, 120.0, 120.0), Area::new(100.0, 60.0, 120.0, 120.0)];
        let labels = placed(picture, &boxes);
        assert!(labels[0].area.shared(&boxes[1]) == 0.0 && labels[0].form.lines.len() == 1);
    }

    #[test]
    fn a_label_far_from_its_box_has_a_line_to_it() {
        let mut scene = Scene::default();
        let label = |x: f32| Label {
            form: Form::new(["1".to_owned()], 16.0),
            area: Area::new(x, 0.0, 20.0, 20.0),
            bounds: Area::new(0.0, 22.0, 50.0, 50.0),
        };
        label(0.0).draw(&mut scene);
        let near = format!("{scene:?}");
        label(200.0).draw(&mut scene);
        assert!(!near.contains("Line") && format!("{scene:?}").contains("Line"));
    }
}
