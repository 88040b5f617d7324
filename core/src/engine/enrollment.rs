//! Enrollment from frames, guided by quality: each frame is accepted or rejected with a reason.

use std::collections::BTreeMap;

use mien_nn::math::dot;

use crate::check::within;
use crate::engine::{Engine, FaceResult, Upright};
use crate::error::{Result, fail};
use crate::face::quality::QualityIssue;
use crate::frame::Frame;
use crate::recognition::gallery::{Calibration, Gallery, Identity, Likeness};
use crate::users::profile::EMBEDDINGS_KEPT;

/// Options of an enrollment.
#[derive(Debug, Clone, PartialEq)]
pub struct EnrollmentOptions {
    /// Number of frames for a complete enrollment: with one frame twice as many pictures are not
    /// recognized as with three. Default 5.
    pub target_frames: usize,
    /// Minimum number of frames, 1 and up. Default 1.
    pub min_frames: usize,
    /// Maximum number of frames, at most [`EMBEDDINGS_KEPT`]. Default 10.
    pub max_frames: usize,
    /// Minimum difference of a frame from every accepted one: 1 minus the cosine of the embeddings,
    /// 0 to 2. A still camera yields about 0.005 from frame to frame, another picture of the same
    /// person 0.1 and more. Default 0.01.
    pub min_difference: f32,
}

impl Default for EnrollmentOptions {
    fn default() -> Self {
        Self { target_frames: 5, min_frames: 1, max_frames: 10, min_difference: 0.01 }
    }
}

impl EnrollmentOptions {
    /// Checks the order of the counts and the range of the difference.
    ///
    /// # Errors
    /// `InvalidOption` naming the value that is wrong.
    pub fn check(&self) -> Result<()> {
        let Self { target_frames, min_frames, max_frames, min_difference } = *self;
        if min_frames == 0 || target_frames < min_frames || max_frames < target_frames || max_frames > EMBEDDINGS_KEPT {
            fail!(
                InvalidOption,
                "enrollment needs 1 <= min_frames ({min_frames}) <= target_frames ({target_frames}) <= max_frames ({max_frames}) <= \
                 {EMBEDDINGS_KEPT}"
            );
        }
        within("min_difference", min_difference, 0.0..=2.0)
    }
}

/// The result for one frame.
#[derive(Debug, Clone, PartialEq)]
pub enum EnrollmentStep {
    /// The frame was accepted.
    Accepted {
        /// Number of accepted frames so far.
        count: usize,
        /// Number of frames for a complete enrollment.
        target_frames: usize,
    },
    /// The frame was rejected.
    Rejected(Rejection),
}

/// Why a frame was rejected.
#[derive(Debug, Clone, PartialEq)]
pub enum Rejection {
    /// No face was found.
    NoFace,
    /// Several faces were found; their number. Exactly one is needed.
    SeveralFaces(usize),
    /// The face's quality is not good enough.
    Quality(Vec<QualityIssue>),
    /// Too similar to an accepted frame.
    TooSimilar,
    /// Identified as another user.
    LooksLikeAnotherUser {
        /// The other user's name.
        name: String,
        /// As in [`Gallery::search`].
        similarity: f32,
    },
    /// Not the person of the first frames, or not the user whom frames are added to.
    LooksLikeSomebodyElse {
        /// As in [`Gallery::search`].
        similarity: f32,
    },
    /// The maximum number of frames was reached.
    Enough,
}

impl Rejection {
    /// Returns the reason in snake case, for scripts and counts; for quality, the first issue.
    pub fn name(&self) -> &'static str {
        match self {
            Self::NoFace => "no_face",
            Self::SeveralFaces(_) => "several_faces",
            Self::Quality(issues) => issues.first().map_or("low_quality", |issue| issue.name()),
            Self::TooSimilar => "too_similar",
            Self::LooksLikeAnotherUser { .. } => "looks_like_another_user",
            Self::LooksLikeSomebodyElse { .. } => "looks_like_somebody_else",
            Self::Enough => "enough",
        }
    }
}

