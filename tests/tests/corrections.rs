//! Corrections on real clips: what a session learns, takes back and keeps.

#![allow(clippy::print_stdout, reason = "figures are printed")]

use std::ops::ControlFlow;
use std::path::Path;

use image::RgbImage;
use mien_core::engine::{CorrectionRefusal, Moment};
use mien_core::face::principal;
use mien_core::face::track::TrackId;
use mien_core::head::Clip;
use mien_core::recognition::gallery::Identity;
use mien_core::stream::{LiveOptions, LiveSession, StreamOptions, StreamResult, VideoSession};
use mien_core::train::adapt::Refusal;
use mien_core::users::store::Store;
use mien_core::{Engine, EngineOptions, ErrorKind, Modality};
use mien_tests::{fixture, frame, pack, picture};

/// Microseconds between the frames of the woman's clip.
const STEP_US: u64 = 166_833;

/// The first frames of the woman's clip, in which her expression does not change.
const STEADY: usize = 16;

fn woman() -> Vec<RgbImage> {
    (0..STEADY).map(|index| picture(&fixture(&format!("clip/{index:04}.jpg")))).collect()
}

fn open(folder: &Path) -> Engine {
    Engine::with_store(&pack(), EngineOptions::default(), Store::open(folder).unwrap()).unwrap()
}

/// An engine that knows the woman of the clip and has no head of her.
fn with_woman(folder: &Path) -> Engine {
    let engine = open(folder);
    let embeddings: Vec<Vec<f32>> = woman().iter().step_by(5).map(|image| look(&engine, image).1).collect();
    engine.enroll("Wanda", &embeddings, 1).unwrap();
    engine
}

/// Returns the head's input and the identity embedding of a picture's face.
fn look(engine: &Engine, image: &RgbImage) -> (Vec<f32>, Vec<f32>) {
    let frame = frame(image);
    let faces = engine.detect(&frame).unwrap();
    let features = engine.examine(&frame, *principal(&faces, frame.upright_size()).unwrap()).unwrap().features;
    (features.head_input(), features.identity)
}

/// Shows frames to a session, the first at `start`; returns the last result.
fn show(session: &mut VideoSession, frames: &[RgbImage], start: usize) -> StreamResult {
    let at = |index: usize| STEP_US * (start + index) as u64;
    let results = frames.iter().enumerate().map(|(index, image)| session.process(&frame(image), at(index)).unwrap());
    results.last().unwrap()
}

fn session(engine: &Engine) -> VideoSession {
    VideoSession::new(engine, StreamOptions::default()).unwrap()
}

fn label(result: &StreamResult) -> &str {
    result.faces[0].label.as_deref().unwrap()
}

/// Returns the labels of a result by probability, the most probable first.
fn ranked(result: &StreamResult) -> Vec<String> {
    let mut all = result.faces[0].emotion.as_ref().unwrap().probabilities.clone();
    all.sort_by(|a, b| b.1.total_cmp(&a.1));
    all.into_iter().map(|(label, _)| label).collect()
}

/// Shows the first frames; returns the track, the label shown and the next most probable one.
fn look_and_mean(session: &mut VideoSession, frames: &[RgbImage]) -> (TrackId, String, String) {
    let before = show(session, &frames[..8], 0);
    let shown = label(&before).to_owned();
    let meant = ranked(&before).into_iter().find(|label| *label != shown).unwrap();
    (before.faces[0].track, shown, meant)
}

/// Returns a label that is not shown.
fn another(shown: &str) -> &'static str {
    if shown == "fear" { "sad" } else { "fear" }
}

fn keep_on(_: usize, _: usize) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

