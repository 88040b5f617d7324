//! Users stored by older versions and by other networks, and large stores during recognition.

#![allow(clippy::print_stderr, reason = "counts are printed")]

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use mien_core::head::{Head, HeadKind};
use mien_core::timeline::{Clock, Timeline};
use mien_core::users::crypto::StoreKey;
use mien_core::users::history::AdaptedHead;
use mien_core::users::profile::Profile;
use mien_core::users::store::{Store, StoreOptions};
use mien_core::{Engine, EngineOptions, ErrorKind, Modality};
use mien_tests::{bytes, fixture, pack};

#[test]
fn a_profile_of_version_1_is_read() {
    let profile = Profile::from_bytes(&bytes("profiles/version1.profile")).unwrap();
    assert_eq!((profile.name.as_str(), profile.enrolled_at_ms), ("Vera", 1_700_000_000_000));
    assert_eq!(profile.identity_network, "identity");
    let embeddings: Vec<Vec<f32>> =
        (0..3).map(|i| (0..8).map(|d| (8 * i + d) as f32 * 0.0625 - 0.75).collect()).collect();
    assert_eq!(profile.embeddings(), embeddings);
    let head = profile.face.head().unwrap();
    assert_eq!((head.number, head.clips, head.adapted_at_ms), (1, 6, 1_700_000_100_000));
    assert_eq!((head.networks.as_str(), head.estimated_loss, head.evidence.len()), ("identity+expression", None, 0));
    assert_eq!(profile.face.generations().len(), 1);
    let head = Head::decode(&head.bytes).unwrap();
    assert_eq!((head.kind(), head.labels()), (HeadKind::Logistic, &["calm".to_owned(), "happy".to_owned()][..]));
    assert_eq!(head.parameters(), [-1.0, -0.75, -0.5, -0.25, 0.0, 0.25, 0.5, 0.75]);
}

#[test]
fn a_user_of_version_1_gets_a_second_generation_and_keeps_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let old = Profile::from_bytes(&bytes("profiles/version1.profile")).unwrap();
    store.add(&old).unwrap();
    let again = AdaptedHead { clips: 9, ..old.face.head().unwrap().clone() };
    let (changed, number) = store.update("Vera", |profile| profile.face.push_generation(again)).unwrap();
    assert_eq!((number, changed.face.head().unwrap().clips), (2, 9));
    let (changed, answers) = store.update("Vera", |profile| profile.roll_back(Modality::Face, None)).unwrap();
    assert_eq!((answers, changed.face.head().unwrap().clips), (Some(1), 6));
    assert!(store.profile("Vera").unwrap() == changed && changed.embeddings() == old.embeddings());
}

#[test]
fn a_generation_of_other_networks_is_not_rolled_back_to() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let mut profile = Profile::from_bytes(&bytes("profiles/version1.profile")).unwrap();
    profile.roll_back(Modality::Face, Some(0)).unwrap();
    store.add(&profile).unwrap();
    let engine = Engine::with_store(&pack(), EngineOptions::default(), store).unwrap();
    let error = engine.rollback("Vera", Modality::Face, Some(1)).unwrap_err();
    let want = "generation 1 of \"Vera\" was learned with other networks";
    assert_eq!((error.kind(), error.details()), (ErrorKind::InvalidOption, Some(want)));
    assert!(engine.export("Vera").unwrap() == profile, "a refusal changes nothing");
    assert_eq!(engine.rollback("Vera", Modality::Face, Some(0)).unwrap(), None);
    assert_eq!(engine.rollback("Nobody", Modality::Face, None).unwrap_err().kind(), ErrorKind::UserNotFound);
}

#[test]
fn a_store_of_schema_1_is_brought_to_todays() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("users.mien");
    std::fs::copy(fixture("stores/schema1.mien"), &file).unwrap();
    let key = StoreOptions { key: Some(StoreKey::new([1; 32])), ..StoreOptions::default() };
    let error = Store::open_with(folder.path(), &key).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::WrongKey, "{error}");
    for _ in ["migrated", "opened again"] {
        let store = Store::open(folder.path()).unwrap();
        let profiles = store.profiles().unwrap();
        let counts: Vec<_> =
            profiles.iter().map(|p| (p.name.as_str(), p.embedding_count(), p.enrolled_at_ms)).collect();
        assert_eq!(counts, [("Anna", 3, 1_700_000_000_000), ("李雷", 1, 1_700_000_200_000)]);
        let clips: Vec<_> = profiles[0].face.generations().iter().map(|head| (head.number, head.clips)).collect();
        assert_eq!((clips, profiles[0].face.head().map(|head| head.number)), (vec![(1, 4), (2, 5)], Some(2)));
        let value = |seed: usize, d: usize| ((7 * seed + 3 * d) % 11) as f32 * 0.0625 - 0.25;
        assert_eq!(profiles[0].embeddings()[1], (0..16).map(|d| value(2, d)).collect::<Vec<f32>>());
        let calibration = store.calibration().unwrap().unwrap();
        assert_eq!((calibration.threshold, calibration.evidence.as_str()), (0.5, "made up"));
        assert_eq!(calibration.center, (0..16).map(|d| value(5, d)).collect::<Vec<f32>>());
    }
    let store = Store::open(folder.path()).unwrap();
    store.change_key(key.key.as_ref()).unwrap();
    drop(store);
    assert_eq!(Store::open_with(folder.path(), &key).unwrap().profiles().unwrap().len(), 2);
    let found = std::fs::read(&file).unwrap();
    assert!(!found.windows(4).any(|window| window == b"Anna"), "nothing stays of the plain file");
}

