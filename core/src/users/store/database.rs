//! Rows of bytes in one file, stored with redb. Only this file names redb.
//!
//! A value is split into pieces of one page each, because redb rounds larger rows up to a power of
//! two. Each piece starts with the number of the transaction that wrote it, so that salvage
//! ([`super::salvage`]) can tell the pieces of different versions of a value apart.

use std::fmt::Debug;
use std::io;
use std::ops::Bound;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use redb::{
    BackendError, Builder, DatabaseError, ReadOnlyTable, ReadableDatabase, ReadableTable, StorageBackend, StorageError,
    Table, TableDefinition, TableError, WriteTransaction,
};

use super::digest::Digest;
use super::overlay::{Overlay, PAGE};
use super::rows;
use super::trust::Trust;
use crate::error::{Error, ErrorKind, Result, fail};
use crate::users::crypto::{Sealing, Stamp};
use crate::users::files::{self, StoreFile};

/// Bytes that redb needs in a page with a single row: a header of 4 bytes and the ends of key and
/// value.
const PAGE_HEAD: usize = 12;

/// Bytes of the transaction number at the start of a piece.
pub(super) const EPOCH: usize = 4;

/// Excess bytes that are tolerated without trimming.
const SMALL: u64 = 1 << 20;

/// Maximum size of a file that is checked for damage before it is used, which takes milliseconds; a
/// larger file is checked in the background ([`super::check`]).
const SOON_CHECKED: u64 = 16 << 20;

/// Offset of the flag in redb's header that tells whether the file was closed, and its bit for a
/// file that was not.
const STATE: u64 = 9;
const NOT_CLOSED: u8 = 2;

/// Maximum size of a file that is trimmed quickly.
const SOON_TRIMMED: u64 = 32 << 20;

/// Maximum memory of the page cache.
const CACHE: usize = 16 << 20;

const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");
const CHECK: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("check");
const ROWS: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("rows");

const SCHEMA1_USERS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("users");
const SCHEMA1_CALIBRATION: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("calibration");

/// The content of a store of schema 1.
pub struct Schema1 {
    /// The encoded profiles.
    pub profiles: Vec<Vec<u8>>,
    /// The encoded calibration.
    pub calibration: Option<Vec<u8>>,
}

/// How much of a file is checked for damage when it is opened.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Reading {
    /// The whole file.
    Whole,
    /// No full check: redb may find damage later, or miss it.
    Parts,
}

/// An open file of rows.
pub struct Database {
    /// `None` only during drop.
    inner: Option<redb::Database>,
    file: Arc<dyn StoreFile>,
    path: PathBuf,
    /// Whether the file is opened only for reading.
    is_view: bool,
    /// Whether a read or write failed: redb then refuses all work until the file is reopened.
    failed: AtomicBool,
}

impl Database {
    /// Opens `file`, which is empty or a database; `path` names it in errors. A failed sync makes
    /// the file lose `trust`.
    ///
    /// # Errors
    /// `Storage` if it cannot be used or another process has it open; `ProfileVersion` for another
    /// format; `ProfileCorrupt` if it is not a database.
    pub fn open(file: Arc<dyn StoreFile>, path: &Path, reading: Reading, trust: Arc<Trust>) -> Result<Self> {
        let backend = Backend { file: file.clone(), trust: Some(trust) };
        Self::on(backend, file, path, reading)
    }

    /// Opens `file` for reading. Nothing is written to it: redb's repairs stay in memory.
    ///
    /// # Errors
    /// As in [`Database::open`].
    pub(super) fn view(file: Arc<Overlay>, path: &Path, reading: Reading) -> Result<Self> {
        Self::on(Backend { file: file.clone(), trust: None }, file, path, reading)
    }

    fn on(backend: Backend, file: Arc<dyn StoreFile>, path: &Path, reading: Reading) -> Result<Self> {
        let is_view = backend.trust.is_none();
        let mut builder = Builder::new();
        builder.set_cache_size(CACHE).set_check_integrity_on_open(reading == Reading::Whole);
        let opened = sound(|| builder.create_with_backend(backend).map_err(|error| open_error(path, error)));
        let inner = opened.unwrap_or_else(|Panicked| Err(damaged(path, "its structure does not hold")))?;
        Ok(Self { inner: Some(inner), file, path: path.to_path_buf(), is_view, failed: AtomicBool::new(false) })
    }

