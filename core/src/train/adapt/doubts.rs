//! Doubts about labels, before anything is learned.
//!
//! The generic head is the referee: `l(i, c)` is the logarithm of its calibrated probability that
//! clip i shows class c, with the user's offset subtracted where it is known. Three rules follow, all
//! without training:
//!
//! - *Exchange.* For classes a and b, with `l` averaged over the clips of each, the exchange of the
//!   two labels has the log odds `l(a, b) + l(b, a) - l(a, a) - l(b, b)`. What the referee likes or
//!   dislikes about a user in general (a class, a brow) cancels in the sum. If an exchange is more
//!   likely than the given labels by [`EXCHANGE_ODDS`], nothing is learned; up to [`CONTRADICTION_ODDS`], the clips of
//!   other labels are, if they are many. A trained head that is
//!   often wrong about the user's other classes is too sure of itself: the log odds are divided by
//!   the temperature that fits its answers on them ([`CALIBRATION`]). The network's own last layer
//!   has a temperature measured on many people.
//! - *Chance.* The sum of `l(i, label of i)` is compared with its distribution over all ways to deal
//!   the same labels to the clips (a permutation test; mean and variance by Hoeffding, Annals of
//!   Mathematical Statistics 22, 1951). Labels that are no better than chance are not learned, unless
//!   the user's own clips of each label resemble each other: then the referee cannot read this face.
//! - *Clip.* A clip is held back if the referee prefers another class by [`CLIP_ODDS`] and the
//!   clip is also nearer to the user's own clips of that class than to the others of its label, as
//!   the referee sees them.
//!   It is confident learning (Northcutt, Jiang & Chuang, JAIR 70, 2021) with a referee that never
//!   saw the labels in place of cross-validation, which a few clips do not allow. If more than
//!   [`MAX_DOUBTFUL`] of the clips are doubtful, the labels are taken as random.
//!
//! If clips hold several streams of features, the referee is the joined decision of all their generic heads: a label is
//! one for all of them, and what one stream cannot read about a person another can.
//!
//! A confirmed clip raises no doubt and takes part in no exchange. The constants were chosen on KDEF
//! and JAFFE, with heads that saw neither person (`mien eval adaptation --faults`).

use std::collections::BTreeSet;

use mien_nn::math::argmax;

use super::{Refusal, TrainingClip};
use crate::error::{Result, fail};
use crate::fusion::{Fusion, Opinion};
use crate::modality::Modality;
use crate::train::generic::GenericHead;
use crate::train::held_out::{TEMPERATURES, logits_at, loss_of_logits};
use crate::train::statistics::ClassStatistics;

/// Odds of an exchange of two labels from which on it is asked for.
pub(super) const EXCHANGE_ODDS: f32 = 2.0;

/// Odds of an exchange from which on the labels count as contradicted, not only as doubtful.
const CONTRADICTION_ODDS: f32 = 100.0;

/// Clips of each label beside two that may be exchanged, on the average, above which they are learned without these.
const CLIPS_BESIDE: usize = 3;

/// Weight of the squared logarithm of the referee's temperature against the sum of its losses: a few
/// clips do not make it doubt itself.
const CALIBRATION: f32 = 1.0;

/// Odds of another class from which on a clip is held back, if its label has other clips.
pub(super) const CLIP_ODDS: f32 = 3.0;

/// The same if the user has no clip of that class to compare with.
const ODDS_ALONE: f32 = 10.0;

/// The same for the only clip of its label.
const ONLY_CLIP_ODDS: f32 = 50.0;

/// Standard deviations above the mean of dealt labels that labels need, and the share of the
/// maximum for n clips, `sqrt(n - 1)`, that suffices for a few clips.
const MIN_DEVIATIONS: f32 = 2.0;
const MIN_SHARE_OF_DEVIATIONS: f32 = 0.7;

/// Share of the clips that may be doubtful.
const MAX_DOUBTFUL: f32 = 1.0 / 3.0;

/// A clip that looks like another class.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Doubt {
    /// Index of the clip.
    pub clip: usize,
    /// The class that it looks like.
    pub looks_like: usize,
    /// The referee's probability of that class, 0 to 1.
    pub probability: f32,
}

