//! Sessions on real clips: tracks, identities, heads, bounds and closing.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "figures and skipped tests are printed")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use image::RgbImage;
use mien_core::engine::{Footage, LabeledClip};
use mien_core::face::detect::{Detector, DetectorOptions, Look};
use mien_core::face::track::{Sight, Tracker, TrackerOptions, Verdict};
use mien_core::face::{Face, Rect, principal};
use mien_core::head::{Clip, HeadKind};
use mien_core::models::{MANIFEST, ModelPack};
use mien_core::recognition::gallery::Identity;
use mien_core::stream::{
    Event, LiveOptions, LivePace, LiveSession, PowerBudget, StreamOptions, StreamResult, Submission, Unsure,
    VideoSession,
};
use mien_core::train::adapt::AdaptOptions;
use mien_core::users::store::Store;
use mien_core::{Affect, Engine, EngineOptions, ErrorKind, Frame, Modality};
use mien_tests::{fixture, frame, models, pack, picture, video_frames};
use serde_json::{Value, json};

/// Every fourth frame of the woman's video, in order.
fn woman() -> Vec<RgbImage> {
    (0..118).map(|index| picture(&fixture(&format!("clip/{index:04}.jpg")))).collect()
}

/// Microseconds between these frames: 5.994 a second.
const WOMAN_US: u64 = 166_833;

fn engine() -> Engine {
    Engine::new(&pack(), EngineOptions::default()).unwrap()
}

/// Returns the results of `frames`, one every `step_us`, starting at `start_us`.
fn results(session: &mut VideoSession, frames: &[RgbImage], start_us: u64, step_us: u64) -> Vec<StreamResult> {
    let at = |index: usize| start_us + step_us * index as u64;
    frames.iter().enumerate().map(|(index, image)| session.process(&frame(image), at(index)).unwrap()).collect()
}

fn tracks(results: &[StreamResult]) -> BTreeSet<u64> {
    results.iter().flat_map(|result| &result.faces).map(|face| face.track.0).collect()
}

fn print_events(results: &[StreamResult]) {
    for result in results {
        for event in &result.events {
            println!("{:8.3} s {event:?}", result.timestamp_us as f64 / 1e6);
        }
    }
}

#[test]
fn one_person_is_one_track_over_a_whole_clip() {
    let mut session = VideoSession::new(&engine(), StreamOptions::default()).unwrap();
    let results = results(&mut session, &woman(), 0, WOMAN_US);
    print_events(&results);
    assert_eq!(tracks(&results), BTreeSet::from([1]));
    assert!(results.iter().all(|result| result.faces.len() == 1), "she is in every frame");
    let mut labels: Vec<&str> = results.iter().filter_map(|result| result.faces[0].label.as_deref()).collect();
    labels.dedup();
    assert!(labels.len() < 12, "labels do not flicker: {labels:?}");
    assert_eq!(labels.last(), Some(&"happy"));
    let settled = results.iter().position(|result| result.faces[0].identity.is_some());
    assert!(settled.is_some_and(|index| index <= 4), "{settled:?}");
    for result in &results {
        let face = &result.faces[0];
        assert_eq!(face.unsure.contains(&Unsure::IdentityOpen), face.identity.is_none());
        let emotion = face.emotion.as_ref().unwrap();
        let smoothed = emotion.probabilities.iter().map(|(label, p)| (label.as_str(), f64::from(*p)));
        assert!(emotion.affect.is_some() && emotion.affect == Affect::projected(smoothed), "{emotion:?}");
        assert!(face.analyzed_us.is_some_and(|at| result.timestamp_us - at <= 200_000));
    }
}