    /// Whether a file is small enough to be checked before it is used.
    ///
    /// # Errors
    /// Errors of the system.
    pub(super) fn is_soon_checked(file: &dyn StoreFile) -> io::Result<bool> {
        Ok(file.length()? <= SOON_CHECKED)
    }

    /// Whether the file was not closed by its last user, according to its header.
    ///
    /// # Errors
    /// Errors of the system.
    pub(super) fn was_not_closed(file: &dyn StoreFile) -> io::Result<bool> {
        let mut state = [0];
        match file.read(STATE, &mut state) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(true),
            read => read.map(|()| state[0] & NOT_CLOSED != 0),
        }
    }

    /// Whether the file is opened only for reading.
    pub(super) fn is_view(&self) -> bool {
        self.is_view
    }

    /// Returns the file, for reading in parallel.
    pub(super) fn file(&self) -> Arc<dyn StoreFile> {
        self.file.clone()
    }

    fn inner(&self) -> &redb::Database {
        match &self.inner {
            Some(inner) => inner,
            None => unreachable!("only dropping takes it"),
        }
    }

    /// Runs redb's call `work`; a panic in it is caused by a damaged file.
    fn call<T, E: Into<redb::Error>>(&self, work: impl FnOnce() -> std::result::Result<T, E>) -> Result<T> {
        match sound(work) {
            Ok(outcome) => outcome.map_err(|error| self.error(error)),
            Err(Panicked) => Err(self.broken()),
        }
    }

    fn broken(&self) -> Error {
        self.failed.store(true, Ordering::Relaxed);
        damaged(&self.path, "its structure does not hold")
    }

    /// Whether the file must be reopened before further use.
    pub fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }

    /// Returns the number of the layout; `None` if there is none.
    ///
    /// # Errors
    /// `Storage` if it cannot be read.
    pub fn schema(&self) -> Result<Option<u64>> {
        let transaction = self.call(|| self.inner().begin_read())?;
        self.call(|| {
            let table = match transaction.open_table(META) {
                Err(TableError::TableDoesNotExist(_)) => return Ok(None),
                table => table?,
            };
            Ok::<_, redb::Error>(table.get("schema")?.map(|schema| schema.value()))
        })
    }

    /// Whether the file is empty, without even a layout.
    ///
    /// # Errors
    /// `Storage` if it cannot be read.
    pub fn is_empty(&self) -> Result<bool> {
        let transaction = self.call(|| self.inner().begin_read())?;
        self.call(|| Ok::<_, redb::Error>(transaction.list_tables()?.next().is_none()))
    }

    /// Returns the value that keys are checked against; `None` if the file is not encrypted.
    ///
    /// # Errors
    /// `Storage` if it cannot be read.
    pub fn check(&self) -> Result<Option<Vec<u8>>> {
        let transaction = self.call(|| self.inner().begin_read())?;
        self.call(|| {
            let table = transaction.open_table(CHECK)?;
            Ok::<_, redb::Error>(table.get("key")?.map(|check| check.value().to_vec()))
        })
    }

    /// Reads everything in a file of schema 1.
    ///
    /// # Errors
    /// `Storage` if it cannot be read.
    pub fn schema1(&self) -> Result<Schema1> {
        let transaction = self.call(|| self.inner().begin_read())?;
        self.call(|| {
            let users = transaction.open_table(SCHEMA1_USERS)?;
            let mut profiles = Vec::new();
            for row in users.iter()? {
                profiles.push(row?.1.value().to_vec());
            }
            let calibration = transaction.open_table(SCHEMA1_CALIBRATION)?;
            let calibration = calibration.get("identity")?.map(|bytes| bytes.value().to_vec());
            Ok::<_, redb::Error>(Schema1 { profiles, calibration })
        })
    }

    /// Returns the current rows.
    ///
    /// # Errors
    /// `Storage` if they cannot be read.
    pub fn read(&self) -> Result<Rows<'_, ReadOnlyTable<Bytes, Bytes>>> {
        let transaction = self.call(|| self.inner().begin_read())?;
        let rows = self.call(|| transaction.open_table(ROWS))?;
        Ok(Rows { rows, database: self, pages: 0, digest: Digest::default(), sealing: None, epoch: EPOCH })
    }

    /// Returns the rows of a file of schema 2; its pieces carry no transaction number.
    ///
    /// # Errors
    /// `Storage` if they cannot be read.
    pub fn read_schema2(&self) -> Result<Rows<'_, ReadOnlyTable<Bytes, Bytes>>> {
        Ok(Rows { epoch: 0, ..self.read()? })
    }

    /// Runs `work` in one transaction; if it fails, nothing changes. At most `max_bytes` may be in
    /// use afterwards. The rows' digest is updated.
    ///
    /// # Errors
    /// Errors of `work`; `Storage` if the file cannot be written or would hold too much.
    pub fn write<T>(
        &self,
        max_bytes: u64,
        sealing: &Sealing,
        work: impl FnOnce(&mut Writing<'_, '_>) -> Result<T>,
    ) -> Result<T> {
        self.transact(|transaction, work_panic| self.change(transaction, max_bytes, sealing, work, work_panic))
    }

    /// Creates the tables of a new file and runs `work` in the same transaction. The number of
    /// bytes is unlimited: copied data was allowed before.
    ///
    /// # Errors
    /// As in [`Database::write`].
    pub fn fill(
        &self,
        schema: u64,
        sealing: &Sealing,
        work: impl FnOnce(&mut Writing<'_, '_>) -> Result<()>,
    ) -> Result<()> {
        self.transact(|transaction, work_panic| {
            self.call(|| {
                transaction.open_table(META)?.insert("schema", schema)?;
                let mut table = transaction.open_table(CHECK)?;
                if let Some(check) = sealing.check() {
                    table.insert("key", check.as_slice())?;
                }
                Ok::<_, redb::Error>(())
            })?;
            self.change(transaction, u64::MAX, sealing, work, work_panic)
        })
    }

    /// Runs `work` in one transaction. A panic in the caller's part, which `work` stores in its
    /// second argument, is resumed; any other panic is caused by a damaged file.
    fn transact<T>(&self, work: impl FnOnce(&WriteTransaction, &mut Option<Payload>) -> Result<T>) -> Result<T> {
        let mut work_panic = None;
        let outcome = sound(|| {
            let transaction = self.call(|| self.inner().begin_write())?;
            let outcome = work(&transaction, &mut work_panic)?;
            transaction.commit().map_err(|e| self.error(e))?;
            Ok(outcome)
        });
        if let Some(panic) = work_panic {
            resume_unwind(panic);
        }
        outcome.unwrap_or_else(|Panicked| Err(self.broken()))
    }

    /// Returns excess space to the file system if it is a quarter of the file or more: redb doubles
    /// a full file.
    ///
    /// # Errors
    /// `Storage` if the file cannot be written.
    pub fn trim(&mut self) -> Result<()> {
        let length = self.file.length().map_err(|e| self.error(StorageError::Io(e)))?;
        if self.pages()? * PAGE * 5 / 4 + SMALL < length {
            let compacted = self.inner.as_mut().map(|inner| sound(|| inner.compact()));
            match compacted {
                Some(Ok(outcome)) => drop(outcome.map_err(|e| self.error(e))?),
                _ => return Err(self.broken()),
            }
        }
        Ok(())
    }

    /// Whether [`Database::trim`] is quick.
    pub fn is_small(&self) -> bool {
        self.file.length().is_ok_and(|length| length <= SOON_TRIMMED)
    }

    fn pages(&self) -> Result<u64> {
        let transaction = self.call(|| self.inner().begin_read())?;
        self.call(|| {
            let meta = transaction.open_table(META)?;
            Ok::<_, redb::Error>(meta.get("pages")?.map_or(0, |pages| pages.value()))
        })
    }

    fn change<'d, T>(
        &'d self,
        transaction: &WriteTransaction,
        max_bytes: u64,
        sealing: &'d Sealing,
        work: impl FnOnce(&mut Writing<'_, 'd>) -> Result<T>,
        work_panic: &mut Option<Payload>,
    ) -> Result<T> {
        let mut meta = self.call(|| transaction.open_table(META))?;
        let before = self.call(|| Ok::<_, redb::Error>(meta.get("pages")?.map(|pages| pages.value())))?;
        let rows = self.call(|| transaction.open_table(ROWS))?;
        let mut rows = Rows {
            rows,
            database: self,
            pages: before.unwrap_or(0),
            digest: Digest::default(),
            sealing: Some(sealing),
            epoch: EPOCH,
        };
        // The first transaction of a file finds none.
        if before.is_some() {
            rows.digest = rows.digest(sealing)?;
        }
        rows.digest.epoch += 1;
        let outcome = match catch_unwind(AssertUnwindSafe(|| work(&mut rows))) {
            Ok(outcome) => outcome?,
            Err(panic) => {
                *work_panic = Some(panic);
                fail!(Internal, "a panic goes on");
            }
        };
        let digest = rows.digest.sealed(sealing)?;
        rows.put(&Digest::row(), &digest)?;
        let (pages, before) = (rows.pages, before.unwrap_or(0));
        if pages > before && pages * PAGE > max_bytes {
            let needed = pages * PAGE;
            let say = |name: &str| format!("{name} would hold {needed} bytes; its limit is {max_bytes}");
            return Err(files::error_at(ErrorKind::Storage, &self.path, say));
        }
        self.call(|| meta.insert("pages", pages).map(drop))?;
        Ok(outcome)
    }

    fn error(&self, error: impl Into<redb::Error>) -> Error {
        let error = error.into();
        // Some failures leave redb working; reopening the file once too often is harmless.
        self.failed.store(true, Ordering::Relaxed);
        match error {
            redb::Error::Io(cause) if cause.kind() == io::ErrorKind::UnexpectedEof => damaged(&self.path, CUT),
            redb::Error::Io(cause) => files::failure(&self.path, cause),
            redb::Error::Corrupted(what) => damaged(&self.path, &what),
            other => files::caused_at(ErrorKind::Storage, &self.path, other, |name| format!("cannot use {name}")),
        }
    }
}

