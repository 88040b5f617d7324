//! Which faces an enrollment and an adaptation accept, on real pictures.

use std::ops::ControlFlow;
use std::path::Path;

use mien_core::engine::enrollment::{Enrollment, EnrollmentOptions, EnrollmentStep};
use mien_core::engine::{Footage, LabeledClip, UnlabeledClip};
use mien_core::face::principal;
use mien_core::features::Features;
use mien_core::head::{Clip, HeadKind};
use mien_core::train::adapt::{AdaptOptions, AdaptReport, PseudoLabels, Refusal, WhyLeftOut};
use mien_core::users::store::Store;
use mien_core::{Engine, EngineOptions, ErrorKind, Modality};
use mien_tests::{fixture, frame, pack, picture};

fn open(folder: &Path) -> Engine {
    Engine::with_store(&pack(), EngineOptions::default(), Store::open(folder).unwrap()).unwrap()
}

const WANDA: [&str; 4] = ["learn/sad/0018", "learn/happy/0300", "learn/happy/0332", "test/fear/0204"];
const OBAMA: [&str; 3] = ["obama", "obama2", "obama3"];

fn wanda(name: &str) -> std::path::PathBuf {
    fixture(&format!("adapt/woman/{name}.jpg"))
}

fn obama(name: &str) -> std::path::PathBuf {
    fixture(&format!("pictures/{name}.jpg"))
}

fn features(engine: &Engine, path: &Path) -> Features {
    let image = picture(path);
    let frame = frame(&image);
    let faces = engine.detect(&frame).unwrap();
    engine.examine(&frame, *principal(&faces, frame.upright_size()).unwrap()).unwrap().features
}

fn embedding(engine: &Engine, path: &Path) -> Vec<f32> {
    features(engine, path).identity
}

/// Adds pictures to an enrollment; returns the number of those that are accepted.
fn add(enrollment: &mut Enrollment, paths: impl IntoIterator<Item = std::path::PathBuf>) -> usize {
    let accepted = |path: std::path::PathBuf| {
        matches!(enrollment.add(&frame(&picture(&path))).unwrap(), EnrollmentStep::Accepted { .. })
    };
    paths.into_iter().map(accepted).filter(|accepted| *accepted).count()
}

#[test]
fn frames_for_a_user_who_was_enrolled_anew_meanwhile_are_compared_again() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    for same_person in [false, true] {
        let options = EnrollmentOptions { same_person, ..EnrollmentOptions::default() };
        engine.enroll("Wanda", &[embedding(&engine, &wanda(WANDA[0]))], 1).unwrap();
        let mut more = engine.enrollment_of("Wanda", options.clone()).unwrap();
        assert_eq!(add(&mut more, WANDA[1..].iter().map(|name| wanda(name))), 3);
        engine.delete("Wanda").unwrap();
        engine.enroll("Wanda", &[embedding(&engine, &obama(OBAMA[0]))], 2).unwrap();
        assert_eq!(more.finish(3).unwrap_err().kind(), ErrorKind::SeveralPeople, "confirmed: {same_person}");
        assert_eq!(engine.export("Wanda").unwrap().embedding_count(), 1);
        engine.delete("Wanda").unwrap();

        // A user who only got more pictures meanwhile is still the same.
        engine.enroll("Wanda", &[embedding(&engine, &wanda(WANDA[0]))], 1).unwrap();
        let mut more = engine.enrollment_of("Wanda", options.clone()).unwrap();
        assert_eq!(add(&mut more, [wanda(WANDA[1])]), 1);
        engine.add_embeddings("Wanda", &[embedding(&engine, &wanda(WANDA[2]))]).unwrap();
        assert_eq!(more.finish(3).unwrap(), 1);
        assert_eq!(engine.export("Wanda").unwrap().embedding_count(), 3);
        engine.delete("Wanda").unwrap();

        // Somebody whom the frames resemble came meanwhile.
        let mut new = engine.enrollment("Wilma", options).unwrap();
        assert_eq!(add(&mut new, WANDA[1..].iter().map(|name| wanda(name))), 3);
        engine.enroll("Wanda", &[embedding(&engine, &wanda(WANDA[0]))], 2).unwrap();
        let error = new.finish(3).unwrap_err();
        assert!(error.kind() == ErrorKind::SeveralPeople && error.full_text().contains("Wanda"), "{error}");
        assert_eq!(engine.profiles().unwrap().len(), 1);
        engine.delete("Wanda").unwrap();
    }
}

#[test]
fn embeddings_of_several_people_are_not_enrolled() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    let hers: Vec<_> = WANDA.iter().map(|name| embedding(&engine, &wanda(name))).collect();
    let his: Vec<_> = OBAMA.iter().map(|name| embedding(&engine, &obama(name))).collect();
    for (mixture, numbers) in [
        ([&hers[..2], &his[..2]].concat(), "1, 2; 3, 4"),
        ([&his[..1], &hers[..3]].concat(), "2, 3, 4; 1"),
        (vec![hers[0].clone(), his[0].clone()], "1; 2"),
    ] {
        let error = engine.enroll("Both", &mixture, 1).unwrap_err();
        assert!(error.kind() == ErrorKind::SeveralPeople && error.to_string().ends_with(numbers), "{error}");
    }
    assert!(engine.profiles().unwrap().is_empty());
    engine.enroll("Wanda", &hers, 1).unwrap();
}