/// What the examination of labels found.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Doubts {
    /// Two labels are more likely exchanged than right.
    Exchanged {
        /// The two classes.
        classes: [usize; 2],
        /// Whether there is no doubt left.
        surely: bool,
        /// The clips that make it likely.
        clips: Vec<Doubt>,
        /// The other unconfirmed clips of the two classes.
        others: Vec<Doubt>,
    },
    /// The labels are no better than random: too many clips are doubtful.
    Random(Vec<Doubt>),
    /// The clips to hold back; possibly none.
    Single(Vec<Doubt>),
}

impl Doubts {
    /// The clips with doubtful labels.
    pub fn clips(&self) -> &[Doubt] {
        match self {
            Self::Exchanged { clips, .. } | Self::Random(clips) | Self::Single(clips) => clips,
        }
    }

    /// Returns the unconfirmed clips of two labels that may be exchanged, but not surely, without those in `held_back`, if
    /// the clips of the labels beside all these can be learned: two labels or more, with more than [`CLIPS_BESIDE`] each on
    /// the average.
    pub fn exchanged_alone(&self, all: &[TrainingClip<'_>], held_back: &[Doubt]) -> Option<Vec<Doubt>> {
        let Self::Exchanged { classes, surely: false, clips, others } = self else { return None };
        let is_doubtful =
            |class: usize| classes.contains(&class) || held_back.iter().any(|doubt| all[doubt.clip].class == class);
        let mut beside: Vec<usize> = all.iter().map(|clip| clip.class).filter(|class| !is_doubtful(*class)).collect();
        let count = beside.len();
        beside.sort_unstable();
        beside.dedup();
        let is_new = |doubt: &&Doubt| held_back.iter().all(|held_back| held_back.clip != doubt.clip);
        let suffice = beside.len() >= 2 && count > CLIPS_BESIDE * beside.len();
        suffice.then(|| clips.iter().chain(others).filter(is_new).copied().collect())
    }

    /// Returns why nothing is learned; `None` if the other clips may be learned.
    pub fn refusal(&self, labels: &[String]) -> Option<(Refusal, String)> {
        match self {
            Self::Exchanged { classes: [a, b], surely, .. } => {
                let (a, b) = (&labels[*a], &labels[*b]);
                let refusal = if *surely { Refusal::LabelsContradict } else { Refusal::LabelsDoubtful };
                Some((refusal, format!("the clips of {a} and {b} look as if their labels were exchanged")))
            }
            Self::Random(clips) => {
                let reason = format!(
                    "the labels fit the clips no better than chance; {} clips look like other emotions",
                    clips.len()
                );
                Some((Refusal::LabelsContradict, reason))
            }
            Self::Single(_) => None,
        }
    }
}

/// What an examination found, and whether there was anything to go by.
pub(super) struct Examined {
    pub doubts: Doubts,
    /// False if the referee has no say about this face.
    pub examined: bool,
}

impl Examined {
    /// Returns what was found of those of `all` clips that are among `own`, by name, with their places there.
    pub fn for_clips(&self, all: &[TrainingClip<'_>], own: &[TrainingClip<'_>]) -> Self {
        let place = |doubt: &Doubt| {
            let clip = own.iter().position(|clip| clip.name == all[doubt.clip].name)?;
            Some(Doubt { clip, ..*doubt })
        };
        let placed = |clips: &[Doubt]| clips.iter().filter_map(place).collect();
        let doubts = match &self.doubts {
            Doubts::Exchanged { classes, surely, clips, others } => {
                Doubts::Exchanged { classes: *classes, surely: *surely, clips: placed(clips), others: placed(others) }
            }
            Doubts::Random(clips) => Doubts::Random(placed(clips)),
            Doubts::Single(clips) => Doubts::Single(placed(clips)),
        };
        Self { doubts, examined: self.examined }
    }
}

impl Default for Examined {
    /// No examination.
    fn default() -> Self {
        Self { doubts: Doubts::Single(Vec::new()), examined: false }
    }
}

impl From<Doubts> for Examined {
    fn from(doubts: Doubts) -> Self {
        Self { doubts, examined: true }
    }
}

/// The clips of one stream, and its generic head.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub modality: Modality,
    pub generic: &'a GenericHead,
    pub clips: &'a [TrainingClip<'a>],
}

