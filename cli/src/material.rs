//! The pictures that travel with the command, for `mien demo` and `mien bench`.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::process::failure::{Failure, Naming, Outcome};
use crate::process::interrupt::Undone;

/// Names and contents, made by build.rs from `tests/fixtures`.
const FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/material.rs"));

/// The file that says where each picture comes from; every folder of material has one.
const MANIFEST: &str = "MANIFEST.json";

/// A folder of pictures: one that was given, or a temporary one that is removed at the end.
pub struct Material {
    folder: PathBuf,
    _temporary: Option<(TempDir, Undone)>,
}

impl Material {
    /// Opens the folder `given`, or unpacks those built-in files whose names begin with one of `parts`.
    pub fn open(given: Option<&Path>, parts: &[&str]) -> Outcome<Self> {
        match given {
            None => Self::unpacked(parts),
            Some(folder) if folder.join(MANIFEST).is_file() => {
                Ok(Self { folder: folder.to_path_buf(), _temporary: None })
            }
            Some(folder) => Err(Failure::new(format!(
                "{}: not a folder of demo material: it has no {MANIFEST}; leave --material out to use the built-in \
                 pictures",
                folder.display()
            ))),
        }
    }

    fn unpacked(parts: &[&str]) -> Outcome<Self> {
        let temporary = tempfile::Builder::new().prefix("mien-material-").tempdir()?;
        let undone = Undone::folder(temporary.path());
        let folder = temporary.path().to_path_buf();
        for (name, bytes) in FILES.iter().filter(|(name, _)| parts.iter().any(|part| name.starts_with(part))) {
            let path = folder.join(name);
            if let Some(above) = path.parent() {
                fs::create_dir_all(above).naming(above)?;
            }
            fs::write(&path, bytes).naming(&path)?;
        }
        Ok(Self { folder, _temporary: Some((temporary, undone)) })
    }

    /// The path of the file or folder `name`.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_pictures_are_unpacked_and_removed() {
        let material = Material::open(None, &["pictures/obama.jpg", "stranger"]).unwrap();
        let folder = material.folder.clone();
        let original = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/pictures/obama.jpg");
        assert!(fs::read(material.path("pictures/obama.jpg")).unwrap() == fs::read(original).unwrap());
        assert_eq!(fs::read_dir(material.path("stranger")).unwrap().count(), 5);
        assert!(!material.path("clip").exists(), "only what was asked for is unpacked");
        drop(material);
        assert!(!folder.exists());
    }

    #[test]
    fn a_folder_without_a_manifest_is_no_material() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Material::open(Some(folder.path()), &[]).is_err());
        fs::write(folder.path().join(MANIFEST), "{}").unwrap();
        assert_eq!(Material::open(Some(folder.path()), &[]).unwrap().path("a"), folder.path().join("a"));
    }
}
