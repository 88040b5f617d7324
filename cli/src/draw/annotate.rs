//! Annotated pictures: boxes, landmarks, names and probability bars.

use image::{RgbImage, imageops};
use mien_core::Result;
use mien_core::engine::FaceResult;
use mien_eval::drawing::{COLORS, FONT, cannot_draw, load_font};
use plotters::coord::Shift;
use plotters::prelude::*;

use crate::media::Picture;
use crate::process::failure::{Failure, Outcome};
use crate::text::described;

const PANEL_WIDTH: u32 = 230;
const PANEL_HEIGHT: u32 = 178;
const MIN_WIDTH: u32 = 420;
const MAX_WIDTH: u32 = 1280;
const TILE_WIDTH: u32 = 240;

/// Draws the picture with its faces, and beside it a panel of bars for as many faces as fit.
pub fn picture(picture: &Picture, faces: &[FaceResult]) -> Result<RgbImage> {
    let original = picture.to_rgb();
    let (scaled, scale) = fitted(original, MIN_WIDTH, MAX_WIDTH);
    let (width, height) = scaled.dimensions();
    let canvas_height = height.max(PANEL_HEIGHT);
    let mut canvas = RgbImage::from_pixel(width + PANEL_WIDTH, canvas_height, image::Rgb([250, 250, 250]));
    imageops::replace(&mut canvas, &scaled, 0, 0);
    draw_on(canvas, |area| {
        for (index, face) in faces.iter().enumerate() {
            let color = COLORS[(index + 2) % COLORS.len()];
            outline(area, face, scale, color)?;
            let top = index as i32 * PANEL_HEIGHT as i32;
            if top + PANEL_HEIGHT as i32 <= canvas_height as i32 {
                panel(area, face, (width as i32 + 12, top + 10), color)?;
            }
        }
        Ok(())
    })
}

/// A frame of a contact sheet.
pub type Tile = RgbImage;

/// Draws a frame with its boxes and the emotion of its principal face `main`, in the size of a contact sheet.
pub fn tile(picture: &Picture, faces: &[FaceResult], main: Option<&FaceResult>) -> Result<Tile> {
    let (scaled, scale) = fitted(picture.to_rgb(), TILE_WIDTH, TILE_WIDTH);
    draw_on(scaled, |area| {
        for (index, face) in faces.iter().enumerate() {
            outline(area, face, scale, COLORS[(index + 2) % COLORS.len()])?;
        }
        if let Some(face) = main {
            let text = format!("{}: {}", name(face), feeling(face));
            area.draw(&Rectangle::new([(0, 0), (TILE_WIDTH as i32, 22)], BLACK.mix(0.6).filled()))
                .map_err(cannot_draw)?;
            area.draw(&Text::new(text, (5, 7), (FONT, 14).into_font().color(&WHITE))).map_err(cannot_draw)?;
        }
        Ok(())
    })
}

/// Draws the tiles of a clip in rows of six.
pub fn sheet(tiles: &[Tile]) -> Outcome<RgbImage> {
    const COLUMNS: usize = 6;
    const GAP: u32 = 4;
    let Some(first) = tiles.first() else { return Err(Failure::new("no frame to draw")) };
    let (width, height) = first.dimensions();
    let columns = tiles.len().min(COLUMNS) as u32;
    let rows = tiles.len().div_ceil(COLUMNS) as u32;
    let mut sheet =
        RgbImage::from_pixel(columns * (width + GAP) + GAP, rows * (height + GAP) + GAP, image::Rgb([255; 3]));
    for (index, tile) in tiles.iter().enumerate() {
        let (column, row) = ((index % COLUMNS) as u32, (index / COLUMNS) as u32);
        imageops::replace(
            &mut sheet,
            tile,
            i64::from(GAP + column * (width + GAP)),
            i64::from(GAP + row * (height + GAP)),
        );
    }
    Ok(sheet)
}

/// Scales `image` to a width from `min` to `max` pixels and returns the factor.
fn fitted(image: RgbImage, min: u32, max: u32) -> (RgbImage, f32) {
    let width = image.width().clamp(min, max);
    if width == image.width() {
        return (image, 1.0);
    }
    let scale = width as f32 / image.width() as f32;
    let height = ((image.height() as f32 * scale).round() as u32).max(1);
    (imageops::resize(&image, width, height, imageops::FilterType::Triangle), scale)
}

/// The drawing area of a picture.
type Area<'a> = DrawingArea<BitMapBackend<'a>, Shift>;

fn draw_on(image: RgbImage, draw: impl FnOnce(&Area<'_>) -> Result<()>) -> Result<RgbImage> {
    load_font();
    let (width, height) = image.dimensions();
    let mut pixels = image.into_raw();
    {
        let area = BitMapBackend::with_buffer(&mut pixels, (width, height)).into_drawing_area();
        draw(&area)?;
        area.present().map_err(cannot_draw)?;
    }
    RgbImage::from_raw(width, height, pixels).ok_or_else(|| cannot_draw("the canvas changed its size"))
}

fn outline(area: &Area<'_>, face: &FaceResult, scale: f32, color: RGBColor) -> Result<()> {
    let at = |x: f32, y: f32| ((x * scale).round() as i32, (y * scale).round() as i32);
    let bounds = face.face.bounds;
    let corners = [at(bounds.x, bounds.y), at(bounds.x + bounds.width, bounds.y + bounds.height)];
    area.draw(&Rectangle::new(corners, color.stroke_width(2))).map_err(cannot_draw)?;
    for [x, y] in face.face.landmarks {
        area.draw(&Circle::new(at(x, y), 2, color.filled())).map_err(cannot_draw)?;
    }
    Ok(())
}

fn panel(area: &Area<'_>, face: &FaceResult, (left, top): (i32, i32), color: RGBColor) -> Result<()> {
    let text = |text: String, x: i32, y: i32, size: i32| {
        area.draw(&Text::new(text, (x, y), (FONT, size).into_font().color(&BLACK))).map_err(cannot_draw)
    };
    area.draw(&Rectangle::new([(left, top), (left + 6, top + 18)], color.filled())).map_err(cannot_draw)?;
    text(name(face), left + 12, top, 18)?;
    let Some(emotion) = &face.emotion else { return text("no generic head".into(), left + 12, top + 22, 14) };
    let head = if emotion.adapted { "own head" } else { "generic head" };
    text(head.into(), left + 12, top + 19, 12)?;
    for (row, (label, probability)) in emotion.probabilities.iter().enumerate().take(8) {
        let y = top + 38 + 17 * row as i32;
        text(label.clone(), left, y, 14)?;
        let (start, length) = (left + 66, (110.0 * probability).round() as i32);
        area.draw(&Rectangle::new([(start, y + 2), (start + 110, y + 12)], RGBColor(228, 228, 228).filled()))
            .map_err(cannot_draw)?;
        let bar = COLORS[row % COLORS.len()].filled();
        area.draw(&Rectangle::new([(start, y + 2), (start + length, y + 12)], bar)).map_err(cannot_draw)?;
        text(format!("{:.0} %", 100.0 * probability), start + 114, y, 13)?;
    }
    Ok(())
}

fn name(face: &FaceResult) -> String {
    face.identity.user().unwrap_or("unknown person").to_owned()
}

fn feeling(face: &FaceResult) -> String {
    face.emotion.as_ref().map_or_else(|| "?".to_owned(), |emotion| described(emotion, &face.unsure))
}
