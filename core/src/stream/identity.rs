//! Identity of a track: settled over several frames and re-checked on any doubt.

use std::collections::VecDeque;

use crate::embedding::mean_embedding;
use crate::engine::Engine;
use crate::error::Result;
use crate::face::detect::Look;
use crate::face::quality::Quality;
use crate::face::track::{Break, Sight, Verdict};
use crate::face::{Face, Rect};
use crate::frame::Frame;
use crate::recognition::gallery::{Calibration, Identity};

/// Number of consecutive good frames of another person that end a track.
const STRANGER_FRAMES: usize = 3;

/// Distance below the identification threshold at which an embedding counts as another person. With
/// the default pack this is a plain cosine of 0.46; pictures of one person rarely fall below it.
const OTHER_BELOW: f32 = 0.2;

/// Returns the similarity of two embeddings and the verdict under a calibration.
pub(super) fn verdict(calibration: &Calibration, a: &[f32], b: &[f32]) -> (f32, Verdict) {
    let similarity = calibration.similarity(a, b);
    let verdict = if similarity >= calibration.threshold {
        Verdict::Same
    } else if similarity >= calibration.threshold - OTHER_BELOW {
        Verdict::Unclear
    } else {
        Verdict::Other
    };
    (similarity, verdict)
}

/// The engine's networks applied to one frame.
pub(super) struct Networks<'a> {
    pub engine: &'a Engine,
    pub frame: &'a Frame<'a>,
    pub calibration: Calibration,
}

impl Sight for Networks<'_> {
    fn detect(&mut self) -> Result<Vec<Face>> {
        self.engine.detect(self.frame)
    }

    fn detect_around(&mut self, region: &Rect) -> Result<Look> {
        self.engine.detect_around(self.frame, region)
    }

    fn embed(&mut self, face: &Face) -> Result<Vec<f32>> {
        self.engine.extractor().identity(self.frame, face)
    }

    fn compare(&self, a: &[f32], b: &[f32]) -> (f32, Verdict) {
        verdict(&self.calibration, a, b)
    }
}

/// Weight of a good picture: larger for large and frontal faces.
pub(super) fn weight(quality: &Quality) -> f32 {
    let straight = |degrees: f32| degrees.to_radians().cos().max(0.0);
    ((quality.eye_distance / 60.0).min(1.0) * straight(quality.yaw) * straight(quality.pitch)).max(0.05)
}

/// An embedding and the context of its frame.
pub(super) struct Evidence<'a> {
    pub embedding: &'a [f32],
    /// From the picture's quality; `None` if the picture is not good enough to count.
    pub weight: Option<f32>,
    /// Comparison with the track so far; `None` if nothing is known of the track.
    pub verdict: Option<Verdict>,
    pub broken: Option<Break>,
}

/// What a frame changed.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Finding {
    /// No change.
    Unchanged,
    /// The identity is settled.
    Settled(Identity),
    /// The identity is no longer settled.
    Lost,
    /// The track shows a different person than before.
    Stranger,
}

/// The identity of a track, as far as it is known.
#[derive(Default)]
pub(super) struct Person {
    good: VecDeque<(Vec<f32>, f32)>,
    strangers: Vec<Vec<f32>>,
    settled: Option<Identity>,
    asked_us: u64,
}

impl Person {
    /// Returns the identity if it is settled.
    pub fn identity(&self) -> Option<&Identity> {
        self.settled.as_ref()
    }

    /// Returns the user whose head may answer.
    pub fn user(&self) -> Option<&str> {
        self.settled.as_ref().and_then(Identity::user)
    }

    /// Clears the identity; returns true if it was settled.
    pub fn unsettle(&mut self) -> bool {
        self.good.clear();
        self.settled.take().is_some()
    }

