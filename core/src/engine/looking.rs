//! Analysis of frames: face detection, identity, emotion.

use std::collections::BTreeSet;
use std::f32::consts::FRAC_PI_4;
use std::sync::Arc;

use mien_nn::math::softmax;

use super::{Engine, FaceResult, FrameResult};
use crate::emotion::Emotion;
use crate::error::Result;
use crate::face::detect::Look;
use crate::face::quality::{QualityLimits, measure};
use crate::face::{Face, Rect, principal};
use crate::features::FeatureExtractor;
use crate::frame::{Frame, Rotation};
use crate::head::{Clip, Head};
use crate::recognition::gallery::{Identity, UnknownReason};

/// Score from which on a face is surely upright: few turned faces and most upright ones score more.
const SURELY_UPRIGHT: f32 = 0.925;

/// A frame turned so that its faces are upright, and the faces.
#[derive(Debug, Clone)]
pub struct Upright<'a> {
    /// The turned frame as recognition sees it: without [mirroring](Frame::mirrored).
    pub frame: Frame<'a>,
    /// The faces in upright pixels of the turned frame, best score first.
    pub faces: Vec<Face>,
    /// The clockwise turn from the given frame, as seen there.
    pub turn: Rotation,
    /// Upright width and height of the given frame.
    given_size: (usize, usize),
    /// Whether positions in the given frame are mirrored.
    given_mirrored: bool,
}

impl Upright<'_> {
    /// Returns the best score of a face whose eye line is within 45 degrees of the horizontal; 0 without one.
    fn score(&self) -> f32 {
        let is_upright = |face: &&Face| face.roll().abs() <= FRAC_PI_4;
        self.faces.iter().filter(is_upright).map(|face| face.score).fold(0.0, f32::max)
    }

    /// Returns the principal face of the turned frame; `None` if there is no face.
    pub fn principal(&self) -> Option<Face> {
        principal(&self.faces, self.frame.upright_size()).copied()
    }

    /// Returns the same for the given frame mirrored. In a mirror, turns go the other way.
    fn mirrored(self) -> Self {
        Self { turn: self.turn.inverse(), given_mirrored: true, ..self }
    }
}

/// Identity returned after `close`.
const NOBODY: Identity = Identity::Unknown { nearest: None, reason: UnknownReason::NobodyEnrolled };

impl Engine {
    /// Analyzes every face in `frame`, turned by a right angle or upside down if its faces are.
    ///
    /// # Errors
    /// `Internal` if a network fails or returns values that are not finite; `Closed` after
    /// [`Engine::close`], like every fallible call here.
    pub fn process(&self, frame: &Frame<'_>) -> Result<FrameResult> {
        let upright = self.upright(frame)?;
        let faces = upright.faces.iter().map(|face| self.examine_upright(&upright, *face)).collect::<Result<_>>()?;
        let (width, height) = frame.upright_size();
        Ok(FrameResult { width, height, faces, turn: upright.turn })
    }

