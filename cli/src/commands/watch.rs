//! `mien watch`: tracked faces of a video or camera as JSON lines. Their schema is in docs/guides/streams.md.

use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};

use mien_core::face::track::TrackerOptions;
use mien_core::speech::{AudioChunk, AudioFormat};
use mien_core::stream::{
    Event, HeardSpeech, LiveOptions, LiveSession, LiveStatistics, StreamOptions, StreamResult, TrackedFace,
    VideoSession,
};
use mien_core::train::correct::MIN_CORRECTIONS;
use mien_core::{Engine, ErrorKind};
use serde_json::{Map, Value, json};

use crate::args::{Shared, WatchArgs};
use crate::commands::recording::{RecordedInput, StreamRecorder};
use crate::commands::typed::{Correctable, Typed};
use crate::media::{Media, Picture, Sound};
use crate::process::failure::{Failure, Naming, Outcome};
use crate::process::interrupt::{check_interrupt, pause};
use crate::process::skipped::incomplete;
use crate::process::terminal::{print_json_line, tell};
use crate::session;
use crate::text::counted;
use crate::time::now_ms;

/// Default frames per second of a live session.
const LIVE_FPS: f32 = 15.0;

/// Runs the command.
pub fn run(shared: &Shared, args: &WatchArgs) -> Outcome {
    let piped = args.input == Path::new("-");
    if piped && args.correct {
        return Err(Failure::new(
            "corrections are typed on standard input, which is the video here: give it as a file",
        ));
    }
    // Before anything slow, so that what is already typed is there at the first frame.
    let typed = args.correct.then(|| Typed::start(!args.live));
    let mut media = if piped { Media::from_standard_input()? } else { Media::open(&args.input)? };
    let engine = session::engine_with_store_if_any(shared)?;
    let start_ms = args.start_time.or_else(|| piped.then(now_ms));
    let recorder = args.timeline.then(|| StreamRecorder::new(&engine, &args.input, start_ms)).transpose()?;
    let printer = Printer { with_frames: !args.events, frames: 0, tracks: 0, told_us: None };
    let mut ear = Ear::open(args)?;
    let mut listener = Listener { engine: &engine, printer, recorder, typed };
    let watched = watch(&engine, args, &mut media, &mut ear, &mut listener);
    // A camera is watched until Ctrl-C; the events until then are recorded.
    let recorded = listener.recorder.map(StreamRecorder::finish).transpose();
    // What was corrected until an error or Ctrl-C is learned too.
    let failure = listener.typed.map(|typed| relearn(&engine, typed)).transpose()?.flatten();
    listener.printer.end(watched?, recorded?)?;
    failure.map_or(Ok(()), Err)?;
    incomplete(&args.input, media.shortfall())
}

fn watch(
    engine: &Engine,
    args: &WatchArgs,
    media: &mut Media,
    ear: &mut Ear,
    listener: &mut Listener<'_>,
) -> Outcome<Option<LiveStatistics>> {
    let tracker =
        TrackerOptions { max_faces: args.max_faces.into(), detect_every: args.every, ..TrackerOptions::default() };
    let options = StreamOptions { tracker, ..StreamOptions::default() };
    if args.live {
        let options =
            LiveOptions { stream: options, target_fps: args.fps.unwrap_or(LIVE_FPS), ..LiveOptions::default() };
        let session = LiveSession::new(engine, options)?;
        return watch_live(&session, media, ear, args.input != Path::new("-"), listener).map(Some);
    }
    watch_all(VideoSession::new(engine, options)?, media, ear, args, listener)?;
    Ok(None)
}

/// Prints and records results.
struct Listener<'a> {
    engine: &'a Engine,
    printer: Printer,
    recorder: Option<StreamRecorder<'a>>,
    typed: Option<Typed>,
}

impl Listener<'_> {
    fn take(&mut self, session: &impl Correctable, result: &StreamResult) -> Outcome {
        if let Some(recorder) = &mut self.recorder {
            recorder.take(result)?;
        }
        self.printer.print(result)?;
        match &mut self.typed {
            Some(typed) => typed.apply(self.engine, session, result),
            None => Ok(()),
        }
    }
}

