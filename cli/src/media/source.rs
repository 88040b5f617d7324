//! An input as a sequence of pictures.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::capture::{Captured, captured};
use super::endings::is_called_sound;
use super::folder::{folder_fps, pictures_in};
use super::kinds::{Content, content, content_of};
use super::picture::{MAX_FILE_BYTES, Picture, decode_picture};
use super::reading;
use super::still::read_picture;
use super::video::{Video, Wanted};
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
    /// Sound alone, decoded by ffmpeg.
    Sound,
}

/// The pictures of an input, in order.
pub struct Media {
    /// Kind of the input.
    pub kind: Kind,
    /// Number of pictures; for a video about how many, if its file states duration and rate.
    pub length: Option<usize>,
    /// Frames per second of a folder; 0 for one picture.
    rate: f64,
    frames: Frames,
    /// File of the last returned picture.
    file: PathBuf,
    /// Number of frames that were read or skipped.
    passed: usize,
    /// Number of frames that were read.
    read: usize,
}

enum Frames {
    Files(std::vec::IntoIter<PathBuf>),
    /// A picture read from a pipe.
    Bytes(Option<Vec<u8>>),
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
    // A pipe can be read only once, so it must hold one picture.
    if !metadata.is_file() {
        return Ok(Kind::Picture);
    }
    Ok(match content_of(path)? {
        Content::Picture(_) | Content::DecodedPicture(_) | Content::Unreadable(_) => Kind::Picture,
        Content::Sound => Kind::Sound,
        Content::Other if is_called_sound(path) => Kind::Sound,
        // What is not known may be a video that ffmpeg knows.
        Content::Video | Content::Other => Kind::Video,
    })
}

impl Media {
    /// Opens the input `path`: a picture, a video, or a folder as one clip of frames.
    pub fn open(path: &Path) -> Outcome<Self> {
        Self::opened(path).map_err(Failure::of_input)
    }

    fn opened(path: &Path) -> Outcome<Self> {
        let kind = kind(path)?;
        let (rate, length, frames) = match kind {
            Kind::Folder => {
                let files = pictures_in(path)?;
                if files.is_empty() {
                    return Err(Failure::new(format!("{}: the folder has no pictures", path.display())));
                }
                (folder_fps(path)?, files.len(), Frames::Files(files.into_iter()))
            }
            Kind::Picture if fs::metadata(path).naming(path)?.is_file() => {
                (0.0, 1, Frames::Files(vec![path.to_path_buf()].into_iter()))
            }
            Kind::Picture => {
                let bytes = reading::read(path, MAX_FILE_BYTES, "a picture")?;
                if matches!(content(&bytes), Content::Video | Content::Sound | Content::Other) {
                    let ways = "give a video as a file, or as YUV4MPEG2 to `mien watch -`";
                    return Err(Failure::new(format!(
                        "{}: a pipe or device without a picture; {ways}",
                        path.display()
                    )));
                }
                (0.0, 1, Frames::Bytes(Some(bytes)))
            }
            Kind::Sound => {
                return Err(Failure::new(format!("{}: sound alone, without pictures", path.display())));
            }
            Kind::Video => {
                if fs::metadata(path).naming(path)?.len() == 0 {
                    return Err(Failure::new(format!("{}: the file is empty", path.display())));
                }
                return Ok(Self::of_video(path, Video::open(path, Wanted::Frames)?));
            }
        };
        Ok(Self { kind, rate, length: Some(length), frames, file: path.to_path_buf(), passed: 0, read: 0 })
    }

    fn of_video(path: &Path, video: Video) -> Self {
        let (length, file) = (video.length(), path.to_path_buf());
        Self { kind: Kind::Video, rate: 0.0, length, frames: Frames::Video(Box::new(video)), file, passed: 0, read: 0 }
    }

    /// Opens a YUV4MPEG2 video on standard input, for example from a camera.
    pub fn from_standard_input() -> Outcome<Self> {
        let name = Path::new("standard input");
        Ok(Self::of_video(name, Video::from_stream(name, io::stdin())?))
    }

    /// Returns the next picture, or `None` after the last. Frames of a folder that cannot be read are skipped, unless
    /// no frame can be read. A video that is cut off or damaged ends where it cannot be decoded any more;
    /// [`Media::shortfall`] tells.
    pub fn next_picture(&mut self) -> Outcome<Option<Picture>> {
        loop {
            let next = match &mut self.frames {
                Frames::Files(files) => match files.next() {
                    Some(file) => {
                        self.file = file;
                        read_picture(&self.file).map(Some)
                    }
                    None => Ok(None),
                },
                Frames::Bytes(bytes) => bytes.take().map(|bytes| decode_picture(&self.file, bytes)).transpose(),
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

    /// Returns the index of the last returned picture, from 0; skipped frames count.
    pub fn index(&self) -> usize {
        self.passed.saturating_sub(1)
    }

    /// Returns the presentation time of the last returned picture in microseconds since the start of the input. Times
    /// of a video increase.
    pub fn time_us(&self) -> u64 {
        match &self.frames {
            Frames::Video(video) => video.time_us(),
            Frames::Files(_) if self.rate > 0.0 => (1e6 * self.index() as f64 / self.rate).round() as u64,
            Frames::Files(_) | Frames::Bytes(_) => 0,
        }
    }

    /// Returns the file of the last returned picture: a file of the folder, or the input.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Returns the frames per second: those of a folder or, for a video, as its file states them; after its end their
    /// mean. 0 for one picture.
    pub fn fps(&self) -> f64 {
        match &self.frames {
            Frames::Video(video) => video.fps(),
            Frames::Files(_) | Frames::Bytes(_) => self.rate,
        }
    }

    /// Returns when the input was taken, if it says so: a video, or the picture that was returned last.
    pub fn captured(&self) -> Option<Captured> {
        match &self.frames {
            Frames::Video(video) => video.created().and_then(Captured::of_video),
            Frames::Files(_) => captured(&self.file),
            Frames::Bytes(_) => None,
        }
    }

    /// Returns what of a video is missing: `229 of about 472 frames; the file is cut off`. Known after the last
    /// picture.
    pub fn shortfall(&self) -> Option<&str> {
        match &self.frames {
            Frames::Video(video) => video.shortfall(),
            Frames::Files(_) | Frames::Bytes(_) => None,
        }
    }
}
