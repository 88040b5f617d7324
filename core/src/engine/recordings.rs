//! Users' recordings: clips that are kept in the store until they are learned.

use super::Engine;
use crate::error::Result;
use crate::users::recording::{self, RecordedClip, Recording, RecordingMut, check_days};

impl Engine {
    /// Returns the recording of user `name` without the vectors of its clips; an empty one if nothing was recorded.
    ///
    /// # Errors
    /// `UserNotFound`; `ProfileCorrupt` if its directory is damaged; `Storage` if the store cannot be read.
    pub fn recording(&self, name: &str) -> Result<Recording> {
        self.store()?.read_slots(name, |slots| Recording::read(slots))
    }

    /// Opens the recording of user `name`, whose clips expire `keep_days` (1 to
    /// [`MAX_KEEP_DAYS`](recording::MAX_KEEP_DAYS); `None`: as before,
    /// [`DEFAULT_KEEP_DAYS`](recording::DEFAULT_KEEP_DAYS) at first) after they were recorded, and deletes those that are
    /// expired at `now_ms`, the time in milliseconds since 1970.
    ///
    /// # Errors
    /// As in [`Engine::recording`]; `InvalidOption` for days out of range; `Storage` if the store cannot be written.
    pub fn open_recording(&self, name: &str, keep_days: Option<u32>, now_ms: u64) -> Result<Recording> {
        keep_days.map_or(Ok(()), check_days)?;
        let current = self.recording(name)?;
        let keep_days = keep_days.unwrap_or(current.keep_days);
        if current.keep_days == keep_days && !current.needs_pruning(now_ms) {
            return Ok(current);
        }
        self.change_recording(name, |recording| {
            recording.keep_for(keep_days)?;
            recording.prune(now_ms)
        })
    }

    /// Adds `clip` to the recording of user `name`, whose clips are kept for `keep_days`, in one durable transaction, after
    /// the clips that are expired at `now_ms` are deleted. Returns the recording; the clip is the last one.
    ///
    /// # Errors
    /// As in [`Engine::recording`]; `InvalidOption` if another clip has the name, for numbers out of range or if the
    /// recording is full ([`MAX_CLIPS`](recording::MAX_CLIPS), [`MAX_BYTES`](recording::MAX_BYTES)); `Storage` if the
    /// store cannot be written. On error nothing changes.
    pub fn keep_clip(&self, name: &str, clip: &RecordedClip, keep_days: u32, now_ms: u64) -> Result<Recording> {
        self.change_recording(name, |recording| {
            recording.keep_for(keep_days)?;
            recording.prune(now_ms)?;
            recording.add(clip, now_ms)
        })
    }

    /// Returns the clips of user `name` that the networks in use recorded, with their vectors, in the order in which
    /// they were recorded. Speech of other features than those in use is left out, and so are clips that a damaged
    /// store lost.
    ///
    /// # Errors
    /// As in [`Engine::recording`].
    pub fn recorded_clips(&self, name: &str) -> Result<Vec<RecordedClip>> {
        let (faces, features) = (self.inner.extractor.identity_dimension(), self.speech_features().name());
        self.store()?.read_slots(name, |slots| {
            let recording = Recording::read(slots)?;
            let entries = recording.clips_of(self.networks());
            let mut clips = Vec::new();
            for entry in entries {
                let Some(mut clip) = recording::read_clip(slots, &recording, entry, faces)? else { continue };
                clip.speech = clip.speech.filter(|speech| speech.entry.features == features);
                clips.push(clip);
            }
            Ok(clips)
        })
    }

    /// Says that the person was asked and means the label of the recorded clip called `clip`.
    ///
    /// # Errors
    /// As in [`Engine::recording`]; `InvalidOption` if there is no such clip; `Storage` if the store cannot be written.
    pub fn confirm_recorded(&self, name: &str, clip: &str) -> Result<Recording> {
        self.change_recording(name, |recording| recording.confirm(clip))
    }

    /// Deletes a recorded clip and erases it from the store's file.
    ///
    /// # Errors
    /// As in [`Engine::confirm_recorded`]. The disk must have room for a copy of the store; if only the erasing fails,
    /// the clip is deleted.
    pub fn remove_recorded(&self, name: &str, clip: &str) -> Result<Recording> {
        let recording = self.change_recording(name, |recording| recording.remove(clip))?;
        self.store()?.erase_free_space()?;
        Ok(recording)
    }

    /// Deletes the recording of user `name`, also a damaged one and clips of other networks, and erases it from the
    /// store's file.
    ///
    /// # Errors
    /// `UserNotFound`; `Storage` if the store cannot be written. The disk must have room for a copy of the store; if
    /// only the erasing fails, the recording is deleted.
    pub fn discard_recording(&self, name: &str) -> Result<()> {
        if self.store()?.remove_recording(name)? {
            self.store()?.erase_free_space()?;
        }
        Ok(())
    }

    /// Says whether the heads of user `name` are to be adapted to the recorded clips when there is time. That is stored
    /// with the recording, and goes with it.
    ///
    /// # Errors
    /// As in [`Engine::recording`]; `Storage` if the store cannot be written.
    pub fn set_adaptation_due(&self, name: &str, due: bool) -> Result<()> {
        if self.recording(name)?.due != due {
            self.change_recording(name, |recording| {
                recording.set_due(due);
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Returns the users whose heads are to be adapted, by name. Users whose recordings cannot be read are left out.
    ///
    /// # Errors
    /// `Storage` if the store cannot be read.
    pub fn adaptations_due(&self) -> Result<Vec<String>> {
        let names = self.store()?.sound_profiles()?.0.into_iter().map(|profile| profile.name);
        Ok(names.filter(|name| self.recording(name).is_ok_and(|recording| recording.due)).collect())
    }

    /// Deletes the clips of user `name` that are expired at `now_ms`.
    pub(super) fn prune_recording(&self, name: &str, now_ms: u64) -> Result<()> {
        if self.recording(name)?.needs_pruning(now_ms) {
            self.store()?.write_slots(name, |slots| recording::prune(slots, now_ms))?;
        }
        Ok(())
    }

    fn change_recording(
        &self,
        name: &str,
        change: impl FnOnce(&mut RecordingMut<'_>) -> Result<()>,
    ) -> Result<Recording> {
        self.store()?.write_slots(name, |slots| {
            let mut recording = RecordingMut::open(slots)?;
            change(&mut recording)?;
            recording.finish()
        })
    }
}
