//! Heads that read speech.

use std::sync::Arc;

use super::Engine;
use crate::emotion::Emotion;
use crate::error::{Result, fail};
use crate::fusion::{Fusion, JoinedSaid, Said};
use crate::head::{Clip, Head, Scale};
use crate::modality::Modality;
use crate::recognition::gallery::Identity;
use crate::speech::SpeechFeatures;
use crate::train::generic::GenericHead;
use crate::users::profile::Profile;

/// A head over vectors of clips of speech, with their scale.
pub(crate) struct SpeechHead {
    scale: Option<Scale>,
    pub head: Head,
    /// Whether recordings taught each class.
    taught: Vec<bool>,
}

impl SpeechHead {
    /// Returns the head of a generic one.
    ///
    /// # Errors
    /// None for a valid head.
    pub(super) fn of(generic: &GenericHead) -> Result<Self> {
        let head = generic.calibrated()?;
        Ok(Self { scale: generic.scale.clone(), taught: head.taught(), head })
    }

    /// Returns the active head of a user; `None` if there is none, or if it reads other values than `features`.
    pub(super) fn of_user(profile: &Profile, features: &SpeechFeatures) -> Result<Option<Self>> {
        let active = profile.speech.head();
        let own = active.filter(|active| active.networks == features.name());
        if active.is_some() && own.is_none() {
            log::warn!("a user's head for speech was learned with other values and is not used");
        }
        let Some(own) = own else { return Ok(None) };
        let head = Head::decode(&own.bytes)?;
        if head.dimension() != features.values() {
            log::warn!("a user's head for speech reads other values and is not used");
            return Ok(None);
        }
        Ok(Some(Self { scale: own.scale.clone(), taught: head.taught(), head }))
    }

    /// Returns what corrections made of this head, with the same scale. A correction moves a class a little, which does
    /// not make it a taught one: its probability would count against it.
    pub(super) fn with(&self, head: Head) -> Self {
        Self { scale: self.scale.clone(), head, taught: self.taught.clone() }
    }

    /// Whether `generic` takes the same input.
    pub(super) fn is_scaled_as(&self, generic: &GenericHead) -> bool {
        self.scale == generic.scale
    }

    /// Returns a vector of speech as the head takes it.
    ///
    /// # Errors
    /// `InvalidOption` if the vector does not fit the head.
    pub(super) fn scaled(&self, speech: &[f32]) -> Result<Clip> {
        scaled(self.scale.as_ref(), speech)
    }

    /// Answers for the vector of a clip of speech ([`SpeechFeatures::describe`]), if it has the `labels` of
    /// the answer that it joins; `own` says whether it is the user's.
    ///
    /// # Errors
    /// `InvalidOption` if the vector does not fit the head.
    pub(crate) fn says(&self, speech: &[f32], own: bool, labels: &[String]) -> Result<Option<Said>> {
        if self.head.labels() != labels {
            return Ok(None);
        }
        let prediction = self.head.predict(&self.scaled(speech)?)?;
        Ok(Some(Said { modality: Modality::Speech, prediction, own, taught: Some(self.taught.clone()) }))
    }
}

/// Returns a vector of speech as a head takes it: scaled, as a clip of one frame.
pub(super) fn scaled(scale: Option<&Scale>, speech: &[f32]) -> Result<Clip> {
    match scale {
        Some(scale) => Clip::from_frames(&[scale.apply(speech)?]),
        None => Clip::from_frames(&[speech]),
    }
}

/// Returns the generic head for speech, if one is given; it must read these `features`.
///
/// # Errors
/// `InvalidOption` if it reads others.
pub(super) fn fitting_speech(generic: Option<GenericHead>, features: &SpeechFeatures) -> Result<Option<GenericHead>> {
    let Some(generic) = generic else { return Ok(None) };
    let (takes, values) = (generic.head.dimension(), features.values());
    if takes != values {
        fail!(
            InvalidOption,
            "the generic head for speech takes {takes} values; speech has {values}: it was learned with another model pack, \
             with or without a learned embedding"
        );
    }
    if generic.networks.as_ref().is_some_and(|made_with| made_with != features.name()) {
        fail!(
            InvalidOption,
            "the generic head for speech was learned with other values; train it again with this pack"
        );
    }
    Ok(Some(generic))
}

impl Engine {
    /// Classifies a clip by face and voice: `clip` has the frame vectors of the face, `speech` the vector of the speech
    /// in it ([`SpeechFeatures::describe`]). Each is answered by the head of `identity`'s user if there is
    /// one, or else by the generic head; [`EngineOptions::fusion`](crate::EngineOptions::fusion) joins the answers, and
    /// [`Emotion::modalities`] says which took part. What is absent, or has no head, has no part. `None` if nothing has.
    /// Emotions that a head was never taught ([`Head::taught`]) are left to the other one.
    ///
    /// If the heads have different labels, the face alone answers: their probabilities cannot be joined.
    ///
    /// # Errors
    /// `InvalidOption` if the vectors and the heads differ in dimension.
    pub fn emotion_of(
        &self,
        clip: Option<&Clip>,
        speech: Option<&[f32]>,
        identity: &Identity,
    ) -> Result<Option<Emotion>> {
        let seen = clip.map_or(Ok(None), |_| self.head_for(identity.user()))?;
        let heard = speech.map_or(Ok(None), |_| self.voice_for(identity.user()))?;
        let labels = match (&seen, &heard) {
            (Some((head, _)), _) => head.labels(),
            (None, Some((voice, _))) => voice.head.labels(),
            (None, None) => return Ok(None),
        };
        let mut said = Vec::new();
        if let (Some(clip), Some((head, own))) = (clip, &seen) {
            // Alone, it decides by itself.
            let (prediction, taught) = (head.predict(clip)?, heard.as_ref().map(|_| head.taught()));
            said.push(Said { modality: Modality::Face, prediction, own: *own, taught });
        }
        if let (Some(speech), Some((voice, own))) = (speech, &heard) {
            said.extend(voice.says(speech, *own, labels)?);
        }
        let JoinedSaid { prediction, own, modalities } = self.inner.fusion.join_said(&said)?;
        Ok(Some(Emotion::new(labels, prediction, own, modalities)))
    }

    /// How much face and speech weigh.
    pub(crate) fn fusion(&self) -> &Fusion {
        &self.inner.fusion
    }

    /// Returns the head for the speech of `user` and whether it is the user's own. Without an own head this is the
    /// generic one; `None` if the application gave none.
    pub(crate) fn voice_for(&self, user: Option<&str>) -> Result<Option<(Arc<SpeechHead>, bool)>> {
        let people = self.people()?;
        let own = user.and_then(|name| people.voices.get(name)).map(|voice| (Arc::clone(voice), true));
        Ok(own.or_else(|| self.inner.generic_voice.as_ref().map(|voice| (Arc::clone(voice), false))))
    }
}