    /// Takes the next embedding. `identify` queries the gallery, `compare` compares two embeddings.
    pub fn observe(
        &mut self,
        evidence: &Evidence<'_>,
        now_us: u64,
        settle_frames: usize,
        identify_every_us: u64,
        identify: impl Fn(&[f32]) -> Identity,
        compare: impl Fn(&[f32], &[f32]) -> Verdict,
    ) -> Finding {
        let was_settled = self.settled.is_some();
        if evidence.verdict == Some(Verdict::Other) {
            self.unsettle();
            if self.is_stranger(evidence, compare) {
                return Finding::Stranger;
            }
            return if was_settled { Finding::Lost } else { Finding::Unchanged };
        }
        self.strangers.clear();
        if !self.survives(evidence, &identify) {
            self.unsettle();
        }
        if let Some(weight) = evidence.weight {
            self.good.push_back((evidence.embedding.to_vec(), weight));
            while self.good.len() > settle_frames {
                self.good.pop_front();
            }
        }
        let due = self.settled.is_none() || now_us.saturating_sub(self.asked_us) >= identify_every_us;
        if due
            && self.good.len() == settle_frames
            && let Some(identity) = self.ask(&identify, &compare)
        {
            self.asked_us = now_us;
            let before = self.settled.replace(identity.clone());
            if before.is_none_or(|before| before.user() != identity.user()) {
                return Finding::Settled(identity);
            }
        }
        if was_settled && self.settled.is_none() { Finding::Lost } else { Finding::Unchanged }
    }

    /// Whether the settled identity survives a break: after a doubt, if this frame is identified as
    /// the same user; after a return, never.
    fn survives(&self, evidence: &Evidence<'_>, identify: &impl Fn(&[f32]) -> Identity) -> bool {
        match (evidence.broken, &self.settled) {
            (None, _) | (_, None) => true,
            (Some(Break::Return), Some(_)) => false,
            (Some(Break::Doubt), Some(settled)) => settled.user() == identify(evidence.embedding).user(),
        }
    }

    /// Whether the last good frames all show the same other person.
    fn is_stranger(&mut self, evidence: &Evidence<'_>, compare: impl Fn(&[f32], &[f32]) -> Verdict) -> bool {
        if evidence.weight.is_none() {
            return false;
        }
        self.strangers.retain(|other| compare(other, evidence.embedding) != Verdict::Other);
        self.strangers.push(evidence.embedding.to_vec());
        self.strangers.len() >= STRANGER_FRAMES
    }

    /// Identifies the mean of the good embeddings; `None` if they do not agree with each other.
    fn ask(
        &self,
        identify: &impl Fn(&[f32]) -> Identity,
        compare: &impl Fn(&[f32], &[f32]) -> Verdict,
    ) -> Option<Identity> {
        let mean = mean_embedding(self.good.iter().map(|(embedding, weight)| (embedding.as_slice(), *weight)))?;
        let agree = self.good.iter().all(|(embedding, _)| compare(embedding, &mean) == Verdict::Same);
        agree.then(|| identify(&mean))
    }
}

#[cfg(test)]
mod tests {
    use mien_nn::math::dot;

    use super::*;
    use crate::recognition::gallery::UnknownReason;

    /// Two people, as embeddings.
    const ANNA: [f32; 2] = [1.0, 0.0];
    const BEN: [f32; 2] = [0.0, 1.0];
    const BETWEEN: [f32; 2] = [0.6, 0.8];

    fn calibration() -> Calibration {
        Calibration::default()
    }

    fn identify(embedding: &[f32]) -> Identity {
        let similarity = dot(embedding, &ANNA);
        match similarity {
            s if s >= 0.66 => Identity::User { name: "Anna".to_owned(), similarity },
            _ => Identity::Unknown { nearest: Some(similarity), reason: UnknownReason::BelowThreshold },
        }
    }

    fn show(
        person: &mut Person,
        now_ms: u64,
        embedding: &[f32],
        before: Option<Verdict>,
        broken: Option<Break>,
    ) -> Finding {
        let evidence = Evidence { embedding, weight: Some(1.0), verdict: before, broken };
        let compare = |a: &[f32], b: &[f32]| verdict(&calibration(), a, b).1;
        person.observe(&evidence, 1000 * now_ms, 3, 1_000_000, identify, compare)
    }

