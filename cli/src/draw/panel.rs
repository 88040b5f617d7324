//! The probabilities of each face beside or below a picture: bars for each of a few, a table for many.

use std::cmp::Reverse;

use mien_eval::drawing::axis::SOFT;
use mien_eval::drawing::{Anchor, Area, Color, Looks, Scene, Text};

use crate::draw::face::DrawnFace;
use crate::text::whole_percent;

/// Color of a bar's rest.
const BACK: Color = Color::new(224, 224, 224);
/// Max number of classes; the most probable ones are shown.
const MAX_CLASSES: usize = 9;
/// Lengths in shares of the font size: height of a line of bars, their width, and height of the lines over them.
const LINE: f32 = 1.35;
const CARD_WIDTH: f32 = 20.0;
const HEAD: f32 = 3.2;
/// Max number of columns of bars beside a picture.
const MAX_COLUMNS: usize = 2;
/// Lengths of the table in shares of the font size: height of a row, width of the number, name, emotion and a class.
const ROW: f32 = 2.0;
const NUMBER: f32 = 2.6;
const NAME: f32 = 11.0;
const FEELING: f32 = 13.6;
const CLASS: f32 = 5.8;
/// Space at the edges.
const MARGIN: f32 = 0.8;

/// The probabilities of all faces of a picture.
pub struct Panel {
    picture: Area,
    size: f32,
    faces: usize,
    labels: Vec<String>,
    layout: Layout,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Layout {
    /// Bars for each face at the right, in columns of so many.
    Cards { rows: usize },
    /// A row for each face below the picture.
    Table,
}

impl Panel {
    /// Chooses the layout for `faces` of a picture that covers `picture`, in the font size `size`.
    pub fn new(faces: &[DrawnFace], picture: Area, size: f32) -> Self {
        let labels = classes(faces);
        let mut panel = Self { picture, size, faces: faces.len(), labels, layout: Layout::Table };
        let fitting = ((picture.height / panel.card_height()) as usize).max(1);
        let columns = faces.len().div_ceil(fitting);
        if columns <= MAX_COLUMNS {
            panel.layout = Layout::Cards { rows: faces.len().div_ceil(columns.max(1)) };
        }
        panel
    }

    /// Returns the width and height of the whole drawing.
    pub fn canvas(&self) -> (u32, u32) {
        let Area { width, height, .. } = self.picture;
        let (width, height) = match self.layout {
            Layout::Cards { rows } => {
                let columns = self.faces.div_ceil(rows.max(1));
                (width + columns as f32 * CARD_WIDTH * self.size, height.max(rows as f32 * self.card_height()))
            }
            Layout::Table => {
                let rows = self.faces as f32 + 1.0 + MARGIN;
                (width.max(self.table_width()), height + rows * ROW * self.size)
            }
        };
        (width.ceil() as u32, height.ceil() as u32)
    }

    /// Draws the probabilities of `faces`.
    pub fn draw(&self, scene: &mut Scene, faces: &[DrawnFace]) {
        match self.layout {
            Layout::Cards { rows } => {
                for (index, face) in faces.iter().enumerate() {
                    let left = self.picture.right() + (index / rows) as f32 * CARD_WIDTH * self.size;
                    let top = (index % rows) as f32 * self.card_height();
                    self.card(scene, face, index, (left, top));
                }
            }
            Layout::Table => self.table(scene, faces),
        }
    }

    fn card_height(&self) -> f32 {
        (HEAD + MARGIN + LINE * self.labels.len() as f32) * self.size
    }

    fn table_width(&self) -> f32 {
        (2.0 * MARGIN + NUMBER + NAME + FEELING + CLASS * self.labels.len() as f32) * self.size
    }

