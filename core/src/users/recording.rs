//! A user's recording: the clips that are kept until the user's heads have learned them.
//!
//! A recording lies in the user's numbered values, in table [`TABLE`]: a directory in slot 0, and each clip in a slot of
//! its own. It holds outputs of the networks and numbers that describe the speech, never pictures or sound. Frames are
//! rounded to f16, as embeddings and heads are.

use serde::{Deserialize, Serialize};

use crate::check::within;
use crate::codec::{self, Halves};
use crate::embedding::normalize;
use crate::error::{ErrorKind, Result, fail};
use crate::timeline::LATEST_MS;
use crate::timeline::slots::{Slots, SlotsMut};

/// Maximum number of clips of a recording.
pub const MAX_CLIPS: usize = 1000;

/// Maximum number of frames of a clip: 20 seconds at 30 frames per second.
pub const MAX_FRAMES: usize = 600;

/// Maximum bytes of the clips of a recording as stored: 29 minutes at 15 frames per second with the default pack.
pub const MAX_BYTES: u64 = 64 << 20;

/// More than the longest clip has as stored.
const CLIP_ROOM: u64 = 4 << 20;

/// Maximum bytes of a clip's name.
pub const MAX_NAME: usize = 256;

/// Days after which a clip expires, unless the application says otherwise.
pub const DEFAULT_KEEP_DAYS: u32 = 30;

/// Maximum number of days for which clips are kept.
pub const MAX_KEEP_DAYS: u32 = 365;

/// The table of a user's numbered values that holds the recording.
pub(crate) const TABLE: u8 = 16;

/// The slot of the directory.
pub(crate) const DIRECTORY: u64 = 0;
const DAY_MS: u64 = 86_400_000;
const DIRECTORY_MAGIC: &[u8; 4] = b"MREC";
const CLIP_MAGIC: &[u8; 4] = b"MCLP";
const VERSION: u16 = 1;

/// A recorded clip with its vectors.
#[derive(Clone, PartialEq)]
pub struct RecordedClip {
    /// What reports call the clip. Empty for a new clip: it is called by its label and a number, such as "happy/3".
    pub name: String,
    /// The emotion; `None` for an unlabeled clip.
    pub label: Option<String>,
    /// Whether the person was asked and means the label.
    pub confirmed: bool,
    /// What computed the frames ([`Engine::networks`](crate::engine::Engine::networks)).
    pub networks: String,
    /// The vector of each frame ([`Features::head_input`](crate::features::Features::head_input)).
    pub frames: Vec<Vec<f32>>,
    /// The identity embedding of each frame, of length 1.
    pub faces: Vec<Vec<f32>>,
    /// `None` without sound.
    pub speech: Option<RecordedSpeech>,
}

/// The speech of a recorded clip.
#[derive(Clone, PartialEq)]
pub struct RecordedSpeech {
    /// Its description, without vectors.
    pub entry: SpeechEntry,
    /// The vector of the speech; `None` if its quality is doubtful.
    pub vector: Option<Vec<f32>>,
    /// The vector of the same speech in noise; `None` if there is none.
    pub in_noise: Option<Vec<f32>>,
}

/// What the directory says of a clip's speech.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpeechEntry {
    /// What computed the vectors ([`SpeechFeatures::name`](crate::speech::SpeechFeatures::name)).
    pub features: String,
    /// Why it must not be learned, as a name in the interface of the sessions; `None` if it may be.
    pub refusal: Option<String>,
    /// Why its quality is doubtful, as names; empty if it is good.
    pub doubts: Vec<String>,
}

