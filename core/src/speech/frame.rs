//! A frame of speech features: one vector per 10 ms, with named positions.

use std::ops::Range;

/// Number of mel bands.
pub const MEL_BANDS: usize = 64;

/// Number of cepstral coefficients.
pub const CEPSTRA: usize = 20;

/// Number of mel bands that a learned embedding reads.
pub const EMBEDDING_BANDS: usize = 32;

/// Positions of the values of a [`SpeechFrame`]. Units and formulas: `docs/reference/speech.md`.
pub mod position {
    use super::{CEPSTRA, MEL_BANDS, Range};

    /// Natural logarithm of the power in each mel band, low to high.
    pub const LOG_MEL: Range<usize> = 0..MEL_BANDS;
    /// Cepstral coefficients 0 to 19 of the log-mel bands.
    pub const CEPSTRUM: Range<usize> = MEL_BANDS..MEL_BANDS + CEPSTRA;
    /// Natural logarithm of the pitch in Hz, 60 to 600; the best candidate, also where [`VOICING`] is low.
    pub const PITCH: usize = CEPSTRUM.end;
    /// How periodic the sound is, 0 to 1.
    pub const VOICING: usize = PITCH + 1;
    /// Energy in dB of full scale.
    pub const ENERGY: usize = VOICING + 1;
    /// Center of the spectrum in Hz.
    pub const CENTROID: usize = ENERGY + 1;
    /// Standard deviation of the spectrum around its center in Hz.
    pub const SPREAD: usize = CENTROID + 1;
    /// Frequency in Hz below which 85 % of the power lies.
    pub const ROLLOFF: usize = SPREAD + 1;
    /// Logarithm of the geometric over the arithmetic mean of the spectrum, at most 0: that of white noise is
    /// -0.58, that of tones much lower.
    pub const FLATNESS: usize = ROLLOFF + 1;
    /// Distance to the spectrum of the frame before, 0 to the square root of 2.
    pub const FLUX: usize = FLATNESS + 1;
    /// Changes of sign per sample, 0 to 1.
    pub const ZERO_CROSSINGS: usize = FLUX + 1;
    /// Level of the first harmonic above the second, in dB.
    pub const H1_H2: usize = ZERO_CROSSINGS + 1;
    /// Level of the first harmonic above the third, in dB.
    pub const H1_H3: usize = H1_H2 + 1;
    /// Level of the first harmonic above the peak between 200 and 1000 Hz, in dB.
    pub const H1_A1: usize = H1_H3 + 1;
    /// Level of the first harmonic above the peak between 1000 and 2300 Hz, in dB.
    pub const H1_A2: usize = H1_A1 + 1;
    /// Level of the first harmonic above the peak between 2300 and 3700 Hz, in dB.
    pub const H1_A3: usize = H1_A2 + 1;
}

/// Number of values of a [`SpeechFrame`].
pub const VALUES: usize = position::H1_A3 + 1;

/// [`position::VOICING`] from which a frame is called voiced: at most 30 % of its power is aperiodic.
pub const VOICED: f32 = 0.7;

/// What is doubtful about the sound of a frame or sample. Values are computed all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FrameDoubts {
    /// Samples are clipped: three in a row at full scale, or one beyond it.
    pub clipped: bool,
    /// Samples were NaN or infinite and count as silence.
    pub damaged: bool,
    /// Samples are missing, by their timestamps, and count as silence.
    pub filled: bool,
}

impl FrameDoubts {
    /// No doubt.
    pub const NONE: Self = Self { clipped: false, damaged: false, filled: false };

    /// Returns the doubts of both.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            clipped: self.clipped | other.clipped,
            damaged: self.damaged | other.damaged,
            filled: self.filled | other.filled,
        }
    }

    /// Whether nothing is doubtful.
    pub fn is_empty(self) -> bool {
        self == Self::NONE
    }
}

/// Features of 25 ms of sound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpeechFrame {
    /// Time of the middle of the frame in microseconds, by the timestamps of the chunks. Increases.
    pub time_us: u64,
    /// The values, all finite, at the places of [`position`].
    pub values: [f32; VALUES],
    /// Power in the mel bands that a learned embedding reads, in dB, of samples in 16 bits: -100 and more.
    pub bands_db: [f32; EMBEDDING_BANDS],
    /// What is doubtful about the sound.
    pub doubts: FrameDoubts,
}

impl SpeechFrame {
    /// Returns the pitch in Hz if the frame is voiced.
    pub fn pitch_hz(&self) -> Option<f32> {
        self.is_voiced().then(|| libm::expf(self.values[position::PITCH]))
    }

    /// Whether the sound is periodic enough for a pitch: [`position::VOICING`] is at least [`VOICED`].
    pub fn is_voiced(&self) -> bool {
        self.values[position::VOICING] >= VOICED
    }

    /// Returns the energy in dB of full scale.
    pub fn energy_db(&self) -> f32 {
        self.values[position::ENERGY]
    }
}
