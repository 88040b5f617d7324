//! Training of a head on labeled clips, from an existing head.
//!
//! The loss is the mean cross-entropy of the clips over the classes that occur among them (the
//! others keep their last layer), each clip weighted by its class, plus `pull / 2 * |W - W0|^2`
//! over all weights except biases, where W0 are the starting weights (L2-SP: Li, Grandvalet &
//! Davoine, ICML 2018). Adam's rate falls from its start to zero by a half cosine. The same input
//! and seed yield the same bits on every machine.

use std::borrow::Cow;
use std::ops::ControlFlow;

use mien_nn::math::{SplitMix64, dot, softmax};
use mien_nn::simd::vectorized;

use super::adam::Adam;
use crate::check::{POSITIVE, within};
use crate::error::{Result, fail};
use crate::head::{Block, Clip, Formula, Head, HeadKind, scale_rows};
use crate::options;
use crate::options::Ranges;

options! {
    /// Options of a fit. The defaults are those for adapting a logistic head.
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct FitOptions {
        /// Number of passes over the clips; 60 with rehearsal, 300 for a generic head.
        pub epochs: usize = 200, in 1..=100_000;
        /// Number of clips per step; 0: all.
        pub batch: usize = 0;
        /// Initial learning rate of Adam; the default is that of logistic heads. Relation attention: 0.03; single and
        /// self-attention: 0.003. With rehearsal: logistic 0.03, relation attention 0.0125, single
        /// and self-attention 0.002.
        pub rate: f32 = 0.15, in POSITIVE;
        /// Pull toward the starting weights (L2-SP); 0.001 with rehearsal.
        pub pull: f32 = 3e-4, in 0.0..;
        /// Whether each class weighs the same, whatever its number of clips.
        pub balanced: bool = true;
        /// Share of the target that is spread over all classes that occur (label smoothing).
        pub smoothing: f32 = 0.0, in 0.0..=0.9;
        /// Seed that decides which clips share a batch.
        pub seed: u64 = 0;
    }
}

impl FitOptions {
    /// Returns the defaults for adapting a head of this kind. The rates differ: logistic regression
    /// is convex, the relation head nearly so, and the others have products of layers.
    pub fn for_kind(kind: HeadKind) -> Self {
        let logistic = Self::default();
        let rate = match kind {
            HeadKind::Logistic => logistic.rate,
            HeadKind::RelationAttention => 0.03,
            HeadKind::SingleAttention | HeadKind::SelfAttention => 0.003,
        };
        Self { rate, ..logistic }
    }

    /// Returns the defaults for adapting a head of this kind with rehearsal: fewer epochs and a
    /// stronger pull.
    pub fn rehearsed(kind: HeadKind) -> Self {
        let rate = match kind {
            HeadKind::Logistic => 0.03,
            HeadKind::RelationAttention => 0.0125,
            HeadKind::SingleAttention | HeadKind::SelfAttention => 0.002,
        };
        Self { epochs: 60, rate, pull: 1e-3, ..Self::for_kind(kind) }
    }

    /// Returns the defaults for training a generic head of this kind on many people: more epochs,
    /// and half the rate if the loss is convex.
    pub fn generic(kind: HeadKind) -> Self {
        let adapt = Self::for_kind(kind);
        let rate = if kind == HeadKind::Logistic { adapt.rate / 2.0 } else { adapt.rate };
        Self { epochs: 300, rate, ..adapt }
    }

    /// Returns these options for standardized values, as many in a frame as `values`. Adam moves every weight by about the
    /// rate, so a logit moves with the root of their number; many values of few people also need a strong pull.
    fn of_values(self, values: usize, pull: f32) -> Self {
        Self { rate: self.rate.min(0.2 / (values as f32).sqrt()), pull, ..self }
    }

    /// Returns the defaults for training a generic head on standardized values that no network made, such as
    /// statistics of speech, from a [`discriminant`](super::discriminant::discriminant).
    pub fn generic_of_values(kind: HeadKind, values: usize) -> Self {
        Self::generic(kind).of_values(values, 0.1)
    }

    /// Returns the defaults for adapting such a head, with rehearsal.
    pub fn rehearsed_of_values(kind: HeadKind, values: usize) -> Self {
        Self::rehearsed(kind).of_values(values, 0.01)
    }

