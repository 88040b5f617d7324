//! The clips of RAVDESS: from films, from sounds, or from a table.

use std::time::Instant;

use mien_core::Engine;
use mien_core::engine::FaceResult;
use mien_core::head::Clip;
use mien_core::labels::index_of;
use mien_core::speech::descriptor::{CLIP_VALUES, describe};
use mien_eval::protocol::Labeled;
use mien_eval::ravdess::imported::Imported;
use mien_eval::ravdess::scale::standardize;
use mien_eval::ravdess::{Film, LABELS, Ravdess, Recording, Split};

use crate::args::EvalRavdessArgs;
use crate::commands::eval::generic::features_name;
use crate::commands::labeled::{look_at_all, mean_embedding, mean_logits};
use crate::media::speech_of;
use crate::process::failure::{Failure, Outcome};
use crate::process::terminal::warn;
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
        let duplicates = if args.split == Split::Leaky { set.video_only_duplicates.as_slice() } else { &[] };
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
        standardize(&mut described.iter_mut().flatten().flatten().map(Vec::as_mut_slice).collect::<Vec<_>>());
        let found: Vec<_> =
            set.films.iter().zip(described).filter_map(|(film, sound)| Some((film.recording, sound??))).collect();
        if found.is_empty() {
            return Err(Failure::new(format!("{}: no sound has a voice", args.place().display())));
        }
        let seconds = started.elapsed().as_secs_f64();
        let found = found.iter().map(|(recording, vector)| (recording, vector));
        let features = format!("{CLIP_VALUES} statistics of speech");
        Ok(Self { no_voice, unreadable, seconds, ..Self::of_vectors(found, features)? })
    }

    /// Returns the clips of a table: one frame each. Nothing is known of the faces.
    pub fn of_table(imported: &Imported) -> Outcome<Self> {
        let features = format!("{} imported values", imported.values.len());
        Ok(Self { unreadable: imported.unusable.len(), ..Self::of_vectors(imported.vectors.iter(), features)? })
    }

    /// Returns clips of one frame each, of different recordings.
    fn of_vectors<'a>(vectors: impl Iterator<Item = (&'a Recording, &'a Vec<f32>)>, features: String) -> Outcome<Self> {
        let clip = |(recording, vector): (&Recording, &Vec<f32>)| {
            let clip = Labeled {
                clip: Clip::from_frames(std::slice::from_ref(vector))?,
                class: recording.emotion,
                zero_shot: None,
                subject: recording.subject(),
                session: String::new(),
                embedding: Vec::new(),
            };
            Ok((*recording, clip))
        };
        let (recordings, clips): (Vec<_>, Vec<_>) = vectors.map(clip).collect::<Outcome<Vec<_>>>()?.into_iter().unzip();
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

    /// Drops the duplicates.
    pub fn keep_different(&mut self) {
        self.clips.truncate(self.different);
        self.recordings.truncate(self.different);
    }
}

/// Returns the vector of a sound; `None` if it has no voice. What is missing of it is told.
fn described(film: &Film) -> Outcome<Option<Vec<f32>>> {
    let shown = film.path.display();
    let Some((speech, shortfall)) = speech_of(&film.path)? else {
        return Err(Failure::new(format!("{shown}: there is no sound in it")).of_input());
    };
    if let Some(shortfall) = shortfall {
        warn(format!("{shown}: {shortfall}"))?;
    }
    Ok(describe(&speech.frames))
}

fn labeled(engine: &Engine, film: &Film, faces: &[FaceResult]) -> Outcome<Option<Labeled>> {
    let Some(embedding) = mean_embedding(faces) else { return Ok(None) };
    let frames: Vec<_> = faces.iter().map(|face| face.features.head_input()).collect();
    Ok(Some(Labeled {
        clip: Clip::from_frames(&frames)?,
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
