//! The command line.

mod analyze;
mod bench;
mod demo;
mod eval;
mod heads;
mod learn;
mod models;
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
pub use shared::Shared;
pub use timeline::{Detail, TimelineArgs};
pub use users::{EnrollArgs, Passphrase, UsersCommand};
pub use watch::WatchArgs;

/// Recognize facial emotion offline, and learn each user's own face.
#[derive(Parser)]
#[command(name = "mien", version, about, max_term_width = 100)]
pub struct Args {
    #[command(flatten)]
    pub shared: Shared,
    /// Say more about what happens (no personal data)
    #[arg(long, global = true)]
    pub verbose: bool,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Find faces in pictures, folders of frames and videos, and name their emotions
    Analyze(AnalyzeArgs),
    /// Follow the faces of a video or camera, and print what happens as lines of JSON
    Watch(WatchArgs),
    /// Enroll a new user from pictures
    Enroll(EnrollArgs),
    /// List, roll back, delete, export and import users, and change the store's key
    Users {
        #[command(subcommand)]
        command: UsersCommand,
    },
    /// Teach a user's own head from labeled clips
    Adapt(AdaptArgs),
    /// Learn a generic head from labeled data
    Train(TrainArgs),
    /// Take over heads that Keras or PyTorch trained, and show what a head file holds
    Heads {
        #[command(subcommand)]
        command: HeadsCommand,
    },
    /// Show, plot, export and forget what a user showed over time
    Timeline(TimelineArgs),
    /// Measure on data sets
    Eval {
        #[command(subcommand)]
        command: EvalCommand,
    },
    /// Measure the time of each stage, or of training, on this machine
    Bench(BenchArgs),
    /// Show the main job on the bundled material
    Demo(DemoArgs),
    /// List, verify and add networks
    Models {
        #[command(subcommand)]
        command: ModelsCommand,
    },
}
