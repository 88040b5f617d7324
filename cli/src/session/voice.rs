//! The voice in films and files of sound.

use std::fmt;
use std::path::Path;

use mien_core::speech::copies::copies_of;
use mien_core::speech::descriptor::MIN_CLIP_FRAMES;
use mien_core::speech::{
    AudioFormat, ClipQuality, InNoise, LEVELS, Speech, SpeechDoubt, SpeechEvent, SpeechFeatures, SpeechFrame,
    SpeechOutput, SpeechSegment, frames_in_noise,
};
use serde::Serialize;

use crate::media::{self, Kind};
use crate::process::failure::{Failure, Outcome};
use crate::process::skipped::{incomplete, may_continue};

/// Max number of frames of a clip whose speech is one answer: 30 s. A head reads the first ten seconds of speech, which
/// stand for a short clip and not for a film.
const MAX_CLIP_FRAMES: usize = 3000;

/// Frames that are kept for a segment: more than a head reads, with the time until its begin is known.
const MAX_SEGMENT_FRAMES: usize = 2048;

/// Frames that are kept while nobody speaks: more than the time until the begin of speech is known.
const QUIET_FRAMES: usize = 256;

/// What is heard in a file.
pub struct Heard {
    /// Length of the sound in seconds.
    pub seconds: f64,
    /// The stretches of speech, in order.
    pub segments: Vec<SpokenSegment>,
    /// The vector of the speech of the whole clip, or why it has none that can be relied on.
    pub clip: Result<Vec<f32>, Unheard>,
    /// That of the clip in noise; `None` unless it is to be learned.
    pub in_noise: Option<Vec<f32>>,
    /// What is missing of the sound.
    pub shortfall: Option<String>,
}

/// A stretch of speech.
pub struct SpokenSegment {
    pub segment: SpeechSegment,
    /// Why its quality is doubtful.
    pub doubts: Vec<SpeechDoubt>,
    /// The vector of its speech; `None` if there is a doubt: heads are surest where sound is least like what they
    /// learned.
    pub vector: Option<Vec<f32>>,
}

/// Why the speech of a clip is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unheard {
    /// The file has no sound.
    NoSound,
    /// Its sound cannot be decoded.
    Undecodable,
    /// Nobody speaks.
    NoSpeech,
    /// The clip is too long to be one answer.
    Long,
    /// Several faces are seen.
    SeveralFaces,
    /// Nobody is seen.
    NoFace,
    /// Nothing reads the speech.
    NoHead,
    /// The heads for face and speech have different emotions.
    OtherLabels,
    /// The person asked to leave sound.
    Left,
    /// It is sound alone without a label, from which nothing is learned.
    NoLabel,
    /// The quality of the sound.
    #[serde(untagged)]
    Doubtful(#[serde(serialize_with = "by_name")] SpeechDoubt),
}

fn by_name<S: serde::Serializer>(doubt: &SpeechDoubt, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&doubt.name().replace(' ', "_"))
}

impl fmt::Display for Unheard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoSound => "no sound",
            Self::Undecodable => "the sound cannot be decoded",
            Self::NoSpeech => "no speech",
            Self::Long => "longer than 30 s, so each segment of speech is an answer of its own",
            Self::SeveralFaces => "several faces are seen, so nobody can tell whose voice it is",
            Self::NoFace => "nobody is seen, so nobody can tell whose voice it is",
            Self::NoHead => {
                "speech is silent until a user adapted it, or a generic head is given with --generic-speech"
            }
            Self::OtherLabels => "its head has other emotions than the one for faces",
            Self::Left => "sound alone, which --no-speech leaves",
            Self::NoLabel => "sound alone, from which nothing is learned without a label",
            Self::Doubtful(SpeechDoubt::NoVoice) => "no voice stands out from the rest of the sound",
            Self::Doubtful(doubt) => return write!(f, "the speech is {}", doubt.name()),
        })
    }
}

/// Returns what is heard in the file `path` of this `kind`, described by `features`, or why nothing is. The pictures of
/// a film are of use without its sound, so that one that cannot be decoded is no failure there.
pub fn listen(features: &SpeechFeatures, path: &Path, kind: Kind) -> Outcome<Result<Heard, Unheard>> {
    hear(path, kind, Listener::new(features))
}

