//! Open-set identification among a small number of users.

pub use super::calibration::Calibration;
use crate::embedding::mean_embedding;
use crate::error::Result;
use mien_nn::math::dot;

/// The identity of a face.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub enum Identity {
    /// An enrolled user and the similarity; see [`Gallery::search`].
    User {
        /// The user's name.
        name: String,
        /// The similarity, -1 to 1.
        similarity: f32,
    },
    /// Nobody enrolled.
    Unknown {
        /// The similarity to the most similar user, -1 to 1, if there is one.
        nearest: Option<f32>,
        /// Why it is nobody.
        reason: UnknownReason,
    },
}

impl Identity {
    /// Returns the user's name; `None` if it is nobody who is enrolled.
    pub fn user(&self) -> Option<&str> {
        match self {
            Self::User { name, .. } => Some(name),
            Self::Unknown { .. } => None,
        }
    }

    /// Returns the similarity to the user, or else to the most similar one, -1 to 1, if there is
    /// one.
    pub fn similarity(&self) -> Option<f32> {
        match self {
            Self::User { similarity, .. } => Some(*similarity),
            Self::Unknown { nearest, .. } => *nearest,
        }
    }
}

/// Why a face was not identified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownReason {
    /// No user is enrolled with embeddings that fit the network's.
    NobodyEnrolled,
    /// No user is similar enough.
    BelowThreshold,
    /// Two users are almost equally similar, so it may be either.
    TooNearToASecondUser,
}

/// The warning that must accompany every similarity that is requested or shown, with the rates that
/// the command prints for the default pack and its default threshold.
pub const NO_LOCK: &str = "Identification is no lock: a photograph of the user passes, and of strangers' pictures \
    0.22 % (LFW) and 0.52 % (KDEF) were taken for a user, by `mien eval identity --data DIR`.";

/// The result of a comparison with one user: the face resembles the user's, which does not prove
/// that it is theirs.
///
/// Identification is no lock: a photograph of the user passes, and of strangers' pictures 0.22 %
/// (LFW) and 0.52 % (KDEF) were taken for a user, by `mien eval identity --data DIR`.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Likeness {
    /// As in [`Gallery::search`], -1 to 1.
    pub similarity: f32,
    /// Whether the similarity reaches the threshold for a single user.
    pub resembles: bool,
}

/// The enrolled embeddings, centered for comparison.
#[derive(Debug, Clone, Default)]
pub struct Gallery {
    calibration: Calibration,
    entries: Vec<Entry>,
}

/// A user's embeddings.
#[derive(Debug, Clone)]
struct Entry {
    name: String,
    /// Centered, of length 1.
    embeddings: Vec<Vec<f32>>,
    /// Their mean, scaled to length 1.
    template: Vec<f32>,
}

impl Entry {
    fn new(name: &str) -> Self {
        Self { name: name.to_owned(), embeddings: Vec::new(), template: Vec::new() }
    }

    fn extend(&mut self, embeddings: impl IntoIterator<Item = Vec<f32>>) {
        self.embeddings.extend(embeddings);
        let length = self.embeddings.first().map_or(0, Vec::len);
        let fitting = self.embeddings.iter().filter(|embedding| embedding.len() == length);
        let template = mean_embedding(fitting.map(|embedding| (embedding.as_slice(), 1.0)));
        self.template = template.unwrap_or_default();
    }

    /// Mean of two cosines: to the user's mean embedding and to the nearest one. The mean embedding
    /// tolerates a single odd picture; the nearest one covers the user with and without glasses.
    fn similarity(&self, centered: &[f32]) -> Option<f32> {
        let fitting = self.embeddings.iter().filter(|own| own.len() == centered.len());
        let nearest = fitting.map(|own| dot(own, centered)).reduce(f32::max)?;
        let to_template = if self.template.len() == centered.len() { dot(&self.template, centered) } else { nearest };
        let similarity = f32::midpoint(nearest, to_template);
        Some(if similarity.is_nan() { -1.0 } else { similarity })
    }
}

impl Gallery {
    /// Creates an empty gallery.
    ///
    /// # Errors
    /// `InvalidOption` if the calibration is out of range.
    pub fn new(calibration: Calibration) -> Result<Self> {
        calibration.check()?;
        Ok(Self { calibration, entries: Vec::new() })
    }

