//! Training of a generic head that does not hurt strangers.
//!
//! A head trained on a few people fits them and answers other people worse than the head it
//! started from. The trained parameters W1 are therefore averaged with those of the start W0,
//! `W = W0 + s (W1 - W0)` (WiSE-FT: Wortsman et al., Robust fine-tuning of zero-shot models, CVPR
//! 2022). Logistic regression is linear in its parameters, so its logits are averaged in the same
//! way; the heads with attention start at that point of the path and bend from it. The share s and
//! a temperature are those with the highest likelihood on people left out of the training.

use mien_nn::math::{SplitMix64, argmax, softmax};

use super::fit::Sample;
use super::generic::GenericHead;
use super::statistics::UserClip;
use crate::check::within;
use crate::error::Result;
use crate::head::{Head, MIN_PROBABILITY};

/// The shares of the trained parameters that are tried, rising.
const SHARES: [f32; 9] = [0.0, 0.03, 0.06, 0.125, 0.25, 0.4, 0.6, 0.8, 1.0];

/// The divisors of the logits that are tried: powers of the square root of 2, from 1 / 32 to 8. A
/// fresh start is softened by 16 ([`super::generic::FRESH_TEMPERATURE`]), so it needs small ones.
const TEMPERATURES: std::ops::RangeInclusive<i32> = -10..=6;

/// Default number of folds over people.
pub const FOLDS: usize = 10;

/// Minimum number of people who can prove that a head helps strangers.
pub const MIN_PEOPLE: usize = 3;

/// Right answers on a person's clips, by heads that never saw the person.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Stranger {
    /// The person.
    pub user: String,
    /// Number of clips.
    pub clips: usize,
    /// Right answers of the head at the start, the shipped one.
    pub shipped: usize,
    /// Right answers of the trained head.
    pub trained: usize,
    /// Right answers of the blend of both, with the share chosen on the other folds' people.
    pub blended: usize,
    /// Mean loss of the start on the person's clips, at the temperature that was chosen on the other
    /// folds' people.
    pub loss_shipped: f32,
    /// The same of the blend.
    pub loss_blended: f32,
}

/// What people left out of the training show.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct HeldOut {
    /// Number of folds over people; nobody is on both sides of one.
    pub folds: usize,
    /// The people, sorted by name.
    pub people: Vec<Stranger>,
    /// The chosen share of the trained parameters, 0 to 1.
    pub share: f32,
    /// The chosen divisor of the blend's logits.
    pub temperature: f32,
    /// Mean loss (negative log-likelihood, people weighing the same) of the start, at its best
    /// temperature.
    pub loss_shipped: f32,
    /// The same of the trained heads.
    pub loss_trained: f32,
    /// The same of the blend.
    pub loss_blended: f32,
    /// Mean over people of how much lower the blend's loss is than the start's, with the choices made
    /// on the other folds' people.
    pub loss_gain: f32,
    /// Half the width of its 95 % interval over people (Student's t).
    pub loss_margin: f32,
}

impl HeldOut {
    /// Whether strangers are answered better than by the start, beyond doubt: the 95 % interval of
    /// the loss gain over people lies above zero. Two people never prove it, since their spread says
    /// nothing of other people's, and three hardly ever do.
    pub fn helps(&self) -> bool {
        self.share > 0.0 && self.people.len() >= MIN_PEOPLE && self.loss_gain > self.loss_margin
    }
}

/// Returns the mean of two or more values and half the width of its 95 % interval by Student's t.
fn mean_with_margin(values: &[f32]) -> (f32, f32) {
    let count = values.len() as f32;
    let mean = values.iter().sum::<f32>() / count;
    let variance = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f32>() / (count - 1.0);
    (mean, student(values.len() - 1) * (variance / count).sqrt())
}

