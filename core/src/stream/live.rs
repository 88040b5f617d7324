//! Live sessions for cameras that deliver frames faster than they can be processed: the newest
//! frame wins.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use super::change::Thumbnail;
use super::corrections::Corrections;
use super::hearing::Hearing;
use super::pipeline::{Pipeline, check_order};
use super::recent::Recent;
use super::{Correction, MAX_EVENTS, StreamOptions, StreamResult};
use crate::engine::{Closing, Engine};
use crate::error::{Error, ErrorKind, Result, fail};
use crate::face::track::TrackId;
use crate::frame::{Frame, FrameBuffer};
use crate::options;
use crate::options::Ranges;
use crate::speech::AudioChunk;

options! {
    /// Options of a live session; immutable after creation.
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct LiveOptions {
        /// How frames are processed.
        pub stream: StreamOptions = StreamOptions::default();
        /// Maximum number of frames processed per second, by their timestamps.
        pub target_fps: f32 = 15.0, in 0.1..=240.0;
        /// A frame is skipped if no cell of a 32 x 32 grid changed by this many gray levels since the last frame that was taken; 0 skips
        /// none. At the default, sensor noise stays below, and a moving mouth in a face of a tenth of the picture's height is above.
        pub min_change: f32 = 3.0, in 0.0..=255.0;
        /// Maximum time without processing a frame, microseconds (a longer gap would break the tracks); after it an unchanged frame is
        /// processed too.
        pub idle_us: u64 = 400_000, in ..=500_000;
        /// Maximum number of results that wait to be fetched; beyond it the oldest is dropped, and its events move to the next
        /// result.
        pub max_results: usize = 32, in 1..=1000;
    }
}

impl LiveOptions {
    /// Checks the ranges.
    ///
    /// # Errors
    /// `InvalidOption` naming the option that is out of its range.
    pub fn check(&self) -> Result<()> {
        self.stream.check()?;
        self.check_ranges()
    }
}

/// The immediate outcome of submitting a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Submission {
    /// The frame waits to be processed and replaces any frame that was waiting.
    Taken,
    /// Skipped: it came too early for [`LiveOptions::target_fps`].
    Paced,
    /// Skipped: nothing in it has changed.
    Unchanged,
}

/// Frame counts of a live session so far. The submitted frames are the sum of paced, unchanged,
/// dropped, processed, failed and [pending](Self::pending) frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct LiveStatistics {
    /// Frames submitted with a valid timestamp.
    pub submitted: u64,
    /// Frames skipped to keep the target rate.
    pub paced: u64,
    /// Frames skipped because nothing had changed.
    pub unchanged: u64,
    /// Frames taken but replaced by a newer one before they were processed.
    pub dropped: u64,
    /// Frames processed successfully.
    pub processed: u64,
    /// Frames that failed with an error.
    pub failed: u64,
    /// Results dropped because they were not fetched in time.
    pub results_lost: u64,
    /// How far the last result was behind the newest frame, microseconds of stream time.
    pub last_age_us: u64,
    /// Maximum of `last_age_us` over the session.
    pub max_age_us: u64,
}

impl LiveStatistics {
    /// Returns the number of frames taken but not finished: at most one being processed and one
    /// waiting.
    pub fn pending(&self) -> u64 {
        self.submitted - self.paced - self.unchanged - self.dropped - self.processed - self.failed
    }
}

/// Processes the newest frame on its own thread; older waiting frames are dropped.
///
/// `Send + Sync`. A frame is borrowed for one call only, so [`LiveSession::submit`] copies it into
/// one of three buffers used in turn: one being filled, one waiting, one being processed. A call
/// waits only for that copy, never for a network. Time is taken from the frames: core has no clock.
/// Dropping the session closes it; closing the engine ends it.
pub struct LiveSession {
    shared: Arc<Shared>,
    gate: Mutex<Gate>,
    options: LiveOptions,
    corrections: Corrections,
    recent: Recent,
    hearing: Hearing,
}

