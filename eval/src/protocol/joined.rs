//! Several streams of the same clips: each alone, and their joined decision.
//!
//! The folds over people, and the clips that a user's heads learn and are tested on, are the same for all streams.
//! Weights are never fitted on the person that is tested, nor on the others of the person's fold: those of generic
//! heads decide whose labels are doubtful, those of all heads decide together.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use mien_core::fusion::{Answered, Fusion, Opinion, Weights};
use mien_core::head::Head;
use mien_core::train::adapt::{AdaptOptions, StreamClips, TrainingClip, adapt_joined};
use mien_core::{Modality, Result, fail};
use mien_nn::math::argmax;
use rayon::prelude::*;

use super::measure::{Generic, asked_about, generic_heads};
use super::report::{Tally, tallies};
use super::split::{Folds, Group, learnable_groups};
use super::{Labeled, ProtocolOptions, Step};
use crate::metrics::expected_calibration_error;

/// The clips of a stream, at the same places as those of the other streams.
pub struct Stream<'a> {
    /// What it reads.
    pub modality: Modality,
    /// The clips.
    pub clips: &'a [Labeled],
    /// The head at which generic heads start.
    pub fresh: &'a Head,
    /// Options of its heads. Folds, seed and curve are those of the first stream.
    pub options: ProtocolOptions,
}

/// How well a head, or a joined decision, answers.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Figures {
    /// Share of right answers, 0 to 1.
    pub accuracy: f64,
    /// Expected calibration error (15 bins), 0 to 1.
    pub ece: f64,
    /// Number of people with fewer right answers than by the same stream or streams before adaptation.
    pub harmed_users: usize,
    /// The lowest accuracy of any person.
    pub worst_user: f64,
}

/// What adaptations come to.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct AdaptedScores {
    /// Maximum number of clips of each class that were learned; `None` for all.
    pub clips_per_class: Option<usize>,
    /// Whether everybody confirmed the labels that they were asked about.
    pub confirmed: bool,
    /// Number of adaptations, one for each person and tested session.
    pub adaptations: usize,
    /// People who have the one stream only.
    pub alone: BTreeMap<Modality, Figures>,
    /// Number of adaptations of one stream only that ask about labels.
    pub asked_alone: BTreeMap<Modality, usize>,
    /// Both streams adapted and tested.
    pub joined: Figures,
    /// Number of adaptations of all streams that ask about labels.
    pub asked: usize,
    /// Number of adaptations in which a stream's new head was refused.
    pub refused: usize,
    /// All streams adapted; tested by the one stream only, as if the others were missing.
    pub others_missing: BTreeMap<Modality, Figures>,
}

/// The results of an evaluation of several streams.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct JoinedScores {
    /// Number of people.
    pub users: usize,
    /// Number of clips.
    pub clips: usize,
    /// Number of folds over people.
    pub folds: usize,
    /// Generic heads of the streams on all clips.
    pub generic: BTreeMap<Modality, Figures>,
    /// Their joined decision.
    pub generic_joined: Figures,
    /// Adapted heads: from all clips, from all clips once labels are confirmed, and by clips per class.
    pub adapted: Vec<AdaptedScores>,
    /// The weights that all people's answers yield; tested are those that each fold's others yield.
    pub weights: BTreeMap<Modality, Weights>,
}

