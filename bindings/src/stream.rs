//! Sessions for streams of frames.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use mien_core::Frame;
use mien_core::face::track::TrackId;
use mien_core::speech::AudioChunk;
use mien_core::stream as core;

use crate::audio::AudioLayout;
use crate::engine::Engine;
use crate::error::{Result, fail};
use crate::frame::FrameLayout;
use crate::handles::{Answer, FrameTarget, Handle};
use crate::options::{LiveOptions, LivePace, StreamOptions};
use crate::results::{Correction, LiveStatistics, StreamResult, Submission};

/// Processes every frame of a stream in order, on the caller's thread.
#[derive(uniffi::Object)]
pub struct VideoSession {
    /// `None` after the session's end.
    core: Mutex<Option<core::VideoSession>>,
    /// Used without the lock: learning takes longer than a frame, and must not delay the session's end.
    corrections: core::Corrections,
    /// Used without the lock: a microphone must not wait for a frame.
    hearing: core::Hearing,
    handle: Handle,
}

/// Processes the newest frame on its own thread; older waiting frames are dropped.
#[derive(uniffi::Object)]
pub struct LiveSession {
    core: core::LiveSession,
    handle: Handle,
}

/// Is told that a live session has something to fetch.
#[uniffi::export(with_foreign)]
pub trait LiveListener: Send + Sync {
    /// A result waits, or the session has ended. Called once, on a thread of the session or of whoever closes it, and
    /// again after a `poll` that found nothing. It must return at once.
    fn ready(&self);
}

#[uniffi::export]
impl Engine {
    /// Creates a session that processes every frame of a stream in order: for files.
    ///
    /// Errors: `InvalidOption` for an option out of range, `Closed`.
    pub fn video(&self, options: StreamOptions) -> Result<Arc<VideoSession>> {
        let core = core::VideoSession::new(&self.core, options.into())?;
        let (corrections, hearing, core) = (core.corrections(), core.hearing(), Mutex::new(Some(core)));
        Ok(Arc::new_cyclic(|session: &Weak<VideoSession>| VideoSession {
            core,
            corrections,
            hearing,
            handle: Handle::new(session.clone()),
        }))
    }

    /// Creates a session that processes the newest frame on its own thread: for cameras.
    ///
    /// Errors: `InvalidOption` for an option out of range, `Closed`, `Internal` if the system cannot start a
    /// thread.
    pub fn live(&self, options: LiveOptions) -> Result<Arc<LiveSession>> {
        let core = core::LiveSession::new(&self.core, options.into())?;
        Ok(Arc::new_cyclic(|session: &Weak<LiveSession>| LiveSession { core, handle: Handle::new(session.clone()) }))
    }
}

impl VideoSession {
    /// Calls `work` with the session if it is open.
    fn with<T>(&self, work: impl FnOnce(&mut core::VideoSession) -> mien_core::Result<T>) -> Result<T> {
        match self.core.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            Some(core) => Ok(work(core)?),
            None => fail!(Closed, "the video session is closed"),
        }
    }

    fn take(&self, frame: &Frame<'_>, timestamp_us: u64) -> Result<StreamResult> {
        Ok(self.with(|core| core.process(frame, timestamp_us))?.into())
    }

    fn corrections(&self) -> Result<&core::Corrections> {
        self.with(|_| Ok(()))?;
        Ok(&self.corrections)
    }
}

impl FrameTarget for VideoSession {
    fn hand(&self, frame: &Frame<'_>, timestamp_us: u64) -> Result<Answer> {
        Ok(Answer::Video(self.take(frame, timestamp_us)?))
    }

    fn hear(&self, chunk: &AudioChunk<'_>) -> Result<()> {
        Ok(self.hearing.submit_audio(chunk)?)
    }
}

#[uniffi::export]
impl VideoSession {
    /// Processes the next frame; `timestamp_us` is its time in microseconds from any origin.
    ///
    /// Errors: `TimestampOrder` if the time is not later than that of the last frame, `InvalidFrame`,
    /// `Closed`, `Internal`.
    pub fn process(
        &self,
        first: &[u8],
        second: &[u8],
        third: &[u8],
        layout: FrameLayout,
        timestamp_us: u64,
    ) -> Result<StreamResult> {
        self.take(&layout.frame(first, second, third)?, timestamp_us)
    }

    /// Submits the next chunk of sound, from any thread, without waiting for a frame; `timestamp_us` is the time of its
    /// first sample on the clock of the frames. Sound comes before the frames that are later than it. Empty `samples` do
    /// nothing.
    ///
    /// Errors: `InvalidOption` for a format out of range or an incomplete sample; `TimestampOrder` if the chunk begins
    /// more than 1 s before the end of the last one, and then counts as not submitted; `Closed`, `Internal`.
    pub fn submit_audio(&self, samples: &[u8], layout: AudioLayout, timestamp_us: u64) -> Result<()> {
        layout.lend(samples, timestamp_us, |chunk| self.hear(chunk))
    }