/// Simulates what a disk or another program does to a file.
#[cfg(test)]
impl Database {
    /// Returns all pieces of rows, by key.
    pub fn pieces(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let transaction = self.inner().begin_read().unwrap();
        let Ok(rows) = transaction.open_table(ROWS) else { return Vec::new() };
        let piece = |row: std::result::Result<(redb::AccessGuard<'_, Bytes>, redb::AccessGuard<'_, Bytes>), _>| {
            let (key, piece) = row.unwrap();
            (key.value().to_vec(), piece.value().to_vec())
        };
        rows.iter().unwrap().map(piece).collect()
    }

    /// Sets or removes a piece.
    pub fn set_piece(&self, key: &[u8], piece: Option<&[u8]>) {
        let transaction = self.inner().begin_write().unwrap();
        {
            let mut rows = transaction.open_table(ROWS).unwrap();
            match piece {
                Some(piece) => drop(rows.insert(key, piece).unwrap()),
                None => drop(rows.remove(key).unwrap()),
            }
        }
        transaction.commit().unwrap();
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let inner = self.inner.take();
        // redb reads parts of the file when it closes it.
        if sound(|| drop(inner)).is_err() {
            log::warn!("a damaged store could not be closed");
        }
    }
}

/// The payload of a panic.
type Payload = Box<dyn std::any::Any + Send>;

