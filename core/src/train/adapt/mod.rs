//! Adaptation of a head to one user from a few labeled clips.
//!
//! 1. *Center.* The user's frames are offset from other people's; the offset is estimated from the
//!    clips, labeled or not, and subtracted from every frame.
//! 2. *Fine-tuning* from the generic head with L2-SP ([`fit`](super::fit)), together with samples
//!    drawn from the statistics of the generic data (rehearsal), so that classes without clips are
//!    not forgotten.
//! 3. *Epochs.* The same is done on inner splits of the user's own clips, by clip; the number of
//!    epochs with the lowest estimated loss wins.
//! 4. *Temperature.* The logits of the head are divided by the number that fits the held-out clips best,
//!    drawn toward 1 by a prior that outweighs a few clips.
//! 5. *Gate.* The new head is returned only if its estimated loss is below that of the current head
//!    on the same clips, or, in place of the generic head, if it is not less accurate.
//!
//! If the generic head has no statistics, step 1 and the rehearsal are skipped. Before all this the labels are examined:
//! by the generic heads of all streams that the clips hold, and where these doubt by heads that learned the user's other
//! clips.

mod center;
mod doubts;
mod estimate;
mod report;
mod second_opinion;
mod teacher;
mod trial;

use std::ops::ControlFlow;

use sha2::{Digest, Sha256};

use self::doubts::{Doubt, Examined, View, all_clips};
pub use self::report::{AdaptReport, LeftOut, Mode, Refusal, WhyLeftOut};
use self::second_opinion::Examiner;
pub(super) use self::teacher::prior;
use self::teacher::{Start, Teacher};
use self::trial::{Before, Judge, Trial};
use super::fit::{FitOptions, Progress, Sample, class_counts, weighted};
use super::generic::GenericHead;
use crate::check::{ABOVE_0_TO_1, POSITIVE};
use crate::error::{Result, fail};
use crate::fusion::Fusion;
use crate::head::{Clip, Head, HeadKind};
use crate::modality::Modality;
use crate::options;
use crate::options::Ranges;

options! {
    /// Options of an adaptation.
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct AdaptOptions {
        /// Options of each fit; its number of epochs is the maximum tried. `None`: those that suit the head, [`FitOptions::rehearsed`]
        /// if the generic head has statistics, else [`FitOptions::for_kind`].
        pub fit: Option<FitOptions> = None;
        /// Share of each recorded class's loss given to rehearsal samples of the generic data.
        pub rehearsal: f32 = 0.3, in 0.0..=0.9;
        /// Divisor of the logits of a head that was trained with rehearsal, before the user's own held-out clips correct it: a strong
        /// pull keeps the probabilities low. The default is from the calibration error that `mien eval adaptation` prints, on KDEF,
        /// JAFFE and CK+ alike.
        pub temperature: f32 = 0.65, in POSITIVE;
        /// Whether the user's offset is subtracted from the frames.
        pub centered: bool = true;
        /// Number of inner splits, each of which holds out one part of the clips; at most one per clip.
        pub folds: usize = 10, in 2..=64;
        /// Whether labels are examined and a head that does not beat the current one is refused.
        pub gate: bool = true;
        /// Options for learning unlabeled clips; `None`: they count for the user's offset only.
        pub pseudo_labels: Option<PseudoLabels> = None;
        /// Whether a user without embeddings of the identity network in use is adapted although nobody can tell whose face the clips
        /// show. Refused for users with embeddings.
        pub unchecked_faces: bool = false;
    }
}

impl AdaptOptions {
    /// Returns these options for a head of `kind` over `values` standardized values that no network made, such as those
    /// of speech: the fit is [`FitOptions::rehearsed_of_values`] unless one is given, rehearsal 0.1, temperature 1.
    #[must_use]
    pub fn of_values(self, kind: HeadKind, values: usize) -> Self {
        let fit = self.fit.or_else(|| Some(FitOptions::rehearsed_of_values(kind, values)));
        Self { fit, rehearsal: 0.1, temperature: 1.0, ..self }
    }
}

options! {
    /// Training on unlabeled clips (Lee, Pseudo-Label, ICML workshop 2013): the head trained on the
    /// labeled clips labels them, and confidently labeled ones are added to the training. They are not
    /// part of any estimate.
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct PseudoLabels {
        /// Minimum probability of a clip's label.
        pub confidence: f32 = 0.9, in 0.5..=1.0;
        /// Weight of such a clip relative to a labeled clip of its class.
        pub weight: f32 = 0.5, in ABOVE_0_TO_1;
    }
}

impl AdaptOptions {
    fn check(&self) -> Result<()> {
        self.check_ranges()?;
        self.pseudo_labels.map_or(Ok(()), |pseudo_labels| pseudo_labels.check_ranges())
    }
}

/// The estimated loss of a training clip, kept for later comparisons.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Evidence {
    /// The first 8 bytes of the SHA-256 of the clip's values (f32, little-endian) and its label,
    /// little-endian.
    pub clip: u64,
    /// The estimated loss, natural logarithm.
    pub loss: f32,
}

