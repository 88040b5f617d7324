//! The users of one application in one file.
//!
//! Every change is one transaction: after a crash, a kill or a full disk the store holds what
//! it held before or after the change, never half of it. What is deleted, or sealed with another
//! key, is gone from the file: all that stays is written into a fresh file, which takes the old
//! one's place by one renaming.
//!
//! A store may be encrypted with a key of the application ([`StoreOptions::key`]). Seen without
//! the key, its file tells how many users there are, how much is kept of each and what changes
//! from one look to the next, and no name, time, face or emotion. A user's rows are called by a
//! random number.

mod database;
mod examine;
mod lost;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use self::database::{Database, Readable, Rows, Writing};
pub use self::examine::{StoreState, examine};
pub use self::lost::{MOST_LOST, lost_files, set_aside};
use super::crypto::{self, Record, Sealing, StoreKey};
use super::export::{Export, SlotValue};
use super::files::{Files, Folder, failure};
use super::gallery::Calibration;
use super::profile::Profile;
use super::slots::{Slots, SlotsMut};
use crate::error::{Error, ErrorKind, Result, fail};

/// The store's file in the folder that the application gives.
pub const FILE: &str = "users.mien";

/// A file that is to take the store's place; left behind by a crash, it is removed.
const FRESH: &str = "users.mien.new";

/// The newest layout of rows that this version reads.
const SCHEMA: u64 = 2;

const CALIBRATION: &[u8] = b"calibration";

/// The longest name of an option, in bytes.
pub const LONGEST_OPTION: usize = 64;

/// The largest value of an option, in bytes.
pub const LARGEST_OPTION: usize = 64 << 10;

/// How a store is opened.
#[derive(Debug, Clone, Default)]
pub struct StoreOptions {
    /// The key that the store is encrypted with; default: none, it is not encrypted. A new store
    /// takes it; one that is there must have it ([`Store::change_key`] changes it).
    pub key: Option<StoreKey>,
    /// How much the store may hold.
    pub limits: Limits,
}

/// How much a store may hold; what is there already stays readable under lower limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Users; default: 100.
    pub users: usize,
    /// Embeddings of a user; default: 256.
    pub embeddings: usize,
    /// Bytes of all that is kept, in pages of 4096; default: 512 MiB. The file is up to twice as
    /// large until it is trimmed ([`Store::compact`]).
    pub store_bytes: u64,
    /// Bytes of a file that a user is imported from; default: 256 MiB. Whoever reads such a file
    /// keeps to it: the store opens none.
    pub import_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { users: 100, embeddings: 256, store_bytes: 512 << 20, import_bytes: 256 << 20 }
    }
}

/// What a row holds; the number begins its key.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// Of the application: an option or the calibration.
    Setting = 0,
    /// The profile of a user. Its name is the user's, which no row's key carries.
    Profile = 1,
    /// A numbered value of a user.
    Slot = 2,
}

/// Whose settings are.
const NOBODY: u64 = 0;

/// The bytes of kind and owner, which begin a row's key.
const PLACE: usize = 9;

/// The users' profiles and timelines and the application's options on disk.
///
/// `Send + Sync`: reading calls run beside each other, others wait. After a failed read or write
/// the next call opens the file again by itself and goes on with what is on disk.
pub struct Store {
    state: RwLock<State>,
    // Behind the state, because it holds the folder's lock, which goes last.
    files: Box<dyn Files>,
    limits: Limits,
}

struct State {
    /// `None` only where the file could not be opened again.
    database: Option<Database>,
    sealing: Sealing,
    /// The number of each user.
    users: BTreeMap<String, u64>,
    /// Whether a fresh file took the old one's place, but perhaps not for good.
    unsettled: bool,
}

impl Store {
    /// Opens the store in `folder`, which is made where it is missing, with default options.
    ///
    /// # Errors
    /// As [`Store::open_with`].
    pub fn open(folder: &Path) -> Result<Self> {
        Self::open_with(folder, &StoreOptions::default())
    }

