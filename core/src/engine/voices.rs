//! Heads that read speech.

use std::sync::Arc;

use super::Engine;
use crate::emotion::Emotion;
use crate::error::{Result, fail};
use crate::fusion::{Fusion, Opinion};
use crate::head::{Clip, Head, Prediction, Scale};
use crate::modality::Modality;
use crate::recognition::gallery::Identity;
use crate::speech::descriptor::{CLIP_VALUES, FEATURES};
use crate::train::generic::GenericHead;
use crate::users::profile::Profile;

/// A head over vectors of clips of speech, with their scale.
pub(crate) struct SpeechHead {
    scale: Option<Scale>,
    pub head: Head,
}

impl SpeechHead {
    /// Returns the head of a generic one.
    ///
    /// # Errors
    /// None for a valid head.
    pub(super) fn of(generic: &GenericHead) -> Result<Self> {
        Ok(Self { scale: generic.scale.clone(), head: generic.calibrated()? })
    }

    /// Returns the active head of a user; `None` if there is none, or if it reads other values.
    pub(super) fn of_user(profile: &Profile) -> Result<Option<Self>> {
        let active = profile.speech.head();
        let own = active.filter(|active| active.networks == FEATURES);
        if active.is_some() && own.is_none() {
            log::warn!("a user's head for speech was learned with other values and is not used");
        }
        let Some(own) = own else { return Ok(None) };
        let head = Head::decode(&own.bytes)?;
        if head.dimension() != CLIP_VALUES {
            log::warn!("a user's head for speech reads other values and is not used");
            return Ok(None);
        }
        Ok(Some(Self { scale: own.scale.clone(), head }))
    }

    /// Returns `head` with the same scale.
    pub(super) fn with(&self, head: Head) -> Self {
        Self { scale: self.scale.clone(), head }
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

    /// Answers for the vector of a clip of speech ([`crate::speech::descriptor::describe`]).
    ///
    /// # Errors
    /// `InvalidOption` if the vector does not fit the head.
    pub(crate) fn predict(&self, speech: &[f32]) -> Result<Prediction> {
        self.head.predict(&self.scaled(speech)?)
    }
}

/// Returns a vector of speech as a head takes it: scaled, as a clip of one frame.
pub(super) fn scaled(scale: Option<&Scale>, speech: &[f32]) -> Result<Clip> {
    match scale {
        Some(scale) => Clip::from_frames(&[scale.apply(speech)?]),
        None => Clip::from_frames(&[speech]),
    }
}

/// Returns a given generic head for speech if it reads these values.
///
/// # Errors
/// `InvalidOption` if it reads others.
pub(super) fn fitting_speech(generic: GenericHead) -> Result<GenericHead> {
    let takes = generic.head.dimension();
    if takes != CLIP_VALUES {
        fail!(InvalidOption, "the generic head for speech takes {takes} values; speech has {CLIP_VALUES}");
    }
    if generic.networks.as_ref().is_some_and(|made_with| made_with != FEATURES) {
        fail!(InvalidOption, "the generic head for speech was learned with other values; train it again");
    }
    Ok(generic)
}

/// What a head says of a clip.
pub(crate) struct Said {
    pub modality: Modality,
    pub prediction: Prediction,
    /// Whether the head is the user's own.
    pub own: bool,
}

impl Engine {
    /// Classifies a clip by face and voice: `clip` has the frame vectors of the face, `speech` the vector of the speech
    /// in it ([`crate::speech::descriptor::describe`]). Each is answered by the head of `identity`'s user if there is
    /// one, or else by the generic head; [`EngineOptions::fusion`](crate::EngineOptions::fusion) joins the answers, and
    /// [`Emotion::modalities`] says which took part. What is absent, or has no head, has no part. `None` if nothing has.
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
        let (mut labels, mut said) = (Vec::new(), Vec::new());
        if let (Some(clip), Some((head, own))) = (clip, self.head_for(identity.user())?) {
            labels = head.labels().to_vec();
            said.push(Said { modality: Modality::Face, prediction: head.predict(clip)?, own });
        }
        if let (Some(speech), Some((voice, own))) = (speech, self.voice_for(identity.user())?)
            && (labels.is_empty() || labels == voice.head.labels())
        {
            labels = voice.head.labels().to_vec();
            said.push(Said { modality: Modality::Speech, prediction: voice.predict(speech)?, own });
        }
        if said.is_empty() { Ok(None) } else { Ok(Some(self.joined(&labels, said)?)) }
    }

    /// Joins what heads with these `labels` say; at least one must say something.
    ///
    /// # Errors
    /// `InvalidOption` as in [`Fusion::join`](crate::fusion::Fusion::join).
    pub(crate) fn joined(&self, labels: &[String], said: Vec<Said>) -> Result<Emotion> {
        let opinions: Vec<Opinion<'_>> = said.iter().map(Said::opinion).collect();
        let probabilities = self.inner.fusion.join(&opinions)?.probabilities;
        let attention = said.iter().find_map(|said| said.prediction.attention.clone());
        let own = said.iter().any(|said| said.own);
        let modalities = said.iter().map(|said| said.modality).collect();
        Ok(Emotion { modalities, ..Emotion::new(labels, Prediction { probabilities, attention }, own) })
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

impl Said {
    fn opinion(&self) -> Opinion<'_> {
        Opinion { stream: self.modality.name(), adapted: self.own, probabilities: &self.prediction.probabilities }
    }
}