#[test]
fn a_store_of_schema_2_is_brought_to_todays() {
    for (fixture_name, key) in [("stores/schema2.mien", None), ("stores/schema2-encrypted.mien", Some(1))] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("users.mien");
        std::fs::copy(fixture(fixture_name), &file).unwrap();
        let options = |key: Option<u8>| StoreOptions {
            key: key.map(|byte| StoreKey::new([byte; 32])),
            ..StoreOptions::default()
        };
        for wrong in [None, Some(1), Some(2)].into_iter().filter(|&wrong| wrong != key) {
            let error = Store::open_with(folder.path(), &options(wrong)).err().unwrap();
            assert_eq!(error.kind(), ErrorKind::WrongKey, "{error}");
        }
        for _ in ["migrated", "opened again"] {
            let store = Store::open_with(folder.path(), &options(key)).unwrap();
            let found: Vec<_> = store
                .profiles()
                .unwrap()
                .iter()
                .map(|user| (user.name.clone(), user.embedding_count(), user.face.generations().len()))
                .collect();
            assert_eq!(found, [("Anna".to_owned(), 10, 1), ("Ben".to_owned(), 1, 0)]);
            assert!(!store.export("Anna", true).unwrap().slots.is_empty());
            let clock = Clock::Media("clip".to_owned());
            let events = store
                .read_slots("Anna", |slots| Timeline::open(slots, &clock)?.events(0..u64::MAX, usize::MAX))
                .unwrap();
            assert_eq!(events.len(), 110);
        }
    }
}

/// Long operations must not block recognition.
#[test]
fn deleting_and_encrypting_a_large_store_blocks_no_recognition() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let engine = Engine::with_store(&pack(), EngineOptions::default(), store).unwrap();
    let embedding = |seed: f32| {
        let values: Vec<f32> = (0..1024).map(|d| (seed + d as f32 * seed).sin()).collect();
        let length = values.iter().map(|value| value * value).sum::<f32>().sqrt();
        values.iter().map(|value| value / length).collect::<Vec<f32>>()
    };
    engine.enroll("Anna", &[embedding(1.0)], 1).unwrap();
    engine.enroll("Ben", &[embedding(2.0)], 1).unwrap();
    for batch in 0..8u64 {
        let slots = batch * 1000..(batch + 1) * 1000;
        engine.write_slots("Anna", |rows| slots.clone().try_for_each(|slot| rows.put(9, slot, &[7; 3900]))).unwrap();
    }
    type Work = Box<dyn Fn(&Engine) -> Result<(), mien_core::Error> + Send + Sync>;
    let works: [(&str, Work); 3] = [
        ("delete", Box::new(|engine| engine.delete("Ben"))),
        ("erase", Box::new(|engine| engine.erase_free_space())),
        ("encrypt", Box::new(|engine| engine.change_store_key(Some(&StoreKey::new([3; 32]))))),
    ];
    for (what, work) in works {
        // Calls that begin and end during the work show that it holds no lock that they need.
        let (done, looks) = (AtomicBool::new(false), AtomicUsize::new(0));
        let during = std::thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Ordering::SeqCst) {
                    assert_eq!(engine.identify(&embedding(1.0)).user(), Some("Anna"));
                    looks.fetch_add(1, Ordering::SeqCst);
                }
            });
            while looks.load(Ordering::SeqCst) == 0 {
                std::thread::yield_now();
            }
            let before = looks.load(Ordering::SeqCst);
            let outcome = work(&engine);
            let during = looks.load(Ordering::SeqCst) - before;
            done.store(true, Ordering::SeqCst);
            outcome.unwrap();
            during
        });
        eprintln!("{what}: {during} recognitions meanwhile");
        assert!(during >= 3, "{what}: {during} looks");
    }
    assert_eq!(engine.profiles().unwrap().len(), 1);
}
