//! Sequences from a neutral face to the apex of an emotion: what attention over time adds to the
//! mean, and how late a stream answers.
//!
//! Heads are trained as `mien train` does, blended with the shipped ones by what people left out of
//! the training show, either on the other people's sequences (each person is left out once), or on
//! other people's stills, grown into sequences: a neutral picture passes linearly, in feature
//! space, into the same person's picture of an emotion. Starts and ends of the passage and the
//! number of frames are drawn anew for each picture, so that the share of neutral frames says
//! nothing about the emotion.
//!
//! A stream sees each sequence, its last frame held, the way back and the first frame held, each
//! frame as one analysis.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use mien_core::head::{Body, Clip, Head, HeadKind};
use mien_core::labels::{self, NEUTRAL};
use mien_core::stream::{Expression, StreamOptions};
use mien_core::train::blend::{Blended, train_blended};
use mien_core::train::fit::{FitOptions, Sample, fit};
use mien_core::train::generic::GenericHead;
use mien_core::train::statistics::UserClip;
use mien_core::{Result, SplitMix64, fail};
use mien_nn::math::argmax;
use rayon::prelude::*;

use crate::metrics::{Interval, bootstrap};
use crate::protocol::{DRAWS, Labeled, Step, people_of};

/// Analyses before (below 0) and after the apex at which a stream is asked.
pub const AT_APEX: [i32; 9] = [-8, -4, -2, -1, 0, 1, 2, 4, 8];

/// Analyses after the face is neutral again at which a stream is asked.
pub const AT_REST: [usize; 5] = [0, 1, 2, 4, 8];

/// Number of analyses for which a stream sees the apex, and the neutral face after it.
const HELD: usize = 12;

/// Numbers of frames that a stream's window holds; [`StreamOptions`]' default is among them.
pub const WINDOWS: [usize; 4] = [1, 5, 15, 64];

/// Frames of a grown sequence: from the first to the second, both included.
const FRAMES: (usize, usize) = (8, 32);

/// Folds over the people of a training, which choose how far the head is drawn toward the shipped one.
const INNER_FOLDS: usize = 5;

/// Options of the evaluation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SequenceOptions {
    /// Seed of the grown sequences and the intervals. Default 0.
    pub seed: u64,
    /// Pull toward the start (L2-SP). Default: that of [`FitOptions::generic`].
    pub pull: Option<f32>,
    /// Divisor of the network's own logits that makes its probabilities honest.
    pub temperature: f32,
    /// Whether attention starts at the mean instead of at the odds against neutral
    /// ([`Head::fresh`]).
    pub mean_start: bool,
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

/// What a stream does to its head's answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Settling {
    /// Nothing: each answer is the window's.
    None,
    /// Probabilities are smoothed as by default.
    Smoothed,
    /// The label also has hysteresis, as by default.
    Hysteresis,
}

impl Settling {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::None, Self::Smoothed, Self::Hysteresis];

    fn options(self, window: usize) -> StreamOptions {
        let default = StreamOptions::default();
        let at_once = StreamOptions { window_frames: window, switch_margin: 0.0, switch_us: 0, ..default };
        match self {
            Self::None => StreamOptions { smoothing_us: 0, ..at_once },
            Self::Smoothed => at_once,
            Self::Hysteresis => StreamOptions { window_frames: window, ..default },
        }
    }
}

/// Answers of a stream with a window of some size.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct StreamScores {
    /// Number of frames that the window holds.
    pub window: usize,
    /// What the stream does to the answers.
    pub settling: Settling,
    /// Accuracy at each of [`AT_APEX`]; before the first frame counts as the first frame.
    pub accuracy: Vec<f64>,
    /// Mean number of analyses from the first frame on until the answer is right and stays so while
    /// the apex is held, over the sequences that are right in the end; `None` if there are none.
    pub delay: Option<f64>,
    /// Share of neutral answers at each of [`AT_REST`].
    pub neutral: Vec<f64>,
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
    /// The shipped heads: mean pooling first, then the last frame answered by the same head, then the
    /// heads with attention.
    pub network: Vec<WayScores>,
    /// The same of the heads as trained, before they are blended; without streams.
    pub as_trained: Vec<WayScores>,
    /// The same of the blends.
    pub trained: Vec<WayScores>,
}

