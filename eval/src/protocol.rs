//! The protocol of `mien eval adaptation`.
//!
//! The unit is a clip; a group is (user, session) and is never split. *Zero-shot*: the network's
//! own logits. *Generic*: a head trained on other people, either by leaving subjects out of the set
//! (folds over subjects) or from other sets. *Adapted*: for each user and session, the generic head
//! that never saw the user is adapted to the user's other sessions and tested on that one. *Curve*:
//! the same with the user's clips limited to a number per class.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use mien_core::head::{Clip, Head, HeadKind, loss_of};
use mien_core::labels;
use mien_core::train::adapt::{AdaptOptions, NEUTRAL, adapt};
use mien_core::train::fit::{FitOptions, Sample, fit};
use mien_core::train::generic::GenericHead;
use mien_core::train::statistics::{ClassStatistics, UserClip};
use mien_core::{Result, fail};
use mien_nn::math::{SplitMix64, argmax};
use rayon::prelude::*;

use super::metrics::{
    Interval, accuracy, bootstrap, confusion_matrix, expected_calibration_error, sample_deviation,
    unweighted_average_recall,
};

/// A clip of a data set.
#[derive(Debug, Clone)]
pub struct Labeled {
    /// The frame vectors.
    pub clip: Clip,
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
    /// Number of folds over subjects for the generic head, 2 and up. Default 5.
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
            curve: vec![1, 2, 4, 8],
        }
    }
}

/// Number of times users are resampled for an interval.
pub const DRAWS: usize = 2000;

/// Accuracy and unweighted average recall, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Score {
    /// Share of correct answers.
    pub accuracy: f64,
    /// Mean over classes of each class's share of correct answers.
    pub uar: f64,
}

/// A user's accuracy before and after adaptation.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct UserScore {
    /// The subject's name in the data set.
    pub subject: String,
    /// Number of clips tested.
    pub clips: usize,
    /// Accuracy of the generic head on them.
    pub generic: f64,
    /// Accuracy of the user's heads on them.
    pub adapted: f64,
}

/// Answers of each head against the truth, on the clips on which adapted heads were tested.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Confusion {
    /// The classes of rows and columns, in order.
    pub labels: Vec<String>,
    /// Counts of the generic head: rows are the truth, columns the answer.
    pub generic: Vec<Vec<usize>>,
    /// Counts of the adapted heads.
    pub adapted: Vec<Vec<usize>>,
}

/// Results of heads adapted to a limited number of clips per class.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct CurvePoint {
    /// Maximum number of clips per class used for adaptation.
    pub clips_per_class: usize,
    /// Number of users with a tested session and at least that many clips of some class to learn
    /// from.
    pub users: usize,
    /// Number of clips tested in those sessions.
    pub clips: usize,
    /// Accuracy of the generic head on them.
    pub generic: f64,
    /// Accuracy of the adapted heads on them.
    pub adapted: f64,
    /// Number of users with a lower accuracy after adaptation.
    pub harmed_users: usize,
}

/// Mean losses (negative log-likelihood) of heads on clips of sessions that they were not trained
/// on, compared with the estimate of the adaptation, which does not see these clips.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Losses {
    /// Loss of the generic head.
    pub generic: f64,
    /// Loss of the active heads after adaptation.
    pub adapted: f64,
    /// Loss that the adaptations estimated from their inner splits, for heads that were not
    /// refused.
    pub estimated: f64,
    /// Measured loss of these heads.
    pub measured: f64,
}

/// Results of the generic head with a user's offset subtracted, estimated from the neutral clips of
/// the other sessions; nothing else of the user is known.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct NeutralBaseline {
    /// Number of clips tested.
    pub clips: usize,
    /// Accuracy of the generic head on them.
    pub generic: f64,
    /// Accuracy with the baseline, after the gate.
    pub adapted: f64,
}

