//! What users' heads are learned from: the clips of each modality with the heads that training starts at.

use std::borrow::Cow;
use std::ops::ControlFlow;

use super::Engine;
use super::faces::{Checked, of_others, refused};
use super::footage::{CLIPS_EMOTION, Footage, SpokenClip, class_of};
use super::voices::scaled;
use crate::error::{Error, ErrorKind, Result, fail};
use crate::head::{Clip, Head, HeadKind, Scale};
use crate::modality::Modality;
use crate::speech::SpeechFeatures;
use crate::train::adapt::{
    AdaptOptions, AdaptReport, Adaptation, Current, Evidence, LeftOut, Refusal, StreamClips, TrainingClip, adapt,
    adapt_joined,
};
use crate::train::fit::Progress;
use crate::train::generic::GenericHead;
use crate::users::history::{AdaptedHead, History};
use crate::users::profile::Profile;

/// The clips of one modality, ready to be learned.
pub(super) struct Material<'a> {
    modality: Modality,
    generic: GenericHead,
    /// What computed the features.
    networks: &'a str,
    /// The user's head, if it can be compared with the new one.
    own: Option<(Head, Vec<Evidence>)>,
    clips: Vec<Labeled<'a>>,
    unlabeled: Vec<&'a Clip>,
    left_out: Vec<LeftOut>,
    /// The classes of all labeled clips, also of those left out.
    given: Vec<usize>,
    options: AdaptOptions,
}

/// A labeled clip.
struct Labeled<'a> {
    name: &'a str,
    clip: Cow<'a, Clip>,
    class: usize,
    confirmed: bool,
    copies: Vec<Clip>,
}

/// A user's head that was learned, or not, and why.
pub(super) struct Outcome {
    pub modality: Modality,
    pub report: AdaptReport,
    /// The head, if it is accepted.
    pub head: Option<AdaptedHead>,
}

