//! Encoding of some of an hour's events as bytes.
//!
//! Each event is encoded as:
//!
//! 1. A varint: twice the milliseconds since the previous event (or since the hour's start), plus 1
//!    if a byte of change flags follows.
//! 2. The change flags, if any. 1: a duration follows as a varint (otherwise the previous event's).
//!    2: a label follows as a byte (otherwise the most probable class, the first of equals). 4: the
//!    kind of head differs from the previous event's.
//! 3. A varint with a bit for each class that has a level above 0, then these levels except the
//!    last, which follows from the sum of 255.
//!
//! Before the first event the duration is 0 and the generic head answers.

use super::event::{FULL, MAX_CLASSES, Record};
use super::place::HOUR;
use crate::codec;
use crate::error::{Result, fail};

const MAGIC: &[u8; 4] = b"MTLE";
const VERSION: u16 = 1;

/// Maximum number of event bytes in a part. With checksum, seal and key it just fits into a page of
/// the store (4096 bytes); a larger value would take two pages.
pub(super) const MAX_BYTES: usize = 3800;

/// An encoded part.
#[derive(Debug)]
pub(super) struct Encoded {
    /// The local time of its first event.
    pub first: u64,
    pub value: Vec<u8>,
}

/// Encodes `records`, the sorted events of the hour that starts at `hour`. If they need more than
/// one part, parts are filled completely if `tail` says that later events will follow; otherwise
/// parts are about equally long, so that each has room for late events.
pub(super) fn encode(hour: u64, records: &[Record], tail: bool) -> Vec<Encoded> {
    let parts = split(hour, records, MAX_BYTES);
    if parts.len() < 2 || tail {
        return seal(parts);
    }
    let bytes: usize = parts.iter().map(|(_, bytes)| bytes.len()).sum();
    seal(split(hour, records, bytes.div_ceil(parts.len())))
}

fn seal(parts: Vec<(u64, Vec<u8>)>) -> Vec<Encoded> {
    let value = |bytes| codec::seal(MAGIC, VERSION, &bytes);
    parts.into_iter().map(|(first, bytes)| Encoded { first, value: value(bytes) }).collect()
}

/// Splits the events into parts of at most `max` bytes.
fn split(hour: u64, records: &[Record], max: usize) -> Vec<(u64, Vec<u8>)> {
    let mut parts: Vec<(u64, Vec<u8>)> = Vec::new();
    let mut before = Before::first(hour);
    for record in records {
        let fits = parts.last_mut().is_some_and(|(_, bytes)| {
            let length = bytes.len();
            push_record(bytes, record, before);
            let fits = bytes.len() <= max;
            bytes.truncate(if fits { bytes.len() } else { length });
            fits
        });
        if !fits {
            let mut bytes = Vec::with_capacity(max);
            push_record(&mut bytes, record, Before::first(hour));
            parts.push((record.at, bytes));
        }
        before = Before::of(record);
    }
    parts
}

/// The values that an event is encoded relative to.
#[derive(Clone, Copy)]
struct Before {
    at: u64,
    duration_ms: u32,
    adapted: bool,
}

impl Before {
    fn first(hour: u64) -> Self {
        Self { at: hour, duration_ms: 0, adapted: false }
    }

    fn of(record: &Record) -> Self {
        Self { at: record.at, duration_ms: record.duration_ms, adapted: record.adapted }
    }
}

fn push_record(bytes: &mut Vec<u8>, record: &Record, before: Before) {
    let mask = (0..MAX_CLASSES).filter(|&class| record.levels[class] > 0).fold(0u64, |mask, class| mask | (1 << class));
    let duration = record.duration_ms != before.duration_ms;
    let label = most_probable(&record.levels, mask) != record.label;
    let changes = u8::from(duration) + 2 * u8::from(label) + 4 * u8::from(record.adapted != before.adapted);
    push(bytes, 2 * (record.at - before.at) + u64::from(changes != 0));
    if changes != 0 {
        bytes.push(changes);
    }
    if duration {
        push(bytes, u64::from(record.duration_ms));
    }
    if label {
        bytes.push(record.label);
    }
    push(bytes, mask);
    let all_but_one = mask.count_ones().saturating_sub(1) as usize;
    bytes.extend(classes(mask).take(all_but_one).map(|class| record.levels[class]));
}

/// Returns the numbers of the set bits, in order.
fn classes(mask: u64) -> impl Iterator<Item = usize> {
    let mut left = mask;
    std::iter::from_fn(move || {
        let class = (left != 0).then_some(left.trailing_zeros() as usize);
        left &= left.wrapping_sub(1);
        class
    })
}

/// Appends a varint in postcard's encoding.
fn push(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

/// Returns the class with the highest level among those in `mask`, the first of equals.
fn most_probable(levels: &[u8; MAX_CLASSES], mask: u64) -> u8 {
    let higher = |best, class| if levels[class] > levels[best] { class } else { best };
    classes(mask).reduce(higher).unwrap_or(0) as u8
}

/// Decodes the events of a part of the hour that starts at `hour`: in order, at least one.
///
/// # Errors
/// `ProfileCorrupt` if the bytes are damaged, `ProfileVersion` if another version wrote them.
pub(super) fn decode(hour: u64, value: &[u8]) -> Result<Vec<Record>> {
    let bytes: Vec<u8> = codec::open(MAGIC, VERSION..=VERSION, value, "part of a timeline")?.read()?;
    let mut reader = Reader { bytes: &bytes };
    let mut records: Vec<Record> = Vec::with_capacity(bytes.len() / 8);
    while !reader.bytes.is_empty() {
        let before = records.last().map_or(Before::first(hour), Before::of);
        let record = reader.record(before)?;
        if record.at - hour >= HOUR || (record.at == before.at && !records.is_empty()) {
            fail!(ProfileCorrupt, "the events of a timeline are out of order");
        }
        records.push(record);
    }
    if records.is_empty() {
        fail!(ProfileCorrupt, "a part of a timeline holds no event");
    }
    Ok(records)
}

struct Reader<'a> {
    bytes: &'a [u8],
}

