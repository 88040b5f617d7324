//! `mien bench networks`: the CPU time of the pack's networks by our executors, and by tract in a build with the
//! feature `tract`.

use std::hint::black_box;

use cpu_time::ThreadTime;
use mien_core::SplitMix64;
use mien_core::models::{ModelEntry, ModelPack, Role};
use mien_nn::{Network, Precision};
use serde_json::json;

use crate::args::{BenchNetworksArgs, Shared};
use crate::bench::{milliseconds, quantile};
use crate::failure::{Failure, Outcome};
use crate::interrupt::check_interrupt;
use crate::output::{answer, print_json, progress, say};
use crate::{bench_layers, session};

/// Decides the inputs' values.
const INPUT_SEED: u64 = 1;

/// Multiply-adds of a turn, in which a network runs some times: some 30 ms.
const TURN: u64 = 1_000_000_000;

/// A network at one size of its input in one kind of numbers, by our executor and, in a build with the feature
/// `tract`, by tract, which has f32 only; `tests/reference/network_cost.py` makes the input again.
pub struct Task {
    pub file: String,
    pub role: Role,
    pub side: usize,
    pub precision: Precision,
    pub multiply_adds: u64,
    /// Runs a turn.
    pub runs: u64,
    pub input: Vec<f32>,
    /// Ours, then tract if the build has it.
    pub executors: Vec<Box<dyn Network>>,
}

/// CPU time of one run in milliseconds: for each executor, one value a turn.
type Times = Vec<Vec<f64>>;

/// Runs the command.
pub fn run(shared: &Shared, args: &BenchNetworksArgs) -> Outcome {
    let pack = session::pack(shared)?;
    let mut tasks = Vec::new();
    for entry in &pack.manifest().models {
        let own = [entry.input.shape[2]];
        let sides = if entry.role == Role::Identity { &args.size[..] } else { &own };
        for &side in sides {
            let in_bytes = pack.network(entry.role, Some(side))?.byte_input().map(|_| Precision::Quantized);
            for precision in in_bytes.into_iter().chain([Precision::Float]) {
                tasks.push(Task::new(&pack, entry, side, precision)?);
            }
        }
    }
    if args.serve {
        return serve(&tasks);
    }
    if args.layers {
        return bench_layers::run(&tasks, args);
    }
    let times = measure(&tasks, args.rounds)?;
    if args.json {
        let reports: Vec<_> = tasks.iter().zip(&times).map(|(task, times)| task.report_times(times)).collect();
        return print_json(&json!({ "rounds": args.rounds, "networks": reports }));
    }
    print_table(&tasks, &times, args.rounds)
}

