//! `mien bench stream`: the memory of hours of stream time on built-in clips.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use cpu_time::ProcessTime;
use mien_core::Frame;
use mien_core::face::track::{TrackId, TrackerOptions};
use mien_core::speech::{AudioChunk, AudioFormat, RATE_HZ};
use mien_core::stream::{Event, LiveOptions, LiveSession, StreamOptions, StreamResult, VideoSession};
use serde::Serialize;

use crate::args::{BenchStreamArgs, Shared};
use crate::bench::measure::milliseconds;
use crate::bench::speech::made_up;
use crate::material::Material;
use crate::media::{Picture, pictures_in, read_picture};
use crate::process::failure::{Failure, Outcome};
use crate::process::interrupt::check_interrupt;
use crate::process::terminal::{Progress, print_json, say};
use crate::session;

/// Seconds without a face: longer than a lost track is kept.
const EMPTY_SECONDS: usize = 4;
/// Number of frames for which each of the man's pictures is shown.
const HELD: usize = 3;
/// Width of the window that pans over the picture of several people, and its step per frame, in pixels.
const WINDOW: usize = 320;
const PAN: usize = 8;

/// The measured figures.
#[derive(Serialize)]
struct Report {
    session: &'static str,
    sound: bool,
    stream_minutes: u32,
    fps: u32,
    analyzes_per_second: f32,
    detector_every: u32,
    frames: u64,
    faces_seen: u64,
    tracks_begun: u64,
    tracks_ended: u64,
    tracks_left: usize,
    max_tracks: usize,
    dropped: u64,
    cpu_ms_per_frame: f64,
    /// Resident memory in megabytes (10^6 bytes); null if the system does not report it.
    rss_before_mb: Option<f64>,
    rss_loaded_mb: Option<f64>,
    rss_warm_mb: Option<f64>,
    rss_end_mb: Option<f64>,
    growth_mb: Option<f64>,
    peak_rss_mb: Option<f64>,
}

/// Runs the command.
pub fn run(shared: &Shared, args: &BenchStreamArgs) -> Outcome {
    let material = Material::open(args.material.as_deref(), &["adapt/man", "clip", "pictures/multi_face.jpg"])?;
    let before = resident("VmRSS:");
    let engine = session::engine(shared)?;
    let loaded = resident("VmRSS:");
    let tracker =
        TrackerOptions { detect_every: args.every, detect_within_us: 60_000_000, ..TrackerOptions::default() };
    let options = StreamOptions { tracker, analyze_fps: args.analyze, ..StreamOptions::default() };
    let mut session = if args.live {
        let options = LiveOptions { stream: options, target_fps: args.fps as f32, ..LiveOptions::default() };
        Session::Live(Box::new(LiveSession::new(&engine, options)?))
    } else {
        Session::Video(Box::new(VideoSession::new(&engine, options)?))
    };
    let program = Program::new(&material, args.fps as usize)?;
    let total = 60 * u64::from(args.minutes) * u64::from(args.fps);
    let (mut tally, mut warm) = (Tally::default(), None);
    let bar = Progress::new(total as usize, "frames");
    let sound = args.sound.then(|| Sound::new(u64::from(args.fps))).transpose()?;
    for index in 0..total {
        check_interrupt()?;
        let timestamp_us = index * 1_000_000 / u64::from(args.fps);
        sound.as_ref().map_or(Ok(()), |sound| session.hear(&sound.chunk(index, timestamp_us)?, &mut tally))?;
        program.show(index as usize, |frame| session.take(frame, timestamp_us, &mut tally))?;
        if index == total / 10 {
            warm = resident("VmRSS:");
        }
        bar.step();
    }
    end_tracks(&mut session, &program, total, u64::from(args.fps), &mut tally)?;
    drop(bar);
    let end = resident("VmRSS:");
    let report = Report {
        session: if args.live { "live" } else { "video" },
        sound: args.sound,
        stream_minutes: args.minutes,
        fps: args.fps,
        analyzes_per_second: args.analyze,
        detector_every: args.every,
        frames: tally.frames,
        faces_seen: tally.faces,
        tracks_begun: tally.begun,
        tracks_ended: tally.ended,
        tracks_left: tally.alive.len(),
        max_tracks: tally.max_alive,
        dropped: session.dropped(),
        cpu_ms_per_frame: milliseconds(tally.cpu) / tally.frames.max(1) as f64,
        rss_before_mb: before,
        rss_loaded_mb: loaded,
        rss_warm_mb: warm,
        rss_end_mb: end,
        growth_mb: warm.zip(end).map(|(warm, end)| end - warm),
        peak_rss_mb: resident("VmHWM:"),
    };
    if args.json { print_json(&report) } else { print_table(&report) }
}