impl Evidence {
    /// Returns [`Evidence::clip`] of a clip with a label.
    pub fn of_clip(clip: &Clip, label: &str) -> u64 {
        fingerprint(clip, label)
    }
}

/// The user's current head.
#[derive(Debug, Clone, Copy)]
pub struct Current<'a> {
    /// The head.
    pub head: &'a Head,
    /// Estimates for the clips that it was trained on: its own answers on them prove nothing.
    pub evidence: &'a [Evidence],
}

/// A finished adaptation.
#[derive(Debug, Clone, PartialEq)]
pub struct Adaptation {
    /// The new head; `None` if the gate refused it.
    pub head: Option<Head>,
    /// What was done and measured.
    pub report: AdaptReport,
    /// The estimated loss of each clip.
    pub evidence: Vec<Evidence>,
}

/// A labeled clip of the user.
#[derive(Debug, Clone, Copy)]
pub struct TrainingClip<'a> {
    /// The name of the clip in the report.
    pub name: &'a str,
    /// Its frames.
    pub clip: &'a Clip,
    /// Index of its class among the head's labels.
    pub class: usize,
    /// Whether the person was asked and means this label.
    pub confirmed: bool,
    /// Changed copies of the clip, such as the same speech in noise. They are learned where the clip is, with which they
    /// share its weight, and nothing is estimated from them.
    pub copies: &'a [Clip],
}

impl<'a> TrainingClip<'a> {
    fn sample(&self) -> Sample<'a> {
        (self.clip, self.class)
    }
}

/// What there is to adapt a user's head of one stream to.
#[derive(Debug, Clone, Copy)]
pub struct StreamClips<'a> {
    /// What it reads.
    pub modality: Modality,
    /// The generic head, at which training starts.
    pub generic: &'a GenericHead,
    /// The user's current head; `None` if the generic one answers.
    pub current: Option<Current<'a>>,
    /// The labeled clips.
    pub clips: &'a [TrainingClip<'a>],
    /// Unlabeled clips.
    pub unlabeled: &'a [&'a Clip],
}