/// Decides which frames are taken.
#[derive(Default)]
struct Gate {
    last_us: Option<u64>,
    next_due_us: u64,
    taken: Option<(Thumbnail, u64)>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: Option<Waiting>,
    spare: Vec<FrameBuffer>,
    results: VecDeque<Result<StreamResult>>,
    statistics: LiveStatistics,
    newest_us: u64,
    closing: bool,
    /// Set together with `closing` when the engine was closed: no more results are returned.
    engine_closed: bool,
    worker_gone: bool,
}

struct Waiting {
    buffer: FrameBuffer,
    thumbnail: Thumbnail,
    timestamp_us: u64,
}

impl LiveSession {
    /// Creates a session of `engine` and starts its thread. The session keeps a handle to the
    /// engine.
    ///
    /// # Errors
    /// `InvalidOption` for an option out of range, `Closed` if the engine is closed, `Internal` if
    /// the system cannot start a thread.
    pub fn new(engine: &Engine, options: LiveOptions) -> Result<Self> {
        options.check()?;
        let pipeline = Pipeline::new(engine, options.stream)?;
        let shared = Arc::new(Shared { state: Mutex::default(), changed: Condvar::new() });
        let watcher: Arc<dyn Closing> = shared.clone();
        engine.tell_of_close(Arc::downgrade(&watcher))?;
        let (recent, hearing) = (pipeline.recent(), pipeline.hearing());
        let corrections = Corrections::new(engine, recent.clone());
        let for_worker = Arc::clone(&shared);
        // The thread ends by itself after the session; nothing joins it.
        thread::Builder::new()
            .name("mien-live".to_owned())
            .spawn(move || work(&for_worker, pipeline, options.max_results))
            .map_err(|error| Error::with_source(ErrorKind::Internal, "no thread for a live session", error))?;
        Ok(Self { shared, gate: Mutex::default(), options, corrections, recent, hearing })
    }

    /// Submits the next chunk of sound, of any rate and length; its timestamp has the same origin as those of frames. It
    /// is analyzed on the caller's thread (about 2 ms per second of sound), the answer comes with the next frames
    /// ([`StreamResult::speech`]). Sound that is heard without frames has no face and answers nothing.
    ///
    /// # Errors
    /// `TimestampOrder` if the chunk begins more than 1 s before the end of the last one. `Closed` after
    /// [`LiveSession::close`] and [`Engine::close`].
    pub fn submit_audio(&self, chunk: &AudioChunk<'_>) -> Result<()> {
        self.shared.check_open()?;
        self.hearing.submit_audio(chunk)
    }

    /// Submits a frame; `timestamp_us` is its time in microseconds from any origin.
    ///
    /// # Errors
    /// `TimestampOrder` if the time is not later than the last frame's; the frame then counts as
    /// not submitted. `Closed` after [`LiveSession::close`] and [`Engine::close`].
    pub fn submit(&self, frame: &Frame<'_>, timestamp_us: u64) -> Result<Submission> {
        let mut gate = lock(&self.gate);
        self.shared.check_open()?;
        check_order(gate.last_us, timestamp_us)?;
        gate.last_us = Some(timestamp_us);
        let (submission, thumbnail) = gate.judge(frame, timestamp_us, &self.options);
        let mut state = self.shared.state();
        state.newest_us = timestamp_us;
        state.statistics.submitted += 1;
        match submission {
            Submission::Paced => state.statistics.paced += 1,
            Submission::Unchanged => state.statistics.unchanged += 1,
            Submission::Taken => {}
        }
        let Some(thumbnail) = thumbnail else { return Ok(submission) };
        let mut buffer = state.spare.pop().unwrap_or_default();
        drop(state);
        buffer.copy(frame);
        self.shared.replace_waiting(Waiting { buffer, thumbnail, timestamp_us })?;
        Ok(submission)
    }

    /// Returns the oldest waiting result, or `None` at once.
    ///
    /// # Errors
    /// The frame's error in place of its result; `Closed` after [`LiveSession::close`] and
    /// [`Engine::close`] once all results are fetched.
    pub fn poll(&self) -> Result<Option<StreamResult>> {
        self.shared.state().next_result()
    }

