//! The protocol of `mien eval identity`: verification of pairs and open-set identification.
//!
//! People are split into halves. The centre of the embeddings (see
//! [`Calibration::centre`]) and the threshold are measured on one half and used on the other,
//! so no figure is measured on people who helped to set it. Open set: of a half, every second
//! person is enrolled with the first half of their pictures; the rest of those pictures must be
//! given the right name, the pictures of the others none.

use std::collections::BTreeMap;

use super::metrics::{Verification, threshold_at, verification};
use crate::error::{Result, fail};
use crate::math::{SplitMix64, dot};
use crate::users::gallery::{Calibration, Gallery, Identity};

/// The embedding of a person's picture.
#[derive(Debug, Clone)]
pub struct Portrait {
    /// Who it is.
    pub person: String,
    /// The embedding, of length 1.
    pub embedding: Vec<f32>,
}

/// What an evaluation found.
#[derive(Debug, Clone, PartialEq)]
pub struct IdentityScores {
    /// People with a usable picture.
    pub people: usize,
    /// Calibrated on the other half of the people.
    pub verification: Verification,
    /// The plain cosine, without any calibration.
    pub uncalibrated: Verification,
    /// Measured on everybody, for use on other people.
    pub calibration: Calibration,
    /// Plain-cosine threshold at the same false accept rate.
    pub uncalibrated_threshold: f32,
    /// Share of the pictures of enrolled people that were given another's name.
    pub wrong_user_rate: f64,
    /// Share of the pictures of enrolled people that were taken for unknown.
    pub missed_user_rate: f64,
    /// Share of the pictures of other people that were given a name.
    pub unknown_accepted_rate: f64,
}

/// The false accept rate of a pair at which thresholds are set.
pub const THRESHOLD_FAR: f64 = 0.001;

/// Evaluates `portraits`; `seed` decides the halves.
///
/// # Errors
/// `NotEnoughSamples` for less than four people or without two pictures of one person in each
/// half.
pub fn identity(portraits: &[Portrait], seed: u64) -> Result<IdentityScores> {
    let mut people: Vec<&str> = portraits.iter().map(|portrait| portrait.person.as_str()).collect();
    people.sort_unstable();
    people.dedup();
    if people.len() < 4 {
        fail!(NotEnoughSamples, "{} people with a usable picture; at least four are needed", people.len());
    }
    SplitMix64::new(seed).shuffle(&mut people);
    let half_of: BTreeMap<&str, usize> = people.iter().enumerate().map(|(i, person)| (*person, i % 2)).collect();
    let halves: [Vec<&Portrait>; 2] =
        [0, 1].map(|half| portraits.iter().filter(|p| half_of[p.person.as_str()] == half).collect());

    let (mut genuine, mut impostor) = (Vec::new(), Vec::new());
    let mut open = OpenSet::default();
    for (half, other) in [(&halves[0], &halves[1]), (&halves[1], &halves[0])] {
        let calibration = calibrate(other)?;
        let (same, different) = pair_scores(half, &calibration);
        genuine.extend(same);
        impostor.extend(different);
        open.probe(half, calibration)?;
    }
    let plain = Calibration { centre: Vec::new(), ..Calibration::default() };
    let everybody: Vec<&Portrait> = portraits.iter().collect();
    let (plain_genuine, plain_impostor) = pair_scores(&everybody, &plain);
    let figures = |genuine: &[f32], impostor: &[f32]| match verification(genuine, impostor) {
        Some(figures) => Ok(figures),
        None => fail!(NotEnoughSamples, "no two pictures of one person"),
    };
    Ok(IdentityScores {
        people: people.len(),
        verification: figures(&genuine, &impostor)?,
        uncalibrated: figures(&plain_genuine, &plain_impostor)?,
        calibration: calibrate(&everybody)?,
        uncalibrated_threshold: threshold_at(&plain_impostor, THRESHOLD_FAR),
        wrong_user_rate: share(open.wrong, open.known),
        missed_user_rate: share(open.missed, open.known),
        unknown_accepted_rate: share(open.accepted, open.unknown),
    })
}

