//! What heads say of clips made worse: `mien eval ravdess --degrade`.
//!
//! Heads learn from the clips as they are, as in [`adaptation`](super::adaptation), and are tested on others in
//! their place. Each of these either may be decided on or is left out.

use std::ops::ControlFlow;

use mien_core::Result;
use mien_core::head::{Clip, Head};
use mien_core::train::adapt::{TrainingClip, adapt};
use mien_nn::math::argmax;
use rayon::prelude::*;

use super::measure::generic_heads;
use super::split::{Folds, Group, learnable_groups};
use super::{Labeled, ProtocolOptions, Step};
use crate::metrics::expected_calibration_error;

/// What is tested in place of a clip.
#[derive(Debug, Clone)]
pub struct InPlace {
    /// The vectors.
    pub clip: Clip,
    /// Whether an application would leave the clip out.
    pub left_out: bool,
}

/// Accuracy and calibration on some clips.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Answered {
    /// Number of clips.
    pub clips: usize,
    /// Share of correct answers, 0 to 1; NaN without clips.
    pub accuracy: f64,
    /// Expected calibration error (15 bins), 0 to 1.
    pub ece: f64,
}

/// The figures of one way to make clips worse.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DegradedScores {
    /// The generic heads on all clips, and on those that are not left out.
    pub generic: [Answered; 2],
    /// The adapted heads on all clips of sessions that could be tested, and on those that are not left out.
    pub adapted: [Answered; 2],
}

/// A tested clip, the confidence of the answer and whether it is right.
type Answers = Vec<(usize, f32, bool)>;

/// Returns the scores for each of `tested`, which has a clip in place of each of `clips`.
///
/// # Errors
/// As in [`adaptation`](super::adaptation).
pub fn degraded(
    clips: &[Labeled],
    tested: &[Vec<InPlace>],
    fresh: &Head,
    options: &ProtocolOptions,
    progress: impl Fn(Step) -> ControlFlow<()> + Sync,
) -> Result<Vec<DegradedScores>> {
    let folds = Folds::new(clips, options, true)?;
    let groups = learnable_groups(clips, options.seed);
    let _ = progress(Step::Planned(groups.len() + folds.count));
    let heads = generic_heads(clips, None, &folds, fresh, options, &progress)?;
    let generic_of = |subject: &str| &heads[folds.of[subject]].head;
    let adapted: Vec<Head> = groups
        .par_iter()
        .map(|group| {
            let learning = learning(group, clips);
            let adaptation =
                adapt(generic_of(group.subject), None, &learning, &[], &options.adapt, |_| progress(Step::Epoch))?;
            let _ = progress(Step::Done);
            Ok(adaptation.head.unwrap_or_else(|| generic_of(group.subject).head.clone()))
        })
        .collect::<Result<_>>()?;
    let answer = |head: &Head, index: usize, tested: &[InPlace]| -> Result<(usize, f32, bool)> {
        let probabilities = head.predict(&tested[index].clip)?.probabilities;
        let class = argmax(&probabilities);
        Ok((index, probabilities[class], class == clips[index].class))
    };
    let scores = |tested: &Vec<InPlace>| {
        let all = 0..clips.len();
        let generic: Answers =
            all.map(|index| answer(&generic_of(&clips[index].subject).head, index, tested)).collect::<Result<_>>()?;
        let of_group = |(group, head)| {
            let group: &Group<'_> = group;
            group.tested.iter().map(move |&index| answer(head, index, tested))
        };
        let adapted: Answers = groups.iter().zip(&adapted).flat_map(of_group).collect::<Result<_>>()?;
        Ok(DegradedScores { generic: both(&generic, tested), adapted: both(&adapted, tested) })
    };
    tested.iter().map(scores).collect()
}

/// Returns what a user's head learns before a session of `group` is tested.
fn learning<'a>(group: &Group<'_>, clips: &'a [Labeled]) -> Vec<TrainingClip<'a>> {
    let clip = |&index: &usize| {
        let Labeled { clip, class, session, copies, .. } = &clips[index];
        TrainingClip { name: session, clip, class: *class, confirmed: false, copies: &copies.own }
    };
    group.learned.iter().map(clip).collect()
}

/// Returns the figures of all answers, and of those to clips that are not left out.
fn both(answers: &Answers, tested: &[InPlace]) -> [Answered; 2] {
    let of = |keep: &dyn Fn(usize) -> bool| {
        let kept: Vec<(f32, bool)> =
            answers.iter().filter(|(index, ..)| keep(*index)).map(|&(_, p, is)| (p, is)).collect();
        let right = kept.iter().filter(|(_, is_right)| *is_right).count();
        let accuracy = right as f64 / kept.len() as f64;
        Answered { clips: kept.len(), accuracy, ece: expected_calibration_error(&kept) }
    };
    [of(&|_| true), of(&|index| !tested[index].left_out)]
}

#[cfg(test)]
mod tests {
    use super::super::tests::{clips, fresh, options};
    use super::*;

    #[test]
    fn clips_are_tested_in_place_of_those_that_are_learned() {
        let clips = clips(1);
        let same: Vec<_> =
            clips.iter().map(|clip| InPlace { clip: clip.clip.clone(), left_out: clip.class == 0 }).collect();
        let nothing = Clip::from_frames(&[[0.0; 24]]).unwrap();
        let worse = vec![InPlace { clip: nothing, left_out: true }; clips.len()];
        let scores = degraded(&clips, &[same, worse], &fresh(), &options(), |_| ControlFlow::Continue(())).unwrap();
        let plain =
            super::super::adaptation(&clips, None, &fresh(), &options(), |_| ControlFlow::Continue(())).unwrap();
        let [all, kept] = scores[0].adapted;
        assert_eq!((all.clips, all.accuracy, kept.clips), (36, 1.0, 24));
        assert!((scores[0].generic[0].accuracy - plain.generic.accuracy).abs() < 1e-12);
        assert!(scores[1].adapted[0].accuracy < 0.5, "{:?}", scores[1]);
        assert_eq!(scores[1].adapted[1].clips, 0);
    }
}