/// Adapts a head to the woman of the clip; the gate is off, since it is not under test.
fn with_woman(store: &Path) -> Engine {
    let engine = Engine::with_store(&pack(), EngineOptions::default(), Store::open(store).unwrap()).unwrap();
    let look = |path: &Path| {
        let image = picture(path);
        let frame = frame(&image);
        let faces = engine.detect(&frame).unwrap();
        engine.examine(&frame, *principal(&faces, frame.upright_size()).unwrap()).unwrap().features
    };
    let (mut embeddings, mut clips) = (Vec::new(), Vec::new());
    for label in ["happy", "sad", "fear"] {
        let mut files: Vec<PathBuf> = std::fs::read_dir(fixture(&format!("adapt/woman/learn/{label}")))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        for features in files.iter().map(|file| look(file)) {
            let clip = Clip::from_frames(&[features.head_input()]).unwrap();
            clips.push(LabeledClip {
                name: format!("{label}/{}", clips.len()),
                clip,
                faces: vec![features.identity.clone()],
                label: label.to_owned(),
                confirmed: false,
            });
            embeddings.push(features.identity);
        }
    }
    engine.enroll("Wanda", &embeddings, 1).unwrap();
    let options = AdaptOptions { gate: false, ..AdaptOptions::default() };
    let footage = Footage { clips: &clips, ..Footage::default() };
    let going_on = |_| std::ops::ControlFlow::Continue(());
    assert!(engine.adapt("Wanda", HeadKind::Logistic, footage, &options, 2, going_on).unwrap().face.unwrap().accepted);
    engine
}

fn user(identity: Option<&Identity>) -> Option<&str> {
    match identity {
        Some(Identity::User { name, .. }) => Some(name),
        _ => None,
    }
}

/// Frames of two people in sequence, each with the person it shows.
fn spliced(parts: &[(&[RgbImage], char)]) -> Vec<(RgbImage, char)> {
    parts.iter().flat_map(|(frames, who)| frames.iter().map(|image| (image.clone(), *who))).collect()
}

/// Checks the identity and head rules on frames of known people: `w` is Wanda.
fn check_splice(engine: &Engine, frames: &[(RgbImage, char)], step_us: u64, options: StreamOptions) -> Vec<u64> {
    let mut session = VideoSession::new(engine, options).unwrap();
    check_people(frames, step_us, |frame, at_us| Some(session.process(frame, at_us).unwrap()))
}

