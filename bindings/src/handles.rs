//! Numbers of the objects that take frames, for callers that cannot hold a reference.
//!
//! Each number is used once and does not reveal an address, so a stale or invented number is an error
//! and never reaches other memory. The registry does not keep objects alive; a running call does.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, Weak};

use mien_core::Frame;
use mien_core::speech::AudioChunk;

use crate::error::{Result, fail};
use crate::results::{ClipStep, EnrollmentStep, FrameResult, StreamResult, Submission};

/// An object that takes frames.
#[cfg_attr(target_vendor = "apple", allow(dead_code))]
pub(crate) trait FrameTarget: Send + Sync {
    /// Hands `frame` to the object. Only streams read `timestamp_us`.
    fn hand(&self, frame: &Frame<'_>, timestamp_us: u64) -> Result<Answer>;

    /// Hands a chunk of sound to the object.
    fn hear(&self, _chunk: &AudioChunk<'_>) -> Result<()> {
        fail!(InvalidOption, "the object takes no sound")
    }

    /// Waits up to `timeout_ms` milliseconds for the next result of a live session.
    fn receive(&self, _timeout_ms: u32) -> Result<Option<StreamResult>> {
        fail!(InvalidOption, "the handle does not belong to a live session")
    }

    /// Calls `ready` with the number of a live session when it has something to fetch.
    fn watch(&self, _ready: fn(u64)) -> Result<()> {
        fail!(InvalidOption, "the handle does not belong to a live session")
    }
}

/// The answer of a target to one frame.
#[cfg_attr(target_vendor = "apple", allow(dead_code))]
pub(crate) enum Answer {
    Still(FrameResult),
    Video(StreamResult),
    Live(Submission),
    Enrollment(EnrollmentStep),
    Footage(ClipStep),
}

static TARGETS: RwLock<Option<Targets>> = RwLock::new(None);

#[derive(Default)]
struct Targets {
    by_number: HashMap<u64, Weak<dyn FrameTarget>>,
    last: u64,
}

/// The number of an object, registered until this value is dropped.
pub(crate) struct Handle(u64);

impl Handle {
    pub fn new(target: Weak<dyn FrameTarget>) -> Self {
        let mut targets = TARGETS.write().unwrap_or_else(PoisonError::into_inner);
        let targets = targets.get_or_insert_default();
        targets.last += 1;
        targets.by_number.insert(targets.last, target);
        Self(targets.last)
    }

    pub fn number(&self) -> u64 {
        self.0
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        if let Some(targets) = TARGETS.write().unwrap_or_else(PoisonError::into_inner).as_mut() {
            targets.by_number.remove(&self.0);
        }
    }
}

/// Returns the object with this number.
#[cfg_attr(target_vendor = "apple", allow(dead_code))]
pub(crate) fn target(number: u64) -> Result<Arc<dyn FrameTarget>> {
    let targets = TARGETS.read().unwrap_or_else(PoisonError::into_inner);
    let Some(target) = targets.as_ref().and_then(|targets| targets.by_number.get(&number)) else {
        fail!(Closed, "no object has the handle {number}: it was closed or never existed");
    };
    match target.upgrade() {
        Some(target) => Ok(target),
        None => fail!(Closed, "the object was closed"),
    }
}