/// The results of an evaluation.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct AdaptationScores {
    /// Number of subjects in the set.
    pub users: usize,
    /// Number of clips in the set.
    pub clips: usize,
    /// Score of the network's own logits; `None` if it has none.
    pub zero_shot: Option<Score>,
    /// Expected calibration error of the network's own logits (15 bins), 0 to 1.
    pub zero_shot_ece: Option<f64>,
    /// Score of the generic head on all clips.
    pub generic: Score,
    /// Score of the generic head on the clips on which adapted heads were tested, for comparison
    /// with `adapted`.
    pub generic_tested: Option<Score>,
    /// Score of the adapted heads on the clips that could be tested. `None`, like everything
    /// derived from it, if no user has two sessions of which one leaves clips of two classes to
    /// learn from.
    pub adapted: Option<Score>,
    /// Number of clips on which adapted heads were tested.
    pub adapted_clips: usize,
    /// Sample standard deviation (n - 1) over users of the generic accuracy on those clips; `None`
    /// for fewer than two users.
    pub generic_tested_sd: Option<f64>,
    /// Sample standard deviation (n - 1) over users of the adapted accuracy; `None` for fewer than
    /// two users.
    pub adapted_sd: Option<f64>,
    /// The adapted accuracy and its bootstrap interval over users; `None` for fewer than two users.
    pub adapted_interval: Option<Interval>,
    /// Adapted minus generic accuracy on the same clips, and its paired bootstrap interval over
    /// users; `None` for fewer than two users.
    pub gain: Option<Interval>,
    /// The lowest accuracy of any user after adaptation.
    pub worst_user: Option<f64>,
    /// Number of users with a lower accuracy after adaptation.
    pub harmed_users: usize,
    /// Number of adaptations refused by the gate, so that the generic head answered; there is one
    /// adaptation per user and session tested.
    pub refused: usize,
    /// Number of adaptations.
    pub adaptations: usize,
    /// Mean losses of the adaptations; `None` if there were none.
    pub losses: Option<Losses>,
    /// Results of neutral clips alone; `None` if no user has any, or if the generic data allow no
    /// statistics.
    pub neutral_baseline: Option<NeutralBaseline>,
    /// Expected calibration error of the adapted heads (15 bins), 0 to 1.
    pub ece: Option<f64>,
    /// Answers of both heads against the truth.
    pub confusion: Option<Confusion>,
    /// Results by clips per class, in the order of the options; numbers that no user reaches are
    /// omitted.
    pub curve: Vec<CurvePoint>,
    /// Accuracy of each user before and after adaptation.
    pub per_user: Vec<UserScore>,
    /// Time for training the generic heads.
    pub train: Duration,
    /// Mean CPU time of one adaptation to all of a user's other sessions.
    pub adapt_per_user: Duration,
}

