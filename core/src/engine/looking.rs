//! Analysis of frames: face detection, identity, emotion.

use std::sync::Arc;

use mien_nn::math::softmax;

use super::{Engine, FaceResult, FrameResult};
use crate::emotion::Emotion;
use crate::error::Result;
use crate::face::detect::Look;
use crate::face::quality::{QualityLimits, measure};
use crate::face::{Face, Rect};
use crate::features::FeatureExtractor;
use crate::frame::Frame;
use crate::head::{Clip, Head};
use crate::recognition::gallery::{Identity, UnknownReason};

/// Identity returned after `close`.
const NOBODY: Identity = Identity::Unknown { nearest: None, reason: UnknownReason::NobodyEnrolled };

impl Engine {
    /// Analyzes every face in `frame`.
    ///
    /// # Errors
    /// `Internal` if a network fails or returns values that are not finite; `Closed` after
    /// [`Engine::close`], like every fallible call here.
    pub fn process(&self, frame: &Frame<'_>) -> Result<FrameResult> {
        let mut faces = Vec::new();
        for face in self.detect(frame)? {
            faces.push(self.examine(frame, face)?);
        }
        Ok(FrameResult { faces })
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
        Ok(FaceResult { face, issues: self.inner.quality.issues(&quality), quality, identity, emotion, features })
    }

    /// Identifies an embedding (of length 1). After `close`, nobody is known.
    pub fn identify(&self, embedding: &[f32]) -> Identity {
        self.people().map_or(NOBODY, |people| people.gallery.identify(embedding))
    }

    /// Like [`Engine::identify`], as if the user `name` were not enrolled.
    pub(crate) fn identify_without(&self, name: &str, embedding: &[f32]) -> Identity {
        self.people().map_or(NOBODY, |people| people.gallery.identify_without(name, embedding))
    }

    /// Classifies `clip` with the head of `identity`'s user if there is one, or else with the
    /// generic head; `None` if there is neither.
    ///
    /// # Errors
    /// `InvalidOption` if the clip's frames and the head differ in dimension.
    pub fn emotion(&self, clip: &Clip, identity: &Identity) -> Result<Option<Emotion>> {
        let Some((head, own)) = self.head_for(identity.user())? else { return Ok(None) };
        Ok(Some(Emotion::new(head.labels(), head.predict(clip)?, own)))
    }

    /// Returns the head for `user` and whether it is the user's own. Without an own head this is
    /// the generic one; `None` if there is no generic head either.
    pub(crate) fn head_for(&self, user: Option<&str>) -> Result<Option<(Arc<Head>, bool)>> {
        let people = self.people()?;
        let own = user.and_then(|name| people.heads.get(name)).map(|head| (Arc::clone(head), true));
        Ok(own.or_else(|| self.inner.generic_head.as_ref().map(|head| (Arc::clone(head), false))))
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

    /// The networks that compute feature vectors from faces.
    pub fn extractor(&self) -> &FeatureExtractor {
        &self.inner.extractor
    }
}