/// Does so for the results of `process`, which may skip frames.
fn check_people(
    frames: &[(RgbImage, char)],
    step_us: u64,
    mut process: impl FnMut(&Frame<'_>, u64) -> Option<StreamResult>,
) -> Vec<u64> {
    let mut person: BTreeMap<u64, char> = BTreeMap::new();
    let (mut own, mut wanda) = (0, 0);
    for (index, (image, who)) in frames.iter().enumerate() {
        let Some(result) = process(&frame(image), step_us * index as u64) else { continue };
        print_events(std::slice::from_ref(&result));
        for face in &result.faces {
            assert_eq!(*person.entry(face.track.0).or_insert(*who), *who, "frame {index}: one id on two people");
            let adapted = face.emotion.as_ref().is_some_and(|emotion| emotion.adapted);
            let named = user(face.identity.as_ref()).is_some();
            assert!(*who == 'w' || (!adapted && !named), "frame {index}: Wanda's head on somebody else: {face:?}");
            wanda += usize::from(*who == 'w');
            own += usize::from(adapted);
        }
    }
    println!("Wanda's own head answered on {own} of her {wanda} frames; tracks {person:?}");
    assert!(own * 2 > wanda, "her head answers on most of her frames: {own} of {wanda}");
    person.into_keys().collect()
}

#[test]
fn the_first_persons_head_never_answers_for_the_second() {
    let folder = tempfile::tempdir().unwrap();
    let engine = with_woman(folder.path());
    let Some(man) = video_frames(&fixture("video/single_face.mp4"), 480, 270) else { return };
    let woman = woman();
    for step_us in [33_333, 100_000] {
        let ids = check_splice(
            &engine,
            &spliced(&[(&woman[..40], 'w'), (&man[..30], 'm')]),
            step_us,
            StreamOptions::default(),
        );
        assert_eq!(ids.len(), 2, "two people, two ids: {ids:?}");
    }
    // Back and forth, with the rarest detection and analysis that the options allow.
    let parts = spliced(&[(&woman[..30], 'w'), (&man[..13], 'm'), (&woman[60..100], 'w'), (&man[40..], 'm')]);
    let tracker = TrackerOptions { detect_every: 1000, detect_within_us: 60_000_000, ..TrackerOptions::default() };
    for options in [StreamOptions::default(), StreamOptions { tracker, analyze_fps: 2.0, ..StreamOptions::default() }] {
        let mut session_options = options;
        session_options.settle_frames = 2;
        check_splice(&engine, &parts, 40_000, session_options);
    }
}

#[test]
fn no_power_budget_lets_the_first_persons_head_answer_for_the_second() {
    let folder = tempfile::tempdir().unwrap();
    let engine = with_woman(folder.path());
    let Some(man) = video_frames(&fixture("video/single_face.mp4"), 480, 270) else { return };
    let woman = woman();
    let parts = spliced(&[(&woman[..60], 'w'), (&man, 'm')]);
    for power in [PowerBudget::Balanced, PowerBudget::Saver, PowerBudget::Critical] {
        let live = LiveSession::new(&engine, LiveOptions { min_change: 0.0, ..LiveOptions::default() }).unwrap();
        live.set_pace(LivePace { power, ..live.pace() }).unwrap();
        let ids = check_people(&parts, 100_000, |frame, at_us| {
            let taken = live.submit(frame, at_us).unwrap() == Submission::Taken;
            taken.then(|| live.recv(Duration::from_secs(60)).unwrap().unwrap())
        });
        assert_eq!(ids.len(), 2, "two people, two ids: {power:?} {ids:?}");
    }
}

/// The repository's pack with its expression network as the recognition network: another one than the identity network.
fn pack_with_recognition() -> ModelPack {
    let mut manifest: Value = serde_json::from_slice(&std::fs::read(models().join(MANIFEST)).unwrap()).unwrap();
    let networks = manifest["models"].as_array_mut().unwrap();
    let mut network = networks.iter().find(|network| network["role"] == "expression").unwrap().clone();
    network["role"] = "recognition".into();
    network["decision"] = json!({ "threshold": 0.3, "rise": 0.0, "margin": 0.0 });
    networks.push(network);
    let read = |file: &str| Ok(std::fs::read(models().join(file)).unwrap());
    ModelPack::from_parts(manifest.to_string().as_bytes(), read).unwrap()
}

#[test]
fn heads_read_the_identity_network_beside_a_recognition_network() {
    let woman = woman();
    let emotions = |pack: &ModelPack, power: PowerBudget| -> Vec<_> {
        let engine = Engine::new(pack, EngineOptions::default()).unwrap();
        let live = LiveSession::new(&engine, LiveOptions { min_change: 0.0, ..LiveOptions::default() }).unwrap();
        live.set_pace(LivePace { power, ..live.pace() }).unwrap();
        let results = live_results(&live, &woman[..12], 0, WOMAN_US);
        results.into_iter().map(|mut result| result.faces.remove(0).emotion.unwrap().probabilities).collect()
    };
    for power in [PowerBudget::Full, PowerBudget::Balanced] {
        assert_eq!(emotions(&pack_with_recognition(), power), emotions(&pack(), power), "{power:?}");
    }
}

#[test]
fn a_head_that_changes_answers_from_the_next_analysis_on() {
    let folder = tempfile::tempdir().unwrap();
    let engine = with_woman(folder.path());
    let mut session = VideoSession::new(&engine, StreamOptions::default()).unwrap();
    let mut now_us = 0;
    let mut show = |frames: &[RgbImage]| {
        now_us += 100_000;
        let results = results(&mut session, frames, now_us, 100_000);
        now_us = results.last().unwrap().timestamp_us;
        let face = results.last().unwrap().faces[0].clone();
        (face.emotion.unwrap().adapted, user(face.identity.as_ref()).map(str::to_owned))
    };
    let (woman, wanda) = (woman(), Some("Wanda".to_owned()));
    assert_eq!(show(&woman[..10]), (true, wanda.clone()));
    engine.rollback("Wanda", Modality::Face, Some(0)).unwrap();
    assert_eq!(show(&woman[10..12]), (false, wanda.clone()));
    engine.rollback("Wanda", Modality::Face, Some(1)).unwrap();
    assert_eq!(show(&woman[12..14]), (true, wanda.clone()));
    engine.delete("Wanda").unwrap();
    assert_eq!(show(&woman[14..15]), (false, wanda), "her head goes at once");
    assert_eq!(show(&woman[15..30]), (false, None), "her name goes as it is asked again");
}

#[test]
fn a_face_behind_something_for_less_than_two_seconds_keeps_its_id() {
    let folder = tempfile::tempdir().unwrap();
    let engine = with_woman(folder.path());
    let hidden = |image: &RgbImage| {
        let mut image = image.clone();
        let bounds = engine.detect(&frame(&image)).unwrap()[0].bounds;
        let (width, height) = ((1.6 * bounds.width) as u32, (1.6 * bounds.height) as u32);
        let (x, y) = (bounds.x - 0.3 * bounds.width, bounds.y - 0.3 * bounds.height);
        for (column, row) in (0..width).flat_map(|column| (0..height).map(move |row| (column, row))) {
            let place = (x.max(0.0) as u32 + column, y.max(0.0) as u32 + row);
            if let Some(pixel) = image.get_pixel_mut_checked(place.0, place.1) {
                *pixel = image::Rgb([70 + (row % 40) as u8, 60, 50]);
            }
        }
        image
    };
    let woman = woman();
    let frames: Vec<RgbImage> =
        (0..60).map(|i| if (20..38).contains(&i) { hidden(&woman[i]) } else { woman[i].clone() }).collect();
    let mut session = VideoSession::new(&engine, StreamOptions::default()).unwrap();
    let results = results(&mut session, &frames, 0, 100_000);
    print_events(&results);
    assert_eq!(tracks(&results), BTreeSet::from([1]));
    assert!(results[22..38].iter().all(|result| result.faces.is_empty()), "nobody is seen behind it");
    for (index, result) in results.iter().enumerate().skip(43) {
        let face = &result.faces[0];
        assert_eq!(user(face.identity.as_ref()), Some("Wanda"), "frame {index}: she is known again");
    }
    let back = results.iter().skip(22).find(|result| !result.faces.is_empty()).unwrap();
    assert!(back.timestamp_us <= 4_000_000 && back.faces[0].identity.is_none(), "who it is, is asked again");
    assert!(!back.faces[0].emotion.as_ref().unwrap().adapted);
}

#[test]
fn a_face_of_the_first_persons_size_and_place_gets_a_new_id() {
    // Both faces are cropped at the same position, so that position and size tell nothing.
    let folder = tempfile::tempdir().unwrap();
    let engine = with_woman(folder.path());
    let Some(man) = video_frames(&fixture("video/single_face.mp4"), 480, 270) else { return };
    let centered = |image: &RgbImage| {
        let view = frame(image);
        let face = engine.detect(&view).unwrap()[0];
        let [x, y] = face.bounds.center();
        let half = 0.75 * face.bounds.height;
        let side = (2.0 * half) as u32;
        let cut = image::imageops::crop_imm(image, (x - half).max(0.0) as u32, (y - half).max(0.0) as u32, side, side);
        image::imageops::resize(&cut.to_image(), 240, 240, image::imageops::FilterType::Triangle)
    };
    let woman: Vec<RgbImage> = woman()[..24].iter().map(centered).collect();
    let man: Vec<RgbImage> = man[..20].iter().map(centered).collect();
    let ids = check_splice(&engine, &spliced(&[(&woman, 'w'), (&man, 'm')]), 33_333, StreamOptions::default());
    assert_eq!(ids.len(), 2, "{ids:?}");
}

#[test]
fn whole_videos_have_the_tracks_that_they_show() {
    for (name, expected) in [("woman_pexels.mp4", 1), ("single_face.mp4", 1), ("no_face.mp4", 0)] {
        let shared = mien_tests::measuring_data().map(|folder| folder.join("video").join(name));
        let bundled = fixture(&format!("video/{name}"));
        let Some(path) = [shared, Some(bundled)].into_iter().flatten().find(|path| path.is_file()) else {
            eprintln!("skipped: no {name} in the measuring data");
            continue;
        };
        let Some(frames) = video_frames(&path, 640, 360) else { return };
        let mut session = VideoSession::new(&engine(), StreamOptions::default()).unwrap();
        let results = results(&mut session, &frames, 0, 41_708);
        let detections = results.iter().filter(|result| result.detected).count();
        let with_face = results.iter().filter(|result| !result.faces.is_empty()).count();
        let (seen, all) = (tracks(&results), results.len());
        let doubts = results.iter().flat_map(|r| &r.events).filter(|e| matches!(e, Event::IdentityLost { .. })).count();
        println!(
            "{name}: {} track(s), a face in {with_face} of {all} frames, {detections} detections, {doubts} identities lost",
            seen.len()
        );
        print_events(&results);
        assert_eq!(seen.len(), expected, "{name}");
        assert!(expected == 0 || with_face == all, "{name}: a face in {with_face} of {all} frames");
    }
}

/// A tracker's view of a frame. Embeddings always agree, so a tracker with rare detections keeps its
/// face.
struct Seldom<'a> {
    detector: &'a Detector,
    frame: &'a Frame<'a>,
}

