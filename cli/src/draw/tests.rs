//! Whole drawings: every text is legible, apart from the others, and within the picture.

use std::collections::BTreeSet;

use mien_core::timeline::{Bucket, BucketWidth, ClassTally, Clock, Summary, Tally};
use mien_eval::drawing::{Area, Plot, Scene};

use crate::draw::annotate::{Layout, fitted};
use crate::draw::clip_plot::{ClipPlot, ClipVoice};
use crate::draw::face::DrawnFace;
use crate::draw::people::People;
use crate::draw::plot_width::PlotWidth;
use crate::draw::shares_plot::{Band, SharesPlot};
use crate::draw::voice_panel::{Stretch, VoiceBand};
use crate::session::Unused;

const LABELS: [&str; 8] = ["neutral", "calm", "happy", "sad", "anger", "fear", "disgust", "surprise"];
const NAMES: [&str; 5] =
    ["Anna", "Иван", "أحمد محمد عبد الله", "王小明", "A name that is longer than what fits at a box"];
const DAY: u64 = 86_400_000;

/// Checks that the texts of a drawing are legible, and returns them.
fn texts(scene: &Scene, size: (u32, u32)) -> Vec<String> {
    assert_eq!(scene.illegible(size), Vec::<String>::new());
    scene.texts().map(|text| text.text.clone()).collect()
}

/// A face whose emotion is `label` with a probability of `share`.
fn feeling(label: &str, share: f32, bounds: Area) -> DrawnFace {
    let rest = (1.0 - share) / (LABELS.len() - 1) as f32;
    let probability = |other: &str| if other == label { share } else { rest };
    DrawnFace {
        bounds,
        landmarks: [(bounds.x, bounds.y); 5],
        user: None,
        feeling: format!("unsure ({label} {:.0} %)", 100.0 * share),
        shares: LABELS.iter().map(|other| ((*other).to_owned(), probability(other))).collect(),
        adapted: false,
    }
}

fn drawn(index: usize, bounds: Area) -> DrawnFace {
    let user = (!index.is_multiple_of(3)).then(|| NAMES[index % NAMES.len()].to_owned());
    DrawnFace { user, adapted: index.is_multiple_of(2), ..feeling(LABELS[index % LABELS.len()], 0.93, bounds) }
}

#[test]
fn every_face_of_a_picture_is_named_and_has_its_bars() {
    for size in [(960, 640), (640, 960), (2400, 1600), (960, 10), (9, 960), (960, 960)] {
        for count in [0, 1, 2, 3, 5, 9, 20, 30, 60] {
            let layout = Layout::new(size);
            let columns = (count as f32).sqrt().ceil().max(1.0);
            let (width, height) = (layout.area.width / columns, layout.area.height / columns);
            let face = |index: usize| {
                let (column, row) = (index % columns as usize, index / columns as usize);
                let at = (width * (column as f32 + 0.25), height * (row as f32 + 0.25));
                drawn(index, Area::new(at.0, at.1, width / 2.0, height / 2.0))
            };
            let faces: Vec<_> = (0..count).map(face).collect();
            let (scene, canvas) = layout.scene(&faces);
            let texts = texts(&scene, canvas);
            let percents = texts.iter().filter(|text| *text == "93 %").count();
            assert_eq!(percents, count, "{count} faces in {size:?}");
            if count == 1 {
                assert!(texts.iter().any(|text| text.contains("unsure (neutral 93 %)")), "{texts:?}");
            }
        }
    }
}

#[test]
fn faces_upon_each_other_and_at_the_edges_are_labeled_apart() {
    let layout = Layout::new((960, 720));
    let places = [(-30.0, -30.0), (900.0, -20.0), (-40.0, 680.0), (930.0, 690.0), (400.0, 300.0), (410.0, 310.0)];
    let faces: Vec<_> = places
        .iter()
        .enumerate()
        .map(|(index, &(x, y))| drawn(index, Area::new(x, y, 90.0, 110.0)))
        .chain([drawn(6, Area::new(-200.0, -200.0, 2000.0, 2000.0))])
        .collect();
    let (scene, canvas) = layout.scene(&faces);
    let texts = texts(&scene, canvas);
    for number in 1..=faces.len() {
        let numbered = texts.iter().filter(|text| text.split(' ').next() == Some(&number.to_string())).count();
        assert!(numbered >= 2, "face {number} has a number at its box and one at its bars: {texts:?}");
    }
}

#[test]
fn a_picture_of_any_size_is_drawn_legibly() {
    for (width, height) in [(1, 1), (60, 80), (6000, 4000), (6000, 7), (3, 6000), (1280, 720)] {
        let (image, view) = fitted(image::RgbImage::new(width, height), 0, (960, 2400));
        let longer = image.width().max(image.height());
        assert!((960..=2400).contains(&longer) && image.width().min(image.height()) >= 1, "{width} x {height}");
        assert!((view.scale * width.max(height) as f32 - longer as f32).abs() < 1.0);
        let layout = Layout::new(image.dimensions());
        let (scene, canvas) = layout.scene(&[drawn(1, Area::new(0.0, 0.0, 20.0, 20.0))]);
        // The text is at least 1/65 of the longer side, so that it is legible when the drawing fills a screen.
        let smallest = scene.texts().map(|text| text.size).fold(f32::INFINITY, f32::min);
        assert!(smallest >= longer as f32 / 75.0, "{smallest} of {longer}");
        texts(&scene, canvas);
    }
}

