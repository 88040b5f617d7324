//! What users showed over time.

use std::sync::Arc;

use mien_core::timeline::{self as core, Timeline};

use crate::engine::Engine;
use crate::error::{Result, fail};
use crate::options::TimelineOptions;
use crate::results::LabelProbability;

/// What the times of events count from.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum Clock {
    /// Milliseconds since 1970, when the user was seen.
    Wall,
    /// Milliseconds since the start of a medium.
    Media {
        /// The medium's name, 1 to 255 bytes without control characters.
        name: String,
    },
}

/// An emotion of a user at a time.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct TimelineEvent {
    /// Milliseconds by the timeline's clock. A later event at the same time takes its place.
    pub at_ms: u64,
    /// For how long it was seen, milliseconds, an hour at most; 0 where that is not known.
    pub duration_ms: u32,
    /// The class that was answered; one of `probabilities`.
    pub label: String,
    /// The probability of each class, which sum to 1; kept in steps of 1/255.
    pub probabilities: Vec<LabelProbability>,
    /// Whether the user's own head answered.
    pub adapted: bool,
}

/// What became of recorded events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Record)]
pub struct Recorded {
    /// Events at times that had none.
    pub added: u64,
    /// Events that took the place of another one at their time.
    pub replaced: u64,
}

/// What a timeline holds.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct TimelineSummary {
    /// What its times count from.
    pub clock: Clock,
    /// The classes, in the order in which they came.
    pub labels: Vec<String>,
    /// The number of events that are kept.
    pub events: u64,
    /// The time of the first thing that is kept; none where that is nothing.
    pub first_ms: Option<u64>,
    /// The time of the last.
    pub last_ms: Option<u64>,
    /// Before this time events are gone and no more can be recorded; 0 where none are gone.
    pub events_kept_from_ms: u64,
}

/// The length of buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum BucketWidth {
    /// Counted from the events when asked for.
    Second,
    /// Kept as events come in.
    Minute,
    /// Kept as events come in; begins at the hour of the timeline's distance to UTC.
    Hour,
    /// Kept as events come in; begins at midnight of the timeline's distance to UTC.
    Day,
}

/// Sums over events for one class.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct ClassTally {
    /// The class.
    pub label: String,
    /// Events whose label is this class.
    pub events: u64,
    /// The mean probability of the class, 0 to 1; 0 without events.
    pub share: f64,
}

/// Sums over events.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct Tally {
    /// The number of events.
    pub events: u64,
    /// Events that the user's own head answered.
    pub adapted: u64,
    /// The sum of the events' durations in milliseconds.
    pub observed_ms: u64,
    /// For each of the timeline's classes.
    pub classes: Vec<ClassTally>,
}

/// The events of one stretch of time.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct Bucket {
    /// When it begins, in the time of the events.
    pub start_ms: u64,
    /// Its length in milliseconds.
    pub length_ms: u64,
    /// What was seen in it.
    pub tally: Tally,
}

/// How a timeline is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum ExportFormat {
    /// A table with a line of names.
    Csv,
    /// One object with `clock`, `labels` and `events` or `buckets`.
    Json,
}

impl From<Clock> for core::Clock {
    fn from(clock: Clock) -> Self {
        match clock {
            Clock::Wall => Self::Wall,
            Clock::Media { name } => Self::Media(name),
        }
    }
}

impl From<core::Clock> for Clock {
    fn from(clock: core::Clock) -> Self {
        match clock {
            core::Clock::Wall => Self::Wall,
            core::Clock::Media(name) => Self::Media { name },
        }
    }
}

impl From<BucketWidth> for core::BucketWidth {
    fn from(width: BucketWidth) -> Self {
        match width {
            BucketWidth::Second => Self::Second,
            BucketWidth::Minute => Self::Minute,
            BucketWidth::Hour => Self::Hour,
            BucketWidth::Day => Self::Day,
        }
    }
}

