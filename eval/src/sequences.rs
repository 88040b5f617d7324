//! Sequences from a neutral face to the apex of an emotion: what attention over time adds to the
//! mean, and how late a stream answers.
//!
//! Heads are trained either on the other people's sequences (each person is left out once), or on
//! other people's stills, grown into sequences: a neutral picture passes linearly, in feature
//! space, into the same person's picture of an emotion. Starts and ends of the passage and the
//! number of frames are drawn anew for each picture, so that the share of neutral frames says
//! nothing about the emotion.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use mien_core::head::{Clip, Head, HeadKind, Window};
use mien_core::train::adapt::NEUTRAL;
use mien_core::train::fit::{FitOptions, Sample, fit};
use mien_core::train::generic::GenericHead;
use mien_core::{Result, SplitMix64, fail, labels};
use mien_nn::math::{add_scaled, argmax, softmax};
use rayon::prelude::*;

use crate::metrics::{Interval, bootstrap};
use crate::protocol::{DRAWS, Labeled, Step};

/// Shares of a sequence after which a stream is asked.
pub const SEEN: [f64; 5] = [0.2, 0.4, 0.6, 0.8, 1.0];

/// Numbers of frames that a stream's window holds.
pub const WINDOWS: [usize; 4] = [1, 5, 15, 64];

/// Frames of a grown sequence: from the first to the second, both included.
const FRAMES: (usize, usize) = (8, 32);

/// Options of the evaluation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SequenceOptions {
    /// Seed of the grown sequences and the intervals. Default 0.
    pub seed: u64,
    /// Pull toward the start (L2-SP). Default: that of [`FitOptions::generic`].
    pub pull: Option<f32>,
    /// Divisor of the network's own logits that makes its probabilities honest.
    pub temperature: f32,
}

/// One way to answer a sequence.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct WayScores {
    /// The way.
    pub way: String,
    /// Share of right answers with a bootstrap interval over people; `None` for one person.
    pub accuracy: Option<Interval>,
    /// Accuracy minus that of the first way (the mean) of the same group, paired over people.
    pub gain: Option<Interval>,
    /// Share of the attention on the last third of the frames, mean over sequences; `None` without
    /// attention. Equal weights yield a third.
    pub last_third: Option<f64>,
    /// Answers of a stream.
    pub streams: Vec<StreamScores>,
}

/// Answers of a stream with a window of some size.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct StreamScores {
    /// Number of frames that the window holds.
    pub window: usize,
    /// Accuracy after each share of [`SEEN`].
    pub accuracy: Vec<f64>,
    /// Mean number of frames until the answer is right and stays so, over the sequences whose last
    /// answer is right; `None` if there are none.
    pub delay: Option<f64>,
}

/// The results of an evaluation.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct SequenceScores {
    /// Number of people.
    pub people: usize,
    /// Number of sequences.
    pub sequences: usize,
    /// Mean number of frames.
    pub frames: f64,
    /// Number of sequences that the heads were trained on; `None` if people were left out.
    pub grown: Option<usize>,
    /// The network without training: mean, last frame, and frames weighted by how little neutral
    /// they are.
    pub network: Vec<WayScores>,
    /// Trained heads: mean pooling first, then the last frame answered by the same head, then
    /// the heads with attention.
    pub trained: Vec<WayScores>,
}