    fn check(&self) -> Result<()> {
        self.check_ranges()
    }
}

/// A clip and the index of its class among the head's labels.
pub type Sample<'a> = (&'a Clip, usize);

/// Progress of a fit; the callback that receives it can stop the fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Number of epochs done.
    pub epoch: usize,
    /// Total number of epochs.
    pub epochs: usize,
    /// Mean loss over the last epoch's steps, each measured before its step.
    pub loss: f32,
}

/// Trains a head on `samples`, starting at `start`.
///
/// # Errors
/// `NotEnoughSamples` without samples or with only one class, `InvalidOption` for an option,
/// dimension or class out of range, `TrainingDiverged` if the loss is not finite, `Cancelled` if
/// `progress` breaks.
pub fn fit(
    start: &Head,
    samples: &[Sample<'_>],
    options: &FitOptions,
    mut progress: impl FnMut(Progress) -> ControlFlow<()>,
) -> Result<Head> {
    Lesson::new(start, &weighted(samples), None, options)?.learn(options, |at, _| go_on(progress(at)))
}

/// The result of [`fit_validated`].
#[derive(Debug, Clone, PartialEq)]
pub struct Validated {
    /// The head of the best epoch.
    pub head: Head,
    /// That epoch, from 1.
    pub epoch: usize,
    /// Its mean cross-entropy on the validation clips, with equal weight per class.
    pub loss: f32,
}

/// Like [`fit`], but returns the head of the epoch with the lowest loss on `validation`, and stops
/// after `patience` epochs without a lower one.
///
/// The validation clips should show other people than the training clips.
///
/// # Errors
/// As in [`fit`]; `NotEnoughSamples` without validation clips, `InvalidOption` if `patience` is 0.
pub fn fit_validated(
    start: &Head,
    samples: &[Sample<'_>],
    validation: &[Sample<'_>],
    patience: usize,
    options: &FitOptions,
    mut progress: impl FnMut(Progress) -> ControlFlow<()>,
) -> Result<Validated> {
    within("patience", patience, 1..)?;
    if validation.is_empty() {
        fail!(NotEnoughSamples, "there is no clip to validate on");
    }
    let counts = class_counts(start, &weighted(validation))?;
    let present = counts.iter().filter(|&&count| count > 0).count() as f32;
    let lesson = Lesson::new(start, &weighted(samples), None, options)?;
    let mut best: Option<Validated> = None;
    lesson.learn(options, |at, head| {
        let (head, mut loss) = (head(), 0.0);
        for &(clip, class) in validation {
            loss += head.loss(clip, class)? / (present * counts[class] as f32);
        }
        if best.as_ref().is_none_or(|best| loss < best.loss) {
            best = Some(Validated { head: head.clone(), epoch: at.epoch, loss });
        }
        let answer = go_on(progress(at))?;
        let since = best.as_ref().map_or(0, |best| at.epoch - best.epoch);
        Ok(if since >= patience { ControlFlow::Break(()) } else { answer })
    })?;
    match best {
        Some(best) => Ok(best),
        None => fail!(TrainingDiverged, "the loss on the validation clips was never a number"),
    }
}

/// Converts the caller's answer to a progress message.
pub(super) fn go_on(answer: ControlFlow<()>) -> Result<ControlFlow<()>> {
    if answer.is_break() {
        fail!(Cancelled, "the training was cancelled");
    }
    Ok(answer)
}

/// A training clip.
#[derive(Clone, Copy)]
pub(super) struct Weighted<'a> {
    pub clip: &'a Clip,
    pub class: usize,
    /// Its weight relative to the other clips of its class.
    pub weight: f32,
}

/// Gives all samples the same weight.
pub(super) fn weighted<'a>(samples: &[Sample<'a>]) -> Vec<Weighted<'a>> {
    samples.iter().map(|&(clip, class)| Weighted { clip, class, weight: 1.0 }).collect()
}

/// Prior knowledge from the generic head's data for training on a user's clips.
pub(super) struct Prior {
    /// Factors for a frame's D values during training, so that values with a large natural variance
    /// move the weights less. The trained head is the same as if its weights were pulled and
    /// stepped in their own scales.
    pub scale: Vec<f32>,
    /// Rehearsal clips of each class, prepared for the formula and scaled; each step uses the next
    /// one of each class.
    pub rehearsal: Vec<Vec<Clip>>,
    /// Share of a recorded class's loss given to the rehearsal, 0 to 1. The loss of a class without
    /// clips is entirely the rehearsal's.
    pub share: f32,
    /// Whether classes with neither clips nor rehearsal take part too.
    pub every_class: bool,
    /// Whether a class of which no clip has weight 1 is learned less, in favor of its rehearsal.
    pub weighs_classes: bool,
}

