//! `mien bench frame`: CPU time per frame of a stream in which one face is tracked and analyzed in every frame.

use std::time::Duration;

use cpu_time::ProcessTime;
use mien_core::Frame;
use mien_core::face::track::TrackerOptions;
use mien_core::frame::YuvRange;
use mien_core::stream::{StreamOptions, TrackedFace, VideoSession};
use serde_json::json;

use crate::args::{BenchFrameArgs, Shared};
use crate::bench::measure::{milliseconds, spread};
use crate::media::reading;
use crate::process::failure::{Failure, Outcome};
use crate::process::interrupt::check_interrupt;
use crate::process::terminal::{Progress, answer, print_json, say};
use crate::session;

/// Microseconds from one frame to the next.
const PERIOD_US: u64 = 33_333;

/// Analyses per second: more than the frame rate, so that each frame is analyzed.
const ANALYSE_FPS: f32 = 240.0;

/// Max size of a file of frames in bytes.
const MAX_BYTES: u64 = 1 << 32;

/// Detector runs per round.
const DETECTIONS: u32 = 4;

/// Runs the command.
pub fn run(shared: &Shared, args: &BenchFrameArgs) -> Outcome {
    let mut stream = Stream::new(shared, args)?;
    let turn = DETECTIONS * args.every;
    stream.turn(turn)?;
    if args.serve {
        return stream.serve();
    }
    let mut times = Vec::new();
    let bar = Progress::new(args.rounds as usize, "rounds");
    for _ in 0..args.rounds {
        times.push(stream.turn(turn)?);
        bar.step();
    }
    drop(bar);
    let [median, low, high] = spread(&times);
    if args.json {
        return print_json(&json!({ "frame": [args.width, args.height], "detector_every": args.every,
            "frames_a_round": turn, "rounds": args.rounds, "cpu_ms": times, "cpu_ms_median": median }));
    }
    say(format!(
        "NV21 {} x {}, one tracked face, detector in one frame of {} (every second time only around the face), quality, features and emotion in every frame",
        args.width, args.height, args.every
    ))?;
    say(format!(
        "{median:.2} ms of CPU time per frame ({low:.2} to {high:.2}), median (10 to 90 %) of {} rounds of {turn} frames",
        args.rounds
    ))
}

/// A session that receives the frames forwards and backwards.
struct Stream {
    session: VideoSession,
    frames: Vec<Vec<u8>>,
    width: usize,
    height: usize,
    shown: u64,
    last: Option<TrackedFace>,
}

impl Stream {
    fn new(shared: &Shared, args: &BenchFrameArgs) -> Outcome<Self> {
        let (width, height) = (args.width, args.height);
        let bytes = reading::read(&args.frames, MAX_BYTES, "frames")?;
        let length = width * height + 2 * width.div_ceil(2) * height.div_ceil(2);
        if bytes.is_empty() || bytes.len() % length != 0 {
            let name = args.frames.display();
            return Err(Failure::new(format!(
                "{name}: not a whole number of NV21 frames of {width} x {height} pixels"
            )));
        }
        let tracker =
            TrackerOptions { detect_every: args.every, detect_within_us: 60_000_000, ..TrackerOptions::default() };
        let options = StreamOptions { tracker, analyze_fps: ANALYSE_FPS, ..StreamOptions::default() };
        let session = VideoSession::new(&session::engine(shared)?, options)?;
        let frames = bytes.chunks_exact(length).map(<[u8]>::to_vec).collect();
        Ok(Self { session, frames, width, height, shown: 0, last: None })
    }

    /// Processes `frames` frames and returns the mean CPU milliseconds of one.
    fn turn(&mut self, frames: u32) -> Outcome<f64> {
        let mut time = Duration::ZERO;
        for _ in 0..frames {
            check_interrupt()?;
            let timestamp_us = self.shown * PERIOD_US;
            let bytes = &self.frames[self.position(self.shown)];
            let (luma, chroma) = bytes.split_at(self.width * self.height);
            let strides = [self.width, 2 * self.width.div_ceil(2)];
            let started = ProcessTime::now();
            let frame = Frame::nv21(luma, chroma, self.width, self.height, strides, YuvRange::Video)?;
            let mut result = self.session.process(&frame, timestamp_us)?;
            time += started.elapsed();
            let analyzed = result.faces.len() == 1 && result.faces[0].analyzed_us == Some(timestamp_us);
            if !analyzed {
                return Err(Failure::new(format!(
                    "frame {}: {} faces; expected one that is tracked and analyzed",
                    self.shown,
                    result.faces.len()
                )));
            }
            self.last = result.faces.pop();
            self.shown += 1;
        }
        Ok(milliseconds(time) / f64::from(frames))
    }

    /// Returns the frame to show at `index`: up to the last one and back.
    fn position(&self, index: u64) -> usize {
        let last = self.frames.len() - 1;
        let at = (index % (2 * last as u64).max(1)) as usize;
        if at <= last { at } else { 2 * last - at }
    }

    /// Serves a script that measures another pipeline in turn: writes one JSON line, then answers each line that
    /// holds a number of frames with the milliseconds per frame.
    fn serve(&mut self) -> Outcome {
        let face = self.last.as_ref().map(|tracked| tracked.face.bounds);
        answer(json!({ "frame": self.position(self.shown - 1),
            "box": face.map(|bounds| [bounds.x, bounds.y, bounds.width, bounds.height]) }))?;
        for line in std::io::stdin().lines() {
            let line = line?;
            match line.trim().parse() {
                Ok(frames) if frames > 0 => answer(self.turn(frames)?)?,
                _ => return Err(Failure::new(format!("{line:?} is not a number of frames"))),
            }
        }
        Ok(())
    }
}
