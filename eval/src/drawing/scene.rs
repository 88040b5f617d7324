//! Drawings as lists of shapes and texts, which are rendered as pixels and as SVG.

use super::Color;
use super::text::{self, CAPITALS};

/// A rectangle in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Area {
    /// Left edge.
    pub x: f32,
    /// Top edge.
    pub y: f32,
    /// Width.
    pub width: f32,
    /// Height.
    pub height: f32,
}

impl Area {
    /// Creates a rectangle.
    pub const fn new(x: f32, y: f32, width: f32, height: f32) -> Self {
        Self { x, y, width, height }
    }

    /// Creates the rectangle between two x and two y coordinates.
    pub const fn between([left, right]: [f32; 2], [top, bottom]: [f32; 2]) -> Self {
        Self::new(left, top, right - left, bottom - top)
    }

    /// Right edge.
    #[must_use]
    pub const fn right(&self) -> f32 {
        self.x + self.width
    }

    /// Bottom edge.
    #[must_use]
    pub const fn bottom(&self) -> f32 {
        self.y + self.height
    }

    /// Whether the two rectangles share more than an edge.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        self.x < other.right() && other.x < self.right() && self.y < other.bottom() && other.y < self.bottom()
    }

    /// Whether `other` lies within the rectangle, edges included.
    #[must_use]
    pub fn holds(&self, other: &Self) -> bool {
        self.x <= other.x && self.y <= other.y && other.right() <= self.right() && other.bottom() <= self.bottom()
    }

    /// Area shared with `other` in square pixels.
    #[must_use]
    pub fn shared(&self, other: &Self) -> f32 {
        let width = self.right().min(other.right()) - self.x.max(other.x);
        let height = self.bottom().min(other.bottom()) - self.y.max(other.y);
        width.max(0.0) * height.max(0.0)
    }

    /// Returns the rectangle grown by `by` pixels on each side.
    #[must_use]
    pub const fn grown(&self, by: f32) -> Self {
        Self::new(self.x - by, self.y - by, self.width + 2.0 * by, self.height + 2.0 * by)
    }
}

/// Pattern of a line as lengths drawn and left out in turn, in line widths; empty for a solid line.
pub type Dashes = &'static [f32];

/// The look of a line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stroke {
    /// Color.
    pub color: Color,
    /// Width in pixels.
    pub width: f32,
    /// Pattern.
    pub dashes: Dashes,
}

impl Stroke {
    /// Creates the look of a solid line.
    pub const fn solid(color: Color, width: f32) -> Self {
        Self { color, width, dashes: &[] }
    }
}

/// The end of a text that stands at its point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Anchor {
    /// The left end.
    Left,
    /// The middle.
    Middle,
    /// The right end.
    Right,
}

/// A line of text.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    /// What is written.
    pub text: String,
    /// The anchor's x coordinate, and the middle of the capitals' height as y coordinate.
    pub at: (f32, f32),
    /// Font size in pixels.
    pub size: f32,
    /// Color.
    pub color: Color,
    /// The end of the text at `at`.
    pub anchor: Anchor,
    /// Whether the text is written upwards.
    pub upwards: bool,
}

impl Text {
    /// Creates black text that starts at `at`. Letters that cannot be drawn are left out, and lines become one.
    pub fn new(text: impl AsRef<str>, at: (f32, f32), size: f32) -> Self {
        let text = text::clean(text.as_ref());
        Self { text, at, size, color: Color::BLACK, anchor: Anchor::Left, upwards: false }
    }

    /// Sets the color.
    #[must_use]
    pub const fn color(mut self, color: Color) -> Self {
        self.color = color;
        self
    }

    /// Sets the end of the text that stands at its point.
    #[must_use]
    pub const fn anchor(mut self, anchor: Anchor) -> Self {
        self.anchor = anchor;
        self
    }

    /// Writes the text upwards; its anchor is then an end in that direction.
    #[must_use]
    pub const fn upwards(mut self) -> Self {
        self.upwards = true;
        self
    }

    /// Shortens the text with an ellipsis to `width` pixels.
    #[must_use]
    pub fn within(mut self, width: f32) -> Self {
        self.text = text::shortened(&self.text, self.size, width);
        self
    }

