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
//! - **Power** ([`LivePace::power`]): below the full budget, analyses decide in steps whether the identity network runs and
//!   when the next one comes; see [`PowerBudget`]. Its features are then up to 4 s old, and the quality is that of its last run.
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
mod power;
mod recent;
mod speaker;
mod take;
mod video;

pub use corrections::{Correction, Corrections};
pub use emotion::{Expression, Heard, Switch};
pub use hearing::Hearing;
pub use live::{LiveListener, LiveOptions, LiveOutcome, LivePace, LiveSession, LiveStatistics, Submission};
pub use power::PowerBudget;
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
use crate::face::track::{MAX_TIME_US, TrackId, TrackerOptions};
use crate::options;
use crate::options::Ranges;
use crate::recognition::gallery::Identity;

options! {
    /// Options of a session; immutable after creation.
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct StreamOptions {
        /// How faces are followed.
        pub tracker: TrackerOptions = TrackerOptions::default();
        /// Number of analyses of each face per second.
        pub analyze_fps: f32 = 10.0, in 0.1..=240.0;
        /// Maximum number of settled faces analyzed in one frame; the others wait for the next frame, the longest waiting first.
        pub max_analyses: usize = 2, in 1..=32;
        /// Number of the last analyses of a track that the head reads; the default is half a second.
        pub window_frames: usize = 5, in 1..=256;
        /// Minimum number of analyses, 1 to `window_frames`; with fewer the answer is unsure.
        pub min_window: usize = MIN_WINDOW;
        /// Time constant of the smoothing of probabilities, microseconds of stream time: after it 63 % of a change shows. 0 disables
        /// smoothing.
        pub smoothing_us: u64 = 100_000, in ..=10_000_000;
        /// Probability by which another label must lead before the label changes.
        pub switch_margin: f32 = 0.1, in 0.0..=1.0;
        /// Time that another label must lead before the label changes, microseconds of stream time.
        pub switch_us: u64 = 100_000, in ..=10_000_000;
        /// Minimum probability of the label; below it the answer is unsure.
        pub min_confidence: f32 = MIN_CONFIDENCE, in 0.0..=1.0;
        /// Number of agreeing good embeddings that settle an identity.
        pub settle_frames: usize = 3, in 1..=16;
        /// Re-identification interval of a settled identity, microseconds.
        pub identify_every_us: u64 = 1_000_000, in ..=MAX_TIME_US;
        /// How long speech goes on counting after its end, microseconds.
        pub speech_hold_us: u64 = 1_000_000, in ..=MAX_TIME_US;
    }
}

impl StreamOptions {
    /// Checks the ranges.
    ///
    /// # Errors
    /// `InvalidOption` naming the option that is out of range.
    pub fn check(&self) -> Result<()> {
        self.tracker.check()?;
        self.check_ranges()?;
        within("min_window", self.min_window, 1..=self.window_frames)
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
    /// The quality at the last analysis; below the full power budget at the last one in which the identity network ran.
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
    /// Width of the upright frame, pixels.
    pub width: usize,
    /// Height of the upright frame, pixels.
    pub height: usize,
    /// The visible faces, ordered by track id.
    pub faces: Vec<TrackedFace>,
    /// The changes, in the order in which they happened.
    pub events: Vec<Event>,
    /// Whether the detector ran on the frame.
    pub detected: bool,
    /// The last speech that was heard, until [`StreamOptions::speech_hold_us`] after its end.
    pub speech: Option<HeardSpeech>,
}
