//! Training the generic heads, adapting them to the groups, and answering the tested clips.

use std::collections::{BTreeMap, BTreeSet};
use std::iter::repeat;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use mien_core::Result;
use mien_core::head::{Clip, Head, loss_of};
use mien_core::labels::{self, NEUTRAL};
use mien_core::train::adapt::{AdaptOptions, AdaptReport, PseudoLabels, TrainingClip, WhyLeftOut, adapt};
use mien_core::train::discriminant::discriminant;
use mien_core::train::fit::fit;
use mien_core::train::generic::GenericHead;
use mien_core::train::statistics::ClassStatistics;
use mien_nn::math::argmax;
use rayon::prelude::*;

use super::split::{Folds, Group};
use super::{Labeled, ProtocolOptions, Step};

/// A generic head, and whether it was learned from other people. If their clips show one emotion
/// only, the network's own last layer stands in.
pub(super) struct Generic {
    pub(super) head: GenericHead,
    pub(super) learned: bool,
}

/// Returns the generic head of each of the `folds`: trained on the other folds, or one for all if
/// it is trained on `others` or not trained at all.
pub(super) fn generic_heads(
    clips: &[Labeled],
    others: Option<&[Labeled]>,
    folds: &Folds,
    fresh: &Head,
    options: &ProtocolOptions,
    progress: &(impl Fn(Step) -> ControlFlow<()> + Sync),
) -> Result<Vec<Generic>> {
    if options.fresh {
        return Ok(vec![Generic { head: GenericHead::fresh(fresh.clone(), options.temperature), learned: true }]);
    }
    let left_out = |fold| {
        let clips: Vec<&Labeled> = match others {
            Some(others) => others.iter().collect(),
            None => clips.iter().filter(|clip| folds.of[&clip.subject] != fold).collect(),
        };
        let generic = generic_head(clips, fresh, options, progress);
        let _ = progress(Step::Done);
        generic
    };
    (0..folds.count).into_par_iter().map(left_out).collect()
}

/// Trains a generic head on other people's clips, with their statistics if they allow it.
fn generic_head<'a>(
    clips: Vec<&'a Labeled>,
    fresh: &Head,
    options: &ProtocolOptions,
    progress: &impl Fn(Step) -> ControlFlow<()>,
) -> Result<Generic> {
    let fresh_head = GenericHead::fresh(fresh.clone(), options.temperature);
    if clips.iter().all(|clip| clip.class == clips[0].class) {
        return Ok(Generic { head: fresh_head, learned: false });
    }
    let of_clip = |clip: &&'a Labeled| [&clip.clip].into_iter().chain(&clip.copies.generic).zip(repeat(clip.class));
    let samples: Vec<_> = clips.iter().flat_map(of_clip).collect();
    let layer = if options.discriminant { discriminant(&samples, fresh.labels().len()) } else { None };
    let start = match layer {
        Some(layer) => Head::fresh(fresh.labels().to_vec(), fresh.dimension(), fresh.body(), Some(&layer), 1.0)?,
        None => fresh_head.start(&samples)?,
    };
    let head = fit(&start, &samples, &options.generic, |_| progress(Step::Epoch))?;
    let of_users: Vec<_> = clips.iter().map(|clip| clip.of_user()).collect();
    let statistics = ClassStatistics::of(&of_users, fresh.labels().len()).ok();
    Ok(Generic { head: GenericHead::new(head, statistics)?, learned: true })
}

/// Indices of clips, each with the probabilities of a head.
type Probabilities = Vec<(usize, Vec<f32>)>;

/// Indices of clips, each with the answer of a head.
pub(super) type Answers = Vec<(usize, usize)>;

fn most_probable(probabilities: &Probabilities) -> Answers {
    probabilities.iter().map(|(index, p)| (*index, argmax(p))).collect()
}