#[test]
fn a_correction_is_shown_at_once_survives_a_restart_and_can_be_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let engine = with_woman(folder.path());
    let (woman, mut session) = (woman(), session(&engine));
    let (track, shown, meant) = look_and_mean(&mut session, &woman);
    let meant = meant.as_str();
    let correction = session.correct(track, meant, None, 5).unwrap();
    assert_eq!((correction.refusal, correction.user.as_deref(), correction.taken), (None, Some("Wanda"), true));
    assert_eq!((correction.label.as_deref(), correction.contradicted.as_deref()), (Some(meant), Some(shown.as_str())));
    assert!((3..=8).contains(&correction.frames), "{correction:?}");
    let after = show(&mut session, &woman[8..11], 8);
    assert_eq!(label(&after), meant, "within half a second");
    assert!(after.faces[0].emotion.as_ref().unwrap().adapted);
    // The same head after a restart.
    let (input, _) = look(&engine, &woman[12]);
    let clip = Clip::from_frames(&[input]).unwrap();
    let wanda = Identity::User { name: "Wanda".to_owned(), similarity: 1.0 };
    let answer = |engine: &Engine| engine.emotion(&clip, &wanda).unwrap().unwrap();
    let corrected = answer(&engine);
    drop(session);
    engine.close();
    let engine = open(folder.path());
    assert_eq!(answer(&engine), corrected);
    // Taken back, the generic head answers to the bit.
    let profile = engine.export("Wanda").unwrap();
    assert_eq!(profile.face.corrections().len(), 1);
    assert!(engine.undo_correction("Wanda", profile.face.corrections()[0].number).unwrap());
    assert!(!engine.undo_correction("Wanda", profile.face.corrections()[0].number).unwrap());
    let plain = answer(&engine);
    assert!(!plain.adapted && plain != corrected);
    assert!(engine.export("Wanda").unwrap().face.corrections().is_empty());
}

#[test]
fn one_wrong_line_about_a_sure_answer_harms_nothing_and_other_sessions_can_take_it_back() {
    let folder = tempfile::tempdir().unwrap();
    let engine = with_woman(folder.path());
    let happy = picture(&fixture("adapt/woman/learn/happy/0340.jpg"));
    let (input, face) = look(&engine, &happy);
    let clip = Clip::from_frames(std::slice::from_ref(&input)).unwrap();
    let wanda = Identity::User { name: "Wanda".to_owned(), similarity: 1.0 };
    let before = engine.emotion(&clip, &wanda).unwrap().unwrap();
    let improbable = before.probabilities.iter().min_by(|a, b| a.1.total_cmp(&b.1)).unwrap().0.clone();
    let say = |label: &str| {
        let contradicted = Some(before.label.clone());
        let moment = Moment {
            frames: vec![input.clone()],
            faces: vec![face.clone()],
            speech: None,
            label: label.to_owned(),
            contradicted,
        };
        engine.correct("Wanda", &moment, None, 5).unwrap().unwrap()
    };
    assert!(!say(&improbable.to_uppercase()).taken);
    assert_eq!(engine.emotion(&clip, &wanda).unwrap().unwrap(), before, "to the bit, as if nothing was said");
    let report = engine.relearn("Wanda", 6, keep_on).unwrap();
    assert_eq!((report.refusal, report.pending), (Some(Refusal::TooFewClips), true));
    assert_eq!(engine.emotion(&clip, &wanda).unwrap().unwrap(), before);
    // It is kept and says so, and another session takes it back.
    let stored = engine.export("Wanda").unwrap();
    assert_eq!(
        (stored.face.corrections().len(), stored.face.corrections()[0].label.as_str()),
        (1, improbable.as_str())
    );
    engine.close();
    let engine = open(folder.path());
    assert_eq!(engine.undo_last_correction("Wanda").unwrap().unwrap().label, improbable);
    assert!(engine.undo_last_correction("Wanda").unwrap().is_none());
    assert!(engine.export("Wanda").unwrap().face.corrections().is_empty());
}

