//! Live sessions for cameras that deliver frames faster than they can be processed: the newest
//! frame wins.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use super::change::Thumbnail;
use super::corrections::Corrections;
use super::hearing::Hearing;
use super::pipeline::{Pipeline, check_order};
use super::power::PowerBudget;
use super::recent::Recent;
use super::{Correction, MAX_EVENTS, StreamOptions, StreamResult};
use crate::engine::{Closing, Engine};
use crate::error::{Error, ErrorKind, Result, fail};
use crate::face::track::TrackId;
use crate::frame::{Frame, FrameBuffer};
use crate::options;
use crate::options::Ranges;
use crate::speech::AudioChunk;

/// Default of [`LiveOptions::target_fps`] and [`LivePace::target_fps`].
const DEFAULT_FPS: f32 = 15.0;

/// Default of [`LiveOptions::min_change`] and [`LivePace::min_change`].
const DEFAULT_CHANGE: f32 = 3.0;

options! {
    /// Options of a live session; immutable after creation.
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct LiveOptions {
        /// How frames are processed.
        pub stream: StreamOptions = StreamOptions::default();
        /// Maximum number of frames processed per second, by their timestamps.
        pub target_fps: f32 = DEFAULT_FPS, in 0.1..=240.0;
        /// A frame is skipped if no cell of a 32 x 32 grid changed by this many gray levels since the last frame that was taken; 0 skips
        /// none. At the default, sensor noise stays below, and a moving mouth in a face of a tenth of the picture's height is above.
        pub min_change: f32 = DEFAULT_CHANGE, in 0.0..=255.0;
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

    /// Returns the pace that a session begins with.
    pub fn pace(&self) -> LivePace {
        LivePace { target_fps: self.target_fps, min_change: self.min_change, power: PowerBudget::Full }
    }
}

options! {
    /// How much a live session works; it can change while the session runs ([`LiveSession::set_pace`]).
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct LivePace {
        /// Maximum number of frames processed per second, by their timestamps.
        pub target_fps: f32 = DEFAULT_FPS, in 0.1..=240.0;
        /// A frame is skipped if no cell of a 32 x 32 grid changed by this many gray levels; 0 skips none.
        pub min_change: f32 = DEFAULT_CHANGE, in 0.0..=255.0;
        /// How much energy the session may use.
        pub power: PowerBudget = PowerBudget::Full;
    }
}

impl LivePace {
    /// Checks the ranges.
    ///
    /// # Errors
    /// `InvalidOption` naming the value that is out of its range.
    pub fn check(&self) -> Result<()> {
        self.check_ranges()
    }

    /// Minimum time from one processed frame to the next, microseconds.
    fn period_us(&self) -> u64 {
        (1e6 / self.target_fps.min(self.power.effort().max_fps)) as u64
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

/// What became of a frame that a live session took.
#[derive(Debug)]
pub struct LiveOutcome {
    /// The frame's timestamp, microseconds.
    pub timestamp_us: u64,
    /// Width of the upright frame, pixels.
    pub width: usize,
    /// Height of the upright frame, pixels.
    pub height: usize,
    /// Its result, or why there is none; the session goes on with the next frame.
    pub result: Result<StreamResult>,
}

/// What [`LiveSession::set_listener`] takes.
pub type LiveListener = Arc<dyn Fn() + Send + Sync>;

/// Processes the newest frame on its own thread; older waiting frames are dropped.
///
/// `Send + Sync`. A frame is borrowed for one call only, so [`LiveSession::submit`] copies it into
/// one of three buffers used in turn: one being filled, one waiting, one being processed. A call
/// waits only for that copy, never for a network. Time is taken from the frames: core has no clock.
/// Dropping the session closes it; closing the engine ends it. Without frames nothing runs: no thread wakes up.
pub struct LiveSession {
    shared: Arc<Shared>,
    gate: Mutex<Gate>,
    idle_us: u64,
    corrections: Corrections,
    recent: Recent,
    hearing: Hearing,
}

/// Decides which frames are taken.
struct Gate {
    pace: LivePace,
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
    results: VecDeque<LiveOutcome>,
    statistics: LiveStatistics,
    newest_us: u64,
    /// Whether the session or its engine was closed: nothing is taken or returned any more.
    closed: bool,
    /// Whether nothing is taken any more: the worker ends after the frames that were.
    finished: bool,
    worker_gone: bool,
    listener: Option<LiveListener>,
    /// Whether the listener is to be called when there is something to fetch.
    is_listening: bool,
}

struct Waiting {
    buffer: FrameBuffer,
    thumbnail: Thumbnail,
    timestamp_us: u64,
    power: PowerBudget,
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
        let gate = Mutex::new(Gate::new(options.pace()));
        Ok(Self { shared, gate, idle_us: options.idle_us, corrections, recent, hearing })
    }

    /// Submits the next chunk of sound, of any rate and length; its timestamp has the same origin as those of frames. It
    /// is analyzed on the caller's thread (about 2 ms per second of sound), the answer comes with the next frames
    /// ([`StreamResult::speech`]). Sound that is heard without frames has no face and answers nothing.
    ///
    /// # Errors
    /// `TimestampOrder` if the chunk begins more than 1 s before the end of the last one. `Closed` after
    /// [`LiveSession::close`] and [`Engine::close`]; `Internal` if the session has failed.
    pub fn submit_audio(&self, chunk: &AudioChunk<'_>) -> Result<()> {
        self.shared.check_open()?;
        self.hearing.submit_audio(chunk)
    }

    /// Submits a frame; `timestamp_us` is its time in microseconds from any origin.
    ///
    /// # Errors
    /// `TimestampOrder` if the time is not later than the last frame's; the frame then counts as
    /// not submitted. `Closed` after [`LiveSession::close`] and [`Engine::close`]; `Internal` if the session has failed.
    pub fn submit(&self, frame: &Frame<'_>, timestamp_us: u64) -> Result<Submission> {
        let mut gate = lock(&self.gate);
        self.shared.check_open()?;
        check_order(gate.last_us, timestamp_us)?;
        gate.last_us = Some(timestamp_us);
        let (submission, thumbnail) = gate.judge(frame, timestamp_us, self.idle_us);
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
        let power = gate.pace.power;
        self.shared.replace_waiting(Waiting { buffer, thumbnail, timestamp_us, power })?;
        Ok(submission)
    }

    /// Returns the pace.
    pub fn pace(&self) -> LivePace {
        lock(&self.gate).pace
    }

    /// Sets the pace from the next frame on, for example when the device is warm or its battery is low.
    ///
    /// # Errors
    /// `InvalidOption` naming the value that is out of its range.
    pub fn set_pace(&self, pace: LivePace) -> Result<()> {
        pace.check()?;
        lock(&self.gate).set_pace(pace);
        Ok(())
    }

    /// Sets what is called when there is something to fetch, a result or the end of the session, in place of an earlier
    /// listener; `None` removes it. Called once: at once if there is something already, and again after a call that
    /// found nothing ([`LiveSession::poll`], [`LiveSession::recv`], [`LiveSession::fetch`]). So a burst of results is one
    /// call, and a session without frames calls nothing.
    ///
    /// It is called on the session's thread, or on that of a caller who closes or sets the listener, without any lock of
    /// the session; it should return at once, since the next frame waits for it. A panic in it is logged and ignored.
    pub fn set_listener(&self, listener: Option<LiveListener>) {
        let mut state = self.shared.state();
        state.listener = listener;
        state.is_listening = true;
        if !state.is_idle() {
            self.shared.tell(state);
        }
    }

    /// Returns the oldest waiting result, or `None` at once.
    ///
    /// # Errors
    /// The frame's error in place of its result: the session goes on, and the next call returns the next result.
    /// `Closed` after [`LiveSession::close`], [`Engine::close`] and the last result of [`LiveSession::finish`]; `Internal`
    /// if the session has failed.
    pub fn poll(&self) -> Result<Option<StreamResult>> {
        self.recv(Duration::ZERO)
    }

    /// Returns the oldest result; waits for one for at most `timeout`, then returns `None`. The end of the session or
    /// its engine ends the wait.
    ///
    /// # Errors
    /// As in [`LiveSession::poll`].
    pub fn recv(&self, timeout: Duration) -> Result<Option<StreamResult>> {
        self.fetch(timeout)?.map(|outcome| outcome.result).transpose()
    }

    /// Like [`LiveSession::recv`], with the frame that a result or an error is of.
    ///
    /// # Errors
    /// Only when there are no more results: `Closed` and `Internal`, as in [`LiveSession::poll`].
    pub fn fetch(&self, timeout: Duration) -> Result<Option<LiveOutcome>> {
        let mut state = self.shared.state();
        if !timeout.is_zero() {
            let waited = self.shared.changed.wait_timeout_while(state, timeout, |state| state.is_idle());
            state = waited.unwrap_or_else(|poisoned| poisoned.into_inner()).0;
        }
        state.next_outcome()
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

    /// Takes no more frames and sound, and returns at once: the results end after those of the frames that were taken, for
    /// recordings that end. Finishing again does nothing.
    pub fn finish(&self) {
        self.shared.state().finished = true;
        self.shared.changed.notify_all();
    }

    /// Ends the session and returns at once. Results that were not fetched are dropped, and so are the waiting frame and
    /// the result of the one being processed, so that nothing follows a close; [`LiveSession::finish`] lets them come.
    /// Closing again does nothing.
    pub fn close(&self) {
        self.shared.close();
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
    fn new(pace: LivePace) -> Self {
        Self { pace, last_us: None, next_due_us: 0, taken: None }
    }

    fn set_pace(&mut self, pace: LivePace) {
        self.pace = pace;
        // A frame that was due late at the old pace is due at the new one.
        let since_last_us = self.last_us.unwrap_or(0).saturating_add(pace.period_us());
        self.next_due_us = self.next_due_us.min(since_last_us);
    }

    /// Decides whether the frame is processed; returns its thumbnail if so. After `idle_us` an unchanged frame is too.
    fn judge(&mut self, frame: &Frame<'_>, now_us: u64, idle_us: u64) -> (Submission, Option<Thumbnail>) {
        let period_us = self.pace.period_us();
        // Timestamps are rounded, so a frame slightly early counts as due.
        if now_us.saturating_add(period_us / 16) < self.next_due_us {
            return (Submission::Paced, None);
        }
        self.next_due_us = self.next_due_us.saturating_add(period_us).max(now_us);
        let thumbnail = Thumbnail::of(frame);
        if let Some((taken, at_us)) = &self.taken
            && now_us - at_us < idle_us
            && thumbnail.greatest_change(taken) < self.pace.min_change
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

    /// Waits for a frame; `None` when there will be none.
    fn take_waiting(&self) -> Option<Waiting> {
        let idle = |state: &mut State| state.waiting.is_none() && !state.closed && !state.finished;
        let mut state = self.changed.wait_while(self.state(), idle).unwrap_or_else(|poisoned| poisoned.into_inner());
        if state.closed { None } else { state.waiting.take() }
    }

    fn publish(&self, outcome: LiveOutcome, buffer: FrameBuffer, max_results: usize) {
        let mut state = self.state();
        match &outcome.result {
            Ok(_) => state.statistics.processed += 1,
            Err(_) => state.statistics.failed += 1,
        }
        let age_us = state.newest_us.saturating_sub(outcome.timestamp_us);
        state.statistics.last_age_us = age_us;
        state.statistics.max_age_us = state.statistics.max_age_us.max(age_us);
        if state.closed {
            // Whoever waited has received `Closed`; no result may follow that.
            return;
        }
        state.spare.push(buffer);
        state.results.push_back(outcome);
        if state.results.len() > max_results {
            state.lose_oldest_result();
        }
        self.tell(state);
    }

    /// Ends the session for everybody who waits.
    fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        if state.waiting.take().is_some() {
            state.statistics.dropped += 1;
        }
        // They tell who was seen.
        state.results = VecDeque::new();
        state.spare = Vec::new();
        self.tell(state);
    }

    /// Wakes all who wait, and the listener, after a change of the state.
    fn tell(&self, mut state: MutexGuard<'_, State>) {
        let called = state.listener_to_call();
        if state.closed {
            // Nothing follows, and the worker may live a little longer.
            state.listener = None;
        }
        drop(state);
        self.changed.notify_all();
        call(called);
    }
}

impl Closing for Shared {
    fn engine_closed(&self) {
        self.close();
    }
}

impl State {
    /// Whether there is nothing to fetch, and the session goes on.
    fn is_idle(&self) -> bool {
        self.results.is_empty() && !self.closed && !self.worker_gone
    }

    fn check_open(&self) -> Result<()> {
        if self.closed || self.finished {
            fail!(Closed, "the live session is closed");
        }
        self.check_worker()
    }

    fn check_worker(&self) -> Result<()> {
        if self.worker_gone {
            fail!(Internal, "the live session has failed: make another one");
        }
        Ok(())
    }

    fn next_outcome(&mut self) -> Result<Option<LiveOutcome>> {
        let oldest = self.results.pop_front();
        if oldest.is_none() {
            if self.closed || self.finished && self.worker_gone {
                fail!(Closed, "the live session is closed");
            }
            self.check_worker()?;
            self.is_listening = true;
        }
        Ok(oldest)
    }

    /// Returns the listener if it waits to be called.
    fn listener_to_call(&mut self) -> Option<LiveListener> {
        if std::mem::take(&mut self.is_listening) { self.listener.clone() } else { None }
    }

    /// Drops the oldest result and moves its events in front of the next one's.
    fn lose_oldest_result(&mut self) {
        self.statistics.results_lost += 1;
        let Some(Ok(oldest)) = self.results.pop_front().map(|outcome| outcome.result) else { return };
        let mut later = self.results.iter_mut().filter_map(|outcome| outcome.result.as_mut().ok());
        if let Some(next) = later.next() {
            let mut events = oldest.events;
            events.append(&mut next.events);
            events.drain(..events.len().saturating_sub(MAX_EVENTS));
            next.events = events;
        }
    }
}

/// Calls a listener; the session must survive whatever it does.
fn call(listener: Option<LiveListener>) {
    if let Some(listener) = listener
        && catch_unwind(AssertUnwindSafe(|| listener())).is_err()
    {
        log::warn!("the listener of a live session has panicked");
    }
}

/// The worker: processes frames until the session or the engine closes.
fn work(shared: &Shared, mut pipeline: Pipeline, max_results: usize) {
    let _gone = Gone(shared);
    while let Some(Waiting { buffer, thumbnail, timestamp_us, power }) = shared.take_waiting() {
        let Some(frame) = buffer.frame() else { continue };
        let (width, height) = frame.upright_size();
        let result = pipeline.process(&frame, thumbnail, timestamp_us, power);
        let over = result.as_ref().is_err_and(|error| error.kind() == ErrorKind::Closed);
        shared.publish(LiveOutcome { timestamp_us, width, height, result }, buffer, max_results);
        if over {
            break;
        }
    }
}

/// Marks the worker as ended, even after a panic, so that nobody waits for it.
struct Gone<'a>(&'a Shared);

impl Drop for Gone<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.worker_gone = true;
        self.0.tell(state);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic while the lock was held leaves complete values behind.
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::face::track::TrackId;
    use crate::stream::Event;

    fn picture(value: u8) -> Vec<u8> {
        (0..64 * 48).map(|index| if index % 64 < 20 { value } else { 40 }).collect()
    }

    fn gate(min_change: f32) -> Gate {
        Gate::new(LivePace { min_change, ..LivePace::default() })
    }

    fn judge(gate: &mut Gate, value: u8, now_ms: u64) -> Submission {
        let pixels = picture(value);
        gate.last_us = Some(1000 * now_ms);
        gate.judge(&Frame::gray8(&pixels, 64, 48, 64).unwrap(), 1000 * now_ms, 400_000).0
    }

    fn outcome(timestamp_us: u64, result: Result<Vec<Event>>) -> LiveOutcome {
        let result = result.map(|events| StreamResult {
            timestamp_us,
            width: 64,
            height: 48,
            faces: Vec::new(),
            events,
            detected: true,
            speech: None,
        });
        LiveOutcome { timestamp_us, width: 64, height: 48, result }
    }

    fn shared() -> Shared {
        Shared { state: Mutex::default(), changed: Condvar::new() }
    }

    /// Sets a listener that counts its calls.
    fn counted(shared: &Shared) -> Arc<AtomicUsize> {
        let calls = Arc::new(AtomicUsize::new(0));
        let counter = calls.clone();
        let mut state = shared.state();
        state.listener = Some(Arc::new(move || {
            counter.fetch_add(1, Ordering::SeqCst);
        }));
        state.is_listening = true;
        calls
    }

    #[test]
    fn frames_come_in_at_the_target_rate_on_the_mean() {
        for camera_fps in [15, 24, 30, 60, 120] {
            let mut gate = gate(0.0);
            let taken = (0..10 * camera_fps)
                .filter(|index| judge(&mut gate, 0, index * 1000 / camera_fps) == Submission::Taken)
                .count();
            assert!((145..=152).contains(&taken), "{camera_fps}: {taken}");
        }
        let mut gate = gate(0.0);
        assert!((0..50).all(|index| judge(&mut gate, 0, 200 * index) == Submission::Taken), "a slow camera");
    }

    #[test]
    fn a_change_of_pace_counts_from_the_next_frame_on() {
        let mut gate = gate(0.0);
        let mut taken_in_a_second = |from_ms: u64, pace: LivePace| {
            gate.set_pace(pace);
            (0..60).filter(|index| judge(&mut gate, 0, from_ms + index * 1000 / 60) == Submission::Taken).count()
        };
        let fast = LivePace { target_fps: 60.0, min_change: 0.0, power: PowerBudget::Full };
        assert_eq!(taken_in_a_second(0, LivePace { target_fps: 0.1, ..fast }), 1);
        // The next frame at the old pace would be due 9 s later.
        assert!((58..=60).contains(&taken_in_a_second(1000, fast)));
        assert!((9..=11).contains(&taken_in_a_second(2000, LivePace { power: PowerBudget::Balanced, ..fast })));
        assert!((4..=6).contains(&taken_in_a_second(3000, LivePace { power: PowerBudget::Saver, ..fast })));
        assert!((2..=4).contains(&taken_in_a_second(4000, LivePace { power: PowerBudget::Critical, ..fast })));
        let slow = LivePace { target_fps: 2.0, power: PowerBudget::Saver, ..fast };
        assert!((2..=3).contains(&taken_in_a_second(5000, slow)), "no budget makes anything faster");
        assert!(taken_in_a_second(6000, LivePace { min_change: 255.0, ..fast }) <= 3, "nothing changes so much");
        assert!((58..=60).contains(&taken_in_a_second(7000, fast)));
    }

    #[test]
    fn a_burst_of_results_calls_the_listener_once_until_they_are_fetched() {
        let shared = shared();
        let calls = counted(&shared);
        for index in 1..=3 {
            shared.publish(outcome(index, Ok(Vec::new())), FrameBuffer::default(), 8);
        }
        assert_eq!(calls.load(Ordering::SeqCst), 1);
        for index in 1..=3 {
            assert_eq!(shared.state().next_outcome().unwrap().unwrap().timestamp_us, index);
        }
        shared.publish(outcome(4, Ok(Vec::new())), FrameBuffer::default(), 8);
        assert_eq!(calls.load(Ordering::SeqCst), 1, "nobody has found the end of the results yet");
        assert!(shared.state().next_outcome().unwrap().is_some());
        assert!(shared.state().next_outcome().unwrap().is_none());
        shared.publish(outcome(5, Ok(Vec::new())), FrameBuffer::default(), 8);
        assert_eq!(calls.load(Ordering::SeqCst), 2);
        while shared.state().next_outcome().unwrap().is_some() {}
        shared.close();
        shared.close();
        assert_eq!(calls.load(Ordering::SeqCst), 3, "the end is told once");
        assert_eq!(shared.state().next_outcome().unwrap_err().kind(), ErrorKind::Closed);
    }

    #[test]
    fn a_listener_may_use_the_session_and_may_panic() {
        let shared = Arc::new(shared());
        let (session, seen) = (Arc::downgrade(&shared), Arc::new(AtomicUsize::new(0)));
        let counter = seen.clone();
        let listener: LiveListener = Arc::new(move || {
            let session = session.upgrade().unwrap();
            while session.state().next_outcome().is_ok_and(|outcome| outcome.is_some()) {
                counter.fetch_add(1, Ordering::SeqCst);
            }
            panic!("a listener");
        });
        let mut state = shared.state();
        (state.listener, state.is_listening) = (Some(listener), true);
        drop(state);
        for index in 1..=3 {
            shared.publish(outcome(index, Ok(Vec::new())), FrameBuffer::default(), 8);
        }
        assert_eq!(seen.load(Ordering::SeqCst), 3);
        shared.close();
    }

    #[test]
    fn a_failed_frame_has_its_place_among_the_results_and_a_failed_session_says_so() {
        let shared = shared();
        let calls = counted(&shared);
        let broken = Err(Error::new(ErrorKind::Internal, "a network failed"));
        shared.publish(outcome(7, broken), FrameBuffer::default(), 8);
        shared.publish(outcome(8, Ok(Vec::new())), FrameBuffer::default(), 8);
        let failed = shared.state().next_outcome().unwrap().unwrap();
        assert_eq!((failed.timestamp_us, failed.width, failed.height), (7, 64, 48));
        assert_eq!(failed.result.unwrap_err().to_string(), "a network failed");
        assert!(shared.state().next_outcome().unwrap().unwrap().result.is_ok());
        assert!(shared.state().next_outcome().unwrap().is_none());
        drop(Gone(&shared));
        assert_eq!(calls.load(Ordering::SeqCst), 2);
        assert_eq!(shared.state().next_outcome().unwrap_err().kind(), ErrorKind::Internal, "it was not closed");
        shared.close();
        assert_eq!(shared.state().next_outcome().unwrap_err().kind(), ErrorKind::Closed);
    }

    #[test]
    fn unchanged_frames_are_skipped_but_not_for_long() {
        let mut gate = gate(3.0);
        let said: Vec<Submission> = [(0, 90), (100, 90), (200, 91), (300, 95), (400, 95), (700, 95), (800, 95)]
            .map(|(now_ms, value)| judge(&mut gate, value, now_ms))
            .to_vec();
        use Submission::{Taken, Unchanged};
        assert_eq!(said, [Taken, Unchanged, Unchanged, Taken, Unchanged, Taken, Unchanged]);
    }

    #[test]
    fn the_latest_times_do_not_overflow() {
        let mut gate = gate(0.0);
        let pixels = picture(0);
        let frame = Frame::gray8(&pixels, 64, 48, 64).unwrap();
        for now_us in [u64::MAX - 1, u64::MAX] {
            assert_eq!(gate.judge(&frame, now_us, 400_000).0, Submission::Taken, "{now_us}");
        }
    }

    #[test]
    fn results_that_nobody_fetches_are_bounded_and_lose_no_event() {
        let shared = shared();
        for index in 1..=10 {
            let events = vec![Event::Began { track: TrackId(index) }];
            shared.publish(outcome(index, Ok(events)), FrameBuffer::default(), 3);
            shared.state().spare.clear();
        }
        let mut state = shared.state();
        assert_eq!((state.results.len(), state.statistics.results_lost), (3, 7));
        let first = state.next_outcome().unwrap().unwrap().result.unwrap();
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
