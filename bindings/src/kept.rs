//! Clips of footage, and the footage that is kept in the store until it is learned.

use mien_core::Engine as CoreEngine;
use mien_core::stream::{SpeechRefusal, TakenSpeech};
use mien_core::users::recording::{ClipEntry, RecordedClip, Recording};

use crate::error::{Result, fail};
use crate::results::{ClipSpeech, ClipSummary};

/// A clip with its vectors.
pub(crate) struct Take {
    /// Empty if the store is to find a name.
    pub(crate) name: String,
    pub(crate) label: Option<String>,
    /// Whether the person was asked and means the label.
    pub(crate) confirmed: bool,
    pub(crate) frames: Vec<Vec<f32>>,
    /// The identity embedding of each frame.
    pub(crate) faces: Vec<Vec<f32>>,
    /// `None` without sound.
    pub(crate) speech: Option<TakenSpeech>,
}

impl Take {
    /// Whether there is anything to learn: frames, or speech of a label. Speech without a face says so.
    pub(crate) fn can_teach(&mut self) -> bool {
        if self.frames.is_empty()
            && let Some(speech) = &mut self.speech
        {
            speech.refusal.get_or_insert(SpeechRefusal::NoFace);
        }
        let speaks = self.label.is_some() && self.speech.as_ref().is_some_and(|speech| speech.vector(true).is_some());
        !self.frames.is_empty() || speaks
    }
}

/// The recording of a user, as it was read or written last.
pub(crate) struct Kept {
    user: String,
    keep_days: u32,
    pub(crate) recording: Recording,
    /// A clip that could not be written to the store.
    pub(crate) unsaved: Option<Take>,
}

impl Kept {
    /// Opens the recording of `user`.
    pub(crate) fn open(engine: &CoreEngine, user: String, keep_days: Option<u32>, now_ms: u64) -> Result<Self> {
        let recording = engine.open_recording(&user, keep_days, now_ms)?;
        Ok(Self { user, keep_days: recording.keep_days, recording, unsaved: None })
    }

    /// Returns the user, who must be called `name`.
    pub(crate) fn of(&self, name: &str) -> Result<&str> {
        if self.user != name {
            fail!(InvalidOption, "the clips were recorded for another user"; "the clips were recorded for {:?}, not for {name:?}", self.user);
        }
        Ok(&self.user)
    }

    pub(crate) fn knows(&self, name: &str) -> bool {
        self.recording.clips().iter().any(|clip| clip.name == name)
    }

    pub(crate) fn summaries(&self, engine: &CoreEngine) -> Vec<ClipSummary> {
        let features = engine.speech_features().name();
        let summary = |clip: &ClipEntry| ClipSummary {
            name: clip.name.clone(),
            label: clip.label.clone(),
            frames: clip.frames,
            confirmed: clip.confirmed,
            speech: clip
                .speech
                .as_ref()
                .filter(|speech| speech.features == features)
                .map(|speech| ClipSpeech::from(&TakenSpeech::of_entry(speech))),
        };
        self.recording.clips_of(engine.networks()).map(summary).collect()
    }

    pub(crate) fn unusable(&self, engine: &CoreEngine) -> u32 {
        (self.recording.clips().len() - self.recording.clips_of(engine.networks()).count()) as u32
    }

    pub(crate) fn confirm(&mut self, engine: &CoreEngine, clip: &str) -> Result<()> {
        self.recording = engine.confirm_recorded(&self.user, clip)?;
        Ok(())
    }

    /// Removes the clip with this index of those in use, and returns its name.
    pub(crate) fn remove(&mut self, engine: &CoreEngine, index: u32) -> Result<String> {
        let usable: Vec<&ClipEntry> = self.recording.clips_of(engine.networks()).collect();
        let Some(clip) = usable.get(index as usize) else {
            fail!(InvalidOption, "no clip has the index {index}: there are {}", usable.len());
        };
        let name = clip.name.clone();
        self.recording = engine.remove_recorded(&self.user, &name)?;
        Ok(name)
    }

    pub(crate) fn discard(&mut self, engine: &CoreEngine) -> Result<()> {
        engine.discard_recording(&self.user)?;
        (self.recording, self.unsaved) = (Recording::default(), None);
        Ok(())
    }

    /// Writes a finished clip to the store; one that cannot be written stays for another try.
    pub(crate) fn save(&mut self, engine: &CoreEngine, take: Take, now_ms: u64) -> Result<()> {
        let Take { name, label, confirmed, frames, faces, speech } = take;
        let recorded = speech.as_ref().map(|speech| speech.to_recorded(engine.speech_features()));
        let networks = engine.networks().to_owned();
        let clip = RecordedClip { name, label, confirmed, networks, frames, faces, speech: recorded };
        match engine.keep_clip(&self.user, &clip, self.keep_days, now_ms) {
            Ok(recording) => self.recording = recording,
            Err(error) => {
                let RecordedClip { name, label, confirmed, frames, faces, .. } = clip;
                self.unsaved = Some(Take { name, label, confirmed, frames, faces, speech });
                return Err(error.into());
            }
        }
        Ok(())
    }
}

impl From<RecordedClip> for Take {
    fn from(clip: RecordedClip) -> Self {
        let RecordedClip { name, label, confirmed, frames, faces, speech, .. } = clip;
        Self { name, label, confirmed, frames, faces, speech: speech.map(TakenSpeech::of_recorded) }
    }
}
