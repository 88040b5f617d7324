//! Speech activity: segments of voiced sound above the background.
//!
//! A frame counts as loud if its energy is well above the noise floor, which follows the quietest moments of the last
//! 3 s (R. Martin, "Noise power spectral density estimation based on optimal smoothing and minimum statistics", IEEE
//! Trans. Speech Audio Process. 9 (5), 2001, here on the energy alone). Speech begins with loud voiced frames, at a
//! higher threshold than it goes on with, and lasts over short pauses. What is voiced is not told apart: singing,
//! music with a pitch and a barking dog count as speech as well. Noise without a pitch does not, however loud.

use super::frame::{SpeechFrame, VOICED, position};

/// Energy in dB above the noise floor at which speech begins.
const BEGIN_DB: f32 = 9.0;

/// Energy in dB above the noise floor from which frames still count.
const STAY_DB: f32 = 6.0;

/// Energy in dB of full scale below which nothing begins.
const MIN_DB: f32 = -60.0;

/// Voicing from which a frame still counts as voiced once a segment has begun; [`VOICED`] before.
const STAY_VOICED: f32 = 0.5;

/// Frames of loud voice that make speech: 0.1 s. Shorter sounds are none.
const MIN_VOICED: u32 = 10;

/// Frames without loud sound that a segment lasts over.
const HANGOVER: u64 = 30;

/// Frames without voice that a segment lasts over, before and after it has proved to be speech.
const UNPROVED_UNVOICED: u64 = 20;
const PROVED_UNVOICED: u64 = 100;

/// Frames before the first voiced and after the last loud frame that belong to a segment: consonants.
const MARGIN: u64 = 10;

/// Length of a frame's step in microseconds.
const HOP_US: u64 = 10_000;

/// Frames per block of the noise floor, and the number of blocks: 3 s.
const BLOCK: u32 = 25;
const BLOCKS: usize = 12;

/// Noise floor in dB of full scale that is assumed at most until the first second is over, and the range of all.
const FIRST_FLOOR_DB: f32 = -60.0;
const MIN_FLOOR_DB: f32 = -80.0;

/// Time in microseconds before and after a segment whose frames tell the noise around it.
const BEFORE_US: u64 = 1_000_000;
const AFTER_US: u64 = 300_000;

/// A stretch of speech.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpeechSegment {
    /// Time of the first frame in microseconds.
    pub start_us: u64,
    /// Time of the last frame in microseconds.
    pub end_us: u64,
    /// Number of voiced frames.
    pub voiced: u32,
    /// Mean energy of the loud frames above the noise floor, in dB.
    pub above_noise_db: f32,
}

impl SpeechSegment {
    /// Returns the length in microseconds.
    pub fn length_us(&self) -> u64 {
        self.end_us - self.start_us
    }

    /// Returns those of `frames`, in order of their times, that are of the segment or of the quiet around it: a clip, whose
    /// [`ClipQuality`](super::ClipQuality) says whether it may be decided on.
    pub fn clip<'a>(&self, frames: &'a [SpeechFrame]) -> &'a [SpeechFrame] {
        let from = frames.partition_point(|frame| frame.time_us + BEFORE_US < self.start_us);
        let to = frames.partition_point(|frame| frame.time_us <= self.end_us + AFTER_US);
        &frames[from..to]
    }
}

/// Begin and end of speech.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SpeechEvent {
    /// Speech has begun at this time, told about 0.1 s later.
    Began {
        /// Time of the first frame in microseconds.
        start_us: u64,
    },
    /// Speech has ended, told about 0.3 s later.
    Ended(SpeechSegment),
}

/// The quietest energy of the last seconds.
#[derive(Debug)]
struct NoiseFloor {
    /// Minimum of each block; the current one is at `block`.
    minima: [f32; BLOCKS],
    block: usize,
    /// Frames in the current block.
    frames: u32,
    /// Blocks that are complete, at most all.
    complete: usize,
    /// The energy, smoothed over a few frames.
    smooth: Option<f32>,
}

impl NoiseFloor {
    fn new() -> Self {
        Self { minima: [f32::INFINITY; BLOCKS], block: 0, frames: 0, complete: 0, smooth: None }
    }

