//! A stream of sound: chunks in, frames and speech out.

use super::RATE_HZ;
use super::activity::{Activity, SpeechEvent, SpeechSegment};
use super::audio::{AudioChunk, AudioFormat, Mixer};
use super::clock::{Clock, Place};
use super::frame::{FrameDoubts, SpeechFrame};
use super::frames::Framer;
use super::pitch::SPAN;
use super::resample::Resampler;
use crate::error::Result;

const FILLED: FrameDoubts = FrameDoubts { filled: true, ..FrameDoubts::NONE };

/// A frame, or the begin or end of speech.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SpeechOutput<'a> {
    /// The next sample of 16 kHz that frames are made of.
    Sample(f32),
    /// The next frame.
    Frame(&'a SpeechFrame),
    /// Speech began or ended, as of the frame before.
    Event(SpeechEvent),
}

/// Analyzes sound as it comes. Memory is allocated when the stream begins and where the sample rate changes, and at no
/// other time; frames are passed on, never kept.
///
/// ```
/// use mien_core::speech::{AudioChunk, AudioFormat, SpeechOutput, SpeechStream};
///
/// # fn main() -> mien_core::Result<()> {
/// let format = AudioFormat::new(48_000, 1)?;
/// let mut stream = SpeechStream::new();
/// let mut frames = 0;
/// for chunk in 0..100 {
///     let samples = [0i16; 480];
///     let chunk = AudioChunk::i16(&samples, format, chunk * 10_000)?;
///     stream.push(&chunk, |output| frames += usize::from(matches!(output, SpeechOutput::Frame(_))))?;
/// }
/// stream.finish(|output| frames += usize::from(matches!(output, SpeechOutput::Frame(_))))?;
/// assert_eq!(frames, 98);
/// # Ok(())
/// # }
/// ```
pub struct SpeechStream {
    mixer: Mixer,
    /// The converter of the current rate; kept if the next run has the same.
    resampler: Option<Resampler>,
    clock: Option<Clock>,
    /// Index of the run's sample with which the resampler began.
    base: u64,
    analysis: Analysis,
}

/// What follows the samples of 16 kHz.
struct Analysis {
    framer: Framer,
    activity: Activity,
    /// Time of the last frame.
    last_us: Option<u64>,
}

impl SpeechStream {
    /// Creates a stream that begins with the first chunk.
    pub fn new() -> Self {
        let analysis = Analysis { framer: Framer::new(), activity: Activity::new(), last_us: None };
        Self { mixer: Mixer::default(), resampler: None, clock: None, base: 0, analysis }
    }

    /// Whether speech goes on, as of the last frame.
    pub fn is_speech(&self) -> bool {
        self.analysis.activity.is_speech()
    }