/// Evaluates all heads on `sequences`. `fresh` holds an untrained head of each kind of
/// [`HeadKind::ALL`]. With `stills` of other people, the heads are trained on sequences grown from
/// them, otherwise on the other people's sequences.
///
/// # Errors
/// `NotEnoughSamples` if the only person is to be left out, or if no person of `stills` has a
/// neutral picture; otherwise as in [`fit`].
pub fn sequences(
    sequences: &[Labeled],
    stills: Option<&[Labeled]>,
    fresh: &[Head],
    options: &SequenceOptions,
    progress: impl Fn(Step) -> ControlFlow<()> + Sync,
) -> Result<SequenceScores> {
    let people = people_of(sequences);
    if stills.is_none() && people.len() < 2 {
        fail!(NotEnoughSamples, "all sequences are of one person: name other data sets to learn from");
    }
    let grown = stills.map(|stills| grow(stills, fresh[0].labels(), options.seed)).transpose()?;
    let heads = trained_heads(sequences, &people, grown.as_deref(), fresh, options, &progress)?;
    let measure = Measure { sequences, people: &people, seed: options.seed };
    let logistic = vec![&fresh[0]; sequences.len()];
    let network = measure.network(&logistic)?;
    let mut trained = Vec::new();
    for (kind, heads) in HeadKind::ALL.into_iter().zip(&heads) {
        let heads: Vec<&Head> = sequences.iter().map(|sequence| &heads[&sequence.subject]).collect();
        let name = if kind == HeadKind::Logistic { "mean (logistic)" } else { kind.name() };
        trained.push(measure.whole(name, &heads)?);
        if kind == HeadKind::Logistic {
            trained.push(measure.last_frame(&heads)?);
        }
    }
    Ok(SequenceScores {
        people: people.len(),
        sequences: sequences.len(),
        frames: sequences.iter().map(|one| one.clip.len() as f64).sum::<f64>() / sequences.len().max(1) as f64,
        grown: grown.as_ref().map(Vec::len),
        network: measure.compared(network),
        trained: measure.compared(trained),
    })
}

fn people_of(clips: &[Labeled]) -> Vec<&str> {
    let mut people: Vec<&str> = clips.iter().map(|clip| clip.subject.as_str()).collect();
    people.sort_unstable();
    people.dedup();
    people
}

/// Grows a sequence from each still of a person with a neutral picture, if possible of the same
/// session; the sequence of a neutral still passes from one neutral picture into another.
///
/// # Errors
/// `NotEnoughSamples` if nobody has a neutral picture.
pub fn grow(stills: &[Labeled], labels: &[String], seed: u64) -> Result<Vec<(Clip, usize)>> {
    let neutral = labels::index_of(labels, NEUTRAL);
    let mut rng = SplitMix64::new(seed);
    let mut grown = Vec::new();
    for still in stills {
        let own = |same_session: bool| -> Vec<&Labeled> {
            let of_person = |other: &&Labeled| {
                Some(other.class) == neutral
                    && other.subject == still.subject
                    && (!same_session || other.session == still.session)
            };
            stills.iter().filter(of_person).collect()
        };
        let mut neutrals = own(true);
        if neutrals.is_empty() {
            neutrals = own(false);
        }
        if neutrals.is_empty() {
            continue;
        }
        let from = neutrals[rng.below(neutrals.len())];
        grown.push((passage(&from.clip, &still.clip, &mut rng)?, still.class));
    }
    if grown.is_empty() {
        fail!(NotEnoughSamples, "nobody has a neutral picture, from which sequences are grown");
    }
    Ok(grown)
}

/// Returns frames that pass linearly from the first frame of `from` to the last frame of `to`.
fn passage(from: &Clip, to: &Clip, rng: &mut SplitMix64) -> Result<Clip> {
    let (Some(from), Some(to)) = (from.frames().next(), to.frames().last()) else {
        fail!(NotEnoughSamples, "a clip without frames")
    };
    let count = FRAMES.0 + rng.below(FRAMES.1 - FRAMES.0 + 1);
    let mut draw = || rng.below(1000) as f32 / 1000.0;
    let (a, b) = (draw(), draw());
    let (start, end) = (a.min(b), a.max(b));
    let frame = |index: usize| -> Vec<f32> {
        let place = index as f32 / (count - 1) as f32;
        let share = if place >= end { 1.0 } else { ((place - start) / (end - start)).max(0.0) };
        from.iter().zip(to).map(|(from, to)| from + share * (to - from)).collect()
    };
    Clip::from_frames(&(0..count).map(frame).collect::<Vec<_>>())
}