    /// Adds embeddings of the user `name`, who may already be there. Embeddings that cannot be
    /// scaled to length 1 are skipped: values that are not finite would match nobody, or everybody.
    pub fn add(&mut self, name: &str, embeddings: &[Vec<f32>]) {
        let centered = embeddings.iter().map(|embedding| self.calibration.centered(embedding));
        let usable: Vec<Vec<f32>> = centered.filter(|centered| (0.5..2.0).contains(&dot(centered, centered))).collect();
        if usable.is_empty() {
            return;
        }
        let index = self.entries.iter().position(|entry| entry.name == name).unwrap_or_else(|| {
            self.entries.push(Entry::new(name));
            self.entries.len() - 1
        });
        self.entries[index].extend(usable);
    }

    /// Removes the user `name`; returns false if there is none.
    pub fn remove(&mut self, name: &str) -> bool {
        let before = self.entries.len();
        self.entries.retain(|entry| entry.name != name);
        self.entries.len() < before
    }

    /// Returns the number of users.
    pub fn users(&self) -> usize {
        self.entries.len()
    }

    /// Returns the minimum similarity for identification with the current number of users.
    pub fn threshold(&self) -> f32 {
        self.calibration.threshold_for(self.users())
    }

    /// Returns the similarity of `embedding` to each user, best first, -1 to 1: the mean of the
    /// cosine to the user's mean embedding and the cosine to the nearest one, after centering.
    /// Users with embeddings of another length are skipped; an `embedding` that is not finite has
    /// similarity -1 to all.
    pub fn search(&self, embedding: &[f32]) -> Vec<(&str, f32)> {
        let centered = self.calibration.centered(embedding);
        let similarity = |entry: &Entry| entry.similarity(&centered);
        let mut found: Vec<(&str, f32)> =
            self.entries.iter().filter_map(|entry| Some((entry.name.as_str(), similarity(entry)?))).collect();
        found.sort_by(|a, b| b.1.total_cmp(&a.1));
        found
    }

    /// Compares `embedding` with the user `name` only; `None` if there is no such user, or the
    /// user's embeddings have another length.
    pub fn verify(&self, name: &str, embedding: &[f32]) -> Option<Likeness> {
        let entry = self.entries.iter().find(|entry| entry.name == name)?;
        let similarity = entry.similarity(&self.calibration.centered(embedding))?;
        Some(Likeness { similarity, resembles: similarity >= self.calibration.threshold_for(1) })
    }

    /// Identifies `embedding` (of one frame, or the mean over frames of one person): the most
    /// similar user, if the similarity reaches the threshold and leads the second best by the
    /// margin.
    pub fn identify(&self, embedding: &[f32]) -> Identity {
        self.decide(&self.search(embedding))
    }

    /// Like [`Gallery::identify`], as if the user `name` were not enrolled.
    pub fn identify_without(&self, name: &str, embedding: &[f32]) -> Identity {
        let mut found = self.search(embedding);
        found.retain(|(other, _)| *other != name);
        self.decide(&found)
    }

    /// Returns the user other than `name` to whom `embedding` is most similar, with the similarity, if it
    /// reaches the threshold. Unlike [`Gallery::identify_without`], it need not lead: a face that resembles
    /// two other users is still none of `name`.
    pub fn another(&self, name: &str, embedding: &[f32]) -> Option<(String, f32)> {
        let mut found = self.search(embedding);
        found.retain(|(other, _)| *other != name);
        let threshold = self.calibration.threshold_for(found.len());
        let &(other, similarity) = found.first()?;
        (similarity >= threshold).then(|| (other.to_owned(), similarity))
    }

    fn decide(&self, found: &[(&str, f32)]) -> Identity {
        let Some(&(name, similarity)) = found.first() else {
            return Identity::Unknown { nearest: None, reason: UnknownReason::NobodyEnrolled };
        };
        let unknown = |reason| Identity::Unknown { nearest: Some(similarity), reason };
        if similarity < self.calibration.threshold_for(found.len()) {
            unknown(UnknownReason::BelowThreshold)
        } else if found.get(1).is_some_and(|&(_, second)| similarity - second < self.calibration.margin) {
            unknown(UnknownReason::TooNearToASecondUser)
        } else {
            Identity::User { name: name.to_owned(), similarity }
        }
    }

