//! The plot of timelines: the share of each emotion over time and the number of events, for each person.

use std::cmp::Reverse;
use std::ops::Range;

use mien_core::labels::{EMOTIONS, index_of};
use mien_core::timeline::{Bucket, Clock, LATEST_MS, Summary, Tally};
use mien_eval::drawing::axis::{SOFT, ShareAxis};
use mien_eval::drawing::{Anchor, Area, Color, Looks, Plot, Scene, Stroke, Text, isolated};

use crate::draw::plot_width::{PLOT_WIDTH, PlotWidth};
use crate::draw::right_labels::{self, RightLabel};
use crate::draw::time_axis::{tick_text, ticks};
use crate::draw::voice_panel::{Stretch, VoiceBand};
use crate::time::local;

/// Large text, readable on a phone and at half the width of a page.
const TITLE: f32 = 28.0;
const TEXT: f32 = 20.0;
const WIDTH: f32 = LEFT + PLOT_WIDTH + RIGHT;
const LEFT: f32 = 92.0;
const RIGHT: f32 = 250.0;
const HEADER: f32 = 92.0;
/// Height of the labels of time.
const FOOTER: f32 = 76.0;
/// Height of a person's heading.
const HEAD: f32 = 40.0;
/// Heights of a person's shares and events, if alone or one of several, and the space over the events.
const ALONE: (f32, f32) = (380.0, 84.0);
const BAND: (f32, f32) = (200.0, 50.0);
const SPACE: f32 = 40.0;
/// Heights of what a person's voice said, if alone, one of several, or without any face.
const VOICE: (f32, f32, f32) = (150.0, 100.0, 300.0);
/// Size of the legend of a voice.
const LEGEND: f32 = 17.0;
/// Max number of layers; the rarest classes share one.
const MAX_CLASSES: usize = 10;

/// Color of times without events.
const NOTHING: Color = Color::new(242, 242, 242);

/// A class of the plot, or all rare classes together.
struct Layer {
    name: String,
    classes: Vec<usize>,
}

/// A person's timeline in a plot.
pub struct Band {
    name: String,
    labels: Vec<String>,
    buckets: Vec<Bucket>,
    total: Tally,
    layers: Vec<Layer>,
    voice: VoiceBand,
}

impl Band {
    /// Creates the band of `user` from buckets of the width's unit.
    pub fn new(user: &str, summary: &Summary, buckets: Vec<Bucket>, width: PlotWidth) -> Self {
        let buckets = width.merged(buckets);
        let mut total = Tally::default();
        buckets.iter().for_each(|bucket| total.merge(&bucket.tally));
        let layers = layers(&summary.labels, &total);
        let voice = VoiceBand::default();
        Self { name: isolated(user), labels: summary.labels.clone(), buckets, total, layers, voice }
    }

    /// Adds what the voice alone said, from buckets of the width's unit.
    pub fn with_voice(self, labels: &[String], buckets: Vec<Bucket>, width: PlotWidth) -> Self {
        let stretch = |Bucket { start_ms, tally }: Bucket| Stretch {
            span_ms: (start_ms, start_ms + width.ms()),
            weight: tally.events as f64,
            shares: labels.iter().enumerate().map(|(class, label)| (label.clone(), tally.share(class))).collect(),
        };
        Self { voice: VoiceBand::new(width.merged(buckets).into_iter().map(stretch).collect()), ..self }
    }

    /// Whether nothing was recorded.
    pub fn is_empty(&self) -> bool {
        self.buckets.is_empty() && self.voice.stretches.is_empty()
    }

    /// Returns the starts of its buckets.
    fn starts(&self) -> impl Iterator<Item = u64> {
        let spoken = self.voice.stretches.iter().map(|stretch| stretch.span_ms.0);
        self.buckets.iter().map(|bucket| bucket.start_ms).chain(spoken)
    }
}

/// The areas of a person: shares and events of the answers, and what the voice said.
struct Panels {
    answers: Option<[Area; 2]>,
    voice: Option<Area>,
}

impl Panels {
    fn all(&self) -> impl Iterator<Item = Area> {
        self.answers.into_iter().flatten().chain(self.voice)
    }
}

/// Plot of stacked emotion shares per bucket, with a band for each person.
pub struct SharesPlot {
    clock: Clock,
    offset_ms: i64,
    /// Start and end of the plot in milliseconds.
    span: (u64, u64),
    width: PlotWidth,
    bands: Vec<Band>,
    looks: Looks,
}

