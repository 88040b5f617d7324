//! The protocol of `mien eval adaptation`.
//!
//! The unit is a clip; a group is (user, session) and is never split.
//! *Zero-shot*: the network's own logits. *Generic*: a head learned from other people, either by
//! leaving subjects out of the set (folds over subjects) or from other sets. *Adapted*: for each
//! user and session, the generic head that never saw the user, fitted to the user's other
//! sessions and tested on that one. *Curve*: the same with the user's clips cut down to so many
//! of a class.

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
    /// Index among the head's labels.
    pub class: usize,
    /// The zero-shot answer and its probability, where the network gives one.
    pub zero_shot: Option<(usize, f32)>,
    /// Whose clip it is.
    pub subject: String,
    /// The recording session.
    pub session: String,
    /// The mean identity embedding over the frames, of length 1.
    pub embedding: Vec<f32>,
}

impl Labeled {
    /// The clip with its class.
    pub fn sample(&self) -> Sample<'_> {
        (&self.clip, self.class)
    }

    /// The clip with its class and subject.
    pub fn of_user(&self) -> UserClip<'_> {
        UserClip { clip: &self.clip, class: self.class, user: &self.subject }
    }
}

/// How the evaluation runs.
#[derive(Debug, Clone, PartialEq)]
pub struct ProtocolOptions {
    /// Folds over subjects for the generic head, 2 and up. Default 5.
    pub folds: usize,
    /// Decides which subject is in which fold, which clips the curve learns from, and the draws
    /// of the intervals. Default 0.
    pub seed: u64,
    /// How generic heads are learned.
    pub generic: FitOptions,
    /// How users are learned.
    pub adapt: AdaptOptions,
    /// Whether users start at the network's own last layer, as in an installation without a
    /// generic head, instead of at heads learned from other people. Default false.
    pub fresh: bool,
    /// Clips per class at which the curve is measured, each 1 and up. Default 1, 2, 4, 8.
    pub curve: Vec<usize>,
}

impl ProtocolOptions {
    /// The defaults for a kind of head.
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

/// How often users are resampled for an interval.
pub const DRAWS: usize = 2000;

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

/// What each head answered, on the clips on which adapted heads were tested.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Confusion {
    /// The classes of rows and columns, in order.
    pub labels: Vec<String>,
    /// Counts of the generic head: rows are the truth, columns the answer.
    pub generic: Vec<Vec<usize>>,
    /// Counts of the adapted heads.
    pub adapted: Vec<Vec<usize>>,
}

/// What heads are worth that learned at most so many clips of each class.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct CurvePoint {
    /// Most clips of a class that were learned.
    pub clips_per_class: usize,
    /// Users with a tested session for which some class has so many clips to learn from.
    pub users: usize,
    /// Clips tested: those sessions.
    pub clips: usize,
    /// Accuracy of the generic head on them.
    pub generic: f64,
    /// Accuracy of the adapted heads on them.
    pub adapted: f64,
    /// Users whose accuracy on them fell by adaptation.
    pub harmed_users: usize,
}

/// Mean loss (negative log-likelihood) of heads on clips of sessions that they did not learn,
/// beside what the adaptation, which does not see them, estimated.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Losses {
    /// Of the generic head.
    pub generic: f64,
    /// Of the heads that answered after the adaptations.
    pub adapted: f64,
    /// Estimated by the adaptations from their inner splits, for the heads that were not refused.
    pub estimated: f64,
    /// Measured of these heads.
    pub measured: f64,
}

/// The generic head with the offset that a user's neutral clips of the other sessions show taken
/// from the frames, nothing else of the user being known.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct NeutralBaseline {
    /// Clips tested.
    pub clips: usize,
    /// Accuracy of the generic head on them.
    pub generic: f64,
    /// Accuracy with the baseline, behind the gate.
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
    /// Expected calibration error of these (15 bins), 0 to 1.
    pub zero_shot_ece: Option<f64>,
    /// Of the generic head, on all clips.
    pub generic: Score,
    /// Of the generic head, on the clips on which adapted heads were tested: what `adapted` is to
    /// be compared with.
    pub generic_tested: Option<Score>,
    /// Of the adapted heads, on the clips that could be tested; `None`, as all that follows from
    /// it, where no user has a session beside others with two classes.
    pub adapted: Option<Score>,
    /// Clips on which adapted heads were tested.
    pub adapted_clips: usize,
    /// Sample standard deviation (n - 1) over users of the generic accuracy on those clips; `None`
    /// for less than two users.
    pub generic_tested_sd: Option<f64>,
    /// Sample standard deviation (n - 1) over users of the adapted accuracy; `None` for less than
    /// two users.
    pub adapted_sd: Option<f64>,
    /// The adapted accuracy with its bootstrap interval over users; `None` for less than two users.
    pub adapted_interval: Option<Interval>,
    /// Adapted less generic accuracy on the same clips, with its paired bootstrap interval over
    /// users; `None` for less than two users.
    pub gain: Option<Interval>,
    /// The lowest accuracy of a user after adaptation.
    pub worst_user: Option<f64>,
    /// Users whose accuracy fell by adaptation.
    pub harmed_users: usize,
    /// Adaptations whose head the gate refused, so that the generic head answered; one for each
    /// user and session tested.
    pub refused: usize,
    /// Adaptations tried.
    pub adaptations: usize,
    /// Mean losses of the adaptations; `None` where there was none.
    pub losses: Option<Losses>,
    /// What neutral clips alone do; `None` where no user has them, or the generic data allow no
    /// statistics.
    pub neutral_baseline: Option<NeutralBaseline>,
    /// Expected calibration error of the adapted heads (15 bins), 0 to 1.
    pub ece: Option<f64>,
    /// Answers against the truth, of both heads.
    pub confusion: Option<Confusion>,
    /// By clips per class, in the order of the options; numbers that no user reaches are left out.
    pub curve: Vec<CurvePoint>,
    /// Each user before and after.
    pub per_user: Vec<UserScore>,
    /// Time to learn the generic heads.
    pub train: Duration,
    /// Mean CPU-bound time of one adaptation to all of a user's other sessions.
    pub adapt_per_user: Duration,
}

