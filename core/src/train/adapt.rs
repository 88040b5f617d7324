//! Adapting a head to one user from a few labelled clips.
//!
//! 1. *Centre.* The user's frames lie beside other people's; that offset is estimated from the
//!    clips ([`ClassStatistics::offset`]) and taken from every frame.
//! 2. *Fine-tuning* from the generic head with L2-SP ([`fit`](super::fit)), beside draws from the
//!    statistics of the generic data (rehearsal), so that classes which the user did not record
//!    survive.
//! 3. *Epochs.* The same is done on inner splits by clip of the user's own clips; the number of
//!    epochs with the least estimated loss wins.
//! 4. *Gate.* The new head is handed out only where its estimated loss is below that of the head
//!    that answers now, on the same clips.
//!
//! Where the generic head has no statistics, steps 1 and the rehearsal fall away.

use std::ops::ControlFlow;

use sha2::{Digest, Sha256};

use super::fit::{FitOptions, Lesson, Prior, Progress, Sample, Weighted};
use super::generic::GenericHead;
use super::statistics::ClassStatistics;
use crate::error::{Result, fail};
use crate::head::{Clip, Head};
use crate::labels;
use crate::math::{SplitMix64, argmax};

/// The label whose clips alone teach a user's baseline.
pub const NEUTRAL: &str = "neutral";

/// Options of an adaptation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdaptOptions {
    /// How a fit is done; its epochs are the most that are tried. Default `None`:
    /// [`FitOptions::rehearsed`] where the generic head has statistics, else
    /// [`FitOptions::for_kind`].
    pub fit: Option<FitOptions>,
    /// The part of a recorded class's weight that draws from the generic data take, 0 to 0.9.
    /// Default 0.3.
    pub rehearsal: f32,
    /// Whether the user's offset is taken from the frames. Default true.
    pub centred: bool,
    /// Inner splits, 2 to 64: each holds out one part of the clips. Default 10, or one a clip
    /// where there are fewer.
    pub folds: usize,
    /// Whether a head that does not beat the one that answers now is refused. Default true.
    pub gate: bool,
    /// Whether and how unlabelled clips are learnt. Default `None`: they are not.
    pub pseudo_labels: Option<PseudoLabels>,
}

impl Default for AdaptOptions {
    fn default() -> Self {
        Self { fit: None, rehearsal: 0.3, centred: true, folds: 10, gate: true, pseudo_labels: None }
    }
}

/// How unlabelled clips are learnt (Lee, Pseudo-Label, ICML workshop 2013): the head that learnt
/// the labelled clips names them, and the ones that it is sure of are learnt beside the labelled
/// ones. They have no part in any estimate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PseudoLabels {
    /// Least probability of a clip's answer, 0.5 to 1. Default 0.9.
    pub confidence: f32,
    /// What such a clip weighs beside a labelled one of its class, above 0 to 1. Default 0.5.
    pub weight: f32,
}

impl Default for PseudoLabels {
    fn default() -> Self {
        Self { confidence: 0.9, weight: 0.5 }
    }
}

impl AdaptOptions {
    fn check(&self) -> Result<()> {
        if !(0.0..=0.9).contains(&self.rehearsal) {
            fail!(InvalidOption, "rehearsal is {}; it must be 0 to 0.9", self.rehearsal);
        }
        if !(2..=64).contains(&self.folds) {
            fail!(InvalidOption, "folds is {}; it must be 2 to 64", self.folds);
        }
        if let Some(PseudoLabels { confidence, weight }) = self.pseudo_labels {
            if !(0.5..=1.0).contains(&confidence) {
                fail!(InvalidOption, "the confidence is {confidence}; it must be 0.5 to 1");
            }
            if !(weight > 0.0 && weight <= 1.0) {
                fail!(InvalidOption, "the weight is {weight}; it must be above 0, at most 1");
            }
        }
        Ok(())
    }
}

/// What a loss was estimated to be for a clip that was learnt, for later comparisons.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Evidence {
    /// The first 8 bytes of the SHA-256 of the clip's values, little-endian.
    pub clip: u64,
    /// The estimated loss, natural logarithm.
    pub loss: f32,
}

/// The head that answers for the user now.
#[derive(Debug, Clone, Copy)]
pub struct Current<'a> {
    /// The head.
    pub head: &'a Head,
    /// What is known of the clips that it learnt: on these its own answers prove nothing.
    pub evidence: &'a [Evidence],
}

/// How the user's head was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Learnt from labelled clips of several classes.
    Labelled,
    /// The generic head with the user's offset taken from the frames, from neutral clips alone.
    NeutralBaseline,
}

