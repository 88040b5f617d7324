//! Enrollment from frames, guided by quality: each frame is accepted or rejected with a reason.

use std::collections::BTreeMap;

use mien_nn::math::dot;

use crate::engine::{Engine, FaceResult, Upright};
use crate::error::{Result, fail};
use crate::face::quality::QualityIssue;
use crate::frame::Frame;
use crate::options;
use crate::options::Ranges;
use crate::recognition::gallery::{Calibration, Gallery};
use crate::recognition::whose::{more_of, people, show_several};
use crate::users::profile::EMBEDDINGS_KEPT;

options! {
    /// Options of an enrollment.
    #[derive(Debug, Clone, PartialEq)]
    pub struct EnrollmentOptions {
        /// Number of accepted frames at which the enrollment is complete, `min_frames` to `max_frames`. With one frame twice as many
        /// pictures are not recognized as with three.
        pub target_frames: usize = 5;
        /// Minimum number of accepted frames; with fewer no user is enrolled.
        pub min_frames: usize = 1, in 1..=EMBEDDINGS_KEPT;
        /// Maximum number of accepted frames.
        pub max_frames: usize = 10, in 1..=EMBEDDINGS_KEPT;
        /// Minimum difference to each accepted frame: 1 minus the cosine of the embeddings. A still camera yields about 0.005 from
        /// frame to frame, another picture of the same person 0.1 and more.
        pub min_difference: f32 = 0.01, in 0.0..=2.0;
        /// Whether the person was asked and says that all frames show one person, for a user who looks unlike themselves in some.
        /// Then frames that look like somebody else are accepted too, except those that resemble another enrolled user.
        pub same_person: bool = false;
    }
}

impl EnrollmentOptions {
    /// Checks the order of the counts and the range of the difference.
    ///
    /// # Errors
    /// `InvalidOption` naming the value that is wrong.
    pub fn check(&self) -> Result<()> {
        self.check_ranges()?;
        let Self { target_frames, min_frames, max_frames, .. } = *self;
        if target_frames < min_frames || max_frames < target_frames {
            fail!(
                InvalidOption,
                "enrollment needs min_frames ({min_frames}) <= target_frames ({target_frames}) <= max_frames ({max_frames})"
            );
        }
        Ok(())
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
    /// Too similar to an earlier frame.
    TooSimilar,
    /// Resembles another user.
    LooksLikeAnotherUser {
        /// The other user's name.
        name: String,
        /// As in [`Gallery::search`].
        similarity: f32,
    },
    /// Not the person of most frames, or not the user whom frames are added to.
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
                write!(f, "looks like somebody else (similarity {similarity:.2})")
            }
            Self::Enough => f.write_str("enough pictures were taken"),
        }
    }
}

/// What was found in a frame, as far as an enrollment needs it; see [`Engine::sight`].
#[derive(Debug, Clone, PartialEq)]
pub struct Sighting(Option<Seen>);

/// The best face of a frame.
#[derive(Clone, PartialEq)]
struct Seen {
    /// The number of faces in the frame.
    faces: usize,
    issues: Vec<QualityIssue>,
    embedding: Vec<f32>,
}

/// Without the embedding, which is personal.
impl std::fmt::Debug for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Seen").field("faces", &self.faces).field("issues", &self.issues).finish_non_exhaustive()
    }
}

/// A usable frame.
struct Candidate {
    /// The number of frames judged before it.
    frame: usize,
    embedding: Vec<f32>,
    /// The number of frames that were as good as equal, with this one.
    shown: usize,
}

/// Maximum number of usable frames of other people that are remembered to find a mixture, and of other
/// users.
const OTHERS_KEPT: usize = 40;

/// The usable frames, grouped by person.
struct Samples {
    options: EnrollmentOptions,
    calibration: Calibration,
    /// The user's earlier embeddings; empty for a new user.
    known: Vec<Vec<f32>>,
    candidates: Vec<Candidate>,
    /// Indices of candidates by person. The first group is the user's; without earlier embeddings it
    /// is the largest, or of two equal ones the one that was shown more often, so the order of the
    /// frames does not matter.
    groups: Vec<Vec<usize>>,
    /// The frames that resemble other users, by name, with the similarity.
    users: BTreeMap<String, Vec<(Candidate, f32)>>,
    /// Number of judged frames.
    frames: usize,
    /// Number of rejected frames by reason, without candidates of other groups: later frames may move them.
    rejected: BTreeMap<&'static str, usize>,
}

