//! Data sets as folders with an `index.csv`: `path,subject,emotion[,session]`.

use std::path::{Path, PathBuf};

use mien_core::labels;
use mien_core::{Error, ErrorKind, Result, fail};

/// File name of the index in a data set's folder.
pub const INDEX: &str = "index.csv";

/// One line of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// A picture, a folder of frames or a video; checked to exist.
    pub path: PathBuf,
    /// The person it shows.
    pub subject: String,
    /// The emotion in its canonical spelling; empty if the index has no such column.
    pub emotion: String,
    /// The recording session; empty if the index has no such column.
    pub session: String,
}

/// A data set's name and entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dataset {
    /// The folder's name.
    pub name: String,
    /// The lines of the index, in order.
    pub entries: Vec<Entry>,
}

impl Dataset {
    /// Reads the index of `folder`. The columns `path` and `subject` are required, and those named
    /// in `needed`.
    ///
    /// # Errors
    /// `InvalidOption` naming the folder, column, line or file that is missing or empty.
    pub fn open(folder: &Path, needed: &[&str]) -> Result<Self> {
        let index = folder.join(INDEX);
        Self::read(folder, &index, needed).map_err(|error| error.about(&index))
    }

    fn read(folder: &Path, index: &Path, needed: &[&str]) -> Result<Self> {
        let bad = |error: csv::Error| Error::with_source(ErrorKind::InvalidOption, "the index cannot be read", error);
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_path(index).map_err(bad)?;
        let headers = reader.headers().map_err(bad)?.clone();
        let column = |name: &str| headers.iter().position(|header| header.trim_start_matches('\u{feff}') == name);
        for name in ["path", "subject"].iter().chain(needed) {
            if column(name).is_none() {
                fail!(InvalidOption, "the index has no column {name:?}");
            }
        }
        let columns = ["path", "subject", "emotion", "session"].map(column);
        let mut entries = Vec::new();
        for (number, record) in reader.records().enumerate() {
            let record = record.map_err(bad)?;
            let line = number + 2;
            let [path, subject, emotion, session] =
                columns.map(|column| column.and_then(|index| record.get(index)).unwrap_or("").to_owned());
            if path.is_empty() || subject.is_empty() {
                fail!(InvalidOption, "line {line}: the path or the subject is empty");
            }
            if needed.contains(&"emotion") && emotion.is_empty() {
                fail!(InvalidOption, "line {line}: the emotion is empty");
            }
            let path = folder.join(path);
            if !path.exists() {
                fail!(
                    InvalidOption,
                    "line {line}: the path does not exist";
                    "line {line}: {} does not exist", path.display()
                );
            }
            entries.push(Entry { path, subject, emotion: labels::canonical(&emotion), session });
        }
        if entries.is_empty() {
            fail!(InvalidOption, "the index lists nothing");
        }
        let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_path_buf());
        let name = absolute.file_name().map_or_else(|| "data".into(), |name| name.to_string_lossy().into_owned());
        Ok(Self { name, entries })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn folder(index: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.png"), "").unwrap();
        fs::write(folder.path().join(INDEX), index).unwrap();
        folder
    }

    #[test]
    fn an_index_is_read_with_columns_in_any_order() {
        let folder = folder("session,emotion,subject,path\nA,Angry,s1,a.png\nB,happiness,s1,a.png\n");
        let dataset = Dataset::open(folder.path(), &["emotion", "session"]).unwrap();
        let emotions: Vec<_> = dataset.entries.iter().map(|entry| entry.emotion.as_str()).collect();
        assert_eq!(emotions, ["anger", "happy"]);
        assert_eq!(dataset.entries[1].session, "B");
    }

    #[test]
    fn what_is_missing_is_named() {
        for (index, message) in [
            ("path,emotion\na.png,happy\n", "has no column \"subject\""),
            ("path,subject\na.png,s\n", "has no column \"emotion\""),
            ("path,subject,emotion\nb.png,s,happy\n", "line 2: "),
            ("path,subject,emotion\na.png,,happy\n", "line 2: the path or the subject is empty"),
            ("path,subject,emotion\na.png,s,\n", "line 2: the emotion is empty"),
            ("path,subject,emotion\na.png,s\n", "the index cannot be read"),
            ("path,subject,emotion\n", "lists nothing"),
        ] {
            let folder = folder(index);
            let error = Dataset::open(folder.path(), &["emotion"]).unwrap_err();
            assert!(error.to_string().contains(message), "{error}");
            assert!(error.full_text().contains(INDEX) && error.full_text().contains(message), "{}", error.full_text());
            assert!(!error.to_string().contains(INDEX) && !error.to_string().contains("b.png"), "{error}");
        }
        let error = Dataset::open(Path::new("nowhere"), &[]).unwrap_err();
        assert!(error.full_text().contains("nowhere") && !error.to_string().contains("nowhere"), "{error}");
    }
}
