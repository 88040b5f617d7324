//! Options of video and live sessions.

use mien_core::face::track::TrackerOptions as CoreTrackerOptions;
use mien_core::stream::{LiveOptions as CoreLiveOptions, StreamOptions as CoreStreamOptions};

/// How faces are followed from frame to frame.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct TrackerOptions {
    /// At most so many faces are followed at a time, 1 to 32.
    pub max_faces: u32,
    /// The detector looks at every n-th frame, 1 to 1000, every other time only around the faces
    /// that are followed.
    pub detect_every: u32,
    /// It looks at least once in this time, microseconds, up to a minute.
    pub detect_within_us: u64,
    /// A face that is not seen is remembered for so long, microseconds, up to a minute.
    pub lost_us: u64,
    /// A new track needs this detection score, 0 to 1.
    pub begin_score: f32,
}

/// Options of a session; immutable once it is made.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct StreamOptions {
    /// How faces are followed.
    pub tracker: TrackerOptions,
    /// So many times a second each face goes through the networks, 0.1 to 240.
    pub analyze_fps: f32,
    /// At most so many settled faces are analyzed at one frame, 1 to 32.
    pub max_analyses: u32,
    /// The head looks at so many analyses of the track, 1 to 256.
    pub window_frames: u32,
    /// With fewer analyses the answer counts as unsure, at most `window_frames`.
    pub min_window: u32,
    /// Time constant of the smoothing of probabilities, microseconds of stream time, 0 to 10 s.
    pub smoothing_us: u64,
    /// The label changes where another leads by this probability, 0 to 1.
    pub switch_margin: f32,
    /// It changes after the other has led for so long, microseconds of stream time, 0 to 10 s.
    pub switch_us: u64,
    /// Below this probability of the label the answer counts as unsure, 0 to 1.
    pub min_confidence: f32,
    /// So many good embeddings that agree settle who it is, 1 to 16.
    pub settle_frames: u32,
    /// A settled identity is asked again after so long, microseconds, up to a minute.
    pub identify_every_us: u64,
}

/// Options of a live session; immutable once it is made.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct LiveOptions {
    /// What is done with a frame.
    pub stream: StreamOptions,
    /// At most so many frames a second are looked at, by their timestamps, 0.1 to 240.
    pub target_fps: f32,
    /// A frame in which no part of a 32 x 32 grid has changed by this many gray levels is
    /// skipped, 0 to 255; 0 skips none.
    pub min_change: f32,
    /// After so long an unchanged frame is looked at all the same, microseconds, up to 500,000.
    pub idle_us: u64,
    /// So many results wait to be fetched, 1 to 1000; then the oldest goes, but not its events.
    pub max_results: u32,
}

/// The options of a video session unless an application says otherwise.
#[uniffi::export]
pub fn default_stream_options() -> StreamOptions {
    CoreStreamOptions::default().into()
}

/// The options of a live session unless an application says otherwise.
#[uniffi::export]
pub fn default_live_options() -> LiveOptions {
    let options = CoreLiveOptions::default();
    LiveOptions {
        stream: options.stream.into(),
        target_fps: options.target_fps,
        min_change: options.min_change,
        idle_us: options.idle_us,
        max_results: options.max_results as u32,
    }
}

impl From<CoreStreamOptions> for StreamOptions {
    fn from(options: CoreStreamOptions) -> Self {
        let tracker = options.tracker;
        Self {
            tracker: TrackerOptions {
                max_faces: tracker.max_faces as u32,
                detect_every: tracker.detect_every,
                detect_within_us: tracker.detect_within_us,
                lost_us: tracker.lost_us,
                begin_score: tracker.begin_score,
            },
            analyze_fps: options.analyze_fps,
            max_analyses: options.max_analyses as u32,
            window_frames: options.window_frames as u32,
            min_window: options.min_window as u32,
            smoothing_us: options.smoothing_us,
            switch_margin: options.switch_margin,
            switch_us: options.switch_us,
            min_confidence: options.min_confidence,
            settle_frames: options.settle_frames as u32,
            identify_every_us: options.identify_every_us,
        }
    }
}

impl From<StreamOptions> for CoreStreamOptions {
    fn from(options: StreamOptions) -> Self {
        let tracker = options.tracker;
        Self {
            tracker: CoreTrackerOptions {
                max_faces: tracker.max_faces as usize,
                detect_every: tracker.detect_every,
                detect_within_us: tracker.detect_within_us,
                lost_us: tracker.lost_us,
                begin_score: tracker.begin_score,
            },
            analyze_fps: options.analyze_fps,
            max_analyses: options.max_analyses as usize,
            window_frames: options.window_frames as usize,
            min_window: options.min_window as usize,
            smoothing_us: options.smoothing_us,
            switch_margin: options.switch_margin,
            switch_us: options.switch_us,
            min_confidence: options.min_confidence,
            settle_frames: options.settle_frames as usize,
            identify_every_us: options.identify_every_us,
        }
    }
}

impl From<LiveOptions> for CoreLiveOptions {
    fn from(options: LiveOptions) -> Self {
        Self {
            stream: options.stream.into(),
            target_fps: options.target_fps,
            min_change: options.min_change,
            idle_us: options.idle_us,
            max_results: options.max_results as usize,
        }
    }
}