/// Runs the protocol on `streams`.
///
/// # Errors
/// `InvalidOption` if the clips of the streams are not those of the same people, sessions and classes; otherwise as
/// in [`adaptation`](super::adaptation).
pub fn joined(streams: &[Stream<'_>], progress: impl Fn(Step) -> ControlFlow<()> + Sync) -> Result<JoinedScores> {
    let Some(first) = streams.first() else { fail!(InvalidOption, "there is no stream to evaluate") };
    let key = |clip: &Labeled| (clip.subject.clone(), clip.session.clone(), clip.class);
    if streams.iter().any(|stream| !stream.clips.iter().map(key).eq(first.clips.iter().map(key))) {
        fail!(InvalidOption, "the streams are not of the same clips");
    }
    let folds = Folds::new(first.clips, &first.options, true)?;
    let groups = learnable_groups(first.clips, first.options.seed);
    let _ = progress(Step::Planned(groups.len() + streams.len() * folds.count));
    let heads: Vec<Vec<Generic>> = streams
        .iter()
        .map(|stream| generic_heads(stream.clips, None, &folds, stream.fresh, &stream.options, &progress))
        .collect::<Result<_>>()?;
    let fold_of: Vec<usize> = first.clips.iter().map(|clip| folds.of[&clip.subject]).collect();
    let all: Vec<usize> = (0..first.clips.len()).collect();
    let generic = streams.iter().zip(&heads).map(|(stream, heads)| {
        let answer =
            |&clip: &usize| Ok(heads[fold_of[clip]].head.head.predict(&stream.clips[clip].clip)?.probabilities);
        Ok(Answers { adapted: false, probabilities: all.iter().map(answer).collect::<Result<_>>()? })
    });
    let generic = generic.collect::<Result<_>>()?;
    let generic = Tested { clips: all, streams: generic };
    let people = People { streams, heads: &heads, folds: &folds, generic: &generic };
    let generic_fusions: Vec<Fusion> =
        (0..folds.count).map(|fold| people.fit(&[], Some(fold))).collect::<Result<_>>()?;
    let learned: Vec<GroupOutcomes> = groups
        .par_iter()
        .map(|group| {
            let fusion = &generic_fusions[folds.of[group.subject]];
            let outcomes = Learner { people: &people, group, fusion, progress: &progress }.outcomes();
            let _ = progress(Step::Done);
            outcomes
        })
        .collect::<Result<_>>()?;
    people.scores(&learned)
}

/// The answers of one stream to tested clips.
#[derive(Clone)]
struct Answers {
    /// Whether the head is a user's own.
    adapted: bool,
    probabilities: Vec<Vec<f32>>,
}

/// The answers of streams to the same clips.
#[derive(Clone)]
struct Tested {
    clips: Vec<usize>,
    /// One for each stream that took part.
    streams: Vec<Answers>,
}

/// What an adaptation came to.
#[derive(Clone)]
struct Outcome {
    tested: Tested,
    /// The clips whose labels it asks about.
    asked: BTreeSet<usize>,
    /// Whether a new head was refused.
    refused: bool,
}

/// Which clips were learned: at most so many of each class, and whether their labels were confirmed on demand.
type Way = (Option<usize>, bool);

/// The outcomes of a group: of all streams together, and of each alone.
type GroupOutcomes = BTreeMap<Way, (Outcome, Vec<Outcome>)>;

struct People<'a> {
    streams: &'a [Stream<'a>],
    heads: &'a [Vec<Generic>],
    folds: &'a Folds,
    generic: &'a Tested,
}

