//! Helpers for the integration tests: fixtures, the repository's model pack, and distances.
//!
//! A helper panics, naming the file, if a fixture cannot be read.

// The command's own module, so that both read the test data in the same way.
#[path = "../../cli/src/media/palette_tiff.rs"]
mod palette_tiff;

pub mod bombs;
pub mod disk;
#[cfg(doctest)]
mod documents;

use std::fs;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use image::RgbImage;
use mien_core::Frame;
use mien_core::models::ModelPack;
use ndarray::ArrayD;
use ndarray_npy::{ReadableElement, read_npy};
use serde::de::DeserializeOwned;

use crate::palette_tiff::Palette;

/// Returns the root folder of the repository.
pub fn repository() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().expect("the package lies in the repository").to_path_buf()
}

/// Returns the path of `name` in `tests/fixtures`.
pub fn fixture(name: &str) -> PathBuf {
    repository().join("tests/fixtures").join(name)
}

/// Returns the folder of the repository's model pack.
pub fn models() -> PathBuf {
    repository().join("models")
}

/// Loads the repository's model pack.
pub fn pack() -> ModelPack {
    ModelPack::from_folder(&models()).expect("the repository's pack")
}

/// Reads the bytes of a fixture.
pub fn bytes(name: &str) -> Vec<u8> {
    fs::read(fixture(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Reads a JSON fixture as `T`.
pub fn json<T: DeserializeOwned>(name: &str) -> T {
    serde_json::from_slice(&bytes(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Reads an `.npy` fixture with elements of type `T`: `f32` or `u8`.
pub fn array<T: ReadableElement>(name: &str) -> ArrayD<T> {
    read_npy(fixture(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Reads the picture in the file `path` as RGB.
pub fn picture(path: &Path) -> RgbImage {
    let bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let decode =
        |bytes: &[u8]| image::load_from_memory(bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    match Palette::take_from(&bytes) {
        Some((palette, gray)) => palette.apply(&decode(&gray).into_luma8()),
        None => decode(&bytes).into_rgb8(),
    }
}

/// Returns the folder of the evaluation data, if there is one.
pub fn measuring_data() -> Option<PathBuf> {
    let folder = std::env::var_os("MIEN_DATA").map_or_else(|| repository().join("../shared/data"), PathBuf::from);
    folder.is_dir().then_some(folder)
}

/// Decodes the frames of the video `path` with ffmpeg, scaled to `width` x `height`. Without
/// ffmpeg, prints that the test is skipped and returns `None`.
#[allow(clippy::print_stderr, reason = "a skipped test says so")]
pub fn video_frames(path: &Path, width: u32, height: u32) -> Option<Vec<RgbImage>> {
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-i"]).arg(path).args(["-vf", &format!("scale={width}:{height}")]);
    command.args(["-f", "rawvideo", "-pix_fmt", "rgb24", "-"]);
    let mut process = match command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            eprintln!("skipped: ffmpeg is not installed");
            return None;
        }
        process => process.expect("ffmpeg starts"),
    };
    let mut video = process.stdout.take().expect("a pipe");
    let mut frames = Vec::new();
    let mut pixels = vec![0; 3 * (width * height) as usize];
    while video.read_exact(&mut pixels).is_ok() {
        frames.push(RgbImage::from_raw(width, height, pixels.clone()).expect("a whole frame"));
    }
    assert!(process.wait().expect("ffmpeg ends").success(), "{}", path.display());
    Some(frames)
}

/// Returns a view of `picture`.
pub fn frame(picture: &RgbImage) -> Frame<'_> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    Frame::rgb8(picture.as_raw(), width, height, 3 * width).expect("a whole picture")
}

/// max |a - b|; infinite if a value is NaN.
pub fn largest_distance(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    let distances = a.iter().zip(b).map(|(a, b)| (a - b).abs());
    distances.fold(0.0, |largest, distance| if distance.is_nan() { f32::INFINITY } else { largest.max(distance) })
}

/// max |a - b| / max |b|: the distance of `measured` from `reference`, relative to the latter's
/// range.
pub fn relative_distance(measured: &[f32], reference: &[f32]) -> f32 {
    let range = reference.iter().fold(0.0f32, |range, value| range.max(value.abs()));
    largest_distance(measured, reference) / range
}

/// The cosine of the angle between two vectors.
pub fn cosine(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum::<f64>();
    (dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()) as f32
}