/// Runs the protocol on `clips`; every generic head starts at `fresh`. If `others` is given, the
/// generic head is trained on those clips instead of by leaving subjects out.
///
/// # Errors
/// `InvalidOption` for fewer than two folds or a curve with 0 clips, `NotEnoughSamples` for fewer
/// subjects than folds; otherwise as in [`fit`].
pub fn adaptation(
    clips: &[Labeled],
    others: Option<&[Labeled]>,
    fresh: &Head,
    options: &ProtocolOptions,
    progress: impl Fn(&str) + Sync,
) -> Result<AdaptationScores> {
    Ok(evaluate(clips, others, fresh, options, progress)?.scores)
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
    progress: impl Fn(&str) + Sync,
) -> Result<Evaluated<'a>> {
    if options.curve.contains(&0) {
        fail!(InvalidOption, "the curve has 0 clips per class; it must be at least 1");
    }
    let subjects = subject_folds(clips, options)?;
    let started = Instant::now();
    let heads: Vec<GenericHead> = match others {
        _ if options.fresh => vec![GenericHead::fresh(fresh.clone()); options.folds],
        Some(others) => {
            let generic = generic_head(others.iter().collect(), fresh, &options.generic)?;
            vec![generic; options.folds]
        }
        None => (0..options.folds)
            .into_par_iter()
            .map(|fold| {
                let rest = clips.iter().filter(|clip| subjects[&clip.subject] != fold).collect();
                let generic = generic_head(rest, fresh, &options.generic);
                progress("generic head learned");
                generic
            })
            .collect::<Result<_>>()?,
    };
    let train = started.elapsed();
    let generic: Vec<usize> =
        clips.iter().map(|clip| heads[subjects[&clip.subject]].head.classify(&clip.clip)).collect::<Result<_>>()?;

    let mut rng = SplitMix64::new(options.seed);
    let groups: Vec<Group<'_>> = groups(clips, &mut rng);
    let tested: Vec<GroupAnswers> = groups
        .par_iter()
        .filter(|group| group.can_be_learned(clips))
        .map(|group| group.answers(clips, &heads[subjects[group.subject]], options, &progress))
        .collect::<Result<_>>()?;

    let truth: Vec<usize> = clips.iter().map(|clip| clip.class).collect();
    let zero_shot: Option<Vec<(usize, f32)>> = clips.iter().map(|clip| clip.zero_shot).collect();
    let zero_shot_confidences: Option<Vec<(f32, bool)>> = zero_shot.as_ref().map(|answers| {
        answers.iter().zip(&truth).map(|(&(answer, confidence), &class)| (confidence, answer == class)).collect()
    });
    let zero_shot: Option<Vec<usize>> =
        zero_shot.map(|answers| answers.into_iter().map(|(answer, _)| answer).collect());
    let adapted: BTreeMap<usize, &Vec<f32>> =
        tested.iter().flat_map(|group| &group.whole).map(|(index, probabilities)| (*index, probabilities)).collect();
    let tested_truth: Vec<usize> = adapted.keys().map(|&index| truth[index]).collect();
    let tested_generic: Vec<usize> = adapted.keys().map(|&index| generic[index]).collect();
    let tested_answers: Vec<usize> = adapted.values().map(|probabilities| argmax(probabilities)).collect();
    let confidences: Vec<(f32, bool)> =
        adapted.iter().map(|(&index, p)| (p[argmax(p)], argmax(p) == truth[index])).collect();
    let tallies = tallies(clips, &generic, adapted.keys().copied().zip(tested_answers.iter().copied()));
    let users: Vec<Tally> = tallies.values().copied().collect();
    let per_user = per_user(&tallies);
    let deviation = |of: fn(&UserScore) -> f64| sample_deviation(&per_user.iter().map(of).collect::<Vec<_>>());
    let interval = |figure: fn(&Tally) -> f64| {
        bootstrap(users.len(), DRAWS, options.seed, |drawn| figure(&drawn.iter().map(|&user| users[user]).sum()))
    };
    let matrix = |answers: &[usize]| confusion_matrix(&tested_truth, answers, fresh.labels().len());
    let any = !adapted.is_empty();
    let scores = AdaptationScores {
        users: subjects.len(),
        clips: clips.len(),
        zero_shot: zero_shot.map(|answers| score(&truth, &answers)),
        zero_shot_ece: zero_shot_confidences.map(|confidences| expected_calibration_error(&confidences)),
        generic: score(&truth, &generic),
        generic_tested: any.then(|| score(&tested_truth, &tested_generic)),
        adapted: any.then(|| score(&tested_truth, &tested_answers)),
        adapted_clips: adapted.len(),
        generic_tested_sd: deviation(|user| user.generic),
        adapted_sd: deviation(|user| user.adapted),
        adapted_interval: interval(Tally::adapted_accuracy),
        gain: interval(|tally| tally.adapted_accuracy() - tally.generic_accuracy()),
        worst_user: per_user.iter().map(|user| user.adapted).reduce(f64::min),
        harmed_users: users.iter().filter(|user| user.is_harmed()).count(),
        refused: tested.iter().filter(|group| group.refused).count(),
        adaptations: tested.len(),
        losses: losses(clips, &heads, &subjects, &tested)?,
        neutral_baseline: neutral_baseline(clips, &generic, &tested),
        ece: any.then(|| expected_calibration_error(&confidences)),
        confusion: any.then(|| Confusion {
            labels: fresh.labels().to_vec(),
            generic: matrix(&tested_generic),
            adapted: matrix(&tested_answers),
        }),
        curve: curve(clips, &generic, &tested, options),
        per_user,
        train,
        adapt_per_user: tested.iter().map(|group| group.took).sum::<Duration>() / tested.len().max(1) as u32,
    };
    let learned = groups.iter().filter(|group| group.can_be_learned(clips));
    let tested = learned.zip(tested).map(|(group, answers)| TestedHead {
        subject: group.subject,
        session: group.session,
        answers: answers.whole.iter().map(|(index, probabilities)| (*index, argmax(probabilities))).collect(),
        head: answers.head,
    });
    let tested = tested.collect();
    Ok(Evaluated { scores, generic, tested })
}