#[test]
fn a_correction_means_the_answer_that_the_person_saw() {
    let folder = tempfile::tempdir().unwrap();
    let engine = with_woman(folder.path());
    let (woman, mut session) = (woman(), session(&engine));
    let (track, shown, meant) = look_and_mean(&mut session, &woman);
    let refused = session.correct(track, &meant, Some(&meant), 5).unwrap();
    assert_eq!(refused.refusal, Some(CorrectionRefusal::AnswerChanged), "{meant} was never shown");
    assert_eq!(session.correct(track, "hungry", Some(&meant), 5).unwrap_err().kind(), ErrorKind::InvalidOption);
    // The label switches between the look and the tap.
    session.correct(track, &meant, Some(&shown), 5).unwrap();
    let after = show(&mut session, &woman[8..11], 8);
    assert_eq!(label(&after), meant);
    session.undo().unwrap();
    let late = session.correct(track, &meant, Some(&shown), 6).unwrap();
    assert_eq!(late.contradicted.as_deref(), Some(shown.as_str()), "not a confirmation of the new answer");
}

#[test]
fn a_closed_engine_corrects_nothing_whatever_the_session_has_seen() {
    let folder = tempfile::tempdir().unwrap();
    let engine = with_woman(folder.path());
    let (mut seen, unseen) = (session(&engine), session(&engine));
    let track = show(&mut seen, &woman()[..8], 0).faces[0].track;
    seen.confirm(track, None, 5).unwrap();
    engine.close();
    for (session, track) in [(&seen, track), (&seen, TrackId(99)), (&unseen, TrackId(1))] {
        for answer in [session.correct(track, "sad", None, 6), session.confirm(track, None, 6), session.undo()] {
            assert_eq!(answer.unwrap_err().kind(), ErrorKind::Closed);
        }
    }
}

#[test]
fn a_session_undoes_its_corrections_in_turn_and_a_second_word_replaces_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let engine = with_woman(folder.path());
    let (woman, mut session) = (woman(), session(&engine));
    let before = show(&mut session, &woman[..8], 0);
    let (track, shown) = (before.faces[0].track, label(&before).to_owned());
    let nothing = session.undo().unwrap();
    assert_eq!(nothing.refusal, Some(CorrectionRefusal::NothingToUndo));
    session.correct(track, "surprise", None, 5).unwrap();
    // A slip: what was meant is said of the same frames.
    session.correct(track, another(&shown), None, 6).unwrap();
    let stored = engine.export("Wanda").unwrap();
    let labels: Vec<&str> = stored.face.corrections().iter().map(|correction| correction.label.as_str()).collect();
    assert_eq!(labels, [another(&shown)]);
    let undone = session.undo().unwrap();
    assert_eq!(undone.label.as_deref(), Some(another(&shown)));
    assert_eq!(session.undo().unwrap().refusal, Some(CorrectionRefusal::NothingToUndo));
    // A confirmation contradicts nothing, and neither does a label that is shown anyway.
    let confirmed = session.confirm(track, None, 7).unwrap();
    assert_eq!((confirmed.label.as_deref(), confirmed.contradicted), (Some(shown.as_str()), None));
    assert_eq!(session.correct(track, &shown, None, 8).unwrap().contradicted, None);
    assert_eq!(engine.export("Wanda").unwrap().face.corrections().len(), 1);
    let error = session.correct(track, "hungry", None, 9).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidOption);
    assert_eq!(engine.export("Wanda").unwrap().face.corrections().len(), 1, "an error changes nothing");
}

