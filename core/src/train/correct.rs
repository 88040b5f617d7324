//! Learning from corrections: a user says while watching what a shown emotion really was.
//!
//! 1. *Step*, a few milliseconds: a short fit of the base head (the user's generation, else the
//!    generic head) on all stored corrections with L2-SP, with rehearsal samples if the generic head
//!    has statistics. It always starts at the base, so a removed correction leaves no trace.
//! 2. *Full fit*, in the background: more epochs, and a gate. The gate asks heads that did not learn
//!    a correction for it. A correction is there because the head was wrong, which every other head
//!    beats; so a contradicted label is taken out of both answers before they are compared.
//!
//! *Trust.* People slip, so a correction is believed as far as Bayes' rule allows: with p the
//! probability of its class by heads that learned the other corrections (by the base head if there are
//! none) and s the chance of a slip, spread over the other classes,
//! `p (1 - s) / (p (1 - s) + (1 - p) s / (classes - 1))`. One that is more probably a slip than not
//! waits until others bear it out. A newer correction of a class weighs more than an older one
//! ([`FADING`]).
//!
//! *Pull.* The result lies between the base and the fitted head, at `n / (n + n0)` of the way for
//! corrections of a total weight n: a single one moves the head a little, many move it all the way. The
//! step goes further only as far as the newest correction, if it is believed, needs to be answered.

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
#[derive(Clone, Copy)]
pub struct Example<'a> {
    /// The frame vectors.
    pub clip: &'a Clip,
    /// The index of the class that the user says.
    pub class: usize,
    /// The index of the class that was shown and is wrong; `None` if the user confirmed the answer.
    pub contradicted: Option<usize>,
}

impl std::fmt::Debug for Example<'_> {
    /// Shows the number of frames only: the content is personal.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Example({} frames)", self.clip.len())
    }
}

/// Epochs of the step and of the full fit.
const STEP_EPOCHS: usize = 20;
const FULL_EPOCHS: usize = 60;

/// How corrections are believed; chosen on KDEF by `mien eval corrections`.
struct Belief {
    /// Chance that a user who speaks names a wrong label.
    slip: f32,
    /// Total weight of corrections that moves the head half of the way to the fitted one.
    half: f32,
}

/// With statistics of other people, which keep the head steady, a correction can be judged by them.
const STEADY: Belief = Belief { slip: 0.2, half: 2.0 };

/// The network's own last layer calls true answers improbable more often, and its fit is gentle.
const ALONE: Belief = Belief { slip: 0.02, half: 0.3 };

/// Minimum trust in a correction that takes part.
const MIN_TRUST: f32 = 0.5;

/// Factors of the step's epochs, and divisors of its pull, that are tried until the newest correction is
/// the answer, if it is believed ...
const LONGER: [usize; 3] = [1, 3, 10];

/// ... and shares of the rest of the way to the fitted head: as little as is needed (as in
/// passive-aggressive learning: Crammer et al., JMLR 2006).
const STRETCHES: [f32; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];

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

/// Minimum number of corrections for the gate.
pub const MIN_CORRECTIONS: usize = 4;

/// Learns corrections on top of a base head.
#[derive(Clone, Copy)]
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
#[derive(Clone, PartialEq)]
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

impl std::fmt::Debug for Relearned {
    /// Shows whether there is a head, not the head: it is personal.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (refusal, before, estimated) = (self.refusal, self.loss_before, self.loss_estimated);
        write!(f, "Relearned(head {}, {refusal:?}, loss {before} -> {estimated:?})", self.head.is_some())
    }
}

