//! The scores of an evaluation, computed from the answers of its heads.

use std::collections::BTreeMap;
use std::time::Duration;

use mien_nn::math::argmax;
use ndarray::Array2;
use serde::Serializer;

use super::measure::{Answers, GroupAnswers};
use super::split::NoAdaptation;
use super::{Labeled, ProtocolOptions};
use crate::metrics::{
    Interval, accuracy, bootstrap, confusion_matrix, correlation, expected_calibration_error, sample_deviation,
    unweighted_average_recall,
};

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
    #[serde(serialize_with = "rows")]
    pub generic: Array2<usize>,
    /// Counts of the adapted heads.
    #[serde(serialize_with = "rows")]
    pub adapted: Array2<usize>,
}

/// Serializes a matrix as an array of its rows.
pub(crate) fn rows<S: Serializer>(counts: &Array2<usize>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(counts.rows().into_iter().map(|row| row.to_vec()))
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

/// The accuracy that adaptations estimated for each user, against the accuracy measured on the
/// sessions that they did not see. Means over users of each user's mean over sessions.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Estimates {
    /// Number of users with an estimate.
    pub users: usize,
    /// Number of users whose clips are too few for one; their expected gain is compared instead.
    pub too_few_clips: usize,
    /// Estimated accuracy of the generic head, 0 to 1.
    pub before: f64,
    /// Measured accuracy of the generic head.
    pub measured_before: f64,
    /// Estimated accuracy of the adapted heads, or accuracy before plus the expected gain.
    pub after: f64,
    /// Measured accuracy of the adapted heads.
    pub measured_after: f64,
    /// Mean over users of the absolute difference of `after` and `measured_after`.
    pub mean_absolute_error: f64,
    /// Pearson's correlation over users of `after` and `measured_after`; `None` if all are equal.
    pub correlation: Option<f64>,
    /// Pearson's correlation over users of the estimated and the measured gain.
    pub gain_correlation: Option<f64>,
}

/// Results of the generic head with a user's offset subtracted, estimated from clips of the other
/// sessions; nothing else of the user is known.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Baseline {
    /// Number of clips tested.
    pub clips: usize,
    /// Accuracy of the generic head on them.
    pub generic: f64,
    /// Accuracy with the baseline, after the gate.
    pub adapted: f64,
    /// Number of users.
    pub users: usize,
    /// Number of users with a lower accuracy than with the generic head.
    pub harmed_users: usize,
}

/// What unlabeled clips add to labeled ones: a half of each user's clips is learned with labels, the
/// other half without.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Halves {
    /// From the labeled half alone.
    pub labeled: Baseline,
    /// From both halves: the unlabeled one improves the user's offset.
    pub with_unlabeled: Baseline,
    /// The same with training on pseudo-labels besides.
    pub with_pseudo_labels: Baseline,
}

/// What the questions about labels come to if every person confirms what they are asked about.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Confirmed {
    /// Number of adaptations that asked.
    pub asked: usize,
    /// Accuracy on the clips tested, of the heads of all adaptations.
    pub adapted: f64,
    /// Number of users with a lower accuracy than with the generic head.
    pub harmed_users: usize,
}

/// The results of an evaluation.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct AdaptationScores {
    /// Number of subjects in the set.
    pub users: usize,
    /// Number of clips in the set.
    pub clips: usize,
    /// Number of folds over subjects for the generic head; 1 if it learned from nobody in the set.
    pub folds: usize,
    /// The subjects who could not be adapted, and why.
    pub not_adapted: BTreeMap<String, NoAdaptation>,
    /// The subjects for whom the network's own last layer is the generic head, because the other
    /// people's clips show one emotion only.
    pub network_alone: Vec<String>,
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
    /// The same once people have confirmed what they are asked about; `None` if nobody is asked.
    pub confirmed: Option<Confirmed>,
    /// Mean losses of the adaptations; `None` if there were none.
    pub losses: Option<Losses>,
    /// Estimated against measured accuracy; `None` if no adaptation was accepted.
    pub estimates: Option<Estimates>,
    /// Results of neutral clips alone; `None` if no user has any, or if the generic data allow no
    /// statistics.
    pub neutral_baseline: Option<Baseline>,
    /// Results of all clips without their labels; `None` if the generic data allow no statistics.
    pub unlabeled_baseline: Option<Baseline>,
    /// Results of labels for a half of the clips; `None` if no user has enough.
    pub halves: Option<Halves>,
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