/// What an adaptation did.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct AdaptReport {
    /// How the head was made.
    pub mode: Mode,
    /// Whether the new head is to answer from now on.
    pub accepted: bool,
    /// Why, or why not.
    pub reason: String,
    /// Clips learnt from, for each label that occurred, in the head's order.
    pub clips: Vec<(String, usize)>,
    /// Labels of the head of which no clip was given.
    pub labels_without_clips: Vec<String>,
    /// Whether these were rehearsed by draws from the generic data; else they keep their weights.
    pub rehearsed: bool,
    /// Unlabelled clips that the head was sure enough of to learn them.
    pub pseudo_labelled: usize,
    /// Epochs that were chosen; 0 where taking the offset alone was best.
    pub epochs: usize,
    /// Accuracy of the head that answered before on the given clips, 0 to 1.
    pub accuracy_before: f32,
    /// Accuracy of the new head on the same clips, 0 to 1. It has learnt them: this says that
    /// learning worked, not how well the head does on new pictures.
    pub accuracy_learnt: f32,
    /// Accuracy of heads that learnt the other clips, on the ones held out; `None` where nothing
    /// could be held out. Where a class has a single clip, holding it out leaves none of it, so
    /// this is lower than what to expect.
    pub accuracy_held_out: Option<f32>,
    /// Mean loss (negative log-likelihood) before: of the head that answered before; of a fresh
    /// one, at the temperature of 1, 2, 4, 8, 16 that suits it best.
    pub loss_before: f32,
    /// Mean loss of the new head, as estimated: on held-out clips, and for a class of one clip
    /// .632 of that and .368 of the loss learnt (Efron, 1983).
    pub loss_estimated: Option<f32>,
}

/// A finished adaptation.
#[derive(Debug, Clone, PartialEq)]
pub struct Adaptation {
    /// The new head; `None` where the gate refused it.
    pub head: Option<Head>,
    /// What was done and found.
    pub report: AdaptReport,
    /// The estimated loss of each clip.
    pub evidence: Vec<Evidence>,
}

/// The head that a user gets by `samples` (and `unlabelled` clips, where the options say so),
/// starting at `generic`, in place of `current` or, where there is none, of the generic head.
///
/// Where all samples are neutral, the head is the generic one with the user's offset taken from
/// the frames.
///
/// # Errors
/// `NotEnoughSamples` without samples, for one class that is not neutral, for neutral clips where
/// the generic head has no statistics, and for unlabelled clips beside one class; else as
/// [`fit`](super::fit::fit).
pub fn adapt(
    generic: &GenericHead,
    current: Option<Current<'_>>,
    samples: &[Sample<'_>],
    unlabelled: &[&Clip],
    options: &AdaptOptions,
    progress: impl FnMut(Progress) -> ControlFlow<()>,
) -> Result<Adaptation> {
    options.check()?;
    let labels = generic.head.labels();
    let mut counts = vec![0; labels.len()];
    for &(_, class) in samples {
        match counts.get_mut(class) {
            Some(count) => *count += 1,
            None => fail!(InvalidOption, "class {class} is beyond the head's {} classes", labels.len()),
        }
    }
    let given: Vec<usize> = (0..labels.len()).filter(|&class| counts[class] > 0).collect();
    let mode = match given[..] {
        [] => fail!(NotEnoughSamples, "no clip with a usable frame was given"),
        [only] if labels::index_of(labels, NEUTRAL) == Some(only) => Mode::NeutralBaseline,
        [only] => fail!(
            NotEnoughSamples,
            "all clips show {:?}; at least two emotions are needed to learn, or neutral clips alone for a baseline",
            labels[only]
        ),
        _ => Mode::Labelled,
    };
    let unlabelled = if options.pseudo_labels.is_some() { unlabelled } else { &[] };
    let teacher = Teacher::new(generic, mode, unlabelled, options, samples.len(), progress)?;
    // A network's own classifier is too sure of itself; that alone is no reason to replace it.
    let temperatures: &[f32] = match (current, generic.learnt()) {
        (None, false) => &[1.0, 2.0, 4.0, 8.0, 16.0],
        _ => &[1.0],
    };
    let current = current.unwrap_or(Current { head: &generic.head, evidence: &[] });
    let trial = Trial::run(teacher, samples, &counts)?;
    trial.judge(current, temperatures, samples, &counts, mode, options)
}

/// Makes heads of samples.
struct Teacher<'a, P> {
    generic: &'a GenericHead,
    statistics: Option<&'a ClassStatistics>,
    prior: Option<Prior>,
    unlabelled: &'a [&'a Clip],
    pseudo_labels: PseudoLabels,
    fit: FitOptions,
    /// The numbers of epochs that are tried, rising; 0 is the start with the user's offset.
    tried: Vec<usize>,
    folds: usize,
    progress: P,
    /// Epochs of the fits before, and of all.
    done: usize,
    planned: usize,
}