    /// Opens the store in `folder`, which is made where it is missing. A store of an older layout
    /// is brought to today's.
    ///
    /// # Errors
    /// `Storage` where the folder or file cannot be made or read, or another process has the
    /// store open; `WrongKey` where the key is another, is missing, or the store is not encrypted;
    /// `ProfileVersion` where a newer version wrote it; `ProfileCorrupt` where the file is no store.
    pub fn open_with(folder: &Path, options: &StoreOptions) -> Result<Self> {
        Self::open_files(Box::new(Folder::open(folder)?), options)
    }

    /// Opens the store among `files`.
    ///
    /// # Errors
    /// As [`Store::open_with`].
    pub fn open_files(files: Box<dyn Files>, options: &StoreOptions) -> Result<Self> {
        let state = State::open(files.as_ref(), options.key.as_ref())?;
        Ok(Self { state: RwLock::new(state), files, limits: options.limits })
    }

    /// How much the store may hold.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Whether the store is encrypted.
    ///
    /// # Errors
    /// `Storage` where the file had to be opened again and could not.
    pub fn is_encrypted(&self) -> Result<bool> {
        Ok(matches!(self.readable()?.sealing, Sealing::Keyed(_)))
    }

    /// All profiles, by name.
    ///
    /// # Errors
    /// `Storage` where the file cannot be read, `ProfileCorrupt` or `ProfileVersion` for a
    /// profile that cannot be understood.
    pub fn profiles(&self) -> Result<Vec<Profile>> {
        let state = self.readable()?;
        let rows = state.database()?.read()?;
        state.users.values().filter_map(|&user| state.profile(&rows, user).transpose()).collect()
    }

    /// The profile of `name`.
    ///
    /// # Errors
    /// `UserNotFound`, or as [`Store::profiles`].
    pub fn profile(&self, name: &str) -> Result<Profile> {
        let state = self.readable()?;
        let rows = state.database()?.read()?;
        state.known_profile(&rows, name, state.number(name)?)
    }

    /// Adds a new user.
    ///
    /// # Errors
    /// `InvalidOption` where the name is taken; `Storage` where it cannot be written or the limits
    /// do not allow it.
    pub fn add(&self, profile: &Profile) -> Result<()> {
        self.admit(profile, &[])
    }

