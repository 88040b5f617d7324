//! Text: shaping, measuring, shortening and outlines.
//!
//! A text is shaped with the built-in fonts. What they lack comes from the machine's fonts, and what those lack is
//! written in Latin letters, so that a name in any script is legible.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use cosmic_text::fontdb::{Database, Source};
use cosmic_text::{
    Attrs, Buffer, CacheKey, CacheKeyFlags, Command, Fallback, Family, FontSystem, LayoutGlyph, Metrics,
    PlatformFallback, Shaping, SwashCache, Weight, Wrap,
};
use tiny_skia::{Path, PathBuilder};
use unicode_script::Script;

/// The family of the built-in font.
const FAMILY: &str = "DejaVu Sans";
/// Height of its capitals in shares of the font size.
pub(super) const CAPITALS: f32 = 0.73;
/// Depth of its descenders in shares of the font size.
pub(super) const DESCENT: f32 = 0.24;
/// Font size at which texts are shaped; positions scale with it.
const SHAPED_AT: f32 = 64.0;
/// Max number of shaped texts that are kept.
const MAX_KEPT: usize = 4096;

/// Returns the width of `text` in pixels at a font size.
pub fn width(text: &str, size: f32) -> f32 {
    with_shaper(|shaper| shaper.shape(text).width * size / SHAPED_AT)
}

/// Returns `text` if it is at most `max` pixels wide, else its longest start that is with an ellipsis; the ellipsis
/// alone if nothing is.
pub fn shortened(text: &str, size: f32, max: f32) -> String {
    with_shaper(|shaper| shaper.shortened(text, max * SHAPED_AT / size))
}

/// Returns `name` for a text in Latin letters: a name written from right to left does not turn what surrounds it.
pub fn isolated(name: &str) -> String {
    let name = clean(name);
    if name.is_ascii() { name } else { format!("\u{2068}{name}\u{2069}") }
}

/// Returns `text` as one line: white space and control characters become spaces; marks that turn the direction of
/// what follows, and code points that XML does not allow, are left out. Isolates stay if they are closed.
pub(super) fn clean(text: &str) -> String {
    let mut out = String::new();
    let mut open = 0_usize;
    for letter in text.chars() {
        match letter {
            '\u{2066}'..='\u{2068}' => open += 1,
            '\u{2069}' if open == 0 => continue,
            '\u{2069}' => open -= 1,
            '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{fffe}' | '\u{ffff}' => continue,
            _ => {}
        }
        let blank = letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}') || letter.is_whitespace();
        if blank && (out.is_empty() || out.ends_with(' ')) {
            continue;
        }
        out.push(if blank { ' ' } else { letter });
    }
    out.truncate(out.trim_end().len());
    out.extend(std::iter::repeat_n('\u{2069}', open));
    out
}

/// Returns the outline of `text`, which starts at the origin on its baseline; y points down. `None` for blanks.
pub(super) fn outline(text: &str, size: f32) -> Option<Path> {
    with_shaper(|shaper| {
        let shaped = shaper.shape(text);
        let mut path = PathBuilder::new();
        for glyph in &shaped.glyphs {
            shaped.fonts.of(shaper).append(glyph, size, &mut path);
        }
        path.finish()
    })
}

fn with_shaper<T>(what: impl FnOnce(&mut Shaper) -> T) -> T {
    static SHAPER: LazyLock<Mutex<Shaper>> = LazyLock::new(|| Mutex::new(Shaper::new(true)));
    what(&mut SHAPER.lock().unwrap_or_else(PoisonError::into_inner))
}

/// A set of fonts.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fonts {
    BuiltIn,
    /// The built-in fonts and the machine's.
    System,
}

impl Fonts {
    fn of(self, shaper: &mut Shaper) -> &mut FontSet {
        match self {
            Self::BuiltIn => &mut shaper.built_in,
            Self::System => shaper.system.get_or_insert_with(FontSet::of_system),
        }
    }
}

/// A shaped line of text at the size [`SHAPED_AT`].
struct Shaped {
    fonts: Fonts,
    glyphs: Vec<LayoutGlyph>,
    width: f32,
}