    /// Corrects the answer that is shown for the face of a track: it was `label`. `shown` is the label that the
    /// person saw: if another one is shown by now, the frames before the change are meant; by default the one that
    /// is shown now. The frames of the last 3 s for which that answer was shown become a labeled clip, which the
    /// head of the user learns at once, a little; `Engine::relearn` does so in full. A label that is already shown is
    /// confirmed. A second correction of some of the same frames replaces the first. `now_ms` is the time in
    /// milliseconds since 1970.
    ///
    /// Errors: `InvalidOption` for a label that the head does not have, `UserNotFound`, `TrainingDiverged`,
    /// `Storage`, `Closed`.
    #[uniffi::method(default(shown = None))]
    pub fn correct(&self, track: u64, label: String, now_ms: u64, shown: Option<String>) -> Result<Correction> {
        Ok(self.corrections()?.say(TrackId(track), Some(&label), shown.as_deref(), now_ms)?.into())
    }

    /// Confirms the answer that is shown for the face of a track, so that later corrections do not spoil it.
    /// `shown` as in `correct`.
    ///
    /// Errors: `UserNotFound`, `Storage`, `Closed`.
    #[uniffi::method(default(shown = None))]
    pub fn confirm(&self, track: u64, now_ms: u64, shown: Option<String>) -> Result<Correction> {
        Ok(self.corrections()?.say(TrackId(track), None, shown.as_deref(), now_ms)?.into())
    }

    /// Takes back the last correction or confirmation of the session: the head is the one that it would be without
    /// it. `Engine::undo_correction` knows those of other sessions.
    ///
    /// Errors: `InvalidOption` if the generation that learned it cannot be left, `Storage`, `Closed`.
    pub fn undo(&self) -> Result<Correction> {
        Ok(self.corrections()?.undo()?.into())
    }

    /// Ends the session and frees its memory. Ending again does nothing.
    pub fn end(&self) {
        self.core.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// The number of the session on the frame path of Android.
    pub fn frame_handle(&self) -> u64 {
        self.handle.number()
    }
}

impl LiveSession {
    fn take(&self, frame: &Frame<'_>, timestamp_us: u64) -> Result<Submission> {
        Ok(match self.core.submit(frame, timestamp_us)? {
            core::Submission::Taken => Submission::Taken,
            core::Submission::Paced => Submission::Paced,
            core::Submission::Unchanged => Submission::Unchanged,
        })
    }
}

impl FrameTarget for LiveSession {
    fn hand(&self, frame: &Frame<'_>, timestamp_us: u64) -> Result<Answer> {
        Ok(Answer::Live(self.take(frame, timestamp_us)?))
    }

    fn hear(&self, chunk: &AudioChunk<'_>) -> Result<()> {
        Ok(self.core.submit_audio(chunk)?)
    }

    fn receive(&self, timeout_ms: u32) -> Result<Option<StreamResult>> {
        self.wait(timeout_ms)
    }

    fn watch(&self, ready: fn(u64)) -> Result<()> {
        let number = self.handle.number();
        self.core.set_listener(Some(Arc::new(move || ready(number))));
        Ok(())
    }
}

#[uniffi::export]
impl LiveSession {
    /// Submits a frame; `timestamp_us` is its time in microseconds from any origin. The frame is copied; the
    /// call never waits for a network.
    ///
    /// Errors: `TimestampOrder` if the time is not later than that of the last frame, `InvalidFrame`,
    /// `Closed`.
    pub fn submit(
        &self,
        first: &[u8],
        second: &[u8],
        third: &[u8],
        layout: FrameLayout,
        timestamp_us: u64,
    ) -> Result<Submission> {
        self.take(&layout.frame(first, second, third)?, timestamp_us)
    }

    /// Submits the next chunk of sound, from any thread; `timestamp_us` is the time of its first sample on the clock of
    /// the frames. The samples are analyzed at once, in about 2 ms per second of sound, and not kept.
    ///
    /// Errors: `InvalidOption` for a format out of range or an incomplete sample; `TimestampOrder` if the chunk begins
    /// more than 1 s before the end of the last one, and then counts as not submitted; `Closed`, `Internal`.
    pub fn submit_audio(&self, samples: &[u8], layout: AudioLayout, timestamp_us: u64) -> Result<()> {
        layout.lend(samples, timestamp_us, |chunk| self.hear(chunk))
    }

    /// Returns the oldest waiting result, or `None` at once. That of a frame that failed has an error.
    ///
    /// Errors: `Closed` after the end of the session or its engine; `Internal` if the session has failed.
    pub fn poll(&self) -> Result<Option<StreamResult>> {
        self.wait(0)
    }

