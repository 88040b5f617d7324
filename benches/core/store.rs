//! Cost of the store under a timeline of ten million events: `cargo bench -p mien-core --bench
//! store [-- FOLDER]`. Each value has the size of an hour of events, 18 bytes each.

#![allow(clippy::print_stdout, reason = "a bench prints")]

use std::path::Path;
use std::time::{Duration, Instant};

use mien_core::Result;
use mien_core::users::crypto::StoreKey;
use mien_core::users::profile::Profile;
use mien_core::users::store::{FILE, Store, StoreOptions};

const EVENTS: usize = 10_000_000;
const BATCH: usize = 1000;
const EVENTS_AN_HOUR: usize = 1111;
const EVENT_BYTES: usize = 18;

fn main() -> Result<()> {
    let own = tempfile::tempdir().expect("a temporary folder");
    let given = std::env::args().nth(1).filter(|argument| !argument.starts_with('-'));
    let folder = given.as_deref().map_or(own.path(), Path::new);
    for (name, key) in [("plain", None), ("encrypted", Some(StoreKey::new([7; 32])))] {
        measure(name, &folder.join(name), &StoreOptions { key, ..StoreOptions::default() })?;
    }
    Ok(())
}

fn measure(name: &str, folder: &Path, options: &StoreOptions) -> Result<()> {
    let store = Store::open_with(folder, options)?;
    store.add(&Profile::new("Anna", &[vec![1.0 / 32.0; 1024]], "network", 0)?)?;
    let start = Instant::now();
    for first in (0..EVENTS).step_by(BATCH) {
        append(&store, first, first + BATCH)?;
    }
    println!("{name}: {:.0} events/s in batches of {BATCH}", EVENTS as f64 / start.elapsed().as_secs_f64());
    let mut days: Vec<Duration> = (0..200).map(|day| read_day(&store, day)).collect::<Result<_>>()?;
    days.sort();
    println!("{name}: a day (24 values): median {:.2?}, 95 % {:.2?}", days[100], days[190]);
    timed(&format!("{name}: compact"), || store.compact())?;
    timed(&format!("{name}: close"), || drop(store));
    let bytes = std::fs::metadata(folder.join(FILE)).map_or(0, |file| file.len());
    println!("{name}: file of {:.1} MB", bytes as f64 / 1e6);
    let store = timed(&format!("{name}: open"), || Store::open_with(folder, options))?;
    store.add(&Profile::new("Ben", &[vec![1.0 / 32.0; 1024]], "network", 0)?)?;
    timed(&format!("{name}: delete another user"), || store.delete("Ben"))?;
    timed(&format!("{name}: change the key"), || store.change_key(options.key.as_ref()))
}

/// Adds the events `first..end` to the values of their hours.
fn append(store: &Store, first: usize, end: usize) -> Result<()> {
    store.write_slots("Anna", |slots| {
        for hour in first / EVENTS_AN_HOUR..=(end - 1) / EVENTS_AN_HOUR {
            let there = end.min((hour + 1) * EVENTS_AN_HOUR) - hour * EVENTS_AN_HOUR;
            let mut value = slots.get(1, hour as u64)?.unwrap_or_default();
            value.resize(there * EVENT_BYTES, hour as u8);
            slots.put(1, hour as u64, &value)?;
        }
        Ok(())
    })
}

fn read_day(store: &Store, day: u64) -> Result<Duration> {
    let (start, days) = (Instant::now(), (EVENTS / EVENTS_AN_HOUR / 24) as u64);
    store.read_slots("Anna", |slots| {
        (0..24).try_for_each(|hour| slots.get(1, (day * 37 % days) * 24 + hour).map(|_| ()))
    })?;
    Ok(start.elapsed())
}

fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let outcome = work();
    println!("{what}: {:.2?}", start.elapsed());
    outcome
}
