//! A clip of speech as one vector: statistics of its frames.
//!
//! The vector is what a head for single vectors takes. It has no learnt weights, and its length does not depend on the
//! clip's.

mod clip;
pub mod part;

use std::f64::consts::{LN_2, PI};

use realfft::RealFftPlanner;

use clip::Clip;

use super::frame::{CEPSTRA, MEL_BANDS, SpeechFrame, position};
use super::series::{change, deviation, mean, mean_size, percentile, slope};

/// The name of these values in files: heads that were learned on others do not read them.
pub const FEATURES: &str = "mien-speech-2";

/// Number of values of a clip.
pub const CLIP_VALUES: usize = part::MODULATION.end;

/// Frames that are described at most: 10.24 s from the first that is loud.
pub const MAX_CLIP_FRAMES: usize = 1024;

/// Loud frames that a clip has at least: 0.1 s.
pub const MIN_CLIP_FRAMES: usize = 10;

/// Frames per second.
const FRAMES_PER_SECOND: f64 = (super::RATE_HZ as usize / super::HOP) as f64;

/// Pitch in Hz from which semitones are counted.
const SEMITONE_ZERO_HZ: f64 = 100.0;

/// Percentiles of pitch and energy.
const PERCENTILES: [f64; 5] = [5.0, 25.0, 50.0, 75.0, 95.0];

/// Edges in Hz of the bands of modulation; syllables come at 2 to 8 Hz.
const MODULATION_HZ: [f64; 7] = [0.5, 2.0, 4.0, 6.0, 8.0, 12.0, 20.0];

/// Returns statistics of the speech in `frames`, which are 10 ms apart: [`CLIP_VALUES`] finite values at the places of
/// [`part`], described in `docs/reference/speech.md`. `None` if fewer than [`MIN_CLIP_FRAMES`] frames are loud or none
/// of them is voiced, as in silence, noise and whispering.
///
/// The gain of the microphone does not matter, nor does what is more than 65 dB below the speech: the silence of a
/// studio and that of a quiet room are alike. Whether the clip may be decided on, [`ClipQuality`] says.
///
/// [`ClipQuality`]: super::ClipQuality
///
/// Quiet frames around the speech are left out, and those after [`MAX_CLIP_FRAMES`].
pub fn describe(frames: &[SpeechFrame]) -> Option<Vec<f32>> {
    let clip = Clip::of(frames)?;
    let mut values = vec![0.0; CLIP_VALUES];
    describe_spectrum(&clip, &mut values);
    describe_shape(&clip, &mut values);
    values[part::PITCH].copy_from_slice(&pitch(&clip));
    values[part::ENERGY].copy_from_slice(&energy(&clip));
    values[part::VOICE].copy_from_slice(&voice(&clip));
    values[part::MODULATION].copy_from_slice(&modulation(&clip.values(position::ENERGY)));
    Some(values.into_iter().map(|value| value as f32).collect())
}

/// Writes the statistics of mel bands and cepstra.
fn describe_spectrum(clip: &Clip, values: &mut [f64]) {
    for band in 0..MEL_BANDS {
        let all = clip.values(position::LOG_MEL.start + band);
        let active = clip.active(&all);
        values[part::MEL_MEAN.start + band] = mean(&active);
        values[part::MEL_DEVIATION.start + band] = deviation(&active);
        values[part::MEL_CHANGE.start + band] = deviation(&clip.active(&change(&all)));
    }
    for place in 0..CEPSTRA {
        let all = clip.values(position::CEPSTRUM.start + place);
        let (active, first) = (clip.active(&all), change(&all));
        values[part::CEPSTRUM_MEAN.start + place] = mean(&active);
        values[part::CEPSTRUM_DEVIATION.start + place] = deviation(&active);
        values[part::CEPSTRUM_CHANGE.start + place] = deviation(&clip.active(&first));
        values[part::CEPSTRUM_SECOND_CHANGE.start + place] = deviation(&clip.active(&change(&first)));
        if place < part::CEPSTRUM_LOW.len() {
            values[part::CEPSTRUM_LOW.start + place] = percentile(&active, 10.0);
            values[part::CEPSTRUM_HIGH.start + place] = percentile(&active, 90.0);
            values[part::CEPSTRUM_VOICED.start + place] = percentile(&clip.voiced(&all), 50.0);
        }
    }
}