struct Shaper {
    built_in: FontSet,
    system: Option<FontSet>,
    /// Whether the machine's fonts may be used.
    may_search: bool,
    kept: HashMap<String, Arc<Shaped>>,
}

impl Shaper {
    fn new(may_search: bool) -> Self {
        Self { built_in: FontSet::built_in(), system: None, may_search, kept: HashMap::new() }
    }

    fn shape(&mut self, text: &str) -> Arc<Shaped> {
        if let Some(shaped) = self.kept.get(text) {
            return shaped.clone();
        }
        let shaped = Arc::new(self.shape_new(text));
        if self.kept.len() >= MAX_KEPT {
            self.kept.clear();
        }
        self.kept.insert(text.to_owned(), shaped.clone());
        shaped
    }

    fn shape_new(&mut self, text: &str) -> Shaped {
        let sets: &[Fonts] = if self.may_search { &[Fonts::BuiltIn, Fonts::System] } else { &[Fonts::BuiltIn] };
        let mut missing = Vec::new();
        for &fonts in sets {
            let set = fonts.of(self);
            let (glyphs, width) = set.layout(text);
            missing = set.missing(text, &glyphs);
            if missing.is_empty() {
                return Shaped { fonts, glyphs, width };
            }
        }
        let fonts = sets[sets.len() - 1];
        let (glyphs, width) = fonts.of(self).layout(&romanized(text, &missing));
        Shaped { fonts, glyphs, width }
    }

    fn shortened(&mut self, text: &str, max: f32) -> String {
        let shaped = self.shape(text);
        if shaped.width <= max {
            return text.to_owned();
        }
        let mut cuts: Vec<usize> = shaped.glyphs.iter().map(|glyph| glyph.start).collect();
        cuts.retain(|&cut| text.is_char_boundary(cut));
        cuts.sort_unstable();
        cuts.dedup();
        let cut = |at: usize| clean(&format!("{}…", text[..at].trim_end()));
        let fitting = cuts.partition_point(|&at| self.shape(&cut(at)).width <= max);
        cuts[..fitting].last().map_or_else(|| "…".to_owned(), |&at| cut(at))
    }
}

/// Replaces the byte ranges `missing` of `text` by Latin letters.
fn romanized(text: &str, missing: &[bool]) -> String {
    let mut out = String::new();
    for (at, letter) in text.char_indices() {
        match (missing[at], deunicode::deunicode_char(letter)) {
            (false, _) => out.push(letter),
            (true, Some(latin)) => out.push_str(latin),
            (true, None) => out.push('?'),
        }
    }
    // Words of other scripts end in a space, also where the text has none.
    clean(&out.replace(" \u{2069}", "\u{2069}"))
}

/// Fonts, and what draws their glyphs.
struct FontSet {
    fonts: FontSystem,
    outlines: SwashCache,
}

impl FontSet {
    fn built_in() -> Self {
        Self::new(built_in_fonts(), BuiltInFallback)
    }

    fn of_system() -> Self {
        let mut fonts = built_in_fonts();
        fonts.load_system_fonts();
        Self::new(fonts, PlatformFallback)
    }

    fn new(fonts: Database, fallback: impl Fallback + 'static) -> Self {
        // Independent of the machine's language, so that a drawing is the same everywhere.
        let fonts = FontSystem::new_with_locale_and_db_and_fallback("en-US".to_owned(), fonts, fallback);
        Self { fonts, outlines: SwashCache::new() }
    }

