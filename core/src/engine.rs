//! What an application holds: networks, gallery, heads and the store in one object.

use std::collections::HashMap;
use std::ops::{ControlFlow, Range};
use std::sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::thread;

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
use crate::timeline::{Clock, Event, Recorded, Summary, Timeline, TimelineMut};
use crate::train::adapt::{AdaptOptions, AdaptReport, Current, adapt};
use crate::train::fit::Progress;
use crate::train::generic::GenericHead;
use crate::users::crypto::StoreKey;
use crate::users::enrolment::{Enrolment, EnrolmentOptions};
use crate::users::export::Export;
use crate::users::gallery::{Calibration, Gallery, Identity, Likeness, UnknownReason};
use crate::users::profile::{AdaptedHead, Profile, check_name};
use crate::users::slots::{Slots, SlotsMut};
use crate::users::store::{Limits, Store};

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
    pub(crate) fn new(labels: &[String], Prediction { probabilities, attention }: Prediction, adapted: bool) -> Self {
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
/// An engine is a handle: cloning it is cheap and gives another handle to the same networks,
/// users and heads, which go with the last handle.
///
/// # Threads
/// `Send + Sync`; no call needs a particular thread. Looking (`detect`, `examine`, `process`,
/// `identify`, `emotion`) runs on any number of threads beside each other. What changes users
/// (`enroll`, `import`, `delete`, `adapt`, `rollback`, `calibrate`) waits for others that change
/// or read users, for the moment of the change only: an adaptation learns without holding
/// anybody up. No lock is held while a caller's function runs, but for
/// those that look into a user's timelines and slots: they must not call the engine.
///
/// # Closing
/// After [`Engine::close`] through any handle every call gives `Closed`, whatever the handle, and
/// so do sessions of the engine; calls that were running finish. What cannot fail stays:
/// [`Engine::identify`] knows nobody, and what is fixed since the engine was made
/// ([`Engine::labels`], [`Engine::networks`], [`Engine::extractor`]) can still be read.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

/// Whose face any is to an engine that is closed.
const NOBODY: Identity = Identity::Unknown { nearest: None, reason: UnknownReason::NobodyEnrolled };

/// What all handles of an engine share.
struct Inner {
    detector: Detector,
    extractor: FeatureExtractor,
    quality: QualityLimits,
    labels: Vec<String>,
    classifier: Option<LinearLayer>,
    generic: Option<GenericHead>,
    /// The head of `generic`, to answer with.
    generic_head: Option<Arc<Head>>,
    /// Whether the application gave the generic head, or it is the network's own last layer.
    generic_was_given: bool,
    identity_network: String,
    default_calibration: Calibration,
    networks: String,
    people: RwLock<People>,
}

/// What an engine takes from its pack.
struct Networks {
    detector: Detector,
    extractor: FeatureExtractor,
    classifier: Option<LinearLayer>,
}

impl Networks {
    /// Loads them on a thread of their own. Loading leaves many freed blocks between the weights,
    /// and an allocator with memory for each thread (glibc's) would keep them for the caller's: a
    /// thread that has ended hands them on to the next one, such as a live session's.
    fn load(pack: &ModelPack, options: DetectorOptions) -> Result<Self> {
        let load = || {
            Ok(Self {
                extractor: FeatureExtractor::new(pack)?,
                classifier: pack.expression_classifier()?,
                detector: Detector::new(pack, options)?,
            })
        };
        match thread::scope(|scope| scope.spawn(load).join()) {
            Ok(networks) => networks,
            Err(_) => fail!(Internal, "loading the networks ended in a panic"),
        }
    }
}

/// What changes as users come and go.
struct People {
    store: Option<Store>,
    gallery: Gallery,
    heads: HashMap<String, Arc<Head>>,
    /// Set once by [`Engine::close`]; nothing else is left then.
    closed: bool,
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
        let Networks { detector, extractor, classifier } = Networks::load(pack, options.detector)?;
        let entry = pack.entry(Role::Expression)?;
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
        let mut people = People { gallery: Gallery::new(calibration)?, heads: HashMap::new(), store, closed: false };
        let profiles = people.store.as_ref().map(Store::profiles).transpose()?.unwrap_or_default();
        for profile in &profiles {
            people.admit(profile, &identity_network, &networks)?;
        }
        let inner = Inner {
            detector,
            extractor,
            quality: options.quality,
            labels,
            classifier,
            generic_head: generic.as_ref().map(|generic| Arc::new(generic.head.clone())),
            generic,
            generic_was_given,
            identity_network,
            default_calibration,
            networks,
            people: RwLock::new(people),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Closes the engine for all of its handles: users and heads leave the memory and the store
    /// is free for another engine. Calls that are running finish first, but for
    /// [`Engine::adapt`], which soon ends with `Closed` and leaves the old head. Closing again
    /// does nothing.
    pub fn close(&self) {
        let mut people = self.lock_people();
        if !people.closed {
            // Fresh parts instead of emptied ones: the store's file closes as it is dropped.
            let gallery = Gallery::default();
            *people = People { store: None, gallery, heads: HashMap::new(), closed: true };
        }
    }

    /// Whether [`Engine::close`] was called through any handle.
    pub fn is_closed(&self) -> bool {
        self.people().is_err()
    }

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

    /// How embeddings are compared at present.
    ///
    /// # Errors
    /// `Closed` after [`Engine::close`].
    pub fn calibration(&self) -> Result<Calibration> {
        Ok(self.people()?.gallery.calibration().clone())
    }

    /// What `clip` shows, by the head of `identity`'s user where there is one, else by the
    /// generic head; `None` where there is neither.
    ///
    /// # Errors
    /// `InvalidOption` where the clip's frames have another dimension than the head.
    pub fn emotion(&self, clip: &Clip, identity: &Identity) -> Result<Option<Emotion>> {
        let user = match identity {
            Identity::User { name, .. } => Some(name.as_str()),
            Identity::Unknown { .. } => None,
        };
        let Some((head, own)) = self.head_for(user)? else { return Ok(None) };
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

    /// A head of `kind` that has learnt nothing and answers as the expression network's own
    /// last layer does: the generic head is one of logistic regression.
    ///
    /// # Errors
    /// `InvalidOption` where the pack's network has no class logits to start from.
    pub fn fresh_head(&self, kind: HeadKind) -> Result<Head> {
        self.check_open()?;
        match &self.inner.classifier {
            Some(layer) => fresh_head(&self.inner.extractor, &self.inner.labels, layer, kind),
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
        self.check_open()?;
        let layer = self.inner.classifier.as_ref().and_then(|layer| layer_for(layer, &self.inner.labels, labels));
        let (dimension, scale) = (self.inner.extractor.head_dimension(), self.inner.extractor.feature_scale());
        Head::fresh(labels.to_vec(), dimension, kind.body(), layer.as_ref(), scale)
    }

    /// Whether the expression network's last layer, from which fresh heads start, knows one of
    /// `labels` by name.
    pub fn knows_any(&self, labels: &[String]) -> bool {
        self.inner.classifier.is_some()
            && labels.iter().any(|label| labels::index_of(&self.inner.labels, label).is_some())
    }

    /// The classes of [`Features::logits`], in their order.
    pub fn labels(&self) -> &[String] {
        &self.inner.labels
    }

    /// The network's own logits of a frame as probabilities, where it has them.
    pub fn zero_shot(features: &Features) -> Option<Vec<f32>> {
        let mut values = features.logits.clone()?;
        softmax(&mut values);
        Some(values)
    }

    /// The networks that turn faces into vectors.
    pub fn extractor(&self) -> &FeatureExtractor {
        &self.inner.extractor
    }

    /// Enrols a new user with the embeddings of at least one picture; `now_ms` is the time in
    /// milliseconds since 1970.
    ///
    /// # Errors
    /// `InvalidOption` for a bad or taken name, `NotEnoughSamples` without embeddings,
    /// `Storage` where the store cannot be written.
    pub fn enroll(&self, name: &str, embeddings: &[Vec<f32>], now_ms: u64) -> Result<()> {
        let profile = Profile::new(name, embeddings, &self.inner.identity_network, now_ms)?;
        let mut people = self.people_mut()?;
        people.store()?.add(&profile)?;
        log::info!("a user was enrolled with {} embeddings", embeddings.len());
        people.admit(&profile, &self.inner.identity_network, &self.inner.networks)
    }

    /// Begins to enrol a new user from frames, each answered with what is wrong with it.
    ///
    /// # Errors
    /// `InvalidOption` for a bad or taken name or an option out of range; `Storage` where the
    /// store cannot be read.
    pub fn enrolment(&self, name: &str, options: EnrolmentOptions) -> Result<Enrolment> {
        check_name(name)?;
        if self.profiles()?.iter().any(|profile| profile.name == name) {
            fail!(InvalidOption, "a user called {name:?} exists already");
        }
        Enrolment::new(self.clone(), name, None, options)
    }

    /// Begins to add frames to a user who is enrolled already.
    ///
    /// # Errors
    /// `UserNotFound`; `InvalidOption` where the user was enrolled with another identity network
    /// or an option is out of range; `Storage` where the store cannot be read.
    pub fn enrolment_of(&self, name: &str, options: EnrolmentOptions) -> Result<Enrolment> {
        let profile = self.export(name)?;
        self.check_networks(&profile)?;
        Enrolment::new(self.clone(), name, Some(profile.embeddings()), options)
    }

    /// Adds embeddings to a user who is enrolled already, as [`Profile::add_embeddings`] does.
    ///
    /// # Errors
    /// `UserNotFound`; `InvalidOption` where the user was enrolled with another identity network
    /// or the embeddings are of another length; `Storage` where the store cannot be written.
    pub fn add_embeddings(&self, name: &str, embeddings: &[Vec<f32>]) -> Result<()> {
        let mut people = self.people_mut()?;
        let (profile, ()) = people.store()?.update(name, |profile| {
            self.check_networks(profile)?;
            profile.add_embeddings(embeddings)
        })?;
        log::info!("{} embeddings were added to a user", embeddings.len());
        people.gallery.remove(name);
        people.gallery.add(name, &profile.embeddings());
        Ok(())
    }

    /// Adds a user from another device.
    ///
    /// # Errors
    /// `InvalidOption` where the name is taken or the profile was made with other networks;
    /// `Storage` where the store cannot be written.
    pub fn import(&self, profile: &Profile) -> Result<()> {
        self.check_networks(profile)?;
        let mut people = self.people_mut()?;
        people.store()?.add(profile)?;
        people.admit(profile, &self.inner.identity_network, &self.inner.networks)
    }

    fn check_networks(&self, profile: &Profile) -> Result<()> {
        if profile.identity_network != self.inner.identity_network {
            fail!(InvalidOption, "the profile was made with another identity network; enrol {:?} again", profile.name);
        }
        Ok(())
    }

    /// The profile of a user, for export.
    ///
    /// # Errors
    /// `UserNotFound`, or `Storage` where the store cannot be read.
    pub fn export(&self, name: &str) -> Result<Profile> {
        self.people()?.store_ref()?.profile(name)
    }

    /// Everything of a user, with the timeline or without, to take to another device.
    ///
    /// # Errors
    /// As [`Engine::export`].
    pub fn export_all(&self, name: &str, timeline: bool) -> Result<Export> {
        self.people()?.store_ref()?.export(name, timeline)
    }

    /// Adds a user from another device with everything that was exported.
    ///
    /// # Errors
    /// As [`Engine::import`].
    pub fn import_all(&self, export: &Export) -> Result<()> {
        let profile = &export.profile;
        self.check_networks(profile)?;
        let mut people = self.people_mut()?;
        people.store()?.import(export)?;
        people.admit(profile, &self.inner.identity_network, &self.inner.networks)
    }

    /// Encrypts the store with another key, or not at all; see [`Store::change_key`].
    ///
    /// # Errors
    /// As [`Store::change_key`].
    pub fn change_store_key(&self, key: Option<&StoreKey>) -> Result<()> {
        self.people_mut()?.store()?.change_key(key)?;
        log::info!("the store's key was changed");
        Ok(())
    }

    /// Reads the numbered values of a user; see [`Store::read_slots`].
    ///
    /// # Errors
    /// As [`Store::read_slots`].
    pub fn read_slots<T>(&self, name: &str, work: impl FnOnce(&dyn Slots) -> Result<T>) -> Result<T> {
        self.people()?.store_ref()?.read_slots(name, work)
    }

    /// Writes numbered values of a user; see [`Store::write_slots`].
    ///
    /// # Errors
    /// As [`Store::write_slots`].
    pub fn write_slots<T>(&self, name: &str, work: impl FnOnce(&mut dyn SlotsMut) -> Result<T>) -> Result<T> {
        self.people()?.store_ref()?.write_slots(name, work)
    }

    /// What the application stored under `name`; see [`Store::option`].
    ///
    /// # Errors
    /// As [`Store::option`].
    pub fn option(&self, name: &str) -> Result<Option<Vec<u8>>> {
        self.people()?.store_ref()?.option(name)
    }

    /// Stores an option of the application; see [`Store::set_option`].
    ///
    /// # Errors
    /// As [`Store::set_option`].
    pub fn set_option(&self, name: &str, value: Option<&[u8]>) -> Result<()> {
        self.people()?.store_ref()?.set_option(name, value)
    }

    /// How much the store may hold.
    ///
    /// # Errors
    /// `Storage` where the engine was made without a store.
    pub fn store_limits(&self) -> Result<Limits> {
        Ok(self.people()?.store_ref()?.limits())
    }

    /// All profiles, by name.
    ///
    /// # Errors
    /// `Storage` where the store cannot be read.
    pub fn profiles(&self) -> Result<Vec<Profile>> {
        self.people()?.store_ref()?.profiles()
    }

    /// Deletes a user with everything that is kept: embeddings, heads, timeline.
    ///
    /// # Errors
    /// `UserNotFound`, or `Storage` where the store cannot be written.
    pub fn delete(&self, name: &str) -> Result<()> {
        let mut people = self.people_mut()?;
        people.store()?.delete(name)?;
        people.gallery.remove(name);
        people.heads.remove(name);
        log::info!("a user was deleted");
        Ok(())
    }

    /// How identity is decided where nothing was measured, by the identity network.
    pub fn default_calibration(&self) -> &Calibration {
        &self.inner.default_calibration
    }

    /// Whether the embedding (of length 1) is of the user `name`, where nobody else is in
    /// question.
    ///
    /// # Errors
    /// `UserNotFound` where no such user is known, or enrolled with the identity network in use.
    pub fn verify(&self, name: &str, embedding: &[f32]) -> Result<Likeness> {
        match self.people()?.gallery.verify(name, embedding) {
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
        calibration.network.clone_from(&self.inner.identity_network);
        let mut people = self.people_mut()?;
        let mut gallery = Gallery::new(calibration)?;
        let store = people.store()?;
        store.set_calibration(gallery.calibration())?;
        for profile in store.profiles()? {
            if profile.identity_network == self.inner.identity_network {
                gallery.add(&profile.name, &profile.embeddings());
            }
        }
        people.gallery = gallery;
        Ok(())
    }

    /// SHA-256 of the identity and the expression network, joined: what heads are learnt with.
    pub fn networks(&self) -> &str {
        &self.inner.networks
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
        mut progress: impl FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<AdaptReport> {
        let profile = self.export(name)?;
        let generic = match self.inner.generic.as_ref().filter(|_| self.inner.generic_was_given) {
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
        let own = profile.head().filter(|own| own.networks == self.inner.networks);
        let own = own.map(|own| Ok((codec::decode(&own.bytes)?, &own.evidence))).transpose()?;
        // A head of other classes cannot be compared with.
        let current =
            own.as_ref().filter(|(head, _)| head.labels() == labels).map(|(head, evidence)| Current { head, evidence });
        let progress = |at| if self.is_closed() { ControlFlow::Break(()) } else { progress(at) };
        let adaptation = adapt(&generic, current, &samples, &unlabelled, options, progress);
        self.check_open()?;
        let adaptation = adaptation?;
        let Some(head) = adaptation.head else {
            log::info!("a head adapted from {} clips was refused", clips.len());
            return Ok(adaptation.report);
        };
        let generation = AdaptedHead {
            number: 0,
            bytes: codec::encode(&head)?,
            networks: self.inner.networks.clone(),
            adapted_at_ms: now_ms,
            clips: clips.len() as u32,
            estimated_loss: adaptation.report.loss_estimated,
            evidence: adaptation.evidence,
        };
        let mut people = self.people_mut()?;
        let (profile, _) = people.store()?.update(name, |profile| profile.push_generation(generation))?;
        log::info!("a head was adapted from {} clips", clips.len());
        people.admit_head(&profile, &self.inner.networks)?;
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
        let mut people = self.people_mut()?;
        let (profile, active) = people.store()?.update(name, |profile| {
            let active = profile.roll_back(to)?;
            if let Some(head) = profile.head().filter(|head| head.networks != self.inner.networks) {
                fail!(InvalidOption, "generation {} of {name:?} was learnt with other networks", head.number);
            }
            Ok(active)
        })?;
        log::info!("a user's head was rolled back");
        people.admit_head(&profile, &self.inner.networks)?;
        Ok(active)
    }

    /// Forgets what the timeline of the user `name` by `clock` holds of `range`, as
    /// [`TimelineMut::forget`] says, and makes it gone from the store's file. Gives the number of
    /// events forgotten.
    ///
    /// # Errors
    /// `UserNotFound`; as [`TimelineMut::forget`]; `Storage` where the store cannot be written, for
    /// which the disk must have room for a copy.
    pub fn forget(&self, name: &str, clock: &Clock, range: Range<u64>) -> Result<u64> {
        let forgotten = self.change_timelines(name, |timelines| timelines.forget(clock, range))?;
        self.people()?.store_ref()?.erase_leftovers()?;
        Ok(forgotten)
    }

    /// Records what the user `name` showed, in their timeline by `clock`; `now_ms` is the time in
    /// milliseconds since 1970. Each call is one durable transaction: record events in batches.
    ///
    /// # Errors
    /// `UserNotFound`; as [`TimelineMut::record`]; `Storage` where the store cannot be written.
    pub fn record(&self, name: &str, clock: &Clock, events: &[Event], now_ms: u64) -> Result<Recorded> {
        self.change_timelines(name, |timelines| timelines.record(clock, events, now_ms))
    }

    /// What each timeline of the user `name` holds.
    ///
    /// # Errors
    /// `UserNotFound`, or as [`Timeline::list`].
    pub fn timelines(&self, name: &str) -> Result<Vec<Summary>> {
        self.people()?.store_ref()?.read_slots(name, |slots| Timeline::list(slots))
    }

    /// Asks the timeline of the user `name` by `clock`: for buckets, events, or an export.
    ///
    /// # Errors
    /// `UserNotFound`, what `ask` gives, or as [`Timeline::open`].
    pub fn timeline<T>(&self, name: &str, clock: &Clock, ask: impl FnOnce(&Timeline<'_>) -> Result<T>) -> Result<T> {
        self.people()?.store_ref()?.read_slots(name, |slots| ask(&Timeline::open(slots, clock)?))
    }

    /// Changes the timelines of the user `name` in one transaction: records, forgets, prunes, or
    /// sets options. Where `change` fails, they stay as they were.
    ///
    /// # Errors
    /// `UserNotFound`, what `change` gives, or `Storage` where the store cannot be written.
    pub fn change_timelines<T>(&self, name: &str, change: impl FnOnce(&mut TimelineMut<'_>) -> Result<T>) -> Result<T> {
        self.people()?.store_ref()?.write_slots(name, |slots| change(&mut TimelineMut::new(slots)))
    }

    /// Drops what is past its time at `now_ms` from the timelines of all users. Recording does
    /// that once a day for the user of whom is recorded; this is for those who stay away.
    ///
    /// # Errors
    /// `Storage` where the store cannot be written.
    pub fn prune_timelines(&self, now_ms: u64) -> Result<()> {
        for profile in self.profiles()? {
            self.change_timelines(&profile.name, |timelines| timelines.prune(now_ms))?;
        }
        Ok(())
    }

    fn check_open(&self) -> Result<()> {
        self.people().map(drop)
    }

    fn people(&self) -> Result<RwLockReadGuard<'_, People>> {
        // A panic while the lock was held leaves whole values behind: they are replaced, not edited.
        let people = self.inner.people.read().unwrap_or_else(|poisoned| poisoned.into_inner());
        people.check_open()?;
        Ok(people)
    }

    fn people_mut(&self) -> Result<RwLockWriteGuard<'_, People>> {
        let people = self.lock_people();
        people.check_open()?;
        Ok(people)
    }

    fn lock_people(&self) -> RwLockWriteGuard<'_, People> {
        self.inner.people.write().unwrap_or_else(|poisoned| poisoned.into_inner())
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
    fn check_open(&self) -> Result<()> {
        if self.closed {
            fail!(Closed, "the engine is closed");
        }
        Ok(())
    }

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
                self.heads.insert(profile.name.clone(), Arc::new(codec::decode(&head.bytes)?));
            }
            Some(_) => log::warn!("a user's head was learnt with other networks and is not used"),
            None => {}
        }
        Ok(())
    }
}
