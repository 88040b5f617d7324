//! How identity is decided.

use mien_core::recognition::{calibration::Figures as CoreFigures, gallery as core};

use crate::error::{Result, fail};

/// Numbers, each as the four bytes of an `f32`, little-endian: uniffi would copy a `Vec<f32>` number by number.
pub type Floats = Vec<u8>;

/// How embeddings are compared and when a similarity identifies a user.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct Calibration {
    /// Vector that is subtracted from each embedding before it is compared; empty for none.
    pub center: Floats,
    /// Minimum similarity that identifies the only user of a gallery, -1 to 1.
    pub threshold: f32,
    /// Rise of the threshold for each factor e in the number of users, 0 to 1.
    pub rise: f32,
    /// Minimum lead of the most similar user over the second, 0 to 2.
    pub margin: f32,
    /// SHA-256 of the identity network that it was measured with; empty for any.
    #[uniffi(default = "")]
    pub network: String,
    /// How it was measured, for people.
    #[uniffi(default = "")]
    pub evidence: String,
    /// Measured error rates; `None` if they were not measured.
    pub figures: Option<CalibrationFigures>,
}

/// Error rates of a calibration, measured on people who had no part in it; shares are 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct CalibrationFigures {
    /// Number of users enrolled at a time.
    pub users: u32,
    /// Share of the pictures of enrolled people that got the name of another user.
    pub wrong_user_rate: f32,
    /// Share of the pictures of enrolled people that were not recognized.
    pub missed_user_rate: f32,
    /// Share of the pictures of other people that got the name of a user.
    pub unknown_accepted_rate: f32,
}

impl Calibration {
    pub(crate) fn checked(self) -> Result<core::Calibration> {
        let (values, rest) = self.center.as_chunks::<4>();
        if !rest.is_empty() {
            fail!(InvalidOption, "a center of {} bytes is not a list of f32 values", self.center.len());
        }
        let figures = |figures: CalibrationFigures| CoreFigures {
            users: figures.users,
            wrong_user_rate: figures.wrong_user_rate,
            missed_user_rate: figures.missed_user_rate,
            unknown_accepted_rate: figures.unknown_accepted_rate,
        };
        let calibration = core::Calibration {
            center: values.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect(),
            threshold: self.threshold,
            rise: self.rise,
            margin: self.margin,
            network: self.network,
            evidence: self.evidence,
            figures: self.figures.map(figures),
        };
        calibration.check()?;
        Ok(calibration)
    }
}

impl From<&core::Calibration> for Calibration {
    fn from(calibration: &core::Calibration) -> Self {
        Self {
            center: calibration.center.iter().flat_map(|value| value.to_le_bytes()).collect(),
            threshold: calibration.threshold,
            rise: calibration.rise,
            margin: calibration.margin,
            network: calibration.network.clone(),
            evidence: calibration.evidence.clone(),
            figures: calibration.figures.map(|figures| CalibrationFigures {
                users: figures.users,
                wrong_user_rate: figures.wrong_user_rate,
                missed_user_rate: figures.missed_user_rate,
                unknown_accepted_rate: figures.unknown_accepted_rate,
            }),
        }
    }
}