/// Three people over some frames of 1/25 s: one known, one who is known at first and away from 20 to 24, and a
/// stranger who comes at 10.
fn people(frames: usize) -> People {
    let mut people = People::default();
    for index in 0..frames {
        let face = |person: usize| {
            let bounds = Area::new(100.0 + 300.0 * person as f32 + (index % 40) as f32, 80.0, 100.0, 120.0);
            let user = match person {
                0 => Some(NAMES[2].to_owned()),
                1 if index < 5 => Some(NAMES[1].to_owned()),
                _ => None,
            };
            DrawnFace { user, ..feeling(LABELS[(2 + person + index / 10) % LABELS.len()], 0.7, bounds) }
        };
        let is_there = |person: &usize| match person {
            1 => !(20..24).contains(&index),
            2 => index >= 10,
            _ => true,
        };
        people.add(index as f64 / 25.0, &(0..3).filter(is_there).map(face).collect::<Vec<_>>());
    }
    people
}

#[test]
fn the_people_of_a_clip_stay_apart() {
    let people = people(60);
    let named: Vec<_> = people.named().iter().map(|(name, person)| (name.clone(), person.moments.len())).collect();
    let expected = [(NAMES[2], 60), (NAMES[1], 56), ("unknown person", 50)];
    assert_eq!(named, expected.map(|(name, count)| (name.to_owned(), count)));
    let stretches = people.people[1].stretches().map(<[_]>::len).collect::<Vec<_>>();
    assert_eq!(stretches, [20, 36], "where a person was not seen, the line has a gap");

    let plot = ClipPlot::new("my clip", &people, None);
    let texts = texts(&plot.scene(), plot.size());
    for (name, count) in expected {
        let heading = texts.iter().find(|text| text.contains(name)).unwrap();
        assert!(heading.contains(&format!("seen in {count} frames of 60")), "{heading}");
    }
    assert!(plot.png().is_ok() && plot.svg().contains("stroke-dasharray"));
}

#[test]
fn clips_of_all_lengths_and_crowds_are_legible() {
    for frames in [0, 1, 2, 30, 5000] {
        let people = people(frames);
        let plot = ClipPlot::new(NAMES[4], &people, None);
        texts(&plot.scene(), plot.size());
        assert!(plot.svg().len() < 600_000, "moments that share a pixel are one");
    }
    let mut crowd = People::default();
    for index in 0..20 {
        let bounds = |person: usize| Area::new(200.0 * person as f32, 0.0, 100.0, 100.0);
        let face = |person: usize| feeling(LABELS[(index + person) % 8], 0.5, bounds(person));
        crowd.add(index as f64, &(0..12).map(face).collect::<Vec<_>>());
    }
    let plot = ClipPlot::new("crowd", &crowd, None);
    let texts = texts(&plot.scene(), plot.size());
    assert!(texts.contains(&"and 4 people more, seen in fewer frames".to_owned()), "{texts:?}");
}

/// The timeline of a user who was seen in the buckets `starts`.
fn band(user: &str, starts: impl Iterator<Item = u64>, width: PlotWidth) -> Band {
    let bucket = |start_ms: u64| {
        let weight = |class: u64| 1 + (start_ms / width.ms() * (class + 3)) % 7;
        let all: u64 = (0..8).map(weight).sum();
        // Seven events, whose probabilities are counted in 255ths.
        let class = |class: u64| ClassTally { events: 1, sum: 7 * 255 * weight(class) / all };
        let tally = Tally { events: 7, classes: (0..8).map(class).collect(), ..Tally::default() };
        Bucket { start_ms, tally }
    };
    let labels = LABELS.map(str::to_owned).to_vec();
    let summary = Summary { clock: Clock::Wall, labels, events: 1, span_ms: None, events_kept_from_ms: 0 };
    Band::new(user, &summary, starts.map(bucket).collect(), width)
}

#[test]
fn timelines_of_several_people_are_bands_with_names() {
    let start = 20_605 * DAY;
    for (days, unit) in [(1, BucketWidth::Minute), (3, BucketWidth::Hour), (200, BucketWidth::Day)] {
        let width = PlotWidth { unit, count: 1 };
        let starts = || (0..days * DAY / unit.ms()).map(|place| start + place * unit.ms());
        for names in [&NAMES[..1], &NAMES[..3]] {
            let bands = names.iter().map(|name| band(name, starts(), width)).collect();
            let plot = SharesPlot::new(bands, Clock::Wall, width, &(0..u64::MAX), 0);
            let texts = texts(&plot.scene(), plot.size());
            assert!(names.iter().all(|name| texts.iter().any(|text| text.contains(name))), "{texts:?}");
            for label in LABELS {
                let named = texts.iter().filter(|text| text.starts_with(label)).count();
                assert_eq!(named, names.len(), "{label} stands beside each band: {texts:?}");
            }
        }
    }
}

