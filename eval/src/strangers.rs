//! The protocol of `mien eval strangers`: whether a generic head that `mien train` makes of a few
//! people helps people who are not among them.
//!
//! People are drawn at random again and again; the head that [`train_blended`] makes of their clips
//! answers all other people's.

use std::ops::ControlFlow;

use mien_core::check::within;
use mien_core::head::Head;
use mien_core::train::blend::{FOLDS, train_blended};
use mien_core::train::fit::{FitOptions, Sample, fit};
use mien_core::train::generic::GenericHead;
use mien_core::train::statistics::UserClip;
use mien_core::{Result, SplitMix64, fail};
use rayon::prelude::*;
use serde::Serialize;

use crate::protocol::{Labeled, Step, people_of};

/// Options of the evaluation.
#[derive(Debug, Clone, PartialEq)]
pub struct StrangerOptions {
    /// Numbers of people that heads are trained on; each at least 2.
    pub people: Vec<usize>,
    /// Number of draws of each.
    pub draws: usize,
    /// Seed of the draws and folds.
    pub seed: u64,
}

/// The results of all draws of a number of people.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StrangerScores {
    /// Number of people that heads were trained on.
    pub people: usize,
    /// Number of draws.
    pub draws: usize,
    /// Accuracy of the shipped head on the strangers, mean over draws, 0 to 1.
    pub shipped: f64,
    /// The heads as trained.
    pub trained: Outcomes,
    /// The blends with the shipped head.
    pub blended: Outcomes,
    /// The blends that `mien train` writes; the shipped head stays where it refuses.
    pub written: Outcomes,
    /// Number of draws of which it writes a head.
    pub heads_written: usize,
}

/// What heads of all draws do to strangers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Outcomes {
    /// Accuracy, mean over draws, 0 to 1.
    pub accuracy: f64,
    /// Number of draws with fewer right answers than the shipped head's.
    pub hurt: usize,
    /// The least gain in accuracy over the shipped head.
    pub worst: f64,
}

impl StrangerScores {
    fn of(people: usize, draws: &[Draw]) -> Self {
        let mean = |of: &dyn Fn(&Draw) -> usize| {
            draws.iter().map(|draw| of(draw) as f64 / draw.clips as f64).sum::<f64>() / draws.len() as f64
        };
        let outcomes = |of: &dyn Fn(&Draw) -> usize| {
            let gain = |draw: &Draw| (of(draw) as f64 - draw.shipped as f64) / draw.clips as f64;
            Outcomes {
                accuracy: mean(of),
                hurt: draws.iter().filter(|draw| of(draw) < draw.shipped).count(),
                worst: draws.iter().map(gain).fold(f64::INFINITY, f64::min),
            }
        };
        Self {
            people,
            draws: draws.len(),
            shipped: mean(&|draw| draw.shipped),
            trained: outcomes(&|draw| draw.trained),
            blended: outcomes(&|draw| draw.blended),
            written: outcomes(&|draw| if draw.written { draw.blended } else { draw.shipped }),
            heads_written: draws.iter().filter(|draw| draw.written).count(),
        }
    }
}

/// Right answers to the clips of the people who were not drawn.
struct Draw {
    clips: usize,
    shipped: usize,
    trained: usize,
    blended: usize,
    /// Whether the people drawn prove that the blend helps.
    written: bool,
}

/// Trains heads from `shipped` on draws of people of `clips`.
///
/// # Errors
/// `InvalidOption` for fewer than two people, or if nobody would be left to answer; `NotEnoughSamples` without numbers of
/// people; otherwise as in [`fit`].
pub fn strangers(
    clips: &[Labeled],
    shipped: &GenericHead,
    options: &StrangerOptions,
    progress: impl Fn(Step) -> ControlFlow<()> + Sync,
) -> Result<Vec<StrangerScores>> {
    let people = people_of(clips);
    if options.people.is_empty() {
        fail!(NotEnoughSamples, "{} people; at least three are needed: two to learn from and a stranger", people.len());
    }
    options.people.iter().try_for_each(|&count| within("people", count, 2..people.len()))?;
    within("draws", options.draws, 1..)?;
    let _ = progress(Step::Planned(options.people.len() * options.draws));
    let scores = |&count: &usize| {
        let draw = |draw: usize| {
            let mut rng = SplitMix64::new(options.seed.wrapping_add((1000 * count + draw) as u64));
            let mut drawn = people.clone();
            rng.shuffle(&mut drawn);
            drawn.truncate(count);
            let drawn = drawn_people(clips, &drawn, shipped, options.seed, &progress)?;
            let _ = progress(Step::Done);
            Ok(drawn)
        };
        let draws: Vec<Draw> = (0..options.draws).into_par_iter().map(draw).collect::<Result<_>>()?;
        Ok(StrangerScores::of(count, &draws))
    };
    options.people.iter().map(scores).collect()
}

