//! The command `mien`: analyze, enroll, adapt and evaluate from a terminal.

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command talks to its terminal")]

mod args;
mod bench;
mod commands;
mod draw;
mod material;
mod media;
mod outputs;
mod process;
mod report;
mod session;
mod text;
mod time;

use std::process::ExitCode;

use clap::Parser;

use args::Args;
use process::{interrupt, skipped};

fn main() -> ExitCode {
    if let Some(failed) = media::become_decoder() {
        return failed;
    }
    let args = Args::parse();
    let level = if args.shared.verbose { "info" } else { "error" };
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or(format!("{level},tract=error")))
        .format_target(false)
        .init();
    interrupt::watch();
    if args.shared.strict {
        skipped::be_strict();
    }
    match commands::run(&args) {
        Ok(()) => match skipped::summary() {
            None => ExitCode::SUCCESS,
            Some(rest) => {
                eprintln!("mien: done, except for {rest}");
                ExitCode::from(skipped::EXIT_CODE)
            }
        },
        Err(_) if interrupt::interrupted() => {
            eprintln!("mien: interrupted; no output is incomplete");
            ExitCode::from(interrupt::EXIT_CODE)
        }
        Err(failure) if failure.is_broken_pipe() => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("mien: {failure}");
            ExitCode::FAILURE
        }
    }
}
