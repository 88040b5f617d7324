//! The store under faults: power cuts, full and broken disks, killed processes.

#![allow(clippy::print_stderr, reason = "counts are printed")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use mien_core::embedding::normalize;
use mien_core::head::{Head, HeadKind};
use mien_core::recognition::gallery::Calibration;
use mien_core::users::crypto::StoreKey;
use mien_core::users::export::{Export, SlotValue};
use mien_core::users::history::AdaptedHead;
use mien_core::users::profile::Profile;
use mien_core::users::recording::{self, RecordedClip, Recording, RecordingMut};
use mien_core::users::store::{FILE, Store, StoreOptions};
use mien_core::{Error, ErrorKind, Modality, SplitMix64};
use mien_tests::bytes;
use mien_tests::disk::{Change, Disk, Fault, Keep, PowerCut};

type Outcome = Result<(), Error>;

fn options(key: Option<u8>) -> StoreOptions {
    StoreOptions { key: key.map(|byte| StoreKey::new([byte; 32])), ..StoreOptions::default() }
}

fn open(disk: &Disk, key: Option<u8>) -> Result<Store, Error> {
    Store::open_files(Box::new(disk.clone()), &options(key))
}

fn profile(name: &str, seed: usize) -> Profile {
    let mut embeddings: Vec<Vec<f32>> =
        (0..5).map(|i| (0..256).map(|d| ((seed + i * d) as f32 + 0.5).sin()).collect()).collect();
    embeddings.iter_mut().for_each(|embedding| normalize(embedding));
    Profile::new(name, &embeddings, "net", seed as u64).unwrap()
}

fn generation(clips: u32) -> AdaptedHead {
    let labels = ["a", "b", "c"].map(str::to_owned).to_vec();
    let head = Head::fresh(labels, 400, HeadKind::Logistic.body(), None, 1.0).unwrap();
    AdaptedHead {
        number: 0,
        bytes: head.encode().unwrap(),
        networks: "networks".to_owned(),
        scale: None,
        adapted_at_ms: 7,
        clips,
        estimated_loss: None,
        evidence: Vec::new(),
        learned_from: None,
    }
}

/// The content of a store.
#[derive(Debug, Clone, PartialEq, Default)]
struct Picture {
    users: BTreeMap<String, Export>,
    recordings: BTreeMap<String, (Recording, Vec<Option<RecordedClip>>)>,
    option: Option<Vec<u8>>,
    threshold: Option<f32>,
}

fn picture(store: &Store) -> Result<Picture, Error> {
    let (mut users, mut recordings) = (BTreeMap::new(), BTreeMap::new());
    for profile in store.profiles()? {
        users.insert(profile.name.clone(), store.export(&profile.name, true)?);
        let recorded = store.read_slots(&profile.name, |slots| {
            let recording = Recording::read(slots)?;
            let clips = recording.clips().iter().map(|clip| recording::read_clip(slots, &recording, clip, 256));
            Ok((recording.clone(), clips.collect::<Result<_, _>>()?))
        })?;
        recordings.insert(profile.name, recorded);
    }
    let threshold = store.calibration()?.map(|calibration| calibration.threshold);
    Ok(Picture { users, recordings, option: store.option("language")?, threshold })
}

/// A recorded clip of 8 frames, which need several pages.
fn recorded(seed: usize) -> RecordedClip {
    let faces = vec![profile("any", seed).embeddings().remove(0); 8];
    RecordedClip {
        name: String::new(),
        label: Some("happy".to_owned()),
        confirmed: false,
        networks: "networks".to_owned(),
        frames: faces.iter().map(|face| face.repeat(4)).collect(),
        faces,
        speech: None,
    }
}

