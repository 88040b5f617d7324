//! A checked output, written as a whole or not at all.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::folder::{Readers, make_folder};
use super::place::{Place, TEMPORARY, folder_of};
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
        let direct = |out: &mut dyn Write| {
            let mut out = BufWriter::new(out);
            write(&mut out)?;
            Ok(out.flush()?)
        };
        match &self.place {
            // A closed standard output is not a failure.
            Place::Output => direct(&mut io::stdout().lock()),
            Place::Error => self.named(direct(&mut io::stderr().lock())),
            Place::Stream(path) => self.named(open_stream(path).and_then(|file| direct(&mut Patient(file)))),
            Place::Socket(path) => self.named(open_socket(path).and_then(|mut socket| direct(&mut socket))),
            Place::File(file) => self.named(self.replace(file, direct)),
        }
    }

    /// Removes the file of an earlier run; anything but a regular file stays.
    pub fn remove(&self) -> Outcome {
        match fs::symlink_metadata(&self.path) {
            Ok(metadata) if metadata.is_file() => fs::remove_file(&self.path).naming(&self.path),
            _ => Ok(()),
        }
    }

    fn named(&self, outcome: Outcome) -> Outcome {
        outcome.map_err(|failure| Failure::new(format!("{}: {failure}", self.path.display())))
    }

    /// Writes into a file beside `target` and then renames it.
    fn replace(&self, target: &Path, write: impl FnOnce(&mut dyn Write) -> Outcome) -> Outcome {
        let folder = folder_of(target);
        make_folder(folder, self.readers)?;
        let mut file = self.temporary(folder)?;
        let undone = Undone::file(file.path());
        write(&mut file)?;
        narrow(target, file.as_file())?;
        file.as_file().sync_all()?;
        check_interrupt()?;
        let kept = if self.new { file.persist_noclobber(target) } else { file.persist(target) };
        drop(undone);
        match kept {
            Ok(_) => Ok(()),
            Err(error) => Err(error.error.into()),
        }
    }

    fn temporary(&self, folder: &Path) -> io::Result<NamedTempFile> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(TEMPORARY);
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(self.readers.mode()));
        builder.tempfile_in(folder)
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
fn open_socket(path: &Path) -> Outcome<impl Write> {
    let socket = std::os::unix::net::UnixStream::connect(path)?;
    socket.set_nonblocking(true)?;
    Ok(Patient(socket))
}

#[cfg(not(unix))]
fn open_socket(path: &Path) -> Outcome<File> {
    open_stream(path)
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
