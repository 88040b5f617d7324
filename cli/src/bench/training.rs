//! `mien bench training`: time of training one head on synthetic clips.

use std::hint::black_box;

use cpu_time::ThreadTime;
use mien_core::SplitMix64;
use mien_core::head::{Clip, Head};
use mien_core::train::fit::{FitOptions, fit};
use serde_json::json;

use crate::args::BenchTrainingArgs;
use crate::bench::measure::{milliseconds, quantile, spread};
use crate::process::failure::{Failure, Outcome};
use crate::process::interrupt::{check_interrupt, go_on};
use crate::process::terminal::{Progress, print_json, say};

/// Seed of the frame values.
const DATA_SEED: u64 = 1;
/// Seed of the initial parameters.
const START_SEED: u64 = 2;

/// A training run, determined by the arguments; `benches/against/training_cost.py` creates the same one.
struct Task {
    clips: Vec<(Clip, usize)>,
    start: Head,
    options: FitOptions,
}

/// The CPU milliseconds of one training run and the mean loss of its first and last epoch.
struct Round {
    cpu_ms: f64,
    loss_first: f32,
    loss_last: f32,
}

/// Runs the command.
pub fn run(args: &BenchTrainingArgs) -> Outcome {
    let task = Task::new(args)?;
    let bar = Progress::new(args.rounds as usize, "rounds");
    let mut rounds = Vec::new();
    for _ in 0..args.rounds {
        check_interrupt()?;
        rounds.push(task.train()?);
        bar.step();
    }
    drop(bar);
    if args.json { print_json(&report(args, &task, &rounds)) } else { print_table(args, &task, &rounds) }
}

fn report(args: &BenchTrainingArgs, task: &Task, rounds: &[Round]) -> serde_json::Value {
    let times: Vec<f64> = rounds.iter().map(|round| round.cpu_ms).collect();
    json!({
        "head": args.head.name(), "clips": args.clips, "frames": args.frames, "features": args.features,
        "classes": args.classes, "epochs": task.options.epochs, "batch": task.options.batch,
        "rate": task.options.rate, "pull": task.options.pull, "parameters": task.start.parameters().len(),
        "rounds": args.rounds, "cpu_ms": times, "cpu_ms_median": quantile(&times, 0.5),
        "loss_first": rounds[0].loss_first, "loss_last": rounds[0].loss_last,
    })
}

fn print_table(args: &BenchTrainingArgs, task: &Task, rounds: &[Round]) -> Outcome {
    let times: Vec<f64> = rounds.iter().map(|round| round.cpu_ms).collect();
    let [median, low, high] = spread(&times);
    say(format!(
        "{} clips of {} frames of {} values, {} classes, {} epochs, batch {}; {} rounds, CPU time of one thread",
        args.clips, args.frames, args.features, args.classes, task.options.epochs, task.options.batch, args.rounds
    ))?;
    say(format!(
        "{:<20} {:>10} {:>12} {:>12} {:>12} {:>8} {:>8}",
        "head", "parameters", "median", "10 %", "90 %", "loss", "at last"
    ))?;
    say(format!(
        "{:<20} {:>10} {median:>9.1} ms {low:>9.1} ms {high:>9.1} ms {:>8.4} {:>8.4}",
        args.head.name(),
        task.start.parameters().len(),
        rounds[0].loss_first,
        rounds[0].loss_last
    ))
}

impl Task {
    fn new(args: &BenchTrainingArgs) -> Outcome<Self> {
        let options = FitOptions { epochs: args.epochs, batch: args.batch, ..FitOptions::for_kind(args.head) };
        Ok(Self { clips: made_up_clips(args)?, start: made_up_head(args)?, options })
    }

    fn train(&self) -> Outcome<Round> {
        let samples: Vec<_> = self.clips.iter().map(|(clip, class)| (clip, *class)).collect();
        let (mut loss_first, mut loss_last) = (None, 0.0);
        let started = ThreadTime::now();
        let head = fit(&self.start, &samples, &self.options, |progress| {
            loss_first.get_or_insert(progress.loss);
            loss_last = progress.loss;
            go_on()
        })?;
        let cpu_ms = milliseconds(started.elapsed());
        black_box(head);
        let loss_first = loss_first.ok_or_else(|| Failure::new("no epoch was trained: give --epochs 1 or more"))?;
        Ok(Round { cpu_ms, loss_first, loss_last })
    }
}

/// Returns clips whose frames are the center of their class plus noise, with lengths near 1; classes take turns.
fn made_up_clips(args: &BenchTrainingArgs) -> Outcome<Vec<(Clip, usize)>> {
    let (classes, features) = (args.classes as usize, args.features as usize);
    let mut random = SplitMix64::new(DATA_SEED);
    let size = 1.0 / (features as f32).sqrt();
    let centers: Vec<f32> = (0..classes * features).map(|_| size * uniform(&mut random)).collect();
    let clip = |index| {
        let class = index as usize % classes;
        let center = &centers[class * features..][..features];
        let frames: Vec<Vec<f32>> = (0..args.frames)
            .map(|_| center.iter().map(|center| center + size * uniform(&mut random)).collect())
            .collect();
        Ok((Clip::from_frames(&frames)?, class))
    };
    (0..args.clips).map(clip).collect()
}

/// Returns a head with small random parameters.
fn made_up_head(args: &BenchTrainingArgs) -> Outcome<Head> {
    let labels: Vec<String> = (0..args.classes).map(|class| format!("class {class}")).collect();
    let (features, body) = (args.features as usize, args.head.body());
    let length = Head::fresh(labels.clone(), features, body, None, 1.0)?.parameters().len();
    let mut random = SplitMix64::new(START_SEED);
    let size = 1.0 / (features as f32).sqrt();
    let parameters = (0..length).map(|_| size * uniform(&mut random)).collect();
    Ok(Head::from_parameters(labels, features, body, parameters)?)
}

/// Returns a number from -1 to 1 in steps of 0.001.
fn uniform(random: &mut SplitMix64) -> f32 {
    random.below(2001) as f32 / 1000.0 - 1.0
}
