//! `mien bench`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};
use mien_core::head::HeadKind;

use super::values::{head_kind, within};

#[derive(ClapArgs)]
#[command(args_conflicts_with_subcommands = true)]
pub struct BenchArgs {
    #[command(subcommand)]
    pub command: Option<BenchCommand>,
    /// A picture with a face [default: a built-in one]
    #[arg(long, value_name = "FILE")]
    pub picture: Option<PathBuf>,
    /// Number of measured rounds
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub rounds: u32,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

#[derive(Subcommand)]
pub enum BenchCommand {
    /// Measure training of a head on synthetic clips, without networks
    Training(BenchTrainingArgs),
    /// Measure recording and querying a timeline of synthetic events in a temporary store
    Timeline(BenchTimelineArgs),
    /// Measure the memory of hours of stream time on built-in clips
    Stream(BenchStreamArgs),
    /// Measure features of speech on synthetic sound, or list what is in a file
    Speech(BenchSpeechArgs),
    /// Measure the networks on synthetic inputs; in a build with tract, also there
    Networks(BenchNetworksArgs),
    /// Measure a stream in which one face is tracked and analyzed in every frame
    Frame(BenchFrameArgs),
    /// Measure CPU time and answers of a live session at each power budget
    Power(BenchPowerArgs),
}

#[derive(ClapArgs)]
pub struct BenchPowerArgs {
    /// Videos or folders of frames [default: a built-in clip]
    pub inputs: Vec<PathBuf>,
    /// Measure on the sequences of this folder too, from a neutral face to an emotion that an index.csv names; may be given several
    /// times
    #[arg(long, value_name = "DIR")]
    pub data: Vec<PathBuf>,
    /// Number of measured rounds
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub rounds: u32,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

#[derive(ClapArgs)]
pub struct BenchFrameArgs {
    /// File of NV21 frames, one after the other, that show one face
    pub frames: PathBuf,
    /// Width of a frame in pixels
    #[arg(long, default_value_t = 640)]
    pub width: usize,
    /// Height of a frame in pixels
    #[arg(long, default_value_t = 480)]
    pub height: usize,
    /// Detect faces in every N-th frame
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub every: u32,
    /// Number of measured rounds
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub rounds: u32,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
    /// Answer requests on standard input, for scripts that measure another pipeline in turn
    #[arg(long, hide = true)]
    pub serve: bool,
}

#[derive(ClapArgs)]
pub struct BenchNetworksArgs {
    /// Number of measured rounds; each network runs in each round
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub rounds: u32,
    /// Side of the identity network's input in pixels, one or more, 32 to 2048
    #[arg(long, value_name = "SIDES", value_delimiter = ',', default_value = "160,224", value_parser = within(32usize..=2048))]
    pub size: Vec<usize>,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
    /// Measure each step of our executor and compare it with the processor's peak
    #[arg(long)]
    pub layers: bool,
    /// Answer requests on standard input, for scripts that measure other executors in turn
    #[arg(long, hide = true)]
    pub serve: bool,
}

#[derive(ClapArgs)]
pub struct BenchTimelineArgs {
    /// Number of events, spread over --days
    #[arg(long, default_value_t = 10_000_000, value_parser = clap::value_parser!(u64).range(1000..=100_000_000))]
    pub events: u64,
    /// Number of days with events
    #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(u64).range(1..=3650))]
    pub days: u64,
    /// Hours per day in which the user is seen
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u64).range(1..=24))]
    pub hours: u64,
    /// Events per batch; each batch is one durable transaction
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub batch: u64,
    /// Encrypt the store
    #[arg(long)]
    pub encrypted: bool,
    /// Number of times that each query runs
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub rounds: u32,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

#[derive(ClapArgs)]
pub struct BenchSpeechArgs {
    /// A recording or film: list the speech in it
    #[arg(conflicts_with_all = ["seconds", "rounds"])]
    pub file: Option<PathBuf>,
    /// Seconds of sound per round
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub seconds: u32,
    /// Number of measured rounds for each format
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub rounds: u32,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

#[derive(ClapArgs)]
pub struct BenchStreamArgs {
    /// Minutes of stream time; the first tenth is warm-up
    #[arg(long, default_value_t = 120, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub minutes: u32,
    /// Frames per second of stream time
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=60))]
    pub fps: u32,
    /// Analyses per second of each face, 0.1 to 240
    #[arg(long, value_name = "FPS", default_value_t = 1.0, value_parser = within(0.1f32..=240.0))]
    pub analyze: f32,
    /// Detect faces in every N-th frame
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub every: u32,
    /// Use a live session and submit frames as fast as they can be read
    #[arg(long)]
    pub live: bool,
    /// Let the session hear a voice too
    #[arg(long)]
    pub sound: bool,
    /// Take the pictures from this folder, laid out like tests/fixtures [default: the built-in ones]
    #[arg(long, value_name = "DIR")]
    pub material: Option<PathBuf>,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

#[derive(ClapArgs)]
pub struct BenchTrainingArgs {
    /// Kind of head: logistic, single-attention, relation-attention or self-attention
    #[arg(long, value_name = "HEAD", default_value = "logistic", value_parser = head_kind)]
    pub head: HeadKind,
    /// Number of clips
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub clips: u32,
    /// Frames per clip
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub frames: u32,
    /// Values per frame
    #[arg(long, default_value_t = 1024, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub features: u32,
    /// Number of classes; clips take them in turn
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(2..=1000))]
    pub classes: u32,
    /// Passes over the clips
    #[arg(long, default_value_t = 20)]
    pub epochs: usize,
    /// Clips per gradient step; 0 for all
    #[arg(long, default_value_t = 8)]
    pub batch: usize,
    /// Number of measured rounds, each the same training
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub rounds: u32,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
}
