//! The voices of files of an evaluation, as clips of one scaled vector.

use std::iter;

use mien_core::head::{Clip, Scale};
use mien_core::speech::descriptor::CLIP_VALUES;
use mien_eval::protocol::{Copies, Labeled};

use crate::process::failure::Outcome;
use crate::session::{Unheard, Vectors};

/// The vectors of a file's voice, or why it has none; `None` for a file that cannot be read.
pub type Found = Option<Result<Vectors, Unheard>>;

/// What is found in files, brought to one scale.
pub struct Voices {
    found: Vec<Found>,
    /// The scale; `None` without any voice.
    pub scale: Option<Scale>,
}

impl Voices {
    /// Brings the values to a mean of 0 and a standard deviation of 1 over all files and the copies that generic heads
    /// learn.
    pub fn scaled(mut found: Vec<Found>) -> Outcome<Self> {
        let read = found.iter().flatten().flatten();
        let vectors: Vec<&Vec<f32>> = read.flat_map(|of| iter::once(&of.own).chain(&of.copies)).collect();
        let scale = if vectors.is_empty() { None } else { Some(Scale::of(&vectors)?) };
        if let Some(scale) = &scale {
            for Vectors { own, copies, in_noise } in found.iter_mut().flatten().flatten() {
                for vector in iter::once(own).chain(copies).chain(in_noise) {
                    *vector = scale.apply(vector)?;
                }
            }
        }
        Ok(Self { found, scale })
    }

    /// Returns the vectors of a file; `None` if it has no voice.
    pub fn vectors(&self, file: usize) -> Option<&Vectors> {
        self.found[file].as_ref()?.as_ref().ok()
    }

    /// Returns the number of files that cannot be read.
    pub fn unreadable(&self) -> usize {
        self.found.iter().filter(|found| found.is_none()).count()
    }

    /// Returns the number of files without a voice.
    pub fn without_voice(&self) -> usize {
        self.found.iter().flatten().filter(|found| found.is_err()).count()
    }
}

/// What the clips are made from.
pub const CLIPS_FROM: &str = "files of sound, one vector of statistics each";

/// Returns the number of values of the clips of voices.
pub fn values_of(clips: &[Labeled]) -> usize {
    clips.first().map_or(CLIP_VALUES, |clip| clip.clip.dimension())
}

/// Describes the values of the vectors, of which there are so many.
pub fn described(values: usize) -> String {
    match values - CLIP_VALUES {
        0 => format!("{CLIP_VALUES} statistics of speech"),
        learned => format!("{CLIP_VALUES} statistics of speech, {learned} of a learned embedding"),
    }
}

/// Returns the clip of a voice, of a subject in a session. Nothing is known of the face.
pub fn labeled(vectors: &Vectors, class: usize, (subject, session): (String, String)) -> Outcome<Labeled> {
    let clip = |vector: &Vec<f32>| Clip::from_frames(std::slice::from_ref(vector));
    let clips = |vectors: &[Vec<f32>]| vectors.iter().map(clip).collect::<Result<Vec<_>, _>>();
    let copies = Copies { generic: clips(&vectors.copies)?, own: clips(vectors.in_noise.as_slice())? };
    Ok(Labeled { clip: clip(&vectors.own)?, copies, class, zero_shot: None, subject, session, embedding: Vec::new() })
}
