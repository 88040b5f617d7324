//! Data sets as folders with an `index.csv`: `path,subject,emotion[,session][,sound][,recording]`.

use std::fs;
use std::path::{Path, PathBuf};

use mien_core::labels;
use mien_core::{Error, ErrorKind, Result, fail};
use unicode_normalization::UnicodeNormalization;

use crate::table::{Column, Row, Table};

/// File name of the index in a data set's folder; its case makes no difference.
pub const INDEX: &str = "index.csv";

/// Where a picture, a folder of frames, a video or a sound lies.
const PATH: Column = Column(&["path", "file", "filename", "image", "picture"]);

/// The person whom it shows.
const SUBJECT: Column = Column(&["subject", "person", "actor", "user", "participant", "id"]);

/// The emotion that it shows.
const EMOTION: Column = Column(&["emotion", "label", "expression"]);

/// The recording session.
const SESSION: Column = Column(&["session", "take"]);

/// Where the sound of a recording lies.
const SOUND: Column = Column(&["sound", "audio"]);

/// The recording of which there are several files.
const RECORDING: Column = Column(&["recording"]);

/// One line of an index.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entry {
    /// A picture, a folder of frames, a video or a sound; checked to exist.
    pub path: PathBuf,
    /// The person it shows.
    pub subject: String,
    /// The emotion in its canonical spelling; empty if the index has no such column.
    pub emotion: String,
    /// The recording session; empty if the index has no such column.
    pub session: String,
    /// The file of the recording's sound, checked to exist; `None` if the index names none.
    pub sound: Option<PathBuf>,
    /// The recording that the file is of, by whose name files of the same person, emotion and session belong together;
    /// empty if the index has no such column.
    pub recording: String,
}

impl Entry {
    /// Returns the file of the recording's sound: that which is named, or else the file itself.
    pub fn sound_file(&self) -> &Path {
        self.sound.as_deref().unwrap_or(&self.path)
    }
}

/// A line of an index that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unusable {
    /// The line in the file, from 1.
    pub line: u64,
    /// Why it cannot be used; names the file if that is missing.
    pub why: String,
}

/// A data set's name and entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dataset {
    /// The folder's name.
    pub name: String,
    /// The index file.
    pub index: PathBuf,
    /// The usable lines of the index, in order; at least one.
    pub entries: Vec<Entry>,
    /// The other lines, in order.
    pub unusable: Vec<Unusable>,
}

impl Dataset {
    /// Reads the index of the folder `data`, or the index file `data` itself. The columns `path` and
    /// `subject` are required, and those named in `needed`. Lines that lack a path, a subject or a
    /// needed emotion, or that name a missing file or sound, are put aside.
    ///
    /// # Errors
    /// `InvalidOption` naming the index and what is missing in it, or its first line if none can be
    /// used.
    pub fn open(data: &Path, needed: &[&str]) -> Result<Self> {
        let index = index_of(data);
        Self::read(&index, needed).map_err(|error| error.about(&index))
    }

    fn read(index: &Path, needed: &[&str]) -> Result<Self> {
        // Reading a pipe or device may never end.
        if fs::metadata(index).is_ok_and(|metadata| !metadata.is_file()) {
            fail!(InvalidOption, "the index is not a file");
        }
        let bytes = fs::read(index)
            .map_err(|error| Error::with_source(ErrorKind::InvalidOption, "the index cannot be read", error))?;
        let table = Table::parse(&bytes, &[PATH, SUBJECT, EMOTION, SESSION, SOUND, RECORDING])?;
        let columns = Columns::of(&table, needed)?;
        let folder = index.parent().unwrap_or(Path::new(""));
        let (mut entries, mut unusable) = (Vec::new(), Vec::new());
        for row in table.rows() {
            match columns.entry(&table, row, folder) {
                Ok(entry) => entries.push(entry),
                Err(why) => unusable.push(Unusable { line: row.line, why }),
            }
        }
        match unusable.first() {
            Some(Unusable { line, why }) if entries.is_empty() => {
                fail!(InvalidOption, "no line of the index can be used"; "no line can be used; line {line}: {why}")
            }
            None if entries.is_empty() => fail!(InvalidOption, "the index lists nothing"),
            _ => Ok(Self { name: name_of(index), index: index.to_path_buf(), entries, unusable }),
        }
    }

    /// Returns the number of lines, usable or not.
    pub fn lines(&self) -> usize {
        self.entries.len() + self.unusable.len()
    }

