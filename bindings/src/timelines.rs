//! Timelines of users.

use std::sync::Arc;

use mien_core::timeline::{self as core, Timeline};

use crate::engine::Engine;
use crate::error::{Result, fail};
use crate::options::TimelineOptions;
use crate::results::{Affect, Label, LabelProbability, Millis, TimelineTime};

/// An emotion of a user at a time.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct TimelineEvent {
    /// When it was seen, to the millisecond. A later event at the same time replaces this one.
    pub at_ms: TimelineTime,
    /// How long it was seen, up to an hour; 0 if unknown.
    #[uniffi(default = 0)]
    pub duration_ms: Millis,
    /// The emotion; one of `probabilities`.
    pub label: Label,
    /// The probability of each emotion; the probabilities sum to 1 and are stored in steps of 1/255.
    pub probabilities: Vec<LabelProbability>,
    /// Whether the user's own head answered.
    pub adapted: bool,
}

/// The outcome of recording events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Record)]
pub struct Recorded {
    /// Number of events at times that had none.
    pub added: u64,
    /// Number of events that replaced another one at their time.
    pub replaced: u64,
}

/// The content of a timeline.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct TimelineSummary {
    /// The name of the medium; `None` if its times are those of the clock on the wall.
    pub medium: Option<String>,
    /// The emotions, in order of first use.
    pub labels: Vec<Label>,
    /// Number of stored events.
    pub events: u64,
    /// The time of the first stored event or tally; `None` if nothing is stored.
    pub first_ms: Option<TimelineTime>,
    /// The time of the last stored event or tally; `None` if nothing is stored.
    pub last_ms: Option<TimelineTime>,
    /// Time before which events were deleted and no more can be recorded; `None` if none were deleted.
    pub events_kept_from_ms: Option<TimelineTime>,
}

/// The length of buckets. Minutes, hours and days are tallied when events are recorded, seconds when they are
/// queried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum BucketWidth {
    /// A second.
    Second,
    /// A minute.
    Minute,
    /// An hour of local time.
    Hour,
    /// A day, from midnight of local time.
    Day,
}

/// Sums over events for one emotion.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct ClassTally {
    /// The emotion.
    pub label: Label,
    /// Number of events with this label.
    pub events: u64,
    /// The mean probability, 0 to 1; 0 without events.
    pub share: f64,
}

/// Sums over events.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct Tally {
    /// Number of events.
    pub events: u64,
    /// Number of events that the user's own head answered.
    pub adapted: u64,
    /// Sum of the durations of the events.
    pub observed_ms: Millis,
    /// The sums for each emotion of the timeline.
    pub classes: Vec<ClassTally>,
    /// Mean valence and arousal over the events, projected from the probabilities; `None` without events, or if more
    /// than a tenth of the probability is on labels without a position.
    pub affect: Option<Affect>,
}

/// The events of one interval.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct Bucket {
    /// Its start, in the time of the events.
    pub start_ms: TimelineTime,
    /// Its length.
    pub length_ms: Millis,
    /// The sums over its events.
    pub tally: Tally,
}

/// The format of an exported timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum ExportFormat {
    /// A table with a header line.
    Csv,
    /// One object with `clock`, `labels` and `events` or `buckets`.
    Json,
}

/// The clock of the named medium, or the one on the wall.
fn clock(medium: Option<String>) -> core::Clock {
    medium.map_or(core::Clock::Wall, core::Clock::Media)
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
                "the event's label is not one of its classes";
                "the event's label {:?} is not one of its classes", self.label
            );
        };
        let Ok(duration_ms) = u32::try_from(self.duration_ms) else {
            fail!(InvalidOption, "the event's duration is longer than an hour");
        };
        let (labels, probabilities): (Vec<String>, Vec<f32>) =
            self.probabilities.into_iter().map(|pair| (pair.label, pair.probability)).unzip();
        Ok(core::Event {
            at_ms: self.at_ms,
            duration_ms,
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
            duration_ms: event.duration_ms.into(),
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
            affect: tally.affect(labels).map(Affect::from),
        }
    }
}

impl From<core::Summary> for TimelineSummary {
    fn from(summary: core::Summary) -> Self {
        Self {
            medium: match summary.clock {
                core::Clock::Wall => None,
                core::Clock::Media(name) => Some(name),
            },
            labels: summary.labels,
            events: summary.events,
            first_ms: summary.span_ms.map(|(first, _)| first),
            last_ms: summary.span_ms.map(|(_, last)| last),
            events_kept_from_ms: Some(summary.events_kept_from_ms).filter(|time| *time > 0),
        }
    }
}

/// Timelines are named by the medium that their times are of, 1 to 255 bytes without control characters; `None`: the clock
/// on the wall, milliseconds since 1970. Ranges of time include `from_ms` and exclude `to_ms`. All functions return `UserNotFound`, `Storage`,
/// `ProfileCorrupt` and `Closed`; those that query or delete return `InvalidOption` for a medium without
/// records.
#[uniffi::export]
impl Engine {
    /// Records events in one durable transaction: record in batches.
    ///
    /// `now_ms` is the time in milliseconds since 1970.
    ///
    /// Errors: `InvalidOption` for an event out of range or an invalid name of a medium; `TimestampOrder` for
    /// an event before the time from which events are kept. Nothing is recorded then.
    pub fn record(
        &self,
        name: String,
        medium: Option<String>,
        events: Vec<TimelineEvent>,
        now_ms: u64,
    ) -> Result<Recorded> {
        let events: Vec<core::Event> = events.into_iter().map(TimelineEvent::checked).collect::<Result<_>>()?;
        let core::Recorded { added, replaced } = self.core.record(&name, &clock(medium), &events, now_ms)?;
        Ok(Recorded { added, replaced })
    }

