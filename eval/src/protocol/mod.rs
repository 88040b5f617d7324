//! The protocol of `mien eval adaptation`.
//!
//! The unit is a clip; a group is (user, session) and is never split. *Zero-shot*: the network's
//! own logits. *Generic*: a head trained on other people, either by leaving subjects out of the set
//! (folds over subjects) or from other sets. *Adapted*: for each user and session, the generic head
//! that never saw the user is adapted to the user's other sessions and tested on that one. *Curve*:
//! the same with the user's clips limited to a number per class.

mod degraded;
mod faults;
mod joined;
mod measure;
mod report;
mod split;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::time::Instant;

use mien_core::Result;
use mien_core::check::within;
use mien_core::head::{Clip, Head, HeadKind};
use mien_core::train::adapt::AdaptOptions;
use mien_core::train::fit::{FitOptions, Sample};
use mien_core::train::generic::GenericHead;
use mien_core::train::statistics::UserClip;
use rayon::prelude::*;

use measure::{GroupAnswers, generic_heads};
use report::Measured;
use split::{Folds, learnable_groups, not_adapted};

pub use degraded::{Answered, DegradedScores, InPlace, degraded};
pub use faults::{FaultScore, FaultScores, SwapScore, faults};
pub use joined::{AdaptedScores, Figures, JoinedScores, Stream, joined};
pub(crate) use report::rows;
pub use report::{
    AdaptationScores, Baseline, Confirmed, Confusion, CurvePoint, DRAWS, Estimates, Halves, Losses, Score, UserScore,
};
pub use split::NoAdaptation;

/// A clip of a data set.
#[derive(Debug, Clone)]
pub struct Labeled {
    /// The frame vectors.
    pub clip: Clip,
    /// The clip changed a little, as by speed: they are learned beside it, and never tested.
    pub copies: Copies,
    /// Index of its class among the head's labels.
    pub class: usize,
    /// The zero-shot answer and its probability, if the network has class logits.
    pub zero_shot: Option<(usize, f32)>,
    /// The person it shows.
    pub subject: String,
    /// The recording session.
    pub session: String,
    /// The mean identity embedding over the frames, of length 1.
    pub embedding: Vec<f32>,
}

/// Changed copies of a clip.
#[derive(Debug, Clone, Default)]
pub struct Copies {
    /// Those that generic heads learn.
    pub generic: Vec<Clip>,
    /// Those that the heads of users learn.
    pub own: Vec<Clip>,
}

impl Labeled {
    /// Returns the clip and its class.
    pub fn sample(&self) -> Sample<'_> {
        (&self.clip, self.class)
    }

    /// Returns the clip, its class and its subject.
    pub fn of_user(&self) -> UserClip<'_> {
        UserClip { clip: &self.clip, class: self.class, user: &self.subject }
    }
}

/// Options of the evaluation.
#[derive(Debug, Clone, PartialEq)]
pub struct ProtocolOptions {
    /// Max number of folds over subjects for the generic head, 2 and up. With fewer subjects, each
    /// is left out by itself. Default 5.
    pub folds: usize,
    /// Seed for the folds, for the clips of the curve, and for the draws of the intervals. Default
    /// 0.
    pub seed: u64,
    /// Options for training generic heads.
    pub generic: FitOptions,
    /// Options for adapting users' heads.
    pub adapt: AdaptOptions,
    /// Whether users start at the network's own last layer, as in an installation without a generic
    /// head, instead of at heads trained on other people. Default false.
    pub fresh: bool,
    /// Divisor of the logits of the network's own last layer that makes its probabilities honest.
    /// Default 1.
    pub temperature: f32,
    /// Whether generic heads start at a [discriminant], for values without a network. Default false.
    ///
    /// [discriminant]: mien_core::train::discriminant::discriminant
    pub discriminant: bool,
    /// Numbers of clips per class for the curve, each 1 and up. Default 1, 2, 4, 8.
    pub curve: Vec<usize>,
}

impl ProtocolOptions {
    /// Returns the defaults for a kind of head.
    pub fn for_kind(kind: HeadKind) -> Self {
        Self {
            folds: 5,
            seed: 0,
            generic: FitOptions::generic(kind),
            adapt: AdaptOptions::default(),
            fresh: false,
            temperature: 1.0,
            discriminant: false,
            curve: vec![1, 2, 4, 8],
        }
    }

