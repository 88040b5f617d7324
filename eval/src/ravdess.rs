//! RAVDESS (Livingstone & Russo, PLOS ONE 2018) as downloaded: 24 actors who speak and sing two
//! statements with eight emotions. There is no index; a file's name says what it shows.
//!
//! `MM-VV-EE-II-SS-RR-AA.mp4` states modality, vocal channel, emotion, intensity, statement,
//! repetition and actor. All parts except the modality identify a [`Recording`]; a recording may be
//! on disk both with sound and as video only, which is the same film. A folder of frames may
//! replace a video, under the video's name with or without its extension.

pub mod imported;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use mien_core::{Error, ErrorKind, Result, fail};
use mien_nn::math::SplitMix64;

/// The emotions by their number in the file names, minus one, in canonical spelling.
pub const LABELS: [&str; 8] = ["neutral", "calm", "happy", "sad", "anger", "fear", "disgust", "surprise"];

/// The note that accompanies every figure of the leaky split.
pub const LEAKY: &str = "leaky: not a measure of quality";

/// Extensions of video files, in lower case.
const VIDEO_ENDINGS: [&str; 5] = ["mp4", "avi", "mov", "mkv", "webm"];

/// Extensions of sound files, in lower case.
const SOUND_ENDINGS: [&str; 4] = ["wav", "flac", "mp3", "m4a"];

/// Whether a file has video, sound or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Modality {
    /// Video and sound.
    AudioVideo,
    /// The same video without sound.
    VideoOnly,
    /// Sound only.
    AudioOnly,
}

/// How the statement is uttered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VocalChannel {
    /// Spoken: all eight emotions.
    Speech,
    /// Sung: no disgust and no surprise.
    Song,
}

/// How strongly the emotion is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Intensity {
    /// Normal; the only intensity of neutral.
    Normal,
    /// Strong.
    Strong,
}

/// One recording: the unit that must not be on both sides of a split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Recording {
    /// The actor, 1 to 24.
    pub actor: u8,
    /// Spoken or sung.
    pub vocal_channel: VocalChannel,
    /// Index in [`LABELS`].
    pub emotion: usize,
    /// The intensity of the emotion.
    pub intensity: Intensity,
    /// 1: "Kids are talking by the door", 2: "Dogs are sitting by the door".
    pub statement: u8,
    /// 1 or 2.
    pub repetition: u8,
}

impl Recording {
    /// Returns the actor's name as a subject.
    pub fn subject(&self) -> String {
        format!("Actor_{:02}", self.actor)
    }

    /// Returns the recording without its repetition number, equal for near-duplicates.
    fn without_repetition(self) -> Self {
        Self { repetition: 0, ..self }
    }
}

/// Parses the name of the file or folder at `path`, without its extension.
///
/// # Errors
/// `InvalidOption` naming the file and the invalid part.
pub fn parse_name(path: &Path) -> Result<(Modality, Recording)> {
    parse_stem(&stem(path)).map_err(|error| error.about(path))
}

fn parse_stem(stem: &str) -> Result<(Modality, Recording)> {
    let Some(numbers) = numbers(stem) else {
        fail!(InvalidOption, "not a RAVDESS name: seven two-digit numbers like 02-01-06-01-02-01-12.mp4");
    };
    for ((what, max), number) in PARTS.iter().zip(numbers) {
        if !(1..=*max).contains(&number) {
            fail!(InvalidOption, "the {what} is {number:02}; it must be 01 to {max:02}");
        }
    }
    let [modality, vocal_channel, emotion, intensity, statement, repetition, actor] = numbers;
    let recording = Recording {
        actor,
        vocal_channel: if vocal_channel == 1 { VocalChannel::Speech } else { VocalChannel::Song },
        emotion: usize::from(emotion) - 1,
        intensity: if intensity == 1 { Intensity::Normal } else { Intensity::Strong },
        statement,
        repetition,
    };
    let label = LABELS[recording.emotion];
    if label == "neutral" && recording.intensity == Intensity::Strong {
        fail!(InvalidOption, "the emotion is neutral, which has no strong intensity");
    }
    if ["disgust", "surprise"].contains(&label) && recording.vocal_channel == VocalChannel::Song {
        fail!(InvalidOption, "a song shows {label}, which RAVDESS has in speech only");
    }
    let modality = match modality {
        1 => Modality::AudioVideo,
        2 => Modality::VideoOnly,
        _ => Modality::AudioOnly,
    };
    Ok((modality, recording))
}