    /// Changes the profile of the user `name`, in one transaction: where `change` fails, the
    /// profile stays as it was. Gives the changed profile with what `change` gave. `change` calls
    /// nothing of the store: it would wait for itself.
    ///
    /// # Errors
    /// `UserNotFound`; what `change` gives; `InvalidOption` where it changed the name; `Storage`,
    /// or as [`Store::profiles`].
    pub fn update<T>(&self, name: &str, change: impl FnOnce(&mut Profile) -> Result<T>) -> Result<(Profile, T)> {
        let state = self.writable()?;
        let number = state.number(name)?;
        state.database()?.write(self.limits.store_bytes, |rows| {
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

    /// Deletes a user with everything that is kept: profile, generations, timeline. A fresh file
    /// without them takes the old one's place, for which the disk must have room.
    ///
    /// # Errors
    /// `UserNotFound`; `Storage` where it cannot be written. The user is still there then, unless
    /// the message says that a crash may undo the change: then the next call that writes mends it.
    pub fn delete(&self, name: &str) -> Result<()> {
        let mut state = self.writable()?;
        let number = state.number(name)?;
        self.rewrite(&mut state, None, Some(number))?;
        state.users.remove(name);
        self.settle(&mut state)
    }

    /// Makes what was taken from the timelines, and what was replaced anywhere, gone from the file:
    /// a fresh file of what there is takes the old one's place, for which the disk must have room.
    ///
    /// # Errors
    /// `Storage` as [`Store::delete`].
    pub fn erase_leftovers(&self) -> Result<()> {
        let mut state = self.writable()?;
        self.rewrite(&mut state, None, None)?;
        self.settle(&mut state)
    }

    /// Encrypts the store with another key, or not at all: everything is sealed anew in a fresh
    /// file, which takes the old one's place, for which the disk must have room.
    ///
    /// # Errors
    /// `ProfileCorrupt` where a value cannot be opened; `Storage` as [`Store::delete`].
    pub fn change_key(&self, key: Option<&StoreKey>) -> Result<()> {
        let mut state = self.writable()?;
        self.rewrite(&mut state, Some(Sealing::fresh(key)?), None)?;
        self.settle(&mut state)
    }

    /// Gives the file system back what the file has too much, where that is a quarter or more: a
    /// file that is full is doubled. A file of more than 32 MiB takes seconds; smaller ones are
    /// trimmed when they are closed.
    ///
    /// # Errors
    /// `Storage` where the file cannot be written; nothing is lost then.
    pub fn compact(&self) -> Result<()> {
        let mut state = self.writable()?;
        state.database.as_mut().map_or(Ok(()), Database::trim)
    }

    /// Everything of the user `name`, with the timeline or without.
    ///
    /// # Errors
    /// As [`Store::profile`].
    pub fn export(&self, name: &str, timeline: bool) -> Result<Export> {
        let state = self.readable()?;
        let number = state.number(name)?;
        let rows = state.database()?.read()?;
        let mut slots = Vec::new();
        if timeline {
            rows.each(&place(Kind::Slot, number), |row, sealed| {
                let Record { name, value } = state.open_row(row, &sealed)?;
                let Some((table, slot)) = slot_of(&name) else { return Err(damaged()) };
                slots.push(SlotValue { table, slot, value });
                Ok(())
            })?;
            slots.sort_by_key(|slot| (slot.table, slot.slot));
        }
        Ok(Export { profile: state.known_profile(&rows, name, number)?, slots })
    }

    /// Adds a user with everything that was exported, in one transaction.
    ///
    /// # Errors
    /// As [`Store::add`].
    pub fn import(&self, export: &Export) -> Result<()> {
        self.admit(&export.profile, &export.slots)
    }

    /// The calibration of identification, where one was stored.
    ///
    /// # Errors
    /// `Storage` or `ProfileCorrupt` where it cannot be read.
    pub fn calibration(&self) -> Result<Option<Calibration>> {
        self.setting(CALIBRATION)?.map(|bytes| Calibration::from_bytes(&bytes)).transpose()
    }

    /// Stores the calibration of identification.
    ///
    /// # Errors
    /// `InvalidOption` where it is out of range, `Storage` where it cannot be written.
    pub fn set_calibration(&self, calibration: &Calibration) -> Result<()> {
        calibration.check()?;
        self.set_setting(CALIBRATION, Some(&calibration.to_bytes()))
    }

    /// What the application stored under `name`, where it did.
    ///
    /// # Errors
    /// `InvalidOption` for a bad name; `Storage` or `ProfileCorrupt` where it cannot be read.
    pub fn option(&self, name: &str) -> Result<Option<Vec<u8>>> {
        self.setting(&option_name(name)?)
    }

    /// Stores an option of the application: at most [`LARGEST_OPTION`] bytes under a name of 1 to
    /// [`LONGEST_OPTION`] bytes without control characters; `None` takes it away.
    ///
    /// # Errors
    /// `InvalidOption` where name or value are out of range; `Storage` where it cannot be written.
    pub fn set_option(&self, name: &str, value: Option<&[u8]>) -> Result<()> {
        if let Some(value) = value.filter(|value| value.len() > LARGEST_OPTION) {
            fail!(InvalidOption, "the option {name:?} has {} bytes; {LARGEST_OPTION} at most", value.len());
        }
        self.set_setting(&option_name(name)?, value)
    }

    /// Does `work` with the numbered values of the user `name`, all seen at one moment. `work` calls
    /// nothing else of the store: it would wait for itself.
    ///
    /// # Errors
    /// `UserNotFound`; what `work` gives; `Storage` where the file cannot be read.
    pub fn read_slots<T>(&self, name: &str, work: impl FnOnce(&dyn Slots) -> Result<T>) -> Result<T> {
        let state = self.readable()?;
        let user = state.number(name)?;
        let mut rows = state.database()?.read()?;
        work(&UserSlots { rows: &mut rows, state: &state, user })
    }

    /// Does `work` with the numbered values of the user `name` in one transaction: where it
    /// fails, nothing changes. `work` calls nothing else of the store: it would wait for itself.
    ///
    /// # Errors
    /// `UserNotFound`; what `work` gives; `Storage` where the file cannot be written or the limits
    /// do not allow it.
    pub fn write_slots<T>(&self, name: &str, work: impl FnOnce(&mut dyn SlotsMut) -> Result<T>) -> Result<T> {
        let state = self.writable()?;
        let user = state.number(name)?;
        let most = self.limits.store_bytes;
        state.database()?.write(most, |rows| work(&mut UserSlots { rows, state: &state, user }))
    }

    fn admit(&self, profile: &Profile, slots: &[SlotValue]) -> Result<()> {
        let mut state = self.writable()?;
        let (name, most) = (&profile.name, self.limits.users);
        if state.users.contains_key(name) {
            fail!(InvalidOption, "a user called {name:?} exists already");
        }
        if state.users.len() >= most {
            fail!(Storage, "the store holds {} users; its limit is {most}", state.users.len());
        }
        self.check_embeddings(profile)?;
        let user = state.new_number()?;
        state.database()?.write(self.limits.store_bytes, |rows| {
            state.put(rows, Kind::Profile, user, name.as_bytes(), &profile.to_bytes())?;
            let put =
                |slot: &SlotValue| state.put(rows, Kind::Slot, user, &slot_name(slot.table, slot.slot), &slot.value);
            slots.iter().try_for_each(put)
        })?;
        state.users.insert(name.clone(), user);
        Ok(())
    }

    fn check_embeddings(&self, profile: &Profile) -> Result<()> {
        let (count, most) = (profile.embedding_count(), self.limits.embeddings);
        if count > most {
            fail!(Storage, "{:?} has {count} embeddings; the store's limit is {most}", profile.name);
        }
        Ok(())
    }

    fn setting(&self, name: &[u8]) -> Result<Option<Vec<u8>>> {
        let state = self.readable()?;
        state.get(&state.database()?.read()?, Kind::Setting, NOBODY, name)
    }

    fn set_setting(&self, name: &[u8], value: Option<&[u8]>) -> Result<()> {
        let state = self.writable()?;
        state.database()?.write(self.limits.store_bytes, |rows| match value {
            Some(value) => state.put(rows, Kind::Setting, NOBODY, name, value),
            None => rows.remove(&row(&state.sealing, &place(Kind::Setting, NOBODY), name)),
        })
    }

    /// Lets a fresh file take the old one's place: all of it, sealed anew where `sealing` says how,
    /// but the rows of the user `without`.
    fn rewrite(&self, state: &mut State, sealing: Option<Sealing>, without: Option<u64>) -> Result<()> {
        let old = state.database()?;
        let fresh = write_fresh(self.files.as_ref(), sealing.as_ref().unwrap_or(&state.sealing), |rows| {
            old.read()?.each(&[], |key, sealed| {
                if without.is_some_and(|user| is_of_user(key, user)) {
                    return Ok(());
                }
                let Some(sealing) = &sealing else { return rows.put(key, &sealed) };
                let Record { name, value } = state.open_row(key, &sealed)?;
                let key = row(sealing, &key[..PLACE], &name);
                rows.put(&key, &sealing.seal(&key, &name, &value)?)
            })
        })?;
        replace(self.files.as_ref())?;
        state.database = Some(fresh);
        state.unsettled = true;
        if let Some(sealing) = sealing {
            state.sealing = sealing;
        }
        Ok(())
    }

    /// Sees to it that no crash brings an older file back: what is written next would go with it.
    fn settle(&self, state: &mut State) -> Result<()> {
        if state.unsettled {
            self.files.sync().map_err(|error| {
                let message = format!("a crash may undo the change of {}", self.files.path(FILE).display());
                Error::with_source(ErrorKind::Storage, message, error)
            })?;
            state.unsettled = false;
        }
        Ok(())
    }

    fn readable(&self) -> Result<RwLockReadGuard<'_, State>> {
        let lock = || self.state.read().unwrap_or_else(|poisoned| poisoned.into_inner());
        let state = lock();
        if state.is_sound() {
            return Ok(state);
        }
        drop(state);
        self.write_lock().mend(self.files.as_ref())?;
        Ok(lock())
    }

    fn writable(&self) -> Result<RwLockWriteGuard<'_, State>> {
        let mut state = self.write_lock();
        state.mend(self.files.as_ref())?;
        self.settle(&mut state)?;
        Ok(state)
    }

    fn write_lock(&self) -> RwLockWriteGuard<'_, State> {
        // A panic while the lock was held leaves whole values behind: they are replaced, not edited.
        self.state.write().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Drop for Store {
    /// A closed store that is not large takes no more of the disk than it needs; a large one would
    /// keep the application waiting ([`Store::compact`]).
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(|poisoned| poisoned.into_inner());
        let sound = state.database.as_mut().filter(|database| !database.has_failed() && database.is_small());
        if sound.is_some_and(|database| database.trim().is_err()) {
            log::warn!("a store could not be made smaller while it was closed");
        }
    }
}

impl State {
    fn open(files: &dyn Files, key: Option<&StoreKey>) -> Result<Self> {
        if !files.exists(FILE).map_err(|error| file_error(files, error))? {
            let sealing = Sealing::fresh(key)?;
            return Self::found(files, sealing, |_, _| Ok(BTreeMap::new()));
        }
        let database = open_file(files)?;
        remove_fresh(files)?;
        let place = files.path(FILE);
        let place = place.display();
        match database.schema()? {
            Some(SCHEMA) => {
                let sealing = Sealing::of_file(key, database.check()?.as_deref(), &place.to_string())?;
                let users = users_of(&database, &sealing)?;
                Ok(Self { database: Some(database), sealing, users, unsettled: false })
            }
            Some(1) => {
                let sealing = Sealing::of_file(key, None, &place.to_string())?;
                Self::found(files, sealing, |sealing, rows| migrate_schema1(&database, sealing, rows))
            }
            Some(other) => {
                fail!(ProfileVersion, "{place} has layout {other}; this program reads layouts 1 to {SCHEMA}")
            }
            // What a crash of an older program, or an empty file, left.
            None if database.is_empty()? => {
                let sealing = Sealing::fresh(key)?;
                Self::found(files, sealing, |_, _| Ok(BTreeMap::new()))
            }
            None => fail!(ProfileCorrupt, "{place} is not a store of Mien"),
        }
    }

