//! Times, and the slots of the store in which they lie.
//!
//! Inside a timeline times are *local*: milliseconds since the midnight before the one of 1970,
//! at the timeline's distance to UTC. So they are never negative, and a day begins at a multiple
//! of a day.

/// The latest time of an event: the last millisecond of the year 9999.
pub const LATEST_MS: u64 = 253_402_300_799_999;

/// The longest time from a timeline's first to its last event: 100 years.
pub const LONGEST_SPAN_MS: u64 = 100 * 366 * DAY;

pub(super) const MINUTE: u64 = 60_000;
pub(super) const HOUR: u64 = 60 * MINUTE;
pub(super) const DAY: u64 = 24 * HOUR;

/// The largest distance to UTC in minutes.
pub(super) const MAX_OFFSET_MINUTES: i32 = 14 * 60;

/// How a local time is made from one of the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shift(u64);

impl Shift {
    /// The shift of days that begin `offset_minutes` before those of UTC.
    pub fn new(offset_minutes: i32) -> Self {
        Self((DAY as i64 + i64::from(offset_minutes) * MINUTE as i64) as u64)
    }

    /// The local time of `at_ms`; the latest there is where that is out of range.
    pub fn local(self, at_ms: u64) -> u64 {
        at_ms.min(LATEST_MS + 1) + self.0
    }

    /// The local time under `other` of what has the local time `local` under this, which may be the
    /// shift of an impossible offset; `None` where that is no time.
    pub fn moved(self, local: u64, other: Self) -> Option<u64> {
        Some(local.wrapping_sub(self.0)).filter(|at| *at <= LATEST_MS).map(|at| other.local(at))
    }

    /// The time of `local`; 0 for the part of a day that lies before 1970.
    pub fn time(self, local: u64) -> u64 {
        local.saturating_sub(self.0)
    }
}

/// The start of the stretch of `length` that `local` lies in.
pub(super) fn floor(local: u64, length: u64) -> u64 {
    local - local % length
}

/// The number of a track: 0 for wall time, others for media.
pub(super) type Track = u32;

/// The last track: slots have 24 bits for its number.
pub(super) const LAST_TRACK: Track = (1 << 24) - 1;

/// What lies in table 0 and slot 0: the directory.
pub(super) const DIRECTORY: (u8, u64) = (0, 0);

/// Where the header of `track` lies.
pub(super) fn header(track: Track) -> (u8, u64) {
    (0, 1 + u64::from(track))
}

/// Parts that an hour can have.
pub(super) const MAX_PARTS: u16 = 4096;

/// Where the part numbered `number` of the hour that starts at `hour` lies.
pub(super) fn part(track: Track, hour: u64, number: u16) -> (u8, u64) {
    (1, (u64::from(track) << 40) | ((hour / HOUR) << 12) | u64::from(number))
}

/// One of the three tiers of tallies: nodes of the length `span` with an entry for each `unit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tier {
    table: u8,
    /// The length of what an entry tallies.
    pub unit: u64,
    /// The length that a node covers.
    pub span: u64,
}

/// Minutes, by the hour; these nodes also list the parts that hold the hour's events.
pub(super) const MINUTES: Tier = Tier { table: 2, unit: MINUTE, span: HOUR };
/// Hours, by the day.
pub(super) const HOURS: Tier = Tier { table: 3, unit: HOUR, span: DAY };
/// Days, by 32 of them.
pub(super) const DAYS: Tier = Tier { table: 4, unit: DAY, span: 32 * DAY };

impl Tier {
    /// The tier whose entries say which nodes of this one there are.
    pub fn above(self) -> Option<Tier> {
        [(MINUTES, HOURS), (HOURS, DAYS)].into_iter().find(|(tier, _)| *tier == self).map(|(_, above)| above)
    }

    /// Where the node lies that covers `local`.
    pub fn slot(self, track: Track, local: u64) -> (u8, u64) {
        (self.table, (u64::from(track) << 40) | (local / self.span))
    }

    /// The number within its node of the entry that tallies `local`.
    pub fn place(self, local: u64) -> u8 {
        (local % self.span / self.unit) as u8
    }

    /// Entries that a node can have.
    pub fn places(self) -> u8 {
        (self.span / self.unit) as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_begin_at_the_offset() {
        // 1970-01-02 at 23:30 UTC is the third of January where clocks are an hour ahead.
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
        let mut slots = vec![DIRECTORY, header(0), header(1)];
        for track in [0, 1] {
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
