//! Stores with a lost key: renamed, so that they can be opened if the key is recovered.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use super::{FILE, FRESH};
use crate::error::Result;
use crate::users::files::{Files, Folder, failure};

/// The maximum number of lost stores that are kept; the oldest is deleted first.
pub const MAX_LOST: u32 = 3;

/// Separates a file's name from the number of its lost store.
const LOST: &str = ".lost-";

/// Sets the store of `folder` aside together with the files named `with` (its key, for example).
/// Each is renamed to `NAME.lost-N`; N counts up from 1 and is returned. Missing files are skipped.
/// The [`MAX_LOST`] newest lost stores are kept.
///
/// # Errors
/// `Storage` if a file cannot be renamed or a store has the folder open.
pub fn set_aside(folder: &Path, with: &[&str]) -> Result<u32> {
    let files = Folder::open(folder)?;
    let error = |error| failure(folder, error);
    let numbers: BTreeSet<u32> =
        lost_files(folder).map_err(error)?.iter().filter_map(|name| Some(split(name)?.1)).collect();
    let number = numbers.last().map_or(1, |last| last.saturating_add(1));
    // The store goes first: a crash after it leaves a key without a store, which the next start
    // replaces.
    for name in [FILE].iter().chain(with) {
        if files.exists(name).map_err(error)? {
            files.rename(name, &format!("{name}{LOST}{number}")).map_err(error)?;
        }
    }
    // An unfinished copy holds nothing that the store does not.
    if files.exists(FRESH).map_err(error)? {
        files.remove(FRESH).map_err(error)?;
    }
    files.sync().map_err(error)?;
    for name in lost_files(folder).map_err(error)? {
        if split(&name).is_some_and(|(_, old)| old.saturating_add(MAX_LOST) <= number) {
            files.remove(&name).map_err(error)?;
        }
    }
    Ok(number)
}

/// Returns the names of the files of lost stores in `folder`, sorted.
///
/// # Errors
/// Errors of the system.
pub fn lost_files(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    if folder.try_exists()? {
        for entry in fs::read_dir(folder)? {
            names.extend(entry?.file_name().into_string().ok().filter(|name| split(name).is_some()));
        }
    }
    names.sort_unstable();
    Ok(names)
}

/// Splits a lost file's name into its original name and the number of its lost store.
fn split(name: &str) -> Option<(&str, u32)> {
    let (own, number) = name.rsplit_once(LOST)?;
    Some((own, number.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::super::Store;
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn lost_stores_keep_their_bytes_and_only_the_newest_ones_stay() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let mut expected = Vec::new();
        for number in 1..=5 {
            let store = Store::open(folder).unwrap();
            store.set_option("number", Some(&[number as u8])).unwrap();
            assert_eq!(set_aside(folder, &["store.key"]).unwrap_err().kind(), ErrorKind::Storage, "it is open");
            drop(store);
            fs::write(folder.join("store.key"), [number as u8]).unwrap();
            fs::write(folder.join(FRESH), b"half a copy").unwrap();
            let bytes = fs::read(folder.join(FILE)).unwrap();
            assert_eq!(set_aside(folder, &["store.key", "not there"]).unwrap(), number);
            assert_eq!(fs::read(folder.join(format!("{FILE}.lost-{number}"))).unwrap(), bytes);
            assert!(![FILE, FRESH, "store.key"].iter().any(|name| folder.join(name).exists()));
            expected.push(number);
        }
        let names: Vec<String> = ["store.key", FILE]
            .iter()
            .flat_map(|name| expected[2..].iter().map(move |number| format!("{name}.lost-{number}")))
            .collect();
        assert_eq!(lost_files(folder).unwrap(), names);
        // A recovered key opens its store.
        fs::rename(folder.join(format!("{FILE}.lost-4")), folder.join(FILE)).unwrap();
        assert_eq!(Store::open(folder).unwrap().option("number").unwrap(), Some(vec![4]));
        assert_eq!(lost_files(&folder.join("none")).unwrap(), Vec::<String>::new());
    }
}
