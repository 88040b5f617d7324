//! The plot of a clip: the probability of each emotion over time, with a band for each person.

use mien_core::timeline::Clock;
use mien_eval::drawing::axis::{GRID, SOFT, ShareAxis};
use mien_eval::drawing::{Anchor, Area, Color, Looks, Plot, Scene, Stroke, Text, isolated, text_width};

use crate::draw::people::{Moment, People, Person};
use crate::draw::right_labels::{self, RightLabel};
use crate::draw::time_axis::{tick_text, ticks};
use crate::draw::voice_panel::{Stretch, VoiceBand};
use crate::text::counted;

const WIDTH: f32 = 1120.0;
/// Width of the labels at the left and at the right.
const LEFT: f32 = 74.0;
const RIGHT: f32 = 170.0;
const HEADER: f32 = 48.0;
/// Height of the labels of time.
const FOOTER: f32 = 52.0;
/// Height of a band's data, if it is alone or one of several, and of its heading.
const ALONE: f32 = 310.0;
const BAND: f32 = 168.0;
const BAND_HEAD: f32 = 52.0;
/// Height of what voices said.
const VOICE: f32 = 120.0;
/// Font size of its legend.
const LEGEND: f32 = 14.0;
/// Max number of bands; people who were seen less are counted.
const MAX_BANDS: usize = 8;
const TITLE: f32 = 20.0;
const TEXT: f32 = 15.0;
/// Highest probability up to which a line is called low and gets no label.
const LOW: f32 = 0.1;
/// Highest probability from which on a line is labeled at its peak too.
const HIGH: f32 = 0.35;

/// What is heard in a clip.
#[derive(Default)]
pub struct ClipVoice {
    /// What is said of it.
    pub heading: String,
    /// The stretches of speech.
    pub band: VoiceBand,
    /// Length of the sound in seconds.
    pub seconds: f64,
    /// Whether there are no pictures.
    pub is_alone: bool,
}

/// Plot of the probabilities of each person over time.
pub struct ClipPlot<'a> {
    title: String,
    bands: Vec<(String, &'a Person)>,
    /// Number of people without a band.
    left_out: usize,
    people: &'a People,
    voice: Option<&'a ClipVoice>,
}

impl<'a> ClipPlot<'a> {
    /// Creates the plot of the people of the clip `name`, and of what is heard.
    pub fn new(name: &str, people: &'a People, voice: Option<&'a ClipVoice>) -> Self {
        let mut bands = people.named();
        let left_out = bands.len().saturating_sub(MAX_BANDS);
        bands.truncate(MAX_BANDS);
        let what = if voice.is_some_and(|voice| voice.is_alone) {
            "emotion by voice"
        } else {
            "emotion per frame (not smoothed)"
        };
        Self { title: format!("{}: {what}", isolated(name)), bands, left_out, people, voice }
    }

    fn band_height(&self) -> f32 {
        if self.bands.len() > 1 { BAND } else { ALONE }
    }

    /// Returns the area of the data of a band.
    fn plot(&self, band: usize) -> Area {
        let top = HEADER + band as f32 * (self.band_height() + BAND_HEAD) + BAND_HEAD;
        Area::new(LEFT, top, WIDTH - LEFT - RIGHT, self.band_height())
    }

    /// Returns the number of panels of people, one of which says that there is none.
    fn panels(&self) -> usize {
        if self.voice.is_some_and(|voice| voice.is_alone) { 0 } else { self.bands.len().max(1) }
    }

    /// Returns the area of what is heard.
    fn voice_area(&self) -> Option<Area> {
        let voice = self.voice?;
        let top = self.plot(self.panels()).y;
        let height = voice.band.legend_height(LEGEND).max(VOICE).round();
        Some(Area::new(LEFT, top, WIDTH - LEFT - RIGHT, height))
    }

    /// Returns the lower edge of the last panel.
    fn floor(&self) -> f32 {
        self.voice_area().map_or_else(|| self.plot(self.panels() - 1).bottom(), |area| area.bottom())
    }

