//! Options of engines and limits of stores.

use mien_core::Modality;
use mien_core::engine::EngineOptions as CoreEngineOptions;
use mien_core::face::detect::DetectorOptions as CoreDetectorOptions;
use mien_core::face::quality::QualityLimits as CoreQualityLimits;
use mien_core::fusion::{Fusion as CoreFusion, Weights};
use mien_core::train::generic::GenericHead;
use mien_core::users::store::Limits as CoreLimits;

use crate::calibration::Calibration;
use crate::error::Result;

/// Options of the face detector.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct DetectorOptions {
    /// Side of the square that the frame is fitted into, pixels: a multiple of 32, 96 to 1280. Smaller is
    /// faster and misses small faces (below about 10 pixels there). Default 320.
    pub size: u32,
    /// Minimum detection score of a face, 0 to 1. Default 0.6.
    pub score: f32,
    /// Maximum intersection over union of two boxes, 0 to 1; above it the box with the lower score is
    /// dropped. Default 0.3.
    pub overlap: f32,
    /// Maximum number of faces, those with the best scores, 1 to 1000. Default 20.
    pub max_faces: u32,
}

/// Limits that a usable face must keep.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct QualityLimits {
    /// Minimum distance between the eyes, pixels. Default 18.
    pub eye_distance: f32,
    /// Maximum turn to either side, degrees. Default 40.
    pub yaw: f32,
    /// Maximum nod up or down, degrees. Default 35.
    pub pitch: f32,
    /// Maximum tilt to either side, degrees. Default 45.
    pub roll: f32,
    /// Minimum sharpness: the share of fine detail in the contrast. Default 0.02.
    pub sharpness: f32,
    /// Minimum mean luminance, 0 to 255. Default 35.
    pub darkest: f32,
    /// Maximum mean luminance, 0 to 255. Default 230.
    pub brightest: f32,
    /// Minimum standard deviation of the luminance, 0 to 127. Default 10.
    pub contrast: f32,
    /// Maximum share of pixels that are nearly black or white, 0 to 1. Default 0.5.
    pub clipped: f32,
}

/// How much the answers of one modality weigh where face and voice are joined: their logarithms are multiplied by it.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct FusionWeights {
    /// Weight of its generic head, above 0. Default 1.
    pub generic: f32,
    /// Weight of heads adapted to a user, above 0. Default 1.
    pub adapted: f32,
}

/// How face and voice are joined. `mien eval ravdess` with `--face-features` finds weights.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct Fusion {
    /// Weights of the face.
    pub face: FusionWeights,
    /// Weights of the voice.
    pub speech: FusionWeights,
}

/// Options of an engine; immutable after creation.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct EngineOptions {
    /// Options of the face detector.
    pub detector: DetectorOptions,
    /// Limits that a usable face must keep.
    pub quality: QualityLimits,
    /// How identity is decided. Default `None`: the calibration of the store, or else of the model pack.
    pub calibration: Option<Calibration>,
    /// The file of the generic head, written by `mien train`. Default `None`: the last layer of the
    /// expression network.
    pub generic_head: Option<Vec<u8>>,
    /// The file of the generic head for speech, written by `mien train --stream speech`. Default `None`: the voice
    /// counts only for users with a head of their own for speech.
    pub generic_speech_head: Option<Vec<u8>>,
    /// Whether the networks of a face run in parallel, on one more thread while a frame is processed. If
    /// another core is free, the result comes earlier, for somewhat more energy. Default false.
    pub parallel: bool,
    /// How face and voice are joined. Default: all weights 1.
    pub fusion: Fusion,
}

/// Maximum sizes of a store. Stored data stays readable under lower limits.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct StoreLimits {
    /// Maximum number of users. Default 100.
    pub users: u32,
    /// Maximum number of embeddings per user. Default 256.
    pub embeddings: u32,
    /// Maximum size of all stored data, bytes in pages of 4096. Default 512 MiB.
    pub store_bytes: u64,
    /// Maximum size of a file that a user is imported from, bytes. Default 256 MiB.
    pub import_bytes: u64,
}

/// Returns the default options of an engine.
#[uniffi::export]
pub fn default_engine_options() -> EngineOptions {
    let CoreEngineOptions { detector, quality, parallel, fusion, .. } = CoreEngineOptions::default();
    let weights = |modality| {
        let Weights { generic, adapted } = fusion.weights(modality);
        FusionWeights { generic, adapted }
    };
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
        generic_speech_head: None,
        parallel,
        fusion: Fusion { face: weights(Modality::Face), speech: weights(Modality::Speech) },
    }
}

/// Returns the default limits of a store.
#[uniffi::export]
pub fn default_store_limits() -> StoreLimits {
    CoreLimits::default().into()
}

impl Fusion {
    fn checked(self) -> Result<CoreFusion> {
        let weights = |FusionWeights { generic, adapted }| Weights { generic, adapted };
        let each = [(Modality::Face, weights(self.face)), (Modality::Speech, weights(self.speech))];
        Ok(CoreFusion::new(each)?)
    }
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
            generic_speech: self.generic_speech_head.map(|file| GenericHead::decode(&file)).transpose()?,
            parallel: self.parallel,
            fusion: self.fusion.checked()?,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::FailureKind;

    #[test]
    fn weights_of_face_and_voice_reach_the_core_and_are_checked() {
        let default = default_engine_options();
        assert_eq!(default.clone().checked().unwrap().fusion.weights(Modality::Speech), Weights::default());
        let speech = FusionWeights { generic: 0.25, adapted: 0.5 };
        let weighted = EngineOptions { fusion: Fusion { speech, ..default.fusion }, ..default.clone() };
        let fusion = weighted.checked().unwrap().fusion;
        assert_eq!(fusion.weights(Modality::Speech), Weights { generic: 0.25, adapted: 0.5 });
        assert_eq!(fusion.weights(Modality::Face), Weights::default());
        let face = FusionWeights { generic: 0.0, adapted: 1.0 };
        let refused = EngineOptions { fusion: Fusion { face, ..default.fusion }, ..default }.checked();
        assert_eq!(refused.map(drop).unwrap_err().kind(), FailureKind::InvalidOption);
    }
}
