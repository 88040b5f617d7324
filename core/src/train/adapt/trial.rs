//! Training with held-out clips, estimates, and the gate.

use std::ops::ControlFlow;

use mien_nn::math::{argmax, softmax};

use super::estimate;
use super::report::{AdaptReport, Mode, Refusal};
use super::teacher::{Taught, Teacher};
use super::{AdaptOptions, Adaptation, Current, Evidence, fingerprints};
use crate::error::Result;
use crate::head::Head;
use crate::train::fit::{Progress, Sample};
use crate::train::held_out::{HELD_OUT_SHARE, TEMPERATURES, logits_at, parts};

/// Heads trained on all clips, and the answers for each clip of heads trained on the others.
pub(super) struct Trial {
    taught: Taught,
    tried: Vec<usize>,
    rehearsed: bool,
    /// Probabilities for each held-out clip and each number of epochs.
    held_out: Vec<Option<Vec<Vec<f32>>>>,
}

impl Trial {
    pub fn run<P: FnMut(Progress) -> ControlFlow<()>>(
        mut teacher: Teacher<'_, P>,
        samples: &[Sample<'_>],
        counts: &[usize],
    ) -> Result<Self> {
        let taught = teacher.teach(samples)?;
        let mut held_out = vec![None; samples.len()];
        let of_samples: Vec<usize> = samples.iter().map(|(_, class)| *class).collect();
        for (out, rest) in parts(&of_samples, teacher.folds) {
            let rest: Vec<Sample<'_>> = rest.into_iter().map(|index| samples[index]).collect();
            let classes = (0..counts.len()).filter(|class| rest.iter().any(|(_, of)| of == class)).count();
            // Without rehearsal, one class teaches nothing, so the start is used.
            let heads = if classes < 2 && teacher.tried != [0] && !teacher.rehearses() {
                vec![teacher.generic.start(samples)?; teacher.tried.len()]
            } else {
                teacher.teach(&rest)?.heads
            };
            for index in out {
                let of = |head: &Head| Ok(head.predict(samples[index].0)?.probabilities);
                held_out[index] = Some(heads.iter().map(of).collect::<Result<_>>()?);
            }
        }
        Ok(Self { taught, rehearsed: teacher.rehearses(), tried: teacher.tried, held_out })
    }

    /// Returns the estimated loss of each clip for the number of epochs with this index.
    fn losses(&self, number: usize, learned: &[Vec<f32>], samples: &[Sample<'_>], counts: &[usize]) -> Vec<f32> {
        let clips = samples.iter().zip(&self.held_out).zip(learned);
        clips
            .map(|((&(_, class), held_out), learned)| {
                let learned = loss_at(1.0, learned, class);
                match held_out.as_ref().map(|held_out| loss_at(1.0, &held_out[number], class)) {
                    Some(held_out) if counts[class] > 1 => held_out,
                    Some(held_out) => HELD_OUT_SHARE * held_out + (1.0 - HELD_OUT_SHARE) * learned,
                    None => learned,
                }
            })
            .collect()
    }

    /// Returns the chance of each clip to be right with the number of epochs with this index;
    /// `None` if nothing was held out.
    fn chances(
        &self,
        number: usize,
        learned: &[Vec<f32>],
        samples: &[Sample<'_>],
        counts: &[usize],
    ) -> Option<Vec<f32>> {
        let clips = samples.iter().zip(&self.held_out).zip(learned);
        clips
            .map(|((&(_, class), held_out), learned)| {
                Some(estimate::chance(&held_out.as_ref()?[number], learned, class, counts[class] == 1))
            })
            .collect()
    }

    /// Whether heads that did not see a clip knew its class: by rehearsal, or because most classes
    /// have other clips.
    fn can_be_measured(&self, samples: &[Sample<'_>], counts: &[usize]) -> bool {
        let only = samples.iter().filter(|(_, class)| counts[*class] == 1).count();
        self.rehearsed || 4 * only <= samples.len()
    }

    pub fn judge(
        self,
        current: Current<'_>,
        samples: &[Sample<'_>],
        counts: &[usize],
        mode: Mode,
        options: &AdaptOptions,
    ) -> Result<Adaptation> {
        let learned: Vec<_> =
            self.taught.heads.iter().map(|head| probabilities(head, samples)).collect::<Result<_>>()?;
        let losses: Vec<_> = (0..).zip(&learned).map(|(number, of)| self.losses(number, of, samples, counts)).collect();
        let number = most_not_clearly_worse(&losses);
        let head = &self.taught.heads[number];
        let clips = fingerprints(samples, head.labels());
        let before = Before::of(current, samples, &clips)?;
        let chances = self.chances(number, &learned[number], samples, counts);
        let after =
            chances.map(|chances| After { loss: mean(&losses[number]), accuracy: estimate::accuracy(&chances) });
        let (refusal, reason) = verdict(options.gate, &before, after.as_ref(), mode);
        let measured = after.as_ref().filter(|_| self.can_be_measured(samples, counts));
        let report = AdaptReport {
            accepted: refusal.is_none(),
            refusal,
            reason,
            rehearsed: self.rehearsed,
            pseudo_labeled: self.taught.pseudo_labeled,
            epochs: self.tried[number],
            accuracy_after: measured.map(|after| after.accuracy),
            expected_gain: measured.is_none().then(|| estimate::expected_gain(before.accuracy)),
            loss_estimated: after.map(|after| after.loss),
            ..before.report(mode, head.labels(), counts)
        };
        let evidence = clips.into_iter().zip(&losses[number]).map(|(clip, &loss)| Evidence { clip, loss }).collect();
        Ok(Adaptation { head: report.accepted.then(|| head.clone()), report, evidence })
    }
}

/// Given each clip's loss after each number of epochs, returns the index of the last one that is
/// not worse than the best by more than two standard errors of their difference (as the
/// one-standard-error rule of Breiman et al., Classification and Regression Trees, 1984, section
/// 3.4.3, but for pairs and stricter): a few clips cannot tell more.
pub(super) fn most_not_clearly_worse(losses: &[Vec<f32>]) -> usize {
    let best = (0..losses.len()).min_by(|&a, &b| mean(&losses[a]).total_cmp(&mean(&losses[b]))).unwrap_or(0);
    let within = |number: &usize| {
        let differences: Vec<f32> = losses[*number].iter().zip(&losses[best]).map(|(a, b)| a - b).collect();
        let (n, mean) = (differences.len() as f32, mean(&differences));
        let variance = differences.iter().map(|d| (d - mean) * (d - mean)).sum::<f32>() / (n - 1.0).max(1.0);
        mean <= 2.0 * (variance / n).sqrt()
    };
    (best..losses.len()).rev().find(within).unwrap_or(best)
}

/// What is estimated of the new head.
struct After {
    loss: f32,
    accuracy: f32,
}

/// Decides whether the new head is accepted, and why. A user's first head replaces the generic one
/// if it is not less accurate, a later one if its loss is lower.
fn verdict(gate: bool, before: &Before, after: Option<&After>, mode: Mode) -> (Option<Refusal>, String) {
    if !gate {
        return (None, "the gate is off".to_owned());
    }
    let Some(after) = after else {
        // One neutral clip: nothing can be held out.
        if mode == Mode::NeutralBaseline && !before.own {
            let reason =
                "one clip cannot be held out; there is no head of the user's own that the baseline would replace";
            return (None, reason.to_owned());
        }
        let reason = "one clip cannot be held out, so there is no evidence that the new head is better";
        return (Some(Refusal::TooFewClips), reason.to_owned());
    };
    if after.loss < before.loss {
        let reason =
            format!("its estimated loss on held-out clips, {:.3}, is below {:.3} before", after.loss, before.loss);
        return (None, reason);
    }
    let percent = |accuracy: f32| 100.0 * accuracy;
    if !before.own && after.accuracy >= before.accuracy {
        let (after, before) = (percent(after.accuracy), percent(before.accuracy));
        return (None, format!("its estimated accuracy, {after:.0} %, is not below {before:.0} % before"));
    }
    let reason =
        format!("its estimated loss on held-out clips, {:.3}, is not below {:.3} before", after.loss, before.loss);
    (Some(Refusal::NotBetter), reason)
}

/// Returns the negative logarithm of the probability of `class` after dividing the logits of
/// `probabilities` by `temperature`.
fn loss_at(temperature: f32, probabilities: &[f32], class: usize) -> f32 {
    let mut logits = logits_at(temperature, probabilities);
    let own = logits[class];
    softmax(&mut logits) - own
}

fn probabilities(head: &Head, samples: &[Sample<'_>]) -> Result<Vec<Vec<f32>>> {
    samples.iter().map(|(clip, _)| Ok(head.predict(clip)?.probabilities)).collect()
}

/// What is known of the current head.
pub(super) struct Before {
    /// The mean loss, at the best of [`TEMPERATURES`] or guessing.
    pub loss: f32,
    /// The estimated accuracy, 0 to 1.
    pub accuracy: f32,
    /// Whether it is the user's own head, which was trained on some clips.
    own: bool,
}

impl Before {
    /// Returns the report of an adaptation that trained nothing.
    pub fn report(&self, mode: Mode, labels: &[String], counts: &[usize]) -> AdaptReport {
        AdaptReport {
            accuracy_before: Some(self.accuracy),
            loss_before: self.loss,
            ..AdaptReport::new(mode, labels, counts)
        }
    }

    /// Measures the current head on `samples` with the fingerprints `clips`. For clips that it was
    /// trained on, the earlier estimate is used.
    pub fn of(current: Current<'_>, samples: &[Sample<'_>], clips: &[u64]) -> Result<Self> {
        let answers = probabilities(current.head, samples)?;
        let known = |clip: u64| current.evidence.iter().find(|evidence| evidence.clip == clip).map(|known| known.loss);
        let at = |temperature: f32| -> Vec<f32> {
            let clips = samples.iter().zip(clips).zip(&answers);
            let loss = |((&(_, class), clip), answer): ((&Sample<'_>, &u64), &Vec<f32>)| {
                known(*clip).unwrap_or_else(|| loss_at(temperature, answer, class))
            };
            clips.map(loss).collect()
        };
        // At an infinite temperature all classes are equally likely.
        let guess = libm::logf(current.head.labels().len() as f32);
        let right = samples.iter().zip(clips).zip(&answers).map(|((&(_, class), clip), answer)| {
            known(*clip).map_or_else(|| f32::from(u8::from(argmax(answer) == class)), |loss| libm::expf(-loss))
        });
        Ok(Self {
            loss: TEMPERATURES.iter().map(|&temperature| mean(&at(temperature))).fold(guess, f32::min),
            accuracy: estimate::accuracy_before(&right.collect::<Vec<_>>()),
            own: !current.evidence.is_empty(),
        })
    }
}

fn mean(values: &[f32]) -> f32 {
    values.iter().sum::<f32>() / values.len() as f32
}
