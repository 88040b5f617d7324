//! Queries over a timeline.

use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use super::directory::{Clock, Directory, Header, Span};
use super::event::{Event, Record};
use super::node::{MAX_ENTRIES, Nodes};
use super::options::TimelineOptions;
use super::place::{self, DAYS, HOURS, MINUTES, Shift, Tier, floor};
use super::tally::{Bucket, BucketWidth, Tally};
use crate::error::{Result, fail};
use crate::modality::Modality;
use crate::timeline::slots::Slots;

/// Read access to one of a user's timelines.
///
/// Ranges are half-open, in the time of the timeline's events. A wall-time timeline without
/// recordings is empty.
#[derive(Clone)]
pub struct Timeline<'a> {
    nodes: Nodes<'a>,
    shift: Shift,
    clock: Clock,
    stream: Modality,
    header: Header,
    labels: Arc<[String]>,
}

/// A summary of a timeline's content.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Summary {
    /// The origin of its times.
    pub clock: Clock,
    /// The classes, in order of first use.
    pub labels: Vec<String>,
    /// The number of stored events.
    pub events: u64,
    /// The first and last time of stored data; `None` if the timeline is empty.
    pub span_ms: Option<(u64, u64)>,
    /// Events before this time were pruned, and none can be recorded there; 0 if none were pruned.
    pub events_kept_from_ms: u64,
}

impl<'a> Timeline<'a> {
    /// Opens the timeline for `clock`.
    ///
    /// # Errors
    /// `InvalidOption` for a medium without recordings; `Storage`, `ProfileCorrupt` or
    /// `ProfileVersion` if the store cannot be read. All queries can fail with the latter three.
    pub fn open(slots: &'a dyn Slots, clock: &Clock) -> Result<Self> {
        Self::opened(slots, clock, Modality::Face)
    }

    /// Opens what the voice alone said beside the timeline for `clock`; empty if nothing was recorded.
    ///
    /// # Errors
    /// As in [`Timeline::open`].
    pub fn open_spoken(slots: &'a dyn Slots, clock: &Clock) -> Result<Self> {
        Self::opened(slots, clock, Modality::Speech)
    }

    fn opened(slots: &'a dyn Slots, clock: &Clock, stream: Modality) -> Result<Self> {
        let directory = Directory::read(slots)?;
        let Some(track) = directory.track(clock) else {
            fail!(InvalidOption, "the user has no timeline of that medium");
        };
        let track = place::beside(track, stream);
        let header = directory.header(slots, track)?;
        Ok(Self {
            nodes: Nodes { slots, track, span: header.span },
            shift: directory.shift(track),
            stream,
            clock: clock.clone(),
            labels: header.labels.as_slice().into(),
            header,
        })
    }

    /// Summarizes each of the user's timelines: wall time first, then media, oldest first.
    ///
    /// # Errors
    /// As in [`Timeline::open`].
    pub fn list(slots: &'a dyn Slots) -> Result<Vec<Summary>> {
        let directory = Directory::read(slots)?;
        let clocks = std::iter::once(Clock::Wall).chain(directory.media());
        clocks.map(|clock| Ok(Self::open(slots, &clock)?.summary())).collect()
    }

    /// Returns the options of the user's timelines.
    ///
    /// # Errors
    /// As in [`Timeline::open`].
    pub fn options(slots: &dyn Slots) -> Result<TimelineOptions> {
        Ok(Directory::read(slots)?.options)
    }

    /// Summarizes the timeline.
    pub fn summary(&self) -> Summary {
        let time = |local| self.shift.time(local);
        Summary {
            clock: self.clock.clone(),
            labels: self.header.labels.clone(),
            events: self.header.events,
            span_ms: self.header.span.map(|Span { first, last }| (time(first), time(last))),
            events_kept_from_ms: time(self.header.kept.events),
        }
    }

    /// Returns the classes of events and tallies, in order of first use.
    pub fn labels(&self) -> &Arc<[String]> {
        &self.labels
    }