impl std::fmt::Display for Rejection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoFace => f.write_str("no face"),
            Self::SeveralFaces(count) => write!(f, "{count} faces"),
            Self::Quality(issues) => {
                let reasons: Vec<_> = issues.iter().map(ToString::to_string).collect();
                f.write_str(&reasons.join(", "))
            }
            Self::TooSimilar => f.write_str("too similar to an earlier picture"),
            Self::LooksLikeAnotherUser { name, similarity } => {
                write!(f, "looks like the user {name:?} (similarity {similarity:.2})")
            }
            Self::LooksLikeSomebodyElse { similarity } => {
                write!(f, "looks like somebody else than the pictures taken so far (similarity {similarity:.2})")
            }
            Self::Enough => f.write_str("enough pictures were taken"),
        }
    }
}

/// What was found in a frame, as far as an enrollment needs it; see [`Engine::sight`].
#[derive(Debug, Clone, PartialEq)]
pub struct Sighting(Option<Seen>);

/// The best face of a frame.
#[derive(Debug, Clone, PartialEq)]
struct Seen {
    /// The number of faces in the frame.
    faces: usize,
    issues: Vec<QualityIssue>,
    embedding: Vec<f32>,
}

/// The accepted frames.
struct Samples {
    options: EnrollmentOptions,
    /// The user's earlier embeddings and the accepted ones.
    own: Gallery,
    known: Vec<Vec<f32>>,
    taken: Vec<Vec<f32>>,
    rejected: BTreeMap<&'static str, usize>,
}

/// The name of the one person in the gallery of [`Samples`].
const SELF: &str = "self";

impl Samples {
    fn new(options: EnrollmentOptions, calibration: Calibration, known: Vec<Vec<f32>>) -> Result<Self> {
        options.check()?;
        let mut own = Gallery::new(calibration)?;
        own.add(SELF, &known);
        Ok(Self { options, own, known, taken: Vec::new(), rejected: BTreeMap::new() })
    }

    /// Judges a frame; `others` identifies it among the other users.
    fn add(&mut self, seen: Option<Seen>, others: impl FnOnce(&[f32]) -> Identity) -> EnrollmentStep {
        let rejection = match &seen {
            None => Some(Rejection::NoFace),
            Some(seen) => self.rejection(seen, others),
        };
        match (rejection, seen) {
            (None, Some(Seen { embedding, .. })) => {
                self.own.add(SELF, std::slice::from_ref(&embedding));
                self.taken.push(embedding);
                EnrollmentStep::Accepted { count: self.taken.len(), target_frames: self.options.target_frames }
            }
            (rejection, _) => {
                let rejection = rejection.unwrap_or(Rejection::NoFace);
                *self.rejected.entry(rejection.name()).or_default() += 1;
                EnrollmentStep::Rejected(rejection)
            }
        }
    }

    fn rejection(&self, seen: &Seen, others: impl FnOnce(&[f32]) -> Identity) -> Option<Rejection> {
        let Seen { faces, issues, embedding } = seen;
        if *faces > 1 {
            return Some(Rejection::SeveralFaces(*faces));
        }
        if !issues.is_empty() {
            return Some(Rejection::Quality(issues.clone()));
        }
        if let Identity::User { name, similarity } = others(embedding) {
            return Some(Rejection::LooksLikeAnotherUser { name, similarity });
        }
        if let Some(Likeness { similarity, .. }) = self.own.verify(SELF, embedding)
            && similarity < self.min_similarity()
        {
            return Some(Rejection::LooksLikeSomebodyElse { similarity });
        }
        let alike = |other: &Vec<f32>| 1.0 - dot(other, embedding) < self.options.min_difference;
        if self.known.iter().chain(&self.taken).any(alike) {
            return Some(Rejection::TooSimilar);
        }
        (self.taken.len() >= self.options.max_frames).then_some(Rejection::Enough)
    }

    /// Lower than the threshold of identification: ten times as many other people would pass. The
    /// claimed identity is known here, and frames in different light are worth having.
    fn min_similarity(&self) -> f32 {
        let calibration = self.own.calibration();
        calibration.threshold_for(1) - calibration.rise * std::f32::consts::LN_10
    }

    /// Returns the accepted embeddings.
    fn finish(self) -> Result<Vec<Vec<f32>>> {
        if self.taken.len() < self.options.min_frames {
            let counts: Vec<_> = self.rejected.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
            let reasons = if counts.is_empty() { "no frame was given".to_owned() } else { counts.join(", ") };
            let (taken, min_frames) = (self.taken.len(), self.options.min_frames);
            fail!(NotEnoughSamples, "{taken} frames can be used and {min_frames} are needed: {reasons}");
        }
        Ok(self.taken)
    }
}

