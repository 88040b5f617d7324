//! A checked output, written as a whole or not at all.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempPath};

use super::folder::{Readers, make_folder};
use super::place::{Place, TEMPORARY, folder_of, unnamed};
use crate::process::failure::{Failure, Naming, Outcome};
use crate::process::interrupt::{Undone, check_interrupt, check_io};

/// A checked output.
#[derive(Debug)]
pub struct Destination {
    pub(super) path: PathBuf,
    pub(super) place: Place,
    pub(super) readers: Readers,
    /// Whether an existing file is refused.
    pub(super) new: bool,
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Place::Output => f.write_str("standard output"),
            Place::Error => f.write_str("standard error"),
            _ => write!(f, "{}", self.path.display()),
        }
    }
}

impl Destination {
    /// Whether the output is a regular file.
    pub fn is_file(&self) -> bool {
        matches!(self.place, Place::File(_))
    }

    /// Writes `bytes`. A regular file is replaced as a whole or left as before.
    pub fn write(&self, bytes: &[u8]) -> Outcome {
        self.stream(|out| Ok(out.write_all(bytes)?))
    }

    /// Writes the output of `write`. A regular file is replaced as a whole or left as before.
    pub fn stream(&self, write: impl FnOnce(&mut dyn Write) -> Outcome) -> Outcome {
        let mut writing = self.begin()?;
        self.named(write(&mut writing))?;
        self.named(check_interrupt())?;
        writing.finish()
    }

    /// Begins to write the output. A regular file is replaced by [`Writing::finish`] and left as before without it.
    pub fn begin(&self) -> Outcome<Writing<'_>> {
        let sink = match &self.place {
            Place::Output => Sink::Open(Box::new(io::stdout())),
            Place::Error => Sink::Open(Box::new(io::stderr())),
            Place::Stream(path) => Sink::Open(Box::new(Patient(self.named(open_stream(path))?))),
            Place::Socket(path) => Sink::Open(self.named(open_socket(path))?),
            Place::File(target) => self.named(self.beside(target))?,
        };
        Ok(Writing { destination: self, sink: BufWriter::new(sink) })
    }

    /// Same as [`Destination::begin`], except that a new regular file grows in its place, so that others can read what
    /// is written so far. Without [`Writing::finish`] it is removed.
    pub fn begin_growing(&self) -> Outcome<Writing<'_>> {
        let Place::File(target) = &self.place else { return self.begin() };
        if target.exists() {
            return self.begin();
        }
        let sink = self.named(self.growing(target))?;
        Ok(Writing { destination: self, sink: BufWriter::new(sink) })
    }

    /// Creates the new file `target`.
    fn growing(&self, target: &Path) -> Outcome<Sink> {
        make_folder(folder_of(target), self.readers)?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, self.readers.mode());
        let file = options.open(target)?;
        let undone = Undone::file(target);
        Ok(Sink::Growing { file, undone, path: TempPath::try_from_path(target)? })
    }

    /// Removes the file of an earlier run; anything but a regular file stays.
    pub fn remove(&self) -> Outcome {
        match fs::symlink_metadata(&self.path) {
            Ok(metadata) if metadata.is_file() => fs::remove_file(&self.path).naming(&self.path),
            _ => Ok(()),
        }
    }

    fn named<T>(&self, outcome: Outcome<T>) -> Outcome<T> {
        match self.place {
            // A closed standard output is not a failure.
            Place::Output => outcome,
            _ => outcome.map_err(|failure| Failure::new(format!("{}: {failure}", self.path.display()))),
        }
    }

    /// Creates the file beside `target` that will replace it.
    fn beside(&self, target: &Path) -> Outcome<Sink> {
        let folder = folder_of(target);
        make_folder(folder, self.readers)?;
        let file = self.temporary(folder)?;
        let undone = Undone::file(file.path());
        Ok(Sink::Beside { file, undone, target: target.to_path_buf() })
    }

    fn temporary(&self, folder: &Path) -> io::Result<NamedTempFile> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(TEMPORARY);
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(self.readers.mode()));
        builder.tempfile_in(folder).map_err(unnamed)
    }
}

