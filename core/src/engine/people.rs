//! The state that changes with the users, and its locks.
//!
//! Recognition takes `people` at every frame, so that lock is held for moments only. Work with the
//! store may take seconds (a deletion writes a new file) and uses other locks: every use of the
//! store holds `using`, for which only closing waits. A change of users also holds `changing`, so
//! changes run one after another, and takes `people` when the store is done.

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{Arc, MutexGuard, PoisonError, RwLockReadGuard, RwLockWriteGuard};

use super::Engine;
use super::start::Start;
use super::voices::SpeechHead;
use crate::error::{Result, fail};
use crate::head::Head;
use crate::recognition::gallery::{Calibration, Gallery};
use crate::users::profile::Profile;
use crate::users::store::Store;

/// The heads of a user.
#[derive(Default)]
pub(super) struct Own {
    pub face: Option<Arc<Head>>,
    pub speech: Option<Arc<SpeechHead>>,
}

impl Own {
    /// Returns the heads that answer for the user of `profile`.
    pub(super) fn of(start: Start<'_>, profile: &Profile) -> Result<Self> {
        Ok(Self { face: start.head_of(profile)?, speech: start.voice_of(profile)? })
    }
}

/// The state that changes with the users.
#[derive(Default)]
pub(super) struct People {
    pub store: Option<Arc<Store>>,
    pub gallery: Gallery,
    /// Users' own heads for faces.
    pub heads: HashMap<String, Arc<Head>>,
    /// Users' own heads for speech.
    pub voices: HashMap<String, Arc<SpeechHead>>,
}

impl People {
    /// Activates a stored profile, as far as the networks in use can read it; `own` heads answer for the
    /// user, or else the generic ones.
    pub(super) fn admit(&mut self, profile: &Profile, identity_network: &str, own: Own) {
        if profile.identity_network == identity_network {
            self.gallery.add(&profile.name, &profile.embeddings());
        } else {
            log::warn!("a user was enrolled with another identity network and is not recognized");
        }
        self.set_heads(&profile.name, own);
    }

    /// Forgets the user `name`.
    pub(super) fn remove(&mut self, name: &str) {
        self.gallery.remove(name);
        self.set_heads(name, Own::default());
    }

    /// Lets `own` heads answer for the user `name` from now on, or the generic ones.
    pub(super) fn set_heads(&mut self, name: &str, Own { face, speech }: Own) {
        set(&mut self.heads, name, face);
        set(&mut self.voices, name, speech);
    }
}

/// Sets or removes the value of `name`.
fn set<T>(all: &mut HashMap<String, T>, name: &str, value: Option<T>) {
    match value {
        Some(value) => drop(all.insert(name.to_owned(), value)),
        None => drop(all.remove(name)),
    }
}

/// The store of an open engine.
pub(super) struct StoreInUse<'e> {
    store: Arc<Store>,
    _using: RwLockReadGuard<'e, ()>,
}

impl Deref for StoreInUse<'_> {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

/// A change of users: first in the store, then in `people`.
pub(super) struct UserChange<'e> {
    engine: &'e Engine,
    pub store: StoreInUse<'e>,
    _changing: MutexGuard<'e, ()>,
}

impl UserChange<'_> {
    /// Locks `people` for writing; analysis waits, so hold it only briefly.
    pub(super) fn people(&self) -> RwLockWriteGuard<'_, People> {
        self.engine.lock_people()
    }
}

impl Engine {
    pub(crate) fn check_open(&self) -> Result<()> {
        if self.is_closed() {
            fail!(Closed, "the engine is closed");
        }
        Ok(())
    }

    pub(super) fn people(&self) -> Result<RwLockReadGuard<'_, People>> {
        // A panic while the lock was held leaves complete values: they are replaced, not edited.
        let people = self.inner.people.read().unwrap_or_else(|poisoned| poisoned.into_inner());
        // Checked with the lock: what is empty because of the closing is never taken for the people.
        self.check_open()?;
        Ok(people)
    }

    /// Returns the store, which stays open until the guard is dropped. A caller must not hold two
    /// guards: `close` may be waiting in between.
    ///
    /// # Errors
    /// `Storage` if the engine was created without a store, `Closed`.
    pub(super) fn store(&self) -> Result<StoreInUse<'_>> {
        let using = self.inner.using.read().unwrap_or_else(PoisonError::into_inner);
        match &self.people()?.store {
            Some(store) => Ok(StoreInUse { store: store.clone(), _using: using }),
            None => fail!(Storage, "the engine was made without a store"),
        }
    }

    /// Starts a change of users after earlier changes have finished.
    ///
    /// # Errors
    /// As in [`Engine::store`].
    pub(super) fn change_users(&self) -> Result<UserChange<'_>> {
        let changing = self.lock_changes();
        Ok(UserChange { engine: self, store: self.store()?, _changing: changing })
    }

    pub(super) fn lock_changes(&self) -> MutexGuard<'_, ()> {
        self.inner.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn lock_people(&self) -> RwLockWriteGuard<'_, People> {
        self.inner.people.write().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// Returns the store's calibration if there is one for the identity network in use.
pub(super) fn stored_calibration(store: Option<&Store>, identity_network: &str) -> Result<Option<Calibration>> {
    let stored = store.map(Store::calibration).transpose()?.flatten();
    let fits = |calibration: &Calibration| calibration.network.is_empty() || calibration.network == identity_network;
    if stored.as_ref().is_some_and(|calibration| !fits(calibration)) {
        log::warn!("identification was calibrated for another identity network: the default holds");
    }
    Ok(stored.filter(fits))
}
