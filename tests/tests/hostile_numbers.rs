//! Numbers from outside passed through the engine: none of them stops the recognition of anybody.

use std::sync::Arc;

use mien_core::timeline::{BucketWidth, Clock, Event, Timeline, TimelineMut};
use mien_core::users::export::{Export, SlotValue};
use mien_core::users::profile::Profile;
use mien_core::users::store::Store;
use mien_core::{Engine, EngineOptions, Error, ErrorKind};
use mien_tests::{fixture, frame, pack, picture};
use sha2::{Digest, Sha256};

const DAY: u64 = 86_400_000;

fn kind<T>(outcome: Result<T, Error>) -> Option<ErrorKind> {
    outcome.err().map(|error| error.kind())
}

/// Returns the encoded profile, with a valid checksum, of a guest of the network `network` whose
/// embedding has `value` everywhere.
fn guest(network: &str, value: half::f16) -> Vec<u8> {
    let good = Profile::new("Guest", &[vec![1.0 / 32.0; 1024]], network, 1).unwrap().to_bytes();
    let own = half::f16::from_f32(1.0 / 32.0).to_le_bytes();
    let from = good.windows(2048).position(|window| window.chunks(2).all(|pair| pair == own)).unwrap();
    let mut bytes = good[..good.len() - 32].to_vec();
    bytes[from..from + 2048].chunks_mut(2).for_each(|pair| pair.copy_from_slice(&value.to_le_bytes()));
    let digest = Sha256::digest(&bytes);
    [bytes, digest.to_vec()].concat()
}

#[test]
fn no_file_and_no_embedding_blinds_the_engine() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let engine = Engine::with_store(&pack(), EngineOptions::default(), store).unwrap();
    let network = pack().recognizer().unwrap().sha256.clone();
    let picture = picture(&fixture("adapt/woman/learn/sad/0018.jpg"));
    let identity = engine.process(&frame(&picture)).unwrap().faces.remove(0).features.identity;
    engine.enroll("Wanda", std::slice::from_ref(&identity), 1).unwrap();
    let before = engine.identify(&identity);
    assert_eq!(before.user(), Some("Wanda"));

    assert!(Profile::from_bytes(&guest(&network, half::f16::from_f32(1.0 / 32.0))).is_ok());
    for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 0.0, -0.0, 65_504.0, 0.5] {
        let read = Profile::from_bytes(&guest(&network, half::f16::from_f32(value)));
        assert_eq!(kind(read), Some(ErrorKind::ProfileCorrupt), "{value}");
        let embeddings = [vec![value; 1024]];
        assert_eq!(kind(engine.enroll("Guest", &embeddings, 1)), Some(ErrorKind::InvalidOption), "{value}");
        assert_eq!(kind(engine.add_embeddings("Wanda", &embeddings)), Some(ErrorKind::InvalidOption), "{value}");
        assert_eq!(engine.identify(&identity), before, "{value}");
        let mut one = identity.clone();
        one[7] = if value == 0.5 || value == 0.0 { 3.0 } else { value };
        if !one[7].is_finite() || one[7].abs() > 1.0 {
            assert!(engine.enroll("Guest", &[identity.clone(), one], 1).is_err(), "{value}");
        }
    }
    // A value that an older version accepted is not accepted from another device.
    let old = Profile::from_bytes(&guest(&network, half::f16::from_f32(1.5 / 32.0))).unwrap();
    assert_eq!(kind(engine.import(&old)), Some(ErrorKind::ProfileCorrupt));
    assert_eq!(kind(engine.import_all(&Export { profile: old, slots: vec![] })), Some(ErrorKind::ProfileCorrupt));
    assert_eq!(engine.profiles().unwrap().len(), 1);
}

#[test]
fn a_store_that_took_a_bad_number_long_ago_opens_and_lets_go_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let picture = picture(&fixture("adapt/woman/learn/sad/0018.jpg"));
    let network = pack().recognizer().unwrap().sha256.clone();
    let store = Store::open(folder.path()).unwrap();
    store.add(&Profile::new("Guest", &[vec![1.0 / 32.0; 1024]], &network, 1).unwrap()).unwrap();
    // Older versions checked no numbers.
    store
        .update("Guest", |profile| {
            profile.enrolled_at_ms = u64::MAX;
            Ok(())
        })
        .unwrap();
    assert_eq!(kind(store.profile("Guest")), Some(ErrorKind::ProfileCorrupt));
    let engine = Engine::with_store(&pack(), EngineOptions::default(), store).unwrap();
    let identity = engine.process(&frame(&picture)).unwrap().faces.remove(0).features.identity;
    engine.enroll("Wanda", std::slice::from_ref(&identity), 1).unwrap();
    assert_eq!(engine.damaged_users().unwrap(), ["Guest"]);
    let names: Vec<_> = engine.profiles().unwrap().into_iter().map(|profile| profile.name).collect();
    assert_eq!(names, ["Wanda"]);
    assert_eq!(engine.identify(&identity).user(), Some("Wanda"));
    engine.calibrate(engine.calibration().unwrap()).unwrap();
    engine.prune_timelines(1_780_272_000_000).unwrap();
    engine.delete("Guest").unwrap();
    assert!(engine.damaged_users().unwrap().is_empty());
    drop(engine);
    assert_eq!(Store::open(folder.path()).unwrap().profiles().unwrap().len(), 1);
}