/// Evaluates all heads on `sequences`. `fresh` holds an untrained head of each kind of
/// [`HeadKind::ALL`]. With `stills` of other people, the heads are trained on sequences grown from
/// them, otherwise on the other people's sequences.
///
/// # Errors
/// `InvalidOption` if no sequence has several frames; `NotEnoughSamples` if the only person is to be left out, or if no person of `stills` has a
/// neutral picture; otherwise as in [`fit`].
pub fn sequences(
    sequences: &[Labeled],
    stills: Option<&[Labeled]>,
    fresh: &[Head],
    options: &SequenceOptions,
    progress: impl Fn(Step) -> ControlFlow<()> + Sync,
) -> Result<SequenceScores> {
    if sequences.iter().all(|sequence| sequence.clip.len() < 2) {
        fail!(InvalidOption, "the clips have one frame each: they are pictures, not sequences");
    }
    let flat: Vec<Head>;
    let fresh = if options.mean_start {
        flat = fresh.iter().map(at_the_mean).collect::<Result<_>>()?;
        &flat
    } else {
        fresh
    };
    let people = people_of(sequences);
    if stills.is_none() && people.len() < 2 {
        fail!(NotEnoughSamples, "all sequences are of one person: name other data sets to learn from");
    }
    let grown = stills.map(|stills| grow(stills, fresh[0].labels(), options.seed)).transpose()?;
    let heads = trained_heads(sequences, &people, grown.as_deref(), fresh, options, &progress)?;
    let measure = Measure { sequences, people: &people, seed: options.seed };
    let network = measure.group(true, |kind, _| &fresh[kind])?;
    let as_trained = measure.group(false, |kind, sequence| &heads[kind][&sequence.subject].trained)?;
    let trained = measure.group(true, |kind, sequence| &heads[kind][&sequence.subject].head)?;
    Ok(SequenceScores {
        people: people.len(),
        sequences: sequences.len(),
        frames: sequences.iter().map(|one| one.clip.len() as f64).sum::<f64>() / sequences.len().max(1) as f64,
        grown: grown.as_ref().map(Vec::len),
        network: measure.compared(network),
        as_trained: measure.compared(as_trained),
        trained: measure.compared(trained),
    })
}

/// Returns a fresh head with attention at the mean.
fn at_the_mean(fresh: &Head) -> Result<Head> {
    let (d, mut parameters) = (fresh.dimension(), fresh.parameters().to_vec());
    let attention = match fresh.body() {
        Body::Logistic { .. } => [0..0, 0..0],
        Body::SingleAttention { .. } => [0..d, 0..0],
        Body::RelationAttention { .. } => [0..3 * d, 0..0],
        Body::SelfAttention { width, .. } => [0..width * d, 2 * width * d..(2 * d + 1) * width],
    };
    attention.into_iter().for_each(|part| parameters[part].fill(0.0));
    Head::from_parameters(fresh.labels().to_vec(), d, fresh.body(), parameters)
}

