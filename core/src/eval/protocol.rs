//! The protocol of `mien eval adaptation`.
//!
//! The unit is a clip; a group is (user, session) and is never split.
//! *Zero-shot*: the network's own logits. *Generic*: a head learnt from other people, either by
//! leaving subjects out of the set (folds over subjects) or from other sets. *Adapted*: for each
//! user and session, the generic head that never saw the user, fitted to the user's other
//! sessions and tested on that one.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use rayon::prelude::*;

use super::metrics::{accuracy, expected_calibration_error, unweighted_average_recall};
use crate::error::{Result, fail};
use crate::head::{Clip, Head, HeadKind};
use crate::math::{SplitMix64, argmax};
use crate::train::adapt::{AdaptOptions, adapt};
use crate::train::fit::{FitOptions, Sample, fit};
use crate::train::generic::GenericHead;
use crate::train::statistics::{ClassStatistics, UserClip};

/// A clip of a data set.
#[derive(Debug, Clone)]
pub struct Labelled {
    /// The frame vectors.
    pub clip: Clip,
    /// Index among the head's labels.
    pub class: usize,
    /// The zero-shot answer, where the network gives one.
    pub zero_shot: Option<usize>,
    /// Whose clip it is.
    pub subject: String,
    /// The recording session.
    pub session: String,
}

/// How the evaluation runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProtocolOptions {
    /// Folds over subjects for the generic head, 2 and up. Default 5.
    pub folds: usize,
    /// Decides which subject is in which fold. Default 0.
    pub seed: u64,
    /// How generic heads are learnt.
    pub generic: FitOptions,
    /// How users are learnt.
    pub adapt: AdaptOptions,
}

impl ProtocolOptions {
    /// The defaults for a kind of head.
    pub fn for_kind(kind: HeadKind) -> Self {
        Self { folds: 5, seed: 0, generic: FitOptions::generic(kind), adapt: AdaptOptions::default() }
    }
}

/// Accuracy and unweighted average recall, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Score {
    /// Share of right answers.
    pub accuracy: f64,
    /// Mean over classes of each class's share of right answers.
    pub uar: f64,
}

/// A user's accuracy before and after.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct UserScore {
    /// The subject's name in the data set.
    pub subject: String,
    /// Clips tested.
    pub clips: usize,
    /// Accuracy of the generic head on them.
    pub generic: f64,
    /// Accuracy of the user's heads on them.
    pub adapted: f64,
}

/// What an evaluation found.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct AdaptationScores {
    /// Subjects in the set.
    pub users: usize,
    /// Clips in the set.
    pub clips: usize,
    /// Of the network's own logits; `None` where it has none.
    pub zero_shot: Option<Score>,
    /// Of the generic head, on all clips.
    pub generic: Score,
    /// Of the adapted heads, on the clips that could be tested; `None` where no user has two
    /// sessions.
    pub adapted: Option<Score>,
    /// Clips on which adapted heads were tested.
    pub adapted_clips: usize,
    /// The lowest accuracy of a user after adaptation.
    pub worst_user: Option<f64>,
    /// Users whose accuracy fell by adaptation.
    pub harmed_users: usize,
    /// Expected calibration error of the adapted heads (15 bins), 0 to 1.
    pub ece: Option<f64>,
    /// Each user before and after.
    pub per_user: Vec<UserScore>,
    /// Time to learn the generic heads.
    pub train: Duration,
    /// Mean CPU-bound time of one fit to a user.
    pub adapt_per_user: Duration,
}

