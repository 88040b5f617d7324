//! Changing one timeline: records go into parts, and tallies of the tiers above them follow.

use super::directory::{Header, Kept, Span};
use super::event::Record;
use super::node::{self, Node, Nodes, PartEntry};
use super::part;
use super::place::{self, DAY, DAYS, HOUR, HOURS, LONGEST_SPAN_MS, MAX_PARTS, MINUTES, Track, floor};
use super::tally::Tally;
use crate::error::{ErrorKind, Result, fail};
use crate::timeline::slots::SlotsMut;

/// Keeps the last of the records at the same time; the others are passed to `replaced`.
pub(super) fn keep_later(records: &mut Vec<Record>, mut replaced: impl FnMut(Record)) {
    records.dedup_by(|later, earlier| {
        let same = later.at == earlier.at;
        if same {
            replaced(std::mem::replace(earlier, *later));
        }
        same
    });
}

/// The change of the tallies above new records. These tallies are not recomputed from finer ones,
/// which may be pruned already.
#[derive(Default)]
struct Change {
    added: Tally,
    replaced: Vec<Record>,
}

impl Change {
    fn apply(&self, tally: &mut Tally) -> Result<()> {
        tally.merge(&self.added);
        self.replaced.iter().try_for_each(|record| tally.subtract(record))
    }
}

/// The outcome of recording events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Recorded {
    /// Number of events at times that had none.
    pub added: u64,
    /// Number of events that replaced another one at the same time.
    pub replaced: u64,
}

/// Changes one timeline; the header is written at the end.
pub(super) struct Writer<'a> {
    pub slots: &'a mut dyn SlotsMut,
    pub track: Track,
    pub header: Header,
}

