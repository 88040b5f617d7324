//! `mien eval`.

use std::path::{Path, PathBuf};

use clap::{Args as ClapArgs, Subcommand};
use mien_core::head::HeadKind;
use mien_eval::degrade::Degradation;
use mien_eval::ravdess::{Channel, Split};

use super::values::{head_kind, named};

#[derive(Subcommand)]
pub enum EvalCommand {
    /// Measure generic and adapted accuracy on a data set
    Adaptation(EvalAdaptationArgs),
    /// Measure how accuracy grows as a user corrects wrong answers
    Corrections(EvalCorrectionsArgs),
    /// Measure verification and open-set identification on a data set
    Identity(EvalIdentityArgs),
    /// Measure generic and adapted accuracy on RAVDESS as downloaded
    Ravdess(EvalRavdessArgs),
    /// Measure attention over time against the mean on sequences from neutral to apex
    Sequences(EvalSequencesArgs),
    /// Measure whether generic heads that mien train makes of few people help strangers
    Strangers(EvalStrangersArgs),
}

#[derive(ClapArgs)]
pub struct EvalStrangersArgs {
    /// Data set: a folder with an index.csv (path,subject,emotion)
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// Kinds of head: logistic, single-attention, relation-attention and self-attention [default: all]
    #[arg(long, value_name = "HEAD", num_args = 1.., value_parser = head_kind)]
    pub head: Vec<HeadKind>,
    /// Numbers of people that heads are trained on; all others are strangers [default: 2, 3, 5 and 10, if others are
    /// left]
    #[arg(long, value_name = "N", num_args = 1..)]
    pub people: Vec<usize>,
    /// Number of random draws of the people
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub draws: usize,
    /// Seed of the draws and folds
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

#[derive(ClapArgs)]
pub struct EvalSequencesArgs {
    /// Data set of sequences: a folder with an index.csv (path,subject,emotion) of folders of frames or videos
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// Train the heads on sequences grown from the stills of these data sets, which show other people [default: on the
    /// sequences of the other people of --data]
    #[arg(long, value_name = "DIR", num_args = 1..)]
    pub generic_data: Vec<PathBuf>,
    /// Pull of the training toward the network's own last layer, 0 and up [default: as in mien train]
    #[arg(long, value_name = "PULL")]
    pub pull: Option<f32>,
    /// Start attention at the mean instead of at the network's own odds against neutral
    #[arg(long)]
    pub mean_start: bool,
    /// Seed of the grown sequences and the intervals
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

#[derive(ClapArgs)]
pub struct EvalAdaptationArgs {
    /// Data set: a folder with an index.csv (path,subject,emotion,session) of pictures, folders of frames, videos with their
    /// sound, or files of sound
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// Kind of head: logistic, single-attention, relation-attention or self-attention
    #[arg(long, value_name = "HEAD", default_value = "logistic", value_parser = head_kind)]
    pub head: HeadKind,
    /// Train the generic head on these data sets [default: on the other subjects of --data]
    #[arg(long, value_name = "DIR", num_args = 1..)]
    pub generic_data: Vec<PathBuf>,
    /// Classes, in order [default: the classes of the network's logits]
    #[arg(long, value_delimiter = ',')]
    pub labels: Vec<String>,
    /// Use the network's own last layer as the generic head, as in an installation without --generic; speech has none and
    /// is left
    #[arg(long, conflicts_with = "generic_data")]
    pub fresh: bool,
    /// Leave the sound of videos, and files of sound
    #[arg(long)]
    pub no_speech: bool,
    /// Also try wrong labels and other people's clips, and print how many of them are accepted
    #[arg(long)]
    pub faults: bool,
    /// Turn each single picture into a pseudo-clip of N frames, 2 to 64, with small seeded changes of position, size,
    /// rotation and light [default: off]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=64))]
    pub pseudo_clips: Option<u32>,
    /// Evaluate the mirror image of every picture: whether recognition depends on the side that a face shows
    #[arg(long, conflicts_with = "pseudo_clips")]
    pub mirrored: bool,
    /// Seed of the folds and pseudo-clips
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Write report.md, report.json and plots into this folder; an earlier report is replaced
    #[arg(long, value_name = "DIR")]
    pub report: Option<PathBuf>,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

#[derive(ClapArgs)]
pub struct EvalCorrectionsArgs {
    /// Data set: a folder with an index.csv (path,subject,emotion,session); its sessions are corrected and tested in turn
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// Kind of head: logistic, single-attention, relation-attention or self-attention
    #[arg(long, value_name = "HEAD", default_value = "logistic", value_parser = head_kind)]
    pub head: HeadKind,
    /// Start at the network's own last layer, as in an installation without --generic [default: at a head trained on
    /// the other subjects of --data]
    #[arg(long)]
    pub fresh: bool,
    /// Share of the corrections and confirmations that are random wrong labels in the second half of the figures, 0 to 1
    #[arg(long, value_name = "SHARE", default_value_t = 0.1)]
    pub wrong: f32,
    /// Seed of the folds, of the order of the clips and of the wrong labels
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

#[derive(ClapArgs)]
pub struct EvalIdentityArgs {
    /// Data set: a folder with an index.csv (path,subject)
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// Seed of the halves of the people
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Store the measured calibration in the user store; identification uses it from now on
    #[arg(long)]
    pub save: bool,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

#[derive(ClapArgs)]
pub struct EvalRavdessArgs {
    /// Folder of the data set: Actor_01 to Actor_24 at any depth, with videos, folders of frames or sounds named like
    /// 02-01-06-01-02-01-12
    #[arg(long, value_name = "DIR", required_unless_present = "face_features")]
    pub data: Option<PathBuf>,
    /// Learn from feature vectors that another program computed for the videos instead: a table with a column "name"
    /// (01-01-06-01-02-01-12) and columns of numbers, one row per video. With --data DIR --channel audio-only, from the
    /// voice besides: each alone and both joined
    #[arg(long, value_name = "CSV", conflicts_with = "every")]
    pub face_features: Option<PathBuf>,
    /// Split into learned and tested clips: statement, repetition or intensity, of which one value is tested; or
    /// leaky, a random half, which is not a measure of quality [default for face and voice: the first three, one after
    /// the other]
    #[arg(long, value_name = "SPLIT", value_parser = split, required_unless_present_all = ["data", "face_features"])]
    pub split: Option<Split>,
    /// Kind of head: logistic, single-attention, relation-attention or self-attention
    #[arg(long, value_name = "HEAD", default_value = "logistic", value_parser = head_kind)]
    pub head: HeadKind,
    /// Files to analyze: videos (audio-video, video-only or both; a recording with and without sound counts once), or
    /// audio-only, the voice in files of sound
    #[arg(long, value_name = "CHANNEL", default_value = "both", value_parser = channel, requires = "data")]
    pub channel: Channel,
    /// Test on sounds made worse, heads having learned from the sounds as they are: noise:DB (white, so many dB below the
    /// speech), babble:DB, cut:SECONDS, gain:DB, clip:DB (above full scale) and rate:HZ; prints what the judgment of
    /// quality leaves out. Needs --channel audio-only
    #[arg(long, value_name = "KIND:VALUE", num_args = 1.., conflicts_with_all = ["face_features", "report", "json"])]
    pub degrade: Vec<Degradation>,
    /// Compare the four kinds of heads over the sequence of a learned embedding instead: a row each 80 ms, with the
    /// statistics of the clip behind it. Needs --channel audio-only and --pack with a network for speech
    #[arg(long, conflicts_with_all = ["face_features", "degrade", "report", "json"])]
    pub speech_rows: bool,
    /// Seed of the folds and of the leaky split
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Analyze every N-th frame; the videos have 30 frames per second
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub every: u32,
    /// Write report.md, report.json and plots into this folder; an earlier report is replaced
    #[arg(long, value_name = "DIR")]
    pub report: Option<PathBuf>,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

impl EvalRavdessArgs {
    /// Returns the folder or the table that is evaluated.
    pub fn place(&self) -> &Path {
        let place = self.data.as_deref().or(self.face_features.as_deref());
        place.expect("one of the two is required")
    }
}

fn split(name: &str) -> Result<Split, String> {
    named(name, &Split::ALL, Split::name)
}

fn channel(name: &str) -> Result<Channel, String> {
    named(name, &Channel::ALL, Channel::name)
}