/// What the directory says of a clip.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClipEntry {
    slot: u64,
    /// As in [`RecordedClip::name`], never empty.
    pub name: String,
    /// As in [`RecordedClip::label`].
    pub label: Option<String>,
    /// As in [`RecordedClip::confirmed`].
    pub confirmed: bool,
    /// When it was recorded, milliseconds since 1970, as the caller said.
    pub recorded_at_ms: u64,
    /// Number of frames.
    pub frames: u32,
    /// Size as stored.
    pub bytes: u64,
    /// Index of what computed the frames in [`Recording::networks`].
    networks: u32,
    /// `None` without sound.
    pub speech: Option<SpeechEntry>,
}

/// The directory of a recording: its clips without their vectors.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recording {
    /// Days after which a clip expires.
    pub keep_days: u32,
    /// Whether the user's heads are to be adapted to the clips when there is time.
    pub due: bool,
    next_slot: u64,
    networks: Vec<String>,
    /// In the order in which they were recorded.
    clips: Vec<ClipEntry>,
    /// The highest number of the names of each label: no number is given twice.
    numbered: Vec<(Option<String>, u64)>,
}

/// Counts only: names and labels are personal.
impl std::fmt::Debug for Recording {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Recording({} clips, {} bytes)", self.clips.len(), self.bytes())
    }
}

/// Counts only, as for [`Recording`].
impl std::fmt::Debug for RecordedClip {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RecordedClip").field("frames", &self.frames.len()).finish_non_exhaustive()
    }
}

impl Default for Recording {
    fn default() -> Self {
        let (networks, clips, numbered) = (Vec::new(), Vec::new(), Vec::new());
        Self { keep_days: DEFAULT_KEEP_DAYS, due: false, next_slot: DIRECTORY + 1, networks, clips, numbered }
    }
}

/// A clip as stored.
#[derive(Serialize, Deserialize)]
struct Stored {
    frames: Vec<Halves>,
    /// `None` if each face is the end of its frame.
    faces: Option<Vec<Halves>>,
    speech: Option<Vec<f32>>,
    in_noise: Option<Vec<f32>>,
}

impl Stored {
    fn of(clip: &RecordedClip) -> Self {
        let are_ends = clip.frames.len() == clip.faces.len()
            && clip.frames.iter().zip(&clip.faces).all(|(frame, face)| frame.ends_with(face));
        let halves = |vectors: &[Vec<f32>]| vectors.iter().map(|vector| Halves::of(vector)).collect();
        let (vector, in_noise) =
            clip.speech.as_ref().map_or((None, None), |of| (of.vector.clone(), of.in_noise.clone()));
        let faces = (!are_ends).then(|| halves(&clip.faces));
        Self { frames: halves(&clip.frames), faces, speech: vector, in_noise }
    }

    /// Returns the clip of `entry`; faces are `face_values` long.
    fn clip(self, entry: &ClipEntry, networks: &str, face_values: usize) -> Result<RecordedClip> {
        let frames: Vec<Vec<f32>> = self.frames.iter().map(Halves::to_f32).collect();
        let end = |frame: &Vec<f32>| frame[frame.len().saturating_sub(face_values)..].to_vec();
        let mut faces: Vec<Vec<f32>> = match self.faces {
            Some(faces) => faces.iter().map(Halves::to_f32).collect(),
            None => frames.iter().map(end).collect(),
        };
        let is_sound = frames.len() == entry.frames as usize
            && faces.len() == frames.len()
            && frames.iter().chain(&faces).chain(&self.speech).chain(&self.in_noise).flatten().all(|v| v.is_finite());
        if !is_sound {
            fail!(ProfileCorrupt, "a recorded clip has impossible values");
        }
        faces.iter_mut().for_each(|face| normalize(face));
        let (vector, in_noise) = (self.speech, self.in_noise);
        Ok(RecordedClip {
            name: entry.name.clone(),
            label: entry.label.clone(),
            confirmed: entry.confirmed,
            networks: networks.to_owned(),
            frames,
            faces,
            speech: entry.speech.clone().map(|entry| RecordedSpeech { entry, vector, in_noise }),
        })
    }
}

