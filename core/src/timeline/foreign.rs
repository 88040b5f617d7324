//! Validation of timelines from outside: everything in them must be as a timeline writes it.

use super::directory::{Clock, Directory, Header};
use super::node::{Node, Nodes};
use super::place::{DAYS, HOURS, MINUTES, Track, beside};
use super::tally::Tally;
use crate::error::{Result, fail};
use crate::modality::Modality;
use crate::timeline::slots::Slots;

/// Checks the timelines in `slots`, which another device wrote. Every reachable value is read, and
/// tallies must count at least what lies below them.
///
/// # Errors
/// `ProfileCorrupt` or `ProfileVersion` if a value is not one that a timeline writes; errors of
/// `slots`.
pub(crate) fn check_foreign(slots: &dyn Slots) -> Result<()> {
    let directory = Directory::read(slots)?;
    if directory.mended {
        fail!(ProfileCorrupt, "the options of a timeline are out of range");
    }
    for clock in directory.media().chain([Clock::Wall]) {
        if let Some(track) = directory.track(&clock) {
            Modality::ALL.into_iter().try_for_each(|stream| check_track(slots, beside(track, stream)))?;
        }
    }
    Ok(())
}

fn check_track(slots: &dyn Slots, track: Track) -> Result<()> {
    let header = Header::read(slots, track)?;
    let nodes = Nodes { slots, track, span: header.span };
    let mut events = 0u64;
    for (day, of_day) in nodes.entries(DAYS, 0, u64::MAX)? {
        let hours = nodes.node(HOURS, day)?;
        check_below(&of_day, &hours)?;
        for place in hours.places() {
            let hour = day + u64::from(place) * HOURS.unit;
            let minutes = nodes.node(MINUTES, hour)?;
            check_below(hours.tally(place).unwrap_or(&of_day), &minutes)?;
            events = events.saturating_add(check_events(&nodes, hour, &minutes)?);
        }
    }
    if events != header.events {
        fail!(ProfileCorrupt, "a timeline holds {events} events but its header says {}", header.events);
    }
    Ok(())
}

fn check_below(tally: &Tally, below: &Node) -> Result<()> {
    if !tally.covers(&below.total()) {
        fail!(ProfileCorrupt, "the tallies of a timeline do not fit each other");
    }
    Ok(())
}

/// Checks the events of the hour that starts at `hour`; returns their number.
fn check_events(nodes: &Nodes<'_>, hour: u64, minutes: &Node) -> Result<u64> {
    let mut counted = vec![Tally::default(); usize::from(MINUTES.places())];
    let mut events = 0;
    for (index, part) in minutes.parts.iter().enumerate() {
        let records = nodes.part(hour, *part)?;
        if records.last().is_some_and(|last| last.at >= minutes.part_end(hour, index)) {
            fail!(ProfileCorrupt, "the parts of a timeline overlap");
        }
        records.iter().for_each(|record| counted[usize::from(MINUTES.place(record.at))].add(record));
        events += records.len() as u64;
    }
    for (place, counted) in counted.iter().enumerate().filter(|(_, counted)| counted.events > 0) {
        if !minutes.tally(place as u8).is_some_and(|tally| tally.covers(counted)) {
            fail!(ProfileCorrupt, "the tallies of a timeline do not fit its events");
        }
    }
    Ok(events)
}
