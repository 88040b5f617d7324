//! What an adaptation does with wrong labels and other people's clips: `mien eval adaptation
//! --faults`.
//!
//! Each user's clips of all sessions but one are handed in as they are and with every kind of
//! fault, without any confirmation, as [`Engine::adapt`](mien_core::Engine::adapt) would get them;
//! the user is enrolled with the session that is left out, and the head that answers afterwards is
//! tested on it.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use mien_core::Result;
use mien_core::head::Head;
use mien_core::recognition::calibration::Calibration;
use mien_core::recognition::whose::{Whose, mostly_others, whose};
use mien_core::train::adapt::{TrainingClip, adapt};
use mien_core::train::generic::GenericHead;
use mien_nn::math::SplitMix64;
use rayon::prelude::*;

use super::measure::generic_heads;
use super::split::{Folds, Group, learnable_groups};
use super::{Labeled, ProtocolOptions, Step};

/// Draws of random labels, and of one wrong label, for each user and session.
const DRAWS: usize = 5;

/// The outcome of adaptations with one kind of fault.
#[derive(Debug, Clone, Copy, PartialEq, Default, serde::Serialize)]
pub struct FaultScore {
    /// Number of adaptations.
    pub adaptations: usize,
    /// Number of adaptations with a new head.
    pub accepted: usize,
    /// Number of adaptations with a new head that learned a clip with a wrong label or of somebody
    /// else.
    pub poisoned: usize,
    /// Number of adaptations that left out or named at least one clip.
    pub named: usize,
    /// Accuracy on the tested clips of the head that answers afterwards, 0 to 1.
    pub accuracy: f64,
    /// Accuracy of the generic head on them.
    pub generic: f64,
}

/// The outcome of exchanging two labels.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct SwapScore {
    /// The two labels.
    pub labels: [String; 2],
    /// The outcome.
    #[serde(flatten)]
    pub score: FaultScore,
}

/// The outcomes of all kinds of faults.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct FaultScores {
    /// The clips as they are.
    pub honest: FaultScore,
    /// The labels of two classes exchanged, for each pair of classes.
    pub swapped: Vec<SwapScore>,
    /// All pairs together.
    pub swapped_mean: FaultScore,
    /// Every label replaced by the one so many places further, for each number of places.
    pub rotated: FaultScore,
    /// Every label drawn at random.
    pub random: FaultScore,
    /// One clip with another label, drawn at random.
    pub one_wrong: FaultScore,
    /// The clips of the next person.
    pub other_person: FaultScore,
    /// One clip replaced by the next person's clip of the same class.
    pub one_of_another: FaultScore,
}

/// Tries every kind of fault on `clips`; as in [`adaptation`](super::adaptation) otherwise.
///
/// # Errors
/// As in [`adaptation`](super::adaptation).
pub fn faults(
    clips: &[Labeled],
    others: Option<&[Labeled]>,
    fresh: &Head,
    options: &ProtocolOptions,
    calibration: &Calibration,
    progress: impl Fn(Step) -> ControlFlow<()> + Sync,
) -> Result<FaultScores> {
    let folds = Folds::new(clips, options, others.is_none() && !options.fresh)?;
    let groups = learnable_groups(clips, options.seed);
    let _ = progress(Step::Planned(groups.len() + if options.fresh { 0 } else { folds.count }));
    let heads = generic_heads(clips, others, &folds, fresh, options, &progress)?;
    let tried: Vec<Tallies> = (0..groups.len())
        .into_par_iter()
        .map(|index| {
            let group = &groups[index];
            let stranger =
                groups.iter().cycle().skip(index + 1).take(groups.len()).find(|other| other.subject != group.subject);
            let generic = &heads[folds.of[group.subject]].head;
            let trial = Trial { clips, group, stranger, generic, options, calibration, progress: &progress };
            let tallies = trial.run()?;
            let _ = progress(Step::Done);
            Ok(tallies)
        })
        .collect::<Result<_>>()?;
    let mut all = Tallies::default();
    for tallies in tried {
        for (fault, tally) in tallies {
            all.entry(fault).or_default().add(&tally);
        }
    }
    Ok(scores(&all, fresh.labels()))
}