    /// Returns the defaults for a kind of head over standardized values that no network made. All that the generic
    /// heads know is what they learn from the set, so more folds leave fewer people out.
    pub fn for_values(kind: HeadKind, values: usize) -> Self {
        Self {
            generic: FitOptions::generic_of_values(kind, values),
            adapt: AdaptOptions::default().of_values(kind, values),
            discriminant: true,
            folds: 8,
            ..Self::for_kind(kind)
        }
    }
}

/// What an evaluation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It begins: so many generic heads and tested sessions.
    Planned(usize),
    /// One of them is done.
    Done,
    /// One of them has learned for an epoch.
    Epoch,
}

/// Runs the protocol on `clips`; every generic head starts at `fresh`. If `others` is given, the
/// generic head is trained on those clips instead of by leaving subjects out. If `progress` breaks
/// at an epoch, the evaluation is cancelled.
///
/// # Errors
/// `InvalidOption` for fewer than two folds or a curve with 0 clips, `NotEnoughSamples` if the only
/// subject is to be left out, `Cancelled`; otherwise as in [`fit`](mien_core::train::fit::fit).
pub fn adaptation(
    clips: &[Labeled],
    others: Option<&[Labeled]>,
    fresh: &Head,
    options: &ProtocolOptions,
    progress: impl Fn(Step) -> ControlFlow<()> + Sync,
) -> Result<AdaptationScores> {
    Ok(evaluate(clips, others, fresh, options, progress)?.scores)
}

/// Returns the people whom clips show, sorted by name.
pub fn people_of(clips: &[Labeled]) -> Vec<&str> {
    let mut people: Vec<&str> = clips.iter().map(|clip| clip.subject.as_str()).collect();
    people.sort_unstable();
    people.dedup();
    people
}

/// Returns the generic head of each subject, trained on other people.
///
/// # Errors
/// As in [`adaptation`].
pub(super) fn generic_of(
    clips: &[Labeled],
    fresh: &Head,
    options: &ProtocolOptions,
    progress: &(impl Fn(Step) -> ControlFlow<()> + Sync),
) -> Result<BTreeMap<String, GenericHead>> {
    let folds = Folds::new(clips, options, !options.fresh)?;
    let _ = progress(Step::Planned(if options.fresh { 0 } else { folds.count }));
    let heads = generic_heads(clips, None, &folds, fresh, options, progress)?;
    Ok(folds.of.iter().map(|(subject, &fold)| (subject.clone(), heads[fold].head.clone())).collect())
}

/// The results of an evaluation and the tested heads.
pub(super) struct Evaluated<'a> {
    pub scores: AdaptationScores,
    /// The generic head's answer for each clip.
    pub generic: Vec<usize>,
    pub tested: Vec<TestedHead<'a>>,
}

/// A user's head adapted to all sessions but one.
pub(super) struct TestedHead<'a> {
    pub subject: &'a str,
    /// The session that was left out.
    pub session: &'a str,
    pub head: Head,
    /// Indices of the session's clips with the head's answers.
    pub answers: Vec<(usize, usize)>,
}

/// Like [`adaptation`], with the tested heads.
pub(super) fn evaluate<'a>(
    clips: &'a [Labeled],
    others: Option<&[Labeled]>,
    fresh: &Head,
    options: &ProtocolOptions,
    progress: impl Fn(Step) -> ControlFlow<()> + Sync,
) -> Result<Evaluated<'a>> {
    options.curve.iter().try_for_each(|&clips| within("a number of clips per class", clips, 1..))?;
    let folds = Folds::new(clips, options, others.is_none() && !options.fresh)?;
    let groups = learnable_groups(clips, options.seed);
    let _ = progress(Step::Planned(groups.len() + if options.fresh { 0 } else { folds.count }));
    let started = Instant::now();
    let heads = generic_heads(clips, others, &folds, fresh, options, &progress)?;
    let train = started.elapsed();
    let generic_of = |subject: &str| &heads[folds.of[subject]];
    let generic: Vec<usize> =
        clips.iter().map(|clip| generic_of(&clip.subject).head.head.classify(&clip.clip)).collect::<Result<_>>()?;
    let answers: Vec<GroupAnswers> = groups
        .par_iter()
        .map(|group| GroupAnswers::of(group, clips, &generic_of(group.subject).head, options, &progress))
        .collect::<Result<_>>()?;
    let users = folds.of.len();
    let measured = Measured {
        clips,
        users,
        folds: folds.count,
        not_adapted: not_adapted(clips, &groups),
        network_alone: folds.of.keys().filter(|subject| !generic_of(subject).learned).cloned().collect(),
        labels: fresh.labels(),
        generic: &generic,
        groups: &answers,
        train,
    };
    let scores = measured.scores(options);
    let tested = groups.iter().zip(answers).map(|(group, answers)| TestedHead {
        subject: group.subject,
        session: group.session,
        answers: answers.answers(),
        head: answers.head,
    });
    let tested = tested.collect();
    Ok(Evaluated { scores, generic, tested })
}