/// Returns each kind's heads by the person whom they are tested on.
fn trained_heads(
    sequences: &[Labeled],
    people: &[&str],
    grown: Option<&[(Clip, usize)]>,
    fresh: &[Head],
    options: &SequenceOptions,
    progress: &(impl Fn(Step) -> ControlFlow<()> + Sync),
) -> Result<Vec<BTreeMap<String, Head>>> {
    let _ = progress(Step::Planned(fresh.len() * if grown.is_some() { 1 } else { people.len() }));
    let train = |fresh: &Head, samples: &[Sample<'_>]| -> Result<Head> {
        let mut fit_options = FitOptions::generic(fresh.kind());
        fit_options.pull = options.pull.unwrap_or(fit_options.pull);
        let start = GenericHead::fresh(fresh.clone(), options.temperature).start(samples)?;
        let head = fit(&start, samples, &fit_options, |_| progress(Step::Epoch))?;
        let _ = progress(Step::Done);
        Ok(head)
    };
    let of_kind = |fresh: &Head| -> Result<BTreeMap<String, Head>> {
        if let Some(grown) = grown {
            let samples: Vec<Sample<'_>> = grown.iter().map(|(clip, class)| (clip, *class)).collect();
            let head = train(fresh, &samples)?;
            return Ok(people.iter().map(|person| ((*person).to_owned(), head.clone())).collect());
        }
        let leave_out = |person: &&str| {
            let others = sequences.iter().filter(|other| other.subject != **person);
            Ok(((*person).to_owned(), train(fresh, &others.map(Labeled::sample).collect::<Vec<_>>())?))
        };
        people.par_iter().map(leave_out).collect()
    };
    fresh.par_iter().map(of_kind).collect()
}

/// Measures answers to sequences.
struct Measure<'a> {
    sequences: &'a [Labeled],
    people: &'a [&'a str],
    seed: u64,
}

/// A way and whether it answers each sequence right.
struct Way {
    name: String,
    right: Vec<bool>,
    last_third: Option<f64>,
    streams: Vec<StreamScores>,
}