impl People<'_> {
    fn clips(&self) -> &[Labeled] {
        self.streams[0].clips
    }

    fn fold(&self, clip: usize) -> usize {
        self.folds.of[&self.clips()[clip].subject]
    }

    /// Fits weights on the answers of generic heads and of `adapted` ones, to people outside the fold `without`.
    fn fit(&self, adapted: &[&Tested], without: Option<usize>) -> Result<Fusion> {
        let all = [self.generic].into_iter().chain(adapted.iter().copied());
        Fusion::fit(&all.flat_map(|tested| self.answered(tested, without)).collect::<Vec<_>>())
    }

    fn answered<'t>(&'t self, tested: &'t Tested, without: Option<usize>) -> Vec<Answered<'t>> {
        let places = (0..tested.clips.len()).filter(|&place| Some(self.fold(tested.clips[place])) != without);
        places
            .map(|place| Answered {
                opinions: self.opinions(tested, place),
                class: self.clips()[tested.clips[place]].class,
            })
            .collect()
    }

    fn opinions<'t>(&'t self, tested: &'t Tested, place: usize) -> Vec<Opinion<'t>> {
        let named = self.streams.iter().zip(&tested.streams);
        named
            .map(|(stream, answers)| Opinion {
                modality: stream.modality,
                adapted: answers.adapted,
                probabilities: &answers.probabilities[place],
                taught: None,
            })
            .collect()
    }

    /// Returns the joined probabilities of tested clips; `fusions` has those of each fold.
    fn join(&self, tested: &Tested, fusions: &[Fusion]) -> Result<Vec<Vec<f32>>> {
        let join = |(place, clip): (usize, &usize)| {
            Ok(fusions[self.fold(*clip)].join(&self.opinions(tested, place))?.probabilities)
        };
        tested.clips.iter().enumerate().map(join).collect()
    }

    fn scores(&self, learned: &[GroupOutcomes]) -> Result<JoinedScores> {
        let whole: Vec<&Tested> =
            learned.iter().filter_map(|group| Some(&group.get(&(None, false))?.0.tested)).collect();
        let fusions: Vec<Fusion> =
            (0..self.folds.count).map(|fold| self.fit(&whole, Some(fold))).collect::<Result<_>>()?;
        let before = Before {
            joined: self.answers(&self.generic.clips, &self.join(self.generic, &fusions)?),
            streams: (0..self.streams.len()).map(|stream| self.answers_of(self.generic, stream)).collect(),
        };
        let ways: BTreeSet<Way> = learned.iter().flat_map(|group| group.keys().copied()).collect();
        let adapted = ways.into_iter().map(|way| self.adapted(way, learned, &fusions, &before));
        let everybody = self.fit(&whole, None)?;
        Ok(JoinedScores {
            users: self.folds.of.len(),
            clips: self.clips().len(),
            folds: self.folds.count,
            generic: self.by_stream(|stream| self.figures(&before.streams[stream], &before.streams[stream])),
            generic_joined: self.figures(&before.joined, &before.joined),
            adapted: adapted.collect::<Result<_>>()?,
            weights: self.by_stream(|stream| everybody.weights(self.streams[stream].modality)),
        })
    }

    fn adapted(
        &self,
        (clips_per_class, confirmed): Way,
        learned: &[GroupOutcomes],
        fusions: &[Fusion],
        before: &Before,
    ) -> Result<AdaptedScores> {
        let of_way = || learned.iter().filter_map(|group| group.get(&(clips_per_class, confirmed)));
        let mut joined = Vec::new();
        for (outcome, _) in of_way() {
            joined.extend(self.answers(&outcome.tested.clips, &self.join(&outcome.tested, fusions)?));
        }
        let alone = |stream: usize| -> Vec<Answer> {
            of_way().flat_map(|(_, alone)| self.answers_of(&alone[stream].tested, 0)).collect()
        };
        let missing = |stream: usize| -> Vec<Answer> {
            of_way().flat_map(|(joined, _)| self.answers_of(&joined.tested, stream)).collect()
        };
        Ok(AdaptedScores {
            clips_per_class,
            confirmed,
            adaptations: of_way().count(),
            alone: self.by_stream(|stream| self.figures(&alone(stream), &before.streams[stream])),
            asked_alone: self.by_stream(|stream| of_way().filter(|(_, alone)| !alone[stream].asked.is_empty()).count()),
            joined: self.figures(&joined, &before.joined),
            asked: of_way().filter(|(joined, _)| !joined.asked.is_empty()).count(),
            refused: of_way().filter(|(joined, _)| joined.refused).count(),
            others_missing: self.by_stream(|stream| self.figures(&missing(stream), &before.streams[stream])),
        })
    }

    fn by_stream<T>(&self, of: impl Fn(usize) -> T) -> BTreeMap<Modality, T> {
        self.streams.iter().enumerate().map(|(place, stream)| (stream.modality, of(place))).collect()
    }

    fn answers_of(&self, tested: &Tested, stream: usize) -> Vec<Answer> {
        self.answers(&tested.clips, &tested.streams[stream].probabilities)
    }

    fn answers(&self, clips: &[usize], probabilities: &[Vec<f32>]) -> Vec<Answer> {
        let answer = |(&clip, probabilities): (&usize, &Vec<f32>)| {
            let answer = argmax(probabilities);
            Answer { clip, answer, confidence: probabilities[answer] }
        };
        clips.iter().zip(probabilities).map(answer).collect()
    }

    /// Returns the figures of `answers`; `before` has the answers to all clips before adaptation.
    fn figures(&self, answers: &[Answer], before: &[Answer]) -> Figures {
        let before: Vec<usize> = before.iter().map(|answer| answer.answer).collect();
        let tallies = tallies(self.clips(), &before, answers.iter().map(|answer| (answer.clip, answer.answer)));
        let all: Tally = tallies.values().copied().sum();
        let is_right = |answer: &Answer| answer.answer == self.clips()[answer.clip].class;
        let confidences: Vec<(f32, bool)> =
            answers.iter().map(|answer| (answer.confidence, is_right(answer))).collect();
        Figures {
            accuracy: all.adapted_accuracy(),
            ece: expected_calibration_error(&confidences),
            harmed_users: tallies.values().filter(|tally| tally.is_harmed()).count(),
            worst_user: tallies.values().map(Tally::adapted_accuracy).fold(1.0, f64::min),
        }
    }
}

/// The answers before adaptation to all clips, in their order.
struct Before {
    joined: Vec<Answer>,
    streams: Vec<Vec<Answer>>,
}

struct Answer {
    clip: usize,
    answer: usize,
    confidence: f32,
}

