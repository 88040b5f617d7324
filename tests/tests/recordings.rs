//! Recorded clips in a store on disk: what an application finds after its process ended.

#![allow(clippy::print_stderr, reason = "sizes are printed")]

use std::path::Path;

use mien_core::engine::{Footage, LabeledClip};
use mien_core::head::{Clip, HeadKind};
use mien_core::train::adapt::AdaptOptions;
use mien_core::users::crypto::StoreKey;
use mien_core::users::export::{Export, SlotValue};
use mien_core::users::recording::{DEFAULT_KEEP_DAYS, RecordedClip, RecordedSpeech, SpeechEntry};
use mien_core::users::store::{FILE, Store, StoreOptions};
use mien_core::{Engine, EngineOptions, ErrorKind};
use mien_tests::{fixture, frame, pack, picture};

/// 2026-06-01 at 00:00 UTC.
const START: u64 = 1_780_272_000_000;
const DAY: u64 = 86_400_000;

fn engine(folder: &Path) -> Engine {
    let options = StoreOptions { key: Some(StoreKey::new([7; 32])), ..StoreOptions::default() };
    Engine::with_store(&pack(), EngineOptions::default(), Store::open_with(folder, &options).unwrap()).unwrap()
}

/// The pictures of Wanda that show `label`, as clips of one frame.
fn clips_of(engine: &Engine, label: &str) -> Vec<RecordedClip> {
    let mut files: Vec<_> = std::fs::read_dir(fixture(&format!("adapt/woman/learn/{label}"))).unwrap().collect();
    files.sort_by_key(|file| file.as_ref().unwrap().file_name());
    let clip = |file: std::io::Result<std::fs::DirEntry>| {
        let picture = picture(&file.unwrap().path());
        let features = engine.process(&frame(&picture)).unwrap().faces.remove(0).features;
        RecordedClip {
            name: String::new(),
            label: Some(label.to_owned()),
            confirmed: false,
            networks: engine.networks().to_owned(),
            frames: vec![features.head_input()],
            faces: vec![features.identity],
            speech: None,
        }
    };
    files.into_iter().map(clip).collect()
}

fn labeled(clips: Vec<RecordedClip>) -> Vec<LabeledClip> {
    let labeled = |clip: RecordedClip| LabeledClip {
        clip: Clip::from_frames(&clip.frames).unwrap(),
        name: clip.name,
        faces: clip.faces,
        label: clip.label.unwrap(),
        confirmed: clip.confirmed,
    };
    clips.into_iter().map(labeled).collect()
}

fn enrolled(folder: &Path) -> (Engine, Vec<RecordedClip>) {
    let engine = engine(folder);
    let clips: Vec<RecordedClip> = ["fear", "happy", "sad"].iter().flat_map(|label| clips_of(&engine, label)).collect();
    let embeddings: Vec<Vec<f32>> = clips.iter().step_by(3).map(|clip| clip.faces[0].clone()).collect();
    engine.enroll("Wanda", &embeddings, START).unwrap();
    (engine, clips)
}

/// Whether the bytes of the file hold those of `text`.
fn file_holds(folder: &Path, text: &[u8]) -> bool {
    std::fs::read(folder.join(FILE)).unwrap().windows(text.len()).any(|window| window == text)
}

#[test]
fn a_recording_is_learned_after_a_restart_as_before_it_and_stays_until_it_is_discarded() {
    let folder = tempfile::tempdir().unwrap();
    let (first, clips) = enrolled(folder.path());
    for clip in &clips {
        first.keep_clip("Wanda", clip, DEFAULT_KEEP_DAYS, START).unwrap();
    }
    first.confirm_recorded("Wanda", "sad/1").unwrap();
    first.set_adaptation_due("Wanda", true).unwrap();
    let before = first.recorded_clips("Wanda").unwrap();
    let bytes = first.recording("Wanda").unwrap().bytes();
    eprintln!("{} clips of a frame each take {bytes} bytes", clips.len());
    drop(first);

    let second = engine(folder.path());
    let after = second.recorded_clips("Wanda").unwrap();
    assert!(after == before && after.len() == clips.len(), "the same to the bit");
    assert!(after.iter().any(|clip| clip.name == "sad/1" && clip.confirmed));
    assert!(after.iter().zip(&clips).all(|(kept, clip)| {
        let near = |one: &f32, other: &f32| (one - other).abs() <= 1e-3 * other.abs().max(1.0);
        kept.frames[0].iter().zip(&clip.frames[0]).all(|(one, other)| near(one, other))
    }));
    assert_eq!(second.adaptations_due().unwrap(), ["Wanda"]);
    let clips = labeled(after);
    let footage = Footage { clips: &clips, ..Footage::default() };
    let (kind, options) = (HeadKind::Logistic, AdaptOptions::default());
    let report = second.adapt("Wanda", kind, footage, &options, START, |_| std::ops::ControlFlow::Continue(()));
    assert!(report.unwrap().face.unwrap().accepted);
    assert_eq!(second.recording("Wanda").unwrap().clips().len(), clips.len(), "learned clips stay");

    second.discard_recording("Wanda").unwrap();
    assert!(second.recording("Wanda").unwrap().is_empty() && second.adaptations_due().unwrap().is_empty());
    second.discard_recording("Wanda").unwrap();
    drop(second);
    assert!(engine(folder.path()).recorded_clips("Wanda").unwrap().is_empty());
}