    /// Returns the oldest result; waits for one for at most `timeout`, then returns `None`. After
    /// [`LiveSession::close`] it still waits for the frame being processed, after [`Engine::close`]
    /// for nothing.
    ///
    /// # Errors
    /// As in [`LiveSession::poll`].
    pub fn recv(&self, timeout: Duration) -> Result<Option<StreamResult>> {
        let nothing = |state: &mut State| state.results.is_empty() && !state.worker_gone && !state.engine_closed;
        let waited = self.shared.changed.wait_timeout_while(self.shared.state(), timeout, nothing);
        let (mut state, _) = waited.unwrap_or_else(|poisoned| poisoned.into_inner());
        state.next_result()
    }

    /// Returns the frame counts so far.
    pub fn statistics(&self) -> LiveStatistics {
        self.shared.state().statistics
    }

    /// Corrects the answer that is shown for the face of `track`: it was `label`, in any spelling that
    /// [`labels::canonical`](crate::labels::canonical) knows; `now_ms` is the time in milliseconds since
    /// 1970. `shown` is the label that the person saw ([`TrackedFace::label`](super::TrackedFace::label)):
    /// if another one is shown by now, the frames before the change are meant. Default: the one that is
    /// shown now.
    ///
    /// The frames of the last 3 s for which that answer was shown become a labeled clip, which the head
    /// of the user learns at once, a little ([`Engine::correct`]); [`Engine::relearn`] does so in full.
    /// A label that is already shown is confirmed. A second correction of some of the same frames
    /// replaces the first. Only faces whose identity is settled to a user can be corrected; for others
    /// the result says why not.
    ///
    /// # Errors
    /// `InvalidOption` for a label that the user's head lacks; `UserNotFound` if the user was deleted;
    /// `TrainingDiverged`; `Storage` if the store cannot be written; `Closed`. On error nothing changes.
    pub fn correct(&self, track: TrackId, label: &str, shown: Option<&str>, now_ms: u64) -> Result<Correction> {
        self.shared.check_open()?;
        self.corrections.say(track, Some(label), shown, now_ms)
    }

    /// Confirms the answer that is shown for the face of `track`, so that later corrections do not
    /// spoil it.
    ///
    /// # Errors
    /// As in [`LiveSession::correct`].
    pub fn confirm(&self, track: TrackId, shown: Option<&str>, now_ms: u64) -> Result<Correction> {
        self.shared.check_open()?;
        self.corrections.say(track, None, shown, now_ms)
    }

    /// Takes back the last correction or confirmation of this session: the head is the one that it
    /// would be without it. One that it replaced, or for which it was too many, does not come back.
    /// Returns it, or a refusal if there is none; [`Engine::undo_last_correction`] knows those of other
    /// sessions.
    ///
    /// # Errors
    /// `InvalidOption` if the generation that learned it cannot be left
    /// ([`History::remove_correction`](crate::users::history::History::remove_correction)); `Storage` if
    /// the store cannot be written; `Closed`.
    pub fn undo(&self) -> Result<Correction> {
        self.shared.check_open()?;
        self.corrections.undo()
    }

    /// Ends the session and returns at once. The frame being processed is finished on the session's
    /// thread, the waiting one is dropped. Existing results and the result of the frame being
    /// processed can still be fetched. Closing again does nothing.
    pub fn close(&self) {
        self.shared.state().closing = true;
        self.shared.changed.notify_all();
        self.recent.close();
        self.hearing.close();
    }
}

impl Drop for LiveSession {
    fn drop(&mut self) {
        self.close();
    }
}

