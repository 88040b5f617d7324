//! Features of speech: `fixtures/speech`, written and explained by `reference/speech.py`, and what holds for all sound.

#![allow(clippy::print_stdout, reason = "measured distances are printed")]

use std::f64::consts::TAU;

use mien_core::speech::copies::copies_of;
use mien_core::speech::descriptor::{CLIP_VALUES, MAX_CLIP_FRAMES, MIN_CLIP_FRAMES, describe, part};
use mien_core::speech::{
    AudioChunk, AudioFormat, ClipQuality, EMBEDDING_BANDS, FrameDoubts, HOP, InNoise, LEVELS, MAX_LATENCY_US, RATE_HZ,
    Speech, SpeechDoubt, SpeechEvent, SpeechFrame, SpeechOutput, SpeechStream, VALUES, WINDOW, frames_in_noise,
    position,
};
use mien_core::{ErrorKind, Result, SplitMix64};
use mien_tests::array;
use proptest::prelude::*;

/// Returns the tolerance of a value at a position, where the reference has `expected`. It computes in double precision
/// throughout; the largest differences measured are less than half of this.
fn tolerance(place: usize, expected: f32) -> f32 {
    match place {
        position::ROLLOFF | position::ZERO_CROSSINGS => 0.0,
        _ => (1e-5 * expected.abs()).max(1e-4),
    }
}

fn stereo(rate_hz: u32) -> AudioFormat {
    AudioFormat::new(rate_hz, 2).unwrap()
}

fn mono(rate_hz: u32) -> AudioFormat {
    AudioFormat::new(rate_hz, 1).unwrap()
}

/// A voice of `pitch_hz` with ten harmonics, at `rate_hz`.
fn voice(rate_hz: u32, pitch_hz: f64, seconds: f64) -> Vec<f32> {
    let count = (seconds * f64::from(rate_hz)) as usize;
    let sample = |at: usize| {
        let phase = TAU * pitch_hz * at as f64 / f64::from(rate_hz);
        (1..=10).map(|k| 0.6f64.powi(k) * (f64::from(k) * phase + f64::from(k)).sin()).sum::<f64>() as f32 * 0.3
    };
    (0..count).map(sample).collect()
}

fn noise(count: usize, level: f32, seed: u64) -> Vec<f32> {
    let mut random = SplitMix64::new(seed);
    (0..count).map(|_| level * random.normal()).collect()
}

/// Half a second of faint noise, a voice of a second, and half a second of faint noise.
fn spoken(rate_hz: u32, pitch_hz: f64) -> Vec<f32> {
    let (edge, voice) = (rate_hz as usize / 2, voice(rate_hz, pitch_hz, 1.0));
    let mut samples = noise(2 * edge + voice.len(), 1e-4, 5);
    for (sample, voice) in samples[edge..].iter_mut().zip(voice) {
        *sample += voice;
    }
    samples
}

/// Half a second of faint noise, four syllables with hisses between them, and half a second of faint noise: what an
/// application may decide on.
fn sentence(rate_hz: u32) -> Vec<f32> {
    let per_second = f64::from(rate_hz);
    let mut samples = noise((3.0 * per_second) as usize, 1e-4, 11);
    for syllable in 0..4 {
        let start = ((0.5 + 0.5 * f64::from(syllable)) * per_second) as usize;
        let length = (0.35 * per_second) as usize;
        for (at, sample) in samples[start..start + length].iter_mut().enumerate() {
            let phase = TAU * (130.0 + 20.0 * f64::from(syllable)) * at as f64 / per_second;
            let tone: f64 = (1..=20).map(|k| 0.8f64.powi(k) * (f64::from(k) * phase + f64::from(k)).sin()).sum();
            let shape = (TAU * at as f64 / length as f64 / 2.0).sin();
            *sample += (0.1 * shape * tone) as f32;
        }
        let hiss = noise((0.1 * per_second) as usize, 0.02, 12);
        samples[start + length..].iter_mut().zip(hiss).for_each(|(sample, hiss)| *sample += hiss);
    }
    samples
}

