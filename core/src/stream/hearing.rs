//! What a session hears: the frames of the last seconds of sound, and where speech begins and ends. No sound is kept.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::frames::{LastFrames, erase};
use crate::engine::Closing;
use crate::error::{Result, fail};
use crate::speech::{AudioChunk, SpeechEvent, SpeechFrame, SpeechOutput, SpeechStream};

/// Time before and after speech that belongs to its clip, microseconds: from it the noise is known.
const AROUND_US: u64 = 500_000;

/// Longest clip of speech that is answered, microseconds: of longer speech, the last.
const LONGEST_US: u64 = 4_000_000;

/// Time by which speech must grow for another answer, microseconds.
const STEP_US: u64 = 500_000;

/// The sound of a session. A clone shares it, and takes sound while the session is at work. Values are overwritten when
/// they go.
#[derive(Clone, Default)]
pub struct Hearing {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// `None` until sound comes, so that sessions without it pay nothing.
    sound: Option<Box<Sound>>,
    closed: bool,
}

#[derive(Default)]
struct Sound {
    stream: SpeechStream,
    frames: LastFrames,
    speech: Option<Ongoing>,
}

/// The last speech.
struct Ongoing {
    start_us: u64,
    /// `None` while it goes on.
    end_us: Option<u64>,
    /// Time up to which it was taken by [`Hearing::take`].
    taken_us: u64,
    /// Whether it was taken as it ended.
    done: bool,
}

/// A clip of speech.
pub(super) struct SpeechClip {
    /// Time of the begin of the speech, also if the clip begins later.
    pub start_us: u64,
    /// Time of the begin of what is answered: of long speech, of the last.
    pub from_us: u64,
    /// Time of the end, or of the newest frame.
    pub end_us: u64,
    /// Whether the speech goes on.
    pub ongoing: bool,
    pub frames: Vec<SpeechFrame>,
}

impl Drop for SpeechClip {
    fn drop(&mut self) {
        erase(&mut self.frames);
    }
}

impl Hearing {
    /// Takes the next chunk of sound, of any rate and length; its timestamp has the same origin as those of frames. It is
    /// analyzed on the caller's thread (about 2 ms per second of sound), and never waits for a frame.
    ///
    /// # Errors
    /// As in [`SpeechStream::push`]; `Closed` after the end of the session or its engine.
    pub fn submit_audio(&self, chunk: &AudioChunk<'_>) -> Result<()> {
        let mut state = self.state();
        if state.closed {
            fail!(Closed, "the session is closed");
        }
        let Sound { stream, frames, speech } = &mut **state.sound.get_or_insert_default();
        stream.push(chunk, |output| match output {
            SpeechOutput::Sample(_) => {}
            SpeechOutput::Frame(frame) => frames.push(frame),
            SpeechOutput::Event(SpeechEvent::Began { start_us }) => {
                *speech = Some(Ongoing { start_us, end_us: None, taken_us: start_us, done: false });
            }
            SpeechOutput::Event(SpeechEvent::Ended(segment)) => {
                if let Some(speech) = speech {
                    speech.end_us = Some(segment.end_us);
                }
            }
        })
    }

    /// Whether sound has come.
    pub(super) fn is_on(&self) -> bool {
        self.state().sound.is_some()
    }

    /// Returns the last speech until `now_us` if it has grown enough since the last call, or has ended.
    pub(super) fn take(&self, now_us: u64) -> Option<SpeechClip> {
        let mut state = self.state();
        let Sound { frames, speech, .. } = &mut **state.sound.as_mut()?;
        let speech = speech.as_mut().filter(|speech| !speech.done)?;
        // Sound may come before the frames that it belongs to.
        let newest_us = frames.newest_us()?.min(now_us);
        let ended_us = speech.end_us.filter(|end_us| *end_us <= now_us);
        let end_us = ended_us.unwrap_or(newest_us);
        if end_us <= speech.start_us || ended_us.is_none() && end_us < speech.taken_us + STEP_US {
            return None;
        }
        (speech.taken_us, speech.done) = (end_us, ended_us.is_some());
        let answered_us = speech.start_us.max(end_us.saturating_sub(LONGEST_US));
        let from_us = answered_us.saturating_sub(AROUND_US);
        // Whoever comes late finds other sound in the place of the speech, which is none of it.
        let until_us = if ended_us.is_some() { end_us.saturating_add(AROUND_US) } else { end_us };
        let frames = frames.between(from_us, until_us.min(now_us));
        let (start_us, ongoing) = (speech.start_us, ended_us.is_none());
        Some(SpeechClip { start_us, from_us: answered_us, end_us, ongoing, frames })
    }

