//! The outputs of one run, checked before the work.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use mien_core::users::store::FILE as STORE_FILE;

use super::destination::Destination;
use super::folder::Readers;
use super::place::{Identity, Place, canonical, folder_of, probe};
use crate::args::Shared;
use crate::media::files_of;
use crate::process::failure::{Failure, Naming, Outcome};
use crate::process::terminal;

/// The outputs of one run, checked against its inputs and each other.
pub struct Outputs {
    inputs: BTreeSet<Identity>,
    /// The real paths of the folders of the inputs.
    folders: BTreeSet<PathBuf>,
    /// Path prefix of the store's files.
    store: Option<PathBuf>,
    taken: BTreeSet<Identity>,
    prints_json: bool,
}

impl Outputs {
    /// Creates the outputs of a command that reads the files of `shared`; `prints_json` reserves standard output for
    /// JSON.
    pub fn new(shared: &Shared, prints_json: bool) -> Self {
        // Without a home folder there is no store.
        let store = shared.store_folder().ok().map(|folder| canonical(&folder).join(STORE_FILE));
        let outputs =
            Self { inputs: BTreeSet::new(), folders: BTreeSet::new(), store, taken: BTreeSet::new(), prints_json };
        let pack = shared.pack.as_ref().and_then(|name| shared.pack_folder(name).ok());
        let models = shared.models.iter().chain(&pack).flat_map(|folder| entries(folder));
        outputs.reading(models).reading(shared.store_key.iter().chain(&shared.generic))
    }

    /// Adds inputs: files, and folders of frames. Missing paths are ignored; reading them fails later.
    pub fn reading(mut self, paths: impl IntoIterator<Item = impl AsRef<Path>>) -> Self {
        let files: Vec<_> = paths.into_iter().flat_map(|path| files_of(path.as_ref())).collect();
        self.folders.extend(files.iter().map(|file| canonical(folder_of(file))));
        let files = files.into_iter();
        self.inputs.extend(files.filter_map(|file| Some(Identity::of(&file, &fs::metadata(&file).ok()?))));
        self
    }

    /// Returns the output `path`; `-` is standard output.
    pub fn file(&mut self, path: &Path, readers: Readers) -> Outcome<Destination> {
        let place = Place::of(path)?;
        self.claim(path, &place)?;
        place.check(path)?;
        Ok(Destination { path: path.to_path_buf(), place, readers, new: false })
    }

    /// Same as [`Self::file`], but an existing file or folder is refused.
    pub fn new_file(&mut self, path: &Path, readers: Readers) -> Outcome<Destination> {
        if matches!(Place::of(path)?, Place::File(file) if file.exists()) {
            return Err(Failure::new(format!("{} already exists", path.display())));
        }
        Ok(Destination { new: true, ..self.file(path, readers)? })
    }

    /// Returns the outputs named `stem` plus each of `endings` in `folder`, which is created with the first of them.
    /// If another output has such a name, a number follows the stem. In a folder with inputs, no file is replaced.
    pub fn files_in(
        &mut self,
        folder: &Path,
        stem: &OsStr,
        endings: &[&str],
        readers: Readers,
    ) -> Outcome<(OsString, Vec<Destination>)> {
        let folder = Place::folder(folder)?;
        let beside_inputs = self.folders.contains(&canonical(&folder));
        let numbered = (2..).map(|number| [stem, OsStr::new(&format!("-{number}"))].concat_names());
        for stem in std::iter::once(stem.to_owned()).chain(numbered) {
            let paths: Vec<_> =
                endings.iter().map(|end| folder.join([&stem, OsStr::new(end)].concat_names())).collect();
            let is_taken = |path: &PathBuf| self.taken.contains(&Identity::named(path));
            // Beside inputs there are files that are not of an earlier run.
            let is_anothers = |path: &PathBuf| beside_inputs && path.symlink_metadata().is_ok() && !self.is_input(path);
            if paths.iter().any(|path| is_taken(path) || is_anothers(path)) {
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
        Err(Failure::new(format!("{}: no free name", folder.display())))
    }

    /// Whether `path` is an input, under any name.
    fn is_input(&self, path: &Path) -> bool {
        fs::metadata(path).is_ok_and(|metadata| self.inputs.contains(&Identity::of(path, &metadata)))
    }

    /// Returns the folder `path`, with links followed, that will be created or replaced as a whole.
    pub fn folder(&self, path: &Path) -> Outcome<PathBuf> {
        let folder = canonical(&Place::folder(path)?);
        let above = folder_of(&folder);
        if above.is_dir() {
            probe(above).naming(path)?;
        }
        Ok(folder)
    }

    /// Reserves `place` for the output `path`.
    fn claim(&mut self, path: &Path, place: &Place) -> Outcome {
        let refuse = |why: &str| Err(Failure::new(format!("{}: {why}", path.display())));
        let identities = match place {
            Place::Output if self.prints_json => return refuse("standard output is used by --json"),
            Place::Output if terminal::is_taken() => return refuse("standard output is used by another output"),
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
            return refuse("is an input, which the output would destroy: give another name or folder");
        }
        if let Place::File(file) = place
            && self.store.as_ref().is_some_and(|store| is_of_store(file, store))
        {
            return refuse("is a file of the user store");
        }
        if identities.iter().any(|identity| self.taken.contains(identity)) {
            return refuse("is given for two outputs");
        }
        self.taken.extend(identities);
        Ok(())
    }
}

/// Whether `file` is the store's file or one that the store creates beside it.
fn is_of_store(file: &Path, store: &Path) -> bool {
    let (Some(folder), Some(name)) = (file.parent(), file.file_name()) else { return false };
    Some(canonical(folder).as_path()) == store.parent() && name.as_encoded_bytes().starts_with(STORE_FILE.as_bytes())
}

/// Returns the files in `folder`.
fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

trait ConcatNames {
    /// Concatenates names.
    fn concat_names(self) -> OsString;
}

impl<const N: usize> ConcatNames for [&OsStr; N] {
    fn concat_names(self) -> OsString {
        self.into_iter().collect()
    }
}