    /// Takes the energy of the next frame and returns the floor.
    fn follow(&mut self, energy_db: f32) -> f32 {
        let smooth = self.smooth.map_or(energy_db, |smooth| smooth + 0.3 * (energy_db - smooth));
        self.smooth = Some(smooth);
        if self.frames == BLOCK {
            self.frames = 0;
            self.complete = (self.complete + 1).min(BLOCKS);
            self.block = (self.block + 1) % BLOCKS;
            self.minima[self.block] = f32::INFINITY;
        }
        self.frames += 1;
        self.minima[self.block] = self.minima[self.block].min(smooth);
        let least = self.minima.iter().copied().fold(f32::INFINITY, f32::min);
        // A stream may begin in the middle of a word.
        let most = if self.complete < 4 { FIRST_FLOOR_DB } else { f32::INFINITY };
        least.min(most).max(MIN_FLOOR_DB)
    }
}

/// A segment that is going on.
#[derive(Debug, Clone, Copy)]
struct Open {
    /// Index and time of the first voiced frame.
    first: u64,
    first_us: u64,
    /// The last loud and the last voiced frame.
    loud: u64,
    loud_us: u64,
    voiced_at: u64,
    /// Whether it proved to be speech.
    proved: bool,
    voiced: u32,
    louds: u32,
    /// Sum over the loud frames of their distance to the noise floor.
    above_db: f32,
}

/// Finds speech in frames.
#[derive(Debug)]
pub struct Activity {
    floor: NoiseFloor,
    open: Option<Open>,
    /// Number of frames so far.
    index: u64,
    /// First time that no segment has and no gap is before.
    free_us: u64,
}

impl Activity {
    /// Creates a detector that knows no noise floor.
    pub fn new() -> Self {
        Self { floor: NoiseFloor::new(), open: None, index: 0, free_us: 0 }
    }

    /// Whether speech goes on.
    pub fn is_speech(&self) -> bool {
        self.open.is_some_and(|open| open.proved)
    }

    /// Takes the next frame; returns whether speech began or ended.
    pub fn take(&mut self, frame: &SpeechFrame) -> Option<SpeechEvent> {
        let index = self.index;
        self.index += 1;
        let above_db = frame.energy_db() - self.floor.follow(frame.energy_db());
        let voicing = frame.values[position::VOICING];
        if index == 0 {
            self.free_us = frame.time_us;
        }
        if self.open.is_none() && voicing >= VOICED && above_db >= BEGIN_DB && frame.energy_db() >= MIN_DB {
            self.open = Some(Open::new(index, frame.time_us));
        }
        let open = self.open.as_mut()?;
        open.take(index, frame, above_db, voicing >= STAY_VOICED);
        let patience = if open.proved { PROVED_UNVOICED } else { UNPROVED_UNVOICED };
        if index - open.loud > HANGOVER || index - open.voiced_at > patience {
            return self.end(frame.time_us);
        }
        if open.proved || open.voiced < MIN_VOICED {
            return None;
        }
        open.proved = true;
        Some(SpeechEvent::Began { start_us: open.start_us(self.free_us) })
    }

    /// Ends a segment that goes on at `now_us`, the time of the last frame, for example at the end of the stream.
    /// The noise floor stays, because the next frames come from the same place; times may leap.
    pub fn finish(&mut self, now_us: u64) -> Option<SpeechEvent> {
        let event = self.end(now_us);
        self.index = 0;
        event
    }

    fn end(&mut self, now_us: u64) -> Option<SpeechEvent> {
        let open = self.open.take().filter(|open| open.proved)?;
        let end_us = (open.loud_us + MARGIN * HOP_US).min(now_us);
        let segment = SpeechSegment {
            start_us: open.start_us(self.free_us).min(end_us),
            end_us,
            voiced: open.voiced,
            above_noise_db: open.above_db / open.louds.max(1) as f32,
        };
        self.free_us = end_us + HOP_US;
        Some(SpeechEvent::Ended(segment))
    }
}

impl Open {
    fn new(first: u64, first_us: u64) -> Self {
        Self {
            first,
            first_us,
            loud: first,
            loud_us: first_us,
            voiced_at: first,
            proved: false,
            voiced: 0,
            louds: 0,
            above_db: 0.0,
        }
    }

    /// Returns the time of the segment's first frame, which is not before `free_us`.
    fn start_us(&self, free_us: u64) -> u64 {
        self.first_us.saturating_sub(MARGIN.min(self.first) * HOP_US).max(free_us)
    }

