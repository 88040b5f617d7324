//! Looking at frames: where faces are, whose they are, and what they show.

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

/// Whose face any is to an engine that is closed.
const NOBODY: Identity = Identity::Unknown { nearest: None, reason: UnknownReason::NobodyEnrolled };

impl Engine {
    /// Everything about every face in `frame`.
    ///
    /// # Errors
    /// `Internal` where a network fails or gives values that are not finite; `Closed` after
    /// [`Engine::close`], as of every call here that can fail.
    pub fn process(&self, frame: &Frame<'_>) -> Result<FrameResult> {
        let mut faces = Vec::new();
        for face in self.detect(frame)? {
            faces.push(self.examine(frame, face)?);
        }
        Ok(FrameResult { faces })
    }

    /// The faces of `frame` without looking at them closer, best score first.
    ///
    /// # Errors
    /// As [`Engine::process`].
    pub fn detect(&self, frame: &Frame<'_>) -> Result<Vec<Face>> {
        self.check_open()?;
        self.inner.detector.detect(frame)
    }

    /// The faces around a part of `frame`: see [`Detector::detect_around`](crate::face::detect::Detector::detect_around).
    ///
    /// # Errors
    /// As [`Engine::process`].
    pub(crate) fn detect_around(&self, frame: &Frame<'_>, region: &Rect) -> Result<Look> {
        self.check_open()?;
        self.inner.detector.detect_around(frame, region)
    }

    /// Everything about one `face` of `frame`.
    ///
    /// # Errors
    /// As [`Engine::process`].
    pub fn examine(&self, frame: &Frame<'_>, face: Face) -> Result<FaceResult> {
        self.check_open()?;
        let quality = measure(frame, &face)?;
        let features = self.inner.extractor.extract(frame, &face)?;
        let identity = self.identify(&features.identity);
        let emotion = self.emotion(&Clip::from_frames(&[features.head_input()])?, &identity)?;
        Ok(FaceResult { face, issues: self.inner.quality.issues(&quality), quality, identity, emotion, features })
    }

    /// Whose face the embedding (of length 1) is. A closed engine knows nobody.
    pub fn identify(&self, embedding: &[f32]) -> Identity {
        self.people().map_or(NOBODY, |people| people.gallery.identify(embedding))
    }

    /// As [`Engine::identify`], as if the user `name` were not enrolled.
    pub(crate) fn identify_without(&self, name: &str, embedding: &[f32]) -> Identity {
        self.people().map_or(NOBODY, |people| people.gallery.identify_without(name, embedding))
    }

    /// What `clip` shows, by the head of `identity`'s user where there is one, else by the
    /// generic head; `None` where there is neither.
    ///
    /// # Errors
    /// `InvalidOption` where the clip's frames have another dimension than the head.
    pub fn emotion(&self, clip: &Clip, identity: &Identity) -> Result<Option<Emotion>> {
        let Some((head, own)) = self.head_for(identity.user())? else { return Ok(None) };
        Ok(Some(Emotion::new(head.labels(), head.predict(clip)?, own)))
    }

    /// The head that answers for `user`, and whether it is the user's own; else the generic one,
    /// `None` where there is none.
    pub(crate) fn head_for(&self, user: Option<&str>) -> Result<Option<(Arc<Head>, bool)>> {
        let people = self.people()?;
        let own = user.and_then(|name| people.heads.get(name)).map(|head| (Arc::clone(head), true));
        Ok(own.or_else(|| self.inner.generic_head.as_ref().map(|head| (Arc::clone(head), false))))
    }

    /// What a usable face keeps to.
    pub(crate) fn quality_limits(&self) -> &QualityLimits {
        &self.inner.quality
    }

    /// The classes of [`Features::logits`](crate::features::Features::logits), in their order.
    pub fn labels(&self) -> &[String] {
        &self.inner.labels
    }

    /// Logits of the expression network (those of a frame's features, or their means over a clip)
    /// as calibrated probabilities: divided by the temperature that the pack states, then softmax.
    pub fn calibrated(&self, logits: &[f32]) -> Vec<f32> {
        let mut values: Vec<f32> = logits.iter().map(|logit| logit / self.inner.temperature).collect();
        softmax(&mut values);
        values
    }

    /// The networks that turn faces into vectors.
    pub fn extractor(&self) -> &FeatureExtractor {
        &self.inner.extractor
    }
}