impl Recording {
    /// Reads the directory in `slots`; without one, nothing is recorded.
    ///
    /// # Errors
    /// `ProfileCorrupt` or `ProfileVersion` for a directory that cannot be read; errors of `slots`.
    pub fn read(slots: &dyn Slots) -> Result<Self> {
        slots.get(TABLE, DIRECTORY)?.map_or_else(|| Ok(Self::default()), |bytes| Self::decode(&bytes))
    }

    fn decode(bytes: &[u8]) -> Result<Self> {
        let read: Self = codec::open(DIRECTORY_MAGIC, VERSION..=VERSION, bytes, "directory of a recording")?.read()?;
        let is_sound = |(index, clip): (usize, &ClipEntry)| {
            (1..read.next_slot).contains(&clip.slot)
                && (clip.networks as usize) < read.networks.len()
                && read.clips[..index].iter().all(|other| other.name != clip.name && other.slot != clip.slot)
        };
        let in_range = (1..=MAX_KEEP_DAYS).contains(&read.keep_days) && read.clips.len() <= MAX_CLIPS;
        if !in_range || !read.clips.iter().enumerate().all(is_sound) {
            fail!(ProfileCorrupt, "the directory of a recording has impossible values");
        }
        Ok(read)
    }

    fn write(&self, slots: &mut dyn SlotsMut) -> Result<()> {
        slots.put(TABLE, DIRECTORY, &codec::seal(DIRECTORY_MAGIC, VERSION, self))
    }

    /// Returns the clips in the order in which they were recorded.
    pub fn clips(&self) -> &[ClipEntry] {
        &self.clips
    }

    /// Returns the clips whose frames `networks` computed: only they can be learned.
    pub fn clips_of<'a>(&'a self, networks: &str) -> impl Iterator<Item = &'a ClipEntry> {
        let index = self.networks.iter().position(|known| known == networks);
        self.clips.iter().filter(move |clip| Some(clip.networks as usize) == index)
    }

    /// Returns the bytes of all clips as stored.
    pub fn bytes(&self) -> u64 {
        self.clips.iter().map(|clip| clip.bytes).sum()
    }

    /// Whether no clip is kept.
    pub fn is_empty(&self) -> bool {
        self.clips.is_empty()
    }

    /// Checks that there is room for one more clip, however long.
    ///
    /// # Errors
    /// `InvalidOption` if there is none.
    pub fn check_room(&self) -> Result<()> {
        check_room(self, CLIP_ROOM)
    }

    fn has(&self, name: &str) -> bool {
        self.clips.iter().any(|clip| clip.name == name)
    }

    /// Whether a clip expired or lies in the future at `now_ms`.
    pub(crate) fn needs_pruning(&self, now_ms: u64) -> bool {
        self.clips.iter().any(|clip| clip.recorded_at_ms > now_ms || self.is_expired(clip, now_ms))
    }

    fn is_expired(&self, clip: &ClipEntry, now_ms: u64) -> bool {
        now_ms.saturating_sub(clip.recorded_at_ms) >= u64::from(self.keep_days) * DAY_MS
    }

    /// Returns the next free name of the kind "happy/3".
    fn free_name(&self, label: Option<&str>) -> String {
        let known = self.numbered.iter().find(|(of, _)| of.as_deref() == label);
        let before = known.map_or(0, |(_, number)| *number);
        let label = label.unwrap_or("unlabeled");
        (before + 1..).map(|number| format!("{label}/{number}")).find(|name| !self.has(name)).unwrap_or_default()
    }

    /// Remembers the number of the name of a clip of `label`, so that it is not given again.
    fn note_number(&mut self, label: Option<&str>, name: &str) {
        let rest = name.strip_prefix(label.unwrap_or("unlabeled")).and_then(|rest| rest.strip_prefix('/'));
        let Some(number) = rest.and_then(|rest| rest.parse::<u64>().ok()) else { return };
        match self.numbered.iter_mut().find(|(of, _)| of.as_deref() == label) {
            Some((_, highest)) => *highest = number.max(*highest),
            None => self.numbered.push((label.map(str::to_owned), number)),
        }
    }

    fn index_of_networks(&mut self, networks: &str) -> usize {
        let known = self.networks.iter().position(|known| known == networks);
        known.unwrap_or_else(|| {
            self.networks.push(networks.to_owned());
            self.networks.len() - 1
        })
    }
}