    /// Offset of the text's start from its anchor, in the direction of writing.
    pub(super) fn start(&self) -> f32 {
        match self.anchor {
            Anchor::Left => 0.0,
            Anchor::Middle => -text::width(&self.text, self.size) / 2.0,
            Anchor::Right => -text::width(&self.text, self.size),
        }
    }

    /// Distance of the baseline from the middle of the capitals.
    pub(super) fn baseline(&self) -> f32 {
        CAPITALS * self.size / 2.0
    }

    /// Returns the area of the text: its advance width by the height of its capitals and descenders.
    #[must_use]
    pub fn area(&self) -> Area {
        let (x, y) = self.at;
        let (start, width) = (self.start(), text::width(&self.text, self.size));
        let (over, height) = (self.baseline(), (CAPITALS + text::DESCENT) * self.size);
        if self.upwards {
            return Area::new(x - over, y - start - width, height, width);
        }
        Area::new(x + start, y - over, width, height)
    }
}

/// A shape or a text.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Item {
    Block { area: Area, corner: f32, color: Color },
    Frame { area: Area, stroke: Stroke },
    Line { points: Vec<(f32, f32)>, stroke: Stroke },
    Dot { at: (f32, f32), radius: f32, color: Color },
    Ring { at: (f32, f32), radius: f32, stroke: Stroke },
    Text(Text),
}

/// A drawing; later items cover earlier ones.
#[derive(Clone, Debug, Default)]
pub struct Scene {
    pub(super) items: Vec<Item>,
}

impl Scene {
    /// Adds a filled rectangle.
    pub fn block(&mut self, area: Area, color: Color) {
        self.rounded(area, 0.0, color);
    }

    /// Adds a filled rectangle with corners of radius `corner`.
    pub fn rounded(&mut self, area: Area, corner: f32, color: Color) {
        self.items.push(Item::Block { area, corner, color });
    }

    /// Adds the outline of a rectangle; half of the line lies outside.
    pub fn frame(&mut self, area: Area, stroke: Stroke) {
        self.items.push(Item::Frame { area, stroke });
    }

    /// Adds a line through `points`; a single point becomes a dot.
    pub fn line(&mut self, points: impl Into<Vec<(f32, f32)>>, stroke: Stroke) {
        let points = points.into();
        match points[..] {
            [] => {}
            [at] => self.dot(at, stroke.width, stroke.color),
            _ => self.items.push(Item::Line { points, stroke }),
        }
    }

    /// Adds a filled circle.
    pub fn dot(&mut self, at: (f32, f32), radius: f32, color: Color) {
        self.items.push(Item::Dot { at, radius, color });
    }

    /// Adds a circle's outline.
    pub fn ring(&mut self, at: (f32, f32), radius: f32, stroke: Stroke) {
        self.items.push(Item::Ring { at, radius, stroke });
    }

    /// Adds a line of text.
    pub fn text(&mut self, text: Text) {
        if !text.text.is_empty() {
            self.items.push(Item::Text(text));
        }
    }

    /// The texts in the order in which they were added.
    pub fn texts(&self) -> impl Iterator<Item = &Text> {
        self.items.iter().filter_map(|item| if let Item::Text(text) = item { Some(text) } else { None })
    }

    /// Describes what cannot be read of a drawing of a width and height: texts that touch each other, leave the
    /// drawing, or are smaller than 12 pixels. Tests of drawings expect nothing.
    pub fn illegible(&self, (width, height): (u32, u32)) -> Vec<String> {
        let canvas = Area::new(0.0, 0.0, width as f32, height as f32);
        let texts: Vec<(&str, f32, Area)> = self.texts().map(|text| (&*text.text, text.size, text.area())).collect();
        let mut faults = Vec::new();
        for (index, (text, size, area)) in texts.iter().enumerate() {
            if !canvas.holds(area) || *size < 12.0 {
                faults.push(format!("{text:?} of {size} pixels at {area:?}"));
            }
            let touched = texts[..index].iter().filter(|(.., other)| other.meets(area));
            faults.extend(touched.map(|(other, ..)| format!("{text:?} touches {other:?} at {area:?}")));
        }
        faults
    }
}
