//! Opening, creating and repairing a store's file.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use super::check::{self, Check};
use super::database::{self, Database, Readable, Reading, Rows, Writing};
use super::overlay::Overlay;
use super::rows::{self, Kind, NOBODY, damaged, place};
use super::trust::{MARK, Trust};
use super::values;
use super::{CALIBRATION, DAMAGED, FILE, FRESH, SCHEMA};
use crate::error::{Error, ErrorKind, Result, fail};
use crate::users::crypto::{self, PLACE, Schema2, Sealing, StoreKey};
use crate::users::files::{Files, StoreFile, caused_at, error_at, failure};
use crate::users::profile::Profile;

/// An open store.
pub(super) struct State {
    /// `None` only if the file could not be reopened.
    pub database: Option<Database>,
    /// Whether `database` is read-only: an untrusted file must not be written.
    pub is_view: bool,
    pub sealing: Arc<Sealing>,
    /// The number of each user.
    pub users: BTreeMap<String, u64>,
    /// The check of a large file.
    pub check: Option<Check>,
    pub trust: Arc<Trust>,
}

impl Drop for State {
    fn drop(&mut self) {
        // The check reads the file that is dropped next. An unchecked file must stay unchanged, and
        // closing would write to it.
        if self.check.take().is_some_and(|check| !check.has_passed()) {
            self.trust.freeze();
        }
        self.trust.mark();
    }
}

impl State {
    /// Opens the store in `files`, or creates one.
    ///
    /// # Errors
    /// As in [`super::Store::open_with`].
    pub fn open(files: &Arc<dyn Files>, key: Option<&StoreKey>) -> Result<Self> {
        let there = |name: &str| files.exists(name).map_err(|error| file_error(files.as_ref(), error));
        if !there(FILE)? {
            // A salvage was interrupted between two renames: the damaged file must not be ignored.
            if there(DAMAGED)? {
                let say = |name: &str| format!("{name} waits to be salvaged");
                return Err(error_at(ErrorKind::ProfileCorrupt, &files.path(DAMAGED), say));
            }
            let state = Self::found(files, Sealing::fresh(key)?, |_, _| Ok(BTreeMap::new()))?;
            remove_mark(files.as_ref())?;
            return Ok(state);
        }
        let file = open_file(files.as_ref())?;
        remove_leftovers(files.as_ref())?;
        let io_error = |error| file_error(files.as_ref(), error);
        if file.length().map_err(io_error)? == 0 {
            return Err(emptied(files.as_ref()));
        }
        let is_small = Database::is_soon_checked(file.as_ref()).map_err(io_error)?;
        if there(MARK)? {
            return Self::take_over(files, file, key, true);
        }
        // A killed process may have met a failed sync without leaving the mark.
        if is_small && Database::was_not_closed(file.as_ref()).map_err(io_error)? {
            return Self::take_over(files, file, key, false);
        }
        let trust = Trust::new(files.clone(), true);
        let reading = if is_small { Reading::Whole } else { Reading::Parts };
        let database = Database::open(file, &files.path(FILE), reading, trust.clone())?;
        Self::with(files, database, key, trust, reading)
    }

    /// Copies the rows of a file that may differ from the disk to a new file. If there is no room
    /// for it, a file that must not be trusted is opened read-only; any other is used as it is.
    fn take_over(files: &Arc<dyn Files>, file: Arc<dyn StoreFile>, key: Option<&StoreKey>, must: bool) -> Result<Self> {
        let trust = Trust::new(files.clone(), true);
        let mut state = Self::with(files, view_of(files.as_ref(), file)?, key, trust.clone(), Reading::Whole)?;
        if state.is_view && state.renew(files, None).is_err() {
            // If the folder of a new file could not be synced, trust is already lost.
            if must || state.trust.is_lost() {
                state.trust.lose();
                log::warn!("a store is only read until its rows can be copied into a fresh file");
                return Ok(state);
            }
            drop(state);
            let database =
                Database::open(open_file(files.as_ref())?, &files.path(FILE), Reading::Whole, trust.clone())?;
            return Self::with(files, database, key, trust, Reading::Whole);
        }
        remove_mark(files.as_ref())?;
        Ok(state)
    }