impl Sight for Seldom<'_> {
    fn detect(&mut self) -> mien_core::Result<Vec<Face>> {
        self.detector.detect(self.frame)
    }

    fn detect_around(&mut self, region: &Rect) -> mien_core::Result<Look> {
        self.detector.detect_around(self.frame, region)
    }

    fn embed(&mut self, _: &Face) -> mien_core::Result<Vec<f32>> {
        Ok(vec![1.0])
    }

    fn compare(&self, _: &[f32], _: &[f32]) -> (f32, Verdict) {
        (1.0, Verdict::Same)
    }
}

#[test]
fn followed_landmarks_lie_where_the_detector_would_find_them() {
    for (name, every) in
        [("woman_pexels.mp4", 5), ("woman_pexels.mp4", 10), ("single_face.mp4", 5), ("single_face.mp4", 10)]
    {
        let shared = mien_tests::measuring_data().map(|folder| folder.join("video").join(name));
        let path = shared.filter(|path| path.is_file()).unwrap_or_else(|| fixture(&format!("video/{name}")));
        if !path.is_file() {
            eprintln!("skipped: no {name} in the measuring data");
            continue;
        }
        let Some(frames) = video_frames(&path, 640, 360) else { return };
        let detector = Detector::new(&pack(), DetectorOptions::default()).unwrap();
        let options = TrackerOptions { detect_every: every, detect_within_us: 60_000_000, ..TrackerOptions::default() };
        let mut tracker = Tracker::new(options).unwrap();
        let (mut errors, mut held, mut detections) = (Vec::new(), Vec::new(), 0);
        let mut last: Option<Face> = None;
        for (index, image) in frames.iter().enumerate() {
            let view = frame(image);
            let mut sight = Seldom { detector: &detector, frame: &view };
            let step = tracker.step(&view, 33_333 * index as u64, false, &mut sight).unwrap();
            detections += usize::from(step.detected);
            let truth = detector.detect(&view).unwrap()[0];
            let distance = |face: &Face| {
                let pairs = face.landmarks.iter().zip(&truth.landmarks);
                let sum: f32 = pairs.map(|(a, b)| (a[0] - b[0]).hypot(a[1] - b[1])).sum();
                sum / 5.0 / truth.eye_distance()
            };
            match step.faces.first() {
                Some(tracked) if !tracked.detected => {
                    errors.push(distance(&tracked.face));
                    held.extend(last.as_ref().map(distance));
                }
                found => last = found.map(|tracked| tracked.face),
            }
        }
        errors.sort_by(f32::total_cmp);
        held.sort_by(f32::total_cmp);
        let at = |values: &[f32], q: f32| 100.0 * values[((values.len() - 1) as f32 * q) as usize];
        println!(
            "{name}, detector at every {every}th frame ({detections} of {}): followed landmarks are off by {:.1} % of the eye distance (median), {:.1} % (90 %); left where detected {:.1} %, {:.1} %",
            frames.len(),
            at(&errors, 0.5),
            at(&errors, 0.9),
            at(&held, 0.5),
            at(&held, 0.9),
        );
        assert!(at(&errors, 0.5) < 5.0 && at(&errors, 0.9) < 10.0);
    }
}