/// Trains a generic head on other people's clips, with their statistics if they allow it.
fn generic_head(clips: Vec<&Labeled>, fresh: &Head, options: &FitOptions) -> Result<GenericHead> {
    let samples: Vec<_> = clips.iter().map(|clip| clip.sample()).collect();
    let start = GenericHead::fresh(fresh.clone()).start(&samples)?;
    let head = fit(&start, &samples, options, |_| ControlFlow::Continue(()))?;
    let of_users: Vec<_> = clips.iter().map(|clip| clip.of_user()).collect();
    let statistics = ClassStatistics::of(&of_users, fresh.labels().len()).ok();
    GenericHead::new(head, statistics)
}

/// An adapted user.
struct Adapted {
    /// The active head after the adaptation: the generic one if the gate refused the new one.
    head: Head,
    refused: bool,
    /// Loss that the adaptation estimated for the new head.
    estimated: Option<f32>,
}

/// Adapts the generic head to a user's `samples`; the only place where users are adapted.
fn adapted_head(generic: &GenericHead, samples: &[Sample<'_>], options: &AdaptOptions) -> Result<Adapted> {
    let adaptation = adapt(generic, None, samples, &[], options, |_| ControlFlow::Continue(()))?;
    Ok(Adapted {
        refused: adaptation.head.is_none(),
        head: adaptation.head.unwrap_or_else(|| generic.head.clone()),
        estimated: adaptation.report.loss_estimated,
    })
}

/// Returns the mean of values; `None` without any.
fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0u32), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

fn losses(
    clips: &[Labeled],
    heads: &[GenericHead],
    subjects: &BTreeMap<String, usize>,
    tested: &[GroupAnswers],
) -> Result<Option<Losses>> {
    let mut generic = Vec::new();
    for (index, _) in tested.iter().flat_map(|group| &group.whole) {
        let clip = &clips[*index];
        generic.push(f64::from(heads[subjects[&clip.subject]].head.loss(&clip.clip, clip.class)?));
    }
    let accepted = || tested.iter().filter(|group| !group.refused);
    let figures = (
        mean(generic.into_iter()),
        mean(tested.iter().flat_map(|group| group.losses(clips))),
        mean(accepted().filter_map(|group| group.estimated).map(f64::from)),
        mean(accepted().filter_map(|group| mean(group.losses(clips)))),
    );
    Ok(match figures {
        (Some(generic), Some(adapted), Some(estimated), Some(measured)) => {
            Some(Losses { generic, adapted, estimated, measured })
        }
        _ => None,
    })
}

fn neutral_baseline(clips: &[Labeled], generic: &[usize], tested: &[GroupAnswers]) -> Option<NeutralBaseline> {
    let answers: Vec<(usize, usize)> =
        tested.iter().filter_map(|group| group.neutral.as_ref()).flatten().copied().collect();
    let right = |of: &dyn Fn(&(usize, usize)) -> usize| {
        mean(answers.iter().map(|pair| f64::from(u8::from(of(pair) == clips[pair.0].class))))
    };
    Some(NeutralBaseline {
        clips: answers.len(),
        generic: right(&|&(index, _)| generic[index])?,
        adapted: right(&|&(_, answer)| answer)?,
    })
}

/// A session of a user and the clips to learn from, as indices.
struct Group<'a> {
    subject: &'a str,
    session: &'a str,
    /// The session's clips.
    tested: Vec<usize>,
    /// The clips of the user's other sessions.
    learned: Vec<usize>,
    /// The clips to learn from in a seeded order, in which the curve takes them.
    shuffled: Vec<usize>,
}

/// Indices of clips, each with the probabilities of a head.
type Probabilities = Vec<(usize, Vec<f32>)>;

/// Answers of a group's adapted heads.
struct GroupAnswers {
    /// The tested clips, answered by the head adapted to all clips.
    whole: Probabilities,
    /// The active head.
    head: Head,
    /// Whether the gate refused the new head, so that the generic one answered.
    refused: bool,
    /// Estimated loss of the new head.
    estimated: Option<f32>,
    /// The tested clips and the answers after adaptation to the neutral clips alone; `None` if
    /// there are none or it is impossible.
    neutral: Option<Vec<(usize, usize)>>,
    /// For each number of clips per class that the group reaches: the tested clips and answers.
    curve: BTreeMap<usize, Vec<(usize, usize)>>,
    /// Time for adapting to all clips.
    took: Duration,
}