/// Runs the protocol on `clips`, starting every generic head at `fresh`. Where `others` is given, the
/// generic head is learnt from those clips instead of by leaving subjects out.
///
/// # Errors
/// `InvalidOption` for less than two folds, `NotEnoughSamples` for less subjects than folds;
/// else as [`fit`].
pub fn adaptation(
    clips: &[Labelled],
    others: Option<&[Labelled]>,
    fresh: &Head,
    options: &ProtocolOptions,
    progress: impl Fn(&str) + Sync,
) -> Result<AdaptationScores> {
    let subjects = subject_folds(clips, options)?;
    let started = Instant::now();
    let heads: Vec<GenericHead> = match others {
        Some(others) => {
            let generic = generic_head(others.iter().collect(), fresh, &options.generic)?;
            vec![generic; options.folds]
        }
        None => (0..options.folds)
            .into_par_iter()
            .map(|fold| {
                let rest = clips.iter().filter(|clip| subjects[&clip.subject] != fold).collect();
                let generic = generic_head(rest, fresh, &options.generic);
                progress("generic head learnt");
                generic
            })
            .collect::<Result<_>>()?,
    };
    let train = started.elapsed();
    let classify = |head: &Head, clip: &Labelled| -> Result<Vec<f32>> { Ok(head.predict(&clip.clip)?.probabilities) };
    let generic: Vec<usize> = clips
        .iter()
        .map(|clip| Ok(argmax(&classify(&heads[subjects[&clip.subject]].head, clip)?)))
        .collect::<Result<_>>()?;

    let groups: Vec<(&str, &str)> = {
        let mut groups: Vec<_> = clips.iter().map(|clip| (clip.subject.as_str(), clip.session.as_str())).collect();
        groups.sort_unstable();
        groups.dedup();
        groups
    };
    let fitted: Vec<Vec<(usize, Vec<f32>, Duration)>> = groups
        .par_iter()
        .map(|&(subject, session)| {
            let own = || clips.iter().enumerate().filter(|(_, clip)| clip.subject == subject);
            let samples: Vec<_> =
                own().filter(|(_, clip)| clip.session != session).map(|(_, clip)| (&clip.clip, clip.class)).collect();
            let classes: std::collections::BTreeSet<usize> = samples.iter().map(|(_, class)| *class).collect();
            if classes.len() < 2 {
                return Ok(Vec::new());
            }
            let started = Instant::now();
            let head = adapted_head(&heads[subjects[subject]], &samples, &options.adapt)?;
            let took = started.elapsed();
            progress("user adapted");
            own()
                .filter(|(_, clip)| clip.session == session)
                .map(|(index, clip)| Ok((index, classify(&head, clip)?, took)))
                .collect()
        })
        .collect::<Result<_>>()?;
    let fits = fitted.iter().filter(|group| !group.is_empty()).count();
    let spent: Duration = fitted.iter().filter_map(|group| group.first()).map(|(_, _, took)| *took).sum();
    let adapted: BTreeMap<usize, Vec<f32>> =
        fitted.into_iter().flatten().map(|(index, probabilities, _)| (index, probabilities)).collect();

    let truth: Vec<usize> = clips.iter().map(|clip| clip.class).collect();
    let tested_truth: Vec<usize> = adapted.keys().map(|&index| truth[index]).collect();
    let tested_answers: Vec<usize> = adapted.values().map(|probabilities| argmax(probabilities)).collect();
    let confidences: Vec<(f32, bool)> =
        adapted.iter().map(|(&index, p)| (p[argmax(p)], argmax(p) == truth[index])).collect();
    let per_user = per_user(clips, &generic, &adapted);
    let zero_shot: Option<Vec<usize>> = clips.iter().map(|clip| clip.zero_shot).collect();
    let any = !adapted.is_empty();
    Ok(AdaptationScores {
        users: subjects.len(),
        clips: clips.len(),
        zero_shot: zero_shot.map(|answers| score(&truth, &answers)),
        generic: score(&truth, &generic),
        adapted: any.then(|| score(&tested_truth, &tested_answers)),
        adapted_clips: adapted.len(),
        worst_user: per_user.iter().map(|user| user.adapted).reduce(f64::min),
        harmed_users: per_user.iter().filter(|user| user.adapted < user.generic).count(),
        ece: any.then(|| expected_calibration_error(&confidences)),
        per_user,
        train,
        adapt_per_user: spent / fits.max(1) as u32,
    })
}

/// A generic head of other people's clips, with their statistics where they allow it.
fn generic_head(clips: Vec<&Labelled>, fresh: &Head, options: &FitOptions) -> Result<GenericHead> {
    let samples: Vec<_> = clips.iter().map(|clip| (&clip.clip, clip.class)).collect();
    let start = GenericHead::fresh(fresh.clone()).start(&samples)?;
    let head = fit(&start, &samples, options, |_| ControlFlow::Continue(()))?;
    let of_users: Vec<_> =
        clips.iter().map(|clip| UserClip { clip: &clip.clip, class: clip.class, user: &clip.subject }).collect();
    let statistics = ClassStatistics::of(&of_users, fresh.labels().len()).ok();
    GenericHead::new(head, statistics)
}

