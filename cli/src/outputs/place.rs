//! Where an output goes, whatever its name is.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::process::failure::{Failure, Naming, Outcome};

/// What tells a file from others.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Identity {
    /// Device and number, where the system has them.
    #[cfg(unix)]
    Inode(u64, u64),
    /// The name: for files that are not there yet. Small letters, since some systems take them for capitals.
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

/// The one name of `folder`, if it is there.
pub fn canonical(folder: &Path) -> PathBuf {
    fs::canonicalize(folder).unwrap_or_else(|_| folder.to_path_buf())
}

/// Standard output where a file is expected.
const STANDARD: &str = "-";

/// Where an output goes.
#[derive(Debug, PartialEq, Eq)]
pub enum Place {
    /// Standard output.
    Output,
    /// Standard error.
    Error,
    /// What is written into as it is: a pipe, a device, a file that is open already.
    Stream(PathBuf),
    /// A socket of this machine.
    Socket(PathBuf),
    /// A file that is made or replaced, links followed.
    File(PathBuf),
}

impl Place {
    /// Fails if a file that is called `path` cannot be written here.
    pub fn check(&self, path: &Path) -> Outcome {
        let Self::File(file) = self else { return Ok(()) };
        if file.exists() {
            // A file that its owner has protected is not replaced by way of its folder.
            OpenOptions::new().write(true).open(file).naming(path)?;
        }
        probe(folder_of(file)).naming(path)
    }

    /// The folder `path`, which is there, or can be made, and can be written into.
    pub fn folder(path: &Path) -> Outcome<PathBuf> {
        if path.as_os_str().is_empty() {
            return Err(Failure::new("an output has no name"));
        }
        let resolved = resolved(path).naming(path)?;
        let mut there = resolved.as_path();
        loop {
            match fs::metadata(there) {
                Ok(metadata) if metadata.is_dir() => break,
                Ok(_) => return Err(Failure::new(format!("{}: {} is no folder", path.display(), there.display()))),
                Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                    there = folder_of(there);
                }
                Err(error) => return Err(error).naming(path),
            }
        }
        probe(there).naming(path)?;
        Ok(resolved)
    }

    /// Where `path` leads.
    pub fn of(path: &Path) -> Outcome<Self> {
        let refuse = |why: &str| Err(Failure::new(format!("{}: {why}", path.display())));
        // These names are the streams of this process; behind them may be anything that the caller has opened.
        match path.to_str() {
            Some("") => return Err(Failure::new("an output has no name")),
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

/// The stream of this process that `path` is another name of, a device's but for its own names.
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

/// What is there and no regular file.
#[cfg(unix)]
fn special(path: &Path, metadata: &Metadata) -> Outcome<Place> {
    use std::os::unix::fs::FileTypeExt;
    let kind = metadata.file_type();
    if kind.is_block_device() {
        return Err(Failure::new(format!("{}: is a disk, and an output would destroy it", path.display())));
    }
    Ok(if kind.is_socket() { Place::Socket(path.to_path_buf()) } else { Place::Stream(path.to_path_buf()) })
}

#[cfg(not(unix))]
fn special(path: &Path, _: &Metadata) -> Outcome<Place> {
    Ok(Place::Stream(path.to_path_buf()))
}

/// Links behind each other that are followed.
const MAX_LINKS: usize = 40;

/// Where the links of the name `path` lead, whether there is something or not.
fn resolved(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_path_buf();
    for _ in 0..MAX_LINKS {
        // The links of the system's own folders name open files and no paths.
        if is_magic(&path) || !path.is_symlink() {
            return Ok(path);
        }
        let target = fs::read_link(&path)?;
        path = folder_of(&path).join(target);
    }
    Err(io::Error::other("too many symbolic links"))
}

/// Whether `path` is one of the names under which the system shows open files.
fn is_magic(path: &Path) -> bool {
    fs::canonicalize(folder_of(path)).is_ok_and(|folder| folder.starts_with("/proc")) && path.is_symlink()
}

/// The folder in which the name `path` is.
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        Some(_) => Path::new("."),
        None => path,
    }
}

/// Finds out whether `folder` takes a file, which is gone at once.
pub fn probe(folder: &Path) -> io::Result<()> {
    tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(folder).map(drop)
}

/// What the names of files begin with that are not complete.
pub const TEMPORARY: &str = ".mien-";