impl SharesPlot {
    /// Creates the plot of `bands`, of which one has a bucket, in `range`; an open end of the range is replaced by that
    /// of the buckets. Times are shown at the UTC offset `offset_ms`.
    pub fn new(bands: Vec<Band>, clock: Clock, width: PlotWidth, range: &Range<u64>, offset_ms: i64) -> Self {
        let starts = || bands.iter().flat_map(Band::starts);
        let first = starts().min().unwrap_or(0);
        let end = starts().max().unwrap_or(0) + width.ms();
        let from = if range.start > 0 { range.start.min(first) } else { first };
        let to = if range.end < LATEST_MS { range.end.max(end) } else { end };
        let answered = bands.iter().flat_map(|band| &band.labels).map(String::as_str);
        let looks = Looks::of(answered.chain(bands.iter().flat_map(|band| band.voice.labels())));
        Self { clock, offset_ms, span: (from, to), width, bands, looks }
    }

    /// Returns the x coordinate of a time.
    fn x(&self, at_ms: u64) -> f32 {
        let (first, end) = self.span;
        LEFT + (WIDTH - LEFT - RIGHT) * ((at_ms - first) as f64 / (end - first) as f64) as f32
    }

    /// Returns the x coordinates of the bucket that starts at `start_ms` on whole pixels; wide buckets leave a gap of one.
    fn columns(&self, start_ms: u64) -> [f32; 2] {
        let (from, to) = (self.x(start_ms).round(), self.x(start_ms + self.width.ms()).round());
        [from, (if to - from >= 8.0 { to - 1.0 } else { to }).max(from + 1.0)]
    }

    /// Whether anybody was seen.
    fn has_answers(&self) -> bool {
        self.bands.iter().any(|band| !band.buckets.is_empty())
    }

    /// Returns the height of the panel of a voice; `None` if nobody was heard.
    fn voice_height(&self) -> Option<f32> {
        let (alone, band, only) = VOICE;
        let heard = || self.bands.iter().filter(|band| !band.voice.stretches.is_empty());
        heard().next()?;
        let height = match (self.has_answers(), self.bands.len()) {
            (false, _) => only,
            (true, 1) => alone,
            _ => band,
        };
        Some(heard().map(|band| band.voice.legend_height(LEGEND)).fold(height, f32::max).round())
    }

    /// Returns the areas of a band.
    fn panels(&self, band: usize) -> Panels {
        let several = self.bands.len() > 1;
        let (shares, events) = if several { BAND } else { ALONE };
        let head = if several { HEAD } else { 8.0 };
        let answers = if self.has_answers() { shares + SPACE + events } else { 0.0 };
        let voice = self.voice_height().map(|height| SPACE + height);
        let top = HEADER + head + band as f32 * (answers + voice.unwrap_or(0.0) + HEAD + 10.0);
        let area = |top: f32, height: f32| Area::new(LEFT, top, WIDTH - LEFT - RIGHT, height);
        Panels {
            answers: self.has_answers().then(|| [area(top, shares), area(top + answers - events, events)]),
            voice: voice.map(|voice| area(top + answers + SPACE, voice - SPACE)),
        }
    }

    /// Returns the lower edge of the last panel.
    fn floor(&self) -> f32 {
        self.panels(self.bands.len().max(1) - 1).all().map(|area| area.bottom()).fold(HEADER, f32::max)
    }

    fn title(&self) -> String {
        let who = match &self.bands[..] {
            [band] => band.name.clone(),
            bands => format!("{} people", bands.len()),
        };
        match &self.clock {
            Clock::Wall => format!("Emotions of {who}"),
            Clock::Media(name) => format!("Emotions of {who} in {}", isolated(name)),
        }
    }

    fn subtitle(&self) -> String {
        let (first, end) = self.span;
        let span = match self.clock {
            Clock::Wall => {
                let date = |at_ms, format| local(at_ms, self.offset_ms).strftime(format).to_string();
                let (from, to) = (date(first, "%-d %b %Y"), date(end - 1, "%-d %b %Y"));
                if from == to { from } else { format!("{from} to {to}") }
            }
            Clock::Media(_) => "minutes and seconds of the medium".to_owned(),
        };
        let width = self.width.name();
        match self.has_answers() {
            true => format!("{span}; mean probability per {width}, pale: not seen"),
            false => format!("{span}; by voice alone, mean probability per {width}"),
        }
    }

