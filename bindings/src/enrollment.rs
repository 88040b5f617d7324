//! Enrollment from frames of good quality.

use std::sync::{Arc, Weak};

use mien_core::Frame;
use mien_core::engine::enrollment as core;

use crate::engine::Engine;
use crate::error::{Result, fail};
use crate::frame::FrameLayout;
use crate::handles::{Answer, FrameTarget, Handle};
use crate::held::{Guard, Held};
use crate::options::EnrollmentOptions;
use crate::picture::Picture;
use crate::results::{EnrollmentStep, PersonFrames};

/// A running enrollment. Nothing is stored before `finish`.
#[derive(uniffi::Object)]
pub struct Enrollment {
    engine: mien_core::Engine,
    /// `None` after `finish` and `cancel`, and when the engine closes. Locked for moments only: frames are analyzed without
    /// the lock, so that no question waits for one.
    running: Arc<Held<Option<core::Enrollment>>>,
    handle: Handle,
}

#[uniffi::export]
impl Engine {
    /// Starts the enrollment of a new user from frames.
    ///
    /// Errors: `InvalidOption` for an invalid or taken name or an option out of range, `Storage`, `Closed`.
    pub fn enroll(&self, name: String, options: EnrollmentOptions) -> Result<Arc<Enrollment>> {
        Enrollment::of(&self.core, self.core.enrollment(&name, options.into())?)
    }

    /// Starts an enrollment that adds frames to an enrolled user.
    ///
    /// Errors: `UserNotFound`; `InvalidOption` if the user was enrolled with another identity network or an
    /// option is out of range; `Storage`, `Closed`.
    pub fn enroll_more(&self, name: String, options: EnrollmentOptions) -> Result<Arc<Enrollment>> {
        Enrollment::of(&self.core, self.core.enrollment_of(&name, options.into())?)
    }
}

impl Enrollment {
    fn of(engine: &mien_core::Engine, core: core::Enrollment) -> Result<Arc<Self>> {
        let (running, engine) = (Held::new(engine, Some(core))?, engine.clone());
        Ok(Arc::new_cyclic(|enrollment: &Weak<Self>| Self { engine, running, handle: Handle::new(enrollment.clone()) }))
    }

    fn lock(&self) -> Guard<'_, Option<core::Enrollment>> {
        self.running.lock()
    }

    fn take(&self, frame: &Frame<'_>) -> Result<EnrollmentStep> {
        if self.lock().is_none() {
            return closed();
        }
        let seen = self.engine.sight(frame)?;
        let mut running = self.lock();
        let Some(core) = running.as_mut() else { return closed() };
        Ok(match core.judge(seen)? {
            core::EnrollmentStep::Accepted { count, target_frames } => {
                EnrollmentStep::Accepted { count: count as u32, target_frames: target_frames as u32 }
            }
            core::EnrollmentStep::Rejected(rejection) => {
                let message = rejection.to_string();
                EnrollmentStep::Rejected { reason: rejection.into(), message }
            }
        })
    }
}

impl FrameTarget for Enrollment {
    fn hand(&self, frame: &Frame<'_>, _timestamp_us: u64) -> Result<Answer> {
        Ok(Answer::Enrollment(self.take(frame)?))
    }
}

fn closed<T>() -> Result<T> {
    fail!(Closed, "the enrollment has ended")
}

#[uniffi::export]
impl Enrollment {
    /// Adds a frame; it is accepted, or rejected with a reason.
    ///
    /// Errors: `InvalidFrame`, `Closed`, `Internal`.
    pub fn add(&self, first: &[u8], second: &[u8], third: &[u8], layout: FrameLayout) -> Result<EnrollmentStep> {
        self.take(&layout.frame(first, second, third)?)
    }

    /// Like `add`, for a picture file.
    ///
    /// Errors: as in `add`.
    pub fn add_picture(&self, file: &[u8]) -> Result<EnrollmentStep> {
        self.take(&Picture::decode(file)?.frame()?)
    }

    /// The number of accepted frames so far; 0 after the end.
    pub fn count(&self) -> u32 {
        self.lock().as_ref().map_or(0, |core| core.count() as u32)
    }

    /// Whether the target number of frames is accepted.
    pub fn is_complete(&self) -> bool {
        self.lock().as_ref().is_some_and(core::Enrollment::is_complete)
    }

    /// The usable frames by the person they show, as numbers of the added frames from 0; none after the end. The
    /// first group is enrolled: the user's frames, or for a new user the largest group. Frames that resemble
    /// other users come last.
    pub fn people(&self) -> Vec<PersonFrames> {
        let people = self.lock().as_ref().map(core::Enrollment::people).unwrap_or_default();
        let frames = |group: Vec<usize>| PersonFrames { frames: group.into_iter().map(|frame| frame as u32).collect() };
        people.into_iter().map(frames).collect()
    }

    /// Whether the frames of a new user show several people, so that `finish` refuses them. Then begin with
    /// frames of a neutral face, or ask the person and set `EnrollmentOptions::same_person`.
    pub fn is_mixture(&self) -> bool {
        self.lock().as_ref().is_some_and(core::Enrollment::is_mixture)
    }

    /// Enrolls the user, or adds the frames to the enrolled user. The enrollment ends, except if it is refused
    /// because of several people: then `people` still says which frames belong together.
    /// Returns the number of accepted frames.
    ///
    /// `now_ms` is the time in milliseconds since 1970.
    ///
    /// Errors: `SeveralPeople` with the numbers of the frames of each person from 1; `NotEnoughSamples` with the
    /// counted reasons, `InvalidOption` if the name was taken
    /// meanwhile, `Storage`, `Closed`.
    pub fn finish(&self, now_ms: u64) -> Result<u32> {
        let mut running = self.lock();
        if let Some(core) = running.as_ref() {
            core.check_people()?;
        }
        let core = running.take();
        drop(running);
        match core {
            Some(core) => Ok(core.finish(now_ms)? as u32),
            None => closed(),
        }
    }

    /// Ends the enrollment without enrolling anybody. Cancelling again does nothing.
    pub fn cancel(&self) {
        self.lock().take();
    }

    /// The number of the enrollment on the frame path of Android.
    pub fn frame_handle(&self) -> u64 {
        self.handle.number()
    }
}