/// Returns the part of `stem` that names a recording if it also says that the file is a copy, as in
/// `02-01-06-01-02-01-12 (1)` or `Copy of 02-01-06-01-02-01-12`.
fn copied_name(stem: &str) -> Option<&str> {
    let is_free = |letter: Option<char>| letter.is_none_or(|letter| !letter.is_ascii_digit() && letter != '-');
    let starts = (0..stem.len()).filter(|&at| is_free(stem.get(..at).and_then(|before| before.chars().next_back())));
    let mut names = starts.filter_map(|at| Some((stem.get(at..at + LENGTH)?, &stem[at + LENGTH..])));
    // `02-01-06-01-02-01-12-03` names something else, `02-01-06-01-02-01-12-copy` does not.
    let ends = |rest: &str| is_free(rest.strip_prefix('-').unwrap_or(rest).chars().next());
    let (name, _) = names.find(|(name, rest)| numbers(name).is_some() && ends(rest))?;
    (name.len() < stem.len()).then_some(name)
}

/// Length of a name without its extension.
const LENGTH: usize = "02-01-06-01-02-01-12".len();

/// The parts of a name in order, with the maximum of each.
const PARTS: [(&str, u8); 7] = [
    ("modality", 3),
    ("vocal channel", 2),
    ("emotion", 8),
    ("intensity", 2),
    ("statement", 2),
    ("repetition", 2),
    ("actor", 24),
];

/// Parses seven two-digit numbers separated by dashes.
fn numbers(name: &str) -> Option<[u8; 7]> {
    let number = |part: &str| {
        let digits = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        if digits { part.parse().ok() } else { None }
    };
    name.split('-').map(number).collect::<Option<Vec<u8>>>()?.try_into().ok()
}

/// Returns the name without its extension.
fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// Which files of a recording are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// Files with video and sound.
    AudioVideo,
    /// Files without sound.
    VideoOnly,
    /// Both: if a recording exists in both forms, the one with sound is used.
    Both,
    /// Files of sound alone.
    AudioOnly,
}

impl Channel {
    /// All values.
    pub const ALL: [Self; 4] = [Self::AudioVideo, Self::VideoOnly, Self::Both, Self::AudioOnly];

    /// Returns `audio-video`, `video-only`, `both` or `audio-only`.
    pub fn name(self) -> &'static str {
        match self {
            Self::AudioVideo => "audio-video",
            Self::VideoOnly => "video-only",
            Self::Both => "both",
            Self::AudioOnly => "audio-only",
        }
    }

    fn takes(self, modality: Modality) -> bool {
        match self {
            Self::AudioVideo => modality == Modality::AudioVideo,
            Self::VideoOnly => modality == Modality::VideoOnly,
            Self::Both => modality != Modality::AudioOnly,
            Self::AudioOnly => modality == Modality::AudioOnly,
        }
    }
}

/// A film of a recording, or its sound alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Film {
    /// Path of the video, of the folder of its frames, or of the sound.
    pub path: PathBuf,
    /// What there is of video and sound.
    pub modality: Modality,
    /// The recording.
    pub recording: Recording,
}

/// The films of a folder.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ravdess {
    /// One film for each recording, in the order of the recordings.
    pub films: Vec<Film>,
    /// Films without sound of recordings that also exist with sound: the same pictures again.
    pub video_only_duplicates: Vec<Film>,
    /// Number of films that occur again under the same name, not counting the first.
    pub copies: usize,
    /// Films whose names say that they are copies of others in the set.
    pub copies_by_name: Vec<PathBuf>,
    /// Films whose names say that they are copies, and that are used because there is no original.
    pub without_original: Vec<PathBuf>,
    /// Why each video with another name, or folder, cannot be used.
    pub unusable: Vec<String>,
    /// Number of files that are neither video nor sound, without hidden ones.
    pub other_files: usize,
    /// Number of files of sound alone that are not used.
    pub audio_only: usize,
    /// Number of films that the channel excludes.
    pub other_channel: usize,
}

