//! Annotated pictures: boxes, landmarks and labels on the picture, and the probabilities beside or below it.

use image::{RgbImage, imageops};
use mien_core::Result;
use mien_eval::drawing::{Area, Color, Scene, Stroke, paint, shortened};

use crate::draw::face::{DrawnFace, View};
use crate::draw::labels::{self, Form, Labels};
use crate::draw::panel::Panel;
use crate::media::Picture;
use crate::report::FrameReport;

/// Length of the picture's longer side, between which it keeps its own.
const SIDES: (u32, u32) = (960, 2400);
/// Font size as a share of the longer side, so that the text is legible when the drawing fills a screen.
const TEXT: f32 = 1.0 / 58.0;
/// Smallest font size in pixels.
pub const MIN_TEXT: f32 = 14.0;
/// Max number of faces with labels of one line; those of more are less wide, so that each is near its face.
const MAX_LONG: usize = 6;
/// Dark lines below light ones are visible on any picture, and no emotion has these colors.
const HALO: Color = Color::new(0, 0, 0).faded(0.6);
const LINE: Color = Color::WHITE;
/// Color of the drawing where the picture is not.
const PAPER: [u8; 3] = [250, 250, 250];

/// Draws the picture upright with its faces, and the probabilities of each.
pub fn picture(picture: &Picture, frame: &FrameReport) -> Result<RgbImage> {
    let (scaled, view) = fitted(picture.to_rgb(), frame.turn, SIDES);
    let layout = Layout::new(scaled.dimensions());
    let (right, down) = layout.offset;
    let view = View { offset: layout.offset, ..view };
    let faces: Vec<_> = frame.faces.iter().map(|face| DrawnFace::new(face, &view)).collect();
    let (scene, (width, height)) = layout.scene(&faces);
    let mut canvas = RgbImage::from_pixel(width, height, image::Rgb(PAPER));
    imageops::replace(&mut canvas, &scaled, right as i64, down as i64);
    paint(&mut canvas, &scene)?;
    Ok(canvas)
}

/// Where a picture lies in its drawing.
pub(super) struct Layout {
    /// The area of the picture; a narrow strip gets room for a label.
    pub area: Area,
    /// The picture's left upper corner, in whole pixels.
    pub offset: (f32, f32),
    /// Font size in pixels.
    size: f32,
}

impl Layout {
    /// Creates the layout of a picture of a width and height.
    pub fn new((width, height): (u32, u32)) -> Self {
        let (width, height) = (width as f32, height as f32);
        let size = (width.max(height) * TEXT).max(MIN_TEXT).round();
        let area = Area::new(0.0, 0.0, width.max(18.0 * size), height.max(5.0 * size));
        let offset = (((area.width - width) / 2.0).floor(), ((area.height - height) / 2.0).floor());
        Self { area, offset, size }
    }

    /// Returns what is drawn over and beside the picture, with the size of the whole drawing.
    pub fn scene(&self, faces: &[DrawnFace]) -> (Scene, (u32, u32)) {
        let mut scene = Scene::default();
        boxes(&mut scene, faces, self.size);
        if faces.is_empty() {
            labels::alone(&mut scene, "no face", self.size);
        }
        label(&mut scene, faces, Labels::new(self.area, bounds(faces)), self.size, true);
        let panel = Panel::new(faces, self.area, self.size);
        panel.draw(&mut scene, faces);
        (scene, panel.canvas())
    }
}

/// Returns the boxes of `faces`.
pub fn bounds(faces: &[DrawnFace]) -> Vec<Area> {
    faces.iter().map(|face| face.bounds).collect()
}

/// Scales `image` to a longer side from `min` to `max` pixels and turns it clockwise by `turn` degrees.
pub fn fitted(image: RgbImage, turn: u32, (min, max): (u32, u32)) -> (RgbImage, View) {
    let (width, height) = image.dimensions();
    let longer = width.max(height);
    let scale = longer.clamp(min, max) as f32 / longer as f32;
    let side = |length: u32| ((length as f32 * scale).round() as u32).max(1);
    let (width, height) = (side(width), side(height));
    let scaled = if image.dimensions() == (width, height) {
        image
    } else {
        imageops::resize(&image, width, height, imageops::FilterType::Triangle)
    };
    let turned = match turn {
        90 => imageops::rotate90(&scaled),
        180 => imageops::rotate180(&scaled),
        270 => imageops::rotate270(&scaled),
        _ => scaled,
    };
    (turned, View { scale, turn, size: (width as f32, height as f32), offset: (0.0, 0.0) })
}

/// Draws the boxes and landmarks, for text of the font size `size`.
pub fn boxes(scene: &mut Scene, faces: &[DrawnFace], size: f32) {
    let line = (size / 9.0).max(1.5);
    for face in faces {
        scene.frame(face.bounds, Stroke::solid(HALO, 2.6 * line));
        scene.frame(face.bounds, Stroke::solid(LINE, line));
        let radius = (face.bounds.width / 50.0).min(1.2 * line).max(0.8);
        for at in face.landmarks {
            scene.dot(at, radius + 0.6 * line, HALO);
            scene.dot(at, radius, LINE);
        }
    }
}

/// Draws a label at each box, with a number before the name if there are several. Where the labels of many faces do
/// not fit, they shrink, to the number if the probabilities `are_listed` by it, else to the emotion.
pub fn label(scene: &mut Scene, faces: &[DrawnFace], mut labels: Labels, size: f32, are_listed: bool) {
    let mut order: Vec<usize> = (0..faces.len()).collect();
    order.sort_by(|&a, &b| faces[b].bounds.height.total_cmp(&faces[a].bounds.height));
    let numbered = are_listed && faces.len() > 1;
    let placed: Vec<_> = order
        .into_iter()
        .filter_map(|index| {
            let number = numbered.then(|| (index + 1).to_string());
            let forms = forms(&faces[index], number, size);
            labels.place(index, if faces.len() > MAX_LONG { &forms[1..] } else { &forms })
        })
        .collect();
    placed.iter().for_each(|label| label.draw(scene));
}

/// Returns the ways to write the label of `face`.
fn forms(face: &DrawnFace, number: Option<String>, size: f32) -> Vec<Form> {
    let small = (0.85 * size).max(MIN_TEXT - 2.0);
    let name = |size: f32, width: f32| {
        let name = shortened(&face.name(), size, width * size);
        number.as_ref().map_or_else(|| name.clone(), |number| format!("{number} {name}"))
    };
    let feeling = || face.feeling.clone();
    let mut forms = vec![
        Form::new([format!("{}: {}", name(size, 14.0), feeling())], size),
        Form::new([name(size, 9.0), feeling()], size),
        Form::new([name(small, 6.0), feeling()], small),
    ];
    forms.push(Form::new([number.unwrap_or_else(feeling)], small));
    forms
}