    /// Creates the state for an open file, migrated to the current layout.
    fn with(
        files: &Arc<dyn Files>,
        database: Database,
        key: Option<&StoreKey>,
        trust: Arc<Trust>,
        reading: Reading,
    ) -> Result<Self> {
        let place = files.path(FILE);
        match database.schema()? {
            Some(SCHEMA) => {
                let sealing = Arc::new(Sealing::of_file(key, database.check()?.as_deref(), &place)?);
                let users = users_of(&database, &sealing, reading)?;
                let check = (reading == Reading::Parts)
                    .then(|| Check::begin(database.file(), files.path(FILE), sealing.clone(), trust.clone()));
                let is_view = database.is_view();
                Ok(Self { database: Some(database), is_view, sealing, users, check, trust })
            }
            Some(2) => {
                let old = Schema2::of_file(key, database.check()?.as_deref(), &place)?;
                Self::found(files, Sealing::fresh(key)?, |sealing, rows| {
                    migrate_schema2(&database, &old, sealing, rows)
                })
            }
            Some(1) => {
                let sealing = Sealing::of_file(key, None, &place)?;
                Self::found(files, sealing, |sealing, rows| migrate_schema1(&database, sealing, rows))
            }
            Some(other) => {
                let say = |name: &str| format!("{name} has layout {other}; this program reads layouts 1 to {SCHEMA}");
                Err(error_at(ErrorKind::ProfileVersion, &place, say))
            }
            None if database.is_empty()? => Err(emptied(files.as_ref())),
            None => Err(error_at(ErrorKind::ProfileCorrupt, &place, |name| format!("{name} is not a store of Mien"))),
        }
    }

    /// Creates a new file with the rows of `fill`; it replaces an existing file.
    pub fn found(
        files: &Arc<dyn Files>,
        sealing: Sealing,
        fill: impl FnOnce(&Sealing, &mut Writing<'_, '_>) -> Result<BTreeMap<String, u64>>,
    ) -> Result<Self> {
        let mut users = BTreeMap::new();
        let (database, trust) = write_fresh(files, &sealing, |rows| {
            users = fill(&sealing, rows)?;
            Ok(())
        })?;
        replace(files.as_ref(), &trust)?;
        let state =
            Self { database: Some(database), is_view: false, sealing: Arc::new(sealing), users, check: None, trust };
        state.settle(files.as_ref())?;
        Ok(state)
    }

    /// Whether the file can be written.
    pub fn is_sound(&self) -> bool {
        self.is_readable() && !self.is_view && !self.trust.is_lost()
    }

    /// Whether the file can be read, and is either trusted or known to be read-only.
    pub fn is_readable(&self) -> bool {
        let works = self.database.as_ref().is_some_and(|database| !database.has_failed());
        works && (self.is_view || !self.trust.is_lost())
    }

    /// Recovers from a failed read, write or sync: reopens the file and, after a failed sync,
    /// copies all rows to a new file. If there is no room for that, existing data can still be
    /// read.
    ///
    /// # Errors
    /// As in [`State::open`]; for writing, also `Storage` if the rows cannot be copied.
    pub fn mend(&mut self, files: &Arc<dyn Files>, to_write: bool) -> Result<()> {
        if self.is_sound() || (!to_write && self.is_readable()) {
            return Ok(());
        }
        if !self.is_readable() {
            self.open_again(files)?;
        }
        if self.is_view {
            let renewed = self.renew(files, None).and_then(|()| remove_mark(files.as_ref()));
            match renewed {
                Err(error) if to_write => return Err(error),
                Err(_) => log::warn!("a store is only read until its rows can be copied into a fresh file"),
                Ok(()) => {}
            }
        }
        Ok(())
    }

    fn open_again(&mut self, files: &Arc<dyn Files>) -> Result<()> {
        if self.check.take().is_some_and(|check| !check.has_passed()) {
            self.trust.freeze();
        }
        self.database = None;
        if !self.trust.is_lost() {
            // The whole file is checked now, so nothing is frozen.
            self.trust = Trust::new(files.clone(), true);
            let opened =
                Database::open(open_file(files.as_ref())?, &files.path(FILE), Reading::Whole, self.trust.clone());
            match opened {
                // A sync failed while the file was opened, so it lost its trust.
                Err(_) if self.trust.is_lost() => {}
                opened => return self.go_on_with(files.as_ref(), opened?),
            }
        }
        self.trust.mark();
        let view = view_of(files.as_ref(), open_file(files.as_ref())?)?;
        self.go_on_with(files.as_ref(), view)
    }

    fn go_on_with(&mut self, files: &dyn Files, database: Database) -> Result<()> {
        if database.check()? != self.sealing.check() {
            let say = |name: &str| format!("{name} was exchanged for another: open the store again");
            return Err(error_at(ErrorKind::WrongKey, &files.path(FILE), say));
        }
        self.users = users_of(&database, &self.sealing, Reading::Whole)?;
        self.is_view = database.is_view();
        self.database = Some(database);
        Ok(())
    }

    /// Copies all rows to a new file that replaces this one, sealed with `sealing` or else under
    /// the same key again.
    ///
    /// # Errors
    /// `ProfileCorrupt` if a value cannot be opened; `Storage` if the file cannot be written.
    pub fn renew(&mut self, files: &Arc<dyn Files>, sealing: Option<Sealing>) -> Result<()> {
        self.rewrite(files, sealing, None)?;
        self.settle(files.as_ref())
    }

