//! Folders of frames.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::kinds::{Content, content_of};
use super::natural;
use crate::process::failure::{Failure, Naming, Outcome};

/// Default frame rate of a folder of frames, per second: that of most cameras.
const FOLDER_FPS: f64 = 30.0;

/// The file in a folder of frames that states the frame rate.
pub const CLIP: &str = "clip.json";

/// Returns the files that are read of the input `path`: the files of a folder of frames, or `path`. A folder that
/// cannot be listed has none; opening it fails later.
pub fn files_of(path: &Path) -> Vec<PathBuf> {
    if !path.is_dir() {
        return vec![path.to_path_buf()];
    }
    let mut files = pictures_in(path).unwrap_or_default();
    files.push(path.join(CLIP));
    files
}

/// Returns the pictures in the folder `path`, in the order of their names: `f2` before `f10`.
pub fn pictures_in(path: &Path) -> Outcome<Vec<PathBuf>> {
    let mut files = Vec::new();
    for file in entries_of(path)? {
        // A file that cannot be opened is named when it is read.
        let is_picture = |content| matches!(content, Content::Picture(_) | Content::DecodedPicture(_));
        if file.is_file() && content_of(&file).map_or(true, is_picture) {
            files.push(file);
        }
    }
    Ok(files)
}

/// Returns the entries of the folder `path` without hidden files, in the order of their names: `f2` before `f10`.
pub fn entries_of(path: &Path) -> Outcome<Vec<PathBuf>> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(path).naming(path)? {
        let entry = entry.naming(path)?;
        if !entry.file_name().as_encoded_bytes().starts_with(b".") {
            entries.push(entry.path());
        }
    }
    natural::sort(&mut entries);
    Ok(entries)
}

/// Returns the frame rate of a folder of frames: `fps` in its `clip.json`, or 30.
pub fn folder_fps(path: &Path) -> Outcome<f64> {
    #[derive(serde::Deserialize)]
    struct ClipInfo {
        fps: f64,
    }
    let file = path.join(CLIP);
    let text = match fs::read(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(FOLDER_FPS),
        Err(error) => return Err(error).naming(&file),
    };
    let info: ClipInfo = serde_json::from_slice(&text).naming(&file)?;
    if info.fps.is_finite() && info.fps > 0.0 {
        Ok(info.fps)
    } else {
        Err(Failure::new(format!("{}: fps is {}; it must be above 0", file.display(), info.fps)))
    }
}
