//! Tests of the interface as generated code calls it, with the real pack and real pictures.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use mien_ffi::{
    AdaptOptions, Adapted, AudioLayout, BucketWidth, Cancel, ClipStep, Engine, EngineOptions, EnrollmentOptions,
    EnrollmentStep, ErrorCode, ExportFormat, FrameLayout, Identity, LabelProbability, LiveListener, LiveOptions,
    LivePace, Modality, ModelPack, PixelFormat, Rejection, SampleFormat, StoreLimits, StreamOptions, Submission,
    TimelineEvent, TimelineOptions, TrainingProgress, YuvRange, decode_picture, manifest_files,
};
use mien_tests::{bytes, fixture, models};

/// Counts its calls.
#[derive(Default)]
struct Ready(AtomicU32);

impl LiveListener for Ready {
    fn ready(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Whether a call failed with an error of `kind`.
fn failed<T>(call: mien_ffi::Result<T>, kind: ErrorCode) -> bool {
    call.is_err_and(|error| error.kind() == kind)
}

fn pack() -> Arc<ModelPack> {
    ModelPack::from_folder(models().display().to_string()).unwrap()
}

fn engine(folder: &Path) -> Arc<Engine> {
    let folder = folder.display().to_string();
    Engine::with_store(pack(), EngineOptions::default(), folder, StoreLimits::default()).unwrap()
}

fn wanda(kind: &str, label: &str, frame: &str) -> Vec<u8> {
    bytes(&format!("adapt/woman/{kind}/{label}/{frame}.jpg"))
}

fn enroll_wanda(engine: &Engine) {
    let enrollment = engine.enroll("Wanda".into(), EnrollmentOptions::default()).unwrap();
    for (count, (label, frame)) in [("sad", "0018"), ("happy", "0300"), ("happy", "0332")].into_iter().enumerate() {
        let step = enrollment.add_picture(&wanda("learn", label, frame)).unwrap();
        assert_eq!(step, EnrollmentStep::Accepted { count: count as u32 + 1, target_frames: 5 });
    }
    assert!(!enrollment.is_complete());
    assert_eq!(enrollment.finish(1_000).unwrap(), 3);
}

/// Records every training picture of Wanda as a clip.
fn record_wanda(engine: &Engine) -> Arc<mien_ffi::Footage> {
    let footage = engine.footage().unwrap();
    for label in ["fear", "happy", "sad"] {
        for entry in std::fs::read_dir(fixture(&format!("adapt/woman/learn/{label}"))).unwrap() {
            footage.begin_clip(Some(label.into()), None).unwrap();
            let step = footage.add_picture(&std::fs::read(entry.unwrap().path()).unwrap()).unwrap();
            assert_eq!(step, ClipStep::Taken { frames: 1 });
            assert_eq!(footage.end_clip(1).unwrap(), 1);
        }
    }
    footage
}

fn rgb(width: u32, height: u32) -> FrameLayout {
    FrameLayout {
        format: PixelFormat::Rgb8,
        width,
        height,
        row_stride: 0,
        chroma_row_stride: 0,
        chroma_pixel_stride: 0,
        range: YuvRange::Full,
        rotation_degrees: 0,
        flip: false,
        mirror: false,
    }
}

#[test]
fn a_picture_file_and_its_pixels_give_what_core_says() {
    let engine = Engine::without_store(pack(), EngineOptions::default()).unwrap();
    let picture = mien_tests::picture(&fixture("pictures/obama.jpg"));
    let core = mien_core::Engine::new(&mien_tests::pack(), mien_core::EngineOptions::default()).unwrap();
    let expected = core.process(&mien_tests::frame(&picture)).unwrap();

    let (width, height) = picture.dimensions();
    let pixels = engine.process(picture.as_raw(), &[], &[], rgb(width, height)).unwrap();
    assert_eq!(engine.process_picture(&bytes("pictures/obama.jpg")).unwrap(), pixels);
    assert_eq!((pixels.width, pixels.height, pixels.faces.len()), (width, height, expected.faces.len()));
    let (face, expected) = (&pixels.faces[0], &expected.faces[0]);
    let (emotion, core_emotion) = (face.emotion.as_ref().unwrap(), expected.emotion.as_ref().unwrap());
    assert!(face.principal);
    assert_eq!(face.bounds.x, expected.face.bounds.x);
    assert_eq!(emotion.label, core_emotion.label);
    let pairs = |pair: &LabelProbability| (pair.label.clone(), pair.probability);
    assert_eq!(emotion.probabilities.iter().map(pairs).collect::<Vec<_>>(), core_emotion.probabilities);
    assert!(matches!(face.identity, Identity::Unknown { nearest: None, .. }));
}

#[test]
fn a_decoded_picture_file_has_the_pixels_that_its_analysis_reads() {
    let expected = mien_tests::picture(&fixture("pictures/obama.jpg"));
    let picture = decode_picture(&bytes("pictures/obama.jpg")).unwrap();
    assert_eq!((picture.width, picture.height), expected.dimensions());
    assert!(picture.pixels == *expected.as_raw());
    assert!(failed(decode_picture(b"no picture"), ErrorCode::InvalidFrame));
}

#[test]
fn networks_that_run_beside_each_other_give_the_same() {
    let (in_turn, picture) = (EngineOptions::default(), bytes("pictures/obama.jpg"));
    assert!(!in_turn.parallel);
    let beside = EngineOptions { parallel: true, ..in_turn.clone() };
    let faces = [in_turn, beside]
        .map(|options| Engine::without_store(pack(), options).unwrap().process_picture(&picture).unwrap().faces);
    assert!(faces[0][0].emotion.is_some());
    assert_eq!(faces[0], faces[1]);
}

#[test]
fn a_user_is_enrolled_adapted_rolled_back_exported_and_deleted() {
    let (home, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let engine_here = engine(home.path());
    enroll_wanda(&engine_here);
    let probe = wanda("test", "fear", "0204");
    let emotion = |engine: &Engine| engine.process_picture(&probe).unwrap().faces[0].emotion.clone().unwrap();
    assert!(!emotion(&engine_here).adapted);

    struct Count(AtomicU32);
    impl TrainingProgress for Count {
        fn at(&self, epoch: u32, epochs: u32, loss: f32) {
            assert!(epoch <= epochs && loss.is_finite());
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let count = Arc::new(Count(AtomicU32::new(0)));
    let footage = record_wanda(&engine_here);
    let report =
        engine_here.adapt("Wanda".into(), footage, AdaptOptions::default(), 2_000, None, Some(count.clone())).unwrap();
    let Adapted { face: report, speech: None } = report else { panic!("speech without sound: {report:?}") };
    assert!(report.accepted && report.accuracy_after.is_some(), "{report:?}");
    assert!(count.0.load(Ordering::Relaxed) > 10);
    let adapted = emotion(&engine_here);
    assert_eq!((adapted.label.as_str(), adapted.adapted), ("fear", true));
    let user = engine_here.user("Wanda".into()).unwrap();
    assert_eq!((user.active_generation, user.generations.len(), user.embeddings), (Some(1), 1, 3));
    assert!(user.generations[0].usable);

    let file = engine_here.export_user("Wanda".into(), true, "open sesame".into()).unwrap();
    let engine_there = engine(other.path());
    for short in ["", "p", "1234567"] {
        let refused = engine_here.export_user("Wanda".into(), true, short.into()).unwrap_err();
        assert!(refused.kind() == ErrorCode::InvalidOption && refused.message().contains("passphrase"), "{refused:?}");
    }
    let wrong = engine_there.import_user(&file, "open".into()).unwrap_err();
    assert!(wrong.kind() == ErrorCode::WrongKey && wrong.message().contains("passphrase"), "{wrong:?}");
    assert_eq!(engine_there.import_user(&file, "open sesame".into()).unwrap(), "Wanda");
    assert_eq!(emotion(&engine_there), adapted);
    assert!(engine_there.verify_picture("Wanda".into(), &probe).unwrap().unwrap().resembles);
    let pixels = mien_tests::picture(&fixture("adapt/woman/test/fear/0204.jpg"));
    let layout = || rgb(pixels.width(), pixels.height());
    let of_pixels = engine_there.verify("Wanda".into(), pixels.as_raw(), &[], &[], layout()).unwrap();
    assert_eq!(of_pixels, engine_there.verify_picture("Wanda".into(), &probe).unwrap());
    let short = engine_there.verify("Wanda".into(), &pixels.as_raw()[1..], &[], &[], layout()).unwrap_err();
    assert_eq!(short.kind(), ErrorCode::InvalidFrame, "{short:?}");

    assert_eq!(engine_here.rollback("Wanda".into(), Modality::Face, None).unwrap(), None);
    assert!(!emotion(&engine_here).adapted);
    engine_here.delete_user("Wanda".into()).unwrap();
    assert!(engine_here.users().unwrap().is_empty());
    let gone = engine_here.user("Wanda".into()).unwrap_err();
    assert!(gone.kind() == ErrorCode::UserNotFound && gone.details().unwrap().contains("Wanda"), "{gone:?}");
}

#[test]
fn a_cancelled_adaptation_leaves_the_user_without_a_head() {
    let home = tempfile::tempdir().unwrap();
    let engine = engine(home.path());
    enroll_wanda(&engine);
    struct CancelSoon(Arc<Cancel>);
    impl TrainingProgress for CancelSoon {
        fn at(&self, epoch: u32, _epochs: u32, _loss: f32) {
            if epoch == 5 {
                self.0.cancel();
            }
        }
    }
    let cancel = Cancel::new();
    let progress: Arc<dyn TrainingProgress> = Arc::new(CancelSoon(cancel.clone()));
    let footage = record_wanda(&engine);
    let adapt = |cancel: &Arc<Cancel>| {
        let options = AdaptOptions { gate: false, ..AdaptOptions::default() };
        engine.adapt("Wanda".into(), footage.clone(), options, 1, Some(cancel.clone()), Some(progress.clone()))
    };
    assert_eq!(adapt(&cancel).unwrap_err().code(), 12);
    assert!(cancel.is_cancelled());
    assert_eq!(adapt(&cancel).unwrap_err().code(), 12, "before it begins");
    assert_eq!(engine.user("Wanda".into()).unwrap().active_generation, None);
}

#[test]
fn sessions_see_a_face_and_end_once() {
    let engine = Engine::without_store(pack(), EngineOptions::default()).unwrap();
    let picture = mien_tests::picture(&fixture("pictures/obama.jpg"));
    let layout = rgb(picture.width(), picture.height());
    let video = engine.video(StreamOptions::default()).unwrap();
    let first = video.process(picture.as_raw(), &[], &[], layout, 0).unwrap();
    assert_eq!((first.timestamp_us, first.faces.len(), first.detected), (0, 1, true));
    let order = video.process(picture.as_raw(), &[], &[], layout, 0).unwrap_err();
    assert_eq!(order.kind(), ErrorCode::TimestampOrder);
    for _ in 0..2 {
        video.end();
        assert!(failed(video.process(picture.as_raw(), &[], &[], layout, 9), ErrorCode::Closed));
    }

    let live = engine.live(LiveOptions::default()).unwrap();
    let listener = Arc::new(Ready::default());
    live.set_listener(Some(listener.clone()));
    assert_eq!((live.pace(), live.poll().unwrap()), (LivePace::default(), None));
    assert_eq!(listener.0.load(Ordering::SeqCst), 0);
    assert_eq!(live.submit(picture.as_raw(), &[], &[], layout, 0).unwrap(), Submission::Taken);
    assert_eq!(live.submit(picture.as_raw(), &[], &[], layout, 1).unwrap(), Submission::Paced);
    assert_eq!(live.submit(picture.as_raw(), &[], &[], layout, 100_000).unwrap(), Submission::Unchanged);
    assert_eq!(live.wait(60_000).unwrap().unwrap().faces.len(), 1);
    // The session's thread may be about to call it.
    while live.statistics().pending > 0 || listener.0.load(Ordering::SeqCst) == 0 {
        std::thread::yield_now();
    }
    assert_eq!(listener.0.load(Ordering::SeqCst), 1, "a result came");
    let statistics = live.statistics();
    assert_eq!((statistics.submitted, statistics.paced, statistics.unchanged, statistics.processed), (3, 1, 1, 1));
    for _ in 0..2 {
        live.end();
        assert!(failed(live.wait(60_000), ErrorCode::Closed));
    }
    engine.shut_down();
    engine.shut_down();
    assert!(engine.is_shut_down());
    assert!(failed(engine.process_picture(&bytes("pictures/obama.jpg")), ErrorCode::Closed));
    assert!(failed(engine.live(LiveOptions::default()), ErrorCode::Closed));
    assert!(failed(engine.footage(), ErrorCode::Closed));
}

#[test]
fn what_a_user_showed_is_asked_for_written_and_forgotten() {
    let home = tempfile::tempdir().unwrap();
    let engine = engine(home.path());
    enroll_wanda(&engine);
    let name = || "Wanda".to_owned();
    let event = |at_ms, label: &str| TimelineEvent {
        at_ms,
        duration_ms: 100,
        label: label.into(),
        probabilities: [("happy", 0.75), ("sad", 0.25)]
            .map(|(label, probability)| LabelProbability { label: label.into(), probability })
            .to_vec(),
        adapted: true,
    };
    let day = 86_400_000;
    let recorded = engine
        .record(name(), None, vec![event(day, "happy"), event(day + 500, "sad"), event(day + 60_000, "happy")], day)
        .unwrap();
    assert_eq!((recorded.added, recorded.replaced), (3, 0));
    let wrong = engine.record(name(), None, vec![event(day, "fear")], day).unwrap_err();
    assert!(wrong.details().unwrap().contains("fear"), "{wrong}");
    let buckets = engine.buckets(name(), None, 0, 2 * day, BucketWidth::Minute).unwrap();
    assert_eq!(buckets.iter().map(|bucket| bucket.tally.events).collect::<Vec<_>>(), [2, 1]);
    assert_eq!((buckets[0].length_ms, buckets[0].tally.classes[1].label.as_str()), (60_000, "sad"));
    assert_eq!(engine.total(name(), None, 0, 2 * day, BucketWidth::Day).unwrap().events, 3);
    assert_eq!(engine.events(name(), None, 0, 2 * day, 2).unwrap().len(), 2);
    let csv = engine.export_events(name(), None, 0, 2 * day, ExportFormat::Csv).unwrap();
    assert_eq!(csv.lines().next(), Some("at_ms,duration_ms,label,adapted,p_happy,p_sad,valence,arousal"));
    let json = engine.export_buckets(name(), None, 0, 2 * day, BucketWidth::Hour, ExportFormat::Json).unwrap();
    assert!(json.starts_with("{\"clock\":\"wall\""), "{json}");
    let media = Some("film".to_owned());
    engine.record(name(), media.clone(), vec![event(5, "sad")], day).unwrap();
    let listed = engine.timelines(name()).unwrap();
    assert_eq!(listed.iter().map(|timeline| timeline.events).collect::<Vec<_>>(), [3, 1]);
    assert_eq!(engine.forget(name(), None, 0, day + 1000).unwrap(), 2);
    engine.prune_timelines(day).unwrap();
    let mut options = TimelineOptions::default();
    assert_eq!(engine.timeline_options(name()).unwrap(), options);
    options.retention.events = Some(7);
    engine.set_timeline_options(name(), options).unwrap();
    assert_eq!(engine.timeline_options(name()).unwrap(), options);
}

#[test]
fn a_store_opens_with_its_key_only_and_the_key_can_change() {
    let home = tempfile::tempdir().unwrap();
    let folder = || home.path().display().to_string();
    let open = |key: &[u8]| {
        Engine::with_encrypted_store(pack(), EngineOptions::default(), folder(), key, StoreLimits::default())
    };
    let here = open(&[7; 32]).unwrap();
    here.set_setting("consent".into(), Some(vec![1])).unwrap();
    here.encrypt_store(&[8; 32]).unwrap();
    assert!(failed(here.encrypt_store(&[8; 31]), ErrorCode::InvalidOption));
    here.shut_down();
    assert!(failed(open(&[7; 32]), ErrorCode::WrongKey));
    let here = open(&[8; 32]).unwrap();
    assert_eq!(here.setting("consent".into()).unwrap(), Some(vec![1]));
    here.decrypt_store().unwrap();
    here.shut_down();
    assert_eq!(engine(home.path()).setting("consent".into()).unwrap(), Some(vec![1]));
}

#[test]
fn an_enrollment_says_why_a_frame_does_not_count() {
    let home = tempfile::tempdir().unwrap();
    let engine = engine(home.path());
    let enrollment = engine.enroll("Anna".into(), EnrollmentOptions::default()).unwrap();
    let blank = vec![0; 3 * 320 * 240];
    let step = enrollment.add(&blank, &[], &[], rgb(320, 240)).unwrap();
    assert_eq!(step, EnrollmentStep::Rejected { reason: Rejection::NoFace, message: "no face".into() });
    let error = enrollment.finish(1).unwrap_err();
    assert!(error.kind() == ErrorCode::NotEnoughSamples && error.message().contains("1 no_face"), "{error:?}");
    assert!(failed(enrollment.add(&blank, &[], &[], rgb(320, 240)), ErrorCode::Closed));
    assert!(failed(engine.enroll_more("Anna".into(), EnrollmentOptions::default()), ErrorCode::UserNotFound));
}

#[test]
fn a_mixture_is_refused_with_the_numbers_of_its_frames_unless_the_engine_is_closed() {
    let home = tempfile::tempdir().unwrap();
    let engine = engine(home.path());
    let enrollment = engine.enroll("Anna".into(), EnrollmentOptions::default()).unwrap();
    for name in ["pictures/obama.jpg", "adapt/woman/learn/sad/0018.jpg", "adapt/woman/learn/happy/0300.jpg"] {
        enrollment.add_picture(&bytes(name)).unwrap();
    }
    enrollment.add_picture(&bytes("pictures/obama2.jpg")).unwrap();
    let error = enrollment.finish(1).unwrap_err();
    assert_eq!(error.kind(), ErrorCode::SeveralPeople);
    assert!(error.message().contains("1, 4") && error.message().contains("2, 3"), "{error:?}");
    assert_eq!(enrollment.people().len(), 2, "it is still open");
    engine.shut_down();
    assert!(failed(enrollment.finish(1), ErrorCode::Closed));
}

#[test]
fn a_clip_is_confirmed_by_its_name_which_no_later_clip_gets() {
    let engine = Engine::without_store(pack(), EngineOptions::default()).unwrap();
    let footage = engine.footage().unwrap();
    let record = |label: Option<&str>, name: Option<&str>| {
        footage.begin_clip(label.map(Into::into), name.map(Into::into))?;
        footage.add_picture(&bytes("pictures/obama.jpg")).unwrap();
        footage.end_clip(1)
    };
    let names = || footage.clips().into_iter().map(|clip| (clip.name, clip.confirmed)).collect::<Vec<_>>();
    for _ in 0..3 {
        record(Some("happy"), None).unwrap();
    }
    footage.remove_clip(1).unwrap();
    record(Some("happy"), None).unwrap();
    record(None, None).unwrap();
    footage.confirm_clip("happy/3".into()).unwrap();
    let is = |name: &str, confirmed| (name.to_owned(), confirmed);
    assert_eq!(names(), [is("happy/1", false), is("happy/3", true), is("happy/4", false), is("unlabeled/1", false)]);
    for gone in ["happy/2", "happy/5", ""] {
        assert!(failed(footage.confirm_clip(gone.into()), ErrorCode::InvalidOption), "{gone}");
    }
    assert!(failed(footage.begin_clip(None, Some("happy/2".into())), ErrorCode::InvalidOption));
    // The last one removed, and a clip without frames, whose name was in no report.
    footage.remove_clip(2).unwrap();
    footage.begin_clip(Some("happy".into()), None).unwrap();
    assert_eq!(footage.end_clip(1).unwrap(), 0);
    record(Some("happy"), None).unwrap();
    assert_eq!(names().last().unwrap().0, "happy/5");
    footage.clear().unwrap();
    record(Some("happy"), None).unwrap();
    record(Some("sad"), Some("happy/2")).unwrap();
    assert_eq!(names(), [is("happy/6", false), is("happy/2", false)]);
}

#[test]
fn footage_of_a_user_is_there_again_after_a_restart_and_is_learned_when_it_is_due() {
    const DAY: u64 = 86_400_000;
    let folder = tempfile::tempdir().unwrap();
    let first = engine(folder.path());
    enroll_wanda(&first);
    let open = |engine: &Engine, days| engine.recording("Wanda".into(), days, 1_000);
    assert!(failed(first.recording("Nobody".into(), None, 1), ErrorCode::UserNotFound));
    assert!(failed(open(&first, Some(366)), ErrorCode::InvalidOption));
    let footage = open(&first, Some(9)).unwrap();
    for label in ["fear", "happy", "sad"] {
        for entry in std::fs::read_dir(fixture(&format!("adapt/woman/learn/{label}"))).unwrap() {
            footage.begin_clip(Some(label.into()), None).unwrap();
            footage.add_picture(&std::fs::read(entry.unwrap().path()).unwrap()).unwrap();
            footage.add_audio(&[0; 64_000], SILENCE, 0).unwrap();
            assert_eq!(footage.end_clip(1_000).unwrap(), 1);
        }
    }
    footage.confirm_clip("sad/2".into()).unwrap();
    let before = footage.clips();
    assert!(before.iter().all(|clip| clip.speech.as_ref().is_some_and(|speech| speech.refusal.is_some())));
    first.set_adaptation_due("Wanda".into(), true).unwrap();
    first.shut_down();
    assert!(failed(footage.clear(), ErrorCode::Closed));

    let second = engine(folder.path());
    let footage = open(&second, None).unwrap();
    assert_eq!((footage.clips(), footage.unusable_clips()), (before.clone(), 0));
    assert_eq!(second.adaptations_due().unwrap(), ["Wanda"]);
    let adapt = |name: &str, footage: Arc<mien_ffi::Footage>| {
        second.adapt(name.into(), footage, AdaptOptions::default(), 2_000, None, None)
    };
    assert!(failed(adapt("Ben", footage.clone()), ErrorCode::InvalidOption));
    assert!(adapt("Wanda", footage.clone()).unwrap().face.accepted);
    assert!(second.adaptations_due().unwrap().is_empty());
    assert_eq!(footage.clips(), before, "learned clips stay");
    second.prune_timelines(1_000 + 8 * DAY).unwrap();
    assert_eq!(open(&second, None).unwrap().clips(), before);
    second.prune_timelines(1_000 + 9 * DAY).unwrap();
    assert!(open(&second, None).unwrap().clips().is_empty());
}

/// 16-bit samples, 16 kHz.
const SILENCE: AudioLayout = AudioLayout { samples: SampleFormat::I16, rate_hz: 16_000, channels: 1 };

#[test]
fn a_clip_that_the_store_refuses_can_be_ended_again() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(folder.path());
    enroll_wanda(&engine);
    let footage = engine.recording("Wanda".into(), None, 1).unwrap();
    let record = || {
        footage.begin_clip(Some("sad".into()), None).unwrap();
        footage.add_picture(&wanda("learn", "sad", "0018")).unwrap();
        footage.end_clip(1)
    };
    engine.delete_user("Wanda".into()).unwrap();
    assert!(failed(record(), ErrorCode::UserNotFound));
    assert!(failed(footage.end_clip(1), ErrorCode::UserNotFound));
    enroll_wanda(&engine);
    assert_eq!(footage.end_clip(1).unwrap(), 1);
    assert!(failed(footage.end_clip(1), ErrorCode::InvalidOption), "it is kept once");
    assert_eq!(footage.clips().len(), 1);
    // The next clip gives it up.
    engine.delete_user("Wanda".into()).unwrap();
    assert!(failed(record(), ErrorCode::UserNotFound));
    enroll_wanda(&engine);
    record().unwrap();
    assert_eq!(footage.clips().len(), 1);
}

#[test]
fn a_pack_from_parts_is_the_pack_of_the_folder_and_damage_is_named() {
    let manifest = std::fs::read(models().join("manifest.json")).unwrap();
    let read = || {
        let names = manifest_files(manifest.clone()).unwrap();
        names.into_iter().map(|name| (name.clone(), std::fs::read(models().join(name)).unwrap())).collect()
    };
    let whole = ModelPack::from_parts(manifest.clone(), read()).unwrap();
    assert_eq!(whole.models(), pack().models());
    assert_eq!(whole.overlaid(pack()).name(), pack().name());
    let mut files: std::collections::HashMap<String, Vec<u8>> = read();
    files.get_mut("yunet.onnx").unwrap()[100] ^= 1;
    let error = ModelPack::from_parts(manifest.clone(), files).unwrap_err();
    assert!(error.kind() == ErrorCode::ModelLoad && error.message().contains("yunet.onnx"), "{error:?}");
    let mut files: std::collections::HashMap<String, Vec<u8>> = read();
    files.remove("mobilenet.onnx");
    assert!(ModelPack::from_parts(manifest, files).unwrap_err().message().contains("mobilenet.onnx"));
}
