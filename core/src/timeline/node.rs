//! Nodes: the tallies of one tier over a stretch of time, and how they are found.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::directory::Span;
use super::event::{MAX_CLASSES, Record};
use super::part;
use super::place::{self, DAYS, HOUR, MAX_PARTS, MINUTES, Tier, Track, floor};
use super::tally::Tally;
use crate::codec;
use crate::error::{Result, fail};
use crate::timeline::slots::{Slots, SlotsMut};

const MAGIC: &[u8; 4] = b"MTLN";
const VERSION: u16 = 1;

/// Maximum number of entries in the result of a query.
pub(super) const MAX_ENTRIES: usize = 1_000_000;

/// The tallies within one stretch of a [`Tier`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Node {
    /// In the order of their places; places without events have no entry.
    entries: Vec<Entry>,
    /// The parts that hold the events, in order; in nodes of minutes only.
    pub parts: Vec<PartEntry>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Entry {
    place: u8,
    tally: Tally,
}

/// A part of an hour's events.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct PartEntry {
    /// The time of its first event, milliseconds from the start of the hour.
    pub first: u32,
    pub number: u16,
}

impl Node {
    /// Returns the tally at `place`, created if there is none.
    pub fn tally_mut(&mut self, place: u8) -> &mut Tally {
        let at = self.entries.partition_point(|entry| entry.place < place);
        if self.entries.get(at).is_none_or(|entry| entry.place != place) {
            self.entries.insert(at, Entry { place, tally: Tally::default() });
        }
        &mut self.entries[at].tally
    }

    /// Sets the tally at `place`.
    pub fn set(&mut self, place: u8, tally: Tally) {
        *self.tally_mut(place) = tally;
        self.tidy();
    }

    /// Returns the tally at `place`, if there is one.
    pub fn tally(&self, place: u8) -> Option<&Tally> {
        self.entries.iter().find(|entry| entry.place == place).map(|entry| &entry.tally)
    }

    /// Returns the places with a tally, in order.
    pub fn places(&self) -> Vec<u8> {
        self.entries.iter().map(|entry| entry.place).collect()
    }

    /// Keeps only the tallies at places for which `keep` returns true.
    pub fn retain(&mut self, keep: impl Fn(u8) -> bool) {
        self.entries.retain(|entry| keep(entry.place));
    }

    /// Removes tallies without events.
    pub fn tidy(&mut self) {
        self.entries.retain(|entry| entry.tally.events > 0);
    }

    /// Returns the sum of all tallies.
    pub fn total(&self) -> Tally {
        let mut total = Tally::default();
        for entry in &self.entries {
            total.merge(&entry.tally);
        }
        total
    }

    /// Returns the end (exclusive) of the times in the part with this index, of the hour at `hour`.
    pub fn part_end(&self, hour: u64, index: usize) -> u64 {
        self.parts.get(index + 1).map_or(hour + HOUR, |next| hour + u64::from(next.first))
    }

    fn numbers_differ(&self) -> bool {
        let numbers: HashSet<u16> = self.parts.iter().map(|part| part.number).collect();
        numbers.len() == self.parts.len()
    }

    fn is_sound(&self, tier: Tier) -> bool {
        let places = self.entries.iter().map(|entry| u32::from(entry.place));
        let firsts = self.parts.iter().map(|part| part.first);
        places.clone().is_sorted_by(|a, b| a < b)
            && places.max().is_none_or(|last| last < u32::from(tier.places()))
            && firsts.clone().is_sorted_by(|a, b| a < b)
            && firsts.max().is_none_or(|last| u64::from(last) < HOUR)
            && (tier == MINUTES || self.parts.is_empty())
            && self.parts.iter().all(|part| part.number < MAX_PARTS)
            && self.numbers_differ()
            && self
                .entries
                .iter()
                .all(|Entry { tally, .. }| tally.is_sound(tier.unit) && tally.classes.len() <= MAX_CLASSES)
    }
}

/// Access to the nodes of one timeline.
#[derive(Clone, Copy)]
pub(super) struct Nodes<'a> {
    pub slots: &'a dyn Slots,
    pub track: Track,
    pub span: Option<Span>,
}

