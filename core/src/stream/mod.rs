//! Streams of frames: faces with stable ids, who they are, and what they show.
//!
//! [`VideoSession`] looks at every frame in order; [`LiveSession`] looks at the newest one and
//! drops what comes too fast. Both do the same with a frame that they look at:
//!
//! - **Tracking** ([`crate::face::track`]) at every frame: a detection now and then (19 ms), a
//!   follower in between (below 1 ms a face).
//! - **Analysis** of each face [`StreamOptions::analyze_fps`] times a second: quality, identity
//!   network (12 ms) and expression network (5 ms). Heads read the vectors of both networks, so
//!   an emotion always costs both; and since each analysis then has an embedding, it is compared
//!   with the track's at no further cost. A new face, and one in doubt, is analyzed at once, of
//!   the others [`StreamOptions::max_analyses`] a frame in turn. Frames between two analyses
//!   repeat the last one's answer, of the time [`TrackedFace::analyzed_us`].
//! - **Identity** from the mean of several good embeddings; see [`StreamOptions::settle_frames`].
//!   Until it is settled, and from the moment of any doubt on, the generic head answers.
//! - **Emotion** from the last analyses of the track ([`StreamOptions::window_frames`]), smoothed in
//!   stream time ([`StreamOptions::smoothing_us`]); the label changes with hysteresis
//!   ([`StreamOptions::switch_us`]).
//!
//! A result belongs to the frame that was handed in. What it says of a face is at most one
//! analysis old (100 ms by default), and smoothing and hysteresis add 70 + 100 ms before half of a
//! sudden change, and then the label, is seen.
//!
//! Memory is bounded for any length: a face keeps [`StreamOptions::window_frames`] vectors and a
//! few embeddings (about 100 KB with the defaults), tracks are at most twice
//! [`TrackerOptions::max_faces`], and a [`LiveSession`] has three copies of a frame and
//! [`LiveOptions::max_results`] results at most.

mod change;
mod emotion;
mod identity;
mod live;
mod pipeline;
mod video;

pub use live::{LiveOptions, LiveSession, LiveStatistics, Submission};
pub use video::VideoSession;

use crate::emotion::Emotion;
use crate::error::{Result, fail};
use crate::face::Face;
use crate::face::quality::{Quality, QualityIssue};
use crate::face::track::{TrackId, TrackerOptions};
use crate::recognition::gallery::Identity;

/// Options of a session; immutable once it is made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StreamOptions {
    /// How faces are followed.
    pub tracker: TrackerOptions,
    /// So many times a second each face goes through the networks, 0.1 to 240. Default 10.
    pub analyze_fps: f32,
    /// At most so many settled faces are analyzed at one frame, 1 to 32; the others wait for the
    /// next frame, the longest waiting first. Default 2.
    pub max_analyses: usize,
    /// The head looks at so many analyses of the track, 1 to 256. Default 5, half a second.
    pub window_frames: usize,
    /// With fewer analyses the answer counts as unsure, at most `window_frames`. Default 3.
    pub min_window: usize,
    /// Time constant of the exponential smoothing of probabilities, microseconds of stream time,
    /// 0 to 10 s: after so long 63 % of a change are seen. 0 smooths nothing. Default 100,000.
    pub smoothing_us: u64,
    /// The label changes where another leads by this probability, 0 to 1. Default 0.1.
    pub switch_margin: f32,
    /// It changes after the other has led for so long, microseconds of stream time, 0 to 10 s.
    /// Default 100,000.
    pub switch_us: u64,
    /// Below this probability of the label the answer counts as unsure, 0 to 1. Default 0.5.
    pub min_confidence: f32,
    /// So many good embeddings that agree settle who it is, 1 to 16. Default 3.
    pub settle_frames: usize,
    /// A settled identity is asked again after so long, microseconds, up to a minute. Default
    /// 1,000,000.
    pub identify_every_us: u64,
}

impl Default for StreamOptions {
    fn default() -> Self {
        Self {
            tracker: TrackerOptions::default(),
            analyze_fps: 10.0,
            max_analyses: 2,
            window_frames: 5,
            min_window: 3,
            smoothing_us: 100_000,
            switch_margin: 0.1,
            switch_us: 100_000,
            min_confidence: 0.5,
            settle_frames: 3,
            identify_every_us: 1_000_000,
        }
    }
}

