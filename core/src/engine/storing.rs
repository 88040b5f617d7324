//! Access to the store: its key, slots, options and limits.

use super::Engine;
use crate::error::Result;
use crate::timeline::slots::{Slots, SlotsMut};
use crate::users::crypto::StoreKey;
use crate::users::store::Limits;

impl Engine {
    /// Whether the engine has a store; false after [`Engine::close`].
    pub fn has_store(&self) -> bool {
        self.people().is_ok_and(|people| people.store.is_some())
    }

    /// Re-encrypts the store with another key, or decrypts it; see
    /// [`Store::change_key`](crate::users::store::Store::change_key). Analysis continues meanwhile.
    ///
    /// # Errors
    /// As in [`Store::change_key`](crate::users::store::Store::change_key).
    pub fn change_store_key(&self, key: Option<&StoreKey>) -> Result<()> {
        self.change_users()?.store.change_key(key)?;
        log::info!("the store's key was changed");
        Ok(())
    }

    /// Erases replaced and forgotten data from the store's file; see
    /// [`Store::erase_free_space`](crate::users::store::Store::erase_free_space). Analysis
    /// continues meanwhile.
    ///
    /// # Errors
    /// As in [`Store::erase_free_space`](crate::users::store::Store::erase_free_space).
    pub fn erase_free_space(&self) -> Result<()> {
        self.store()?.erase_free_space()
    }

    /// Reads the numbered values of a user; see
    /// [`Store::read_slots`](crate::users::store::Store::read_slots).
    ///
    /// # Errors
    /// As in [`Store::read_slots`](crate::users::store::Store::read_slots).
    pub fn read_slots<T>(&self, name: &str, work: impl FnOnce(&dyn Slots) -> Result<T>) -> Result<T> {
        self.store()?.read_slots(name, work)
    }

    /// Writes numbered values of a user; see
    /// [`Store::write_slots`](crate::users::store::Store::write_slots).
    ///
    /// # Errors
    /// As in [`Store::write_slots`](crate::users::store::Store::write_slots).
    pub fn write_slots<T>(&self, name: &str, work: impl FnOnce(&mut dyn SlotsMut) -> Result<T>) -> Result<T> {
        self.store()?.write_slots(name, work)
    }

    /// Returns the value that the application stored under `name`; see
    /// [`Store::option`](crate::users::store::Store::option).
    ///
    /// # Errors
    /// As in [`Store::option`](crate::users::store::Store::option).
    pub fn option(&self, name: &str) -> Result<Option<Vec<u8>>> {
        self.store()?.option(name)
    }

    /// Stores an option of the application; see
    /// [`Store::set_option`](crate::users::store::Store::set_option).
    ///
    /// # Errors
    /// As in [`Store::set_option`](crate::users::store::Store::set_option).
    pub fn set_option(&self, name: &str, value: Option<&[u8]>) -> Result<()> {
        self.store()?.set_option(name, value)
    }

    /// Returns the size limits of the store.
    ///
    /// # Errors
    /// `Storage` if the engine was created without a store.
    pub fn store_limits(&self) -> Result<Limits> {
        Ok(self.store()?.limits())
    }
}