/// Returns the clips of all `views`, those of one name once.
///
/// # Errors
/// `InvalidOption` if a stream has two clips of one name, or if streams disagree about the class of one.
pub(super) fn all_clips<'a>(views: &[View<'a>]) -> Result<Vec<TrainingClip<'a>>> {
    let mut all: Vec<TrainingClip<'a>> = Vec::new();
    for View { modality, clips, .. } in views {
        let before = all.len();
        for clip in *clips {
            match all.iter().position(|other| other.name == clip.name) {
                None => all.push(*clip),
                Some(place) if place >= before => {
                    let of = modality.name();
                    fail!(
                        InvalidOption,
                        "two clips of {of} have the same name";
                        "two clips of {of} are called {:?}",
                        clip.name
                    )
                }
                Some(place) if all[place].class != clip.class => {
                    fail!(
                        InvalidOption,
                        "streams have different labels for a clip";
                        "streams have different labels for the clip {:?}",
                        clip.name
                    )
                }
                Some(place) => all[place].confirmed |= clip.confirmed,
            }
        }
    }
    Ok(all)
}

/// The joined decision of the generic heads about clips, which examines their labels.
pub(super) struct Referee<'a> {
    views: &'a [View<'a>],
    clips: &'a [TrainingClip<'a>],
    /// Logarithms of the probabilities of all classes for each clip.
    logs: Vec<Vec<f32>>,
    /// Whether any of its heads was trained on people.
    trained: bool,
    /// Pairs of classes, in their order, whose exchange is no doubt.
    dropped: Vec<[usize; 2]>,
}

