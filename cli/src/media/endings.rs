//! What the name of a file promises.

use std::path::Path;

/// Endings of names that promise a picture or a video.
const ENDINGS: [&str; 23] = [
    "3gp", "avi", "avif", "bmp", "gif", "heic", "heif", "jpeg", "jpg", "m4v", "mkv", "mov", "mp4", "mpeg", "mpg",
    "mts", "png", "tif", "tiff", "ts", "webm", "webp", "wmv",
];

/// Endings of names that promise sound alone.
const SOUND_ENDINGS: [&str; 7] = ["aac", "flac", "m4a", "mp3", "ogg", "opus", "wav"];

/// Whether the name of a file promises a picture or a video.
pub fn is_called_medium(path: &Path) -> bool {
    ends_with_one_of(path, &ENDINGS)
}

/// Whether the name of a file promises sound alone.
pub fn is_called_sound(path: &Path) -> bool {
    ends_with_one_of(path, &SOUND_ENDINGS)
}

/// Whether a file's name has one of these `endings`. `._NAME` is a file that Macs leave beside another one.
fn ends_with_one_of(path: &Path, endings: &[&str]) -> bool {
    let (Some(name), Some(ending)) = (path.file_name(), path.extension()) else { return false };
    let ending = ending.to_string_lossy().to_ascii_lowercase();
    !name.as_encoded_bytes().starts_with(b"._") && endings.contains(&ending.as_str())
}