    fn end_ms(&self) -> u64 {
        let end_s = match self.voice {
            Some(voice) if voice.is_alone => voice.seconds,
            _ => self.people.end_s,
        };
        ((1000.0 * end_s).round() as u64).max(1)
    }

    fn draw_voice(&self, scene: &mut Scene, voice: &ClipVoice, plot: Area) {
        let looks = Looks::of(self.people.labels.iter().map(String::as_str).chain(voice.band.labels()));
        let heading = Text::new(&voice.heading, (LEFT, plot.y - 0.66 * BAND_HEAD), TEXT);
        scene.text(heading.within(WIDTH - LEFT - 16.0));
        let columns = |stretch: &Stretch| {
            let [from, to] = <[u64; 2]>::from(stretch.span_ms).map(|at_ms| self.x(at_ms as f64 / 1000.0).round());
            [from, to.max(from + 1.0)]
        };
        voice.band.draw(scene, plot, &looks, columns);
        voice.band.draw_names(scene, plot, columns, TEXT);
        voice.band.draw_legend(scene, plot, &looks, (plot.right() + 8.0, RIGHT - 10.0), LEGEND);
        scene.text(Text::new("voice", (plot.x - 0.5 * TEXT, plot.y + 0.5 * plot.height), TEXT).anchor(Anchor::Right));
    }

    fn x(&self, time_s: f64) -> f32 {
        LEFT + (WIDTH - LEFT - RIGHT) * (1000.0 * time_s / self.end_ms() as f64).min(1.0) as f32
    }

    fn draw_band(&self, scene: &mut Scene, band: usize) {
        let (name, person) = &self.bands[band];
        let axis = ShareAxis { plot: self.plot(band), low: 0.0, high: 1.0 };
        axis.draw(scene, TEXT);
        let looks = Looks::of(self.people.labels.iter().map(String::as_str));
        let stretches: Vec<_> = person.stretches().collect();
        let (mut ends, mut low) = (Vec::new(), Vec::new());
        for (class, label) in self.people.labels.iter().enumerate() {
            let look = looks.get(label);
            let peak = person.moments.iter().map(|moment| moment.share(class)).fold(0.0, f32::max);
            let stroke = Stroke { color: look.color, width: if peak < LOW { 1.2 } else { 2.4 }, dashes: look.dashes };
            for stretch in &stretches {
                scene.line(self.averaged(stretch, class, &axis), stroke);
            }
            if peak < LOW {
                low.push(label.as_str());
            } else if let Some(last) = person.moments.last() {
                ends.push(RightLabel { text: label.clone(), y: axis.y(f64::from(last.share(class))), look: stroke });
            }
        }
        self.draw_peaks(scene, person, &axis);
        let from = person.moments.last().map_or(LEFT, |moment| self.x(moment.time_s));
        let right = axis.plot.right();
        for end in &ends {
            // From the last moment in which the person was seen to the label.
            scene.line(
                [(from, end.y), (right, end.y)],
                Stroke { color: end.look.color.faded(0.45), width: 1.0, ..end.look },
            );
        }
        right_labels::draw(scene, &ends, &axis.plot, (right + 2.0, RIGHT - 4.0), TEXT);
        let seen = counted(person.moments.len(), "frames");
        let below = if low.is_empty() { String::new() } else { format!("; under 10 %: {}", low.join(", ")) };
        let text = format!("{}, seen in {seen} of {}{below}", isolated(name), self.people.frames);
        let heading = Text::new(text, (LEFT, axis.plot.y - 0.66 * BAND_HEAD), TEXT);
        scene.text(heading.within(WIDTH - LEFT - 16.0));
    }

