//! Options of engines and limits of stores.

use mien_core::Modality;
use mien_core::engine::EngineOptions as CoreEngineOptions;
use mien_core::fusion::{Fusion as CoreFusion, Weights};
use mien_core::train::generic::GenericHead;

use super::records::{DetectorOptions, QualityLimits};
use crate::calibration::Calibration;
use crate::error::Result;

options! {
    /// How much the answers of one modality weigh where face and voice are joined: their logarithms are multiplied by it.
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct FusionWeights {
        /// Weight of its generic head, above 0.
        pub generic: f32 = 1.0;
        /// Weight of heads adapted to a user, above 0.
        pub adapted: f32 = 1.0;
    }
}

options! {
    /// How face and voice are joined. `mien eval ravdess` with `--face-features` finds weights.
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct Fusion {
        /// Weights of the face.
        pub face: FusionWeights = FusionWeights::default();
        /// Weights of the voice.
        pub speech: FusionWeights = FusionWeights::default();
    }
}

options! {
    /// Options of an engine; immutable after creation.
    #[derive(Debug, Clone, PartialEq)]
    pub struct EngineOptions {
        /// Options of the face detector.
        pub detector: DetectorOptions = DetectorOptions::default();
        /// Limits that a usable face must keep.
        pub quality: QualityLimits = QualityLimits::default();
        /// How identity is decided. `None`: the calibration of the store, or else of the model pack.
        pub calibration: Option<Calibration> = None;
        /// The file of the generic head, written by `mien train`. `None`: the last layer of the expression network.
        pub generic_head: Option<Vec<u8>> = None;
        /// The file of the generic head for speech, written by `mien train --stream speech`. `None`: the voice counts only
        /// for users with a head of their own for speech.
        pub generic_speech_head: Option<Vec<u8>> = None;
        /// Whether the networks of a face run in parallel, on one more thread while a frame is processed. If another core
        /// is free, the result comes earlier, for somewhat more energy.
        pub parallel: bool = false;
        /// How face and voice are joined.
        pub fusion: Fusion = Fusion::default();
    }
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
        Ok(CoreEngineOptions {
            detector: self.detector.into(),
            quality: self.quality.into(),
            calibration: self.calibration.map(Calibration::checked).transpose()?,
            generic: self.generic_head.map(|file| GenericHead::decode(&file)).transpose()?,
            generic_speech: self.generic_speech_head.map(|file| GenericHead::decode(&file)).transpose()?,
            parallel: self.parallel,
            fusion: self.fusion.checked()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;

    #[test]
    fn weights_of_face_and_voice_reach_the_core_and_are_checked() {
        let default = EngineOptions::default();
        assert_eq!(default.clone().checked().unwrap().fusion.weights(Modality::Speech), Weights::default());
        let speech = FusionWeights { generic: 0.25, adapted: 0.5 };
        let weighted = EngineOptions { fusion: Fusion { speech, ..default.fusion }, ..default.clone() };
        let fusion = weighted.checked().unwrap().fusion;
        assert_eq!(fusion.weights(Modality::Speech), Weights { generic: 0.25, adapted: 0.5 });
        assert_eq!(fusion.weights(Modality::Face), Weights::default());
        let face = FusionWeights { generic: 0.0, adapted: 1.0 };
        let refused = EngineOptions { fusion: Fusion { face, ..default.fusion }, ..default }.checked();
        assert_eq!(refused.map(drop).unwrap_err().kind(), ErrorCode::InvalidOption);
    }
}
