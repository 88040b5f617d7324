//! Chunks of sound as the caller records them, and their samples as one channel.

use super::frame::FrameDoubts;
use crate::check::within;
use crate::error::{Result, fail};

/// Minimum sample rate of a chunk in Hz: that of telephones.
pub const MIN_RATE_HZ: u32 = 8000;

/// Maximum sample rate of a chunk in Hz.
pub const MAX_RATE_HZ: u32 = 48_000;

/// Magnitude from which a sample may be clipped: 0.2 % below full scale, because limiters and converters of the
/// sample rate move it.
const CLIPPED_LEVEL: f32 = 0.998;

/// Number of consecutive samples at that magnitude that are clipped for sure; the peak of a loud wave has fewer.
const CLIPPED_RUN: u32 = 3;

/// The layout of samples: rate and channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AudioFormat {
    rate_hz: u32,
    channels: u32,
}

impl AudioFormat {
    /// One channel of 16 kHz, which needs no conversion.
    pub const NATIVE: Self = Self { rate_hz: super::RATE_HZ, channels: 1 };

    /// Creates the format of `channels` interleaved channels, 1 or 2, at `rate_hz` samples per second and
    /// channel, [`MIN_RATE_HZ`] to [`MAX_RATE_HZ`].
    ///
    /// # Errors
    /// `InvalidOption` with the value and its range.
    pub fn new(rate_hz: u32, channels: u32) -> Result<Self> {
        within("the sample rate in Hz", rate_hz, MIN_RATE_HZ..=MAX_RATE_HZ)?;
        within("the number of channels", channels, 1..=2u32)?;
        Ok(Self { rate_hz, channels })
    }

    /// Returns the samples per second and channel.
    pub fn rate_hz(self) -> u32 {
        self.rate_hz
    }

    /// Returns the number of channels.
    pub fn channels(self) -> u32 {
        self.channels
    }
}

/// Borrowed samples.
#[derive(Debug, Clone, Copy)]
enum Samples<'a> {
    I16(&'a [i16]),
    F32(&'a [f32]),
}

/// A borrowed chunk of sound of any length: interleaved samples, their format and the time of the first one.
#[derive(Debug, Clone, Copy)]
pub struct AudioChunk<'a> {
    samples: Samples<'a>,
    format: AudioFormat,
    timestamp_us: u64,
}

impl<'a> AudioChunk<'a> {
    /// Creates a chunk of 16-bit samples; `timestamp_us` is the time of the first one in microseconds from any
    /// origin, best that of the video frames.
    ///
    /// # Errors
    /// `InvalidOption` if the last sample of a channel is missing.
    pub fn i16(samples: &'a [i16], format: AudioFormat, timestamp_us: u64) -> Result<Self> {
        Self::new(Samples::I16(samples), samples.len(), format, timestamp_us)
    }

    /// Creates a chunk of samples with full scale -1 to 1; see [`AudioChunk::i16`]. Samples beyond full scale are
    /// clipped; NaN and infinity count as 0. Both are told by [`FrameDoubts`](super::FrameDoubts).
    ///
    /// # Errors
    /// `InvalidOption` if the last sample of a channel is missing.
    pub fn f32(samples: &'a [f32], format: AudioFormat, timestamp_us: u64) -> Result<Self> {
        Self::new(Samples::F32(samples), samples.len(), format, timestamp_us)
    }

    fn new(samples: Samples<'a>, length: usize, format: AudioFormat, timestamp_us: u64) -> Result<Self> {
        if !length.is_multiple_of(format.channels as usize) {
            fail!(InvalidOption, "{length} samples are no whole number of moments of {} channels", format.channels);
        }
        Ok(Self { samples, format, timestamp_us })
    }

    /// Returns the format.
    pub fn format(&self) -> AudioFormat {
        self.format
    }

    /// Returns the time of the first sample in microseconds.
    pub fn timestamp_us(&self) -> u64 {
        self.timestamp_us
    }

    /// Returns the number of samples per channel.
    pub fn len(&self) -> usize {
        let samples = match self.samples {
            Samples::I16(samples) => samples.len(),
            Samples::F32(samples) => samples.len(),
        };
        samples / self.format.channels as usize
    }

