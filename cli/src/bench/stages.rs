//! `mien bench`: the time of each stage on this machine.

use std::hint::black_box;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use cpu_time::ThreadTime;
use mien_core::face::quality::measure;
use mien_core::face::{Face, principal};
use mien_core::features::{FeatureExtractor, View};
use mien_core::head::Clip;
use mien_core::models::{ModelPack, Role};
use mien_core::{Engine, Error, ErrorKind, Frame};
use serde_json::json;

use crate::args::{BenchArgs, Shared};
use crate::bench::measure::{milliseconds, quantile, spread};
use crate::material::Material;
use crate::media::read_picture;
use crate::process::failure::{Failure, Naming, Outcome};
use crate::process::interrupt::check_interrupt;
use crate::process::terminal::{Progress, print_json, say};
use crate::session;
use crate::text::counted;

/// The built-in picture that is measured by default.
const PICTURE: &str = "pictures/obama.jpg";

/// Number of cold starts.
const COLD_STARTS: usize = 3;

/// The stages that are measured in wall time.
const FEATURES: &str = "both networks, wall time";
const FEATURES_IN_PARALLEL: &str = "both networks in parallel, wall time";

/// One stage: its name and the time of each round in milliseconds.
struct Stage {
    name: &'static str,
    rounds: Vec<f64>,
}

impl Stage {
    fn is_by_the_clock(&self) -> bool {
        [FEATURES, FEATURES_IN_PARALLEL].contains(&self.name)
    }
}

/// Runs the command.
pub fn run(shared: &Shared, args: &BenchArgs) -> Outcome {
    let material = Material::open(None, if args.picture.is_some() { &[] } else { &[PICTURE] })?;
    let file = args.picture.clone().unwrap_or_else(|| material.path(PICTURE));
    let picture = read_picture(&file)?;
    let frame = picture.frame()?;
    let loading = ThreadTime::now();
    let engine = session::engine(shared)?;
    let load_ms = milliseconds(loading.elapsed());
    let faces = engine.detect(&frame)?;
    let Some(&face) = principal(&faces, frame.upright_size()) else {
        return Err(Failure::new(format!("{}: no face to measure with", file.display())));
    };
    let stages = measure_stages(&engine, &session::pack(shared)?, (&file, &frame), face, args.rounds)?;
    let (cold_ms, size) = (cold_starts(shared, &file)?, frame.upright_size());
    let report = Report { size, faces: faces.len(), rounds: args.rounds, stages, load_ms, cold_ms };
    if args.json { print_json(&report.json()) } else { report.print() }
}

/// The measured times.
struct Report {
    /// Width and height of the frame, pixels.
    size: (usize, usize),
    faces: usize,
    rounds: u32,
    stages: Vec<Stage>,
    /// CPU time of loading the pack.
    load_ms: f64,
    /// Wall time of each cold start.
    cold_ms: Vec<f64>,
}

impl Report {
    fn json(&self) -> serde_json::Value {
        let stage = |stage: &Stage| {
            let clock = if stage.is_by_the_clock() { "wall" } else { "cpu" };
            let [median, low, high] = spread(&stage.rounds);
            json!({ "stage": stage.name, (format!("{clock}_ms_median")): median,
                (format!("{clock}_ms_low")): low, (format!("{clock}_ms_high")): high })
        };
        json!({
            "frame": [self.size.0, self.size.1],
            "faces": self.faces,
            "rounds": self.rounds,
            "stages": self.stages.iter().map(stage).collect::<Vec<_>>(),
            "load_cpu_ms": self.load_ms,
            "cold_start_ms": { "median": quantile(&self.cold_ms, 0.5), "all": self.cold_ms },
        })
    }

    fn print(&self) -> Outcome {
        let ((width, height), faces, rounds) = (self.size, counted(self.faces, "faces"), self.rounds);
        let rounds = counted(rounds, "rounds");
        say(format!("{width}x{height} frame, {faces}, {rounds}, CPU time of one thread"))?;
        say(format!("{:<38} {:>9} {:>9} {:>9}", "stage", "median", "10 %", "90 %"))?;
        for stage in &self.stages {
            let [median, low, high] = spread(&stage.rounds);
            say(format!("{:<38} {median:>6.2} ms {low:>6.2} ms {high:>6.2} ms", stage.name))?;
        }
        say(format!("{:<38} {:>6.0} ms", "loading the pack", self.load_ms))?;
        say(format!(
            "{:<38} {:>6.0} ms (process start to first result, wall time, median of {COLD_STARTS})",
            "cold start",
            quantile(&self.cold_ms, 0.5)
        ))
    }
}

