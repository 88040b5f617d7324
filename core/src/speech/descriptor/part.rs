//! Positions of the values of a described clip.

use std::ops::Range;

use crate::speech::frame::{CEPSTRA, MEL_BANDS};

/// Number of values of the spectral shape.
const SHAPES: usize = 6;

/// Number of levels of harmonics.
const LEVELS: usize = 5;

/// Number of cepstra whose percentiles are taken.
const LOW_CEPSTRA: usize = 13;

/// Returns the range of `length` after `before`.
const fn after(before: &Range<usize>, length: usize) -> Range<usize> {
    before.end..before.end + length
}

/// Mean of each log-mel band over loud frames, relative to the mean energy of these.
pub const MEL_MEAN: Range<usize> = 0..MEL_BANDS;
/// Their standard deviations.
pub const MEL_DEVIATION: Range<usize> = after(&MEL_MEAN, MEL_BANDS);
/// Mean of each cepstral coefficient over loud frames.
pub const CEPSTRUM_MEAN: Range<usize> = after(&MEL_DEVIATION, CEPSTRA);
/// Their standard deviations.
pub const CEPSTRUM_DEVIATION: Range<usize> = after(&CEPSTRUM_MEAN, CEPSTRA);
/// Standard deviations of the changes of the cepstral coefficients.
pub const CEPSTRUM_CHANGE: Range<usize> = after(&CEPSTRUM_DEVIATION, CEPSTRA);
/// Pitch of voiced frames in semitones above 100 Hz: percentiles 5, 25, 50, 75 and 95, mean, standard deviation, the
/// range from 5 to 95, mean size and standard deviation of its change, and its slope from start to end.
pub const PITCH: Range<usize> = after(&CEPSTRUM_CHANGE, 11);
/// Energy of loud frames in dB: standard deviation, percentiles 5, 25, 50, 75 and 95 relative to the mean, standard
/// deviation and mean size of its change, and its slope from start to end.
pub const ENERGY: Range<usize> = after(&PITCH, 9);
/// Share of voiced frames; mean and standard deviation of the voicing; ln of the length in s; voiced runs per second,
/// their mean and longest length in s; share of quiet frames; ln of the length of the loud ones in s.
pub const VOICE: Range<usize> = after(&ENERGY, 9);
/// Standard deviations of the changes of the changes of the cepstral coefficients.
pub const CEPSTRUM_SECOND_CHANGE: Range<usize> = after(&VOICE, CEPSTRA);
/// Standard deviations of the changes of the log-mel bands.
pub const MEL_CHANGE: Range<usize> = after(&CEPSTRUM_SECOND_CHANGE, MEL_BANDS);
/// Means of the spectral shape over loud frames: centroid, spread and rolloff as `ln(Hz + 50)`, flatness, flux, zero
/// crossings.
pub const SHAPE_MEAN: Range<usize> = after(&MEL_CHANGE, SHAPES);
/// Their standard deviations.
pub const SHAPE_DEVIATION: Range<usize> = after(&SHAPE_MEAN, SHAPES);
/// Means of the levels of harmonics over voiced frames, in dB.
pub const HARMONICS_MEAN: Range<usize> = after(&SHAPE_DEVIATION, LEVELS);
/// Their standard deviations.
pub const HARMONICS_DEVIATION: Range<usize> = after(&HARMONICS_MEAN, LEVELS);
/// Percentile 10 of each of the first cepstral coefficients over loud frames.
pub const CEPSTRUM_LOW: Range<usize> = after(&HARMONICS_DEVIATION, LOW_CEPSTRA);
/// Their percentile 90.
pub const CEPSTRUM_HIGH: Range<usize> = after(&CEPSTRUM_LOW, LOW_CEPSTRA);
/// Their median over voiced frames.
pub const CEPSTRUM_VOICED: Range<usize> = after(&CEPSTRUM_HIGH, LOW_CEPSTRA);
/// ln of the shares of 0.5 to 2, 4, 6, 8, 12 and 20 Hz in the movement of the energy.
pub const MODULATION: Range<usize> = after(&CEPSTRUM_VOICED, 6);