impl Measure<'_> {
    /// Measures the network's own last layer; `heads` repeat it.
    fn network(&self, heads: &[&Head]) -> Result<Vec<Way>> {
        let whole = self.whole("mean", heads)?;
        let last = self.last_frame(heads)?;
        let mut ways = vec![whole, last];
        let labels = heads.first().map_or(&[][..], |head| head.labels());
        if let Some(neutral) = labels::index_of(labels, NEUTRAL) {
            ways.push(self.least_neutral(heads, neutral)?);
        }
        Ok(ways)
    }

    /// Answers by frames weighted by the odds that they are not neutral.
    fn least_neutral(&self, heads: &[&Head], neutral: usize) -> Result<Way> {
        let (mut right, mut shares) = (Vec::new(), 0.0);
        for (sequence, head) in self.sequences.iter().zip(heads) {
            let frames: Vec<Vec<f32>> = sequence
                .clip
                .frames()
                .map(|frame| Ok(head.predict(&Clip::from_frames(&[frame])?)?.probabilities))
                .collect::<Result<_>>()?;
            let odds = |p: &Vec<f32>| ((1.0 - p[neutral]).max(1e-6) / p[neutral].max(1e-6)).ln();
            let mut weights: Vec<f32> = frames.iter().map(odds).collect();
            softmax(&mut weights);
            let mut logits = vec![0.0; frames[0].len()];
            for (frame, weight) in frames.iter().zip(&weights) {
                let logs: Vec<f32> = frame.iter().map(|p| p.max(1e-12).ln()).collect();
                add_scaled(&mut logits, *weight, &logs);
            }
            right.push(argmax(&logits) == sequence.class);
            shares += on_last_third(&weights);
        }
        let last_third = Some(shares / self.sequences.len() as f64);
        Ok(Way { name: "least neutral frames".to_owned(), right, last_third, streams: Vec::new() })
    }

    fn whole(&self, name: &str, heads: &[&Head]) -> Result<Way> {
        let (mut right, mut shares, mut attends) = (Vec::new(), 0.0, false);
        for (sequence, head) in self.sequences.iter().zip(heads) {
            let prediction = head.predict(&sequence.clip)?;
            right.push(argmax(&prediction.probabilities) == sequence.class);
            if let Some(weights) = prediction.attention {
                attends = true;
                shares += on_last_third(&weights);
            }
        }
        let last_third = attends.then(|| shares / self.sequences.len() as f64);
        Ok(Way { name: name.to_owned(), right, last_third, streams: self.streams(heads)? })
    }

    fn last_frame(&self, heads: &[&Head]) -> Result<Way> {
        let answer = |(sequence, head): (&Labeled, &&Head)| {
            let last = sequence.clip.frames().last().expect("a clip has a frame");
            Ok(head.classify(&Clip::from_frames(&[last])?)? == sequence.class)
        };
        let right = self.sequences.iter().zip(heads).map(answer).collect::<Result<_>>()?;
        Ok(Way { name: "last frame alone".to_owned(), right, last_third: None, streams: Vec::new() })
    }

    /// Measures a stream of each sequence's frames.
    fn streams(&self, heads: &[&Head]) -> Result<Vec<StreamScores>> {
        WINDOWS.into_iter().map(|window| self.stream(heads, window)).collect()
    }

    fn stream(&self, heads: &[&Head], capacity: usize) -> Result<StreamScores> {
        let (mut right_after, mut delays) = (vec![0usize; SEEN.len()], Vec::new());
        for (sequence, head) in self.sequences.iter().zip(heads) {
            let mut window = Window::new(std::sync::Arc::new((*head).clone()), capacity)?;
            let mut right = Vec::new();
            for frame in sequence.clip.frames() {
                window.push(frame)?;
                right.push(argmax(&window.predict()?.probabilities) == sequence.class);
            }
            for (count, seen) in right_after.iter_mut().zip(SEEN) {
                let frames = (seen * right.len() as f64).round().max(1.0) as usize;
                *count += usize::from(right[frames - 1]);
            }
            if right.last() == Some(&true) {
                delays.push(right.iter().rposition(|right| !right).map_or(1, |wrong| wrong + 2) as f64);
            }
        }
        let share = |count: usize| count as f64 / self.sequences.len() as f64;
        Ok(StreamScores {
            window: capacity,
            accuracy: right_after.into_iter().map(share).collect(),
            delay: (!delays.is_empty()).then(|| delays.iter().sum::<f64>() / delays.len() as f64),
        })
    }

    /// Adds intervals over people; gains are those over the first way.
    fn compared(&self, ways: Vec<Way>) -> Vec<WayScores> {
        let first = ways.first().map_or_else(Vec::new, |way| way.right.clone());
        let share = |right: &[bool], drawn: &[usize]| {
            let (mut sum, mut all) = (0, 0);
            for &person in drawn {
                let own = self.sequences.iter().zip(right).filter(|(one, _)| one.subject == self.people[person]);
                own.for_each(|(_, right)| {
                    sum += usize::from(*right);
                    all += 1;
                });
            }
            f64::from(sum as u32) / f64::from(all.max(1))
        };
        let interval = |figure: &dyn Fn(&[usize]) -> f64| bootstrap(self.people.len(), DRAWS, self.seed, figure);
        let scores = |way: Way| WayScores {
            accuracy: interval(&|drawn| share(&way.right, drawn)),
            gain: interval(&|drawn| share(&way.right, drawn) - share(&first, drawn)),
            way: way.name,
            last_third: way.last_third,
            streams: way.streams,
        };
        ways.into_iter().map(scores).collect()
    }
}

/// Returns the sum of the weights of the last third of the frames.
fn on_last_third(weights: &[f32]) -> f64 {
    let count = (weights.len() as f64 / 3.0).round() as usize;
    f64::from(weights[weights.len() - count..].iter().sum::<f32>())
}

#[cfg(test)]
mod tests {
    use super::*;

    const D: usize = 12;

    fn names() -> Vec<String> {
        ["neutral", "happy", "sad"].map(str::to_owned).to_vec()
    }

    fn fresh() -> Vec<Head> {
        HeadKind::ALL.map(|kind| Head::fresh(names(), D, kind.body(), None, 1.0).unwrap()).to_vec()
    }

