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

/// Right answers on a person's clips, by heads that never saw the person.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
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
}

impl HeldOut {
    /// Whether strangers are answered better than by the start.
    pub fn helps(&self) -> bool {
        self.share > 0.0
    }
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
    let mut learn = |left_out: Option<usize>| -> Result<[Head; 2]> {
        let learned: Vec<usize> = (0..clips.len()).filter(|&index| Some(fold_of[index]) != left_out).collect();
        let samples: Vec<Sample<'_>> = learned.iter().map(|&index| (clips[index].clip, clips[index].class)).collect();
        let start = shipped.start(&samples)?;
        let trained = if several_classes(&samples) { train(&start, &learned)? } else { start.clone() };
        Ok([start, trained])
    };
    let [start, trained] = learn(None)?;
    if people.len() < 2 {
        return Ok(Blended { head: trained.clone(), trained, held_out: None });
    }
    let mut answers: Vec<Option<Answers>> = vec![None; clips.len()];
    for fold in 0..count {
        let [start, trained] = learn(Some(fold))?;
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

fn several_classes(samples: &[Sample<'_>]) -> bool {
    samples.iter().any(|(_, class)| *class != samples[0].1)
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
        let nested: Vec<usize> = (0..folds).map(|fold| self.choose(Some(fold)).share).collect();
        let last = SHARES.len() - 1;
        let person = |user: &&str| {
            let own = || (0..self.clips.len()).filter(|&index| self.clips[index].user == *user);
            let right =
                |share: &dyn Fn(usize) -> usize| own().filter(|&index| self.is_right(index, share(index))).count();
            Stranger {
                user: (*user).to_owned(),
                clips: own().count(),
                shipped: right(&|_| 0),
                trained: right(&|_| last),
                blended: right(&|index| nested[self.fold_of[index]]),
            }
        };
        let people: Vec<Stranger> = self.people.iter().map(person).collect();
        let sum = |of: fn(&Stranger) -> usize| people.iter().map(of).sum::<usize>();
        // The share was chosen on these people, so it may be luck: the choices on the other folds' people decide.
        let all = if sum(|p| p.blended) < sum(|p| p.shipped) { self.best(0, None) } else { all };
        HeldOut {
            folds,
            people,
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
        let mut sums = vec![(0.0f32, 0u16); self.people.len()];
        for index in self.used(without) {
            let mut probabilities: Vec<f32> = self.answers[index].0[share].iter().map(|z| z / temperature).collect();
            softmax(&mut probabilities);
            let place = self.people.binary_search(&self.clips[index].user).unwrap_or(0);
            sums[place].0 -= libm::logf(probabilities[self.clips[index].class].max(MIN_PROBABILITY));
            sums[place].1 += 1;
        }
        let used = || sums.iter().filter(|(_, clips)| *clips > 0);
        used().map(|(sum, clips)| sum / f32::from(*clips)).sum::<f32>() / used().count() as f32
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
        let clips = clips(people, 1.0);
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