    /// Returns what is read: the face for the answers, speech for what the voice alone said.
    pub fn stream(&self) -> Modality {
        self.stream
    }

    /// Returns the origin of the times.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Returns the whole buckets that overlap `range`, in order; those without events are omitted.
    /// Buckets of a second exist as long as the events do.
    ///
    /// # Errors
    /// `InvalidOption` for more than a million buckets.
    pub fn buckets(&self, range: Range<u64>, width: BucketWidth) -> Result<Vec<Bucket>> {
        let tier = match width {
            BucketWidth::Second => return self.seconds(range),
            BucketWidth::Minute => MINUTES,
            BucketWidth::Hour => HOURS,
            BucketWidth::Day => DAYS,
        };
        let found = self.entries(tier, range)?;
        Ok(found.into_iter().map(|(start, tally)| Bucket { start_ms: self.shift.time(start), tally }).collect())
    }

    /// Returns one tally over `range`, summed over whole buckets of `width`.
    ///
    /// # Errors
    /// As in [`Timeline::buckets`].
    pub fn total(&self, range: Range<u64>, width: BucketWidth) -> Result<Tally> {
        let mut total = Tally::default();
        for bucket in self.buckets(range, width)? {
            total.merge(&bucket.tally);
        }
        Ok(total)
    }

    /// Returns the first `limit` events in `range`, in order. Since no two events have the same
    /// time, the next page starts 1 ms after the last of them.
    ///
    /// # Errors
    /// As in [`Timeline::open`].
    pub fn events(&self, range: Range<u64>, limit: usize) -> Result<Vec<Event>> {
        let mut events = Vec::new();
        if limit > 0 {
            self.visit(range, |event| {
                events.push(event);
                Ok(if events.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
            })?;
        }
        Ok(events)
    }

    /// Passes all events in `range` to `visitor`, in order, until it breaks; at most one hour of
    /// events is in memory at once.
    ///
    /// # Errors
    /// Errors of `visitor`, and as in [`Timeline::open`].
    pub fn visit(&self, range: Range<u64>, mut visitor: impl FnMut(Event) -> Result<ControlFlow<()>>) -> Result<()> {
        self.visit_records(range, |record| visitor(record.event(&self.labels, self.shift)))
    }

    fn visit_records(
        &self,
        range: Range<u64>,
        mut visitor: impl FnMut(&Record) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let (from, to) = (self.shift.local(range.start), self.shift.local(range.end));
        for hour in self.nodes.starts(MINUTES, from, to)? {
            let minutes = self.nodes.node(MINUTES, hour)?;
            for (index, part) in minutes.parts.iter().enumerate() {
                if minutes.part_end(hour, index) <= from || hour + u64::from(part.first) >= to {
                    continue;
                }
                for record in self.nodes.part(hour, *part)? {
                    if (from..to).contains(&record.at) && visitor(&record)?.is_break() {
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }

    fn entries(&self, tier: Tier, range: Range<u64>) -> Result<Vec<(u64, Tally)>> {
        self.nodes.entries(tier, self.shift.local(range.start), self.shift.local(range.end))
    }

    fn seconds(&self, range: Range<u64>) -> Result<Vec<Bucket>> {
        if range.is_empty() {
            return Ok(Vec::new());
        }
        let width = BucketWidth::Second.ms();
        let whole = floor(range.start, width)..range.end.checked_next_multiple_of(width).unwrap_or(range.end);
        let mut buckets: Vec<Bucket> = Vec::new();
        self.visit_records(whole, |record| {
            let start_ms = floor(self.shift.time(record.at), width);
            if buckets.last().is_none_or(|last| last.start_ms != start_ms) {
                if buckets.len() == MAX_ENTRIES {
                    fail!(InvalidOption, "more than {MAX_ENTRIES} buckets: ask for wider ones or for less time");
                }
                buckets.push(Bucket { start_ms, tally: Tally::default() });
            }
            if let Some(bucket) = buckets.last_mut() {
                bucket.tally.add(record);
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(buckets)
    }
}