impl<'a> Referee<'a> {
    /// Reads the `clips`, which are those of `views`: of several streams, clips of one name are one clip.
    ///
    /// # Errors
    /// `InvalidOption` if the clips do not fit the heads.
    pub fn new(views: &'a [View<'a>], clips: &'a [TrainingClip<'a>], fusion: &Fusion) -> Result<Self> {
        let answers: Vec<Vec<Vec<f32>>> = views.iter().map(answers).collect::<Result<_>>()?;
        let mut logs = Vec::with_capacity(clips.len());
        for (place, clip) in clips.iter().enumerate() {
            let mut opinions = Vec::new();
            for (view, answers) in views.iter().zip(&answers) {
                let at = || view.clips.iter().position(|own| own.name == clip.name);
                let Some(at) = (if views.len() == 1 { Some(place) } else { at() }) else { continue };
                // A generic head that was taught nothing finds all classes as likely, which says nothing already.
                opinions.push(Opinion {
                    modality: view.modality,
                    adapted: false,
                    probabilities: &answers[at],
                    taught: None,
                });
            }
            logs.push(logits_at(1.0, &fusion.join(&opinions)?.probabilities));
        }
        let trained = views.iter().any(|view| view.generic.learned());
        Ok(Self { views, clips, logs, trained, dropped: Vec::new() })
    }

    /// Counts the exchange of two classes, in their order, as no doubt from now on.
    pub fn drop_exchange(&mut self, classes: [usize; 2]) {
        self.dropped.push(classes);
    }

    /// Examines the labels.
    pub fn examine(&self) -> Examined {
        let Some(first) = self.clips.first() else { return Examined::default() };
        if self.clips.iter().all(|clip| clip.class == first.class) {
            return Doubts::Single(self.doubts()).into();
        }
        if self.sees_no_difference() {
            return Examined::default();
        }
        if let Some(exchange) = self.exchange() {
            return exchange.into();
        }
        if self.is_no_better_than_chance() {
            let coherent = self.views.iter().any(labels_are_coherent);
            return if coherent { Examined::default() } else { Doubts::Random(self.turned()).into() };
        }
        let doubts = self.doubts();
        let many = doubts.len() > 1 && doubts.len() as f32 > MAX_DOUBTFUL * self.clips.len() as f32;
        if many { Doubts::Random(doubts) } else { Doubts::Single(doubts) }.into()
    }

    /// Returns the most likely exchange of two labels, if it is more likely than the labels given.
    fn exchange(&self) -> Option<Doubts> {
        let classes = self.logs.first()?.len();
        let answers = |class: usize| self.unconfirmed(class).into_iter().map(move |clip| (class, &self.logs[clip]));
        let mut best: Option<(f32, [usize; 2])> = None;
        for a in 0..classes {
            for b in (a + 1..classes).filter(|b| !self.dropped.contains(&[a, *b])) {
                let both: Vec<(usize, &Vec<f32>)> = answers(a).chain(answers(b)).collect();
                let Some(odds) = exchange_odds(&both, [a, b]) else { continue };
                let odds = if self.trained { odds / self.temperature_without([a, b]) } else { odds };
                if best.is_none_or(|(most, _)| odds > most) {
                    best = Some((odds, [a, b]));
                }
            }
        }
        let (odds, [a, b]) = best.filter(|(odds, _)| *odds > libm::logf(EXCHANGE_ODDS))?;
        let of_other =
            |own: usize, other: usize| self.unconfirmed(own).into_iter().map(move |clip| self.of(clip, other));
        let is_turned = |doubt: &Doubt| {
            let own = self.clips[doubt.clip].class;
            self.logs[doubt.clip][doubt.looks_like] > self.logs[doubt.clip][own]
        };
        let (clips, others) = of_other(a, b).chain(of_other(b, a)).partition(is_turned);
        Some(Doubts::Exchanged { classes: [a, b], surely: odds > libm::logf(CONTRADICTION_ODDS), clips, others })
    }

    /// Returns the divisor of the referee's logits that fits the labels of all classes but two, 1 and
    /// up.
    fn temperature_without(&self, left_out: [usize; 2]) -> f32 {
        let answers = || self.logs.iter().zip(self.clips).filter(|(_, clip)| !left_out.contains(&clip.class));
        let loss = |temperature: f32| {
            let losses = answers().map(|(logs, clip)| {
                let logits = logs.iter().map(|log| log / temperature).collect();
                loss_of_logits(logits, clip.class)
            });
            let distance = libm::logf(temperature);
            losses.sum::<f32>() + CALIBRATION * distance * distance
        };
        TEMPERATURES.into_iter().min_by(|a, b| loss(*a).total_cmp(&loss(*b))).unwrap_or(1.0)
    }

    /// Whether all clips look like the same class: a network that cannot read this face, or has not
    /// learned emotions, has no say.
    fn sees_no_difference(&self) -> bool {
        self.logs.iter().all(|of| argmax(of) == argmax(&self.logs[0]))
    }

    /// Whether the labels of the unconfirmed clips fit no better than if they were dealt at random.
    fn is_no_better_than_chance(&self) -> bool {
        let clips: Vec<usize> = (0..self.clips.len()).filter(|&clip| !self.clips[clip].confirmed).collect();
        let n = clips.len() as f32;
        let at = |row: usize, column: usize| self.logs[clips[row]][self.clips[clips[column]].class];
        let places = 0..clips.len();
        let row_means: Vec<f32> =
            places.clone().map(|row| places.clone().map(|to| at(row, to)).sum::<f32>() / n).collect();
        let column_means: Vec<f32> =
            places.clone().map(|column| places.clone().map(|from| at(from, column)).sum::<f32>() / n).collect();
        let mean = row_means.iter().sum::<f32>() / n;
        let interaction = |row: usize, column: usize| at(row, column) - row_means[row] - column_means[column] + mean;
        let pairs = places.clone().flat_map(|row| places.clone().map(move |column| (row, column)));
        let squares: f32 = pairs.map(|(row, column)| interaction(row, column) * interaction(row, column)).sum();
        let given: f32 = places.map(|place| interaction(place, place)).sum();
        let deviation = (squares / (n - 1.0)).sqrt();
        let needed = deviation * MIN_DEVIATIONS.min(MIN_SHARE_OF_DEVIATIONS * (n - 1.0).sqrt());
        // One clip, or clips of one label, can be dealt in one way only.
        deviation > 0.0 && given < needed
    }

    /// Returns the unconfirmed clips that look like another class.
    fn turned(&self) -> Vec<Doubt> {
        let unconfirmed = (0..self.clips.len()).filter(|&clip| !self.clips[clip].confirmed);
        let looks = unconfirmed.map(|clip| (clip, argmax(&self.logs[clip])));
        looks
            .filter(|&(clip, looks)| looks != self.clips[clip].class)
            .map(|(clip, looks)| self.of(clip, looks))
            .collect()
    }

    /// Returns the clips to hold back by what each looks like.
    fn doubts(&self) -> Vec<Doubt> {
        (0..self.clips.len()).filter_map(|index| self.doubt(index)).collect()
    }

    /// Returns the doubt about the label of one clip.
    fn doubt(&self, clip: usize) -> Option<Doubt> {
        let TrainingClip { class: own, confirmed, .. } = self.clips[clip];
        let other = argmax(&self.logs[clip]);
        if confirmed || other == own || self.dropped.contains(&[own.min(other), own.max(other)]) {
            return None;
        }
        let odds = self.logs[clip][other] - self.logs[clip][own];
        let needed = match (self.distance(clip, own), self.distance(clip, other)) {
            (Some(to_own), Some(to_other)) if to_other < to_own => CLIP_ODDS,
            (Some(_), None) => ODDS_ALONE,
            (None, Some(_)) if self.nearest(clip) == Some(other) => ONLY_CLIP_ODDS,
            (None, None) => ONLY_CLIP_ODDS,
            _ => return None,
        };
        let doubtful = odds > libm::logf(needed);
        doubtful.then(|| self.of(clip, other))
    }

    fn of(&self, clip: usize, looks_like: usize) -> Doubt {
        Doubt { clip, looks_like, probability: libm::expf(self.logs[clip][looks_like]) }
    }

    fn unconfirmed(&self, class: usize) -> Vec<usize> {
        let clips = self.clips.iter().enumerate();
        clips.filter(|(_, clip)| clip.class == class && !clip.confirmed).map(|(index, _)| index).collect()
    }

    /// Returns the squared distance of the referee's answer for a clip from its mean answer for the
    /// other clips of `class`; `None` if there are none. What the referee says of this user's class
    /// may be wrong, as long as it is always the same.
    fn distance(&self, clip: usize, class: usize) -> Option<f32> {
        distance(self.clips, &self.logs, clip, class)
    }

    /// Returns the class of the nearest other clips.
    fn nearest(&self, clip: usize) -> Option<usize> {
        let classes = 0..self.logs[clip].len();
        let near = classes.filter_map(|class| Some((class, self.distance(clip, class)?)));
        near.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(class, _)| class)
    }
}

