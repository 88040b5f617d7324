//! A network to measure, and its executors.

use std::hint::black_box;

use cpu_time::ThreadTime;
use mien_core::SplitMix64;
use mien_core::models::{ModelEntry, ModelPack, Role};
use mien_nn::{Network, Precision};
use serde_json::json;

use crate::bench::measure::{milliseconds, quantile};
use crate::process::failure::Outcome;

/// Seed of the input values.
const INPUT_SEED: u64 = 1;

/// Multiply-adds of a turn, about 30 ms; a network runs several times in a turn.
const TURN: u64 = 1_000_000_000;

/// A network with one input size and precision, run by our executor and, in a build with the feature `tract`, by
/// tract, which has only f32. `benches/against/network_task.py` creates the same input.
pub struct Task {
    pub file: String,
    pub role: Role,
    pub side: usize,
    pub precision: Precision,
    pub multiply_adds: u64,
    /// Runs per turn.
    pub runs: u64,
    pub input: Vec<f32>,
    /// Ours, then tract if the build has it.
    pub executors: Vec<Box<dyn Network>>,
}

/// CPU time of one run in milliseconds: for each executor, one value a turn.
pub type Times = Vec<Vec<f64>>;

impl Task {
    pub fn new(pack: &ModelPack, entry: &ModelEntry, side: usize, precision: Precision) -> Outcome<Self> {
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

    /// Measures the CPU milliseconds of a run. The first run of a turn, with cold caches, is not measured.
    pub fn turn(&self, executor: usize, runs: u64) -> Outcome<f64> {
        let network = &self.executors[executor];
        black_box(network.run(&self.input)?);
        let started = ThreadTime::now();
        for _ in 0..runs {
            black_box(network.run(black_box(&self.input))?);
        }
        Ok(milliseconds(started.elapsed()) / runs as f64)
    }

    /// Returns 10^9 multiply-adds per second.
    pub fn speed(&self, milliseconds: f64) -> f64 {
        self.multiply_adds as f64 / milliseconds / 1e6
    }

    pub fn precision_name(&self) -> &'static str {
        match self.precision {
            Precision::Quantized => "int8",
            Precision::Half => "f16",
            Precision::Float => "f32",
        }
    }

    pub fn report(&self) -> serde_json::Value {
        json!({ "file": self.file, "role": self.role.to_string(), "side": self.side, "precision": self.precision_name(),
            "multiply_adds": self.multiply_adds, "runs": self.runs,
            "executors": self.executors.iter().map(|executor| executor.executor()).collect::<Vec<_>>() })
    }

    pub fn report_times(&self, times: &Times) -> serde_json::Value {
        let mut report = self.report();
        let medians: Vec<f64> = times.iter().map(|times| quantile(times, 0.5)).collect();
        report["cpu_ms"] = json!(times);
        report["cpu_ms_median"] = json!(medians);
        report["gmac_s"] = json!(medians.iter().map(|&median| self.speed(median)).collect::<Vec<_>>());
        report
    }

    pub fn report_outputs(&self) -> Outcome<serde_json::Value> {
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

/// Returns noise of 0 to 255, normalized for the network, plane by plane.
fn made_up_input(entry: &ModelEntry, side: usize) -> Vec<f32> {
    let mut random = SplitMix64::new(INPUT_SEED);
    let (mean, scale) = (&entry.input.mean, &entry.input.scale);
    let value = |plane: usize| (random.below(256) as f32 - mean[plane]) * scale[plane];
    (0..3).flat_map(|plane| std::iter::repeat_n(plane, side * side)).map(value).collect()
}