#[test]
fn a_part_of_a_frame_shows_the_face_that_the_whole_shows() {
    let detector = Detector::new(&pack(), DetectorOptions::default()).unwrap();
    let mut looked = 0;
    for name in ["obama.jpg", "multi_face.jpg"] {
        let path = fixture(&format!("pictures/{name}"));
        let image = picture(&path);
        let view = frame(&image);
        for whole in detector.detect(&view).unwrap() {
            let Rect { x, y, width, height } = whole.bounds;
            let margin = height / 4.0;
            let (width, height) = (width + 2.0 * margin, height + 2.0 * margin);
            let region = Rect { x: x - margin, y: y - margin, width, height };
            let part = detector.detect_around(&view, &region).unwrap();
            looked += usize::from(!part.whole);
            let overlap = |face: &Face| face.bounds.overlap(&whole.bounds);
            let nearest = part.faces.iter().max_by(|a, b| overlap(a).total_cmp(&overlap(b)));
            let found = nearest.unwrap_or_else(|| panic!("{name}: nothing in {region:?}"));
            assert!(found.bounds.overlap(&whole.bounds) > 0.9, "{name}: {found:?} instead of {whole:?}");
            for (a, b) in found.landmarks.iter().zip(whole.landmarks) {
                let distance = (a[0] - b[0]).hypot(a[1] - b[1]) / whole.eye_distance();
                assert!(distance < 0.03, "{name}: {found:?} instead of {whole:?}");
            }
        }
    }
    assert!(looked > 1, "no face was looked at alone");
}