impl Samples {
    fn new(options: EnrollmentOptions, calibration: Calibration, known: Vec<Vec<f32>>) -> Result<Self> {
        options.check()?;
        calibration.check()?;
        Ok(Self {
            options,
            calibration,
            known,
            candidates: Vec::new(),
            groups: vec![Vec::new()],
            users: BTreeMap::new(),
            frames: 0,
            rejected: BTreeMap::new(),
        })
    }

    /// Judges a frame; `another` names the other user whom it resembles, with the similarity.
    fn add(
        &mut self,
        seen: Option<Seen>,
        another: impl FnOnce(&[f32]) -> Option<(String, f32)>,
    ) -> Result<EnrollmentStep> {
        let frame = self.frames;
        self.frames += 1;
        let rejection = match seen {
            None => Some(Rejection::NoFace),
            Some(seen) => match self.unusable(frame, &seen, another) {
                None => self.sort_in(frame, seen.embedding)?,
                rejection => rejection,
            },
        };
        let Some(rejection) = rejection else {
            let (count, target_frames) = (self.count(), self.options.target_frames);
            return Ok(EnrollmentStep::Accepted { count, target_frames });
        };
        if self.candidates.last().is_none_or(|last| last.frame != frame) {
            *self.rejected.entry(rejection.name()).or_default() += 1;
        }
        Ok(EnrollmentStep::Rejected(rejection))
    }

    /// Returns why a face cannot be used, whoever it is.
    fn unusable(
        &mut self,
        frame: usize,
        seen: &Seen,
        another: impl FnOnce(&[f32]) -> Option<(String, f32)>,
    ) -> Option<Rejection> {
        let Seen { faces, issues, embedding } = seen;
        if *faces > 1 {
            return Some(Rejection::SeveralFaces(*faces));
        }
        if !issues.is_empty() {
            return Some(Rejection::Quality(issues.clone()));
        }
        let min_difference = self.options.min_difference;
        let alike = |other: &Vec<f32>| 1.0 - dot(other, embedding) < min_difference;
        if let Some((name, similarity)) = another(embedding) {
            let kept: usize = self.users.values().map(Vec::len).sum();
            let frames = self.users.entry(name.clone()).or_default();
            if kept < OTHERS_KEPT && !frames.iter().any(|(candidate, _)| alike(&candidate.embedding)) {
                frames.push((Candidate { frame, embedding: embedding.clone(), shown: 1 }, similarity));
            }
            return Some(Rejection::LooksLikeAnotherUser { name, similarity });
        }
        let shown = self.candidates.iter_mut().find(|candidate| alike(&candidate.embedding));
        let is_known = self.known.iter().any(alike);
        if let Some(candidate) = shown {
            candidate.shown += 1;
        } else if !is_known {
            return None;
        }
        self.put_in_order();
        Some(Rejection::TooSimilar)
    }

    /// Adds a usable frame to the group of its person. Returns why it is rejected, if it is.
    fn sort_in(&mut self, frame: usize, embedding: Vec<f32>) -> Result<Option<Rejection>> {
        let new = self.candidates.len();
        self.candidates.push(Candidate { frame, embedding, shown: 1 });
        let before = std::mem::take(&mut self.groups);
        self.groups = self.grouped()?;
        self.put_in_order();
        let is_own = self.groups[0].contains(&new);
        if is_own && self.count() <= self.options.max_frames {
            return Ok(None);
        }
        let rejection = if is_own {
            Rejection::Enough
        } else {
            Rejection::LooksLikeSomebodyElse { similarity: self.similarity_of(new)? }
        };
        if is_own || self.candidates.len() - self.count() > OTHERS_KEPT {
            self.candidates.pop();
            self.groups = before;
        }
        Ok(Some(rejection))
    }

    /// Returns the candidates by person, the user first.
    fn grouped(&self) -> Result<Vec<Vec<usize>>> {
        if self.options.same_person {
            return Ok(vec![(0..self.candidates.len()).collect()]);
        }
        let embeddings = self.embeddings();
        if self.known.is_empty() {
            return people(&self.calibration, &embeddings);
        }
        let is_users = more_of(&self.calibration, &self.known, &embeddings)?;
        let (own, others): (Vec<_>, Vec<_>) = (0..is_users.len()).partition(|&index| is_users[index]);
        Ok(vec![own, others])
    }