#[test]
fn nobody_elses_face_is_learned() {
    let folder = tempfile::tempdir().unwrap();
    let engine = with_woman(folder.path());
    let stranger = picture(&fixture("pictures/obama.jpg"));
    let (mut session, woman) = (session(&engine), woman());
    let frames = vec![stranger.clone(); 5];
    let result = show(&mut session, &frames, 0);
    let track = result.faces[0].track;
    assert_eq!(session.correct(track, "sad", None, 5).unwrap().refusal, Some(CorrectionRefusal::UnknownFace));
    assert_eq!(session.confirm(TrackId(99), None, 5).unwrap().refusal, Some(CorrectionRefusal::NoTrack));
    // Frames of somebody else under the user's name, as after a mix-up of tracks.
    let moment = |images: &[&RgbImage]| {
        let (frames, faces) = images.iter().map(|image| look(&engine, image)).unzip();
        Moment { frames, faces, speech: None, label: "sad".to_owned(), contradicted: None }
    };
    let mixed = moment(&[&stranger, &stranger, &woman[0]]);
    assert_eq!(engine.correct("Wanda", &mixed, None, 5).unwrap(), Err(CorrectionRefusal::SomebodyElse));
    assert!(engine.export("Wanda").unwrap().face.corrections().is_empty());
    let mostly = moment(&[&woman[0], &stranger, &woman[1]]);
    assert_eq!(engine.correct("Wanda", &mostly, None, 5).unwrap().map(|corrected| corrected.number), Ok(1));
    assert_eq!(engine.export("Wanda").unwrap().face.corrections()[0].frames, 2, "the stranger's frame is left out");
    let kind = |name: &str, moment: &Moment| engine.correct(name, moment, None, 5).unwrap_err().kind();
    assert_eq!(kind("Nobody", &mostly), ErrorKind::UserNotFound);
    assert_eq!(kind("Wanda", &moment(&[])), ErrorKind::NotEnoughSamples);
    let mut faceless = moment(&[&woman[0]]);
    faceless.faces.clear();
    assert_eq!(kind("Wanda", &faceless), ErrorKind::InvalidOption);
    engine.delete("Wanda").unwrap();
    assert_eq!(kind("Wanda", &mostly), ErrorKind::UserNotFound);
    assert_eq!(format!("{mostly:?}"), "Moment(3 frames)", "nothing personal");
}

#[test]
fn a_full_fit_becomes_a_generation_and_undoing_returns_to_its_base() {
    let folder = tempfile::tempdir().unwrap();
    let engine = with_woman(folder.path());
    assert_eq!(engine.relearn("Wanda", 1, keep_on).unwrap_err().kind(), ErrorKind::NotEnoughSamples);
    let frames: Vec<(Vec<f32>, Vec<f32>)> = [("happy", "0340"), ("happy", "0300"), ("sad", "0018")]
        .map(|(label, name)| look(&engine, &picture(&fixture(&format!("adapt/woman/learn/{label}/{name}.jpg")))))
        .to_vec();
    let say = |index: usize, label: &str| {
        let (frame, face) = frames[index].clone();
        let moment = Moment {
            frames: vec![frame],
            faces: vec![face],
            speech: None,
            label: label.to_owned(),
            contradicted: Some("anger".to_owned()),
        };
        engine.correct("Wanda", &moment, None, 10).unwrap().unwrap()
    };
    say(0, "happy");
    let few = engine.relearn("Wanda", 11, keep_on).unwrap();
    assert_eq!((few.refusal, few.generation, few.corrections), (Some(Refusal::TooFewClips), None, 1));
    for (index, label) in [(1, "happy"), (2, "sad"), (0, "happy"), (2, "sad")] {
        say(index, label);
    }
    let newest = say(1, "happy");
    let report = engine.relearn("Wanda", 12, keep_on).unwrap();
    assert!(report.accepted, "{report:?}");
    assert_eq!((report.generation, report.corrections), (Some(1), 6));
    let profile = engine.export("Wanda").unwrap();
    assert!(!profile.face.has_new_corrections() && profile.face.base().is_none());
    assert_eq!(profile.face.corrections_in_use(engine.networks()).len(), 6);
    // A second one takes its place.
    assert_eq!(engine.relearn("Wanda", 13, keep_on).unwrap().generation, Some(2));
    assert_eq!(engine.export("Wanda").unwrap().face.generations().len(), 1);
    assert!(engine.undo_correction("Wanda", newest.number).unwrap());
    let profile = engine.export("Wanda").unwrap();
    assert!(
        profile.face.head().is_none() && profile.face.has_new_corrections() && profile.face.corrections().len() == 5
    );
    // The generic head again, and no correction on top of it.
    assert_eq!(engine.rollback("Wanda", Modality::Face, Some(0)).unwrap(), None);
    assert!(!engine.export("Wanda").unwrap().face.has_new_corrections());
}