/// Returns the log odds of an exchange of two classes by the logarithms of the probabilities for clips of theirs, each with
/// its class; `None` if a class has no clip.
pub(super) fn exchange_odds(clips: &[(usize, &Vec<f32>)], [a, b]: [usize; 2]) -> Option<f32> {
    let mean = |own: usize, other: usize| {
        let differences = || clips.iter().filter(|(class, _)| *class == own).map(|(_, logs)| (logs[other], logs[own]));
        let count = differences().count();
        let of = |value: fn((f32, f32)) -> f32| differences().map(value).sum::<f32>() / count as f32;
        (count > 0).then(|| of(|(other, _)| other) - of(|(_, own)| own))
    };
    Some(mean(a, b)? + mean(b, a)?)
}

/// Returns the probabilities of the classes for each clip by the generic head, less the user's offset where it is known.
fn answers(view: &View<'_>) -> Result<Vec<Vec<f32>>> {
    let View { generic, clips, .. } = view;
    let mut head = generic.calibrated()?;
    // By clips of one label, an offset would explain away that they show another class.
    let several = clips.iter().any(|clip| clip.class != clips[0].class);
    let statistics = generic.statistics.as_ref().filter(|_| several);
    if let Some(offset) = statistics.and_then(|all| all.offset(clips.iter().map(TrainingClip::sample))) {
        head = head.centered(offset)?;
    }
    clips.iter().map(|clip| Ok(head.predict(clip.clip)?.probabilities)).collect()
}

