//! Records for the options that the core declares.
//!
//! Written by `make contract` from the declarations in the core; edit those.

use super::PowerBudget;

/// Options of the face detector.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct DetectorOptions {
    /// Side of the square that the frame is fitted into, pixels: a multiple of 32. Smaller is faster and misses small
    /// faces (below about 10 pixels in the square). Range: 96 to 1280. Default: 320.
    pub size: u32,
    /// Minimum detection score of a face. Range: 0 to 1. Default: 0.6.
    pub score: f32,
    /// Maximum intersection over union of two boxes; above it the box with the lower score is dropped. Range: 0 to 1.
    /// Default: 0.3.
    pub overlap: f32,
    /// Maximum number of faces, those with the best scores. Range: 1 to 1000. Default: 20.
    pub max_faces: u32,
}

impl Default for DetectorOptions {
    fn default() -> Self {
        mien_core::face::detect::DetectorOptions::default().into()
    }
}

impl From<mien_core::face::detect::DetectorOptions> for DetectorOptions {
    fn from(options: mien_core::face::detect::DetectorOptions) -> Self {
        Self {
            size: options.size as u32,
            score: options.score,
            overlap: options.overlap,
            max_faces: options.max_faces as u32,
        }
    }
}

impl From<DetectorOptions> for mien_core::face::detect::DetectorOptions {
    fn from(options: DetectorOptions) -> Self {
        Self {
            size: options.size as usize,
            score: options.score,
            overlap: options.overlap,
            max_faces: options.max_faces as usize,
        }
    }
}

/// Limits that a usable face must keep.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct QualityLimits {
    /// Minimum distance between the eyes, pixels. Range: 0 or more. Default: 18.
    pub eye_distance: f32,
    /// Maximum turn to either side, degrees. Range: 0 or more. Default: 40.
    pub yaw: f32,
    /// Maximum nod up or down, degrees. Range: 0 or more. Default: 35.
    pub pitch: f32,
    /// Maximum tilt to either side, degrees. Range: 0 or more. Default: 45.
    pub roll: f32,
    /// Minimum sharpness: the share of fine detail in the contrast. Range: 0 or more. Default: 0.02.
    pub sharpness: f32,
    /// Minimum mean luminance, of 0 to 255. Range: 0 or more. Default: 35.
    pub darkest: f32,
    /// Maximum mean luminance, of 0 to 255. Range: 0 or more. Default: 230.
    pub brightest: f32,
    /// Minimum standard deviation of the luminance, of 0 to 127. Range: 0 or more. Default: 10.
    pub contrast: f32,
    /// Maximum share of pixels that are nearly black or white. Range: 0 or more. Default: 0.5.
    pub clipped: f32,
}

impl Default for QualityLimits {
    fn default() -> Self {
        mien_core::face::quality::QualityLimits::default().into()
    }
}

impl From<mien_core::face::quality::QualityLimits> for QualityLimits {
    fn from(options: mien_core::face::quality::QualityLimits) -> Self {
        Self {
            eye_distance: options.eye_distance,
            yaw: options.yaw,
            pitch: options.pitch,
            roll: options.roll,
            sharpness: options.sharpness,
            darkest: options.darkest,
            brightest: options.brightest,
            contrast: options.contrast,
            clipped: options.clipped,
        }
    }
}

impl From<QualityLimits> for mien_core::face::quality::QualityLimits {
    fn from(options: QualityLimits) -> Self {
        Self {
            eye_distance: options.eye_distance,
            yaw: options.yaw,
            pitch: options.pitch,
            roll: options.roll,
            sharpness: options.sharpness,
            darkest: options.darkest,
            brightest: options.brightest,
            contrast: options.contrast,
            clipped: options.clipped,
        }
    }
}

/// Maximum sizes of a store. Stored data stays readable under lower limits.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct StoreLimits {
    /// Maximum number of users. Default: 100.
    pub users: u32,
    /// Maximum number of embeddings per user. Default: 256.
    pub embeddings: u32,
    /// Maximum size of all stored data, bytes in pages of 4096. The file can be up to twice as large until it is
    /// trimmed. Default: 512 MiB.
    pub store_bytes: u64,
    /// Maximum size of a file that a user is imported from, bytes; enforced by whoever reads the file. Default: 256
    /// MiB.
    pub import_bytes: u64,
}

impl Default for StoreLimits {
    fn default() -> Self {
        mien_core::users::store::Limits::default().into()
    }
}

impl From<mien_core::users::store::Limits> for StoreLimits {
    fn from(options: mien_core::users::store::Limits) -> Self {
        Self {
            users: options.users as u32,
            embeddings: options.embeddings as u32,
            store_bytes: options.store_bytes,
            import_bytes: options.import_bytes,
        }
    }
}