#[test]
fn timestamps_must_increase_and_a_session_survives_a_wrong_one() {
    let mut session = VideoSession::new(&engine(), StreamOptions::default()).unwrap();
    let image = picture(&fixture("pictures/obama.jpg"));
    session.process(&frame(&image), 1000).unwrap();
    for wrong in [1000, 999, 0] {
        let error = session.process(&frame(&image), wrong).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimestampOrder);
        assert!(error.to_string().contains("must be later than the last, 1000 us"), "{error}");
    }
    let result = session.process(&frame(&image), 34_000).unwrap();
    assert_eq!((result.faces.len(), result.faces[0].track.0), (1, 1));
}

#[test]
fn several_faces_are_followed_up_to_the_maximum() {
    let image = picture(&fixture("pictures/multi_face.jpg"));
    for (max, expected) in [(4, 4), (8, 5)] {
        let tracker = TrackerOptions { max_faces: max, ..TrackerOptions::default() };
        let mut session = VideoSession::new(&engine(), StreamOptions { tracker, ..StreamOptions::default() }).unwrap();
        let images = vec![image.clone(); 8];
        for result in results(&mut session, &images, 0, 50_000) {
            let ids: Vec<u64> = result.faces.iter().map(|face| face.track.0).collect();
            assert_eq!(ids, (1..=expected).collect::<Vec<u64>>());
            assert!(result.faces.iter().all(|face| face.emotion.is_some()));
        }
    }
}

#[test]
fn sessions_of_a_closed_engine_are_closed() {
    let engine = engine();
    let image = picture(&fixture("pictures/obama.jpg"));
    let mut video = VideoSession::new(&engine, StreamOptions::default()).unwrap();
    let live = LiveSession::new(&engine, LiveOptions::default()).unwrap();
    video.process(&frame(&image), 0).unwrap();
    live.submit(&frame(&image), 0).unwrap();
    assert!(live.recv(Duration::from_secs(60)).unwrap().is_some());
    engine.close();
    assert_eq!(video.process(&frame(&image), 100_000).unwrap_err().kind(), ErrorKind::Closed);
    assert_eq!(VideoSession::new(&engine, StreamOptions::default()).err().unwrap().kind(), ErrorKind::Closed);
    assert_eq!(LiveSession::new(&engine, LiveOptions::default()).err().unwrap().kind(), ErrorKind::Closed);
    assert_eq!(live.submit(&frame(&image), 900_000).unwrap_err().kind(), ErrorKind::Closed);
    assert_eq!(live.recv(Duration::from_secs(60)).unwrap_err().kind(), ErrorKind::Closed);
    assert_eq!(live.recv(Duration::from_secs(60)).unwrap_err().kind(), ErrorKind::Closed);
    live.close();
    assert_eq!(live.submit(&frame(&image), 990_000).unwrap_err().kind(), ErrorKind::Closed);
}

#[test]
fn closing_an_engine_wakes_every_waiter_of_its_sessions() {
    let engine = engine();
    let image = picture(&fixture("pictures/obama.jpg"));
    // Nothing was submitted to the first; the second is processing a frame.
    let sessions = [true, false].map(|busy| {
        let live = LiveSession::new(&engine, LiveOptions::default()).unwrap();
        if busy {
            live.submit(&frame(&image), 0).unwrap();
        }
        live
    });
    let waited = std::thread::scope(|scope| {
        let readers = sessions.each_ref().map(|live| {
            scope.spawn(|| {
                let begun = Instant::now();
                loop {
                    match live.recv(Duration::from_secs(600)) {
                        Ok(Some(_)) => {}
                        other => return (other.map(drop).map_err(|error| error.kind()), begun.elapsed()),
                    }
                }
            })
        });
        std::thread::sleep(Duration::from_millis(200));
        engine.close();
        readers.map(|reader| reader.join().unwrap())
    });
    for (outcome, elapsed) in waited {
        assert_eq!(outcome, Err(ErrorKind::Closed));
        assert!(elapsed < Duration::from_secs(60), "{elapsed:?}");
    }
}