/// Whether most clips with others of their label are nearest to them, in the frames' values
/// scaled as in training: more than halfway from chance to all. False if no label has two clips.
fn labels_are_coherent(view: &View<'_>) -> bool {
    let clips = view.clips;
    let mut means: Vec<Vec<f32>> = clips.iter().map(|clip| clip.clip.mean()).collect();
    if let Some(scale) = view.generic.statistics.as_ref().map(ClassStatistics::scale) {
        means.iter_mut().flat_map(|mean| mean.iter_mut().zip(&scale)).for_each(|(value, factor)| *value *= factor);
    }
    let classes: BTreeSet<usize> = clips.iter().map(|clip| clip.class).collect();
    let nearest = |clip: usize| {
        let near = classes.iter().filter_map(|&class| Some((class, distance(clips, &means, clip, class)?)));
        near.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(class, _)| class)
    };
    let has_others = |&clip: &usize| clips.iter().filter(|other| other.class == clips[clip].class).count() > 1;
    let several: Vec<usize> = (0..clips.len()).filter(has_others).collect();
    let right = several.iter().filter(|&&clip| nearest(clip) == Some(clips[clip].class)).count();
    let chance = 1.0 / classes.len() as f32;
    right as f32 > (1.0 + chance) / 2.0 * several.len() as f32
}

/// Returns the squared distance of the `values` of a clip from the mean values of the other clips of `class`; `None` if
/// there are none.
fn distance(clips: &[TrainingClip<'_>], values: &[Vec<f32>], clip: usize, class: usize) -> Option<f32> {
    let others: Vec<&Vec<f32>> = (0..clips.len())
        .filter(|&other| other != clip && clips[other].class == class)
        .map(|other| &values[other])
        .collect();
    if others.is_empty() {
        return None;
    }
    let own = &values[clip];
    let square = |(dimension, value): (usize, &f32)| {
        let mean = others.iter().map(|other| other[dimension]).sum::<f32>() / others.len() as f32;
        (value - mean) * (value - mean)
    };
    Some(own.iter().enumerate().map(square).sum())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::head::Clip;

    /// Clips of the classes 0 and 1 that look a little exchanged, and of 2 and 3, of which the referee
    /// has every second one wrong if it is `often_wrong`.
    fn exchange(trained: bool, often_wrong: bool) -> Option<Doubts> {
        let answers = |own: f32, other: f32, place: usize, with: usize| -> Vec<f32> {
            let rest = (1.0 - own - other) / 2.0;
            let of = |class: usize| {
                if class == place {
                    own
                } else if class == with {
                    other
                } else {
                    rest
                }
            };
            (0..4).map(|class| libm::logf(of(class))).collect()
        };
        let mut logs = vec![answers(0.35, 0.6, 0, 1), answers(0.35, 0.6, 1, 0)];
        for class in [2, 2, 3, 3] {
            let wrong = often_wrong && logs.len() % 2 == 0;
            let (own, other) = if wrong { (0.01, 0.97) } else { (0.97, 0.01) };
            logs.push(answers(own, other, class, 5 - class));
        }
        let clip = Clip::from_frames(&[[0.0]]).unwrap();
        let of = |class: usize| TrainingClip { name: "clip", clip: &clip, class, confirmed: false, copies: &[] };
        let clips = [0, 1, 2, 2, 3, 3].map(of);
        Referee { views: &[], clips: &clips, logs, trained, dropped: Vec::new() }.exchange()
    }

    #[test]
    fn a_referee_that_is_often_wrong_about_a_user_is_believed_less() {
        for (trained, often_wrong) in [(true, false), (false, false), (false, true)] {
            let found = exchange(trained, often_wrong);
            assert!(matches!(found, Some(Doubts::Exchanged { classes: [0, 1], surely: false, .. })), "{found:?}");
        }
        assert_eq!(exchange(true, true), None);
    }
}