impl Ravdess {
    /// Finds the films below `folder`, at any depth.
    ///
    /// # Errors
    /// `InvalidOption` naming the folder that cannot be read or holds no film.
    pub fn open(folder: &Path, channel: Channel) -> Result<Self> {
        let mut found = Self::default();
        let (mut films, mut copies) = (BTreeMap::new(), Vec::new());
        for path in found.paths_below(folder)? {
            match (parse_name(&path), copied_name(&stem(&path)).map(parse_stem)) {
                (Ok(named), _) => {
                    let place = found.put(&mut films, path, named, channel);
                    found.copies += usize::from(place == Place::Taken);
                }
                (Err(_), Some(Ok(named))) => copies.push((path, named)),
                (Err(error), _) => found.unusable.push(error.full_text()),
            }
        }
        for (path, named) in copies {
            match found.put(&mut films, path.clone(), named, channel) {
                Place::New => found.without_original.push(path),
                Place::Taken => found.copies_by_name.push(path),
                Place::Aside => {}
            }
        }
        for film in films.into_values() {
            match found.films.last() {
                Some(last) if last.recording == film.recording => found.video_only_duplicates.push(film),
                _ => found.films.push(film),
            }
        }
        if found.films.is_empty() {
            return Err(found.nothing(channel).about(folder));
        }
        Ok(found)
    }

    /// Returns the actors that occur.
    pub fn actors(&self) -> BTreeSet<u8> {
        self.films.iter().map(|film| film.recording.actor).collect()
    }

    /// Puts a file among `films`, or counts it among those that are not used.
    fn put(&mut self, films: &mut Films, path: PathBuf, named: (Modality, Recording), channel: Channel) -> Place {
        let (modality, recording) = named;
        let is_sound = has_ending(&path, &SOUND_ENDINGS) && !path.is_dir();
        let modality = if is_sound { Modality::AudioOnly } else { modality };
        if !channel.takes(modality) || (modality == Modality::AudioOnly) != is_sound {
            *(if modality == Modality::AudioOnly { &mut self.audio_only } else { &mut self.other_channel }) += 1;
            return Place::Aside;
        }
        match films.entry((recording, modality)) {
            Entry::Occupied(_) => Place::Taken,
            Entry::Vacant(place) => {
                place.insert(Film { path, modality, recording });
                Place::New
            }
        }
    }

    /// Returns the videos, sound files and folders of frames below `folder`, sorted by path. Other
    /// files are counted; folders below it that cannot be read are put aside.
    fn paths_below(&mut self, folder: &Path) -> Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        for path in entries_of(folder)?.into_iter().filter(|path| !is_passed_over(path)) {
            if path.is_dir() && numbers(&stem(&path)).is_none() && copied_name(&stem(&path)).is_none() {
                match self.paths_below(&path) {
                    Ok(below) => found.extend(below),
                    Err(error) => self.unusable.push(error.full_text()),
                }
            } else if path.is_dir() || has_ending(&path, &VIDEO_ENDINGS) || has_ending(&path, &SOUND_ENDINGS) {
                found.push(path);
            } else {
                self.other_files += 1;
            }
        }
        Ok(found)
    }

    /// Returns the error of a set without films, which says what was found instead.
    fn nothing(&self, channel: Channel) -> Error {
        let sought = match channel {
            Channel::AudioOnly => "sounds like Actor_12/03-01-06-01-02-01-12.wav",
            _ => "videos like Actor_12/02-01-06-01-02-01-12.mp4",
        };
        let (channel, sound, other, unusable) =
            (channel.name(), self.audio_only, self.other_channel, self.unusable.len());
        let message = format!(
            "no RAVDESS {sought} (channel {channel}; {sound} files of sound \
             alone, {other} videos of the other channel, {unusable} with other names)"
        );
        let error = Error::new(ErrorKind::InvalidOption, message.clone());
        match self.unusable.first() {
            Some(first) => error.with_details(format!("{message}: {first}")),
            None => error,
        }
    }
}

/// The films of a set by recording.
type Films = BTreeMap<(Recording, Modality), Film>;

/// Where a file was put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Among the films.
    New,
    /// Nowhere: the film is there already.
    Taken,
    /// Among the files that are not used.
    Aside,
}