/// A running enrollment; see [`Engine::enrollment`] and [`Engine::enrollment_of`].
///
/// Nothing is stored before [`Enrollment::finish`]; dropping it cancels the enrollment.
pub struct Enrollment {
    engine: Engine,
    name: String,
    exists: bool,
    samples: Samples,
}

impl Engine {
    /// Analyzes `frame` for an enrollment. A picture that lies on its side or upside down is turned first; see
    /// [`Engine::upright`].
    ///
    /// # Errors
    /// `Internal` if a network fails or returns values that are not finite.
    pub fn sight(&self, frame: &Frame<'_>) -> Result<Sighting> {
        let Upright { frame, faces, .. } = self.upright(frame)?;
        let Some(face) = faces.first() else { return Ok(Sighting(None)) };
        let FaceResult { issues, features, .. } = self.examine(&frame, *face)?;
        Ok(Sighting(Some(Seen { faces: faces.len(), issues, embedding: features.identity })))
    }
}

impl Enrollment {
    pub(crate) fn new(
        engine: Engine,
        name: &str,
        known: Option<Vec<Vec<f32>>>,
        options: EnrollmentOptions,
    ) -> Result<Self> {
        let exists = known.is_some();
        let samples = Samples::new(options, engine.calibration()?, known.unwrap_or_default())?;
        Ok(Self { engine, name: name.to_owned(), exists, samples })
    }

    /// Analyzes `frame` (see [`Engine::sight`]); accepts or rejects it.
    ///
    /// # Errors
    /// `Internal` if a network fails or returns values that are not finite.
    pub fn add(&mut self, frame: &Frame<'_>) -> Result<EnrollmentStep> {
        Ok(self.judge(self.engine.sight(frame)?))
    }

    /// Accepts or rejects a frame by what was found in it. Frames may be analyzed on several threads and judged in
    /// order.
    pub fn judge(&mut self, sighting: Sighting) -> EnrollmentStep {
        self.samples.add(sighting.0, |embedding| self.engine.identify_without(&self.name, embedding))
    }

    /// Returns the number of accepted frames.
    pub fn count(&self) -> usize {
        self.samples.taken.len()
    }

    /// Whether the target number of frames was reached.
    pub fn is_complete(&self) -> bool {
        self.count() >= self.samples.options.target_frames
    }

