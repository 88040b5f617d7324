//! Learning from corrections: a user says while watching what a shown emotion really was.
//!
//! 1. *Step*, a few milliseconds: a short fit of the base head (the user's generation, else the
//!    generic head) on all stored corrections with L2-SP, with rehearsal samples if the generic head
//!    has statistics. It always starts at the base, so a removed correction leaves no trace.
//! 2. *Full fit*, in the background: more epochs, and a gate. The gate asks heads that did not learn
//!    a correction for it. A correction is there because the head was wrong, which every other head
//!    beats; so a contradicted label is taken out of both answers before they are compared.
//!
//! *Weights.* A newer correction of a class weighs more than an older one ([`FADING`]). A correction
//! that heads learned from the others find improbable weighs less (as the soft weights of
//! Bootstrapping: Reed et al., ICLR workshop 2015): a slip of the finger contradicts the others.

use std::borrow::Cow;
use std::ops::ControlFlow;

use mien_nn::math::softmax;

use super::adapt::{Refusal, prior};
use super::fit::{FitOptions, Lesson, Prior, Weighted, go_on};
use super::generic::GenericHead;
use super::held_out::{HELD_OUT_SHARE, TEMPERATURES, logits_at, parts};
use super::statistics::ClassStatistics;
use crate::error::{Result, fail};
use crate::head::{Clip, Head, HeadKind, MIN_PROBABILITY, loss_of};

/// A corrected or confirmed clip.
#[derive(Debug, Clone, Copy)]
pub struct Example<'a> {
    /// The frame vectors.
    pub clip: &'a Clip,
    /// The index of the class that the user says.
    pub class: usize,
    /// The index of the class that was shown and is wrong; `None` if the user confirmed the answer.
    pub contradicted: Option<usize>,
}

/// Epochs of the step and of the full fit.
const STEP_EPOCHS: usize = 20;
const FULL_EPOCHS: usize = 60;

/// Probability of the newest correction's class from which on it counts as learned: enough for the
/// next frames, which differ a little, to be answered so too.
const LEARNED: f32 = 0.5;

/// Factors of the step's epochs, and divisors of its pull, that are tried until the newest correction
/// is learned.
const LONGER: [usize; 2] = [3, 10];

/// Parts in which corrections are checked against each other, and held out of the full fit.
const STEP_FOLDS: usize = 4;
const FULL_FOLDS: usize = 10;

/// Rehearsal samples drawn per class: few, since drawing them takes most of a step's time.
const DRAWS: usize = 4;

/// Share of each corrected class's loss given to the rehearsal.
const REHEARSAL: f32 = 0.3;

/// Without statistics of other people: divisor of the generic head's logits during the fit, factor
/// of the values that describe the face (they are the same in all frames of a user, so a correction
/// would shift every answer by them), factor of the rate, and pull toward the start (chosen on KDEF
/// by `mien eval corrections --fresh`).
const ALONE_TEMPERATURE: f32 = 4.0;
const ALONE_FACE: f32 = 0.3;
const ALONE_RATE: f32 = 0.3;
const ALONE_PULL: f32 = 0.03;

/// Weight of a correction relative to the next newer one of its class.
const FADING: f32 = 0.9;

/// Number of corrections from which they are checked against each other.
const CHECKED_FROM: usize = 4;

/// Minimum weight of a correction that the others contradict.
const MIN_TRUST: f32 = 0.1;

/// Minimum number of corrections for the gate.
pub const MIN_CORRECTIONS: usize = 4;

/// Learns corrections on top of a base head.
#[derive(Debug, Clone, Copy)]
pub struct Corrector<'a> {
    /// The generic head.
    pub generic: &'a GenericHead,
    /// The user's own head, if the user has one.
    pub own: Option<&'a Head>,
    /// Number of leading values of a frame that are expression features; the others describe the
    /// face.
    pub expression: usize,
}

/// The outcome of [`Corrector::learn`].
#[derive(Debug, Clone, PartialEq)]
pub struct Relearned {
    /// The new head; `None` if it was refused.
    pub head: Option<Head>,
    /// Why it was refused.
    pub refusal: Option<Refusal>,
    /// Mean loss of the base head on the corrections, without the contradicted labels.
    pub loss_before: f32,
    /// The same of heads that did not learn the correction; `None` if there are too few.
    pub loss_estimated: Option<f32>,
}