/// Adapts a head to a user from labeled `clips` and `unlabeled` clips, starting at `generic`. It is
/// compared with `current`, or else with the generic head.
///
/// Unlabeled clips help to estimate the user's offset. If all labeled clips show one emotion, or there
/// are none, the result is a baseline: the generic head with the user's offset subtracted from the
/// frames. Clips with doubtful labels are left out, or nothing is learned; see
/// [`AdaptReport::left_out`] and [`AdaptReport::refusal`].
///
/// # Errors
/// `NotEnoughSamples` without clips, and for labeled clips of fewer than two classes if the generic
/// head has no statistics; otherwise as in [`fit`](super::fit::fit).
pub fn adapt(
    generic: &GenericHead,
    current: Option<Current<'_>>,
    clips: &[TrainingClip<'_>],
    unlabeled: &[&Clip],
    options: &AdaptOptions,
    mut progress: impl FnMut(Progress) -> ControlFlow<()>,
) -> Result<Adaptation> {
    // Of one stream nothing depends on what it reads.
    let of_stream = StreamClips { modality: Modality::Face, generic, current, clips, unlabeled };
    let mode = of_stream.check(options)?;
    let (streams, fusion) = ([(of_stream, options)], Fusion::default());
    let examination = Examiner { streams: &streams, clips, fusion: &fusion, progress: &mut progress }.examine()?;
    of_stream.adapt(mode, examination, options, progress)
}

/// Adapts the heads of several streams to a user, each as [`adapt`] does, with labels that are examined by all streams
/// together, joined by `fusion`: clips of one name are one clip. Returns an adaptation for each stream.
///
/// `options` has those of each stream.
///
/// # Errors
/// As in [`adapt`]; `InvalidOption` if streams differ in their classes, if a stream has two clips of one name, or if a
/// clip has two labels.
pub fn adapt_joined(
    streams: &[(StreamClips<'_>, &AdaptOptions)],
    fusion: &Fusion,
    mut progress: impl FnMut(Progress) -> ControlFlow<()>,
) -> Result<Vec<Adaptation>> {
    let modes: Vec<Mode> =
        streams.iter().map(|(of_stream, options)| of_stream.check(options)).collect::<Result<_>>()?;
    let views: Vec<View<'_>> = streams.iter().map(|(of_stream, _)| of_stream.view()).collect();
    if views.iter().any(|view| view.generic.head.labels() != views[0].generic.head.labels()) {
        fail!(InvalidOption, "the heads of the streams have different labels");
    }
    let all = all_clips(&views)?;
    let examination = Examiner { streams, clips: &all, fusion, progress: &mut progress }.examine()?;
    let each = streams.iter().zip(modes).map(|((of_stream, options), mode)| {
        let examination = examination.for_clips(&all, of_stream.clips);
        of_stream.adapt(mode, examination, options, &mut progress)
    });
    each.collect()
}

impl<'a> StreamClips<'a> {
    fn view(&self) -> View<'a> {
        View { modality: self.modality, generic: self.generic, clips: self.clips }
    }

    /// Checks options and clips; returns how the head is made.
    fn check(&self, options: &AdaptOptions) -> Result<Mode> {
        options.check()?;
        let all: Vec<Sample<'_>> = self.clips.iter().map(TrainingClip::sample).collect();
        let mode = mode_of(&class_counts(&self.generic.head, &weighted(&all))?);
        if self.clips.is_empty() && self.unlabeled.is_empty() {
            fail!(NotEnoughSamples, "no clip with a usable frame was given");
        }
        if mode == Mode::Baseline && (self.generic.statistics.is_none() || !options.centered) {
            fail!(
                NotEnoughSamples,
                "a baseline needs a generic head with class statistics (made by `mien train`); without one, labeled \
                 clips of at least two emotions are needed to learn"
            );
        }
        Ok(mode)
    }

    /// Learns from the clips, of which the labels have been examined.
    fn adapt(
        &self,
        mode: Mode,
        examination: Examined,
        options: &AdaptOptions,
        progress: impl FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Adaptation> {
        let Self { generic, current, clips, unlabeled, .. } = *self;
        let all: Vec<Sample<'_>> = clips.iter().map(TrainingClip::sample).collect();
        let counts = class_counts(&generic.head, &weighted(&all))?;
        let calibrated = generic.calibrated()?;
        let before = |samples: &[Sample<'_>]| Before::of(current, &calibrated, samples);
        let reads_face = examination.examined;
        let Examined { doubts, examined } = if options.gate { examination } else { Examined::default() };
        let labels = generic.head.labels();
        let left_out: Vec<LeftOut> = doubts.clips().iter().map(|doubt| left_out(doubt, clips, labels)).collect();
        let refused = |refusal, reason, left_out, counts: &[usize]| {
            let before = before(&all)?.report(mode, labels, counts);
            let report = AdaptReport { refusal: Some(refusal), reason, left_out, labels_examined: examined, ..before };
            Ok(Adaptation { head: None, report, evidence: Vec::new() })
        };
        if let Some((refusal, reason)) = doubts.refusal(labels) {
            return refused(refusal, reason, left_out, &counts);
        }
        let held_back = |index: usize| doubts.clips().iter().any(|doubt| doubt.clip == index);
        let learned: Vec<TrainingClip<'_>> =
            clips.iter().enumerate().filter(|(index, _)| !held_back(*index)).map(|(_, clip)| *clip).collect();
        let samples: Vec<Sample<'_>> = learned.iter().map(TrainingClip::sample).collect();
        let counts = class_counts(&generic.head, &weighted(&samples))?;
        if !left_out.is_empty() && mode_of(&counts) != mode || learned.is_empty() && !clips.is_empty() {
            let left = if learned.is_empty() { "no clip" } else { "only one emotion" };
            let reason = format!("without the clips that look like other emotions {left} is left");
            return refused(Refusal::LabelsDoubtful, reason, left_out, &counts);
        }
        let teacher = Teacher::new(Start { generic, reads_face }, mode, unlabeled, options, learned.len(), progress)?;
        let trial = Trial::run(teacher, &learned, &counts)?;
        let judge = Judge { before: before(&samples)?, gate: options.gate, examined, mode };
        let mut adaptation = trial.judge(&judge, &samples, &counts)?;
        adaptation.report.left_out = left_out;
        Ok(adaptation)
    }
}

/// Returns how a head is made from so many clips of each class.
pub(crate) fn mode_of(counts: &[usize]) -> Mode {
    if counts.iter().filter(|&&count| count > 0).count() < 2 { Mode::Baseline } else { Mode::Labeled }
}

/// Returns the entry of the report for a clip with a doubtful label.
fn left_out(doubt: &Doubt, clips: &[TrainingClip<'_>], labels: &[String]) -> LeftOut {
    let clip = &clips[doubt.clip];
    LeftOut {
        clip: clip.name.to_owned(),
        label: Some(labels[clip.class].clone()),
        why: WhyLeftOut::LooksLike { looks_like: labels[doubt.looks_like].clone(), probability: doubt.probability },
    }
}

fn fingerprints(samples: &[Sample<'_>], labels: &[String]) -> Vec<u64> {
    samples.iter().map(|(clip, class)| fingerprint(clip, &labels[*class])).collect()
}

/// Returns the first 8 bytes of the SHA-256 of the clip's values and its label: a relabeled clip is
/// a different one.
fn fingerprint(clip: &Clip, label: &str) -> u64 {
    let mut hash = Sha256::new();
    for frame in clip.frames() {
        frame.iter().for_each(|value| hash.update(value.to_le_bytes()));
    }
    hash.update(label);
    let digest = hash.finalize();
    digest.iter().take(8).rev().fold(0, |number, &byte| number << 8 | u64::from(byte))
}

#[cfg(test)]
mod tests;
