//! Streams of frames: tracked faces with identity and emotion.
//!
//! [`VideoSession`] processes every frame in order; [`LiveSession`] processes the newest frame and
//! drops frames that arrive too fast. Both process a frame in the same way:
//!
//! - **Tracking** ([`crate::face::track`]) at every frame: periodic detection (19 ms) and a
//!   follower in between (below 1 ms per face).
//! - **Analysis** of each face [`StreamOptions::analyze_fps`] times a second: quality, identity
//!   network (12 ms) and expression network (5 ms). Heads read the vectors of both networks, so an
//!   emotion always needs both. Each analysis therefore has an embedding, which is compared with
//!   the track's at no further cost. A new face, or one in doubt, is analyzed at once; of the
//!   others, up to [`StreamOptions::max_analyses`] per frame, in turn. Frames between two analyses
//!   repeat the last answer; [`TrackedFace::analyzed_us`] is its time.
//! - **Identity** from the mean of several good embeddings; see [`StreamOptions::settle_frames`].
//!   Until it is settled, and again from the moment of any doubt, the generic head answers.
//! - **Emotion** from the last analyses of the track ([`StreamOptions::window_frames`]), smoothed
//!   in stream time ([`StreamOptions::smoothing_us`]); the label changes with hysteresis
//!   ([`StreamOptions::switch_us`]).
//!
//! A result belongs to the frame that was submitted. Its answer for a face is at most one analysis
//! interval old (100 ms by default). After a sudden change, smoothing adds 70 ms until half of the
//! change shows in the probabilities, and hysteresis another 100 ms until the label changes.
//!
//! - **Sound** ([`VideoSession::submit_audio`], [`LiveSession::submit_audio`]): speech is cut out of it, and the last 4 s
//!   are answered every half second and at its end. The answer joins that of the face which spoke: the only one that is
//!   seen, unless its mouth is still, or of several the one whose mouth moves at least twice as much as the others'. This
//!   tells a silent face from one that speaks; it does not tell lips that move with another voice (dubbing, chewing,
//!   singing along). Sound costs about 2 ms of work per second; sessions without it pay nothing.
//! - **Corrections** ([`VideoSession::correct`], [`LiveSession::correct`]): the vectors of the last
//!   3 s that the shown label stood for become a labeled clip of the settled user, whose head
//!   learns it in milliseconds and answers from the next analysis on.
//!
//! Memory is bounded for any stream length: a face keeps [`StreamOptions::window_frames`] vectors, those of the last 3
//! s (at most 64) and a few embeddings (about 400 KB with the defaults); they are erased with the track, with the
//! session and with the engine ([`Engine::close`](crate::Engine::close)). Sound adds 0.5 MB of features, those of the
//! last 10 s. There are at most twice [`TrackerOptions::max_faces`] tracks, and a [`LiveSession`] holds at most three
//! copies of a frame and [`LiveOptions::max_results`] results.

mod change;
mod corrections;
mod emotion;
mod frames;
mod hearing;
mod identity;
mod kept;
mod live;
mod mouth;
mod pipeline;
mod recent;
mod speaker;
mod take;
mod video;

pub use corrections::{Correction, Corrections};
pub use emotion::{Expression, Heard, Switch};
pub use hearing::Hearing;
pub use live::{LiveOptions, LiveSession, LiveStatistics, Submission};
pub use speaker::{HeardSpeech, SpeechRefusal};
pub use take::{SpokenTake, TakenSpeech};
pub use video::VideoSession;

use crate::check::within;
pub use crate::emotion::Unsure;
use crate::emotion::{Emotion, MIN_CONFIDENCE, MIN_WINDOW};
pub use crate::engine::CorrectionRefusal;
use crate::error::Result;
use crate::face::Face;
use crate::face::quality::Quality;
use crate::face::track::{TrackId, TrackerOptions};
use crate::recognition::gallery::Identity;

/// Options of a session; immutable after creation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StreamOptions {
    /// Options of the tracker.
    pub tracker: TrackerOptions,
    /// Number of times per second that each face goes through the networks, 0.1 to 240. Default 10.
    pub analyze_fps: f32,
    /// Maximum number of settled faces analyzed at one frame, 1 to 32; the others wait for the next
    /// frame, the longest waiting first. Default 2.
    pub max_analyses: usize,
    /// Number of the track's last analyses that the head reads, 1 to 256. Default 5, half a second.
    pub window_frames: usize,
    /// Minimum number of analyses; with fewer the answer is unsure. 1 to `window_frames`. Default
    /// 3.
    pub min_window: usize,
    /// Time constant of the exponential smoothing of probabilities, microseconds of stream time, 0
    /// to 10 s. After this time 63 % of a change is visible. 0 disables smoothing. Default 100,000.
    pub smoothing_us: u64,
    /// Probability margin by which another label must lead for the label to change, 0 to 1. Default
    /// 0.1.
    pub switch_margin: f32,
    /// Time that another label must lead before the label changes, microseconds of stream time, 0
    /// to 10 s. Default 100,000.
    pub switch_us: u64,
    /// Minimum probability of the label; below it the answer is unsure, 0 to 1. Default 0.5.
    pub min_confidence: f32,
    /// Number of agreeing good embeddings that settle the identity, 1 to 16. Default 3.
    pub settle_frames: usize,
    /// Re-identification interval of a settled identity, microseconds, up to a minute. Default
    /// 1,000,000.
    pub identify_every_us: u64,
    /// How long speech goes on counting after its end, microseconds, up to a minute. Default 1,000,000.
    pub speech_hold_us: u64,
}