    /// Returns the number of rejected frames by [`Rejection::name`].
    pub fn rejected(&self) -> &BTreeMap<&'static str, usize> {
        &self.samples.rejected
    }

    /// Enrolls the user, or adds the frames to the existing user; returns the number of accepted
    /// frames. `now_ms` is the time in milliseconds since 1970.
    ///
    /// # Errors
    /// `NotEnoughSamples` with the count of each reason; otherwise as in [`Engine::enroll`] and
    /// [`Engine::add_embeddings`].
    pub fn finish(self, now_ms: u64) -> Result<usize> {
        // Checked first: on a closed engine every call fails with `Closed`.
        self.engine.check_open()?;
        let embeddings = self.samples.finish()?;
        if self.exists {
            self.engine.add_embeddings(&self.name, &embeddings)?;
        } else {
            self.engine.enroll(&self.name, &embeddings, now_ms)?;
        }
        Ok(embeddings.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;
    use crate::recognition::gallery::UnknownReason;

    const NOBODY: Identity = Identity::Unknown { nearest: None, reason: UnknownReason::NobodyEnrolled };

    /// A unit vector at `angle` from the person's first picture.
    fn anna(angle: f32) -> Vec<f32> {
        vec![angle.cos(), angle.sin(), 0.0]
    }

    fn samples(options: EnrollmentOptions) -> Samples {
        Samples::new(options, Calibration { threshold: 0.5, ..Calibration::default() }, Vec::new()).unwrap()
    }

    fn add(samples: &mut Samples, embedding: &[f32]) -> EnrollmentStep {
        samples.add(Some(Seen { faces: 1, issues: Vec::new(), embedding: embedding.to_vec() }), |_| NOBODY)
    }

    fn reason(step: EnrollmentStep) -> &'static str {
        match step {
            EnrollmentStep::Accepted { .. } => "accepted",
            EnrollmentStep::Rejected(rejection) => rejection.name(),
        }
    }

    #[test]
    fn every_frame_is_answered_with_its_reason() {
        let mut samples = samples(EnrollmentOptions { max_frames: 5, ..EnrollmentOptions::default() });
        let issues = [QualityIssue::Blurred, QualityIssue::Dark];
        let first = anna(0.0);
        let sighting =
            |faces, issues: &[QualityIssue]| Some(Seen { faces, issues: issues.to_vec(), embedding: first.clone() });
        assert_eq!(reason(samples.add(None, |_| NOBODY)), "no_face");
        let several = samples.add(sighting(3, &issues), |_| NOBODY);
        assert_eq!(several, EnrollmentStep::Rejected(Rejection::SeveralFaces(3)));
        let EnrollmentStep::Rejected(poor) = samples.add(sighting(1, &issues), |_| NOBODY) else { panic!() };
        assert_eq!((poor.name(), poor.to_string().as_str()), ("blurred", "the face is blurred, the face is too dark"));
        let ben = Identity::User { name: "Ben".to_owned(), similarity: 0.9 };
        assert_eq!(reason(samples.add(sighting(1, &[]), |_| ben)), "looks_like_another_user");

        assert_eq!(add(&mut samples, &first), EnrollmentStep::Accepted { count: 1, target_frames: 5 });
        assert_eq!(reason(add(&mut samples, &anna(0.05))), "too_similar");
        assert_eq!(reason(add(&mut samples, &[0.0, 0.0, 1.0])), "looks_like_somebody_else");
        for (count, angle) in [(2, 0.2), (3, 0.4), (4, 0.6), (5, 0.8)] {
            assert_eq!(add(&mut samples, &anna(angle)), EnrollmentStep::Accepted { count, target_frames: 5 });
        }
        assert_eq!(reason(add(&mut samples, &anna(1.0))), "enough");
        assert_eq!(samples.finish().unwrap().len(), 5);
    }

    #[test]
    fn too_few_frames_are_an_error_that_counts_the_reasons() {
        let options = EnrollmentOptions { min_frames: 2, ..EnrollmentOptions::default() };
        let error = samples(options.clone()).finish().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotEnoughSamples);
        assert!(error.to_string().contains("no frame was given"), "{error}");
        let mut samples = samples(options);
        add(&mut samples, &anna(0.0));
        add(&mut samples, &anna(0.01));
        add(&mut samples, &anna(0.02));
        samples.add(None, |_| NOBODY);
        let message = samples.finish().unwrap_err().to_string();
        assert_eq!(message, "1 frames can be used and 2 are needed: 1 no_face, 2 too_similar");
    }

    #[test]
    fn more_pictures_must_show_the_user_and_something_new() {
        let calibration = Calibration { threshold: 0.55, rise: 0.02, ..Calibration::default() };
        let mut samples = Samples::new(EnrollmentOptions::default(), calibration, vec![anna(0.0)]).unwrap();
        assert_eq!(reason(add(&mut samples, &[0.0, 0.0, 1.0])), "looks_like_somebody_else");
        assert_eq!(reason(add(&mut samples, &anna(0.05))), "too_similar");
        assert_eq!(reason(add(&mut samples, &anna(1.02))), "accepted", "a little below the threshold");
        assert_eq!(reason(add(&mut samples, &anna(0.5))), "accepted");
        assert_eq!(
            samples.finish().unwrap(),
            [anna(1.02), anna(0.5)],
            "the embeddings from before are not given again"
        );
    }

    #[test]
    fn options_that_contradict_each_other_are_refused() {
        let good = EnrollmentOptions::default();
        assert!(good.check().is_ok());
        for bad in [
            EnrollmentOptions { min_frames: 0, ..good.clone() },
            EnrollmentOptions { target_frames: 11, ..good.clone() },
            EnrollmentOptions { min_frames: 6, ..good.clone() },
            EnrollmentOptions { max_frames: EMBEDDINGS_KEPT + 1, ..good.clone() },
            EnrollmentOptions { min_difference: f32::NAN, ..good },
        ] {
            assert_eq!(bad.check().unwrap_err().kind(), ErrorKind::InvalidOption, "{bad:?}");
        }
    }
}
