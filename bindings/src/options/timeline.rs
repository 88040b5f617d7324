//! Options of timelines.

use mien_core::timeline::{Retention as CoreRetention, TimelineOptions as CoreTimelineOptions};

/// For how many days what is kept; none is for ever. Coarser tallies must be kept at least as
/// long as finer ones.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct Retention {
    /// Events.
    pub events: Option<u32>,
    /// Buckets of a minute.
    pub minutes: Option<u32>,
    /// Buckets of an hour.
    pub hours: Option<u32>,
    /// Buckets of a day.
    pub days: Option<u32>,
    /// A medium, whole, after events were last recorded of it.
    pub media: Option<u32>,
}

/// Options of a user's timelines.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct TimelineOptions {
    /// By how many minutes days begin before those of UTC, -840 to 840. It can be changed only
    /// while nothing by wall time is kept.
    pub offset_minutes: i32,
    /// How long what is kept.
    pub retention: Retention,
}

/// The options of timelines unless an application says otherwise.
#[uniffi::export]
pub fn default_timeline_options() -> TimelineOptions {
    CoreTimelineOptions::default().into()
}

impl From<CoreTimelineOptions> for TimelineOptions {
    fn from(CoreTimelineOptions { offset_minutes, retention }: CoreTimelineOptions) -> Self {
        let CoreRetention { events, minutes, hours, days, media } = retention;
        Self { offset_minutes, retention: Retention { events, minutes, hours, days, media } }
    }
}

impl From<TimelineOptions> for CoreTimelineOptions {
    fn from(TimelineOptions { offset_minutes, retention }: TimelineOptions) -> Self {
        let Retention { events, minutes, hours, days, media } = retention;
        Self { offset_minutes, retention: CoreRetention { events, minutes, hours, days, media } }
    }
}
