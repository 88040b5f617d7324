//! The command line.

mod analyze;
mod bench;
mod demo;
mod eval;
mod heads;
mod learn;
mod models;
mod score;
mod shared;
mod timeline;
mod users;
mod values;
mod watch;

use clap::{Parser, Subcommand};

pub use analyze::AnalyzeArgs;
pub use bench::{
    BenchArgs, BenchCommand, BenchFrameArgs, BenchNetworksArgs, BenchStreamArgs, BenchTimelineArgs, BenchTrainingArgs,
};
pub use demo::DemoArgs;
pub use eval::{EvalAdaptationArgs, EvalCommand, EvalIdentityArgs, EvalRavdessArgs};
pub use heads::{HeadsCommand, ImportArgs};
pub use learn::{AdaptArgs, TrainArgs};
pub use models::{AddArgs, ModelsCommand};
pub use score::ScoreArgs;
pub use shared::Shared;
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

#[derive(Subcommand)]
pub enum Command {
    /// Find faces and their emotions in pictures, folders of frames and videos
    Analyze(AnalyzeArgs),
    /// Track faces in a video or camera stream and print events as JSON lines
    Watch(WatchArgs),
    /// Enroll a user from pictures
    Enroll(EnrollArgs),
    /// List, verify, roll back, delete, export and import users; maintain the store
    Users {
        #[command(subcommand)]
        command: UsersCommand,
    },
    /// Adapt a user's own head to labeled clips
    Adapt(AdaptArgs),
    /// Train a generic head on labeled data
    Train(TrainArgs),
    /// Import heads trained with Keras or PyTorch; show the content of a head file
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
    /// List, verify and add networks
    Models {
        #[command(subcommand)]
        command: ModelsCommand,
    },
}