/// Answers of a group's heads to its tested clips.
pub(super) struct GroupAnswers {
    /// Probabilities of the head adapted to all clips.
    pub(super) whole: Probabilities,
    /// The active head.
    pub(super) head: Head,
    /// Whether the gate refused the new head, so that the generic one answered.
    pub(super) refused: bool,
    /// What the adaptation estimated.
    pub(super) report: AdaptReport,
    /// Answers once the person has confirmed all labels that the adaptation asked about; `None` if it
    /// asked about none.
    pub(super) confirmed: Option<Answers>,
    /// Answers after adaptation to the neutral clips alone; `None` if there are none or it is
    /// impossible.
    pub(super) neutral: Option<Answers>,
    /// Answers after adaptation to all clips without their labels; `None` if it is impossible.
    pub(super) unlabeled: Option<Answers>,
    /// Answers after adaptation to a half of the clips, to it and the other half without labels, and
    /// the same with pseudo-labels; `None` if the first half shows one emotion only.
    pub(super) halves: Option<[Answers; 3]>,
    /// For each number of clips per class that the group reaches, the answers after adaptation to
    /// at most that many.
    pub(super) curve: BTreeMap<usize, Answers>,
    /// Loss of the generic head on each tested clip.
    pub(super) generic_losses: Vec<f64>,
    /// Time for adapting to all clips.
    pub(super) took: Duration,
}

impl GroupAnswers {
    /// Adapts `generic` to the group in every way that `options` ask for.
    pub(super) fn of(
        group: &Group<'_>,
        clips: &[Labeled],
        generic: &GenericHead,
        options: &ProtocolOptions,
        progress: &impl Fn(Step) -> ControlFlow<()>,
    ) -> Result<Self> {
        let nobody_was_asked = BTreeSet::new();
        let learner = Learner { group, clips, generic, options: &options.adapt, confirmed: &nobody_was_asked };
        let learn = |learned: &[usize]| learner.learn(learned, progress);
        let Learned { answers: whole, head, refused, report, took } = learn(&group.learned)?;
        let confirmed = learner.once_confirmed(&report, progress)?;
        let mut curve = BTreeMap::new();
        for &max in &options.curve {
            let Some(learned) = group.cut_down(clips, max) else { continue };
            // If nothing was cut, the head is the one adapted to all clips.
            let uncut = learned == group.learned;
            let point = if uncut { most_probable(&whole) } else { most_probable(&learn(&learned)?.answers) };
            curve.insert(max, point);
        }
        let neutral = match learner.neutral_clips() {
            Some(neutral) => Some(most_probable(&learn(&neutral)?.answers)),
            None => None,
        };
        let answers = |labeled: &[usize], unlabeled: &[usize], options: &AdaptOptions| -> Result<Answers> {
            Ok(most_probable(&learner.learn_with(labeled, unlabeled, options, progress)?.answers))
        };
        let pseudo_labels = AdaptOptions { pseudo_labels: Some(PseudoLabels::default()), ..options.adapt };
        let unlabeled = learner.can_center().then(|| answers(&[], &group.learned, &options.adapt)).transpose()?;
        let halves = match group.halves(clips) {
            Some((half, rest)) => Some([
                answers(&half, &[], &options.adapt)?,
                answers(&half, &rest, &options.adapt)?,
                answers(&half, &rest, &pseudo_labels)?,
            ]),
            None => None,
        };
        let generic_losses = learner.generic_losses()?;
        let _ = progress(Step::Done);
        Ok(Self { whole, head, refused, report, confirmed, neutral, unlabeled, halves, curve, generic_losses, took })
    }

    /// Returns the answers of the head adapted to all clips.
    pub(super) fn answers(&self) -> Answers {
        most_probable(&self.whole)
    }

    /// Returns the loss of each tested clip.
    pub(super) fn losses<'a>(&'a self, clips: &'a [Labeled]) -> impl Iterator<Item = f64> + 'a {
        self.whole.iter().map(|(index, probabilities)| f64::from(loss_of(probabilities[clips[*index].class])))
    }
}

/// Returns the clips whose labels the adaptation asks the person about.
pub(super) fn asked_about(report: &AdaptReport) -> BTreeSet<usize> {
    let doubtful = report.left_out.iter().filter(|left_out| matches!(left_out.why, WhyLeftOut::LooksLike { .. }));
    doubtful.filter_map(|left_out| left_out.clip.parse().ok()).collect()
}

