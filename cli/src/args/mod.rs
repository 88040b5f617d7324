//! The command line.

mod analyze;
mod bench;
mod demo;
mod eval;
mod examples;
mod heads;
mod help;
mod learn;
mod models;
mod score;
mod setup;
mod shared;
mod timeline;
mod users;
mod values;
mod watch;

use std::ffi::OsString;

use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::config::{self, File, Place, Settings};
use crate::process::failure::Failure;

pub use analyze::{AnalyzeArgs, DEFAULT_MAX_FACES};
pub use bench::{
    BenchArgs, BenchCommand, BenchFrameArgs, BenchNetworksArgs, BenchPowerArgs, BenchSpeechArgs, BenchStreamArgs,
    BenchTimelineArgs, BenchTrainingArgs,
};
pub use demo::DemoArgs;
pub use eval::{
    EvalAdaptationArgs, EvalCommand, EvalCorrectionsArgs, EvalIdentityArgs, EvalRavdessArgs, EvalSequencesArgs,
    EvalStrangersArgs,
};
pub use heads::{HeadsCommand, ImportArgs};
pub use learn::{AdaptArgs, TrainArgs};
pub use models::{AddArgs, ModelsCommand};
pub use score::ScoreArgs;
pub use setup::{CompletionsArgs, ConfigCommand, LabelsArgs, ManArgs};
pub use shared::{STORE_VARIABLE, Shared};
pub use timeline::{Detail, TimelineArgs};
pub use users::{EnrollArgs, Passphrase, UsersCommand};
pub use watch::WatchArgs;

/// Recognizes emotions in faces, offline, and adapts to each user.
#[derive(Parser)]
#[command(name = "mien", version, max_term_width = 100)]
pub struct Args {
    #[command(flatten)]
    pub shared: Shared,
    #[command(subcommand)]
    pub command: Command,
}

/// Returns the command line with its whole help.
pub fn command() -> clap::Command {
    help::decorated(Args::command())
}

/// Why a command line is not run.
pub enum Refusal {
    /// Wrong usage, or a request for help.
    Usage(clap::Error),
    /// A wrong configuration file.
    Config(Failure),
}

impl From<clap::Error> for Refusal {
    fn from(error: clap::Error) -> Self {
        Self::Usage(error)
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self::Config(failure)
    }
}

/// Parses `arguments` with the defaults of the configuration file.
///
/// # Errors
/// A request for help, wrong usage, or a wrong file; `config path`, `completions` and `man` read no file.
pub fn parse(arguments: &[OsString]) -> Result<(Args, Settings), Refusal> {
    let command = command();
    let place = Place::of(arguments);
    let plain = command.clone().try_get_matches_from(arguments);
    if let Err(error) = &plain
        && !error.use_stderr()
    {
        return Err(plain.expect_err("it is an error").into());
    }
    let file = match &plain {
        Ok(matches) if reads_no_file(matches) => File::default(),
        _ => File::read(&place)?,
    };
    let changed = config::applied(&command, &file)?;
    let matches = changed.clone().try_get_matches_from(arguments)?;
    let kept = config::without_conflicts(&changed, &file, &matches)?;
    let changed = config::applied(&command, &kept)?;
    let matches = changed.clone().try_get_matches_from(arguments)?;
    let settings = Settings::of(&command, &changed, &matches, &kept, place);
    Ok((Args::from_arg_matches(&matches)?, settings))
}

/// Whether a wrong file must not prevent the command.
fn reads_no_file(matches: &ArgMatches) -> bool {
    match matches.subcommand() {
        Some(("config", below)) => below.subcommand_name() == Some("path"),
        Some((name, _)) => ["completions", "man"].contains(&name),
        None => false,
    }
}

#[derive(Subcommand)]
pub enum Command {
    /// Find faces and emotions in pictures, folders and videos
    Analyze(AnalyzeArgs),
    /// Follow faces in a video or camera stream, as JSON lines
    Watch(WatchArgs),
    /// Enroll a user from pictures
    Enroll(EnrollArgs),
    /// List, verify, rename, delete, export, import users; keep the store
    Users {
        #[command(subcommand)]
        command: UsersCommand,
    },
    /// Adapt a user's own head to labeled clips
    Adapt(AdaptArgs),
    /// Train a generic head on labeled data
    Train(TrainArgs),
    /// Import heads from Keras or PyTorch; show a head file
    Heads {
        #[command(subcommand)]
        command: HeadsCommand,
    },
    /// Show, plot, export and delete a user's recorded emotions
    Timeline(TimelineArgs),
    /// Measure accuracy before and after adaptation on your own labeled pictures
    Score(ScoreArgs),
    /// Measure accuracy on data sets
    Eval {
        #[command(subcommand)]
        command: EvalCommand,
    },
    /// Measure the time of each stage on this machine
    Bench(BenchArgs),
    /// Show faces, recognition and adaptation on built-in pictures
    Demo(DemoArgs),
    /// List, verify, add and remove networks
    Models {
        #[command(subcommand)]
        command: ModelsCommand,
    },
    /// List the emotions of the networks in use
    Labels(LabelsArgs),
    /// Show the settings and the configuration file
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Print a script that completes commands and options in a shell
    Completions(CompletionsArgs),
    /// Print the manual, or write a page per command
    Man(ManArgs),
}