    /// Lays out `text` in one line at the size [`SHAPED_AT`], and returns the glyphs with the width.
    fn layout(&mut self, text: &str) -> (Vec<LayoutGlyph>, f32) {
        let mut buffer = Buffer::new(&mut self.fonts, Metrics::new(SHAPED_AT, SHAPED_AT));
        buffer.set_wrap(Wrap::None);
        buffer.set_size(None, None);
        let look = Attrs::new().family(Family::Name(FAMILY)).weight(Weight::NORMAL);
        buffer.set_text(text, &look, Shaping::Advanced, None);
        buffer.shape_until_scroll(&mut self.fonts, false);
        let mut glyphs: Vec<_> = buffer.layout_runs().flat_map(|run| run.glyphs.iter().cloned()).collect();
        let left = glyphs.iter().map(|glyph| glyph.x).fold(f32::INFINITY, f32::min);
        glyphs.iter_mut().for_each(|glyph| glyph.x -= left);
        let width = glyphs.iter().map(|glyph| glyph.x + glyph.w).fold(0.0, f32::max);
        (glyphs, width)
    }

    /// Tells for each byte of `text` whether no font has an outline for its letter; empty if all have.
    fn missing(&mut self, text: &str, glyphs: &[LayoutGlyph]) -> Vec<bool> {
        let mut missing = Vec::new();
        for glyph in glyphs {
            let letters = &text[glyph.start..glyph.end];
            let visible = letters.chars().any(|letter| !letter.is_whitespace() && !is_ignorable(letter));
            if visible && (glyph.glyph_id == 0 || self.commands(glyph, SHAPED_AT).is_none()) {
                missing.resize(text.len(), false);
                missing[glyph.start..glyph.end].fill(true);
            }
        }
        missing
    }

    fn commands(&mut self, glyph: &LayoutGlyph, size: f32) -> Option<&[Command]> {
        let flags = CacheKeyFlags::DISABLE_HINTING;
        let (key, ..) = CacheKey::new(glyph.font_id, glyph.glyph_id, size, (0.0, 0.0), glyph.font_weight, flags);
        self.outlines.get_outline_commands(&mut self.fonts, key)
    }

    /// Appends the outline of `glyph` at a font size.
    fn append(&mut self, glyph: &LayoutGlyph, size: f32, path: &mut PathBuilder) {
        let scale = size / SHAPED_AT;
        let left = glyph.x * scale + glyph.x_offset * size;
        let up = -glyph.y * scale + glyph.y_offset * size;
        let at = |x: f32, y: f32| (left + x, -(up + y));
        for command in self.commands(glyph, size).unwrap_or_default() {
            match *command {
                Command::MoveTo(to) => {
                    let to = at(to.x, to.y);
                    path.move_to(to.0, to.1);
                }
                Command::LineTo(to) => {
                    let to = at(to.x, to.y);
                    path.line_to(to.0, to.1);
                }
                Command::QuadTo(by, to) => {
                    let (by, to) = (at(by.x, by.y), at(to.x, to.y));
                    path.quad_to(by.0, by.1, to.0, to.1);
                }
                Command::CurveTo(one, two, to) => {
                    let (one, two, to) = (at(one.x, one.y), at(two.x, two.y), at(to.x, to.y));
                    path.cubic_to(one.0, one.1, two.0, two.1, to.0, to.1);
                }
                Command::Close => path.close(),
            }
        }
    }
}

/// Whether a letter has no shape of its own: joiners, isolates and selectors of variants.
const fn is_ignorable(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{00ad}' | '\u{034f}' | '\u{e0000}'..='\u{e0fff}')
}

/// Returns DejaVu Sans (Latin, Cyrillic, Greek, Arabic, Hebrew, Armenian, Georgian) and Noto Emoji.
fn built_in_fonts() -> Database {
    let mut fonts = Database::new();
    for font in [dejavu::sans::regular(), epaint_default_fonts::NOTO_EMOJI_REGULAR] {
        fonts.load_font_source(Source::Binary(Arc::new(font)));
    }
    fonts
}

/// Searches the built-in fonts only.
struct BuiltInFallback;

impl Fallback for BuiltInFallback {
    fn common_fallback(&self) -> &[&'static str] {
        &[FAMILY, "Noto Emoji"]
    }

    fn forbidden_fallback(&self) -> &[&'static str] {
        &[]
    }

    fn script_fallback(&self, _: Script, _: &str) -> &[&'static str] {
        &[]
    }
}

#[cfg(test)]
mod tests;