/// Everything that was measured: the source of the scores.
pub(super) struct Measured<'a> {
    pub(super) clips: &'a [Labeled],
    /// Number of subjects.
    pub(super) users: usize,
    /// Number of folds for the generic head.
    pub(super) folds: usize,
    pub(super) not_adapted: BTreeMap<String, NoAdaptation>,
    pub(super) network_alone: Vec<String>,
    pub(super) labels: &'a [String],
    /// The generic head's answer for each clip.
    pub(super) generic: &'a [usize],
    pub(super) groups: &'a [GroupAnswers],
    /// Time for training the generic heads.
    pub(super) train: Duration,
}

impl Measured<'_> {
    /// Computes the scores.
    pub(super) fn scores(&self, options: &ProtocolOptions) -> AdaptationScores {
        let Self { clips, generic, groups, .. } = *self;
        let truth: Vec<usize> = clips.iter().map(|clip| clip.class).collect();
        let zero_shot = zero_shot(clips);
        let tested = Tested::of(clips, generic, groups);
        let adapted = tested.as_ref().map_or(&[][..], |tested| &tested.adapted);
        let tallies = tallies(clips, generic, adapted.iter().copied());
        let users: Vec<Tally> = tallies.values().copied().collect();
        let per_user = per_user(&tallies);
        let deviation = |of: fn(&UserScore) -> f64| sample_deviation(&per_user.iter().map(of).collect::<Vec<_>>());
        let interval = |figure: fn(&Tally) -> f64| {
            bootstrap(users.len(), DRAWS, options.seed, |drawn| figure(&drawn.iter().map(|&user| users[user]).sum()))
        };
        AdaptationScores {
            users: self.users,
            clips: clips.len(),
            folds: self.folds,
            not_adapted: self.not_adapted.clone(),
            network_alone: self.network_alone.clone(),
            zero_shot: zero_shot.map(|(score, _)| score),
            zero_shot_ece: zero_shot.map(|(_, ece)| ece),
            generic: score(&truth, generic),
            generic_tested: tested.as_ref().map(Tested::generic_score),
            adapted: tested.as_ref().map(Tested::adapted_score),
            adapted_clips: adapted.len(),
            generic_tested_sd: deviation(|user| user.generic),
            adapted_sd: deviation(|user| user.adapted),
            adapted_interval: interval(Tally::adapted_accuracy),
            gain: interval(|tally| tally.adapted_accuracy() - tally.generic_accuracy()),
            worst_user: per_user.iter().map(|user| user.adapted).reduce(f64::min),
            harmed_users: users.iter().filter(|user| user.is_harmed()).count(),
            refused: groups.iter().filter(|group| group.refused).count(),
            adaptations: groups.len(),
            confirmed: confirmed(clips, generic, groups),
            losses: losses(clips, groups),
            estimates: estimates(clips, generic, groups),
            neutral_baseline: baseline(clips, generic, groups.iter().filter_map(|group| group.neutral.as_ref())),
            unlabeled_baseline: baseline(clips, generic, groups.iter().filter_map(|group| group.unlabeled.as_ref())),
            halves: halves(clips, generic, groups),
            ece: tested.as_ref().map(Tested::ece),
            confusion: tested.as_ref().map(|tested| tested.confusion(self.labels)),
            curve: curve(clips, generic, groups, options),
            per_user,
            train: self.train,
            adapt_per_user: groups.iter().map(|group| group.took).sum::<Duration>() / groups.len().max(1) as u32,
        }
    }
}

