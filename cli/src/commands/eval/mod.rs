//! `mien eval`: accuracy on data sets.

mod adaptation;
mod corrections;
mod generic;
mod heads;
mod identity;
mod joined;
mod ravdess;
mod report_folder;
mod sequences;
mod strangers;
mod voices;

use crate::args::{EvalCommand, Shared};
use crate::process::failure::Outcome;

/// Runs the command.
pub fn run(shared: &Shared, command: &EvalCommand) -> Outcome {
    match command {
        EvalCommand::Adaptation(args) => adaptation::run(shared, args),
        EvalCommand::Corrections(args) => corrections::run(shared, args),
        EvalCommand::Identity(args) => identity::run(shared, args),
        EvalCommand::Ravdess(args) => ravdess::run(shared, args),
        EvalCommand::Sequences(args) => sequences::run(shared, args),
        EvalCommand::Strangers(args) => strangers::run(shared, args),
    }
}
