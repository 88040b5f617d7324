//! Labeled pictures in folders, and in data sets.

use std::path::{Path, PathBuf};

use mien_core::labels;
use mien_eval::datasets::{Entry, has_index};

use crate::commands::labeled::{clips_in, name_of, open};
use crate::media::entries_of;
use crate::process::failure::{Failure, Outcome};

/// Labeled pictures and clips.
pub struct Labels {
    pub entries: Vec<Entry>,
    /// Files of the data that are no pictures or clips of it.
    pub sources: Vec<PathBuf>,
    /// Number of files that lie in no folder of an emotion, or are neither pictures nor videos.
    pub outside: usize,
}

/// Reads the pictures in `data`: a data set with an index, a folder per person and emotion, or a folder per emotion
/// with pictures of `user`. `known` are emotions.
pub fn read(data: &Path, user: Option<&str>, known: &[String]) -> Outcome<Labels> {
    let labels = if has_index(data) {
        let set = open(data, &["emotion"])?;
        Labels { entries: set.entries, sources: vec![set.index], outside: 0 }
    } else {
        of_folders(data, user, known)?
    };
    match user {
        Some(user) => of_user(labels, user, data),
        None => Ok(labels),
    }
}

/// Returns the pictures of one person.
fn of_user(labels: Labels, user: &str, data: &Path) -> Outcome<Labels> {
    let is_user = |entry: &Entry| same_name(&entry.subject, user);
    let entries: Vec<Entry> = labels.entries.iter().filter(|entry| is_user(entry)).cloned().collect();
    if entries.is_empty() {
        let mut people: Vec<_> = labels.entries.into_iter().map(|entry| entry.subject).collect();
        people.sort();
        people.dedup();
        let shown = data.display();
        return Err(Failure::new(format!("{shown}: nobody is called {user:?}: it shows {}", people.join(", "))));
    }
    Ok(Labels { entries, ..labels })
}

/// Whether two names are the same except for case and surrounding spaces.
pub fn same_name(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

fn of_folders(data: &Path, user: Option<&str>, known: &[String]) -> Outcome<Labels> {
    let is_emotion = |folder: &PathBuf| labels::index_of(known, &name_of(folder)).is_some();
    let folders: Vec<PathBuf> = entries_of(data)?.into_iter().filter(|path| path.is_dir()).collect();
    let mut people = Vec::new();
    for folder in &folders {
        if entries_of(folder)?.iter().any(|path| path.is_dir() && is_emotion(path)) {
            people.push((folder.as_path(), name_of(folder)));
        }
    }
    match (people.is_empty(), user) {
        (false, _) => {}
        (true, Some(user)) if folders.iter().any(is_emotion) => people.push((data, user.to_owned())),
        (true, None) if folders.iter().any(is_emotion) => {
            let emotions: Vec<_> = folders.iter().map(|folder| name_of(folder)).collect();
            return Err(Failure::new(format!(
                "{}: whose pictures are in {}? Name the person by --user NAME, or make a folder per person",
                data.display(),
                emotions.join(", ")
            )));
        }
        _ => {
            return Err(Failure::new(format!(
                "{}: neither an index.csv (path,subject,emotion) nor a folder per person with one per emotion; emotions \
                 are {}",
                data.display(),
                known.join(", ")
            )));
        }
    }
    let mut found = Labels { entries: Vec::new(), sources: Vec::new(), outside: 0 };
    for (folder, person) in people {
        found.add_person(folder, &person)?;
    }
    if found.entries.is_empty() {
        return Err(Failure::new(format!("{}: the folders of emotions are empty", data.display())));
    }
    Ok(found)
}

impl Labels {
    /// Adds the pictures of a person, whose `folder` has one folder per emotion.
    fn add_person(&mut self, folder: &Path, person: &str) -> Outcome {
        for emotion in entries_of(folder)? {
            if !emotion.is_dir() {
                self.outside += 1;
                continue;
            }
            let label = labels::canonical(&name_of(&emotion));
            let entry = |path| Entry { path, subject: person.to_owned(), emotion: label.clone(), ..Entry::default() };
            let (clips, others) = clips_in(&emotion)?;
            self.outside += others;
            self.entries.extend(clips.into_iter().map(entry));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let content = if file.ends_with(".jpg") { &b"\xff\xd8\xff"[..] } else { b"other" };
            fs::write(path, content).unwrap();
        }
        folder
    }

    fn read(folder: &Path, user: Option<&str>) -> Outcome<(Vec<[String; 3]>, usize)> {
        let labels = super::read(folder, user, &labels::EMOTIONS.map(str::to_owned))?;
        let entry = |Entry { path, subject, emotion, .. }: Entry| {
            [path.strip_prefix(folder).unwrap().to_string_lossy().into_owned(), subject, emotion]
        };
        Ok((labels.entries.into_iter().map(entry).collect(), labels.outside))
    }

    #[test]
    fn a_folder_per_person_and_emotion_is_read() {
        // Joy is a person: her folder has folders of emotions. A folder in that of an emotion is a clip.
        let folder = tree(&[
            "Ann/Angry/1.jpg",
            "Ann/Angry/clip/1.jpg",
            "Ann/notes.txt",
            "Ann/Angry/Thumbs.db",
            "Joy/sadness/1.jpg",
            "Joy/odd/1.jpg",
        ]);
        let (entries, outside) = read(folder.path(), None).unwrap();
        let expected = [
            ["Ann/Angry/1.jpg", "Ann", "anger"],
            ["Ann/Angry/clip", "Ann", "anger"],
            ["Joy/odd/1.jpg", "Joy", "odd"],
            ["Joy/sadness/1.jpg", "Joy", "sad"],
        ];
        assert_eq!((entries.as_slice(), outside), (&expected.map(|entry| entry.map(str::to_owned))[..], 2));
        assert_eq!(read(folder.path(), Some("ann ")).unwrap().0.len(), 2);
        let nobody = read(folder.path(), Some("Eve")).unwrap_err().to_string();
        assert!(nobody.contains("nobody is called \"Eve\": it shows Ann, Joy"), "{nobody}");
    }

    #[test]
    fn a_folder_per_emotion_needs_a_name() {
        let folder = tree(&["happy/1.jpg", "contempt/1.jpg"]);
        let (entries, _) = read(folder.path(), Some("Ann")).unwrap();
        assert!(entries.iter().all(|[_, person, _]| person == "Ann") && entries.len() == 2, "{entries:?}");
        let why = read(folder.path(), None).unwrap_err().to_string();
        assert!(why.contains("whose pictures are in contempt, happy? Name the person by --user"), "{why}");
        let other = tree(&["Ann/1.jpg"]);
        let why = read(other.path(), None).unwrap_err().to_string();
        assert!(why.contains("neither an index.csv") && why.contains("neutral, happy"), "{why}");
        fs::create_dir(other.path().join("Ann/happy")).unwrap();
        assert!(read(other.path(), None).unwrap_err().to_string().contains("are empty"));
    }

    #[test]
    fn an_index_precedes_folders() {
        let folder = tree(&["Ann/happy/1.jpg"]);
        fs::write(folder.path().join("index.csv"), "path;person;label\nAnn\\happy\\1.jpg;Bob;sad\n").unwrap();
        assert_eq!(read(folder.path(), None).unwrap().0, [["Ann/happy/1.jpg", "Bob", "sad"].map(str::to_owned)]);
    }
}
