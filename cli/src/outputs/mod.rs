//! The files that commands write. Everything that a command writes to a name that the user gave goes through here, so
//! that no output destroys what was there:
//!
//! - An output is checked before the work: that it is none of the command's inputs (by device and number of the file,
//!   so under any name), not the user store, no second output's, and that its folder is there and can be written.
//! - Symbolic links are followed. A regular file is replaced as a whole, by a file that was written beside it, and only
//!   after all went well; pipes, devices and sockets are written into, and `-` is standard output.
//! - Personal data is readable by its owner alone, whatever the mode of the file that it replaces.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use mien_core::users::store::FILE as STORE_FILE;
use tempfile::{NamedTempFile, TempDir};

use crate::args::Shared;
use crate::media::files_of;
use crate::process::failure::{Failure, Naming, Outcome};
use crate::process::interrupt::{Undone, check_interrupt, check_io};
use crate::process::terminal;
use crate::session::{pack_folder, store_folder};

/// Who may read a file that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    /// Its owner: personal data.
    Owner,
    /// Whom the umask lets.
    Umask,
}

impl Readers {
    /// The mode that a file has at most, before the umask.
    fn mode(self) -> u32 {
        match self {
            Self::Owner => 0o600,
            Self::Umask => 0o666,
        }
    }
}

/// The outputs of one run of a command, checked against its inputs and each other.
pub struct Outputs {
    inputs: BTreeSet<Identity>,
    /// The names that a store's files begin with.
    store: Option<PathBuf>,
    taken: BTreeSet<Identity>,
    prints_json: bool,
}

impl Outputs {
    /// The outputs of a command that reads what `shared` names; whether it prints JSON on standard output.
    pub fn new(shared: &Shared, prints_json: bool) -> Self {
        // Without a home there is no store.
        let store = store_folder(shared).ok().map(|folder| canonical(&folder).join(STORE_FILE));
        let outputs = Self { inputs: BTreeSet::new(), store, taken: BTreeSet::new(), prints_json };
        let pack = shared.pack.as_ref().and_then(|name| pack_folder(shared, name).ok());
        let models = shared.models.iter().chain(&pack).flat_map(|folder| entries(folder));
        outputs.reading(models).reading(shared.store_key.iter().chain(&shared.generic))
    }

    /// Also reads `paths`: files, and folders of frames. What is missing is left to whoever reads it.
    pub fn reading(mut self, paths: impl IntoIterator<Item = impl AsRef<Path>>) -> Self {
        let files = paths.into_iter().flat_map(|path| files_of(path.as_ref()));
        self.inputs.extend(files.filter_map(|file| Some(Identity::of(&file, &fs::metadata(&file).ok()?))));
        self
    }

    /// The output `path`; `-` is standard output.
    pub fn file(&mut self, path: &Path, readers: Readers) -> Outcome<Destination> {
        let place = Place::of(path)?;
        self.claim(path, &place)?;
        place.check(path)?;
        Ok(Destination { path: path.to_path_buf(), place, readers, new: false })
    }

    /// As [`Self::file`], refused if there is a file or folder of this name.
    pub fn new_file(&mut self, path: &Path, readers: Readers) -> Outcome<Destination> {
        if matches!(Place::of(path)?, Place::File(file) if file.exists()) {
            return Err(Failure::new(format!("{} exists already", path.display())));
        }
        Ok(Destination { new: true, ..self.file(path, readers)? })
    }

    /// The outputs called `stem` and each of `endings` in `folder`, which is made if it is missing when the first of
    /// them is written. Where another output has such a name a number follows the stem.
    pub fn files_in(
        &mut self,
        folder: &Path,
        stem: &OsStr,
        endings: &[&str],
        readers: Readers,
    ) -> Outcome<(OsString, Vec<Destination>)> {
        let folder = Place::folder(folder)?;
        let numbered = (2..).map(|number| [stem, OsStr::new(&format!("-{number}"))].concat_names());
        for stem in std::iter::once(stem.to_owned()).chain(numbered) {
            let paths: Vec<_> =
                endings.iter().map(|end| folder.join([&stem, OsStr::new(end)].concat_names())).collect();
            if paths.iter().any(|path| self.taken.contains(&Identity::named(path))) {
                continue;
            }
            let claim = |path: PathBuf| {
                let place = Place::of(&path)?;
                self.claim(&path, &place)?;
                if folder.is_dir() {
                    place.check(&path)?;
                }
                Ok(Destination { path, place, readers, new: false })
            };
            return Ok((stem, paths.into_iter().map(claim).collect::<Outcome<_>>()?));
        }
        Err(Failure::new(format!("{}: no name is left", folder.display())))
    }

