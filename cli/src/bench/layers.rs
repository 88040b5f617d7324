//! `mien bench networks --layers`: CPU time of each step of our executor, compared with the processor's peak.

use std::hint::black_box;
use std::time::Duration;

use cpu_time::ThreadTime;
use fearless_simd::{Level, Simd, SimdBase, SimdFloat, SimdFrom, dispatch, f32x8};
use mien_nn::{Precision, StepCost};
use serde_json::json;

use crate::args::BenchNetworksArgs;
use crate::bench::measure::{milliseconds, quantile};
use crate::bench::network_task::Task;
use crate::process::failure::Outcome;
use crate::process::interrupt::check_interrupt;
use crate::process::terminal::{Progress, print_json, say};

/// Independent sums: more than the multiply-adds that a processor has in flight.
const SUMS: usize = 12;
/// SIMD lanes of a sum.
const LANES: usize = 8;
/// Multiply-adds per lane and turn; a turn takes a few milliseconds.
const TURN: u32 = 2_000_000;
const TURNS: usize = 7;

/// Int8 multiply-adds per f32 multiply-add on AVX2: one instruction multiplies 32 pairs of bytes (u8 x i8, summed in
/// pairs), another 8 pairs of f32, both at the same rate.
const BYTES: f64 = 4.0;

/// Steps of a network with their CPU milliseconds.
struct Profile<'a> {
    task: &'a Task,
    steps: Vec<(StepCost, f64)>,
}

/// Runs the command.
pub fn run(tasks: &[Task], args: &BenchNetworksArgs) -> Outcome {
    let peak = f32_peak();
    let bar = Progress::new(tasks.len(), "networks");
    let mut profiles = Vec::new();
    for task in tasks {
        profiles.push(Profile::measure(task, args.rounds)?);
        bar.step();
    }
    drop(bar);
    if args.json {
        let networks: Vec<_> = profiles.iter().map(|profile| profile.report(peak)).collect();
        return print_json(&json!({ "rounds": args.rounds, "peak_gmac_s": peak, "networks": networks }));
    }
    say(format!(
        "{} rounds, CPU time of one thread: median. Peak: {peak:.1} GMAC/s in f32, measured here with independent sums;",
        args.rounds
    ))?;
    say(format!(
        "in int8 {BYTES} times that, because AVX2 multiplies 32 pairs of bytes per instruction and 8 of f32, at the same rate"
    ))?;
    profiles.iter().try_for_each(|profile| profile.print(peak))
}

impl<'a> Profile<'a> {
    fn measure(task: &'a Task, rounds: u32) -> Outcome<Self> {
        let network = &task.executors[0];
        let steps = network.steps();
        let mut times = vec![Vec::new(); steps.len()];
        for _ in 0..rounds {
            check_interrupt()?;
            black_box(network.run(&task.input)?);
            let mut sums = vec![Duration::ZERO; steps.len()];
            for _ in 0..task.runs {
                let (mut last, mut step) = (ThreadTime::now(), 0);
                let mut done = || {
                    let now = ThreadTime::now();
                    sums[step] += now.duration_since(last);
                    (last, step) = (now, step + 1);
                };
                black_box(network.run_in_steps(black_box(&task.input), &mut done)?);
            }
            for (times, sum) in times.iter_mut().zip(sums) {
                times.push(milliseconds(sum) / task.runs as f64);
            }
        }
        let steps = steps.into_iter().zip(times).map(|(step, times)| (step, quantile(&times, 0.5)));
        Ok(Self { task, steps: steps.collect() })
    }

    /// Returns the peak for the network's precision, from that of f32.
    fn peak(&self, f32_peak: f64) -> f64 {
        match self.task.precision {
            Precision::Quantized => BYTES * f32_peak,
            Precision::Half => 2.0 * f32_peak,
            Precision::Float => f32_peak,
        }
    }

    fn print(&self, f32_peak: f64) -> Outcome {
        let (task, peak) = (self.task, self.peak(f32_peak));
        say("")?;
        say(format!("{}, {} pixels per side, {}", task.file, task.side, task.executors[0].executor()))?;
        say(format!("  {:<50} {:>7} {:>9} {:>7} {:>8}", "step", "MMAC", "per run", "GMAC/s", "of peak"))?;
        for (step, time) in &self.steps {
            line(&step.name, step.multiply_adds, *time, peak)?;
        }
        line("all steps", task.multiply_adds, self.total(), peak)
    }

    fn total(&self) -> f64 {
        self.steps.iter().map(|(_, time)| time).sum()
    }

    fn report(&self, f32_peak: f64) -> serde_json::Value {
        let (task, peak) = (self.task, self.peak(f32_peak));
        let step = |(step, time): &(StepCost, f64)| {
            let speed = speed(step.multiply_adds, *time);
            json!({ "name": step.name, "multiply_adds": step.multiply_adds, "cpu_ms": time, "gmac_s": speed,
                "share_of_peak": speed / peak })
        };
        json!({ "file": task.file, "role": task.role.to_string(), "side": task.side, "precision": task.precision_name(),
            "multiply_adds": task.multiply_adds, "cpu_ms": self.total(),
            "steps": self.steps.iter().map(step).collect::<Vec<_>>() })
    }
}

fn line(name: &str, multiply_adds: u64, time: f64, peak: f64) -> Outcome {
    let (million, speed) = (multiply_adds as f64 / 1e6, speed(multiply_adds, time));
    let speeds =
        if multiply_adds == 0 { String::new() } else { format!("{speed:>7.1} {:>6.0} %", 100.0 * speed / peak) };
    say(format!("  {name:<50} {million:>7.2} {time:>6.3} ms {speeds}"))
}

/// Returns 10^9 multiply-adds per second.
fn speed(multiply_adds: u64, milliseconds: f64) -> f64 {
    multiply_adds as f64 / milliseconds / 1e6
}

/// Measures the max 10^9 f32 multiply-adds per second of one thread.
fn f32_peak() -> f64 {
    let count = SUMS as u64 * LANES as u64 * u64::from(TURN);
    let turns = (0..TURNS).map(|_| {
        let started = ThreadTime::now();
        dispatch!(Level::new(), simd => simd.vectorize(
            #[inline(always)]
            || multiply_add(simd),
        ));
        milliseconds(started.elapsed())
    });
    speed(count, turns.fold(f64::INFINITY, f64::min))
}

#[inline(always)]
fn multiply_add<S: Simd>(simd: S) {
    let (value, weight) = (f32x8::splat(simd, black_box(1.0)), f32x8::splat(simd, black_box(0.5)));
    let mut sums = black_box([[0.0; LANES]; SUMS]).map(|sum| f32x8::simd_from(simd, sum));
    for _ in 0..TURN {
        for sum in &mut sums {
            *sum = value.mul_add(weight, *sum);
        }
    }
    black_box(sums.map(<[f32; LANES]>::from));
}