/// Returns the score of the network's own logits and their calibration error; `None` if it has
/// none.
fn zero_shot(clips: &[Labeled]) -> Option<(Score, f64)> {
    let answers: Vec<(usize, f32)> = clips.iter().map(|clip| clip.zero_shot).collect::<Option<_>>()?;
    let truth: Vec<usize> = clips.iter().map(|clip| clip.class).collect();
    let classes: Vec<usize> = answers.iter().map(|&(class, _)| class).collect();
    let confidences: Vec<_> =
        answers.iter().zip(&truth).map(|(&(answer, confidence), &class)| (confidence, answer == class)).collect();
    Some((score(&truth, &classes), expected_calibration_error(&confidences)))
}

/// The clips on which adapted heads were tested, in the order of the data set.
struct Tested {
    truth: Vec<usize>,
    /// Answers of the generic head.
    generic: Vec<usize>,
    /// Indices of the clips, with the answers of the adapted heads.
    adapted: Vec<(usize, usize)>,
    /// Confidence of each of these answers, and whether it is correct.
    confidences: Vec<(f32, bool)>,
}

impl Tested {
    /// Collects the tested clips of all groups; `None` if there are none.
    fn of(clips: &[Labeled], generic: &[usize], groups: &[GroupAnswers]) -> Option<Self> {
        let mut whole: Vec<(usize, &Vec<f32>)> = groups
            .iter()
            .flat_map(|group| &group.whole)
            .map(|(index, probabilities)| (*index, probabilities))
            .collect();
        whole.sort_unstable_by_key(|&(index, _)| index);
        let adapted: Vec<_> = whole.iter().map(|&(index, probabilities)| (index, argmax(probabilities))).collect();
        let confidence = |(&(index, answer), (_, probabilities)): (&(usize, usize), &(usize, &Vec<f32>))| {
            (probabilities[answer], answer == clips[index].class)
        };
        (!whole.is_empty()).then(|| Self {
            truth: whole.iter().map(|&(index, _)| clips[index].class).collect(),
            generic: whole.iter().map(|&(index, _)| generic[index]).collect(),
            confidences: adapted.iter().zip(&whole).map(confidence).collect(),
            adapted,
        })
    }

    fn answers(&self) -> Vec<usize> {
        self.adapted.iter().map(|&(_, answer)| answer).collect()
    }

    fn generic_score(&self) -> Score {
        score(&self.truth, &self.generic)
    }

    fn adapted_score(&self) -> Score {
        score(&self.truth, &self.answers())
    }

    fn ece(&self) -> f64 {
        expected_calibration_error(&self.confidences)
    }

    fn confusion(&self, labels: &[String]) -> Confusion {
        let matrix = |answers: &[usize]| confusion_matrix(&self.truth, answers, labels.len());
        Confusion { labels: labels.to_vec(), generic: matrix(&self.generic), adapted: matrix(&self.answers()) }
    }
}

/// Returns the mean of values; `None` without any.
fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0u32), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

fn losses(clips: &[Labeled], groups: &[GroupAnswers]) -> Option<Losses> {
    let accepted = || groups.iter().filter(|group| !group.refused);
    Some(Losses {
        generic: mean(groups.iter().flat_map(|group| group.generic_losses.iter().copied()))?,
        adapted: mean(groups.iter().flat_map(|group| group.losses(clips)))?,
        estimated: mean(accepted().filter_map(|group| group.report.loss_estimated).map(f64::from))?,
        measured: mean(accepted().filter_map(|group| mean(group.losses(clips))))?,
    })
}

/// The sums over a user's sessions of what was estimated and measured.
#[derive(Default)]
struct UserEstimate {
    sessions: f64,
    unmeasured: usize,
    before: f64,
    measured_before: f64,
    after: f64,
    measured_after: f64,
}

