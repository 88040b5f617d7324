//! What an application holds: networks, gallery, heads and the store in one object.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::error::{Result, fail};
use crate::face::Face;
use crate::face::detect::{Detector, DetectorOptions};
use crate::face::quality::{Quality, QualityIssue, QualityLimits, measure};
use crate::features::{FeatureExtractor, Features};
use crate::frame::Frame;
use crate::head::{Clip, Head, HeadKind, Prediction, codec, layer_for};
use crate::labels;
use crate::math::{argmax, softmax};
use crate::models::{ModelPack, Role};
use crate::nn::LinearLayer;
use crate::train::adapt::{AdaptOptions, AdaptReport, Current, adapt};
use crate::train::fit::Progress;
use crate::train::generic::GenericHead;
use crate::users::enrolment::{Enrolment, EnrolmentOptions};
use crate::users::gallery::{Calibration, Gallery, Identity, Likeness};
use crate::users::profile::{AdaptedHead, Profile, check_name};
use crate::users::store::Store;

/// Options of an engine; immutable once it is made.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EngineOptions {
    /// How faces are found.
    pub detector: DetectorOptions,
    /// What a usable face keeps to.
    pub quality: QualityLimits,
    /// How identity is decided; default: the store's calibration for the network in use, or else
    /// [`ModelPack::default_calibration`].
    pub calibration: Option<Calibration>,
    /// The head that answers for everybody and that users' heads start from, as `mien train`
    /// makes one from labelled data; default: the expression network's own last layer.
    pub generic: Option<GenericHead>,
}

/// Probabilities of emotions.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Emotion {
    /// The most probable label.
    pub label: String,
    /// Each label with its probability, in the head's order; they sum to 1.
    #[serde(serialize_with = "as_map")]
    pub probabilities: Vec<(String, f32)>,
    /// Whether the user's own head answered, or the generic one.
    pub adapted: bool,
    /// The weight of each of the clip's frames in the answer, for heads with attention.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attention: Option<Vec<f32>>,
}

/// Serialises pairs as an object that keeps their order.
fn as_map<S: serde::Serializer>(pairs: &[(String, f32)], serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().map(|(label, probability)| (label, probability)))
}

impl Emotion {
    fn new(labels: &[String], Prediction { probabilities, attention }: Prediction, adapted: bool) -> Self {
        let label = labels[argmax(&probabilities)].clone();
        Self { label, probabilities: labels.iter().cloned().zip(probabilities).collect(), adapted, attention }
    }

    /// The probability of [`Emotion::label`].
    pub fn confidence(&self) -> f32 {
        self.probabilities.iter().map(|(_, p)| *p).fold(0.0, f32::max)
    }
}

/// One face of a frame.
#[derive(Debug, Clone, PartialEq)]
pub struct FaceResult {
    /// Where it is.
    pub face: Face,
    /// How good a picture of it this is.
    pub quality: Quality,
    /// Why it is not a good one; empty where it is.
    pub issues: Vec<QualityIssue>,
    /// Whose it is.
    pub identity: Identity,
    /// What it shows; `None` where the pack has no generic head and the user none either.
    pub emotion: Option<Emotion>,
    /// The vectors, for clips, enrolment and adaptation.
    pub features: Features,
}

/// The faces of one frame, best detection score first; none is a result, not an error.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FrameResult {
    /// The faces.
    pub faces: Vec<FaceResult>,
}

/// A clip with the emotion that it shows.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelledClip {
    /// The frame vectors ([`Features::head_input`]).
    pub clip: Clip,
    /// The emotion, in any spelling that [`labels::canonical`] knows.
    pub label: String,
}

/// What a user's head is learnt from.
#[derive(Debug, Clone, Copy)]
pub struct Footage<'a> {
    /// Clips with the emotions that they show.
    pub clips: &'a [LabelledClip],
    /// Clips of the user without; learnt only where [`AdaptOptions::pseudo_labels`] says so.
    pub unlabelled: &'a [Clip],
}