/// Centre and threshold measured on `portraits`.
fn calibrate(portraits: &[&Portrait]) -> Result<Calibration> {
    let Some(first) = portraits.first() else { fail!(NotEnoughSamples, "no picture to calibrate with") };
    let mut centre = vec![0.0f64; first.embedding.len()];
    for portrait in portraits {
        for (sum, &value) in centre.iter_mut().zip(&portrait.embedding) {
            *sum += f64::from(value) / portraits.len() as f64;
        }
    }
    let mut calibration =
        Calibration { centre: centre.into_iter().map(|value| value as f32).collect(), ..Calibration::default() };
    let (_, impostor) = pair_scores(portraits, &calibration);
    if impostor.is_empty() {
        fail!(NotEnoughSamples, "no two people to calibrate with");
    }
    calibration.threshold = threshold_at(&impostor, THRESHOLD_FAR).clamp(-1.0, 1.0);
    let mut people: Vec<_> = portraits.iter().map(|portrait| &portrait.person).collect();
    people.sort_unstable();
    people.dedup();
    calibration.evidence = format!(
        "{} pictures of {} people, false accept rate {THRESHOLD_FAR} of {} pairs",
        portraits.len(),
        people.len(),
        impostor.len(),
    );
    Ok(calibration)
}

/// Cosines of the pairs of one person and of two.
fn pair_scores(portraits: &[&Portrait], calibration: &Calibration) -> (Vec<f32>, Vec<f32>) {
    let centred: Vec<Vec<f32>> = portraits.iter().map(|portrait| calibration.centred(&portrait.embedding)).collect();
    let (mut same, mut different) = (Vec::new(), Vec::new());
    for (index, portrait) in portraits.iter().enumerate() {
        for (other, embedding) in portraits[..index].iter().zip(&centred) {
            let scores = if other.person == portrait.person { &mut same } else { &mut different };
            scores.push(dot(embedding, &centred[index]));
        }
    }
    (same, different)
}

#[derive(Default)]
struct OpenSet {
    known: usize,
    wrong: usize,
    missed: usize,
    unknown: usize,
    accepted: usize,
}

impl OpenSet {
    fn probe(&mut self, portraits: &[&Portrait], calibration: Calibration) -> Result<()> {
        let mut pictures: BTreeMap<&str, Vec<&Portrait>> = BTreeMap::new();
        for portrait in portraits {
            pictures.entry(&portrait.person).or_default().push(portrait);
        }
        let mut gallery = Gallery::new(calibration)?;
        let mut probes = Vec::new();
        for (index, (person, pictures)) in pictures.iter().enumerate() {
            let enrolled = if index % 2 == 0 { pictures.len() / 2 } else { 0 };
            let embeddings: Vec<_> = pictures[..enrolled].iter().map(|picture| picture.embedding.clone()).collect();
            if enrolled > 0 {
                gallery.add(person, &embeddings);
            }
            probes.extend(pictures[enrolled..].iter().map(|picture| (enrolled > 0, picture)));
        }
        for (enrolled, probe) in probes {
            let answer = gallery.identify(&probe.embedding);
            if enrolled {
                self.known += 1;
                match answer {
                    Identity::User { name, .. } if name == probe.person => {}
                    Identity::User { .. } => self.wrong += 1,
                    Identity::Unknown { .. } => self.missed += 1,
                }
            } else {
                self.unknown += 1;
                self.accepted += usize::from(matches!(answer, Identity::User { .. }));
            }
        }
        Ok(())
    }
}

fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::normalise;

    /// Two hundred people, each a random direction beside a part that all share, with noise.
    fn portraits(noise: f32) -> Vec<Portrait> {
        let mut rng = SplitMix64::new(8);
        let mut random = move || rng.below(2001) as f32 / 1000.0 - 1.0;
        let mut portraits = Vec::new();
        for person in 0..200 {
            let own: Vec<f32> = (0..64).map(|_| random()).collect();
            for _ in 0..4 {
                let mut embedding: Vec<f32> = own.iter().map(|own| 2.0 + own + noise * random()).collect();
                normalise(&mut embedding);
                portraits.push(Portrait { person: format!("p{person}"), embedding });
            }
        }
        portraits
    }

    #[test]
    fn clear_people_are_told_apart() {
        let scores = identity(&portraits(0.2), 0).unwrap();
        assert_eq!(scores.people, 200);
        assert_eq!((scores.verification.auc, scores.verification.eer), (1.0, 0.0));
        assert_eq!((scores.wrong_user_rate, scores.missed_user_rate), (0.0, 0.0));
        // A stranger meets 50 users of two embeddings each, and one pair of a thousand passes.
        assert!(scores.unknown_accepted_rate <= 100.0 * THRESHOLD_FAR, "{}", scores.unknown_accepted_rate);
        assert_eq!(scores.calibration.centre.len(), 64);
    }

    #[test]
    fn noise_costs_accuracy() {
        let scores = identity(&portraits(3.0), 0).unwrap();
        assert!(scores.verification.auc < 0.95 && scores.verification.eer > 0.05, "{scores:?}");
    }

    #[test]
    fn too_few_people_are_refused() {
        assert!(identity(&portraits(0.2)[..12], 0).is_err());
    }
}
