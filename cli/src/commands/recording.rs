//! Recording of enrolled users' emotions, for `mien analyze --timeline` and `mien watch --timeline`.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use mien_core::Engine;
use mien_core::speech::SpeechDoubt;
use mien_core::stream::{StreamResult, TrackedFace};
use mien_core::timeline::{Clock, Event, LONGEST_DURATION_MS, Recorded};
use serde::Serialize;

use crate::commands::media_names::InputClock;
use crate::process::failure::Outcome;
use crate::report::{FrameReport, SpeechReport};
use crate::session::Unused;
use crate::text::counted;
use crate::time::now_ms;

/// The events recorded of one input for one user.
#[derive(Serialize)]
pub struct RecordedInput {
    user: String,
    clock: Clock,
    added: u64,
    replaced: u64,
    /// The number of events of what the voice alone said.
    spoken: u64,
}

impl fmt::Display for RecordedInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { user, clock, added, replaced, spoken } = self;
        let events = counted(added + replaced, "events");
        match clock {
            Clock::Wall => write!(f, "recorded {events} of {user} by wall time")?,
            Clock::Media(name) => write!(f, "recorded {events} of {user} in the medium {name}")?,
        }
        if *replaced > 0 {
            write!(f, ", {replaced} of them replaced earlier ones")?;
        }
        if *spoken > 0 { write!(f, ", and {} of the voice", counted(*spoken, "events")) } else { Ok(()) }
    }
}

/// The emotions of enrolled users in one analyzed input.
pub struct InputRecorder {
    clock: InputClock,
    start_ms: u64,
    /// Duration of the last frame in milliseconds.
    last_ms: u32,
    users: BTreeMap<String, Vec<Event>>,
    /// What voices said.
    spoken: BTreeMap<String, Vec<Event>>,
    /// Time of the last frame, and the users whose events begin there.
    open: Option<(u64, Vec<String>)>,
}

impl InputRecorder {
    /// Creates the recorder of the input `path`, which starts at the wall time `start_ms` if that is known; its last
    /// frame lasts `last_s` seconds.
    pub fn new(path: &Path, start_ms: Option<u64>, last_s: f64) -> Outcome<Self> {
        let last_ms = if last_s.is_finite() { (1000.0 * last_s).round() as u32 } else { 0 };
        Ok(Self {
            clock: InputClock::of(path, start_ms)?,
            start_ms: start_ms.unwrap_or(0),
            last_ms,
            users: BTreeMap::new(),
            spoken: BTreeMap::new(),
            open: None,
        })
    }

    /// Takes the next frame. If it has two faces of one user, the one of higher detection score counts.
    pub fn take(&mut self, frame: &FrameReport) {
        let at_ms = self.start_ms.saturating_add((1000.0 * frame.time_s).round() as u64);
        self.close(|open_ms| u32::try_from(at_ms.saturating_sub(open_ms)).unwrap_or(u32::MAX));
        let mut users = Vec::new();
        for face in &frame.faces {
            let (Some(user), Some(emotion)) = (&face.user, &face.emotion) else { continue };
            let own = self.users.entry(user.clone()).or_default();
            if own.last().is_none_or(|last| last.at_ms < at_ms) {
                own.push(Event::of(emotion, at_ms, 0));
                users.push(user.clone());
            }
        }
        self.open = Some((at_ms, users));
    }

    /// Takes what is heard of `user`: an event for each second of speech.
    pub fn hear(&mut self, user: &str, speech: &SpeechReport) {
        let mut events = Vec::new();
        for segment in &speech.segments {
            let [begin, end] = [segment.begin_s, segment.end_s].map(|at_s| (1000.0 * at_s).round() as u64);
            for from in (begin..end).step_by(PIECE_MS as usize) {
                let (at_ms, duration_ms) = (self.start_ms.saturating_add(from), (end - from).min(PIECE_MS) as u32);
                events.push(match &segment.emotion {
                    Some(emotion) => Event::of(emotion, at_ms, duration_ms),
                    None => unused(speech.unused(segment), at_ms, duration_ms),
                });
            }
        }
        if !events.is_empty() {
            self.spoken.insert(user.to_owned(), events);
        }
    }

    /// Sets the durations of the events at the last frame.
    fn close(&mut self, duration_ms: impl Fn(u64) -> u32) {
        let Some((at_ms, users)) = self.open.take() else { return };
        for user in users {
            if let Some(event) = self.users.get_mut(&user).and_then(|events| events.last_mut()) {
                event.duration_ms = duration_ms(at_ms).min(LONGEST_DURATION_MS);
            }
        }
    }