#[test]
fn frames_are_those_of_librosa_and_scipy() {
    let mut largest = [0.0f32; VALUES];
    for name in ["chirp", "vibrato", "bursts", "phrase", "glide"] {
        let samples: Vec<i16> = array::<i16>(&format!("speech/{name}_samples.npy")).into_iter().collect();
        let expected: Vec<f32> = array::<f32>(&format!("speech/{name}_frames.npy")).into_iter().collect();
        let chunk = AudioChunk::i16(&samples, AudioFormat::NATIVE, 0);
        let frames = Speech::of([chunk]).unwrap().frames;
        assert_eq!(frames.len(), expected.len() / VALUES, "{name}");
        for (index, (frame, expected)) in frames.iter().zip(expected.chunks_exact(VALUES)).enumerate() {
            for (place, (value, expected)) in frame.values.iter().zip(expected).enumerate() {
                let distance = (value - expected).abs();
                assert!(
                    distance <= tolerance(place, *expected),
                    "{name}, frame {index}, {place}: {value} and {expected}"
                );
                largest[place] = largest[place].max(distance);
            }
        }
    }
    for (place, distance) in largest.iter().enumerate().skip(position::PITCH) {
        println!("{place}: {distance:e}");
    }
    println!("log-mel and cepstra: {:e}", largest[..position::PITCH].iter().copied().fold(0.0, f32::max));
}

/// The frames of a committed sound, as the reference computed them.
fn reference_frames(name: &str) -> Vec<SpeechFrame> {
    let values: Vec<f32> = array::<f32>(&format!("speech/{name}_frames.npy")).into_iter().collect();
    let frame = |(index, values): (usize, &[f32])| SpeechFrame {
        time_us: 12_500 + 10_000 * index as u64,
        values: values.try_into().unwrap(),
        bands_db: [0.0; EMBEDDING_BANDS],
        doubts: FrameDoubts::NONE,
    };
    values.chunks_exact(VALUES).enumerate().map(frame).collect()
}

#[test]
fn a_clip_is_described_as_numpy_does() {
    for name in ["chirp", "vibrato", "bursts", "phrase", "glide"] {
        let expected: Vec<f32> = array::<f32>(&format!("speech/{name}_clip.npy")).into_iter().collect();
        let Some(values) = describe(&reference_frames(name)) else {
            assert!(expected.is_empty(), "{name} has a voice");
            continue;
        };
        assert_eq!((values.len(), expected.len()), (CLIP_VALUES, CLIP_VALUES), "{name}");
        let mut largest = 0.0f32;
        for (place, (value, expected)) in values.iter().zip(&expected).enumerate() {
            let distance = (value - expected).abs();
            assert!(distance <= (1e-5 * expected.abs()).max(1e-5), "{name}, {place}: {value} and {expected}");
            largest = largest.max(distance);
        }
        println!("{name}: {largest:e}");
    }
}

#[test]
fn the_values_of_a_clip_are_where_they_are_said_to_be() {
    let speech = Speech::of_samples(&spoken(16_000, 200.0), AudioFormat::NATIVE).unwrap();
    let values = describe(&speech.frames).unwrap();
    let tones = &values[part::PITCH];
    assert!((tones[2] - 12.0).abs() < 0.05 && tones[7] < 0.1, "an octave above 100 Hz: {tones:?}");
    let voice = &values[part::VOICE];
    let seconds = voice[3].exp();
    assert!((0.9..1.3).contains(&seconds) && (0.9..1.1).contains(&voice[6]), "{voice:?}");
    let energy = &values[part::ENERGY];
    assert!(energy[1] < energy[3] && energy[3] < energy[5] && energy[3].abs() < 2.0, "around the mean: {energy:?}");
    assert_eq!(part::MODULATION.end, CLIP_VALUES);
}

fn frames_of(samples: &[f32]) -> Vec<SpeechFrame> {
    Speech::of_samples(samples, AudioFormat::NATIVE).unwrap().frames
}