/// Returns all users' sessions, sorted by name.
fn groups<'a>(clips: &'a [Labeled], rng: &mut SplitMix64) -> Vec<Group<'a>> {
    let mut names: Vec<_> = clips.iter().map(|clip| (clip.subject.as_str(), clip.session.as_str())).collect();
    names.sort_unstable();
    names.dedup();
    let group = |(subject, session)| {
        let own = (0..clips.len()).filter(|&index| clips[index].subject == subject);
        let (tested, learned): (Vec<_>, Vec<_>) = own.partition(|&index| clips[index].session == session);
        let mut shuffled = learned.clone();
        rng.shuffle(&mut shuffled);
        Group { subject, session, tested, learned, shuffled }
    };
    names.into_iter().map(group).collect()
}

impl Group<'_> {
    /// Whether there are clips of two classes to learn from.
    fn can_be_learned(&self, clips: &[Labeled]) -> bool {
        self.learned.iter().any(|&index| clips[index].class != clips[self.learned[0]].class)
    }

    /// Returns at most `max` clips of each class, in the data set's order. A higher `max` adds
    /// clips to the same ones. `None` if no class has `max` clips.
    fn cut_down(&self, clips: &[Labeled], max: usize) -> Option<Vec<usize>> {
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        let mut chosen = self.shuffled.clone();
        chosen.retain(|&index| {
            let count = counts.entry(clips[index].class).or_default();
            *count += 1;
            *count <= max
        });
        chosen.sort_unstable();
        counts.values().any(|&count| count >= max).then_some(chosen)
    }

    fn answers(
        &self,
        clips: &[Labeled],
        generic: &GenericHead,
        options: &ProtocolOptions,
        progress: &impl Fn(&str),
    ) -> Result<GroupAnswers> {
        let learn = |learned: &[usize]| -> Result<(Probabilities, Adapted, Duration)> {
            let samples: Vec<_> = learned.iter().map(|&index| clips[index].sample()).collect();
            let started = Instant::now();
            let adapted = adapted_head(generic, &samples, &options.adapt)?;
            let took = started.elapsed();
            progress("user adapted");
            let answers =
                self.tested.iter().map(|&index| Ok((index, adapted.head.predict(&clips[index].clip)?.probabilities)));
            Ok((answers.collect::<Result<_>>()?, adapted, took))
        };
        let answers = |probabilities: &Probabilities| -> Vec<(usize, usize)> {
            probabilities.iter().map(|(index, p)| (*index, argmax(p))).collect()
        };
        let (whole, Adapted { head, refused, estimated }, took) = learn(&self.learned)?;
        let mut curve = BTreeMap::new();
        for &max in &options.curve {
            let Some(learned) = self.cut_down(clips, max) else { continue };
            // If nothing was cut, the head is the one adapted to all clips.
            let point = if learned == self.learned { answers(&whole) } else { answers(&learn(&learned)?.0) };
            curve.insert(max, point);
        }
        let labels = generic.head.labels();
        let mut neutral = self.learned.clone();
        neutral.retain(|&index| labels::index_of(labels, NEUTRAL) == Some(clips[index].class));
        let neutral = match (neutral.is_empty(), &generic.statistics) {
            (false, Some(_)) if options.adapt.centered => Some(answers(&learn(&neutral)?.0)),
            _ => None,
        };
        Ok(GroupAnswers { whole, head, refused, estimated, neutral, curve, took })
    }
}

impl GroupAnswers {
    /// Returns the loss of each tested clip.
    fn losses<'a>(&'a self, clips: &'a [Labeled]) -> impl Iterator<Item = f64> + 'a {
        self.whole.iter().map(|(index, probabilities)| f64::from(loss_of(probabilities[clips[*index].class])))
    }
}

/// Returns the points of the curve that any group reaches.
fn curve(clips: &[Labeled], generic: &[usize], tested: &[GroupAnswers], options: &ProtocolOptions) -> Vec<CurvePoint> {
    let point = |&max: &usize| {
        let answers = tested.iter().filter_map(|group| group.curve.get(&max)).flatten().copied();
        let tallies = tallies(clips, generic, answers);
        let all: Tally = tallies.values().copied().sum();
        (all.clips > 0).then(|| CurvePoint {
            clips_per_class: max,
            users: tallies.len(),
            clips: all.clips,
            generic: all.generic_accuracy(),
            adapted: all.adapted_accuracy(),
            harmed_users: tallies.values().filter(|tally| tally.is_harmed()).count(),
        })
    };
    options.curve.iter().filter_map(point).collect()
}

