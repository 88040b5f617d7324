//! The place that an output name leads to.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::process::failure::{Failure, Naming, Outcome};

/// The identity of a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Identity {
    /// Device and inode number, on systems that have them.
    #[cfg(unix)]
    Inode(u64, u64),
    /// Name in lower case, for files that do not exist yet; some systems ignore case.
    Name(PathBuf),
}

impl Identity {
    #[cfg(unix)]
    pub fn of(_: &Path, metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self::Inode(metadata.dev(), metadata.ino())
    }

    #[cfg(not(unix))]
    pub fn of(path: &Path, _: &Metadata) -> Self {
        Self::named(path)
    }

    pub fn named(path: &Path) -> Self {
        let name = path.file_name().map(|name| name.to_ascii_lowercase()).unwrap_or_default();
        Self::Name(canonical(folder_of(path)).join(name))
    }
}

/// Returns the canonical path of `folder` if it exists.
pub fn canonical(folder: &Path) -> PathBuf {
    fs::canonicalize(folder).unwrap_or_else(|_| folder.to_path_buf())
}

/// The file name that means standard output.
const STANDARD: &str = "-";

/// The place of an output.
#[derive(Debug, PartialEq, Eq)]
pub enum Place {
    /// Standard output.
    Output,
    /// Standard error.
    Error,
    /// A pipe, a device or an open file, which is written into.
    Stream(PathBuf),
    /// A local socket.
    Socket(PathBuf),
    /// A file that is created or replaced, with links followed.
    File(PathBuf),
}

impl Place {
    /// Fails if the file cannot be written; `path` is its name in the error.
    pub fn check(&self, path: &Path) -> Outcome {
        let Self::File(file) = self else { return Ok(()) };
        if file.exists() {
            // A write-protected file is not replaced, even if its folder is writable.
            OpenOptions::new().write(true).open(file).naming(path)?;
        }
        probe(folder_of(file)).naming(path)
    }

    /// Returns the folder `path`, which exists or can be created, and is writable.
    pub fn folder(path: &Path) -> Outcome<PathBuf> {
        if path.as_os_str().is_empty() {
            return Err(Failure::new("the name of an output is empty"));
        }
        let resolved = resolved(path).naming(path)?;
        let mut there = resolved.as_path();
        loop {
            match fs::metadata(there) {
                Ok(metadata) if metadata.is_dir() => break,
                Ok(_) => return Err(Failure::new(format!("{}: {} is not a folder", path.display(), there.display()))),
                Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                    there = folder_of(there);
                }
                Err(error) => return Err(error).naming(path),
            }
        }
        probe(there).naming(path)?;
        Ok(resolved)
    }

    /// Returns the place that `path` leads to.
    pub fn of(path: &Path) -> Outcome<Self> {
        let refuse = |why: &str| Err(Failure::new(format!("{}: {why}", path.display())));
        // These names are streams of this process, whatever the caller has connected them to.
        match path.to_str() {
            Some("") => return Err(Failure::new("the name of an output is empty")),
            Some(STANDARD | "/dev/stdout" | "/dev/fd/1" | "/proc/self/fd/1") => return Ok(Self::Output),
            Some("/dev/stderr" | "/dev/fd/2" | "/proc/self/fd/2") => return Ok(Self::Error),
            _ => {}
        }
        let metadata = match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => return refuse("is a folder"),
            Ok(metadata) => Some(metadata),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(error).naming(path),
        };
        if let Some(metadata) = &metadata {
            if let Some(stream) = standard_stream(path, metadata) {
                return Ok(stream);
            }
            if !metadata.is_file() {
                return special(path, metadata);
            }
        }
        let file = resolved(path).naming(path)?;
        if is_magic(&file) {
            return Ok(Self::Stream(path.to_path_buf()));
        }
        if file.file_name().is_none() || path.as_os_str().as_encoded_bytes().ends_with(b"/") {
            return refuse("is the name of a folder");
        }
        Ok(Self::File(file))
    }
}

/// Returns standard output or error if `path` is another name of the same file. Character devices are not compared:
/// they are shared by processes.
#[cfg(unix)]
fn standard_stream(path: &Path, metadata: &Metadata) -> Option<Place> {
    use std::os::fd::AsFd;
    use std::os::unix::fs::FileTypeExt;
    if metadata.file_type().is_char_device() {
        return None;
    }
    let is = |stream: io::Result<std::os::fd::OwnedFd>| {
        let open = stream.and_then(|stream| File::from(stream).metadata());
        open.is_ok_and(|open| Identity::of(path, &open) == Identity::of(path, metadata))
    };
    if is(io::stdout().as_fd().try_clone_to_owned()) {
        Some(Place::Output)
    } else if is(io::stderr().as_fd().try_clone_to_owned()) {
        Some(Place::Error)
    } else {
        None
    }
}

#[cfg(not(unix))]
fn standard_stream(_: &Path, _: &Metadata) -> Option<Place> {
    None
}

/// Returns the place of an existing path that is not a regular file.
#[cfg(unix)]
fn special(path: &Path, metadata: &Metadata) -> Outcome<Place> {
    use std::os::unix::fs::FileTypeExt;
    let kind = metadata.file_type();
    if kind.is_block_device() {
        return Err(Failure::new(format!("{}: is a disk, which the output would destroy", path.display())));
    }
    Ok(if kind.is_socket() { Place::Socket(path.to_path_buf()) } else { Place::Stream(path.to_path_buf()) })
}

#[cfg(not(unix))]
fn special(path: &Path, _: &Metadata) -> Outcome<Place> {
    Ok(Place::Stream(path.to_path_buf()))
}

/// Max length of a chain of symbolic links.
const MAX_LINKS: usize = 40;

/// Follows the links of `path`; the target may be missing.
fn resolved(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_path_buf();
    for _ in 0..MAX_LINKS {
        // Links in /proc name open files, not paths.
        if is_magic(&path) || !path.is_symlink() {
            return Ok(path);
        }
        let target = fs::read_link(&path)?;
        path = folder_of(&path).join(target);
    }
    Err(io::Error::other("too many symbolic links"))
}

/// Whether `path` is a name under which the system shows an open file.
fn is_magic(path: &Path) -> bool {
    fs::canonicalize(folder_of(path)).is_ok_and(|folder| folder.starts_with("/proc")) && path.is_symlink()
}

/// Returns the folder of `path`.
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        Some(_) => Path::new("."),
        None => path,
    }
}

/// Fails if no file can be created in `folder`.
pub fn probe(folder: &Path) -> io::Result<()> {
    tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(folder).map(drop).map_err(unnamed)
}

/// Returns the error without the name of a temporary file, which means nothing to a person.
pub fn unnamed(error: io::Error) -> io::Error {
    match error.get_ref().and_then(|inner| inner.source()).map(ToString::to_string) {
        Some(cause) => io::Error::new(error.kind(), cause),
        None => error,
    }
}

/// Prefix of the names of incomplete files.
pub const TEMPORARY: &str = ".mien-";