    /// Records the events.
    pub fn record(mut self, engine: &Engine) -> Outcome<Vec<RecordedInput>> {
        let last_ms = self.last_ms;
        self.close(|_| last_ms);
        let mut recorded = Vec::new();
        for user in self.spoken.keys() {
            self.users.entry(user.clone()).or_default();
        }
        for (user, events) in self.users {
            let clock = self.clock.in_timelines_of(engine, &user)?;
            let Recorded { added, replaced } = engine.record(&user, &clock, &events, now_ms())?;
            let spoken = self.spoken.remove(&user).unwrap_or_default();
            let spoken = engine.record_spoken(&user, &clock, &spoken, now_ms())?;
            recorded.push(RecordedInput { user, clock, added, replaced, spoken: spoken.added + spoken.replaced });
        }
        Ok(recorded)
    }
}

/// Length in milliseconds of the pieces in which speech is recorded.
const PIECE_MS: u64 = 1000;

/// Returns the event of speech that is not used.
fn unused(why: Unused, at_ms: u64, duration_ms: u32) -> Event {
    let labels: Arc<[String]> = Unused::ALL.map(Unused::label).into();
    let label = Unused::ALL.iter().position(|other| *other == why).unwrap_or_default();
    let probabilities = (0..labels.len()).map(|index| f32::from(u8::from(index == label))).collect();
    Event { at_ms, duration_ms, labels, label, probabilities, adapted: false }
}

/// Interval in milliseconds of stream time between two recordings, because each is a durable transaction.
const BATCH_MS: u64 = 5000;

/// An event lasts until the user's next one if that follows within this many milliseconds; faces are analyzed several
/// times per second.
const LONGEST_GAP_MS: u64 = 1000;

/// Records the emotions of enrolled users in a stream: one event per analysis of a face with a settled identity, with
/// the label after hysteresis.
pub struct StreamRecorder<'a> {
    engine: &'a Engine,
    clock: InputClock,
    /// Time of the first frame in milliseconds.
    start_ms: u64,
    users: BTreeMap<String, Seen>,
    /// Begin and end of the last speech so far, microseconds.
    heard_us: Option<(u64, u64)>,
    /// What of it is not recorded yet.
    piece: Option<Piece>,
    written_ms: u64,
}

/// A piece of speech.
struct Piece {
    from_us: u64,
    end_us: u64,
    /// When it was heard of: what an analysis of the speaker from then on says is of it.
    heard_us: u64,
}

/// The events of one user.
#[derive(Default)]
struct Seen {
    /// Events not recorded yet; the duration of the last one is unknown.
    events: Vec<Event>,
    /// Time of the last event, recorded or not.
    last_ms: Option<u64>,
    added: u64,
    replaced: u64,
    /// What the voice said and is not recorded yet.
    spoken: Vec<Event>,
    /// Number of such events that are recorded.
    spoken_recorded: u64,
}

impl<'a> StreamRecorder<'a> {
    /// Creates a recorder of the stream `input`, which starts at the wall time `start_ms` if that is given.
    pub fn new(engine: &'a Engine, input: &Path, start_ms: Option<u64>) -> Outcome<Self> {
        let (clock, start_ms) = (InputClock::of(input, start_ms)?, start_ms.unwrap_or(0));
        let (users, heard_us, piece) = (BTreeMap::new(), None, None);
        Ok(Self { engine, clock, start_ms, users, heard_us, piece, written_ms: start_ms })
    }

    /// Takes the next result. If it has two faces of one user, the one of higher similarity counts.
    pub fn take(&mut self, result: &StreamResult) -> Outcome {
        let mut surest: BTreeMap<&str, &TrackedFace> = BTreeMap::new();
        for face in &result.faces {
            let Some(user) = face.identity.as_ref().and_then(|identity| identity.user()) else { continue };
            match surest.entry(user) {
                Entry::Vacant(entry) => drop(entry.insert(face)),
                Entry::Occupied(mut entry) if similarity(face) > similarity(entry.get()) => drop(entry.insert(face)),
                Entry::Occupied(_) => {}
            }
        }
        for (user, face) in &surest {
            if let Some(event) = self.event(face) {
                self.users.entry((*user).to_owned()).or_default().push(event);
            }
        }
        self.hear(result, &surest);
        let now_ms = self.at_ms(result.timestamp_us);
        if now_ms.saturating_sub(self.written_ms) >= BATCH_MS {
            self.written_ms = now_ms;
            self.write(1)?;
        }
        Ok(())
    }