    /// Like [`State::renew`], without the rows of the user `without`, and without syncing the
    /// rename ([`State::settle`]).
    ///
    /// # Errors
    /// As in [`State::renew`].
    pub fn rewrite(&mut self, files: &Arc<dyn Files>, sealing: Option<Sealing>, without: Option<u64>) -> Result<()> {
        // With a new salt, no row of the old file can be opened in the new one.
        let sealing = sealing.map_or_else(|| self.sealing.renewed(), Ok)?;
        let old = self.database()?;
        let (fresh, trust) = write_fresh(files, &sealing, |rows| {
            old.read()?.each(&[], |row, sealed| {
                if rows::is_own(row) || without.is_some_and(|user| rows::is_of_user(row, user)) {
                    return Ok(());
                }
                let record = rows::open(&self.sealing, row, &sealed)?;
                values::put(&sealing, rows, &row[..PLACE], &record.name, &record.value)
            })
        })?;
        replace(files.as_ref(), &trust)?;
        self.database = Some(fresh);
        (self.is_view, self.sealing, self.trust) = (false, Arc::new(sealing), trust);
        Ok(())
    }

    /// Syncs the rename so that a crash cannot restore the old file, which would lose later writes.
    ///
    /// # Errors
    /// `Storage` if the folder cannot be synced; nothing is written to the file after that.
    pub fn settle(&self, files: &dyn Files) -> Result<()> {
        settle(files, &self.trust)
    }

    pub fn database(&self) -> Result<&Database> {
        match &self.database {
            Some(database) => Ok(database),
            None => fail!(Storage, "the store could not be opened again"),
        }
    }

    pub fn number(&self, name: &str) -> Result<u64> {
        match self.users.get(name) {
            Some(&number) => Ok(number),
            None => fail!(UserNotFound, "no user has this name"; "no user is called {name:?}"),
        }
    }

    pub fn new_number(&self) -> Result<u64> {
        new_number(|number| self.users.values().any(|&taken| taken == number))
    }

    pub fn profile<T: Readable>(&self, rows: &Rows<'_, T>, user: u64) -> Result<Option<Profile>> {
        self.get(rows, Kind::Profile, user, &[])?.map(|bytes| Profile::from_bytes(&bytes)).transpose()
    }

    pub fn known_profile<T: Readable>(&self, rows: &Rows<'_, T>, name: &str, user: u64) -> Result<Profile> {
        match self.profile(rows, user)? {
            Some(profile) => Ok(profile),
            None => fail!(UserNotFound, "no user has this name"; "no user is called {name:?}"),
        }
    }

    pub fn get<T: Readable>(&self, rows: &Rows<'_, T>, kind: Kind, user: u64, name: &[u8]) -> Result<Option<Vec<u8>>> {
        values::get(&self.sealing, rows, &place(kind, user), name)
    }

    pub fn put(&self, rows: &mut Writing<'_, '_>, kind: Kind, user: u64, name: &[u8], value: &[u8]) -> Result<()> {
        values::put(&self.sealing, rows, &place(kind, user), name, value)
    }
}

/// Returns a random number for a user, other than [`NOBODY`] and not taken.
pub(super) fn new_number(is_taken: impl Fn(u64) -> bool) -> Result<u64> {
    loop {
        let number = u64::from_be_bytes(crypto::random()?);
        if number != NOBODY && !is_taken(number) {
            return Ok(number);
        }
    }
}

/// Returns the number of each user, after checking the rows as `reading` says.
fn users_of(database: &Database, sealing: &Sealing, reading: Reading) -> Result<BTreeMap<String, u64>> {
    let rows = database.read()?;
    let mut users = BTreeMap::new();
    check::check_people(sealing, &rows, |row, sealed| {
        let record = rows::open(sealing, row, sealed)?;
        if row[0] == Kind::Profile as u8 {
            let name = String::from_utf8(record.name).map_err(|_| damaged())?;
            users.insert(name, rows::owner(row).ok_or_else(damaged)?);
        }
        Ok(())
    })?;
    if reading == Reading::Whole {
        check::check_all(sealing, &rows)?;
    }
    Ok(users)
}

/// Migrates a store of schema 2: the same rows, but sealed differently and without a digest.
fn migrate_schema2(
    old: &Database,
    opener: &Schema2,
    sealing: &Sealing,
    rows: &mut Writing<'_, '_>,
) -> Result<BTreeMap<String, u64>> {
    let mut users = BTreeMap::new();
    old.read_schema2()?.each(&[], |row, sealed| {
        let record = opener.open(row, &sealed).ok_or_else(damaged)?;
        let place = row.get(..PLACE).ok_or_else(damaged)?;
        if place[0] == Kind::Profile as u8 {
            let name = String::from_utf8(record.name.clone()).map_err(|_| damaged())?;
            users.insert(name, rows::owner(row).ok_or_else(damaged)?);
        }
        values::put(sealing, rows, place, &record.name, &record.value)
    })?;
    log::info!("a store of an older layout was brought to today's");
    Ok(users)
}