#[test]
fn closing_a_live_session_waits_for_no_network_and_ends_its_results() {
    let engine = engine();
    let image = picture(&fixture("pictures/multi_face.jpg"));
    let begun = Instant::now();
    engine.process(&frame(&image)).unwrap();
    let look = begun.elapsed();
    let closing = |_| {
        let live = LiveSession::new(&engine, LiveOptions::default()).unwrap();
        live.submit(&frame(&image), 0).unwrap();
        // The frame is being processed by then, unless the machine is so busy that the worker has not begun.
        std::thread::sleep(look / 8);
        let begun = Instant::now();
        live.close();
        let closing = begun.elapsed();
        assert_eq!(live.recv(Duration::from_secs(600)).unwrap_err().kind(), ErrorKind::Closed);
        let received = begun.elapsed();
        // One that waited was dropped; one that is at work is finished, and its result is not returned.
        let at_work = live.statistics().pending() == 1;
        while live.statistics().pending() > 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
        assert_eq!(live.poll().unwrap_err().kind(), ErrorKind::Closed);
        at_work.then_some(closing.max(received))
    };
    let closings: Vec<Duration> = (0..200).filter_map(closing).take(3).collect();
    assert_eq!(closings.len(), 3, "a frame was processed while the session was closed");
    println!("a look takes {look:?}; closing while a frame is processed took {closings:?}");
    assert!(closings.iter().min().unwrap() < &(look / 8), "{closings:?}, a look takes {look:?}");
}

#[test]
fn the_newest_frame_wins_and_every_frame_is_counted() {
    let live = LiveSession::new(&engine(), LiveOptions { target_fps: 30.0, ..LiveOptions::default() }).unwrap();
    let woman = woman();
    let mut seen = Vec::new();
    // As fast as possible: much faster than the networks.
    for (index, image) in woman.iter().enumerate() {
        live.submit(&frame(image), 33_334 * (index as u64 + 1)).unwrap();
        seen.extend(live.poll().unwrap().map(|result| result.timestamp_us));
    }
    let last = 33_334 * woman.len() as u64;
    while seen.last() != Some(&last) {
        seen.extend(live.recv(Duration::from_secs(60)).unwrap().map(|result| result.timestamp_us));
    }
    assert!(seen.windows(2).all(|pair| pair[0] < pair[1]), "in order: {seen:?}");
    let counts = live.statistics();
    println!("{counts:?}");
    assert_eq!((counts.submitted, counts.processed), (118, seen.len() as u64));
    assert!(counts.dropped > 50, "{counts:?}");
    assert_eq!(counts.submitted, counts.processed + counts.dropped + counts.paced + counts.unchanged);
    assert_eq!((counts.failed, counts.results_lost, counts.last_age_us), (0, 0, 0));
    assert_eq!(live.submit(&frame(&woman[0]), last).unwrap_err().kind(), ErrorKind::TimestampOrder);
    assert_eq!(live.submit(&frame(&woman[0]), last + 1_000_000).unwrap(), Submission::Taken);
    live.close();
    live.close();
    assert_eq!(live.submit(&frame(&woman[0]), last + 2_000_000).unwrap_err().kind(), ErrorKind::Closed);
    assert_eq!(live.poll().unwrap_err().kind(), ErrorKind::Closed, "nothing follows the close");
}

#[test]
fn a_finished_session_returns_the_results_of_what_it_took_and_then_ends() {
    let live = LiveSession::new(&engine(), LiveOptions { min_change: 0.0, ..LiveOptions::default() }).unwrap();
    let image = picture(&fixture("pictures/multi_face.jpg"));
    live.submit(&frame(&image), 0).unwrap();
    live.submit(&frame(&image), 1_000_000).unwrap();
    live.finish();
    live.finish();
    assert_eq!(live.submit(&frame(&image), 2_000_000).unwrap_err().kind(), ErrorKind::Closed);
    let mut seen = Vec::new();
    let end = loop {
        match live.recv(Duration::from_secs(60)) {
            Ok(result) => seen.push(result.unwrap().timestamp_us),
            Err(error) => break error.kind(),
        }
    };
    assert_eq!((seen.last(), end), (Some(&1_000_000), ErrorKind::Closed), "the frame that waited is the last");
    assert_eq!(live.statistics().pending(), 0);
}

