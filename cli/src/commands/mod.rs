//! The commands, and the choice of one.

mod adapt;
mod analyze;
mod config;
mod demo;
mod enroll;
mod eval;
mod heads;
mod labeled;
mod labels;
mod manual;
mod media_names;
mod models;
mod recording;
mod score;
mod timeline;
mod train;
mod typed;
mod users;
mod watch;

use crate::args::{Args, Command, UsersCommand};
use crate::bench;
use crate::config::Settings;
use crate::process::failure::Outcome;
use crate::session;

/// Runs the command in `args`; `settings` says where its values come from.
pub fn run(args: &Args, settings: &Settings) -> Outcome {
    let shared = &args.shared;
    let creates_store = match &args.command {
        Command::Enroll(_) | Command::Config { .. } | Command::Completions(_) | Command::Man(_) => true,
        Command::Users { command } => matches!(command, UsersCommand::Import { .. }),
        _ => false,
    };
    if !creates_store {
        session::check_named_store(shared)?;
    }
    match &args.command {
        Command::Analyze(command) => analyze::run(shared, command),
        Command::Watch(command) => watch::run(shared, command),
        Command::Enroll(command) => enroll::run(shared, command),
        Command::Users { command } => users::run(shared, command),
        Command::Adapt(command) => adapt::run(shared, command),
        Command::Train(command) => train::run(shared, command),
        Command::Heads { command } => heads::run(shared, command),
        Command::Score(command) => score::run(shared, command),
        Command::Eval { command } => eval::run(shared, command),
        Command::Bench(command) => bench::run(shared, command),
        Command::Demo(command) => demo::run(shared, command),
        Command::Timeline(command) => timeline::run(shared, command),
        Command::Models { command } => models::run(shared, command),
        Command::Labels(command) => labels::run(shared, command),
        Command::Config { command } => config::run(shared, command, settings),
        Command::Completions(command) => manual::completions(command),
        Command::Man(command) => manual::pages(shared, command),
    }
}
