//! The clips of RAVDESS: from films, from sounds, or from a table.

use std::time::Instant;

use mien_core::Engine;
use mien_core::head::Scale;
use mien_core::labels::index_of;
use mien_core::speech::{AudioFormat, Speech, SpeechFeatures};
use mien_eval::degrade::Voice;
use mien_eval::protocol::Labeled;
use mien_eval::ravdess::imported::Imported;
use mien_eval::ravdess::{Film, LABELS, Ravdess, Recording, Split};

use crate::args::EvalRavdessArgs;
use crate::commands::eval::generic::features_name;
use crate::commands::eval::voices::{self, Found, Voices};
use crate::commands::labeled::{labeled, look_at_all};
use crate::process::failure::{Failure, Outcome};
use crate::session::{Vectors, clip_faces_every, vectors_in, vectors_of, whole_sound};

/// The clips with a face or voice, and the recording of each.
pub struct Looked {
    pub clips: Vec<Labeled>,
    pub recordings: Vec<Recording>,
    /// Number of clips of different recordings, which come first; duplicates follow.
    pub different: usize,
    pub no_face: usize,
    /// Number of sounds without a voice.
    pub no_voice: usize,
    pub unreadable: usize,
    /// Time that the features took.
    pub seconds: f64,
    /// What the parts of a frame's vector are.
    pub features: String,
    /// The classes that the network itself does not have.
    pub lacking: Vec<&'static str>,
    /// The scale that the values were brought to.
    pub scale: Option<Scale>,
}

impl Looked {
    /// Extracts the clips of the films in parallel; for the leaky split also those of duplicates.
    pub fn of_films(engine: &Engine, set: &Ravdess, args: &EvalRavdessArgs, jobs: usize) -> Outcome<Self> {
        let started = Instant::now();
        let duplicates = if args.split == Some(Split::Leaky) { set.video_only_duplicates.as_slice() } else { &[] };
        let films: Vec<&Film> = set.films.iter().chain(duplicates).collect();
        let known = LABELS.map(str::to_owned);
        let look = |film: &&Film| {
            let faces = clip_faces_every(engine, &film.path, args.every)?;
            let person = (film.recording.subject(), String::new());
            labeled(engine, &faces, (&known, film.recording.emotion), person)
        };
        let clips = look_at_all(jobs, &films, "clips", look)?;
        let different = clips[..set.films.len()].iter().flatten().flatten().count();
        let unreadable = set.unusable.len() + clips.iter().filter(|clip| clip.is_none()).count();
        let no_face = clips.iter().flatten().filter(|clip| clip.is_none()).count();
        let (recordings, clips): (Vec<_>, Vec<_>) =
            films.iter().zip(clips).filter_map(|(film, clip)| Some((film.recording, clip??))).unzip();
        if clips.is_empty() {
            return Err(Failure::new(format!("{}: no video has a face", args.place().display())));
        }
        Ok(Self {
            clips,
            recordings,
            different,
            no_face,
            no_voice: 0,
            unreadable,
            seconds: started.elapsed().as_secs_f64(),
            features: features_name(engine),
            lacking: LABELS.into_iter().filter(|label| index_of(engine.labels(), label).is_none()).collect(),
            scale: None,
        })
    }

    /// Describes the sounds in parallel: one vector each. Nothing is known of the faces.
    pub fn of_sounds(features: &SpeechFeatures, set: &Ravdess, args: &EvalRavdessArgs, jobs: usize) -> Outcome<Self> {
        let started = Instant::now();
        let films: Vec<(u64, &Film)> = (0..).zip(&set.films).collect();
        let look = |(seed, film): &(u64, &Film)| vectors_of(features, &film.path, *seed);
        let found = look_at_all(jobs, &films, "sounds", look)?;
        Self::of_voices(features, set, args, found, started)
    }

