//! The clips of data sets, by face and by voice.

use std::collections::BTreeMap;

use mien_core::Engine;
use mien_core::labels::index_of;
use mien_eval::datasets::Dataset;
use mien_eval::protocol::Labeled;
use mien_eval::pseudo_clips::Growth;

use super::recordings::{Deaf, Recording, Voice, recordings};
use crate::commands::eval::voices::{self, Voices};
use crate::commands::labeled::{faces_of, labeled, look_at_all, nothing_found, person_of};
use crate::process::failure::Outcome;
use crate::process::skipped::incomplete;
use crate::session::{Vectors, without_voice};

/// The clips of one stream.
#[derive(Default)]
pub struct Clips {
    pub clips: Vec<Labeled>,
    /// The number of the recording of each clip.
    recordings: Vec<usize>,
}

impl Clips {
    fn push(&mut self, recording: usize, clip: Option<Labeled>) {
        if let Some(clip) = clip {
            self.clips.push(clip);
            self.recordings.push(recording);
        }
    }

    /// Keeps the clips of recordings that `other` has too; returns the number of the others.
    pub fn keep_those_of(&mut self, other: &Self) -> usize {
        let before = self.clips.len();
        let mut kept = self.recordings.iter().map(|recording| other.recordings.binary_search(recording).is_ok());
        self.clips.retain(|_| kept.next() == Some(true));
        self.recordings.retain(|recording| other.recordings.binary_search(recording).is_ok());
        before - self.clips.len()
    }

    /// Names people by their set too: different people may have the same name in two sets.
    fn of_set(mut self, name: &str) -> Vec<Labeled> {
        self.clips.iter_mut().for_each(|clip| clip.subject = format!("{name}/{}", clip.subject));
        self.clips
    }
}

/// The clips of a set, and the numbers of what is none.
#[derive(Default)]
pub struct SetClips {
    pub faces: Clips,
    pub voices: Clips,
    /// Number of recordings with pictures without a face.
    pub no_face: usize,
    /// Number of recordings with a face and sound without a voice.
    pub no_voice: usize,
    /// Number of lines that were skipped.
    pub unreadable: usize,
    pub other_labels: BTreeMap<String, usize>,
}

/// What is found in a recording.
enum Seen {
    Clip { face: Option<Box<Labeled>>, voice: Option<Vectors> },
    OtherLabel,
}

/// How recordings are looked at.
pub struct Looking<'a> {
    pub engine: &'a Engine,
    pub known: &'a [String],
    pub growth: &'a Growth,
    /// Why nothing is listened to.
    pub deaf: Deaf,
    pub jobs: usize,
}

impl Looking<'_> {
    /// Returns the clips of each of `sets`. Values of voices are brought to one scale.
    pub fn collect(&self, sets: &[Dataset]) -> Outcome<Vec<SetClips>> {
        let found = sets.iter().map(|set| recordings(set, self.deaf)).collect::<Outcome<Vec<_>>>()?;
        let mut seed = 0;
        let mut items = Vec::new();
        for recording in found.iter().flat_map(|(recordings, _)| recordings) {
            let class = index_of(self.known, &recording.entry.emotion);
            items.push((recording, class, seed));
            seed += u64::from(class.is_some() && recording.voice.is_some());
        }
        let mut seen = look_at_all(self.jobs, &items, "clips", |(recording, class, seed)| match class {
            Some(class) => self.look(recording, *class, *seed),
            None => Ok(Seen::OtherLabel),
        })?;
        let spoken = seen.iter_mut().map(|seen| match seen {
            Some(Seen::Clip { voice, .. }) => voice.take().map(Ok),
            _ => None,
        });
        let voices = Voices::scaled(spoken.collect())?;
        let (mut all, mut place) = (Vec::new(), 0);
        let mut seen = seen.into_iter();
        for (set, (recordings, skipped)) in sets.iter().zip(found) {
            let unreadable = set.unusable.len() + skipped;
            let mut clips = SetClips { unreadable, ..SetClips::default() };
            for (number, (recording, seen)) in recordings.iter().zip(&mut seen).enumerate() {
                clips.take(number, recording, seen, voices.vectors(place), self.known)?;
                place += 1;
            }
            if clips.faces.clips.is_empty() && clips.voices.clips.is_empty() {
                let what =
                    if recordings.iter().all(|recording| recording.voice.is_none()) { "face" } else { "face or voice" };
                return Err(nothing_found(&set.name, what, self.known, &clips.other_labels));
            }
            all.push(clips);
        }
        Ok(all)
    }

    /// Looks at a recording and listens to it.
    fn look(&self, recording: &Recording<'_>, class: usize, seed: u64) -> Outcome<Seen> {
        let Recording { entry, is_seen, voice } = recording;
        let face = if *is_seen {
            let faces = faces_of(self.engine, &entry.path, self.growth)?;
            labeled(self.engine, &faces, (self.known, class), person_of(entry))?.map(Box::new)
        } else {
            None
        };
        let Some(voice) = voice else { return Ok(Seen::Clip { face, voice: None }) };
        match (voice.vectors(self.engine.speech_features(), seed)?, voice) {
            (Ok(vectors), _) => Ok(Seen::Clip { face, voice: Some(vectors) }),
            (Err(why), Voice::OfSound(path)) if !is_seen => Err(without_voice(path, why)),
            (Err(why), Voice::OfSound(path)) => {
                incomplete(path, Some(&why.to_string()))?;
                Ok(Seen::Clip { face, voice: None })
            }
            (Err(_), Voice::OfFilm(_)) => Ok(Seen::Clip { face, voice: None }),
        }
    }
}

impl SetClips {
    /// Takes what was seen of a recording, and the scaled `vectors` of its voice.
    fn take(
        &mut self,
        number: usize,
        Recording { entry, is_seen, voice }: &Recording<'_>,
        seen: Option<Seen>,
        vectors: Option<&Vectors>,
        known: &[String],
    ) -> Outcome {
        match seen {
            None => self.unreadable += 1,
            Some(Seen::OtherLabel) => *self.other_labels.entry(entry.emotion.clone()).or_default() += 1,
            Some(Seen::Clip { face, .. }) => {
                self.no_face += usize::from(*is_seen && face.is_none());
                self.no_voice += usize::from(voice.is_some() && vectors.is_none());
                self.faces.push(number, face.map(|face| *face));
                let class = index_of(known, &entry.emotion).unwrap_or_default();
                let spoken = vectors.map(|vectors| voices::labeled(vectors, class, person_of(entry))).transpose()?;
                self.voices.push(number, spoken);
            }
        }
        Ok(())
    }
}

/// Joins the clips of sets of other people: faces, and voices.
pub fn of_others(sets: &[Dataset], clips: Vec<SetClips>) -> [Vec<Labeled>; 2] {
    let mut all = [Vec::new(), Vec::new()];
    for (set, SetClips { faces, voices, .. }) in sets.iter().zip(clips) {
        for (all, of_set) in all.iter_mut().zip([faces, voices]) {
            all.extend(of_set.of_set(&set.name));
        }
    }
    all
}