/// Both take turns, so that a busy moment of the machine hits both.
fn measure(tasks: &[Task], rounds: u32) -> Outcome<Vec<Times>> {
    let mut times: Vec<Times> = tasks.iter().map(|task| vec![Vec::new(); task.executors.len()]).collect();
    let bar = progress(rounds as usize, "rounds");
    for _ in 0..rounds {
        for (task, times) in tasks.iter().zip(&mut times) {
            check_interrupt()?;
            for (executor, times) in times.iter_mut().enumerate() {
                times.push(task.turn(executor, task.runs)?);
            }
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(times)
}

fn print_table(tasks: &[Task], times: &[Times], rounds: u32) -> Outcome {
    say(format!("{rounds} rounds, CPU time of one thread: median (10 to 90 %)"))?;
    say(format!(
        "{:<16} {:>4} {:>6}  {:<26} {:>24} {:>7} {:>21}",
        "network", "side", "MMAC", "executor", "a run", "GMAC/s", "over tract"
    ))?;
    for (task, times) in tasks.iter().zip(times) {
        let ratios: Option<Vec<f64>> =
            times.get(1).map(|tract| times[0].iter().zip(tract).map(|(ours, theirs)| ours / theirs).collect());
        let name = format!("{:<16} {:>4} {:>6.1}", task.file, task.side, task.multiply_adds as f64 / 1e6);
        for (index, (executor, times)) in task.executors.iter().zip(times).enumerate() {
            let [median, low, high] = spread(times);
            let ratio = match &ratios {
                Some(ratios) if index == 0 => {
                    let [median, low, high] = spread(ratios);
                    format!("{median:.2} ({low:.2} to {high:.2})")
                }
                _ => String::new(),
            };
            let time = format!("{median:.2} ms ({low:.2} to {high:.2})");
            let speed = task.speed(median);
            say(format!("{name}  {:<26} {time:>24} {speed:>7.1} {ratio:>21}", executor.executor()))?;
        }
    }
    Ok(())
}

fn spread(values: &[f64]) -> [f64; 3] {
    [0.5, 0.1, 0.9].map(|q| quantile(values, q))
}

/// For a script that lets other executors take turns with ours: writes one line of JSON about all
/// networks, then answers each line `NETWORK EXECUTOR RUNS` (indices, and runs of the turn) with
/// the milliseconds of a run.
fn serve(tasks: &[Task]) -> Outcome {
    let reports = tasks.iter().map(Task::report_outputs).collect::<Outcome<Vec<_>>>()?;
    answer(json!(reports))?;
    for line in std::io::stdin().lines() {
        let line = line?;
        let request: Option<Vec<usize>> = line.split_whitespace().map(|word| word.parse().ok()).collect();
        match request.as_deref() {
            Some(&[network, executor, runs])
                if network < tasks.len() && executor < tasks[network].executors.len() && runs > 0 =>
            {
                answer(tasks[network].turn(executor, runs as u64)?)?;
            }
            _ => return Err(Failure::new(format!("{line:?} is no request; NETWORK EXECUTOR RUNS is expected"))),
        }
    }
    Ok(())
}

impl Task {
    fn new(pack: &ModelPack, entry: &ModelEntry, side: usize, precision: Precision) -> Outcome<Self> {
        let multiply_adds = pack.multiply_adds(entry.role, Some(side))?;
        Ok(Self {
            file: entry.file.clone(),
            role: entry.role,
            side,
            precision,
            multiply_adds,
            runs: (TURN / multiply_adds.max(1)).clamp(1, 100),
            input: made_up_input(entry, side),
            executors: executors(pack, entry.role, side, precision)?,
        })
    }

    /// Milliseconds of a run; the first run of a turn, whose memory others have driven out of the
    /// caches, is not measured.
    fn turn(&self, executor: usize, runs: u64) -> Outcome<f64> {
        let network = &self.executors[executor];
        black_box(network.run(&self.input)?);
        let started = ThreadTime::now();
        for _ in 0..runs {
            black_box(network.run(black_box(&self.input))?);
        }
        Ok(milliseconds(started.elapsed()) / runs as f64)
    }

    /// Thousand million multiply-adds a second.
    fn speed(&self, milliseconds: f64) -> f64 {
        self.multiply_adds as f64 / milliseconds / 1e6
    }

    pub fn precision_name(&self) -> &'static str {
        match self.precision {
            Precision::Quantized => "int8",
            Precision::Float => "f32",
        }
    }

    fn report(&self) -> serde_json::Value {
        json!({ "file": self.file, "role": self.role.to_string(), "side": self.side, "precision": self.precision_name(),
            "multiply_adds": self.multiply_adds, "runs": self.runs,
            "executors": self.executors.iter().map(|executor| executor.executor()).collect::<Vec<_>>() })
    }

    fn report_times(&self, times: &Times) -> serde_json::Value {
        let mut report = self.report();
        let medians: Vec<f64> = times.iter().map(|times| quantile(times, 0.5)).collect();
        report["cpu_ms"] = json!(times);
        report["cpu_ms_median"] = json!(medians);
        report["gmac_s"] = json!(medians.iter().map(|&median| self.speed(median)).collect::<Vec<_>>());
        report
    }

    fn report_outputs(&self) -> Outcome<serde_json::Value> {
        let mut report = self.report();
        report["outputs"] = json!(self.executors[0].run(&self.input)?);
        Ok(report)
    }
}

fn executors(pack: &ModelPack, role: Role, side: usize, precision: Precision) -> Outcome<Vec<Box<dyn Network>>> {
    let ours = pack.clone().with_precision(precision).network(role, Some(side))?;
    #[cfg(feature = "tract")]
    return Ok(vec![ours, Box::new(pack.reference_network(role, Some(side))?)]);
    #[cfg(not(feature = "tract"))]
    Ok(vec![ours])
}

/// Noise of 0 to 255, plane by plane, as the network takes it.
fn made_up_input(entry: &ModelEntry, side: usize) -> Vec<f32> {
    let mut random = SplitMix64::new(INPUT_SEED);
    let (mean, scale) = (&entry.input.mean, &entry.input.scale);
    let value = |plane: usize| (random.below(256) as f32 - mean[plane]) * scale[plane];
    (0..3).flat_map(|plane| std::iter::repeat_n(plane, side * side)).map(value).collect()
}