/// Seals `body` as a timeline's value under `magic`.
fn sealed<T: serde::Serialize>(magic: &[u8; 4], body: &T) -> Vec<u8> {
    let mut bytes = [&magic[..], &1u16.to_le_bytes(), &postcard::to_stdvec(body).unwrap()].concat();
    let digest = Sha256::digest(&bytes);
    bytes.extend_from_slice(&digest);
    bytes
}

/// A value that a hostile file may hold: what it is, its table, its slot if only one is meant, and its bytes.
type HostileValue = (&'static str, u8, Option<u64>, Vec<u8>);

fn hostile_timeline_values(start: u64) -> Vec<HostileValue> {
    let max: u64 = 1 << 40;
    let tally = (max, 0u64, max * 3_600_000, vec![(max, max * 255)]);
    let entries: Vec<_> = (0..32u8).map(|place| (place, &tally)).collect();
    let node = sealed(b"MTLN", &(entries, Vec::<(u32, u16)>::new()));
    let directory = |offset: i32| {
        let options = (offset, Some(30u32), Some(366u32), Some(1827u32), None::<u32>, Some(366u32));
        sealed(b"MTLD", &(options, start, Vec::<(String, u32)>::new()))
    };
    vec![
        ("days", 4, None, node.clone()),
        ("an offset", 0, Some(0), directory(i32::MIN)),
        ("another offset", 0, Some(0), directory(1441)),
        (
            "a header",
            0,
            Some(1),
            sealed(b"MTLH", &(vec!["a"; 40], u64::MAX, Some((5u64, 1u64)), (9u64, 9u64, 9u64, 9u64), 7u64)),
        ),
    ]
}

#[test]
fn a_file_with_a_hostile_timeline_is_refused_and_nothing_overflows() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    store.add(&Profile::new("Anna", &[vec![0.6, 0.8]], "net", 1).unwrap()).unwrap();
    let labels: Arc<[String]> = ["happy", "sad"].map(str::to_owned).into();
    let start = 1_700_000_000_000 / (32 * DAY) * 32 * DAY;
    let event = |at_ms| Event {
        at_ms,
        duration_ms: 200,
        labels: labels.clone(),
        label: 0,
        probabilities: vec![0.75, 0.25],
        adapted: false,
    };
    let record = |name: &str, day: u64| {
        let events: Vec<Event> = (0..3).map(|index| event(start + day * DAY + 1000 * index)).collect();
        store.write_slots(name, |slots| TimelineMut::new(slots).record(&Clock::Wall, &events, start + day * DAY))
    };
    for day in 0..6 {
        record("Anna", day).unwrap();
    }
    let mut good = store.export("Anna", true).unwrap();
    good.profile.name = "Ben".to_owned();
    store.import(&good).unwrap();

    for (what, table, slot, value) in hostile_timeline_values(start) {
        let mut hostile = good.clone();
        hostile.profile.name = "Eve".to_owned();
        for own in hostile.slots.iter_mut().filter(|own| own.table == table && slot.is_none_or(|slot| own.slot == slot))
        {
            own.value = value.clone();
        }
        assert_eq!(kind(store.import(&hostile)), Some(ErrorKind::ProfileCorrupt), "{what}");
        assert_eq!(kind(store.profile("Eve")), Some(ErrorKind::UserNotFound), "{what}");
        // Stored by an older version, the timeline is an error or opens, and the store continues.
        for SlotValue { table, slot, value } in &hostile.slots {
            store.write_slots("Ben", |slots| slots.put(*table, *slot, value)).unwrap();
        }
        let total =
            store.read_slots("Ben", |slots| Timeline::open(slots, &Clock::Wall)?.total(0..u64::MAX, BucketWidth::Day));
        assert!(kind(total).is_none_or(|kind| kind == ErrorKind::ProfileCorrupt), "{what}");
        assert!(kind(record("Ben", 7)).is_none_or(|kind| kind == ErrorKind::ProfileCorrupt), "{what}");
        assert!(record("Anna", 7).is_ok());
        for SlotValue { table, slot, value } in &good.slots {
            store.write_slots("Ben", |slots| slots.put(*table, *slot, value)).unwrap();
        }
    }
}
