//! Training of a user's heads on clips.

use std::ops::ControlFlow;

use mien_nn::math::{SplitMix64, argmax};

use super::center::offset;
use super::report::Mode;
use super::{AdaptOptions, PseudoLabels, TrainingClip};
use crate::error::Result;
use crate::head::{Clip, Head};
use crate::train::fit::{FitOptions, Lesson, Prior, Progress, Sample, Weighted, go_on};
use crate::train::generic::GenericHead;
use crate::train::statistics::ClassStatistics;

/// Where training starts.
pub(super) struct Start<'a> {
    pub generic: &'a GenericHead,
    /// Whether the generic head tells the user's emotions apart at all.
    pub reads_face: bool,
}

/// Trains heads on samples.
pub(super) struct Teacher<'a, P> {
    pub generic: &'a GenericHead,
    reads_face: bool,
    statistics: Option<&'a ClassStatistics>,
    prior: Option<Prior>,
    unlabeled: &'a [&'a Clip],
    pseudo_labels: Option<PseudoLabels>,
    fit: FitOptions,
    /// Divisor of the logits after a fit with rehearsal.
    temperature: f32,
    /// The numbers of epochs to try, rising; 0 is the start with the user's offset.
    pub tried: Vec<usize>,
    pub folds: usize,
    progress: P,
    /// Epochs of the previous fits, and of all fits.
    done: usize,
    planned: usize,
}

/// Heads trained on the same clips, one per number of epochs.
pub(super) struct Taught {
    pub heads: Vec<Head>,
    pub pseudo_labeled: usize,
}