impl StreamOptions {
    /// Checks the ranges.
    ///
    /// # Errors
    /// `InvalidOption` naming the option that is out of its range.
    pub fn check(&self) -> Result<()> {
        self.tracker.check()?;
        if !(0.1..=240.0).contains(&self.analyze_fps) {
            fail!(InvalidOption, "analyze_fps is {}; it must be 0.1 to 240", self.analyze_fps);
        }
        for (name, value, max) in [
            ("max_analyses", self.max_analyses, 32),
            ("window_frames", self.window_frames, 256),
            ("min_window", self.min_window, self.window_frames),
            ("settle_frames", self.settle_frames, 16),
        ] {
            if !(1..=max).contains(&value) {
                fail!(InvalidOption, "{name} is {value}; it must be 1 to {max}");
            }
        }
        for (name, value, max) in [
            ("smoothing_us", self.smoothing_us, 10_000_000),
            ("switch_us", self.switch_us, 10_000_000),
            ("identify_every_us", self.identify_every_us, 60_000_000),
        ] {
            if value > max {
                fail!(InvalidOption, "{name} is {value}; it must be at most {max}");
            }
        }
        for (name, value) in [("switch_margin", self.switch_margin), ("min_confidence", self.min_confidence)] {
            if !(0.0..=1.0).contains(&value) {
                fail!(InvalidOption, "{name} is {value}; it must be 0 to 1");
            }
        }
        Ok(())
    }
}

/// Why an answer is not to be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unsure {
    /// No label is probable enough.
    LowConfidence,
    /// The track has too few analyses yet.
    ShortWindow,
    /// It is not settled who it is, so the generic head answers.
    IdentityOpen,
    /// The picture of the face is not good enough.
    #[serde(untagged)]
    Quality(QualityIssue),
}

/// A face of a stream at one frame.
#[derive(Debug, Clone, PartialEq)]
pub struct TrackedFace {
    /// The track that it belongs to.
    pub track: TrackId,
    /// Where it is.
    pub face: Face,
    /// Who it is; `None` while that is not settled.
    pub identity: Option<Identity>,
    /// Smoothed probabilities; their label is the most probable one. `None` before the first
    /// analysis, and where there is no head.
    pub emotion: Option<Emotion>,
    /// The label with hysteresis, for showing and recording.
    pub label: Option<String>,
    /// Why the answer is not to be relied on; empty where it is.
    pub unsure: Vec<Unsure>,
    /// The quality at the last analysis.
    pub quality: Option<Quality>,
    /// The time of the last analysis.
    pub analyzed_us: Option<u64>,
}

/// Events that wait for a result that can be handed out, at most; then the oldest go.
const MAX_EVENTS: usize = 1000;

/// Something that changed at a frame.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A new face.
    Began {
        /// Its track.
        track: TrackId,
    },
    /// The face is out of sight; its track waits for it.
    Lost {
        /// Its track.
        track: TrackId,
    },
    /// The track is over; its id never comes again.
    Ended {
        /// The track.
        track: TrackId,
    },
    /// It was found out who it is, or that it is nobody who is enrolled.
    IdentitySettled {
        /// Whose track it is.
        track: TrackId,
        /// Who it is.
        identity: Identity,
    },
    /// It is in doubt again who it is.
    IdentityLost {
        /// Whose track it is.
        track: TrackId,
    },
    /// The label has changed.
    EmotionChanged {
        /// Whose track it is.
        track: TrackId,
        /// The user, where one is settled.
        user: Option<String>,
        /// The label before; `None` for the track's first.
        from: Option<String>,
        /// The label now.
        to: String,
        /// Its smoothed probability, 0 to 1.
        probability: f32,
    },
}

/// What a session says of a frame.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamResult {
    /// The frame's timestamp, microseconds.
    pub timestamp_us: u64,
    /// The faces that are seen, by track id.
    pub faces: Vec<TrackedFace>,
    /// What changed, in the order in which it did.
    pub events: Vec<Event>,
    /// Whether the detector looked at the frame.
    pub detected: bool,
}