#[cfg(test)]
pub(super) mod tests {
    use mien_nn::math::SplitMix64;
    use ndarray::array;

    use super::*;
    use crate::metrics::Interval;

    /// Six users with different class patterns, so that only a user's own clips help: two sessions,
    /// each with `takes` clips of three classes.
    pub fn clips(takes: usize) -> Vec<Labeled> {
        let mut rng = SplitMix64::new(4);
        let mut clips = Vec::new();
        for subject in 0..6usize {
            for session in ["A", "B"] {
                for class in (0..3).flat_map(|class| vec![class; takes]) {
                    let frame: Vec<f32> = (0..24)
                        .map(|d| {
                            f32::from(u8::from(d == 4 * subject + (class + subject) % 3)) + rng.below(10) as f32 / 100.0
                        })
                        .collect();
                    clips.push(Labeled {
                        clip: Clip::from_frames(&[frame]).unwrap(),
                        copies: Copies::default(),
                        class,
                        zero_shot: Some((0, 1.0)),
                        subject: format!("s{subject}"),
                        session: session.to_owned(),
                        embedding: (0..6).map(|other| f32::from(u8::from(other == subject))).collect(),
                    });
                }
            }
        }
        clips
    }

    pub fn fresh() -> Head {
        Head::fresh(["a", "b", "c"].map(str::to_owned).to_vec(), 24, HeadKind::Logistic.body(), None, 1.0).unwrap()
    }

    /// These users have nothing in common, so rehearsal of other people's classes would only be in
    /// the way.
    pub fn options() -> ProtocolOptions {
        let kind = HeadKind::Logistic;
        let fit = Some(FitOptions::for_kind(kind));
        let adapt = AdaptOptions { fit, rehearsal: 0.0, centered: false, gate: false, ..AdaptOptions::default() };
        ProtocolOptions { folds: 3, adapt, ..ProtocolOptions::for_kind(kind) }
    }

    fn scores(clips: &[Labeled]) -> AdaptationScores {
        adaptation(clips, None, &fresh(), &options(), |_| ControlFlow::Continue(())).unwrap()
    }

    #[test]
    fn adaptation_learns_what_generic_cannot() {
        let scores = scores(&clips(1));
        assert_eq!((scores.users, scores.clips, scores.adapted_clips), (6, 36, 36));
        assert!((scores.zero_shot.unwrap().accuracy - 1.0 / 3.0).abs() < 1e-9);
        assert!((scores.zero_shot_ece.unwrap() - 2.0 / 3.0).abs() < 1e-6, "sure and right once in three times");
        assert!(scores.generic.accuracy < 0.8, "{scores:?}");
        assert_eq!(scores.adapted.unwrap().accuracy, 1.0);
        assert_eq!((scores.worst_user, scores.harmed_users), (Some(1.0), 0));
        let all_right = Interval { mean: 1.0, low: 1.0, high: 1.0 };
        assert_eq!((scores.adapted_interval, scores.adapted_sd), (Some(all_right), Some(0.0)));
        let gain = scores.gain.unwrap();
        assert!((gain.mean - (1.0 - scores.generic.accuracy)).abs() < 1e-12, "{scores:?}");
        assert!(gain.low < gain.mean && gain.mean < gain.high && scores.generic_tested_sd > Some(0.0), "{scores:?}");
        let confusion = scores.confusion.unwrap();
        assert_eq!(confusion.labels, ["a", "b", "c"]);
        assert_eq!(confusion.adapted, array![[12, 0, 0], [0, 12, 0], [0, 0, 12]]);
        let right: usize = (0..3).map(|class| confusion.generic[[class, class]]).sum();
        assert_eq!(right as f64 / 36.0, scores.generic.accuracy);
    }