    /// The calibration in use.
    pub fn calibration(&self) -> &Calibration {
        &self.calibration
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gallery(calibration: Calibration) -> Gallery {
        let mut gallery = Gallery::new(calibration).unwrap();
        gallery.add("Anna", &[vec![1.0, 0.0, 0.0], vec![0.8, 0.6, 0.0]]);
        gallery.add("Ben", &[vec![0.0, 0.0, 1.0]]);
        gallery
    }

    fn strict() -> Calibration {
        Calibration { threshold: 0.9, rise: 0.0, margin: 0.1, ..Calibration::default() }
    }

    fn reason(identity: Identity) -> Option<UnknownReason> {
        match identity {
            Identity::User { .. } => None,
            Identity::Unknown { reason, .. } => Some(reason),
        }
    }

    #[test]
    fn the_nearest_user_above_the_threshold_is_found() {
        let mut gallery = gallery(strict());
        let Identity::User { name, similarity } = gallery.identify(&[0.8, 0.6, 0.0]) else { panic!() };
        assert_eq!(name, "Anna");
        // Half the cosine 1 to the nearest, half 1.8 / (3.6 ^ 0.5) to the mean.
        assert!((similarity - (1.0 + 1.8 / 3.6f32.sqrt()) / 2.0).abs() < 1e-6);
        assert_eq!(reason(gallery.identify(&[0.0, 1.0, 0.0])), Some(UnknownReason::BelowThreshold));
        assert!(gallery.remove("Anna") && !gallery.remove("Anna"));
        assert_eq!(reason(gallery.identify(&[1.0, 0.0, 0.0])), Some(UnknownReason::BelowThreshold));
        assert!(gallery.remove("Ben"));
        let nobody = Identity::Unknown { nearest: None, reason: UnknownReason::NobodyEnrolled };
        assert_eq!(gallery.identify(&[1.0, 0.0, 0.0]), nobody);
    }

    #[test]
    fn a_face_between_two_users_is_unknown() {
        let calibration = Calibration { threshold: 0.5, ..strict() };
        let generous = Calibration { margin: 0.0, ..calibration.clone() };
        let half = std::f32::consts::FRAC_1_SQRT_2;
        let between = [half, 0.1, half];
        assert_eq!(reason(gallery(calibration).identify(&between)), Some(UnknownReason::TooNearToASecondUser));
        assert_eq!(reason(gallery(generous).identify(&between)), None);
    }

    #[test]
    fn more_users_need_a_better_likeness() {
        let calibration = Calibration { threshold: 0.8, rise: 0.1, margin: 0.0, ..Calibration::default() };
        let probe = [0.85, 0.0, (1.0f32 - 0.85 * 0.85).sqrt()];
        let mut gallery = Gallery::new(calibration).unwrap();
        gallery.add("Anna", &[vec![1.0, 0.0, 0.0]]);
        assert_eq!(reason(gallery.identify(&probe)), None);
        gallery.add("Ben", &[vec![0.0, 1.0, 0.0]]);
        assert_eq!(reason(gallery.identify(&probe)), Some(UnknownReason::BelowThreshold));
        assert!((gallery.threshold() - 0.8 - 0.1 * 2f32.ln()).abs() < 1e-6);
        // Verification of one user does not depend on the number of users.
        assert!(gallery.verify("Anna", &probe).unwrap().resembles);
        assert!(!gallery.verify("Ben", &probe).unwrap().resembles);
        assert_eq!(gallery.verify("Carl", &probe), None);
    }

    #[test]
    fn embeddings_of_other_lengths_or_not_finite_match_nobody() {
        let mut gallery = gallery(strict());
        assert_eq!(reason(gallery.identify(&[1.0, 0.0])), Some(UnknownReason::NobodyEnrolled));
        assert_eq!(reason(gallery.identify(&[f32::NAN; 3])), Some(UnknownReason::BelowThreshold));
        gallery.add("Ben", &[vec![1.0, 0.0]]);
        gallery.add("Carl", &[]);
        assert_eq!((gallery.users(), gallery.search(&[1.0, 0.0]).len()), (2, 1));
    }

    #[test]
    fn values_that_are_not_finite_do_not_disturb_other_users() {
        for center in [vec![], vec![0.1, 0.2, 0.0]] {
            let mut gallery = gallery(Calibration { center, ..strict() });
            let probe = [0.8, 0.6, 0.0];
            let before = gallery.identify(&probe);
            assert!(before.user() == Some("Anna"));
            for hostile in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX] {
                gallery.add("Guest", &[vec![hostile; 3], vec![hostile, 1.0, 0.0]]);
                gallery.add("Anna", &[vec![hostile; 3]]);
                assert_eq!((gallery.identify(&probe), gallery.users()), (before.clone(), 2), "{hostile}");
                assert!(gallery.search(&[hostile, 0.0, 0.0]).iter().all(|(_, similarity)| similarity.is_finite()));
                assert!(!gallery.verify("Anna", &[hostile; 3]).unwrap().resembles);
                assert_eq!(gallery.identify(&[hostile; 3]).user(), None);
            }
        }
    }
}