/// redb panicked, which can happen with a damaged file that was not checked when it was opened.
struct Panicked;

/// Runs redb's `work` and catches a panic in it. The state it leaves is not used again: the file is
/// reopened.
fn sound<T>(work: impl FnOnce() -> T) -> std::result::Result<T, Panicked> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| Panicked)
}

/// For a file that ends too early.
const CUT: &str = "it was cut off";

fn damaged(path: &Path, what: &str) -> Error {
    files::error_at(ErrorKind::ProfileCorrupt, path, |name| format!("{name} is damaged: {what}"))
}

type Bytes = &'static [u8];

/// A readable table.
pub trait Readable: ReadableTable<Bytes, Bytes> {}

impl<T: ReadableTable<Bytes, Bytes>> Readable for T {}

/// The rows within a transaction.
pub struct Rows<'d, T> {
    rows: T,
    database: &'d Database,
    /// Number of pieces.
    pages: u64,
    /// The digest of the rows; updated by writing transactions.
    digest: Digest,
    /// The sealing of the rows, in writing transactions.
    sealing: Option<&'d Sealing>,
    /// Bytes of the transaction number at the start of a piece.
    epoch: usize,
}

/// A row while its pieces are joined.
struct Joined {
    key: Vec<u8>,
    epoch: Vec<u8>,
    value: Vec<u8>,
    /// The number of the next piece.
    next: u16,
}

