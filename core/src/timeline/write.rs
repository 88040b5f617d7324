//! Recording, forgetting and pruning.

use std::ops::Range;
use std::sync::Arc;

use super::directory::{Clock, Directory, Header, Kept, Span};
use super::event::{Event, Record};
use super::mending;
use super::options::{TimelineOptions, horizon};
use super::place::{self, Shift};
use super::writer::{Recorded, Writer, keep_later};
use crate::error::{Result, fail};
use crate::modality::Modality;
use crate::timeline::slots::SlotsMut;

/// Write access to a user's timelines. Every call can fail with `Storage`, `ProfileCorrupt` or
/// `ProfileVersion` if the store cannot be read or written; after an error the transaction must not
/// be committed.
pub struct TimelineMut<'a> {
    slots: &'a mut dyn SlotsMut,
}

impl<'a> TimelineMut<'a> {
    /// Creates write access to the timelines in `slots`.
    pub fn new(slots: &'a mut dyn SlotsMut) -> Self {
        Self { slots }
    }

    /// Sets the options. Newly expired data is pruned by the next record or prune.
    ///
    /// # Errors
    /// `InvalidOption` if they are out of range, or if the offset changes while wall-time data is
    /// stored.
    pub fn set_options(&mut self, options: TimelineOptions) -> Result<()> {
        options.check()?;
        let mut directory = self.directory()?;
        let moved = options.offset_minutes != directory.options.offset_minutes;
        let is_used = |track| Header::read(self.slots, track).map(|header| header.span.is_some());
        if moved && (is_used(0)? || is_used(place::beside(0, Modality::Speech))?) {
            fail!(InvalidOption, "the offset of days can only change while the timeline is empty");
        }
        directory.options = options;
        directory.pruned_at_ms = 0;
        directory.write(self.slots)
    }

    /// Reads the directory and repairs data that an older version misplaced.
    fn directory(&mut self) -> Result<Directory> {
        let mut directory = Directory::read(self.slots)?;
        if let Some(offset) = directory.strange_offset.take() {
            mending::replace_misplaced(self.slots, Shift::new(offset), directory.shift(0))?;
            directory.write(self.slots)?;
        }
        Ok(directory)
    }

    /// Records `events` in the timeline for `clock`; of several at the same time the last one
    /// counts. `now_ms` is the time in milliseconds since 1970. The first record of a day (UTC)
    /// prunes first ([`TimelineMut::prune`]).
    ///
    /// `now_ms` and the events' times may be wrong, like the device's clock. Events recorded under
    /// a fast clock stay at their time in the future until that time has come and they expire; they
    /// harm nothing else, and [`TimelineMut::forget`] removes them. They are removed automatically
    /// only if they are more than [`LONGEST_SPAN_MS`] later than newly recorded events.
    ///
    /// # Errors
    /// `InvalidOption` for an event out of range, too many classes, an invalid name of a medium, or
    /// a timeline longer than [`LONGEST_SPAN_MS`]; `TimestampOrder` for an event from before the
    /// kept events, by both the last prune and `now_ms`. On error nothing is recorded.
    pub fn record(&mut self, clock: &Clock, events: &[Event], now_ms: u64) -> Result<Recorded> {
        self.record_in(clock, events, now_ms, Modality::Face)
    }

    /// As [`TimelineMut::record`], of what the user's voice alone said, which is kept beside the answers. Speech without
    /// an answer is an event with a label that begins with [`UNUSED`](super::UNUSED).
    ///
    /// # Errors
    /// As in [`TimelineMut::record`].
    pub fn record_spoken(&mut self, clock: &Clock, events: &[Event], now_ms: u64) -> Result<Recorded> {
        self.record_in(clock, events, now_ms, Modality::Speech)
    }

    fn record_in(&mut self, clock: &Clock, events: &[Event], now_ms: u64, stream: Modality) -> Result<Recorded> {
        if events.is_empty() {
            return Ok(Recorded::default());
        }
        let mut directory = self.directory()?;
        let noted = directory.note(self.slots, now_ms)?;
        let prunes = directory.prune_is_due(now_ms);
        if prunes {
            self.prune_all(&mut directory, now_ms)?;
        }
        let (track, new) = directory.track_or_new(clock)?;
        if noted || prunes || new {
            directory.write(self.slots)?;
        }
        let track = place::beside(track, stream);
        let shift = directory.shift(track);
        let mut header = Header::read(self.slots, track)?;
        let records = records(events, &mut header, shift)?;
        let batch = Span { first: records[0].at, last: records[records.len() - 1].at };
        let mut writer = Writer { slots: self.slots, track, header };
        if batch.first < writer.header.kept.events {
            let kept = Kept::at(shift.local(now_ms), &directory.options.retention);
            if batch.first < kept.events {
                fail!(TimestampOrder, "an event is from before what the timeline keeps of events");
            }
            // Pruning by a fast clock must not lock out new recordings.
            writer.header.kept = writer.header.kept.joined(kept, u64::min);
        }
        writer.make_room(batch, shift.local(now_ms))?;
        writer.header.span = Some(batch.joined(writer.header.span));
        writer.header.recorded_at_ms = writer.header.recorded_at_ms.max(now_ms);
        let recorded = writer.insert(&records)?;
        writer.header.write(self.slots, track)?;
        Ok(recorded)
    }