fn record(store: &Store, name: &str, work: impl FnOnce(&mut RecordingMut<'_>) -> Result<(), Error>) -> Outcome {
    store.write_slots(name, |slots| {
        let mut recording = RecordingMut::open(slots)?;
        work(&mut recording)?;
        recording.finish().map(drop)
    })
}

/// The key of a store, and its content.
type Keyed = (Option<u8>, Picture);

/// One call of an application on its store, and the store's key afterwards.
struct Step {
    name: &'static str,
    key: Option<u8>,
    work: Box<dyn Fn(&Store) -> Outcome>,
}

/// The calls of an application over its life, in order.
fn life() -> Vec<Step> {
    let step = |name, key, work: fn(&Store) -> Outcome| Step { name, key, work: Box::new(work) };
    let timeline = |name, key, from: u64| {
        let work = move |store: &Store| {
            store.write_slots("Anna", |slots| {
                for slot in from..from + 3 {
                    slots.put(1, slot, &vec![slot as u8; 5000 * (slot as usize + 1)])?;
                }
                slots.put(2, 0, &from.to_le_bytes())?;
                slots.remove(1, from.saturating_sub(2))
            })
        };
        Step { name, key, work: Box::new(work) }
    };
    vec![
        step("enroll", None, |store| store.add(&profile("Anna", 1))),
        step("enroll another", None, |store| store.add(&profile("Ben", 2))),
        step("set an option", None, |store| store.set_option("language", Some(b"de"))),
        step("calibrate", None, |store| {
            store.set_calibration(&Calibration { threshold: 0.5, ..Calibration::default() })
        }),
        step("adapt", None, |store| store.update("Anna", |user| user.face.push_generation(generation(1))).map(|_| ())),
        step("adapt again", None, |store| {
            store.update("Anna", |user| user.face.push_generation(generation(2))).map(|_| ())
        }),
        timeline("write the timeline", None, 0),
        timeline("write on", None, 2),
        step("record", None, |store| record(store, "Anna", |recording| recording.add(&recorded(1), 1))),
        step("record again", None, |store| record(store, "Anna", |recording| recording.add(&recorded(2), 2))),
        step("confirm", None, |store| record(store, "Anna", |recording| recording.confirm("happy/2"))),
        step("remove a clip", None, |store| record(store, "Anna", |recording| recording.remove("happy/1"))),
        step("roll back", None, |store| store.update("Anna", |user| user.roll_back(Modality::Face, None)).map(|_| ())),
        step("import", None, |store| {
            let slots = (0..4).map(|slot| SlotValue { table: 1, slot, value: vec![3; 6000] }).collect();
            store.import(&Export { profile: profile("Carl", 3), slots })
        }),
        step("delete", None, |store| store.delete("Ben")),
        step("enroll after deleting", None, |store| store.add(&profile("Dora", 4))),
        step("encrypt", Some(1), |store| store.change_key(Some(&StoreKey::new([1; 32])))),
        timeline("write encrypted", Some(1), 4),
        step("adapt encrypted", Some(1), |store| {
            store.update("Carl", |user| user.face.push_generation(generation(3))).map(|_| ())
        }),
        step("record encrypted", Some(1), |store| record(store, "Carl", |recording| recording.add(&recorded(3), 3))),
        step("discard", Some(1), |store| store.remove_recording("Anna").map(drop)),
        step("change the key", Some(2), |store| store.change_key(Some(&StoreKey::new([2; 32])))),
        step("delete encrypted", Some(2), |store| store.delete("Anna")),
        step("enroll encrypted", Some(2), |store| store.add(&profile("Eve", 5))),
        step("import encrypted", Some(2), |store| {
            let slots = (0..4).map(|slot| SlotValue { table: 1, slot, value: vec![4; 6000] }).collect();
            store.import(&Export { profile: profile("Fay", 6), slots })
        }),
        step("decrypt", None, |store| store.change_key(None)),
    ]
}

/// A moment in a log, and the states that are correct after a crash between it and the next moment.
struct Moment {
    name: &'static str,
    /// Number of changes before it.
    at: usize,
    /// The correct contents, each with its key.
    right: Vec<Keyed>,
}

/// Opens the disk that a crash left and checks that the store is complete and correct.
fn check_after_crash(disk: &Disk, moment: &Moment, what: &str) {
    let mut refusals = Vec::new();
    for (key, right) in &moment.right {
        match open(disk, *key) {
            Ok(store) => {
                let found = picture(&store).unwrap_or_else(|error| panic!("{what}: {error}"));
                if found != *right {
                    refusals.push(format!("key {key:?}: another picture, users {:?}", found.users.keys()));
                    continue;
                }
                assert_eq!(disk.names(), [FILE], "{what}: leftovers");
                store.set_option("after", Some(b"works")).unwrap_or_else(|error| panic!("{what}: {error}"));
                return;
            }
            Err(error) => refusals.push(error.to_string()),
        }
    }
    panic!("{what}: {refusals:?}");
}

/// Returns the disk after a second crash, at a random point of the opening after the first.
fn cut_power_while_mending(left: &Disk, moment: &Moment, rng: &mut SplitMix64) -> Disk {
    let disk = left.copy();
    let _ = moment.right.iter().find_map(|(key, _)| open(&disk, *key).ok());
    let mut power = PowerCut::of(left);
    let log = disk.log();
    log[..rng.below(log.len() + 1)].iter().for_each(|change| power.pass(change));
    power.crash(Keep::Part, rng)
}

/// Cuts the power after every change in `log` in four ways, half of them twice; returns the number
/// of cuts.
fn cut_power_everywhere(before: &Disk, log: &[Change], moments: &[Moment], seed: u64) -> usize {
    let mut rng = SplitMix64::new(seed);
    let (mut power, mut cuts, mut current) = (PowerCut::of(before), 0, 0);
    for at in 0..=log.len() {
        while moments.get(current + 1).is_some_and(|next| next.at <= at) {
            current += 1;
        }
        for keep in [Keep::Nothing, Keep::Everything, Keep::Part, Keep::Part] {
            let what = format!("{}, change {at} of {}, {keep:?}", moments[current].name, log.len());
            let left = power.crash(keep, &mut rng);
            if keep == Keep::Part {
                let again = cut_power_while_mending(&left, &moments[current], &mut rng);
                check_after_crash(&again, &moments[current], &format!("{what}, then cut while it was opened"));
                cuts += 1;
            }
            check_after_crash(&left, &moments[current], &what);
            cuts += 1;
        }
        if let Some(change) = log.get(at) {
            power.pass(change);
        }
    }
    cuts
}

#[test]
fn a_power_cut_at_any_write_loses_nothing_and_shows_nothing_half_made() {
    let disk = Disk::default();
    let empty = (None, Picture::default());
    let mut moments = vec![Moment { name: "make the store", at: 0, right: vec![empty.clone()] }];
    let mut store = open(&disk, None).unwrap();
    let mut now = empty;
    for (number, step) in life().into_iter().enumerate() {
        if number % 5 == 4 {
            // Closing and opening change nothing visible.
            moments.push(Moment { name: "close and open", at: disk.changes(), right: vec![now.clone()] });
            drop(store);
            store = open(&disk, now.0).unwrap();
        }
        let at = disk.changes();
        (step.work)(&store).unwrap_or_else(|error| panic!("{}: {error}", step.name));
        let after = (step.key, picture(&store).unwrap());
        assert!(after != now, "{} changes something", step.name);
        moments.push(Moment { name: step.name, at, right: vec![now, after.clone()] });
        moments.push(Moment { name: "at rest", at: disk.changes(), right: vec![after.clone()] });
        now = after;
    }
    moments.push(Moment { name: "close", at: disk.changes(), right: vec![now] });
    drop(store);
    let log = disk.log();
    let cuts = cut_power_everywhere(&Disk::default(), &log, &moments, 1);
    eprintln!("{cuts} power cuts at {} changes of {} steps", log.len() + 1, life().len());
    assert!(cuts >= 2000);
}

/// Replaces a change by one without effect.
fn nothing(change: &mut Change) {
    *change = Change::Remove("nothing".to_owned());
}

#[test]
fn a_disk_that_says_synced_and_is_not_would_be_found_out() {
    // The checks above must be able to fail: without either kind of sync, committed data is lost.
    let disk = Disk::default();
    let store = open(&disk, None).unwrap();
    store.add(&profile("Anna", 1)).unwrap();
    store.change_key(Some(&StoreKey::new([1; 32]))).unwrap();
    store.add(&profile("Ben", 2)).unwrap();
    let at = disk.changes();
    let right = [(Some(1), picture(&store).unwrap())];
    let loses = |spoil: fn(&Change) -> bool| {
        let mut power = PowerCut::of(&Disk::default());
        for mut change in disk.log().into_iter().take(at) {
            if spoil(&change) {
                nothing(&mut change);
            }
            power.pass(&change);
        }
        let mut rng = SplitMix64::new(5);
        (0..20).any(|_| {
            let left = power.crash(Keep::Part, &mut rng);
            right
                .iter()
                .all(|(key, right)| open(&left, *key).and_then(|store| picture(&store)).ok().as_ref() != Some(right))
        })
    };
    assert!(!loses(|_| false));
    assert!(loses(|change| matches!(change, Change::Sync(_))), "files are synced for nothing");
    assert!(loses(|change| matches!(change, Change::SyncNames)), "the folder is synced for nothing");
}

#[test]
fn a_power_cut_while_an_old_store_is_migrated_loses_nothing() {
    let old = Disk::with_file(FILE, &bytes("stores/schema1.mien"));
    let disk = old.copy();
    let store = open(&disk, None).unwrap();
    let right = (None, picture(&store).unwrap());
    assert_eq!((right.1.users.len(), right.1.threshold), (2, Some(0.5)));
    drop(store);
    // This version reads the same content from the old file.
    let moments = [Moment { name: "migrate", at: 0, right: vec![right] }];
    let cuts = cut_power_everywhere(&old, &disk.log(), &moments, 2);
    eprintln!("{cuts} power cuts while a store was migrated");
    assert!(cuts > 100);
}

/// Runs `work` on a copy of `before` for each change that it makes, with a fault at that change,
/// and checks store and disk; returns the number of faults met.
fn fail_everywhere(before: &Disk, step: &Step, from: &Keyed, to: &Keyed) -> usize {
    let sound = before.copy();
    let store = open(&sound, from.0).unwrap();
    let start = sound.changes();
    (step.work)(&store).unwrap();
    let changes = sound.changes() - start;
    drop(store);
    let mut met = 0;
    for (at, lasting, full) in
        (0..changes).flat_map(|at| [(at, false, false), (at, true, false), (at, false, true), (at, true, true)])
    {
        let what = format!("{}, change {at} of {changes}, lasting {lasting}, full {full}", step.name);
        let disk = before.copy();
        let store = open(&disk, from.0).unwrap();
        disk.set_fault(Some(Fault { at, lasting, full }));
        let outcome = (step.work)(&store);
        if disk.faults_met() == 0 {
            continue;
        }
        met += 1;
        disk.set_fault(None);
        if let Err(error) = &outcome {
            assert_eq!(error.kind(), ErrorKind::Storage, "{what}: {error}");
            assert!(error.to_string().contains(FILE), "{what}: {error}");
            assert_eq!(error.to_string().contains("the disk is full"), full, "{what}: {error}");
        }
        // The open store continues with the data on disk.
        let found = picture(&store).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert!(found == to.1 || outcome.is_err() && found == from.1, "{what}: half done");
        let done = store.is_encrypted().unwrap() == to.0.is_some() && found == to.1;
        if outcome.is_err() && (!done || from.1 == to.1) {
            (step.work)(&store).unwrap_or_else(|error| panic!("{what}, again: {error}"));
            assert!(picture(&store).unwrap() == to.1, "{what}, again");
        }
        store.set_option("after", Some(b"works")).unwrap_or_else(|error| panic!("{what}, after: {error}"));
        drop(store);
        let store = open(&disk, to.0).unwrap_or_else(|error| panic!("{what}, opened again: {error}"));
        assert!(picture(&store).unwrap() == to.1, "{what}, opened again");
        assert_eq!(disk.names(), [FILE], "{what}");
    }
    met
}

#[test]
fn a_full_or_broken_disk_is_an_error_after_which_the_store_goes_on() {
    let disk = Disk::default();
    let mut store = open(&disk, None).unwrap();
    let (mut now, mut met, mut steps) = ((None, Picture::default()), 0, 0);
    for step in life() {
        drop(store);
        let before = disk.copy();
        store = open(&disk, now.0).unwrap();
        (step.work)(&store).unwrap();
        let after = (step.key, picture(&store).unwrap());
        met += fail_everywhere(&before, &step, &now, &after);
        steps += 1;
        now = after;
    }
    eprintln!("{met} faults of a full or broken disk in {steps} steps");
    assert!(met >= 1000);
}

#[test]
fn a_full_or_broken_disk_while_a_store_is_made_or_migrated_loses_nothing() {
    let mut met = 0;
    for before in [Disk::default(), Disk::with_file(FILE, &bytes("stores/schema1.mien"))] {
        let sound = before.copy();
        let right = picture(&open(&sound, None).unwrap()).unwrap();
        for (at, lasting, full) in (0..sound.changes())
            .flat_map(|at| [(at, false, false), (at, true, false), (at, false, true), (at, true, true)])
        {
            let disk = before.copy();
            disk.set_fault(Some(Fault { at, lasting, full }));
            if let Err(error) = open(&disk, None) {
                assert_eq!(error.kind(), ErrorKind::Storage, "{error}");
            }
            met += disk.faults_met().min(1);
            disk.set_fault(None);
            let store = open(&disk, None).unwrap_or_else(|error| panic!("change {at}: {error}"));
            assert!(picture(&store).unwrap() == right, "change {at}");
            assert_eq!(disk.names(), [FILE]);
        }
    }
    eprintln!("{met} faults while a store was made or migrated");
    assert!(met >= 100);
}

#[test]
fn bytes_that_rotted_are_an_error_or_do_no_harm() {
    let disk = Disk::default();
    for step in life().into_iter().take(18) {
        let key = if step.key == Some(1) && step.name != "encrypt" { Some(1) } else { None };
        (step.work)(&open(&disk, key).unwrap()).unwrap();
    }
    let right = picture(&open(&disk, Some(1)).unwrap()).unwrap();
    let (sound, mut rng) = (disk.bytes(FILE).unwrap(), SplitMix64::new(3));
    let (mut told, mut harmless) = (0, 0);
    for _ in 0..600 {
        let mut rotten = sound.clone();
        let at = rng.below(rotten.len());
        rotten[at] ^= 1 << rng.below(8);
        let disk = Disk::with_file(FILE, &rotten);
        let seen = std::panic::catch_unwind(|| open(&disk, Some(1)).and_then(|store| picture(&store)));
        match seen {
            Ok(Ok(found)) if found == right => harmless += 1,
            Ok(Ok(_)) => panic!("byte {at}: another picture"),
            Ok(Err(_)) => told += 1,
            Err(_) => panic!("byte {at}: a panic"),
        }
    }
    eprintln!("of 600 corrupted bytes {told} were reported, {harmless} were unused");
    assert!(told > 100);
}

/// What happens to the open store after a failed sync.
#[derive(Debug, Clone, Copy)]
enum Afterwards {
    /// The application continues with it.
    GoOn,
    /// It is closed and reopened.
    Reopen,
    /// The process is killed, and another one opens the store.
    Kill,
}

/// Opens the store with the first of `keys` that fits.
fn open_with_either(disk: &Disk, keys: [Option<u8>; 2], what: &str) -> Store {
    let opened = keys.into_iter().find_map(|key| match open(disk, key) {
        Err(error) if error.kind() == ErrorKind::WrongKey => None,
        opened => Some(opened.unwrap_or_else(|error| panic!("{what}: {error}"))),
    });
    opened.unwrap_or_else(|| panic!("{what}: neither key fits"))
}

/// Makes one sync of `step` fail and lets the application continue; returns whether a sync was met.
/// Everything acknowledged after that must survive a power cut.
fn fail_a_sync(
    before: &Disk,
    step: &Step,
    (from, to): (&Keyed, &Keyed),
    (at, lasting): (usize, bool),
    afterwards: Afterwards,
    evict: u64,
) -> bool {
    let what = format!("{}, change {at}, lasting {lasting}, {afterwards:?}, evict {evict}", step.name);
    let disk = before.copy();
    let mut store = open(&disk, from.0).unwrap();
    disk.set_fault(Some(Fault { at, lasting, full: false }));
    let outcome = (step.work)(&store);
    let is_sync = disk.has_forgotten();
    if !is_sync {
        return false;
    }
    let mut rng = SplitMix64::new(evict + at as u64);
    match evict {
        0 => {}
        1 => disk.evict(None),
        _ => disk.evict(Some(&mut rng)),
    }
    match afterwards {
        Afterwards::GoOn => disk.set_fault(None),
        Afterwards::Reopen | Afterwards::Kill => {
            if matches!(afterwards, Afterwards::Kill) {
                std::mem::forget(store);
                disk.kill();
            } else {
                drop(store);
            }
            disk.set_fault(None);
            store = open_with_either(&disk, [to.0, from.0], &what);
        }
    }
    let found = picture(&store).unwrap_or_else(|error| panic!("{what}: {error}"));
    assert!(found == to.1 || outcome.is_err() && found == from.1, "{what}: half done");
    let keyed = |key: Option<u8>| store.is_encrypted().unwrap() == key.is_some();
    if found != to.1 || (outcome.is_err() && (from.1 == to.1 || !keyed(to.0))) {
        (step.work)(&store).unwrap_or_else(|error| panic!("{what}, again: {error}"));
    }
    store.set_option("after", Some(b"works")).unwrap_or_else(|error| panic!("{what}, after: {error}"));
    let right = picture(&store).unwrap();
    assert!(right == to.1, "{what}");
    let mut power = PowerCut::of(before);
    disk.log().iter().for_each(|change| power.pass(change));
    for keep in [Keep::Nothing, Keep::Everything, Keep::Part, Keep::Part] {
        let left = power.crash(keep, &mut rng);
        let store = open(&left, to.0).unwrap_or_else(|error| panic!("{what}, power cut, {keep:?}: {error}"));
        assert!(picture(&store).unwrap() == right, "{what}, power cut, {keep:?}: something acknowledged is lost");
        assert_eq!(store.option("after").unwrap().as_deref(), Some(&b"works"[..]), "{what}, {keep:?}");
        assert_eq!(left.names(), [FILE], "{what}, {keep:?}");
    }
    true
}

#[test]
fn a_power_cut_after_a_failed_sync_takes_nothing_that_was_acknowledged() {
    let disk = Disk::default();
    let mut store = open(&disk, None).unwrap();
    let (mut now, mut failed) = ((None, Picture::default()), 0);
    for step in life() {
        drop(store);
        let before = disk.copy();
        store = open(&disk, now.0).unwrap();
        let start = disk.changes();
        (step.work)(&store).unwrap();
        let changes = disk.changes() - start;
        let after = (step.key, picture(&store).unwrap());
        for at in 0..changes {
            for afterwards in [Afterwards::GoOn, Afterwards::Reopen, Afterwards::Kill] {
                for (evict, lasting) in [(0, false), (1, false), (2, false), (0, true), (2, true)] {
                    let met = fail_a_sync(&before, &step, (&now, &after), (at, lasting), afterwards, evict);
                    failed += usize::from(met);
                }
            }
        }
        now = after;
    }
    eprintln!("{failed} failed syncs, each with a power cut after it in four ways");
    assert!(failed >= 500);
}

#[test]
fn a_failed_sync_on_closing_is_not_forgotten_by_the_next_opening() {
    let mut failed = 0;
    for at in 0..40 {
        for evict in [false, true] {
            let before = Disk::default();
            open(&before, None).unwrap().add(&profile("Anna", 1)).unwrap();
            let (before, disk) = (before.copy(), before.copy());
            let store = open(&disk, None).unwrap();
            store.add(&profile("Ben", 2)).unwrap();
            disk.set_fault(Some(Fault { at, lasting: false, full: false }));
            drop(store);
            disk.set_fault(None);
            if !disk.has_forgotten() {
                continue;
            }
            failed += 1;
            if evict {
                disk.evict(None);
            }
            let store = open(&disk, None).unwrap();
            store.add(&profile("Carl", 3)).unwrap();
            let right = picture(&store).unwrap();
            assert_eq!(right.users.len(), 3);
            let mut power = PowerCut::of(&before);
            disk.log().iter().for_each(|change| power.pass(change));
            let left = power.crash(Keep::Nothing, &mut SplitMix64::new(1));
            assert!(picture(&open(&left, None).unwrap()).unwrap() == right, "change {at}");
        }
    }
    eprintln!("{failed} failed syncs on closing");
    assert!(failed > 0);
}

#[test]
fn a_failed_sync_while_a_killed_store_is_opened_or_salvaged_is_not_believed_either() {
    let mut failed = 0;
    for salvaged in [false, true] {
        let before = Disk::default();
        let store = open(&before, None).unwrap();
        store.add(&profile("Anna", 1)).unwrap();
        std::mem::forget(store);
        before.kill();
        let mut bytes = before.bytes(FILE).unwrap();
        if salvaged {
            bytes[..320].fill(0);
        }
        let before = Disk::with_file(FILE, &bytes);
        for at in 0..60 {
            let disk = before.copy();
            disk.set_fault(Some(Fault { at, lasting: false, full: false }));
            if salvaged {
                let _ = Store::salvage_files(Box::new(disk.clone()), None);
            }
            let store = open(&disk, None);
            disk.set_fault(None);
            if !disk.has_forgotten() {
                continue;
            }
            failed += 1;
            if salvaged && store.is_err() {
                Store::salvage_files(Box::new(disk.clone()), None).unwrap();
            }
            let store = store.or_else(|_| open(&disk, None)).unwrap_or_else(|error| panic!("change {at}: {error}"));
            store.add(&profile("Ben", 2)).unwrap();
            let right = picture(&store).unwrap();
            let mut power = PowerCut::of(&before);
            disk.log().iter().for_each(|change| power.pass(change));
            let left = power.crash(Keep::Nothing, &mut SplitMix64::new(1));
            let found = open(&left, None).unwrap_or_else(|error| panic!("change {at}, {salvaged}: {error}"));
            assert!(picture(&found).unwrap() == right, "change {at}, {salvaged}: something acknowledged is lost");
        }
    }
    eprintln!("{failed} failed syncs while a store was opened or salvaged");
    assert!(failed > 2);
}

#[test]
fn a_store_without_room_for_a_copy_can_still_be_read_after_a_failed_sync() {
    let disk = Disk::default();
    open(&disk, None).unwrap().add(&profile("Anna", 1)).unwrap();
    let store = open(&disk, None).unwrap();
    let right = picture(&store).unwrap();
    let sync = (0..40).find(|&at| {
        let disk = disk.copy();
        let store = open(&disk, None).unwrap();
        disk.set_fault(Some(Fault { at, lasting: false, full: false }));
        store.set_option("language", Some(b"de")).is_err() && disk.has_forgotten()
    });
    disk.set_fault(Some(Fault { at: sync.unwrap(), lasting: false, full: false }));
    store.set_option("language", Some(b"de")).unwrap_err();
    disk.set_fault(Some(Fault { at: 0, lasting: true, full: true }));
    for _ in 0..2 {
        assert_eq!(picture(&store).unwrap().users, right.users);
        let error = store.set_option("language", Some(b"fr")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Storage, "{error}");
    }
    disk.set_fault(None);
    store.set_option("language", Some(b"fr")).unwrap();
    drop(store);
    assert_eq!(disk.names(), [FILE]);
    assert_eq!(open(&disk, None).unwrap().option("language").unwrap().as_deref(), Some(&b"fr"[..]));
}

/// A store of 35 MB, and its content.
fn large(key: Option<u8>) -> (Vec<u8>, Picture) {
    let disk = Disk::default();
    let store = open(&disk, key).unwrap();
    for (number, name) in ["Anna", "Ben", "Carl", "Dora"].into_iter().enumerate() {
        store.add(&profile(name, number)).unwrap();
    }
    for batch in 0..12u64 {
        let batch = batch * 500..(batch + 1) * 500;
        let write = |slots: &mut dyn mien_core::timeline::slots::SlotsMut| {
            batch.clone().try_for_each(|slot| slots.put(1, slot, &[slot as u8; 3900]))
        };
        store.write_slots("Ben", write).unwrap();
    }
    let right = picture(&store).unwrap();
    drop(store);
    (disk.bytes(FILE).unwrap(), right)
}

/// Damages `file` at random places, in the ways in which disks and programs do.
fn damage(file: &mut Vec<u8>, rng: &mut SplitMix64) {
    for _ in 0..1 + rng.below(4) {
        let at = if rng.below(3) == 0 { rng.below(1024) } else { rng.below(file.len()) };
        let page = at / 4096 * 4096;
        match rng.below(6) {
            0 => file[at] = rng.next_u64() as u8,
            1 => {
                let end = (at + 1 + rng.below(64)).min(file.len());
                file[at..end].fill(if rng.below(2) == 0 { 0 } else { 255 });
            }
            2 => {
                let end = (page + 4096).min(file.len());
                file[page..end].fill(0);
            }
            3 => {
                let to = rng.below(file.len() / 4096) * 4096;
                let (end, last) = ((page + 4096).min(file.len()), file.len() - 4096);
                file.copy_within(page..end, to.min(last));
            }
            4 if rng.below(4) == 0 => file.truncate(rng.below(file.len()).max(8192)),
            _ => file[at] ^= 1 << rng.below(8),
        }
    }
}

#[test]
fn damage_in_a_large_file_is_told_before_anything_wrong_is_seen() {
    let rounds: usize = std::env::var("MIEN_DAMAGE").map_or(120, |count| count.parse().unwrap());
    let mut rng = SplitMix64::new(77);
    let (mut told, mut harmless) = (0, 0);
    for key in [None, Some(1)] {
        let (sound, right) = large(key);
        assert!(sound.len() > 24 << 20);
        for round in 0..rounds {
            let mut bad = sound.clone();
            damage(&mut bad, &mut rng);
            let disk = Disk::with_file(FILE, &bad);
            let seen = std::panic::catch_unwind(|| {
                let store = open(&disk, key)?;
                let found = picture(&store)?;
                store.set_option("after", Some(b"x"))?;
                store.write_slots("Ben", |slots| slots.put(1, 3, &[1; 5000]))?;
                Ok::<_, Error>(found)
            });
            match seen {
                Ok(Ok(found)) if found == right => harmless += 1,
                Ok(Ok(_)) => panic!("key {key:?}, round {round}: another picture"),
                Ok(Err(error)) => {
                    let kinds = [ErrorKind::ProfileCorrupt, ErrorKind::ProfileVersion, ErrorKind::WrongKey];
                    assert!(kinds.contains(&error.kind()), "key {key:?}, round {round}: {error:?}");
                    told += 1;
                }
                Err(_) => panic!("key {key:?}, round {round}: a panic"),
            }
        }
    }
    eprintln!("of {} damaged files of 35 MB {told} were reported, {harmless} read as before", 2 * rounds);
    assert!(told > rounds / 2);
}

#[test]
fn intact_data_is_salvaged_whatever_is_damaged() {
    let rounds: usize = std::env::var("MIEN_DAMAGE").map_or(150, |count| count.parse().unwrap());
    let mut rng = SplitMix64::new(12);
    let (mut back, mut gone, mut searched) = (0, 0, 0);
    for key in [None, Some(1)] {
        let disk = Disk::default();
        let store = open(&disk, key).unwrap();
        for number in 0..20 {
            store.add(&profile(&format!("User {number}"), number)).unwrap();
            let name = format!("User {number}");
            store.write_slots(&name, |slots| (0..6).try_for_each(|slot| slots.put(1, slot, &[7; 1500]))).unwrap();
        }
        let right = picture(&store).unwrap();
        drop(store);
        let sound = disk.bytes(FILE).unwrap();
        for round in 0..rounds {
            let mut bad = sound.clone();
            damage(&mut bad, &mut rng);
            let disk = Disk::with_file(FILE, &bad);
            let bytes_before = bad.clone();
            let key_of = |key: Option<u8>| key.map(|byte| StoreKey::new([byte; 32]));
            let report = match Store::salvage_files(Box::new(disk.clone()), key_of(key).as_ref()) {
                Ok(report) => report,
                // The number of the layout was damaged.
                Err(error) if error.kind() == ErrorKind::ProfileVersion => continue,
                Err(error) if error.kind() == ErrorKind::WrongKey => continue,
                Err(error) => panic!("key {key:?}, round {round}: {error:?}"),
            };
            let found = picture(&open(&disk, key).unwrap()).unwrap();
            assert_eq!(report.users.len(), found.users.len());
            for (name, export) in &found.users {
                assert!(export.profile == right.users[name].profile, "round {round}: another profile");
                assert!(export.slots.iter().all(|slot| right.users[name].slots.contains(slot)), "round {round}");
            }
            let whole = found == right;
            assert!(!report.is_complete() || whole, "round {round}: {report:?}");
            if let Some(kept) = &report.kept_as {
                assert_eq!(disk.bytes(kept).unwrap(), bytes_before, "the damaged file is kept as it was");
            } else {
                assert!(whole);
            }
            back += found.users.len();
            gone += right.users.len() - found.users.len();
            searched += usize::from(report.searched);
        }
    }
    eprintln!("{back} users salvaged, {gone} lost, {searched} of {} files searched page by page", 2 * rounds);
    assert!(back > 10 * gone);
}

#[test]
fn a_power_cut_while_a_store_is_salvaged_loses_nothing() {
    let disk = Disk::default();
    let store = open(&disk, None).unwrap();
    store.add(&profile("Anna", 1)).unwrap();
    store.add(&profile("Ben", 2)).unwrap();
    let right = picture(&store).unwrap();
    drop(store);
    let mut bad = disk.bytes(FILE).unwrap();
    bad[..320].fill(0);
    let before = Disk::with_file(FILE, &bad);
    let disk = before.copy();
    assert!(open(&disk, None).is_err());
    Store::salvage_files(Box::new(disk.clone()), None).unwrap();
    let log = disk.log();
    let (mut power, mut rng, mut cuts) = (PowerCut::of(&before), SplitMix64::new(8), 0);
    for at in 0..=log.len() {
        for keep in [Keep::Nothing, Keep::Everything, Keep::Part, Keep::Part] {
            let left = power.crash(keep, &mut rng);
            if open(&left, None).is_err() {
                Store::salvage_files(Box::new(left.clone()), None).unwrap_or_else(|e| panic!("change {at}: {e}"));
            }
            assert!(picture(&open(&left, None).unwrap()).unwrap() == right, "change {at}, {keep:?}");
            cuts += 1;
        }
        if let Some(change) = log.get(at) {
            power.pass(change);
        }
    }
    eprintln!("{cuts} power cuts while a store was salvaged");
}

/// The environment variable that gives the child its folder and the number of its next step.
const CHILD: &str = "MIEN_FAULTS_CHILD";

/// Returns the key of the store before step `number`.
fn key_before(number: usize) -> Option<u8> {
    // Each sixth step changes the key: every third time to none.
    let changes = number / 6;
    (!changes.is_multiple_of(3)).then_some((changes % 250) as u8)
}

/// One step of the child.
fn child_step(store: &Store, number: usize) -> Outcome {
    match number % 6 {
        0 => store.write_slots("Anna", |slots| {
            slots.put(1, 0, &number.to_le_bytes())?;
            slots.put(1, 1 + number as u64 / 6 % 20, &vec![number as u8; 20_000])?;
            let mut recording = RecordingMut::open(slots)?;
            if number > 0 {
                recording.remove("clip")?;
            }
            recording.add(&RecordedClip { name: "clip".to_owned(), ..recorded(number) }, number as u64)?;
            recording.finish().map(drop)
        }),
        1 => store.add(&profile("Guest", number)),
        2 => store.update("Guest", |user| user.face.push_generation(generation(number as u32))).map(|_| ()),
        3 => store.write_slots("Guest", |slots| slots.put(1, 0, &number.to_le_bytes())),
        4 => store.delete("Guest"),
        _ => store.change_key(key_before(number + 1).map(|byte| StoreKey::new([byte; 32])).as_ref()),
    }
}

/// Whether the store is in its state before step `number`.
fn is_before(folder: &std::path::Path, number: usize) -> Result<bool, Error> {
    let store = match Store::open_with(folder, &options(key_before(number))) {
        Err(error) if error.kind() == ErrorKind::WrongKey => return Ok(false),
        store => store?,
    };
    let counter = |name: &str| {
        let value = store.read_slots(name, |slots| slots.get(1, 0))?;
        Ok::<_, Error>(value.map(|value| usize::from_le_bytes(value.try_into().unwrap())))
    };
    let last = (number > 0).then(|| (number - 1) / 6 * 6);
    let clip = store.read_slots("Anna", |slots| {
        let recording = Recording::read(slots)?;
        recording.clips().first().map_or(Ok(None), |clip| recording::read_clip(slots, &recording, clip, 256))
    })?;
    let clip_is_right = clip.is_some() == last.is_some()
        && clip.is_none_or(|clip| clip.frames == recorded(last.unwrap_or_default()).frames);
    let guest = store.profiles()?.into_iter().find(|user| user.name == "Guest");
    let guest_is_right = match number % 6 {
        2 => guest.is_some_and(|user| user.face.head().is_none()) && counter("Guest")?.is_none(),
        3 => guest.is_some_and(|user| user.face.head().is_some()) && counter("Guest")?.is_none(),
        4 => guest.is_some_and(|user| user.face.head().is_some()) && counter("Guest")? == Some(number - 1),
        _ => guest.is_none(),
    };
    Ok(counter("Anna")? == last && clip_is_right && guest_is_right)
}

/// Not a test by itself: the child process of the next test, which runs until it is killed.
#[test]
fn the_child_works_until_it_is_killed() {
    let Ok(task) = std::env::var(CHILD) else { return };
    let (number, folder) = task.split_once(' ').unwrap();
    let first: usize = number.parse().unwrap();
    let store = Store::open_with(folder.as_ref(), &options(key_before(first))).unwrap();
    for number in first.. {
        child_step(&store, number).unwrap();
        eprintln!("done {number}");
    }
}

#[test]
fn a_process_killed_at_any_moment_leaves_a_whole_store() {
    let folder = tempfile::tempdir().unwrap();
    Store::open(folder.path()).unwrap().add(&profile("Anna", 1)).unwrap();
    let (mut next, mut rng) = (0, SplitMix64::new(4));
    const KILLS: usize = 40;
    for _ in 0..KILLS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "the_child_works_until_it_is_killed", "--nocapture"])
            .env(CHILD, format!("{next} {}", folder.path().display()))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let reader = std::thread::spawn(move || {
            lines.map_while(Result::ok).filter_map(|line| line.strip_prefix("done ")?.parse::<usize>().ok()).last()
        });
        std::thread::sleep(Duration::from_millis(20 + rng.below(150) as u64));
        child.kill().unwrap();
        child.wait().unwrap();
        let acknowledged = reader.join().unwrap().map_or(next, |last| last + 1);
        // The step after the last acknowledged one may be complete, too.
        let found =
            [acknowledged, acknowledged + 1].into_iter().find(|&number| is_before(folder.path(), number).unwrap());
        next = found.unwrap_or_else(|| {
            panic!("after step {acknowledged} the store matches neither the state before nor after the next one")
        });
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
    eprintln!("{KILLS} kills in {next} steps");
    assert!(next > KILLS);
}
