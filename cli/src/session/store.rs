//! The user store and its key.

use std::path::Path;

use mien_core::ErrorKind;
use mien_core::users::crypto::StoreKey;
use mien_core::users::store::{Store, StoreOptions};

use crate::args::Shared;
use crate::media::reading;
use crate::outputs::{Readers, make_folder};
use crate::process::failure::{Failure, Naming, Outcome};

/// Opens the user store; a missing one is created, readable by its owner only.
pub fn store(shared: &Shared) -> Outcome<Store> {
    let folder = shared.store_folder()?;
    if !folder.exists() {
        make_folder(&folder, Readers::Owner)?;
    }
    let opened = Store::open_with(&folder, &StoreOptions { key: store_key(shared)?, ..StoreOptions::default() });
    opened.map_err(|error| {
        let is_damaged = error.kind() == ErrorKind::ProfileCorrupt;
        let failure = Failure::from(error);
        if !is_damaged {
            return failure;
        }
        Failure::new(format!("{failure}; recover the intact data with `mien users salvage`"))
    })
}

/// Returns the key of the store, if one was given.
pub fn store_key(shared: &Shared) -> Outcome<Option<StoreKey>> {
    shared.store_key.as_deref().map(read_key).transpose()
}

/// Reads the key in the file `path`.
pub fn read_key(path: &Path) -> Outcome<StoreKey> {
    StoreKey::from_text_or_bytes(&read_small(path)?).naming(path)
}

/// Reads the file `path` of a key or passphrase.
pub fn read_small(path: &Path) -> Outcome<Vec<u8>> {
    reading::read(path, 4096, "a key or passphrase")
}
