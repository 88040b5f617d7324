//! Recording of enrolled users' emotions, for `mien analyze --timeline` and `mien watch --timeline`.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::path::Path;

use mien_core::Engine;
use mien_core::stream::{StreamResult, TrackedFace};
use mien_core::timeline::{Clock, Event, LONGEST_DURATION_MS};
use serde::Serialize;

use crate::process::failure::{Failure, Outcome};
use crate::process::interrupt::check_interrupt;
use crate::report::InputReport;
use crate::text::counted;
use crate::time::now_ms;

/// The events recorded of one input for one user.
#[derive(Serialize)]
pub struct RecordedInput {
    user: String,
    clock: Clock,
    added: u64,
    replaced: u64,
}

impl fmt::Display for RecordedInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { user, clock, added, replaced } = self;
        let events = counted(added + replaced, "events");
        match clock {
            Clock::Wall => write!(f, "recorded {events} of {user} by wall time")?,
            Clock::Media(name) => write!(f, "recorded {events} of {user} in the medium {name}")?,
        }
        if *replaced > 0 { write!(f, ", {replaced} of them replaced earlier ones") } else { Ok(()) }
    }
}

/// Returns the clock of `input`: wall time if its start is known, otherwise a medium named after the file.
pub fn clock(input: &Path, start_ms: Option<u64>) -> Outcome<Clock> {
    match (start_ms, input.file_name()) {
        (Some(_), _) => Ok(Clock::Wall),
        (None, Some(name)) => Ok(Clock::Media(name.to_string_lossy().into_owned())),
        (None, None) => Err(Failure::new(format!("{}: the input has no file name", input.display()))),
    }
}

/// Records the emotions of enrolled users in the analyzed inputs.
pub fn record(
    engine: &Engine,
    reports: &[InputReport],
    start_ms: Option<u64>,
    every: u32,
) -> Outcome<Vec<RecordedInput>> {
    if start_ms.is_some() && reports.len() > 1 {
        return Err(Failure::new("--start-time needs a single input"));
    }
    let mut recorded = Vec::new();
    for report in reports {
        check_interrupt()?;
        let clock = clock(&report.path, start_ms)?;
        for (user, events) in events(report, start_ms.unwrap_or(0), every) {
            let outcome = engine.record(&user, &clock, &events, now_ms())?;
            let clock = clock.clone();
            recorded.push(RecordedInput { user, clock, added: outcome.added, replaced: outcome.replaced });
        }
    }
    Ok(recorded)
}

/// Returns the events of each enrolled user. If a frame has two faces of one user, the one of higher detection score
/// counts.
fn events(report: &InputReport, start_ms: u64, every: u32) -> BTreeMap<String, Vec<Event>> {
    let frame_ms = if report.fps > 0.0 { 1000.0 * f64::from(every) / report.fps } else { 0.0 };
    let duration_ms = frame_ms.round().min(LONGEST_DURATION_MS.into()) as u32;
    let mut events: BTreeMap<String, Vec<Event>> = BTreeMap::new();
    for frame in &report.results {
        let at_ms = start_ms.saturating_add((1000.0 * frame.time_s).round() as u64);
        for face in &frame.faces {
            let (Some(user), Some(emotion)) = (&face.user, &face.emotion) else { continue };
            let own = events.entry(user.clone()).or_default();
            if own.last().is_none_or(|last| last.at_ms != at_ms) {
                own.push(Event::of(emotion, at_ms, duration_ms));
            }
        }
    }
    events
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
    clock: Clock,
    /// Time of the first frame in milliseconds.
    start_ms: u64,
    users: BTreeMap<String, Seen>,
    written_ms: u64,
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
}

impl<'a> StreamRecorder<'a> {
    /// Creates a recorder of the stream `input`, which starts at the wall time `start_ms` if that is given.
    pub fn new(engine: &'a Engine, input: &Path, start_ms: Option<u64>) -> Outcome<Self> {
        let (clock, start_ms) = (clock(input, start_ms)?, start_ms.unwrap_or(0));
        Ok(Self { engine, clock, start_ms, users: BTreeMap::new(), written_ms: start_ms })
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
        for (user, face) in surest {
            if let Some(event) = self.event(face) {
                self.users.entry(user.to_owned()).or_default().push(event);
            }
        }
        let now_ms = self.at_ms(result.timestamp_us);
        if now_ms.saturating_sub(self.written_ms) >= BATCH_MS {
            self.written_ms = now_ms;
            self.write(1)?;
        }
        Ok(())
    }

    /// Records the remaining events and returns the totals of each user.
    pub fn finish(mut self) -> Outcome<Vec<RecordedInput>> {
        self.write(0)?;
        let Self { clock, users, .. } = self;
        let recorded = users.into_iter().map(|(user, Seen { added, replaced, .. })| RecordedInput {
            user,
            clock: clock.clone(),
            added,
            replaced,
        });
        Ok(recorded.collect())
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
                let outcome = self.engine.record(user, &self.clock, &events, now_ms())?;
                seen.added += outcome.added;
                seen.replaced += outcome.replaced;
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