fn largest_distance(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn quiet_around_a_clip_and_its_gain_change_nothing() {
    let sound = spoken(16_000, 150.0);
    let values = describe(&frames_of(&sound)).unwrap();
    // A whole number of hops, so that the frames are the same.
    let padded: Vec<f32> = [noise(100 * HOP, 1e-4, 8), sound.clone(), noise(100 * HOP, 1e-4, 9)].concat();
    let largest = largest_distance(&values, &describe(&frames_of(&padded)).unwrap());
    assert!(largest < 0.05, "{largest}");
    // Without a sudden begin, whose frames are loud or not by a hair.
    let sound = sentence(RATE_HZ);
    let values = describe(&frames_of(&sound)).unwrap();
    for gain in [2.0, 0.3] {
        let other: Vec<f32> = sound.iter().map(|sample| sample * gain).collect();
        let largest = largest_distance(&values, &describe(&frames_of(&other)).unwrap());
        assert!(largest < 0.2, "gain {gain}: {largest}");
    }
}

#[test]
fn the_silence_of_a_studio_is_that_of_a_quiet_room() {
    let room = sentence(RATE_HZ);
    let edge = RATE_HZ as usize / 2;
    let studio: Vec<f32> = room
        .iter()
        .enumerate()
        .map(|(at, sample)| if (edge..room.len() - edge).contains(&at) { *sample } else { 0.0 })
        .collect();
    let (room, studio) = (describe(&frames_of(&room)).unwrap(), describe(&frames_of(&studio)).unwrap());
    let spectrum = part::MEL_MEAN.start..part::CEPSTRUM_CHANGE.end;
    let largest = largest_distance(&room[spectrum.clone()], &studio[spectrum]);
    assert!(largest < 0.2, "{largest}");
}

#[test]
fn what_is_no_voice_is_not_described() {
    let describe_sound = |samples: &[f32]| describe(&frames_of(samples));
    assert!(describe(&[]).is_none());
    assert!(describe_sound(&[0.0; 32_000]).is_none(), "silence");
    assert!(describe_sound(&noise(32_000, 0.1, 3)).is_none(), "noise");
    assert!(describe_sound(&voice(16_000, 200.0, 0.1)).is_none(), "0.1 s");
    assert!(describe_sound(&voice(16_000, 200.0, 1.5)).is_some(), "a tone without quiet around it");
    // 0.3 s of voice after faint noise.
    let short = &spoken(16_000, 200.0)[4000..12_800];
    let frames = Speech::of_samples(short, AudioFormat::NATIVE).unwrap().frames;
    assert!(frames.len() >= MIN_CLIP_FRAMES && describe(&frames).is_some(), "0.3 s");
    let swell = |(at, sample): (usize, f32)| sample * (0.5 + 0.45 * (at as f32 * 0.001).sin());
    let swelling: Vec<f32> = voice(16_000, 200.0, 15.0).into_iter().enumerate().map(swell).collect();
    let long = Speech::of_samples(&swelling, AudioFormat::NATIVE).unwrap().frames;
    let seconds = describe(&long).unwrap()[part::VOICE.start + 3].exp();
    assert!((seconds - MAX_CLIP_FRAMES as f32 / 100.0).abs() < 1e-3, "{seconds}");
}

/// Returns the outputs of `samples` in chunks of the given lengths, again and again.
fn in_chunks(samples: &[i16], format: AudioFormat, lengths: &[usize]) -> Speech {
    let (mut speech, mut stream) = (Speech::default(), SpeechStream::new());
    let (mut from, mut lengths) = (0, lengths.iter().cycle());
    let channels = format.channels() as usize;
    while from < samples.len() {
        let to = (from + channels * lengths.next().unwrap()).min(samples.len());
        let at = (from / channels) as u64;
        let timestamp_us = 7_000_000 + at * 1_000_000 / u64::from(format.rate_hz());
        let chunk = AudioChunk::i16(&samples[from..to], format, timestamp_us).unwrap();
        stream.push(&chunk, |output| speech.take(output)).unwrap();
        from = to;
    }
    stream.finish(|output| speech.take(output)).unwrap();
    speech
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn frames_do_not_depend_on_chunks(
        lengths in prop::collection::vec(1usize..3000, 1..6),
        rate_hz in prop::sample::select(vec![8000u32, 16_000, 22_050, 44_100, 48_000]),
        channels in 1u32..=2,
        seed in 0u64..1000,
    ) {
        let format = AudioFormat::new(rate_hz, channels).unwrap();
        let mut random = SplitMix64::new(seed);
        let count = (rate_hz / 2) as usize;
        let sound = voice(rate_hz, 100.0 + (seed % 200) as f64, 0.5);
        let samples: Vec<i16> = (0..count * channels as usize)
            .map(|at| (9000.0 * sound[at / channels as usize] + 300.0 * random.normal()) as i16)
            .collect();
        let whole = in_chunks(&samples, format, &[usize::MAX / 4]);
        let split = in_chunks(&samples, format, &lengths);
        prop_assert_eq!(whole.frames.len(), 1 + (8000 - WINDOW) / HOP);
        prop_assert!(whole == split, "{:?}", lengths);
    }

    #[test]
    fn every_clip_has_finite_values_or_none(
        parts in prop::collection::vec((0usize..8000, 0u32..7, 0.0f32..2.0), 0..8),
        seed in 0u64..1000,
    ) {
        let mut random = SplitMix64::new(seed);
        let samples: Vec<f32> = parts
            .into_iter()
            .flat_map(|(length, kind, level)| {
                let tone = voice(16_000, 80.0 + (seed % 400) as f64, length as f64 / 16_000.0);
                tone.into_iter().map(move |sample| (kind, level, sample)).collect::<Vec<_>>()
            })
            .map(|(kind, level, sample)| match kind {
                0 => 0.0,
                1 => level * random.normal(),
                2 => 1e30 * random.normal(),
                3 => 1.0,
                4 => f32::NAN,
                _ => 5.0 * level * sample,
            })
            .collect();
        let speech = Speech::of_samples(&samples, AudioFormat::NATIVE).unwrap();
        let values = describe(&speech.frames);
        prop_assert_eq!(&values, &describe(&speech.frames));
        if let Some(values) = values {
            prop_assert_eq!(values.len(), CLIP_VALUES);
            prop_assert!(values.iter().all(|value| value.is_finite()));
        }
    }

    #[test]
    fn any_samples_and_times_give_finite_frames_with_increasing_times(
        chunks in prop::collection::vec(
            (0usize..2000, prop::sample::select(vec![8000u32, 16_000, 48_000]), -400_000i64..400_000, 0u32..6),
            1..30,
        ),
    ) {
        let (mut stream, mut now_us, mut last_us) = (SpeechStream::new(), 3_000_000i64, None);
        let mut random = SplitMix64::new(9);
        for (length, rate_hz, leap_us, kind) in chunks {
            let samples: Vec<f32> = (0..length)
                .map(|_| match kind {
                    0 => 0.0,
                    1 => f32::from_bits(random.next_u64() as u32),
                    2 => 1e30 * random.normal(),
                    3 => 1.0,
                    _ => 0.1 * random.normal(),
                })
                .collect();
            let leap_us = if kind % 2 == 0 { leap_us } else { 0 };
            now_us = (now_us + leap_us).max(0);
            let chunk = AudioChunk::f32(&samples, mono(rate_hz), now_us as u64).unwrap();
            let outcome = stream.push(&chunk, |output| {
                let SpeechOutput::Frame(frame) = output else { return };
                assert!(frame.values.iter().all(|value| value.is_finite()));
                assert!(last_us.is_none_or(|last_us| last_us < frame.time_us));
                last_us = Some(frame.time_us);
            });
            if let Err(error) = outcome {
                prop_assert_eq!(error.kind(), ErrorKind::TimestampOrder);
            }
            now_us += length as i64 * 1_000_000 / i64::from(rate_hz);
        }
    }
}

#[test]
fn pitch_is_within_one_percent_at_every_rate() {
    let mut largest = 0.0f64;
    for rate_hz in [8000, 11_025, 16_000, 22_050, 44_100, 48_000] {
        for pitch_hz in (70..=450).step_by(19).map(f64::from) {
            let speech = Speech::of_samples(&voice(rate_hz, pitch_hz, 0.3), mono(rate_hz)).unwrap();
            // At the ends the window is not full.
            for frame in &speech.frames[2..speech.frames.len() - 2] {
                let found = f64::from(frame.pitch_hz().expect("a voice is voiced"));
                let error = (found / pitch_hz - 1.0).abs();
                assert!(error < 0.01, "{pitch_hz} Hz at {rate_hz}: {found}");
                largest = largest.max(error);
            }
        }
    }
    println!("largest error of pitch: {:.3} %", 100.0 * largest);
}

#[test]
fn a_voice_in_silence_is_one_segment_at_its_time() {
    for rate_hz in [8000, 16_000, 44_100] {
        let speech = Speech::of_samples(&spoken(rate_hz, 150.0), mono(rate_hz)).unwrap();
        let [segment] = speech.segments[..] else { panic!("{:?}", speech.segments) };
        // 0.1 s before and after belong to it.
        assert!(segment.start_us.abs_diff(400_000) <= 30_000, "{segment:?}");
        assert!(segment.end_us.abs_diff(1_600_000) <= 30_000, "{segment:?}");
        let frames = speech.frames_of(&segment);
        assert_eq!(frames.len() as u64, segment.length_us() / 10_000 + 1);
        let clip = segment.clip(&speech.frames);
        let before = (segment.start_us - speech.frames[0].time_us) / 10_000;
        assert!(
            clip.starts_with(&speech.frames[..before as usize]) && clip.len() > frames.len(),
            "with the quiet around"
        );
    }
}

#[test]
fn silence_and_noise_are_no_speech() {
    let silence = vec![0.0; 80_000];
    let faint = noise(80_000, 1e-3, 6);
    let loud = noise(80_000, 0.3, 7);
    let offset = vec![0.7; 80_000];
    let short = {
        let mut samples = noise(80_000, 1e-4, 8);
        samples[40_000..41_600].copy_from_slice(&voice(RATE_HZ, 200.0, 0.1));
        samples
    };
    for (what, samples) in [("silence", silence), ("faint", faint), ("loud", loud), ("offset", offset)] {
        assert!(Speech::of_samples(&samples, AudioFormat::NATIVE).unwrap().segments.is_empty(), "{what}");
    }
    let short = Speech::of_samples(&short, AudioFormat::NATIVE).unwrap();
    for segment in &short.segments {
        assert!(doubts_of(segment.clip(&short.frames)).contains(&SpeechDoubt::Short), "0.1 s: {segment:?}");
    }
    assert!(Speech::of_samples(&[0.1; 399], AudioFormat::NATIVE).unwrap().frames.is_empty(), "below a frame");
}

#[test]
fn an_offset_changes_nothing() {
    let plain = Speech::of_samples(&spoken(RATE_HZ, 120.0), AudioFormat::NATIVE).unwrap();
    let shifted: Vec<f32> = spoken(RATE_HZ, 120.0).iter().map(|sample| sample + 0.2).collect();
    let shifted = Speech::of_samples(&shifted, AudioFormat::NATIVE).unwrap();
    assert_eq!(plain.segments.len(), shifted.segments.len());
    for (plain, shifted) in plain.frames.iter().zip(&shifted.frames).skip(60).take(80) {
        for (place, (a, b)) in plain.values.iter().zip(&shifted.values).enumerate() {
            assert!((a - b).abs() < 0.05, "{place}: {a} and {b}");
        }
    }
}

#[test]
fn clipped_sound_is_doubtful() {
    let clipped: Vec<f32> = spoken(RATE_HZ, 120.0).iter().map(|sample| 8.0 * sample).collect();
    let speech = Speech::of_samples(&clipped, AudioFormat::NATIVE).unwrap();
    let [segment] = speech.segments[..] else { panic!("{:?}", speech.segments) };
    assert!(doubts_of(segment.clip(&speech.frames)).contains(&SpeechDoubt::Clipped));
    let marked = speech.frames.iter().filter(|frame| frame.doubts.clipped).count();
    assert!((90..=104).contains(&marked), "{marked}");
}

#[test]
fn nan_counts_as_silence_and_is_told_where_it_was() {
    for rate_hz in [16_000, 48_000] {
        let mut samples = spoken(rate_hz, 120.0);
        samples[rate_hz as usize] = f32::NAN;
        let speech = Speech::of_samples(&samples, mono(rate_hz)).unwrap();
        let damaged: Vec<u64> =
            speech.frames.iter().filter(|frame| frame.doubts.damaged).map(|frame| frame.time_us).collect();
        assert!(!damaged.is_empty() && damaged.iter().all(|us| us.abs_diff(1_000_000) < 30_000), "{damaged:?}");
        assert!(speech.frames.iter().all(|frame| frame.values.iter().all(|value| value.is_finite())));
    }
}

/// Pushes the parts, each with its time in microseconds.
fn pushed(format: AudioFormat, parts: &[(u64, &[f32])]) -> Result<Speech> {
    Speech::of(parts.iter().map(|(us, samples)| AudioChunk::f32(samples, format, *us)))
}

#[test]
fn a_short_gap_is_filled_and_told() {
    let samples = voice(48_000, 150.0, 1.0);
    let speech = pushed(mono(48_000), &[(0, &samples[..24_000]), (600_000, &samples[28_800..])]).unwrap();
    assert_eq!(speech.frames.len(), 98);
    for (index, frame) in speech.frames.iter().enumerate() {
        assert_eq!(frame.time_us, 12_500 + 10_000 * index as u64);
        let (from, to) = (frame.time_us - 12_500, frame.time_us + 12_500);
        let touched = from < 600_000 && to > 500_000;
        assert!(
            frame.doubts.filled == touched || from.abs_diff(600_000).min(to.abs_diff(500_000)) <= 10_000,
            "{index}"
        );
    }
}

#[test]
fn a_long_gap_starts_anew_at_the_new_time() {
    let samples = spoken(44_100, 150.0);
    let half = samples.len() / 2;
    let speech = pushed(mono(44_100), &[(0, &samples[..half]), (9_000_000, &samples[half..])]).unwrap();
    let [first, second] = speech.segments[..] else { panic!("{:?}", speech.segments) };
    assert!(first.end_us < 1_000_000 && second.start_us >= 9_000_000, "{first:?} {second:?}");
    assert_eq!(speech.frames.len(), 2 * 98);
    assert_eq!(speech.frames[98].time_us, 9_012_500);
    assert!(speech.frames.iter().all(|frame| !frame.doubts.filled));
}

#[test]
fn repeated_sound_counts_once_and_old_sound_is_refused() {
    let samples = voice(RATE_HZ, 150.0, 2.0);
    let once = pushed(AudioFormat::NATIVE, &[(0, &samples)]).unwrap();
    let parts: [(u64, &[f32]); 4] = [
        (0, &samples[..16_000]),
        (0, &samples[..16_000]),
        (500_000, &samples[8000..24_000]),
        (1_500_000, &samples[24_000..]),
    ];
    assert!(pushed(AudioFormat::NATIVE, &parts).unwrap() == once);
    let old = pushed(AudioFormat::NATIVE, &[(5_000_000, &samples), (5_900_000, &samples)]).unwrap_err();
    assert_eq!(old.kind(), ErrorKind::TimestampOrder);
}

#[test]
fn sound_goes_on_where_its_rate_and_layout_change() {
    let (low, high) = (voice(44_100, 200.0, 0.5), voice(16_000, 200.0, 0.5));
    let both: Vec<f32> = voice(48_000, 200.0, 0.5).into_iter().flat_map(|sample| [sample, sample]).collect();
    let chunks = [
        AudioChunk::f32(&low, mono(44_100), 1_000_000),
        AudioChunk::f32(&both, stereo(48_000), 1_500_000),
        AudioChunk::f32(&high, mono(16_000), 2_000_000),
    ];
    let speech = Speech::of(chunks).unwrap();
    assert_eq!(speech.frames.len(), 148);
    for (index, frame) in speech.frames.iter().enumerate() {
        assert!(frame.time_us.abs_diff(1_012_500 + 10_000 * index as u64) <= 1, "{index}");
    }
    let pitches = speech.frames[2..146].iter().filter_map(SpeechFrame::pitch_hz);
    assert!(pitches.filter(|hertz| (hertz / 200.0 - 1.0).abs() < 0.01).count() >= 136);
}

/// Notes of a chord that fade, two a second.
fn chords(seconds: usize) -> Vec<f32> {
    let note = |at: usize, hertz: f64| {
        let time = at as f64 / 16_000.0;
        (TAU * hertz * time).sin() * (-6.0 * time.rem_euclid(0.5)).exp()
    };
    let chord = |at: usize| [261.6, 329.6, 392.0].iter().map(|hertz| note(at, *hertz)).sum::<f64>();
    (0..seconds * 16_000).map(|at| 0.1 * chord(at) as f32).collect()
}

fn doubts_of(frames: &[SpeechFrame]) -> Vec<SpeechDoubt> {
    ClipQuality::of(frames).doubts().collect()
}

#[test]
fn a_segment_is_judged_as_a_clip_of_it_is() {
    let good = sentence(RATE_HZ);
    let mut speech = Speech::of_samples(&good, AudioFormat::NATIVE).unwrap();
    let [segment] = speech.segments[..] else { panic!("{:?}", speech.segments) };
    // A tenth of it is clipped, of which a clip is not in doubt.
    let from = speech.frames.partition_point(|frame| frame.time_us < segment.start_us);
    let count = speech.frames_of(&segment).len() / 10;
    speech.frames[from..from + count].iter_mut().for_each(|frame| frame.doubts.clipped = true);
    assert_eq!((doubts_of(segment.clip(&speech.frames)), doubts_of(&speech.frames)), (vec![], vec![]));
    speech.frames.iter_mut().for_each(|frame| frame.doubts.damaged = true);
    assert_eq!(doubts_of(segment.clip(&speech.frames)), [SpeechDoubt::Damaged]);
}

#[test]
fn bad_sound_has_a_result_or_a_reason() {
    let good = sentence(RATE_HZ);
    let changed = |change: &dyn Fn(usize, f32) -> f32| -> Vec<f32> {
        good.iter().enumerate().map(|(at, sample)| change(at, *sample)).collect()
    };
    let native = |samples: &[f32]| Speech::of_samples(samples, AudioFormat::NATIVE).unwrap();
    let hiss = noise(good.len(), 0.01, 13);
    let half = good.len() / 2;
    // Every third tenth of a second is lost.
    let parts: Vec<(u64, &[f32])> =
        (0..).map(|part| 100_000 * part).zip(good.chunks(1600)).filter(|(us, _)| us / 100_000 % 3 != 1).collect();
    let later = sentence(48_000);
    let rates: [(u32, u64, &[f32]); 2] = [(16_000, 0, &good[..half]), (48_000, 1_500_000, &later[later.len() / 2..])];
    let rates = rates.map(|(rate_hz, us, samples)| AudioChunk::f32(samples, mono(rate_hz), us));
    use SpeechDoubt::{Clipped, Damaged, NarrowBand, NoVoice, Noisy, Short};
    for (what, speech, expected) in [
        ("a sentence", native(&good), vec![]),
        ("an offset", native(&changed(&|_, sample| sample + 0.2)), vec![]),
        ("a hundredth of the gain", native(&changed(&|_, sample| 0.01 * sample)), vec![]),
        ("clipping", native(&changed(&|_, sample| 60.0 * sample)), vec![Clipped]),
        ("NaN", native(&changed(&|at, sample| if at % 999 == 0 { f32::NAN } else { sample })), vec![Damaged]),
        ("noise over it", native(&changed(&|at, sample| sample + hiss[at])), vec![Noisy]),
        ("gaps", pushed(AudioFormat::NATIVE, &parts).unwrap(), vec![Damaged]),
        ("overlaps", pushed(AudioFormat::NATIVE, &[(0, &good), (2_500_000, &good[40_000..])]).unwrap(), vec![]),
        ("another rate in the middle", Speech::of(rates).unwrap(), vec![]),
        ("twice as fast", Speech::of_samples(&good, mono(32_000)).unwrap(), vec![Short]),
        ("a telephone", Speech::of_samples(&sentence(8000), mono(8000)).unwrap(), vec![NarrowBand]),
        ("half a second", native(&good[half..half + 8000]), vec![Short]),
        ("nothing", native(&[]), vec![NoVoice, Short, Noisy]),
        ("silence", native(&[0.0; 48_000]), vec![NoVoice, Noisy]),
        ("noise", native(&noise(48_000, 0.1, 14)), vec![NoVoice, Noisy]),
        ("0.1 s", native(&voice(RATE_HZ, 200.0, 0.1)), vec![Short]),
        ("a tone", native(&voice(RATE_HZ, 200.0, 2.0)), vec![NarrowBand, Noisy]),
        ("chords", native(&chords(3)), vec![Noisy]),
    ] {
        println!("{what}: {:?}", ClipQuality::of(&speech.frames));
        let doubts = doubts_of(&speech.frames);
        let all_told = expected.iter().all(|doubt| doubts.contains(doubt));
        assert!(all_told && doubts.is_empty() == expected.is_empty(), "{what}: {doubts:?}");
        let values = describe(&speech.frames);
        assert!(values.is_some() || !expected.is_empty(), "{what}: neither a result nor a reason");
        assert!(values.into_iter().flatten().all(f32::is_finite), "{what}");
    }
}

#[test]
fn copies_are_slower_faster_and_in_noise() {
    let sound = sentence(RATE_HZ);
    let frames = frames_of(&sound);
    let copies = copies_of(&sound, &frames, 3).unwrap();
    let [slow, fast, noisy] = &copies;
    assert!(slow.len() > frames.len() && fast.len() < frames.len() && noisy.len() == frames.len());
    let pitch = |frames: &[SpeechFrame]| describe(frames).unwrap()[part::PITCH.start + 5];
    assert!((pitch(slow) - pitch(&frames) + 1.8).abs() < 0.6 && (pitch(fast) - pitch(&frames) - 1.65).abs() < 0.6);
    let ratio_db = |frames: &[SpeechFrame]| ClipQuality::of(frames).above_quiet_db;
    assert!(ratio_db(noisy) < 36.0 && ratio_db(&frames) > 40.0, "{} dB", ratio_db(noisy));
    assert_eq!(copies, copies_of(&sound, &frames, 3).unwrap());
    assert_ne!(noisy, &copies_of(&sound, &frames, 4).unwrap()[2]);
    assert_eq!(copies_of(&[], &[], 0).unwrap().map(|copy| copy.len()), [0; 3]);
}

#[test]
fn speech_in_noise_is_made_as_the_sound_comes() {
    let sound = sentence(RATE_HZ);
    let level_db = |frames: &[SpeechFrame]| ClipQuality::of(frames).above_quiet_db;
    // Whatever the gain, the noise is about as far below the speech.
    for gain in [0.03, 0.1, 0.3, 1.0, 2.0] {
        let sound: Vec<f32> = sound.iter().map(|sample| gain * sample).collect();
        let clean = frames_of(&sound);
        let noisy = frames_in_noise(&sound, &clean).unwrap();
        assert_eq!((noisy.len(), &noisy), (clean.len(), &frames_in_noise(&sound, &clean).unwrap()));
        println!("gain {gain}: {} dB above the noise, {} dB without it", level_db(&noisy), level_db(&clean));
        assert!((10.0..32.0).contains(&level_db(&noisy)) && level_db(&clean) > 35.0);
        // In chunks of any length.
        let (mut stream, mut in_noise) = (SpeechStream::new(), InNoise::default());
        let mut levels: [Vec<SpeechFrame>; LEVELS] = Default::default();
        let mut add = |level: usize, frame: &SpeechFrame| levels[level].push(*frame);
        for (index, chunk) in sound.chunks(333).enumerate() {
            let chunk = AudioChunk::f32(chunk, AudioFormat::NATIVE, index as u64 * 333_000 / 16).unwrap();
            stream.push(&chunk, |output| in_noise.take(&output, &mut add)).unwrap();
        }
        stream.finish(|output| in_noise.take(&output, &mut add)).unwrap();
        in_noise.finish(add).unwrap();
        assert_eq!(levels[InNoise::level(&clean)], noisy);
    }
    for (nothing, count) in [(vec![], 0), (vec![0.0; 16_000], 98)] {
        let frames = frames_in_noise(&nothing, &frames_of(&nothing)).unwrap();
        assert_eq!((frames.len(), describe(&frames)), (count, None));
    }
}

#[test]
fn the_latency_is_bounded() {
    for rate_hz in [8000, 11_025, 16_000, 22_050, 44_100, 48_000] {
        let samples = voice(rate_hz, 150.0, 0.5);
        let (mut stream, mut longest) = (SpeechStream::new(), 0);
        for (index, sample) in samples.iter().enumerate() {
            let now_us = (index as u64 + 1) * 1_000_000 / u64::from(rate_hz);
            let chunk = AudioChunk::f32(std::slice::from_ref(sample), mono(rate_hz), now_us).unwrap();
            let sink = |output: SpeechOutput<'_>| {
                if let SpeechOutput::Frame(frame) = output {
                    longest = now_us.saturating_sub(frame.time_us).max(longest);
                }
            };
            stream.push(&chunk, sink).unwrap();
        }
        assert!(longest > 0 && longest <= MAX_LATENCY_US, "{rate_hz} Hz: {longest} us");
    }
}

