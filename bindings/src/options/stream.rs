//! Options of video and live sessions.

use mien_core::face::track::TrackerOptions as CoreTrackerOptions;
use mien_core::stream::{LiveOptions as CoreLiveOptions, StreamOptions as CoreStreamOptions};

/// Options of the tracker, which follows faces from frame to frame.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct TrackerOptions {
    /// Maximum number of faces that are followed at a time, 1 to 32. Default 4.
    pub max_faces: u32,
    /// The detector runs on every n-th frame, 1 to 1000; every other time it runs only around the followed
    /// faces. Default 5.
    pub detect_every: u32,
    /// Maximum time between detections, microseconds, up to a minute. Default 200,000.
    pub detect_within_us: u64,
    /// Time that an unseen face is remembered, microseconds, up to a minute. Default 2,000,000.
    pub lost_us: u64,
    /// Minimum detection score of a new track, 0 to 1. Default 0.7.
    pub begin_score: f32,
}

/// Options of a session; immutable after creation.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct StreamOptions {
    /// Options of the tracker.
    pub tracker: TrackerOptions,
    /// Number of analyses of each face per second, 0.1 to 240. Default 10.
    pub analyze_fps: f32,
    /// Maximum number of settled faces analyzed in one frame, 1 to 32; the others wait for the next frame,
    /// the longest waiting first. Default 2.
    pub max_analyses: u32,
    /// Number of the last analyses of a track that the head reads, 1 to 256. Default 5.
    pub window_frames: u32,
    /// Minimum number of analyses, 1 to `window_frames`; with fewer the answer is unsure. Default 3.
    pub min_window: u32,
    /// Time constant of the smoothing of probabilities, microseconds of stream time, 0 to 10 s; 0 disables
    /// smoothing. Default 100,000.
    pub smoothing_us: u64,
    /// Probability by which another label must lead before the label changes, 0 to 1. Default 0.1.
    pub switch_margin: f32,
    /// Time that another label must lead before the label changes, microseconds of stream time, 0 to 10 s.
    /// Default 100,000.
    pub switch_us: u64,
    /// Minimum probability of the label, 0 to 1; below it the answer is unsure. Default 0.5.
    pub min_confidence: f32,
    /// Number of agreeing good embeddings that settle an identity, 1 to 16. Default 3.
    pub settle_frames: u32,
    /// Re-identification interval of a settled identity, microseconds, up to a minute. Default 1,000,000.
    pub identify_every_us: u64,
    /// How long speech goes on counting after its end, microseconds, up to a minute. Default 1,000,000.
    pub speech_hold_us: u64,
}

/// Options of a live session; immutable after creation.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct LiveOptions {
    /// Options for processing a frame.
    pub stream: StreamOptions,
    /// Maximum number of frames processed per second, by their timestamps, 0.1 to 240. Default 15.
    pub target_fps: f32,
    /// A frame is skipped if no cell of a 32 x 32 grid changed by this many gray levels, 0 to 255; 0 skips
    /// none. Default 3.
    pub min_change: f32,
    /// Maximum time without processing a frame, microseconds, up to 500,000; after it an unchanged frame is
    /// processed too. Default 400,000.
    pub idle_us: u64,
    /// Maximum number of results that wait to be fetched, 1 to 1000; beyond it the oldest is dropped and its
    /// events move to the next result. Default 32.
    pub max_results: u32,
}

/// Returns the default options of a video session.
#[uniffi::export]
pub fn default_stream_options() -> StreamOptions {
    CoreStreamOptions::default().into()
}

/// Returns the default options of a live session.
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
            speech_hold_us: options.speech_hold_us,
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
            speech_hold_us: options.speech_hold_us,
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
