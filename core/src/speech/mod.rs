//! Features of speech from sound, as it is recorded.
//!
//! [`SpeechStream`] takes chunks of any length and rate and passes on a [`SpeechFrame`] of [`VALUES`] numbers every
//! 10 ms, and where speech begins and ends. [`Speech`] holds those of a whole recording,
//! [`descriptor::describe`] makes one vector of a clip, and [`ClipQuality`] says whether to decide on it.
//!
//! ```text
//! chunk -> one channel, doubts (audio) -> place in time (clock) -> 16 kHz (resample)
//!       -> high-pass, window (frames) -> spectrum, mel, pitch, shape -> frame -> speech activity
//! ```
//!
//! Frames are 25 ms long and 10 ms apart: frame i of an unbroken run covers the samples 160 i to 160 i + 400 of
//! 16 kHz, and its time is that of its middle. `docs/reference/speech.md` has every value with its formula.

mod activity;
mod audio;
mod clock;
pub mod copies;
pub mod descriptor;
pub mod embedding;
mod features;
mod frame;
mod frames;
mod loudness;
mod marks;
mod mel;
mod noise;
mod pitch;
mod quality;
mod resample;
mod series;
mod shape;
mod spectrum;
mod stream;

pub use activity::{SpeechEvent, SpeechSegment};
pub use audio::{AudioChunk, AudioFormat, MAX_RATE_HZ, MIN_RATE_HZ};
pub use features::SpeechFeatures;
pub use frame::{CEPSTRA, EMBEDDING_BANDS, FrameDoubts, MEL_BANDS, SpeechFrame, VALUES, VOICED, position};
pub use loudness::Loudness;
pub use noise::{InNoise, LEVELS, frames_in_noise};
pub use quality::{ClipQuality, SpeechDoubt};
pub use stream::{MAX_LATENCY_US, Speech, SpeechOutput, SpeechStream};

/// Rate in Hz at which sound is analyzed.
pub const RATE_HZ: u32 = 16_000;

/// Samples of a frame: 25 ms.
pub const WINDOW: usize = 400;

/// Samples from one frame to the next: 10 ms.
pub const HOP: usize = 160;

/// Power that is added before logarithms, relative to full scale: the quantization noise of 16 bits.
const FLOOR: f32 = 1e-10;
