//! Which heads answer for a user: the active generations, and what corrections make of them.

use std::sync::Arc;

use super::voices::SpeechHead;
use crate::error::Result;
use crate::head::{Clip, Head};
use crate::labels;
use crate::speech::SpeechFeatures;
use crate::train::correct::{Corrector, Example};
use crate::train::generic::GenericHead;
use crate::users::corrections::{LearnedFrom, Standing};
use crate::users::profile::Profile;

/// What users' heads start from.
#[derive(Clone, Copy)]
pub(super) struct Start<'a> {
    pub networks: &'a str,
    pub generic: Option<&'a GenericHead>,
    /// Number of a frame's leading values that are expression features.
    pub expression: usize,
    pub speech_features: &'a SpeechFeatures,
    /// The generic head for speech.
    pub speech: Option<&'a GenericHead>,
}

impl Start<'_> {
    /// Returns the head that answers for a user: the active generation, or what the new corrections
    /// make of its base. `None`: the generic head. If the corrections cannot be learned, they have no
    /// say: one user must not keep an engine from opening.
    pub fn head_of(&self, profile: &Profile) -> Result<Option<Arc<Head>>> {
        match self.corrected(profile) {
            Err(error) if profile.face.has_new_corrections() => {
                log::warn!("a user's corrections cannot be learned: {error}");
                self.own_head(profile)
            }
            head => head,
        }
    }

    /// The same, with the error of the short fit.
    pub fn corrected(&self, profile: &Profile) -> Result<Option<Arc<Head>>> {
        if profile.face.has_new_corrections() {
            let lesson = Lesson::of(*self, profile)?;
            if let (Some(generic), false) = (self.generic, lesson.clips.is_empty())
                && let Some(head) = lesson.corrector(generic, self.expression).step(&lesson.examples())?
            {
                return Ok(Some(Arc::new(head)));
            }
        }
        self.own_head(profile)
    }

    /// Returns the head that answers for a user's speech: the active generation, or what the corrections make of it.
    /// `None`: the generic head. Corrections have no gate here: each moves the head a little, whatever generation of the
    /// face's head has learned it. If they cannot be learned, they have no say.
    pub fn voice_of(&self, profile: &Profile) -> Result<Option<Arc<SpeechHead>>> {
        let own = SpeechHead::of_user(profile, self.speech_features)?;
        match self.corrected_voice(profile, own.as_ref()) {
            Err(error) => {
                log::warn!("a user's corrections cannot be learned by the head for speech: {error}");
                Ok(own.map(Arc::new))
            }
            Ok(Some(corrected)) => Ok(Some(Arc::new(corrected))),
            Ok(None) => Ok(own.map(Arc::new)),
        }
    }

    /// Returns what the corrections make of a user's `own` head for speech, or else of the generic one; `None` if there
    /// is none, or nothing to correct it by.
    fn corrected_voice(&self, profile: &Profile, own: Option<&SpeechHead>) -> Result<Option<SpeechHead>> {
        let uncorrected = self.speech.map(SpeechHead::of).transpose()?;
        let Some(base) = own.or(uncorrected.as_ref()) else { return Ok(None) };
        let labels = base.head.labels();
        let mut said = Vec::new();
        let values = self.speech_features.values();
        let in_use = profile.face.corrections_in_use(self.networks);
        for correction in in_use.into_iter().filter(|correction| correction.standing != Standing::Refused) {
            // Speech may have been described by other features.
            let speech = correction.speech().filter(|speech| speech.len() == values);
            let (Some(speech), Some(class)) = (speech, labels::index_of(labels, &correction.label)) else { continue };
            let contradicted = correction.contradicted.as_deref().and_then(|label| labels::index_of(labels, label));
            said.push(Said { clip: base.scaled(&speech)?, class, contradicted });
        }
        if said.is_empty() {
            return Ok(None);
        }
        let fresh = GenericHead::fresh(base.head.clone(), 1.0);
        let generic = self.speech.filter(|generic| base.is_scaled_as(generic)).unwrap_or(&fresh);
        let corrector = Corrector { generic, own: own.map(|own| &own.head), expression: values };
        let examples: Vec<Example<'_>> = said.iter().map(Said::example).collect();
        Ok(corrector.step(&examples)?.map(|head| base.with(head)))
    }

    /// Returns the head of the active generation.
    fn own_head(&self, profile: &Profile) -> Result<Option<Arc<Head>>> {
        let active = profile.face.head();
        let own = active.filter(|active| active.networks == self.networks);
        if active.is_some() && own.is_none() {
            log::warn!("a user's head was learned with other networks and is not used");
        }
        own.map(|own| Ok(Arc::new(Head::decode(&own.bytes)?))).transpose()
    }
}

/// The corrections in use of a user, ready to be learned.
pub(super) struct Lesson {
    own: Option<Head>,
    pub learned_from: LearnedFrom,
    pub clips: Vec<Said>,
}

/// A correction whose labels the base head has.
pub(super) struct Said {
    clip: Clip,
    class: usize,
    contradicted: Option<usize>,
}

impl Said {
    fn example(&self) -> Example<'_> {
        Example { clip: &self.clip, class: self.class, contradicted: self.contradicted }
    }
}

impl Lesson {
    pub fn of(start: Start<'_>, profile: &Profile) -> Result<Self> {
        let own = profile.face.base().filter(|base| base.networks == start.networks);
        let own = own.map(|base| Head::decode(&base.bytes)).transpose()?;
        let base = own.as_ref().or(start.generic.map(|generic| &generic.head));
        let labels = base.map(Head::labels).unwrap_or_default();
        let from = profile.face.base().map_or(0, |base| base.number);
        let (mut corrections, mut clips) = (Vec::new(), Vec::new());
        for correction in profile.face.corrections_in_use(start.networks) {
            // A head adapted since then may lack the class.
            let Some(class) = labels::index_of(labels, &correction.label) else { continue };
            let contradicted = correction.contradicted.as_deref().and_then(|label| labels::index_of(labels, label));
            corrections.push(correction.number);
            clips.push(Said { clip: correction.clip()?, class, contradicted });
        }
        Ok(Self { own, learned_from: LearnedFrom { from, corrections }, clips })
    }

    pub fn examples(&self) -> Vec<Example<'_>> {
        self.clips.iter().map(Said::example).collect()
    }

    pub fn corrector<'a>(&'a self, generic: &'a GenericHead, expression: usize) -> Corrector<'a> {
        Corrector { generic, own: self.own.as_ref(), expression }
    }
}