/// Finds faces, tells whose they are and what they show, and learns users.
///
/// `Send + Sync`: calls from several threads run beside each other; enrolling, adapting and
/// deleting wait for each other.
pub struct Engine {
    detector: Detector,
    extractor: FeatureExtractor,
    quality: QualityLimits,
    labels: Vec<String>,
    classifier: Option<LinearLayer>,
    generic: Option<GenericHead>,
    /// Whether the application gave the generic head, or it is the network's own last layer.
    generic_was_given: bool,
    identity_network: String,
    default_calibration: Calibration,
    networks: String,
    people: RwLock<People>,
}

/// What changes as users come and go.
struct People {
    store: Option<Store>,
    gallery: Gallery,
    heads: HashMap<String, Head>,
}

impl Engine {
    /// An engine without a store: nobody is known, nothing is kept.
    ///
    /// # Errors
    /// `ModelLoad` where the pack does not fit, `InvalidOption` for an option out of range.
    pub fn new(pack: &ModelPack, options: EngineOptions) -> Result<Self> {
        Self::build(pack, options, None)
    }

    /// An engine that knows the users of `store` and keeps what it learns there.
    ///
    /// # Errors
    /// As [`Engine::new`]; `Storage`, `ProfileCorrupt` or `ProfileVersion` where the store
    /// cannot be read.
    pub fn with_store(pack: &ModelPack, options: EngineOptions, store: Store) -> Result<Self> {
        Self::build(pack, options, Some(store))
    }

    fn build(pack: &ModelPack, options: EngineOptions, store: Option<Store>) -> Result<Self> {
        options.quality.check()?;
        let extractor = FeatureExtractor::new(pack)?;
        let entry = pack.entry(Role::Expression)?;
        let classifier = pack.expression_classifier()?;
        let labels = entry.labels.clone();
        let given = options.generic;
        let identity_network = pack.recogniser()?.sha256.clone();
        let networks = format!("{}+{}", pack.entry(Role::Identity)?.sha256, entry.sha256);
        if let Some(GenericHead { head, networks: made_with, .. }) = &given {
            if head.dimension() != extractor.head_dimension() {
                let (takes, gives) = (head.dimension(), extractor.head_dimension());
                fail!(InvalidOption, "the generic head takes frames of {takes} values; the networks give {gives}");
            }
            if made_with.as_ref().is_some_and(|made_with| *made_with != networks) {
                fail!(InvalidOption, "the generic head was learnt with other networks; train it again with these");
            }
        }
        let generic_was_given = given.is_some();
        let generic = match (given, &classifier) {
            (Some(generic), _) => Some(generic),
            (None, Some(layer)) => {
                Some(GenericHead::fresh(fresh_head(&extractor, &labels, layer, HeadKind::Logistic)?))
            }
            (None, None) => None,
        };
        let default_calibration = pack.default_calibration()?;
        let calibration = match options.calibration {
            Some(calibration) => calibration,
            None => stored_calibration(store.as_ref(), &identity_network)?.unwrap_or(default_calibration.clone()),
        };
        let mut people = People { gallery: Gallery::new(calibration)?, heads: HashMap::new(), store };
        let profiles = people.store.as_ref().map(Store::profiles).transpose()?.unwrap_or_default();
        for profile in &profiles {
            people.admit(profile, &identity_network, &networks)?;
        }
        Ok(Self {
            detector: Detector::new(pack, options.detector)?,
            extractor,
            quality: options.quality,
            labels,
            classifier,
            generic,
            generic_was_given,
            identity_network,
            default_calibration,
            networks,
            people: RwLock::new(people),
        })
    }

    /// Everything about every face in `frame`.
    ///
    /// # Errors
    /// `Internal` where a network fails or gives values that are not finite.
    pub fn process(&self, frame: &Frame<'_>) -> Result<FrameResult> {
        let mut faces = Vec::new();
        for face in self.detector.detect(frame)? {
            faces.push(self.examine(frame, face)?);
        }
        Ok(FrameResult { faces })
    }

