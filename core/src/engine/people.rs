//! What changes as users come and go, and the lock around it.

use std::collections::HashMap;
use std::sync::{Arc, RwLockReadGuard, RwLockWriteGuard};

use super::Engine;
use crate::error::{Result, fail};
use crate::head::{Head, codec};
use crate::users::gallery::{Calibration, Gallery};
use crate::users::profile::Profile;
use crate::users::store::Store;

/// What changes as users come and go.
pub(super) struct People {
    pub store: Option<Store>,
    pub gallery: Gallery,
    pub heads: HashMap<String, Arc<Head>>,
    /// Set once by [`Engine::close`]; nothing else is left then.
    pub closed: bool,
}

impl People {
    pub(super) fn check_open(&self) -> Result<()> {
        if self.closed {
            fail!(Closed, "the engine is closed");
        }
        Ok(())
    }

    pub(super) fn store(&self) -> Result<&Store> {
        match &self.store {
            Some(store) => Ok(store),
            None => fail!(Storage, "the engine was made without a store"),
        }
    }

    /// Makes a stored profile count, as far as today's networks can read it.
    pub(super) fn admit(&mut self, profile: &Profile, identity_network: &str, networks: &str) -> Result<()> {
        if profile.identity_network == identity_network {
            self.gallery.add(&profile.name, &profile.embeddings());
        } else {
            log::warn!("a user was enrolled with another identity network and is not recognised");
        }
        self.admit_head(profile, networks)
    }

    /// Makes the generation count that the profile lets answer, or none.
    pub(super) fn admit_head(&mut self, profile: &Profile, networks: &str) -> Result<()> {
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

impl Engine {
    pub(crate) fn check_open(&self) -> Result<()> {
        self.people().map(drop)
    }

    pub(super) fn people(&self) -> Result<RwLockReadGuard<'_, People>> {
        // A panic while the lock was held leaves whole values behind: they are replaced, not edited.
        let people = self.inner.people.read().unwrap_or_else(|poisoned| poisoned.into_inner());
        people.check_open()?;
        Ok(people)
    }

    pub(super) fn people_mut(&self) -> Result<RwLockWriteGuard<'_, People>> {
        let people = self.lock_people();
        people.check_open()?;
        Ok(people)
    }

    pub(super) fn lock_people(&self) -> RwLockWriteGuard<'_, People> {
        self.inner.people.write().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// The store's calibration, where it has one for the identity network in use.
pub(super) fn stored_calibration(store: Option<&Store>, identity_network: &str) -> Result<Option<Calibration>> {
    let stored = store.map(Store::calibration).transpose()?.flatten();
    let fits = |calibration: &Calibration| calibration.network.is_empty() || calibration.network == identity_network;
    if stored.as_ref().is_some_and(|calibration| !fits(calibration)) {
        log::warn!("identification was calibrated for another identity network: the default holds");
    }
    Ok(stored.filter(fits))
}