/// Runs the protocol on `clips`, starting every generic head at `fresh`. Where `others` is given, the
/// generic head is learned from those clips instead of by leaving subjects out.
///
/// # Errors
/// `InvalidOption` for less than two folds or a curve with 0 clips, `NotEnoughSamples` for less
/// subjects than folds; else as [`fit`].
pub fn adaptation(
    clips: &[Labeled],
    others: Option<&[Labeled]>,
    fresh: &Head,
    options: &ProtocolOptions,
    progress: impl Fn(&str) + Sync,
) -> Result<AdaptationScores> {
    Ok(evaluate(clips, others, fresh, options, progress)?.scores)
}

/// What an evaluation found, with the heads that were tested.
pub(super) struct Evaluated<'a> {
    pub scores: AdaptationScores,
    /// The generic head's answer to each clip.
    pub generic: Vec<usize>,
    pub tested: Vec<TestedHead<'a>>,
}

/// A user's head after the adaptation to all sessions but one.
pub(super) struct TestedHead<'a> {
    pub subject: &'a str,
    /// The session left out.
    pub session: &'a str,
    pub head: Head,
    /// The session's clips by their index, with the head's answers.
    pub answers: Vec<(usize, usize)>,
}

/// As [`adaptation`].
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

/// A generic head of other people's clips, with their statistics where they allow it.
fn generic_head(clips: Vec<&Labeled>, fresh: &Head, options: &FitOptions) -> Result<GenericHead> {
    let samples: Vec<_> = clips.iter().map(|clip| clip.sample()).collect();
    let start = GenericHead::fresh(fresh.clone()).start(&samples)?;
    let head = fit(&start, &samples, options, |_| ControlFlow::Continue(()))?;
    let of_users: Vec<_> = clips.iter().map(|clip| clip.of_user()).collect();
    let statistics = ClassStatistics::of(&of_users, fresh.labels().len()).ok();
    GenericHead::new(head, statistics)
}

/// A user's head.
struct Adapted {
    /// The head that answers after the adaptation: the generic one where the gate refused the new.
    head: Head,
    refused: bool,
    /// The loss that the adaptation estimated for the new head.
    estimated: Option<f32>,
}

/// What a user's `samples` make of the generic head: the only place where users are learned.
fn adapted_head(generic: &GenericHead, samples: &[Sample<'_>], options: &AdaptOptions) -> Result<Adapted> {
    let adaptation = adapt(generic, None, samples, &[], options, |_| ControlFlow::Continue(()))?;
    Ok(Adapted {
        refused: adaptation.head.is_none(),
        head: adaptation.head.unwrap_or_else(|| generic.head.clone()),
        estimated: adaptation.report.loss_estimated,
    })
}

/// The mean of values; `None` without any.
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

/// A session of a user, and what can be learned for it: clips by their index.
struct Group<'a> {
    subject: &'a str,
    session: &'a str,
    /// The session's clips.
    tested: Vec<usize>,
    /// The clips of the user's other sessions.
    learned: Vec<usize>,
    /// The same in a seeded order, in which the curve takes them.
    shuffled: Vec<usize>,
}

/// Clips by their index, each with the probabilities that a head gave its classes.
type Probabilities = Vec<(usize, Vec<f32>)>;

/// What a group's adapted heads answered.
struct GroupAnswers {
    /// The tested clips by the head that learned all there is.
    whole: Probabilities,
    /// The head that answered.
    head: Head,
    /// Whether the gate refused that head, so that the generic one answered.
    refused: bool,
    /// The loss that was estimated for it.
    estimated: Option<f32>,
    /// The tested clips and the answers after learning the neutral clips alone; `None` where there
    /// are none or that cannot work.
    neutral: Option<Vec<(usize, usize)>>,
    /// For each number of clips per class that the group reaches: the tested clips and answers.
    curve: BTreeMap<usize, Vec<(usize, usize)>>,
    /// Time to learn all there is.
    took: Duration,
}

/// All users' sessions, in the order of their names.
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

    /// At most `max` clips of each class, in the data set's order: the more are allowed, the more are added
    /// to the same ones. `None` where no class has so many.
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
            // Where nothing was cut, the head is the one that learned all there is.
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
    /// The loss of each tested clip.
    fn losses<'a>(&'a self, clips: &'a [Labeled]) -> impl Iterator<Item = f64> + 'a {
        self.whole.iter().map(|(index, probabilities)| f64::from(loss_of(probabilities[clips[*index].class])))
    }
}

/// The points of the curve that any group reaches.
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

/// The fold of each subject: subjects in the order of their names, shuffled by the seed.
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

/// Right answers among the clips tested, of one user or of several.
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

/// Each user's tally, given the adapted `answers`: tested clips by their index, each with its class.
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

    /// Six users whose classes differ from each other's, so that only a user's own clips help: two
    /// sessions, each with `takes` clips of three classes.
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

    /// These users have nothing in common, so that a rehearsal of other people's classes would
    /// only be in the way, and one clip a class held out says the same.
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
        // A blank head names the first class always.
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
        // A clip of a class in a session for s0, three for the others: s0 reaches 1 only.
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
    fn where_nothing_is_cut_the_curve_is_the_main_figure() {
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
