//! Calibration of identification: how embeddings are compared and which similarity is enough.

use mien_nn::math::dot;
use serde::{Deserialize, Serialize};

use crate::check::within;
use crate::codec;
use crate::embedding::normalize;
use crate::error::{Result, fail};

const MAGIC: &[u8; 4] = b"MCAL";
const VERSION: u16 = 2;

/// How embeddings are compared, and which similarity is enough.
///
/// A stranger is compared with every user of a gallery, so more users need a higher threshold.
/// Similarities of different people have an exponential tail (they are extreme values of many small
/// effects). With its decay length `rise`, a stranger is accepted as rarely among n users as by one
/// if the threshold grows by `rise * ln(n)`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Subtracted from each embedding (of length 1) before the cosine is computed; empty for none.
    /// It is the mean embedding of many people: without it, what all faces share hides their
    /// differences.
    pub center: Vec<f32>,
    /// Minimum similarity to the only user of a gallery, -1 to 1.
    pub threshold: f32,
    /// Added to the threshold for each factor of e in the number of users, 0 to 1.
    pub rise: f32,
    /// Minimum lead of the best user's similarity over the second best, 0 to 2.
    pub margin: f32,
    /// SHA-256 of the identity network that it was measured with; empty for any.
    pub network: String,
    /// How it was measured, in words.
    pub evidence: String,
    /// Error rates measured on people who were not used for the calibration; `None` if not
    /// measured.
    pub figures: Option<Figures>,
}

/// Error rates of a calibration, measured on people who were not used for it. Rates are 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Number of users enrolled at a time.
    pub users: u32,
    /// Share of the pictures of enrolled people that were identified as another user.
    pub wrong_user_rate: f32,
    /// Share of the pictures of enrolled people that were identified as unknown.
    pub missed_user_rate: f32,
    /// Share of the pictures of other people that were identified as a user.
    pub unknown_accepted_rate: f32,
}

/// The layout of a version 1 calibration.
#[derive(Deserialize)]
struct Version1 {
    center: Vec<f32>,
    threshold: f32,
    evidence: String,
}

impl From<Version1> for Calibration {
    /// Keeps its decisions: one threshold for any number of users, no margin.
    fn from(Version1 { center, threshold, evidence }: Version1) -> Self {
        Self { center, threshold, rise: 0.0, margin: 0.0, network: String::new(), evidence, figures: None }
    }
}

/// Maximum absolute value in a center: the length of a centered embedding of any dimension stays
/// finite.
const LARGEST_OF_CENTER: f32 = 65_504.0;

/// Default margin; `mien eval identity` measures with it.
pub const MARGIN: f32 = 0.03;

impl Default for Calibration {
    /// The calibration of the default pack: threshold 0.62 for one user, rise 0.026, no center (a
    /// center must be computed from many people's faces). `mien eval identity` prints its error
    /// rates.
    fn default() -> Self {
        Self {
            center: Vec::new(),
            threshold: 0.62,
            rise: 0.026,
            margin: MARGIN,
            network: String::new(),
            evidence: "default of the default pack".to_owned(),
            figures: None,
        }
    }
}

impl Calibration {
    /// Checks the ranges and that all numbers are finite.
    ///
    /// # Errors
    /// `InvalidOption` naming the value that is wrong.
    pub fn check(&self) -> Result<()> {
        for (name, value, range) in [
            ("threshold", self.threshold, -1.0..=1.0),
            ("rise", self.rise, 0.0..=1.0),
            ("margin", self.margin, 0.0..=2.0),
        ] {
            within(&format!("the identification {name}"), value, range)?;
        }
        if self.center.iter().any(|value| !value.is_finite() || value.abs() > LARGEST_OF_CENTER) {
            fail!(InvalidOption, "the identification center is not finite, or beyond {LARGEST_OF_CENTER}");
        }
        let Some(figures) = self.figures else { return Ok(()) };
        for rate in [figures.wrong_user_rate, figures.missed_user_rate, figures.unknown_accepted_rate] {
            within("a rate of the identification's figures", rate, 0.0..=1.0)?;
        }
        Ok(())
    }

    /// Returns the minimum similarity for identification among `users` users.
    pub fn threshold_for(&self, users: usize) -> f32 {
        self.threshold + self.rise * libm::logf(users.max(1) as f32)
    }

    /// Returns `embedding` minus the center, scaled to length 1. A center of another length is not
    /// applied.
    pub fn centered(&self, embedding: &[f32]) -> Vec<f32> {
        let mut centered = embedding.to_vec();
        if self.center.len() == embedding.len() {
            centered.iter_mut().zip(&self.center).for_each(|(value, center)| *value -= center);
        }
        normalize(&mut centered);
        centered
    }

