//! Enrollment guided by quality.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mien_core::Frame;
use mien_core::engine::enrollment as core;

use crate::engine::Engine;
use crate::error::{Result, fail};
use crate::frame::FrameLayout;
use crate::handles::{Handle, Target};
use crate::options::EnrollmentOptions;
use crate::picture::Picture;
use crate::results::QualityIssue;

/// The answer to one frame.
#[derive(Debug, Clone, PartialEq, uniffi::Enum)]
pub enum EnrollmentStep {
    /// The frame counts.
    Accepted {
        /// Frames that count so far.
        count: u32,
        /// Frames after which the user is known well.
        target_frames: u32,
    },
    /// The frame does not count.
    Rejected {
        /// Why.
        rejection: Rejection,
        /// The same in words.
        message: String,
    },
}

/// Why a frame does not count.
#[derive(Debug, Clone, PartialEq, uniffi::Enum)]
pub enum Rejection {
    /// No face is seen.
    NoFace,
    /// So many faces are seen: it must be one.
    SeveralFaces {
        /// How many.
        count: u32,
    },
    /// The face is not good enough.
    Quality {
        /// What is wrong with it.
        issues: Vec<QualityIssue>,
    },
    /// It shows nothing that was not taken already.
    TooSimilar,
    /// It is recognized as another user.
    LooksLikeAnotherUser {
        /// Their name.
        name: String,
        /// How alike, -1 to 1.
        similarity: f32,
    },
    /// It is not the person whom the first frames showed, or whom more pictures are added to.
    LooksLikeSomebodyElse {
        /// How alike, -1 to 1.
        similarity: f32,
    },
    /// So many frames were taken as are kept.
    Enough,
}

impl From<core::Rejection> for Rejection {
    fn from(rejection: core::Rejection) -> Self {
        use core::Rejection as Core;
        match rejection {
            Core::NoFace => Self::NoFace,
            Core::SeveralFaces(count) => Self::SeveralFaces { count: count as u32 },
            Core::Quality(issues) => Self::Quality { issues: issues.into_iter().map(QualityIssue::from).collect() },
            Core::TooSimilar => Self::TooSimilar,
            Core::LooksLikeAnotherUser { name, similarity } => Self::LooksLikeAnotherUser { name, similarity },
            Core::LooksLikeSomebodyElse { similarity } => Self::LooksLikeSomebodyElse { similarity },
            Core::Enough => Self::Enough,
        }
    }
}

/// An enrollment that is under way. Nothing is kept before `finish`.
#[derive(uniffi::Object)]
pub struct Enrollment {
    /// `None` after `finish` and `cancel`.
    core: Mutex<Option<core::Enrollment>>,
    handle: Handle,
}

#[uniffi::export]
impl Engine {
    /// Begins to enroll a new user from frames.
    ///
    /// Errors: `InvalidOption` for a bad or taken name or an option out of range, `Storage`,
    /// `Closed`.
    pub fn enroll(&self, name: String, options: EnrollmentOptions) -> Result<Arc<Enrollment>> {
        Ok(Enrollment::of(self.core.enrollment(&name, options.into())?))
    }

    /// Begins to add frames to a user who is enrolled already.
    ///
    /// Errors: `UserNotFound`; `InvalidOption` where the user was enrolled with another identity
    /// network or an option is out of range; `Storage`, `Closed`.
    pub fn enroll_more(&self, name: String, options: EnrollmentOptions) -> Result<Arc<Enrollment>> {
        Ok(Enrollment::of(self.core.enrollment_of(&name, options.into())?))
    }
}

impl Enrollment {
    fn of(core: core::Enrollment) -> Arc<Self> {
        let core = Mutex::new(Some(core));
        Arc::new_cyclic(|enrollment| Self { core, handle: Handle::new(Target::Enrollment(enrollment.clone())) })
    }

    fn lock(&self) -> MutexGuard<'_, Option<core::Enrollment>> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn take(&self, frame: &Frame<'_>) -> Result<EnrollmentStep> {
        let mut core = self.lock();
        let Some(core) = core.as_mut() else { return closed() };
        Ok(match core.add(frame)? {
            core::EnrollmentStep::Accepted { count, target_frames } => {
                EnrollmentStep::Accepted { count: count as u32, target_frames: target_frames as u32 }
            }
            core::EnrollmentStep::Rejected(rejection) => {
                let message = rejection.to_string();
                EnrollmentStep::Rejected { rejection: rejection.into(), message }
            }
        })
    }
}

fn closed<T>() -> Result<T> {
    fail!(Closed, "the enrollment is over")
}

#[uniffi::export]
impl Enrollment {
    /// Looks at a frame and takes it, or says why not.
    ///
    /// Errors: `InvalidFrame`, `Closed`, `Internal`.
    pub fn add(&self, first: &[u8], second: &[u8], third: &[u8], layout: FrameLayout) -> Result<EnrollmentStep> {
        self.take(&layout.frame(first, second, third)?)
    }

    /// As `add`, of a picture file.
    ///
    /// Errors: as of `add`.
    pub fn add_picture(&self, file: &[u8]) -> Result<EnrollmentStep> {
        self.take(&Picture::decode(file)?.frame()?)
    }

    /// Frames that count so far; 0 after the end.
    pub fn count(&self) -> u32 {
        self.lock().as_ref().map_or(0, |core| core.count() as u32)
    }

    /// Whether so many frames count as are wanted.
    pub fn is_complete(&self) -> bool {
        self.lock().as_ref().is_some_and(core::Enrollment::is_complete)
    }

    /// Enrolls the user, or adds to the user who was there, and gives the number of frames that
    /// counted; `now_ms` is the time in milliseconds since 1970. The enrollment is over then,
    /// whatever comes of it.
    ///
    /// Errors: `NotEnoughSamples` with the reasons counted, `InvalidOption` where the name was
    /// taken meanwhile, `Storage`, `Closed`.
    pub fn finish(&self, now_ms: u64) -> Result<u32> {
        let core = self.lock().take();
        match core {
            Some(core) => Ok(core.finish(now_ms)? as u32),
            None => closed(),
        }
    }

    /// Ends the enrollment without a user. Again it does nothing.
    pub fn cancel(&self) {
        self.lock().take();
    }

    /// The enrollment's number on the frame path of Android.
    pub fn frame_handle(&self) -> u64 {
        self.handle.number()
    }
}