#[test]
fn a_mixture_with_a_user_who_is_enrolled_already_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    engine.enroll("Barack", &[embedding(&engine, &obama(OBAMA[0]))], 1).unwrap();
    let mut mixture = engine.enrollment("Wanda", EnrollmentOptions::default()).unwrap();
    assert_eq!(add(&mut mixture, WANDA[..2].iter().map(|name| wanda(name))), 2);
    assert_eq!(add(&mut mixture, OBAMA[1..].iter().map(|name| obama(name))), 0);
    assert!(mixture.is_mixture());
    assert_eq!(mixture.people(), [[0, 1], [2, 3]]);
    assert_eq!(mixture.finish(2).unwrap_err().kind(), ErrorKind::SeveralPeople);
    engine.close();
    let ended = engine.enrollment("Anna", EnrollmentOptions::default());
    assert_eq!(ended.err().map(|error| error.kind()), Some(ErrorKind::Closed));
}

#[test]
fn a_hand_over_the_face_is_left_out_and_refuses_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    let mut enrollment = engine.enrollment("Wanda", EnrollmentOptions::default()).unwrap();
    let frames: Vec<usize> = (0..60).step_by(4).collect();
    add(&mut enrollment, frames.iter().map(|frame| fixture(&format!("clip/{frame:04}.jpg"))));
    let left_out = enrollment.left_out().unwrap();
    let hidden: Vec<usize> = left_out.iter().map(|(number, _)| frames[*number]).collect();
    assert_eq!((hidden, enrollment.is_mixture()), (vec![24, 28, 32], false));
    assert!(enrollment.finish(1).unwrap() >= 5);
}

fn clip(engine: &Engine, name: &str, path: &Path) -> LabeledClip {
    let features = features(engine, path);
    let (clip, faces) = (Clip::from_frames(&[features.head_input()]).unwrap(), vec![features.identity]);
    let label = name.split('/').next().unwrap().to_owned();
    LabeledClip { name: name.to_owned(), clip, faces, label, confirmed: false }
}

fn unlabeled(clip: LabeledClip) -> UnlabeledClip {
    UnlabeledClip { name: clip.name, clip: clip.clip, faces: clip.faces }
}

fn own_clips(engine: &Engine, labels: &[&str]) -> Vec<LabeledClip> {
    let mut clips = Vec::new();
    for label in labels {
        let mut paths: Vec<_> = std::fs::read_dir(fixture(&format!("adapt/woman/learn/{label}")))
            .unwrap()
            .map(|e| e.unwrap().path())
            .collect();
        paths.sort();
        for (number, path) in paths.iter().enumerate() {
            clips.push(clip(engine, &format!("{label}/{}", number + 1), path));
        }
    }
    clips
}

/// Opens an engine with Wanda enrolled.
fn with_wanda(folder: &Path) -> Engine {
    let engine = open(folder);
    let known: Vec<_> = WANDA[..3].iter().map(|name| embedding(&engine, &wanda(name))).collect();
    engine.enroll("Wanda", &known, 1).unwrap();
    engine
}

fn adapt(engine: &Engine, clips: &[LabeledClip], unlabeled: &[UnlabeledClip], options: &AdaptOptions) -> AdaptReport {
    let footage = Footage { clips, unlabeled, ..Footage::default() };
    engine.adapt("Wanda", HeadKind::Logistic, footage, options, 2, |_| ControlFlow::Continue(())).unwrap().face.unwrap()
}

#[test]
fn unlabeled_clips_that_are_not_learned_are_not_compared() {
    let folder = tempfile::tempdir().unwrap();
    let engine = with_wanda(folder.path());
    let clips = own_clips(&engine, &["happy", "sad"]);
    let strangers: Vec<_> = OBAMA.iter().map(|name| unlabeled(clip(&engine, name, &obama(name)))).collect();
    let mut broken = strangers.clone();
    broken[0].faces.clear();
    let default = AdaptOptions::default();
    let learned = adapt(&engine, &clips, &broken, &default);
    assert!(learned.accepted && learned.left_out.is_empty(), "{learned:?}");
    let pseudo = AdaptOptions { pseudo_labels: Some(PseudoLabels::default()), ..default };
    let learned = adapt(&engine, &clips, &strangers, &pseudo);
    let of_others: Vec<&str> = learned.left_out.iter().map(|left_out| left_out.clip.as_str()).collect();
    assert_eq!(of_others, OBAMA, "{learned:?}");
}