fn score(truth: &[usize], answers: &[usize]) -> Score {
    Score { accuracy: accuracy(truth, answers), uar: unweighted_average_recall(truth, answers) }
}

/// Returns the fold of each subject: subjects are sorted by name, then shuffled by the seed.
fn subject_folds(clips: &[Labeled], options: &ProtocolOptions) -> Result<BTreeMap<String, usize>> {
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

/// Correct answers among the tested clips, of one user or of several.
#[derive(Default, Clone, Copy)]
struct Tally {
    clips: usize,
    generic: usize,
    adapted: usize,
}

impl Tally {
    fn generic_accuracy(&self) -> f64 {
        self.generic as f64 / self.clips as f64
    }

    fn adapted_accuracy(&self) -> f64 {
        self.adapted as f64 / self.clips as f64
    }

    fn is_harmed(&self) -> bool {
        self.adapted < self.generic
    }
}

impl std::iter::Sum for Tally {
    fn sum<I: Iterator<Item = Self>>(tallies: I) -> Self {
        tallies.fold(Self::default(), |all, one| Self {
            clips: all.clips + one.clips,
            generic: all.generic + one.generic,
            adapted: all.adapted + one.adapted,
        })
    }
}

/// Returns each user's tally, given the adapted `answers`: indices of tested clips with their
/// answers.
fn tallies<'a>(
    clips: &'a [Labeled],
    generic: &[usize],
    answers: impl Iterator<Item = (usize, usize)>,
) -> BTreeMap<&'a str, Tally> {
    let mut users: BTreeMap<&str, Tally> = BTreeMap::new();
    for (index, answer) in answers {
        let clip = &clips[index];
        let user = users.entry(&clip.subject).or_default();
        user.clips += 1;
        user.generic += usize::from(generic[index] == clip.class);
        user.adapted += usize::from(answer == clip.class);
    }
    users
}

fn per_user(tallies: &BTreeMap<&str, Tally>) -> Vec<UserScore> {
    let user = |(subject, tally): (&&str, &Tally)| UserScore {
        subject: (*subject).to_owned(),
        clips: tally.clips,
        generic: tally.generic_accuracy(),
        adapted: tally.adapted_accuracy(),
    };
    tallies.iter().map(user).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

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
        adaptation(clips, None, &fresh(), &options(), |_| {}).unwrap()
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
        assert_eq!(confusion.adapted, [vec![12, 0, 0], vec![0, 12, 0], vec![0, 0, 12]]);
        let right: usize = (0..3).map(|class| confusion.generic[class][class]).sum();
        assert_eq!(right as f64 / 36.0, scores.generic.accuracy);
    }

    #[test]
    fn what_the_gate_refuses_is_counted_and_the_generic_head_answers() {
        let open = scores(&clips(1));
        assert_eq!((open.refused, open.adaptations), (0, 12));
        let mut options = options();
        options.adapt.gate = true;
        let gated = adaptation(&clips(1), None, &fresh(), &options, |_| {}).unwrap();
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
        let scores = adaptation(&clips(1), None, &fresh(), &options, |_| {}).unwrap();
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
        assert_eq!(scores.confusion.unwrap().generic.iter().flatten().sum::<usize>(), 30);
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
    fn cut_down_clips_are_chosen_by_the_seed_and_nested() {
        let clips = clips(4);
        let cut = |seed: u64, max: usize| groups(&clips, &mut SplitMix64::new(seed))[0].cut_down(&clips, max);
        let (two, three) = (cut(1, 2).unwrap(), cut(1, 3).unwrap());
        for class in 0..3 {
            assert_eq!(two.iter().filter(|&&index| clips[index].class == class).count(), 2);
        }
        assert!(two.iter().all(|index| three.contains(index) && clips[*index].session == "B"), "{two:?} {three:?}");
        assert!((2..20).any(|seed| cut(seed, 2).unwrap() != two), "another seed chooses others");
        assert_eq!(cut(1, 4).unwrap(), groups(&clips, &mut SplitMix64::new(1))[0].learned);
        assert_eq!(cut(1, 5), None);
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

    #[test]
    fn options_out_of_range_are_refused() {
        for options in [ProtocolOptions { folds: 7, ..options() }, ProtocolOptions { curve: vec![1, 0], ..options() }] {
            assert!(adaptation(&clips(1), None, &fresh(), &options, |_| {}).is_err(), "{options:?}");
        }
    }
}
