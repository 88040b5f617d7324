//! Rows of bytes in one file, by redb. This is the only file that names redb.
//!
//! A value lies in pieces that fill a page each: redb rounds a larger row up to a power of two.

use std::fmt::Debug;
use std::io;
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use redb::{
    BackendError, Builder, DatabaseError, ReadOnlyTable, ReadableDatabase, ReadableTable, StorageBackend, StorageError,
    Table, TableDefinition, TableError, WriteTransaction,
};

use crate::error::{Error, ErrorKind, Result, fail};
use crate::users::files::{self, StoreFile};

/// Bytes that a piece takes in the file.
pub const PAGE: u64 = 4096;

/// What redb needs of a page for itself where one row fills it: a head of 4 bytes and the ends of
/// key and value.
const PAGE_HEAD: usize = 12;

/// Bytes that a file may have too many without being trimmed.
const SMALL: u64 = 1 << 20;

/// Bytes of a file that is read through for damage whenever it is opened, which takes milliseconds.
/// In a larger one a damaged value is told when it is read, but a row could be lost unseen.
const SOON_CHECKED: u64 = 16 << 20;

/// Bytes of a file that is trimmed within a moment.
const SOON_TRIMMED: u64 = 32 << 20;

/// The most memory that pages take.
const CACHE: usize = 16 << 20;

const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");
const CHECK: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("check");
const ROWS: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("rows");

const SCHEMA1_USERS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("users");
const SCHEMA1_CALIBRATION: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("calibration");

/// What a store of schema 1 holds.
pub struct Schema1 {
    /// The profiles as bytes.
    pub profiles: Vec<Vec<u8>>,
    /// The calibration as bytes.
    pub calibration: Option<Vec<u8>>,
}

/// An open file of rows.
pub struct Database {
    inner: redb::Database,
    file: Arc<dyn StoreFile>,
    path: PathBuf,
    /// Whether a read or write failed: redb refuses all work then until the file is opened again.
    failed: AtomicBool,
}

impl Database {
    /// Opens `file`, which is empty or a database; `path` names it in errors.
    ///
    /// # Errors
    /// `Storage` where it cannot be used or another process has it open; `ProfileVersion` for
    /// another format; `ProfileCorrupt` where it is no database.
    pub fn open(file: Box<dyn StoreFile>, path: &Path) -> Result<Self> {
        let file: Arc<dyn StoreFile> = file.into();
        let length = file.length().map_err(|error| open_error(path, StorageError::Io(error).into()))?;
        let opened = Builder::new()
            .set_cache_size(CACHE)
            .set_check_integrity_on_open(length <= SOON_CHECKED)
            .create_with_backend(Backend(file.clone()));
        let inner = opened.map_err(|error| open_error(path, error))?;
        Ok(Self { inner, file, path: path.to_path_buf(), failed: AtomicBool::new(false) })
    }