    /// Turns a still picture whose faces are sideways or upside down, because the file lacks its
    /// orientation. Picture files without orientation data are common.
    ///
    /// If the best upright face scores below 0.925, the frame is also searched in the three other
    /// directions; the direction of the best upright face (eye line within 45 degrees of the
    /// horizontal) wins. The detector scores faces higher upright than turned; `tests/tests/data.rs` measures how often
    /// the direction is found.
    ///
    /// # Errors
    /// As in [`Engine::process`].
    pub fn upright<'a>(&self, frame: &Frame<'a>) -> Result<Upright<'a>> {
        if frame.is_mirrored() {
            // The same search in the same order, whatever the results are drawn over.
            return Ok(self.upright(&frame.mirrored(false))?.mirrored());
        }
        let given = self.turned(frame, Rotation::None)?;
        if given.score() >= SURELY_UPRIGHT {
            return Ok(given);
        }
        let mut best = given;
        for turn in &Rotation::ALL[1..] {
            let turned = self.turned(frame, *turn)?;
            if turned.score() > best.score() {
                best = turned;
            }
        }
        Ok(best)
    }

    /// Detects the faces of `frame` turned clockwise by `turn`.
    ///
    /// # Errors
    /// As in [`Engine::process`].
    pub fn turned<'a>(&self, frame: &Frame<'a>, turn: Rotation) -> Result<Upright<'a>> {
        if frame.is_mirrored() {
            return Ok(self.turned(&frame.mirrored(false), turn.inverse())?.mirrored());
        }
        let given_size = frame.upright_size();
        let frame = frame.turned(turn);
        Ok(Upright { faces: self.detect(&frame)?, frame, turn, given_size, given_mirrored: false })
    }

    /// Analyzes one `face` of `upright`. The result's position is in the frame before the turn.
    ///
    /// # Errors
    /// As in [`Engine::process`].
    pub fn examine_upright(&self, upright: &Upright<'_>, face: Face) -> Result<FaceResult> {
        let examined = self.examine(&upright.frame, face)?;
        if upright.given_mirrored {
            let face = face.turned_back(upright.turn.inverse(), upright.given_size).mirrored(upright.given_size.0);
            return Ok(FaceResult { face, quality: examined.quality.mirrored(), ..examined });
        }
        Ok(FaceResult { face: face.turned_back(upright.turn, upright.given_size), ..examined })
    }

    /// Detects the faces of `frame` without analyzing them, best score first.
    ///
    /// # Errors
    /// As in [`Engine::process`].
    pub fn detect(&self, frame: &Frame<'_>) -> Result<Vec<Face>> {
        self.check_open()?;
        self.inner.detector.detect(frame)
    }

    /// Detects the faces around a region of `frame`: see
    /// [`Detector::detect_around`](crate::face::detect::Detector::detect_around).
    ///
    /// # Errors
    /// As in [`Engine::process`].
    pub(crate) fn detect_around(&self, frame: &Frame<'_>, region: &Rect) -> Result<Look> {
        self.check_open()?;
        self.inner.detector.detect_around(frame, region)
    }

    /// Analyzes one `face` of `frame`.
    ///
    /// # Errors
    /// As in [`Engine::process`].
    pub fn examine(&self, frame: &Frame<'_>, face: Face) -> Result<FaceResult> {
        self.check_open()?;
        let quality = measure(frame, &face)?;
        let features = self.inner.extractor.extract(frame, &face)?;
        let identity = self.identify(&features.identity);
        let emotion = self.emotion(&Clip::from_frames(&[features.head_input()])?, &identity)?;
        let issues = self.inner.quality.issues(&quality);
        let unsure = emotion.as_ref().map(|emotion| emotion.unsure(&identity, &issues)).unwrap_or_default();
        Ok(FaceResult { face, issues, quality, identity, emotion, unsure, features })
    }

    /// Identifies an embedding (of length 1). After `close`, nobody is known.
    pub fn identify(&self, embedding: &[f32]) -> Identity {
        self.people().map_or(NOBODY, |people| people.gallery.identify(embedding))
    }

    /// Returns the user other than `name` whom an embedding resembles, with the similarity; see
    /// [`Gallery::another`](crate::recognition::gallery::Gallery::another).
    pub(super) fn another(&self, name: &str, embedding: &[f32]) -> Option<(String, f32)> {
        self.people().ok()?.gallery.another(name, embedding)
    }

    /// Classifies `clip` with the head of `identity`'s user if there is one, or else with the
    /// generic head; `None` if there is neither.
    ///
    /// # Errors
    /// `InvalidOption` if the clip's frames and the head differ in dimension.
    pub fn emotion(&self, clip: &Clip, identity: &Identity) -> Result<Option<Emotion>> {
        self.emotion_of(Some(clip), None, identity)
    }

    /// Returns the head for `user` and whether it is the user's own. Without an own head this is
    /// the generic one; `None` if there is no generic head either.
    pub(crate) fn head_for(&self, user: Option<&str>) -> Result<Option<(Arc<Head>, bool)>> {
        let people = self.people()?;
        let own = user.and_then(|name| people.heads.get(name)).map(|head| (Arc::clone(head), true));
        Ok(own.or_else(|| self.inner.generic_head.as_ref().map(|head| (Arc::clone(head), false))))
    }

    /// Returns the labels of all answers: those of the generic head, then those that only users' heads have, sorted.
    pub fn emotion_labels(&self) -> Result<Vec<String>> {
        let mut labels = self.inner.generic_head.as_ref().map(|head| head.labels().to_vec()).unwrap_or_default();
        let people = self.people()?;
        let own: BTreeSet<&String> = people.heads.values().flat_map(|head| head.labels()).collect();
        for label in own {
            if !labels.contains(label) {
                labels.push(label.clone());
            }
        }
        Ok(labels)
    }

    /// The limits that a usable face keeps to.
    pub(crate) fn quality_limits(&self) -> &QualityLimits {
        &self.inner.quality
    }

    /// The classes of [`Features::logits`](crate::features::Features::logits), in order.
    pub fn labels(&self) -> &[String] {
        &self.inner.labels
    }

    /// Converts logits of the expression network (of one frame, or means over a clip) to calibrated
    /// probabilities: division by the model pack's temperature, then softmax.
    pub fn calibrated(&self, logits: &[f32]) -> Vec<f32> {
        let mut values: Vec<f32> = logits.iter().map(|logit| logit / self.inner.temperature).collect();
        softmax(&mut values);
        values
    }

    /// The model pack's temperature: the divisor of the expression network's logits that makes its
    /// probabilities honest.
    pub fn temperature(&self) -> f32 {
        self.inner.temperature
    }

    /// The networks that compute feature vectors from faces.
    pub fn extractor(&self) -> &FeatureExtractor {
        &self.inner.extractor
    }
}
