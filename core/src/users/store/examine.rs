//! Examination of a folder before a store is opened.

use std::path::Path;
use std::sync::Arc;

use super::database::{Database, Reading};
use super::opening::{file_error, open_file};
use super::overlay::Overlay;
use super::{FILE, SCHEMA};
use crate::error::{ErrorKind, Result};
use crate::users::crypto::{Sealing, StoreKey};
use crate::users::files::{Files, Folder, error_at};

/// The content of a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreState {
    /// No store, or an empty file.
    Missing,
    /// A store that is not encrypted.
    Unencrypted,
    /// A store that is encrypted with the given key.
    Fits,
    /// A store that is encrypted with another key.
    OtherKey,
}

/// Returns what `folder` holds, and whether `key` fits. Creates no store and changes no row.
///
/// # Errors
/// `Storage` if it cannot be read or a store has it open; `ProfileVersion` if a newer version wrote
/// it; `ProfileCorrupt` if the file is not a store.
pub fn examine(folder: &Path, key: Option<&StoreKey>) -> Result<StoreState> {
    if !folder.try_exists().is_ok_and(|there| there) {
        return Ok(StoreState::Missing);
    }
    let files = Folder::open(folder)?;
    let fails = |error| file_error(&files, error);
    // Opening an empty file would turn it into a database.
    if !files.exists(FILE).map_err(fails)? || files.open(FILE).and_then(|file| file.length()).map_err(fails)? == 0 {
        return Ok(StoreState::Missing);
    }
    let place = files.path(FILE);
    let overlay = Overlay::new(open_file(&files)?).map_err(fails)?;
    let database = Database::view(Arc::new(overlay), &place, Reading::Parts)?;
    match database.schema()? {
        Some(2..=SCHEMA) => {}
        Some(1) => return Ok(StoreState::Unencrypted),
        Some(other) => {
            let say = |name: &str| format!("{name} has layout {other}; this program reads layouts 1 to {SCHEMA}");
            return Err(error_at(ErrorKind::ProfileVersion, &place, say));
        }
        None if database.is_empty()? => return Ok(StoreState::Missing),
        None => {
            let say = |name: &str| format!("{name} is not a store of Mien");
            return Err(error_at(ErrorKind::ProfileCorrupt, &place, say));
        }
    }
    let Some(check) = database.check()? else { return Ok(StoreState::Unencrypted) };
    match Sealing::of_file(key, Some(&check), &place) {
        Ok(_) => Ok(StoreState::Fits),
        Err(error) if error.kind() == ErrorKind::WrongKey => Ok(StoreState::OtherKey),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Store, StoreOptions};
    use super::*;

    #[test]
    fn a_folder_tells_what_it_holds_and_stays_as_it_is() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("store");
        let (key, other) = (StoreKey::new([1; 32]), StoreKey::new([2; 32]));
        assert_eq!(examine(&folder, Some(&key)).unwrap(), StoreState::Missing);
        assert!(!folder.exists());
        drop(Store::open(&folder).unwrap());
        assert_eq!(examine(&folder, Some(&key)).unwrap(), StoreState::Unencrypted);
        let store = Store::open(&folder).unwrap();
        store.change_key(Some(&key)).unwrap();
        assert_eq!(examine(&folder, Some(&key)).unwrap_err().kind(), ErrorKind::Storage, "it is open");
        drop(store);
        let before = std::fs::read(folder.join(FILE)).unwrap();
        assert_eq!(examine(&folder, Some(&key)).unwrap(), StoreState::Fits);
        assert_eq!(examine(&folder, Some(&other)).unwrap(), StoreState::OtherKey);
        assert_eq!(examine(&folder, None).unwrap(), StoreState::OtherKey);
        assert_eq!(std::fs::read(folder.join(FILE)).unwrap().len(), before.len());
        let options = StoreOptions { key: Some(key), ..StoreOptions::default() };
        drop(Store::open_with(&folder, &options).unwrap());
        std::fs::write(folder.join(FILE), b"").unwrap();
        assert_eq!(examine(&folder, Some(&other)).unwrap(), StoreState::Missing);
        assert_eq!(std::fs::metadata(folder.join(FILE)).unwrap().len(), 0);
        std::fs::write(folder.join(FILE), b"something else").unwrap();
        assert_eq!(examine(&folder, Some(&other)).unwrap_err().kind(), ErrorKind::ProfileCorrupt);
    }
}
