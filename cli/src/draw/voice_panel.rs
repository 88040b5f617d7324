//! The panel of what a voice said over time, below that of a face: emotions in the colors of the face's, and patterns
//! where speech is not used.

use mien_core::labels::{EMOTIONS, index_of};
use mien_eval::drawing::axis::SOFT;
use mien_eval::drawing::{Anchor, Area, Color, Looks, Scene, Text, text_width};

use crate::draw::pattern;
use crate::session::Unused;

/// Color of times at which nobody speaks.
const NOTHING: Color = Color::new(242, 242, 242);
/// Height of a line of the legend in font sizes.
const LINE: f32 = 1.35;
/// Max number of emotions in the legend; the rarest share one.
const MAX_EMOTIONS: usize = 6;
/// Share from which on something is shown.
const VISIBLE: f64 = 0.0005;

/// What a voice may show.
#[derive(Clone, Debug, PartialEq)]
pub enum Shown {
    /// An emotion.
    Emotion(String),
    /// Several rare emotions.
    Others,
    /// Speech that is not used.
    Unused(Unused),
}

/// A stretch of speech.
#[derive(Clone, Debug, PartialEq)]
pub struct Stretch {
    /// Begin and end in milliseconds.
    pub span_ms: (u64, u64),
    /// How much it weighs in the totals.
    pub weight: f64,
    /// The share of each label: emotions, and labels of [`Unused`].
    pub shares: Vec<(String, f64)>,
}

/// What a voice said.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VoiceBand {
    pub stretches: Vec<Stretch>,
    /// What is shown, from the bottom to the top, with its share of all stretches: emotions, and patterns above them.
    layers: Vec<(Shown, f64)>,
}

impl VoiceBand {
    /// Creates the band of stretches in order of time.
    pub fn new(stretches: Vec<Stretch>) -> Self {
        let all: f64 = stretches.iter().map(|stretch| stretch.weight).sum();
        let mut labels: Vec<(&str, f64)> = Vec::new();
        for stretch in &stretches {
            for (label, share) in &stretch.shares {
                let share = share * stretch.weight / all.max(f64::MIN_POSITIVE);
                match labels.iter_mut().find(|(other, _)| other == label) {
                    Some((_, sum)) => *sum += share,
                    None => labels.push((label, share)),
                }
            }
        }
        labels.retain(|(_, share)| *share >= VISIBLE);
        let unused = Unused::ALL.into_iter().filter_map(|unused| {
            let (_, share) = labels.iter().find(|(label, _)| Unused::of_label(label) == Some(unused))?;
            Some((Shown::Unused(unused), *share))
        });
        let mut emotions: Vec<(&str, f64)> =
            labels.iter().filter(|(label, _)| Unused::of_label(label).is_none()).copied().collect();
        emotions.sort_by(|(_, one), (_, two)| two.total_cmp(one));
        let rare = if emotions.len() > MAX_EMOTIONS { emotions.split_off(MAX_EMOTIONS - 1) } else { Vec::new() };
        let basic = EMOTIONS.map(str::to_owned);
        emotions.sort_by_key(|(label, _)| index_of(&basic, label).unwrap_or(basic.len()));
        let others = (!rare.is_empty()).then(|| (Shown::Others, rare.iter().map(|(_, share)| share).sum()));
        let named = emotions.iter().map(|(label, share)| (Shown::Emotion((*label).to_owned()), *share));
        let layers = named.chain(others).chain(unused).collect();
        Self { stretches, layers }
    }

    /// Returns the emotions.
    pub fn labels(&self) -> impl Iterator<Item = &str> {
        self.layers
            .iter()
            .filter_map(|(shown, _)| if let Shown::Emotion(label) = shown { Some(&**label) } else { None })
    }

    /// Returns the height that the legend takes in the font size `size`.
    pub fn legend_height(&self, size: f32) -> f32 {
        LINE * size * self.layers.len() as f32
    }

