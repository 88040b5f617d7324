//! Creation of folders, and their permissions.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;

use tempfile::TempDir;

use super::place::{TEMPORARY, folder_of};
use crate::process::failure::{Naming, Outcome};
use crate::process::interrupt::{Undone, check_interrupt};

/// Who may read a written file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    /// Only its owner: for personal data.
    Owner,
    /// Everyone that the umask allows.
    Umask,
}

impl Readers {
    /// Returns the file mode before the umask.
    pub fn mode(self) -> u32 {
        match self {
            Self::Owner => 0o600,
            Self::Umask => 0o666,
        }
    }
}

/// Creates `folder` and its missing parents for `readers`.
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
    // Syncs the parent so that a crash cannot lose the folder's name, where the system supports it.
    let _ = File::open(folder_of(folder)).and_then(|above| above.sync_all());
    Ok(())
}

/// A folder under construction: it has a temporary name until it is complete, only its owner can read it, and it is
/// removed if it is not completed.
pub struct HalfFolder {
    folder: TempDir,
    undone: Undone,
}

impl HalfFolder {
    /// Creates a folder beside `target`; missing parents are created.
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

    /// Takes the folder `target` away: it gets a temporary name, and is removed when this is dropped.
    pub fn of(target: &Path) -> Outcome<Self> {
        let half = Self::beside(target)?;
        fs::rename(target, half.path().join("removed")).naming(target)?;
        Ok(half)
    }

    /// Returns the temporary path.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes the new file `name`.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Outcome {
        let path = self.path().join(name);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, Readers::Owner.mode());
        let mut file = options.open(&path).naming(&path)?;
        file.write_all(bytes).and_then(|()| file.sync_all()).naming(&path)
    }

    /// Renames the folder to `target`, which is missing or a folder that is replaced.
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
            // The old folder cannot be renamed back, so it keeps its temporary name.
            let kept = old.keep();
            log::error!("{} is now {}", target.display(), kept.display());
        }
        drop(undone);
        renamed
    }
}