impl Prior {
    /// How far a class's own clips are learned: the largest of their weights, at most 1.
    fn trust(&self, samples: &[Weighted<'_>], class: usize) -> f32 {
        if !self.weighs_classes {
            return 1.0;
        }
        let of_class = samples.iter().filter(|sample| sample.class == class);
        of_class.map(|sample| sample.weight).fold(0.0, f32::max).min(1.0)
    }

    fn rehearses(&self, class: usize) -> bool {
        self.rehearsal.get(class).is_some_and(|clips| !clips.is_empty())
    }
}

/// The prepared training data.
pub(super) struct Lesson<'a> {
    head: &'a Head,
    /// The starting parameters, for scaled clips.
    start: Vec<f32>,
    formula: Box<dyn Formula>,
    blocks: Vec<Block>,
    clips: Vec<Cow<'a, Clip>>,
    classes: Vec<usize>,
    /// One per clip; together with the rehearsal's they sum to 1.
    weights: Vec<f32>,
    targets: Targets,
    prior: Option<&'a Prior>,
    /// The weight of each class's rehearsal.
    rehearsed: Vec<f32>,
}

impl<'a> Lesson<'a> {
    /// # Errors
    /// As in [`fit`].
    pub fn new(
        head: &'a Head,
        samples: &[Weighted<'a>],
        prior: Option<&'a Prior>,
        options: &FitOptions,
    ) -> Result<Self> {
        options.check()?;
        let counts = class_counts(head, samples)?;
        let rehearses = |class: usize| prior.is_some_and(|prior| prior.rehearses(class));
        let every_class = prior.is_some_and(|prior| prior.every_class);
        let occurs: Vec<bool> =
            (0..counts.len()).map(|class| every_class || counts[class] > 0 || rehearses(class)).collect();
        let classes = occurs.iter().filter(|occurs| **occurs).count();
        if samples.is_empty() || classes < 2 {
            let clips = samples.len();
            fail!(NotEnoughSamples, "{classes} class among {clips} clips; at least two classes are needed to learn");
        }
        let absent = counts.iter().zip(&occurs).filter(|&(&count, &occurs)| occurs && count == 0).count();
        let mut sums = vec![0.0; counts.len()];
        samples.iter().for_each(|sample| sums[sample.class] += sample.weight);
        let all: f32 = sums.iter().sum();
        let each = 1.0 / classes as f32;
        let class_weight = |class: usize| match (options.balanced, counts[class] > 0) {
            (true, _) | (false, false) => each,
            (false, true) => (1.0 - absent as f32 * each) * sums[class] / all,
        };
        let own_share = |class: usize| {
            let rehearsed = prior.filter(|_| rehearses(class)).map_or(0.0, |prior| prior.share);
            (1.0 - rehearsed) * prior.map_or(1.0, |prior| prior.trust(samples, class))
        };
        let share = |class: usize| match (rehearses(class), counts[class] > 0) {
            (false, _) => 0.0,
            (true, true) => 1.0 - own_share(class),
            (true, false) => 1.0,
        };
        let weight = |s: &Weighted<'_>| class_weight(s.class) * own_share(s.class) * s.weight / sums[s.class];
        let formula = head.formula();
        let mut lesson = Self {
            start: head.parameters().to_vec(),
            head,
            blocks: formula.blocks(),
            formula,
            clips: samples.iter().map(|sample| head.prepare(sample.clip)).collect(),
            classes: samples.iter().map(|sample| sample.class).collect(),
            weights: samples.iter().map(weight).collect(),
            targets: Targets { occurs, smoothing: options.smoothing },
            prior,
            rehearsed: (0..counts.len()).map(|class| class_weight(class) * share(class)).collect(),
        };
        if let Some(prior) = prior {
            lesson.clips.iter_mut().for_each(|clip| clip.to_mut().scale(&prior.scale));
            let inverse: Vec<f32> = prior.scale.iter().map(|factor| 1.0 / factor).collect();
            let mut start = std::mem::take(&mut lesson.start);
            lesson.scale_weights(&mut start, &inverse);
            lesson.start = start;
        }
        Ok(lesson)
    }

    /// Multiplies each weight of a frame's value by the value's factor.
    fn scale_weights(&self, parameters: &mut [f32], factors: &[f32]) {
        let mut rest = parameters;
        for block in &self.blocks {
            let (part, behind) = rest.split_at_mut(block.length);
            if block.over_inputs {
                scale_rows(part, factors);
            }
            rest = behind;
        }
    }

    /// Returns the head of parameters for scaled clips.
    fn head_of(&self, parameters: &[f32]) -> Head {
        let mut head = self.head.clone();
        head.parameters_mut().copy_from_slice(parameters);
        if let Some(prior) = self.prior {
            self.scale_weights(head.parameters_mut(), &prior.scale);
        }
        head
    }

    /// Trains for all epochs, or until `observe` breaks; returns the last head. `observe` can
    /// request the head after each epoch.
    ///
    /// # Errors
    /// `TrainingDiverged`; errors of `observe`.
    pub fn learn(
        &self,
        options: &FitOptions,
        mut observe: impl FnMut(Progress, &dyn Fn() -> Head) -> Result<ControlFlow<()>>,
    ) -> Result<Head> {
        let mut parameters = self.start.clone();
        let mut adam = Adam::new(parameters.len());
        let mut gradient = vec![0.0; parameters.len()];
        let mut rng = SplitMix64::new(options.seed);
        let mut order: Vec<usize> = (0..self.clips.len()).collect();
        let batch = if options.batch == 0 { order.len() } else { options.batch.min(order.len()) };
        let steps = options.epochs * order.len().div_ceil(batch);
        let mut step = 0;
        for epoch in 0..options.epochs {
            if batch < order.len() {
                rng.shuffle(&mut order);
            }
            let (mut sum, mut batches) = (0.0, 0);
            for chosen in order.chunks(batch) {
                let loss = self.loss_and_gradient(&parameters, chosen, step, options.pull, &mut gradient);
                if !loss.is_finite() {
                    fail!(TrainingDiverged, "the loss became {loss} in epoch {epoch}");
                }
                let phase = step as f32 / steps as f32;
                let rate = options.rate * 0.5 * (1.0 + libm::cosf(std::f32::consts::PI * phase));
                adam.step(&mut parameters, &gradient, rate);
                step += 1;
                sum += loss;
                batches += 1;
            }
            let loss = sum / batches as f32;
            let at = Progress { epoch: epoch + 1, epochs: options.epochs, loss };
            if observe(at, &|| self.head_of(&parameters))?.is_break() {
                break;
            }
        }
        Ok(self.head_of(&parameters))
    }

    /// Returns the loss of `parameters` over the `chosen` clips and this step's rehearsal; sets
    /// `gradient` to its gradient.
    fn loss_and_gradient(
        &self,
        parameters: &[f32],
        chosen: &[usize],
        step: usize,
        pull: f32,
        gradient: &mut [f32],
    ) -> f32 {
        gradient.fill(0.0);
        // A batch stands for all clips.
        let (own, total): (f32, f32) =
            (self.weights.iter().sum(), chosen.iter().map(|&index| self.weights[index]).sum());
        let mut loss = 0.0;
        for &index in chosen {
            let weight = if own > 0.0 { self.weights[index] * (own / total) } else { 0.0 };
            loss += self.add_clip(parameters, &self.clips[index], self.classes[index], weight, gradient);
        }
        for (class, clips) in self.prior.iter().flat_map(|prior| prior.rehearsal.iter().enumerate()) {
            if !clips.is_empty() {
                let clip = &clips[step % clips.len()];
                loss += self.add_clip(parameters, clip, class, self.rehearsed[class], gradient);
            }
        }
        loss + self.pull_back(parameters, pull, gradient)
    }

    /// Returns the weighted loss of one clip and adds its gradient to `gradient`.
    fn add_clip(&self, parameters: &[f32], clip: &Clip, class: usize, weight: f32, gradient: &mut [f32]) -> f32 {
        let forward = self.formula.forward(parameters, clip);
        let mut values = forward.logits.clone();
        let loss = weight * self.targets.cross_entropy(&mut values, class);
        values.iter_mut().for_each(|value| *value *= weight);
        self.formula.backward(parameters, clip, &forward, &values, gradient);
        loss
    }

    /// Returns the L2-SP loss and adds its gradient to `gradient`.
    fn pull_back(&self, parameters: &[f32], pull: f32, gradient: &mut [f32]) -> f32 {
        let start = &self.start;
        let (mut first, mut squares) = (0, 0.0);
        for block in &self.blocks {
            let part = first..first + block.length;
            first = part.end;
            if block.pulled {
                squares += pull_block(pull, &parameters[part.clone()], &start[part.clone()], &mut gradient[part]);
            }
        }
        0.5 * pull * squares
    }
}

/// Adds `pull * (weights - start)` to `gradient`; returns the sum of the squared differences.
fn pull_block(pull: f32, weights: &[f32], start: &[f32], gradient: &mut [f32]) -> f32 {
    vectorized(
        #[inline(always)]
        || {
            let mut squares = 0.0;
            // Blocks of differences that stay in the nearest cache.
            let mut differences = [0.0; 256];
            for ((weights, start), gradient) in weights.chunks(256).zip(start.chunks(256)).zip(gradient.chunks_mut(256))
            {
                let differences = &mut differences[..weights.len()];
                let parts = weights.iter().zip(start).zip(gradient);
                for (difference, ((weight, start), gradient)) in differences.iter_mut().zip(parts) {
                    *difference = weight - start;
                    *gradient += pull * *difference;
                }
                squares += dot(differences, differences);
            }
            squares
        },
    )
}

/// The classes that occur, and the label smoothing.
struct Targets {
    occurs: Vec<bool>,
    smoothing: f32,
}

impl Targets {
    /// Returns the cross-entropy of `logits` for `class`; the logits are replaced by their
    /// gradient.
    fn cross_entropy(&self, logits: &mut [f32], class: usize) -> f32 {
        let spread = self.smoothing / self.occurs.iter().filter(|occurs| **occurs).count() as f32;
        let target = |index: usize| match (self.occurs[index], index == class) {
            (false, _) => 0.0,
            (true, true) => 1.0 - self.smoothing + spread,
            (true, false) => spread,
        };
        let scores: Vec<f32> = logits.to_vec();
        for (value, occurs) in logits.iter_mut().zip(&self.occurs) {
            if !occurs {
                *value = f32::NEG_INFINITY;
            }
        }
        let log_sum = softmax(logits);
        let mut loss = 0.0;
        for (index, value) in logits.iter_mut().enumerate() {
            let target = target(index);
            if target > 0.0 {
                loss += target * (log_sum - scores[index]);
            }
            *value -= target;
        }
        loss
    }
}

/// Returns the number of clips of each class; checks dimensions and classes.
pub(super) fn class_counts(head: &Head, samples: &[Weighted<'_>]) -> Result<Vec<usize>> {
    let mut counts = vec![0usize; head.labels().len()];
    for sample in samples {
        let dimension = sample.clip.dimension();
        if dimension != head.dimension() {
            fail!(InvalidOption, "frames have {dimension} values; the head takes {}", head.dimension());
        }
        match counts.get_mut(sample.class) {
            Some(count) => *count += 1,
            None => fail!(
                InvalidOption,
                "class {} does not exist; the head has {} classes",
                sample.class,
                head.labels().len()
            ),
        }
    }
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use mien_nn::math::{add_scaled, argmax};

    use super::*;
    use crate::ErrorKind;
    use crate::head::tests::labels;

    fn blank(classes: usize, dimension: usize) -> Head {
        Head::fresh(labels(classes), dimension, HeadKind::Logistic.body(), None, 1.0).unwrap()
    }

    fn defaults() -> FitOptions {
        FitOptions::for_kind(HeadKind::Logistic)
    }

    fn clips(seed: u64) -> Vec<(Clip, usize)> {
        let mut rng = SplitMix64::new(seed);
        (0..30)
            .map(|i| {
                let class = i % 3;
                let frame: Vec<f32> =
                    (0..6).map(|d| rng.below(100) as f32 / 100.0 + f32::from(u8::from(d == class))).collect();
                (Clip::from_frames(&[frame]).unwrap(), class)
            })
            .collect()
    }

    fn borrowed(clips: &[(Clip, usize)]) -> Vec<Sample<'_>> {
        clips.iter().map(|(clip, class)| (clip, *class)).collect()
    }

    fn keep_on(_: Progress) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    #[test]
    fn separable_classes_are_learned_and_the_loss_falls() {
        let clips = clips(3);
        let mut losses = Vec::new();
        let head = fit(&blank(3, 6), &borrowed(&clips), &defaults(), |progress| {
            losses.push(progress.loss);
            ControlFlow::Continue(())
        })
        .unwrap();
        let right = clips.iter().filter(|(clip, class)| argmax(&head.predict(clip).unwrap().probabilities) == *class);
        assert_eq!(right.count(), 30);
        assert!((losses[0] - 3.0f32.ln()).abs() < 1e-4, "a blank head's loss is ln 3: {}", losses[0]);
        assert!(losses.last().unwrap() < &(0.5 * losses[0]));
    }

    #[test]
    fn the_gradient_vanishes_at_the_optimum_found() {
        // The optimum of a strictly convex loss: weights + pull^-1 * cross-entropy gradient =
        // start.
        let clips = clips(5);
        let options = FitOptions { epochs: 4000, rate: 0.02, pull: 0.1, balanced: false, ..defaults() };
        let head = fit(&blank(3, 6), &borrowed(&clips), &options, keep_on).unwrap();
        let mut gradient: Vec<f32> = head.parameters()[..18].iter().map(|weight| 0.1 * weight).collect();
        for (clip, class) in &clips {
            let mut p = head.predict(clip).unwrap().probabilities;
            p[*class] -= 1.0;
            for (row, p) in gradient.chunks_exact_mut(6).zip(p) {
                add_scaled(row, p / 30.0, clip.frames().next().unwrap());
            }
        }
        assert!(gradient.iter().all(|value| value.abs() < 1e-4), "{gradient:?}");
    }

    #[test]
    fn every_kind_learns_clips_of_different_lengths_in_batches() {
        // The class is the position of the one large value, in one of several frames.
        let mut rng = SplitMix64::new(6);
        let mut clips = Vec::new();
        for index in 0..36 {
            let class = index % 3;
            let length = 2 + rng.below(5);
            let loud = rng.below(length);
            let frame = |t: usize| -> Vec<f32> {
                (0..6).map(|d| if t == loud && d == class { 3.0 } else { 0.02 * d as f32 }).collect()
            };
            clips.push((Clip::from_frames(&(0..length).map(frame).collect::<Vec<_>>()).unwrap(), class));
        }
        for kind in HeadKind::ALL {
            let start = Head::fresh(labels(3), 6, kind.body(), None, 1.0).unwrap();
            let options = FitOptions { batch: 8, pull: 1e-4, ..FitOptions::for_kind(kind) };
            let mut losses = Vec::new();
            let head = fit(&start, &borrowed(&clips), &options, |progress| {
                losses.push(progress.loss);
                ControlFlow::Continue(())
            })
            .unwrap();
            let right =
                clips.iter().filter(|(clip, class)| argmax(&head.predict(clip).unwrap().probabilities) == *class);
            assert_eq!(right.count(), 36, "{kind:?}");
            assert!(losses[199] < 0.5 * losses[0], "{kind:?}: {} {}", losses[0], losses[199]);
        }
        // Attention finds the loud frame.
        let start = Head::fresh(labels(3), 6, HeadKind::SingleAttention.body(), None, 1.0).unwrap();
        let options = FitOptions { pull: 1e-4, ..FitOptions::for_kind(HeadKind::SingleAttention) };
        let head = fit(&start, &borrowed(&clips), &options, keep_on).unwrap();
        let attention = head.predict(&clips[0].0).unwrap().attention.unwrap();
        let loud = clips[0].0.frames().position(|frame| frame[0] == 3.0).unwrap();
        assert_eq!(argmax(&attention), loud, "{attention:?}");
    }

    #[test]
    fn smoothing_leaves_doubt() {
        let clips = clips(3);
        let options = FitOptions { smoothing: 0.3, ..defaults() };
        let sure = fit(&blank(3, 6), &borrowed(&clips), &defaults(), keep_on).unwrap();
        let soft = fit(&blank(3, 6), &borrowed(&clips), &options, keep_on).unwrap();
        let top = |head: &Head| head.predict(&clips[0].0).unwrap().probabilities[0];
        assert!(top(&soft) < top(&sure));
    }

    #[test]
    fn classes_without_clips_keep_their_weights() {
        let clips = clips(11);
        let samples: Vec<_> = borrowed(&clips).into_iter().filter(|(_, class)| *class != 1).collect();
        let head = fit(&blank(3, 6), &samples, &defaults(), keep_on).unwrap();
        assert!(head.parameters()[6..12].iter().all(|weight| *weight == 0.0) && head.parameters()[19] == 0.0);
        // The sum of the first and the third class's weights stays zero.
        for (first, third) in head.parameters()[..6].iter().zip(&head.parameters()[12..18]) {
            assert!((first + third).abs() < 1e-3, "{first} {third}");
        }
    }

    #[test]
    fn the_same_input_gives_the_same_bits() {
        let clips = clips(7);
        let run = || fit(&blank(3, 6), &borrowed(&clips), &defaults(), keep_on).unwrap();
        assert_eq!(run(), run());
    }

    #[test]
    fn learning_stops_at_the_epoch_that_does_best_on_others() {
        let clips = clips(3);
        let samples = borrowed(&clips);
        let (learned, others) = samples.split_at(15);
        // Validation labels are shifted by one: each epoch that learns something is worse.
        let wrong: Vec<Sample<'_>> = others.iter().map(|&(clip, class)| (clip, (class + 1) % 3)).collect();
        let run = |validation: &[Sample<'_>], patience| {
            let mut epochs = 0;
            let found = fit_validated(&blank(3, 6), learned, validation, patience, &defaults(), |at| {
                epochs = at.epoch;
                ControlFlow::Continue(())
            });
            (found.unwrap(), epochs)
        };
        let (found, epochs) = run(&wrong, 7);
        assert_eq!((found.epoch, epochs), (1, 8));
        let (found, epochs) = run(others, 7);
        assert!(found.epoch > 10 && epochs <= 200 && found.loss < 0.5 * 3.0f32.ln(), "{found:?}");
        // The head is that of the best epoch: its loss is the reported one.
        let mean: f32 = others.iter().map(|&(clip, class)| found.head.loss(clip, class).unwrap()).sum::<f32>() / 15.0;
        assert!((mean - found.loss).abs() < 1e-5, "{mean} {}", found.loss);
        let kind = |validation: &[Sample<'_>], patience| {
            fit_validated(&blank(3, 6), learned, validation, patience, &defaults(), keep_on).unwrap_err().kind()
        };
        assert_eq!(kind(&[], 7), ErrorKind::NotEnoughSamples);
        assert_eq!(kind(others, 0), ErrorKind::InvalidOption);
    }

    #[test]
    fn impossible_input_is_refused() {
        let clips = clips(9);
        let samples = borrowed(&clips);
        let kind = |result: Result<Head>| result.unwrap_err().kind();
        let default = defaults();
        assert_eq!(kind(fit(&blank(3, 6), &[], &default, keep_on)), ErrorKind::NotEnoughSamples);
        let one: Vec<_> = samples.iter().copied().filter(|(_, class)| *class == 1).collect();
        assert_eq!(kind(fit(&blank(3, 6), &one, &default, keep_on)), ErrorKind::NotEnoughSamples);
        assert_eq!(kind(fit(&blank(3, 5), &samples, &default, keep_on)), ErrorKind::InvalidOption);
        assert_eq!(kind(fit(&blank(2, 6), &samples, &default, keep_on)), ErrorKind::InvalidOption);
        let bad = FitOptions { rate: f32::NAN, ..default };
        assert_eq!(kind(fit(&blank(3, 6), &samples, &bad, keep_on)), ErrorKind::InvalidOption);
        let stop = fit(&blank(3, 6), &samples, &default, |_| ControlFlow::Break(()));
        assert_eq!(kind(stop), ErrorKind::Cancelled);
        let wild = Clip::from_frames(&[[f32::INFINITY, 0.0, 0.0, 0.0, 0.0, 0.0]]).unwrap();
        let mut poisoned = samples.clone();
        poisoned.push((&wild, 0));
        assert_eq!(kind(fit(&blank(3, 6), &poisoned, &default, keep_on)), ErrorKind::TrainingDiverged);
    }
}
