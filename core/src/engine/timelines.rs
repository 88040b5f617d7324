//! Users' timelines: what they showed over time.

use std::ops::Range;

use super::Engine;
use crate::error::Result;
use crate::timeline::{Clock, Event, Recorded, Summary, Timeline, TimelineMut};

impl Engine {
    /// Records `events` in the timeline of user `name` for `clock`; `now_ms` is the time in
    /// milliseconds since 1970. Each call is one durable transaction: record events in batches.
    ///
    /// # Errors
    /// `UserNotFound`; as in [`TimelineMut::record`]; `Storage` if the store cannot be written.
    pub fn record(&self, name: &str, clock: &Clock, events: &[Event], now_ms: u64) -> Result<Recorded> {
        self.change_timelines(name, |timelines| timelines.record(clock, events, now_ms))
    }

    /// Records what the voice of user `name` alone said, as in [`TimelineMut::record_spoken`].
    ///
    /// # Errors
    /// As in [`Engine::record`].
    pub fn record_spoken(&self, name: &str, clock: &Clock, events: &[Event], now_ms: u64) -> Result<Recorded> {
        self.change_timelines(name, |timelines| timelines.record_spoken(clock, events, now_ms))
    }

    /// Summarizes each timeline of user `name`.
    ///
    /// # Errors
    /// `UserNotFound`; as in [`Timeline::list`].
    pub fn timelines(&self, name: &str) -> Result<Vec<Summary>> {
        self.store()?.read_slots(name, |slots| Timeline::list(slots))
    }

    /// Queries the timeline of user `name` for `clock`: buckets, events, or an export.
    ///
    /// # Errors
    /// `UserNotFound`; errors of `ask`; as in [`Timeline::open`].
    pub fn timeline<T>(&self, name: &str, clock: &Clock, ask: impl FnOnce(&Timeline<'_>) -> Result<T>) -> Result<T> {
        self.store()?.read_slots(name, |slots| ask(&Timeline::open(slots, clock)?))
    }

    /// Changes the timelines of user `name` in one transaction: records, forgets, prunes, or sets
    /// options. If `change` fails, they stay unchanged.
    ///
    /// # Errors
    /// `UserNotFound`; errors of `change`; `Storage` if the store cannot be written.
    pub fn change_timelines<T>(&self, name: &str, change: impl FnOnce(&mut TimelineMut<'_>) -> Result<T>) -> Result<T> {
        self.store()?.write_slots(name, |slots| change(&mut TimelineMut::new(slots)))
    }

    /// Deletes `range` from the timeline of user `name` for `clock`, as in [`TimelineMut::forget`],
    /// and erases it from the store's file. Returns the number of events deleted.
    ///
    /// # Errors
    /// `UserNotFound`; as in [`TimelineMut::forget`]; `Storage` if the store cannot be written. The
    /// disk must have room for a copy of the store.
    pub fn forget(&self, name: &str, clock: &Clock, range: Range<u64>) -> Result<u64> {
        let forgotten = self.change_timelines(name, |timelines| timelines.forget(clock, range))?;
        self.store()?.erase_free_space()?;
        Ok(forgotten)
    }

    /// Deletes expired data at `now_ms` from the timelines and recordings of all users, as in
    /// [`TimelineMut::prune`] and [`Engine::open_recording`], and erases it from the store's file. Recording prunes the recorded
    /// user's timelines once a day; call this once a day for users who are absent.
    ///
    /// # Errors
    /// `Storage` if the store cannot be written. The disk must have room for a copy of the store.
    pub fn prune_timelines(&self, now_ms: u64) -> Result<()> {
        let (sound, damaged) = self.store()?.sound_profiles()?;
        // A damaged timeline of one user must not keep other users' expired data.
        let mut outcome = Ok(());
        for name in sound.into_iter().map(|profile| profile.name).chain(damaged) {
            outcome = outcome.and(self.change_timelines(&name, |timelines| timelines.prune(now_ms)));
            outcome = outcome.and(self.prune_recording(&name, now_ms));
        }
        self.store()?.erase_free_space()?;
        outcome
    }
}
