//! Numbers for objects, for callers that have nothing else to name them by.
//!
//! A number is given once and never again, and says nothing of where the object lies, so a
//! stale, wrong or invented one is an error and never leads to other memory. The registry does
//! not keep objects alive; a call does, for as long as it runs.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock, Weak};

use mien_core::Frame;

use crate::engine::Engine;
use crate::enrollment::Enrollment;
use crate::error::{Result, fail};
use crate::learning::Footage;
use crate::stream::{LiveSession, VideoSession};

/// What frames can be handed to.
#[derive(Clone)]
pub(crate) enum Target {
    Still(Weak<Engine>),
    Video(Weak<VideoSession>),
    Live(Weak<LiveSession>),
    Enrollment(Weak<Enrollment>),
    Footage(Weak<Footage>),
}

/// What a target says of a frame.
#[cfg_attr(target_vendor = "apple", allow(dead_code))]
pub(crate) enum Answer {
    Still(crate::FrameResult),
    Video(crate::StreamResult),
    Live(crate::Submission),
    Enrollment(crate::EnrollmentStep),
    Footage(crate::FootageStep),
}

static TARGETS: RwLock<Option<Targets>> = RwLock::new(None);

#[derive(Default)]
struct Targets {
    by_number: HashMap<u64, Target>,
    last: u64,
}

/// The number of an object for as long as it lives.
pub(crate) struct Handle(u64);

impl Handle {
    pub fn new(target: Target) -> Self {
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

/// The target of this number.
#[cfg_attr(target_vendor = "apple", allow(dead_code))]
pub(crate) fn target(number: u64) -> Result<Target> {
    let targets = TARGETS.read().unwrap_or_else(PoisonError::into_inner);
    match targets.as_ref().and_then(|targets| targets.by_number.get(&number)) {
        Some(target) => Ok(target.clone()),
        None => fail!(Closed, "no object has the handle {number}: it was closed, or never was"),
    }
}

#[cfg_attr(target_vendor = "apple", allow(dead_code))]
impl Target {
    /// Hands `frame` to the object.
    pub fn take(&self, frame: &Frame<'_>, timestamp_us: u64) -> Result<Answer> {
        Ok(match self {
            Self::Still(engine) => Answer::Still(alive(engine)?.look(frame)?),
            Self::Video(session) => Answer::Video(alive(session)?.take(frame, timestamp_us)?),
            Self::Live(session) => Answer::Live(alive(session)?.take(frame, timestamp_us)?),
            Self::Enrollment(enrollment) => Answer::Enrollment(alive(enrollment)?.take(frame)?),
            Self::Footage(footage) => Answer::Footage(alive(footage)?.take(frame)?),
        })
    }

    /// The live session that this is.
    pub fn live(&self) -> Result<std::sync::Arc<LiveSession>> {
        match self {
            Self::Live(session) => alive(session),
            _ => fail!(InvalidOption, "the handle is not one of a live session"),
        }
    }
}

#[cfg_attr(target_vendor = "apple", allow(dead_code))]
fn alive<T>(object: &Weak<T>) -> Result<std::sync::Arc<T>> {
    match object.upgrade() {
        Some(object) => Ok(object),
        None => fail!(Closed, "the object was closed"),
    }
}