/// A kind of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fault {
    None,
    Swapped(usize, usize),
    Rotated,
    Random,
    OneWrong,
    OtherPerson,
    OneOfAnother,
}

type Tallies = BTreeMap<Fault, Tally>;

/// Counts of adaptations with one kind of fault.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    score: FaultScore,
    tested: usize,
    right: usize,
    generic_right: usize,
}

impl Tally {
    fn add(&mut self, other: &Self) {
        self.score.adaptations += other.score.adaptations;
        self.score.accepted += other.score.accepted;
        self.score.poisoned += other.score.poisoned;
        self.score.named += other.score.named;
        self.tested += other.tested;
        self.right += other.right;
        self.generic_right += other.generic_right;
    }

    fn score(&self) -> FaultScore {
        let share = |right: usize| right as f64 / self.tested.max(1) as f64;
        FaultScore { accuracy: share(self.right), generic: share(self.generic_right), ..self.score }
    }
}

fn scores(all: &Tallies, labels: &[String]) -> FaultScores {
    let of = |fault: Fault| all.get(&fault).map(Tally::score).unwrap_or_default();
    let mut every = Tally::default();
    let mut swapped = Vec::new();
    for (fault, tally) in all {
        if let Fault::Swapped(a, b) = *fault {
            every.add(tally);
            swapped.push(SwapScore { labels: [labels[a].clone(), labels[b].clone()], score: tally.score() });
        }
    }
    FaultScores {
        honest: of(Fault::None),
        swapped,
        swapped_mean: every.score(),
        rotated: of(Fault::Rotated),
        random: of(Fault::Random),
        one_wrong: of(Fault::OneWrong),
        other_person: of(Fault::OtherPerson),
        one_of_another: of(Fault::OneOfAnother),
    }
}

/// A clip as handed in: the index of the clip and the label.
#[derive(Clone, Copy)]
struct Handed {
    clip: usize,
    class: usize,
    /// Whether the label or the person is wrong.
    wrong: bool,
}

/// The trials of one user and session.
struct Trial<'a, P> {
    clips: &'a [Labeled],
    group: &'a Group<'a>,
    /// The next person.
    stranger: Option<&'a Group<'a>>,
    generic: &'a GenericHead,
    options: &'a ProtocolOptions,
    calibration: &'a Calibration,
    progress: &'a P,
}