impl From<ExportFormat> for core::ExportFormat {
    fn from(format: ExportFormat) -> Self {
        match format {
            ExportFormat::Csv => Self::Csv,
            ExportFormat::Json => Self::Json,
        }
    }
}

impl TimelineEvent {
    fn checked(self) -> Result<core::Event> {
        let Some(label) = self.probabilities.iter().position(|pair| pair.label == self.label) else {
            fail!(
                InvalidOption,
                "the event's label is none of its classes";
                "the event's label {:?} is none of its classes", self.label
            );
        };
        let (labels, probabilities): (Vec<String>, Vec<f32>) =
            self.probabilities.into_iter().map(|pair| (pair.label, pair.probability)).unzip();
        Ok(core::Event {
            at_ms: self.at_ms,
            duration_ms: self.duration_ms,
            labels: Arc::from(labels),
            label,
            probabilities,
            adapted: self.adapted,
        })
    }
}

impl From<core::Event> for TimelineEvent {
    fn from(event: core::Event) -> Self {
        let pairs = event.labels.iter().cloned().zip(event.probabilities.iter().copied());
        Self {
            at_ms: event.at_ms,
            duration_ms: event.duration_ms,
            label: event.name().to_owned(),
            probabilities: pairs.map(|(label, probability)| LabelProbability { label, probability }).collect(),
            adapted: event.adapted,
        }
    }
}

impl Tally {
    fn new(tally: &core::Tally, labels: &[String]) -> Self {
        let class = |(index, label): (usize, &String)| ClassTally {
            label: label.clone(),
            events: tally.class(index).events,
            share: tally.share(index),
        };
        Self {
            events: tally.events,
            adapted: tally.adapted,
            observed_ms: tally.observed_ms,
            classes: labels.iter().enumerate().map(class).collect(),
        }
    }
}

impl From<core::Summary> for TimelineSummary {
    fn from(summary: core::Summary) -> Self {
        Self {
            clock: summary.clock.into(),
            labels: summary.labels,
            events: summary.events,
            first_ms: summary.span_ms.map(|(first, _)| first),
            last_ms: summary.span_ms.map(|(_, last)| last),
            events_kept_from_ms: summary.events_kept_from_ms,
        }
    }
}

/// Ranges of time go from `from_ms` on to before `to_ms`. All these give `UserNotFound`,
/// `Storage`, `ProfileCorrupt` and `Closed`; those that ask or forget give `InvalidOption` for a
/// medium of which nothing was recorded.
#[uniffi::export]
impl Engine {
    /// Records what the user `name` showed, in one durable transaction: record in batches.
    /// `now_ms` is the time in milliseconds since 1970.
    ///
    /// Errors: `InvalidOption` for an event out of range or a bad name of a medium;
    /// `TimestampOrder` for an event from before what is kept of events. Nothing is recorded then.
    pub fn record(&self, name: String, clock: Clock, events: Vec<TimelineEvent>, now_ms: u64) -> Result<Recorded> {
        let events: Vec<core::Event> = events.into_iter().map(TimelineEvent::checked).collect::<Result<_>>()?;
        let core::Recorded { added, replaced } = self.core.record(&name, &clock.into(), &events, now_ms)?;
        Ok(Recorded { added, replaced })
    }

    /// What each of the user's timelines holds: by wall time first, then media, oldest first.
    pub fn timelines(&self, name: String) -> Result<Vec<TimelineSummary>> {
        Ok(self.core.timelines(&name)?.into_iter().map(TimelineSummary::from).collect())
    }

    /// The buckets that overlap the range, whole ones, in order; those without events are left
    /// out.
    ///
    /// Errors: `InvalidOption` where there are more than a million.
    pub fn buckets(
        &self,
        name: String,
        clock: Clock,
        from_ms: u64,
        to_ms: u64,
        width: BucketWidth,
    ) -> Result<Vec<Bucket>> {
        let width: core::BucketWidth = width.into();
        Ok(self.core.timeline(&name, &clock.into(), |timeline| {
            let bucket = |bucket: core::Bucket| Bucket {
                start_ms: bucket.start_ms,
                length_ms: width.ms(),
                tally: Tally::new(&bucket.tally, timeline.labels()),
            };
            Ok(timeline.buckets(from_ms..to_ms, width)?.into_iter().map(bucket).collect())
        })?)
    }

