//! The inputs in a folder.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::folder::{CLIP, entries_of};
use super::sniff::{Sniffed, sniff};
use super::source::{Kind, kind_of};
use crate::process::failure::{Failure, Naming, Outcome};
use crate::process::terminal::warn;

/// What a path stands for.
pub struct Listing {
    /// The inputs in natural order, each with its kind.
    pub inputs: Vec<(PathBuf, Kind)>,
    /// Media that cannot be read.
    pub left_out: Vec<Failure>,
}

/// Returns the inputs that `path` stands for: the file itself; of a folder its pictures and videos, each an input of its
/// own, with those of its subfolders if `recursive`. A folder with a `clip.json` is one clip of frames.
///
/// # Errors
/// If the path cannot be read, or a folder has no media.
pub fn list(path: &Path, recursive: bool) -> Outcome<Listing> {
    let mut walk = Walk { recursive, inputs: Vec::new(), left_out: Vec::new(), visited: BTreeSet::new(), passed: 0 };
    if !fs::metadata(path).naming(path).map_err(Failure::of_input)?.is_dir() {
        walk.inputs.push((path.to_path_buf(), kind_of(path)?));
    } else {
        walk.folder(path).map_err(Failure::of_input)?;
        let subfolders = match walk.passed {
            0 => "",
            _ => "; its subfolders are searched with --recursive",
        };
        if walk.inputs.is_empty() && walk.left_out.is_empty() {
            let message = format!("{}: no pictures and no videos in this folder{subfolders}", path.display());
            return Err(Failure::new(message).of_input());
        }
        if walk.passed > 0 {
            warn(format!("{}{subfolders}", path.display()))?;
        }
    }
    Ok(Listing { inputs: walk.inputs, left_out: walk.left_out })
}

/// A walk through folders.
struct Walk {
    recursive: bool,
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
        for entry in entries_of(path)? {
            if !entry.is_dir() {
                self.file(entry);
            } else if self.recursive {
                self.folder(&entry)?;
            } else {
                self.passed += 1;
            }
        }
        Ok(())
    }

    fn file(&mut self, path: PathBuf) {
        match sniff(&path) {
            Ok(Sniffed::Picture) => self.inputs.push((path, Kind::Picture)),
            Ok(Sniffed::Video) => self.inputs.push((path, Kind::Video)),
            Ok(Sniffed::Other) => log::info!("{} is neither a picture nor a video", path.display()),
            Ok(Sniffed::Unreadable(what)) => {
                self.left_out.push(Failure::new(format!("{}: {what}", path.display())).of_input());
            }
            Err(failure) => self.left_out.push(failure.of_input()),
        }
    }
}