impl<P: Fn(Step) -> ControlFlow<()>> Trial<'_, P> {
    fn run(&self) -> Result<Tallies> {
        let mut tallies = Tallies::new();
        for (fault, handed) in self.all_faults() {
            let tally = self.adapt(&handed)?;
            tallies.entry(fault).or_default().add(&tally);
        }
        Ok(tallies)
    }

    /// Returns the clips with the label that `relabel` gives for each of their places and classes.
    fn relabeled(&self, mut relabel: impl FnMut(usize, usize) -> usize) -> Vec<Handed> {
        let learned = self.group.learned.iter().enumerate();
        learned
            .map(|(place, &clip)| {
                let own = self.clips[clip].class;
                let class = relabel(place, own);
                Handed { clip, class, wrong: class != own }
            })
            .collect()
    }

    fn all_faults(&self) -> Vec<(Fault, Vec<Handed>)> {
        let learned = &self.group.learned;
        let mut classes: Vec<usize> = learned.iter().map(|&clip| self.clips[clip].class).collect();
        classes.sort_unstable();
        classes.dedup();
        let place = |class: usize| classes.iter().position(|&other| other == class).unwrap_or_default();
        let mut rng = SplitMix64::new(
            self.options.seed
                ^ learned.iter().fold(1, |sum: u64, &clip| sum.wrapping_mul(31).wrapping_add(clip as u64)),
        );
        let mut all = vec![(Fault::None, self.relabeled(|_, own| own))];
        for (index, &a) in classes.iter().enumerate() {
            for &b in &classes[index + 1..] {
                let swap = |_, own| {
                    if own == a {
                        b
                    } else if own == b {
                        a
                    } else {
                        own
                    }
                };
                all.push((Fault::Swapped(a, b), self.relabeled(swap)));
            }
        }
        for turn in 1..classes.len() {
            let rotate = |_, own| classes[(place(own) + turn) % classes.len()];
            all.push((Fault::Rotated, self.relabeled(rotate)));
        }
        for _ in 0..DRAWS {
            all.push((Fault::Random, self.relabeled(|_, _| classes[rng.below(classes.len())])));
            let (chosen, turn) = (rng.below(learned.len()), 1 + rng.below(classes.len() - 1));
            let one = |at: usize, own| if at == chosen { classes[(place(own) + turn) % classes.len()] } else { own };
            all.push((Fault::OneWrong, self.relabeled(one)));
        }
        all.extend(self.stranger.into_iter().flat_map(|stranger| self.of_another(stranger, rng.below(learned.len()))));
        // Labels of one class only cannot be learned at all.
        all.retain(|(_, handed)| handed.iter().any(|one| one.class != handed[0].class));
        all
    }

    /// Returns the clips of another person, and the user's clips with the one at the place `chosen`
    /// replaced.
    fn of_another(&self, stranger: &Group<'_>, chosen: usize) -> Vec<(Fault, Vec<Handed>)> {
        let theirs = |&clip: &usize| Handed { clip, class: self.clips[clip].class, wrong: true };
        let mut faults = vec![(Fault::OtherPerson, stranger.learned.iter().map(theirs).collect())];
        let mut own = self.relabeled(|_, own| own);
        if let Some(&clip) = stranger.learned.iter().find(|&&clip| self.clips[clip].class == own[chosen].class) {
            own[chosen] = Handed { clip, class: own[chosen].class, wrong: true };
            faults.push((Fault::OneOfAnother, own));
        }
        faults
    }

    /// Checks the faces and adapts, as an engine does.
    fn adapt(&self, handed: &[Handed]) -> Result<Tally> {
        let enrolled: Vec<Vec<f32>> =
            self.group.tested.iter().map(|&clip| self.clips[clip].embedding.clone()).collect();
        let faces: Vec<[Vec<f32>; 1]> = handed.iter().map(|one| [self.clips[one.clip].embedding.clone()]).collect();
        let faces: Vec<&[Vec<f32>]> = faces.iter().map(<[_; 1]>::as_slice).collect();
        let judged = whose(self.calibration, &enrolled, &faces)?;
        let own: Vec<Handed> =
            handed.iter().zip(&judged).filter(|(_, whose)| **whose == Whose::User).map(|(one, _)| *one).collect();
        let enough = own.iter().any(|one| one.class != own[0].class);
        if mostly_others(&judged) || !enough {
            return self.tally(None, own.len() < handed.len(), false);
        }
        let names: Vec<String> = (0..own.len()).map(|place| place.to_string()).collect();
        let clips: Vec<TrainingClip<'_>> = own
            .iter()
            .zip(&names)
            .map(|(one, name)| TrainingClip {
                name,
                clip: &self.clips[one.clip].clip,
                class: one.class,
                confirmed: false,
                copies: &self.clips[one.clip].copies.own,
            })
            .collect();
        let adaptation = adapt(self.generic, None, &clips, &[], &self.options.adapt, |_| (self.progress)(Step::Epoch))?;
        let left_out = &adaptation.report.left_out;
        let learned =
            own.iter().zip(&names).filter(|(_, name)| left_out.iter().all(|left_out| left_out.clip != **name));
        let poisoned = learned.into_iter().any(|(one, _)| one.wrong);
        let named = own.len() < handed.len() || !left_out.is_empty();
        self.tally(adaptation.head.as_ref(), named, poisoned)
    }

    /// Tests the head that answers after an adaptation with the new `head`, if there is one.
    fn tally(&self, head: Option<&Head>, named: bool, poisoned: bool) -> Result<Tally> {
        let answering = head.unwrap_or(&self.generic.head);
        let right = |head: &Head| -> Result<usize> {
            let tested = self.group.tested.iter().map(|&clip| &self.clips[clip]);
            tested.map(|clip| Ok(usize::from(head.classify(&clip.clip)? == clip.class))).sum()
        };
        Ok(Tally {
            score: FaultScore {
                adaptations: 1,
                accepted: usize::from(head.is_some()),
                poisoned: usize::from(head.is_some() && poisoned),
                named: usize::from(named),
                ..FaultScore::default()
            },
            tested: self.group.tested.len(),
            right: right(answering)?,
            generic_right: right(&self.generic.head)?,
        })
    }
}
