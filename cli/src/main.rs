//! The command `mien`: analyze, enroll, adapt and evaluate from a terminal.

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command talks to its terminal")]

mod adapt;
mod analyze;
mod annotate;
mod args;
mod bench;
mod bench_frame;
mod bench_layers;
mod bench_networks;
mod bench_stream;
mod bench_timeline;
mod bench_training;
mod decoder;
mod demo;
mod destination;
mod eval;
mod eval_plots;
mod eval_report;
mod failure;
mod heads;
mod interrupt;
mod media;
mod models;
mod output;
mod palette_tiff;
mod plot;
mod pseudo_clips;
mod ravdess;
mod reading;
mod recording;
mod session;
mod skipped;
mod timeline;
mod timeline_plot;
mod train;
mod users;
mod watch;

use std::process::ExitCode;

use clap::Parser;

use args::{Args, Command, EvalCommand};
use failure::Outcome;

fn main() -> ExitCode {
    if let Some(failed) = decoder::become_decoder() {
        return failed;
    }
    let args = Args::parse();
    let level = if args.verbose { "info" } else { "error" };
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or(format!("{level},tract=error")))
        .format_target(false)
        .init();
    interrupt::watch();
    if args.shared.strict {
        skipped::be_strict();
    }
    match run(&args) {
        Ok(()) if skipped::list().is_empty() => ExitCode::SUCCESS,
        Ok(()) => {
            eprintln!("mien: done without what could not be read: {}", skipped::list().len());
            ExitCode::from(skipped::EXIT_CODE)
        }
        Err(_) if interrupt::interrupted() => {
            eprintln!("mien: interrupted; nothing was left half-written");
            ExitCode::from(interrupt::EXIT_CODE)
        }
        Err(failure) if failure.is_broken_pipe() => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("mien: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Outcome {
    let shared = &args.shared;
    match &args.command {
        Command::Analyze(command) => analyze::run(shared, command),
        Command::Watch(command) => watch::run(shared, command),
        Command::Enroll(command) => users::enroll(shared, command),
        Command::Users { command } => users::run(shared, command),
        Command::Adapt(command) => adapt::run(shared, command),
        Command::Train(command) => train::run(shared, command),
        Command::Heads { command } => heads::run(shared, command),
        Command::Eval { command: EvalCommand::Adaptation(command) } => eval::adaptation(shared, command),
        Command::Eval { command: EvalCommand::Identity(command) } => eval::identity(shared, command),
        Command::Eval { command: EvalCommand::Ravdess(command) } => ravdess::run(shared, command),
        Command::Bench(command) => bench::run(shared, command),
        Command::Demo(command) => demo::run(shared, command),
        Command::Timeline(command) => timeline::run(shared, command),
        Command::Models { command } => models::run(shared, command),
    }
}