/// The 97.5 % quantile of Student's t with `freedom` degrees of freedom, at least 1: exact to 0.001
/// up to 10, above by Fisher's expansion (Abramowitz & Stegun 26.7.5), which is off by less than
/// 0.003.
fn student(freedom: usize) -> f32 {
    const SMALL: [f32; 10] = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];
    const Z: f32 = 1.959_964;
    let (n, z2) = (freedom as f32, Z * Z);
    let second = Z * ((5.0 * z2 + 16.0) * z2 + 3.0) / (96.0 * n * n);
    SMALL.get(freedom.saturating_sub(1)).copied().unwrap_or(Z + Z * (z2 + 1.0) / (4.0 * n) + second)
}

/// A trained generic head.
#[derive(Debug, Clone, PartialEq)]
pub struct Blended {
    /// The blend that people left out of the training chose; the trained head if there were none.
    pub head: Head,
    /// The head as trained.
    pub trained: Head,
    /// What the people left out show; `None` for a single person.
    pub held_out: Option<HeldOut>,
}

/// Trains a generic head on `clips`, starting at `shipped`, and blends both by what people left
/// out of the training show, in at most `folds` folds over people that are shuffled by `seed`.
/// `train` returns the head that learned the clips of the given indices from the given start.
///
/// # Errors
/// `InvalidOption` for fewer than 2 folds; errors of `train`.
pub fn train_blended(
    shipped: &GenericHead,
    clips: &[UserClip<'_>],
    folds: usize,
    seed: u64,
    mut train: impl FnMut(&Head, &[usize]) -> Result<Head>,
) -> Result<Blended> {
    within("folds", folds, 2..)?;
    let (people, fold_of) = folds_of(clips, folds, seed);
    let count = folds.min(people.len());
    // All folds start where the training on everybody does, even if they lack a class: one temperature is chosen for
    // all of them.
    let samples: Vec<Sample<'_>> = clips.iter().map(|clip| (clip.clip, clip.class)).collect();
    let start = shipped.start(&samples)?;
    let mut learn = |left_out: Option<usize>| -> Result<Head> {
        let learned: Vec<usize> = (0..clips.len()).filter(|&index| Some(fold_of[index]) != left_out).collect();
        let first = learned.first().map(|&index| clips[index].class);
        let several = learned.iter().any(|&index| Some(clips[index].class) != first);
        if several { train(&start, &learned) } else { Ok(start.clone()) }
    };
    let trained = learn(None)?;
    if people.len() < 2 {
        return Ok(Blended { head: trained.clone(), trained, held_out: None });
    }
    let mut answers: Vec<Option<Answers>> = vec![None; clips.len()];
    for fold in 0..count {
        let trained = learn(Some(fold))?;
        for (index, clip) in clips.iter().enumerate().filter(|(index, _)| fold_of[*index] == fold) {
            answers[index] = Some(Answers::of(&start, &trained, clip)?);
        }
    }
    let answers: Vec<Answers> = answers.into_iter().flatten().collect();
    let trial = Trial { clips, people: &people, fold_of: &fold_of, answers: &answers };
    let held_out = trial.judge(count);
    let head = start.blended(&trained, held_out.share)?.softened(held_out.temperature)?;
    Ok(Blended { head, trained, held_out: Some(held_out) })
}

/// Returns the people, sorted by name, and the fold of each clip.
fn folds_of<'a>(clips: &[UserClip<'a>], folds: usize, seed: u64) -> (Vec<&'a str>, Vec<usize>) {
    let mut people: Vec<&str> = clips.iter().map(|clip| clip.user).collect();
    people.sort_unstable();
    people.dedup();
    let mut shuffled = people.clone();
    SplitMix64::new(seed).shuffle(&mut shuffled);
    let count = folds.min(people.len());
    let fold = |clip: &UserClip<'_>| shuffled.iter().position(|user| *user == clip.user).unwrap_or(0) % count;
    (people, clips.iter().map(fold).collect())
}

/// The logits of a clip for each of [`SHARES`], up to a common offset.
#[derive(Clone)]
struct Answers(Vec<Vec<f32>>);

impl Answers {
    fn of(start: &Head, trained: &Head, clip: &UserClip<'_>) -> Result<Self> {
        let logits = |share: &f32| {
            let probabilities = start.blended(trained, *share)?.predict(clip.clip)?.probabilities;
            Ok(probabilities.iter().map(|p| libm::logf(p.max(f32::MIN_POSITIVE))).collect())
        };
        Ok(Self(SHARES.iter().map(logits).collect::<Result<_>>()?))
    }
}

