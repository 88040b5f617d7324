//! The engine: networks, gallery, heads and the store in one object.

mod closing;
mod corrections;
pub mod enrollment;
mod faces;
mod footage;
mod learning;
mod looking;
mod material;
mod people;
mod recordings;
mod results;
mod start;
mod storing;
mod timelines;
mod users;
mod voices;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};

pub use closing::Closing;
pub(crate) use corrections::known_label;
pub use corrections::{Corrected, CorrectionRefusal, CorrectionReport, Moment};
pub use footage::{Adapted, Footage, LabeledClip, SpokenClip, UnlabeledClip};
pub use looking::Upright;
pub use results::{FaceResult, FrameResult};
pub(crate) use voices::SpeechHead;

use self::learning::fresh_head;
use self::people::{Own, People, stored_calibration};
use self::start::Start;
use self::voices::fitting_speech;
use crate::error::{Result, fail};
use crate::face::detect::{Detector, DetectorOptions};
use crate::face::quality::QualityLimits;
use crate::features::FeatureExtractor;
use crate::fusion::Fusion;
use crate::head::{Head, HeadKind};
use crate::models::{ModelPack, Role};
use crate::recognition::gallery::{Calibration, Gallery};
use crate::speech::SpeechFeatures;
use crate::train::generic::GenericHead;
use crate::users::profile::Profile;
use crate::users::store::Store;
use mien_nn::LinearLayer;

/// Options of an engine; immutable after creation.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EngineOptions {
    /// Options of the face detector.
    pub detector: DetectorOptions,
    /// Limits that a usable face keeps to.
    pub quality: QualityLimits,
    /// Identification calibration. Default: the store's calibration for the network in use, or else
    /// [`ModelPack::default_calibration`].
    pub calibration: Option<Calibration>,
    /// The generic head, from which users' heads start too; `mien train` makes one from labeled
    /// data. Default: the expression network's own last layer.
    pub generic: Option<GenericHead>,
    /// The generic head for speech, over the values of [`Engine::speech_features`]. Default `None`: the library ships
    /// none, since recordings of emotional speech are for research only; speech then has a say for users who adapted
    /// a head to theirs, and for nobody else.
    pub generic_speech: Option<GenericHead>,
    /// How much face and speech weigh when they are joined. Default: both 1.
    pub fusion: Fusion,
    /// Whether a face's networks run in parallel, on one extra thread for the duration of the
    /// frame. This lowers the latency if another core is free. Default: one after the other, which
    /// uses less energy.
    pub parallel: bool,
}

/// Detects faces, identifies them, classifies their emotion, and learns users.
///
/// An engine is a handle: a clone is cheap and shares the same networks, users and heads, which are
/// freed with the last handle.
///
/// # Threads
/// `Send + Sync`; no call needs a particular thread. Analysis (`detect`, `examine`, `process`,
/// `identify`, `emotion`) runs on any number of threads in parallel. Calls that change users
/// (`enroll`, `add_embeddings`, `import`, `delete`, `adapt`, `rollback`, `calibrate`,
/// `change_store_key`) run one after another. They block analysis only for the moment of the
/// change, not while the store is written: an adaptation trains, and a deletion writes a new file,
/// without blocking analysis. No lock is held while a caller's function runs, except for functions
/// that read or change a user's timelines and slots: these must not call the engine.
///
/// # Closing
/// After [`Engine::close`] through any handle, every call through every handle returns `Closed`, as
/// do sessions of the engine; running calls finish. Infallible calls still work:
/// [`Engine::identify`] knows nobody, and what is fixed at creation ([`Engine::labels`],
/// [`Engine::networks`], [`Engine::extractor`]) can be read.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

/// State shared by all handles of an engine.
struct Inner {
    detector: Detector,
    extractor: FeatureExtractor,
    quality: QualityLimits,
    labels: Vec<String>,
    /// Divisor of the network's own logits.
    temperature: f32,
    classifier: Option<LinearLayer>,
    generic: Option<GenericHead>,
    /// The head of `generic`, shared with callers.
    generic_head: Option<Arc<Head>>,
    speech_features: SpeechFeatures,
    generic_speech: Option<GenericHead>,
    /// The head of `generic_speech`, shared with sessions.
    generic_voice: Option<Arc<SpeechHead>>,
    fusion: Fusion,
    /// Whether the application gave the generic head; otherwise it is the network's own last layer.
    generic_was_given: bool,
    identity_network: String,
    default_calibration: Calibration,
    networks: String,
    /// Set once by [`Engine::close`].
    closed: AtomicBool,
    people: RwLock<People>,
    /// Held while users change; see [`people`].
    changing: Mutex<()>,
    /// Held while the store is used; see [`people`].
    using: RwLock<()>,
    /// Sessions to notify when the engine is closed.
    sessions: Mutex<Vec<Weak<dyn Closing>>>,
}

impl Engine {
    /// Creates an engine without a store: no users, nothing is saved.
    ///
    /// # Errors
    /// `ModelLoad` if the pack does not fit, `InvalidOption` for an option out of range.
    pub fn new(pack: &ModelPack, options: EngineOptions) -> Result<Self> {
        Self::build(pack, options, None)
    }

    /// Creates an engine that knows the users of `store` and saves what it learns there.
    ///
    /// # Errors
    /// As in [`Engine::new`]; `Storage`, `ProfileCorrupt` or `ProfileVersion` if the store cannot
    /// be read. If only one user's profile is damaged, that user is not recognized
    /// ([`Engine::damaged_users`]).
    ///
    /// Takes about 10 ms for each user with corrections that are not part of a generation
    /// ([`Engine::relearn`]).
    pub fn with_store(pack: &ModelPack, options: EngineOptions, store: Store) -> Result<Self> {
        Self::build(pack, options, Some(store))
    }

