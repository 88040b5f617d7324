//! Detection and mirror images on real pictures: the evaluation data, which is not part of the
//! repository, and a cartoon.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "rates are printed, and what was skipped")]

use std::env;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use image::RgbImage;
use image::imageops::flip_horizontal;
use mien_core::face::detect::{Detector, DetectorOptions};
use mien_core::face::principal;
use mien_core::frame::Rotation;
use mien_core::{Engine, EngineOptions, Frame, labels};
use mien_eval::datasets::{Dataset, Entry, INDEX};
use mien_tests::{fixture, frame, pack, picture, repository};

/// Minimum share of portraits in which a face must be found.
const MIN_SHARE: f64 = 0.995;

const THREADS: usize = 2;

/// Width and height of `video/no_face.mp4`.
const CARTOON: (usize, usize) = (960, 540);

/// The file holds 98 frames; its edit list skips the first three.
const MIN_FRAMES: usize = 95;

fn measuring_data() -> Option<PathBuf> {
    let folder = env::var_os("MIEN_DATA").map_or_else(|| repository().join("../shared/data"), PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: no measuring data (set MIEN_DATA)");
    None
}

fn detector() -> Detector {
    Detector::new(&pack(), DetectorOptions::default()).unwrap()
}

fn with_face(detector: &Detector, entries: &[Entry]) -> usize {
    let has_face = |entry: &&Entry| !detector.detect(&frame(&picture(&entry.path))).unwrap().is_empty();
    entries.iter().filter(has_face).count()
}

/// Sums `count` over parts of `entries`, each on its own thread.
fn summed(entries: &[Entry], count: impl Fn(&[Entry]) -> usize + Sync) -> usize {
    thread::scope(|scope| {
        let parts = entries.chunks(entries.len().div_ceil(THREADS));
        let threads: Vec<_> = parts.map(|part| scope.spawn(|| count(part))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    })
}

/// Whether the expression network alone answers the emotion `label` for `picture`.
fn names(engine: &Engine, picture: &RgbImage, label: &str) -> bool {
    let frame = frame(picture);
    let faces = engine.detect(&frame).unwrap();
    let Some(face) = principal(&faces, frame.upright_size()) else { return false };
    let features = engine.extractor().extract(&frame, face).unwrap();
    let logits = features.logits.unwrap();
    let best = (0..logits.len()).max_by(|&a, &b| logits[a].total_cmp(&logits[b]));
    best == labels::index_of(engine.labels(), label)
}

/// Returns the share of the pictures of the set `name` in which a face is found; `None` if the set
/// is missing.
fn share_with_face(detector: &Detector, data: &Path, name: &str) -> Option<f64> {
    let folder = data.join(name);
    if !folder.join(INDEX).is_file() {
        eprintln!("skipped: no {name} in the measuring data");
        return None;
    }
    let entries = Dataset::open(&folder, &[]).unwrap().entries;
    let found = summed(&entries, |part| with_face(detector, part));
    println!("{name}: a face in {found} of {} pictures", entries.len());
    Some(found as f64 / entries.len() as f64)
}

#[test]
fn faces_are_found_in_portraits() {
    let Some(data) = measuring_data() else { return };
    let detector = detector();
    for name in ["kdef", "jaffe"] {
        if let Some(share) = share_with_face(&detector, &data, name) {
            assert!(share >= MIN_SHARE, "{name}: {share}");
        }
    }
    // News pictures: the rate is printed but not limited.
    share_with_face(&detector, &data, "lfw");
}

/// One picture of this many is turned in all directions.
const TURNED_OF: usize = 4;

/// The minimum share of turned pictures whose direction is found.
const MIN_TURNED: f64 = 0.99;

#[test]
fn pictures_in_every_direction_are_turned_upright() {
    let Some(data) = measuring_data() else { return };
    let engine = Engine::new(&pack(), EngineOptions::default()).unwrap();
    for name in ["kdef", "jaffe", "lfw"] {
        let folder = data.join(name);
        if !folder.join(INDEX).is_file() {
            eprintln!("skipped: no {name} in the measuring data");
            continue;
        }
        let entries: Vec<_> = Dataset::open(&folder, &[]).unwrap().entries.into_iter().step_by(TURNED_OF).collect();
        let right = |entry: &Entry| {
            let picture = picture(&entry.path);
            let lying = |rotation| engine.upright(&frame(&picture).rotated(rotation)).unwrap().turn;
            Rotation::ALL.into_iter().filter(|rotation| lying(*rotation) == rotation.inverse()).count()
        };
        let found = summed(&entries, |part| part.iter().map(right).sum());
        let all = Rotation::ALL.len() * entries.len();
        println!("{name}: {found} of {all} pictures in four directions are turned upright");
        assert!(found as f64 >= MIN_TURNED * all as f64, "{name}");
    }
}

/// The maximum difference between a set's zero-shot accuracy and that of its mirror image.
const MAX_MIRROR_GAP: f64 = 0.02;

#[test]
fn mirrored_faces_are_read_as_well() {
    let Some(data) = measuring_data() else { return };
    let engine = Engine::new(&pack(), EngineOptions::default()).unwrap();
    // Zero-shot accuracies of the sensor's view alone.
    for (name, plain) in [("jaffe", 0.756), ("kdef", 0.791)] {
        let folder = data.join(name);
        if !folder.join(INDEX).is_file() {
            eprintln!("skipped: no {name} in the measuring data");
            continue;
        }
        let entries = Dataset::open(&folder, &["emotion"]).unwrap().entries;
        let share = |turned: fn(RgbImage) -> RgbImage| {
            let right = |entry: &&Entry| names(&engine, &turned(picture(&entry.path)), &entry.emotion);
            summed(&entries, |part| part.iter().filter(right).count()) as f64 / entries.len() as f64
        };
        let (given, mirrored) = (share(|picture| picture), share(|picture| flip_horizontal(&picture)));
        println!("{name}, zero-shot: {:.1} % as given, {:.1} % mirrored", 100.0 * given, 100.0 * mirrored);
        assert!(given >= plain && (given - mirrored).abs() <= MAX_MIRROR_GAP, "{name}: {given} {mirrored}");
    }
}

#[test]
fn a_cartoon_has_no_face() {
    let (width, height) = CARTOON;
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-i"]).arg(fixture("video/no_face.mp4"));
    command.args(["-f", "rawvideo", "-pix_fmt", "rgb24", "-"]);
    let mut process = match command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            eprintln!("skipped: ffmpeg is not installed");
            return;
        }
        process => process.unwrap(),
    };
    let mut video = process.stdout.take().unwrap();
    let detector = detector();
    let mut pixels = vec![0; 3 * width * height];
    let mut seen = 0;
    while video.read_exact(&mut pixels).is_ok() {
        let faces = detector.detect(&Frame::rgb8(&pixels, width, height, 3 * width).unwrap()).unwrap();
        assert!(faces.is_empty(), "frame {seen}: {faces:?}");
        seen += 1;
    }
    assert!(process.wait().unwrap().success());
    assert!(seen >= MIN_FRAMES, "only {seen} frames came");
}