#[test]
fn after_the_first_second_nothing_is_allocated() {
    for format in [mono(16_000), stereo(44_100), mono(48_000)] {
        let channels = format.channels() as usize;
        let samples = spoken(format.rate_hz(), 150.0);
        let samples: Vec<i16> = samples.iter().flat_map(|sample| vec![(sample * 30_000.0) as i16; channels]).collect();
        let (mut stream, mut frames, mut events) = (SpeechStream::new(), 0, 0);
        let mut push = |second: u64| {
            for (index, part) in samples.chunks(777 * channels).enumerate() {
                let at = index as u64 * 777_000_000 / u64::from(format.rate_hz());
                let chunk = AudioChunk::i16(part, format, second * 2_000_000 + at).unwrap();
                stream
                    .push(&chunk, |output| match output {
                        SpeechOutput::Sample(_) => {}
                        SpeechOutput::Frame(_) => frames += 1,
                        SpeechOutput::Event(SpeechEvent::Began { .. } | SpeechEvent::Ended(_)) => events += 1,
                    })
                    .unwrap();
            }
        };
        push(0);
        let counted = allocation_counter::measure(|| (1..20).for_each(&mut push));
        assert_eq!((counted.count_total, counted.bytes_max), (0, 0), "{format:?}");
        assert!(frames > 3900 && events >= 36, "{frames} frames, {events} events");
    }
}

#[test]
fn a_stream_needs_little_memory() {
    let counted = allocation_counter::measure(|| {
        let mut stream = SpeechStream::new();
        let samples = voice(48_000, 150.0, 1.0);
        stream.push(&AudioChunk::f32(&samples, mono(48_000), 0).unwrap(), |_| {}).unwrap();
    });
    let sound = 4 * 48_000;
    println!("{} kB for a stream of 48 kHz", (counted.bytes_max - sound) / 1000);
    assert!(counted.bytes_max - sound < 600_000, "{} bytes", counted.bytes_max);
}