impl From<StoreLimits> for mien_core::users::store::Limits {
    fn from(options: StoreLimits) -> Self {
        Self {
            users: options.users as usize,
            embeddings: options.embeddings as usize,
            store_bytes: options.store_bytes,
            import_bytes: options.import_bytes,
        }
    }
}

/// Options of the tracker, which follows faces from frame to frame.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct TrackerOptions {
    /// Maximum number of faces that are followed at a time; as many lost faces are remembered. Range: 1 to 32. Default:
    /// 4.
    pub max_faces: u32,
    /// The detector runs on every n-th frame; every other time it runs only around the followed faces, so a new face
    /// may wait twice as long. Range: 1 to 1000. Default: 5.
    pub detect_every: u32,
    /// Maximum time between detections if frames come slowly, microseconds. Range: 0 to 1 min. Default: 200 ms.
    pub detect_within_us: u64,
    /// Time that an unseen face is remembered, microseconds. Range: 0 to 1 min. Default: 2 s.
    pub lost_us: u64,
    /// Minimum detection score of a new track; an old one continues with any detection. Range: 0 to 1. Default: 0.7.
    pub begin_score: f32,
}

impl Default for TrackerOptions {
    fn default() -> Self {
        mien_core::face::track::TrackerOptions::default().into()
    }
}

impl From<mien_core::face::track::TrackerOptions> for TrackerOptions {
    fn from(options: mien_core::face::track::TrackerOptions) -> Self {
        Self {
            max_faces: options.max_faces as u32,
            detect_every: options.detect_every,
            detect_within_us: options.detect_within_us,
            lost_us: options.lost_us,
            begin_score: options.begin_score,
        }
    }
}

impl From<TrackerOptions> for mien_core::face::track::TrackerOptions {
    fn from(options: TrackerOptions) -> Self {
        Self {
            max_faces: options.max_faces as usize,
            detect_every: options.detect_every,
            detect_within_us: options.detect_within_us,
            lost_us: options.lost_us,
            begin_score: options.begin_score,
        }
    }
}

/// Options of a session; immutable after creation.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct StreamOptions {
    /// How faces are followed.
    pub tracker: TrackerOptions,
    /// Number of analyses of each face per second. Range: 0.1 to 240. Default: 10.
    pub analyze_fps: f32,
    /// Maximum number of settled faces analyzed in one frame; the others wait for the next frame, the longest waiting
    /// first. Range: 1 to 32. Default: 2.
    pub max_analyses: u32,
    /// Number of the last analyses of a track that the head reads; the default is half a second. Range: 1 to 256.
    /// Default: 5.
    pub window_frames: u32,
    /// Minimum number of analyses, 1 to `window_frames`; with fewer the answer is unsure. Default: 3.
    pub min_window: u32,
    /// Time constant of the smoothing of probabilities, microseconds of stream time: after it 63 % of a change shows. 0
    /// disables smoothing. Range: 0 to 10 s. Default: 100 ms.
    pub smoothing_us: u64,
    /// Probability by which another label must lead before the label changes. Range: 0 to 1. Default: 0.1.
    pub switch_margin: f32,
    /// Time that another label must lead before the label changes, microseconds of stream time. Range: 0 to 10 s.
    /// Default: 100 ms.
    pub switch_us: u64,
    /// Minimum probability of the label; below it the answer is unsure. Range: 0 to 1. Default: 0.5.
    pub min_confidence: f32,
    /// Number of agreeing good embeddings that settle an identity. Range: 1 to 16. Default: 3.
    pub settle_frames: u32,
    /// Re-identification interval of a settled identity, microseconds. Range: 0 to 1 min. Default: 1 s.
    pub identify_every_us: u64,
    /// How long speech goes on counting after its end, microseconds. Range: 0 to 1 min. Default: 1 s.
    pub speech_hold_us: u64,
}

impl Default for StreamOptions {
    fn default() -> Self {
        mien_core::stream::StreamOptions::default().into()
    }
}

