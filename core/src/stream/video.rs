//! Video sessions: frames in order, none dropped.

use super::change::Thumbnail;
use super::pipeline::Pipeline;
use super::{StreamOptions, StreamResult};
use crate::engine::Engine;
use crate::error::Result;
use crate::frame::Frame;

/// Processes every frame of a stream in order, on the caller's thread.
pub struct VideoSession {
    pipeline: Pipeline,
}

impl VideoSession {
    /// Creates a session of `engine`; the session keeps a handle to the engine.
    ///
    /// # Errors
    /// `InvalidOption` for an option out of range, `Closed` if the engine is closed.
    pub fn new(engine: &Engine, options: StreamOptions) -> Result<Self> {
        Ok(Self { pipeline: Pipeline::new(engine, options)? })
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
}