/// An output that is being written.
pub struct Writing<'a> {
    destination: &'a Destination,
    sink: BufWriter<Sink>,
}

enum Sink {
    /// A stream that is written into.
    Open(Box<dyn Write>),
    /// A new file, removed if it is not finished.
    Growing { file: File, undone: Undone, path: TempPath },
    /// A file that will replace `target`.
    Beside { file: NamedTempFile, undone: Undone, target: PathBuf },
}

impl Writing<'_> {
    /// Adds the name of the output to an error.
    pub fn named<T>(&self, outcome: Outcome<T>) -> Outcome<T> {
        self.destination.named(outcome)
    }

    /// Completes the output: a regular file is replaced now.
    pub fn finish(self) -> Outcome {
        let Self { destination, sink } = self;
        let sink = sink.into_inner().map_err(io::IntoInnerError::into_error).map_err(Failure::from);
        destination.named(sink.and_then(|sink| sink.finish(destination.new)))
    }
}

impl Write for Writing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.sink.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}

impl Sink {
    /// Completes the output; `new` refuses to replace a file.
    fn finish(self, new: bool) -> Outcome {
        let (file, undone, target) = match self {
            Self::Open(mut out) => return Ok(out.flush()?),
            Self::Growing { file, undone, path } => {
                file.sync_all()?;
                drop(undone);
                return path.keep().map(drop).map_err(|error| error.error.into());
            }
            Self::Beside { file, undone, target } => (file, undone, target),
        };
        narrow(&target, file.as_file())?;
        file.as_file().sync_all()?;
        let kept = if new { file.persist_noclobber(target) } else { file.persist(target) };
        drop(undone);
        match kept {
            Ok(_) => Ok(()),
            Err(error) => Err(error.error.into()),
        }
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Open(out) => out.write(bytes),
            Self::Growing { file, .. } => file.write(bytes),
            Self::Beside { file, .. } => file.as_file_mut().write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Open(out) => out.flush(),
            Self::Growing { file, .. } => file.flush(),
            Self::Beside { file, .. } => file.as_file_mut().flush(),
        }
    }
}

/// Removes the permissions from `file` that the replaced file does not have.
#[cfg(unix)]
fn narrow(replaced: &Path, file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let Ok(replaced) = fs::metadata(replaced) else { return Ok(()) };
    let mode = file.metadata()?.permissions().mode() & replaced.permissions().mode() & 0o777;
    file.set_permissions(fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn narrow(_: &Path, _: &File) -> io::Result<()> {
    Ok(())
}

/// Opens a pipe or device. Waits for a reader in short steps, so that an interrupt is noticed.
#[cfg(unix)]
fn open_stream(path: &Path) -> Outcome<File> {
    use std::os::unix::fs::OpenOptionsExt;
    loop {
        // Appending keeps the content of a file that the caller has opened.
        match OpenOptions::new().append(true).custom_flags(nix::libc::O_NONBLOCK).open(path) {
            Err(error) if error.raw_os_error() == Some(nix::libc::ENXIO) => {
                crate::process::interrupt::pause(crate::process::interrupt::TICK)?;
            }
            opened => return Ok(opened?),
        }
    }
}

#[cfg(not(unix))]
fn open_stream(path: &Path) -> Outcome<File> {
    Ok(OpenOptions::new().write(true).open(path)?)
}

#[cfg(unix)]
fn open_socket(path: &Path) -> Outcome<Box<dyn Write>> {
    let socket = std::os::unix::net::UnixStream::connect(path)?;
    socket.set_nonblocking(true)?;
    Ok(Box::new(Patient(socket)))
}

#[cfg(not(unix))]
fn open_socket(path: &Path) -> Outcome<Box<dyn Write>> {
    Ok(Box::new(open_stream(path)?))
}

/// A writer that waits for a slow reader in short steps, so that an interrupt is noticed.
struct Patient<W>(W);

impl<W: Write> Write for Patient<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match self.0.write(bytes) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    check_io()?;
                    std::thread::sleep(std::time::Duration::from_millis(5));
                }
                written => return written,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
