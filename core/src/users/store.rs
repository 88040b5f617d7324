//! The users of one application in one file, by redb. This is the only file that names redb.
//!
//! Every change is one transaction: after a crash, a kill or a full disk the store holds what
//! it held before or after the change, never half of it.

use std::fs;
use std::path::{Path, PathBuf};

use redb::{Database, DatabaseError, ReadableDatabase, ReadableTable, StorageError, TableDefinition};

use super::gallery::Calibration;
use super::profile::Profile;
use crate::error::{Error, ErrorKind, Result, fail};

/// The store's file in the folder that the application gives.
pub const FILE: &str = "users.mien";

/// The newest layout of tables that this version reads.
const SCHEMA: u64 = 1;

const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");
const USERS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("users");
const CALIBRATION: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("calibration");

/// The users' profiles on disk.
pub struct Store {
    database: Database,
    path: PathBuf,
}

impl Store {
    /// Opens the store in `folder`, which is made where it is missing.
    ///
    /// # Errors
    /// `Storage` where the folder or file cannot be made or read, or another process has the
    /// store open; `ProfileVersion` where a newer version wrote it; `ProfileCorrupt` where the
    /// file is no store.
    pub fn open(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder)
            .map_err(|e| Error::with_source(ErrorKind::Storage, format!("cannot make {}", folder.display()), e))?;
        let path = folder.join(FILE);
        let database = Database::create(&path).map_err(|error| open_error(&path, error))?;
        let store = Self { database, path };
        store.prepare()?;
        Ok(store)
    }

    /// All profiles, by name.
    ///
    /// # Errors
    /// `Storage` where the file cannot be read, `ProfileCorrupt` or `ProfileVersion` for a
    /// profile that cannot be understood.
    pub fn profiles(&self) -> Result<Vec<Profile>> {
        let transaction = self.database.begin_read().map_err(|e| self.error(e))?;
        let table = transaction.open_table(USERS).map_err(|e| self.error(e))?;
        let mut profiles = Vec::new();
        for row in table.iter().map_err(|e| self.error(e))? {
            let (_, bytes) = row.map_err(|e| self.error(e))?;
            profiles.push(Profile::from_bytes(bytes.value())?);
        }
        Ok(profiles)
    }

    /// The profile of `name`.
    ///
    /// # Errors
    /// `UserNotFound`, or as [`Store::profiles`].
    pub fn profile(&self, name: &str) -> Result<Profile> {
        let transaction = self.database.begin_read().map_err(|e| self.error(e))?;
        let table = transaction.open_table(USERS).map_err(|e| self.error(e))?;
        match table.get(name).map_err(|e| self.error(e))? {
            Some(bytes) => Profile::from_bytes(bytes.value()),
            None => fail!(UserNotFound, "no user is called {name:?}"),
        }
    }

    /// Adds a new user.
    ///
    /// # Errors
    /// `InvalidOption` where the name is taken; `Storage` where it cannot be written.
    pub fn add(&self, profile: &Profile) -> Result<()> {
        self.write(&profile.name, |stored| {
            if stored.is_some() {
                fail!(InvalidOption, "a user called {:?} exists already", profile.name);
            }
            Ok((profile.to_bytes(), ()))
        })
    }

    /// Changes the profile of the user `name`, in one transaction: where `change` fails, the
    /// profile stays as it was. Gives the changed profile with what `change` gave.
    ///
    /// # Errors
    /// `UserNotFound`; what `change` gives; `Storage`, or as [`Store::profiles`].
    pub fn update<T>(&self, name: &str, change: impl FnOnce(&mut Profile) -> Result<T>) -> Result<(Profile, T)> {
        self.write(name, |stored| {
            let Some(bytes) = stored else { fail!(UserNotFound, "no user is called {name:?}") };
            let mut profile = Profile::from_bytes(bytes)?;
            let outcome = change(&mut profile)?;
            Ok((profile.to_bytes(), (profile, outcome)))
        })
    }

    /// Deletes a user and gives the freed pages back to the file system.
    ///
    /// # Errors
    /// `UserNotFound`; `Storage` where it cannot be written.
    pub fn delete(&mut self, name: &str) -> Result<()> {
        let transaction = self.database.begin_write().map_err(|e| self.error(e))?;
        let existed = {
            let mut table = transaction.open_table(USERS).map_err(|e| self.error(e))?;
            table.remove(name).map_err(|e| self.error(e))?.is_some()
        };
        if !existed {
            fail!(UserNotFound, "no user is called {name:?}");
        }
        transaction.commit().map_err(|e| self.error(e))?;
        let path = &self.path;
        self.database.compact().map_err(|e| storage_error(path, e))?;
        Ok(())
    }

    /// The calibration of identification, where one was stored.
    ///
    /// # Errors
    /// `Storage` or `ProfileCorrupt` where it cannot be read.
    pub fn calibration(&self) -> Result<Option<Calibration>> {
        let transaction = self.database.begin_read().map_err(|e| self.error(e))?;
        let table = transaction.open_table(CALIBRATION).map_err(|e| self.error(e))?;
        let bytes = table.get("identity").map_err(|e| self.error(e))?;
        bytes.map(|bytes| Calibration::from_bytes(bytes.value())).transpose()
    }

    /// Stores the calibration of identification.
    ///
    /// # Errors
    /// `InvalidOption` where it is out of range, `Storage` where it cannot be written.
    pub fn set_calibration(&self, calibration: &Calibration) -> Result<()> {
        calibration.check()?;
        let bytes = calibration.to_bytes();
        let transaction = self.database.begin_write().map_err(|e| self.error(e))?;
        {
            let mut table = transaction.open_table(CALIBRATION).map_err(|e| self.error(e))?;
            table.insert("identity", bytes.as_slice()).map_err(|e| self.error(e))?;
        }
        transaction.commit().map_err(|e| self.error(e))
    }

    /// Stores under `name` the bytes that `change` makes of those that are there, and gives what
    /// it gave besides.
    fn write<T>(&self, name: &str, change: impl FnOnce(Option<&[u8]>) -> Result<(Vec<u8>, T)>) -> Result<T> {
        let transaction = self.database.begin_write().map_err(|e| self.error(e))?;
        let outcome = {
            let mut table = transaction.open_table(USERS).map_err(|e| self.error(e))?;
            let (bytes, outcome) = {
                let stored = table.get(name).map_err(|e| self.error(e))?;
                change(stored.as_ref().map(|bytes| bytes.value()))?
            };
            table.insert(name, bytes.as_slice()).map_err(|e| self.error(e))?;
            outcome
        };
        transaction.commit().map_err(|e| self.error(e))?;
        Ok(outcome)
    }

    /// Makes the tables of a new store and checks the layout of an old one.
    fn prepare(&self) -> Result<()> {
        let transaction = self.database.begin_write().map_err(|e| self.error(e))?;
        {
            let mut meta = transaction.open_table(META).map_err(|e| self.error(e))?;
            let found = meta.get("schema").map_err(|e| self.error(e))?.map(|value| value.value());
            match found {
                None => {
                    meta.insert("schema", SCHEMA).map_err(|e| self.error(e))?;
                }
                Some(SCHEMA) => {}
                Some(other) => fail!(
                    ProfileVersion,
                    "{} has layout {other}; this program reads layout {SCHEMA}",
                    self.path.display()
                ),
            }
            transaction.open_table(USERS).map_err(|e| self.error(e))?;
            transaction.open_table(CALIBRATION).map_err(|e| self.error(e))?;
        }
        transaction.commit().map_err(|e| self.error(e))
    }

    fn error(&self, error: impl Into<redb::Error>) -> Error {
        storage_error(&self.path, error)
    }
}