impl<'a> Corrector<'a> {
    /// Returns the head that the corrections lead to, after a short fit; oldest correction first. The
    /// fit is longer if the newest one is trusted and not learned yet.
    ///
    /// # Errors
    /// `InvalidOption` for a class or dimension that the head lacks; `TrainingDiverged`.
    pub fn step(&self, examples: &[Example<'_>]) -> Result<Head> {
        let weights = self.weights(examples)?;
        let mut head = self.fit(examples, &weights, STEP_EPOCHS)?;
        if let (Some(newest), Some(&weight)) = (examples.last(), weights.last()) {
            for longer in LONGER {
                if weight < 0.5 || head.predict(newest.clip)?.probabilities[newest.class] >= LEARNED {
                    break;
                }
                head = self.fit_with(examples, &weights, longer * STEP_EPOCHS, 1.0 / longer as f32)?;
            }
        }
        Ok(head)
    }

    /// Fits a head in full and judges it. If `progress` breaks, it is cancelled.
    ///
    /// # Errors
    /// As in [`Corrector::step`]; `NotEnoughSamples` without corrections; `Cancelled`.
    pub fn learn(
        &self,
        examples: &[Example<'_>],
        mut progress: impl FnMut(usize, usize) -> ControlFlow<()>,
    ) -> Result<Relearned> {
        if examples.is_empty() {
            fail!(NotEnoughSamples, "there is no correction to learn from");
        }
        let folds = examples.len().min(FULL_FOLDS);
        let base = self.base()?;
        let before = probabilities(&base, examples)?;
        let loss_before = lowest(|temperature| {
            let losses = before.iter().zip(examples).map(|(answer, example)| loss_at(temperature, answer, example));
            losses.sum::<f32>() / examples.len() as f32
        });
        if examples.len() < MIN_CORRECTIONS {
            return Ok(Relearned {
                head: None,
                refusal: Some(Refusal::TooFewClips),
                loss_before,
                loss_estimated: None,
            });
        }
        let weights = self.weights(examples)?;
        let mut done = 0;
        let held_out = self.held_out(examples, &weights, folds, FULL_EPOCHS, || {
            done += 1;
            go_on(progress(done, folds + 1)).map(drop)
        })?;
        let head = self.fit(examples, &weights, FULL_EPOCHS)?;
        let loss_estimated = self.estimate(&held_out, &probabilities(&head, examples)?, examples);
        let refusal = (loss_estimated >= loss_before).then_some(Refusal::NotBetter);
        let head = refusal.is_none().then_some(head);
        Ok(Relearned { head, refusal, loss_before, loss_estimated: Some(loss_estimated) })
    }

    /// Estimates the loss of a new head: of the heads that did not learn the correction, or, for a
    /// class with one correction only, a mean with the loss of the head that did.
    fn estimate(&self, held_out: &[Vec<f32>], learned: &[Vec<f32>], examples: &[Example<'_>]) -> f32 {
        let alone = |example: &Example<'_>| examples.iter().filter(|other| other.class == example.class).count() == 1;
        lowest(|temperature| {
            let cases = examples.iter().zip(held_out.iter().zip(learned));
            let loss = |(example, (held_out, learned)): (&Example<'_>, (&Vec<f32>, &Vec<f32>))| {
                let held_out = loss_at(temperature, held_out, example);
                if alone(example) {
                    HELD_OUT_SHARE * held_out + (1.0 - HELD_OUT_SHARE) * loss_at(temperature, learned, example)
                } else {
                    held_out
                }
            };
            cases.map(loss).sum::<f32>() / examples.len() as f32
        })
    }

    /// The head without corrections, with honest probabilities.
    fn base(&self) -> Result<Cow<'a, Head>> {
        Ok(match self.own {
            Some(own) => Cow::Borrowed(own),
            None => Cow::Owned(self.generic.calibrated()?),
        })
    }

    /// The statistics of other people, if they fit the base head.
    fn statistics(&self) -> Option<&'a ClassStatistics> {
        let fits = self.own.is_none_or(|own| {
            own.labels() == self.generic.head.labels() && own.dimension() == self.generic.head.dimension()
        });
        self.generic.statistics.as_ref().filter(|_| fits)
    }

    /// Weights by age, and by what the other corrections say.
    fn weights(&self, examples: &[Example<'_>]) -> Result<Vec<f32>> {
        let newer =
            |index: usize, class: usize| examples[index + 1..].iter().filter(|other| other.class == class).count();
        let of = |(index, example): (usize, &Example<'_>)| FADING.powi(newer(index, example.class) as i32);
        let mut weights: Vec<f32> = examples.iter().enumerate().map(of).collect();
        if examples.len() < CHECKED_FROM {
            return Ok(weights);
        }
        let folds = examples.len().min(STEP_FOLDS);
        let held_out = self.held_out(examples, &weights, folds, STEP_EPOCHS, || Ok(()))?;
        let even = 1.0 / self.base()?.labels().len() as f32;
        for ((weight, answer), example) in weights.iter_mut().zip(&held_out).zip(examples) {
            *weight *= (remaining(answer, example) / even).clamp(MIN_TRUST, 1.0);
        }
        Ok(weights)
    }

    /// Returns for each correction the probabilities of a head that learned the others: in `folds`
    /// parts with neighbors in class order in different parts.
    fn held_out(
        &self,
        examples: &[Example<'_>],
        weights: &[f32],
        folds: usize,
        epochs: usize,
        mut done: impl FnMut() -> Result<()>,
    ) -> Result<Vec<Vec<f32>>> {
        let classes: Vec<usize> = examples.iter().map(|example| example.class).collect();
        let mut held_out = vec![Vec::new(); examples.len()];
        for (out, mut rest) in parts(&classes, folds) {
            rest.sort_unstable();
            let others: Vec<Example<'_>> = rest.iter().map(|&index| examples[index]).collect();
            let of_others: Vec<f32> = rest.iter().map(|&index| weights[index]).collect();
            let head = self.fit(&others, &of_others, epochs)?;
            for index in out {
                held_out[index] = head.predict(examples[index].clip)?.probabilities;
            }
            done()?;
        }
        Ok(held_out)
    }

    /// Fits the base head to the corrections.
    fn fit(&self, examples: &[Example<'_>], weights: &[f32], epochs: usize) -> Result<Head> {
        self.fit_with(examples, weights, epochs, 1.0)
    }

    /// Fits the base head with the pull toward it multiplied by `pull`.
    fn fit_with(&self, examples: &[Example<'_>], weights: &[f32], epochs: usize, pull: f32) -> Result<Head> {
        let Some(statistics) = self.statistics() else { return self.fit_alone(examples, weights, epochs, pull) };
        let base = self.base()?;
        let mut start = base.clone().into_owned();
        if start.center().is_none()
            && let Some(offset) = statistics.offset(examples.iter().map(|example| (example.clip, example.class)))
        {
            start = start.centered(offset)?;
        }
        let rehearsed = FitOptions::rehearsed(base.kind());
        let options = FitOptions { epochs, pull: pull * rehearsed.pull, ..rehearsed };
        let prior = prior(statistics, &base, REHEARSAL, DRAWS, options.seed);
        learn(&start, examples, weights, &Prior { weighs_classes: true, ..prior }, &options)
    }

    /// Fits without knowledge of other people: all classes take part, so that a correction lowers
    /// what was shown.
    fn fit_alone(&self, examples: &[Example<'_>], weights: &[f32], epochs: usize, pull: f32) -> Result<Head> {
        let (base, during, honest) = match self.own {
            Some(own) => (own, 1.0, 1.0),
            None => (&self.generic.head, ALONE_TEMPERATURE, self.generic.temperature()),
        };
        let values = 0..base.dimension();
        let scale = values.map(|index| if index < self.expression { 1.0 } else { ALONE_FACE }).collect();
        let prior = Prior { scale, rehearsal: Vec::new(), share: 0.0, every_class: true, weighs_classes: true };
        let rehearsed = FitOptions::rehearsed(base.kind());
        // The rates of the attention heads are low already.
        let rate = if base.kind() == HeadKind::Logistic { ALONE_RATE } else { 1.0 };
        let options = FitOptions { epochs, rate: rate * rehearsed.rate, pull: pull * ALONE_PULL, ..rehearsed };
        learn(&base.softened(during)?, examples, weights, &prior, &options)?.softened(honest / during)
    }
}

fn learn(start: &Head, examples: &[Example<'_>], weights: &[f32], prior: &Prior, options: &FitOptions) -> Result<Head> {
    let lesson = Lesson::new(start, &weighted(examples, weights), Some(prior), options)?;
    lesson.learn(options, |_, _| Ok(ControlFlow::Continue(())))
}

fn weighted<'a>(examples: &[Example<'a>], weights: &[f32]) -> Vec<Weighted<'a>> {
    let weighted =
        |(example, &weight): (&Example<'a>, &f32)| Weighted { clip: example.clip, class: example.class, weight };
    examples.iter().zip(weights).map(weighted).collect()
}

fn probabilities(head: &Head, examples: &[Example<'_>]) -> Result<Vec<Vec<f32>>> {
    examples.iter().map(|example| Ok(head.predict(example.clip)?.probabilities)).collect()
}

/// The probability of the correction's class among the classes that were not contradicted.
fn remaining(probabilities: &[f32], example: &Example<'_>) -> f32 {
    let contradicted = example.contradicted.map_or(0.0, |class| probabilities[class]);
    probabilities[example.class] / (1.0 - contradicted).max(MIN_PROBABILITY)
}

/// The loss of an answer whose logits are divided by `temperature`, without the contradicted label.
fn loss_at(temperature: f32, answer: &[f32], example: &Example<'_>) -> f32 {
    let mut values = logits_at(temperature, answer);
    softmax(&mut values);
    loss_of(remaining(&values, example))
}

/// The lowest value over temperatures: overconfidence alone decides nothing.
fn lowest(loss: impl Fn(f32) -> f32) -> f32 {
    TEMPERATURES.into_iter().map(loss).fold(f32::INFINITY, f32::min)
}

#[cfg(test)]
mod tests {
    use mien_nn::math::SplitMix64;

    use super::*;
    use crate::ErrorKind;

    const D: usize = 12;
    const EXPRESSION: usize = 6;

    /// A generic head that reads the class from the first three values.
    fn generic(kind: HeadKind) -> GenericHead {
        let layer = mien_nn::LinearLayer {
            weights: (0..3 * EXPRESSION).map(|i| if i % EXPRESSION == i / EXPRESSION { 6.0 } else { 0.0 }).collect(),
            bias: vec![0.0; 3],
        };
        let labels = ["neutral", "happy", "sad"].map(str::to_owned).to_vec();
        GenericHead::fresh(Head::fresh(labels, D, kind.body(), Some(&layer), 1.0).unwrap(), 1.0)
    }

    /// A frame of a person whose `shows` looks like another class to the generic head.
    fn frame(rng: &mut SplitMix64, looks_like: usize, really: usize) -> Clip {
        let frame: Vec<f32> = (0..D)
            .map(|d| {
                let class = f32::from(u8::from(d == looks_like)) + f32::from(u8::from(d == 3 + really));
                class + if d < EXPRESSION { 0.05 * rng.normal() } else { 0.3 }
            })
            .collect();
        Clip::from_frames(&[frame]).unwrap()
    }

    fn said(clip: &Clip, class: usize, contradicted: Option<usize>) -> Example<'_> {
        Example { clip, class, contradicted }
    }

    fn keep_on(_: usize, _: usize) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    #[test]
    fn one_correction_changes_that_answer_and_leaves_what_differs() {
        for kind in HeadKind::ALL {
            let (generic, mut rng) = (generic(kind), SplitMix64::new(1));
            let corrector = Corrector { generic: &generic, own: None, expression: EXPRESSION };
            // This person's sad looks happy.
            let corrected = frame(&mut rng, 1, 2);
            assert_eq!(generic.head.classify(&corrected).unwrap(), 1);
            let head = corrector.step(&[said(&corrected, 2, Some(1))]).unwrap();
            assert_eq!(head.classify(&frame(&mut rng, 1, 2)).unwrap(), 2, "{kind:?}");
            assert_eq!(head.classify(&frame(&mut rng, 0, 0)).unwrap(), 0, "{kind:?}");
            assert_eq!(head, corrector.step(&[said(&corrected, 2, Some(1))]).unwrap(), "the same every time");
        }
    }

    #[test]
    fn a_slip_among_other_corrections_weighs_little() {
        let (generic, mut rng) = (generic(HeadKind::Logistic), SplitMix64::new(2));
        let corrector = Corrector { generic: &generic, own: None, expression: EXPRESSION };
        let frames: Vec<(Clip, usize)> =
            [0, 1, 2, 0, 1, 2, 0, 1].into_iter().map(|class| (frame(&mut rng, class, class), class)).collect();
        let mut examples: Vec<Example<'_>> = frames.iter().map(|(clip, class)| said(clip, *class, None)).collect();
        examples[3].class = 2;
        let weights = corrector.weights(&examples).unwrap();
        let honest = weights.iter().enumerate().filter(|(index, _)| *index != 3).map(|(_, weight)| *weight);
        assert!(weights[3] < 0.5 * honest.fold(f32::INFINITY, f32::min), "{weights:?}");
        assert_eq!(corrector.step(&examples).unwrap().classify(&frames[3].0).unwrap(), 0);
    }

    #[test]
    fn older_corrections_of_a_class_fade() {
        let (generic, mut rng) = (generic(HeadKind::Logistic), SplitMix64::new(3));
        let corrector = Corrector { generic: &generic, own: None, expression: EXPRESSION };
        let frames: Vec<Clip> = (0..3).map(|_| frame(&mut rng, 1, 1)).collect();
        let examples = [said(&frames[0], 1, None), said(&frames[1], 0, None), said(&frames[2], 1, None)];
        assert_eq!(corrector.weights(&examples).unwrap(), [FADING, 1.0, 1.0]);
    }

    #[test]
    fn the_gate_accepts_what_the_corrections_bear_out_and_refuses_the_rest() {
        let (generic, mut rng) = (generic(HeadKind::Logistic), SplitMix64::new(4));
        let corrector = Corrector { generic: &generic, own: None, expression: EXPRESSION };
        // This person's neutral looks sad, and the user says so each time.
        let honest: Vec<Clip> = (0..8).map(|_| frame(&mut rng, 2, 0)).collect();
        let honest: Vec<Example<'_>> = honest.iter().map(|clip| said(clip, 0, Some(2))).collect();
        let relearned = corrector.learn(&honest, keep_on).unwrap();
        let (before, after) = (relearned.loss_before, relearned.loss_estimated.unwrap());
        assert!(after < before && relearned.refusal.is_none(), "{relearned:?}");
        assert_eq!(relearned.head.unwrap().classify(&frame(&mut rng, 2, 0)).unwrap(), 0);
        // Random words about the same face.
        let mut refused = 0;
        for seed in 0..20 {
            let mut rng = SplitMix64::new(100 + seed);
            let frames: Vec<Clip> = (0..8).map(|_| frame(&mut rng, 2, 0)).collect();
            let random: Vec<Example<'_>> = frames.iter().map(|clip| said(clip, rng.below(2), Some(2))).collect();
            refused += usize::from(corrector.learn(&random, keep_on).unwrap().refusal == Some(Refusal::NotBetter));
        }
        assert!(refused >= 10, "{refused} of 20");
        let few = corrector.learn(&honest[..MIN_CORRECTIONS - 1], keep_on).unwrap();
        assert_eq!((few.head, few.refusal), (None, Some(Refusal::TooFewClips)));
        assert_eq!(corrector.learn(&[], keep_on).unwrap_err().kind(), ErrorKind::NotEnoughSamples);
        let cancelled = corrector.learn(&honest, |_, _| ControlFlow::Break(()));
        assert_eq!(cancelled.unwrap_err().kind(), ErrorKind::Cancelled);
    }
}
