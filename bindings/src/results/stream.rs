//! Results of streams.

use mien_core::stream as core;

use super::emotion::Emotion;
use super::face::Face;
use super::identity::Identity;
use super::quality::{Quality, QualityIssue};

/// Why an answer is not to be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Unsure {
    /// No label is probable enough.
    LowConfidence,
    /// The track has too few analyses yet.
    ShortWindow,
    /// It is not settled who it is, so the generic head answers.
    IdentityOpen,
    /// The picture of the face is not good enough.
    Quality {
        /// What is wrong with it.
        issue: QualityIssue,
    },
}

/// A face of a stream at one frame.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct TrackedFace {
    /// The track that it belongs to; counts from 1 and is never given twice in a session.
    pub track: u64,
    /// Where it is.
    pub face: Face,
    /// Who it is; none while that is not settled.
    pub identity: Option<Identity>,
    /// Smoothed probabilities; none before the first analysis, and where there is no head.
    pub emotion: Option<Emotion>,
    /// The label with hysteresis, for showing and recording.
    pub label: Option<String>,
    /// Why the answer is not to be relied on; empty where it is.
    pub unsure: Vec<Unsure>,
    /// The quality at the last analysis.
    pub quality: Option<Quality>,
    /// The time of the last analysis, microseconds.
    pub analyzed_us: Option<u64>,
}

/// Something that changed at a frame.
#[derive(Debug, Clone, PartialEq, uniffi::Enum)]
pub enum StreamEvent {
    /// A new face.
    Began {
        /// Its track.
        track: u64,
    },
    /// The face is out of sight; its track waits for it.
    Lost {
        /// Its track.
        track: u64,
    },
    /// The track is over.
    Ended {
        /// The track.
        track: u64,
    },
    /// It was found out who it is, or that it is nobody who is enrolled.
    IdentitySettled {
        /// Whose track it is.
        track: u64,
        /// Who it is.
        identity: Identity,
    },
    /// It is in doubt again who it is.
    IdentityLost {
        /// Whose track it is.
        track: u64,
    },
    /// The label has changed.
    EmotionChanged {
        /// Whose track it is.
        track: u64,
        /// The user, where one is settled.
        user: Option<String>,
        /// The label before; none for the track's first.
        from: Option<String>,
        /// The label now.
        to: String,
        /// Its smoothed probability, 0 to 1.
        probability: f32,
    },
}

/// What a session says of a frame.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct StreamResult {
    /// The frame's timestamp, microseconds.
    pub timestamp_us: u64,
    /// The faces that are seen, by track.
    pub faces: Vec<TrackedFace>,
    /// What changed, in the order in which it did.
    pub events: Vec<StreamEvent>,
    /// Whether the detector looked at the frame.
    pub detected: bool,
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
            face: (&tracked.face).into(),
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
            faces: result.faces.into_iter().map(TrackedFace::from).collect(),
            events: result.events.into_iter().map(StreamEvent::from).collect(),
            detected: result.detected,
        }
    }
}

/// What became of a frame at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Submission {
    /// It waits to be looked at, in place of an older one where one waited.
    Taken,
    /// It came before its turn by the target rate.
    Paced,
    /// Nothing in it has changed.
    Unchanged,
}

/// What became of the frames of a live session so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Record)]
pub struct LiveStatistics {
    /// Frames handed in with a good timestamp.
    pub submitted: u64,
    /// Not looked at to keep the target rate.
    pub paced: u64,
    /// Not looked at because nothing had changed.
    pub unchanged: u64,
    /// Taken, but replaced by a newer one before they were looked at.
    pub dropped: u64,
    /// Looked at.
    pub processed: u64,
    /// Looked at with an error.
    pub failed: u64,
    /// Taken and not done with: at most one at work and one waiting.
    pub pending: u64,
    /// Results that nobody fetched in time.
    pub results_lost: u64,
    /// How far the last result was behind the newest frame, microseconds of stream time.
    pub last_age_us: u64,
    /// The most that any result was behind.
    pub max_age_us: u64,
}
