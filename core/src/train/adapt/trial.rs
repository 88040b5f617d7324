//! Training with held-out clips, estimates, and the gate.

use std::ops::ControlFlow;

use mien_nn::math::argmax;

use super::estimate;
use super::report::{AdaptReport, Mode, Refusal};
use super::teacher::{Taught, Teacher};
use super::{Adaptation, Current, Evidence, TrainingClip, fingerprints};
use crate::error::Result;
use crate::head::Head;
use crate::train::fit::{Progress, Sample};
use crate::train::held_out::{HELD_OUT_SHARE, TEMPERATURES, logits_at, loss_of_logits, parts};

/// Weight of the squared logarithm of a temperature against the sum of the losses of held-out clips: those of one day
/// are answered better than later ones.
const PULL_TO_1: f32 = 8.0;

/// Heads trained on all clips, and the answers for each clip of heads trained on the others.
pub(super) struct Trial {
    taught: Taught,
    tried: Vec<usize>,
    rehearsed: bool,
    /// Number of unlabeled clips that the offset was estimated from.
    unlabeled: usize,
    /// Probabilities for each held-out clip and each number of epochs.
    held_out: Vec<Option<Vec<Vec<f32>>>>,
}

impl Trial {
    pub fn run<P: FnMut(Progress) -> ControlFlow<()>>(
        mut teacher: Teacher<'_, P>,
        clips: &[TrainingClip<'_>],
        counts: &[usize],
    ) -> Result<Self> {
        let taught = teacher.teach(clips)?;
        let mut held_out = vec![None; clips.len()];
        let of_clips: Vec<usize> = clips.iter().map(|clip| clip.class).collect();
        for (out, rest) in parts(&of_clips, teacher.folds) {
            let rest: Vec<TrainingClip<'_>> = rest.into_iter().map(|index| clips[index]).collect();
            let classes = (0..counts.len()).filter(|class| rest.iter().any(|clip| clip.class == *class)).count();
            // Without rehearsal, one class teaches nothing, so the start is used.
            let heads = if classes < 2 && teacher.tried != [0] && !teacher.rehearses() {
                vec![teacher.start(clips)?; teacher.tried.len()]
            } else {
                teacher.teach(&rest)?.heads
            };
            for index in out {
                let of = |head: &Head| Ok(head.predict(clips[index].clip)?.probabilities);
                held_out[index] = Some(heads.iter().map(of).collect::<Result<_>>()?);
            }
        }
        Ok(Self {
            taught,
            rehearsed: teacher.rehearses(),
            unlabeled: teacher.centered_by(),
            tried: teacher.tried,
            held_out,
        })
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

    /// Returns the divisor of the logits that fits the held-out clips of the heads with this index, drawn toward 1. A
    /// class's only clip says nothing: heads that did not see it never met the class.
    fn temperature(&self, number: usize, samples: &[Sample<'_>], counts: &[usize]) -> f32 {
        let answers = samples.iter().zip(&self.held_out).filter(|((_, class), _)| counts[*class] > 1);
        let answers: Vec<(&Vec<f32>, usize)> =
            answers.filter_map(|((_, class), held_out)| Some((&held_out.as_ref()?[number], *class))).collect();
        let loss = |temperature: &f32| {
            let losses = answers.iter().map(|(answer, class)| loss_at(*temperature, answer, *class));
            let distance = libm::logf(*temperature);
            losses.sum::<f32>() + PULL_TO_1 * distance * distance
        };
        let candidates = (-8..=8).map(|step| libm::exp2f(step as f32 / 4.0));
        candidates.min_by(|a, b| loss(a).total_cmp(&loss(b))).unwrap_or(1.0)
    }

    /// Whether heads that did not see a clip knew its class: by rehearsal, or because most classes
    /// have other clips.
    fn can_be_measured(&self, samples: &[Sample<'_>], counts: &[usize]) -> bool {
        let only = samples.iter().filter(|(_, class)| counts[*class] == 1).count();
        self.rehearsed || 4 * only <= samples.len()
    }

    /// Chooses the number of epochs, and decides whether the head is accepted.
    pub fn judge(self, judge: &Judge, samples: &[Sample<'_>], counts: &[usize]) -> Result<Adaptation> {
        let learned: Vec<_> =
            self.taught.heads.iter().map(|head| probabilities(head, samples)).collect::<Result<_>>()?;
        let losses: Vec<_> = (0..).zip(&learned).map(|(number, of)| self.losses(number, of, samples, counts)).collect();
        let number = most_not_clearly_worse(&losses);
        let tempered = self.taught.heads[number].softened(self.temperature(number, samples, counts))?;
        let head = &tempered;
        let chances = self.chances(number, &learned[number], samples, counts).filter(|chances| !chances.is_empty());
        let after = chances.map(|chances| After {
            loss: mean(&losses[number]),
            accuracy: estimate::accuracy(&chances),
            measured: self.can_be_measured(samples, counts),
        });
        let (refusal, reason) = judge.verdict(after.as_ref());
        let before = &judge.before;
        let expected_gain =
            before.accuracy.filter(|_| refusal.is_none() && judge.examined).map(estimate::expected_gain);
        let measured = after.as_ref().filter(|after| after.measured);
        let report = AdaptReport {
            accepted: refusal.is_none(),
            refusal,
            reason,
            labels_examined: judge.examined,
            rehearsed: self.rehearsed,
            unlabeled: self.unlabeled,
            pseudo_labeled: self.taught.pseudo_labeled,
            epochs: self.tried[number],
            accuracy_after: measured.map(|after| after.accuracy),
            expected_gain: expected_gain.filter(|_| measured.is_none()),
            loss_estimated: after.map(|after| after.loss),
            ..before.report(judge.mode, head.labels(), counts)
        };
        let clips = judge.before.clips.iter().copied();
        let evidence = clips.zip(&losses[number]).map(|(clip, &loss)| Evidence { clip, loss }).collect();
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
    /// Whether the accuracy can be shown: heads that did not see a clip knew its class.
    measured: bool,
}

/// What decides whether a new head is accepted.
pub(super) struct Judge {
    pub before: Before,
    /// Whether anything is refused.
    pub gate: bool,
    /// Whether the labels were examined.
    pub examined: bool,
    pub mode: Mode,
}

impl Judge {
    /// Decides whether the new head is accepted, and why. It is if its loss is lower. A user's first
    /// head replaces the generic one also if it is not less accurate, unless nobody could examine the
    /// labels.
    fn verdict(&self, after: Option<&After>) -> (Option<Refusal>, String) {
        let Self { before, gate, examined, mode } = self;
        if !gate {
            return (None, "the gate is off".to_owned());
        }
        let (Some(after), Some(loss_before)) = (after, before.loss) else {
            return self.unmeasured();
        };
        let loss = format!("its estimated loss on held-out clips, {:.3}, is", after.loss);
        if after.loss < loss_before {
            return (None, format!("{loss} below {loss_before:.3} before"));
        }
        let no_less_accurate = before.accuracy.is_some_and(|accuracy| after.accuracy >= accuracy);
        if !before.own && no_less_accurate && (*examined || *mode == Mode::Baseline) {
            let reason = match (after.measured, before.accuracy) {
                (true, Some(before)) => {
                    let percent = |accuracy: f32| 100.0 * accuracy;
                    format!(
                        "its estimated accuracy, {:.0} %, is not below {:.0} % before",
                        percent(after.accuracy),
                        percent(before)
                    )
                }
                _ => "on the clips given it is right no less often than the head before".to_owned(),
            };
            return (None, reason);
        }
        (Some(Refusal::NotBetter), format!("{loss} not below {loss_before:.3} before"))
    }

    /// Decides about a head of which nothing is estimated: nothing could be held out.
    fn unmeasured(&self) -> (Option<Refusal>, String) {
        match (self.mode, self.before.own) {
            (Mode::Baseline, false) => {
                let reason = "there is no head of the user's own that the baseline would replace";
                (None, reason.to_owned())
            }
            (Mode::Baseline, true) => {
                let reason = "nothing shows that a baseline is better than the head that the user has";
                (Some(Refusal::TooFewClips), reason.to_owned())
            }
            (Mode::Labeled, _) => {
                let reason = "one clip cannot be held out, so there is no evidence that the new head is better";
                (Some(Refusal::TooFewClips), reason.to_owned())
            }
        }
    }
}

/// Returns the negative logarithm of the probability of `class` after dividing the logits of
/// `probabilities` by `temperature`.
fn loss_at(temperature: f32, probabilities: &[f32], class: usize) -> f32 {
    loss_of_logits(logits_at(temperature, probabilities), class)
}

fn probabilities(head: &Head, samples: &[Sample<'_>]) -> Result<Vec<Vec<f32>>> {
    samples.iter().map(|(clip, _)| Ok(head.predict(clip)?.probabilities)).collect()
}

/// What is known of the current head.
pub(super) struct Before {
    /// The mean loss, at the best of [`TEMPERATURES`] or guessing; `None` without labeled clips.
    pub loss: Option<f32>,
    /// The estimated accuracy, 0 to 1; `None` without labeled clips.
    pub accuracy: Option<f32>,
    /// Whether it is the user's own head, not the generic one.
    own: bool,
    /// The fingerprint of each clip.
    clips: Vec<u64>,
}

impl Before {
    /// Returns the report of an adaptation that trained nothing.
    pub fn report(&self, mode: Mode, labels: &[String], counts: &[usize]) -> AdaptReport {
        AdaptReport { accuracy_before: self.accuracy, loss_before: self.loss, ..AdaptReport::new(mode, labels, counts) }
    }

    /// Measures the user's head, or else the generic one, on `samples`. For clips that it was trained
    /// on, the earlier estimate is used.
    pub fn of(current: Option<Current<'_>>, generic: &Head, samples: &[Sample<'_>]) -> Result<Self> {
        let own = current.is_some();
        let Current { head, evidence } = current.unwrap_or(Current { head: generic, evidence: &[] });
        if samples.is_empty() {
            return Ok(Self { loss: None, accuracy: None, own, clips: Vec::new() });
        }
        let clips = fingerprints(samples, head.labels());
        let answers = probabilities(head, samples)?;
        let known = |clip: u64| evidence.iter().find(|evidence| evidence.clip == clip).map(|known| known.loss);
        let at = |temperature: f32| -> Vec<f32> {
            let clips = samples.iter().zip(&clips).zip(&answers);
            let loss = |((&(_, class), clip), answer): ((&Sample<'_>, &u64), &Vec<f32>)| {
                known(*clip).unwrap_or_else(|| loss_at(temperature, answer, class))
            };
            clips.map(loss).collect()
        };
        // At an infinite temperature all classes are equally likely.
        let guess = libm::logf(head.labels().len() as f32);
        let right = samples.iter().zip(&clips).zip(&answers).map(|((&(_, class), clip), answer)| {
            known(*clip).map_or_else(|| f32::from(u8::from(argmax(answer) == class)), |loss| libm::expf(-loss))
        });
        Ok(Self {
            loss: Some(TEMPERATURES.iter().map(|&temperature| mean(&at(temperature))).fold(guess, f32::min)),
            accuracy: Some(estimate::accuracy_before(&right.collect::<Vec<_>>())),
            own,
            clips,
        })
    }
}

fn mean(values: &[f32]) -> f32 {
    values.iter().sum::<f32>() / values.len() as f32
}
