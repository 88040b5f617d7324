//! Open-set identification among a small number of users.

use crate::error::{Result, fail};
use crate::features::normalise;
use crate::math::dot;

/// How embeddings are compared.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Calibration {
    /// Subtracted from each embedding (of length 1) before the cosine is taken; empty for none.
    /// Measured as the mean embedding of many people; without it, what all faces share hides
    /// the difference between them.
    pub centre: Vec<f32>,
    /// The least cosine at which a face counts as the user's, -1 to 1.
    pub threshold: f32,
    /// How this was measured, for people.
    pub evidence: String,
}

impl Default for Calibration {
    /// No centre and the threshold 0.66, at which `mien eval identity` accepts about one of a
    /// thousand pairs of different people with the default pack.
    fn default() -> Self {
        Self { centre: Vec::new(), threshold: 0.66, evidence: "default".to_owned() }
    }
}

impl Calibration {
    /// Checks the threshold's range and that all numbers are finite.
    ///
    /// # Errors
    /// `InvalidOption` naming what is wrong.
    pub fn check(&self) -> Result<()> {
        if !(-1.0..=1.0).contains(&self.threshold) {
            fail!(InvalidOption, "the identification threshold is {}; it must be -1 to 1", self.threshold);
        }
        if self.centre.iter().any(|value| !value.is_finite()) {
            fail!(InvalidOption, "the identification centre is not finite");
        }
        Ok(())
    }

    /// The cosine of two embeddings (of length 1) less the centre, -1 to 1; 0 where their lengths
    /// differ.
    pub fn similarity(&self, a: &[f32], b: &[f32]) -> f32 {
        if a.len() != b.len() {
            return 0.0;
        }
        dot(&self.centred(a), &self.centred(b))
    }

    /// `embedding` less the centre, at length 1. A centre of another length is not applied.
    pub fn centred(&self, embedding: &[f32]) -> Vec<f32> {
        let mut centred = embedding.to_vec();
        if self.centre.len() == embedding.len() {
            centred.iter_mut().zip(&self.centre).for_each(|(value, centre)| *value -= centre);
        }
        normalise(&mut centred);
        centred
    }
}

/// Whose face it is.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub enum Identity {
    /// An enrolled user, with the cosine to the nearest of the user's embeddings.
    User {
        /// The user's name.
        name: String,
        /// -1 to 1.
        similarity: f32,
    },
    /// Nobody enrolled; with the cosine to the nearest embedding of anybody, where there is one.
    Unknown {
        /// -1 to 1.
        nearest: Option<f32>,
    },
}

/// The enrolled embeddings, centred and ready to compare.
#[derive(Debug, Clone, Default)]
pub struct Gallery {
    calibration: Calibration,
    entries: Vec<(String, Vec<Vec<f32>>)>,
}

impl Gallery {
    /// An empty gallery.
    ///
    /// # Errors
    /// `InvalidOption` where the calibration is out of range.
    pub fn new(calibration: Calibration) -> Result<Self> {
        calibration.check()?;
        Ok(Self { calibration, entries: Vec::new() })
    }

    /// Adds embeddings of the user `name`.
    pub fn add(&mut self, name: &str, embeddings: &[Vec<f32>]) {
        let centred: Vec<_> = embeddings.iter().map(|embedding| self.calibration.centred(embedding)).collect();
        match self.entries.iter_mut().find(|(other, _)| other == name) {
            Some((_, own)) => own.extend(centred),
            None => self.entries.push((name.to_owned(), centred)),
        }
    }

    /// Forgets the user `name`; false where there is none.
    pub fn remove(&mut self, name: &str) -> bool {
        let before = self.entries.len();
        self.entries.retain(|(other, _)| other != name);
        self.entries.len() < before
    }

    /// The cosine of `embedding` to the nearest embedding of each user, best first.
    pub fn search(&self, embedding: &[f32]) -> Vec<(&str, f32)> {
        let centred = self.calibration.centred(embedding);
        let mut found: Vec<(&str, f32)> = self
            .entries
            .iter()
            .filter_map(|(name, own)| {
                let fitting = own.iter().filter(|other| other.len() == centred.len());
                let best = fitting.map(|other| dot(other, &centred)).reduce(f32::max)?;
                Some((name.as_str(), best))
            })
            .collect();
        found.sort_by(|a, b| b.1.total_cmp(&a.1));
        found
    }

    /// Whose face `embedding` is: the nearest user at or above the threshold.
    pub fn identify(&self, embedding: &[f32]) -> Identity {
        match self.search(embedding).first() {
            Some(&(name, similarity)) if similarity >= self.calibration.threshold => {
                Identity::User { name: name.to_owned(), similarity }
            }
            nearest => Identity::Unknown { nearest: nearest.map(|&(_, similarity)| similarity) },
        }
    }

    /// How embeddings are compared.
    pub fn calibration(&self) -> &Calibration {
        &self.calibration
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gallery(centre: Vec<f32>) -> Gallery {
        let mut gallery = Gallery::new(Calibration { centre, threshold: 0.9, evidence: String::new() }).unwrap();
        gallery.add("Anna", &[vec![1.0, 0.0, 0.0], vec![0.8, 0.6, 0.0]]);
        gallery.add("Ben", &[vec![0.0, 0.0, 1.0]]);
        gallery
    }

    #[test]
    fn the_nearest_user_above_the_threshold_is_found() {
        let mut gallery = gallery(Vec::new());
        let Identity::User { name, similarity } = gallery.identify(&[0.8, 0.6, 0.0]) else { panic!() };
        assert_eq!(name, "Anna");
        assert!((similarity - 1.0).abs() < 1e-6);
        assert!(matches!(gallery.identify(&[0.0, 1.0, 0.0]), Identity::Unknown { nearest: Some(_) }));
        assert!(gallery.remove("Anna") && !gallery.remove("Anna"));
        assert!(matches!(gallery.identify(&[1.0, 0.0, 0.0]), Identity::Unknown { nearest: Some(_) }));
        assert!(gallery.remove("Ben"));
        assert_eq!(gallery.identify(&[1.0, 0.0, 0.0]), Identity::Unknown { nearest: None });
    }

    #[test]
    fn the_centre_changes_what_is_compared() {
        // Two vectors that share a large part look alike until that part is taken away.
        let (a, b) = ([0.9, 0.3, -0.3], [0.9, -0.3, 0.3]);
        let cosine = |calibration: &Calibration| dot(&calibration.centred(&a), &calibration.centred(&b));
        let plain = Calibration::default();
        let centred = Calibration { centre: vec![0.9, 0.0, 0.0], ..Calibration::default() };
        assert!(cosine(&plain) > 0.6 && cosine(&centred) < -0.99);
        assert_eq!(gallery(vec![0.0; 2]).search(&a)[0].0, "Anna", "a centre of another length is not applied");
    }

    #[test]
    fn calibrations_out_of_range_are_refused() {
        for calibration in [
            Calibration { threshold: f32::NAN, ..Calibration::default() },
            Calibration { threshold: 2.0, ..Calibration::default() },
            Calibration { centre: vec![f32::INFINITY], ..Calibration::default() },
        ] {
            assert!(Gallery::new(calibration).is_err());
        }
    }
}