    /// Returns the cosine of two embeddings after centering, -1 to 1; -1 if their lengths differ.
    pub fn similarity(&self, a: &[f32], b: &[f32]) -> f32 {
        if a.len() != b.len() {
            return -1.0;
        }
        dot(&self.centered(a), &self.centered(b))
    }

    /// Encodes the calibration with a version and a checksum.
    pub fn to_bytes(&self) -> Vec<u8> {
        codec::seal(MAGIC, VERSION, self)
    }

    /// Decodes a calibration of this version or version 1.
    ///
    /// # Errors
    /// `ProfileCorrupt` if the bytes are damaged, out of range or not a calibration;
    /// `ProfileVersion` if a newer version wrote them.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let opened = codec::open(MAGIC, 1..=VERSION, bytes, "calibration")?;
        let calibration = match opened.version {
            1 => opened.read::<Version1>()?.into(),
            _ => opened.read::<Self>()?,
        };
        match calibration.check() {
            Ok(()) => Ok(calibration),
            Err(error) => fail!(ProfileCorrupt, "the calibration is out of range: {error}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn the_center_changes_what_is_compared() {
        // Two vectors with a large common part look alike until that part is removed.
        let (a, b) = ([0.9, 0.3, -0.3], [0.9, -0.3, 0.3]);
        let plain = Calibration::default();
        let centered = Calibration { center: vec![0.9, 0.0, 0.0], ..Calibration::default() };
        assert!(plain.similarity(&a, &b) > 0.6 && centered.similarity(&a, &b) < -0.99);
        let misfit = Calibration { center: vec![0.0; 2], ..Calibration::default() };
        assert_eq!(misfit.similarity(&a, &b), plain.similarity(&a, &b), "a center of another length is not applied");
        assert_eq!(plain.similarity(&a, &b[..2]), -1.0);
    }

    #[test]
    fn the_threshold_rises_with_the_number_of_users() {
        let calibration = Calibration { threshold: 0.5, rise: 0.1, ..Calibration::default() };
        assert_eq!((calibration.threshold_for(0), calibration.threshold_for(1)), (0.5, 0.5));
        let ratio = |users: usize| calibration.threshold_for(10 * users) - calibration.threshold_for(users);
        assert!((ratio(1) - 0.1 * 10f32.ln()).abs() < 1e-6 && (ratio(10) - ratio(1)).abs() < 1e-6);
    }

    fn figures(rate: f32) -> Figures {
        Figures { users: 25, wrong_user_rate: 0.0, missed_user_rate: 0.1, unknown_accepted_rate: rate }
    }

    #[test]
    fn calibrations_out_of_range_are_refused() {
        for calibration in [
            Calibration { threshold: f32::NAN, ..Calibration::default() },
            Calibration { threshold: 2.0, ..Calibration::default() },
            Calibration { rise: -0.1, ..Calibration::default() },
            Calibration { margin: f32::INFINITY, ..Calibration::default() },
            Calibration { center: vec![f32::INFINITY], ..Calibration::default() },
            Calibration { center: vec![0.0, -f32::MAX], ..Calibration::default() },
            Calibration { figures: Some(figures(f32::NAN)), ..Calibration::default() },
            Calibration { figures: Some(figures(-0.1)), ..Calibration::default() },
            Calibration { figures: Some(figures(1.5)), ..Calibration::default() },
        ] {
            assert!(calibration.check().is_err());
            let error = Calibration::from_bytes(&calibration.to_bytes()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ProfileCorrupt);
        }
    }

    #[test]
    fn a_calibration_survives_the_bytes_with_its_evidence() {
        let figures = figures(0.005);
        let calibration = Calibration {
            center: vec![0.5, -0.25],
            network: "abc".to_owned(),
            figures: Some(figures),
            ..Calibration::default()
        };
        assert_eq!(Calibration::from_bytes(&calibration.to_bytes()).unwrap(), calibration);
        let mut bytes = calibration.to_bytes();
        bytes[9] ^= 1;
        assert_eq!(Calibration::from_bytes(&bytes).unwrap_err().kind(), ErrorKind::ProfileCorrupt);
    }

    #[test]
    fn a_calibration_of_version_1_is_read_and_decides_as_it_did() {
        #[derive(Serialize)]
        struct Written {
            center: Vec<f32>,
            threshold: f32,
            evidence: String,
        }
        let written = Written { center: vec![0.5], threshold: 0.4, evidence: "old".to_owned() };
        let read = Calibration::from_bytes(&codec::seal(MAGIC, 1, &written)).unwrap();
        assert_eq!((read.threshold_for(1), read.threshold_for(100), read.margin), (0.4, 0.4, 0.0));
        assert_eq!((read.center, read.evidence, read.figures), (vec![0.5], "old".to_owned(), None));
        let newer = codec::seal(MAGIC, VERSION + 1, &written);
        assert_eq!(Calibration::from_bytes(&newer).unwrap_err().kind(), ErrorKind::ProfileVersion);
    }
}