/// The work of a stage.
type Work<'a> = Box<dyn Fn() -> mien_core::Result<()> + 'a>;

fn decoded(file: &Path) -> mien_core::Result<()> {
    let failed = |failure: Failure| Error::new(ErrorKind::Internal, failure.to_string());
    read_picture(file).map(|picture| drop(black_box(picture))).map_err(failed)
}

fn measure_stages(
    engine: &Engine,
    pack: &ModelPack,
    (file, frame): (&Path, &Frame<'_>),
    face: Face,
    rounds: u32,
) -> Outcome<Vec<Stage>> {
    let extractor = engine.extractor();
    let features = extractor.extract(frame, &face)?;
    let clip = Clip::from_frames(&[features.head_input()])?;
    let identity = engine.identify(&features.identity);
    let both = FeatureExtractor::new(pack)?.in_parallel(true);
    let works: Vec<(&'static str, Work<'_>)> = vec![
        ("decoding the file", Box::new(|| decoded(file))),
        ("detection", Box::new(|| engine.detect(frame).map(|faces| drop(black_box(faces))))),
        (
            "quality",
            Box::new(|| {
                measure(frame, &face).map(|quality| {
                    black_box(quality);
                })
            }),
        ),
        (
            "identity: crop",
            Box::new(|| extractor.network_input(Role::Identity, frame, &face).map(|x| drop(black_box(x)))),
        ),
        ("identity: crop and network", Box::new(|| extractor.identity(frame, &face).map(|x| drop(black_box(x))))),
        (
            "expression: crop",
            Box::new(|| extractor.network_input(Role::Expression, frame, &face).map(|x| drop(black_box(x)))),
        ),
        (
            "expression: crop and network",
            Box::new(|| extractor.expression(frame, &face, View::PLAIN).map(|x| drop(black_box(x)))),
        ),
        (
            "identification and head",
            Box::new(|| {
                black_box(engine.identify(&features.identity));
                engine.emotion(&clip, &identity).map(|emotion| drop(black_box(emotion)))
            }),
        ),
        ("whole frame", Box::new(|| engine.process(frame).map(|result| drop(black_box(result))))),
        (FEATURES, Box::new(|| extractor.extract(frame, &face).map(|features| drop(black_box(features))))),
        (FEATURES_IN_PARALLEL, Box::new(|| both.extract(frame, &face).map(|features| drop(black_box(features))))),
    ];
    take_turns(&works, rounds)
}

/// Measures the stages in turns, so that a busy moment of the machine affects all of them.
fn take_turns(works: &[(&'static str, Work<'_>)], rounds: u32) -> Outcome<Vec<Stage>> {
    let mut stages: Vec<Stage> = works.iter().map(|(name, _)| Stage { name, rounds: Vec::new() }).collect();
    let bar = Progress::new(rounds as usize, "rounds");
    for _ in 0..rounds {
        check_interrupt()?;
        for ((_, work), stage) in works.iter().zip(&mut stages) {
            let (started, cpu) = (Instant::now(), ThreadTime::now());
            work()?;
            let elapsed = if stage.is_by_the_clock() { started.elapsed() } else { cpu.elapsed() };
            stage.rounds.push(milliseconds(elapsed));
        }
        bar.step();
    }
    drop(bar);
    Ok(stages)
}

/// Measures the wall time in milliseconds from the start of a new process to its result for one picture.
fn cold_starts(shared: &Shared, picture: &Path) -> Outcome<Vec<f64>> {
    let program = std::env::current_exe()?;
    let mut times = Vec::new();
    for _ in 0..COLD_STARTS {
        let mut command = Command::new(&program);
        command.arg("analyze").arg(picture).arg("--json").stdout(Stdio::null());
        if let Some(models) = &shared.models {
            command.arg("--models").arg(models);
        }
        let started = Instant::now();
        let status = command.status().naming(&program)?;
        times.push(milliseconds(started.elapsed()));
        if !status.success() {
            return Err(Failure::new("the restarted program failed"));
        }
    }
    Ok(times)
}
