//! The list of a user's timelines, and the header of each.

use serde::{Deserialize, Serialize};

use super::event::MAX_CLASSES;
use super::options::{Retention, TimelineOptions, horizon};
use super::place::{
    self, DAY, DIRECTORY, HOUR, LATEST_MS, LONGEST_SPAN_MS, MAX_OFFSET_MINUTES, Shift, Track, floor, header,
};
use super::sightings::Sightings;
use crate::codec;
use crate::error::{Result, fail};
use crate::labels;
use crate::timeline::slots::{Slots, SlotsMut};

const DIRECTORY_MAGIC: &[u8; 4] = b"MTLD";
const DIRECTORY_VERSION: u16 = 2;
const HEADER_MAGIC: &[u8; 4] = b"MTLH";
const HEADER_VERSION: u16 = 1;

/// Data is pruned only after it has been expired for this time: a day. A clock that is wrong by
/// less than a day therefore never prunes data before it expires, however long it is wrong.
pub const PRUNE_DELAY_MS: u64 = DAY;

/// Upper bound on the events of a timeline: one each millisecond of [`LONGEST_SPAN_MS`].
const MAX_EVENTS: u64 = 1 << 42;
/// Maximum number of media per user.
const MAX_MEDIA: usize = 1000;
/// Maximum length of a medium's name in bytes.
const LONGEST_MEDIUM: usize = 255;

/// The origin of an event's time.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Clock {
    /// Wall time: milliseconds since 1970 when the user was seen.
    Wall,
    /// Milliseconds since the start of the named medium. The name has 1 to 255 bytes and no control
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

/// A user's options, the numbers of the media, and the sightings of the clock.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Directory {
    pub options: TimelineOptions,
    /// The time of the last prune, milliseconds since 1970; 0 if a prune is due.
    pub pruned_at_ms: u64,
    media: Vec<(String, Track)>,
    sightings: Sightings,
    /// Whether out-of-range options were replaced by the defaults when they were read.
    #[serde(skip)]
    pub mended: bool,
    /// The out-of-range offset that misplaced the wall-time data, if there was one.
    #[serde(skip)]
    pub strange_offset: Option<i32>,
}

/// The layout of a version 1 directory.
#[derive(Serialize, Deserialize)]
struct Version1 {
    options: TimelineOptions,
    pruned_at_ms: u64,
    media: Vec<(String, Track)>,
}

impl From<Version1> for Directory {
    /// The time of the last prune is the only known sighting.
    fn from(Version1 { options, pruned_at_ms, media }: Version1) -> Self {
        let sightings = if pruned_at_ms > 0 { Sightings::once(pruned_at_ms) } else { Sightings::default() };
        Self { options, pruned_at_ms, media, sightings, mended: false, strange_offset: None }
    }
}

impl Directory {
    /// Reads the directory in `slots`. Out-of-range options, which an older version accepted, are
    /// replaced by the defaults, so that they do not lock the timeline.
    pub fn read(slots: &dyn Slots) -> Result<Self> {
        let (table, slot) = DIRECTORY;
        let Some(bytes) = slots.get(table, slot)? else { return Ok(Self::default()) };
        let opened = codec::open(DIRECTORY_MAGIC, 1..=DIRECTORY_VERSION, &bytes, "directory of timelines")?;
        let mut read: Self = match opened.version {
            1 => opened.read::<Version1>()?.into(),
            _ => opened.read()?,
        };
        if !read.media_are_sound() || !read.sightings.is_sound() {
            fail!(ProfileCorrupt, "the directory of timelines has impossible values");
        }
        if read.options.check().is_err() {
            log::warn!("the options of a timeline are out of range: the default ones hold");
            read.mended = true;
            let offset = read.options.offset_minutes;
            let is_strange = offset.unsigned_abs() > MAX_OFFSET_MINUTES.unsigned_abs();
            read.strange_offset = is_strange.then_some(offset);
            let offset_minutes = if is_strange { 0 } else { offset };
            read.options = TimelineOptions { offset_minutes, ..TimelineOptions::default() };
        }
        Ok(read)
    }