impl Engine {
    /// Returns the clips of faces that are the user's; training starts at `generic`.
    ///
    /// # Errors
    /// `InvalidOption` for a label that the head lacks.
    pub(super) fn face_material<'a>(
        &'a self,
        profile: &Profile,
        generic: GenericHead,
        checked: &Checked<'a>,
        given: Vec<usize>,
        options: &AdaptOptions,
    ) -> Result<Material<'a>> {
        let (labels, networks) = (generic.head.labels(), self.inner.networks.as_str());
        let clips = checked.clips.iter().map(|clip| {
            let class = class_of(labels, &clip.label, CLIPS_EMOTION)?;
            let (name, confirmed) = (clip.name.as_str(), clip.confirmed);
            Ok(Labeled { name, clip: Cow::Borrowed(&clip.clip), class, confirmed, copies: Vec::new() })
        });
        let clips: Vec<Labeled<'_>> = clips.collect::<Result<_>>()?;
        Ok(Material {
            modality: Modality::Face,
            networks,
            own: comparable(&profile.face, &generic, networks)?,
            clips,
            unlabeled: checked.unlabeled.iter().map(|unlabeled| &unlabeled.clip).collect(),
            left_out: checked.left_out.clone(),
            given,
            options: *options,
            generic,
        })
    }

    /// Returns the speech that is the user's, except that of clips `left_out`; training starts at the generic head for
    /// speech, or else at a fresh one with `labels`. `None` if no clip has speech.
    ///
    /// # Errors
    /// `InvalidOption` for a label that the head lacks, a vector that is none, or speech with which nobody was seen.
    pub(super) fn speech_material<'a>(
        &'a self,
        profile: &Profile,
        labels: &[String],
        footage: Footage<'a>,
        left_out: &[LeftOut],
        options: &AdaptOptions,
    ) -> Result<Option<Material<'a>>> {
        if footage.speech.is_empty() {
            return Ok(None);
        }
        let others = |clip: &SpokenClip| left_out.iter().find(|left_out| left_out.clip == clip.name);
        let seen = |clip: &SpokenClip| footage.clips.iter().any(|other| other.name == clip.name);
        for clip in footage.speech {
            check_vectors(clip, self.speech_features())?;
            if !seen(clip) && !footage.unchecked_voices {
                fail!(
                    InvalidOption,
                    "nobody is seen with the speech of a clip, so nobody can tell whose voice it is: give the frames too, \
                     or adapt with unchecked voices";
                    "nobody is seen with the speech of the clip {:?}, so nobody can tell whose voice it is: give the frames \
                     too, or adapt with unchecked voices",
                    clip.name
                );
            }
        }
        let spoken: Vec<&SpokenClip> = footage.speech.iter().filter(|clip| others(clip).is_none()).collect();
        let generic = self.generic_voice_of(profile, labels, &spoken)?;
        let kind = generic.head.kind();
        let class = |clip: &SpokenClip| class_of(generic.head.labels(), &clip.label, CLIPS_EMOTION);
        let clips = spoken.into_iter().map(|clip| {
            let class = class(clip)?;
            let of = |vector: &Vec<f32>| scaled(generic.scale.as_ref(), vector);
            let (vector, copies) =
                (Cow::Owned(of(&clip.speech)?), clip.in_noise.iter().map(of).collect::<Result<_>>()?);
            Ok(Labeled { name: &clip.name, clip: vector, class, confirmed: clip.confirmed, copies })
        });
        let clips: Vec<Labeled<'_>> = clips.collect::<Result<_>>()?;
        let features = &self.inner.speech_features;
        Ok(Some(Material {
            modality: Modality::Speech,
            networks: features.name(),
            own: comparable(&profile.speech, &generic, features.name())?,
            clips,
            unlabeled: Vec::new(),
            left_out: footage.speech.iter().filter_map(others).cloned().collect(),
            given: footage.speech.iter().map(class).collect::<Result<_>>()?,
            options: options.of_values(kind, features.values()),
            generic,
        }))
    }

    /// Returns the head that users' heads for speech start at: the application's, or a fresh one with the scale that
    /// the user's head has, or else of the user's own clips.
    fn generic_voice_of(&self, profile: &Profile, labels: &[String], clips: &[&SpokenClip]) -> Result<GenericHead> {
        if let Some(generic) = &self.inner.generic_speech {
            return Ok(generic.clone());
        }
        let features = &self.inner.speech_features;
        let head = Head::fresh(labels.to_vec(), features.values(), HeadKind::Logistic.body(), None, 1.0)?;
        let fresh = GenericHead::fresh(head, 1.0);
        let own = profile.speech.head().filter(|own| own.networks == features.name());
        let vectors: Vec<&[f32]> = clips.iter().map(|clip| clip.speech.as_slice()).collect();
        match own.and_then(|own| own.scale.clone()) {
            Some(scale) => fresh.scaled(scale),
            None if vectors.is_empty() => Ok(fresh),
            None => fresh.scaled(Scale::of(&vectors)?),
        }
    }
}

/// Checks the vectors of a clip of speech, which must be of these `features`.
fn check_vectors(clip: &SpokenClip, features: &SpeechFeatures) -> Result<()> {
    for vector in [&clip.speech].into_iter().chain(&clip.in_noise) {
        if !features.fits(vector) {
            let (count, values) = (vector.len(), features.values());
            fail!(
                InvalidOption,
                "the speech of a clip is {count} values; {values} finite ones are needed";
                "the speech of the clip {:?} is {count} values; {values} finite ones are needed",
                clip.name
            );
        }
    }
    Ok(())
}

/// Returns the active head of `history` with its evidence, if a head learned from `generic` can be compared with it: of the
/// same classes, features and scale.
fn comparable(history: &History, generic: &GenericHead, networks: &str) -> Result<Option<(Head, Vec<Evidence>)>> {
    let own = history.head().filter(|own| own.networks == networks && own.scale == generic.scale);
    let own = own.map(|own| Head::decode(&own.bytes).map(|head| (head, own.evidence.clone()))).transpose()?;
    Ok(own.filter(|(head, _)| head.labels() == generic.head.labels()))
}