#[test]
fn clips_of_one_emotion_are_too_few_whoever_else_is_in_sight() {
    let folder = tempfile::tempdir().unwrap();
    let engine = with_wanda(folder.path());
    let (default, happy) = (AdaptOptions::default(), own_clips(&engine, &["happy"]));
    let pseudo = AdaptOptions { pseudo_labels: Some(PseudoLabels::default()), ..default };
    let stranger = [unlabeled(clip(&engine, "x", &obama(OBAMA[0])))];
    for report in [adapt(&engine, &happy, &[], &default), adapt(&engine, &happy, &stranger, &pseudo)] {
        assert_eq!((report.accepted, report.refusal), (false, Some(Refusal::TooFewClips)), "{report:?}");
        assert!(report.reason.contains("at least two emotions are needed to learn"), "{report:?}");
        assert_eq!(report.clips, [("happy".to_owned(), 6)]);
    }
    // A neutral baseline needs statistics, and says so without sending the user back.
    let mut neutral = happy.clone();
    neutral.iter_mut().for_each(|clip| (clip.label, clip.confirmed) = ("neutral".to_owned(), true));
    let report = adapt(&engine, &neutral, &[], &default);
    assert_eq!(report.refusal, Some(Refusal::TooFewClips));
    // Of two emotions one is lost with the clips of somebody else.
    let mut clips = happy;
    clips.push(clip(&engine, "sad/1", &obama(OBAMA[0])));
    let report = adapt(&engine, &clips, &[], &default);
    assert_eq!(report.refusal, Some(Refusal::SomebodyElse), "{report:?}");
    assert!(report.reason.starts_with("1 of 7 clips show somebody else"), "{report:?}");
    let strangers: Vec<_> = OBAMA.iter().map(|name| unlabeled(clip(&engine, name, &obama(name)))).collect();
    let report = adapt(&engine, &[], &strangers, &default);
    assert_eq!(report.refusal, Some(Refusal::SomebodyElse), "{report:?}");
    assert!(report.reason.starts_with("3 of 3 clips show somebody else"), "{report:?}");
    let empty = Footage::default();
    let error = engine.adapt("Wanda", HeadKind::Logistic, empty, &default, 2, |_| ControlFlow::Continue(()));
    assert_eq!(error.unwrap_err().kind(), ErrorKind::NotEnoughSamples);
    assert!(engine.export("Wanda").unwrap().face.generations().is_empty());
}

#[test]
fn a_head_counts_the_clips_that_it_learned() {
    let folder = tempfile::tempdir().unwrap();
    let engine = with_wanda(folder.path());
    let mut clips = own_clips(&engine, &["happy", "sad", "fear"]);
    // A smile among the sad clips is held back, a stranger's clip left out.
    clips[0].label = "sad".to_owned();
    clips.push(clip(&engine, "fear/7", &obama(OBAMA[0])));
    let report = adapt(&engine, &clips, &[], &AdaptOptions::default());
    let held_back = |why: &WhyLeftOut| matches!(why, WhyLeftOut::LooksLike { .. });
    assert!(report.accepted && report.left_out.iter().any(|left_out| held_back(&left_out.why)), "{report:?}");
    let head = engine.export("Wanda").unwrap().face.head().cloned().unwrap();
    assert_eq!(head.clips as usize, clips.len() - report.left_out.len());
}

#[test]
fn a_head_is_not_given_to_a_user_who_took_the_name_meanwhile_nor_over_a_newer_head() {
    let folder = tempfile::tempdir().unwrap();
    let engine = with_wanda(folder.path());
    let clips = own_clips(&engine, &["happy", "sad"]);
    let footage = Footage { clips: &clips, ..Footage::default() };
    // Every head is accepted, so that every one would be stored.
    let options = AdaptOptions { gate: false, ..AdaptOptions::default() };
    let adapt_while = |meanwhile: &dyn Fn()| {
        let mut is_done = false;
        engine.adapt("Wanda", HeadKind::Logistic, footage, &options, 2, |_| {
            if !std::mem::replace(&mut is_done, true) {
                meanwhile();
            }
            ControlFlow::Continue(())
        })
    };
    let rolled_back = || assert_eq!(engine.rollback("Wanda", Modality::Face, None).unwrap(), None);
    assert!(adapt_while(&|| ()).unwrap().face.unwrap().accepted);
    assert_eq!(adapt_while(&rolled_back).err().map(|error| error.kind()), Some(ErrorKind::Cancelled));
    assert!(engine.export("Wanda").unwrap().face.head().is_none(), "the rollback holds");
    // More pictures of the same user do no harm.
    let more = || engine.add_embeddings("Wanda", &[embedding(&engine, &wanda(WANDA[3]))]).unwrap();
    assert!(adapt_while(&more).unwrap().face.unwrap().accepted);
    let replaced = || {
        engine.delete("Wanda").unwrap();
        engine.enroll("Wanda", &[embedding(&engine, &obama(OBAMA[0]))], 1).unwrap();
    };
    assert_eq!(adapt_while(&replaced).err().map(|error| error.kind()), Some(ErrorKind::UserNotFound));
    assert!(engine.export("Wanda").unwrap().face.generations().is_empty());
}
