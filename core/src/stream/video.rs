//! Frames in order, none dropped.

use super::change::Thumbnail;
use super::pipeline::Pipeline;
use super::{StreamOptions, StreamResult};
use crate::engine::Engine;
use crate::error::Result;
use crate::frame::Frame;

/// Looks at every frame of a stream in order, on the caller's thread.
pub struct VideoSession {
    pipeline: Pipeline,
}

impl VideoSession {
    /// A session of `engine`, of which it keeps a handle.
    ///
    /// # Errors
    /// `InvalidOption` for an option out of range, `Closed` where the engine is closed.
    pub fn new(engine: &Engine, options: StreamOptions) -> Result<Self> {
        Ok(Self { pipeline: Pipeline::new(engine, options)? })
    }

    /// Looks at the next frame, of the time `timestamp_us` in microseconds from any origin.
    ///
    /// # Errors
    /// `TimestampOrder` where the time is not later than the last frame's; the frame counts as not
    /// handed in. `Internal` where a network fails; the session goes on with the next frame.
    /// `Closed` after [`Engine::close`].
    pub fn process(&mut self, frame: &Frame<'_>, timestamp_us: u64) -> Result<StreamResult> {
        self.pipeline.process(frame, Thumbnail::of(frame), timestamp_us)
    }
}
