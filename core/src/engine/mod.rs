//! What an application holds: networks, gallery, heads and the store in one object.

mod closing;
pub mod enrollment;
mod learning;
mod looking;
mod people;
mod results;
mod storing;
mod timelines;
mod users;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};

pub(crate) use closing::Closing;
pub use learning::{Footage, LabeledClip};
pub use results::{FaceResult, FrameResult};

use self::learning::fresh_head;
use self::people::{People, stored_calibration};
use crate::error::{Result, fail};
use crate::face::detect::{Detector, DetectorOptions};
use crate::face::quality::QualityLimits;
use crate::features::FeatureExtractor;
use crate::head::{Head, HeadKind};
use crate::models::{ModelPack, Role};
use crate::recognition::gallery::{Calibration, Gallery};
use crate::train::generic::GenericHead;
use crate::users::store::Store;
use mien_nn::LinearLayer;

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
    /// makes one from labeled data; default: the expression network's own last layer.
    pub generic: Option<GenericHead>,
    /// Whether the networks of a face run beside each other, on a thread more for the time of the
    /// frame: where another core is free the same answer comes earlier. Default: one after the
    /// other, which takes less energy.
    pub parallel: bool,
}

/// Finds faces, tells whose they are and what they show, and learns users.
///
/// An engine is a handle: cloning it is cheap and gives another handle to the same networks,
/// users and heads, which go with the last handle.
///
/// # Threads
/// `Send + Sync`; no call needs a particular thread. Looking (`detect`, `examine`, `process`,
/// `identify`, `emotion`) runs on any number of threads beside each other. What changes users
/// (`enroll`, `add_embeddings`, `import`, `delete`, `adapt`, `rollback`, `calibrate`,
/// `change_store_key`) waits for others that change users; looking is held up for the moment of the
/// change only, not while the store is written: an adaptation learns, and a deletion writes a fresh
/// file, without holding anybody up. No lock is held while a caller's
/// function runs, but for those that look into a user's timelines and slots: they must not call
/// the engine.
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

/// What all handles of an engine share.
struct Inner {
    detector: Detector,
    extractor: FeatureExtractor,
    quality: QualityLimits,
    labels: Vec<String>,
    /// What the network's own logits are divided by.
    temperature: f32,
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
    /// Held to change users; see [`people`].
    changing: Mutex<()>,
    /// Held to use the store; see [`people`].
    using: RwLock<()>,
    /// What is told when the engine is closed.
    sessions: Mutex<Vec<Weak<dyn Closing>>>,
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
    /// cannot be read. A user whose profile alone is damaged is not recognized
    /// ([`Engine::damaged_users`]).
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
        let given = options.generic;
        let identity_network = pack.recognizer()?.sha256.clone();
        let networks = format!("{}+{}", pack.entry(Role::Identity)?.sha256, entry.sha256);
        if let Some(GenericHead { head, networks: made_with, .. }) = &given {
            if head.dimension() != extractor.head_dimension() {
                let (takes, gives) = (head.dimension(), extractor.head_dimension());
                fail!(InvalidOption, "the generic head takes frames of {takes} values; the networks give {gives}");
            }
            if made_with.as_ref().is_some_and(|made_with| *made_with != networks) {
                fail!(InvalidOption, "the generic head was learned with other networks; train it again with these");
            }
        }
        let generic_was_given = given.is_some();
        let generic = match (given, &classifier) {
            (Some(generic), _) => Some(generic),
            (None, Some(layer)) => {
                let head = fresh_head(&extractor, &labels, layer, HeadKind::Logistic)?;
                Some(GenericHead::fresh(head.softened(temperature)?))
            }
            (None, None) => None,
        };
        let default_calibration = pack.default_calibration()?;
        let calibration = match options.calibration {
            Some(calibration) => calibration,
            None => stored_calibration(store.as_ref(), &identity_network)?.unwrap_or(default_calibration.clone()),
        };
        let (profiles, damaged) = store.as_ref().map(Store::sound_profiles).transpose()?.unwrap_or_default();
        if !damaged.is_empty() {
            log::warn!("{} users are not recognized: their profiles are damaged", damaged.len());
        }
        let (gallery, store) = (Gallery::new(calibration)?, store.map(Arc::new));
        let mut people = People { gallery, heads: HashMap::new(), store, closed: false };
        for profile in &profiles {
            people.admit(profile, &identity_network, &networks)?;
        }
        let inner = Inner {
            detector,
            extractor,
            quality: options.quality,
            labels,
            temperature,
            classifier,
            generic_head: generic.as_ref().map(|generic| Arc::new(generic.head.clone())),
            generic,
            generic_was_given,
            identity_network,
            default_calibration,
            networks,
            people: RwLock::new(people),
            changing: Mutex::default(),
            using: RwLock::default(),
            sessions: Mutex::default(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Closes the engine for all of its handles: users and heads leave the memory and the store
    /// is free for another engine. Live sessions end at once, and who waits for a result is told
    /// `Closed`. Calls that are running finish first, but for [`Engine::adapt`], which soon ends
    /// with `Closed` and leaves the old head. Closing again does nothing.
    pub fn close(&self) {
        // Before the locks too: a long write must not keep those who wait for results.
        self.end_sessions();
        let changing = self.lock_changes();
        // Fresh parts instead of emptied ones, so that whoever looks sees the whole or nothing.
        let closed = People { store: None, gallery: Gallery::default(), heads: HashMap::new(), closed: true };
        let people = std::mem::replace(&mut *self.lock_people(), closed);
        self.end_sessions();
        // Who uses the store is waited for; the file closes with the last hold on it.
        let using = self.inner.using.write().unwrap_or_else(PoisonError::into_inner);
        drop(people);
        drop((using, changing));
    }

    /// Whether [`Engine::close`] was called through any handle.
    pub fn is_closed(&self) -> bool {
        self.people().is_err()
    }
}
