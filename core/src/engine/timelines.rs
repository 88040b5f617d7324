//! What users showed over time.

use std::ops::Range;

use super::Engine;
use crate::error::Result;
use crate::timeline::{Clock, Event, Recorded, Summary, Timeline, TimelineMut};

impl Engine {
    /// Records what the user `name` showed, in their timeline by `clock`; `now_ms` is the time in
    /// milliseconds since 1970. Each call is one durable transaction: record events in batches.
    ///
    /// # Errors
    /// `UserNotFound`; as [`TimelineMut::record`]; `Storage` where the store cannot be written.
    pub fn record(&self, name: &str, clock: &Clock, events: &[Event], now_ms: u64) -> Result<Recorded> {
        self.change_timelines(name, |timelines| timelines.record(clock, events, now_ms))
    }

    /// What each timeline of the user `name` holds.
    ///
    /// # Errors
    /// `UserNotFound`, or as [`Timeline::list`].
    pub fn timelines(&self, name: &str) -> Result<Vec<Summary>> {
        self.store()?.read_slots(name, |slots| Timeline::list(slots))
    }

    /// Asks the timeline of the user `name` by `clock`: for buckets, events, or an export.
    ///
    /// # Errors
    /// `UserNotFound`, what `ask` gives, or as [`Timeline::open`].
    pub fn timeline<T>(&self, name: &str, clock: &Clock, ask: impl FnOnce(&Timeline<'_>) -> Result<T>) -> Result<T> {
        self.store()?.read_slots(name, |slots| ask(&Timeline::open(slots, clock)?))
    }

    /// Changes the timelines of the user `name` in one transaction: records, forgets, prunes, or
    /// sets options. Where `change` fails, they stay as they were.
    ///
    /// # Errors
    /// `UserNotFound`, what `change` gives, or `Storage` where the store cannot be written.
    pub fn change_timelines<T>(&self, name: &str, change: impl FnOnce(&mut TimelineMut<'_>) -> Result<T>) -> Result<T> {
        self.store()?.write_slots(name, |slots| change(&mut TimelineMut::new(slots)))
    }

    /// Forgets what the timeline of the user `name` by `clock` holds of `range`, as
    /// [`TimelineMut::forget`] says, and makes it gone from the store's file. Gives the number of
    /// events forgotten.
    ///
    /// # Errors
    /// `UserNotFound`; as [`TimelineMut::forget`]; `Storage` where the store cannot be written, for
    /// which the disk must have room for a copy.
    pub fn forget(&self, name: &str, clock: &Clock, range: Range<u64>) -> Result<u64> {
        let forgotten = self.change_timelines(name, |timelines| timelines.forget(clock, range))?;
        self.store()?.erase_free_space()?;
        Ok(forgotten)
    }

    /// Drops what is past its time at `now_ms` from the timelines of all users, as
    /// [`TimelineMut::prune`] says, and makes it gone from the store's file. Recording drops it once a
    /// day for the user of whom is recorded; this is for those who stay away, once a day.
    ///
    /// # Errors
    /// `Storage` where the store cannot be written, for which the disk must have room for a copy.
    pub fn prune_timelines(&self, now_ms: u64) -> Result<()> {
        let (sound, damaged) = self.store()?.sound_profiles()?;
        // One user's damage must not keep what is past its time of the others.
        let mut outcome = Ok(());
        for name in sound.into_iter().map(|profile| profile.name).chain(damaged) {
            outcome = outcome.and(self.change_timelines(&name, |timelines| timelines.prune(now_ms)));
        }
        self.store()?.erase_free_space()?;
        outcome
    }
}