    /// Whether the file must be opened again before anything else.
    pub fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }

    /// The number of the layout; `None` where there is none.
    ///
    /// # Errors
    /// `Storage` where it cannot be read.
    pub fn schema(&self) -> Result<Option<u64>> {
        let transaction = self.inner.begin_read().map_err(|e| self.error(e))?;
        let table = match transaction.open_table(META) {
            Err(TableError::TableDoesNotExist(_)) => return Ok(None),
            table => table.map_err(|e| self.error(e))?,
        };
        Ok(table.get("schema").map_err(|e| self.error(e))?.map(|schema| schema.value()))
    }

    /// Whether there is nothing in the file, not even a layout.
    ///
    /// # Errors
    /// `Storage` where it cannot be read.
    pub fn is_empty(&self) -> Result<bool> {
        let transaction = self.inner.begin_read().map_err(|e| self.error(e))?;
        let mut tables = transaction.list_tables().map_err(|e| self.error(e))?;
        Ok(tables.next().is_none())
    }

    /// What the key is checked by; `None` where the file is not encrypted.
    ///
    /// # Errors
    /// `Storage` where it cannot be read.
    pub fn check(&self) -> Result<Option<Vec<u8>>> {
        let transaction = self.inner.begin_read().map_err(|e| self.error(e))?;
        let table = transaction.open_table(CHECK).map_err(|e| self.error(e))?;
        Ok(table.get("key").map_err(|e| self.error(e))?.map(|check| check.value().to_vec()))
    }

    /// Everything in a file of schema 1.
    ///
    /// # Errors
    /// `Storage` where it cannot be read.
    pub fn schema1(&self) -> Result<Schema1> {
        let transaction = self.inner.begin_read().map_err(|e| self.error(e))?;
        let users = transaction.open_table(SCHEMA1_USERS).map_err(|e| self.error(e))?;
        let mut profiles = Vec::new();
        for row in users.iter().map_err(|e| self.error(e))? {
            profiles.push(row.map_err(|e| self.error(e))?.1.value().to_vec());
        }
        let calibration = transaction.open_table(SCHEMA1_CALIBRATION).map_err(|e| self.error(e))?;
        let calibration = calibration.get("identity").map_err(|e| self.error(e))?;
        Ok(Schema1 { profiles, calibration: calibration.map(|bytes| bytes.value().to_vec()) })
    }

    /// The rows as they are now.
    ///
    /// # Errors
    /// `Storage` where they cannot be read.
    pub fn read(&self) -> Result<Rows<'_, ReadOnlyTable<Bytes, Bytes>>> {
        let transaction = self.inner.begin_read().map_err(|e| self.error(e))?;
        let rows = transaction.open_table(ROWS).map_err(|e| self.error(e))?;
        Ok(Rows { rows, database: self, pages: 0 })
    }

    /// Does `work` in one transaction: where it fails, nothing changes. No more than
    /// `most_bytes` are in use then.
    ///
    /// # Errors
    /// What `work` gives; `Storage` where the file cannot be written or would hold too much.
    pub fn write<T>(&self, most_bytes: u64, work: impl FnOnce(&mut Writing<'_, '_>) -> Result<T>) -> Result<T> {
        let transaction = self.inner.begin_write().map_err(|e| self.error(e))?;
        let outcome = self.change(&transaction, most_bytes, work)?;
        transaction.commit().map_err(|e| self.error(e))?;
        Ok(outcome)
    }

    /// Makes the tables of a new file and does `work` in the same transaction. It may hold any
    /// number of bytes: what is copied was allowed before.
    ///
    /// # Errors
    /// As [`Database::write`].
    pub fn fill(
        &self,
        schema: u64,
        check: Option<&[u8]>,
        work: impl FnOnce(&mut Writing<'_, '_>) -> Result<()>,
    ) -> Result<()> {
        let transaction = self.inner.begin_write().map_err(|e| self.error(e))?;
        {
            let mut meta = transaction.open_table(META).map_err(|e| self.error(e))?;
            meta.insert("schema", schema).map_err(|e| self.error(e))?;
            let mut table = transaction.open_table(CHECK).map_err(|e| self.error(e))?;
            if let Some(check) = check {
                table.insert("key", check).map_err(|e| self.error(e))?;
            }
        }
        self.change(&transaction, u64::MAX, work)?;
        transaction.commit().map_err(|e| self.error(e))
    }

    /// Gives the file system back what the file has too much, where that is a quarter or more: redb
    /// doubles a file that is full.
    ///
    /// # Errors
    /// `Storage` where the file cannot be written.
    pub fn trim(&mut self) -> Result<()> {
        let length = self.file.length().map_err(|e| self.error(StorageError::Io(e)))?;
        if self.pages()? * PAGE * 5 / 4 + SMALL < length {
            let compacted = self.inner.compact();
            compacted.map_err(|e| self.error(e))?;
        }
        Ok(())
    }

    /// Whether [`Database::trim`] takes a moment only.
    pub fn is_small(&self) -> bool {
        self.file.length().is_ok_and(|length| length <= SOON_TRIMMED)
    }

    fn pages(&self) -> Result<u64> {
        let transaction = self.inner.begin_read().map_err(|e| self.error(e))?;
        let meta = transaction.open_table(META).map_err(|e| self.error(e))?;
        Ok(meta.get("pages").map_err(|e| self.error(e))?.map_or(0, |pages| pages.value()))
    }

    fn change<T>(
        &self,
        transaction: &WriteTransaction,
        most_bytes: u64,
        work: impl FnOnce(&mut Writing<'_, '_>) -> Result<T>,
    ) -> Result<T> {
        let mut meta = transaction.open_table(META).map_err(|e| self.error(e))?;
        let before = meta.get("pages").map_err(|e| self.error(e))?.map_or(0, |pages| pages.value());
        let rows = transaction.open_table(ROWS).map_err(|e| self.error(e))?;
        let mut rows = Rows { rows, database: self, pages: before };
        let outcome = work(&mut rows)?;
        let pages = rows.pages;
        if pages > before && pages * PAGE > most_bytes {
            let (path, needed) = (self.path.display(), pages * PAGE);
            fail!(Storage, "{path} would hold {needed} bytes; its limit is {most_bytes}");
        }
        meta.insert("pages", pages).map_err(|e| self.error(e))?;
        Ok(outcome)
    }

    fn error(&self, error: impl Into<redb::Error>) -> Error {
        let error = error.into();
        // Some failures leave redb working; opening the file once more than needed does no harm.
        self.failed.store(true, Ordering::Relaxed);
        let path = self.path.display();
        match error {
            redb::Error::Io(cause) => files::failure(&self.path, cause),
            redb::Error::Corrupted(what) => Error::new(ErrorKind::ProfileCorrupt, format!("{path} is damaged: {what}")),
            other => Error::with_source(ErrorKind::Storage, format!("cannot use {path}"), other),
        }
    }
}

type Bytes = &'static [u8];

/// A table that can be read.
pub trait Readable: ReadableTable<Bytes, Bytes> {}

impl<T: ReadableTable<Bytes, Bytes>> Readable for T {}

/// The rows within a transaction.
pub struct Rows<'d, T> {
    rows: T,
    database: &'d Database,
    /// The pieces that there are.
    pages: u64,
}

/// The rows within a transaction that writes.
pub type Writing<'t, 'd> = Rows<'d, Table<'t, Bytes, Bytes>>;