    /// The folder `path` that is made or replaced as a whole, links followed.
    pub fn folder(&self, path: &Path) -> Outcome<PathBuf> {
        let folder = canonical(&Place::folder(path)?);
        let above = folder_of(&folder);
        if above.is_dir() {
            probe(above).naming(path)?;
        }
        Ok(folder)
    }

    /// Takes `place` for the output called `path`.
    fn claim(&mut self, path: &Path, place: &Place) -> Outcome {
        let refuse = |why: &str| Err(Failure::new(format!("{}: {why}", path.display())));
        let identities = match place {
            Place::Output if self.prints_json => return refuse("standard output is taken by --json"),
            Place::Output if terminal::is_taken() => return refuse("standard output is taken by another output"),
            Place::Output => {
                terminal::take();
                return Ok(());
            }
            Place::Stream(_) | Place::Socket(_) | Place::Error => return Ok(()),
            Place::File(file) => match fs::metadata(file) {
                Ok(metadata) => vec![Identity::of(file, &metadata), Identity::named(path), Identity::named(file)],
                Err(_) => vec![Identity::named(path), Identity::named(file)],
            },
        };
        if identities.iter().any(|identity| self.inputs.contains(identity)) {
            return refuse("is read as an input, and an output would destroy it: give another name or folder");
        }
        if let Place::File(file) = place
            && self.store.as_ref().is_some_and(|store| is_of_store(file, store))
        {
            return refuse("is a file of the user store");
        }
        if identities.iter().any(|identity| self.taken.contains(identity)) {
            return refuse("is named for two outputs");
        }
        self.taken.extend(identities);
        Ok(())
    }
}

/// Whether `file` is the store's file, or one that the store makes beside it.
fn is_of_store(file: &Path, store: &Path) -> bool {
    let (Some(folder), Some(name)) = (file.parent(), file.file_name()) else { return false };
    Some(canonical(folder).as_path()) == store.parent() && name.as_encoded_bytes().starts_with(STORE_FILE.as_bytes())
}

/// The one name of `folder`, if it is there.
fn canonical(folder: &Path) -> PathBuf {
    fs::canonicalize(folder).unwrap_or_else(|_| folder.to_path_buf())
}

/// The files in `folder`.
fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

trait ConcatNames {
    /// One name out of several.
    fn concat_names(self) -> OsString;
}

impl<const N: usize> ConcatNames for [&OsStr; N] {
    fn concat_names(self) -> OsString {
        self.into_iter().collect()
    }
}

/// What tells a file from others.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Identity {
    /// Device and number, where the system has them.
    #[cfg(unix)]
    Inode(u64, u64),
    /// The name: for files that are not there yet. Small letters, since some systems take them for capitals.
    Name(PathBuf),
}

impl Identity {
    #[cfg(unix)]
    fn of(_: &Path, metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self::Inode(metadata.dev(), metadata.ino())
    }

    #[cfg(not(unix))]
    fn of(path: &Path, _: &Metadata) -> Self {
        Self::named(path)
    }

    fn named(path: &Path) -> Self {
        let name = path.file_name().map(|name| name.to_ascii_lowercase()).unwrap_or_default();
        Self::Name(canonical(folder_of(path)).join(name))
    }
}

/// Standard output where a file is expected.
const STANDARD: &str = "-";

/// Where an output goes.
#[derive(Debug, PartialEq, Eq)]
enum Place {
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
    fn check(&self, path: &Path) -> Outcome {
        let Self::File(file) = self else { return Ok(()) };
        if file.exists() {
            // A file that its owner has protected is not replaced by way of its folder.
            OpenOptions::new().write(true).open(file).naming(path)?;
        }
        probe(folder_of(file)).naming(path)
    }

    /// The folder `path`, which is there, or can be made, and can be written into.
    fn folder(path: &Path) -> Outcome<PathBuf> {
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
    fn of(path: &Path) -> Outcome<Self> {
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
fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        Some(_) => Path::new("."),
        None => path,
    }
}

/// Finds out whether `folder` takes a file, which is gone at once.
fn probe(folder: &Path) -> io::Result<()> {
    tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(folder).map(drop)
}

/// What the names of files begin with that are not complete.
const TEMPORARY: &str = ".mien-";

/// A checked output.
#[derive(Debug)]
pub struct Destination {
    path: PathBuf,
    place: Place,
    readers: Readers,
    /// Whether it replaces nothing.
    new: bool,
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
    /// Whether a regular file is written.
    pub fn is_file(&self) -> bool {
        matches!(self.place, Place::File(_))
    }