impl Gate {
    /// Decides whether the frame is processed; returns its thumbnail if so.
    fn judge(&mut self, frame: &Frame<'_>, now_us: u64, options: &LiveOptions) -> (Submission, Option<Thumbnail>) {
        let period_us = (1e6 / options.target_fps) as u64;
        // Timestamps are rounded, so a frame slightly early counts as due.
        if now_us.saturating_add(period_us / 16) < self.next_due_us {
            return (Submission::Paced, None);
        }
        self.next_due_us = self.next_due_us.saturating_add(period_us).max(now_us);
        let thumbnail = Thumbnail::of(frame);
        if let Some((taken, at_us)) = &self.taken
            && now_us - at_us < options.idle_us
            && thumbnail.greatest_change(taken) < options.min_change
        {
            return (Submission::Unchanged, None);
        }
        self.taken = Some((thumbnail.clone(), now_us));
        (Submission::Taken, Some(thumbnail))
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    fn check_open(&self) -> Result<()> {
        self.state().check_open()
    }

    /// Makes the newest frame wait in place of an older one, unless the session was closed
    /// meanwhile.
    fn replace_waiting(&self, waiting: Waiting) -> Result<()> {
        let mut state = self.state();
        if let Err(closed) = state.check_open() {
            state.statistics.dropped += 1;
            return Err(closed);
        }
        if let Some(older) = state.waiting.replace(waiting) {
            state.statistics.dropped += 1;
            state.spare.push(older.buffer);
        }
        self.changed.notify_all();
        Ok(())
    }

    /// Waits for a frame; `None` when the session is closing.
    fn take_waiting(&self) -> Option<Waiting> {
        let idle = |state: &mut State| state.waiting.is_none() && !state.closing;
        let mut state = self.changed.wait_while(self.state(), idle).unwrap_or_else(|poisoned| poisoned.into_inner());
        if state.closing { None } else { state.waiting.take() }
    }

    fn publish(&self, result: Result<StreamResult>, buffer: FrameBuffer, timestamp_us: u64, max_results: usize) {
        let mut state = self.state();
        match &result {
            Ok(_) => state.statistics.processed += 1,
            Err(_) => state.statistics.failed += 1,
        }
        let age_us = state.newest_us.saturating_sub(timestamp_us);
        state.statistics.last_age_us = age_us;
        state.statistics.max_age_us = state.statistics.max_age_us.max(age_us);
        state.spare.push(buffer);
        if state.engine_closed {
            // Callers that waited have received `Closed`; no result may follow that.
            return;
        }
        state.results.push_back(result);
        if state.results.len() > max_results {
            state.lose_oldest_result();
        }
        self.changed.notify_all();
    }
}

impl Closing for Shared {
    fn engine_closed(&self) {
        let mut state = self.state();
        state.closing = true;
        state.engine_closed = true;
        drop(state);
        self.changed.notify_all();
    }
}

impl State {
    fn check_open(&self) -> Result<()> {
        if self.closing || self.worker_gone {
            fail!(Closed, "the live session is closed");
        }
        Ok(())
    }

    fn next_result(&mut self) -> Result<Option<StreamResult>> {
        match self.results.pop_front() {
            Some(result) => result.map(Some),
            None => self.check_open().map(|()| None),
        }
    }

    /// Drops the oldest result and moves its events in front of the next one's.
    fn lose_oldest_result(&mut self) {
        self.statistics.results_lost += 1;
        let Some(Ok(oldest)) = self.results.pop_front() else { return };
        if let Some(Ok(next)) = self.results.iter_mut().find(|result| result.is_ok()) {
            let mut events = oldest.events;
            events.append(&mut next.events);
            events.drain(..events.len().saturating_sub(MAX_EVENTS));
            next.events = events;
        }
    }
}

/// The worker: processes frames until the session or the engine closes.
fn work(shared: &Shared, mut pipeline: Pipeline, max_results: usize) {
    let _gone = Gone(shared);
    while let Some(Waiting { buffer, thumbnail, timestamp_us }) = shared.take_waiting() {
        let Some(frame) = buffer.frame() else { continue };
        let result = pipeline.process(&frame, thumbnail, timestamp_us);
        let over = result.as_ref().is_err_and(|error| error.kind() == ErrorKind::Closed);
        shared.publish(result, buffer, timestamp_us, max_results);
        if over {
            break;
        }
    }
}

/// Marks the worker as ended, even after a panic, so that nobody waits for it.
struct Gone<'a>(&'a Shared);

