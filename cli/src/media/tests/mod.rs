//! Media that ffmpeg makes, read back. Without ffmpeg the tests are skipped.

#![allow(clippy::print_stderr, reason = "a skipped test says so")]

mod colors;
mod cut;
mod pictures;
mod shapes;
mod sounds;
mod times;

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::{Media, Picture};

/// A folder for the files of a test.
struct Studio {
    folder: TempDir,
}

impl Studio {
    /// Opens a folder, or prints that the test is skipped because ffmpeg is not installed.
    fn open() -> Option<Self> {
        if Command::new("ffmpeg").arg("-version").output().is_err() {
            eprintln!("skipped: ffmpeg is not installed");
            return None;
        }
        Some(Self { folder: tempfile::tempdir().unwrap() })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Makes the file `name` with the arguments of ffmpeg in `line`; names of other files are in the folder.
    fn make(&self, line: &str, name: &str) -> PathBuf {
        let made = self.try_make(line, name);
        made.unwrap_or_else(|said| panic!("{line}: {said}"))
    }

    /// Same as [`Studio::make`]; fails with what ffmpeg said, for example if it lacks an encoder.
    fn try_make(&self, line: &str, name: &str) -> Result<PathBuf, String> {
        let mut command = Command::new("ffmpeg");
        command.current_dir(self.folder.path()).args(["-nostdin", "-y", "-v", "error"]);
        let output = command.args(line.split_whitespace()).arg(name).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() { Ok(self.path(name)) } else { Err(said) }
    }
}

/// What is read of a file.
struct Read {
    times_us: Vec<u64>,
    pictures: Vec<Picture>,
    fps: f64,
    length: Option<usize>,
    shortfall: Option<String>,
}

fn read(path: &Path) -> Read {
    let mut media = Media::open(path).unwrap_or_else(|failure| panic!("{failure}"));
    let length = media.length;
    let (mut times_us, mut pictures) = (Vec::new(), Vec::new());
    while let Some(picture) = media.next_picture().unwrap_or_else(|failure| panic!("{failure}")) {
        times_us.push(media.time_us());
        pictures.push(picture);
    }
    assert!(times_us.is_sorted_by(|one, next| one < next), "{times_us:?}");
    Read { times_us, pictures, fps: media.fps(), length, shortfall: media.shortfall().map(str::to_owned) }
}

/// Returns the color of a pixel.
fn color(picture: &Picture, x: u32, y: u32) -> [u8; 3] {
    picture.to_rgb().get_pixel(x, y).0
}

#[track_caller]
fn assert_near(found: [u8; 3], expected: [u8; 3], tolerance: u8, what: &str) {
    let far = found.into_iter().zip(expected).any(|(found, expected)| found.abs_diff(expected) > tolerance);
    assert!(!far, "{what}: {found:?} instead of {expected:?}");
}
