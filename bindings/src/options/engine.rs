//! Options of engines and limits of stores.

use mien_core::engine::EngineOptions as CoreEngineOptions;
use mien_core::face::detect::DetectorOptions as CoreDetectorOptions;
use mien_core::face::quality::QualityLimits as CoreQualityLimits;
use mien_core::train::generic::GenericHead;
use mien_core::users::store::Limits as CoreLimits;

use crate::calibration::Calibration;
use crate::error::Result;

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
