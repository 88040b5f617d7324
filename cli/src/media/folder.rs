//! Folders of frames.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::picture::picture_format;
use crate::process::failure::{Failure, Naming, Outcome};

/// Frames a second of a folder of frames that does not say: what cameras give.
const FOLDER_FPS: f64 = 30.0;

/// The file in a folder of frames that says their rate.
const CLIP: &str = "clip.json";

/// The files that are read when `path` is looked at: those of a folder of frames, or `path`. What cannot be listed is
/// left to [`Media::open`].
pub fn files_of(path: &Path) -> Vec<PathBuf> {
    if !path.is_dir() {
        return vec![path.to_path_buf()];
    }
    let mut files = pictures_in(path).unwrap_or_default();
    files.push(path.join(CLIP));
    files
}

/// The pictures of the folder `path`, in the order of their names.
pub fn pictures_in(path: &Path) -> Outcome<Vec<PathBuf>> {
    let mut files = Vec::new();
    for file in entries_of(path)? {
        if file.is_file() && picture_format(&file)?.is_some() {
            files.push(file);
        }
    }
    Ok(files)
}

/// What lies in the folder `path`, sorted by name, without hidden files.
pub fn entries_of(path: &Path) -> Outcome<Vec<PathBuf>> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(path).naming(path)? {
        let entry = entry.naming(path)?;
        if !entry.file_name().as_encoded_bytes().starts_with(b".") {
            entries.push(entry.path());
        }
    }
    entries.sort();
    Ok(entries)
}

/// The frame rate of a folder of frames: `fps` in its `clip.json`, else 30.
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