    /// Returns the summaries of all timelines of the user: by wall time first, then media, oldest first.
    pub fn timelines(&self, name: String) -> Result<Vec<TimelineSummary>> {
        Ok(self.core.timelines(&name)?.into_iter().map(TimelineSummary::from).collect())
    }

    /// Returns the whole buckets that overlap the range, in order, without empty ones.
    ///
    /// Errors: `InvalidOption` if there are more than a million.
    pub fn buckets(
        &self,
        name: String,
        medium: Option<String>,
        from_ms: u64,
        to_ms: u64,
        width: BucketWidth,
    ) -> Result<Vec<Bucket>> {
        let width: core::BucketWidth = width.into();
        Ok(self.core.timeline(&name, &clock(medium), |timeline| {
            let bucket = |bucket: core::Bucket| Bucket {
                start_ms: bucket.start_ms,
                length_ms: width.ms(),
                tally: Tally::new(&bucket.tally, timeline.labels()),
            };
            Ok(timeline.buckets(from_ms..to_ms, width)?.into_iter().map(bucket).collect())
        })?)
    }

    /// Returns the sums over the whole buckets that overlap the range.
    ///
    /// Errors: as in `buckets`.
    pub fn total(
        &self,
        name: String,
        medium: Option<String>,
        from_ms: u64,
        to_ms: u64,
        width: BucketWidth,
    ) -> Result<Tally> {
        Ok(self.core.timeline(&name, &clock(medium), |timeline| {
            Ok(Tally::new(&timeline.total(from_ms..to_ms, width.into())?, timeline.labels()))
        })?)
    }

    /// Returns the first `limit` events of the range, in order. The next ones begin 1 ms after the last of
    /// these, because no two events have the same time.
    pub fn events(
        &self,
        name: String,
        medium: Option<String>,
        from_ms: u64,
        to_ms: u64,
        limit: u32,
    ) -> Result<Vec<TimelineEvent>> {
        let events =
            self.core.timeline(&name, &clock(medium), |timeline| timeline.events(from_ms..to_ms, limit as usize))?;
        Ok(events.into_iter().map(TimelineEvent::from).collect())
    }

    /// Exports the events of the range as text.
    pub fn export_events(
        &self,
        name: String,
        medium: Option<String>,
        from_ms: u64,
        to_ms: u64,
        format: ExportFormat,
    ) -> Result<String> {
        self.written(&name, medium, |timeline, out| timeline.export_events(from_ms..to_ms, format.into(), out))
    }

    /// Exports the buckets that overlap the range as text.
    ///
    /// Errors: as in `buckets`.
    pub fn export_buckets(
        &self,
        name: String,
        medium: Option<String>,
        from_ms: u64,
        to_ms: u64,
        width: BucketWidth,
        format: ExportFormat,
    ) -> Result<String> {
        self.written(&name, medium, |timeline, out| {
            timeline.export_buckets(from_ms..to_ms, width.into(), format.into(), out)
        })
    }

    /// Deletes the data of the range, erases it from the file of the store, and returns the number of deleted
    /// events.
    pub fn forget(&self, name: String, medium: Option<String>, from_ms: u64, to_ms: u64) -> Result<u64> {
        Ok(self.core.forget(&name, &clock(medium), from_ms..to_ms)?)
    }

    /// Deletes expired data at `now_ms`, milliseconds since 1970, from the timelines of all users and erases
    /// it from the file of the store. Recording does so once a day for the recorded user. A clock that steps
    /// ahead is not trusted at once (`mien_core::timeline::TimelineMut::prune`).
    ///
    /// Errors: `Storage`, `Closed`.
    pub fn prune_timelines(&self, now_ms: u64) -> Result<()> {
        Ok(self.core.prune_timelines(now_ms)?)
    }

    /// The options of all timelines of the user.
    pub fn timeline_options(&self, name: String) -> Result<TimelineOptions> {
        Ok(self.core.read_slots(&name, |slots| Timeline::options(slots))?.into())
    }

    /// Sets the options of all timelines of the user.
    ///
    /// Errors: `InvalidOption` if they are out of range, or if the offset changes while data by wall time is
    /// stored.
    pub fn set_timeline_options(&self, name: String, options: TimelineOptions) -> Result<()> {
        Ok(self.core.change_timelines(&name, |timelines| timelines.set_options(options.into()))?)
    }
}

impl Engine {
    fn written(
        &self,
        name: &str,
        medium: Option<String>,
        write: impl FnOnce(&Timeline<'_>, &mut dyn std::io::Write) -> mien_core::Result<u64>,
    ) -> Result<String> {
        let mut text = Vec::new();
        self.core.timeline(name, &clock(medium), |timeline| write(timeline, &mut text))?;
        match String::from_utf8(text) {
            Ok(text) => Ok(text),
            Err(error) => fail!(Internal, "the timeline's text is not UTF-8: {error}"),
        }
    }
}
