//! Timelines through the engine, in a store on disk.

use mien_core::timeline::{BucketWidth, Clock, Event, TimelineOptions};
use mien_core::users::profile::Profile;
use mien_core::users::store::Store;
use mien_core::{Engine, EngineOptions, ErrorKind};
use mien_tests::pack;

/// 2026-06-01 at 00:00 UTC.
const START: u64 = 1_780_272_000_000;
const DAY: u64 = 86_400_000;

fn event(at_ms: u64) -> Event {
    let labels = ["neutral", "happy"].map(str::to_owned).into();
    Event { at_ms, duration_ms: 200, labels, label: 1, probabilities: vec![0.4, 0.6], adapted: true }
}

fn engine(folder: &std::path::Path) -> Engine {
    let store = Store::open(folder).unwrap();
    Engine::with_store(&pack(), EngineOptions::default(), store).unwrap()
}

#[test]
fn an_engine_records_asks_prunes_and_forgets() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    for name in ["Anna", "Ben"] {
        store.add(&Profile::new(name, &[vec![0.6, 0.8]], "net", START).unwrap()).unwrap();
    }
    drop(store);
    let wall = Clock::Wall;
    {
        let engine = engine(folder.path());
        let events: Vec<Event> = (0..10).map(|index| event(START + 1000 * index)).collect();
        assert_eq!(engine.record("Anna", &wall, &events, START).unwrap().added, 10);
        engine.record("Ben", &wall, &events[..1], START).unwrap();
        assert_eq!(engine.record("Carl", &wall, &events, START).unwrap_err().kind(), ErrorKind::UserNotFound);
    }
    let engine = engine(folder.path());
    let days = |name: &str| engine.timeline(name, &wall, |timeline| timeline.buckets(0..u64::MAX, BucketWidth::Day));
    assert_eq!(days("Anna").unwrap()[0].tally.events, 10, "it is there after the store was opened again");
    assert_eq!(days("Carl").unwrap_err().kind(), ErrorKind::UserNotFound);

    // A failing change leaves everything unchanged.
    let failed = engine.change_timelines("Anna", |timelines| {
        timelines.forget(&wall, 0..u64::MAX)?;
        timelines.set_options(TimelineOptions { offset_minutes: 10_000, ..TimelineOptions::default() })
    });
    assert_eq!(failed.unwrap_err().kind(), ErrorKind::InvalidOption);
    let forgotten = engine.change_timelines("Anna", |timelines| timelines.forget(&wall, START..START + 3000)).unwrap();
    assert_eq!((forgotten, engine.timelines("Anna").unwrap()[0].events), (3, 7));

    // Expired data is pruned as days pass and the application prunes on each of them.
    for day in 24..=40 {
        engine.prune_timelines(START + day * DAY).unwrap();
    }
    for name in ["Anna", "Ben"] {
        assert_eq!(engine.timelines(name).unwrap()[0].events, 0);
        assert_eq!(days(name).unwrap().len(), 1);
    }
}

#[test]
fn an_application_whose_clock_is_ahead_loses_and_refuses_nothing_of_any_user() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    for name in ["Anna", "Ben"] {
        store.add(&Profile::new(name, &[vec![0.6, 0.8]], "net", START).unwrap()).unwrap();
    }
    let wall = Clock::Wall;
    let engine = Engine::with_store(&pack(), EngineOptions::default(), store).unwrap();
    for day in 0..30 {
        let start = START + day * DAY;
        let events: Vec<Event> = (0..20).map(|index| event(start + 1000 * (index + 1))).collect();
        engine.record("Anna", &wall, &events, start + 50_000).unwrap();
        if day % 7 == 0 {
            engine.record("Ben", &wall, &events, start + 50_000).unwrap();
        }
    }
    let today = START + 29 * DAY;
    let held = |name: &str| {
        engine.timeline(name, &wall, |timeline| timeline.events(0..today + DAY, usize::MAX)).unwrap().len()
    };
    assert_eq!((held("Anna"), held("Ben")), (600, 100));
    for ahead in [DAY, 31 * DAY, 730 * DAY, 36_500 * DAY] {
        // A fast clock that shows one day after another looks like a right one, so its days count.
        let days = if ahead > DAY { 2 } else { 1 };
        for day in 0..days {
            engine.prune_timelines(today + ahead + day * DAY).unwrap();
        }
        engine.record("Anna", &wall, &[event(today + ahead)], today + ahead + (days - 1) * DAY + 5).ok();
        assert_eq!((held("Anna"), held("Ben")), (600, 100), "{ahead} ms ahead");
        engine.record("Anna", &wall, &[event(today + 1000)], today + 60_000).unwrap();
        engine.record("Ben", &wall, &[event(START + 28 * DAY + 1000)], today + 60_000).unwrap();
    }
}
