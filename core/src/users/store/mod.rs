//! Storage of the users of one application in one file.
//!
//! Every change is one transaction: after a crash, a kill or a full disk the store holds the state
//! before or after the change, never half of it. Deleted data, and data sealed with a previous key,
//! is gone from the file: all remaining data is written to a new file, which replaces the old one
//! by a single rename.
//!
//! A store can be encrypted with a key of the application ([`StoreOptions::key`]). Without the key,
//! its file reveals how many users there are, how much is stored for each and what changes from one
//! look to the next, but no name, time, face or emotion. A user's rows are named by a random
//! number.
//! random number.

mod check;
mod database;
mod digest;
mod examine;
mod lost;
mod opening;
mod overlay;
mod rows;
mod salvage;
#[cfg(test)]
mod tests;
mod trust;
mod values;

use std::path::Path;
use std::sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard};

use self::database::{Database, Readable, Rows, Writing};
pub use self::examine::{StoreState, examine};
pub use self::lost::{MAX_LOST, lost_files, set_aside};
use self::opening::State;
use self::rows::{Kind, NOBODY, damaged, place, row, slot_name, slot_of};
pub use self::salvage::{SalvageReport, SalvagedUser};
use super::crypto::{Record, Sealing, StoreKey};
use super::export::{Export, SlotValue};
use super::files::{Files, Folder};
use super::profile::{Profile, check_name};
use super::recording;
use crate::error::{Error, ErrorKind, Result, fail};
use crate::options;
use crate::recognition::gallery::Calibration;
use crate::timeline::slots::{Slots, SlotsMut};

/// Name of the store's file in the application's folder.
pub const FILE: &str = "users.mien";

/// Name of a new file that will replace the store's; one that is left by a crash is removed.
const FRESH: &str = "users.mien.new";

/// The name that [`Store::salvage`] gives a damaged file.
const DAMAGED: &str = "users.mien.damaged";

/// The newest row layout that this version reads.
const SCHEMA: u64 = 3;

const CALIBRATION: &[u8] = b"calibration";

/// Maximum length of an option's name in bytes.
pub const LONGEST_OPTION: usize = 64;

/// Maximum size of an option's value in bytes.
pub const LARGEST_OPTION: usize = 64 << 10;

/// Options for opening a store.
#[derive(Debug, Clone, Default)]
pub struct StoreOptions {
    /// The encryption key; default: none, the store is not encrypted. A new store is created with
    /// it; an existing store must have it ([`Store::change_key`] changes it).
    pub key: Option<StoreKey>,
    /// Size limits of the store.
    pub limits: Limits,
}

options! {
    /// Maximum sizes of a store. Stored data stays readable under lower limits.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Limits {
        /// Maximum number of users.
        pub users: usize = 100;
        /// Maximum number of embeddings per user.
        pub embeddings: usize = 256;
        /// Maximum size of all stored data, bytes in pages of 4096. The file can be up to twice as large until it is trimmed.
        pub store_bytes: u64 = 512 << 20;
        /// Maximum size of a file that a user is imported from, bytes; enforced by whoever reads the file.
        pub import_bytes: u64 = 256 << 20;
    }
}

/// The users' profiles and timelines and the application's options on disk.
///
/// `Send + Sync`: reads run in parallel, other calls wait. After a failed read or write the next
/// call reopens the file and continues with the data on disk.
pub struct Store {
    state: RwLock<State>,
    // After the state, because it holds the folder's lock, which must be released last.
    files: Arc<dyn Files>,
    limits: Limits,
}

impl Store {
    /// Opens the store in `folder` with default options; a missing folder is created.
    ///
    /// # Errors
    /// As in [`Store::open_with`].
    pub fn open(folder: &Path) -> Result<Self> {
        Self::open_with(folder, &StoreOptions::default())
    }

    /// Opens the store in `folder`; a missing folder is created. A store with an older layout is
    /// migrated.
    ///
    /// # Errors
    /// `Storage` if the folder or file cannot be created or read, or another process has the store
    /// open; `WrongKey` if the key is wrong or missing, or if a key is given for an unencrypted
    /// store; `ProfileVersion` if a newer version wrote it; `ProfileCorrupt` if the file is not a
    /// store.
    pub fn open_with(folder: &Path, options: &StoreOptions) -> Result<Self> {
        Self::open_files(Box::new(Folder::open(folder)?), options)
    }