/// The rows within a writing transaction.
pub type Writing<'t, 'd> = Rows<'d, Table<'t, Bytes, Bytes>>;

impl<T: Readable> Rows<'_, T> {
    /// Returns the value of the row `key`.
    ///
    /// # Errors
    /// `Storage` if it cannot be read, `ProfileCorrupt` if a piece is missing.
    pub fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        let mut found = None;
        self.each_between(&piece_key(key, 0), &piece_key(key, u16::MAX), |_, value| {
            found = Some(value);
            Ok(())
        })?;
        Ok(found)
    }

    /// Calls `work` with key and value of each row with a key that starts with `prefix`, ordered by
    /// key.
    ///
    /// # Errors
    /// As in [`Rows::get`]; errors of `work`.
    pub fn each(&self, prefix: &[u8], work: impl FnMut(&[u8], Vec<u8>) -> Result<()>) -> Result<()> {
        // Keys are shorter than this, so the range covers every key with the prefix.
        self.each_between(prefix, &[prefix, &[u8::MAX; 128]].concat(), work)
    }

    /// Returns the stored digest of the rows.
    ///
    /// # Errors
    /// `ProfileCorrupt` if it is missing or damaged, `Storage` if it cannot be read.
    pub fn digest(&self, sealing: &Sealing) -> Result<Digest> {
        let sealed = self.get(&Digest::row())?.ok_or_else(rows::damaged)?;
        Digest::of_record(&rows::open(sealing, &Digest::row(), &sealed)?)
    }

    fn each_between(
        &self,
        first: &[u8],
        last: &[u8],
        mut work: impl FnMut(&[u8], Vec<u8>) -> Result<()>,
    ) -> Result<()> {
        let database = self.database;
        let bounds = (Bound::Included(first), Bound::Included(last));
        let mut range = database.call(|| self.rows.range::<&[u8]>(bounds))?;
        let mut current: Option<Joined> = None;
        // Keys and values are copied within the call, because redb can read only there.
        while let Some((key, piece)) = database.call(|| {
            let row = range.next().transpose()?;
            Ok::<_, StorageError>(row.map(|(key, piece)| (key.value().to_vec(), piece.value().to_vec())))
        })? {
            let Some((key, number)) = key.split_last_chunk() else { return Err(self.torn()) };
            let number = u16::from_be_bytes(*number);
            let Some((epoch, part)) = piece.split_at_checked(self.epoch) else { return Err(self.torn()) };
            match &mut current {
                Some(row) if row.key == key && row.next == number && row.epoch == epoch => {
                    row.value.extend_from_slice(part);
                    row.next += 1;
                }
                _ if number != 0 => return Err(self.torn()),
                _ => {
                    let next = Joined { key: key.to_vec(), epoch: epoch.to_vec(), value: part.to_vec(), next: 1 };
                    if let Some(row) = current.replace(next) {
                        work(&row.key, row.value)?;
                    }
                }
            }
        }
        current.map_or(Ok(()), |row| work(&row.key, row.value))
    }

    fn torn(&self) -> Error {
        damaged(&self.database.path, "a row is torn")
    }
}

impl Writing<'_, '_> {
    /// Sets the value of the row `key`.
    ///
    /// # Errors
    /// `Storage` if it cannot be written or is too large (250 MB).
    pub fn put(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        let database = self.database;
        let piece_bytes = PAGE as usize - PAGE_HEAD - EPOCH - piece_key(key, 0).len();
        // The lowest 32 bits are enough to tell versions apart.
        let epoch = (self.digest.epoch as u32).to_le_bytes();
        if value.len() > piece_bytes * usize::from(u16::MAX) {
            fail!(Storage, "a value of {} bytes is too large for the store", value.len());
        }
        let (mut next, mut old) = (0, Pieces::default());
        for piece in value.chunks(piece_bytes) {
            let (key, piece) = (piece_key(key, next), [&epoch[..], piece].concat());
            let replaced = database.call(|| {
                let replaced = self.rows.insert(key.as_slice(), piece.as_slice())?;
                Ok::<_, StorageError>(replaced.map(|piece| old.push(piece.value())))
            })?;
            self.pages += u64::from(replaced.is_none());
            next += 1;
        }
        self.cut(key, next, old, Some(Stamp::of(value)))
    }