    fn anna() -> Person {
        let mut person = Person::default();
        for now_ms in [0, 100] {
            assert_eq!(show(&mut person, now_ms, &ANNA, Some(Verdict::Same), None), Finding::Unchanged);
            assert_eq!(person.user(), None, "two frames settle nothing");
        }
        assert!(matches!(show(&mut person, 200, &ANNA, Some(Verdict::Same), None), Finding::Settled(_)));
        assert_eq!(person.user(), Some("Anna"));
        person
    }

    #[test]
    fn several_agreeing_frames_settle_the_identity() {
        anna();
        let mut person = Person::default();
        for (now_ms, embedding) in [(0, ANNA), (100, BEN), (200, ANNA)] {
            assert_eq!(show(&mut person, now_ms, &embedding, None, None), Finding::Unchanged);
        }
        assert_eq!(person.identity(), None);
    }

    #[test]
    fn another_face_takes_the_users_head_away_at_once_and_ends_the_track_soon() {
        let mut person = anna();
        assert_eq!(show(&mut person, 300, &BEN, Some(Verdict::Other), None), Finding::Lost);
        assert_eq!(person.user(), None);
        assert_eq!(show(&mut person, 400, &BEN, Some(Verdict::Other), None), Finding::Unchanged);
        assert_eq!(show(&mut person, 500, &BEN, Some(Verdict::Other), None), Finding::Stranger);
    }

    #[test]
    fn one_odd_frame_ends_no_track() {
        let mut person = anna();
        assert_eq!(show(&mut person, 300, &BEN, Some(Verdict::Other), None), Finding::Lost);
        for now_ms in [400, 500] {
            show(&mut person, now_ms, &ANNA, Some(Verdict::Same), None);
            assert_eq!(person.user(), None);
        }
        show(&mut person, 600, &ANNA, Some(Verdict::Same), None);
        assert_eq!(person.user(), Some("Anna"));
    }

    #[test]
    fn a_doubt_is_cleared_by_the_frame_itself_and_a_return_is_not() {
        let mut person = anna();
        assert_eq!(show(&mut person, 300, &ANNA, Some(Verdict::Same), Some(Break::Doubt)), Finding::Unchanged);
        assert_eq!(person.user(), Some("Anna"));
        assert_eq!(show(&mut person, 400, &BETWEEN, Some(Verdict::Unclear), Some(Break::Doubt)), Finding::Lost);
        let mut person = anna();
        assert_eq!(show(&mut person, 300, &ANNA, Some(Verdict::Same), Some(Break::Return)), Finding::Lost);
        assert_eq!(person.user(), None);
    }

    #[test]
    fn a_settled_identity_is_rechecked_from_time_to_time() {
        let mut person = anna();
        let gone = |_: &[f32]| Identity::Unknown { nearest: None, reason: UnknownReason::NobodyEnrolled };
        let compare = |a: &[f32], b: &[f32]| verdict(&calibration(), a, b).1;
        let evidence = Evidence { embedding: &ANNA, weight: Some(1.0), verdict: Some(Verdict::Same), broken: None };
        assert_eq!(person.observe(&evidence, 1_100_000, 3, 1_000_000, gone, compare), Finding::Unchanged);
        let finding = person.observe(&evidence, 1_200_000, 3, 1_000_000, gone, compare);
        assert_eq!(
            finding,
            Finding::Settled(Identity::Unknown { nearest: None, reason: UnknownReason::NobodyEnrolled })
        );
        assert_eq!(person.user(), None);
    }

    #[test]
    fn poor_pictures_settle_nothing() {
        let mut person = Person::default();
        let compare = |a: &[f32], b: &[f32]| verdict(&calibration(), a, b).1;
        let evidence = Evidence { embedding: &ANNA, weight: None, verdict: None, broken: None };
        for now_us in 0..10 {
            assert_eq!(person.observe(&evidence, now_us, 3, 1_000_000, identify, compare), Finding::Unchanged);
        }
    }
}