    #[test]
    fn what_the_gate_refuses_is_counted_and_the_generic_head_answers() {
        let open = scores(&clips(1));
        assert_eq!((open.refused, open.adaptations), (0, 12));
        let mut options = options();
        options.adapt.gate = true;
        let gated = adaptation(&clips(1), None, &fresh(), &options, |_| ControlFlow::Continue(())).unwrap();
        assert!(gated.refused > 0, "{gated:?}");
        if gated.refused == gated.adaptations {
            assert_eq!(gated.adapted, gated.generic_tested);
            assert_eq!(gated.losses, None, "no new head is left to measure");
        } else {
            let losses = gated.losses.unwrap();
            assert!(losses.measured < losses.generic && losses.estimated > 0.0, "{losses:?}");
        }
    }

    #[test]
    fn a_fresh_start_is_the_heads_own() {
        let options = ProtocolOptions { fresh: true, ..options() };
        let scores = adaptation(&clips(1), None, &fresh(), &options, |_| ControlFlow::Continue(())).unwrap();
        // A blank head always answers the first class.
        assert!((scores.generic.accuracy - 1.0 / 3.0).abs() < 1e-9);
        assert_eq!((scores.adapted.unwrap().accuracy, scores.neutral_baseline), (1.0, None));
    }

    #[test]
    fn both_heads_are_compared_on_the_clips_that_were_tested() {
        let mut clips = clips(1);
        clips.iter_mut().filter(|clip| clip.subject == "s2").for_each(|clip| clip.session = String::new());
        let scores = scores(&clips);
        assert_eq!((scores.users, scores.clips, scores.adapted_clips, scores.per_user.len()), (6, 36, 30, 5));
        let tested = scores.generic_tested.unwrap().accuracy;
        let mean = scores.per_user.iter().map(|user| user.generic).sum::<f64>() / 5.0;
        assert!((tested - mean).abs() < 1e-12 && tested != scores.generic.accuracy, "{scores:?}");
        assert!((scores.gain.unwrap().mean - (scores.adapted.unwrap().accuracy - tested)).abs() < 1e-12);
        assert_eq!(scores.confusion.unwrap().generic.sum(), 30);
    }

    #[test]
    fn the_curve_counts_who_has_so_many_clips() {
        // One clip per class and session for s0, three for the others: s0 reaches 1 only.
        let mut clips = clips(3);
        let mut seen = std::collections::BTreeSet::new();
        clips.retain(|clip| clip.subject != "s0" || seen.insert((clip.session.clone(), clip.class)));
        let scores = scores(&clips);
        let reached: Vec<_> =
            scores.curve.iter().map(|point| (point.clips_per_class, point.users, point.clips)).collect();
        assert_eq!(reached, [(1, 6, 6 + 5 * 18), (2, 5, 5 * 18)]);
        let first = scores.curve[0];
        assert!((first.generic - scores.generic_tested.unwrap().accuracy).abs() < 1e-12, "{scores:?}");
        assert!(first.adapted > first.generic && first.harmed_users == 0, "{scores:?}");
    }

    #[test]
    fn an_uncut_curve_equals_the_main_figure() {
        let scores = scores(&clips(1));
        assert_eq!(scores.curve.len(), 1);
        let point = scores.curve[0];
        assert_eq!((point.clips_per_class, point.users, point.clips), (1, 6, 36));
        assert_eq!((point.adapted, point.generic), (1.0, scores.generic.accuracy));
    }

    #[test]
    fn users_with_one_session_are_not_adapted() {
        let mut clips = clips(1);
        clips.iter_mut().for_each(|clip| clip.session = String::new());
        let scores = scores(&clips);
        assert!(scores.adapted.is_none() && scores.worst_user.is_none() && scores.adapted_clips == 0);
        assert!(scores.generic_tested.is_none() && scores.gain.is_none() && scores.adapted_interval.is_none());
        assert!(scores.confusion.is_none() && scores.curve.is_empty() && scores.adapted_sd.is_none());
    }

    /// The clips of the first `people` users.
    fn of_people(people: usize) -> Vec<Labeled> {
        let mut clips = clips(1);
        clips.retain(|clip| clip.subject[1..].parse::<usize>().unwrap() < people);
        clips
    }

