//! Drawings as SVG documents.

use std::fmt::Write;

use super::scene::Item;
use super::{Anchor, Color, Scene, Stroke};

/// Fonts in the order of preference: the built-in one, those with its proportions, then what the viewer has.
const FAMILIES: &str = "DejaVu Sans, Verdana, Bitstream Vera Sans, Noto Sans, Segoe UI, Helvetica, Arial, sans-serif";

/// Returns the document of `scene` on white.
pub(super) fn document(scene: &Scene, (width, height): (u32, u32)) -> String {
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"{FAMILIES}\">\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n"
    );
    for item in &scene.items {
        out += &element(item);
        out.push('\n');
    }
    out + "</svg>\n"
}

fn element(item: &Item) -> String {
    match item {
        Item::Block { area, corner, color } => {
            let round = if *corner > 0.0 { format!(" rx=\"{}\"", n(*corner)) } else { String::new() };
            let [x, y, width, height] = [area.x, area.y, area.width, area.height].map(n);
            format!("<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"{round}{}/>", fill(*color))
        }
        Item::Frame { area, stroke } => {
            let [x, y, width, height] = [area.x, area.y, area.width, area.height].map(n);
            format!("<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"none\"{}/>", line(stroke))
        }
        Item::Line { points, stroke } => {
            let points: Vec<_> = points.iter().map(|(x, y)| format!("{},{}", n(*x), n(*y))).collect();
            format!("<polyline points=\"{}\" fill=\"none\"{}/>", points.join(" "), line(stroke))
        }
        Item::Dot { at, radius, color } => {
            let [x, y, radius] = [at.0, at.1, *radius].map(n);
            format!("<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\"{}/>", fill(*color))
        }
        Item::Ring { at, radius, stroke } => {
            let [x, y, radius] = [at.0, at.1, *radius].map(n);
            format!("<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\" fill=\"none\"{}/>", line(stroke))
        }
        Item::Text(text) => {
            let anchor = match text.anchor {
                Anchor::Left => "start",
                Anchor::Middle => "middle",
                Anchor::Right => "end",
            };
            let (x, y) = text.at;
            let place = if text.upwards {
                format!("transform=\"translate({} {}) rotate(-90)\"", n(x + text.baseline()), n(y))
            } else {
                format!("x=\"{}\" y=\"{}\"", n(x), n(y + text.baseline()))
            };
            // The document's direction is left to right, so that `start` is the left end of a right-to-left name too.
            format!(
                "<text {place} font-size=\"{}\" text-anchor=\"{anchor}\" direction=\"ltr\" xml:space=\"preserve\"{}>{}</text>",
                n(text.size),
                fill(text.color),
                escaped(&text.text)
            )
        }
    }
}

/// Formats a number with at most two decimals.
fn n(value: f32) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

fn fill(color: Color) -> String {
    paint("fill", color)
}

fn line(stroke: &Stroke) -> String {
    let mut out = paint("stroke", stroke.color);
    let _ = write!(out, " stroke-width=\"{}\" stroke-linejoin=\"round\"", n(stroke.width));
    if !stroke.dashes.is_empty() {
        let dashes: Vec<_> = stroke.dashes.iter().map(|length| n(length * stroke.width)).collect();
        let _ = write!(out, " stroke-dasharray=\"{}\"", dashes.join(" "));
    }
    out
}

fn paint(name: &str, Color { rgb: [red, green, blue], alpha }: Color) -> String {
    let opacity = if alpha < 1.0 { format!(" {name}-opacity=\"{}\"", n(alpha)) } else { String::new() };
    format!(" {name}=\"#{red:02x}{green:02x}{blue:02x}\"{opacity}")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drawing::{Area, Text};

    #[test]
    fn text_stays_text_and_is_escaped() {
        let mut scene = Scene::default();
        scene.text(Text::new("</text> & \"Анна\"\u{0}\u{b}\n王", (5.0, 10.0), 14.0).anchor(Anchor::Middle));
        scene.text(Text::new("up", (5.0, 10.0), 14.0).upwards());
        let svg = document(&scene, (100, 50));
        let expected = "text-anchor=\"middle\" direction=\"ltr\" xml:space=\"preserve\" fill=\"#000000\">\
                        &lt;/text&gt; &amp; &quot;Анна&quot; 王</text>";
        assert!(svg.contains(expected), "{svg}");
        assert!(svg.contains("rotate(-90)") && svg.contains("font-family=\"DejaVu Sans, Verdana"));
        assert!(svg.chars().all(|letter| letter == '\n' || !letter.is_control()));
    }

    #[test]
    fn shapes_have_their_look() {
        let mut scene = Scene::default();
        scene.rounded(Area::new(1.0, 2.0, 3.5, 4.25), 2.0, Color::WHITE.faded(0.5));
        let dashed = Stroke { color: Color::BLACK, width: 2.0, dashes: &[4.0, 1.5] };
        scene.line([(0.0, 0.0), (10.0, -0.001)], dashed);
        let svg = document(&scene, (100, 50));
        let block =
            "<rect x=\"1\" y=\"2\" width=\"3.5\" height=\"4.25\" rx=\"2\" fill=\"#ffffff\" fill-opacity=\"0.5\"/>";
        assert!(svg.contains(block), "{svg}");
        assert!(svg.contains("points=\"0,0 10,0\"") && svg.contains("stroke-dasharray=\"8 3\""), "{svg}");
    }
}