impl<T: Readable> Rows<'_, T> {
    /// The value of the row `key`.
    ///
    /// # Errors
    /// `Storage` where it cannot be read, `ProfileCorrupt` where a piece is missing.
    pub fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        let mut found = None;
        self.each_between(&piece_key(key, 0), &piece_key(key, u16::MAX), |_, value| {
            found = Some(value);
            Ok(())
        })?;
        Ok(found)
    }

    /// Calls `work` with key and value of each row whose key begins with `prefix`, by key.
    ///
    /// # Errors
    /// As [`Rows::get`]; what `work` gives.
    pub fn each(&self, prefix: &[u8], work: impl FnMut(&[u8], Vec<u8>) -> Result<()>) -> Result<()> {
        // No key is this long, so all that begin so lie between.
        self.each_between(prefix, &[prefix, &[u8::MAX; 128]].concat(), work)
    }

    fn each_between(
        &self,
        first: &[u8],
        last: &[u8],
        mut work: impl FnMut(&[u8], Vec<u8>) -> Result<()>,
    ) -> Result<()> {
        let database = self.database;
        let bounds = (Bound::Included(first), Bound::Included(last));
        let range = self.rows.range::<&[u8]>(bounds).map_err(|e| database.error(e))?;
        let mut current: Option<(Vec<u8>, Vec<u8>, u16)> = None;
        for row in range {
            let (key, piece) = row.map_err(|e| database.error(e))?;
            let Some((key, number)) = key.value().split_last_chunk() else { return Err(self.torn()) };
            let number = u16::from_be_bytes(*number);
            match &mut current {
                Some((own, value, next)) if own == key && *next == number => {
                    value.extend_from_slice(piece.value());
                    *next += 1;
                }
                _ if number != 0 => return Err(self.torn()),
                _ => {
                    if let Some((key, value, _)) = current.replace((key.to_vec(), piece.value().to_vec(), 1)) {
                        work(&key, value)?;
                    }
                }
            }
        }
        current.map_or(Ok(()), |(key, value, _)| work(&key, value))
    }

    fn torn(&self) -> Error {
        Error::new(ErrorKind::ProfileCorrupt, format!("{} is damaged: a row is torn", self.database.path.display()))
    }
}

impl Writing<'_, '_> {
    /// Gives the row `key` another value.
    ///
    /// # Errors
    /// `Storage` where it cannot be written or is too large (250 MB).
    pub fn put(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        let database = self.database;
        let piece_bytes = PAGE as usize - PAGE_HEAD - piece_key(key, 0).len();
        if value.len() > piece_bytes * usize::from(u16::MAX) {
            fail!(Storage, "a value of {} bytes is too large for the store", value.len());
        }
        let mut next = 0;
        for piece in value.chunks(piece_bytes) {
            let old = self.rows.insert(piece_key(key, next).as_slice(), piece).map_err(|e| database.error(e))?;
            self.pages += u64::from(old.is_none());
            next += 1;
        }
        self.cut(key, next)
    }

    /// Takes away the row `key`, where there is one.
    ///
    /// # Errors
    /// `Storage` where it cannot be written.
    pub fn remove(&mut self, key: &[u8]) -> Result<()> {
        self.cut(key, 0)
    }

    /// Takes away the pieces of `key` from `first` on.
    fn cut(&mut self, key: &[u8], first: u16) -> Result<()> {
        for number in first..=u16::MAX {
            let database = self.database;
            let old = self.rows.remove(piece_key(key, number).as_slice()).map_err(|e| database.error(e))?;
            if old.is_none() {
                break;
            }
            self.pages -= 1;
        }
        Ok(())
    }
}

fn piece_key(key: &[u8], number: u16) -> Vec<u8> {
    [key, &number.to_be_bytes()].concat()
}

fn open_error(file: &Path, error: DatabaseError) -> Error {
    let path = file.display();
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
        DatabaseError::Storage(StorageError::Io(error)) if error.kind() == io::ErrorKind::InvalidData => {
            Error::with_source(ErrorKind::ProfileCorrupt, format!("{path} is not a store of Mien"), error)
        }
        DatabaseError::Storage(StorageError::Io(error)) => files::failure(file, error),
        other => Error::with_source(ErrorKind::Storage, format!("cannot open {path}"), other),
    }
}

/// A file as redb wants it.
#[derive(Debug)]
struct Backend(Arc<dyn StoreFile>);

impl StorageBackend for Backend {
    fn len(&self) -> io::Result<u64> {
        self.0.length()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read(offset, out)
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.0.set_length(length)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.write(offset, data)
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> std::result::Result<bool, BackendError> {
        let whole = matches!(start, Bound::Unbounded | Bound::Included(0)) && end == Bound::Unbounded;
        if whole { self.0.try_lock().map_err(BackendError::Io) } else { Err(BackendError::Unsupported) }
    }

    fn unlock_range(&self, _: Bound<u64>, _: Bound<u64>) -> std::result::Result<(), BackendError> {
        // The lock goes with the file, which is dropped next.
        Ok(())
    }
}
