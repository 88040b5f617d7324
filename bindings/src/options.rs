//! Options; the functions `default_...` give the defaults, which are the core's.

use mien_core::engine::EngineOptions as CoreEngineOptions;
use mien_core::engine::enrollment::EnrollmentOptions as CoreEnrollmentOptions;
use mien_core::face::detect::DetectorOptions as CoreDetectorOptions;
use mien_core::face::quality::QualityLimits as CoreQualityLimits;
use mien_core::face::track::TrackerOptions as CoreTrackerOptions;
use mien_core::head::HeadKind as CoreHeadKind;
use mien_core::stream::{LiveOptions as CoreLiveOptions, StreamOptions as CoreStreamOptions};
use mien_core::timeline::{Retention as CoreRetention, TimelineOptions as CoreTimelineOptions};
use mien_core::train::adapt::{AdaptOptions as CoreAdaptOptions, PseudoLabels as CorePseudoLabels};
use mien_core::train::fit::FitOptions as CoreFitOptions;
use mien_core::train::generic::GenericHead;
use mien_core::users::store::Limits as CoreLimits;

use crate::error::Result;
use crate::users::Calibration;

/// How faces are found.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct DetectorOptions {
    /// Side of the square that the frame is fitted into, pixels: a multiple of 32, 96 to 1280.
    /// Smaller is faster and misses small faces (below about 10 pixels there).
    pub size: u32,
    /// Faces below this score are dropped, 0 to 1.
    pub score: f32,
    /// Of two boxes that overlap by more than this intersection over union, the one with the
    /// lower score is dropped, 0 to 1.
    pub overlap: f32,
    /// At most so many faces, those with the best scores, 1 to 1000.
    pub max_faces: u32,
}

/// The limits that a usable face keeps to.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct QualityLimits {
    /// Least distance between the eyes, pixels.
    pub eye_distance: f32,
    /// Most yaw to either side, degrees.
    pub yaw: f32,
    /// Most pitch up or down, degrees.
    pub pitch: f32,
    /// Most roll to either side, degrees.
    pub roll: f32,
    /// Least sharpness.
    pub sharpness: f32,
    /// Least mean luminance, 0 to 255.
    pub darkest: f32,
    /// Most mean luminance, 0 to 255.
    pub brightest: f32,
    /// Least contrast.
    pub contrast: f32,
    /// Most share of clipped pixels, 0 to 1.
    pub clipped: f32,
}

/// Options of an engine; immutable once it is made.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct EngineOptions {
    /// How faces are found.
    pub detector: DetectorOptions,
    /// What a usable face keeps to.
    pub quality: QualityLimits,
    /// How identity is decided; none: the store's calibration, or else the pack's.
    pub calibration: Option<Calibration>,
    /// The generic head's file, as `mien train` writes it; none: the expression network's own
    /// last layer answers for everybody.
    pub generic_head: Option<Vec<u8>>,
    /// Whether the networks of a face run beside each other, on a thread more for the time of the
    /// frame: where another core is free the same answer comes earlier, for somewhat more energy.
    pub parallel: bool,
}

/// How much a store may hold; what is there already stays readable under lower limits.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct StoreLimits {
    /// Users.
    pub users: u32,
    /// Embeddings of a user.
    pub embeddings: u32,
    /// Bytes of all that is kept, in pages of 4096.
    pub store_bytes: u64,
    /// Bytes of a file that a user is imported from.
    pub import_bytes: u64,
}

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

/// How an enrollment goes.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct EnrollmentOptions {
    /// Frames after which the user is known well.
    pub target_frames: u32,
    /// Frames without which there is no user, 1 and up.
    pub min_frames: u32,
    /// Frames after which no more are taken, at most 20.
    pub max_frames: u32,
    /// How much a frame must differ from each one taken: 1 less the cosine of the embeddings.
    pub min_difference: f32,
}

/// The kinds of heads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum HeadKind {
    /// Logistic regression over the mean of a clip.
    Logistic,
    /// One attention weight a frame.
    SingleAttention,
    /// Frame attention, then relation to the clip's first summary.
    RelationAttention,
    /// Frames attend to frames.
    SelfAttention,
}