    /// Forgets everything and takes no more.
    pub(super) fn close(&self) {
        self.state().close();
    }

    /// Returns what is told when the engine closes.
    pub(super) fn watcher(&self) -> Weak<dyn Closing> {
        let state: Arc<dyn Closing> = self.state.clone();
        Arc::downgrade(&state)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    // A panic while the lock was held leaves complete values behind.
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    fn close(&mut self) {
        self.sound = None;
        self.closed = true;
    }
}

impl Closing for Mutex<State> {
    fn engine_closed(&self) {
        lock(self).close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use crate::speech::AudioFormat;

    /// Syllables of a vowel of about 120 Hz at these times, two per second, in faint noise, in chunks of 10 ms.
    fn hear(hearing: &Hearing, seconds: u64, voiced_ms: std::ops::Range<u64>) {
        let format = AudioFormat::new(16_000, 1).unwrap();
        for chunk in 0..100 * seconds {
            let voiced = voiced_ms.contains(&(10 * chunk)) && chunk % 50 < 40;
            let samples: Vec<f32> = (0..160u64)
                .map(|sample| {
                    let at = (160 * chunk + sample) as f32 / 16_000.0;
                    let phase = std::f32::consts::TAU * 120.0 * at + 4.0 * (25.0 * at).sin();
                    let pulse = (1..20).map(|k| (k as f32 * phase).cos()).sum::<f32>();
                    let noise = ((160 * chunk + sample) as f32 * 12.9898).sin() * 1e-3;
                    if voiced { 0.03 * pulse + noise } else { noise }
                })
                .collect();
            hearing.submit_audio(&AudioChunk::f32(&samples, format, 10_000 * chunk).unwrap()).unwrap();
        }
    }

    #[test]
    fn speech_is_taken_as_it_grows_and_when_it_ends() {
        let hearing = Hearing::default();
        assert!(!hearing.is_on() && hearing.take(u64::MAX).is_none());
        hear(&hearing, 1, 2000..2000);
        assert!(hearing.is_on() && hearing.take(u64::MAX).is_none(), "there is no speech");
        let hearing = Hearing::default();
        hear(&hearing, 3, 1000..3000);
        let clip = hearing.take(u64::MAX).unwrap();
        assert!(clip.ongoing && (850_000..1_050_000).contains(&clip.start_us), "{}", clip.start_us);
        assert!(clip.frames[0].time_us < 550_000, "with the quiet before");
        assert!(hearing.take(u64::MAX).is_none(), "nothing is new");
        let hearing = Hearing::default();
        hear(&hearing, 5, 1000..3000);
        assert!(hearing.take(1_200_000).is_none(), "what comes is not said yet");
        let clip = hearing.take(2_000_000).unwrap();
        assert!(clip.ongoing && clip.end_us == 2_000_000 && clip.frames.iter().all(|frame| frame.time_us <= 2_000_000));
        let clip = hearing.take(u64::MAX).unwrap();
        assert!(!clip.ongoing && (2_850_000..3_100_000).contains(&clip.end_us), "{}", clip.end_us);
        assert!(hearing.take(u64::MAX).is_none());
        let hearing = Hearing::default();
        hear(&hearing, 20, 1000..20_000);
        let clip = hearing.take(u64::MAX).unwrap();
        let length = clip.end_us - clip.frames[0].time_us;
        assert!((4_400_000..4_600_000).contains(&length), "the last of long speech: {length}");
        let hearing = Hearing::default();
        hear(&hearing, 20, 1000..3000);
        assert!(hearing.take(u64::MAX).unwrap().frames.is_empty(), "what was said long ago is gone");
    }

    #[test]
    fn nothing_is_kept_after_the_end() {
        let hearing = Hearing::default();
        hear(&hearing, 3, 1000..3000);
        hearing.watcher().upgrade().unwrap().engine_closed();
        assert!(hearing.take(u64::MAX).is_none() && !hearing.is_on());
        let chunk = AudioChunk::f32(&[0.0; 160], AudioFormat::new(16_000, 1).unwrap(), 0).unwrap();
        assert_eq!(hearing.submit_audio(&chunk).unwrap_err().kind(), ErrorKind::Closed);
    }
}