    /// Recovers the intact data of a damaged store in `folder`; see [`SalvageReport`]. The damaged
    /// file is kept in the folder, so nothing is lost by trying. `key` is the store's key, if it is
    /// encrypted.
    ///
    /// # Errors
    /// `InvalidOption` if there is no store; `WrongKey` if the key is wrong or missing;
    /// `ProfileVersion` for another row layout; `Storage` if the folder is in use or cannot be
    /// written. The disk must have room for the recovered data.
    pub fn salvage(folder: &Path, key: Option<&StoreKey>) -> Result<SalvageReport> {
        Self::salvage_files(Box::new(Folder::open_existing(folder)?), key)
    }

    /// Like [`Store::salvage`], with `files` as the folder.
    ///
    /// # Errors
    /// As in [`Store::salvage`].
    pub fn salvage_files(files: Box<dyn Files>, key: Option<&StoreKey>) -> Result<SalvageReport> {
        salvage::salvage(&Arc::from(files), key)
    }

    /// Opens the store in `files`.
    ///
    /// # Errors
    /// As in [`Store::open_with`].
    pub fn open_files(files: Box<dyn Files>, options: &StoreOptions) -> Result<Self> {
        let files: Arc<dyn Files> = Arc::from(files);
        let state = State::open(&files, options.key.as_ref())?;
        Ok(Self { state: RwLock::new(state), files, limits: options.limits })
    }

    /// Returns the size limits.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Whether the store is encrypted.
    ///
    /// # Errors
    /// `Storage` if the file had to be reopened and could not be.
    pub fn is_encrypted(&self) -> Result<bool> {
        Ok(matches!(*self.readable()?.sealing, Sealing::Keyed(_)))
    }

    /// Returns all profiles, by name.
    ///
    /// # Errors
    /// `Storage` if the file cannot be read, `ProfileCorrupt` or `ProfileVersion` for a profile
    /// that cannot be decoded.
    pub fn profiles(&self) -> Result<Vec<Profile>> {
        let state = self.readable()?;
        let rows = state.database()?.read()?;
        state.users.values().filter_map(|&user| state.profile(&rows, user).transpose()).collect()
    }

    /// Returns the profiles that can be decoded, by name, and the names of the users with damaged
    /// profiles; these can be deleted ([`Store::delete`]).
    ///
    /// # Errors
    /// `Storage` if the file cannot be read, `ProfileVersion` for a profile of a newer version.
    pub fn sound_profiles(&self) -> Result<(Vec<Profile>, Vec<String>)> {
        let state = self.readable()?;
        let rows = state.database()?.read()?;
        let (mut sound, mut damaged) = (Vec::new(), Vec::new());
        for (name, &user) in &state.users {
            match state.known_profile(&rows, name, user) {
                Ok(profile) => sound.push(profile),
                Err(error) if error.kind() == ErrorKind::ProfileCorrupt => damaged.push(name.clone()),
                Err(error) => return Err(error),
            }
        }
        Ok((sound, damaged))
    }

    /// Returns the profile of `name`.
    ///
    /// # Errors
    /// `UserNotFound`, or as in [`Store::profiles`].
    pub fn profile(&self, name: &str) -> Result<Profile> {
        let state = self.readable()?;
        let rows = state.database()?.read()?;
        state.known_profile(&rows, name, state.number(name)?)
    }

    /// Adds a new user.
    ///
    /// # Errors
    /// `InvalidOption` if the name is taken; `Storage` if it cannot be written or the limits do not
    /// allow it.
    pub fn add(&self, profile: &Profile) -> Result<()> {
        self.admit(profile, &[])
    }

    /// Changes the profile of the user `name` in one transaction; if `change` fails, the profile
    /// stays unchanged. Returns the changed profile and the result of `change`. `change` must not
    /// call the store: it would deadlock.
    ///
    /// # Errors
    /// `UserNotFound`; errors of `change`; `InvalidOption` if it changed the name; `Storage`, or as
    /// in [`Store::profiles`].
    pub fn update<T>(&self, name: &str, change: impl FnOnce(&mut Profile) -> Result<T>) -> Result<(Profile, T)> {
        let state = self.writable()?;
        let number = state.number(name)?;
        state.database()?.write(self.limits.store_bytes, &state.sealing, |rows| {
            let mut profile = state.known_profile(rows, name, number)?;
            let before = profile.embedding_count();
            let outcome = change(&mut profile)?;
            if profile.name != name {
                fail!(InvalidOption, "a user's name cannot be changed");
            }
            if profile.embedding_count() > before {
                self.check_embeddings(&profile)?;
            }
            state.put(rows, Kind::Profile, number, name.as_bytes(), &profile.to_bytes())?;
            Ok((profile, outcome))
        })
    }

