//! Fitting a head to labelled clips, from the head that is there.
//!
//! The loss is the mean cross-entropy of the clips over the classes that occur among them (the
//! others keep their weights, and the mean logit of those that occur stays where it was), each
//! clip weighed by its class, plus `pull / 2 * |W - W0|^2`, where W0 are the starting weights (L2-SP: Li, Grandvalet & Davoine,
//! ICML 2018). Every step sees all clips; Adam's rate falls from its start to zero by a half
//! cosine. The same input gives the same bits on every machine.

use std::ops::ControlFlow;

use super::adam::Adam;
use crate::error::{Result, fail};
use crate::head::{Clip, Logistic};
use crate::math::{add_scaled, softmax};

/// Options of a fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FitOptions {
    /// Optimisation steps, 1 to 100,000. Default 200.
    pub steps: usize,
    /// Adam's first rate, above 0. Default 0.15.
    pub rate: f32,
    /// Pull towards the starting weights (L2-SP), 0 and up. Default 0.002.
    pub pull: f32,
    /// Whether each class weighs the same, whatever its number of clips. Default true.
    pub balanced: bool,
}

impl Default for FitOptions {
    fn default() -> Self {
        Self { steps: 200, rate: 0.15, pull: 0.002, balanced: true }
    }
}

impl FitOptions {
    fn check(&self) -> Result<()> {
        if !(1..=100_000).contains(&self.steps) {
            fail!(InvalidOption, "steps is {}; it must be 1 to 100000", self.steps);
        }
        if !(self.rate.is_finite() && self.rate > 0.0) {
            fail!(InvalidOption, "rate is {}; it must be above 0", self.rate);
        }
        if !(self.pull.is_finite() && self.pull >= 0.0) {
            fail!(InvalidOption, "pull is {}; it must be 0 or more", self.pull);
        }
        Ok(())
    }
}

/// A clip with the index of its class among the head's labels.
pub type Sample<'a> = (&'a Clip, usize);

/// Where a fit stands; the callback that gets it may stop the fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Steps done.
    pub step: usize,
    /// Steps in all.
    pub steps: usize,
    /// The loss before the last step.
    pub loss: f32,
}