    /// All of the range in one tally, of whole buckets of `width`.
    ///
    /// Errors: as of `buckets`.
    pub fn total(&self, name: String, clock: Clock, from_ms: u64, to_ms: u64, width: BucketWidth) -> Result<Tally> {
        Ok(self.core.timeline(&name, &clock.into(), |timeline| {
            Ok(Tally::new(&timeline.total(from_ms..to_ms, width.into())?, timeline.labels()))
        })?)
    }

    /// The first `limit` events in the range, in order. The next ones are those from 1 ms after
    /// the last of these on, because no two events have the same time.
    pub fn events(
        &self,
        name: String,
        clock: Clock,
        from_ms: u64,
        to_ms: u64,
        limit: u32,
    ) -> Result<Vec<TimelineEvent>> {
        let events =
            self.core.timeline(&name, &clock.into(), |timeline| timeline.events(from_ms..to_ms, limit as usize))?;
        Ok(events.into_iter().map(TimelineEvent::from).collect())
    }

    /// The events in the range as text.
    pub fn export_events(
        &self,
        name: String,
        clock: Clock,
        from_ms: u64,
        to_ms: u64,
        format: ExportFormat,
    ) -> Result<String> {
        self.written(&name, clock, |timeline, out| timeline.export_events(from_ms..to_ms, format.into(), out))
    }

    /// The buckets that overlap the range as text.
    ///
    /// Errors: as of `buckets`.
    pub fn export_buckets(
        &self,
        name: String,
        clock: Clock,
        from_ms: u64,
        to_ms: u64,
        width: BucketWidth,
        format: ExportFormat,
    ) -> Result<String> {
        self.written(&name, clock, |timeline, out| {
            timeline.export_buckets(from_ms..to_ms, width.into(), format.into(), out)
        })
    }

    /// Forgets what the timeline says of the range, for good, and gives the number of events.
    pub fn forget(&self, name: String, clock: Clock, from_ms: u64, to_ms: u64) -> Result<u64> {
        Ok(self.core.forget(&name, &clock.into(), from_ms..to_ms)?)
    }

    /// Drops what is past its time at `now_ms`, milliseconds since 1970, from the timelines of all
    /// users, for good. Recording does so once a day for the user of whom is recorded. A clock that
    /// steps ahead is not believed at once (`mien_core::timeline::TimelineMut::prune`).
    pub fn prune_timelines(&self, now_ms: u64) -> Result<()> {
        Ok(self.core.prune_timelines(now_ms)?)
    }

    /// The options of the user's timelines.
    pub fn timeline_options(&self, name: String) -> Result<TimelineOptions> {
        Ok(self.core.read_slots(&name, |slots| Timeline::options(slots))?.into())
    }

    /// Sets the options of the user's timelines.
    ///
    /// Errors: `InvalidOption` where they are out of range, or days would be cut anew while
    /// something by wall time is kept.
    pub fn set_timeline_options(&self, name: String, options: TimelineOptions) -> Result<()> {
        Ok(self.core.change_timelines(&name, |timelines| timelines.set_options(options.into()))?)
    }
}

impl Engine {
    fn written(
        &self,
        name: &str,
        clock: Clock,
        write: impl FnOnce(&Timeline<'_>, &mut dyn std::io::Write) -> mien_core::Result<u64>,
    ) -> Result<String> {
        let mut text = Vec::new();
        self.core.timeline(name, &clock.into(), |timeline| write(timeline, &mut text))?;
        match String::from_utf8(text) {
            Ok(text) => Ok(text),
            Err(error) => fail!(Internal, "the timeline's text is not UTF-8: {error}"),
        }
    }
}