    /// Renames the user `name` to `new` in one transaction: embeddings, generations and timelines
    /// stay. Returns the renamed profile. The old name stays in free pages of the file until
    /// [`Store::erase_free_space`].
    ///
    /// # Errors
    /// `UserNotFound`; `InvalidOption` if the new name is invalid ([`check_name`]) or taken;
    /// `Storage`, or as in [`Store::profiles`].
    pub fn rename(&self, name: &str, new: &str) -> Result<Profile> {
        check_name(new)?;
        let mut state = self.writable()?;
        let number = state.number(name)?;
        if state.users.contains_key(new) {
            return Err(taken(new));
        }
        let profile = state.database()?.write(self.limits.store_bytes, &state.sealing, |rows| {
            let mut profile = state.known_profile(rows, name, number)?;
            new.clone_into(&mut profile.name);
            state.put(rows, Kind::Profile, number, new.as_bytes(), &profile.to_bytes())?;
            Ok(profile)
        })?;
        state.users.remove(name);
        state.users.insert(new.to_owned(), number);
        Ok(profile)
    }

    /// Deletes a user with all data: profile, generations, timelines, recorded clips. The remaining data is written
    /// to a new file that replaces the old one; the disk must have room for it.
    ///
    /// # Errors
    /// `UserNotFound`; `Storage` if it cannot be written. The user then still exists, unless the
    /// message says that a crash may undo the change: in that case the next writing call repairs
    /// it.
    pub fn delete(&self, name: &str) -> Result<()> {
        let mut state = self.writable()?;
        let number = state.number(name)?;
        state.rewrite(&self.files, None, Some(number))?;
        state.users.remove(name);
        state.settle(self.files.as_ref())
    }

    /// Erases deleted timeline data and replaced values from the file: the remaining data is
    /// written to a new file that replaces the old one; the disk must have room for it.
    ///
    /// # Errors
    /// `Storage` as in [`Store::delete`].
    pub fn erase_free_space(&self) -> Result<()> {
        self.writable()?.renew(&self.files, None)
    }

    /// Encrypts the store with another key, or decrypts it: everything is sealed again in a new
    /// file that replaces the old one; the disk must have room for it.
    ///
    /// # Errors
    /// `ProfileCorrupt` if a value cannot be opened; `Storage` as in [`Store::delete`].
    pub fn change_key(&self, key: Option<&StoreKey>) -> Result<()> {
        self.writable()?.renew(&self.files, Some(Sealing::fresh(key)?))
    }

    /// Returns excess space to the file system if it is a quarter of the file or more: a full file
    /// is doubled. A file of more than 32 MiB takes seconds; smaller ones are trimmed when they are
    /// closed.
    ///
    /// # Errors
    /// `Storage` if the file cannot be written. On error nothing is lost.
    pub fn compact(&self) -> Result<()> {
        let mut state = self.writable()?;
        state.database.as_mut().map_or(Ok(()), Database::trim)
    }

    /// Exports the user `name` with or without timelines, and never with recorded clips.
    ///
    /// # Errors
    /// As in [`Store::profile`].
    pub fn export(&self, name: &str, timeline: bool) -> Result<Export> {
        let state = if timeline { self.checked()? } else { self.readable()? };
        let number = state.number(name)?;
        let rows = state.database()?.read()?;
        let mut slots = Vec::new();
        if timeline {
            rows.each(&place(Kind::Slot, number), |row, sealed| {
                let Record { name, value, .. } = rows::open(&state.sealing, row, &sealed)?;
                let Some((table, slot)) = slot_of(&name) else { return Err(damaged()) };
                if table != recording::TABLE {
                    slots.push(SlotValue { table, slot, value });
                }
                Ok(())
            })?;
            slots.sort_by_key(|slot| (slot.table, slot.slot));
        }
        Ok(Export { profile: state.known_profile(&rows, name, number)?, slots })
    }

    /// Adds a user with all exported data in one transaction.
    ///
    /// # Errors
    /// As in [`Store::add`], and `ProfileCorrupt` if a number of the profile is out of range or a
    /// value is not one that a timeline writes ([`Export::check`]).
    pub fn import(&self, export: &Export) -> Result<()> {
        export.check()?;
        self.admit(&export.profile, &export.slots)
    }

    /// Returns the calibration of identification, if one is stored.
    ///
    /// # Errors
    /// `Storage` or `ProfileCorrupt` if it cannot be read.
    pub fn calibration(&self) -> Result<Option<Calibration>> {
        self.setting(CALIBRATION)?.map(|bytes| Calibration::from_bytes(&bytes)).transpose()
    }