/// Heads that learnt the same clips for each number of epochs.
struct Taught {
    heads: Vec<Head>,
    pseudo_labelled: usize,
}

impl<'a, P: FnMut(Progress) -> ControlFlow<()>> Teacher<'a, P> {
    fn new(
        generic: &'a GenericHead,
        mode: Mode,
        unlabelled: &'a [&'a Clip],
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
        let offset = statistics.filter(|_| options.centred);
        let tried = match (mode, offset) {
            (Mode::NeutralBaseline, None) => fail!(
                NotEnoughSamples,
                "all clips are neutral: a baseline needs a generic head with class statistics (made by `mien train`); \
                 else at least two emotions are needed to learn"
            ),
            (Mode::NeutralBaseline, Some(_)) if !unlabelled.is_empty() => {
                fail!(
                    NotEnoughSamples,
                    "all clips are neutral: learning unlabelled clips needs two emotions beside them"
                )
            }
            (Mode::NeutralBaseline, Some(_)) => vec![0],
            (Mode::Labelled, offset) => {
                let mut tried = vec![fit.epochs.div_ceil(4), fit.epochs.div_ceil(2), fit.epochs];
                tried.dedup();
                if offset.is_some() {
                    tried.insert(0, 0);
                }
                tried
            }
        };
        let folds = options.folds.min(clips);
        let prior = statistics
            .filter(|_| mode == Mode::Labelled)
            .map(|statistics| prior(statistics, &generic.head, options.rehearsal, fit.seed));
        let stages = if unlabelled.is_empty() { 1 } else { 2 };
        let fits = if tried == [0] { 0 } else { stages * (1 + if folds > 1 { folds } else { 0 }) };
        Ok(Self {
            generic,
            statistics: offset,
            prior,
            unlabelled,
            pseudo_labels: options.pseudo_labels.unwrap_or_default(),
            planned: fits * fit.epochs,
            fit,
            tried,
            folds,
            progress,
            done: 0,
        })
    }

    /// The heads that `samples` teach.
    fn teach(&mut self, samples: &[Sample<'_>]) -> Result<Taught> {
        let mut start = self.generic.start(samples)?;
        if let Some(offset) = self.statistics.and_then(|statistics| statistics.offset(samples.iter().copied())) {
            start = start.centred(offset)?;
        }
        let labelled = super::fit::weighted(samples);
        let heads = self.fit(&start, &labelled)?;
        if self.unlabelled.is_empty() {
            return Ok(Taught { heads, pseudo_labelled: 0 });
        }
        let mut all = labelled;
        let PseudoLabels { confidence, weight } = self.pseudo_labels;
        for &clip in self.unlabelled {
            let Some(head) = heads.last() else { continue };
            let probabilities = head.predict(clip)?.probabilities;
            let class = argmax(&probabilities);
            if probabilities[class] >= confidence {
                all.push(Weighted { clip, class, weight });
            }
        }
        let pseudo_labelled = all.len() - samples.len();
        Ok(Taught { heads: self.fit(&start, &all)?, pseudo_labelled })
    }

    /// The heads that `start` becomes after each number of epochs.
    fn fit(&mut self, start: &Head, samples: &[Weighted<'_>]) -> Result<Vec<Head>> {
        let mut heads: Vec<Head> = if self.tried[0] == 0 { vec![start.clone()] } else { Vec::new() };
        if self.tried == [0] {
            return Ok(heads);
        }
        let lesson = Lesson::new(start, samples, self.prior.as_ref(), &self.fit)?;
        let temperature = if self.prior.is_some() { PULLED_TEMPERATURE } else { 1.0 };
        lesson.learn(&self.fit, |at, head| {
            if self.tried.contains(&at.epoch) {
                heads.push(head().softened(temperature)?);
            }
            let all = Progress { epoch: self.done + at.epoch, epochs: self.planned, loss: at.loss };
            if (self.progress)(all).is_break() {
                fail!(Cancelled, "the training was cancelled");
            }
            Ok(ControlFlow::Continue(()))
        })?;
        self.done += self.fit.epochs;
        Ok(heads)
    }
}

/// Draws that are rehearsed in turn, of each class.
const DRAWS: usize = 32;

/// The pull of [`FitOptions::rehearsed`] keeps the weights small and the probabilities modest; the
/// logits are divided by this to make up for it. By it the calibration error falls from 6.9 to
/// 1.6 % on KDEF, 11.4 to 4.1 % on JAFFE and 3.2 to 2.3 % on CK+.
const PULLED_TEMPERATURE: f32 = 0.65;

fn prior(statistics: &ClassStatistics, head: &Head, share: f32, seed: u64) -> Prior {
    let mut rng = SplitMix64::new(seed);
    let scale = statistics.scale();
    let mut draws = |class: usize| -> Vec<Clip> {
        let count = if share > 0.0 { DRAWS } else { 0 };
        let drawn = (0..count).filter_map(|_| statistics.draw(class, &mut rng));
        let prepared = drawn.map(|clip| {
            let mut clip = head.body().prepare(&clip).into_owned();
            clip.scale(&scale);
            clip
        });
        prepared.collect()
    };
    Prior { rehearsal: (0..statistics.classes()).map(&mut draws).collect(), scale, share }
}

/// Heads from all clips, and what heads from the other clips say of each.
struct Trial {
    taught: Taught,
    tried: Vec<usize>,
    rehearsed: bool,
    /// For each clip that was held out and each number of epochs, the loss and whether the answer
    /// was right.
    held_out: Vec<Option<Vec<(f32, bool)>>>,
}

impl Trial {
    fn run<P: FnMut(Progress) -> ControlFlow<()>>(
        mut teacher: Teacher<'_, P>,
        samples: &[Sample<'_>],
        counts: &[usize],
    ) -> Result<Self> {
        let taught = teacher.teach(samples)?;
        let mut held_out = vec![None; samples.len()];
        // Neighbours in this order are of one class, so each part has some of every class.
        let mut order: Vec<usize> = (0..samples.len()).collect();
        order.sort_by_key(|&index| samples[index].1);
        let folds = if samples.len() < 2 { 0 } else { teacher.folds };
        for fold in 0..folds {
            let (out, rest): (Vec<_>, Vec<_>) = order.iter().enumerate().partition(|(place, _)| place % folds == fold);
            let rest: Vec<Sample<'_>> = rest.into_iter().map(|(_, &index)| samples[index]).collect();
            let classes = counts.len() - (0..counts.len()).filter(|&c| !rest.iter().any(|(_, of)| *of == c)).count();
            // Without a rehearsal one class teaches nothing: then the start has to do.
            let heads = if classes < 2 && teacher.prior.is_none() && teacher.tried != [0] {
                vec![teacher.generic.start(samples)?; teacher.tried.len()]
            } else {
                teacher.teach(&rest)?.heads
            };
            for (_, &index) in out {
                let (clip, class) = samples[index];
                let of = |head: &Head| Ok((head.loss(clip, class)?, head.classify(clip)? == class));
                held_out[index] = Some(heads.iter().map(of).collect::<Result<_>>()?);
            }
        }
        Ok(Self { taught, tried: teacher.tried, rehearsed: teacher.prior.is_some(), held_out })
    }

    /// The estimated loss of each clip after the `number`th number of epochs tried.
    fn estimates(&self, number: usize, samples: &[Sample<'_>], counts: &[usize]) -> Result<Vec<f32>> {
        let estimate = |(&(clip, class), held_out): (&Sample<'_>, &Option<Vec<(f32, bool)>>)| {
            let learnt = self.taught.heads[number].loss(clip, class)?;
            Ok(match held_out {
                Some(held_out) if counts[class] > 1 => held_out[number].0,
                Some(held_out) => 0.632 * held_out[number].0 + 0.368 * learnt,
                None => learnt,
            })
        };
        samples.iter().zip(&self.held_out).map(estimate).collect()
    }

    fn judge(
        self,
        current: Current<'_>,
        temperatures: &[f32],
        samples: &[Sample<'_>],
        counts: &[usize],
        mode: Mode,
        options: &AdaptOptions,
    ) -> Result<Adaptation> {
        let estimates: Vec<Vec<f32>> =
            (0..self.tried.len()).map(|number| self.estimates(number, samples, counts)).collect::<Result<_>>()?;
        let number = most_within_one_error(&estimates);
        let estimates = &estimates[number];
        let head = &self.taught.heads[number];
        let clips: Vec<u64> = samples.iter().map(|(clip, _)| fingerprint(clip)).collect();
        let loss_before = loss_before(current, temperatures, samples, &clips)?;
        let right: Option<Vec<bool>> =
            self.held_out.iter().map(|held_out| held_out.as_ref().map(|of| of[number].1)).collect();
        let loss_estimated = right.is_some().then(|| mean(estimates));
        let (accepted, reason) = verdict(options.gate, current, mode, loss_before, loss_estimated);
        let labels = head.labels();
        let of = |classes: Vec<usize>| classes.into_iter().map(|class| labels[class].clone());
        let (with, without): (Vec<usize>, Vec<usize>) = (0..counts.len()).partition(|&class| counts[class] > 0);
        let report = AdaptReport {
            mode,
            accepted,
            reason,
            clips: of(with.clone()).zip(with.iter().map(|&class| counts[class])).collect(),
            labels_without_clips: of(without).collect(),
            rehearsed: self.rehearsed,
            pseudo_labelled: self.taught.pseudo_labelled,
            epochs: self.tried[number],
            accuracy_before: accuracy(current.head, samples)?,
            accuracy_learnt: accuracy(head, samples)?,
            accuracy_held_out: right
                .map(|right| right.iter().filter(|right| **right).count() as f32 / right.len() as f32),
            loss_before,
            loss_estimated,
        };
        let evidence = clips.into_iter().zip(estimates).map(|(clip, &loss)| Evidence { clip, loss }).collect();
        Ok(Adaptation { head: accepted.then(|| head.clone()), report, evidence })
    }
}

/// The last of several numbers of epochs, given each clip's loss after each, that is not worse
/// than the best by more than one standard error of their difference (Breiman et al.,
/// Classification and Regression Trees, 1984, section 3.4.3, for pairs): a few clips tell no
/// more.
fn most_within_one_error(losses: &[Vec<f32>]) -> usize {
    let best = (0..losses.len()).min_by(|&a, &b| mean(&losses[a]).total_cmp(&mean(&losses[b]))).unwrap_or(0);
    let within = |number: &usize| {
        let differences: Vec<f32> = losses[*number].iter().zip(&losses[best]).map(|(a, b)| a - b).collect();
        let (n, mean) = (differences.len() as f32, mean(&differences));
        let variance = differences.iter().map(|d| (d - mean) * (d - mean)).sum::<f32>() / (n - 1.0).max(1.0);
        mean <= (variance / n).sqrt()
    };
    (best..losses.len()).rev().find(within).unwrap_or(best)
}

/// Whether the new head is to answer, and why.
fn verdict(gate: bool, current: Current<'_>, mode: Mode, before: f32, estimated: Option<f32>) -> (bool, String) {
    let own = !current.evidence.is_empty();
    match (gate, estimated) {
        (false, _) => (true, "the gate is off".to_owned()),
        (true, Some(estimated)) if estimated < before => {
            (true, format!("its estimated loss on held-out clips, {estimated:.3}, is below {before:.3} before"))
        }
        (true, Some(estimated)) => {
            (false, format!("its estimated loss on held-out clips, {estimated:.3}, is not below {before:.3} before"))
        }
        // One neutral clip: nothing can be held out.
        (true, None) if mode == Mode::NeutralBaseline && !own => {
            (true, "one clip cannot be held out; the baseline takes the place of no head of the user's own".to_owned())
        }
        (true, None) => (false, "one clip cannot be held out, so nothing says that the new head is better".to_owned()),
    }
}

/// The mean loss of the head that answers now, at the temperature that suits it best.
fn loss_before(current: Current<'_>, temperatures: &[f32], samples: &[Sample<'_>], clips: &[u64]) -> Result<f32> {
    let mut best = f32::INFINITY;
    for &temperature in temperatures {
        let head = current.head.softened(temperature)?;
        let mut sum = 0.0;
        for (&(clip, class), fingerprint) in samples.iter().zip(clips) {
            let known = current.evidence.iter().find(|evidence| evidence.clip == *fingerprint);
            sum += match known {
                Some(evidence) => evidence.loss,
                None => head.loss(clip, class)?,
            };
        }
        best = best.min(sum / samples.len() as f32);
    }
    Ok(best)
}

/// The first 8 bytes of the SHA-256 of the clip's values.
fn fingerprint(clip: &Clip) -> u64 {
    let mut hash = Sha256::new();
    for frame in clip.frames() {
        frame.iter().for_each(|value| hash.update(value.to_le_bytes()));
    }
    let digest = hash.finalize();
    digest.iter().take(8).rev().fold(0, |number, &byte| number << 8 | u64::from(byte))
}

fn mean(values: &[f32]) -> f32 {
    values.iter().sum::<f32>() / values.len() as f32
}

fn accuracy(head: &Head, samples: &[Sample<'_>]) -> Result<f32> {
    let mut right = 0;
    for &(clip, class) in samples {
        right += usize::from(head.classify(clip)? == class);
    }
    Ok(right as f32 / samples.len() as f32)
}
