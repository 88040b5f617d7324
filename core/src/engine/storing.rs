//! What else the store keeps for an application, and its key.

use super::Engine;
use crate::error::Result;
use crate::timeline::slots::{Slots, SlotsMut};
use crate::users::crypto::StoreKey;
use crate::users::store::Limits;

impl Engine {
    /// Encrypts the store with another key, or not at all; see [`Store::change_key`]. Looking goes on
    /// meanwhile.
    ///
    /// # Errors
    /// As [`Store::change_key`].
    pub fn change_store_key(&self, key: Option<&StoreKey>) -> Result<()> {
        self.change_users()?.store.change_key(key)?;
        log::info!("the store's key was changed");
        Ok(())
    }

    /// Makes what was replaced or forgotten gone from the store's file; see [`Store::erase_free_space`].
    /// Looking goes on meanwhile.
    ///
    /// # Errors
    /// As [`Store::erase_free_space`].
    pub fn erase_free_space(&self) -> Result<()> {
        self.store()?.erase_free_space()
    }

    /// Reads the numbered values of a user; see [`Store::read_slots`].
    ///
    /// # Errors
    /// As [`Store::read_slots`].
    pub fn read_slots<T>(&self, name: &str, work: impl FnOnce(&dyn Slots) -> Result<T>) -> Result<T> {
        self.store()?.read_slots(name, work)
    }

    /// Writes numbered values of a user; see [`Store::write_slots`].
    ///
    /// # Errors
    /// As [`Store::write_slots`].
    pub fn write_slots<T>(&self, name: &str, work: impl FnOnce(&mut dyn SlotsMut) -> Result<T>) -> Result<T> {
        self.store()?.write_slots(name, work)
    }

    /// What the application stored under `name`; see [`Store::option`].
    ///
    /// # Errors
    /// As [`Store::option`].
    pub fn option(&self, name: &str) -> Result<Option<Vec<u8>>> {
        self.store()?.option(name)
    }

    /// Stores an option of the application; see [`Store::set_option`].
    ///
    /// # Errors
    /// As [`Store::set_option`].
    pub fn set_option(&self, name: &str, value: Option<&[u8]>) -> Result<()> {
        self.store()?.set_option(name, value)
    }

    /// How much the store may hold.
    ///
    /// # Errors
    /// `Storage` where the engine was made without a store.
    pub fn store_limits(&self) -> Result<Limits> {
        Ok(self.store()?.limits())
    }
}