/// Returns the slots of a recording whose directory is `bytes`: the directory and its clips.
///
/// # Errors
/// As in [`Recording::read`].
pub(crate) fn slots_of(bytes: &[u8]) -> Result<Vec<u64>> {
    let recording = Recording::decode(bytes)?;
    Ok([DIRECTORY].into_iter().chain(recording.clips.iter().map(|clip| clip.slot)).collect())
}

/// Reads the vectors of a clip in `recording`, with faces of `face_values` numbers; `None` if the value is gone or damaged, as after a salvage.
///
/// # Errors
/// `Storage` if the store cannot be read; `ProfileVersion` if a newer version wrote the clip.
pub fn read_clip(
    slots: &dyn Slots,
    recording: &Recording,
    entry: &ClipEntry,
    face_values: usize,
) -> Result<Option<RecordedClip>> {
    let networks = &recording.networks[entry.networks as usize];
    let read = || -> Result<Option<RecordedClip>> {
        let Some(bytes) = slots.get(TABLE, entry.slot)? else { return Ok(None) };
        let stored: Stored = codec::open(CLIP_MAGIC, VERSION..=VERSION, &bytes, "recorded clip")?.read()?;
        stored.clip(entry, networks, face_values).map(Some)
    };
    match read() {
        Err(error) if error.kind() == ErrorKind::ProfileCorrupt => Ok(None),
        read => read,
    }
}

/// Write access to a user's recording. Every call can fail with `Storage`, `ProfileCorrupt` or `ProfileVersion`; after an
/// error the transaction must not be committed. Nothing counts before [`RecordingMut::finish`].
pub struct RecordingMut<'a> {
    slots: &'a mut dyn SlotsMut,
    recording: Recording,
}

impl<'a> RecordingMut<'a> {
    /// Opens the recording in `slots`.
    ///
    /// # Errors
    /// As in [`Recording::read`].
    pub fn open(slots: &'a mut dyn SlotsMut) -> Result<Self> {
        let recording = Recording::read(slots)?;
        Ok(Self { slots, recording })
    }

    /// Sets for how many days clips are kept; the clips that expire by it go with the next prune.
    ///
    /// # Errors
    /// `InvalidOption` if it is not 1 to [`MAX_KEEP_DAYS`].
    pub fn keep_for(&mut self, days: u32) -> Result<()> {
        check_days(days)?;
        self.recording.keep_days = days;
        Ok(())
    }

    /// Deletes expired clips. A clip from the future was recorded under a fast clock: its time begins now, because
    /// it would stay too long otherwise.
    ///
    /// # Errors
    /// Only the errors of every call.
    pub fn prune(&mut self, now_ms: u64) -> Result<()> {
        let recording = &mut self.recording;
        let clips = std::mem::take(&mut recording.clips);
        for mut clip in clips {
            clip.recorded_at_ms = clip.recorded_at_ms.min(now_ms);
            if recording.is_expired(&clip, now_ms) {
                self.slots.remove(TABLE, clip.slot)?;
            } else {
                recording.clips.push(clip);
            }
        }
        Ok(())
    }

