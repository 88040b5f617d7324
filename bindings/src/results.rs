//! What is said of faces.

use mien_core::engine as core;
use mien_core::face::quality as core_quality;
use mien_core::face::{Face as CoreFace, principal};
use mien_core::recognition::gallery as core_gallery;
use mien_core::stream as core_stream;

/// A rectangle in upright frame pixels.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct Rect {
    /// Left edge.
    pub x: f32,
    /// Upper edge.
    pub y: f32,
    /// Width.
    pub width: f32,
    /// Height.
    pub height: f32,
}

/// A point in upright frame pixels.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct Point {
    /// From the left.
    pub x: f32,
    /// From above.
    pub y: f32,
}

/// A detected face, in upright frame pixels; left and right are those of the picture.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct Face {
    /// The detector's box.
    pub bounds: Rect,
    /// The left eye.
    pub left_eye: Point,
    /// The right eye.
    pub right_eye: Point,
    /// The tip of the nose.
    pub nose: Point,
    /// The left corner of the mouth.
    pub left_mouth: Point,
    /// The right corner of the mouth.
    pub right_mouth: Point,
    /// The detector's score, 0 to 1.
    pub score: f32,
}

/// What can be measured of a face without a network.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct Quality {
    /// Distance between the eyes in frame pixels.
    pub eye_distance: f32,
    /// Turn to the side in degrees; positive toward the picture's right.
    pub yaw: f32,
    /// Nod in degrees; positive upwards.
    pub pitch: f32,
    /// Tilt in degrees; positive clockwise in the picture.
    pub roll: f32,
    /// How much of the contrast is fine detail, 0 and up.
    pub sharpness: f32,
    /// Mean luminance, 0 to 255.
    pub brightness: f32,
    /// Standard deviation of the luminance, 0 to 127.
    pub contrast: f32,
    /// Share of pixels that are nearly black or white, 0 to 1.
    pub clipped: f32,
}

/// Why a face is not good enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum QualityIssue {
    /// The eyes are too near each other in pixels.
    TooSmall,
    /// The face looks to the side, up or down, or is tilted too far.
    Turned,
    /// Too little fine detail.
    Blurred,
    /// Too dark.
    Dark,
    /// Too bright, or too much of it is clipped.
    Overexposed,
    /// Light and dark hardly differ.
    LowContrast,
}

/// Why a face is nobody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum UnknownReason {
    /// No user is enrolled whose embeddings fit those of the network.
    NobodyEnrolled,
    /// Nobody is similar enough.
    BelowThreshold,
    /// Two users are similar, and nearly alike so: it may be either.
    TooNearToASecondUser,
}

/// Whose face it is.
#[derive(Debug, Clone, PartialEq, uniffi::Enum)]
pub enum Identity {
    /// An enrolled user.
    User {
        /// The user's name.
        name: String,
        /// How alike, -1 to 1.
        similarity: f32,
    },
    /// Nobody enrolled.
    Unknown {
        /// The similarity to the most similar user, where there is one.
        nearest: Option<f32>,
        /// Why it is nobody.
        reason: UnknownReason,
    },
}

/// A class with its probability.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct LabelProbability {
    /// The emotion's name.
    pub label: String,
    /// 0 to 1.
    pub probability: f32,
}

/// Probabilities of emotions.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct Emotion {
    /// The most probable label.
    pub label: String,
    /// Each label with its probability, in the head's order; they sum to 1.
    pub probabilities: Vec<LabelProbability>,
    /// Whether the user's own head answered, or the generic one.
    pub adapted: bool,
}

/// One face of a still picture.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct FaceResult {
    /// Where it is.
    pub face: Face,
    /// Whether this is the face that the picture is about: large and near the middle.
    pub principal: bool,
    /// How good a picture of it this is.
    pub quality: Quality,
    /// Why it is not a good one; empty where it is.
    pub issues: Vec<QualityIssue>,
    /// Whose it is.
    pub identity: Identity,
    /// What it shows; none where the pack has no generic head and the user none either.
    pub emotion: Option<Emotion>,
}

/// The faces of a still picture, best detection score first; none is a result, not an error.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct FrameResult {
    /// Columns of the upright picture, in whose pixels faces are given.
    pub width: u32,
    /// Its rows.
    pub height: u32,
    /// The faces.
    pub faces: Vec<FaceResult>,
}

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