    #[test]
    fn few_people_are_left_out_one_by_one() {
        for people in 2..6 {
            let clips = of_people(people);
            let options = ProtocolOptions { folds: 5, ..options() };
            let scores = adaptation(&clips, None, &fresh(), &options, |_| ControlFlow::Continue(())).unwrap();
            assert_eq!((scores.users, scores.folds, scores.adapted_clips), (people, people.min(5), 6 * people));
            assert_eq!(scores.adapted.unwrap().accuracy, 1.0);
            // Each generic head is the one learned from all the others.
            let others: Vec<_> = clips.iter().filter(|clip| clip.subject != "s0").cloned().collect();
            let own: Vec<_> = clips.iter().filter(|clip| clip.subject == "s0").cloned().collect();
            let beside = adaptation(&own, Some(&others), &fresh(), &options, |_| ControlFlow::Continue(())).unwrap();
            assert_eq!((beside.users, beside.folds, &beside.per_user[0]), (1, 1, &scores.per_user[0]));
        }
        let alone = adaptation(&of_people(1), None, &fresh(), &options(), |_| ControlFlow::Continue(())).unwrap_err();
        assert!(alone.to_string().contains("all clips are of one person: the generic head is learned from"), "{alone}");
        let fresh_start = ProtocolOptions { fresh: true, ..options() };
        let scores = adaptation(&of_people(1), None, &fresh(), &fresh_start, |_| ControlFlow::Continue(())).unwrap();
        assert_eq!((scores.users, scores.folds, scores.adapted_clips, scores.gain), (1, 1, 6, None));
    }

    #[test]
    fn who_cannot_be_adapted_is_named_with_the_reason() {
        let mut clips = clips(1);
        for clip in &mut clips {
            match clip.subject.as_str() {
                "s1" => clip.session = "A".to_owned(),
                "s2" => clip.class = 0,
                _ => {}
            }
        }
        let scores = scores(&clips);
        let expected = [("s1", NoAdaptation::OneSession), ("s2", NoAdaptation::OneEmotion)];
        assert_eq!(scores.not_adapted, expected.map(|(name, why)| (name.to_owned(), why)).into());
        assert_eq!((scores.per_user.len(), scores.network_alone.len()), (4, 0));
    }

    #[test]
    fn the_network_stands_in_if_the_others_show_one_emotion() {
        let mut clips = of_people(2);
        clips.retain(|clip| clip.subject != "s1" || (clip.class == 1 && clip.session == "A"));
        let scores = scores(&clips);
        assert_eq!(scores.network_alone, ["s0"]);
        // The network's own layer is blank here, so it answers the first class.
        assert_eq!(
            scores.per_user,
            [UserScore { subject: "s0".to_owned(), clips: 6, generic: 1.0 / 3.0, adapted: 1.0 }]
        );
        assert_eq!(scores.not_adapted.into_iter().collect::<Vec<_>>(), [("s1".to_owned(), NoAdaptation::OneSession)]);
    }

    #[test]
    fn an_evaluation_plans_its_steps_and_can_be_cancelled() {
        use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
        let [planned, done, epochs] = [(); 3].map(|()| AtomicUsize::new(0));
        let observe = |step| {
            match step {
                Step::Planned(steps) => planned.store(steps, Relaxed),
                Step::Done => _ = done.fetch_add(1, Relaxed),
                Step::Epoch => _ = epochs.fetch_add(1, Relaxed),
            }
            ControlFlow::Continue(())
        };
        adaptation(&clips(1), None, &fresh(), &options(), observe).unwrap();
        // Three folds, and six users with two sessions.
        assert_eq!((planned.into_inner(), done.into_inner()), (15, 15));
        assert!(epochs.into_inner() > 1000);
        let cancel = |step| if step == Step::Epoch { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
        let cancelled = adaptation(&clips(1), None, &fresh(), &options(), cancel).unwrap_err();
        assert_eq!(cancelled.kind(), mien_core::ErrorKind::Cancelled);
    }

    #[test]
    fn options_out_of_range_are_refused() {
        for options in [ProtocolOptions { folds: 1, ..options() }, ProtocolOptions { curve: vec![1, 0], ..options() }] {
            assert!(
                adaptation(&clips(1), None, &fresh(), &options, |_| ControlFlow::Continue(())).is_err(),
                "{options:?}"
            );
        }
    }
}