/// The head that `start` becomes by learning `samples`.
///
/// # Errors
/// `NotEnoughSamples` without samples or with one class only, `InvalidOption` for an option,
/// dimension or class out of range, `TrainingDiverged` where the loss is not finite,
/// `Cancelled` where `progress` breaks.
pub fn fit(
    start: &Logistic,
    samples: &[Sample<'_>],
    options: &FitOptions,
    mut progress: impl FnMut(Progress) -> ControlFlow<()>,
) -> Result<Logistic> {
    options.check()?;
    let counts = class_counts(start, samples)?;
    let weights_of_clips = clip_weights(samples, &counts, options.balanced);
    let descriptors: Vec<Vec<f32>> = samples.iter().map(|(clip, _)| start.pooling.describe(clip)).collect();
    let length = start.pooling.descriptor_length(start.dimension);
    let mut head = start.clone();
    let (mut weights_state, mut bias_state) = (Adam::new(head.weights.len()), Adam::new(head.bias.len()));
    for step in 0..options.steps {
        let mut loss = 0.0;
        let mut gradient = vec![0.0; head.weights.len()];
        let mut bias_gradient = vec![0.0; head.bias.len()];
        for ((descriptor, &(_, class)), &weight) in descriptors.iter().zip(samples).zip(&weights_of_clips) {
            let mut values = head.logits(descriptor);
            for (value, &count) in values.iter_mut().zip(&counts) {
                if count == 0 {
                    *value = f32::NEG_INFINITY;
                }
            }
            let score = values[class];
            loss += weight * (softmax(&mut values) - score);
            values[class] -= 1.0;
            for (index, (row, value)) in gradient.chunks_exact_mut(length).zip(values).enumerate() {
                add_scaled(row, weight * value, descriptor);
                bias_gradient[index] += weight * value;
            }
        }
        for ((gradient, weight), anchor) in gradient.iter_mut().zip(&head.weights).zip(&start.weights) {
            let difference = weight - anchor;
            loss += 0.5 * options.pull * difference * difference;
            *gradient += options.pull * difference;
        }
        if !loss.is_finite() {
            fail!(TrainingDiverged, "the loss became {loss} at step {step}");
        }
        let phase = step as f32 / options.steps as f32;
        let rate = options.rate * 0.5 * (1.0 + libm::cosf(std::f32::consts::PI * phase));
        weights_state.step(&mut head.weights, &gradient, rate);
        bias_state.step(&mut head.bias, &bias_gradient, rate);
        if progress(Progress { step: step + 1, steps: options.steps, loss }).is_break() {
            fail!(Cancelled, "the training was cancelled");
        }
    }
    Ok(head)
}

/// How many clips each class has, with everything checked.
fn class_counts(head: &Logistic, samples: &[Sample<'_>]) -> Result<Vec<usize>> {
    let mut counts = vec![0usize; head.labels.len()];
    for (clip, class) in samples {
        if clip.dimension() != head.dimension {
            fail!(InvalidOption, "frames have {} values; the head takes {}", clip.dimension(), head.dimension);
        }
        match counts.get_mut(*class) {
            Some(count) => *count += 1,
            None => fail!(InvalidOption, "class {class} is beyond the head's {} classes", head.labels.len()),
        }
    }
    let classes = counts.iter().filter(|&&count| count > 0).count();
    if classes < 2 {
        fail!(
            NotEnoughSamples,
            "{classes} class among {} clips; at least two classes are needed to learn",
            samples.len()
        );
    }
    Ok(counts)
}

/// One weight a clip, summing to 1; with `balanced`, each class that occurs gets an equal share.
fn clip_weights(samples: &[Sample<'_>], counts: &[usize], balanced: bool) -> Vec<f32> {
    let classes = counts.iter().filter(|&&count| count > 0).count();
    let weight = |class: usize| if balanced { classes * counts[class] } else { samples.len() };
    samples.iter().map(|(_, class)| 1.0 / weight(*class) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;
    use crate::head::Pooling;
    use crate::math::SplitMix64;

    fn blank(classes: usize, dimension: usize) -> Logistic {
        let labels = (0..classes).map(|i| format!("class{i}")).collect();
        Logistic::fresh(labels, dimension, Pooling::Mean, None, 1.0).unwrap()
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
    fn separable_classes_are_learnt_and_the_loss_falls() {
        let clips = clips(3);
        let mut losses = Vec::new();
        let head = fit(&blank(3, 6), &borrowed(&clips), &FitOptions::default(), |progress| {
            losses.push(progress.loss);
            ControlFlow::Continue(())
        })
        .unwrap();
        let right =
            clips.iter().filter(|(clip, class)| crate::math::argmax(&head.probabilities(clip).unwrap()) == *class);
        assert_eq!(right.count(), 30);
        assert!((losses[0] - 3.0f32.ln()).abs() < 1e-4, "a blank head's loss is ln 3: {}", losses[0]);
        assert!(losses.last().unwrap() < &(0.5 * losses[0]));
    }

    #[test]
    fn the_gradient_vanishes_at_the_optimum_found() {
        // The optimum of a strictly convex loss: weights + pull^-1 * cross-entropy gradient = start.
        let clips = clips(5);
        let options = FitOptions { steps: 4000, rate: 0.02, pull: 0.1, balanced: false };
        let head = fit(&blank(3, 6), &borrowed(&clips), &options, keep_on).unwrap();
        let mut gradient: Vec<f32> = head.weights.iter().map(|weight| 0.1 * weight).collect();
        for (clip, class) in &clips {
            let mut p = head.probabilities(clip).unwrap();
            p[*class] -= 1.0;
            for (row, p) in gradient.chunks_exact_mut(6).zip(p) {
                add_scaled(row, p / 30.0, clip.frames().next().unwrap());
            }
        }
        assert!(gradient.iter().all(|value| value.abs() < 1e-4), "{gradient:?}");
    }

    #[test]
    fn classes_without_clips_keep_their_weights() {
        let clips = clips(11);
        let samples: Vec<_> = borrowed(&clips).into_iter().filter(|(_, class)| *class != 1).collect();
        let head = fit(&blank(3, 6), &samples, &FitOptions::default(), keep_on).unwrap();
        assert!(head.weights[6..12].iter().all(|weight| *weight == 0.0) && head.bias[1] == 0.0);
        // What one class gains the other loses.
        for (first, third) in head.weights[..6].iter().zip(&head.weights[12..]) {
            assert!((first + third).abs() < 1e-3, "{first} {third}");
        }
    }

    #[test]
    fn the_same_input_gives_the_same_bits() {
        let clips = clips(7);
        let run = || fit(&blank(3, 6), &borrowed(&clips), &FitOptions::default(), keep_on).unwrap();
        assert_eq!(run(), run());
    }

    #[test]
    fn what_cannot_work_is_refused() {
        let clips = clips(9);
        let samples = borrowed(&clips);
        let kind = |result: Result<Logistic>| result.unwrap_err().kind();
        let default = FitOptions::default();
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