    /// Analyzes the next chunk and passes the frames that are complete, and begins and ends of speech, to `sink`.
    /// Frames depend on samples and times only, not on how they are split into chunks.
    ///
    /// Timestamps may differ from the count of samples by 20 ms, as clocks and buffers do, and drift. Beyond that,
    /// missing samples of up to 0.2 s count as silence, and the frames with them are doubtful; after a longer gap
    /// the stream starts anew. Samples that were there before are left out. A new sample rate goes on at once.
    ///
    /// # Errors
    /// `TimestampOrder` if the chunk begins more than 1 s before the end of the last one; it then counts as not
    /// submitted. `Internal` if an invariant does not hold.
    pub fn push(&mut self, chunk: &AudioChunk<'_>, mut sink: impl FnMut(SpeechOutput<'_>)) -> Result<()> {
        let length = chunk.len() as u64;
        if length == 0 {
            return Ok(());
        }
        let (rate_hz, timestamp_us) = (chunk.format().rate_hz(), chunk.timestamp_us());
        let place = match &mut self.clock {
            None => Place::Later,
            Some(clock) if clock.rate_hz() == rate_hz => clock.place(timestamp_us, length)?,
            Some(clock) => {
                let mut changed = *clock;
                changed.change_rate(rate_hz);
                let place = changed.place(timestamp_us, length)?;
                *clock = changed;
                self.change_rate(rate_hz, &mut sink)?;
                place
            }
        };
        let skipped = match place {
            Place::Next => 0,
            Place::Known(samples) => samples as usize,
            Place::After(samples) => {
                self.fill(samples, &mut sink)?;
                0
            }
            Place::Later => {
                self.end_run(&mut sink)?;
                self.begin_run(timestamp_us, rate_hz)?;
                0
            }
        };
        for index in skipped..chunk.len() {
            let (sample, doubts) = self.mixer.mix(chunk, index);
            self.take(sample, doubts, &mut sink)?;
        }
        Ok(())
    }

    /// Ends the stream: passes the last frames and the end of speech to `sink`. The next chunk begins a new stream at
    /// any later time, in the same place: what is known of the noise stays.
    ///
    /// # Errors
    /// `Internal` if an invariant does not hold.
    pub fn finish(&mut self, mut sink: impl FnMut(SpeechOutput<'_>)) -> Result<()> {
        self.end_run(&mut sink)?;
        self.analysis.last_us = None;
        Ok(())
    }

    fn begin_run(&mut self, timestamp_us: u64, rate_hz: u32) -> Result<()> {
        if self.resampler.as_ref().is_none_or(|resampler| resampler.rate_hz() != rate_hz) {
            self.resampler = Some(Resampler::new(rate_hz)?);
        }
        self.clock = Some(Clock::new(timestamp_us, rate_hz));
        self.base = 0;
        self.mixer = Mixer::default();
        Ok(())
    }

    fn end_run(&mut self, sink: &mut impl FnMut(SpeechOutput<'_>)) -> Result<()> {
        self.drain(sink)?;
        let Some(clock) = self.clock.take() else { return Ok(()) };
        self.analysis.finish(&clock, sink)
    }

    /// Goes on with another rate; the clock has it already.
    fn change_rate(&mut self, rate_hz: u32, sink: &mut impl FnMut(SpeechOutput<'_>)) -> Result<()> {
        self.drain(sink)?;
        self.base = self.analysis.framer.count();
        self.resampler = Some(Resampler::new(rate_hz)?);
        Ok(())
    }

    /// Takes what the resampler still holds.
    fn drain(&mut self, sink: &mut impl FnMut(SpeechOutput<'_>)) -> Result<()> {
        let Self { resampler: Some(resampler), clock: Some(clock), analysis, .. } = self else { return Ok(()) };
        let mut outcome = Ok(());
        resampler.finish(|sample| analysis.take(sample, clock, sink, &mut outcome))?;
        outcome
    }

    fn fill(&mut self, samples: u64, sink: &mut impl FnMut(SpeechOutput<'_>)) -> Result<()> {
        self.mixer = Mixer::default();
        (0..samples).try_for_each(|_| self.take(0.0, FILLED, sink))
    }

    /// Takes the next sample at the chunk's rate.
    fn take(&mut self, sample: f32, doubts: FrameDoubts, sink: &mut impl FnMut(SpeechOutput<'_>)) -> Result<()> {
        let Self { resampler: Some(resampler), clock: Some(clock), base, analysis, .. } = self else { return Ok(()) };
        clock.advance(1);
        analysis.framer.mark(*base + resampler.position(), doubts);
        let mut outcome = Ok(());
        resampler.push(sample, |sample| analysis.take(sample, clock, sink, &mut outcome))?;
        outcome
    }
}

impl Default for SpeechStream {
    fn default() -> Self {
        Self::new()
    }
}

impl Analysis {
    /// Takes the next sample of 16 kHz; the first error stays in `outcome`.
    fn take(&mut self, sample: f32, clock: &Clock, sink: &mut impl FnMut(SpeechOutput<'_>), outcome: &mut Result<()>) {
        sink(SpeechOutput::Sample(sample));
        match self.framer.push(sample) {
            Ok(Some(frame)) => self.pass(frame, clock, sink),
            Ok(None) => {}
            Err(error) => *outcome = Err(error),
        }
    }

    /// Ends the run of samples.
    fn finish(&mut self, clock: &Clock, sink: &mut impl FnMut(SpeechOutput<'_>)) -> Result<()> {
        while let Some(frame) = self.framer.finish()? {
            self.pass(frame, clock, sink);
        }
        if let Some(event) = self.last_us.and_then(|last_us| self.activity.finish(last_us)) {
            sink(SpeechOutput::Event(event));
        }
        Ok(())
    }

    /// Gives a frame its time and passes it on.
    fn pass(&mut self, mut frame: SpeechFrame, clock: &Clock, sink: &mut impl FnMut(SpeechOutput<'_>)) {
        let time_us = clock.time_us(frame.time_us, RATE_HZ);
        // Drift may turn the clock back a little.
        frame.time_us = self.last_us.map_or(time_us, |last_us| time_us.max(last_us.saturating_add(1)));
        self.last_us = Some(frame.time_us);
        sink(SpeechOutput::Frame(&frame));
        if let Some(event) = self.activity.take(&frame) {
            sink(SpeechOutput::Event(event));
        }
    }
}

/// The features of a whole recording.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Speech {
    /// All frames, 10 ms apart.
    pub frames: Vec<SpeechFrame>,
    /// The stretches of speech, in order.
    pub segments: Vec<SpeechSegment>,
}

impl Speech {
    /// Analyzes the recording whose chunks are passed by `chunks` one after another.
    ///
    /// # Errors
    /// The errors of [`SpeechStream::push`], and those of `chunks`.
    pub fn of<'a, E: From<crate::Error>>(
        chunks: impl IntoIterator<Item = Result<AudioChunk<'a>, E>>,
    ) -> Result<Self, E> {
        let (mut stream, mut speech) = (SpeechStream::new(), Self::default());
        for chunk in chunks {
            stream.push(&chunk?, |output| speech.take(output))?;
        }
        stream.finish(|output| speech.take(output))?;
        Ok(speech)
    }

    /// Analyzes `samples` of the format, the first at time 0.
    ///
    /// # Errors
    /// `InvalidOption` if the last sample of a channel is missing.
    pub fn of_samples(samples: &[f32], format: AudioFormat) -> Result<Self> {
        Self::of([AudioChunk::f32(samples, format, 0)])
    }

    /// Adds an output of a stream.
    pub fn take(&mut self, output: SpeechOutput<'_>) {
        match output {
            SpeechOutput::Frame(frame) => self.frames.push(*frame),
            SpeechOutput::Event(SpeechEvent::Ended(segment)) => self.segments.push(segment),
            SpeechOutput::Event(SpeechEvent::Began { .. }) | SpeechOutput::Sample(_) => {}
        }
    }

    /// Returns the frames of `segment`.
    pub fn frames_of(&self, segment: &SpeechSegment) -> &[SpeechFrame] {
        let from = self.frames.partition_point(|frame| frame.time_us < segment.start_us);
        let to = self.frames.partition_point(|frame| frame.time_us <= segment.end_us);
        &self.frames[from..to]
    }
}

/// Delay in microseconds between the middle of a frame and the sample with which it is complete, at most: half of what
/// the pitch looks at, and the block and half the filter of the resampler at 8 kHz.
pub const MAX_LATENCY_US: u64 = (SPAN as u64).div_ceil(2) * 1_000_000 / RATE_HZ as u64 + 10_000 + 16_000;