/// Learns in full what was corrected, and prints a line for each user. Returns the first error of the corrections.
fn relearn(engine: &Engine, typed: Typed) -> Outcome<Option<Failure>> {
    let (users, failure) = typed.finish()?;
    for user in users {
        let report = match engine.relearn(&user, now_ms(), |_, _| ControlFlow::Continue(())) {
            // All of them were undone.
            Err(error) if error.kind() == ErrorKind::NotEnoughSamples => continue,
            report => report?,
        };
        let kept = counted(report.corrections, "corrections");
        if report.pending {
            tell(format!(
                "{user}: {kept} answer a little; from {MIN_CORRECTIONS} on they are judged and learned in full"
            ))?;
        } else if !report.accepted {
            tell(format!("{user}: {kept} do not fit together and do not answer; they count again with the next one"))?;
        }
        let mut line = json!({ "type": "relearned", "user": user });
        if let (Value::Object(line), Value::Object(report)) = (&mut line, serde_json::to_value(report)?) {
            line.extend(report);
        }
        print_json_line(&line)?;
    }
    Ok(failure)
}

/// Analyzes every frame, or at most `--fps` frames per second.
fn watch_all(
    mut session: VideoSession,
    media: &mut Media,
    ear: &mut Ear,
    args: &WatchArgs,
    listener: &mut Listener<'_>,
) -> Outcome {
    let mut pace = args.fps.map(|fps| Pace::new(fps, media.fps()));
    while let Some((picture, timestamp_us)) = next_frame(media)? {
        if pace.as_mut().is_some_and(|pace| !pace.takes(timestamp_us)) {
            continue;
        }
        ear.hear(timestamp_us, |chunk| session.submit_audio(chunk))?;
        let result = session.process(&picture.frame()?, timestamp_us);
        listener.take(&session, &result.naming(&args.input)?)?;
    }
    Ok(())
}

/// Submits frames to a live session; a file is played at its own speed.
fn watch_live(
    session: &LiveSession,
    media: &mut Media,
    ear: &mut Ear,
    paced: bool,
    listener: &mut Listener<'_>,
) -> Outcome<LiveStatistics> {
    let started = Instant::now();
    while let Some((picture, timestamp_us)) = next_frame(media)? {
        if paced {
            pause(Duration::from_micros(timestamp_us).saturating_sub(started.elapsed()))?;
        }
        ear.hear(timestamp_us, |chunk| session.submit_audio(chunk))?;
        session.submit(&picture.frame()?, timestamp_us)?;
        while let Some(result) = session.poll()? {
            listener.take(session, &result)?;
        }
    }
    session::finish_live(session, |result| listener.take(session, result))?;
    Ok(session.statistics())
}

/// Returns the next frame of an input and its time.
fn next_frame(media: &mut Media) -> Outcome<Option<(Picture, u64)>> {
    check_interrupt()?;
    Ok(media.next_picture()?.map(|picture| (picture, media.time_us())))
}

/// The sound of a video that is watched.
struct Ear(Option<Sound>);

impl Ear {
    /// Opens the sound of the input if it is a file that has some.
    fn open(args: &WatchArgs) -> Outcome<Self> {
        if args.no_speech || !args.input.is_file() {
            return Ok(Self(None));
        }
        match Sound::open(&args.input) {
            // The pictures can be watched all the same.
            Err(failure) if failure.is_of_input() => {
                tell(format!("the sound is not used: {failure}"))?;
                Ok(Self(None))
            }
            sound => Ok(Self(sound?)),
        }
    }

    /// Passes the sound before `time_us` to a session.
    fn hear(&mut self, time_us: u64, submit: impl Fn(&AudioChunk<'_>) -> mien_core::Result<()>) -> Outcome {
        let Some(sound) = &mut self.0 else { return Ok(()) };
        sound.up_to(time_us, |samples, at_us| Ok(submit(&AudioChunk::i16(samples, AudioFormat::NATIVE, at_us)?)?))
    }
}

/// Thins the frames of an input out to a rate.
struct Pace {
    interval_us: f64,
    /// A frame that comes up to this much early is nearer than the one after it.
    early_us: f64,
    next_us: f64,
}

impl Pace {
    /// Creates a pace of `fps` frames per second for an input of about `input_fps`.
    fn new(fps: f32, input_fps: f64) -> Self {
        let interval_us = 1e6 / f64::from(fps);
        let early_us = if input_fps > 0.0 { (0.5e6 / input_fps).min(0.5 * interval_us) } else { 0.0 };
        Self { interval_us, early_us, next_us: 0.0 }
    }

