use super::*;
use crate::drawing::{Color, Scene, Text, paint};

/// Shapes with the built-in fonts only, so that the results are those of every machine.
fn built_in() -> Shaper {
    Shaper::new(false)
}

#[test]
fn widths_are_those_of_another_shaper() {
    // By HarfBuzz 11 through uharfbuzz, in units of 1/2048 of the font size.
    let expected = [
        ("person", 7020),
        ("AVAVA", 6481),
        ("Wanda: happy 93 %", 20_562),
        ("Иван", 5333),
        ("سلام", 4206),
        ("שלום", 4532),
    ];
    for (text, units) in expected {
        let width = built_in().shape(text).width * 2048.0 / SHAPED_AT;
        assert!((width - units as f32).abs() < 2.0, "{text}: {width} instead of {units}");
    }
}

#[test]
fn words_are_not_torn() {
    // At every place of the text and at every small size, the widest gap within a word is narrower than a space.
    for (size, shift) in [(11.0, 0.0), (12.0, 0.3), (13.0, 0.5), (14.0, 0.7), (16.0, 0.25), (21.0, 0.9)] {
        let (mut image, mut scene) = (image::RgbImage::from_pixel(220, 40, image::Rgb([255; 3])), Scene::default());
        scene.text(Text::new("person", (8.0 + shift, 20.0), size));
        paint(&mut image, &scene).unwrap();
        let is_dark = |x: u32| (0..40).any(|y| image.get_pixel(x, y).0[1] < 190);
        let columns: Vec<bool> = (0..220).map(is_dark).collect();
        let first = columns.iter().position(|dark| *dark).unwrap();
        let last = columns.iter().rposition(|dark| *dark).unwrap();
        let gap = columns[first..=last].split(|dark| *dark).map(<[bool]>::len).max().unwrap();
        assert!(gap as f32 <= 0.2 * size, "{size}: {gap} pixels");
        assert!(((last - first) as f32 - width("person", size)).abs() < 0.35 * size, "{size}");
    }
}

#[test]
fn names_in_many_scripts_have_glyphs() {
    let mut shaper = built_in();
    for name in ["Zoë Łukasz", "Việt Ễ", "Иван", "Ωραία", "أحمد", "שלום", "ქართული", "Հայերեն", "😀🎉", "N̈ǎ c̈"]
    {
        let shaped = shaper.shape(name);
        assert!(shaped.glyphs.iter().all(|glyph| glyph.glyph_id != 0), "{name}");
        let (own, _) = Fonts::BuiltIn.of(&mut shaper).layout(name);
        assert_eq!(own.len(), shaped.glyphs.len(), "{name} is not romanized");
        assert!(shaper.built_in.missing(name, &own).is_empty(), "{name}");
    }
}

#[test]
fn what_no_font_has_is_written_in_latin_letters() {
    for (name, latin) in [
        ("अनिता", "anitaa"),
        ("王小明", "Wang Xiao Ming"),
        ("김민수", "gimminsu"),
        ("さくら", "sakura"),
        ("สมชาย", "smchaay"),
        ("\u{e000}", "?"),
        ("Anna 王", "Anna Wang"),
    ] {
        let mut shaper = built_in();
        let (shaped, expected) = (shaper.shape(name), shaper.shape(latin));
        let ids = |shaped: &Shaped| shaped.glyphs.iter().map(|glyph| glyph.glyph_id).collect::<Vec<_>>();
        assert_eq!(ids(&shaped), ids(&expected), "{name}");
        assert!(!ids(&shaped).contains(&0), "{name}");
        assert!((shaped.width - expected.width).abs() < 0.01, "{name}");
    }
    let missing: Vec<bool> = (0..16).map(|byte| (3..6).contains(&byte)).collect();
    assert_eq!(romanized("\u{2068}王\u{2069}: happy", &missing), "\u{2068}Wang\u{2069}: happy");
}

#[test]
fn right_to_left_names_keep_their_direction_and_joints() {
    let mut shaper = built_in();
    let at = |shaped: &Shaped, byte: usize| shaped.glyphs.iter().find(|glyph| glyph.start == byte).unwrap().x;
    let hebrew = shaper.shape("שלום");
    assert!(at(&hebrew, 0) > at(&hebrew, 2) && at(&hebrew, 2) > at(&hebrew, 4));
    // A joined letter has another shape than a lone one.
    let lone = shaper.shape("ب").glyphs[0].glyph_id;
    assert!(shaper.shape("ببب").glyphs.iter().all(|glyph| glyph.glyph_id != lone));
    // In an isolate, the name stands before what follows it.
    let label = format!("{}: happy 93 %", isolated("أحمد"));
    let shaped = shaper.shape(&label);
    let colon = label.find(':').unwrap();
    assert!(shaped.glyphs.iter().filter(|glyph| glyph.start < colon).all(|glyph| glyph.x <= at(&shaped, colon)));
    assert!(at(&shaped, label.find('h').unwrap()) > at(&shaped, colon));
}

#[test]
fn long_names_end_in_an_ellipsis() {
    assert_eq!(shortened("surprise", 14.0, 100.0), "surprise");
    for name in [
        "A name that nobody would want to have",
        "Иван Иванович Иванов",
        "👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧",
        "N̈ǎm̧en̈ǎm̧en̈ǎm̧e",
        "أحمد محمد عبد الله بن علي",
    ] {
        let mut longest = 0.0;
        for max in [0.0, 5.0, 20.0, 50.0, 80.0, 100.0] {
            let short = shortened(name, 14.0, max);
            assert!(short.ends_with('…') && width(&short, 14.0) <= max.max(width("…", 14.0)), "{short} {max}");
            assert!(name.starts_with(short.trim_end_matches('…')), "{short}");
            assert!(width(&short, 14.0) >= longest, "{short}");
            longest = width(&short, 14.0);
        }
        assert!(longest > 60.0, "{name}");
    }
    let isolate = shortened(&isolated("أحمد محمد عبد الله بن علي"), 14.0, 60.0);
    assert!(isolate.starts_with('\u{2068}') && isolate.ends_with('\u{2069}'));
}

#[test]
fn a_name_stays_one_line_and_turns_nothing() {
    for (name, cleaned) in [
        ("Anna\nBell", "Anna Bell"),
        (" \tAnna  Bell\u{85}\u{2028}", "Anna Bell"),
        ("Anna\u{0}\u{1b}[31m", "Anna [31m"),
        ("\u{202e}annA\u{200f}", "annA"),
        ("a\u{2069}b\u{2067}c", "ab\u{2067}c\u{2069}"),
        ("\u{fffe}a\u{ffff}", "a"),
        ("\r\n", ""),
    ] {
        assert_eq!(clean(name), cleaned, "{name:?}");
        assert!(width(&clean(name), 12.0) >= 0.0);
    }
}

#[test]
fn a_drawing_has_the_same_bytes_each_time() {
    let drawn = || {
        let mut image = image::RgbImage::from_pixel(300, 60, image::Rgb([90, 120, 30]));
        let mut scene = Scene::default();
        scene.text(Text::new("Анна & أحمد: happy 93 %", (10.3, 30.0), 17.0).color(Color::WHITE));
        paint(&mut image, &scene).unwrap();
        crate::drawing::png(&image).unwrap()
    };
    assert_eq!(drawn(), drawn());
}