    /// Adds a clip that was recorded at `now_ms`.
    ///
    /// # Errors
    /// `InvalidOption` if another clip has the name, for numbers out of range, or if there is no room.
    pub fn add(&mut self, clip: &RecordedClip, now_ms: u64) -> Result<()> {
        check(clip, now_ms)?;
        let recording = &mut self.recording;
        let name = match clip.name.as_str() {
            "" => recording.free_name(clip.label.as_deref()),
            name if recording.has(name) => {
                fail!(InvalidOption, "another clip has this name"; "another clip is called {name:?}")
            }
            name => name.to_owned(),
        };
        let bytes = codec::seal(CLIP_MAGIC, VERSION, &Stored::of(clip));
        check_room(recording, bytes.len() as u64)?;
        recording.note_number(clip.label.as_deref(), &name);
        let entry = ClipEntry {
            slot: recording.next_slot,
            name,
            label: clip.label.clone(),
            confirmed: clip.confirmed,
            recorded_at_ms: now_ms,
            frames: clip.frames.len() as u32,
            bytes: bytes.len() as u64,
            networks: recording.index_of_networks(&clip.networks) as u32,
            speech: clip.speech.as_ref().map(|speech| speech.entry.clone()),
        };
        recording.next_slot += 1;
        self.slots.put(TABLE, entry.slot, &bytes)?;
        recording.clips.push(entry);
        Ok(())
    }

    /// Says that the person was asked and means the label of a clip.
    ///
    /// # Errors
    /// `InvalidOption` if there is no such clip.
    pub fn confirm(&mut self, name: &str) -> Result<()> {
        match self.recording.clips.iter_mut().find(|clip| clip.name == name) {
            Some(clip) => clip.confirmed = true,
            None => return no_clip(name),
        }
        Ok(())
    }

    /// Removes a clip.
    ///
    /// # Errors
    /// `InvalidOption` if there is no such clip.
    pub fn remove(&mut self, name: &str) -> Result<()> {
        let Some(index) = self.recording.clips.iter().position(|clip| clip.name == name) else {
            return no_clip(name);
        };
        let clip = self.recording.clips.remove(index);
        self.slots.remove(TABLE, clip.slot)
    }

    /// Says whether the user's heads are to be adapted to the clips when there is time.
    pub fn set_due(&mut self, due: bool) {
        self.recording.due = due;
    }

    /// Writes the directory and returns it.
    ///
    /// # Errors
    /// Only the errors of every call.
    pub fn finish(self) -> Result<Recording> {
        self.recording.write(self.slots)?;
        Ok(self.recording)
    }
}

/// Deletes expired clips from the recording in `slots` and writes it if that changes anything. Returns whether it did.
pub(crate) fn prune(slots: &mut dyn SlotsMut, now_ms: u64) -> Result<bool> {
    let mut writer = RecordingMut::open(slots)?;
    let is_due = writer.recording.needs_pruning(now_ms);
    if is_due {
        writer.prune(now_ms)?;
        writer.finish()?;
    }
    Ok(is_due)
}

/// Checks for how many days clips are to be kept.
pub(crate) fn check_days(days: u32) -> Result<()> {
    within("the days for which clips are kept", days, 1..=MAX_KEEP_DAYS)
}

/// Checks that a recording has room for a clip of `bytes`.
fn check_room(recording: &Recording, bytes: u64) -> Result<()> {
    if recording.clips.len() >= MAX_CLIPS {
        fail!(InvalidOption, "the maximum is {MAX_CLIPS} clips");
    }
    let used = recording.bytes();
    if used + bytes > MAX_BYTES {
        fail!(InvalidOption, "the recording is full: its clips have {used} bytes; the maximum is {MAX_BYTES} bytes");
    }
    Ok(())
}