    /// Stores the calibration of identification.
    ///
    /// # Errors
    /// `InvalidOption` if it is out of range, `Storage` if it cannot be written.
    pub fn set_calibration(&self, calibration: &Calibration) -> Result<()> {
        calibration.check()?;
        self.set_setting(CALIBRATION, Some(&calibration.to_bytes()))
    }

    /// Returns the value that the application stored under `name`, if there is one.
    ///
    /// # Errors
    /// `InvalidOption` for an invalid name; `Storage` or `ProfileCorrupt` if it cannot be read.
    pub fn option(&self, name: &str) -> Result<Option<Vec<u8>>> {
        self.setting(&option_name(name)?)
    }

    /// Stores an option of the application: at most [`LARGEST_OPTION`] bytes under a name of 1 to
    /// [`LONGEST_OPTION`] bytes without control characters; `None` removes it.
    ///
    /// # Errors
    /// `InvalidOption` if name or value are out of range; `Storage` if it cannot be written.
    pub fn set_option(&self, name: &str, value: Option<&[u8]>) -> Result<()> {
        if let Some(value) = value.filter(|value| value.len() > LARGEST_OPTION) {
            let bytes = value.len();
            fail!(InvalidOption, "the option has {bytes} bytes; {LARGEST_OPTION} at most"; "the option {name:?} has {bytes} bytes; {LARGEST_OPTION} at most");
        }
        self.set_setting(&option_name(name)?, value)
    }

    /// Runs `work` with the numbered values of the user `name`, in one consistent snapshot. `work`
    /// must not call the store otherwise: it would deadlock.
    ///
    /// # Errors
    /// `UserNotFound`; errors of `work`; `Storage` if the file cannot be read.
    pub fn read_slots<T>(&self, name: &str, work: impl FnOnce(&dyn Slots) -> Result<T>) -> Result<T> {
        let state = self.checked()?;
        let user = state.number(name)?;
        let mut rows = state.database()?.read()?;
        work(&UserSlots { rows: &mut rows, state: &state, user })
    }

    /// Runs `work` with the numbered values of the user `name` in one transaction; if it fails,
    /// nothing changes. `work` must not call the store otherwise: it would deadlock.
    ///
    /// # Errors
    /// `UserNotFound`; errors of `work`; `Storage` if the file cannot be written or the limits do
    /// not allow it.
    pub fn write_slots<T>(&self, name: &str, work: impl FnOnce(&mut dyn SlotsMut) -> Result<T>) -> Result<T> {
        let state = self.writable()?;
        let user = state.number(name)?;
        let max = self.limits.store_bytes;
        state.database()?.write(max, &state.sealing, |rows| work(&mut UserSlots { rows, state: &state, user }))
    }

    /// Removes all recorded clips of the user `name` in one transaction, also those that a damaged directory does not
    /// list. Returns whether there were any.
    ///
    /// # Errors
    /// `UserNotFound`; `Storage` if the file cannot be read or written.
    pub fn remove_recording(&self, name: &str) -> Result<bool> {
        let state = self.writable()?;
        let user = state.number(name)?;
        state.database()?.write(self.limits.store_bytes, &state.sealing, |rows| {
            let mut recorded = Vec::new();
            rows.each(&place(Kind::Slot, user), |row, sealed| {
                let Record { name, .. } = rows::open(&state.sealing, row, &sealed)?;
                if slot_of(&name).is_some_and(|(table, _)| table == recording::TABLE) {
                    recorded.push(row.to_vec());
                }
                Ok(())
            })?;
            recorded.iter().try_for_each(|row| rows.remove(row))?;
            Ok(!recorded.is_empty())
        })
    }

    fn admit(&self, profile: &Profile, slots: &[SlotValue]) -> Result<()> {
        let mut state = self.writable()?;
        let (name, max) = (&profile.name, self.limits.users);
        if state.users.contains_key(name) {
            return Err(taken(name));
        }
        if state.users.len() >= max {
            fail!(Storage, "the store holds {} users; its limit is {max}", state.users.len());
        }
        self.check_embeddings(profile)?;
        let user = state.new_number()?;
        state.database()?.write(self.limits.store_bytes, &state.sealing, |rows| {
            state.put(rows, Kind::Profile, user, name.as_bytes(), &profile.to_bytes())?;
            let put =
                |slot: &SlotValue| state.put(rows, Kind::Slot, user, &slot_name(slot.table, slot.slot), &slot.value);
            slots.iter().try_for_each(put)
        })?;
        state.users.insert(name.clone(), user);
        Ok(())
    }