/// Returns the entries of a folder, sorted by name.
fn entries_of(folder: &Path) -> Result<Vec<PathBuf>> {
    let bad = |error| {
        Error::with_source(ErrorKind::InvalidOption, "cannot read a folder", error)
            .with_details(format!("cannot read {}", folder.display()))
    };
    let mut entries: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(folder).map_err(bad)? {
        entries.push(entry.map_err(bad)?.path());
    }
    entries.sort_unstable();
    Ok(entries)
}

/// Hidden files, and files added by the macOS archiver.
fn is_passed_over(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with('.') || name == "__MACOSX"
}

fn has_ending(path: &Path, endings: &[&str]) -> bool {
    let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    endings.contains(&ending.as_str())
}

/// How an actor's films are divided into sessions: the head is adapted to all of the actor's
/// sessions but one and tested on that one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split {
    /// By statement.
    Statement,
    /// By repetition: each film's nearest relative, the same words and intensity repeated, is on
    /// the other side.
    Repetition,
    /// By intensity: adapted to normal and tested on strong, and the reverse. Neutral has no strong
    /// films, so it is never learned when it is tested.
    Intensity,
    /// At random within actor and emotion, with all films of a recording treated as different
    /// clips: if a recording exists with and without sound, the same pictures are learned and
    /// tested. Not a measure of quality; it shows how much such a split flatters.
    Leaky,
}

impl Split {
    /// All splits.
    pub const ALL: [Self; 4] = [Self::Statement, Self::Repetition, Self::Intensity, Self::Leaky];

    /// Returns `statement`, `repetition`, `intensity` or `leaky`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Statement => "statement",
            Self::Repetition => "repetition",
            Self::Intensity => "intensity",
            Self::Leaky => "leaky",
        }
    }

    /// Returns the session of each of `recordings`. `seed` only affects the leaky split.
    pub fn sessions(self, recordings: &[Recording], seed: u64) -> Vec<String> {
        let name = |recording: &Recording| match self {
            Self::Statement => format!("statement {}", recording.statement),
            Self::Repetition => format!("repetition {}", recording.repetition),
            Self::Intensity => format!("intensity {}", if recording.intensity == Intensity::Normal { 1 } else { 2 }),
            Self::Leaky => String::new(),
        };
        match self {
            Self::Leaky => random_halves(recordings, seed),
            _ => recordings.iter().map(name).collect(),
        }
    }
}

/// Returns `half 1` or `half 2` at random, equally often within actor and emotion.
fn random_halves(recordings: &[Recording], seed: u64) -> Vec<String> {
    let mut groups: BTreeMap<(u8, usize), Vec<usize>> = BTreeMap::new();
    for (index, recording) in recordings.iter().enumerate() {
        groups.entry((recording.actor, recording.emotion)).or_default().push(index);
    }
    let mut rng = SplitMix64::new(seed);
    let mut sessions = vec![String::new(); recordings.len()];
    for group in groups.values_mut() {
        rng.shuffle(group);
        for (place, &index) in group.iter().enumerate() {
            sessions[index] = format!("half {}", 1 + place % 2);
        }
    }
    sessions
}

/// How closely the tested clips are related to learned ones of the same actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Overlap {
    /// Number of clips with another film of the same recording in another session: leaked.
    pub same_recording: usize,
    /// Number of clips with the other repetition, with the same words and intensity, in another
    /// session.
    pub other_repetition: usize,
}