    /// Whether the frame at `timestamp_us` is taken.
    fn takes(&mut self, timestamp_us: u64) -> bool {
        let timestamp_us = timestamp_us as f64;
        if timestamp_us + self.early_us < self.next_us {
            return false;
        }
        // After a gap in the input the frames that were due in it are not made up for.
        let due = timestamp_us - self.next_us;
        self.next_us += self.interval_us * (due / self.interval_us).floor().max(0.0) + self.interval_us;
        true
    }
}

/// Prints results as JSON lines.
struct Printer {
    with_frames: bool,
    frames: u64,
    tracks: u64,
    /// The begin of the last speech of which a line was printed.
    told_us: Option<u64>,
}

impl Printer {
    fn print(&mut self, result: &StreamResult) -> Outcome {
        self.frames += 1;
        let time_s = seconds(result.timestamp_us);
        for event in &result.events {
            self.tracks += u64::from(matches!(event, Event::Began { .. }));
            print_json_line(&event_line(event, time_s))?;
        }
        if let Some(speech) = result.speech.as_ref().filter(|speech| !speech.ongoing)
            && self.told_us != Some(speech.start_us)
        {
            self.told_us = Some(speech.start_us);
            print_json_line(&speech_line(speech, time_s))?;
        }
        if self.with_frames {
            let faces: Vec<Value> = result.faces.iter().map(face).collect();
            let detected = result.detected;
            print_json_line(&json!({ "type": "frame", "time_s": time_s, "detected": detected, "faces": faces }))?;
        }
        Ok(())
    }

    fn end(&self, statistics: Option<LiveStatistics>, recorded: Option<Vec<RecordedInput>>) -> Outcome {
        print_json_line(&json!({
            "type": "end", "frames": self.frames, "tracks": self.tracks, "live": statistics, "timeline": recorded,
        }))
    }
}

fn seconds(timestamp_us: u64) -> f64 {
    timestamp_us as f64 / 1e6
}

fn event_line(event: &Event, time_s: f64) -> Value {
    match event {
        Event::Began { track } => json!({ "type": "began", "time_s": time_s, "track": track }),
        Event::Lost { track } => json!({ "type": "lost", "time_s": time_s, "track": track }),
        Event::Ended { track } => json!({ "type": "ended", "time_s": time_s, "track": track }),
        Event::IdentitySettled { track, identity } => {
            let (user, similarity) = (identity.user(), identity.similarity());
            json!({ "type": "identity", "time_s": time_s, "track": track, "user": user, "similarity": similarity })
        }
        Event::IdentityLost { track } => json!({ "type": "identity_lost", "time_s": time_s, "track": track }),
        Event::EmotionChanged { track, user, from, to, probability } => json!({
            "type": "emotion", "time_s": time_s, "track": track, "user": user, "from": from, "to": to,
            "probability": probability,
        }),
    }
}

fn speech_line(speech: &HeardSpeech, time_s: f64) -> Value {
    let doubts: Vec<&str> = speech.doubts.iter().map(|doubt| doubt.name()).collect();
    json!({
        "type": "speech", "time_s": time_s, "start_s": seconds(speech.start_us), "end_s": seconds(speech.end_us),
        "track": speech.speaker.ok(), "refusal": speech.speaker.err(), "doubts": doubts,
    })
}

fn face(tracked: &TrackedFace) -> Value {
    let bounds = tracked.face.bounds;
    let identity = tracked.identity.as_ref();
    let emotion = tracked.emotion.as_ref();
    let probabilities: Option<Map<String, Value>> = emotion
        .map(|emotion| emotion.probabilities.iter().map(|(label, value)| (label.clone(), json!(value))).collect());
    json!({
        "track": tracked.track,
        "box": [bounds.x, bounds.y, bounds.width, bounds.height],
        "landmarks": tracked.face.landmarks,
        "score": tracked.face.score,
        "settled": identity.is_some(),
        "user": identity.and_then(|identity| identity.user()),
        "similarity": identity.and_then(|identity| identity.similarity()),
        "label": tracked.label,
        "probabilities": probabilities,
        "affect": emotion.and_then(|emotion| emotion.affect),
        "adapted": emotion.is_some_and(|emotion| emotion.adapted),
        "modalities": emotion.map(|emotion| &emotion.modalities),
        "unsure": tracked.unsure,
        "analyzed_s": tracked.analyzed_us.map(seconds),
    })
}