    fn draw_shares(&self, scene: &mut Scene, band: &Band, plot: Area) {
        scene.block(plot, NOTHING);
        let axis = ShareAxis { plot, low: 0.0, high: 1.0 };
        let mut ends = Vec::new();
        for bucket in &band.buckets {
            let columns = self.columns(bucket.start_ms);
            let mut below = 0.0;
            ends.clear();
            for layer in &band.layers {
                let share: f64 = layer.classes.iter().map(|&class| bucket.tally.share(class)).sum();
                let (upper, lower) = (axis.y(below + share).round(), axis.y(below).round());
                let area = Area::between(columns, [upper, lower]);
                scene.block(area, self.looks.get(&layer.name).color);
                if area.height >= 4.0 {
                    // A light line between the layers shows where one ends without its color.
                    scene.block(Area { height: 1.0, ..area }, Color::WHITE);
                }
                ends.push((upper + lower) / 2.0);
                below += share;
            }
        }
        for share in [0.25, 0.5, 0.75] {
            let y = axis.y(share).round() + 0.5;
            scene.line([(plot.x, y), (plot.right(), y)], Stroke::solid(Color::WHITE.faded(0.6), 1.0));
        }
        for percent in [0, 50, 100] {
            let at = (plot.x - 10.0, axis.y(f64::from(percent) / 100.0));
            scene.text(Text::new(format!("{percent} %"), at, TEXT).anchor(Anchor::Right));
        }
        self.draw_names(scene, band, &ends, plot);
    }

    /// Draws the name of each layer beside the last bucket, with its share of all events.
    fn draw_names(&self, scene: &mut Scene, band: &Band, ends: &[f32], plot: Area) {
        let last = band.buckets.last().map_or(plot.x, |bucket| self.columns(bucket.start_ms)[1]);
        let mut labels = Vec::new();
        for (layer, &y) in band.layers.iter().zip(ends) {
            let share: f64 = layer.classes.iter().map(|&class| band.total.share(class)).sum();
            let color = self.looks.get(&layer.name).color;
            scene.line([(last, y), (plot.right(), y)], Stroke::solid(color, 1.0));
            let text = format!("{} {:.0} %", layer.name, 100.0 * share);
            labels.push(RightLabel { text, y, look: Stroke::solid(color, 0.7 * TEXT) });
        }
        let size = (plot.height / (1.3 * labels.len().max(1) as f32)).min(TEXT);
        right_labels::draw(scene, &labels, &plot, (plot.right() + 4.0, RIGHT - 8.0), size);
    }

    fn draw_events(&self, scene: &mut Scene, band: &Band, plot: Area) {
        let max = band.buckets.iter().map(|bucket| bucket.tally.events).max().unwrap_or(0).max(1);
        scene.block(plot, NOTHING);
        for bucket in &band.buckets {
            let height = (f64::from(plot.height) * bucket.tally.events as f64 / max as f64).round() as f32;
            scene.block(Area::between(self.columns(bucket.start_ms), [plot.bottom() - height, plot.bottom()]), SOFT);
        }
        let text = |text: String, x: f32, y: f32| Text::new(text, (x, y), TEXT);
        scene.text(text(format!("events per {}", self.width.name()), plot.x, plot.y - 17.0));
        scene.text(text(short(max), plot.x - 10.0, plot.y + 8.0).anchor(Anchor::Right));
        scene.text(text("0".to_owned(), plot.x - 10.0, plot.bottom() - 6.0).anchor(Anchor::Right));
    }

    fn draw_voice(&self, scene: &mut Scene, band: &Band, plot: Area) {
        let what = match self.has_answers() {
            true => "what the voice alone said; pale: nobody speaks, patterned: not used",
            false => "pale: nobody speaks, patterned: not used",
        };
        scene.text(Text::new(what, (plot.x, plot.y - 17.0), TEXT).within(plot.width));
        band.voice.draw(scene, plot, &self.looks, |stretch| self.columns(stretch.span_ms.0));
        band.voice.draw_legend(scene, plot, &self.looks, (plot.right() + 16.0, RIGHT - 24.0), LEGEND);
        for percent in [0, 100] {
            let y = plot.bottom() - plot.height * percent as f32 / 100.0;
            let y = y.clamp(plot.y + 8.0, plot.bottom() - 6.0);
            scene.text(Text::new(format!("{percent} %"), (plot.x - 10.0, y), TEXT).anchor(Anchor::Right));
        }
    }

