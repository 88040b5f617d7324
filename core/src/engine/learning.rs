//! Users' heads: creation, adaptation, rollback.

use std::ops::ControlFlow;

use mien_nn::LinearLayer;

use super::Engine;
use super::footage::{Adapted, CLIPS_EMOTION, Footage, class_of};
use super::material::{Outcome, learn};
use super::people::Own;
use crate::error::{Result, fail};
use crate::features::FeatureExtractor;
use crate::head::{Head, HeadKind, layer_for};
use crate::labels;
use crate::modality::Modality;
use crate::speech::SpeechFeatures;
use crate::train::adapt::AdaptOptions;
use crate::train::fit::Progress;
use crate::train::generic::GenericHead;
use crate::users::history::AdaptedHead;
use crate::users::profile::Profile;

impl Engine {
    /// SHA-256 of the identity and the expression network, joined with `+`. Heads are bound to it.
    pub fn networks(&self) -> &str {
        &self.inner.networks
    }

    /// What makes the vector of a clip of speech.
    pub fn speech_features(&self) -> &SpeechFeatures {
        &self.inner.speech_features
    }

    /// What computes the features of a modality: [`Engine::networks`] for faces, [`SpeechFeatures::name`] for speech.
    /// Heads of users are bound to it.
    pub fn networks_of(&self, modality: Modality) -> &str {
        match modality {
            Modality::Face => self.networks(),
            Modality::Speech => self.speech_features().name(),
        }
    }

    /// Creates an untrained head of `kind` that answers like the expression network's own last
    /// layer. The default generic head is such a head with logistic regression.
    ///
    /// # Errors
    /// `InvalidOption` if the pack's network has no class logits to start from.
    pub fn fresh_head(&self, kind: HeadKind) -> Result<Head> {
        self.check_open()?;
        match &self.inner.classifier {
            Some(layer) => fresh_head(&self.inner.extractor, &self.inner.labels, layer, kind),
            None => fail!(InvalidOption, "the model pack has no class logits to start a head from"),
        }
    }

    /// Creates an untrained head of `kind` over any `labels`. A class that the expression network's
    /// last layer has under any spelling answers like that layer; the other classes start at the
    /// mean of all classes of the layer, which favors neither side. If the layer has none of
    /// `labels`, all are equally likely.
    ///
    /// # Errors
    /// `InvalidOption` if a label is empty or repeated, or if there are too few or too many.
    pub fn fresh_head_for(&self, kind: HeadKind, labels: &[String]) -> Result<Head> {
        self.check_open()?;
        let layer = self.inner.classifier.as_ref().and_then(|layer| layer_for(layer, &self.inner.labels, labels));
        let (dimension, scale) = (self.inner.extractor.head_dimension(), self.inner.extractor.feature_scale());
        Head::fresh(labels.to_vec(), dimension, kind.body(), layer.as_ref(), scale)
    }

    /// Whether the expression network's last layer, from which fresh heads start, has one of
    /// `labels`.
    pub fn knows_any(&self, labels: &[String]) -> bool {
        self.inner.classifier.is_some()
            && labels.iter().any(|label| labels::index_of(&self.inner.labels, label).is_some())
    }

    /// Adapts the heads of the user `name` to labeled and unlabeled clips ([`train::adapt`](crate::train::adapt)): one of `kind` for faces, and one
    /// for speech if there is some. Labels are examined by both together.
    ///
    /// Training starts at the generic heads of the application ([`EngineOptions::generic`](super::EngineOptions::generic),
    /// [`EngineOptions::generic_speech`](super::EngineOptions::generic_speech)), or else at fresh ones. The head for
    /// speech has the kind of its generic head,
    /// by default logistic. An accepted head becomes a new generation and answers from then on. The old
    /// head stays if anything fails, if `progress` breaks, or if the new head is refused
    /// ([`AdaptReport::refusal`](crate::train::adapt::AdaptReport::refusal)).
    ///
    /// All frames are compared with the user first ([`whose`](crate::recognition::whose)): clips of
    /// somebody else or of several people are never learned and are named in
    /// [`AdaptReport::left_out`](crate::train::adapt::AdaptReport::left_out). If they are the most, or too few clips
    /// are left, nothing is. Clips of one
    /// emotion and unlabeled clips alone give a baseline if the generic head has statistics, and are refused as
    /// too few otherwise ([`Refusal::TooFewClips`](crate::train::adapt::Refusal::TooFewClips)).
    ///
    /// # Errors
    /// `UserNotFound`, also if the user is deleted meanwhile; `InvalidOption` for a label that the head lacks, if there
    /// is no head to start from, if the generic head is of another kind, if the user has no embeddings of the identity
    /// network in use ([`AdaptOptions::unchecked_faces`]), if a clip that may be learned has not one embedding per
    /// frame, if speech is no vector of [`SpeechFeatures::values`] finite values, if nobody was seen with it
    /// ([`Footage::unchecked_voices`]), or, with speech, if two clips have one name; `NotEnoughSamples` without clips;
    /// `TrainingDiverged` and `Cancelled` as in [`fit`](crate::train::fit::fit), `Cancelled` also if the user's heads
    /// change meanwhile; `Storage` if the store cannot be written.
    pub fn adapt<'a>(
        &self,
        name: &str,
        kind: HeadKind,
        footage: Footage<'a>,
        options: &AdaptOptions,
        now_ms: u64,
        mut progress: impl FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Adapted> {
        let profile = self.export(name)?;
        let generic = self.generic_of(kind)?;
        let labels = generic.head.labels().to_vec();
        let given = footage.clips.iter().map(|clip| class_of(&labels, &clip.label, CLIPS_EMOTION));
        let given: Vec<usize> = given.collect::<Result<_>>()?;
        // Clips that nobody learns must not decide whose the others are.
        let used = options.pseudo_labels.is_some() || options.centered && generic.statistics.is_some();
        let unlabeled = if used || given.is_empty() { footage.unlabeled } else { &[] };
        let footage = Footage { unlabeled, ..footage };
        let checked = self.check_faces(&profile, footage, options.unchecked_faces)?;
        if checked.mostly_others {
            return Ok(Adapted { face: Some(checked.refused(&labels, &given)), speech: None });
        }
        let speech = self.speech_material(&profile, &labels, footage, &checked.left_out, options)?;
        let mut materials = Vec::new();
        if footage.has_faces() || footage.speech.is_empty() {
            materials.push(self.face_material(&profile, generic, &checked, given, options)?);
        }
        materials.extend(speech);
        let mut progress = |at| if self.is_closed() { ControlFlow::Break(()) } else { progress(at) };
        let outcomes = learn(self, materials, now_ms, &mut progress);
        self.check_open()?;
        let (mut adapted, mut generations) = (Adapted::default(), Vec::new());
        for Outcome { modality, report, head } in outcomes? {
            generations.extend(head.map(|head| (modality, head)));
            match modality {
                Modality::Face => adapted.face = Some(report),
                Modality::Speech => adapted.speech = Some(report),
            }
        }
        if !generations.is_empty() {
            self.activate(&profile, generations)?;
        }
        Ok(adapted)
    }