impl Default for StreamOptions {
    fn default() -> Self {
        Self {
            tracker: TrackerOptions::default(),
            analyze_fps: 10.0,
            max_analyses: 2,
            window_frames: 5,
            min_window: MIN_WINDOW,
            smoothing_us: 100_000,
            switch_margin: 0.1,
            switch_us: 100_000,
            min_confidence: MIN_CONFIDENCE,
            settle_frames: 3,
            identify_every_us: 1_000_000,
            speech_hold_us: 1_000_000,
        }
    }
}

impl StreamOptions {
    /// Checks the ranges.
    ///
    /// # Errors
    /// `InvalidOption` naming the option that is out of range.
    pub fn check(&self) -> Result<()> {
        self.tracker.check()?;
        within("analyze_fps", self.analyze_fps, 0.1..=240.0)?;
        for (name, value, max) in [
            ("max_analyses", self.max_analyses, 32),
            ("window_frames", self.window_frames, 256),
            ("min_window", self.min_window, self.window_frames),
            ("settle_frames", self.settle_frames, 16),
        ] {
            within(name, value, 1..=max)?;
        }
        for (name, value, max) in [
            ("smoothing_us", self.smoothing_us, 10_000_000),
            ("switch_us", self.switch_us, 10_000_000),
            ("identify_every_us", self.identify_every_us, 60_000_000),
            ("speech_hold_us", self.speech_hold_us, 60_000_000),
        ] {
            within(name, value, ..=max)?;
        }
        within("switch_margin", self.switch_margin, 0.0..=1.0)?;
        within("min_confidence", self.min_confidence, 0.0..=1.0)
    }
}

/// A face in a stream at one frame.
#[derive(Debug, Clone, PartialEq)]
pub struct TrackedFace {
    /// The track it belongs to.
    pub track: TrackId,
    /// Its position.
    pub face: Face,
    /// The identity; `None` while it is not settled.
    pub identity: Option<Identity>,
    /// Smoothed probabilities with the most probable label. `None` before the first analysis, and
    /// if there is no head.
    pub emotion: Option<Emotion>,
    /// What its voice alone says of the last speech, as of the last analysis; `None` if that is not its speech, or nothing
    /// reads it.
    pub spoken: Option<Emotion>,
    /// The label after hysteresis, for display and recording.
    pub label: Option<String>,
    /// Why the answer is unreliable; empty if it is reliable.
    pub unsure: Vec<Unsure>,
    /// The quality at the last analysis.
    pub quality: Option<Quality>,
    /// The time of the last analysis.
    pub analyzed_us: Option<u64>,
}

impl TrackedFace {
    /// Returns the face of a frame of `width` pixels mirrored left to right.
    fn mirrored(self, width: usize) -> Self {
        Self { face: self.face.mirrored(width), quality: self.quality.map(Quality::mirrored), ..self }
    }
}

/// Maximum number of events waiting for a result to carry them; beyond it the oldest are dropped.
const MAX_EVENTS: usize = 1000;

/// A change at a frame.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A new face.
    Began {
        /// Its track.
        track: TrackId,
    },
    /// The face is out of sight; the track is kept in case it returns.
    Lost {
        /// Its track.
        track: TrackId,
    },
    /// The track has ended; its id is never reused.
    Ended {
        /// The track.
        track: TrackId,
    },
    /// The identity was settled: a user, or nobody who is enrolled.
    IdentitySettled {
        /// The track.
        track: TrackId,
        /// The identity.
        identity: Identity,
    },
    /// The identity is in doubt again.
    IdentityLost {
        /// The track.
        track: TrackId,
    },
    /// The label changed.
    EmotionChanged {
        /// The track.
        track: TrackId,
        /// The user, if one is settled.
        user: Option<String>,
        /// The previous label; `None` for the track's first.
        from: Option<String>,
        /// The new label.
        to: String,
        /// Its smoothed probability, 0 to 1.
        probability: f32,
    },
}

/// The result of a session for one frame.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamResult {
    /// The frame's timestamp, microseconds.
    pub timestamp_us: u64,
    /// The visible faces, ordered by track id.
    pub faces: Vec<TrackedFace>,
    /// The changes, in the order in which they happened.
    pub events: Vec<Event>,
    /// Whether the detector ran on the frame.
    pub detected: bool,
    /// The last speech that was heard, until [`StreamOptions::speech_hold_us`] after its end.
    pub speech: Option<HeardSpeech>,
}
