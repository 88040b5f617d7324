//! `mien bench`: the time of each stage on this machine.

mod frame;
mod layers;
mod measure;
mod network_task;
mod networks;
mod power;
mod speech;
mod stages;
mod stream;
mod timeline;
mod training;
mod voice;

use crate::args::{BenchArgs, BenchCommand, Shared};
use crate::process::failure::Outcome;

/// Runs the command.
pub fn run(shared: &Shared, args: &BenchArgs) -> Outcome {
    match &args.command {
        Some(BenchCommand::Training(training)) => training::run(training),
        Some(BenchCommand::Timeline(timeline)) => timeline::run(timeline),
        Some(BenchCommand::Speech(speech)) => speech::run(shared, speech),
        Some(BenchCommand::Stream(stream)) => stream::run(shared, stream),
        Some(BenchCommand::Networks(networks)) => networks::run(shared, networks),
        Some(BenchCommand::Frame(frame)) => frame::run(shared, frame),
        Some(BenchCommand::Power(power)) => power::run(shared, power),
        None => stages::run(shared, args),
    }
}