#[test]
fn clips_expire_and_follow_their_user() {
    let folder = tempfile::tempdir().unwrap();
    let (engine, clips) = enrolled(folder.path());
    assert!(engine.open_recording("Wanda", None, START).unwrap().is_empty());
    engine.keep_clip("Wanda", &clips[0], DEFAULT_KEEP_DAYS, START).unwrap();
    engine.keep_clip("Wanda", &clips[1], DEFAULT_KEEP_DAYS, START + DAY).unwrap();
    let count = |engine: &Engine, name: &str| engine.recording(name).unwrap().clips().len();
    // No other call reads the clock: a day for the users who are absent.
    engine.prune_timelines(START + 29 * DAY).unwrap();
    assert_eq!(count(&engine, "Wanda"), 2);
    engine.prune_timelines(START + 30 * DAY).unwrap();
    assert_eq!(count(&engine, "Wanda"), 1);
    assert!(engine.open_recording("Wanda", Some(0), START).is_err());
    assert_eq!(engine.open_recording("Wanda", Some(40), START + 35 * DAY).unwrap().clips().len(), 1);
    assert_eq!(engine.open_recording("Wanda", None, START + 40 * DAY).unwrap().keep_days, 40);
    assert_eq!(engine.open_recording("Wanda", None, START + 41 * DAY).unwrap().clips().len(), 0);

    engine.keep_clip("Wanda", &clips[0], DEFAULT_KEEP_DAYS, START).unwrap();
    engine.rename("Wanda", "Maria").unwrap();
    assert_eq!((count(&engine, "Maria"), engine.recording("Wanda").unwrap_err().kind()), (1, ErrorKind::UserNotFound));
    let export = engine.export_all("Maria", true).unwrap();
    assert!(export.slots.iter().all(|slot| slot.table == 0), "clips never leave the device");
    let clip = SlotValue { table: 16, slot: 1, value: Vec::new() };
    let hostile = Export { slots: vec![clip], ..export.clone() };
    engine.delete("Maria").unwrap();
    assert_eq!(engine.import_all(&hostile).unwrap_err().kind(), ErrorKind::ProfileCorrupt);
    engine.import_all(&export).unwrap();
    assert_eq!(count(&engine, "Maria"), 0, "they went with the user");
}

#[test]
fn clips_of_other_networks_and_speech_of_other_features_are_not_learned() {
    let folder = tempfile::tempdir().unwrap();
    let (engine, clips) = enrolled(folder.path());
    let entry = SpeechEntry { features: engine.speech_features().name().to_owned(), refusal: None, doubts: Vec::new() };
    let speech = RecordedSpeech { entry: entry.clone(), vector: Some(vec![1.0]), in_noise: None };
    let spoken = RecordedClip { speech: Some(speech.clone()), ..clips[0].clone() };
    let entry = SpeechEntry { features: "others".to_owned(), ..entry };
    let other_speech = RecordedClip { speech: Some(RecordedSpeech { entry, ..speech }), ..clips[0].clone() };
    let other = RecordedClip { networks: "others".to_owned(), ..clips[0].clone() };
    for clip in [&spoken, &other_speech, &other] {
        engine.keep_clip("Wanda", clip, DEFAULT_KEEP_DAYS, START).unwrap();
    }
    let recording = engine.recording("Wanda").unwrap();
    assert_eq!((recording.clips().len(), recording.clips_of(engine.networks()).count()), (3, 2));
    let usable = engine.recorded_clips("Wanda").unwrap();
    assert_eq!(usable.iter().map(|clip| clip.speech.is_some()).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn a_removed_clip_is_erased_from_the_file_and_an_encrypted_one_is_never_readable() {
    for key in [None, Some(StoreKey::new([7; 32]))] {
        let is_plain = key.is_none();
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open_with(folder.path(), &StoreOptions { key, ..StoreOptions::default() }).unwrap();
        let engine = Engine::with_store(&pack(), EngineOptions::default(), store).unwrap();
        let face = clips_of(&engine, "happy").remove(0);
        engine.enroll("Wanda", &face.faces, START).unwrap();
        let named = RecordedClip { name: "a name that can be found".to_owned(), ..face };
        engine.keep_clip("Wanda", &named, DEFAULT_KEEP_DAYS, START).unwrap();
        assert_eq!(file_holds(folder.path(), named.name.as_bytes()), is_plain);
        engine.remove_recorded("Wanda", &named.name).unwrap();
        assert!(!file_holds(folder.path(), named.name.as_bytes()));
        assert_eq!(engine.remove_recorded("Wanda", "none").unwrap_err().kind(), ErrorKind::InvalidOption);
    }
}

#[test]
fn the_limits_of_the_store_count_recordings() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = StoreOptions::default();
    options.limits.store_bytes = 300_000;
    let store = Store::open_with(folder.path(), &options).unwrap();
    let engine = Engine::with_store(&pack(), EngineOptions::default(), store).unwrap();
    let face = clips_of(&engine, "happy").remove(0);
    engine.enroll("Wanda", &face.faces, START).unwrap();
    let long = |frames| RecordedClip {
        frames: vec![face.frames[0].clone(); frames],
        faces: vec![face.faces[0].clone(); frames],
        ..face.clone()
    };
    engine.keep_clip("Wanda", &long(50), DEFAULT_KEEP_DAYS, START).unwrap();
    let full = engine.keep_clip("Wanda", &long(100), DEFAULT_KEEP_DAYS, START).unwrap_err();
    assert_eq!(full.kind(), ErrorKind::Storage);
    assert_eq!(engine.recording("Wanda").unwrap().clips().len(), 1, "nothing changed");
    engine.keep_clip("Wanda", &long(20), DEFAULT_KEEP_DAYS, START).unwrap();
}