    fn shown(&self, group: &[usize]) -> usize {
        group.iter().map(|&index| self.candidates[index].shown).sum()
    }

    /// Puts the group that is enrolled first.
    fn put_in_order(&mut self) {
        if self.known.is_empty() {
            let mut groups = std::mem::take(&mut self.groups);
            groups.sort_by_key(|group| std::cmp::Reverse((group.len(), self.shown(group))));
            self.groups = groups;
        }
    }

    /// Returns the similarity of a candidate to the user's embeddings.
    fn similarity_of(&self, candidate: usize) -> Result<f32> {
        let mut own = Gallery::new(self.calibration.clone())?;
        own.add("", &self.known);
        own.add("", &self.embeddings_of(&self.groups[0]));
        let likeness = own.verify("", &self.candidates[candidate].embedding);
        Ok(likeness.map_or(-1.0, |likeness| likeness.similarity))
    }

    fn embeddings(&self) -> Vec<Vec<f32>> {
        self.candidates.iter().map(|candidate| candidate.embedding.clone()).collect()
    }

    fn embeddings_of(&self, group: &[usize]) -> Vec<Vec<f32>> {
        group.iter().map(|&index| self.candidates[index].embedding.clone()).collect()
    }

    /// Returns the number of accepted frames.
    fn count(&self) -> usize {
        self.groups[0].len()
    }

    /// Returns the usable frames by person; see [`Enrollment::people`].
    fn people(&self) -> Vec<Vec<usize>> {
        let of_group = |group: &Vec<usize>| group.iter().map(|&index| self.candidates[index].frame).collect();
        let of_user = |frames: &Vec<(Candidate, f32)>| frames.iter().map(|(candidate, _)| candidate.frame).collect();
        let groups = self.groups.iter().map(of_group).chain(self.users.values().map(of_user));
        groups.filter(|group: &Vec<usize>| !group.is_empty()).collect()
    }

    fn left_out(&self) -> Result<Vec<(usize, Rejection)>> {
        let mut left_out = Vec::new();
        for &index in self.groups.iter().skip(1).flatten() {
            let similarity = self.similarity_of(index)?;
            left_out.push((self.candidates[index].frame, Rejection::LooksLikeSomebodyElse { similarity }));
        }
        for (name, frames) in &self.users {
            for (Candidate { frame, .. }, similarity) in frames {
                let (name, similarity) = (name.clone(), *similarity);
                left_out.push((*frame, Rejection::LooksLikeAnotherUser { name, similarity }));
            }
        }
        Ok(left_out)
    }

    /// Whether several people were shown to the enrollment of a new user. Frames of an enrolled user are
    /// left out if they are few, since nobody can mistake whom they show.
    fn is_mixture(&self) -> bool {
        let (own, shown) = (self.count(), self.shown(&self.groups[0]));
        let is_half = |frames: &Vec<(Candidate, f32)>| 2 * frames.len() >= own && (frames.len() > 1 || shown == 1);
        let several = || show_several(&self.calibration, &self.embeddings(), &self.groups, shown);
        self.known.is_empty() && own > 0 && (self.users.values().any(is_half) || several())
    }

    fn rejected(&self) -> BTreeMap<&'static str, usize> {
        let mut rejected = self.rejected.clone();
        let others = self.candidates.len() - self.count();
        if others > 0 {
            *rejected.entry(Rejection::LooksLikeSomebodyElse { similarity: 0.0 }.name()).or_default() += others;
        }
        rejected
    }

    /// Fails if several people were shown to the enrollment of a new user.
    fn check_people(&self) -> Result<()> {
        if self.is_mixture() {
            let people = numbered(&self.people());
            fail!(
                SeveralPeople,
                "the pictures show several people; these belong together: {people}; if all show one person, begin with \
                 neutral pictures, or enroll them as pictures of the same person"
            );
        }
        Ok(())
    }

    /// Returns the accepted embeddings.
    fn finish(&self) -> Result<Vec<Vec<f32>>> {
        self.check_people()?;
        let (taken, min_frames) = (self.count(), self.options.min_frames);
        if taken < min_frames {
            let counts: Vec<_> = self.rejected().iter().map(|(reason, count)| format!("{count} {reason}")).collect();
            let reasons = if counts.is_empty() { "no frame was given".to_owned() } else { counts.join(", ") };
            fail!(NotEnoughSamples, "{taken} frames can be used and {min_frames} are needed: {reasons}");
        }
        Ok(self.embeddings_of(&self.groups[0]))
    }
}