    /// A new file with what `fill` puts there, in the place of one that may be there.
    fn found(
        files: &dyn Files,
        sealing: Sealing,
        fill: impl FnOnce(&Sealing, &mut Writing<'_, '_>) -> Result<BTreeMap<String, u64>>,
    ) -> Result<Self> {
        let mut users = BTreeMap::new();
        let database = write_fresh(files, &sealing, |rows| {
            users = fill(&sealing, rows)?;
            Ok(())
        })?;
        replace(files)?;
        files.sync().map_err(|error| file_error(files, error))?;
        Ok(Self { database: Some(database), sealing, users, unsettled: false })
    }

    fn is_sound(&self) -> bool {
        self.database.as_ref().is_some_and(|database| !database.has_failed())
    }

    /// Opens the file again where a read or write failed.
    fn mend(&mut self, files: &dyn Files) -> Result<()> {
        if self.is_sound() {
            return Ok(());
        }
        self.database = None;
        let database = open_file(files)?;
        if database.check()? != self.sealing.check() {
            fail!(WrongKey, "{} was exchanged for another: open the store again", files.path(FILE).display());
        }
        self.users = users_of(&database, &self.sealing)?;
        self.database = Some(database);
        Ok(())
    }

    fn database(&self) -> Result<&Database> {
        match &self.database {
            Some(database) => Ok(database),
            None => fail!(Storage, "the store could not be opened again"),
        }
    }