    /// Draws the time labels under the last band, and a line through each panel at each label.
    fn draw_times(&self, scene: &mut Scene) {
        let (first, end) = self.span;
        let ticks = ticks(first, end, &self.clock, self.offset_ms);
        let step = if let [one, next, ..] = ticks[..] { next - one } else { end - first };
        let floor = self.floor();
        let mut above = String::new();
        for at_ms in ticks {
            let x = self.x(at_ms).round() + 0.5;
            for plot in (0..self.bands.len()).flat_map(|band| self.panels(band).all().collect::<Vec<_>>()) {
                scene.line([(x, plot.y), (x, plot.bottom())], Stroke::solid(SOFT.faded(0.35), 1.0));
            }
            scene.line([(x, floor), (x, floor + 7.0)], Stroke::solid(SOFT, 1.0));
            let (upper, lower) = tick_text(at_ms, step, &self.clock, self.offset_ms);
            scene.text(Text::new(upper, (x, floor + 21.0), TEXT).anchor(Anchor::Middle));
            if lower != above {
                scene.text(Text::new(&lower, (x, floor + 48.0), TEXT).color(SOFT).anchor(Anchor::Middle));
                above = lower;
            }
        }
    }
}

impl Plot for SharesPlot {
    fn size(&self) -> (u32, u32) {
        (WIDTH as u32, (self.floor() + FOOTER) as u32)
    }

    fn scene(&self) -> Scene {
        let mut scene = Scene::default();
        scene.text(Text::new(self.title(), (24.0, 30.0), TITLE).within(WIDTH - 48.0));
        scene.text(Text::new(self.subtitle(), (24.0, 68.0), TEXT - 1.0).within(WIDTH - 48.0).color(SOFT));
        for (index, band) in self.bands.iter().enumerate() {
            let Panels { answers, voice } = self.panels(index);
            let top = answers.map(|[shares, _]| shares.y).or(voice.map(|voice| voice.y - SPACE));
            if let Some(top) = top.filter(|_| self.bands.len() > 1) {
                let name = Text::new(&band.name, (LEFT, top - 0.5 * HEAD), TEXT + 2.0);
                scene.text(name.within(PLOT_WIDTH));
            }
            if let Some([shares, events]) = answers {
                self.draw_shares(&mut scene, band, shares);
                self.draw_events(&mut scene, band, events);
            }
            if let Some(voice) = voice {
                self.draw_voice(&mut scene, band, voice);
            }
        }
        self.draw_times(&mut scene);
        scene
    }
}

/// Returns the classes with a visible share: basic emotions first, then others.
fn layers(labels: &[String], total: &Tally) -> Vec<Layer> {
    let mut seen: Vec<usize> = (0..labels.len()).filter(|&class| total.share(class) >= 0.0005).collect();
    seen.sort_by_key(|&class| Reverse(total.class(class).sum));
    let rare = if seen.len() > MAX_CLASSES { seen.split_off(MAX_CLASSES - 1) } else { Vec::new() };
    let basic = EMOTIONS.map(str::to_owned);
    seen.sort_by_key(|&class| index_of(&basic, &labels[class]).unwrap_or(basic.len() + class));
    let mut layers: Vec<_> =
        seen.into_iter().map(|class| Layer { name: labels[class].clone(), classes: vec![class] }).collect();
    if !rare.is_empty() {
        layers.push(Layer { name: "others".to_owned(), classes: rare });
    }
    layers
}

/// Formats a count in at most five characters.
fn short(count: u64) -> String {
    match count {
        0..10_000 => count.to_string(),
        10_000..1_000_000 => format!("{} k", count / 1000),
        _ => format!("{} M", count / 1_000_000),
    }
}

#[cfg(test)]
mod tests {
    use mien_core::timeline::ClassTally;

    use super::*;

    fn tally(sums: &[u64]) -> Tally {
        let classes = sums.iter().map(|&sum| ClassTally { events: 0, sum }).collect();
        Tally { events: 1000, classes, ..Tally::default() }
    }

    #[test]
    fn basic_emotions_come_first_and_rare_classes_are_one() {
        let labels = ["happy", "bored", "neutral"].map(str::to_owned);
        let named = |layers: &[Layer]| layers.iter().map(|layer| layer.name.clone()).collect::<Vec<_>>();
        assert_eq!(named(&layers(&labels, &tally(&[100_000, 100_000, 55_000]))), ["neutral", "happy", "bored"]);
        assert_eq!(layers(&labels, &tally(&[255_000])).len(), 1, "what was never seen has no place");
        let many: Vec<String> = (0..14).map(|class| format!("class {class}")).collect();
        let sums: Vec<u64> = (0..14).map(|class| 30_000 - class * 1000).collect();
        let all = layers(&many, &tally(&sums));
        assert_eq!((all.len(), all[9].name.as_str(), all[9].classes.len()), (10, "others", 5));
    }
}