    /// Stores new generations for the user whose clips were compared with the profile `before`, unless
    /// that user or a head that they were compared with is gone.
    fn activate(&self, before: &Profile, generations: Vec<(Modality, AdaptedHead)>) -> Result<()> {
        let change = self.change_users()?;
        let number = |profile: &Profile, modality| profile.of(modality).head().map(|head| head.number);
        let (profile, ()) = change.store.update(&before.name, |profile| {
            if !profile.is_same_user(before) {
                fail!(UserNotFound, "the user was deleted meanwhile, and another one enrolled under the name");
            }
            for (modality, generation) in generations {
                if number(profile, modality) != number(before, modality) {
                    fail!(Cancelled, "the user's head changed meanwhile; adapt again");
                }
                profile.of_mut(modality).push_generation(generation)?;
            }
            Ok(())
        })?;
        let own = Own::of(self.inner.start(), &profile)?;
        change.people().set_heads(&before.name, own);
        Ok(())
    }

    /// Checks that users' heads for faces can learn the emotion `label`, in any of its spellings: a recording with another
    /// label would be for nothing.
    ///
    /// # Errors
    /// `InvalidOption` if the generic head, at which training starts, has no such label; `Closed`.
    pub fn check_label(&self, label: &str) -> Result<()> {
        self.check_open()?;
        match &self.inner.generic_head {
            Some(head) => class_of(head.labels(), label, CLIPS_EMOTION).map(drop),
            // Without a head to start from, nothing can be learned at all.
            None => Ok(()),
        }
    }

    /// Returns the generic head of `kind` that users' heads start at.
    fn generic_of(&self, kind: HeadKind) -> Result<GenericHead> {
        match self.inner.generic.as_ref().filter(|_| self.inner.generic_was_given) {
            Some(generic) if generic.head.kind() == kind => Ok(generic.clone()),
            Some(GenericHead { head, .. }) => {
                fail!(InvalidOption, "the generic head is one of {}, not {}", head.kind().name(), kind.name())
            }
            None => Ok(GenericHead::fresh(self.fresh_head(kind)?, self.temperature())),
        }
    }

    /// Activates another generation of the head of user `name` for `modality`, as in
    /// [`Profile::roll_back`]: generation `to` (0 is the generic head), or the previous one by default. What corrections
    /// taught the modality beyond its generations is forgotten. Returns the number
    /// of the active generation, `None` for the generic head.
    ///
    /// # Errors
    /// `UserNotFound`; `InvalidOption` if there is no such generation, nothing to roll back from,
    /// or the generation was learned with other networks; `Storage` if the store cannot be written.
    /// On error nothing changes.
    pub fn rollback(&self, name: &str, modality: Modality, to: Option<u32>) -> Result<Option<u32>> {
        let change = self.change_users()?;
        let networks = self.networks_of(modality);
        let (profile, active) = change.store.update(name, |profile| {
            let active = profile.roll_back(modality, to)?;
            if let Some(head) = profile.of(modality).head().filter(|head| head.networks != networks) {
                let number = head.number;
                fail!(
                    InvalidOption,
                    "generation {number} was learned with other networks";
                    "generation {number} of {name:?} was learned with other networks"
                );
            }
            Ok(active)
        })?;
        log::info!("a user's head was rolled back");
        change.people().set_heads(name, Own::of(self.inner.start(), &profile)?);
        Ok(active)
    }
}

pub(super) fn fresh_head(
    extractor: &FeatureExtractor,
    labels: &[String],
    layer: &LinearLayer,
    kind: HeadKind,
) -> Result<Head> {
    let (dimension, scale) = (extractor.head_dimension(), extractor.feature_scale());
    Head::fresh(labels.to_vec(), dimension, kind.body(), Some(layer), scale)
}
