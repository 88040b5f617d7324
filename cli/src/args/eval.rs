//! `mien eval`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};
use mien_core::head::HeadKind;
use mien_eval::ravdess::{Channel, Split};

use super::values::{head_kind, named};

#[derive(Subcommand)]
pub enum EvalCommand {
    /// Generic and adapted accuracy on a data set
    Adaptation(EvalAdaptationArgs),
    /// Verification and open-set identification on a data set
    Identity(EvalIdentityArgs),
    /// Generic and adapted accuracy on RAVDESS as it is downloaded
    Ravdess(EvalRavdessArgs),
}

#[derive(ClapArgs)]
pub struct EvalAdaptationArgs {
    /// Folder with index.csv (path,subject,emotion,session)
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// The kind of head: logistic, single-attention, relation-attention or self-attention
    #[arg(long, value_name = "HEAD", default_value = "logistic", value_parser = head_kind)]
    pub head: HeadKind,
    /// Learn the generic head from these sets instead of by leaving subjects out of --data
    #[arg(long, value_name = "DIR", num_args = 1..)]
    pub generic_data: Vec<PathBuf>,
    /// Let users start at the network's own last layer, as in an installation without a generic
    /// head; the generic head is that layer then
    #[arg(long, conflicts_with = "generic_data")]
    pub fresh: bool,
    /// Grow each single picture into a clip of N frames by small seeded changes of place, size,
    /// turn and light, every second frame flipped
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=64))]
    pub pseudo_clips: Option<u32>,
    /// Decides which subject is in which fold, and how pictures are grown
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Write report.md, report.json and plots into this folder, over an earlier report
    #[arg(long, value_name = "DIR")]
    pub report: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

#[derive(ClapArgs)]
pub struct EvalIdentityArgs {
    /// Folder with index.csv (path,subject)
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// Decides who is in which half
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Keep the measured calibration in the user store, for identification from now on
    #[arg(long)]
    pub save: bool,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

#[derive(ClapArgs)]
pub struct EvalRavdessArgs {
    /// The data set's own folder: Actor_01 to Actor_24 at any depth, videos or folders of frames
    /// with names like 02-01-06-01-02-01-12
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// What an adapted head is tested on after it has learned the rest: one statement, one
    /// repetition, one intensity; or leaky, a random half, which is not a measure of quality
    #[arg(long, value_name = "SPLIT", value_parser = split)]
    pub split: Split,
    /// The kind of head: logistic, single-attention, relation-attention or self-attention
    #[arg(long, value_name = "HEAD", default_value = "logistic", value_parser = head_kind)]
    pub head: HeadKind,
    /// The videos to look at: audio-video, video-only or both (a recording that is there with
    /// and without sound counts once)
    #[arg(long, value_name = "CHANNEL", default_value = "both", value_parser = channel)]
    pub channel: Channel,
    /// Decides which actor is in which fold, and the leaky split
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Look at every n-th frame; the videos have 30 a second
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub every: u32,
    /// Write report.md, report.json and plots into this folder, over an earlier report
    #[arg(long, value_name = "DIR")]
    pub report: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

fn split(name: &str) -> Result<Split, String> {
    named(name, &Split::ALL, Split::name)
}

fn channel(name: &str) -> Result<Channel, String> {
    named(name, &Channel::ALL, Channel::name)
}