/// Formats groups of indices as numbers from 1: `1, 2; 3`.
pub(super) fn numbered(groups: &[Vec<usize>]) -> String {
    let numbers = |group: &Vec<usize>| {
        let numbers: Vec<_> = group.iter().map(|index| (index + 1).to_string()).collect();
        numbers.join(", ")
    };
    groups.iter().map(numbers).collect::<Vec<_>>().join("; ")
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
        self.judge(self.engine.sight(frame)?)
    }

    /// Accepts or rejects a frame by what was found in it. Frames may be analyzed on several threads and judged in
    /// order.
    ///
    /// # Errors
    /// `InvalidOption` if the engine's calibration is out of range.
    pub fn judge(&mut self, sighting: Sighting) -> Result<EnrollmentStep> {
        self.samples.add(sighting.0, |embedding| self.engine.another(&self.name, embedding))
    }

    /// Returns the number of accepted frames. It falls if later frames show that most are of somebody
    /// else.
    pub fn count(&self) -> usize {
        self.samples.count()
    }

    /// Returns the usable frames by the person they show, as numbers of the judged frames from 0. The
    /// first group is enrolled: the user's frames, or for a new user the largest group. Frames that
    /// resemble other users come last.
    pub fn people(&self) -> Vec<Vec<usize>> {
        self.samples.people()
    }

    /// Returns the numbers of the usable frames that show somebody else than the first group of
    /// [`Enrollment::people`], with the reasons.
    ///
    /// # Errors
    /// `InvalidOption` if the engine's calibration is out of range.
    pub fn left_out(&self) -> Result<Vec<(usize, Rejection)>> {
        self.samples.left_out()
    }

    /// Whether the frames of a new user show several people, so that [`Enrollment::finish`] refuses
    /// them: at least two frames show somebody else than most, or no two show the same person. Frames of
    /// another user count if they are at least half as many as those of the new one.
    pub fn is_mixture(&self) -> bool {
        self.samples.is_mixture()
    }

    /// Whether the target number of frames was reached.
    pub fn is_complete(&self) -> bool {
        self.count() >= self.samples.options.target_frames
    }

    /// Returns the number of rejected frames by [`Rejection::name`].
    pub fn rejected(&self) -> BTreeMap<&'static str, usize> {
        self.samples.rejected()
    }

    /// Fails if [`Enrollment::finish`] would refuse a mixture.
    ///
    /// # Errors
    /// `SeveralPeople` for a mixture ([`Enrollment::is_mixture`]), with the numbers of the frames of
    /// each person from 1; `Closed`.
    pub fn check_people(&self) -> Result<()> {
        // Checked first: on a closed engine every call fails with `Closed`.
        self.engine.check_open()?;
        self.samples.check_people()
    }

    /// Enrolls the user, or adds the frames to the existing user; returns the number of accepted
    /// frames. `now_ms` is the time in milliseconds since 1970.
    ///
    /// # Errors
    /// As in [`Enrollment::check_people`]; `NotEnoughSamples` with the count of each reason; `SeveralPeople` if
    /// the user of this name, or another user, was enrolled anew meanwhile and the frames do not fit;
    /// otherwise as in [`Engine::enroll`] and [`Engine::add_embeddings`].
    pub fn finish(self, now_ms: u64) -> Result<usize> {
        // Checked first: on a closed engine every call fails with `Closed`.
        self.engine.check_open()?;
        let embeddings = self.samples.finish()?;
        if self.exists {
            let Samples { known, options, .. } = &self.samples;
            self.engine.add_compared(&self.name, &embeddings, known, options.same_person)?;
        } else {
            self.engine.enroll_compared(&self.name, &embeddings, now_ms)?;
        }
        Ok(embeddings.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    const NOBODY: Option<(String, f32)> = None;

    /// A unit vector at `angle` from the person's first picture.
    fn anna(angle: f32) -> Vec<f32> {
        vec![angle.cos(), angle.sin(), 0.0]
    }

    fn samples(options: EnrollmentOptions) -> Samples {
        Samples::new(options, Calibration { threshold: 0.5, ..Calibration::default() }, Vec::new()).unwrap()
    }

    fn add(samples: &mut Samples, embedding: &[f32]) -> EnrollmentStep {
        samples.add(Some(Seen { faces: 1, issues: Vec::new(), embedding: embedding.to_vec() }), |_| NOBODY).unwrap()
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
        assert_eq!(reason(samples.add(None, |_| NOBODY).unwrap()), "no_face");
        let several = samples.add(sighting(3, &issues), |_| NOBODY).unwrap();
        assert_eq!(several, EnrollmentStep::Rejected(Rejection::SeveralFaces(3)));
        let EnrollmentStep::Rejected(poor) = samples.add(sighting(1, &issues), |_| NOBODY).unwrap() else { panic!() };
        assert_eq!((poor.name(), poor.to_string().as_str()), ("blurred", "the face is blurred, the face is too dark"));
        let ben = Some(("Ben".to_owned(), 0.9));
        assert_eq!(reason(samples.add(sighting(1, &[]), |_| ben).unwrap()), "looks_like_another_user");

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
        samples.add(None, |_| NOBODY).unwrap();
        let message = samples.finish().unwrap_err().to_string();
        assert_eq!(message, "1 frames can be used and 2 are needed: 1 no_face, 2 too_similar");
    }

    #[test]
    fn more_pictures_must_show_the_user_and_something_new() {
        let calibration = Calibration { threshold: 0.55, rise: 0.02, ..Calibration::default() };
        let mut samples = Samples::new(EnrollmentOptions::default(), calibration, vec![anna(0.0)]).unwrap();
        assert_eq!(reason(add(&mut samples, &[0.0, 0.0, 1.0])), "looks_like_somebody_else");
        assert_eq!(reason(add(&mut samples, &anna(0.05))), "too_similar");
        assert_eq!(reason(add(&mut samples, &anna(0.9))), "accepted");
        assert_eq!(reason(add(&mut samples, &anna(0.5))), "accepted");
        assert_eq!(samples.finish().unwrap(), [anna(0.9), anna(0.5)], "the embeddings from before are not given again");
    }

    /// A unit vector at `angle` from the first picture of another person.
    fn ben(angle: f32) -> Vec<f32> {
        vec![0.0, angle.sin(), angle.cos()]
    }

    #[test]
    fn the_order_of_two_peoples_pictures_does_not_matter() {
        let pictures = [anna(0.0), anna(0.4), anna(0.2), ben(0.0), ben(0.2), ben(0.4)];
        for order in [[0, 1, 2, 3, 4, 5], [3, 0, 4, 1, 5, 2], [5, 4, 3, 2, 1, 0]] {
            let mut samples = samples(EnrollmentOptions::default());
            for picture in order {
                add(&mut samples, &pictures[picture]);
            }
            assert!(samples.is_mixture());
            let mut people: Vec<Vec<usize>> = samples.people();
            people.iter_mut().for_each(|frames| {
                frames.iter_mut().for_each(|frame| *frame = order[*frame]);
                frames.sort_unstable();
            });
            people.sort();
            assert_eq!(people, [[0, 1, 2], [3, 4, 5]], "{order:?}");
            let error = samples.finish().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::SeveralPeople);
        }
    }

    #[test]
    fn a_single_picture_of_somebody_else_is_left_out_wherever_it_stands() {
        for at in 0..3 {
            let mut samples = samples(EnrollmentOptions::default());
            let mut pictures = vec![anna(0.0), anna(0.2)];
            pictures.insert(at, ben(0.0));
            for picture in &pictures {
                add(&mut samples, picture);
            }
            assert!(!samples.is_mixture());
            assert_eq!(samples.finish().unwrap(), [anna(0.0), anna(0.2)], "at {at}");
            let left_out = samples.left_out().unwrap();
            assert_eq!((left_out.len(), left_out[0].0, samples.count()), (1, at, 2));
            assert_eq!(samples.rejected().get("looks_like_somebody_else"), Some(&1));
        }
    }

    #[test]
    fn of_one_picture_of_each_of_two_people_the_one_shown_again_is_the_users() {
        let mut samples = samples(EnrollmentOptions::default());
        add(&mut samples, &anna(0.0));
        add(&mut samples, &ben(0.0));
        assert!(samples.is_mixture(), "nobody knows who the user is");
        assert_eq!(reason(add(&mut samples, &ben(0.01))), "too_similar");
        assert!(!samples.is_mixture());
        assert_eq!(samples.finish().unwrap(), [ben(0.0)]);
    }

    fn add_of(samples: &mut Samples, embedding: &[f32], user: &str) {
        let seen = Seen { faces: 1, issues: Vec::new(), embedding: embedding.to_vec() };
        let step = samples.add(Some(seen), |_| Some((user.to_owned(), 0.9))).unwrap();
        assert_eq!(reason(step), "looks_like_another_user");
    }

    #[test]
    fn pictures_half_of_another_user_are_a_mixture_and_a_few_are_left_out() {
        let mut half = samples(EnrollmentOptions::default());
        for angle in [0.0, 0.2, 0.4] {
            add(&mut half, &anna(angle));
            add_of(&mut half, &ben(angle), "Ben");
            add_of(&mut half, &ben(angle + 0.01), "Ben");
        }
        assert!(half.is_mixture());
        assert_eq!(half.people(), [[0, 3, 6], [1, 4, 7]], "nearly equal pictures count once");
        assert_eq!(half.finish().unwrap_err().kind(), ErrorKind::SeveralPeople);
        assert_eq!(half.rejected().get("looks_like_another_user"), Some(&6));

        let mut pair = samples(EnrollmentOptions { same_person: true, ..EnrollmentOptions::default() });
        add(&mut pair, &anna(0.0));
        add_of(&mut pair, &ben(0.0), "Ben");
        assert!(pair.is_mixture(), "nobody confirms that another user is the person");

        let mut few = samples(EnrollmentOptions::default());
        for angle in [0.0, 0.2, 0.4, 0.6, 0.8] {
            add(&mut few, &anna(angle));
        }
        add_of(&mut few, &ben(0.0), "Ben");
        add_of(&mut few, &ben(0.2), "Ben");
        assert!(!few.is_mixture());
        let ben = |frame| (frame, Rejection::LooksLikeAnotherUser { name: "Ben".to_owned(), similarity: 0.9 });
        assert_eq!((few.finish().unwrap().len(), few.left_out().unwrap()), (5, vec![ben(5), ben(6)]));
    }

    #[test]
    fn a_person_may_say_that_all_pictures_show_them() {
        let pictures = [anna(0.0), anna(0.2), ben(0.0), ben(0.2)];
        let same = EnrollmentOptions { same_person: true, ..EnrollmentOptions::default() };
        for known in [vec![], vec![anna(0.5)]] {
            let calibration = Calibration { threshold: 0.5, ..Calibration::default() };
            let mut confirmed = Samples::new(same.clone(), calibration, known).unwrap();
            let taken: Vec<_> = pictures.iter().map(|picture| reason(add(&mut confirmed, picture))).collect();
            assert_eq!(taken, ["accepted"; 4]);
            assert_eq!((confirmed.finish().unwrap().len(), confirmed.left_out().unwrap().len()), (4, 0));
        }
    }

    #[test]
    fn all_rejected_frames_are_counted() {
        let mut samples = samples(EnrollmentOptions::default());
        let picture = |axis: usize, other: f32| {
            let mut picture = vec![0.0; 2 + 2 * OTHERS_KEPT];
            (picture[axis], picture[1]) = ((1.0 - other * other).sqrt(), other);
            picture
        };
        add(&mut samples, &picture(0, 0.0));
        add(&mut samples, &picture(0, 0.3));
        // Each of these is somebody else.
        for other in 0..2 * OTHERS_KEPT {
            assert_eq!(reason(add(&mut samples, &picture(2 + other, 0.0))), "looks_like_somebody_else");
        }
        assert_eq!(samples.rejected().get("looks_like_somebody_else"), Some(&(2 * OTHERS_KEPT)));
        let twice = add(&mut samples, &picture(0, 0.3));
        assert_eq!((reason(twice), samples.rejected().get("too_similar")), ("too_similar", Some(&1)));
    }

    #[test]
    fn debug_output_has_no_embedding() {
        let embedding = vec![0.123_456_79, 0.5];
        let sighting = Sighting(Some(Seen { faces: 1, issues: vec![QualityIssue::Dark], embedding }));
        let shown = format!("{sighting:?}");
        assert!(!shown.contains("0.1234") && shown.contains("faces: 1") && shown.contains("Dark"), "{shown}");
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
