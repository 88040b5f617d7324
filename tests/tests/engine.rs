//! The engine as a handle shared by several threads, and its closing.

use std::ops::ControlFlow;
use std::thread;

use mien_core::engine::{Footage, LabeledClip};
use mien_core::head::{Clip, HeadKind};
use mien_core::recognition::gallery::{Calibration, Identity, UnknownReason};
use mien_core::train::adapt::AdaptOptions;
use mien_core::train::generic::GenericHead;
use mien_core::users::store::Store;
use mien_core::{Engine, EngineOptions, Error, ErrorKind, Modality, Unsure};
use mien_tests::{fixture, frame, pack, picture};

fn is_closed<T>(result: Result<T, Error>) -> bool {
    result.is_err_and(|error| error.kind() == ErrorKind::Closed)
}

fn with_store(folder: &std::path::Path) -> Engine {
    Engine::with_store(&pack(), EngineOptions::default(), Store::open(folder).unwrap()).unwrap()
}

#[test]
fn every_call_after_close_is_closed_through_every_handle() {
    let folder = tempfile::tempdir().unwrap();
    let engine = with_store(folder.path());
    let picture = picture(&fixture("pictures/obama.jpg"));
    let frame = frame(&picture);
    let result = engine.process(&frame).unwrap().faces.swap_remove(0);
    engine.enroll("Anna", std::slice::from_ref(&result.features.identity), 1).unwrap();
    let profile = engine.export("Anna").unwrap();
    let clip = Clip::from_frames(&[result.features.head_input()]).unwrap();

    let handle = engine.clone();
    handle.close();
    handle.close();
    assert!(engine.is_closed());
    assert!(is_closed(engine.process(&frame)) && is_closed(engine.detect(&frame)));
    assert!(is_closed(engine.examine(&frame, result.face)));
    assert!(is_closed(engine.emotion(&clip, &result.identity)));
    assert!(is_closed(engine.enroll("Ben", &[vec![1.0 / 32.0; 1024]], 2)) && is_closed(engine.import(&profile)));
    assert!(is_closed(engine.export("Anna")) && is_closed(engine.profiles()) && is_closed(engine.delete("Anna")));
    assert!(is_closed(engine.calibrate(Calibration::default())) && is_closed(engine.calibration()));
    assert!(
        is_closed(engine.rollback("Anna", Modality::Face, None)) && is_closed(engine.fresh_head(HeadKind::Logistic))
    );
    assert!(is_closed(engine.fresh_head_for(HeadKind::Logistic, &["happy".to_owned(), "sad".to_owned()])));
    assert!(is_closed(engine.check_label("happy")));
    let footage = Footage::default();
    let options = AdaptOptions::default();
    assert!(is_closed(engine.adapt("Anna", HeadKind::Logistic, footage, &options, 3, |_| ControlFlow::Continue(()))));
    assert_eq!(
        engine.identify(&result.features.identity),
        Identity::Unknown { nearest: None, reason: UnknownReason::NobodyEnrolled }
    );
    assert!(!engine.labels().is_empty());

    let again = with_store(folder.path());
    assert!(matches!(again.identify(&result.features.identity), Identity::User { .. }), "the store is free again");
}

#[test]
fn only_labels_of_the_generic_head_can_be_recorded() {
    let engine = Engine::new(&pack(), EngineOptions::default()).unwrap();
    for label in ["happy", "Joy", "NEUTRAL"] {
        engine.check_label(label).unwrap();
    }
    let labels = ["calm", "proud"].map(str::to_owned);
    let generic = Some(GenericHead::fresh(engine.fresh_head_for(HeadKind::Logistic, &labels).unwrap(), 1.0));
    let other = Engine::new(&pack(), EngineOptions { generic, ..EngineOptions::default() }).unwrap();
    other.check_label("Proud").unwrap();
    for error in [engine.check_label("proud"), other.check_label("happy")].map(Result::unwrap_err) {
        assert_eq!(error.kind(), ErrorKind::InvalidOption);
        assert!(error.full_text().contains("is none of"), "{}", error.full_text());
        assert!(!error.to_string().contains('"'), "the label is personal: {error}");
    }
}

#[test]
fn an_adaptation_ends_with_closed_where_the_engine_is_closed_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let engine = with_store(folder.path());
    engine.enroll("Anna", &[vec![1.0 / 32.0; 1024]], 1).unwrap();
    let clips: Vec<LabeledClip> = ["happy", "sad", "happy", "sad"]
        .iter()
        .enumerate()
        .map(|(index, label)| LabeledClip {
            name: format!("{label}/{index}"),
            clip: Clip::from_frames(&[vec![0.01 * index as f32; 1280]]).unwrap(),
            faces: vec![vec![1.0 / 32.0; 1024]],
            label: (*label).to_owned(),
            confirmed: false,
        })
        .collect();
    let footage = Footage { clips: &clips, ..Footage::default() };
    // The made-up clips would be refused before anything is learned.
    let options = AdaptOptions { gate: false, ..AdaptOptions::default() };
    let result = engine.adapt("Anna", HeadKind::Logistic, footage, &options, 2, |_| {
        engine.close();
        ControlFlow::Continue(())
    });
    assert!(is_closed(result));
    assert_eq!(with_store(folder.path()).export("Anna").unwrap().face.generations().len(), 0);
}

#[test]
fn calls_on_several_threads_finish_or_are_closed() {
    let engine = Engine::new(&pack(), EngineOptions::default()).unwrap();
    let picture = picture(&fixture("pictures/obama.jpg"));
    let ends: Vec<Result<(), ErrorKind>> = thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let engine = engine.clone();
                let picture = &picture;
                scope.spawn(move || {
                    loop {
                        match engine.process(&frame(picture)) {
                            Ok(result) => assert_eq!(result.faces.len(), 1),
                            Err(error) => return Err(error.kind()),
                        }
                    }
                })
            })
            .collect();
        engine.process(&frame(&picture)).unwrap();
        engine.close();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(ends, [Err(ErrorKind::Closed); 4]);
}

#[test]
fn networks_that_run_beside_each_other_give_the_same_features() {
    let picture = picture(&fixture("pictures/obama.jpg"));
    let features = [false, true].map(|parallel| {
        let engine = Engine::new(&pack(), EngineOptions { parallel, ..EngineOptions::default() }).unwrap();
        let frame = frame(&picture);
        let face = engine.detect(&frame).unwrap()[0];
        engine.extractor().extract(&frame, &face).unwrap()
    });
    assert_eq!(features[0], features[1]);
}

#[test]
fn a_still_face_between_two_users_is_unsure_and_a_stranger_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let engine = with_store(folder.path());
    let picture = picture(&fixture("pictures/obama.jpg"));
    let look = || engine.process(&frame(&picture)).unwrap().faces.swap_remove(0);
    let stranger = look();
    assert_eq!(stranger.unsure, [], "{:?}", stranger.identity);
    for name in ["Anna", "Ben"] {
        engine.enroll(name, std::slice::from_ref(&stranger.features.identity), 1).unwrap();
    }
    let between = look();
    assert!(matches!(between.identity, Identity::Unknown { reason: UnknownReason::TooNearToASecondUser, .. }));
    assert_eq!(between.unsure, [Unsure::IdentityOpen]);
    let affect = between.emotion.unwrap().affect;
    assert!(affect.is_some_and(|affect| affect.valence.abs() <= 1.0 && affect.arousal.abs() <= 1.0), "{affect:?}");
}