    /// Same as [`Looked::of_sounds`], with the sound of each clip.
    pub fn with_voices(
        features: &SpeechFeatures,
        set: &Ravdess,
        args: &EvalRavdessArgs,
        jobs: usize,
    ) -> Outcome<(Self, Vec<Voice>)> {
        let started = Instant::now();
        let films: Vec<(u64, &Film)> = (0..).zip(&set.films).collect();
        let looked = look_at_all(jobs, &films, "sounds", |(seed, film)| {
            let samples = whole_sound(&film.path)?;
            let frames = Speech::of_samples(&samples, AudioFormat::NATIVE)?.frames;
            let vectors = vectors_in(features, &samples, &frames, *seed)?;
            Ok(vectors.map(|vectors| (vectors, Voice::new(samples, &frames, film.recording.subject()))))
        })?;
        let (mut found, mut voices) = (Vec::new(), Vec::new());
        for sound in looked {
            found.push(sound.map(|sound| {
                let (vectors, voice) = sound?;
                voices.push(voice);
                Ok(vectors)
            }));
        }
        Ok((Self::of_voices(features, set, args, found, started)?, voices))
    }

    /// Returns the clips of what was `found` in the sounds of a set.
    fn of_voices(
        features: &SpeechFeatures,
        set: &Ravdess,
        args: &EvalRavdessArgs,
        found: Vec<Found>,
        started: Instant,
    ) -> Outcome<Self> {
        let voices = Voices::scaled(found)?;
        let found = set.films.iter().enumerate();
        let found = found.filter_map(|(place, film)| Some((film.recording, voices.vectors(place)?.clone())));
        let seconds = started.elapsed().as_secs_f64();
        let (no_voice, unreadable) = (voices.without_voice(), set.unusable.len() + voices.unreadable());
        let (features, scale) = (voices::described(features.values()), voices.scale.clone());
        let found = Self { no_voice, unreadable, seconds, scale, ..Self::of_vectors(found, features)? };
        if found.clips.is_empty() {
            return Err(Failure::new(format!("{}: no sound has a voice", args.place().display())));
        }
        Ok(found)
    }

    /// Returns the clips of a table: one frame each. Nothing is known of the faces.
    pub fn of_table(imported: &Imported) -> Outcome<Self> {
        let alone = |own: &Vec<f32>| Vectors { own: own.clone(), copies: Vec::new(), in_noise: None };
        let vectors = imported.vectors.iter().map(|(recording, vector)| (*recording, alone(vector)));
        let features = format!("{} imported values", imported.values.len());
        Ok(Self { unreadable: imported.unusable.len(), ..Self::of_vectors(vectors, features)? })
    }

    /// Returns clips of one frame each, of different recordings.
    fn of_vectors(vectors: impl Iterator<Item = (Recording, Vectors)>, features: String) -> Outcome<Self> {
        let (mut clips, mut recordings) = (Vec::new(), Vec::new());
        for (recording, vectors) in vectors {
            recordings.push(recording);
            clips.push(voices::labeled(&vectors, recording.emotion, (recording.subject(), String::new()))?);
        }
        Ok(Self::of_clips(clips, recordings, features))
    }

    /// Returns clips of different recordings.
    pub fn of_clips(clips: Vec<Labeled>, recordings: Vec<Recording>, features: String) -> Self {
        Self {
            different: clips.len(),
            clips,
            recordings,
            no_face: 0,
            no_voice: 0,
            unreadable: 0,
            seconds: 0.0,
            features,
            lacking: Vec::new(),
            scale: None,
        }
    }

    /// Keeps the clips of recordings that `other` has too; returns the number of the others.
    pub fn keep_those_of(&mut self, other: &[Recording]) -> usize {
        let before = self.recordings.len();
        let mut kept = self.recordings.iter().map(|recording| other.contains(recording));
        self.clips.retain(|_| kept.next() == Some(true));
        self.recordings.retain(|recording| other.contains(recording));
        self.different = self.recordings.len();
        before - self.different
    }

    /// Drops the duplicates.
    pub fn keep_different(&mut self) {
        self.clips.truncate(self.different);
        self.recordings.truncate(self.different);
    }
}
