//! `mien adapt` and `mien train`.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use mien_core::head::HeadKind;

use super::values::{head_kind, positive, within};

#[derive(ClapArgs)]
pub struct AdaptArgs {
    /// The user's name
    pub name: String,
    /// One folder per emotion, each holding clips: pictures, folders of frames, videos
    #[arg(long, value_name = "DIR")]
    pub clips: PathBuf,
    /// The kind of head: logistic, single-attention, relation-attention or self-attention
    #[arg(long, value_name = "HEAD", default_value = "logistic", value_parser = head_kind)]
    pub head: HeadKind,
    /// Clips of this user without a known emotion, for --pseudo-labels
    #[arg(long, value_name = "DIR", requires = "pseudo_labels")]
    pub unlabeled: Option<PathBuf>,
    /// Learn those unlabeled clips of which the head is sure
    #[arg(long, requires = "unlabeled")]
    pub pseudo_labels: bool,
    /// Take the new head even where it does not beat the one that answers now
    #[arg(long)]
    pub no_gate: bool,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

#[derive(ClapArgs)]
pub struct TrainArgs {
    /// Folders with index.csv (path,subject,emotion)
    #[arg(long, value_name = "DIR", required = true, num_args = 1..)]
    pub data: Vec<PathBuf>,
    /// The kind of head: logistic, single-attention, relation-attention or self-attention
    #[arg(long, value_name = "HEAD", default_value = "logistic", value_parser = head_kind)]
    pub head: HeadKind,
    /// The file to write; - is standard output
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// The classes, in order [default: those of the network's logits]
    #[arg(long, value_delimiter = ',')]
    pub labels: Vec<String>,
    /// Passes over the clips [default: 300]
    #[arg(long)]
    pub epochs: Option<usize>,
    /// Hold out this share of the people, 0 to 0.9, keep the head of the epoch that does best on
    /// them, and stop early
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = within(0.0f32..=0.9))]
    pub validation: f32,
    /// Epochs without a better one after which --validation stops
    #[arg(long, value_name = "EPOCHS", default_value_t = 30, value_parser = positive)]
    pub patience: usize,
    /// Clips a step; 0 for all
    #[arg(long, default_value_t = 0)]
    pub batch: usize,
    /// Share of the target spread over all classes, 0 to 0.9
    #[arg(long, default_value_t = 0.0)]
    pub smoothing: f32,
    /// Grow each single picture into a clip of N frames by small seeded changes of place, size,
    /// turn and light, every second frame flipped
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=64))]
    pub pseudo_clips: Option<u32>,
    /// Decides which clips share a batch, and how pictures are grown
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}