fn adapted_head(generic: &GenericHead, samples: &[Sample<'_>], options: &AdaptOptions) -> Result<Head> {
    let adaptation = adapt(generic, None, samples, &[], options, |_| ControlFlow::Continue(()))?;
    Ok(adaptation.head.unwrap_or_else(|| generic.head.clone()))
}

fn score(truth: &[usize], answers: &[usize]) -> Score {
    Score { accuracy: accuracy(truth, answers), uar: unweighted_average_recall(truth, answers) }
}

/// The fold of each subject: subjects in the order of their names, shuffled by the seed.
fn subject_folds(clips: &[Labelled], options: &ProtocolOptions) -> Result<BTreeMap<String, usize>> {
    let mut subjects: Vec<String> = clips.iter().map(|clip| clip.subject.clone()).collect();
    subjects.sort_unstable();
    subjects.dedup();
    if options.folds < 2 {
        fail!(InvalidOption, "folds is {}; it must be at least 2", options.folds);
    }
    if subjects.len() < options.folds {
        fail!(NotEnoughSamples, "{} subjects for {} folds", subjects.len(), options.folds);
    }
    SplitMix64::new(options.seed).shuffle(&mut subjects);
    Ok(subjects.into_iter().enumerate().map(|(index, subject)| (subject, index % options.folds)).collect())
}

fn per_user(clips: &[Labelled], generic: &[usize], adapted: &BTreeMap<usize, Vec<f32>>) -> Vec<UserScore> {
    let mut users: BTreeMap<&str, (usize, usize, usize)> = BTreeMap::new();
    for (&index, probabilities) in adapted {
        let clip = &clips[index];
        let (tested, before, after) = users.entry(&clip.subject).or_default();
        *tested += 1;
        *before += usize::from(generic[index] == clip.class);
        *after += usize::from(argmax(probabilities) == clip.class);
    }
    users
        .into_iter()
        .map(|(subject, (clips, before, after))| UserScore {
            subject: subject.to_owned(),
            clips,
            generic: before as f64 / clips as f64,
            adapted: after as f64 / clips as f64,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Users whose classes differ from each other's: only a user's own clips help.
    fn clips() -> Vec<Labelled> {
        let mut rng = SplitMix64::new(4);
        let mut clips = Vec::new();
        for subject in 0..6usize {
            for session in ["A", "B"] {
                for class in 0..3 {
                    let frame: Vec<f32> = (0..24)
                        .map(|d| {
                            f32::from(u8::from(d == 4 * subject + (class + subject) % 3)) + rng.below(10) as f32 / 100.0
                        })
                        .collect();
                    clips.push(Labelled {
                        clip: Clip::from_frames(&[frame]).unwrap(),
                        class,
                        zero_shot: Some(0),
                        subject: format!("s{subject}"),
                        session: session.to_owned(),
                    });
                }
            }
        }
        clips
    }

    fn fresh() -> Head {
        Head::fresh(["a", "b", "c"].map(str::to_owned).to_vec(), 24, HeadKind::Logistic.body(), None, 1.0).unwrap()
    }

    #[test]
    fn adaptation_learns_what_generic_cannot() {
        let scores = adaptation(
            &clips(),
            None,
            &fresh(),
            &ProtocolOptions { folds: 3, ..ProtocolOptions::for_kind(HeadKind::Logistic) },
            |_| {},
        )
        .unwrap();
        assert_eq!((scores.users, scores.clips, scores.adapted_clips), (6, 36, 36));
        assert!((scores.zero_shot.unwrap().accuracy - 1.0 / 3.0).abs() < 1e-9);
        assert!(scores.generic.accuracy < 0.8, "{scores:?}");
        assert_eq!(scores.adapted.unwrap().accuracy, 1.0);
        assert_eq!((scores.worst_user, scores.harmed_users), (Some(1.0), 0));
    }

    #[test]
    fn users_with_one_session_are_not_adapted() {
        let mut clips = clips();
        clips.iter_mut().for_each(|clip| clip.session = String::new());
        let scores = adaptation(
            &clips,
            None,
            &fresh(),
            &ProtocolOptions { folds: 2, ..ProtocolOptions::for_kind(HeadKind::Logistic) },
            |_| {},
        )
        .unwrap();
        assert!(scores.adapted.is_none() && scores.worst_user.is_none() && scores.adapted_clips == 0);
    }

    #[test]
    fn a_fold_needs_a_subject() {
        let options = ProtocolOptions { folds: 7, ..ProtocolOptions::for_kind(HeadKind::Logistic) };
        assert!(adaptation(&clips(), None, &fresh(), &options, |_| {}).is_err());
    }
}
