//! `mien bench speech`: the time of features of speech, on synthetic sound or that of a file, of describing a clip, and of
//! adapting a head.

use std::f64::consts::TAU;
use std::path::Path;

use cpu_time::ThreadTime;
use mien_core::SplitMix64;
use mien_core::speech::{
    AudioChunk, AudioFormat, ClipQuality, InNoise, Speech, SpeechDoubt, SpeechFeatures, SpeechFrame, SpeechOutput,
    SpeechSegment, SpeechStream,
};
use serde_json::{Value, json};

use crate::args::{BenchSpeechArgs, Shared};
use crate::bench::measure::{milliseconds, spread};
use crate::bench::voice::Adapting;
use crate::media::speech_of;
use crate::process::failure::{Failure, Outcome};
use crate::process::interrupt::check_interrupt;
use crate::process::skipped::incomplete;
use crate::process::terminal::{Progress, print_json, say};
use crate::session::speech_features;
use crate::text::counted;

/// Formats that are measured: rate in Hz and channels.
const FORMATS: [(u32, u32); 4] = [(16_000, 1), (44_100, 1), (48_000, 1), (48_000, 2)];

/// Chunks per second.
const CHUNKS: usize = 100;

/// Length of the clip that is described, in seconds.
const CLIP_SECONDS: usize = 4;

/// Seed of the noise.
const SEED: u64 = 1;

/// A format, and the CPU milliseconds per second of sound in each round.
struct Case {
    format: AudioFormat,
    frames: usize,
    rounds: Vec<f64>,
    /// The same with the copies in noise of a clip that is recorded to learn from.
    to_learn: Vec<f64>,
}

/// Runs the command.
pub fn run(shared: &Shared, args: &BenchSpeechArgs) -> Outcome {
    if let Some(file) = &args.file {
        return describe(file, args.json);
    }
    let bar = Progress::new(FORMATS.len() * args.rounds as usize, "rounds");
    let mut cases = Vec::new();
    for (rate_hz, channels) in FORMATS {
        let format = AudioFormat::new(rate_hz, channels)?;
        let samples = made_up(format, args.seconds as usize);
        let mut case = Case { format, frames: 0, rounds: Vec::new(), to_learn: Vec::new() };
        for _ in 0..args.rounds {
            check_interrupt()?;
            case.measure(&samples, args.seconds)?;
            case.measure_to_learn(&samples, args.seconds)?;
            bar.step();
        }
        cases.push(case);
    }
    drop(bar);
    let describing = Describing::measure(&speech_features(shared)?, args.rounds)?;
    let adapting = Adapting::measure(args.rounds)?;
    if args.json {
        return print_json(&report(args, &cases, &describing, &adapting));
    }
    print_table(args, &cases)?;
    say(describing.line())?;
    say(adapting.line())
}

/// What it costs to make the vector of a clip of speech of its frames.
struct Describing {
    values: usize,
    multiply_adds_per_second: u64,
    /// CPU milliseconds of one thread for the clip.
    rounds: Vec<f64>,
}

impl Describing {
    fn measure(features: &SpeechFeatures, rounds: u32) -> Outcome<Self> {
        let samples: Vec<f32> =
            made_up(AudioFormat::NATIVE, CLIP_SECONDS).into_iter().map(|sample| f32::from(sample) / 32_768.0).collect();
        let frames = Speech::of_samples(&samples, AudioFormat::NATIVE)?.frames;
        let mut times = Vec::new();
        for _ in 0..rounds {
            check_interrupt()?;
            let started = ThreadTime::now();
            features.describe(&frames)?;
            times.push(milliseconds(started.elapsed()));
        }
        let (values, multiply_adds_per_second) = (features.values(), features.multiply_adds_per_second());
        Ok(Self { values, multiply_adds_per_second, rounds: times })
    }

    fn json(&self) -> Value {
        let [median, low, high] = spread(&self.rounds);
        json!({
            "seconds": CLIP_SECONDS, "values": self.values, "multiply_adds_per_second": self.multiply_adds_per_second,
            "cpu_ms": { "median": median, "low": low, "high": high },
        })
    }

    fn line(&self) -> String {
        let [median, low, high] = spread(&self.rounds);
        let network = match self.multiply_adds_per_second {
            0 => String::new(),
            count => format!(", {:.0} million multiply-adds per second of sound", count as f64 / 1e6),
        };
        format!(
            "describing a clip of {CLIP_SECONDS} s by {} values: {median:.2} ms (10 %: {low:.2}, 90 %: {high:.2}) CPU time of one \
             thread{network}",
            self.values
        )
    }
}

impl Case {
    fn measure(&mut self, samples: &[i16], seconds: u32) -> Outcome {
        let mut frames = 0;
        let count = |output: SpeechOutput<'_>| frames += usize::from(matches!(output, SpeechOutput::Frame(_)));
        let took_ms = self.pushed(samples, count)?;
        self.frames = frames;
        self.rounds.push(took_ms / f64::from(seconds));
        Ok(())
    }

    fn measure_to_learn(&mut self, samples: &[i16], seconds: u32) -> Outcome {
        let (mut in_noise, mut frames) = (InNoise::default(), 0);
        let took_ms = self.pushed(samples, |output| in_noise.take(&output, |_, _| frames += 1))?;
        in_noise.finish(|_, _| frames += 1)?;
        self.to_learn.push(took_ms / f64::from(seconds));
        Ok(())
    }