/// Adapts the generic head to clips of one group.
struct Learner<'a> {
    group: &'a Group<'a>,
    clips: &'a [Labeled],
    generic: &'a GenericHead,
    options: &'a AdaptOptions,
    /// The clips whose labels the person has confirmed.
    confirmed: &'a BTreeSet<usize>,
}

/// An adapted head and its answers to the group's tested clips.
struct Learned {
    answers: Probabilities,
    /// The active head after the adaptation: the generic one if the gate refused the new one.
    head: Head,
    refused: bool,
    /// What the adaptation estimated.
    report: AdaptReport,
    /// Time of the adaptation.
    took: Duration,
}

impl Learner<'_> {
    /// Adapts the generic head to the clips of these indices.
    fn learn(&self, learned: &[usize], progress: &impl Fn(Step) -> ControlFlow<()>) -> Result<Learned> {
        self.learn_with(learned, &[], self.options, progress)
    }

    /// Adapts the generic head to the clips of these indices, `learned` with their labels and
    /// `unlabeled` without; the only place where users are adapted.
    fn learn_with(
        &self,
        learned: &[usize],
        unlabeled: &[usize],
        options: &AdaptOptions,
        progress: &impl Fn(Step) -> ControlFlow<()>,
    ) -> Result<Learned> {
        let names: Vec<String> = learned.iter().map(usize::to_string).collect();
        let clips: Vec<TrainingClip<'_>> = learned
            .iter()
            .zip(&names)
            .map(|(index, name)| {
                let Labeled { clip, class, copies, .. } = &self.clips[*index];
                TrainingClip {
                    name,
                    clip,
                    class: *class,
                    confirmed: self.confirmed.contains(index),
                    copies: &copies.own,
                }
            })
            .collect();
        let unlabeled: Vec<&Clip> = unlabeled.iter().map(|&index| &self.clips[index].clip).collect();
        let started = Instant::now();
        let adaptation = adapt(self.generic, None, &clips, &unlabeled, options, |_| progress(Step::Epoch))?;
        let took = started.elapsed();
        let refused = adaptation.head.is_none();
        let head = adaptation.head.unwrap_or_else(|| self.generic.head.clone());
        let answer = |&index: &usize| Ok((index, head.predict(&self.clips[index].clip)?.probabilities));
        let answers = self.group.tested.iter().map(answer).collect::<Result<_>>()?;
        Ok(Learned { answers, head, refused, report: adaptation.report, took })
    }

    /// Adapts the generic head as often as it asks about labels, which the person then confirms;
    /// returns the last answers. `None` if the `first` adaptation asked about none.
    fn once_confirmed(
        &self,
        first: &AdaptReport,
        progress: &impl Fn(Step) -> ControlFlow<()>,
    ) -> Result<Option<Answers>> {
        let (mut confirmed, mut last) = (BTreeSet::new(), None);
        let mut asked = asked_about(first);
        while !asked.is_subset(&confirmed) {
            confirmed.append(&mut asked);
            let learned = Learner { confirmed: &confirmed, ..*self }.learn(&self.group.learned, progress)?;
            last = Some(most_probable(&learned.answers));
            asked = asked_about(&learned.report);
        }
        Ok(last)
    }

    /// Whether a user's offset can be estimated.
    fn can_center(&self) -> bool {
        self.options.centered && self.generic.statistics.is_some()
    }

    /// Returns the neutral clips to learn from; `None` if there are none, or if the generic head
    /// has no statistics to compare them with.
    fn neutral_clips(&self) -> Option<Vec<usize>> {
        if !self.can_center() {
            return None;
        }
        let neutral = labels::index_of(self.generic.head.labels(), NEUTRAL)?;
        let mut learned = self.group.learned.clone();
        learned.retain(|&index| self.clips[index].class == neutral);
        (!learned.is_empty()).then_some(learned)
    }

    fn generic_losses(&self) -> Result<Vec<f64>> {
        let tested = self.group.tested.iter().map(|&index| &self.clips[index]);
        tested.map(|clip| Ok(f64::from(self.generic.head.loss(&clip.clip, clip.class)?))).collect()
    }
}