/// Shows nobody after `total` frames: without faces all tracks end; any track left has leaked.
fn end_tracks(session: &mut Session, program: &Program, total: u64, fps: u64, tally: &mut Tally) -> Outcome {
    session.finish(tally)?;
    for extra in 1..=program.empty as u64 {
        let timestamp_us = (total + extra) * 1_000_000 / fps;
        program.show_nobody(|frame| session.take(frame, timestamp_us, tally))?;
        session.finish(tally)?;
    }
    Ok(())
}

fn print_table(report: &Report) -> Outcome {
    let sound = if report.sound { " with sound" } else { "" };
    let Report { session, stream_minutes, fps, analyzes_per_second, detector_every, .. } = report;
    say(format!(
        "{session} session{sound}, {stream_minutes} min of stream time at {fps} frames/s, detector in one frame of {detector_every}, \
         {analyzes_per_second} analyses/s per face"
    ))?;
    say(format!("frames analyzed     {} ({} dropped), {} faces", report.frames, report.dropped, report.faces_seen))?;
    say(format!(
        "tracks              {} begun, {} ended, {} left, max {} at once",
        report.tracks_begun, report.tracks_ended, report.tracks_left, report.max_tracks
    ))?;
    say(format!("CPU time            {:.1} ms per frame, including picture decoding", report.cpu_ms_per_frame))?;
    let megabytes = |value: Option<f64>| value.map_or("unknown".to_owned(), |value| format!("{value:.1} MB"));
    say(format!(
        "resident memory     {} before loading, {} loaded, {} warm, {} at the end: growth {}",
        megabytes(report.rss_before_mb),
        megabytes(report.rss_loaded_mb),
        megabytes(report.rss_warm_mb),
        megabytes(report.rss_end_mb),
        megabytes(report.growth_mb),
    ))?;
    say(format!("peak                {}", megabytes(report.peak_rss_mb)))
}

/// A session of either kind.
enum Session {
    Video(Box<VideoSession>),
    Live(Box<LiveSession>),
}

impl Session {
    fn take(&mut self, frame: &Frame<'_>, timestamp_us: u64, tally: &mut Tally) -> Outcome {
        let started = ProcessTime::now();
        match self {
            Self::Video(session) => tally.count(&session.process(frame, timestamp_us)?),
            Self::Live(session) => {
                session.submit(frame, timestamp_us)?;
                while let Some(result) = session.poll()? {
                    tally.count(&result);
                }
            }
        }
        tally.cpu += started.elapsed();
        Ok(())
    }

    fn hear(&self, chunk: &AudioChunk<'_>, tally: &mut Tally) -> Outcome {
        let started = ProcessTime::now();
        match self {
            Self::Video(session) => session.submit_audio(chunk)?,
            Self::Live(session) => session.submit_audio(chunk)?,
        }
        tally.cpu += started.elapsed();
        Ok(())
    }

    /// Waits until all frames are analyzed.
    fn finish(&mut self, tally: &mut Tally) -> Outcome {
        let Self::Live(session) = self else { return Ok(()) };
        session::finish_live(session, |result| {
            tally.count(result);
            Ok(())
        })
    }

    fn dropped(&self) -> u64 {
        match self {
            Self::Video(_) => 0,
            Self::Live(session) => session.statistics().dropped,
        }
    }
}

/// A voice with pauses, again and again.
struct Sound {
    format: AudioFormat,
    samples: Vec<i16>,
    /// Samples from one frame to the next.
    step: usize,
}

/// Seconds after which the sound begins anew.
const LOOP_S: usize = 10;

impl Sound {
    fn new(fps: u64) -> Outcome<Self> {
        let format = AudioFormat::new(RATE_HZ, 1)?;
        let step = (u64::from(RATE_HZ) / fps) as usize;
        Ok(Self { format, samples: made_up(format, LOOP_S), step })
    }