    /// Returns the CPU milliseconds in which `samples` are analyzed and taken by `sink`.
    fn pushed(&self, samples: &[i16], mut sink: impl FnMut(SpeechOutput<'_>)) -> Outcome<f64> {
        let mut stream = SpeechStream::new();
        let chunk = self.format.rate_hz() as usize / CHUNKS * self.format.channels() as usize;
        let started = ThreadTime::now();
        for (index, samples) in samples.chunks(chunk).enumerate() {
            let timestamp_us = (index * (1_000_000 / CHUNKS)) as u64;
            stream.push(&AudioChunk::i16(samples, self.format, timestamp_us)?, &mut sink)?;
        }
        Ok(milliseconds(started.elapsed()))
    }
}

/// Returns seconds of a voice with pauses over faint noise.
pub(super) fn made_up(format: AudioFormat, seconds: usize) -> Vec<i16> {
    let (rate, channels) = (format.rate_hz() as usize, format.channels() as usize);
    let mut random = SplitMix64::new(SEED);
    let sample = |at: usize| {
        let time = at as f64 / rate as f64;
        let phase = TAU * 150.0 * time + 3.0 * (TAU * 5.0 * time).sin();
        let voice: f64 = (1..=10).map(|k| 0.6f64.powi(k) * (f64::from(k) * phase).sin()).sum();
        let loud = if time % 2.0 < 1.3 { 8000.0 } else { 0.0 };
        (loud * voice + 30.0 * f64::from(random.normal())) as i16
    };
    let mono: Vec<i16> = (0..rate * seconds).map(sample).collect();
    mono.into_iter().flat_map(|sample| std::iter::repeat_n(sample, channels)).collect()
}

fn report(args: &BenchSpeechArgs, cases: &[Case], describing: &Describing, adapting: &Adapting) -> Value {
    let formats = cases.iter().map(|case| {
        let times = |rounds: &[f64]| {
            let [median, low, high] = spread(rounds);
            json!({ "median": median, "low": low, "high": high })
        };
        json!({
            "rate_hz": case.format.rate_hz(), "channels": case.format.channels(), "frames": case.frames,
            "cpu_ms_per_second": times(&case.rounds), "to_learn_cpu_ms_per_second": times(&case.to_learn),
        })
    });
    json!({
        "seconds": args.seconds, "rounds": args.rounds, "formats": formats.collect::<Vec<_>>(),
        "describing": describing.json(), "adapting": adapting.json(),
    })
}

fn print_table(args: &BenchSpeechArgs, cases: &[Case]) -> Outcome {
    say(format!("{} s of sound in chunks of 10 ms, {} rounds, CPU time of one thread", args.seconds, args.rounds))?;
    let head = ["median", "10 %", "90 %", "of real time", "to learn"];
    say(format!(
        "{:<20} {:>12} {:>12} {:>12} {:>14} {:>12}",
        "of a second of", head[0], head[1], head[2], head[3], head[4]
    ))?;
    for Case { format, rounds, to_learn, .. } in cases {
        let ([median, low, high], [learned, ..]) = (spread(rounds), spread(to_learn));
        let name = format!("{} Hz, {}", format.rate_hz(), if format.channels() == 1 { "mono" } else { "stereo" });
        let share = median / 10.0;
        say(format!("{name:<20} {median:>9.2} ms {low:>9.2} ms {high:>9.2} ms {share:>12.2} % {learned:>9.2} ms"))?;
    }
    say("to learn: median, with the copies in noise of a clip that is recorded to learn from")
}

/// Prints what is in the sound of `file`, and the time that decoding and features took.
fn describe(file: &Path, json: bool) -> Outcome {
    let started = ThreadTime::now();
    let Some((speech, shortfall)) = speech_of(file)? else {
        return Err(Failure::new(format!("{}: the file has no sound", file.display())).of_input());
    };
    let cpu_ms = milliseconds(started.elapsed());
    incomplete(file, shortfall.as_deref())?;
    let segments = segments(&speech);
    if json {
        return print_json(&json!({ "frames": speech.frames.len(), "cpu_ms": cpu_ms, "segments": segments }));
    }
    let (frames, found) = (counted(speech.frames.len(), "frames"), counted(segments.len(), "segments"));
    say(format!("{frames} in {cpu_ms:.1} ms CPU time without ffmpeg's, {found} of speech"))?;
    for (segment, described) in speech.segments.iter().zip(&segments) {
        say(format!(
            "{:.2} to {:.2} s: pitch {} Hz, {:.0} dB above noise{}",
            segment.start_us as f64 / 1e6,
            segment.end_us as f64 / 1e6,
            described["pitch_hz"],
            segment.above_noise_db,
            doubts_of(&speech, segment).iter().map(|doubt| format!(", {doubt}")).collect::<String>(),
        ))?;
    }
    Ok(())
}

fn segments(speech: &Speech) -> Vec<Value> {
    let segment = |segment: &SpeechSegment| {
        let mut pitches: Vec<f32> = speech.frames_of(segment).iter().filter_map(SpeechFrame::pitch_hz).collect();
        pitches.sort_by(f32::total_cmp);
        let pitch_hz = pitches.get(pitches.len() / 2).map(|hertz| hertz.round() as u32);
        json!({
            "start_us": segment.start_us, "end_us": segment.end_us, "voiced_frames": segment.voiced,
            "pitch_hz": pitch_hz, "above_noise_db": segment.above_noise_db,
            "doubts": doubts_of(speech, segment),
        })
    };
    speech.segments.iter().map(segment).collect()
}

/// Returns why the quality of a segment is doubtful, in words.
fn doubts_of(speech: &Speech, segment: &SpeechSegment) -> Vec<&'static str> {
    ClipQuality::of(segment.clip(&speech.frames)).doubts().map(SpeechDoubt::name).collect()
}