/// Compares the estimates of the accepted adaptations with what was measured.
fn estimates(clips: &[Labeled], generic: &[usize], groups: &[GroupAnswers]) -> Option<Estimates> {
    let mut users: BTreeMap<&str, UserEstimate> = BTreeMap::new();
    for group in groups.iter().filter(|group| !group.refused) {
        let answers = group.answers();
        let Some(before) = group.report.accuracy_before.map(f64::from) else { continue };
        let gain = || before + f64::from(group.report.expected_gain.unwrap_or_default());
        let right = |of: &dyn Fn(&(usize, usize)) -> usize| {
            mean(answers.iter().map(|pair| f64::from(u8::from(of(pair) == clips[pair.0].class))))
        };
        let user = users.entry(&clips[answers.first()?.0].subject).or_default();
        user.sessions += 1.0;
        user.unmeasured += usize::from(group.report.accuracy_after.is_none());
        user.before += before;
        user.measured_before += right(&|&(index, _)| generic[index])?;
        user.after += group.report.accuracy_after.map_or_else(gain, f64::from);
        user.measured_after += right(&|&(_, answer)| answer)?;
    }
    let of = |figure: fn(&UserEstimate) -> f64| -> Vec<f64> {
        users.values().map(|user| figure(user) / user.sessions).collect()
    };
    let (before, measured_before) = (of(|user| user.before), of(|user| user.measured_before));
    let (after, measured_after) = (of(|user| user.after), of(|user| user.measured_after));
    let differences = |a: &[f64], b: &[f64]| -> Vec<f64> { a.iter().zip(b).map(|(a, b)| a - b).collect() };
    let (gain, measured_gain) = (differences(&after, &before), differences(&measured_after, &measured_before));
    let too_few_clips = users.values().filter(|user| user.unmeasured > 0).count();
    Some(Estimates {
        users: users.len() - too_few_clips,
        too_few_clips,
        before: mean(before.iter().copied())?,
        measured_before: mean(measured_before.iter().copied())?,
        after: mean(after.iter().copied())?,
        measured_after: mean(measured_after.iter().copied())?,
        mean_absolute_error: mean(differences(&after, &measured_after).into_iter().map(f64::abs))?,
        correlation: correlation(&after, &measured_after),
        gain_correlation: correlation(&gain, &measured_gain),
    })
}

/// Returns the results of `answers`; `None` without any.
fn baseline<'a>(clips: &[Labeled], generic: &[usize], answers: impl Iterator<Item = &'a Answers>) -> Option<Baseline> {
    let tallies = tallies(clips, generic, answers.flatten().copied());
    let all: Tally = tallies.values().copied().sum();
    (all.clips > 0).then(|| Baseline {
        clips: all.clips,
        generic: all.generic_accuracy(),
        adapted: all.adapted_accuracy(),
        users: tallies.len(),
        harmed_users: tallies.values().filter(|tally| tally.is_harmed()).count(),
    })
}

/// `None` if no adaptation asked about labels.
fn confirmed(clips: &[Labeled], generic: &[usize], groups: &[GroupAnswers]) -> Option<Confirmed> {
    let asked = groups.iter().filter(|group| group.confirmed.is_some()).count();
    let answers = groups.iter().map(|group| group.confirmed.clone().unwrap_or_else(|| group.answers()));
    let answers: Vec<Answers> = answers.collect();
    let Baseline { adapted, harmed_users, .. } = baseline(clips, generic, answers.iter())?;
    (asked > 0).then_some(Confirmed { asked, adapted, harmed_users })
}

fn halves(clips: &[Labeled], generic: &[usize], groups: &[GroupAnswers]) -> Option<Halves> {
    let of =
        |half: usize| baseline(clips, generic, groups.iter().filter_map(|group| Some(&group.halves.as_ref()?[half])));
    Some(Halves { labeled: of(0)?, with_unlabeled: of(1)?, with_pseudo_labels: of(2)? })
}

/// Returns the points of the curve that any group reaches.
fn curve(clips: &[Labeled], generic: &[usize], groups: &[GroupAnswers], options: &ProtocolOptions) -> Vec<CurvePoint> {
    let point = |&max: &usize| {
        let answers = groups.iter().filter_map(|group| group.curve.get(&max)).flatten().copied();
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

/// Correct answers among the tested clips, of one user or of several.
#[derive(Default, Clone, Copy)]
pub(super) struct Tally {
    clips: usize,
    generic: usize,
    adapted: usize,
}

impl Tally {
    fn generic_accuracy(&self) -> f64 {
        self.generic as f64 / self.clips as f64
    }

    pub fn adapted_accuracy(&self) -> f64 {
        self.adapted as f64 / self.clips as f64
    }

    pub fn is_harmed(&self) -> bool {
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
pub(super) fn tallies<'a>(
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