    /// The faces of `frame` without looking at them closer, best score first.
    ///
    /// # Errors
    /// As [`Engine::process`].
    pub fn detect(&self, frame: &Frame<'_>) -> Result<Vec<Face>> {
        self.detector.detect(frame)
    }

    /// Everything about one `face` of `frame`.
    ///
    /// # Errors
    /// As [`Engine::process`].
    pub fn examine(&self, frame: &Frame<'_>, face: Face) -> Result<FaceResult> {
        let quality = measure(frame, &face)?;
        let features = self.extractor.extract(frame, &face)?;
        let identity = self.identify(&features.identity);
        let emotion = self.emotion(&Clip::from_frames(&[features.head_input()])?, &identity)?;
        Ok(FaceResult { face, issues: self.quality.issues(&quality), quality, identity, emotion, features })
    }

    /// Whose face the embedding (of length 1) is.
    pub fn identify(&self, embedding: &[f32]) -> Identity {
        self.people().gallery.identify(embedding)
    }

    /// As [`Engine::identify`], as if the user `name` were not enrolled.
    pub(crate) fn identify_without(&self, name: &str, embedding: &[f32]) -> Identity {
        self.people().gallery.identify_without(name, embedding)
    }

    /// What `clip` shows, by the head of `identity`'s user where there is one, else by the
    /// generic head; `None` where there is neither.
    ///
    /// # Errors
    /// `InvalidOption` where the clip's frames have another dimension than the head.
    pub fn emotion(&self, clip: &Clip, identity: &Identity) -> Result<Option<Emotion>> {
        let people = self.people();
        let own = match identity {
            Identity::User { name, .. } => people.heads.get(name),
            Identity::Unknown { .. } => None,
        };
        let Some(head) = own.or(self.generic.as_ref().map(|generic| &generic.head)) else { return Ok(None) };
        Ok(Some(Emotion::new(head.labels(), head.predict(clip)?, own.is_some())))
    }

    /// A head of `kind` that has learnt nothing and answers as the expression network's own
    /// last layer does: the generic head is one of logistic regression.
    ///
    /// # Errors
    /// `InvalidOption` where the pack's network has no class logits to start from.
    pub fn fresh_head(&self, kind: HeadKind) -> Result<Head> {
        match &self.classifier {
            Some(layer) => fresh_head(&self.extractor, &self.labels, layer, kind),
            None => fail!(InvalidOption, "the model pack has no class logits to start a head from"),
        }
    }

    /// A head of `kind` over any `labels` that has learnt nothing. A class that the expression
    /// network's last layer knows by name, in any spelling, answers as that layer does; the
    /// others start at the mean of all of the layer's classes, which is neither for nor against
    /// them. Where the layer knows none of `labels`, all are equally likely.
    ///
    /// # Errors
    /// `InvalidOption` where a label is empty or named twice, or there are too few or too many.
    pub fn fresh_head_for(&self, kind: HeadKind, labels: &[String]) -> Result<Head> {
        let layer = self.classifier.as_ref().and_then(|layer| layer_for(layer, &self.labels, labels));
        let (dimension, scale) = (self.extractor.head_dimension(), self.extractor.feature_scale());
        Head::fresh(labels.to_vec(), dimension, kind.body(), layer.as_ref(), scale)
    }

    /// Whether the expression network's last layer, from which fresh heads start, knows one of
    /// `labels` by name.
    pub fn knows_any(&self, labels: &[String]) -> bool {
        self.classifier.is_some() && labels.iter().any(|label| labels::index_of(&self.labels, label).is_some())
    }

    /// The classes of [`Features::logits`], in their order.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// The network's own logits of a frame as probabilities, where it has them.
    pub fn zero_shot(features: &Features) -> Option<Vec<f32>> {
        let mut values = features.logits.clone()?;
        softmax(&mut values);
        Some(values)
    }

    /// The networks that turn faces into vectors.
    pub fn extractor(&self) -> &FeatureExtractor {
        &self.extractor
    }