    /// Returns the sound up to the frame with this number.
    fn chunk(&self, index: u64, timestamp_us: u64) -> Outcome<AudioChunk<'_>> {
        let from = index as usize * self.step % (self.samples.len() - self.step);
        Ok(AudioChunk::i16(&self.samples[from..from + self.step], self.format, timestamp_us)?)
    }
}

/// Counts of the results of a session.
#[derive(Default)]
struct Tally {
    frames: u64,
    faces: u64,
    begun: u64,
    ended: u64,
    alive: BTreeSet<TrackId>,
    max_alive: usize,
    cpu: Duration,
}

impl Tally {
    fn count(&mut self, result: &StreamResult) {
        self.frames += 1;
        self.faces += result.faces.len() as u64;
        for event in &result.events {
            match event {
                Event::Began { track } => {
                    self.begun += 1;
                    self.alive.insert(*track);
                }
                Event::Ended { track } => {
                    self.ended += 1;
                    self.alive.remove(track);
                }
                _ => {}
            }
        }
        self.max_alive = self.max_alive.max(self.alive.len());
    }
}

/// A loop of scenes: a woman; nobody; a window that pans over five people and back; nobody; a cut from the woman to a
/// man.
struct Program {
    woman: Vec<PathBuf>,
    man: Vec<PathBuf>,
    several: Picture,
    nobody: Vec<u8>,
    empty: usize,
    pan: usize,
}

const EMPTY_SIDE: usize = 256;

impl Program {
    fn new(material: &Material, fps: usize) -> Outcome<Self> {
        let woman = pictures_in(&material.path("clip"))?;
        let mut man = Vec::new();
        for part in ["learn/neutral", "learn/happy", "test/happy"] {
            man.extend(pictures_in(&material.path("adapt/man").join(part))?);
        }
        let several = read_picture(&material.path("pictures/multi_face.jpg"))?;
        let (width, _) = several.frame()?.upright_size();
        if woman.is_empty() || man.is_empty() || width <= WINDOW {
            return Err(Failure::new(
                "the material lacks a clip, or pictures of a man, or a wide picture of several people",
            ));
        }
        let nobody = (0..EMPTY_SIDE * EMPTY_SIDE).map(|index| (index % EMPTY_SIDE / 2 + 40) as u8).collect();
        Ok(Self { woman, man, several, nobody, empty: EMPTY_SECONDS * fps, pan: (width - WINDOW) / PAN })
    }

    /// Passes frame `index` to `take`; the loop repeats.
    fn show(&self, index: usize, take: impl FnOnce(&Frame<'_>) -> Outcome) -> Outcome {
        let round = 2 * self.woman.len() + 2 * self.empty + 2 * self.pan + HELD * self.man.len();
        let mut at = index % round;
        for (length, scene) in [
            (self.woman.len(), 0),
            (self.empty, 1),
            (2 * self.pan, 2),
            (self.empty, 1),
            (self.woman.len(), 0),
            (HELD * self.man.len(), 3),
        ] {
            if at < length {
                return match scene {
                    0 => take(&read_picture(&self.woman[at])?.frame()?),
                    1 => self.show_nobody(take),
                    2 => self.show_several(if at < self.pan { at } else { 2 * self.pan - at }, take),
                    _ => take(&read_picture(&self.man[at / HELD])?.frame()?),
                };
            }
            at -= length;
        }
        Ok(())
    }

    fn show_nobody(&self, take: impl FnOnce(&Frame<'_>) -> Outcome) -> Outcome {
        take(&Frame::gray8(&self.nobody, EMPTY_SIDE, EMPTY_SIDE, EMPTY_SIDE)?)
    }

    fn show_several(&self, step: usize, take: impl FnOnce(&Frame<'_>) -> Outcome) -> Outcome {
        let Picture::Rgb(image) = &self.several else { return Err(Failure::new("a picture is expected")) };
        let (width, height) = (image.width() as usize, image.height() as usize);
        take(&Frame::rgb8(&image.as_raw()[3 * PAN * step..], WINDOW, height, 3 * width)?)
    }
}

/// Reads a line of /proc/self/status in megabytes (10^6 bytes); `None` on other systems.
fn resident(line: &str) -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let kilobytes: f64 = status.lines().find_map(|l| l.strip_prefix(line))?.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes * 1024.0 / 1e6)
}