    fn number(&self, name: &str) -> Result<u64> {
        match self.users.get(name) {
            Some(&number) => Ok(number),
            None => fail!(UserNotFound, "no user is called {name:?}"),
        }
    }

    fn new_number(&self) -> Result<u64> {
        new_number(|number| self.users.values().any(|&taken| taken == number))
    }

    fn profile<T: Readable>(&self, rows: &Rows<'_, T>, user: u64) -> Result<Option<Profile>> {
        self.get(rows, Kind::Profile, user, &[])?.map(|bytes| Profile::from_bytes(&bytes)).transpose()
    }

    fn known_profile<T: Readable>(&self, rows: &Rows<'_, T>, name: &str, user: u64) -> Result<Profile> {
        match self.profile(rows, user)? {
            Some(profile) => Ok(profile),
            None => fail!(UserNotFound, "no user is called {name:?}"),
        }
    }

    fn get<T: Readable>(&self, rows: &Rows<'_, T>, kind: Kind, user: u64, name: &[u8]) -> Result<Option<Vec<u8>>> {
        let row = row(&self.sealing, &place(kind, user), name);
        let Some(sealed) = rows.get(&row)? else { return Ok(None) };
        Ok(Some(self.open_row(&row, &sealed)?.value))
    }

    fn open_row(&self, row: &[u8], sealed: &[u8]) -> Result<Record> {
        self.sealing.open(row, sealed).ok_or_else(damaged)
    }

