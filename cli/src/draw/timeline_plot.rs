//! The plot of a timeline: the share of each emotion over time and the number of events.

use std::cmp::Reverse;
use std::ops::Range;

use jiff::civil::DateTime;
use mien_core::Result;
use mien_core::labels::{EMOTIONS, index_of};
use mien_core::timeline::{Bucket, BucketWidth, Clock, LATEST_MS, Summary, Tally};
use mien_eval::drawing::{COLORS, FONT, Plot, cannot_draw};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::time::local;

/// Large text, readable on a phone and at half the width of a page.
const TITLE: i32 = 30;
const TEXT: i32 = 23;
const SIZE: (u32, u32) = (1000, 680);
const LEFT: i32 = 92;
const RIGHT: i32 = 52;
/// Height of the event bars in pixels.
const EVENTS: i32 = 84;
/// Max width of a letter as a share of the font size.
const LETTER: f64 = 0.56;
/// Max number of layers; the rarest classes share one.
const MAX_CLASSES: usize = 10;
/// Max number of labels on the time axis, less one.
const MAX_TICKS: u64 = 8;

const INK: RGBColor = RGBColor(40, 40, 40);
const SOFT: RGBColor = RGBColor(105, 105, 105);
/// Color of times without events.
const NOTHING: RGBColor = RGBColor(242, 242, 242);
const REST: RGBColor = RGBColor(190, 190, 190);
/// Colors of classes other than the basic emotions.
const MORE: [RGBColor; 5] =
    [COLORS[7], RGBColor(160, 110, 60), RGBColor(230, 130, 170), RGBColor(20, 60, 110), RGBColor(150, 180, 40)];

/// A class of the plot, or all rare classes together.
struct Layer {
    name: String,
    color: RGBColor,
    classes: Vec<usize>,
}

/// Plot of stacked emotion shares per bucket.
pub struct SharesPlot {
    title: String,
    clock: Clock,
    offset_ms: i64,
    /// Start and end of the plot in milliseconds.
    span: (u64, u64),
    width: BucketWidth,
    buckets: Vec<Bucket>,
    total: Tally,
    layers: Vec<Layer>,
}

impl SharesPlot {
    /// Creates the plot of the buckets of `user` in `range`, at least one; an open end of the range is replaced by
    /// that of the buckets. Times are shown at the UTC offset `offset_ms`.
    pub fn new(
        user: &str,
        summary: &Summary,
        (buckets, width): (Vec<Bucket>, BucketWidth),
        range: &Range<u64>,
        offset_ms: i64,
    ) -> Self {
        let first = buckets.first().map_or(0, |bucket| bucket.start_ms);
        let end = buckets.last().map_or(0, |bucket| bucket.start_ms) + width.ms();
        let from = if range.start > 0 { range.start.min(first) } else { first };
        let to = if range.end < LATEST_MS { range.end.max(end) } else { end };
        let mut total = Tally::default();
        for bucket in &buckets {
            total.merge(&bucket.tally);
        }
        let title = match &summary.clock {
            Clock::Wall => format!("Emotions of {user}"),
            Clock::Media(name) => format!("Emotions of {user} in {name}"),
        };
        let layers = layers(&summary.labels, &total);
        Self { title, clock: summary.clock.clone(), offset_ms, span: (from, to), width, buckets, total, layers }
    }

    /// Returns the x coordinate of a time.
    fn x(&self, at_ms: u64) -> i32 {
        let (first, end) = self.span;
        let width = f64::from(SIZE.0 as i32 - LEFT - RIGHT);
        LEFT + (width * (at_ms - first) as f64 / (end - first) as f64).round() as i32
    }

    /// Returns the x coordinates of a bucket; wide buckets leave a gap of one pixel.
    fn columns(&self, bucket: &Bucket) -> (i32, i32) {
        let (from, to) = (self.x(bucket.start_ms), self.x(bucket.start_ms + self.width.ms()));
        (from, (if to - from >= 8 { to - 1 } else { to }).max(from + 1))
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
        format!("{span}; mean probability per {}, pale: not seen", self.width.name())
    }
}

impl Plot for SharesPlot {
    fn size(&self) -> (u32, u32) {
        SIZE
    }

    fn draw<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>) -> Result<()>
    where
        B::ErrorType: 'static,
    {
        let canvas = Canvas(area);
        canvas.text(&self.title, (24, 26), TITLE, &BLACK, HPos::Left)?;
        canvas.text(&self.subtitle(), (24, 60), TEXT - 2, &SOFT, HPos::Left)?;
        let top = self.draw_key(&canvas, 92)? + 12;
        let floor = SIZE.1 as i32 - 66;
        let ceiling = floor - EVENTS;
        self.draw_shares(&canvas, top, ceiling - 44)?;
        self.draw_events(&canvas, ceiling, floor)?;
        self.draw_times(&canvas, [(top, ceiling - 44), (ceiling, floor + 7)])
    }
}