    /// Whether the names and numbers of the media are valid and unique.
    fn media_are_sound(&self) -> bool {
        let is_sound = |(index, (name, track)): (usize, &(String, Track))| {
            Clock::Media(name.clone()).check().is_ok()
                && (1..=place::LAST_TRACK).contains(track)
                && self.media[..index].iter().all(|(other, number)| other != name && number != track)
        };
        self.media.len() <= MAX_MEDIA && self.media.iter().enumerate().all(is_sound)
    }

    pub fn write(&self, slots: &mut dyn SlotsMut) -> Result<()> {
        let (table, slot) = DIRECTORY;
        slots.put(table, slot, &codec::seal(DIRECTORY_MAGIC, DIRECTORY_VERSION, self))
    }

    /// Records that the clock shows `now_ms`; returns whether the directory changed.
    pub fn note(&mut self, slots: &dyn Slots, now_ms: u64) -> Result<bool> {
        if self.sightings.is_empty() {
            // Older versions recorded no sightings, only the time of the last record.
            let recorded = Header::read(slots, 0)?.recorded_at_ms;
            if (1..=now_ms).contains(&recorded) {
                self.sightings = Sightings::once(recorded);
            }
        }
        Ok(self.sightings.note(now_ms))
    }

    /// Returns the time to prune by when the clock shows `now_ms`, which must have been noted.
    pub fn prune_time(&self, now_ms: u64) -> u64 {
        self.sightings.believed_ms(now_ms).saturating_sub(PRUNE_DELAY_MS)
    }

    /// Whether the clock has run long enough without going back to be trusted.
    pub fn clock_is_settled(&self) -> bool {
        self.sightings.is_settled()
    }

    /// Whether the first record of a day must prune. A prune time in the future came from a wrong
    /// clock and does not count.
    pub fn prune_is_due(&self, now_ms: u64) -> bool {
        self.pruned_at_ms > now_ms || now_ms / DAY > self.pruned_at_ms / DAY
    }

    /// Returns the media, oldest first.
    pub fn media(&self) -> impl Iterator<Item = Clock> {
        self.media.iter().map(|(name, _)| Clock::Media(name.clone()))
    }

    /// Returns the track of `clock`; `None` for an unknown medium.
    pub fn track(&self, clock: &Clock) -> Option<Track> {
        match clock {
            Clock::Wall => Some(0),
            Clock::Media(name) => self.media.iter().find(|(known, _)| known == name).map(|(_, track)| *track),
        }
    }

    /// Returns the track of `clock` and whether it is new; a new one is numbered.
    pub fn track_or_new(&mut self, clock: &Clock) -> Result<(Track, bool)> {
        if let Some(track) = self.track(clock) {
            return Ok((track, false));
        }
        clock.check()?;
        let Clock::Media(name) = clock else { return Ok((0, false)) };
        if self.media.len() >= MAX_MEDIA {
            fail!(Storage, "the user has timelines of {MAX_MEDIA} media already: forget some");
        }
        let taken = |track| self.media.iter().any(|(_, other)| *other == track);
        let track = (1..).find(|&track| !taken(track)).unwrap_or(Track::MAX);
        self.media.push((name.clone(), track));
        Ok((track, true))
    }

    pub fn remove(&mut self, track: Track) {
        self.media.retain(|(_, other)| *other != track);
    }

    /// Returns the shift between times of `track` and local times.
    pub fn shift(&self, track: Track) -> Shift {
        Shift::new(if place::is_wall(track) { self.options.offset_minutes } else { 0 })
    }

    /// Reads the header of `track`; misplaced wall-time data counts as an empty timeline.
    pub fn header(&self, slots: &dyn Slots, track: Track) -> Result<Header> {
        if track == 0 && self.strange_offset.is_some() {
            return Ok(Header::default());
        }
        Header::read(slots, track)
    }
}

/// The header of one timeline.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Header {
    /// The classes, in order of first use.
    pub labels: Vec<String>,
    /// The number of stored events.
    pub events: u64,
    /// The local times between which all stored data lies.
    pub span: Option<Span>,
    pub kept: Kept,
    /// When events were last recorded, milliseconds since 1970.
    pub recorded_at_ms: u64,
}

/// The first and the last local time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Span {
    pub first: u64,
    pub last: u64,
}