    /// Whether the chunk has no samples.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the sample of `channel` at `index`, in full scale -1 to 1.
    fn sample(&self, index: usize, channel: usize) -> f32 {
        let at = index * self.format.channels as usize + channel;
        match self.samples {
            Samples::I16(samples) => f32::from(samples[at]) / 32_768.0,
            Samples::F32(samples) => samples[at],
        }
    }
}

/// Makes one channel of chunks, the mean of two, and notes what is doubtful. It remembers runs at full scale across
/// chunks.
#[derive(Debug, Default)]
pub struct Mixer {
    /// For each channel, the number of the last samples that are at full scale.
    runs: [u32; 2],
}

impl Mixer {
    /// Returns the mean of the channels at `index`, finite and from -1 to 1, and what is doubtful about it.
    pub fn mix(&mut self, chunk: &AudioChunk<'_>, index: usize) -> (f32, FrameDoubts) {
        let mut doubts = FrameDoubts::NONE;
        let mut sum = 0.0;
        let channels = chunk.format.channels as usize;
        for (channel, run) in self.runs[..channels].iter_mut().enumerate() {
            let mut sample = chunk.sample(index, channel);
            if !sample.is_finite() {
                doubts.damaged = true;
                sample = 0.0;
            }
            *run = if sample.abs() >= CLIPPED_LEVEL { run.saturating_add(1) } else { 0 };
            doubts.clipped |= *run >= CLIPPED_RUN || sample.abs() > 1.0;
            sum += sample.clamp(-1.0, 1.0);
        }
        (sum / channels as f32, doubts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mixed(chunk: &AudioChunk<'_>) -> (Vec<f32>, Vec<FrameDoubts>) {
        let mut mixer = Mixer::default();
        (0..chunk.len()).map(|index| mixer.mix(chunk, index)).unzip()
    }

    #[test]
    fn a_format_out_of_range_is_refused_with_its_range() {
        let message = |rate, channels| AudioFormat::new(rate, channels).unwrap_err().to_string();
        assert_eq!(message(96_000, 1), "the sample rate in Hz is 96000; it must be 8000 to 48000");
        assert_eq!(message(0, 1), "the sample rate in Hz is 0; it must be 8000 to 48000");
        assert_eq!(message(16_000, 3), "the number of channels is 3; it must be 1 to 2");
        let stereo = AudioFormat::new(48_000, 2).unwrap();
        let error = AudioChunk::i16(&[1, 2, 3], stereo, 0).unwrap_err();
        assert_eq!(error.to_string(), "3 samples are no whole number of moments of 2 channels");
    }

    #[test]
    fn both_sample_types_and_both_layouts_give_the_same_channel() {
        let stereo = AudioFormat::new(16_000, 2).unwrap();
        let (whole, half) = ([16_384, -16_384, -32_768, 0], [0.5, -0.5, -1.0, 0.0]);
        let expected = vec![0.0, -0.5];
        assert_eq!(mixed(&AudioChunk::i16(&whole, stereo, 0).unwrap()).0, expected);
        assert_eq!(mixed(&AudioChunk::f32(&half, stereo, 0).unwrap()).0, expected);
        let mono = mixed(&AudioChunk::i16(&whole, AudioFormat::NATIVE, 0).unwrap());
        assert_eq!(mono.0, half);
    }

    #[test]
    fn numbers_that_are_none_are_silence_and_told() {
        let samples = [0.1, f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 0.2];
        let (values, doubts) = mixed(&AudioChunk::f32(&samples, AudioFormat::NATIVE, 0).unwrap());
        assert_eq!(values, [0.1, 0.0, 0.0, 0.0, 0.2]);
        let damaged: Vec<bool> = doubts.iter().map(|doubts| doubts.damaged).collect();
        assert_eq!(damaged, [false, true, true, true, false]);
    }

    #[test]
    fn runs_at_full_scale_are_clipped_and_peaks_are_not() {
        let samples = [0.9, 1.0, 1.0, 0.9, -1.0, -1.0, -1.0, -1.0, 0.0, 3.0];
        let (values, doubts) = mixed(&AudioChunk::f32(&samples, AudioFormat::NATIVE, 0).unwrap());
        let clipped: Vec<bool> = doubts.iter().map(|doubts| doubts.clipped).collect();
        assert_eq!(clipped, [false, false, false, false, false, false, true, true, false, true]);
        assert_eq!(values[9], 1.0);
    }
}