impl SharesPlot {
    /// Draws the key, in as many lines as needed, and returns its lower end.
    fn draw_key<B: DrawingBackend>(&self, canvas: &Canvas<'_, B>, top: i32) -> Result<i32>
    where
        B::ErrorType: 'static,
    {
        let (mut left, mut top) = (24, top);
        for layer in &self.layers {
            let share: f64 = layer.classes.iter().map(|&class| self.total.share(class)).sum();
            let text = format!("{} {:.0} %", layer.name, 100.0 * share);
            let width = 30 + (text.chars().count() as f64 * f64::from(TEXT) * LETTER).ceil() as i32;
            if left + width > SIZE.0 as i32 - 16 {
                (left, top) = (24, top + 32);
            }
            canvas.block((left, top), (left + 20, top + 20), &layer.color)?;
            canvas.text(&text, (left + 27, top + 10), TEXT, &INK, HPos::Left)?;
            left += width + 12;
        }
        Ok(top + 28)
    }

    fn draw_shares<B: DrawingBackend>(&self, canvas: &Canvas<'_, B>, top: i32, bottom: i32) -> Result<()>
    where
        B::ErrorType: 'static,
    {
        let y = |share: f64| bottom - (f64::from(bottom - top) * share).round() as i32;
        canvas.block((LEFT, top), (SIZE.0 as i32 - RIGHT, bottom), &NOTHING)?;
        for bucket in &self.buckets {
            let (from, to) = self.columns(bucket);
            let mut below = 0.0;
            for layer in &self.layers {
                let share: f64 = layer.classes.iter().map(|&class| bucket.tally.share(class)).sum();
                if y(below + share) < y(below) {
                    canvas.block((from, y(below + share)), (to, y(below)), &layer.color)?;
                }
                below += share;
            }
        }
        for percent in [0, 25, 50, 75, 100] {
            let at = y(f64::from(percent) / 100.0);
            canvas.line((LEFT, at), (SIZE.0 as i32 - RIGHT, at), &WHITE.mix(0.7))?;
            if percent % 50 == 0 {
                canvas.text(&format!("{percent} %"), (LEFT - 10, at), TEXT, &INK, HPos::Right)?;
            }
        }
        Ok(())
    }

    fn draw_events<B: DrawingBackend>(&self, canvas: &Canvas<'_, B>, top: i32, bottom: i32) -> Result<()>
    where
        B::ErrorType: 'static,
    {
        let max = self.buckets.iter().map(|bucket| bucket.tally.events).max().unwrap_or(0).max(1);
        canvas.block((LEFT, top), (SIZE.0 as i32 - RIGHT, bottom), &NOTHING)?;
        for bucket in &self.buckets {
            let (from, to) = self.columns(bucket);
            let height = (f64::from(bottom - top) * bucket.tally.events as f64 / max as f64).round() as i32;
            if height > 0 {
                canvas.block((from, bottom - height), (to, bottom), &SOFT)?;
            }
        }
        canvas.text(&format!("events per {}", self.width.name()), (LEFT, top - 18), TEXT, &INK, HPos::Left)?;
        canvas.text(&short(max), (LEFT - 10, top + 8), TEXT, &INK, HPos::Right)?;
        canvas.text("0", (LEFT - 10, bottom - 4), TEXT, &INK, HPos::Right)
    }

    /// Draws the time labels and a vertical line through each panel at each label.
    fn draw_times<B: DrawingBackend>(&self, canvas: &Canvas<'_, B>, panels: [(i32, i32); 2]) -> Result<()>
    where
        B::ErrorType: 'static,
    {
        let (first, end) = self.span;
        let ticks = ticks(first, end, &self.clock, self.offset_ms);
        let step = if let [one, next, ..] = ticks[..] { next - one } else { end - first };
        let mut above = String::new();
        for at_ms in ticks {
            let x = self.x(at_ms);
            for (from, to) in panels {
                canvas.line((x, from), (x, to), &SOFT.mix(0.35))?;
            }
            let (upper, lower) = tick_text(at_ms, step, &self.clock, self.offset_ms);
            canvas.text(&upper, (x, panels[1].1 + 13), TEXT, &INK, HPos::Center)?;
            if lower != above {
                canvas.text(&lower, (x, panels[1].1 + 39), TEXT, &SOFT, HPos::Center)?;
                above = lower;
            }
        }
        Ok(())
    }
}

/// Returns the classes with a visible share: basic emotions in their colors, then others.
fn layers(labels: &[String], total: &Tally) -> Vec<Layer> {
    let mut seen: Vec<usize> = (0..labels.len()).filter(|&class| total.share(class) >= 0.0005).collect();
    seen.sort_by_key(|&class| Reverse(total.class(class).sum));
    let rare = if seen.len() > MAX_CLASSES { seen.split_off(MAX_CLASSES - 1) } else { Vec::new() };
    let basic = EMOTIONS.map(str::to_owned);
    let place = |class: usize| index_of(&basic, &labels[class]).unwrap_or(basic.len() + class);
    seen.sort_by_key(|&class| place(class));
    let mut more = MORE.iter().cycle();
    let mut layers: Vec<Layer> = Vec::new();
    for class in seen {
        let own = index_of(&basic, &labels[class]).map(|emotion| COLORS[emotion]);
        let color = own.or_else(|| more.next().copied()).unwrap_or(REST);
        layers.push(Layer { name: labels[class].clone(), color, classes: vec![class] });
    }
    if !rare.is_empty() {
        layers.push(Layer { name: "others".to_owned(), color: REST, classes: rare });
    }
    layers
}

const SECOND: u64 = 1000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
/// Lengths of the shortest month and year.
const MONTH: u64 = 28 * DAY;
const YEAR: u64 = 365 * DAY;
/// Steps between time labels; longer steps are months.
const STEPS: [u64; 21] = [
    SECOND,
    2 * SECOND,
    5 * SECOND,
    10 * SECOND,
    15 * SECOND,
    30 * SECOND,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    4 * DAY,
    7 * DAY,
];

/// Returns round times from `first` to `end`, at most `MAX_TICKS + 1`.
fn ticks(first: u64, end: u64, clock: &Clock, offset_ms: i64) -> Vec<u64> {
    let step = STEPS.into_iter().find(|step| (end - first) / step <= MAX_TICKS);
    match (step, clock) {
        (Some(step), _) => multiples(first, end, step, offset_ms),
        (None, Clock::Wall) => months(first, end, offset_ms),
        (None, Clock::Media(_)) => multiples(first, end, (end - first).div_ceil(MAX_TICKS), 0),
    }
}

/// Returns the multiples of `step` at the UTC offset.
fn multiples(first: u64, end: u64, step: u64, offset_ms: i64) -> Vec<u64> {
    let from = first.saturating_add_signed(offset_ms).next_multiple_of(step);
    (0..).map(|index| (from + index * step).saturating_add_signed(-offset_ms)).take_while(|&at| at <= end).collect()
}

/// Returns starts of months, in steps that yield at most `MAX_TICKS + 1`.
fn months(first: u64, end: u64, offset_ms: i64) -> Vec<u64> {
    let number = |date: DateTime| i64::from(date.year()) * 12 + i64::from(date.month()) - 1;
    let (from, to) = (number(local(first, offset_ms)), number(local(end, offset_ms)));
    let step = [1, 2, 3, 6, 12, 24, 60, 120, 240].into_iter().find(|step| (to - from) / step <= MAX_TICKS as i64);
    let step = step.unwrap_or(1200);
    let start = |number: i64| {
        let date = DateTime::new((number / 12) as i16, (number % 12 + 1) as i8, 1, 0, 0, 0, 0).ok()?;
        let at = jiff::tz::Offset::UTC.to_timestamp(date).ok()?.as_millisecond() - offset_ms;
        u64::try_from(at).ok()
    };
    (from..=to).filter(|number| number % step == 0).filter_map(start).filter(|at| (first..=end).contains(at)).collect()
}

/// Returns the two lines of a label; `step` is the distance to the next. The second line is shown if it changes.
fn tick_text(at_ms: u64, step: u64, clock: &Clock, offset_ms: i64) -> (String, String) {
    if *clock != Clock::Wall {
        let (minutes, seconds) = (at_ms / MINUTE, at_ms % MINUTE / SECOND);
        return (format!("{minutes}:{seconds:02}"), String::new());
    }
    let date = local(at_ms, offset_ms);
    let (upper, lower) = match step {
        0..MINUTE => ("%H:%M:%S", "%-d %b"),
        MINUTE..DAY => ("%H:%M", "%-d %b"),
        DAY..MONTH => ("%-d %b", "%Y"),
        MONTH..YEAR => ("%b", "%Y"),
        YEAR.. => ("%Y", ""),
    };
    (date.strftime(upper).to_string(), date.strftime(lower).to_string())
}

/// Formats a count in at most five characters.
fn short(count: u64) -> String {
    match count {
        0..10_000 => count.to_string(),
        10_000..1_000_000 => format!("{} k", count / 1000),
        _ => format!("{} M", count / 1_000_000),
    }
}

/// A drawing area in pixels.
struct Canvas<'a, B: DrawingBackend>(&'a DrawingArea<B, Shift>);

impl<B: DrawingBackend> Canvas<'_, B>
where
    B::ErrorType: 'static,
{
    fn text(&self, text: &str, at: (i32, i32), size: i32, color: &RGBColor, side: HPos) -> Result<()> {
        let style = (FONT, size).into_font().color(color).pos(Pos::new(side, VPos::Center));
        // The letters of this font sit above the middle of their line.
        self.0.draw(&Text::new(text.to_owned(), (at.0, at.1 + size / 8), style)).map_err(cannot_draw)
    }

    fn block(&self, from: (i32, i32), to: (i32, i32), color: &RGBColor) -> Result<()> {
        self.0.draw(&Rectangle::new([from, to], color.filled())).map_err(cannot_draw)
    }

    fn line(&self, from: (i32, i32), to: (i32, i32), color: &RGBAColor) -> Result<()> {
        self.0.draw(&PathElement::new([from, to], color.stroke_width(1))).map_err(cannot_draw)
    }
}

#[cfg(test)]
mod tests {
    use mien_core::timeline::ClassTally;

    use super::*;

    const START: u64 = 20_605 * DAY;

    #[test]
    fn labels_of_time_are_round_and_few() {
        for (length, count) in [(20 * SECOND, 5), (10 * MINUTE, 6), (DAY, 9), (3 * DAY, 7), (31 * DAY, 8)] {
            let ticks = ticks(START, START + length, &Clock::Wall, 0);
            assert_eq!(ticks.len(), count, "{length}");
            assert!(ticks[0] - START < ticks[1] - ticks[0]);
        }
        let year = ticks(START, START + 365 * DAY, &Clock::Wall, 2 * HOUR as i64);
        let text = |at: u64| tick_text(at, 61 * DAY, &Clock::Wall, 2 * HOUR as i64);
        assert_eq!(text(year[0]), ("Jul".to_owned(), "2026".to_owned()));
        assert_eq!(text(year[3]), ("Jan".to_owned(), "2027".to_owned()));
        assert!(ticks(0, 100 * 365 * DAY, &Clock::Wall, 0).len() <= 9);
        assert!(ticks(0, 100 * DAY, &Clock::Media(String::new()), 0).len() <= 9);
    }

    #[test]
    fn a_label_says_as_much_as_is_needed() {
        let wall = |step| tick_text(START + 90 * MINUTE, step, &Clock::Wall, 0);
        let texts = [30 * SECOND, 12 * HOUR, 7 * DAY, 31 * DAY, 365 * DAY].map(|step| wall(step).0);
        assert_eq!(texts, ["01:30:00", "01:30", "1 Jun", "Jun", "2026"]);
        assert_eq!((wall(HOUR).1, wall(DAY).1), ("1 Jun".to_owned(), "2026".to_owned()));
        assert_eq!(tick_text(90 * SECOND, HOUR, &Clock::Media(String::new()), 0).0, "1:30");
    }

    #[test]
    fn emotions_keep_their_colors_and_rare_classes_are_one() {
        let labels = ["happy", "calm", "neutral"].map(str::to_owned);
        let tally = |sums: &[u64]| Tally {
            events: 1000,
            classes: sums.iter().map(|&sum| ClassTally { events: 0, sum }).collect(),
            ..Tally::default()
        };
        let named = |layers: &[Layer]| layers.iter().map(|layer| layer.name.clone()).collect::<Vec<_>>();
        let three = layers(&labels, &tally(&[100_000, 100_000, 55_000]));
        assert_eq!(named(&three), ["neutral", "happy", "calm"]);
        assert_eq!((three[0].color, three[1].color, three[2].color), (COLORS[0], COLORS[1], MORE[0]));
        assert_eq!(layers(&labels, &tally(&[255_000])).len(), 1, "what was never seen has no place");
        let many: Vec<String> = (0..14).map(|class| format!("class {class}")).collect();
        let sums: Vec<u64> = (0..14).map(|class| 30_000 - class * 1000).collect();
        let all = layers(&many, &tally(&sums));
        assert_eq!((all.len(), all[9].name.as_str(), all[9].classes.len()), (10, "others", 5));
    }
}