/// Writes the statistics of the spectral shape, and of the levels of harmonics.
fn describe_shape(clip: &Clip, values: &mut [f64]) {
    for place in 0..part::SHAPE_MEAN.len() {
        let mut all = clip.values(position::CENTROID + place);
        if [position::CENTROID, position::SPREAD, position::ROLLOFF].contains(&(position::CENTROID + place)) {
            // Hearing tells frequencies by their ratio; the summand keeps low ones from counting most.
            all.iter_mut().for_each(|hertz| *hertz = libm::log(*hertz + 50.0));
        }
        let active = clip.active(&all);
        values[part::SHAPE_MEAN.start + place] = mean(&active);
        values[part::SHAPE_DEVIATION.start + place] = deviation(&active);
    }
    for place in 0..part::HARMONICS_MEAN.len() {
        let voiced = clip.voiced(&clip.values(position::H1_H2 + place));
        values[part::HARMONICS_MEAN.start + place] = mean(&voiced);
        values[part::HARMONICS_DEVIATION.start + place] = deviation(&voiced);
    }
}

/// Returns the statistics of the pitch in semitones above 100 Hz.
fn pitch(clip: &Clip) -> [f64; part::PITCH.end - part::PITCH.start] {
    let mut all = clip.values(position::PITCH);
    all.iter_mut().for_each(|pitch| *pitch = 12.0 / LN_2 * (*pitch - libm::log(SEMITONE_ZERO_HZ)));
    let (voiced, changes) = (clip.voiced(&all), clip.voiced(&change(&all)));
    let [low, lower, middle, higher, high] = PERCENTILES.map(|percent| percentile(&voiced, percent));
    let range = high - low;
    let (mean, spread) = (mean(&voiced), deviation(&voiced));
    let (speed, changes) = (mean_size(&changes), deviation(&changes));
    [low, lower, middle, higher, high, mean, spread, range, speed, changes, slope(&voiced)]
}

/// Returns the statistics of the energy in dB above its mean.
fn energy(clip: &Clip) -> [f64; part::ENERGY.end - part::ENERGY.start] {
    let all = clip.values(position::ENERGY);
    let (active, changes) = (clip.active(&all), clip.active(&change(&all)));
    let [low, lower, middle, higher, high] = PERCENTILES.map(|percent| percentile(&active, percent));
    let (speed, spread) = (mean_size(&changes), deviation(&changes));
    [deviation(&active), low, lower, middle, higher, high, spread, speed, slope(&active)]
}

/// Returns how much of the clip is voiced, in how long runs, and how long it is.
fn voice(clip: &Clip) -> [f64; part::VOICE.end - part::VOICE.start] {
    let frames = clip.len() as f64;
    let seconds = frames / FRAMES_PER_SECOND;
    let voicing = clip.active(&clip.values(position::VOICING));
    let runs = clip.voiced_runs();
    let count = runs.len().max(1) as f64;
    let voiced: usize = runs.iter().sum();
    let longest = runs.iter().copied().max().unwrap_or(0);
    let active = voicing.len() as f64;
    [
        voiced as f64 / frames,
        mean(&voicing),
        deviation(&voicing),
        libm::log(seconds),
        count / seconds,
        voiced as f64 / count / FRAMES_PER_SECOND,
        longest as f64 / FRAMES_PER_SECOND,
        1.0 - active / frames,
        libm::log(active / FRAMES_PER_SECOND),
    ]
}

/// Returns the logarithms of the shares that bands have in the power of the movement of `energy`: the rhythm.
fn modulation(energy: &[f64]) -> [f64; part::MODULATION.end - part::MODULATION.start] {
    const LENGTH: usize = MAX_CLIP_FRAMES;
    let transform = RealFftPlanner::new().plan_fft_forward(LENGTH);
    let (mut padded, mut bins) = (transform.make_input_vec(), transform.make_output_vec());
    let middle = mean(energy);
    let last = (energy.len() - 1).max(1) as f64;
    let window = |at: usize| 0.5 - 0.5 * libm::cos(2.0 * PI * at as f64 / last);
    for (at, (padded, value)) in padded.iter_mut().zip(energy).enumerate() {
        *padded = (value - middle) * window(at);
    }
    transform.process(&mut padded, &mut bins).expect("both have the lengths of the transform");
    let powers: Vec<f64> = bins.iter().skip(1).map(|bin| bin.norm_sqr()).collect();
    let all: f64 = powers.iter().sum();
    std::array::from_fn(|band| {
        let inside = |bin: usize| {
            let hertz = bin as f64 * FRAMES_PER_SECOND / LENGTH as f64;
            (MODULATION_HZ[band]..MODULATION_HZ[band + 1]).contains(&hertz)
        };
        let own: f64 = powers.iter().zip(1..).filter(|(_, bin)| inside(*bin)).map(|(power, _)| power).sum();
        libm::log(own / (all + 1e-9) + 1e-6)
    })
}