    /// Draws the bars of a face at the point `left`, `top`.
    fn card(&self, scene: &mut Scene, face: &DrawnFace, index: usize, (left, top): (f32, f32)) {
        let size = self.size;
        let (left, right) = (left + MARGIN * size, left + (CARD_WIDTH - MARGIN) * size);
        let number = if self.faces > 1 { format!("{} ", index + 1) } else { String::new() };
        let name = Text::new(format!("{number}{}", face.name()), (left, top + 1.1 * size), 1.15 * size);
        scene.text(name.within(right - left));
        let head = match (face.shares.is_empty(), face.adapted) {
            (true, _) => "no head, so no emotion",
            (false, true) => "by the person's own head",
            (false, false) => "by the generic head",
        };
        scene.text(Text::new(head, (left, top + 2.4 * size), 0.85 * size).color(SOFT).within(right - left));
        let looks = Looks::of(self.labels.iter().map(String::as_str));
        let (from, to) = (left + 6.0 * size, right - 3.6 * size);
        for (row, (label, share)) in self.shares(face).enumerate() {
            let y = top + (HEAD + LINE * (row as f32 + 0.5)) * size;
            scene.text(Text::new(label, (left, y), size).within(5.7 * size));
            let bar = |to: f32| Area::between([from, to], [y - 0.36 * size, y + 0.36 * size]);
            scene.block(bar(to), BACK);
            scene.block(bar(from + (to - from) * share), looks.get(label).color);
            scene.text(Text::new(whole_percent(share), (right, y), size).anchor(Anchor::Right));
        }
    }

    /// Draws a heading, and a row for each face with a bar under each percent.
    fn table(&self, scene: &mut Scene, faces: &[DrawnFace]) {
        let size = self.size;
        let top = self.picture.bottom() + 0.5 * MARGIN * ROW * size;
        let left = MARGIN * size;
        let name = left + NUMBER * size;
        let feeling = name + NAME * size;
        let class = |index: usize| feeling + (FEELING + CLASS * index as f32) * size;
        let looks = Looks::of(self.labels.iter().map(String::as_str));
        for (index, label) in self.labels.iter().enumerate() {
            let at = (class(index), top + 0.5 * ROW * size);
            scene.text(Text::new(label, at, 0.95 * size).color(SOFT).within((CLASS - 0.5) * size));
        }
        for (index, face) in faces.iter().enumerate() {
            let y = top + (index as f32 + 1.5) * ROW * size;
            if index % 2 == 0 {
                let back = Area::new(0.0, y - 0.5 * ROW * size, self.canvas().0 as f32, ROW * size);
                scene.block(back, Color::new(240, 240, 240));
            }
            scene.text(Text::new((index + 1).to_string(), (name - 0.7 * size, y), size).anchor(Anchor::Right));
            scene.text(Text::new(face.name(), (name, y), size).within((NAME - 0.6) * size));
            scene.text(Text::new(&face.feeling, (feeling, y), size).within((FEELING - 0.6) * size));
            for (index, (label, share)) in self.shares(face).enumerate() {
                let at = class(index);
                scene.text(Text::new(whole_percent(share), (at, y - 0.22 * size), 0.9 * size));
                let bar = |width: f32| Area::new(at, y + 0.45 * size, width, 0.3 * size);
                scene.block(bar((CLASS - 0.8) * size), BACK);
                scene.block(bar((CLASS - 0.8) * size * share), looks.get(label).color);
            }
        }
    }

    /// Returns each class that is shown, with the face's probability; nothing for a face without an emotion.
    fn shares<'a>(&'a self, face: &'a DrawnFace) -> impl Iterator<Item = (&'a str, f32)> {
        let share = |label: &str| face.shares.iter().find(|(other, _)| other == label).map_or(0.0, |(_, share)| *share);
        let labels = if face.shares.is_empty() { &[][..] } else { &self.labels[..] };
        labels.iter().map(move |label| (label.as_str(), share(label)))
    }
}

/// Returns the classes of `faces` in the order of the heads; the most probable ones of many.
fn classes(faces: &[DrawnFace]) -> Vec<String> {
    let mut labels: Vec<(&str, f32)> = Vec::new();
    for (label, share) in faces.iter().flat_map(|face| &face.shares) {
        match labels.iter_mut().find(|(other, _)| other == label) {
            Some((_, max)) => *max = max.max(*share),
            None => labels.push((label, *share)),
        }
    }
    let mut places: Vec<usize> = (0..labels.len()).collect();
    places.sort_by_key(|&place| Reverse((labels[place].1 * 1e6) as i64));
    places.truncate(MAX_CLASSES);
    places.sort_unstable();
    places.into_iter().map(|place| labels[place].0.to_owned()).collect()
}