impl Writer<'_> {
    pub fn nodes(&self) -> Nodes<'_> {
        Nodes { slots: &*self.slots, track: self.track, span: self.header.span }
    }

    fn write(&mut self, tier: place::Tier, local: u64, node: &Node) -> Result<()> {
        node::write(self.slots, self.track, tier, local, node)
    }

    /// Writes the header with the span of the remaining data, or removes the header if nothing
    /// remains; returns whether it was removed.
    pub fn finish(mut self) -> Result<bool> {
        self.header.span = self.span_left()?;
        if self.header.span.is_some() {
            self.header.write(self.slots, self.track)?;
            return Ok(false);
        }
        let (table, slot) = place::header(self.track);
        self.slots.remove(table, slot)?;
        Ok(true)
    }

    /// Deletes data so far after `batch`, and after the local time `now`, that the timeline would
    /// exceed its maximum span: a fast clock put it there.
    pub fn make_room(&mut self, batch: Span, now: u64) -> Result<()> {
        let far = batch.first + LONGEST_SPAN_MS;
        if far > now && batch.last <= far && self.header.span.is_some_and(|span| span.last > far) {
            self.forget(floor(far, DAY), u64::MAX)?;
            self.header.span = self.span_left()?;
        }
        let span = batch.joined(self.header.span);
        if span.last - span.first > LONGEST_SPAN_MS {
            fail!(InvalidOption, "the timeline's events would lie more than 100 years apart");
        }
        Ok(())
    }

    /// Adds sorted records with distinct times.
    pub fn insert(&mut self, records: &[Record]) -> Result<Recorded> {
        let before = self.header.events;
        for day in records.chunk_by(|a, b| a.at / DAY == b.at / DAY) {
            let start = floor(day[0].at, DAY);
            let mut hours = self.nodes().node(HOURS, start)?;
            let mut days = self.nodes().node(DAYS, start)?;
            for hour in day.chunk_by(|a, b| a.at / HOUR == b.at / HOUR) {
                let change = self.insert_hour(floor(hour[0].at, HOUR), hour)?;
                change.apply(hours.tally_mut(HOURS.place(hour[0].at)))?;
                change.apply(days.tally_mut(DAYS.place(start)))?;
            }
            self.write(HOURS, start, &hours)?;
            self.write(DAYS, start, &days)?;
        }
        let added = self.header.events - before;
        Ok(Recorded { added, replaced: records.len() as u64 - added })
    }

    /// Writes the day's node of hours, and its total to the node of days.
    fn close_day(&mut self, day: u64, hours: &Node) -> Result<()> {
        self.write(HOURS, day, hours)?;
        let mut days = self.nodes().node(DAYS, day)?;
        days.set(DAYS.place(day), hours.total());
        self.write(DAYS, day, &days)
    }

    /// Adds the records of the hour that starts at `hour`; returns the change for the tallies
    /// above.
    fn insert_hour(&mut self, hour: u64, records: &[Record]) -> Result<Change> {
        let mut minutes = self.nodes().node(MINUTES, hour)?;
        let mut change = Change::default();
        let mut rest = records;
        while let Some(next) = rest.first() {
            let begun = minutes.parts.partition_point(|part| hour + u64::from(part.first) <= next.at);
            let index = begun.saturating_sub(1);
            let (group, later) =
                rest.split_at(rest.partition_point(|record| record.at < minutes.part_end(hour, index)));
            let mut merged = match minutes.parts.get(index) {
                Some(&part) => self.nodes().part(hour, part)?,
                None => Vec::new(),
            };
            merged.extend_from_slice(group);
            merged.sort_by_key(|record| record.at);
            let mut replaced = Vec::new();
            keep_later(&mut merged, |record| replaced.push(record));
            for record in group {
                minutes.tally_mut(MINUTES.place(record.at)).add(record);
                change.added.add(record);
            }
            for record in &replaced {
                minutes.tally_mut(MINUTES.place(record.at)).subtract(record)?;
            }
            self.header.events += (group.len() - replaced.len()) as u64;
            change.replaced.append(&mut replaced);
            self.replace_part(hour, &mut minutes, index, &merged)?;
            rest = later;
        }
        self.write(MINUTES, hour, &minutes)?;
        Ok(change)
    }

    /// Replaces the part with this index by the parts of these records: several if one is too
    /// small, none without records.
    fn replace_part(&mut self, hour: u64, minutes: &mut Node, index: usize, records: &[Record]) -> Result<()> {
        let tail = index + 1 >= minutes.parts.len();
        let mut free = (index < minutes.parts.len()).then(|| minutes.parts.remove(index).number);
        for (nth, part) in part::encode(hour, records, tail).into_iter().enumerate() {
            let number = match free.take() {
                Some(number) => number,
                None => free_number(minutes)?,
            };
            let (table, slot) = place::part(self.track, hour, number);
            self.slots.put(table, slot, &part.value)?;
            minutes.parts.insert(index + nth, PartEntry { first: (part.first - hour) as u32, number });
        }
        if let Some(number) = free {
            let (table, slot) = place::part(self.track, hour, number);
            self.slots.remove(table, slot)?;
        }
        Ok(())
    }

    /// Deletes the local times `from..to`. Buckets without finer detail are deleted whole.
    pub fn forget(&mut self, from: u64, to: u64) -> Result<()> {
        for (day, _) in self.nodes().entries(DAYS, from, to)? {
            let mut hours = self.nodes().node(HOURS, day)?;
            for (hour, _) in self.nodes().entries(HOURS, from.max(day), to.min(day + DAY))? {
                let left = self.forget_in_hour(hour, from, to)?;
                hours.set(HOURS.place(hour), left);
            }
            self.close_day(day, &hours)?;
        }
        Ok(())
    }

    /// Removes the days for which `gone` returns true from the node that covers `local`.
    fn drop_days(&mut self, local: u64, gone: impl Fn(u64) -> bool) -> Result<()> {
        let start = floor(local, DAYS.span);
        let mut days = self.nodes().node(DAYS, local)?;
        days.retain(|place| !gone(start + u64::from(place) * DAY));
        self.write(DAYS, local, &days)
    }

    /// Deletes the range within one hour; returns the tally of what is left of the hour.
    fn forget_in_hour(&mut self, hour: u64, from: u64, to: u64) -> Result<Tally> {
        let mut node = self.nodes().node(MINUTES, hour)?;
        self.forget_events(hour, &mut node, from, to)?;
        for place in node.places() {
            let start = hour + u64::from(place) * MINUTES.unit;
            let end = start + MINUTES.unit;
            if start < to && end > from {
                let mut left = Tally::default();
                self.nodes().records(hour, &node, start, end)?.iter().for_each(|record| left.add(record));
                node.set(place, left);
            }
        }
        self.write(MINUTES, hour, &node)?;
        Ok(node.total())
    }

    fn forget_events(&mut self, hour: u64, minutes: &mut Node, from: u64, to: u64) -> Result<()> {
        // Backward, so that the remaining indices stay valid when a part is removed.
        for index in (0..minutes.parts.len()).rev() {
            let part = minutes.parts[index];
            if minutes.part_end(hour, index) <= from || hour + u64::from(part.first) >= to {
                continue;
            }
            let all = self.nodes().part(hour, part)?;
            let (gone, left): (Vec<_>, Vec<_>) = all.into_iter().partition(|record| (from..to).contains(&record.at));
            for record in &gone {
                minutes.tally_mut(MINUTES.place(record.at)).subtract(record)?;
            }
            self.header.events = self.header.events.saturating_sub(gone.len() as u64);
            self.replace_part(hour, minutes, index, &left)?;
        }
        minutes.tidy();
        Ok(())
    }

    /// Deletes data before the times of `kept`.
    pub fn prune(&mut self, kept: Kept) -> Result<()> {
        let Some(span) = self.header.span else { return Ok(()) };
        let old = self.header.kept;
        // The times do not rise beyond the day after the timeline's last event.
        let day_after = floor(span.last, DAY) + DAY;
        let new = kept.joined(old, |kept, old| kept.min(day_after).max(old));
        for hour in self.nodes().starts(MINUTES, old.events, new.events)? {
            self.drop_events(hour)?;
        }
        for hour in self.nodes().starts(MINUTES, old.minutes, new.minutes)? {
            self.write(MINUTES, hour, &Node::default())?;
        }
        for day in self.nodes().starts(HOURS, old.hours, new.hours)? {
            self.write(HOURS, day, &Node::default())?;
        }
        for start in self.nodes().starts(DAYS, old.days, new.days)? {
            self.drop_days(start, |day| day < new.days)?;
        }
        self.header.kept = new;
        Ok(())
    }

    /// Deletes the events of an hour and keeps its minutes.
    fn drop_events(&mut self, hour: u64) -> Result<()> {
        let mut minutes = self.nodes().node(MINUTES, hour)?;
        for part in std::mem::take(&mut minutes.parts) {
            // A damaged part must not block the timeline: it is deleted, whatever it held.
            let events = match self.nodes().part(hour, part) {
                Err(error) if error.kind() == ErrorKind::Storage => return Err(error),
                events => events.map_or(0, |events| events.len()),
            };
            self.header.events = self.header.events.saturating_sub(events as u64);
            let (table, slot) = place::part(self.track, hour, part.number);
            self.slots.remove(table, slot)?;
        }
        self.write(MINUTES, hour, &minutes)
    }

    /// Returns the span of the remaining data; where events are gone, its ends are those of
    /// buckets.
    fn span_left(&self) -> Result<Option<Span>> {
        let days = self.nodes().entries(DAYS, 0, u64::MAX)?;
        let (Some((first, of_first)), Some((last, of_last))) = (days.first(), days.last()) else { return Ok(None) };
        Ok(Some(Span { first: self.edge(*first, of_first, false)?, last: self.edge(*last, of_last, true)? }))
    }

    /// Returns the first (or `last`) known time of the day that starts at `day` and has the tally
    /// `tally`.
    fn edge(&self, day: u64, tally: &Tally, last: bool) -> Result<u64> {
        let (mut start, mut length, mut events) = (day, DAY, tally.events);
        let end_of = |start, length| if last { start + length - 1 } else { start };
        for tier in [HOURS, MINUTES] {
            let found = self.nodes().entries(tier, start, start + length)?;
            let counted: u64 = found.iter().map(|(_, tally)| tally.events).sum();
            let end = if last { found.last() } else { found.first() };
            match end {
                Some((at, tally)) if counted == events => (start, length, events) = (*at, tier.unit, tally.events),
                _ => return Ok(end_of(start, length)),
            }
        }
        let hour = floor(start, HOUR);
        let minutes = self.nodes().node(MINUTES, hour)?;
        let records = self.nodes().records(hour, &minutes, start, start + length)?;
        let end = if last { records.last() } else { records.first() };
        Ok(end.filter(|_| records.len() as u64 == events).map_or(end_of(start, length), |record| record.at))
    }
}

/// Returns a number that no part of the hour has.
fn free_number(minutes: &Node) -> Result<u16> {
    match (0..MAX_PARTS).find(|number| minutes.parts.iter().all(|part| part.number != *number)) {
        Some(number) => Ok(number),
        None => fail!(Storage, "an hour of the timeline has no room for more events"),
    }
}
