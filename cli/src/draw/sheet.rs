//! Contact sheets: frames of a clip in their order, each with its time.

use image::{RgbImage, imageops};
use mien_core::Result;
use mien_eval::drawing::{Anchor, Area, Color, Scene, Text, paint};

use crate::draw::annotate::{MIN_TEXT, bounds, boxes, fitted, label};
use crate::draw::face::DrawnFace;
use crate::draw::labels::Labels;
use crate::media::Picture;
use crate::process::failure::{Failure, Outcome};
use crate::report::FrameReport;

/// Longer side of a frame.
const SIDE: u32 = 280;
const MAX_COLUMNS: usize = 4;
const GAP: u32 = 6;
/// Height of the line with the time below a frame.
const STRIP: u32 = 24;
const TEXT: f32 = 16.0;
const PAPER: [u8; 3] = [255; 3];

/// A frame of a contact sheet.
#[derive(Clone)]
pub struct Tile {
    image: RgbImage,
    faces: Vec<DrawnFace>,
    time_s: f64,
}

impl Tile {
    /// Creates the tile of a frame.
    pub fn new(picture: &Picture, frame: &FrameReport) -> Self {
        let (image, view) = fitted(picture.to_rgb(), frame.turn, (SIDE, SIDE));
        let faces = frame.faces.iter().map(|face| DrawnFace::new(face, &view)).collect();
        Self { image, faces, time_s: frame.time_s }
    }

    /// Draws the boxes and their labels on the frame.
    fn drawn(&self) -> Result<RgbImage> {
        let mut image = self.image.clone();
        let area = Area::new(0.0, 0.0, image.width() as f32, image.height() as f32);
        let mut scene = Scene::default();
        boxes(&mut scene, &self.faces, MIN_TEXT);
        label(&mut scene, &self.faces, Labels::new(area, bounds(&self.faces)), MIN_TEXT, false);
        paint(&mut image, &scene)?;
        Ok(image)
    }
}

/// Draws the tiles of a clip in rows of four. Frames of different sizes get equal places.
pub fn sheet(tiles: &[Tile]) -> Outcome<RgbImage> {
    if tiles.is_empty() {
        return Err(Failure::new("no frame to draw"));
    }
    let max_side = |side: fn(&RgbImage) -> u32| tiles.iter().map(|tile| side(&tile.image)).max().unwrap_or(1);
    let (width, height) = (max_side(RgbImage::width).max(SIDE / 2), max_side(RgbImage::height));
    let columns = tiles.len().min(MAX_COLUMNS);
    let rows = tiles.len().div_ceil(columns);
    let (across, down) = (width + GAP, height + STRIP + GAP);
    let size = (columns as u32 * across + GAP, rows as u32 * down + GAP);
    let mut sheet = RgbImage::from_pixel(size.0, size.1, image::Rgb(PAPER));
    let mut scene = Scene::default();
    for (index, tile) in tiles.iter().enumerate() {
        let left = GAP + (index % columns) as u32 * across;
        let top = GAP + (index / columns) as u32 * down;
        let image = tile.drawn()?;
        let (right, lower) = ((width - image.width()) / 2, (height - image.height()) / 2);
        imageops::replace(&mut sheet, &image, i64::from(left + right), i64::from(top + lower));
        let at = (left as f32 + width as f32 / 2.0, top as f32 + height as f32 + STRIP as f32 / 2.0);
        scene.text(Text::new(clip_time(tile.time_s), at, TEXT).color(Color::BLACK).anchor(Anchor::Middle));
    }
    paint(&mut sheet, &scene)?;
    Ok(sheet)
}

/// Formats a time of a clip as minutes, seconds and hundredths, with hours if there are any.
fn clip_time(seconds: f64) -> String {
    let hundredths = (100.0 * seconds).round() as u64;
    let (minutes, rest) = (hundredths / 6000, hundredths % 6000);
    let rest = format!("{:02}.{:02}", rest / 100, rest % 100);
    if minutes < 60 { format!("{minutes}:{rest}") } else { format!("{}:{:02}:{rest}", minutes / 60, minutes % 60) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_count_in_hours_when_there_are_any() {
        let times = [0.0, 9.999, 59.994, 75.5, 3599.999, 7325.25].map(clip_time);
        assert_eq!(times, ["0:00.00", "0:10.00", "0:59.99", "1:15.50", "1:00:00.00", "2:02:05.25"]);
    }

    #[test]
    fn frames_of_all_sizes_get_a_place_and_a_time() {
        let sizes = [(1920, 1080), (60, 80), (1080, 1920), (4000, 20), (20, 4000)];
        let tiles: Vec<_> = sizes
            .iter()
            .map(|&(width, height)| {
                let (image, _) = fitted(RgbImage::from_pixel(width, height, image::Rgb([0, 0, 90])), 0, (SIDE, SIDE));
                Tile { image, faces: Vec::new(), time_s: 1.5 }
            })
            .collect();
        let drawn = sheet(&tiles).unwrap();
        assert_eq!(drawn.dimensions(), (4 * (SIDE + GAP) + GAP, 2 * (SIDE + STRIP + GAP) + GAP));
        // Below each frame there is dark text on white paper.
        for (column, row) in [(0, 0), (1, 0), (2, 0), (3, 0), (0, 1)] {
            let (left, top) = (GAP + column * (SIDE + GAP), GAP + row * (SIDE + STRIP + GAP) + SIDE + 1);
            let strip = imageops::crop_imm(&drawn, left, top, SIDE, STRIP - 2).to_image();
            let dark = strip.pixels().filter(|pixel| pixel.0[1] < 100).count();
            assert!((60..800).contains(&dark), "{column} {row}: {dark}");
        }
    }
}