    fn put(&self, rows: &mut Writing<'_, '_>, kind: Kind, user: u64, name: &[u8], value: &[u8]) -> Result<()> {
        put(&self.sealing, rows, &place(kind, user), name, value)
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

/// Kind and owner: what a row's key begins with.
fn place(kind: Kind, user: u64) -> Vec<u8> {
    [&[kind as u8][..], &user.to_be_bytes()].concat()
}

/// The key of the row called `name` at `place`.
fn row(sealing: &Sealing, place: &[u8], name: &[u8]) -> Vec<u8> {
    if place[0] == Kind::Profile as u8 {
        return place.to_vec();
    }
    [place, &sealing.hide(place, name)].concat()
}

fn is_of_user(row: &[u8], user: u64) -> bool {
    row[0] != Kind::Setting as u8 && row[1..PLACE] == user.to_be_bytes()
}

fn put(sealing: &Sealing, rows: &mut Writing<'_, '_>, place: &[u8], name: &[u8], value: &[u8]) -> Result<()> {
    let row = row(sealing, place, name);
    rows.put(&row, &sealing.seal(&row, name, value)?)
}

fn slot_name(table: u8, slot: u64) -> [u8; 9] {
    let mut name = [table; 9];
    name[1..].copy_from_slice(&slot.to_be_bytes());
    name
}

/// What [`slot_name`] named.
fn slot_of(name: &[u8]) -> Option<(u8, u64)> {
    let (table, slot) = name.split_first()?;
    Some((*table, u64::from_be_bytes(slot.try_into().ok()?)))
}

fn option_name(name: &str) -> Result<Vec<u8>> {
    if name.is_empty() || name.len() > LONGEST_OPTION || name.chars().any(char::is_control) {
        fail!(InvalidOption, "the option's name {name:?} is empty, too long or carries a control character");
    }
    Ok([b"option/", name.as_bytes()].concat())
}

/// A random number for a user, not [`NOBODY`] and not taken.
fn new_number(is_taken: impl Fn(u64) -> bool) -> Result<u64> {
    loop {
        let number = u64::from_be_bytes(crypto::random()?);
        if number != NOBODY && !is_taken(number) {
            return Ok(number);
        }
    }
}

/// The number of each user.
fn users_of(database: &Database, sealing: &Sealing) -> Result<BTreeMap<String, u64>> {
    let mut users = BTreeMap::new();
    database.read()?.each(&[Kind::Profile as u8], |row, sealed| {
        let record = sealing.open(row, &sealed).ok_or_else(damaged)?;
        let name = String::from_utf8(record.name).map_err(|_| damaged())?;
        let number = row[1..].try_into().map_err(|_| damaged())?;
        users.insert(name, u64::from_be_bytes(number));
        Ok(())
    })?;
    Ok(users)
}

/// Takes over what a store of schema 1 holds: rows called by name, nothing sealed.
fn migrate_schema1(old: &Database, sealing: &Sealing, rows: &mut Writing<'_, '_>) -> Result<BTreeMap<String, u64>> {
    let database::Schema1 { profiles, calibration } = old.schema1()?;
    let mut users = BTreeMap::new();
    for bytes in profiles {
        let name = Profile::from_bytes(&bytes)?.name;
        let user = new_number(|number| users.values().any(|&taken| taken == number))?;
        put(sealing, rows, &place(Kind::Profile, user), name.as_bytes(), &bytes)?;
        users.insert(name, user);
    }
    if let Some(bytes) = calibration {
        put(sealing, rows, &place(Kind::Setting, NOBODY), CALIBRATION, &bytes)?;
    }
    log::info!("a store of an older layout was brought to today's");
    Ok(users)
}

fn open_file(files: &dyn Files) -> Result<Database> {
    let file = files.open(FILE).map_err(|error| file_error(files, error))?;
    Database::open(file, &files.path(FILE))
}

/// Writes a file beside the store's with what `fill` puts there, and keeps it open, so that it is
/// locked before it takes the store's place. Where anything fails, no file is left.
fn write_fresh(
    files: &dyn Files,
    sealing: &Sealing,
    fill: impl FnOnce(&mut Writing<'_, '_>) -> Result<()>,
) -> Result<Database> {
    remove_fresh(files)?;
    let file = files.create(FRESH).map_err(|error| file_error(files, error))?;
    let filled = Database::open(file, &files.path(FILE)).and_then(|database| {
        database.fill(SCHEMA, sealing.check().as_deref(), fill)?;
        Ok(database)
    });
    if filled.is_err() {
        forget_fresh(files);
    }
    filled
}

/// Gives the fresh file the store's name.
fn replace(files: &dyn Files) -> Result<()> {
    files.rename(FRESH, FILE).map_err(|error| {
        forget_fresh(files);
        file_error(files, error)
    })
}

/// Takes away a file that a crash left.
fn remove_fresh(files: &dyn Files) -> Result<()> {
    let gone = files.exists(FRESH).and_then(|there| if there { files.remove(FRESH) } else { Ok(()) });
    gone.map_err(|error| file_error(files, error))
}

/// Takes away a file that did not take the store's place; a failure is what the caller reports.
fn forget_fresh(files: &dyn Files) {
    if files.remove(FRESH).is_err() {
        log::warn!("a file that was not finished stays until the store is opened again");
    }
}

fn damaged() -> Error {
    Error::new(ErrorKind::ProfileCorrupt, "the store is damaged: a value cannot be opened")
}

fn file_error(files: &dyn Files, error: io::Error) -> Error {
    failure(&files.path(FILE), error)
}