/// Returns the results of `frames` in a live session that has a result of each frame before the next one comes.
fn live_results(live: &LiveSession, frames: &[RgbImage], start_us: u64, step_us: u64) -> Vec<StreamResult> {
    let mut results = Vec::new();
    for (index, image) in frames.iter().enumerate() {
        if live.submit(&frame(image), start_us + step_us * index as u64).unwrap() == Submission::Taken {
            results.push(live.recv(Duration::from_secs(60)).unwrap().unwrap());
        }
    }
    results
}

#[test]
fn a_smaller_power_budget_analyzes_faces_less_often_and_can_be_left_again() {
    let live = LiveSession::new(&engine(), LiveOptions { min_change: 0.0, ..LiveOptions::default() }).unwrap();
    let images = vec![picture(&fixture("pictures/obama.jpg")); 60];
    let in_4_s = |from_us: u64, power: PowerBudget| {
        live.set_pace(LivePace { power, ..live.pace() }).unwrap();
        let results = live_results(&live, &images, from_us, 66_667);
        let analyzed = results.iter().flat_map(|result| &result.faces).filter_map(|face| face.analyzed_us);
        let times: BTreeSet<u64> = analyzed.filter(|at| *at >= from_us).collect();
        (results.len(), times.len(), results.iter().filter(|result| result.detected).count())
    };
    let full = in_4_s(0, PowerBudget::Full);
    assert!(full.0 >= 58 && (30..=45).contains(&full.1), "frames, analyses, detections: {full:?}");
    let balanced = in_4_s(5_000_000, PowerBudget::Balanced);
    assert!(
        (38..=42).contains(&balanced.0) && (16..=24).contains(&balanced.1) && 2 * balanced.2 <= full.2,
        "{balanced:?}"
    );
    let saver = in_4_s(10_000_000, PowerBudget::Saver);
    assert!((18..=22).contains(&saver.0) && (6..=10).contains(&saver.1), "{saver:?}");
    let critical = in_4_s(15_000_000, PowerBudget::Critical);
    assert!((11..=14).contains(&critical.0) && (2..=5).contains(&critical.1), "{critical:?}");
    let again = in_4_s(20_000_000, PowerBudget::Full);
    assert!(again.0 >= 58 && again.1 >= 30, "{again:?}");
    let refused = live.set_pace(LivePace { target_fps: 0.0, ..live.pace() }).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidOption);
    assert_eq!(live.pace().target_fps, 15.0, "a refused pace changes nothing");
}

#[test]
fn a_session_with_the_full_budget_returns_what_a_video_session_returns() {
    let (engine, woman) = (engine(), woman());
    let live = LiveSession::new(&engine, LiveOptions { min_change: 0.0, ..LiveOptions::default() }).unwrap();
    let mut video = VideoSession::new(&engine, StreamOptions::default()).unwrap();
    let want = results(&mut video, &woman[..40], 0, WOMAN_US);
    assert_eq!(live_results(&live, &woman[..40], 0, WOMAN_US), want);
}

#[test]
fn each_budget_shows_the_same_person_and_ends_with_the_same_label() {
    let (engine, woman) = (engine(), woman());
    for power in PowerBudget::ALL {
        let live = LiveSession::new(&engine, LiveOptions { min_change: 0.0, ..LiveOptions::default() }).unwrap();
        live.set_pace(LivePace { power, ..live.pace() }).unwrap();
        let results = live_results(&live, &woman, 0, WOMAN_US);
        assert_eq!(tracks(&results), BTreeSet::from([1]), "{power:?}");
        let last = &results.last().unwrap().faces[0];
        assert_eq!(last.label.as_deref(), Some("happy"), "{power:?}");
        let settled = results.iter().flat_map(|result| &result.faces).any(|face| face.identity.is_some());
        assert!(settled, "{power:?}");
    }
}

#[test]
fn unchanged_frames_are_not_processed() {
    let live = LiveSession::new(&engine(), LiveOptions::default()).unwrap();
    let image = picture(&fixture("pictures/obama.jpg"));
    for index in 0..40 {
        live.submit(&frame(&image), 66_667 * index).unwrap();
        while live.statistics().pending() > 0 {
            live.recv(Duration::from_millis(10)).unwrap();
        }
    }
    let counts = live.statistics();
    assert!(counts.unchanged >= 30 && counts.processed + counts.dropped <= 8, "{counts:?}");
}
