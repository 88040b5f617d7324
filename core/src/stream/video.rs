//! Video sessions: frames in order, none dropped.

use super::change::Thumbnail;
use super::corrections::Corrections;
use super::pipeline::Pipeline;
use super::{Correction, StreamOptions, StreamResult};
use crate::engine::Engine;
use crate::error::Result;
use crate::face::track::TrackId;
use crate::frame::Frame;

/// Processes every frame of a stream in order, on the caller's thread.
pub struct VideoSession {
    pipeline: Pipeline,
    corrections: Corrections,
}

impl VideoSession {
    /// Creates a session of `engine`; the session keeps a handle to the engine.
    ///
    /// # Errors
    /// `InvalidOption` for an option out of range, `Closed` if the engine is closed.
    pub fn new(engine: &Engine, options: StreamOptions) -> Result<Self> {
        let pipeline = Pipeline::new(engine, options)?;
        let corrections = Corrections::new(engine, pipeline.recent());
        Ok(Self { pipeline, corrections })
    }

    /// Processes the next frame; `timestamp_us` is its time in microseconds from any origin.
    ///
    /// # Errors
    /// `TimestampOrder` if the time is not later than the last frame's; the frame then counts as
    /// not submitted. `Internal` if a network fails; the session continues with the next frame.
    /// `Closed` after [`Engine::close`].
    pub fn process(&mut self, frame: &Frame<'_>, timestamp_us: u64) -> Result<StreamResult> {
        self.pipeline.process(frame, Thumbnail::of(frame), timestamp_us)
    }

    /// Corrects the answer that is shown for the face of `track`: it was `label`, in any spelling that
    /// [`labels::canonical`](crate::labels::canonical) knows; `now_ms` is the time in milliseconds since
    /// 1970. The frames of the last 3 s for which that answer was shown become a labeled clip, which
    /// the head of the user learns at once ([`Engine::correct`]); [`Engine::relearn`] does so in full.
    /// A label that is already shown is confirmed. A second correction of the same frames replaces the
    /// first. Only faces whose identity is settled to a user can be corrected; for others the result
    /// says why not.
    ///
    /// # Errors
    /// `InvalidOption` for a label that the user's head lacks; `UserNotFound` if the user was deleted;
    /// `Storage` if the store cannot be written; `Closed`.
    pub fn correct(&self, track: TrackId, label: &str, now_ms: u64) -> Result<Correction> {
        self.corrections.say(track, Some(label), now_ms)
    }

    /// Confirms the answer that is shown for the face of `track`, so that later corrections do not
    /// spoil it.
    ///
    /// # Errors
    /// As in [`VideoSession::correct`].
    pub fn confirm(&self, track: TrackId, now_ms: u64) -> Result<Correction> {
        self.corrections.say(track, None, now_ms)
    }

    /// Takes back the last correction or confirmation of this session; the head from before answers.
    /// Returns it, or a refusal if there is none.
    ///
    /// # Errors
    /// `Storage` if the store cannot be written; `Closed`.
    pub fn undo(&self) -> Result<Correction> {
        self.corrections.undo()
    }
}
