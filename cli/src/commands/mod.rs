pub mod adapt;
pub mod analyze;
pub mod demo;
pub mod eval;
pub mod heads;
pub mod models;
pub mod recording;
pub mod timeline;
pub mod train;
pub mod users;
pub mod watch;

use crate::args::{Args, Command, EvalCommand};
use crate::bench::stages as bench;
use crate::process::failure::Outcome;
use eval::{adaptation, ravdess};

/// Runs the command that `args` name.
pub fn run(args: &Args) -> Outcome {
    let shared = &args.shared;
    match &args.command {
        Command::Analyze(command) => analyze::run(shared, command),
        Command::Watch(command) => watch::run(shared, command),
        Command::Enroll(command) => users::enroll(shared, command),
        Command::Users { command } => users::run(shared, command),
        Command::Adapt(command) => adapt::run(shared, command),
        Command::Train(command) => train::run(shared, command),
        Command::Heads { command } => heads::run(shared, command),
        Command::Eval { command: EvalCommand::Adaptation(command) } => adaptation::adaptation(shared, command),
        Command::Eval { command: EvalCommand::Identity(command) } => adaptation::identity(shared, command),
        Command::Eval { command: EvalCommand::Ravdess(command) } => ravdess::run(shared, command),
        Command::Bench(command) => bench::run(shared, command),
        Command::Demo(command) => demo::run(shared, command),
        Command::Timeline(command) => timeline::run(shared, command),
        Command::Models { command } => models::run(shared, command),
    }
}
