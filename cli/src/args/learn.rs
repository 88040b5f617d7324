//! `mien adapt` and `mien train`.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use mien_core::Modality;
use mien_core::head::HeadKind;

use super::values::{head_kind, positive, stream, within};

#[derive(ClapArgs)]
pub struct AdaptArgs {
    /// The user's name
    pub name: String,
    /// Folder with one folder per emotion, each with clips: pictures, folders of frames, videos with their sound, or
    /// files of sound
    #[arg(long, value_name = "DIR", required_unless_present = "unlabeled")]
    pub clips: Option<PathBuf>,
    /// Kind of head: logistic, single-attention, relation-attention or self-attention
    #[arg(long, value_name = "HEAD", default_value = "logistic", value_parser = head_kind)]
    pub head: HeadKind,
    /// Folder of clips of this user without labels. With a generic head of `mien train` they improve what labeled
    /// clips teach, and suffice for a baseline
    #[arg(long, value_name = "DIR")]
    pub unlabeled: Option<PathBuf>,
    /// Also train on the unlabeled clips that the head is confident about
    #[arg(long, requires_all = ["unlabeled", "clips"])]
    pub pseudo_labels: bool,
    /// Learn this clip although it looks like another emotion, named as in the report: happy/3.png, or happy/3 for
    /// short. May be given several times
    #[arg(long, value_name = "CLIP")]
    pub confirm_label: Vec<String>,
    /// Adapt a user without embeddings of the identity network in use, as after a change of the networks, although
    /// nobody can tell whose face the clips show
    #[arg(long)]
    pub unchecked_faces: bool,
    /// Leave the sound of videos, and files of sound
    #[arg(long)]
    pub no_speech: bool,
    /// Learn speech with which no face is seen, or several are, as this user's, although nobody can tell whose voice it
    /// is: files of sound alone need it
    #[arg(long, conflicts_with = "no_speech")]
    pub unchecked_voices: bool,
    /// Accept the new head whatever its labels look like and even if it does not beat the current one
    #[arg(long)]
    pub no_gate: bool,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

#[derive(ClapArgs)]
pub struct TrainArgs {
    /// Data sets: folders with an index.csv (path,subject,emotion); for speech also a folder per person with one per
    /// emotion
    #[arg(long, value_name = "DIR", required = true, num_args = 1..)]
    pub data: Vec<PathBuf>,
    /// What the head reads: face, or speech in videos and files of sound. No head for speech comes with the command,
    /// because the licenses of the recordings that it could be learned from forbid it
    #[arg(long, default_value = "face", value_parser = stream)]
    pub stream: Modality,
    /// Kind of head: logistic, single-attention, relation-attention or self-attention
    #[arg(long, value_name = "HEAD", default_value = "logistic", value_parser = head_kind)]
    pub head: HeadKind,
    /// Head file to write; - is standard output
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Classes, in order [default: the classes of the network's logits]
    #[arg(long, value_delimiter = ',')]
    pub labels: Vec<String>,
    /// Passes over the clips [default: 300]
    #[arg(long)]
    pub epochs: Option<usize>,
    /// Share of the people held out for validation, 0 to 0.9: the head of the best epoch on them is kept, and
    /// training stops early
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = within(0.0f32..=0.9))]
    pub validation: f32,
    /// Epochs without improvement after which --validation stops training
    #[arg(long, value_name = "EPOCHS", default_value_t = 30, value_parser = positive)]
    pub patience: usize,
    /// Clips per gradient step; 0 for all
    #[arg(long, default_value_t = 0)]
    pub batch: usize,
    /// Label smoothing: share of the target spread over all classes, 0 to 0.9
    #[arg(long, default_value_t = 0.0)]
    pub smoothing: f32,
    /// Turn each single picture into a pseudo-clip of N frames, 2 to 64, with small seeded changes of position, size,
    /// rotation and light [default: off]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=64))]
    pub pseudo_clips: Option<u32>,
    /// Write the head as trained, although held-out people show no help to strangers or there is one person only
    #[arg(long)]
    pub force: bool,
    /// Seed of the batches, folds and pseudo-clips
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
}