/// The divisor of the logits at a step of [`TEMPERATURES`].
fn temperature(step: i32) -> f32 {
    libm::exp2f(step as f32 / 2.0)
}

/// Answers of heads to clips of people that they did not see.
struct Trial<'a> {
    clips: &'a [UserClip<'a>],
    people: &'a [&'a str],
    fold_of: &'a [usize],
    answers: &'a [Answers],
}

/// A share, by its index, with its best temperature and the loss there.
#[derive(Clone, Copy)]
struct Choice {
    share: usize,
    temperature: f32,
    loss: f32,
}

impl Trial<'_> {
    fn judge(&self, folds: usize) -> HeldOut {
        let all = self.choose(None);
        let nested: Vec<[Choice; 2]> =
            (0..folds).map(|fold| [self.best(0, Some(fold)), self.choose(Some(fold))]).collect();
        let last = SHARES.len() - 1;
        let person = |user: &&str| {
            let own: Vec<usize> = (0..self.clips.len()).filter(|&index| self.clips[index].user == *user).collect();
            let right = |share: usize| own.iter().filter(|&&index| self.is_right(index, share)).count();
            let [shipped, blended] = nested[self.fold_of[own[0]]];
            let loss = |choice: Choice| {
                own.iter().map(|&index| self.loss_of(index, choice.share, choice.temperature)).sum::<f32>()
                    / own.len() as f32
            };
            Stranger {
                user: (*user).to_owned(),
                clips: own.len(),
                shipped: right(0),
                trained: right(last),
                blended: right(blended.share),
                loss_shipped: loss(shipped),
                loss_blended: loss(blended),
            }
        };
        let people: Vec<Stranger> = self.people.iter().map(person).collect();
        let sum = |of: fn(&Stranger) -> usize| people.iter().map(of).sum::<usize>();
        // The share was chosen on these people, so it may be luck: the choices on the other folds' people decide.
        let all = if sum(|p| p.blended) < sum(|p| p.shipped) { self.best(0, None) } else { all };
        let gains: Vec<f32> = people.iter().map(|person| person.loss_shipped - person.loss_blended).collect();
        let (loss_gain, loss_margin) = mean_with_margin(&gains);
        HeldOut {
            folds,
            people,
            loss_gain,
            loss_margin,
            share: SHARES[all.share],
            temperature: all.temperature,
            loss_shipped: self.best(0, None).loss,
            loss_trained: self.best(last, None).loss,
            loss_blended: all.loss,
        }
    }

    fn is_right(&self, index: usize, share: usize) -> bool {
        argmax(&self.answers[index].0[share]) == self.clips[index].class
    }

    /// Returns the share with the lowest loss on the people outside the fold `without`, among
    /// those with at least as many right answers as the start.
    fn choose(&self, without: Option<usize>) -> Choice {
        let right = |share: usize| self.used(without).filter(|&index| self.is_right(index, share)).count();
        let shipped = right(0);
        let choices = (0..SHARES.len()).filter(|&share| right(share) >= shipped);
        let choices = choices.map(|share| self.best(share, without));
        choices.min_by(|a, b| a.loss.total_cmp(&b.loss)).expect("the start has as many right answers as itself")
    }

    fn used(&self, without: Option<usize>) -> impl Iterator<Item = usize> {
        (0..self.clips.len()).filter(move |&index| Some(self.fold_of[index]) != without)
    }

    /// Returns a share with its best temperature.
    fn best(&self, share: usize, without: Option<usize>) -> Choice {
        let choice = |step| {
            let temperature = temperature(step);
            Choice { share, temperature, loss: self.loss(share, temperature, without) }
        };
        let choices = TEMPERATURES.map(choice);
        choices.min_by(|a, b| a.loss.total_cmp(&b.loss)).expect("there are temperatures")
    }

    /// Returns the mean over people of the mean loss of their clips.
    fn loss(&self, share: usize, temperature: f32, without: Option<usize>) -> f32 {
        let mut sums = vec![(0.0f32, 0usize); self.people.len()];
        for index in self.used(without) {
            let place = self.people.binary_search(&self.clips[index].user).unwrap_or(0);
            sums[place].0 += self.loss_of(index, share, temperature);
            sums[place].1 += 1;
        }
        let used = || sums.iter().filter(|(_, clips)| *clips > 0);
        used().map(|(sum, clips)| sum / *clips as f32).sum::<f32>() / used().count() as f32
    }

    fn loss_of(&self, index: usize, share: usize, temperature: f32) -> f32 {
        let mut probabilities: Vec<f32> = self.answers[index].0[share].iter().map(|z| z / temperature).collect();
        softmax(&mut probabilities);
        -libm::logf(probabilities[self.clips[index].class].max(MIN_PROBABILITY))
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::*;
    use crate::head::tests::labels;
    use crate::head::{Clip, HeadKind};
    use crate::train::fit::{FitOptions, fit};

    const D: usize = 20;

    /// Clips of three classes: value `class` is what everybody shares (size `shared`), the values
    /// from 3 on are each person's own habit, different for every class.
    fn clips(people: usize, shared: f32) -> Vec<(Clip, usize, String)> {
        let mut rng = SplitMix64::new(8);
        let mut clips = Vec::new();
        for person in 0..people {
            let habits: Vec<Vec<f32>> = (0..3).map(|_| (3..D).map(|_| rng.normal()).collect()).collect();
            for (class, habit) in habits.iter().enumerate() {
                for _ in 0..2 {
                    let mut frame: Vec<f32> = (0..3).map(|d| if d == class { shared } else { 0.0 }).collect();
                    frame.extend(habit.iter().map(|value| value + 0.1 * rng.normal()));
                    clips.push((Clip::from_frames(&[frame]).unwrap(), class, format!("p{person:02}")));
                }
            }
        }
        clips
    }

    fn shipped(kind: HeadKind, sees: bool) -> GenericHead {
        let weights = (0..3 * D).map(|index| if sees && index % D == index / D { 6.0 } else { 0.0 }).collect();
        let layer = mien_nn::LinearLayer { weights, bias: vec![0.0; 3] };
        GenericHead::fresh(Head::fresh(labels(3), D, kind.body(), Some(&layer), 1.0).unwrap(), 1.0)
    }

    fn blend(kind: HeadKind, people: usize, sees: bool) -> Blended {
        let clips = clips(people, if sees { 1.0 } else { 2.0 });
        let clips: Vec<_> =
            clips.iter().map(|(clip, class, user)| UserClip { clip, class: *class, user: user.as_str() }).collect();
        let options = FitOptions { epochs: 60, ..FitOptions::generic(kind) };
        train_blended(&shipped(kind, sees), &clips, FOLDS, 0, |start, learned| {
            let samples: Vec<_> = learned.iter().map(|&index| (clips[index].clip, clips[index].class)).collect();
            fit(start, &samples, &options, |_| ControlFlow::Continue(()))
        })
        .unwrap()
    }

    fn right(people: &[Stranger]) -> [usize; 3] {
        people.iter().fold([0; 3], |sum, p| [sum[0] + p.shipped, sum[1] + p.trained, sum[2] + p.blended])
    }

    #[test]
    fn a_few_people_with_habits_of_their_own_do_not_replace_a_head_that_knows_everybody() {
        for kind in HeadKind::ALL {
            let blended = blend(kind, 3, true);
            let held_out = blended.held_out.unwrap();
            let [shipped, trained, after] = right(&held_out.people);
            assert!(shipped == 18 && trained < shipped, "{kind:?}: {shipped} {trained}");
            assert_eq!(after, shipped, "{kind:?}");
            assert!(held_out.share < 1.0 && held_out.loss_blended <= held_out.loss_shipped, "{kind:?} {held_out:?}");
        }
    }

    #[test]
    fn many_people_teach_a_head_that_knew_nothing() {
        for kind in HeadKind::ALL {
            let held_out = blend(kind, 24, false).held_out.unwrap();
            let [shipped, trained, after] = right(&held_out.people);
            assert!(held_out.helps(), "{kind:?}: {held_out:?}");
            assert!(after >= trained && trained > shipped, "{kind:?}: {shipped} {trained} {after}");
        }
    }

    #[test]
    fn two_people_prove_nothing_and_ten_prove_a_large_gain() {
        for (people, proven) in [(2, false), (10, true)] {
            let held_out = blend(HeadKind::Logistic, people, false).held_out.unwrap();
            assert_eq!((held_out.share > 0.0, held_out.helps()), (true, proven), "{people}: {held_out:?}");
        }
    }

    #[test]
    fn the_quantiles_are_those_of_students_t() {
        for (freedom, want) in
            [(1, 12.706), (9, 2.262), (10, 2.228), (11, 2.201), (20, 2.086), (60, 2.000), (999, 1.962)]
        {
            assert!((student(freedom) - want).abs() < 3e-3, "{freedom}: {}", student(freedom));
        }
        let (mean, margin) = mean_with_margin(&[1.0, 2.0, 6.0]);
        // The standard deviation is the root of 7, over the root of 3 people.
        assert!((mean - 3.0).abs() < 1e-6 && (margin - 4.303 * (7.0f32 / 3.0).sqrt()).abs() < 1e-4);
    }

    #[test]
    fn a_person_may_have_more_clips_than_16_bits_count() {
        let frame = Clip::from_frames(&[[1.0; D]]).unwrap();
        let clip = |user| UserClip { clip: &frame, class: 0, user };
        let clips: Vec<_> = std::iter::repeat_n(clip("a"), 65_537).chain([clip("b")]).collect();
        let answers = vec![Answers(vec![vec![0.0, 0.0]; SHARES.len()]); clips.len()];
        let fold_of: Vec<usize> = clips.iter().map(|clip| usize::from(clip.user == "b")).collect();
        let trial = Trial { clips: &clips, people: &["a", "b"], fold_of: &fold_of, answers: &answers };
        assert!((trial.loss(0, 1.0, None) - std::f32::consts::LN_2).abs() < 1e-2);
    }

    #[test]
    fn folds_that_lack_a_class_start_where_the_others_do() {
        let clips = clips(4, 1.0);
        // Only the first person shows class 2.
        let clips: Vec<_> = clips.iter().filter(|(_, class, user)| *class < 2 || user == "p00").collect();
        let clips: Vec<_> =
            clips.iter().map(|(clip, class, user)| UserClip { clip, class: *class, user: user.as_str() }).collect();
        let mut starts: Vec<Head> = Vec::new();
        train_blended(&shipped(HeadKind::Logistic, true), &clips, FOLDS, 0, |start, _| {
            starts.push(start.clone());
            Ok(start.clone())
        })
        .unwrap();
        assert!(starts.len() == 5 && starts.iter().all(|start| *start == starts[0]));
    }

    #[test]
    fn nobody_is_left_out_of_one_person() {
        let blended = blend(HeadKind::Logistic, 1, true);
        assert_eq!((blended.held_out, blended.head), (None, blended.trained));
    }

    #[test]
    fn a_blend_of_logistic_heads_averages_their_logits() {
        let clip = &clips(1, 1.0)[0].0;
        let start = shipped(HeadKind::Logistic, true).head;
        let mut other = start.clone();
        other.parameters_mut().iter_mut().enumerate().for_each(|(index, value)| *value += (index % 5) as f32 * 0.1);
        let logits = |head: &Head| -> Vec<f32> {
            let p = head.predict(clip).unwrap().probabilities;
            p.iter().map(|value| (value / p[0]).ln()).collect()
        };
        let (from, to, middle) = (logits(&start), logits(&other), logits(&start.blended(&other, 0.25).unwrap()));
        for ((from, to), middle) in from.iter().zip(to).zip(middle) {
            assert!((from + 0.25 * (to - from) - middle).abs() < 1e-4);
        }
        let kind = shipped(HeadKind::SelfAttention, true).head;
        assert!(start.blended(&kind, 0.5).is_err());
    }
}