/// Grows a sequence from each still of a person with a neutral picture, if possible of the same
/// session; the sequence of a neutral still passes from one neutral picture into another.
///
/// # Errors
/// `NotEnoughSamples` if nobody has a neutral picture.
pub fn grow(stills: &[Labeled], labels: &[String], seed: u64) -> Result<Vec<Labeled>> {
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
        grown.push(Labeled { clip: passage(&from.clip, &still.clip, &mut rng)?, ..still.clone() });
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
    grown: Option<&[Labeled]>,
    fresh: &[Head],
    options: &SequenceOptions,
    progress: &(impl Fn(Step) -> ControlFlow<()> + Sync),
) -> Result<Vec<BTreeMap<String, Blended>>> {
    let _ = progress(Step::Planned(fresh.len() * if grown.is_some() { 1 } else { people.len() }));
    let train = |fresh: &Head, clips: &[&Labeled]| -> Result<Blended> {
        let mut fit_options = FitOptions::generic(fresh.kind());
        fit_options.pull = options.pull.unwrap_or(fit_options.pull);
        let shipped = GenericHead::fresh(fresh.clone(), options.temperature);
        let of_users: Vec<UserClip<'_>> = clips.iter().map(|clip| clip.of_user()).collect();
        let blended = train_blended(&shipped, &of_users, INNER_FOLDS, options.seed, |start, learned| {
            let samples: Vec<Sample<'_>> = learned.iter().map(|&index| clips[index].sample()).collect();
            fit(start, &samples, &fit_options, |_| progress(Step::Epoch))
        })?;
        let _ = progress(Step::Done);
        Ok(blended)
    };
    let of_kind = |fresh: &Head| -> Result<BTreeMap<String, Blended>> {
        if let Some(grown) = grown {
            let head = train(fresh, &grown.iter().collect::<Vec<_>>())?;
            return Ok(people.iter().map(|person| ((*person).to_owned(), head.clone())).collect());
        }
        let leave_out = |person: &&str| {
            let others = sequences.iter().filter(|other| other.subject != **person);
            Ok(((*person).to_owned(), train(fresh, &others.collect::<Vec<_>>())?))
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
    /// Measures the heads of each kind of [`HeadKind::ALL`], by its index, for each sequence.
    fn group<'h>(&self, streams: bool, head: impl Fn(usize, &Labeled) -> &'h Head) -> Result<Vec<Way>> {
        let mut ways = Vec::new();
        for (index, kind) in HeadKind::ALL.into_iter().enumerate() {
            let heads: Vec<&Head> = self.sequences.iter().map(|sequence| head(index, sequence)).collect();
            let name = if kind == HeadKind::Logistic { "mean (logistic)" } else { kind.name() };
            let mut whole = self.whole(name, &heads)?;
            if streams {
                whole.streams = self.streams(&heads)?;
            }
            ways.push(whole);
            if kind == HeadKind::Logistic {
                ways.push(self.last_frame(&heads)?);
            }
        }
        Ok(ways)
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
        Ok(Way { name: name.to_owned(), right, last_third, streams: Vec::new() })
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
        let heads: Vec<Arc<Head>> = heads.iter().map(|head| Arc::new((*head).clone())).collect();
        let ways: Vec<_> =
            WINDOWS.into_iter().flat_map(|window| Settling::ALL.map(|settling| (window, settling))).collect();
        ways.into_par_iter().map(|(window, settling)| self.stream(&heads, window, settling)).collect()
    }

    fn stream(&self, heads: &[Arc<Head>], window: usize, settling: Settling) -> Result<StreamScores> {
        let (mut accuracy, mut neutral, mut delays) = (vec![0usize; AT_APEX.len()], vec![0; AT_REST.len()], Vec::new());
        for (sequence, head) in self.sequences.iter().zip(heads) {
            let frames: Vec<&[f32]> = sequence.clip.frames().collect();
            let answers = answers(&frames, head, settling.options(window))?;
            let right = |index: usize| answers[index] == head.labels()[sequence.class];
            let apex = frames.len() - 1;
            for (count, at) in accuracy.iter_mut().zip(AT_APEX) {
                *count += usize::from(right(apex.saturating_add_signed(at as isize)));
            }
            let rest = 2 * apex + HELD;
            for (count, at) in neutral.iter_mut().zip(AT_REST) {
                *count += usize::from(answers[rest + at] == NEUTRAL);
            }
            if right(apex + HELD) {
                delays.push((0..apex + HELD).rposition(|index| !right(index)).map_or(1, |wrong| wrong + 2) as f64);
            }
        }
        let shares = |counts: Vec<usize>| -> Vec<f64> {
            counts.into_iter().map(|count| count as f64 / self.sequences.len() as f64).collect()
        };
        Ok(StreamScores {
            window,
            settling,
            accuracy: shares(accuracy),
            delay: (!delays.is_empty()).then(|| delays.iter().sum::<f64>() / delays.len() as f64),
            neutral: shares(neutral),
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

/// Returns a stream's label after each analysis: of the frames up to the apex, which is held, back to
/// the first frame, which is held too.
fn answers(frames: &[&[f32]], head: &Arc<Head>, options: StreamOptions) -> Result<Vec<String>> {
    let apex = frames.len() - 1;
    let course = (0..=apex).chain([apex; HELD]).chain((0..apex).rev()).chain([0; HELD]);
    let interval_us = (1e6 / options.analyze_fps) as u64;
    let mut expression = Expression::default();
    let mut labels = Vec::new();
    for (count, index) in course.enumerate() {
        let now_us = count as u64 * interval_us;
        expression.observe(frames[index].to_vec().into(), Some((Arc::clone(head), false)), None, now_us, &options)?;
        labels.push(expression.label().unwrap_or_default().to_owned());
    }
    Ok(labels)
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
            copies: crate::protocol::Copies::default(),
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
        let options = SequenceOptions { seed: 0, pull: None, temperature: 1.0, mean_start: false };
        sequences(sequences_of, stills, &fresh(), &options, |_| ControlFlow::Continue(()))
    }

    #[test]
    fn grown_sequences_pass_from_the_persons_neutral_face_to_the_emotion() {
        let stills = stills(&mut SplitMix64::new(3));
        let grown = grow(&stills, &names(), 5).unwrap();
        assert_eq!(grown.len(), stills.len());
        for (Labeled { clip, class, subject, .. }, still) in grown.iter().zip(&stills) {
            assert_eq!((*class, subject), (still.class, &still.subject));
            let (apex, still_frame) = (clip.frames().last().unwrap(), still.clip.frames().next().unwrap());
            // Interpolation rounds.
            assert!(apex.iter().zip(still_frame).all(|(a, b)| (a - b).abs() < 1e-5), "{apex:?} {still_frame:?}");
            assert!((FRAMES.0..=FRAMES.1).contains(&clip.len()));
            let neutral = stills.iter().find(|other| other.class == 0 && other.subject == still.subject).unwrap();
            assert_eq!(clip.frames().next(), neutral.clip.frames().next());
        }
        let clips = |grown: Vec<Labeled>| -> Vec<Clip> { grown.into_iter().map(|one| one.clip).collect() };
        assert_ne!(clips(grow(&stills, &names(), 6).unwrap()), clips(grown));
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
        for name in ["mean (logistic)", "self-attention"] {
            let stream = |window, settling| {
                let of_way = |stream: &&StreamScores| (stream.window, stream.settling) == (window, settling);
                way(name).streams.iter().find(of_way).unwrap()
            };
            let at_once = stream(1, Settling::None);
            assert_eq!((at_once.accuracy[0], at_once.neutral[0]), (0.0, 1.0), "{name}: the first frames are neutral");
            assert_eq!(at_once.accuracy[AT_APEX.len() - 1], 1.0, "{name}");
            let settled = stream(5, Settling::Hysteresis);
            assert!(settled.delay > at_once.delay, "{name}: {settled:?} {at_once:?}");
            assert!(settled.accuracy[4] <= at_once.accuracy[4] && settled.neutral[0] < 1.0, "{name}: {settled:?}");
        }
    }

    #[test]
    fn attention_starts_at_the_expressive_frames_or_at_the_mean() {
        let mut rng = SplitMix64::new(4);
        let weights = (0..3 * D).map(|index| if index % D == index / D { 8.0 } else { 0.0 }).collect();
        let layer = mien_nn::LinearLayer { weights, bias: vec![0.0; 3] };
        let clip = tested(&mut rng).remove(6).clip;
        for kind in [HeadKind::SingleAttention, HeadKind::RelationAttention, HeadKind::SelfAttention] {
            let fresh = Head::fresh(names(), D, kind.body(), Some(&layer), 1.0).unwrap();
            let flat = at_the_mean(&fresh).unwrap();
            let attention = |head: &Head| head.predict(&clip).unwrap().attention.unwrap();
            let even = 1.0 / clip.len() as f32;
            assert!(attention(&flat).iter().all(|weight| (weight - even).abs() < 1e-5), "{kind:?}");
            assert!(*attention(&fresh).last().unwrap() > 0.9, "{kind:?}: {:?}", attention(&fresh));
            assert_ne!(flat.classify(&clip).unwrap(), fresh.classify(&clip).unwrap(), "{kind:?}");
        }
    }

    #[test]
    fn pictures_are_no_sequences() {
        let error = run(None, &stills(&mut SplitMix64::new(3))).unwrap_err();
        assert!(error.to_string().contains("pictures, not sequences"), "{error}");
    }

    #[test]
    fn one_person_cannot_be_left_out() {
        let tested = tested(&mut SplitMix64::new(9));
        assert!(run(None, &tested).is_ok_and(|scores| scores.grown.is_none()));
        assert!(run(None, &tested[..2]).is_err());
    }
}