impl From<&CoreFace> for Face {
    fn from(face: &CoreFace) -> Self {
        let [left_eye, right_eye, nose, left_mouth, right_mouth] = face.landmarks.map(|[x, y]| Point { x, y });
        let bounds = face.bounds;
        let bounds = Rect { x: bounds.x, y: bounds.y, width: bounds.width, height: bounds.height };
        Self { bounds, left_eye, right_eye, nose, left_mouth, right_mouth, score: face.score }
    }
}

impl From<&core_quality::Quality> for Quality {
    fn from(quality: &core_quality::Quality) -> Self {
        Self {
            eye_distance: quality.eye_distance,
            yaw: quality.yaw,
            pitch: quality.pitch,
            roll: quality.roll,
            sharpness: quality.sharpness,
            brightness: quality.brightness,
            contrast: quality.contrast,
            clipped: quality.clipped,
        }
    }
}

impl From<core_quality::QualityIssue> for QualityIssue {
    fn from(issue: core_quality::QualityIssue) -> Self {
        use core_quality::QualityIssue as Core;
        match issue {
            Core::TooSmall => Self::TooSmall,
            Core::Turned => Self::Turned,
            Core::Blurred => Self::Blurred,
            Core::Dark => Self::Dark,
            Core::Overexposed => Self::Overexposed,
            Core::LowContrast => Self::LowContrast,
        }
    }
}

impl From<core_gallery::Identity> for Identity {
    fn from(identity: core_gallery::Identity) -> Self {
        use core_gallery::UnknownReason as Core;
        match identity {
            core_gallery::Identity::User { name, similarity } => Self::User { name, similarity },
            core_gallery::Identity::Unknown { nearest, reason } => Self::Unknown {
                nearest,
                reason: match reason {
                    Core::NobodyEnrolled => UnknownReason::NobodyEnrolled,
                    Core::BelowThreshold => UnknownReason::BelowThreshold,
                    Core::TooNearToASecondUser => UnknownReason::TooNearToASecondUser,
                },
            },
        }
    }
}

impl From<mien_core::Emotion> for Emotion {
    fn from(emotion: mien_core::Emotion) -> Self {
        let pairs = emotion.probabilities.into_iter();
        let probabilities = pairs.map(|(label, probability)| LabelProbability { label, probability }).collect();
        Self { label: emotion.label, probabilities, adapted: emotion.adapted }
    }
}

impl FrameResult {
    /// The record of `result`, of a picture of this upright size.
    pub(crate) fn new(result: core::FrameResult, size: (usize, usize)) -> Self {
        let found: Vec<CoreFace> = result.faces.iter().map(|face| face.face).collect();
        let nearest = principal(&found, size).copied();
        let faces = result.faces.into_iter().map(|face| FaceResult {
            face: (&face.face).into(),
            principal: Some(face.face) == nearest,
            quality: (&face.quality).into(),
            issues: face.issues.into_iter().map(QualityIssue::from).collect(),
            identity: face.identity.into(),
            emotion: face.emotion.map(Emotion::from),
        });
        Self { width: size.0 as u32, height: size.1 as u32, faces: faces.collect() }
    }
}

impl From<core_stream::Unsure> for Unsure {
    fn from(unsure: core_stream::Unsure) -> Self {
        use core_stream::Unsure as Core;
        match unsure {
            Core::LowConfidence => Self::LowConfidence,
            Core::ShortWindow => Self::ShortWindow,
            Core::IdentityOpen => Self::IdentityOpen,
            Core::Quality(issue) => Self::Quality { issue: issue.into() },
        }
    }
}

impl From<core_stream::TrackedFace> for TrackedFace {
    fn from(tracked: core_stream::TrackedFace) -> Self {
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

impl From<core_stream::Event> for StreamEvent {
    fn from(event: core_stream::Event) -> Self {
        use core_stream::Event as Core;
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

impl From<core_stream::StreamResult> for StreamResult {
    fn from(result: core_stream::StreamResult) -> Self {
        Self {
            timestamp_us: result.timestamp_us,
            faces: result.faces.into_iter().map(TrackedFace::from).collect(),
            events: result.events.into_iter().map(StreamEvent::from).collect(),
            detected: result.detected,
        }
    }
}