fn storage_error(path: &Path, error: impl Into<redb::Error>) -> Error {
    Error::with_source(ErrorKind::Storage, format!("cannot use {}", path.display()), error.into())
}

fn open_error(path: &Path, error: DatabaseError) -> Error {
    let path = path.display();
    match error {
        DatabaseError::DatabaseAlreadyOpen => {
            Error::new(ErrorKind::Storage, format!("{path} is in use by another process or session"))
        }
        DatabaseError::UpgradeRequired(version) => {
            Error::new(ErrorKind::ProfileVersion, format!("{path} has the old file format {version}"))
        }
        DatabaseError::Storage(StorageError::Corrupted(what)) => {
            Error::new(ErrorKind::ProfileCorrupt, format!("{path} is damaged: {what}"))
        }
        DatabaseError::Storage(StorageError::Io(error)) if error.kind() == std::io::ErrorKind::InvalidData => {
            Error::with_source(ErrorKind::ProfileCorrupt, format!("{path} is not a store of Mien"), error)
        }
        other => Error::with_source(ErrorKind::Storage, format!("cannot open {path}"), other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::tempdir;

    fn profile(name: &str) -> Profile {
        Profile::new(name, &[vec![0.6, 0.8]], "net", 1).unwrap()
    }

    #[test]
    fn users_persist_between_openings() {
        let folder = tempdir().unwrap();
        {
            let store = Store::open(folder.path()).unwrap();
            store.add(&profile("Ben")).unwrap();
            store.add(&profile("Anna")).unwrap();
            store.set_calibration(&Calibration { threshold: 0.5, ..Calibration::default() }).unwrap();
        }
        let mut store = Store::open(folder.path()).unwrap();
        let names: Vec<_> = store.profiles().unwrap().into_iter().map(|profile| profile.name).collect();
        assert_eq!(names, ["Anna", "Ben"]);
        assert_eq!(store.calibration().unwrap().unwrap().threshold, 0.5);
        store.delete("Anna").unwrap();
        assert_eq!(store.profile("Anna").unwrap_err().kind(), ErrorKind::UserNotFound);
        assert_eq!(store.delete("Anna").unwrap_err().kind(), ErrorKind::UserNotFound);
        assert!(store.profile("Ben").is_ok());
    }

    #[test]
    fn a_taken_name_and_a_missing_user_are_errors() {
        let folder = tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        assert_eq!(store.update("Anna", |_| Ok(())).err().unwrap().kind(), ErrorKind::UserNotFound);
        store.add(&profile("Anna")).unwrap();
        let error = store.add(&profile("Anna")).unwrap_err();
        assert_eq!(error.to_string(), "a user called \"Anna\" exists already");
        assert_eq!(store.profiles().unwrap().len(), 1);
    }

    #[test]
    fn a_change_is_stored_whole_or_not_at_all() {
        let folder = tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        store.add(&profile("Anna")).unwrap();
        let error = store.update("Anna", |profile| -> Result<()> {
            profile.enrolled_at_ms = 2;
            fail!(Cancelled, "no")
        });
        assert_eq!(error.err().unwrap().kind(), ErrorKind::Cancelled);
        assert!(store.profile("Anna").unwrap() == profile("Anna"));
        let (changed, before) =
            store.update("Anna", |profile| Ok(std::mem::replace(&mut profile.enrolled_at_ms, 3))).unwrap();
        assert_eq!((before, changed.enrolled_at_ms), (1, 3));
        assert!(store.profile("Anna").unwrap() == changed);
    }

    #[test]
    fn a_second_opening_is_told_that_the_store_is_in_use() {
        let folder = tempdir().unwrap();
        let _first = Store::open(folder.path()).unwrap();
        let error = Store::open(folder.path()).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Storage);
        assert!(error.to_string().contains("in use by another process"), "{error}");
    }

    #[test]
    fn a_file_that_is_no_store_is_left_as_it_is() {
        let folder = tempdir().unwrap();
        let path = folder.path().join(FILE);
        fs::write(&path, vec![7u8; 100_000]).unwrap();
        let error = Store::open(folder.path()).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::ProfileCorrupt, "{error}");
        assert_eq!(fs::read(&path).unwrap(), vec![7u8; 100_000]);
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let folder = tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "x").unwrap();
        let error = Store::open(&file.join("store")).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Storage);
        assert!(error.to_string().contains("file"), "{error}");
    }
}
