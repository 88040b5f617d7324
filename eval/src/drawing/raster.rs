//! Drawings as pixels.

use image::RgbImage;
use mien_core::Result;
use tiny_skia::{
    FillRule, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, PremultipliedColorU8, Rect, StrokeDash, Transform,
};

use super::scene::Item;
use super::text;
use super::{Area, Color, Scene, Stroke, Text, cannot_draw};

/// Draws `scene` on `image`.
pub(super) fn paint(image: &mut RgbImage, scene: &Scene) -> Result<()> {
    let (width, height) = image.dimensions();
    let mut pixels = Pixmap::new(width, height).ok_or_else(|| cannot_draw("a picture without pixels"))?;
    for (to, from) in pixels.pixels_mut().iter_mut().zip(image.pixels()) {
        let [red, green, blue] = from.0;
        *to = PremultipliedColorU8::from_rgba(red, green, blue, 255).ok_or_else(|| cannot_draw("a pixel"))?;
    }
    for item in &scene.items {
        draw(&mut pixels, item);
    }
    // The picture is opaque, so its pixels are the colors.
    for (to, from) in image.pixels_mut().zip(pixels.pixels()) {
        to.0 = [from.red(), from.green(), from.blue()];
    }
    Ok(())
}

fn draw(pixels: &mut Pixmap, item: &Item) {
    match item {
        Item::Block { area, corner, color } => fill(pixels, rounded(*area, *corner), *color, Transform::identity()),
        Item::Frame { area, stroke } => outline(pixels, rounded(*area, 0.0), stroke),
        Item::Line { points, stroke } => outline(pixels, polyline(points), stroke),
        Item::Dot { at, radius, color } => {
            fill(pixels, PathBuilder::from_circle(at.0, at.1, *radius), *color, Transform::identity());
        }
        Item::Ring { at, radius, stroke } => outline(pixels, PathBuilder::from_circle(at.0, at.1, *radius), stroke),
        Item::Text(text) => write(pixels, text),
    }
}

fn write(pixels: &mut Pixmap, text: &Text) {
    let (x, y) = text.at;
    let (start, baseline) = (text.start(), text.baseline());
    // Letters stand on whole pixels, so that their stems and bars are as sharp at every place.
    let place = if text.upwards {
        Transform::from_translate((x + baseline).round(), (y - start).round()).pre_rotate(-90.0)
    } else {
        Transform::from_translate((x + start).round(), (y + baseline).round())
    };
    fill(pixels, text::outline(&text.text, text.size), text.color, place);
}

fn fill(pixels: &mut Pixmap, path: Option<Path>, color: Color, place: Transform) {
    if let Some(path) = path {
        pixels.fill_path(&path, &ink(color), FillRule::Winding, place, None);
    }
}

fn outline(pixels: &mut Pixmap, path: Option<Path>, stroke: &Stroke) {
    let Some(path) = path else { return };
    let dashes = stroke.dashes.iter().map(|length| length * stroke.width).collect::<Vec<_>>();
    let look = tiny_skia::Stroke {
        width: stroke.width,
        line_cap: LineCap::Butt,
        line_join: LineJoin::Round,
        dash: if dashes.is_empty() { None } else { StrokeDash::new(dashes, 0.0) },
        ..tiny_skia::Stroke::default()
    };
    pixels.stroke_path(&path, &ink(stroke.color), &look, Transform::identity(), None);
}

fn ink(Color { rgb: [red, green, blue], alpha }: Color) -> Paint<'static> {
    let mut paint = Paint { anti_alias: true, ..Paint::default() };
    paint.set_color_rgba8(red, green, blue, (255.0 * alpha).round() as u8);
    paint
}

fn polyline(points: &[(f32, f32)]) -> Option<Path> {
    let mut path = PathBuilder::new();
    let (first, rest) = points.split_first()?;
    path.move_to(first.0, first.1);
    rest.iter().for_each(|(x, y)| path.line_to(*x, *y));
    path.finish()
}

/// Returns a rectangle with round corners; nothing for an empty one.
fn rounded(area: Area, corner: f32) -> Option<Path> {
    let rect = Rect::from_xywh(area.x, area.y, area.width, area.height)?;
    let corner = corner.min(area.width / 2.0).min(area.height / 2.0);
    if corner <= 0.0 {
        return Some(PathBuilder::from_rect(rect));
    }
    let (left, top, right, bottom) = (rect.left(), rect.top(), rect.right(), rect.bottom());
    let mut path = PathBuilder::new();
    path.move_to(left + corner, top);
    path.line_to(right - corner, top);
    path.quad_to(right, top, right, top + corner);
    path.line_to(right, bottom - corner);
    path.quad_to(right, bottom, right - corner, bottom);
    path.line_to(left + corner, bottom);
    path.quad_to(left, bottom, left, bottom - corner);
    path.line_to(left, top + corner);
    path.quad_to(left, top, left + corner, top);
    path.close();
    path.finish()
}