    /// Whether any entry names a session.
    pub fn has_sessions(&self) -> bool {
        self.entries.iter().any(|entry| !entry.session.is_empty())
    }
}

/// Whether `data` is an index file or a folder with one.
pub fn has_index(data: &Path) -> bool {
    index_of(data).is_file()
}

/// Returns the index file of a data set; `data` is its folder, or the file itself.
fn index_of(data: &Path) -> PathBuf {
    let exact = data.join(INDEX);
    if data.is_file() {
        return data.to_path_buf();
    }
    if exact.exists() {
        return exact;
    }
    let names = fs::read_dir(data).into_iter().flatten().flatten().map(|entry| entry.file_name());
    let mut alike: Vec<_> = names.filter(|name| name.to_string_lossy().eq_ignore_ascii_case(INDEX)).collect();
    alike.sort();
    alike.first().map_or(exact, |name| data.join(name))
}

/// Returns the name of the index's folder.
fn name_of(index: &Path) -> String {
    let absolute = std::path::absolute(index).unwrap_or_else(|_| index.to_path_buf());
    let folder = absolute.parent().and_then(Path::file_name);
    folder.map_or_else(|| "data".into(), |name| name.to_string_lossy().into_owned())
}

/// Indices of the columns.
struct Columns {
    path: usize,
    subject: usize,
    emotion: Option<usize>,
    session: Option<usize>,
    sound: Option<usize>,
    recording: Option<usize>,
    /// Whether each entry needs an emotion.
    labeled: bool,
}

impl Columns {
    fn of(table: &Table, needed: &[&str]) -> Result<Self> {
        let found = |column: &Column| match needed.contains(&column.name()) {
            true => table.require(column).map(Some),
            false => Ok(table.find(column)),
        };
        Ok(Self {
            path: table.require(&PATH)?,
            subject: table.require(&SUBJECT)?,
            emotion: found(&EMOTION)?,
            session: found(&SESSION)?,
            sound: found(&SOUND)?,
            recording: found(&RECORDING)?,
            labeled: needed.contains(&EMOTION.name()),
        })
    }

    /// Returns the entry of a row, or why there is none.
    fn entry(&self, table: &Table, row: &Row, folder: &Path) -> Result<Entry, String> {
        let cell = |column: Option<usize>| column.map_or("", |column| row.cell(column));
        let (path, subject, emotion) = (row.cell(self.path), row.cell(self.subject), cell(self.emotion));
        for (name, missing) in [
            ("path", path.is_empty()),
            ("subject", subject.is_empty()),
            ("emotion", self.labeled && emotion.is_empty()),
        ] {
            if missing {
                return Err(format!("the {name} is empty"));
            }
        }
        if let Some(surplus) = table.surplus(row) {
            let columns = table.columns().len();
            return Err(format!("{surplus:?} stands after the last of {columns} columns: quote cells with separators"));
        }
        let file = |name: &str| {
            let missing = || format!("{} does not exist", folder.join(name).display());
            located(folder, name, table.bytes(name)).ok_or_else(missing)
        };
        let sound = Some(cell(self.sound)).filter(|sound| !sound.is_empty());
        Ok(Entry {
            path: file(path)?,
            subject: subject.to_owned(),
            emotion: labels::canonical(emotion),
            session: cell(self.session).to_owned(),
            sound: sound.map(file).transpose()?,
            recording: cell(self.recording).to_owned(),
        })
    }
}

/// Returns the existing file or folder that an index calls `name`: as written, with slashes for
/// backslashes, with accented letters composed or decomposed (macOS), or with the `bytes` of the
/// index, whose encoding may be that of the file names.
fn located(folder: &Path, name: &str, bytes: Option<Vec<u8>>) -> Option<PathBuf> {
    let forms = |name: &str| [name.to_owned(), name.nfc().collect(), name.nfd().collect()].map(PathBuf::from);
    let mut spellings = Vec::from(forms(name));
    spellings.extend(forms(&name.replace('\\', "/")));
    let slashed = |bytes: &Vec<u8>| bytes.iter().map(|&byte| if byte == b'\\' { b'/' } else { byte }).collect();
    let with_slashes = bytes.as_ref().map(slashed);
    spellings.extend([bytes, with_slashes].into_iter().flatten().filter_map(path_of));
    spellings.into_iter().map(|path| folder.join(path)).find(|path| path.exists())
}