impl Reader<'_> {
    fn record(&mut self, before: Before) -> Result<Record> {
        let head = self.varint()?;
        let changes = if head & 1 != 0 { self.byte()? } else { 0 };
        let duration = if changes & 1 != 0 { self.varint()? } else { u64::from(before.duration_ms) };
        let label = if changes & 2 != 0 { Some(self.byte()?) } else { None };
        let mask = self.varint()?;
        if head >> 1 >= HOUR || changes > 7 || duration > HOUR || mask == 0 || mask >> MAX_CLASSES != 0 {
            fail!(ProfileCorrupt, "an event of a timeline has impossible values");
        }
        let levels = self.levels(mask)?;
        let label = label.unwrap_or_else(|| most_probable(&levels, mask));
        if usize::from(label) >= MAX_CLASSES {
            fail!(ProfileCorrupt, "an event of a timeline has an impossible label");
        }
        let (at, adapted) = (before.at + (head >> 1), before.adapted != (changes & 4 != 0));
        Ok(Record { at, duration_ms: duration as u32, label, adapted, levels })
    }

    /// Reads the levels of the classes in `mask`, at least one.
    fn levels(&mut self, mask: u64) -> Result<[u8; MAX_CLASSES]> {
        let mut levels = [0; MAX_CLASSES];
        let last = mask.ilog2() as usize;
        let mut left = FULL;
        for class in classes(mask & !(1 << last)) {
            levels[class] = self.byte()?;
            left = left.saturating_sub(u32::from(levels[class]));
        }
        if left == 0 {
            fail!(ProfileCorrupt, "an event of a timeline has impossible probabilities");
        }
        levels[last] = left as u8;
        Ok(levels)
    }

    fn varint(&mut self) -> Result<u64> {
        let mut value = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        fail!(ProfileCorrupt, "a number of a timeline does not end");
    }

    fn byte(&mut self) -> Result<u8> {
        let Some((&byte, rest)) = self.bytes.split_first() else {
            fail!(ProfileCorrupt, "a part of a timeline ends within an event");
        };
        self.bytes = rest;
        Ok(byte)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use proptest::prelude::*;

    const START: u64 = 490_000 * HOUR;

    fn record() -> impl Strategy<Value = Record> {
        let levels = prop::collection::vec((0..MAX_CLASSES, 0u8..=255), 0..8);
        (0..HOUR, prop_oneof![Just(0), Just(200), 0..=HOUR as u32], 0..32u8, any::<bool>(), levels).prop_map(
            |(at, duration_ms, label, adapted, wished)| {
                let mut levels = [0u8; MAX_CLASSES];
                let mut left = 255;
                for (class, level) in wished {
                    let level = level.min(left);
                    levels[class] += level;
                    left -= level;
                }
                levels[usize::from(label) % 7] += left;
                Record { at: START + at, duration_ms, label, adapted, levels }
            },
        )
    }

    fn records(max: usize) -> impl Strategy<Value = Vec<Record>> {
        prop::collection::vec(record(), 1..max).prop_map(|mut records| {
            records.sort_by_key(|record| record.at);
            records.dedup_by_key(|record| record.at);
            records
        })
    }

    proptest! {
        #[test]
        fn events_survive_the_bytes(records in records(1500), tail: bool) {
            let parts = encode(START, &records, tail);
            let mut read = Vec::new();
            for part in &parts {
                prop_assert!(part.value.len() <= MAX_BYTES + 40);
                let records = decode(START, &part.value).unwrap();
                prop_assert_eq!(records[0].at, part.first);
                read.extend(records);
            }
            prop_assert_eq!(read, records);
        }

        #[test]
        fn damaged_bytes_are_an_error(records in records(40), index: prop::sample::Index, flip in 1u8..=255) {
            let mut value = encode(START, &records, true).remove(0).value;
            *index.get_mut(&mut value) ^= flip;
            let kind = decode(START, &value).unwrap_err().kind();
            prop_assert!(matches!(kind, ErrorKind::ProfileCorrupt | ErrorKind::ProfileVersion));
        }

        #[test]
        fn bytes_that_no_timeline_wrote_are_an_error_or_sound(bytes: Vec<u8>) {
            if let Ok(records) = decode(START, &codec::seal(MAGIC, VERSION, &bytes)) {
                prop_assert!(records.windows(2).all(|two| two[0].at < two[1].at));
                prop_assert!(records.iter().all(|record| (START..START + HOUR).contains(&record.at)));
            }
        }
    }

    #[test]
    fn an_event_of_seven_classes_takes_at_most_ten_bytes() {
        let mut levels = [0; MAX_CLASSES];
        levels[..7].copy_from_slice(&[100, 50, 40, 30, 20, 10, 5]);
        let record =
            |index: u64| Record { at: START + 3153 * index, duration_ms: 3153, label: 0, adapted: true, levels };
        let records: Vec<Record> = (0..300).map(record).collect();
        let [(_, bytes)] = split(START, &records, MAX_BYTES).try_into().unwrap();
        assert!(bytes.len() <= 300 * 10, "{} bytes", bytes.len());
    }
}