    /// Returns the share of each layer in a stretch.
    fn shares(&self, stretch: &Stretch) -> Vec<f64> {
        let of = |wanted: &dyn Fn(&str) -> bool| -> f64 {
            stretch.shares.iter().filter(|(label, _)| wanted(label)).map(|(_, share)| share).sum()
        };
        let is_named = |label: &str| self.labels().any(|other| other == label) || Unused::of_label(label).is_some();
        let share = |(shown, _): &(Shown, f64)| match shown {
            Shown::Emotion(name) => of(&|label| label == name),
            Shown::Others => of(&|label| !is_named(label)),
            Shown::Unused(unused) => of(&|label| Unused::of_label(label) == Some(*unused)),
        };
        self.layers.iter().map(share).collect()
    }

    /// Draws the stretches in `plot`, where `columns` are the x coordinates of a stretch.
    pub fn draw(&self, scene: &mut Scene, plot: Area, looks: &Looks, columns: impl Fn(&Stretch) -> [f32; 2]) {
        scene.block(plot, NOTHING);
        for stretch in &self.stretches {
            let columns = columns(stretch);
            let mut below = 0.0;
            let y = |share: f64| (plot.bottom() - plot.height * share.min(1.0) as f32).round();
            for ((shown, _), share) in self.layers.iter().zip(self.shares(stretch)) {
                let area = Area::between(columns, [y(below + share), y(below)]);
                below += share;
                if area.height < 1.0 {
                    continue;
                }
                fill(scene, shown, area, looks);
                if area.height >= 4.0 {
                    // A light line between the layers shows where one ends without its color.
                    scene.block(Area { height: 1.0, ..area }, Color::WHITE);
                }
            }
        }
    }

    /// Writes the most probable emotion into each stretch that has room for it.
    pub fn draw_names(&self, scene: &mut Scene, plot: Area, columns: impl Fn(&Stretch) -> [f32; 2], size: f32) {
        for stretch in &self.stretches {
            let Some((label, _)) = stretch.shares.iter().max_by(|(_, one), (_, two)| one.total_cmp(two)) else {
                continue;
            };
            let ([from, to], half) = (columns(stretch), text_width(label, size) / 2.0 + 4.0);
            if Unused::of_label(label).is_none() && to - from > 2.0 * half + 4.0 {
                let (x, y) = ((from + to) / 2.0, plot.y + plot.height / 2.0);
                let back = Area::new(x - half, y - 0.65 * size, 2.0 * half, 1.3 * size);
                scene.rounded(back, 3.0, Color::WHITE.faded(0.8));
                scene.text(Text::new(label, (x, y), size).anchor(Anchor::Middle));
            }
        }
    }

    /// Draws what the colors and patterns mean, in the order of the stretches, with shares of all speech, beside `plot` from `x` on.
    pub fn draw_legend(&self, scene: &mut Scene, plot: Area, looks: &Looks, (x, width): (f32, f32), size: f32) {
        for (row, (shown, share)) in self.layers.iter().rev().enumerate() {
            let y = plot.y + LINE * size * (row as f32 + 0.5);
            let sample = Area::new(x, y - 0.45 * size, 1.4 * size, 0.9 * size);
            fill(scene, shown, sample, looks);
            let name = match shown {
                Shown::Emotion(label) => label,
                Shown::Others => "others",
                Shown::Unused(unused) => unused.name(),
            };
            let text = Text::new(format!("{name} {:.0} %", 100.0 * share), (sample.right() + 0.5 * size, y), size);
            let text = text.within(x + width - sample.right() - 0.5 * size);
            scene.text(if matches!(shown, Shown::Unused(_)) { text.color(SOFT) } else { text });
        }
    }
}

fn fill(scene: &mut Scene, shown: &Shown, area: Area, looks: &Looks) {
    match shown {
        Shown::Emotion(label) => scene.block(area, looks.get(label).color),
        Shown::Others => scene.block(area, looks.get("others").color),
        Shown::Unused(unused) => pattern::fill(scene, area, *unused),
    }
}
