//! The inputs in a folder.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::endings::{is_called_medium, is_called_sound};
use super::folder::{CLIP, entries_of};
use super::kinds::{Content, sniff, unreadable};
use super::source::{Kind, kind_of};
use crate::process::failure::{Failure, Naming, Outcome};
use crate::process::skipped::or_skip;
use crate::process::terminal::warn;

/// What a path stands for.
pub struct Listing {
    /// The inputs in natural order, each with its kind.
    pub inputs: Vec<(PathBuf, Kind)>,
    /// Media that cannot be read.
    pub left_out: Vec<Failure>,
}

impl Listing {
    /// Names what is left out on standard error and returns the inputs.
    pub fn skipping(self) -> Outcome<Vec<(PathBuf, Kind)>> {
        self.left_out.into_iter().try_for_each(|failure| or_skip::<()>(Err(failure), true).map(drop))?;
        Ok(self.inputs)
    }
}

/// What a folder stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Folders {
    /// Its pictures and videos, each an input of its own.
    Lists,
    /// Its pictures and videos and those of its subfolders, each an input of its own.
    Trees,
    /// One clip with its pictures as frames, and its videos.
    Clips,
}

/// Returns the inputs that `path` stands for: the file itself, or what a folder stands for. A folder with a `clip.json`
/// is one clip of frames.
///
/// # Errors
/// If the path cannot be read, or a folder has no media.
pub fn list(path: &Path, folders: Folders) -> Outcome<Listing> {
    let mut walk = Walk { folders, inputs: Vec::new(), left_out: Vec::new(), visited: BTreeSet::new(), passed: 0 };
    if !fs::metadata(path).naming(path).map_err(Failure::of_input)?.is_dir() {
        walk.inputs.push((path.to_path_buf(), kind_of(path)?));
    } else {
        walk.folder(path).map_err(Failure::of_input)?;
        let is_hint = walk.passed > 0 && folders == Folders::Lists;
        let subfolders = if is_hint { "; its subfolders are searched with --recursive" } else { "" };
        if walk.inputs.is_empty() && walk.left_out.is_empty() {
            let message = format!("{}: the folder has no pictures and no videos{subfolders}", path.display());
            return Err(Failure::new(message).of_input());
        }
        if is_hint {
            warn(format!("{}: only the folder itself{subfolders}", path.display()))?;
        }
    }
    Ok(Listing { inputs: walk.inputs, left_out: walk.left_out })
}

/// A walk through folders.
struct Walk {
    folders: Folders,
    inputs: Vec<(PathBuf, Kind)>,
    left_out: Vec<Failure>,
    /// Real paths of the folders, because links may form a circle.
    visited: BTreeSet<PathBuf>,
    /// Number of subfolders that were passed by.
    passed: usize,
}

impl Walk {
    fn folder(&mut self, path: &Path) -> Outcome {
        if !self.visited.insert(fs::canonicalize(path).naming(path)?) {
            return Ok(());
        }
        if path.join(CLIP).is_file() {
            self.inputs.push((path.to_path_buf(), Kind::Folder));
            return Ok(());
        }
        let first = self.inputs.len();
        for entry in entries_of(path)? {
            if !entry.is_dir() {
                self.file(entry);
            } else if self.folders == Folders::Trees {
                if let Err(failure) = self.folder(&entry) {
                    self.left_out.push(failure.of_input());
                }
            } else {
                self.passed += 1;
            }
        }
        if self.folders == Folders::Clips {
            let mut own = self.inputs.split_off(first);
            let pictures = own.len();
            own.retain(|(_, kind)| *kind != Kind::Picture);
            if own.len() < pictures {
                self.inputs.push((path.to_path_buf(), Kind::Folder));
            }
            self.inputs.extend(own);
        }
        Ok(())
    }

    fn file(&mut self, path: PathBuf) {
        if !may_be_file(&path) {
            return;
        }
        match sniff(&path) {
            Ok(Content::Picture(_) | Content::DecodedPicture(_)) => self.inputs.push((path, Kind::Picture)),
            Ok(Content::Video) => self.inputs.push((path, Kind::Video)),
            // What is called so is tried, and if it cannot be read it is named.
            Ok(Content::Other) if is_called_medium(&path) => self.inputs.push((path, Kind::Video)),
            Ok(Content::Other | Content::Sound) => {}
            Ok(Content::Unreadable(kind)) => {
                self.left_out.push(unreadable(&path, format_args!("{kind} are not read")).of_input());
            }
            // Named when the clip is read.
            Err(_) if self.folders == Folders::Clips => self.inputs.push((path, Kind::Picture)),
            Err(failure) => self.left_out.push(failure.of_input()),
        }
    }
}

/// Whether the entry `path` of a folder is a file, or may be. Pipes and devices in folders are passed by, because
/// reading them may never end; they are read if they are named themselves.
fn may_be_file(path: &Path) -> bool {
    fs::metadata(path).map_or(true, |metadata| metadata.is_file())
}

/// Whether a file may be a picture or a video, by its content or its name.
pub fn may_be_medium(path: &Path) -> bool {
    may_be_file(path) && (is_called_medium(path) || !matches!(sniff(path), Ok(Content::Other | Content::Sound)))
}

/// Whether a file may be sound alone, by its content or its name.
pub fn may_be_sound(path: &Path) -> bool {
    may_be_file(path)
        && match sniff(path) {
            Ok(Content::Sound) => true,
            Ok(Content::Other) | Err(_) => is_called_sound(path),
            Ok(_) => false,
        }
}