    fn build(pack: &ModelPack, options: EngineOptions, store: Option<Store>) -> Result<Self> {
        options.quality.check()?;
        let extractor = FeatureExtractor::new(pack)?.in_parallel(options.parallel);
        let classifier = pack.expression_classifier()?;
        let detector = Detector::new(pack, options.detector)?;
        let entry = pack.entry(Role::Expression)?;
        let (labels, temperature) = (entry.labels.clone(), entry.temperature());
        let identity_network = pack.recognizer()?.sha256.clone();
        let networks = format!("{}+{}", pack.entry(Role::Identity)?.sha256, entry.sha256);
        let generic_was_given = options.generic.is_some();
        let generic = match options.generic {
            Some(generic) => Some(fitting(generic, &extractor, &networks)?),
            None => classifier.as_ref().map(|layer| own_layer(&extractor, &labels, layer, temperature)).transpose()?,
        };
        let default_calibration = pack.default_calibration()?;
        let calibration = match options.calibration {
            Some(calibration) => calibration,
            None => stored_calibration(store.as_ref(), &identity_network)?.unwrap_or(default_calibration.clone()),
        };
        let profiles = sound_profiles(store.as_ref())?;
        let (gallery, store) = (Gallery::new(calibration)?, store.map(Arc::new));
        let mut people = People { gallery, store, ..People::default() };
        let speech_features = SpeechFeatures::of_pack(pack)?;
        let generic_speech = fitting_speech(options.generic_speech, &speech_features)?;
        let expression = expression_values(&extractor);
        let start = Start {
            networks: &networks,
            generic: generic.as_ref(),
            expression,
            speech_features: &speech_features,
            speech: generic_speech.as_ref(),
        };
        for profile in &profiles {
            people.admit(profile, &identity_network, Own::of(start, profile)?);
        }
        let inner = Inner {
            generic_voice: generic_speech.as_ref().map(|generic| SpeechHead::of(generic).map(Arc::new)).transpose()?,
            speech_features,
            generic_speech,
            fusion: options.fusion,
            detector,
            extractor,
            quality: options.quality,
            labels,
            temperature,
            classifier,
            generic_head: generic.as_ref().map(|generic| generic.calibrated().map(Arc::new)).transpose()?,
            generic,
            generic_was_given,
            identity_network,
            default_calibration,
            networks,
            closed: AtomicBool::new(false),
            people: RwLock::new(people),
            changing: Mutex::default(),
            using: RwLock::default(),
            sessions: Mutex::default(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Closes the engine for all its handles: users and heads are removed from memory and the store
    /// is free for another engine. New calls fail with `Closed` from now on, live sessions end at once, and callers
    /// waiting for a result receive `Closed`; then this call waits for those that run, except [`Engine::adapt`], which
    /// soon ends with `Closed` and leaves the old head. Closing again does nothing.
    pub fn close(&self) {
        // Before taking the locks: neither new calls nor callers waiting for results must wait for a long write.
        self.begin_close();
        let changing = self.lock_changes();
        // Replaced as a whole, so that concurrent readers see either everything or nothing.
        let people = std::mem::take(&mut *self.lock_people());
        self.end_sessions();
        // Waits until nobody uses the store; the file closes with the last reference to it.
        let using = self.inner.using.write().unwrap_or_else(PoisonError::into_inner);
        drop(people);
        drop((using, changing));
    }

    /// Begins what [`Engine::close`] does, and returns at once: new calls fail with `Closed` from now on, and live
    /// sessions end. The store stays open until `close` is called, which may wait for running calls.
    pub fn begin_close(&self) {
        self.inner.closed.store(true, Ordering::SeqCst);
        self.end_sessions();
    }

    /// Whether [`Engine::close`] or [`Engine::begin_close`] was called through any handle.
    pub fn is_closed(&self) -> bool {
        self.inner.closed.load(Ordering::SeqCst)
    }
}

impl Inner {
    /// What users' heads start from.
    fn start(&self) -> Start<'_> {
        let Self { networks, generic, speech_features, generic_speech, extractor, .. } = self;
        let expression = expression_values(extractor);
        let (generic, speech) = (generic.as_ref(), generic_speech.as_ref());
        Start { networks, generic, expression, speech_features, speech }
    }
}

/// Returns the number of leading values of a head's input that are expression features.
fn expression_values(extractor: &FeatureExtractor) -> usize {
    extractor.head_dimension() - extractor.appearance_dimension()
}

/// Returns the profiles of `store` that are not damaged.
fn sound_profiles(store: Option<&Store>) -> Result<Vec<Profile>> {
    let (profiles, damaged) = store.map(Store::sound_profiles).transpose()?.unwrap_or_default();
    if !damaged.is_empty() {
        log::warn!("{} users are not recognized: their profiles are damaged", damaged.len());
    }
    Ok(profiles)
}

/// Returns the network's own last layer as the generic head.
fn own_layer(
    extractor: &FeatureExtractor,
    labels: &[String],
    layer: &LinearLayer,
    temperature: f32,
) -> Result<GenericHead> {
    Ok(GenericHead::fresh(fresh_head(extractor, labels, layer, HeadKind::Logistic)?, temperature))
}

/// Returns a given generic head if it fits the networks.
fn fitting(generic: GenericHead, extractor: &FeatureExtractor, networks: &str) -> Result<GenericHead> {
    let (takes, gives) = (generic.head.dimension(), extractor.head_dimension());
    if takes != gives {
        fail!(InvalidOption, "the generic head takes frames of {takes} values; the networks give {gives}");
    }
    if generic.networks.as_ref().is_some_and(|made_with| made_with != networks) {
        fail!(InvalidOption, "the generic head was learned with other networks; train it again with these");
    }
    Ok(generic)
}