impl Material<'_> {
    fn samples(&self) -> Vec<TrainingClip<'_>> {
        let clips = self.clips.iter();
        clips
            .map(|of| TrainingClip {
                name: of.name,
                clip: &of.clip,
                class: of.class,
                confirmed: of.confirmed,
                copies: &of.copies,
            })
            .collect()
    }

    fn of_stream<'a>(&'a self, clips: &'a [TrainingClip<'a>]) -> StreamClips<'a> {
        let current = self.own.as_ref().map(|(head, evidence)| Current { head, evidence });
        StreamClips { modality: self.modality, generic: &self.generic, current, clips, unlabeled: &self.unlabeled }
    }

    fn labels(&self) -> &[String] {
        self.generic.head.labels()
    }

    /// Returns what came of it; clips that are too few are no error if there are any.
    fn outcome(self, learned: Result<Adaptation>, now_ms: u64) -> Result<Outcome> {
        let modality = self.modality;
        let adaptation = match learned {
            Err(error) if error.kind() == ErrorKind::NotEnoughSamples && !self.is_empty() => {
                return Ok(Outcome { modality, report: self.too_few(&error), head: None });
            }
            adaptation => adaptation?,
        };
        let mut report = adaptation.report;
        report.left_out.splice(0..0, self.left_out);
        let clips: usize = report.clips.iter().map(|(_, count)| count).sum();
        let generation = |head: Head| -> Result<AdaptedHead> {
            Ok(AdaptedHead {
                number: 0,
                bytes: head.encode()?,
                networks: self.networks.to_owned(),
                scale: self.generic.scale,
                adapted_at_ms: now_ms,
                clips: clips as u32,
                estimated_loss: report.loss_estimated,
                evidence: adaptation.evidence,
                learned_from: None,
            })
        };
        let accepted = if adaptation.head.is_some() { "adapted" } else { "refused" };
        log::info!("a head for {} was {accepted} with {clips} clips", modality.name());
        Ok(Outcome { modality, head: adaptation.head.map(generation).transpose()?, report })
    }

    /// Whether no clip was given at all.
    fn is_empty(&self) -> bool {
        self.clips.is_empty() && self.unlabeled.is_empty() && self.left_out.is_empty()
    }

    /// Returns the report of clips that do not suffice, as `error` says: for want of those that were left out, or they
    /// would not have sufficed either.
    fn too_few(self, error: &Error) -> AdaptReport {
        let (labels, given) = (self.generic.head.labels(), &self.given);
        let several = given.iter().any(|class| *class != given[0]);
        if several && self.clips.len() < given.len() {
            return of_others(labels, given, self.left_out, self.unlabeled.len());
        }
        refused(labels, given, self.left_out, Refusal::TooFewClips, error.full_text())
    }
}

/// Learns the heads of all modalities; their clips of one name have one label, which is examined by all that have the
/// same classes. Nothing is stored.
///
/// # Errors
/// As in [`adapt_joined`].
pub(super) fn learn(
    engine: &Engine,
    materials: Vec<Material<'_>>,
    now_ms: u64,
    progress: &mut impl FnMut(Progress) -> ControlFlow<()>,
) -> Result<Vec<Outcome>> {
    let together = |materials: &[Material<'_>], progress: &mut dyn FnMut(Progress) -> ControlFlow<()>| {
        let samples: Vec<Vec<TrainingClip<'_>>> = materials.iter().map(Material::samples).collect();
        if let ([material], [clips]) = (materials, samples.as_slice()) {
            // Names need not differ where nothing is joined by them.
            let StreamClips { generic, current, unlabeled, .. } = material.of_stream(clips);
            return Ok(vec![adapt(generic, current, clips, unlabeled, &material.options, progress)?]);
        }
        let clips = materials.iter().zip(&samples);
        let streams: Vec<_> = clips.map(|(material, clips)| (material.of_stream(clips), &material.options)).collect();
        adapt_joined(&streams, &engine.inner.fusion, progress)
    };
    let same_classes = materials.windows(2).all(|pair| pair[0].labels() == pair[1].labels());
    let joined = if same_classes { Some(together(&materials, progress)) } else { None };
    match joined {
        Some(Ok(learned)) => materials
            .into_iter()
            .zip(learned)
            .map(|(material, learned)| material.outcome(Ok(learned), now_ms))
            .collect(),
        Some(Err(error)) if error.kind() != ErrorKind::NotEnoughSamples => Err(error),
        // One of them may have enough clips.
        _ => materials
            .into_iter()
            .map(|material| {
                let learned = together(std::slice::from_ref(&material), progress);
                let only = learned.map(|mut learned| learned.remove(0));
                material.outcome(only, now_ms)
            })
            .collect(),
    }
}