/// Counts close relatives across `sessions`, the session of each of `recordings`.
pub fn overlap(recordings: &[Recording], sessions: &[String]) -> Overlap {
    let mut relatives: BTreeMap<Recording, Vec<usize>> = BTreeMap::new();
    for (index, recording) in recordings.iter().enumerate() {
        relatives.entry(recording.without_repetition()).or_default().push(index);
    }
    let count = |same: bool| {
        let is_across = |&clip: &usize| {
            relatives[&recordings[clip].without_repetition()]
                .iter()
                .any(|&other| sessions[other] != sessions[clip] && (recordings[other] == recordings[clip]) == same)
        };
        (0..recordings.len()).filter(is_across).count()
    };
    Overlap { same_recording: count(true), other_repetition: count(false) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touch(folder: &Path, names: &[&str]) {
        for name in names {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
    }

    fn recording(name: &str) -> Recording {
        parse_name(Path::new(name)).unwrap().1
    }

    /// Every recording of two actors, as in RAVDESS: 60 spoken and 44 sung each.
    fn all_recordings() -> Vec<Recording> {
        let mut all = Vec::new();
        for code in 0..(2 * 2 * 8 * 2 * 2 * 2) {
            let digit = |place: u32, base: u32| 1 + code / place % base;
            let (channel, emotion, intensity) = (digit(16, 2), digit(32, 8), digit(8, 2));
            let (statement, repetition, actor) = (digit(4, 2), digit(2, 2), digit(1, 2));
            let name = format!("01-{channel:02}-{emotion:02}-{intensity:02}-{statement:02}-{repetition:02}-{actor:02}");
            all.extend(parse_name(Path::new(&name)).map(|(_, recording)| recording));
        }
        all
    }

    #[test]
    fn a_name_says_what_a_film_shows() {
        let (modality, recording) = parse_name(Path::new("Actor_12/02-01-06-01-02-01-12.mp4")).unwrap();
        assert_eq!(modality, Modality::VideoOnly);
        let want = Recording {
            actor: 12,
            vocal_channel: VocalChannel::Speech,
            emotion: 5,
            intensity: Intensity::Normal,
            statement: 2,
            repetition: 1,
        };
        assert_eq!(recording, want);
        assert_eq!((LABELS[recording.emotion], recording.subject().as_str()), ("fear", "Actor_12"));
        let emotions: Vec<_> = (1..=8).map(|code| recording_label(&format!("01-01-0{code}-01-01-01-01.mp4"))).collect();
        assert_eq!(emotions, ["neutral", "calm", "happy", "sad", "anger", "fear", "disgust", "surprise"]);
    }

    fn recording_label(name: &str) -> &'static str {
        LABELS[recording(name).emotion]
    }

    #[test]
    fn labels_are_spelled_canonically() {
        for label in LABELS {
            assert_eq!(mien_core::labels::canonical(label), label);
        }
    }

    #[test]
    fn invalid_ravdess_names_are_refused_and_named() {
        for (name, message) in [
            ("holiday.mp4", "not a RAVDESS name"),
            ("02-01-06-01-02-01.mp4", "not a RAVDESS name"),
            ("02-01-06-01-02-01-12-01.mp4", "not a RAVDESS name"),
            ("2-01-06-01-02-01-12.mp4", "not a RAVDESS name"),
            ("+2-01-06-01-02-01-12.mp4", "not a RAVDESS name"),
            ("00-01-06-01-02-01-12.mp4", "the modality is 00; it must be 01 to 03"),
            ("01-03-06-01-02-01-12.mp4", "the vocal channel is 03"),
            ("01-01-09-01-02-01-12.mp4", "the emotion is 09; it must be 01 to 08"),
            ("01-01-06-03-02-01-12.mp4", "the intensity is 03"),
            ("01-01-06-01-03-01-12.mp4", "the statement is 03"),
            ("01-01-06-01-02-03-12.mp4", "the repetition is 03"),
            ("01-01-06-01-02-01-25.mp4", "the actor is 25; it must be 01 to 24"),
            ("01-01-01-02-02-01-12.mp4", "neutral, which has no strong intensity"),
            ("01-02-07-01-02-01-12.mp4", "a song shows disgust"),
            ("01-02-08-01-02-01-12.mp4", "a song shows surprise"),
        ] {
            let error = parse_name(Path::new(name)).unwrap_err();
            assert!(error.to_string().contains(message), "{error}");
            // The name precedes the message in the details only.
            assert_eq!(error.full_text(), format!("{name}: {error}"));
        }
    }

    #[test]
    fn the_whole_set_has_the_published_size() {
        let all = all_recordings();
        let count = |channel| all.iter().filter(|r| r.vocal_channel == channel && r.actor == 1).count();
        // 1440 / 24 spoken and 1012 / 23 sung: 7 emotions x 2 intensities x 2 x 2, and neutral.
        assert_eq!((count(VocalChannel::Speech), count(VocalChannel::Song)), (60, 44));
    }

    #[test]
    fn films_are_found_at_any_depth_and_counted_once() {
        let folder = tempfile::tempdir().unwrap();
        touch(
            folder.path(),
            &[
                "Video_Speech_Actor_01/Actor_01/01-01-03-01-01-01-01.mp4",
                "Video_Speech_Actor_01/Actor_01/02-01-03-01-01-01-01.mp4",
                "Actor_01/01-01-03-01-01-01-01.mp4",
                "Actor_01/._01-01-03-01-01-01-01.mp4",
                "Actor_01/02-01-04-01-01-01-01.MP4",
                "Actor_01/03-01-04-01-01-01-01.wav",
                "Actor_02/01-02-05-01-01-02-02/0001.jpg",
                "Actor_02/03-01-04-01-01-01-02.mp4",
                "Actor_02/notes.txt",
                "__MACOSX/anything.mp4",
            ],
        );
        let both = Ravdess::open(folder.path(), Channel::Both).unwrap();
        assert_eq!((both.films.len(), both.video_only_duplicates.len(), both.copies, both.audio_only), (3, 1, 1, 2));
        assert_eq!(both.actors().into_iter().collect::<Vec<_>>(), [1, 2]);
        let first = &both.films[0];
        assert_eq!((first.modality, recording("01-01-03-01-01-01-01")), (Modality::AudioVideo, first.recording));
        assert!(first.path.ends_with("Actor_01/01-01-03-01-01-01-01.mp4"));
        let silent = Ravdess::open(folder.path(), Channel::VideoOnly).unwrap();
        assert_eq!((silent.films.len(), silent.video_only_duplicates.len(), silent.other_channel), (2, 0, 3));
        assert_eq!((both.other_files, both.unusable.len()), (1, 0));
        let loud = Ravdess::open(folder.path(), Channel::AudioVideo).unwrap();
        assert_eq!((loud.films.len(), loud.other_channel, loud.copies), (2, 2, 1));
    }

    #[test]
    fn sounds_are_found_on_their_own_channel() {
        let folder = tempfile::tempdir().unwrap();
        touch(
            folder.path(),
            &[
                "Actor_01/01-01-03-01-01-01-01.mp4",
                "Actor_01/03-01-03-01-01-01-01.wav",
                "Actor_01/03-01-03-01-01-01-01.flac",
                "Actor_01/03-01-04-01-01-01-01.MP3",
                "Actor_01/01-01-05-01-01-01-01.m4a",
                "Actor_01/03-01-06-01-01-01-01.mp4",
                "Actor_02/03-01-04-01-01-01-02/0001.jpg",
            ],
        );
        let sounds = Ravdess::open(folder.path(), Channel::AudioOnly).unwrap();
        let names: Vec<_> = sounds.films.iter().map(|film| film.path.file_name().unwrap().to_owned()).collect();
        assert_eq!(names, ["03-01-03-01-01-01-01.flac", "03-01-04-01-01-01-01.MP3", "01-01-05-01-01-01-01.m4a"]);
        assert!(sounds.films.iter().all(|film| film.modality == Modality::AudioOnly));
        assert_eq!((sounds.copies, sounds.audio_only, sounds.other_channel), (1, 2, 1), "neither film nor frames");
        let films = Ravdess::open(folder.path(), Channel::Both).unwrap();
        assert_eq!((films.films.len(), films.audio_only, films.other_files), (1, 6, 0));
        fs::remove_dir_all(folder.path().join("Actor_01")).unwrap();
        let nothing = Ravdess::open(folder.path(), Channel::AudioOnly).unwrap_err();
        assert!(nothing.full_text().contains("no RAVDESS sounds like"), "{nothing}");
    }

    #[test]
    fn films_that_are_copies_by_name_are_told_apart() {
        let name = "01-01-03-01-01-01-01";
        for copy in [
            "NAME (1)",
            "NAME(2)",
            "NAME - Copy",
            "NAME - Copy (2)",
            "NAME - Kopie",
            "NAME copy",
            "NAME copy 2",
            "NAME_copy",
            "NAME-copy",
            "NAME~1",
            "NAME.mp4",
            "Copy of NAME",
            "Copy (2) of NAME",
            "Kopie von NAME",
            "._NAME",
            "NAME \u{2013} Kopie",
        ] {
            assert_eq!(copied_name(&copy.replace("NAME", name)), Some(name), "{copy}");
        }
        for other in
            ["NAME", "NAME-01", "NAME2", "9NAME", "01-NAME", "party", "", "01-01-03-01-01-01 (1)", "\u{e9}-01-01"]
        {
            assert_eq!(copied_name(&other.replace("NAME", name)), None, "{other}");
        }
        let folder = tempfile::tempdir().unwrap();
        touch(
            folder.path(),
            &[
                "Actor_01/01-01-03-01-01-01-01 (1).mp4",
                "Actor_01/01-01-03-01-01-01-01.mp4",
                "Actor_01/02-01-04-01-01-01-01 - Copy.mp4",
                "Actor_01/03-01-04-01-01-01-01 (1).wav",
                "Actor_01/01-01-09-01-01-01-01 (1).mp4",
                "Actor_02/Copy of 01-01-03-01-01-01-02/0001.jpg",
                "Actor_02/party.mp4",
            ],
        );
        let found = Ravdess::open(folder.path(), Channel::Both).unwrap();
        let names = |paths: &[PathBuf]| paths.iter().map(|path| stem(path)).collect::<Vec<_>>();
        assert_eq!(names(&found.copies_by_name), ["01-01-03-01-01-01-01 (1)"]);
        let without = ["02-01-04-01-01-01-01 - Copy", "Copy of 01-01-03-01-01-01-02"];
        assert_eq!(names(&found.without_original), without);
        assert_eq!((found.films.len(), found.copies, found.audio_only), (3, 0, 1));
        assert_eq!(found.films[0].path.file_name().unwrap(), "01-01-03-01-01-01-01.mp4", "not the copy");
        let [number, party] = &found.unusable[..] else { panic!("{:?}", found.unusable) };
        assert!(number.contains("(1).mp4") && party.ends_with("like 02-01-06-01-02-01-12.mp4"), "{number} {party}");
    }

    #[test]
    fn folders_without_films_and_wrong_names_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let open = || Ravdess::open(folder.path(), Channel::Both).unwrap_err().full_text();
        assert!(open().contains("no RAVDESS videos"), "{}", open());
        touch(folder.path(), &["Actor_01/03-01-04-01-01-01-01.wav"]);
        assert!(open().contains("1 files of sound alone"), "{}", open());
        touch(folder.path(), &["Actor_01/party.mp4"]);
        assert!(
            open().contains("1 with other names") && open().contains("party.mp4: not a RAVDESS name"),
            "{}",
            open()
        );
        let nowhere = Ravdess::open(Path::new("nowhere"), Channel::Both).unwrap_err().full_text();
        assert!(nowhere.contains("cannot read nowhere"), "{nowhere}");
    }

    #[test]
    fn honest_splits_keep_each_recording_on_one_side() {
        let all = all_recordings();
        for (split, other_repetition) in [(Split::Statement, 0), (Split::Repetition, 208), (Split::Intensity, 0)] {
            let sessions = split.sessions(&all, 7);
            assert_eq!(overlap(&all, &sessions), Overlap { same_recording: 0, other_repetition }, "{split:?}");
            let first = sessions.iter().filter(|session| session.ends_with('1')).count();
            // Neutral has normal intensity only: 2 x 2 spoken and 2 x 2 sung per actor.
            assert_eq!(first, if split == Split::Intensity { 112 } else { 104 }, "{split:?}");
        }
    }

    #[test]
    fn the_leaky_split_learns_the_very_pictures_it_tests() {
        let mut twice = all_recordings();
        twice.extend(all_recordings());
        let sessions = Split::Leaky.sessions(&twice, 7);
        assert_eq!(sessions, Split::Leaky.sessions(&twice, 7));
        assert_ne!(sessions, Split::Leaky.sessions(&twice, 8));
        let overlap = overlap(&twice, &sessions);
        assert!(overlap.same_recording > 150 && overlap.other_repetition > 250, "{overlap:?}");
        for actor in 1..=2 {
            for emotion in 0..LABELS.len() {
                let of = |half: &str| {
                    let own = twice
                        .iter()
                        .zip(&sessions)
                        .filter(|(r, s)| (r.actor, r.emotion) == (actor, emotion) && *s == half);
                    own.count()
                };
                assert_eq!(of("half 1"), of("half 2"));
            }
        }
    }
}
