//! An input as a sequence of pictures.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::folder::{folder_fps, pictures_in};
use super::picture::{MAX_FILE_BYTES, Picture, decode_picture, guess, picture_format, read_picture};
use super::reading;
use super::video::Video;
use crate::process::failure::{Failure, Naming, Outcome};
use crate::process::skipped::or_skip;

/// The kind of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// One picture.
    Picture,
    /// A folder of frames in the order of their names.
    Folder,
    /// A video, decoded by ffmpeg.
    Video,
}

/// The pictures of an input, in order.
pub struct Media {
    /// Kind of the input.
    pub kind: Kind,
    /// Frames per second; 0 for one picture.
    pub fps: f64,
    /// Number of pictures, if known in advance.
    pub length: Option<usize>,
    frames: Frames,
    /// Number of frames that were read or skipped.
    passed: usize,
    /// Number of frames that were read.
    read: usize,
}

enum Frames {
    Files(std::vec::IntoIter<PathBuf>),
    /// A picture read from a pipe, with its name.
    Bytes(PathBuf, Option<Vec<u8>>),
    Video(Box<Video>),
}

/// Returns the kind of the input `path`, without opening pipes.
pub fn kind_of(path: &Path) -> Outcome<Kind> {
    kind(path).map_err(Failure::of_input)
}

fn kind(path: &Path) -> Outcome<Kind> {
    let metadata = fs::metadata(path).naming(path)?;
    if metadata.is_dir() {
        return Ok(Kind::Folder);
    }
    let is_picture = !metadata.is_file() || picture_format(path)?.is_some();
    Ok(if is_picture { Kind::Picture } else { Kind::Video })
}

impl Media {
    /// Opens the input `path`.
    pub fn open(path: &Path) -> Outcome<Self> {
        Self::opened(path).map_err(Failure::of_input)
    }

    fn opened(path: &Path) -> Outcome<Self> {
        let metadata = fs::metadata(path).naming(path)?;
        if metadata.is_dir() {
            let files = pictures_in(path)?;
            if files.is_empty() {
                return Err(Failure::new(format!("{}: the folder has no pictures", path.display())));
            }
            let fps = folder_fps(path)?;
            let length = Some(files.len());
            return Ok(Self {
                kind: Kind::Folder,
                fps,
                length,
                frames: Frames::Files(files.into_iter()),
                passed: 0,
                read: 0,
            });
        }
        if !metadata.is_file() {
            // A pipe can be read only once, so it must hold one picture.
            let bytes = reading::read(path, MAX_FILE_BYTES, "a picture")?;
            if guess(&bytes).is_none() {
                let ways = "give a video as a file, or as YUV4MPEG2 to `mien watch -`";
                return Err(Failure::new(format!("{}: a pipe or device without a picture; {ways}", path.display())));
            }
            let frames = Frames::Bytes(path.to_path_buf(), Some(bytes));
            return Ok(Self { kind: Kind::Picture, fps: 0.0, length: Some(1), frames, passed: 0, read: 0 });
        }
        if metadata.len() == 0 {
            return Err(Failure::new(format!("{}: the file is empty", path.display())));
        }
        if picture_format(path)?.is_some() {
            let files = vec![path.to_path_buf()].into_iter();
            return Ok(Self {
                kind: Kind::Picture,
                fps: 0.0,
                length: Some(1),
                frames: Frames::Files(files),
                passed: 0,
                read: 0,
            });
        }
        Ok(Self::of_video(Video::open(path)?))
    }

    fn of_video(video: Video) -> Self {
        Self {
            kind: Kind::Video,
            fps: video.fps(),
            length: None,
            frames: Frames::Video(Box::new(video)),
            passed: 0,
            read: 0,
        }
    }

    /// Opens a YUV4MPEG2 video on standard input, for example from a camera.
    pub fn from_standard_input() -> Outcome<Self> {
        Ok(Self::of_video(Video::from_stream(Path::new("standard input"), io::stdin(), None)?))
    }

    /// Returns the next picture, or `None` after the last. Frames of a folder that cannot be read are skipped, unless
    /// no frame can be read.
    pub fn next_picture(&mut self) -> Outcome<Option<Picture>> {
        loop {
            let next = match &mut self.frames {
                Frames::Files(files) => files.next().map(|file| read_picture(&file)).transpose(),
                Frames::Bytes(path, bytes) => bytes.take().map(|bytes| decode_picture(path, bytes)).transpose(),
                Frames::Video(video) => video.next_frame(),
            };
            let others = match &self.frames {
                Frames::Files(files) => self.read + files.len() > 0,
                Frames::Bytes(..) | Frames::Video(_) => false,
            };
            let next = or_skip(next.map_err(Failure::of_input), others)?;
            self.passed += 1;
            if let Some(picture) = next {
                self.read += usize::from(picture.is_some());
                return Ok(picture);
            }
        }
    }

    pub fn time_us(&self) -> u64 {
        if self.fps > 0.0 { (1e6 / self.fps * self.index() as f64).round() as u64 } else { 0 }
    }

    pub fn file(&self) -> &Path {
        Path::new("")
    }

    pub fn shortfall(&mut self) -> Option<String> {
        None
    }

    /// Returns the index of the last returned picture, from 0; skipped frames count.
    pub fn index(&self) -> usize {
        self.passed.saturating_sub(1)
    }
}