impl Nodes<'_> {
    /// Reads the node of `tier` that covers `local`; an empty one if there is none.
    pub fn node(&self, tier: Tier, local: u64) -> Result<Node> {
        let (table, slot) = tier.slot(self.track, local);
        let Some(bytes) = self.slots.get(table, slot)? else { return Ok(Node::default()) };
        let node: Node = codec::open(MAGIC, VERSION..=VERSION, &bytes, "node of a timeline")?.read()?;
        if !node.is_sound(tier) {
            fail!(ProfileCorrupt, "a node of a timeline has impossible values");
        }
        Ok(node)
    }

    /// Returns the starts and tallies of all entries of `tier` that overlap the local times
    /// `from..to`, in order.
    ///
    /// # Errors
    /// `InvalidOption` if there are more than [`MAX_ENTRIES`]; errors of the store.
    pub fn entries(&self, tier: Tier, from: u64, to: u64) -> Result<Vec<(u64, Tally)>> {
        let mut found = Vec::new();
        for start in self.starts(tier, from, to)? {
            for Entry { place, tally } in self.node(tier, start)?.entries {
                let at = start + u64::from(place) * tier.unit;
                if at < to && at + tier.unit > from {
                    found.push((at, tally));
                }
            }
            if found.len() > MAX_ENTRIES {
                fail!(InvalidOption, "more than {MAX_ENTRIES} buckets: ask for wider ones or for less time");
            }
        }
        Ok(found)
    }

    /// Returns the starts of the nodes of `tier` that may have entries in `from..to`, in order.
    pub fn starts(&self, tier: Tier, from: u64, to: u64) -> Result<Vec<u64>> {
        if let Some(above) = tier.above() {
            return Ok(self.entries(above, from, to)?.into_iter().map(|(start, _)| start).collect());
        }
        let Some(Span { first, last }) = self.span else { return Ok(Vec::new()) };
        // Whole days, because a range may overlap a bucket but none of its events.
        let (from, to) = (from.max(floor(first, DAYS.unit)), to.min(floor(last, DAYS.unit) + DAYS.unit));
        if from >= to {
            return Ok(Vec::new());
        }
        Ok((from / tier.span..=(to - 1) / tier.span).map(|node| node * tier.span).collect())
    }

    /// Returns the events in `from..to` of the hour that starts at `hour` and has the node
    /// `minutes`.
    pub fn records(&self, hour: u64, minutes: &Node, from: u64, to: u64) -> Result<Vec<Record>> {
        let mut found = Vec::new();
        for (index, part) in minutes.parts.iter().enumerate() {
            if minutes.part_end(hour, index) > from && hour + u64::from(part.first) < to {
                let records = self.part(hour, *part)?.into_iter();
                found.extend(records.filter(|record| (from..to).contains(&record.at)));
            }
        }
        Ok(found)
    }

    /// Returns the events of one part of the hour that starts at `hour`.
    pub fn part(&self, hour: u64, part: PartEntry) -> Result<Vec<Record>> {
        let (table, slot) = place::part(self.track, hour, part.number);
        let Some(bytes) = self.slots.get(table, slot)? else {
            fail!(ProfileCorrupt, "a part of a timeline is missing");
        };
        let records = part::decode(hour, &bytes)?;
        if records[0].at - hour != u64::from(part.first) {
            fail!(ProfileCorrupt, "a part of a timeline does not match its node");
        }
        Ok(records)
    }
}

/// Writes `node` as the node of `tier` that covers `local`, or removes it if it is empty.
pub(super) fn write(slots: &mut dyn SlotsMut, track: Track, tier: Tier, local: u64, node: &Node) -> Result<()> {
    let (table, slot) = tier.slot(track, local);
    if node.entries.is_empty() && node.parts.is_empty() {
        return slots.remove(table, slot);
    }
    if !node.is_sound(tier) {
        fail!(ProfileCorrupt, "the tallies of a timeline would have impossible values");
    }
    slots.put(table, slot, &codec::seal(MAGIC, VERSION, node))
}
