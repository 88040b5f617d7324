//! Recording what enrolled users show, for `mien analyze --timeline` and `mien watch --timeline`.

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
use crate::time::now_ms;

/// What was recorded of one input for one user.
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
        let events = added + replaced;
        match clock {
            Clock::Wall => write!(f, "recorded {events} events of {user} by wall time")?,
            Clock::Media(name) => write!(f, "recorded {events} events of {user} in the medium {name}")?,
        }
        if *replaced > 0 { write!(f, ", {replaced} in place of earlier ones") } else { Ok(()) }
    }
}

/// The clock of `input`: wall time where it is known when it begins, else that of the medium,
/// which is called like the file.
pub fn clock(input: &Path, start_ms: Option<u64>) -> Outcome<Clock> {
    match (start_ms, input.file_name()) {
        (Some(_), _) => Ok(Clock::Wall),
        (None, Some(name)) => Ok(Clock::Media(name.to_string_lossy().into_owned())),
        (None, None) => Err(Failure::new(format!("{}: has no name", input.display()))),
    }
}

/// Records the enrolled users' emotions of what was analyzed.
pub fn record(
    engine: &Engine,
    reports: &[InputReport],
    start_ms: Option<u64>,
    every: u32,
) -> Outcome<Vec<RecordedInput>> {
    if start_ms.is_some() && reports.len() > 1 {
        return Err(Failure::new("--start-time is that of one input"));
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

/// The events of each enrolled user; of two faces of one user in a frame the surer one counts.
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

/// Events of a stream are recorded after so many milliseconds of its time, all at once: each
/// recording is a durable transaction.
const BATCH_MS: u64 = 5000;

/// An event lasts to the user's next one, where that comes within so many milliseconds: faces
/// are analyzed several times a second.
const LONGEST_GAP_MS: u64 = 1000;

/// Records what enrolled users show in a stream: an event for each analysis of a face whose
/// identity is settled, with the label that has hysteresis.
pub struct StreamRecorder<'a> {
    engine: &'a Engine,
    clock: Clock,
    /// The time of the stream's first frame.
    start_ms: u64,
    users: BTreeMap<String, Seen>,
    written_ms: u64,
}

/// What was seen of one user.
#[derive(Default)]
struct Seen {
    /// Not recorded yet; the last one's duration is open.
    events: Vec<Event>,
    /// The time of the last event, recorded or not.
    last_ms: Option<u64>,
    added: u64,
    replaced: u64,
}

impl<'a> StreamRecorder<'a> {
    /// A recorder of the stream `input`, which begins at `start_ms`, or counts from its own start.
    pub fn new(engine: &'a Engine, input: &Path, start_ms: Option<u64>) -> Outcome<Self> {
        let (clock, start_ms) = (clock(input, start_ms)?, start_ms.unwrap_or(0));
        Ok(Self { engine, clock, start_ms, users: BTreeMap::new(), written_ms: start_ms })
    }

    /// Takes the next result; of two faces of one user the surer one counts.
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

    /// Records what is left and says what was recorded of each user.
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

    /// What the last analysis of `face` says.
    fn event(&self, face: &TrackedFace) -> Option<Event> {
        let mut event = Event::of(face.emotion.as_ref()?, self.at_ms(face.analyzed_us?), 0);
        let shown = event.labels.iter().position(|label| Some(label) == face.label.as_ref());
        event.label = shown.unwrap_or(event.label);
        Some(event)
    }

    /// Records all events but the last `open` of each user, whose durations are not known yet.
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
    /// Appends `event` where it is later than the last one, and says how long that one lasted.
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
