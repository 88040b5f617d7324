//! The clips of RAVDESS: from films, from sounds, or from a table.

use std::time::Instant;

use mien_core::Engine;
use mien_core::engine::FaceResult;
use mien_core::head::Clip;
use mien_core::labels::index_of;
use mien_core::speech::AudioFormat;
use mien_core::speech::descriptor::{CLIP_VALUES, describe};
use mien_eval::protocol::Labeled;
use mien_eval::ravdess::imported::Imported;
use mien_eval::ravdess::scale::standardize;
use mien_eval::ravdess::{Film, LABELS, Ravdess, Recording, Split};

use crate::args::EvalRavdessArgs;
use crate::commands::eval::generic::features_name;
use crate::commands::labeled::{look_at_all, mean_embedding, mean_logits};
use crate::media::speech_at;
use crate::process::failure::{Failure, Outcome};
use crate::process::skipped::incomplete;
use crate::session::clip_faces_every;

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
}

impl Looked {
    /// Extracts the clips of the films in parallel; for the leaky split also those of duplicates.
    pub fn of_films(engine: &Engine, set: &Ravdess, args: &EvalRavdessArgs, jobs: usize) -> Outcome<Self> {
        let started = Instant::now();
        let duplicates = if args.split == Some(Split::Leaky) { set.video_only_duplicates.as_slice() } else { &[] };
        let films: Vec<&Film> = set.films.iter().chain(duplicates).collect();
        let look = |film: &&Film| labeled(engine, film, &clip_faces_every(engine, &film.path, args.every)?);
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
        })
    }

    /// Describes the sounds in parallel: one vector each. Nothing is known of the faces.
    pub fn of_sounds(set: &Ravdess, args: &EvalRavdessArgs, jobs: usize) -> Outcome<Self> {
        let started = Instant::now();
        let mut described = look_at_all(jobs, &set.films, "sounds", |film: &Film| described(film))?;
        let unreadable = set.unusable.len() + described.iter().filter(|sound| sound.is_none()).count();
        let no_voice = described.iter().flatten().filter(|sound| sound.is_none()).count();
        let vectors = described.iter_mut().flatten().flatten().flatten();
        standardize(&mut vectors.map(Vec::as_mut_slice).collect::<Vec<_>>());
        let found = set.films.iter().zip(&described);
        let found = found.filter_map(|(film, sound)| Some((film.recording, sound.as_ref()?.as_ref()?.as_slice())));
        let seconds = started.elapsed().as_secs_f64();
        let features = format!("{CLIP_VALUES} statistics of speech");
        let found = Self { no_voice, unreadable, seconds, ..Self::of_vectors(found, features)? };
        if found.clips.is_empty() {
            return Err(Failure::new(format!("{}: no sound has a voice", args.place().display())));
        }
        Ok(found)
    }

    /// Returns the clips of a table: one frame each. Nothing is known of the faces.
    pub fn of_table(imported: &Imported) -> Outcome<Self> {
        let vectors = imported.vectors.iter().map(|(recording, vector)| (*recording, std::slice::from_ref(vector)));
        let features = format!("{} imported values", imported.values.len());
        Ok(Self { unreadable: imported.unusable.len(), ..Self::of_vectors(vectors, features)? })
    }

    /// Returns clips of one frame each, of different recordings: of the first vector each, whose copies follow.
    fn of_vectors<'a>(vectors: impl Iterator<Item = (Recording, &'a [Vec<f32>])>, features: String) -> Outcome<Self> {
        let (mut clips, mut recordings) = (Vec::new(), Vec::new());
        for (recording, vectors) in vectors {
            let mut copies = vectors.iter().map(|vector| Clip::from_frames(std::slice::from_ref(vector)));
            let Some(clip) = copies.next().transpose()? else { continue };
            recordings.push(recording);
            clips.push(Labeled {
                clip,
                copies: copies.collect::<Result<_, _>>()?,
                class: recording.emotion,
                zero_shot: None,
                subject: recording.subject(),
                session: String::new(),
                embedding: Vec::new(),
            });
        }
        Ok(Self {
            different: clips.len(),
            clips,
            recordings,
            no_face: 0,
            no_voice: 0,
            unreadable: 0,
            seconds: 0.0,
            features,
            lacking: Vec::new(),
        })
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

/// Rates in Hz at which samples of 16 kHz are played for the copies: 10 % slower and faster.
const COPY_RATES_HZ: [u32; 2] = [14_400, 17_600];

/// Returns the vectors of a sound, its own first and then those of its copies; `None` if it has no voice. What is
/// missing of the sound is told.
fn described(film: &Film) -> Outcome<Option<Vec<Vec<f32>>>> {
    let [slow, fast] = COPY_RATES_HZ.map(|rate_hz| AudioFormat::new(rate_hz, 1));
    let Some((speeds, shortfall)) = speech_at(&film.path, [AudioFormat::NATIVE, slow?, fast?])? else {
        return Err(Failure::new(format!("{}: the file has no sound", film.path.display())).of_input());
    };
    incomplete(&film.path, shortfall.as_deref())?;
    let [own, copies @ ..] = speeds.map(|speech| describe(&speech.frames));
    Ok(own.map(|own| [own].into_iter().chain(copies.into_iter().flatten()).collect()))
}

fn labeled(engine: &Engine, film: &Film, faces: &[FaceResult]) -> Outcome<Option<Labeled>> {
    let Some(embedding) = mean_embedding(faces) else { return Ok(None) };
    let frames: Vec<_> = faces.iter().map(|face| face.features.head_input()).collect();
    Ok(Some(Labeled {
        clip: Clip::from_frames(&frames)?,
        copies: Vec::new(),
        class: film.recording.emotion,
        zero_shot: zero_shot(engine, faces),
        subject: film.recording.subject(),
        session: String::new(),
        embedding,
    }))
}

/// Returns the most probable of the network's classes that RAVDESS has, as a class of RAVDESS, with its probability.
fn zero_shot(engine: &Engine, faces: &[FaceResult]) -> Option<(usize, f32)> {
    let known = LABELS.map(str::to_owned);
    let probabilities = engine.calibrated(&mean_logits(faces)?);
    let classes = engine.labels().iter().zip(probabilities);
    let classes = classes.filter_map(|(label, probability)| Some((index_of(&known, label)?, probability)));
    classes.max_by(|a, b| a.1.total_cmp(&b.1))
}
