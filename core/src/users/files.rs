//! The files of a store's folder, behind traits, so that tests can break them.

use std::borrow::Cow;
use std::fmt::Debug;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use crate::error::{Error, ErrorKind, Result, fail};

/// The files of one folder.
pub trait Files: Send + Sync {
    /// How messages call the file `name`.
    fn path(&self, name: &str) -> PathBuf;

    /// Whether there is a file `name`.
    ///
    /// # Errors
    /// As the system gives them.
    fn exists(&self, name: &str) -> io::Result<bool>;

    /// Opens the file `name`, which is there.
    ///
    /// # Errors
    /// As the system gives them.
    fn open(&self, name: &str) -> io::Result<Box<dyn StoreFile>>;

    /// Makes an empty file `name`, which is not there.
    ///
    /// # Errors
    /// As the system gives them.
    fn create(&self, name: &str) -> io::Result<Box<dyn StoreFile>>;

    /// Gives the file `from` the name `to`, in place of the file that has it.
    ///
    /// # Errors
    /// As the system gives them.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Takes away the file `name`.
    ///
    /// # Errors
    /// As the system gives them.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Returns when files made, renamed and removed before are so for good.
    ///
    /// # Errors
    /// As the system gives them.
    fn sync(&self) -> io::Result<()>;
}

/// An open file, read and written anywhere.
pub trait StoreFile: Debug + Send + Sync + 'static {
    /// The length in bytes.
    ///
    /// # Errors
    /// As the system gives them.
    fn length(&self) -> io::Result<u64>;

    /// Fills `out` with the bytes from `offset` on.
    ///
    /// # Errors
    /// As the system gives them; `UnexpectedEof` where the file is shorter.
    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()>;

    /// Writes `bytes` at `offset`.
    ///
    /// # Errors
    /// As the system gives them.
    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Cuts the file or extends it with zeros.
    ///
    /// # Errors
    /// As the system gives them.
    fn set_length(&self, length: u64) -> io::Result<()>;

    /// Returns when what was written before is there for good.
    ///
    /// # Errors
    /// As the system gives them.
    fn sync(&self) -> io::Result<()>;

    /// Keeps the file for this opening alone until it is closed; false where another has it.
    ///
    /// # Errors
    /// As the system gives them; `Unsupported` where it has no locks.
    fn try_lock(&self) -> io::Result<bool>;
}

/// An error about the file `path`: `say` says what is wrong with it by the name that it is handed, which is
/// the file's own in the message and the whole path in the details.
pub(crate) fn error_at(kind: ErrorKind, path: &Path, say: impl Fn(&str) -> String) -> Error {
    Error::new(kind, say(&own_name(path))).with_details(say(&path.display().to_string()))
}

/// As [`error_at`], with the error that caused it.
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

/// A failure to use the file `path`.
pub(crate) fn failure(path: &Path, error: io::Error) -> Error {
    let is_full = matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
    caused_at(ErrorKind::Storage, path, error, |name| {
        if is_full { format!("the disk is full: cannot write {name}") } else { format!("cannot use {name}") }
    })
}

/// A folder on disk that is this process's alone, as far as the system can lock folders.
pub struct Folder {
    path: PathBuf,
    /// Holds the lock; also what is synced.
    handle: Option<File>,
}

impl Folder {
    /// Opens and locks the folder `path`, which is made where it is missing, for its owner alone where
    /// the system has such folders.
    ///
    /// # Errors
    /// `Storage` where it cannot be made, or another process or store has it open.
    pub fn open(path: &Path) -> Result<Self> {
        if !path.exists() {
            make_private(path).map_err(|e| {
                Error::with_source(ErrorKind::Storage, "cannot make the store's folder", e)
                    .with_details(format!("cannot make {}", path.display()))
            })?;
            // The folder's own name has to last too, where the system can see to that.
            let _ = path.parent().map(|parent| File::open(parent).and_then(|parent| parent.sync_all()));
        }
        Self::open_existing(path)
    }

    /// Opens and locks the folder `path`, which is there.
    ///
    /// # Errors
    /// `Storage` where another process or store has it open.
    pub fn open_existing(path: &Path) -> Result<Self> {
        // Systems and file systems that cannot lock a folder still lock the store's file.
        let handle = File::open(path).ok();
        if matches!(handle.as_ref().map(File::try_lock), Some(Err(TryLockError::WouldBlock))) {
            let path = path.display();
            fail!(Storage, "the store is in use by another process or session"; "{path} is in use by another process or session");
        }
        Ok(Self { path: path.to_path_buf(), handle })
    }
}

/// Makes a folder that only its owner may enter, and those above it as the system makes them.
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

/// Opens for reading and writing; a file that is made is its owner's alone, and one that others may read
/// or write is so no longer.
fn open_private(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = file.metadata()?.permissions().mode();
        // Of another owner's file the mode cannot be changed; it can be used all the same.
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
        // Where folders cannot be opened as files, the system keeps its own order.
        self.handle.as_ref().map_or(Ok(()), File::sync_all)
    }
}

/// Seeks and transfers are two steps, so one at a time; reads come from redb's cache mostly.
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