    fn check_embeddings(&self, profile: &Profile) -> Result<()> {
        let (count, max) = (profile.embedding_count(), self.limits.embeddings);
        if count > max {
            let name = &profile.name;
            fail!(Storage, "the user has {count} embeddings; the store's limit is {max}"; "{name:?} has {count} embeddings; the store's limit is {max}");
        }
        Ok(())
    }

    fn setting(&self, name: &[u8]) -> Result<Option<Vec<u8>>> {
        let state = self.readable()?;
        state.get(&state.database()?.read()?, Kind::Setting, NOBODY, name)
    }

    fn set_setting(&self, name: &[u8], value: Option<&[u8]>) -> Result<()> {
        let state = self.writable()?;
        state.database()?.write(self.limits.store_bytes, &state.sealing, |rows| match value {
            Some(value) => state.put(rows, Kind::Setting, NOBODY, name, value),
            None => rows.remove(&row(&state.sealing, &place(Kind::Setting, NOBODY), name)),
        })
    }

    /// Returns the state for reading settings and profiles.
    fn readable(&self) -> Result<RwLockReadGuard<'_, State>> {
        let lock = || self.state.read().unwrap_or_else(|poisoned| poisoned.into_inner());
        let state = lock();
        if state.is_readable() {
            return Ok(state);
        }
        drop(state);
        self.write_lock().mend(&self.files, false)?;
        Ok(lock())
    }

    /// Returns the state for reading users' numbered values, after a large file has been checked.
    fn checked(&self) -> Result<RwLockReadGuard<'_, State>> {
        self.wait_for_check()?;
        self.readable()
    }

    fn writable(&self) -> Result<RwLockWriteGuard<'_, State>> {
        self.wait_for_check()?;
        let mut state = self.write_lock();
        state.mend(&self.files, true)?;
        Ok(state)
    }

    /// Waits without holding a lock, so that other calls can continue.
    fn wait_for_check(&self) -> Result<()> {
        let state = self.readable()?;
        let waiting = state.check.as_ref().filter(|check| !check.has_passed()).map(check::Check::waiting);
        drop(state);
        waiting.map_or(Ok(()), check::Waiting::wait)
    }

    fn write_lock(&self) -> RwLockWriteGuard<'_, State> {
        // A panic while the lock was held leaves complete values: they are replaced, not edited.
        self.state.write().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Drop for Store {
    /// Trims the file unless it is large, which would keep the application waiting
    /// ([`Store::compact`]).
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(|poisoned| poisoned.into_inner());
        if !state.is_sound() {
            return;
        }
        let is_checked = state.check.as_ref().is_none_or(check::Check::has_passed);
        let sound = state.database.as_mut().filter(|database| is_checked && database.is_small());
        if sound.is_some_and(|database| database.trim().is_err()) {
            log::warn!("a store could not be made smaller while it was closed");
        }
    }
}

/// The numbered values of one user within a transaction.
struct UserSlots<'a, R> {
    rows: &'a mut R,
    state: &'a State,
    user: u64,
}

impl<T: Readable> Slots for UserSlots<'_, Rows<'_, T>> {
    fn get(&self, table: u8, slot: u64) -> Result<Option<Vec<u8>>> {
        self.state.get(self.rows, Kind::Slot, self.user, &slot_name(table, slot))
    }
}

impl SlotsMut for UserSlots<'_, Writing<'_, '_>> {
    fn put(&mut self, table: u8, slot: u64, value: &[u8]) -> Result<()> {
        self.state.put(self.rows, Kind::Slot, self.user, &slot_name(table, slot), value)
    }

    fn remove(&mut self, table: u8, slot: u64) -> Result<()> {
        let place = place(Kind::Slot, self.user);
        self.rows.remove(&row(&self.state.sealing, &place, &slot_name(table, slot)))
    }
}

/// The error for a name that another user has.
fn taken(name: &str) -> Error {
    Error::new(ErrorKind::InvalidOption, "a user of this name exists already")
        .with_details(format!("a user called {name:?} exists already"))
}

fn option_name(name: &str) -> Result<Vec<u8>> {
    if name.is_empty() || name.len() > LONGEST_OPTION || name.chars().any(char::is_control) {
        fail!(InvalidOption, "the option's name is empty, too long or carries a control character"; "the option's name {name:?} is empty, too long or carries a control character");
    }
    Ok([b"option/", name.as_bytes()].concat())
}