fn drawn_people(
    clips: &[Labeled],
    people: &[&str],
    shipped: &GenericHead,
    seed: u64,
    progress: &(impl Fn(Step) -> ControlFlow<()> + Sync),
) -> Result<Draw> {
    let (own, others): (Vec<&Labeled>, Vec<&Labeled>) =
        clips.iter().partition(|clip| people.contains(&clip.subject.as_str()));
    let of_users: Vec<UserClip<'_>> = own.iter().map(|clip| clip.of_user()).collect();
    let fit_options = FitOptions::generic(shipped.head.kind());
    let blended = train_blended(shipped, &of_users, FOLDS, seed, |start, learned| {
        let samples: Vec<Sample<'_>> = learned.iter().map(|&index| own[index].sample()).collect();
        fit(start, &samples, &fit_options, |_| progress(Step::Epoch))
    })?;
    let right = |head: &Head| -> Result<usize> {
        let mut right = 0;
        for clip in &others {
            right += usize::from(head.classify(&clip.clip)? == clip.class);
        }
        Ok(right)
    };
    Ok(Draw {
        clips: others.len(),
        shipped: right(&shipped.head)?,
        trained: right(&blended.trained)?,
        blended: right(&blended.head)?,
        written: blended.held_out.is_some_and(|held_out| held_out.helps()),
    })
}

#[cfg(test)]
mod tests {
    use mien_core::head::{Clip, HeadKind};
    use mien_nn::LinearLayer;

    use super::*;

    const D: usize = 12;

    /// Twelve people with two clips of each of two classes: value `class` is what everybody shares, the others are each
    /// person's own habit.
    fn clips() -> Vec<Labeled> {
        let mut rng = SplitMix64::new(5);
        let mut clips = Vec::new();
        for person in 0..12 {
            for class in 0..2 {
                let habit: Vec<f32> = (2..D).map(|_| 2.0 * rng.normal()).collect();
                for _ in 0..2 {
                    let mut frame: Vec<f32> = (0..2).map(|d| if d == class { 1.0 } else { 0.0 }).collect();
                    frame.extend(&habit);
                    clips.push(Labeled {
                        clip: Clip::from_frames(&[frame]).unwrap(),
                        copies: crate::protocol::Copies::default(),
                        class,
                        zero_shot: None,
                        subject: format!("p{person:02}"),
                        session: String::new(),
                        embedding: vec![1.0],
                    });
                }
            }
        }
        clips
    }

    fn shipped() -> GenericHead {
        let weights = (0..2 * D).map(|index| if index % D == index / D { 6.0 } else { 0.0 }).collect();
        let layer = LinearLayer { weights, bias: vec![0.0; 2] };
        let labels = ["calm", "happy"].map(str::to_owned).to_vec();
        GenericHead::fresh(Head::fresh(labels, D, HeadKind::Logistic.body(), Some(&layer), 1.0).unwrap(), 1.0)
    }

    fn run(people: &[usize]) -> Result<Vec<StrangerScores>> {
        let options = StrangerOptions { people: people.to_vec(), draws: 6, seed: 1 };
        strangers(&clips(), &shipped(), &options, |_| ControlFlow::Continue(()))
    }

    #[test]
    fn a_head_of_few_people_hurts_strangers_and_is_not_written() {
        let scores = run(&[2, 4]).unwrap();
        assert_eq!(scores.iter().map(|score| (score.people, score.draws)).collect::<Vec<_>>(), [(2, 6), (4, 6)]);
        for score in scores {
            assert_eq!(score.shipped, 1.0);
            assert!(score.trained.hurt > 0 && score.trained.worst < 0.0, "{score:?}");
            assert_eq!((score.written.hurt, score.written.worst, score.heads_written), (0, 0.0, 0), "{score:?}");
        }
    }

    #[test]
    fn somebody_must_be_left_to_answer() {
        assert!(run(&[1]).is_err() && run(&[12]).is_err() && run(&[]).is_err());
    }
}
