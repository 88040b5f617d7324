//! Times, and their slots in the store.
//!
//! Inside a timeline, times are *local*: milliseconds since the midnight before 1970-01-01, at the
//! timeline's UTC offset. They are never negative, and every day begins at a multiple of a day.

use crate::modality::Modality;

/// Latest time of an event: the last millisecond of the year 9999.
pub const LATEST_MS: u64 = 253_402_300_799_999;

/// Maximum time between a timeline's first and last event: 100 years.
pub const LONGEST_SPAN_MS: u64 = 100 * 366 * DAY;

pub(super) const MINUTE: u64 = 60_000;
pub(super) const HOUR: u64 = 60 * MINUTE;
pub(super) const DAY: u64 = 24 * HOUR;

/// Maximum UTC offset in minutes.
pub(super) const MAX_OFFSET_MINUTES: i32 = 14 * 60;

/// Converts between the caller's times and local times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shift(u64);

impl Shift {
    /// Creates the shift for days that begin `offset_minutes` before those of UTC.
    pub fn new(offset_minutes: i32) -> Self {
        Self((DAY as i64 + i64::from(offset_minutes) * MINUTE as i64) as u64)
    }

    /// Returns the local time of `at_ms`; out-of-range times map to the latest local time.
    pub fn local(self, at_ms: u64) -> u64 {
        at_ms.min(LATEST_MS + 1) + self.0
    }

    /// Converts `local` from this shift (possibly of an impossible offset) to the local time under
    /// `other`; `None` if it is not a valid time.
    pub fn moved(self, local: u64, other: Self) -> Option<u64> {
        Some(local.wrapping_sub(self.0)).filter(|at| *at <= LATEST_MS).map(|at| other.local(at))
    }

    /// Returns the time of `local`; 0 for the part of a day before 1970.
    pub fn time(self, local: u64) -> u64 {
        local.saturating_sub(self.0)
    }
}

/// Returns the start of the stretch of `length` that contains `local`.
pub(super) fn floor(local: u64, length: u64) -> u64 {
    local - local % length
}

/// The number of a track: 0 for wall time, 1 and above for media.
pub(super) type Track = u32;

/// The bit of the track of what a voice said, beside that of the answers.
const SPOKEN: Track = 1 << 23;

/// The last track number: slots have 24 bits for it, of which one is that of voices.
pub(super) const LAST_TRACK: Track = SPOKEN - 1;

/// Returns the track of what is read beside the answers of `track`: these themselves for the face, and for speech what the
/// voice said.
pub(super) fn beside(track: Track, stream: Modality) -> Track {
    match stream {
        Modality::Face => track,
        Modality::Speech => track | SPOKEN,
    }
}

/// Whether a track has wall time.
pub(super) fn is_wall(track: Track) -> bool {
    track & !SPOKEN == 0
}

/// Table and slot of the directory.
pub(super) const DIRECTORY: (u8, u64) = (0, 0);

/// Returns table and slot of the header of `track`.
pub(super) fn header(track: Track) -> (u8, u64) {
    (0, 1 + u64::from(track))
}

/// Maximum number of parts of an hour.
pub(super) const MAX_PARTS: u16 = 4096;

/// Returns table and slot of part `number` of the hour that starts at `hour`.
pub(super) fn part(track: Track, hour: u64, number: u16) -> (u8, u64) {
    (1, (u64::from(track) << 40) | ((hour / HOUR) << 12) | u64::from(number))
}

/// One of the three tiers of tallies: each node covers `span` and has an entry for each `unit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tier {
    table: u8,
    /// The time that an entry tallies.
    pub unit: u64,
    /// The time that a node covers.
    pub span: u64,
}

/// Minutes, one node per hour; these nodes also list the parts with the hour's events.
pub(super) const MINUTES: Tier = Tier { table: 2, unit: MINUTE, span: HOUR };
/// Hours, one node per day.
pub(super) const HOURS: Tier = Tier { table: 3, unit: HOUR, span: DAY };
/// Days, one node per 32 days.
pub(super) const DAYS: Tier = Tier { table: 4, unit: DAY, span: 32 * DAY };

impl Tier {
    /// Returns the tier whose entries tell which nodes of this tier exist.
    pub fn above(self) -> Option<Tier> {
        [(MINUTES, HOURS), (HOURS, DAYS)].into_iter().find(|(tier, _)| *tier == self).map(|(_, above)| above)
    }

    /// Returns table and slot of the node that covers `local`.
    pub fn slot(self, track: Track, local: u64) -> (u8, u64) {
        (self.table, (u64::from(track) << 40) | (local / self.span))
    }

    /// Returns the number, within its node, of the entry that tallies `local`.
    pub fn place(self, local: u64) -> u8 {
        (local % self.span / self.unit) as u8
    }

    /// Returns the maximum number of entries of a node.
    pub fn places(self) -> u8 {
        (self.span / self.unit) as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_begin_at_the_offset() {
        // 1970-01-02 at 23:30 UTC is already the third of January at an offset of one hour.
        let at = 47 * HOUR + 30 * MINUTE;
        for (offset, day) in [(0, 2), (60, 3), (-14 * 60, 2), (-24 * 60 + 1, 1)] {
            let shift = Shift::new(offset);
            assert_eq!(floor(shift.local(at), DAY), day * DAY, "{offset}");
            assert_eq!(shift.time(shift.local(at)), at);
        }
        assert_eq!(Shift::new(60).time(DAY), 0);
    }

    #[test]
    fn no_two_values_share_a_slot() {
        let latest = Shift::new(MAX_OFFSET_MINUTES).local(u64::MAX);
        let spoken = |track| beside(track, Modality::Speech);
        let tracks = [0, 1, LAST_TRACK, spoken(0), spoken(1), spoken(LAST_TRACK)];
        let mut slots: Vec<_> = [DIRECTORY].into_iter().chain(tracks.map(header)).collect();
        for track in tracks {
            for hour in [0, HOUR, floor(latest, HOUR)] {
                slots.extend([part(track, hour, 0), part(track, hour, 1), part(track, hour, MAX_PARTS - 1)]);
                slots.push(MINUTES.slot(track, hour));
            }
            for tier in [HOURS, DAYS] {
                slots.extend([tier.slot(track, 0), tier.slot(track, floor(latest, tier.span))]);
            }
        }
        let all = slots.len();
        slots.sort_unstable();
        slots.dedup();
        assert_eq!(slots.len(), all);
    }
}