/// How a fit is done.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct FitOptions {
    /// Passes over the clips, 1 to 100,000.
    pub epochs: u32,
    /// Clips a step; 0 for all.
    pub batch: u32,
    /// Adam's first rate, above 0.
    pub rate: f32,
    /// Pull toward the starting weights, 0 and up.
    pub pull: f32,
    /// Whether each class weighs the same, whatever its number of clips.
    pub balanced: bool,
    /// Share of the target that is spread over all classes that occur, 0 to 0.9.
    pub smoothing: f32,
    /// Decides which clips share a batch.
    pub seed: u64,
}

/// How unlabeled clips are learned: the head that learned the labeled clips names them, and the
/// ones that it is sure of are learned besides.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct PseudoLabels {
    /// Least probability of a clip's answer, 0.5 to 1.
    pub confidence: f32,
    /// What such a clip weighs beside a labeled one of its class, above 0 to 1.
    pub weight: f32,
}

/// Options of an adaptation.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct AdaptOptions {
    /// The kind of the user's head; that of the generic head where the engine was given one.
    pub head: HeadKind,
    /// How a fit is done; none: what suits the head.
    pub fit: Option<FitOptions>,
    /// The part of a recorded class's weight that draws from the generic data take, 0 to 0.9.
    pub rehearsal: f32,
    /// Whether the user's offset is taken from the frames.
    pub centered: bool,
    /// Inner splits, 2 to 64.
    pub folds: u32,
    /// Whether a head that does not beat the one that answers now is refused.
    pub gate: bool,
    /// Whether and how unlabeled clips are learned; none: they are not.
    pub pseudo_labels: Option<PseudoLabels>,
}

/// For how many days what is kept; none is for ever. Coarser tallies must be kept at least as
/// long as finer ones.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct Retention {
    /// Events.
    pub events: Option<u32>,
    /// Buckets of a minute.
    pub minutes: Option<u32>,
    /// Buckets of an hour.
    pub hours: Option<u32>,
    /// Buckets of a day.
    pub days: Option<u32>,
    /// A medium, whole, after events were last recorded of it.
    pub media: Option<u32>,
}

/// Options of a user's timelines.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct TimelineOptions {
    /// By how many minutes days begin before those of UTC, -840 to 840. It can be changed only
    /// while nothing by wall time is kept.
    pub offset_minutes: i32,
    /// How long what is kept.
    pub retention: Retention,
}

/// The options of an engine unless an application says otherwise.
#[uniffi::export]
pub fn default_engine_options() -> EngineOptions {
    let CoreEngineOptions { detector, quality, parallel, .. } = CoreEngineOptions::default();
    EngineOptions {
        detector: DetectorOptions {
            size: detector.size as u32,
            score: detector.score,
            overlap: detector.overlap,
            max_faces: detector.max_faces as u32,
        },
        quality: QualityLimits {
            eye_distance: quality.eye_distance,
            yaw: quality.yaw,
            pitch: quality.pitch,
            roll: quality.roll,
            sharpness: quality.sharpness,
            darkest: quality.darkest,
            brightest: quality.brightest,
            contrast: quality.contrast,
            clipped: quality.clipped,
        },
        calibration: None,
        generic_head: None,
        parallel,
    }
}

