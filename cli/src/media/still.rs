//! Reading of picture files, some of them through ffmpeg.

use std::fs;
use std::path::Path;

use super::kinds::{Content, content, unreadable};
use super::picture::{MAX_FILE_BYTES, Picture, decode_picture};
use super::reading;
use super::video::{Video, Wanted};
use crate::process::failure::{Failure, Naming, Outcome};

/// Reads the picture file `path` and rotates it by its EXIF orientation. Kinds of pictures that only ffmpeg knows are
/// decoded by it.
pub fn read_picture(path: &Path) -> Outcome<Picture> {
    read(path).map_err(Failure::of_input)
}

fn read(path: &Path) -> Outcome<Picture> {
    let bytes = reading::read(path, MAX_FILE_BYTES, "a picture")?;
    match content(&bytes) {
        // A pipe can be read only once.
        Content::DecodedPicture(kind) if fs::metadata(path).naming(path)?.is_file() => {
            decoded_picture(path, kind, &bytes)
        }
        _ => decode_picture(path, bytes),
    }
}

/// Decodes the picture file `path` of the given `kind` with ffmpeg; its content is `bytes`.
fn decoded_picture(path: &Path, kind: &'static str, bytes: &[u8]) -> Outcome<Picture> {
    let mut video = Video::open(path, Wanted::Picture(kind))?;
    let Some(picture) = video.next_frame()? else {
        return Err(Failure::new(format!("{}: the {kind} file has no picture", path.display())));
    };
    // Reading to the end tells whether ffmpeg succeeded.
    video.next_frame()?;
    if let Some(lost) = video.shortfall() {
        return Err(Failure::new(format!("{}: the {kind} file is damaged: {lost}", path.display())));
    }
    let (width, height) = picture.size();
    // Old versions decode one tile of many.
    if largest_heif_picture(bytes).is_some_and(|(w, h)| w * h > 2 * width * height) {
        let why = "the installed ffmpeg does not put its tiles together";
        return Err(unreadable(path, format_args!("{kind} pictures are not read here ({why})")));
    }
    Ok(picture)
}

/// Returns the largest size that an HEIF file states for a picture: `ispe` properties of ISO/IEC 23008-12, which have
/// version, flags, width and height.
fn largest_heif_picture(bytes: &[u8]) -> Option<(usize, usize)> {
    /// The properties are near the start.
    const START: usize = 1 << 16;
    let start = &bytes[..bytes.len().min(START)];
    if start.get(4..8) != Some(b"ftyp") {
        return None;
    }
    let number =
        |at: usize| start.get(at..at + 4)?.first_chunk().copied().map(|bytes| u32::from_be_bytes(bytes) as usize);
    let sizes = start.windows(4).enumerate().filter(|(_, name)| name == b"ispe");
    sizes.filter_map(|(at, _)| Some((number(at + 8)?, number(at + 12)?))).max_by_key(|(width, height)| width * height)
}