/// Migrates a store of schema 1: rows keyed by name, nothing sealed.
fn migrate_schema1(old: &Database, sealing: &Sealing, rows: &mut Writing<'_, '_>) -> Result<BTreeMap<String, u64>> {
    let database::Schema1 { profiles, calibration } = old.schema1()?;
    let mut users = BTreeMap::new();
    for bytes in profiles {
        let name = Profile::from_bytes(&bytes)?.name;
        let user = new_number(|number| users.values().any(|&taken| taken == number))?;
        values::put(sealing, rows, &place(Kind::Profile, user), name.as_bytes(), &bytes)?;
        users.insert(name, user);
    }
    if let Some(bytes) = calibration {
        values::put(sealing, rows, &place(Kind::Setting, NOBODY), CALIBRATION, &bytes)?;
    }
    log::info!("a store of an older layout was brought to today's");
    Ok(users)
}

pub(super) fn open_file(files: &dyn Files) -> Result<Arc<dyn StoreFile>> {
    files.open(FILE).map(Arc::from).map_err(|error| file_error(files, error))
}

/// Opens the store's file read-only and checks all of it.
pub(super) fn view_of(files: &dyn Files, file: Arc<dyn StoreFile>) -> Result<Database> {
    let overlay = Overlay::new(file).map_err(|error| file_error(files, error))?;
    Database::view(Arc::new(overlay), &files.path(FILE), Reading::Whole)
}

/// Writes a new file beside the store's with the rows of `fill`. It stays open, so that it is
/// locked before it replaces the store. If anything fails, the file is removed.
pub(super) fn write_fresh(
    files: &Arc<dyn Files>,
    sealing: &Sealing,
    fill: impl FnOnce(&mut Writing<'_, '_>) -> Result<()>,
) -> Result<(Database, Arc<Trust>)> {
    remove_leftovers(files.as_ref())?;
    let trust = Trust::new(files.clone(), false);
    let file = files.create(FRESH).map_err(|error| file_error(files.as_ref(), error))?;
    let opened = Database::open(Arc::from(file), &files.path(FILE), Reading::Parts, trust.clone());
    let filled = opened.and_then(|database| {
        database.fill(SCHEMA, sealing, |rows| {
            if let Some(check) = sealing.check() {
                rows.put(&place(Kind::Check, NOBODY), &check)?;
            }
            fill(rows)
        })?;
        Ok((database, trust))
    });
    if filled.is_err() {
        forget_fresh(files.as_ref());
    }
    filled
}

/// Renames the new file to the store's name.
pub(super) fn replace(files: &dyn Files, trust: &Trust) -> Result<()> {
    files.rename(FRESH, FILE).map_err(|error| {
        forget_fresh(files);
        file_error(files, error)
    })?;
    trust.becomes_store();
    Ok(())
}

/// Syncs the folder after [`replace`]; a failure loses `trust`.
pub(super) fn settle(files: &dyn Files, trust: &Trust) -> Result<()> {
    files.sync().map_err(|error| {
        trust.lose();
        let say = |name: &str| format!("a crash may undo the change of {name}");
        caused_at(ErrorKind::Storage, &files.path(FILE), error, say)
    })
}

/// Removes a file that a crash left.
fn remove_leftovers(files: &dyn Files) -> Result<()> {
    remove_if_there(files, FRESH)
}

/// Removes the mark of a failed sync: all rows are in a new file.
pub(super) fn remove_mark(files: &dyn Files) -> Result<()> {
    remove_if_there(files, MARK)
}

fn remove_if_there(files: &dyn Files, name: &str) -> Result<()> {
    let gone = files.exists(name).and_then(|there| if there { files.remove(name) } else { Ok(()) });
    gone.map_err(|error| file_error(files, error))
}

/// Removes a file that did not replace the store; the caller reports the original failure.
fn forget_fresh(files: &dyn Files) {
    if files.remove(FRESH).is_err() {
        log::warn!("a file that was not finished stays until the store is opened again");
    }
}

fn emptied(files: &dyn Files) -> Error {
    let say = |name: &str| format!("{name} is empty: what it held is gone (a store is never empty)");
    error_at(ErrorKind::ProfileCorrupt, &files.path(FILE), say)
}

pub(super) fn file_error(files: &dyn Files, error: io::Error) -> Error {
    failure(&files.path(FILE), error)
}