/// The limits of a store unless an application says otherwise.
#[uniffi::export]
pub fn default_store_limits() -> StoreLimits {
    CoreLimits::default().into()
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

/// The options of an enrollment unless an application says otherwise.
#[uniffi::export]
pub fn default_enrollment_options() -> EnrollmentOptions {
    let options = CoreEnrollmentOptions::default();
    EnrollmentOptions {
        target_frames: options.target_frames as u32,
        min_frames: options.min_frames as u32,
        max_frames: options.max_frames as u32,
        min_difference: options.min_difference,
    }
}

/// The options of an adaptation unless an application says otherwise.
#[uniffi::export]
pub fn default_adapt_options() -> AdaptOptions {
    let options = CoreAdaptOptions::default();
    AdaptOptions {
        head: HeadKind::Logistic,
        fit: None,
        rehearsal: options.rehearsal,
        centered: options.centered,
        folds: options.folds as u32,
        gate: options.gate,
        pseudo_labels: None,
    }
}

/// How a head of this kind is fitted unless an application says otherwise: the starting point
/// for options of one's own.
#[uniffi::export]
pub fn default_fit_options(head: HeadKind) -> FitOptions {
    let options = CoreFitOptions::for_kind(head.into());
    FitOptions {
        epochs: options.epochs as u32,
        batch: options.batch as u32,
        rate: options.rate,
        pull: options.pull,
        balanced: options.balanced,
        smoothing: options.smoothing,
        seed: options.seed,
    }
}

/// How unlabeled clips are learned unless an application says otherwise.
#[uniffi::export]
pub fn default_pseudo_labels() -> PseudoLabels {
    let CorePseudoLabels { confidence, weight } = CorePseudoLabels::default();
    PseudoLabels { confidence, weight }
}

/// The options of timelines unless an application says otherwise.
#[uniffi::export]
pub fn default_timeline_options() -> TimelineOptions {
    CoreTimelineOptions::default().into()
}

impl EngineOptions {
    pub(crate) fn checked(self) -> Result<CoreEngineOptions> {
        let (detector, quality) = (self.detector, self.quality);
        Ok(CoreEngineOptions {
            detector: CoreDetectorOptions {
                size: detector.size as usize,
                score: detector.score,
                overlap: detector.overlap,
                max_faces: detector.max_faces as usize,
            },
            quality: CoreQualityLimits {
                eye_distance: quality.eye_distance,
                yaw: quality.yaw,
                pitch: quality.pitch,
                roll: quality.roll,
                sharpness: quality.sharpness,
                darkest: quality.darkest,
                brightest: quality.brightest,
                contrast: quality.contrast,
                clipped: quality.clipped,
            },
            calibration: self.calibration.map(Calibration::checked).transpose()?,
            generic: self.generic_head.map(|file| GenericHead::decode(&file)).transpose()?,
            parallel: self.parallel,
        })
    }
}

impl From<StoreLimits> for CoreLimits {
    fn from(limits: StoreLimits) -> Self {
        Self {
            users: limits.users as usize,
            embeddings: limits.embeddings as usize,
            store_bytes: limits.store_bytes,
            import_bytes: limits.import_bytes,
        }
    }
}

impl From<CoreLimits> for StoreLimits {
    fn from(limits: CoreLimits) -> Self {
        Self {
            users: limits.users as u32,
            embeddings: limits.embeddings as u32,
            store_bytes: limits.store_bytes,
            import_bytes: limits.import_bytes,
        }
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

impl From<EnrollmentOptions> for CoreEnrollmentOptions {
    fn from(options: EnrollmentOptions) -> Self {
        Self {
            target_frames: options.target_frames as usize,
            min_frames: options.min_frames as usize,
            max_frames: options.max_frames as usize,
            min_difference: options.min_difference,
        }
    }
}

impl From<HeadKind> for CoreHeadKind {
    fn from(kind: HeadKind) -> Self {
        match kind {
            HeadKind::Logistic => Self::Logistic,
            HeadKind::SingleAttention => Self::SingleAttention,
            HeadKind::RelationAttention => Self::RelationAttention,
            HeadKind::SelfAttention => Self::SelfAttention,
        }
    }
}

impl From<FitOptions> for CoreFitOptions {
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

impl From<AdaptOptions> for CoreAdaptOptions {
    fn from(options: AdaptOptions) -> Self {
        let pseudo_labels = |PseudoLabels { confidence, weight }| CorePseudoLabels { confidence, weight };
        Self {
            fit: options.fit.map(CoreFitOptions::from),
            rehearsal: options.rehearsal,
            centered: options.centered,
            folds: options.folds as usize,
            gate: options.gate,
            pseudo_labels: options.pseudo_labels.map(pseudo_labels),
        }
    }
}

impl From<CoreTimelineOptions> for TimelineOptions {
    fn from(CoreTimelineOptions { offset_minutes, retention }: CoreTimelineOptions) -> Self {
        let CoreRetention { events, minutes, hours, days, media } = retention;
        Self { offset_minutes, retention: Retention { events, minutes, hours, days, media } }
    }
}

impl From<TimelineOptions> for CoreTimelineOptions {
    fn from(TimelineOptions { offset_minutes, retention }: TimelineOptions) -> Self {
        let Retention { events, minutes, hours, days, media } = retention;
        Self { offset_minutes, retention: CoreRetention { events, minutes, hours, days, media } }
    }
}