    fn labeled(frames: &[Vec<f32>], class: usize, subject: usize) -> Labeled {
        Labeled {
            clip: Clip::from_frames(frames).unwrap(),
            class,
            zero_shot: None,
            subject: format!("s{subject}"),
            session: String::new(),
            embedding: vec![1.0],
        }
    }

    fn still(class: usize, rng: &mut SplitMix64) -> Vec<f32> {
        (0..D).map(|d| if d == class { 1.0 } else { 0.0 } + 0.05 * rng.normal()).collect()
    }

    /// Eight people: stills of three classes, and sequences with 1 apex frame after 1 to 12
    /// neutral ones.
    fn stills(rng: &mut SplitMix64) -> Vec<Labeled> {
        let people = (0..8).flat_map(|person| (0..3).map(move |class| (person, class)));
        people.map(|(person, class)| labeled(&[still(class, rng)], class, person)).collect()
    }

    fn tested(rng: &mut SplitMix64) -> Vec<Labeled> {
        let mut sequences = Vec::new();
        for (person, class) in (0..8).flat_map(|person| [(person, 1), (person, 2)]) {
            let mut frames: Vec<_> = (0..3 + person).map(|_| still(0, rng)).collect();
            frames.push(still(class, rng));
            sequences.push(labeled(&frames, class, person));
        }
        sequences
    }

    fn run(stills: Option<&[Labeled]>, sequences_of: &[Labeled]) -> Result<SequenceScores> {
        let options = SequenceOptions { seed: 0, pull: None, temperature: 1.0 };
        sequences(sequences_of, stills, &fresh(), &options, |_| ControlFlow::Continue(()))
    }

    #[test]
    fn grown_sequences_pass_from_the_persons_neutral_face_to_the_emotion() {
        let stills = stills(&mut SplitMix64::new(3));
        let grown = grow(&stills, &names(), 5).unwrap();
        assert_eq!(grown.len(), stills.len());
        for ((clip, class), still) in grown.iter().zip(&stills) {
            assert_eq!(*class, still.class);
            let (apex, still_frame) = (clip.frames().last().unwrap(), still.clip.frames().next().unwrap());
            // Interpolation rounds.
            assert!(apex.iter().zip(still_frame).all(|(a, b)| (a - b).abs() < 1e-5), "{apex:?} {still_frame:?}");
            assert!((FRAMES.0..=FRAMES.1).contains(&clip.len()));
            let neutral = stills.iter().find(|other| other.class == 0 && other.subject == still.subject).unwrap();
            assert_eq!(clip.frames().next(), neutral.clip.frames().next());
        }
        assert_ne!(grow(&stills, &names(), 6).unwrap(), grown);
        let without: Vec<Labeled> = stills.into_iter().filter(|still| still.class != 0).collect();
        assert!(grow(&without, &names(), 5).is_err());
    }

    #[test]
    fn attention_finds_the_apex_that_the_mean_dilutes() {
        let mut rng = SplitMix64::new(9);
        let (stills, tested) = (stills(&mut rng), tested(&mut rng));
        let scores = run(Some(&stills), &tested).unwrap();
        let way = |name: &str| scores.trained.iter().find(|way| way.way == name).unwrap();
        assert_eq!((scores.people, scores.sequences, scores.grown), (8, 16, Some(24)));
        let mean = way("mean (logistic)");
        assert_eq!((mean.last_third, mean.gain.unwrap().mean), (None, 0.0));
        for name in ["single-attention", "relation-attention", "self-attention"] {
            let attention = way(name);
            assert!(attention.accuracy.unwrap().mean >= mean.accuracy.unwrap().mean, "{scores:?}");
            assert!(attention.last_third.unwrap() > 0.4, "{name}: {:?}", attention.last_third);
        }
        let stream = &way("self-attention").streams[0];
        assert_eq!((stream.window, stream.accuracy[0]), (1, 0.0), "the first frames are neutral");
    }

    #[test]
    fn one_person_cannot_be_left_out() {
        let tested = tested(&mut SplitMix64::new(9));
        assert!(run(None, &tested).is_ok_and(|scores| scores.grown.is_none()));
        assert!(run(None, &tested[..2]).is_err());
    }
}