/// As [`listen`], with what else is learned from.
pub fn listen_to_learn(features: &SpeechFeatures, path: &Path, kind: Kind) -> Outcome<Result<Heard, Unheard>> {
    hear(path, kind, Listener { noise: Some(Noise::default()), ..Listener::new(features) })
}

fn hear(path: &Path, kind: Kind, mut listener: Listener<'_>) -> Outcome<Result<Heard, Unheard>> {
    match media::listen(path, |output| listener.take(output)) {
        Ok(Some(sound)) => Ok(Ok(listener.heard(sound.shortfall().map(str::to_owned))?)),
        Ok(None) => Ok(Err(Unheard::NoSound)),
        Err(failure) if kind == Kind::Video && may_continue(&failure) => Ok(Err(Unheard::Undecodable)),
        Err(failure) => Err(failure),
    }
}

/// Tells what of the sound of `path` is missing.
pub fn tell_missing(path: &Path, heard: &Result<Heard, Unheard>) -> Outcome {
    match heard {
        Ok(heard) => incomplete(path, heard.shortfall.as_deref()),
        Err(why @ Unheard::Undecodable) => incomplete(path, Some(&why.to_string())),
        Err(_) => Ok(()),
    }
}

/// Returns all samples of the file `path`, of one channel of 16 kHz. What is missing of them is told.
pub fn whole_sound(path: &Path) -> Outcome<Vec<f32>> {
    match samples_if_any(path)? {
        Some(samples) => Ok(samples),
        None => Err(without_voice(path, Unheard::NoSound)),
    }
}

fn samples_if_any(path: &Path) -> Outcome<Option<Vec<f32>>> {
    let Some((samples, shortfall)) = media::samples_of(path)? else { return Ok(None) };
    incomplete(path, shortfall.as_deref())?;
    Ok(Some(samples))
}

/// Returns the failure to use the sound of the file `path`.
pub fn without_voice(path: &Path, why: Unheard) -> Failure {
    Failure::new(format!("{}: {why}", path.display())).of_input()
}

/// The vectors of a sound.
#[derive(Clone)]
pub struct Vectors {
    /// Its own.
    pub own: Vec<f32>,
    /// Those of the copies that generic heads learn.
    pub copies: Vec<Vec<f32>>,
    /// That of the copy in noise that users' heads learn.
    pub in_noise: Option<Vec<f32>>,
}

/// Returns the vectors of the sound of the file `path`, described by `features`, or why it has no voice; `seed` decides the
/// noise that generic heads learn. A file without sound is a failure.
pub fn vectors_of(features: &SpeechFeatures, path: &Path, seed: u64) -> Outcome<Result<Vectors, Unheard>> {
    vectors_of_samples(features, &whole_sound(path)?, seed)
}

/// Same as [`vectors_of`], of a film, whose pictures are of use without its sound.
pub fn vectors_of_film(features: &SpeechFeatures, path: &Path, seed: u64) -> Outcome<Result<Vectors, Unheard>> {
    match samples_if_any(path) {
        Ok(Some(samples)) => vectors_of_samples(features, &samples, seed),
        Ok(None) => Ok(Err(Unheard::NoSound)),
        Err(failure) if may_continue(&failure) => {
            incomplete(path, Some(&Unheard::Undecodable.to_string()))?;
            Ok(Err(Unheard::Undecodable))
        }
        Err(failure) => Err(failure),
    }
}

fn vectors_of_samples(features: &SpeechFeatures, samples: &[f32], seed: u64) -> Outcome<Result<Vectors, Unheard>> {
    vectors_in(features, samples, &Speech::of_samples(samples, AudioFormat::NATIVE)?.frames, seed)
}

/// Same as [`vectors_of`], of the samples of a sound and their frames.
pub fn vectors_in(
    features: &SpeechFeatures,
    samples: &[f32],
    frames: &[SpeechFrame],
    seed: u64,
) -> Outcome<Result<Vectors, Unheard>> {
    let Some(own) = features.describe(frames)? else {
        let is_short = frames.len() < MIN_CLIP_FRAMES;
        return Ok(Err(Unheard::Doubtful(if is_short { SpeechDoubt::Short } else { SpeechDoubt::NoVoice })));
    };
    let mut copies = Vec::new();
    for copy in copies_of(samples, frames, seed)? {
        copies.extend(features.describe(&copy)?);
    }
    let in_noise = features.describe(&frames_in_noise(samples, frames)?)?;
    Ok(Ok(Vectors { own, copies, in_noise }))
}

