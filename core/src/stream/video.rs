//! Video sessions: frames in order, none dropped.

use super::change::Thumbnail;
use super::corrections::Corrections;
use super::hearing::Hearing;
use super::pipeline::Pipeline;
use super::power::PowerBudget;
use super::{Correction, StreamOptions, StreamResult};
use crate::engine::Engine;
use crate::error::Result;
use crate::face::track::TrackId;
use crate::frame::Frame;
use crate::speech::AudioChunk;

/// Processes every frame of a stream in order, on the caller's thread.
pub struct VideoSession {
    pipeline: Pipeline,
    corrections: Corrections,
    hearing: Hearing,
}

impl VideoSession {
    /// Creates a session of `engine`; the session keeps a handle to the engine.
    ///
    /// # Errors
    /// `InvalidOption` for an option out of range, `Closed` if the engine is closed.
    pub fn new(engine: &Engine, options: StreamOptions) -> Result<Self> {
        let pipeline = Pipeline::new(engine, options)?;
        let corrections = Corrections::new(engine, pipeline.recent());
        let hearing = pipeline.hearing();
        Ok(Self { pipeline, corrections, hearing })
    }

    /// Processes the next frame; `timestamp_us` is its time in microseconds from any origin.
    ///
    /// # Errors
    /// `TimestampOrder` if the time is not later than the last frame's; the frame then counts as
    /// not submitted. `Internal` if a network fails; the session continues with the next frame.
    /// `Closed` after [`Engine::close`].
    pub fn process(&mut self, frame: &Frame<'_>, timestamp_us: u64) -> Result<StreamResult> {
        self.pipeline.process(frame, Thumbnail::of(frame), timestamp_us, PowerBudget::Full)
    }

    /// Submits the next chunk of sound, as in [`LiveSession::submit_audio`](super::LiveSession::submit_audio): before the
    /// frames that are later than it.
    ///
    /// # Errors
    /// As there.
    pub fn submit_audio(&self, chunk: &AudioChunk<'_>) -> Result<()> {
        self.hearing.submit_audio(chunk)
    }

    /// Returns what takes the sound of the session, which another thread may use while a frame is processed.
    pub fn hearing(&self) -> Hearing {
        self.hearing.clone()
    }

    /// Returns the corrections of the session, which another thread may use while frames are processed.
    pub fn corrections(&self) -> Corrections {
        self.corrections.clone()
    }

    /// Corrects the answer that is shown for the face of `track`: it was `label`, in any spelling that
    /// [`labels::canonical`](crate::labels::canonical) knows; `now_ms` is the time in milliseconds since
    /// 1970. `shown` is the label that the person saw ([`TrackedFace::label`](super::TrackedFace::label)):
    /// if another one is shown by now, the frames before the change are meant. Default: the one that is
    /// shown now.
    ///
    /// The frames of the last 3 s for which that answer was shown become a labeled clip, which the head
    /// of the user learns at once, a little ([`Engine::correct`]); [`Engine::relearn`] does so in full.
    /// A label that is already shown is confirmed. A second correction of some of the same frames
    /// replaces the first. Only faces whose identity is settled to a user can be corrected; for others
    /// the result says why not.
    ///
    /// # Errors
    /// `InvalidOption` for a label that the user's head lacks; `UserNotFound` if the user was deleted;
    /// `TrainingDiverged`; `Storage` if the store cannot be written; `Closed`. On error nothing changes.
    pub fn correct(&self, track: TrackId, label: &str, shown: Option<&str>, now_ms: u64) -> Result<Correction> {
        self.corrections.say(track, Some(label), shown, now_ms)
    }

    /// Confirms the answer that is shown for the face of `track`, so that later corrections do not
    /// spoil it.
    ///
    /// # Errors
    /// As in [`VideoSession::correct`].
    pub fn confirm(&self, track: TrackId, shown: Option<&str>, now_ms: u64) -> Result<Correction> {
        self.corrections.say(track, None, shown, now_ms)
    }

    /// Takes back the last correction or confirmation of this session: the head is the one that it
    /// would be without it. One that it replaced, or for which it was too many, does not come back.
    /// Returns it, or a refusal if there is none; [`Engine::undo_last_correction`] knows those of other
    /// sessions.
    ///
    /// # Errors
    /// `InvalidOption` if the generation that learned it cannot be left
    /// ([`History::remove_correction`](crate::users::history::History::remove_correction)); `Storage` if
    /// the store cannot be written; `Closed`.
    pub fn undo(&self) -> Result<Correction> {
        self.corrections.undo()
    }
}

impl Drop for VideoSession {
    /// Forgets what clones of [`VideoSession::corrections`] and [`VideoSession::hearing`] hold.
    fn drop(&mut self) {
        self.pipeline.recent().close();
        self.hearing.close();
    }
}