/// A labeled picture: the head's input, the identity embedding, the label.
type Labeled = (Vec<f32>, Vec<f32>, &'static str);

/// The woman's pictures of one part, the labels in turn.
fn labeled(engine: &Engine, part: &str) -> Vec<Labeled> {
    let mut all = Vec::new();
    for label in ["fear", "happy", "sad"] {
        let entries = std::fs::read_dir(fixture(&format!("adapt/woman/{part}/{label}"))).unwrap();
        let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        for (index, file) in files.iter().enumerate() {
            let (input, face) = look(engine, &picture(file));
            all.push((index, (input, face, label)));
        }
    }
    all.sort_by_key(|(index, _)| *index);
    all.into_iter().map(|(_, labeled)| labeled).collect()
}

#[test]
fn the_womans_other_pictures_are_answered_better_after_a_few_corrections() {
    let folder = tempfile::tempdir().unwrap();
    let engine = with_woman(folder.path());
    let wanda = Identity::User { name: "Wanda".to_owned(), similarity: 1.0 };
    // Every other one is shown; the generic head answers all of "learn" right.
    let (stream, tested): (Vec<_>, Vec<_>) =
        labeled(&engine, "test").into_iter().enumerate().partition(|(index, _)| index % 2 == 0);
    let unnumbered = |part: Vec<(usize, Labeled)>| part.into_iter().map(|(_, labeled)| labeled).collect::<Vec<_>>();
    let (stream, tested) = (unnumbered(stream), unnumbered(tested));
    let answer = |input: &[f32]| engine.emotion(&Clip::from_frames(&[input]).unwrap(), &wanda).unwrap().unwrap().label;
    let right = || tested.iter().filter(|(input, _, label)| answer(input) == *label).count();
    let before = right();
    println!("after 0 corrections: {before} of {} right", tested.len());
    let mut corrections = 0;
    for (input, face, label) in &stream {
        let shown = answer(input);
        if shown == *label {
            continue;
        }
        let (frames, faces) = (vec![input.clone()], vec![face.clone()]);
        let moment = Moment { frames, faces, speech: None, label: (*label).to_owned(), contradicted: Some(shown) };
        assert!(engine.correct("Wanda", &moment, None, 5).unwrap().is_ok());
        corrections += 1;
        println!("after {corrections} corrections: {} of {} right", right(), tested.len());
    }
    assert!(corrections > 0 && corrections < stream.len() / 2, "{corrections}");
    assert!(right() > before, "{} {before}", right());
    let report = engine.relearn("Wanda", 9, keep_on).unwrap();
    println!("after the full fit: {} of {} right, {report:?}", right(), tested.len());
    assert!(right() > before);
}

#[test]
fn a_live_session_learns_too_until_it_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let engine = with_woman(folder.path());
    let options = LiveOptions { min_change: 0.0, ..LiveOptions::default() };
    let session = LiveSession::new(&engine, options).unwrap();
    let mut last = None;
    for (index, image) in woman().iter().enumerate() {
        session.submit(&frame(image), STEP_US * index as u64).unwrap();
        last = session.recv(std::time::Duration::from_secs(60)).unwrap().or(last);
    }
    let last = last.unwrap();
    let track = last.faces[0].track;
    let correction = session.correct(track, another(label(&last)), None, 5).unwrap();
    assert_eq!(correction.refusal, None);
    assert_eq!(session.undo().unwrap(), correction);
    session.close();
    for outcome in [session.correct(track, "sad", None, 6), session.confirm(track, None, 6), session.undo()] {
        assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Closed);
    }
}