impl SpokenSegment {
    /// Returns the segment that has just ended, with the frames so far.
    fn of(features: &SpeechFeatures, segment: SpeechSegment, frames: &[SpeechFrame]) -> Outcome<Self> {
        let clip = segment.clip(frames);
        let doubts: Vec<SpeechDoubt> = ClipQuality::of(clip).doubts().collect();
        let vector = if doubts.is_empty() { features.describe(clip)? } else { None };
        Ok(Self { segment, doubts, vector })
    }
}

/// Collects what is heard, in bounded memory.
struct Listener<'a> {
    features: &'a SpeechFeatures,
    /// The first frames.
    clip: Vec<SpeechFrame>,
    /// The frames of the segment that goes on, or the last ones.
    recent: Vec<SpeechFrame>,
    is_speech: bool,
    frames: usize,
    segments: Vec<SpokenSegment>,
    /// `None` unless the clip is to be learned.
    noise: Option<Noise>,
    /// The first failure.
    failed: Option<Failure>,
}

/// The clip in noise.
#[derive(Default)]
struct Noise {
    in_noise: InNoise,
    /// Of each level of noise.
    frames: [Vec<SpeechFrame>; LEVELS],
}

impl Noise {
    fn take(&mut self, output: &SpeechOutput<'_>) {
        let Self { in_noise, frames } = self;
        in_noise.take(output, |level, frame| {
            if frames[level].len() < MAX_CLIP_FRAMES {
                frames[level].push(*frame);
            }
        });
    }

    /// Returns the vector of the speech, whose frames without noise are `clean`.
    fn describe(mut self, features: &SpeechFeatures, clean: &[SpeechFrame]) -> Outcome<Option<Vec<f32>>> {
        self.in_noise.finish(|level, frame| self.frames[level].push(*frame))?;
        Ok(features.describe(&self.frames[InNoise::level(clean)])?)
    }
}

impl<'a> Listener<'a> {
    fn new(features: &'a SpeechFeatures) -> Self {
        let (clip, recent, segments) = (Vec::new(), Vec::new(), Vec::new());
        Self { features, clip, recent, is_speech: false, frames: 0, segments, noise: None, failed: None }
    }

    fn take(&mut self, output: SpeechOutput<'_>) {
        if let Some(noise) = &mut self.noise {
            noise.take(&output);
        }
        match output {
            SpeechOutput::Sample(_) => {}
            SpeechOutput::Frame(frame) => self.frame(frame),
            SpeechOutput::Event(SpeechEvent::Began { .. }) => self.is_speech = true,
            SpeechOutput::Event(SpeechEvent::Ended(segment)) => {
                self.is_speech = false;
                match SpokenSegment::of(self.features, segment, &self.recent) {
                    Ok(segment) => self.segments.push(segment),
                    Err(failure) => {
                        self.failed.get_or_insert(failure);
                    }
                }
            }
        }
    }

    fn frame(&mut self, frame: &SpeechFrame) {
        self.frames += 1;
        if self.clip.len() < MAX_CLIP_FRAMES {
            self.clip.push(*frame);
        }
        if !self.is_speech && self.recent.len() >= 2 * QUIET_FRAMES {
            self.recent.drain(..self.recent.len() - QUIET_FRAMES);
        }
        if self.recent.len() < MAX_SEGMENT_FRAMES {
            self.recent.push(*frame);
        }
    }

    fn heard(self, shortfall: Option<String>) -> Outcome<Heard> {
        if let Some(failure) = self.failed {
            return Err(failure);
        }
        let doubt = || ClipQuality::of(&self.clip).doubts().next();
        let clip = if self.segments.is_empty() {
            Err(Unheard::NoSpeech)
        } else if self.frames > MAX_CLIP_FRAMES {
            Err(Unheard::Long)
        } else if let Some(doubt) = doubt() {
            Err(Unheard::Doubtful(doubt))
        } else {
            self.features.describe(&self.clip)?.ok_or(Unheard::Doubtful(SpeechDoubt::NoVoice))
        };
        let of_noise = |noise: Noise| noise.describe(self.features, &self.clip);
        let in_noise = self.noise.filter(|_| clip.is_ok()).map_or(Ok(None), of_noise)?;
        Ok(Heard { seconds: self.frames as f64 / 100.0, segments: self.segments, clip, in_noise, shortfall })
    }
}
