//! Options of timelines.

use mien_core::timeline::{Retention as CoreRetention, TimelineOptions as CoreTimelineOptions};

/// Retention in days; `None` keeps data forever. Coarser tallies must be kept at least as long as finer ones.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct Retention {
    /// Days that events are kept. Default 30.
    pub events: Option<u32>,
    /// Days that tallies of minutes are kept. Default 366.
    pub minutes: Option<u32>,
    /// Days that tallies of hours are kept. Default 1827.
    pub hours: Option<u32>,
    /// Days that tallies of days are kept. Default `None`.
    pub days: Option<u32>,
    /// Days that a medium is kept after its last recorded event. Default 366.
    pub media: Option<u32>,
}

/// Options of a user's timelines.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct TimelineOptions {
    /// Minutes by which local time is ahead of UTC, -840 to 840: 60 in Berlin in winter. It can change only
    /// while no data by wall time is stored. Default 0.
    pub offset_minutes: i32,
    /// Retention in days.
    pub retention: Retention,
}

/// Returns the default options of timelines.
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
