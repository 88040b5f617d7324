//! Results of streams.

use mien_core::stream as core;

use super::emotion::Emotion;
use super::face::{FaceBounds, FaceLandmarks};
use super::identity::Identity;
use super::quality::{Quality, QualityIssue};
use super::speech::HeardSpeech;
use super::{Label, Micros};
use crate::error::CoreError;

/// Why an answer is unreliable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Unsure {
    /// No label is probable enough.
    LowConfidence,
    /// The track has too few analyses so far.
    ShortWindow,
    /// The identity is not settled, or that of a still picture is between two users, so the generic head answered.
    IdentityOpen,
    /// The picture of the face is not good enough.
    Quality {
        /// Why it is not good enough.
        issue: QualityIssue,
    },
}

/// A face of a stream in one frame.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct TrackedFace {
    /// The number of its track; counts from 1 and is never reused in a session.
    pub track: u64,
    /// The box of the detector.
    pub bounds: FaceBounds,
    /// The eyes, the nose and the mouth.
    pub landmarks: FaceLandmarks,
    /// The detection score, 0 to 1.
    pub score: f32,
    /// Its identity; `None` while it is not settled.
    pub identity: Option<Identity>,
    /// Smoothed probabilities; `None` before the first analysis, and if there is no head.
    pub emotion: Option<Emotion>,
    /// The label after hysteresis, for display and recording.
    pub label: Option<Label>,
    /// Why the answer is unreliable; empty if it is reliable.
    pub unsure: Vec<Unsure>,
    /// The quality at the last analysis; below the full power budget at the last one in which the identity network ran.
    pub quality: Option<Quality>,
    /// The time of the frame that was analyzed last.
    pub analyzed_us: Option<Micros>,
}

/// A change in a frame.
#[derive(Debug, Clone, PartialEq, uniffi::Enum)]
pub enum StreamEvent {
    /// A new face.
    Began {
        /// The number of the track.
        track: u64,
    },
    /// The face is out of sight; its track is kept in case it returns.
    Lost {
        /// The number of the track.
        track: u64,
    },
    /// The track has ended.
    Ended {
        /// The number of the track.
        track: u64,
    },
    /// The identity was settled: a user, or nobody who is enrolled.
    IdentitySettled {
        /// The number of the track.
        track: u64,
        /// The identity.
        identity: Identity,
    },
    /// The identity is in doubt again.
    IdentityLost {
        /// The number of the track.
        track: u64,
    },
    /// The label changed.
    EmotionChanged {
        /// The number of the track.
        track: u64,
        /// The user; `None` if none is settled.
        user: Option<String>,
        /// The previous label; `None` for the first of the track.
        from: Option<Label>,
        /// The new label.
        to: Label,
        /// The smoothed probability of the new label, 0 to 1.
        probability: f32,
    },
}

/// The result of a session for one frame.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct StreamResult {
    /// The time of the frame, on the clock of its stream.
    pub timestamp_us: Micros,
    /// Width of the upright frame, pixels.
    pub width: u32,
    /// Height of the upright frame, pixels.
    pub height: u32,
    /// The visible faces, ordered by track.
    pub faces: Vec<TrackedFace>,
    /// The changes, in the order in which they happened.
    pub events: Vec<StreamEvent>,
    /// Whether the detector ran on the frame.
    pub detected: bool,
    /// The last speech that was heard, until `StreamOptions::speech_hold_us` after its end.
    pub speech: Option<HeardSpeech>,
    /// Why the frame of a live session has no result: there are no faces and no events then, and the session goes on with
    /// the next frame. `None` for all other frames; those of a video session return the error instead.
    pub error: Option<CoreError>,
}

impl From<core::Unsure> for Unsure {
    fn from(unsure: core::Unsure) -> Self {
        use core::Unsure as Core;
        match unsure {
            Core::LowConfidence => Self::LowConfidence,
            Core::ShortWindow => Self::ShortWindow,
            Core::IdentityOpen => Self::IdentityOpen,
            Core::Quality(issue) => Self::Quality { issue: issue.into() },
        }
    }
}

impl From<core::TrackedFace> for TrackedFace {
    fn from(tracked: core::TrackedFace) -> Self {
        Self {
            track: tracked.track.0,
            bounds: (&tracked.face).into(),
            landmarks: (&tracked.face).into(),
            score: tracked.face.score,
            identity: tracked.identity.map(Identity::from),
            emotion: tracked.emotion.map(Emotion::from),
            label: tracked.label,
            unsure: tracked.unsure.into_iter().map(Unsure::from).collect(),
            quality: tracked.quality.as_ref().map(Quality::from),
            analyzed_us: tracked.analyzed_us,
        }
    }
}

impl From<core::Event> for StreamEvent {
    fn from(event: core::Event) -> Self {
        use core::Event as Core;
        match event {
            Core::Began { track } => Self::Began { track: track.0 },
            Core::Lost { track } => Self::Lost { track: track.0 },
            Core::Ended { track } => Self::Ended { track: track.0 },
            Core::IdentitySettled { track, identity } => {
                Self::IdentitySettled { track: track.0, identity: identity.into() }
            }
            Core::IdentityLost { track } => Self::IdentityLost { track: track.0 },
            Core::EmotionChanged { track, user, from, to, probability } => {
                Self::EmotionChanged { track: track.0, user, from, to, probability }
            }
        }
    }
}

impl From<core::StreamResult> for StreamResult {
    fn from(result: core::StreamResult) -> Self {
        Self {
            timestamp_us: result.timestamp_us,
            width: result.width as u32,
            height: result.height as u32,
            faces: result.faces.into_iter().map(TrackedFace::from).collect(),
            events: result.events.into_iter().map(StreamEvent::from).collect(),
            detected: result.detected,
            speech: result.speech.map(HeardSpeech::from),
            error: None,
        }
    }
}

impl From<core::LiveOutcome> for StreamResult {
    fn from(outcome: core::LiveOutcome) -> Self {
        let core::LiveOutcome { timestamp_us, width, height, result } = outcome;
        match result {
            Ok(result) => result.into(),
            Err(error) => Self {
                timestamp_us,
                width: width as u32,
                height: height as u32,
                faces: Vec::new(),
                events: Vec::new(),
                detected: false,
                speech: None,
                error: Some(error.into()),
            },
        }
    }
}

/// The immediate outcome of submitting a frame to a live session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Submission {
    /// The frame waits to be processed and replaces any frame that was waiting.
    Taken,
    /// The frame is skipped: it came too early for the target rate.
    Paced,
    /// The frame is skipped: nothing in it has changed.
    Unchanged,
}

/// Frame counts of a live session so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Record)]
pub struct LiveStatistics {
    /// Frames submitted with a valid timestamp.
    pub submitted: u64,
    /// Frames skipped to keep the target rate.
    pub paced: u64,
    /// Frames skipped because nothing had changed.
    pub unchanged: u64,
    /// Frames taken but replaced by a newer one before they were processed.
    pub dropped: u64,
    /// Frames processed successfully.
    pub processed: u64,
    /// Frames that failed with an error.
    pub failed: u64,
    /// Frames taken but not finished: at most one being processed and one waiting.
    pub pending: u64,
    /// Results dropped because they were not fetched in time.
    pub results_lost: u64,
    /// How far the last result was behind the newest frame, in the time of the stream.
    pub last_age_us: Micros,
    /// The maximum of that over the session.
    pub max_age_us: Micros,
}