/// Speech of the seconds `seconds`: emotions, and one of each reason why it is not used.
fn voice_band(seconds: u64) -> VoiceBand {
    let stretch = |second: u64| {
        let shares = match Unused::ALL.get(second as usize % 9) {
            Some(unused) => vec![(unused.label(), 1.0)],
            None => LABELS.iter().map(|label| ((*label).to_owned(), 0.125)).collect(),
        };
        Stretch { span_ms: (2000 * second, 2000 * second + 1000), weight: 1.0, shares }
    };
    VoiceBand::new((0..seconds).map(stretch).collect())
}

#[test]
fn a_voice_stands_below_the_people_of_a_clip_with_a_legend() {
    for (frames, is_alone) in [(0, true), (0, false), (60, false)] {
        for seconds in [0, 1, 9, 300] {
            let people = people(frames);
            let heading = "12.0 s of speech in 9 segments, taken for that of A name that is longer than any other name; voice \
                           alone: happy 99.0 %; joined with the face: happy 99.9 %";
            let (heading, band) = (heading.to_owned(), voice_band(seconds));
            let voice = ClipVoice { heading, band, seconds: 2.0 * seconds as f64, is_alone };
            let plot = ClipPlot::new("talk", &people, Some(&voice));
            let texts = texts(&plot.scene(), plot.size());
            assert!(
                texts.iter().any(|text| text == "voice")
                    && texts.contains(&"no face".to_owned()) != (is_alone || frames > 0)
            );
            let named =
                Unused::ALL.iter().filter(|unused| texts.iter().any(|text| text.starts_with(unused.name()))).count();
            assert_eq!(named, Unused::ALL.len().min(seconds as usize), "{texts:?}");
            assert!(seconds < 9 || texts.iter().any(|text| text.starts_with("others ")), "{texts:?}");
            assert!(plot.png().is_ok());
        }
    }
}

#[test]
fn a_voice_is_a_panel_below_shares_and_alone() {
    let (start, width) = (20_605 * DAY, PlotWidth { unit: BucketWidth::Hour, count: 1 });
    let labels: Vec<String> = LABELS.map(str::to_owned).into_iter().chain([Unused::Doubtful.label()]).collect();
    let said = |hour: u64| {
        let class = |class: u64| ClassTally { events: 1, sum: if class == 8 { 255 } else { 32 } };
        let tally = Tally { events: 2, classes: (0..9).map(class).collect(), ..Tally::default() };
        Bucket { start_ms: start + hour * DAY / 24, tally }
    };
    let heard = |names: &[&str], hours: u64| {
        let seen = |_: &str| (0..hours).map(|hour| start + hour * DAY / 24);
        let bands = names
            .iter()
            .map(|name| band(name, seen(name), width).with_voice(&labels, (10..20).map(said).collect(), width));
        let plot = SharesPlot::new(bands.collect(), Clock::Wall, width, &(0..u64::MAX), 0);
        (texts(&plot.scene(), plot.size()), plot.size().1)
    };
    for names in [&NAMES[..1], &NAMES[..3]] {
        for hours in [0, 30] {
            let (texts, _) = heard(names, hours);
            let count = |start: &str| texts.iter().filter(|text| text.starts_with(start)).count();
            assert_eq!(
                (count("poor sound 50 %"), count("events per hour")),
                (names.len(), if hours > 0 { names.len() } else { 0 })
            );
            assert_eq!(count("what the voice alone said") > 0, hours > 0, "{texts:?}");
        }
    }
    let silent = SharesPlot::new(
        vec![band("Anna", (0..30).map(|hour| start + hour * DAY / 24), width)],
        Clock::Wall,
        width,
        &(0..u64::MAX),
        0,
    );
    assert!(silent.size().1 < heard(&["Anna"], 30).1 && !silent.svg().contains("voice"));
}

#[test]
fn times_without_events_are_gaps_and_days_have_dates() {
    let (start, width) = (20_605 * DAY, PlotWidth { unit: BucketWidth::Hour, count: 1 });
    let starts = (0..72).filter(|hour| !(24..48).contains(hour)).map(|hour| start + hour * DAY / 24);
    let plot = SharesPlot::new(vec![band("Anna", starts, width)], Clock::Wall, width, &(0..u64::MAX), 0);
    let texts: BTreeSet<_> = texts(&plot.scene(), plot.size()).into_iter().collect();
    for date in ["1 Jun", "2 Jun", "3 Jun"] {
        assert!(texts.contains(date), "{texts:?}");
    }
    let image = image::load_from_memory(&plot.png().unwrap()).unwrap().to_rgb8();
    let (left, right) = (92, 1120 - 250);
    let colored = |share: f64| {
        let x = left + ((right - left) as f64 * share) as u32;
        (140..500).filter(|&y| image.get_pixel(x, y).0.iter().any(|value| *value < 200)).count()
    };
    let [seen, gap, again] = [0.1, 0.45, 0.9].map(colored);
    assert!(seen > 300 && again > 300 && gap < 40, "{seen} {gap} {again}");
}
