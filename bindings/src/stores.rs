//! Folders of stores that no engine has open.

use std::fs::File;
use std::path::Path;

use mien_core::users::{crypto::StoreKey, store as core};
use mien_core::{Error, ErrorKind};

use crate::error::{Result, fail};

/// Returns the key of an encrypted store; it must have 32 bytes.
pub(crate) fn store_key(bytes: &[u8]) -> Result<StoreKey> {
    match bytes.try_into() {
        Ok(bytes) => Ok(StoreKey::new(bytes)),
        Err(_) => fail!(InvalidOption, "a key has 32 bytes, not {}", bytes.len()),
    }
}

/// The state of a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum StoreState {
    /// It has no store.
    Missing,
    /// It has a store that is not encrypted.
    Unencrypted,
    /// It has a store that is encrypted with the given key.
    Fits,
    /// It has a store that is encrypted with another key.
    OtherKey,
}

/// Returns the state of `folder`, and whether `key` (32 bytes, or none) fits. Changes nothing.
///
/// Errors: `InvalidOption` for a key of another length; `Storage` if the folder cannot be read or an engine
/// has it open; `ProfileCorrupt`, `ProfileVersion`.
#[uniffi::export]
pub fn store_state(folder: String, key: &[u8]) -> Result<StoreState> {
    let key = if key.is_empty() { None } else { Some(store_key(key)?) };
    Ok(match core::examine(Path::new(&folder), key.as_ref())? {
        core::StoreState::Missing => StoreState::Missing,
        core::StoreState::Unencrypted => StoreState::Unencrypted,
        core::StoreState::Fits => StoreState::Fits,
        core::StoreState::OtherKey => StoreState::OtherKey,
    })
}

/// Sets the store of `folder` aside together with the files `with`: each is renamed to `NAME.lost-N`, and N
/// is returned. The three newest are kept.
///
/// Errors: `Storage` if a file cannot be renamed or an engine has the folder open.
#[uniffi::export]
pub fn set_store_aside(folder: String, with: Vec<String>) -> Result<u32> {
    let with: Vec<&str> = with.iter().map(String::as_str).collect();
    Ok(core::set_aside(Path::new(&folder), &with)?)
}

/// Returns the names of the files of lost stores in `folder`, in order.
///
/// Errors: `Storage` if the folder cannot be read.
#[uniffi::export]
pub fn lost_stores(folder: String) -> Result<Vec<String>> {
    let names = core::lost_files(Path::new(&folder));
    Ok(names.map_err(|error| Error::with_source(ErrorKind::Storage, format!("cannot read {folder}"), error))?)
}

/// Syncs `folder`, so that a crash cannot undo earlier creations, renames and removals of its files.
///
/// Errors: `Storage` if the system cannot sync it.
#[uniffi::export]
pub fn sync_folder(folder: String) -> Result<()> {
    let synced = File::open(&folder).and_then(|folder| folder.sync_all());
    Ok(synced.map_err(|error| Error::with_source(ErrorKind::Storage, format!("cannot sync {folder}"), error))?)
}