impl<'a, P: FnMut(Progress) -> ControlFlow<()>> Teacher<'a, P> {
    pub fn new(
        Start { generic, reads_face }: Start<'a>,
        mode: Mode,
        unlabeled: &'a [&'a Clip],
        options: &AdaptOptions,
        clips: usize,
        progress: P,
    ) -> Result<Self> {
        let kind = generic.head.kind();
        let statistics = generic.statistics.as_ref();
        let fit = options.fit.unwrap_or_else(|| match statistics {
            Some(_) => FitOptions::rehearsed(kind),
            None => FitOptions::for_kind(kind),
        });
        let centering = statistics.filter(|_| options.centered);
        let tried = match mode {
            Mode::Baseline => vec![0],
            Mode::Labeled => {
                let mut tried = vec![fit.epochs.div_ceil(4), fit.epochs.div_ceil(2), fit.epochs];
                tried.dedup();
                if centering.is_some() {
                    tried.insert(0, 0);
                }
                tried
            }
        };
        // A single clip cannot be held out.
        let folds = if clips < 2 { 0 } else { options.folds.min(clips) };
        let prior = statistics
            .filter(|_| mode == Mode::Labeled)
            .map(|statistics| prior(statistics, &generic.head, options.rehearsal, DRAWS, fit.seed));
        let stages = if unlabeled.is_empty() || options.pseudo_labels.is_none() { 1 } else { 2 };
        let fits = if tried == [0] { 0 } else { stages * (1 + folds) };
        Ok(Self {
            generic,
            reads_face,
            statistics: centering,
            prior,
            unlabeled,
            pseudo_labels: options.pseudo_labels,
            planned: fits * fit.epochs,
            fit,
            temperature: options.temperature,
            tried,
            folds,
            progress,
            done: 0,
        })
    }

    /// Whether samples of other people's classes are rehearsed along with the user's clips.
    pub fn rehearses(&self) -> bool {
        self.prior.as_ref().is_some_and(|prior| prior.share > 0.0)
    }

    /// Number of unlabeled clips that the offset is estimated from.
    pub fn centered_by(&self) -> usize {
        self.statistics.map_or(0, |_| self.unlabeled.len())
    }

    /// Returns the head at which training on `clips` starts, not centered.
    pub fn start(&self, clips: &[TrainingClip<'_>]) -> Result<Head> {
        let samples: Vec<Sample<'_>> = clips.iter().map(TrainingClip::sample).collect();
        self.generic.start(&samples)
    }

    /// Trains the heads for `clips`, with their copies.
    pub fn teach(&mut self, clips: &[TrainingClip<'_>]) -> Result<Taught> {
        let samples: Vec<Sample<'_>> = clips.iter().map(TrainingClip::sample).collect();
        let (mut start, mut anchor) = (self.start(clips)?, self.generic.calibrated()?);
        let offset = self.statistics.map(|statistics| offset(statistics, &anchor, &samples, self.unlabeled));
        if let Some(offset) = offset.transpose()?.flatten() {
            (start, anchor) = (start.centered(offset.clone())?, anchor.centered(offset)?);
        }
        let labeled: Vec<Weighted<'_>> = clips.iter().flat_map(with_copies).collect();
        let heads = self.fit(&start, &anchor, &labeled)?;
        let Some(PseudoLabels { confidence, weight }) = self.pseudo_labels.filter(|_| !self.unlabeled.is_empty())
        else {
            return Ok(Taught { heads, pseudo_labeled: 0 });
        };
        let count = labeled.len();
        let mut all = labeled;
        for &clip in self.unlabeled {
            let Some(head) = heads.last() else { continue };
            let probabilities = head.predict(clip)?.probabilities;
            let class = argmax(&probabilities);
            if probabilities[class] >= confidence {
                all.push(Weighted { clip, class, weight });
            }
        }
        let pseudo_labeled = all.len() - count;
        Ok(Taught { heads: self.fit(&start, &anchor, &all)?, pseudo_labeled })
    }

    /// Returns the heads that training yields from `start` after each number of epochs, each drawn
    /// toward the `anchor` by [`generic_share`].
    fn fit(&mut self, start: &Head, anchor: &Head, samples: &[Weighted<'_>]) -> Result<Vec<Head>> {
        let mut heads: Vec<Head> = if self.tried[0] == 0 { vec![start.clone()] } else { Vec::new() };
        if self.tried == [0] {
            return Ok(heads);
        }
        let share = if self.reads_face { generic_share(start.labels().len(), samples) } else { GENERIC_SHARE };
        let lesson = Lesson::new(start, samples, self.prior.as_ref(), &self.fit)?;
        let temperature = if self.prior.is_some() { self.temperature } else { 1.0 };
        lesson.learn(&self.fit, |at, head| {
            if self.tried.contains(&at.epoch) {
                heads.push(head().softened(temperature)?.blended(anchor, share)?);
            }
            let all = Progress { epoch: self.done + at.epoch, epochs: self.planned, loss: at.loss };
            go_on((self.progress)(all))
        })?;
        self.done += self.fit.epochs;
        Ok(heads)
    }
}

/// Returns the share of the generic head in a user's head: the parameters are interpolated (WiSE-FT:
/// Wortsman et al., Robust fine-tuning of zero-shot models, CVPR 2022), which costs little accuracy
/// where training helped and takes most of the harm away where it did not. Training draws answers
/// away from the classes without clips, so their share is added, divided by the number of clips of
/// the others: many clips outweigh it.
fn generic_share(classes: usize, samples: &[Weighted<'_>]) -> f32 {
    let recorded = (0..classes).filter(|class| samples.iter().any(|sample| sample.class == *class)).count();
    let absent = (classes - recorded) as f32 / classes as f32;
    let clips: f32 = samples.iter().map(|sample| sample.weight).sum();
    (GENERIC_SHARE + absent * recorded as f32 / clips).min(1.0)
}

/// Returns a clip and its copies, which together have the weight of a clip.
fn with_copies<'a>(of: &TrainingClip<'a>) -> impl Iterator<Item = Weighted<'a>> {
    let (class, weight) = (of.class, 1.0 / (1 + of.copies.len()) as f32);
    std::iter::once(of.clip).chain(of.copies).map(move |clip| Weighted { clip, class, weight })
}

/// Share of the generic head if all classes have clips.
const GENERIC_SHARE: f32 = 0.1;

/// Number of rehearsal samples drawn per class; they are used in turn.
const DRAWS: usize = 32;

/// Returns what `statistics` say of other people, with `draws` rehearsal samples per class.
pub(in crate::train) fn prior(statistics: &ClassStatistics, head: &Head, share: f32, draws: usize, seed: u64) -> Prior {
    let mut rng = SplitMix64::new(seed);
    let scale = statistics.scale();
    let mut drawn = |class: usize| -> Vec<Clip> {
        let count = if share > 0.0 { draws } else { 0 };
        let drawn = (0..count).filter_map(|_| statistics.draw(class, &mut rng));
        let prepared = drawn.map(|clip| {
            let mut clip = head.body().prepare(&clip).into_owned();
            clip.scale(&scale);
            clip
        });
        prepared.collect()
    };
    let rehearsal = (0..statistics.classes()).map(&mut drawn).collect();
    Prior { rehearsal, scale, share, every_class: false, weighs_classes: false }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::fit::weighted;

    #[test]
    fn classes_without_clips_are_answered_more_by_the_generic_head() {
        let clip = Clip::from_frames(&[[0.0]]).unwrap();
        let share = |recorded: &[usize]| {
            let samples: Vec<Sample<'_>> = recorded.iter().map(|&class| (&clip, class)).collect();
            generic_share(4, &weighted(&samples))
        };
        assert_eq!([share(&[0, 1, 2, 3]), share(&[2, 3]), share(&[2, 2, 2, 3])], [0.1, 0.6, 0.35]);
    }
}