    fn take(&mut self, index: u64, frame: &SpeechFrame, above_db: f32, voiced: bool) {
        if above_db < STAY_DB {
            return;
        }
        (self.loud, self.loud_us) = (index, frame.time_us);
        self.louds += 1;
        self.above_db += above_db;
        if voiced {
            self.voiced_at = index;
            self.voiced += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speech::frame::{EMBEDDING_BANDS, FrameDoubts, VALUES};

    /// Frames of (count, energy in dB, voicing) one after another.
    fn frames(parts: &[(usize, f32, f32)]) -> Vec<SpeechFrame> {
        let parts = parts.iter().flat_map(|&(count, energy, voicing)| vec![(energy, voicing); count]);
        let frame = |(index, (energy, voicing)): (usize, (f32, f32))| {
            let mut values = [0.0; VALUES];
            (values[position::ENERGY], values[position::VOICING]) = (energy, voicing);
            SpeechFrame {
                time_us: index as u64 * HOP_US,
                values,
                bands_db: [0.0; EMBEDDING_BANDS],
                doubts: FrameDoubts::default(),
            }
        };
        parts.enumerate().map(frame).collect()
    }

    fn events(parts: &[(usize, f32, f32)]) -> Vec<SpeechEvent> {
        let frames = frames(parts);
        let mut activity = Activity::new();
        let mut events: Vec<_> = frames.iter().filter_map(|frame| activity.take(frame)).collect();
        events.extend(activity.finish(frames.last().unwrap().time_us));
        events
    }

    fn segments(parts: &[(usize, f32, f32)]) -> Vec<SpeechSegment> {
        let ended = events(parts).into_iter().filter_map(|event| match event {
            SpeechEvent::Ended(segment) => Some(segment),
            SpeechEvent::Began { .. } => None,
        });
        ended.collect()
    }

    #[test]
    fn a_word_in_silence_is_a_segment_with_its_margins() {
        let events = events(&[(100, -80.0, 0.0), (60, -30.0, 0.9), (100, -80.0, 0.0)]);
        assert_eq!(events[0], SpeechEvent::Began { start_us: 900_000 });
        let SpeechEvent::Ended(segment) = events[1] else { panic!("{events:?}") };
        assert_eq!((segment.start_us, segment.end_us), (900_000, 1_690_000));
        assert_eq!((segment.voiced, segment.above_noise_db), (60, 50.0));
        assert_eq!(events.len(), 2);
    }

    #[test]
    fn pauses_within_speech_do_not_end_it_and_longer_ones_do() {
        let speech = |pause| [(50, -75.0, 0.0), (50, -30.0, 0.9), (pause, -70.0, 0.1), (50, -30.0, 0.9)];
        assert_eq!(segments(&speech(25)).len(), 1);
        let two = segments(&speech(60));
        assert_eq!(two.len(), 2);
        assert!(two[0].end_us < two[1].start_us);
    }

    #[test]
    fn silence_noise_and_sounds_below_a_tenth_of_a_second_are_no_speech() {
        assert!(segments(&[(500, -100.0, 0.0)]).is_empty());
        assert!(segments(&[(100, -70.0, 0.0), (500, -15.0, 0.4)]).is_empty(), "loud noise");
        assert!(segments(&[(100, -70.0, 0.0), (8, -15.0, 0.95), (100, -70.0, 0.0)]).is_empty(), "a beep");
        assert!(segments(&[(500, -65.0, 0.95)]).is_empty(), "a hum that nobody hears");
    }

    #[test]
    fn a_steady_tone_is_background_after_some_seconds() {
        let [segment] = segments(&[(100, -70.0, 0.0), (2000, -30.0, 0.95)])[..] else { panic!("one segment") };
        assert!(segment.length_us() < 4_000_000);
        let quieter = segments(&[(2000, -30.0, 0.95), (50, -29.0, 0.95)]);
        assert_eq!(quieter.len(), 1);
    }

    #[test]
    fn speech_that_opens_a_stream_is_found() {
        let [segment] = segments(&[(60, -25.0, 0.9), (100, -70.0, 0.0)])[..] else { panic!("one segment") };
        assert_eq!(segment.start_us, 0);
    }

    #[test]
    fn speech_must_stand_out_from_noise() {
        assert!(segments(&[(300, -35.0, 0.1), (100, -30.0, 0.9), (100, -35.0, 0.1)]).is_empty());
        let [segment] = segments(&[(300, -35.0, 0.1), (100, -25.0, 0.9), (100, -35.0, 0.1)])[..] else {
            panic!("one segment")
        };
        assert!((9.0..12.0).contains(&segment.above_noise_db), "{segment:?}");
    }
}