    /// Enrols a new user with the embeddings of at least one picture; `now_ms` is the time in
    /// milliseconds since 1970.
    ///
    /// # Errors
    /// `InvalidOption` for a bad or taken name, `NotEnoughSamples` without embeddings,
    /// `Storage` where the store cannot be written.
    pub fn enroll(&self, name: &str, embeddings: &[Vec<f32>], now_ms: u64) -> Result<()> {
        let profile = Profile::new(name, embeddings, &self.identity_network, now_ms)?;
        let mut people = self.people_mut();
        people.store()?.add(&profile)?;
        log::info!("a user was enrolled with {} embeddings", embeddings.len());
        people.admit(&profile, &self.identity_network, &self.networks)
    }

    /// Begins to enrol a new user from frames, each answered with what is wrong with it.
    ///
    /// # Errors
    /// `InvalidOption` for a bad or taken name or an option out of range; `Storage` where the
    /// store cannot be read.
    pub fn enrolment(&self, name: &str, options: EnrolmentOptions) -> Result<Enrolment<'_>> {
        check_name(name)?;
        if self.profiles()?.iter().any(|profile| profile.name == name) {
            fail!(InvalidOption, "a user called {name:?} exists already");
        }
        Enrolment::new(self, name, None, options)
    }

    /// Begins to add frames to a user who is enrolled already.
    ///
    /// # Errors
    /// `UserNotFound`; `InvalidOption` where the user was enrolled with another identity network
    /// or an option is out of range; `Storage` where the store cannot be read.
    pub fn enrolment_of(&self, name: &str, options: EnrolmentOptions) -> Result<Enrolment<'_>> {
        let profile = self.export(name)?;
        self.check_network(&profile)?;
        Enrolment::new(self, name, Some(profile.embeddings()), options)
    }

    /// Adds embeddings to a user who is enrolled already, as [`Profile::add_embeddings`] does.
    ///
    /// # Errors
    /// `UserNotFound`; `InvalidOption` where the user was enrolled with another identity network
    /// or the embeddings are of another length; `Storage` where the store cannot be written.
    pub fn add_embeddings(&self, name: &str, embeddings: &[Vec<f32>]) -> Result<()> {
        let mut people = self.people_mut();
        let (profile, ()) = people.store()?.update(name, |profile| {
            self.check_network(profile)?;
            profile.add_embeddings(embeddings)
        })?;
        log::info!("{} embeddings were added to a user", embeddings.len());
        people.gallery.remove(name);
        people.gallery.add(name, &profile.embeddings());
        Ok(())
    }

    fn check_network(&self, profile: &Profile) -> Result<()> {
        if profile.identity_network != self.identity_network {
            fail!(InvalidOption, "{:?} was enrolled with another identity network; enrol anew", profile.name);
        }
        Ok(())
    }

    /// Adds a user from another device.
    ///
    /// # Errors
    /// `InvalidOption` where the name is taken or the profile was made with other networks;
    /// `Storage` where the store cannot be written.
    pub fn import(&self, profile: &Profile) -> Result<()> {
        if profile.identity_network != self.identity_network {
            fail!(InvalidOption, "the profile was made with another identity network; enrol {:?} again", profile.name);
        }
        let mut people = self.people_mut();
        people.store()?.add(profile)?;
        people.admit(profile, &self.identity_network, &self.networks)
    }

    /// The profile of a user, for export.
    ///
    /// # Errors
    /// `UserNotFound`, or `Storage` where the store cannot be read.
    pub fn export(&self, name: &str) -> Result<Profile> {
        self.people().store_ref()?.profile(name)
    }

    /// All profiles, by name.
    ///
    /// # Errors
    /// `Storage` where the store cannot be read.
    pub fn profiles(&self) -> Result<Vec<Profile>> {
        self.people().store_ref()?.profiles()
    }

    /// Deletes a user: embeddings and head.
    ///
    /// # Errors
    /// `UserNotFound`, or `Storage` where the store cannot be written.
    pub fn delete(&self, name: &str) -> Result<()> {
        let mut people = self.people_mut();
        people.store()?.delete(name)?;
        people.gallery.remove(name);
        people.heads.remove(name);
        log::info!("a user was deleted");
        Ok(())
    }

    /// How identity is decided where nothing was measured, by the identity network.
    pub fn default_calibration(&self) -> &Calibration {
        &self.default_calibration
    }

    /// How identity is decided now.
    pub fn calibration(&self) -> Calibration {
        self.people().gallery.calibration().clone()
    }

    /// Whether the embedding (of length 1) is of the user `name`, where nobody else is in
    /// question.
    ///
    /// # Errors
    /// `UserNotFound` where no such user is known, or enrolled with the identity network in use.
    pub fn verify(&self, name: &str, embedding: &[f32]) -> Result<Likeness> {
        match self.people().gallery.verify(name, embedding) {
            Some(likeness) => Ok(likeness),
            None => fail!(UserNotFound, "no user called {name:?} is enrolled with the networks in use"),
        }
    }

    /// Stores how identity is decided from now on, with the identity network in use as the one
    /// that it holds for.
    ///
    /// # Errors
    /// `InvalidOption` where it is out of range, `Storage` where it cannot be written.
    pub fn calibrate(&self, mut calibration: Calibration) -> Result<()> {
        calibration.network.clone_from(&self.identity_network);
        let mut people = self.people_mut();
        let mut gallery = Gallery::new(calibration)?;
        let store = people.store()?;
        store.set_calibration(gallery.calibration())?;
        for profile in store.profiles()? {
            if profile.identity_network == self.identity_network {
                gallery.add(&profile.name, &profile.embeddings());
            }
        }
        people.gallery = gallery;
        Ok(())
    }

    /// SHA-256 of the identity and the expression network, joined: what heads are learnt with.
    pub fn networks(&self) -> &str {
        &self.networks
    }

    /// Teaches the user `name` a head of `kind` from `clips` and, where the options say so,
    /// from `unlabelled` clips, starting at the generic head that the application gave
    /// ([`EngineOptions::generic`]), else at a fresh one. It becomes a new generation, which
    /// answers from now on. The old head stays where anything fails, `progress` breaks or the
    /// gate refuses the new head ([`AdaptReport::accepted`]).
    ///
    /// # Errors
    /// `UserNotFound`; `InvalidOption` for a label that the head has not, where there is no head
    /// to start from, or where the generic head is of another kind; `NotEnoughSamples`,
    /// `TrainingDiverged` and `Cancelled` as [`adapt`] gives them; `Storage` where the store
    /// cannot be written.
    pub fn adapt(
        &self,
        name: &str,
        kind: HeadKind,
        Footage { clips, unlabelled }: Footage<'_>,
        options: &AdaptOptions,
        now_ms: u64,
        progress: impl FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<AdaptReport> {
        let profile = self.export(name)?;
        let generic = match self.generic.as_ref().filter(|_| self.generic_was_given) {
            Some(generic) if generic.head.kind() == kind => generic.clone(),
            Some(GenericHead { head, .. }) => {
                fail!(InvalidOption, "the generic head is one of {}, not {}", head.kind().name(), kind.name())
            }
            None => GenericHead::fresh(self.fresh_head(kind)?),
        };
        let labels = generic.head.labels();
        let mut samples = Vec::new();
        for LabelledClip { clip, label } in clips {
            let Some(class) = labels::index_of(labels, label) else {
                fail!(InvalidOption, "the emotion {label:?} is none of {}", labels.join(", "));
            };
            samples.push((clip, class));
        }
        let unlabelled: Vec<&Clip> = unlabelled.iter().collect();
        let own = profile.head().filter(|own| own.networks == self.networks);
        let own = own.map(|own| Ok((codec::decode(&own.bytes)?, &own.evidence))).transpose()?;
        // A head of other classes cannot be compared with.
        let current =
            own.as_ref().filter(|(head, _)| head.labels() == labels).map(|(head, evidence)| Current { head, evidence });
        let adaptation = adapt(&generic, current, &samples, &unlabelled, options, progress)?;
        let Some(head) = adaptation.head else {
            log::info!("a head adapted from {} clips was refused", clips.len());
            return Ok(adaptation.report);
        };
        let generation = AdaptedHead {
            number: 0,
            bytes: codec::encode(&head)?,
            networks: self.networks.clone(),
            adapted_at_ms: now_ms,
            clips: clips.len() as u32,
            estimated_loss: adaptation.report.loss_estimated,
            evidence: adaptation.evidence,
        };
        let mut people = self.people_mut();
        let (profile, _) = people.store()?.update(name, |profile| profile.push_generation(generation))?;
        log::info!("a head was adapted from {} clips", clips.len());
        people.admit_head(&profile, &self.networks)?;
        Ok(adaptation.report)
    }

    /// Lets another generation of the head of the user `name` answer, as
    /// [`Profile::roll_back`] says: the one numbered `to` (0 is the generic head), or else the
    /// one before. Gives the number of the one that answers now, `None` for the generic head.
    ///
    /// # Errors
    /// `UserNotFound`; `InvalidOption` where there is no such generation, nothing to roll back
    /// from, or the generation was learnt with other networks; `Storage` where the store cannot
    /// be written. Nothing changes then.
    pub fn rollback(&self, name: &str, to: Option<u32>) -> Result<Option<u32>> {
        let mut people = self.people_mut();
        let (profile, active) = people.store()?.update(name, |profile| {
            let active = profile.roll_back(to)?;
            if let Some(head) = profile.head().filter(|head| head.networks != self.networks) {
                fail!(InvalidOption, "generation {} of {name:?} was learnt with other networks", head.number);
            }
            Ok(active)
        })?;
        log::info!("a user's head was rolled back");
        people.admit_head(&profile, &self.networks)?;
        Ok(active)
    }

    fn people(&self) -> RwLockReadGuard<'_, People> {
        // A panic while the lock was held leaves whole values behind: they are replaced, not edited.
        self.people.read().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn people_mut(&self) -> RwLockWriteGuard<'_, People> {
        self.people.write().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// The store's calibration, where it has one for the identity network in use.
fn stored_calibration(store: Option<&Store>, identity_network: &str) -> Result<Option<Calibration>> {
    let stored = store.map(Store::calibration).transpose()?.flatten();
    let fits = |calibration: &Calibration| calibration.network.is_empty() || calibration.network == identity_network;
    if stored.as_ref().is_some_and(|calibration| !fits(calibration)) {
        log::warn!("identification was calibrated for another identity network: the default holds");
    }
    Ok(stored.filter(fits))
}

fn fresh_head(extractor: &FeatureExtractor, labels: &[String], layer: &LinearLayer, kind: HeadKind) -> Result<Head> {
    let (dimension, scale) = (extractor.head_dimension(), extractor.feature_scale());
    Head::fresh(labels.to_vec(), dimension, kind.body(), Some(layer), scale)
}

impl People {
    fn store(&mut self) -> Result<&mut Store> {
        match &mut self.store {
            Some(store) => Ok(store),
            None => fail!(Storage, "the engine was made without a store"),
        }
    }

    fn store_ref(&self) -> Result<&Store> {
        match &self.store {
            Some(store) => Ok(store),
            None => fail!(Storage, "the engine was made without a store"),
        }
    }

    /// Makes a stored profile count, as far as today's networks can read it.
    fn admit(&mut self, profile: &Profile, identity_network: &str, networks: &str) -> Result<()> {
        if profile.identity_network == identity_network {
            self.gallery.add(&profile.name, &profile.embeddings());
        } else {
            log::warn!("a user was enrolled with another identity network and is not recognised");
        }
        self.admit_head(profile, networks)
    }

    /// Makes the generation count that the profile lets answer, or none.
    fn admit_head(&mut self, profile: &Profile, networks: &str) -> Result<()> {
        self.heads.remove(&profile.name);
        match profile.head() {
            Some(head) if head.networks == networks => {
                self.heads.insert(profile.name.clone(), codec::decode(&head.bytes)?);
            }
            Some(_) => log::warn!("a user's head was learnt with other networks and is not used"),
            None => {}
        }
        Ok(())
    }
}