/// Checks the numbers of a new clip.
fn check(clip: &RecordedClip, now_ms: u64) -> Result<()> {
    let (frames, faces, longest) = (clip.frames.len(), clip.faces.len(), clip.name.len());
    if frames > MAX_FRAMES || faces != frames {
        fail!(
            InvalidOption,
            "a clip has {frames} frames and {faces} faces; the maximum is {MAX_FRAMES}, with a face each"
        );
    }
    if frames == 0 && clip.speech.is_none() {
        fail!(InvalidOption, "a clip has neither frames nor speech");
    }
    if longest > MAX_NAME {
        fail!(InvalidOption, "the name of a clip has {longest} bytes; the maximum is {MAX_NAME}");
    }
    if now_ms > LATEST_MS {
        fail!(InvalidOption, "the time {now_ms} ms is past the year 9999");
    }
    // As stored: larger values are infinite in f16.
    let rounded = clip.frames.iter().chain(&clip.faces).flatten().all(|value| half::f16::from_f32(*value).is_finite());
    if !rounded {
        fail!(InvalidOption, "a frame of a clip has values that are not finite in f16");
    }
    Ok(())
}

fn no_clip<T>(name: &str) -> Result<T> {
    fail!(InvalidOption, "there is no clip of this name"; "no clip is called {name:?}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// 2026-06-01 at 00:00 UTC.
    const START: u64 = 1_780_272_000_000;

    #[derive(Default)]
    struct Memory(BTreeMap<(u8, u64), Vec<u8>>);

    impl Slots for Memory {
        fn get(&self, table: u8, slot: u64) -> Result<Option<Vec<u8>>> {
            Ok(self.0.get(&(table, slot)).cloned())
        }
    }

    impl SlotsMut for Memory {
        fn put(&mut self, table: u8, slot: u64, value: &[u8]) -> Result<()> {
            self.0.insert((table, slot), value.to_vec());
            Ok(())
        }

        fn remove(&mut self, table: u8, slot: u64) -> Result<()> {
            self.0.remove(&(table, slot));
            Ok(())
        }
    }

    fn clip(label: Option<&str>, frames: usize) -> RecordedClip {
        let frames: Vec<Vec<f32>> = (0..frames).map(|frame| vec![0.25 * frame as f32, 2.5, 0.6, 0.8]).collect();
        RecordedClip {
            name: String::new(),
            label: label.map(str::to_owned),
            confirmed: false,
            networks: "a+b".to_owned(),
            faces: frames.iter().map(|frame| frame[2..].to_vec()).collect(),
            frames,
            speech: None,
        }
    }

    fn change(slots: &mut Memory, change: impl FnOnce(&mut RecordingMut<'_>) -> Result<()>) -> Result<Recording> {
        let mut recording = RecordingMut::open(slots)?;
        change(&mut recording)?;
        recording.finish()
    }

    fn add(slots: &mut Memory, clip: &RecordedClip, now_ms: u64) -> Result<Recording> {
        change(slots, |recording| recording.add(clip, now_ms))
    }

    fn names(recording: &Recording) -> Vec<&str> {
        recording.clips().iter().map(|clip| clip.name.as_str()).collect()
    }

    #[test]
    fn a_clip_comes_back_with_its_vectors_its_speech_and_its_confirmation() {
        let mut slots = Memory::default();
        let entry = SpeechEntry {
            features: "speech-1".to_owned(),
            refusal: Some("mouth_still".to_owned()),
            doubts: vec!["noisy".to_owned()],
        };
        let speech = Some(RecordedSpeech { entry, vector: Some(vec![0.1, -70_000.5]), in_noise: None });
        let spoken = RecordedClip { name: "mine".to_owned(), speech, ..clip(Some("happy"), 3) };
        add(&mut slots, &spoken, START).unwrap();
        // Faces of another network than that of the frames are kept beside them.
        let faces = vec![vec![1.0, 0.0, 0.0]; 2];
        add(&mut slots, &RecordedClip { faces, ..clip(None, 2) }, START).unwrap();
        // Speech can be kept alone.
        let heard = RecordedClip { name: "heard".to_owned(), speech: spoken.speech.clone(), ..clip(Some("sad"), 0) };
        add(&mut slots, &heard, START).unwrap();
        change(&mut slots, |recording| recording.confirm("mine")).unwrap();

        let recording = Recording::read(&slots).unwrap();
        let read = |index: usize, values| read_clip(&slots, &recording, &recording.clips()[index], values).unwrap();
        let first = read(0, 2).unwrap();
        let rounded =
            |frames: &[Vec<f32>]| Stored::of(&RecordedClip { frames: frames.to_vec(), ..spoken.clone() }).frames;
        assert_eq!(rounded(&first.frames), rounded(&spoken.frames));
        assert_eq!(first.frames[1][..2], [0.25, 2.5]);
        assert!(
            first.faces.iter().flatten().zip([0.6f32, 0.8].iter().cycle()).all(|(is, was)| (is - was).abs() < 1e-3)
        );
        assert!(first.speech == spoken.speech && first.confirmed && first.name == "mine", "{first:?}");
        let third = read(2, 2).unwrap();
        assert!(third.frames.is_empty() && third.speech == spoken.speech, "{third:?}");
        let second = read(1, 3).unwrap();
        assert_eq!(second.faces, vec![vec![1.0, 0.0, 0.0]; 2]);
        assert_eq!((second.name.as_str(), second.label, second.confirmed), ("unlabeled/1", None, false));
    }

    #[test]
    fn names_count_up_and_none_is_given_twice_also_after_the_clip_was_removed() {
        let mut slots = Memory::default();
        let happy = clip(Some("happy"), 1);
        add(&mut slots, &happy, START).unwrap();
        add(&mut slots, &happy, START).unwrap();
        change(&mut slots, |recording| recording.remove("happy/2")).unwrap();
        let named = RecordedClip { name: "happy/4".to_owned(), ..happy.clone() };
        add(&mut slots, &named, START).unwrap();
        assert_eq!(add(&mut slots, &named, START).unwrap_err().kind(), ErrorKind::InvalidOption);
        let recording = add(&mut slots, &happy, START).unwrap();
        assert_eq!(names(&recording), ["happy/1", "happy/4", "happy/5"]);
        assert_eq!(slots.0.len(), 1 + 3, "a removed clip is gone");
        for missing in ["happy/2", ""] {
            let refused = change(&mut slots, |recording| recording.remove(missing)).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::InvalidOption);
            assert!(change(&mut slots, |recording| recording.confirm(missing)).is_err());
        }
    }

    #[test]
    fn clips_expire_and_a_fast_clock_keeps_none_longer() {
        let mut slots = Memory::default();
        add(&mut slots, &clip(Some("sad"), 1), START).unwrap();
        // Recorded while the clock was ten years ahead.
        add(&mut slots, &clip(Some("sad"), 1), START + 3650 * DAY_MS).unwrap();
        let days = |days: u64| START + days * DAY_MS;
        assert!(prune(&mut slots, days(1)).unwrap(), "the clip from the future gets the time of today");
        assert!(!prune(&mut slots, days(30) - 1).unwrap());
        assert!(prune(&mut slots, days(30)).unwrap());
        assert_eq!(names(&Recording::read(&slots).unwrap()), ["sad/2"]);
        assert!(prune(&mut slots, days(31)).unwrap());
        assert_eq!(slots.0.len(), 1, "only the directory is left");
        change(&mut slots, |recording| recording.keep_for(1)).unwrap();
        add(&mut slots, &clip(Some("sad"), 1), days(31)).unwrap();
        assert!(!prune(&mut slots, days(32) - 1).unwrap() && prune(&mut slots, days(32)).unwrap());
        for out_of_range in [0, MAX_KEEP_DAYS + 1] {
            assert!(change(&mut slots, |recording| recording.keep_for(out_of_range)).is_err());
        }
    }

    #[test]
    fn numbers_out_of_range_and_clips_without_room_are_refused() {
        let mut slots = Memory::default();
        let long = "n".repeat(MAX_NAME + 1);
        let infinite = RecordedClip { frames: vec![vec![70_000.0, 0.0, 0.6, 0.8]], ..clip(None, 1) };
        let bad = [
            clip(None, 0),
            clip(None, MAX_FRAMES + 1),
            RecordedClip { faces: Vec::new(), ..clip(None, 1) },
            RecordedClip { name: long, ..clip(None, 1) },
            infinite,
        ];
        for clip in &bad {
            assert_eq!(add(&mut slots, clip, START).unwrap_err().kind(), ErrorKind::InvalidOption);
        }
        assert!(add(&mut slots, &clip(None, 1), LATEST_MS + 1).is_err());
        assert!(slots.0.is_empty());

        let mut recording = add(&mut slots, &clip(None, 1), START).unwrap();
        assert!(recording.check_room().is_ok());
        recording.clips[0].bytes = MAX_BYTES - CLIP_ROOM + 1;
        assert_eq!(recording.check_room().unwrap_err().kind(), ErrorKind::InvalidOption);
        let entry = recording.clips[0].clone();
        let many = (0..MAX_CLIPS).map(|slot| ClipEntry {
            slot: slot as u64 + 1,
            name: slot.to_string(),
            bytes: 1,
            ..entry.clone()
        });
        recording.clips = many.collect();
        recording.next_slot = MAX_CLIPS as u64 + 1;
        recording.write(&mut slots).unwrap();
        assert!(add(&mut slots, &clip(None, 1), START).unwrap_err().to_string().contains("1000 clips"));
    }

    #[test]
    fn only_clips_of_the_networks_in_use_are_usable_and_damaged_ones_are_left_out() {
        let mut slots = Memory::default();
        add(&mut slots, &clip(Some("happy"), 1), START).unwrap();
        let recording =
            add(&mut slots, &RecordedClip { networks: "c+d".to_owned(), ..clip(Some("happy"), 1) }, START).unwrap();
        let of = |networks| recording.clips_of(networks).map(|clip| clip.name.as_str()).collect::<Vec<_>>();
        assert_eq!((of("a+b"), of("c+d"), of("e")), (vec!["happy/1"], vec!["happy/2"], vec![]));

        let value = slots.0.get_mut(&(TABLE, 1)).unwrap();
        value[10] ^= 1;
        assert!(read_clip(&slots, &recording, &recording.clips()[0], 2).unwrap().is_none());
        slots.0.remove(&(TABLE, 2));
        assert!(read_clip(&slots, &recording, &recording.clips()[1], 2).unwrap().is_none());
        slots.0.get_mut(&(TABLE, DIRECTORY)).unwrap()[10] ^= 1;
        assert_eq!(Recording::read(&slots).unwrap_err().kind(), ErrorKind::ProfileCorrupt);
    }

    #[test]
    fn a_frame_of_the_default_pack_takes_2562_bytes() {
        let frame: Vec<f32> = (0..1280).map(|value| (value as f32).sin()).collect();
        let of = |frames| RecordedClip {
            frames: vec![frame.clone(); frames],
            faces: vec![frame[256..].to_vec(); frames],
            ..clip(Some("happy"), 1)
        };
        let bytes = |frames| codec::seal(CLIP_MAGIC, VERSION, &Stored::of(&of(frames))).len();
        assert_eq!((bytes(101) - bytes(1), bytes(MAX_FRAMES) as u64 * 2 < CLIP_ROOM), (256_200, true));
    }

    #[test]
    fn debug_output_has_no_name_no_label_and_no_vector() {
        let mut slots = Memory::default();
        let secret = RecordedClip { name: "secret".to_owned(), ..clip(Some("happy"), 2) };
        let recording = add(&mut slots, &secret, START).unwrap();
        let shown = format!("{secret:?} {recording:?}");
        assert!(shown.contains("frames: 2") && shown.contains("1 clips"), "{shown}");
        assert!(["secret", "happy", "0.6", "2.5"].iter().all(|personal| !shown.contains(personal)), "{shown}");
    }
}
