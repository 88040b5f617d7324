//! The files in a store's folder, behind traits so that tests can inject failures.

use std::borrow::Cow;
use std::fmt::Debug;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use crate::error::{Error, ErrorKind, Result, fail};

/// The files of one folder.
pub trait Files: Send + Sync {
    /// Returns the path of the file `name`, for messages.
    fn path(&self, name: &str) -> PathBuf;

    /// Whether the file `name` exists.
    ///
    /// # Errors
    /// Errors of the system.
    fn exists(&self, name: &str) -> io::Result<bool>;

    /// Opens the existing file `name`.
    ///
    /// # Errors
    /// Errors of the system.
    fn open(&self, name: &str) -> io::Result<Box<dyn StoreFile>>;

    /// Creates the empty file `name`, which must not exist.
    ///
    /// # Errors
    /// Errors of the system.
    fn create(&self, name: &str) -> io::Result<Box<dyn StoreFile>>;

    /// Renames the file `from` to `to` and replaces any file of that name.
    ///
    /// # Errors
    /// Errors of the system.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes the file `name`.
    ///
    /// # Errors
    /// Errors of the system.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Makes earlier creations, renames and removals durable.
    ///
    /// # Errors
    /// Errors of the system.
    fn sync(&self) -> io::Result<()>;
}

/// An open file with random access.
pub trait StoreFile: Debug + Send + Sync + 'static {
    /// Returns the length in bytes.
    ///
    /// # Errors
    /// Errors of the system.
    fn length(&self) -> io::Result<u64>;

    /// Fills `out` with the bytes from `offset` on.
    ///
    /// # Errors
    /// Errors of the system; `UnexpectedEof` if the file is shorter.
    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()>;

    /// Writes `bytes` at `offset`.
    ///
    /// # Errors
    /// Errors of the system.
    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Truncates the file or extends it with zeros.
    ///
    /// # Errors
    /// Errors of the system.
    fn set_length(&self, length: u64) -> io::Result<()>;

    /// Makes earlier writes durable.
    ///
    /// # Errors
    /// Errors of the system.
    fn sync(&self) -> io::Result<()>;

    /// Locks the file exclusively until it is closed; returns false if it is locked elsewhere.
    ///
    /// # Errors
    /// Errors of the system; `Unsupported` if it has no locks.
    fn try_lock(&self) -> io::Result<bool>;
}

/// Creates an error about the file `path`. `say` formats the message for a name; the message gets
/// the file name, the details get the whole path.
pub(crate) fn error_at(kind: ErrorKind, path: &Path, say: impl Fn(&str) -> String) -> Error {
    Error::new(kind, say(&own_name(path))).with_details(say(&path.display().to_string()))
}

/// Like [`error_at`], with the error that caused it.
pub(crate) fn caused_at(
    kind: ErrorKind,
    path: &Path,
    cause: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    say: impl Fn(&str) -> String,
) -> Error {
    Error::with_source(kind, say(&own_name(path)), cause).with_details(say(&path.display().to_string()))
}

fn own_name(path: &Path) -> Cow<'_, str> {
    path.file_name().map_or(Cow::Borrowed("the store"), |name| name.to_string_lossy())
}

/// Creates the error for a failure to use the file `path`.
pub(crate) fn failure(path: &Path, error: io::Error) -> Error {
    let is_full = matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
    caused_at(ErrorKind::Storage, path, error, |name| {
        if is_full { format!("the disk is full: cannot write {name}") } else { format!("cannot use {name}") }
    })
}

/// A folder on disk, locked for this process as far as the system can lock folders.
pub struct Folder {
    path: PathBuf,
    /// Holds the lock and is used for syncs.
    handle: Option<File>,
}

impl Folder {
    /// Opens and locks the folder `path`. A missing folder is created, accessible by its owner only
    /// if the system supports that.
    ///
    /// # Errors
    /// `Storage` if it cannot be created, or another process or store has it open.
    pub fn open(path: &Path) -> Result<Self> {
        if !path.exists() {
            make_private(path).map_err(|e| {
                Error::with_source(ErrorKind::Storage, "cannot make the store's folder", e)
                    .with_details(format!("cannot make {}", path.display()))
            })?;
            // The folder's own directory entry must be durable too, if the system supports that.
            let _ = path.parent().map(|parent| File::open(parent).and_then(|parent| parent.sync_all()));
        }
        Self::open_existing(path)
    }

    /// Opens and locks the existing folder `path`.
    ///
    /// # Errors
    /// `Storage` if another process or store has it open.
    pub fn open_existing(path: &Path) -> Result<Self> {
        // On systems and file systems that cannot lock a folder, the store's file is still locked.
        let handle = File::open(path).ok();
        if matches!(handle.as_ref().map(File::try_lock), Some(Err(TryLockError::WouldBlock))) {
            let path = path.display();
            fail!(Storage, "the store is in use by another process or session"; "{path} is in use by another process or session");
        }
        Ok(Self { path: path.to_path_buf(), handle })
    }
}

/// Creates a folder that only its owner can access; missing parents get the system's default
/// permissions.
fn make_private(path: &Path) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        made => made,
    }
}

/// Opens a file for reading and writing. A created file is accessible by its owner only; an
/// existing file with wider permissions is restricted.
fn open_private(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = file.metadata()?.permissions().mode();
        // The permissions of another owner's file cannot be changed; it is used anyway.
        if mode & 0o077 != 0 && file.set_permissions(fs::Permissions::from_mode(mode & 0o700)).is_err() {
            log::warn!("other users of this system may read the store's file");
        }
    }
    Ok(file)
}

impl Files for Folder {
    fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    fn exists(&self, name: &str) -> io::Result<bool> {
        self.path(name).try_exists()
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn StoreFile>> {
        let file = open_private(&self.path(name), &mut OpenOptions::new())?;
        Ok(Box::new(FileOnDisk(Mutex::new(file))))
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn StoreFile>> {
        let file = open_private(&self.path(name), OpenOptions::new().create_new(true))?;
        Ok(Box::new(FileOnDisk(Mutex::new(file))))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path(from), self.path(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path(name))
    }

    fn sync(&self) -> io::Result<()> {
        // Systems that cannot open folders as files have no folder sync.
        self.handle.as_ref().map_or(Ok(()), File::sync_all)
    }
}

/// A lock, since seek and transfer are two steps; most reads are served by redb's cache.
#[derive(Debug)]
struct FileOnDisk(Mutex<File>);

impl FileOnDisk {
    fn file(&self) -> MutexGuard<'_, File> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl StoreFile for FileOnDisk {
    fn length(&self) -> io::Result<u64> {
        Ok(self.file().metadata()?.len())
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let mut file = self.file();
        file.seek(SeekFrom::Start(offset))?;
        file.read_exact(out)
    }

    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut file = self.file();
        file.seek(SeekFrom::Start(offset))?;
        file.write_all(bytes)
    }

    fn set_length(&self, length: u64) -> io::Result<()> {
        self.file().set_len(length)
    }

    fn sync(&self) -> io::Result<()> {
        self.file().sync_data()
    }

    fn try_lock(&self) -> io::Result<bool> {
        match self.file().try_lock() {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}
