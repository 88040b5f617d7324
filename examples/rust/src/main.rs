//! Enrolls a person, adapts a head to their face, and analyzes a picture before and after:
//!
//! ```sh
//! cargo run --bin mien-example -- STORE tests/fixtures/adapt/woman/learn tests/fixtures/adapt/woman/test/fear/0204.jpg
//! ```
//!
//! The first argument is a folder for the store, the second has one folder of pictures per emotion.

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "a program for a terminal")]

use std::error::Error;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use image::RgbImage;
use mien_core::engine::enrollment::{EnrollmentOptions, EnrollmentStep};
use mien_core::engine::{Footage, LabeledClip};
use mien_core::head::{Clip, HeadKind};
use mien_core::models::ModelPack;
use mien_core::train::adapt::AdaptOptions;
use mien_core::users::store::Store;
use mien_core::{Engine, EngineOptions, Frame};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const NAME: &str = "Wanda";

fn main() -> Result<()> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [store, lessons, picture] = arguments.as_slice() else {
        return Err("usage: mien-example STORE LESSONS PICTURE".into());
    };
    let engine = Engine::with_store(&ModelPack::bundled()?, EngineOptions::default(), Store::open(store)?)?;
    let picture = open(picture)?;
    let lessons = pictures_by_label(lessons)?;

    enroll(&engine, &lessons)?;
    analyze(&engine, &picture)?;
    adapt(&engine, &lessons)?;
    analyze(&engine, &picture)
}

/// Enrolls the user from the pictures that the enrollment accepts.
fn enroll(engine: &Engine, lessons: &[(String, RgbImage)]) -> Result<()> {
    let mut enrollment = engine.enrollment(NAME, EnrollmentOptions::default())?;
    for (label, picture) in lessons {
        if enrollment.is_complete() {
            break;
        }
        if let EnrollmentStep::Rejected(reason) = enrollment.add(&frame(picture)?)? {
            println!("a picture of {label} does not count: {reason}");
        }
    }
    let count = enrollment.finish(now_ms()?)?;
    println!("enrolled {NAME} from {count} pictures");
    Ok(())
}

/// Adapts a head: each picture is a clip of one frame.
fn adapt(engine: &Engine, lessons: &[(String, RgbImage)]) -> Result<()> {
    let mut clips = Vec::new();
    for (index, (label, picture)) in lessons.iter().enumerate() {
        let faces = engine.process(&frame(picture)?)?.faces;
        let face = faces.first().ok_or("a lesson shows no face")?;
        let clip = Clip::from_frames(&[face.features.head_input()])?;
        clips.push(LabeledClip {
            name: format!("{label}/{}", index + 1),
            clip,
            faces: vec![face.features.identity.clone()],
            label: label.clone(),
            confirmed: false,
        });
    }
    let footage = Footage { clips: &clips, ..Footage::default() };
    let go_on = |_| ControlFlow::Continue(());
    let adapted = engine.adapt(NAME, HeadKind::Logistic, footage, &AdaptOptions::default(), now_ms()?, go_on)?;
    let report = adapted.face.ok_or("no clip has a face")?;
    let verdict = if report.accepted { "accepted" } else { "refused" };
    println!("the new head is {verdict}: {}", report.reason);
    Ok(())
}

/// Prints who is in the picture and what they show.
fn analyze(engine: &Engine, picture: &RgbImage) -> Result<()> {
    for face in engine.process(&frame(picture)?)?.faces {
        let name = face.identity.user().unwrap_or("unknown person");
        let emotion = face.emotion.ok_or("the pack has no head")?;
        let head = if emotion.adapted { "own head" } else { "generic head" };
        println!("{name}: {} {:.0} % ({head})", emotion.label, 100.0 * emotion.confidence());
    }
    Ok(())
}

/// The pictures below `folder`, in order, each with the name of its folder.
fn pictures_by_label(folder: &Path) -> Result<Vec<(String, RgbImage)>> {
    let mut pictures = Vec::new();
    for label in sorted(folder)? {
        let name = label.file_name().unwrap_or_default().to_string_lossy().into_owned();
        for file in sorted(&label)? {
            pictures.push((name.clone(), open(&file)?));
        }
    }
    Ok(pictures)
}

fn sorted(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

fn open(path: &Path) -> Result<RgbImage> {
    Ok(image::open(path).map_err(|error| format!("{}: {error}", path.display()))?.into_rgb8())
}

/// A view of the picture; nothing is copied.
fn frame(picture: &RgbImage) -> mien_core::Result<Frame<'_>> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    Frame::rgb8(picture.as_raw(), width, height, 3 * width)
}

/// Core knows no clock: the application passes the time.
fn now_ms() -> Result<u64> {
    Ok(u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?)
}
