//! What says which timelines a user has, and what holds for each of them.

use serde::{Deserialize, Serialize};

use super::event::MOST_CLASSES;
use super::options::TimelineOptions;
use super::place::{DAY, DIRECTORY, LATEST_MS, LONGEST_SPAN_MS, MOST_OFFSET_MINUTES, Shift, Track, header};
use crate::error::{Result, fail};
use crate::head::codec;
use crate::labels;
use crate::users::slots::{Slots, SlotsMut};

const DIRECTORY_MAGIC: &[u8; 4] = b"MTLD";
const HEADER_MAGIC: &[u8; 4] = b"MTLH";
const VERSION: u16 = 1;

/// The most media of a user.
const MOST_MEDIA: usize = 1000;
/// The longest name of a medium in bytes.
const LONGEST_MEDIUM: usize = 255;

/// What the times of events count from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Clock {
    /// Milliseconds since 1970, when the user was seen.
    Wall,
    /// Milliseconds since the start of the medium of this name, 1 to 255 bytes without control
    /// characters.
    Media(String),
}

impl Clock {
    fn check(&self) -> Result<()> {
        let Self::Media(name) = self else { return Ok(()) };
        if name.is_empty() || name.len() > LONGEST_MEDIUM || name.chars().any(char::is_control) {
            fail!(InvalidOption, "a medium's name has 1 to {LONGEST_MEDIUM} bytes and no control characters");
        }
        Ok(())
    }
}

/// A user's options, and the numbers of the media.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Directory {
    pub options: TimelineOptions,
    /// The time of the last prune, in milliseconds since 1970.
    pub pruned_at_ms: u64,
    media: Vec<(String, Track)>,
}

impl Directory {
    pub fn read(slots: &dyn Slots) -> Result<Self> {
        let (table, slot) = DIRECTORY;
        let Some(bytes) = slots.get(table, slot)? else { return Ok(Self::default()) };
        codec::open(DIRECTORY_MAGIC, VERSION..=VERSION, &bytes, "directory of timelines")?.read()
    }

    pub fn write(&self, slots: &mut dyn SlotsMut) -> Result<()> {
        let (table, slot) = DIRECTORY;
        slots.put(table, slot, &codec::seal(DIRECTORY_MAGIC, VERSION, self))
    }

    /// The media, oldest first.
    pub fn media(&self) -> impl Iterator<Item = Clock> {
        self.media.iter().map(|(name, _)| Clock::Media(name.clone()))
    }

    /// The track of `clock`; `None` for a medium that is not known.
    pub fn track(&self, clock: &Clock) -> Option<Track> {
        match clock {
            Clock::Wall => Some(0),
            Clock::Media(name) => self.media.iter().find(|(known, _)| known == name).map(|(_, track)| *track),
        }
    }

    /// The track of `clock`, which is numbered where it is new, and whether it is.
    pub fn track_or_new(&mut self, clock: &Clock) -> Result<(Track, bool)> {
        if let Some(track) = self.track(clock) {
            return Ok((track, false));
        }
        clock.check()?;
        let Clock::Media(name) = clock else { return Ok((0, false)) };
        if self.media.len() >= MOST_MEDIA {
            fail!(Storage, "the user has timelines of {MOST_MEDIA} media already: forget some");
        }
        let taken = |track| self.media.iter().any(|(_, other)| *other == track);
        let track = (1..).find(|&track| !taken(track)).unwrap_or(Track::MAX);
        self.media.push((name.clone(), track));
        Ok((track, true))
    }

    pub fn remove(&mut self, track: Track) {
        self.media.retain(|(_, other)| *other != track);
    }

    /// How times of `track` are shifted.
    pub fn shift(&self, track: Track) -> Result<Shift> {
        if self.options.offset_minutes.abs() > MOST_OFFSET_MINUTES {
            fail!(ProfileCorrupt, "the offset of a timeline is out of range");
        }
        Ok(Shift::new(if track == 0 { self.options.offset_minutes } else { 0 }))
    }
}

/// What holds for one timeline.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Header {
    /// The classes, in the order in which they came.
    pub labels: Vec<String>,
    /// The number of events that are kept.
    pub events: u64,
    /// The local times between which all lies that is kept.
    pub span: Option<Span>,
    pub kept: Kept,
    /// When events were last recorded, in milliseconds since 1970.
    pub recorded_at_ms: u64,
}

/// The first and the last local time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Span {
    pub first: u64,
    pub last: u64,
}

/// Local times from which on what is kept; rising only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Kept {
    /// A whole hour.
    pub events: u64,
    /// A whole hour.
    pub minutes: u64,
    /// A whole day.
    pub hours: u64,
    /// A whole day.
    pub days: u64,
}

impl Span {
    /// The span of this and `other`, where there is one.
    pub fn joined(self, other: Option<Span>) -> Span {
        let Some(other) = other else { return self };
        Span { first: self.first.min(other.first), last: self.last.max(other.last) }
    }
}

impl Header {
    pub fn read(slots: &dyn Slots, track: Track) -> Result<Self> {
        let (table, slot) = header(track);
        let Some(bytes) = slots.get(table, slot)? else { return Ok(Self::default()) };
        let read: Self = codec::open(HEADER_MAGIC, VERSION..=VERSION, &bytes, "header of a timeline")?.read()?;
        // Where only a day's bucket is left, the span begins and ends with the day.
        let latest = Shift::new(MOST_OFFSET_MINUTES).local(LATEST_MS) + DAY;
        let longest = LONGEST_SPAN_MS + 2 * DAY;
        let sound = |span: Span| span.first <= span.last && span.last <= latest && span.last - span.first <= longest;
        if read.labels.len() > MOST_CLASSES || !read.span.is_none_or(sound) {
            fail!(ProfileCorrupt, "the header of a timeline has impossible values");
        }
        Ok(read)
    }

    pub fn write(&self, slots: &mut dyn SlotsMut, track: Track) -> Result<()> {
        let (table, slot) = header(track);
        slots.put(table, slot, &codec::seal(HEADER_MAGIC, VERSION, self))
    }

    /// The timeline's columns of the classes `names`; new ones are added.
    pub fn columns(&mut self, names: &[String]) -> Result<Vec<u8>> {
        labels::check(names)?;
        let mut columns = Vec::new();
        for name in names {
            let column = labels::index_of(&self.labels, name).unwrap_or(self.labels.len());
            if column == MOST_CLASSES {
                fail!(InvalidOption, "a timeline has {MOST_CLASSES} classes at most");
            }
            if column == self.labels.len() {
                self.labels.push(name.clone());
            }
            columns.push(column as u8);
        }
        Ok(columns)
    }
}