    /// Removes the row `key`, if there is one.
    ///
    /// # Errors
    /// `Storage` if it cannot be written.
    pub fn remove(&mut self, key: &[u8]) -> Result<()> {
        self.cut(key, 0, Pieces::default(), None)
    }

    /// Removes the pieces of `key` from `first` on, appends them to the `old` ones, and updates the
    /// digest.
    fn cut(&mut self, key: &[u8], first: u16, mut old: Pieces, new: Option<Stamp>) -> Result<()> {
        let database = self.database;
        for number in first..=u16::MAX {
            let key = piece_key(key, number);
            let removed = database.call(|| {
                let removed = self.rows.remove(key.as_slice())?;
                Ok::<_, StorageError>(removed.map(|piece| old.push(piece.value())))
            })?;
            if removed.is_none() {
                break;
            }
            self.pages -= 1;
        }
        if let Some(sealing) = self.sealing {
            self.digest.change(sealing, key, old.stamp(), new);
        }
        Ok(())
    }
}

/// Length and end of a value that comes in pieces.
#[derive(Default)]
struct Pieces {
    count: usize,
    length: u64,
    end: Vec<u8>,
}

impl Pieces {
    fn push(&mut self, piece: &[u8]) {
        let piece = piece.get(EPOCH..).unwrap_or_default();
        self.count += 1;
        self.length += piece.len() as u64;
        self.end.extend_from_slice(piece);
        // More than a stamp reads.
        let rest = self.end.len().saturating_sub(64);
        self.end.drain(..rest);
    }

    fn stamp(&self) -> Option<Stamp> {
        (self.count > 0).then(|| Stamp::new(self.length, &self.end))
    }
}

fn piece_key(key: &[u8], number: u16) -> Vec<u8> {
    [key, &number.to_be_bytes()].concat()
}

fn open_error(file: &Path, error: DatabaseError) -> Error {
    match error {
        DatabaseError::DatabaseAlreadyOpen => {
            files::error_at(ErrorKind::Storage, file, |name| format!("{name} is in use by another process or session"))
        }
        DatabaseError::UpgradeRequired(version) => {
            files::error_at(ErrorKind::ProfileVersion, file, |name| format!("{name} has the old file format {version}"))
        }
        DatabaseError::Storage(StorageError::Corrupted(what)) => damaged(file, &what),
        DatabaseError::Storage(StorageError::Io(error)) if error.kind() == io::ErrorKind::InvalidData => {
            files::caused_at(ErrorKind::ProfileCorrupt, file, error, |name| format!("{name} is not a store of Mien"))
        }
        DatabaseError::Storage(StorageError::Io(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
            damaged(file, CUT)
        }
        DatabaseError::Storage(StorageError::Io(error)) => files::failure(file, error),
        other => files::caused_at(ErrorKind::Storage, file, other, |name| format!("cannot open {name}")),
    }
}

/// A file as a backend of redb.
#[derive(Debug)]
struct Backend {
    file: Arc<dyn StoreFile>,
    /// Lost by a failed sync; `None` for a file that is not written.
    trust: Option<Arc<Trust>>,
}

impl Backend {
    /// Refuses all writes to an untrusted file, even the flag that it was closed.
    fn check_trust(&self) -> io::Result<()> {
        let refusal = self.trust.as_ref().and_then(|trust| trust.refusal());
        refusal.map_or(Ok(()), |reason| Err(io::Error::other(reason)))
    }
}

impl StorageBackend for Backend {
    fn len(&self) -> io::Result<u64> {
        self.file.length()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file.read(offset, out)
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.check_trust()?;
        self.file.set_length(length)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.check_trust()?;
        self.file.sync().inspect_err(|_| {
            if let Some(trust) = &self.trust {
                trust.lose();
            }
        })
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.check_trust()?;
        self.file.write(offset, data)
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> std::result::Result<bool, BackendError> {
        let whole = matches!(start, Bound::Unbounded | Bound::Included(0)) && end == Bound::Unbounded;
        if whole { self.file.try_lock().map_err(BackendError::Io) } else { Err(BackendError::Unsupported) }
    }

    fn unlock_range(&self, _: Bound<u64>, _: Bound<u64>) -> std::result::Result<(), BackendError> {
        // The lock is released with the file, which is dropped next.
        Ok(())
    }
}