impl From<mien_core::stream::StreamOptions> for StreamOptions {
    fn from(options: mien_core::stream::StreamOptions) -> Self {
        Self {
            tracker: options.tracker.into(),
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

impl From<StreamOptions> for mien_core::stream::StreamOptions {
    fn from(options: StreamOptions) -> Self {
        Self {
            tracker: options.tracker.into(),
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

/// Options of a live session; immutable after creation.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct LiveOptions {
    /// How frames are processed.
    pub stream: StreamOptions,
    /// Maximum number of frames processed per second, by their timestamps. Range: 0.1 to 240. Default: 15.
    pub target_fps: f32,
    /// A frame is skipped if no cell of a 32 x 32 grid changed by this many gray levels since the last frame that was
    /// taken; 0 skips none. At the default, sensor noise stays below, and a moving mouth in a face of a tenth of the
    /// picture's height is above. Range: 0 to 255. Default: 3.
    pub min_change: f32,
    /// Maximum time without processing a frame, microseconds (a longer gap would break the tracks); after it an
    /// unchanged frame is processed too. Range: 0 to 500 ms. Default: 400 ms.
    pub idle_us: u64,
    /// Maximum number of results that wait to be fetched; beyond it the oldest is dropped, and its events move to the
    /// next result. Range: 1 to 1000. Default: 32.
    pub max_results: u32,
}

impl Default for LiveOptions {
    fn default() -> Self {
        mien_core::stream::LiveOptions::default().into()
    }
}

impl From<mien_core::stream::LiveOptions> for LiveOptions {
    fn from(options: mien_core::stream::LiveOptions) -> Self {
        Self {
            stream: options.stream.into(),
            target_fps: options.target_fps,
            min_change: options.min_change,
            idle_us: options.idle_us,
            max_results: options.max_results as u32,
        }
    }
}

impl From<LiveOptions> for mien_core::stream::LiveOptions {
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

/// How much a live session works; it can change while the session runs (`LiveSession::set_pace`).
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct LivePace {
    /// Maximum number of frames processed per second, by their timestamps. Range: 0.1 to 240. Default: 15.
    pub target_fps: f32,
    /// A frame is skipped if no cell of a 32 x 32 grid changed by this many gray levels; 0 skips none. Range: 0 to 255.
    /// Default: 3.
    pub min_change: f32,
    /// How much energy the session may use. Default: `full`.
    pub power: PowerBudget,
}

impl Default for LivePace {
    fn default() -> Self {
        mien_core::stream::LivePace::default().into()
    }
}

impl From<mien_core::stream::LivePace> for LivePace {
    fn from(options: mien_core::stream::LivePace) -> Self {
        Self { target_fps: options.target_fps, min_change: options.min_change, power: options.power.into() }
    }
}

impl From<LivePace> for mien_core::stream::LivePace {
    fn from(options: LivePace) -> Self {
        Self { target_fps: options.target_fps, min_change: options.min_change, power: options.power.into() }
    }
}

/// Options of an enrollment.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct EnrollmentOptions {
    /// Number of accepted frames at which the enrollment is complete, `min_frames` to `max_frames`. With one frame
    /// twice as many pictures are not recognized as with three. Default: 5.
    pub target_frames: u32,
    /// Minimum number of accepted frames; with fewer no user is enrolled. Range: 1 to 20. Default: 1.
    pub min_frames: u32,
    /// Maximum number of accepted frames. Range: 1 to 20. Default: 10.
    pub max_frames: u32,
    /// Minimum difference to each accepted frame: 1 minus the cosine of the embeddings. A still camera yields about
    /// 0.005 from frame to frame, another picture of the same person 0.1 and more. Range: 0 to 2. Default: 0.01.
    pub min_difference: f32,
    /// Whether the person was asked and says that all frames show one person, for a user who looks unlike themselves in
    /// some. Then frames that look like somebody else are accepted too, except those that resemble another enrolled
    /// user. Default: false.
    pub same_person: bool,
}

impl Default for EnrollmentOptions {
    fn default() -> Self {
        mien_core::engine::enrollment::EnrollmentOptions::default().into()
    }
}

impl From<mien_core::engine::enrollment::EnrollmentOptions> for EnrollmentOptions {
    fn from(options: mien_core::engine::enrollment::EnrollmentOptions) -> Self {
        Self {
            target_frames: options.target_frames as u32,
            min_frames: options.min_frames as u32,
            max_frames: options.max_frames as u32,
            min_difference: options.min_difference,
            same_person: options.same_person,
        }
    }
}

impl From<EnrollmentOptions> for mien_core::engine::enrollment::EnrollmentOptions {
    fn from(options: EnrollmentOptions) -> Self {
        Self {
            target_frames: options.target_frames as usize,
            min_frames: options.min_frames as usize,
            max_frames: options.max_frames as usize,
            min_difference: options.min_difference,
            same_person: options.same_person,
        }
    }
}

/// Options of a fit. The defaults are those for adapting a logistic head.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct FitOptions {
    /// Number of passes over the clips; 60 with rehearsal, 300 for a generic head. Range: 1 to 100,000. Default: 200.
    pub epochs: u32,
    /// Number of clips per step; 0: all. Default: 0.
    pub batch: u32,
    /// Initial learning rate of Adam; the default is that of logistic heads. Relation attention: 0.03; single and
    /// self-attention: 0.003. With rehearsal: logistic 0.03, relation attention 0.0125, single and self-attention
    /// 0.002. Range: above 0. Default: 0.15.
    pub rate: f32,
    /// Pull toward the starting weights (L2-SP); 0.001 with rehearsal. Range: 0 or more. Default: 0.0003.
    pub pull: f32,
    /// Whether each class weighs the same, whatever its number of clips. Default: true.
    pub balanced: bool,
    /// Share of the target that is spread over all classes that occur (label smoothing). Range: 0 to 0.9. Default: 0.
    pub smoothing: f32,
    /// Seed that decides which clips share a batch. Default: 0.
    pub seed: u64,
}

impl Default for FitOptions {
    fn default() -> Self {
        mien_core::train::fit::FitOptions::default().into()
    }
}

impl From<mien_core::train::fit::FitOptions> for FitOptions {
    fn from(options: mien_core::train::fit::FitOptions) -> Self {
        Self {
            epochs: options.epochs as u32,
            batch: options.batch as u32,
            rate: options.rate,
            pull: options.pull,
            balanced: options.balanced,
            smoothing: options.smoothing,
            seed: options.seed,
        }
    }
}

impl From<FitOptions> for mien_core::train::fit::FitOptions {
    fn from(options: FitOptions) -> Self {
        Self {
            epochs: options.epochs as usize,
            batch: options.batch as usize,
            rate: options.rate,
            pull: options.pull,
            balanced: options.balanced,
            smoothing: options.smoothing,
            seed: options.seed,
        }
    }
}

/// Training on unlabeled clips (Lee, Pseudo-Label, ICML workshop 2013): the head trained on the labeled clips labels
/// them, and confidently labeled ones are added to the training. They are not part of any estimate.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct PseudoLabels {
    /// Minimum probability of a clip's label. Range: 0.5 to 1. Default: 0.9.
    pub confidence: f32,
    /// Weight of such a clip relative to a labeled clip of its class. Range: above 0, up to 1. Default: 0.5.
    pub weight: f32,
}

impl Default for PseudoLabels {
    fn default() -> Self {
        mien_core::train::adapt::PseudoLabels::default().into()
    }
}

impl From<mien_core::train::adapt::PseudoLabels> for PseudoLabels {
    fn from(options: mien_core::train::adapt::PseudoLabels) -> Self {
        Self { confidence: options.confidence, weight: options.weight }
    }
}

impl From<PseudoLabels> for mien_core::train::adapt::PseudoLabels {
    fn from(options: PseudoLabels) -> Self {
        Self { confidence: options.confidence, weight: options.weight }
    }
}

/// Retention in days per level of detail; `None` keeps data forever. Coarser tallies must be kept at least as long as
/// finer ones. Events and minutes are pruned by whole hours, hours by whole days: a stretch is pruned when all of it
/// has been expired for a day, and later after days on which the clock was not seen.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct Retention {
    /// Days that events are kept. Default: 30.
    pub events: Option<u32>,
    /// Days that tallies of minutes are kept. Default: 366.
    pub minutes: Option<u32>,
    /// Days that tallies of hours are kept. Default: 1827.
    pub hours: Option<u32>,
    /// Days that tallies of days are kept. Default: `None`.
    pub days: Option<u32>,
    /// Days that a medium is kept after its last recorded event. Default: 366.
    pub media: Option<u32>,
}

impl Default for Retention {
    fn default() -> Self {
        mien_core::timeline::Retention::default().into()
    }
}

impl From<mien_core::timeline::Retention> for Retention {
    fn from(options: mien_core::timeline::Retention) -> Self {
        Self {
            events: options.events,
            minutes: options.minutes,
            hours: options.hours,
            days: options.days,
            media: options.media,
        }
    }
}

impl From<Retention> for mien_core::timeline::Retention {
    fn from(options: Retention) -> Self {
        Self {
            events: options.events,
            minutes: options.minutes,
            hours: options.hours,
            days: options.days,
            media: options.media,
        }
    }
}

/// Options of a user's timelines.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct TimelineOptions {
    /// Minutes by which local time is ahead of UTC: 60 in Berlin in winter, -300 in New York. It can change only while
    /// no data by wall time is stored; times of media are not shifted. Range: -840 to 840. Default: 0.
    pub offset_minutes: i32,
    /// How long data is kept.
    pub retention: Retention,
}

impl Default for TimelineOptions {
    fn default() -> Self {
        mien_core::timeline::TimelineOptions::default().into()
    }
}

impl From<mien_core::timeline::TimelineOptions> for TimelineOptions {
    fn from(options: mien_core::timeline::TimelineOptions) -> Self {
        Self { offset_minutes: options.offset_minutes, retention: options.retention.into() }
    }
}

impl From<TimelineOptions> for mien_core::timeline::TimelineOptions {
    fn from(options: TimelineOptions) -> Self {
        Self { offset_minutes: options.offset_minutes, retention: options.retention.into() }
    }
}