    /// Returns the oldest result; waits up to `timeout_ms` milliseconds for one, then returns `None`. The end
    /// of the session or the engine ends the wait.
    ///
    /// Errors: as in `poll`.
    pub fn wait(&self, timeout_ms: u32) -> Result<Option<StreamResult>> {
        Ok(self.core.fetch(Duration::from_millis(u64::from(timeout_ms)))?.map(StreamResult::from))
    }

    /// Sets what is told that there is something to fetch; `None` removes it.
    pub fn set_listener(&self, listener: Option<Arc<dyn LiveListener>>) {
        self.core.set_listener(listener.map(|listener| Arc::new(move || listener.ready()) as core::LiveListener));
    }

    /// The pace.
    pub fn pace(&self) -> LivePace {
        self.core.pace().into()
    }

    /// Sets the pace from the next frame on.
    ///
    /// Errors: `InvalidOption` naming the value that is out of its range.
    pub fn set_pace(&self, pace: LivePace) -> Result<()> {
        Ok(self.core.set_pace(pace.into())?)
    }

    /// Corrects the answer that is shown for the face of a track: it was `label`. `shown` is the label that the
    /// person saw: if another one is shown by now, the frames before the change are meant; by default the one that
    /// is shown now. The frames of the last 3 s for which that answer was shown become a labeled clip, which the
    /// head of the user learns at once, a little; `Engine::relearn` does so in full. A label that is already shown is
    /// confirmed. A second correction of some of the same frames replaces the first. `now_ms` is the time in
    /// milliseconds since 1970.
    ///
    /// Errors: `InvalidOption` for a label that the head does not have, `UserNotFound`, `TrainingDiverged`,
    /// `Storage`, `Closed`.
    #[uniffi::method(default(shown = None))]
    pub fn correct(&self, track: u64, label: String, now_ms: u64, shown: Option<String>) -> Result<Correction> {
        Ok(self.core.correct(TrackId(track), &label, shown.as_deref(), now_ms)?.into())
    }

    /// Confirms the answer that is shown for the face of a track, so that later corrections do not spoil it.
    /// `shown` as in `correct`.
    ///
    /// Errors: `UserNotFound`, `Storage`, `Closed`.
    #[uniffi::method(default(shown = None))]
    pub fn confirm(&self, track: u64, now_ms: u64, shown: Option<String>) -> Result<Correction> {
        Ok(self.core.confirm(TrackId(track), shown.as_deref(), now_ms)?.into())
    }

    /// Takes back the last correction or confirmation of the session: the head is the one that it would be without
    /// it. `Engine::undo_correction` knows those of other sessions.
    ///
    /// Errors: `InvalidOption` if the generation that learned it cannot be left, `Storage`, `Closed`.
    pub fn undo(&self) -> Result<Correction> {
        Ok(self.core.undo()?.into())
    }

    /// The frame counts so far.
    pub fn statistics(&self) -> LiveStatistics {
        let statistics = self.core.statistics();
        LiveStatistics {
            submitted: statistics.submitted,
            paced: statistics.paced,
            unchanged: statistics.unchanged,
            dropped: statistics.dropped,
            processed: statistics.processed,
            failed: statistics.failed,
            pending: statistics.pending(),
            results_lost: statistics.results_lost,
            last_age_us: statistics.last_age_us,
            max_age_us: statistics.max_age_us,
        }
    }

    /// Takes no more frames and sound, and returns at once: the results end after those of the frames that were taken.
    pub fn finish(&self) {
        self.core.finish();
    }

    /// Ends the session and returns at once. Results that were not fetched, the waiting frame and the result of the one
    /// being processed are dropped. Ending again does nothing.
    pub fn end(&self) {
        self.core.close();
    }

    /// The number of the session on the frame path of Android.
    pub fn frame_handle(&self) -> u64 {
        self.handle.number()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::mpsc;
    use std::thread;

    use super::*;
    use crate::audio::SampleFormat;
    use crate::error::ErrorCode;
    use crate::models::ModelPack;
    use crate::options::{EngineOptions, StreamOptions};

    #[test]
    fn sound_does_not_wait_for_a_frame_that_is_processed() {
        let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models");
        let pack = ModelPack::from_folder(models.display().to_string()).unwrap();
        let session =
            Engine::without_store(pack, EngineOptions::default()).unwrap().video(StreamOptions::default()).unwrap();
        let submit = |session: &VideoSession, at_us| {
            let layout = AudioLayout { samples: SampleFormat::I16, rate_hz: 16_000, channels: 1 };
            session.submit_audio(&[0; 640], layout, at_us)
        };
        let frame = session.core.lock().unwrap();
        let (heard, answer) = mpsc::channel();
        let other = Arc::clone(&session);
        thread::spawn(move || heard.send(submit(&other, 0).is_ok()));
        assert_eq!(answer.recv_timeout(Duration::from_secs(20)), Ok(true));
        drop(frame);
        session.end();
        assert_eq!(submit(&session, 20_000).unwrap_err().kind(), ErrorCode::Closed);
    }
}