/// Returns the path of these bytes.
#[cfg(unix)]
fn path_of(bytes: Vec<u8>) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStringExt;
    Some(std::ffi::OsString::from_vec(bytes).into())
}

/// Returns nothing: file names have no bytes here.
#[cfg(not(unix))]
fn path_of(_: Vec<u8>) -> Option<PathBuf> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn folder(index: impl AsRef<[u8]>) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("images")).unwrap();
        for name in ["a.png", "images/b, 1.png"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        fs::write(folder.path().join(INDEX), index).unwrap();
        folder
    }

    /// Emotions and sessions of a set that is read without loss.
    fn read(folder: &Path) -> Vec<[String; 4]> {
        let set = Dataset::open(folder, &["emotion"]).unwrap();
        assert!(set.unusable.is_empty(), "{:?}", set.unusable);
        let entry = |Entry { path, subject, emotion, session, .. }: Entry| {
            let path = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().into_owned();
            [path, subject, emotion, session]
        };
        set.entries.into_iter().map(entry).collect()
    }

    #[test]
    fn an_index_is_read_with_columns_in_any_order() {
        let folder = folder("session,emotion,subject,path\nA,Angry,s1,a.png\nB,happiness,s1,a.png\n");
        assert_eq!(read(folder.path()), [["a.png", "s1", "anger", "A"], ["a.png", "s1", "happy", "B"]]);
        let dataset = Dataset::open(folder.path(), &["emotion", "session"]).unwrap();
        assert!(dataset.has_sessions() && dataset.name == folder.path().file_name().unwrap().to_str().unwrap());
    }

    #[test]
    fn an_index_of_any_spreadsheet_is_read() {
        let plain =
            "\u{feff}path,subject,emotion,session\r\na.png,Zo\u{eb},Angry,\r\n\"images\\b, 1.png\",Zo\u{eb},sad,\r\n";
        let expected = [["a.png", "Zo\u{eb}", "anger", ""], ["images/b, 1.png", "Zo\u{eb}", "sad", ""]];
        let header = |to: &str| plain.replacen("path,subject,emotion,session", to, 1);
        let semicolons =
            header("path;subject;emotion;session").replace(",Zo\u{eb},", ";Zo\u{eb};").replace(",\r", ";\r");
        let capitals = semicolons.replacen("path;subject;emotion;session", "File Name;PERSON;Label;Session", 1);
        let utf16: Vec<u8> = capitals.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let latin: Vec<u8> = semicolons[3..].chars().map(|letter| letter as u8).collect();
        let named = format!("sep=;\r\n{}", &semicolons[3..]);
        for index in [
            plain.as_bytes(),
            semicolons.as_bytes(),
            capitals.as_bytes(),
            &utf16,
            &latin,
            named.as_bytes(),
            header("Image,Actor,Expression,Take").as_bytes(),
            header("id,path,subject,emotion").replace("\na", "\n7,a").replace("\n\"", "\n8,\"").as_bytes(),
        ] {
            let folder = folder(index);
            assert_eq!(read(folder.path()), expected, "{}", String::from_utf8_lossy(index));
        }
    }

    #[test]
    fn paths_are_found_in_every_form() {
        let elsewhere = tempfile::tempdir().unwrap();
        let far = elsewhere.path().join("far.png");
        fs::write(&far, "").unwrap();
        let index = format!("path,subject,emotion\n.\\a.png,s,sad\n{},s,sad\nimages,s,sad\n", far.display());
        let folder = folder(&index);
        let found = |folder: &Path| read(folder).into_iter().map(|[path, ..]| path).collect::<Vec<_>>();
        assert_eq!(found(folder.path()), ["a.png", far.to_str().unwrap(), "images"]);
        // A file whose name has a backslash precedes a file in a folder.
        if cfg!(unix) {
            fs::write(folder.path().join(".\\a.png"), "").unwrap();
            assert_eq!(found(folder.path())[0], ".\\a.png");
        }
        // The folder's name, the file itself, and other cases lead to the same set.
        let file = folder.path().join(INDEX);
        assert_eq!(Dataset::open(&file, &[]).unwrap(), Dataset::open(folder.path(), &[]).unwrap());
        fs::rename(&file, folder.path().join("Index.CSV")).unwrap();
        assert_eq!(found(folder.path()).len(), 3);
        assert!(has_index(folder.path()) && !has_index(elsewhere.path()));
    }

    #[test]
    fn accents_are_found_composed_and_decomposed() {
        let (composed, decomposed) = ("Zo\u{eb}.png", "Zoe\u{308}.png");
        for (file, name) in [(composed, decomposed), (decomposed, composed)] {
            let folder = folder(format!("path,subject,emotion\nimages\\{name},s,sad\n"));
            fs::write(folder.path().join("images").join(file), "").unwrap();
            assert_eq!(read(folder.path()).len(), 1, "{name:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn names_that_are_no_text_are_found_by_their_bytes() {
        use std::os::unix::ffi::OsStrExt;
        let folder = folder(b"path;subject;emotion\nimages\\\xe9.png;Ren\xe9;sad\n");
        fs::write(folder.path().join(std::ffi::OsStr::from_bytes(b"images/\xe9.png")), "").unwrap();
        let [[_, subject, ..]] = &read(folder.path())[..] else { panic!() };
        assert_eq!(subject, "Ren\u{e9}");
    }

    #[test]
    fn sounds_and_recordings_are_optional() {
        let folder = folder(
            "path,subject,emotion,Audio,recording\na.png,s,sad,images\\b. 1.png,r1\na.png,s,sad,,\na.png,s,sad,gone.wav,\n",
        );
        fs::write(folder.path().join("images/b. 1.png"), "").unwrap();
        let set = Dataset::open(folder.path(), &[]).unwrap();
        let [named, bare] = &set.entries[..] else { panic!("{:?}", set.entries) };
        assert_eq!((named.recording.as_str(), named.sound_file()), ("r1", &*folder.path().join("images/b. 1.png")));
        assert_eq!((bare.recording.as_str(), &bare.sound, bare.sound_file()), ("", &None, bare.path.as_path()));
        assert!(
            set.unusable[0].line == 4 && set.unusable[0].why.contains("gone.wav does not exist"),
            "{:?}",
            set.unusable
        );
    }

    #[test]
    fn lines_that_cannot_be_used_are_put_aside() {
        let index =
            "path,subject,emotion\ngone.png,s,sad\na.png,s,sad\n,s,sad\na.png,,sad\na.png,s,\na.png,s,sad,x\na.png\n";
        let folder = folder(index);
        let set = Dataset::open(folder.path(), &["emotion"]).unwrap();
        assert_eq!((set.entries.len(), set.lines()), (1, 7));
        let expected = [
            (2, "gone.png does not exist"),
            (4, "the path is empty"),
            (5, "the subject is empty"),
            (6, "the emotion is empty"),
            (7, "\"x\" stands after the last of 3 columns"),
            (8, "the subject is empty"),
        ];
        for (Unusable { line, why }, (expected, words)) in set.unusable.iter().zip(expected) {
            assert!(*line == expected && why.contains(words), "line {line}: {why}");
        }
        assert_eq!(set.unusable.len(), expected.len());
        // Without a need for emotions, one line more is used.
        assert_eq!(Dataset::open(folder.path(), &[]).unwrap().entries.len(), 2);
    }

    #[test]
    fn what_is_missing_is_named() {
        for (index, message, details) in [
            ("path,emotion\na.png,happy\n", "no column \"subject\"", "are \"path\", \"emotion\", separated by commas"),
            ("path;subject\na.png;s\n", "no column \"emotion\"", "separated by semicolons"),
            ("path,subject,emotion\nb.png,s,happy\n", "no line of the index", "line 2: "),
            ("path,subject,emotion\na.png,,happy\n", "no line of the index", "line 2: the subject is empty"),
            ("path,subject,emotion\na.png,s\n", "no line of the index", "line 2: the emotion is empty"),
            ("path,subject,emotion\n", "lists nothing", "lists nothing"),
            ("", "the table is empty", "the table is empty"),
        ] {
            let folder = folder(index);
            let error = Dataset::open(folder.path(), &["emotion"]).unwrap_err();
            assert!(error.to_string().contains(message), "{error}");
            assert!(error.full_text().contains(INDEX) && error.full_text().contains(details), "{}", error.full_text());
            assert!(!error.to_string().contains(INDEX) && !error.to_string().contains("b.png"), "{error}");
        }
        let error = Dataset::open(Path::new("nowhere"), &[]).unwrap_err();
        assert!(error.full_text().contains("nowhere") && !error.to_string().contains("nowhere"), "{error}");
    }
}