    /// Takes what was said last, and who of the users in sight it is taken for.
    fn hear(&mut self, result: &StreamResult, users: &BTreeMap<&str, &TrackedFace>) {
        let Some(speech) = &result.speech else {
            self.piece = None;
            return;
        };
        let (start_us, end_us, heard_us) = (speech.start_us, speech.end_us, result.timestamp_us);
        let goes_on = self.heard_us.filter(|(start, _)| *start == start_us);
        let from_us = goes_on.map_or(start_us, |(_, end)| end);
        if end_us > from_us {
            self.heard_us = Some((start_us, end_us));
            let from_us = self.piece.as_ref().filter(|_| goes_on.is_some()).map_or(from_us, |piece| piece.from_us);
            self.piece = Some(Piece { from_us, end_us, heard_us });
        }
        let Some(Piece { from_us, end_us, heard_us }) = self.piece else { return };
        let at_ms = self.at_ms(from_us);
        let duration_ms = u32::try_from((end_us - from_us) / 1000).unwrap_or(u32::MAX).min(LONGEST_DURATION_MS);
        let mut push = |user: &str, event| self.users.entry(user.to_owned()).or_default().spoken.push(event);
        match speech.speaker {
            // Speech that goes on is not refused for being short: it may still grow.
            Err(_) if speech.ongoing && speech.doubts == [SpeechDoubt::Short] => return,
            Err(refusal) => {
                let why = Unused::of_refusal(refusal);
                users.keys().for_each(|user| push(user, unused(why, at_ms, duration_ms)));
            }
            Ok(track) => {
                let Some(face) = result.faces.iter().find(|face| face.track == track) else { return };
                if face.analyzed_us.is_none_or(|analyzed_us| analyzed_us < heard_us) {
                    return;
                }
                if let Some(user) = face.identity.as_ref().and_then(|identity| identity.user()) {
                    push(
                        user,
                        match &face.spoken {
                            Some(emotion) => Event::of(emotion, at_ms, duration_ms),
                            None => unused(Unused::NoHead, at_ms, duration_ms),
                        },
                    );
                }
            }
        }
        self.piece = None;
    }

    /// Records the remaining events and returns the totals of each user.
    pub fn finish(mut self) -> Outcome<Vec<RecordedInput>> {
        self.write(0)?;
        let Self { engine, clock, users, .. } = self;
        let recorded = users.into_iter().map(|(user, Seen { added, replaced, spoken_recorded: spoken, .. })| {
            let clock = clock.in_timelines_of(engine, &user)?;
            Ok(RecordedInput { user, clock, added, replaced, spoken })
        });
        recorded.collect()
    }

    fn at_ms(&self, timestamp_us: u64) -> u64 {
        self.start_ms.saturating_add(timestamp_us / 1000)
    }

    /// Returns the event of the last analysis of `face`.
    fn event(&self, face: &TrackedFace) -> Option<Event> {
        let mut event = Event::of(face.emotion.as_ref()?, self.at_ms(face.analyzed_us?), 0);
        let shown = event.labels.iter().position(|label| Some(label) == face.label.as_ref());
        event.label = shown.unwrap_or(event.label);
        Some(event)
    }

    /// Records all events except the last `open` ones of each user, whose durations are not known yet.
    fn write(&mut self, open: usize) -> Outcome {
        for (user, seen) in &mut self.users {
            let events: Vec<Event> = seen.events.drain(..seen.events.len().saturating_sub(open)).collect();
            if !events.is_empty() {
                let clock = self.clock.in_timelines_of(self.engine, user)?;
                let outcome = self.engine.record(user, &clock, &events, now_ms())?;
                seen.added += outcome.added;
                seen.replaced += outcome.replaced;
            }
            if !seen.spoken.is_empty() {
                let clock = self.clock.in_timelines_of(self.engine, user)?;
                let spoken = std::mem::take(&mut seen.spoken);
                let outcome = self.engine.record_spoken(user, &clock, &spoken, now_ms())?;
                seen.spoken_recorded += outcome.added + outcome.replaced;
            }
        }
        Ok(())
    }
}

impl Seen {
    /// Appends `event` if it is later than the last one, and sets the duration of that one.
    fn push(&mut self, event: Event) {
        if self.last_ms.is_some_and(|last_ms| event.at_ms <= last_ms) {
            return;
        }
        if let Some(last) = self.events.last_mut() {
            let gap_ms = event.at_ms - last.at_ms;
            last.duration_ms = if gap_ms <= LONGEST_GAP_MS { gap_ms as u32 } else { 0 };
        }
        self.last_ms = Some(event.at_ms);
        self.events.push(event);
    }
}

fn similarity(face: &TrackedFace) -> Option<f32> {
    face.identity.as_ref().and_then(|identity| identity.similarity())
}
