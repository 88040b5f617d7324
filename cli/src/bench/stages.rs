//! `mien bench`: the time of each stage on this machine.

use std::hint::black_box;
use std::process::{Command, Stdio};
use std::time::Instant;

use cpu_time::ThreadTime;
use mien_core::face::quality::measure;
use mien_core::face::{Face, principal};
use mien_core::features::FeatureExtractor;
use mien_core::head::Clip;
use mien_core::models::{ModelPack, Role};
use mien_core::{Engine, Frame};
use serde_json::json;

use crate::args::{BenchArgs, Shared};
use crate::bench::measure::{milliseconds, quantile};
use crate::media::read_picture;
use crate::process::failure::{Failure, Naming, Outcome};
use crate::process::interrupt::check_interrupt;
use crate::process::terminal::{print_json, progress, say};
use crate::session;

/// Starts of the program whose time is taken.
const COLD_STARTS: usize = 3;

/// The stages that are measured by the clock on the wall.
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
    let picture = read_picture(&args.picture)?;
    let frame = picture.frame()?;
    let loading = ThreadTime::now();
    let engine = session::engine(shared)?;
    let load = milliseconds(loading.elapsed());
    let faces = engine.detect(&frame)?;
    let Some(&face) = principal(&faces, frame.upright_size()) else {
        return Err(Failure::new(format!("{}: no face to measure with", args.picture.display())));
    };
    let stages = measure_stages(&engine, &session::pack(shared)?, &frame, face, args)?;
    let cold = cold_starts(shared, args)?;
    let (width, height) = frame.upright_size();
    let report = |stage: &Stage| {
        let clock = if stage.is_by_the_clock() { "wall" } else { "cpu" };
        let [median, low, high] = [0.5, 0.1, 0.9].map(|q| quantile(&stage.rounds, q));
        json!({ "stage": stage.name, (format!("{clock}_ms_median")): median,
            (format!("{clock}_ms_low")): low, (format!("{clock}_ms_high")): high })
    };
    if args.json {
        return print_json(&json!({
            "frame": [width, height],
            "faces": faces.len(),
            "rounds": args.rounds,
            "stages": stages.iter().map(report).collect::<Vec<_>>(),
            "load_cpu_ms": load,
            "cold_start_ms": { "median": quantile(&cold, 0.5), "all": cold },
        }));
    }
    say(format!("{width}x{height} frame, {} face(s), {} rounds, CPU time of one thread", faces.len(), args.rounds))?;
    say(format!("{:<38} {:>9} {:>9} {:>9}", "stage", "median", "10 %", "90 %"))?;
    for stage in &stages {
        let [median, low, high] = [0.5, 0.1, 0.9].map(|q| quantile(&stage.rounds, q));
        say(format!("{:<38} {median:>6.2} ms {low:>6.2} ms {high:>6.2} ms", stage.name))?;
    }
    say(format!("{:<38} {load:>6.0} ms", "loading the pack"))?;
    say(format!(
        "{:<38} {:>6.0} ms (process start to first result, wall time, median of {COLD_STARTS})",
        "cold start",
        quantile(&cold, 0.5)
    ))
}

fn measure_stages(
    engine: &Engine,
    pack: &ModelPack,
    frame: &Frame<'_>,
    face: Face,
    args: &BenchArgs,
) -> Outcome<Vec<Stage>> {
    let extractor = engine.extractor();
    let features = extractor.extract(frame, &face)?;
    let clip = Clip::from_frames(&[features.head_input()])?;
    let identity = engine.identify(&features.identity);
    type Work<'a> = Box<dyn Fn() -> mien_core::Result<()> + 'a>;
    let both = FeatureExtractor::new(pack)?.in_parallel(true);
    let works: Vec<(&'static str, Work<'_>)> = vec![
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
        ("expression: crop and network", Box::new(|| extractor.expression(frame, &face).map(|x| drop(black_box(x))))),
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
    let mut stages: Vec<Stage> = works.iter().map(|(name, _)| Stage { name, rounds: Vec::new() }).collect();
    let bar = progress(args.rounds as usize, "rounds");
    // Stages take turns, so that a busy moment of the machine hits all alike.
    for _ in 0..args.rounds {
        check_interrupt()?;
        for ((_, work), stage) in works.iter().zip(&mut stages) {
            let (started, cpu) = (Instant::now(), ThreadTime::now());
            work()?;
            let elapsed = if stage.is_by_the_clock() { started.elapsed() } else { cpu.elapsed() };
            stage.rounds.push(milliseconds(elapsed));
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(stages)
}

/// Wall time in milliseconds from starting this program anew to its result of one picture.
fn cold_starts(shared: &Shared, args: &BenchArgs) -> Outcome<Vec<f64>> {
    let program = std::env::current_exe()?;
    let mut times = Vec::new();
    for _ in 0..COLD_STARTS {
        let mut command = Command::new(&program);
        command.arg("analyze").arg(&args.picture).arg("--json").stdout(Stdio::null());
        if let Some(models) = &shared.models {
            command.arg("--models").arg(models);
        }
        let started = Instant::now();
        let status = command.status().naming(&program)?;
        times.push(milliseconds(started.elapsed()));
        if !status.success() {
            return Err(Failure::new("the program started anew and failed"));
        }
    }
    Ok(times)
}
