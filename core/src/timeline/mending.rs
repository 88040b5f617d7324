//! Repair of timelines that an older version damaged.

use super::directory::{Header, Span};
use super::event::Record;
use super::place::{LONGEST_SPAN_MS, MINUTES, Shift};
use super::writer::Writer;
use crate::error::Result;
use crate::timeline::slots::SlotsMut;

/// Moves the wall-time events to their times under `right`. An older version accepted an
/// out-of-range offset, stored the events at the times that `wrong` yields, and could not read them
/// again. Events without a valid time under `right` are dropped.
pub(super) fn replace_misplaced(slots: &mut dyn SlotsMut, wrong: Shift, right: Shift) -> Result<()> {
    let header = Header::read_misplaced(slots, 0)?;
    // The older version never wrote a second batch, so the span is short; otherwise the data is
    // unusable.
    let is_short = |span: &Span| span.last.checked_sub(span.first).is_some_and(|length| length <= LONGEST_SPAN_MS);
    let Some(span) = header.span.filter(is_short) else {
        return Writer { slots, track: 0, header: Header::default() }.finish().map(drop);
    };
    let labels = header.labels.clone();
    let recorded_at_ms = header.recorded_at_ms;
    let mut writer = Writer { slots, track: 0, header };
    let mut records = Vec::new();
    for hour in writer.nodes().starts(MINUTES, span.first, span.last.saturating_add(1))? {
        let minutes = writer.nodes().node(MINUTES, hour)?;
        for record in writer.nodes().records(hour, &minutes, 0, u64::MAX)? {
            if let Some(at) = wrong.moved(record.at, right) {
                records.push(Record { at, ..record });
            }
        }
    }
    writer.forget(span.first, span.last.saturating_add(1))?;
    records.sort_by_key(|record| record.at);
    let ends = records.first().zip(records.last());
    let span = ends.map(|(first, last)| Span { first: first.at, last: last.at });
    writer.header = Header { labels, span, recorded_at_ms, ..Header::default() };
    writer.insert(&records)?;
    writer.finish().map(drop)
}