    /// Returns the line of a class through a stretch; moments that share a pixel become their mean.
    fn averaged(&self, stretch: &[Moment], class: usize, axis: &ShareAxis) -> Vec<(f32, f32)> {
        let pixel = |moment: &Moment| self.x(moment.time_s).floor() as i32;
        let groups = stretch.chunk_by(|one, two| pixel(one) == pixel(two));
        groups
            .map(|group| {
                let count = group.len() as f64;
                let time = group.iter().map(|moment| moment.time_s).sum::<f64>() / count;
                let share = group.iter().map(|moment| f64::from(moment.share(class))).sum::<f64>() / count;
                (self.x(time), axis.y(share))
            })
            .collect()
    }

    /// Writes the name of each emotion at its peak, where it covers no other.
    fn draw_peaks(&self, scene: &mut Scene, person: &Person, axis: &ShareAxis) {
        let mut taken: Vec<Area> = Vec::new();
        for (class, label) in self.people.labels.iter().enumerate() {
            let Some(at) = person.peak(class).filter(|at| at.share(class) >= HIGH) else { continue };
            let half = text_width(label, TEXT) / 2.0 + 4.0;
            let x = self.x(at.time_s).clamp(axis.plot.x + half, axis.plot.right() - half);
            let y = axis.y(f64::from(at.share(class)));
            let (over, under) = (y - 0.9 * TEXT, (y + TEXT).min(axis.plot.bottom() - TEXT));
            let area = |y: f32| Area::new(x - half, y - 0.65 * TEXT, 2.0 * half, 1.3 * TEXT);
            let place = [over, under].into_iter().find(|&y| !taken.iter().any(|other| other.meets(&area(y))));
            let Some(y) = place else { continue };
            taken.push(area(y));
            scene.rounded(area(y), 3.0, Color::WHITE.faded(0.8));
            scene.text(Text::new(label, (x, y), TEXT).anchor(Anchor::Middle));
        }
    }

    fn draw_times(&self, scene: &mut Scene) {
        let clock = Clock::Media(String::new());
        let (top, bottom) = (self.plot(0).y, self.floor());
        let times = ticks(0, self.end_ms(), &clock, 0);
        let step = times.get(1).map_or(1, |next| next - times[0]);
        for at_ms in times {
            let x = self.x(at_ms as f64 / 1000.0);
            scene.line([(x, top), (x, bottom)], Stroke::solid(GRID, 1.0));
            let text = tick_text(at_ms, step, &clock, 0).0;
            scene.text(Text::new(text, (x, bottom + 16.0), TEXT).anchor(Anchor::Middle));
        }
        let middle = ((LEFT + WIDTH - RIGHT) / 2.0, bottom + 38.0);
        scene.text(Text::new("minutes and seconds of the clip", middle, TEXT).color(SOFT).anchor(Anchor::Middle));
    }
}

impl Plot for ClipPlot<'_> {
    fn size(&self) -> (u32, u32) {
        let height = self.floor() + FOOTER;
        (WIDTH as u32, (height + if self.left_out > 0 { 26.0 } else { 0.0 }) as u32)
    }

    fn scene(&self) -> Scene {
        let mut scene = Scene::default();
        scene.text(Text::new(&self.title, (LEFT, 26.0), TITLE).within(WIDTH - LEFT - 16.0));
        self.draw_times(&mut scene);
        (0..self.bands.len()).for_each(|band| self.draw_band(&mut scene, band));
        if let (Some(voice), Some(plot)) = (self.voice, self.voice_area()) {
            self.draw_voice(&mut scene, voice, plot);
        }
        if self.bands.is_empty() && self.panels() > 0 {
            let plot = self.plot(0);
            let middle = (plot.x + plot.width / 2.0, plot.y + plot.height / 2.0);
            scene.text(Text::new("no face", middle, TITLE).color(SOFT).anchor(Anchor::Middle));
        }
        if self.left_out > 0 {
            let text = format!("and {} more, seen in fewer frames", counted(self.left_out, "people"));
            scene.text(Text::new(text, (LEFT, self.size().1 as f32 - 18.0), TEXT).color(SOFT));
        }
        scene
    }
}