    /// Deletes `range` (half-open) from the timeline for `clock`, from events and all buckets, and from what the voice said
    /// beside it. If events or minutes in it were pruned already, the finest remaining buckets that overlap it
    /// are deleted whole. Returns the number of events deleted.
    ///
    /// # Errors
    /// `InvalidOption` for a medium without recordings.
    pub fn forget(&mut self, clock: &Clock, range: Range<u64>) -> Result<u64> {
        let mut directory = self.directory()?;
        let Some(track) = directory.track(clock) else {
            fail!(InvalidOption, "the user has no timeline of that medium");
        };
        let shift = directory.shift(track);
        let (mut forgotten, mut is_gone) = (0, true);
        for track in Modality::ALL.map(|stream| place::beside(track, stream)) {
            let header = Header::read(self.slots, track)?;
            let before = header.events;
            let mut writer = Writer { slots: self.slots, track, header };
            writer.forget(shift.local(range.start), shift.local(range.end))?;
            forgotten += before.saturating_sub(writer.header.events);
            is_gone &= writer.finish()?;
        }
        if is_gone {
            directory.remove(track);
            directory.write(self.slots)?;
        }
        Ok(forgotten)
    }

    /// Deletes expired data ([`Retention`]) when the clock shows `now_ms`, milliseconds since 1970.
    ///
    /// The clock may be wrong. If it steps by more than [`BELIEVED_STEP_MS`] from one day on which
    /// it was seen (here or by [`TimelineMut::record`]) to the next, the step is an absence or a
    /// wrong setting. Such a step counts only after the clock was seen on [`DOUBTED_DAYS`] further
    /// days, which themselves count at once, and not at all if the clock goes back before. In
    /// addition, data is deleted only when it has been expired for [`PRUNE_DELAY_MS`].
    ///
    /// A clock that is ahead, by seconds or by centuries, for up to [`DOUBTED_DAYS`] days of use
    /// therefore deletes nothing before it expires, except that a step between one and two days
    /// counts for its part beyond one day. In return, after an absence, expired data stays for up
    /// to [`DOUBTED_DAYS`] more days of use. [`TimelineMut::forget`] deletes at once.
    ///
    /// [`Retention`]: super::Retention
    /// [`BELIEVED_STEP_MS`]: super::BELIEVED_STEP_MS
    /// [`DOUBTED_DAYS`]: super::DOUBTED_DAYS
    /// [`PRUNE_DELAY_MS`]: super::PRUNE_DELAY_MS
    ///
    /// # Errors
    /// Only the errors of every call.
    pub fn prune(&mut self, now_ms: u64) -> Result<()> {
        let mut directory = self.directory()?;
        directory.note(self.slots, now_ms)?;
        self.prune_all(&mut directory, now_ms)?;
        directory.write(self.slots)
    }

    fn prune_all(&mut self, directory: &mut Directory, now_ms: u64) -> Result<()> {
        let retention = directory.options.retention;
        let time = directory.prune_time(now_ms);
        for clock in directory.media().chain([Clock::Wall]).collect::<Vec<_>>() {
            let Some(track) = directory.track(&clock) else { continue };
            let kept = Kept::at(directory.shift(track).local(time), &retention);
            let mut is_gone = true;
            for track in Modality::ALL.map(|stream| place::beside(track, stream)) {
                let header = Header::read(self.slots, track)?;
                let mut writer = Writer { slots: self.slots, track, header };
                if clock == Clock::Wall {
                    writer.prune(kept)?;
                } else if writer.header.recorded_at_ms < horizon(time, retention.media) {
                    writer.forget(0, u64::MAX)?;
                } else if writer.header.recorded_at_ms > now_ms && directory.clock_is_settled() {
                    // Recorded under a fast clock: its retention starts now.
                    writer.header.recorded_at_ms = now_ms;
                } else {
                    is_gone &= writer.header.span.is_none();
                    continue;
                }
                is_gone &= writer.finish()?;
            }
            if is_gone {
                directory.remove(track);
            }
        }
        directory.pruned_at_ms = now_ms;
        Ok(())
    }
}

/// Converts `events` to records in order of time, the last one of each time.
fn records(events: &[Event], header: &mut Header, shift: Shift) -> Result<Vec<Record>> {
    let mut records = Vec::with_capacity(events.len());
    let mut known: Option<(&Arc<[String]>, Vec<u8>)> = None;
    for event in events {
        event.check()?;
        let columns = match known.take().filter(|(labels, _)| Arc::ptr_eq(labels, &event.labels)) {
            Some((_, columns)) => columns,
            None => header.columns(&event.labels)?,
        };
        records.push(Record::of(event, &columns, shift));
        known = Some((&event.labels, columns));
    }
    records.sort_by_key(|record| record.at);
    keep_later(&mut records, |_| {});
    Ok(records)
}