impl<'a> Corrector<'a> {
    /// Returns the head that the corrections lead to, after a short fit; oldest correction first.
    /// `None` if none of them is believed: the base head answers.
    ///
    /// # Errors
    /// `InvalidOption` for a class or dimension that the head lacks; `TrainingDiverged`.
    pub fn step(&self, examples: &[Example<'_>]) -> Result<Option<Head>> {
        let weights = self.weights(examples)?;
        let believed = believed(examples, &weights);
        // One that is not believed changes nothing.
        let newest = examples.last().zip(weights.last()).filter(|(_, weight)| **weight > 0.0);
        let mut first = None;
        for longer in LONGER {
            let Some(pulled) = self.pulled(&believed, longer * STEP_EPOCHS, 1.0 / longer as f32)? else {
                return Ok(None);
            };
            for stretch in STRETCHES {
                let head = pulled.head(stretch)?;
                if newest.is_none_or(|(newest, _)| head.classify(newest.clip).is_ok_and(|class| class == newest.class))
                {
                    return Ok(Some(head));
                }
                first.get_or_insert(head);
            }
        }
        Ok(first)
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
        let learn = |examples: &[Example<'_>], weights: &[f32]| {
            let head = self.full(examples, weights)?;
            done += 1;
            go_on(progress(done, folds + 1)).map(|_| head)
        };
        let held_out = held_out(examples, &weights, folds, learn)?;
        let head = self.full(examples, &weights)?;
        let loss_estimated = self.estimate(&held_out, &probabilities(&head, examples)?, examples);
        let refusal = (loss_estimated >= loss_before).then_some(Refusal::NotBetter);
        let head = refusal.is_none().then(|| head.into_owned());
        Ok(Relearned { head, refusal, loss_before, loss_estimated: Some(loss_estimated) })
    }

    /// Fits in full what is believed; the base head if nothing is.
    fn full(&self, examples: &[Example<'_>], weights: &[f32]) -> Result<Cow<'a, Head>> {
        match self.pulled(&believed(examples, weights), FULL_EPOCHS, 1.0)? {
            Some(pulled) => Ok(Cow::Owned(pulled.head(0.0)?)),
            None => self.base(),
        }
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

    fn belief(&self) -> Belief {
        if self.statistics().is_some() { STEADY } else { ALONE }
    }

    /// Weights by age and trust; 0 for a correction that is not believed.
    fn weights(&self, examples: &[Example<'_>]) -> Result<Vec<f32>> {
        let newer =
            |index: usize, class: usize| examples[index + 1..].iter().filter(|other| other.class == class).count();
        let of = |(index, example): (usize, &Example<'_>)| FADING.powi(newer(index, example.class) as i32);
        let mut weights: Vec<f32> = examples.iter().enumerate().map(of).collect();
        let base = self.base()?;
        let answers = match examples {
            [_] => probabilities(&base, examples)?,
            _ => {
                let learn =
                    |others: &[Example<'_>], weights: &[f32]| self.fit(others, weights, STEP_EPOCHS).map(Cow::Owned);
                held_out(examples, &weights, examples.len().min(STEP_FOLDS), learn)?
            }
        };
        let slip = self.belief().slip;
        let each = slip / (base.labels().len() as f32 - 1.0).max(1.0);
        for ((weight, answer), example) in weights.iter_mut().zip(&answers).zip(examples) {
            let right = (1.0 - slip) * answer[example.class];
            let trust = right / (right + each * (1.0 - answer[example.class]));
            *weight *= if trust >= MIN_TRUST { trust } else { 0.0 };
        }
        Ok(weights)
    }

    /// Fits what is believed, with the pull toward the base multiplied by `pull`; `None` without corrections.
    fn pulled(&self, believed: &[(Example<'_>, f32)], epochs: usize, pull: f32) -> Result<Option<Pulled>> {
        if believed.is_empty() {
            return Ok(None);
        }
        let (examples, weights): (Vec<Example<'_>>, Vec<f32>) = believed.iter().copied().unzip();
        let fitted = self.fit_with(&examples, &weights, epochs, pull)?;
        let base = self.base()?;
        let start = match fitted.center() {
            Some(center) => base.centered(center.to_vec())?,
            None => base.into_owned(),
        };
        let total: f32 = weights.iter().sum();
        Ok(Some(Pulled { start, fitted, share: total / (total + self.belief().half) }))
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

/// Corrections learned on top of a base head, and how far the result moves from it.
struct Pulled {
    start: Head,
    fitted: Head,
    /// Share of the way from the start to the fitted head.
    share: f32,
}

impl Pulled {
    /// Returns the head that is moved by the share and `stretch` of the rest.
    fn head(&self, stretch: f32) -> Result<Head> {
        self.start.blended(&self.fitted, self.share + stretch * (1.0 - self.share))
    }
}

/// Returns the corrections that have a weight.
fn believed<'a>(examples: &[Example<'a>], weights: &[f32]) -> Vec<(Example<'a>, f32)> {
    examples.iter().copied().zip(weights.iter().copied()).filter(|(_, weight)| *weight > 0.0).collect()
}

/// Returns for each correction the probabilities of a head that `learn` made from the others: in
/// `folds` parts with neighbors in class order in different parts.
fn held_out<'a, 'b>(
    examples: &[Example<'a>],
    weights: &[f32],
    folds: usize,
    mut learn: impl FnMut(&[Example<'a>], &[f32]) -> Result<Cow<'b, Head>>,
) -> Result<Vec<Vec<f32>>> {
    let classes: Vec<usize> = examples.iter().map(|example| example.class).collect();
    let mut held_out = vec![Vec::new(); examples.len()];
    for (out, mut rest) in parts(&classes, folds) {
        rest.sort_unstable();
        let others: Vec<Example<'a>> = rest.iter().map(|&index| examples[index]).collect();
        let of_others: Vec<f32> = rest.iter().map(|&index| weights[index]).collect();
        let head = learn(&others, &of_others)?;
        for index in out {
            held_out[index] = head.predict(examples[index].clip)?.probabilities;
        }
    }
    Ok(held_out)
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

    /// A generic head that reads the class from the first three values, and is unsure.
    fn generic(kind: HeadKind) -> GenericHead {
        sure(kind, 3.0)
    }

    /// The same with logits of another size.
    fn sure(kind: HeadKind, logit: f32) -> GenericHead {
        let layer = mien_nn::LinearLayer {
            weights: (0..3 * EXPRESSION).map(|i| if i % EXPRESSION == i / EXPRESSION { logit } else { 0.0 }).collect(),
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
            let head = corrector.step(&[said(&corrected, 2, Some(1))]).unwrap().unwrap();
            assert_eq!(head.classify(&frame(&mut rng, 1, 2)).unwrap(), 2, "{kind:?}");
            assert_eq!(head.classify(&frame(&mut rng, 0, 0)).unwrap(), 0, "{kind:?}");
            assert_eq!(Some(head), corrector.step(&[said(&corrected, 2, Some(1))]).unwrap(), "the same every time");
        }
    }

    #[test]
    fn a_wrong_line_about_a_sure_answer_waits_until_others_bear_it_out() {
        for kind in HeadKind::ALL {
            let (generic, mut rng) = (sure(kind, 8.0), SplitMix64::new(5));
            let corrector = Corrector { generic: &generic, own: None, expression: EXPRESSION };
            let frames: Vec<Clip> = (0..3).map(|_| frame(&mut rng, 1, 2)).collect();
            let lines: Vec<Example<'_>> = frames.iter().map(|clip| said(clip, 2, Some(1))).collect();
            assert_eq!(corrector.step(&lines[..1]).unwrap(), None, "{kind:?}");
            let head = corrector.step(&lines).unwrap();
            let head = head.unwrap_or_else(|| panic!("{kind:?}: {:?}", corrector.weights(&lines)));
            assert_eq!(head.classify(&frame(&mut rng, 1, 2)).unwrap(), 2, "{kind:?}");
        }
    }

    #[test]
    fn nothing_personal_is_in_debug_output() {
        let clip = Clip::from_frames(&[[0.123_f32; D]]).unwrap();
        let shown = format!("{:?}", said(&clip, 2, None));
        assert_eq!(shown, "Example(1 frames)");
        let relearned = Relearned {
            head: Some(generic(HeadKind::Logistic).head),
            refusal: None,
            loss_before: 1.0,
            loss_estimated: None,
        };
        assert_eq!(format!("{relearned:?}"), "Relearned(head true, None, loss 1 -> None)");
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
        assert_eq!(corrector.step(&examples).unwrap().unwrap().classify(&frames[3].0).unwrap(), 0);
    }

    #[test]
    fn older_corrections_of_a_class_fade() {
        let (generic, mut rng) = (generic(HeadKind::Logistic), SplitMix64::new(3));
        let corrector = Corrector { generic: &generic, own: None, expression: EXPRESSION };
        let frames: Vec<Clip> = [1, 0, 1].into_iter().map(|class| frame(&mut rng, class, class)).collect();
        let examples = [said(&frames[0], 1, None), said(&frames[1], 0, None), said(&frames[2], 1, None)];
        let weights = corrector.weights(&examples).unwrap();
        assert!(weights.iter().all(|weight| (0.8..1.0).contains(weight)), "{weights:?}");
        assert!((weights[0] / weights[2] - FADING).abs() < 0.02, "{weights:?}");
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
