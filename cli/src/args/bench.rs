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
    /// Measured rounds
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub rounds: u32,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

#[derive(Subcommand)]
pub enum BenchCommand {
    /// Measure the training of a head on made-up clips, without networks
    Training(BenchTrainingArgs),
    /// Measure recording and asking a user's timeline, on made-up events in a store of its own
    Timeline(BenchTimelineArgs),
    /// Let a stream of bundled clips run for hours of its own time, and measure its memory
    Stream(BenchStreamArgs),
    /// Measure the pack's networks, by our executor and by tract, on made-up inputs
    Networks(BenchNetworksArgs),
    /// Measure frames of a stream in which one face is followed and analyzed at every frame
    Frame(BenchFrameArgs),
}

#[derive(ClapArgs)]
pub struct BenchFrameArgs {
    /// NV21 frames, one after the other, which show one face
    pub frames: PathBuf,
    /// Pixels of a row
    #[arg(long, default_value_t = 640)]
    pub width: usize,
    /// Rows
    #[arg(long, default_value_t = 480)]
    pub height: usize,
    /// Detect faces at every n-th frame
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub every: u32,
    /// Measured rounds
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub rounds: u32,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    /// Answer requests on standard input, for scripts that measure another pipeline in turn
    #[arg(long, hide = true)]
    pub serve: bool,
}

#[derive(ClapArgs)]
pub struct BenchNetworksArgs {
    /// Measured rounds, in each of which every network has a turn
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub rounds: u32,
    /// Pixels a side of the identity network's input, one or more
    #[arg(long, value_name = "SIDES", value_delimiter = ',', default_value = "160,224", value_parser = within(32usize..=2048))]
    pub size: Vec<usize>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    /// Measure each step of our executor instead, beside the most that the processor can do
    #[arg(long)]
    pub layers: bool,
    /// Answer requests on standard input, for scripts that measure other executors in turn
    #[arg(long, hide = true)]
    pub serve: bool,
}

#[derive(ClapArgs)]
pub struct BenchTimelineArgs {
    /// Events, spread over --days
    #[arg(long, default_value_t = 10_000_000, value_parser = clap::value_parser!(u64).range(1000..=100_000_000))]
    pub events: u64,
    /// Days over which the events lie
    #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(u64).range(1..=3650))]
    pub days: u64,
    /// Hours of each day in which the user is seen
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u64).range(1..=24))]
    pub hours: u64,
    /// Events a batch; each batch is one durable transaction
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub batch: u64,
    /// Encrypt the store
    #[arg(long)]
    pub encrypted: bool,
    /// Times that each query is asked
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub rounds: u32,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

#[derive(ClapArgs)]
pub struct BenchStreamArgs {
    /// Minutes of stream time, the first tenth of which is for warming up
    #[arg(long, default_value_t = 120, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub minutes: u32,
    /// Frames a second of stream time
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=60))]
    pub fps: u32,
    /// How often a second each face goes through the networks, 0.1 to 60
    #[arg(long, value_name = "FPS", default_value_t = 1.0, value_parser = within(0.1f32..=240.0))]
    pub analyze: f32,
    /// Detect faces at every n-th frame
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub every: u32,
    /// Use a live session, and hand frames in as fast as they can be read
    #[arg(long)]
    pub live: bool,
    /// Take the pictures from this folder, laid out like tests/fixtures [default: the built-in ones]
    #[arg(long, value_name = "DIR")]
    pub material: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

#[derive(ClapArgs)]
pub struct BenchTrainingArgs {
    /// The kind of head: logistic, single-attention, relation-attention or self-attention
    #[arg(long, value_name = "HEAD", default_value = "logistic", value_parser = head_kind)]
    pub head: HeadKind,
    /// Clips
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub clips: u32,
    /// Frames a clip
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub frames: u32,
    /// Values a frame
    #[arg(long, default_value_t = 1024, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub features: u32,
    /// Classes, which the clips have in turn
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(2..=1000))]
    pub classes: u32,
    /// Passes over the clips
    #[arg(long, default_value_t = 20)]
    pub epochs: usize,
    /// Clips a step; 0 for all
    #[arg(long, default_value_t = 8)]
    pub batch: usize,
    /// Measured rounds, each the same training
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub rounds: u32,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}