    /// Writes `bytes`; a regular file is whole or as before.
    pub fn write(&self, bytes: &[u8]) -> Outcome {
        self.stream(|out| Ok(out.write_all(bytes)?))
    }

    /// Writes what `write` writes; a regular file is whole or as before.
    pub fn stream(&self, write: impl FnOnce(&mut dyn Write) -> Outcome) -> Outcome {
        let direct = |out: &mut dyn Write| {
            let mut out = BufWriter::new(out);
            write(&mut out)?;
            Ok(out.flush()?)
        };
        match &self.place {
            // A reader of standard output that has gone away is no failure.
            Place::Output => direct(&mut io::stdout().lock()),
            Place::Error => self.named(direct(&mut io::stderr().lock())),
            Place::Stream(path) => self.named(open_stream(path).and_then(|file| direct(&mut Patient(file)))),
            Place::Socket(path) => self.named(open_socket(path).and_then(|mut socket| direct(&mut socket))),
            Place::File(file) => self.named(self.replace(file, direct)),
        }
    }

    /// Removes the file that an earlier run left; what is no regular file stays.
    pub fn remove(&self) -> Outcome {
        match fs::symlink_metadata(&self.path) {
            Ok(metadata) if metadata.is_file() => fs::remove_file(&self.path).naming(&self.path),
            _ => Ok(()),
        }
    }

    fn named(&self, outcome: Outcome) -> Outcome {
        outcome.map_err(|failure| Failure::new(format!("{}: {failure}", self.path.display())))
    }

    /// Puts what `write` writes into a file beside `target`, and then in its place.
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

/// Takes from `file` what the file that it replaces does not allow.
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

/// Makes `folder` and those above it that are missing, for `readers`.
pub fn make_folder(folder: &Path, readers: Readers) -> Outcome {
    if folder.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    if readers == Readers::Owner {
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    }
    builder.create(folder).naming(folder)?;
    // The folder's own name has to last too, where the system can see to that.
    let _ = File::open(folder_of(folder)).and_then(|above| above.sync_all());
    Ok(())
}

/// A folder of the owner's alone, under a name of its own until it is complete; it is gone on every other way.
pub struct HalfFolder {
    folder: TempDir,
    undone: Undone,
}

impl HalfFolder {
    /// A folder beside `target`, in a folder that is made if it is missing.
    pub fn beside(target: &Path) -> Outcome<Self> {
        let above = folder_of(target);
        make_folder(above, Readers::Owner)?;
        let mut builder = tempfile::Builder::new();
        builder.prefix(TEMPORARY);
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        let folder = builder.tempdir_in(above).naming(target)?;
        let undone = Undone::folder(folder.path());
        Ok(Self { folder, undone })
    }

    /// Where it is now.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes the file `name`, which is not there yet.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Outcome {
        let path = self.path().join(name);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, Readers::Owner.mode());
        let mut file = options.open(&path).naming(&path)?;
        file.write_all(bytes).and_then(|()| file.sync_all()).naming(&path)
    }

    /// Gives it the name `target`, which nothing has, or a folder that it replaces.
    pub fn complete(self, target: &Path) -> Outcome {
        check_interrupt()?;
        let Self { folder, undone } = self;
        let old = tempfile::Builder::new().prefix(TEMPORARY).tempdir_in(folder_of(target)).naming(target)?;
        let replaces = target.is_dir();
        if replaces {
            fs::rename(target, old.path()).naming(target)?;
        }
        let renamed = fs::rename(folder.path(), target).naming(target);
        if renamed.is_err() && replaces && fs::rename(old.path(), target).is_err() {
            // The old one has no way back to its name, so it stays under this one.
            let kept = old.keep();
            log::error!("{} is now {}", target.display(), kept.display());
        }
        drop(undone);
        renamed
    }
}

/// Opens what is written into. A pipe without a reader is waited for, so that an interrupt still comes through.
#[cfg(unix)]
fn open_stream(path: &Path) -> Outcome<File> {
    use std::os::unix::fs::OpenOptionsExt;
    loop {
        // A file that the caller has opened keeps what the caller wants to keep in it.
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

/// Waits for a reader that is slow, so that an interrupt still comes through.
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
