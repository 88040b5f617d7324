//! The recordings of a data set: which of its files are looked at, and which are listened to.

use std::collections::BTreeMap;
use std::path::Path;

use mien_core::speech::SpeechFeatures;
use mien_eval::datasets::{Dataset, Entry};

use crate::media::{Kind, kind_of};
use crate::process::failure::{Failure, Outcome};
use crate::process::skipped::or_skip;
use crate::session::{Unheard, Vectors, vectors_of, vectors_of_film};

/// Where the voice of a recording is.
#[derive(Clone, Copy)]
pub enum Voice<'a> {
    /// In a film, whose pictures are of use without it.
    OfFilm(&'a Path),
    /// In a file that was named for its sound.
    OfSound(&'a Path),
}

impl Voice<'_> {
    /// Returns the vectors of the voice, or why there are none.
    pub fn vectors(self, features: &SpeechFeatures, seed: u64) -> Outcome<Result<Vectors, Unheard>> {
        match self {
            Self::OfFilm(path) => vectors_of_film(features, path, seed),
            Self::OfSound(path) => vectors_of(features, path, seed),
        }
    }
}

/// A recording: one file, or a picture or film and a sound.
pub struct Recording<'a> {
    /// The line of the index; of several that of the picture or film.
    pub entry: &'a Entry,
    /// Whether the file of the line shows pictures.
    pub is_seen: bool,
    pub voice: Option<Voice<'a>>,
}

/// Why sound is left.
pub type Deaf = Option<&'static str>;

impl<'a> Recording<'a> {
    /// Returns the recording of a line.
    fn of(entry: &'a Entry) -> Outcome<Self> {
        // What cannot be read is named when it is looked at.
        let kind = kind_of(&entry.path).ok();
        let voice = match (kind, entry.sound.as_deref()) {
            (Some(Kind::Sound), Some(_)) => {
                return Err(refused(entry, "sound, for which the index names another sound"));
            }
            (Some(Kind::Sound), None) => Some(Voice::OfSound(&entry.path)),
            (_, Some(sound)) => Some(Voice::OfSound(sound)),
            (Some(Kind::Video), None) => Some(Voice::OfFilm(&entry.path)),
            _ => None,
        };
        Ok(Self { entry, is_seen: kind != Some(Kind::Sound), voice })
    }

    /// Leaves the sound; what is sound alone is refused.
    fn silent(self, why: &str) -> Outcome<Self> {
        match self.is_seen {
            true => Ok(Self { voice: None, ..self }),
            false => Err(refused(self.entry, &format!("sound alone, which {why} leaves"))),
        }
    }

    /// Takes in another file of the recording: pictures beside a sound, or a sound beside pictures.
    fn join(&mut self, other: Self) -> Outcome {
        let (name, subject) = (&other.entry.recording, &other.entry.subject);
        let sounds = [&*self, &other].into_iter().filter(|one| matches!(one.voice, Some(Voice::OfSound(_)))).count();
        if self.is_seen == other.is_seen || sounds > 1 {
            let what = if other.is_seen { "pictures" } else { "a sound" };
            return Err(refused(other.entry, &format!("the recording {name:?} of {subject} has {what} already")));
        }
        let (seen, heard) = if other.is_seen { (&other, &*self) } else { (&*self, &other) };
        *self = Self { entry: seen.entry, is_seen: true, voice: heard.voice };
        Ok(())
    }
}

fn refused(entry: &Entry, why: &str) -> Failure {
    Failure::new(format!("{}: {why}", entry.path.display())).of_input()
}

/// Returns the recordings of a set, in the order of their first lines, and the number of lines that are named and
/// skipped. Nothing is listened to if there is a reason to be `deaf`.
pub fn recordings(set: &Dataset, deaf: Deaf) -> Outcome<(Vec<Recording<'_>>, usize)> {
    let mut found: Vec<Recording<'_>> = Vec::new();
    let (mut places, mut skipped) = (BTreeMap::new(), 0);
    let several = set.lines() > 1;
    for entry in &set.entries {
        let Entry { subject, emotion, session, recording: name, .. } = entry;
        let Some(recording) = or_skip(Recording::of(entry), several)? else {
            skipped += 1;
            continue;
        };
        let place = if name.is_empty() {
            found.len()
        } else {
            *places.entry((subject, emotion, session, name)).or_insert(found.len())
        };
        match found.get_mut(place) {
            Some(known) => skipped += usize::from(or_skip(known.join(recording), several)?.is_none()),
            None => found.push(recording),
        }
    }
    let Some(why) = deaf else { return Ok((found, skipped)) };
    let lines = found.len();
    let seen = found.into_iter().map(|recording| or_skip(recording.silent(why), several));
    let seen: Vec<_> = seen.filter_map(Result::transpose).collect::<Outcome<_>>()?;
    skipped += lines - seen.len();
    Ok((seen, skipped))
}