/// The local times from which on data is kept, per level of detail. They rise with each prune. A
/// record that a fast clock made too old lowers them ([`super::TimelineMut::record`]); tallies
/// before the previous, higher time may then count events that are gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Kept {
    /// A multiple of an hour.
    pub events: u64,
    /// A multiple of an hour.
    pub minutes: u64,
    /// A multiple of a day.
    pub hours: u64,
    /// A multiple of a day.
    pub days: u64,
}

impl Span {
    /// Returns the span that covers this and `other`, if there is one.
    pub fn joined(self, other: Option<Span>) -> Span {
        let Some(other) = other else { return self };
        Span { first: self.first.min(other.first), last: self.last.max(other.last) }
    }
}

impl Kept {
    /// Returns what [`Retention`] keeps at the local time `now`.
    pub fn at(now: u64, retention: &Retention) -> Self {
        Self {
            events: floor(horizon(now, retention.events), HOUR),
            minutes: floor(horizon(now, retention.minutes), HOUR),
            hours: floor(horizon(now, retention.hours), DAY),
            days: floor(horizon(now, retention.days), DAY),
        }
    }

    /// Combines the two values of each time with `join`.
    pub fn joined(self, other: Self, join: impl Fn(u64, u64) -> u64) -> Self {
        Self {
            events: join(self.events, other.events),
            minutes: join(self.minutes, other.minutes),
            hours: join(self.hours, other.hours),
            days: join(self.days, other.days),
        }
    }

    /// Whether the times are whole hours and days, and finer detail starts no earlier than coarser
    /// detail.
    fn is_sound(&self) -> bool {
        let Self { events, minutes, hours, days } = *self;
        events <= latest()
            && [events, minutes].iter().all(|time| time.is_multiple_of(HOUR))
            && [hours, days].iter().all(|time| time.is_multiple_of(DAY))
            && [days, hours, minutes, events].is_sorted()
    }
}

/// Latest local time of stored data: if only a day's bucket is left, the span ends with the day.
fn latest() -> u64 {
    Shift::new(MAX_OFFSET_MINUTES).local(LATEST_MS) + DAY
}

impl Header {
    pub fn read(slots: &dyn Slots, track: Track) -> Result<Self> {
        let read = Self::read_misplaced(slots, track)?;
        let longest = LONGEST_SPAN_MS + 2 * DAY;
        let sound = |span: Span| span.first <= span.last && span.last <= latest() && span.last - span.first <= longest;
        if !read.span.is_none_or(sound) || !read.kept.is_sound() {
            fail!(ProfileCorrupt, "the header of a timeline has impossible values");
        }
        Ok(read)
    }

    /// Like [`Header::read`], without checking the times.
    pub fn read_misplaced(slots: &dyn Slots, track: Track) -> Result<Self> {
        let (table, slot) = header(track);
        let Some(bytes) = slots.get(table, slot)? else { return Ok(Self::default()) };
        let read: Self =
            codec::open(HEADER_MAGIC, HEADER_VERSION..=HEADER_VERSION, &bytes, "header of a timeline")?.read()?;
        let unnamed = read.labels.iter().any(|label| label.trim().is_empty());
        if read.labels.len() > MAX_CLASSES || unnamed || read.events > MAX_EVENTS {
            fail!(ProfileCorrupt, "the header of a timeline has impossible values");
        }
        Ok(read)
    }

    pub fn write(&self, slots: &mut dyn SlotsMut, track: Track) -> Result<()> {
        let (table, slot) = header(track);
        slots.put(table, slot, &codec::seal(HEADER_MAGIC, HEADER_VERSION, self))
    }

    /// Returns the timeline's columns for the classes `names`; new classes are added.
    pub fn columns(&mut self, names: &[String]) -> Result<Vec<u8>> {
        labels::check(names)?;
        let mut columns = Vec::new();
        for name in names {
            let column = labels::index_of(&self.labels, name).unwrap_or(self.labels.len());
            if column == MAX_CLASSES {
                fail!(InvalidOption, "a timeline can have at most {MAX_CLASSES} classes");
            }
            if column == self.labels.len() {
                self.labels.push(name.clone());
            }
            columns.push(column as u8);
        }
        Ok(columns)
    }
}