impl Drop for Gone<'_> {
    fn drop(&mut self) {
        self.0.state().worker_gone = true;
        self.0.changed.notify_all();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic while the lock was held leaves complete values behind.
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::track::TrackId;
    use crate::stream::Event;

    fn picture(value: u8) -> Vec<u8> {
        (0..64 * 48).map(|index| if index % 64 < 20 { value } else { 40 }).collect()
    }

    fn judge(gate: &mut Gate, value: u8, now_ms: u64, options: &LiveOptions) -> Submission {
        let pixels = picture(value);
        gate.judge(&Frame::gray8(&pixels, 64, 48, 64).unwrap(), 1000 * now_ms, options).0
    }

    #[test]
    fn frames_come_in_at_the_target_rate_on_the_mean() {
        let options = LiveOptions { min_change: 0.0, ..LiveOptions::default() };
        for camera_fps in [15, 24, 30, 60, 120] {
            let mut gate = Gate::default();
            let taken = (0..10 * camera_fps)
                .filter(|index| judge(&mut gate, 0, index * 1000 / camera_fps, &options) == Submission::Taken)
                .count();
            assert!((145..=152).contains(&taken), "{camera_fps}: {taken}");
        }
        let mut gate = Gate::default();
        assert!((0..50).all(|index| judge(&mut gate, 0, 200 * index, &options) == Submission::Taken), "a slow camera");
    }

    #[test]
    fn unchanged_frames_are_skipped_but_not_for_long() {
        let (mut gate, options) = (Gate::default(), LiveOptions::default());
        let said: Vec<Submission> = [(0, 90), (100, 90), (200, 91), (300, 95), (400, 95), (700, 95), (800, 95)]
            .map(|(now_ms, value)| judge(&mut gate, value, now_ms, &options))
            .to_vec();
        use Submission::{Taken, Unchanged};
        assert_eq!(said, [Taken, Unchanged, Unchanged, Taken, Unchanged, Taken, Unchanged]);
    }

    #[test]
    fn the_latest_times_do_not_overflow() {
        let (mut gate, options) = (Gate::default(), LiveOptions { min_change: 0.0, ..LiveOptions::default() });
        let pixels = picture(0);
        let frame = Frame::gray8(&pixels, 64, 48, 64).unwrap();
        for now_us in [u64::MAX - 1, u64::MAX] {
            assert_eq!(gate.judge(&frame, now_us, &options).0, Submission::Taken, "{now_us}");
        }
    }

    #[test]
    fn results_that_nobody_fetches_are_bounded_and_lose_no_event() {
        let shared = Shared { state: Mutex::default(), changed: Condvar::new() };
        for index in 1..=10 {
            let events = vec![Event::Began { track: TrackId(index) }];
            let result = StreamResult { timestamp_us: index, faces: Vec::new(), events, detected: true, speech: None };
            shared.publish(Ok(result), FrameBuffer::default(), index, 3);
            shared.state().spare.clear();
        }
        let mut state = shared.state();
        assert_eq!((state.results.len(), state.statistics.results_lost), (3, 7));
        let first = state.next_result().unwrap().unwrap();
        assert_eq!(first.timestamp_us, 8);
        let begun: Vec<Event> = (1..=8).map(|id| Event::Began { track: TrackId(id) }).collect();
        assert_eq!(first.events, begun);
    }

    #[test]
    fn options_out_of_range_are_refused() {
        let default = LiveOptions::default();
        let stream = StreamOptions { min_window: 9, ..StreamOptions::default() };
        for options in [
            LiveOptions { target_fps: 0.0, ..default },
            LiveOptions { target_fps: f32::NAN, ..default },
            LiveOptions { min_change: -1.0, ..default },
            LiveOptions { idle_us: 500_001, ..default },
            LiveOptions { max_results: 0, ..default },
            LiveOptions { stream, ..default },
        ] {
            assert!(options.check().is_err(), "{options:?}");
        }
    }
}