/// Adapts the generic heads to one group.
struct Learner<'a, P> {
    people: &'a People<'a>,
    group: &'a Group<'a>,
    /// The weights of the generic heads.
    fusion: &'a Fusion,
    progress: &'a P,
}

impl<P: Fn(Step) -> ControlFlow<()>> Learner<'_, P> {
    fn outcomes(&self) -> Result<GroupOutcomes> {
        let everybody: Vec<usize> = (0..self.people.streams.len()).collect();
        let unconfirmed = |learned: &[usize]| -> Result<(Outcome, Vec<Outcome>)> {
            let alone =
                everybody.iter().map(|stream| self.learn(std::slice::from_ref(stream), learned, &BTreeSet::new()));
            Ok((self.learn(&everybody, learned, &BTreeSet::new())?, alone.collect::<Result<_>>()?))
        };
        let whole = unconfirmed(&self.group.learned)?;
        let mut outcomes = GroupOutcomes::new();
        for &max in &self.people.streams[0].options.curve {
            if let Some(learned) = self.group.cut_down(self.people.clips(), max) {
                let is_whole = learned == self.group.learned;
                outcomes.insert((Some(max), false), if is_whole { whole.clone() } else { unconfirmed(&learned)? });
            }
        }
        let alone = everybody.iter().zip(&whole.1);
        let alone = alone.map(|(stream, first)| self.once_confirmed(std::slice::from_ref(stream), first));
        let confirmed = (self.once_confirmed(&everybody, &whole.0)?, alone.collect::<Result<_>>()?);
        outcomes.insert((None, true), confirmed);
        outcomes.insert((None, false), whole);
        Ok(outcomes)
    }

    /// Returns the last of the adaptations after `first`, as often as they ask about labels, which are confirmed.
    fn once_confirmed(&self, streams: &[usize], first: &Outcome) -> Result<Outcome> {
        let (mut last, mut confirmed) = (first.clone(), BTreeSet::new());
        while !last.asked.is_subset(&confirmed) {
            confirmed.extend(last.asked.iter().copied());
            last = self.learn(streams, &self.group.learned, &confirmed)?;
        }
        Ok(last)
    }

    /// Adapts the heads of `streams` to the `learned` clips; the labels of those `confirmed` are.
    fn learn(&self, streams: &[usize], learned: &[usize], confirmed: &BTreeSet<usize>) -> Result<Outcome> {
        let People { streams: all, heads, folds, .. } = *self.people;
        let fold = folds.of[self.group.subject];
        let names: Vec<String> = learned.iter().map(usize::to_string).collect();
        let clips_of = |stream: usize| -> Vec<TrainingClip<'_>> {
            let clip = |(&index, name)| {
                let Labeled { clip, class, copies, .. } = &all[stream].clips[index];
                TrainingClip { name, clip, class: *class, confirmed: confirmed.contains(&index), copies: &copies.own }
            };
            learned.iter().zip(names.iter().map(String::as_str)).map(clip).collect()
        };
        let clips: Vec<Vec<TrainingClip<'_>>> = streams.iter().map(|&stream| clips_of(stream)).collect();
        let lessons: Vec<(StreamClips<'_>, &AdaptOptions)> = streams
            .iter()
            .zip(&clips)
            .map(|(&stream, clips)| {
                let generic = &heads[stream][fold].head;
                let modality = all[stream].modality;
                (StreamClips { modality, generic, current: None, clips, unlabeled: &[] }, &all[stream].options.adapt)
            })
            .collect();
        let adaptations = adapt_joined(&lessons, self.fusion, |_| (self.progress)(Step::Epoch))?;
        let mut answers = Vec::new();
        for ((&stream, (lesson, _)), adaptation) in streams.iter().zip(&lessons).zip(&adaptations) {
            let head = adaptation.head.as_ref().unwrap_or(&lesson.generic.head);
            let answer = |&clip: &usize| Ok(head.predict(&all[stream].clips[clip].clip)?.probabilities);
            let probabilities = self.group.tested.iter().map(answer).collect::<Result<_>>()?;
            answers.push(Answers { adapted: adaptation.head.is_some(), probabilities });
        }
        Ok(Outcome {
            tested: Tested { clips: self.group.tested.clone(), streams: answers },
            asked: adaptations.iter().flat_map(|adaptation| asked_about(&adaptation.report)).collect(),
            refused: adaptations.iter().any(|adaptation| adaptation.head.is_none()),
        })
    }
}
