//! The command `mien`: analyze, enroll, adapt and evaluate from a terminal.

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command talks to its terminal")]

mod args;
mod bench;
mod commands;
mod config;
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

use args::Refusal;
use process::{exit, interrupt, skipped, terminal, verbose};

fn main() -> ExitCode {
    if let Some(failed) = media::become_decoder() {
        return failed;
    }
    let arguments: Vec<_> = std::env::args_os().collect();
    let (args, settings) = match args::parse(&arguments) {
        Ok(parsed) => parsed,
        Err(Refusal::Usage(error)) => error.exit(),
        Err(Refusal::Config(failure)) => {
            eprintln!("mien: {failure}");
            return ExitCode::from(exit::USAGE);
        }
    };
    verbose::start(args.shared.verbose);
    interrupt::watch();
    if args.shared.strict {
        skipped::be_strict();
    }
    if args.shared.quiet {
        terminal::be_quiet();
    }
    verbose::report_start(settings.place.path.as_deref());
    let outcome = commands::run(&args, &settings);
    log::info!("finished");
    let failed = outcome.as_ref().is_err_and(|failure| !failure.is_broken_pipe());
    if let Err(failure) = session::settle_created(&args.shared, failed) {
        eprintln!("mien: {failure}");
    }
    match outcome {
        Ok(()) => match skipped::summary() {
            None => ExitCode::SUCCESS,
            Some(rest) => {
                eprintln!("mien: done, except for {rest}");
                ExitCode::from(exit::INCOMPLETE)
            }
        },
        Err(_) if interrupt::interrupted() => {
            eprintln!("mien: interrupted; no output is incomplete");
            ExitCode::from(exit::INTERRUPTED)
        }
        Err(failure) if failure.is_broken_pipe() => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("mien: {failure}");
            ExitCode::from(failure.exit_code())
        }
    }
}
